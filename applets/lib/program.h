/* SPDX-License-Identifier: 0BSD */
/* The program that is to run: where it is, its environment, and the exec. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

/* Where programs are looked for if PATH is not set. */
#define DEFAULT_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * execve(2), after a look-up in the PATH of `env` where the name has no slash.
 * Returns an errno: EACCES if one was there that may not be executed and none
 * that may, ENOENT if there is none. A script without #! is ENOEXEC: no shell
 * is guessed.
 */
int program_exec(const char *name, char **argv, char **env);

/* Whether program_exec would find it: 0, or the errno that it would return. */
int program_find(const char *name, char **env);

/* How many entries an environment has. */
size_t env_count(char **env);

/* The value of a variable in an environment, or NULL. */
char *env_get(char **env, const char *name);

/*
 * Sets NAME=VALUE in an environment, in place of an older value or at its end;
 * there must be room for one more and the NULL. The text is kept, not copied.
 */
void env_set(char **env, char *assignment);

#endif
