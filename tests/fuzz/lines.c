// SPDX-License-Identifier: 0BSD
/*
 * What a program writes, in pieces, as messages of the log. Each is parsed back as the
 * daemons do: logd (OpenWrt's log/syslog.c: a priority, a stamp by its blanks and colons, one
 * line), BusyBox (sysklogd/syslogd.c: the same, a message ends at NUL or newline) and
 * rsyslog (RFC 3164: a tag ends at a colon, and has a pid in brackets).
 */
#include "fuzz.h"
#include <ctype.h>
#include <sys/socket.h>
#include "lib/log/lines.h"

static int ours, theirs;
static char all[1 << 20];
static size_t all_length, messages;

static int is_utf8(const unsigned char *at, size_t length)
{
	while (length) {
		size_t more = *at < 0x80 ? 0 : *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;

		if ((*at >= 0x80 && (*at < 0xc2 || *at > 0xf4)) || more >= length)
			return 0;
		for (size_t i = 1; i <= more; i++)
			if ((at[i] & 0xc0) != 0x80)
				return 0;
		at += more + 1;
		length -= more + 1;
	}
	return 1;
}

static void parse(const char *m, size_t length)
{
	char *end;

	HOLDS(length <= CFG_SYSLOG_MAX_LINE && is_utf8((const unsigned char *)m, length));
	for (size_t i = 0; i < length; i++)
		HOLDS((unsigned char)m[i] >= ' ' && m[i] != 0x7f);
	HOLDS(*m == '<');
	long priority = strtol(m + 1, &end, 10);

	HOLDS(*end == '>' && priority >= 24 && priority <= 31);
	end++;
	if (!CFG_SYSLOG_NO_STAMP) {
		HOLDS(isupper(end[0]) && end[3] == ' ' && end[6] == ' ' && end[9] == ':' &&
		      end[12] == ':' && end[15] == ' ');
		end += 16;
	}
	HOLDS(strncmp(end, "tag[", 4) == 0);
	long pid = strtol(end + 4, &end, 10);

	HOLDS(pid == 4711 && strncmp(end, "]: ", 3) == 0);
	end += 3;
	length -= (size_t)(end - m);
	if (all_length + length < sizeof(all))
		memcpy(all + all_length, end, length);
	all_length += length;
	messages++;
}

static void receive(void)
{
	static char message[CFG_SYSLOG_MAX_LINE + 64];
	ssize_t length;

	while ((length = recv(theirs, message, sizeof(message) - 1, MSG_DONTWAIT)) >= 0) {
		message[length] = 0;
		parse(message, (size_t)length);
	}
}

void __real_log_put(struct log *log, int priority, char *text, size_t length);
void __wrap_log_put(struct log *log, int priority, char *text, size_t length);
void __wrap_log_put(struct log *log, int priority, char *text, size_t length)
{
	HOLDS(length <= log_room(log));
	__real_log_put(log, priority, text, length);
	receive();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log log;
	static struct lines lines;
	int pair[2];

	if (!theirs) {
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
			abort();
		ours = pair[0];
		theirs = pair[1];
	}
	if (!size)
		return 0;
	log_init(&log, "tag");
	log.pid = 4711;
	log.fd = ours;
	log.transport = LOG_CONNECTED;
	memset(&lines, 0, sizeof(lines));
	lines.log = &log;
	lines.priority = FACILITY_DAEMON | LEVEL_INFO;
	all_length = messages = 0;
	/* the first byte says in what pieces it comes */
	size_t piece = *data ? *data : 1, newlines = 0, plain = 1, longest = 0, line = 0;

	for (size_t i = 1; i < size; i++) {
		newlines += data[i] == '\n';
		line = data[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
		plain &= data[i] >= ' ' ? data[i] < 0x7f : data[i] == '\n';
		plain &= data[i] != '<';
	}
	for (size_t at = 1; at < size; at += piece)
		lines_feed(&lines, (const char *)data + at, size - at < piece ? size - at : piece);
	lines_flush(&lines);
	HOLDS(!lines_partial(&lines));
	HOLDS(log.lost == 0);
	/* what is as it should be comes as it is, a message a line */
	if (plain && longest < 200) {
		HOLDS(messages == newlines + (line != 0));
		size_t at = 0;

		for (size_t i = 1; i < size; i++)
			if (data[i] != '\n')
				HOLDS(at < all_length && all[at++] == (char)data[i]);
		HOLDS(at == all_length);
	} else {
		HOLDS(messages >= newlines);
	}
	return 0;
}
