// SPDX-License-Identifier: 0BSD
/* The time that the processes of a run are told: it stands still unless all of them wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
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
static long long really;		/* the machine's seconds, when the run began */

void clock_begin(double uptime, long long real)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	really = now.tv_sec;
	clock_mono = uptime > 0 ? (long long)(uptime * 86400 * SECOND) : 100000 * SECOND;
	clock_real = (real ? real : 1800000000) * SECOND;
	clock_suspended = 0;
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

static struct user_regs_struct *change(struct process *p)
{
	if (!p->changed && ptrace(PTRACE_GETREGS, p->pid, 0, &p->regs))
		die("PTRACE_GETREGS: %m");
	p->changed = 1;
	return &p->regs;
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
	regs = change(p);
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
	change(p)->rdx = (unsigned long)-1;
}

/* Sleeping becomes a pause, which only we end. */
static void limit_sleep(struct process *p, int arg, int absolute)
{
	struct timespec t;

	if (trace_peek(p, p->args[arg], &t, sizeof t) != sizeof t)
		return;
	p->limit = absolute ? (span(&t) > clock_mono ? span(&t) : clock_mono) : behind(span(&t));
	change(p)->orig_rax = SYS_pause;
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
	if (strncmp(path, "/proc/", 6))
		return FD_FILE;
	*pid = (pid_t)strtol(path + 6, &end, 10);
	return *pid > 0 && !strcmp(end, "/stat") ? FD_STAT : FD_FILE;
}

static void set_timer(struct process *p);

void clock_enter(struct process *p)
{
	switch (p->call) {
	case SYS_ppoll: case SYS_rt_sigtimedwait:
		limit_by(p, 2);
		break;
	case SYS_poll:
		limit_poll(p);
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
	default:
		break;
	}
}

/* ---- behind a call: what it said of the time ---- */

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

static void tell(const struct process *p, long *result)
{
	const long long now = clock_of((int)p->args[0]);
	const struct timespec t = { now / SECOND, now % SECOND };

	if (*result || p->args[0] == CLOCK_PROCESS_CPUTIME_ID ||
	    p->args[0] == CLOCK_THREAD_CPUTIME_ID)
		return;
	trace_poke(p, p->args[1], &t, sizeof t);
	clock_mono += READING;
	clock_real += READING;
}

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
	long long first;

	if (fd >= MOST_FDS || p->fd[fd].kind != FD_TIMER ||
	    trace_peek(p, p->args[2], &t, sizeof t) != sizeof t)
		return;
	first = span(&t.it_value);
	p->fd[fd].every = span(&t.it_interval);
	p->fd[fd].canceled = 0;
	if (!first)
		p->fd[fd].due = NEVER;
	else if (p->args[1] & TFD_TIMER_ABSTIME)
		/* by its own clock, kept by ours; one in the past is due at once */
		p->fd[fd].due = t.it_value.tv_sec > 4000000000LL ?
					NEVER :
					t.it_value.tv_sec * SECOND + t.it_value.tv_nsec -
						(clock_of(p->fd[fd].clock) - clock_mono);
	else
		p->fd[fd].due = behind(first);
	if (p->fd[fd].due < clock_mono)
		p->fd[fd].due = clock_mono;
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

	switch (p->call) {
	case SYS_clock_gettime:
		tell(p, result);
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
	case SYS_accept4:
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
		break;
	case SYS_close:
		if (fd < MOST_FDS)
			p->fd[fd].kind = FD_OTHER;
		break;
	case SYS_read:
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
