// SPDX-License-Identifier: 0BSD
/* daemonize: runs any program as a proper daemon. */
#include <string.h>
#include <unistd.h>
#include "box.h"
#include "lib/common/env.h"
#include "lib/common/path.h"
#include "lib/daemon/control.h"
#include "lib/daemon/launch.h"
#include "lib/daemon/request.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/supervise.h"
#include "lib/log/log.h"

static const char usage[] START_UP_DATA = "" IF(BOX_USAGE,
	"usage: daemonize [OPTION]... [--] PROGRAM [ARG]...\n"
	"Runs PROGRAM as a daemon; returns when it has been executed, or says why not.\n"
	"PROGRAM has to stay in the foreground: use its option for that (httpd -f,\n"
	"sshd -D). If it goes into the background by itself, it looks dead, and a plain\n"
	"start does not say so; with -S, -r or -w you are told.\n");

/* In the order in which they are come to be used: a start, what is done to it then, the rest. */
static const struct option table[] = {
	ROW_PIDFILE
	OPTION(DAEMONIZE_SYSLOG, 'S', OPTION_PLAIN, "syslog",
	       "  -S                 stdout and stderr to syslog\n", 0, NULL)
	OPTION(DAEMONIZE_RESTART, 'r', OPTION_PLAIN, "restart",
	       "  -r                 start it again when it ends; -rr: if it failed\n",
	       0, request_restart)
	ROW_USER
	OPTION(DAEMONIZE_READY, 'w', OPTION_ARG, "ready",
	       "  -w WHAT            wait until it is ready:"
	       IF(DAEMONIZE_READY_FD, " fd:N") IF(DAEMONIZE_READY_SOCKET, " socket")
	       IF(DAEMONIZE_READY_LINE, " line:TEXT") "\n",
	       REQUEST(ready), request_ready)
	ROW_FOREGROUND
	ROWS_CONTROL
	OPTION(DAEMONIZE_TIMEOUT, 't', OPTION_ARG, "timeout",
	       "  -t SECS            timeout: ready 30, stop 10, foreground 4\n",
	       0, request_seconds)
	OPTION(DAEMONIZE_SYSLOG, 'T', OPTION_ARG, "tag",
	       "  -T TAG             tag in the log (the program's name)\n",
	       REQUEST(tag), request_tag)
	OPTION(DAEMONIZE_SYSLOG, 's', OPTION_ARG, "facility",
	       "  -s LEVELS          levels: [FACILITY.]OUT[,ERR] (daemon.info,err)\n",
	       0, request_levels)
	OPTION(DAEMONIZE_STORM, 'M', OPTION_ARG, "max-messages",
	       "  -M N/SECS          at most so many messages in so many seconds\n",
	       0, request_storm)
	OPTION(DAEMONIZE_RESTART, 'R', OPTION_ARG, "restart-delay",
	       "  -R SECS            delay before it (1), doubling to 60 while it fails\n",
	       0, request_delay)
	OPTION(DAEMONIZE_RESTART, 'C', OPTION_ARG, "give-up",
	       "  -C N               give up after N failures in a row\n", 0, request_give_up)
	OPTION(DAEMONIZE_WATCHDOG, 'W', OPTION_ARG, "watchdog",
	       "  -W SECS[,GRACE]    end it where WATCHDOG=1 is late: ABRT, KILL (10)\n",
	       0, request_watchdog)
	OPTION(DAEMONIZE_SWEEP, 'z', OPTION_PLAIN, "sweep",
	       "  -z                 end what a run left before the next start\n", 0, NULL)
	OPTION(DAEMONIZE_HOOK, 'x', OPTION_ARG, "hook",
	       "  -x COMMAND         run this after each unexpected end\n", REQUEST(hook), NULL)
	ROW_CHDIR
	OPTION(DAEMONIZE_FILES, 'o', OPTION_ARG, "stdout",
	       "  -o FILE            stdout to a file\n", REQUEST(out), NULL)
	OPTION(DAEMONIZE_FILES, 'e', OPTION_ARG, "stderr",
	       "  -e FILE            stderr to a file\n", REQUEST(err), NULL)
	OPTION(DAEMONIZE_FILES, 'a', OPTION_PLAIN, "append",
	       "  -a                 append to them\n", 0, NULL)
	ROW_ALREADY
	OPTION(DAEMONIZE_ENV, 'E', OPTION_ARG, "env",
	       "  -E NAME=VALUE      set in its environment\n", 0, request_set)
	OPTION(DAEMONIZE_CLEARENV, 'i', OPTION_PLAIN, "clear-env",
	       "  -i                 start from an empty environment\n", 0, NULL)
	OPTION(DAEMONIZE_UMASK, 'm', OPTION_ARG, "umask",
	       "  -m MASK            umask, octal (" CFG_STEP_UMASK_DEFAULT ")\n",
	       REQUEST(mask_text), request_umask)
	OPTION(DAEMONIZE_LOCK, 'l', OPTION_ARG, "lock",
	       "  -l FILE            keep this file locked while it runs\n",
	       REQUEST(lockfile), NULL)
	OPTION(DAEMONIZE_LIMIT, 'L', OPTION_ARG, "limit",
	       "  -L RES=SOFT[:HARD]  resource limit\n", 0, request_limit)
	OPTION(DAEMONIZE_NICE, 'n', OPTION_ARG, "nice",
	       "  -n N               nice value\n", REQUEST(nice), request_nice)
	OPTION(DAEMONIZE_KEEP, 'D', OPTION_ARG, "keep-fd",
	       "  -D FD              keep this descriptor\n", 0, request_keep)
	OPTION(DAEMONIZE_IGNORE, 'I', OPTION_ARG, "ignore",
	       "  -I SIG[,SIG]       start with these signals ignored\n", 0, request_ignore)
	OPTION(DAEMONIZE_LEADER, '1', OPTION_PLAIN, "leader",
	       "  -1                 it leads its session\n", 0, NULL)
	OPTION(DAEMONIZE_PTY, 'y', OPTION_PLAIN, "pty",
	       "  -y                 stdout is a terminal: it writes line by line\n", 0, NULL)
	OPTION(DAEMONIZE_SUPERVISOR_PIDFILE, 'P', OPTION_ARG, "supervisor-pidfile",
	       "  -P FILE            pidfile of the supervisor\n",
	       REQUEST(supervisor_pidfile), NULL)
	OPTION_LONG(DAEMONIZE_NO_NEW_PRIVS, OPTION_NO_NEW_PRIVS, OPTION_PLAIN, "no-new-privs",
		    "  --no-new-privs     no program gives it further privileges\n", 0, NULL)
	OPTION_LONG(DAEMONIZE_CAPS, OPTION_CAPS, OPTION_ARG, "caps",
		    "  --caps LIST        the capabilities that it can ever have, or none\n",
		    REQUEST(caps), request_caps)
	OPTION_LONG(DAEMONIZE_CAPS, OPTION_AMBIENT, OPTION_ARG, "ambient",
		    "  --ambient LIST     those that it has as another user\n",
		    REQUEST(ambient), request_ambient)
	OPTION_LONG(DAEMONIZE_CHROOT, OPTION_CHROOT, OPTION_ARG, "chroot",
		    "  --chroot DIR       its root directory; -c and PROGRAM are in that\n",
		    REQUEST(root), NULL)
	OPTION_LONG(DAEMONIZE_OOM_SCORE, OPTION_OOM_SCORE, OPTION_ARG, "oom-score",
		    "  --oom-score N      out of memory it ends late (-1000), early (1000)\n",
		    REQUEST(oom_score), request_oom_score)
	OPTION_LONG(DAEMONIZE_SCHED, OPTION_SCHED, OPTION_ARG, "sched",
		    "  --sched POLICY     other, batch, idle, fifo:N or rr:N\n",
		    REQUEST(sched), request_sched)
	OPTION_LONG(DAEMONIZE_IONICE, OPTION_IONICE, OPTION_ARG, "ionice",
		    "  --ionice CLASS     realtime[:N], best-effort[:N] or idle\n",
		    REQUEST(ionice), request_ionice)
	OPTION_LONG(DAEMONIZE_CPUS, OPTION_CPUS, OPTION_ARG, "cpus",
		    "  --cpus LIST        only on these CPUs, as in 0,2-3\n",
		    REQUEST(cpus), request_cpus)
	ROW_QUIET
	OPTION(DAEMONIZE_VERBOSE, 'v', OPTION_PLAIN, "verbose",
	       "  -v                 print each step with its values\n", 0, NULL)
	OPTION(DAEMONIZE_VERBOSE, 'd', OPTION_PLAIN, "dry-run",
	       "  -d                 print the steps and do nothing\n", 0, NULL)
	OPTIONS_END
};

/* The tag is the program's name, with what cannot be in a tag made "_". */
static void make_tag(struct request *r, char tag[TAG_MOST + 1])
{
	const char *from = path_base(r->program);
	unsigned i;

	for (i = 0; i < TAG_MOST && from[i]; i++)
		tag[i] = tag_takes(from[i]) ? from[i] : '_';
	tag[i] = '\0';
	r->tag = tag;
}

/* What some options mean by themselves. */
static void imply(struct request *r)
{
	if (CFG_DAEMONIZE_SYSLOG &&
	    (GIVEN(r, 'T') || GIVEN(r, 's') || GIVEN(r, 'y') || GIVEN(r, 'M')))
		r->given.bits['S' >> 5] |= OPTION_BIT('S');
	if (CFG_DAEMONIZE_RESTART && !r->restart && (GIVEN(r, 'R') || GIVEN(r, 'C')))
		r->restart = RESTART_ALWAYS;
}

static int keeps(const struct request *r, int fd)
{
	unsigned i;

	for (i = 0; i < r->keeps; i++)
		if (r->keep[i] == fd)
			return 1;
	return 0;
}

/* Looks for options that would be taken and have no effect. Returns 0, or the exit status. */
static int check(const struct request *r)
{
	if (!*r->argv)
		return request_misused(r, "PROGRAM", "none given");
	if (!**r->argv)
		return request_misused(r, "PROGRAM", "its name is empty");
	if (CFG_DAEMONIZE_FOREGROUND && GIVEN(r, 'f') && r->readiness)
		return request_misused(r, "-w", "not with -f, which does not return");
	if (CFG_DAEMONIZE_FOREGROUND && CFG_DAEMONIZE_LEADER && GIVEN(r, 'f') && GIVEN(r, '1'))
		return request_misused(r, "-1", "not with -f, which makes no session");
	if (CFG_DAEMONIZE_FILES && GIVEN(r, 'a') && !r->out && !r->err)
		return request_misused(r, "-a", "needs -o or -e");
	if (CFG_DAEMONIZE_PTY && CFG_DAEMONIZE_FILES && GIVEN(r, 'y') && r->out &&
	    !request_ready_by(r, READY_LINE))
		return request_misused(r, "-y", "not with -o, which takes the output");
	if (CFG_DAEMONIZE_KEEP && request_ready_by(r, READY_FD) && keeps(r, r->ready_fd))
		return request_misused(r, "-D", "not the descriptor of -w fd:");
	if (CFG_DAEMONIZE_SWEEP && GIVEN(r, 'z') && !r->restart)
		return request_misused(r, "-z", "needs -r");
	if (CFG_DAEMONIZE_ALREADY && GIVEN(r, 'O') && !r->pidfile && !r->lockfile)
		return request_misused(r, "-O", "needs -p or -l, by which it is found running");
	if (CFG_DAEMONIZE_TIMEOUT && GIVEN(r, 't') && !r->pidfile && !r->readiness &&
	    !request_supervised(r))
		return request_misused(r, "-t", "nothing to wait for: needs -p, -w, -S or -r");
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && r->supervisor_pidfile && !request_supervised(r))
		return request_misused(r, "-P", "needs a supervisor: -S, -r"
				       IF(DAEMONIZE_WATCHDOG, ", -W") IF(DAEMONIZE_HOOK, ", -x")
				       " or -w line:");
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && r->supervisor_pidfile && r->pidfile &&
	    strcmp(r->supervisor_pidfile, r->pidfile) == 0)
		return request_misused(r, "-P", "the same file as -p");
	return 0;
}

/* Starts the program; returns only where the steps are merely said. */
static OUT_OF_LINE START_UP int start(struct request *r, char **env)
{
	struct launch *l = (struct launch *)resident;

	launch_init(l, r);
	l->tag = r->tag;
	l->env = env;
	launch_detach(l);
	/*
	 * The symbol is asked here: only what the compiler sees in this file keeps the supervisor
	 * and its log out.
	 */
	if (CFG_DAEMONIZE_SUPERVISE && request_supervised(r) &&
	    !(CFG_DAEMONIZE_VERBOSE && GIVEN(r, 'd')))
		supervise(l);
	launch_steps(l, steps_program);
	return EXIT_DONE;
}

START_UP int daemonize_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of a kind is the most there can be. */
	const size_t most = (size_t)argc + 1;
	char *set[CFG_DAEMONIZE_ENV ? most : 1], *limit[CFG_DAEMONIZE_LIMIT ? most : 1];
	char *env[env_count(environ) + most + 12];
	int keep[most + REQUEST_KEEP_MORE];
	char tag[TAG_MOST + 1];
	struct options o = { .table = table, .usage = usage, .words = argv + 1 };
	struct request r;
	int status;

	request_init(&r);
	r.set = set;
	r.limit = limit;
	r.keep = keep;
	status = request_read(&r, &o);
	if (status != REQUEST_READ)
		return status;
	if (CONTROL_BUILT_IN && r.job != JOB_START)
		return control(&r);
	r.argv = o.words;
	r.program = *o.words;
	imply(&r);
	status = check(&r);
	if (status)
		return status;
	if (CFG_DAEMONIZE_SYSLOG && GIVEN(&r, 'S') && !r.tag)
		make_tag(&r, tag);
	return start(&r, env);
}
