// SPDX-License-Identifier: 0BSD
/* Running the steps, and telling the calling process how they went. */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "box.h"
#include "lib/daemon/launch.h"
#include "lib/log/log.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

enum { EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

void launch_init(struct launch *l)
{
	memset(l, 0, sizeof(*l));
	l->dir = "/";
	l->out_priority = FACILITY_DAEMON | LEVEL_INFO;
	l->err_priority = FACILITY_DAEMON | LEVEL_ERR;
	l->restart_delay = 1;
	if (CFG_STEP_UMASK)
		l->mask = (mode_t)number_whole("" CFG_STEP_UMASK_DEFAULT, 8, 0777);
	l->report = l->null = l->pid.fd = l->supervisor_pid.fd = l->out_fd = l->err_fd = l->to_out = l->to_err = -1;
}

static int exit_status(const struct report *r)
{
	if (r->error == EALREADY)
		return EXIT_RUNNING;
	if (!r->executing)
		return EXIT_FAILED;
	return r->error == ENOENT || r->error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

const char *step_name(const struct step *step)
{
	static const struct step_names names = {
#define NAME(id, text) text,
		STEP_NAMES(NAME)
#undef NAME
	};

	return (const char *)&names + step->name;
}

int launch_failure(const struct launch *l, const struct report *r)
{
	const char *why = r->error == EALREADY ? "already running" : error_text(r->error);
	const char *what = step_name(r->step), *subject = r->subject;

	if (r->error == EALREADY && CFG_DAEMONIZE_ALREADY && l->running_is_fine)
		return EXIT_DONE;
	if (!CFG_DAEMONIZE_QUIET || !l->quiet)
		complain(what, subject ? subject : why, subject ? why : NULL);
	if (CFG_SYSLOG && l->syslog)
		log_once(l->tag, what, ": ", subject ? subject : "", subject ? ": " : "", why);
	return exit_status(r);
}

void launch_sweep(const struct launch *l)
{
	struct pidfile left;

	if (CFG_DAEMONIZE_PIDFILE && l->pidfile && pidfile_take(&left, l->pidfile) == 0)
		pidfile_remove(&left, l->pidfile);
}

int launch_read(int pipe, struct report *r, int exec)
{
	struct report got[2];
	/* A failing exec makes it two. */
	const long wanted = exec ? sizeof(got) : sizeof(got[0]);
	long length = 0, part;

	/* One who is stopped meanwhile gets what there is. */
	while (length < wanted && (part = sys(recvfrom, pipe, (char *)got + length, wanted - length, 0, NULL, NULL)) > 0)
		length += part;
	if (length < (long)sizeof(got[0]))
		return ECANCELED;
	*r = got[length == sizeof(got)];
	return r->error;
}

/* The calling process's part: let the daemon go on once it is an orphan, and read how it went. */
static int await(struct launch *l)
{
	struct report r;
	int error;

	/*
	 * Its parent has been waited for, so the daemon has a new one; the end of
	 * a pipe would not do, since descriptors close before children move.
	 * Whatever goes wrong here, the read below tells.
	 */
	if (CFG_STEP_SECOND_FORK) {
		sys(wait4, l->child, NULL, 0, NULL);
		sys(write, l->report, "", 1);
	}
	error = launch_read(l->report, &r, !l->ready_line);
	if (error == ECANCELED || (error && r.leftover))
		launch_sweep(l);
	if (!error)
		return CFG_DAEMONIZE_READY ? ready_await(l, &r) : EXIT_DONE;
	if (error != ECANCELED)
		return launch_failure(l, &r);
	/* It was killed, and could not undo anything. */
	if (!CFG_DAEMONIZE_QUIET || !l->quiet)
		complain(l->program ? l->program : "daemon", "ended before it had started");
	return EXIT_FAILED;
}

static __attribute__((noreturn)) void give_up(struct launch *l, const struct step *step, int error)
{
	struct report r = { .step = step, .subject = l->subject, .error = error, .executing = l->done };

	/* After "user" it may not be allowed to; then the caller does, once the lock is gone. */
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0 && !l->supervisor) {
		r.leftover = pidfile_remove(&l->pid, l->pidfile);
		sys(close, l->pid.fd);
	}
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && l->supervisor_pid.fd >= 0 && !l->supervisor)
		pidfile_remove(&l->supervisor_pid, l->supervisor_file);
	if (l->report < 0)
		sys_exit(launch_failure(l, &r));
	/* If the caller is gone there is nobody to tell. */
	sys(write, l->report, &r, sizeof(r));
	sys_exit(exit_status(&r));
}

void START_UP launch_steps(struct launch *l, const struct step *step)
{
	for (; step->run; step++) {
		const char *asked = ((const char **)l)[step->wanted];
		int error;

		if (step->wanted && !asked)
			continue;
		if (CFG_DAEMONIZE_VERBOSE && l->dry) {
			say(STDOUT_FILENO, step_name(step), "\n");
			continue;
		}
		l->subject = step->wanted && *asked ? asked : NULL;
		error = step->run(l);
		if (error == STEP_PARENT)
			sys_exit(l->child ? await(l) : EXIT_DONE);
		if (error)
			give_up(l, step, error);
		if (CFG_DAEMONIZE_VERBOSE && l->verbose)
			say(l->verbose_to, applet_name, ": ", step_name(step), "\n");
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
	struct report r = { .step = NULL };

	l->done = 1;
	if (CFG_DAEMONIZE_READY && (l->ready_line || l->ready_fd || l->ready_socket))
		r.pid = (pid_t)sys(getpid, 0);
	if (l->report < 0)
		return 0;
	return sys(sendto, l->report, &r, sizeof(r), MSG_NOSIGNAL, NULL, 0) < 0 ? EPIPE : 0;
}

void launch_let_go(struct launch *l)
{
	sys(close, l->report);
	l->report = -1;
	if (CFG_DAEMONIZE_VERBOSE && l->verbose)
		sys(close, l->verbose_to);
	l->verbose = NULL;
}
