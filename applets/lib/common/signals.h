/* SPDX-License-Identifier: 0BSD */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stddef.h>
#include "lib/common/number.h"

/* Bytes of the kernel's signal set: 64 signals, 128 on MIPS (asm/signal.h). */
enum { SIGSET_BYTES = _NSIG / 8, SIGNALS = SIGSET_BYTES * 8 };

enum { SIGNALS_A_WORD = sizeof(long) * 8 };

/* The kernel's set of signals, which also holds those that libc keeps for itself (32 to 34). */
struct signal_set {
	unsigned long word[SIGSET_BYTES / sizeof(long)];
};

static inline void signal_add(struct signal_set *set, unsigned number)
{
	set->word[(number - 1) / SIGNALS_A_WORD] |= 1ul << (number - 1) % SIGNALS_A_WORD;
}

static inline int signal_in(const struct signal_set *set, unsigned number)
{
	return set->word[(number - 1) / SIGNALS_A_WORD] >> (number - 1) % SIGNALS_A_WORD & 1;
}

/*
 * The number of a signal from its name, with or without SIG, in either case, or
 * its number; RTMIN and RTMAX with +N or -N behind them. The name ends after
 * `length` bytes. Returns -1 where there is no such signal.
 */
int signal_number(const char *name, size_t length);

/* The name of a signal less SIG, as signal_number knows it; its number where it has none. */
enum { SIGNAL_NAME = 8 };
const char *signal_name(unsigned number, char buffer[SIGNAL_NAME]);

/*
 * "ended with status 1", "ended by signal SEGV, core dumped": what wait(2) says
 * of a process. Returns the buffer.
 */
enum { ENDED_TEXT = sizeof("ended by signal , core dumped") + SIGNAL_NAME };
char *signal_ended(int status, char buffer[ENDED_TEXT]);

/* Adds a list such as "CHLD,HUP" to the set; returns 0, or -1 where one is no signal. */
int signal_list(const char *list, struct signal_set *set);

/*
 * Sets a signal's disposition to SIG_IGN or SIG_DFL by rt_sigaction(2) itself:
 * libc's sigaction refuses 32 to 34 and weighs 1.2 kB. Returns 0 or -errno.
 */
int signal_dispose(unsigned number, int ignore);

/*
 * Has a function called at a signal (sigaction(2)), with what is blocked then
 * left as it is. Returns 0 or -errno.
 */
int signal_catch(unsigned number, void (*function)(int number));

/*
 * A set from the text of /proc/PID/status (proc(5)), by a key such as
 * "\nSigIgn:\t". Returns 0, or ENOENT where the text has no such mask or only a
 * part of it: then the set is all.
 */
int signals_read(struct signal_set *set, const char *status, const char *key);

/*
 * The signals that this process ignores: SigIgn in /proc/self/status, one look
 * in place of one for each, or where it does not say what rt_sigaction(2) does.
 * The descriptor of the file is left to exec to close.
 */
void signals_ignored(struct signal_set *set);

/*
 * Blocks the signals of a set, or all where it is NULL, and no others
 * (rt_sigprocmask(2)); `old` is what was blocked before. Returns 0 or -errno.
 */
int signals_block(const struct signal_set *set, struct signal_set *old);

#endif
