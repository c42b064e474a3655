/* SPDX-License-Identifier: 0BSD */
#ifndef ZONE_H
#define ZONE_H

enum { DAY = 86400 };	/* in seconds */

/*
 * How many seconds local time is ahead of UTC at a time (seconds since 1970),
 * and until when that holds for sure. The zone is TZ's, else /etc/localtime's
 * (tzfile(5), RFC 8536), else the first line of /etc/TZ, as OpenWrt has it
 * (POSIX, 8.3 "TZ"); UTC where none of them says. Nothing stays open or mapped.
 */
long zone_offset(long long when, long long *until);

/* The date of a day since 1970-01-01, or before it. */
struct date {
	int year, month, day;	/* months and days from 1 */
};
void date_of(int days, struct date *date);

/*
 * The day of a time, both since 1970-01-01, or up to a day before: behind UTC that
 * year begins in the one before. For a division of 64 bits a CPU of 32 calls a
 * function, which is not small; 86400 is 128 * 675.
 */
enum { DAYS_400 = 146097 };	/* in 400 years */
static inline int day_of(long long seconds)
{
	if (sizeof(long) == 8)
		return (int)((seconds + DAY) / DAY) - 1;
	return (int)((unsigned)((seconds + (long long)DAYS_400 * DAY) >> 7) / (DAY >> 7)) -
	       DAYS_400;
}

/* The days from 1970-01-01 to a date; the month may be 13. */
int days_to(int year, int month, int day);

/* Writes two digits; "hh:mm:ss" of seconds, eight bytes. Neither ends in a NUL. */
void put_two(char *to, unsigned number);
void put_time(char *to, unsigned time);

#endif
