/* SPDX-License-Identifier: 0BSD */
/*
 * The memory of the one process of ours that stays. Of each page that it writes
 * to there is a copy for all of the service's life, so that it all has to be on
 * few: what is static on one, and the stack.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "launch.h"
#include "lines.h"
#include "log.h"

/* Two lines, the log, the launch, and what an applet keeps beside them. */
enum { RESIDENT = 2 * sizeof(struct lines) + sizeof(struct log) + sizeof(struct launch) + 256 };

/* Zero at first. Only one applet runs, so that each has it to itself. */
extern char resident[RESIDENT];

/* Gives back what the stack has below its caller: madvise(2), MADV_DONTNEED. */
void resident_settle(void);

#endif
