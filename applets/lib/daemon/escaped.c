// SPDX-License-Identifier: 0BSD
/* What has left the session of a service. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/escaped.h"
#include "lib/daemon/process.h"
#include "lib/libc/syscall.h"

enum { GENERATIONS = 64 };

static void note(struct escaped *e, pid_t pid, pid_t root, pid_t session)
{
	struct process p = { .leave = 0 };
	const long its = sys(getsid, pid);
	size_t length;

	/* Kernel threads and other namespaces have 0. */
	if (its <= 0 || its == session || e->count == ESCAPED_MOST || process_descends(pid, root, GENERATIONS) != 1)
		return;
	if (process_read(pid, &p) || !p.alive)
		return;
	length = strcspn(p.start, " ");
	if (length >= sizeof(e->who[0].start))
		return;
	e->who[e->count].pid = pid;
	*(char *)mempcpy(e->who[e->count++].start, p.start, length) = '\0';
}

START_UP void escaped_note(struct escaped *e, pid_t root, pid_t session)
{
	_Alignas(struct entry) char buffer[2048];
	const int proc = sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long at, length;

	e->count = 0;
	while (proc >= 0 && (length = sys(getdents64, proc, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
			const long pid = number_whole(((struct entry *)(buffer + at))->name, 10, INT_MAX);

			if (pid > 0)
				note(e, (pid_t)pid, root, session);
		}
	if (proc >= 0)
		sys(close, proc);
}

START_UP const char *escaped_alive(struct escaped *e)
{
	char number[NUMBER_TEXT], *end = e->pids;
	struct process p = { .leave = 0 };
	unsigned i;

	*end = '\0';
	for (i = 0; i < e->count; i++) {
		const size_t length = strlen(e->who[i].start);

		if (process_read(e->who[i].pid, &p) || !p.alive || strncmp(p.start, e->who[i].start, length) != 0 ||
		    p.start[length] != ' ')
			continue;
		end = stpcpy(stpcpy(end, end == e->pids ? "" : " "), number_text((unsigned)e->who[i].pid, number));
	}
	return e->pids;
}
