/* SPDX-License-Identifier: 0BSD */
/*
 * Datagrams between processes of this machine, to names that are in no folder: unix(7), "Abstract".
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A name less the zero before it. The kernel's own have 5 bytes. */
enum { DATAGRAM_NAME = 16 };

/*
 * Opens a socket by which it is known who sends (SO_PASSCRED), under this name or, where `length`
 * is 0, under one that the kernel picks, which then is in `name`. Returns its descriptor, which
 * neither blocks nor passes an exec, or -errno, with which this process is to end.
 */
int datagram_open(char name[DATAGRAM_NAME + 1], size_t length);

/*
 * Reads one message. Returns its length, with a NUL behind the text and in *sender who has sent it
 * (the pid is that of a process that may have ended since); -EAGAIN where there is none, -EBADMSG
 * for one that does not say, or another -errno. Of one that is longer than size - 1 there are whole
 * lines only, or the start of the first. Descriptors that came with it are closed.
 */
long datagram_read(int fd, char *text, size_t size, struct ucred *sender);

/*
 * Sends one to a name, if that can be done without a wait; the answer to a question, for which
 * there is no other way.
 */
void datagram_send(const char *name, size_t length, const char *text, size_t size);

#endif
