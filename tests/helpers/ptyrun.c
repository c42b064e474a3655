// SPDX-License-Identifier: 0BSD
/*
 * Plays a person at a terminal, a real pty with COMMAND as its session leader:
 *
 *   ptyrun COMMAND [ARG]... < script
 *
 *   send TEXT     type TEXT and Enter
 *   key X         type Control-X
 *   expect TEXT   read until TEXT comes (10 s)
 *   file PATH     wait until PATH exists (10 s)
 *   hangup        close the terminal
 *   wait          wait until COMMAND has ended (10 s)
 *
 * What the terminal showed goes to stdout. Status 0 when the script came to its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int master, child;
static char seen[1 << 16];
static size_t fill;

static void fail(const char *what, const char *text)
{
	printf("\nptyrun: %s: %s\n", what, text);
	fflush(stdout);
	kill(-child, SIGKILL);
	exit(1);
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int take(int ms)
{
	struct pollfd p = { master, POLLIN, 0 };

	if (master < 0)
		return poll(NULL, 0, ms), -1;
	if (poll(&p, 1, ms) <= 0)
		return 0;
	if (fill > sizeof seen / 2)
		fill = 0;
	ssize_t n = read(master, seen + fill, sizeof seen / 2 - 1);

	if (n <= 0)
		return poll(NULL, 0, 10), -1;
	fwrite(seen + fill, 1, n, stdout);
	fill += n;
	seen[fill] = 0;
	return n;
}

static void expect(const char *text)
{
	long end = now() + 10000;

	for (;;) {
		char *p = memmem(seen, fill, text, strlen(text));

		if (p) {
			fill -= p + strlen(text) - seen;
			memmove(seen, p + strlen(text), fill + 1);
			return;
		}
		if (now() > end)
			fail("never came", text);
		take(100);
	}
}

static void wait_file(const char *path)
{
	long end = now() + 10000;

	while (access(path, F_OK)) {
		if (now() > end)
			fail("no file", path);
		take(10);
	}
}

static void wait_child(void)
{
	long end = now() + 10000;

	while (!waitpid(child, NULL, WNOHANG)) {
		if (now() > end)
			fail("did not end", "command");
		take(10);
	}
}

static void type(const char *text, size_t len)
{
	if (write(master, text, len) != (ssize_t)len)
		fail("write", strerror(errno));
}

static void play(char *line)
{
	char *arg = strchr(line, ' ');

	line[strcspn(line, "\n")] = 0;
	if (arg)
		*arg++ = 0;
	if (!strcmp(line, "send")) {
		type(arg, strlen(arg));
		type("\r", 1);
	} else if (!strcmp(line, "key")) {
		char c = *arg & 0x1f;

		type(&c, 1);
	} else if (!strcmp(line, "expect")) {
		expect(arg);
	} else if (!strcmp(line, "file")) {
		wait_file(arg);
	} else if (!strcmp(line, "hangup")) {
		close(master);
		master = -1;
	} else if (!strcmp(line, "wait")) {
		wait_child();
	} else if (*line) {
		fail("script", line);
	}
}

static void session(char **argv)
{
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);

	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	if (slave > 2)
		close(slave);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	execvp(*argv, argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	char line[8192];

	if (argc < 2)
		return 2;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return perror("pty"), 77;
	if (!(child = fork()))
		session(argv + 1);
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof line, stdin))
		play(line);
	fflush(stdout);
	return 0;
}
