// SPDX-License-Identifier: 0BSD
/* The last lines that a program said. */
#include <string.h>
#include "box.h"
#include "lib/log/recent.h"

void recent_add(struct recent *recent, const char *text, size_t length)
{
	char *to = recent->text[recent->lines++ % ELEMENTS(recent->text)];

	if (length >= sizeof(recent->text[0]))
		for (length = sizeof(recent->text[0]) - 1; length && (text[length] & 0xc0) == 0x80;
		     length--)
			;
	*(char *)mempcpy(to, text, length) = '\0';
}

START_UP void recent_join(const struct recent *recent, char text[RECENT_TEXT])
{
	const unsigned most = ELEMENTS(recent->text);
	unsigned i = recent->lines > most ? recent->lines - most : 0;

	for (*text = '\0'; i < recent->lines; i++) {
		text = stpcpy(text, recent->text[i % most]);
		if (i + 1 < recent->lines)
			text = stpcpy(text, "\n");
	}
}
