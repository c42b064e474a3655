// SPDX-License-Identifier: 0BSD
/* daemonize: runs any program as a proper daemon. */
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include "box.h"
#include "lib/launch.h"
#include "lib/limit.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/option.h"
#include "lib/steps.h"

static const char usage[] = "" IF(BOX_USAGE,
	"usage: daemonize [OPTION]... [--] PROGRAM [ARG]...\n"
	"Runs PROGRAM as a daemon; returns when it has been started, or why not.\n"
	IF(DAEMONIZE_CHDIR,
	"  -c DIR             working directory (/)\n")
	IF(DAEMONIZE_UMASK,
	"  -m MASK            umask, octal (" CFG_STEP_UMASK_DEFAULT ")\n")
	IF(DAEMONIZE_USER,
	"  -u USER[:GROUP]    run as; names or numbers\n")
	IF(DAEMONIZE_ENV,
	"  -E NAME=VALUE      set in its environment\n")
	IF(DAEMONIZE_CLEARENV,
	"  -i                 start from an empty environment\n")
	IF(DAEMONIZE_KEEP,
	"  -D FD              keep this descriptor\n")
	IF(DAEMONIZE_IGNORE,
	"  -I SIG[,SIG]       start with these signals ignored\n")
	IF(DAEMONIZE_LEADER,
	"  -1                 it leads its session\n")
	IF(DAEMONIZE_NICE,
	"  -n N               nice value\n")
	IF(DAEMONIZE_LIMIT,
	"  -L RES=SOFT[:HARD] resource limit\n")
	IF(DAEMONIZE_PIDFILE,
	"  -p FILE            pidfile, locked while it lives\n")
	IF(DAEMONIZE_LOCK,
	"  -l FILE            lock this file while it lives\n")
	IF(DAEMONIZE_FILES,
	"  -o FILE, -e FILE   stdout, stderr to a file\n"
	"  -a                 append to them\n")
	IF(DAEMONIZE_FOREGROUND,
	"  -f                 stay in the foreground\n")
	IF(DAEMONIZE_ALREADY,
	"  -O                 already running is success\n")
	IF(DAEMONIZE_QUIET,
	"  -q                 no messages\n")
	IF(DAEMONIZE_VERBOSE,
	"  -v, -d             say each step; say the steps and do none\n")
);

static const char table[] =
	OPTION(DAEMONIZE_CHDIR, "c:", "chdir")
	OPTION(DAEMONIZE_UMASK, "m:", "umask")
	OPTION(DAEMONIZE_USER, "u:", "user")
	OPTION(DAEMONIZE_ENV, "E:", "env")
	OPTION(DAEMONIZE_CLEARENV, "i ", "clear-env")
	OPTION(DAEMONIZE_KEEP, "D:", "keep-fd")
	OPTION(DAEMONIZE_IGNORE, "I:", "ignore")
	OPTION(DAEMONIZE_LEADER, "1 ", "leader")
	OPTION(DAEMONIZE_NICE, "n:", "nice")
	OPTION(DAEMONIZE_LIMIT, "L:", "limit")
	OPTION(DAEMONIZE_PIDFILE, "p:", "pidfile")
	OPTION(DAEMONIZE_LOCK, "l:", "lock")
	OPTION(DAEMONIZE_FILES, "o:", "stdout")
	OPTION(DAEMONIZE_FILES, "e:", "stderr")
	OPTION(DAEMONIZE_FILES, "a ", "append")
	OPTION(DAEMONIZE_FOREGROUND, "f ", "foreground")
	OPTION(DAEMONIZE_ALREADY, "O ", "running-ok")
	OPTION(DAEMONIZE_QUIET, "q ", "quiet")
	OPTION(DAEMONIZE_VERBOSE, "v ", "verbose")
	OPTION(DAEMONIZE_VERBOSE, "d ", "dry-run");

/* Options that only leave their text, or "" if they take none, in the launch. */
static const struct {
	char letter;
	unsigned short member;
} texts[] = {
#define TEXT(letter, member) { letter, offsetof(struct launch, member) },
	IF(DAEMONIZE_CHDIR, TEXT('c', dir))
	IF(DAEMONIZE_USER, TEXT('u', user))
	IF(DAEMONIZE_CLEARENV, TEXT('i', bare))
	IF(DAEMONIZE_KEEP, TEXT('D', keeps))
	IF(DAEMONIZE_LEADER, TEXT('1', leader))
	IF(DAEMONIZE_NICE, TEXT('n', nice))
	IF(DAEMONIZE_LIMIT, TEXT('L', limited))
	IF(DAEMONIZE_PIDFILE, TEXT('p', pidfile))
	IF(DAEMONIZE_LOCK, TEXT('l', lockfile))
	IF(DAEMONIZE_FILES, TEXT('o', out))
	IF(DAEMONIZE_FILES, TEXT('e', err))
	IF(DAEMONIZE_FILES, TEXT('a', append))
	IF(DAEMONIZE_FOREGROUND, TEXT('f', foreground))
	IF(DAEMONIZE_ALREADY, TEXT('O', running_is_fine))
	IF(DAEMONIZE_QUIET, TEXT('q', quiet))
	IF(DAEMONIZE_VERBOSE, TEXT('v', verbose))
	IF(DAEMONIZE_VERBOSE, TEXT('d', dry))
	{ 0, 0 }
#undef TEXT
};

static void keep_text(struct launch *l, int letter, const char *text)
{
	unsigned i;

	for (i = 0; texts[i].letter; i++)
		if (texts[i].letter == letter)
			*(const char **)((char *)l + texts[i].member) = text ? text : "";
}

static const char *set_umask(struct launch *l, const char *text)
{
	long mask = number_whole(text, 8, 0777);

	l->mask = (mode_t)mask;
	return mask < 0 ? "not an octal mask" : NULL;
}

static const char *set_nice(struct launch *l, const char *text)
{
	int negative = *text == '-';
	long number = number_whole(text + negative, 10, 19 + negative);

	l->niceness = (int)(negative ? -number : number);
	return number < 0 ? "not a nice value from -20 to 19" : NULL;
}

static const char *add_keep(struct launch *l, const char *text)
{
	long fd = number_whole(text, 10, INT_MAX);

	keep_open(l, (int)fd);
	return fd < 0 ? "not a descriptor" : NULL;
}

static const char *add_set(struct launch *l, char *text)
{
	l->set[l->sets++] = text;
	return *text == '=' || !strchr(text, '=') ? "not NAME=VALUE" : NULL;
}

static const char *add_limit(struct launch *l, char *text)
{
	struct limit limit;

	l->limit[l->limits++] = text;
	return limit_read(text, &limit);
}

/* Checks an option's argument and keeps what is more than a text; returns what is wrong with it. */
static const char *check(struct launch *l, int letter, char *arg)
{
	if (arg && !*arg)
		return "empty";
	switch (letter) {
	case 'm':
		return CFG_DAEMONIZE_UMASK ? set_umask(l, arg) : NULL;
	case 'n':
		return CFG_DAEMONIZE_NICE ? set_nice(l, arg) : NULL;
	case 'D':
		return CFG_DAEMONIZE_KEEP ? add_keep(l, arg) : NULL;
	case 'E':
		return CFG_DAEMONIZE_ENV ? add_set(l, arg) : NULL;
	case 'L':
		return CFG_DAEMONIZE_LIMIT ? add_limit(l, arg) : NULL;
	case 'I':
		return CFG_DAEMONIZE_IGNORE && signal_list(arg, &l->ignore) < 0 ? "not a signal" : NULL;
	case 'u':
		return CFG_DAEMONIZE_USER && *arg == ':' ? "no user" : NULL;
	}
	return NULL;
}

/* Reads the options; returns OPTION_END, or what else ended them. */
static int read_options(struct launch *l, struct options *o)
{
	int letter;

	while ((letter = option_next(o)) > 0) {
		const char *wrong = check(l, letter, o->arg);

		if (wrong)
			return option_refuse(o, wrong);
		keep_text(l, letter, o->arg);
	}
	return letter;
}

static size_t count(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

int daemonize_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of a kind is the most there can be. */
	const size_t most = (size_t)argc;
	char *set[most], *limit[most], *env[count(environ) + most + 8];
	int keep[most + 2];
	struct options o = { .table = table, .usage = usage, .words = argv + 1 };
	struct launch l;
	int ended;

	launch_init(&l);
	l.set = set;
	l.limit = limit;
	l.env = env;
	l.keep = keep;
	ended = read_options(&l, &o);
	if (ended != OPTION_END)
		return ended == OPTION_HELP ? EXIT_DONE : EXIT_USAGE;
	if (!*o.words) {
		complain("no PROGRAM given");
		return EXIT_USAGE;
	}
	l.argv = o.words;
	l.program = *o.words;
	launch_detach(&l);
	launch_steps(&l, steps_program);
	return EXIT_DONE;
}
