#!/bin/sh
# SPDX-License-Identifier: 0BSD
# All tests of the program once more, under AddressSanitizer and UndefinedBehaviorSanitizer, where
# a report of theirs fails whatever the tests say ("make check-asan"). They wait for most of their
# time, and so four files go on beside the rest. From the environment: ASAN_TESTS, some files.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE +source +root"
TEST_LIMIT=2700
. "${0%/*}/../helpers/lib.sh"
[ -z "$DAEMONBOX_RUN$TEST_UNDER" ] || { [ -n "$only" ] || echo "1..0 # SKIP once is enough"; exit 0; }

asan() {	# JOBS TESTS: sets st, file out
	st=0
	env -u O -u KCONFIG_CONFIG -u CC -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u HARNESS_RULESFILE TEST_ROOM= TEST_LIMIT=240 \
		FAULTS=4 make --no-print-directory -C "$top" O="$T/o" PROVE_FLAGS="-f -o -j$1" TESTS="$2" check-asan >out 2>&1 || st=$?
}

t_asan() {
	echo 'int main(void) { return 0; }' >empty.c
	clang-19 -fsanitize=address,undefined -o empty empty.c 2>/dev/null && ./empty || skip "no clang with sanitizers"
	asan 4 "${ASAN_TESTS:-}"
	grep '^Files=' out || true
	# What measures time may fail beside so much else: alone it has to pass. A report is one for good.
	if [ $st != 0 ] && ! grep '^check-asan: ' out; then
		again=$(sed -n 's/^\(tests[^ ]*\.t\) .*Wstat.*/\1/p' out | tr '\n' ' ')
		[ -n "$again" ] || fail "$(tail -n 60 out)"
		grep '^not ok' out || true
		echo "once more: $again"
		asan 1 "$again"
	fi
	# what failed comes first, since of a long text the first lines are sure to be kept
	[ $st = 0 ] || fail "$(grep -A 6 '^not ok' out; grep -v ' ok$' out | tail -n 60)"
}
check "all files of tests that run the program, with ASan and UBSan" t_asan +long +prove +clang-19

done_testing
