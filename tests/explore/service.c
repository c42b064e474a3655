// SPDX-License-Identifier: 0BSD
/*
 * What is started as a service by the schedules of explore.c: as few calls as can be.
 *
 *   service stay            until a signal ends it
 *   service end STATUS      at once
 *   service ignore          all that TERM, HUP, INT say
 *   service flee N          forks, calls setsid and lets the parent end, N times, then stays
 *   service tree            stays, and so does a child of it in a session of its own
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stay(void)
{
	for (;;)
		pause();
}

static void flee(int times)
{
	while (times--) {
		if (fork() > 0)
			_exit(0);
		setsid();
	}
	stay();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const int number = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(what, "end"))
		_exit(number);
	if (!strcmp(what, "ignore")) {
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		signal(SIGINT, SIG_IGN);
	} else if (!strcmp(what, "flee") || !strcmp(what, "tree")) {
		if (!fork()) {
			setsid();
			flee(number);
		}
	} else if (strcmp(what, "stay"))
		_exit(2);
	stay();
}
