// SPDX-License-Identifier: 0BSD
/* The resident parent of a program: one loop, and a state. */
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/children.h"
#include "lib/daemon/control.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/status.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/supervise.h"
#include "lib/daemon/supervisor.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"
#include "lib/log/lines.h"

enum {
	SECOND = 1000,			/* all delays are in milliseconds */
	/* seconds, in which a program that puts itself in the background does so */
	BACKGROUND = 1,
	GOOD_RUN = 10,			/* seconds, after which failures no longer count */
	LONGEST_DELAY = 60 * SECOND,
	/* seconds between TERM and KILL under -f: managers are impatient */
	STOP_FOREGROUND = 4,
	STOP_DETACHED = 10,
	AGAIN = 100,			/* until a call that failed is made once more */
	REAPED_AT_ONCE = 100,		/* children, before signals and the log have their turn */
	LAST_WORDS = 2 * SECOND,	/* for a slow log, where the end was asked for */
};

/* ---- what it says ---- */

/* The caller that still waits until the program is ready hears why it will not be. */
static START_UP void tell_caller(const struct supervisor *s, const char *ended, const char *last)
{
	const int by = s->ended & 0x7f ? sizeof("ended by ") - 1 : sizeof("ended with ") - 1;

	if (s->untold & UNTOLD_BACKGROUND)
		ready_tell_end(s->l, ended + by, "; ", ready_background);
	else
		ready_tell_end(s->l, ended + by, *last ? "; last line: " : "", last);
}

static void tell_end(struct supervisor *s)
{
	const int ok = !s->ended || s->stopped;
	char ended[ENDED_TEXT], after[NUMBER_TEXT], last[128];
	size_t length;

	if (OUTPUT_IS_READ)
		output_flush(&s->output);
	if (CFG_DAEMONIZE_STORM)
		storm_tell(&s->log, s->l->r->err_priority);
	*last = '\0';
	length = OUTPUT_IS_READ ? output_last(&s->output, last, sizeof(last)) : 0;
	signal_ended(s->ended, ended);
	say_log(s, ok ? LEVEL_NOTICE : LEVEL_ERR, ended, " after ", number_text(s->ran, after),
		length ? " s; last line: " : " s", last);
	if (CFG_DAEMONIZE_READY && s->l->report >= 0)
		tell_caller(s, ended, last);
	if (CFG_DAEMONIZE_HOOK)
		hook_note(s, s->hook.why, last);
	if (RECENT_LINES)
		s->log.recent.lines = 0;
	s->log.said = NULL;
}

/* Once without -S too: nothing else says there why the program is started again and again. */
static START_UP void tell_background(struct supervisor *s)
{
	const struct request *r = s->l->r;

	if (CFG_DAEMONIZE_SYSLOG && GIVEN(r, 'S'))
		say_log(s, LEVEL_ERR, ready_background);
	else if (CFG_DAEMONIZE_SYSLOG && s->short_runs <= 1)
		log_say(&s->log, r->err_priority, r->program, ": ", ready_background);
}

/* Says in order what was put off until the output that came before was through. */
static START_UP void tell(struct supervisor *s)
{
	char number[NUMBER_TEXT];

	if (s->untold & UNTOLD_END)
		tell_end(s);
	if (s->untold & UNTOLD_BACKGROUND)
		tell_background(s);
	if (s->untold & UNTOLD_DELAY)
		say_log(s, LEVEL_NOTICE, "starting again in ",
			number_text(s->delay / SECOND, number), " s");
	if (s->untold & UNTOLD_START) {
		s->log.pid = s->child;
		say_log(s, LEVEL_NOTICE, "started again, pid ",
			number_text((unsigned long)s->child, number));
	}
	s->untold = 0;
}

/*
 * There is room for one message of each kind: an earlier one is said first, even before output that
 * came first.
 */
static void put_off(struct supervisor *s, int untold)
{
	if (s->untold & (untold | UNTOLD_START))
		tell(s);
	s->untold |= untold;
}

static START_UP void tell_failure(struct supervisor *s, const struct report *r)
{
	const char *why = error_text(r->error), *subject = r->subject ? r->subject : why;

	s->starved = r->error == EMFILE;
	say_log(s, LEVEL_ERR, r->step->name, ": ", subject, r->subject ? ": " : NULL, why);
	if (!(CFG_DAEMONIZE_SYSLOG && GIVEN(s->l->r, 'S')) && launch_speaks(s->l->r) &&
	    launch_is_heard())
		complain(r->step->name, subject, r->subject ? why : NULL);
}

/* ---- its end ---- */

/* Whether it was told to end all that is left of the program. */
static int ends_all(const struct supervisor *s)
{
	return CFG_DAEMONIZE_STOP_SESSION && s->all;
}

static int is_clearing(const struct supervisor *s)
{
	return CFG_DAEMONIZE_STOP_SESSION && s->state == CLEARING;
}

/* The program, and with -KK all, has ended; what is left to do is the log's. */
static START_UP void finish(struct supervisor *s, int status)
{
	const unsigned last = s->stopped ? LAST_WORDS : CFG_SYSLOG_WAIT * SECOND;

	/* The pidfile that stays tells -KK that somebody may be left. */
	if (ends_all(s) && s->orphans_go)
		s->l->pid.fd = -1;
	launch_remove_pidfiles(s->l);
	/* Children who have it, and live, go on holding it. */
	if (CFG_DAEMONIZE_LOCK && s->l->lock >= 0)
		sys(close, s->l->lock);
	s->l->lock = -1;
	s->status = status;
	s->finish_at = clock_in(last);
	s->restart_at = s->kill_at = 0;
	s->state = FINISHING;
}

static START_UP int is_finished(struct supervisor *s)
{
	if (!OUTPUT_IS_READ && !CFG_DAEMONIZE_HOOK)
		return 1;
	if (s->finish_at && clock_left(s->finish_at) &&
	    (!output_drained(&s->output) || log_is_slow(&s->log)))
		return 0;
	if (OUTPUT_IS_READ)
		output_flush(&s->output);
	tell(s);
	/* Here, since where it cannot be started there is nothing to wait for. */
	if (CFG_DAEMONIZE_HOOK)
		hook_work(s);
	if (CFG_DAEMONIZE_HOOK && s->hook.state != HOOK_IDLE)
		return 0;
	return !OUTPUT_IS_READ || !log_is_slow(&s->log) || !clock_left(s->finish_at);
}

static __attribute__((noreturn)) START_UP void leave(struct supervisor *s)
{
	if (CFG_DAEMONIZE_SYSLOG && GIVEN(s->l->r, 'S'))
		log_end(&s->log);
	sys_exit(s->status);
}

/* ---- starting ---- */

/* What messages call a failure before there is a process that could report its own steps. */
static const struct step getting_ready = { NULL, "supervise", STEP_ALWAYS };
static const struct step forking = { NULL, "fork", STEP_ALWAYS };

/* Holds two descriptors, or lets them go. */
static void hold_spare(struct supervisor *s)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		s->spare[i] = (int)sys_fcntl(s->signals, F_DUPFD_CLOEXEC, 3);
}

static void release_spare(struct supervisor *s)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (s->spare[i] >= 0)
			sys(close, s->spare[i]);
}

static __attribute__((noreturn)) START_UP void become_program(struct supervisor *s, int report)
{
	struct launch *l = s->l;

	if (l->report >= 0)
		sys(close, l->report);
	l->report = report;
	l->role = ROLE_PROGRAM;
	l->to_out = s->output.out.into;
	l->to_err = s->output.err.into;
	launch_steps(l, steps_program);
	/* The last step is the exec, which does not return. */
	sys_exit(EXIT_FAILED);
}

/*
 * Forks a process that is to become the program. Returns 0 or an errno: then there is none,
 * and r->step is what failed.
 */
static START_UP int start_process(struct supervisor *s, struct report *r)
{
	int end[2], error;

	release_spare(s);
	error = -(int)sys(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, end);
	if (!error) {
		s->l->supervisor = (pid_t)sys(getpid, 0);
		s->child = sys_fork();
		if (s->child == 0) {
			sys(close, end[0]);
			become_program(s, end[1]);
		}
		sys(close, end[1]);
		s->report = end[0];
		memset(&s->reading, 0, sizeof(s->reading));
		if (s->child < 0) {
			error = -s->child;
			r->step = &forking;
			s->child = 0;
			sys(close, end[0]);
			s->report = -1;
		}
	}
	hold_spare(s);
	clock_read(CLOCK_MONOTONIC, &s->started);
	return error;
}

static void restart_later(struct supervisor *s, int status, unsigned ran);

static START_UP void start_again(struct supervisor *s)
{
	struct report r = { .step = &getting_ready };

	/*
	 * The log can close its descriptors, which it did not have at the first start, and open
	 * them again later.
	 */
	if (CFG_DAEMONIZE_SYSLOG && s->starved)
		log_renew(&s->log);
	r.error = start_process(s, &r);
	s->state = STARTING;
	if (CFG_DAEMONIZE_STATUS_VERBOSE)
		s->restarts += !r.error;
	if (!r.error)
		return;
	tell_failure(s, &r);
	if (CFG_DAEMONIZE_HOOK)
		hook_note(s, HOOK_RESOURCES, "");
	restart_later(s, EXIT_FAILED << 8, 0);
}

/* ---- the program's end ---- */

/*
 * Until the next start: doubled for each failure in a row but the first; what ends at once is not
 * started in a spin.
 */
static unsigned delay_of(const struct supervisor *s)
{
	const unsigned asked = s->l->r->restart_delay * SECOND;
	const unsigned longest = asked > LONGEST_DELAY ? asked : LONGEST_DELAY;
	unsigned delay = asked, i = 1;

	if (!asked && s->short_runs > 1) {
		delay = SECOND;
		i = 2;
	}
	for (; i < s->failures && delay < longest; i++)
		delay *= 2;
	return delay < longest ? delay : longest;
}

static START_UP void wait_to_start(struct supervisor *s)
{
	const struct launch *l = s->l;

	put_off(s, UNTOLD_DELAY);
	s->state = WAITING;
	s->restart_at = clock_in(s->delay);
	s->kill_at = 0;
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0) {
		const int error = pidfile_wait(&l->pid, s->delay / SECOND);

		if (error)
			say_log(s, LEVEL_ERR, l->r->pidfile, ": ", error_text(error));
	}
}

/* With -z: what is left of a run is ended before the next start. */
static START_UP void sweep(struct supervisor *s)
{
	s->state = SWEEPING;
	s->kill_at = clock_in(supervisor_patience(s->l->r) * SECOND);
	s->reap_at = clock_in(0);
}

static START_UP void restart_later(struct supervisor *s, int status, unsigned ran)
{
	struct launch *l = s->l;
	char number[NUMBER_TEXT];

	if (ran >= GOOD_RUN)
		s->short_runs = 0;
	if (!status || ran >= GOOD_RUN)
		s->failures = 0;
	s->short_runs++;
	s->failures += !!status;
	if (l->r->give_up && s->failures >= l->r->give_up) {
		tell(s);
		say_log(s, LEVEL_ERR, number_text(s->failures, number),
			" failures in a row: giving up");
		if (CFG_DAEMONIZE_HOOK)
			hook_give_up(s);
		finish(s, EXIT_FAILED);
		return;
	}
	s->delay = delay_of(s);
	if (CFG_DAEMONIZE_SWEEP && GIVEN(l->r, 'z'))
		sweep(s);
	else
		wait_to_start(s);
}

static int exit_status(int status)
{
	const int signal = status & 0x7f;

	return signal ? 128 + signal : (status >> 8) & 0xff;
}

unsigned supervisor_seconds(const struct moment *then)
{
	struct moment now;

	clock_read(CLOCK_MONOTONIC, &now);
	return (unsigned)now.seconds - (unsigned)then->seconds -
	       ((int)now.nanoseconds < (int)then->nanoseconds);
}

/* With -KK: what is left of the service is told to end as well. */
static START_UP void clear(struct supervisor *s)
{
	s->state = CLEARING;
	s->reap_at = clock_in(0);
	s->restart_at = 0;
}

static START_UP void ended(struct supervisor *s, int status)
{
	const struct request *r = s->l->r;

	/* First, since what is said of its start has its number. */
	put_off(s, UNTOLD_END);
	s->child = 0;
	s->ended = status;
	if (CFG_DAEMONIZE_HOOK)
		s->hook.why = CFG_DAEMONIZE_WATCHDOG && s->watchdog.state == WATCHDOG_LATE ?
				      HOOK_WATCHDOG :
				      HOOK_ENDED;
	if (CFG_DAEMONIZE_WATCHDOG)
		status = watchdog_ended(s, status);
	s->ran = supervisor_seconds(&s->started);
	if (OUTPUT_IS_READ)
		output_mark(&s->output);
	/* The line that is waited for may be in there. */
	if (OUTPUT_IS_READ && supervisor_is_awaited(s) && request_ready_by(r, READY_LINE))
		output_flush(&s->output);
	if (s->state == STOPPING && ends_all(s))
		clear(s);
	else if (!s->stopped && CFG_DAEMONIZE_RESTART && r->restart && !supervisor_is_awaited(s) &&
		 (status || r->restart != RESTART_FAILED))
		restart_later(s, status, s->ran);
	else
		finish(s, exit_status(status));
}

/* ---- being told ---- */

/* Told to stop: the program by a signal, after a time by KILL. Told once more, it gains no time. */
static START_UP void stop(struct supervisor *s, int signal, unsigned seconds)
{
	const unsigned until = clock_in(seconds * SECOND);
	const int again = s->stopped;

	s->stopped = 1;
	if (CFG_DAEMONIZE_HOOK)
		hook_stop(s, until);
	/* Also a program that has just ended by itself can have left something behind. */
	if (ends_all(s) && !s->child)
		clear(s);
	else if (s->state == WAITING || (CFG_DAEMONIZE_SWEEP && s->state == SWEEPING))
		finish(s, EXIT_DONE);
	if (s->state == FINISHING)
		return;
	if (!is_clearing(s))
		s->state = STOPPING;
	if (!s->kill_at || clock_left(until) < clock_left(s->kill_at))
		s->kill_at = until;
	if (CFG_DAEMONIZE_WATCHDOG && !again)
		watchdog_stopped(s);
	if (s->child && sys(kill, s->child, signal) < 0)
		say_log(s, LEVEL_ERR, "the program cannot be signalled");
}

START_UP unsigned supervisor_patience(const struct request *r)
{
	return r->timeout ? r->timeout : GIVEN(r, 'f') ? STOP_FOREGROUND : STOP_DETACHED;
}

/*
 * One of the descriptors that are held will do: where there are no others it is asked for as well.
 */
static void answer(struct supervisor *s, int value)
{
	release_spare(s);
	status_answer(s, value);
	hold_spare(s);
}

/*
 * A signal that came: some are passed on, some are the end, and one with a value says itself what
 * it is.
 */
static START_UP void take_signal(struct supervisor *s, const struct signalfd_siginfo *info)
{
	const struct request *r = s->l->r;
	const int number = (int)info->ssi_signo;
	const int value = info->ssi_code == SI_QUEUE ? info->ssi_int : 0;
	const int told = number == CONTROL_SIGNAL ? value : 0;

	if (CFG_DAEMONIZE_STATUS_VERBOSE && told & CONTROL_STATUS) {
		answer(s, told);
		return;
	}
	s->all |= CFG_DAEMONIZE_STOP_SESSION && told & CONTROL_STOP_ALL;
	if (told & (CONTROL_STOP | CONTROL_STOP_ALL))
		stop(s, control_signal_of(told), (unsigned)told & CONTROL_SECONDS);
	else if ((value & ~CONTROL_SECONDS) == CONTROL_OWN_STOP)
		stop(s, number, (unsigned)value & CONTROL_SECONDS);
	else if (number == SIGTERM || number == SIGINT || number == SIGQUIT)
		stop(s, number, supervisor_patience(r));
	else if (s->child &&
		 (number == SIGHUP || number == SIGUSR1 || number == SIGUSR2 || number == SIGWINCH))
		sys(kill, s->child, number);
}

START_UP void supervisor_lose_caller(struct supervisor *s)
{
	launch_let_go(s->l);
	stop(s, SIGTERM, STOP_FOREGROUND);
}

/* ---- how a start went ---- */

/* The first start is the caller's business as well: it is told how it went. */
static START_UP void first_started(struct supervisor *s, struct report *r, int error)
{
	static const char orphans_go[] = "no subreaper: what leaves its parent will not be found";
	struct launch *l = s->l;

	if (s->orphans_go && !error) {
		r->subject = orphans_go;
		say_log(s, LEVEL_WARNING, orphans_go);
		if (l->report < 0 && launch_speaks(l->r))
			complain(orphans_go);
	}
	if (!error && l->report >= 0)
		error = launch_tell(l, r);
	else if (error) {
		launch_undo(l);
		s->status = l->report < 0 && r->step ? launch_failure(l, r) : EXIT_FAILED;
		if (l->report < 0 && !r->step && launch_speaks(l->r))
			complain(l->program, "ended before it had started");
		if (l->report >= 0 && r->step)
			launch_tell(l, r);
		sys_exit(s->status);
	}
	/* Nobody heard that it runs: the start has failed, and so it ends. */
	if (error)
		stop(s, SIGTERM, STOP_FOREGROUND);
	/*
	 * A caller that hears the program itself stays connected, and is told how it ended if that
	 * comes first.
	 */
	if (!CFG_DAEMONIZE_READY || l->r->readiness == READY_AT_ONCE)
		launch_let_go(l);
	if (request_ready_by(l->r, READY_FD))
		sys(dup3, l->null, l->r->ready_fd, 0);
}

static START_UP void started(struct supervisor *s, struct report *r, int error)
{
	sys(close, s->report);
	s->report = -1;
	if (!error)
		s->l->pid.published = 1;
	if (!error && s->state == STARTING)
		s->state = RUNNING;
	if (CFG_DAEMONIZE_WATCHDOG && !error)
		watchdog_started(s);
	if (!s->was_started)
		first_started(s, r, error);
	else if (!error)
		put_off(s, UNTOLD_START);
	else if (r->step)
		tell_failure(s, r);
	/* If it has failed, its process is about to end, and that end is dealt with. */
	s->was_started = 1;
}

/* Reads what there is of how a start went. */
static void read_report(struct supervisor *s)
{
	struct report r;
	const int error = launch_read(s->report, &s->reading, 1, &r);

	/*
	 * A step can fail with EAGAIN as well: setuid(2) and execve(2) at the user's limit of
	 * processes.
	 */
	if (error != EAGAIN || r.step)
		started(s, &r, error);
}

/* ---- children ---- */

static void no_child_left(struct supervisor *s)
{
	/* Nobody can write more: the last words of all that the program had made are in there. */
	if (OUTPUT_IS_READ)
		output_mark(&s->output);
	if (is_clearing(s))
		finish(s, exit_status(s->ended));
	else if (CFG_DAEMONIZE_SWEEP && s->state == SWEEPING)
		wait_to_start(s);
	/* Only now: others read the file as long as it has a name. */
	if (CFG_DAEMONIZE_STOP_SESSION && s->state == FINISHING && s->l->pid.fd >= 0 &&
	    !s->orphans_go)
		pidfile_clear(&s->l->pid);
}

/* Whoever is left, but the hook's process as long as it has time. */
static START_UP void signal_left(struct supervisor *s, int has_time)
{
	children_signal(has_time ? SIGTERM : SIGKILL,
			has_time || s->state == SWEEPING ? s->hook.runner : 0);
}

/*
 * Takes note of all who have ended: the program, and what others left to this process as the
 * subreaper.
 */
static START_UP void reap(struct supervisor *s)
{
	unsigned most = REAPED_AT_ONCE;
	int status, has_ended = 0;
	long pid;

	s->reap_at = 0;
	while (most-- && (pid = sys(wait4, -1, &status, WNOHANG, NULL)) > 0)
		if (pid == s->child) {
			/* What its process has reported on the way to the exec is read first. */
			if (s->report >= 0)
				read_report(s);
			ended(s, status);
			has_ended = 1;
		} else if (CFG_DAEMONIZE_HOOK)
			hook_reaped(s, (pid_t)pid);
	/* A program that puts itself in the background ends with 0 at once and leaves a process. */
	if (has_ended && !pid && !s->ended && !s->stopped && s->ran <= BACKGROUND &&
	    !(CFG_DAEMONIZE_HOOK && s->hook.runner))
		s->untold |= UNTOLD_BACKGROUND;
	if (pid == -ECHILD && !s->child) {
		no_child_left(s);
		return;
	}
	/* There may be more to reap; or the call failed, which says nothing. */
	if (pid)
		s->reap_at = clock_in(pid > 0 ? 0 : AGAIN);
	if (!is_clearing(s) && !(CFG_DAEMONIZE_SWEEP && s->state == SWEEPING))
		return;
	/* Those whose parent has just ended are children of this process now. */
	if (CFG_DAEMONIZE_STOP_SESSION || CFG_DAEMONIZE_SWEEP)
		signal_left(s, clock_left(s->kill_at));
	if (!s->reap_at)
		s->reap_at = clock_in(AGAIN);
}

static void read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (sys(read, s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		else
			take_signal(s, &info);
	}
}

/* ---- the loop ---- */

static int is_time(unsigned *moment)
{
	if (!*moment || clock_left(*moment))
		return 0;
	*moment = 0;
	return 1;
}

static void on_time(struct supervisor *s)
{
	if (is_time(&s->restart_at))
		start_again(s);
	if (is_time(&s->reap_at))
		reap(s);
	if (CFG_DAEMONIZE_WATCHDOG)
		watchdog_on_time(s);
	/*
	 * A killed process may stay for a while, in a call that nothing interrupts: this one does
	 * not spin.
	 */
	if (s->child && is_time(&s->kill_at)) {
		sys(kill, s->child, SIGKILL);
		s->kill_at = clock_in(AGAIN);
	}
}

static int time_limit(const struct supervisor *s, int timeout)
{
	timeout = clock_sooner(clock_sooner(timeout, s->restart_at), s->reap_at);
	if (CFG_DAEMONIZE_WATCHDOG)
		timeout = clock_sooner(timeout, s->watchdog.due);
	if (CFG_DAEMONIZE_HOOK)
		timeout = clock_sooner(timeout, s->hook.end_at);
	/* What FINISHING waits for is then the hook. */
	if (CFG_DAEMONIZE_HOOK && s->state == FINISHING && s->hook.state != HOOK_IDLE)
		return timeout;
	/* What the log was waited for with went on just now. */
	if (OUTPUT_IS_READ && s->state == FINISHING && output_drained(&s->output) &&
	    !log_is_slow(&s->log))
		return 0;
	if (s->child || s->state == FINISHING)
		timeout = clock_sooner(timeout, s->child ? s->kill_at : s->finish_at);
	return timeout;
}

enum { STREAM_POLLS = OUTPUT_IS_READ ? LOG_POLLS + OUTPUT_POLLS : 0 };

/* The lesser of two time limits of poll(2). */
static int sooner_of(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/*
 * What the output and the log wait for. Returns the milliseconds until they are to be served all
 * the same, or -1.
 */
static int poll_streams(struct supervisor *s, struct pollfd *fds)
{
	const int log = CFG_DAEMONIZE_SYSLOG ? log_work(&s->log) : -1;
	const int output = output_poll(&s->output, fds + LOG_POLLS);
	const int storm = CFG_DAEMONIZE_STORM ? storm_left(&s->log.storm) : -1;

	log_poll(&s->log, fds);
	return sooner_of(sooner_of(log, output), storm);
}

static void serve_streams(struct supervisor *s, const struct pollfd *fds)
{
	log_serve(&s->log, fds);
	output_serve(&s->output, fds + LOG_POLLS);
	if (CFG_DAEMONIZE_STORM && storm_left(&s->log.storm) == 0)
		storm_tell(&s->log, s->l->r->err_priority);
}

/* Behind what the program said before its end. */
static void tell_in_turn(struct supervisor *s)
{
	if (s->untold && output_drained(&s->output))
		tell(s);
}

static void wait_and_serve(struct supervisor *s)
{
	enum {
		SIGNALS_FD, REPORT_FD, CALLER_FD, WATCHDOG_FD = CALLER_FD + CFG_DAEMONIZE_WATCHDOG,
		STREAM_FDS, FDS = STREAM_FDS + STREAM_POLLS
	};
	struct pollfd fds[FDS] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->report, .events = POLLIN },
		/*
		 * While the caller waits its end is of interest, and nothing else of it; not before
		 * the start can be told to it, since until then its end would be seen again and
		 * again.
		 */
		{ .fd = s->was_started ? s->l->report : -1 },
	};
	int streams;

	if (CFG_DAEMONIZE_WATCHDOG)
		fds[WATCHDOG_FD] = (struct pollfd){ .fd = s->watchdog.fd, .events = POLLIN };
	/* Not called for nothing: its pages would come back each time. */
	if (CFG_DAEMONIZE_HOOK && s->hook.state != HOOK_IDLE)
		hook_work(s);
	streams = OUTPUT_IS_READ ? poll_streams(s, fds + STREAM_FDS) : -1;
	if (sys_poll(fds, FDS, time_limit(s, streams)) < 0)
		memset(fds, 0, sizeof(fds));
	s->unsettled = fds[REPORT_FD].revents || fds[SIGNALS_FD].revents || s->restart_at;
	if (fds[REPORT_FD].revents)
		read_report(s);
	/* What the program said before its end counts. */
	if (CFG_DAEMONIZE_WATCHDOG && fds[WATCHDOG_FD].revents)
		watchdog_read(s);
	if (fds[SIGNALS_FD].revents)
		read_signals(s);
	if (fds[CALLER_FD].revents && s->l->report >= 0) {
		if (supervisor_is_awaited(s))
			supervisor_lose_caller(s);
		else
			launch_let_go(s->l);
	}
	/* Before what a program says that was started meanwhile. */
	tell_in_turn(s);
	if (OUTPUT_IS_READ)
		serve_streams(s, fds + STREAM_FDS);
	tell_in_turn(s);
	on_time(s);
}

static STAYS void stay(struct supervisor *s)
{
	while (s->state != FINISHING || !is_finished(s)) {
		if (s->unsettled)
			resident_settle(ticklog_only);
		s->unsettled = 0;
		wait_and_serve(s);
	}
	leave(s);
}

/* ---- its start ---- */

/* Returns 0 or an errno. */
static START_UP int init(struct supervisor *s)
{
	struct launch *l = s->l;
	struct signal_set all;
	int error = -signals_block(NULL, l->report >= 0 ? NULL : &l->blocked);

	memset(&all, 0xff, sizeof(all));
	s->report = s->spare[0] = s->spare[1] = -1;
	if (OUTPUT_IS_READ)
		supervisor_log_init(s);
	s->log.watched = 1;
	/* Ignored by whoever called us, it would never come. */
	if (!error)
		error = -signal_dispose(SIGCHLD, 0);
	/*
	 * What the program leaves behind comes to this process, and not to the first. Where that is
	 * refused, as before Linux 3.4 and by some emulators, -KK and -z end only what has this
	 * process as its parent.
	 */
	if (!error)
		s->orphans_go = sys(prctl, PR_SET_CHILD_SUBREAPER, 1) != 0;
	/* Where these are refused it would see no end of its program, and wait for nothing. */
	if (!error)
		error = sys_refusal(sys(wait4, -1, NULL, WNOHANG, NULL));
	if (!error)
		error = sys_refusal(sys_poll(NULL, 0, 0));
	if (!error) {
		s->signals =
			(int)sys(signalfd4, -1, &all, SIGSET_BYTES, SFD_NONBLOCK | SFD_CLOEXEC);
		error = s->signals < 0 ? -s->signals : 0;
	}
	if (CFG_DAEMONIZE_WATCHDOG && !error)
		error = watchdog_init(s);
	return error ? error : output_init(&s->output, l, &s->log);
}

START_UP void supervise(struct launch *l)
{
	/* Behind the launch, which daemonize keeps there. */
	struct supervisor *s = (struct supervisor *)(resident + sizeof(*l));
	struct report r = { .step = &getting_ready };
	char room[CFG_DAEMONIZE_WATCHDOG ? LAUNCH_WATCHDOG : 1];

	_Static_assert(sizeof(*l) + sizeof(*s) <= RESIDENT, "resident.h");
	s->l = l;
	s->unsettled = 1;
	if (CFG_DAEMONIZE_WATCHDOG)
		l->watchdog = room;
	r.error = init(s);
	if (!r.error)
		r.error = start_process(s, &r);
	s->log.pid = s->child;
	if (r.error)
		first_started(s, &r, r.error);
	stay(s);
}
