// SPDX-License-Identifier: 0BSD
/* A pidfile's bytes: a number is what "%d\n" would have written, and nothing else. */
#include "fuzz.h"
#include <stdio.h>
#include "../../applets/lib/daemon/pidfile.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char number[NUMBER_TEXT + 1], printed[32];
	pid_t pid = -1;
	int error = read_number(file_of(data, size), number, &pid);

	HOLDS(error == 0 || error == EEXIST);
	if (!error && size) {
		int n = snprintf(printed, sizeof(printed), "%d\n", pid);

		HOLDS(pid > 0 && size == (size_t)n && !memcmp(data, printed, (size_t)n));
		HOLDS(!memcmp(number, printed, (size_t)n + 1));
	} else if (!error) {
		HOLDS(pid == 0);
	}
	return 0;
}
