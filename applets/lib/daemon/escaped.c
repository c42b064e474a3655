// SPDX-License-Identifier: 0BSD
/* What has left the session of a service. */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/daemon/escaped.h"
#include "lib/daemon/process.h"
#include "lib/libc/syscall.h"

enum { GENERATIONS = 64 };

/* Whose descendants are looked for, and what session they have left. */
struct look {
	struct escaped *e;
	pid_t root, session;
};

static void note(void *to, int number, int folder __attribute__((unused)))
{
	const struct look *look = to;
	struct escaped *e = look->e;
	struct process p = { .leave = 0 };
	const long its = number ? sys(getsid, number) : 0;
	size_t length;

	/* Kernel threads and other namespaces have 0. */
	if (its <= 0 || its == look->session || e->count == ESCAPED_MOST ||
	    process_descends(number, look->root, GENERATIONS) != 1)
		return;
	if (process_read(number, &p) || !p.alive)
		return;
	length = strcspn(p.start, " ");
	if (length >= sizeof(e->who[0].start))
		return;
	e->who[e->count].pid = number;
	*(char *)mempcpy(e->who[e->count++].start, p.start, length) = '\0';
}

START_UP void escaped_note(struct escaped *e, pid_t root, pid_t session)
{
	struct look look = { e, root, session };

	e->count = 0;
	/* A look that fails shows fewer signs. */
	proc_each("/proc", note, &look);
}

START_UP const char *escaped_alive(struct escaped *e)
{
	char number[NUMBER_TEXT], *end = e->pids;
	struct process p = { .leave = 0 };
	unsigned i;

	*end = '\0';
	for (i = 0; i < e->count; i++) {
		const size_t length = strlen(e->who[i].start);

		if (process_read(e->who[i].pid, &p) || !p.alive ||
		    strncmp(p.start, e->who[i].start, length) != 0 || p.start[length] != ' ')
			continue;
		end = stpcpy(stpcpy(end, end == e->pids ? "" : " "),
			     number_text((unsigned)e->who[i].pid, number));
	}
	return e->pids;
}
