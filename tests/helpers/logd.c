// SPDX-License-Identifier: 0BSD
/*
 * A log daemon that does what a test tells it, and records exactly what came:
 *
 *   logd [-s | -t | -o] COMMANDS ANSWERS SOCKET RECORD
 *
 * COMMANDS and ANSWERS are fifos; a command is a line, and so is its answer. The
 * first answer, without a command, is that it listens.
 *   -s       listen as a stream, not for datagrams
 *   -t       a line of RECORD.times for each message: when it was read, in milliseconds
 *            of CLOCK_BOOTTIME
 *   -o       as OpenWrt's logd: a stamp of the sender is dropped, and its own put in
 *
 *   stop     read no more                 go       read again
 *   close    take no more, record as unread what was accepted, close; the file stays
 *   drop     close at once, whatever is unread
 *   unlink   remove the socket file
 *   bind     (remove the file and) listen again
 *   dgram, stream   what the next bind makes
 *   replace  listen at a new file; the old socket and its connections stay open, unread
 *   old      answers how many messages the old socket got since then
 *   slow N   wait N microseconds after each message
 *   restart N MS   N times: close, MS milliseconds, bind, MS milliseconds of reading
 *   count    reads what is there, and answers how many messages were read
 *   accepted answers how many of a stream's connections there were
 *   fill     connect to itself until its backlog is full; answers how often it could
 *   forget   empty RECORD
 *   exit     end
 *
 * A line of RECORD is a message: a mark, a space, its bytes. The mark is "." for
 * one that was read, "~" for one read only after "close" (a real daemon would have
 * lost it), "%" for the start of one on a stream that ended within it. Bytes other
 * than printable ASCII are \xNN, a backslash is \\.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64 };

static const char *path;
static FILE *record, *times, *answers;
static int type = SOCK_DGRAM, listening = -1, old = -1, reading = 1;
static int stamps;
static long count, accepted, slow;
static struct connection { int fd; size_t used; char text[1 << 17]; } connection[CONNECTIONS];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void pause_us(long us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

/*
 * OpenWrt's takes the 16 bytes behind the priority for a stamp where the last is a space,
 * whatever they are (ubox, log/syslog.c).
 */
static void stamp(const char **text, size_t *length)
{
	enum { STAMP = 16 };
	const char *end = memchr(*text, '>', *length);
	time_t now = time(NULL);
	size_t head = end ? (size_t)(end + 1 - *text) : 0;
	char own[STAMP + 1];

	fwrite(*text, 1, head, record);
	*text += head;
	*length -= head;
	if (*length >= STAMP && (*text)[STAMP - 1] == ' ') {
		*text += STAMP;
		*length -= STAMP;
	}
	strftime(own, sizeof own, "%b %e %H:%M:%S ", localtime(&now));
	fputs(own, record);
}

static void put(char mark, const char *text, size_t length)
{
	putc_unlocked(mark, record);
	putc_unlocked(' ', record);
	if (stamps)
		stamp(&text, &length);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = text[i];

		if (c == '\\')
			fputs("\\\\", record);
		else if (c < ' ' || c > '~')
			fprintf(record, "\\x%02x", c);
		else
			putc_unlocked(c, record);
	}
	putc_unlocked('\n', record);
	if (times) {
		struct timespec t;

		clock_gettime(CLOCK_BOOTTIME, &t);
		fprintf(times, "%lld\n", t.tv_sec * 1000LL + t.tv_nsec / 1000000);
	}
	count++;
	if (slow) {
		fflush(record);
		pause_us(slow);
	}
}

static void open_socket(void)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	mode_t mask = umask(0);

	strcpy(a.sun_path, path);
	unlink(path);
	listening = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listening < 0 || bind(listening, (void *)&a, sizeof a) ||
	    (type == SOCK_STREAM && listen(listening, 5)))
		die(path);
	umask(mask);
}

/* Lines of a stream end with a newline or, from some libraries, a NUL. */
static void take_lines(struct connection *c, char mark)
{
	size_t start = 0;

	for (size_t i = 0; i < c->used; i++)
		if (c->text[i] == '\n' || !c->text[i]) {
			put(mark, c->text + start, i - start);
			start = i + 1;
		}
	c->used -= start;
	memmove(c->text, c->text + start, c->used);
	if (c->used == sizeof c->text) {
		put('%', c->text, c->used);
		c->used = 0;
	}
}

/* Returns whether anything came. */
static int take_from(struct connection *c, char mark)
{
	ssize_t n = recv(c->fd, c->text + c->used, sizeof c->text - c->used, MSG_DONTWAIT);

	if (n > 0) {
		c->used += n;
		take_lines(c, mark);
		return 1;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (c->used)
		put('%', c->text, c->used);
	close(c->fd);
	c->fd = -1;
	c->used = 0;
	return 0;
}

static void take_connection(void)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC), i = 0;

	if (fd < 0)
		return;
	while (i < CONNECTIONS - 1 && connection[i].fd >= 0)
		i++;
	connection[i].fd = fd;
	connection[i].used = 0;
	accepted++;
}

/* Reads datagrams until there is none; with one pause between them where it is to be slow. */
static void take_datagrams(char mark, int most)
{
	static char text[1 << 18];
	ssize_t n;

	while (most-- && (n = recv(listening, text, sizeof text, MSG_DONTWAIT)) >= 0) {
		/* after shutdown the end is a 0 as well; nobody logs nothing */
		if (!n)
			return;
		put(mark, text, n);
	}
}

static void close_all(int drain)
{
	if (listening >= 0 && drain && type == SOCK_DGRAM) {
		shutdown(listening, SHUT_RD);
		take_datagrams('~', -1);
	} else if (listening >= 0 && drain) {
		/*
		 * none comes any more that would be closed unread; those that nobody has looked at
		 * yet
		 */
		shutdown(listening, SHUT_RD);
		for (int i = 0; i < CONNECTIONS; i++)
			take_connection();
	}
	for (int i = 0; i < CONNECTIONS; i++)
		if (connection[i].fd >= 0) {
			if (drain) {
				shutdown(connection[i].fd, SHUT_RD);
				while (take_from(&connection[i], '~'))
					;
			}
			if (connection[i].fd >= 0)
				close(connection[i].fd);
			connection[i].fd = -1;
		}
	if (listening >= 0)
		close(listening);
	listening = -1;
}

static void take_all(void)
{
	if (listening < 0 || !reading)
		return;
	if (type == SOCK_DGRAM) {
		take_datagrams('.', slow ? 1 : 1000);
		return;
	}
	take_connection();
	for (int i = 0; i < CONNECTIONS; i++)
		if (connection[i].fd >= 0)
			take_from(&connection[i], '.');
}

static long old_count(void)
{
	static char text[1 << 18];
	long n = 0;

	if (old < 0)
		return -1;
	if (type == SOCK_STREAM) {
		int fd;

		while ((fd = accept4(old, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
			close(fd);
			n++;
		}
		return n;
	}
	while (recv(old, text, sizeof text, MSG_DONTWAIT) > 0)
		n++;
	return n;
}

/* Those that connect stay so, to this process's end. */
static long fill(void)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	long n = 0;

	strcpy(a.sun_path, path);
	while (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), (void *)&a,
		       sizeof a) == 0)
		n++;
	return errno == EAGAIN ? n : -1;
}

static int wait_for(FILE *commands, int ms)
{
	struct pollfd p[CONNECTIONS + 2] = { { commands ? fileno(commands) : -1, POLLIN, 0 } };
	int n = 1;

	p[n++] = (struct pollfd){ reading ? listening : -1, POLLIN, 0 };
	for (int i = 0; i < CONNECTIONS; i++)
		p[n++] = (struct pollfd){ reading ? connection[i].fd : -1, POLLIN, 0 };
	if (poll(p, n, 0) == 0) {
		fflush(record);
		if (times)
			fflush(times);
		if (poll(p, n, ms) == 0)
			return 0;
	}
	return p[0].revents ? 2 : 1;
}

static void read_for(long ms)
{
	struct timespec now;
	long end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		long left = end - (now.tv_sec * 1000 + now.tv_nsec / 1000000);

		if (left <= 0)
			return;
		if (wait_for(NULL, left))
			take_all();
	}
}

static void obey(char *line)
{
	long answer = 0, n = 0, ms = 0;
	char word[64] = "";

	sscanf(line, "%63s %ld %ld", word, &n, &ms);
	if (!strcmp(word, "stop"))
		reading = 0;
	else if (!strcmp(word, "go"))
		reading = 1;
	else if (!strcmp(word, "close"))
		close_all(1);
	else if (!strcmp(word, "drop"))
		close_all(0);
	else if (!strcmp(word, "unlink"))
		unlink(path);
	else if (!strcmp(word, "bind"))
		open_socket();
	else if (!strcmp(word, "dgram"))
		type = SOCK_DGRAM;
	else if (!strcmp(word, "stream"))
		type = SOCK_STREAM;
	else if (!strcmp(word, "replace")) {
		take_all();
		old = listening;
		for (int i = 0; i < CONNECTIONS; i++)
			connection[i].fd = -1;
		open_socket();
	} else if (!strcmp(word, "old"))
		answer = old_count();
	else if (!strcmp(word, "slow"))
		slow = n;
	else if (!strcmp(word, "restart"))
		for (; n > 0; n--) {
			close_all(1);
			pause_us(ms * 1000);
			open_socket();
			read_for(ms);
		}
	else if (!strcmp(word, "count")) {
		take_all();
		answer = count;
	} else if (!strcmp(word, "accepted"))
		answer = accepted;
	else if (!strcmp(word, "fill"))
		answer = fill();
	else if (!strcmp(word, "forget"))
		answer = fflush(record) | ftruncate(fileno(record), 0);
	else if (strcmp(word, "exit"))
		answer = -1;
	fflush(record);
	if (times)
		fflush(times);
	fprintf(answers, "%ld\n", answer);
	fflush(answers);
	if (!strcmp(word, "exit"))
		exit(0);
}

int main(int argc, char **argv)
{
	char line[4096];
	int timed = argc > 1 && !strcmp(argv[1], "-t");

	stamps = argc > 1 && !strcmp(argv[1], "-o");
	if (argc > 1 && *argv[1] == '-') {
		if (!timed && !stamps)
			type = SOCK_STREAM;
		argc--;
		argv++;
	}
	if (argc != 5)
		return 2;
	snprintf(line, sizeof line, "%s.times", argv[4]);
	if (timed && !(times = fopen(line, "ae")))
		die(line);
	signal(SIGPIPE, SIG_IGN);
	path = argv[3];
	for (int i = 0; i < CONNECTIONS; i++)
		connection[i].fd = -1;
	int fd = open(argv[1], O_RDWR | O_CLOEXEC), answer = open(argv[2], O_RDWR | O_CLOEXEC);
	FILE *commands = fd < 0 ? NULL : fdopen(fd, "r");

	record = fopen(argv[4], "ae");
	answers = answer < 0 ? NULL : fdopen(answer, "w");
	if (!commands || !record || !answers)
		die("files");
	setvbuf(commands, NULL, _IONBF, 0);
	open_socket();
	fprintf(answers, "0\n");
	fflush(answers);
	for (;;)
		switch (wait_for(commands, -1)) {
		case 1:
			take_all();
			break;
		case 2:
			if (fgets(line, sizeof line, commands))
				obey(line);
		}
}
