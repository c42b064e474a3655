/* SPDX-License-Identifier: 0BSD */
/*
 * What the targets of "make fuzz" have in common. Each is a file that includes the source
 * whose static functions it calls; the rest of the box is linked behind it. What does not
 * hold ends the run, as a finding of a sanitizer does.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "does not hold: %s\n", #what); \
			abort(); \
		} \
	} while (0)

/* The bytes with a NUL behind them, so that a sanitizer sees who reads further. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	return text;
}

/* The bytes as a file that is open at its start; the same descriptor each time. */
static inline int file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

#endif
