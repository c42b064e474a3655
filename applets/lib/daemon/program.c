// SPDX-License-Identifier: 0BSD
/* The program that is to run: where it is, and the exec. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/env.h"
#include "lib/daemon/program.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/user.h"
#include "lib/daemon/watchdog.h"
#include "lib/libc/syscall.h"

/*
 * Executes a file, or where there is no argv only looks whether that could be. Returns an errno, or
 * 0.
 */
static int attempt(const char *path, char **argv, char **env)
{
	long folder;

	if (!CFG_TICKLOG_COMMAND || argv)
		return -(int)sys(execve, path, argv, env);
	folder = sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (folder == -ENOTDIR)
		return -(int)sys(faccessat, AT_FDCWD, path, X_OK);
	if (folder < 0)
		return (int)-folder;
	sys(close, folder);
	return EACCES;
}

int program_find(const char *name, char **env)
{
	return program_exec(name, NULL, env);
}

int program_exec(const char *name, char **argv, char **env)
{
	char candidate[PATH_MAX];
	const char *dir = env_get(env, "PATH");
	size_t room = strlen(name) + 2, length;
	int error = ENOENT, failed;

	if (!dir || !*name || strchr(name, '/'))
		return attempt(name, argv, env);
	for (;; dir += length + 1) {
		length = strcspn(dir, ":");
		if (length + room <= sizeof(candidate)) {
			char *end = mempcpy(candidate, dir, length);

			/* An empty element is the working directory (POSIX, 8.3). */
			if (length)
				*end++ = '/';
			strcpy(end, name);
			failed = attempt(candidate, argv, env);
			if (failed == EACCES)
				error = EACCES;
			else if (failed != ENOENT && failed != ENOTDIR)
				return failed;
		}
		if (!dir[length])
			return error;
	}
}

int START_UP step_path(struct launch *l)
{
	const char *program = l->program;
	size_t length = strlen(program);
	char *path;
	long address, there;

	if (*program == '/' || !strchr(program, '/') ||
	    (CFG_DAEMONIZE_CHROOT && GIVEN(l->r, OPTION_CHROOT)))
		return 0;
	l->subject = program;
	/*
	 * Scripts need a name: a descriptor for execveat would be closed before their interpreter
	 * opens it.
	 */
	address = sys_map(PATH_MAX);
	if (sys_is_error(address))
		return -(int)address;
	path = (char *)address;
	there = sys(getcwd, path, PATH_MAX);
	if (there < 0)
		return -(int)there;
	/* "(unreachable)/dir": the directory is in no tree that this process sees (getcwd(3)). */
	if (*path != '/')
		return ENOENT;
	if ((size_t)there + length + 1 > PATH_MAX)
		return ENAMETOOLONG;
	path[there - 1] = '/';
	memcpy(path + there, program, length + 1);
	l->path = path;
	return 0;
}

int START_UP step_environment(struct launch *l)
{
	static const char path[] = "PATH=" DEFAULT_PATH;
	char **from = environ, **to = l->env, *login;
	unsigned i;

	while (!(CFG_DAEMONIZE_CLEARENV && GIVEN(l->r, 'i')) && *from)
		*to++ = *from++;
	*to = NULL;
	for (login = user_login; CFG_DAEMONIZE_USER && login && *login; login += strlen(login) + 1)
		env_set(l->env, login);
	if (CFG_DAEMONIZE_READY_SOCKET && l->notify)
		env_set(l->env, l->notify);
	if (CFG_DAEMONIZE_WATCHDOG && GIVEN(l->r, 'W'))
		watchdog_environment(l);
	for (i = 0; CFG_DAEMONIZE_ENV && i < l->r->sets; i++)
		env_set(l->env, l->r->set[i]);
	if (!env_get(l->env, "PATH"))
		env_set(l->env, (char *)path);
	return 0;
}

int START_UP step_exec(struct launch *l)
{
	int error = 0;

	/* Where nothing set the mask right, it is at least the caller's again. */
	if (!CFG_STEP_SIGNALS && (l->report >= 0 || l->supervisor))
		error = -signals_block(&l->blocked, NULL);
	l->subject = l->program;
	if (!error)
		error = launch_done(l);
	return error ? error : program_exec(l->path ? l->path : l->program, l->r->argv, l->env);
}
