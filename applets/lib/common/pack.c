// SPDX-License-Identifier: 0BSD
/* Texts back from what build/pack.awk makes of them. */
#include "lib/common/pack.h"

/* What a byte stands for: from 128 up, the two of that pair. */
static char *put(char *to, unsigned char byte)
{
	static const unsigned char pairs[] = PACK_PAIRS;

	for (; byte & 0x80; byte = pairs[2 * (byte & 0x7f) + 1])
		to = put(to, pairs[2 * (byte & 0x7f)]);
	*to = (char)byte;
	return to + 1;
}

const char *unpack(const char *packed, char *buffer)
{
	char *to = buffer;

	if (!CFG_BOX_PACK)
		return packed;
	while (*packed)
		to = put(to, (unsigned char)*packed++);
	*to = '\0';
	return buffer;
}
