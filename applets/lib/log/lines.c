// SPDX-License-Identifier: 0BSD
/* From a program's output to messages of the log. */
#include <string.h>
#include "box.h"
#include "lib/log/lines.h"

/* Takes "<N>" off a line's start; returns what follows. */
static size_t take_priority(struct lines *l)
{
	const char *text = l->text;

	if (l->split)
		return 0;
	l->own = l->priority;
	if (l->used < 3 || text[0] != '<' || (unsigned char)(text[1] - '0') > 7 || text[2] != '>')
		return 0;
	l->own = (unsigned char)((l->priority & ~7) | (text[1] - '0'));
	return 3;
}

static void pass_on(struct lines *l, char *text, size_t length)
{
	if (!CFG_DAEMONIZE_STORM || storm_takes(l->log, l->own))
		log_put(l->log, l->own, text, length);
}

/* Sends the first bytes of the text, and keeps what follows. */
static void send(struct lines *l, size_t length, size_t dropped, int ends)
{
	size_t start = take_priority(l);
	char *text = l->text + start;

	/* A line that goes on, and has only its severity so far, is no message. */
	if (length == start && dropped)
		;
	else if (!(CFG_DAEMONIZE_READY_LINE || CFG_DAEMONIZE_STATUS_VERBOSE) || !l->caught ||
		 (!l->caught(l, l->text, length + dropped, ends) && !l->mute))
		pass_on(l, text, length - start);
	if (RECENT_LINES)
		recent_add(&l->log->recent, text, length - start);
	l->log->said = l;
	l->used -= length + dropped;
	/* The last line stays readable, less its severity. */
	l->last = l->used ? 0 : length - start;
	memmove(l->text, l->used ? l->text + length + dropped : text, l->used + l->last);
	l->space = 0;
	l->split = 1;
}

/* Sends as much of the text as fits, up to its last space if it has one. */
static void send_full(struct lines *l)
{
	if (l->space > 1)
		send(l, l->space - 1, 1, 0);
	else
		send(l, l->used, 0, 0);
}

static void put(struct lines *l, const char *bytes, size_t length)
{
	/* If that space is near the start, the rest may still be too long. */
	while (l->used + length > log_room(l->log))
		send_full(l);
	memcpy(l->text + l->used, bytes, length);
	l->used += length;
	if (*bytes == ' ')
		l->space = l->used;
}

static void put_byte(struct lines *l, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char shown[] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

	put(l, shown, sizeof(shown));
}

/* The start of the data that is shown as it is, taken at once. */
static size_t put_plain(struct lines *l, const char *data, size_t length)
{
	const size_t room = log_room(l->log);
	size_t i;

	for (i = 0; i < length && (unsigned char)(data[i] - ' ') < 0x7f - ' ' && l->used < room;
	     i++) {
		l->text[l->used++] = data[i];
		if (data[i] == ' ')
			l->space = l->used;
	}
	return i;
}

/* The bytes so far turned out to be no character: each is shown by itself. */
static void put_broken(struct lines *l)
{
	unsigned char i;

	for (i = 0; i < l->got; i++)
		put_byte(l, l->character[i]);
	l->got = 0;
}

static void put_ascii(struct lines *l, char c)
{
	const char caret[] = { '^', (char)(c ^ 0x40) };

	if ((unsigned char)c < ' ' || c == 0x7f)
		put(l, caret, sizeof(caret));
	else
		put(l, &c, 1);
}

/* The bytes of the character that begins so; 0 where none does: RFC 3629, 4. */
static unsigned char character_length(unsigned char first)
{
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return (unsigned char)(2 + (first >= 0xe0) + (first >= 0xf0));
}

/* Whether the second byte makes it overlong, a surrogate, too large, or a C1 control. */
static int is_forbidden(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second < 0xa0;
	case 0xed:
		return second > 0x9f;
	case 0xf0:
		return second < 0x90;
	case 0xf4:
		return second > 0x8f;
	}
	return 0;
}

static void put_high(struct lines *l, unsigned char byte)
{
	if (l->got &&
	    ((byte & 0xc0) != 0x80 || (l->got == 1 && is_forbidden(l->character[0], byte))))
		put_broken(l);
	if (!l->got)
		l->wanted = character_length(byte);
	if (!l->wanted) {
		put_byte(l, byte);
		return;
	}
	l->character[l->got++] = byte;
	if (l->got == l->wanted) {
		put(l, (char *)l->character, l->got);
		l->got = 0;
	}
}

static void end_line(struct lines *l)
{
	if (l->used || !l->split)
		send(l, l->used, 0, 1);
	l->split = 0;
}

/* Feeds all, or what the log takes; returns the bytes used. */
static size_t feed(struct lines *l, const char *data, size_t length, int all)
{
	const char *from = data;
	size_t plain;

	for (; length && (all || log_takes(l->log)); data += plain, length -= plain) {
		plain = 1;
		if (!(*data & 0x80))
			put_broken(l);
		if (l->carriage && *data != '\n')
			put_ascii(l, '\r');
		l->carriage = *data == '\r';
		if (*data & 0x80)
			put_high(l, (unsigned char)*data);
		else if (*data == '\n')
			end_line(l);
		else if (!l->carriage && !(plain = put_plain(l, data, length))) {
			put_ascii(l, *data);
			plain = 1;
		}
	}
	return (size_t)(data - from);
}

void lines_feed(struct lines *l, const char *data, size_t length)
{
	feed(l, data, length, 1);
}

size_t lines_take(struct lines *l, const char *data, size_t length)
{
	return feed(l, data, length, 0);
}

int lines_partial(const struct lines *l)
{
	return l->used || l->got || l->carriage;
}

void lines_flush(struct lines *l)
{
	put_broken(l);
	if (l->carriage)
		put_ascii(l, '\r');
	l->carriage = 0;
	if (l->used)
		end_line(l);
	l->split = 0;
}

void lines_begin(struct lines *l)
{
	lines_flush(l);
	l->split = 1;
}
