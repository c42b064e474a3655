// SPDX-License-Identifier: 0BSD
/*
 * What a hostile program or user does to a service's pidfile and sockets:
 *
 *   hostile program REPORT PIDFILE
 *             as the service's own program: tries to change the pidfile by its name
 *             and by each descriptor that it was given, takes what locks it can, in a
 *             process that shares its descriptors (CLONE_FILES) and ends, so that the
 *             lock's owner is a number that anybody can be given. REPORT has "pid: N",
 *             "locker: N" (that process, which is gone) and a line "did: DEED" for each
 *             deed that worked. Then it stays, and on USR1 makes REPORT.again
 *   hostile keeper REPORT PIDFILE
 *             the same, and first leaves a process of another session that shares its
 *             descriptors, and stays ("keeper: N")
 *   hostile reader REPORT FILE...
 *             opens each FILE to read, and each new one that comes by that name, and
 *             locks all of it for reading; else each byte that can be locked, and waits for
 *             the lock of all. REPORT appears when all that were there have been tried. It stays
 *   hostile flood REPORT SOCKET
 *             sends to the datagram socket (@: abstract) as fast as it can
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char text[1 << 16];
static size_t length;
static volatile sig_atomic_t again;

static void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	length += vsnprintf(text + length, sizeof text - length, format, ap);
	va_end(ap);
	if (length >= sizeof text)
		length = sizeof text - 1;
}

static void report(const char *path, const char *suffix)
{
	char name[4096], temp[4200];
	int fd;

	snprintf(name, sizeof name, "%s%s", path, suffix);
	snprintf(temp, sizeof temp, "%s.%d", name, (int)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length || rename(temp, name))
		_exit(99);
	close(fd);
}

static void on_usr1(int sig)
{
	(void)sig;
	again = 1;
}

static void stay(const char *path)
{
	for (;;) {
		pause();
		if (again) {
			again = 0;
			report(path, ".again");
		}
	}
}

static void did(int worked, const char *deed)
{
	if (worked)
		say("did: %s\n", deed);
}

/* ---- the service's own program ---- */

/* Numbers of at most 256 descriptors from 3 up; /proc is asked, so that no number is missed. */
static int descriptors(int *list)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int n = 0;

	while (dir && (e = readdir(dir)) && n < 256) {
		int fd = atoi(e->d_name);

		if (fd > 2 && fd != dirfd(dir))
			list[n++] = fd;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void by_name(const char *path)
{
	const struct timespec times[2] = { { 1, 1 }, { 1, 1 } };
	char other[4096];
	int fd;

	did((fd = open(path, O_WRONLY | O_CLOEXEC)) >= 0, "open for writing");
	did(fd >= 0 && write(fd, "1\n", 2) == 2, "write");
	did(truncate(path, 0) == 0, "truncate");
	did(utimensat(AT_FDCWD, path, times, 0) == 0, "set its time");
	did(utimensat(AT_FDCWD, path, NULL, 0) == 0, "touch");
	did(chmod(path, 0666) == 0, "chmod");
	snprintf(other, sizeof other, "%s.link", path);
	did(link(path, other) == 0, "link");
	snprintf(other, sizeof other, "%s~", path);
	did((fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) >= 0, "make FILE~");
	did(symlink("/etc/passwd", other) == 0, "make FILE~ a link");
	snprintf(other, sizeof other, "%s.moved", path);
	did(rename(path, other) == 0, "rename");
	did(unlink(path) == 0, "unlink");
}

static void by_descriptor(int fd, const char *path)
{
	struct stat st, file;
	const struct timespec times[2] = { { 1, 1 }, { 1, 1 } };

	if (fstat(fd, &st) || stat(path, &file) || st.st_ino != file.st_ino ||
	    st.st_dev != file.st_dev)
		return;
	say("did: have its descriptor %d\n", fd);
	did(futimens(fd, times) == 0, "set its time by descriptor");
	did(futimens(fd, NULL) == 0, "touch by descriptor");
	did(fchmod(fd, 0666) == 0, "chmod by descriptor");
	/* what is written has to be believed by nobody, but a file that says nothing is no test */
	if (fcntl(fd, F_GETFL) & O_ACCMODE)
		say("did: have it open for writing\n");
}

static void lock_all(const int *list, int n)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (int i = 0; i < n; i++) {
		if (fcntl(list[i], F_SETLK, &whole)) {
			whole.l_type = F_RDLCK;
			fcntl(list[i], F_SETLK, &whole);
			whole.l_type = F_WRLCK;
		}
		flock(list[i], LOCK_EX | LOCK_NB);
	}
}

/*
 * Drops the locks that came with the descriptors: the process to come takes them in its own name.
 */
static void unlock_all(const int *list, int n)
{
	struct flock whole = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	for (int i = 0; i < n; i++)
		fcntl(list[i], F_SETLK, &whole);
}

static int share_descriptors(void)
{
	return syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
}

static void program(const char *path, const char *pidfile, int keep)
{
	int list[256], n = descriptors(list), pid;

	say("pid: %d\n", (int)getpid());
	by_name(pidfile);
	for (int i = 0; i < n; i++)
		by_descriptor(list[i], pidfile);
	if (keep) {
		pid = share_descriptors();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, 0);
			setsid();
			alarm(100);
			for (;;)
				pause();
		}
		say("keeper: %d\n", pid);
	}
	unlock_all(list, n);
	pid = share_descriptors();
	if (!pid) {
		lock_all(list, n);
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid)
		_exit(98);
	say("locker: %d\n", pid);
	report(path, "");
	stay(path);
}

/* ---- a reader ---- */

static void lock_for_reading(const char *path)
{
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET }, byte = whole;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	/* a process of its own for each: closing any other descriptor of it would drop the lock */
	if (fork()) {
		close(fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(100);
	if (fcntl(fd, F_SETLK, &whole)) {
		byte.l_len = 1;
		for (; byte.l_start < 16; byte.l_start++)
			fcntl(fd, F_SETLK, &byte);
		fcntl(fd, F_SETLKW, &whole);
	}
	for (;;)
		pause();
}

static void reader(const char *path, char **files)
{
	const struct timespec tick = { 0, 200000 };
	ino_t seen[16] = { 0 };
	struct stat st;

	signal(SIGCHLD, SIG_IGN);
	for (int round = 0;; round++) {
		for (int i = 0; files[i] && i < 16; i++)
			if (stat(files[i], &st) == 0 && st.st_ino != seen[i]) {
				seen[i] = st.st_ino;
				lock_for_reading(files[i]);
			}
		nanosleep(&tick, NULL);
		/* by then those processes have asked for their locks */
		if (round == 100)
			report(path, "");
	}
}

/* ---- a flood ---- */

static void flood(const char *path, const char *name)
{
	struct sockaddr_un a = { AF_UNIX, "" };
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, name, strlen(name));
	if (*name == '@')
		*a.sun_path = 0;
	report(path, "");
	for (;;)
		if (sendto(fd, "STATUS=busy\n", 12, 0, (void *)&a, size) < 0 &&
		    errno == ECONNREFUSED)
			_exit(0);
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_usr1 };

	if (argc < 4)
		return 97;
	alarm(100);                     /* nothing outlives a broken test by much */
	sigaction(SIGUSR1, &sa, NULL);
	if (!strcmp(argv[1], "program") || !strcmp(argv[1], "keeper"))
		program(argv[2], argv[3], *argv[1] == 'k');
	if (!strcmp(argv[1], "reader"))
		reader(argv[2], argv + 3);
	if (!strcmp(argv[1], "flood"))
		flood(argv[2], argv[3]);
	return 97;
}
