#!/bin/sh
# SPDX-License-Identifier: 0BSD
# For a long time, all at once: services that write at several rates, one that is started
# again and again, one that is started and stopped, ticklog; log daemons that hang, are
# slow, go and come back; signals. What is done next is drawn from SEED (printed). Then
# memory, descriptors and processes are as in the beginning, and each line that a service
# has written is there, or counted as lost or as suppressed.
# From the environment: SOAK_SECONDS for all, as "make soak" says it: not a part of "make
# check", beside whose other tests it counts too much; SEED; OWN_CLOCK=y where the wall clock
# is the test's to set, as on an emulated board (make soak BOARD=armv7), for there is none for a
# test alone: it jumps too, by up to years.
# shellcheck disable=SC2154,SC2034
NEEDS="DAEMONIZE DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_STORM +apart +long"
HELPERS="logd owndev actor talker"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

: "${SOAK_SECONDS:=}" "${OWN_CLOCK:=}"
[ -n "$SOAK_SECONDS" ] || { [ -n "$only" ] || echo "1..0 # SKIP make soak MINUTES=N runs it"; exit 0; }
[ -n "${SEED:-}" ] || SEED=$(cksum <"$BOX" | cut -d ' ' -f 1)
TEST_LIMIT=$((SOAK_SECONDS + 180))
export SEED SOAK_SECONDS
[ -n "$only" ] || echo "# SEED=$SEED SOAK_SECONDS=$SOAK_SECONDS${OWN_CLOCK:+; the wall clock jumps}"

draw() {	# N: sets drawn to 0 ... N-1
	state=$(((state * 1103515245 + 12345) % 2147483648))
	drawn=$((state / 65536 % $1))
}

moment() { draw 30; pause "$(printf '0.%02d' $((drawn + 1)))"; }

# Words of what a process has: private dirty and anonymous kB, descriptors.
holds() {	# PID
	echo "$(sed -n 's/^Private_Dirty: *\([0-9]*\).*/\1/p' "/proc/$1/smaps_rollup")" \
		"$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status")" \
		"$(ls "/proc/$1/fd" | wc -l)" "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status")"
}

processes() { ls -d /proc/[0-9]* | wc -l; }

up() {	# NAME OPTION... -- COMMAND...: a service whose supervisor stays
	name=$1
	shift
	dz "$@"
	status 0 "$name"
	eval "${name}_is=\$(\"$bin/waitfor\" lock \"\$T/\$name.pid\")"
}

supervisor_of() { eval "supervisor=\${$1_is}"; }

services() {
	up steady -S -r -p "$T/steady.pid" -T steady "$bin/talker" "$T/steady.n" 1 10000
	up burst -S -p "$T/burst.pid" -T burst "$bin/talker" "$T/burst.n" 700 400000
	up capped -S -M 64/1 -p "$T/capped.pid" -T capped "$bin/talker" "$T/capped.n" 40 200000
	up again -S -r -R 0 -p "$T/again.pid" -T again "$bin/talker" "$T/again.n" 3 10000 3
	beats=
	if has TICKLOG; then
		ln -s "$BOX" ticklog
		./ticklog -i 0.05 -d 0 -p "$T/beat.pid" || fail "ticklog: $?"
		beats=$(cat beat.pid)
	fi
	kills=0 taken=0
}

# Quiet for a moment: what each holds, in "calm" or "end".
measure() {	# FILE
	for name in steady burst capped again; do
		supervisor_of $name
		echo "$name $(holds "$supervisor")"
	done >"$1"
	[ -z "$beats" ] || echo "beat $(holds "$beats")" >>"$1"
}

victim() {	# sets supervisor, of one drawn
	draw 4
	case $drawn in 0) victim=steady ;; 1) victim=burst ;; 2) victim=capped ;; 3) victim=again ;; esac
	supervisor_of $victim
}

# A service of its own, started and stopped, and each answer is looked at.
turn() {
	draw 5
	case $drawn in
	0)	dz -p "$T/own.pid" -S -r -R 0 "$bin/actor" say 'here\n'; status 0 "a start" ;;
	1)	dz -p "$T/own.pid" "$bin/actor" ignore "$T/ready" HUP; status 0 "a start" ;;
	2)	dz -p "$T/own.pid" -S sh -c 'exec sleep 1000'; status 0 "a start" ;;
	3)	dz -p "$T/own.pid" -S -r -R 1 sh -c 'exit 3'; status 0 "a start" ;;
	4)	dz -p "$T/own.pid" -S -w line:up -t 5 sh -c 'echo up; exec sleep 1000'; status 0 "a start" ;;
	esac
	kind=$drawn
	draw 3
	case $drawn in
	0)	dz -Q -p "$T/own.pid"; case $kind$st in 30 | 33 | [0124]0) ;; *) fail "-Q of kind $kind: $st" ;; esac ;;
	1)	# in a restart's delay there is nothing to say yet: it waits as long as it may
		dz -t 1 -p "$T/own.pid" true
		case $kind$st in 3[013] | [0124]3) ;; *) fail "a second start of kind $kind: $st: $(cat "$T/err")" ;; esac ;;
	esac
	draw 4
	case $drawn in
	0)	dz -KK -t 2 -p "$T/own.pid"; status 0 "-KK" ;;
	1)	# its supervisor is killed: the kernel ends the program
		own=$("$bin/waitfor" lock "$T/own.pid")
		if [ "$own" != 0 ]; then
			kill -KILL "$own"
			"$bin/waitfor" end "$own"
		fi
		dz -K -t 2 -p "$T/own.pid"; status 0 "-K of what is left" ;;
	*)	dz -K -t 2 -p "$T/own.pid"; status 0 "-K" ;;
	esac
	dz -Q -p "$T/own.pid"
	status 3 "-Q after the stop"
}

signals() {
	victim
	draw 6
	case $drawn in
	0)	kill -STOP "$supervisor"; moment; kill -CONT "$supervisor" ;;
	1)	kill -CHLD "$supervisor" ;;
	2)	kill -WINCH "$supervisor" ;;
	3)	kill -CONT "$supervisor" ;;
	4)	# between two runs it is not there
		for name in again steady; do
			pid=$(cat "$T/$name.pid" 2>/dev/null) || pid=
			[ -z "$pid" ] || ! kill -KILL "$pid" 2>/dev/null || kills=$((kills + 1))
		done ;;
	5)	[ -z "$beats" ] || { kill -STOP "$beats"; moment; kill -CONT "$beats"; } ;;
	esac
}

move_clock() {	# SECONDS
	date -s "@$(($(date +%s) + $1))" >date.out || fail "the clock cannot be set"
	jumped=$((jumped + $1))
}

# By a second, an hour, a month or ten years, and the next time back.
clock_jumps() {
	draw 4
	case $drawn in 0) far=1 ;; 1) far=3600 ;; 2) far=2592000 ;; 3) far=315576000 ;; esac
	[ $jumped = 0 ] || far=-$jumped
	move_clock $far
	jumps=$((jumps + 1))
}

# Says no more, and nothing of what it has said waits: sets NAME.lost to what its supervisor
# has counted, for a real log may have taken that line and never read it.
settled() {
	tries=0 calm=0
	while [ $calm -lt 3 ]; do
		# between two runs there is none
		pid=$(cat "$T/$name.pid")
		[ -z "$pid" ] || kill -STOP "$pid" 2>/dev/null || pid=
		dz -Q -v -p "$T/$name.pid"
		calm=$((calm + 1))
		[ -n "$pid" ] && [ "$(sed -n 's/^waiting=//p' out)" = 0 ] || calm=0
		tries=$((tries + 1))
		[ $tries -lt 300 ] || fail "$name: its log does not come to an end: $(cat out)"
		pause
	done
	sed -n 's/^lost=//p' out >"$name.lost"
	# its own messages, of each end and each start, may be among them
	sed -n 's/^restarts=//p' out >"$name.restarts"
}

# It has caught up, and what was there for the outage is given back. What is started again all
# the time has a pipe more just then.
has_calmed() {
	measure end
	awk 'function is_again() { return $1 == "again" }
		NR == FNR { for (i = 2; i < 5; i++) had[$1, i] = $i; next }
		$2 > had[$1, 2] + 4 || $3 > had[$1, 3] + 4 || $4 < had[$1, 4] - 2 * is_again() ||
				$4 > had[$1, 4] + 2 * is_again() {
			bad = 1
			print $0 ", before: " had[$1, 2], had[$1, 3], had[$1, 4]
		}
		END { exit bad }' calm end >grown
}

# FUNCTION is what can be done to this kind of log
soak() {	# FUNCTION
	state=$((SEED % 2147483648))
	services
	pause 1
	measure calm
	before=$(processes)
	until=$(($(now) + SOAK_SECONDS * 100 / 3))
	steps=0 jumps=0 jumped=0
	while [ "$(now)" -lt $until ]; do
		[ -z "$OWN_CLOCK" ] || { draw 8; [ $drawn != 0 ] || clock_jumps; }
		draw 4
		case $drawn in 0) "$1" ;; 1) turn ;; *) signals ;; esac
		steps=$((steps + 1))
	done
	[ $jumped = 0 ] || move_clock -$jumped
	# what was killed several times in a row may be started again a minute later
	for name in steady burst capped again; do
		soon 'dz -Q -p "$T/$name.pid" && [ "$st" = 0 ]' 70 || fail "$name is not started again: $(cat out)"
	done
	for name in steady burst capped again; do
		supervisor_of $name
		is "$("$bin/waitfor" lock "$T/$name.pid")" "$supervisor" "supervisor of $name at the end"
	done
	soon has_calmed 8 || fail "private dirty, anonymous, descriptors: $(cat grown)"
	soon '[ "$(processes)" -le "$before" ]' 8 || fail "$(processes) processes, $before before: $(ps ax -o pid,args)"
	for name in steady burst capped again; do
		settled
		dz -K -p "$T/$name.pid"
		status 0 "-K of $name"
	done
	if [ -n "$beats" ]; then
		kill "$beats"
		"$bin/waitfor" end "$beats"
	fi
	all_gone
}

# TAG, how many of its lines may be missing: kills, what a real log took and never read;
# that may have been a count of suppressed lines, too, as large as the largest there is.
account() {	# TAG MISSING
	said=$(od -An -t u8 "$T/$1.n" | tr -d ' ')
	[ ! -e "$T/$1.n.broken" ] || fail "$1: a write failed"
	awk -v tag=" $1[" -v said="$said" -v may="$2" -v counted="$(cat "$T/$1.lost")" -v taken=$taken \
		-v restarts="$(cat "$T/$1.restarts")" '
		!index($0, tag) { next }
		/ messages? lost$/ { lost += $(NF - 2) }
		/ messages? suppressed$/ { kept += $(NF - 2); if ($(NF - 2) > most) most = $(NF - 2) }
		# what has waited says since when
		/\]: (\([A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]+\) )?line [0-9]+$/ {
			if ($NF + 0 <= last) { print "line " $NF " after " last; bad = 1; exit }
			# their count goes before what came after them
			if ($NF - last - 1 != lost + kept - counted_before && ++odd <= 5)
				where = where " " last + 1 "-" $NF - 1 " (" lost + kept - counted_before " counted, line " NR ")"
			counted_before = lost + kept
			last = $NF + 0
			got++
		}
		END {
			if (bad) exit 1
			if (taken) { lost = counted; may += taken * most } else if (lost != counted) print tag ": -Q -v counts " counted " lost"
			missing = said - got - lost - kept
			printf "%s: %d said, %d there, %d lost, %d suppressed, %d missing of %d that may\n", tag, said, got, lost, kept, missing, may
			good = said > 0 && missing >= -2 * restarts && missing <= may && (taken || lost == counted)
			if (!good) print "neither there nor counted:" where ", the last is " last
			exit !good
		}' "$T/log" >accounted || {
		cat accounted
		for at in $(sed -n 's/.*, line \([0-9]*\)).*/\1/p' accounted); do
			grep -n " $1\[" log | grep -B 4 -A 2 "^$at:"
		done
		fail "$1: not every line is accounted for"
	}
	cat accounted
}

# One more each: it was stopped, and then ended, between counting a line and writing it.
accounts() {	# MISSING
	account steady $(($1 + kills + 1))
	account burst $(($1 + 1))
	account capped $(($1 + 1))
	account again $(($1 + kills + 1))
	[ -z "$OWN_CLOCK" ] || [ $jumps -gt 0 ] || fail "the clock has not jumped"
	echo "$steps steps, $jumps jumps of the clock, $kills kills, $(count 'again.*started again') restarts; kB private dirty, anonymous, descriptors, RSS:"
	paste -d ' ' calm end
}

# of the log daemon that knows what it had taken

trouble() {
	draw 6
	case $drawn in
	0)	logd stop; moment; logd go ;;
	1)	logd close; moment; logd bind ;;
	2)	logd restart 3 20 ;;
	3)	logd slow 200; moment; logd slow 0 ;;
	4)	kill -STOP "$logd"; moment; kill -CONT "$logd" ;;
	5)	logd unlink; moment; logd bind ;;
	esac
}

t_exact() {
	logd_start
	soak trouble
	# what was in its socket at the end
	logd close
	accounts 0
}
check "a log that stops, is slow, goes and comes: every line is there or counted, to the last" t_exact

restarted() {	# COMMAND that starts it
	kill "$logd"
	"$bin/waitfor" end "$logd"
	taken=$((taken + 1))
	moment
	"$1"
}

busybox_trouble() {
	draw 3
	case $drawn in
	0)	restarted busybox_start ;;
	*)	kill -STOP "$logd"; moment; kill -CONT "$logd" ;;
	esac
}

# A socket holds eleven datagrams of all the services, and each of them may be one's.
t_busybox() {
	busybox syslogd --help >/dev/null 2>&1 || skip "no BusyBox syslogd"
	busybox_start
	soak busybox_trouble
	pause 1
	accounts $((taken * 11))
	echo "$taken restarts of BusyBox syslogd"
}
check "BusyBox syslogd that hangs and is started again: no more than its socket held is missing" t_busybox +busybox

rsyslog_trouble() {
	draw 3
	case $drawn in
	0)	restarted rsyslog_start ;;
	*)	kill -STOP "$logd"; moment; kill -CONT "$logd" ;;
	esac
}

t_rsyslog() {
	real_log_skip rsyslogd
	rsyslog_start
	soak rsyslog_trouble
	kill "$logd"
	"$bin/waitfor" end "$logd"
	accounts $((taken * 11))
	echo "$taken restarts of rsyslogd"
}
check "rsyslogd: the same" t_rsyslog

done_testing
