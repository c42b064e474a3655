// SPDX-License-Identifier: 0BSD
/*
 * Stands where the box would: runs it under an emulator, with the name that it
 * was called by and nothing else changed, but for signals 32 and 33: it keeps
 * them to itself, so that the box cannot set them to their default, and GNU make
 * leaves them ignored. EMULATOR and BOX come from lib.sh.
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char words[] = EMULATOR;
	char *args[argc + 24], *word = strtok(words, " ");
	int count = 0;

	while (word && count < 16) {
		args[count++] = word;
		word = strtok(NULL, " ");
	}
	for (int number = 32; number < 34; number++)
		syscall(SYS_rt_sigaction, number, (unsigned long[8]){ 0 }, NULL, 8);
	args[count++] = "-0";
	args[count++] = argc ? argv[0] : "";
	args[count++] = BOX;
	memcpy(args + count, argv + !!argc, sizeof(*args) * (argc + !argc));
	execv(args[0], args);
	perror(args[0]);
	return 125;
}
