/* SPDX-License-Identifier: 0BSD */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/types.h>

/*
 * Sends a signal to each child of this process but one, or 0. A child that has not been reaped
 * keeps its number, so that nobody else is hit. Whether one is left, which may not be signalled, or
 * was not seen since a look failed, wait4(2) alone tells.
 */
void children_signal(int number, pid_t except);

/*
 * Writes the pids of the children of a process that live, "12 34", as many as there is room for.
 * Returns 0 or an errno.
 */
enum { PIDS_TEXT = 128 };
int children_list(pid_t parent, char pids[PIDS_TEXT]);

#endif
