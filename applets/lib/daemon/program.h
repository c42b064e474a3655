/* SPDX-License-Identifier: 0BSD */
/* The program that is to run: where it is, and the exec. */
#ifndef PROGRAM_H
#define PROGRAM_H

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

#endif
