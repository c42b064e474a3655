// SPDX-License-Identifier: 0BSD
/* What the program says of itself, and ABRT for one that says nothing. */
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "box.h"
#include "lib/common/env.h"
#include "lib/common/number.h"
#include "lib/daemon/datagram.h"
#include "lib/daemon/process.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/supervisor.h"
#include "lib/libc/syscall.h"

enum {
	SECOND = 1000,
	/* bytes of a message; of what is longer there are whole lines */
	TEXT = 512,
	/* milliseconds of reading, whatever strangers write meanwhile */
	BUDGET = 100,
	GENERATIONS = 16,		/* from the supervisor to who may speak for the service */
	TRIES = 3,			/* of a look at one */
};

START_UP int watchdog_init(struct supervisor *s)
{
	s->watchdog.fd = -1;
	if (!request_notified(s->l->r))
		return 0;
	s->watchdog.fd = ready_open(s->l);
	return s->watchdog.fd < 0 ? -s->watchdog.fd : 0;
}

static char *put(char *to, const char *name, unsigned long number, const char *rest)
{
	char text[NUMBER_TEXT];

	return stpcpy(stpcpy(stpcpy(to, name), number_text(number, text)), rest);
}

START_UP void watchdog_environment(const struct launch *l)
{
	char *pid = put(l->watchdog, "WATCHDOG_USEC=", l->r->watchdog, "000000") + 1;

	put(pid, "WATCHDOG_PID=", (unsigned long)sys(getpid, 0), "");
	env_set(l->env, l->watchdog);
	env_set(l->env, pid);
}

/* ---- what is awaited ---- */

/* Whether the service's start waits for READY=1. */
static int is_awaited(const struct supervisor *s)
{
	return s->watchdog.state == WATCHDOG_STARTING && request_ready_by(s->l->r, READY_SOCKET);
}

static void await(struct supervisor *s, unsigned seconds)
{
	struct watchdog *w = &s->watchdog;

	w->due = GIVEN(s->l->r, 'W') && !s->stopped ? clock_in(seconds * SECOND) : 0;
	if (!s->stopped)
		w->latest = clock_in((seconds + CFG_DAEMONIZE_WATCHDOG_EXTEND) * SECOND);
}

START_UP void watchdog_started(struct supervisor *s)
{
	const struct request *r = s->l->r;
	struct watchdog *w = &s->watchdog;

	w->state = WATCHDOG_STARTING;
	w->heard = (struct moment){ 0, 0 };
	if (w->status)
		*w->status = '\0';
	if (!is_awaited(s))
		await(s, r->watchdog);
	else
		await(s, request_ready_seconds(r));
	/* Of the first start that is its caller's to judge. */
	if (is_awaited(s) && s->l->report >= 0)
		w->due = 0;
}

START_UP void watchdog_stopped(struct supervisor *s)
{
	s->watchdog.due = 0;
	s->watchdog.latest = (s->kill_at + CFG_DAEMONIZE_WATCHDOG_EXTEND * SECOND) | 1;
}

START_UP int watchdog_ended(struct supervisor *s, int status)
{
	const int late = s->watchdog.state == WATCHDOG_LATE;

	s->watchdog.due = 0;
	s->watchdog.state = WATCHDOG_STARTING;
	return late && !status ? EXIT_FAILED << 8 : status;
}

/* ---- words ---- */

/* One place for all messages, and what is needed for them. */
static OUT_OF_LINE START_UP void tell(struct supervisor *s, int severity, const char *what,
				      unsigned number, const char *rest)
{
	char text[NUMBER_TEXT];

	s->unsettled = 1;
	say_log(s, severity, what, number_text(number, text), rest);
}

/* What the program says is the cause of it: it is a message of the program's for -M. */
static START_UP void tell_of_words(struct supervisor *s, int severity, const char *what,
				   unsigned number, const char *rest)
{
	if (!CFG_DAEMONIZE_STORM || storm_takes(&s->log, (s->l->r->err_priority & ~7) | severity))
		tell(s, severity, what, number, rest);
}

static void hear(struct supervisor *s)
{
	struct watchdog *w = &s->watchdog;

	clock_read(CLOCK_MONOTONIC, &w->heard);
	if (w->state == WATCHDOG_LATE && !s->stopped)
		tell_of_words(s, LEVEL_ERR, "WATCHDOG=1 came ", clock_ms() - w->latest, " ms late");
	else if (w->due && w->state != WATCHDOG_ENDING && !is_awaited(s))
		w->due = clock_in(s->l->r->watchdog * SECOND);
}

static START_UP void hear_ready(struct supervisor *s)
{
	const int awaited = is_awaited(s);

	if (s->watchdog.state != WATCHDOG_STARTING && s->watchdog.state != WATCHDOG_RELOADING)
		return;
	s->watchdog.state = WATCHDOG_READY;
	await(s, s->l->r->watchdog);
	if (!awaited || s->l->report < 0)
		return;
	if (ready_tell(s->l, 0))
		supervisor_lose_caller(s);
	else
		launch_let_go(s->l);
}

static START_UP void hear_stopping(struct supervisor *s)
{
	if (s->watchdog.state >= WATCHDOG_ENDING)
		return;
	s->watchdog.state = WATCHDOG_ENDING;
	if (!s->stopped)
		await(s, supervisor_patience(s->l->r));
}

static START_UP void hear_extend(struct supervisor *s, const char *value)
{
	const int stops = s->state == STOPPING && s->child && s->watchdog.state != WATCHDOG_LATE;
	const int awaited = is_awaited(s);
	unsigned *limit = stops ? &s->kill_at : &s->watchdog.due, milliseconds;
	unsigned long long microseconds;
	const char *end = number_read(value, 10, &microseconds);

	if (!end || *end)
		return;
	if (microseconds > CFG_DAEMONIZE_WATCHDOG_EXTEND * 1000000ULL)
		microseconds = CFG_DAEMONIZE_WATCHDOG_EXTEND * 1000000ULL;
	milliseconds = (unsigned)microseconds / 1000;
	if (*limit && (stops || awaited || s->watchdog.state == WATCHDOG_ENDING))
		clock_put_off(limit, s->watchdog.latest, milliseconds);
	/*
	 * Whoever waits is to know; one who waits for the end and cannot takes this process for one
	 * that hangs.
	 */
	if (CFG_DAEMONIZE_PIDFILE && stops && s->l->pid.fd >= 0)
		pidfile_extend(&s->l->pid);
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && stops && s->l->supervisor_pid.fd >= 0)
		pidfile_extend(&s->l->supervisor_pid);
	if (awaited && s->l->report >= 0 && milliseconds)
		ready_tell(s->l, milliseconds);
}

static START_UP void hear_status(struct supervisor *s, const char *value)
{
	struct watchdog *w = &s->watchdog;

	if (!w->status) {
		const long page = sys_map(TEXT);

		if (sys_is_error(page))
			return;
		w->status = (char *)page;
	}
	strcpy(w->status, value);
}

/* ---- another main process ---- */

/*
 * Whether a process lives that is a child of this one: its number cannot become another's before
 * this process reaps it.
 */
static int is_child(pid_t pid)
{
	siginfo_t info;

	info.si_pid = pid;
	return sys(waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL) == 0 &&
	       !info.si_pid;
}

/*
 * Whether a sender could signal a process himself: by its number he tells root whom to signal. What
 * has changed its user since its exec counts as root's (proc(5), /proc/PID).
 */
static int is_own(pid_t pid, uid_t sender)
{
	char path[sizeof("/proc/") + NUMBER_TEXT], number[NUMBER_TEXT];
	struct stat st;

	stpcpy(stpcpy(path, "/proc/"), number_text((unsigned)pid, number));
	return !sender || (sys_stat_at(AT_FDCWD, path, &st) == 0 && st.st_uid == sender);
}

/* Writes the pidfile anew, or if it does not take that as it was. */
static int change(struct pidfile *p, pid_t pid, pid_t was, int made)
{
	const int changed = !pidfile_publish(p, 0, pid, made, 0);

	if (!changed)
		pidfile_publish(p, 0, was, made, 0);
	return !pidfile_started(p) && changed;
}

static START_UP void hear_main(struct supervisor *s, const char *value, uid_t sender)
{
	struct pidfile *p = &s->l->pid;
	const int made = !GIVEN(s->l->r, 'f');
	const pid_t was = s->child, pid = (pid_t)number_whole(value, 10, INT_MAX);

	if (pid == was)
		return;
	/* The hook's is a child as well, and no part of the service. */
	if (pid <= 0 || (CFG_DAEMONIZE_HOOK && pid == s->hook.runner) || !s->child ||
	    s->report >= 0 || !is_child(pid) || !is_own(pid, sender) ||
	    (CFG_DAEMONIZE_PIDFILE && p->fd >= 0 && !change(p, pid, was, made))) {
		tell_of_words(s, LEVEL_NOTICE, "MAINPID=", (unsigned)pid, " ignored");
		return;
	}
	s->child = pid;
	s->log.pid = pid;
	tell_of_words(s, LEVEL_NOTICE, "MAINPID=", (unsigned)pid, ": the main process");
}

/* ---- messages ---- */

static void hear_line(struct supervisor *s, const char *line, const struct ucred *sender)
{
	enum { STATUS, MAINPID, EXTEND, BEAT, READY, RELOADING };
	static const char names[] START_UP_DATA =
		"STATUS=\0MAINPID=\0EXTEND_TIMEOUT_USEC=\0"
		"WATCHDOG=\0READY=\0RELOADING=\0STOPPING=\0";
	const size_t length = strcspn(line, "=") + 1;
	const int name = number_named(names, line, length);
	const char *value = line + length;

	if (name < 0 || (name >= BEAT && strcmp(value, "1") != 0))
		return;
	if (name == STATUS)
		hear_status(s, value);
	else if (name == MAINPID)
		hear_main(s, value, sender->uid);
	else if (name == EXTEND)
		hear_extend(s, value);
	else if (name == BEAT)
		hear(s);
	else if (name == READY)
		hear_ready(s);
	else if (name != RELOADING)
		hear_stopping(s);
	else if (s->watchdog.state == WATCHDOG_READY)
		s->watchdog.state = WATCHDOG_RELOADING;
}

/*
 * Whether a process descends from this one. A look that fails is made again, since nobody says
 * twice that he is ready; at last it is a stranger.
 */
static START_UP int is_from_here(pid_t pid)
{
	int tries = TRIES, error;

	do
		error = process_descends(pid, (pid_t)sys(getpid, 0), GENERATIONS);
	while (error < 0 && error != -ESRCH && --tries);
	return error > 0;
}

/*
 * A child that has not been reaped keeps its number; of all others it is asked whether they descend
 * from here.
 */
static START_UP void hear_message(struct supervisor *s, char *line, const struct ucred *sender)
{
	char *next;

	s->unsettled = 1;
	/* Nobody speaks for a program that there is not, though some that it has left may live. */
	if (!s->child || (sender->pid != s->child && !is_from_here(sender->pid)))
		return;
	for (; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		hear_line(s, line, sender);
	}
}

void watchdog_read(struct supervisor *s)
{
	char text[TEXT];
	struct ucred sender;
	const unsigned until = clock_in(BUDGET);

	while (clock_left(until)) {
		const long length = datagram_read(s->watchdog.fd, text, sizeof(text), &sender);

		if (length == -EAGAIN)
			return;
		if (length <= 0 || sender.pid <= 0)
			continue;
		/* What comes time and again needs nothing of what has been given back. */
		if (sender.pid == s->child && strcmp(text, "WATCHDOG=1") == 0)
			hear(s);
		else
			hear_message(s, text, &sender);
	}
}

/* ---- silence ---- */

static START_UP void bite(struct supervisor *s)
{
	struct watchdog *w = &s->watchdog;
	const char *what = is_awaited(s) ? "READY=1 is " :
			   w->state == WATCHDOG_ENDING ? "its end is " : "WATCHDOG=1 is ";
	const unsigned late = clock_ms() - w->due;
	const int error = -(int)sys(kill, s->child, SIGABRT);

	tell(s, LEVEL_ERR, what, late,
	     error ? " ms late, and it cannot be signalled" : " ms late: ABRT");
	w->state = WATCHDOG_LATE;
	w->latest = w->due;
	w->due = 0;
	s->kill_at = clock_in(s->l->r->grace * SECOND);
}

void watchdog_on_time(struct supervisor *s)
{
	if (!s->watchdog.due || clock_left(s->watchdog.due))
		return;
	/* If this process was held up, the word may have come in time. */
	watchdog_read(s);
	if (s->watchdog.due && !clock_left(s->watchdog.due))
		bite(s);
}
