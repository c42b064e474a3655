/* SPDX-License-Identifier: 0BSD */
/* -K, -k and -Q: what is done with a service that runs. */
#ifndef CONTROL_H
#define CONTROL_H

#include "lib/daemon/request.h"

/* The status of -Q where the state cannot be told, as in LSB; 0, 1 and 3 are in control.c. */
enum { EXIT_STATUS_UNKNOWN = 4 };

/* Whether any of these options is in this configuration. */
enum { CONTROL_BUILT_IN = CFG_DAEMONIZE_STOP || CFG_DAEMONIZE_STATUS };

/* Does what r->job asks of the service of r->pidfile; returns the exit status. */
int control(const struct request *r);

/*
 * The channel to a supervisor is a real-time signal, which is queued with its value
 * (sigqueue(3), si_value): whoever may signal it may tell it, nothing has to be held open
 * for it, and no other signal can take its place. The value has what is to be done, the signal
 * for the program, and the seconds until KILL. 0.1.0 took a stop with any signal.
 */
enum {
	CONTROL_SIGNAL = 40,		/* one that libc does not keep for itself: signal(7) */
	CONTROL_STOP = 1 << 24,		/* of the program */
	CONTROL_STOP_ALL = 2 << 24,	/* of all that has come of it */
	/* a question: status.h; what else there is makes its name */
	CONTROL_STATUS = 4 << 24,
	/* beside the signal for the program: of whom 0.1.0 started, or the file of -P means */
	CONTROL_OWN_STOP = 0x6d630000,
	CONTROL_SECONDS = 0xffff,
};

/* The signal for the program, in a value and out of it. */
static inline int control_signal(int number)
{
	return number << 16;
}

static inline int control_signal_of(int value)
{
	return value >> 16 & 0xff;
}

#endif
