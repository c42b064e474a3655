// SPDX-License-Identifier: 0BSD
/* Signalling the processes of a session, and waiting for their end. */
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/message.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

/*
 * Ticks in which a number that was given back is not given again: all others
 * come first, which at a pid_max of 32,768 and with a machine that does nothing
 * but fork was seen to take 1.2 seconds.
 */
enum { UNUSED = 50 };

/* Milliseconds, fewer than those, after which one that is waited for is looked at again. */
enum { AGAIN = 400 };

enum {
	SHORTLY = 50,		/* milliseconds between two looks, where nobody can be waited for */
	SIGNALLING = 1000,	/* ... of signals to those who are new in each look */
	KILLING = 5000,		/* ... of KILL, likewise */
	LEAST = 10,		/* looks, however slow they are */
};

static void tell_once(struct session *s, int what, const char *subject, const char *why)
{
	if (!(s->told & what))
		complain(subject, why);
	s->told |= (char)what;
}

/* A descriptor of the process, or -errno. */
static int START_UP open_pidfd(struct session *s)
{
	const int fd = proc_open_process(s->pid);

	if (fd == -ESRCH)
		s->ended += (unsigned)s->pid;
	else if (fd < 0)
		tell_once(s, TOLD_PIDFD, "pidfd_open", "refused: goes by process numbers");
	return fd;
}

/*
 * Forgets what was sent to those between two members: whoever has such a number later is another.
 */
static void forget(struct session *s, pid_t until)
{
	while (++s->last < until)
		if (s->mark[s->last] & (ROOT | SENT | STOPPED | KILLED))
			s->mark[s->last] &= (unsigned char)~(ROOT | SENT | STOPPED | KILLED);
	s->last = until;
}

/*
 * Whether no process, and no zombie, has the number of the one session chosen, as its own
 * or its group's or session's: one call in the place of one a process (fs/fcntl.c, f_setown;
 * before Linux 4.13 it never fails, and a look has to tell).
 */
static int is_over(const struct session *s)
{
	return s->only > 0 && !s->extra && sys_fcntl(s->proc, F_SETOWN, s->only) == -ESRCH;
}

/* Looks with what forgets where it comes by. Returns 0 or an errno. */
static int look(struct session *s, session_act *act)
{
	if (is_over(s))
		s->last = s->found = s->stop = s->error = s->seen_other = s->restless = 0;
	else
		session_look(s, act, 1);
	if (!s->stop)
		forget(s, s->top + 1);
	return s->error;
}

/*
 * Whether the one that was left stopped is still there, and in the session, which nobody else can
 * get meanwhile.
 */
static int is_held(const struct session *s)
{
	return s->holder_fd >= 0 && sys_poll_one(s->holder_fd, POLLIN, 0) == 0 &&
	       sys(getsid, s->holder) == s->only;
}

/*
 * Whether the process looked at is in the session that was chosen, and not in
 * one that was given its number after all of that had ended. Who is in
 * such a one was born after it was made; so one member that was born before
 * (a zombie will do) shows that the session was there all the time. Of several
 * sessions, and of what belongs by descent, this is not known.
 */
static int is_same(const struct session *s)
{
	return s->only <= 0 || s->extra || s->start <= s->known + UNUSED || is_held(s);
}

static void note_session(struct session *s)
{
	if (!is_same(s)) {
		s->seen_other = 1;
		return;
	}
	/* Whoever is in it, dead or alive, keeps its number from being given anew. */
	s->known = s->seen;
}

/*
 * Whether the descriptor that was opened is of the process that was looked at, or of another of
 * the session: this process may have been held up in between until that number was another's.
 */
static int is_still(struct session *s)
{
	if (s->only <= 0 || s->extra)
		return 1;
	if (!session_read(s, s->pid))
		return 0;
	s->seen_other |= !is_same(s);
	return is_same(s);
}

/* Takes note of where the look has come to. Returns whether that is a member: zombies are none. */
static int START_UP pass(struct session *s)
{
	forget(s, s->pid);
	if (s->top < s->pid)
		s->top = s->pid;
	note_session(s);
	return session_lives(s);
}

/* Whether this one is not to be signalled: the system's own, or the caller's. */
static int is_protected(struct session *s, long sid)
{
	if (GIVEN(s, OPTION_FORCE))
		return 0;
	/* Where it is here as part of a service, the caller must be no part of that. */
	if (s->extra && !(s->mark[sid] & CHOSEN))
		return s->extra(s, s->self);
	return sid <= 1 || sid == session_id(s, SYS_getsid, 0);
}

/* Returns whether it was signalled. */
static int deliver(struct session *s, int fd)
{
	char number[NUMBER_TEXT];
	long error = -ENOSYS;

	s->mark[s->pid] |= (unsigned char)s->note;
	s->found++;
	if (fd >= 0)
		error = sys(pidfd_send_signal, fd, s->number, NULL, 0);
	if (error == -ENOSYS || error == -EPERM)
		error = sys(kill, s->pid, s->number);
	if (error == 0 || error == -ESRCH)
		return !error;
	if (s->told != TOLD_ALL)
		complain(number_text((unsigned)s->pid, number), error_text(-(int)error));
	s->trouble = s->error = -(int)error;
	/* Whom this process may not stop it may not kill either: kill(2) asks the same of both. */
	if (s->number == SIGSTOP)
		s->mark[s->pid] |= KILLED;
	return 0;
}

/*
 * In the first look of KILL one is stopped in place of that, and so keeps the session's number
 * taken until kill_stopped() ends it last. Returns the descriptor that is to be closed.
 */
static int hold(struct session *s, int fd)
{
	const int before = s->holder_fd;

	s->number = SIGSTOP;
	if (deliver(s, fd)) {
		s->mark[s->pid] &= (unsigned char)~KILLED;
		s->holder = s->pid;
		s->holder_fd = fd;
		fd = before;
	}
	s->number = SIGKILL;
	return fd;
}

static void START_UP signal_one(struct session *s)
{
	long sid;
	int fd;

	if (!pass(s) || !is_same(s) ||
	    s->mark[s->pid] & (s->note | (s->note == STOPPED ? KILLED : 0)) ||
	    (s->mark[s->pid] & s->needed) != s->needed)
		return;
	fd = open_pidfd(s);
	/*
	 * Asked again: from here on the descriptor stands for the one that is meant. Whether it
	 * belongs comes last, since it may be leaving.
	 */
	if (fd != -ESRCH && is_still(s) && (sid = session_id(s, SYS_getsid, s->pid)) >= 0 &&
	    session_holds(s, s->pid)) {
		if (is_protected(s, sid)) {
			tell_once(s, TOLD_PROTECTED, "the caller's session, or the system's",
				  "not without --force");
			s->trouble = s->error = EPERM;
		} else if (s->number == SIGKILL && !s->needed && s->only > 0 && !is_held(s)) {
			fd = hold(s, fd);
		} else {
			deliver(s, fd);
		}
	}
	/* Where it is none, close says so and does nothing. */
	sys(close, fd);
}

static int signal_look(struct session *s, int number)
{
	s->number = number;
	s->note = number == SIGKILL ? KILLED : number == SIGSTOP ? STOPPED : SENT;
	look(s, signal_one);
	return s->found;
}

static START_UP void ignore(struct session *s __attribute__((unused)))
{
}

int session_note(struct session *s)
{
	return session_look(s, ignore, 0);
}

static int may_look_again(struct session *s)
{
	return ++s->looks < LEAST || clock_left(s->deadline);
}

/*
 * Stops all before it kills any, until there are none that are new: stopped
 * processes do not fork faster than they are killed.
 */
static int kill_stopped(struct session *s)
{
	int found, all = 0;

	do {
		s->needed = 0;
		while ((found = signal_look(s, SIGSTOP)) && may_look_again(s))
			all += found;
		s->needed = STOPPED;
	} while (signal_look(s, SIGKILL) && may_look_again(s));
	s->needed = 0;
	return all;
}

static void tell_other(struct session *s)
{
	if (!s->seen_other)
		return;
	tell_once(s, TOLD_OTHER, "some are left", "their session may be another by now");
	s->trouble = EAGAIN;
}

START_UP int session_signal(struct session *s, int number)
{
	int found, all = 0;

	s->deadline = clock_in(number == SIGKILL ? KILLING : SIGNALLING);
	s->looks = 0;
	/*
	 * A child whose parent ends has another: what belongs by descent is found before the first
	 * of them can end.
	 */
	if (s->extra)
		session_note(s);
	if (s->extra && number == SIGKILL)
		return kill_stopped(s);
	do
		all += found = signal_look(s, number);
	while (found && number != SIGKILL && may_look_again(s));
	if (all && number == SIGKILL)
		kill_stopped(s);
	sys(close, s->holder_fd);
	s->holder_fd = -1;
	tell_other(s);
	return all;
}

/* Waits for the end of one; the look stops at one that is still there when the time is over. */
static START_UP void await_one(struct session *s)
{
	int left = clock_left(s->deadline), fd, ready;

	if (!pass(s) || !is_same(s))
		return;
	fd = open_pidfd(s);
	if (fd != -ESRCH && is_still(s) && session_holds(s, s->pid)) {
		s->found++;
		/*
		 * Without a descriptor, a short sleep for the whole look. With one, so that
		 * whoever is made meanwhile is known to belong.
		 */
		if (left > (fd < 0 ? SHORTLY : AGAIN))
			left = fd < 0 ? SHORTLY : AGAIN;
		ready = left ? sys_poll_one(fd, POLLIN, left) : 0;
		s->stop = ready <= 0;
		if (ready < 0 && ready != -EINTR)
			session_trouble(s, "poll", -ready);
	}
	sys(close, fd);
}

START_UP int session_await(struct session *s, unsigned milliseconds)
{
	unsigned long long noted;
	int error;

	s->deadline = clock_in(milliseconds);
	do {
		/*
		 * Whoever was made meanwhile belongs, which can be seen as long as its parent
		 * lives; the look below stops at the first that does.
		 */
		error = s->extra ? session_note(s) : 0;
		noted = s->noted;
		if (!error)
			error = look(s, await_one);
		s->ever |= s->found;
		if (error)
			return error;
		/* It may have taken seconds, in which a number can go from one to another. */
		s->noted = noted;
		if (s->restless)
			sys_poll(NULL, 0, SHORTLY);
	} while ((s->found && !s->stop) || ((s->found || s->restless) && clock_left(s->deadline)));
	if (!s->found)
		tell_other(s);
	return s->found || s->restless ? ETIMEDOUT : 0;
}
