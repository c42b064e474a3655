/* SPDX-License-Identifier: 0BSD */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <errno.h>
#include <stddef.h>

/*
 * Writes strings, and nothing between them, to a descriptor in one writev(2), so
 * that lines of several processes never mix; what a short write (write(2)) leaves
 * goes in further ones. At most SAY_PARTS of them; further ones are left out.
 * Returns 0 or the errno of what could not be written. For standard output that
 * is kept for say_status; of stderr there is nobody left to tell.
 */
#define say(fd, ...) say_parts(fd, __VA_ARGS__, NULL)

/* Writes "applet: what: why: ...\n" to stderr, likewise: the strings joined by ": ". */
#define complain(...) say_parts(COMPLAINT, __VA_ARGS__, NULL)

enum { SAY_PARTS = 16, COMPLAINT = -1 };
int say_parts(int fd, const char *part, ...) __attribute__((sentinel));

/* Complains that what was asked for needs a Kconfig symbol that is off. */
void complain_not_built_in(const char *what, const char *symbol);

/* The same as say() of so many bytes. */
int say_bytes(int fd, const char *bytes, size_t length);

/*
 * The status that a process is to end with: the one given, or EXIT_FAILED in the
 * place of 0 where standard output did not take all that was meant for it, which
 * is complained about (POSIX, "Consequences of Errors": a utility that cannot
 * write what it was asked for has failed). A status other than 0 stays, since it
 * is an answer of its own.
 */
int say_status(int status);

/*
 * Errors that errno has no number for, in the place of two that no CPU of ours
 * has; without texts they are what comes closest.
 */
enum {
	NO_SUCH_USER = CFG_ERROR_TEXTS ? 254 : ENOENT,
	NO_SUCH_GROUP = CFG_ERROR_TEXTS ? 255 : ENOENT,
};

/*
 * The text of an error number. Without ERROR_TEXTS, or for a number that is not
 * in the short table, it is "error N", in a buffer that the next call reuses.
 */
const char *error_text(int error);

#endif
