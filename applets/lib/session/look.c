// SPDX-License-Identifier: 0BSD
/* Which processes belong to a session, and what /proc says of them. */
#include <string.h>
#include <time.h>
#include "box.h"
#include "lib/libc/clock.h"
#include "lib/common/message.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

static void doubt(struct session *s, const char *what, const char *why, int error)
{
	if (!(s->told & TOLD_TROUBLE))
		complain(what, why);
	s->told |= TOLD_TROUBLE;
	s->trouble = error;
	if (!s->error)
		s->error = error;
}

START_UP void session_trouble(struct session *s, const char *what, int error)
{
	doubt(s, what, error_text(error), error);
}

/* /proc is of another pid namespace, or hides processes: what it lists is not all there is. */
static void doubt_all(struct session *s)
{
	doubt(s, "/proc", "does not show all processes", EACCES);
}

unsigned long long session_now(void)
{
	struct moment now;

	clock_read(CLOCK_BOOTTIME, &now);
	return (unsigned long long)now.seconds * 100 + (unsigned)now.nanoseconds / 10000000;
}

unsigned long long session_ticks(struct session *s)
{
	const unsigned long long ticks = session_now();

	/* With a clock that cannot be read everybody would be born later. */
	if (!ticks)
		session_trouble(s, "CLOCK_BOOTTIME", ENOSYS);
	return ticks;
}

enum { MEMORY = PIDS * (1 + (CFG_PIDOF_SESSION_ALL ? sizeof(struct tally) : 0)) };

START_UP int session_open(struct session *s)
{
	const long map = sys_map(MEMORY);
	int length;

	s->proc = sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (sys_is_error(map))
		session_trouble(s, "memory", -(int)map);
	else
		s->mark = (unsigned char *)map;
	if (s->proc < 0)
		session_trouble(s, "/proc", -s->proc);
	if (s->error)
		return s->error;
	s->tally = (struct tally *)(s->mark + PIDS);
	s->known = session_ticks(s);
	s->self = (pid_t)sys(getpid, 0);
	s->holder_fd = -1;
	length = (int)sys(readlinkat, s->proc, "self", s->text, NUMBER_TEXT);
	s->text[length < 0 ? 0 : length] = '\0';
	if (number_whole(s->text, 10, PIDS) != s->self)
		doubt_all(s);
	return s->error;
}

void session_close(struct session *s)
{
	if (s->mark)
		sys(munmap, s->mark, MEMORY);
	sys(close, s->proc);
}

START_UP long session_id(struct session *s, int call, pid_t pid)
{
	const long id = sys1(call, pid);

	if (id >= 0)
		return id;
	if (id == -ESRCH)
		s->ended += (unsigned)pid;
	else
		session_trouble(s, call == SYS_getsid ? "getsid" : "getpgid", -(int)id);
	return -1;
}

/* Looks at most, where some end in each, as they always do on a busy machine. */
enum { LOOKS = 5 };

/* The one look-up that every process gets; the rest is for the few that belong. */
static inline __attribute__((always_inline)) int belongs(struct session *s, pid_t pid)
{
	long id;

	if (s->extra == session_any)
		return 1;
	id = session_id(s, s->ask, pid);
	return id >= 0 && (s->mark[id] & s->wanted || (s->extra && s->extra(s, pid)));
}

static int passes(struct session *s, pid_t pid)
{
	if (pid == s->self || s->mark[pid] & OMIT)
		return 0;
	if (CFG_PIDOF_SESSION_LEADER && GIVEN(s, 'L') && session_id(s, SYS_getsid, pid) != pid)
		return 0;
	if (CFG_PIDOF_SESSION_GROUP && GIVEN(s, 'g')) {
		const long group = session_id(s, SYS_getpgid, pid);

		return group >= 0 && s->mark[group] & GROUP;
	}
	return 1;
}

START_UP int session_holds(struct session *s, pid_t pid)
{
	return belongs(s, pid) && passes(s, pid);
}

START_UP int session_any(struct session *s __attribute__((unused)),
			 pid_t pid __attribute__((unused)))
{
	return 1;
}

static void look_at(struct session *s, pid_t pid, session_act *act, int read)
{
	if (!belongs(s, pid) || !passes(s, pid))
		return;
	s->pid = pid;
	s->met |= s->extra != session_any;
	if (read && s->only > 0)
		s->seen = session_ticks(s);
	if (!read || session_read(s, pid))
		act(s);
}

/* The processes among some entries of /proc. */
static void look_at_entries(struct session *s, const char *at, const char *end, session_act *act,
			    int read)
{
	for (; at < end && !s->stop; at += ((const struct entry *)at)->length) {
		const char *name = ((const struct entry *)at)->name;
		unsigned pid = 0, digit;

		for (; (digit = (unsigned char)*name - '0') < 10; name++)
			pid = pid * 10 + digit;
		if (!pid)
			continue;
		/* They ascend, and process 1 is always there. */
		if (!s->listed && pid != 1)
			doubt_all(s);
		s->listed = 1;
		if (!s->chosen && !s->extra)
			s->stop = 1;
		else
			look_at(s, (pid_t)pid, act, read);
	}
}

static void look_once(struct session *s, session_act *act, int read)
{
	_Alignas(struct entry) char buffer[16384];
	long length;

	s->found = s->stop = s->listed = s->error = s->met = 0;
	s->last = 0;
	s->seen_other = 0;
	s->ended = 0;
	if (s->extra && !s->noted)
		s->noted = session_ticks(s);
	length = sys(lseek, s->proc, 0, SEEK_SET);
	while (length >= 0 && !s->stop &&
	       (length = sys(getdents64, s->proc, buffer, sizeof(buffer))) > 0)
		look_at_entries(s, buffer, buffer + length, act, read);
	if (length < 0)
		session_trouble(s, "/proc", -(int)length);
	else if (!s->listed)
		doubt_all(s);
	if (s->extra && !s->stop)
		s->noted = session_ticks(s);
}

/*
 * One that ends in the middle of a look may have left a child which came too late to be listed.
 * So where none is found, but some have ended, it is looked again, until none has, or only
 * zombies that the look before saw too: their children were there then. And where nobody at all
 * was met: behind the highest number comes a low one, which the look may have passed by then.
 */
int session_look(struct session *s, session_act *act, int read)
{
	unsigned before = ~0U;
	int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		look_once(s, act, read);
		if (s->found || s->error || s->stop || (s->met && !s->ended) || s->ended == before)
			break;
		before = s->ended;
	}
	s->restless = looks == LOOKS;
	return s->error;
}

/* A process that ended is no trouble; nor is a descriptor that was closed. */
static long checked(struct session *s, long result)
{
	if (result < 0 && result != -ENOENT && result != -ESRCH)
		session_trouble(s, s->path, -(int)result);
	return result;
}

START_UP long session_text(struct session *s, pid_t pid, const char *file)
{
	long length;
	int fd;

	proc_path(s->path, pid, file);
	length = fd = sys_open(s->path, O_RDONLY, 0);
	if (fd >= 0) {
		length = sys(read, fd, s->text, sizeof(s->text) - 2);
		sys(close, fd);
	}
	/* Two, for a command line need not end in one: what is behind it is a word as well. */
	memset(s->text + (length < 0 ? 0 : length), 0, 2);
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
	proc_path(s->path, s->pid, file);
	return checked(s, read_link(s));
}

int session_inode(pid_t pid, unsigned long long *inode)
{
	enum { PIDFS = 0x50494446 };	/* linux/magic.h, PID_FS_MAGIC */
	/* struct statfs, which begins with its type and is smaller */
	long system[32];
	struct stat st = { .st_ino = 0 };
	const int fd = proc_open_process(pid);
	int error;

	if (fd < 0)
		return -fd;
	error = -(int)sys(fstatfs, fd, system);
	if (!error)
		error = system[0] == PIDFS ? sys_fstat(fd, &st) : ENOSYS;
	sys(close, fd);
	*inode = st.st_ino;
	return error;
}

START_UP int session_read(struct session *s, pid_t pid)
{
	const char *start;

	if (session_text(s, pid, "stat") <= 0) {
		s->ended += (unsigned)pid;
		return 0;
	}
	start = proc_stat(s->text, &s->state, s->field);
	/* 248 days of ticks are more than an int holds. */
	if (!start || !number_read(start, 10, &s->start)) {
		session_trouble(s, s->path, EIO);
		return 0;
	}
	strcpy(s->name, strchr(s->text, '(') + 1);
	return 1;
}

int session_lives(struct session *s)
{
	const int lives = proc_lives(s->state, s->field[THREADS]);

	if (!lives)
		s->ended += (unsigned)s->pid;
	return lives;
}

int session_alive(struct session *s)
{
	long length;

	/* A zombie has no program any more: mostly one call tells, in place of three. */
	proc_path(s->path, s->pid, "exe");
	length = read_link(s);
	/* Below hidepid=1 (EPERM) no file tells, and what getsid said stands. */
	return length > 0 || length == -EPERM || (session_read(s, s->pid) && session_lives(s));
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
static START_UP int in_cgroup(struct session *s, pid_t pid, unsigned long long *whole)
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

START_UP int session_descends(struct session *s, pid_t pid)
{
	pid_t at = pid;

	/* A number that was noted may be a stranger's by now, who was born later. */
	if (s->mark[pid] & ROOT && (!session_read(s, pid) || s->start > s->noted))
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

START_UP void session_mark(struct session *s, pid_t number, int mark)
{
	s->mark[number] |= (unsigned char)mark;
	s->chosen = 1;
	if (mark == CHOSEN)
		s->only = s->only && s->only != number ? -1 : number;
}

START_UP void session_choose(struct session *s, pid_t pid)
{
	const long sid = session_id(s, SYS_getsid, pid);

	/*
	 * Process 1 is in its own session, or in that of the kernel, or of what is outside this pid
	 * namespace: 0.
	 */
	if (CFG_PIDOF_SESSION_SERVICE && sid >= 0 && sid <= 1 && pid > 1)
		choose_service(s, pid);
	else if (sid >= 0)
		session_mark(s, (pid_t)sid, CHOSEN);
}

void session_omit_ancestors(struct session *s)
{
	pid_t pid = s->self;

	while (pid && session_read(s, pid)) {
		pid = s->field[PPID];
		s->mark[pid] |= OMIT;
	}
}
