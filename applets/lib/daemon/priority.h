/* SPDX-License-Identifier: 0BSD */
/*
 * The program's share of the machine: CPUs, their time, the disk's, and who goes first for want of
 * memory.
 */
#ifndef PRIORITY_H
#define PRIORITY_H

/*
 * The CPUs that a list can name, 0 to CPUS - 1: as many as Linux can be built for (NR_CPUS of
 * x86-64).
 */
enum { CPUS = 8192, CPUS_A_WORD = 8 * sizeof(unsigned long) };

/* A set of CPUs as sched_setaffinity(2) takes it: bits of longs. */
struct cpu_set {
	unsigned long word[CPUS / CPUS_A_WORD];
};

/* What sched_setscheduler(2) and ioprio_set(2) are called with. */
struct priority {
	int class;
	int level;
};

/*
 * The following read a text, and return NULL or what is wrong with it.
 *
 * "POLICY[:PRIORITY]": other, batch, idle, fifo or rr, as in chrt(1). Those of real
 * time need a priority, the others have none.
 */
const char *priority_sched(const char *text, struct priority *sched);

/*
 * "CLASS[:N]": realtime, best-effort or idle, as in ionice(1). N is 4 unless given; idle has none.
 */
const char *priority_io(const char *text, struct priority *io);

/* "0,2-3", as in taskset(1). */
const char *priority_cpus(const char *text, struct cpu_set *set);

/* A number from -1000 to 1000. */
const char *priority_oom(const char *text);

#endif
