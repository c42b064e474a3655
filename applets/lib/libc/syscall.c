// SPDX-License-Identifier: 0BSD
/* What sys.h has a function for on some CPUs. */
#include <sys/mman.h>
#include "lib/libc/syscall.h"

#if defined(SYS_FUNCTION) && defined(__i386__)
__asm__ (
	".pushsection .text.sys_call, \"ax\", @progbits\n"
	".globl sys_call\n"
	".type sys_call, @function\n"
"sys_call:\n"
	"pushl %ebp\n"
	"pushl %edi\n"
	"pushl %esi\n"
	"pushl %ebx\n"
	"movl 20(%esp), %eax\n"
	"movl 24(%esp), %ebx\n"
	"movl 28(%esp), %ecx\n"
	"movl 32(%esp), %edx\n"
	"movl 36(%esp), %esi\n"
	"movl 40(%esp), %edi\n"
	"movl 44(%esp), %ebp\n"
	"int $0x80\n"
	"popl %ebx\n"
	"popl %esi\n"
	"popl %edi\n"
	"popl %ebp\n"
	"ret\n"
	".size sys_call, . - sys_call\n"
	".popsection\n"
);
#elif defined(SYS_FUNCTION)
/*
 * MIPS: the number and the first three arguments come in registers, the others
 * on the stack; each moves up by one. What was not given is read all the same:
 * there is always something above it.
 */
__asm__ (
	".pushsection .text.sys_call, \"ax\", @progbits\n"
	".set push\n"
	".set nomips16\n"
	".set noreorder\n"
	".align 2\n"
	".globl sys_call\n"
	".ent sys_call\n"
	".type sys_call, @function\n"
"sys_call:\n"
	".frame $29, 32, $31\n"
	"lw $8, 20($29)\n"
	"lw $9, 24($29)\n"
	"addiu $29, $29, -32\n"
	"move $2, $4\n"
	"move $4, $5\n"
	"move $5, $6\n"
	"move $6, $7\n"
	"lw $7, 48($29)\n"
	"sw $8, 16($29)\n"
	"sw $9, 20($29)\n"
	"syscall\n"
	"beqz $7, 1f\n"
	"addiu $29, $29, 32\n"
	"negu $2, $2\n"
"1:	jr $31\n"
	"nop\n"
	".end sys_call\n"
	".size sys_call, . - sys_call\n"
	".set pop\n"
	".popsection\n"
);
#endif

/*
 * Functions that many places call. They are none of the header's, for the compiler would keep a
 * copy of each in every file.
 */

int sys_open(const char *path, int flags, int mode)
{
	return (int)sys(openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

long sys_map(size_t size)
{
	return sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

int sys_set_mtime(int fd, long long seconds, long nanoseconds)
{
	const long long times[] = { 0, UTIME_OMIT, seconds, nanoseconds };
#ifdef SYS_utimensat_time64
	const long narrow[] = { 0, UTIME_OMIT, (long)seconds, nanoseconds };
	long error = sys(utimensat_time64, fd, NULL, times, 0);

	/* Here EPERM may also mean that the file is another's. */
	if (!is_refused(error))
		return (int)error;
	return (int)sys(utimensat, fd, NULL, narrow, 0);
#else
	return (int)sys(utimensat, fd, NULL, times, 0);
#endif
}

int sys_poll_mask(struct pollfd *fds, unsigned count, int milliseconds, const void *mask)
{
	long long time[] = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
#ifdef SYS_ppoll_time64
	long narrow[] = { (long)time[0], (long)time[1] };
	long ready = sys(ppoll_time64, fds, count, milliseconds < 0 ? NULL : time, mask, _NSIG / 8);

	if (!is_refused(ready))
		return (int)ready;
	return (int)sys(ppoll, fds, count, milliseconds < 0 ? NULL : narrow, mask, _NSIG / 8);
#else
	return (int)sys(ppoll, fds, count, milliseconds < 0 ? NULL : time, mask, _NSIG / 8);
#endif
}

int sys_poll(struct pollfd *fds, unsigned count, int milliseconds)
{
	/* CPUs that came later have only the other. */
#ifdef SYS_poll
	return (int)sys(poll, fds, count, milliseconds);
#else
	return sys_poll_mask(fds, count, milliseconds, NULL);
#endif
}

int sys_poll_one(int fd, int events, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = (short)events };

	return sys_poll(&p, 1, milliseconds);
}

_Noreturn void sys_exit(int status)
{
	for (;;)
		sys(exit_group, status);
}

pid_t sys_fork(void)
{
	return (pid_t)sys(clone, SIGCHLD, 0, 0, 0, 0);
}

#if defined(SYS_OWN) && !defined(__LP64__)

/* The kernel's struct statx, which some libcs have and some have not. */
struct wide_stat {
	unsigned mask, block;
	unsigned long long attributes;
	unsigned links, uid, gid;
	unsigned short mode;
	unsigned long long inode, size, blocks, attributes_known;
	struct {
		long long seconds;
		unsigned nanoseconds, unused;
	} atime, btime, ctime, mtime;
	unsigned rdev[2], dev[2];
	unsigned long long unused[14];
};

/*
 * The kernel's struct stat64, whose times end in 2038 or 2106 (asm/stat.h, which libc's sys/stat.h
 * leaves no room for).
 */
struct narrow_stat {
#ifdef __mips__
	unsigned dev, unused[3];
	unsigned long long inode;
	unsigned mode, links, uid, gid, rdev, unused2[3];
	long long size;
	unsigned atime[2], mtime[2], ctime[2], block, unused3;
	unsigned long long blocks;
#else
	unsigned long long dev;
	unsigned unused, short_inode, mode, links, uid, gid;
	unsigned long long rdev;
	unsigned unused2;
	long long size;
	unsigned block;
	unsigned long long blocks;
	unsigned atime[2], mtime[2], ctime[2];
	unsigned long long inode;
#endif
};

/*
 * Both kinds of stat take AT_EMPTY_PATH (open(2), since Linux 2.6.39), by which
 * an empty path is the descriptor itself.
 */
static int narrow_stat(int dir, const char *path, int flags, struct stat *st)
{
	struct narrow_stat it;
	const int error = -(int)sys(fstatat64, dir, path, &it, flags);

	if (error)
		return error;
	st->st_dev = it.dev;
	st->st_ino = it.inode;
	st->st_mode = it.mode;
	st->st_nlink = it.links;
	st->st_uid = it.uid;
	st->st_gid = it.gid;
	st->st_size = it.size;
	st->st_mtim.tv_sec = it.mtime[0];
	st->st_mtim.tv_nsec = (long)it.mtime[1];
	return 0;
}

static int wide_stat(int dir, const char *path, int flags, struct stat *st)
{
	enum { BASIC = 0x7ff };	/* STATX_BASIC_STATS: what stat(2) tells */
	struct wide_stat it;
	const long error = sys(statx, dir, path, flags, BASIC, &it);

	if (is_refused(error))
		return narrow_stat(dir, path, flags, st);
	if (error)
		return (int)-error;
	/* As the narrow one has it (new_encode_dev()): the next look may have to be that. */
	st->st_dev = it.dev[0] << 8 | (it.dev[1] & 0xff) | (it.dev[1] & ~0xffu) << 12;
	st->st_ino = (ino_t)it.inode;
	st->st_mode = it.mode;
	st->st_nlink = it.links;
	st->st_uid = it.uid;
	st->st_gid = it.gid;
	st->st_size = (off_t)it.size;
	st->st_mtim.tv_sec = (time_t)it.mtime.seconds;
	st->st_mtim.tv_nsec = (long)it.mtime.nanoseconds;
	return 0;
}

int sys_fstat(int fd, struct stat *st)
{
	/* No string, which a resident process would have given back (start-up.ld). */
	static const char itself[] = "";

	return wide_stat(fd, itself, AT_EMPTY_PATH, st);
}

int sys_stat_at(int dir, const char *path, struct stat *st)
{
	return wide_stat(dir, path, AT_SYMLINK_NOFOLLOW, st);
}

#endif
