// SPDX-License-Identifier: 0BSD
/*
 * The program's share of the machine. Nothing of it goes through libc, whose structs are larger
 * than the kernel's.
 */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/priority.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* linux/sched.h and linux/ioprio.h: the same on every CPU. */
enum { SCHED_IS_FIFO = 1, SCHED_IS_RR = 2, SCHED_HIGHEST = 99 };
enum { IO_IDLE = 3, IO_LOWEST = 7, IO_USUAL = 4, IO_CLASS_SHIFT = 13, IO_WHO_PROCESS = 1 };

/*
 * Reads "NAME[:N]": the number of the name among others, and N, -1 where it is not
 * given. Returns whether that is what it is.
 */
static int read_class(const char *text, const char *names, int most, struct priority *to)
{
	const size_t length = strcspn(text, ":");

	to->class = number_named(names, text, length);
	to->level = text[length] ? (int)number_whole(text + length + 1, 10, most) : -1;
	return to->class >= 0 && (!text[length] || to->level >= 0);
}

START_UP const char *priority_sched(const char *text, struct priority *sched)
{
	/* By number. 4 is none: nothing that is looked for has a colon. */
	static const char names[] START_UP_DATA = "other\0fifo\0rr\0batch\0:\0idle\0";
	const int is_policy = read_class(text, names, SCHED_HIGHEST, sched);
	const int realtime = sched->class == SCHED_IS_FIFO || sched->class == SCHED_IS_RR;

	if (!is_policy || (realtime ? sched->level < 1 : sched->level >= 0))
		return "not other, batch, idle, fifo:N or rr:N (1 to 99)";
	if (!realtime)
		sched->level = 0;
	return NULL;
}

START_UP const char *priority_io(const char *text, struct priority *io)
{
	static const char names[] START_UP_DATA = ":\0realtime\0best-effort\0idle\0";

	if (!read_class(text, names, IO_LOWEST, io) || (io->class == IO_IDLE && io->level >= 0))
		return "not realtime, best-effort, each with :N (0 to 7), or idle";
	if (io->level < 0)
		io->level = io->class == IO_IDLE ? 0 : IO_USUAL;
	return NULL;
}

/* Reads the number of a CPU. Returns what follows it, or NULL. */
static const char *read_cpu(const char *text, unsigned *cpu)
{
	unsigned long long number;

	text = number_read(text, 10, &number);
	*cpu = (unsigned)number;
	return text && number < CPUS ? text : NULL;
}

START_UP const char *priority_cpus(const char *text, struct cpu_set *set)
{
	unsigned first, last;

	memset(set, 0, sizeof(*set));
	for (;; text++) {
		text = read_cpu(text, &first);
		last = first;
		if (text && *text == '-')
			text = read_cpu(text + 1, &last);
		if (!text || last < first || (*text && *text != ','))
			return "not a list of CPUs";
		for (; first <= last; first++)
			set->word[first / CPUS_A_WORD] |= 1ul << first % CPUS_A_WORD;
		if (!*text)
			return NULL;
	}
}

START_UP const char *priority_oom(const char *text)
{
	return number_whole(text + (*text == '-'), 10, 1000) < 0 ?
		       "not a number from -1000 to 1000" :
		       NULL;
}

START_UP int step_sched(struct launch *l)
{
	struct priority sched;

	l->subject = l->r->sched;
	priority_sched(l->r->sched, &sched);
	return -(int)sys(sched_setscheduler, 0, sched.class, &sched.level);
}

START_UP int step_ionice(struct launch *l)
{
	struct priority io;

	l->subject = l->r->ionice;
	priority_io(l->r->ionice, &io);
	return -(int)sys(ioprio_set, IO_WHO_PROCESS, 0, io.class << IO_CLASS_SHIFT | io.level);
}

/*
 * The kernel takes no notice of a CPU that is not there, as long as one of them is: it is asked
 * what it made of it.
 */
START_UP int step_cpus(struct launch *l)
{
	struct cpu_set set, got;
	long length;

	l->subject = l->r->cpus;
	priority_cpus(l->r->cpus, &set);
	length = sys(sched_setaffinity, 0, sizeof(set), &set);
	if (length >= 0) {
		memset(&got, 0, sizeof(got));
		length = sys(sched_getaffinity, 0, sizeof(got), &got);
	}
	if (length < 0)
		return -(int)length;
	return memcmp(&set, &got, sizeof(set)) ? EINVAL : 0;
}

/* A file of /proc is its process's own only before that changes its user. */
START_UP int step_oom_score(struct launch *l)
{
	static const char file[] = "/proc/self/oom_score_adj";
	const int fd = sys_open(file, O_WRONLY | O_CLOEXEC, 0);
	const size_t length = strlen(l->r->oom_score);
	long written;

	l->subject = fd < 0 ? file : l->r->oom_score;
	if (fd < 0)
		return -fd;
	written = sys(write, fd, l->r->oom_score, length);
	sys(close, fd);
	return written < 0 ? -(int)written : written == (long)length ? 0 : EIO;
}
