#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Some of the tests once more, under AddressSanitizer and UndefinedBehaviorSanitizer. All
# of them are "make check-asan", where a report of a sanitizer fails whatever the tests say.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE +source +root"
TEST_LIMIT=600
. "${0%/*}/../helpers/lib.sh"
[ -z "$DAEMONBOX_RUN$TEST_UNDER" ] || { [ -n "$only" ] || echo "1..0 # SKIP once is enough"; exit 0; }

# What reads bytes from elsewhere and takes little time: pidfiles, names, users, output.
files="tests/daemonize/pidfile.t tests/daemonize/user.t tests/daemonize/exec.t \
tests/daemonize/syslog.t tests/pidof-session/inode.t tests/ticklog/fields.t"

asan() {	# TESTS: sets st, files out
	st=0
	env -u O -u KCONFIG_CONFIG -u CC -u MAKEFLAGS -u MFLAGS -u MAKELEVEL TEST_ROOM= TEST_LIMIT=120 \
		make --no-print-directory -C "$top" O="$T/o" PROVE_FLAGS="-f -j2" TESTS="$1" check-asan >out 2>&1 || st=$?
}

t_asan() {
	echo 'int main(void) { return 0; }' >empty.c
	clang-19 -fsanitize=address,undefined -o empty empty.c 2>/dev/null && ./empty || skip "no clang with sanitizers"
	asan "$files"
	[ $st = 0 ] || fail "$(tail -n 40 out)"
	grep '^Files=' out
}
check "files that read what comes from elsewhere, with ASan and UBSan" t_asan +long +prove +clang-19

done_testing
