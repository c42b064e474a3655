// SPDX-License-Identifier: 0BSD
/*
 * explore [OPTION]... BOX SERVICE: drives the real program through all schedules of few switches.
 *
 *   -d N      how many switches (2, or what a scenario says)
 *   -s SECS   at most so long in all; what there is no time for is drawn by the seed
 *   -S SEED   (1)
 *   -o NAME   this scenario alone; repeatable
 *   -n WORD   none whose name begins so; repeatable
 *   -j N      so many at a time (1)
 *   -k, -f    no kills, no calls that fail
 *   -F N      of those of a failing call and a switch, so many in all, drawn by the seed
 *   -x        ends with the first broken run
 *   -r "NAME DECISION..."   this run alone, told call by call
 *   -l        the names of the scenarios
 *
 * What it does
 *
 * A scenario is some command lines that run at once. Each process of theirs is traced
 * (ptrace), and rests before its next system call until it is told to go on; exactly one is
 * told so at a time, and goes on to its next call. What waits in a call is seen by its state
 * (S in /proc/PID/stat), since all that could wake it stands still. So a run is a sequence
 * of steps, and the same choices make the same run again: process numbers begin anew
 * in a pid namespace of its own, and time is the explorer's (clock.c).
 *
 * By default whoever went last goes on until it waits or ends, then another of
 * its command line, then the others. A decision departs from that at one step:
 *
 *   STEP:WHO        WHO goes on instead. b2 is the second process of the second command line
 *   STEP:clock      the next time limit is over first, and whoever has it goes on
 *   STEP:WHO!       WHO is killed, in place of its call if it was about to make one
 *   STEP:WHO=ERRNO  its call fails
 *
 * All runs of one decision are made, then those of two: two switches, a kill and a
 * switch, a failing call and a switch. A switch costs one even where somebody waits, so that
 * the number of runs is finite and known: with n steps and few processes about n and n*n/2
 * (Emmi, Qadeer, Rakamaric: Delay-bounded scheduling, 2011; most errors need few). Before
 * calls that nobody else notices there are no switches (is_local in trace.c), which takes
 * nothing away. Who waits in rounds, and finds the same each time, has decisions in two of them
 * (is_round_again). Nobody is killed behind a call of which only he himself knows, since he is before it
 * (is_as_dead). A run is known by its decisions, and a broken one prints a line that replays it.
 *
 * A stranger's processes (service do ...) set the wall clock, suspend the machine or keep it
 * busy by calls that are answered here and never made (set_clock in clock.c), so that when that happens
 * is a matter of the schedule too. timerfd is answered likewise.
 *
 * What must hold is in scenario.c: at each step, of each command's answer, and at the end.
 *
 * Not seen: what two processors do within one call of the kernel, and what happens between
 * the last steps of a process's end (its descriptors are closed, its children moved, its
 * parent told, in one step here).
 *
 * Needs x86-64, root for namespaces, and one CPU, to which it binds itself.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../helpers/calls.h"
#include "explore.h"

enum { STEPS_MOST = 40000, CHOICES_MOST = 600, ROUND_MOST = 16, SECONDS_MOST = 400, RUN_SECONDS = 60 };

char room[64] = "/tmp/explore.XXXXXX";
const char *box, *service;

static const char *wanted[64], *unwanted[8];
static int wanteds, unwanteds, depth, jobs = 1, no_kills, no_failures, first_only, worker;
static unsigned long seed = 1;
static double seconds;
static long failures_most = -1;	/* -F; below 0: all */

void broken(const char *text, ...)
{
	va_list more;

	if (*run.broken)
		return;
	va_start(more, text);
	vsnprintf(run.broken, sizeof run.broken, text, more);
	va_end(more);
	for (char *at = run.broken; *at; at++)
		if (*at == '\n')
			*at = ' ';
}

void die(const char *text, ...)
{
	va_list more;

	va_start(more, text);
	fprintf(stderr, "explore: ");
	vfprintf(stderr, text, more);
	fprintf(stderr, "\n");
	exit(99);
}

/* ---- decisions as text ---- */

static void show_decision(const struct decision *d, char *text, size_t size)
{
	if (d->kind == CLOCK)
		snprintf(text, size, "%u:clock", d->step);
	else if (d->kind == FAIL)
		snprintf(text, size, "%u:%c%u=%u", d->step, d->family, d->number, d->error);
	else
		snprintf(text, size, "%u:%c%u%s", d->step, d->family, d->number,
			 d->kind == DIE ? "!" : "");
}

static const char *show(const struct schedule *s)
{
	static char text[256];
	size_t length = 0;

	*text = 0;
	for (unsigned i = 0; i < s->decisions; i++) {
		char one[64];

		show_decision(&s->at[i], one, sizeof one);
		length += (size_t)snprintf(text + length, sizeof text - length, " %s", one);
	}
	return text;
}

static int read_decision(const char *text, struct decision *d)
{
	unsigned step, number, error;
	char family, end = 0;

	memset(d, 0, sizeof *d);
	if (sscanf(text, "%u:%c%u=%u", &step, &family, &number, &error) == 4) {
		d->kind = FAIL;
		d->error = (uint8_t)error;
	} else if (sscanf(text, "%u:%c%u%c", &step, &family, &number, &end) >= 3) {
		d->kind = end == '!' ? DIE : SWITCH;
	} else if (sscanf(text, "%u:cloc%c", &step, &end) == 2) {
		d->kind = CLOCK;
		family = 0;
		number = 0;
	} else {
		return 0;
	}
	d->step = (uint16_t)step;
	d->family = (uint8_t)family;
	d->number = (uint8_t)number;
	return 1;
}

/* ---- what is to be run ---- */

/* By what kinds of decisions a schedule has. The order is that in which they are run. */
enum phase {
	BASE,
	SWITCHES_1,
	KILLS,
	FAILURES,
	SWITCHES_2,
	KILL_SWITCH,
	FAILURE_SWITCH,
	SWITCHES_3,
	PHASES
};

static const char *const phase_names[] = {
	"default",	 "1 switch",	     "kills",	   "failures", "2 switches",
	"kill + switch", "failure + switch", "3 switches",
};

struct list {
	struct schedule *of;
	size_t count, room;
};

static struct list lists[PHASES];

static enum phase phase_of(const struct schedule *s)
{
	int switches = 0, kills = 0, failures = 0;

	for (unsigned i = 0; i < s->decisions; i++) {
		switches += s->at[i].kind == SWITCH || s->at[i].kind == CLOCK;
		kills += s->at[i].kind == DIE;
		failures += s->at[i].kind == FAIL;
	}
	if (kills)
		return kills == 1 && !failures && switches <= 1 ? (switches ? KILL_SWITCH : KILLS) :
								  PHASES;
	if (failures)
		return failures == 1 && switches <= 1 ? (switches ? FAILURE_SWITCH : FAILURES) :
							PHASES;
	return switches == 0 ? BASE : switches == 1 ? SWITCHES_1 : switches == 2 ? SWITCHES_2 :
	       switches == 3 ? SWITCHES_3 : PHASES;
}

static int most_switches;

static void push(const struct schedule *s)
{
	const enum phase phase = phase_of(s);
	struct list *l = &lists[phase];

	if (phase == PHASES || (phase == SWITCHES_2 && most_switches < 2) ||
	    (phase == SWITCHES_3 && most_switches < 3))
		return;
	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		l->of = realloc(l->of, l->room * sizeof *l->of);
		if (!l->of)
			die("no memory");
	}
	l->of[l->count++] = *s;
}

static void extend(const struct schedule *s, enum decision_kind kind, const struct process *p,
		   int error)
{
	struct schedule more = *s;
	struct decision *d;

	if (more.decisions == MOST_DECISIONS || run.step > 0xffff || (p && p->number > 0xff))
		return;
	d = &more.at[more.decisions++];
	d->step = (uint16_t)run.step;
	d->kind = (uint8_t)kind;
	d->family = p ? (uint8_t)p->family->name : 0;
	d->number = p ? (uint8_t)p->number : 0;
	d->error = (uint8_t)error;
	push(&more);
}

/* ---- one run ---- */

static const struct schedule *schedule;
static unsigned at_decision, choices;
static int recording, exploring;
static unsigned long diverged;
static const char *running;

/* Who goes on unless a decision says otherwise. */
static struct process *next_by_default(void)
{
	struct process *p = run.current, *other = NULL;
	const int from = p ? (int)(p - run.process) : 0;

	if (p && p->state == ENTRY)
		return p;
	for (int i = 1; i <= run.processes; i++) {
		struct process *q = &run.process[(from + i) % run.processes];

		if (q->state != ENTRY)
			continue;
		if (!p || q->family == p->family)
			return q;
		if (!other)
			other = q;
	}
	return other;
}

static int commands_are_over(const struct family *f)
{
	if (f)
		return f->is_over;
	for (int i = 0; i < run.families; i++)
		if (!run.family[i].is_over)
			return 0;
	return 1;
}

/* Whether its descriptor may answer a read by EAGAIN. */
static int may_be_empty(const struct process *p)
{
	char path[64], text[256], *at;
	unsigned flags = 0;
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%lu", p->pid, p->args[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	close(fd);
	text[length > 0 ? length : 0] = 0;
	at = strstr(text, "flags:");
	return at && sscanf(at, "flags: %o", &flags) == 1 && flags & O_NONBLOCK;
}

/* Whether it is a pipe, a read of which has no I/O that could fail: pipe(7), fs/pipe.c. */
static int is_pipe(const struct process *p)
{
	char path[64], text[16];

	snprintf(path, sizeof path, "/proc/%d/fd/%lu", p->pid, p->args[0]);
	return readlink(path, text, sizeof text) > 5 && !memcmp(text, "pipe:", 5);
}

/* Whether a call can fail so, as far as that is told by its descriptor. */
static int may_fail(const struct process *p, int error)
{
	if (p->call != SYS_read)
		return 1;
	return error == EAGAIN ? may_be_empty(p) : error != EIO || !is_pipe(p);
}

static void record_failures(const struct process *next)
{
	for (int i = 0; i < CALLS; i++)
		for (int j = 0; calls[i].number == next->call && j < MOST && calls[i].errors[j];
		     j++)
			if (may_fail(next, calls[i].errors[j]))
				extend(schedule, FAIL, next, calls[i].errors[j]);
}

/* What who goes on alone has done since another did: a call, and the result of the one before. */
static struct {
	const struct process *who;
	struct step {
		long call, result;
		unsigned long fd;
		long long at;
	} last[3 * ROUND_MOST];		/* the latest first */
	unsigned count;
} alone;

/* Whether the last 3 * `n` steps are three times the same, each a time limit later. */
static int is_third_round(unsigned n)
{
	const struct step *a = alone.last;

	if (alone.count < 3 * n)
		return 0;
	for (unsigned i = 0; i < 2 * n; i++)
		if (a[i].call != a[i + n].call || a[i].result != a[i + n].result ||
		    a[i].fd != a[i + n].fd || a[i].at <= a[i + n].at)
			return 0;
	return 1;
}

/*
 * Whether `next` waits in rounds: nobody else moves, a time limit is over, it looks, finds
 * what it has found twice, and waits again. Only the time is another then, and a decision in
 * such a round is one in the first two.
 */
static int is_round_again(const struct process *next)
{
	if (alone.who != next)
		alone.count = 0;
	alone.who = next;
	memmove(alone.last + 1, alone.last, sizeof alone.last - sizeof *alone.last);
	alone.last[0] = (struct step){ next->call, next->result, next->args[0], clock_mono };
	if (alone.count < 3 * ROUND_MOST)
		alone.count++;
	for (unsigned n = 1; n <= ROUND_MOST; n++)
		if (is_third_round(n))
			return 1;
	return 0;
}

/* The step before this one: who went on, and what that means for who is killed behind it. */
static struct {
	const struct process *who;	/* NULL: it is not known, or time has passed */
	int changes, minds_deaths;
} last;

static void note_last(const struct process *next)
{
	last.who = next;
	last.changes = trace_changes(next);
	last.minds_deaths = trace_minds_deaths(next);
}

/*
 * Whether all is as it would be had it been killed a step earlier: since then it has made a call that
 * changed nothing for others, or another one that has nothing to do with who lives.
 */
static int is_as_dead(struct process *p)
{
	const int was_thought_of = p->mortal == run.step;

	p->mortal = run.step + 1;
	return was_thought_of && last.who && !(last.who == p ? last.changes : last.minds_deaths);
}

static void record(struct process *next)
{
	if (!recording || at_decision < schedule->decisions || is_round_again(next) ||
	    choices++ > CHOICES_MOST)
		return;
	for (int i = 0; i < run.processes; i++) {
		struct process *q = &run.process[i];

		if (q->state == ENTRY && q != next)
			extend(schedule, SWITCH, q, 0);
	}
	if (clock_next() != NEVER)
		extend(schedule, CLOCK, NULL, 0);
	if (!no_kills && next->role != STRANGER && !is_as_dead(next))
		extend(schedule, DIE, next, 0);
	/* Who waits can be killed as well; where that is all that happens, or comes first. */
	for (int i = 0; i < run.processes && !no_kills && !schedule->decisions; i++)
		if (run.process[i].state == CALL && run.process[i].role != STRANGER && !is_as_dead(&run.process[i]))
			extend(schedule, DIE, &run.process[i], 0);
	if (!no_failures && (next->role == COMMAND || next->role == BOX))
		record_failures(next);
	note_last(next);
}

/* The next time limit is over; who had it goes on. Returns whether there was one. */
static int pass_time(void)
{
	const long long next = clock_next();
	struct process *first = NULL;

	if (next == NEVER)
		return 0;
	for (int i = 0; i < run.processes && !first; i++)
		if (run.process[i].state == CALL && run.process[i].limit == next)
			first = &run.process[i];
	if (run.verbose)
		fprintf(stderr, "%5u clock +%lld ms\n", run.step, (next - clock_mono) / 1000000);
	clock_jump(next);
	run.current = first;
	last.who = NULL;
	return 1;
}

/* Carries out a decision. Returns 1 where somebody still has to make a step. */
static int decide(const struct decision *d, struct process **next)
{
	struct process *p = NULL;

	for (int i = 0; i < run.processes; i++)
		if (run.process[i].family->name == d->family && run.process[i].number == d->number)
			p = &run.process[i];
	at_decision++;
	if (d->kind == CLOCK) {
		const long long before = clock_mono;

		if (pass_time()) {
			run.clocks++;
			/* time in which they were kept from going on does not count as theirs */
			for (int i = 0; i < run.families; i++)
				run.family[i].begun += clock_mono - before;
			return 0;
		}
	}
	if (d->kind == CLOCK || !p || p->state == DEAD || (d->kind != DIE && p->state != ENTRY)) {
		diverged++;
		return 1;
	}
	if (d->kind == DIE) {
		trace_kill(p);
		return 0;
	}
	*next = p;
	if (d->kind == FAIL) {
		p->error = d->error;
		p->family->is_spoilt = 1;
		if (run.verbose)
			fprintf(stderr, "%5u %-4s fails by %d: %s\n", run.step, trace_name(p),
				d->error, strerror(d->error));
	}
	return 1;
}

static long long lives_until;

/* Until a command is over; NULL: until all are, and nobody can go on but by the clock. */
void run_until(struct family *f)
{
	const long long latest = clock_mono + SECONDS_MOST * SECOND;
	unsigned steps = 0;

	while (!*run.broken) {
		struct process *next = next_by_default();
		int goes = 1;

		if (commands_are_over(f) && (f || (!next && clock_next() > lives_until)))
			break;
		if (!next)
			scenario_idle();
		if (!next && !pass_time()) {
			broken("hangs: all wait, and there is no time limit");
			break;
		}
		if (!next) {
			if (clock_mono > latest)
				broken("no end in %d s", SECONDS_MOST);
			continue;
		}
		if (++steps > STEPS_MOST) {
			broken("no end in %d steps", STEPS_MOST);
			break;
		}
		if (exploring) {
			record(next);
			if (at_decision < schedule->decisions &&
			    schedule->at[at_decision].step == run.step)
				goes = decide(&schedule->at[at_decision], &next);
			run.step++;
		}
		if (goes) {
			run.current = next;
			trace_step(next);
		}
		scenario_watch();
	}
}

/* For so many seconds of the clock's, less what is due only behind them. */
void run_for(int more)
{
	const long long until = clock_mono + more * SECOND;

	while (!*run.broken && (next_by_default() || clock_next() <= until)) {
		if (!next_by_default()) {
			scenario_idle();
			pass_time();
		} else {
			trace_step(run.current = next_by_default());
		}
		scenario_watch();
	}
	if (!*run.broken)
		clock_jump(until);
}

static void sweep_room(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (*entry->d_name != '.')
			unlink(entry->d_name);
	if (folder)
		closedir(folder);
	/* the same program by another name */
	if (symlink(service, "other"))
		die("other: %m");
}

/* What runs in a circle without a call would be waited for for ever. */
static void on_alarm(int number)
{
	(void)number;
	printf("# broken: one goes on for ever without a call\n#   make explore RUN='%s%s'\n",
	       running, show(schedule));
	fflush(stdout);
	_exit(98);
}

/* One run. Returns whether all held. */
static int run_schedule(const struct scenario *s, const struct schedule *of, int with_children)
{
	running = s->name;
	signal(SIGALRM, on_alarm);
	alarm(RUN_SECONDS);
	trace_clean();
	sweep_room();
	clock_begin(s->uptime, s->real);
	*run.broken = 0;
	run.step = run.clocks = run.box_killed = 0;
	run.events = 0;
	run.current = NULL;
	schedule = of;
	at_decision = choices = 0;
	alone.who = NULL;
	last.who = NULL;
	recording = with_children;
	scenario_begin(s);
	exploring = 1;
	lives_until = s->lives ? clock_mono + s->lives * SECOND : 0;
	run_until(NULL);
	lives_until = 0;
	exploring = 0;
	if (at_decision < of->decisions && !*run.broken)
		diverged++;
	scenario_end(s);
	return !*run.broken;
}

/* ---- all runs ---- */

struct result {
	int scenario;
	unsigned long ran[PHASES], of[PHASES], broken, diverged, steps;
	double took;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned long random_state;

static unsigned long draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void shuffle(struct list *l)
{
	for (size_t i = l->count; i > 1; i--) {
		const size_t j = draw() % i;
		const struct schedule other = l->of[j];

		l->of[j] = l->of[i - 1];
		l->of[i - 1] = other;
	}
}

enum { TOLD = 3 };

static void run_phase(const struct scenario *s, enum phase phase, double until, struct result *r)
{
	struct list *l = &lists[phase];
	const size_t most = phase == FAILURE_SWITCH && failures_most >= 0 ?
				    (size_t)(failures_most / jobs) :
				    l->count;

	if (seconds > 0 || most < l->count)
		shuffle(l);
	for (size_t i = 0; i < l->count; i++) {
		const struct schedule of = l->of[i];
		const unsigned long strayed = diverged;

		if (phase > BASE && phase < SWITCHES_2 && i % (size_t)jobs != (size_t)worker)
			continue;
		/* the others have it only to begin with */
		if (phase > BASE || !worker)
			r->of[phase]++;
		if ((until > 0 && now() > until) || (first_only && r->broken) || i >= most)
			continue;
		r->ran[phase] += phase > BASE || !worker;
		if (!run_schedule(s, &of, 1) && r->broken++ < TOLD) {
			printf("# broken: %s%s: %s\n", s->name, show(&of), run.broken);
			printf("#   make explore RUN='%s%s'\n", s->name, show(&of));
			fflush(stdout);
		}
		if (diverged > strayed && strayed < TOLD)
			printf("# not as before: %s%s\n", s->name, show(&of));
		r->steps += run.step;
	}
}

static void explore(const struct scenario *s, double limit, struct result *r)
{
	const struct schedule nothing = { .decisions = 0 };
	const double from = now();
	int left = PHASES;

	for (int i = 0; i < PHASES; i++)
		lists[i].count = 0;
	most_switches = depth ? depth : (int)s->depth;
	random_state = seed * 0x9e3779b97f4a7c15UL + 1;
	diverged = 0;
	push(&nothing);
	for (int i = 0; i < PHASES; i++, left--) {
		/* what is left of the time is shared by what is left to do */
		const double share = (from + limit - now()) / left;

		run_phase(s, i,
			  limit > 0 ?
				  now() + (share > 0 ? share : 0) * (i < SWITCHES_2 ? left : 1) :
				  0,
			  r);
	}
	r->diverged = diverged;
	r->took = now() - from;
}

static int is_wanted(const struct scenario *s)
{
	for (int i = 0; i < unwanteds; i++)
		if (!strncmp(unwanted[i], s->name, strlen(unwanted[i])))
			return 0;
	for (int i = 0; i < wanteds; i++) {
		size_t length = strlen(wanted[i]);

		/* "log-" means all that begin so */
		if (!strcmp(wanted[i], s->name) ||
		    (length && wanted[i][length - 1] == '-' && !strncmp(wanted[i], s->name, length)))
			return 1;
	}
	return !wanteds;
}

/* ---- where it runs ---- */

static void need(int failed, const char *what)
{
	if (failed)
		die("%s: %m", what);
}

/* So few fit into a socket, since more would only be more of the same. */
static void few_messages(void)
{
	const int fd = open("/proc/sys/net/unix/max_dgram_qlen", O_WRONLY | O_CLOEXEC);

	need(fd < 0 || write(fd, "2", 1) != 1, "max_dgram_qlen");
	close(fd);
}

/* A folder and a /dev of its own, and /proc of the new pid namespace. */
static void settle_in(void)
{
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount namespace");
	need(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/proc");
	need(mount("room", room, "tmpfs", 0, "mode=755"), room);
	need(mount("dev", "/dev", "tmpfs", 0, "mode=755"), "/dev");
	need(mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)), "/dev/null");
	need(mknod("/dev/kmsg", S_IFREG | 0666, 0), "/dev/kmsg");
	need(chdir(room), room);
	few_messages();
	umask(022);
}

static void bind_to_one(int number)
{
	cpu_set_t all, one;
	int cpus;

	need(sched_getaffinity(0, sizeof all, &all), "sched_getaffinity");
	cpus = CPU_COUNT(&all);
	number %= cpus;
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && !number--)
			CPU_SET(cpu, &one);
	need(sched_setaffinity(0, sizeof one, &one), "sched_setaffinity");
}

static int replay(const char *text)
{
	char words[512], *word;
	const struct scenario *s = scenarios;
	struct schedule of = { .decisions = 0 };

	snprintf(words, sizeof words, "%s", text);
	word = strtok(words, " ");
	while (s->name && word && strcmp(s->name, word))
		s++;
	if (!word || !s->name)
		die("no such scenario: %s", text);
	while ((word = strtok(NULL, " ")))
		if (of.decisions == MOST_DECISIONS || !read_decision(word, &of.at[of.decisions++]))
			die("no decision: %s", word);
	run.verbose = 1;
	run_schedule(s, &of, 0);
	printf("%s%s: %s\n", s->name, show(&of),
	       *run.broken ? run.broken :
	       diverged	   ? "diverged" :
			     "all holds");
	return *run.broken || diverged;
}

static void work(int to)
{
	int count = 0;

	for (const struct scenario *s = scenarios; s->name; s++)
		count += is_wanted(s);
	for (int i = 0; scenarios[i].name; i++) {
		struct result r = { .scenario = i };

		if (!is_wanted(&scenarios[i]))
			continue;
		explore(&scenarios[i], seconds / count, &r);
		if (write(to, &r, sizeof r) != sizeof r)
			die("pipe: %m");
	}
}

/*
 * A process that has a child in new namespaces: the first of a pid namespace, in which all runs
 * are.
 */
static pid_t start_worker(int number, int to, const char *only)
{
	const pid_t pid = fork();
	int status = 0, result;
	pid_t first;

	need(pid < 0, "fork");
	if (pid)
		return pid;
	need(unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC), "namespaces");
	first = fork();
	need(first < 0, "fork");
	if (first) {
		close(to);
		if (waitpid(first, &status, 0) != first)
			_exit(99);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker = number;
	bind_to_one(number);
	settle_in();
	result = only ? replay(only) : (work(to), 0);
	fflush(stdout);
	_exit(result);
}

/*
 * One run of so many may go otherwise than the run that it comes from. What it did was checked all
 * the same, and a machine that is busy enough shows an order of its own now and then; more of them
 * would say that the decisions do not make the run.
 */
enum { ASTRAY = 1000 };

static int print_results(int from)
{
	struct result *sum, r;
	unsigned long total = 0, bad = 0, astray = 0;
	size_t count = 0;

	while (scenarios[count].name)
		count++;
	sum = calloc(count, sizeof *sum);
	need(!sum, "memory");
	while (read(from, &r, sizeof r) == sizeof r) {
		struct result *s = &sum[r.scenario];

		for (int i = 0; i < PHASES; i++) {
			s->ran[i] += r.ran[i];
			s->of[i] += r.of[i];
		}
		s->broken += r.broken;
		s->diverged += r.diverged;
		s->steps += r.steps;
		s->took = r.took > s->took ? r.took : s->took;
	}
	for (int i = 0; scenarios[i].name; i++) {
		unsigned long runs = 0;

		for (int j = 0; j < PHASES; j++)
			runs += sum[i].ran[j];
		if (!runs)
			continue;
		total += runs;
		bad += sum[i].broken;
		astray += sum[i].diverged;
		printf("# %s: %lu runs of %lu steps in %.1f s", scenarios[i].name, runs,
		       sum[i].steps / runs, sum[i].took);
		for (int j = SWITCHES_1; j < PHASES; j++)
			if (sum[i].of[j])
				printf(", %s %lu of %lu", phase_names[j], sum[i].ran[j],
				       sum[i].of[j]);
		printf("; %lu broken\n", sum[i].broken);
	}
	printf("# %lu schedules, %lu broken, %lu not as before; seed %lu\n", total, bad, astray,
	       seed);
	return bad || astray > total / ASTRAY || !total;
}

static int options(int argc, char **argv, const char **only)
{
	int option;

	while ((option = getopt(argc, argv, "d:s:S:o:n:j:kfF:xr:l")) >= 0)
		switch (option) {
		case 'd': depth = atoi(optarg); break;
		case 's': seconds = atof(optarg); break;
		case 'S': seed = strtoul(optarg, NULL, 10); break;
		case 'o': if (wanteds < 64) wanted[wanteds++] = optarg; break;
		case 'n': if (unwanteds < 8) unwanted[unwanteds++] = optarg; break;
		case 'j': jobs = atoi(optarg) > 0 ? atoi(optarg) : 1; break;
		case 'k': no_kills = 1; break;
		case 'f': no_failures = 1; break;
		case 'F': failures_most = atol(optarg); break;
		case 'x': first_only = 1; break;
		case 'r': *only = optarg; break;
		case 'l':
			for (const struct scenario *s = scenarios; s->name; s++)
				printf("%s\n", s->name);
			exit(0);
		default:
			return 0;
		}
	return argc - optind == 2;
}

int main(int argc, char **argv)
{
	const char *only = NULL;
	pid_t pid[16];
	int ends[2], status, result = 0;

	if (!options(argc, argv, &only) || jobs > 16) {
		fprintf(stderr, "usage: explore [-d N] [-s SECS] [-S SEED] [-o NAME] [-n WORD] "
				"[-j N] [-F N] [-kfxl] [-r RUN] BOX SERVICE\n");
		return 2;
	}
	box = realpath(argv[optind], NULL);
	service = realpath(argv[optind + 1], NULL);
	need(!box || !service, "BOX, SERVICE");
	/* A run is the same whatever its caller left open. */
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		close(fd);
	need(!mkdtemp(room), room);
	need(pipe2(ends, O_CLOEXEC), "pipe");
	if (only)
		jobs = 1;
	for (int i = 0; i < jobs; i++)
		pid[i] = start_worker(i, ends[1], only);
	close(ends[1]);
	if (!only)
		result = print_results(ends[0]);
	for (int i = 0; i < jobs; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			result = WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
	rmdir(room);
	return result;
}
