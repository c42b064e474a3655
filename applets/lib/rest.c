// SPDX-License-Identifier: 0BSD
/* What a service leaves behind, ended. */
#include <signal.h>
#include "../box.h"
#include "rest.h"
#include "session.h"
#include "sys.h"

enum { GRACE = 4, LAST = 1, SECOND = 1000 };	/* seconds before and after KILL */

/* Common, for the reason that session.c has. */
struct session rest __attribute__((common));

/* Those who were told to end, and by now may be anybody's children. */
static int was_told(struct session *s, pid_t pid)
{
	return s->mark[pid] & SENT;
}

static int open_rest(void)
{
	if (rest.mark)
		return 0;
	rest.ask = SYS_getsid;
	rest.wanted = CHOSEN;
	return session_open(&rest) < 0 ? ENOENT : 0;
}

int rest_note(const struct service *service)
{
	const pid_t main = service->program ? service->program : service->holder;
	const int error = main ? open_rest() : 0;
	long session;

	if (error || !main)
		return error;
	session = sys(getsid, main);
	if (service->made && session > 0) {
		rest.mark[session] |= CHOSEN;
		return 0;
	}
	rest.mark[service->holder] |= ROOT;
	rest.extra = session_descends;
	signal_all(&rest, SIGTERM);
	rest.extra = was_told;
	return 0;
}

int rest_end(int seconds)
{
	if (!rest.mark)
		return 0;
	if (rest.extra != was_told)
		signal_all(&rest, SIGTERM);
	if (await_end(&rest, (unsigned)seconds * SECOND) == 0)
		return 0;
	signal_all(&rest, SIGKILL);
	return await_end(&rest, LAST * SECOND) ? ETIMEDOUT : 0;
}

void rest_end_session(pid_t session)
{
	if (open_rest() != 0)
		return;
	rest.mark[session] |= CHOSEN;
	rest_end(GRACE);
}
