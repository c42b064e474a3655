// SPDX-License-Identifier: 0BSD
/*
 * stranger PID RECORD: a process that has this PID, whatever the kernel would have
 * given. It writes to RECORD that it is there, and then each signal that it gets,
 * and lives until it is killed. Status 0 when it is there, 1 if the pid is taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static struct {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size;
} args;

static int record;

static void note(const char *text)
{
	if (write(record, text, strlen(text)) < 0)
		_exit(1);
}

static void be_there(void)
{
	sigset_t all;
	char text[32];
	int sig;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	note("there\n");
	while (sigwait(&all, &sig) == 0) {
		snprintf(text, sizeof text, "signal %d\n", sig);
		note(text);
	}
	_exit(1);
}

int main(int argc, char **argv)
{
	int32_t wanted;
	long pid;

	if (argc != 3)
		return 2;
	wanted = atoi(argv[1]);
	record = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	if (record < 0) {
		perror(argv[2]);
		return 1;
	}
	args.set_tid = (uintptr_t)&wanted;
	args.set_tid_size = 1;
	pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0) {
		setsid();
		be_there();
	}
	if (pid < 0) {
		fprintf(stderr, "stranger: %d: %s\n", wanted, strerror(errno));
		unlink(argv[2]);
		return 1;
	}
	return 0;
}
