// SPDX-License-Identifier: 0BSD
/* A message on $NOTIFY_SOCKET: it says READY=1 if one of its lines is that. */
#include "fuzz.h"
#include "../../applets/lib/daemon/ready.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size > 511 ? 511 : size), *rest = text, *line;
	int said = has_word(text), is = 0;

	while ((line = strsep(&rest, "\n")))
		is |= !strcmp(line, "READY=1");
	HOLDS(said == is);
	free(text);
	return 0;
}
