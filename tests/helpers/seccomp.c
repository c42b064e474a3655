// SPDX-License-Identifier: 0BSD
/*
 * Runs a command under a system-call filter:
 *
 *   seccomp DEED=CALL[,CALL]... ... COMMAND [ARG]...
 *
 * DEED is eperm, einval, enosys, eagain, eintr, enfile, emfile, enolck, nothing (no error,
 * and no deed), or kill (the whole process, at that call).
 * COMMAND itself is started by execveat, so that execve can be named too.
 * A call that this machine does not have is passed over. i386:NUMBER is a call of a
 * 32-bit program on x86, by its number there. Status 125: no filters here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "filter.h"

#define CALL(name) { #name, SYS_##name }
static const struct { const char *name; long number; } calls[] = {
	CALL(capget), CALL(capset), CALL(prctl), CALL(close), CALL(chdir), CALL(umask), CALL(setsid), CALL(execve),
	CALL(dup3),
	CALL(clone), CALL(kill), CALL(exit_group), CALL(setgroups), CALL(setpriority), CALL(fcntl),
	CALL(flock), CALL(setuid), CALL(setgid), CALL(ftruncate), CALL(pipe2), CALL(wait4), CALL(rt_sigprocmask),
	CALL(rt_sigaction), CALL(getrandom), CALL(close_range), CALL(pidfd_open), CALL(openat),
	CALL(fchdir), CALL(write), CALL(setpgid), CALL(signalfd4), CALL(getsid), CALL(getpgid),
	CALL(inotify_init1), CALL(inotify_add_watch), CALL(ppoll), CALL(recvfrom),
#ifdef SYS_pidfd_send_signal
	CALL(pidfd_send_signal),
#endif
#ifdef SYS_poll
	CALL(poll),
#else
	{ "poll", SYS_ppoll },
#endif
#ifdef SYS_fork
	CALL(fork),
#endif
#ifdef SYS_vfork
	CALL(vfork),
#endif
#ifdef SYS_dup2
	CALL(dup2),
#endif
#ifdef SYS_open
	CALL(open),
#endif
#ifdef SYS_setuid32
	{ "setuid", SYS_setuid32 }, { "setgid", SYS_setgid32 }, { "setgroups", SYS_setgroups32 },
#endif
#ifdef SYS_fcntl64
	{ "fcntl", SYS_fcntl64 },
#endif
#ifdef SYS_ftruncate64
	{ "ftruncate", SYS_ftruncate64 },
#endif
#ifdef SYS_clone3
	CALL(clone3),
#endif
#ifdef SYS_prlimit64
	CALL(prlimit64),
#endif
};

static struct instruction code[200];
static int n;

static void add(uint16_t op, uint8_t jt, uint8_t jf, uint32_t k)
{
	code[n++] = (struct instruction){ op, jt, jf, k };
}

static uint32_t deed(const char *name)
{
	static const struct { const char *name; int error;
	} errors[] = {
		{ "eperm", EPERM },   { "einval", EINVAL }, { "enosys", ENOSYS },
		{ "eagain", EAGAIN }, { "eintr", EINTR },   { "enfile", ENFILE },
		{ "emfile", EMFILE }, { "enolck", ENOLCK }, { "nothing", 0 },
	};

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (!strcmp(name, errors[i].name))
			return ERRNO | errors[i].error;
	if (!strcmp(name, "kill"))
		return KILL;
	fprintf(stderr, "seccomp: %s?\n", name);
	exit(125);
}

static void rule_i386(uint32_t number, uint32_t what)
{
	add(LOAD, 0, 0, AT_ARCH);
	add(EQUAL, 0, 3, ARCH_I386);
	add(LOAD, 0, 0, AT_NUMBER);
	add(EQUAL, 0, 1, number);
	add(RETURN, 0, 0, what);
	add(LOAD, 0, 0, AT_NUMBER);
}

static void rule(char *word)
{
	char *equals = strchr(word, '=');

	*equals = 0;
	uint32_t what = deed(word);

	for (char *name = strtok(equals + 1, ","); name; name = strtok(NULL, ",")) {
		if (!strncmp(name, "i386:", 5))
			rule_i386(strtoul(name + 5, NULL, 10), what);
		for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
			if (!strcmp(calls[i].name, name)) {
				add(EQUAL, 0, 1, calls[i].number);
				add(RETURN, 0, 0, what);
			}
	}
}

int main(int argc, char **argv)
{
	extern char **environ;

	(void)argc;
	add(LOAD, 0, 0, AT_NUMBER);
	for (argv++; *argv && strchr(*argv, '=') && **argv != '/'; argv++)
		rule(*argv);
	add(RETURN, 0, 0, ALLOW);
	if (!*argv)
		return 125;
	struct program p = { n, code };
	int fd = open(*argv, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || prctl(NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(SET_SECCOMP, MODE_FILTER, &p)) {
		perror("seccomp");
		return 125;
	}
	syscall(SYS_execveat, fd, "", argv, environ, 0x1000 /* AT_EMPTY_PATH */);
	perror(*argv);
	return 125;
}
