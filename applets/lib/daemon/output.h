/* SPDX-License-Identifier: 0BSD */
/* What a program writes, on its way through its supervisor. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <poll.h>
#include "lib/daemon/launch.h"
#include "lib/log/lines.h"

/* One of its streams: the ends of the pipe, and what goes through it. */
struct stream {
	int from, into;			/* -1: there is no pipe */
	/* -o's or -e's, where the supervisor writes that; -1: it does not */
	int file;
	int failed;			/* the errno of that file, which has been told */
	/* bytes in the pipe of before the program's end; of use after output_mark() */
	int left;
	/* clock_in() when the start of a line is sent; 0: there is none */
	unsigned flush_at;
	struct lines lines;
};

/*
 * Whether a supervisor can have output to read. Its callers ask, so that otherwise nothing
 * of this and of the log is linked.
 */
enum { OUTPUT_IS_READ = CFG_DAEMONIZE_SYSLOG || CFG_DAEMONIZE_READY_LINE };

enum { OUTPUT_INPUT = 512 };		/* bytes that are read at once */

struct output {
	struct launch *l;
	struct stream out, err;
	struct stream *pending;		/* whose input the log has not taken yet; NULL: none */
	unsigned short at, end;		/* what is left of it */
	char input[OUTPUT_INPUT];
};

/*
 * Opens the pipes that are needed, or a terminal for -y. Returns 0 or an errno.
 */
int output_init(struct output *o, struct launch *l, struct log *log);

/*
 * Fills in what is to be polled, which is nothing while the log does not take any more. Returns
 * the milliseconds until output_serve() is to be called all the same, or -1.
 */
enum { OUTPUT_POLLS = 2 };
int output_poll(const struct output *o, struct pollfd fds[OUTPUT_POLLS]);

/* Carries on what there is, as far as the log takes it. */
void output_serve(struct output *o, const struct pollfd fds[OUTPUT_POLLS]);

/* The program has ended: what is in the pipes now is its last. */
void output_mark(struct output *o);

/* Whether all that was written before the mark is through, but for the start of a line. */
int output_drained(const struct output *o);

/*
 * Carries all that was written before the mark, and what there is of lines, whether the log is slow
 * or not.
 */
void output_flush(struct output *o);

/*
 * The start of the last line that was logged, as a string of at most size - 1 bytes. Returns its
 * length.
 */
size_t output_last(const struct output *o, char *text, size_t size);

#endif
