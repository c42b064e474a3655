// SPDX-License-Identifier: 0BSD
/*
 * What "make coverage" links into the program in place of LLVM's profile runtime, which
 * writes its file at exit(): this program has no such thing, it ends by _exit, by an exec
 * or by a signal. Here the counters are a file that all of its processes share, from
 * before the first instruction of libc's start: what has been counted stays, however the
 * process ends. COUNTERS is that file, made by build/host/coverage; where it cannot be
 * opened (another root, no descriptor left) nothing of the process is counted.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Around the sections of counters and of MC/DC bits, each on pages of its own: coverage.ld. */
extern char counters_begin[], counters_end[];

static inline long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

__attribute__((used)) static void share_counters(void)
{
	long fd = call(SYS_open, (long)COUNTERS, O_RDWR | O_CLOEXEC, 0, 0, 0, 0);

	if (fd < 0)
		return;
	call(SYS_mmap, (long)counters_begin, counters_end - counters_begin, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, fd, 0);
	call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* The program's entry; the stack is as the kernel has made it when libc gets it. */
__asm__(".globl coverage_start\n"
	"coverage_start:\n"
	"	mov %rdx, %r12\n"
	"	mov %rsp, %rbx\n"
	"	and $-16, %rsp\n"
	"	call share_counters\n"
	"	mov %rbx, %rsp\n"
	"	mov %r12, %rdx\n"
	"	xor %ebp, %ebp\n"
	"	jmp _start\n");
