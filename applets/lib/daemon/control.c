// SPDX-License-Identifier: 0BSD
/* Stopping and signalling a service, and its status, by its pidfile. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/children.h"
#include "lib/daemon/control.h"
#include "lib/daemon/launch.h"
#include "lib/daemon/pidfile.h"
#include "lib/daemon/process.h"
#include "lib/daemon/status.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"
#include "lib/session/leftover.h"

enum {
	STOP_SECONDS = 10,	/* between TERM and KILL */
	LAST = 5000,		/* milliseconds after that in which all is over */
	PAUSE = 20,		/* milliseconds between looks where there is nothing to wait for */
	SWEEP = 5000,		/* milliseconds for another start or stop to be over */
};

enum { STATUS_RUNNING, STATUS_DEAD, STATUS_NOT_RUNNING = 3 };

/* A process that was found to be meant. */
struct target {
	const char *pidfile;
	pid_t pid;
	/* what stands for it, or -ENOSYS: then its number does, right after a look */
	int fd;
};

/* ---- one process ---- */

/* Whether the pidfile still means this process: 1, 0, or -errno. */
static int is_meant(const struct target *t)
{
	struct service now;

	pidfile_look(t->pidfile, &now, 0);
	if (now.state == SERVICE_UNKNOWN || now.state == SERVICE_FOREIGN)
		return -now.error;
	return now.program == t->pid || now.supervisor == t->pid;
}

/*
 * Sends a signal, with a value that is not 0 beside it. Returns 0 or an errno; ESRCH: it has ended.
 */
static int send_signal(const struct target *t, int number, int value)
{
	siginfo_t info;
	long error = -ENOSYS;

	memset(&info, 0, sizeof(info));
	info.si_signo = number;
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = value;
	/* Without the value it is as kill(2) sends it, and the kernel says who did. */
	if (t->fd >= 0)
		error = sys(pidfd_send_signal, t->fd, number, value ? &info : NULL, 0);
	if (error != -ENOSYS && error != -EPERM)
		return -(int)error;
	/* Refused by a filter, or as kill(2) refuses, which says so itself. */
	error = is_meant(t);
	if (error <= 0)
		return error ? -(int)error : ESRCH;
	return -(int)(value ? sys(rt_sigqueueinfo, t->pid, number, &info) :
			      sys(kill, t->pid, number));
}

/* Waits for its end. Returns 0, ETIMEDOUT, or the errno of a look that failed. */
static int await_end(const struct target *t, int milliseconds)
{
	const unsigned until = clock_in((unsigned)milliseconds);
	int left, ready, meant;

	do {
		left = clock_left(until);
		ready = sys_poll_one(t->fd, POLLIN, t->fd >= 0 || left < PAUSE ? left : PAUSE);
		if (t->fd >= 0 && ready > 0)
			return 0;
		if (ready < 0 && ready != -EINTR)
			return -ready;
		meant = t->fd >= 0 ? 1 : is_meant(t);
		if (meant <= 0)
			return -meant;
	} while (left);
	return ETIMEDOUT;
}

/* ---- stopping ---- */

static int failed(const struct request *r, const char *why, const char *more)
{
	if (launch_speaks(r))
		complain(r->pidfile, why, more);
	return EXIT_FAILED;
}

/* What a look could not tell, or may not be believed. */
static int no_telling(const struct request *r, const struct service *s)
{
	const int is_none = s->state == SERVICE_FOREIGN && s->error == EEXIST;
	const char *why = is_none ? "not a pidfile of a service" : error_text(s->error);

	failed(r,
	       s->state == SERVICE_NONE || s->state == SERVICE_STALE ?
		       "others may write its folder" :
		       why,
	       NULL);
	return r->job == JOB_STATUS ? EXIT_STATUS_UNKNOWN : EXIT_FAILED;
}

static int stop_seconds(const struct request *r)
{
	return r->timeout ? (int)r->timeout : STOP_SECONDS;
}

/* Sends KILL and waits for the end. Returns 0 or an errno. */
static int kill_one(const struct target *t, int milliseconds)
{
	const int error = send_signal(t, SIGKILL, 0);

	return error ? (error == ESRCH ? 0 : error) : await_end(t, milliseconds);
}

/*
 * Ends a process: a signal, and after a time KILL. Returns 0, also where it had ended, or an
 * errno.
 */
static int end_one(const struct target *t, int number, int milliseconds, int last)
{
	int error = send_signal(t, number, 0);

	if (!error)
		error = await_end(t, milliseconds);
	if (error == ETIMEDOUT)
		error = kill_one(t, last);
	return error == ESRCH ? 0 : error;
}

/* Tells a supervisor to stop. Returns 0 or an errno. */
static int tell_supervisor(const struct request *r, const struct service *s,
			   const struct target *supervisor, int seconds)
{
	const int number = r->signal ? r->signal : SIGTERM;
	const int job = request_stops_all(r) ? CONTROL_STOP_ALL : CONTROL_STOP;
	const int own = s->old || s->alone;
	int error;

	/*
	 * KILL would have ended that one rather than its program: no time to wait is what it means.
	 * CHLD and the last one say something else to it.
	 */
	if (own && (number == SIGKILL || number == SIGSTOP))
		return send_signal(supervisor, SIGTERM, CONTROL_OWN_STOP);
	if (own)
		return send_signal(supervisor,
				   number == SIGCHLD || number == CONTROL_SIGNAL ? SIGTERM : number,
				   CONTROL_OWN_STOP | seconds);
	error = send_signal(supervisor, CONTROL_SIGNAL, job | control_signal(number) | seconds);
	/*
	 * Its user has no signal left to queue. A bare TERM is a stop as well, but only of the
	 * program.
	 */
	if (error == EAGAIN && !request_stops_all(r))
		error = send_signal(supervisor, SIGTERM, 0);
	return error;
}

/*
 * Waits for a supervisor's end, longer where that lets its program take longer. Returns 0 or an
 * errno.
 */
static int await_supervisor(const struct target *t, int milliseconds)
{
	const unsigned latest = !CFG_DAEMONIZE_WATCHDOG ? 0 :
				clock_in(milliseconds + CFG_DAEMONIZE_WATCHDOG_EXTEND * 1000);
	struct service now;
	int error = await_end(t, milliseconds);

	while (CFG_DAEMONIZE_WATCHDOG && error == ETIMEDOUT && clock_left(latest)) {
		pidfile_look(t->pidfile, &now, 0);
		if ((now.supervisor != t->pid && now.program != t->pid) || !now.extended)
			break;
		error = await_end(t, LAST / 10);
	}
	return error;
}

/* Whether a process has children; where that cannot be told it has. */
static int has_children(pid_t pid)
{
	char pids[PIDS_TEXT];

	return children_list(pid, pids) != 0 || *pids;
}

/*
 * Whether a supervisor that hangs is to be killed. By the file of -P it is not known what it
 * leaves; -KK ends all that has come of it behind that.
 */
static int may_be_killed(const struct request *r, const struct service *s)
{
	return s->alone ? request_stops_all(r) || !has_children(s->program) : !request_stops_all(r);
}

/*
 * A supervisor ends its program, in time by KILL, and then itself; within LAST after that time all
 * is over.
 */
static int stop_supervisor(const struct request *r, const struct service *s,
			   const struct target *supervisor, const struct target *program)
{
	const int seconds = stop_seconds(r);
	int error = tell_supervisor(r, s, supervisor, seconds), hangs;

	if (!error)
		error = await_supervisor(supervisor, seconds * 1000 + LAST / 5);
	if (error != ETIMEDOUT)
		return error == ESRCH ? 0 : error;
	hangs = program->pid && await_end(program, 0) == ETIMEDOUT;
	/* A supervisor that hangs has not ended its program: that is told so directly. */
	error = hangs ? end_one(program, SIGTERM, LAST / 5, LAST / 5) : 0;
	/* What does not even end by KILL keeps its supervisor, who logs its end one day. */
	if (error)
		return error;
	error = await_end(supervisor, hangs ? LAST / 5 : LAST / 2);
	if (error == ETIMEDOUT && may_be_killed(r, s))
		error = kill_one(supervisor, LAST / 5);
	return error;
}

/* Stops a service that was found alive. Returns 0 or an errno. */
static int stop_service(const struct request *r, const struct service *s)
{
	struct target supervisor = { r->pidfile, s->supervisor, s->supervisor_fd };
	struct target program = { r->pidfile, s->program, s->program_fd };
	int error = 0;

	/* An applet that stays, and a supervisor in its delay, have nobody to be left behind. */
	if (s->alone && has_children(s->program)) {
		supervisor = program;
		program.pid = 0;
	}
	if (supervisor.pid)
		error = stop_supervisor(r, s, &supervisor, &program);
	/* A supervisor that was killed left its program to itself. */
	if (!error && program.pid)
		error = end_one(&program, r->signal ? r->signal : SIGTERM, stop_seconds(r) * 1000,
				LAST);
	return error;
}

enum { TOLD = -1 };	/* what is left has been said */

/* ... and what is left of it. A supervisor sees to that itself. Returns 0, an errno, or TOLD. */
static int stop_all(const struct request *r, const struct service *s)
{
	const int all = request_stops_all(r);
	const int by_session = all && s->program && (!s->supervisor || s->old);
	struct session rest;
	const char *away, *pids;
	int error = 0;

	if (by_session)
		error = leftover_note(&rest, s->program, s->supervisor, s->made);
	if (!error)
		error = stop_service(r, s);
	if (!by_session || error)
		return error;
	error = leftover_end(&rest, (unsigned)stop_seconds(r));
	away = s->made ? leftover_away(&rest) : "";
	if (*away)
		failed(r, "has left its session and lives on", away);
	if (error != ETIMEDOUT)
		return error;
	pids = leftover_pids(&rest);
	failed(r, "still running", *pids ? pids : "what forks and ends all the time");
	return TOLD;
}

/* Whether the caller is part of what it wants to end: 1, 0, or -errno. */
static int is_inside(const struct service *s)
{
	int inside = s->supervisor ? process_is_inside(s->supervisor) : 0;

	if (!inside && s->program)
		inside = process_is_inside(s->program);
	if (!inside && s->program && s->made) {
		const long session = sys(getsid, s->program);

		/* One that has ended by now was not this process. */
		if (session < 0)
			return session == -ESRCH ? 0 : (int)session;
		inside = sys(getsid, 0) == session;
	}
	return inside;
}

static int still_running(const struct request *r, const struct service *s)
{
	char pids[PIDS_TEXT], number[NUMBER_TEXT];

	/*
	 * Under a supervisor those are its children; where that cannot be told it stands for them.
	 */
	if (!(s->supervisor || s->alone) ||
	    children_list(s->supervisor ? s->supervisor : s->program, pids) != 0 || !*pids)
		strcpy(pids,
		       number_text((unsigned)(s->supervisor ? s->supervisor : s->program), number));
	return failed(r, "still running", pids);
}

/*
 * Removes what a service that has ended left. Says through *s what is there now. Returns 0 or an
 * errno.
 */
static int sweep(const struct request *r, struct service *s)
{
	const struct patience patience = { clock_in(SWEEP), -1 };

	return pidfile_sweep(r->pidfile, s, &patience);
}

/* Nobody is alive. Returns the exit status, or -1 where there is somebody by now. */
static int clear(const struct request *r, struct service *s)
{
	int error = s->state == SERVICE_NONE ? pidfile_is_being_made(r->pidfile) : 1;

	if (error > 0)
		error = -sweep(r, s);
	if (error < 0)
		return failed(r, error_text(-error), NULL);
	if (s->state == SERVICE_FOREIGN)
		return no_telling(r, s);
	return s->state == SERVICE_NONE || s->state == SERVICE_STALE ? EXIT_DONE : -1;
}

static const char unsure[] = "its main process has ended: cannot tell what is left of it";

/* The service lives: ends it. Returns the exit status. */
static int end(const struct request *r, struct service *s)
{
	struct service now;
	int error = request_stops_all(r) ? is_inside(s) : 0, is_clear;

	/*
	 * The file was moved or touched on the way to the exec: somebody starts, and there is no
	 * telling who.
	 */
	if (!s->program && !s->supervisor)
		return failed(r, "being started, by whom cannot be told", NULL);
	if (error > 0)
		return failed(r, "not from inside the service", NULL);
	error = error ? -error : stop_all(r, s);
	if (error == TOLD)
		return EXIT_FAILED;
	if (error == ETIMEDOUT)
		return still_running(r, s);
	if (!error && request_stops_all(r) && s->supervisor && !s->old) {
		/* One that was killed, or ended before it could hear of this, has not said so. */
		is_clear = pidfile_is_clear(s);
		if (is_clear <= 0)
			return failed(r, is_clear ? error_text(-is_clear) : unsure, NULL);
	}
	if (!error)
		error = sweep(r, &now);
	if (error)
		return failed(r, error == ESRCH ? unsure : error_text(error), NULL);
	/* Its supervisor was killed behind one more start; another start has another file. */
	if ((now.program || now.supervisor) && pidfile_is_linked(s))
		return still_running(r, &now);
	return EXIT_DONE;
}

static int stop(const struct request *r, struct service *s)
{
	int tries = 3, status;

	while ((s->state == SERVICE_NONE || s->state == SERVICE_STALE) && tries--) {
		/* With the main process the number of its session is gone. */
		if (s->state == SERVICE_STALE && request_stops_all(r))
			return failed(r, unsure, NULL);
		status = clear(r, s);
		if (status >= 0)
			return status;
		/* What has been started meanwhile is to be stopped, too, if it is still there. */
		pidfile_look(r->pidfile, s, 1);
		if (s->state == SERVICE_UNKNOWN || s->state == SERVICE_FOREIGN)
			return no_telling(r, s);
	}
	return end(r, s);
}

/* ---- signalling and asking ---- */

static int signal_it(const struct request *r, const struct service *s)
{
	const struct target program = { r->pidfile, s->program, s->program_fd };
	/* A process on its way to the exec gets the signal after that. */
	const int error = s->program ? send_signal(&program, r->signal, 0) : ESRCH;

	return error ? failed(r, error == ESRCH ? "not running" : error_text(error), NULL) :
		       EXIT_DONE;
}

/*
 * Asks a supervisor, more than once, since a stranger can have filled the socket. Returns the
 * answer's length; 0: none.
 */
static size_t ask(const struct target *t, char text[STATUS_TEXT])
{
	enum { TIMES = 4, EACH = 60 };
	int value, i, fd = status_open(&value);
	size_t length = 0;

	for (i = 0; fd >= 0 && i < TIMES && !length && !send_signal(t, CONTROL_SIGNAL, value); i++)
		length = status_read(fd, t->pid, EACH, text);
	/* If the process still lives, it had the number when the answer came. */
	return length && await_end(t, 0) == ETIMEDOUT ? length : 0;
}

static void show_key(const char *key, int number)
{
	char text[NUMBER_TEXT];

	if (number >= 0)
		say(STDOUT_FILENO, key, number_text((unsigned)number, text), "\n");
}

/* -v: lines of KEY=VALUE, what a look says and then what the supervisor does. */
static void show_all(const struct request *r, const struct service *s)
{
	static const char states[][sizeof("restarting")] START_UP_DATA = {
		[SERVICE_NONE] = "stopped",	  [SERVICE_STALE] = "dead",
		[SERVICE_STARTING] = "starting",  [SERVICE_RUNNING] = "running",
		[SERVICE_WAITING] = "restarting",
	};
	const struct target supervisor = { r->pidfile, s->supervisor, s->supervisor_fd };
	char text[STATUS_TEXT];
	size_t length;

	say(STDOUT_FILENO, "state=", states[s->state], "\n");
	show_key("pid=", s->program ? s->program : -1);
	show_key("supervisor=", s->supervisor ? s->supervisor : -1);
	show_key("due=", s->state == SERVICE_WAITING ? s->due : -1);
	if (!s->supervisor || s->old)
		return;
	length = ask(&supervisor, text);
	if (length)
		status_print(text, length);
	else
		complain(r->pidfile, "no answer from its supervisor");
}

static int show_status(const struct request *r, const struct service *s)
{
	static const unsigned char statuses[] = {
		[SERVICE_NONE] = STATUS_NOT_RUNNING,	[SERVICE_STALE] = STATUS_DEAD,
		[SERVICE_RUNNING] = STATUS_RUNNING,	[SERVICE_STARTING] = STATUS_NOT_RUNNING,
		[SERVICE_WAITING] = STATUS_NOT_RUNNING,
	};
	char number[NUMBER_TEXT];
	int error = 0;

	if (!launch_speaks(r))
		;
	else if (CFG_DAEMONIZE_STATUS_VERBOSE && GIVEN(r, 'v'))
		show_all(r, s);
	else if (s->state == SERVICE_RUNNING)
		error = say(STDOUT_FILENO, "running, pid ",
			    number_text((unsigned)s->program, number), "\n");
	else if (s->state == SERVICE_STALE)
		error = say(STDOUT_FILENO, "dead, ", r->pidfile, " is left\n");
	else if (s->state == SERVICE_WAITING && s->due >= 0)
		error = say(STDOUT_FILENO, "restarting in ", number_text((unsigned)s->due, number),
			    " s\n");
	else
		error = say(STDOUT_FILENO, s->state == SERVICE_NONE ? "not running\n" :
			    s->state == SERVICE_WAITING ? "restarting\n" : "starting\n");
	return error ? EXIT_STATUS_UNKNOWN : statuses[s->state];
}

APART START_UP int control(const struct request *r)
{
	struct service s;
	int folder;

	pidfile_look(r->pidfile, &s,
		     r->job != JOB_STATUS || (CFG_DAEMONIZE_STATUS_VERBOSE && GIVEN(r, 'v')));
	if (s.state == SERVICE_NONE || s.state == SERVICE_STALE) {
		/*
		 * Where others may have moved the file it says nothing that there is none, or a
		 * dead one.
		 */
		folder = pidfile_check_folders(r->pidfile);
		if (folder && folder != EPERM) {
			s.state = SERVICE_UNKNOWN;
			s.error = folder;
		}
		if (folder)
			return no_telling(r, &s);
	}
	if (s.state == SERVICE_FOREIGN || s.state == SERVICE_UNKNOWN)
		return no_telling(r, &s);
	if (CFG_DAEMONIZE_STATUS && r->job == JOB_STATUS)
		return show_status(r, &s);
	return r->job == JOB_SIGNAL ? signal_it(r, &s) : stop(r, &s);
}
