#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog and the wall clock: ticktest.c stands in for clocks that no test can set.
# shellcheck disable=SC2154
NEEDS="TICKLOG +cc"
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

# ticklog's own code; what of the rest is never called is not there
build() {
	cc -g -O1 -std=gnu11 -D_GNU_SOURCE -w -ffunction-sections -fdata-sections -static -I "$top/applets" -I "$O/include" \
		-include "$O/include/config.h" -o ticktest "$top/tests/helpers/ticktest.c" "$top/applets/lib/log/log.c" \
		"$top/applets/lib/log/lines.c" "$top/applets/lib/log/local-time.c" "$top/applets/lib/common/number.c" "$top/applets/lib/common/proc.c" \
		"$top/applets/lib/common/env.c" "$top/applets/lib/libc/syscall.c" -Wl,--gc-sections,--unresolved-symbols=ignore-all 2>out ||
		fail "it does not compile: $(cat out)"
}

t_moved() {
	build
	./ticktest moved >bad || fail "$(cat bad)"
}
check "interrupted while it reads the clocks, it tells of a step, once, and of nothing else" t_moved

t_1970() {
	build
	is "$(TZ=ABC3 ./ticktest date 0)" "Dec 31 21:00:00|Wed Dec 31 21:00:00 1969|1969-12-31T21:00:00-03:00" "second 0, west"
	is "$(TZ=ABC12 ./ticktest date 43199)" "Dec 31 23:59:59|Wed Dec 31 23:59:59 1969|1969-12-31T23:59:59-12:00" "the last of 1969"
	is "$(TZ=UTC0 ./ticktest date 0)" "Jan  1 00:00:00|Thu Jan  1 00:00:00 1970|1970-01-01T00:00:00+00:00" "second 0"
	is "$(TZ=ABC-14 ./ticktest date 5)" "Jan  1 14:00:05|Thu Jan  1 14:00:05 1970|1970-01-01T14:00:05+14:00" "second 5, east"
}
check "a board whose clock starts in 1970, west and east of Greenwich" t_1970 SYSLOG_LOCAL_TIME

t_later() {
	build
	for second in 951782400 2147483647 2147483648 4107542399 4107542400 4294967295 4294967296 8589934592; do
		is "$(TZ=UTC0 ./ticktest date $second)" \
			"$(date -u -d @$second '+%b %e %T|%a %b %e %T %Y|%Y-%m-%dT%T+00:00')" "$second"
	done
}
check "2038, 2100, 2106 and later" t_later +date

t_steps() {
	build
	./ticktest step 12500 -12500 1000 -1000 5 -5 50 -999 999 3600000 1700000000000 -500 >told
	cat >wanted <<-END
		 clock moved +12.5 s
		 clock moved -12.5 s
		 clock moved +1.0 s
		 clock moved -1.0 s
		 clock moved +0.005 s
		 clock moved -0.005 s
		 clock moved +0.05 s
		 clock moved -0.999 s
		 clock moved +0.999 s
		 clock moved +3600.0 s
		 clock moved +1700000000.0 s
		 clock moved -0.5 s
	END
	diff wanted told || fail "steps"
}
check "the size of a step, either way" t_steps

t_hung() {
	build
	logd_start
	logd stop
	./ticktest hung >bad || fail "$(cat bad)"
}
check "a log that hangs is not waited for again after 24 days of it" t_hung +apart

t_limits() {
	build
	./ticktest limits >bad || fail "$(cat bad)"
}
check "no time limit, of any applet, is over too soon: not by a part of a millisecond either" t_limits

done_testing
