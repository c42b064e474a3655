/* SPDX-License-Identifier: 0BSD */
/* System calls by name, and the errors that each may end with: for fault.c and tests/explore. */
#include <errno.h>
#include <sys/syscall.h>

enum { MOST = 16 };

/* What each may end with; one that is not here can only be killed at. */
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
#ifndef SYS_mmap
#define SYS_mmap -1
#endif
#ifndef SYS_clock_gettime
#define SYS_clock_gettime -1
#endif
#define CALL(name, ...) { #name, SYS_##name, { __VA_ARGS__ } }
#define OF_FILE EACCES, EIO, ENOMEM, EPERM
#define OF_TABLE EMFILE, ENFILE, ENOMEM
#define OF_OPEN OF_TABLE, EACCES, EINTR, EIO, EPERM, ENOSPC, EDQUOT, EOVERFLOW, ETXTBSY, ENODEV
#define OF_WRITE EIO, ENOSPC, EINTR, EPIPE, EDQUOT, EFBIG, EPERM, EAGAIN
#define OF_NAME EIO, EACCES, EPERM, EBUSY, ENOSPC, EDQUOT, EROFS, ENOMEM
#define OF_FORK EAGAIN, ENOMEM, EPERM
#define OF_SEND ENOBUFS, EINTR, ECONNREFUSED, EACCES, EAGAIN, EMSGSIZE, ENOMEM
	CALL(openat, OF_OPEN),
	CALL(read, EIO, EINTR, EAGAIN), CALL(pread64, EIO, EINTR), CALL(readv, EIO, EINTR, EAGAIN),
	CALL(write, OF_WRITE), CALL(writev, OF_WRITE), CALL(pwrite64, OF_WRITE),
	CALL(fstat, EIO, ENOMEM, EOVERFLOW), CALL(newfstatat, OF_FILE, EOVERFLOW),
	CALL(fcntl, ENOLCK, EINTR, EMFILE, EOVERFLOW),
	CALL(flock, ENOLCK, EINTR),
	CALL(ftruncate, EIO, EINTR, EPERM, EFBIG, ETXTBSY),
	CALL(fchmod, EPERM, EIO, EROFS), CALL(fchown, EPERM, EIO, EROFS, EDQUOT),
	CALL(utimensat, EPERM, EACCES, EIO, EROFS),
	CALL(renameat, OF_NAME), CALL(renameat2, OF_NAME), CALL(unlinkat, OF_NAME), CALL(mkdirat, OF_NAME),
	CALL(clone, OF_FORK, ENOSPC),
	CALL(execve, ENOMEM, EAGAIN, EACCES, E2BIG, EIO, EMFILE, ENFILE, ENOEXEC, EPERM, ETXTBSY, EISDIR, ELOOP),
	CALL(wait4, EINTR), CALL(waitid, EINTR),
	CALL(kill, EPERM), CALL(tgkill, EPERM, EAGAIN), CALL(rt_sigqueueinfo, EPERM, EAGAIN),
	CALL(pipe2, OF_TABLE), CALL(socketpair, OF_TABLE, EAFNOSUPPORT),
	CALL(socket, OF_TABLE, ENOBUFS, EACCES, EAFNOSUPPORT, EPROTONOSUPPORT),
	CALL(connect, ECONNREFUSED, EINTR, EACCES, EPERM, EAGAIN, ENOENT, EPROTOTYPE),
	CALL(bind, EADDRINUSE, ENOMEM, EACCES, EROFS, ENOSPC), CALL(listen, EADDRINUSE),
	CALL(setsockopt, ENOMEM, EPERM), CALL(getsockopt, ENOBUFS), CALL(accept4, OF_TABLE, EINTR, ENOBUFS, EPERM),
	CALL(sendto, OF_SEND), CALL(recvfrom, EINTR, ENOMEM, EIO, ECONNREFUSED),
	CALL(sendmsg, OF_SEND), CALL(recvmsg, EINTR, ENOMEM, ECONNREFUSED),
	CALL(dup3, EMFILE, EINTR, EBUSY), CALL(dup, EMFILE),
	CALL(ppoll, EINTR, ENOMEM),
	CALL(signalfd4, OF_TABLE, ENODEV), CALL(timerfd_create, OF_TABLE, ENODEV, EPERM),
	CALL(timerfd_settime, ENOMEM, ECANCELED), CALL(eventfd2, OF_TABLE, ENODEV),
	CALL(epoll_create1, OF_TABLE), CALL(epoll_ctl, ENOMEM, ENOSPC), CALL(inotify_init1, OF_TABLE),
	CALL(inotify_add_watch, EACCES, ENOMEM, ENOSPC),
	CALL(setsid, EPERM), CALL(setpgid, EPERM, EACCES), CALL(chdir, OF_FILE), CALL(fchdir, EACCES, EIO),
	CALL(chroot, OF_FILE), CALL(prctl, EPERM, EINVAL), CALL(prlimit64, EPERM), CALL(setpriority, EACCES, EPERM),
	CALL(setuid, EPERM, EAGAIN), CALL(setgid, EPERM), CALL(setgroups, EPERM, ENOMEM),
	CALL(getdents64, EIO, ENOENT), CALL(readlinkat, EIO, EACCES, ENOMEM),
	CALL(getsid, EPERM), CALL(faccessat, OF_FILE), CALL(sysinfo, EPERM), CALL(getrandom, EINTR, EAGAIN),
	CALL(mmap, ENOMEM, EPERM, ENFILE, EAGAIN), CALL(munmap, ENOMEM), CALL(mprotect, ENOMEM, EACCES),
	CALL(madvise, ENOMEM, EAGAIN, EIO), CALL(sched_setscheduler, EPERM), CALL(ioctl, EPERM, ENOTTY, EIO),
#ifdef SYS_readlink
	CALL(readlink, EIO, EACCES, ENOMEM),
#endif
#ifdef SYS_open
	CALL(open, OF_OPEN),
#endif
#ifdef SYS_poll
	CALL(poll, EINTR, ENOMEM),
#endif
#ifdef SYS_fork
	CALL(fork, OF_FORK), CALL(vfork, OF_FORK), CALL(rename, OF_NAME), CALL(unlink, OF_NAME),
	CALL(dup2, EMFILE, EINTR, EBUSY), CALL(stat, OF_FILE, EOVERFLOW), CALL(lstat, OF_FILE, EOVERFLOW),
#endif
#ifdef SYS_close_range
	CALL(close_range, ENOMEM, EMFILE),
#endif
#ifdef SYS_pidfd_open
	CALL(pidfd_open, OF_TABLE, ENODEV),
#endif
#ifdef SYS_pidfd_send_signal
	CALL(pidfd_send_signal, EPERM, EAGAIN),
#endif
#ifdef SYS_statx
	CALL(statx, OF_FILE),
#endif
	/* only to be named, or killed at */
	CALL(close), CALL(exit_group), CALL(exit), CALL(getpid), CALL(getppid), CALL(umask), CALL(rt_sigaction),
	CALL(rt_sigprocmask), CALL(clock_gettime), CALL(uname), CALL(lseek), CALL(gettid),
#ifdef SYS_arch_prctl
	CALL(arch_prctl),
#endif
};
enum { CALLS = sizeof calls / sizeof *calls };
