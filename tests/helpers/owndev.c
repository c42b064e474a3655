// SPDX-License-Identifier: 0BSD
/*
 * owndev DIR: builds a /dev in the new directory DIR, with the usual nodes and
 * terminals of its own but without a log, and mounts it over /dev. For the caller's
 * mount namespace, in one process: half of the tests begin with it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };

static int failed(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	char real[32];

	if (argc != 2 || mkdir(argv[1], 0755) || mount("dev", argv[1], "tmpfs", 0, "mode=755") ||
	    chdir(argv[1]))
		return failed("owndev: tmpfs");
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		sprintf(real, "/dev/%s", nodes[i]);
		close(open(nodes[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
		if (mount(real, nodes[i], NULL, MS_BIND, NULL))
			return failed(real);
	}
	if (mkdir("pts", 0755) || mkdir("shm", 0755) ||
	    mount("devpts", "pts", "devpts", 0, "newinstance,ptmxmode=0666") ||
	    symlink("pts/ptmx", "ptmx") || symlink("/proc/self/fd", "fd"))
		return failed("owndev: pts");
	if (mount(".", "/dev", NULL, MS_BIND | MS_REC, NULL))
		return failed("owndev: /dev");
	return 0;
}
