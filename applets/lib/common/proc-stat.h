/* SPDX-License-Identifier: 0BSD */
#ifndef PROC_STAT_H
#define PROC_STAT_H

/* The fields of /proc/PID/stat from the fourth on that an int holds: proc(5). */
enum {
	PPID,
	PGID,
	SID,
	TTY,
	TPGID,
	FLAGS,
	UTIME = 10,
	STIME,
	NICE = 15,
	THREADS,
	START = 18,
	FIELDS = START
};

/*
 * The bits of FLAGS that say that a thread is ending: linux/sched.h, PF_EXITING, and PF_SIGNALED of
 * one that has taken the signal that ends it, and may still lose its CPU, or write a core file, on
 * its way there (Linux kernel/signal.c, get_signal).
 */
enum { EXITING = 0x4 | 0x400 };

/*
 * Reads them and the state from the text of that file, in which a NUL takes the place of what ends
 * the name. Returns the tick since boot at which the process started, as text that ends at ' ', or
 * NULL where the text is no such file's.
 */
const char *proc_stat(char *text, char *state, int field[FIELDS]);

/*
 * Whether a process of this state lives: a zombie does not, but the first of several threads may
 * have ended. Of one that is just being reaped it says 0 threads (Linux fs/proc/array.c,
 * do_task_stat).
 */
static inline int proc_lives(char state, int threads)
{
	return (state != 'Z' && state != 'X') || threads > 1;
}

#endif
