/* SPDX-License-Identifier: 0BSD */
#ifndef USER_H
#define USER_H

#include <stddef.h>

/*
 * Becomes USER[:GROUP] of a text, names or numbers from /etc/passwd and
 * /etc/group (passwd(5), group(5); no other name service): its group, or the one
 * named, the supplementary groups that list it, then its number, for good. A
 * number that is no user's has itself as its group, no supplementary groups, and
 * / as its home. Writes "USER=name", "LOGNAME=name" and "HOME=dir", each with its
 * NUL, to `login`.
 * Returns 0 or an errno, also NO_SUCH_USER and NO_SUCH_GROUP; EINVAL where the
 * user's line has no numbers, ENAMETOOLONG where `login` has no room, EPERM also
 * where root's rights could be had back. *file is the file that could not be
 * read, or NULL.
 */
int user_become(const char *who, char *login, size_t size, const char **file);

/*
 * USER=, LOGNAME= and HOME= of the user that step_user became, each with its NUL, and a NUL behind them; NULL
 * without one.
 */
extern char *user_login;

#endif
