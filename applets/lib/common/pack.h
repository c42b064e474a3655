/* SPDX-License-Identifier: 0BSD */
/*
 * Texts that are seldom shown: the build packs them all together (build/pack),
 * so that what they have in common is there once.
 */
#ifndef PACK_H
#define PACK_H

#include "box.h"

/*
 * PACK(name, "text" ...) at the start of a line: a static array, as packed, or as
 * it is without BOX_PACK. A NUL in it ends what unpack() gives, and the next
 * part begins behind it. Names are the program's, not the file's.
 */
#ifdef PACK_TEXTS
#define PACK(name, ...) PACK_BEGIN name __VA_ARGS__ PACK_END
#define PACK_PAIRS ""
#define PACK_MOST 1
#else
#include "packed.h"
#define PACK(name, ...) static const char name[] = "" IF(BOX_PACK, PACKED_##name) UNLESS(BOX_PACK, __VA_ARGS__);
#endif

/* The text up to its NUL: in the buffer, for which PACK_MOST bytes are enough. */
const char *unpack(const char *packed, char *buffer);

#endif
