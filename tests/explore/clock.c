// SPDX-License-Identifier: 0BSD
/* The time that the processes of a run are told: it stands still unless all of them wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "explore.h"

enum {
	TICK = 10000000,
	READING = 1000
}; /* nanoseconds of a tick of /proc, and that a look at the clock takes */

long long clock_mono, clock_real, clock_suspended;
long long clock_set[16];
int clock_sets;
static long long really;		/* the machine's seconds, when the run began */

static int changed;			/* by a call, and those who wait do not know yet */
static long long stalled;		/* until then nobody goes on */

void clock_begin(double uptime, long long real)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	really = now.tv_sec;
	clock_mono = uptime > 0 ? (long long)(uptime * 86400 * SECOND) : 100000 * SECOND;
	clock_real = (real ? real : 1800000000) * SECOND;
	clock_suspended = 0;
	memset(clock_set, 0, sizeof clock_set);
	clock_sets = 0;
	changed = 0;
}

static long long clock_of(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME: case CLOCK_REALTIME_COARSE:
		return clock_real;
	case CLOCK_BOOTTIME:
		return clock_mono + clock_suspended;
	default:
		return clock_mono;
	}
}

static long long span(const struct timespec *t)
{
	if (t->tv_sec < 0)
		return 0;
	if (t->tv_sec > 1000000000)
		return NEVER;
	return t->tv_sec * SECOND + t->tv_nsec;
}

static long long behind(long long at)
{
	return at == NEVER ? NEVER : clock_mono + at;
}

/* ---- before a call: its time limit is ours ---- */

/* One that is given by a struct, or by none; without one the call waits for ever. */
static void limit_by(struct process *p, int arg)
{
	struct timespec t;
	struct user_regs_struct *regs;

	if (!p->args[arg] || trace_peek(p, p->args[arg], &t, sizeof t) != sizeof t)
		return;
	if (!t.tv_sec && !t.tv_nsec) {
		p->may_wait = 0;
		return;
	}
	p->limit = behind(span(&t));
	regs = trace_change(p);
	if (arg == 2)
		regs->rdx = 0;
	else
		regs->r10 = 0;
}

static void limit_poll(struct process *p)
{
	const int milliseconds = (int)p->args[2];

	if (!milliseconds)
		p->may_wait = 0;
	if (milliseconds <= 0)
		return;
	p->limit = clock_mono + milliseconds * 1000000LL;
	trace_change(p)->rdx = (unsigned long)-1;
}

/* Sleeping becomes a pause, which only we end. */
static void limit_sleep(struct process *p, int arg, int absolute)
{
	struct timespec t;

	if (trace_peek(p, p->args[arg], &t, sizeof t) != sizeof t)
		return;
	p->limit = absolute ? (span(&t) > clock_mono ? span(&t) : clock_mono) : behind(span(&t));
	trace_change(p)->orig_rax = SYS_pause;
}

/* What a descriptor will be of that is about to be opened: it is known by its path. */
static int kind_of(const char *path, const struct process *p, pid_t *pid)
{
	char *end;

	*pid = p->pid;
	if (!strcmp(path, "/proc/self/stat"))
		return FD_STAT;
	if (!strcmp(path, "/proc/uptime"))
		return FD_UPTIME;
	if (!strcmp(path, "/dev/kmsg"))
		return FD_KERNEL;
	if (strncmp(path, "/proc/", 6))
		return FD_FILE;
	*pid = (pid_t)strtol(path + 6, &end, 10);
	return *pid > 0 && !strcmp(end, "/stat") ? FD_STAT : FD_PROC;
}

static void set_timer(struct process *p);
static void set_clock(struct process *p);
static void limit_timers(struct process *p);

/* The call is not made; what it comes to is told behind it. */
static void answer(struct process *p)
{
	p->answered = 1;
	p->may_wait = 0;
	trace_change(p)->orig_rax = (unsigned long)-1;
}

/*
 * A look at the clock is answered without being made, and is over at once: every other call is one.
 * Returns whether it was one, of a clock that is ours.
 */
int clock_look(struct process *p)
{
	const long long now = clock_of((int)p->args[0]);
	const struct timespec t = { now / SECOND, now % SECOND };

	if (p->call != SYS_clock_gettime || p->args[0] == CLOCK_PROCESS_CPUTIME_ID ||
	    p->args[0] == CLOCK_THREAD_CPUTIME_ID || trace_poke(p, p->args[1], &t, sizeof t) != sizeof t)
		return 0;
	trace_change(p)->orig_rax = (unsigned long)-1;
	trace_change(p)->rax = 0;
	trace_regs(p, &p->regs);
	if (p->args[0] == CLOCK_BOOTTIME)
		p->looked = now;
	clock_mono += READING;
	clock_real += READING;
	return 1;
}

void clock_enter(struct process *p)
{
	switch (p->call) {
	case SYS_ppoll: case SYS_rt_sigtimedwait:
		limit_by(p, 2);
		p->own = p->limit;
		if (p->call == SYS_ppoll)
			limit_timers(p);
		break;
	case SYS_poll:
		limit_poll(p);
		p->own = p->limit;
		limit_timers(p);
		break;
	case SYS_nanosleep:
		limit_sleep(p, 0, 0);
		break;
	case SYS_clock_nanosleep:
		limit_sleep(p, 2, (int)p->args[1] & TIMER_ABSTIME);
		break;
	case SYS_timerfd_settime:
		set_timer(p);
		break;
	case SYS_clock_settime:
		set_clock(p);
		break;
	case SYS_read:
		if (p->args[0] < MOST_FDS && p->fd[p->args[0]].kind == FD_TIMER)
			answer(p);
		break;
	default:
		break;
	}
}

/* ---- behind a call: what it said of the time ---- */

/* A file that was made or written just now was so by our clock. */
static void tell_stat(const struct process *p, unsigned long at, long result)
{
	struct timespec t;

	if (result)
		return;
	at += offsetof(struct stat, st_mtim);
	if (trace_peek(p, at, &t, sizeof t) != sizeof t || t.tv_sec < really - 1 ||
	    t.tv_sec > really + 3600)
		return;
	t.tv_sec = clock_real / SECOND;
	trace_poke(p, at, &t, sizeof t);
}

/* The start of a process, in ticks: the 22nd word, the 20th behind the name. */
static void tell_start(const struct process *p, pid_t pid, long *result)
{
	const struct process *of = trace_find(pid);
	char text[1024], made[1100];
	char *at, *end;
	int i;

	if (!of || *result <= 0 || *result >= (long)sizeof text ||
	    trace_peek(p, p->args[1], text, (size_t)*result) != *result)
		return;
	text[*result] = 0;
	at = strrchr(text, ')');
	for (i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	if (!at)
		return;
	end = strchr(at + 1, ' ');
	if (!end)
		return;
	i = snprintf(made, sizeof made, "%.*s %lld%s", (int)(at - text), text, of->start / TICK,
		     end);
	if ((unsigned long)i > p->args[2])
		i = (int)p->args[2];
	trace_poke(p, p->args[1], made, (size_t)i);
	*result = i;
}

static void tell_uptime(const struct process *p, long *result)
{
	const long long now = (clock_mono + clock_suspended) / TICK;
	char text[64];
	const int length = snprintf(text, sizeof text, "%lld.%02lld 0.00\n", now / 100, now % 100);

	if (*result <= 0 || (unsigned long)length > p->args[2])
		return;
	trace_poke(p, p->args[1], text, (size_t)length);
	*result = length;
}

/* ---- timers ---- */

/* The kernel's timer is set to never; what it would say is ours. */
static void set_timer(struct process *p)
{
	struct itimerspec t;
	const unsigned long fd = p->args[0];
	long long first, now;

	if (fd >= MOST_FDS || p->fd[fd].kind != FD_TIMER || p->error ||
	    trace_peek(p, p->args[2], &t, sizeof t) != sizeof t)
		return;
	answer(p);
	now = clock_of(p->fd[fd].clock);
	p->fd[fd].cancels = (p->args[1] & TFD_TIMER_CANCEL_ON_SET) != 0;
	first = span(&t.it_value);
	p->fd[fd].every = span(&t.it_interval);
	p->fd[fd].canceled = 0;
	if (!first)
		p->fd[fd].due = NEVER;
	else if (p->args[1] & TFD_TIMER_ABSTIME)
		p->fd[fd].due = t.it_value.tv_sec > 9000000000LL ?
					NEVER :
					t.it_value.tv_sec * SECOND + t.it_value.tv_nsec;
	else
		p->fd[fd].due = first == NEVER ? NEVER : now + first;
	if (p->fd[fd].clock == CLOCK_BOOTTIME || p->fd[fd].clock == CLOCK_MONOTONIC)
		scenario_beats(p, p->fd[fd].due, p->fd[fd].every);
}

/* When it runs out next, by the time that stands still. */
static long long expiry(const struct process *p, int fd)
{
	if (fd < 0 || fd >= MOST_FDS || p->fd[fd].kind != FD_TIMER)
		return NEVER;
	if (p->fd[fd].canceled)
		return clock_mono;
	return p->fd[fd].due == NEVER ? NEVER :
					p->fd[fd].due - (clock_of(p->fd[fd].clock) - clock_mono);
}

static unsigned polled(const struct process *p, struct pollfd fds[16])
{
	const unsigned long count = p->args[1] < 16 ? p->args[1] : 16;

	return trace_peek(p, p->args[0], fds, count * sizeof *fds) ==
			       (long)(count * sizeof *fds) ?
		       (unsigned)count :
		       0;
}

/* A poll is over when one of its timers is. */
static void limit_timers(struct process *p)
{
	struct pollfd fds[16];
	const unsigned count = polled(p, fds);

	p->limit = p->own;
	for (unsigned i = 0; i < count; i++)
		if (expiry(p, fds[i].fd) < p->limit)
			p->limit = expiry(p, fds[i].fd);
}

/* Which of its timers a poll has found to have run out. */
static void tell_timers(const struct process *p, long *result)
{
	struct pollfd fds[16];
	const unsigned count = *result < 0 ? 0 : polled(p, fds);
	int found = 0;

	for (unsigned i = 0; i < count; i++) {
		if (expiry(p, fds[i].fd) > clock_mono || !(fds[i].events & POLLIN))
			continue;
		fds[i].revents = POLLIN;
		found++;
	}
	if (!found)
		return;
	trace_poke(p, p->args[0], fds, count * sizeof *fds);
	*result += found;
}

static void read_timer(struct process *p, int fd, long *result)
{
	const long long now = clock_of(p->fd[fd].clock), every = p->fd[fd].every;
	unsigned long long times;

	*result = -EAGAIN;
	if (p->fd[fd].canceled) {
		*result = -ECANCELED;
		p->fd[fd].canceled = 0;
	} else if (p->fd[fd].due <= now) {
		times = every ? (unsigned long long)((now - p->fd[fd].due) / every) + 1 : 1;
		p->fd[fd].due = every ? p->fd[fd].due + (long long)times * every : NEVER;
		scenario_beat(p, times, p->fd[fd].due - every);
		trace_poke(p, p->args[1], &times, sizeof times);
		*result = sizeof times;
	}
}

/* ---- what happens to the clocks: a stranger's calls, each of which says by how much ---- */

static void cancel_timers(void)
{
	for (int i = 0; i < run.processes; i++)
		for (int fd = 0; fd < MOST_FDS; fd++)
			run.process[i].fd[fd].canceled |= run.process[i].fd[fd].cancels;
}

/* The wall clock is set; the machine sleeps; or is busy with something else. */
static void set_clock(struct process *p)
{
	struct timespec t;
	long long by;

	if (p->role != STRANGER || trace_peek(p, p->args[1], &t, sizeof t) != sizeof t)
		return;
	answer(p);
	by = t.tv_sec * SECOND + t.tv_nsec;
	stalled = clock_mono;
	switch (p->args[0]) {
	case CLOCK_REALTIME:
		clock_real += by;
		if (clock_sets < 15)
			clock_sets++;
		clock_set[clock_sets] = clock_set[clock_sets - 1] + by;
		cancel_timers();
		break;
	case CLOCK_BOOTTIME:
		clock_suspended += by;
		clock_real += by;
		cancel_timers();
		break;
	default:
		stalled += by;
	}
	changed = 1;
}

/* Those who wait for what has come by that go on. */
void clock_settle(void)
{
	if (!changed)
		return;
	changed = 0;
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].state == CALL &&
		    (run.process[i].call == SYS_ppoll || run.process[i].call == SYS_poll))
			limit_timers(&run.process[i]);
	clock_jump(stalled);
}

/* ---- descriptors ---- */

static void forget_pair(struct process *p, unsigned long at)
{
	int ends[2];

	if (trace_peek(p, at, ends, sizeof ends) != sizeof ends)
		return;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0 && ends[i] < MOST_FDS)
			p->fd[ends[i]].kind = FD_OTHER;
}

void clock_leave(struct process *p, long *result)
{
	char path[128];
	const unsigned long fd = p->args[0];

	if (p->answered)
		*result = 0;
	if (p->error)
		return;
	switch (p->call) {
	case SYS_ppoll: case SYS_poll:
		tell_timers(p, result);
		break;
	case SYS_fstat:
		tell_stat(p, p->args[1], *result);
		break;
	case SYS_newfstatat:
		tell_stat(p, p->args[2], *result);
		break;
	case SYS_openat:
		if (*result < 0 || *result >= MOST_FDS ||
		    trace_peek(p, p->args[1], path, sizeof path) < 0)
			break;
		path[sizeof path - 1] = 0;
		p->fd[*result].kind = (unsigned char)kind_of(path, p, &p->fd[*result].pid);
		break;
	case SYS_socket:
	case SYS_accept: case SYS_accept4:
	case SYS_signalfd4:
	case SYS_dup:
	case SYS_dup3:
	case SYS_dup2:
		if (*result >= 0 && *result < MOST_FDS)
			p->fd[*result].kind = FD_OTHER;
		break;
	case SYS_socketpair: case SYS_pipe2:
		forget_pair(p, p->args[p->call == SYS_pipe2 ? 0 : 3]);
		break;
	case SYS_fcntl:
		if (p->args[1] == F_DUPFD_CLOEXEC && *result >= 0 && *result < MOST_FDS)
			p->fd[*result].kind = FD_OTHER;
		break;
	case SYS_timerfd_create:
		if (*result < 0 || *result >= MOST_FDS)
			break;
		p->fd[*result].kind = FD_TIMER;
		p->fd[*result].clock = (int)p->args[0];
		p->fd[*result].due = NEVER;
		p->fd[*result].cancels = p->fd[*result].canceled = 0;
		break;
	case SYS_close:
		if (fd < MOST_FDS)
			p->fd[fd].kind = FD_OTHER;
		break;
	case SYS_read:
		if (fd < MOST_FDS && p->fd[fd].kind == FD_TIMER)
			read_timer(p, (int)fd, result);
		if (fd < MOST_FDS && p->fd[fd].kind == FD_STAT)
			tell_start(p, p->fd[fd].pid, result);
		if (fd < MOST_FDS && p->fd[fd].kind == FD_UPTIME)
			tell_uptime(p, result);
		break;
	default:
		break;
	}
}

/* ---- the next event ---- */

long long clock_next(void)
{
	long long next = NEVER;

	for (int i = 0; i < run.processes; i++)
		if (run.process[i].state == CALL && run.process[i].limit < next)
			next = run.process[i].limit;
	return next;
}

/* Moves the clock on, and ends the waits that are over then. */
void clock_jump(long long to)
{
	if (to > clock_mono) {
		clock_real += to - clock_mono;
		clock_mono = to;
	}
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].state == CALL && run.process[i].limit <= clock_mono)
			trace_expire(&run.process[i]);
	trace_ready();
}
