// SPDX-License-Identifier: 0BSD
/* Running the steps, and telling the calling process how they went. */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "../box.h"
#include "launch.h"
#include "message.h"
#include "number.h"
#include "steps.h"
#include "sys.h"

enum { EXIT_RUNNING = 3, EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

/*
 * What goes through the pipe: the step that failed, or no error when all but the
 * exec are done. Both sides are forks of one process, so pointers hold.
 */
struct record {
	const struct step *step;
	const char *subject;
	int error;
	int leftover;	/* the pidfile could not be removed */
};

void launch_init(struct launch *l)
{
	memset(l, 0, sizeof(*l));
	l->dir = "/";
	if (CFG_STEP_UMASK)
		l->mask = (mode_t)number_whole("" CFG_STEP_UMASK_DEFAULT, 8, 0777);
	l->report = l->pid.fd = l->out_fd = l->err_fd = -1;
}

/* The exit status for a step that failed; says which and why. */
static int failure(const struct launch *l, const struct record *r)
{
	const char *why = r->error == EALREADY ? "already running" : error_text(r->error);

	if (r->error == EALREADY && CFG_DAEMONIZE_ALREADY && l->running_is_fine)
		return EXIT_DONE;
	if (!CFG_DAEMONIZE_QUIET || !l->quiet)
		complain(r->step->name, r->subject ? r->subject : why, r->subject ? why : NULL);
	if (r->error == EALREADY)
		return EXIT_RUNNING;
	if (!l->done)
		return EXIT_FAILED;
	return r->error == ENOENT || r->error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

/* Removes the pidfile of a daemon that could not, unless another has locked it by now. */
static void sweep(const struct launch *l)
{
	struct pidfile left;

	if (CFG_DAEMONIZE_PIDFILE && l->pidfile && pidfile_take(&left, l->pidfile) == 0)
		pidfile_remove(&left, l->pidfile);
}

/* The daemon went without a word: it was killed, and could not undo anything. */
static int killed(const struct launch *l)
{
	sweep(l);
	if (!CFG_DAEMONIZE_QUIET || !l->quiet)
		complain(l->program ? l->program : "daemon", "ended before it had started");
	return EXIT_FAILED;
}

/* The calling process's part: let the daemon go on once it is an orphan, and read how it went. */
static int await(struct launch *l)
{
	struct record got[2];
	long length;

	/*
	 * Its parent has been waited for, so the daemon has a new one; the end of
	 * a pipe would not do, since descriptors close before children move.
	 * Whatever goes wrong here, the read below tells.
	 */
	if (CFG_STEP_SECOND_FORK) {
		sys(wait4, l->child, NULL, 0, NULL);
		sys(write, l->report, got, 1);
	}
	length = sys(recvfrom, l->report, got, sizeof(got), MSG_WAITALL, NULL, NULL);
	if (length < (long)sizeof(got[0]))
		return killed(l);
	l->done = !got[0].error;
	if (l->done && length < (long)sizeof(got))
		return EXIT_DONE;
	if (got[l->done].leftover)
		sweep(l);
	return failure(l, &got[l->done]);
}

static __attribute__((noreturn)) void give_up(struct launch *l, const struct step *step, int error)
{
	struct record r = { step, l->subject, error, 0 };

	/* After "user" it may not be allowed to; then the caller does, once the lock is gone. */
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0) {
		r.leftover = pidfile_remove(&l->pid, l->pidfile);
		sys(close, l->pid.fd);
	}
	if (l->report < 0)
		_exit(failure(l, &r));
	/* If the caller is gone there is nobody to tell. */
	_exit(sys(write, l->report, &r, sizeof(r)) < 0);
}

void launch_steps(struct launch *l, const struct step *step)
{
	for (; step->name; step++) {
		const char *asked = *(const char **)((char *)l + step->wanted);
		int error;

		if (step->wanted && !asked)
			continue;
		if (CFG_DAEMONIZE_VERBOSE && l->dry) {
			say(STDOUT_FILENO, step->name, "\n");
			continue;
		}
		l->subject = step->wanted && *asked ? asked : NULL;
		error = step->run(l);
		if (error == STEP_PARENT)
			_exit(l->child ? await(l) : EXIT_DONE);
		if (error)
			give_up(l, step, error);
		if (CFG_DAEMONIZE_VERBOSE && l->verbose)
			say(l->verbose_to, applet_name, ": ", step->name, "\n");
	}
}

void launch_detach(struct launch *l)
{
	if (l->foreground)
		l->leader = NULL;
	else
		l->detach = "";
	if (l->detach && !l->leader)
		l->session = "";
	if (CFG_DAEMONIZE_VERBOSE && l->verbose)
		l->verbose_to = (int)sys_fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	launch_steps(l, steps_detach);
}

int launch_done(struct launch *l)
{
	struct record r = { NULL, NULL, 0, 0 };

	l->done = 1;
	if (l->report < 0)
		return 0;
	return sys(write, l->report, &r, sizeof(r)) < 0 ? EPIPE : 0;
}
