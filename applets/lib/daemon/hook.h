/* SPDX-License-Identifier: 0BSD */
/*
 * -x: a command after each end of the program that was not asked for, and when it is given up. It
 * runs beside the supervisor, which has nothing to do with it but to begin it and to see that it
 * has ended: a process of its own carries what the command says to the log, and ends it when its
 * time is over.
 */
#ifndef HOOK_H
#define HOOK_H

#include <sys/types.h>
#include "lib/log/recent.h"

/*
 * Never two at once:
 *
 *	IDLE
 *	   -> DUE  an end was noted
 *	DUE           to be begun as soon as what the program left has been swept away (-z)
 *	   -> RUNNING  it was begun
 *	   -> IDLE  it cannot be begun, which is logged, or the supervisor was told to stop
 *	RUNNING
 *	   -> IDLE  it has ended; or where the service was given up after that end, DUE once more
 *	   -> RUNNING_DUE  a further end was noted
 *	RUNNING_DUE   the latest end takes the place of one that waits, which is logged
 *	   -> DUE  the running one has ended
 *	   -> RUNNING  the supervisor was told to stop
 */
enum hook_state { HOOK_IDLE, HOOK_DUE, HOOK_RUNNING, HOOK_RUNNING_DUE };

/* Why the service is at its end: SERVICE_RESULT of systemd.exec(5). */
enum hook_result {
	HOOK_ENDED,	/* as the status says: success, exit-code, signal, core-dump */
	HOOK_WATCHDOG,	/* it did not say in time that it lives (-W) */
	HOOK_RESOURCES,	/* no process could be made for it */
	HOOK_GIVEN_UP,	/* start-limit-hit */
};

struct hook_event {
	enum hook_result result;
	int status;		/* as wait(2) has it */
	unsigned failures;	/* in a row */
	unsigned ran;		/* seconds */
	char last[RECENT_TEXT];	/* what the program said last */
};

struct hook {
	enum hook_state state;
	pid_t runner;		/* the process that sees to it; 0: none */
	/* clock_in(): its time is over, since the supervisor was told to stop; 0: not */
	unsigned end_at;
	/* of HOOK_DUE and HOOK_RUNNING_DUE; has memory from the first end on */
	struct hook_event *event;
	enum hook_result why;	/* of the end that is not told yet */
	int gives_up;		/* behind that, HOOK_GIVEN_UP is to be told of it */
};

struct supervisor;

/* An end is to be told; `last` is the line that was said last, "" if none was. */
void hook_note(struct supervisor *s, enum hook_result result, const char *last);

/* The end that was noted last is followed by no start, since there were too many. */
void hook_give_up(struct supervisor *s);

/* Begins what is due, and sees to the time limit of a stop. */
void hook_work(struct supervisor *s);

/* Takes note of a child's end. */
void hook_reaped(struct supervisor *s, pid_t pid);

/* The supervisor was told to stop: nothing more is begun, and what runs has time until then. */
void hook_stop(struct supervisor *s, unsigned until);

#endif
