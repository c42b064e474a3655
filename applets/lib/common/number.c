// SPDX-License-Identifier: 0BSD
/* Numbers to and from text; strtol alone would be 3.2 kB. */
#include <string.h>
#include "lib/common/number.h"

const char *number_read(const char *text, unsigned base, unsigned long long *value)
{
	const char *at = text;
	unsigned digit;

	*value = 0;
	while ((digit = (unsigned char)*at - '0') < base) {
		*value = *value * base + digit;
		if (*value >> 60)
			return NULL;
		at++;
	}
	return at == text ? NULL : at;
}

long number_whole(const char *text, unsigned base, long most)
{
	unsigned long long value;
	const char *end = number_read(text, base, &value);

	if (!end || *end || value > (unsigned long)most)
		return -1;
	return (long)value;
}

int number_named(const char *names, const char *name, size_t length)
{
	int number;

	for (number = 0; *names; number++, names += strlen(names) + 1)
		if (strlen(names) == length && strncmp(names, name, length) == 0)
			return number;
	return -1;
}

char *number_text(unsigned long number, char buffer[NUMBER_TEXT])
{
	char *at = buffer + NUMBER_TEXT - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	return at;
}
