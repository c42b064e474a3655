// SPDX-License-Identifier: 0BSD
/* ticklog: a daemon that logs a heartbeat, and what disturbed it. */
#include <signal.h>
#include <stddef.h>
#include <elf.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/env.h"
#include "lib/daemon/control.h"
#include "lib/daemon/launch.h"
#include "lib/common/number.h"
#include "lib/common/path.h"
#include "lib/daemon/privilege.h"
#include "lib/daemon/program.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"
#include "lib/ticklog/ticklog.h"

#define TEXT_(number) #number
#define TEXT(number) TEXT_(number)

enum {
	LONGEST = 2678400
}; /* seconds of an interval: 31 days, so that 32 bits hold its milliseconds */

/*
 * Unless -m, -T or -i has another: arrays, since what is resident needs them
 * (build/link/start-up.ld).
 */
static const char usual[] = "tick %n: %t, up %u",
		  usual_fields[] = "tick n=%n boot=%b up=%u next=%x";
static const char usual_tag[] = "ticklog", usual_interval[] = TEXT(CFG_TICKLOG_INTERVAL);

/* What stands behind % in -m, and the symbols that some of it needs. */
static const char conversions[] START_UP_DATA =
	"tzun%" IF(TICKLOG_LOAD, "la") IF(TICKLOG_FIELDS, "hbx");

static struct ticklog *of(struct launch *l)
{
	return (struct ticklog *)((char *)l - offsetof(struct ticklog, l));
}

/* ---- options ---- */

/* "1.5" in milliseconds; returns what is wrong with it. */
static START_UP const char *read_seconds(unsigned *milliseconds, const char *text, unsigned least)
{
	unsigned long long seconds, part = 0;
	const char *end = number_read(text, 10, &seconds);
	unsigned unit = 1000;

	if (end && *end == '.')
		while (unit > 1 && (unsigned char)(*++end - '0') <= 9)
			part += (unsigned)(*end - '0') * (unit /= 10);
	/* Three digits have been read, or what ended them is still there. */
	if (end && unit == 1)
		end++;
	*milliseconds = end ? (unsigned)seconds * 1000 + (unsigned)part : 0;
	if (!end || *end || seconds > LONGEST || *milliseconds > LONGEST * 1000u ||
	    *milliseconds < least)
		return least ? "not seconds from 0.001 to 2678400" :
			       "not seconds from 0 to 2678400";
	return NULL;
}

static const char *check_text(const char *text)
{
	for (; *text; text++)
		if (*text == '%' && (!*++text || !strchr(conversions, *text)))
			return *text && !CFG_TICKLOG_LOAD && strchr("la", *text) ?
				       "not built in (TICKLOG_LOAD)" :
			       *text && !CFG_TICKLOG_FIELDS && strchr("hbx", *text) ?
				       "not built in (TICKLOG_FIELDS)" :
				       "unknown conversion";
	return NULL;
}

static START_UP const char *take_interval(void *to, char *arg)
{
	struct ticklog *t = to;

	t->next = arg;
	return read_seconds(&t->interval, arg, 1);
}

static START_UP const char *take_delay(void *to, char *arg)
{
	struct ticklog *t = to;

	char *comma = strchr(arg, ',');
	const char *wrong;

	if (comma && !CFG_TICKLOG_SPREAD)
		return "not built in (TICKLOG_SPREAD)";
	if (comma)
		*comma = '\0';
	wrong = read_seconds(&t->delay, arg, 0);
	if (!comma)
		return wrong;
	*comma = ',';
	if (!wrong)
		wrong = read_seconds(&t->spread, comma + 1, 0);
	return !wrong && t->spread > LONGEST * 1000u - t->delay ? "more than 2678400 seconds" :
								  wrong;
}

static START_UP const char *take_count(void *to, char *arg)
{
	struct ticklog *t = to;
	const long number = number_whole(arg, 10, 0x7fffffff);

	t->most = (unsigned)number;
	return number < 1 ? "not a number of beats" : NULL;
}

static START_UP const char *take_exceptions(void *to, char *arg __attribute__((unused)))
{
	struct ticklog *t = to;

	t->exceptions = 1;
	return NULL;
}

static START_UP const char *take_fields(void *to, char *arg __attribute__((unused)))
{
	struct ticklog *t = to;

	t->fields = 1;
	return NULL;
}

static START_UP const char *take_text(void *to, char *arg)
{
	struct ticklog *t = to;

	t->text = arg;
	return check_text(arg);
}

static START_UP const char *take_levels(void *to, char *arg)
{
	struct ticklog *t = to;

	t->to_kernel = strcmp(arg, "kmsg") == 0;
	if (t->to_kernel)
		return CFG_TICKLOG_KMSG ? NULL : "not built in (TICKLOG_KMSG)";
	return request_levels(to, arg);
}

static const char usage[] START_UP_DATA = "" IF(BOX_USAGE,
	"usage: ticklog [OPTION]..." IF(TICKLOG_COMMAND, " [-- COMMAND [ARG]...]") "\n"
	"Logs a heartbeat, late and missed beats, and clock changes.\n");

static const struct option table[] = {
	OPTION(TICKLOG, 'i', OPTION_ARG | OPTION_OWN, "interval",
	       "  -i SECS            interval (" TEXT(CFG_TICKLOG_INTERVAL) "), down to 0.001\n",
	       0, take_interval)
	OPTION(TICKLOG, 'd', OPTION_ARG | OPTION_OWN, "delay",
	       IF(TICKLOG_SPREAD,
		  "  -d SECS[,SPREAD]   delay before the first (3), and up to SPREAD more\n")
	       UNLESS(TICKLOG_SPREAD, "  -d SECS            delay before the first (3)\n"),
	       0, take_delay)
	OPTION(TICKLOG_COUNT, 'n', OPTION_ARG | OPTION_OWN, "count",
	       "  -n N               end after N beats\n", 0, take_count)
	OPTION(TICKLOG_EXCEPTIONS, 'e', OPTION_PLAIN | OPTION_OWN, "exceptions",
	       "  -e                 log only beats that were not as planned\n", 0, take_exceptions)
	OPTION(TICKLOG_FIELDS, 'l', OPTION_PLAIN | OPTION_OWN, "fields",
	       "  -l                 as key=value fields\n", 0, take_fields)
	OPTION(TICKLOG_MESSAGE, 'm', OPTION_ARG | OPTION_OWN, "message",
	       "  -m TEXT            log this: %t time, %z ISO 8601, %u uptime,\n"
	       "                     %n number, "
	       IF(TICKLOG_LOAD, "%l load, %a available memory, ") "%%"
	       IF(TICKLOG_FIELDS, ",\n                     %h host, %b boot, %x next beat") "\n",
	       0, take_text)
	OPTION(TICKLOG_TAG, 'T', OPTION_ARG | OPTION_OWN, "tag",
	       "  -T TAG             tag in the log (ticklog)\n", REQUEST(tag), request_tag)
	OPTION(TICKLOG_TAG, 's', OPTION_ARG | OPTION_OWN, "facility",
	       "  -s LEVELS          [FACILITY.]OUT[,ERR] (daemon.info,err)"
	       IF(TICKLOG_KMSG, ", kmsg") "\n",
	       0, take_levels)
	ROW_PIDFILE
	ROW_USER
	ROW_FOREGROUND
	ROWS_CONTROL
	OPTION(DAEMONIZE_TIMEOUT, 't', OPTION_ARG, "timeout",
	       "  -t SECS            timeout of a stop (10)\n", 0, request_seconds)
	ROW_CHDIR
	ROW_ALREADY
	ROW_QUIET
	OPTION(DAEMONIZE_VERBOSE, 'v', OPTION_PLAIN, "verbose",
	       "  -v                 print each step with its values\n", 0, NULL)
	OPTIONS_END
};

/* ---- its start ---- */

/* 32 bits that the kernel drew for this process alone: getauxval(3), AT_RANDOM. */
static unsigned drawn(void)
{
	const char *random = (const char *)aux_value(AT_RANDOM);
	unsigned value = clock_ms() << 22;

	/* They are aligned to nothing. */
	if (random)
		memcpy(&value, random, sizeof(value));
	return value;
}

/* A beat is due at start + delay + n * interval: no beat moves the next. */
static __attribute__((unused)) START_UP int step_timers(struct launch *l)
{
	/*
	 * It never runs out, but is cancelled when the clock is set. (The low half is for kernels
	 * of 32 bits.)
	 */
	static const struct moment never = { 0x7f7fffffff, 0 };
	struct ticklog *t = of(l);
	struct moment first, step;
	unsigned part;
	int error;

	has_moved(t, &step);
	first = t->now;
	if (CFG_TICKLOG_SPREAD)
		t->delay += (unsigned)(((unsigned long long)t->spread * drawn()) >> 32);
	part = (unsigned)first.nanoseconds / 1000000 + t->delay % 1000;
	first.seconds += t->delay / 1000 + part / 1000;
	first.nanoseconds = part % 1000 * 1000000;
	t->due = in_ms(&first) - t->interval;
	t->timer = clock_timer(CLOCK_BOOTTIME, 0, &first, t->interval);
	t->clock = clock_timer(CLOCK_REALTIME, TFD_TIMER_CANCEL_ON_SET, &never, 0);
	if (t->timer < 0)
		return -t->timer;
	/* Where this is refused no end of a command would be seen. */
	if (CFG_TICKLOG_COMMAND && t->command &&
	    is_refused(error = (int)sys(wait4, -1, NULL, WNOHANG, NULL)))
		return -error;
	/* ... and no signal be let in, nor a beat waited for. */
	return sys_refusal(sys_poll_mask(NULL, 0, 0, NULL));
}

static __attribute__((unused)) START_UP int step_kmsg(struct launch *l)
{
	int fd;

	l->subject = "/dev/kmsg";
	if (!of(l)->to_kernel)
		return 0;
	fd = sys_open(l->subject, O_WRONLY | O_CLOEXEC, 0);

	sys(close, fd);
	return fd < 0 ? -fd : 0;
}

/*
 * That it is not there is known before the first beat; it fails as an exec does, with 126 or 127.
 */
static __attribute__((unused)) START_UP int step_find(struct launch *l)
{
	int error;

	l->subject = of(l)->command;
	if (!l->subject)
		return 0;
	error = program_find(l->path ? l->path : l->subject, l->env);
	l->done = error != 0;
	return error;
}

static __attribute__((unused)) START_UP int step_started(struct launch *l)
{
	l->subject = l->r->pidfile;
	return pidfile_started(&l->pid);
}

/*
 * Without a command all that is left to do is this user's: its log, the files that it
 * reads, and its pidfile, unless that is in another user's directory.
 */
static __attribute__((unused)) START_UP int step_drop(struct launch *l)
{
	enum { DAC_OVERRIDE = 1 };
	struct cap_set keep = { { 0 } };
	struct stat st;
	int folder, error = 0;

	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0) {
		folder = l->pid.dir >= 0 ? l->pid.dir : path_open_folder(l->pid.name);
		error = folder < 0 ? -folder : sys_fstat(folder, &st);
		if (folder != l->pid.dir)
			sys(close, folder);
		keep.word[0] = !error && st.st_uid ? 1u << DAC_OVERRIDE : 0;
	}
	return error ? error : privilege_drop(&keep);
}

/* What is left to do before the first beat. */
static const struct step steps_beat[] = {
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS, 0, STEP_SILENT },)
	IF(TICKLOG, { step_timers, "timers", STEP_ALWAYS },)
	IF(TICKLOG_KMSG, { step_kmsg, "kmsg", STEP_ALWAYS, 0, STEP_SILENT },)
	IF(TICKLOG_COMMAND, { step_find, "exec", STEP_ALWAYS, 0, STEP_SILENT },)
	IF(DAEMONIZE_PIDFILE, { step_started, "pidfile", 'p', 0, STEP_SILENT },)
	IF(TICKLOG_DROP, { step_drop, "drop", STEP_ALONE },)
	{ NULL, NULL, STEP_ALWAYS }
};

static void init_lines(struct ticklog *t, struct lines *lines)
{
	lines->log = &t->log;
	lines->priority = t->r.out_priority;
}

static void init_log(struct ticklog *t)
{
	log_init(&t->log, t->l.tag);
	t->log.kernel = CFG_TICKLOG_KMSG && t->to_kernel;
	init_lines(t, &t->lines);
	if (CFG_TICKLOG_COMMAND) {
		t->left = -1;
		init_lines(t, &t->said);
	}
}

static OUT_OF_LINE int start_beating(struct ticklog *t, char **env)
{
	static const unsigned char caught[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT, SIGCHLD };
	struct launch *l = &t->l;
	unsigned i;

	launch_init(l, &t->r);
	l->env = env;
	l->tag = t->r.tag;
	l->stays = 1;
	t->command = l->program;
	launch_detach(l);
	if (CFG_DAEMONIZE_FOREGROUND && GIVEN(&t->r, 'f'))
		signals_block(NULL, &l->blocked);
	/* This process stays; each beat forks another for the command. */
	l->program = NULL;
	launch_steps(l, steps_program);
	if (CFG_TICKLOG_FIELDS)
		look_at_boot(t);
	launch_steps(l, steps_beat);
	for (i = 0; i < sizeof(caught); i++)
		signal_catch(caught[i], beat_signal);
	l->supervisor = (pid_t)sys(getpid, 0);
	init_log(t);
	if (launch_done(l) != 0)
		finish(t, 0);
	launch_let_go(l);
	if (has_fields(t))
		tell_start(t);
	beat_for_ever(t);
}

START_UP int ticklog_main(int argc __attribute__((unused)), char **argv)
{
	/* Room for USER, LOGNAME, HOME and PATH. */
	char *env[env_count(environ) + 8];
	int keep[REQUEST_KEEP_MORE], status;
	struct options o = { .table = table, .usage = usage, .words = argv + 1 };
	struct ticklog *t = (struct ticklog *)resident;
	struct request *r = &t->r;

	_Static_assert(sizeof(*t) <= RESIDENT, "resident.h");
	request_init(r);
	r->keep = keep;
	r->tag = usual_tag;
	t->interval = CFG_TICKLOG_INTERVAL * 1000;
	t->next = usual_interval;
	t->delay = 3000;
	status = request_read(r, &o);
	if (status != REQUEST_READ)
		return status;
	if (CONTROL_BUILT_IN && r->job != JOB_START)
		return control(r);
	if (has_fields(t) && t->exceptions)
		return request_misused(r, "-e", "not with -l");
	if ((GIVEN(r, 'O') || GIVEN(r, 't')) && !r->pidfile)
		return request_misused(r, GIVEN(r, 'O') ? "-O" : "-t", "needs -p FILE");
	if (*o.words && !**o.words)
		return request_misused(r, "COMMAND", "its name is empty");
	if (!t->text)
		t->text = has_fields(t) ? usual_fields : usual;
	if (*o.words && !CFG_TICKLOG_COMMAND)
		return request_misused(r, *o.words, "not built in (TICKLOG_COMMAND)");
	r->argv = o.words;
	r->program = *o.words;
	return start_beating(t, env);
}
