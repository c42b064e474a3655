// SPDX-License-Identifier: 0BSD
/*
 * A service that says of itself what it is told to say.
 *
 *   notifier NAME [IGNORED]...
 *
 * writes its pid and what the environment says to NAME.report, and then does what the
 * lines of the fifo NAME say; IGNORED are signals that it ignores. It stays through each signal
 * that it counts to NAME.signals, a name a line: TERM and USR1 where a line "catch" said so, and
 * ABRT for "keep".
 *
 *   say TEXT          to $NOTIFY_SOCKET, with \n \0 \xNN
 *   to SOCKET TEXT    to another one
 *   beat MS N         WATCHDOG=1 N times, MS milliseconds apart; then NAME.beaten appears
 *   fill N            STATUS= and N bytes
 *   child NAME        forks another of its kind
 *   orphan NAME       the same, whose parent has ended
 *   user UID NAME     the same of another user
 *   catch, keep       see above
 *   exit N
 *
 *   notifier forge FILE: answers to each socket of a name of 4 bytes, without end; FILE.on appears after the first
 *   notifier flood SOCKET FILE: WATCHDOG=1 to it without end; FILE.on appears after the first
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[4000];
static int caught = -1;

static void die(const char *what)
{
	fprintf(stderr, "notifier: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static void appear(const char *end, const char *text)
{
	char path[4096], temp[4200];
	int fd;

	snprintf(path, sizeof path, "%s.%s", base, end);
	snprintf(temp, sizeof temp, "%s.%d", path, (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || rename(temp, path))
		die(path);
	close(fd);
}

static size_t unescape(char *text)
{
	char *to = text, *from = text, hex[3] = "";

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		if (*from == 'x') {
			hex[0] = from[1], hex[1] = from[2];
			*to++ = strtol(hex, NULL, 16);
			from += 3;
			continue;
		}
		*to++ = *from == 'n' ? '\n' : *from == '0' ? 0 : *from;
		from++;
	}
	return to - text;
}

static int send_to(const char *path, const char *text, size_t length)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), sent;

	memcpy(a.sun_path, path, strlen(path));
	if (*path == '@')
		*a.sun_path = 0;
	sent = sendto(fd, text, length, 0, (void *)&a,
		      offsetof(struct sockaddr_un, sun_path) + strlen(path));
	close(fd);
	return sent;
}

static const char *notify_socket(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path ? path : "@";
}

static void count(int number)
{
	const char *name = number == SIGTERM ? "TERM\n" : number == SIGABRT ? "ABRT\n" : "USR1\n";

	if (write(caught, name, 5) < 0)
		_exit(98);
}

static void catch(int number)
{
	char path[4096];
	struct sigaction act = { .sa_handler = count, .sa_flags = SA_RESTART };

	snprintf(path, sizeof path, "%s.signals", base);
	if (caught < 0)
		caught = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	sigaction(number, &act, NULL);
}

static FILE *begin(const char *name)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	char text[1000];
	FILE *in;
	int fd;

	snprintf(base, sizeof base, "%s", name);
	if (mkfifo(base, 0600) && errno != EEXIST)
		die(base);
	fd = open(base, O_RDWR | O_CLOEXEC);
	in = fdopen(fd, "r");
	if (!in)
		die(base);
	snprintf(text, sizeof text, "pid: %d\nsocket: %s\nusec: %s\nwatchdog_pid: %s\n",
		 (int)getpid(), notify_socket(), usec ? usec : "", pid ? pid : "");
	appear("report", text);
	return in;
}

static FILE *branch(const char *how, const char *name, FILE *in)
{
	const char *dir = strrchr(base, '/');
	char path[8192];
	pid_t child;

	snprintf(path, sizeof path, "%.*s/%s", (int)(dir - base), base, name);
	child = fork();
	if (child && *how == 'o')
		waitpid(child, NULL, 0);
	if (child)
		return in;
	if (*how == 'o' && fork())
		_exit(0);
	if (*how == 'o')
		setsid();
	return begin(path);
}

static void beat(int apart, int times)
{
	while (times--) {
		if (send_to(notify_socket(), "WATCHDOG=1", 10) < 0)
			die("beat");
		poll(NULL, 0, apart);
	}
	appear("beaten", "");
}

static FILE *obey(char *line, FILE *in)
{
	static char big[4096] = "STATUS=";
	char *rest = strchr(line, ' '), *more;
	size_t length;

	line[strcspn(line, "\n")] = 0;
	if (rest)
		*rest++ = 0;
	if (!strcmp(line, "say")) {
		length = unescape(rest);
		if (send_to(notify_socket(), rest, length) < 0)
			die("say");
		appear("said", "");
	} else if (!strcmp(line, "to")) {
		more = strchr(rest, ' ');
		*more++ = 0;
		length = unescape(more);
		send_to(rest, more, length);
		appear("said", "");
	} else if (!strcmp(line, "beat")) {
		more = strchr(rest, ' ');
		beat(atoi(rest), atoi(more));
	} else if (!strcmp(line, "fill")) {
		memset(big + 7, 'x', sizeof big - 7);
		send_to(notify_socket(), big, atoi(rest) + 7);
		appear("said", "");
	} else if (!strcmp(line, "user")) {
		more = strchr(rest, ' ');
		*more++ = 0;
		in = branch("child", more, in);
		if (!strcmp(strrchr(base, '/') + 1, more) && setuid(atoi(rest)))
			die("setuid");
	} else if (!strcmp(line, "child") || !strcmp(line, "orphan")) {
		in = branch(line, rest, in);
	} else if (!strcmp(line, "catch")) {
		catch(SIGTERM);
		catch(SIGUSR1);
		appear("said", "");
	} else if (!strcmp(line, "keep")) {
		catch(SIGABRT);
		appear("said", "");
	} else if (!strcmp(line, "exit")) {
		exit(atoi(rest));
	}
	return in;
}

/*
 * Names of sockets as /proc/net/unix shows them, less the '@': who asks a supervisor has one of 4
 * bytes.
 */
static void forge(void)
{
	static char text[1 << 20];
	struct sockaddr_un a = { AF_UNIX, "" };
	int fd, s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ssize_t got;

	for (;;) {
		size_t n = 0;

		fd = open("/proc/net/unix", O_RDONLY);
		while ((got = read(fd, text + n, sizeof text - 1 - n)) > 0)
			n += got;
		close(fd);
		for (char *at = text; (at = memmem(at, n - (at - text), " @", 2)); at += 2) {
			if (at + 6 >= text + n || at[6] != '\n')
				continue;
			memcpy(a.sun_path + 1, at + 2, 4);
			for (int i = 1; i < 5; i++)
				if (a.sun_path[i] == '@')
					a.sun_path[i] = 0;
			while (sendto(s, "forged=1\n", 9, 0, (void *)&a,
				      offsetof(struct sockaddr_un, sun_path) + 5) > 0)
				if (access(base, F_OK))
					appear("on", "");
		}
	}
}

int main(int argc, char **argv)
{
	char line[8192];
	FILE *in;

	alarm(600);
	if (argc > 3 && !strcmp(argv[1], "flood")) {
		strcpy(base, argv[3]);
		while (send_to(argv[2], "WATCHDOG=1", 10) > 0)
			if (access(argv[3], F_OK))
				appear("on", "");
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "forge")) {
		strcpy(base, argv[2]);
		forge();
	}
	for (int i = 2; i < argc; i++)
		signal(atoi(argv[i]), SIG_IGN);
	if (argc < 2)
		return 98;
	in = begin(argv[1]);
	while (fgets(line, sizeof line, in))
		in = obey(line, in);
	return 97;
}
