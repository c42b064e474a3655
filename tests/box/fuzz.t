#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Bytes from elsewhere, under ASan and UBSan: each target of tests/fuzz with its corpus and
# FUZZ_SECONDS (30) of new inputs. "make fuzz" is the same for longer.
# shellcheck disable=SC2154
NEEDS="+source"
TEST_LIMIT=${TEST_LIMIT:-900}
. "${0%/*}/../helpers/lib.sh"
[ -z "${DAEMONBOX_RUN:-}" ] || { [ -n "$only" ] || echo "1..0 # SKIP the sources are this machine's"; exit 0; }

t_fuzz() {
	st=0
	unset O KCONFIG_CONFIG CC
	SEED=${SEED:-$(cksum <"$BOX" | cut -d ' ' -f 1)} "$top/build/host/fuzz" "$top" "$T/fuzz" "${FUZZ_SECONDS:-30}" >said 2>&1 || st=$?
	[ "$st" != 77 ] || skip "$(cat said)"
	[ "$st" = 0 ] || fail "$(cat said)"
	tail -n 1 said >"$TEST_ROOM/fuzzed"
	# a target that runs nothing has not been tested
	! grep ': 0 executions' said || fail "nothing has run"
}
check "options, accounts, /proc, pidfiles, zones, lines, texts, notifications: any bytes" t_fuzz +long

[ -n "$only" ] || [ ! -e "$TEST_ROOM/fuzzed" ] || sed 's/^/# /' "$TEST_ROOM/fuzzed"
done_testing
