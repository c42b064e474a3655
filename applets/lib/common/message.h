/* SPDX-License-Identifier: 0BSD */
#ifndef MESSAGE_H
#define MESSAGE_H

/*
 * Writes strings, and nothing between them, to a descriptor in one writev(2), so
 * that lines of several processes never mix. At most SAY_PARTS of them; further
 * ones are left out. What cannot be written is lost: there is nobody to tell.
 */
#define say(fd, ...) say_parts(fd, __VA_ARGS__, NULL)

/* Writes "applet: what: why: ...\n" to stderr, likewise: the strings joined by ": ". */
#define complain(...) say_parts(COMPLAINT, __VA_ARGS__, NULL)

enum { SAY_PARTS = 16, COMPLAINT = -1 };
void say_parts(int fd, const char *part, ...) __attribute__((sentinel));

/*
 * The text of an error number. Without ERROR_TEXTS, or for a number that is not
 * in the short table, it is "error N", in a buffer that the next call reuses.
 */
const char *error_text(int error);

#endif
