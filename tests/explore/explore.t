#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Two commands at once, in every order of their system calls that few switches make, with
# each process killed and each call failed; and deliberate breaks of the program, each of
# which has to be found. explore.c says how it is done.
#
# From the environment:
#   EXPLORE_SECONDS=N   for all schedules (480); 0: as long as it takes
#   BREAKS=N            so many of the deliberate breaks (12), drawn by the seed; 0: none of them
#   DEPTH=N             how many switches; unless given what a scenario says, 2 mostly
#   FAILURES=N          of those of a failing call and a switch, so many of each scenario; all, unless given
#   SEED=N              what there is no time for is drawn by it: the sum of the program, unless given
#   ONLY=NAME,...       these scenarios alone (log-: all that begin so); pairs: of two commands
#                       without a supervisor
#   RUN="NAME DECISION..."  that run alone, call by call, as a broken one is listed
#   JOBS=N              on so many CPUs (1)
# shellcheck disable=SC2154,SC2086
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_TIMEOUT DAEMONIZE_RESTART +root +apart"
TEST_LIMIT=${TEST_LIMIT:-900}
. "${0%/*}/../helpers/lib.sh"
[ -z "${DAEMONBOX_RUN:-}" ] && [ "$(uname -m)" = x86_64 ] || { [ -n "$only" ] || echo "1..0 # SKIP registers of x86-64 alone are known"; exit 0; }
: "${BREAKS:=12}" "${EXPLORE_SECONDS:=480}" "${DEPTH:=}" "${FAILURES:=}" "${SEED:=$(cksum <"$BOX" | cut -d ' ' -f 1)}" "${ONLY:=}" "${RUN:=}" "${JOBS:=1}"
[ -n "$only" ] || echo "# EXPLORE_SECONDS=$EXPLORE_SECONDS SEED=$SEED"

E=$bin/explore
build() {	# once
	[ -x "$E" ] || ${CC:-cc} -O2 -Wall -Wextra -Wno-unused-result -static -o "$E" "$top"/tests/explore/explore.c "$top"/tests/explore/trace.c \
		"$top"/tests/explore/clock.c "$top"/tests/explore/scenario.c || fail "it does not compile"
	[ -x "$bin/service" ] || ${CC:-cc} -O2 -Wall -Wextra -Wno-unused-result -static -o "$bin/service" "$top/tests/explore/service.c" || fail "it does not compile"
}

explore() {	# [OPTION]... BOX: sets st, file said
	st=0
	"$E" "$@" "$bin/service" >said 2>&1 || st=$?
}

t_run() {
	build
	explore -r "$RUN" "$BOX"
	cat said
	[ "$st" = 0 ] || fail "status $st"
}

t_schedules() {
	build
	chosen=
	[ "$ONLY" != pairs ] || ONLY="two-starts two-starts-already start-stop stop-start two-stops start-status"
	for name in $(echo "$ONLY" | tr , ' '); do chosen="$chosen -o $name"; done
	has PIDOF_SESSION_CHECK && has PIDOF_SESSION_WAIT && has PIDOF_SESSION_NAME && has PIDOF_SESSION_SIGNAL ||
		chosen="$chosen -n session-"
	has DAEMONIZE_SYSLOG || chosen="$chosen -n log-"
	has DAEMONIZE_READY_SOCKET && has DAEMONIZE_WATCHDOG || chosen="$chosen -n notify-"
	has TICKLOG || chosen="$chosen -n ticklog-"
	has DAEMONIZE_READY_FD || chosen="$chosen -n clock-ready -n clock-never-ready"
	explore -s "$EXPLORE_SECONDS" -S "$SEED" -j "$JOBS" ${DEPTH:+-d "$DEPTH"} ${FAILURES:+-F "$FAILURES"} $chosen "$BOX"
	cp said "$TEST_ROOM/explored"
	[ "$st" = 0 ] || fail "status $st: $(grep -A 1 '^# broken' said || grep '^# not as before\|^# [0-9]* schedules\|^explore' said)"
}

plain() {	# who made which call, and what it came to; two that return by the same step have no order
	sed 's/^\( *[0-9]* [a-z0-9]* *[a-z0-9_]*\) .* = /\1 = /; s/ read = .*/ read/; s/ = [0-9]\{6,\}//' said | sort
}

# The same decisions make the same run.
t_same() {
	build
	for run in "two-starts" "two-starts 12:b1 30:a2!" "two-stops-supervised 17:a3 26:b1" "start-stop 20:clock"; do
		explore -r "$run" "$BOX"
		plain >first
		explore -r "$run" "$BOX"
		plain | cmp - first || fail "$run: not the same"
		[ "$(wc -l <first)" -gt 50 ] || fail "$run: what has run? $(cat first)"
	done
}

broken() {	# NAME SCENARIO FILE OPTIONS PROGRAM: with this change of the source
	name=$1 scenario=$2 file=src/$3 options=$4
	shift
	cp "$file" whole
	sed "$4" whole >"$file"
	if cmp -s whole "$file"; then echo "$name: nothing to change in $file" | tee -a missed; return; fi
	make -C src O="$T/built" CC="${CC:-musl-gcc}" all >made 2>&1 ||
		{ cp whole "$file"; echo "$name: $(tail -n 5 made)" | tee -a missed; return; }
	explore -x -s 600 $options -o "$scenario" "$T/built/daemonbox"
	cp whole "$file"
	if grep -m 1 '^# broken' said >found && [ "$st" = 1 ]; then
		echo "# $name$(sed 's/^# broken//' found) (run $(sed -n 's/^# \([0-9]*\) schedules.*/\1/p' said))" >>"$TEST_ROOM/breaks"
	else
		echo "$name is not found: status $st, $(tail -n 2 said)" | tee -a missed
	fi
}

drawn() {	# BREAKS of them, by the seed
	awk -v most="$BREAKS" -v seed="$SEED" '
		/^#/ { next }
		/^\t/ { change[n] = $0; next }
		{ name[++n] = $0 }
		END {
			srand(seed)
			for (i = 1; i <= n; i++)
				if (rand() * (n - i + 1) < most) {
					print name[i]
					print change[i]
					most--
				}
		}' "$top/tests/explore/breaks"
}

# All of them, since the next test draws some.
t_fit() {
	grep -v '^#' "$top/tests/explore/breaks" >wanted
	while read -r name scenario file options; do
		IFS= read -r change
		sed "$change" "$top/$file" >changed || fail "$name: no change"
		! cmp -s changed "$top/$file" || fail "$name: nothing to change in $file"
	done <wanted
	[ "$(wc -l <wanted)" -ge 60 ] || fail "where are they? $(wc -l <wanted) lines"
}

t_breaks() {
	build
	tab=$(printf '\t')
	mkdir src built
	cp -r "$top/applets" "$top/build" "$top/board" "$top/Kconfig" "$top/Makefile" src
	unset O KCONFIG_CONFIG MAKEFLAGS
	make -C src O="$T/built" allyesconfig >made 2>&1 || fail "$(cat made)"
	: >missed
	drawn >wanted
	while read -r name scenario file options; do
		case $name in '#'*) continue ;; esac
		IFS= read -r change
		broken "$name" "$scenario" "$file" "$options" "$change" </dev/null
	done <wanted
	[ ! -s missed ] || fail "not all are found"
	[ -s wanted ] || fail "none was drawn"
	is "$(wc -l <"$TEST_ROOM/breaks")" "$(grep -c "^[^#$tab]" wanted)" "found"
}

if [ -n "$RUN" ]; then
	check "RUN='$RUN'" t_run
else
	check "the same decisions make the same run" t_same
	check "each deliberate break still changes the program" t_fit +source
	usual=$TEST_LIMIT TEST_LIMIT=$((TEST_LIMIT * 2))
	[ "$BREAKS" = 0 ] || check "deliberate breaks of the program are found, each of them" t_breaks +source +long
	TEST_LIMIT=$usual
	check "all orders of few switches, kills, failing calls: what is promised holds" t_schedules +long
fi

[ -n "$only" ] || [ ! -e "$TEST_ROOM/breaks" ] || cat "$TEST_ROOM/breaks"
[ -n "$only" ] || [ ! -e "$TEST_ROOM/explored" ] || cat "$TEST_ROOM/explored"
[ -n "$only" ] || [ -z "$RUN" ] || [ ! -e "$TEST_ROOM/log" ] || cat "$TEST_ROOM/log"
done_testing
