// SPDX-License-Identifier: 0BSD
/* The text of a beat. */
#include <string.h>
#include <sys/utsname.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/libc/syscall.h"
#include "lib/log/local-time.h"
#include "lib/ticklog/ticklog.h"

void tell(struct lines *lines, const char *text)
{
	lines_feed(lines, text, strlen(text));
}

void tell_number(struct lines *lines, unsigned long number)
{
	char digits[NUMBER_TEXT];

	tell(lines, number_text(number, digits));
}

void tell_seconds(struct ticklog *t, unsigned long seconds, unsigned milliseconds, int brief)
{
	static const char unit[] = " s";
	struct lines *lines = &t->lines;
	char part[] = ".000";

	put_two(part + 2, milliseconds % 100);
	part[1] = (char)('0' + milliseconds / 100);
	if (brief && !has_fields(t) && part[3] == '0')
		part[3 - (part[2] == '0')] = '\0';
	tell_number(lines, seconds);
	tell(lines, part);
	if (!has_fields(t))
		tell(lines, unit);
}

void tell_step(struct ticklog *t, const struct moment *step)
{
	long long seconds = step->seconds;
	unsigned nanoseconds = (unsigned)step->nanoseconds;

	tell(&t->lines, seconds < 0 ? "-" : "+");
	if (seconds < 0) {
		seconds = -seconds - !!nanoseconds;
		nanoseconds = nanoseconds ? SECOND - nanoseconds : 0;
	}
	nanoseconds += 500000;
	seconds += nanoseconds / SECOND;
	tell_seconds(t, (unsigned long)seconds, nanoseconds % SECOND / 1000000, 1);
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

/* A host's name can have any bytes: what would end a line or a quote is a '?'. */
static const char *tame(char *name)
{
	char *at;

	for (at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == '"' || *at == '\\')
			*at = '?';
	return *name ? name : "?";
}

static void tell_conversion(struct ticklog *t, char letter)
{
	struct lines *lines = &t->lines;
	struct utsname names;
	const char *text = "%";

	if (CFG_TICKLOG_FIELDS && letter == 'h')
		text = sys(uname, &names) == 0 ? tame(names.nodename) : "?";
	else if (CFG_TICKLOG_FIELDS && letter == 'b')
		text = t->boot;
	else if (CFG_TICKLOG_FIELDS && letter == 'x')
		text = t->next;
	else if (letter != '%')
		text = NULL;
	if (text)
		tell(lines, text);
	else if (letter == 't' || letter == 'z')
		tell_date(t, letter == 'z');
	else if (has_fields(t) && letter == 'u')
		tell_number(lines, (unsigned long)t->now.seconds);
	else if (letter == 'u')
		tell_uptime(lines, &t->now);
	else if (letter == 'n')
		tell_number(lines, t->beats);
	else if (letter == 'L')
		tell_number(lines, t->late);
	else if (letter == 'M')
		tell_number(lines, t->missed);
	else if (letter == 'O')
		tell_number(lines, log_lost(&t->log));
	else if (CFG_TICKLOG_LOAD && letter == 'l')
		tell_proc(lines, "/proc/loadavg", "", 3);
	else if (CFG_TICKLOG_LOAD && letter == 'a')
		tell_proc(lines, "/proc/meminfo", "MemAvailable:", 2);
}

void tell_text(struct ticklog *t, const char *text)
{
	/*
	 * In a field (logfmt) what has a space in it is quoted: a time, loads, memory with its
	 * unit, any host's name.
	 */
	static const char percent[] = "%", spaced[] = "tlah", quote[] = "\"", nothing[] = "";
	const char *around;
	size_t length;

	for (;; text += length + 2) {
		length = strcspn(text, percent);
		lines_feed(&t->lines, text, length);
		if (!text[length])
			return;
		around = has_fields(t) && strchr(spaced, text[length + 1]) ? quote : nothing;
		tell(&t->lines, around);
		tell_conversion(t, text[length + 1]);
		tell(&t->lines, around);
	}
}
