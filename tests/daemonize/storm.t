#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -M: at most so many messages in so many seconds; the rest is told.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_STORM DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor

lines() { count_lines ' line '; }

t_most() {
	logd_start
	# N lines of 7 levels each, emerg last, then a word to go on
	cat >service <<-'END'
		for level in 7 6 5 4 3 2 1 0; do
			n=0
			while [ $n -lt 200 ]; do n=$((n + 1)); echo "<$level>level $level line $n"; done
		done
		exec "$0" "$1/report"
	END
	dz -M 160/600 -c "$T" -p "$T/pid" sh -c '. ./service' "$P" "$T"
	status 0
	appeared
	kill "$pid"
	logged 'ended by signal'
	# a share of 160 each: 9/16 for debug, and a sixteenth more with each level
	is "$(lines)" 160 "lines in the log"
	is "$(for level in 7 6 5 4 3 2 1 0; do grep -c "]: level $level line" log || :; done | tr '\n' ' ')" \
		"90 10 10 10 10 10 10 10 " "by level"
	logged '1440 messages suppressed'
	like "$(grep suppressed log)" ". <28>*" "level of that"
	is "$(grep -c 'messages suppressed' log)" 1 "times it was told"
	grep -n 'suppressed\|ended by' log | head -n 1 | grep -q suppressed || fail "told behind the end"
}
check "-M: of a storm so many go to the log, the rest is counted; the higher the severity the later it is dropped" \
	t_most DAEMONIZE_CHDIR

t_below() {
	logd_start
	dz -M 64/600 -p pid "$A" lines -n 40 -k -m "$T/done"
	status 0
	"$bin/waitfor" file "done"
	end "$(cat pid)"
	logged 'ended by signal'
	is "$(count 'suppressed')" 0 "suppressed, of as many as may go"
	# 40 of 64 are what there is for info
	is "$(count '<30>')" 40 "lines"
}
check "what is not too much is passed on" t_below

t_told() {
	# a program that goes on: the count comes by itself, when the time is over, and then there is room again
	logd_start
	mkfifo go
	dz -M 16/2 -p pid sh -c 'while :; do read -r n <"$0" || continue; i=0; while [ $i -lt $n ]; do i=$((i + 1)); echo " line $i"; done; done' "$T/go"
	status 0
	before=$(now)
	echo 110 >go
	logged '100 messages suppressed'
	took=$(($(now) - before))
	is "$(lines)" 10 "lines for info"
	[ $took -ge 190 ] || fail "told after $took hundredths of a second"
	echo 9 >go
	logged ' line 9$' # of the first storm
	soon '[ "$(lines)" = 19 ]' || fail "$(lines) lines when the time was over"
	is "$(count suppressed)" 1 "times it was told"
}
check "it is told when the time is over, without a further line; then there is room again" t_told

t_idle() {
	# what has been told keeps nobody awake
	logd_start
	dz -M 16/1 -p pid "$A" lines -n 200 -k -m "$T/done"
	"$bin/waitfor" file "done"
	logged 'messages suppressed'
	supervisor=$("$bin/waitfor" lock pid)
	stays_asleep "$supervisor"
}
check "... and nothing wakes it up after that" t_idle +strace

t_words() {
	# what it says to its supervisor is of the program as well
	has DAEMONIZE_WATCHDOG || skip "no NOTIFY_SOCKET"
	logd_start
	dz -M 8/600 -W 60 -p pid "$A" notify "$(awk 'BEGIN { for (i = 0; i < 50; i++) printf "MAINPID=1\\n" }')READY=1"
	status 0
	logged 'MAINPID=1 ignored'
	end "$(cat pid)"
	logged '44 messages suppressed'
	is "$(count 'MAINPID=1 ignored')" 6 "messages of its words"
}
check "messages that the program's words are the cause of count as its own" t_words

t_last() {
	logd_start
	dz -M 1/600 -p pid sh -c 'for i in 1 2 3 4 5; do echo "line $i"; done; exit 3'
	logged 'ended with status 3'
	is "$(grep -c '<30>' log)" 1 "lines of one"
	logged '4 messages suppressed'
	logged 'last line: line 5'
}
check "the last line of an end is told, whether it was suppressed or not" t_last

t_restart() {
	logd_start
	dz -M 8/600 -r -R 0 -C 3 -p pid sh -c 'for i in 1 2 3 4 5 6 7 8; do echo " line $i"; done; exit 3'
	logged 'giving up'
	is "$(lines)" 5 "lines of all runs"
	is "$(count suppressed)" 3 "runs that were told"
	logged '8 messages suppressed'
}
check "a program that is started again gains no room by it" t_restart DAEMONIZE_RESTART

t_foreground() {
	logd_start
	$DZ -f -M 16/600 "$A" lines -n 30 -k -m "$T/done" &
	"$bin/waitfor" file "done"
	end $!
	logged '20 messages suppressed'
	is "$(count '<30>')" 10 "lines"
}
check "-f: the same" t_foreground DAEMONIZE_FOREGROUND

t_usage() {
	for wrong in 5 5/ /5 5/0 0/5 5/5/5 -5/5 5/65536 1000001/5 99999999999999999999/5 5/x x/5 "5 /5"; do
		dz -M "$wrong" "$P" "$T/report"
		fails 2 "daemonize: -M: $wrong: not*"
	done
}
check "-M: wrong arguments" t_usage

done_testing
