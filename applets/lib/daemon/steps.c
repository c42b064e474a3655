// SPDX-License-Identifier: 0BSD
/* The recipe, a row a step, and the steps that are a system call or two. */
#include <elf.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/path.h"
#include "lib/common/proc.h"
#include "lib/daemon/steps.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"

/* close_range(2), "since Linux 5.11"; not every libc has its header. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

/* A row a step, in their order. A step that is configured out is not in the table. */
const struct step steps_detach[] = {
	IF(DAEMONIZE_KEEP, { step_keep, "keep", 'D' },)
	IF(DAEMONIZE_READY_FD, { step_ready_fd, "ready", STEP_READY_FD, REQUEST(ready) },)
	IF(DAEMONIZE_VERBOSE, { step_verbose, "verbose", 'v', 0, STEP_SILENT },)
	IF(STEP_NULL, { step_null, "null", STEP_ALWAYS },)
	IF(DAEMONIZE_READY_SOCKET,
	   { step_ready_socket, "ready", STEP_READY_SOCKET, REQUEST(ready) },)
	{ step_fork, "fork", STEP_DETACHED },
	{ step_setsid, "setsid", STEP_FOLLOWS },
	IF(STEP_SECOND_FORK, { step_fork_again, "fork again", STEP_DETACHED },)
	IF(DAEMONIZE_LEADER, { step_setsid, "setsid", '1' },)
	IF(STEP_UMASK, { step_umask, "umask", STEP_ALWAYS, REQUEST(mask_text) },)
	IF(DAEMONIZE_PIDFILE, { step_pidfile, "pidfile", 'p', REQUEST(pidfile) },)
	IF(DAEMONIZE_SUPERVISOR_PIDFILE,
	   { step_supervisor_pidfile, "supervisor pidfile", 'P', REQUEST(supervisor_pidfile) },)
	IF(DAEMONIZE_LOCK, { step_lock, "lock", 'l', REQUEST(lockfile) },)
	IF(DAEMONIZE_FILES, { step_stdout, "stdout", 'o', REQUEST(out) },)
	IF(DAEMONIZE_FILES, { step_stderr, "stderr", 'e', REQUEST(err) },)
	IF(DAEMONIZE_CHROOT, { step_root, "chroot", OPTION_CHROOT, 0, STEP_SILENT },)
	IF(STEP_CHDIR, { step_path, "path", STEP_EXECUTES },)
	IF(STEP_CHDIR, { step_chdir, "chdir", STEP_ALWAYS, REQUEST(dir), STEP_OUTSIDE },)
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS },)
	IF(STEP_STDIO, { step_stdio, "stdio", STEP_ALWAYS },)
	{ NULL, NULL, STEP_ALWAYS }
};

const struct step steps_program[] = {
	IF(DAEMONIZE_SUPERVISE, { step_group, "group", STEP_SUPERVISED },)
	IF(DAEMONIZE_SUPERVISE, { step_output, "output", STEP_SUPERVISED },)
	IF(DAEMONIZE_SUPERVISE, { step_close, "close", STEP_SUPERVISED, 0, STEP_SILENT },)
	IF(DAEMONIZE_PIDFILE, { step_publish, "pidfile", 'p', 0, STEP_SILENT },)
	IF(DAEMONIZE_LIMIT, { step_limits, "limits", 'L', REQUEST(limit) },)
	IF(DAEMONIZE_NICE, { step_nice, "nice", 'n', REQUEST(nice) },)
	/* These may need rights that end with "user". */
	IF(DAEMONIZE_SCHED, { step_sched, "sched", OPTION_SCHED, REQUEST(sched) },)
	IF(DAEMONIZE_IONICE, { step_ionice, "ionice", OPTION_IONICE, REQUEST(ionice) },)
	IF(DAEMONIZE_CPUS, { step_cpus, "cpus", OPTION_CPUS, REQUEST(cpus) },)
	IF(DAEMONIZE_OOM_SCORE,
	   { step_oom_score, "oom score", OPTION_OOM_SCORE, REQUEST(oom_score) },)
	IF(DAEMONIZE_CAPS, { step_caps, "caps", OPTION_CAPS, REQUEST(caps) },)
	IF(DAEMONIZE_CAPS, { step_keep_caps, "ambient", OPTION_AMBIENT, 0, STEP_SILENT },)
	/* Who is meant is not for the files of a root to say that the program may write to. */
	IF(DAEMONIZE_CHROOT, IF(DAEMONIZE_USER, { step_account, "user", 'u', 0, STEP_SILENT },))
	IF(DAEMONIZE_CHROOT, { step_chroot, "chroot", OPTION_CHROOT, REQUEST(root) },)
	IF(DAEMONIZE_CHROOT,
	   IF(STEP_CHDIR, { step_chdir_inside, "chdir", OPTION_CHROOT, REQUEST(dir) },))
	IF(DAEMONIZE_USER, { step_user, "user", 'u', REQUEST(user) },)
	/*
	 * An effective capability would not outlive "user", nor would the signal of "parent" a
	 * change of these.
	 */
	IF(DAEMONIZE_CAPS, { step_ambient, "ambient", OPTION_AMBIENT, REQUEST(ambient) },)
	IF(DAEMONIZE_NO_NEW_PRIVS, { step_no_new_privs, "no new privs", OPTION_NO_NEW_PRIVS },)
	IF(DAEMONIZE_SUPERVISE, { step_parent_death, "parent", STEP_SUPERVISED },)
	{ step_environment, "environment", STEP_ALWAYS, REQUEST(set) },
	IF(STEP_SIGNALS, { step_signals, "signals", STEP_ALWAYS },)
	{ step_exec, "exec", STEP_EXECUTES, REQUEST(program) },
	{ NULL, NULL, STEP_ALWAYS }
};

START_UP int step_null(struct launch *l)
{
	/* A descriptor that the caller left closed would be taken by a file of ours. */
	do
		l->null = sys_open("/dev/null", O_RDWR, 0);
	while (l->null >= 0 && l->null <= STDERR_FILENO);
	l->subject = "/dev/null";
	return l->null < 0 ? -l->null : 0;
}

START_UP int step_keep(struct launch *l)
{
	static char text[NUMBER_TEXT];
	unsigned i;

	for (i = 0; i < l->kept; i++) {
		const long flags = sys_fcntl(l->r->keep[i], F_GETFD, 0);

		l->subject = number_text((unsigned)l->r->keep[i], text);
		if (flags < 0)
			return -(int)flags;
	}
	return 0;
}

/*
 * What -v says goes there until the exec. Behind the descriptors that were asked for, so that it
 * gets none of their numbers.
 */
START_UP int step_verbose(struct launch *l)
{
	l->verbose_to = (int)sys_fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return l->verbose_to < 0 && l->verbose_to != -EBADF ? -l->verbose_to : 0;
}

START_UP int step_fork(struct launch *l)
{
	int end[2];
	long error;

	/* Without "null" what the caller left closed is taken here, for the same reason. */
	do
		error = sys(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end);
	while (!CFG_STEP_NULL && !error && (end[0] <= STDERR_FILENO || end[1] <= STDERR_FILENO));
	/*
	 * Ignored, it would let the kernel reap the child, whose number is to be held while
	 * readiness is awaited.
	 */
	if (!error && CFG_DAEMONIZE_READY && l->r->readiness)
		error = signal_dispose(SIGCHLD, 0);
	if (error)
		return -(int)error;
	l->child = sys_fork();
	if (l->child < 0)
		return -l->child;
	l->report = end[!l->child];
	sys(close, end[!!l->child]);
	if (l->child)
		return STEP_PARENT;
	l->role = ROLE_MIDDLE;
	/*
	 * Blocked until just before the exec, so that no signal on the way is lost. The caller
	 * keeps its own.
	 */
	return -signals_block(NULL, &l->blocked);
}

START_UP int step_setsid(struct launch *l __attribute__((unused)))
{
	long session = sys(setsid, 0);

	return session < 0 ? -(int)session : 0;
}

START_UP int step_fork_again(struct launch *l)
{
	pid_t child = sys_fork();
	long length;
	char go;

	if (child)
		return child < 0 ? -child : STEP_PARENT;
	l->role = ROLE_DAEMON;
	/*
	 * The caller writes it when this process has a new parent; at the end of the sockets the
	 * caller is gone.
	 */
	length = sys(read, l->report, &go, 1);
	return length == 1 ? 0 : length ? -(int)length : ECANCELED;
}

START_UP int step_umask(struct launch *l)
{
	sys(umask, l->r->mask);
	return 0;
}

START_UP void keep_open(struct launch *l, int fd)
{
	l->r->keep[l->kept++] = fd;
}

/* The lowest descriptor to keep that is at least `from`, or UINT_MAX. */
static unsigned next_kept(const struct launch *l, unsigned from)
{
	unsigned lowest = ~0u;
	unsigned i;

	for (i = 0; i < l->kept; i++)
		if ((unsigned)l->r->keep[i] >= from && (unsigned)l->r->keep[i] < lowest)
			lowest = (unsigned)l->r->keep[i];
	return lowest;
}

START_UP int is_kept(const struct launch *l, int fd)
{
	return next_kept(l, (unsigned)fd) == (unsigned)fd;
}

enum { PIDFILE_MODE = 0644 };

/* Takes a pidfile for this start, which others that are under way may have to be waited for. */
static int take_pidfile(struct launch *l, struct pidfile *p, const char *path, int supervised)
{
	enum { SECONDS = 30 };
	const struct patience patience = {
		.until = clock_in((l->r->timeout ? l->r->timeout : SECONDS) * 1000),
		.caller = l->report
	};

	l->subject = path;
	return pidfile_take(p, path, supervised, &patience);
}

START_UP int step_pidfile(struct launch *l)
{
	return take_pidfile(l, &l->pid, l->r->pidfile, launch_stays(l));
}

START_UP int step_supervisor_pidfile(struct launch *l)
{
	int error = take_pidfile(l, &l->supervisor_pid, l->r->supervisor_pidfile, 1);

	if (!error)
		error = pidfile_publish(&l->supervisor_pid, 0, 0, 0, PIDFILE_MODE & ~l->r->mask);
	return error ? error : pidfile_started(&l->supervisor_pid);
}

START_UP int step_publish(struct launch *l)
{
	l->subject = l->r->pidfile;
	return pidfile_publish(&l->pid, l->supervisor, 0,
			       !(CFG_DAEMONIZE_FOREGROUND && GIVEN(l->r, 'f')),
			       PIDFILE_MODE & ~l->r->mask);
}

/*
 * flock(2) takes a descriptor that can only read (but on NFS, where it fails with
 * EBADF), and the program that inherits this one can do nothing else with it but read:
 * so it must have no second name, which could be /etc/shadow's. What is not a plain file
 * is not waited for.
 */
START_UP int step_lock(struct launch *l)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	const int fd = path_open_or_make(AT_FDCWD, l->r->lockfile, flags, 0600);
	struct stat st;
	int error;

	l->subject = l->r->lockfile;
	if (fd < 0)
		return -fd;
	keep_open(l, fd);
	error = sys_fstat(fd, &st);
	if (!error)
		error = S_ISREG(st.st_mode) && st.st_nlink < 2 ?
			-(int)sys(flock, fd, LOCK_EX | LOCK_NB) : EINVAL;
	if (!error)
		l->lock = fd;
	if (!error)
		error = -(int)sys_fcntl(fd, F_SETFL, 0);
	return error == EWOULDBLOCK ? EALREADY : error;
}

/*
 * Appends even to an emptied file: two that share it, or a rotation, then lose
 * nothing. A fifo without a reader is an error (ENXIO) and not waited for; the
 * program's writes wait again, as it expects.
 * Links are followed, but for root not where others could have made them. What
 * they may have put there is written to only where it is root's or the
 * directory's owner's, and has no second name: that could be /etc/shadow's, where
 * fs.protected_hardlinks (proc(5)) is off, as it is in the kernel's own default.
 */
static int open_output(const struct launch *l, const char *path, int *fd)
{
	const int flags =
		O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK | O_LARGEFILE;
	const int dir = path_open_folder(path);
	struct stat parent, it;
	int error = dir < 0 ? -dir : sys_fstat(dir, &parent), others;

	if (error)
		return error;
	others = aux_value(AT_EUID) == 0 && path_is_open_to_others(&parent);
	*fd = (int)sys(openat, dir, path_base(path), others ? flags | O_NOFOLLOW : flags, 0666);
	sys(close, dir);
	error = *fd < 0 ? -*fd : sys_fstat(*fd, &it);
	if (error)
		return error;
	if (others && ((it.st_uid && it.st_uid != parent.st_uid) ||
		       (S_ISREG(it.st_mode) && it.st_nlink != 1)))
		return EACCES;
	if (!GIVEN(l->r, 'a') && S_ISREG(it.st_mode))
		error = -(int)sys(ftruncate, *fd, 0);
	return error ? error : -(int)sys_fcntl(*fd, F_SETFL, O_APPEND);
}

START_UP int step_stdout(struct launch *l)
{
	l->subject = l->r->out;
	return open_output(l, l->r->out, &l->out_fd);
}

START_UP int step_stderr(struct launch *l)
{
	l->subject = l->r->err;
	return open_output(l, l->r->err, &l->err_fd);
}

START_UP int step_chdir(struct launch *l)
{
	/* With --chroot it is a directory of that root, which the program alone goes to. */
	const int outside = CFG_DAEMONIZE_CHROOT && GIVEN(l->r, OPTION_CHROOT);

	l->subject = outside ? "/" : l->r->dir;
	return -(int)sys(chdir, l->subject);
}

/* From the new root on, where it is relative. */
START_UP int step_chdir_inside(struct launch *l)
{
	l->subject = l->r->dir;
	return -(int)sys(chdir, l->subject);
}

/*
 * What close_from does, by /proc/self/fd: for a kernel before 5.11, or a filter that refuses
 * close_range.
 */
struct closing {
	const struct launch *l;
	unsigned flags;
	int error;		/* of one that stays */
};

static void close_one(void *to, const char *name, int folder)
{
	struct closing *c = to;
	const int fd = proc_number(name);
	long error = 0;

	if (fd <= STDERR_FILENO || fd == folder || is_kept(c->l, fd))
		return;
	/* close(2) always closes, whatever it says. */
	if (c->flags)
		error = sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
	else
		sys(close, fd);
	if (error < 0)
		c->error = -(int)error;
}

static int close_listed(const struct launch *l, unsigned flags)
{
	struct closing closing = { .l = l, .flags = flags };
	const int error = proc_each("/proc/self/fd", close_one, &closing);

	return error ? error : closing.error;
}

/*
 * Closes the descriptors from 3 up that are not kept, or lets exec do it: close_range(2) with these
 * flags.
 */
static int close_from(const struct launch *l, unsigned flags)
{
	unsigned first = STDERR_FILENO + 1;

	for (;;) {
		unsigned kept = next_kept(l, first);

		if (kept > first && sys(close_range, first, kept - (kept != ~0u), flags) < 0)
			return close_listed(l, flags);
		if (kept == ~0u)
			return 0;
		first = kept + 1;
	}
}

/* A supervisor closes what it inherited, less its own, since no exec does it. */
static int close_inherited(struct launch *l)
{
	const unsigned kept = l->kept;
	const int own[] = { l->null,
			    l->report,
			    l->pid.fd,
			    l->pid.dir,
			    l->supervisor_pid.fd,
			    l->supervisor_pid.dir,
			    l->out_fd,
			    l->err_fd,
			    l->verbose_to,
			    IF(DAEMONIZE_CHROOT, l->root) };
	unsigned i;
	int error;

	for (i = 0; i < ELEMENTS(own); i++)
		if (own[i] >= 0)
			keep_open(l, own[i]);
	error = close_from(l, 0);
	l->kept = kept;
	return error;
}

/*
 * The exec closes them, so that until then the report pipe works and its end is
 * the sign that the exec did.
 */
START_UP int step_close(struct launch *l)
{
	if (CFG_RESIDENT && l->role != ROLE_PROGRAM && launch_stays(l))
		return close_inherited(l);
	return close_from(l, CLOSE_RANGE_CLOEXEC);
}

START_UP int step_stdio(struct launch *l)
{
	const int to[] = { -1, l->out_fd, l->err_fd };
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const int detached = !(CFG_DAEMONIZE_FOREGROUND && GIVEN(l->r, 'f'));
		const int from = to[fd] < 0 && detached ? l->null : to[fd];
		const long error = from >= 0 && !is_kept(l, fd) ? sys(dup3, from, fd, 0) : 0;

		if (error < 0)
			return -(int)error;
	}
	return 0;
}

START_UP int step_output(struct launch *l)
{
	long error = 0;

	if (l->to_out >= 0)
		error = sys(dup3, l->to_out, STDOUT_FILENO, 0);
	if (error >= 0 && l->to_err >= 0)
		error = sys(dup3, l->to_err, STDERR_FILENO, 0);
	return error < 0 ? -(int)error : 0;
}

START_UP int step_group(struct launch *l __attribute__((unused)))
{
	return -(int)sys(setpgid, 0, 0);
}

START_UP int step_parent_death(struct launch *l)
{
	/* Where nobody starts it again, it is not to stay behind either. */
	const int error = -(int)sys(prctl, PR_SET_PDEATHSIG, l->stays ? SIGKILL : SIGTERM);

	return !error && sys(getppid, 0) != l->supervisor ? ESRCH : error;
}

START_UP int step_nice(struct launch *l)
{
	l->subject = l->r->nice;
	return -(int)sys(setpriority, PRIO_PROCESS, 0, l->r->niceness);
}

START_UP int step_signals(struct launch *l)
{
	struct signal_set ignored;
	unsigned number;
	int error;

	/* Handlers end with the exec; only what is ignored passes it. */
	signals_ignored(&ignored);
	for (number = 1; number <= SIGNALS; number++) {
		int ignore = CFG_DAEMONIZE_IGNORE && signal_in(&l->r->ignore, number);

		if (number == SIGKILL || number == SIGSTOP || ignore == signal_in(&ignored, number))
			continue;
		error = signal_dispose(number, ignore);
		if (error)
			return -error;
	}
	/* An applet that stays lets them in when it is ready for them. */
	return l->program ? -signals_block(memset(&ignored, 0, sizeof(ignored)), NULL) : 0;
}
