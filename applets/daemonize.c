// SPDX-License-Identifier: 0BSD
/* daemonize: runs any program as a proper daemon. */
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include "box.h"
#include "lib/control.h"
#include "lib/launch.h"
#include "lib/limit.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/number.h"
#include "lib/option.h"
#include "lib/ready.h"
#include "lib/steps.h"
#include "lib/supervise.h"

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
	IF(DAEMONIZE_SYSLOG,
	"  -S                 stdout and stderr to syslog\n"
	"  -T TAG             with this tag (the program's name)\n"
	"  -s LEVELS          [FACILITY.]OUT[,ERR] (daemon.info,err)\n")
	IF(DAEMONIZE_PTY,
	"  -y                 its stdout is a terminal, so that it writes line by line\n")
	IF(DAEMONIZE_RESTART,
	"  -r                 start it again when it ends; twice: if it fails\n"
	"  -R SECS            after so long (1), doubling to 60 while it fails\n"
	"  -C N               give up after N failures in a row\n")
	IF(DAEMONIZE_SUPERVISOR_PIDFILE,
	"  -P FILE            pidfile of the supervisor\n")
	IF(DAEMONIZE_READY,
	"  -w WHAT            wait until it is ready:"
	IF(DAEMONIZE_READY_FD, " fd:N") IF(DAEMONIZE_READY_SOCKET, " socket") IF(DAEMONIZE_READY_LINE, " line:TEXT") "\n")
	IF(DAEMONIZE_FOREGROUND,
	"  -f                 stay in the foreground\n")
	IF(DAEMONIZE_STOP,
	"  -K                 stop the pidfile's service" IF(DAEMONIZE_STOP_SESSION, "; twice: all of it") "\n"
	"  -k SIG             signal it, or stop it by this\n")
	IF(DAEMONIZE_STATUS,
	"  -Q                 is it running? 0 yes, 1 dead, 3 no, 4 unknown\n")
	IF(DAEMONIZE_TIMEOUT,
	"  -t SECS            longest wait: ready 30, stop 10, foreground 4\n")
	IF(DAEMONIZE_ALREADY,
	"  -O                 already running is success\n")
	IF(DAEMONIZE_QUIET,
	"  -q                 no messages\n")
	IF(DAEMONIZE_VERBOSE,
	"  -v, -d             say each step; say the steps and do none\n")
);

#define HAVE(symbol, letter, name) OPTION(DAEMONIZE_, symbol, letter, name)
static const char table[] =
	HAVE(CHDIR, "c:", "chdir")
	HAVE(UMASK, "m:", "umask")
	HAVE(USER, "u:", "user")
	HAVE(ENV, "E:", "env")
	HAVE(CLEARENV, "i ", "clear-env")
	HAVE(KEEP, "D:", "keep-fd")
	HAVE(IGNORE, "I:", "ignore")
	HAVE(LEADER, "1 ", "leader")
	HAVE(NICE, "n:", "nice")
	HAVE(LIMIT, "L:", "limit")
	HAVE(PIDFILE, "p:", "pidfile")
	HAVE(LOCK, "l:", "lock")
	HAVE(FILES, "o:", "stdout")
	HAVE(FILES, "e:", "stderr")
	HAVE(FILES, "a ", "append")
	HAVE(FOREGROUND, "f ", "foreground")
	HAVE(SYSLOG, "S ", "syslog")
	HAVE(SYSLOG, "T:", "tag")
	HAVE(SYSLOG, "s:", "facility")
	HAVE(PTY, "y ", "pty")
	HAVE(RESTART, "r ", "restart")
	HAVE(RESTART, "R:", "restart-delay")
	HAVE(RESTART, "C:", "give-up")
	HAVE(SUPERVISOR_PIDFILE, "P:", "supervisor-pidfile")
	HAVE(READY, "w:", "ready")
	HAVE(STOP, "K ", "stop")
	HAVE(STOP, "k:", "signal")
	HAVE(STATUS, "Q ", "status")
	HAVE(TIMEOUT, "t:", "timeout")
	HAVE(ALREADY, "O ", "running-ok")
	HAVE(QUIET, "q ", "quiet")
	HAVE(VERBOSE, "v ", "verbose")
	HAVE(VERBOSE, "d ", "dry-run");

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
	IF(DAEMONIZE_SYSLOG, TEXT('S', syslog))
	IF(DAEMONIZE_SYSLOG, TEXT('T', tag))
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
		return CFG_DAEMONIZE_SYSLOG ? check_tag(l, arg) : NULL;
	case 'y':
		if (CFG_DAEMONIZE_PTY)
			l->syslog = "";
		break;
	case 's':
		return CFG_DAEMONIZE_SYSLOG ? set_priorities(l, arg) : NULL;
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
		return CFG_DAEMONIZE_IGNORE ? add_ignored(l, arg) : NULL;
	case 'u':
		return CFG_DAEMONIZE_USER && *arg == ':' ? "no user" : NULL;
	}
	return check_service(l, letter, arg);
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

static int usage_error(const struct launch *l, const char *what, const char *why)
{
	complain(what, why);
	/* LSB has 4 for a status that could not be asked for. */
	return CFG_DAEMONIZE_STATUS && l->status ? EXIT_STATUS_UNKNOWN : EXIT_USAGE;
}

/* What a service is done to rather than started. */
static int control_service(const struct launch *l, char **operands)
{
	if (!l->pidfile)
		return usage_error(l, l->status ? "-Q" : l->stop ? "-K" : "-k", "needs -p FILE");
	if (*operands)
		return usage_error(l, *operands, "not with -K, -k or -Q");
	if (l->stop_all && !CFG_DAEMONIZE_STOP_SESSION)
		return usage_error(l, "-KK", "not built in (DAEMONIZE_STOP_SESSION)");
	return control(l);
}

/* The tag is the program's name, with what cannot be in a tag made "_". */
static void make_tag(struct launch *l, char tag[TAG_MOST + 1])
{
	const char *slash = strrchr(l->program, '/'), *from = slash ? slash + 1 : l->program;
	unsigned i;

	for (i = 0; i < TAG_MOST && from[i]; i++)
		tag[i] = tag_takes(from[i]) ? from[i] : '_';
	tag[i] = '\0';
	l->tag = tag;
}

/* Starts the program; comes back only for what is wrong with the command line. */
static int start(struct launch *l, char **operands)
{
	char tag[TAG_MOST + 1];

	if (!*operands)
		return usage_error(l, "PROGRAM", "none given");
	if (CFG_DAEMONIZE_READY && l->foreground && (l->ready_fd || l->ready_socket || l->ready_line))
		return usage_error(l, "-w", "not with -f");
	l->argv = operands;
	l->program = *operands;
	if (CFG_DAEMONIZE_SUPERVISE && !l->tag)
		make_tag(l, tag);
	if (CFG_DAEMONIZE_SUPERVISE && (l->syslog || l->restart || l->ready_line))
		l->supervised = "";
	if (!l->supervised)
		l->supervisor_file = NULL;
	launch_detach(l);
	if (CFG_DAEMONIZE_SUPERVISE && l->supervised && !(CFG_DAEMONIZE_VERBOSE && l->dry))
		supervise(l);
	launch_steps(l, steps_program);
	return EXIT_DONE;
}

int daemonize_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of a kind is the most there can be. */
	const size_t most = (size_t)argc + 1;
	char *set[most], *limit[most], *env[count(environ) + most + 8];
	int keep[most + OWN_DESCRIPTORS];
	struct options o = { .table = table, .prefix = "DAEMONIZE_", .usage = usage, .words = argv + 1 };
	struct launch l;
	int ended;

	launch_init(&l);
	l.set = set;
	l.limit = limit;
	l.env = env;
	l.keep = keep;
	ended = read_options(&l, &o);
	if (ended == OPTION_HELP)
		return EXIT_DONE;
	if (ended != OPTION_END)
		return CFG_DAEMONIZE_STATUS && l.status ? EXIT_STATUS_UNKNOWN : EXIT_USAGE;
	if ((CFG_DAEMONIZE_STOP && (l.stop || l.signal)) || (CFG_DAEMONIZE_STATUS && l.status))
		return control_service(&l, o.words);
	return start(&l, o.words);
}
