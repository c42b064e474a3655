/* SPDX-License-Identifier: 0BSD */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include "lib/log/log.h"

/* What a program writes, on its way to becoming messages. */
struct lines {
	struct log *log;
	/* facility | severity, where the line has none of its own */
	unsigned char priority;
	unsigned char own;		/* the severity of this line */
	unsigned char split;		/* its start has already been sent */
	unsigned char carriage;		/* a '\r' came that may belong to a newline */
	unsigned char wanted, got;	/* bytes of a UTF-8 character: all of it, so far */
	unsigned char character[4];
	/*
	 * Called with each line or part of one if set, `ends` telling the last part; what it
	 * returns true for is not logged.
	 */
	int (*caught)(struct lines *lines, const char *text, size_t length, int ends);
	void *catcher;			/* for its use */
	unsigned char catching;		/* likewise */
	unsigned char mute;		/* nothing is to be logged */
	size_t used;			/* bytes of text */
	/* bytes of the last line, which stays in text until the next */
	size_t last;
	size_t space;			/* behind the last space in it; 0: none */
	char head[LOG_HEAD];		/* room for the header, before the text */
	char text[CFG_SYSLOG_MAX_LINE];
};

/*
 * Takes bytes of output: each line becomes a message; a longer one than fits
 * becomes several, split at a space where there is one. Control characters are
 * shown as ^X, bytes that are no UTF-8 (RFC 3629) as \xNN, so that no line can
 * pass for two or for another's. "<N>" at its start is its severity, and taken
 * off (sd-daemon(3)).
 */
void lines_feed(struct lines *lines, const char *data, size_t length);

/*
 * The same until the log takes no more (log_takes()). Returns the bytes that were used; the caller
 * keeps the rest.
 */
size_t lines_take(struct lines *lines, const char *data, size_t length);

/* Sends what is there of a line that does not end. */
void lines_flush(struct lines *lines);

/*
 * ... of one that goes on later: what follows is the rest of it, and no line of its own if it is
 * empty.
 */
void lines_begin(struct lines *lines);

/* Whether there is such a start of a line. */
int lines_partial(const struct lines *lines);

#endif
