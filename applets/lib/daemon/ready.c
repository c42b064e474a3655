// SPDX-License-Identifier: 0BSD
/* Waiting until a program says that it is ready. */
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/ready.h"
#include "lib/session/leftover.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

enum { TIMEOUT = 30 };

static const char *begins(const char *text, const char *start)
{
	const size_t length = strlen(start);

	return strncmp(text, start, length) == 0 && text[length] ? text + length : NULL;
}

const char *ready_option(struct launch *l, const char *text)
{
	const char *rest;

	if ((rest = begins(text, "fd:")) && number_whole(rest, 10, INT_MAX) > STDERR_FILENO) {
		l->ready_fd = rest;
		return CFG_DAEMONIZE_READY_FD ? NULL : "not built in (DAEMONIZE_READY_FD)";
	}
	if (strcmp(text, "socket") == 0) {
		l->ready_socket = "";
		return CFG_DAEMONIZE_READY_SOCKET ? NULL : "not built in (DAEMONIZE_READY_SOCKET)";
	}
	if ((rest = begins(text, "line:"))) {
		l->ready_line = rest;
		return CFG_DAEMONIZE_READY_LINE ? NULL : "not built in (DAEMONIZE_READY_LINE)";
	}
	return "not fd:N (from 3 up), socket or line:TEXT";
}

/*
 * The descriptor's number is taken from the start, so that no descriptor of
 * ours gets it; the program inherits it like one to keep.
 */
int START_UP step_ready_fd(struct launch *l)
{
	const int number = (int)number_whole(l->ready_fd, 10, INT_MAX);
	int end[2];
	long error = sys(pipe2, end, O_CLOEXEC);

	if (error)
		return -(int)error;
	l->ready = (int)sys_fcntl(end[0], F_DUPFD_CLOEXEC, number + 1);
	error = l->ready < 0 ? l->ready : end[1] == number ? sys_fcntl(number, F_SETFD, 0) : sys(dup3, end[1], number, 0);
	if (end[0] != number)
		sys(close, end[0]);
	if (end[1] != number)
		sys(close, end[1]);
	keep_open(l, number);
	l->ready_number = number;
	return error < 0 ? -(int)error : 0;
}

/* A socket with a name that the kernel picks: unix(7), "Autobind feature". */
int START_UP step_ready_socket(struct launch *l)
{
	static char variable[sizeof("NOTIFY_SOCKET=@") + 16];
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(name);
	const int on = 1;
	long error;

	l->ready = (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->ready < 0)
		return -l->ready;
	error = sys(setsockopt, l->ready, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (!error)
		error = sys(bind, l->ready, &name, sizeof(name.sun_family));
	if (!error)
		error = sys(getsockname, l->ready, &name, &length);
	length -= offsetof(struct sockaddr_un, sun_path) + 1;
	if (error || length > 16)
		return error ? -(int)error : ENAMETOOLONG;
	*(char *)mempcpy(stpcpy(variable, "NOTIFY_SOCKET=@"), name.sun_path + 1, length) = '\0';
	l->set[l->sets++] = variable;
	return 0;
}

/* Whether a message has the line READY=1 and came from the daemon's session: sd_notify(3). */
static int says_ready(const struct launch *l, const struct report *r)
{
	char text[512], credentials[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(sizeof(long))));
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = credentials, .msg_controllen = sizeof(credentials),
	};
	const long length = sys(recvmsg, l->ready, &message, MSG_DONTWAIT);
	const struct cmsghdr *head = (const void *)credentials;
	const struct ucred *sender = (const void *)CMSG_DATA(head);
	const char *line = text;

	if (length <= 0 || message.msg_controllen < sizeof(*head) || head->cmsg_type != SCM_CREDENTIALS)
		return 0;
	if (sys(getsid, sender->pid) != sys(getsid, r->pid))
		return 0;
	text[length] = '\0';
	while (strncmp(line, "READY=1", 7) != 0 || (line[7] && line[7] != '\n')) {
		line = strchr(line, '\n');
		if (!line++)
			return 0;
	}
	return 1;
}

/* Reads from the pipe: 1 if a newline came, 0 if none yet, -1 at its end. */
static int reads_newline(const struct launch *l)
{
	char text[64];
	const long length = sys(read, l->ready, text, sizeof(text));

	if (length <= 0)
		return -1;
	return memchr(text, '\n', (size_t)length) != NULL;
}

/* Reads the line that the supervisor passes on, and prints it: 1, or -1 if it ended without. */
static int reads_line(const struct launch *l)
{
	char line[CFG_SYSLOG_MAX_LINE + 1];
	const long length = sys(read, l->report, line, sizeof(line) - 1);

	if (length <= 0)
		return -1;
	line[length] = '\0';
	say(STDOUT_FILENO, line, "\n");
	return 1;
}

/* 1: ready; 0: not in time; -1: it ended. */
static int await(const struct launch *l, const struct report *r)
{
	struct pollfd fds[2] = { { .fd = l->ready_line ? l->report : l->ready, .events = POLLIN }, { .fd = -1 } };
	const unsigned until = clock_in((l->timeout ? l->timeout : TIMEOUT) * 1000);
	int state = 0;

	/* Where there is no pidfd, its end is found out when the time is over. */
	if (CFG_DAEMONIZE_READY_SOCKET && l->ready_socket)
		fds[1] = (struct pollfd){ .fd = (int)sys(pidfd_open, r->pid, 0), .events = POLLIN };
	while (!state) {
		const int ended = fds[1].fd == -ESRCH;
		const int left = ended ? 0 : clock_left(until);

		if (sys_poll(fds, 2, left) <= 0 && (ended || !left))
			return ended ? -1 : 0;
		if (fds[0].revents && l->ready_line)
			state = reads_line(l);
		else if (fds[0].revents && l->ready_fd)
			state = reads_newline(l);
		else if (fds[0].revents)
			state = says_ready(l, r);
		else if (fds[1].revents)
			state = -1;
	}
	return state;
}

int ready_await(struct launch *l, const struct report *r)
{
	/* Where the second child leads it, that is the program or its supervisor. */
	const long led = l->leader ? sys(getsid, r->pid) : l->child;
	char number[NUMBER_TEXT];
	int state;

	if (!l->ready_line && !l->ready_fd && !l->ready_socket)
		return EXIT_DONE;
	/* What takes long is to be interruptible. */
	signals_block(&l->blocked, NULL);
	if (l->ready_fd)
		sys(close, l->ready_number);
	state = await(l, r);
	if (state > 0)
		return EXIT_DONE;
	if (!CFG_DAEMONIZE_QUIET || !l->quiet) {
		if (state < 0)
			complain(l->program, "ended before it was ready");
		else
			say(STDERR_FILENO, applet_name, ": ", l->program, ": not ready in ",
			    number_text(l->timeout ? l->timeout : TIMEOUT, number), " s\n");
	}
	rest_end_session(led < 0 ? r->pid : (pid_t)led);
	launch_sweep(l);
	return EXIT_NOT_READY;
}
