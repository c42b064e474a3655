// SPDX-License-Identifier: 0BSD
/*
 * Programs that a daemon may be, and what can be done to one:
 *
 *   actor lines [-e] [-b] [-p BYTES] [-n N] [-w WIDTH] [-u USEC] [-m FILE] [-k]
 *             N numbered lines of WIDTH bytes at least, a write each; with -b many at
 *             once; -e to stderr; USEC between them; then FILE appears, and with -k
 *             it stays until it is ended; -p makes the pipe hold so many bytes first
 *   actor say [-e] TEXT     writes TEXT as it is, with \n \0 \xNN, and stays
 *   actor said [-e] TEXT    the same, and ends with status 0
 *   actor wide N            N bytes and a newline on stdout, and ends
 *   actor buffered TEXT     a line by stdio, which buffers it on a pipe; stays
 *   actor notify TEXT       to $NOTIFY_SOCKET, and stays
 *   actor notify-apart TEXT the same from another session, the program itself stays
 *   actor notify-of PATH TEXT   to this socket, and ends
 *   actor server [-d] FILE  listens on a port of 127.0.0.1, says "addr: HOST:PORT" on
 *             stderr, and stays; its pid to FILE; with -d it
 *             makes itself a daemon first, and goes on writing
 *   actor ignore FILE SIG...  ignores them (TERM INT ... or a number), then FILE appears
 *   actor large FILE N MB   N threads and so much memory that its end takes a while, then FILE
 *             appears
 *   actor tell FILE SIG...  writes the names of the signals that come to FILE, a line each
 *   actor die SIG           by this signal
 *   actor hold PIPE         opens it to write, and stays: its end tells when all have gone
 *   actor flee PIPE [STATUS]  the same, and leaves a chain that forks, calls setsid and lets
 *             its parent end, for ever; with STATUS it then ends itself with that
 *   actor withpid PID COMMAND [ARG]...  a child with this pid (clone3); prints nothing,
 *             ends when it has started; 77 where that cannot be
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static void die(const char *what)
{
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void stay(void)
{
	for (;;)
		pause();
}

static void appear(const char *path, const char *text)
{
	char temp[4096];
	int fd;

	snprintf(temp, sizeof temp, "%s.%d", path, (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || rename(temp, path))
		die(path);
	close(fd);
}

static void *rest(void *unused)
{
	stay();
	return unused;
}

/* A page each: those of 2 MB are given back at once. */
static void large(const char *path, int threads, size_t size)
{
	pthread_t thread;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	while (--threads > 0)
		if (pthread_create(&thread, NULL, rest, NULL))
			die("pthread_create");
	appear(path, "ready\n");
	stay();
}

static void put(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0)
			die("write");
		text += n;
		length -= n;
	}
}

static int lines(int argc, char **argv)
{
	static char buffer[1 << 16];
	long n = 10, width = 0, usec = 0, pipe_size = 0;
	int fd = 1, many = 0, keep = 0, opt;
	size_t used = 0;
	const char *mark = NULL;

	while ((opt = getopt(argc, argv, "ebp:n:w:u:m:k")) != -1)
		switch (opt) {
		case 'e': fd = 2; break;
		case 'b': many = 1; break;
		case 'p': pipe_size = atol(optarg); break;
		case 'n': n = atol(optarg); break;
		case 'w': width = atol(optarg); break;
		case 'u': usec = atol(optarg); break;
		case 'm': mark = optarg; break;
		case 'k': keep = 1; break;
		default: return 98;
		}
	if (pipe_size && fcntl(fd, F_SETPIPE_SZ, (int)pipe_size) < 0)
		die("F_SETPIPE_SZ");
	for (long i = 1; i <= n; i++) {
		if (sizeof buffer - used < (size_t)width + 64) {
			put(fd, buffer, used);
			used = 0;
		}
		int length = sprintf(buffer + used, "line %ld", i);

		for (int first = length; length < width; length++)
			buffer[used + length] = (length - first) % 10 ? 'x' : ' ';
		buffer[used + length++] = '\n';
		used += length;
		if (!many) {
			put(fd, buffer, used);
			used = 0;
		}
		if (usec) {
			struct timespec t = { usec / 1000000, usec % 1000000 * 1000 };

			nanosleep(&t, NULL);
		}
	}
	put(fd, buffer, used);
	if (mark)
		appear(mark, "done\n");
	if (keep)
		stay();
	return 0;
}

static size_t unescape(char *text)
{
	char *to = text, *from = text;

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		switch (*from) {
		case 'n': *to++ = '\n'; from++; break;
		case 'r': *to++ = '\r'; from++; break;
		case 't': *to++ = '\t'; from++; break;
		case 'e': *to++ = 27; from++; break;
		case '0': *to++ = 0; from++; break;
		case 'x': {
			char hex[3] = { from[1], from[2], 0 };

			*to++ = strtol(hex, NULL, 16);
			from += 3;
			break;
		}
		default: *to++ = *from++;
		}
	}
	return to - text;
}

static int say(char **argv, int remain)
{
	int fd = 1;

	if (!strcmp(argv[1], "-e")) {
		fd = 2;
		argv++;
	}
	put(fd, argv[1], unescape(argv[1]));
	if (remain)
		stay();
	return 0;
}

static int wide(long n)
{
	static char buffer[1 << 16];

	memset(buffer, 'w', sizeof buffer);
	for (; n > 0; n -= sizeof buffer)
		put(1, buffer, n < (long)sizeof buffer ? n : (long)sizeof buffer);
	put(1, "\n", 1);
	return 0;
}

static void notify(const char *path, char *text)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t length = strlen(path);

	if (length >= sizeof a.sun_path)
		die("path");
	strcpy(a.sun_path, path);
	if (*path == '@')
		*a.sun_path = 0;
	if (sendto(fd, text, unescape(text), 0, (void *)&a,
		   offsetof(struct sockaddr_un, sun_path) + length) < 0)
		die("notify");
	close(fd);
}

/*
 * A sender is believed by its session, so it has to live until it is heard: then the socket goes.
 */
static void heard(const char *path)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), tries = 200;
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

	memcpy(a.sun_path, path, strlen(path));
	if (*path == '@')
		*a.sun_path = 0;
	while (connect(fd, (void *)&a, length) == 0 && tries--)
		poll(NULL, 0, 10);
	close(fd);
}

static const char *notify_socket(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (!path) {
		fprintf(stderr, "actor: no NOTIFY_SOCKET\n");
		exit(97);
	}
	return path;
}

static void server(char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof a;
	char text[32];
	int fd, daemon = !strcmp(argv[1], "-d");

	if (daemon) {
		argv++;
		if (fork())
			_exit(0);
		setsid();
		if (fork())
			_exit(0);
	}
	sprintf(text, "%d\n", (int)getpid());
	appear(argv[1], text);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (void *)&a, sizeof a) || listen(fd, 1) ||
	    getsockname(fd, (void *)&a, &length))
		die("bind");
	dprintf(2, "starting up\n");
	dprintf(2, "addr: 127.0.0.1:%d\n", ntohs(a.sin_port));
	dprintf(2, "serving\n");
	/* once it has nobody who would read that it gets SIGPIPE */
	while (daemon && dprintf(2, "still serving\n") > 0)
		poll(NULL, 0, 20);
	stay();
}

static const struct { int number; const char *name;
} signals[] = {
	{ SIGHUP, "HUP" },   { SIGINT, "INT" },	  { SIGQUIT, "QUIT" },	 { SIGTERM, "TERM" },
	{ SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGWINCH, "WINCH" }, { SIGSEGV, "SEGV" },
	{ SIGKILL, "KILL" }, { SIGABRT, "ABRT" }, { SIGALRM, "ALRM" },	 { SIGCHLD, "CHLD" },
	{ SIGCONT, "CONT" },
};

static int number(const char *name)
{
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (!strcmp(signals[i].name, name))
			return signals[i].number;
	return atoi(name);
}

static int tell_fd;

static void told(int sig)
{
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signals[i].number == sig)
			dprintf(tell_fd, "%s\n", signals[i].name);
}

static void tell(char **argv)
{
	tell_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	for (char **name = argv + 2; *name; name++)
		signal(number(*name), told);
	dprintf(tell_fd, "ready\n");
	stay();
}

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

static int withpid(char **argv)
{
	pid_t pid = atoi(argv[1]);
	struct clone3_args a = { .exit_signal = SIGCHLD,
				 .set_tid = (uintptr_t)&pid,
				 .set_tid_size = 1 };
	int up[2];
	char c;

	if (pipe2(up, O_CLOEXEC))
		die("pipe");
	long child = syscall(SYS_clone3, &a, sizeof a);

	if (child < 0) {
		fprintf(stderr, "clone3: %s\n", strerror(errno));
		return errno == EEXIST ? 1 : 77;
	}
	if (!child) {
		setsid();
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	close(up[1]);
	return read(up[0], &c, 1) < 0;
}

static void flee(char **argv)
{
	if (open(argv[1], O_WRONLY) < 0)
		die(argv[1]);
	if (!fork())
		for (;;) {
			setsid();
			/* only where there is no process to be had does the same one go on */
			if (fork() > 0)
				_exit(0);
		}
	if (argv[2])
		exit(atoi(argv[2]));
	stay();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_DFL);
	alarm(600);                     /* nothing outlives a broken test by much */
	argv++;
	argc--;
	if (!strcmp(what, "lines"))
		return lines(argc, argv);
	if (argc < 2)
		return 98;
	if (!strcmp(what, "say"))
		return say(argv, 1);
	if (!strcmp(what, "said"))
		return say(argv, 0);
	if (!strcmp(what, "wide"))
		return wide(atol(argv[1]));
	if (!strcmp(what, "buffered")) {
		/* musl's first line goes out at once even so */
		printf("first\n");
		printf("%s\n", argv[1]);
		stay();
	}
	if (!strcmp(what, "notify")) {
		notify(notify_socket(), argv[1]);
		stay();
	}
	if (!strcmp(what, "notify-apart")) {
		if (!fork()) {
			setsid();
			notify(notify_socket(), argv[1]);
			_exit(0);
		}
		stay();
	}
	if (!strcmp(what, "notify-of")) {
		notify(argv[1], argv[2]);
		if (!strcmp(argv[2], "READY=1"))
			heard(argv[1]);
		return 0;
	}
	if (!strcmp(what, "server"))
		server(argv);
	if (!strcmp(what, "ignore")) {
		for (char **name = argv + 2; *name; name++)
			signal(number(*name), SIG_IGN);
		appear(argv[1], "ready\n");
		stay();
	}
	if (!strcmp(what, "large"))
		large(argv[1], atoi(argv[2]), (size_t)atoi(argv[3]) << 20);
	if (!strcmp(what, "tell"))
		tell(argv);
	if (!strcmp(what, "die")) {
		struct rlimit l;

		getrlimit(RLIMIT_CORE, &l);
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_CORE, &l);
		signal(number(argv[1]), SIG_DFL);
		kill(getpid(), number(argv[1]));
		stay();
	}
	if (!strcmp(what, "hold")) {
		if (open(argv[1], O_WRONLY) < 0)
			die(argv[1]);
		stay();
	}
	if (!strcmp(what, "flee"))
		flee(argv);
	if (!strcmp(what, "withpid"))
		return withpid(argv);
	return 98;
}
