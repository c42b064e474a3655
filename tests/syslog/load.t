#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The log under load: a million lines, a hundred restarts, a reader that hangs.
# From the environment: LINES_LOAD (1000000), HANG, seconds that the reader hangs
# (8; the minute of the promise with HANG=60).
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

many=${LINES_LOAD:-1000000}
TEST_LIMIT=300

kb() {	# FIELD PID: of its memory
	sed -n "s/^$1:[^0-9]*\\([0-9]*\\).*/\\1/p" "/proc/$2/smaps_rollup"
}

given_back() {	# the supervisor's memory is as it was when it was calm; waits for it
	# another process than the calm one: its stack may begin so that it takes a page more
	soon '[ "$(kb Private_Dirty "$supervisor")" -le $((calm + 4)) ]' ||
		fail "private dirty $(kb Private_Dirty "$supervisor") kB after it, $calm before"
}

# What is recorded of "line N": every N from 1 once and in order, or missing where
# "N messages lost" says so. Prints the lost, the unread, and those there.
account() {	# LAST
	awk -v last="$1" '
		{ mark = substr($0, 1, 1) }
		/messages? lost$/ { lost += $(NF - 2); next }
		/: (\(.*\) )?line [0-9]+/ {
			n = $0; sub(/.*: (\(.*\) )?line /, "", n); n += 0
			if (n != seen + gap() + 1) { print "line " n " after " seen ", " gap() " lost"; bad = 1; exit 1 }
			said += gap(); taken = lost; seen = n; got++
			if (mark == "~") unread++
			if (mark == "%") broken++
		}
		function gap() { return lost - taken }
		END {
			if (bad) exit 1
			if (seen != last) { print "the last is " seen; exit 1 }
			if (got + lost != last) { print got " and " lost " lost are not " last; exit 1 }
			if (broken) { print broken " broken"; exit 1 }
			print lost + 0, unread + 0, got
		}' "$T/log"
}

t_million_rsyslog() {
	real_log_skip rsyslogd
	rsyslog_start 'asyncWriting="on" flushOnTXEnd="off" flushInterval="1"'
	before=$(now)
	dz -S -p pid "$bin/actor" lines -b -n "$many" -m "$T/mark" -k
	status 0
	supervisor=$("$bin/waitfor" lock pid)
	"$bin/waitfor" -t 120 file mark || fail "not written in two minutes"
	"$bin/waitfor" -t 60 match log "line $many\$" || fail "the last never came"
	took=$(($(now) - before))
	pss=$(kb Pss "$supervisor") dirty=$(kb Private_Dirty "$supervisor")
	grep -c ': \((.*) \)\{0,1\}line ' log >n || :
	is "$(cat n)" "$many" "lines"
	lost=$(account "$many") || fail "$lost"
	is "$lost" "0 0 $many" "lost, unread, got"
	echo "$many lines in $took hundredths of a second; supervisor: PSS $pss kB, private dirty $dirty kB"
}
check "a million lines through rsyslog to a file: every one, in order, none doubled" t_million_rsyslog

t_million_lines() {
	# a write each, to logd; and no growth
	logd_start
	mkfifo go
	dz -S -p pid sh -c '"$1" lines -n 1000; echo small; read x <>"$0/go"; exec "$1" lines -n "$2" -m "$0/mark" -k' \
		"$T" "$bin/actor" $((many / 4))
	logged 'small$'
	small=$(kb Private_Dirty "$("$bin/waitfor" lock pid)")
	logd forget
	echo >go
	"$bin/waitfor" -t 120 file mark
	logged "line $((many / 4))\$"
	lost=$(account $((many / 4))) || fail "$lost"
	is "$lost" "0 0 $((many / 4))" "lost, unread, got"
	large=$(kb Private_Dirty "$("$bin/waitfor" lock pid)")
	[ "$large" -le "$small" ] || fail "private dirty $large kB, after 1,000 lines $small kB"
}
check "a quarter of that, line by line: the supervisor does not grow" t_million_lines

t_restarts() {
	for kind in "" -s; do
		rm -f log mark pid
		logd_start $kind
		# some four lines a millisecond: in an outage of 15, a quarter of what the ring holds
		dz -S -p pid "$bin/actor" lines -n 14000 -u 250 -m "$T/mark" -k
		logd restart 100 15
		"$bin/waitfor" -t 60 file mark
		logged 'line 14000$' 20
		account=$(account 14000) || fail "$account ($kind)"
		echo "100 restarts ($kind): lost, unread, got: $account"
		case $account in
		"0 "*) ;;
		*) fail "lost though the ring had room: $account ($kind)" ;;
		esac
		# its supervisor has a word for this log as well, and none for the next
		supervisor=$("$bin/waitfor" lock pid)
		end "$(cat pid)"
		"$bin/waitfor" end "$supervisor" || fail "the supervisor lives"
		logd exit
	done
}
check "100 restarts of the log daemon: none is lost but what it had accepted" t_restarts

t_restarts_overrun() {
	logd_start
	# as fast as it can: the ring runs over in each outage
	dz -S -p pid "$bin/actor" lines -n 300000 -w 50 -m "$T/mark" -k
	logd restart 20 30
	"$bin/waitfor" -t 60 file mark
	logged 'line 300000 ' 20
	account=$(account 300000) || fail "$account"
	echo "20 restarts: lost, unread, got: $account"
	case $account in "0 "*) fail "the ring never ran over" ;; esac
}
check "... where the ring runs over: the count is exact each time" t_restarts_overrun

t_restarts_busybox() {
	busybox syslogd --help >/dev/null 2>&1 || skip "no BusyBox syslogd"
	busybox_start
	dz -S -p pid "$bin/actor" lines -n 5000 -u 1000 -m "$T/mark" -k
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		kill "$logd"
		"$bin/waitfor" end "$logd"
		busybox_start
		pause
	done
	"$bin/waitfor" -t 60 file mark
	logged 'line 5000$'
	# what it had accepted and not read is beyond knowing: at most what a queue holds
	sed -n 's/.*: \((.*) \)\{0,1\}line \([0-9]*\)$/\2/p' log >order
	sort -n order | cmp -s - order || fail "out of order"
	is "$(uniq -d order | wc -l)" 0 "doubled"
	got=$(wc -l <order)
	# a slow machine may be without a log for longer than the ring lasts
	lost=$(awk '/messages? lost$/ { lost += $(NF - 2) } END { print lost + 0 }' log)
	left=$((5000 - got - lost))
	[ $left -ge 0 ] && [ $left -le $((20 * 11)) ] || fail "$got of 5000, $lost counted as lost"
	echo "20 restarts of BusyBox syslogd: $got of 5000, $lost counted as lost"
}
check "20 restarts of BusyBox syslogd" t_restarts_busybox +busybox

t_hang() {
	logd_start
	mkfifo go
	hang=${HANG:-8} wait=$(value SYSLOG_WAIT)
	[ "$hang" -gt $((wait + 1)) ] || hang=$((wait + 2))
	# 4,000 lines as fast as they go, then one a hundredth for the rest of the time
	cat >service <<-END
		#!/bin/sh
		"\$0.actor" lines -n 200
		read x <>"$T/go"
		"\$0.actor" lines -n 4000 -w 60 -m "$T/burst"
		exec "\$0.actor" lines -n $((hang * 60)) -w 60 -u 10000 -m "$T/mark" -k
	END
	chmod +x service
	ln -s "$bin/actor" service.actor
	dz -S -p pid "$T/service"
	status 0
	supervisor=$("$bin/waitfor" lock pid)
	logged 'line 200$'
	calm=$(kb Private_Dirty "$supervisor")
	logd forget
	kill -STOP "$logd"
	before=$(now)
	echo >go
	"$bin/waitfor" -t $((wait + 5)) file burst || fail "the service hangs with its log"
	took=$(($(now) - before))
	[ $took -ge $((wait * 100 - 100)) ] || fail "it went on after $took hundredths already"
	outage=$(kb Private_Dirty "$supervisor") pss=$(kb Pss "$supervisor")
	while [ $(($(now) - before)) -lt $((hang * 100)) ]; do pause; done
	[ "$(kb Private_Dirty "$supervisor")" -le $((outage + 4)) ] || fail "it grows"
	[ "$outage" -le $((calm + ($(value SYSLOG_RING) + 8191) / 1024)) ] || fail "private dirty $outage kB in the outage, $calm before"
	"$bin/waitfor" -t $((hang + 10)) file mark || fail "the service hangs after SYSLOG_WAIT"
	kill -CONT "$logd"
	logged 'messages lost$'

	logged "line $((hang * 60)) "
	texts >got
	lost=$(texts | awk '/messages lost$/ { n += $1 } END { print n + 0 }') got=$(texts | grep -c '^line')
	[ $((lost + got)) = $((4000 + hang * 60)) ] || { texts | sed -n 1,16p; fail "lost $lost and got $got"; }
	is "$(texts | grep -v 'messages lost$' | awk 'length != 60' | head -n 5)" "" "messages that are not a whole line"
	given_back
	echo "hung for $hang s: went on after $took hundredths; private dirty $calm kB before and after, $outage in it; lost $lost, got $got"
}
check "the reader stopped (SIGSTOP): the service goes on, memory does not grow and comes back" t_hang

t_outage_memory() {
	# away, not hung: the ring's pages come back
	logd_start
	mkfifo go
	dz -S -p pid sh -c '"$1" lines -n 200; read x <>"$0/go"; exec "$1" lines -n 3000 -m "$0/mark" -k' "$T" "$bin/actor"
	logged 'line 200$'
	supervisor=$("$bin/waitfor" lock pid)
	calm=$(kb Private_Dirty "$supervisor")
	logd close
	echo >go
	"$bin/waitfor" file mark
	# what was written last may be in the pipe yet
	soon 'outage=$(kb Private_Dirty "$supervisor"); [ "$outage" -gt "$calm" ]' ||
		fail "private dirty $calm kB, and $outage in the outage: where is the ring?"
	logd bind
	logged 'line 3000$'
	given_back
	echo "private dirty $calm kB, $outage in the outage"
}
check "an outage's pages are given back" t_outage_memory

t_idle() {
	command -v strace >/dev/null || skip "no strace"
	logd_start
	more=
	if has DAEMONIZE_RESTART; then more=-r; fi
	dz -S $more -p pid "$bin/actor" say 'hello\n'
	logged 'hello$'
	supervisor=$("$bin/waitfor" lock pid)
	# the call that it waits in is shown as restarted by strace's coming
	timeout 3 strace -o trace -p "$supervisor" 2>/dev/null || :
	grep -v -e restart_syscall -e 'detached' trace >calls || :
	[ "$(wc -l <calls)" -le 1 ] || fail "calls while idle: $(cat calls)"
}
check "idle: no system call" t_idle +strace

t_calls() {
	command -v strace >/dev/null || skip "no strace"
	logd_start
	mkfifo go
	dz -S -p pid sh -c 'read x <>"$0/go"; exec "$1" lines -n 3000 -u 300 -m "$0/mark" -k' "$T" "$bin/actor"
	supervisor=$("$bin/waitfor" lock pid)
	strace -c -o trace -p "$supervisor" 2>strace.out &
	strace=$!
	"$bin/waitfor" match strace.out attached
	echo >go
	"$bin/waitfor" -t 30 file mark
	logged 'line 3000$'
	kill -INT $strace
	wait $strace || :
	calls=$(awk '$NF == "total" { print $4 }' trace)
	[ "$calls" -le $((3 * 3000 + 30)) ] || fail "$calls calls for 3,000 lines: $(cat trace)"
	echo "$calls calls for 3,000 lines"
}
check "at most 3 system calls a line" t_calls +strace

done_testing
