// SPDX-License-Identifier: 0BSD
/* What options mean for a launch; daemonize has all of them, ticklog some. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/daemon/control.h"
#include "lib/daemon/launch-option.h"
#include "lib/daemon/limit.h"
#include "lib/log/log.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/ready.h"
#include "lib/daemon/steps.h"

/* What applets have in common of the usage text and of the options. */
static const char launch_usage[] START_UP_DATA = "" IF(BOX_USAGE,
	IF(DAEMONIZE_CHDIR,
	"  -c DIR             working directory (/)\n")
	IF(DAEMONIZE_USER,
	"  -u USER[:GROUP]    run as; names or numbers\n")
	IF(DAEMONIZE_PIDFILE,
	"  -p FILE            pidfile, locked while it lives\n")
	IF(DAEMONIZE_FOREGROUND,
	"  -f                 stay in the foreground\n")
	IF(DAEMONIZE_STOP,
	"  -K                 stop the pidfile's service" IF(DAEMONIZE_STOP_SESSION, "; twice: all of it") "\n"
	"  -k SIG             signal it, or stop it by this\n")
	IF(DAEMONIZE_STATUS,
	"  -Q                 is it running? 0 yes, 1 dead, 3 no, 4 unknown\n")
	IF(DAEMONIZE_ALREADY,
	"  -O                 already running is success\n")
	IF(DAEMONIZE_QUIET,
	"  -q                 no messages\n")
);

#define HAVE(symbol, letter, name) OPTION(DAEMONIZE_, symbol, letter, name)
static const char table[] START_UP_DATA = OPTIONS("DAEMONIZE_")
	HAVE(CHDIR, "c:", "chdir")
	HAVE(USER, "u:", "user")
	HAVE(PIDFILE, "p:", "pidfile")
	HAVE(FOREGROUND, "f ", "foreground")
	HAVE(STOP, "K ", "stop")
	HAVE(STOP, "k:", "signal")
	HAVE(STATUS, "Q ", "status")
	HAVE(TIMEOUT, "t:", "timeout")
	HAVE(ALREADY, "O ", "running-ok")
	HAVE(QUIET, "q ", "quiet")
	HAVE(VERBOSE, "v ", "verbose");

/* Options that only leave their text, or "" if they take none, in the launch. */
static const struct {
	char letter;
	unsigned char member;		/* WANTED() */
} texts[] = {
#define TEXT(letter, member) { letter, WANTED(member) },
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
	IF(DAEMONIZE_SYSLOG, TEXT('S', syslog))
	IF(SYSLOG, TEXT('T', tag))
	IF(DAEMONIZE_PTY, TEXT('y', pty))
	IF(DAEMONIZE_RESTART, TEXT('r', restart))
	IF(DAEMONIZE_SUPERVISOR_PIDFILE, TEXT('P', supervisor_file))
	IF(DAEMONIZE_STOP, TEXT('K', stop))
	IF(DAEMONIZE_STOP, TEXT('k', signal))
	IF(DAEMONIZE_STATUS, TEXT('Q', status))
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
			((const char **)l)[texts[i].member] = text ? text : "";
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

static const char *add_ignored(struct launch *l, const char *text)
{
	if (signal_list(text, &l->ignore) < 0)
		return "not a signal";
	return signal_in(&l->ignore, SIGKILL) || signal_in(&l->ignore, SIGSTOP) ? "cannot be ignored" : NULL;
}

static const char *add_limit(struct launch *l, char *text)
{
	struct limit limit;

	l->limit[l->limits++] = text;
	return limit_read(text, &limit);
}

/* A tag that every log daemon reads as one: printable, and nothing that ends it. */
static const char *check_tag(struct launch *l, const char *text)
{
	const char *at;

	l->syslog = "";
	for (at = text; *at; at++)
		if (!tag_takes(*at))
			return "not a tag";
	return at - text > TAG_MOST ? "too long" : NULL;
}

static const char *set_priorities(struct launch *l, const char *text)
{
	l->syslog = "";
	return log_priorities(text, &l->out_priority, &l->err_priority);
}

static const char *set_seconds(unsigned *seconds, const char *text, unsigned least)
{
	const long number = number_whole(text, 10, 65535);

	*seconds = (unsigned)number;
	return number < (long)least ? "not a number of seconds" : NULL;
}

static const char *set_give_up(struct launch *l, const char *text)
{
	const long number = number_whole(text, 10, 1000000);

	l->give_up = (unsigned)number;
	return number < 1 ? "not a number of failures" : NULL;
}

static const char *set_signal(struct launch *l, const char *text)
{
	l->signal_number = signal_number(text, strlen(text));
	return l->signal_number < 0 ? "not a signal" : NULL;
}

/* The options of supervision and control, as check() has the rest. */
static const char *check_service(struct launch *l, int letter, char *arg)
{
	switch (letter) {
	case 'T':
		return CFG_SYSLOG ? check_tag(l, arg) : NULL;
	case 'y':
		if (CFG_DAEMONIZE_PTY)
			l->syslog = "";
		break;
	case 's':
		return CFG_SYSLOG ? set_priorities(l, arg) : NULL;
	case 'r':
		if (CFG_DAEMONIZE_RESTART && l->restart)
			l->restart_failed = "";
		break;
	case 'R':
		return CFG_DAEMONIZE_RESTART ? set_seconds(&l->restart_delay, arg, 0) : NULL;
	case 'C':
		return CFG_DAEMONIZE_RESTART ? set_give_up(l, arg) : NULL;
	case 't':
		return CFG_DAEMONIZE_TIMEOUT ? set_seconds(&l->timeout, arg, 1) : NULL;
	case 'w':
		return CFG_DAEMONIZE_READY ? ready_option(l, arg) : NULL;
	case 'K':
		if (CFG_DAEMONIZE_STOP && l->stop)
			l->stop_all = "";
		break;
	case 'k':
		return CFG_DAEMONIZE_STOP ? set_signal(l, arg) : NULL;
	}
	return NULL;
}

/* Checks an option's argument and keeps what is more than a text; returns what is wrong with it. */
static const char *check(struct launch *l, int letter, char *arg)
{
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
		return CFG_DAEMONIZE_IGNORE ? add_ignored(l, arg) : NULL;
	case 'u':
		return CFG_DAEMONIZE_USER && *arg == ':' ? "no user" : NULL;
	}
	return check_service(l, letter, arg);
}

const char launch_no_own[] = "";

/* Reads the options; returns OPTION_END, or what else ended them. */
static int START_UP read_options(struct launch *l, struct options *o, launch_own *own)
{
	int letter;

	while ((letter = option_next(o)) > 0) {
		const char *wrong = o->arg && !*o->arg ? "empty" : own ? own(l, letter, o->arg) : launch_no_own;

		if (wrong == launch_no_own) {
			wrong = check(l, letter, o->arg);
			keep_text(l, letter, o->arg);
		}
		if (wrong)
			return option_refuse(o, wrong);
	}
	return letter;
}

/* LSB has 4 for a status that could not be asked for. */
static int usage_status(const struct launch *l)
{
	return CFG_DAEMONIZE_STATUS && l->status ? EXIT_STATUS_UNKNOWN : EXIT_USAGE;
}

int launch_misused(const struct launch *l, const char *what, const char *why)
{
	complain(what, why);
	return usage_status(l);
}

/* What a service is done to rather than started. */
static int control_service(const struct launch *l, char **operands)
{
	if (!l->pidfile)
		return launch_misused(l, l->status ? "-Q" : l->stop ? "-K" : "-k", "needs -p FILE");
	if (*operands)
		return launch_misused(l, *operands, "not with -K, -k or -Q");
	if (l->stop_all && !CFG_DAEMONIZE_STOP_SESSION)
		return launch_misused(l, "-KK", "not built in (DAEMONIZE_STOP_SESSION)");
	return control(l);
}

APART int START_UP launch_asked(struct launch *l, struct options *o, launch_own *own)
{
	int ended;

	o->table[1] = table;
	o->usage[1] = launch_usage;
	ended = read_options(l, o, own);
	if (ended == OPTION_HELP)
		return EXIT_DONE;
	if (ended != OPTION_END)
		return usage_status(l);
	if ((CFG_DAEMONIZE_STOP && (l->stop || l->signal)) || (CFG_DAEMONIZE_STATUS && l->status))
		return control_service(l, o->words);
	return LAUNCH_START;
}
