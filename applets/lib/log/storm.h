/* SPDX-License-Identifier: 0BSD */
/*
 * At most so many messages in so many seconds: what a program says beyond that is counted, and told
 * when the time is over. The log of a small board is short, and one program must not push all
 * others out of it.
 */
#ifndef STORM_H
#define STORM_H

#include "lib/libc/clock.h"

struct storm {
	unsigned most;			/* messages; 0: as many as come */
	unsigned seconds;		/* ... in so long, from the first one on */
	unsigned taken;			/* since then */
	unsigned long suppressed;	/* since then */
	/* that is over; milliseconds of 32 bits run over in silence */
	struct moment until;
};

struct log;

/*
 * Whether a message of a priority may go to the log now. The lower its severity the sooner it may
 * not: emerg may take all that there is, each level below it a sixteenth of that less, so that an
 * error gets through where there have been too many of the rest. What may not is counted. Tells
 * what was suppressed before, if that time is over.
 */
int storm_takes(struct log *log, int priority);

/* Tells what has been suppressed so far, if anything, at the warning level of a facility. */
void storm_tell(struct log *log, int facility);

/* The milliseconds until that is to be told, or -1. */
int storm_left(const struct storm *storm);

#endif
