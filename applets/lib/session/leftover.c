// SPDX-License-Identifier: 0BSD
/* What a service leaves behind, ended. */
#include <signal.h>
#include <string.h>
#include "box.h"
#include "lib/session/leftover.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

enum { LAST = 5, SECOND = 1000 };	/* seconds after KILL */
enum { LONGEST = 200 };			/* bytes of pids in a message */

static int open_rest(struct session *rest)
{
	memset(rest, 0, offsetof(struct session, name));
	rest->ask = SYS_getsid;
	rest->wanted = CHOSEN;
	rest->separator = " ";
	/* The caller has its own words for an error. */
	rest->told = TOLD_ALL;
	return session_open(rest);
}

/* A session that is ended must be neither the caller's own nor that of process 1. */
static int choose_session(struct session *rest, long session)
{
	if (session < 0)
		return rest->error ? rest->error : ESRCH;
	if (session <= 1 || session == session_id(rest, SYS_getsid, 0))
		return EPERM;
	session_mark(rest, (pid_t)session, CHOSEN);
	return 0;
}

/* Marks the process and all below it, who by the end of the service may be anybody's children. */
static int choose_descendants(struct session *rest, pid_t root)
{
	int error;

	rest->mark[root] |= ROOT;
	rest->extra = session_descends;
	error = session_note(rest);
	if (!error && session_descends(rest, rest->self))
		return EPERM;
	/* Where it has ended by now, some of them may have had another parent then. */
	if (!error && !(session_read(rest, root) && session_lives(rest)))
		return rest->error ? rest->error : ESRCH;
	return error;
}

START_UP int leftover_note(struct session *rest, pid_t main, pid_t holder, int made)
{
	int error = open_rest(rest);

	if (error)
		return error;
	if (!made)
		return choose_descendants(rest, holder ? holder : main);
	error = choose_session(rest, session_id(rest, SYS_getsid, main ? main : holder));
	/* Where a look fails, that is known before anything has been stopped. */
	return error ? error : session_note(rest);
}

START_UP int leftover_session(struct session *rest, pid_t session)
{
	const int error = open_rest(rest);

	return error ? error : choose_session(rest, session);
}

START_UP int leftover_end(struct session *rest, unsigned seconds)
{
	int error;

	session_signal(rest, SIGTERM);
	error = session_await(rest, seconds * SECOND);
	if (error == ETIMEDOUT) {
		session_signal(rest, SIGKILL);
		error = session_await(rest, LAST * SECOND);
	}
	/*
	 * A descendant that one look failed to see is lost to the later ones; of a session each
	 * sees all.
	 */
	return !error && rest->extra ? rest->trouble : error;
}

/* As many as a message may hold. */
static START_UP void add_pid(struct session *rest)
{
	show_pid(rest);
	rest->stop = rest->fill > LONGEST;
}

const char *leftover_pids(struct session *rest)
{
	session_look(rest, add_pid, 0);
	rest->out[rest->fill] = '\0';
	return rest->out;
}
