// SPDX-License-Identifier: 0BSD
/* Local time; libc's is 9 kB, and keeps the zone's file mapped. */
#include <limits.h>
#include <string.h>
#include "lib/common/env.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/libc/syscall.h"
#include "lib/log/local-time.h"

enum { HOUR = 3600, WEEK = 7 };

/* Arrays, for mere strings are not kept in memory: see start-up.ld. */
static const char etc_localtime[] = "/etc/localtime", etc_tz[] = "/etc/TZ", magic[] = "TZif",
	name_ends[] = ">", usual_rule[] = ",M3.2.0,M11.1.0", digits[] = "0123456789";

/* Days before a month in years that begin in March, so that the leap day is a year's last. */
static unsigned before_month(unsigned from_march)
{
	return (153 * from_march + 2) / 5;
}

int days_to(int year, int month, int day)
{
	const unsigned y = (unsigned)(month < 3 ? year - 1 : year);

	return (int)(365 * y + y / 4 - y / 100 + y / 400 +
		     before_month((unsigned)(month + 9) % 12)) +
	       day - 719469;
}

void date_of(int days, struct date *date)
{
	int year = 1570 + (int)((unsigned)(days + DAYS_400) / 366), month = 1;

	/* Never over; a year too early for each few hundred years from 1570. */
	while (days_to(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_to(year, month + 1, 1) <= days)
		month++;
	date->year = year;
	date->month = month;
	date->day = days - days_to(year, month, 1) + 1;
}

void put_two(char *to, unsigned number)
{
	to[0] = (char)('0' + number / 10);
	to[1] = (char)('0' + number % 10);
}

void put_time(char *to, unsigned time)
{
	put_two(to, time / HOUR);
	put_two(to + 3, time / 60 % 60);
	put_two(to + 6, time % 60);
	to[2] = to[5] = ':';
}

/* ---- POSIX TZ strings: CET-1CEST,M3.5.0,M10.5.0/3 ---- */

static const char *skip_name(const char *at)
{
	if (*at == '<') {
		at += strcspn(at, name_ends);
		return at + !!*at;
	}
	while ((unsigned char)((*at | 0x20) - 'a') < 26)
		at++;
	return at;
}

static const char *read_int(const char *at, int *value)
{
	unsigned long long number;
	const char *end = number_read(at, 10, &number);

	/* A value that no zone has does no harm. */
	*value = end && number < 1000 ? (int)number : 0;
	return end ? end : at;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static const char *read_time(const char *at, int *seconds)
{
	const int negative = *at == '-';
	int part, unit;

	*seconds = 0;
	at += negative || *at == '+';
	for (unit = HOUR; unit; unit /= 60) {
		at = read_int(at, &part);
		*seconds += part * unit;
		if (*at != ':')
			break;
		at++;
	}
	if (negative)
		*seconds = -*seconds;
	return at;
}

/* The day of a year that a rule names: Mm.w.d, Jn or n. */
static const char *read_day(const char *at, int year, int *day)
{
	int month, week, weekday, first;

	if (*at == 'J') {
		/* From 1 to 365: 29 February is never counted. */
		at = read_int(at + 1, day);
		*day += *day < 60 ? days_to(year, 1, 1) - 1 : days_to(year, 3, 1) - 60;
		return at;
	}
	if (*at != 'M') {
		at = read_int(at, day);
		*day += days_to(year, 1, 1);
		return at;
	}
	at = read_int(at + 1, &month);
	at = read_int(at + (*at == '.'), &week);
	at = read_int(at + (*at == '.'), &weekday);
	if (month < 1 || month > 12)
		month = 1;
	/* 1970-01-01 was a Thursday, day 4 of its week; 400 years are whole weeks. */
	first = days_to(year, month, 1);
	*day = first + (week - 1) * WEEK +
	       (int)((unsigned)weekday + 2 * WEEK - (unsigned)(first + 4 + DAYS_400) % WEEK) % WEEK;
	if (*day >= days_to(year, month + 1, 1))
		*day -= WEEK;
	return at;
}

/* A rule's moment in UTC, where local time then is `offset` ahead. */
static const char *read_rule(const char *at, int year, int offset, long long *when)
{
	int time = 2 * HOUR, day;

	at = read_day(at + (*at == ','), year, &day);
	if (*at == '/')
		at = read_time(at + 1, &time);
	*when = (long long)day * DAY + time - offset;
	return at;
}

static int by_rule(const char *at, long long when, long long *until)
{
	long long summer, winter;
	int standard, saving, year;
	struct date date;

	at = read_time(skip_name(at), &standard);
	standard = -standard;
	if (!*at || *at == '\n')
		return standard;
	at = skip_name(at);
	saving = -standard - HOUR;
	if (*at && *at != ',' && *at != '\n')
		at = read_time(at, &saving);
	saving = -saving;
	if (*at != ',')
		at = usual_rule;
	date_of(day_of(when + standard), &date);
	year = date.year;
	at = read_rule(at, year, standard, &summer);
	read_rule(at, year, saving, &winter);
	*until = (long long)days_to(year + 1, 1, 1) * DAY - standard;
	if (summer > when && summer < *until)
		*until = summer;
	if (winter > when && winter < *until)
		*until = winter;
	if (summer < winter)
		return when >= summer && when < winter ? saving : standard;
	return when >= winter && when < summer ? standard : saving;
}

/* ---- zone files ---- */

/* A file in memory; what would be beyond its end reads 0. */
struct zone_file {
	const unsigned char *at;
	size_t length;
};

static long long big_endian(const struct zone_file *file, size_t at, unsigned bytes)
{
	long long value;
	unsigned i;

	if (at + bytes > file->length)
		return 0;
	value = (signed char)file->at[at];
	for (i = 1; i < bytes; i++)
		value = (long long)((unsigned long long)value << 8 | file->at[at + i]);
	return value;
}

/* Where the parts of a block are, from the six counts of the header before it. */
struct block {
	size_t times, types, kinds, end;
	long transitions;
};

enum { HEADER = 44, COUNTS = 20, KIND = 6, LARGEST = 1 << 18 };

static void block_at(const struct zone_file *file, size_t header, unsigned width, struct block *b)
{
	unsigned count[6], i;

	for (i = 0; i < 6; i++)
		count[i] = (unsigned)big_endian(file, header + COUNTS + 4 * i, 4) & 0xffffff;
	b->transitions = (long)count[3];
	b->times = header + HEADER;
	b->types = b->times + count[3] * width;
	b->kinds = b->types + count[3];
	b->end = b->kinds + count[4] * KIND + count[5] + count[2] * (width + 4) + count[1] +
		 count[0];
}

static long by_file(const struct zone_file *file, long long when, long long *until)
{
	unsigned width = 4;
	struct block b;
	long i = 0;

	if (file->length < HEADER || memcmp(file->at, magic, 4) != 0)
		return 0;
	block_at(file, 0, width, &b);
	if (file->at[4]) {
		width = 8;
		block_at(file, b.end, width, &b);
	}
	while (i < b.transitions && big_endian(file, b.times + (size_t)i * width, width) <= when)
		i++;
	if (i < b.transitions)
		*until = big_endian(file, b.times + (size_t)i * width, width);
	else if (width == 8 && b.end + 2 < file->length && file->at[b.end + 1] != '\n' &&
		 memchr(file->at + b.end + 1, '\n', file->length - b.end - 1))
		return by_rule((const char *)file->at + b.end + 1, when, until);
	/* Before the first one the first kind holds. */
	i = i ? (long)big_endian(file, b.types + (size_t)i - 1, 1) & 0xff : 0;
	return (long)big_endian(file, b.kinds + (size_t)i * KIND, 4);
}

/* By the zone file of this name; 0 with `found` unset where there is none. */
static long from_file(const char *path, long long when, long long *until, int *found)
{
	struct zone_file file;
	struct stat st;
	int fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	long offset = 0, at, length;

	*found = fd >= 0;
	if (fd < 0)
		return 0;
	/*
	 * Where its size cannot be asked it is 0, and there is no memory of that size. What is read
	 * is a copy: of a file that is mapped the end may be cut off.
	 */
	st.st_size = 0;
	sys_fstat(fd, &st);
	if (st.st_size <= LARGEST) {
		at = sys_map((size_t)st.st_size);
		if (!sys_is_error(at)) {
			length = sys(read, fd, at, st.st_size);
			file.at = (const unsigned char *)at;
			file.length = length > 0 ? (size_t)length : 0;
			offset = by_file(&file, when, until);
			sys(munmap, at, st.st_size);
		}
	}
	sys(close, fd);
	return offset;
}

static long from_etc(long long when, long long *until)
{
	char rule[64];
	int found;
	long offset = from_file(etc_localtime, when, until, &found);

	if (found || proc_read_close(etc_tz, rule, sizeof(rule)) < 0)
		return offset;
	return by_rule(rule, when, until);
}

long zone_offset(long long when, long long *until)
{
	static const char folder[] = "/usr/share/zoneinfo/";
	const char *zone = env_get(environ, etc_tz + sizeof("/etc/") - 1);
	char path[128];
	int found;

	*until = LLONG_MAX;
	if (!zone)
		return from_etc(when, until);
	zone += *zone == ':';
	/* A name without a number behind it is a file's. */
	if (strcspn(skip_name(zone), digits) <= 1 && *skip_name(zone))
		return by_rule(zone, when, until);
	if (strlen(zone) + sizeof(folder) > sizeof(path))
		return 0;
	strcpy(*zone == '/' ? path : stpcpy(path, folder), zone);
	return from_file(path, when, until, &found);
}
