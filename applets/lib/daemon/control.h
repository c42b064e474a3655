/* SPDX-License-Identifier: 0BSD */
/* -K, -k and -Q: what is done with a service that runs. */
#ifndef CONTROL_H
#define CONTROL_H

#include "lib/daemon/launch.h"

/* What -Q ends with where there is no telling, as LSB has it; 0, 1 and 3 stand in control.c. */
enum { EXIT_STATUS_UNKNOWN = 4 };

/* Does what -K, -KK, -k or -Q asks of the service of l->pidfile; returns the exit status. */
int control(const struct launch *l);

#endif
