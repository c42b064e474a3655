/* SPDX-License-Identifier: 0BSD */
/* What makes a process another than the one that had its number before. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/* What /proc/PID/stat says: proc(5). */
struct process {
	pid_t parent;
	/* what is opened to read this is left to an exec to close, which is to come */
	int leave;
	/* a zombie is not; but the first of several threads may have ended */
	int alive;
	unsigned flags;		/* of the thread of this number: PF_... of linux/sched.h */
	/* the tick since boot at which it started, as text that ends at ' ' */
	const char *start;
	char text[512];
};

/*
 * Reads what the kernel says of a process, 0 being this one; `leave` is the caller's. Returns 0;
 * ESRCH where there is surely no process of this number; else the errno of the look that failed,
 * which says nothing of the process (/proc may be hidden, or there may be no descriptor left).
 */
int process_read(pid_t pid, struct process *p);

struct process_hash {
	unsigned long long it;
	unsigned old;		/* as daemonbox 0.1.0 had it: of 32 bits, and without a name */
};

/*
 * A hash of a process: of the boot's id, since the same number at the same tick comes
 * again after a reboot, of its start's tick and its number, and of a name. The number
 * is text that ends at '\n'. Returns 0 or the errno of a look that failed.
 */
int process_hash(const struct process *p, const char *number, const char *name,
		 struct process_hash *hash);

/*
 * Whether the kernel is ending a process, or has: none of its threads runs code of its own any
 * more, since KILL waits for it or it is on its way out (PF_SIGNALED, PF_EXITING), which on a busy
 * machine, or with much memory, can last a while. 0 also where a look fails.
 */
int process_is_ending(pid_t pid);

/*
 * Whether a process is that of another number or descends from it, by at most so many generations:
 * 1, 0, or -errno: -ELOOP for more of them, -ESRCH where it has ended.
 */
int process_descends(pid_t from, pid_t pid, unsigned most);

/* Whether this process does: 1, 0, or -errno. */
int process_is_inside(pid_t pid);

#endif
