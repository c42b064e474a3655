/* SPDX-License-Identifier: 0BSD */
#ifndef PROC_H
#define PROC_H

#include <stddef.h>
#include <sys/types.h>
#include "lib/common/number.h"

/*
 * Reads the start of a small file, such as those of proc(5), and ends it with a
 * NUL. Returns the bytes read, at most size - 1, or -errno. The descriptor
 * is left to exec to close (O_CLOEXEC): a system call less at every start. What
 * stays resident calls it only in processes that end or exec.
 */
long proc_read(const char *path, char *buffer, size_t size);

/* The same, and closes the file: for what stays resident. */
long proc_read_close(const char *path, char *buffer, size_t size);

/* Writes "/proc/PID/FILE", of this process where pid is 0. */
enum { PROC_PATH = sizeof("/proc//fdinfo/") + 2 * NUMBER_TEXT };
void proc_path(char path[PROC_PATH], pid_t pid, const char *file);

/*
 * Calls `each` with each name in a folder, "." and ".." among them, and the descriptor by which the
 * folder is read. Returns 0 or the errno of a look that failed, behind which there may be more.
 */
int proc_each(const char *folder, void (*each)(void *to, const char *name, int folder), void *to);

/* The number of a process, thread or descriptor that a name in proc(5) is; -1 where it is none. */
int proc_number(const char *name);

/*
 * A descriptor that stands for a process (pidfd_open(2), Linux 5.3); -ENOSYS where there is
 * none to be had, and numbers have to do; -ESRCH where there is no such process; else -errno.
 */
int proc_open_process(pid_t pid);

/*
 * 0 where /proc has this process by its own number: ENXIO where it is that of another pid
 * namespace (pid_namespaces(7)), in which each number is another's; or the errno of the look.
 */
int proc_is_other(void);

/* What follows the first `key` in a text, or NULL. */
const char *proc_find(const char *text, const char *key);

#endif
