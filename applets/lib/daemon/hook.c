// SPDX-License-Identifier: 0BSD
/* A command after each end of the program. */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include "box.h"
#include "lib/common/env.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/hook.h"
#include "lib/daemon/program.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/supervisor.h"
#include "lib/libc/syscall.h"
#include "lib/log/lines.h"

enum {
	SECOND = 1000,		/* all delays are in milliseconds */
	AGAIN = 100,		/* between two signals to what does not end */
	LAST_WORDS = 2 * SECOND,	/* for a slow log, behind the end */
};

/* ---- the command's process ---- */

static const char shell[] = "/bin/sh";

/*
 * The variables that a command finds, and where none is set for an event it is not inherited
 * either.
 */
static const char names[] START_UP_DATA =
	"SERVICE_RESULT\0EXIT_CODE\0EXIT_STATUS\0FAILURES\0UPTIME\0LAST_LINE\0LAST_LINES\0";

enum { LONGEST_NAME = sizeof("SERVICE_RESULT="), SHORT_VALUE = 32, VARIABLES = 7 };

/* The texts of the environment, for as long as it takes to the exec. */
struct texts {
	char number[5][LONGEST_NAME + SHORT_VALUE];
	char line[LONGEST_NAME + RECENT_LINE], lines[LONGEST_NAME + RECENT_TEXT];
};

static const char *result_text(const struct hook_event *e)
{
	if (e->result == HOOK_GIVEN_UP)
		return "start-limit-hit";
	if (e->result == HOOK_RESOURCES)
		return "resources";
	if (CFG_DAEMONIZE_WATCHDOG && e->result == HOOK_WATCHDOG)
		return "watchdog";
	if (!(e->status & 0x7f))
		return e->status ? "exit-code" : "success";
	return e->status & 0x80 ? "core-dump" : "signal";
}

static void set(char **env, char *text, const char *assignment, const char *value)
{
	strcpy(stpcpy(text, assignment), value);
	env_set(env, text);
}

/* How it ended. A program that was never started has no status. */
static void set_status(char **env, const struct hook_event *e, struct texts *t)
{
	const unsigned signal = e->status & 0x7f;
	char buffer[NUMBER_TEXT];

	if (e->result != HOOK_ENDED && e->result != HOOK_WATCHDOG)
		return;
	set(env, t->number[1], "EXIT_CODE=",
	    !signal	     ? "exited" :
	    e->status & 0x80 ? "dumped" :
			       "killed");
	set(env, t->number[2], "EXIT_STATUS=",
	    signal ? signal_name(signal, buffer) :
		     number_text((unsigned)e->status >> 8 & 0xff, buffer));
}

/* The environment of the supervisor, and what there is to say. */
static void make_environment(char **env, const struct hook_event *e, struct texts *t)
{
	static const char path[] = "PATH=" DEFAULT_PATH;
	const char *line = strrchr(e->last, '\n');
	char **from, **to = env, number[NUMBER_TEXT];

	for (from = environ; *from; from++)
		if (number_named(names, *from, strcspn(*from, "=")) < 0)
			*to++ = *from;
	*to = NULL;
	set(env, t->number[0], "SERVICE_RESULT=", result_text(e));
	set_status(env, e, t);
	set(env, t->number[3], "FAILURES=", number_text(e->failures, number));
	set(env, t->number[4], "UPTIME=", number_text(e->ran, number));
	set(env, t->line, "LAST_LINE=", line ? line + 1 : e->last);
	if (RECENT_LINES)
		set(env, t->lines, "LAST_LINES=", e->last);
	if (!env_get(env, "PATH"))
		env_set(env, (char *)path);
}

static const struct step steps_hook[] = {
	{ step_setsid, "setsid", STEP_ALWAYS },
	IF(RESIDENT, { step_output, "output", STEP_ALWAYS },)
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS },)
	IF(STEP_SIGNALS, { step_signals, "signals", STEP_ALWAYS },)
	{ step_exec, "exec", STEP_ALWAYS },
	{ NULL, NULL, STEP_ALWAYS }
};

static __attribute__((noreturn)) void become_command(struct supervisor *s, int into)
{
	/* What begins with "-" is a command all the same. */
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"--", (char *)s->l->r->hook, NULL };
	struct launch *l = s->l;
	struct request r = *l->r;
	struct texts texts;

	make_environment(l->env, s->hook.event, &texts);
	memset(&r.ignore, 0, sizeof(r.ignore));
	r.argv = argv;
	l->r = &r;
	l->role = ROLE_PROGRAM;
	l->program = shell;
	/* What fails is said on stderr, and logged from there. */
	l->path = l->tag = NULL;
	l->to_out = l->to_err = into;
	l->kept = 0;
	if (l->null >= 0)
		sys(dup3, l->null, STDIN_FILENO, 0);
	launch_steps(l, steps_hook);
	sys_exit(EXIT_FAILED);
}

/* ---- the process that sees to it ---- */

struct run {
	struct supervisor *s;
	pid_t child;		/* 0: it has ended */
	int status;
	int output;		/* what it says; -1: that is not read */
	int stopped;		/* the supervisor wants no more of it */
	int killed;		/* it took too long */
	unsigned until;		/* clock_in() */
	struct lines lines;
};

/*
 * Its session has no name that would last, but its first process group has, as long as the child is
 * not reaped.
 */
static void kill_command(struct run *run)
{
	if (!run->child)
		return;
	sys(kill, -run->child, SIGKILL);
	/* It may not have a group of its own yet. */
	sys(kill, run->child, SIGKILL);
	run->killed = 1;
	run->until = clock_in(AGAIN);
}

static void read_output(struct run *run)
{
	char text[LOG_INPUT];
	const long length = sys(read, run->output, text, sizeof(text));

	if (length > 0)
		lines_feed(&run->lines, text, (size_t)length);
	else if (length != -EAGAIN && length != -EINTR) {
		sys(close, run->output);
		run->output = -1;
	}
}

static void read_signals(struct run *run)
{
	struct signalfd_siginfo info;
	long pid = 0;

	while (sys(read, run->s->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			run->stopped = 1;
	if (run->child)
		do
			pid = sys(wait4, run->child, &run->status, WNOHANG, NULL);
		while (pid == -EINTR);
	if (pid == run->child)
		run->child = 0;
}

static void serve(struct run *run)
{
	enum {
		SIGNALS_FD,
		OUTPUT_FD,
		LOG_FDS,
		FDS = LOG_FDS + (CFG_DAEMONIZE_SYSLOG ? LOG_POLLS : 0)
	};
	struct log *log = &run->s->log;
	/* First, since it may find that the log is slow no longer. */
	const int left = clock_left(run->until), work = CFG_DAEMONIZE_SYSLOG ? log_work(log) : -1;
	const int reads = CFG_DAEMONIZE_SYSLOG && log_takes(log);
	struct pollfd fds[FDS] = {
		{ .fd = run->s->signals, .events = POLLIN },
		{ .fd = reads ? run->output : -1, .events = POLLIN },
	};

	if (CFG_DAEMONIZE_SYSLOG && !run->child && !log_is_slow(log))
		return;
	if (CFG_DAEMONIZE_SYSLOG)
		log_poll(log, fds + LOG_FDS);
	if (sys_poll(fds, FDS, work >= 0 && work < left ? work : left) < 0)
		memset(fds, 0, sizeof(fds));
	if (CFG_DAEMONIZE_SYSLOG)
		log_serve(log, fds + LOG_FDS);
	if (CFG_DAEMONIZE_SYSLOG && fds[OUTPUT_FD].revents)
		read_output(run);
	/*
	 * A signal whose reading failed comes again, and an end that was missed is seen at the
	 * latest in time.
	 */
	read_signals(run);
	if (run->stopped || !clock_left(run->until))
		kill_command(run);
}

/* Until the log takes more; what is still to be read has been counted. */
static void await_log(struct run *run)
{
	const int output = run->output;

	run->output = -1;
	while (!log_takes(&run->s->log) && clock_left(run->until) && !run->stopped)
		serve(run);
	run->output = output;
}

/* What it said before its end; those that it has left behind may go on. */
static void read_rest(struct run *run)
{
	int left = 0;

	if (run->output >= 0)
		sys(ioctl, run->output, FIONREAD, &left);
	/* As long as a program would wait, and no longer, however slow the log is. */
	run->until = clock_in(CFG_SYSLOG_WAIT * SECOND);
	for (; run->output >= 0 && left > 0; left -= LOG_INPUT) {
		await_log(run);
		read_output(run);
	}
	lines_flush(&run->lines);
}

/*
 * Closes all that is the supervisor's; what stays is its signalfd, which reads the signals of this
 * process here.
 */
static void let_go(struct supervisor *s)
{
	struct launch *l = s->l;

	l->pid.fd = l->pid.dir = l->supervisor_pid.fd = l->supervisor_pid.dir = -1;
	l->out_fd = l->err_fd = l->report = l->verbose_to = -1;
	l->kept = 0;
	keep_open(l, s->signals);
	l->role = ROLE_DAEMON;
	/*
	 * Where that fails nothing is kept from anybody: no descriptor of the supervisor's is
	 * waited for by another.
	 */
	step_close(l);
}

/*
 * Opens the pipe and starts the command, also where there is no pipe and nothing of what it says is
 * logged. Returns 0 or an errno.
 */
static int start(struct run *run)
{
	struct supervisor *s = run->s;
	const int logs = CFG_DAEMONIZE_SYSLOG && GIVEN(s->l->r, 'S');
	int end[2] = { -1, -1 };
	int error = logs ? -(int)sys(pipe2, end, O_CLOEXEC) : 0;

	run->child = sys_fork();
	if (run->child == 0)
		become_command(s, end[1]);
	/*
	 * The other end stays open here: it is the end of the command that counts, and not that of
	 * its output.
	 */
	run->output = end[0];
	if (run->child < 0) {
		error = -run->child;
		run->child = 0;
	}
	return error;
}

static void tell(struct run *run, int error)
{
	struct supervisor *s = run->s;
	char ended[ENDED_TEXT];

	if (error)
		say_log(s, LEVEL_ERR, "hook: ", error_text(error));
	else if (run->killed)
		say_log(s, LEVEL_ERR, "hook: ended by KILL, since it took too long");
	else if (run->status)
		say_log(s, LEVEL_ERR, "hook: ", signal_ended(run->status, ended));
}

static __attribute__((noreturn)) void run_hook(struct supervisor *s)
{
	struct run run = { .s = s,
			   .output = -1,
			   .until = clock_in(CFG_DAEMONIZE_HOOK_SECONDS * SECOND) };
	int error;

	let_go(s);
	if (CFG_DAEMONIZE_SYSLOG) {
		supervisor_log_init(s);
		run.lines.log = &s->log;
		run.lines.priority = s->l->r->out_priority;
	}
	error = start(&run);
	if (run.child)
		s->log.pid = run.child;
	while (run.child && !run.stopped)
		serve(&run);
	if (CFG_DAEMONIZE_SYSLOG && GIVEN(s->l->r, 'S')) {
		read_rest(&run);
		if (CFG_DAEMONIZE_STORM)
			storm_tell(&s->log, s->l->r->err_priority);
		tell(&run, error);
		for (run.until = clock_in(LAST_WORDS);
		     log_is_slow(&s->log) && clock_left(run.until) && !run.stopped;)
			serve(&run);
		log_end(&s->log);
	}
	sys_exit(EXIT_DONE);
}

/* ---- in the supervisor ---- */

/* A page that is taken only where there is something to tell. Returns 0 or an errno. */
static int have_event(struct hook *hook)
{
	long memory;

	if (hook->event)
		return 0;
	memory = sys_map(sizeof(*hook->event));
	if (sys_is_error(memory))
		return -(int)memory;
	hook->event = (struct hook_event *)memory;
	return 0;
}

static void keep_event(const struct supervisor *s, struct hook_event *e, enum hook_result result,
		       const char *last)
{
	e->result = result;
	e->status = s->ended;
	e->ran = result == HOOK_RESOURCES ? 0 : s->ran;
	if (result == HOOK_RESOURCES)
		e->failures = s->failures + 1;
	else	/* Where it is not started again they are not counted. */
		e->failures = s->failures ? s->failures : s->ended != 0;
	if (RECENT_LINES)
		recent_join(&s->log.recent, e->last);
	else
		strcpy(e->last, last);
}

START_UP void hook_note(struct supervisor *s, enum hook_result result, const char *last)
{
	int error;

	/* Who waits for the start hears of it, and a stop is no failure. */
	if (!s->l->r->hook || s->stopped || (s->l->report >= 0 && s->l->r->readiness))
		return;
	error = have_event(&s->hook);
	if (error) {
		say_log(s, LEVEL_ERR, "hook: ", error_text(error));
		return;
	}
	if (s->hook.state == HOOK_DUE || s->hook.state == HOOK_RUNNING_DUE)
		say_log(s, LEVEL_WARNING, "hook: an end before this one is left out");
	s->hook.state = s->hook.runner ? HOOK_RUNNING_DUE : HOOK_DUE;
	keep_event(s, s->hook.event, result, last);
}

START_UP void hook_give_up(struct supervisor *s)
{
	s->hook.gives_up = s->hook.state != HOOK_IDLE;
}

static START_UP void begin(struct supervisor *s)
{
	const pid_t runner = sys_fork();

	if (runner == 0)
		run_hook(s);
	if (runner > 0) {
		s->hook.runner = runner;
		s->hook.state = HOOK_RUNNING;
		return;
	}
	s->hook.state = HOOK_IDLE;
	say_log(s, LEVEL_ERR, "hook: ", error_text(-runner));
}

START_UP void hook_work(struct supervisor *s)
{
	if (s->hook.state == HOOK_DUE && s->state != SWEEPING && s->state != CLEARING)
		begin(s);
	if (s->hook.end_at && !clock_left(s->hook.end_at)) {
		sys(kill, s->hook.runner, SIGTERM);
		s->hook.end_at = clock_in(AGAIN);
	}
}

START_UP void hook_reaped(struct supervisor *s, pid_t pid)
{
	if (pid != s->hook.runner)
		return;
	s->hook.runner = 0;
	s->hook.end_at = 0;
	if (s->hook.state == HOOK_RUNNING && s->hook.gives_up) {
		s->hook.gives_up = 0;
		s->hook.event->result = HOOK_GIVEN_UP;
		s->hook.state = HOOK_DUE;
	} else {
		s->hook.state = s->hook.state == HOOK_RUNNING_DUE ? HOOK_DUE : HOOK_IDLE;
	}
	/* The log has its time for what was said meanwhile. */
	if (s->state == FINISHING)
		s->finish_at = clock_in(LAST_WORDS);
}

START_UP void hook_stop(struct supervisor *s, unsigned until)
{
	s->hook.state = s->hook.runner ? HOOK_RUNNING : HOOK_IDLE;
	s->hook.gives_up = 0;
	if (s->hook.runner && (!s->hook.end_at || clock_left(until) < clock_left(s->hook.end_at)))
		s->hook.end_at = until;
}
