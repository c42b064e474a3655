// SPDX-License-Identifier: 0BSD
/* Reading options by their rows; getopt would be 4.6 kB, and prints by itself. */
#include <string.h>
#include "lib/common/message.h"
#include "lib/common/option.h"
#include "lib/libc/syscall.h"

static int bad(struct options *o, const char *why)
{
	o->wrong = why;
	complain(o->shown, why);
	return OPTION_BAD;
}

static int not_built_in(struct options *o, const char *shown, const char *symbol)
{
	o->wrong = "not built in";
	complain_not_built_in(shown, symbol);
	return OPTION_BAD;
}

/* Says "applet: -x: argument: why". */
static int refuse(struct options *o, const char *why)
{
	char *at;

	if (!o->arg)
		return bad(o, why);
	o->wrong = why;
	/* A message is one line. */
	for (at = o->arg; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = '?';
	complain(o->shown, o->arg, why);
	return OPTION_BAD;
}

static const char *behind_name(const struct option *row)
{
	return row->text + strlen(row->text) + 1;
}

static int wants_argument(const struct option *row)
{
	const int kind = row->kind & ~OPTION_OWN;

	return kind == OPTION_ARG || kind == OPTION_ANY;
}

/* Does what a row says with the argument that stood in the same word, if one did. */
static int take(struct options *o, const struct option *row, char *arg, void *to)
{
	const int wants = wants_argument(row);
	const char *wrong = NULL;
	struct given *given = to;

	if (!row->text)
		return bad(o, "unknown option" IF(BOX_USAGE, "; see --help"));
	if (row->kind == OPTION_ABSENT)
		return not_built_in(o, o->shown, behind_name(row));
	if (arg && !wants)
		return bad(o, "takes no argument");
	if (wants && !arg) {
		/* The end of the words stays where it is: the environment comes behind it. */
		if (!*o->words)
			return bad(o, "needs an argument");
		arg = *o->words++;
	}
	o->arg = arg;
	if (arg && row->kind != OPTION_ANY && !*arg)
		wrong = "empty";
	else if (row->take)
		wrong = row->take(to, arg);
	if (wrong)
		return refuse(o, wrong);
	if (row->member)
		((char **)to)[row->member] = arg;
	if (!(row->kind & OPTION_OWN))
		given->bits[row->letter >> 5] |= OPTION_BIT(row->letter);
	return OPTION_END;
}

/*
 * The lines of an option. With LONG_OPTIONS its long name goes behind its letter, and the
 * text, which two blanks are in front of, to a column of its own.
 */
static void show(const struct option *row)
{
	enum { COLUMN = 28 };
	static const char blanks[COLUMN + 1] = "                            ";
	const char *usage = behind_name(row), *end;
	const size_t behind_letter = strlen("  -p");
	size_t width = behind_letter;

	while (usage[width] != ' ' || usage[width + 1] != ' ')
		width++;
	end = usage + width;
	if (row->letter > ' ') {
		say_bytes(STDOUT_FILENO, usage, behind_letter);
		say(STDOUT_FILENO, ", --", row->text);
		usage += behind_letter;
		width += strlen(", --") + strlen(row->text);
	}
	say_bytes(STDOUT_FILENO, usage, (size_t)(end - usage));
	if (width > COLUMN - 2) {
		say(STDOUT_FILENO, "\n");
		width = 0;
	}
	for (usage = end; *usage; usage = end + 1) {
		while (*usage == ' ')
			usage++;
		end = strchr(usage, '\n');
		say(STDOUT_FILENO, blanks + width);
		say_bytes(STDOUT_FILENO, usage, (size_t)(end + 1 - usage));
		width = 0;
	}
}

static int help(struct options *o)
{
	const struct option *row;

	if (!CFG_BOX_USAGE)
		return not_built_in(o, "--help", "BOX_USAGE");
	say(STDOUT_FILENO, o->usage);
	for (row = o->table; row->text; row++)
		if (CFG_LONG_OPTIONS && row->kind != OPTION_ABSENT)
			show(row);
		else if (row->kind != OPTION_ABSENT)
			say(STDOUT_FILENO, behind_name(row));
	return OPTION_HELP;
}

static int long_option(struct options *o, char *word, void *to)
{
	const struct option *row = o->table;
	char *arg = strchr(word, '=');

	o->shown = word;
	if (strcmp(word, "--help") == 0)
		return help(o);
	if (arg)
		*arg++ = '\0';
	/* What has no letter is there without LONG_OPTIONS as well. */
	while (row->text &&
	       ((!CFG_LONG_OPTIONS && row->letter > ' ') || strcmp(row->text, word + 2) != 0))
		row++;
	if (!CFG_LONG_OPTIONS && !row->text)
		return not_built_in(o, word, "LONG_OPTIONS");
	return take(o, row, arg, to);
}

static int short_option(struct options *o, void *to)
{
	const struct option *row = o->table;
	char *arg = NULL;

	o->letter[0] = '-';
	o->letter[1] = *o->cluster++;
	o->shown = o->letter;
	while (row->text && (row->letter != o->letter[1] || row->letter <= ' '))
		row++;
	if (wants_argument(row) && *o->cluster) {
		arg = o->cluster;
		o->cluster = NULL;
	}
	return take(o, row, arg, to);
}

START_UP int options_read(struct options *o, void *to)
{
	int ended = OPTION_END;
	char *word;

	while (!ended) {
		word = *o->words;
		if (o->cluster && *o->cluster) {
			ended = short_option(o, to);
			continue;
		}
		if (!word || word[0] != '-' || !word[1])
			break;
		o->words++;
		if (!word[2] && word[1] == '-')
			break;
		o->cluster = word[1] == '-' ? NULL : word + 1;
		ended = o->cluster ? short_option(o, to) : long_option(o, word, to);
	}
	return ended;
}
