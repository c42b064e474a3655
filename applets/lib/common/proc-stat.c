// SPDX-License-Identifier: 0BSD
/* Reading /proc/PID/stat. */
#include <string.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/common/proc-stat.h"

START_UP const char *proc_stat(char *text, char *state, int field[FIELDS])
{
	/* The name may itself hold parentheses, spaces and newlines. */
	char *name_end = strrchr(text, ')');
	const char *at = name_end;
	unsigned long long value;
	unsigned i;

	if (!at || at[1] != ' ' || !at[2])
		return NULL;
	*name_end = '\0';
	*state = at[2];
	at += 3;
	for (i = 0; at && *at == ' ' && i < FIELDS; i++) {
		const int negative = at[1] == '-';

		at = number_read(at + 1 + negative, 10, &value);
		field[i] = (int)(negative ? 0 - value : value);
	}
	return at && *at == ' ' ? at + 1 : NULL;
}
