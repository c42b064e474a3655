/* SPDX-License-Identifier: 0BSD */
/*
 * A pidfile, and whose service it is.
 *
 * Each start makes a new inode. It is called FILE~ and nobody else may open it until
 * it is complete; then it is renamed to FILE. Its content is "%d\n", for people and
 * other tools. Who is meant is decided by two things that only root or the file's
 * owner can have made, and the program can not, since it gets no descriptor of it:
 *
 * - record locks for writing (fcntl(2)), of one byte each:
 *	0  mutex of our commands; it counts at the name FILE~ only
 *	1  an exec is to come: the process that will do it has it, and the exec drops it
 *	2  the supervisor, for its life
 *	3  the program's end takes longer, as its supervisor lets it
 *   They are asked for by F_GETLK with F_RDLCK, which does not see the lock of a reader.
 * - the record: the time of modification holds a hash of the boot, the start, the number
 *   and the name of the file (utimensat(2): a certain time can be set by the owner alone).
 *
 * What is there after a step, if this process is killed behind it:
 *	open FILE~, lock		FILE~ empty			the next start takes it
 *	look at FILE			the same
 *	write, set the time		FILE~ with a number		the next start empties it
 *	rename to FILE			FILE names a dead process	the next start replaces it
 *	exec				a service that runs
 */
#ifndef PIDFILE_H
#define PIDFILE_H

#include <sys/types.h>

struct pidfile {
	const char *path;	/* as given */
	const char *name;	/* in `dir` */
	/* of a relative path its folder (O_PATH), for a chdir is to come; else AT_FDCWD */
	int dir;
	int fd;			/* the inode of this start; -1: none */
	int published;		/* it is called FILE by now */
	int locked;		/* this process has the byte EXEC */
	int coarse;		/* the file system keeps whole seconds only */
	dev_t device;		/* of that inode */
	ino_t inode;
	long long since;	/* about when it was made, in seconds since 1970 */
};

/*
 * The states of a service, as a look finds them. A start makes of none or stale
 * starting, and of that running; a supervisor's program may end, which makes it
 * waiting, and then starting or none; else the end of running is stale.
 */
enum service_state {
	SERVICE_NONE,		/* there is no file */
	SERVICE_STALE,		/* a pidfile of ours, which means nobody who lives */
	SERVICE_STARTING,	/* an exec is to come */
	SERVICE_RUNNING,
	SERVICE_WAITING,	/* a supervisor lives, and no program: it is to start one again */
	/* what is there is no pidfile that can be believed; never touched */
	SERVICE_FOREIGN,
	SERVICE_UNKNOWN,	/* a look failed */
};

struct service {
	enum service_state state;
	int error;		/* of SERVICE_FOREIGN and SERVICE_UNKNOWN: an errno */
	pid_t program, supervisor;	/* 0: none */
	/* what proc_open_process() gives, and the file's own, where asked for; else below 0 */
	int program_fd, supervisor_fd, file_fd;
	int made;		/* the session of the program was made for it */
	int old;		/* 0.1.0 started it */
	int alone;		/* the program is a supervisor (-P), or an applet that stays */
	int extended;		/* its supervisor lets it take longer to end than it was told */
	/* of SERVICE_WAITING: seconds until the next start; -1: not known */
	int due;
};

/* How long to wait for others, and for whom to stop waiting. */
struct patience {
	unsigned until;		/* clock_in() */
	int caller;		/* a socket whose other end is the caller's; -1: none */
};

/*
 * Makes the inode of a start and holds the mutex by it; what the file says before must be
 * stale. A start that is on its way, and a supervisor that waits, are waited for. Returns
 * 0 or an errno: EALREADY where the service runs, ETIMEDOUT where nothing was decided in time,
 * ECANCELED where the caller went, EINVAL where what is there is no pidfile, EPERM where
 * FILE~ is a stranger's.
 */
int pidfile_take(struct pidfile *p, const char *path, int supervised,
		 const struct patience *patience);

/*
 * Writes the number and record of a process, 0 being this one, `made` saying that its session was
 * made for it, and gives the file its mode and its name, or where it has those already writes it
 * anew. From here to the exec, or to pidfile_started(), it is SERVICE_STARTING. `supervisor` is
 * the parent of this process, which took the file, or 0. Returns 0 or an errno; ESRCH or
 * EAGAIN where that parent has been killed, so that the file may be another start's by now. After
 * an error it may mean nobody.
 */
int pidfile_publish(struct pidfile *p, pid_t supervisor, pid_t pid, int made, unsigned mode);

/*
 * Says that a program takes longer to end than its supervisor was told, by letting go of a lock:
 * another's may be in the way of taking one. Returns 0 or an errno.
 */
int pidfile_extend(const struct pidfile *p);

/* What stays without an exec is running now. Returns 0 or an errno. */
int pidfile_started(const struct pidfile *p);

/*
 * A supervisor has no program for so many seconds: empties the file, and keeps when that is over.
 * Returns 0 or an errno.
 */
int pidfile_wait(const struct pidfile *p, unsigned seconds);

/* Removes the names of this inode that it still has. Returns 0 or an errno. */
int pidfile_remove(const struct pidfile *p);

/*
 * Its supervisor knows that nothing of the service is left, which whoever has the removed file open
 * can read from it: its mode is 0. Returns 0 or an errno.
 */
int pidfile_clear(const struct pidfile *p);

/* Whether the supervisor of a service that was found has said so: 1, 0, or -errno. */
int pidfile_is_clear(const struct service *s);

/* Whether the file that was found still has a name; 0 also where that cannot be told. */
int pidfile_is_linked(const struct service *s);

/*
 * Looks whose service a pidfile's is, without taking part in its locks. With `open`
 * descriptors of the processes are opened, in such an order that they are surely
 * those that were found: for a process that soon ends, which closes them.
 */
void pidfile_look(const char *path, struct service *s, int open);

/*
 * Whether others than root and this user can have moved or removed a file, or a folder on the way
 * to it, so that no file there says nothing. Returns 0, EPERM where they can, or another errno.
 * Of a relative path the working directory is trusted.
 */
int pidfile_check_folders(const char *path);

/* Whether a start is on its way, which has FILE~: 1, 0 or -errno. */
int pidfile_is_being_made(const char *path);

/*
 * After the end of a service, under the mutex: removes the file if it is stale, and what
 * is left of FILE~. What was found is in *s (without descriptors). Returns 0, also where
 * a service is alive, or an errno, also where the look failed. The mutex is given up by the
 * end of the process.
 */
int pidfile_sweep(const char *path, struct service *s, const struct patience *patience);

#endif
