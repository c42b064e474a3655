#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog: the beat, what it tells of beats that were late or missed, its signals.
# (That it sees the clock moved is tested on an emulated board, which has a clock that
# may be set: CLOCK_REALTIME is no part of a time namespace.)
# shellcheck disable=SC2154
NEEDS="TICKLOG +apart"
HELPERS="logd owndev actor member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

t_classic() {
	logd_start -t
	start_ms=$(boot_ms)
	tl -i 1 -d 3 -p pid
	status 0
	logged 'ticklog\[[0-9]*\]: tick 4: '
	end_pidfile
	for n in 1 2 3 4; do
		between "beat $n" $(($(sed -n ${n}p "$T/log.times") - start_ms - 2000 - n * 1000)) -1 900
	done
	is "$(grep -c '<30>.* ticklog\[[0-9]*\]: tick [0-9]*: [SMTWF][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] ..:..:.. 20[0-9][0-9], up [0-9].*:..:..$' "$T/log")" \
		4 "lines as they should be"
	logged 'ended by signal TERM: 4 beats, 0 late, 0 missed, 0 lost$'
}
check "-i 1 -d 3: first after 3 seconds, then each second" t_classic DAEMONIZE_PIDFILE

t_defaults() {
	logd_start -t
	start_ms=$(boot_ms)
	tl -n 1
	status 0
	logged ': tick 1: '
	between "the first beat" $(($(sed -n 1p "$T/log.times") - start_ms)) 2999 8000
	all_gone
}
check "unless told, the first beat is after 3 seconds" t_defaults TICKLOG_COUNT

t_no_drift() {
	logd_start -t
	tl -i 0.001 -d 0 -n 10000
	status 0
	logged 'ended: 10000 beats, .* lost$' 50
	all_gone
	texts | sed -n 's/^tick \([0-9]*\): .*/\1/p' >numbers
	seq 10000 | cmp - numbers || fail "numbers"
	missed=$(texts | sed -n 's/.* missed \([0-9]*\).*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')
	logged "ended: 10000 beats, [0-9]* late, $missed missed, 0 lost\$"
	# the last beat is the one of its number and the missed, to the millisecond it is due at
	span=$(($(sed -n 10000p "$T/log.times") - $(sed -n 1p "$T/log.times")))
	between "10,000 beats of a millisecond" $((span - 9999 - missed)) -500 500
}
check "0.001 s, 10,000 beats: all there, none late for good" t_no_drift TICKLOG_COUNT

stopped() {	# SECONDS: what runs by the file "pid"
	kill -STOP "$(cat pid)"
	pause "$1"
	kill -CONT "$(cat pid)"
}

t_stopped() {
	logd_start -t
	tl -i 0.5 -d 0 -p pid
	logged ': tick 2: '
	stopped 3.2
	logged ': tick 5: '
	end_pidfile
	# 3.2 s are six beats or seven, of which the last comes late
	line=$(texts | sed -n 's/^tick 3: //p')
	like "$line" "* missed [5-9]" "the beat after the stop"
	missed=${line##* missed }
	third=$(sed -n 3p "$T/log.times") fourth=$(sed -n 4p "$T/log.times")
	first=$(sed -n 1p "$T/log.times")
	between "the beat after it is where it belongs" $((fourth - first - (3 + missed) * 500)) -400 400
	late=$((third - first - (2 + missed) * 500))
	if [ $late -gt 150 ]; then like "$line" "*late 0.[0-9][0-9][0-9] s missed*" "it says it was late"; fi
	logged "[5-9] beats, [0-9]* late, $missed missed, 0 lost\$"
}
check "stopped for a while: the missed are counted, the next is on time" t_stopped DAEMONIZE_PIDFILE

t_late() {
	logd_start -t
	tl -i 2 -d 0 -p pid
	logged ': tick 1: '
	stopped 2.7
	logged ': tick 2: '
	logged ': tick 3: '
	end_pidfile
	# less than 2 beats were stopped: one late by 0.7 s, none missed; the next on time
	late=$(texts | sed -n 's/^tick 2: .*, up [0-9d :]* late \([0-9.]*\) s$/\1/p')
	between "late by" "$(echo "$late" | tr -d . | sed 's/^0*//')" 600 1900
	is "$(texts | grep -c '^tick 3: .*, up [0-9d :]*$')" 1 "nothing to tell of the next"
	is "$(count '<27>.*: tick 2: ')" 1 "the late one is at the level of errors"
	is "$(count '<30>.*: tick [13]: ')" 2 "the others are not"
}
check "a late beat says by how much" t_late DAEMONIZE_PIDFILE

t_exceptions() {
	logd_start
	tl -e -i 0.3 -d 0 -p pid
	beaten 3
	stopped 1
	logged ': tick [0-9]*: .* missed [2-9]'
	end_pidfile
	is "$(texts | grep -v '^ended' | grep -v ' late \| missed ')" "" "of those with nothing to tell"
}
check "-e: only beats with something to tell" t_exceptions TICKLOG_EXCEPTIONS DAEMONIZE_PIDFILE

t_away() {
	own_dev
	tl -i 0.2 -d 0 -m 'beat %n at %t' -p pid
	status 0
	beaten 31
	logd_start
	logged ': beat 33 at '
	end_pidfile
	texts | sed -n 's/^beat \([0-9]*\) at .*/\1/p' | head -n 33 >numbers
	seq 33 | cmp - numbers || fail "they came as $(tr '\n' ' ' <numbers)"
	# each with the time it was written at, in its header as in its text, and before that where SYSLOG_WAITED is on
	sed -n 's/^. <30>\(.\{15\}\) .*: \((.*) \)\{0,1\}beat [0-9]* at ... \(.\{15\}\) 20..$/\1|\3/p' "$T/log" | head -n 30 |
		awk -F '|' '$1 != $2 { other++ } !($1 in seen) { seen[$1] = 1; kinds++ }
			END { exit !(NR == 30 && kinds >= 6 && other <= 2) }' || fail "their times"
	logged ', 0 lost$'
}
check "30 beats without a log daemon arrive later, with their own times" t_away TICKLOG_MESSAGE DAEMONIZE_PIDFILE

t_lost() {
	own_dev
	tl -i 0.01 -d 0 -m "$(printf '%%n %0800d' 0)" -p pid
	beaten 60
	logd_start
	logged ' messages lost$'
	end_pidfile
	lost=$(texts | sed -n 's/^\([0-9]*\) messages lost$/\1/p')
	first=$(texts | sed -n 's/^\([0-9]*\) 000.*/\1/p' | head -n 1)
	is "$first" $((lost + 1)) "the first that was kept, after $lost lost"
	logged "missed, $lost lost\$"
}
check "what the ring had no room for is counted, and in the last line" t_lost TICKLOG_MESSAGE DAEMONIZE_PIDFILE

t_hung_log() {
	logd_start
	tl -i 0.05 -d 0 -p pid
	logged ': tick 3: '
	logd stop
	beaten 60
	logd go
	logged ': \(([^)]*) \)*tick 50: '
	end_pidfile
	# a wait for it is a quarter of a second: of five beats one would be left
	between "beats that were late or missed" "$(count ' late \| missed ')" 0 10
}
check "it never waits for a log daemon that hangs" t_hung_log DAEMONIZE_PIDFILE

t_signals() {
	logd_start
	tl -i 3600 -d 3600 -p pid
	pid=$(cat pid)
	kill -USR1 "$pid"
	logged ': tick 1: '
	kill -STOP "$pid"
	kill -HUP "$pid"
	kill -USR1 "$pid"
	kill -TERM "$pid"
	kill -CONT "$pid"
	logged 'ended by signal TERM: 2 beats, 0 late, 0 missed, 0 lost$'
	logged ': tick 2: '
	"$bin/waitfor" end "$pid"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "USR1 beats now; signals that come together are all served" t_signals DAEMONIZE_PIDFILE

t_int() {
	logd_start
	st=0
	$TL -f -i 3600 -d 0 </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	logged ': tick 1: '
	logged "ticklog\[$pid\]: "
	# a shell has its background jobs ignore INT, and ticklog is to have it at its default
	kill -INT "$pid"
	wait "$pid" || st=$?
	status 0
	logged 'ended by signal INT: 1 beats'
}
check "-f stays in the foreground; INT is the end, with status 0" t_int DAEMONIZE_FOREGROUND STEP_SIGNALS

t_hup() {
	logd_start
	tl -i 0.1 -d 0 -p pid
	logged ': tick 2: '
	pid=$(cat pid)
	ls -l "/proc/$pid/fd" >before
	logd replace
	kill -HUP "$pid"
	beaten 6
	logged ': tick 6: '
	logd old
	is "$answer" 0 "messages to the old socket"
	end_pidfile
}
check "HUP: the log's socket is opened anew" t_hup DAEMONIZE_PIDFILE

t_count() {
	logd_start
	for n in 1 3; do
		tl -n $n -i 0.05 -d 0
		status 0
		logged "ended: $n beats, 0 late"
		all_gone
	done
	is "$(count ': tick ')" 4 beats
}
check "-n: ends after so many beats" t_count TICKLOG_COUNT

t_proper() {
	logd_start
	tl -i 1 -d 0 -p "$T/pid" -u nobody
	logged ': tick 1: '
	pid=$(cat pid)
	"$bin/daemonbox" pidof-session -c -p "$pid" >table || { cat table; fail "it is no proper daemon"; }
	is "$(grep -c ' ok ' table)" "$(wc -l <table)" "rows that hold"
	is "$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status")" "$(id -u nobody)" "its user"
	is "$("$bin/waitfor" lock pid)" "$pid" "who holds the lock"
	# the timers, the pidfile, the socket; 0 to 2
	ls "/proc/$pid/fd" >fds
	[ "$(wc -l <fds)" -le 8 ] || fail "descriptors: $(ls -l "/proc/$pid/fd")"
	end_pidfile
}
check "it is a proper daemon, as pidof-session -c sees it" t_proper PIDOF_SESSION_CHECK DAEMONIZE_PIDFILE DAEMONIZE_USER +root

t_inherited() {
	logd_start
	$PRE "$bin/badstate" -d 7 -d 42 -I HUP -I INT -I PIPE -I CHLD -B USR1 -B TERM \
		$TL -i 1 -d 0 -p "$T/pid" </dev/null >"$T/out" 2>"$T/err"
	logged ': tick 1: '
	pid=$(cat pid)
	[ ! -e "/proc/$pid/fd/42" ] || fail "descriptor 42 is open"
	is "$(sed -n 's/^SigBlk:[[:space:]]*//p' "/proc/$pid/status" | tr -d 0)" "" "blocked"
	kill -USR1 "$pid"
	logged ': tick 2: '
	end_pidfile
}
check "whatever its caller ignored, blocked or left open" t_inherited DAEMONIZE_PIDFILE STEP_CLOSE STEP_SIGNALS

t_service() {
	logd_start
	tl -p pid -Q
	is "$st/$(cat out)" "3/not running" "status before"
	tl -i 60 -d 0 -p pid
	status 0
	pid=$(cat pid)
	tl -p pid -Q
	is "$st/$(cat out)" "0/running, pid $pid" status
	tl -p pid
	status 3 "a second one"
	says "ticklog: pidfile: pid: already running"
	logged 'ticklog\[[0-9]*\]: pidfile: pid: already running'
	tl -O -p pid
	status 0 "a second one with -O"
	tl -k USR1 -p pid
	status 0 "-k"
	logged ': tick 2: '
	tl -K -p pid
	status 0 "-K"
	logged 'ended by signal TERM: 2 beats'
	[ ! -e pid ] || fail "the pidfile is left"
	tl -p pid -Q
	is "$st" 3 "status after"
	tl -K
	fails_usage "ticklog: -K: needs -p FILE"
}
check "-p -Q -K -k -O, as in daemonize" t_service DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_ALREADY

t_killed() {
	logd_start
	tl -i 60 -d 0 -p pid
	pid=$(cat pid)
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	tl -p pid -Q
	is "$st" 1 "status after kill -9"
	tl -i 60 -d 0 -p pid
	status 0 "the next start"
	end_pidfile
}
check "a stale pidfile is in nobody's way" t_killed DAEMONIZE_PIDFILE DAEMONIZE_STATUS

t_tag() {
	logd_start
	tl -T beat/1 -s local0.notice,crit -i 1 -d 0 -n 1
	logged '<133>.* beat/1\[[0-9]*\]: tick 1: '
	logged '<133>.* beat/1\[[0-9]*\]: ended: '
	tl -T 'a b' -n 1
	fails_usage "ticklog: -T: a b: not a tag"
	tl -s loud -n 1
	fails_usage "ticklog: -s: loud: unknown level, of [[]FACILITY.]OUT[[],ERR]"
}
check "-T, -s" t_tag TICKLOG_TAG TICKLOG_COUNT

t_no_kmsg() {
	! has TICKLOG_KMSG || skip "TICKLOG_KMSG is on"
	own_dev
	tl -s kmsg
	fails_usage "ticklog: -s: kmsg: not built in (TICKLOG_KMSG)"
}
check "-s kmsg where it is not built in" t_no_kmsg TICKLOG_TAG

t_kmsg() {
	own_dev
	: >/dev/kmsg
	tl -s kmsg -T boot -i 0.05 -d 0 -n 2
	status 0
	all_gone
	# the kernel stamps it itself
	is "$(grep -o '<30>boot\[[0-9]*\]: tick [12]: ' /dev/kmsg | wc -l | tr -d ' ')" 2 "beats in the kernel's log"
	: >/dev/kmsg
	tl -s kmsg -i 0.05 -d 0 -n 1 -m "$(printf '%02500d' 0)"
	all_gone
	# the kernel refuses lines of more than 976 bytes
	tr '<' '\n' </dev/kmsg | awk '/0000/ { n++ } length > 975 { bad = 1 } END { exit bad || n < 3 }' ||
		fail "a long one"
	rm /dev/kmsg
	tl -s kmsg -n 1 -p pid
	status 1
	says "ticklog: kmsg: /dev/kmsg: No such file or directory"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "-s kmsg" t_kmsg TICKLOG_KMSG TICKLOG_COUNT DAEMONIZE_PIDFILE

t_kmsg_away() {
	own_dev
	: >/dev/kmsg
	tl -s kmsg -T boot -i 0.05 -d 0 -p pid
	status 0
	"$bin/waitfor" text /dev/kmsg 'tick 3: '
	mv /dev/kmsg kmsg.1
	pause 0.5
	: >kmsg.2
	mv kmsg.2 /dev/kmsg
	"$bin/waitfor" text /dev/kmsg 'tick 20: ' || fail "nothing comes any more: $(cat /dev/kmsg)"
	end_pidfile
	grep -ho 'tick [0-9]*' kmsg.1 /dev/kmsg | awk '{ if ($2 != ++n) { print $2 " for " n; exit 1 } }' || fail "a beat is not there, or not in turn"
	tr '<' '\n' </dev/kmsg | grep -q 'missed, 0 lost' || fail "lost: $(tail -c 200 /dev/kmsg)"
}
check "... which is away for a time: its lines wait" t_kmsg_away TICKLOG_KMSG DAEMONIZE_PIDFILE

t_busybox() {
	busybox_start
	tl -i 0.1 -d 0 -n 5
	logged ' ticklog\[[0-9]*\]: ended: 5 beats, 0 late, 0 missed, 0 lost$'
	is "$(grep -c 'ticklog\[[0-9]*\]: tick [1-5]: ' "$T/log")" 5 beats
}
check "with BusyBox syslogd" t_busybox TICKLOG_COUNT +busybox

t_stream() {
	logd_start -s
	tl -i 0.1 -d 0 -n 5
	logged 'ended: 5 beats, 0 late, 0 missed, 0 lost$'
	is "$(count ': tick [1-5]: ')" 5 beats
}
check "with a log that listens on a stream" t_stream TICKLOG_COUNT

t_full_stream() {
	logd_start -s
	tl -i 0.05 -d 0 -p pid
	logged ': tick 3: '
	logd stop
	# each leaves a connection that is not accepted, of which there may be six
	for n in 1 2 3 4 5 6 7 8 9; do
		kill -HUP "$(cat pid)"
		pause
	done
	beaten 30
	logd go
	# behind its time where it has waited for two seconds
	logged ': \(([^)]*) \)*tick 30: '
	end_pidfile
	# each of them would hold up a beat; a busy machine does now and then
	between "beats that were late or missed" "$(count ' late \| missed ')" 0 4
}
check "nor for one to whose stream nobody can connect" t_full_stream DAEMONIZE_PIDFILE

t_calls() {
	logd_start
	strace -qq -o trace -e signal=none $TL -f -i 0.02 -d 0 -n 50 </dev/null
	# from the 10th message to the 40th, both numbers of beats
	awk '/sendto/ { n++ } n >= 10 && n < 40' trace >beats
	[ "$(wc -l <beats)" -le 120 ] || { cat beats; fail "$(wc -l <beats) calls in 30 beats"; }
	echo "# $(wc -l <beats) calls in 30 beats"
	is "$(grep -c 'brk\|mmap' beats || true)" 0 "calls for memory"
}
check "at most 4 system calls a beat" t_calls TICKLOG_COUNT DAEMONIZE_FOREGROUND +strace

t_pages() {
	keeps_few
	logd_start
	tl -i 0.1 -d 0 -p pid
	logged ': tick 2: '
	few "$(cat pid)"
}
check "of the program only the pages are kept that it needs to beat" t_pages DAEMONIZE_PIDFILE

t_no_dir() {
	logd_start
	tl -c "$T/none" -p pid
	status 1
	says "ticklog: chdir: $T/none: No such file or directory"
	logged 'ticklog\[[0-9]*\]: chdir: '
	tl -u nobody-here -p pid
	status 1
	says "ticklog: user: nobody-here: *"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "a step that fails is named, also in the log, and nothing is left" t_no_dir DAEMONIZE_CHDIR DAEMONIZE_USER DAEMONIZE_PIDFILE

done_testing
