/* SPDX-License-Identifier: 0BSD */
/* What a service leaves behind: processes of its session, or descendants. */
#ifndef REST_H
#define REST_H

#include "lib/daemon/pidfile.h"
#include "lib/session/session.h"

/*
 * Before a service that runs is stopped: takes note of what belongs to it. Where its
 * session was not made for it, that is its descendants, which after its end
 * could no longer be known. Returns 0 or an errno.
 */
int rest_note(struct session *rest, const struct service *service);

/* After it: ends what is left of that, by KILL after `seconds`. Returns 0 or an errno. */
int rest_end(struct session *rest, int seconds);

/* Ends a session: TERM, and after some seconds KILL for what is left of it. */
void rest_end_session(pid_t session);

#endif
