// SPDX-License-Identifier: 0BSD
/*
 * Arithmetic of 64 bits that gcc calls a function for on CPUs of 32, for
 * toolchains whose libgcc will not do: Debian's for MIPS passes floating point
 * in registers that a soft-float board has not, and there is none for i386
 * beside cross compilers. Shifts by halves, so that nothing here calls itself.
 */
typedef unsigned long long u64;
typedef union {
	u64 all;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	struct { unsigned high, low; } half;
#else
	struct { unsigned low, high; } half;
#endif
} both;

u64 __ashldi3(u64 value, int count)
{
	both from = { .all = value }, to;

	if (count >= 32) {
		to.half.high = from.half.low << (count - 32);
		to.half.low = 0;
	} else if (count) {
		to.half.high = from.half.high << count | from.half.low >> (32 - count);
		to.half.low = from.half.low << count;
	} else {
		return value;
	}
	return to.all;
}

static inline u64 shift_right(u64 value, int count, unsigned fill)
{
	both from = { .all = value }, to;

	if (count >= 32) {
		to.half.low = count == 32 ?
				      from.half.high :
				      from.half.high >> (count - 32) | fill << 1 << (63 - count);
		to.half.high = fill;
	} else if (count) {
		to.half.low = from.half.low >> count | from.half.high << (32 - count);
		to.half.high = from.half.high >> count | fill << (32 - count);
	} else {
		return value;
	}
	return to.all;
}

u64 __lshrdi3(u64 value, int count)
{
	return shift_right(value, count, 0);
}

long long __ashrdi3(long long value, int count)
{
	return (long long)shift_right((u64)value, count, value < 0 ? ~0u : 0);
}

u64 __udivmoddi4(u64 value, u64 by, u64 *rest)
{
	u64 left = 0, quotient = 0;
	int i, over;

	for (i = 0; i < 64; i++) {
		over = left >> 63;
		left = left << 1 | value >> 63;
		value <<= 1;
		quotient <<= 1;
		if (over || left >= by) {
			left -= by;
			quotient |= 1;
		}
	}
	if (rest)
		*rest = left;
	return quotient;
}

u64 __udivdi3(u64 value, u64 by)
{
	return __udivmoddi4(value, by, 0);
}

u64 __umoddi3(u64 value, u64 by)
{
	u64 rest;

	__udivmoddi4(value, by, &rest);
	return rest;
}

static inline u64 size_of(long long value)
{
	return value < 0 ? -(u64)value : (u64)value;
}

/* Both by one call, as gcc has it from version 7 on. */
long long __divmoddi4(long long value, long long by, long long *rest)
{
	u64 left;
	const u64 quotient = __udivmoddi4(size_of(value), size_of(by), &left);

	*rest = (long long)(value < 0 ? -left : left);
	return (long long)((value < 0) != (by < 0) ? -quotient : quotient);
}

long long __divdi3(long long value, long long by)
{
	long long rest;

	return __divmoddi4(value, by, &rest);
}

long long __moddi3(long long value, long long by)
{
	long long rest;

	__divmoddi4(value, by, &rest);
	return rest;
}

int __ctzdi2(u64 value)
{
	both it = { .all = value };

	return it.half.low ? __builtin_ctz(it.half.low) : 32 + __builtin_ctz(it.half.high);
}

int __clzdi2(u64 value)
{
	both it = { .all = value };

	return it.half.high ? __builtin_clz(it.half.high) : 32 + __builtin_clz(it.half.low);
}
