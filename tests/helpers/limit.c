// SPDX-License-Identifier: 0BSD
/*
 * limit SECONDS FILE COMMAND [ARG]...: runs a command, as timeout(1) does, in a process group
 * of its own, which is told to end by TERM when the time is over, and two seconds later by
 * KILL: status 124. Otherwise the command's status, or 128 and the signal that ended it. No
 * signal is ignored, as shells let what they run in the background ignore INT and QUIT.
 *
 * A machine that stands still (a virtual one whose host has others to serve) makes a time limit
 * say nothing about the command. That time does not count, and where it was a third of a second
 * or so at a time the milliseconds of all of it are in FILE.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK = 250, STILL = 300, GRACE = 2000 };	/* milliseconds */

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void note(const char *file, long still)
{
	FILE *f = fopen(file, "w");

	if (f) {
		fprintf(f, "%ld\n", still);
		fclose(f);
	}
}

/* By the call itself, since libc keeps two of them to itself: zeros are the default everywhere. */
static void ignore_none(void)
{
#ifdef __mips__
	enum { SIGNALS = 128 };
#else
	enum { SIGNALS = 64 };
#endif
	static const long zeros[16];

	for (int i = 1; i <= SIGNALS; i++)
		syscall(SYS_rt_sigaction, i, zeros, NULL, SIGNALS / 8);
}

static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	const struct timespec tick = { 0, TICK * 1000000L };
	long left, still = 0, before = now();
	int status, over = 0;
	sigset_t wanted, old;
	pid_t child;

	if (argc < 4)
		return 125;
	left = atol(argv[1]) * 1000;
	sigemptyset(&wanted);
	for (const int *s = (const int[]){ SIGCHLD, SIGTERM, SIGINT, SIGHUP, 0 }; *s; s++)
		sigaddset(&wanted, *s);
	sigprocmask(SIG_BLOCK, &wanted, &old);
	child = fork();
	if (child < 0)
		return 125;
	if (!child) {
		setpgid(0, 0);
		ignore_none();
		sigprocmask(SIG_SETMASK, &old, NULL);
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	setpgid(child, child);
	while (waitpid(child, &status, WNOHANG) == 0) {
		const int sig = sigtimedwait(&wanted, NULL, &tick);
		const long took = now() - before;

		before += took;
		if (took > TICK + STILL) {
			still += took - TICK;
			note(argv[2], still);
		}
		left -= took > TICK + STILL ? TICK : took;
		if (sig > 0 && sig != SIGCHLD)
			kill(-child, sig);
		if (left <= 0) {
			kill(-child, over ? SIGKILL : SIGTERM);
			over = 1;
			left = GRACE;
		}
	}
	return over ? 124 : status_of(status);
}
