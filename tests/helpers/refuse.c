// SPDX-License-Identifier: 0BSD
/*
 * Runs a command on a kernel that refuses system calls:
 *
 *   refuse ERRNO WHAT... -- COMMAND [ARG]...
 *
 * ERRNO is eperm (an old libseccomp does not know the call) or enosys (an old kernel).
 * WHAT is "4.4", every call that came after Linux 4.4 on the calling program's own
 * architecture (a 32-bit program on a 64-bit kernel has numbers of its own), or a
 * number, or a range of them as 403-423, on any architecture. What follows
 * "in:20000000-20ffffff" holds for calls that come from code at these addresses
 * (hexadecimal, below 4 GB): a program that is linked there, and none beside it.
 * Status 125: no filters here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "filter.h"

/* The first number after mlock2, which 4.4 brought, by AUDIT_ARCH_. */
static const struct { uint32_t arch, first; } after_4_4[] = {
	{ 0xc000003e, 326 },    /* x86-64 */
	{ ARCH_I386, 377 },
	{ 0x40000028, 391 },    /* arm */
	{ 0xc00000b7, 285 },    /* aarch64 */
	{ 0x00000008, 4360 },   /* mips, o32 */
	{ 0x40000008, 4360 },   /* mipsel, o32 */
	{ 0xc00000f3, 285 },    /* riscv64 */
};

static struct instruction code[400];
static int n;

static void add(uint16_t op, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (n == sizeof code / sizeof *code)
		exit(125);
	code[n++] = (struct instruction){ op, jt, jf, k };
}

static void newer_than_4_4(uint32_t refusal)
{
	for (size_t i = 0; i < sizeof after_4_4 / sizeof *after_4_4; i++) {
		add(LOAD, 0, 0, AT_ARCH);
		add(EQUAL, 0, 3, after_4_4[i].arch);
		add(LOAD, 0, 0, AT_NUMBER);
		add(AT_LEAST, 0, 1, after_4_4[i].first);
		add(RETURN, 0, 0, refusal);
	}
}

static void numbers(char *word, uint32_t refusal)
{
	char *end;
	uint32_t from = strtoul(word, &end, 10),
		 to = *end == '-' ? strtoul(end + 1, &end, 10) : from;

	if (*end || end == word) {
		fprintf(stderr, "refuse: %s?\n", word);
		exit(125);
	}
	add(LOAD, 0, 0, AT_NUMBER);
	add(AT_LEAST, 0, 2, from);
	add(ABOVE, 1, 0, to);
	add(RETURN, 0, 0, refusal);
}

static uint32_t address(char *word, char **end, char after)
{
	unsigned long at = strtoul(word, end, 16);

	if (**end != after || *end == word || at > 0xffffffff) {
		fprintf(stderr, "refuse: %s?\n", word);
		exit(125);
	}
	return at;
}

/* Calls from elsewhere are allowed. */
static void code_at(char *word)
{
	const uint16_t one = 1;
	int low = *(const char *)&one ? AT_ADDRESS : AT_ADDRESS + 4;
	char *end;
	uint32_t from = address(word, &end, '-'), to = address(end + 1, &end, 0);

	add(LOAD, 0, 0, low ^ 4);
	add(EQUAL, 0, 3, 0);
	add(LOAD, 0, 0, low);
	add(AT_LEAST, 0, 1, from);
	add(ABOVE, 0, 1, to);
	add(RETURN, 0, 0, ALLOW);
}

int main(int argc, char **argv)
{
	uint32_t refusal;

	if (argc < 4)
		return 125;
	refusal = ERRNO | (strcmp(argv[1], "eperm") ? ENOSYS : EPERM);
	for (argv += 2; *argv && strcmp(*argv, "--"); argv++)
		if (!strcmp(*argv, "4.4"))
			newer_than_4_4(refusal);
		else if (!strncmp(*argv, "in:", 3))
			code_at(*argv + 3);
		else
			numbers(*argv, refusal);
	if (!*argv || !*++argv)
		return 125;
	add(RETURN, 0, 0, ALLOW);
	struct program p = { n, code };

	/* root needs no promise for it, and a program that is given one is another program */
	if (prctl(SET_SECCOMP, MODE_FILTER, &p) &&
	    (prctl(NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(SET_SECCOMP, MODE_FILTER, &p))) {
		perror("refuse");
		return 125;
	}
	execvp(*argv, argv);
	perror(*argv);
	return 125;
}
