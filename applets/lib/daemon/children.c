// SPDX-License-Identifier: 0BSD
/* The children of this process, by their parent in /proc. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/children.h"
#include "lib/daemon/process.h"
#include "lib/libc/syscall.h"

/* What is done with each child: a signal, or where there is a text its number is written behind that. */
struct look {
	pid_t parent, except;
	int signal;
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

static int do_children(struct look *look)
{
	_Alignas(struct entry) char buffer[2048];
	const int proc = sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long at, length;
	int error = 0;

	if (proc < 0)
		return -proc;
	while ((length = sys(getdents64, proc, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
			const long pid = number_whole(((struct entry *)(buffer + at))->name, 10, INT_MAX);
			const int failed = pid > 0 ? do_child(look, (pid_t)pid) : 0;

			error = error ? error : failed;
		}
	sys(close, proc);
	return length < 0 ? -(int)length : error;
}

START_UP int children_signal(int number, pid_t except)
{
	struct look look = { .parent = (pid_t)sys(getpid, 0), .except = except, .signal = number };

	return do_children(&look);
}

START_UP int children_list(pid_t parent, char pids[PIDS_TEXT])
{
	struct look look = { .parent = parent, .pids = pids, .end = pids };

	*pids = '\0';
	return do_children(&look);
}
