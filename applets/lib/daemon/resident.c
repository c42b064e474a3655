// SPDX-License-Identifier: 0BSD
/* What a resident process keeps in memory. */
#include <sys/mman.h>
#include "box.h"
#include "lib/daemon/resident.h"
#include "lib/libc/syscall.h"

enum { PAGE = 4096, DEEPEST = 16 * PAGE, OWN = 512 };

/* At the start of a page; the small statics, which are less aligned, follow it there. */
_Alignas(PAGE) char resident[RESIDENT];

/* Never part of its caller, whose variables would be below the frame; its own are not that many. */
__attribute__((noinline)) void resident_settle(const char *unneeded)
{
	/* Not the frame's address, for which Thumb needs the register of a call's number. */
	const char frame = 0;
	const unsigned long here = ((unsigned long)&frame - OWN) & -(unsigned long)PAGE;
	const unsigned long from = ((unsigned long)unneeded + PAGE - 1) & -(unsigned long)PAGE;

	/* Where pages are larger it is refused, and no harm done. */
	sys(madvise, here - DEEPEST, DEEPEST, MADV_DONTNEED);
	sys(madvise, from, (unsigned long)start_up_end - from, MADV_DONTNEED);
}
