/* SPDX-License-Identifier: 0BSD */
/*
 * What a filter of system calls is made of: linux/seccomp.h, linux/filter.h and linux/audit.h are not
 * among every libc's headers.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdint.h>

struct instruction { uint16_t code; uint8_t jt, jf; uint32_t k; };
struct program { unsigned short len; struct instruction *filter; };

enum { LOAD = 0x20, EQUAL = 0x15, ABOVE = 0x25, AT_LEAST = 0x35, RETURN = 0x06 };
enum { AT_NUMBER = 0, AT_ARCH = 4, AT_ADDRESS = 8 };	/* in struct seccomp_data */
enum { SET_SECCOMP = 22, MODE_FILTER = 2, NO_NEW_PRIVS = 38 };	/* of prctl(2) */

/* what a filter returns */
#define ALLOW 0x7fff0000u
#define TRACE 0x7ff00000u
#define ERRNO 0x00050000u	/* or the errno */
#define KILL  0x80000000u

#define ARCH_I386 0x40000003u

#endif
