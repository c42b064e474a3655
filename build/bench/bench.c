// SPDX-License-Identifier: 0BSD
/*
 * What the benchmark measures with: times of commands run in turn, the least that does
 * each job in C (the floors), and the programs that are started.
 *
 *   bench time ROUNDS HELLO LIST      a start, a stop or a look, each command once a round
 *   bench crash ROUNDS HELLO LIST     from a kill to the program's next first instruction
 *   bench hello FIFO [stay]    tells FIFO "NANOSECONDS PID SID PPID PROGRAM" first; stays, or ends
 *   bench calm PROGRAM...      with INT and QUIT by default, which a shell ignores behind "&"
 *   bench launch PROGRAM...    floor: two forks, setsid, descriptors, the status of exec
 *   bench pid FILE PROGRAM...  the same, with the pid in FILE
 *   bench keep PROGRAM...      floor: detached, starts it again at once, its output to /dev/log
 *   bench log                  floor: a datagram to /dev/log for each line of stdin
 *   bench session SID          floor: getdents64 and getsid
 *   bench name NAME            floor: the same, and each one's name
 *   bench beat N USEC          floor: N datagrams, one each USEC
 *   bench crowd N FILE         N processes in a session of their own, its number in FILE
 *   bench pause                does nothing, with nothing
 *   bench alive PID            floor: is it there
 *   bench end PID              floor: TERM through a pidfd, and waits
 *
 * LIST has a command a line: NAME, SETUP, COMMAND, CLEAN, PIDFILE, kind, PROGRAM; by tabs, "-"
 * for none. SETUP and CLEAN are for a shell and not measured; COMMAND is split at its blanks.
 * PROGRAM is the name of what is started, for what another one tells is not heard.
 * The kinds: "start", whose program must tell HELLO that it runs, in the file PIDFILE its
 * pid; "stop", after which the program of SETUP must be gone; "look", whose status is all.
 * What does not do its job is a failure and never a time. A line of output for each:
 * NAME, times that it worked, failures, median, 10th and 90th percentile in microseconds of
 * the command, and the median until the program's first instruction.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 32, ROUNDS = 2000, FIELDS = 7, WORDS = 40 };
enum field { NAME, SETUP, COMMAND, CLEAN, PIDFILE, KIND, PROGRAM };

struct subject {
	char *field[FIELDS];
	long long took[ROUNDS], first[ROUNDS];
	int ok, firsts, failed;
	char why[80];
};

struct told {
	long long when;
	int pid, sid, ppid;
	char program[64];
};

static struct subject subjects[MOST];

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- what is measured with ---------------------------------------------- */

static int order(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return x < y ? -1 : x > y;
}

static double part(long long *sorted, int n, int percent)
{
	return n ? sorted[(n - 1) * percent / 100] / 1000.0 : 0;
}

static void print_rows(int n, int report)
{
	for (int i = 0; i < n; i++) {
		struct subject *s = &subjects[i];

		qsort(s->took, s->ok, sizeof s->took[0], order);
		qsort(s->first, s->firsts, sizeof s->first[0], order);
		dprintf(report, "%s\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%s\n", s->field[NAME], s->ok,
			s->failed, part(s->took, s->ok, 50), part(s->took, s->ok, 10),
			part(s->took, s->ok, 90), part(s->first, s->firsts, 50),
			s->why[0] ? s->why : "-");
	}
}

static int read_list(const char *file)
{
	static char text[65536];
	int fd = open(file, O_RDONLY), n = 0;
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	char *line, *rest = text;

	if (length < 0)
		die(file);
	close(fd);
	while ((line = strsep(&rest, "\n")) && n < MOST) {
		if (!*line)
			continue;
		for (int i = 0; i < FIELDS; i++) {
			subjects[n].field[i] = strsep(&line, "\t");
			if (!subjects[n].field[i]) {
				fprintf(stderr, "bench: %s: a line has too few fields\n", file);
				exit(1);
			}
		}
		n++;
	}
	return n;
}

static int given(const char *field)
{
	return strcmp(field, "-") != 0;
}

static int shell(const char *command)
{
	return given(command) ? system(command) : 0;
}

/* Runs it and waits for it; its status, and how long that took. */
static int run(const char *command, long long *began, long long *took)
{
	static char copy[4096];
	char *word[WORDS + 1], *rest = copy;
	int n = 0, status;
	pid_t pid;

	snprintf(copy, sizeof copy, "%s", command);
	while (n < WORDS && (word[n] = strsep(&rest, " ")))
		if (*word[n])
			n++;
	word[n] = NULL;
	*began = now();
	pid = vfork();
	if (pid < 0)
		die("vfork");
	if (!pid) {
		execv(word[0], word);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	*took = now() - *began;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A line of what programs tell, within so many milliseconds. Each is one write. */
static int hear_any(int fd, struct told *t, int ms)
{
	static char text[4096];
	static size_t have;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char *end;
	ssize_t n;

	while (!(end = memchr(text, '\n', have))) {
		if (poll(&p, 1, ms) <= 0)
			return 0;
		n = read(fd, text + have, sizeof text - have);
		if (n <= 0)
			return 0;
		have += n;
	}
	*end = '\0';
	if (sscanf(text, "%lld %d %d %d %63s", &t->when, &t->pid, &t->sid, &t->ppid, t->program) !=
	    5)
		t->pid = 0;
	have -= end + 1 - text;
	memmove(text, end + 1, have);
	return 1;
}

/* What this program tells, and no other, that began after a moment. */
static int hear(int fd, const char *program, long long after, struct told *t, int ms)
{
	const long long until = now() + ms * 1000000LL;
	long long left;

	do {
		left = (until - now()) / 1000000;
		if (!hear_any(fd, t, left > 0 ? left : 0))
			break;
		if (t->pid && t->when > after && !strcmp(t->program, program))
			return 1;
	} while (left > 0);
	t->pid = 0;
	return 0;
}

static void drain(int fd)
{
	struct told t;

	while (hear_any(fd, &t, 0))
		;
}

/* A zombie runs no more; who has to bury it is another matter. */
static int ended(int pid)
{
	char text[512], *at;
	int fd, n;

	snprintf(text, sizeof text, "/proc/%d/stat", pid);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return n < 0 && errno == ESRCH;
	text[n] = '\0';
	at = strrchr(text, ')');
	return at && at[1] && at[2] == 'Z';
}

static int gone(int pid, int ms)
{
	struct timespec wait = { .tv_nsec = 1000000 };

	for (; ms >= 0; ms--) {
		if (ended(pid))
			return 1;
		nanosleep(&wait, NULL);
	}
	return 0;
}

static int pid_in(const char *file)
{
	FILE *f = fopen(file, "r");
	int pid = 0;

	if (f) {
		if (fscanf(f, "%d", &pid) != 1)
			pid = 0;
		fclose(f);
	}
	return pid;
}

static int failed(struct subject *s, const char *why)
{
	s->failed++;
	snprintf(s->why, sizeof s->why, "%s", why);
	return 0;
}

/* Whether the program that was started runs as the job says. */
static int started(struct subject *s, int fd, long long began, struct told *t)
{
	if (!hear(fd, s->field[PROGRAM], began, t, 3000))
		return failed(s, "the program did not run");
	if (t->sid == getsid(0))
		return failed(s, "still in the caller's session");
	if (given(s->field[PIDFILE]) && pid_in(s->field[PIDFILE]) != t->pid)
		return failed(s, "another pid is in the pidfile");
	s->first[s->firsts++] = t->when - began;
	return 1;
}

static void kill_rest(int pid, int ms)
{
	if (pid && !gone(pid, ms)) {
		kill(pid, SIGKILL);
		gone(pid, 1000);
	}
}

static void once(struct subject *s, int fd)
{
	long long began, took;
	struct told t = { .pid = 0 };
	int status, ok = 1, stop = !strcmp(s->field[KIND], "stop"),
		    start = !strcmp(s->field[KIND], "start");

	drain(fd);
	began = now();
	if (shell(s->field[SETUP])) {
		failed(s, "what comes before it failed");
		shell(s->field[CLEAN]);
		return;
	}
	if (!start && given(s->field[SETUP]) && !hear(fd, s->field[PROGRAM], began, &t, 3000)) {
		failed(s, "what comes before it started nothing");
		shell(s->field[CLEAN]);
		return;
	}
	status = run(s->field[COMMAND], &began, &took);
	if (status) {
		char why[40];

		snprintf(why, sizeof why, "status %d", status);
		ok = failed(s, why);
	} else if (start) {
		ok = started(s, fd, began, &t);
	} else if (stop && !gone(t.pid, 0)) {
		ok = failed(s, "returns while the program is still there");
	}
	if (ok)
		s->took[s->ok++] = took;
	shell(s->field[CLEAN]);
	kill_rest(t.pid, 5);
}

static void one_crash(struct subject *s, int fd)
{
	struct timespec calm = { .tv_sec = 1, .tv_nsec = 200000000 };
	struct told t, again = { .pid = 0 };
	long long when;

	drain(fd);
	if (shell(s->field[SETUP]) ||
	    !hear(fd, s->field[PROGRAM], now() - 5000000000LL, &t, 5000)) {
		failed(s, "it did not start");
	} else {
		nanosleep(&calm, NULL);
		/* One that has ended by itself is not this one's crash. */
		if (ended(t.pid)) {
			failed(s, "it did not stay");
		} else {
			when = now();
			kill(t.pid, SIGKILL);
			if (!hear(fd, s->field[PROGRAM], when, &again, 8000))
				failed(s, "not started again within 8 s");
			else if (again.pid == t.pid || !gone(t.pid, 0))
				failed(s, "what was killed is still there");
			else
				s->took[s->ok++] = again.when - when;
		}
	}
	shell(s->field[CLEAN]);
	kill_rest(again.pid, 50);
}

/* What has never worked is not tried for ever. */
static int hopeless(const struct subject *s)
{
	return s->failed >= 3 && !s->ok;
}

/* Each in turn, and in each round another comes first; before what else this machine does. */
static int rounds(int n, const char *fifo, const char *list, void (*each)(struct subject *, int))
{
	struct sched_param first = { .sched_priority = 1 };
	int report, null;
	int count = read_list(list), fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die(fifo);
	if (n < 1 || n > ROUNDS) {
		fprintf(stderr, "bench: rounds are 1 to %d\n", ROUNDS);
		return 1;
	}
	if (syscall(SYS_sched_setscheduler, 0, SCHED_RR, &first) < 0)
		fprintf(stderr,
			"bench: not in real time, so what else runs here is in the times: %s\n",
			strerror(errno));
	/* What is measured says nothing into the report. */
	report = fcntl(1, F_DUPFD_CLOEXEC, 10);
	null = open("/dev/null", O_RDWR);
	if (report < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		die("descriptors");
	for (int round = 0; round < n; round++)
		for (int i = 0; i < count; i++)
			if (!hopeless(&subjects[(i + round) % count]))
				each(&subjects[(i + round) % count], fd);
	print_rows(count, report);
	return 0;
}

/* ---- programs and floors ---------------------------------------------------- */

static int hello(const char *fifo, int stay)
{
	char text[160], path[256];
	const long long when = now();
	const int fd = open(fifo, O_WRONLY | O_NONBLOCK);
	const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	int n;

	path[length < 0 ? 0 : length] = '\0';
	n = snprintf(text, sizeof text, "%lld %d %d %d %s\n", when, (int)getpid(), (int)getsid(0),
		     (int)getppid(), strrchr(path, '/') ? strrchr(path, '/') + 1 : "?");
	if (fd < 0 || write(fd, text, n) != n)
		return 1;
	while (stay)
		pause();
	return 0;
}

static void as_daemon(void)
{
	int null;

	if (chdir("/") < 0)
		_exit(1);
	umask(022);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
}

static void child(int report, const char *file, char **argv)
{
	int error, fd;
	char text[16];

	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != 0)
		_exit(0);
	as_daemon();
	if (file) {
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, text, sprintf(text, "%d\n", (int)getpid())) < 0)
			_exit(1);
	}
	dup2(report, 3);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, 4, ~0U, 0);
	execv(argv[0], argv);
	error = errno;
	if (write(3, &error, sizeof error) < 0)
		_exit(1);
	_exit(127);
}

/* The pipe ends at exec, or brings the errno. */
static int launch(const char *file, char **argv)
{
	int report[2], error;

	if (pipe2(report, O_CLOEXEC) < 0)
		die("pipe");
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
		setsid();
		child(report[1], file, argv);
	}
	close(report[1]);
	return read(report[0], &error, sizeof error) > 0;
}

static int log_socket(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&name, sizeof name) < 0)
		die("/dev/log");
	return fd;
}

/* Lines of a buffer, a datagram each; what is left of one goes to its front. */
static size_t send_lines(int log, char *buffer, size_t length, size_t head)
{
	char *line = buffer + head, *end;

	while ((end = memchr(line, '\n', buffer + head + length - line))) {
		memcpy(line - head, "<30>Jan  1 00:00:00 x: ", head);
		if (send(log, line - head, end - line + head, 0) < 0)
			die("send");
		line = end + 1;
	}
	length = buffer + head + length - line;
	memmove(buffer + head, line, length);
	return length;
}

static char buffer[65536];

static int log_lines(void)
{
	size_t head = 23, have = 0;
	int log = log_socket();
	ssize_t n;

	while ((n = read(0, buffer + head + have, 4096)) > 0)
		have = send_lines(log, buffer, have + n, head);
	return 0;
}

static int keep(char **argv)
{
	size_t head = 23, have = 0;
	int out[2], log;
	ssize_t n;

	if (fork())
		return 0;
	setsid();
	as_daemon();
	log = log_socket();
	for (;;) {
		if (pipe2(out, O_CLOEXEC) < 0)
			return 1;
		if (!fork()) {
			dup2(out[1], 1);
			dup2(out[1], 2);
			execv(argv[0], argv);
			_exit(127);
		}
		close(out[1]);
		while ((n = read(out[0], buffer + head + have, 4096)) > 0)
			have = send_lines(log, buffer, have + n, head);
		close(out[0]);
		wait(NULL);
	}
}

struct entry {
	unsigned long long inode, next;
	unsigned short length;
	unsigned char type;
	char name[];
};

static int named(int pid, const char *name)
{
	char text[64];
	int fd, n;

	sprintf(text, "/proc/%d/comm", pid);
	fd = open(text, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n - 1 : 0] = '\0';
	return !strcmp(text, name);
}

/* Status 0 if there is one. */
static int look(int sid, const char *name)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY), found = 0;
	long length, at;

	while ((length = syscall(SYS_getdents64, fd, buffer, 32768)) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
			const char *digit = ((struct entry *)(buffer + at))->name;
			int pid = 0;

			while (*digit >= '0' && *digit <= '9')
				pid = pid * 10 + *digit++ - '0';
			if (pid)
				found += name ? named(pid, name) : getsid(pid) == sid;
		}
	return !write(1, "\n", 1) + !found;
}

static int crowd(int n, const char *file)
{
	char text[32];
	int fd;

	if (fork())
		return 0;
	setsid();
	alarm(900);
	while (--n > 0)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (write(fd, text, sprintf(text, "%d\n", (int)getpid())) < 0)
		return 1;
	close(fd);
	for (;;)
		pause();
}

static int beat(int n, long usec)
{
	struct timespec t;
	int log = log_socket();

	clock_gettime(CLOCK_MONOTONIC, &t);
	while (n-- > 0) {
		t.tv_nsec += usec * 1000;
		t.tv_sec += t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		if (send(log, "<29>Jan  1 00:00:00 x: tick", 27, 0) < 0)
			die("send");
	}
	return 0;
}

static int end(int pid)
{
	struct pollfd p = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	return p.fd < 0 || syscall(SYS_pidfd_send_signal, p.fd, SIGTERM, NULL, 0) < 0 ||
	       poll(&p, 1, 10000) != 1;
}

static int is(char **argv, int argc, const char *job, int words)
{
	return argc >= words + 2 && !strcmp(argv[1], job);
}

int main(int argc, char **argv)
{
	if (is(argv, argc, "hello", 1))
		return hello(argv[2], argc > 3);
	if (is(argv, argc, "calm", 1)) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	if (is(argv, argc, "launch", 1))
		return launch(NULL, argv + 2);
	if (is(argv, argc, "pid", 2))
		return launch(argv[2], argv + 3);
	if (is(argv, argc, "keep", 1))
		return keep(argv + 2);
	if (is(argv, argc, "log", 0))
		return log_lines();
	if (is(argv, argc, "session", 1))
		return look(atoi(argv[2]), NULL);
	if (is(argv, argc, "name", 1))
		return look(0, argv[2]);
	if (is(argv, argc, "beat", 2))
		return beat(atoi(argv[2]), atol(argv[3]));
	if (is(argv, argc, "crowd", 2))
		return crowd(atoi(argv[2]), argv[3]);
	if (is(argv, argc, "pause", 0))
		for (;;)
			pause();
	if (is(argv, argc, "alive", 1))
		return kill(pid_in(argv[2]), 0) < 0;
	if (is(argv, argc, "end", 1))
		return end(pid_in(argv[2]));
	if (is(argv, argc, "time", 3))
		return rounds(atoi(argv[2]), argv[3], argv[4], once);
	if (is(argv, argc, "crash", 3))
		return rounds(atoi(argv[2]), argv[3], argv[4], one_crash);
	fprintf(stderr, "bench: see the head of bench.c\n");
	return 2;
}
