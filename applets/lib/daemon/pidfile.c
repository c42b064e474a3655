// SPDX-License-Identifier: 0BSD
/* The pidfile: its inode, its locks, its record. */
#include <elf.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/path.h"
#include "lib/common/proc.h"
#include "lib/daemon/pidfile.h"
#include "lib/daemon/process.h"
#include "lib/libc/clock.h"
#include "lib/libc/syscall.h"

enum { MUTEX, EXEC, SUPERVISOR, EXTENDED };	/* the bytes that are locked */

enum { PAUSE = 20 };			/* milliseconds between two tries */

enum { FLAGS = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* ---- the record ---- */

/*
 * In nanoseconds 28 bits and `made`, never below 2; 16 more bits in the seconds, the others
 * of which are the time. Where the file system has no nanoseconds, 29 bits and `made`
 * in seconds from 2004 to 2038.
 */
enum { RECORD_MADE = 1, WAITING_NANOSECONDS = 1 };

static long fine_nanoseconds(unsigned long long hash)
{
	return (long)(hash & 0xfffffff) * 2 + 2;
}

static unsigned fine_seconds(unsigned long long hash)
{
	return (unsigned)(hash >> 28) & 0xffff;
}

static long coarse_seconds(unsigned long long hash)
{
	return (long)((hash & 0x1fffffff) * 2 | 0x40000000);
}

static int set_record(const struct pidfile *p, unsigned long long hash, int made)
{
	if (p->coarse)
		return -sys_set_mtime(p->fd, coarse_seconds(hash) | made, 0);
	return -sys_set_mtime(p->fd, (p->since & ~0xffffLL) | fine_seconds(hash),
			      fine_nanoseconds(hash) | made);
}

/* ---- locks ---- */

/* Takes or drops the lock of some bytes, or says who has one: fcntl(2). Returns 0 or -errno. */
static int lock(int fd, int command, struct flock *l, int type, int first, int bytes)
{
	memset(l, 0, sizeof(*l));
	l->l_type = (short)type;
	l->l_whence = SEEK_SET;
	l->l_start = first;
	l->l_len = bytes;
	return (int)sys_fcntl(fd, command, l);
}

static int set_lock(int fd, int type, int first, int bytes)
{
	struct flock l;

	return -lock(fd, F_SETLK, &l, type, first, bytes);
}

/*
 * The process that has a byte locked for writing; 0: nobody. `whole` becomes 1 where it has
 * all of the file, as 0.1.0 had. Returns 0 or an errno; one whose number is of another
 * pid namespace, or of none, cannot be told.
 */
static int lock_holder(int fd, int byte, pid_t *holder, int *whole)
{
	struct flock l;
	const int error = -lock(fd, F_GETLK, &l, F_RDLCK, byte, 1);

	*holder = 0;
	if (error || l.l_type == F_UNLCK)
		return error;
	*holder = l.l_pid;
	*whole |= l.l_start == 0 && l.l_len == 0;
	/* Not ESRCH, which to whoever asked would say that the service has ended. */
	return l.l_pid > 0 ? 0 : EBUSY;
}

/* ---- looking ---- */

/* The user that this process began as, which it still is where it has to do with others' files. */
static uid_t own_user(void)
{
	return (uid_t)aux_value(AT_EUID);
}

/*
 * Whether only root and this user can move or remove what is in the folder of a path. Returns 0,
 * EPERM or an errno.
 */
static START_UP int check_folder_of(const char *path)
{
	const int fd = path_open_folder(path);
	struct stat st;
	int error;

	/* If the folder does not exist, those above it decide. */
	if (fd < 0)
		return fd == -ENOENT ? 0 : -fd;
	error = sys_fstat(fd, &st);
	sys(close, fd);
	if (error)
		return error;
	if (st.st_uid && st.st_uid != own_user())
		return EPERM;
	/* In a sticky folder nobody removes what is another's. */
	return !(st.st_mode & S_ISVTX) &&
			       (st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid)) ?
		       EPERM :
		       0;
}

START_UP int pidfile_check_folders(const char *path)
{
	char upper[PATH_MAX], *slash;
	int error;

	if (strlen(path) >= sizeof(upper))
		return ENAMETOOLONG;
	strcpy(upper, path);
	do {
		error = check_folder_of(upper);
		slash = strrchr(upper, '/');
		if (slash)
			*slash = '\0';
	} while (!error && slash > upper);
	return error;
}

/*
 * Whether a file may be a pidfile of ours: regular, with one name, and nobody but root and this
 * user can have made it.
 */
static int is_trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && !(st->st_mode & (S_IWGRP | S_IWOTH)) &&
	       (!st->st_uid || st->st_uid == own_user());
}

/*
 * Reads "%d\n", or nothing: *pid is 0 then. Returns 0, EEXIST where it is something else, or the
 * errno of a look.
 */
static int read_number(int fd, char number[NUMBER_TEXT + 1], pid_t *pid)
{
	const long length = sys(read, fd, number, NUMBER_TEXT);
	long value;

	*pid = 0;
	if (length <= 0)
		return -(int)length;
	/* Without a zero before it none that is low enough fills the room, with more behind it. */
	if (number[length - 1] != '\n' || *number == '0')
		return EEXIST;
	number[length - 1] = '\0';
	/* With a NUL the text would end here for us, and not for others who read it. */
	value = strlen(number) == (size_t)length - 1 ? number_whole(number, 10, INT_MAX) : 0;
	strcpy(number + length - 1, "\n");
	*pid = (pid_t)value;
	return value > 0 ? 0 : EEXIST;
}

/* What a look has found so far. */
struct look {
	struct stat st;
	const char *path;
	char number[NUMBER_TEXT + 1];
	pid_t pid;		/* the number; 0: the file is empty */
	pid_t starter;		/* who has the byte EXEC */
	int old;		/* the lock is one of 0.1.0's */
	int open;		/* descriptors of the processes are wanted */
};

static int find_locks(int fd, struct service *s, struct look *look)
{
	pid_t again;
	int error = lock_holder(fd, EXEC, &look->starter, &look->old);

	if (!error)
		error = lock_holder(fd, SUPERVISOR, &s->supervisor, &look->old);
	if (CFG_DAEMONIZE_WATCHDOG && !error && s->supervisor && !look->old) {
		error = lock_holder(fd, EXTENDED, &again, &look->old);
		s->extended = !again;
	}
	if (error || !s->supervisor || !look->open)
		return error;
	s->supervisor_fd = proc_open_process(s->supervisor);
	if (s->supervisor_fd < 0 && s->supervisor_fd != -ENOSYS)
		return s->supervisor_fd == -ESRCH ? EAGAIN : -s->supervisor_fd;
	/* Who still has the lock had it, and with it the number, when the descriptor was opened. */
	error = lock_holder(fd, SUPERVISOR, &again, &look->old);
	return !error && again != s->supervisor ? EAGAIN : error;
}

/* Whether the file's time is the record of a process: 1, 0, or -errno. */
static int is_recorded(const struct look *look, const struct process *process)
{
	const struct stat *st = &look->st;
	const long nanoseconds = (long)st->st_mtim.tv_nsec & ~(long)RECORD_MADE;
	struct process_hash hash;
	const int error = process_hash(process, look->number, path_base(look->path), &hash);

	if (error)
		return -error;
	if (!st->st_mtim.tv_nsec)
		return ((long)st->st_mtim.tv_sec & ~(long)RECORD_MADE) == coarse_seconds(hash.it);
	return (nanoseconds == fine_nanoseconds(hash.it) &&
		((unsigned)st->st_mtim.tv_sec & 0xffff) == fine_seconds(hash.it)) ||
	       nanoseconds == (long)(hash.old >> 4) * 2 + 2;
}

/*
 * Whether the process of the number lives and is the one that was recorded; then it is s->program.
 */
static int find_program(struct service *s, struct look *look)
{
	struct process process = { .leave = 0 };
	/* Whoever is signalled by it has to be the one that /proc tells of. */
	int error = look->open ? proc_is_other() : 0;

	if (error)
		return error;
	/*
	 * The number was read before: whoever fits the record below had it when the descriptor was
	 * opened.
	 */
	s->program_fd = look->open ? proc_open_process(look->pid) : -ENOSYS;
	if (s->program_fd < 0 && s->program_fd != -ENOSYS)
		return s->program_fd == -ESRCH ? 0 : -s->program_fd;
	error = process_read(look->pid, &process);
	if (error || !process.alive)
		return error == ESRCH ? 0 : error;
	error = is_recorded(look, &process);
	if (error < 0)
		return -error;
	if (error)
		s->program = look->pid;
	/*
	 * 0.1.0 let the program have the lock, which is nobody else's then, whatever it made of it.
	 */
	if (look->old && s->program && process.parent != s->supervisor)
		s->supervisor = 0;
	return 0;
}

/* The seconds until a supervisor starts its program again: see pidfile_wait(). */
static int seconds_due(const struct look *look)
{
	struct moment now;
	long long due;

	clock_read(CLOCK_MONOTONIC, &now);
	due = look->st.st_mtim.tv_sec - now.seconds;
	if (look->pid || look->st.st_mtim.tv_nsec > WAITING_NANOSECONDS)
		return -1;
	return due >= 0 && due <= 0xffff ? (int)due : -1;
}

static enum service_state state_of(const struct service *s, const struct look *look)
{
	if (look->starter && !look->old)
		return SERVICE_STARTING;
	if (s->program)
		return SERVICE_RUNNING;
	return s->supervisor ? SERVICE_WAITING : SERVICE_STALE;
}

/*
 * Returns 0 where s->state is set, EAGAIN where things have moved meanwhile, or the errno of a look
 * that failed.
 */
static int inspect(int fd, struct service *s, struct look *look)
{
	int error = sys_fstat(fd, &look->st);

	if (error)
		return error;
	if (!look->st.st_nlink)
		return EAGAIN;
	s->state = SERVICE_FOREIGN;
	s->error = S_ISDIR(look->st.st_mode) ? EISDIR : EEXIST;
	if (!is_trusted(&look->st))
		return 0;
	error = read_number(fd, look->number, &look->pid);
	if (error == EEXIST)
		return 0;
	if (!error)
		error = find_locks(fd, s, look);
	if (!error && look->pid)
		error = find_program(s, look);
	if (error)
		return error;
	s->error = 0;
	s->made = (int)(look->st.st_mtim.tv_nsec ? look->st.st_mtim.tv_nsec :
						   look->st.st_mtim.tv_sec) &
		  RECORD_MADE;
	s->alone = s->supervisor && s->supervisor == s->program && !look->old;
	if (s->supervisor == s->program)
		s->supervisor = 0;
	s->due = seconds_due(look);
	s->old = look->old;
	s->state = state_of(s, look);
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		sys(close, *fd);
	*fd = -ENOSYS;
}

static int look_once(const char *path, struct service *s, int open)
{
	struct look look = { .path = path, .open = open };
	const int fd = sys_open(path, O_RDONLY | FLAGS, 0);
	int error;

	memset(s, 0, sizeof(*s));
	s->program_fd = s->supervisor_fd = -ENOSYS;
	s->file_fd = fd;
	if (fd == -ENOENT)
		return 0;
	/* Also what cannot be opened so: a symbolic link, a socket. */
	if (fd < 0)
		return -fd;
	error = inspect(fd, s, &look);
	if (!open || error)
		close_one(&s->file_fd);
	if (!s->program || error)
		close_one(&s->program_fd);
	if (!s->supervisor || error)
		close_one(&s->supervisor_fd);
	return error;
}

START_UP void pidfile_look(const char *path, struct service *s, int open)
{
	int error, tries = 50;

	while ((error = look_once(path, s, open)) == EAGAIN && --tries)
		;
	if (error) {
		s->state = SERVICE_UNKNOWN;
		s->error = error;
	}
}

/* ---- the mutex ---- */

/* "NAME~". Returns 0 or ENAMETOOLONG. */
static int new_name(const struct pidfile *p, char name[PATH_MAX])
{
	if (strlen(p->name) + 2 > PATH_MAX)
		return ENAMETOOLONG;
	strcpy(stpcpy(name, p->name), "~");
	return 0;
}

/* Whether a name in the folder is that of the open inode: 1, 0, or -errno. */
static int is_called(const struct pidfile *p, const char *name)
{
	struct stat named;
	const int error = sys_stat_at(p->dir, name, &named);

	if (error)
		return error == ENOENT ? 0 : -error;
	return named.st_ino == p->inode && named.st_dev == p->device;
}

START_UP int pidfile_is_being_made(const char *path)
{
	const struct pidfile p = { .name = path };
	char name[PATH_MAX];
	struct stat st;
	int error = new_name(&p, name);

	/* A name that is too long is nobody's. */
	if (error)
		return 0;
	error = sys_stat_at(AT_FDCWD, name, &st);
	return error ? (error == ENOENT ? 0 : -error) : 1;
}

/*
 * No file that was ever called FILE has this mode, whatever the umask: the sticky bit means nothing
 * for a file.
 */
enum { NEW_MODE = S_ISVTX | 0600, MODE = 07777 };

/*
 * What is not as it was made may be FILE by now, though it is empty, as a supervisor's is in the
 * delay. Or it was left by one who was killed on the way to that: this may be emptied.
 */
static int take_over(const struct pidfile *p, const char *name, const struct stat *st)
{
	char number[NUMBER_TEXT + 1];
	pid_t pid;
	int error = is_called(p, name);

	if (error <= 0)
		return error ? -error : EAGAIN;
	if (!st->st_size)
		return 0;
	if ((st->st_mode & MODE) != NEW_MODE)
		return EEXIST;
	error = read_number(p->fd, number, &pid);
	return error ? error : -(int)sys(ftruncate, p->fd, 0);
}

/*
 * One try to get the mutex, and EXEC with it, which the child of a killed supervisor has until it
 * gives FILE~ its name. Returns 0, EAGAIN where another has one of them, or an errno.
 */
static int claim(struct pidfile *p)
{
	char name[PATH_MAX];
	struct stat st;
	int error = new_name(p, name), locked;

	if (error)
		return error;
	p->fd = path_open_or_make(p->dir, name, O_RDWR | O_APPEND | FLAGS, NEW_MODE);
	if (p->fd < 0)
		return -p->fd;
	locked = set_lock(p->fd, F_WRLCK, MUTEX, 2);
	error = sys_fstat(p->fd, &st);
	if (error)
		return error;
	/* A stranger could hold a lock of his own for ever. */
	if (!S_ISREG(st.st_mode) || st.st_uid != own_user() || st.st_nlink > 1)
		return EPERM;
	if (locked || !st.st_nlink)
		return locked && locked != EACCES ? locked : EAGAIN;
	p->inode = st.st_ino;
	p->device = st.st_dev;
	p->coarse = !st.st_mtim.tv_nsec;
	p->since = st.st_mtim.tv_sec;
	return st.st_size || (st.st_mode & MODE) != NEW_MODE ? take_over(p, name, &st) : 0;
}

static void drop(struct pidfile *p)
{
	if (p->fd >= 0)
		sys(close, p->fd);
	p->fd = -1;
}

/* Waits a little, unless that is over. Returns 0, ETIMEDOUT or ECANCELED. */
static int pause_for(const struct patience *patience)
{
	if (!clock_left(patience->until))
		return ETIMEDOUT;
	return sys_poll_one(patience->caller, 0, PAUSE) > 0 ? ECANCELED : 0;
}

/*
 * Becomes the supervisor of the file. From then on its child may have EXEC, and nobody else's: one
 * that a killed supervisor has left on the way to its exec has the same inode open, and finds that
 * its parent is not the one that has it.
 */
static int supervise_file(const struct pidfile *p)
{
	/* EXTENDED as well, as long as nobody else can read the file: see pidfile_extend(). */
	const int error = set_lock(p->fd, F_WRLCK, SUPERVISOR, 2);

	return error ? error : set_lock(p->fd, F_UNLCK, EXEC, 1);
}

/* Takes EXEC of a file whose SUPERVISOR this process's parent has, or 0, itself. */
static int lock_exec(const struct pidfile *p, pid_t supervisor)
{
	int error = set_lock(p->fd, F_WRLCK, EXEC, 1), whole = 0;
	pid_t holder;

	/*
	 * By now anybody may have the lock of a reader. What this is for is to look like a start
	 * for the moment until the exec.
	 */
	if (p->published)
		return error == EAGAIN || error == EACCES ? 0 : error;
	if (!error)
		error = lock_holder(p->fd, SUPERVISOR, &holder, &whole);
	return !error && holder != supervisor ? ESRCH : error;
}

/* What is there under the mutex decides whether a start may go on. */
static int decide(const struct pidfile *p, int supervised)
{
	struct service s;

	pidfile_look(p->path, &s, 0);
	switch (s.state) {
	case SERVICE_NONE:
	case SERVICE_STALE:
		return supervised ? supervise_file(p) : 0;
	case SERVICE_RUNNING:
		/*
		 * What is just being killed is not running, and may never have: on the way to its
		 * exec.
		 */
		return process_is_ending(s.program) ? EAGAIN : EALREADY;
	case SERVICE_STARTING:
	case SERVICE_WAITING:
		return EAGAIN;
	default:
		return s.error;
	}
}

START_UP int pidfile_take(struct pidfile *p, const char *path, int supervised,
			  const struct patience *patience)
{
	int error;

	p->path = p->name = path;
	p->dir = AT_FDCWD;
	if (*path != '/') {
		p->dir = path_open_folder(path);
		if (p->dir < 0)
			return -p->dir;
		p->name = path_base(path);
	}
	p->locked = !supervised;
	do {
		error = claim(p);
		if (!error) {
			error = decide(p, supervised);
			if (error)
				pidfile_remove(p);
		}
		if (error)
			drop(p);
		if (error != EAGAIN)
			return error;
		error = pause_for(patience);
	} while (!error);
	return error;
}

/* Its number is the first word that the kernel says of a process. */
static const char *own_number(const struct process *self, char number[NUMBER_TEXT + 1])
{
	const size_t length = strcspn(self->text, " ");

	strcpy((char *)mempcpy(number, self->text, length < NUMBER_TEXT ? length : 0), "\n");
	return number;
}

static int write_number(const struct pidfile *p, const char *number)
{
	const long length = (long)strlen(number), written = sys(write, p->fd, number, length);

	return written < 0 ? -(int)written : written == length ? 0 : ENOSPC;
}

/* Gives the inode its name. From then on it may be read; before, nobody else ever opened it. */
static int show(struct pidfile *p, unsigned mode)
{
	char name[PATH_MAX];
	int error = new_name(p, name);

	if (!error)
		error = -sys_rename_at(p->dir, name, p->name);
	if (!error)
		/* Mode 0 says that nothing is left: pidfile_clear(). */
		error = -(int)sys(fchmod, p->fd, mode | 0400);
	p->published = !error;
	return error;
}

START_UP int pidfile_publish(struct pidfile *p, pid_t supervisor, pid_t pid, int made,
			     unsigned mode)
{
	char number[NUMBER_TEXT + 1];
	/* Only where the exec of this start is the last thing that descriptors are needed for. */
	struct process it = { .leave = p->locked };
	struct process_hash hash;
	int error = p->locked ? 0 : lock_exec(p, supervisor);

	if (!error)
		error = process_read(pid, &it);
	if (!error)
		error = process_hash(&it, own_number(&it, number), path_base(p->path), &hash);
	if (!error && p->published)
		error = -(int)sys(ftruncate, p->fd, 0);
	if (!error)
		error = write_number(p, number);
	if (!error)
		error = set_record(p, hash.it, made);
	return error || p->published ? error : show(p, mode);
}

START_UP int pidfile_extend(const struct pidfile *p)
{
	return set_lock(p->fd, F_UNLCK, EXTENDED, 1);
}

START_UP int pidfile_started(const struct pidfile *p)
{
	return set_lock(p->fd, F_UNLCK, EXEC, 1);
}

START_UP int pidfile_wait(const struct pidfile *p, unsigned seconds)
{
	struct moment now;
	int error = -(int)sys(ftruncate, p->fd, 0);

	clock_read(CLOCK_MONOTONIC, &now);
	if (!error)
		error = -sys_set_mtime(p->fd, now.seconds + seconds,
				       p->coarse ? 0 : WAITING_NANOSECONDS);
	return error;
}

static int remove_name(const struct pidfile *p, const char *name)
{
	const int called = is_called(p, name);

	return called > 0 ? -(int)sys(unlinkat, p->dir, name, 0) : -called;
}

/* Removes FILE~, if it still is. */
static int remove_new(const struct pidfile *p)
{
	char name[PATH_MAX];

	return new_name(p, name) == 0 ? remove_name(p, name) : 0;
}

START_UP int pidfile_remove(const struct pidfile *p)
{
	const int error = remove_name(p, p->name);

	return error ? error : remove_new(p);
}

START_UP int pidfile_clear(const struct pidfile *p)
{
	return -(int)sys(fchmod, p->fd, 0);
}

START_UP int pidfile_is_clear(const struct service *s)
{
	struct stat st;
	const int error = sys_fstat(s->file_fd, &st);

	return error ? -error : !(st.st_mode & MODE);
}

START_UP int pidfile_is_linked(const struct service *s)
{
	struct stat st;

	return !sys_fstat(s->file_fd, &st) && st.st_nlink;
}

START_UP int pidfile_sweep(const char *path, struct service *s, const struct patience *patience)
{
	struct pidfile p = { .path = path, .name = path, .dir = AT_FDCWD, .fd = -1 };
	int error, removed;

	while ((error = claim(&p)) == EAGAIN) {
		drop(&p);
		error = pause_for(patience);
		if (error)
			return error;
	}
	if (error)
		return error;
	pidfile_look(path, s, 0);
	if (s->state == SERVICE_STALE)
		error = -(int)sys(unlinkat, AT_FDCWD, path, 0);
	else if (s->state == SERVICE_UNKNOWN)
		error = s->error;
	removed = remove_new(&p);
	return error ? error : removed;
}
