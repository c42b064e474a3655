/* SPDX-License-Identifier: 0BSD */
/* The resident parent of a program. */
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

#endif
