// SPDX-License-Identifier: 0BSD
/*
 * The streams of a program, from its pipes to the log, to files, and to the caller who waits for a
 * line.
 */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/output.h"
#include "lib/daemon/steps.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"
#include "lib/log/log.h"

#ifndef TIOCGPTPEER	/* not every libc has it */
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum { PARTIAL = 1000 }; /* milliseconds of silence, after which a line's start is sent */

/* ---- to the caller ---- */

static int is_awaited(const struct output *o)
{
	return request_ready_by(o->l->r, READY_LINE) && o->l->report >= 0;
}

/*
 * The line that begins with the text that was waited for goes to the caller, all of it, and to
 * nobody else.
 */
static int catch_ready(struct lines *lines, const char *text, size_t length, int ends)
{
	struct output *o = lines->catcher;
	const char *wanted = o->l->r->ready_line;

	if (!is_awaited(o) || (!lines->catching &&
	    (lines->split || strlen(wanted) > length || memcmp(text, wanted, strlen(wanted)) != 0)))
		return 0;
	lines->catching = !ends;
	/*
	 * A caller that has ended is found out by its supervisor; who does not read gets no more of
	 * it than fits.
	 */
	sys(sendto, o->l->report, text, length, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	if (ends)
		launch_let_go(o->l);
	return 1;
}

/* ---- to a file ---- */

/* Only where a line of the output is looked for it comes by this process. */
static int has_file(const struct stream *stream)
{
	return CFG_DAEMONIZE_READY_LINE && stream->file >= 0;
}

/*
 * Whether what is read at once can be written without a wait, which it cannot to a fifo
 * or a terminal whose reader is slow. Where poll(2) says POLLOUT there is room for it (pipe(7),
 * PIPE_BUF).
 */
static int file_takes(const struct stream *stream)
{
	return !has_file(stream) || sys_poll_one(stream->file, POLLOUT, 0) != 0;
}

static START_UP void tell_file(const struct stream *stream, int error)
{
	const struct output *o = stream->lines.catcher;
	static const char what[] = "output to a file";

	if (CFG_DAEMONIZE_SYSLOG && GIVEN(o->l->r, 'S'))
		log_say(stream->lines.log, o->l->r->err_priority, what, ": ", error_text(error));
	else if (launch_is_heard())
		complain(what, error_text(error));
}

/* What a file does not take is told, once for each reason. */
static void write_file(struct stream *stream, const char *data, size_t length)
{
	while (length) {
		const long written =
			file_takes(stream) ? sys(write, stream->file, data, length) : -EAGAIN;

		if (written == -EINTR)
			continue;
		if (written <= 0) {
			if (stream->failed != (int)-written)
				tell_file(stream, (int)-written);
			stream->failed = (int)-written;
			return;
		}
		data += written;
		length -= (size_t)written;
	}
	stream->failed = 0;
}

/* ---- from the pipes ---- */

/* What was read goes on as far as the log takes it. */
static void carry(struct output *o, int all)
{
	struct stream *stream = o->pending;
	const char *data = o->input + o->at;
	const size_t length = (size_t)(o->end - o->at);

	if (all)
		lines_feed(&stream->lines, data, length);
	else
		o->at = (unsigned short)(o->at + lines_take(&stream->lines, data, length));
	if (all || o->at == o->end)
		o->pending = NULL;
	stream->flush_at = lines_partial(&stream->lines) ? clock_in(PARTIAL) : 0;
}

/* Counts what is in the pipe. */
static void mark(struct stream *stream)
{
	stream->left = 0;
	if (stream->from >= 0)
		sys(ioctl, stream->from, FIONREAD, &stream->left);
}

/* Reads what is there of a stream, once; behind an end nothing of the next program's. */
static void read_stream(struct output *o, struct stream *stream, int all)
{
	const unsigned most = stream->left && stream->left < OUTPUT_INPUT ?
				      (unsigned)stream->left :
				      OUTPUT_INPUT;
	const long length = sys(read, stream->from, o->input, most);

	if (length <= 0) {
		/* There was to be some: how much is there? */
		if (length == -EAGAIN && stream->left)
			mark(stream);
		else if (length != -EINTR)
			stream->left = 0;
		return;
	}
	stream->left = stream->left > length ? stream->left - (int)length : 0;
	if (has_file(stream))
		write_file(stream, o->input, (size_t)length);
	o->pending = stream;
	o->at = 0;
	o->end = (unsigned short)length;
	carry(o, all);
}

static void flush_in_time(struct output *o, struct stream *stream)
{
	if (!stream->flush_at || clock_left(stream->flush_at))
		return;
	stream->flush_at = 0;
	/*
	 * It is no silence while its rest is not read; while a line is waited for, only a whole one
	 * will do.
	 */
	if (!log_takes(stream->lines.log) || is_awaited(o))
		stream->flush_at = clock_in(PARTIAL);
	else
		lines_begin(&stream->lines);
}

/* While its file has no room, that is what a stream waits for. */
static void poll_stream(const struct stream *stream, int reads, struct pollfd *fd)
{
	const int takes = !reads || file_takes(stream);

	fd->fd = !reads ? -1 : takes ? stream->from : stream->file;
	fd->events = takes ? POLLIN : POLLOUT;
	fd->revents = 0;
}

int output_poll(const struct output *o, struct pollfd fds[OUTPUT_POLLS])
{
	/* A program that writes more than a slow log takes waits in its write. */
	const int reads = !o->pending && log_takes(o->out.lines.log);

	/* While one has something left from before an end, the other may have what came behind. */
	poll_stream(&o->out, reads && (o->out.left || !o->err.left), &fds[0]);
	poll_stream(&o->err, reads && (o->err.left || !o->out.left), &fds[1]);
	if ((o->pending && log_takes(o->out.lines.log)) ||
	    (o->out.left && fds[0].fd == o->out.from))
		return 0;
	return clock_sooner(clock_sooner(-1, o->out.flush_at), o->err.flush_at);
}

void output_serve(struct output *o, const struct pollfd fds[OUTPUT_POLLS])
{
	if (o->pending)
		carry(o, 0);
	if (fds[0].fd == o->out.from && (fds[0].revents || o->out.left) && !o->pending)
		read_stream(o, &o->out, 0);
	/* Both may have one fifo, which the first has filled. */
	if (fds[1].fd == o->err.from && fds[1].revents && !o->pending && file_takes(&o->err))
		read_stream(o, &o->err, 0);
	flush_in_time(o, &o->out);
	flush_in_time(o, &o->err);
}

/* ---- the program's end ---- */

START_UP void output_mark(struct output *o)
{
	enum { PTY = 65536 };

	mark(&o->out);
	/*
	 * A terminal counts less than is in its buffers (Linux n_tty.c): all is read, but no more
	 * than this.
	 */
	if (CFG_DAEMONIZE_PTY && GIVEN(o->l->r, 'y'))
		o->out.left = o->out.from < 0 ? 0 : PTY;
	mark(&o->err);
}

int output_drained(const struct output *o)
{
	return !o->pending && !o->out.left && !o->err.left;
}

static void flush(struct output *o, struct stream *stream)
{
	while (stream->left)
		read_stream(o, stream, 1);
	lines_flush(&stream->lines);
	stream->flush_at = 0;
}

START_UP void output_flush(struct output *o)
{
	if (o->pending)
		carry(o, 1);
	flush(o, &o->out);
	flush(o, &o->err);
}

START_UP size_t output_last(const struct output *o, char *text, size_t size)
{
	const struct lines *said = o->out.lines.log->said;
	size_t length = said ? said->last : 0;

	/* That line has been logged whole; here its start will do, but no half of a character. */
	if (length >= size)
		for (length = size - 1; (said->text[length] & 0xc0) == 0x80; length--)
			;
	*(char *)mempcpy(text, said ? said->text : "", length) = '\0';
	return length;
}

/* ---- its start ---- */

/*
 * A terminal in a pipe's place: what is written into end[1] is read from end[0]
 * as it is, and it is nobody's controlling terminal. Returns 0 or -errno.
 */
static int open_pty(int end[2])
{
	char path[sizeof("/dev/pts/") + NUMBER_TEXT], number[NUMBER_TEXT];
	const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
	struct termios mode;
	unsigned pty = 0;
	int error;

	end[0] = sys_open("/dev/ptmx", flags, 0);
	if (end[0] < 0)
		return end[0];
	error = (int)sys(ioctl, end[0], TIOCSPTLCK, &pty);
	end[1] = error ? error : (int)sys(ioctl, end[0], TIOCGPTPEER, flags);
	if (end[1] < 0 && !error && sys(ioctl, end[0], TIOCGPTN, &pty) == 0) {
		/* Before Linux 4.13 */
		stpcpy(stpcpy(path, "/dev/pts/"), number_text(pty, number));
		end[1] = sys_open(path, flags, 0);
	}
	if (end[1] < 0)
		return end[1];
	error = (int)sys(ioctl, end[1], TCGETS, &mode);
	if (error)
		return error;
	mode.c_oflag &= ~(tcflag_t)OPOST;
	mode.c_lflag &= ~(tcflag_t)ECHO;
	return (int)sys(ioctl, end[1], TCSETS, &mode);
}

static int init_stream(struct output *o, struct stream *stream, struct log *log, int fd, int file)
{
	const struct request *r = o->l->r;
	const int to_log = CFG_DAEMONIZE_SYSLOG && GIVEN(r, 'S');
	const int looks = request_ready_by(r, READY_LINE);
	const int pty = CFG_DAEMONIZE_PTY && GIVEN(r, 'y') && fd == STDOUT_FILENO;
	int end[2], error;

	stream->from = stream->into = -1;
	stream->file = file;
	stream->lines.log = log;
	stream->lines.priority = fd == STDOUT_FILENO ? r->out_priority : r->err_priority;
	/* A file of its own gets the output without this process, unless a line is looked for. */
	if (((!to_log || file >= 0) && !looks) || is_kept(o->l, fd))
		return 0;
	error = pty ? open_pty(end) : (int)sys(pipe2, end, O_CLOEXEC);
	if (!error)
		error = (int)sys_fcntl(end[0], F_SETFL, O_NONBLOCK);
	if (error)
		return -error;
	stream->from = end[0];
	stream->into = end[1];
	/* The file is this process's alone, which waits for nobody who reads slowly. */
	if (file >= 0)
		error = (int)sys_fcntl(file, F_SETFL, O_APPEND | O_NONBLOCK);
	if (error < 0)
		return -error;
	if (looks) {
		stream->lines.caught = catch_ready;
		stream->lines.catcher = o;
		stream->lines.mute = file >= 0 || !to_log;
	}
	return 0;
}

START_UP int output_init(struct output *o, struct launch *l, struct log *log)
{
	int error;

	o->l = l;
	error = init_stream(o, &o->out, log, STDOUT_FILENO, l->out_fd);
	return error ? error : init_stream(o, &o->err, log, STDERR_FILENO, l->err_fd);
}
