// SPDX-License-Identifier: 0BSD
/*
 * build/link/int64.c under other names and applets/lib/libc/arm-division.c, against this machine's
 * own arithmetic.
 */
#include <stdio.h>
#define __ashldi3 t_ashl
#define __lshrdi3 t_lshr
#define __ashrdi3 t_ashr
#define __udivmoddi4 t_udivmod
#define __udivdi3 t_udiv
#define __umoddi3 t_umod
#define __divdi3 t_div
#define __moddi3 t_mod
#define __divmoddi4 t_divmod
#define __ctzdi2 t_ctz
#define __clzdi2 t_clz
#include "../../build/link/int64.c"
#define __ARM_EABI__
#include "../../applets/lib/libc/arm-division.c"

static u64 any(void)
{
	static u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int wrong_32(unsigned a, unsigned b)
{
	const int x = (int)(any() & 1 ? a : -a), y = (int)(any() & 1 ? b : -b);
	union division got = { .all = __aeabi_uidivmod(a, b) };

	if (got.part.quotient != a / b || got.part.rest != a % b || __aeabi_uidiv(a, b) != a / b)
		return 1;
	if (y == -1)
		return 0;
	got.all = __aeabi_idivmod(x, y);
	return (int)got.part.quotient != x / y || (int)got.part.rest != x % y ||
	       __aeabi_idiv(x, y) != x / y;
}

static int wrong(u64 a, u64 b, int count)
{
	const long long x = any() & 1 ? (long long)a : -(long long)a,
			y = any() & 1 ? (long long)b : -(long long)b;
	long long rest;

	if (t_udiv(a, b) != a / b || t_umod(a, b) != a % b)
		return 1;
	if (y != -1 && (t_div(x, y) != x / y || t_mod(x, y) != x % y ||
			t_divmod(x, y, &rest) != x / y || rest != x % y))
		return 1;
	if (t_ashl(a, count) != a << count || t_lshr(a, count) != a >> count ||
	    t_ashr(x, count) != x >> count)
		return 1;
	return a && (t_ctz(a) != __builtin_ctzll(a) || t_clz(a) != __builtin_clzll(a));
}

int main(void)
{
	int i;

	for (i = 0; i < 500000; i++) {
		u64 a = any() >> (any() & 63), b = any() >> (any() & 63);
		int count = (int)(any() & 63);

		if (wrong(a, b ? b : 1, count) ||
		    wrong_32((unsigned)a, b << 33 ? (unsigned)b & ~0u >> 1 : 1)) {
			printf("wrong: %llx %llx %d\n", a, b, count);
			return 1;
		}
	}
	return 0;
}
