/* SPDX-License-Identifier: 0BSD */
#ifndef USER_H
#define USER_H

#include <stddef.h>

/*
 * Becomes USER[:GROUP] of a text, names or numbers from /etc/passwd and
 * /etc/group (passwd(5), group(5); no other name service): its group, or the one
 * named, the supplementary groups that list it, then its number, for good. Writes
 * "USER=name", "LOGNAME=name" and "HOME=dir", each with its NUL, to `login`.
 * Returns 0 or an errno: ENOENT where there is no such user or group, or where a
 * number that is no user's comes without a group.
 */
int user_become(const char *who, char *login, size_t size);

#endif
