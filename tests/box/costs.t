#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The bytes in the table of board/costs.md are those measured.
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

stated() {	# x86_64 is the last column: "IMAGE (TEXT AND DATA)"
	sed -n 's/^| `\([A-Z0-9_]*\)` | .* |[-0-9 ]*[( ]\(-\{0,1\}[0-9]*\))\{0,1\} |$/\1 \2/p' "$top/board/costs.md"
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

t_measured() {
	stated >stated
	mkdir o
	if [ "${COSTS-}" = all ]; then
		only=
	else
		only=$(awk -v seed="$SEED" -v step="$STEP" '(NR - seed) % step == 0 { print $1 }' stated)
	fi
	ONLY=$only "$top/build/size/costs" "$T/o" "$T/o" make -C "$top" >measured 2>said || fail "$(cat said)"
	cat measured
	# Measured with other symbols than the rows say, it would be no measurement.
	[ "$(wc -l <measured)" -gt 3 ] || fail "too few: $(cat measured)"
	is "$(within_slack stated measured)" "" "beyond the slack of $SLACK_BYTES bytes or $SLACK_PERCENT % (make option-costs)"
}
check "the costs in the table are those measured, within $SLACK_BYTES bytes or $SLACK_PERCENT %" t_measured +long

t_table() {
	stated | cut -d ' ' -f 1 >rows
	awk '/^choice/ { choice = 1 } /^endchoice/ { choice = 0 }
		$1 ~ /^(menu)?config$/ { name = $2 } /^\tbool "/ && !choice { print name }' "$top/Kconfig" >options
	is "$(cat rows)" "$(cat options)" "the options of the table (make option-costs)"
}
check "the table has every option" t_table

# What measures is stood in for: a symbol more by each call.
t_only() {
	mkdir -p top/build/size top/board
	cp "$top/Kconfig" top
	cp "$top/build/size/option-costs" top/build/size
	printf '#!/bin/sh\necho everything 5 3\nfor name in $ONLY; do echo "$name 7 6"; done\n' >top/build/size/costs
	mkdir -p busybox/armv7/stock/root busybox/mips-24kc/stock/root
	chmod +x top/build/size/costs
	cp "$top/board/costs.md" top/board
	ONLY='BOX_LIST STEP_UMASK' top/build/size/option-costs "$T/top" "$T/out" make -- armv7 >said 2>&1 || fail "$(cat said)"
	is "$(diff "$top/board/costs.md" top/board/costs.md | sed -n 's/^> | \([^|]*\) | [^|]* | \([-0-9() ]*\) |.*/\1 \2/p' | tr -d '\`')" \
		"BOX_LIST 6 (7)${newline}STEP_UMASK 6 (7)${newline}everything 3 (5)" "the rows that have changed"
	sed -i 's/^config BOX_LIST/config BOX_NEW\n\tbool "New"\n\n&/' top/Kconfig
	cp top/board/costs.md before
	ONLY=BOX_NEW top/build/size/option-costs "$T/top" "$T/out" make -- mips-24kc >said 2>&1 || fail "$(cat said)"
	is "$(diff before top/board/costs.md | grep '^[<>]' | grep -v everything)" "> | \`BOX_NEW\` | New | - | 6 (7) | - |" "a new option"
}
check "an option measured alone changes no other's row, a new one adds its own" t_only

done_testing
