// SPDX-License-Identifier: 0BSD
/* pidof-session: finds the processes of a session, shows, checks, signals and awaits them. */
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/common/option.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/common/signals.h"
#include "lib/libc/syscall.h"

enum { EXIT_NONE = 1, EXIT_TROUBLE = 3, EXIT_LEFT = 4 };

/* Seconds that those which were killed have to end. */
enum { GRACE = 10 };

static const char pidof_session_usage[] START_UP_DATA = "" IF(BOX_USAGE,
	"usage: pidof-session [OPTION]..." IF(PIDOF_SESSION_NAME, " [NAME]...") "\n"
	"Prints the processes of its caller's session" IF(PIDOF_SESSION_NAME, ", or those NAME is in") ".\n"
	"  -s SID   of this one (0: the caller's)\n"
	"  -p PID   of that of PID\n"
	IF(PIDOF_SESSION_PIDFILE,
	"  -F FILE  of that of the pid in FILE\n")
	IF(PIDOF_SESSION_TTY,
	"  -t TTY   of those on a terminal\n")
	IF(PIDOF_SESSION_GROUP,
	"  -g PGID  only this group\n")
	IF(PIDOF_SESSION_LEADER,
	"  -L       only leaders\n")
	IF(PIDOF_SESSION_OMIT,
	"  -A       not the caller's ancestors\n"
	"  -o PID   not this one\n")
	IF(PIDOF_SESSION_LIST,
	"  -l       rows, as ps ajx\n")
	IF(PIDOF_SESSION_ALL,
	"  -a       sessions, all unless chosen\n")
	IF(PIDOF_SESSION_CHECK,
	"  -c       proper daemons?\n")
	IF(PIDOF_SESSION_SIGNAL,
	"  -k SIG   signal them\n"
	"  --force  the caller's or process 1's too\n")
	IF(PIDOF_SESSION_WAIT,
	"  -w SECS  wait for their end" IF(PIDOF_SESSION_SIGNAL, "; after -k KILL") "\n")
	IF(PIDOF_SESSION_FORMAT,
	"  -1       one\n"
	"  -q       print none\n"
	"  -d SEP   between them\n")
	IF(PIDOF_SESSION_SERVICE,
	"  -v       say what has no session\n")
);

static const char table[] START_UP_DATA = OPTIONS("PIDOF_SESSION_")
	OPTION(PIDOF_, SESSION, "s:", "session")
	OPTION(PIDOF_, SESSION, "p:", "pid")
	OPTION(PIDOF_SESSION_, PIDFILE, "F:", "pidfile")
	OPTION(PIDOF_SESSION_, TTY, "t:", "terminal")
	OPTION(PIDOF_SESSION_, GROUP, "g:", "group")
	OPTION(PIDOF_SESSION_, LEADER, "L ", "leaders")
	OPTION(PIDOF_SESSION_, OMIT, "A ", "ignore-ancestors")
	OPTION(PIDOF_SESSION_, OMIT, "o:", "omit")
	OPTION(PIDOF_SESSION_, LIST, "l ", "list")
	OPTION(PIDOF_SESSION_, ALL, "a ", "all")
	OPTION(PIDOF_SESSION_, CHECK, "c ", "check")
	OPTION(PIDOF_SESSION_, SIGNAL, "k:", "signal")
	OPTION(PIDOF_SESSION_, SIGNAL, "\2 ", "force")
	OPTION(PIDOF_SESSION_, WAIT, "w:", "wait")
	OPTION(PIDOF_SESSION_, FORMAT, "1 ", "one")
	OPTION(PIDOF_SESSION_, FORMAT, "q ", "quiet")
	OPTION(PIDOF_SESSION_, FORMAT, "d:", "separator")
	OPTION(PIDOF_SESSION_, SERVICE, "v ", "verbose");

/* An option that names what to look for, kept until all are read. */
struct choice {
	int letter;
	char *list;
};

static void choose_number(struct session *s, int letter, pid_t number)
{
	if (letter == 'p') {
		session_choose(s, number);
		return;
	}
	/* 0 is the caller's own. */
	if (!number && letter != 'o')
		number = (pid_t)sys1(letter == 'g' ? SYS_getpgid : SYS_getsid, 0);
	s->mark[number] |= letter == 's' ? CHOSEN : letter == 'g' ? GROUP : OMIT;
}

/* A list of numbers; before there is a session it is only checked. Returns what is wrong with it. */
static const char *choose_numbers(struct session *s, int letter, const char *list)
{
	unsigned long long number;

	for (;; list++) {
		list = number_read(list, 10, &number);
		if (!list || (*list && *list != ',') || number >= PIDS)
			return "not a number, nor a list of them";
		if (s->mark)
			choose_number(s, letter, (pid_t)number);
		if (!*list)
			return NULL;
	}
}

static void choose_file(struct session *s, const char *path)
{
	unsigned long long number;
	long length = proc_read(path, s->text, sizeof(s->text));

	if (length >= 0 && number_read(s->text, 10, &number) && number < PIDS) {
		session_choose(s, (pid_t)number);
		return;
	}
	complain(path, length < 0 ? error_text(-(int)length) : "no process number");
	s->failed = 1;
}

static void choose_files(struct session *s, char *list)
{
	char *comma;

	while ((comma = strchr(list, ','))) {
		*comma = '\0';
		choose_file(s, list);
		list = comma + 1;
	}
	choose_file(s, list);
}

static int is_listed(const char *list, const char *name)
{
	for (;;) {
		size_t length;

		if (strncmp(list, "/dev/", 5) == 0)
			list += 5;
		length = strcspn(list, ",");
		if (strlen(name) == length && strncmp(list, name, length) == 0)
			return 1;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

static OUT_OF_LINE const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The whole of a name that is cut at 15 bytes is what was run, or for a script the word behind that. */
static int is_named(struct session *s, const char *name)
{
	long length;

	if (strncmp(s->name, name, 15) != 0)
		return 0;
	if (strlen(s->name) < 15 || (length = session_text(s, s->pid, "cmdline")) <= 0)
		return strcmp(s->name, name) == 0;
	return strcmp(base(s->text), name) == 0 || strcmp(base(s->text + strlen(s->text) + 1), name) == 0;
}

static void START_UP choose_by_stat(struct session *s)
{
	const struct choice *c;
	char **name;

	if (!session_lives(s))
		return;
	for (c = s->choice; CFG_PIDOF_SESSION_TTY && c->letter; c++)
		if (c->letter == 't' && s->field[TTY] && is_listed(c->list, session_tty(s)))
			session_choose(s, s->pid);
	for (name = s->names; CFG_PIDOF_SESSION_NAME && *name; name++)
		if (is_named(s, *name))
			session_choose(s, s->pid);
}

/* Marks what was asked for, and sets what the looks that follow go by. */
static OUT_OF_LINE void choose(struct session *s)
{
	const int by_stat = (CFG_PIDOF_SESSION_NAME && *s->names) || (CFG_PIDOF_SESSION_TTY && GIVEN(s, 't'));
	const struct choice *c;

	s->ask = SYS_getsid;
	s->wanted = CHOSEN;
	if (by_stat) {
		s->extra = session_any;
		session_look(s, choose_by_stat, 1);
	}
	for (c = s->choice; c->letter; c++)
		if (CFG_PIDOF_SESSION_PIDFILE && c->letter == 'F')
			choose_files(s, c->list);
		else if (c->letter != 't')
			choose_numbers(s, c->letter, c->list);
	if (CFG_PIDOF_SESSION_OMIT && GIVEN(s, 'A'))
		session_omit_ancestors(s);
	s->extra = s->service;
	if (by_stat || GIVEN(s, 's') || GIVEN(s, 'p') || GIVEN(s, 'F'))
		return;
	if (CFG_PIDOF_SESSION_GROUP && GIVEN(s, 'g')) {
		s->ask = SYS_getpgid;
		s->wanted = GROUP;
	} else if (CFG_PIDOF_SESSION_ALL && GIVEN(s, 'a') && !GIVEN(s, 'k') && !GIVEN(s, 'w')) {
		s->extra = session_any;
	} else {
		choose_number(s, 's', 0);
	}
}

/* Checks an option's argument, and keeps it; returns what is wrong with it. No switch: its table would be 160 bytes. */
static const char *check(struct session *s, int letter, const char *arg)
{
	if (letter == 'd')
		s->separator = arg;
	if (strchr("spgo", letter))
		return choose_numbers(s, letter, arg);
	if (CFG_PIDOF_SESSION_SIGNAL && letter == 'k' && (s->signal = signal_number(arg, strlen(arg))) < 0)
		return "not a signal";
	if (CFG_PIDOF_SESSION_WAIT && letter == 'w' && (s->seconds = (int)number_whole(arg, 10, INT_MAX / 1000)) < 0)
		return "not a number of seconds";
	return NULL;
}

/* Reads the options; returns OPTION_END, or what else ended them. */
static OUT_OF_LINE int START_UP read_options(struct session *s, struct options *o)
{
	struct choice *c = s->choice;
	int letter;

	while ((letter = option_next(o)) > 0) {
		const char *wrong = check(s, letter, o->arg);

		if (wrong)
			return option_refuse(o, wrong);
		OPTIONS_OF(s, letter) |= OPTION_BIT(letter);
		c->letter = letter;
		c->list = o->arg;
		/* Only those that name what to look for are kept. */
		c += !!strchr("spgoFt", letter);
	}
	c->letter = 0;
	s->names = o->words;
	if (!CFG_PIDOF_SESSION_NAME && letter == OPTION_END && *s->names) {
		complain(*s->names, "not built in (PIDOF_SESSION_NAME)");
		return OPTION_BAD;
	}
	return letter;
}

static OUT_OF_LINE void show(struct session *s)
{
	if (CFG_PIDOF_SESSION_ALL && GIVEN(s, 'a'))
		show_sessions(s);
	if (CFG_PIDOF_SESSION_LIST && GIVEN(s, 'l'))
		session_look(s, show_row, 1);
	if (CFG_PIDOF_SESSION_CHECK && GIVEN(s, 'c'))
		session_look(s, show_check, 1);
	if (GIVEN(s, 'a') || GIVEN(s, 'l') || GIVEN(s, 'c') || GIVEN(s, 'k') || GIVEN(s, 'w'))
		return;
	session_look(s, show_pid, 0);
	if (s->found)
		put(s, 0, "\n");
}

/* -k and -w; returns whether some are left. */
static OUT_OF_LINE int act(struct session *s)
{
	int found = 0, left = 0;

	if (CFG_PIDOF_SESSION_SIGNAL && s->signal)
		found = signal_all(s, s->signal);
	if (CFG_PIDOF_SESSION_WAIT && GIVEN(s, 'w') && (found || !s->signal)) {
		left = session_await(s, (unsigned)s->seconds * 1000);
		if (CFG_PIDOF_SESSION_SIGNAL && left && s->signal) {
			signal_all(s, SIGKILL);
			left = session_await(s, GRACE * 1000);
		}
	}
	s->found = found | s->ever;
	return left;
}

static OUT_OF_LINE int run(struct session *s, char **words)
{
	struct options o = { .table = { table }, .usage = { pidof_session_usage }, .words = words };
	int ended = read_options(s, &o);

	if (ended != OPTION_END)
		return ended == OPTION_HELP ? EXIT_DONE : EXIT_USAGE;
	if (session_open(s))
		return EXIT_TROUBLE;
	choose(s);
	show(s);
	put_flush(s, 0);
	if ((GIVEN(s, 'k') || GIVEN(s, 'w')) && act(s))
		return EXIT_LEFT;
	if (s->trouble)
		return EXIT_TROUBLE;
	return s->found && !s->failed ? EXIT_DONE : EXIT_NONE;
}

int START_UP pidof_session_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of them is the most there can be. */
	struct choice choice[argc + 1];
	struct session s;

	memset(&s, 0, offsetof(struct session, name));
	s.choice = choice;
	s.separator = " ";
	return run(&s, argv + 1);
}
