// SPDX-License-Identifier: 0BSD
/*
 * Some of <string.h>, made to be small: the linker takes these in place of
 * libc's, which are made to be fast and weigh 2 kB. None of them is on a path
 * where that matters.
 * Only with musl: others' memcpy and the like come in one piece with more.
 */
#include <features.h>
#ifndef __GLIBC__
#include <string.h>

/* Or the compiler would see that a loop is strlen's, and put a call of strlen in its place. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return (size_t)(end - s);
}

/*
 * What two functions share has a name of its own: a call of stpcpy in strcpy
 * whose result is not used is, to the compiler, a call of strcpy.
 */
static int compare(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--)
		a++, b++;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strncmp(const char *a, const char *b, size_t n)
{
	return compare(a, b, n);
}

int strcmp(const char *a, const char *b)
{
	return compare(a, b, (size_t)-1);
}

static char *copy_text(char *to, const char *from)
{
	while ((*to = *from++))
		to++;
	return to;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
	return copy_text(to, from);
}

char *strcpy(char *restrict to, const char *restrict from)
{
	copy_text(to, from);
	return to;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do
		if (*s == (char)c)
			last = s;
	while (*s++);
	return (char *)last;
}

size_t strcspn(const char *s, const char *marks)
{
	const char *at = s;

	while (*at && !strchr(marks, *at))
		at++;
	return (size_t)(at - s);
}

static void *copy(void *to, const void *from, size_t n)
{
	const char *in = from;
	char *out = to;

	while (n--)
		*out++ = *in++;
	return out;
}

void *mempcpy(void *restrict to, const void *restrict from, size_t n)
{
	return copy(to, from, n);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copy(to, from, n);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	const char *in = from;
	char *out = to;

	if (out <= in)
		copy(to, from, n);
	else
		while (n--)
			out[n] = in[n];
	return to;
}

void *memset(void *to, int c, size_t n)
{
	char *out = to;

	while (n--)
		*out++ = (char)c;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n && *x == *y; n--)
		x++, y++;
	return n ? *x - *y : 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *at = s;

	for (; n; n--, at++)
		if (*at == (unsigned char)c)
			return (void *)at;
	return NULL;
}
#endif
