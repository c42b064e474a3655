// SPDX-License-Identifier: 0BSD
/* ticklog's first line with -l: why this boot came about. */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/libc/syscall.h"
#include "lib/ticklog/ticklog.h"

/* What a watchdog says of the last reset: linux/watchdog.h, WDIOF_... */
enum { OVERHEAT = 0x01, POWER_UNDER = 0x10, CARD_RESET = 0x20, POWER_OVER = 0x40 };

/* The bits of all watchdogs, of which no board has more than a few. */
static unsigned watchdogs(void)
{
	static const char form[] = "/sys/class/watchdog/watchdog0/bootstatus";
	enum { DIGIT = sizeof("/sys/class/watchdog/watchdog") - 1 };
	char path[sizeof(form)], text[NUMBER_TEXT];
	unsigned long long bits;
	unsigned all = 0;

	for (strcpy(path, form); path[DIGIT] <= '9'; path[DIGIT]++)
		if (proc_read_close(path, text, sizeof(text)) > 0 && number_read(text, 10, &bits))
			all |= (unsigned)bits;
	return all;
}

/*
 * What the kernel said as it crashed is in dmesg-ramoops-0, dmesg-efi-...: no other name of
 * pstore's (fs/pstore/platform.c) begins so.
 */
static START_UP void find_crash(void *found, const char *name, int folder __attribute__((unused)))
{
	*(int *)found |= *name == 'd';
}

static int has_crashed(void)
{
	int found = 0;

	proc_each("/sys/fs/pstore", find_crash, &found);
	return found;
}

static const char *find_cause(void)
{
	const unsigned bits = watchdogs();

	if (bits & CARD_RESET)
		return "watchdog";
	if (bits & OVERHEAT)
		return "overheat";
	if (bits & (POWER_UNDER | POWER_OVER))
		return "power";
	return has_crashed() ? "crash" : "unknown";
}

START_UP void look_at_boot(struct ticklog *t)
{
	/* Of what the kernel draws for each boot: random(4). */
	if (proc_read("/proc/sys/kernel/random/boot_id", t->boot, sizeof(t->boot)) <= 0)
		*t->boot = '?';
}

START_UP void tell_start(struct ticklog *t)
{
	tell_text(t, "start boot=%b up=%u cause=");
	tell(&t->lines, find_cause());
	lines_flush(&t->lines);
}
