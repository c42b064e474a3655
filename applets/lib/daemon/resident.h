/* SPDX-License-Identifier: 0BSD */
/*
 * The memory of the one process of ours that stays. Of each page that it writes
 * to there is a copy for all of the service's life, so that it all has to be on
 * few: what is static on one, and the stack.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "lib/daemon/launch.h"
#include "lib/daemon/output.h"
#include "lib/log/log.h"

/* The streams of a program, the log, the launch, and what an applet keeps beside them. */
enum {
	RESIDENT = sizeof(struct output) + sizeof(struct log) + sizeof(struct launch) +
		   sizeof(struct request) + 96
};

/* Zero at first. Only one applet runs, so that each has it to itself. */
extern char resident[RESIDENT];

/*
 * Where what ticklog alone needs while it stays begins, and behind it the start-up
 * code and data, START_UP of box.h (build/link/start-up.ld); with a linker that takes
 * no order all three are 0.
 */
extern const char ticklog_only[] __attribute__((weak)), start_up[] __attribute__((weak)),
	start_up_end[] __attribute__((weak));
#define TICKLOG_ONLY __attribute__((section(".text.ticklog")))

/*
 * Gives back what the stack has below its caller, and the pages of the program from
 * `unneeded` to the end of the start-up code: madvise(2), MADV_DONTNEED. What is needed again of
 * those comes back by itself, with all of them (Linux mm/memory.c, do_fault_around).
 */
void resident_settle(const char *unneeded);

#endif
