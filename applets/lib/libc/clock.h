/* SPDX-License-Identifier: 0BSD */
#ifndef CLOCK_H
#define CLOCK_H

/* A time as the kernel gives it since 5.1 on every CPU: right after 2038. */
struct moment {
	long long seconds;
	long long nanoseconds;
};

/*
 * Reads a clock (clock_gettime(2)) without a system call where the kernel's
 * vdso(7) can. A clock that the kernel does not have reads 0.
 */
void clock_read(int clock, struct moment *now);

/*
 * How: with 0 by system calls, for a process that stays and seldom asks, since the vDSO costs it
 * 8 kB of page tables; with 1 without them again.
 */
void clock_often(int often);

/*
 * CLOCK_MONOTONIC in milliseconds, for delays and time limits of up to 24 days:
 * the difference of two is right though the number runs over.
 */
unsigned clock_ms(void);

/*
 * The moment so many milliseconds from now, or up to two later: never sooner, though clock_ms()
 * drops what is less than one. Never 0, which callers use for "none".
 */
static inline __attribute__((hot)) unsigned clock_in(unsigned milliseconds)
{
	return (clock_ms() + milliseconds + (milliseconds > 0)) | 1;
}

/* The milliseconds until a moment; 0 where it is past. */
static inline __attribute__((hot)) int clock_left(unsigned moment)
{
	const int left = (int)(moment - clock_ms());

	return left > 0 ? left : 0;
}

/* The earlier of a time limit of poll(2), or -1, and a moment, or 0: likewise a time limit. */
int clock_sooner(int timeout, unsigned moment);

/*
 * Puts a limit off, to so many milliseconds from now, and not beyond what it can be put off to;
 * never nearer.
 */
void clock_put_off(unsigned *limit, unsigned latest, unsigned milliseconds);

/*
 * A timer (timerfd_create(2)) of a clock that runs out at a moment of it and
 * then each `interval` milliseconds, or 0: never again. Returns its descriptor,
 * which does not block, or -errno.
 */
int clock_timer(int clock, int flags, const struct moment *first, unsigned interval);

/* The value of an entry of the auxiliary vector (getauxval(3)), or 0. */
unsigned long aux_value(unsigned long type);

#endif
