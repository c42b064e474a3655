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
#include "lib/common/option.h"
#include "lib/common/proc.h"
#include "lib/common/proc-stat.h"

/*
 * include/linux/threads.h, PID_MAX_LIMIT: a 32-bit program below a 64-bit kernel may see all of it.
 */
enum { PIDS = 4 << 20 };

enum {
	CHOSEN = 1,		/* this session was asked for */
	GROUP = 2,		/* this group was */
	OMIT = 4,		/* not this process */
	ROOT = 8,		/* this process, and its descendants */
	SENT = 16, STOPPED = 32, KILLED = 64,	/* what this process was signalled with */
	COUNTED = 128,		/* this group has been */
	AWAY = COUNTED,		/* of leftover.c: this process has left the session */
};

/*
 * The bit of FLAGS that a thread of the kernel has, which has no command line: linux/sched.h,
 * PF_KTHREAD.
 */
enum { KERNEL_THREAD = 0x00200000 };

/* What has been said, and is not said again; TOLD_ALL: nothing is. */
enum { TOLD_TROUBLE = 1, TOLD_PIDFD = 2, TOLD_PROTECTED = 4, TOLD_OTHER = 8, TOLD_ALL = 127 };

/* What show_sessions counts. */
struct tally {
	unsigned groups, processes;
};

struct session {
	struct given given;	/* first, for the options are read into it */
	unsigned char *mark;	/* [PIDS] of the flags above */
	int (*extra)(struct session *s, pid_t pid);	/* which others belong; NULL: none */
	pid_t pid;		/* the process looked at, as session_read has it: */
	int field[FIELDS];
	unsigned long long start;	/* when it began, in ticks since the boot */
	char state;
	char stop;		/* no further process in this look */
	char told;
	char listed;		/* a process has been, in this look */
	char met;		/* ... one that belongs; where all do, `act` says */
	/* a session, a group or a service has been marked: a look can find something */
	char chosen;
	int error;		/* the errno of what failed first in this look, or 0 */
	int trouble;		/* the errno of what failed last in any, or 0: exit status 3 */
	int found;		/* processes of this look */
	/* the sum of the numbers of those who turned out to have ended in this look, zombies too */
	unsigned ended;
	/* none was found, and some had ended, in each of the looks: that says nothing */
	char restless;
	int ask;		/* the call that a look is made with: SYS_getsid, SYS_getpgid */
	int wanted;		/* the mark that its result should have */

	pid_t self;
	int proc;		/* /proc */
	int failed;		/* exit status 1 */
	int ever;		/* some were found in any look of session_await */
	int number, note;	/* the signal to send, and the mark that it leaves */
	int needed;		/* the mark that it takes */
	/* until when the last look noted what descends, in ticks since the boot */
	unsigned long long noted;
	/* when the process looked at was there for certain, likewise */
	unsigned long long seen;
	/* when the session was last known to be the one chosen, likewise */
	unsigned long long known;
	pid_t holder;		/* of session_signal: a member that is stopped */
	int holder_fd;		/* ... what stands for it, or negative */
	char seen_other;	/* this look has found a member of one that may be another */
	pid_t only;		/* the session chosen, where it is one; -1: several; 0: none */
	pid_t last, top;	/* the last member in this look; the highest number that matters */
	unsigned looks;		/* of session_signal */
	unsigned deadline;	/* of that and of session_await: clock_in() */
	int seconds;		/* -w */
	int signal;		/* -k */
	const char *separator;	/* -d */
	char **names;
	struct choice *choice;	/* ends with one without a letter */
	unsigned choices;
	struct tally *tally;	/* [PIDS] */
	int (*service)(struct session *s, pid_t pid);	/* `extra` once all are chosen */
	unsigned cgroups;
	unsigned long long cgroup[16];	/* hashes of those that belong */

	unsigned fill;		/* of `out` */
	unsigned row;		/* where in it the current row begins */

	/* buffers, which need not be cleared */
	/* of the process looked at; cut at 15 bytes by the kernel, but for its own threads */
	char name[64];
	char path[PROC_PATH];
	char link[1024];
	char text[4096];	/* the file read last */
	char out[8192];
};

/* What is done with each process. */
typedef void session_act(struct session *s);

/*
 * The functions below that return an int with "0 or an errno" have failed where
 * they could not ask the kernel, or were refused: then what they found is
 * less than there may be, and never an answer. That a process has ended while it
 * was looked at is no error. The first failure is said on stderr, unless `told`
 * says otherwise.
 */

/*
 * Gets ready to look at /proc, with all members up to `name` zeroed before. Returns 0 or an errno.
 */
int session_open(struct session *s);

/* Gives back the memory and the descriptor that session_open took: for a process that goes on. */
void session_close(struct session *s);

/*
 * Calls `act` for each process that belongs, in ascending order (as /proc has
 * them), but never for this one. With `read` its fields are read before.
 * Where none is found (`act` counts in `found`), and some ended meanwhile or nobody was met, it
 * looks again; after some such looks it ends with `restless`: who forks and ends all the time is
 * not seen.
 * Returns 0 or an errno: also where /proc does not list process 1, which hidepid
 * does to those who may not see it (proc(5)).
 */
int session_look(struct session *s, session_act *act, int read);

/*
 * Now, in ticks since the boot (USER_HZ, a hundredth of a second), as /proc/PID/stat has a
 * process's start; 0 where no clock tells, which session_ticks() says.
 */
unsigned long long session_now(void);
unsigned long long session_ticks(struct session *s);

/* Looks only, so that what belongs by `extra` is marked. Returns 0 or an errno. */
int session_note(struct session *s);

/* Whether a process belongs, at this moment; not, where that failed, which `error` then tells. */
int session_holds(struct session *s, pid_t pid);

/* What `extra` may be: all belong; what was marked ROOT, and its descendants. */
int session_any(struct session *s, pid_t pid);
int session_descends(struct session *s, pid_t pid);

/*
 * The session, group or process of a number, as `call` (SYS_getsid, SYS_getpgid)
 * has it; -1 where the process has ended, or the call failed, which `error` then tells.
 */
long session_id(struct session *s, int call, pid_t pid);

/* Marks a session (CHOSEN) or a group (GROUP) as asked for. */
void session_mark(struct session *s, pid_t number, int mark);

/* The session of a process belongs; or where that is the service manager's own, its service. */
void session_choose(struct session *s, pid_t pid);

/* Not the ancestors of this process. */
void session_omit_ancestors(struct session *s);

/*
 * Reads /proc/PID/stat to `name`, `state`, `field` and `start`. Returns whether it
 * could; a process may have ended.
 */
int session_read(struct session *s, pid_t pid);

/*
 * Whether the process last read lives: a zombie does not, but the first of several threads may have
 * ended.
 */
int session_lives(struct session *s);

/* The same of the process looked at, which need not have been read. */
int session_alive(struct session *s);

/*
 * Reads the start of /proc/PID/FILE, or what it links to, to `text` or `link`. Returns the bytes or
 * -errno.
 */
long session_text(struct session *s, pid_t pid, const char *file);
long session_link(struct session *s, const char *file);

/*
 * What tells a process from all others of this boot, also those that have its number
 * later: its inode in pidfs, since Linux 6.9. Returns 0; ESRCH where it has ended;
 * ENOSYS where there is no such thing; or another errno.
 */
int session_inode(pid_t pid, unsigned long long *inode);

/* The number behind a key in `text`, the first or the second; -1 where there is none. */
int session_number(struct session *s, const char *key, unsigned base, int second);

/* The terminal of the process looked at: "pts/0", "ttyS0", or "?" where it has none. */
const char *session_tty(struct session *s);

/*
 * Something that makes the outcome doubtful: exit status 3. Says the first of them, with the
 * errno's text.
 */
void session_trouble(struct session *s, const char *what, int error);

/* Shows each; counts them in `found`. */
session_act show_pid, show_row, show_check;

/* Shows a row for each session that those which belong are in. */
void show_sessions(struct session *s);

/*
 * Appends a text to the output: in a column to the right over 0; below 0 behind a blank and to the
 * left.
 */
void show_text(struct session *s, int width, const char *text);
void show_number(struct session *s, int width, int number);

/* Ends a row: cut to the terminal's width, and what would move its cursor made '?'. */
void show_end(struct session *s);

/*
 * Writes what there is, with 0; what is more than half a buffer, with 1. Trouble where it cannot be
 * written.
 */
void show_flush(struct session *s, int more);

/*
 * Signals every process that belongs, once, until none is found that is new, or for a second
 * (KILL: five) if they fork all the time, which `found` tells. Returns how many; `trouble`
 * tells whether a look or a signal failed.
 */
int session_signal(struct session *s, int number);

/*
 * Waits until no process that lives belongs. Returns 0; ETIMEDOUT where one is
 * still there when the time is over, or may be (`restless`); or the errno of a look.
 */
int session_await(struct session *s, unsigned milliseconds);

#endif
