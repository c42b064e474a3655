/* SPDX-License-Identifier: 0BSD */
/* Signs that something of a service without a supervisor is beyond reach. */
#ifndef ESCAPED_H
#define ESCAPED_H

#include <sys/types.h>
#include "box.h"
#include "lib/common/number.h"

enum { ESCAPED_MOST = 8 };

/*
 * Descendants of a process that have left its session, while it can still be seen whose they are.
 */
struct escaped {
	unsigned count;
	struct {
		pid_t pid;
		/* as in struct process: who has the number by then */
		char start[NUMBER_TEXT];
	} who[ESCAPED_MOST];
	char pids[ESCAPED_MOST * NUMBER_TEXT];
};

/*
 * Notes the first of them, before anything is stopped. What forked twice, or whose parent has
 * ended, is nobody's descendant any more and is not seen; nor is what a look fails to show: these
 * are signs, no proof.
 */
void escaped_note(struct escaped *escaped, pid_t root, pid_t session);

/* Those that live all the same, "12 34"; "" where there is none. The text is in `escaped`. */
const char *escaped_alive(struct escaped *escaped);

#endif
