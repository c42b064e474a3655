// SPDX-License-Identifier: 0BSD
/* Reading what the kernel tells in /proc. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc.h"
#include "lib/libc/syscall.h"

static long read_start(int fd, char *buffer, size_t size)
{
	long length = fd < 0 ? fd : sys(read, fd, buffer, size - 1);

	if (length >= 0)
		buffer[length] = '\0';
	return length;
}

long proc_read(const char *path, char *buffer, size_t size)
{
	return read_start(sys_open(path, O_RDONLY | O_CLOEXEC, 0), buffer, size);
}

long proc_read_close(const char *path, char *buffer, size_t size)
{
	/* Not waiting where it is a fifo, of a user's choice. */
	const int fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	const long length = read_start(fd, buffer, size);

	sys(close, fd);
	return length;
}

START_UP void proc_path(char path[PROC_PATH], pid_t pid, const char *file)
{
	char number[NUMBER_TEXT];

	strcpy(stpcpy(stpcpy(stpcpy(path, "/proc/"),
			     pid ? number_text((unsigned)pid, number) : "self"),
		      "/"),
	       file);
}

START_UP int proc_number(const char *name)
{
	return (int)number_whole(name, 10, INT_MAX);
}

START_UP int proc_each(const char *folder, void (*each)(void *to, const char *name, int folder),
		       void *to)
{
	_Alignas(struct entry) char buffer[2048];
	const int fd = sys_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long at, length;

	if (fd < 0)
		return -fd;
	while ((length = sys(getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length)
			each(to, ((struct entry *)(buffer + at))->name, fd);
	sys(close, fd);
	return -(int)length;
}

START_UP int proc_open_process(pid_t pid)
{
	const int fd = (int)sys(pidfd_open, pid, 0);

	/*
	 * Old seccomp filters refuse calls that they do not know by EPERM, which the call itself
	 * never returns.
	 */
	if (fd == -EPERM)
		return -ENOSYS;
	/*
	 * The number is one of a thread, or its process is being reaped (kernel/pid.c,
	 * pidfd_prepare).
	 */
	return fd == -EINVAL || fd == -ENOENT ? -ESRCH : fd;
}

START_UP int proc_is_other(void)
{
	char text[NUMBER_TEXT];
	const long length = sys(readlinkat, AT_FDCWD, "/proc/self", text, sizeof(text) - 1);

	if (length < 0)
		return -(int)length;
	text[length] = '\0';
	return proc_number(text) == sys(getpid, 0) ? 0 : ENXIO;
}

const char *proc_find(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (; *text; text++)
		if (strncmp(text, key, length) == 0)
			return text + length;
	return NULL;
}
