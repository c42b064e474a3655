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
 *       interrupt:PID       TERM to this process
 *       real:MS             sets the wall clock by so many milliseconds, forward or back
 *       suspend:MS          the machine sleeps for so long
 *       stall:MS            nobody goes on for so long
 *       ready:FD            a newline to this descriptor
 *       bind, listen, close /dev/log is this one's: datagrams, or a stream; it lets go of it
 *       unlink, rename      that file has gone
 *       take:N              so many messages to it, or so many reads of what one connection sends
 *       lines:N             writes "line PID K" with 900 bytes, so many at once; K counts them
 *       short:N             the same with 90 bytes
 *       late:N              a child that blocks TERM writes such lines, as its own, a second later, and ends
 *       notify:TEXT         to the socket that it was told of
 *       left:TEXT           the same from a child, half a second later
 *       beat:N              that WATCHDOG=1, so many times, once a second
 *       forge               to each socket of that kind that there is: all that its service may say
 *       forge-and-go        the same from a child that ends at once
 *       reuse               has a child in a session of its own, that only KILL ends; ends it
 *                           after a second, and a second later another gets its number
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
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

/* ---- a log daemon, and who writes to it ---- */

static int log_fd, log_type, stream_fd = -1;

static void bind_log(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	/* the one before stays open where it was not closed: nobody reads it */
	stream_fd = -1;
	log_type = type;
	log_fd = socket(AF_UNIX, type, 0);
	bind(log_fd, (struct sockaddr *)&address, sizeof address);
	if (type == SOCK_STREAM)
		listen(log_fd, 0);
}

static void hang_up(void)
{
	if (stream_fd >= 0)
		close(stream_fd);
	stream_fd = -1;
}

/* One connection after the other, each to its end. */
static void take_stream(char *text, size_t size)
{
	for (;; hang_up()) {
		if (stream_fd < 0)
			stream_fd = accept(log_fd, NULL, NULL);
		if (stream_fd < 0 || recv(stream_fd, text, size, 0) > 0)
			return;
	}
}

static void take(int count)
{
	char text[1200];

	while (count--)
		if (log_type == SOCK_STREAM)
			take_stream(text, sizeof text);
		else
			recv(log_fd, text, sizeof text, 0);
}

static void write_lines(pid_t of, int count, int size)
{
	static int number;
	char text[4096];
	int length = 0;

	while (count-- && length < 3000) {
		const int from = length;

		length += sprintf(text + length, "line %d %d ", (int)of, ++number);
		memset(text + length, '.', (size_t)(from + size - length));
		length = from + size;
		text[length++] = '\n';
	}
	write(1, text, (size_t)length);
}

/* ---- the socket of readiness and watchdog, one's own and another's ---- */

static void notify(const char *name, const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t length = strlen(name);
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, name, length);
	if (*name == '@')
		*address.sun_path = 0;
	sendto(fd, text, strlen(text), MSG_DONTWAIT, (struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

static void beat(int times)
{
	while (times--) {
		notify(getenv("NOTIFY_SOCKET"), "WATCHDOG=1");
		doze(1000);
	}
}

static void forge(void)
{
	char all[8192], text[256], *line, *next;
	const int fd = open("/proc/net/unix", O_RDONLY);
	const ssize_t length = read(fd, all, sizeof all - 1);

	close(fd);
	all[length > 0 ? length : 0] = 0;
	snprintf(text, sizeof text,
		 "READY=1\nWATCHDOG=1\nMAINPID=%d\nSTOPPING=1\nEXTEND_TIMEOUT_USEC=60000000\n"
		 "STATUS=hostile", (int)getpid());
	for (line = all; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (strchr(line, '@'))
			notify(strchr(line, '@'), text);
	}
}

/* Not what the call means: explore answers it, and takes the time for a difference. */
static void set_clock(int clock, int milliseconds)
{
	const struct timespec t = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

	syscall(SYS_clock_settime, clock, &t);
}

/* Not ignored, for under ptrace(2) that would end a wait as well. */
static void block_term(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
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
	} else if (!strncmp(word, "notify:", 7)) {
		notify(getenv("NOTIFY_SOCKET"), colon + 1);
	} else if (!strncmp(word, "left:", 5)) {
		if (!fork()) {
			doze(500);
			notify(getenv("NOTIFY_SOCKET"), colon + 1);
			_exit(0);
		}
	} else if (!strncmp(word, "beat:", 5)) {
		beat(number);
	} else if (!strcmp(word, "forge")) {
		forge();
	} else if (!strcmp(word, "forge-and-go")) {
		if (!fork()) {
			forge();
			_exit(0);
		}
	} else if (!strcmp(word, "bind")) {
		bind_log(SOCK_DGRAM);
	} else if (!strcmp(word, "listen")) {
		bind_log(SOCK_STREAM);
	} else if (!strcmp(word, "close")) {
		hang_up();
		close(log_fd);
	} else if (!strcmp(word, "unlink")) {
		unlink("/dev/log");
	} else if (!strcmp(word, "rename")) {
		rename("/dev/log", "/dev/log.0");
	} else if (!strncmp(word, "take:", 5)) {
		take(number);
	} else if (!strncmp(word, "lines:", 6)) {
		write_lines(getpid(), number, 900);
	} else if (!strncmp(word, "late:", 5)) {
		const pid_t own = getpid();

		if (!fork()) {
			block_term();
			doze(1000);
			write_lines(own, number, 900);
			_exit(0);
		}
	} else if (!strncmp(word, "short:", 6)) {
		write_lines(getpid(), number, 90);
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
	} else if (!strncmp(word, "interrupt:", 10)) {
		kill(number, SIGTERM);
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
