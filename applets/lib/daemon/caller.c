// SPDX-License-Identifier: 0BSD
/* The calling process's part of a start. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/daemon/caller.h"
#include "lib/daemon/process.h"
#include "lib/daemon/ready.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"
#include "lib/log/log.h"
#include "lib/session/leftover.h"

enum {
	/* at a daemon that is about to end, and milliseconds between them */
	LOOKS = 10, PAUSE = 20,
	/* milliseconds between looks at a program of which there is no descriptor */
	BLIND = 100,
	/* milliseconds between a program's last descriptor and the word that it has ended */
	DEATH = 500,
	/* milliseconds for a failed daemon to be gone, and for others' starts */
	SWEEP = 5000,
	END_SECONDS = 4,	/* between TERM and KILL for what did not get ready */
	INTERRUPTED = -1,	/* beside errnos: by a signal, before there was a report */
};

/*
 * How the waiting for a start goes on. A start is reported, then perhaps awaited until it
 * is ready; whatever goes wrong meanwhile ends it, with what it left swept away.
 */
enum wait_state {
	WAIT_READY,		/* the program runs, and has not said that it is ready */
	WAIT_OVER,		/* it is ready */
	WAIT_ENDED,		/* it ended before */
	WAIT_LATE,		/* it was not ready in time */
	/* stdout does not take the line that says it is ready, which say_status() tells */
	WAIT_UNHEARD,
	WAIT_INTERRUPTED,	/* a signal is to end this process */
};

/* What the waiting for readiness knows. */
struct wait {
	struct launch *l;
	pid_t session;		/* of the service */
	unsigned long long born;	/* session_now(), when that was there */
	pid_t pid;		/* of the program */
	/*
	 * a descriptor of its process, or -errno: ESRCH where it has ended; EPERM: its supervisor
	 * tells of it
	 */
	int program;
	int signals;		/* signalfd of those that would end this process; -1: none */
	int printed;		/* the start of -w line:'s line */
	struct ready_end end;	/* what its supervisor tells of how it ended */
	/* clock_in() when it is late, and to when the program can put that off at most */
	unsigned until, latest;
	enum wait_state state;
};

/*
 * The daemon that has just told of its failure is about to end, which is seen in three
 * steps: it has its lock, it has only its number, it is gone.
 */
static void sweep_one(const char *path, unsigned milliseconds)
{
	const struct patience patience = { clock_in(milliseconds), -1 };
	struct service s = { .state = SERVICE_NONE };
	int looks = LOOKS;

	do
		pidfile_sweep(path, &s, &patience);
	while ((s.state == SERVICE_STARTING || s.state == SERVICE_RUNNING) && --looks &&
	       !sys_poll(NULL, 0, PAUSE));
}

static void sweep(const struct launch *l, unsigned milliseconds)
{
	if (CFG_DAEMONIZE_PIDFILE && l->r->pidfile)
		sweep_one(l->r->pidfile, milliseconds);
	if (CFG_DAEMONIZE_SUPERVISOR_PIDFILE && l->r->supervisor_pidfile)
		sweep_one(l->r->supervisor_pidfile, milliseconds);
}

/* A message of the caller's about the program. */
static void tell(const struct launch *l, const char *what, const char *more, const char *end)
{
	launch_say(l, l->program ? l->program : applet_name, what, more, end);
}

/*
 * The signals that end a process and that its caller let through, by a descriptor from now on; -1
 * where there is none.
 */
static int take_signals(struct signal_set *taken)
{
	static const unsigned char ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM,
						SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM };
	struct signal_set ignored, blocked;
	unsigned i;
	int fd;

	memset(taken, 0, sizeof(*taken));
	signals_ignored(&ignored);
	for (i = 0; i < sizeof(ending); i++)
		if (!signal_in(&ignored, ending[i]))
			signal_add(taken, ending[i]);
	if (sys(rt_sigprocmask, SIG_BLOCK, taken, &blocked, SIGSET_BYTES) < 0)
		return -1;
	for (i = 0; i < ELEMENTS(taken->word); i++)
		taken->word[i] &= ~blocked.word[i];
	fd = (int)sys(signalfd4, -1, taken, SIGSET_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Without it they end this process at once, as they would have. */
	if (fd < 0)
		sys(rt_sigprocmask, SIG_UNBLOCK, taken, NULL, SIGSET_BYTES);
	return fd;
}

/* The supervisor's word, which may also be that the program needs more time. */
static enum ready_state by_supervisor(struct wait *w)
{
	unsigned more;
	const enum ready_state said = ready_by_supervisor(w->l, &more);

	if (more)
		clock_put_off(&w->until, w->latest, more);
	return said;
}

static enum wait_state heard(struct wait *w)
{
	static const unsigned char next[] = {
		[READY_NOT_YET] = WAIT_READY, [READY_YES] = WAIT_OVER,
		[READY_ENDED] = WAIT_ENDED, [READY_UNHEARD] = WAIT_UNHEARD,
	};
	const struct request *r = w->l->r;
	enum ready_state said;

	/* It ends the socket when it has told the log, too. */
	if (request_tells(r) && ready_hear_end(w->l, &w->end))
		return WAIT_READY;
	said = request_ready_by(r, READY_LINE) ? ready_by_line(w->l, &w->printed) :
	       request_ready_by(r, READY_FD)   ? ready_by_fd(w->l) :
	       request_notified(r)	       ? by_supervisor(w) :
						 ready_by_socket(w->l, w->session);

	return next[said];
}

/*
 * What readiness is heard from. A line is read only while stdout has room for more of it,
 * so that whoever reads that slowly does not hold up the signals and the time limit.
 */
static struct pollfd awaited(const struct launch *l)
{
	if (!request_ready_by(l->r, READY_LINE))
		return (struct pollfd){ .fd = request_notified(l->r) ? l->report : l->ready,
					.events = POLLIN };
	if (sys_poll_one(STDOUT_FILENO, POLLOUT, 0) == 0)
		return (struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT };
	return (struct pollfd){ .fd = l->report, .events = POLLIN };
}

/* Whether a descriptor has something to say in time; one that there is not has not. */
static int has_word(int fd, int milliseconds)
{
	return sys_poll_one(fd, POLLIN, milliseconds) > 0;
}

/*
 * Whether the program must be looked at by its number: there is no descriptor of a process before
 * Linux 5.3.
 */
static int is_blind(const struct wait *w)
{
	return w->program < 0 && w->program != -ESRCH && w->program != -EPERM;
}

/*
 * Whether a process of its number lives in its session, whose own number this process holds. 1 also
 * where a look fails.
 */
static int is_there(const struct wait *w)
{
	struct process p = { .leave = 0 };
	const int error = process_read(w->pid, &p);

	if (error)
		return error != ESRCH;
	return p.alive && sys(getsid, w->pid) == w->session;
}

/* Whether it has ended, or does so in time. */
static int has_ended(const struct wait *w, int milliseconds)
{
	const unsigned until = clock_in((unsigned)milliseconds);

	if (!is_blind(w))
		return w->program < 0 || has_word(w->program, milliseconds);
	while (is_there(w)) {
		if (!clock_left(until))
			return 0;
		sys_poll_one(-1, 0, PAUSE);
	}
	return 1;
}

/* One wait, and what came of it. */
static enum wait_state wait_once(struct wait *w, int left)
{
	struct pollfd fds[] = {
		awaited(w->l),
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->program, .events = POLLIN },
	};
	const int over = is_blind(w) ? !is_there(w) : w->program == -ESRCH;
	enum wait_state state = WAIT_READY;

	if (is_blind(w) && left > BLIND)
		left = BLIND;
	if (sys_poll(fds, ELEMENTS(fds), over ? 0 : left) <= 0)
		return over ? WAIT_ENDED : WAIT_READY;
	if (fds[1].revents)
		return WAIT_INTERRUPTED;
	/*
	 * What it said before it ended counts, also if that came while this poll went from one to
	 * the other.
	 */
	if (fds[0].revents && fds[0].events == POLLIN)
		state = heard(w);
	else if (fds[2].revents && !has_word(fds[0].fd, 0))
		state = WAIT_ENDED;
	return state;
}

static void await(struct wait *w)
{
	/* The limit holds, however much there is to read. */
	while (w->state == WAIT_READY) {
		const int left = clock_left(w->until);

		w->state = left ? wait_once(w, left) : WAIT_LATE;
	}
}

/*
 * The session of a service. It is that of the middle child, which this process has not reaped, so
 * that nobody else can get the number. With -1 it is that of the program itself, or of its
 * supervisor, and may be another's once they have ended: who was born later is.
 */
static pid_t session_of(const struct launch *l, const struct report *r)
{
	return CFG_DAEMONIZE_LEADER && GIVEN(l->r, '1') ? r->session : l->child;
}

/*
 * Says why what has ended, or will not say that it is ready, did so, as far as that can be known.
 * `rest` is the session of the service; NULL where that cannot be looked at.
 */
static void tell_ended(struct wait *w, struct session *rest)
{
	const struct launch *l = w->l;
	const char *why = w->end.text;

	/* It has closed -w fd:'s descriptor, and lives. */
	if (!has_ended(w, DEATH)) {
		tell(l, "closed its descriptor before it was ready", "", "");
		return;
	}
	if (request_supervised(l->r) && !request_tells(l->r) && has_word(l->report, DEATH))
		ready_hear_end(l, &w->end);
	if (!request_supervised(l->r) && rest && *leftover_pids(rest))
		why = ready_background;
	tell(l, "ended before it was ready", *why ? ": " : "", why);
}

/* Ends what is not to go on, and says so. */
static void end(struct wait *w, unsigned seconds)
{
	char number[NUMBER_TEXT];
	struct session rest;
	int error = leftover_session(&rest, w->session, w->born);

	if (w->state == WAIT_ENDED)
		tell_ended(w, error ? NULL : &rest);
	else if (w->state == WAIT_LATE)
		tell(w->l, "not ready in ", number_text(seconds, number), " s");
	/* A supervisor takes the end of this for the end of its caller. */
	sys(close, w->l->report);
	if (!error)
		error = leftover_end(&rest, END_SECONDS);
	if (error)
		tell(w->l, "may still run: ", error_text(error), "");
	sweep(w->l, SWEEP);
}

static int await_ready(struct launch *l, const struct report *r, unsigned long long born,
		       int signals, const struct signal_set *taken)
{
	const unsigned seconds = request_ready_seconds(l->r);
	struct wait w = {
		.l = l, .session = session_of(l, r), .pid = r->pid, .program = -EPERM,
		.born = born, .signals = signals
	};

	/* Without a descriptor of it it is looked at by its number. */
	if (!request_tells(l->r))
		w.program = proc_open_process(r->pid);
	if (request_ready_by(l->r, READY_FD))
		sys(close, l->r->ready_fd);
	w.until = clock_in(seconds * 1000);
	if (CFG_DAEMONIZE_WATCHDOG)
		w.latest = clock_in((seconds + CFG_DAEMONIZE_WATCHDOG_EXTEND) * 1000);
	await(&w);
	if (w.state == WAIT_OVER)
		return EXIT_DONE;
	end(&w, seconds);
	if (w.state != WAIT_INTERRUPTED)
		return w.state == WAIT_UNHEARD ? EXIT_FAILED : EXIT_NOT_READY;
	/* It ends by the signal, which has not been read, as if nothing had been in the way. */
	sys(rt_sigprocmask, SIG_UNBLOCK, taken, NULL, SIGSET_BYTES);
	return EXIT_FAILED;
}

/*
 * The start failed: says so, and sweeps. Whoever has INTERRUPTED it knows, and does not want to
 * wait for others' starts.
 */
static int failed(struct launch *l, const struct report *r, int error)
{
	const int status = r->step ? launch_failure(l, r) : EXIT_FAILED;

	if (!r->step && error == ECANCELED)
		tell(l, "ended before it had started", "", "");
	else if (!r->step && error != INTERRUPTED)
		tell(l, "no telling how its start went: ", error_text(error), "");
	/* One that runs already is no part of this start. */
	if (CFG_DAEMONIZE_PIDFILE && error != EALREADY) {
		sys(close, l->report);
		sweep(l, error == INTERRUPTED ? LOOKS * PAUSE : SWEEP);
	}
	return status;
}

/*
 * Waits for the end of the middle child, so that the daemon has a new parent: the end of the
 * sockets would not do, since descriptors close before children move. The child is not reaped where
 * its number is to be held. Returns 0 or an errno, with which the start has failed.
 */
static int await_orphan(const struct launch *l)
{
	const int holds = CFG_DAEMONIZE_READY && l->r->readiness;
	siginfo_t info;
	long error;

	do
		error = sys(waitid, P_PID, l->child, &info, holds ? WEXITED | WNOWAIT : WEXITED,
			    NULL);
	while (error == -EINTR);
	/* Where CHLD is ignored there is nothing to reap, but its end has been waited for. */
	return error == -ECHILD ? 0 : -(int)error;
}

/* Tells the daemon that it has a new parent. Returns 0 or an errno. */
static int let_go_on(const struct launch *l)
{
	const long sent = sys(sendto, l->report, "", 1, MSG_NOSIGNAL, NULL, 0);

	return sent < 0 ? -(int)sent : 0;
}

/*
 * Waits for a word of a start, or for a signal that is to end this process. Then no report can be
 * sent any more: what has sent one is waited for until it is ready, which the signal ends, and all
 * others fail.
 */
static int is_interrupted(const struct launch *l, int signals)
{
	struct pollfd fds[] = {
		{ .fd = l->report, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int tries = LOOKS;

	if (signals < 0)
		return 0;
	while (sys_poll(fds, ELEMENTS(fds), -1) <= 0)
		if (!--tries)
			return 0;
	if (!fds[1].revents)
		return 0;
	sys(shutdown, l->report, SHUT_RD);
	return 1;
}

/*
 * A supervisor tells of its program when that has been executed; without one the report comes, and
 * then the exec, or another one. The socket blocks, so that EAGAIN means a call that failed and not
 * a word that is still to come: the call is made again. A program whose report is lost would go on,
 * and this start be said to have failed. Returns 0, an errno, or INTERRUPTED.
 */
static START_UP int hear_start(const struct launch *l, struct report *r, int signals)
{
	const int parts = request_supervised(l->r) ? 1 : 2;
	struct launch_reading reading = { .length = 0 };
	int exec, error = 0, interrupted = 0;

	for (exec = 0; exec < parts && !error; exec++) {
		if (CFG_DAEMONIZE_READY && !interrupted)
			interrupted = is_interrupted(l, signals);
		do
			error = launch_read(l->report, &reading, exec, r);
		while (error == EAGAIN && !r->step && ++reading.failed < LOOKS);
	}
	return error && interrupted && !r->step ? INTERRUPTED : error;
}

START_UP int caller_await(struct launch *l)
{
	const int waits = CFG_DAEMONIZE_READY && l->r->readiness > READY_AT_ONCE;
	struct report r = { .step = NULL };
	struct signal_set taken;
	int error = CFG_STEP_SECOND_FORK ? await_orphan(l) : 0, status;
	/* Before the daemon goes on, whose program would be left behind otherwise. */
	const int signals = waits ? take_signals(&taken) : -1;
	unsigned long long born;

	if (CFG_STEP_SECOND_FORK && !error)
		error = let_go_on(l);
	born = waits ? session_now() : 0;
	/* One who has ended, so that nobody takes the word, has said why before. */
	if (!error || error == EPIPE || error == ECONNRESET)
		error = hear_start(l, &r, signals);
	if (error) {
		status = failed(l, &r, error);
		/* What has come meanwhile ends it. */
		if (signals >= 0)
			sys(rt_sigprocmask, SIG_UNBLOCK, &taken, NULL, SIGSET_BYTES);
		return status;
	}
	/* It runs, and there is something to be said of that. */
	if (CFG_DAEMONIZE_SUPERVISE && r.subject && launch_speaks(l->r))
		complain(l->program, r.subject);
	return waits ? await_ready(l, &r, born, signals, &taken) : EXIT_DONE;
}
