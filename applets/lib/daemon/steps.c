// SPDX-License-Identifier: 0BSD
/* The recipe, a row a step, and the steps that are a system call or two. */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* close_range(2), "since Linux 5.11"; not every libc has its header. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

const struct step steps_detach[] = {
	IF(DAEMONIZE_KEEP, { step_keep, NAMED(keep), WANTED(keeps) },)
	IF(DAEMONIZE_READY_FD, { step_ready_fd, NAMED(ready_fd), WANTED(ready_fd) },)
	IF(STEP_NULL, { step_null, NAMED(null), ALWAYS },)
	IF(DAEMONIZE_READY_SOCKET, { step_ready_socket, NAMED(ready_socket), WANTED(ready_socket) },)
	{ step_fork, NAMED(fork), WANTED(detach) },
	{ step_setsid, NAMED(setsid), WANTED(session) },
	IF(STEP_SECOND_FORK, { step_fork_again, NAMED(fork_again), WANTED(detach) },)
	IF(DAEMONIZE_LEADER, { step_setsid, NAMED(setsid), WANTED(leader) },)
	IF(STEP_UMASK, { step_umask, NAMED(umask), ALWAYS },)
	IF(DAEMONIZE_PIDFILE, { step_pidfile, NAMED(pidfile), WANTED(pidfile) },)
	IF(DAEMONIZE_SUPERVISOR_PIDFILE, { step_supervisor_file, NAMED(supervisor_pidfile), WANTED(supervisor_file) },)
	IF(DAEMONIZE_LOCK, { step_lock, NAMED(lock), WANTED(lockfile) },)
	IF(DAEMONIZE_FILES, { step_stdout, NAMED(out), WANTED(out) },)
	IF(DAEMONIZE_FILES, { step_stderr, NAMED(err), WANTED(err) },)
	IF(STEP_CHDIR, { step_path, NAMED(path), WANTED(program) },)
	IF(STEP_CHDIR, { step_chdir, NAMED(chdir), WANTED(dir) },)
	IF(STEP_CLOSE, { step_close, NAMED(close), ALWAYS },)
	IF(STEP_STDIO, { step_stdio, NAMED(stdio), ALWAYS },)
	{ NULL, 0, ALWAYS }
};

const struct step steps_program[] = {
	IF(DAEMONIZE_SUPERVISE, { step_group, NAMED(group), WANTED(supervised) },)
	IF(DAEMONIZE_SUPERVISE, { step_streams, NAMED(streams), WANTED(supervised) },)
	IF(DAEMONIZE_SUPERVISE, { step_close, NAMED(close), WANTED(supervised) },)
	IF(DAEMONIZE_PIDFILE, { step_pid, NAMED(pid), WANTED(pidfile) },)
	IF(DAEMONIZE_LIMIT, { step_limits, NAMED(limits), WANTED(limited) },)
	IF(DAEMONIZE_NICE, { step_nice, NAMED(nice), WANTED(nice) },)
	IF(DAEMONIZE_USER, { step_user, NAMED(user), WANTED(user) },)
	IF(DAEMONIZE_SUPERVISE, { step_parent, NAMED(parent), WANTED(supervised) },)
	{ step_environment, NAMED(environment), ALWAYS },
	IF(STEP_SIGNALS, { step_signals, NAMED(signals), ALWAYS },)
	{ step_exec, NAMED(exec), WANTED(program) },
	{ NULL, 0, ALWAYS }
};

int START_UP step_null(struct launch *l)
{
	/* A descriptor that the caller left closed would be taken by a file of ours. */
	do
		l->null = sys_open("/dev/null", O_RDWR, 0);
	while (l->null >= 0 && l->null <= STDERR_FILENO);
	l->subject = "/dev/null";
	return l->null < 0 ? -l->null : 0;
}

int START_UP step_keep(struct launch *l)
{
	static char text[NUMBER_TEXT];
	unsigned i;

	for (i = 0; i < l->kept; i++) {
		l->subject = number_text((unsigned)l->keep[i], text);
		if (sys_fcntl(l->keep[i], F_GETFD, 0) < 0)
			return EBADF;
	}
	return 0;
}

int START_UP step_fork(struct launch *l)
{
	int end[2];
	long error = sys(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end);

	/* Blocked until just before the exec: no signal on the way is lost. */
	if (!error)
		error = signals_block(NULL, &l->blocked);
	if (error)
		return -(int)error;
	l->child = sys_fork();
	if (l->child < 0)
		return -l->child;
	l->report = end[!l->child];
	sys(close, end[!!l->child]);
	return l->child ? STEP_PARENT : 0;
}

int START_UP step_setsid(struct launch *l __attribute__((unused)))
{
	long session = sys(setsid, 0);

	return session < 0 ? -(int)session : 0;
}

int START_UP step_fork_again(struct launch *l)
{
	pid_t child = sys_fork();
	char go;

	if (child)
		return child < 0 ? -child : STEP_PARENT;
	/* The caller writes it when this process has a new parent; at the end of the pipe the caller is gone. */
	return sys(read, l->report, &go, 1) == 1 ? 0 : ESRCH;
}

int START_UP step_umask(struct launch *l)
{
	sys(umask, l->mask);
	return 0;
}

void keep_open(struct launch *l, int fd)
{
	l->keep[l->kept++] = fd;
}

/* The lowest descriptor to keep that is at least `from`, or UINT_MAX. */
static unsigned next_kept(const struct launch *l, unsigned from)
{
	unsigned lowest = ~0u;
	unsigned i;

	for (i = 0; i < l->kept; i++)
		if ((unsigned)l->keep[i] >= from && (unsigned)l->keep[i] < lowest)
			lowest = (unsigned)l->keep[i];
	return lowest;
}

int is_kept(const struct launch *l, int fd)
{
	return next_kept(l, (unsigned)fd) == (unsigned)fd;
}

int START_UP step_pidfile(struct launch *l)
{
	int error = pidfile_take(&l->pid, l->pidfile);

	/* A record lock is the process's, so under a supervisor the program needs no descriptor. */
	if (!error && !l->supervised)
		keep_open(l, l->pid.fd);
	return error;
}

int START_UP step_supervisor_file(struct launch *l)
{
	const int error = pidfile_take(&l->supervisor_pid, l->supervisor_file);

	return error ? error : pidfile_write(&l->supervisor_pid, 0);
}

int START_UP step_lock(struct launch *l)
{
	int fd = sys_open(l->lockfile, O_RDWR | O_CREAT | O_NOCTTY, 0600);
	long error;

	/* In a sticky directory not even root may O_CREAT over another's file. */
	if (fd == -EACCES)
		fd = sys_open(l->lockfile, O_RDWR | O_NOCTTY, 0);
	if (fd < 0)
		return -fd;
	keep_open(l, fd);
	error = sys(flock, fd, LOCK_EX | LOCK_NB);
	return error == -EWOULDBLOCK ? EALREADY : -(int)error;
}

/* Appends even to an emptied file: two that share it, or a rotation, then lose nothing. */
static int open_output(const struct launch *l, const char *path, int *fd)
{
	*fd = sys_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC | (l->append ? 0 : O_TRUNC), 0666);
	return *fd < 0 ? -*fd : 0;
}

int START_UP step_stdout(struct launch *l)
{
	return open_output(l, l->out, &l->out_fd);
}

int START_UP step_stderr(struct launch *l)
{
	return open_output(l, l->err, &l->err_fd);
}

int START_UP step_chdir(struct launch *l)
{
	return -(int)sys(chdir, l->dir);
}

/* What close_from does, by /proc/self/fd: for a kernel before 5.11, or a filter that refuses close_range. */
static int close_listed(const struct launch *l, unsigned flags)
{
	_Alignas(struct entry) char buffer[1024];
	long at, length;
	int dir = sys_open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (dir < 0)
		return -dir;
	while ((length = sys(getdents64, dir, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
			long fd = number_whole(((struct entry *)(buffer + at))->name, 10, INT_MAX);

			if (fd <= STDERR_FILENO || fd == dir || is_kept(l, (int)fd))
				continue;
			if (flags)
				sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
			else
				sys(close, fd);
		}
	sys(close, dir);
	return -(int)length;
}

/* Closes the descriptors from 3 up that are not kept, or lets exec do it: close_range(2) with these flags. */
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
	const int own[] = {
		l->null, l->report, l->pid.fd, l->pid.dir, l->supervisor_pid.fd, l->supervisor_pid.dir,
		l->out_fd, l->err_fd, l->verbose_to,
	};
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
int START_UP step_close(struct launch *l)
{
	if (CFG_RESIDENT && l->supervised && !l->supervisor)
		return close_inherited(l);
	return close_from(l, CLOSE_RANGE_CLOEXEC);
}

int START_UP step_stdio(struct launch *l)
{
	const int to[] = { -1, l->out_fd, l->err_fd };
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int from = to[fd] < 0 && l->detach ? l->null : to[fd];

		if (from >= 0 && !is_kept(l, fd) && sys(dup3, from, fd, 0) < 0)
			return EBADF;
	}
	return 0;
}

int START_UP step_streams(struct launch *l)
{
	if (l->to_out >= 0 && sys(dup3, l->to_out, STDOUT_FILENO, 0) < 0)
		return EBADF;
	return l->to_err >= 0 && sys(dup3, l->to_err, STDERR_FILENO, 0) < 0 ? EBADF : 0;
}

int START_UP step_group(struct launch *l __attribute__((unused)))
{
	return -(int)sys(setpgid, 0, 0);
}

int START_UP step_parent(struct launch *l)
{
	const int error = -(int)sys(prctl, PR_SET_PDEATHSIG, SIGTERM);

	return !error && sys(getppid, 0) != l->supervisor ? ESRCH : error;
}

int START_UP step_pid(struct launch *l)
{
	return pidfile_write(&l->pid, !l->foreground);
}

int START_UP step_nice(struct launch *l)
{
	return -(int)sys(setpriority, PRIO_PROCESS, 0, l->niceness);
}

int START_UP step_signals(struct launch *l)
{
	struct signal_set ignored;
	unsigned number;
	int error;

	/* Handlers end with the exec; only what is ignored passes it. */
	signals_ignored(&ignored);
	for (number = 1; number <= SIGNALS; number++) {
		int ignore = CFG_DAEMONIZE_IGNORE && signal_in(&l->ignore, number);

		if (number == SIGKILL || number == SIGSTOP || ignore == signal_in(&ignored, number))
			continue;
		error = signal_dispose(number, ignore);
		if (error)
			return -error;
	}
	/* An applet that stays lets them in when it is ready for them. */
	return l->program ? -signals_block(memset(&ignored, 0, sizeof(ignored)), NULL) : 0;
}
