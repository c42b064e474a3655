#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Hostile programs that run as another user, hostile readers of the pidfile, files that
# are no pidfiles, and strangers who say that a program is ready.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +root"
HELPERS="logd owndev actor hostile refuse"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
H=$bin/hostile
nobody="$bin/badstate -Z -u 65534:65534"

asks() {	# STATUS [TEXT]
	dz -Q -p run/pid
	status "$1" "-Q"
	[ $# -lt 2 ] || is "$(cat out)" "$2" "what -Q prints"
}

each() {	# FUNCTION: with each kind of start
	logd_start
	mkdir -m 755 run
	for kind in "" -S -r; do
		case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
		rm -f run/pid report*
		"$@"
	done
}

reaped() {	# PID: its number is nobody's; this shell takes its status if it has to
	"$bin/waitfor" end "$1"
	tries=0
	until [ ! -e "/proc/$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "the number $1 stays taken"
		pause
		: & wait $! || :
	done
	# not within the same tick of the clock
	pause
}

stranger() {	# PID: a process of root's with this number, at "stranger"
	rm -f stranger stranger.again
	"$A" withpid "$1" "$P" "$T/stranger" || skip "no clone3 with a pid"
	"$bin/waitfor" file stranger
	is "$(sed -n 's/^pid: //p' stranger)" "$1" "the stranger's pid"
}

# the program

t_descriptors() {
	own_dev
	start -p pid
	is "$(get fds)" "0 1 2" "descriptors"
	dz -K -p pid
	status 0
	has DAEMONIZE_LOCK || return 0
	rm report
	start -p pid -l lock
	is "$(get fds | wc -w | tr -d ' ')" 4 "descriptors with -l: $(get fds)"
	is "$(sed -n "s|^fd [0-9]*: $T/lock ||p" report)" r "how the lock is open"
	[ "$(flock -n lock echo free 2>/dev/null)" != free ] || fail "it is not locked"
}
check "the program is given no descriptor but -l's, which cannot be written" t_descriptors STEP_CLOSE +apart

by_program() {
	# shellcheck disable=SC2086
	dz -u 65534:65534 $kind -p run/pid "$H" program "$T/report" "$T/run/pid"
	status 0
	"$bin/waitfor" file report
	main=$(get pid) locker=$(get locker)
	is "$(cat run/pid)" "$main" "the pidfile ($kind)"
	stranger "$locker"
	asks 0 "running, pid $main"
	# shellcheck disable=SC2086
	dz -u 65534:65534 $kind -p run/pid "$P" "$T/report2"
	status 3 "a second start ($kind)"
	dz -k USR1 -p run/pid
	status 0 "-k ($kind)"
	"$bin/waitfor" file report.again || fail "the signal went elsewhere ($kind)"
	dz -K -p run/pid
	kill -0 "$locker" 2>/dev/null || fail "-K killed the stranger ($kind)"
	status 0 "-K ($kind)"
	"$bin/waitfor" -t 2 end "$main" || fail "-K says 0 and it lives ($kind)"
	alive "$locker" "$T/stranger"
	is "$(sort -u report | sed -n 's/^did: //p')" "" "what it could do ($kind)"
	kill -9 "$locker"
	reaped "$locker"
	asks 3
}
# Outside of a pid namespace of its own: there F_GETLK names no owner that has ended.
t_program() {
	"$bin/owndev" "$T/dev"
	mkdir -m 755 run
	for kind in "" -r; do
		[ -z "$kind" ] || has DAEMONIZE_RESTART || continue
		rm -f run/pid report*
		by_program
	done
}
check "a program that takes the lock over and gives its owner's number away: the stranger lives" t_program DAEMONIZE_USER +mount

by_keeper() {
	dz -u 65534:65534 -p run/pid "$H" keeper "$T/report" "$T/run/pid"
	status 0
	"$bin/waitfor" file report
	main=$(get pid) keeper=$(get keeper)
	kill -9 "$main"
	reaped "$main"
	kill -0 "$keeper" || fail "nobody keeps its descriptors"
	asks 1
	stranger "$main"
	asks 1
	dz -k USR1 -p run/pid
	status 1 "-k of one that has ended"
	# whoever keeps what it had cannot keep it from being started
	dz -K -p run/pid
	kill -0 "$main" 2>/dev/null || fail "-K killed the stranger"
	rm -f report
	dz -u 65534:65534 -p run/pid "$P" "$T/report"
	status 0 "a start after it"
	appeared
	asks 0 "running, pid $pid"
	dz -K -p run/pid
	status 0 "-K"
	"$bin/waitfor" -t 2 end "$pid" || fail "it lives"
	alive "$main" "$T/stranger"
	kill -9 "$keeper" "$main"
}
t_keeper() { mkdir -m 755 run; kind=''; by_keeper; }
check "... one whose descriptors outlive it: it is dead, the stranger with its number lives, a start works" t_keeper DAEMONIZE_USER

own_directory() {
	# its own directory: it may take the file away, and no more
	rm -rf mine stranger
	mkdir -m 755 mine
	chown 65534:65534 mine
	# shellcheck disable=SC2086
	dz -u 65534:65534 $kind -p mine/pid "$H" program "$T/report" "$T/mine/pid"
	status 0
	"$bin/waitfor" file report
	main=$(get pid)
	"$P" "$T/stranger" &
	stranger=$!
	"$bin/waitfor" file stranger
	for forged in "$stranger" "$main"; do
		for how in "" times; do
			rm -f mine/pid mine/pid~
			$nobody sh -c 'umask 022; echo "$1" >mine/pid; [ ! "$2" ] || touch -r mine/pid.moved mine/pid' sh "$forged" "$how" 2>/dev/null
			dz -Q -p mine/pid
			[ "$st" != 0 ] || is "$(cat out)" "running, pid $main" "what -Q says of a forged file ($kind)"
			dz -k USR1 -p mine/pid
			dz -K -t 1 -p mine/pid
			kill -0 $stranger 2>/dev/null || fail "-K killed the stranger ($kind)"
			[ ! -e stranger.again ] || fail "-k signalled the stranger ($kind)"
			[ "$st" != 0 ] || [ "$forged" = "$stranger" ] || "$bin/waitfor" -t 2 end "$main" ||
				case $(cat mine/pid 2>/dev/null) in "$main") fail "-K says 0 and it lives ($kind)" ;; esac
		done
	done
	kill -9 $stranger
	"$bin/waitfor" kill "$H program" >/dev/null
	"$bin/waitfor" kill "$bin/daemonize" >/dev/null
}
t_own_directory() { each own_directory; }
check "... in a directory of its own: whatever it puts there, no stranger is signalled" t_own_directory DAEMONIZE_USER +apart

t_upper_directory() {
	# a directory of root's in one of its own: it may put another in that place
	mkdir -m 755 mine mine/run elsewhere
	chown 65534:65534 mine
	start -u 65534:65534 -p mine/run/pid
	$nobody mv mine/run mine/old
	dz -Q -p mine/run/pid
	status 4 "-Q, the directory gone"
	$nobody ln -s "$T/elsewhere" mine/run
	dz -Q -p mine/run/pid
	status 4 "-Q, a link in its place"
	dz -K -p mine/run/pid
	status 1 "-K"
	is "$(cat err)" "daemonize: mine/run/pid: others may write its folder" "message"
	alive "$pid" "$T/report"
	dz -K -p mine/old/pid
	status 0 "-K where it is now"
}
check "... in a directory of root's that it can move away" t_upper_directory DAEMONIZE_USER DAEMONIZE_STOP

# readers

readers() {	# of the pidfile by another user
	rm -f reader
	$nobody "$H" reader "$T/reader" "$T/run/pid" "$T/run/pid~" &
	"$bin/waitfor" file reader || fail "no reader"
}

with_readers() {
	how="with a reader's locks ($kind)"
	readers
	# shellcheck disable=SC2086
	case $kind in *r*) again="-R 0" ;; *) again= ;; esac
	# shellcheck disable=SC2086
	dz $kind $again -p run/pid "$P" "$T/report"
	status 0 "start $how"
	appeared
	asks 0 "running, pid $pid"
	# shellcheck disable=SC2086
	dz $kind -p run/pid "$P" "$T/report2"
	status 3 "a second start $how"
	dz -k USR1 -p run/pid
	status 0 "-k $how"
	"$bin/waitfor" file report.again || fail "no signal came $how"
	# readers who come while it runs, and wait for its end
	readers
	rm report
	kill -9 "$pid"
	case $kind in
	*r*)	appeared ;;
	"")	"$bin/waitfor" end "$pid"
		asks 1
		start -p run/pid ;;
	*)	"$bin/waitfor" gone run/pid
		# shellcheck disable=SC2086
		start $kind -p run/pid ;;
	esac
	is "$(cat run/pid)" "$pid" "pidfile $how"
	asks 0 "running, pid $pid"
	dz -K -p run/pid
	status 0 "-K $how"
	"$bin/waitfor" -t 2 end "$pid" || fail "it lives $how"
	asks 3
	"$bin/waitfor" kill "$H reader" >/dev/null
}
t_readers() { each with_readers; }
check "another user's read locks, taken and waited for: start, restart, -Q, -k, -K all the same" t_readers +apart

t_reader_cycles() {
	own_dev
	mkdir -m 755 run
	readers
	i=0
	while [ $i -lt 100 ]; do
		i=$((i + 1))
		rm -f report
		start -p run/pid
		[ $((i % 2)) = 0 ] || { kill -9 "$pid"; "$bin/waitfor" end "$pid"; continue; }
		dz -K -p run/pid
		status 0 "-K in round $i"
		[ ! -e run/pid ] || fail "the pidfile is left in round $i"
	done
}
check "... 100 starts, half of them over a dead one's file" t_reader_cycles +apart

# what is no pidfile

look_of() { stat -c '%i %F %s %a %u %h' "$1" 2>/dev/null; [ ! -f "$1" ] || cat "$1"; }

spared() {	# WHAT FILE [VICTIM]: each of our commands refuses it and leaves it as it is
	what=$1 file=$2 victim=${3:-$2}
	before=$(look_of "$file")$(look_of "$victim")
	for command in "-Q 4" "-K 1" "-KK 1" "-k 1"; do
		case $command in
		-KK*) has DAEMONIZE_STOP_SESSION || continue ;;
		esac
		case $command in -k*) set -- -k HUP ;; *) set -- "${command% *}" ;; esac
		dz "$@" -p "$file"
		is "$(look_of "$file")$(look_of "$victim")" "$before" "$what after $*"
		status "${command#* }" "$* of $what"
		says "daemonize: *$file: *"
	done
	dz -p "$file" "$P" "$T/report"
	is "$(look_of "$file")$(look_of "$victim")" "$before" "$what after a start"
	fails 1 "daemonize: pidfile: $file: *"
	if has DAEMONIZE_RESTART; then
		dz -r -p "$file" "$P" "$T/report"
		is "$(look_of "$file")$(look_of "$victim")" "$before" "$what after a start with -r"
		fails 1 "daemonize: pidfile: $file: *"
	fi
	[ ! -e "$file~" ] || fail "$file~ is left"
}

t_conf() {
	own_dev
	mkdir -m 755 run
	printf 'port = 80\n' >run/some.conf
	spared "a configuration" run/some.conf
	awk 'BEGIN { for (i = 0; i < 1000; i++) print "line " i }' >run/long
	spared "a long text" run/long
	printf '1\n2\n' >run/two
	spared "two numbers" run/two
	printf '# 1\n' >run/comment
	spared "a comment" run/comment
}
check "-K -p some.conf refuses and leaves it; so does all else" t_conf +apart

t_linked() {
	own_dev
	mkdir -m 755 run
	echo 99999 >run/other
	ln run/other run/hard
	spared "a hard link" run/hard run/other
	echo 99999 >run/target
	ln -s target run/soft
	spared "a symbolic link" run/soft run/target
	ln -s missing run/dangling
	dz -K -p run/dangling
	status 1 "-K of a dangling link"
	dz -Q -p run/dangling
	status 4 "-Q of a dangling link"
	[ -h run/dangling ] && [ ! -e run/missing ] || fail "$(ls -l run)"
}
check "... a file with two links, a symbolic link" t_linked +apart

t_special() {
	own_dev
	mkdir -m 755 run run/dir
	mkfifo run/fifo
	spared "a fifo" run/fifo
	spared "a directory" run/dir
	spared "a device" /dev/null
	[ -c /dev/null ] || fail "/dev/null is gone"
}
check "... a fifo, a directory, a device" t_special +apart

t_owned() {
	own_dev
	mkdir -m 755 run
	echo 99999 >run/theirs
	chown 65534:65534 run/theirs
	dz -Q -p run/theirs
	status 4 "-Q of a stranger's file"
	before=$(look_of run/theirs)
	dz -K -p run/theirs
	status 1 "-K of a stranger's file"
	is "$(look_of run/theirs)" "$before" "a stranger's file"
	for mode in 664 646 666; do
		echo 99999 >run/m$mode
		chmod $mode run/m$mode
		spared "a file of mode $mode" run/m$mode
	done
}
check "... a stranger's file, one that others can write" t_owned +apart

t_squatted() {
	# 1777, where neither can be had for certain: it ends with a status that is true
	own_dev
	mkdir -m 1777 run
	for how in ': >run/pid~' 'mkdir run/pid~' 'mkfifo run/pid~' 'ln -s /etc/passwd run/pid~' ': >run/pid' 'echo 1 >run/pid; chmod 666 run/pid'; do
		rm -rf run/pid run/pid~ report
		before=$(cat /etc/passwd)
		$nobody sh -c "$how"
		started=$(now)
		dz -p run/pid "$P" "$T/report"
		[ $(($(now) - started)) -lt 1000 ] || fail "it took $(($(now) - started)) hundredths ($how)"
		is "$(cat /etc/passwd)" "$before" "/etc/passwd"
		case $st in
		0)	appeared
			asks 0 "running, pid $pid"
			dz -K -p run/pid
			status 0 "-K ($how)"
			"$bin/waitfor" -t 2 end "$pid" || fail "it lives ($how)" ;;
		1)	says "daemonize: pidfile: run/pid*: *"
			nothing_left ;;
		*)	fail "status $st ($how)" ;;
		esac
	done
}
check "a stranger's file in the pidfile's place, in a directory of mode 1777: an honest status" t_squatted +apart

# files of output and locks

planted() {	# OPTION...: the last is the file; refused, and what it points to is as it was
	before=$(look_of victim)
	dz "$@" "$P" "$T/report"
	is "$(look_of victim)" "$before" "what the link points to ($*)"
	[ ! -e missing ] || fail "it made what the link points to ($*)"
	fails 1 "daemonize: *: *"
}

t_planted() {
	own_dev
	echo precious >victim
	chmod 600 victim
	for mode in 777 1777; do
		mkdir -m $mode d$mode
		# the kernel's own protection is for sticky directories only, and may be off
		$nobody sh -c 'ln -s "$1/victim" "$2/link"; ln -s "$1/missing" "$2/new"' sh "$T" "d$mode"
		for file in d$mode/link d$mode/new; do
			if has DAEMONIZE_FILES; then
				planted -o $file
				planted -a -o $file
				planted -e $file
			fi
			if has DAEMONIZE_LOCK; then planted -l $file; fi
			if has DAEMONIZE_SUPERVISOR_PIDFILE && has DAEMONIZE_RESTART; then planted -r -P $file; fi
		done
		if has DAEMONIZE_FILES; then
			# in a directory of root's own they are root's
			mkdir -p -m 755 own
			ln -sf ../own/log own/to
			start -o own/to
			[ -f own/log ] || fail "a link in a directory of root's is not followed"
			end "$pid"
			rm report
			# a plain file works there
			start -o d$mode/plain
			[ -f d$mode/plain ] || fail "no file"
			end "$pid"
			rm report
		fi
	done
}
check "-o -e -l -P by root where others can write: no link of theirs is followed" t_planted STEP_CHDIR +apart

# readiness

socket_of() { tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^NOTIFY_SOCKET=//p'; }

waiting() {	# [OPTION]...: a start waits for a probe that never says anything; sets caller, pid, socket
	rm -f report
	# shellcheck disable=SC2086
	"$bin/badstate" -Z ${slow:-} "$DZ" "$@" "$P" "$T/report" </dev/null >out 2>err &
	caller=$!
	appeared
	socket=$(socket_of "$pid")
	[ -n "$socket" ] || fail "no NOTIFY_SOCKET"
}

ends_with() {	# STATUS WHAT
	"$bin/waitfor" end "$caller" || fail "it does not end: $2"
	st=0
	wait "$caller" || st=$?
	status "$1" "$2"
}

t_ready_stranger() {
	own_dev
	waiting -w socket -t 1 -p pid
	$nobody setsid "$A" notify-of "$socket" 'READY=1' &
	# one that has ended by the time it is read
	$nobody setsid "$A" notify-of "$socket" 'READY=1\n' || :
	setsid "$A" notify-of "$socket" 'READY=1\n' || :
	ends_with 4 "strangers who say that it is ready"
	all_gone
	[ ! -e pid ] || fail "the pidfile is left"
}
check "-w socket: strangers are not believed, alive or dead" t_ready_stranger DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT +setsid +apart

t_ready_dead() {
	own_dev
	for more in "" -S -r; do
		case $more in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
		# shellcheck disable=SC2086
		waiting -w socket -t 3 $more -p pid
		kill -STOP "$caller"
		$nobody setsid "$A" notify-of "$socket" 'READY=1\n'
		kill -9 "$pid"
		"$bin/waitfor" end "$pid"
		$nobody setsid "$A" notify-of "$socket" 'READY=1\n' || :
		pause
		kill -CONT "$caller"
		ends_with 4 "a dead stranger says that a dead program is ready ($more)"
		dz -Q -p pid
		[ "$st" != 0 ] || fail "it runs"
		# what is left of it, if its supervisor starts it again, is not this test's
		dz -K -p pid
		all_gone
	done
}
check "... a dead stranger of a dead program" t_ready_dead DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT +setsid +apart

# Without pidfds the end of a program may be found out only when the time is over.
t_limit_reused() {
	for what in 424,434 none; do
		rm -f report stranger
		filter=
		[ $what = none ] || filter="$bin/refuse enosys 424 434 --"
		# shellcheck disable=SC2086
		"$bin/badstate" -Z $filter "$DZ" -w socket -t 3 -p "$T/pid" "$P" -e 0 "$T/report" </dev/null >out 2>err &
		caller=$!
		appeared
		sid=$(get sid)
		for number in "$sid" "$pid"; do
			tries=0
			until [ ! -e "/proc/$number" ] || [ $tries = 20 ]; do tries=$((tries + 1)); pause; done
			[ -e "/proc/$number" ] || "$A" withpid "$number" "$P" "$T/stranger$number" || :
		done
		ends_with 4 "one that has ended ($what)"
		for number in "$sid" "$pid"; do
			[ ! -e stranger$number ] || alive "$number" "$T/stranger$number"
		done
		"$bin/waitfor" kill "$T/stranger" >/dev/null
		rm -f stranger*
	done
}
check "-w's time limit: a stranger with the number of what has ended lives" t_limit_reused DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT +apart

t_leader_reused() {
	own_dev
	strace -qq -o trace -e trace=getsid -e inject=getsid:delay_enter=4000000:when=1 "$BOX" \
		daemonize -1 -w fd:3 -t 20 sh -c 'echo $$ >"$0/new"; mv "$0/new" "$0/number"; exit 1' "$T" >out 2>err &
	starter=$!
	"$bin/waitfor" file number
	number=$(cat number)
	"$bin/waitfor" gone "/proc/$number" || skip "nobody reaps"
	# a number comes again after a while
	pause 1.5
	stranger "$number"
	st=0
	wait "$starter" || st=$?
	status 4
	alive "$number" "$T/stranger"
}
check "... -1: neither is one who has the number of what led its session" t_leader_reused DAEMONIZE_READY_FD DAEMONIZE_LEADER DAEMONIZE_TIMEOUT +strace +apart

t_flood() {
	own_dev
	# it has less of the processor than they, so that there is always one more
	slow="-n 19"
	for whose in service stranger; do
		rm -f flooded
		before=$(now)
		case $whose in
		service)
			rm -f report
			"$bin/badstate" -Z -n 5 "$DZ" -w socket -t 1 -p pid sh -c 'for i in 1 2 3 4 5 6 7 8; do "$2" flood "$1/flooded" "$NOTIFY_SOCKET" & done; exec "$0" "$1/report"' \
				"$P" "$T" "$H" </dev/null >out 2>err &
			caller=$! ;;
		stranger)
			waiting -w socket -t 1 -p pid
			for i in 1 2 3 4 5 6 7 8; do $nobody setsid "$H" flood "$T/flooded" "$socket" & done ;;
		esac
		"$bin/waitfor" file flooded
		ends_with 4 "-t 1 in a flood by a $whose"
		took=$(($(now) - before))
		[ $took -lt 1500 ] || fail "-t 1 took $took hundredths in a flood by a $whose"
		[ ! -e pid ] || fail "the pidfile is left"
		"$bin/waitfor" kill "$H flood" >/dev/null
		all_gone
	done
}
check "... a flood of messages does not hold up its time limit" t_flood DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT +setsid +apart

t_flood_bytes() {
	own_dev
	for opts in "-w fd:3" "-w line:ready" "-w line:ready -S"; do
		case $opts in *fd*) has DAEMONIZE_READY_FD || continue ;; *) has DAEMONIZE_READY_LINE || continue ;; esac
		before=$(now)
		# shellcheck disable=SC2086
		"$bin/badstate" -Z "$DZ" $opts -t 1 -p pid sh -c 'case $1 in *fd*) exec cat /dev/zero >&3 ;; *) exec yes "$0" ;; esac' "$T" "$opts" \
			</dev/null >out 2>err &
		caller=$!
		ends_with 4 "-t 1 in a flood ($opts)"
		took=$(($(now) - before))
		[ $took -lt 1500 ] || fail "-t 1 took $took hundredths in a flood ($opts)"
		all_gone
		[ ! -e pid ] || fail "the pidfile is left ($opts)"
	done
}
check "... -w fd:N and line: neither" t_flood_bytes DAEMONIZE_READY DAEMONIZE_TIMEOUT +apart

t_flood_ready() {
	own_dev
	mkfifo go
	rm -f report flooded
	"$bin/badstate" -Z "$DZ" -w socket -t 20 -p pid sh -c 'echo "$NOTIFY_SOCKET" >"$1/socket.new"; mv "$1/socket.new" "$1/socket"
		read x <"$1/go"; "$2" notify-of "$NOTIFY_SOCKET" "READY=1"; exec "$0" "$1/report"' "$P" "$T" "$A" </dev/null >out 2>err &
	caller=$!
	"$bin/waitfor" file socket
	for i in 1 2 3; do $nobody setsid "$H" flood "$T/flooded" "$(cat socket)" & done
	"$bin/waitfor" file flooded
	echo >go
	ends_with 0 "ready in a flood by strangers"
	"$bin/waitfor" kill "$H flood" >/dev/null
}
check "... nor the word of the service itself" t_flood_ready DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT +setsid +apart

done_testing
