/* SPDX-License-Identifier: 0BSD */
/* The calling process: it waits for the outcome of a start, and has the exit status. */
#ifndef CALLER_H
#define CALLER_H

#include "lib/daemon/launch.h"

/*
 * Lets the daemon go on once it is an orphan, reads how it went, waits until it is
 * ready, and sweeps away what a failed start left. Its caller's signals are heeded:
 * one that would end it ends the start too. Returns the exit status.
 */
int caller_await(struct launch *l);

#endif
