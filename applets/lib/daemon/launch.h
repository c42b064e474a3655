/* SPDX-License-Identifier: 0BSD */
/*
 * A launch: what was asked for, and how far it has got. The steps of steps.h
 * work on it, one after the other, while it passes from the calling process
 * through fork to the daemon; a pipe tells the caller how it went.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <stddef.h>
#include <sys/types.h>
#include "box.h"
#include "lib/daemon/pidfile.h"
#include "lib/common/signals.h"

/*
 * Texts are NULL where not asked for: a step that is only for those who ask
 * names its own in its row, and messages show it. What is merely switched on is
 * "". The first members are those most used: they are reached with shorter
 * instructions.
 */
struct launch {
	char **argv;		/* the program's; NULL where nothing is to be executed */

	/* how far it has got */
	int report;		/* this side's end of the pipe to the other; -1: none */
	int null;		/* an open /dev/null */
	pid_t child;		/* in the calling process: its child */
	pid_t supervisor;	/* in a program's process before its exec: its parent */
	struct pidfile pid, supervisor_pid;
	int out_fd, err_fd;
	int to_out, to_err;	/* in the program's process: where its output goes; -1: as it is */
	int ready;		/* where the caller hears that it is ready */
	int done;		/* all steps but the exec are done */
	unsigned timeout;	/* seconds; 0: as the option says */
	int signal_number;	/* -k's */

	const char *program;	/* argv[0] */
	const char *pidfile;
	const char *syslog;
	const char *supervised;	/* this process stays, as the program's parent or for itself */
	const char *ready_line;	/* what the line begins with that says it is ready */

	const char *foreground;	/* no fork, and 0-2 as they are */
	const char *detach;	/* fork and let go of the caller: unless foreground */
	const char *ready_fd;	/* the descriptor on which it says so */
	const char *ready_socket;	/* it says so on $NOTIFY_SOCKET */
	const char *session;	/* setsid before the second fork */
	const char *leader;	/* setsid after it */
	const char *dir, *lockfile, *out, *err, *nice, *user;
	const char *keeps;	/* the last descriptor to keep, as given */
	const char *limited;	/* the last limit, as given */
	const char *supervisor_file;
	const char *tag, *pty, *restart, *restart_failed;
	const char *stop, *stop_all, *status, *signal;	/* -K, -KK, -Q, -k: of a service that runs */
	const char *kmsg, *command;	/* ticklog's: where it logs, what it runs */
	const char *append, *bare, *quiet, *verbose, *dry, *running_is_fine;

	const char *subject;	/* what the current step is at work on */
	const char *path;	/* the program's, from / on, where it was relative */
	char **env;		/* room for the environment of the program */
	char **set;		/* NAME=VALUEs to set in it */
	char **limit;		/* RES=SOFT[:HARD]s */
	int *keep;		/* descriptors to leave open */
	unsigned sets, limits, kept;
	unsigned char out_priority, err_priority;	/* facility | severity */
	unsigned restart_delay;	/* seconds */
	unsigned give_up;	/* failures in a row; 0: never */
	int niceness;
	int verbose_to;		/* a stderr that lasts until exec */
	int ready_number;	/* -w fd:N */
	mode_t mask;
	struct signal_set ignore;
	struct signal_set blocked;	/* by whoever called us */
	char login[512];	/* USER=, LOGNAME= and HOME= of the user run as, each with its NUL */
};

/*
 * A row of a table of steps: what does it, and its name. It returns 0, an errno,
 * or STEP_PARENT where it forked and this is the process that stays behind;
 * it neither prints nor exits. The last member says which text of the launch
 * asks for it. Both are bytes, and packed, for there are many rows.
 */
struct __attribute__((packed)) step {
	int (*run)(struct launch *);
	unsigned char name;	/* NAMED() */
	unsigned char wanted;	/* WANTED() or ALWAYS */
};

/* The names of all steps, as they are in messages. */
#define STEP_NAMES(NAME) \
	IF(DAEMONIZE_KEEP, NAME(keep, "keep")) \
	IF(DAEMONIZE_READY_FD, NAME(ready_fd, "ready fd")) \
	IF(STEP_NULL, NAME(null, "null")) \
	IF(DAEMONIZE_READY_SOCKET, NAME(ready_socket, "ready socket")) \
	NAME(fork, "fork") \
	NAME(setsid, "setsid") \
	IF(STEP_SECOND_FORK, NAME(fork_again, "fork again")) \
	IF(STEP_UMASK, NAME(umask, "umask")) \
	IF(DAEMONIZE_PIDFILE, NAME(pidfile, "pidfile")) \
	IF(DAEMONIZE_SUPERVISOR_PIDFILE, NAME(supervisor_pidfile, "supervisor pidfile")) \
	IF(DAEMONIZE_LOCK, NAME(lock, "lock")) \
	IF(DAEMONIZE_FILES, NAME(out, "stdout")) \
	IF(DAEMONIZE_FILES, NAME(err, "stderr")) \
	IF(STEP_CHDIR, NAME(path, "path")) \
	IF(STEP_CHDIR, NAME(chdir, "chdir")) \
	NAME(close, "close") \
	IF(STEP_STDIO, NAME(stdio, "stdio")) \
	IF(RESIDENT, NAME(streams, "streams")) \
	IF(RESIDENT, NAME(parent, "parent")) \
	IF(DAEMONIZE_SUPERVISE, NAME(supervise, "supervise")) \
	IF(DAEMONIZE_SUPERVISE, NAME(group, "group")) \
	IF(DAEMONIZE_PIDFILE, NAME(pid, "pid")) \
	IF(DAEMONIZE_LIMIT, NAME(limits, "limits")) \
	IF(DAEMONIZE_NICE, NAME(nice, "nice")) \
	IF(DAEMONIZE_USER, NAME(user, "user")) \
	NAME(environment, "environment") \
	IF(STEP_SIGNALS, NAME(signals, "signals")) \
	NAME(exec, "exec") \
	IF(TICKLOG, NAME(timers, "timers")) \
	IF(TICKLOG_KMSG, NAME(kmsg, "kmsg"))

struct step_names {
#define NAME(id, text) char id[sizeof(text)];
	STEP_NAMES(NAME)
#undef NAME
};
#define NAMED(id) offsetof(struct step_names, id)

/* What messages call it. */
const char *step_name(const struct step *step);

/*
 * What goes through the pipe: the step that failed, or no error when all but the
 * exec are done. Both sides are forks of one process, so pointers hold.
 */
struct report {
	const struct step *step;
	const char *subject;
	int error;
	int executing;	/* it was the exec that failed */
	int leftover;	/* the pidfile could not be removed */
	pid_t pid;	/* the daemon's, when all is done */
};

/* Room in `keep` for what is not an option's: own descriptors, and a lock's. */
enum { OWN_DESCRIPTORS = 12 };

enum { EXIT_RUNNING = 3, EXIT_NOT_READY = 4 };

/* Where a text is in the launch, in pointers. */
#define WANTED(member) (offsetof(struct launch, member) / sizeof(char *))
enum { ALWAYS = 0, STEP_PARENT = -1 };

/* A launch in which nothing is asked for yet. */
void launch_init(struct launch *l);

/* Becomes a daemon, or with `foreground` what of one is left: steps_detach. */
void launch_detach(struct launch *l);

/*
 * Does the steps of a table that ends with an empty row. It returns in the
 * process that goes on. The others end in it: the calling one with the
 * applet's exit status as soon as the outcome is known, and on a failure with
 * a message that names the step, the daemon after undoing what was done.
 */
void launch_steps(struct launch *l, const struct step *table);

/*
 * Tells the caller that all steps are done, just before the exec: the mere end
 * of the pipe is a failure, since the kernel also closes it when the daemon is
 * killed. Returns 0 or an errno.
 */
int launch_done(struct launch *l);

/* What stays lets go of its caller, who knows how it went: of the pipe and of the stderr for -v. */
void launch_let_go(struct launch *l);

/*
 * Reads how a launch at the other end of a pipe went: 0 if all steps are done
 * and, with `exec`, the exec has worked, else an errno, of which *r has the
 * rest; ECANCELED if it went without a word.
 */
int launch_read(int pipe, struct report *r, int exec);

/* Says which step failed and why; returns the exit status for it. */
int launch_failure(const struct launch *l, const struct report *r);

/* Removes the pidfile of a daemon that could not, unless another has locked it by now. */
void launch_sweep(const struct launch *l);

#endif
