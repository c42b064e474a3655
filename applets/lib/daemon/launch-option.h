/* SPDX-License-Identifier: 0BSD */
#ifndef LAUNCH_OPTION_H
#define LAUNCH_OPTION_H

#include "lib/daemon/launch.h"
#include "lib/common/option.h"

/*
 * Takes an option of an applet's own: returns NULL, what is wrong with its
 * argument, or launch_no_own where its letter means what it does in daemonize.
 */
typedef const char *launch_own(struct launch *l, int letter, char *arg);
extern const char launch_no_own[];

enum { LAUNCH_START = -1 };

/*
 * Reads the options into the launch, those that applets have in common (-c -u -p
 * -f -K -k -Q -t -O -q -v) behind the applet's own. Returns LAUNCH_START where
 * something is to be started, whose words o->words are; else the exit status: of
 * a wrong command line, of --help, or of what -K, -k and -Q have done. `own` may
 * be NULL.
 */
int launch_asked(struct launch *l, struct options *o, launch_own *own);

/* Says what is wrong with a command line; returns the exit status for it. */
int launch_misused(const struct launch *l, const char *what, const char *why);

#endif
