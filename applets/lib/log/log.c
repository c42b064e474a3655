// SPDX-License-Identifier: 0BSD
/* The syslog client; libc's is 33 kB, blocks, and loses lines without a word. */
#include <stdarg.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
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
	OWN = CFG_SYSLOG_MAX_LINE < LOG_HEAD + 256 ? CFG_SYSLOG_MAX_LINE - LOG_HEAD : 256,	/* bytes of our own messages */
	SLICE = 250,	/* milliseconds that one send waits, and signals with it */
	RETRY = 1000,	/* milliseconds between tries while the log is away */
	SOON = 20,	/* ... while it is slow, where no send waits */
	STAMP = sizeof("Jan  1 00:00:00 ") - 1,
	LENGTH = 2,	/* bytes before a message in the ring */
	KERNEL = 976,	/* of the kernel's log, which refuses a longer line (printk.c, devkmsg_write) */
};

_Static_assert(CFG_SYSLOG_RING >= LENGTH + CFG_SYSLOG_MAX_LINE + LOG_TAIL, "SYSLOG_RING holds less than one message");

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
	const size_t most = CFG_TICKLOG_KMSG && log->kernel && CFG_SYSLOG_MAX_LINE > KERNEL ? KERNEL : CFG_SYSLOG_MAX_LINE;

	return most - (LOG_HEAD - TAG_MOST) - strlen(log->tag);
}

/* ---- the socket ---- */

static void hang_up(struct log *log)
{
	sys(close, log->fd);
	if (log->watch >= 0)
		sys(close, log->watch);
	log->fd = log->watch = -1;
	log->stream = 0;
	log->sent = 0;
}

void log_renew(struct log *log)
{
	hang_up(log);
}

/*
 * Where longs have 32 bits libc's SO_SNDTIMEO may be a newer one with times of
 * 64, which kernels before 5.1 have not; this is the one that all have.
 */
#if defined(__LP64__) || defined(__GLIBC__)
enum { SEND_TIMEOUT = SO_SNDTIMEO };
#elif defined(__mips__)
enum { SEND_TIMEOUT = 0x1005 };
#elif defined(__powerpc__)
enum { SEND_TIMEOUT = 19 };
#else
enum { SEND_TIMEOUT = 21 };
#endif

static void open_socket(struct log *log, int type)
{
	/* The kernel's struct timeval. A stream that accepts nobody has connect wait as well. */
	const long slice[] = { 0, CFG_TICKLOG && log->hurried ? 1000 : SLICE * 1000 };

	log->fd = (int)sys(socket, AF_UNIX, type | SOCK_CLOEXEC, 0);
	sys(setsockopt, log->fd, SOL_SOCKET, SEND_TIMEOUT, slice, sizeof(slice));
}

/*
 * Datagrams to a connected socket cost two thirds of those that go by a path,
 * but go to the old listener when the file is replaced, unless it is watched.
 */
static void connect_watched(struct log *log)
{
	log->watch = (int)sys(inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
	if (log->watch < 0)
		return;
	/* An unlinked file's attributes change. */
	if (sys(inotify_add_watch, log->watch, address.path, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF) < 0 ||
	    (!log->stream && sys(connect, log->fd, &address, sizeof(address)) < 0))
		hang_up(log);
}

/* Whether a stream listens instead, and is connected now. */
static int connect_stream(struct log *log)
{
	hang_up(log);
	/* One that accepts nobody would have each line wait. */
	open_socket(log, SOCK_STREAM | SOCK_NONBLOCK);
	if (sys(connect, log->fd, &address, sizeof(address)) < 0) {
		hang_up(log);
		return 0;
	}
	sys_fcntl(log->fd, F_SETFL, 0);
	log->stream = 1;
	return 1;
}

/* Whether the log is there, but does not take anything now. */
static int is_slow(int error)
{
	return error == -EAGAIN || error == -EINTR || error == -ENOBUFS || error == -ENOMEM;
}

/* After a send that failed: whether it is to be tried again, by another way. */
static int try_otherwise(struct log *log, int error)
{
	const int connected = log->watch >= 0;

	if (error == -EPROTOTYPE)
		return connect_stream(log);
	if (is_slow(error) || (!log->stream && !connected))
		return 0;
	/* Its listener is gone; there may be another at the path. */
	hang_up(log);
	open_socket(log, SOCK_DGRAM);
	return connected;
}

/*
 * Hands a message over, behind which there is room for a newline. Returns 0,
 * -EAGAIN where the log does not read, or another -errno where nobody listens.
 * A datagram goes by the path, so that a replaced socket file is noticed, or to
 * the file that is watched.
 */
static int transmit(struct log *log, char *message, size_t length, int flags)
{
	const char behind = message[length];
	long sent;

	if (log->fd < 0)
		open_socket(log, SOCK_DGRAM);
	message[length] = '\n';
	do {
		const int by_path = !log->stream && log->watch < 0;

		sent = sys(sendto, log->fd, message + log->sent, length + (size_t)log->stream - log->sent,
			   flags | MSG_NOSIGNAL, by_path ? &address : NULL, by_path ? sizeof(address) : 0);
	} while (sent < 0 && try_otherwise(log, (int)sent));
	message[length] = behind;
	if (sent >= 0) {
		log->sent += (size_t)sent;
		if (log->sent < length + (size_t)log->stream)
			return -EAGAIN;
		log->sent = 0;
		log->ever = 1;
		if (log->watched && log->watch < 0)
			connect_watched(log);
		return 0;
	}
	return is_slow((int)sent) ? -EAGAIN : (int)sent;
}

/* ---- the ring: a message's length, the message, a byte for a newline, and so on ---- */

static size_t oldest(const struct log *log)
{
	const unsigned char *length = (unsigned char *)log->ring + log->head;

	return length[0] | (size_t)length[1] << 8;
}

static void drop_oldest(struct log *log)
{
	log->head += LENGTH + oldest(log) + LOG_TAIL;
	/* Half of it on a stream would be the start of the next one's line. */
	if (log->sent)
		hang_up(log);
}

static void keep(struct log *log, const char *message, size_t length)
{
	const size_t size = LENGTH + length + LOG_TAIL;
	long memory;

	if (!log->ring) {
		memory = sys_mmap(NULL, CFG_SYSLOG_RING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if ((unsigned long)memory > -4096UL) {
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
	log->ring[log->end] = (char)length;
	log->ring[log->end + 1] = (char)(length >> 8);
	memcpy(log->ring + log->end + LENGTH, message, length);
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
	if (CFG_SYSLOG_LOCAL_TIME && (now.seconds >= log->zone_until || now.seconds < log->stamped)) {
		log->zone = zone_offset(now.seconds, &log->zone_until);
		if (log->zone_until > now.seconds + 3600)
			log->zone_until = now.seconds + 3600;
	}
	log->stamped = now.seconds;
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
	char head[LOG_HEAD], number[NUMBER_TEXT], *end;

	log_stamp(log);
	end = stpcpy(stpcpy(stpcpy(head, "<"), number_text((unsigned)priority, number)), ">");
	if (!CFG_SYSLOG_NO_STAMP)
		end = mempcpy(end, log->stamp, STAMP);
	end = stpcpy(stpcpy(end, log->tag), "[");
	end = stpcpy(stpcpy(end, number_text((unsigned long)log->pid, number)), "]: ");
	return memcpy(text - (end - head), head, (size_t)(end - head));
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

/* What went wrong with the last message, for those that come. */
static void trouble(struct log *log, int error)
{
	if (error != -EAGAIN)
		log->slow = log->hung = 0;
	else {
		if (!log->slow)
			log->hung_at = clock_in(CFG_SYSLOG_WAIT * 1000);
		log->slow = 1;
		log->hung |= !clock_left(log->hung_at);
	}
	log->retry_at = clock_in(CFG_TICKLOG && log_is_waited_for(log) ? SOON : RETRY);
}

/* The count of the lost goes before what was kept. */
static int send_lost(struct log *log)
{
	char buffer[LOG_HEAD + NUMBER_TEXT + sizeof(" messages lost")], number[NUMBER_TEXT];
	char *text = buffer + LOG_HEAD, *message;
	char *end = stpcpy(stpcpy(text, number_text(log->lost, number)), " messages lost");
	int error;

	message = put_head(log, FACILITY_DAEMON | LEVEL_WARNING, text);
	error = transmit(log, message, (size_t)(end - message), MSG_DONTWAIT);
	if (!error) {
		log->told += log->lost;
		log->lost = 0;
	}
	/* Not half a message: it will be another number next time. */
	else if (log->sent)
		hang_up(log);
	return error;
}

int log_is_waited_for(const struct log *log)
{
	return log->slow && !log->hung;
}

static int may_wait(const struct log *log)
{
	return log_is_waited_for(log) && !(CFG_TICKLOG && log->hurried);
}

/* Sends what it can of the ring; returns what stopped it, or 0 when it is empty. */
static int drain(struct log *log)
{
	const int flags = may_wait(log) ? 0 : MSG_DONTWAIT;
	int error = 0;

	/* Half a message on a stream is completed before the count. */
	if (log->lost && !log->sent)
		error = send_lost(log);
	while (!error && log->head < log->end) {
		error = transmit(log, log->ring + log->head + LENGTH, oldest(log), flags);
		if (!error) {
			log->slow = log->hung = 0;
			drop_oldest(log);
		}
	}
	if (error) {
		trouble(log, error);
		return error;
	}
	sys(munmap, log->ring, CFG_SYSLOG_RING);
	log->ring = NULL;
	return 0;
}

void log_put(struct log *log, int priority, char *text, size_t length, int wait)
{
	char *message = put_head(log, priority, text);
	int error;

	length += (size_t)(text - message);
	if (CFG_TICKLOG_KMSG && log->kernel) {
		if (!to_kernel(message, length))
			log->lost++;
		return;
	}
	/* What waits goes first. */
	if ((!log->ring && !log->lost) || drain(log) == 0) {
		error = transmit(log, message, length, wait && !(CFG_TICKLOG && log->hurried) ? 0 : MSG_DONTWAIT);
		if (!error || (CFG_SYSLOG_KMSG && error == -ENOENT && !log->ever && to_kernel(message, length)))
			return;
		trouble(log, error);
	}
	keep(log, message, length);
}

static void log_list(struct log *log, int priority, va_list list)
{
	char buffer[LOG_HEAD + OWN + LOG_TAIL];
	char *end = buffer + LOG_HEAD;
	const char *text;

	while ((text = va_arg(list, const char *)))
		while (*text && end < buffer + LOG_HEAD + OWN)
			*end++ = *text++;
	log_put(log, priority, buffer + LOG_HEAD, (size_t)(end - buffer - LOG_HEAD), 0);
}

void log_strings(struct log *log, int priority, ...)
{
	va_list list;

	va_start(list, priority);
	log_list(log, priority, list);
	va_end(list);
}

void log_error(const char *tag, ...)
{
	struct log log;
	va_list list;

	log_init(&log, tag);
	va_start(list, tag);
	log_list(&log, FACILITY_DAEMON | LEVEL_ERR, list);
	va_end(list);
}

int log_work(struct log *log)
{
	int left;

	if (!log->ring)
		return -1;
	left = may_wait(log) ? 0 : clock_left(log->retry_at);
	if (left)
		return left;
	if (drain(log) == 0)
		return -1;
	return may_wait(log) ? 0 : clock_left(log->retry_at);
}

void log_finish(struct log *log, unsigned until)
{
	int wait;

	/* Where there has never been one, nobody waits for it. */
	while (log->ever && (wait = log_work(log)) >= 0 && clock_left(until))
		sys_poll(NULL, 0, wait);
}

/* ---- names of RFC 5424's facilities and severities, by number ---- */

static const char levels[] = "emerg\0alert\0crit\0err\0warning\0notice\0info\0debug\0";
static const char facilities[] START_UP_DATA =
	"kern\0user\0mail\0daemon\0auth\0syslog\0lpr\0news\0uucp\0cron\0authpriv\0ftp\0"
	"ntp\0audit\0alert\0clock\0local0\0local1\0local2\0local3\0local4\0local5\0local6\0local7\0";

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
	if (facility < 0 || level < 0 || error_level < 0)
		return "not [FACILITY.]LEVEL[,LEVEL]";
	*out = (unsigned char)(facility << 3 | level);
	*err = (unsigned char)(facility << 3 | error_level);
	return NULL;
}
