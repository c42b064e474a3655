// SPDX-License-Identifier: 0BSD
/* ticklog -m: a text is refused, or it makes a message. */
#include "fuzz.h"
#include "../../applets/ticklog.c"

static size_t put;

void __wrap_log_put(struct log *log, int priority, char *text, size_t length);
void __wrap_log_put(struct log *log, int priority, char *text, size_t length)
{
	(void)priority;
	HOLDS(length <= log_room(log));
	for (size_t i = 0; i < length; i++)
		HOLDS((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
	put++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ticklog t;
	char *text = text_of(data, size);

	memset(&t, 0, sizeof(t));
	log_init(&t.log, "ticklog");
	t.lines.log = &t.log;
	t.lines.priority = FACILITY_DAEMON | LEVEL_INFO;

	t.beats = 42;
	t.next = "0.5";
	t.now = (struct moment){ .seconds = 987654321, .nanoseconds = 123456789 };
	strcpy(t.boot, "5f3a91c2");
	put = 0;
	/* an empty one is refused before */
	if (*text && !check_text(text)) {
		tell_text(&t, text);
		lines_flush(&t.lines);
		HOLDS(put);
	}
	free(text);
	return 0;
}
