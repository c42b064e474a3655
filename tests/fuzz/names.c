// SPDX-License-Identifier: 0BSD
/* /proc/PID/cmdline and cgroup, any bytes: a name matches what is there, and nothing else. */
#include "fuzz.h"
#include "lib/libc/syscall.h"
static int at_hand;
#define sys_open(path, flags, mode) (lseek(at_hand, 0, SEEK_SET), dup(at_hand))
#include "../../applets/lib/session/look.c"
#include "../../applets/pidof-session.c"
#undef sys_open

static char wanted[] = "wanted-program-x", *names[] = { wanted, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	unsigned long long whole;

	if (size > sizeof(s.text) + 8)
		return 0;
	/* What was read before is no part of it. */
	memset(s.text, 0, sizeof(s.text));
	if (size + 1 + sizeof(wanted) < sizeof(s.text))
		memcpy(s.text + size + 1, wanted, sizeof(wanted));
	memset(s.out, '/', sizeof(s.out));
	strcpy(s.name, size & 1 ? "wanted-program-" : "another");
	s.names = names;
	at_hand = file_of(data, size);
	if (is_named(&s))
		HOLDS(memmem(data, size, wanted, strlen(wanted)));
	in_cgroup(&s, 77, &whole);
	return 0;
}
