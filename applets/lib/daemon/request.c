// SPDX-License-Identifier: 0BSD
/* What options mean; daemonize has all of these, ticklog some. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/control.h"
#include "lib/daemon/limit.h"
#include "lib/daemon/priority.h"
#include "lib/daemon/privilege.h"
#include "lib/daemon/request.h"
#include "lib/libc/syscall.h"
#include "lib/log/log.h"

START_UP void request_init(struct request *r)
{
	memset(r, 0, sizeof(*r));
	r->dir = "/";
	r->out_priority = FACILITY_DAEMON | LEVEL_INFO;
	r->err_priority = FACILITY_DAEMON | LEVEL_ERR;
	r->restart_delay = 1;
	if (CFG_DAEMONIZE_VERBOSE)
		r->mask_text = "" CFG_STEP_UMASK_DEFAULT;
	if (CFG_STEP_UMASK)
		r->mask = (mode_t)number_whole("" CFG_STEP_UMASK_DEFAULT, 8, 0777);
}

START_UP const char *request_umask(void *to, char *arg)
{
	struct request *r = to;
	const long mask = number_whole(arg, 8, 0777);

	r->mask = (mode_t)mask;
	return mask < 0 ? "not an octal mask" : NULL;
}

START_UP const char *request_nice(void *to, char *arg)
{
	struct request *r = to;
	const int negative = *arg == '-';
	const long number = number_whole(arg + negative, 10, 19 + negative);

	r->niceness = (int)(negative ? -number : number);
	return number < 0 ? "not a nice value from -20 to 19" : NULL;
}

START_UP const char *request_keep(void *to, char *arg)
{
	struct request *r = to;
	const long fd = number_whole(arg, 10, INT_MAX);

	r->keep[r->keeps++] = (int)fd;
	return fd < 0 ? "not a descriptor" : NULL;
}

START_UP const char *request_set(void *to, char *arg)
{
	struct request *r = to;

	r->set[r->sets++] = arg;
	return *arg == '=' || !strchr(arg, '=') ? "not NAME=VALUE" : NULL;
}

START_UP const char *request_limit(void *to, char *arg)
{
	struct request *r = to;
	struct limit limit;

	r->limit[r->limits++] = arg;
	return limit_read(arg, &limit);
}

START_UP const char *request_caps(void *to, char *arg)
{
	const struct request *r = to;
	struct cap_set set;
	const char *wrong = privilege_caps(arg, &set);

	return !wrong && r->ambient && !privilege_within(r->ambient, arg) ?
		       "lacks one of --ambient" :
		       wrong;
}

START_UP const char *request_ambient(void *to, char *arg)
{
	const struct request *r = to;
	struct cap_set set;
	const char *wrong = privilege_caps(arg, &set);

	return !wrong && r->caps && !privilege_within(arg, r->caps) ? "not all in --caps" : wrong;
}

START_UP const char *request_oom_score(void *to __attribute__((unused)), char *arg)
{
	return priority_oom(arg);
}

START_UP const char *request_sched(void *to __attribute__((unused)), char *arg)
{
	struct priority sched;

	return priority_sched(arg, &sched);
}

START_UP const char *request_ionice(void *to __attribute__((unused)), char *arg)
{
	struct priority io;

	return priority_io(arg, &io);
}

START_UP const char *request_cpus(void *to __attribute__((unused)), char *arg)
{
	struct cpu_set set;

	return priority_cpus(arg, &set);
}

START_UP const char *request_ignore(void *to, char *arg)
{
	struct request *r = to;

	if (signal_list(arg, &r->ignore) < 0)
		return "not a signal";
	return signal_in(&r->ignore, SIGKILL) || signal_in(&r->ignore, SIGSTOP) ?
		       "cannot be ignored" :
		       NULL;
}

START_UP const char *request_user(void *to __attribute__((unused)), char *arg)
{
	return *arg == ':' ? "no user" : NULL;
}

START_UP const char *request_pidfile(void *to, char *arg __attribute__((unused)))
{
	const struct request *r = to;

	return GIVEN(r, 'p') ? "given twice, and a service has one" : NULL;
}

/* A tag that every log daemon reads as one: printable, and nothing that ends it. */
START_UP const char *request_tag(void *to __attribute__((unused)), char *arg)
{
	const char *at;

	for (at = arg; *at; at++)
		if (!tag_takes(*at))
			return "not a tag";
	return at - arg > TAG_MOST ? "too long" : NULL;
}

START_UP const char *request_levels(void *to, char *arg)
{
	struct request *r = to;

	return log_priorities(arg, &r->out_priority, &r->err_priority);
}

static const char *read_seconds(unsigned *seconds, const char *text, unsigned least)
{
	const long number = number_whole(text, 10, 65535);

	*seconds = (unsigned)number;
	if (number >= (long)least)
		return NULL;
	return least ? "not whole seconds from 1 to 65535" : "not whole seconds up to 65535";
}

START_UP const char *request_delay(void *to, char *arg)
{
	struct request *r = to;

	return read_seconds(&r->restart_delay, arg, 0);
}

START_UP const char *request_seconds(void *to, char *arg)
{
	struct request *r = to;

	return read_seconds(&r->timeout, arg, 1);
}

START_UP const char *request_watchdog(void *to, char *arg)
{
	enum { GRACE = 10 };
	struct request *r = to;
	char *comma = strchr(arg, ',');
	const char *wrong = NULL;

	r->grace = GRACE;
	if (comma) {
		wrong = read_seconds(&r->grace, comma + 1, 0);
		*comma = '\0';
	}
	if (!wrong)
		wrong = read_seconds(&r->watchdog, arg, 1);
	/* Messages show all of it. */
	if (comma)
		*comma = ',';
	return wrong;
}

START_UP const char *request_give_up(void *to, char *arg)
{
	struct request *r = to;
	const long number = number_whole(arg, 10, 1000000);

	r->give_up = (unsigned)number;
	return number < 1 ? "not a number of failures" : NULL;
}

START_UP const char *request_storm(void *to, char *arg)
{
	struct request *r = to;
	unsigned long long most;
	const char *rest = number_read(arg, 10, &most);

	if (!rest || *rest != '/' || most < 1 || most > 1000000)
		return "not N/SECS";
	r->storm = (unsigned)most;
	return read_seconds(&r->storm_seconds, rest + 1, 1);
}

START_UP const char *request_restart(void *to, char *arg __attribute__((unused)))
{
	struct request *r = to;

	r->restart = GIVEN(r, 'r') ? RESTART_FAILED : RESTART_ALWAYS;
	return NULL;
}

START_UP const char *request_signal(void *to, char *arg)
{
	struct request *r = to;

	r->signal = signal_number(arg, strlen(arg));
	return r->signal < 0 ? "not a signal" : NULL;
}

START_UP const char *request_stop(void *to, char *arg __attribute__((unused)))
{
	struct request *r = to;

	r->job = GIVEN(r, 'K') ? JOB_STOP_ALL : JOB_STOP;
	if (r->job == JOB_STOP_ALL && !CFG_DAEMONIZE_STOP_SESSION)
		return "twice: not built in (DAEMONIZE_STOP_SESSION)";
	return NULL;
}

/* What follows a text's start, if that is there and something follows. */
static const char *behind(const char *text, const char *start)
{
	const size_t length = strlen(start);

	return strncmp(text, start, length) == 0 && text[length] ? text + length : NULL;
}

START_UP const char *request_ready(void *to, char *arg)
{
	struct request *r = to;
	const char *rest;

	/* A number over that of any descriptor is refused by the step. */
	if ((rest = behind(arg, "fd:")) &&
	    (r->ready_fd = (int)number_whole(rest, 10, INT_MAX - 1)) > STDERR_FILENO) {
		r->readiness = READY_FD;
		return CFG_DAEMONIZE_READY_FD ? NULL : "not built in (DAEMONIZE_READY_FD)";
	}
	if (strcmp(arg, "socket") == 0) {
		r->readiness = READY_SOCKET;
		return CFG_DAEMONIZE_READY_SOCKET ? NULL : "not built in (DAEMONIZE_READY_SOCKET)";
	}
	if ((rest = behind(arg, "line:"))) {
		r->readiness = READY_LINE;
		r->ready_line = rest;
		return CFG_DAEMONIZE_READY_LINE ? NULL : "not built in (DAEMONIZE_READY_LINE)";
	}
	return "not fd:N (from 3 up), socket or line:TEXT";
}

START_UP int request_supervised(const struct request *r)
{
	return CFG_DAEMONIZE_SUPERVISE &&
	       (GIVEN(r, 'S') || r->restart || request_ready_by(r, READY_LINE) ||
		(CFG_DAEMONIZE_WATCHDOG && GIVEN(r, 'W')) || (CFG_DAEMONIZE_HOOK && r->hook));
}

START_UP int request_notified(const struct request *r)
{
	return CFG_DAEMONIZE_WATCHDOG && request_supervised(r) &&
	       (GIVEN(r, 'W') || request_ready_by(r, READY_SOCKET));
}

START_UP int request_tells(const struct request *r)
{
	return request_ready_by(r, READY_LINE) ||
	       (request_ready_by(r, READY_SOCKET) && request_notified(r));
}

/* LSB has 4 for a status that could not be asked for. */
static int usage_status(const struct request *r)
{
	return CFG_DAEMONIZE_STATUS && GIVEN(r, 'Q') ? EXIT_STATUS_UNKNOWN : EXIT_USAGE;
}

/* The same where not all words have been read. */
static int misused_before(const struct request *r, char **words)
{
	while (CFG_DAEMONIZE_STATUS && *words)
		if (strcmp(*words++, "-Q") == 0)
			return EXIT_STATUS_UNKNOWN;
	return usage_status(r);
}

/* At boot nobody sees stderr. */
static void log_misuse(const struct request *r, const char *what, const char *why)
{
	if (CFG_DAEMONIZE_SYSLOG && GIVEN(r, 'S'))
		log_once(r->tag ? r->tag : applet_name, what, ": ", why);
}

START_UP int request_misused(const struct request *r, const char *what, const char *why)
{
	complain(what, why);
	log_misuse(r, what, why);
	return usage_status(r);
}

/*
 * A service that is stopped, signalled or asked for has been started as it is: other options would
 * do nothing.
 */
static int check_beside(const struct request *r, const struct options *o)
{
	char shown[64] = "--";
	const struct option *row;

	for (row = o->table; row->text; row++) {
		if (!GIVEN(r, row->letter) || strchr("KkQptqvSTs", row->letter))
			continue;
		if (row->letter > ' ')
			shown[1] = row->letter;
		else
			stpcpy(shown + 2, row->text);
		return request_misused(r, shown, "no effect with -K, -k or -Q");
	}
	return REQUEST_READ;
}

/* Of what is done to a service rather than started. */
static int check_job(const struct request *r, const struct options *o)
{
	const char *operand = *o->words;
	int status;
	const char *option = r->job == JOB_STATUS ? "-Q" : r->job == JOB_SIGNAL ? "-k" : "-K";

	if (r->job == JOB_STATUS && (GIVEN(r, 'K') || GIVEN(r, 'k')))
		return request_misused(r, "-Q", "not with -K or -k");
	if (CFG_DAEMONIZE_VERBOSE && !CFG_DAEMONIZE_STATUS_VERBOSE && r->job == JOB_STATUS &&
	    GIVEN(r, 'v'))
		return request_misused(r, "-v", "with -Q: not built in (DAEMONIZE_STATUS_VERBOSE)");
	status = check_beside(r, o);
	if (status != REQUEST_READ)
		return status;
	if (!r->pidfile)
		return request_misused(r, option, "needs -p FILE");
	if (operand)
		return request_misused(r, operand, "not with -K, -k or -Q");
	return REQUEST_READ;
}

APART START_UP int request_read(struct request *r, struct options *o)
{
	const int ended = options_read(o, r);

	if (ended == OPTION_HELP)
		return EXIT_DONE;
	if (ended != OPTION_END) {
		log_misuse(r, o->shown, o->wrong);
		return misused_before(r, o->words);
	}
	if (CFG_DAEMONIZE_STATUS && GIVEN(r, 'Q'))
		r->job = JOB_STATUS;
	else if (CFG_DAEMONIZE_STOP && GIVEN(r, 'k') && r->job == JOB_START)
		r->job = JOB_SIGNAL;
	return CONTROL_BUILT_IN && r->job != JOB_START ? check_job(r, o) : REQUEST_READ;
}
