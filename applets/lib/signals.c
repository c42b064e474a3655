// SPDX-License-Identifier: 0BSD
/* Signals by name, their dispositions and the mask. */
#include <string.h>
#include <strings.h>
#include "../box.h"
#include "number.h"
#include "proc.h"
#include "signals.h"
#include "sys.h"

/* By number, since numbers differ between CPUs; not all of six bytes end in a NUL. */
static const char names[][6] = {
	[SIGHUP] = "HUP", [SIGINT] = "INT", [SIGQUIT] = "QUIT",
	[SIGILL] = "ILL", [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",
	[SIGBUS] = "BUS", [SIGFPE] = "FPE", [SIGKILL] = "KILL",
	[SIGUSR1] = "USR1", [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
	[SIGCHLD] = "CHLD", [SIGCONT] = "CONT", [SIGSTOP] = "STOP",
	[SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",
	[SIGURG] = "URG", [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ",
	[SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
	[SIGIO] = "IO", [SIGPWR] = "PWR", [SIGSYS] = "SYS",
};

/* "+3" or "-3" behind a name that ends there, from its base; -1 where it is none. */
static int offset_from(int base, const char *text, size_t length)
{
	int sign = *text == '-' ? -1 : 1;
	int offset = 0;

	if (!length)
		return base;
	if (*text != '+' && *text != '-')
		return -1;
	for (text++, length--; length; text++, length--) {
		if ((unsigned char)(*text - '0') > 9 || offset > SIGNALS)
			return -1;
		offset = offset * 10 + *text - '0';
	}
	base += sign * offset;
	return base >= SIGRTMIN && base <= SIGRTMAX ? base : -1;
}

static int numeric(const char *text, size_t length)
{
	unsigned long long value;

	if (number_read(text, 10, &value) != text + length || value - 1 >= SIGNALS)
		return -1;
	return (int)value;
}

int signal_number(const char *name, size_t length)
{
	unsigned i;

	if (length && (unsigned char)(*name - '0') <= 9)
		return numeric(name, length);
	if (length > 3 && strncasecmp(name, "SIG", 3) == 0) {
		name += 3;
		length -= 3;
	}
	if (!length)
		return -1;
	for (i = 1; i < ELEMENTS(names); i++)
		if (length <= 6 && strncasecmp(name, names[i], length) == 0 &&
		    (length == 6 || !names[i][length]))
			return (int)i;
	if (length >= 5 && strncasecmp(name, "RTMIN", 5) == 0)
		return offset_from(SIGRTMIN, name + 5, length - 5);
	if (length >= 5 && strncasecmp(name, "RTMAX", 5) == 0)
		return offset_from(SIGRTMAX, name + 5, length - 5);
	return -1;
}

int signal_list(const char *list, struct signal_set *set)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		int number = signal_number(list, length);

		if (number < 0)
			return -1;
		signal_add(set, (unsigned)number);
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

int signal_dispose(unsigned number, int ignore)
{
	/* The kernel's struct: handler, flags, restorer, mask; on MIPS flags, handler, mask. */
#ifdef __mips__
	enum { HANDLER = 1 };
#else
	enum { HANDLER = 0 };
#endif
	unsigned long action[4 + SIGSET_BYTES / sizeof(long)] = { 0 };

	action[HANDLER] = ignore ? (unsigned long)SIG_IGN : (unsigned long)SIG_DFL;
	return (int)sys(rt_sigaction, number, action, NULL, SIGSET_BYTES);
}

static unsigned hex_digit(unsigned char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

void signals_ignored(struct signal_set *set)
{
	char status[2048];
	const char *mask;
	unsigned i;

	memset(set, 0xff, sizeof(*set));
	if (proc_read("/proc/self/status", status, sizeof(status)) < 0)
		return;
	mask = proc_find(status, "\nSigIgn:\t");
	/* Hex digits, the last for signals 1 to 4: two of them are a byte of the set. */
	for (i = 0; mask && i < SIGSET_BYTES; i++)
		set->bit[SIGSET_BYTES - 1 - i] = (unsigned char)(hex_digit((unsigned char)mask[2 * i]) << 4 |
								  hex_digit((unsigned char)mask[2 * i + 1]));
}

int signals_block(int all)
{
	struct signal_set set;

	memset(&set, all ? 0xff : 0, sizeof(set));
	return (int)sys(rt_sigprocmask, SIG_SETMASK, &set, NULL, SIGSET_BYTES);
}
