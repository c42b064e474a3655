// SPDX-License-Identifier: 0BSD
/* Running the steps, and telling the other side how they went. */
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/daemon/caller.h"
#include "lib/daemon/launch.h"
#include "lib/daemon/steps.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"
#include "lib/log/log.h"

enum { EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

/* A call that fails for want of memory or by a signal is made again so often. */
enum { TRIES = 3 };

START_UP void launch_init(struct launch *l, const struct request *r)
{
	memset(l, 0, sizeof(*l));
	l->r = r;
	l->program = r->program;
	l->kept = r->keeps;
	l->report = l->null = l->lock = l->ready = l->verbose_to = -1;
	l->out_fd = l->err_fd = l->to_out = l->to_err = -1;
	l->pid.fd = l->supervisor_pid.fd = -1;
	if (CFG_DAEMONIZE_CHROOT)
		l->root = -1;
}

START_UP int launch_speaks(const struct request *r)
{
	return !(CFG_DAEMONIZE_QUIET && GIVEN(r, 'q'));
}

START_UP int launch_is_heard(void)
{
	return sys_poll_one(STDERR_FILENO, POLLOUT, 0) != 0;
}

START_UP void launch_say(const struct launch *l, const char *of, const char *what, const char *more,
			 const char *end)
{
	if (launch_speaks(l->r))
		say(STDERR_FILENO, applet_name, ": ", of, ": ", what, more, end, "\n");
	if (CFG_SYSLOG && l->tag)
		log_once(l->tag, of, ": ", what, more, end);
}

/* Whether the start failed since the service runs, or the lock is taken. */
static int is_running(const struct report *r)
{
	return (CFG_DAEMONIZE_PIDFILE || CFG_DAEMONIZE_LOCK) && r->error == EALREADY;
}

static int exit_status(const struct report *r)
{
	if (is_running(r))
		return EXIT_RUNNING;
	if (!r->executing)
		return EXIT_FAILED;
	return r->error == ENOENT || r->error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

START_UP int launch_failure(const struct launch *l, const struct report *r)
{
	const char *why = is_running(r) ? "already running" : error_text(r->error);
	const char *subject = r->subject;

	if (is_running(r) && CFG_DAEMONIZE_ALREADY && GIVEN(l->r, 'O'))
		return EXIT_DONE;
	launch_say(l, r->step->name, subject ? subject : "", subject ? ": " : "", why);
	return exit_status(r);
}

START_UP void launch_undo(const struct launch *l)
{
	if (CFG_DAEMONIZE_LOCK && l->lock >= 0)
		sys(flock, l->lock, LOCK_UN);
	launch_remove_pidfiles(l);
}

START_UP void launch_remove_pidfiles(const struct launch *l)
{
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0)
		pidfile_remove(&l->pid);
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && l->supervisor_pid.fd >= 0)
		pidfile_remove(&l->supervisor_pid);
}

START_UP int launch_tell(const struct launch *l, const struct report *r)
{
	int tries = TRIES;
	long sent;

	do
		sent = sys(sendto, l->report, r, sizeof(*r), MSG_NOSIGNAL, NULL, 0);
	while (sent < 0 && sent != -EPIPE && --tries);
	return sent < 0 ? -(int)sent : 0;
}

/* Reads once. Returns 0 where there may be more, ECANCELED at the end, or another errno. */
static int read_part(int report, struct launch_reading *in, long wanted)
{
	const long part = sys(read, report, (char *)in->got + in->length, wanted - in->length);

	if (part > 0) {
		in->length += part;
		in->failed = 0;
		return 0;
	}
	if (!part)
		return ECANCELED;
	if (part == -EINTR || (part != -EAGAIN && ++in->failed < TRIES))
		return 0;
	return -(int)part;
}

START_UP int launch_read(int report, struct launch_reading *in, int exec, struct report *r)
{
	/* If the exec fails there are two reports. */
	const long wanted = exec ? sizeof(in->got) : sizeof(in->got[0]);
	int error = 0;

	memset(r, 0, sizeof(*r));
	while (!error && in->length < wanted)
		error = read_part(report, in, wanted);
	if (error && (error != ECANCELED || in->length < (long)sizeof(in->got[0])))
		return error;
	*r = in->got[in->length == sizeof(in->got)];
	return r->error;
}

static __attribute__((noreturn)) void give_up(struct launch *l, const struct step *step, int error)
{
	struct report r = {
		.step = step, .subject = l->subject, .error = error, .executing = l->done
	};

	/*
	 * A program's process leaves the removing to its supervisor; after "user" the caller has to
	 * do it.
	 */
	if (l->role != ROLE_PROGRAM)
		launch_undo(l);
	if (l->report < 0)
		sys_exit(launch_failure(l, &r));
	/* If the caller is gone there is nobody to tell. */
	launch_tell(l, &r);
	sys_exit(exit_status(&r));
}

static int is_wanted(const struct launch *l, const struct step *step)
{
	const int foreground = CFG_DAEMONIZE_FOREGROUND && GIVEN(l->r, 'f');
	const int leads = CFG_DAEMONIZE_LEADER && GIVEN(l->r, '1');

	switch (step->wanted) {
	case STEP_ALWAYS:
		return 1;
	case STEP_DETACHED:
		return !foreground;
	case STEP_FOLLOWS:
		return !foreground && !leads;
	case STEP_SUPERVISED:
		return request_supervised(l->r);
	case STEP_EXECUTES:
		return l->program != NULL;
	case STEP_ALONE:
		return l->r->program == NULL;
	case STEP_READY_FD:
		return request_ready_by(l->r, READY_FD);
	case STEP_READY_SOCKET:
		return request_ready_by(l->r, READY_SOCKET);
	default:
		return GIVEN(l->r, step->wanted);
	}
}

static int is_shown(const struct launch *l, const struct step *step)
{
	if (CFG_DAEMONIZE_CHROOT && step->shown == STEP_OUTSIDE)
		return !GIVEN(l->r, OPTION_CHROOT);
	return step->shown != STEP_SILENT;
}

/* Says a step, and what it goes by: a line for each where there are several. */
static void say_step(const struct launch *l, const struct step *step, int fd, const char *who)
{
	const struct request *r = l->r;
	const char *const *value = (const void *)r;
	unsigned values;

	if (!is_shown(l, step))
		return;
	value += step->value;
	values = step->value && *value;
	if (CFG_DAEMONIZE_LIMIT && step->value == REQUEST(limit)) {
		value = (const void *)r->limit;
		values = r->limits;
	} else if (CFG_DAEMONIZE_ENV && step->value == REQUEST(set)) {
		value = (const void *)r->set;
		values = r->sets;
	}
	do
		say(fd, who, *who ? ": " : "", step->name, values ? " " : "",
		    values ? *value++ : "", "\n");
	while (values && --values);
}

START_UP void launch_steps(struct launch *l, const struct step *step)
{
	for (; step->run; step++) {
		/* The step that opens this descriptor is not printed itself. */
		const int verbose = CFG_DAEMONIZE_VERBOSE && l->verbose_to >= 0;
		int error;

		if (!is_wanted(l, step))
			continue;
		if (CFG_DAEMONIZE_VERBOSE && GIVEN(l->r, 'd')) {
			say_step(l, step, STDOUT_FILENO, "");
			continue;
		}
		l->subject = NULL;
		error = step->run(l);
		if (error == STEP_PARENT)
			sys_exit(l->role == ROLE_CALLER ? say_status(caller_await(l)) : EXIT_DONE);
		if (error)
			give_up(l, step, error);
		if (verbose)
			say_step(l, step, l->verbose_to, applet_name);
	}
}

START_UP void launch_detach(struct launch *l)
{
	if (CFG_DAEMONIZE_FOREGROUND && GIVEN(l->r, 'f'))
		l->role = ROLE_DAEMON;
	/* A heartbeat reads four clocks, which would be more calls than all else that it does. */
	if (CFG_RESIDENT && request_supervised(l->r))
		clock_often(0);
	launch_steps(l, steps_detach);
}

START_UP int launch_done(struct launch *l)
{
	struct report r = { .step = NULL };

	l->done = 1;
	if (CFG_DAEMONIZE_READY && l->r->readiness)
		r.pid = (pid_t)sys(getpid, 0);
	if (CFG_DAEMONIZE_LEADER && r.pid && GIVEN(l->r, '1'))
		r.session = (pid_t)sys(getsid, 0);
	return l->report < 0 ? 0 : launch_tell(l, &r);
}

START_UP void launch_let_go(struct launch *l)
{
	sys(close, l->report);
	l->report = -1;
	if (CFG_DAEMONIZE_VERBOSE && l->verbose_to >= 0)
		sys(close, l->verbose_to);
	l->verbose_to = -1;
}
