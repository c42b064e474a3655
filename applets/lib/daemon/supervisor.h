/* SPDX-License-Identifier: 0BSD */
/*
 * A supervisor from the inside, for supervise.c, which has its loop and its states, and for the
 * files that have a feature of its own each.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <sys/types.h>
#include "lib/daemon/hook.h"
#include "lib/daemon/launch.h"
#include "lib/daemon/output.h"
#include "lib/daemon/watchdog.h"
#include "lib/libc/clock.h"
#include "lib/log/log.h"

/*
 * What a supervisor is at:
 *
 *	STARTING   a process is on its way to the exec
 *	   -> RUNNING  the exec has worked
 *	   -> SWEEPING, WAITING, FINISHING  it has failed, as from RUNNING
 *	RUNNING
 *	   -> WAITING  the program has ended, and is to be started again
 *	   -> SWEEPING  ... and with -z what it left is to be ended first
 *	   -> FINISHING  it has ended, and is not started again
 *	SWEEPING   what the program left is being ended, after a time by KILL
 *	   -> WAITING  the kernel says that there is no child
 *	   -> CLEARING, FINISHING  it was told to stop
 *	WAITING    there is no program
 *	   -> STARTING  the delay is over
 *	   -> CLEARING, FINISHING  it was told to stop
 *	STOPPING   from STARTING and RUNNING, when it is told to stop; after a time by KILL
 *	   -> CLEARING, FINISHING  the program has ended
 *	CLEARING   -KK: what the program left is being ended, after a time by KILL
 *	   -> FINISHING  the kernel says that there is no child
 *	FINISHING  the pidfile is gone; the log gets what it can still take
 *	   -> CLEARING  -KK: the program ended by itself just before, and left something
 */
enum supervisor_state { STARTING, RUNNING, SWEEPING, WAITING, STOPPING, CLEARING, FINISHING };

/* What the log is to be told once all that was written before is through. */
enum { UNTOLD_END = 1, UNTOLD_DELAY = 2, UNTOLD_START = 4, UNTOLD_BACKGROUND = 8 };

struct supervisor {
	struct launch *l;
	enum supervisor_state state;
	pid_t child;			/* 0: there is no process */
	int report;			/* from the process that is starting; -1: none is */
	struct launch_reading reading;
	int signals;			/* signalfd */
	/* held for the next start, so that it does not lack descriptors */
	int spare[2];
	int unsettled;			/* start-up code has run: give its pages back */
	int starved;			/* the last start had too few descriptors */
	int stopped;			/* told to stop */
	int all;			/* -KK: all is to end */
	int orphans_go;			/* what loses its parent becomes no child of this process */
	int was_started;		/* the caller has heard of the first start */
	unsigned restarts;
	unsigned failures;		/* in a row */
	unsigned short_runs;		/* in a row */
	struct moment started;		/* milliseconds of 32 bits run over after 49 days */
	unsigned restart_at, kill_at, reap_at, finish_at;	/* clock_in(); 0: not */
	int untold;			/* UNTOLD_... */
	int ended;			/* of UNTOLD_END: what wait(2) said */
	unsigned ran;			/* ... and the seconds it ran */
	unsigned delay;			/* milliseconds until the next start */
	int status;			/* this process is to end with it */
	struct watchdog watchdog;
	struct hook hook;
	struct log log;
	struct output output;
};

/* The seconds since a moment of CLOCK_MONOTONIC. */
unsigned supervisor_seconds(const struct moment *then);

/* The seconds between TERM and KILL, unless whoever says that it is to stop says otherwise. */
unsigned supervisor_patience(const struct request *r);

/* Whether the caller waits for this process to say that the program is ready. */
static inline int supervisor_is_awaited(const struct supervisor *s)
{
	return s->l->report >= 0 && request_tells(s->l->r);
}

/*
 * The caller has ended before it could hear that the program is ready: that is the end of the
 * start.
 */
void supervisor_lose_caller(struct supervisor *s);

/* Makes the service's log ready: what was there before is forgotten. */
static inline void supervisor_log_init(struct supervisor *s)
{
	log_init(&s->log, s->l->tag ? s->l->tag : applet_name);
	if (CFG_DAEMONIZE_STORM) {
		s->log.storm.most = s->l->r->storm;
		s->log.storm.seconds = s->l->r->storm_seconds;
	}
}

/* A message of the supervisor's own, in the service's name. */
#define say_log(s, severity, ...) do { \
	if (CFG_DAEMONIZE_SYSLOG && GIVEN((s)->l->r, 'S')) \
		log_say(&(s)->log, ((s)->l->r->err_priority & ~7) | (severity), __VA_ARGS__); \
} while (0)

#endif
