/* SPDX-License-Identifier: 0BSD */
#ifndef PROC_H
#define PROC_H

#include <stddef.h>

/*
 * Reads the start of a small file, such as those of proc(5), and ends it with a
 * NUL. Returns the bytes read, at most size - 1, or -errno. The descriptor
 * is left to exec to close (O_CLOEXEC): a system call less at every start. What
 * stays resident calls it only in processes that end or exec.
 */
long proc_read(const char *path, char *buffer, size_t size);

/* The same, and closes the file: for what stays resident. */
long proc_read_close(const char *path, char *buffer, size_t size);

/* What follows the first `key` in a text, or NULL. */
const char *proc_find(const char *text, const char *key);

#endif
