/* SPDX-License-Identifier: 0BSD */
#ifndef LIMIT_H
#define LIMIT_H

/* A resource limit, as prlimit64(2) takes it on every CPU. */
struct limit {
	int resource;			/* RLIMIT_ of getrlimit(2) */
	unsigned long long soft, hard;	/* bytes, seconds, or a count; ~0: unlimited */
};

/*
 * Reads "RES=SOFT[:HARD]": a name without RLIMIT_ in lower case, numbers with a
 * suffix k, M or G, or "unlimited"; SOFT alone is both. Returns NULL, or what is
 * wrong with it.
 */
const char *limit_read(const char *text, struct limit *limit);

#endif
