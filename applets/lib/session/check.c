// SPDX-License-Identifier: 0BSD
/* Is a process a proper daemon? A row a property: credentials(7), daemon(7). */
#include <errno.h>
#include <string.h>
#include "box.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/common/signals.h"
#include "lib/libc/syscall.h"

/*
 * A property, whether it holds, what was found (`link`), and behind a NUL of the property what a
 * daemon has.
 */
static void row(struct session *s, int holds, const char *property)
{
	show_number(s, 7, s->pid);
	show_text(s, -8, property);
	show_text(s, -2, holds ? "ok" : "NO");
	show_text(s, -28, s->link);
	show_text(s, -1, property + strlen(property) + 1);
	show_end(s);
	if (!holds)
		s->failed = 1;
}

static void number_row(struct session *s, int holds, const char *property, int found)
{
	char number[NUMBER_TEXT];

	strcpy(s->link, number_text((unsigned)found, number));
	row(s, holds, property);
}

/* Whether the leader of a session or a group is there, and no zombie that waits for its parent. */
static int is_led(struct session *s, pid_t leader, int field)
{
	return session_read(s, leader) && session_lives(s) && s->field[field] == leader;
}

static void check_relations(struct session *s)
{
	const pid_t sid = s->field[SID], parent = s->field[PPID], group = s->field[PGID];

	strcpy(s->link, s->field[TTY] ? session_tty(s) : "none");
	row(s, !s->field[TTY], "terminal\0none");
	/*
	 * It is another's where that leads it: but a supervisor, which has no terminal, leads the
	 * session that it made.
	 */
	number_row(s, sid > 1 && ((sid == parent && !s->field[TTY]) || !is_led(s, sid, SID)),
		   "session\0own, not its leader", sid);
	number_row(s, group == sid || is_led(s, group, PGID), "group\0alive", group);
	/* A shell has a terminal; a subreaper or a supervisor has none. */
	number_row(s, parent <= 1 || (session_read(s, parent) && !s->field[TTY]),
		   "parent\0001, subreaper, supervisor", parent);
}

/*
 * Which signals of a mask there are, and whether there are none but those that are fine. Returns 0,
 * or ENOENT where that is not in the text, which ends too early.
 */
static int check_signals(struct session *s, const char *property, const char *key,
			 const struct signal_set *fine)
{
	struct signal_set set;
	char name[SIGNAL_NAME], *at = s->link;
	unsigned number;
	int holds = 1;

	if (signals_read(&set, s->text, key))
		return ENOENT;
	for (number = 1; number <= SIGNALS; number++)
		if (signal_in(&set, number)) {
			holds &= signal_in(fine, number);
			at = stpcpy(stpcpy(at, signal_name(number, name)), " ");
		}
	*at = '\0';
	row(s, holds, property);
	return 0;
}

/*
 * Four octal digits, of which the last two hold the bit of 2: nobody else may write what it makes.
 */
static void check_umask(struct session *s)
{
	const char *mask = proc_find(s->text, "\nUmask:\t");

	/* Since Linux 4.7. */
	if (!mask)
		return;
	memcpy(s->link, mask, 4);
	s->link[4] = '\0';
	row(s, mask[2] & mask[3] & 2, "umask\000022 or more");
}

static void check_place(struct session *s)
{
	const char *mark;

	session_link(s, "cwd");
	row(s, s->link[0] == '/' && !s->link[1], "cwd\0/");
	session_link(s, "root");
	row(s, 1, "root\0");
	session_link(s, "exe");
	mark = proc_find(s->link, " (deleted)");
	row(s, !mark || *mark, "program\0not deleted");
}

/* /dev/console, /dev/hvc0, /dev/pts/0, /dev/ttyS0. */
static int is_terminal(const char *target)
{
	return strncmp(target, "/dev/", 5) == 0 && strchr("chpt", target[5]);
}

/* Adds the signals that a signalfd takes, by its file in fdinfo: proc(5). */
static void add_taken(struct session *s, struct signal_set *taken)
{
	struct signal_set set;
	unsigned i;

	if (strcmp(s->link, "anon_inode:[signalfd]") != 0)
		return;
	signals_read(&set, s->text, "\nsigmask:\t");
	for (i = 0; i < ELEMENTS(set.word); i++)
		taken->word[i] |= set.word[i];
}

/* A row a descriptor; *taken is what its signalfds take. */
static void check_descriptors(struct session *s, struct signal_set *taken)
{
	/* How far the table reaches, so that no directory has to be read. */
	int fd, size = session_number(s, "\nFDSize:", 10, 0);
	char name[sizeof("fdinfo/") + NUMBER_TEXT + sizeof("\0(lock file)")];

	for (fd = 0; fd < size; fd++) {
		char *number = number_text((unsigned)fd, name + sizeof("fdinfo/"));
		char *wanted = name + sizeof("fdinfo/") + NUMBER_TEXT;

		memcpy(number - 3, "fd/", 3);
		if (session_link(s, number - 3) < 0)
			continue;
		/* proc(5), /proc/PID/fdinfo: a line for each lock. */
		memcpy(number - 7, "fdinfo/", 7);
		session_text(s, s->pid, number - 7);
		add_taken(s, taken);
		strcpy(wanted, fd <= STDERR_FILENO ? "no terminal" :
			       proc_find(s->text, "\nlock:") ? "(lock file)" : "");
		memcpy(number - 3, "fd/", 3);
		row(s, fd > STDERR_FILENO || !is_terminal(s->link), number - 3);
	}
}

enum { SPAWN_FIRST = 32, SPAWN_SECOND };	/* nptl(7) */

void show_check(struct session *s)
{
	struct signal_set ignored, taken;
	const int failed = s->failed;
	int error;

	if (!session_lives(s))
		return;
	show_flush(s, 0);
	memset(&ignored, 0, sizeof(ignored));
	memset(&taken, 0, sizeof(taken));
	/* Servers ignore PIPE by themselves, so as not to end when a client goes. */
	signal_add(&ignored, SIGPIPE);
	/*
	 * What glibc's posix_spawn(3) starts has its threads' two ignored, as whatever make(1)
	 * starts.
	 */
	signal_add(&ignored, SPAWN_FIRST);
	signal_add(&ignored, SPAWN_SECOND);
	check_relations(s);
	session_text(s, s->pid, "status");
	check_descriptors(s, &taken);
	session_text(s, s->pid, "status");
	error = check_signals(s, "ignored\0none but PIPE", "\nSigIgn:\t", &ignored);
	/* A signal that is read from a signalfd has to be blocked: signalfd(2). */
	error |= check_signals(s, "blocked\0none but a signalfd's", "\nSigBlk:\t", &taken);
	check_umask(s);
	check_place(s);
	if (!session_alive(s)) {
		/* What has ended by now had no properties left to be seen. */
		s->fill = s->row = 0;
		s->failed = failed;
		return;
	}
	s->found++;
	/* Its groups come first, of which there may be thousands. */
	if (error)
		session_trouble(s, "status", EFBIG);
}
