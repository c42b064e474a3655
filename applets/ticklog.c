// SPDX-License-Identifier: 0BSD
/* ticklog: a daemon that logs a heartbeat, and what disturbed it. */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/env.h"
#include "lib/daemon/control.h"
#include "lib/daemon/launch.h"
#include "lib/log/lines.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/daemon/program.h"
#include "lib/daemon/resident.h"
#include "lib/session/leftover.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"
#include "lib/log/local-time.h"

#define TEXT_(number) #number
#define TEXT(number) TEXT_(number)

enum {
	LONGEST = 2678400,	/* seconds of an interval: 31 days, so that 32 bits hold its milliseconds */
	COMMAND_SECONDS = 1,	/* between TERM and KILL for a command at the end */
	LAST_WORDS = 2000,	/* milliseconds for a slow log at the end */
	LATE = 100,		/* milliseconds that a beat may always be late */
	NOISE = 5000000,	/* nanoseconds by which two clocks read one after the other may seem to move */
	SECOND = 1000000000,	/* in nanoseconds */
	/*
	 * Bytes read at once, whose lines the ring can hold even if they are empty: each has a header and 3
	 * bytes there.
	 */
	INPUT = CFG_SYSLOG_RING / (LOG_HEAD + 3) < 256 ? CFG_SYSLOG_RING / (LOG_HEAD + 3) : 256,
};

enum cause { TIMER, CLOCK, ASKED };

struct ticklog {
	struct request r;		/* first, for the options are read into it */
	long long due;			/* when the last beat of the timer was, in milliseconds since boot */
	struct moment offset;		/* of the wall clock from the time since boot */
	unsigned interval, delay;	/* milliseconds */
	unsigned beats, late, missed;
	unsigned skipped;		/* missed since the last beat */
	unsigned most;			/* beats, -n; 0: no end */
	int timer, clock;		/* of the beats; of steps of the wall clock */
	pid_t child;			/* the command; 0: it does not run */
	int output;			/* what it writes; -1: it has closed that */
	int left;			/* bytes of it to read before a look at how it ended; -1: no need to look */
	char exceptions;		/* -e */
	char to_kernel;			/* -s kmsg */
	const char *command;		/* NULL: there is none */
	const char *text;		/* -m */
	struct lines lines;		/* a beat's */
	struct lines said;		/* the command's */
	struct log log;
	struct launch l;
};

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
	if (!end || *end || seconds > LONGEST || *milliseconds < least)
		return least ? "not seconds from 0.001 to 2678400" : "not seconds from 0 to 2678400";
	return NULL;
}

static const char *check_text(const char *text)
{
	for (; *text; text++)
		if (*text == '%' && (!*++text || !strchr("tzun%" IF(TICKLOG_LOAD, "la"), *text)))
			return *text && !CFG_TICKLOG_LOAD && strchr("la", *text) ? "not built in (TICKLOG_LOAD)" :
										   "unknown conversion";
	return NULL;
}

static START_UP const char *take_interval(void *to, char *arg)
{
	struct ticklog *t = to;

	return read_seconds(&t->interval, arg, 1);
}

static START_UP const char *take_delay(void *to, char *arg)
{
	struct ticklog *t = to;

	return read_seconds(&t->delay, arg, 0);
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
	"Logs a heartbeat, and each beat that was late, missed or found the clock moved.\n");

static const struct option table[] = {
	OPTION(TICKLOG, 'i', OPTION_ARG | OPTION_OWN, "interval",
	       "  -i SECS            from beat to beat (" TEXT(CFG_TICKLOG_INTERVAL) "), down to 0.001\n",
	       0, take_interval)
	OPTION(TICKLOG, 'd', OPTION_ARG | OPTION_OWN, "delay",
	       "  -d SECS            before the first (3)\n", 0, take_delay)
	OPTION(TICKLOG_COUNT, 'n', OPTION_ARG | OPTION_OWN, "count",
	       "  -n N               end after N beats\n", 0, take_count)
	OPTION(TICKLOG_EXCEPTIONS, 'e', OPTION_PLAIN | OPTION_OWN, "exceptions",
	       "  -e                 log only those with something to tell\n", 0, take_exceptions)
	OPTION(TICKLOG_MESSAGE, 'm', OPTION_ARG | OPTION_OWN, "message",
	       "  -m TEXT            log this: %t time, %z ISO 8601, %u uptime, %n number,\n"
	       "                     " IF(TICKLOG_LOAD, "%l load, %a available memory, ") "%%\n", 0, take_text)
	OPTION(TICKLOG_TAG, 'T', OPTION_ARG | OPTION_OWN, "tag",
	       "  -T TAG             with this tag (ticklog)\n", REQUEST(tag), request_tag)
	OPTION(TICKLOG_TAG, 's', OPTION_ARG | OPTION_OWN, "facility",
	       "  -s LEVELS          [FACILITY.]OUT[,ERR] (daemon.info,err)" IF(TICKLOG_KMSG, ", kmsg") "\n",
	       0, take_levels)
	REQUEST_OPTIONS
	OPTION(DAEMONIZE_TIMEOUT, 't', OPTION_ARG, "timeout",
	       "  -t SECS            longest wait to stop (10)\n", 0, request_seconds)
	OPTION(DAEMONIZE_VERBOSE, 'v', OPTION_PLAIN, "verbose",
	       "  -v                 say each step\n", 0, NULL)
	OPTIONS_END
};

/* ---- times ---- */

static long long in_ms(const struct moment *m)
{
	return m->seconds * 1000 + (unsigned)m->nanoseconds / 1000000;
}

/* What is left of a moment when another is taken off; its nanoseconds are never below 0. */
static void subtract(struct moment *from, const struct moment *other)
{
	from->seconds -= other->seconds;
	from->nanoseconds -= other->nanoseconds;
	if (from->nanoseconds < 0) {
		from->nanoseconds += SECOND;
		from->seconds--;
	}
}

/* The time since boot, and how far the wall clock is ahead of it. */
static void read_clocks(struct moment *boot, struct moment *offset)
{
	clock_read(CLOCK_BOOTTIME, boot);
	clock_read(CLOCK_REALTIME, offset);
	subtract(offset, boot);
}

/* Takes an offset off another; returns whether that is less than NOISE either way. */
static int is_near(struct moment *offset, const struct moment *other)
{
	subtract(offset, other);
	return offset->seconds + (offset->nanoseconds > SECOND - NOISE) == 0 &&
	       (unsigned)offset->nanoseconds - NOISE > SECOND - 2 * NOISE;
}

/*
 * Whether the wall clock was set since the offset was taken: both clocks are
 * slewed alike, so that nothing else moves one from the other (adjtimex(2)).
 * Where it seems so they are read until two in a row agree on the new offset:
 * something may have come in between the two clocks.
 */
static TICKLOG_ONLY int has_moved(struct ticklog *t, struct moment *boot, struct moment *step)
{
	struct moment last = { 0, -1 }, offset, apart;

	for (;;) {
		read_clocks(boot, &offset);
		*step = apart = offset;
		if (is_near(step, &t->offset))
			return 0;
		if (last.nanoseconds >= 0 && is_near(&apart, &last))
			break;
		last = offset;
	}
	t->offset = offset;
	return 1;
}

/* ---- a beat's message ---- */

/* Unless -m has another. */
static const char usual[] = "tick %n: %t, up %u", usual_tag[] = "ticklog";

static void tell(struct lines *lines, const char *text)
{
	lines_feed(lines, text, strlen(text));
}

static void tell_number(struct lines *lines, unsigned long number)
{
	char digits[NUMBER_TEXT];

	tell(lines, number_text(number, digits));
}

static void tell_count(struct lines *lines, const char *before, unsigned long number)
{
	tell(lines, before);
	tell_number(lines, number);
}

/* "12.345"; without the zeros at its end, but for one, if short. */
static void tell_decimals(struct lines *lines, unsigned long seconds, unsigned milliseconds, int brief)
{
	char part[] = ".000";

	put_two(part + 2, milliseconds % 100);
	part[1] = (char)('0' + milliseconds / 100);
	if (brief && part[3] == '0')
		part[3 - (part[2] == '0')] = '\0';
	tell_number(lines, seconds);
	tell(lines, part);
}

static void tell_step(struct lines *lines, const struct moment *step)
{
	long long seconds = step->seconds;
	unsigned nanoseconds = (unsigned)step->nanoseconds;

	tell(lines, seconds < 0 ? " clock moved -" : " clock moved +");
	if (seconds < 0) {
		seconds = -seconds - !!nanoseconds;
		nanoseconds = nanoseconds ? SECOND - nanoseconds : 0;
	}
	nanoseconds += 500000;
	seconds += nanoseconds / SECOND;
	tell_decimals(lines, (unsigned long)seconds, nanoseconds % SECOND / 1000000, 1);
	tell(lines, " s");
}

/* "3d 1:02:03". */
static void tell_uptime(struct lines *lines, const struct moment *boot)
{
	const unsigned long seconds = (unsigned long)boot->seconds;
	static const char days[] = "d ", form[] = "hh:mm:ss";
	char time[sizeof(form)];

	strcpy(time, form);
	put_time(time, (unsigned)(seconds % DAY));
	if (seconds >= DAY) {
		tell_number(lines, seconds / DAY);
		tell(lines, days);
	}
	tell(lines, time + (*time == '0'));
}

/* As ctime(3): "Sun Nov 22 05:15:00 2026"; or as ISO 8601 has it: "2026-11-22T05:15:00+01:00". */
static void tell_date(struct ticklog *t, int iso)
{
	static const char form[] = "-mm-ddThh:mm:ss+hh:mm:ss", weekdays[] = "SunMonTueWedThuFriSat";
	char text[sizeof(form)];
	struct lines *lines = &t->lines;
	struct log *log = &t->log;
	struct date date;
	int days;
	long zone;

	strcpy(text, form);
	log_stamp(log);
	zone = log->zone;
	days = day_of(log->stamped + zone);
	date_of(days, &date);
	if (iso) {
		put_two(text + 1, (unsigned)date.month);
		put_two(text + 4, (unsigned)date.day);
		memcpy(text + 7, log->stamp + 7, 8);
		text[15] = zone < 0 ? '-' : '+';
		put_time(text + 16, (unsigned)(zone < 0 ? -zone : zone));
		text[21] = '\0';
		tell_number(lines, (unsigned)date.year);
		tell(lines, text);
		return;
	}
	/* 1970-01-01 was a Thursday. */
	memcpy(text, weekdays + (unsigned)(days + 11) % 7 * 3, 3);
	text[3] = ' ';
	memcpy(text + 4, log->stamp, 16);
	text[20] = '\0';
	tell(lines, text);
	tell_number(lines, (unsigned)date.year);
}

/* The first words behind a key in a file of /proc. */
static void tell_proc(struct lines *lines, const char *path, const char *key, int words)
{
	char buffer[512];
	const char *at = NULL;
	size_t length = 0;

	if (proc_read_close(path, buffer, sizeof(buffer)) > 0)
		at = proc_find(buffer, key);
	if (!at) {
		at = "?";
		words = 1;
	}
	while (*at == ' ')
		at++;
	while (words--)
		length += strcspn(at + length, " \n") + !!words;
	lines_feed(lines, at, length);
}

static void tell_conversion(struct ticklog *t, char letter, const struct moment *boot)
{
	struct lines *lines = &t->lines;

	if (letter == 't' || letter == 'z')
		tell_date(t, letter == 'z');
	else if (letter == 'u')
		tell_uptime(lines, boot);
	else if (letter == 'n')
		tell_number(lines, t->beats);
	else if (CFG_TICKLOG_LOAD && letter == 'l')
		tell_proc(lines, "/proc/loadavg", "", 3);
	else if (CFG_TICKLOG_LOAD && letter == 'a')
		tell_proc(lines, "/proc/meminfo", "MemAvailable:", 2);
	else
		tell(lines, "%");
}

static void tell_text(struct ticklog *t, const struct moment *boot)
{
	static const char percent[] = "%";
	const char *text = t->text;
	size_t length;

	for (;; text += length + 2) {
		length = strcspn(text, percent);
		lines_feed(&t->lines, text, length);
		if (!text[length])
			return;
		tell_conversion(t, text[length + 1], boot);
	}
}

/* ---- the command ---- */

/* In the child: from a copy of this process to the command. */
static const struct step steps_command[] = {
	{ step_setsid, "setsid", STEP_ALWAYS },
	IF(RESIDENT, { step_output, "output", STEP_ALWAYS },)
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS },)
	IF(RESIDENT, { step_parent_death, "parent", STEP_ALWAYS },)
	IF(STEP_SIGNALS, { step_signals, "signals", STEP_ALWAYS },)
	{ step_exec, "exec", STEP_EXECUTES },
	{ NULL, NULL, STEP_ALWAYS }
};

static void run_command(struct ticklog *t)
{
	struct launch *l = &t->l;
	int end[2];
	long error = sys(pipe2, end, O_CLOEXEC);

	if (!error) {
		t->child = sys_fork();
		if (t->child == 0) {
			l->program = t->command;
			l->role = ROLE_PROGRAM;
			l->to_out = l->to_err = end[1];
			/* What fails is said on stderr, and logged from there. */
			l->tag = NULL;
			launch_steps(l, steps_command);
		}
		sys(close, end[1]);
		t->output = end[0];
		sys_fcntl(end[0], F_SETFL, O_NONBLOCK);
		if (t->child < 0) {
			error = t->child;
			t->child = 0;
			sys(close, end[0]);
		}
	}
	if (error)
		log_say(&t->log, t->r.err_priority, t->command, ": ", error_text(-(int)error));
}

/* Reads once what the command wrote. */
static void carry(struct ticklog *t)
{
	char input[INPUT];
	const long length = sys(read, t->output, input, sizeof(input));

	if (length > 0)
		lines_feed(&t->said, input, (size_t)length);
	if (length > 0 && length < t->left)
		t->left -= (int)length;
	else if (t->left > 0)
		t->left = 0;
	if (length == 0) {
		sys(close, t->output);
		t->output = -1;
	}
}

/* After SIGCHLD. What it wrote is read first, but no more: others may hold the pipe and write for ever. */
static void look_left(struct ticklog *t)
{
	t->left = 0;
	sys(ioctl, t->output, FIONREAD, &t->left);
}

/* How the command ended, if it has and failed. */
static void reap(struct ticklog *t)
{
	char ended[ENDED_TEXT];
	int status = 0;
	const long pid = t->child ? sys(wait4, t->child, &status, WNOHANG, NULL) : 0;

	/* A call that failed says nothing, and is made again. */
	if (pid >= 0)
		t->left = -1;
	if (pid <= 0)
		return;
	if (t->output >= 0)
		sys(close, t->output);
	lines_flush(&t->said);
	t->child = 0;
	if (status)
		log_say(&t->log, t->r.err_priority, t->command, ": ", signal_ended(status, ended));
}

/* ---- its life ---- */

static __attribute__((noreturn)) START_UP void finish(struct ticklog *t, int signal)
{
	struct launch *l = &t->l;
	struct lines *lines = &t->lines;
	char cause[SIGNAL_NAME];
	/* From now, so that a log and a command that both hang do not have -K lose its patience. */
	const unsigned until = clock_in(LAST_WORDS);
	int wait;

	if (CFG_TICKLOG_COMMAND && t->child) {
		leftover_end_session(t->child, COMMAND_SECONDS);
		look_left(t);
		while (t->left > 0)
			carry(t);
		reap(t);
	}
	lines->priority = t->r.out_priority;
	tell(lines, signal ? "ended by signal " : "ended");
	if (signal)
		tell(lines, signal_name((unsigned)signal, cause));
	tell_count(lines, ": ", t->beats);
	tell_count(lines, " beats, ", t->late);
	tell_count(lines, " late, ", t->missed);
	tell_count(lines, " missed, ", t->log.told + t->log.lost);
	tell(lines, " lost");
	lines_flush(lines);
	if (CFG_DAEMONIZE_PIDFILE && l->pid.fd >= 0)
		pidfile_remove(&l->pid);
	while (log_is_slow(&t->log) && clock_left(until) && (wait = log_work(&t->log)) >= 0)
		sys_poll(NULL, 0, wait);
	log_end(&t->log);
	sys_exit(EXIT_DONE);
}

static int is_over(const struct ticklog *t)
{
	return t->most && t->beats >= t->most;
}

static void say_beat(struct ticklog *t, const struct moment *boot, unsigned late, const struct moment *step)
{
	struct lines *lines = &t->lines;

	lines->priority = late || t->skipped ? t->r.err_priority : t->r.out_priority;
	tell_text(t, boot);
	if (late) {
		tell(lines, " late ");
		tell_decimals(lines, late / 1000, late % 1000, 0);
		tell(lines, " s");
	}
	if (t->skipped)
		tell_count(lines, " missed ", t->skipped);
	if (step)
		tell_step(lines, step);
	lines_flush(lines);
}

static TICKLOG_ONLY void beat(struct ticklog *t, enum cause cause)
{
	struct moment boot, step;
	unsigned late = 0, fine;
	int moved;

	if (is_over(t))
		return;
	if (t->child) {
		/* A step of the clock waits for the next one. */
		t->skipped += cause != CLOCK;
		t->missed += cause != CLOCK;
		return;
	}
	moved = has_moved(t, &boot, &step);
	if (cause == CLOCK && !moved)
		return;
	if (cause == TIMER)
		late = (unsigned)(in_ms(&boot) - t->due);
	fine = t->interval / 10 > LATE ? t->interval / 10 : LATE;
	if (late <= fine)
		late = 0;
	t->late += !!late;
	t->beats++;
	if (!t->exceptions || late || t->skipped || moved)
		say_beat(t, &boot, late, moved ? &step : NULL);
	t->skipped = 0;
	if (CFG_TICKLOG_COMMAND && t->command)
		run_command(t);
}

/*
 * The timer has run out, once or more: each time but the last was a beat that is missed. Returns whether there
 * were such.
 */
static int on_timer(struct ticklog *t)
{
	unsigned long long times;

	if (sys(read, t->timer, &times, sizeof(times)) != sizeof(times))
		return 0;
	if (is_over(t))
		return 1;
	t->due += (long long)times * t->interval;
	t->skipped += (unsigned)times - 1;
	t->missed += (unsigned)times - 1;
	beat(t, TIMER);
	return times > 1;
}

/* What a handler reaches: the signals that have come, by number; those of MIPS differ, but are below 32 too. */
static volatile char came[32];
_Static_assert(SIGUSR1 < sizeof(came) && SIGCHLD < sizeof(came), "room for those caught");

static void note(int number)
{
	came[number] = 1;
}

static int take(int number)
{
	const int it_came = came[number];

	/* All are blocked now, so that none comes in between. */
	came[number] = 0;
	return it_came;
}

static void on_signals(struct ticklog *t)
{
	if (take(SIGHUP)) {
		log_renew(&t->log);
		t->log.zone_until = 0;
	}
	if (CFG_TICKLOG_COMMAND && take(SIGCHLD))
		look_left(t);
	if (CFG_TICKLOG_COMMAND && t->left == 0)
		reap(t);
	if (take(SIGUSR1))
		beat(t, ASKED);
	if (take(SIGTERM))
		finish(t, SIGTERM);
	if (take(SIGINT))
		finish(t, SIGINT);
}

/*
 * Signals come in only during the poll. Elsewhere the mask is full, but what is
 * seen of it from outside is the poll's: nothing blocked.
 */
static void wait_and_serve(struct ticklog *t)
{
	static const struct signal_set none;
	/* First, since it may find that the log is slow no longer. */
	const int timeout = log_work(&t->log);
	struct pollfd fds[] = {
		{ .fd = t->timer, .events = POLLIN },
		{ .fd = t->clock, .events = POLLIN },
		/* A command that writes more than a slow log takes waits in its write. */
		{ .fd = t->child && log_takes(&t->log) ? t->output : -1, .events = POLLIN },
	};
	unsigned long long times;
	int busy = 0;

	if (sys_poll_mask(fds, ELEMENTS(fds), timeout, &none) > 0) {
		busy = fds[0].revents && on_timer(t);
		if (fds[1].revents) {
			sys(read, t->clock, &times, sizeof(times));
			beat(t, CLOCK);
		}
		if (CFG_TICKLOG_COMMAND && fds[2].revents) {
			carry(t);
			busy = 1;
		}
	}
	/* While descriptors are ready, poll lets no signal in. */
	if (busy)
		sys_poll_mask(NULL, 0, 0, &none);
	on_signals(t);
	if (is_over(t) && !t->child)
		finish(t, 0);
}

static STAYS TICKLOG_ONLY void stay(struct ticklog *t)
{
	resident_settle(start_up);
	for (;;)
		wait_and_serve(t);
}

/* ---- its start ---- */

/* A beat is due at start + delay + n * interval: no beat moves the next. */
static __attribute__((unused)) START_UP int step_timers(struct launch *l)
{
	/* It never runs out, but is cancelled when the clock is set. (The low half is for kernels of 32 bits.) */
	static const struct moment never = { 0x7f7fffffff, 0 };
	struct ticklog *t = of(l);
	struct moment first, step;
	unsigned part;

	has_moved(t, &first, &step);
	part = (unsigned)first.nanoseconds / 1000000 + t->delay % 1000;
	first.seconds += t->delay / 1000 + part / 1000;
	first.nanoseconds = part % 1000 * 1000000;
	t->due = in_ms(&first) - t->interval;
	t->timer = clock_timer(CLOCK_BOOTTIME, 0, &first, t->interval);
	t->clock = clock_timer(CLOCK_REALTIME, TFD_TIMER_CANCEL_ON_SET, &never, 0);
	return t->timer < 0 ? -t->timer : 0;
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

/* That it is not there is known before the first beat; it fails as an exec does, with 126 or 127. */
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

/* What is left to do before the first beat. */
static const struct step steps_beat[] = {
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS },)
	IF(TICKLOG, { step_timers, "timers", STEP_ALWAYS },)
	IF(TICKLOG_KMSG, { step_kmsg, "kmsg", STEP_ALWAYS },)
	IF(TICKLOG_COMMAND, { step_find, "exec", STEP_ALWAYS },)
	IF(DAEMONIZE_PIDFILE, { step_started, "pidfile", 'p' },)
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
	t->left = -1;
	t->log.kernel = CFG_TICKLOG_KMSG && t->to_kernel;
	init_lines(t, &t->lines);
	init_lines(t, &t->said);
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
	launch_steps(l, steps_beat);
	for (i = 0; i < sizeof(caught); i++)
		signal_catch(caught[i], note);
	l->supervisor = (pid_t)sys(getpid, 0);
	init_log(t);
	if (launch_done(l) != 0)
		finish(t, 0);
	launch_let_go(l);
	stay(t);
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
	t->delay = 3000;
	t->text = usual;
	status = request_read(r, &o);
	if (status != REQUEST_READ)
		return status;
	if (CONTROL_BUILT_IN && r->job != JOB_START)
		return control(r);
	if (*o.words && !CFG_TICKLOG_COMMAND)
		return request_misused(r, *o.words, "not built in (TICKLOG_COMMAND)");
	r->argv = o.words;
	r->program = *o.words;
	return start_beating(t, env);
}
