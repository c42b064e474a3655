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

		/* leading zeros are let through */
		HOLDS(pid > 0 && size >= (size_t)n && !memcmp(data + size - n, printed, (size_t)n));
		HOLDS(strspn((const char *)number, "0123456789") + 1 == size);
	} else if (!error) {
		HOLDS(pid == 0);
	}
	return 0;
}
