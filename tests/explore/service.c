// SPDX-License-Identifier: 0BSD
/*
 * What is started as a service by the schedules of explore.c: as few calls as can be.
 *
 *   service stay            until a signal ends it
 *   service end STATUS      at once
 *   service ignore          all that TERM, HUP, INT say
 *   service flee N          forks, calls setsid and lets the parent end, N times, then stays
 *   service leave           has a child in a session of its own, and ends with 0 by USR1
 *   service hostile FILE    does to its pidfile what it may, and what it may not, and stays
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stay(void)
{
	for (;;)
		pause();
}

static void done(int number)
{
	(void)number;
	_exit(0);
}

static void flee(int times)
{
	while (times--) {
		if (fork() > 0)
			_exit(0);
		setsid();
	}
	stay();
}

/* All that a lock, another name or another time could say of the file falsely. */
static void hostile(const char *file)
{
	/* the mutex, and "an exec is to come" */
	struct flock lock = { .l_type = F_RDLCK, .l_len = 2 };
	char other[256];
	const int fd = open(file, O_RDONLY);

	snprintf(other, sizeof other, "%s~", file);
	fcntl(fd, F_SETLK, &lock);
	flock(fd, LOCK_EX | LOCK_NB);
	open(other, O_RDWR);
	open(other, O_RDWR | O_CREAT | O_EXCL, 0666);
	utimensat(AT_FDCWD, file, NULL, 0);
	truncate(file, 0);
	chmod(file, 0666);
	link(file, other);
	rename(file, other);
	unlink(file);
	/* who shares the descriptors holds the lock, and lives on */
	if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)) {
		lock.l_type = F_UNLCK;
		fcntl(fd, F_SETLK, &lock);
		lock.l_type = F_RDLCK;
		fcntl(fd, F_SETLK, &lock);
		kill(getppid(), SIGTERM);
	}
	stay();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const int number = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(what, "hostile") && argc > 2)
		hostile(argv[2]);
	if (!strcmp(what, "end"))
		_exit(number);
	if (!strcmp(what, "ignore")) {
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		signal(SIGINT, SIG_IGN);
	} else if (!strcmp(what, "leave")) {
		signal(SIGUSR1, done);
		if (!fork())
			setsid();
	} else if (!strcmp(what, "flee")) {
		if (!fork()) {
			setsid();
			flee(number);
		}
	} else if (strcmp(what, "stay"))
		_exit(2);
	stay();
}
