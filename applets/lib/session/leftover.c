// SPDX-License-Identifier: 0BSD
/* What a service leaves behind, ended. */
#include <signal.h>
#include <string.h>
#include "box.h"
#include "lib/session/leftover.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

enum { GRACE = 4, LAST = 1, SECOND = 1000 };	/* seconds before and after KILL */

static int open_rest(struct session *rest)
{
	memset(rest, 0, offsetof(struct session, name));
	rest->ask = SYS_getsid;
	rest->wanted = CHOSEN;
	return session_open(rest) < 0 ? ENOENT : 0;
}

int rest_note(struct session *rest, const struct service *service)
{
	const pid_t main = service->program ? service->program : service->holder;
	const int error = open_rest(rest);
	const long session = sys(getsid, main);

	if (error)
		return error;
	if (service->made && session > 0) {
		rest->mark[session] |= CHOSEN;
		return 0;
	}
	rest->mark[service->holder] |= ROOT;
	rest->extra = session_descends;
	/* Marks them all, who by the end of the service may be anybody's children. */
	session_note(rest);
	return 0;
}

int rest_end(struct session *rest, int seconds)
{
	signal_all(rest, SIGTERM);
	if (session_await(rest, (unsigned)seconds * SECOND) == 0)
		return 0;
	signal_all(rest, SIGKILL);
	return session_await(rest, LAST * SECOND) ? ETIMEDOUT : 0;
}

void rest_end_session(pid_t session)
{
	struct session rest;

	if (open_rest(&rest) != 0)
		return;
	rest.mark[session] |= CHOSEN;
	rest_end(&rest, GRACE);
}
