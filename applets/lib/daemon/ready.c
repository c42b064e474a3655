// SPDX-License-Identifier: 0BSD
/* A program's word that it is ready. */
#include <string.h>
#include <sys/socket.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/daemon/datagram.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

enum { TRIES = 3 };	/* to say a word that is said once */

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

	error = sys(pipe2, end, O_CLOEXEC);
	if (error)
		return -(int)error;
	l->ready = (int)sys_fcntl(end[0], F_DUPFD_CLOEXEC, number + 1);
	error = l->ready;
	if (error >= 0)
		error = end[1] == number ? sys_fcntl(number, F_SETFD, 0) :
					   sys(dup3, end[1], number, 0);
	if (end[0] != number)
		sys(close, end[0]);
	if (end[1] != number)
		sys(close, end[1]);
	keep_open(l, number);
	return error < 0 ? -(int)error : 0;
}

START_UP int ready_open(struct launch *l)
{
	static char variable[sizeof("NOTIFY_SOCKET=@") + DATAGRAM_NAME];

	l->notify = variable;
	return datagram_open(stpcpy(variable, "NOTIFY_SOCKET=@"), 0);
}

int START_UP step_ready_socket(struct launch *l)
{
	long session;

	if (request_notified(l->r))
		return 0;
	/*
	 * Where it is refused nobody's word would be believed, and what is not ready could not be
	 * ended.
	 */
	session = sys(getsid, 0);
	if (session < 0)
		return -(int)session;
	l->ready = ready_open(l);
	return l->ready < 0 ? -l->ready : 0;
}

/* Whether a text has the line READY=1. */
static int has_word(const char *line)
{
	while (strncmp(line, "READY=1", 7) != 0 || (line[7] && line[7] != '\n')) {
		line = strchr(line, '\n');
		if (!line)
			return 0;
		line++;
	}
	return 1;
}

START_UP enum ready_state ready_by_socket(const struct launch *l, pid_t session)
{
	struct ucred sender = { .pid = 0 };
	char text[512];

	/* Of a sender who has ended getsid says nothing: it may have been anybody. */
	if (datagram_read(l->ready, text, sizeof(text), &sender) <= 0 || session <= 0 ||
	    sys(getsid, sender.pid) != session)
		return READY_NOT_YET;
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

START_UP int ready_tell(const struct launch *l, unsigned milliseconds)
{
	int tries = TRIES;
	long sent;

	do
		sent = sys(sendto, l->report, &milliseconds, sizeof(milliseconds),
			   MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	while (sent < 0 && sent != -EPIPE && --tries);
	return sent < 0 ? -(int)sent : 0;
}

START_UP enum ready_state ready_by_supervisor(const struct launch *l, unsigned *milliseconds)
{
	const long length = sys(read, l->report, milliseconds, sizeof(*milliseconds));

	/* It is written and read whole. */
	if (length != sizeof(*milliseconds)) {
		*milliseconds = 0;
		return is_nothing(length) ? READY_NOT_YET : READY_ENDED;
	}
	return *milliseconds ? READY_NOT_YET : READY_YES;
}

const char ready_background[] =
	"it went into the background: use its option for the foreground (often -f, -F, -D or -n)";

START_UP void ready_tell_end(const struct launch *l, const char *how, const char *more,
			     const char *last)
{
	struct ready_end end = { .word = READY_END };
	const char *to = stpcpy(stpcpy(stpcpy(end.text, how), more), last);

	sys(sendto, l->report, &end, to - (const char *)&end, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
}

START_UP int ready_hear_end(const struct launch *l, struct ready_end *end)
{
	unsigned word;

	if (sys(recvfrom, l->report, &word, sizeof(word), MSG_DONTWAIT | MSG_PEEK, NULL, NULL) !=
		    sizeof(word) ||
	    word != READY_END)
		return 0;
	memset(end, 0, sizeof(*end));
	return sys(recvfrom, l->report, end, sizeof(*end) - 1, MSG_DONTWAIT, NULL, NULL) >
	       (long)sizeof(word);
}
