// SPDX-License-Identifier: 0BSD
/*
 * Compares applets/lib/log/local-time.c with libc's localtime, and feeds it broken files:
 *
 *   zonetest same TZ...        for each: 1901 to 2400, every transition and a second
 *                              before it and after it, and what "until" promises
 *   zonetest rules TZ...       the same from 1970 on: before, glibc has no summer by rules
 *   zonetest dates             the date of each day from 1901 to 2400, the day of each date
 *   zonetest break FILE SEED   copies of FILE that are cut at every length, and with
 *                              random bytes; they go to the file $BROKEN. It only has
 *                              to come back, and where no more than the head is left
 *                              it is UTC
 *   zonetest cut FILE          copies of FILE, as $BROKEN, that another process cuts short
 *                              and fills again while they are read, for two seconds.
 *                              It only has to come back
 *   zonetest offset            prints the offset now, by the environment
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../../applets/lib/log/local-time.h"

enum { MOST = 4000, HEAD = 44 };

static long long first = -2177452800LL;	/* 1901-01-01 */
static const long long last = 13569465600LL;	/* 2400-01-01 */

static long right(long long when)
{
	time_t t = when;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		exit(3);
	return tm.tm_gmtoff;
}

static int bad;

static void compare(const char *zone, long long when, long long next)
{
	long long until = 0;
	long wanted = right(when), got = zone_offset(when, &until);

	if (got != wanted && bad++ < 20)
		printf("%s at %lld: %ld, wanted %ld\n", zone, when, got, wanted);
	if (until <= when && bad++ < 20)
		printf("%s at %lld: holds until %lld\n", zone, when, until);
	if (until > next && next < last && bad++ < 20)
		printf("%s at %lld: said to hold until %lld, but changes at %lld\n", zone, when,
		       until, next);
}

static void same(const char *zone)
{
	static long long change[MOST];
	int changes = 0;
	long long t = first;
	long offset;

	setenv("TZ", zone, 1);
	tzset();
	offset = right(t);
	/* half a day is less than what lies between any two of them */
	for (; t < last; t += DAY / 2) {
		long long low = t, high = t + DAY / 2;

		if (right(high) == offset)
			continue;
		while (high - low > 1) {
			long long middle = low + (high - low) / 2;

			if (right(middle) == offset)
				low = middle;
			else
				high = middle;
		}
		if (changes < MOST)
			change[changes++] = high;
		offset = right(t + DAY / 2);
	}
	for (int i = 0; i < changes; i++) {
		long long next = i + 1 < changes ? change[i + 1] : LLONG_MAX;

		compare(zone, change[i] - 1, change[i]);
		compare(zone, change[i], next);
		compare(zone, change[i] + 1, next);
	}
	int i = 0;

	for (t = first; t < last; t += 40 * DAY + 12345) {
		while (i < changes && change[i] <= t)
			i++;
		compare(zone, t, i < changes ? change[i] : LLONG_MAX);
	}
}

static void put(const char *path, const char *data, size_t length)
{
	static const long long at[] = { LLONG_MIN / 4, -5000000000LL, -1,	    0,
					1000000000,    1800000000,    4000000000LL, 9000000000LL };
	FILE *f = fopen(path, "w");
	long long until;

	if (!f || fwrite(data, 1, length, f) != length || fclose(f))
		exit(3);
	for (size_t i = 1; i < sizeof at / sizeof *at; i++)
		zone_offset(at[i], &until);
}

/* The second's own day, and the date of that, by libc's calendar. */
static void dates(void)
{
	for (long long t = first; t < last && bad < 20; t += DAY) {
		const time_t when = t + (t / DAY & 1 ? DAY - 1 : 0);
		const int day = (int)(t / DAY);
		struct date date;
		struct tm tm;

		if (!gmtime_r(&when, &tm))
			exit(3);
		date_of(day, &date);
		if (date.year == tm.tm_year + 1900 && date.month == tm.tm_mon + 1 &&
		    date.day == tm.tm_mday && (when < 0 || day_of(when) == day) &&
		    days_to(date.year, date.month, date.day) == day)
			continue;
		printf("day %d: %d-%d-%d, of %lld %d, back %d\n", day, date.year, date.month,
		       date.day, (long long)when, day_of(when),
		       days_to(date.year, date.month, date.day));
		bad++;
	}
}

static unsigned long seed;

static unsigned number(unsigned below)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % below;
}

static void breaks(const char *source, const char *target)
{
	static char data[1 << 16], copy[1 << 16];
	FILE *f = fopen(source, "r");
	size_t length = f ? fread(data, 1, sizeof data, f) : 0;
	long long until;

	if (!length)
		exit(3);
	fclose(f);
	setenv("TZ", target, 1);
	for (size_t n = 0; n <= length; n++) {
		put(target, data, n);
		if (n <= HEAD && zone_offset(0, &until) && bad++ < 20)
			printf("%s, %zu bytes: %ld\n", source, n, zone_offset(0, &until));
	}
	for (int i = 0; i < 700; i++) {
		memcpy(copy, data, length);
		for (unsigned n = 1 + number(8); n; n--)
			copy[number(i % 2	 ? length :
				    length < 120 ? length :
						   120)] =
				number(3) ? number(256) : 255 * number(2);
		put(target, copy, length);
	}
	/* a whole number of pages: what is read beyond is not there */
	for (int fill = 0; fill < 4; fill++) {
		memset(copy, "9A/,"[fill], 8192);
		memcpy(copy, data, length < 8192 ? length : 8192);
		/* without the newline that ends the rule */
		if (length && length <= 8192 && copy[length - 1] == '\n')
			copy[length - 1] = "9A/,"[fill];
		put(target, copy, 8192);
		copy[8191] = '\n';
		put(target, copy, 8192);
	}
}

static void cut(const char *source, const char *target)
{
	static char data[1 << 16];
	FILE *f = fopen(source, "r");
	size_t length = f ? fread(data, 1, sizeof data, f) : 0;
	long long until;
	pid_t child;
	time_t end = time(NULL) + 2;

	setenv("TZ", target, 1);
	put(target, data, length);
	child = fork();
	if (!child) {
		int fd = open(target, O_WRONLY);

		while (fd >= 0 && getppid() != 1 && !ftruncate(fd, 0) &&
		       pwrite(fd, data, length, 0) > 0)
			;
		_exit(3);
	}
	while (time(NULL) < end)
		for (int i = 0; i < 100; i++)
			zone_offset(1700000000 + i, &until);
	kill(child, SIGKILL);
}

int main(int argc, char **argv)
{
	alarm(300);
	if (argc > 1 && !strcmp(argv[1], "offset")) {
		long long until;

		printf("%ld\n", zone_offset(time(NULL), &until));
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "dates")) {
		dates();
		return bad != 0;
	}
	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "rules"))
		first = 0;
	if (!strcmp(argv[1], "cut")) {
		cut(argv[2], getenv("BROKEN"));
	} else if (strcmp(argv[1], "break")) {
		for (int i = 2; i < argc; i++)
			same(argv[i]);
	} else {
		seed = argc > 3 ? atol(argv[3]) : 1;
		breaks(argv[2], getenv("BROKEN"));
	}
	return bad != 0;
}
