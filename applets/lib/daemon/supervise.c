// SPDX-License-Identifier: 0BSD
/* The resident parent of a program. */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/log/lines.h"
#include "lib/log/log.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/supervise.h"
#include "lib/libc/syscall.h"

#ifndef TIOCGPTPEER	/* not every libc has it */
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum {
	SECOND = 1000,
	PARTIAL = SECOND,		/* of silence, after which a line's start is sent */
	GOOD_RUN = 10,			/* seconds, after which failures no longer count */
	LONGEST_DELAY = 60 * SECOND,
	INPUT = 512,			/* bytes read at once; on the stack, so not many */
	PIPE = 1 << 20,			/* bytes that a pipe may hold: F_SETPIPE_SZ, or 16 pages of 64 kB */
};

/* A stream of output: the pipe's ends, and what goes through it. */
struct stream {
	int from, into;			/* -1: no pipe */
	int file;			/* where it goes if not to the log */
	unsigned flush_at;		/* when the start of a line is sent; 0: there is none */
	struct lines lines;
};

struct supervisor {
	struct launch *l;
	pid_t child;			/* 0: not running */
	int signals;			/* signalfd */
	int stopping;
	unsigned failures;		/* in a row */
	struct moment started;		/* milliseconds of 32 bits run over after 49 days */
	unsigned restart_at, kill_at;	/* clock_ms(); 0: not */
	struct log log;
	struct stream out, err;
};

/* ---- its end ---- */

static void remove_pidfiles(const struct launch *l)
{
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0)
		pidfile_remove(&l->pid, l->pidfile);
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && l->supervisor_pid.fd >= 0)
		pidfile_remove(&l->supervisor_pid, l->supervisor_file);
}

static __attribute__((noreturn)) void START_UP finish_service(struct supervisor *s, int status)
{
	const struct launch *l = s->l;

	remove_pidfiles(l);
	if (CFG_DAEMONIZE_SYSLOG && l->syslog)
		log_finish(&s->log, clock_in(CFG_SYSLOG_WAIT * 1000));
	sys_exit(status);
}

/* ---- output ---- */

/* A line that begins with the text that was waited for goes to the caller, and to nobody else. */
static int catch_ready(struct lines *lines, const char *text, size_t length)
{
	struct launch *l = lines->catcher;

	if (l->report < 0 || lines->split || strlen(l->ready_line) > length ||
	    memcmp(text, l->ready_line, strlen(l->ready_line)) != 0)
		return 0;
	sys(write, l->report, text, length);
	launch_let_go(l);
	return 1;
}

static int is_awaited(const struct lines *lines)
{
	const struct launch *l = lines->catcher;

	return CFG_DAEMONIZE_READY_LINE && l && l->report >= 0;
}

/* Reads what is there of a stream, once; returns whether there may be more. */
static int carry(struct stream *stream)
{
	char input[INPUT];
	long length = sys(read, stream->from, input, sizeof(input));

	if (length <= 0)
		return 0;
	if (stream->file >= 0)
		sys(write, stream->file, input, length);
	lines_feed(&stream->lines, input, (size_t)length);
	stream->flush_at = lines_partial(&stream->lines) ? clock_in(PARTIAL) : 0;
	return 1;
}

/* All that the program left, to its last byte; not what a child that it left behind goes on to write. */
static void carry_rest(struct stream *stream)
{
	int reads = PIPE / INPUT;

	while (stream->from >= 0 && reads-- && carry(stream))
		;
	lines_flush(&stream->lines);
	stream->flush_at = 0;
}

/* ---- the program ---- */

/* What messages call a failure before there is a process that could report its own steps. */
static const struct step getting_ready = { NULL, IF(DAEMONIZE_SUPERVISE, NAMED(supervise)) UNLESS(DAEMONIZE_SUPERVISE, 0), ALWAYS };

/*
 * Starts the program; 0 once it runs, else an errno with the rest in the report,
 * and no child if there was not even a process.
 */
static int START_UP start_program(struct supervisor *s, struct report *r)
{
	struct launch *l = s->l;
	int end[2];
	int error = -(int)sys(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end);

	*r = (struct report){ .step = &getting_ready, .error = error };
	if (error)
		return error;
	l->supervisor = (pid_t)sys(getpid, 0);
	s->child = sys_fork();
	if (s->child == 0) {
		if (l->report >= 0)
			sys(close, l->report);
		l->report = end[1];
		l->to_out = s->out.into;
		l->to_err = s->err.into;
		launch_steps(l, steps_program);
	}
	sys(close, end[1]);
	if (s->child < 0) {
		error = r->error = -s->child;
		s->child = 0;
	} else {
		s->log.pid = s->child;
		s->log.said = NULL;
		error = launch_read(end[0], r, 1);
	}
	sys(close, end[0]);
	clock_read(CLOCK_MONOTONIC, &s->started);
	return error;
}

/* A message of the supervisor's own, in the service's name. */
#define say_log(s, severity, ...) do { \
	if (CFG_DAEMONIZE_SYSLOG && (s)->l->syslog) \
		log_say(&(s)->log, ((s)->l->err_priority & ~7) | (severity), __VA_ARGS__); \
} while (0)

static void restart_later(struct supervisor *s, int status, unsigned run);

static void start_again(struct supervisor *s)
{
	char number[NUMBER_TEXT];
	struct report r;
	int error = start_program(s, &r);

	if (!error)
		say_log(s, LEVEL_NOTICE, "started again, pid ", number_text((unsigned long)s->child, number));
	else if (error != ECANCELED)
		say_log(s, LEVEL_ERR, step_name(r.step), ": ", r.subject ? r.subject : "", r.subject ? ": " : "",
			error_text(error));
	/* If it failed its process ends now, and that is what counts, if there is one. */
	if (!s->child)
		restart_later(s, EXIT_FAILED << 8, 0);
	else
		resident_settle(ticklog_only);
}

static void log_end(struct supervisor *s, int status, unsigned seconds)
{
	const int ok = !status || s->stopping;
	const struct lines *said = s->log.said;
	char ended[ENDED_TEXT], after[NUMBER_TEXT], last[128];
	size_t length = said ? said->last : 0;

	/* That line has been logged whole; here its start will do. */
	if (length >= sizeof(last))
		for (length = sizeof(last) - 1; (said->text[length] & 0xc0) == 0x80; length--)
			;
	*(char *)mempcpy(last, said ? said->text : "", length) = '\0';
	say_log(s, ok ? LEVEL_NOTICE : LEVEL_ERR, signal_ended(status, ended), " after ", number_text(seconds, after),
		length ? " s; last line: " : " s", last);
}

/* The delay before the next start, in milliseconds: doubled for each failure in a row but the first. */
static int delay(const struct supervisor *s)
{
	const int first = (int)s->l->restart_delay * SECOND;
	int longest = first > LONGEST_DELAY ? first : LONGEST_DELAY, wait = first;
	unsigned i;

	for (i = 1; i < s->failures && wait < longest; i++)
		wait *= 2;
	return wait < longest ? wait : longest;
}

static void START_UP restart_later(struct supervisor *s, int status, unsigned run)
{
	struct launch *l = s->l;
	char number[NUMBER_TEXT];

	if (!status || run >= GOOD_RUN)
		s->failures = 0;
	s->failures += !!status;
	if (l->give_up && s->failures >= l->give_up) {
		say_log(s, LEVEL_ERR, number_text(s->failures, number), " failures in a row: giving up");
		finish_service(s, EXIT_FAILED);
	}
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0)
		pidfile_clear(&l->pid, !l->foreground);
	resident_settle(ticklog_only);
	s->restart_at = clock_in((unsigned)delay(s));
	say_log(s, LEVEL_NOTICE, "starting again in ", number_text((unsigned)(delay(s) / SECOND), number), " s");
}

static void ended(struct supervisor *s, int status)
{
	struct launch *l = s->l;
	const int signal = status & 0x7f;
	struct moment now;
	unsigned run;

	clock_read(CLOCK_MONOTONIC, &now);
	run = (unsigned)now.seconds - (unsigned)s->started.seconds - ((int)now.nanoseconds < (int)s->started.nanoseconds);
	s->child = 0;
	carry_rest(&s->out);
	carry_rest(&s->err);
	if (CFG_DAEMONIZE_SYSLOG)
		log_end(s, status, run);
	if (CFG_DAEMONIZE_RESTART && l->restart && !s->stopping && (status || !l->restart_failed) && l->report < 0)
		restart_later(s, status, run);
	else
		finish_service(s, signal ? 128 + signal : (status >> 8) & 0xff);
}

/* ---- signals ---- */

static void reap(struct supervisor *s)
{
	int status;
	long pid;

	while ((pid = sys(wait4, -1, &status, WNOHANG, NULL)) > 0)
		if (pid == s->child)
			ended(s, status);
}

/* Passes a signal on; TERM, INT and QUIT, or one that says so, are to be the end. */
static void pass_on(struct supervisor *s, const struct signalfd_siginfo *info)
{
	const struct launch *l = s->l;
	const int number = (int)info->ssi_signo;
	const int told = info->ssi_code == SI_QUEUE ? info->ssi_int & ~SUPERVISE_SECONDS : 0;
	const int stop = number == SIGTERM || number == SIGINT || number == SIGQUIT || told == SUPERVISE_STOP;
	int seconds = l->timeout ? (int)l->timeout : l->foreground ? 4 : 10;

	if (!stop && told != SUPERVISE_PASS && number != SIGHUP && number != SIGUSR1 &&
	    number != SIGUSR2 && number != SIGWINCH)
		return;
	if (stop) {
		if (told == SUPERVISE_STOP)
			seconds = info->ssi_int & SUPERVISE_SECONDS;
		/* Told once more by a mere signal, it gains no time. */
		if (told == SUPERVISE_STOP || !s->stopping)
			s->kill_at = clock_in((unsigned)seconds * SECOND);
		s->stopping = 1;
	}
	if (s->child)
		sys(kill, s->child, number);
	else if (stop)
		finish_service(s, EXIT_DONE);
}

static void on_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (sys(read, s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		/* That as well, if it is -k's. */
		pass_on(s, &info);
	}
}

/* ---- the loop ---- */

/* The earlier of a poll's time limit and a moment, if that is one. */
static int sooner(int timeout, unsigned moment)
{
	const int left = moment ? clock_left(moment) : timeout;

	return timeout >= 0 && timeout < left ? timeout : left;
}

static int is_time(unsigned *moment)
{
	if (!*moment || clock_left(*moment))
		return 0;
	*moment = 0;
	return 1;
}

static void flush_in_time(struct stream *stream)
{
	if (!is_time(&stream->flush_at))
		return;
	/* It is no silence while nobody listens; while a line is waited for, only a whole one will do. */
	if ((CFG_DAEMONIZE_SYSLOG && log_is_waited_for(stream->lines.log)) || is_awaited(&stream->lines))
		stream->flush_at = clock_in(PARTIAL);
	else
		lines_begin(&stream->lines);
}

static void on_time(struct supervisor *s)
{
	flush_in_time(&s->out);
	flush_in_time(&s->err);
	if (is_time(&s->restart_at))
		start_again(s);
	if (is_time(&s->kill_at) && s->child)
		sys(kill, s->child, SIGKILL);
}

static void wait_and_serve(struct supervisor *s)
{
	struct pollfd fds[4] = { { .fd = s->signals }, { .fd = s->log.watch }, { .fd = s->out.from }, { .fd = s->err.from } };
	int timeout = CFG_DAEMONIZE_SYSLOG && s->l->syslog ? log_work(&s->log) : -1;
	int i;

	timeout = sooner(sooner(timeout, s->out.flush_at), s->err.flush_at);
	timeout = sooner(sooner(timeout, s->restart_at), s->kill_at);
	for (i = 0; i < 4; i++)
		fds[i].events = POLLIN;
	/* A program that writes more than a slow log takes waits in its write. */
	if (CFG_DAEMONIZE_SYSLOG && log_is_waited_for(&s->log))
		fds[2].fd = fds[3].fd = -1;
	sys_poll(fds, 4, timeout);
	if (fds[0].revents)
		on_signals(s);
	if (CFG_DAEMONIZE_SYSLOG && fds[1].revents)
		log_renew(&s->log);
	if (fds[2].revents)
		carry(&s->out);
	if (fds[3].revents)
		carry(&s->err);
	on_time(s);
}

static STAYS void stay(struct supervisor *s)
{
	resident_settle(ticklog_only);
	for (;;)
		wait_and_serve(s);
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

	end[0] = sys_open("/dev/ptmx", flags, 0);
	if (end[0] < 0)
		return end[0];
	sys(ioctl, end[0], TIOCSPTLCK, &pty);
	end[1] = (int)sys(ioctl, end[0], TIOCGPTPEER, flags);
	if (end[1] < 0 && sys(ioctl, end[0], TIOCGPTN, &pty) == 0) {
		/* Before Linux 4.13 */
		stpcpy(stpcpy(path, "/dev/pts/"), number_text(pty, number));
		end[1] = sys_open(path, flags, 0);
	}
	if (end[1] < 0)
		return end[1];
	sys(ioctl, end[1], TCGETS, &mode);
	mode.c_oflag &= ~(tcflag_t)OPOST;
	mode.c_lflag &= ~(tcflag_t)ECHO;
	return (int)sys(ioctl, end[1], TCSETS, &mode);
}

/* Returns 0 or an errno. */
static int init_stream(struct supervisor *s, struct stream *stream, int fd, int file, int priority)
{
	struct launch *l = s->l;
	int end[2], error;

	stream->from = stream->into = -1;
	stream->file = file;
	/* A file of its own gets the output without this process, unless a line is looked for. */
	if (((!l->syslog || file >= 0) && !l->ready_line) || is_kept(l, fd))
		return 0;
	error = CFG_DAEMONIZE_PTY && l->pty && fd == STDOUT_FILENO ? open_pty(end) : (int)sys(pipe2, end, O_CLOEXEC);
	if (error)
		return -error;
	sys_fcntl(end[0], F_SETFL, O_NONBLOCK);
	stream->from = end[0];
	stream->into = end[1];
	stream->lines.log = &s->log;
	stream->lines.priority = (unsigned char)priority;
	if (CFG_DAEMONIZE_READY_LINE && l->ready_line) {
		stream->lines.caught = catch_ready;
		stream->lines.catcher = l;
		stream->lines.mute = file >= 0 || !l->syslog;
	}
	return 0;
}

/* The first start, unless something failed before, is the caller's business as well: it is told how it went. */
static void start_first(struct supervisor *s, int error)
{
	struct launch *l = s->l;
	struct report r = { .step = &getting_ready, .error = error };

	if (!error)
		error = start_program(s, &r);
	/* What was made is gone again when the caller hears that it failed. */
	if (error)
		remove_pidfiles(l);
	if (l->report >= 0 && error != ECANCELED)
		sys(write, l->report, &r, sizeof(r));
	else if (error && error != ECANCELED)
		finish_service(s, launch_failure(l, &r));
	if (error)
		finish_service(s, EXIT_FAILED);
	if (!(CFG_DAEMONIZE_READY_LINE && l->ready_line))
		launch_let_go(l);
	if (CFG_DAEMONIZE_READY_FD && l->ready_fd)
		sys(dup3, l->null, l->ready_number, 0);
}

void supervise(struct launch *l)
{
	/* Behind the launch, which daemonize keeps there. */
	struct supervisor *s = (struct supervisor *)(resident + sizeof(*l));
	struct signal_set all;
	int error;

	_Static_assert(sizeof(*l) + sizeof(*s) <= RESIDENT, "lib/daemon/resident.h");
	memset(&all, 0xff, sizeof(all));
	s->l = l;
	log_init(&s->log, l->tag);
	s->log.watched = 1;
	error = -signals_block(NULL, l->detach ? NULL : &l->blocked);
	/* Ignored by whoever called us, it would never come. */
	signal_dispose(SIGCHLD, 0);
	s->signals = (int)sys(signalfd4, -1, &all, SIGSET_BYTES, SFD_NONBLOCK | SFD_CLOEXEC);
	if (!error && s->signals < 0)
		error = -s->signals;
	if (!error)
		error = init_stream(s, &s->out, STDOUT_FILENO, l->out_fd, l->out_priority);
	if (!error)
		error = init_stream(s, &s->err, STDERR_FILENO, l->err_fd, l->err_priority);
	start_first(s, error);
	stay(s);
}
