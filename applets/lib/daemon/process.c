// SPDX-License-Identifier: 0BSD
/* Looking at one process in /proc. */
#include <signal.h>
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/common/proc-stat.h"
#include "lib/daemon/process.h"
#include "lib/libc/syscall.h"

/* Reads the start of a file, and closes it unless an exec will. */
static long read_start(const char *path, char *text, size_t size, int leave)
{
	return leave ? proc_read(path, text, size) : proc_read_close(path, text, size);
}

static int parse(struct process *p)
{
	int field[FIELDS];
	char state;

	p->start = proc_stat(p->text, &state, field);
	if (!p->start)
		return EIO;
	p->parent = field[PPID];
	p->alive = proc_lives(state, field[THREADS]);
	p->flags = (unsigned)field[FLAGS];
	return 0;
}

START_UP int process_read(pid_t pid, struct process *p)
{
	char path[PROC_PATH];
	long length;

	proc_path(path, pid, "stat");
	length = read_start(path, p->text, sizeof(p->text), p->leave);
	if (length >= 0)
		return parse(p);
	/*
	 * Where /proc hides a process, or is not there, its file is as missing as that of one that
	 * has ended.
	 */
	return pid && sys(kill, pid, 0) == -ESRCH ? ESRCH : -(int)length;
}

#define FNV_BASIS 14695981039346656037ULL

/* FNV-1a of a text up to a byte that ends it. */
static unsigned long long add(unsigned long long hash, const char *text, char end)
{
	for (; *text && *text != end; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
	return hash;
}

static unsigned add_old(unsigned hash, const char *text, char end)
{
	for (; *text && *text != end; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

START_UP int process_hash(const struct process *p, const char *number, const char *name,
			  struct process_hash *hash)
{
	char boot[64];
	const long length = read_start("/proc/sys/kernel/random/boot_id", boot, sizeof(boot),
				       p->leave);

	if (length < 0)
		return -(int)length;
	hash->it = add(add(add(add(FNV_BASIS, boot, '\n'), p->start, ' '), number, '\n'), name,
		       '\0');
	hash->old = add_old(add_old(add_old(2166136261u, boot, '\n'), p->start, ' '), number, '\n');
	return 0;
}

/*
 * Whether KILL waits for a thread, which has then only to be given a CPU: "signal" in proc(5), nine
 * fields behind the start, whose bits are of its own pending signals. kill(2) puts KILL there for
 * each thread (Linux kernel/signal.c, complete_signal).
 */
static START_UP int is_killed(const struct process *p)
{
	unsigned long long signals = 0;
	const char *at = p->start;
	unsigned i;

	for (i = 0; at && i < 9; i++)
		at = strchr(at + 1, ' ');
	return at && number_read(at + 1, 10, &signals) && signals >> (SIGKILL - 1) & 1;
}

/* Counts a thread that is not ending, or of which that cannot be told. */
static START_UP void count_thread(void *to, const char *name, int folder __attribute__((unused)))
{
	const pid_t thread = proc_number(name);
	struct process p = { .leave = 0 };
	int error;

	if (thread < 0)
		return;
	error = process_read(thread, &p);
	*(int *)to += error ? error != ESRCH : !(p.flags & EXITING) && !is_killed(&p);
}

START_UP int process_is_ending(pid_t pid)
{
	char path[PROC_PATH];
	int running = 0;

	proc_path(path, pid, "task");
	/* It may have gone by now. */
	return proc_each(path, count_thread, &running) ? sys(kill, pid, 0) == -ESRCH : !running;
}

START_UP int process_descends(pid_t from, pid_t pid, unsigned most)
{
	struct process p = { .leave = 0 };
	pid_t at = from;

	for (; at != pid; most--) {
		int error = most ? process_read(at, &p) : ELOOP;

		/* One in between has just ended: its child has another parent by now. */
		if (error == ESRCH)
			error = process_read(at = from, &p);
		if (error)
			return -error;
		at = p.parent;
		if (at <= 1)
			return 0;
	}
	return 1;
}

START_UP int process_is_inside(pid_t pid)
{
	return process_descends((pid_t)sys(getpid, 0), pid, ~0u);
}
