/* SPDX-License-Identifier: 0BSD */
/*
 * The processes of some sessions. A byte for each process number there can be
 * holds what is known of the session, group or process of that number, so that
 * a look at /proc needs no memory that grows.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stddef.h>
#include <sys/types.h>
#include "lib/common/number.h"

/* include/linux/threads.h, PID_MAX_LIMIT: a 32-bit program below a 64-bit kernel may see all of it. */
enum { PIDS = 4 << 20 };

enum {
	CHOSEN = 1,		/* this session was asked for */
	GROUP = 2,		/* this group was */
	OMIT = 4,		/* not this process */
	ROOT = 8,		/* this process, and its descendants */
	SENT = 16, STOPPED = 32, KILLED = 64,	/* what this process was signalled with */
	COUNTED = 128,		/* this group has been */
};

/* The fields of /proc/PID/stat from the fourth on: proc(5). */
enum { PPID, PGID, SID, TTY, TPGID, UTIME = 10, STIME, NICE = 15, THREADS, START = 18, FIELDS };

/* What has been said, and is not said again. */
enum { TOLD_TROUBLE = 1, TOLD_PIDFD = 2, TOLD_PROTECTED = 4 };

/* Whether an option was given: a bit for each letter. --force has none, but this. */
#define FORCE '\2'
#define OPTION_BIT(letter) (1u << ((letter) & 31))
#define OPTIONS_OF(s, letter) ((s)->given[(letter) >> 5])
#define GIVEN(s, letter) ((OPTIONS_OF(s, letter) & OPTION_BIT(letter)) != 0)

/* What show_sessions counts. */
struct tally {
	unsigned groups, processes;
};

/* The first members are those most used: they are reached with shorter instructions. */
struct session {
	unsigned char *mark;	/* [PIDS] of the flags above */
	int (*extra)(struct session *s, pid_t pid);	/* which others belong; NULL: none */
	pid_t pid;		/* the process looked at, as session_read has it: */
	int field[FIELDS];
	char state;
	char stop;		/* no further process in this look */
	char told;
	char trouble;		/* exit status 3 */
	int found;		/* processes of this look */
	int ask;		/* the call that a look is made with: SYS_getsid, SYS_getpgid */
	int wanted;		/* the mark that its result should have */

	unsigned given[4];
	pid_t self;
	int proc;		/* /proc */
	int failed;		/* exit status 1 */
	int ever;		/* some were found in any look of session_await */
	int number, note;	/* the signal to send, and the mark that it leaves */
	int needed;		/* the mark that it takes */
	int noted;		/* until when the last look noted what belongs by descent, in ticks since the boot */
	pid_t last, top;	/* the last member in this look; the highest number that matters */
	unsigned deadline;	/* of session_await, in milliseconds */
	int seconds;		/* -w */
	int signal;		/* -k */
	const char *separator;	/* -d */
	char **names;
	struct choice *choice;
	struct tally *tally;	/* [PIDS] */
	int (*service)(struct session *s, pid_t pid);	/* `extra` once all are chosen */
	unsigned cgroups;
	unsigned long long cgroup[16];	/* hashes of those that belong */

	unsigned fill;		/* of `out` */
	unsigned row;		/* where in it the current row begins */

	/* buffers, which need not be cleared */
	char name[64];		/* of the process looked at; cut at 15 bytes by the kernel, but for its own threads */
	char path[sizeof("/proc//fdinfo/") + 2 * NUMBER_TEXT];
	char link[1024];
	char text[4096];	/* the file read last */
	char out[8192];
};

/* What is done with each process. */
typedef void session_act(struct session *s);

/* Gets ready to look at /proc. Returns 0, or -1 with a message. */
int session_open(struct session *s);

/*
 * Calls `act` for each process that belongs, in ascending order (as /proc has
 * them), but never for this one. With `read` its fields are read before.
 */
void session_look(struct session *s, session_act *act, int read);

/* Now, in ticks since the boot (USER_HZ, a hundredth of a second), as /proc/PID/stat has a process's start. */
int session_ticks(void);

/* Looks only, so that what belongs by `extra` is marked. */
void session_note(struct session *s);

/* Whether a process belongs, at this moment. */
int session_holds(struct session *s, pid_t pid);

/* What `extra` may be: all belong; what was marked ROOT, and its descendants. */
int session_any(struct session *s, pid_t pid);
int session_descends(struct session *s, pid_t pid);

/* The session of a process belongs; or where that is the service manager's own, its service. */
void session_choose(struct session *s, pid_t pid);

/* Not the ancestors of this process. */
void session_omit_ancestors(struct session *s);

/* Reads /proc/PID/stat to `name`, `state` and `field`. Returns whether it could; a process may have ended. */
int session_read(struct session *s, pid_t pid);

/* Whether that process lives: a zombie does not, but the first of several threads may have ended. */
static inline int session_lives(const struct session *s)
{
	return (s->state != 'Z' && s->state != 'X') || s->field[THREADS] > 1;
}

/* Reads the start of /proc/PID/FILE, or what it links to, to `text` or `link`. Returns the bytes or -errno. */
long session_text(struct session *s, pid_t pid, const char *file);
long session_link(struct session *s, const char *file);

/* The number behind a key in `text`, the first or the second; -1 where there is none. */
int session_number(struct session *s, const char *key, unsigned base, int second);

/* The terminal of the process looked at: "pts/0", "ttyS0", or "?" where it has none. */
const char *session_tty(struct session *s);

/* Something that makes the outcome doubtful: exit status 3. */
void session_trouble(struct session *s, const char *what, int error);

/* Shows each; counts them in `found`. */
session_act show_pid, show_row, show_check;

/* Shows a row for each session that those which belong are in. */
void show_sessions(struct session *s);

/* Appends a text to the output: in a column to the right over 0; below 0 behind a blank and to the left. */
void put(struct session *s, int width, const char *text);
void put_number(struct session *s, int width, int number);

/* Ends a row: cut to the terminal's width, and what would move its cursor made '?'. */
void put_end(struct session *s);

/* Writes what there is, with 0; what is more than half a buffer, with 1. */
void put_flush(struct session *s, int more);

/* Signals every process that belongs, once, until none is found that is new. Returns how many. */
int signal_all(struct session *s, int number);

/* Waits until no process that lives belongs. Returns how many are left when the time is over. */
int session_await(struct session *s, unsigned milliseconds);

#endif
