#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The bytes in Kconfig's prompts and help, and in README's table, are those measured.
# COSTS=all measures every symbol; otherwise each STEPth, from the one that SEED says.
# shellcheck disable=SC2154
NEEDS="+make +musl-gcc"
TEST_LIMIT=${TEST_LIMIT:-900}
. "${0%/*}/../helpers/lib.sh"
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V
unset MAKEFLAGS MFLAGS MAKELEVEL
SEED=${SEED:-2} STEP=${STEP:-9}

# What a figure may be off by, for another compiler or a change elsewhere: the larger
# of so many bytes and so many percent.
SLACK_BYTES=48 SLACK_PERCENT=15

stated() {
	awk '/^(menu)?config / { name = $2 } /^\tbool ".*\(-?[0-9]+ bytes\)"/ {
		print name, substr($0, match($0, /\(-?[0-9]+ bytes\)"/) + 1) + 0 }' "$top/Kconfig"
}

within_slack() {	# FILE1 FILE2: of what is in both; prints what is not
	awk -v bytes=$SLACK_BYTES -v percent=$SLACK_PERCENT '
		NR == FNR { stated[$1] = $2; next }
		$1 in stated {
			off = $2 - stated[$1]
			if (off < 0) off = -off
			size = $2 < 0 ? -$2 : $2
			if (off > bytes && off * 100 > size * percent)
				print $1 ": measured " $2 ", stated " stated[$1]
			seen++
		}
		END { if (!seen) print "nothing measured" }' "$1" "$2"
}

t_help() {
	stated >stated
	mkdir o
	if [ "${COSTS-}" = all ]; then
		only=
	else
		only=$(awk -v seed="$SEED" -v step="$STEP" '(NR - seed) % step == 0 { print $1 }' stated)
	fi
	ONLY=$only "$top/build/costs" "$T/o" "$T/o" make -C "$top" >measured 2>said || fail "$(cat said)"
	cat measured
	# Measured with other symbols than the rows say, it would be no measurement.
	[ "$(wc -l <measured)" -gt 3 ] || fail "too few: $(cat measured)"
	is "$(within_slack stated measured)" "" "beyond the slack of $SLACK_BYTES bytes or $SLACK_PERCENT % (make symbol-costs)"
}
check "the costs in Kconfig are those measured, within $SLACK_BYTES bytes or $SLACK_PERCENT %" t_help

t_table() {
	sed -n '/^<!-- costs/,/^<!-- end of costs/s/^| `\([A-Z0-9_]*\)` | .* | \(-\{0,1\}[0-9]*\) |$/\1 \2/p' "$top/README.md" >table
	[ -s table ] || skip "no table in README.md yet (make option-costs)"
	stated >stated
	is "$(cut -d ' ' -f 1 table)" "$(cut -d ' ' -f 1 stated)" "the options of the table (make option-costs)"
	is "$(within_slack stated table)" "" "the table's x86-64 (make option-costs)"
}
check "README's table has every option, with Kconfig's figures" t_table

done_testing
