// SPDX-License-Identifier: 0BSD
/*
 * The daemon under test: it says what it was given, then waits to be ended.
 *
 *   probe [-c] [-e STATUS] [-o TEXT] [-S] [-T] REPORT [ARG]...
 *
 * REPORT appears by a rename, so whoever sees it sees all of it. On USR1 the
 * same is written to REPORT.again: proof that the process lives and acts.
 *   -c  close all descriptors from 3 up, as a careless daemon does
 *   -e  end with STATUS once the report is there
 *   -o  write TEXT to stdout and err-TEXT to stderr, a line each
 *   -S  try setsid and report how it went
 *   -T  open a new pty and report whether it became the controlling terminal
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static char text[1 << 20];
static size_t length;
static char path[2][PATH_MAX];
static volatile sig_atomic_t again;

static void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	length += vsnprintf(text + length, sizeof text - length, format, ap);
	va_end(ap);
	if (length >= sizeof text)
		length = sizeof text - 1;
}

static const struct { int number; const char *name; } signals[] = {
	{ SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" }, { SIGPIPE, "PIPE" },
	{ SIGTERM, "TERM" }, { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGCHLD, "CHLD" },
	{ SIGALRM, "ALRM" }, { SIGTTIN, "TTIN" }, { SIGTTOU, "TTOU" }, { SIGTSTP, "TSTP" },
};

static void say_signal(int sig)
{
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signals[i].number == sig) {
			say(" %s", signals[i].name);
			return;
		}
	say(" %d", sig);
}

/* The kernel's own list: libc hides some of the real-time signals. */
static void say_mask(const char *key, const char *field)
{
	char status[8192] = "";
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char *p;

	if (fd >= 0) {
		if (read(fd, status, sizeof status - 1) < 0)
			*status = 0;
		close(fd);
	}
	say("%s:", key);
	if ((p = strstr(status, field))) {
		p += strlen(field);
		p += strspn(p, " \t");
		size_t digits = strspn(p, "0123456789abcdef");

		for (size_t sig = 1; sig <= digits * 4; sig++) {
			char c = p[digits - 1 - (sig - 1) / 4];
			int nibble = c <= '9' ? c - '0' : c - 'a' + 10;

			if (nibble >> (sig - 1) % 4 & 1)
				say_signal(sig);
		}
	} else {
		say(" unknown");
	}
	say("\n");
}

static void say_sigaction(void)
{
	struct sigaction sa;
	sigset_t set;

	say("sigaction:");
	for (int sig = 1; sig <= 64; sig++)
		if (!sigaction(sig, NULL, &sa) && sa.sa_handler != SIG_DFL)
			say_signal(sig);
	say("\nsigprocmask:");
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&set, sig) == 1)
			say_signal(sig);
	say("\n");
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void say_descriptors(void)
{
	static const char *mode[] = { "r", "w", "rw", "?" };
	static int fds[70000];
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)) && n < 70000)
		if (*e->d_name != '.' && atoi(e->d_name) != dirfd(dir))
			fds[n++] = atoi(e->d_name);
	if (dir)
		closedir(dir);
	qsort(fds, n, sizeof *fds, by_number);
	say("fds:");
	for (int i = 0; i < n; i++)
		say(" %d", fds[i]);
	say("\n");
	for (int i = 0; i < n; i++) {
		char name[64], target[PATH_MAX];
		int flags = fcntl(fds[i], F_GETFL);

		sprintf(name, "/proc/self/fd/%d", fds[i]);
		ssize_t len = readlink(name, target, sizeof target - 1);

		target[len < 0 ? 0 : len] = 0;
		say("fd %d: %s %s%s%s%s\n", fds[i], target, mode[flags & O_ACCMODE],
		    flags & O_APPEND ? " append" : "", flags & O_NONBLOCK ? " nonblock" : "",
		    fcntl(fds[i], F_GETFD) & FD_CLOEXEC ? " cloexec" : "");
	}
}

static void say_limits(void)
{
	static const struct { int r; const char *name; } limits[] = {
		{ RLIMIT_AS, "as" }, { RLIMIT_CORE, "core" }, { RLIMIT_CPU, "cpu" },
		{ RLIMIT_DATA, "data" }, { RLIMIT_FSIZE, "fsize" }, { 10, "locks" },
		{ RLIMIT_MEMLOCK, "memlock" }, { 12, "msgqueue" }, { 13, "nice" },
		{ RLIMIT_NOFILE, "nofile" }, { RLIMIT_NPROC, "nproc" }, { RLIMIT_RSS, "rss" },
		{ 14, "rtprio" }, { 15, "rttime" }, { 11, "sigpending" }, { RLIMIT_STACK, "stack" },
	};
	struct rlimit l;

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (getrlimit(limits[i].r, &l))
			continue;
		say("limit %s:", limits[i].name);
		for (int hard = 0; hard < 2; hard++) {
			rlim_t v = hard ? l.rlim_max : l.rlim_cur;

			if (v == RLIM_INFINITY)
				say(" unlimited");
			else
				say(" %llu", (unsigned long long)v);
		}
		say("\n");
	}
}

static int numbers(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return x < y ? -1 : x > y;
}

/* The same on every CPU: linux/sched.h, linux/ioprio.h; libc's structs are not the kernel's. */
static void say_priorities(void)
{
	unsigned long cpus[1024] = { 0 };
	int priority = -1, last = -2;
	long policy = syscall(SYS_sched_getscheduler, 0), io = syscall(SYS_ioprio_get, 1, 0);
	char score[16] = "unknown";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, score, sizeof score - 1);

	close(fd);
	if (n > 0)
		score[strcspn(score, "\n")] = 0;
	syscall(SYS_sched_getparam, 0, &priority);
	say("oom_score_adj: %s\nsched: %ld %d\nionice: %ld %ld\ncpus:", score, policy, priority,
	    io >> 13, io & 0x1fff);
	syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
	for (int cpu = 0; cpu < (int)sizeof cpus * 8; cpu++)
		if (cpus[cpu / (8 * sizeof *cpus)] >> cpu % (8 * sizeof *cpus) & 1)
			say(" %d", last = cpu);
	say(last < 0 ? " unknown\n" : "\n");
}

/* By number, without /proc, which a root of its own need not have. */
static void say_capabilities(void)
{
	static const char *const name[] = { "effective", "permitted", "inheritable", "bounding",
					    "ambient" };
	unsigned head[] = { 0x20080522, 0 }, half[2][3] = { { 0 } };
	long error = syscall(SYS_capget, head, half);

	for (int set = 0; set < 5; set++) {
		say("%s:", name[set]);
		if (error)
			say(" unknown");
		for (int number = 0; number < 64; number++)
			if (set < 3 ? (int)(half[number / 32][set] >> number % 32 & 1) :
			    set == 3 ? prctl(PR_CAPBSET_READ, number, 0, 0, 0) > 0 :
			    prctl(47 /* PR_CAP_AMBIENT */, 1 /* ..._IS_SET */, number, 0, 0) > 0)
				say(" %d", number);
		say("\n");
	}
}

static void say_ids(void)
{
	uid_t r, e, s;
	gid_t rg, eg, sg, list[1000];
	int n = getgroups(1000, list);

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	say("uid: %u %u %u\ngid: %u %u %u\ngroups:", r, e, s, rg, eg, sg);
	qsort(list, n < 0 ? 0 : n, sizeof *list, numbers);
	for (int i = 0; i < n; i++)
		say(" %u", list[i]);
	say("\n");
}

static void say_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		say("tty: none\n");
		return;
	}
	say("tty: yes, foreground %d\n", (int)tcgetpgrp(fd));
	close(fd);
}

static void gain_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1, tty;

	if (master >= 0 && !grantpt(master) && !unlockpt(master))
		slave = open(ptsname(master), O_RDWR);
	if (slave < 0) {
		say("gained: no pty\n");
		return;
	}
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	say("gained: %s\n", tty >= 0 ? "yes" : "no");
	if (tty >= 0)
		close(tty);
}

static void write_report(const char *suffix)
{
	sprintf(path[0], "%s%s", path[1], suffix);
	char temp[PATH_MAX + 32];
	int fd;

	sprintf(temp, "%s.%d", path[0], (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || fchmod(fd, 0644) || write(fd, text, length) != (ssize_t)length ||
	    rename(temp, path[0]))
		_exit(99);
	close(fd);
}

static void on_usr1(int sig)
{
	(void)sig;
	again = 1;
}

int main(int argc, char **argv)
{
	int parent = getppid();         /* before anything else */
	int status = -1, try_setsid = 0, try_pty = 0, opt;
	mode_t mask = umask(0);
	const char *output = NULL;
	char cwd[PATH_MAX] = "?";

	umask(mask);
	/* the descriptors as they came, before any of our own */
	say("pid: %d\nparent: %d\nppid: %d\npgid: %d\nsid: %d\n", (int)getpid(), parent,
	    (int)getppid(), (int)getpgrp(), (int)getsid(0));
	say_descriptors();
	say_terminal();
	say("cwd: %s\numask: %03o\n", getcwd(cwd, sizeof cwd) ? cwd : "?", mask);
	say_ids();
	say_mask("ignored", "SigIgn:");
	say_mask("blocked", "SigBlk:");
	say_mask("pending", "ShdPnd:");
	say_sigaction();
	errno = 0;
	say("nice: %d\n", getpriority(PRIO_PROCESS, 0));
	int death = 0;
	prctl(PR_GET_PDEATHSIG, &death);
	say("pdeathsig: %d\nno_new_privs: %d\n", death, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	say_limits();
	say_priorities();
	say_capabilities();
	say("argc: %d\n", argc);
	for (int i = 0; i < argc; i++)
		say("arg %d: %s\n", i, argv[i]);
	int n = 0;
	for (char **e = environ; *e; e++, n++)
		say("env %s\n", *e);
	say("environ: %d\n", n);

	while ((opt = getopt(argc, argv, "+ce:o:ST")) != -1)
		switch (opt) {
		case 'c':
			for (int fd = 3; fd < 1024; fd++)
				close(fd);
			break;
		case 'e': status = atoi(optarg); break;
		case 'o': output = optarg; break;
		case 'S': try_setsid = 1; break;
		case 'T': try_pty = 1; break;
		default: return 98;
		}
	if (!argv[optind] || strlen(argv[optind]) > PATH_MAX - 64)
		return 98;
	strcpy(path[1], argv[optind]);
	if (try_setsid)
		say("setsid: %s\n", setsid() < 0 ? strerror(errno) : "done");
	if (try_pty)
		gain_terminal();
	if (output) {
		/* in turns, so that a file opened twice would overwrite itself */
		dprintf(1, "%s\n", output);
		dprintf(2, "err-%s\n", output);
		dprintf(1, "%s again\n", output);
		dprintf(2, "err-%s again\n", output);
	}
	struct sigaction sa = { .sa_handler = on_usr1 };
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	sigdelset(&old, SIGUSR1);
	sigaction(SIGUSR1, &sa, NULL);
	alarm(120);                     /* nothing outlives a broken test by much */
	write_report("");
	if (status >= 0)
		return status;
	for (;;) {
		sigsuspend(&old);
		if (again) {
			again = 0;
			write_report(".again");
		}
	}
}
