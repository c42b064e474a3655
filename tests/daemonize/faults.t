#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Any system call fails, or its process is killed there: the status and the message are
# true all the same, nothing is left behind, and the next start and stop work.
#
# A job is run once to list its calls: each can fail with each error of its page, all of a
# name can be refused (EPERM, ENOSYS), and each process can be killed at each of its calls.
# From the environment:
#   FAULTS=N     so many of these runs of each job are drawn (60); all: every one
#   SEED=N       by what they are drawn: the sum of the program, unless given
#   PART=K/N     the Kth of N parts of them (1/1)
#   FAULT=WHAT JOB="..."   this run of this job alone, as a broken one is listed
# shellcheck disable=SC2154,SC2086
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +root +apart"
HELPERS="logd owndev actor fault"
TEST_LIMIT=${TEST_LIMIT:-900}
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
[ -z "${DAEMONBOX_RUN:-}" ] || { [ -n "$only" ] || echo "1..0 # SKIP filters want no emulator"; exit 0; }
A=$bin/actor
: "${FAULTS:=60}" "${PART:=1/1}" "${SEED:=$(cksum <"$BOX" | cut -d ' ' -f 1)}" "${FAULT:=}" "${JOB:=}"
[ -n "$only" ] || echo "# FAULTS=$FAULTS SEED=$SEED"

lives() { kill -0 "$1" 2>/dev/null && grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null; }

faulty() {	# COMMAND...: with the fault; sets st, files out and err
	st=0
	timeout -k 1 15 "$bin/fault" "$what" "$T/fault" "$@" </dev/null >out 2>err || st=$?
	case $st in
	124) fail "it hangs" ;;
	125) skip "no filters that can be listened to" ;;
	137) [ "${what#*=}" = kill ] || fail "it hangs" ;;
	esac
	[ "${what#*=}" != kill ] || after_kill "$@"
}

hit() { grep -qs pid fault hit; }

told() {	# STATUS...: it failed so, and said why
	for wanted; do [ "$st" != "$wanted" ] || wanted=; [ -n "$wanted" ] || break; done
	[ -z "$wanted" ] || fail "status $st: $(cat err)"
	[ -s err ] || grep -q '^write' fault hit 2>/dev/null || fail "status $st without a word"
	! grep -qs '^execve [0-9]' fault hit || { [ "$st" -ge 126 ] && grep -q ': exec: ' err; } ||
		fail "a failed exec is status $st: $(cat err)"
	grep -v '^daemonize: \|^ticklog: \|^pidof-session: ' err && fail "that message"
	true
}

# what may be left by nobody

clean() {
	"$bin/waitfor" kill "$P" >/dev/null
	"$bin/waitfor" kill "$bin/daemonize" >/dev/null
	"$bin/waitfor" kill "$T/ticklog" >/dev/null
	rm -rf pid pid~ report* ended job fault hit out.* err.* lock state said.K
	stale=
}

gone() {	# WHEN: nothing of the service is there
	"$bin/waitfor" -t 5 none "$P" >left || fail "the program lives $1: $(cat left)"
	"$bin/waitfor" -t 5 none "$bin/daemonize" >left || fail "a supervisor lives $1: $(cat left)"
	# where no lock can be had, nor the file be known again, it can be another's mutex
	case $what in fcntl=e* | *stat*=e*) [ -s pid~ ] || return 0 ;; esac
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

proper() {	# no step was left out
	is "$(get cwd) $(get umask) $(get tty)" "/ 022 none" "its folder, umask and terminal"
	is "$(get ignored)$(get blocked)" "" "its signals"
	[ "$(get sid)" != "$(ps -o sid= -p $$ | tr -d ' ')" ] || fail "its session is ours"
	case $(get fds) in "0 1 2" | "0 1 2 3") ;; *) fail "its descriptors: $(get fds)" ;; esac
}

# After a kill: what there is and what is said of it agree, and all goes on from there.

of_it() {	# how many processes run the program
	"$bin/waitfor" count "$P" "$T/report"
}

settled() {	# nothing moves any more
	"$ctl" -Q -p "$T/pid" >state 2>&1 || :
	case $(cat state) in
	running,*)
		# one that is just being killed counts as running until it is dead
		pid=$(cat state) pid=${pid##* }
		lives "$pid"
		return ;;
	"not running" | dead,*) ;;
	*) return 1 ;;
	esac
	[ "$("$bin/waitfor" count "$ctl") $(of_it)" = "0 0" ]
}

after_kill() {	# COMMAND...
	ctl=$1
	case $ctl in */pidof-session) exit 0 ;; esac
	case "$*" in
	*" -p "*) ;;
	*)	"$bin/waitfor" -t 5 none "$DZ" >left || fail "a process of its start lives: $(cat left)"
		[ "$(of_it)" -le 1 ] || fail "two of them run"
		exit 0 ;;
	esac
	# one that comes later is led to its end
	if [ "$st" = 0 ] && ! hit; then
		case "$*" in
		*-K* | *-k* | *-Q*) ;;
		*)	case "$*" in
			*" -r"*)
				"$bin/waitfor" -t 5 file report || hit || fail "status 0 and no program"
				first=$(get pid)
				rm -f report
				kill -9 "$first" || hit || fail "$first is gone"
				hit || "$bin/waitfor" -t 4 file report || hit || fail "not started again" ;;
			esac
			hit || "$ctl" $by -p "$T/pid" >said.K 2>&1 || hit || fail "$by fails: $(cat said.K)" ;;
		esac
	fi
	soon settled 8 || fail "after a kill: '$(cat state)', and $("$bin/waitfor" -t 0 none "$T" | tr '\n' ' ')"
	if [ "$ctl" = "$DZ" ]; then
		[ "$(of_it)" -le 1 ] || fail "$(of_it) of them run"
	fi
	st=0
	"$ctl" -K -p "$T/pid" >said.K 2>&1 || st=$?
	[ "$st" = 0 ] || fail "-K after a kill: status $st: $(cat said.K)"
	"$bin/waitfor" kill "$T/job" >/dev/null
	gone "-K after a kill"
	"$bin/waitfor" -t 5 none "$ctl" >left || fail "one lives after -K after a kill: $(cat left)"
	[ ! -e pid ] || fail "the pidfile is left by -K after a kill"
	rm -f report
	[ "$ctl" = "$DZ" ] || exit 0
	dz -p pid "$P" "$T/report"
	[ "$st" = 0 ] || fail "a start after a kill: status $st: $(cat err)"
	runs "the start after a kill"
	mv fault hit
	dz -K -p pid
	[ "$st" = 0 ] || fail "a stop after a kill: status $st: $(cat err)"
	gone "a stop after a kill"
	exit 0
}

# the jobs, each in a shell of its own

job_plain() {	# [OPTION]...
	faulty "$DZ" "$@" "$P" "$T/report"
	if [ "$st" = 0 ]; then
		"$bin/waitfor" -t 5 file report || fail "status 0 and no program"
		pid=$(get pid)
		lives "$pid" || fail "$pid does not run"
		proper
		kill "$pid"
		gone "after its end"
	else
		told 1 126 127
		gone "after a failed start"
		[ ! -e report ] || fail "the program ran, and status $st: $(cat err)"
	fi
}

job_files() {
	faulty "$DZ" -l "$T/lock" -o "$T/out.1" -e "$T/err.1" -p pid "$P" -o said "$T/report"
	if [ "$st" = 0 ]; then
		runs "after the start"
		! flock -n lock true || fail "status 0 and the lock is free"
		"$bin/waitfor" text out.1 said && "$bin/waitfor" text err.1 err-said || fail "its output"
		stopped "after the start"
		flock -w 2 lock true || fail "the lock is held at last"
	else
		told 1 126 127
		gone "after a failed start"
		no_file "after a failed start"
		[ ! -e lock ] || flock -w 2 lock true || fail "the lock is held"
	fi
}

# Each line of the program is in the log, or counted, or said to be lost.
job_lines() {	# [OPTION]...
	: >log
	: >dev/kmsg
	faulty "$DZ" -S "$@" -p pid sh -c 'for i in 1 2 3 4 5; do echo "line $i"; done; exec "$0" "$1/report"' "$P" "$T"
	if [ "$st" = 0 ]; then
		runs "after the start"
		stopped "after the start"
	else
		told 1 4 126 127
		gone "after a failed start"
		no_file "after a failed start"
		[ -e report ] || return 0
	fi
	tries=0
	until [ "$(texts | grep -c '^line [1-5]$')" = 5 ]; do
		tries=$((tries + 1))
		if [ $tries = 20 ]; then
			{ texts; cat dev/kmsg; } | grep -q '[0-9] messages* lost' || fail "lines are lost: $(texts)"
			return 0
		fi
		pause
	done
}

# The end of the program is told: the command has run, or a word in the log says why not.
job_hook() {	# [OPTION]...
	: >log
	: >dev/kmsg
	faulty "$DZ" -S "$@" -x "echo \"\$SERVICE_RESULT \$EXIT_STATUS\" >>$T/ended" -p pid sh -c 'exit 7' "$T/job"
	if [ "$st" = 0 ]; then
		gone "after its end"
		if [ -e ended ]; then
			is "$(cat ended)" "exit-code 7" "what the command was told"
		else
			! cat log dev/kmsg | grep '\[0\]: ' || fail "by whom is that?"
			{ texts; cat dev/kmsg; } | grep -q '^hook: \|[0-9] messages* lost' || fail "no word of a command that did not run: $(texts | tr '\n' '|')"
		fi
	else
		told 1 4 126 127
		gone "after a failed start"
	fi
	# one whose removal failed is a dead one's, which is what is said of it
	if [ -e pid ] && grep -q '^unlink\|^newfstatat\|^statx' fault; then
		dz -Q -p pid
		is "$st" 1 "-Q of what is left"
	else
		no_file "at last"
	fi
}

job_supervisor_stop_all() {	# [OPTION]...: faults in the supervisor, which is told to end all
	faulty "$DZ" "$@" -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	if [ "$st" != 0 ]; then
		told 1 4 126 127
		"$bin/waitfor" kill "$T/job" >/dev/null
		gone "after a failed start"
		no_file "after a failed start"
		return
	fi
	runs "after the start"
	"$bin/waitfor" file job
	member=$(sed -n 's/^pid: //p' job)
	dz -KK -t 2 -p pid
	if [ "$st" != 0 ] && hit; then dz -KK -t 2 -p pid; fi
	case $st in
	0)	! lives "$pid" || fail "-KK says 0 and it lives"
		! lives "$member" || fail "-KK says 0 and a member lives"
		[ ! -e pid ] || fail "-KK says 0 and the pidfile is left" ;;
	*)	told 1 ;;
	esac
}

# two processes of a session, which is that of the first
session_up() {
	dz -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	runs "before it"
	"$bin/waitfor" file job
	first=$(get pid) second=$(sed -n 's/^pid: //p' job) sid=$(get sid)
	[ "$first" -lt "$second" ] || { sid=$first first=$second second=$sid sid=$(get sid); }
}

job_pidof() {	# OPTION...
	session_up
	faulty "$T/pidof-session" "$@" -s "$sid"
	case $st in
	0)	is "$(cat out)" "$first $second" "what it prints" ;;
	*)	told 3 ;;
	esac
}

job_pidof_name() {
	session_up
	faulty "$T/pidof-session" probe
	case $st in
	0)	is "$(cat out)" "$first $second" "what it prints" ;;
	*)	told 3 ;;
	esac
}

job_pidof_none() {	# its session has ended
	session_up
	kill -9 "$first" "$second"
	"$bin/waitfor" end "$first" "$second"
	faulty "$T/pidof-session" -s "$sid"
	case $st in 1) is "$(cat out)" "" "what it prints" ;; *) told 3 ;; esac
}

job_pidof_end() {
	session_up
	faulty "$T/pidof-session" -k TERM -w 3 -s "$sid"
	case $st in
	0)	! lives "$first" && ! lives "$second" || fail "status 0 and it lives" ;;
	*)	told 3 4 ;;
	esac
}

job_start() {	# [OPTION]...
	faulty "$DZ" "$@" -p pid "$P" "$T/report"
	if [ "$st" = 0 ]; then
		runs "after the start"
		proper
		case "$*" in *-r*) restarted ;; esac
		signalled
		stopped "after the start"
	else
		told 1 4 126 127
		gone "after a failed start"
		[ ! -e report ] || fail "the program ran, and status $st: $(cat err)"
		no_file "after a failed start"
	fi
	cp fault hit
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
job_ready_socket() { ready_start '"$2" notify-of "$NOTIFY_SOCKET" READY=1' -t 3 -w socket "$@"; }
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

# It logs or runs so often, or has no socket for its log at all: then what is lost is counted at its end.
beats() {	# PATTERN
	tries=0
	until [ "$(grep -c "$1" log)" -ge 6 ]; do
		tries=$((tries + 1))
		if [ $tries = 50 ]; then
			case $what in socket=e*) [ -s log ] || return 0 ;; esac
			fail "it does not beat: $(texts | tail -n 3 | tr '\n' '|')"
		fi
		pause
	done
}

ticklog_ends() {
	st=0
	"$T/ticklog" -K -p "$T/pid" 2>err || st=$?
	! hit || [ "$st" = 0 ] || { st=0; "$T/ticklog" -K -p "$T/pid" 2>err || st=$?; }
	[ "$st" = 0 ] || fail "ticklog -K: status $st: $(cat err)"
	[ -s log ] || grep -q '[0-9] messages* lost' dev/kmsg || fail "its beats are lost without a word"
}

job_ticklog() {
	: >log
	: >dev/kmsg
	faulty "$T/ticklog" -i 0.05 -d 0 -p "$T/pid"
	if [ "$st" = 0 ]; then
		beats .
		ticklog_ends
	else
		told 1
	fi
	"$bin/waitfor" -t 5 none "$T/ticklog" >left || fail "it lives: $(cat left)"
	no_file "at last"
}

job_ticklog_command() {
	: >log
	: >dev/kmsg
	faulty "$T/ticklog" -i 0.05 -d 0 -p "$T/pid" -- echo "it ran"
	if [ "$st" = 0 ]; then
		# it ran, or why not is said of it by name
		beats ' it ran$\|: echo: '
		ticklog_ends
	else
		case "$(cat err)" in "ticklog: exec: "*) told 126 127 ;; *) told 1 ;; esac
	fi
	"$bin/waitfor" -t 5 none "$T/ticklog" >left || fail "it lives: $(cat left)"
	no_file "at last"
}

run() {	# WHAT JOB...: one of them
	what=$1
	shift
	clean
	result=0
	("$@") >said 2>&1 || result=$?
	[ $result != 77 ] || skip "$(tail -n 1 said)"
	[ -z "$FAULT" ] || { cat said; echo "# $(hit && cat hit fault 2>/dev/null | grep -m 1 pid)"; }
	[ $result != 0 ] || return 0
	echo "$(cat hit fault 2>/dev/null | grep -m 1 pid): $(tail -n 1 said)" >>broken
	echo "  FAULT='$what' JOB='$*' sh tests/daemonize/faults.t $only" >>broken
}

# The runs of a job, from the list of its calls: each error, each name by two, each kill.
# Not refused is what nothing can take the place of, and is in every kernel: without this
# no supervisor can make its pidfile anew, which it says each time.
plan() {
	awk 'BEGIN { names["ftruncate"] = 1 }
	$1 == "over" { next }
	{ for (i = 3; i <= NF; i++) print $1 "=" $i; if (NF > 2 && !names[$2]++) print $2 "=eperm\n" $2 "=enosys"; print $1 "=kill" }' list
}

drawn() {	# of the lines of stdin, as many as are to be run
	[ "$FAULTS" != all ] || { cat; return; }
	awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort -n | head -n "$FAULTS" | cut -d ' ' -f 2
}

part() {	# by the number of the call, which the parts agree on though they list calls each for itself
	awk -F '[.=]' -v k="${PART%/*}" -v n="${PART#*/}" '{ at = NF == 3 ? $2 : length($1) } at % n == k % n'
}

sweep() {	# JOB [ARG]...: with each fault
	rm -f broken list
	by=-K
	[ -z "$JOB" ] || [ "$JOB" = "$*" ] || return 0
	run list "$@"
	cat fault hit 2>/dev/null | sort -u >list
	clean
	plan >planned
	if [ -n "$FAULT" ]; then echo "$FAULT"; else drawn <planned | part; fi >drawn
	while read -r which; do
		run "$which" "$@" </dev/null
	done <drawn
	clean
	echo "$(wc -l <drawn) $(grep -c '=[0-9]' drawn) $(grep -c '=e' drawn) $(grep -c '=kill' drawn) $*" >>"$TEST_ROOM/counts"
	echo "# $* : $(wc -l <drawn) runs of $(wc -l <planned): $(grep -c '=[0-9]' drawn) errors, $(grep -c '=e' drawn) refusals, $(grep -c '=kill' drawn) kills"
	[ ! -e broken ] || { cat broken >>all; cut -c 1-300 broken; }
}

prepare() {	# the log daemon, an account, and names
	logd_start
	ln -s "$BOX" ticklog
	ln -s "$BOX" pidof-session
	: >all
}

kept() { [ ! -s all ] || fail "$(grep -c '^  FAULT' all) broken runs"; }

t_plain() {
	prepare
	sweep job_plain
	kept
}
check "a start without a pidfile" t_plain

t_files() {
	prepare
	sweep job_files
	kept
}
check "... one with files and a lock" t_files DAEMONIZE_LOCK DAEMONIZE_FILES +flock

t_lines() {
	prepare
	sweep job_lines
	kept
}
check "lines of the program" t_lines DAEMONIZE_SYSLOG

t_hook() {
	prepare
	sweep job_hook
	kept
}
check "a command after the end" t_hook DAEMONIZE_HOOK

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

t_options() {
	prepare
	cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
	sweep job_start -n 5 -L nofile=100 -E A=b -i -m 022
	if has DAEMONIZE_SCHED && has DAEMONIZE_OOM_SCORE && has DAEMONIZE_IONICE && has DAEMONIZE_CPUS; then sweep job_start --oom-score 10 --sched batch --ionice best-effort --cpus "$cpu"; fi
	if has DAEMONIZE_PTY; then sweep job_start -S -y; fi
	if has DAEMONIZE_SWEEP; then sweep job_start -S -r -R 0 -z; fi
	if has DAEMONIZE_WATCHDOG; then sweep job_start -S -r -R 0 -W 9; fi
	kept
}
check "... by other options" t_options DAEMONIZE_SYSLOG DAEMONIZE_RESTART \
	DAEMONIZE_NICE DAEMONIZE_LIMIT DAEMONIZE_ENV DAEMONIZE_CLEARENV DAEMONIZE_UMASK

t_ready() {
	prepare
	if has DAEMONIZE_READY_FD; then sweep job_ready_fd; fi
	if has DAEMONIZE_READY_SOCKET; then sweep job_ready_socket; fi
	# there the supervisor hears it, and tells the caller
	if has DAEMONIZE_READY_SOCKET && has DAEMONIZE_RESTART && has DAEMONIZE_WATCHDOG; then sweep job_ready_socket -r; fi
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
	sweep job_stop -K
	sweep job_stop_dead
	if has DAEMONIZE_SYSLOG && has DAEMONIZE_RESTART; then sweep job_stop -K -S -r; fi
	kept
}
check "-K" t_stop DAEMONIZE_TIMEOUT

t_stop_all() {
	prepare
	sweep job_stop_all
	if has DAEMONIZE_SYSLOG && has DAEMONIZE_RESTART; then
		sweep job_stop_all -S -r
		sweep job_supervisor_stop_all -S -r
	fi
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
	if has TICKLOG_COMMAND; then sweep job_ticklog_command; fi
	kept
}
check "ticklog" t_ticklog TICKLOG

t_pidof() {
	prepare
	sweep job_pidof
	sweep job_pidof_name
	sweep job_pidof_none
	sweep job_pidof_end
	kept
}
check "pidof-session" t_pidof PIDOF_SESSION PIDOF_SESSION_NAME PIDOF_SESSION_SIGNAL PIDOF_SESSION_WAIT

if [ -z "$only" ] && [ -e "$TEST_ROOM/counts" ]; then
	awk -f "$top/tests/helpers/faults.awk" "$TEST_ROOM/counts"
	[ -z "${COUNTS:-}" ] || cat "$TEST_ROOM/counts" >>"$COUNTS"
fi
done_testing
