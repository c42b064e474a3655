/* SPDX-License-Identifier: 0BSD */
#ifndef READY_H
#define READY_H

#include "lib/daemon/launch.h"

/*
 * -w's argument: fd:N, socket or line:TEXT. Returns NULL, or what is wrong with
 * it ("not built in" included).
 */
const char *ready_option(struct launch *l, const char *text);

/*
 * In the calling process, once the program runs: waits until it is ready, and
 * prints its line. Returns the exit status; if it is not ready in time, or
 * ended before, its whole session has been ended. 0 at once where no readiness
 * was asked for.
 */
int ready_await(struct launch *l, const struct report *r);

#endif
