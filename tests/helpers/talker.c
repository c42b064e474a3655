// SPDX-License-Identifier: 0BSD
/*
 * A service that writes numbered lines, and knows how many after any end:
 *
 *   talker FILE LINES USEC [BURSTS]   LINES lines "line N", a write each, then USEC
 *             microseconds of quiet, again and again; after BURSTS of them it ends
 *
 * FILE keeps N, from run to run, as eight bytes; it is counted on before the line is
 * written, so that a kill in between makes one line that never was. An interrupted or
 * refused write ends it with 1, and is told in FILE.broken.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[4096], line[64];
	volatile uint64_t *count;
	long lines, usec, bursts;
	int fd;

	if (argc < 4 || (fd = open(argv[1], O_RDWR | O_CREAT, 0644)) < 0 ||
	    ftruncate(fd, sizeof(*count)) != 0)
		return 99;
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (count == MAP_FAILED)
		return 99;
	lines = atol(argv[2]);
	usec = atol(argv[3]);
	bursts = argc > 4 ? atol(argv[4]) : -1;
	for (; bursts; bursts -= bursts > 0) {
		for (long n = 0; n < lines; n++) {
			const int length = sprintf(line, "line %" PRIu64 "\n", ++*count);

			if (write(1, line, length) == length)
				continue;
			snprintf(path, sizeof path, "%s.broken", argv[1]);
			close(open(path, O_WRONLY | O_CREAT, 0644));
			return 1;
		}
		usleep(usec);
	}
	return 0;
}
