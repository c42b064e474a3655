// SPDX-License-Identifier: 0BSD
/* Options from a string table; getopt would be 4.6 kB, and prints by itself. */
#include <string.h>
#include "lib/common/message.h"
#include "lib/common/option.h"
#include "lib/libc/syscall.h"

/* What stands where in a row of the table. */
enum { LETTER, KIND, NAME };

static const char *symbol_of(const char *row)
{
	return row[NAME] == '!' ? row + strlen(row) + 1 : NULL;
}

static const char *next_row(const char *row)
{
	const char *symbol = symbol_of(row);

	if (symbol)
		row = symbol;
	return row + strlen(row) + 1;
}

static int has_name(const char *row, const char *name)
{
	return strcmp(row + NAME + (row[NAME] == '!'), name) == 0;
}

/* The row of a long name, or where that is NULL of the letter at hand. */
static const char *find(struct options *o, const char *name)
{
	const char *row;
	unsigned i;

	for (i = 0; i < ELEMENTS(o->table) && o->table[i]; i++) {
		o->prefix = o->table[i];
		for (row = o->prefix + strlen(o->prefix) + 1; *row; row = next_row(row))
			if (name ? has_name(row, name) : row[LETTER] == o->letter[1])
				return row;
	}
	return NULL;
}

static int bad(const struct options *o, const char *why)
{
	complain(o->shown, why);
	return OPTION_BAD;
}

static int not_built_in(const char *shown, const char *prefix, const char *symbol)
{
	say(STDERR_FILENO, applet_name, ": ", shown, ": not built in (", prefix, symbol, ")\n");
	return OPTION_BAD;
}

int option_refuse(const struct options *o, const char *why)
{
	char *at;

	/* A message is one line. */
	for (at = o->arg; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = '?';
	complain(o->shown, o->arg, why);
	return OPTION_BAD;
}

/* The option of a row, with the argument that stood in the same word, if one did. */
static int START_UP take(struct options *o, const char *row, char *arg)
{
	if (!row)
		return bad(o, "unknown option");
	if (symbol_of(row))
		return not_built_in(o->shown, o->prefix, symbol_of(row));
	if (row[KIND] == ':' && !arg && !(arg = *o->words++))
		return bad(o, "needs an argument");
	o->arg = arg;
	return row[LETTER];
}

static int help(const char *const usage[2])
{
	if (!CFG_BOX_USAGE)
		return not_built_in("--help", "", "BOX_USAGE");
	say(STDOUT_FILENO, usage[0], usage[1] ? usage[1] : "");
	return OPTION_HELP;
}

static int long_option(struct options *o, char *word)
{
	char *arg = strchr(word, '=');
	const char *row;

	o->shown = word;
	if (strcmp(word, "--help") == 0)
		return help(o->usage);
	if (!CFG_LONG_OPTIONS)
		return not_built_in(word, "", "LONG_OPTIONS");
	if (arg)
		*arg++ = '\0';
	row = find(o, word + 2);
	if (row && arg && row[KIND] != ':')
		return bad(o, "takes no argument");
	return take(o, row, arg);
}

static int short_option(struct options *o)
{
	const char *row;
	char *arg = NULL;

	o->letter[0] = '-';
	o->letter[1] = *o->cluster++;
	row = find(o, NULL);
	o->shown = o->letter;
	if (row && row[KIND] == ':' && *o->cluster) {
		arg = o->cluster;
		o->cluster = NULL;
	}
	return take(o, row, arg);
}

int option_next(struct options *o)
{
	char *word = *o->words;

	if (o->cluster && *o->cluster)
		return short_option(o);
	if (!word || word[0] != '-' || !word[1])
		return OPTION_END;
	o->words++;
	if (word[1] != '-') {
		o->cluster = word + 1;
		return short_option(o);
	}
	return word[2] ? long_option(o, word) : OPTION_END;
}
