// SPDX-License-Identifier: 0BSD
/* Resource limits by name. */
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include "lib/daemon/limit.h"
#include "lib/common/number.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* Numbers differ between CPUs. */
static const unsigned char resources[] = {
	RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE,
	RLIMIT_LOCKS, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE,
	RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME,
	RLIMIT_SIGPENDING, RLIMIT_STACK,
};
static const char names[] START_UP_DATA =
	"as\0core\0cpu\0data\0fsize\0locks\0memlock\0msgqueue\0nice\0nofile\0"
	"nproc\0rss\0rtprio\0rttime\0sigpending\0stack\0";

/*
 * What follows the name and its '=', or NULL where that is missing, or there is no such resource
 * (-1).
 */
static const char *read_name(const char *text, int *resource)
{
	const size_t length = strcspn(text, "=");
	const int number = number_named(names, text, length);

	*resource = number < 0 ? -1 : resources[number];
	return number < 0 || !text[length] ? NULL : text + length + 1;
}

static const char *read_value(const char *text, unsigned long long *value)
{
	static const char unlimited[] = "unlimited", suffixes[] = "kMG";
	const char *suffix;

	if (strncmp(text, unlimited, sizeof(unlimited) - 1) == 0) {
		*value = ~0ULL;
		return text + sizeof(unlimited) - 1;
	}
	text = number_read(text, 10, value);
	if (!text || !*text || !(suffix = strchr(suffixes, *text)))
		return text;
	do {
		if (*value >> 54)
			return NULL;
		*value <<= 10;
	} while (suffix-- > suffixes);
	return text + 1;
}

START_UP const char *limit_read(const char *text, struct limit *limit)
{
	text = read_name(text, &limit->resource);
	if (!text)
		return limit->resource < 0 ? "unknown resource" : "not RESOURCE=SOFT[:HARD]";
	text = read_value(text, &limit->soft);
	limit->hard = limit->soft;
	if (text && *text == ':')
		text = read_value(text + 1, &limit->hard);
	if (!text || *text)
		return "not a limit";
	return limit->soft > limit->hard ? "soft limit over the hard one" : NULL;
}

int START_UP step_limits(struct launch *l)
{
	long error = 0;
	unsigned i;

	for (i = 0; !error && i < l->r->limits; i++) {
		struct limit limit;

		l->subject = l->r->limit[i];
		limit_read(l->r->limit[i], &limit);
		error = sys(prlimit64, 0, limit.resource, &limit.soft, NULL);
	}
	return -(int)error;
}
