// SPDX-License-Identifier: 0BSD
/* Which processes belong to a session, and what /proc says of them. */
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/message.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

void START_UP session_trouble(struct session *s, const char *what, int error)
{
	if (!s->trouble)
		complain(what, error_text(error));
	s->trouble = 1;
}

int START_UP session_open(struct session *s)
{
	const size_t size = PIDS * (1 + (CFG_PIDOF_SESSION_ALL ? sizeof(struct tally) : 0));
	long map = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error = (unsigned long)map > -4096UL ? (int)map : 0;

	s->mark = (unsigned char *)map;
	s->tally = (struct tally *)(s->mark + PIDS);
	s->proc = sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (s->proc < 0)
		error = s->proc;
	if (error) {
		session_trouble(s, "/proc", -error);
		return -1;
	}
	s->self = (pid_t)sys(getpid, 0);
	error = (int)sys(readlinkat, s->proc, "self", s->text, NUMBER_TEXT);
	s->text[error < 0 ? 0 : error] = '\0';
	/* With hidepid=2 others' processes are not listed; process 1 is always there. */
	if (number_whole(s->text, 10, PIDS) != s->self || sys(faccessat, s->proc, "1", F_OK) == -ENOENT) {
		complain("/proc", "does not show all processes");
		s->trouble = 1;
	}
	return 0;
}

/* The one look-up that every process gets; the rest is for the few that belong. */
static inline __attribute__((always_inline)) int belongs(struct session *s, pid_t pid)
{
	long id = sys1(s->ask, pid);

	if (id < 0) {
		if (id != -ESRCH)
			session_trouble(s, "getsid", -(int)id);
		return 0;
	}
	return s->mark[id] & s->wanted || (s->extra && s->extra(s, pid));
}

static int passes(struct session *s, pid_t pid)
{
	if (pid == s->self || s->mark[pid] & OMIT)
		return 0;
	if (CFG_PIDOF_SESSION_LEADER && GIVEN(s, 'L') && sys(getsid, pid) != pid)
		return 0;
	if (CFG_PIDOF_SESSION_GROUP && GIVEN(s, 'g')) {
		long group = sys(getpgid, pid);

		return group >= 0 && s->mark[group] & GROUP;
	}
	return 1;
}

int START_UP session_holds(struct session *s, pid_t pid)
{
	return belongs(s, pid) && passes(s, pid);
}

int session_any(struct session *s __attribute__((unused)), pid_t pid __attribute__((unused)))
{
	return 1;
}

int session_ticks(void)
{
	struct moment now;

	clock_read(CLOCK_BOOTTIME, &now);
	return (int)((unsigned)now.seconds * 100 + (unsigned)now.nanoseconds / 10000000);
}

void session_look(struct session *s, session_act *act, int read)
{
	_Alignas(struct entry) char buffer[16384];
	const char *at, *name;
	long length;

	s->found = s->stop = 0;
	if (s->extra && !s->noted)
		s->noted = session_ticks();
	sys(lseek, s->proc, 0, SEEK_SET);
	while ((length = sys(getdents64, s->proc, buffer, sizeof(buffer))) > 0)
		for (at = buffer; at < buffer + length; at += ((const struct entry *)at)->length) {
			unsigned pid = 0, digit;

			for (name = ((const struct entry *)at)->name; (digit = (unsigned char)*name - '0') < 10; name++)
				pid = pid * 10 + digit;
			if (!pid || !belongs(s, (pid_t)pid) || !passes(s, (pid_t)pid))
				continue;
			s->pid = (pid_t)pid;
			if (read && !session_read(s, (pid_t)pid))
				continue;
			act(s);
			if (s->stop)
				return;
		}
	if (s->extra)
		s->noted = session_ticks();
}

static void make_path(struct session *s, pid_t pid, const char *file)
{
	char number[NUMBER_TEXT];

	stpcpy(stpcpy(stpcpy(stpcpy(s->path, "/proc/"), number_text((unsigned)pid, number)), "/"), file);
}

/* A process that ended is no trouble; nor is a descriptor that was closed. */
static long checked(struct session *s, long result)
{
	if (result < 0 && result != -ENOENT && result != -ESRCH)
		session_trouble(s, s->path, -(int)result);
	return result;
}

long START_UP session_text(struct session *s, pid_t pid, const char *file)
{
	long length;
	int fd;

	make_path(s, pid, file);
	length = fd = sys_open(s->path, O_RDONLY, 0);
	if (fd >= 0) {
		length = sys(read, fd, s->text, sizeof(s->text) - 1);
		sys(close, fd);
	}
	s->text[length < 0 ? 0 : length] = '\0';
	return checked(s, length);
}

/* What `path` links to. */
static long read_link(struct session *s)
{
	long length = sys(readlinkat, AT_FDCWD, s->path, s->link, sizeof(s->link) - 1);

	s->link[length < 0 ? 0 : length] = '\0';
	return length;
}

long session_link(struct session *s, const char *file)
{
	make_path(s, s->pid, file);
	return checked(s, read_link(s));
}

int START_UP session_read(struct session *s, pid_t pid)
{
	unsigned long long value;
	const char *at;
	int i;

	if (session_text(s, pid, "stat") <= 0)
		return 0;
	/* The name may itself hold parentheses, spaces and newlines. */
	at = strrchr(s->text, ')');
	*(char *)at = '\0';
	strcpy(s->name, strchr(s->text, '(') + 1);
	s->state = at[2];
	at += 4;
	for (i = 0; i < FIELDS; i++) {
		int negative = *at == '-';

		at = number_read(at + negative, 10, &value) + 1;
		s->field[i] = negative ? -(int)value : (int)value;
	}
	return 1;
}

int session_number(struct session *s, const char *key, unsigned base, int second)
{
	const char *at = proc_find(s->text, key);
	unsigned long long value;

	do {
		if (!at)
			return -1;
		while (*at == '\t' || *at == ' ')
			at++;
		at = number_read(at, base, &value);
	} while (second--);
	return at ? (int)value : -1;
}

const char *session_tty(struct session *s)
{
	const unsigned device = (unsigned)s->field[TTY], major = device >> 8 & 0xfff;
	char number[NUMBER_TEXT], *end;

	if (!device)
		return "?";
	end = stpcpy(stpcpy(s->path, "/sys/dev/char/"), number_text(major, number));
	*end++ = ':';
	strcpy(end, number_text((device & 0xff) | (device >> 12 & 0xfff00), number));
	/* Those of devpts are not in sysfs: Linux, Documentation/admin-guide/devices.txt. */
	if (major == 136)
		return memcpy(end - 4, "pts/", 4);
	return strrchr(read_link(s) < 0 ? s->path : s->link, '/') + 1;
}

/*
 * Whether the cgroup of a process, or one above that, is a service's that was
 * chosen; *whole is the hash (FNV-1a) of its path, 0 where it is in none.
 */
static int START_UP in_cgroup(struct session *s, pid_t pid, unsigned long long *whole)
{
	unsigned long long hash = 14695981039346656037ULL;
	const char *at;
	unsigned i;

	*whole = 0;
	if (session_text(s, pid, "cgroup") <= 0 || !(at = proc_find(s->text, "0::/")))
		return 0;
	for (; *at; at++) {
		if (*at == '/' || *at == '\n')
			for (i = 0; i < s->cgroups; i++)
				if (s->cgroup[i] == hash)
					return 1;
		if (*at == '\n') {
			*whole = at[-1] == '/' ? 0 : hash;
			return 0;
		}
		hash = (hash ^ (unsigned char)*at) * 1099511628211ULL;
	}
	return 0;
}

int START_UP session_descends(struct session *s, pid_t pid)
{
	pid_t at = pid;

	/* A number that was noted may be a stranger's by now, who was born later. */
	if (s->mark[pid] & ROOT && (!session_read(s, pid) || s->field[START] - s->noted > 0))
		s->mark[pid] &= (unsigned char)~ROOT;
	while (!(s->mark[at] & ROOT)) {
		if (at <= 1 || !session_read(s, at))
			return 0;
		at = s->field[PPID];
	}
	/* Its own descendants belong even when those in between have ended. */
	s->mark[pid] |= ROOT;
	return 1;
}

static int in_service(struct session *s, pid_t pid)
{
	unsigned long long unused;

	return in_cgroup(s, pid, &unused) || session_descends(s, pid);
}

static void choose_service(struct session *s, pid_t pid)
{
	unsigned long long whole, first;
	char number[NUMBER_TEXT];
	const char *how = "its cgroup";

	s->service = in_service;
	in_cgroup(s, 1, &first);
	if (in_cgroup(s, pid, &whole))
		;
	else if (whole && whole != first && s->cgroups < ELEMENTS(s->cgroup)) {
		s->cgroup[s->cgroups++] = whole;
	} else {
		s->mark[pid] |= ROOT;
		how = "its descendants";
	}
	if (GIVEN(s, 'v'))
		complain(number_text((unsigned)pid, number), "no session of its own", how);
}

void START_UP session_choose(struct session *s, pid_t pid)
{
	long sid = sys(getsid, pid);

	if (sid < 0) {
		if (sid != -ESRCH)
			session_trouble(s, "getsid", -(int)sid);
	/* Process 1 is in its own session, or in that of the kernel, or of what is outside this pid namespace: 0. */
	} else if (CFG_PIDOF_SESSION_SERVICE && sid <= 1 && pid > 1) {
		choose_service(s, pid);
	} else {
		s->mark[sid] |= CHOSEN;
	}
}

void session_omit_ancestors(struct session *s)
{
	pid_t pid = s->self;

	while (pid && session_read(s, pid)) {
		pid = s->field[PPID];
		s->mark[pid] |= OMIT;
	}
}
