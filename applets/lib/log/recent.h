/* SPDX-License-Identifier: 0BSD */
/*
 * The last lines that a program said, where more than the very last is to be kept
 * (DAEMONIZE_HOOK_LINES).
 */
#ifndef RECENT_H
#define RECENT_H

#include <stddef.h>

enum {
	RECENT_LINES =
		CFG_DAEMONIZE_HOOK && CFG_DAEMONIZE_HOOK_LINES > 1 ? CFG_DAEMONIZE_HOOK_LINES : 0,
	RECENT_LINE = 128, /* bytes kept of one, its NUL counted */
	RECENT_TEXT = (RECENT_LINES ? RECENT_LINES : 1) * RECENT_LINE,
};

struct recent {
	unsigned lines;		/* that were added, which may be more than are kept */
	char text[RECENT_LINES ? RECENT_LINES : 1][RECENT_LINES ? RECENT_LINE : 1];
};

/* Keeps the start of a line, and no half of a character. */
void recent_add(struct recent *recent, const char *text, size_t length);

/* Writes what is kept, the oldest first, a newline between two; "" where there is none. */
void recent_join(const struct recent *recent, char text[RECENT_TEXT]);

#endif
