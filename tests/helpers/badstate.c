// SPDX-License-Identifier: 0BSD
/*
 * Runs a command from a state that a careless caller leaves behind:
 *
 *   badstate [OPTION]... COMMAND [ARG]...
 *
 *   -Z        all signals at their defaults, none blocked (a clean start)
 *   -I SIG    ignore it     -B SIG  block it    (numbers, or HUP INT PIPE CHLD USR1 TERM TTOU)
 *   -d FD     open /dev/zero there              -x FD  close it
 *   -m MASK   umask         -n N    nice value  -l N   RLIMIT_NOFILE (the hard one where it is below)
 *   -F N      RLIMIT_FSIZE                       -k FILE  hold a read lock of FILE
 *   -N N      RLIMIT_NPROC                       -H N     RLIMIT_NOFILE, the hard one as well
 *   -g        lead a process group of its own   -s     lead a session
 *   -a NAME   as argv[0]    -u UID:GID          as this user, no other groups
 *   -1        fork once, setsid, and be that child (what a single fork makes)
 *   -r N      run COMMAND N times at once and print their statuses, sorted
 *   -R        be their subreaper until no child is left; the status is COMMAND's
 *   -P        print who adopts an orphan here, and end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "badstate: %s: %s\n", what, strerror(errno));
	exit(125);
}

static int number(const char *name)
{
	static const struct { int number; const char *name; } known[] = {
		{ SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGPIPE, "PIPE" }, { SIGCHLD, "CHLD" },
		{ SIGUSR1, "USR1" }, { SIGTERM, "TERM" }, { SIGTTOU, "TTOU" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name))
			return known[i].number;
	return atoi(name);
}

/* By the kernel's own call: libc hides signals 32 to 34. */
static void dispose(int sig, long handler)
{
	unsigned long action[32] = { 0 };

#ifdef __mips__
	action[1] = handler;
#else
	action[0] = handler;
#endif
	if (syscall(SYS_rt_sigaction, sig, action, NULL, _NSIG / 8) && errno != EINVAL)
		die("rt_sigaction");
}

static void block(int how, int sig)
{
	unsigned long set[128 / 8 / sizeof(long)] = { 0 };
	int bits = 8 * sizeof(long);

	if (sig)
		set[(sig - 1) / bits] |= 1ul << (sig - 1) % bits;
	if (syscall(SYS_rt_sigprocmask, how, set, NULL, _NSIG / 8))
		die("rt_sigprocmask");
}

static void put(int fd)
{
	int got = open("/dev/zero", O_RDONLY);

	if (got < 0)
		die("/dev/zero");
	if (got != fd) {
		if (dup2(got, fd) < 0)
			die("dup2");
		close(got);
	}
}

static void limit(long n)
{
	struct rlimit l;

	getrlimit(RLIMIT_NOFILE, &l);
	if (l.rlim_max < (rlim_t)n)
		l.rlim_max = n;
	l.rlim_cur = n;
	if (setrlimit(RLIMIT_NOFILE, &l))
		die("setrlimit");
}

static void at_most(int resource, long n)
{
	struct rlimit l = { n, n };

	if (setrlimit(resource, &l))
		die("setrlimit");
}

static void read_lock(const char *path)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fcntl(fd, F_SETLK, &l))
		die(path);
}

static void become(char *ids)
{
	char *colon = strchr(ids, ':');

	if (setgroups(0, NULL) || setgid(atoi(colon + 1)) || setuid(atoi(ids)))
		die("user");
}

static int status(int s)
{
	return WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
}

static int order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void race(int n, char **argv)
{
	int gate[2], pids[64], results[64];
	char c;

	if (n > 64 || pipe2(gate, O_CLOEXEC))
		die("race");
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (!pids[i]) {
			close(gate[1]);
			if (read(gate[0], &c, 1) < 0)
				die("gate");
			execvp(*argv, argv);
			die(*argv);
		}
	}
	close(gate[1]);
	for (int i = 0; i < n; i++) {
		int s = 0;

		if (waitpid(pids[i], &s, 0) != pids[i])
			die("wait");
		results[i] = status(s);
	}
	qsort(results, n, sizeof *results, order);
	for (int i = 0; i < n; i++)
		printf(i ? " %d" : "%d", results[i]);
	printf("\n");
	exit(0);
}

static void reap(char **argv)
{
	int first, pid, s, result = 125;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		die("subreaper");
	if (!(first = fork()))
		return;
	(void)argv;
	while ((pid = wait(&s)) > 0)
		if (pid == first)
			result = status(s);
	exit(result);
}

static void adopter(void)
{
	int up[2], down[2];
	char c;

	if (pipe(up) || pipe(down))
		die("pipe");
	if (!fork()) {
		if (fork())
			_exit(0);
		close(down[1]);
		if (read(down[0], &c, 1) < 0)
			die("read");
		dprintf(up[1], "%d\n", (int)getppid());
		_exit(0);
	}
	wait(NULL);
	close(down[0]);
	close(down[1]);
	close(up[1]);
	char line[32];
	ssize_t n = read(up[0], line, sizeof line);

	if (n > 0 && write(1, line, n) == n)
		exit(0);
	exit(125);
}

int main(int argc, char **argv)
{
	const char *argv0 = NULL;
	int opt, times = 0;

	while ((opt = getopt(argc, argv, "+ZI:B:d:x:m:n:l:F:N:H:k:gsa:u:1r:RP")) != -1)
		switch (opt) {
		case 'Z':
			for (int sig = 1; sig < _NSIG; sig++)
				if (sig != SIGKILL && sig != SIGSTOP)
					dispose(sig, 0);
			block(SIG_SETMASK, 0);
			break;
		case 'I': dispose(number(optarg), 1); break;
		case 'B': block(SIG_BLOCK, number(optarg)); break;
		case 'd': put(atoi(optarg)); break;
		case 'x': close(atoi(optarg)); break;
		case 'm': umask(strtol(optarg, NULL, 8)); break;
		case 'n': setpriority(PRIO_PROCESS, 0, atoi(optarg)); break;
		case 'l': limit(atol(optarg)); break;
		case 'F': at_most(RLIMIT_FSIZE, atol(optarg)); break;
		case 'N': at_most(RLIMIT_NPROC, atol(optarg)); break;
		case 'H': at_most(RLIMIT_NOFILE, atol(optarg)); break;
		case 'k': read_lock(optarg); break;
		case 'g': setpgid(0, 0); break;
		case 's':
			if (setsid() < 0)
				die("setsid");
			break;
		case 'a': argv0 = optarg; break;
		case 'u': become(optarg); break;
		case '1':
			if (fork())
				_exit(0);
			setsid();
			break;
		case 'r': times = atoi(optarg); break;
		case 'R': reap(argv); break;
		case 'P': adopter(); break;
		default: return 125;
		}
	argv += optind;
	if (!*argv)
		return 125;
	if (times)
		race(times, argv);
	const char *file = *argv;

	if (argv0)
		*argv = (char *)argv0;
	execvp(file, argv);
	die(file);
	return 125;
}
