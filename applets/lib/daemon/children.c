// SPDX-License-Identifier: 0BSD
/* The children of this process, by their parent in /proc. */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/daemon/children.h"
#include "lib/daemon/process.h"
#include "lib/libc/syscall.h"

/*
 * What is done with each child: a signal, or where there is a text its number is written behind
 * that.
 */
struct look {
	pid_t parent, except;
	int signal;
	int error;		/* the errno of the first that failed */
	char *pids, *end;
};

static int do_child(struct look *look, pid_t pid)
{
	struct process p = { .leave = 0 };
	char number[NUMBER_TEXT];
	int error = process_read(pid, &p);

	if (error || p.parent != look->parent || pid == look->except)
		return error == ESRCH ? 0 : error;
	if (!look->pids) {
		error = -(int)sys(kill, pid, look->signal);
		return error == ESRCH ? 0 : error;
	}
	if (p.alive && look->end - look->pids < PIDS_TEXT - NUMBER_TEXT - 1)
		look->end = stpcpy(stpcpy(look->end, look->end == look->pids ? "" : " "),
				   number_text((unsigned)pid, number));
	return 0;
}

/* The others are done all the same where one fails. */
static void do_name(void *to, const char *name, int folder __attribute__((unused)))
{
	const pid_t pid = proc_number(name);
	struct look *look = to;
	const int failed = pid > 0 ? do_child(look, pid) : 0;

	look->error = look->error ? look->error : failed;
}

static int do_children(struct look *look)
{
	const int error = proc_each("/proc", do_name, look);

	return error ? error : look->error;
}

/*
 * The kernel's own list of this process's children (CONFIG_PROC_CHILDREN; by this path since Linux
 * 3.17). It is read within microseconds: what forks and ends without end is met before its next
 * fork, for which a walk through all of /proc comes late. Returns 0 or the errno of a look that
 * failed, ENOENT where there is no such list. A kill(2) that was refused is no reason for a walk,
 * which would be refused as well and signal all others twice.
 */
static START_UP int signal_listed(int signal, pid_t except)
{
	char list[256];
	static const char path[] = "/proc/thread-self/children";
	const int other = proc_is_other();
	const int fd = other ? -other : sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	long length, i;
	pid_t pid = 0;

	if (fd < 0)
		return -fd;
	while ((length = sys(read, fd, list, sizeof(list))) > 0)
		for (i = 0; i < length; i++) {
			/* A number may begin in one read and end in the next. */
			if (list[i] != ' ') {
				pid = pid * 10 + (list[i] - '0');
				continue;
			}
			if (pid != except)
				sys(kill, pid, signal);
			pid = 0;
		}
	sys(close, fd);
	return -(int)length;
}

START_UP void children_signal(int number, pid_t except)
{
	struct look look = { .parent = (pid_t)sys(getpid, 0), .except = except, .signal = number };

	if (signal_listed(number, except) != 0)
		do_children(&look);
}

START_UP int children_list(pid_t parent, char pids[PIDS_TEXT])
{
	struct look look = { .parent = parent, .pids = pids, .end = pids };

	*pids = '\0';
	return do_children(&look);
}
