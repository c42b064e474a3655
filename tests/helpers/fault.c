// SPDX-License-Identifier: 0BSD
/*
 * Makes one system call of a command fail, counted over all of its processes:
 *
 *   fault [-e K] N LOG COMMAND [ARG]...
 *
 * The Nth call that can fail on a real machine does not happen and gets an error: the
 * Kth (modulo their number) of those that are likely for that call. A line "NAME
 * ERROR pid PID" is then in LOG, and it has "over TOTAL" once all of the command's processes
 * have ended; TOTAL is how many calls could have been chosen. What a process does
 * after its own exec is the program's and is not counted, but the exec itself is.
 *
 * A filter hands each call to a process beside the command (SECCOMP_RET_USER_NOTIF,
 * Linux 5.0), which is nobody's parent or tracer: the command notices nothing. Status
 * 125: no filters here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/seccomp.h and linux/filter.h are not among every libc's headers */
struct instruction { uint16_t code; uint8_t jt, jf; uint32_t k; };
struct program { unsigned short len; struct instruction *filter; };
struct call { int32_t number; uint32_t arch; uint64_t at, args[6]; };
struct notice { uint64_t id; uint32_t pid, flags; struct call call; };
struct answer { uint64_t id; int64_t value; int32_t error; uint32_t flags; };
enum { LOAD = 0x20, EQUAL = 0x15, RETURN = 0x06 };
enum { MODE_FILTER = 1, NEW_LISTENER = 8, KILLABLE = 32, CONTINUE = 1 };
#define ALLOW  0x7fff0000u
#define NOTIFY 0x7fc00000u
#define RECEIVE _IOWR('!', 0, struct notice)
#define SEND    _IOWR('!', 1, struct answer)

enum { MOST = 6 };

/* What each may end with; a call that is not here counts as one that cannot fail. */
static const struct { const char *name; int number; int errors[MOST]; } calls[] = {
/* Not every CPU has each of these; a number that no call has counts nothing. */
#ifndef SYS_dup2
#define SYS_dup2 -1
#endif
#ifndef SYS_fork
#define SYS_fork -1
#endif
#ifndef SYS_fstat
#define SYS_fstat -1
#endif
#ifndef SYS_lstat
#define SYS_lstat -1
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat -1
#endif
#ifndef SYS_open
#define SYS_open -1
#endif
#ifndef SYS_poll
#define SYS_poll -1
#endif
#ifndef SYS_rename
#define SYS_rename -1
#endif
#ifndef SYS_renameat
#define SYS_renameat -1
#endif
#ifndef SYS_stat
#define SYS_stat -1
#endif
#ifndef SYS_timerfd_settime
#define SYS_timerfd_settime -1
#endif
#ifndef SYS_unlink
#define SYS_unlink -1
#endif
#ifndef SYS_vfork
#define SYS_vfork -1
#endif
#define CALL(name, ...) { #name, SYS_##name, { __VA_ARGS__ } }
	CALL(openat, EMFILE, ENFILE, EACCES, ENOMEM, EINTR),
	CALL(read, EIO, EINTR, EAGAIN),
	CALL(pread64, EIO, EINTR),
	CALL(write, EIO, ENOSPC, EINTR, EPIPE),
	CALL(writev, EIO, EINTR, EPIPE),
	CALL(pwrite64, EIO, ENOSPC),
	CALL(fstat, EIO, ENOMEM), CALL(newfstatat, EIO, ENOMEM),
	CALL(fcntl, ENOLCK, EINTR, EMFILE),
	CALL(flock, ENOLCK, EINTR),
	CALL(ftruncate, EIO, EINTR),
	CALL(fchmod, EPERM, EIO), CALL(fchown, EPERM, EIO),
	CALL(utimensat, EPERM, EIO),
	CALL(renameat, ENOSPC, EIO), CALL(renameat2, ENOSPC, EIO), CALL(unlinkat, EBUSY, EIO, EPERM),
	CALL(clone, EAGAIN, ENOMEM),
	CALL(execve, ENOMEM, EAGAIN, EACCES),
	CALL(wait4, EINTR), CALL(waitid, EINTR),
	CALL(kill, EPERM), CALL(rt_sigqueueinfo, EPERM, EAGAIN),
	CALL(pipe2, EMFILE, ENFILE), CALL(socketpair, EMFILE, ENFILE), CALL(socket, EMFILE, ENOBUFS),
	CALL(connect, ECONNREFUSED, EINTR), CALL(bind, EADDRINUSE, ENOMEM),
	CALL(setsockopt, ENOMEM, EPERM), CALL(getsockopt, ENOBUFS), CALL(accept4, EMFILE, EINTR),
	CALL(sendto, ENOBUFS, EINTR, ECONNREFUSED), CALL(recvfrom, EINTR, ENOMEM, EIO),
	CALL(sendmsg, ENOBUFS, EINTR), CALL(recvmsg, EINTR, ENOMEM),
	CALL(dup3, EMFILE, EINTR), CALL(dup, EMFILE),
	CALL(ppoll, EINTR, ENOMEM),
	CALL(signalfd4, EMFILE, ENOMEM), CALL(timerfd_create, EMFILE, ENOMEM), CALL(timerfd_settime, ENOMEM),
	CALL(epoll_create1, EMFILE), CALL(epoll_ctl, ENOMEM), CALL(inotify_init1, EMFILE),
	CALL(setsid, EPERM), CALL(setpgid, EPERM, EACCES), CALL(chdir, EACCES, EIO), CALL(fchdir, EACCES, EIO),
	CALL(prctl, EPERM), CALL(prlimit64, EPERM), CALL(setpriority, EACCES),
	CALL(setgroups, EPERM, ENOMEM), CALL(getdents64, EIO, ENOENT), CALL(readlinkat, EIO, EACCES),
	CALL(getsid, EPERM), CALL(faccessat, EACCES, EIO),
#ifdef SYS_open
	CALL(open, EMFILE, ENFILE, EACCES, ENOMEM, EINTR),
#endif
#ifdef SYS_poll
	CALL(poll, EINTR, ENOMEM),
#endif
#ifdef SYS_fork
	CALL(fork, EAGAIN, ENOMEM), CALL(vfork, EAGAIN, ENOMEM), CALL(rename, ENOSPC, EIO), CALL(unlink, EBUSY, EIO),
	CALL(dup2, EMFILE, EINTR), CALL(stat, EIO, ENOMEM), CALL(lstat, EIO, ENOMEM),
#endif
#ifdef SYS_close_range
	CALL(close_range, ENOMEM, EMFILE),
#endif
#ifdef SYS_pidfd_open
	CALL(pidfd_open, EMFILE, ENFILE, ENOMEM),
#endif
#ifdef SYS_pidfd_send_signal
	CALL(pidfd_send_signal, EPERM, EAGAIN),
#endif
#ifdef SYS_statx
	CALL(statx, EIO, ENOMEM),
#endif
};
enum { CALLS = sizeof calls / sizeof *calls };

static int listener_of_all;             /* as the command's process has it */
static volatile int *listener = &listener_of_all;
static uint32_t programs[4096];         /* processes after their exec */
static size_t of_programs;

static const char *log_file;
static long chosen, count;
static int which;

static void note(const char *format, const char *name, long a, long b)
{
	char line[128];
	int fd = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int length = snprintf(line, sizeof line, format, name, a, b);

	if (fd < 0 || write(fd, line, length) != length)
		_exit(99);
	close(fd);
}

static int is_program(uint32_t pid)
{
	for (size_t i = 0; i < of_programs; i++)
		if (programs[i] == pid)
			return 1;
	return 0;
}

/* The error that this call is to end with, or 0. */
static int verdict(const struct notice *n)
{
	static int started;
	int call = 0, errors = 0;

	while (call < CALLS && calls[call].number != n->call.number)
		call++;
	if (call == CALLS || is_program(n->pid))
		return 0;
	if (n->call.number == SYS_execve && !started++)
		return 0;               /* the command's own */
	if (++count == chosen) {
		while (errors < MOST && calls[call].errors[errors])
			errors++;
		int error = calls[call].errors[which % errors];

		note("%s %ld pid %ld\n", calls[call].name, error, n->pid);
		return error;
	}
	if (n->call.number == SYS_execve && of_programs < sizeof programs / sizeof *programs)
		programs[of_programs++] = n->pid;
	return 0;
}

static void serve(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct notice n;

	for (;;) {
		if (poll(&p, 1, -1) < 0 || !(p.revents & POLLIN))
			break;
		memset(&n, 0, sizeof n);
		if (ioctl(fd, RECEIVE, &n))
			continue;       /* it was killed meanwhile */
		int error = verdict(&n);
		struct answer a = { .id = n.id, .error = -error, .flags = error ? 0 : CONTINUE };

		ioctl(fd, SEND, &a);
	}
	note("%sover %ld\n", "", count, 0);
	_exit(0);
}

/* Beside the command, with its descriptors until it has found the listener among them. */
static void attend(void)
{
	while (!*listener)
		sched_yield();
	if (*listener < 0)
		_exit(0);
	if (unshare(CLONE_FILES))
		_exit(99);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	setsid();
	for (int fd = 0; fd < 1024; fd++)
		if (fd != *listener)
			close(fd);
	prctl(PR_SET_NAME, "fault");
	serve(*listener);
}

static int install(void)
{
	static struct instruction code[CALLS * 2 + 2];
	int n = 0;

	code[n++] = (struct instruction){ LOAD, 0, 0, 0 };
	for (int i = 0; i < CALLS; i++) {
		code[n++] = (struct instruction){ EQUAL, 0, 1, calls[i].number };
		code[n++] = (struct instruction){ RETURN, 0, 0, NOTIFY };
	}
	code[n++] = (struct instruction){ RETURN, 0, 0, ALLOW };
	struct program p = { n, code };
	if (geteuid())
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int fd = syscall(SYS_seccomp, MODE_FILTER, NEW_LISTENER | KILLABLE, &p);

	return fd >= 0 || errno != EINVAL ? fd : (int)syscall(SYS_seccomp, MODE_FILTER, NEW_LISTENER, &p);
}

int main(int argc, char **argv)
{
	int pid;

	if (argc > 2 && !strcmp(argv[1], "-e")) {
		which = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 4)
		return 125;
	chosen = atol(argv[1]);
	log_file = argv[2];
	listener = mmap(NULL, sizeof *listener, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* a grandchild, so that the command has no child that it does not know of */
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		if (!syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0))
			attend();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return 125;
	*listener = install();
	if (*listener < 0) {
		perror("fault: seccomp");
		return 125;
	}
	execv(argv[3], argv + 3);
	perror(argv[3]);
	return 125;
}
