// SPDX-License-Identifier: 0BSD
/* The pidfile: lock, number, and the record of whose number it is. */
#include <string.h>
#include <sys/stat.h>
#include "lib/common/number.h"
#include "lib/daemon/pidfile.h"
#include "lib/common/proc.h"
#include "lib/libc/syscall.h"

/* The record of an empty file that a supervisor without a program has; the lowest bit is `made`. */
enum { CLEARED = 2 };

/* FNV-1a of a text up to a byte that ends it. */
static unsigned hash(unsigned h, const char *text, char end)
{
	for (; *text && *text != end; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/*
 * An even number from 2 to 2^29 for the process `who` (a pid or "self") with this
 * pid: from the boot's id and the tick at which it started, since the same pid
 * at the same tick comes again after a reboot. 0 where there is no telling, or
 * it is a zombie, or being reaped.
 */
static long stamp(const char *who, const char *pid)
{
	char path[sizeof("/proc//stat") + NUMBER_TEXT], stat[512], boot[64];
	const char *at;
	int field;
	unsigned h;

	stpcpy(stpcpy(stpcpy(path, "/proc/"), who), "/stat");
	if (proc_read(path, stat, sizeof(stat)) < 0 ||
	    proc_read("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) < 0)
		return 0;
	/* The name in the second field may itself have parentheses and spaces. */
	at = strrchr(stat, ')');
	if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
		return 0;
	for (field = 2; field < 22; field++, at++)
		if (!(at = strchr(at, ' ')))
			return 0;
	h = hash(hash(hash(2166136261u, boot, '\n'), at, ' '), pid, '\n');
	return (long)(h >> 4) * 2 + 2;
}

/* The process that the file names, if it is alive and the one that wrote it, or is this one; else 0. */
static pid_t recorded(int fd, const struct stat *st, pid_t known)
{
	char pid[NUMBER_TEXT];
	long length, number;

	length = sys(read, fd, pid, sizeof(pid) - 1);
	if (length < 2 || pid[length - 1] != '\n')
		return 0;
	pid[length - 1] = '\0';
	number = number_whole(pid, 10, 0x7fffffff);
	if (number <= 0)
		return 0;
	if (number == known)
		return known;
	if ((st->st_uid && st->st_uid != (uid_t)sys_ids(geteuid, 0)) || st->st_mode & (S_IWGRP | S_IWOTH) ||
	    st->st_mtim.tv_nsec < 2 || stamp(pid, pid) != (st->st_mtim.tv_nsec & ~1L))
		return 0;
	return (pid_t)number;
}

static int lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	int error = -(int)sys_fcntl(fd, F_SETLK, &lock);

	if (error != EAGAIN && error != EACCES)
		return error;
	error = -(int)sys_fcntl(fd, F_GETLK, &lock);
	if (error)
		return error;
	/* Anybody who may read the file can hold a read lock: that is no service. */
	return lock.l_type == F_RDLCK ? EBUSY : EALREADY;
}

/* Locks an open file and empties it; ESTALE where it has been removed meanwhile. */
static int take(int fd)
{
	struct stat st;
	int error = lock(fd);

	if (!error)
		error = sys_fstat(fd, &st);
	if (error)
		return error;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	if (!st.st_nlink)
		return ESTALE;
	if (!st.st_size)
		return 0;
	if (recorded(fd, &st, 0))
		return EALREADY;
	return -(int)sys(ftruncate, fd, 0);
}

int pidfile_take(struct pidfile *p, const char *path)
{
	/* Not to hang on a fifo, nor to follow a link that somebody planted. */
	const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int error, tries = 100;

	p->dir = AT_FDCWD;
	if (*path != '/' && (p->dir = sys_open(".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0)) < 0)
		return -p->dir;
	do {
		p->fd = sys_open(path, flags | O_CREAT, 0644);
		/* In a sticky directory not even root may O_CREAT over another's file. */
		if (p->fd == -EACCES)
			p->fd = sys_open(path, flags, 0);
		if (p->fd < 0)
			return -p->fd;
		error = take(p->fd);
		if (error) {
			sys(close, p->fd);
			p->fd = -1;
		}
	} while (error == ESTALE && --tries);
	return error;
}

int pidfile_write(const struct pidfile *p, int made)
{
	char buffer[NUMBER_TEXT + 1];
	char *pid = number_text((unsigned long)sys(getpid, 0), buffer);
	size_t length = strlen(pid);
	struct stat st;
	long error;

	pid[length] = '\n';
	error = sys(write, p->fd, pid, length + 1);
	if (error > 0)
		error = -sys_fstat(p->fd, &st);
	if (error == 0)
		error = sys_set_mtime(p->fd, st.st_mtim.tv_sec, stamp("self", pid) | made);
	return -(int)error;
}

int pidfile_clear(const struct pidfile *p, int made)
{
	struct stat st;
	int error = -(int)sys(ftruncate, p->fd, 0);

	if (!error)
		error = sys_fstat(p->fd, &st);
	if (!error)
		error = -sys_set_mtime(p->fd, st.st_mtim.tv_sec, CLEARED | made);
	return error;
}

int pidfile_look(const char *path, struct service *service)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	int error;

	memset(service, 0, sizeof(*service));
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return -fd;
	service->exists = 1;
	error = -(int)sys_fcntl(fd, F_GETLK, &lock);
	if (!error)
		error = sys_fstat(fd, &st);
	if (!error) {
		service->holder = lock.l_type == F_WRLCK ? lock.l_pid : 0;
		service->program = recorded(fd, &st, service->holder);
		service->made = st.st_mtim.tv_nsec & 1;
		/* A holder in another pid namespace, or no process's lock but an open file's. */
		if (lock.l_type == F_WRLCK && lock.l_pid <= 0)
			error = ESRCH;
		/* It has been removed meanwhile, and there may be another. */
		else if (!st.st_nlink)
			error = EAGAIN;
		/* One who has just taken it, to write or to remove it: it is empty, or has the number of one who is gone. */
		else if (lock.l_type == F_WRLCK && !service->program &&
			 (st.st_size ? st.st_mtim.tv_nsec >= CLEARED : (st.st_mtim.tv_nsec & ~1L) != CLEARED))
			error = EAGAIN;
		if (!service->holder)
			service->holder = service->program;
	}
	sys(close, fd);
	return error;
}

int pidfile_remove(const struct pidfile *p, const char *path)
{
	struct stat st;
	int error = sys_fstat(p->fd, &st);

	if (!error && st.st_nlink)
		error = -(int)sys(unlinkat, p->dir, path, 0);
	if (error)
		sys(ftruncate, p->fd, 0);
	return error;
}
