// SPDX-License-Identifier: 0BSD
/* Reading what the kernel tells in /proc. */
#include <string.h>
#include "proc.h"
#include "sys.h"

long proc_read(const char *path, char *buffer, size_t size)
{
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	long length;

	if (fd < 0)
		return fd;
	length = sys(read, fd, buffer, size - 1);
	if (length >= 0)
		buffer[length] = '\0';
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
