#!/bin/sh
# SPDX-License-Identifier: 0BSD
# One system call fails, whichever it is: the status and the message are true all the
# same, nothing is left behind, and the next start and stop work.
# From the environment: FAULTS=all, each call with each of its errors and not one only,
# every call of each job and not a sample; FAULTS=N, every Nth (3).
# shellcheck disable=SC2154,SC2086
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +root +apart"
HELPERS="logd owndev actor fault"
TEST_LIMIT=${TEST_LIMIT:-600}
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
[ -z "${DAEMONBOX_RUN:-}" ] || { [ -n "$only" ] || echo "1..0 # SKIP filters want no emulator"; exit 0; }
A=$bin/actor
: "${FAULTS:=3}"

lives() { kill -0 "$1" 2>/dev/null && grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null; }

faulty() {	# COMMAND...: with the fault; sets st, files out and err
	st=0
	timeout -k 1 15 "$bin/fault" -e $kth $nth "$T/fault" "$@" </dev/null >out 2>err || st=$?
	case $st in
	124 | 137) fail "it hangs" ;;
	125) skip "no filters that can be listened to" ;;
	esac
}

hit() { grep -qs pid fault hit; }

told() {	# STATUS...: it failed so, and said why
	for wanted; do [ "$st" != "$wanted" ] || wanted=; [ -n "$wanted" ] || break; done
	[ -z "$wanted" ] || fail "status $st: $(cat err)"
	[ -s err ] || grep -q '^writev' fault hit 2>/dev/null || fail "status $st without a word"
	grep -v '^daemonize: \|^ticklog: ' err && fail "that message"
	true
}

# what may be left by nobody

clean() {
	"$bin/waitfor" kill "$P" >/dev/null
	"$bin/waitfor" kill "$bin/daemonize" >/dev/null
	"$bin/waitfor" kill "$T/ticklog" >/dev/null
	rm -rf pid pid~ report* job fault hit
	stale=
}

gone() {	# WHEN: nothing of the service is there
	"$bin/waitfor" -t 5 none "$P" >/dev/null || fail "the program lives $1"
	"$bin/waitfor" -t 5 none "$bin/daemonize" >/dev/null || fail "a supervisor lives $1"
	[ ! -e pid~ ] || fail "pid~ is left $1"
}

no_file() {	# WHEN: but one that was there before; unless it was the removal that failed, and a word said so
	[ ! -e pid ] || [ "$(cat pid)" = "$stale" ] || { grep -q '^unlink' fault 2>/dev/null && [ -s err ]; } || fail "the pidfile is left $1: '$(cat pid)'"
}

stopped() {	# WHEN: by a -K without a fault
	dz -K -p pid
	if hit && [ "$st" = 1 ]; then
		# the fault was in the supervisor, which was being stopped
		dz -K -p pid
	fi
	[ "$st" = 0 ] || fail "-K $1: status $st: $(cat err)"
	gone "after -K $1"
	[ ! -e pid ] || fail "the pidfile is left after -K $1"
	dz -Q -p pid
	[ "$st" = 3 ] || fail "-Q after -K $1: status $st"
}

runs() {	# WHEN: it does, and all say so
	"$bin/waitfor" -t 5 file report || fail "status 0 and no program $1"
	pid=$(get pid)
	lives "$pid" || fail "$pid does not run $1"
	is "$(cat pid)" "$pid" "the pidfile $1"
	dz -Q -p pid
	[ "$st" = 0 ] && [ "$(cat out)" = "running, pid $pid" ] || fail "-Q $1: status $st, $(cat out err)"
}

# the jobs, each in a shell of its own

job_start() {	# [OPTION]...
	faulty "$DZ" "$@" -p pid "$P" "$T/report"
	if [ "$st" = 0 ]; then
		runs "after the start"
		case "$*" in *-r*) restarted ;; esac
		signalled
		stopped "after the start"
	else
		told 1 4 126 127
		gone "after a failed start"
		[ ! -e report ] || fail "the program ran, and status $st: $(cat err)"
		no_file "after a failed start"
	fi
	mv fault hit
	rm -f report
	dz -p pid "$P" "$T/report"
	[ "$st" = 0 ] || fail "a start after it: status $st: $(cat err)"
	runs "after the next start"
	stopped "after the next start"
}

restarted() {
	first=$pid
	rm -f report
	kill -9 "$first"
	"$bin/waitfor" -t 8 file report || fail "it is not started again"
	runs "after the restart"
	[ "$pid" != "$first" ] || fail "the same"
}

signalled() {
	dz -k USR1 -p pid
	if [ "$st" != 0 ] && hit; then
		dz -k USR1 -p pid
	fi
	[ "$st" = 0 ] || fail "-k: status $st: $(cat err)"
	"$bin/waitfor" -t 5 file report.again || fail "-k says 0 and no signal came"
	rm -f report.again
}

ready_start() {	# WORD [OPTION]...
	word=$1
	shift
	faulty "$DZ" "$@" -p pid sh -c "$word"'; exec "$0" "$1/report"' "$P" "$T" "$A"
	if [ "$st" = 0 ]; then
		case "$*" in *line*) [ "$(cat out)" = ready ] || fail "status 0, and it printed '$(cat out)'" ;; esac
		runs "after it was ready"
		stopped "after it was ready"
	else
		told 1 4 126 127
		gone "after a failed start"
		no_file "after a failed start"
	fi
}

job_ready_fd() { ready_start 'echo >&3' -t 3 -w fd:3; }
job_ready_socket() { ready_start '"$2" notify-of "$NOTIFY_SOCKET" READY=1' -t 3 -w socket; }
job_ready_line() { ready_start 'echo ready' -t 3 -w line:ready; }

job_user() {
	faulty "$DZ" -u dmn -p pid "$P" "$T/report"
	if [ "$st" = 0 ]; then
		runs "after the start"
		is "$(get uid)" "1234 1234 1234" "user"
		is "$(get groups | tr ' ' '\n' | grep -c '^300[123]$')" 3 "groups"
		stopped "after the start"
	else
		told 1 126 127
		gone "after a failed start"
		no_file "after a failed start"
	fi
}

up() { dz "$@" -p pid "$P" "$T/report"; runs "before it"; }

job_stop() {	# STOP [OPTION]...
	stop=$1
	shift
	up "$@"
	faulty "$DZ" $stop -t 2 -p pid
	case $st in
	0)	! lives "$pid" || fail "$stop says 0 and it lives"
		gone "after $stop"
		[ ! -e pid ] || fail "$stop says 0 and the pidfile is left" ;;
	*)	told 1
		stopped "once more" ;;
	esac
}

job_stop_all() {	# [OPTION]...
	dz "$@" -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	runs "before it"
	"$bin/waitfor" file job
	member=$(sed -n 's/^pid: //p' job)
	faulty "$DZ" -KK -t 2 -p pid
	case $st in
	0)	! lives "$pid" || fail "-KK says 0 and it lives"
		! lives "$member" || fail "-KK says 0 and a member lives"
		[ ! -e pid ] || fail "-KK says 0 and the pidfile is left" ;;
	*)	told 1
		dz -KK -t 2 -p pid
		[ "$st" != 0 ] || ! lives "$pid" || fail "once more: -KK says 0 and it lives" ;;
	esac
}

job_status() {	# [OPTION]...
	up "$@"
	faulty "$DZ" -Q -p pid
	case $st in
	0)	is "$(cat out)" "running, pid $pid" "what -Q prints" ;;
	*)	told 4 ;;
	esac
	stopped "after -Q"
}

job_status_none() {
	faulty "$DZ" -Q -p pid
	case $st in 3) is "$(cat out)" "not running" "what -Q prints" ;; *) told 4 ;; esac
}

job_status_dead() {
	up
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	faulty "$DZ" -Q -p pid
	case $st in 1) like "$(cat out)" "dead*" "what -Q prints" ;; *) told 4 ;; esac
	[ -e pid ] || fail "the file is gone"
}

job_stop_dead() {
	up
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	faulty "$DZ" -K -p pid
	case $st in 0) [ ! -e pid ] || fail "-K says 0 and the pidfile is left" ;; *) told 1; stopped "once more" ;; esac
}

job_signal() {	# [OPTION]...
	up "$@"
	faulty "$DZ" -k USR1 -p pid
	case $st in
	0)	"$bin/waitfor" -t 5 file report.again || fail "-k says 0 and no signal came" ;;
	*)	told 1
		! grep -q "not running" err || fail "it runs: $(cat err)" ;;
	esac
	stopped "after -k"
}

job_second() {	# OPTION...
	up
	faulty "$DZ" "$@" -t 1 -p pid "$P" "$T/report2"
	case "$st $*" in "0 -O"*) ;; *) told 1 3 ;; esac
	[ ! -e report2 ] || fail "a second one runs"
	runs "after a second start"
	stopped "after a second start"
}

job_over_dead() {	# [OPTION]...
	up
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	rm report
	stale=$pid
	job_start "$@"
}

job_ticklog() {
	: >log
	faulty "$T/ticklog" -i 0.05 -d 0 -p "$T/pid"
	if [ "$st" = 0 ]; then
		tries=0
		until [ "$(texts | wc -l)" -ge 6 ]; do
			tries=$((tries + 1))
			[ $tries -lt 50 ] || fail "it does not beat: $(texts)"
			pause
		done
		st=0
		"$T/ticklog" -K -p "$T/pid" 2>err || st=$?
		! hit || [ "$st" = 0 ] || { st=0; "$T/ticklog" -K -p "$T/pid" 2>err || st=$?; }
		[ "$st" = 0 ] || fail "ticklog -K: status $st: $(cat err)"
	else
		told 1
	fi
	"$bin/waitfor" -t 5 none "$T/ticklog" >/dev/null || fail "it lives"
	no_file "at last"
}

job_ticklog_command() {
	: >log
	faulty "$T/ticklog" -i 0.05 -d 0 -p "$T/pid" -- echo "it ran"
	if [ "$st" = 0 ]; then
		tries=0
		until [ "$(grep -c "it ran" log)" -ge 6 ]; do
			tries=$((tries + 1))
			[ $tries -lt 50 ] || fail "it does not run: $(texts)"
			pause
		done
		st=0
		"$T/ticklog" -K -p "$T/pid" 2>err || st=$?
		! hit || [ "$st" = 0 ] || { st=0; "$T/ticklog" -K -p "$T/pid" 2>err || st=$?; }
		[ "$st" = 0 ] || fail "ticklog -K: status $st: $(cat err)"
	else
		case "$(cat err)" in "ticklog: exec: "*) told 126 127 ;; *) told 1 ;; esac
	fi
	"$bin/waitfor" -t 5 none "$T/ticklog" >/dev/null || fail "it lives"
	no_file "at last"
}

sweep() {	# JOB [ARG]...: with each fault
	rm -f broken
	every=$FAULTS errors="0 1 2 3 4" nth=0 missed=0 ran=0
	[ "$FAULTS" = all ] && every=1 || errors=
	# those that come after the last call hit nothing, as some may that come before it
	while [ $missed -lt 3 ] && [ $nth -lt 400 ]; do
		# not the same ones of each job
		nth=$((nth == 0 ? 1 + ${#1} % every : nth + every))
		was_hit=
		for kth in ${errors:-$((nth / every))}; do
			clean
			result=0
			("$@") >said 2>&1 || result=$?
			[ $result != 77 ] || skip "$(tail -n 1 said)"
			ran=$((ran + 1))
			! hit || was_hit=1
			[ $result = 0 ] || echo "$* call $nth, $(cat hit fault 2>/dev/null | head -n 1): $(tail -n 1 said)" >>broken
		done
		[ -n "$was_hit" ] && missed=0 || missed=$((missed + 1))
	done
	clean
	echo "# $* : $ran faults"
	[ ! -e broken ] || { cat broken >>all; cut -c 1-300 broken; }
}

prepare() {	# the log daemon, an account, and names
	logd_start
	ln -s "$BOX" ticklog
	: >all
}

kept() { [ ! -s all ] || fail "$(wc -l <all) broken promises"; }

t_start() {
	prepare
	sweep job_start
	sweep job_over_dead
	kept
}
check "a start" t_start

t_start_supervised() {
	prepare
	sweep job_start -S -r -R 0
	sweep job_over_dead -S
	kept
}
check "a start with a supervisor, its restart, its stop" t_start_supervised DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_ready() {
	prepare
	if has DAEMONIZE_READY_FD; then sweep job_ready_fd; fi
	if has DAEMONIZE_READY_SOCKET; then sweep job_ready_socket; fi
	if has DAEMONIZE_READY_LINE; then sweep job_ready_line; fi
	kept
}
check "... one that waits for readiness" t_ready DAEMONIZE_READY DAEMONIZE_TIMEOUT

t_user() {
	echo "dmn:x:1234:2345::/:/bin/sh" >passwd
	printf 'a:x:3001:dmn\nb:x:3002:x,dmn\nc:x:3003:dmn,x\n' >group
	mount --bind passwd /etc/passwd
	mount --bind group /etc/group
	prepare
	sweep job_user
	kept
}
check "... one as another user" t_user DAEMONIZE_USER

t_second() {
	prepare
	sweep job_second
	if has DAEMONIZE_ALREADY; then sweep job_second -O; fi
	kept
}
check "a second start" t_second DAEMONIZE_TIMEOUT

t_stop() {
	prepare
	# the last look is one call of many
	[ "$FAULTS" = all ] || FAULTS=1
	sweep job_stop -K
	sweep job_stop_dead
	if has DAEMONIZE_SYSLOG && has DAEMONIZE_RESTART; then sweep job_stop -K -S -r; fi
	kept
}
check "-K" t_stop DAEMONIZE_TIMEOUT

t_stop_all() {
	prepare
	sweep job_stop_all
	if has DAEMONIZE_SYSLOG && has DAEMONIZE_RESTART; then sweep job_stop_all -S -r; fi
	kept
}
check "-KK" t_stop_all DAEMONIZE_TIMEOUT DAEMONIZE_STOP_SESSION

t_status() {
	prepare
	sweep job_status
	if has DAEMONIZE_RESTART; then sweep job_status -r; fi
	sweep job_status_none
	sweep job_status_dead
	kept
}
check "-Q" t_status

t_signal() {
	prepare
	sweep job_signal
	if has DAEMONIZE_RESTART; then sweep job_signal -r; fi
	kept
}
check "-k" t_signal

t_ticklog() {
	prepare
	sweep job_ticklog
	if has TICKLOG_COMMAND; then FAULTS=1 sweep job_ticklog_command; fi
	kept
}
check "ticklog" t_ticklog TICKLOG

done_testing
