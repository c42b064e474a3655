/* SPDX-License-Identifier: 0BSD */
/* By what a program says that it is ready: -w. The steps that open it are in steps.h. */
#ifndef READY_H
#define READY_H

#include "lib/common/signals.h"
#include "lib/daemon/launch.h"

enum ready_state {
	READY_NOT_YET,
	READY_YES,
	READY_ENDED,	/* nobody is left who could say it */
	READY_UNHEARD,	/* its line cannot be printed */
};

/*
 * Reads from -w fd:N's pipe, once there is something: a newline is the word, the end of the pipe is
 * the end.
 */
enum ready_state ready_by_fd(const struct launch *l);

/*
 * Reads a message of -w socket's (sd_notify(3)). Only the word of a process that lives
 * and is in the service's session counts.
 */
enum ready_state ready_by_socket(const struct launch *l, pid_t session);

/*
 * Opens the socket of $NOTIFY_SOCKET, and keeps that for the program's environment. Returns a
 * descriptor or -errno.
 */
int ready_open(struct launch *l);

/*
 * Where a supervisor listens on that socket, it tells the caller: 0 that the program is ready, else
 * that it needs so many milliseconds more. Returns 0 or an errno.
 */
int ready_tell(const struct launch *l, unsigned milliseconds);

/* Reads what it has told. *milliseconds is 0 where it was no such time. */
enum ready_state ready_by_supervisor(const struct launch *l, unsigned *milliseconds);

/* Reads what the supervisor passes on of -w line:'s line, prints it, and ends it at the end. */
enum ready_state ready_by_line(const struct launch *l, int *printed);

/*
 * What a supervisor tells the caller of a program that ended before it was ready. The word has the
 * same bytes in either order; the first, a NUL, begins no line, and no program can ask for so many
 * milliseconds.
 */
enum { READY_END = 0x00ffff00 };
struct ready_end {
	unsigned word;
	char text[ENDED_TEXT + 160];
};

/* What is said of a program that has ended well and at once, and has left something running. */
extern const char ready_background[];

/* Tells it; what the socket does not take is left out. */
void ready_tell_end(const struct launch *l, const char *how, const char *more, const char *last);

/* Reads it, if it is what comes next. Returns whether it was: then the text is a string. */
int ready_hear_end(const struct launch *l, struct ready_end *end);

#endif
