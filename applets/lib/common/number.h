/* SPDX-License-Identifier: 0BSD */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>

/* Room for any number as decimal text, its NUL counted. */
enum { NUMBER_TEXT = 3 * sizeof(unsigned long) + 1 };

/*
 * Reads digits of the base (8, 10) from the start of a text into *value: no
 * sign, no space, no prefix. Returns what follows the digits, or NULL where
 * there is no digit or the value is 2^60 or more.
 */
const char *number_read(const char *text, unsigned base, unsigned long long *value);

/*
 * A text that is a number of the base, from 0 to `most`, and nothing else.
 * Returns the number, or -1.
 */
long number_whole(const char *text, unsigned base, long most);

/*
 * The number, from 0 on, of a name of so many bytes among names that have a NUL behind each, or -1.
 */
int number_named(const char *names, const char *name, size_t length);

/*
 * Writes a number in decimal at the end of the buffer, with a NUL behind it.
 * Returns where it begins.
 */
char *number_text(unsigned long number, char buffer[NUMBER_TEXT]);

#endif
