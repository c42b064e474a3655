/* SPDX-License-Identifier: 0BSD */
/*
 * The syslog client: a message a datagram to /dev/log, or a line to it where a
 * stream socket listens. What the log cannot take now waits in a ring.
 */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <string.h>

enum {
	/* Severities and facilities of RFC 3164, as the priority's number has them. */
	LEVEL_ERR = 3, LEVEL_WARNING = 4, LEVEL_NOTICE = 5, LEVEL_INFO = 6,
	FACILITY_DAEMON = 3 << 3,

	TAG_MOST = 64,		/* bytes of the longest tag */
	/* Bytes that a message's text has to have before it, for the header. */
	LOG_HEAD = sizeof("<191>Jan  1 00:00:00 [2147483647]: ") + TAG_MOST,
	LOG_TAIL = 1,		/* ... and behind it, for a stream's newline */
};

/* Whether a byte may be in a tag: printable, and not what ends it. */
static inline int tag_takes(char c)
{
	return c > ' ' && c < 0x7f && c != '[' && c != ']' && c != ':';
}

struct lines;

struct log {
	const char *tag;
	long pid;		/* what stands behind the tag */
	int fd;			/* of the socket; -1: none yet */
	int watch;		/* tells when the socket file is gone; -1: messages go by its path */
	char stream;		/* it is a stream, and connected */
	char watched;		/* what uses this polls `watch` and calls log_renew() */
	char ever;		/* the log has taken something */
	char hurried;		/* what uses this waits for no log */
	char kernel;		/* messages go to the kernel's log */
	char slow;		/* it listens, but does not read */
	char hung;		/* for so long that it is no longer waited for */
	char stamp[16];		/* "Jan  1 00:00:00 ", made for the second `stamped` */
	long long stamped;
	long long zone_until;	/* when to look at the zone again */
	long zone;		/* seconds ahead of UTC */
	unsigned hung_at;	/* clock_ms() when a slow log is taken for hung */
	unsigned retry_at;	/* clock_ms() when to try again */
	unsigned long lost;	/* messages that the ring had no room for */
	unsigned long told;	/* ... of earlier outages, of which the log knows */
	const struct lines *said;	/* what logged last */
	size_t sent;		/* bytes of the oldest message that a stream took */
	char *ring;		/* messages that wait; NULL: none does */
	size_t head, end;	/* where the oldest is in it, and where the next goes */
};

void log_init(struct log *log, const char *tag);

/*
 * Logs a text, which LOG_HEAD bytes before it and LOG_TAIL behind it belong to.
 * It waits for a slow log, a quarter of a second at the most, unless `wait` is 0.
 * What cannot be sent goes to the ring, where it pushes the oldest out if it
 * must; those are counted. The caller keeps to log_room().
 */
void log_put(struct log *log, int priority, char *text, size_t length, int wait);

/* Logs strings up to a NULL, one after the other; what goes over 255 bytes is left out. */
#define log_say(log, priority, ...) log_strings(log, priority, __VA_ARGS__, NULL)
void log_strings(struct log *log, int priority, ...) __attribute__((sentinel));

/* One message of an error, in strings up to a NULL, from a process that does not stay. */
#define log_once(tag, ...) log_error(tag, __VA_ARGS__, NULL)
void log_error(const char *tag, ...) __attribute__((sentinel));

/* Makes `stamp` and `stamped` those of now. */
void log_stamp(struct log *log);

/* The bytes of text that fit behind the header. */
size_t log_room(const struct log *log);

/*
 * Sends what waits in the ring, if it is time to try. Returns the milliseconds
 * until it is to be called again, 0 if at once, -1 if there is nothing to do.
 */
int log_work(struct log *log);

/* The socket file is another now: the next message goes there. */
void log_renew(struct log *log);

/* Whether the log is slow and programs are to wait for it: their pipes stay unread. */
int log_is_waited_for(const struct log *log);

/* At the end: tries until then (clock_in()) to send what still waits. */
void log_finish(struct log *log, unsigned until);

/*
 * "[FACILITY.]OUT[,ERR]" into priorities for stdout and stderr (ERR stays as it
 * is where it is not given). Returns NULL, or what is wrong.
 */
const char *log_priorities(const char *text, unsigned char *out, unsigned char *err);

#endif
