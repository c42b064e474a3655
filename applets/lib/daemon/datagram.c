// SPDX-License-Identifier: 0BSD
/* Datagrams by names that are in no folder, and who has sent them. */
#include <string.h>
#include "box.h"
#include "lib/daemon/datagram.h"
#include "lib/libc/syscall.h"

static int bind_name(int fd, char *name, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t head = offsetof(struct sockaddr_un, sun_path) + 1;
	socklen_t size = sizeof(address);
	const int on = 1;
	int error = (int)sys(setsockopt, fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));

	memcpy(address.sun_path + 1, name, length);
	if (!error)
		error = (int)sys(bind, fd, &address,
				 length ? head + length : sizeof(address.sun_family));
	if (!error && !length)
		error = (int)sys(getsockname, fd, &address, &size);
	if (error || length)
		return error;
	if (size - head > DATAGRAM_NAME)
		return -ENAMETOOLONG;
	*(char *)mempcpy(name, address.sun_path + 1, size - head) = '\0';
	return 0;
}

START_UP int datagram_open(char name[DATAGRAM_NAME + 1], size_t length)
{
	const int fd = (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int error = fd < 0 ? fd : bind_name(fd, name, length);

	return error < 0 ? error : fd;
}

long datagram_read(int fd, char *text, size_t size, struct ucred *sender)
{
	/* Room for the sender alone, who comes first: the kernel drops whatever else is passed. */
	char control[CMSG_SPACE(sizeof(*sender))] __attribute__((aligned(sizeof(long))));
	struct iovec part = { text, size - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *head = (const void *)control;
	const long length = sys(recvmsg, fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	char *last;

	if (length < 0)
		return length;
	text[length] = '\0';
	if (message.msg_controllen < sizeof(*head) || head->cmsg_type != SCM_CREDENTIALS)
		return -EBADMSG;
	memcpy(sender, CMSG_DATA(head), sizeof(*sender));
	last = message.msg_flags & MSG_TRUNC ? strrchr(text, '\n') : NULL;
	if (last)
		*last = '\0';
	return length;
}

START_UP void datagram_send(const char *name, size_t length, const char *text, size_t size)
{
	const int fd = (int)sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path + 1, name, length);
	if (fd < 0)
		return;
	sys(sendto, fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL, &address,
	    offsetof(struct sockaddr_un, sun_path) + 1 + length);
	sys(close, fd);
}
