// SPDX-License-Identifier: 0BSD
/* daemonize: runs any program as a proper daemon. */
#include <string.h>
#include <unistd.h>
#include "box.h"
#include "lib/common/env.h"
#include "lib/daemon/launch-option.h"
#include "lib/log/log.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/steps.h"
#include "lib/daemon/supervise.h"

static const char daemonize_usage[] START_UP_DATA = "" IF(BOX_USAGE,
	"usage: daemonize [OPTION]... [--] PROGRAM [ARG]...\n"
	"Runs PROGRAM as a daemon; returns when it has been started, or why not.\n"
	IF(DAEMONIZE_UMASK,
	"  -m MASK            umask, octal (" CFG_STEP_UMASK_DEFAULT ")\n")
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
	IF(DAEMONIZE_TIMEOUT,
	"  -t SECS            longest wait: ready 30, stop 10, foreground 4\n")
	IF(DAEMONIZE_VERBOSE,
	"  -v, -d             say each step; say the steps and do none\n")
);

#define HAVE(symbol, letter, name) OPTION(DAEMONIZE_, symbol, letter, name)
static const char table[] START_UP_DATA = OPTIONS("DAEMONIZE_")
	HAVE(UMASK, "m:", "umask")
	HAVE(ENV, "E:", "env")
	HAVE(CLEARENV, "i ", "clear-env")
	HAVE(KEEP, "D:", "keep-fd")
	HAVE(IGNORE, "I:", "ignore")
	HAVE(LEADER, "1 ", "leader")
	HAVE(NICE, "n:", "nice")
	HAVE(LIMIT, "L:", "limit")
	HAVE(LOCK, "l:", "lock")
	HAVE(FILES, "o:", "stdout")
	HAVE(FILES, "e:", "stderr")
	HAVE(FILES, "a ", "append")
	HAVE(SYSLOG, "S ", "syslog")
	HAVE(SYSLOG, "T:", "tag")
	HAVE(SYSLOG, "s:", "facility")
	HAVE(PTY, "y ", "pty")
	HAVE(RESTART, "r ", "restart")
	HAVE(RESTART, "R:", "restart-delay")
	HAVE(RESTART, "C:", "give-up")
	HAVE(SUPERVISOR_PIDFILE, "P:", "supervisor-pidfile")
	HAVE(READY, "w:", "ready")
	HAVE(VERBOSE, "d ", "dry-run");

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
static OUT_OF_LINE int start(struct launch *l, char **operands)
{
	char tag[TAG_MOST + 1];

	if (!*operands)
		return launch_misused(l, "PROGRAM", "none given");
	if (CFG_DAEMONIZE_READY && l->foreground && (l->ready_fd || l->ready_socket || l->ready_line))
		return launch_misused(l, "-w", "not with -f");
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

int START_UP daemonize_main(int argc, char **argv)
{
	/* Each option takes a word at least, so that many of a kind is the most there can be. */
	const size_t most = (size_t)argc + 1;
	char *set[most], *limit[most], *env[env_count(environ) + most + 8];
	int keep[most + OWN_DESCRIPTORS];
	struct options o = { .table = { table }, .usage = { daemonize_usage }, .words = argv + 1 };
	struct launch *l = (struct launch *)resident;
	int status;

	launch_init(l);
	l->set = set;
	l->limit = limit;
	l->env = env;
	l->keep = keep;
	status = launch_asked(l, &o, NULL);
	return status == LAUNCH_START ? start(l, o.words) : status;
}
