// SPDX-License-Identifier: 0BSD
/* A storm of messages is told, and not passed on. */
#include <time.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/log/log.h"
#include "lib/log/storm.h"

enum { SECOND = 1000, NANOSECONDS = 1000000, SHARES = 16 };

/* How many of the messages of its time one of this severity may be the last of, rounded up. */
static unsigned share(unsigned most, int severity)
{
	return most - most * (unsigned)severity / SHARES;
}

static int milliseconds_left(const struct storm *storm)
{
	struct moment now;
	long long seconds;

	clock_read(CLOCK_MONOTONIC, &now);
	seconds = storm->until.seconds - now.seconds;
	if (seconds < 0)
		return 0;
	/* At most what -M takes, 65535 seconds. */
	return (int)seconds * SECOND +
	       ((int)storm->until.nanoseconds - (int)now.nanoseconds) / NANOSECONDS;
}

void storm_tell(struct log *log, int facility)
{
	char number[NUMBER_TEXT];

	if (log->storm.suppressed)
		log_say(log, (facility & ~7) | LEVEL_WARNING,
			number_text(log->storm.suppressed, number), " messages suppressed");
	log->storm.suppressed = 0;
}

static void begin(struct storm *storm)
{
	clock_read(CLOCK_MONOTONIC, &storm->until);
	storm->until.seconds += storm->seconds;
	storm->taken = 0;
}

int storm_takes(struct log *log, int priority)
{
	struct storm *storm = &log->storm;

	if (!storm->most)
		return 1;
	if (milliseconds_left(storm) <= 0) {
		storm_tell(log, priority);
		begin(storm);
	}
	if (storm->taken >= share(storm->most, priority & 7)) {
		storm->suppressed++;
		return 0;
	}
	storm->taken++;
	return 1;
}

int storm_left(const struct storm *storm)
{
	const int left = storm->suppressed ? milliseconds_left(storm) : -1;

	return storm->suppressed && left < 0 ? 0 : left;
}
