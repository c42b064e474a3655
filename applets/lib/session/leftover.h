/* SPDX-License-Identifier: 0BSD */
/* What a service leaves behind: processes of its session, or its descendants. */
#ifndef LEFTOVER_H
#define LEFTOVER_H

#include "lib/session/session.h"

/*
 * All of these print nothing. "0 or an errno" means an error of any look or
 * signal, after which it cannot be told what is left; ETIMEDOUT is that some are.
 */

/*
 * Takes note, before a service is stopped, of what belongs to it: with `made`
 * the session of its main process, which must have been made for it; else its
 * holder (the supervisor, or the main process itself) and the descendants of that,
 * which after its end could no longer be known. Where one of the two is 0, the
 * other stands for it. Returns 0 or an errno: ESRCH where the process has ended
 * already; EPERM where the caller belongs to it itself, or it shares the session
 * of process 1.
 */
int leftover_note(struct session *rest, pid_t main, pid_t holder, int made);

/*
 * The same for the session of a number, which the caller keeps from being given anew, since it is
 * that of a child that it has not waited for; or which was there when session_now() was `known`.
 * 0: now.
 */
int leftover_session(struct session *rest, pid_t session, unsigned long long known);

/*
 * Ends what was noted: TERM, KILL for what is left after `seconds`, and a wait of
 * at most five more. Returns 0 where a look has found nothing any more, ETIMEDOUT,
 * or another errno.
 */
int leftover_end(struct session *rest, unsigned seconds);

/*
 * The pids of those that are still there, "12 34", the first thirty or so; "" where there is none,
 * or a look failed. The text is in `rest`.
 */
const char *leftover_pids(struct session *rest);

/*
 * Likewise those that had left the session before, which leftover_note has seen to descend from the
 * main process. What forked twice, or whose parent has ended, is nobody's descendant any more and
 * is not seen; nor is what a look fails to show: these are signs, no proof.
 */
const char *leftover_away(struct session *rest);

#endif
