// SPDX-License-Identifier: 0BSD
/*
 * What a static musl program does before main, less all that this one does not
 * use: thread-local storage, errno, stdio's end. It is in libc's place, called by
 * its crt1.o: 1.4 kB and two system calls less. With a stack protector (whose
 * canary may be thread-local), on a CPU that syscall.h leaves to syscall(2), which
 * sets errno, or with another libc, libc's own stays.
 */
#include "lib/libc/syscall.h"

#if defined(SYS_OWN) && !defined(__GLIBC__) && !defined(__SSP__) && !defined(__SSP_STRONG__) && \
	!defined(__SSP_ALL__) && !defined(__SSP_EXPLICIT__)

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv);

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv)
{
	environ = argv + argc + 1;
	sys_exit(entry(argc, argv, environ));
}

#endif
