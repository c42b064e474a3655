// SPDX-License-Identifier: 0BSD
/* A program's word that it is ready. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* A call that does not block had nothing to read: the word is still to come. */
static int is_nothing(long error)
{
	return error == -EAGAIN || error == -EINTR || error == -ENOMEM || error == -ENOBUFS;
}

/*
 * The descriptor's number is taken from the start, so that no descriptor of
 * ours gets it; the program inherits it like one to keep.
 */
int START_UP step_ready_fd(struct launch *l)
{
	const int number = l->r->ready_fd;
	int end[2];
	long error;

	if (l->r->readiness != READY_FD)
		return 0;
	error = sys(pipe2, end, O_CLOEXEC);
	if (error)
		return -(int)error;
	l->ready = (int)sys_fcntl(end[0], F_DUPFD_CLOEXEC, number + 1);
	error = l->ready;
	if (error >= 0)
		error = end[1] == number ? sys_fcntl(number, F_SETFD, 0) : sys(dup3, end[1], number, 0);
	if (end[0] != number)
		sys(close, end[0]);
	if (end[1] != number)
		sys(close, end[1]);
	keep_open(l, number);
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

	if (l->r->readiness != READY_SOCKET)
		return 0;
	l->ready = (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
	l->notify = variable;
	return 0;
}

/* Whether a text has the line READY=1. */
static int has_word(const char *line)
{
	while (strncmp(line, "READY=1", 7) != 0 || (line[7] && line[7] != '\n')) {
		line = strchr(line, '\n');
		if (!line++)
			return 0;
	}
	return 1;
}

START_UP enum ready_state ready_by_socket(const struct launch *l, pid_t session)
{
	char text[512], credentials[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(sizeof(long))));
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = credentials, .msg_controllen = sizeof(credentials),
	};
	const long length = sys(recvmsg, l->ready, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = (const void *)credentials;
	const struct ucred *sender = (const void *)CMSG_DATA(head);

	if (length <= 0 || message.msg_controllen < sizeof(*head) || head->cmsg_type != SCM_CREDENTIALS)
		return READY_NOT_YET;
	/* Of a sender who has ended getsid says nothing: it may have been anybody. */
	if (session <= 0 || sys(getsid, sender->pid) != session)
		return READY_NOT_YET;
	text[length] = '\0';
	return has_word(text) ? READY_YES : READY_NOT_YET;
}

START_UP enum ready_state ready_by_fd(const struct launch *l)
{
	char text[64];
	const long length = sys(read, l->ready, text, sizeof(text));

	if (length <= 0)
		return is_nothing(length) ? READY_NOT_YET : READY_ENDED;
	return memchr(text, '\n', (size_t)length) ? READY_YES : READY_NOT_YET;
}

START_UP enum ready_state ready_by_line(const struct launch *l, int *printed)
{
	char line[256];
	const long length = sys(read, l->report, line, sizeof(line) - 1);

	if (length > 0) {
		line[length] = '\0';
		*printed = 1;
		return say(STDOUT_FILENO, line) ? READY_UNHEARD : READY_NOT_YET;
	}
	if (is_nothing(length))
		return READY_NOT_YET;
	if (!*printed)
		return READY_ENDED;
	return say(STDOUT_FILENO, "\n") ? READY_UNHEARD : READY_YES;
}
