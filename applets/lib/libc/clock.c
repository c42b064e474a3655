// SPDX-License-Identifier: 0BSD
/* Clocks, by the kernel's vDSO where there is one. */
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"

typedef int clock_function(int clock, struct moment *now);

/* vdso(7) names it differently; where longs have 32 bits only this one has times of 64. */
#if defined(__aarch64__)
static const char vdso_name[] = "__kernel_clock_gettime";
#elif defined(__LP64__)
static const char vdso_name[] = "__vdso_clock_gettime";
#else
static const char vdso_name[] = "__vdso_clock_gettime64";
#endif

unsigned long aux_value(unsigned long type)
{
	const unsigned long *entry;
	char **end = environ;

	/* The auxiliary vector follows the environment in memory. */
	while (*end)
		end++;
	for (entry = (const unsigned long *)(end + 1); *entry != AT_NULL; entry += 2)
		if (*entry == type)
			return entry[1];
	return 0;
}

/*
 * The function in the vDSO, an ELF image in memory: its dynamic section has
 * the symbols, which end where their names begin.
 */
static clock_function *vdso_clock(void)
{
	const char *base = (const char *)aux_value(AT_SYSINFO_EHDR), *names = NULL;
	const ElfW(Ehdr) *header = (const void *)base;
	const ElfW(Phdr) *segment;
	const ElfW(Dyn) *dynamic = NULL;
	const ElfW(Sym) *symbol = NULL;

	if (!base)
		return NULL;
	segment = (const void *)(base + header->e_phoff);
	while (segment->p_type != PT_DYNAMIC)
		segment++;
	for (dynamic = (const void *)(base + segment->p_offset); dynamic->d_tag != DT_NULL;
	     dynamic++) {
		if (dynamic->d_tag == DT_STRTAB)
			names = base + dynamic->d_un.d_ptr;
		if (dynamic->d_tag == DT_SYMTAB)
			symbol = (const void *)(base + dynamic->d_un.d_ptr);
	}
	for (; symbol && (const char *)(symbol + 1) <= names; symbol++)
		if (strcmp(names + symbol->st_name, vdso_name) == 0)
			return (clock_function *)(base + symbol->st_value);
	return NULL;
}

static int system_clock(int clock, struct moment *now)
{
#ifdef SYS_clock_gettime64
	long narrow[2] = { 0, 0 };
	long error = sys(clock_gettime64, clock, now);

	if (!is_refused(error))
		return (int)error;
	error = sys(clock_gettime, clock, narrow);
	now->seconds = narrow[0];
	now->nanoseconds = narrow[1];
	return (int)error;
#else
	return (int)sys(clock_gettime, clock, now);
#endif
}

static clock_function *reader;	/* NULL: not looked for yet */

void clock_often(int often)
{
	reader = often ? NULL : system_clock;
}

void clock_read(int clock, struct moment *now)
{
	now->seconds = now->nanoseconds = 0;
	if (!reader && !(reader = vdso_clock()))
		reader = system_clock;
	if (reader(clock, now) != 0)
		system_clock(clock, now);
}

int clock_timer(int clock, int flags, const struct moment *first, unsigned interval)
{
	const struct moment times[] = { { interval / 1000, interval % 1000 * 1000000 }, *first };
	const int timer = (int)sys(timerfd_create, clock, TFD_CLOEXEC | TFD_NONBLOCK);
	long error;
#ifdef SYS_timerfd_settime64
	long narrow[4], i;

	error = sys(timerfd_settime64, timer, flags | TFD_TIMER_ABSTIME, times, NULL);
	if (is_refused(error)) {
		for (i = 0; i < 4; i++)
			narrow[i] = (long)((const long long *)times)[i];
		error = sys(timerfd_settime, timer, flags | TFD_TIMER_ABSTIME, narrow, NULL);
	}
#else
	error = sys(timerfd_settime, timer, flags | TFD_TIMER_ABSTIME, times, NULL);
#endif
	if (timer < 0 || !error)
		return timer;
	sys(close, timer);
	return (int)error;
}

unsigned clock_ms(void)
{
	struct moment now;

	clock_read(CLOCK_MONOTONIC, &now);
	return (unsigned)now.seconds * 1000 + (unsigned)now.nanoseconds / 1000000;
}

int clock_sooner(int timeout, unsigned moment)
{
	const int left = moment ? clock_left(moment) : timeout;

	return timeout >= 0 && timeout < left ? timeout : left;
}

START_UP void clock_put_off(unsigned *limit, unsigned latest, unsigned milliseconds)
{
	const unsigned to =
		clock_left(latest) < (int)milliseconds ? latest : clock_in(milliseconds);

	if (clock_left(to) > clock_left(*limit))
		*limit = to;
}
