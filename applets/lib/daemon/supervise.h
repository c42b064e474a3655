/* SPDX-License-Identifier: 0BSD */
#ifndef SUPERVISE_H
#define SUPERVISE_H

#include "lib/daemon/launch.h"

/*
 * Stays as the parent of the program: starts it, carries its output, passes
 * signals on, logs how it ended, starts it again, removes the pidfile. Ends the
 * process: with -f with the program's status (128+N for signal N), 1 where it
 * was given up.
 */
void supervise(struct launch *l) __attribute__((noreturn));

/*
 * What comes with a signal to say more than the signal does (sigqueue(3),
 * si_value): that any signal is to be passed on, and that it is to be the end,
 * with the seconds until KILL in the low bits.
 */
enum { SUPERVISE_PASS = 0x6d620000, SUPERVISE_STOP = 0x6d630000, SUPERVISE_SECONDS = 0xffff };

#endif
