#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Out of descriptors: with 3 to 16 of them, as a soft limit and as a hard one, each kind of
# start, ticklog and pidof-session do what they say, or say in one line what failed and leave
# nothing; with as many as they need they work. Nothing goes round without end.
# (Stops, looks and second starts are in limits.t.)
# shellcheck disable=SC2154,SC2086,SC2015,SC2016
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev actor member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/pidof.sh"

# So many descriptors, of which the command has none but 0 to 2. A hang is status 124.
within() { PRE="timeout -k 1 15 $bin/badstate -x 3 -x 4 -x 5 -x 6 -x 7 -x 8 -x 9 $limit $n"; }

here() { echo "with $n descriptors ($limit, $kind)"; }

last() { echo "$(here): $(cat err) $(tail -n 3 log 2>/dev/null)"; }

# -l is soft, -H hard.
each() {	# ENOUGH FUNCTION [ARG]...: with each limit; so many are enough
	enough=$1
	shift
	for limit in -l -H; do
		n=3
		while [ $n -le 16 ] || [ $n -le $enough ]; do
			"$@"
			n=$((n + 1))
		done
	done
}

told() {	# APPLET STATUS...: one of these, in one line, where there were too few
	applet=$1
	shift
	for wanted; do [ "$st" != "$wanted" ] || break; done
	[ "$st" = "$wanted" ] || fail "status $st $(last)"
	[ $n -lt $enough ] || fail "status $st, and there are enough $(last)"
	is "$(wc -l <err)" 1 "lines of its message $(last)"
	like "$(cat err)" "$applet: *: *" "message $(here)"
}

few() {	# [OPTION]... PROGRAM [ARG]...
	within
	dz -p pid "$@"
	PRE=
	case $st in
	0)	pid=$(cat pid 2>/dev/null) || fail "no pidfile $(last)"
		dz -Q -p pid
		is "$st $(cat out)" "0 running, pid $pid" "-Q $(last)"
		case $kind in *r*) again ;; esac
		dz -K -p pid
		[ "$st" = 0 ] || fail "-K: status $st $(last)" ;;
	*)	case $kind in
		# the program itself may have none for its word
		*-w*) told daemonize 1 4 ;;
		*) told daemonize 1 ;;
		esac ;;
	esac
	all_gone
	for file in pid "pid~" super "super~"; do [ ! -e "$file" ] || fail "$file is left $(last)"; done
	rm -f out.* err.* lock
}

again() {	# it is started again, whatever limit it has
	kill -9 "$pid" || fail "$pid is gone $(last)"
	tries=0
	until second=$(cat pid 2>/dev/null) && [ "$second" ] && [ "$second" != "$pid" ]; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || fail "it is never started again $(last)"
		pause 0.01
	done
	pid=$second
	dz -Q -p pid
	case $st in 0) ;; 3) like "$(cat out)" "starting*" "-Q $(last)" ;; *) fail "-Q after the restart: status $st $(last)" ;; esac
}

# the program, by a name of the test's
own() { logd_start; cp "$bin/actor" actor; A=$T/actor; }

t_plain() {
	own
	kind=
	each 14 few "$A" say text
}
check "-p" t_plain

t_files() {
	own
	kind="-l -o -e"
	each 16 few -l lock -o out.txt -e err.txt "$A" say text
}
check "-l -o -e" t_files DAEMONIZE_LOCK DAEMONIZE_FILES

t_user() {
	own
	kind=-u
	each 14 few -u 54321 "$A" say text
}
check "-u" t_user DAEMONIZE_USER +root

t_syslog() {
	own
	kind=-S
	each 16 few_syslog
}
few_syslog() {	# who could be started is heard
	few -S "$A" say "$limit with $n\n"
	[ ! -e out ] || case $st in 0) logged "${limit#-} with $n\$" ;; esac
}
check "-S" t_syslog DAEMONIZE_SYSLOG

t_restart() {
	own
	kind=-r
	each 16 few -r -R 0 "$A" say text
}
check "-r, and it is started again" t_restart DAEMONIZE_RESTART

t_restart_all() {
	own
	kind="-S -r -l -P"
	each 18 few -S -r -R 0 -l lock -P super "$A" say 'a word\n'
}
check "-S -r with a lock and a pidfile of its supervisor, likewise" t_restart_all \
	DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_LOCK DAEMONIZE_SUPERVISOR_PIDFILE

t_ready_fd() {
	own
	# dash moves what it redirects for one command only to descriptor 10; nobody reads its stdout later
	kind="-w fd:3"
	each 14 few -w fd:3 sh -c 'exec >&3; echo; exec "$0" say -e text' "$A"
}
check "-w fd:3" t_ready_fd DAEMONIZE_READY_FD

t_ready_socket() {
	own
	kind="-w socket"
	each 16 few -w socket "$A" notify READY=1
}
check "-w socket" t_ready_socket DAEMONIZE_READY_SOCKET

t_ready_line() {
	own
	kind="-w line"
	each 16 few -w line:ready "$A" say 'ready\n'
}
check "-w line:TEXT" t_ready_line DAEMONIZE_READY_LINE

# What runs with few descriptors rests: the ticks that these have used, together.
at_rest() {	# PID...
	pause 1
	used=$(for it; do sed 's/.*) //' "/proc/$it/stat"; done | awk '{ n += $12 + $13 } END { print n + 0 }')
	[ "$used" -lt 40 ] || fail "$* have used $used ticks in a second: $(tail -n 5 log)"
}

t_rest() {
	own
	pids='' limit=-H
	for kind in -S -r "-S -r"; do
		for n in 10 11 12 13 14 15 16; do
			within
			dz $kind -p pid.$n "$A" say text
			PRE=
			[ "$st" != 0 ] || pids="$pids $(sed -n 's/^PPid:.//p' "/proc/$(cat pid.$n)/status")"
		done
	done
	[ "$(echo $pids | wc -w)" -ge 6 ] || fail "few supervisors: $pids"
	at_rest $pids
}
check "supervisors with few descriptors do not go round and round" t_rest DAEMONIZE_SYSLOG DAEMONIZE_RESTART

no_buffers() {
	rm -f go trace
	mkfifo go
	dz -S -p pid sh -c 'echo first "$2"; read x <>"$0"; i=0; while [ $i -lt 2000 ]; do echo "line $2 $i"; i=$((i + 1)); done; echo text "$2"; exec "$1" hold "$0"' "$T/go" "$bin/actor" "$error"
	logged ": first $error\$"
	supervisor=$("$bin/waitfor" lock pid)
	strace -qq -o trace -e trace=sendto -e inject=sendto:error="$error" -p "$supervisor" &
	tracer=$!
	"$bin/waitfor" match "/proc/$supervisor/status" "^TracerPid:.*$tracer" || fail "it is not traced"
	echo >go
	"$bin/waitfor" text trace "$error" || fail "nothing was refused"
	pause 1
	# one for each pause of 20 ms
	[ "$(wc -l <trace)" -lt 100 ] || fail "$(wc -l <trace) tries in a second"
	kill "$tracer"
	logged ": text $error\$"
	# the log is there, so that it is waited for, and nothing is lost meanwhile
	is "$(texts | grep -c "^line $error [0-9]*\$")" 2000 "lines, behind $error"
	dz -K -p pid
	status 0
}
t_no_buffers() {
	logd_start -s
	for error in ENOBUFS ENOMEM; do no_buffers; done
}
check "... nor one for whose log the kernel has no buffers" t_no_buffers DAEMONIZE_SYSLOG +strace

# ticklog

few_ticks() {	# WORD [OPTION]...: it beats and the log has the word, or nothing is there
	word=$1
	shift
	within
	st=0
	$PRE "$T/ticklog" -i 0.02 -d 0 -p "$T/pid" -T "$limit-$n" "$@" >out 2>err || st=$?
	PRE=
	case $st in
	0)	pid=$(cat pid)
		# a beat without its command says why
		[ $n -ge $enough ] || word="$word\|echo: Too many\|echo: 24"
		logged "$limit-$n\[*[0-9]*\]*: \($word\)" 5
		lives "$pid"
		"$T/ticklog" -K -p "$T/pid" || fail "-K: status $? $(last)" ;;
	# its command is looked for first
	*)	told ticklog 1 126 ;;
	esac
	all_gone
	[ ! -e pid ] && [ ! -e "pid~" ] || fail "a pidfile is left $(last)"
}

t_ticklog() {
	own
	ln -s "$BOX" ticklog
	kind=ticklog
	each 14 few_ticks 'tick 2: '
	if has TICKLOG_FIELDS; then
		kind="ticklog -l"
		each 14 few_ticks 'tick n=2 ' -l
	fi
}
check "ticklog" t_ticklog TICKLOG

t_ticklog_command() {
	own
	ln -s "$BOX" ticklog
	kind="ticklog COMMAND"
	each 16 few_ticks 'it ran' -- echo "it ran"
}
check "ticklog with a command" t_ticklog_command TICKLOG TICKLOG_COMMAND

# pidof-session

few_found() {	# WANTED [OPTION]...: that, or why it cannot tell; never that there is nobody
	found=$1
	shift
	within
	ps_ "$@"
	PRE=
	case $st in
	0)	is "$got" "$found" "pidof-session $* $(here)" ;;
	*)	told pidof-session 3 ;;
	esac
}

t_pidof() {
	kind=pidof-session
	session a name=few.$$
	each 8 few_found "$a" -s "$a"
	each 8 few_found "$a" few.$$
	each 8 few_found "$a" -p "$a"
}
check "pidof-session" t_pidof PIDOF_SESSION

few_signal() {	# -k: 0 when it has come
	session b term="$T/mark"
	rm -f mark
	within
	ps_ -k TERM -s "$b"
	PRE=
	case $st in
	0)	"$bin/waitfor" file mark || fail "-k says 0, and no signal came $(here)" ;;
	*)	told pidof-session 3 ;;
	esac
	kill -9 "$b"
	ended "$b"
}
few_wait() {	# -k -w: 0 when all have ended
	session b
	within
	ps_ -k TERM -w 5 -s "$b"
	PRE=
	case $st in
	0)	! kill -0 "$b" 2>/dev/null || ended "$b" ;;
	# what it cannot wait for is still there to it
	*)	told pidof-session 3 4 ;;
	esac
	kill -9 "$b" 2>/dev/null || :
	ended "$b"
}
stays() {	# -w alone, all limits at once: 4 of one that stays, never that it has ended
	session a
	limit=-H
	for n in 3 4 5 6 7 8; do
		within
		{ st=0; $PRE "$PS" -w 1 -s "$a" >out.$n 2>err.$n || st=$?; echo $st >"st.$n"; } &
	done
	wait
	for n in 3 4 5 6 7 8; do
		st=$(cat st.$n)
		cp err.$n err
		case $st in 4) ;; *) told pidof-session 3 ;; esac
	done
}

t_pidof_signal() {
	kind="pidof-session -k"
	each 8 few_signal
	if has PIDOF_SESSION_WAIT; then
		kind="pidof-session -k -w"
		each 8 few_wait
		kind="pidof-session -w"
		stays
	fi
}
check "pidof-session -k and -w" t_pidof_signal PIDOF_SESSION PIDOF_SESSION_SIGNAL

done_testing
