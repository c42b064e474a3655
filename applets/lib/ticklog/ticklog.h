/* SPDX-License-Identifier: 0BSD */
/*
 * What ticklog's parts share: the applet itself has the options and the start, these what it does
 * from then on.
 */
#ifndef TICKLOG_H
#define TICKLOG_H

#include "lib/libc/clock.h"
#include "lib/daemon/launch.h"
#include "lib/log/lines.h"
#include "lib/daemon/request.h"

enum { SECOND = 1000000000 };	/* in nanoseconds */

struct ticklog {
	struct request r;		/* first, for the options are read into it */
	/* when the last beat of the timer was, in milliseconds since boot */
	long long due;
	struct moment now;		/* the time since boot, when has_moved() last looked */
	struct moment offset;		/* of the wall clock from the time since boot */
	unsigned interval, delay;	/* milliseconds */
	unsigned spread;		/* up to so many more before the first */
	unsigned beats, late, missed;
	unsigned skipped;		/* missed since the last beat */
	unsigned long told;		/* lost messages of the log that a beat has told of */
	unsigned most;			/* beats, -n; 0: no end */
	int timer, clock;		/* of the beats; of steps of the wall clock */
	pid_t child;			/* the command; 0: it does not run */
	int output;			/* what it writes; -1: it has closed that */
	/* bytes of it to read before a look at how it ended; -1: no need to look */
	int left;
	char exceptions;		/* -e */
	char fields;			/* -l */
	/* how this boot's identity begins, "?" where it cannot be read */
	char boot[9];
	char to_kernel;			/* -s kmsg */
	const char *command;		/* NULL: there is none */
	const char *next;		/* -i, as it was given */
	const char *text;		/* -m */
	struct lines lines;		/* a beat's */
	struct lines said;		/* the command's */
	struct log log;
	struct launch l;
};

/* ---- beat.c ---- */

static inline long long in_ms(const struct moment *m)
{
	return m->seconds * 1000 + (unsigned)m->nanoseconds / 1000000;
}

/*
 * Whether the wall clock was set since the offset was taken; *step by how much it moved. The first
 * call takes both.
 */
int has_moved(struct ticklog *t, struct moment *step);

/* Whether beats are fields. */
static inline int has_fields(const struct ticklog *t)
{
	return CFG_TICKLOG_FIELDS && t->fields;
}

/* Whether the command of a beat still runs. */
static inline int is_running(const struct ticklog *t)
{
	return CFG_TICKLOG_COMMAND && t->child;
}

/* Beats until it ends. */
_Noreturn void beat_for_ever(struct ticklog *t);

/* The last line, with what was counted, and the end; by a signal, or 0. */
_Noreturn void finish(struct ticklog *t, int signal);

/*
 * What is to be caught of SIGHUP, SIGUSR1, SIGTERM, SIGINT and SIGCHLD, all blocked but while it
 * waits.
 */
void beat_signal(int number);

/* ---- text.c: what a line is made of; none is sent before lines_flush() ---- */

/*
 * A text as -m has it, which check_text() takes; and %L late, %M missed beats, %O lost messages,
 * which it does not.
 */
void tell_text(struct ticklog *t, const char *text);

void tell(struct lines *lines, const char *text);

void tell_number(struct lines *lines, unsigned long number);

/*
 * "12.345 s", in fields "12.345"; in a sentence without the zeros at its end, but for one, if
 * brief.
 */
void tell_seconds(struct ticklog *t, unsigned long seconds, unsigned milliseconds, int brief);

/* By how many seconds the clock moved: "+12.5 s", in fields "+12.500". */
void tell_step(struct ticklog *t, const struct moment *step);

/* ---- start.c ---- */

/* Finds out which boot this is. It leaves what it opens to step_close(), which comes next. */
void look_at_boot(struct ticklog *t);

/* The first line of -l, with why this boot came about. */
void tell_start(struct ticklog *t);

/* ---- command.c ---- */

/* Starts the command; one that cannot be started is logged. */
void command_run(struct ticklog *t);

/* Reads once what the command wrote, and logs it. */
void command_carry(struct ticklog *t);

/*
 * After SIGCHLD: what it wrote is to be read first, but no more, since others may hold the pipe and
 * write for ever.
 */
void command_look_left(struct ticklog *t);

/* Logs how the command ended, if it has and failed. */
void command_reap(struct ticklog *t);

/* Ends the command's session, and logs what it had to say. */
void command_end(struct ticklog *t);

#endif
