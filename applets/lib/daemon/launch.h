/* SPDX-License-Identifier: 0BSD */
/*
 * A launch: how far it has got with what was asked for. The steps of steps.h work
 * on it, one after the other, while it passes from the calling process through
 * fork to the daemon; a pair of sockets tells the caller how it went.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "box.h"
#include "lib/daemon/pidfile.h"
#include "lib/daemon/request.h"

/*
 * What this process is in a launch. A launch begins as ROLE_CALLER; each fork makes
 * the child the next of these, and the parent stays what it was.
 *
 *	caller -> middle -> daemon -> program
 *
 * With -f there is no fork: the caller is the daemon. The daemon becomes the program by
 * exec, or stays: as a supervisor, which forks programs, or as an applet (ticklog).
 */
enum role {
	ROLE_CALLER,	/* it waits for the outcome, and has the exit status */
	ROLE_MIDDLE,	/* the first child, which leads the session and ends */
	ROLE_DAEMON,
	ROLE_PROGRAM,	/* a supervisor's child, on its way to exec */
};

struct launch {
	const struct request *r;
	const char *program;	/* what this process is to become; NULL: it stays what it is */
	const char *tag;	/* of messages in the log; NULL: there are none */
	enum role role;
	/* this side's end of the sockets to the caller, or to the supervisor; -1: none */
	int report;
	int null;		/* an open /dev/null; -1: none */
	/* of the caller: the middle one, which is left unreaped to hold its number */
	pid_t child;
	pid_t supervisor;	/* of a program: its parent */
	struct pidfile pid, supervisor_pid;
	int lock;		/* -l; -1: none */
	int root;		/* --chroot's directory; -1: none */
	int out_fd, err_fd;	/* -o, -e; -1: none */
	int to_out, to_err;	/* of a program: where its output goes; -1: as it is */
	int ready;		/* where the caller hears that it is ready; -1: none */
	int verbose_to;		/* a stderr that lasts until exec; -1: none */
	/* this process stays: what it inherited is closed rather than left to exec */
	int stays;
	int done;		/* all steps but the exec are done */
	const char *subject;	/* what the current step is at work on */
	const char *path;	/* the program's, from / on, where it was relative */
	char *notify;		/* NOTIFY_SOCKET=..., for its environment */
	char *watchdog;		/* LAUNCH_WATCHDOG bytes of room for what -W sets there */
	char **env;		/* room for that */
	unsigned kept;		/* descriptors in r->keep that are to stay open */
	struct signal_set blocked;	/* by whoever called us */
};

enum { LAUNCH_WATCHDOG = sizeof("WATCHDOG_USEC=65535000000") + sizeof("WATCHDOG_PID=2147483647") };

/*
 * A row of a table of steps: what does it, its name in messages, and who wants it: an
 * option's letter, or one of STEP_... below. It returns 0, an errno, or STEP_PARENT
 * where it forked and this is the process that stays behind; it neither prints nor exits.
 */
struct step {
	int (*run)(struct launch *);
	const char *name;
	char wanted;
	unsigned char value;	/* the member of the request that -v and -d show with it; 0: none */
	unsigned char shown;	/* enum step_shown */
};

enum {
	STEP_ALWAYS,
	STEP_DETACHED,		/* without -f */
	STEP_FOLLOWS,		/* ... where the middle process leads the session */
	STEP_SUPERVISED,
	STEP_EXECUTES,		/* where there is a program */
	STEP_ALONE,		/* where none is asked for, not for later either */
	STEP_READY_FD,		/* with -w fd: */
	STEP_READY_SOCKET,	/* with -w socket */
	STEP_PARENT = -1
};

/*
 * Whether -v and -d show a row. A step can have several, which have the same name in messages; it
 * is shown once, by the row that says where it stands among the others.
 */
enum step_shown {
	STEP_SHOWN,
	STEP_SILENT,
	STEP_OUTSIDE,		/* shown without --chroot; with it there is a row for the inside */
};

/*
 * What goes through the sockets: the step that failed, or no error when all but the
 * exec are done. Both sides are forks of one process, so that pointers hold.
 */
struct report {
	const struct step *step;
	const char *subject;
	int error;
	int executing;		/* it was the exec that failed */
	pid_t pid;		/* the program's, when all is done, and with -w */
	pid_t session;		/* ... with -1 */
};

enum { EXIT_RUNNING = 3, EXIT_NOT_READY = 4 };

/* A launch of a request, in which nothing has been done. */
void launch_init(struct launch *l, const struct request *r);

/* Whether its process will stay: as a supervisor, or because there is no program. */
static inline int launch_stays(const struct launch *l)
{
	return request_supervised(l->r) || l->stays;
}

/* Becomes a daemon, or with -f what of one is left: steps_detach. */
void launch_detach(struct launch *l);

/*
 * Does the steps of a table that ends with an empty row. It returns in the
 * process that goes on. The others end in it: the calling one with the
 * applet's exit status as soon as the outcome is known, and on a failure with
 * a message that names the step, the daemon after undoing what was done.
 */
void launch_steps(struct launch *l, const struct step *table);

/*
 * Tells the other side that all steps are done, just before the exec: the mere end
 * of the sockets is a failure, since the kernel also closes them when the daemon is
 * killed. Returns 0 or an errno, with which the start has failed.
 */
int launch_done(struct launch *l);

/* Sends a report to the other side. Returns 0 or an errno: EPIPE where nobody is there any more. */
int launch_tell(const struct launch *l, const struct report *r);

/* Closes what leads to the caller: the report's socket and the stderr of -v. */
void launch_let_go(struct launch *l);

/* What has come of the reports. */
struct launch_reading {
	long length;		/* bytes */
	int failed;		/* calls in a row */
	struct report got[2];
};

/*
 * Reads how a launch at the other end went: 0 if all steps are done and, with
 * `exec`, the exec has worked, else an errno, of which *r has the rest (r->step is
 * NULL where the launch ended without a word: ECANCELED, or where the reading itself
 * failed). Where the descriptor does not block it is EAGAIN, without a step, while that is
 * still to come.
 */
int launch_read(int report, struct launch_reading *in, int exec, struct report *r);

/*
 * Says which step failed and why, on stderr and with -S in the log; returns the exit status for it.
 */
int launch_failure(const struct launch *l, const struct report *r);

/*
 * A start has failed: what it has made is gone before anybody hears of that. The lock is dropped
 * for all who have inherited it, since none of them is to be the program.
 */
void launch_undo(const struct launch *l);

/*
 * Removes the pidfiles of this launch that are still its own; for errors there is nobody to tell.
 */
void launch_remove_pidfiles(const struct launch *l);

/* Whether a message may go to stderr: not with -q. */
int launch_speaks(const struct request *r);

/* Whether stderr takes a message at once: who stays waits for no reader of it. pipe(7), poll(2). */
int launch_is_heard(void);

/* Says "applet: OF: WHAT" there, and what stands behind that; with -S in the log as well. */
void launch_say(const struct launch *l, const char *of, const char *what, const char *more,
		const char *end);

#endif
