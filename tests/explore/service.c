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
 *   service do WORD...      one after the other, and ends:
 *       fork                its child goes on, and it ends
 *       spawn               it has a child, which stays
 *       setsid, ignore, stay
 *       sleep:MS
 *       exit:STATUS
 *       real:MS             sets the wall clock by so many milliseconds, forward or back
 *       suspend:MS          the machine sleeps for so long
 *       stall:MS            nobody goes on for so long
 *       ready:FD            a newline to this descriptor
 *       reuse               has a child in a session of its own, that only KILL ends; ends it
 *                           after a second, and a second later another gets its number
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
#include <sys/wait.h>
#include <time.h>
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

static void doze(int milliseconds)
{
	struct timespec t = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static pid_t spawn(int leads)
{
	const pid_t pid = fork();

	if (pid)
		return pid;
	if (leads)
		setsid();
	stay();
	return 0;
}

/* The number of the child is given to another, as soon as that may happen on a real machine. */
static void reuse(void)
{
	char text[16];
	pid_t pid;
	int last, length;

	signal(SIGTERM, SIG_IGN);
	pid = spawn(1);
	signal(SIGTERM, SIG_DFL);
	length = snprintf(text, sizeof text, "%d", pid - 1);
	doze(1000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	doze(1000);
	last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
	write(last, text, (size_t)length);
	close(last);
	spawn(1);
	stay();
}

/* Not what the call means: explore answers it, and takes the time for a difference. */
static void set_clock(int clock, int milliseconds)
{
	const struct timespec t = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	syscall(SYS_clock_settime, clock, &t);
}

/* What a word says; returns 0 where it is none. */
static int act(const char *word)
{
	const char *colon = strchr(word, ':');
	const int number = colon ? atoi(colon + 1) : 0;

	if (!strcmp(word, "fork")) {
		if (fork())
			_exit(0);
	} else if (!strcmp(word, "spawn")) {
		spawn(0);
	} else if (!strcmp(word, "setsid")) {
		setsid();
	} else if (!strcmp(word, "ignore")) {
		signal(SIGTERM, SIG_IGN);
	} else if (!strcmp(word, "stay")) {
		stay();
	} else if (!strcmp(word, "reuse")) {
		reuse();
	} else if (!strncmp(word, "sleep:", 6)) {
		doze(number);
	} else if (!strncmp(word, "real:", 5)) {
		set_clock(CLOCK_REALTIME, number);
	} else if (!strncmp(word, "suspend:", 8)) {
		set_clock(CLOCK_BOOTTIME, number);
	} else if (!strncmp(word, "stall:", 6)) {
		set_clock(CLOCK_MONOTONIC, number);
	} else if (!strncmp(word, "ready:", 6)) {
		write(number, "\n", 1);
	} else if (!strncmp(word, "exit:", 5)) {
		_exit(number);
	} else {
		return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const int number = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(what, "hostile") && argc > 2)
		hostile(argv[2]);
	if (!strcmp(what, "do")) {
		for (argv += 2; *argv; argv++)
			if (!act(*argv))
				_exit(2);
		_exit(0);
	}
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
