// SPDX-License-Identifier: 0BSD
/* The beat: its clocks, what it looks for, and its end. */
#include <signal.h>
#include <string.h>
#include <time.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/signals.h"
#include "lib/daemon/resident.h"
#include "lib/libc/syscall.h"
#include "lib/ticklog/ticklog.h"

enum {
	LAST_WORDS = 2000,	/* milliseconds for a slow log at the end */
	LATE = 100,		/* milliseconds that a beat may always be late */
	/* nanoseconds by which two clocks read one after the other may seem to move */
	NOISE = 5000000,
};

enum cause { TIMER, CLOCK, ASKED };

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
TICKLOG_ONLY int has_moved(struct ticklog *t, struct moment *step)
{
	struct moment last = { 0, -1 }, offset, apart;

	for (;;) {
		read_clocks(&t->now, &offset);
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

/* ---- its life ---- */

/*
 * Keys of fields, and words of a sentence: arrays, since what is resident needs them
 * (build/link/start-up.ld).
 */
static const char late_key[] = " late", missed_key[] = " missed", lost_key[] = " lost=",
		  moved_key[] = " clock moved", equals[] = "=", space[] = " ";
enum { CLOCK_WORD = sizeof(" clock") - 1 };

/* What stands before a value. */
static void tell_key(struct ticklog *t, const char *key)
{
	tell(&t->lines, key);
	tell(&t->lines, has_fields(t) ? equals : space);
}

/* The last line: what was counted. */
static void tell_end(struct ticklog *t, int signal)
{
	struct lines *lines = &t->lines;
	char name[SIGNAL_NAME];

	if (has_fields(t)) {
		clock_read(CLOCK_BOOTTIME, &t->now);
		tell_text(t, "end n=%n boot=%b up=%u late=%L missed=%M lost=%O");
	} else {
		tell(lines, signal ? "ended by signal " : "ended");
		if (signal)
			tell(lines, signal_name((unsigned)signal, name));
		tell_text(t, ": %n beats, %L late, %M missed, %O lost");
	}
	lines_flush(lines);
}

START_UP void finish(struct ticklog *t, int signal)
{
	struct launch *l = &t->l;
	/* From now, so that a log and a command that both hang do not have -K lose its patience. */
	const unsigned until = clock_in(LAST_WORDS);
	int wait;

	if (is_running(t))
		command_end(t);
	t->lines.priority = t->r.out_priority;
	tell_end(t, signal);
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

/* What a beat found, behind its text. */
static void tell_found(struct ticklog *t, unsigned late, const struct moment *step)
{
	struct lines *lines = &t->lines;
	const unsigned long lost = log_lost(&t->log) - t->told;

	if (late) {
		tell_key(t, late_key);
		tell_seconds(t, late / 1000, late % 1000, 0);
	}
	if (t->skipped) {
		tell_key(t, missed_key);
		tell_number(lines, t->skipped);
	}
	if (step) {
		tell_key(t, has_fields(t) ? moved_key + CLOCK_WORD : moved_key);
		tell_step(t, step);
	}
	if (has_fields(t) && lost) {
		tell(lines, lost_key);
		tell_number(lines, lost);
		t->told += lost;
	}
}

static void say_beat(struct ticklog *t, unsigned late, const struct moment *step)
{
	struct lines *lines = &t->lines;

	lines->priority = late || t->skipped ? t->r.err_priority : t->r.out_priority;
	tell_text(t, t->text);
	tell_found(t, late, step);
	lines_flush(lines);
}

static TICKLOG_ONLY void beat(struct ticklog *t, enum cause cause)
{
	struct moment step;
	unsigned late = 0, fine;
	int is_moved;

	if (is_over(t))
		return;
	if (is_running(t)) {
		/* A step of the clock waits for the next one. */
		t->skipped += cause != CLOCK;
		t->missed += cause != CLOCK;
		return;
	}
	is_moved = has_moved(t, &step);
	if (cause == CLOCK && !is_moved)
		return;
	if (cause == TIMER)
		late = (unsigned)(in_ms(&t->now) - t->due);
	fine = t->interval / 10 > LATE ? t->interval / 10 : LATE;
	if (late <= fine)
		late = 0;
	t->late += !!late;
	t->beats++;
	if (!t->exceptions || late || t->skipped || is_moved)
		say_beat(t, late, is_moved ? &step : NULL);
	t->skipped = 0;
	if (CFG_TICKLOG_COMMAND && t->command)
		command_run(t);
}

/*
 * The timer has run out, once or more: each time but the last was a beat that is missed. Returns
 * whether there were such.
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

/*
 * What a handler reaches: the signals that have come, by number; those of MIPS differ, but are
 * below 32 too.
 */
static volatile char came[32];
_Static_assert(SIGUSR1 < sizeof(came) && SIGCHLD < sizeof(came), "room for those caught");

void beat_signal(int number)
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
		command_look_left(t);
	if (CFG_TICKLOG_COMMAND && t->left == 0)
		command_reap(t);
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
		{ .fd = is_running(t) && log_takes(&t->log) ? t->output : -1, .events = POLLIN },
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
			command_carry(t);
			busy = 1;
		}
	}
	/* While descriptors are ready, poll lets no signal in. */
	if (busy)
		sys_poll_mask(NULL, 0, 0, &none);
	on_signals(t);
	if (is_over(t) && !is_running(t))
		finish(t, 0);
}

STAYS TICKLOG_ONLY void beat_for_ever(struct ticklog *t)
{
	resident_settle(start_up);
	for (;;)
		wait_and_serve(t);
}
