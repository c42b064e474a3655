// SPDX-License-Identifier: 0BSD
/* An environment: libc's functions for it are 10 kB, with a heap. */
#include <string.h>
#include "lib/common/env.h"

/* The entry of a variable, whose name ends at '=', or the NULL at the end. */
static char **entry(char **env, const char *assignment)
{
	/* An array, for mere strings are not kept in memory: see start-up.ld. */
	static const char ends[] = "=";
	size_t length = strcspn(assignment, ends);

	while (*env && (strncmp(*env, assignment, length) != 0 || (*env)[length] != '='))
		env++;
	return env;
}

char *env_get(char **env, const char *name)
{
	char *found = *entry(env, name);

	return found ? found + strlen(name) + 1 : NULL;
}

size_t env_count(char **env)
{
	size_t n = 0;

	while (env[n])
		n++;
	return n;
}

void env_set(char **env, char *assignment)
{
	char **at = entry(env, assignment);

	if (!*at)
		at[1] = NULL;
	*at = assignment;
}
