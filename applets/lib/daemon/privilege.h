/* SPDX-License-Identifier: 0BSD */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

/* A set of capabilities, a bit each, as the kernel's capget(2) has them in its version 3. */
struct cap_set {
	unsigned word[2];
};

/*
 * Reads names of capabilities(7) with commas between them, with or without "cap_" and
 * in either case; or "none". Returns NULL, or what is wrong with it.
 */
const char *privilege_caps(const char *list, struct cap_set *set);

/* Whether each capability of a list is in another; both have been found right before. */
int privilege_within(const char *list, const char *other);

/*
 * Gives up, for good, what this process has beyond these capabilities, also what it
 * could get by an exec. Returns 0, also where the kernel knows of none or a filter
 * refuses that, or an errno.
 */
int privilege_drop(const struct cap_set *keep);

#endif
