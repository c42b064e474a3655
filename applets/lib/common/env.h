/* SPDX-License-Identifier: 0BSD */
/* An environment, as execve(2) takes it. */
#ifndef ENV_H
#define ENV_H

#include <stddef.h>

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
