/* SPDX-License-Identifier: 0BSD */
/*
 * What was asked for on the command line of daemonize or ticklog. It is const once
 * it has been read: how far a launch has got is struct launch's.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>
#include <sys/types.h>
#include "lib/common/option.h"
#include "lib/common/signals.h"

/* What is to be done. */
enum job {
	JOB_START,
	JOB_STOP,		/* -K: the service's main process */
	JOB_STOP_ALL,		/* -KK: and what is left of it */
	JOB_SIGNAL,		/* -k alone */
	JOB_STATUS,		/* -Q */
};

/* By what a program says that it is ready. */
enum readiness {
	READY_AT_ONCE,
	READY_FD,		/* a newline on a descriptor */
	READY_SOCKET,		/* READY=1 on $NOTIFY_SOCKET */
	READY_LINE,		/* a line of its output */
};

/*
 * Texts are NULL where they were not given; whether an option without an argument
 * was given is GIVEN(r, letter).
 */
struct request {
	struct given given;
	char **argv;			/* of the program; NULL where nothing is to be executed */
	const char *program;		/* argv[0] */
	const char *pidfile;
	const char *supervisor_pidfile;	/* -P */
	const char *dir, *lockfile, *out, *err, *user, *nice;
	const char *caps, *ambient, *root, *oom_score, *sched, *ionice, *cpus;
	const char *tag;
	const char *hook;		/* -x */
	const char *mask_text, *ready;		/* -m, -w, as they were given */
	const char *ready_line;		/* what the line begins with that says it is ready */
	char **set;			/* NAME=VALUEs for its environment */
	char **limit;			/* RES=SOFT[:HARD]s */
	/* descriptors to leave open; has room for REQUEST_KEEP_MORE further ones */
	int *keep;
	unsigned sets, limits, keeps;
	unsigned restart_delay;		/* seconds */
	unsigned give_up;		/* failures in a row; 0: never */
	unsigned storm, storm_seconds;	/* messages in so many seconds; 0: as many as come */
	unsigned timeout;		/* seconds; 0: as the job has it */
	unsigned watchdog, grace;	/* -W's seconds */
	int signal;			/* -k's */
	int niceness;
	int ready_fd;			/* -w fd:N */
	mode_t mask;
	enum job job;
	enum readiness readiness;
	unsigned char restart;		/* RESTART_... */
	unsigned char out_priority, err_priority;	/* facility | severity */
	struct signal_set ignore;
};

enum { RESTART_NEVER, RESTART_ALWAYS, RESTART_FAILED };

/*
 * Descriptors to keep that no option names: the lock's, that of -w, and what a supervisor has open
 * itself.
 */
enum { REQUEST_KEEP_MORE = 16 };

/* Whether what is left of the service is to end as well; never where that is not built in. */
static inline int request_stops_all(const struct request *r)
{
	return CFG_DAEMONIZE_STOP_SESSION && r->job == JOB_STOP_ALL;
}

/* Whether a program is to say in this way that it is ready; never where that is not built in. */
static inline int request_ready_by(const struct request *r, enum readiness by)
{
	const int built_in = by == READY_FD ? CFG_DAEMONIZE_READY_FD :
			     by == READY_SOCKET ? CFG_DAEMONIZE_READY_SOCKET :
						  CFG_DAEMONIZE_READY_LINE;

	return built_in && r->readiness == by;
}

/* Whether a resident parent of the program was asked for by one of the options that need it. */
int request_supervised(const struct request *r);

/*
 * Whether the supervisor listens to what the program says on $NOTIFY_SOCKET; else it is the caller
 * who hears READY=1.
 */
int request_notified(const struct request *r);

/*
 * Whether it is the supervisor that tells the caller when the program is ready, and keeps the
 * report's socket till then.
 */
int request_tells(const struct request *r);

/* The seconds in which a program has to be ready. */
static inline unsigned request_ready_seconds(const struct request *r)
{
	return r->timeout ? r->timeout : 30;
}

/* A request in which nothing is asked for yet. */
void request_init(struct request *r);

/*
 * Reads the options. Returns REQUEST_READ, where o->words is at the first operand and
 * r->job is what is to be done; else the exit status of a wrong command line or of --help.
 */
enum { REQUEST_READ = -1 };
int request_read(struct request *r, struct options *o);

/* Says what is wrong with a command line. Returns the exit status for it. */
int request_misused(const struct request *r, const char *what, const char *why);

/* What rows of options check their arguments with, and keep them by. */
option_take request_umask, request_nice, request_keep, request_set, request_limit, request_ignore,
	request_user, request_tag, request_levels, request_delay, request_give_up, request_seconds,
	request_ready, request_signal, request_stop, request_restart, request_pidfile,
	request_storm, request_oom_score, request_sched, request_ionice, request_cpus, request_caps,
	request_ambient, request_watchdog;

/* A member of the request that an option's argument is kept in. */
#define REQUEST(member) OPTION_MEMBER(request, member)

/*
 * The rows that applets have in common, which stand where each applet's order of use has them.
 * As everywhere, a row has a line of its own in the usage text.
 */
#define ROW_PIDFILE \
	OPTION(DAEMONIZE_PIDFILE, 'p', OPTION_ARG, "pidfile", \
	       "  -p FILE            pidfile; by it the service is found again\n", \
	       REQUEST(pidfile), request_pidfile)
#define ROW_USER \
	OPTION(DAEMONIZE_USER, 'u', OPTION_ARG, "user", \
	       "  -u USER[:GROUP]    run as this user; names or numbers\n", \
	       REQUEST(user), request_user)
#define ROW_FOREGROUND \
	OPTION(DAEMONIZE_FOREGROUND, 'f', OPTION_PLAIN, "foreground", \
	       "  -f                 stay in the foreground, for procd, s6 and so on\n", 0, NULL)
#define ROWS_CONTROL \
	OPTION(DAEMONIZE_STOP, 'K', OPTION_PLAIN, "stop", \
	       "  -K                 stop the service" IF(DAEMONIZE_STOP_SESSION, \
							  "; -KK: all of it") "\n", \
	       0, request_stop) \
	OPTION(DAEMONIZE_STOP, 'k', OPTION_ARG, "signal", \
	       "  -k SIG             signal it, or with -K stop it by this\n", 0, request_signal) \
	OPTION(DAEMONIZE_STATUS, 'Q', OPTION_PLAIN, "status", \
	       "  -Q                 is it running? 0 yes, 1 dead, 3 no, 4 unknown\n", 0, NULL)
#define ROW_CHDIR \
	OPTION(DAEMONIZE_CHDIR, 'c', OPTION_ARG, "chdir", \
	       "  -c DIR             working directory (/)\n", REQUEST(dir), NULL)
#define ROW_ALREADY \
	OPTION(DAEMONIZE_ALREADY, 'O', OPTION_PLAIN, "running-ok", \
	       "  -O                 already running is success\n", 0, NULL)
#define ROW_QUIET \
	OPTION(DAEMONIZE_QUIET, 'q', OPTION_PLAIN, "quiet", \
	       "  -q                 no messages\n", 0, NULL)

#endif
