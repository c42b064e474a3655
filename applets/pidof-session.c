// SPDX-License-Identifier: 0BSD
/* pidof-session: finds the processes of a session, shows, checks, signals and awaits them. */
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/common/option.h"
#include "lib/common/path.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/common/signals.h"
#include "lib/libc/syscall.h"

enum { EXIT_NONE = 1, EXIT_TROUBLE = 3, EXIT_LEFT = 4 };

/* Seconds that those which were killed have to end. */
enum { GRACE = 10 };

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
	if (letter == 'o') {
		s->mark[number] |= OMIT;
		return;
	}
	/*
	 * Where no process, and no zombie, has the number as its own or as that of its
	 * session or group, a look would find nothing (fs/fcntl.c, f_setown; never before Linux
	 * 4.13).
	 */
	if (number && sys_fcntl(s->proc, F_SETOWN, number) == -ESRCH)
		return;
	/* 0 is the caller's own. */
	if (!number)
		number = (pid_t)session_id(s, letter == 'g' ? SYS_getpgid : SYS_getsid, 0);
	if (number >= 0)
		session_mark(s, number, letter == 'g' ? GROUP : CHOSEN);
}

static int is_the_one(struct session *s, pid_t pid, unsigned long long inode)
{
	unsigned long long its = 0;
	const int error = session_inode(pid, &its);

	if (error && error != ESRCH)
		session_trouble(s, "inode", error);
	return !error && its == inode;
}

/* A process by its number, and its inode, if that is not 0. */
static void choose_process(struct session *s, int letter, pid_t pid, unsigned long long inode)
{
	if (inode && !is_the_one(s, pid, inode))
		return;
	choose_number(s, letter, pid);
	/*
	 * If it is no more, what was chosen may be another's by now, who has its number: nothing is
	 * done.
	 */
	if (inode && !is_the_one(s, pid, inode)) {
		session_trouble(s, "inode", ESRCH);
		sys_exit(EXIT_TROUBLE);
	}
}

/*
 * Reads a number from the start of a text, and where it is a process's its inode. Before
 * there is a session they are only checked. Returns what follows, or NULL.
 */
static const char *choose_first(struct session *s, int letter, const char *text)
{
	const int process = CFG_PIDOF_SESSION_INODE && (letter == 'p' || letter == 'o');
	unsigned long long number, inode = 0;

	text = number_read(text, 10, &number);
	if (process && text && *text == ':') {
		text = number_read(text + 1, 10, &inode);
		if (!inode)
			return NULL;
	}
	if (!text || number >= PIDS)
		return NULL;
	if (!s->mark)
		return text;
	if (CFG_PIDOF_SESSION_INODE)
		choose_process(s, letter, (pid_t)number, inode);
	else
		choose_number(s, letter, (pid_t)number);
	return text;
}

/* A list of those. Returns what is wrong with it. */
static const char *choose_numbers(struct session *s, int letter, const char *list)
{
	for (;; list++) {
		list = choose_first(s, letter, list);
		if (!list || (*list && *list != ','))
			return "not a number, nor a list of them";
		if (!*list)
			return NULL;
	}
}

static const char *behind_digits(const char *text)
{
	while ((unsigned char)(*text - '0') <= 9)
		text++;
	return text;
}

static void choose_file(struct session *s, const char *path)
{
	const long length = proc_read_close(path, s->text, sizeof(s->text));
	const char *end = behind_digits(s->text);

	if (CFG_PIDOF_SESSION_INODE && *end == ':')
		end = behind_digits(end + 1);
	/* Behind the number is the end of the line, or a word of its own; 0 would be the caller. */
	if (length >= 0 && *s->text != '0' && strchr(" \t\n", *end) &&
	    choose_first(s, 'p', s->text))
		return;
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

/* Whether one of NAME is the name that the kernel has, which it cuts at 15 bytes. */
static int has_name(struct session *s)
{
	char **name;

	for (name = s->names; *name; name++)
		if (strcmp(s->name, *name) == 0)
			return 1;
	return 0;
}

/*
 * Whether a NAME is the first word of the command line in `text`, or its last part, or for a script
 * the second's.
 */
static int is_run_as(struct session *s, const char *name)
{
	const char *script = s->text + strlen(s->text) + 1;

	if (strcmp(s->text, name) == 0 || strcmp(path_base(s->text), name) == 0)
		return 1;
	/* The whole of a name that was cut is in the command line alone. */
	if (strlen(s->name) == 15 && strncmp(s->name, name, 15) == 0)
		return strcmp(path_base(script), name) == 0;
	return strchr(name, '/') && session_link(s, "exe") > 0 && strcmp(s->link, name) == 0;
}

/*
 * As pidof(8) matches: the command name, the last part of argv[0], or a path that is its program.
 */
static int is_named(struct session *s)
{
	const int cut = strlen(s->name) == 15 && !(s->field[FLAGS] & KERNEL_THREAD);
	char **name;

	if (!cut && has_name(s))
		return 1;
	if (s->field[FLAGS] & KERNEL_THREAD || session_text(s, s->pid, "cmdline") <= 0)
		return cut && has_name(s);
	for (name = s->names; *name; name++)
		if (is_run_as(s, *name))
			return 1;
	return 0;
}

static START_UP void choose_by_stat(struct session *s)
{
	const struct choice *c;
	int meant;

	if (!session_lives(s))
		return;
	meant = CFG_PIDOF_SESSION_NAME && *s->names && is_named(s);
	for (c = s->choice; CFG_PIDOF_SESSION_TTY && c->letter; c++)
		if (c->letter == 't' && s->field[TTY] && is_listed(c->list, session_tty(s)))
			meant = 1;
	if (meant)
		session_choose(s, s->pid);
	s->met |= (char)meant;
}

/* Marks what was asked for, and sets what the looks that follow go by. */
static OUT_OF_LINE void choose(struct session *s)
{
	const int by_stat =
		(CFG_PIDOF_SESSION_NAME && *s->names) || (CFG_PIDOF_SESSION_TTY && GIVEN(s, 't'));
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

/* ---- options ---- */

/* One that names what to look for is kept until all are read. */
static const char *keep(struct session *s, int letter, char *list)
{
	s->choice[s->choices++] = (struct choice){ letter, list };
	return letter == 'F' || letter == 't' ? NULL : choose_numbers(s, letter, list);
}

static START_UP const char *take_session(void *to, char *arg)
{
	return keep(to, 's', arg);
}

static START_UP const char *take_process(void *to, char *arg)
{
	return keep(to, 'p', arg);
}

static START_UP const char *take_file(void *to, char *arg)
{
	return keep(to, 'F', arg);
}

static START_UP const char *take_tty(void *to, char *arg)
{
	return keep(to, 't', arg);
}

static START_UP const char *take_group(void *to, char *arg)
{
	return keep(to, 'g', arg);
}

static START_UP const char *take_omitted(void *to, char *arg)
{
	return keep(to, 'o', arg);
}

static START_UP const char *take_signal(void *to, char *arg)
{
	struct session *s = to;

	s->signal = signal_number(arg, strlen(arg));
	return s->signal < 0 ? "not a signal" : NULL;
}

static START_UP const char *take_wait(void *to, char *arg)
{
	struct session *s = to;

	_Static_assert(INT_MAX / 1000 == 2147483, "the text below");
	s->seconds = (int)number_whole(arg, 10, INT_MAX / 1000);
	return s->seconds < 0 ? "not whole seconds up to 2147483" : NULL;
}

static const char usage[] START_UP_DATA =
	"" IF(BOX_USAGE,
	      "usage: pidof-session [OPTION]..." IF(
		      PIDOF_SESSION_NAME,
		      " [NAME]...") "\n"
				    "Prints the processes of its caller's session" IF(
					    PIDOF_SESSION_NAME, ", or those NAME is in") ".\n");

static const struct option table[] = {
	OPTION(PIDOF_SESSION, 's', OPTION_ANY, "session",
	       "  -s SID   this session (0: the caller's)\n", 0, take_session)
	OPTION(PIDOF_SESSION, 'p', OPTION_ANY, "pid",
	       "  -p PID   the session of this process\n", 0, take_process)
	OPTION(PIDOF_SESSION_PIDFILE, 'F', OPTION_ARG, "pidfile",
	       "  -F FILE  the session of the pid in FILE\n", 0, take_file)
	OPTION(PIDOF_SESSION_TTY, 't', OPTION_ARG, "terminal",
	       "  -t TTY   the sessions on this terminal\n", 0, take_tty)
	OPTION(PIDOF_SESSION_GROUP, 'g', OPTION_ANY, "group",
	       "  -g PGID  only this process group\n", 0, take_group)
	OPTION(PIDOF_SESSION_LEADER, 'L', OPTION_PLAIN, "leaders",
	       "  -L       only session leaders\n", 0, NULL)
	OPTION(PIDOF_SESSION_OMIT, 'A', OPTION_PLAIN, "ignore-ancestors",
	       "  -A       not the caller's ancestors\n", 0, NULL)
	OPTION(PIDOF_SESSION_OMIT, 'o', OPTION_ANY, "omit",
	       "  -o PID   not this process\n", 0, take_omitted)
	OPTION(PIDOF_SESSION_LIST, 'l', OPTION_PLAIN, "list",
	       "  -l       one row per process, as ps ajx\n", 0, NULL)
	OPTION(PIDOF_SESSION_ALL, 'a', OPTION_PLAIN, "all",
	       "  -a       one row per session\n", 0, NULL)
	OPTION(PIDOF_SESSION_CHECK, 'c', OPTION_PLAIN, "check",
	       "  -c       check each process; one row per property\n", 0, NULL)
	OPTION(PIDOF_SESSION_SIGNAL, 'k', OPTION_ANY, "signal",
	       "  -k SIG   signal each process\n", 0, take_signal)
	OPTION_LONG(PIDOF_SESSION_SIGNAL, OPTION_FORCE, OPTION_PLAIN, "force",
		    "  --force  also the session of the caller and of process 1\n", 0, NULL)
	OPTION(PIDOF_SESSION_WAIT, 'w', OPTION_ANY, "wait",
	       "  -w SECS  wait for their end"
	       IF(PIDOF_SESSION_SIGNAL, "; with -k, KILL after it") "\n",
	       0, take_wait)
	OPTION(PIDOF_SESSION_FORMAT, '1', OPTION_PLAIN, "one",
	       "  -1       print one pid\n", 0, NULL)
	OPTION(PIDOF_SESSION_FORMAT, 'q', OPTION_PLAIN, "quiet",
	       "  -q       print nothing\n", 0, NULL)
	OPTION(PIDOF_SESSION_FORMAT, 'd', OPTION_ANY, "separator",
	       "  -d SEP   separator\n", OPTION_MEMBER(session, separator), NULL)
	OPTION(PIDOF_SESSION_INODE, 'i', OPTION_PLAIN, "inode",
	       "  -i       print PID:INODE, which -p, -o and -F take too\n", 0, NULL)
	OPTION(PIDOF_SESSION_SERVICE, 'v', OPTION_PLAIN, "verbose",
	       "  -v       say which service has no session of its own\n", 0, NULL)
	OPTIONS_END
};

static START_UP int misused(const char *option, const char *why)
{
	complain(option, why);
	return OPTION_BAD;
}

/* Reads the options; returns OPTION_END, or what else ended them. */
static OUT_OF_LINE START_UP int read_options(struct session *s, struct options *o)
{
	/* How pids are printed, alone. */
	static const char of_pids[][3] START_UP_DATA = { "-i", "-1", "-d" };
	const int ended = options_read(o, s);
	char **word;
	unsigned i;

	s->choice[s->choices].letter = 0;
	s->names = o->words;
	if (!CFG_PIDOF_SESSION_NAME && ended == OPTION_END && *s->names)
		return misused(*s->names, "not built in (PIDOF_SESSION_NAME)");
	for (word = s->names; ended == OPTION_END && *word; word++)
		if (!**word)
			return misused("NAME", "is empty");
	if (ended != OPTION_END || !(GIVEN(s, 'l') || GIVEN(s, 'a') || GIVEN(s, 'c') ||
				     GIVEN(s, 'k') || GIVEN(s, 'w')))
		return ended;
	for (i = 0; i < ELEMENTS(of_pids); i++)
		if (GIVEN(s, of_pids[i][1]))
			return misused(of_pids[i], "not with -l, -a, -c, -k or -w");
	return ended;
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
		show_text(s, 0, "\n");
}

/* -k and -w; returns whether some are left. */
static OUT_OF_LINE int act(struct session *s)
{
	int found = 0, left = 0;

	if (CFG_PIDOF_SESSION_SIGNAL && s->signal)
		found = session_signal(s, s->signal);
	if (CFG_PIDOF_SESSION_WAIT && GIVEN(s, 'w') && (found || s->restless || !s->signal)) {
		left = session_await(s, (unsigned)s->seconds * 1000);
		if (CFG_PIDOF_SESSION_SIGNAL && left == ETIMEDOUT && s->signal) {
			/* They may have been too quick for the first signal. */
			found |= session_signal(s, SIGKILL);
			left = session_await(s, GRACE * 1000);
		}
	} else if (found && s->found) {
		complain("some are left", "they fork all the time");
		s->trouble = EAGAIN;
	}
	s->found = found | s->ever;
	return left == ETIMEDOUT;
}

static OUT_OF_LINE int run(struct session *s, char **words)
{
	struct options o = { .table = table, .usage = usage, .words = words };
	int ended = read_options(s, &o);

	if (ended != OPTION_END)
		return ended == OPTION_HELP ? EXIT_DONE : EXIT_USAGE;
	if (session_open(s))
		return EXIT_TROUBLE;
	choose(s);
	show(s);
	show_flush(s, 0);
	if ((GIVEN(s, 'k') || GIVEN(s, 'w')) && act(s))
		return EXIT_LEFT;
	if (s->trouble)
		return EXIT_TROUBLE;
	return s->found && !s->failed ? EXIT_DONE : EXIT_NONE;
}

START_UP int pidof_session_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of them is the most there can be. */
	struct choice choice[argc + 1];
	struct session s;

	memset(&s, 0, offsetof(struct session, name));
	s.choice = choice;
	s.separator = " ";
	return run(&s, argv + 1);
}
