/* SPDX-License-Identifier: 0BSD */
/*
 * The memory of the one process of ours that stays. Of each page that it writes
 * to there is a copy for all of the service's life, so that it all has to be on
 * few: what is static on one, and the stack.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "lib/daemon/launch.h"
#include "lib/log/lines.h"
#include "lib/log/log.h"

/* Two lines, the log, the launch, and what an applet keeps beside them. */
enum { RESIDENT = 2 * sizeof(struct lines) + sizeof(struct log) + sizeof(struct launch) + 256 };

/* Zero at first. Only one applet runs, so that each has it to itself. */
extern char resident[RESIDENT];

/* Where what supervise.c and ticklog.c need to stay ends (build/link/resident); NULL with a linker that takes no order. */
#ifdef RESIDENT_FIRST
extern const char end_of_supervise[], end_of_ticklog[];
#else
#define end_of_supervise NULL
#define end_of_ticklog NULL
#endif

/*
 * Gives back what the stack has below its caller, and the pages of the program
 * that lie behind `end`: madvise(2), MADV_DONTNEED. What is needed again of
 * those comes back by itself, with all of them (Linux mm/memory.c,
 * do_fault_around).
 */
void resident_settle(const char *end);

#endif
