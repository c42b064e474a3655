// SPDX-License-Identifier: 0BSD
/* Paths and their folders. */
#include <limits.h>
#include <string.h>
#include "box.h"
#include "lib/common/path.h"
#include "lib/libc/syscall.h"

START_UP const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

START_UP int path_open_folder(const char *path)
{
	const size_t length = (size_t)(path_base(path) - path);
	char folder[PATH_MAX];

	if (length + 2 > sizeof(folder))
		return -ENAMETOOLONG;
	strcpy((char *)mempcpy(folder, path, length), length ? "" : ".");
	return sys_open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

START_UP int path_open_or_make(int folder, const char *path, int flags, int mode)
{
	const int fd = (int)sys(openat, folder, path, flags | O_CREAT | O_LARGEFILE, mode);

	return fd == -EACCES ? (int)sys(openat, folder, path, flags | O_LARGEFILE, 0) : fd;
}

START_UP int path_is_open_to_others(const struct stat *folder)
{
	return folder->st_uid || folder->st_mode & S_IWOTH ||
	       (folder->st_mode & S_IWGRP && folder->st_gid);
}
