/* SPDX-License-Identifier: 0BSD */
/*
 * What a program says of itself on $NOTIFY_SOCKET (sd_notify(3)), and what comes of its silence:
 * -W.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include "lib/daemon/launch.h"
#include "lib/libc/clock.h"

/*
 * What the program has said, and what is awaited of it until `due`:
 *
 *	STARTING   with -w socket READY=1, within -t (30 s); else WATCHDOG=1, as in READY
 *	   -> READY      READY=1
 *	   -> ENDING, LATE  as from READY
 *	READY      WATCHDOG=1, within SECS of the last
 *	   -> RELOADING  RELOADING=1
 *	   -> ENDING     STOPPING=1
 *	   -> LATE       it did not come
 *	RELOADING  the same
 *	   -> READY      READY=1
 *	   -> ENDING, LATE  as from READY
 *	ENDING     its end, within -t (10 s, with -f 4)
 *	   -> LATE
 *	LATE       it got ABRT, and gets KILL after GRACE: nothing but its end
 *
 * Each start begins with STARTING. Without -W, and after it was told to stop, nothing is awaited
 * here: `due` is 0, and the state is only what it said.
 */
enum watchdog_state {
	WATCHDOG_STARTING,
	WATCHDOG_READY,
	WATCHDOG_RELOADING,
	WATCHDOG_ENDING,
	WATCHDOG_LATE,
};

struct watchdog {
	int fd;				/* the socket; -1: there is none */
	enum watchdog_state state;
	unsigned due;			/* clock_in() when what is awaited is late; 0: nothing is */
	/* clock_in() beyond which EXTEND_TIMEOUT_USEC= puts nothing off */
	unsigned latest;
	struct moment heard;		/* the last WATCHDOG=1, by CLOCK_MONOTONIC; 0: none was */
	/* STATUS='s text, in a page of its own; NULL: there was none */
	char *status;
};

struct supervisor;

/* Opens the socket, where it is wanted. Returns 0 or an errno. */
int watchdog_init(struct supervisor *s);

/*
 * Sets WATCHDOG_USEC and WATCHDOG_PID in the environment of this process, which is to be the
 * program: sd_watchdog_enabled(3).
 */
void watchdog_environment(const struct launch *l);

/* The program runs. */
void watchdog_started(struct supervisor *s);

/*
 * Its supervisor was told to stop it: only its end is of interest, which `kill_at` is the limit of.
 */
void watchdog_stopped(struct supervisor *s);

/*
 * It has ended. Returns the status that counts: a program that got ABRT has failed, whatever its
 * own.
 */
int watchdog_ended(struct supervisor *s, int status);

/* Reads what there is on the socket. */
void watchdog_read(struct supervisor *s);

/* Ends what is late. */
void watchdog_on_time(struct supervisor *s);

#endif
