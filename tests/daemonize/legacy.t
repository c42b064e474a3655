#!/bin/sh
# SPDX-License-Identifier: 0BSD
# A service that daemonbox 0.1.0 started is seen, signalled, stopped and started again.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev actor legacy"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
L=$bin/legacy

asks() {	# STATUS [PATTERN]
	dz -Q -p pid
	status "$1" "-Q ($kind)"
	[ $# -lt 2 ] || like "$(cat out)" "$2" "what -Q prints ($kind)"
}

old() {	# a service of 0.1.0 that is $kind runs; sets pid, holder
	rm -f report*
	"$L" "$kind" "$T/pid" "$P" "$T/report" &
	holder=$!
	appeared
	is "$(cat pid)" "$pid" "the old pidfile ($kind)"
	is "$("$bin/waitfor" lock pid)" "$holder" "who holds the old lock ($kind)"
}

ended() {	# all of it, for good
	"$bin/waitfor" -t 3 end "$pid" "$holder" || fail "it lives ($kind)"
	# the supervisor would start it again after a tenth of a second
	pause 0.3
	"$bin/waitfor" -t 0 none "$P" || fail "it was started again ($kind)"
	[ ! -e pid ] || fail "the pidfile is left ($kind)"
}

each() {	# FUNCTION
	own_dev
	for kind in plain supervised; do
		"$@"
		wait "$holder" 2>/dev/null || :
	done
}

seen() {
	old
	asks 0 "running, pid $pid"
	dz -p pid "$P" "$T/report2"
	status 3 "a second start ($kind)"
	if has DAEMONIZE_ALREADY; then
		dz -O -p pid "$P" "$T/report2"
		status 0 "-O ($kind)"
	fi
	if has DAEMONIZE_RESTART; then
		dz -r -p pid "$P" "$T/report2"
		status 3 "a second start with -r ($kind)"
	fi
	[ ! -e report2 ] || fail "a second one runs ($kind)"
	is "$(cat pid)" "$pid" "the pidfile ($kind)"
	dz -k USR1 -p pid
	status 0 "-k ($kind)"
	"$bin/waitfor" file report.again || fail "no signal came ($kind)"
	asks 0 "running, pid $pid"
	dz -K -p pid
	status 0 "-K ($kind)"
	is "$(cat out err)" "" "output of -K ($kind)"
	ended
	asks 3
}
t_seen() { each seen; }
check "-Q, a second start, -O, -k, -K of a service of 0.1.0, with and without a supervisor" t_seen

t_hup() {
	own_dev
	for kind in plain supervised; do
		rm -f tell
		"$L" $kind "$T/pid" "$bin/actor" tell "$T/tell" HUP USR2 &
		holder=$!
		"$bin/waitfor" text tell ready
		pid=$(cat pid)
		for sig in HUP USR2; do
			dz -k $sig -p pid
			status 0 "-k $sig ($kind)"
			"$bin/waitfor" text tell $sig || fail "$sig did not come ($kind)"
		done
		kill -0 "$pid" && kill -0 $holder || fail "it was ended ($kind)"
		dz -K -p pid
		status 0 "-K ($kind)"
		"$bin/waitfor" -t 3 end "$pid" $holder || fail "it lives ($kind)"
		[ ! -e pid ] || fail "the pidfile is left ($kind)"
	done
}
check "... -k HUP reaches the program" t_hup

all() {
	rm -f report job
	"$L" "$kind" "$T/pid" sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T" &
	holder=$!
	appeared
	"$bin/waitfor" file job
	dz -KK -t 3 -p pid
	status 0 "-KK ($kind)"
	"$bin/waitfor" -t 3 end "$(sed -n 's/^pid: //p' job)" || fail "-KK says 0 and a member lives ($kind)"
	ended
}
t_all() { each all; }
check "... -KK ends its session" t_all DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT

stubborn() {	# OPTION...: how it is stopped; it ignores what it gets when its supervisor is gone, too
	rm -f ready
	"$L" "$kind" "$T/pid" "$bin/actor" ignore "$T/ready" TERM &
	holder=$!
	"$bin/waitfor" file ready
	pid=$(cat pid)
	dz "$@" -p pid
	status 0 "$* ($kind)"
	"$bin/waitfor" -t 3 end "$pid" "$holder" || fail "it lives ($kind)"
	[ ! -e pid ] || fail "the pidfile is left ($kind)"
}
t_stubborn() { each stubborn -K -t 1; }
check "... -K -t 1 of one that ignores TERM" t_stubborn DAEMONIZE_TIMEOUT

t_killed() { each stubborn -K -k KILL; }
check "... -K -k KILL ends the program too, not its supervisor alone" t_killed

t_delay() {
	own_dev
	kind=delay
	"$L" delay "$T/pid" "$P" "$T/report" &
	holder=$!
	"$bin/waitfor" file pid
	until [ "$(stat -c %y pid | sed 's/.*\.//; s/ .*//')" = 000000003 ]; do pause; done
	is "$("$bin/waitfor" lock pid)" $holder "who holds the lock"
	dz -Q -p pid
	# as 0.1.0 said or as is said now, but not that there is nothing
	case $st in 0 | 3) case $(cat out) in "not running" | dead*) fail "$(cat out)" ;; esac ;; *) fail "status $st of -Q" ;; esac
	dz -t 1 -p pid "$P" "$T/report2"
	case $st in 1 | 3) ;; *) fail "status $st of a second start" ;; esac
	[ ! -e report2 ] || fail "a second one runs"
	kill -0 $holder || fail "its supervisor is gone"
	dz -K -p pid
	status 0 "-K"
	"$bin/waitfor" -t 3 end $holder || fail "its supervisor lives"
	[ ! -e pid ] || fail "the pidfile is left"
	[ ! -e report ] || fail "it was started"
}
check "... in its restart delay: not started twice, stopped for good" t_delay DAEMONIZE_TIMEOUT

stale() {
	old
	[ "$kind" = plain ] || kill -9 "$holder"
	kill -9 "$pid" 2>/dev/null || :
	"$bin/waitfor" end "$pid" "$holder"
	[ -e pid ] || fail "no stale file"
	asks 1
	start -p pid
	is "$(cat pid)" "$pid" "the new pidfile over a stale one ($kind)"
	asks 0 "running, pid $pid"
	dz -K -p pid
	status 0 "-K of the new one ($kind)"
	"$bin/waitfor" -t 3 end "$pid" || fail "it lives ($kind)"
	[ ! -e pid ] || fail "the pidfile is left ($kind)"
	old
	[ "$kind" = plain ] || kill -9 "$holder"
	kill -9 "$pid" 2>/dev/null || :
	"$bin/waitfor" end "$pid" "$holder"
	dz -K -p pid
	status 0 "-K of a stale one ($kind)"
	[ ! -e pid ] || fail "the stale file is left ($kind)"
}
t_stale() { each stale; }
check "a stale file of 0.1.0 is replaced, and removed by -K" t_stale

t_restarted() {
	own_dev
	kind=plain
	for kind in plain supervised; do
		old
		first=$pid
		dz -K -p pid
		status 0 "-K ($kind)"
		for more in "" -r; do
			[ -z "$more" ] || has DAEMONIZE_RESTART || continue
			rm -f report
			# shellcheck disable=SC2086
			start $more -p pid
			[ "$pid" != "$first" ] || fail "the same"
			asks 0 "running, pid $pid"
			dz -K -p pid
			status 0
		done
	done
}
check "stop and start again: the new one takes over" t_restarted

# The lock is lost where a program closes all descriptors: then the record counts.
t_lock_lost() {
	own_dev
	kind=plain
	rm -f report
	"$L" plain "$T/pid" "$P" -c "$T/report" &
	holder=$!
	appeared
	is "$("$bin/waitfor" lock pid)" 0 "who holds the lock"
	asks 0 "running, pid $pid"
	dz -p pid "$P" "$T/report2"
	status 3 "a second start"
	dz -K -p pid
	status 0 "-K"
	"$bin/waitfor" -t 3 end "$pid" || fail "it lives"
}
check "a program of 0.1.0 that has dropped its lock is known by the record" t_lock_lost

# A supervisor that was killed leaves a program that its file still means.
t_orphan() {
	own_dev
	kind=supervised
	rm -f tell
	"$L" supervised "$T/pid" "$bin/actor" tell "$T/tell" TERM &
	holder=$!
	"$bin/waitfor" text tell ready
	pid=$(cat pid)
	kill -9 $holder
	"$bin/waitfor" text tell TERM
	asks 0 "running, pid $pid"
	dz -p pid "$P" "$T/report"
	status 3 "a second start"
	dz -K -t 1 -p pid
	status 0 "-K"
	"$bin/waitfor" -t 3 end "$pid" || fail "it lives"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... one whose supervisor was killed" t_orphan DAEMONIZE_TIMEOUT

done_testing
