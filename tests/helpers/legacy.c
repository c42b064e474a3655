// SPDX-License-Identifier: 0BSD
/*
 * A service as daemonbox 0.1.0 started it, down to its pidfile and its lock:
 *
 *   legacy plain FILE PROGRAM [ARG]...
 *             no supervisor: this process becomes PROGRAM, in a session made for it,
 *             and holds the lock by a descriptor that PROGRAM has
 *   legacy supervised FILE PROGRAM [ARG]...
 *             this process stays, holds the lock, passes HUP and the like on, starts
 *             PROGRAM again a tenth of a second after it has ended; TERM, INT and QUIT
 *             end both and remove the file
 *   legacy delay FILE PROGRAM [ARG]...
 *             the same in its restart delay of 30 seconds: the file is empty
 *
 * 0.1.0 locked the whole file for writing, wrote "%d\n" through the locked descriptor,
 * and kept a hash of boot, start tick and pid in the nanoseconds of the file's mtime,
 * the lowest bit being "the session was made for it", 2 that there is no program.
 * Started in the background; it detaches from nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MADE = 1, CLEARED = 2 };

static volatile sig_atomic_t told;
static pid_t child;

static void die(const char *what)
{
	fprintf(stderr, "legacy: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (n < 0)
		die(path);
	text[n] = 0;
	close(fd);
}

/* FNV-1a of a text up to a byte that ends it. */
static unsigned hash(unsigned h, const char *text, char end)
{
	for (; *text && *text != end; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static long stamp(const char *pid)
{
	char stat[512], boot[64];
	const char *at;

	slurp("/proc/self/stat", stat, sizeof stat);
	slurp("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	at = strrchr(stat, ')');
	for (int field = 2; field < 22; field++)
		at = strchr(at, ' ') + 1;
	return (long)(hash(hash(hash(2166136261u, boot, '\n'), at, ' '), pid, '\n') >> 4) * 2 + 2;
}

static void set_record(int fd, long nanoseconds)
{
	struct stat st;

	if (fstat(fd, &st))
		die("fstat");
	const struct timespec times[2] = { { 0, UTIME_OMIT }, { st.st_mtim.tv_sec, nanoseconds } };

	if (futimens(fd, times))
		die("futimens");
}

static void record_self(int fd)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	if (dprintf(fd, "%s\n", pid) < 0)
		die("write");
	set_record(fd, stamp(pid) | MADE);
}

static void clear(int fd)
{
	if (ftruncate(fd, 0))
		die("ftruncate");
	set_record(fd, CLEARED | MADE);
}

static int take(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);

	if (fd < 0 || fcntl(fd, F_SETLK, &whole) || ftruncate(fd, 0))
		die(path);
	return fd;
}

static void on_signal(int number)
{
	if (number == SIGTERM || number == SIGINT || number == SIGQUIT)
		told = 1;
	if (child > 0)
		kill(child, number);
}

static void run(int fd, char **argv)
{
	child = fork();
	if (child < 0)
		die("fork");
	if (child)
		return;
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	record_self(fd);
	close(fd);
	execvp(*argv, argv);
	die(*argv);
}

static void supervise(int fd, const char *path, char **argv, int delay)
{
	static const int passed[] = {
		SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH
	};

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		signal(passed[i], on_signal);
	fcntl(fd, F_SETFD, 0);
	while (!told) {
		if (!delay) {
			run(fd, argv);
			while (waitpid(child, NULL, 0) != child && errno == EINTR)
				;
			child = 0;
		}
		clear(fd);
		for (int tenths = delay ? 300 : 1; tenths && !told; tenths--)
			poll(NULL, 0, 100);
		delay = 0;
	}
	unlink(path);
	exit(0);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 4)
		return 98;
	alarm(100);                     /* nothing outlives a broken test by much; exec keeps it */
	for (int number = 1; number < 32; number++)
		if (number != SIGALRM)
			signal(number, SIG_DFL);
	if (setsid() < 0 && getsid(0) != getpid())
		die("setsid");
	fd = take(argv[2]);
	if (strcmp(argv[1], "plain"))
		supervise(fd, argv[2], argv + 3, !strcmp(argv[1], "delay"));
	record_self(fd);
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
