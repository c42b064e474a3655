// SPDX-License-Identifier: 0BSD
/* Zone files (tzfile(5)) and TZ texts, at a time that the first eight bytes say. */
#include "fuzz.h"
#include "../../applets/lib/log/local-time.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	long long when, until = LLONG_MAX;

	if (size < 8)
		return 0;
	memcpy(&when, data, 8);
	/* from 1970 to 2106 and somewhat further */
	when = (long long)((unsigned long long)when % 6000000000ULL);
	char *copy = text_of(data + 8, size - 8);
	const struct zone_file file = { (unsigned char *)copy, size - 8 };

	by_file(&file, when, &until);
	until = LLONG_MAX;
	long offset = by_rule(copy, when, &until);

	HOLDS(offset > -4000000 && offset < 4000000);
	free(copy);
	return 0;
}
