// SPDX-License-Identifier: 0BSD
/* What is run by every schedule, and what has to hold whatever the schedule. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "explore.h"

#define START_IT "daemonize -p PID SERVICE stay"
#define SUPERVISED "daemonize -r -R 5 -p PID SERVICE stay"
#define FAILING "daemonize -r -R 5 -p PID SERVICE end 1"
#define GIVING_UP "daemonize -r -R 0 -C 2 -p PID SERVICE end 1"
#define LEAVING "daemonize -r -r -p PID SERVICE leave"
#define IGNORING "daemonize -p PID SERVICE ignore"
#define HOSTILE "daemonize -u 4242 -p PID SERVICE hostile PID"
#define HOSTILE_SUPERVISED "daemonize -r -R 5 -u 4242 -p PID SERVICE hostile PID"
#define STOP_IT "daemonize -K -p PID"
#define STOP_ALL "daemonize -KK -p PID"
#define ASK "daemonize -Q -p PID"

/*
 * Waits that go on while some counter of the kernel's or of ours runs over, half way through the
 * delay or the wait.
 */
#define AT(when, days, date) \
	{ "restart-" when, .setup = { FAILING }, .actors = { ASK }, .depth = 1, .may_fail = 1, \
	  .seconds = 40, .least = 3, .most = 5, .uptime = days, .real = date }, \
	{ "stop-ignoring-" when, .setup = { IGNORING }, .actors = { STOP_IT, ASK }, .depth = 1, \
	  .uptime = days, .real = date }

#define CLOCK_STEPS "SERVICE do real:86400000 sleep:2000 real:-172800000"
#define TALKING \
	"daemonize -S -r -p PID SERVICE do sleep:300 lines:3 lines:1 sleep:1000 lines:2 " \
	"lines:2 sleep:1000 lines:2 stay"
#define TALKING_MORE \
	"daemonize -S -r -p PID SERVICE do sleep:300 lines:4 lines:4 sleep:500 lines:4 " \
	"lines:4 sleep:500 lines:4 lines:4 lines:4 stay"
#define TALKING_FAST \
	"daemonize -S -r -p PID SERVICE do sleep:300 lines:4 lines:4 lines:4 lines:4 lines:4 " \
	"lines:4 sleep:300 lines:4 sleep:300 lines:1 sleep:600 lines:2 stay"
#define TALKING_SHORT "daemonize -S -r -R 0 -p PID SERVICE do short:1 "
/* A log daemon that ends, and another that comes: for datagrams ("bind") or a stream ("listen"). */
#define LOG_GOES(name, bind) \
	{ name "lost", .setup = { TALKING_MORE }, \
	  .actors = { "SERVICE do " bind " take:2 close sleep:2500 unlink " bind " take:99" }, \
	  .lives = 5, .depth = 2 }, \
	{ name "busy", .setup = { TALKING_FAST }, \
	  .actors = { "SERVICE do " bind " take:22 rename " bind " take:3 close sleep:400 unlink " \
	  	       "sleep:700 " bind " take:99" }, \
	  .lives = 3, .depth = 2 }
/* another's words, before and behind those of the service itself */
#define FORGER \
	"SERVICE do forge sleep:900 forge-and-go sleep:900 forge sleep:900 forge sleep:900 " \
	"forge sleep:900 forge"
#define TICKING "ticklog -p PID -d 1 -i 1"
#define BEATS .bare = 1, .logs = 1, .final = "ticklog -K -p PID"
#define TICKING_AT(when, days, date) \
	{ "ticklog-" when, .setup = { TICKING }, \
	  .actors = { "SERVICE do sleep:1500 real:500 suspend:1000 stall:1000 sleep:1000 " \
	  	       "suspend:500" }, \
	  BEATS, .lives = 6, .depth = 1, .uptime = days, .real = date }

const struct scenario scenarios[] = {
	{ "two-starts", .actors = { START_IT, START_IT }, .depth = 2 },
	{ "two-starts-supervised", .actors = { SUPERVISED, SUPERVISED }, .depth = 2 },
	{ "two-starts-mixed", .actors = { SUPERVISED, START_IT }, .depth = 2 },
	{ "two-starts-already", .actors = { START_IT, "daemonize -O -p PID SERVICE stay" },
	  .depth = 2 },
	{ "start-stop", .actors = { START_IT, STOP_IT }, .depth = 2, .may_fail = 1 },
	{ "start-stop-supervised", .actors = { SUPERVISED, STOP_IT }, .depth = 2, .may_fail = 1 },
	{ "stop-start", .setup = { START_IT }, .actors = { STOP_IT, START_IT }, .depth = 2 },
	{ "two-stops", .setup = { START_IT }, .actors = { STOP_IT, STOP_IT }, .depth = 2 },
	{ "two-stops-supervised", .setup = { SUPERVISED }, .actors = { STOP_IT, STOP_IT },
	  .depth = 2 },
	{ "start-status", .actors = { START_IT, ASK }, .depth = 2 },
	{ "start-status-reload",
	  .actors = { "daemonize -r -I HUP -p PID SERVICE stay", ASK, "daemonize -k HUP -p PID" },
	  .depth = 2 },
	{ "stop-in-delay", .setup = { FAILING }, .actors = { STOP_IT, ASK }, .depth = 2 },
	{ "stop-giving-up", .setup = { GIVING_UP }, .actors = { STOP_IT, ASK }, .depth = 2 },
	{ "start-in-delay", .setup = { "daemonize -r -R 0 -p PID SERVICE end 1" },
	  .actors = { "daemonize -t 1 -p PID SERVICE stay" }, .depth = 1 },
	{ "start-dying", .setup = { SUPERVISED }, .actors = { START_IT, ASK }, .depth = 1 },
	{ "start-giving-up", .setup = { GIVING_UP }, .actors = { START_IT }, .depth = 2 },
	{ "stop-all-fleeing", .setup = { "daemonize -r -p PID SERVICE flee 12" },
	  .actors = { STOP_ALL, ASK },
	  .final = STOP_ALL, .depth = 2 },
	{ "stop-all-ending", .setup = { LEAVING },
	  .actors = { "daemonize -k USR1 -p PID", STOP_ALL },
	  .depth = 2, .may_fail = 1 },
	{ "stop-all-restarting", .setup = { "daemonize -r -R 0 -p PID SERVICE leave" },
	  .actors = { STOP_ALL, "daemonize -k USR1 -p PID" }, .final = STOP_ALL,
	  .depth = 2, .may_fail = 1 },
	{ "stop-all-in-delay", .setup = { "daemonize -r -R 5 -p PID SERVICE do spawn exit:1" },
	  .actors = { STOP_ALL, ASK }, .final = STOP_ALL, .depth = 2 },
	{ "recycled-stop", .setup = { "daemonize -p PID SERVICE end 0" },
	  .actors = { STOP_IT, ASK }, .recycled = 1,
	  .depth = 2 },
	{ "recycled-start", .setup = { "daemonize -p PID SERVICE end 0" },
	  .actors = { START_IT, STOP_IT }, .recycled = 1, .depth = 1, .may_fail = 1 },
	{ "hostile-stop", .setup = { HOSTILE }, .actors = { STOP_IT, ASK }, .depth = 2 },
	{ "hostile-start", .setup = { HOSTILE }, .actors = { START_IT, ASK }, .depth = 2 },
	{ "hostile-supervised", .setup = { HOSTILE_SUPERVISED }, .actors = { STOP_IT, START_IT },
	  .depth = 1 },
	{ "session-kill",
	  .actors = { "SERVICE do spawn fork fork stay", "pidof-session -k KILL -w 3 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-term",
	  .actors = { "SERVICE do spawn fork setsid stay", "pidof-session -k TERM -w 3 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-name",
	  .actors = { "SERVICE do spawn fork ignore stay", "pidof-session -k TERM -w 2 service",
	  	       "OTHER do fork setsid spawn stay" },
	  .depth = 2, .bare = 1 },
	{ "session-show",
	  .actors = { "SERVICE do spawn fork setsid fork stay", "pidof-session service" },
	  .depth = 3, .bare = 1 },
	{ "session-check",
	  .actors = { "SERVICE do spawn fork fork exit:0", "pidof-session -c -s SID" },
	  .depth = 2, .bare = 1 },
	{ "session-wait",
	  .actors = { "SERVICE do fork fork sleep:1000 fork exit:0", "pidof-session -w 5 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-reused", .actors = { "OTHER do reuse", "pidof-session -k TERM -w 3 -s CHILD" },
	  .depth = 3, .bare = 1 },
	/* the first process of all is the start's, whose number is the same each time */
	{ "start-interrupted",
	  .actors = { "daemonize -w fd:5 -t 8 -p PID SERVICE do sleep:1000 ready:5 stay",
	  	       "SERVICE do interrupt:101" },
	  .depth = 2, .may_fail = 1, .interrupted = 1 },
	{ "start-interrupted-supervised",
	  .actors = { "daemonize -r -w fd:5 -t 8 -p PID SERVICE do sleep:1000 ready:5 stay",
	  	       "SERVICE do interrupt:101" },
	  .depth = 2, .may_fail = 1, .interrupted = 1 },
	{ "clock-restart", .setup = { FAILING }, .actors = { ASK, CLOCK_STEPS },
	  .depth = 2, .may_fail = 1, .seconds = 40, .least = 3, .most = 5 },
	{ "clock-stop", .setup = { IGNORING }, .actors = { STOP_IT, CLOCK_STEPS },
	  .depth = 2, .slow = 10, .quick = 11 },
	{ "clock-ready",
	  .actors = { "daemonize -w fd:5 -t 8 -p PID SERVICE do sleep:5000 ready:5 stay",
	  	       CLOCK_STEPS },
	  .depth = 2, .slow = 5, .quick = 5 },
	{ "clock-never-ready",
	  .actors = { "daemonize -w fd:5 -t 8 -p PID SERVICE stay", CLOCK_STEPS },
	  .depth = 2, .may_fail = 1, .slow = 8, .quick = 9 },
	{ "notify-ready",
	  .actors = { "daemonize -w socket -t 8 -p PID SERVICE do sleep:5000 notify:READY=1 stay",
	  	       FORGER },
	  .depth = 2, .slow = 5, .quick = 5 },
	{ "notify-never-ready",
	  .actors = { "daemonize -w socket -t 8 -p PID SERVICE stay", FORGER },
	  .depth = 2, .may_fail = 1, .slow = 8, .quick = 9 },
	{ "notify-ready-supervised",
	  .actors = { "daemonize -r -w socket -t 8 -p PID SERVICE do sleep:5000 notify:READY=1 "
	  	       "stay",
	  	       FORGER },
	  .depth = 2, .slow = 5, .quick = 5 },
	{ "notify-silent", .setup = { "daemonize -r -R 5 -W 3 -p PID SERVICE stay" },
	  .actors = { FORGER, ASK },
	  .depth = 2, .lives = 4, .seconds = 6, .least = 2, .most = 2 },
	{ "notify-beating", .setup = { "daemonize -r -R 5 -W 3 -p PID SERVICE do beat:16 stay" },
	  .actors = { FORGER, STOP_IT },
	  .depth = 2 },
	{ "notify-left", .setup = { "daemonize -r -R 4 -W 1,2 -p PID SERVICE do left:READY=1 exit:1" },
	  .actors = { ASK }, .depth = 2, .lives = 3 },
	{ "log-last-words", .setup = { "daemonize -S -r -R 0 -p PID SERVICE do late:4 stay" },
	  .actors = { STOP_ALL, "SERVICE do bind take:99" }, .final = STOP_ALL, .depth = 2 },
	{ "log-absent", .setup = { TALKING }, .actors = { "SERVICE do sleep:2500 bind take:99" },
	  .lives = 5, .depth = 2 },
	{ "log-hung", .setup = { TALKING },
	  .actors = { "SERVICE do bind take:3 sleep:9000 take:99" }, .lives = 12, .depth = 2 },
	{ "log-slow", .setup = { TALKING },
	  .actors = { "SERVICE do bind take:1 sleep:700 take:1 sleep:1100 take:1 sleep:20 "
	  	       "take:99" },
	  .lives = 5, .depth = 2 },
	{ "log-replaced", .setup = { TALKING },
	  .actors = { "SERVICE do bind take:2 rename bind take:3 close sleep:900 unlink "
	  	       "sleep:900 bind take:99" },
	  .lives = 5, .depth = 2 },
	{ "log-stop", .setup = { TALKING }, .actors = { "SERVICE do bind take:2 sleep:60000" },
	  .lives = 2, .depth = 2 },
	LOG_GOES("log-", "bind"),
	{ "log-gone", .setup = { TALKING_MORE }, .actors = { "SERVICE do bind take:2 close" },
	  .lives = 2, .depth = 2 },
	{ "log-restarts", .actors = { "SERVICE do bind take:99", TALKING_SHORT "exit:1" },
	  .lives = 2, .depth = 2 },
	{ "log-restarts-slowly",
	  .actors = { "SERVICE do bind take:99", TALKING_SHORT "sleep:100 exit:1" },
	  .lives = 1, .depth = 2 },
	{ "log-stream", .setup = { TALKING },
	  .actors = { "SERVICE do listen take:2 sleep:3000 take:99", STOP_IT },
	  .lives = 5, .depth = 2 },
	{ "log-stream-replaced", .setup = { TALKING },
	  .actors = { "SERVICE do listen take:2 rename listen take:3 close sleep:900 unlink "
	  	       "sleep:900 bind take:4 close unlink listen take:99" },
	  .lives = 5, .depth = 2 },
	LOG_GOES("log-stream-", "listen"),
	{ "ticklog-set", .setup = { TICKING },
	  .actors = { "SERVICE do sleep:1500 real:3600000 sleep:1200 real:-7200000 sleep:700 "
	  	       "real:300" },
	  BEATS, .lives = 5, .depth = 2 },
	{ "ticklog-suspend", .setup = { TICKING },
	  .actors = { "SERVICE do sleep:1500 suspend:2600 sleep:1000 suspend:3600000" },
	  BEATS, .lives = 4, .depth = 2 },
	{ "ticklog-late", .setup = { TICKING },
	  .actors = { "ticklog -k USR1 -p PID",
	  	       "SERVICE do sleep:1500 stall:700 sleep:1000 stall:3300" },
	  BEATS, .lives = 8, .depth = 2 },
	TICKING_AT("24.8-days", 24.85509, 0), TICKING_AT("49.7-days", 49.71022, 0),
	TICKING_AT("248.5-days", 248.55133, 0),
	TICKING_AT("2038", 0, 2147483645), TICKING_AT("2106", 0, 4294967293),
	AT("24.8-days", 24.85512, 0), AT("49.7-days", 49.71025, 0), AT("248.5-days", 248.5512, 0),
	AT("2038", 0, 2147483645), AT("2106", 0, 4294967293),
	{ NULL }
};

static const struct scenario *current;

enum { MILLISECOND = 1000000 };
enum { PATIENCE = 20 };	/* seconds: 10 for TERM, 5 for KILL, and some */

/* ---- what there is ---- */

/* The program itself, not what it has forked. */
static int is_main(const struct process *p)
{
	return trace_is_service(p) && p->execs;
}

static int mains(void)
{
	int count = 0;

	for (int i = 0; i < run.processes; i++)
		count += is_main(&run.process[i]);
	return count;
}

static int spoilt(void)
{
	for (int i = 0; i < run.families; i++)
		if (run.family[i].is_spoilt)
			return 1;
	return 0;
}

/*
 * Who should not be there any more. What a program has forked only -KK ends, and only a living
 * supervisor.
 */
static const struct process *remaining(void)
{
	const int all = current->final && !strcmp(current->final, STOP_ALL) && !spoilt();

	for (int i = 0; i < run.processes; i++) {
		const struct process *p = &run.process[i];

		if (p->state != DEAD && p->role != STRANGER &&
		    (all || p->role != SERVICE || p->execs))
			return p;
	}
	return NULL;
}

static char *contents(const char *name)
{
	/* -c prints a row for each descriptor of each member: that may be some pages. */
	static char text[1 << 16];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	close(fd);
	if (length == sizeof text - 1)
		die("%s: too long", name);
	text[length > 0 ? length : 0] = 0;
	return text;
}

/* What a command said; a newline ends it. */
static char *said(const struct family *f, const char *where)
{
	char file[] = "xxx.?";

	memcpy(file, where, 3);
	file[4] = f->name;
	return contents(file);
}

/* ---- a command's answer ---- */

static int stops_too(const struct scenario *s)
{
	for (int i = 0; i < 4 && s->actors[i]; i++)
		if (strstr(s->actors[i], " -K"))
			return 1;
	return 0;
}

static void judge_start(struct family *f, int status)
{
	const int again = strstr(f->line, " -O") != NULL;

	if (status == 0 && !f->services && !(again && f->saw_service))
		broken("%c: '%s' says 0, and has started nothing", f->name, f->line);
	else if (status == 0 && strstr(f->line, " stay") && !stops_too(current) && !spoilt() &&
		 !mains())
		broken("%c: '%s' says 0, and nothing runs", f->name, f->line);
	else if (status == 3 && !f->saw_service)
		broken("%c: '%s' says that it is running, and nothing is", f->name, f->line);
	else if (status == 3 && f->services)
		broken("%c: '%s' says 3, and has started one", f->name, f->line);
	else if (status != 0 && status != 3 && !current->may_fail && !spoilt() &&
		 !strstr(f->line, " -t "))
		broken("%c: '%s' fails: %d, %s", f->name, f->line, status, said(f, "err"));
}

/* Whether a -KK has said that something may be left: that is no business of the next. */
static int told_of_rest(void)
{
	int told = 0;

	for (int i = 0; i < run.families; i++)
		told |= run.family[i].is_over && run.family[i].status &&
			strstr(run.family[i].line, " -KK");
	return told;
}

/*
 * Where two time limits were over while others were kept from going on, a -KK is out of time, and
 * says who is still there.
 */
static int names_who_lives(const struct family *f)
{
	static const char still[] = "still running: ";
	const char *at = strstr(said(f, "err"), still);
	const struct process *p = at ? trace_find(atoi(at + sizeof still - 1)) : NULL;

	return run.clocks > 1 && strstr(f->line, " -KK") && p;
}

static void judge_stop(struct family *f, int status)
{
	/*
	 * A supervisor whose pidfile has gone may still bring its lines to the log: it is waited
	 * for at the end. A -KK that signals nobody has found nobody, since the program had ended
	 * before it looked. Without a supervisor only the session is ended.
	 */
	const int all = strstr(f->line, " -KK") && !told_of_rest() && f->signals &&
			!run.box_killed;

	const int unsure = strstr(f->line, " -KK") && strstr(said(f, "err"), "cannot tell what is left");
	const struct process *alive = NULL;

	for (int i = 0; i < f->befores; i++)
		if (f->before[i]->state != DEAD && f->before[i]->role == SERVICE &&
		    (f->before[i]->execs || all || unsure))
			alive = f->before[i];
	if (!status && alive)
		broken("%c: '%s' says 0, and %s lives", f->name, f->line, trace_name(alive));
	if (status && !spoilt() && !(unsure && alive) && !names_who_lives(f))
		broken("%c: '%s' fails: %d, %s", f->name, f->line, status, said(f, "err"));
}

static void judge_status(struct family *f, int status)
{
	const char *text = said(f, "out");
	int pid = 0, known = 0;

	if (status == 4 && spoilt())
		return;
	if (status == 0 && sscanf(text, "running, pid %d", &pid) == 1)
		for (int i = 0; i < run.processes; i++)
			known |= run.process[i].pid == pid && run.process[i].role == SERVICE;
	if (status == 0 && (!f->saw_service || !known))
		broken("%c: '%s' says 0, and nothing runs: %s", f->name, f->line, text);
	else if ((status == 1 || status == 3) && !f->saw_none)
		broken("%c: '%s' says %d, and it runs: %s", f->name, f->line, status, text);
	else if (status != 0 && status != 1 && status != 3)
		broken("%c: '%s' says %d: %s", f->name, f->line, status, said(f, "err"));
}

/* ---- pidof-session ---- */

/* Whether a session is what a command line asks for: by its maker, for a number says little. */
static int is_chosen(const struct family *f, const struct process *session)
{
	const struct family *first = &run.family[0];

	if (!session)
		return 0;
	if (strstr(f->line, " -s SID"))
		return session == first->root;
	if (strstr(f->line, " -s CHILD"))
		return f->has_looked && (session == f->meant ||
					 (!f->meant && session->pid == first->root->pid + 2));
	return !strncmp(session->family->line, "SERVICE", 7);
}

/* A number means the session that has it when the command begins to look, or gets it then. */
void scenario_looks(struct family *f)
{
	f->has_looked = 1;
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].session == &run.process[i] &&
		    run.process[i].pid == run.family[0].root->pid + 2)
			f->meant = &run.process[i];
}

/*
 * Who was in the session when it was asked of him last may be signalled: he may have left it
 * since then, which nobody can prevent. Where there are no pidfds to be had it goes by numbers,
 * and says so.
 */
int scenario_may_signal(const struct process *p, const struct process *to)
{
	const struct family *f = p->family;

	if (p->call == SYS_kill && f->is_spoilt)
		return 1;
	return f->asked[to->pid % ASKED].who == to &&
	       is_chosen(f, f->asked[to->pid % ASKED].session);
}

/* How many live that are in what was chosen; where `since`, in sessions made before it began. */
static int members(const struct family *f, int since)
{
	int count = 0;

	for (int i = 0; i < run.processes; i++) {
		const struct process *p = &run.process[i];

		count += p->state != DEAD && p->family != f && p->role != COMMAND &&
			 is_chosen(f, p->session) && (!since || p->session->joined <= f->from);
	}
	return count;
}

/* Whether a number is, or was while it ran, that of a member. */
static int was_member(const struct family *f, int pid)
{
	for (int i = 0; i < run.processes; i++) {
		const struct process *p = &run.process[i];

		if (p->pid == pid && p->family != f &&
		    (is_chosen(f, p->session) || is_chosen(f, p->left)))
			return 1;
	}
	return 0;
}

/* Each number is a member's, and each member's that was there all the time is printed. */
static void judge_list(struct family *f, int status)
{
	const char *text = said(f, "out");

	for (int i = 0; i < run.processes; i++) {
		const struct process *p = &run.process[i];
		char number[16];

		snprintf(number, sizeof number, "%d", p->pid);
		if (p->state != DEAD && p->family != f && is_chosen(f, p->session) &&
		    p->joined <= f->from && status < 3 && !strstr(text, number))
			broken("%c: '%s' does not name %s: %s", f->name, f->line,
			       trace_name(p), text);
	}
	for (const char *at = text; *at >= '0' && *at <= '9'; at += strspn(at, "0123456789 "))
		if (!was_member(f, atoi(at)))
			broken("%c: '%s' names a stranger: %s", f->name, f->line, text);
}

/* A row a property, of members alone; the status says whether all hold. */
static void judge_check(struct family *f, int status)
{
	const char *text = said(f, "out");
	const int fails = strstr(text, " NO ") != NULL;

	if (status < 3 && *text && status != fails)
		broken("%c: '%s' says %d: %s", f->name, f->line, status, text);
	for (const char *at = text; at && *at; at = strchr(at, '\n'), at += !!at)
		if (!was_member(f, atoi(at)))
			broken("%c: '%s' checks a stranger: %s", f->name, f->line, at);
}

static void judge_session(struct family *f, int status)
{
	const char *why = said(f, "err");
	const int acts = strstr(f->line, " -k ") || strstr(f->line, " -w ");

	if (status == 3 && !f->is_mute &&
	    (!*why || (!f->is_spoilt && !strstr(why, "may be another by now"))))
		broken("%c: '%s' says 3: %s", f->name, f->line, why);
	if (status == 4 && (strstr(f->line, " -k ") ? !f->is_spoilt : !members(f, 0)))
		broken("%c: '%s' says 4, %d live: %s", f->name, f->line, members(f, 0), why);
	if (status == 1 && !f->saw_none && !strstr(f->line, " -c "))
		broken("%c: '%s' says that there is none", f->name, f->line);
	if (status == 0 && acts && members(f, 1))
		broken("%c: '%s' says 0, and %d live", f->name, f->line, members(f, 1));
	if (status == 2 || status > 4)
		broken("%c: '%s' says %d: %s", f->name, f->line, status, why);
	if (strstr(f->line, " -c "))
		judge_check(f, status);
	else if (!acts)
		judge_list(f, status);
}

/* The first actor. */
static const struct family *current_first(void)
{
	int setups = 0;

	while (setups < 4 && current->setup[setups])
		setups++;
	return &run.family[setups];
}

/* Another actor may have ended it. */
static int was_interrupted(const struct family *f)
{
	return current->interrupted && f == current_first() && !f->is_spoilt &&
	       WIFSIGNALED(f->status) && WTERMSIG(f->status) == SIGTERM;
}

/* Whether what a command answered is true: called as soon as it has ended. */
void scenario_over(struct family *f)
{
	static const int limits[] = {
		[START] = 40, [STOP] = 16, [STATUS] = 2, [SIGNAL] = 2, [SESSION] = 16, [OTHER] = 400
	};
	/* what ends by TERM needs no time */
	const int quick = f->kind == STOP && !spoilt() &&
			  !(current->setup[0] && strstr(current->setup[0], " ignore"));
	const int took = (int)((clock_mono - f->begun) / SECOND),
		  limit = quick ? 2 : limits[f->kind];
	const int status = WIFEXITED(f->status) ? WEXITSTATUS(f->status) : -1;

	/* as it was seen from outside, and had nobody kept it from going on */
	if (f == current_first() && !spoilt() && clock_mono - f->came < current->slow * SECOND)
		broken("%c: '%s' took %lld ms, not %d s", f->name, f->line,
		       (clock_mono - f->came) / MILLISECOND, current->slow);
	if (f == current_first() && !spoilt() && current->quick && took > current->quick)
		broken("%c: '%s' took %d s, not %d", f->name, f->line, took, current->quick);
	if (took > limit)
		broken("%c: '%s' took %d s", f->name, f->line, took);
	if (status < 0 && !f->is_spoilt && !was_interrupted(f))
		broken("%c: '%s' ended by signal %d", f->name, f->line, WTERMSIG(f->status));
	if (status < 0)
		return;
	if (f->kind == START)
		judge_start(f, status);
	if (f->kind == STOP)
		judge_stop(f, status);
	if (f->kind == STATUS)
		judge_status(f, status);
	if (f->kind == SESSION) {
		judge_session(f, status);
		return;
	}
	if (f->kind == SIGNAL && status && !f->saw_none && !spoilt())
		broken("%c: '%s' fails: %d, %s", f->name, f->line, status, said(f, "err"));
	if (status && !f->is_mute && !*said(f, f->kind == STATUS && status != 4 ? "out" : "err"))
		broken("%c: '%s' says %d, and not why", f->name, f->line, status);
}

/* ---- ticklog ---- */

/*
 * What its timer said, and what the log heard of that. That the count of beats and of those that
 * are missed comes to what the timer said, at each instant at which all wait, is what is promised.
 */
static struct {
	const struct process *of;
	long long first, every;			/* of the boot's clock */
	unsigned long long times, missed;	/* that it has run out; ... but for each last */
	int pending;				/* it has been read, and no line has come of that */
	unsigned long long skipped;		/* of the one read last */
	long long due, read;
	unsigned long lines, late, said_missed;
	long long moved;			/* nanoseconds that the clock moved, as it said */
	unsigned asked;				/* lines that nothing but a signal accounts for */
} ticks;

static int log_fd = -1;

static long long boot_now(void)
{
	return clock_mono + clock_suspended;
}

void scenario_beats(const struct process *p, long long first, long long every)
{
	if (first == NEVER)
		return;
	memset(&ticks, 0, sizeof ticks);
	ticks.of = p;
	ticks.first = first;
	ticks.every = every;
}

void scenario_beat(const struct process *p, unsigned long long times, long long due)
{
	if (p != ticks.of)
		return;
	if (ticks.pending && !spoilt())
		broken("ticklog: no line of beat %lu", ticks.lines + 1);
	ticks.pending = 1;
	ticks.times += times;
	ticks.missed += times - 1;
	ticks.skipped = times - 1;
	ticks.due = due;
	ticks.read = boot_now();
}

static long long seconds_behind(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	if (!at)
		return 0;
	at += strlen(word);
	return (long long)(strtod(at, NULL) * 1000 + (*at == '-' ? -0.5 : 0.5)) * MILLISECOND;
}

static int is_near(long long a, long long b)
{
	return a - b < 10 * MILLISECOND && b - a < 10 * MILLISECOND;
}

/* Whether the wall clock has ever been ahead by so much of what it was at first. */
static int was_set_by(long long by)
{
	for (int i = 0; i <= clock_sets; i++)
		if (is_near(clock_set[i], by))
			return 1;
	return 0;
}

static void judge_late(const char *line)
{
	const long long fine = ticks.every / 10 > 100 * MILLISECOND ? ticks.every / 10 :
								       100 * MILLISECOND,
			late = seconds_behind(line, " late ");

	ticks.late += late != 0;
	if (!ticks.pending && late)
		broken("ticklog: late without a reason: %s", line);
	else if (ticks.pending && !late && ticks.read - ticks.due > fine + MILLISECOND)
		broken("ticklog: %lld ms late, and it does not say so: %s",
		       (ticks.read - ticks.due) / MILLISECOND, line);
	else if (late && (late < ticks.read - ticks.due - MILLISECOND ||
			  late > boot_now() - ticks.due + MILLISECOND))
		broken("ticklog: %lld ms late, and it says %s",
		       (ticks.read - ticks.due) / MILLISECOND, line);
}

/* Since when a line may be: whoever has read the clock may be kept from saying so. */
static long long said_since(void)
{
	return ticks.pending ? ticks.read : ticks.of->looked;
}

static void judge_times(const char *line)
{
	const char *up = strstr(line, ", up ");
	unsigned long long days = 0, hours, minutes, seconds;

	up = up ? up + 5 : "";
	if (strstr(up, "d "))
		days = strtoull(up, (char **)&up, 10), up += 2;
	if (sscanf(up, "%llu:%llu:%llu", &hours, &minutes, &seconds) != 3)
		broken("ticklog: how long is it up? %s", line);
	seconds += minutes * 60 + hours * 3600 + days * 86400;
	if ((long long)seconds > boot_now() / SECOND ||
	    (long long)seconds < said_since() / SECOND)
		broken("ticklog: up for %lld s, and it says %s", boot_now() / SECOND, line);
}

/* The date is that of now, or of before the clock was set last. */
static void judge_date(const char *line)
{
	struct tm date;
	const char *at = strchr(strstr(line, "tick "), ':');
	long long said, since;

	memset(&date, 0, sizeof date);
	if (!at || !strptime(at + 2, "%a %b %d %H:%M:%S %Y", &date)) {
		broken("ticklog: what date? %s", line);
		return;
	}
	said = timegm(&date);
	since = (boot_now() - said_since()) / SECOND;
	for (int i = 0; i <= clock_sets; i++) {
		const long long then =
			(clock_real - clock_set[clock_sets] + clock_set[i]) / SECOND;

		if (said <= then && said >= then - 1 - since)
			return;
	}
	broken("ticklog: at %lld s it says %s", clock_real / SECOND, line);
}

static void judge_tick(const char *line)
{
	const unsigned long number = strtoul(strstr(line, "tick ") + 5, NULL, 10);
	static unsigned long before;
	const long long step = seconds_behind(line, " clock moved ");
	const unsigned long missed = strstr(line, " missed ") ?
					     strtoul(strstr(line, " missed ") + 8, NULL, 10) : 0;

	/* where a call failed it may have waited; what is lost is counted */
	if (!ticks.lines++)
		before = 0;
	if (spoilt() && number > before) {
		before = number;
		ticks.pending = 0;
		return;
	}
	if (number != ticks.lines)
		broken("ticklog: line %lu is %s", ticks.lines, line);
	judge_late(line);
	judge_times(line);
	judge_date(line);
	if (missed != (ticks.pending ? ticks.skipped : 0))
		broken("ticklog: %llu are missed, and it says %s", ticks.skipped, line);
	ticks.said_missed += missed;
	ticks.moved += step;
	if (step && !was_set_by(ticks.moved))
		broken("ticklog: the clock was set by no such sum: %s", line);
	ticks.asked += !ticks.pending && !step;
	ticks.pending = 0;
}

/* The last line: what was counted is what there was. */
static void judge_last(const char *line)
{
	unsigned long beats, late, missed, lost;

	if (sscanf(strstr(line, "ended by"),
		   "ended by signal %*[A-Z]: %lu beats, %lu late, %lu missed, %lu lost",
		   &beats, &late, &missed, &lost) != 4)
		broken("ticklog: what end? %s", line);
	else if (beats != ticks.lines + lost || (!spoilt() && late != ticks.late) ||
		 (!spoilt() && missed != ticks.missed))
		broken("ticklog: %lu lines, %lu late, %llu missed, and at the end it says %s",
		       ticks.lines, ticks.late, ticks.missed, line);
}

/* Everybody waits: nothing is left to be said. */
void scenario_idle(void)
{
	if (!ticks.of || ticks.of->state == DEAD || spoilt() || log_fd < 0 || *run.broken)
		return;
	if (ticks.pending)
		broken("ticklog: no line of beat %lu", ticks.lines + 1);
	else if (boot_now() >= ticks.first &&
		 (unsigned long long)((boot_now() - ticks.first) / ticks.every) + 1 != ticks.times)
		broken("ticklog: %llu beats and missed ones in %lld ms", ticks.times,
		       (boot_now() - ticks.first) / MILLISECOND);
	else if (!is_near(ticks.moved, clock_set[clock_sets]))
		broken("ticklog: the clock was set by %lld ms, and it has said %lld",
		       clock_set[clock_sets] / MILLISECOND, ticks.moved / MILLISECOND);
}

/* ---- lines of programs ---- */

/* What each that wrote lines wrote of them, and how many of these a log has taken. */
static struct {
	struct voice { int pid; unsigned wrote, logged, last; } of[16];
	int voices;
	unsigned long lost;	/* that are counted */
} lines;

static struct voice *voice_of(int pid)
{
	int i = 0;

	while (i < lines.voices && lines.of[i].pid != pid)
		i++;
	if (i == 16)
		die("more than 16 that write");
	if (i == lines.voices) {
		lines.voices++;
		memset(&lines.of[i], 0, sizeof *lines.of);
		lines.of[i].pid = pid;
	}
	return &lines.of[i];
}

void scenario_wrote(const struct process *p, const char *text)
{
	for (; (text = strstr(text, "line ")); text++)
		voice_of(p->pid)->wrote++;
}

/* Whose a line is said to be. */
static int number_before(const char *text, const char *end)
{
	while (end > text && end[-1] != '[')
		end--;
	return atoi(end);
}

/* "started again, pid N": one that there was, though it may have ended at its exec. */
static void judge_again(const char *line, int by)
{
	int pid;

	if (sscanf(line, "started again, pid %d", &pid) != 1)
		return;
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].pid == pid && pid == by &&
		    (run.process[i].role == SERVICE || run.process[i].role == BOX))
			return;
	broken("%d says: %.40s", by, line);
}

/* In the order in which they were written, each once, and by whom. */
void scenario_logged(const char *text)
{
	const char *line = strstr(text, "]: "), *lost = strstr(text, " messages lost");
	const int by = line ? number_before(text, line) : 0;
	int pid;
	unsigned number;
	struct voice *v;

	if (*text != '<')
		return;
	if (run.verbose)
		fprintf(stderr, "%5u said %.60s\n", run.step, text);
	if (lost) {
		while (lost > text && lost[-1] >= '0' && lost[-1] <= '9')
			lost--;
		lines.lost += strtoul(lost, NULL, 10);
	}
	/* not what quotes it; when it was said stands before it, where it has waited */
	if (line && line[3] == '(' && strchr(line, ')'))
		line = strchr(line, ')') - 1;
	if (line)
		judge_again(line + 3, by);
	if (!line || sscanf(line + 3, "line %d %u", &pid, &number) != 2)
		return;
	if (pid != by)
		broken("line %u of %d is said to be of %d", number, pid, by);
	v = voice_of(pid);
	if (number <= v->last)
		broken("line %u of %d comes behind line %u", number, pid, v->last);
	v->last = number;
	v->logged++;
}

/* Each line was taken by the log, or is counted; a supervisor that was killed can do neither. */
static void judge_lines(void)
{
	unsigned long wrote = 0, logged = 0;

	if (run.box_killed)
		return;
	for (int i = 0; i < lines.voices; i++) {
		wrote += lines.of[i].wrote;
		logged += lines.of[i].logged;
	}
	if (wrote > logged + lines.lost)
		broken("%lu lines were written, %lu logged, and %lu are counted as lost", wrote,
		       logged, lines.lost);
}

/* ---- the log ---- */

static void open_log(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
	unlink(address.sun_path);
	if (!current->logs)
		return;
	log_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log_fd < 0 || bind(log_fd, (struct sockaddr *)&address, sizeof address))
		die("/dev/log: %m");
}

static void read_log(void)
{
	char line[1200];
	ssize_t length;

	while (log_fd >= 0 && (length = recv(log_fd, line, sizeof line - 1, 0)) >= 0) {
		line[length] = 0;
		if (run.verbose)
			fprintf(stderr, "%5u log  %s\n", run.step, line);
		if (strstr(line, " tick "))
			judge_tick(line);
		else if (strstr(line, "]: ended by"))
			judge_last(line);
	}
}

/* ---- at each step ---- */

void scenario_watch(void)
{
	const int count = mains();

	read_log();
	if (count > 1)
		broken("%d services run", count);
	for (int i = 0; i < run.families; i++) {
		struct family *f = &run.family[i];

		if (f->root->state == DEAD && f->is_over == 2)
			continue;
		f->saw_service |= count > 0;
		f->saw_none |= f->kind == SESSION ? !members(f, 0) : !count;
		if (f->is_over == 1) {
			f->is_over = 2;
			scenario_over(f);
		}
	}
}

/* ---- before and behind ---- */

static struct family *command(const char *line)
{
	struct process *before[8];
	int befores = 0;
	struct family *f;

	for (int i = 0; i < run.processes && befores < 8; i++) {
		struct process *p = &run.process[i];

		if (p->state != DEAD && (p->role == BOX || p->role == SERVICE) &&
		    p->family->is_over)
			before[befores++] = p;
	}
	f = trace_start(line);
	if (*run.broken)
		return f;
	memcpy(f->before, before, sizeof before);
	f->befores = befores;
	scenario_watch();
	return f;
}

static int finished(const char *line)
{
	struct family *f = command(line);

	run_until(f);
	return f->is_over && WIFEXITED(f->status) ? WEXITSTATUS(f->status) : -1;
}

/* A stranger gets the number of the program, which has ended, in another tick. */
static void recycle(void)
{
	pid_t pid = 0;

	run_for(1);
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].role == SERVICE)
			pid = run.process[i].pid;
	trace_next_pid(pid);
	if (trace_start("SERVICE stay")->root->pid != pid)
		die("no process %d can be made", pid);
}

void scenario_begin(const struct scenario *s)
{
	current = s;
	memset(&ticks, 0, sizeof ticks);
	memset(&lines, 0, sizeof lines);
	open_log();
	for (int i = 0; i < 4 && s->setup[i]; i++)
		if (finished(s->setup[i]))
			broken("before it: '%s' fails: %s", s->setup[i],
			       said(&run.family[run.families - 1], "err"));
	if (s->recycled)
		recycle();
	for (int i = 0; i < 4 && s->actors[i]; i++) {
		struct family *f = command(s->actors[i]);

		if (!i)
			run.current = f->root;
	}
}

/* Nothing lives, and there is no file. */
static void nothing_left(const char *when)
{
	const struct process *p;
	DIR *folder;
	struct dirent *entry;

	run_until(NULL);
	/*
	 * A supervisor whose -KK was killed ends what is left, and one whose log had no room brings
	 * it what it has to say, though nobody waits for either.
	 */
	if (spoilt() && remaining())
		run_for(PATIENCE);
	p = remaining();
	if (p)
		broken("%s is left %s, in %s", trace_name(p), when, trace_call_name(p->call));
	folder = opendir(".");
	while (folder && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, "pid", 3))
			broken("%s is left %s", entry->d_name, when);
	if (folder)
		closedir(folder);
}

static int supervisors(void)
{
	int count = 0;

	for (int i = 0; i < run.processes; i++)
		count += run.process[i].state != DEAD && run.process[i].role == BOX;
	return count;
}

/* A start that failed, because a call did or it was interrupted, runs nothing. */
static void failed_have_ended(void)
{
	for (int i = 0; i < run.families; i++) {
		const struct family *f = &run.family[i];

		if (f->kind != START || !((WIFEXITED(f->status) && WEXITSTATUS(f->status)) ||
					  was_interrupted(f)))
			continue;
		/* it could not be ended, and that is said */
		if (spoilt() && strstr(said(f, "err"), "may still run"))
			continue;
		for (int j = 0; j < run.processes; j++)
			if (run.process[j].family == f && run.process[j].state != DEAD)
				broken("%c: '%s' failed, and %s lives: %s", f->name, f->line,
				       trace_name(&run.process[j]), said(f, "err"));
	}
}

/* How often the program was executed in some seconds. */
static void started_again(const struct scenario *s)
{
	const struct family *f = &run.family[0];

	run_for(s->seconds);
	if (!spoilt() && (f->services < s->least || f->services > s->most))
		broken("%s: executed %d times in %d s", f->line, f->services, s->seconds);
}

/* Of ticklog: by USR1 alone there is one line a signal; it is stopped, and nothing is left. */
static void ticking_ends(const struct scenario *s)
{
	unsigned asked = 0;
	int status;

	for (int i = 0; i < run.families; i++)
		asked += run.family[i].kind == SIGNAL;
	if (ticks.asked > asked)
		broken("ticklog: %u lines without a reason", ticks.asked);
	status = finished(s->final);
	if (status)
		broken("the last stop: %d, %s", status,
		       said(&run.family[run.families - 1], "err"));
	nothing_left("behind the last stop");
}

void scenario_end(const struct scenario *s)
{
	int status;

	if (*run.broken || (s->bare && !s->final))
		return;
	if (s->bare) {
		ticking_ends(s);
		return;
	}
	failed_have_ended();
	if (s->seconds)
		started_again(s);
	finished("daemonize -Q -p PID");
	/* Where nothing runs the next start has to do with whatever has been left. */
	if (!*run.broken && !mains()) {
		status = finished("daemonize -t 1 -p PID SERVICE stay");
		if (status != 0 && status != 3 && !supervisors())
			broken("the next start: %d, %s", status,
			       said(&run.family[run.families - 1], "err"));
	}
	status = finished(s->final ? s->final : "daemonize -K -p PID");
	if (status)
		broken("the last stop: %d, %s", status, said(&run.family[run.families - 1], "err"));
	nothing_left("behind the last stop");
	judge_lines();
	/* No process and no file: what is started next finds what was there before the first. */
}
