// SPDX-License-Identifier: 0BSD
/* Reading what the kernel tells in /proc. */
#include <string.h>
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
	const int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	const long length = read_start(fd, buffer, size);

	sys(close, fd);
	return length;
}

const char *proc_find(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (; *text; text++)
		if (strncmp(text, key, length) == 0)
			return text + length;
	return NULL;
}
