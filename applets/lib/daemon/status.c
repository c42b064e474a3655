// SPDX-License-Identifier: 0BSD
/* -Q -v: the question, and its supervisor's answer. */
#include <poll.h>
#include <string.h>
#include <time.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/control.h"
#include "lib/daemon/datagram.h"
#include "lib/daemon/status.h"
#include "lib/daemon/supervisor.h"
#include "lib/libc/syscall.h"
#include "lib/log/lines.h"

/* ---- the answer ---- */

/* "KEY=", the number, and a newline, behind a text. Returns its end. */
static OUT_OF_LINE START_UP char *put(char *to, const char *key, unsigned long number)
{
	char text[NUMBER_TEXT];

	return stpcpy(stpcpy(stpcpy(to, key), number_text(number, text)), "\n");
}

static char *put_run(const struct supervisor *s, char *to)
{
	struct moment now;
	const unsigned ran = supervisor_seconds(&s->started);

	clock_read(CLOCK_REALTIME, &now);
	to = put(to, "since=", (unsigned long)now.seconds - ran);
	return put(to, "uptime=", ran);
}

/* If there has been a wait for the next start, the run before it has ended. */
static char *put_last(const struct supervisor *s, char *to)
{
	char ended[ENDED_TEXT];

	to = stpcpy(stpcpy(to, "last_end="), signal_ended(s->ended, ended) + sizeof("ended ") - 1);
	return put(to, "\nlast_uptime=", s->ran);
}

static char *put_words(const struct supervisor *s, char *to)
{
	static const char states[][sizeof("reloading\n")] START_UP_DATA = {
		[WATCHDOG_STARTING] = "no\n",	      [WATCHDOG_READY] = "yes\n",
		[WATCHDOG_RELOADING] = "reloading\n", [WATCHDOG_ENDING] = "stopping\n",
		[WATCHDOG_LATE] = "late\n",
	};
	const struct watchdog *w = &s->watchdog;

	to = stpcpy(stpcpy(to, "ready="), states[w->state]);
	if (GIVEN(s->l->r, 'W'))
		to = put(to, "watchdog=", s->l->r->watchdog);
	if (w->heard.seconds || w->heard.nanoseconds)
		to = put(to, "watchdog_age=", supervisor_seconds(&w->heard));
	if (w->status && *w->status)
		to = stpcpy(stpcpy(stpcpy(to, "status="), w->status), "\n");
	return to;
}

static char *put_log(const struct log *log, char *to)
{
	to = put(to, "waiting=", log_waiting(log));
	to = put(to, "lost=", log_lost(log));
	return CFG_DAEMONIZE_STORM ? put(to, "suppressed=", log->storm.suppressed) : to;
}

START_UP void status_answer(struct supervisor *s, int value)
{
	char text[STATUS_TEXT], *end = text;

	if (s->child)
		end = put_run(s, end);
	end = put(end, "restarts=", s->restarts);
	end = put(end, "failures=", s->failures);
	if (s->short_runs)
		end = put_last(s, end);
	if (CFG_DAEMONIZE_WATCHDOG && s->child && s->watchdog.fd >= 0)
		end = put_words(s, end);
	if (CFG_DAEMONIZE_SYSLOG && GIVEN(s->l->r, 'S'))
		end = put_log(&s->log, end);
	datagram_send((const char *)&value, sizeof(value), text, (size_t)(end - text));
}

/* ---- the question ---- */

START_UP int status_open(int *value)
{
	char name[DATAGRAM_NAME + 1];
	struct moment now;

	/* Any name will do that nobody has; who watches for questions cannot take it first. */
	clock_read(CLOCK_MONOTONIC, &now);
	*value = CONTROL_STATUS | (int)((unsigned)now.nanoseconds & (CONTROL_STATUS - 1) >> 2);
	memcpy(name, value, sizeof(*value));
	return datagram_open(name, sizeof(*value));
}

START_UP size_t status_read(int fd, pid_t from, unsigned milliseconds, char text[STATUS_TEXT])
{
	const unsigned until = clock_in(milliseconds);
	struct ucred sender;
	int left;

	while ((left = clock_left(until)) && sys_poll_one(fd, POLLIN, left) > 0) {
		const long length = datagram_read(fd, text, STATUS_TEXT, &sender);

		if (length > 0 && sender.pid == from)
			return (size_t)length;
	}
	return 0;
}

static int print(struct lines *lines, const char *text, size_t length, int ends)
{
	(void)lines;
	say_bytes(STDOUT_FILENO, text, length);
	if (ends)
		say(STDOUT_FILENO, "\n");
	return 1;
}

START_UP void status_print(const char *text, size_t length)
{
	struct log log;
	struct lines lines = { .log = &log, .caught = print };

	log_init(&log, "");
	lines_feed(&lines, text, length);
	lines_flush(&lines);
}
