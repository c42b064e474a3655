/* SPDX-License-Identifier: 0BSD */
/*
 * A pidfile whose record lock tells who is alive. Where the lock was lost, the
 * number in it is believed only with its owner's start time and boot, kept as
 * the nanoseconds of the file's modification time so that the content stays
 * "%d\n". (A file system that keeps whole seconds only has no such record.)
 */
#ifndef PIDFILE_H
#define PIDFILE_H

#include <sys/types.h>

struct pidfile {
	int fd;		/* locked; -1: none */
	int dir;	/* what a relative path is relative to, for unlinkat(2) */
};

/*
 * Opens and locks the file for this process, making it where there is none;
 * links are not followed. A record lock (fcntl(2), F_SETLK) is not inherited
 * over fork, is kept over exec, and goes when this process closes any
 * descriptor of the file. What was in the file is gone then. Returns 0 or an
 * errno: EALREADY where the service of this file runs, EBUSY where somebody's
 * read lock is in the way.
 */
int pidfile_take(struct pidfile *p, const char *path);

/*
 * Writes this process's pid and the record of it, in which `made` says that its
 * session was made for it. Returns 0 or an errno.
 */
int pidfile_write(const struct pidfile *p, int made);

/* Empties it, for the time in which a supervisor has no program. Returns 0 or an errno. */
int pidfile_clear(const struct pidfile *p, int made);

/* Who a pidfile says is running. */
struct service {
	int exists;	/* there is a file */
	pid_t holder;	/* who holds the lock, or is recorded; 0: nobody */
	pid_t program;	/* the number in it, if that is the process that wrote it; else 0 */
	int made;	/* its session was made for it */
};

/*
 * Looks whose service a pidfile's is, without taking part in its locks: only a
 * write lock counts, and the record only if root or the caller owns the file
 * and nobody else may write it. Returns 0, or an errno where there is no telling:
 * EAGAIN while the holder seems to be about to write or to remove it; what was
 * found is in *service then as well.
 */
int pidfile_look(const char *path, struct service *service);

/*
 * Removes the file, if it is still the one that is locked, or where that cannot
 * be empties it. Returns 0 or an errno.
 */
int pidfile_remove(const struct pidfile *p, const char *path);

#endif
