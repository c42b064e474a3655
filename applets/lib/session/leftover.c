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

static START_UP void mark_away(struct session *rest)
{
	const long its = session_id(rest, SYS_getsid, rest->pid);

	/* Kernel threads and other namespaces have 0. */
	if (its > 0 && its != rest->only)
		rest->mark[rest->pid] |= AWAY;
}

/* Those that descend from the service and are in another session, while that can still be seen. */
static void note_away(struct session *rest, pid_t root)
{
	rest->mark[root] |= ROOT;
	rest->extra = session_descends;
	/* A look that fails shows fewer of them. */
	session_look(rest, mark_away, 0);
	rest->extra = NULL;
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
	if (!error)
		error = session_note(rest);
	if (!error)
		note_away(rest, main ? main : holder);
	return error;
}

START_UP int leftover_session(struct session *rest, pid_t session, unsigned long long known)
{
	const int error = open_rest(rest);

	if (known)
		rest->known = known;
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

static const char *list(struct session *rest, session_act *act, int read)
{
	rest->fill = 0;
	session_look(rest, act, read);
	rest->out[rest->fill] = '\0';
	return rest->out;
}

const char *leftover_pids(struct session *rest)
{
	return list(rest, add_pid, 0);
}

static START_UP int is_away(struct session *rest, pid_t pid)
{
	return rest->mark[pid] & AWAY;
}

/* Who was born after the look has another's number. */
static START_UP void add_away(struct session *rest)
{
	if (is_away(rest, rest->pid) && rest->start <= rest->noted)
		add_pid(rest);
}

const char *leftover_away(struct session *rest)
{
	const char *pids;

	rest->extra = is_away;
	pids = list(rest, add_away, 1);
	rest->extra = NULL;
	return pids;
}
