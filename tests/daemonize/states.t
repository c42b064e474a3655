#!/bin/sh
# SPDX-License-Identifier: 0BSD
# A service in each of its states, and what each of our calls makes of it: starting,
# waiting to restart, half ended, moved, touched; callers that are interrupted.
# From the environment: CYCLES, rounds of two starts that fail (1000; 300 of them).
# shellcheck disable=SC2154,SC2016
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev actor member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
Z="$bin/badstate -Z"

asks() {	# STATUS [PATTERN]
	dz -Q -p "${file:-pid}"
	status "$1" "-Q"
	[ $# -lt 2 ] || like "$(cat out)" "$2" "what -Q prints"
}

behind() {	# COMMAND...: runs it with its signals at their defaults; sets caller
	$Z "$@" </dev/null >out 2>err &
	caller=$!
}

returns() {	# STATUS WHAT [SECONDS]
	"$bin/waitfor" -t "${3:-10}" end "$caller" || fail "it does not end: $2"
	st=0
	wait "$caller" || st=$?
	[ "$1" = any ] || status "$1" "$2"
}

lives() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null; }

usage() {	# STATUS OPTION...
	wanted=$1
	shift
	dz "$@"
	status "$wanted" "$*"
	says "daemonize: *"
	nothing_left
}

# callers that are interrupted

interrupted() {	# WHAT
	for sig in INT TERM HUP QUIT; do
		rm -f report
		# shellcheck disable=SC2086
		behind "$DZ" $1 -t 25 $kind -p pid "$P" "$T/report"
		appeared
		kill -$sig $caller
		returns any "$sig to a caller that waits ($1 $kind)" 6
		[ $st != 0 ] || fail "status 0 of one that was interrupted by $sig ($1 $kind)"
		"$bin/waitfor" -t 5 none "$T/report" || fail "it lives after $sig to its caller ($1 $kind)"
		all_gone
		[ ! -e pid ] || fail "the pidfile is left after $sig ($1 $kind)"
	done
}

ways() {	# FUNCTION: with each way of being ready
	for way in "-w fd:3" "-w socket" "-w line:ready"; do
		case $way in
		*fd*) has DAEMONIZE_READY_FD || continue ;;
		*socket) has DAEMONIZE_READY_SOCKET || continue ;;
		*line*) has DAEMONIZE_READY_LINE || continue ;;
		esac
		"$@" "$way"
	done
}

t_interrupted() { each ways interrupted; }
check "INT, TERM, HUP, QUIT to a caller that waits for readiness: it ends, and the start with it" t_interrupted \
	DAEMONIZE_READY DAEMONIZE_TIMEOUT

t_terminal() {
	own_dev
	cat >script <<-END
		file $T/report
		key C
		wait
	END
	"$bin/ptyrun" "$DZ" -w fd:3 -t 25 -p "$T/pid" "$P" "$T/report" <script >shown || fail "Ctrl-C: $(cat shown)"
	"$bin/waitfor" -t 5 none "$T/report" || fail "it lives after Ctrl-C"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... Ctrl-C on a terminal" t_terminal DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

ignored() {	# WHAT
	for sig in INT HUP; do
		rm -f report go
		mkfifo go
		case $1 in
		*fd*) word='echo >&3' ;;
		*socket) word='"$2" notify-of "$NOTIFY_SOCKET" READY=1' ;;
		*) word='echo ready' ;;
		esac
		# shellcheck disable=SC2086
		$Z -I $sig "$DZ" $1 -t 20 $kind -p pid sh -c 'read x <"$1/go"; '"$word"'; exec "$0" "$1/report"' "$P" "$T" "$A" </dev/null >out 2>err &
		caller=$!
		# until the program waits for its word
		"$bin/waitfor" file pid
		kill -$sig $caller
		echo >go
		returns 0 "$sig, which the caller ignored ($1 $kind)"
		appeared
		dz -K -p pid
		status 0
		all_gone
	done
}
t_ignored() { each ways ignored; }
check "... not by signals that it ignored" t_ignored DAEMONIZE_READY DAEMONIZE_TIMEOUT

# a start that meets another one

slow_start() {	# PROGRAM...: its exec takes two seconds; sets first
	rm -f trace
	# the tracer is no parent of it, and ends with what it traces
	strace -D -f -qq -o trace -e trace=execve -e inject=execve:delay_enter=2500000:when=1 "$DZ" $kind -p "$T/pid" "$@" </dev/null >out1 2>err1 &
	first=$!
	"$bin/waitfor" -t 30 match trace "execve(\"$1\"" || fail "it does not come to its exec: $(cat trace err1)"
}

starting() {
	slow_start "$P" "$T/report"
	asks 3 "*start*"
	[ ! -e report ] || skip "it was too fast"
	behind "$DZ" -O -p pid "$P" "$T/report2"
	returns 0 "-O ($kind)"
	asks 0 "running, pid *"
	wait $first || fail "the first start: status $?: $(cat err1)"
	appeared
	[ ! -e report2 ] || fail "a second one runs ($kind)"
	dz -K -p pid
	status 0 "-K ($kind)"
	all_gone
}
t_starting() { each starting; }
check "while it is being started -Q is 3 and says so; -O waits for it" t_starting DAEMONIZE_ALREADY +strace

starting_second() {
	slow_start "$P" "$T/report"
	behind "$DZ" -p pid "$P" "$T/report2"
	returns 3 "a second start ($kind)"
	wait $first || fail "the first start: status $?: $(cat err1)"
	appeared
	[ ! -e report2 ] || fail "a second one runs ($kind)"
	is "$(cat pid)" "$pid" "pidfile ($kind)"
	# the waiting one has its own limit
	rm report
	dz -K -p pid
	slow_start "$P" "$T/report"
	before=$(now)
	dz -t 1 -p pid "$P" "$T/report2"
	[ ! -e report ] || skip "it was too fast"
	took=$(($(now) - before))
	status 1 "a second start with -t 1 ($kind)"
	[ $took -ge 90 ] && [ $took -lt 250 ] || fail "-t 1 took $took hundredths"
	wait $first || fail "the first start: status $?: $(cat err1)"
	dz -K -p pid
	all_gone
}
t_starting_second() { each starting_second; }
check "... a second start waits, until its -t" t_starting_second DAEMONIZE_TIMEOUT +strace

starting_fails() {
	rm -f report2
	slow_start "$T/none"
	behind "$DZ" -O -p pid "$P" "$T/report2"
	returns 0 "-O of one that met a failing start ($kind)"
	st=0
	wait $first || st=$?
	status 127 "the first start ($kind)"
	"$bin/waitfor" file report2 || fail "it did not start its own ($kind)"
	asks 0 "running, pid $(sed -n 's/^pid: //p' report2)"
	dz -K -p pid
	all_gone
}
t_starting_fails() { each starting_fails; }
check "... and starts its own when that one has failed" t_starting_fails DAEMONIZE_ALREADY +strace

starting_interrupted() {
	for sig in INT TERM; do
		slow_start "$P" "$T/report"
		behind "$DZ" -p pid "$P" "$T/report2"
		pause
		kill -$sig $caller
		returns any "$sig to one that waits for another start ($kind)" 2
		[ $st != 0 ] && [ $st != 3 ] || fail "status $st ($kind)"
		wait $first || fail "the first start: status $?: $(cat err1)"
		appeared
		asks 0 "running, pid $pid"
		[ ! -e report2 ] || fail "a second one runs"
		dz -K -p pid
		all_gone
		rm -f report
	done
}
t_starting_interrupted() { each starting_interrupted; }
check "... can be interrupted, which is nothing to the other" t_starting_interrupted +strace

t_starting_ticklog() {
	own_dev
	kind=
	ln -s "$BOX" ticklog
	slow_start "$P" "$T/report"
	# a shell lets what it puts behind it ignore INT
	./ticklog -f -p pid </dev/null 2>err &
	waits=$!
	pause
	kill -TERM $waits
	"$bin/waitfor" -t 1 end $waits || fail "TERM to a ticklog -f that waits is not heeded"
	wait $first || fail "the first start: status $?: $(cat err1)"
}
check "... ticklog -f too" t_starting_ticklog TICKLOG DAEMONIZE_FOREGROUND +strace

t_starting_stop() {
	own_dev
	kind=
	slow_start "$P" "$T/report"
	dz -K -p pid
	status 0 "-K of one that is being started"
	asks 3
	wait $first || :
	"$bin/waitfor" -t 5 none "$T/report" || fail "it runs after a stop of status 0"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... -K ends it" t_starting_stop +strace

t_already_truth() {
	own_dev
	i=0 rounds=$((${CYCLES:-1000} * 3 / 10))
	while [ $i -lt $rounds ]; do
		i=$((i + 1))
		# shellcheck disable=SC2086
		"$bin/badstate" -r 2 $DZ -O -p "$T/pid" "$T/none" >got 2>err || :
		is "$(cat got)" "127 127" "statuses of two starts of what is not there, round $i: $(cat err)"
		[ ! -e pid ] || fail "a pidfile is left in round $i"
	done
}
check "-O is 0 only of what runs: two starts of a missing program, time and again" t_already_truth DAEMONIZE_ALREADY

t_already_mixed() {
	own_dev
	i=0
	while [ $i -lt 50 ]; do
		i=$((i + 1))
		rm -f report
		$Z "$DZ" -p pid "$T/none" >out2 2>err2 &
		other=$!
		dz -O -p pid "$P" "$T/report"
		status 0 "-O in round $i"
		appeared
		asks 0 "running, pid $pid"
		st=0
		wait $other || st=$?
		case $st in 127 | 3) ;; *) fail "status $st of the other" ;; esac
		is "$(cat pid 2>/dev/null)" "$pid" "the pidfile in round $i"
		dz -K -p pid
		status 0
	done
}
check "... beside one that fails it starts its own" t_already_mixed DAEMONIZE_ALREADY

# files that a start hangs on

t_fifo() {
	mkfifo fifo
	for opts in "-o fifo" "-a -o fifo" "-e fifo" "-S -e fifo" "-l fifo"; do
		case $opts in *-l*) has DAEMONIZE_LOCK || continue ;; *) has DAEMONIZE_FILES || continue ;; esac
		case $opts in *-S*) has DAEMONIZE_SYSLOG || continue ;; esac
		for file in "" "-p pid"; do
			rm -f report
			# shellcheck disable=SC2086
			behind "$DZ" $opts $file "$P" "$T/report"
			returns any "$opts $file, which nobody reads"
			case $st in
			0)	appeared
				kill -9 "$pid"
				"$bin/waitfor" end "$pid" ;;
			1 | 2)	[ -s err ] || fail "no message ($opts)"
				all_gone ;;
			*)	fail "status $st ($opts)" ;;
			esac
			rm -f pid
		done
	done
}
check "-o and -e FIFO that nobody reads: a status, and no hanging" t_fifo

# moved, touched, removed

t_moved() {
	each moved
}
moved() {
	[ -n "$kind" ] || return 0
	start $kind -p "$T/pid"
	a=$pid supervisor_a=$(get ppid)
	mv pid old
	rm report
	start $kind -p "$T/pid"
	b=$pid
	is "$(cat pid)" "$b" "the new file ($kind)"
	kill "$supervisor_a"
	"$bin/waitfor" end "$supervisor_a" "$a" || fail "it does not end ($kind)"
	is "$(cat pid 2>/dev/null)" "$b" "the pidfile of the second, after the first one's end ($kind)"
	asks 0 "running, pid $b"
	dz -K -p pid
	status 0
	all_gone
	rm -f old
}
check "a pidfile that was moved away: its supervisor's end leaves the next one's" t_moved

t_touched() {
	own_dev
	# a login: a shell, its other job, and a service under -f
	setsid sh -c '"$0" "$1/neighbour" & "$2" -f -p "$1/pid" "$0" "$1/report" & wait; exec "$0" "$1/shell"' "$P" "$T" "$bin/daemonize" &
	"$bin/waitfor" file neighbour
	appeared
	login=$(get sid) neighbour=$(sed -n 's/^pid: //p' neighbour)
	for time in "2026-01-01 00:00:00.000000001" "2026-01-01 00:00:00.123456789" now; do
		touch -d "$time" pid 2>/dev/null || continue
		dz -KK -t 1 -p pid
		lives "$neighbour" || fail "-KK after a touch ended a neighbour"
		lives "$login" || fail "-KK after a touch ended the login"
		case $st in
		0)	! lives "$pid" || fail "-KK says 0 and it lives"
			break ;;
		1)	[ -s err ] || fail "no message" ;;
		*)	fail "status $st" ;;
		esac
	done
}
check "touch FILE and -KK of a service under -f: the login lives" t_touched DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND DAEMONIZE_TIMEOUT +setsid

t_busy() {
	own_dev
	mkdir tree
	mount -t tmpfs tmpfs tree
	for kind in "" -S -r; do
		case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
		rm -f report
		cd tree
		dz $kind -p ../pid "$P" "$T/report"
		cd ..
		status 0 "$kind"
		appeared
		umount tree || fail "the caller's directory is kept busy ($kind)"
		mount -t tmpfs tmpfs tree
		asks 0 "running, pid $pid"
		dz -K -p pid
		status 0
		[ ! -e pid ] || fail "the pidfile is left ($kind)"
		all_gone
	done
}
check "a relative -p ../x does not keep the caller's directory busy" t_busy STEP_CHDIR +root

# the leader of a program's threads has ended

threads() {
	rm -f thread
	# shellcheck disable=SC2086
	dz $kind -p pid "$bin/member" threads "report=$T/thread"
	status 0
	"$bin/waitfor" file thread
	pid=$(cat thread)
	until grep -q '^State:.Z' "/proc/$pid/status"; do pause; done
	is "$(sed -n 's/^Threads:[[:space:]]*//p' "/proc/$pid/status")" 2 "threads"
	asks 0 "running, pid $pid"
	# shellcheck disable=SC2086
	dz $kind -p pid "$P" "$T/report"
	status 3 "a second start ($kind)"
	dz -k CONT -p pid
	status 0 "-k ($kind)"
	dz -K -p pid
	status 0 "-K ($kind)"
	soon '[ ! -d "/proc/$pid/task" ] || [ "$(ls "/proc/$pid/task" 2>/dev/null | wc -l)" -le 1 ]' 1 ||
		fail "-K says 0 and its threads live ($kind)"
	[ ! -e pid ] || fail "the pidfile is left ($kind)"
}
t_threads() { each threads; }
check "its first thread has ended, others live: it runs, and is stopped" t_threads

t_threads_descend() {
	own_dev
	"$DZ" -f -p "$T/pid" sh -c '"$2" threads "report=$1/thread" & exec "$0" "$1/report"' "$P" "$T" "$bin/member" &
	"$bin/waitfor" file thread
	appeared
	thread=$(cat thread)
	until grep -q '^State:.Z' "/proc/$thread/status"; do pause; done
	dz -KK -t 1 -p pid
	[ "$st" != 0 ] || [ "$(ls "/proc/$thread/task" 2>/dev/null | wc -l)" -lt 2 ] || fail "-KK says 0 and a member's thread lives"
	status 0 "-KK"
}
check "... as a member of a service, for -KK" t_threads_descend DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND DAEMONIZE_TIMEOUT

t_reaped() {
	# the kernel says 0 threads of one that is just being reaped
	start -p pid
	awk '{ $3 = "Z"; $20 = 0; print }' "/proc/$pid/stat" >stat
	mount --bind stat "/proc/$pid/stat"
	asks 1 "dead*"
}
check "one that is just being reaped does not run" t_reaped +root

# the restart delay

delayed() {	# SECONDS: a service that has failed is waiting for these
	rm -f runs pid
	dz -r -R "$1" -p pid sh -c 'echo >>"$0/runs"; [ "$(wc -l <"$0/runs")" = 1 ] && exit 1; exec "$1" "$0/report"' "$T" "$P"
	status 0
	soon 'dz -Q -p pid; [ "$st" != 0 ] || [ "$(cat out)" != "running, pid $(cat pid 2>/dev/null)" ]' || fail "it does not end"
}

t_delay_status() {
	own_dev
	delayed 30
	asks 3 "*restarting in [0-9]* s*"
	seconds=$(sed 's/.*restarting in \([0-9]*\) s.*/\1/' out)
	[ "$seconds" -ge 20 ] && [ "$seconds" -le 30 ] || fail "restarting in $seconds s"
	like " $(cat out) " "*[!0-9]*" "what -Q prints"
	case $(cat out) in *pid*) fail "a pid of nobody's: $(cat out)" ;; esac
	dz -q -Q -p pid
	status 3 "-q -Q"
	dz -K -p pid
	status 0 "-K"
	all_gone
	is "$(wc -l <runs | tr -d ' ')" 1 "starts"
	asks 3 "not running"
}
check "in the restart delay -Q is 3 and says how long; -K is for good" t_delay_status DAEMONIZE_RESTART DAEMONIZE_QUIET

t_delay_already() {
	own_dev
	delayed 3
	asks 3
	before=$(now)
	dz -O -p pid "$P" "$T/report2"
	status 0 "-O"
	asks 0 "running, pid *"
	appeared
	asks 0 "running, pid $pid"
	[ ! -e report2 ] || fail "a second one runs"
	dz -K -p pid
	status 0
	all_gone
	rm -f report
	delayed 30
	before=$(now)
	dz -O -t 1 -p pid "$P" "$T/report2"
	took=$(($(now) - before))
	status 1 "-O -t 1"
	[ $took -ge 90 ] && [ $took -lt 400 ] || fail "-O -t 1 took $took hundredths"
	before=$(now)
	dz -t 1 -p pid "$P" "$T/report2"
	took=$(($(now) - before))
	status 1 "a second start with -t 1"
	[ $took -ge 90 ] && [ $took -lt 400 ] || fail "a second start with -t 1 took $took hundredths"
	[ ! -e report2 ] || fail "a second one runs"
	asks 3 "*restarting in*"
	dz -K -p pid
	status 0
	all_gone
}
check "... -O waits for it, until -t; its 0 is true" t_delay_already DAEMONIZE_RESTART DAEMONIZE_ALREADY DAEMONIZE_TIMEOUT

t_delay_stops() {
	own_dev
	for how in "-K" "-KK" "-K -k INT" "-K -k KILL" "-K -t 1"; do
		case $how in -KK) has DAEMONIZE_STOP_SESSION || continue ;; *-t*) has DAEMONIZE_TIMEOUT || continue ;; esac
		delayed 1
		# shellcheck disable=SC2086
		dz $how -p pid
		status 0 "$how"
		[ ! -e pid ] || fail "the pidfile is left ($how)"
		all_gone
		pause 1.2
		is "$(wc -l <runs | tr -d ' ')" 1 "starts ($how)"
	done
}
check "... each way of stopping is for good" t_delay_stops DAEMONIZE_RESTART

t_delay_signal() {
	own_dev
	delayed 30
	for sig in HUP USR1 KILL; do
		dz -k $sig -p pid
		status 1 "-k $sig in the delay"
		says "daemonize: *pid: *"
	done
	asks 3 "*restarting*"
	dz -K -p pid
	status 0
}
check "... there is nobody to be signalled" t_delay_signal DAEMONIZE_RESTART

# a first restart at once, then from a second on

t_restart_zero() {
	own_dev
	dz -r -R 0 -p pid sh -c 'echo >>"$0/runs"; exit 1' "$T"
	status 0
	"$bin/waitfor" file runs
	pause 3.5
	n=$(wc -l <runs)
	[ "$n" -ge 3 ] && [ "$n" -le 4 ] || fail "$n starts in 3.5 seconds, wanted those at 0, 0, 1 and 3"
	dz -K -p pid
	status 0
}
check "-R 0: the first time at once, then after 1 s and twice that" t_restart_zero DAEMONIZE_RESTART

t_implied() {
	own_dev
	rm -f runs
	dz -R 1 -p pid sh -c 'echo >>"$0/runs"; exit 0' "$T"
	status 0
	"$bin/waitfor" file runs
	pause 1.8
	[ "$(wc -l <runs)" -ge 2 ] || fail "-R alone does not restart"
	dz -K -p pid
	status 0
	all_gone
	rm -f runs
	dz -C 2 -p pid sh -c 'echo >>"$0/runs"; exit 1' "$T"
	status 0
	"$bin/waitfor" -t 15 gone pid || fail "-C alone does not give up"
	all_gone
	is "$(wc -l <runs | tr -d ' ')" 2 "starts with -C 2"
}
check "-R and -C imply -r" t_implied DAEMONIZE_RESTART

# command lines

t_usage() {
	usage 4 -Z -Q -p pid
	usage 4 -Q -Z -p pid
	usage 4 -Q -p pid extra
	usage 4 -K -Q -p pid
	usage 4 -Q -K -p pid
	usage 4 -Q
	usage 2 -p X -p Y "$P" "$T/report"
	usage 2 -p X -p X "$P" "$T/report"
	usage 4 -Q -p X -p Y
	if has DAEMONIZE_FILES; then usage 2 -a "$P" "$T/report"; fi
	if has DAEMONIZE_LEADER && has DAEMONIZE_FOREGROUND; then
		usage 2 -1 -f "$P" "$T/report"
		usage 2 -f -1 "$P" "$T/report"
	fi
	if has DAEMONIZE_SUPERVISOR_PIDFILE; then
		usage 2 -P sup "$P" "$T/report"
		usage 2 -P sup -p pid "$P" "$T/report"
		if has DAEMONIZE_RESTART; then usage 2 -r -p X -P X "$P" "$T/report"; fi
	fi
	[ ! -e X ] && [ ! -e pid ] && [ ! -e sup ] || fail "a file was made"
}
check "what has no effect beside the others is an error: 2, with -Q 4" t_usage

# descriptors of readiness and messages

t_verbose_ready() {
	own_dev
	for kind in "" -S; do
		case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; esac
		rm -f report
		# shellcheck disable=SC2086
		$Z -x 3 -x 4 -x 5 "$DZ" -v $kind -w fd:3 -t 1 -p pid "$P" "$T/report" </dev/null >out 2>err &
		caller=$!
		returns 4 "-v -w fd:3 of one that is never ready ($kind)"
		all_gone
		# shellcheck disable=SC2086
		$Z -x 3 -x 4 -x 5 "$DZ" -v $kind -w fd:3 -t 10 -p pid sh -c 'echo >&3; exec "$0" "$1"' "$P" "$T/report" </dev/null >out 2>err &
		caller=$!
		returns 0 "-v -w fd:3 of one that is ready ($kind)"
		appeared
		dz -K -p pid
		status 0
		all_gone
	done
}
check "-v -w fd:3: not ready by our own messages" t_verbose_ready DAEMONIZE_VERBOSE DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_verbose_keep() {
	PRE="$Z -x 3 -x 4 -x 5 -x 6"
	for verbose in "" -v; do
		rm -f report
		# shellcheck disable=SC2086
		dz $verbose -D 3 "$P" "$T/report"
		status 1 "$verbose -D 3, which is closed"
		like "$(tail -n 1 err)" "daemonize: keep: 3: *" "message"
		nothing_left
	done
}
check "-v -D 3, which is closed: it fails as without -v" t_verbose_keep DAEMONIZE_VERBOSE DAEMONIZE_KEEP

t_fd_number() {
	own_dev
	for n in 2147483647 2147483648 4294967299 1073741824; do
		rm -f report
		behind "$DZ" -w fd:$n -t 1 -p pid "$P" "$T/report"
		returns any "-w fd:$n"
		case $st in 1 | 2) [ -s err ] || fail "no message" ;; *) fail "-w fd:$n: status $st: $(cat err)" ;; esac
		all_gone
		[ ! -e pid ] || fail "a pidfile is left"
	done
	# as far as the limit goes it works
	PRE="$Z -l 200"
	dz -w fd:150 -t 5 -p pid sh -c 'echo >/proc/self/fd/150; exec "$0" "$1"' "$P" "$T/report"
	status 0 "-w fd:150"
}
check "-w fd: with a number that no descriptor can have" t_fd_number DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_line_long() {
	logd_start
	for length in 900 1023 1024 1500 3000 8000; do
		for kind in "" -S; do
			case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; esac
			text="ready $(awk -v n=$length 'BEGIN { for (i = 0; i < n - 6; i++) printf "%d", i % 10 }')"
			# shellcheck disable=SC2086
			dz -w line:ready -t 10 $kind -p pid "$A" say "before\\n$text\\nafter\\n"
			status 0 "a line of $length bytes ($kind)"
			is "$(cat out)" "$text" "a line of $length bytes ($kind)"
			is "$(wc -l <out | tr -d ' ')" 1 "lines"
			[ -z "$kind" ] || logged ': after$'
			[ -z "$kind" ] || not_logged ': ready'
			[ -z "$kind" ] || not_logged ': [0-9]*$'
			dz -K -p pid
			status 0
			: >log
		done
	done
}
check "-w line: a line of more than a kilobyte is printed whole, and goes nowhere else" t_line_long DAEMONIZE_READY_LINE DAEMONIZE_TIMEOUT

t_line_killed() {
	own_dev
	rm -f runs
	behind "$DZ" -r -R 1 -w line:ready -t 20 -p "$T/pid" sh -c 'echo >>"$1/runs"; exec "$0" "$1/report"' "$P" "$T"
	appeared
	kill -KILL "$caller"
	"$bin/waitfor" end "$caller"
	# as it comes: it is ended with its caller, or is a service like any other
	pause 0.5
	dz -Q -p pid
	case $st in
	0)	rm report
		kill -9 "$pid"
		"$bin/waitfor" file report || fail "it runs, and is not started again"
		dz -K -p pid
		status 0 ;;
	*)	"$bin/waitfor" -t 25 gone pid ;;
	esac
	all_gone
}
check "-r -w line: whose caller was killed: ended, or restarted as any other" t_line_killed DAEMONIZE_READY_LINE DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

# -f

t_foreground_exec() {
	own_dev
	behind "$DZ" -f -r -R 0 -C 2 -p pid "$T/none"
	returns any "-f -r of a missing program"
	[ $st != 0 ] || fail "status 0"
	like "$(cat err)" "*exec*$T/none*" "message"
	[ ! -e pid ] || fail "the pidfile is left"
	# one that goes missing later
	cat >program <<-END
		#!/bin/sh
		mv "$T/program" "$T/moved"
		exit 1
	END
	chmod +x program
	behind "$DZ" -f -r -R 0 -C 3 -p pid "$T/program"
	returns 1 "-f -r of a program that goes missing"
	like "$(cat err)" "*exec*$T/program*" "message"
}
check "-f -r without -S: an exec that fails is told on stderr" t_foreground_exec DAEMONIZE_FOREGROUND DAEMONIZE_RESTART

# -KK after the main process has ended by itself

ended_first() {
	rm -f report job
	dz -p pid sh -c '"$0" "$1/job" & exec "$0" -e 0 "$1/report"' "$P" "$T"
	status 0
	"$bin/waitfor" file job
	appeared
	"$bin/waitfor" end "$pid"
	job=$(sed -n 's/^pid: //p' job)
	asks 1
	dz -KK -t 1 -p pid
	case $st in
	0)	! lives "$job" || fail "-KK says 0 and a member lives" ;;
	1)	says "daemonize: *pid: *" ;;
	*)	fail "status $st" ;;
	esac
	! lives "$job" || end "$job"
	# a start is not kept from it
	rm -f report
	start -p pid
	end "$pid"
}
t_ended_first() { own_dev; kind=''; ended_first; }
check "-KK after the main process has ended by itself: not 0 with members left" t_ended_first DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT

# a caller that is privileged by its file

t_capable() {
	cp "$BOX" daemonize
	setcap cap_net_bind_service+ep daemonize || skip "no file capabilities here"
	DZ=$T/daemonize PRE="$bin/badstate -Z -u 65534:65534"
	start -p "$T/pid"
	is "$(get uid)" "65534 65534 65534" "user"
}
check "a program with capabilities of its file (AT_SECURE) is not set-user-id" t_capable +root +setcap

# ticklog

t_ticklog_user() {
	logd_start
	mkdir -m 755 run
	ln -s "$BOX" ticklog
	st=0
	"$T/ticklog" -u 65534:65534 -i 0.1 -d 0 -p run/pid 2>err || st=$?
	status 0 "ticklog -u -p"
	pid=$(cat run/pid)
	kill "$pid"
	"$bin/waitfor" end "$pid"
	[ ! -e run/pid ] || [ -s run/pid ] || fail "an empty pidfile is left"
	st=0
	"$T/ticklog" -Q -p run/pid >out || st=$?
	case $st in 1 | 3) ;; *) fail "status $st of -Q" ;; esac
	st=0
	"$T/ticklog" -u 65534:65534 -i 0.1 -d 0 -p run/pid 2>err || st=$?
	status 0 "ticklog once more"
	st=0
	"$T/ticklog" -K -p run/pid 2>err || st=$?
	status 0 "ticklog -K"
	[ ! -e run/pid ] || fail "the pidfile is left"
}
check "ticklog -u -p: no empty pidfile is left" t_ticklog_user TICKLOG DAEMONIZE_USER +root

t_ticklog_command() {
	logd_start
	ln -s "$BOX" ticklog
	"$T/ticklog" -i 0.2 -d 0 -p "$T/pid" -- "$A" ignore "$T/ready" TERM INT HUP QUIT
	"$bin/waitfor" file ready || fail "the command does not run"
	st=0
	"$T/ticklog" -K -t 1 -p "$T/pid" 2>err || st=$?
	status 0 "ticklog -K -t 1"
	"$bin/waitfor" -t 3 none "$T/ready" || fail "the command lives"
}
check "ticklog -K -t 1: a command that ignores TERM is ended" t_ticklog_command TICKLOG TICKLOG_COMMAND DAEMONIZE_TIMEOUT

done_testing
