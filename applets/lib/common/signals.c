// SPDX-License-Identifier: 0BSD
/* Signals by name, their dispositions and the mask. */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/common/signals.h"
#include "lib/libc/syscall.h"

/* By number, since numbers differ between CPUs; not all of six bytes end in a NUL. */
static const char names[][6] START_UP_DATA = {
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
	unsigned long long offset = 0;

	if (length && ((*text != '+' && *text != '-') ||
		       number_read(text + 1, 10, &offset) != text + length || offset > SIGNALS))
		return -1;
	base += length && *text == '-' ? -(int)offset : (int)offset;
	return base >= SIGRTMIN && base <= SIGRTMAX ? base : -1;
}

/* Whether a name begins with another, in either case: bit 5 is the difference between these. */
static int differs(const char *name, const char *upper, size_t length)
{
	while (length && *name > ' ' && !((*name ^ *upper) & ~0x20))
		name++, upper++, length--;
	return length != 0;
}

static int numeric(const char *text, size_t length)
{
	unsigned long long value;

	if (number_read(text, 10, &value) != text + length || value - 1 >= SIGNALS)
		return -1;
	return (int)value;
}

START_UP int signal_number(const char *name, size_t length)
{
	unsigned i;

	if (length && (unsigned char)(*name - '0') <= 9)
		return numeric(name, length);
	if (length > 3 && differs(name, "SIG", 3) == 0) {
		name += 3;
		length -= 3;
	}
	if (!length)
		return -1;
	for (i = 1; i < ELEMENTS(names); i++)
		if (length <= 6 && differs(name, names[i], length) == 0 &&
		    (length == 6 || !names[i][length]))
			return (int)i;
	if (length >= 5 && differs(name, "RTMIN", 5) == 0)
		return offset_from(SIGRTMIN, name + 5, length - 5);
	if (length >= 5 && differs(name, "RTMAX", 5) == 0)
		return offset_from(SIGRTMAX, name + 5, length - 5);
	return -1;
}

const char *signal_name(unsigned number, char buffer[SIGNAL_NAME])
{
	char digits[NUMBER_TEXT];

	/* A name of six bytes has no NUL at its end. */
	memset(buffer, 0, SIGNAL_NAME);
	if (number < ELEMENTS(names) && *names[number])
		return memcpy(buffer, names[number], sizeof(names[number]));
	return strcpy(buffer, number_text(number, digits));
}

char *signal_ended(int status, char buffer[ENDED_TEXT])
{
	char text[NUMBER_TEXT];
	const unsigned signal = status & 0x7f;

	strcpy(stpcpy(stpcpy(buffer, signal ? "ended by signal " : "ended with status "),
		      signal ? signal_name(signal, text) :
			       number_text((unsigned)status >> 8, text)),
	       status & 0x80 ? ", core dumped" : "");
	return buffer;
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

#ifdef __x86_64__
/* What a handler returns to: x86-64 alone has no such code in the kernel's own (sigreturn(2)). */
void signal_return(void);
__asm__(".pushsection .text.signal_return, \"ax\", @progbits\n"
	"signal_return: movl $15, %eax\n"
	"syscall\n"
	".popsection");
#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000	/* asm/signal.h; musl keeps it to itself */
#endif
#endif

/* The kernel's struct: handler, flags, restorer, mask; on MIPS flags, handler, mask. */
#ifdef __mips__
enum { FLAGS, HANDLER };
#else
enum { HANDLER, FLAGS, RESTORER };
#endif
struct action {
	unsigned long word[4 + SIGSET_BYTES / sizeof(long)];
};

static int set_action(unsigned number, unsigned long handler)
{
	struct action action = { { 0 } };

	action.word[HANDLER] = handler;
#ifdef __x86_64__
	action.word[FLAGS] = SA_RESTORER;
	action.word[RESTORER] = (unsigned long)signal_return;
#endif
	return (int)sys(rt_sigaction, number, &action, NULL, SIGSET_BYTES);
}

int signal_dispose(unsigned number, int ignore)
{
	return set_action(number, ignore ? (unsigned long)SIG_IGN : (unsigned long)SIG_DFL);
}

int signal_catch(unsigned number, void (*function)(int number))
{
	return set_action(number, (unsigned long)function);
}

static unsigned hex_digit(unsigned char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

int signals_read(struct signal_set *set, const char *status, const char *key)
{
	const char *mask = proc_find(status, key);
	unsigned i;

	memset(set, 0xff, sizeof(*set));
	/*
	 * The text may end too early, since it has all of a process's groups, of which there may be
	 * thousands.
	 */
	if (!mask || strlen(mask) < SIGNALS / 4)
		return ENOENT;
	/*
	 * Hex digits, the last for signals 1 to 4. Each pushes those before it up, and a word holds
	 * no more than its own.
	 */
	for (i = 0; i < SIGNALS / 4; i++) {
		unsigned long *word = &set->word[(SIGNALS - 4 - 4 * i) / SIGNALS_A_WORD];

		*word = *word << 4 | hex_digit((unsigned char)mask[i]);
	}
	return 0;
}

void signals_ignored(struct signal_set *set)
{
	char status[2048];
	struct action action;
	unsigned number;

	if (proc_read("/proc/self/status", status, sizeof(status)) > 0 &&
	    !signals_read(set, status, "\nSigIgn:\t"))
		return;
	memset(set, 0, sizeof(*set));
	for (number = 1; number <= SIGNALS; number++)
		if (sys(rt_sigaction, number, NULL, &action, SIGSET_BYTES) == 0 &&
		    action.word[HANDLER] == (unsigned long)SIG_IGN)
			signal_add(set, number);
}

int signals_block(const struct signal_set *set, struct signal_set *old)
{
	struct signal_set all;

	if (!set)
		set = memset(&all, 0xff, sizeof(all));
	return (int)sys(rt_sigprocmask, SIG_SETMASK, set, old, SIGSET_BYTES);
}
