// SPDX-License-Identifier: 0BSD
/*
 * The least that finds a session: getdents64 and getsid, no more.
 *
 *   bare SID               prints how many processes are in it
 *   bare -n N FILE         makes N processes in a session of their own, its number in FILE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct entry {
	unsigned long long inode, next;
	unsigned short length;
	unsigned char type;
	char name[];
};

static int crowd(int n, const char *file)
{
	int fd;
	char text[32];

	if (fork())
		return 0;
	setsid();
	alarm(600);
	while (--n > 0)
		if (!fork()) {
			alarm(600);
			for (;;)
				pause();
		}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (write(fd, text, sprintf(text, "%d\n", (int)getpid())) < 0)
		return 1;
	close(fd);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static char buffer[16384];
	int fd, sid, found = 0;
	long length, at;

	if (argc == 4)
		return crowd(atoi(argv[2]), argv[3]);
	sid = atoi(argv[1]);
	fd = open("/proc", O_RDONLY | O_DIRECTORY);
	while ((length = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
			const char *name = ((struct entry *)(buffer + at))->name;
			int pid = 0;

			while (*name >= '0' && *name <= '9')
				pid = pid * 10 + *name++ - '0';
			if (pid && getsid(pid) == sid)
				found++;
		}
	return !write(1, "\n", 1) + !found;
}
