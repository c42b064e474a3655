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

/* Whether others than root can put things into a folder, by its owner and mode. */
int path_is_open_to_others(const struct stat *folder);

#endif
