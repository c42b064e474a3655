// SPDX-License-Identifier: 0BSD
/*
 * Option vectors: the first byte picks the applet, the rest are words that end in NULs.
 * Whatever they are, a request is read or refused, and what it points to is of the words.
 */
#include "fuzz.h"
#include "../../applets/daemonize.c"

enum { WORDS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = text_of(data, size), *words[WORDS + 1], tag[TAG_MOST + 1];
	char *set[WORDS + 1], *limit[WORDS + 1];
	int keep[WORDS + 1 + REQUEST_KEEP_MORE], count = 0;
	struct request r;

	for (char *at = copy; at < copy + size && count < WORDS; at += strlen(at) + 1)
		words[count++] = at;
	words[count] = NULL;
	applet_name = "daemonize";
	struct options o = { .table = table, .usage = usage, .words = words };

	request_init(&r);
	r.set = set;
	r.limit = limit;
	r.keep = keep;
	int status = request_read(&r, &o);

	if (status == REQUEST_READ) {
		HOLDS(o.words >= words && o.words <= words + count);
		HOLDS(r.sets <= (unsigned)count && r.limits <= (unsigned)count &&
		      r.keeps <= (unsigned)count);
		HOLDS(!r.pidfile || (r.pidfile >= copy && r.pidfile <= copy + size));
		HOLDS(!r.user || (r.user >= copy && r.user <= copy + size));
		HOLDS(!GIVEN(&r, 'c') || (r.dir >= copy && r.dir <= copy + size));
		r.argv = o.words;
		r.program = *o.words;
		imply(&r);
		if (r.job == JOB_START && !check(&r) && GIVEN(&r, 'S') && !r.tag) {
			make_tag(&r, tag);
			HOLDS(strlen(tag) <= TAG_MOST);
			for (char *at = tag; *at; at++)
				HOLDS(tag_takes(*at));
		}
	} else {
		HOLDS(status == EXIT_USAGE || status == EXIT_DONE || status == 4);
	}
	free(copy);
	return 0;
}
