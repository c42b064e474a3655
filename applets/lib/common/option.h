/* SPDX-License-Identifier: 0BSD */
/*
 * Options: a row each, which holds all that an option is. POSIX utility syntax
 * guidelines 3 to 10: letters in clusters, the argument in the same word or the
 * next, options end at the first operand or at "--". Long options are on top.
 */
#ifndef OPTION_H
#define OPTION_H

#include "box.h"

/*
 * What was given: a bit an option, by its letter. It is the first member of what an
 * applet's options are read into.
 */
struct given {
	unsigned bits[4];
};

#define OPTION_BIT(letter) (1u << ((letter) & 31))
#define GIVEN(to, letter) (((to)->given.bits[(letter) >> 5] & OPTION_BIT(letter)) != 0)

/*
 * Checks an option's argument (NULL where it takes none) and keeps what is to be
 * kept of it. Returns NULL, or what is wrong with it: text for a message.
 */
typedef const char *option_take(void *to, char *arg);

struct option {
	char letter;		/* below ' ' where the option has a long name only */
	char kind;		/* OPTION_PLAIN and so on */
	unsigned char member;	/* OPTION_MEMBER(): where its argument is kept; 0: nowhere */
	/* its long name, NUL, its lines of the usage text or the symbol that it needs, NUL */
	const char *text;
	option_take *take;	/* NULL: nothing is to be checked */
};

enum {
	OPTION_PLAIN,		/* takes no argument */
	OPTION_ARG,		/* takes one, which is not empty */
	OPTION_ANY,		/* takes one, which may be empty */
	OPTION_ABSENT,		/* is not built in */
	/* beside one of these: its letter means something else elsewhere: not in `given` */
	OPTION_OWN = 8,
};

/* Letters of options that have none: below ' ', and over all that launch.h has STEP_... for. */
enum {
	OPTION_FORCE = 16,
	OPTION_NO_NEW_PRIVS,
	OPTION_CAPS,
	OPTION_AMBIENT,
	OPTION_CHROOT,
	OPTION_OOM_SCORE,
	OPTION_SCHED,
	OPTION_IONICE,
	OPTION_CPUS,
};

/* Where a member that is a pointer stands in a structure, in pointers. */
#define OPTION_MEMBER(type, member) (offsetof(struct type, member) / sizeof(char *))

/*
 * A row: the symbol that the option needs, its letter, kind and long name, its lines
 * of the usage text, where its argument is kept, and who checks it.
 */
#define OPTION(symbol, letter, kind, name, usage, member, take) \
	OPTION_(CFG_##symbol, #symbol, letter, kind, name, usage, member, take)
#define OPTION_(value, ...) OPTION__(value, __VA_ARGS__)
#define OPTION__(value, ...) OPTION_##value(__VA_ARGS__)
#define OPTION_1(symbol, letter, kind, name, usage, member, take) \
	{ letter, kind, member, IF(LONG_OPTIONS, name) "\0" IF(BOX_USAGE, usage), take },
#define OPTION_0(symbol, letter, kind, name, usage, member, take) \
	{ letter, OPTION_ABSENT, 0, IF(LONG_OPTIONS, name) "\0" symbol, 0 ? take : NULL },
/*
 * One that has a long name only, which is known without LONG_OPTIONS as well; but its
 * absence costs nothing there: it is LONG_OPTIONS that is said not to be built in.
 */
#define OPTION_LONG(symbol, ...) OPTION_LONG_(CFG_##symbol, #symbol, __VA_ARGS__)
#define OPTION_LONG_(value, ...) OPTION_LONG__(value, __VA_ARGS__)
#define OPTION_LONG__(value, ...) OPTION_LONG_##value(__VA_ARGS__)
#define OPTION_LONG_1(symbol, letter, kind, name, usage, member, take) \
	{ letter, kind, member, name "\0" IF(BOX_USAGE, usage), take },
#define OPTION_LONG_0(symbol, letter, kind, name, usage, member, take) \
	IF(LONG_OPTIONS, { letter, OPTION_ABSENT, 0, name "\0" symbol, 0 ? take : NULL },)
#define OPTIONS_END { 0, 0, 0, NULL, NULL }

struct options {
	const struct option *table;
	const char *usage;	/* what --help prints before the lines of the options */
	char **words;		/* the word that comes next; at the end the first operand */
	/* Of the option at hand: */
	char *arg;
	const char *shown;	/* as messages name it: "-p" or "--pidfile" */
	const char *wrong;	/* what was wrong with it */
	char *cluster;		/* the letters left of a word such as -vq */
	char letter[3];
};

enum { OPTION_END = 0, OPTION_HELP = -1, OPTION_BAD = -2 };

/*
 * Reads all options into `to`, whose first member is a struct given. Returns
 * OPTION_END with o->words at the first operand; OPTION_HELP where the usage was
 * asked for and printed; OPTION_BAD where one line on stderr has said what is wrong.
 */
int options_read(struct options *o, void *to);

#endif
