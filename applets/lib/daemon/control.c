// SPDX-License-Identifier: 0BSD
/* Stopping, signalling and asking after a service by its pidfile. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/daemon/control.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/session/leftover.h"
#include "lib/daemon/supervise.h"
#include "lib/libc/syscall.h"

enum {
	STOP_SECONDS = 10,	/* between TERM and KILL */
	GRACE = 2 + CFG_SYSLOG_WAIT,	/* seconds in which a supervisor has killed, logged and gone */
	POLL = 20,		/* milliseconds between looks where there is nothing to wait for */
	BUSY = 1000,		/* milliseconds for another to write the file or to remove it */
};

enum { STATUS_RUNNING, STATUS_DEAD, STATUS_NOT_RUNNING = 3 };

/* A process that is meant, and what keeps its number from being another's. */
struct target {
	const char *pidfile;
	pid_t pid;
	int fd;		/* pidfd, or -errno where there is none to be had */
};

/* Whether the pidfile still means this process. */
static int is_meant(const struct target *t)
{
	struct service now;
	const int error = pidfile_look(t->pidfile, &now);

	return (!error || error == EAGAIN) && (now.holder == t->pid || now.program == t->pid);
}

/* The second look is what makes it sure: from there on the descriptor stands for the process. */
static int aim(struct target *t, const char *pidfile, pid_t pid)
{
	t->pidfile = pidfile;
	t->pid = pid;
	t->fd = (int)sys(pidfd_open, pid, 0);
	return is_meant(t) ? 0 : ESRCH;
}

/* Sends a signal with a value beside it. Without a pidfd: as close to a look as can be. */
static int send_signal(const struct target *t, int number, int value)
{
	siginfo_t info;
	long error = -ENOSYS;

	memset(&info, 0, sizeof(info));
	info.si_signo = number;
	info.si_code = SI_QUEUE;
	info.si_pid = (pid_t)sys(getpid, 0);
	info.si_value.sival_int = value;
	if (t->fd >= 0)
		error = sys(pidfd_send_signal, t->fd, number, &info, 0);
	if (error == -ENOSYS || error == -EPERM)
		error = is_meant(t) ? sys(rt_sigqueueinfo, t->pid, number, &info) : -ESRCH;
	return -(int)error;
}

/* Waits for its end; 0 when it has ended, ETIMEDOUT if not in time. */
static int await_end(const struct target *t, int milliseconds)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	const unsigned until = clock_in((unsigned)milliseconds);

	if (t->fd >= 0)
		return sys_poll(&p, 1, milliseconds) > 0 ? 0 : ETIMEDOUT;
	while (sys(kill, t->pid, 0) != -ESRCH && is_meant(t)) {
		if (!clock_left(until))
			return ETIMEDOUT;
		sys_poll(NULL, 0, POLL);
	}
	return 0;
}

static int stop_seconds(const struct launch *l)
{
	return l->timeout ? (int)l->timeout : STOP_SECONDS;
}

/* Sends the signal, KILL if it is not heeded in time, and waits for the end; 0 or an errno. */
static int end_one(const char *pidfile, pid_t pid, int number, int seconds, int grace)
{
	struct target t;
	int error = aim(&t, pidfile, pid);

	if (!error)
		error = send_signal(&t, number, SUPERVISE_STOP | seconds);
	if (error)
		return error == ESRCH ? 0 : error;
	if (await_end(&t, (seconds + grace) * 1000) == 0)
		return 0;
	send_signal(&t, SIGKILL, 0);
	return await_end(&t, GRACE * 1000);
}

static int stop_main(const struct launch *l, const struct service *service)
{
	const int supervised = service->holder != service->program;
	const int number = l->signal ? l->signal_number : SIGTERM;
	/* KILL ends a supervisor rather than its program: TERM and no time to wait is what it means. */
	const int kill = supervised && number == SIGKILL;
	const int seconds = kill ? 0 : stop_seconds(l);
	/* A supervisor kills its program in time, and then ends itself. */
	int error = end_one(l->pidfile, service->holder, kill ? SIGTERM : number, seconds, supervised ? GRACE : 0);

	/* One that hung or was killed may not have: then the file means the program still. */
	if (!error && supervised && service->program)
		error = end_one(l->pidfile, service->program, number, seconds, 0);
	return error;
}

static int failed(const struct launch *l, const char *why)
{
	if (!CFG_DAEMONIZE_QUIET || !l->quiet)
		complain(l->pidfile, why);
	return EXIT_FAILED;
}

static int stop(const struct launch *l, const struct service *service)
{
	const int all = CFG_DAEMONIZE_STOP_SESSION && l->stop_all && service->holder;
	struct session rest;
	int error = 0;

	if (all)
		error = rest_note(&rest, service);
	if (service->holder && !error)
		error = stop_main(l, service);
	if (all && !error)
		error = rest_end(&rest, stop_seconds(l));
	if (!error) {
		launch_sweep(l);
		return EXIT_DONE;
	}
	return failed(l, error == ETIMEDOUT ? "still running" : error_text(error));
}

static int signal_it(const struct launch *l, const struct service *service)
{
	/* What cannot be passed on goes to the program itself. */
	const int direct = l->signal_number == SIGKILL || l->signal_number == SIGSTOP;
	const pid_t pid = direct ? service->program : service->holder;
	struct target t;
	int error = ESRCH;

	if (pid)
		error = aim(&t, l->pidfile, pid);
	if (!error)
		error = send_signal(&t, l->signal_number, SUPERVISE_PASS);
	if (!error)
		return EXIT_DONE;
	return failed(l, error == ESRCH ? "not running" : error_text(error));
}

static int show_status(const struct launch *l, const struct service *service)
{
	const int quiet = CFG_DAEMONIZE_QUIET && l->quiet;
	char number[NUMBER_TEXT];

	if (service->holder) {
		if (!quiet)
			say(STDOUT_FILENO, "running, pid ",
			    number_text((unsigned)(service->program ? service->program : service->holder), number), "\n");
		return STATUS_RUNNING;
	}
	if (!quiet)
		say(STDOUT_FILENO, service->exists ? "dead, " : "not running", service->exists ? l->pidfile : "",
		    service->exists ? " is left\n" : "\n");
	return service->exists ? STATUS_DEAD : STATUS_NOT_RUNNING;
}

int control(const struct launch *l)
{
	const unsigned until = clock_in(BUSY);
	struct service service;
	int error;

	/* A start or a stop that is under way is over in a moment. */
	while ((error = pidfile_look(l->pidfile, &service)) == EAGAIN && clock_left(until))
		sys_poll(NULL, 0, POLL);
	if (error && error != EAGAIN)
		return failed(l, error_text(error)) && l->status ? EXIT_STATUS_UNKNOWN : EXIT_FAILED;
	if (CFG_DAEMONIZE_STATUS && l->status)
		return show_status(l, &service);
	return l->stop ? stop(l, &service) : signal_it(l, &service);
}
