// SPDX-License-Identifier: 0BSD
/*
 * What ticklog makes of clocks that no test can have, by its own code with clocks
 * of this file's:
 *
 *   ticktest moved             interrupted between the two clocks, at the start and
 *                              at a step of the wall clock: only the step is told
 *   ticktest date SECONDS...   the log's stamp, %t and %z then, by the environment's TZ
 *   ticktest hung              /dev/log is not read, for 60 days: it is not waited for
 *                              once it is taken for hung
 *   ticktest limits            the time limits of all applets: none is over sooner than it
 *                              says, wherever in a millisecond it began, and none is for ever
 *   ticktest step MS...        what is told of a wall clock that moved by so many
 *                              milliseconds
 */
#include "../applets/lib/ticklog/beat.c"
#include "../applets/lib/ticklog/text.c"
#include <stdio.h>
#include <stdlib.h>

static long long boot_ns = 10LL * SECOND, wall_ns = 1700000000LL * SECOND;
static int reads, interrupted = -1;
static unsigned ms = 1000;

unsigned clock_ms(void)
{
	return ms;
}

void clock_read(int clock, struct moment *now)
{
	long long ns;

	boot_ns += 1000;
	if (++reads == interrupted)
		boot_ns += 8000000;
	ns = clock == CLOCK_REALTIME ? boot_ns + wall_ns : boot_ns;
	now->seconds = ns / SECOND;
	now->nanoseconds = ns % SECOND;
}

const char *applet_name = "ticktest";
char resident[RESIDENT];
static struct ticklog t;

static int is_told(long long wanted)
{
	struct moment step;

	if (!has_moved(&t, &step))
		return wanted == 0;
	return wanted && llabs(step.seconds * SECOND + step.nanoseconds - wanted) < NOISE;
}

static int moved(void)
{
	const long long hour = 3600LL * SECOND;
	struct moment step;
	int start, later, bad = 0, i;

	for (start = 0; start < 12; start++)
		for (later = 0; later < 12; later++) {
			memset(&t, 0, sizeof(t));
			reads = 0, interrupted = start;
			has_moved(&t, &step);
			wall_ns += hour;
			reads = 0, interrupted = later;
			for (i = 0; i < 4; i++)
				if (!is_told(i ? 0 : hour) && bad++ < 9)
					printf("interrupted at %d, then at %d: wrong at look %d\n",
					       start, later, i);
		}
	return bad != 0;
}

/* 32 bits of milliseconds run over after 49 days, and look like the past after 24. */
static int hung(void)
{
	const unsigned hour = 3600000;
	static struct lines l;
	int i, was_slow = 0;

	log_init(&t.log, "t");
	/* More than the socket takes. */
	for (i = 0; i < 1000 && t.log.state != LOG_HUNG; i++) {
		log_put(&t.log, FACILITY_DAEMON | LEVEL_INFO, l.text, 20);
		was_slow |= !log_takes(&t.log);
		ms += 100;
	}
	if (!was_slow || t.log.state != LOG_HUNG)
		return printf("the log is not slow, then hung\n");
	for (i = 0; i < 60 * 24; i++) {
		ms += hour;
		log_work(&t.log);
		if (!log_takes(&t.log))
			return printf("waited for again after %d days\n", i / 24);
	}
	return 0;
}

/* What a limit allows `passed` milliseconds of the clock later, which may be one less of time. */
static int left_after(unsigned begin, unsigned limit, unsigned passed)
{
	unsigned moment;

	ms = begin;
	moment = clock_in(limit);
	ms = begin + passed;
	return clock_left(moment);
}

static int limits(void)
{
	static const unsigned limit[] = { 1, 2, 399, 400, 1000, 65535000, 2147483000 };
	unsigned begin, i;
	int bad = 0;

	for (begin = -3U; begin != 3; begin++)
		for (i = 0; i < ELEMENTS(limit); i++) {
			if (!left_after(begin, limit[i], limit[i]) && ++bad)
				printf("%u ms from %u are over too soon\n", limit[i], begin);
			if (left_after(begin, limit[i], limit[i] + 2) && ++bad)
				printf("%u ms from %u are too long\n", limit[i], begin);
		}
	for (begin = 1; begin < 5; begin++)
		if (left_after(begin, 0, 1) && ++bad)
			printf("0 ms from %u are too long\n", begin);
	return bad;
}

static void show(const char *what)
{
	t.lines.text[t.lines.used] = '\0';
	printf("%s%s", t.lines.text, what);
	t.lines.used = 0;
}

int main(int argc, char **argv)
{
	struct moment step = { 0, 0 };
	int i;

	if (argc == 2 && !strcmp(argv[1], "moved"))
		return moved();
	if (argc == 2 && !strcmp(argv[1], "hung"))
		return hung() != 0;
	if (argc == 2 && !strcmp(argv[1], "limits"))
		return limits() != 0;
	for (i = 2; i < argc; i++) {
		log_init(&t.log, "t");
		t.lines.log = &t.log;
		if (!strcmp(argv[1], "date")) {
			wall_ns = atoll(argv[i]) * SECOND - boot_ns;
			tell_date(&t, 0);
			printf("%.15s|", t.log.stamp);
			show("|");
			tell_date(&t, 1);
			show("\n");
		} else {
			step.seconds = (atoll(argv[i]) + 1000000000000) / 1000 - 1000000000;
			step.nanoseconds = (atoll(argv[i]) + 1000000000000) % 1000 * 1000000;
			tell(&t.lines, " clock moved ");
			tell_step(&t, &step);
			show("\n");
		}
	}
	return 0;
}
