/* SPDX-License-Identifier: 0BSD */
#ifndef OPTION_H
#define OPTION_H

#include "box.h"

/*
 * The options of an applet are one string or two, of OPTIONS() and an OPTION()
 * after the other: the letter with ':' behind it where it takes an argument and
 * ' ' where not, and the long name. One that is not built in is refused by its
 * symbol's name: the string's prefix and what it is called behind that, which
 * alone is kept.
 */
#define OPTIONS(prefix) prefix "\0"
#define OPTION(prefix, symbol, letter, name) OPTION_(CFG_##prefix##symbol, letter, name, #symbol)
#define OPTION_(value, letter, name, symbol) OPTION__(value, letter, name, symbol)
#define OPTION__(value, letter, name, symbol) OPTION_##value(letter, name, symbol)
#define OPTION_1(letter, name, symbol) letter IF(LONG_OPTIONS, name) "\0"
#define OPTION_0(letter, name, symbol) letter "!" IF(LONG_OPTIONS, name) "\0" symbol "\0"

struct options {
	const char *table[2];	/* the second may be NULL */
	const char *usage[2];	/* what --help prints of each */
	char **words;		/* the word that comes next; at the end the first operand */
	char *arg;		/* the argument of the option just returned */
	const char *prefix;	/* of the symbols of its table */
	const char *shown;	/* the option as messages name it: "-p" or "--pidfile" */
	char *cluster;		/* the letters left of a word such as -vq */
	char letter[3];
};

enum { OPTION_END = 0, OPTION_HELP = -1, OPTION_BAD = -2 };

/*
 * The next option's letter; OPTION_END at the first word that is none (POSIX
 * utility syntax guideline 9: options end at the first operand; 10: and at
 * "--"); OPTION_HELP where the usage was asked for and printed; OPTION_BAD
 * where one line on stderr has said what is wrong.
 */
int option_next(struct options *o);

/* Says "applet: -x: argument: why" of the option just returned; returns OPTION_BAD. */
int option_refuse(const struct options *o, const char *why);

#endif
