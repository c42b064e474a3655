// SPDX-License-Identifier: 0BSD
/* What is run by every schedule, and what has to hold whatever the schedule. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

const struct scenario scenarios[] = {
	{ "two-starts", .actors = { START_IT, START_IT }, .depth = 2 },
	{ "two-starts-supervised", .actors = { SUPERVISED, SUPERVISED }, .depth = 2 },
	{ "two-starts-already", .actors = { START_IT, "daemonize -O -p PID SERVICE stay" }, .depth = 2 },
	{ "start-stop", .actors = { START_IT, STOP_IT }, .depth = 2, .may_fail = 1 },
	{ "start-stop-supervised", .actors = { SUPERVISED, STOP_IT }, .depth = 2, .may_fail = 1 },
	{ "stop-start", .setup = { START_IT }, .actors = { STOP_IT, START_IT }, .depth = 2 },
	{ "two-stops", .setup = { START_IT }, .actors = { STOP_IT, STOP_IT }, .depth = 2 },
	{ "two-stops-supervised", .setup = { SUPERVISED }, .actors = { STOP_IT, STOP_IT }, .depth = 2 },
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
	{ "stop-all-fleeing", .setup = { "daemonize -r -p PID SERVICE flee 12" }, .actors = { STOP_ALL, ASK },
	  .final = STOP_ALL, .depth = 1 },
	{ "stop-all-ending", .setup = { LEAVING }, .actors = { "daemonize -k USR1 -p PID", STOP_ALL },
	  .depth = 1, .may_fail = 1 },
	{ "recycled-stop", .setup = { "daemonize -p PID SERVICE end 0" }, .actors = { STOP_IT, ASK }, .recycled = 1,
	  .depth = 2 },
	{ "recycled-start", .setup = { "daemonize -p PID SERVICE end 0" },
	  .actors = { START_IT, STOP_IT }, .recycled = 1, .depth = 1, .may_fail = 1 },
	{ "hostile-stop", .setup = { HOSTILE }, .actors = { STOP_IT, ASK }, .depth = 2 },
	{ "hostile-start", .setup = { HOSTILE }, .actors = { START_IT, ASK }, .depth = 2 },
	{ "hostile-supervised", .setup = { HOSTILE_SUPERVISED }, .actors = { STOP_IT, START_IT }, .depth = 1 },
	{ "session-kill", .actors = { "SERVICE do spawn fork fork stay", "pidof-session -k KILL -w 3 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-term", .actors = { "SERVICE do spawn fork setsid stay", "pidof-session -k TERM -w 3 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-name",
	  .actors = { "SERVICE do spawn fork ignore stay", "pidof-session -k TERM -w 2 service", "OTHER do fork setsid spawn stay" },
	  .depth = 2, .bare = 1 },
	{ "session-show", .actors = { "SERVICE do spawn fork setsid fork stay", "pidof-session service" },
	  .depth = 3, .bare = 1 },
	{ "session-check", .actors = { "SERVICE do spawn fork fork exit:0", "pidof-session -c -s SID" },
	  .depth = 2, .bare = 1 },
	{ "session-wait", .actors = { "SERVICE do fork fork sleep:1000 fork exit:0", "pidof-session -w 5 -s SID" },
	  .depth = 3, .bare = 1 },
	{ "session-reused", .actors = { "OTHER do reuse", "pidof-session -k TERM -w 3 -s CHILD" },
	  .depth = 3, .bare = 1 },
	AT("24.8-days", 24.85512, 0), AT("49.7-days", 49.71025, 0), AT("248.5-days", 248.5512, 0),
	AT("2038", 0, 2147483645), AT("2106", 0, 4294967293),
	{ NULL }
};

static const struct scenario *current;

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
	static char text[2048];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	close(fd);
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
	if (status && !spoilt() && !(unsure && alive))
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
		return session->family == first && session->number == 2;
	return !strncmp(session->family->line, "SERVICE", 7);
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
			broken("%c: '%s' does not name %s: %s", f->name, f->line, trace_name(p), text);
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

	if (status == 3 && (!*why || (!f->is_spoilt && !strstr(why, "may be another by now"))))
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

	if (took > limit)
		broken("%c: '%s' took %d s", f->name, f->line, took);
	if (status < 0 && !f->is_spoilt)
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

/* ---- at each step ---- */

void scenario_watch(void)
{
	const int count = mains();

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

/* A start that failed, because a call did, runs nothing. */
static void failed_have_ended(void)
{
	for (int i = 0; i < run.families; i++) {
		const struct family *f = &run.family[i];

		if (f->kind != START || !WIFEXITED(f->status) || !WEXITSTATUS(f->status))
			continue;
		for (int j = 0; j < run.processes; j++)
			if (run.process[j].family == f && run.process[j].state != DEAD)
				broken("%c: '%s' failed, and %s lives", f->name, f->line,
				       trace_name(&run.process[j]));
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

void scenario_end(const struct scenario *s)
{
	int status;

	if (*run.broken || s->bare)
		return;
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
	/* No process and no file: what is started next finds what was there before the first. */
}
