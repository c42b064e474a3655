// SPDX-License-Identifier: 0BSD
/*
 * Makes system calls of a command fail, or kills one of its processes at a call:
 *
 *   fault WHAT LOG COMMAND [ARG]...
 *
 *   list       nothing happens; a line of LOG for each call: "P.N NAME ERROR..."
 *   P.N=ERROR  the Nth call of the Pth process does not happen and gets this error (a
 *              number, eperm or enosys); the next one that could, where it is another
 *              call this time, that has no such error: close(2) always closes
 *   P.N=kill   the Pth process is killed in place of its Nth call
 *   NAME=ERROR all calls of this name get this error
 *
 * Processes are numbered in the order of their first calls, from 1, and calls by process,
 * so that a number means the same in the next run, whoever of them is faster. The
 * errors of a list are those of the call's page that this machine could give: not those of
 * a wrong argument, nor those that are an answer (ENOENT, ESRCH, ECHILD, EPIPE of a socket),
 * since what a kernel says falsely nobody can know.
 *
 * What happened is a line "NAME ERROR pid PID", the first time. The line "over" is there
 * once all of the command's processes have ended. Only what runs the command's own
 * program counts: what it has become by an exec does not, but that exec does.
 *
 * A filter hands each call to a process beside the command (SECCOMP_RET_USER_NOTIF,
 * Linux 5.0), which is nobody's parent or tracer: the command notices nothing. Status
 * 125: no filters here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "calls.h"

/* linux/seccomp.h and linux/filter.h are not among every libc's headers */
struct instruction { uint16_t code; uint8_t jt, jf; uint32_t k; };
struct program { unsigned short len; struct instruction *filter; };
struct call { int32_t number; uint32_t arch; uint64_t at, args[6]; };
struct notice { uint64_t id; uint32_t pid, flags; struct call call; };
struct answer { uint64_t id; int64_t value; int32_t error; uint32_t flags; };
enum { RETURN = 0x06 };
enum { MODE_FILTER = 1, NEW_LISTENER = 8, KILLABLE = 32, CONTINUE = 1 };
#define NOTIFY 0x7fc00000u
#define RECEIVE _IOWR('!', 0, struct notice)
#define SEND    _IOWR('!', 1, struct answer)

static int listener_of_all;             /* as the command's process has it */
static volatile int *listener = &listener_of_all;
static struct process { uint32_t pid; long calls; } processes[4096];
static size_t of_processes;

static char *first, *last;              /* of the command line */
static const char *log_file, *wanted_name;
static long wanted_process, wanted_call;
static int deed;                        /* an error, DIE, or 0 */
static int list, done;
enum { DIE = -1 };

static void note(const char *line)
{
	int fd = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int length = strlen(line);

	if (fd < 0 || write(fd, line, length) != length)
		_exit(99);
	close(fd);
}

/* What the command itself runs, and not this one, nor what that has become. */
static int is_counted(uint32_t pid)
{
	static char own[PATH_MAX], command[PATH_MAX];
	char link[32], exe[PATH_MAX];
	ssize_t length;

	if (!*own && readlink("/proc/self/exe", own, sizeof own - 1) < 0)
		_exit(99);
	snprintf(link, sizeof link, "/proc/%u/exe", pid);
	length = readlink(link, exe, sizeof exe - 1);
	if (length < 0)
		return 0;
	exe[length] = 0;
	if (!strcmp(exe, own))
		return 0;
	if (!*command)
		strcpy(command, exe);
	return !strcmp(exe, command);
}

static size_t number_of(uint32_t pid)
{
	size_t i = 0;

	while (i < of_processes && processes[i].pid != pid)
		i++;
	if (i == of_processes) {
		if (i == sizeof processes / sizeof *processes)
			_exit(99);
		processes[of_processes++].pid = pid;
	}
	return i;
}

static void enlist(size_t process, int call, int number)
{
	char line[256];
	int n = snprintf(line, sizeof line, "%zu.%ld ", process + 1, processes[process].calls);

	if (call == CALLS)
		n += snprintf(line + n, sizeof line - n, "%d", number);
	else
		n += snprintf(line + n, sizeof line - n, "%s", calls[call].name);
	for (int i = 0; call < CALLS && i < MOST && calls[call].errors[i]; i++)
		n += snprintf(line + n, sizeof line - n, " %d", calls[call].errors[i]);
	snprintf(line + n, sizeof line - n, "\n");
	note(line);
}

static int can_end_with(int call, int error)
{
	for (int i = 0; call < CALLS && i < MOST && calls[call].errors[i]; i++)
		if (calls[call].errors[i] == error)
			return 1;
	return 0;
}

/* Whether it is the turn of this call, which is the only one then. */
static int is_its_turn(size_t process, int call)
{
	return !done && (long)process + 1 == wanted_process &&
	       processes[process].calls >= wanted_call && (deed == DIE || can_end_with(call, deed));
}

/* What is to happen in place of this call: an error, DIE, or 0. */
static int verdict(const struct notice *n)
{
	char line[128];
	int call = 0;

	if (!is_counted(n->pid))
		return 0;
	while (call < CALLS && calls[call].number != n->call.number)
		call++;
	const char *name = call < CALLS ? calls[call].name : "?";
	size_t process = number_of(n->pid);

	processes[process].calls++;
	if (list)
		enlist(process, call, n->call.number);
	if (list || (wanted_name ? strcmp(name, wanted_name) != 0 : !is_its_turn(process, call)))
		return 0;
	if (!done++) {
		snprintf(line, sizeof line, "%s %d pid %u\n", name, deed, n->pid);
		note(line);
	}
	return deed;
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

		if (error == DIE) {
			kill(n.pid, SIGKILL);
			continue;
		}
		struct answer a = { .id = n.id, .error = -error, .flags = error ? 0 : CONTINUE };

		ioctl(fd, SEND, &a);
	}
	note("over\n");
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
	/* so that who looks for the command by its words does not find this one */
	memset(first, 0, last - first);
	serve(*listener);
}

static int install(void)
{
	static struct instruction code[] = { { RETURN, 0, 0, NOTIFY } };
	struct program p = { 1, code };
	if (geteuid())
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int fd = syscall(SYS_seccomp, MODE_FILTER, NEW_LISTENER | KILLABLE, &p);

	return fd >= 0 || errno != EINVAL ?
		       fd :
		       (int)syscall(SYS_seccomp, MODE_FILTER, NEW_LISTENER, &p);
}

static int understand(char *what)
{
	char *equals = strchr(what, '=');

	list = !strcmp(what, "list");
	if (list)
		return 1;
	if (!equals)
		return 0;
	*equals++ = 0;
	deed = !strcmp(equals, "kill") ? DIE : !strcmp(equals, "eperm") ? EPERM :
	       !strcmp(equals, "enosys") ? ENOSYS : atoi(equals);
	if (sscanf(what, "%ld.%ld", &wanted_process, &wanted_call) != 2)
		wanted_name = strdup(what);
	return deed != 0;
}

int main(int argc, char **argv)
{
	int pid;

	if (argc < 4 || !understand(argv[1]))
		return 125;
	log_file = strdup(argv[2]);
	last = argv[argc - 1] + strlen(argv[argc - 1]);
	first = argv[0];
	listener = mmap(NULL, sizeof *listener, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
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
