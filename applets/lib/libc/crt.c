// SPDX-License-Identifier: 0BSD
/*
 * What a static musl program does before main, less all that this one does not
 * use: thread-local storage, errno, stdio's end. It is in libc's place: 1.4 kB and
 * two system calls less. With OWN_START it is in the place of libc's crt1.o as
 * well; else crt1.o calls it. With a stack protector (whose canary may be
 * thread-local), on a CPU that sys.h leaves to syscall(2), which sets errno, or
 * with another libc, libc's own stays.
 */
#include "lib/libc/syscall.h"

#if defined(SYS_OWN) && !defined(__GLIBC__) && \
	!defined(__SSP__) && !defined(__SSP_STRONG__) && !defined(__SSP_ALL__) && !defined(__SSP_EXPLICIT__)

#ifdef OWN_START

/* The stack is as the kernel leaves it (fs/binfmt_elf.c, create_elf_tables): argc, argv, NULL, environ, NULL. */
__asm__ (
	".pushsection .text._start, \"ax\", %progbits\n"
	".globl _start\n"
	".type _start, %function\n"
#if defined(__x86_64__)
"_start:\n"
	"movq %rsp, %rdi\n"
	"andq $-16, %rsp\n"
	"call start_here\n"
#elif defined(__i386__)
"_start:\n"
	"movl %esp, %eax\n"
	"andl $-16, %esp\n"
	"pushl %eax\n"
	"call start_here\n"
#elif defined(__aarch64__)
"_start:\n"
	"mov x0, sp\n"
	"b start_here\n"
#elif defined(__arm__)
"_start:\n"
	"mov r0, sp\n"
	"bl start_here\n"
#elif defined(__riscv)
	".weak __global_pointer$\n"
"_start:\n"
	".option push\n"
	".option norelax\n"
	"lla gp, __global_pointer$\n"
	".option pop\n"
	"mv a0, sp\n"
	"tail start_here\n"
#elif defined(__mips__)
	".set push\n"
	".set nomips16\n"
	".set noreorder\n"
	".align 2\n"
	".globl __start\n"
	".ent _start\n"
"_start:\n"
"__start:\n"
	"lui $25, %hi(start_here)\n"
	"addiu $25, $25, %lo(start_here)\n"
	"move $4, $29\n"
	"jalr $25\n"
	"addiu $29, $29, -16\n"
	".end _start\n"
	".set pop\n"
#endif
	".size _start, . - _start\n"
	".popsection\n"
);

int main(int argc, char **argv);

__attribute__((used, noreturn)) void start_here(char **stack);
void start_here(char **stack)
{
	const int argc = (int)*(long *)stack;

	environ = stack + argc + 2;
	sys_exit(main(argc, stack + 1));
}

#else

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv);

int __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv)
{
	environ = argv + argc + 1;
	sys_exit(entry(argc, argv, environ));
}

#endif
#endif
