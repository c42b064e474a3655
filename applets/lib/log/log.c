// SPDX-License-Identifier: 0BSD
/* The syslog client; libc's is 33 kB, blocks, and loses lines without a word. */
#include <stdarg.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/log/log.h"
#include "lib/common/number.h"
#include "lib/libc/syscall.h"
#include "lib/log/local-time.h"

enum {
	/* Bytes of our own messages. */
	OWN = CFG_SYSLOG_MAX_LINE < LOG_HEAD + LOG_SAID + 256 ?
		CFG_SYSLOG_MAX_LINE - LOG_HEAD - LOG_SAID : 256,
	LONGEST_PART = OWN * 5 / 8,	/* ... and of one that has more parts */
	RETRY = 1000,	/* milliseconds between tries while the log is away */
	SOON = 20,	/* ... while it is slow, and poll(2) cannot tell when it has room */
	ONCE = 1000,	/* milliseconds in which a process that does not stay tries */
	STAMP = sizeof("Jan  1 00:00:00 ") - 1,
	LENGTH = 2,	/* bytes before a message in the ring */
	BUSY = 16,	/* messages within a second, from which on each is to cost little */
	SECOND = CFG_SYSLOG_WAITED ? 4 : 0,	/* ... and behind those */
	WAITED = 2,	/* seconds, since when a message has waited so long that it is to be told */
	/* of the kernel's log, which refuses a longer line (printk.c, devkmsg_write) */
	KERNEL = 976,
};

_Static_assert(CFG_SYSLOG_RING >= LENGTH + SECOND + CFG_SYSLOG_MAX_LINE + LOG_TAIL,
	       "SYSLOG_RING holds less than one message");
_Static_assert(LOG_LEAST == LENGTH + SECOND + LOG_SAID + LOG_HEAD + LOG_TAIL, "LOG_LEAST");

/* A struct sockaddr_un as far as it is used: unix(7), "pathname sockets". */
struct log_address {
	sa_family_t family;
	char path[sizeof("/dev/log")];
};

static const struct log_address address = { AF_UNIX, "/dev/log" };

void log_init(struct log *log, const char *tag)
{
	memset(log, 0, sizeof(*log));
	log->tag = tag;
	log->pid = sys(getpid, 0);
	log->fd = log->watch = -1;
	/* 0 is a second like any other, in which a board without a clock may be. */
	log->stamped = -1;
}

size_t log_room(const struct log *log)
{
	const int is_less = CFG_TICKLOG_KMSG && log->kernel && CFG_SYSLOG_MAX_LINE > KERNEL;
	const size_t most = is_less ? KERNEL : CFG_SYSLOG_MAX_LINE;

	return most - (LOG_HEAD - TAG_MOST) - LOG_SAID - strlen(log->tag);
}

/* ---- the socket ---- */

static void hang_up(struct log *log)
{
	if (log->fd >= 0)
		sys(close, log->fd);
	if (log->watch >= 0)
		sys(close, log->watch);
	log->fd = log->watch = -1;
	log->transport = LOG_CLOSED;
	log->sent = 0;
}

void log_renew(struct log *log)
{
	hang_up(log);
}

static int open_socket(struct log *log, int type, enum log_transport transport)
{
	log->fd = (int)sys(socket, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log->fd < 0)
		return log->fd;
	log->transport = transport;
	return 0;
}

/*
 * A file that is removed has its attributes changed. A link to it is watched as well as what it
 * leads to.
 */
static int watch_file(const struct log *log)
{
	static const unsigned follow[] = { 0, IN_DONT_FOLLOW };
	unsigned i;
	long error = 0;

	for (i = 0; i < ELEMENTS(follow) && error >= 0; i++)
		error = sys(inotify_add_watch, log->watch, address.path,
			    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | follow[i]);
	return error < 0 ? (int)error : 0;
}

/*
 * From datagrams by the path to a connected socket; where that cannot be watched, all stays as it
 * is. Not for a message now and then: the kernel takes 10 ms and more to close an inotify(7), for
 * which a stop would wait.
 */
static void connect_watched(struct log *log)
{
	log->watch = (int)sys(inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
	if (log->watch < 0)
		return;
	if (watch_file(log) == 0 && (log->transport == LOG_STREAM ||
				     sys(connect, log->fd, &address, sizeof(address)) == 0)) {
		if (log->transport == LOG_BY_PATH)
			log->transport = LOG_CONNECTED;
		return;
	}
	/*
	 * Datagrams go on by the path. A stream that is not watched goes on until its listener
	 * ends.
	 */
	sys(close, log->watch);
	log->watch = -1;
}

/* A message was taken, not by the fastest way that there is. */
static void hurry(struct log *log)
{
	if (log->busy < BUSY && ++log->busy == BUSY)
		clock_often(1);
	if (log->watched && (log->busy == BUSY || log->transport == LOG_STREAM))
		connect_watched(log);
}

/* A stream listens instead. Returns 0 where it is connected, or -errno. */
static int connect_stream(struct log *log)
{
	int error;

	hang_up(log);
	error = open_socket(log, SOCK_STREAM, LOG_STREAM);
	if (!error)
		error = (int)sys(connect, log->fd, &address, sizeof(address));
	if (error)
		hang_up(log);
	return error;
}

/* Whether the log is there, but has no room now; or this process has none. */
static int is_slow(int error)
{
	return error == -EAGAIN || error == -EINTR || error == -ENOBUFS || error == -ENOMEM;
}

/*
 * After a send that failed: 0 where it is to be tried again by another way, else the -errno to give
 * up with.
 */
static int try_otherwise(struct log *log, int error)
{
	const enum log_transport was = log->transport;

	if (error == -EPROTOTYPE)
		return connect_stream(log);
	if (is_slow(error) || was == LOG_BY_PATH)
		return error;
	/* Its listener is gone; there may be another at the path. */
	hang_up(log);
	return open_socket(log, SOCK_DGRAM, LOG_BY_PATH);
}

/*
 * Hands a message to the kernel's log, which stamps it itself. Opened anew each
 * time, since one that is open takes ten messages in five seconds and no more
 * (printk.devkmsg in the kernel's parameters). Returns whether it was taken.
 */
static int to_kernel(const char *message, size_t length)
{
	const size_t priority = strcspn(message, ">") + 1, stamp = CFG_SYSLOG_NO_STAMP ? 0 : STAMP;
	const struct iovec part[] = {
		{ (void *)message, priority },
		{ (void *)(message + priority + stamp), length - priority - stamp },
	};
	const int fd = sys_open("/dev/kmsg", O_WRONLY | O_APPEND | O_CLOEXEC, 0);
	const long written = sys(writev, fd, part, 2);

	sys(close, fd);
	return written > 0;
}

/*
 * Hands a message over, behind which there is room for a newline. Returns 0,
 * -EAGAIN where the log has no room, or another -errno where nobody listens.
 */
static int transmit(struct log *log, char *message, size_t length)
{
	size_t all = length;
	long sent = 0;
	int tries = 3, error;

	/* Not ENOENT, where log_put() tries the kernel's log in its place. */
	if (CFG_TICKLOG_KMSG && log->kernel)
		return to_kernel(message, length) ? 0 : -EIO;
	error = log->transport == LOG_CLOSED ? open_socket(log, SOCK_DGRAM, LOG_BY_PATH) : 0;

	message[length] = '\n';
	while (!error) {
		const int by_path = log->transport == LOG_BY_PATH;

		all = length + (log->transport == LOG_STREAM);
		sent = sys(sendto, log->fd, message + log->sent, all - log->sent,
			   MSG_DONTWAIT | MSG_NOSIGNAL, by_path ? &address : NULL,
			   by_path ? sizeof(address) : 0);
		if (sent >= 0)
			break;
		/* A listener could take connections and close them for ever. */
		error = --tries ? try_otherwise(log, (int)sent) : (int)sent;
	}
	/*
	 * Where it is this process that has no room, poll(2) would say time and again that the log
	 * has.
	 */
	if (is_slow(error) && error != -EAGAIN)
		hang_up(log);
	if (error)
		return is_slow(error) ? -EAGAIN : error;
	log->sent += (size_t)sent;
	if (log->sent < all)
		return -EAGAIN;
	log->sent = 0;
	log->ever = 1;
	if (log->transport != LOG_CONNECTED && log->watch < 0)
		hurry(log);
	return 0;
}

/*
 * ---- the ring: a message's length, the message, a byte for a newline, and so on ----
 *
 * With SYSLOG_WAITED the second in which it was kept stands behind the length, and that time
 * as text before the message, until it is known whether it is needed: between header and text.
 */

static size_t oldest(const struct log *log)
{
	const unsigned char *length = (unsigned char *)log->ring + log->head;

	return length[0] | (size_t)length[1] << 8;
}

static void drop_oldest(struct log *log)
{
	log->head += LENGTH + SECOND + oldest(log) + LOG_TAIL;
	/* Half of it on a stream would be the start of the next one's line. */
	if (log->sent)
		hang_up(log);
}

/* Puts "(Mmm dd hh:mm:ss) " of now, and before it the second. Returns its end. */
static char *put_said(struct log *log, char *to)
{
	const unsigned second = (unsigned)log->stamped;

	to = mempcpy(to, &second, SECOND);
	*to++ = '(';
	to = mempcpy(to, log->stamp, STAMP - 1);
	*to++ = ')';
	*to++ = ' ';
	return to;
}

/* Whether the oldest message came here so long ago, or the clock has been set since. */
static int has_waited(struct log *log)
{
	unsigned second;

	log_stamp(log);
	memcpy(&second, log->ring + log->head + LENGTH, SECOND);
	return (unsigned)log->stamped - second >= WAITED;
}

/* The oldest message as it is to be sent; what of it has gone stays as it is. */
static char *oldest_message(struct log *log, size_t *length)
{
	char *message = log->ring + log->head + LENGTH + SECOND, said[LOG_SAID + 1];
	size_t head;

	*length = oldest(log);
	/* Its time has been put behind the header before. */
	if (!CFG_SYSLOG_WAITED || *message == '<')
		return message;
	if (log->sent || !has_waited(log)) {
		*length -= LOG_SAID;
		return message + LOG_SAID;
	}
	memcpy(said, message, LOG_SAID);
	/* No tag has a bracket. */
	head = strcspn(message, "]") + sizeof("]: ") - 1 - LOG_SAID;
	memmove(message, message + LOG_SAID, head);
	memcpy(message + head, said, LOG_SAID);
	return message;
}

static void keep(struct log *log, const char *message, size_t length)
{
	const size_t size = LENGTH + SECOND + LOG_SAID + length + LOG_TAIL;
	long memory;
	char *to;

	if (!log->ring) {
		memory = sys_map(CFG_SYSLOG_RING);
		if (sys_is_error(memory)) {
			log->lost++;
			/* Not half of it before the next. */
			hang_up(log);
			return;
		}
		log->ring = (char *)memory;
		log->head = log->end = 0;
	}
	for (; log->end - log->head + size > CFG_SYSLOG_RING; log->lost++)
		drop_oldest(log);
	if (log->end + size > CFG_SYSLOG_RING) {
		memmove(log->ring, log->ring + log->head, log->end - log->head);
		log->end -= log->head;
		log->head = 0;
	}
	to = log->ring + log->end;
	*to++ = (char)(length + LOG_SAID);
	*to++ = (char)((length + LOG_SAID) >> 8);
	if (CFG_SYSLOG_WAITED)
		to = put_said(log, to);
	memcpy(to, message, length);
	log->end += size;
}

/* ---- messages ---- */

/* "Mmm dd hh:mm:ss " (RFC 3164, 4.1.2) of now, which is not made anew within a second. */
void log_stamp(struct log *log)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct moment now;
	struct date date;
	int days;

	clock_read(CLOCK_REALTIME, &now);
	if (now.seconds == log->stamped)
		return;
	/* The file may be another within the hour; after a step back, the zone too. */
	if (CFG_SYSLOG_LOCAL_TIME &&
	    (now.seconds >= log->zone_until || now.seconds < log->stamped)) {
		log->zone = zone_offset(now.seconds, &log->zone_until);
		if (log->zone_until > now.seconds + 3600)
			log->zone_until = now.seconds + 3600;
	}
	log->stamped = now.seconds;
	/*
	 * Once busy it stays so: after an outage, 11 datagrams and a wait for 20 ms would be too
	 * slow for it.
	 */
	if (log->busy < BUSY)
		log->busy = 0;
	days = day_of(now.seconds + log->zone);
	date_of(days, &date);
	memcpy(log->stamp, months + 3 * (date.month - 1), 3);
	put_two(log->stamp + 4, (unsigned)date.day);
	if (date.day < 10)
		log->stamp[4] = ' ';
	put_time(log->stamp + 7, (unsigned)(now.seconds + log->zone - (long long)days * DAY));
	log->stamp[3] = log->stamp[6] = log->stamp[15] = ' ';
}

/* Puts the header before a text; returns where it begins. */
static char *put_head(struct log *log, int priority, char *text)
{
	/* Arrays, for mere strings are not kept in memory: see start-up.ld. */
	static const char after_pid[] = "]: ";
	char head[LOG_HEAD], number[NUMBER_TEXT], *end = head;

	log_stamp(log);
	*end++ = '<';
	end = stpcpy(end, number_text((unsigned)priority, number));
	*end++ = '>';
	if (!CFG_SYSLOG_NO_STAMP)
		end = mempcpy(end, log->stamp, STAMP);
	end = stpcpy(end, log->tag);
	*end++ = '[';
	end = stpcpy(stpcpy(end, number_text((unsigned long)log->pid, number)), after_pid);
	return memcpy(text - (end - head), head, (size_t)(end - head));
}

/* ---- states ---- */

/* Whether poll(2) tells when the log has room again. */
static int tells_room(const struct log *log)
{
	return log->transport == LOG_CONNECTED || log->transport == LOG_STREAM;
}

/* Takes note of what came of a message, or of all that waited: 0 or -errno. */
static void settle(struct log *log, int error)
{
	if (!error) {
		log->state = LOG_READY;
		return;
	}
	log->retry_at = clock_in(RETRY);
	if (error != -EAGAIN) {
		log->state = LOG_ABSENT;
		return;
	}
	if (log->state == LOG_READY || log->state == LOG_ABSENT) {
		log->state = LOG_SLOW;
		log->slow_until = clock_in(CFG_SYSLOG_WAIT * 1000);
	}
	if (log->state == LOG_SLOW && !clock_left(log->slow_until))
		log->state = LOG_HUNG;
	/* A log that hangs for hours is no reason to wake up so often. */
	if (log->state == LOG_SLOW && !tells_room(log))
		log->retry_at = clock_in(SOON);
}

int log_takes(const struct log *log)
{
	return log->state != LOG_SLOW;
}

static int is_waiting(const struct log *log)
{
	return log->ring || log->lost;
}

int log_is_slow(const struct log *log)
{
	return is_waiting(log) && log->state != LOG_ABSENT;
}

START_UP unsigned log_waiting(const struct log *log)
{
	struct log at = *log;
	unsigned count = 0;

	for (; at.ring && at.head < at.end; at.head += LENGTH + SECOND + oldest(&at) + LOG_TAIL)
		count++;
	return count;
}

/* Makes "N messages lost" behind room for a header; returns its end. */
static char *lost_text(unsigned long lost, char *text)
{
	char number[NUMBER_TEXT];

	return stpcpy(stpcpy(text, number_text(lost, number)), " messages lost");
}

enum { LOST_TEXT = LOG_HEAD + NUMBER_TEXT + sizeof(" messages lost") };

/* The count of the lost goes before what was kept. */
static int send_lost(struct log *log)
{
	char buffer[LOST_TEXT], *text = buffer + LOG_HEAD;
	char *end = lost_text(log->lost, text),
	     *message = put_head(log, FACILITY_DAEMON | LEVEL_WARNING, text);
	const int error = transmit(log, message, (size_t)(end - message));

	if (!error) {
		log->told += log->lost;
		log->lost = 0;
	} else if (log->sent) {
		/* Not half a message: it will be another number next time. */
		hang_up(log);
	}
	return error;
}

/* Sends what it can of what waits; returns what stopped it, or 0 where nothing waits any more. */
static int drain(struct log *log)
{
	char *message;
	size_t length;
	int error = 0;

	/* Half a message on a stream is completed before the count. */
	if (log->lost && !log->sent)
		error = send_lost(log);
	while (!error && log->ring && log->head < log->end) {
		message = oldest_message(log, &length);
		error = transmit(log, message, length);
		if (!error)
			drop_oldest(log);
	}
	if (!error && log->ring) {
		sys(munmap, log->ring, CFG_SYSLOG_RING);
		log->ring = NULL;
	}
	settle(log, error);
	return error;
}

int log_work(struct log *log)
{
	int left;

	if (!is_waiting(log))
		return -1;
	left = clock_left(log->retry_at);
	if (left)
		return left;
	return drain(log) == 0 ? -1 : clock_left(log->retry_at);
}

void log_poll(const struct log *log, struct pollfd fds[LOG_POLLS])
{
	fds[0] = (struct pollfd){ .fd = log->watch, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = is_waiting(log) && tells_room(log) ? log->fd : -1,
				  .events = POLLOUT };
}

void log_serve(struct log *log, const struct pollfd fds[LOG_POLLS])
{
	if (fds[0].revents)
		log_renew(log);
	if (fds[1].revents)
		drain(log);
}

/* ---- messages to the log ---- */

void log_put(struct log *log, int priority, char *text, size_t length)
{
	char *message = put_head(log, priority, text);
	int error;

	length += (size_t)(text - message);
	/* What waits goes first. An outage may be over long before the next try would be due. */
	if (!is_waiting(log) || drain(log) == 0) {
		error = transmit(log, message, length);
		if (!error || (CFG_SYSLOG_KMSG && error == -ENOENT && !log->ever &&
			       to_kernel(message, length)))
			return;
		settle(log, error);
	}
	keep(log, message, length);
}

/* Puts strings behind the room for a header. Returns their length. */
static size_t join(char *text, va_list list)
{
	char *end = text;
	const char *part;

	while ((part = va_arg(list, const char *))) {
		/* One that is long leaves room for the next, which says why. */
		const char *latest = part + LONGEST_PART;

		for (; *part && part < latest && end < text + OWN; part++)
			*end++ = (unsigned char)*part < ' ' || *part == 127 ? '?' : *part;
	}
	return (size_t)(end - text);
}

void log_strings(struct log *log, int priority, ...)
{
	char buffer[LOG_HEAD + OWN + LOG_TAIL], *text = buffer + LOG_HEAD;
	va_list list;

	va_start(list, priority);
	log_put(log, priority, text, join(text, list));
	va_end(list);
}

void log_error(const char *tag, ...)
{
	char buffer[LOG_HEAD + OWN + LOG_TAIL], *text = buffer + LOG_HEAD, *message;
	const unsigned until = clock_in(ONCE);
	struct log log;
	size_t length;
	va_list list;
	int error;

	log_init(&log, tag);
	va_start(list, tag);
	length = join(text, list);
	va_end(list);
	message = put_head(&log, FACILITY_DAEMON | LEVEL_ERR, text);
	length += (size_t)(text - message);
	while ((error = transmit(&log, message, length)) == -EAGAIN && clock_left(until))
		sys_poll(NULL, 0, SOON);
	if (error)
		to_kernel(message, length);
	hang_up(&log);
}

void log_end(struct log *log)
{
	char buffer[LOST_TEXT], *text = buffer + LOG_HEAD, *end, *message;

	if (!is_waiting(log) || drain(log) == 0)
		return;
	for (; log->head < log->end && log->ring; log->lost++)
		drop_oldest(log);
	end = lost_text(log->lost, text);
	message = put_head(log, FACILITY_DAEMON | LEVEL_WARNING, text);
	to_kernel(message, (size_t)(end - message));
}

/* ---- names of RFC 5424's facilities and severities, by number ---- */

static const char levels[] START_UP_DATA =
	"emerg\0alert\0crit\0err\0warning\0notice\0info\0debug\0";
static const char facilities[] START_UP_DATA =
	"kern\0user\0mail\0daemon\0auth\0syslog\0lpr\0news\0uucp\0cron\0authpriv\0ftp\0"
	"ntp\0audit\0alert\0clock\0"
	"local0\0local1\0local2\0local3\0local4\0local5\0local6\0local7\0";

const char *log_priorities(const char *text, unsigned char *out, unsigned char *err)
{
	size_t length = strcspn(text, ".");
	int facility = *out >> 3, level, error_level = *err & 7;

	if (text[length]) {
		facility = number_named(facilities, text, length);
		text += length + 1;
	}
	length = strcspn(text, ",");
	level = number_named(levels, text, length);
	if (text[length])
		error_level = number_named(levels, text + length + 1, strlen(text + length + 1));
	if (facility < 0)
		return "unknown facility";
	if (level < 0 || error_level < 0)
		return "unknown level, of [FACILITY.]OUT[,ERR]";
	*out = (unsigned char)(facility << 3 | level);
	*err = (unsigned char)(facility << 3 | error_level);
	return NULL;
}
