#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Nothing of a supervised service gets away: -KK, and -z before each restart.
# From the environment: STORMS, how many services one long run ends (1000).
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_RESTART +apart"
HELPERS="logd owndev actor fault member"
TEST_LIMIT=${TEST_LIMIT:-60}
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor

all_ended() {	# WHAT
	[ -e opened ] || fail "nobody of it had begun: $1"
	"$bin/waitfor" -t 5 end "$watcher" || fail "somebody of it lives: $1"
}

# ---- -KK ----

flees() {
	watch_pipe
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" flee "$T/pipe"
	status 0
	"$bin/waitfor" file opened
	dz -KK -p pid
	status 0 "-KK ($kind)"
	all_ended "$kind"
	[ ! -e pid ] || fail "the pidfile is left"
}

t_flees() {
	own_dev
	for kind in -r "-r -u 65534 -c /"; do flees; done
	has DAEMONIZE_SYSLOG || return 0
	logd_start
	kind=-S flees
}
check "-KK ends a program that forks, calls setsid and lets its parent end, for ever" t_flees \
	DAEMONIZE_STOP_SESSION DAEMONIZE_USER DAEMONIZE_CHDIR +root

t_flees_foreground() {
	own_dev
	watch_pipe
	$DZ -f -r -p "$T/pid" "$A" flee "$T/pipe" &
	"$bin/waitfor" file opened
	dz -KK -p pid
	status 0
	all_ended "-f"
}
check "... under -f" t_flees_foreground DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND

t_storms() {
	own_dev
	kind=-r
	all=${STORMS:-1000} ended=0 n=0 slowest=0
	while [ $n -lt "$all" ]; do
		n=$((n + 1))
		watch_pipe
		dz -r -p pid "$A" flee "$T/pipe"
		status 0
		"$bin/waitfor" file opened
		before=$(now)
		dz -KK -p pid
		took=$(($(now) - before))
		[ $took -le $slowest ] || slowest=$took
		if [ "$st" = 0 ] && "$bin/waitfor" -t 5 end "$watcher"; then
			ended=$((ended + 1))
		else
			echo "run $n: status $st: $(cat err)"
		fi
		# what is left of a run that failed must not count for the next
		"$bin/waitfor" kill "$T/pipe" >/dev/null || :
	done
	echo "$ended of $all were ended, the slowest in $slowest hundredths of a second"
	is $ended "$all" "services of which nothing is left"
}
# It takes minutes where processes are slow.
usual=$TEST_LIMIT TEST_LIMIT=900
check "-KK ended 1,000 of 1,000 of them" t_storms DAEMONIZE_STOP_SESSION +long
TEST_LIMIT=$usual

t_last_words() {
	# the worker ends behind the main process, and writes and ends while nobody looks
	logd_start
	seq -f 'word %g of the worker, which has its state to save' 1 200 >words
	# shellcheck disable=SC2016
	dz -S -p pid sh -c '(trap "" TERM; "$1" -t 50 file "$2/go" && exec cat "$2/words") & echo $! >"$2/worker"; exec "$0" hold /dev/null' \
		"$A" "$bin/waitfor" "$T"
	status 0
	"$bin/waitfor" file worker
	read -r main _ <pid
	supervisor=$("$bin/waitfor" lock pid)
	$DZ -KK -p pid 2>err &
	stop=$!
	"$bin/waitfor" end "$main"
	kill -STOP "$supervisor"
	: >go
	"$bin/waitfor" end "$(cat worker)" || fail "the worker does not end"
	kill -CONT "$supervisor"
	st=0
	wait $stop || st=$?
	is $st 0 "-KK ($(cat err))"
	logged 'word 200 of the worker, which has its state to save$'
	is "$(count_lines 'word [0-9]* of the worker')" 200 "lines of it"
	not_logged lost
}
check "-KK: the last words of all that it ends are logged" t_last_words DAEMONIZE_STOP_SESSION DAEMONIZE_SYSLOG

t_no_list() {
	# CONFIG_PROC_CHILDREN is a choice: without it all of /proc is looked through
	own_dev
	watch_pipe
	# shellcheck disable=SC2016
	dz -r -p pid sh -c 'setsid "$0" hold "$2/pipe" & exec "$1" "$2/report"' "$A" "$P" "$T"
	status 0
	appeared
	"$bin/waitfor" file opened
	supervisor=$("$bin/waitfor" lock pid)
	strace -o trace -P /proc/thread-self/children -e inject=open,openat:error=ENOENT -p "$supervisor" 2>tracer &
	tracer=$!
	"$bin/waitfor" text tracer attached || fail "it is not traced: $(cat tracer)"
	dz -KK -p pid
	status 0
	all_ended "without a list of children"
	"$bin/waitfor" end "$tracer"
	grep -q INJECTED trace || fail "the list was not asked for: $(cat trace)"
}
check "... also where the kernel has no list of children" t_no_list DAEMONIZE_STOP_SESSION +setsid +strace

# ---- without a supervisor ----

t_storm_alone() {
	# who forks and ends all the time is not seen by a look, which is no sign that nobody is left
	own_dev
	for n in 1 2 3; do
		watch_pipe
		# shellcheck disable=SC2016
		dz -p pid sh -c '"$0" ignore=15 chain 9>"$2/pipe" & exec "$1" hold /dev/null' "$bin/member" "$A" "$T"
		status 0
		"$bin/waitfor" file opened
		dz -KK -t 1 -p pid
		case $st in
		0) all_ended "status 0 (run $n)" ;;
		1) says "daemonize: pid: still running: *" ;;
		*) fail "status $st: $(cat err)" ;;
		esac
		"$bin/waitfor" kill "$bin/member" >/dev/null || :
	done
}
check "-KK: a chain of forks in its session" t_storm_alone DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT

t_signs() {
	own_dev
	# shellcheck disable=SC2016
	dz -p pid sh -c 'setsid "$0" "$1/apart" & "$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	status 0
	appeared
	"$bin/waitfor" file apart
	"$bin/waitfor" file job
	apart=$(sed -n 's/^pid: //p' apart)
	dz -KK -p pid
	status 0
	says "daemonize: pid: has left its session and lives on: $apart"
	alive "$apart" "$T/apart"
	end "$apart"
	# what ends by itself meanwhile is no sign, nor is what is ended
	# shellcheck disable=SC2016
	dz -p pid sh -c 'setsid "$0" "$1/apart2" & apart=$!
		trap "kill -KILL $apart; wait $apart; exit" TERM; "$0" "$1/report2" & wait' "$P" "$T"
	status 0
	"$bin/waitfor" file apart2
	"$bin/waitfor" file report2
	dz -KK -p pid
	status 0
	is "$(cat err)" "" "stderr where all have ended"
}
check "-KK without a supervisor names what it sees to have left the session" t_signs DAEMONIZE_STOP_SESSION +setsid

t_inside() {
	# a login below a supervised sshd has a session of its own, and what it starts may be anybody's child
	own_dev
	cat >ask <<-'END'
		w=0
		"$1" -KK -p "$2/pid" 2>"$2/err" || w=$?
		echo $w >"$2/st.new"
		mv "$2/st.new" "$2/st"
	END
	# shellcheck disable=SC2016
	for way in 'setsid sh "$2/ask" "$0" "$2"' '(setsid sh "$2/ask" "$0" "$2" &)' 'sh "$2/ask" "$0" "$2"'; do
		rm -f st report
		dz -r -p pid sh -c "$way & exec \"\$1\" \"\$2/report\"" "$DZ" "$P" "$T"
		status 0
		appeared
		"$bin/waitfor" file st || fail "it did not come back: $way"
		is "$(cat st)" 1 "status of -KK from inside: $way"
		says "daemonize: *pid: not from inside the service"
		alive "$pid"
		dz -KK -p pid
		status 0
	done
}
check "-KK from inside is refused, and nothing is signalled: from a session of its own, and double forked" t_inside \
	DAEMONIZE_STOP_SESSION +setsid

t_no_subreaper() {
	# the first prctl of a start is the supervisor's PR_SET_CHILD_SUBREAPER
	st=0
	"$bin/fault" list "$T/list" "$DZ" -r -p "$T/pid" "$P" "$T/report" || st=$?
	[ $st != 125 ] || skip "no filters that can be listened to"
	dz -KK -p pid
	status 0 "-KK of one that is a subreaper"
	call=$(awk '$2 == "prctl" { print $1; exit }' list)
	rm -f report
	st=0
	# shellcheck disable=SC2016
	"$bin/fault" "$call=1" "$T/fault" "$DZ" -r -p "$T/pid" \
		sh -c '(setsid "$0" "$1/apart" &); exec "$0" "$1/report"' "$P" "$T" 2>err || st=$?
	status 0 "a start without"
	says "daemonize: sh: no subreaper: what leaves its parent will not be found"
	appeared
	"$bin/waitfor" file apart
	apart=$(sed -n 's/^pid: //p' apart)
	dz -KK -p pid
	status 1 "-KK with somebody left"
	says "daemonize: pid: its main process has ended: cannot tell what is left of it"
	dead "$pid" 2>/dev/null || "$bin/waitfor" -t 5 end "$pid" || fail "the program lives"
	alive "$apart" "$T/apart"
	dz -KK -p pid
	status 1 "-KK once more"
	dz -K -p pid
	status 0 "-K"
	[ ! -e pid ] || fail "the pidfile is left"
	end "$apart"
}
check "a supervisor that is no subreaper says so, and its -KK does not say 0" t_no_subreaper DAEMONIZE_STOP_SESSION +setsid

# ---- -z ----

# A service that counts its starts in "runs". The first leaves what "left" makes, the third stays.
# shellcheck disable=SC2120
leaver() {	# [STATUS]
	cat >service <<-END
		#!/bin/sh
		echo \$\$ >>"$T/runs"
		[ "\$(wc -l <"$T/runs")" -lt 3 ] || exec "$P" "$T/report"
		[ "\$(wc -l <"$T/runs")" -gt 1 ] || . "$T/left"
		exit ${1:-1}
	END
	chmod +x service
}

t_sweep() {
	logd_start
	watch_pipe
	# shellcheck disable=SC2016
	echo 'setsid "$A" hold pipe & setsid sh -c "\"\$A\" hold pipe & exit" & "$bin/waitfor" file opened' >left
	export A bin
	leaver
	dz -S -r -R 0 -z -c "$T" -p "$T/pid" "$T/service"
	status 0
	appeared
	all_ended "of an earlier run"
	is "$(wc -l <runs)" 3 "starts"
	logged 'started again'
	dz -K -p pid
	status 0
	all_gone
}
check "-z: what a run left is ended before the next start, whatever session it has" t_sweep \
	DAEMONIZE_SWEEP DAEMONIZE_SYSLOG DAEMONIZE_CHDIR +setsid

t_sweep_without() {
	own_dev
	watch_pipe
	export A bin
	# shellcheck disable=SC2016
	echo 'setsid "$A" hold pipe & "$bin/waitfor" file opened' >left
	leaver
	dz -r -R 0 -c "$T" -p "$T/pid" "$T/service"
	status 0
	appeared
	"$bin/waitfor" -t 0 end "$watcher" && fail "it was ended without -z"
	dz -KK -p pid
	status 0
	all_ended "-KK"
}
check "... and without it lives on" t_sweep_without DAEMONIZE_STOP_SESSION DAEMONIZE_CHDIR +setsid

t_sweep_storm() {
	own_dev
	watch_pipe
	export A
	# shellcheck disable=SC2016
	echo '"$A" flee pipe 0' >left
	leaver
	dz -r -R 0 -z -c "$T" -p "$T/pid" "$T/service"
	status 0
	appeared
	all_ended "of an earlier run"
	is "$(wc -l <runs)" 3 "starts"
}
check "... also what forks, calls setsid and lets its parent end, for ever" t_sweep_storm DAEMONIZE_SWEEP DAEMONIZE_CHDIR

t_sweep_stubborn() {
	logd_start
	watch_pipe
	export A bin
	# shellcheck disable=SC2016
	echo '(exec 3>pipe; exec "$A" ignore "ready$$" TERM) & "$bin/waitfor" file "ready$$"' >left
	leaver
	dz -S -r -R 0 -z -t 1 -c "$T" -p "$T/pid" "$T/service"
	appeared
	all_ended "TERM is ignored"
}
check "... by KILL, what ignores TERM" t_sweep_stubborn DAEMONIZE_SWEEP DAEMONIZE_SYSLOG DAEMONIZE_TIMEOUT DAEMONIZE_CHDIR

# Told to stop while it sweeps.
sweeps() {	# [OPTION]...: a service whose rest ignores TERM; returns while that is being ended
	own_dev
	watch_pipe
	export A bin
	# shellcheck disable=SC2016
	echo '(exec 3>pipe; exec "$A" ignore ready TERM) & "$bin/waitfor" file ready' >left
	leaver
	dz -r -R 0 -z -t 30 -c "$T" -p "$T/pid" "$T/service"
	status 0
	supervisor=$("$bin/waitfor" lock pid)
	"$bin/waitfor" file ready
	first=$(cat runs)
	"$bin/waitfor" end "$first"
}

t_sweep_stop() {
	sweeps
	dz -Q -p pid
	status 3 "-Q"
	dz -O -t 1 -p pid "$P" "$T/report"
	status 1 "a second start"
	dz -K -p pid
	status 0
	[ ! -e pid ] || fail "the pidfile is left"
	"$bin/waitfor" -t 0 end "$watcher" && fail "-K ended what was left"
	is "$(wc -l <runs)" 1 "starts"
}
check "... -K meanwhile stops for good, and leaves the rest" t_sweep_stop \
	DAEMONIZE_SWEEP DAEMONIZE_TIMEOUT DAEMONIZE_STATUS DAEMONIZE_ALREADY DAEMONIZE_CHDIR

t_sweep_stop_all() {
	sweeps
	dz -KK -t 1 -p pid
	status 0
	all_ended "-KK"
	is "$(wc -l <runs)" 1 "starts"
}
check "... -KK ends the rest too" t_sweep_stop_all DAEMONIZE_SWEEP DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT DAEMONIZE_CHDIR

t_sweep_foreground() {
	own_dev
	watch_pipe
	export A
	# shellcheck disable=SC2016
	echo '"$A" flee pipe 0' >left
	leaver
	setsid sh -c '"$0" "$1" & wait' "$P" "$T/neighbour" &
	"$bin/waitfor" file neighbour
	$DZ -f -r -R 0 -z -c "$T" -p "$T/pid" "$T/service" &
	appeared
	all_ended "of an earlier run"
	alive "$(sed -n 's/^pid: //p' neighbour)" "$T/neighbour"
	end "$("$bin/waitfor" lock pid)"
}
check "... under -f: nothing but what descends from it" t_sweep_foreground DAEMONIZE_SWEEP DAEMONIZE_FOREGROUND DAEMONIZE_CHDIR +setsid

t_sweep_usage() {
	dz -z "$P" "$T/report"
	fails 2 "daemonize: -z: needs -r"
	dz -S -z "$P" "$T/report"
	status 2
}
check "-z without -r is an error" t_sweep_usage DAEMONIZE_SWEEP DAEMONIZE_SYSLOG

done_testing
