/* SPDX-License-Identifier: 0BSD */
/*
 * System calls without a function each: issued in place, they return the result
 * or -errno, as the kernel does. That saves libc's wrappers, errno's look-up at
 * every use, and what libc does on top (fork's locks, open's second call to set
 * FD_CLOEXEC). CPUs that are not listed go through syscall(2).
 */
#ifndef SYS_H
#define SYS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A CPU is its instruction, the registers of the call's number and arguments,
 * the one that the result comes back in, and what else is overwritten:
 * syscall(2), "Architecture calling conventions".
 */
#if defined(__x86_64__) && defined(__LP64__)
#define SYS_CALL "syscall"
#define SYS_NUMBER "rax"
#define SYS_ARG0 "rdi"
#define SYS_ARG1 "rsi"
#define SYS_ARG2 "rdx"
#define SYS_ARG3 "r10"
#define SYS_ARG4 "r8"
#define SYS_ARG5 "r9"
#define SYS_CLOBBERS "rcx", "r11", "memory"
#define SYS_RESULT SYS_NUMBER
#elif defined(__aarch64__)
#define SYS_CALL "svc 0"
#define SYS_NUMBER "x8"
#define SYS_ARG0 "x0"
#define SYS_ARG1 "x1"
#define SYS_ARG2 "x2"
#define SYS_ARG3 "x3"
#define SYS_ARG4 "x4"
#define SYS_ARG5 "x5"
#define SYS_CLOBBERS "memory"
#define SYS_RESULT SYS_ARG0
#elif defined(__arm__) && defined(__ARM_EABI__) && defined(__OPTIMIZE__)
#define SYS_CALL "svc 0"
#define SYS_NUMBER "r7"
#define SYS_ARG0 "r0"
#define SYS_ARG1 "r1"
#define SYS_ARG2 "r2"
#define SYS_ARG3 "r3"
#define SYS_ARG4 "r4"
#define SYS_ARG5 "r5"
#define SYS_CLOBBERS "memory"
#define SYS_RESULT SYS_ARG0
#elif defined(__riscv)
#define SYS_CALL "ecall"
#define SYS_NUMBER "a7"
#define SYS_ARG0 "a0"
#define SYS_ARG1 "a1"
#define SYS_ARG2 "a2"
#define SYS_ARG3 "a3"
#define SYS_ARG4 "a4"
#define SYS_ARG5 "a5"
#define SYS_CLOBBERS "memory"
#define SYS_RESULT SYS_ARG0
#endif

#ifdef SYS_CALL

/*
 * The first argument, which is a descriptor, a process and the like where it is
 * an int, goes in as that: the kernel takes no more of it. All others are
 * widened, since an int could be a length, of which it takes all.
 */
#define SYS_FIRST(a) (a)
#define SYS_IN0(a0) \
	__typeof__(__builtin_choose_expr(sizeof((a0) + 0) > sizeof(long), 0L, \
					 (a0) + 0)) sys_value0 = (__typeof__(sys_value0))(a0)
#define SYS_IN(n, a) long sys_value##n = a
#define SYS_REG(n) register __typeof__(sys_value##n) sys_in##n __asm__(SYS_ARG##n) = sys_value##n
#define SYS_BODY(n, ...) \
	register long sys_number __asm__(SYS_NUMBER) = n; \
	register long sys_result __asm__(SYS_RESULT); \
	__asm__ volatile(SYS_CALL \
			 : "=r"(sys_result) \
			 : "r"(sys_number), __VA_ARGS__ \
			 : SYS_CLOBBERS); \
	sys_result;

#define sys1(n, a) ({ SYS_IN0(a); SYS_REG(0); SYS_BODY(n, "r"(sys_in0)) })
#define sys2(n, a, b) ({ SYS_IN0(a); SYS_IN(1, b); SYS_REG(0); SYS_REG(1); \
	SYS_BODY(n, "r"(sys_in0), "r"(sys_in1)) })
#define sys3(n, a, b, c) \
	({ \
		SYS_IN0(a); \
		SYS_IN(1, b); \
		SYS_IN(2, c); \
		SYS_REG(0); \
		SYS_REG(1); \
		SYS_REG(2); \
		SYS_BODY(n, "r"(sys_in0), "r"(sys_in1), "r"(sys_in2)) \
	})
#define sys4(n, a, b, c, d) ({ SYS_IN0(a); SYS_IN(1, b); SYS_IN(2, c); SYS_IN(3, d); \
	SYS_REG(0); SYS_REG(1); SYS_REG(2); SYS_REG(3); \
	SYS_BODY(n, "r"(sys_in0), "r"(sys_in1), "r"(sys_in2), "r"(sys_in3)) })
#define sys6(n, a, b, c, d, e, f) \
	({ \
		SYS_IN0(a); \
		SYS_IN(1, b); \
		SYS_IN(2, c); \
		SYS_IN(3, d); \
		SYS_IN(4, e); \
		SYS_IN(5, f); \
		SYS_REG(0); \
		SYS_REG(1); \
		SYS_REG(2); \
		SYS_REG(3); \
		SYS_REG(4); \
		SYS_REG(5); \
		SYS_BODY(n, "r"(sys_in0), "r"(sys_in1), "r"(sys_in2), "r"(sys_in3), "r"(sys_in4), \
			 "r"(sys_in5)) \
	})

#elif defined(__i386__) || (defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32)

/*
 * MIPS: the fifth argument and the sixth go by the stack, and a register of
 * its own tells whether it failed; i386: there are too few registers. That is
 * too much for each place: sys.c has a function.
 */
#define SYS_FUNCTION
long sys_call(long n, ...);
#define sys1(n, a) sys_call(n, a)
#define sys2(n, a, b) sys_call(n, a, b)
#define sys3(n, a, b, c) sys_call(n, a, b, c)
#define sys4(n, a, b, c, d) sys_call(n, a, b, c, d)
#define sys6(n, a, b, c, d, e, f) sys_call(n, a, b, c, d, e, f)

#else

static inline long sys_result(long result)
{
	return result == -1 ? -errno : result;
}

#define sys1(n, a) sys_result(syscall(n, a))
#define sys2(n, a, b) sys_result(syscall(n, a, b))
#define sys3(n, a, b, c) sys_result(syscall(n, a, b, c))
#define sys4(n, a, b, c, d) sys_result(syscall(n, a, b, c, d))
#define sys6(n, a, b, c, d, e, f) sys_result(syscall(n, a, b, c, d, e, f))

#endif

/* No system call sets errno, so that nothing needs a thread's storage. */
#if defined(SYS_CALL) || defined(SYS_FUNCTION)
#define SYS_OWN
#endif

/* sys(name, ...): the call SYS_name, whatever the types and number (1 to 6) of its arguments. */
#define sys(name, ...) \
	SYS_PICK(__VA_ARGS__, SYS6, SYS5, SYS4, SYS3, SYS2, SYS1)(SYS_##name, __VA_ARGS__)
#define SYS_PICK(a, b, c, d, e, f, pick, ...) pick
#ifndef SYS_FIRST
#define SYS_FIRST(a) (long)(a)
#endif
#define SYS1(n, a) sys1(n, SYS_FIRST(a))
#define SYS2(n, a, b) sys2(n, SYS_FIRST(a), (long)(b))
#define SYS3(n, a, b, c) sys3(n, SYS_FIRST(a), (long)(b), (long)(c))
#define SYS4(n, a, b, c, d) sys4(n, SYS_FIRST(a), (long)(b), (long)(c), (long)(d))
#define SYS5(n, a, b, c, d, e) sys6(n, SYS_FIRST(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS6(n, a, b, c, d, e, f) \
	sys6(n, SYS_FIRST(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/*
 * Where the first of a call's generations took numbers of 16 bits or offsets of
 * 32, the name of the one that does not; a CPU that came later has only that.
 */
#ifdef SYS_setuid32
#define sys_ids(name, ...) sys(name##32, __VA_ARGS__)
#else
#define sys_ids(name, ...) sys(name, __VA_ARGS__)
#endif
#ifdef SYS_fcntl64
#define sys_fcntl(...) sys(fcntl64, __VA_ARGS__)
#else
#define sys_fcntl(...) sys(fcntl, __VA_ARGS__)
#endif
#ifdef SYS_mmap2
#define sys_mmap(...) sys(mmap2, __VA_ARGS__)
#else
#define sys_mmap(...) sys(mmap, __VA_ARGS__)
#endif
/* musl's names for the calls whose times have 32 bits. */
#if !defined(SYS_clock_gettime) && defined(SYS_clock_gettime32)
#define SYS_clock_gettime SYS_clock_gettime32
#endif
#if !defined(SYS_timerfd_settime) && defined(SYS_timerfd_settime32)
#define SYS_timerfd_settime SYS_timerfd_settime32
#endif
#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

/* What getdents64(2) writes: entries of `length` bytes, one behind the other. */
struct entry {
	unsigned long long inode, next;
	unsigned short length;
	unsigned char type;
	char name[];
};

/*
 * Whether a result says that this call cannot be had here, so that the older one
 * is to be taken: an old kernel answers ENOSYS, but a system-call filter that does
 * not know the call answers what its author chose, and old libseccomp (before
 * 2.5, in containers on 32-bit boards) chose EPERM. Where EPERM is a true answer
 * as well the older call gives it once more.
 */
static inline int is_refused(long result)
{
	return result == -ENOSYS || result == -EPERM;
}

/* The errno of a call that cannot be had, whatever it answers elsewhere; or 0. */
static inline int sys_refusal(long result)
{
	return is_refused(result) ? -(int)result : 0;
}

/*
 * Whether a result is -errno where it could be an address, which on CPUs of 32
 * bits may look negative as well: the kernel keeps the last 4095 for errors
 * (include/linux/err.h).
 */
static inline int sys_is_error(long result)
{
	return (unsigned long)result >= -4095ul;
}

/*
 * Memory of zeros, of which there is no more than has been written to (mmap(2), MAP_NORESERVE): its
 * address, or -errno: sys_is_error().
 */
long sys_map(size_t size);

/* open(2): a descriptor or -errno. */
int sys_open(const char *path, int flags, int mode);

/*
 * fstat(2), and fstatat(2) of a path from the directory `dir` or AT_FDCWD on,
 * which does not follow a link at its end: 0 or an errno, and then *st is not
 * to be read. They fill in st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid,
 * st_size and st_mtim, for more is not asked. Only where longs have 64 bits is
 * libc's struct sure to be the kernel's.
 */
#if defined(SYS_OWN) && !defined(__LP64__)
int sys_fstat(int fd, struct stat *st);
int sys_stat_at(int dir, const char *path, struct stat *st);
#elif defined(__LP64__) && !defined(__mips__) && defined(SYS_newfstatat)
static inline __attribute__((hot)) int sys_fstat(int fd, struct stat *st)
{
	return -(int)sys(fstat, fd, st);
}

static inline int sys_stat_at(int dir, const char *path, struct stat *st)
{
	return -(int)sys(newfstatat, dir, path, st, AT_SYMLINK_NOFOLLOW);
}
#else
static inline __attribute__((hot)) int sys_fstat(int fd, struct stat *st)
{
	return fstat(fd, st) < 0 ? errno : 0;
}

static inline int sys_stat_at(int dir, const char *path, struct stat *st)
{
	return fstatat(dir, path, st, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}
#endif

/*
 * renameat(2) within one directory, or AT_FDCWD: 0 or -errno. CPUs that came
 * after renameat2 (RISC-V) have only that.
 */
static inline int sys_rename_at(int dir, const char *from, const char *to)
{
#ifdef SYS_renameat
	return (int)sys(renameat, dir, from, dir, to);
#else
	return (int)sys(renameat2, dir, from, dir, to, 0);
#endif
}

/*
 * utimensat(2) of the time of modification alone, with 64 bits of seconds everywhere: 0 or -errno.
 */
int sys_set_mtime(int fd, long long seconds, long nanoseconds);

/*
 * poll(2), milliseconds, -1 for ever: how many are ready, or -errno. With `mask`,
 * a signal set of the kernel's, that is what is blocked meanwhile (ppoll(2)).
 */
int sys_poll_mask(struct pollfd *fds, unsigned count, int milliseconds, const void *mask);

int sys_poll(struct pollfd *fds, unsigned count, int milliseconds);

/*
 * The same of one descriptor: 1 where it is ready, 0, or -errno. Below 0 it is none, and this is a
 * sleep.
 */
int sys_poll_one(int fd, int events, int milliseconds);

/* _exit(2): libc's goes by the thread's storage on i386, which start.c sets up for nobody. */
_Noreturn void sys_exit(int status);

/*
 * fork(2) without what libc does around it for threads: the child's pid and 0,
 * or -errno. The flags come first on every CPU but s390 and CRIS (clone(2)).
 */
pid_t sys_fork(void);

#endif
