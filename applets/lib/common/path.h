/* SPDX-License-Identifier: 0BSD */
#ifndef PATH_H
#define PATH_H

#include <sys/stat.h>

/* The part of a path behind its last '/', or all of it. */
const char *path_base(const char *path);

/*
 * Opens the folder that a path ends in (O_PATH), for names in it. Returns a descriptor or -errno.
 */
int path_open_folder(const char *path);

/*
 * Opens a file in a folder, or makes it: in a sticky folder not even root may O_CREAT over
 * another's file (fs.protected_regular in proc(5)). Returns a descriptor or -errno.
 */
int path_open_or_make(int folder, const char *path, int flags, int mode);

/* Whether others than root can put things into a folder, by its owner and mode. */
int path_is_open_to_others(const struct stat *folder);

#endif
