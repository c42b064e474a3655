// SPDX-License-Identifier: 0BSD
/*
 * Waits for what a test waits for, never longer than -t SECS (10):
 *
 *   waitfor file PATH         it exists
 *   waitfor gone PATH         it does not
 *   waitfor end PID...        the processes have ended
 *   waitfor text FILE TEXT    FILE (the last megabyte of it) holds TEXT
 *   waitfor match FILE RE     ... a line that this basic regular expression matches
 *   waitfor none TEXT [PID]...  no process but these PIDs (and this one) has TEXT on
 *                             its command line; else they are printed
 *   waitfor kill TEXT         the same, and kills them
 *   waitfor count FIRST [LAST]   not a wait: prints how many have these words at the ends of
 *                             their command lines
 *   waitfor lock FILE         not a wait: prints who holds a write lock on FILE, or 0
 *
 * Status 0; 1 when the time is over.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static long limit = 10000;

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int left(void)
{
	long ms = limit - now();

	return ms > 0 ? ms : 0;
}

/*
 * Whether the file has it, from *seen on: that is moved behind the whole lines that
 * do not, for one that grows is looked through often.
 */
static int has_text(const char *file, const char *text, const regex_t *re, off_t *seen)
{
	static char buf[1 << 20];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;
	off_t size;

	if (fd < 0)
		return 0;
	/* no such thing in /proc */
	size = lseek(fd, 0, SEEK_END);
	if (size < *seen)
		*seen = 0;
	if (size - *seen >= (off_t)sizeof buf)
		*seen = size - (off_t)sizeof buf + 1;
	lseek(fd, *seen, SEEK_SET);
	while (n < sizeof buf - 1 && (got = read(fd, buf + n, sizeof buf - 1 - n)) > 0)
		n += got;
	close(fd);
	buf[n] = 0;
	if (re ? regexec(re, buf, 0, NULL, 0) == 0 : memmem(buf, n, text, strlen(text)) != NULL)
		return 1;
	/* A text of several lines may be there in part. */
	if (!re && strchr(text, '\n'))
		return 0;
	while (n && buf[n - 1] != '\n')
		n--;
	*seen += n;
	return 0;
}

static int is_so(const char *what, const char *path, const char *text)
{
	static regex_t re;
	static int compiled;
	static off_t seen;

	if (*what == 't')
		return has_text(path, text, NULL, &seen);
	if (*what == 'm') {
		if (!compiled && regcomp(&re, text, REG_NOSUB | REG_NEWLINE))
			exit(2);
		compiled = 1;
		return has_text(path, NULL, &re, &seen);
	}
	return (access(path, F_OK) == 0) == (*what == 'f');
}

static int wait_path(const char *what, const char *path, const char *text)
{
	char *copy = strdup(path), junk[4096];
	int fd = inotify_init1(IN_NONBLOCK);

	inotify_add_watch(fd, dirname(copy), IN_CREATE | IN_MOVED_TO | IN_DELETE |
			  IN_MOVED_FROM | IN_MODIFY | IN_CLOSE_WRITE);
	while (!is_so(what, path, text)) {
		struct pollfd p = { fd, POLLIN, 0 };
		int ms = left();

		if (!ms)
			return 1;
		/* a directory that is not there yet has no events: look now and then */
		poll(&p, 1, ms < 100 ? ms : 100);
		while (read(fd, junk, sizeof junk) > 0)
			;
	}
	return 0;
}

/* The letter of proc(5), 0 where it has gone, or '?' where that is not told. */
static char state_of(int pid)
{
	char name[64], stat[512], *p;
	int fd;
	ssize_t n;

	sprintf(name, "/proc/%d/stat", pid);
	if ((fd = open(name, O_RDONLY)) < 0)
		return 0;
	n = read(fd, stat, sizeof stat - 1);
	close(fd);
	if (n <= 0)
		return 0;
	stat[n] = 0;
	p = strrchr(stat, ')');
	return p ? p[2] : '?';
}

static int ended(int pid)
{
	const char state = state_of(pid);

	return !state || state == 'Z' || state == 'X';
}

static int has_word(int pid, const char *text)
{
	char name[64];
	off_t seen = 0;

	sprintf(name, "/proc/%d/cmdline", pid);
	return has_text(name, text, NULL, &seen);
}

/* Until it has ended or, where there is a text, has executed something without it. */
static int wait_end(int pid, const char *text)
{
	int fd = syscall(SYS_pidfd_open, pid, 0), ms;
	struct pollfd p = { fd, POLLIN, 0 };

	while (!ended(pid) && (!text || has_word(pid, text))) {
		ms = left();
		if (!ms)
			return 1;
		/* an old kernel has no descriptor of it, and of an exec none tells */
		if ((fd < 0 || text) && ms > 10)
			ms = 10;
		poll(&p, 1, ms);
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

/* argv from except on: pids that may stay */
static int strays(int *pids, int max, const char *text, char **except)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)) && n < max) {
		int pid = atoi(e->d_name);
		char **x = except;

		if (!isdigit((unsigned char)*e->d_name) || pid == getpid())
			continue;
		while (*x && atoi(*x) != pid)
			x++;
		if (!*x && has_word(pid, text) && !ended(pid))
			pids[n++] = pid;
	}
	if (dir)
		closedir(dir);
	return n;
}

static int has_ends(int pid, const char *first, const char *last)
{
	char name[64], line[4096] = "";
	int fd;
	ssize_t length;

	snprintf(name, sizeof name, "/proc/%d/cmdline", pid);
	fd = open(name, O_RDONLY);
	length = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	close(fd);
	if (length <= 0 || strcmp(line, first))
		return 0;
	line[length] = 0;
	return !last ||
	       (length > (ssize_t)strlen(last) && !strcmp(line + length - 1 - strlen(last), last));
}

/* What a file of /proc says, each byte that ends a text as a blank. */
static void print(int pid, const char *file)
{
	char name[64], text[4096];

	sprintf(name, "/proc/%d/%s", pid, file);
	int fd = open(name, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	close(fd);
	for (ssize_t i = 0; i < got; i++)
		putchar(text[i] && text[i] != '\n' ? text[i] : ' ');
}

/* Who is still there, and what it is at: its state, and its system call or what it sleeps in. */
static void show(int pid)
{
	const char state = state_of(pid);

	printf("still there: %d %c in ", pid, state ? state : '-');
	print(pid, "syscall");
	print(pid, "wchan");
	printf(": ");
	print(pid, "cmdline");
	putchar('\n');
}

static int wait_none(const char *text, char **except, int sig)
{
	int pids[1000], n;

	while ((n = strays(pids, 1000, text, except))) {
		for (int i = 0; i < n && sig; i++)
			kill(pids[i], sig);
		for (int i = 0; i < n; i++)
			if (wait_end(pids[i], text)) {
				show(pids[i]);
				return 1;
			}
	}
	return 0;
}

static int show_lock(const char *path)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR);

	if (fd < 0 || fcntl(fd, F_GETLK, &l))
		return 1;
	printf("%d\n", l.l_type == F_WRLCK ? (int)l.l_pid : 0);
	return 0;
}

/* Without floating point, for processors that have none. */
static long milliseconds(const char *text)
{
	char *end;
	long ms = strtol(text, &end, 10) * 1000;

	for (long digit = 100; *end && *++end; digit /= 10)
		ms += (*end - '0') * digit;
	return ms;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "-t")) {
		limit = milliseconds(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3)
		return 2;
	/* on an emulated board everything takes longer */
	if (getenv("TEST_SLOW"))
		limit *= atoi(getenv("TEST_SLOW"));
	limit += now();
	const char *what = argv[1];

	if (!strcmp(what, "file") || !strcmp(what, "gone") || !strcmp(what, "text") ||
	    !strcmp(what, "match"))
		return wait_path(what, argv[2], argv[2 + (*what == 't' || *what == 'm')]);
	if (!strcmp(what, "count")) {
		char *nobody = NULL;
		int pids[1000], n = strays(pids, 1000, argv[2], &nobody), count = 0;

		while (n--)
			count += has_ends(pids[n], argv[2], argv[3]);
		printf("%d\n", count);
		return 0;
	}
	if (!strcmp(what, "none") || !strcmp(what, "kill"))
		return wait_none(argv[2], argv + 3, *what == 'k' ? SIGKILL : 0);
	if (!strcmp(what, "lock"))
		return show_lock(argv[2]);
	if (strcmp(what, "end"))
		return 2;
	for (argv += 2; *argv; argv++)
		if (wait_end(atoi(*argv), NULL))
			return 1;
	return 0;
}
