// SPDX-License-Identifier: 0BSD
/*
 * The processes of a run, each of which rests before its next system call until it is told to go
 * on.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "explore.h"
#include "../helpers/filter.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		  PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL,
	EVENT_STOP = 128,
};

struct run run;

/* ---- names ---- */

#define NAME(call) [SYS_##call] = #call
static const char *const names[512] = {
	NAME(read), NAME(write), NAME(open), NAME(close), NAME(stat), NAME(fstat), NAME(lstat), NAME(poll),
	NAME(lseek), NAME(mmap), NAME(mprotect), NAME(munmap), NAME(brk), NAME(rt_sigaction), NAME(rt_sigprocmask),
	NAME(ioctl), NAME(pread64), NAME(readv), NAME(writev), NAME(access), NAME(madvise), NAME(dup), NAME(dup2),
	NAME(pause), NAME(nanosleep), NAME(getpid), NAME(socket), NAME(connect), NAME(sendto), NAME(recvfrom),
	NAME(sendmsg), NAME(recvmsg), NAME(bind), NAME(listen), NAME(socketpair), NAME(setsockopt), NAME(getsockopt),
	NAME(clone), NAME(fork), NAME(vfork), NAME(execve), NAME(exit), NAME(wait4), NAME(kill), NAME(uname),
	NAME(fcntl), NAME(flock), NAME(ftruncate), NAME(getcwd), NAME(chdir), NAME(fchdir), NAME(rename),
	NAME(mkdir), NAME(unlink), NAME(readlink), NAME(fchmod), NAME(umask), NAME(getuid), NAME(setuid),
	NAME(setgid), NAME(setpgid), NAME(getppid), NAME(setsid), NAME(setgroups), NAME(getsid), NAME(prctl),
	NAME(arch_prctl), NAME(gettid), NAME(rt_sigqueueinfo), NAME(set_tid_address), NAME(tgkill), NAME(tkill),
	NAME(clock_gettime), NAME(clock_nanosleep), NAME(exit_group), NAME(waitid), NAME(openat), NAME(mkdirat),
	NAME(newfstatat), NAME(unlinkat), NAME(renameat), NAME(readlinkat), NAME(faccessat), NAME(ppoll),
	NAME(utimensat), NAME(timerfd_create), NAME(timerfd_settime), NAME(accept),
	NAME(accept4), NAME(signalfd4), NAME(dup3),
	NAME(pipe2), NAME(prlimit64), NAME(getdents64), NAME(getrandom), NAME(statx), NAME(pidfd_send_signal),
	NAME(pidfd_open), NAME(close_range), NAME(setpriority), NAME(sysinfo), NAME(rt_sigtimedwait),
	NAME(getpgid), NAME(clock_settime), NAME(inotify_init1), NAME(inotify_add_watch),
	NAME(rt_sigreturn), NAME(rt_sigsuspend), NAME(getsockname), NAME(renameat2), NAME(sendmmsg),
};

const char *trace_call_name(long call)
{
	static char number[24];

	if (call >= 0 && call < 512 && names[call])
		return names[call];
	snprintf(number, sizeof number, "%ld", call);
	return number;
}

const char *trace_name(const struct process *p)
{
	static char name[4][16];
	static int next;

	next = (next + 1) % 4;
	snprintf(name[next], sizeof *name, "%c%d", p->family->name, p->number);
	return name[next];
}

/* ---- which calls are a step ---- */

/* Of those that are local, the ones from which nothing is to be learned: they do not even stop. */
static const int unseen[] = {
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid, SYS_gettid, SYS_getuid, SYS_umask,
	SYS_brk, SYS_mmap, SYS_mprotect, SYS_munmap, SYS_madvise, SYS_arch_prctl, SYS_uname, SYS_lseek,
	SYS_set_tid_address, SYS_set_robust_list, 334 /* rseq */, SYS_chdir, SYS_fchdir, SYS_getcwd,
	SYS_prlimit64, SYS_setpriority, SYS_setsockopt, SYS_ioctl, SYS_sysinfo, SYS_getrandom, SYS_readlink,
};

static int is_unseen(long call)
{
	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (unseen[i] == call)
			return 1;
	return 0;
}

/*
 * Calls that no other process notices, and that notice none: a switch before one is the same
 * as one before the next that is not local, so that none is tried there.
 */
static int is_local(const struct process *p)
{
	switch (p->call) {
	case SYS_socket:
	case SYS_socketpair:
	case SYS_pipe2:
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3:
	case SYS_signalfd4:
	case SYS_timerfd_create:
	case SYS_clock_gettime:
		return 1;
	case SYS_prctl:
		return p->args[0] != PR_SET_PDEATHSIG;
	case SYS_fcntl:
		return p->args[1] != F_SETLK && p->args[1] != F_GETLK && p->args[1] != F_SETLKW &&
		       p->args[1] != F_SETOWN;
	case SYS_execve:	/* the one by which a command line begins */
		return !p->execs && p->family->root == p;
	default:
		return is_unseen(p->call);
	}
}

/* What its call's first argument leads to, where that is a descriptor. */
static int kind_of_fd(const struct process *p)
{
	return p->args[0] < MOST_FDS ? p->fd[p->args[0]].kind : FD_OTHER;
}

int trace_changes(const struct process *p)
{
	const int kind = kind_of_fd(p);

	switch (p->call) {
	case SYS_openat:
		return (p->args[2] & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY;
	case SYS_read: case SYS_pread64: case SYS_close:
		return kind != FD_PROC && kind != FD_STAT && kind != FD_UPTIME;
	case SYS_fcntl:
		return p->args[1] != F_GETLK;
	case SYS_getdents64: case SYS_fstat: case SYS_stat: case SYS_lstat: case SYS_newfstatat: case SYS_statx:
	case SYS_access: case SYS_faccessat: case SYS_readlinkat:
	case SYS_poll: case SYS_ppoll:
	case SYS_getppid: case SYS_getpgid: case SYS_getsid: case SYS_pidfd_open:
	case SYS_getsockopt: case SYS_getsockname: case SYS_inotify_init1: case SYS_inotify_add_watch:
		return 0;
	default:
		return 1;
	}
}

int trace_minds_deaths(const struct process *p)
{
	const int kind = kind_of_fd(p);
	char path[8] = "";

	switch (p->call) {
	case SYS_openat: case SYS_newfstatat: case SYS_statx: case SYS_faccessat: case SYS_readlinkat:
		return trace_peek(p, p->args[1], path, 6) != 6 || !memcmp(path, "/proc/", 6);
	case SYS_read: case SYS_write: case SYS_fstat: case SYS_ftruncate: case SYS_fchmod: case SYS_getdents64:
		return kind != FD_FILE;
	case SYS_close:
		return kind == FD_OTHER;
	case SYS_unlink: case SYS_unlinkat: case SYS_rename: case SYS_renameat: case SYS_renameat2:
	case SYS_mkdir: case SYS_mkdirat: case SYS_utimensat: case SYS_inotify_init1: case SYS_inotify_add_watch:
		return 0;
	default:
		return 1;
	}
}

/*
 * From here on this process and its descendants stop before each call that is not unseen; where a run is
 * told call by call, before each.
 */
static int stop_before_calls(void)
{
	struct instruction code[sizeof unseen / sizeof *unseen + 3];
	const unsigned char seen = run.verbose ? 0 : sizeof unseen / sizeof *unseen;
	unsigned short n = 0;

	code[n++] = (struct instruction){ LOAD, 0, 0, AT_NUMBER };
	for (unsigned char i = 0; i < seen; i++)
		code[n++] = (struct instruction){ EQUAL, (uint8_t)(seen - i), 0, (uint32_t)unseen[i] };
	code[n++] = (struct instruction){ RETURN, 0, 0, TRACE };
	code[n++] = (struct instruction){ RETURN, 0, 0, ALLOW };
	return prctl(SET_SECCOMP, MODE_FILTER, &(struct program){ n, code });
}

/* Calls that may wait for another process. */
static int may_wait(const struct process *p)
{
	switch (p->call) {
	case SYS_read: case SYS_write: case SYS_writev:
		return kind_of_fd(p) == FD_OTHER;
	case SYS_openat:
		return 0;
	case SYS_fcntl:
		return p->args[1] == F_SETLKW;
	case SYS_wait4:
		return !(p->args[2] & WNOHANG);
	case SYS_waitid:
		return !(p->args[3] & WNOHANG);
	case SYS_readv: case SYS_recvfrom: case SYS_recvmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_connect:
	case SYS_accept: case SYS_accept4:
	case SYS_poll:
	case SYS_ppoll:
	case SYS_pause:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_rt_sigtimedwait:
	case SYS_flock:
	case SYS_rt_sigsuspend: case SYS_futex:
		return 1;
	default:
		return 0;
	}
}

/* ---- memory and registers ---- */

long trace_peek(const struct process *p, unsigned long at, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)at, size };

	return process_vm_readv(p->pid, &local, 1, &remote, 1, 0);
}

long trace_poke(const struct process *p, unsigned long at, const void *from, size_t size)
{
	struct iovec local = { (void *)from, size }, remote = { (void *)at, size };

	return process_vm_writev(p->pid, &local, 1, &remote, 1, 0);
}

static void peek_text(const struct process *p, unsigned long at, char *to, size_t size)
{
	const size_t page = 4096 - at % 4096;
	long got = trace_peek(p, at, to, size - 1);

	if (got < 0 && page < size)
		got = trace_peek(p, at, to, page);
	to[got > 0 ? got : 0] = 0;
}

void trace_regs(struct process *p, const struct user_regs_struct *regs)
{
	if (ptrace(PTRACE_SETREGS, p->pid, 0, regs))
		die("PTRACE_SETREGS of %s: %m", trace_name(p));
}

struct user_regs_struct *trace_change(struct process *p)
{
	if (!p->changed && ptrace(PTRACE_GETREGS, p->pid, 0, &p->regs))
		die("PTRACE_GETREGS of %s: %m", trace_name(p));
	p->changed = 1;
	return &p->regs;
}

/*
 * The vDSO tells the real time, and without a call: its entry in the auxiliary vector is made void.
 */
static void hide_vdso(const struct process *p)
{
	struct user_regs_struct regs;
	unsigned long words[512];
	size_t i = 1, got;

	if (ptrace(PTRACE_GETREGS, p->pid, 0, &regs))
		die("PTRACE_GETREGS: %m");
	/* the stack ends somewhere behind */
	for (got = sizeof words; got && trace_peek(p, regs.rsp, words, got) < 0; got -= 256)
		;
	got /= sizeof *words;
	i += words[0] + 1;
	while (i < got && words[i])
		i++;
	for (i++; i + 1 < got && words[i] != AT_NULL; i += 2)
		if (words[i] == AT_SYSINFO_EHDR) {
			words[i] = AT_IGNORE;
			trace_poke(p, regs.rsp + i * sizeof *words, &words[i], sizeof *words);
		}
}

/* ---- who there is ---- */

struct process *trace_find(pid_t pid)
{
	for (int i = run.processes; i--;)
		if (run.process[i].pid == pid && run.process[i].state != DEAD)
			return &run.process[i];
	return NULL;
}

int trace_is_service(const struct process *p)
{
	return p->role == SERVICE && p->state != DEAD;
}

static struct process *add(pid_t pid)
{
	struct process *p = &run.process[run.processes];
	char path[32];

	if (run.processes == MOST_PROCESSES)
		die("more than %d processes", MOST_PROCESSES);
	run.processes++;
	memset(p, 0, sizeof *p);
	p->pid = pid;
	p->limit = NEVER;
	p->start = clock_mono + clock_suspended;
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	p->call_fd = open(path, O_RDONLY | O_CLOEXEC);
	return p;
}

/* On to the end of its call, or to the next that is seen. */
static void resume(struct process *p, int signal)
{
	const int how = p->state == CALL ? PTRACE_SYSCALL : PTRACE_CONT;

	/* one that has just been killed is no error */
	if (ptrace(how, p->pid, 0, (void *)(long)signal) && errno != ESRCH)
		die("%s does not go on: %m", trace_name(p));
}

/* Gives a process that its parent has made its place. */
static void adopt(struct process *p, struct process *parent)
{
	p->parent = parent;
	p->family = parent->family;
	p->number = ++p->family->members;
	p->role = parent->role == COMMAND ? BOX : parent->role;
	p->session = parent->session;
	p->joined = run.events;
	memcpy(p->fd, parent->fd, sizeof p->fd);
	p->state = USER;
	resume(p, 0);
}

/* ---- what comes ---- */

static void on_entry(struct process *p, const struct __ptrace_syscall_info *info)
{
	p->call = (long)info->seccomp.nr;
	p->began = 1;
	for (int i = 0; i < 6; i++)
		p->args[i] = info->seccomp.args[i];
	p->state = ENTRY;
	p->changed = p->error = p->expired = p->answered = 0;
	p->limit = NEVER;
}

static void say(const struct process *p, long result)
{
	char path[256];

	if (!run.verbose || !p->began)
		return;
	fprintf(stderr, "%5u %-4s %s", run.step, trace_name(p), trace_call_name(p->call));
	switch (p->call) {
	case SYS_openat: case SYS_unlinkat: case SYS_newfstatat:
		peek_text(p, p->args[1], path, sizeof path);
		fprintf(stderr, " %s", path);
		break;
	case SYS_execve:
		break;
	case SYS_fcntl: {
		struct { short type, whence; int pad; long start, length; int pid; } lock = { 0 };

		if (p->args[1] == F_SETLK || p->args[1] == F_GETLK) {
			trace_peek(p, p->args[2], &lock, sizeof lock);
			fprintf(stderr, " %s %d %ld..%ld pid %d",
				p->args[1] == F_SETLK ? "SETLK" : "GETLK", lock.type, lock.start,
				lock.length, lock.pid);
			break;
		}
	} /* fall through */
	default:
		fprintf(stderr, " %lx %lx %lx", p->args[0], p->args[1], p->args[2]);
	}
	fprintf(stderr, " = %ld\n", result);
}

/* What a program wrote, and what of it was taken by a log, its own or the kernel's. */
static void tell_written(const struct process *p, long result)
{
	char text[4097];
	struct iovec part[2];

	if (p->call == SYS_write && p->role == SERVICE && p->args[0] == 1) {
		peek_text(p, p->args[1], text, (size_t)(result < 4096 ? result : 4096) + 1);
		scenario_wrote(p, text);
	} else if (p->call == SYS_sendto && p->role == BOX) {
		peek_text(p, p->args[1], text, 129 < result ? 129 : (size_t)result + 1);
		scenario_logged(text);
	} else if (p->call == SYS_writev && kind_of_fd(p) == FD_KERNEL &&
		   trace_peek(p, p->args[1], part, sizeof part) == sizeof part) {
		*text = '<';
		peek_text(p, (unsigned long)part[1].iov_base, text + 1,
			  part[1].iov_len < 128 ? part[1].iov_len + 1 : 129);
		scenario_logged(text);
	}
}

static pid_t of_pidfd(const struct process *p, unsigned long fd)
{
	char path[64], text[512], *at;
	int file;
	ssize_t length;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%lu", p->pid, fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	length = file < 0 ? -1 : read(file, text, sizeof text - 1);
	close(file);
	text[length > 0 ? length : 0] = 0;
	at = strstr(text, "\nPid:");
	return at ? atoi(at + 5) : 0;
}

/* Which signal its call sends, to which process or group; 0: none, or to nobody that is known. */
static long signal_of(const struct process *p, pid_t *pid)
{
	*pid = (pid_t)p->args[0];
	switch (p->call) {
	case SYS_kill: case SYS_tkill: case SYS_rt_sigqueueinfo:
		return (long)p->args[1];
	case SYS_tgkill:
		return (long)p->args[2];
	case SYS_pidfd_send_signal:
		*pid = of_pidfd(p, p->args[0]);
		return *pid > 0 ? (long)p->args[1] : 0;
	default:
		return 0;
	}
}

/* Whether a signal to a process or group, as kill(2) is given it by p, is for this one too. */
static int is_meant(const struct process *p, pid_t pid, const struct process *to)
{
	if (pid > 0)
		return to->pid == pid;
	return getpgid(to->pid) == (pid ? -pid : getpgid(p->pid));
}

/*
 * Who was sent KILL ends by itself, though he rests before a call, waits in one or was stopped; and
 * who was stopped goes on with CONT. That has to be waited for, or what comes of it would come
 * sooner in one run and later in another.
 */
static void note_moved(const struct process *p)
{
	pid_t pid;
	const long signal = signal_of(p, &pid);

	if (signal != SIGKILL && signal != SIGCONT)
		return;
	for (int i = 0; i < run.processes; i++) {
		struct process *to = &run.process[i];

		if (to == p || !to->family || to->state == NEW || to->state == DEAD)
			continue;
		if ((signal == SIGKILL || to->state == STOPPED) && is_meant(p, pid, to))
			to->state = USER;
	}
}

static void on_exit_of_call(struct process *p, const struct __ptrace_syscall_info *info)
{
	struct user_regs_struct regs;
	long result = (long)info->exit.rval, was = result;
	unsigned long step;	/* the first of a report: which failed */

	if (p->error)
		result = -p->error;
	if (p->expired && (result == -EINTR || (result <= -512 && result >= -516)))
		result = p->call == SYS_rt_sigtimedwait ? -EAGAIN : 0;
	clock_leave(p, &result);
	p->result = result;
	if (p->changed || result != was) {
		if (ptrace(PTRACE_GETREGS, p->pid, 0, &regs))
			die("PTRACE_GETREGS of %s: %m", trace_name(p));
		/* what was given to the call is as before, as the kernel leaves it */
		if (p->changed && p->call != SYS_execve) {
			regs.rdi = p->args[0];
			regs.rsi = p->args[1];
			regs.rdx = p->args[2];
			regs.r10 = p->args[3];
		}
		regs.rax = (unsigned long)result;
		trace_regs(p, &regs);
	}
	if (p->call == SYS_setsid && result == p->pid) {
		p->left = p->session;
		p->session = p;
		p->joined = run.events;
	}
	if (p->call == SYS_getsid && p->args[0] && p->family->kind == SESSION) {
		const pid_t pid = (pid_t)p->args[0];
		struct process *who = result < 0 ? NULL : trace_find(pid);

		p->family->asked[pid % ASKED].pid = pid;
		p->family->asked[pid % ASKED].who = who;
		p->family->asked[pid % ASKED].session = who ? who->session : NULL;
	}
	if (result > 0)
		tell_written(p, result);
	if (result == 0)
		note_moved(p);
	if (p->call == SYS_sendto && result > (long)sizeof step &&
	    trace_peek(p, p->args[1], &step, sizeof step) > 0)
		p->sent = !step;
	if (p->error && p->call == SYS_writev)
		p->family->is_mute = 1;
	say(p, result);
	p->limit = NEVER;
	p->state = USER;
	resume(p, 0);
}

static void on_exec(struct process *p)
{
	char link[32], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/%d/exe", p->pid);
	length = readlink(link, path, sizeof path - 1);
	path[length > 0 ? length : 0] = 0;
	p->execs++;
	if (!strcmp(path, service) && p->role != STRANGER) {
		if (p->role == BOX)
			p->family->services++;
		p->role = SERVICE;
	}
	for (int i = 0; i < MOST_FDS; i++)
		p->fd[i].kind = FD_OTHER;
	hide_vdso(p);
}

static void on_death(struct process *p, int status)
{
	/*
	 * It has told its caller that the exec comes, and what becomes of it then nobody can tell.
	 */
	if (p->role == BOX && WIFSIGNALED(status) && p->sent)
		p->family->services++;
	p->state = DEAD;
	p->status = status;
	p->ended = clock_mono;
	if (p->call_fd >= 0)
		close(p->call_fd);
	p->call_fd = -1;
	if (run.verbose)
		fprintf(stderr, "%5u %-4s ended, %x\n", run.step, p->family ? trace_name(p) : "?",
			(unsigned)status);
	if (p->family && p->family->root == p && !p->family->is_over) {
		p->family->is_over = 1;
		p->family->status = status;
	}
}

static void on_clone(struct process *p)
{
	unsigned long pid = 0;
	struct process *child;

	ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &pid);
	child = trace_find((pid_t)pid);
	if (!child)
		child = add((pid_t)pid);
	child->parent = p;
	/* its first stop has come, or comes */
	if (child->state == STOPPED)
		adopt(child, p);
	resume(p, 0);
}

static void on_stop(struct process *p, int status)
{
	const int event = status >> 16, signal = WSTOPSIG(status);
	struct __ptrace_syscall_info info;

	if (signal == (SIGTRAP | 0x80) || event == PTRACE_EVENT_SECCOMP) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, (void *)sizeof info, &info) < 0)
			return;         /* killed meanwhile */
		if (event)
			on_entry(p, &info);
		else
			on_exit_of_call(p, &info);
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		   event == PTRACE_EVENT_CLONE) {
		on_clone(p);
	} else if (event == PTRACE_EVENT_EXEC) {
		on_exec(p);
		resume(p, 0);
	} else if (event == EVENT_STOP && p->state == NEW) {
		p->state = STOPPED;
		if (p->parent)
			adopt(p, p->parent);
	} else if (event == EVENT_STOP && (signal == SIGSTOP || signal == SIGTSTP ||
					   signal == SIGTTIN || signal == SIGTTOU)) {
		p->state = STOPPED;
		ptrace(PTRACE_LISTEN, p->pid, 0, 0);
	} else if (event == EVENT_STOP) {
		if (p->state == STOPPED)
			p->state = USER;
		resume(p, 0);
	} else {
		resume(p, signal);
	}
}

static void on_event(pid_t pid, int status)
{
	struct process *p = trace_find(pid);

	/*
	 * what descends from nobody whom we know, or a child of ours that was killed before it was
	 * traced
	 */
	if (!p && !WIFSTOPPED(status))
		return;
	if (!p)
		p = add(pid);
	if (WIFSTOPPED(status))
		on_stop(p, status);
	else
		on_death(p, status);
}

/*
 * Whether it waits in its call, or has stopped. The kernel itself sees to it that it is off the CPU
 * (wait_task_inactive): the state in /proc/PID/stat is that of a sleeper a little earlier.
 */
static int is_asleep(const struct process *p)
{
	char text[128];
	const ssize_t length = p->call_fd < 0 ? -1 : pread(p->call_fd, text, sizeof text - 1, 0);

	return length > 0 && *text != 'r';
}

/* Whether the next of somebody's events is certain to come. */
static int is_on_its_way(void)
{
	for (int i = 0; i < run.processes; i++) {
		const struct process *p = &run.process[i];

		if (p->state == NEW || p->state == USER || (p->state == CALL && !p->may_wait) ||
		    (p->state == STOPPED && !p->family))
			return 1;
	}
	return 0;
}

/* Whether somebody is in a call that may wait, and does not. */
static int is_in_a_call(void)
{
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].state == CALL && !is_asleep(&run.process[i]))
			return 1;
	return 0;
}

/* Until nobody moves any more: each rests before a call, waits in one, or has ended. */
void trace_settle(void)
{
	int status, busy;
	pid_t pid;

	do {
		while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
			on_event(pid, status);
		/* an event that is certain to come may as well be waited for */
		busy = is_on_its_way();
		if (busy) {
			pid = waitpid(-1, &status, __WALL);
		} else {
			busy = is_in_a_call();
			if (busy)
				sched_yield();
			/* one that was still on its way above has stopped by now */
			pid = waitpid(-1, &status, __WALL | WNOHANG);
		}
		if (pid > 0)
			on_event(pid, status);
		busy |= pid > 0;
	} while (busy);
}

/* Until it is at its next call, where nobody else can have noticed what it did. */
static void await_next(const struct process *p)
{
	int status;

	while (p->state == USER) {
		const pid_t pid = waitpid(-1, &status, __WALL);

		if (pid > 0)
			on_event(pid, status);
	}
}

/* ---- signals ---- */

static int may_be_signalled(const struct process *from, const struct process *to)
{
	if (from->family->kind == SESSION)
		return scenario_may_signal(from, to);
	return to == from || to->role == BOX || to->role == SERVICE;
}

static void check_target(const struct process *p, pid_t pid, long signal)
{
	const struct process *to = trace_find(pid);

	if (!signal || p->role == SERVICE || p->role == STRANGER)
		return;
	if (pid == 1 || pid == -1 || !pid)
		broken("%s signals process %d", trace_name(p), pid);
	else if (pid <= 0) {
		for (int i = 0; i < run.processes; i++) {
			to = &run.process[i];
			if (to->state != DEAD && is_meant(p, pid, to) &&
			    !may_be_signalled(p, to))
				broken("%s signals a group with %s in it", trace_name(p),
				       trace_name(to));
		}
	} else if (to && !may_be_signalled(p, to)) {
		broken("%s signals a stranger, %s, by %ld", trace_name(p), trace_name(to), signal);
	}
}

static void check_signal(const struct process *p)
{
	pid_t pid;
	const long signal = signal_of(p, &pid);

	if (p->call == SYS_pidfd_send_signal && p->family && p->family->root == p)
		p->family->signals++;
	if (signal)
		check_target(p, pid, signal);
}

/* ---- going on ---- */

/* Lets a process make its call, and all that has come of it settle. */
static void go(struct process *p)
{
	run.events++;
	check_signal(p);
	if (clock_look(p)) {
		if (p->family->kind == SESSION && !p->family->has_looked)
			scenario_looks(p->family);
		p->result = 0;
		say(p, 0);
		p->state = USER;
		resume(p, 0);
		await_next(p);
		return;
	}
	p->may_wait = may_wait(p);
	clock_enter(p);
	if (p->error) {
		trace_change(p)->orig_rax = (unsigned long)-1;
		p->may_wait = 0;
	}
	if (p->changed)
		trace_regs(p, &p->regs);
	p->state = CALL;
	resume(p, 0);
	trace_settle();
	/* one of its timers has run out already */
	if (p->state == CALL && p->limit <= clock_mono)
		trace_expire(p);
}

/* Until everybody who is to go on rests before a call that others might notice. */
void trace_ready(void)
{
	int found;

	do {
		found = 0;
		for (int i = 0; i < run.processes; i++)
			while (run.process[i].state == ENTRY && is_local(&run.process[i])) {
				go(&run.process[i]);
				found = 1;
			}
	} while (found);
}

void trace_step(struct process *p)
{
	go(p);
	trace_ready();
	clock_settle();
}

/* The time limit of its call is over. */
void trace_expire(struct process *p)
{
	p->expired = 1;
	if (ptrace(PTRACE_INTERRUPT, p->pid, 0, 0))
		die("PTRACE_INTERRUPT of %s: %m", trace_name(p));
	p->may_wait = 0;
	trace_settle();
}

void trace_kill(struct process *p)
{
	if (run.verbose)
		fprintf(stderr, "%5u %-4s is killed at %s\n", run.step, trace_name(p),
			trace_call_name(p->call));
	if (p->family)
		p->family->is_spoilt = 1;
	run.box_killed |= p->role == BOX;
	p->state = USER;
	kill(p->pid, SIGKILL);
	trace_settle();
	trace_ready();
}

/* ---- starting and cleaning ---- */

/* Of the first command line the process, or the first child in a scenario of two. */
static char *number_of(const char *word)
{
	static char text[16];

	snprintf(text, sizeof text, "%d", run.family[0].root->pid + 2 * (*word == 'C'));
	return text;
}

static int split(const char *line, char *text, size_t size, char *argv[MOST_WORDS])
{
	static char pidfile[96], other[96];
	int words = 0;

	snprintf(pidfile, sizeof pidfile, "%s/pid", room);
	snprintf(other, sizeof other, "%s/other", room);
	snprintf(text, size, "%s", line);
	for (char *word = strtok(text, " "); word && words < MOST_WORDS - 1;
	     word = strtok(NULL, " ")) {
		if (!strcmp(word, "PID"))
			word = pidfile;
		if (!strcmp(word, "SERVICE"))
			word = (char *)service;
		if (!strcmp(word, "OTHER"))
			word = other;
		if (!strcmp(word, "SID") || !strcmp(word, "CHILD"))
			word = number_of(word);
		argv[words++] = word;
	}
	argv[words] = NULL;
	return words;
}

static void become(const char *line, char name, int go_on)
{
	static char *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	const struct sched_param first = { .sched_priority = 1 };
	char text[1024], *argv[MOST_WORDS], file[8] = "out.?", byte;
	int fd;

	split(line, text, sizeof text, argv);
	file[4] = name;
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	dup2(fd, 1);
	memcpy(file, "err", 3);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	dup2(fd, 2);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, 0);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	/*
	 * What goes on does so at once, and this process sees only how it ended; where that cannot
	 * be it takes longer.
	 */
	sched_setscheduler(0, SCHED_FIFO, &first);
	if (read(go_on, &byte, 1) != 1)
		_exit(125);
	for (fd = 3; fd < 64; fd++)
		close(fd);
	if (stop_before_calls())
		_exit(125);
	execve(*argv[0] == '/' ? argv[0] : box, argv, environment);
	_exit(125);
}

static enum family_kind kind_of(const char *line)
{
	return !strncmp(line, "pidof-", 6)     ? SESSION :
	       strstr(line, " -K")	       ? STOP :
	       strstr(line, " -Q")	       ? STATUS :
	       strstr(line, " -k ")	       ? SIGNAL :
	       strncmp(line, "daemonize ", 10) ? OTHER :
						 START;
}

/* Begins a command line: its process rests before its first call. */
struct family *trace_start(const char *line)
{
	struct family *f = &run.family[run.families];
	int ends[2];
	pid_t pid;

	if (run.families == MOST_FAMILIES)
		die("more than %d command lines", MOST_FAMILIES);
	memset(f, 0, sizeof *f);
	f->name = (char)('a' + run.families++);
	f->line = line;
	f->kind = kind_of(line);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %m");
	pid = fork();
	if (!pid)
		become(line, f->name, ends[0]);
	if (pid < 0)
		die("fork: %m");
	if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS))
		die("PTRACE_SEIZE: %m");
	f->root = add(pid);
	f->root->family = f;
	f->root->number = ++f->members;
	f->root->role = strncmp(line, "SERVICE", 7) && strncmp(line, "OTHER", 5) ? COMMAND :
										  STRANGER;
	f->root->session = f->root;
	f->root->joined = f->from = run.events;
	f->is_over = f->root->role == STRANGER ? 2 : 0;
	f->root->state = USER;
	f->begun = f->came = clock_mono;
	if (write(ends[1], "", 1) != 1)
		die("pipe: %m");
	close(ends[0]);
	close(ends[1]);
	trace_settle();
	trace_ready();
	return f;
}

/* The number of the next process, if nobody has it. */
void trace_next_pid(pid_t pid)
{
	char text[16];
	const int length = snprintf(text, sizeof text, "%d", pid - 1);
	const int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	if (last < 0 || write(last, text, (size_t)length) != length)
		die("ns_last_pid: %m");
	close(last);
}

/* Ends all that there is. */
void trace_clean(void)
{
	int status;

	kill(-1, SIGKILL);
	while (waitpid(-1, &status, __WALL) > 0 || errno != ECHILD)
		;
	for (int i = 0; i < run.processes; i++)
		if (run.process[i].state != DEAD && run.process[i].call_fd >= 0)
			close(run.process[i].call_fd);
	run.processes = run.families = 0;
	/* numbers are the same each time */
	trace_next_pid(101);
}
