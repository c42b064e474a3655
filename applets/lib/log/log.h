/* SPDX-License-Identifier: 0BSD */
/*
 * The syslog client: a message a datagram to /dev/log, or a line to it where a
 * stream socket listens. What the log cannot take now waits in a ring.
 */
#ifndef LOG_H
#define LOG_H

#include <poll.h>
#include <stddef.h>
#include <string.h>
#include "lib/log/recent.h"
#include "lib/log/storm.h"

enum {
	/* Severities and facilities of RFC 3164, as the priority's number has them. */
	LEVEL_ERR = 3, LEVEL_WARNING = 4, LEVEL_NOTICE = 5, LEVEL_INFO = 6,
	FACILITY_DAEMON = 3 << 3,

	TAG_MOST = 64,		/* bytes of the longest tag */
	/* Bytes that a message's text has to have before it, for the header. */
	LOG_HEAD = sizeof("<191>Jan  1 00:00:00 [2147483647]: ") + TAG_MOST,
	LOG_TAIL = 1,		/* ... and behind it, for a stream's newline */
	/* Bytes that come between header and text where a message has waited: when it was said. */
	LOG_SAID = CFG_SYSLOG_WAITED ? sizeof("(Jan  1 00:00:00) ") - 1 : 0,
	/* what an empty message with the longest tag takes of the ring */
	LOG_LEAST = LOG_HEAD + LOG_SAID + (CFG_SYSLOG_WAITED ? 4 : 0) + 2 + LOG_TAIL,
	/* Bytes to read at once, whose lines the ring can hold even if they are empty. */
	LOG_INPUT = CFG_SYSLOG_RING / LOG_LEAST < 256 ? CFG_SYSLOG_RING / LOG_LEAST : 256,
};

/* Whether a byte may be in a tag: printable, and not what ends it. */
static inline int tag_takes(char c)
{
	return c > ' ' && c < 0x7f && c != '[' && c != ']' && c != ':';
}

struct lines;

/* How messages get there. */
enum log_transport {
	LOG_CLOSED,	/* there is no socket: the next message opens one */
	LOG_BY_PATH,	/* datagrams to the path, so that a replaced socket file is noticed */
	/* many datagrams, to the socket file that is watched, for half of the cost */
	LOG_CONNECTED,
	LOG_STREAM,	/* a stream, connected */
};

/*
 * What the log made of the last message. It changes in settle() alone:
 *
 *	READY   -> SLOW     it listens, but has no room now; messages go to the ring
 *	        -> ABSENT   nobody listens; messages go to the ring, with each and each
 *                        second it is tried again
 *	SLOW    -> READY    the ring is empty again
 *	        -> HUNG     it has been slow for SYSLOG_WAIT seconds, whatever it took meanwhile
 *	        -> ABSENT
 *	HUNG    -> READY, ABSENT
 *	ABSENT  -> READY, SLOW
 *
 * While it is SLOW the programs are to wait: their output stays unread. Else the ring takes
 * all, and what it has no room for is lost and counted, the oldest first.
 */
enum log_state { LOG_READY, LOG_SLOW, LOG_HUNG, LOG_ABSENT };

struct log {
	const char *tag;
	long pid;		/* the number in brackets behind the tag */
	enum log_transport transport;
	enum log_state state;
	int fd;			/* of the socket; -1: none */
	/* an inotify(7) that tells when the socket file is gone; -1: none */
	int watch;
	char watched;		/* what uses this polls: log_poll() */
	char ever;		/* the log has taken something */
	char kernel;		/* messages go to the kernel's log */
	/* messages by another way than that in the second `stamped`, up to BUSY */
	unsigned busy;
	char stamp[16];		/* "Jan  1 00:00:00 ", made for the second `stamped` */
	long long stamped;
	long long zone_until;	/* when to look at the zone again */
	long zone;		/* seconds ahead of UTC */
	unsigned slow_until;	/* clock_in() when a slow log is taken for hung */
	unsigned retry_at;	/* clock_in() when to try again */
	unsigned long lost;	/* messages that the ring had no room for */
	unsigned long told;	/* ... of earlier outages, of which the log knows */
	const struct lines *said;	/* what logged last */
	struct recent recent;	/* what they said last */
	struct storm storm;		/* of what programs say; our own messages are not counted */
	size_t sent;		/* bytes of the oldest message that a stream took */
	char *ring;		/* messages that wait; NULL: none does */
	size_t head, end;	/* where the oldest is in it, and where the next goes */
};

void log_init(struct log *log, const char *tag);

/*
 * Logs a text, which LOG_HEAD bytes before it and LOG_TAIL behind it belong to.
 * It never waits: what cannot be sent now goes to the ring. The caller keeps to log_room().
 */
void log_put(struct log *log, int priority, char *text, size_t length);

/* Whether more may be put: not while the log is slow, and what is put would fill the ring. */
int log_takes(const struct log *log);

/* Logs strings up to a NULL, one after the other; what goes over 255 bytes is left out. */
#define log_say(log, priority, ...) log_strings(log, priority, __VA_ARGS__, NULL)
void log_strings(struct log *log, int priority, ...) __attribute__((sentinel));

/*
 * One message of an error, in strings up to a NULL, from a process that does not stay. A log
 * that is slow is waited for, a second at the most; where it takes nothing, the kernel's log does.
 */
#define log_once(tag, ...) log_error(tag, __VA_ARGS__, NULL)
void log_error(const char *tag, ...) __attribute__((sentinel));

/* Makes `stamp` and `stamped` those of now. */
void log_stamp(struct log *log);

/* The messages that were lost since the start, known of or not. */
static inline unsigned long log_lost(const struct log *log)
{
	return log->told + log->lost;
}

/* The bytes of text that fit behind the header. */
size_t log_room(const struct log *log);

/*
 * Sends what waits, if it is time to try. Returns the milliseconds until it is to be
 * called again, -1 if there is nothing to do.
 */
int log_work(struct log *log);

/* Fills in what is to be polled for the log, and does what came of that. */
enum { LOG_POLLS = 2 };

void log_poll(const struct log *log, struct pollfd fds[LOG_POLLS]);
void log_serve(struct log *log, const struct pollfd fds[LOG_POLLS]);

/* The socket file may be another now: the next message looks. */
void log_renew(struct log *log);

/* Whether something waits, and there is hope: a log that is not there is not waited for. */
int log_is_slow(const struct log *log);

/* How many messages wait. */
unsigned log_waiting(const struct log *log);

/*
 * At the end: one more try; what is left is counted to the kernel's log, since nobody else would
 * know of it.
 */
void log_end(struct log *log);

/*
 * "[FACILITY.]OUT[,ERR]" into priorities for stdout and stderr (ERR stays as it
 * is where it is not given). Returns NULL, or what is wrong.
 */
const char *log_priorities(const char *text, unsigned char *out, unsigned char *err);

#endif
