// SPDX-License-Identifier: 0BSD
/*
 * /proc/PID/stat as it is read by the pidfile's side, any bytes; and by the session's side,
 * of which the name, which a process chooses, is any 15 bytes.
 */
#include "fuzz.h"
#include "lib/libc/syscall.h"
static int at_hand;
#define sys_open(path, flags, mode) (lseek(at_hand, 0, SEEK_SET), dup(at_hand))
#include "../../applets/lib/daemon/process.c"
#include "../../applets/lib/session/look.c"
#undef sys_open

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	struct process p = { .leave = 0 };
	char line[512], name[16] = "";

	if (size >= sizeof(p.text))
		size = sizeof(p.text) - 1;
	memcpy(p.text, data, size);
	p.text[size] = 0;
	if (!parse(&p))
		HOLDS(p.start > p.text && p.start <= p.text + size);

	memcpy(name, data, size < 15 ? size : 15);
	int n = snprintf(
		line, sizeof(line),
		"77 (%s) S 1 70 60 1025 60 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654321012 5 6",
		name);

	at_hand = file_of((uint8_t *)line, (size_t)n);
	HOLDS(session_read(&s, 77) == 1);
	HOLDS(s.state == 'S' && strcmp(s.name, name) == 0);
	HOLDS(s.field[0] == 1 && s.field[1] == 70 && s.field[2] == 60);
	HOLDS(s.start == 987654321012ULL);
	return 0;
}
