// SPDX-License-Identifier: 0BSD
/*
 * Division for ARM CPUs that have no instruction for it, by the names of the ARM
 * run-time ABI (RTABI, 4.3.1): libgcc's is made for speed and takes 1.3 kB. The
 * divisor is below 2^31; what a division by 0 gives is not said.
 */
#if defined(__ARM_EABI__) && !defined(__ARM_FEATURE_IDIV)

/* In r0 and r1. */
union division {
	struct {
		unsigned quotient, rest;
	} part;
	unsigned long long all;
};

/* The compiler calls them where nothing in the source does. */
#define CALLED __attribute__((used))

CALLED unsigned long long __aeabi_uidivmod(unsigned value, unsigned by);
unsigned long long __aeabi_uidivmod(unsigned value, unsigned by)
{
	unsigned rest = 0, i;

	for (i = 0; i < 32; i++) {
		rest = rest << 1 | value >> 31;
		value <<= 1;
		if (rest >= by) {
			rest -= by;
			value++;
		}
	}
	return (union division){ .part = { value, rest } }.all;
}

CALLED unsigned __aeabi_uidiv(unsigned value, unsigned by);
unsigned __aeabi_uidiv(unsigned value, unsigned by)
{
	return (union division){ .all = __aeabi_uidivmod(value, by) }.part.quotient;
}

CALLED unsigned long long __aeabi_idivmod(int value, int by);
unsigned long long __aeabi_idivmod(int value, int by)
{
	union division it = {
		.all = __aeabi_uidivmod(value < 0 ? -(unsigned)value : (unsigned)value,
					by < 0 ? -(unsigned)by : (unsigned)by)
	};

	if ((value ^ by) < 0)
		it.part.quotient = -it.part.quotient;
	if (value < 0)
		it.part.rest = -it.part.rest;
	return it.all;
}

CALLED int __aeabi_idiv(int value, int by);
int __aeabi_idiv(int value, int by)
{
	return (int)(union division){ .all = __aeabi_idivmod(value, by) }.part.quotient;
}

#endif
