#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -K -KK -k -Q -O -P: stop, signal and status of a service by its pidfile.
# From the environment: CYCLES, how many starts and stops the last test does (1000).
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor

asks() {	# STATUS [TEXT]: what -Q says of the file "pid"
	dz -Q -p "${file:-pid}"
	status "$1" "-Q"
	[ $# -lt 2 ] || is "$(cat out)" "$2" "what -Q prints"
	is "$(cat err)" "" "stderr of -Q"
}

stops() {	# [OPTION]...: -K succeeds in silence, and the file is gone
	dz -K -p "${file:-pid}" "$@"
	status 0 "-K"
	is "$(cat out err)" "" "output of -K"
	[ ! -e "${file:-pid}" ] || fail "the pidfile is left"
}

# shellcheck disable=SC2086
up() { start $kind -p pid; }

# -Q

life() {
	asks 3 "not running"
	up
	asks 0 "running, pid $pid"
	dz -K -p pid
	status 0
	"$bin/waitfor" end "$pid"
	asks 3 "not running"
	all_gone
}
t_life() { each life; }
check "status, start, status, stop, status" t_life

t_status() {
	start -p pid
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	asks 1 "dead, pid is left"
	dz -q -Q -p pid
	status 1
	is "$(cat out)" "" "-q -Q"
	echo garbage >pid
	dz -Q -p pid
	status 4 "of what is no pidfile"
	: >pid
	asks 1
	rm pid
	asks 3
	dz -Q -p none/pid
	case $st in 3 | 4) ;; *) fail "status $st of a missing directory" ;; esac
	mkdir dir
	dz -Q -p dir
	case $st in 1 | 4) ;; *) fail "status $st of a directory" ;; esac
	ln -s "$T/pid" link
	dz -Q -p link
	status 4 "of a symbolic link"
	mkfifo fifo
	dz -Q -p fifo
	case $st in 1 | 4) ;; *) fail "status $st of a fifo" ;; esac
}
check "-Q: running, dead, not running, cannot tell" t_status DAEMONIZE_QUIET

t_status_user() {
	# anybody may ask
	start -p pid
	PRE="$bin/badstate -u 65534:65534"
	asks 0 "running, pid $pid"
	PRE=
	end "$pid"
	PRE="$bin/badstate -u 65534:65534"
	asks 1
	PRE=
	chmod 600 pid
	PRE="$bin/badstate -u 65534:65534"
	dz -Q -p "$T/pid"
	status 4 "a file that may not be read"
}
check "-Q by another user" t_status_user +root

t_usage() {
	dz -K
	status 2
	dz -k HUP
	status 2
	dz -Q
	status 4
	dz -Q -p pid --nonsense
	status 4
	dz -k NOSUCH -p pid
	status 2
	dz -k 0 -p pid
	case $st in 1 | 2) ;; *) fail "status $st of -k 0" ;; esac
	dz -k 129 -p pid
	status 2
	dz -K -t x -p pid
	status 2
	dz -K -p pid "$P" "$T/report"
	status 2 "-K with a program"
	[ ! -e pid ] || fail "made"
	all_gone
}
check "usage errors: 2, with -Q 4" t_usage DAEMONIZE_TIMEOUT

# -K

t_nothing() {
	dz -K -p pid
	status 0
	dz -K -p "$T/none/pid"
	case $st in 0 | 1) ;; *) fail "status $st" ;; esac
	for old in 1 $$ 999999; do
		echo "$old" >pid
		stops
		kill -0 $$
	done
	for old in garbage "" "a = 1" '1\c'; do
		printf '%b\n' "$old" >pid
		before=$(cat pid)
		dz -K -p pid
		status 1
		says "daemonize: pid: not a pidfile of a service"
		is "$(cat pid)" "$before" "what was in it"
	done
}
check "-K: nothing ran is success; a stale file is removed, what is none stays" t_nothing

up_slow() {	# [OPTION]...: a program that takes a moment at TERM, and then writes "told"
	rm -f ready
	dz "$@" -p pid sh -c 'trap "\"$0\" -t 0.7 file none; echo >\"$1/told\"; exit 0" TERM; echo >"$1/ready"; while :; do "$0" -t 0.1 file none; done' \
		"$bin/waitfor" "$T"
	status 0
	"$bin/waitfor" file ready || fail "it is never ready"
}

waits() {
	# it returns when it has ended, not before
	# shellcheck disable=SC2086
	up_slow $kind
	before=$(now)
	main=$(cat pid)
	stops
	[ $(($(now) - before)) -ge 60 ] || fail "it did not wait: $kind"
	if [ -e "/proc/$main" ] && ! grep -q '^State:.Z' "/proc/$main/status"; then fail "it still runs: $kind"; fi
}
t_waits() { each waits; }
check "-K: returns when it has ended" t_waits

stubborn() {
	rm -f ready
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" ignore "$T/ready" TERM
	status 0
	"$bin/waitfor" file ready
	before=$(now)
	stops -t 1
	took=$(($(now) - before))
	[ $took -ge 95 ] && [ $took -lt $((400 + 100 * $(value SYSLOG_WAIT))) ] || fail "it took $took hundredths: $kind"
	all_gone
}
t_stubborn() { each stubborn; }
check "-K -t 1: KILL after a second" t_stubborn DAEMONIZE_TIMEOUT

stop_with() {
	rm -f tell
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" tell "$T/tell" TERM
	status 0
	"$bin/waitfor" text tell ready
	stops -k INT
	is "$(cat tell)" ready "signals that it got besides ($kind)"
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" ignore "$T/ready2" TERM
	"$bin/waitfor" file ready2
	rm ready2
	stops -k KILL
	all_gone
}
t_stop_with() { each stop_with; }
check "-K -k SIG: that signal in place of TERM" t_stop_with

t_stopped_process() {
	each stopped_process
}
stopped_process() {
	up
	kill -STOP "$pid"
	stops -t 1
	all_gone
}
check "-K of one that is stopped (SIGSTOP)" t_stopped_process DAEMONIZE_TIMEOUT

t_not_allowed() {
	start -p pid
	PRE="$bin/badstate -u 65534:65534"
	dz -K -p pid
	status 1
	says "daemonize: *"
	dz -k HUP -p pid
	status 1
	PRE=
	alive "$pid"
	[ -e pid ] || fail "the pidfile is gone"
}
check "-K by another user: status 1, nothing happens" t_not_allowed +root

t_not_signalled() {
	# a program that has become another user, whom its supervisor may not signal
	logd_start
	cp "$(command -v setpriv)" service
	chmod 4755 service
	chmod 777 .
	PRE="setpriv --reuid 65534 --regid 65534 --clear-groups"
	$PRE ./service --reuid 0 true 2>/dev/null || skip "nothing is set-user-id here"
	dz -S -r -p "$T/pid" "$T/service" --reuid 0 "$A" say 'as root\n'
	status 0
	logged 'as root$'
	asks 0
	for how in -K -KK; do
		case $how in -KK) has DAEMONIZE_STOP_SESSION || continue ;; esac
		dz "$how" -t 1 -p "$T/pid"
		status 1 "$how"
		says "daemonize: $T/pid: Operation not permitted"
		logged 'the program cannot be signalled$'
		asks 0
	done
	# told once, it ends with its program
	supervisor=$("$bin/waitfor" lock pid)
	kill "$(cat pid)"
	"$bin/waitfor" end "$supervisor" || fail "it was told to stop, and goes on"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "a program that may not be signalled: -K says so, and it is still running" t_not_signalled ERROR_TEXTS \
	DAEMONIZE_SYSLOG DAEMONIZE_RESTART +root +setpriv

t_outlives_its_stop() {
	# what no signal ends, as one that waits for a disk: they come to nothing
	own_dev
	for kind in "" -r; do
		rm -f report
		case $kind in -r) has DAEMONIZE_RESTART || continue ;; esac
		up
		PRE="strace -qq -o trace -e trace=kill,rt_sigqueueinfo,pidfd_send_signal -e inject=kill,rt_sigqueueinfo,pidfd_send_signal:retval=0"
		dz -K -t 1 -p "$T/pid"
		PRE=
		status 1 "-K $kind"
		says "daemonize: $T/pid: still running: $pid"
		grep -q INJECTED trace || fail "nothing was sent: $(cat trace)"
		asks 0 "running, pid $pid"
		stops
	done
}
check "one that outlives its stop: -K says which process" t_outlives_its_stop DAEMONIZE_TIMEOUT +strace

t_two_stops() {
	each two_stops
}
two_stops() {
	up
	# shellcheck disable=SC2086
	got=$("$bin/badstate" -r 4 $DZ -K -p "$T/pid" 2>err)
	is "$got" "0 0 0 0" "statuses of four stops at once ($kind): $(cat err)"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "four stops at once" t_two_stops

held_up_at() {	# CALL: a dead one's file, and a stop, $first, that rests before this call
	start -p "$T/pid"
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	strace -qq -o trace -e "trace=$1" -e "inject=$1:delay_enter=600000" \
		"$bin/daemonize" -K -p "$T/pid" 2>err1 &
	first=$!
}

second_stop() {	# both succeed
	dz -K -p "$T/pid"
	status 0 "the second stop"
	st=0
	wait $first || st=$?
	status 0 "the first stop"
	[ ! -e pid ] && [ ! -e "pid~" ] || fail "the pidfile is left"
}

# One who removes what a service left behind holds the file's lock for a moment, and
# has not emptied it yet: that is not the service.
t_sweeping() {
	held_up_at ftruncate
	tries=0
	until [ "$("$bin/waitfor" lock pid)" != 0 ]; do
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || fail "it never has the lock: $(cat err1)"
	done
	second_stop
}
check "a stop that cleans up is not taken for the service" t_sweeping +strace

# ... or has emptied it, and not removed it yet: the second one waits for that.
t_sweeping_twice() {
	held_up_at unlinkat
	"$bin/waitfor" file "pid~" || fail "it does not begin: $(cat err1)"
	second_stop
}
check "... two that do so at once" t_sweeping_twice +strace

t_sweep_refused() {
	mkdir ro
	start -p "$T/ro/pid"
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	mount --bind ro ro
	mount -o remount,bind,ro ro
	dz -K -p "$T/ro/pid"
	status 1
	if has ERROR_TEXTS; then says "daemonize: $T/ro/pid: Read-only file system"; fi
	[ -e ro/pid ] || fail "it is gone"
	# where nothing is, nothing has to be removed
	dz -K -p "$T/ro/none"
	status 0
	umount ro
}
check "a dead one's file that cannot be removed: status 1" t_sweep_refused +root

t_stop_start() {
	each stop_start
}
stop_start() {
	i=0
	while [ $i -lt 10 ]; do
		i=$((i + 1))
		rm -f report
		up
		is "$(cat pid)" "$pid" pidfile
		stops
	done
}
check "stop, start at once, ten times: never \"already running\"" t_stop_start

# -k

signals() {
	rm -f tell
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" tell "$T/tell" HUP USR1 USR2 WINCH CONT ALRM CHLD
	"$bin/waitfor" text tell ready
	for sig in HUP USR1 USR2 SIGWINCH CONT 14 CHLD; do
		dz -k $sig -p pid
		status 0 "-k $sig"
		name=${sig#SIG}
		[ $sig != 14 ] || name=ALRM
		"$bin/waitfor" text tell $name || fail "$sig did not come ($kind): $(cat tell)"
	done
	asks 0
	stops
	dz -k HUP -p pid
	status 1
	says "daemonize: *not running*"
}
t_signals() { each signals; }
check "-k SIG: any signal, to the program; not running: status 1" t_signals

t_kill_restarts() {
	own_dev
	start -r -R 0 -p pid
	first=$pid
	rm report
	dz -k KILL -p pid
	status 0
	"$bin/waitfor" end "$first"
	appeared
	[ "$first" != "$pid" ] || fail "the same"
	is "$(cat pid)" "$pid" pidfile
}
check "-k KILL with -r: the program, which is started again" t_kill_restarts DAEMONIZE_RESTART

# -O and a second start

second() {
	up
	dz -p pid "$P" "$T/report2"
	status 3
	if has DAEMONIZE_ALREADY; then
		dz -O -p pid "$P" "$T/report2"
		status 0
	fi
	# shellcheck disable=SC2086
	dz ${kind:--v} -q -p pid "$P" "$T/report2" || :
	[ ! -e report2 ] || fail "a second one runs"
	asks 0 "running, pid $pid"
	stops
}
t_second() { each second; }
check "a second start: 3, with -O 0" t_second

# the lock lost

t_closed_all() {
	# a program that closes all descriptors, and with them the lock
	dz -p pid "$P" -c "$T/report"
	status 0
	appeared
	is "$("$bin/waitfor" lock pid)" 0 "who holds the lock"
	asks 0 "running, pid $pid"
	dz -p pid "$P" "$T/report2"
	status 3
	dz -k USR1 -p pid
	status 0
	"$bin/waitfor" file report.again
	stops
	all_gone
	asks 3
}
check "a program that closed all descriptors: status, second start, signal, stop" t_closed_all

t_closed_dead() {
	dz -p pid "$P" -c "$T/report"
	appeared
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	asks 1
	start -p pid
	stops
}
check "... killed: it is dead" t_closed_dead

# strangers: a process that is not the service has its number

stranger_lives() {	# NUMBER [REPORT]: whatever is done by the file "pid"
	asks 1
	dz -k USR1 -p pid
	status 1 "-k"
	cp -p pid keep
	dz -K -p pid
	status 0 "-K"
	cp -p keep pid
	if has DAEMONIZE_STOP_SESSION; then
		# what its session had left cannot be told any more
		dz -KK -p pid
		status 1 "-KK"
		[ -e pid ] || fail "-KK removed what it could not tell"
	fi
	start -p pid
	stops
	alive "$1" "${2:-$T/stranger}"
}

t_reused() {
	dz -p pid "$P" "$T/report"
	appeared
	first=$pid
	kill -9 "$first"
	"$bin/waitfor" end "$first"
	# its parent here is the test's shell, which has to take its status first
	: & wait
	i=0
	until [ ! -e "/proc/$first" ]; do i=$((i + 1)); [ $i -lt 100 ] || skip "its number stays taken"; pause; : & wait; done
	# not within the same tick of the clock
	pause
	"$A" withpid "$first" "$P" "$T/stranger" || skip "no clone3 with a pid"
	"$bin/waitfor" file stranger
	is "$(sed -n 's/^pid: //p' stranger)" "$first" "the stranger's pid"
	is "$(cat pid)" "$first" "the stale file"
	stranger_lives "$first"
}
check "a stale file with a number that is another's now: the stranger lives" t_reused

# The same number and the same start tick: on this boot that is the service
# itself, after another boot a stranger.
t_same_tick() {
	dz -p pid "$P" -c "$T/report"
	appeared
	victim=$pid
	cp -p pid keep
	[ "$(stat -c %y pid)" = "$(stat -c %y keep)" ] || skip "cp -p keeps no nanoseconds"
	# the same tick on this boot
	asks 0
	cp /proc/sys/kernel/random/boot_id boot
	tr 0-9a-f 1-9a-f0 <boot >other
	mount --bind other /proc/sys/kernel/random/boot_id
	cp -p keep pid
	stranger_lives "$victim" "$T/report"
	umount -l /proc/sys/kernel/random/boot_id
	cp -p keep pid
	asks 0 "running, pid $victim"
}
check "... with the same start tick too, after a reboot" t_same_tick +root

t_same_boot() {
	# the same boot, another tick: what /proc says of the process is another's
	dz -p pid "$P" -c "$T/report"
	appeared
	victim=$pid
	sed 's/^\(.*) .*\)$/\1/' "/proc/$victim/stat" |
		awk '{ n = match($0, /\) [^)]*$/); head = substr($0, 1, n); split(substr($0, n + 2), f, " "); f[20]++;
			s = head; for (i = 1; i <= 50; i++) s = s " " f[i]; print s }' >stat
	mount --bind stat "/proc/$victim/stat" || skip "cannot mount there"
	asks 1
	umount -l "/proc/$victim/stat"
	asks 0
}
check "... with another start tick on the same boot: dead" t_same_boot +root

t_pid_wrap() {
	# a pid namespace with few numbers: they come again by themselves; before Linux 6.14
	# that would be all of the machine's
	uname -r | awk -F '[.-]' '{ exit !($1 > 6 || $1 == 6 && $2 >= 14) }' || skip "no pid_max of a namespace's own"
	echo 400 >/proc/sys/kernel/pid_max 2>/dev/null || skip "no pid_max of a namespace's own"
	is "$(cat /proc/sys/kernel/pid_max)" 400 pid_max
	# those up to 300 are given only once
	n=0
	while [ $n -lt 320 ]; do
		: &
		n=$!
		wait $n
	done
	start -p pid
	first=$pid
	kill -9 "$first"
	"$bin/waitfor" end "$first"
	i=0
	while [ $i -lt 1000 ]; do
		i=$((i + 1))
		"$P" "$T/stranger" &
		n=$!
		[ "$n" != "$first" ] || break
		kill -9 $n 2>/dev/null
		wait $n 2>/dev/null || :
		rm -f stranger
	done
	is "$n" "$first" "a process with that number"
	"$bin/waitfor" file stranger
	stranger_lives "$first"
}
check "... in a pid namespace with a small pid_max" t_pid_wrap +root

t_by_hand() {
	# the pidfile removed and made anew
	"$P" "$T/stranger" &
	stranger=$!
	"$bin/waitfor" file stranger
	each by_hand
	alive $stranger "$T/stranger"
}
by_hand() {
	up
	rm pid
	echo $stranger >pid
	dz -Q -p pid
	[ "$st" != 0 ] || fail "a file made by hand is believed"
	dz -K -p pid
	kill -0 $stranger || fail "the stranger was killed ($kind)"
	# the service itself is not found by it, and ends as it should
	"$bin/waitfor" -t 0 none "$P" "$pid" >/dev/null || :
	echo $stranger >pid
	if [ -n "$kind" ]; then
		supervisor=$(get ppid)
		kill "$supervisor"
		"$bin/waitfor" end "$supervisor" "$pid"
	else
		end "$pid"
	fi
	is "$(cat pid)" "$stranger" "the file made by hand, after the service's end ($kind)"
}
check "the pidfile removed and made anew by hand: the stranger lives, the new file stays" t_by_hand

t_owner() {
	# a pidfile owned by the -u user that names another process
	mkdir -m 777 run
	file=run/pid
	"$P" "$T/stranger" &
	stranger=$!
	"$bin/waitfor" file stranger
	start -u 65534:65534 -p run/pid
	victim=$pid
	# the user replaces it, with the time of the record kept
	PRE="$bin/badstate -u 65534:65534"
	$PRE sh -c 'cp -p run/pid run/new 2>/dev/null; echo '$stranger' >run/new; touch -r run/pid run/new; mv -f run/new run/pid'
	PRE=
	is "$(cat run/pid)" "$stranger" "the forged file"
	dz -Q -p run/pid
	dz -K -p run/pid
	kill -0 $stranger || fail "the stranger was killed"
	# ... or gives the owner's number of another process that it has a record of
	dz -p "$T/other" "$P" "$T/report3"
	"$bin/waitfor" file report3
	other=$(cat other)
	rm -f run/pid
	$bin/badstate -u 65534:65534 sh -c 'cat other >run/pid; touch -r other run/pid'
	dz -Q -p run/pid
	[ "$st" != 0 ] || fail "what a user's file has recorded is believed"
	dz -K -p run/pid
	kill -0 "$other" || fail "the other service was killed"
	end "$victim"
}
check "a pidfile of the -u user that names another process" t_owner DAEMONIZE_USER +root

t_writable() {
	# root's, but anybody can write it
	"$P" "$T/stranger" &
	stranger=$!
	"$bin/waitfor" file stranger
	dz -p "$T/other" "$P" "$T/report"
	appeared
	cat other >pid
	touch -r other pid
	chmod 666 pid
	dz -Q -p pid
	status 4 "a file that all can write"
	dz -K -p pid
	status 1 "a file that all can write"
	kill -0 "$pid" || fail "it was killed"
}
check "... one that all can write" t_writable +root

# Where nothing is found: whether that says something.
folder_is() {	# STATUS MODE GID [UPPER-MODE]
	rm -rf upper
	mkdir -p upper/run
	chgrp "$3" upper/run
	chmod "$2" upper/run
	chmod "${4:-755}" upper
	dz -Q -p "$T/upper/run/pid"
	status "$1" "-Q in a folder of mode $2, group $3, below one of ${4:-755}"
	case $1 in
	4)	says "daemonize: $T/upper/run/pid: others may write its folder"
		dz -K -p "$T/upper/run/pid"
		status 1 "-K there" ;;
	*)	dz -K -p "$T/upper/run/pid"
		status 0 "-K there" ;;
	esac
}
t_folders() {
	folder_is 3 755 0
	folder_is 4 777 0
	folder_is 3 1777 0
	folder_is 3 775 0
	folder_is 4 775 65534
	folder_is 3 1775 65534
	folder_is 4 755 0 777
	folder_is 3 755 0 1777
}
check "no pidfile, in a folder that others can write: that there is no service is not known" t_folders +root

t_reader() {
	# another user's read lock, with the service dead, and with its lock lost
	start -p pid
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	"$bin/badstate" -u 65534:65534 "$bin/badstate" -k pid "$P" "$T/reader" &
	reader=$!
	i=0; chmod 1777 .
	"$bin/waitfor" file reader
	asks 1
	dz -k USR1 -p pid
	status 1
	rm -f report
	dz -p pid "$P" -c "$T/report"
	status 0 "a start in spite of it"
	appeared
	alive $reader "$T/reader"
	kill $reader
	wait $reader || :
	rm reader
	"$bin/badstate" -u 65534:65534 "$bin/badstate" -k pid "$P" "$T/reader" &
	reader=$!
	"$bin/waitfor" file reader
	asks 0 "running, pid $pid"
	dz -K -p pid
	status 0
	"$bin/waitfor" end "$pid" || fail "the service lives"
	alive $reader "$T/reader"
}
check "another user's read lock: no service, and none the less for it" t_reader +root

# -P

t_supervisor_pidfile() {
	own_dev
	start -r -P sup -p pid
	is "$(cat sup)" "$(get ppid)" "the supervisor's file"
	is "$(cat pid)" "$pid" "the program's"
	stops
	[ ! -e sup ] || fail "the supervisor's file is left"
	rm report
	start -r -P "$T/sup"
	is "$(cat sup)" "$(get ppid)" "without -p"
	dz -r -P sup "$P" "$T/report2"
	status 3 "a second with its file"
	asks_sup=$(cat sup)
	kill "$asks_sup"
	"$bin/waitfor" end "$asks_sup" "$pid"
	[ ! -e sup ] || fail "the supervisor's file is left"
	dz -r -P sup "$T/none"
	status 127
	[ ! -e sup ] || fail "left by a failed start"
	if has DAEMONIZE_CHDIR; then
		dz -r -P sup -c none "$P" "$T/report"
		status 1
		[ ! -e sup ] || fail "left by a failed step"
	fi
	if has DAEMONIZE_LOCK; then
		rm report
		start -l lock
		dz -r -P sup -l lock "$P" "$T/report2"
		status 3
		[ ! -e sup ] || fail "left where the lock was taken"
		end "$pid"
	fi
	all_gone
}
check "-P: the supervisor's pidfile" t_supervisor_pidfile DAEMONIZE_SUPERVISOR_PIDFILE DAEMONIZE_RESTART

t_supervisor_pidfile_none() {
	rm -f report
	dz -P sup -p pid "$P" "$T/report"
	fails 2 "daemonize: -P: needs a supervisor*"
	[ ! -e sup ] || fail "a supervisor's file without a supervisor"
	if has DAEMONIZE_RESTART; then
		dz -r -P pid -p pid "$P" "$T/report"
		fails 2 "daemonize: -P: the same file as -p"
	fi
}
check "-P without a supervisor, and of the file of -p" t_supervisor_pidfile_none DAEMONIZE_SUPERVISOR_PIDFILE

# -KK

family() {	# a service with a job in its session, and one in another
	rm -f report job apart
	# shellcheck disable=SC2016,SC2086
	dz $kind -p pid sh -c '"$0" "$1/job" & setsid "$0" "$1/apart" & exec "$0" "$1/report"' "$P" "$T"
	status 0
	appeared
	"$bin/waitfor" file job
	"$bin/waitfor" file apart
	job=$(sed -n 's/^pid: //p' job) apart=$(sed -n 's/^pid: //p' apart)
}

jobs_live() {
	family
	stops
	alive "$job" "$T/job"
	alive "$apart" "$T/apart"
	end "$job" "$apart"
}
t_jobs_live() { each jobs_live; }
check "-K leaves a cron's running jobs alone" t_jobs_live

jobs_end() {
	family
	dz -KK -p pid
	status 0
	[ ! -e pid ] || fail "the pidfile is left"
	"$bin/waitfor" end "$pid" "$job" || fail "the job lives on ($kind)"
	case $kind in
	"")	alive "$apart" "$T/apart" || fail "one of another session was ended"
		end "$apart" ;;
	*)	"$bin/waitfor" end "$apart" || fail "what has a session of its own lives on ($kind)" ;;
	esac
}
t_jobs_end() { each jobs_end; }
check "-KK ends them; with a supervisor also what has a session of its own" t_jobs_end DAEMONIZE_STOP_SESSION

t_jobs_pending() {
	# TERM waits at the supervisor already: "all" is not lost with the second signal
	own_dev
	kind=-r
	family
	supervisor=$("$bin/waitfor" lock pid)
	kill -STOP "$supervisor"
	kill -TERM "$supervisor"
	"$DZ" -KK -t 5 -p pid >out 2>err &
	stopper=$!
	soon 'sed -n "s/^ShdPnd:.//p" "/proc/$supervisor/status" | grep -q "^0*8.*4000$"' || fail "no stop is queued: $(grep Pnd "/proc/$supervisor/status")"
	kill -CONT "$supervisor"
	st=0
	wait $stopper || st=$?
	status 0 "-KK"
	"$bin/waitfor" end "$pid" "$job" "$apart" || fail "something lives on"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... though a mere TERM came before" t_jobs_pending DAEMONIZE_STOP_SESSION DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

t_jobs_in_delay() {
	# what takes its time to end is not joined by a new run meanwhile
	own_dev
	dz -r -R 1 -p pid sh -c 'echo >>"$1/runs"; "$0" ignore "$1/ready" TERM HUP & "$2" file "$1/ready"; exit 1' \
		"$A" "$T" "$bin/waitfor"
	tries=0
	until "$DZ" -Q -p pid | grep -q '^restarting'; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "it waits for no restart"
		pause 0.02
	done
	dz -KK -t 3 -p pid
	status 0 "-KK"
	is "$(wc -l <runs)" 1 "runs"
	all_gone
}
check "-KK in the restart delay: nothing is started again while it goes on" t_jobs_in_delay \
	DAEMONIZE_STOP_SESSION DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

t_look_before_kill() {
	# where its descriptor cannot signal it kill(2) would do, but not whoever has its number by now
	own_dev
	start -p pid
	strace -qq -o trace -P "/proc/$pid/stat" -e trace=openat -e inject=openat:error=EMFILE:when=2+ \
		"$bin/seccomp" eperm=pidfd_send_signal "$BOX" daemonize -K -p pid >out 2>err && st=0 || st=$?
	grep -q INJECTED trace || fail "it looks only once: $(cat trace)"
	status 1 "-K"
	says "daemonize: pid: *"
	alive "$pid" "$T/report" || fail "it was signalled without a look"
	stops
}
check "-K signals nobody by a number that it could not look at" t_look_before_kill +strace

t_stop_by() {
	own_dev
	dz -r -p pid "$A" tell "$T/told" USR1 TERM
	"$bin/waitfor" file told || fail "it does not run"
	stops -k USR1 -t 1
	is "$(cat told)" "ready${newline}USR1" "the signals that came"
	all_gone
}
check "-K -k SIG: that signal, and no other but KILL" t_stop_by DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

t_no_queue() {
	# where nothing more can be queued for it, a stop comes as a bare TERM; -KK is more than that
	own_dev
	start -r -R 0 -p pid
	supervisor=$("$bin/waitfor" lock pid)
	prlimit --pid "$supervisor" --sigpending=0
	if has DAEMONIZE_STOP_SESSION; then
		dz -KK -p pid
		status 1 "-KK"
		says "daemonize: pid: *"
		asks 0 "running, pid $pid"
	fi
	stops
	all_gone
}
check "a supervisor for which no signal can be queued is stopped" t_no_queue DAEMONIZE_RESTART +prlimit

t_jobs_stubborn() {
	each jobs_stubborn
}
jobs_stubborn() {
	rm -f job ready
	# shellcheck disable=SC2016,SC2086
	dz $kind -p pid sh -c '"$2" ignore "$1/ready" TERM HUP & exec "$0" "$1/report"' "$P" "$T" "$A"
	appeared
	"$bin/waitfor" file ready
	dz -KK -t 1 -p pid
	status 0
	all_gone
}
check "... with KILL, what ignores TERM" t_jobs_stubborn DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT

t_jobs_stubborn_few() {
	# looked at dozens of times, by few descriptors
	own_dev
	rm -f job ready
	PRE="$bin/badstate -l 12"
	# shellcheck disable=SC2016
	dz -r -p pid sh -c '"$2" ignore "$1/ready" TERM HUP & exec "$0" "$1/report"' "$P" "$T" "$A"
	PRE=
	appeared
	"$bin/waitfor" file ready
	dz -KK -t 2 -p pid
	status 0
	all_gone
}
check "... by a supervisor with twelve descriptors" t_jobs_stubborn_few DAEMONIZE_STOP_SESSION DAEMONIZE_TIMEOUT DAEMONIZE_RESTART

t_jobs_foreground() {
	# under -f the session may be a login's
	own_dev
	setsid sh -c '"$0" "$1/neighbour" & "$2" -f -p "$1/pid" sh -c "\"\$0\" \"\$1/job\" & exec \"\$0\" \"\$1/report\"" "$0" "$1" & wait; exec "$0" "$1/shell"' \
		"$P" "$T" "$bin/daemonize" &
	"$bin/waitfor" file neighbour
	"$bin/waitfor" file job
	appeared
	job=$(sed -n 's/^pid: //p' job)
	dz -KK -p pid
	status 0
	"$bin/waitfor" end "$pid" "$job" || fail "the service's child lives"
	alive "$(sed -n 's/^pid: //p' neighbour)" "$T/neighbour"
}
check "... of a service under -f: its descendants, not the session" t_jobs_foreground DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND +setsid

t_jobs_meanwhile() {
	# behind the look that finds it and before the one for its descendants, who have another parent then
	own_dev
	# shellcheck disable=SC2016
	$DZ -f -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T" &
	"$bin/waitfor" file job
	appeared
	job=$(sed -n 's/^pid: //p' job)
	strace -qq -f -o trace -e trace=getdents64 -e inject=getdents64:signal=STOP:when=1 "$BOX" daemonize -KK -p pid >out 2>err &
	stop=$!
	"$bin/waitfor" text trace getdents64 || fail "there was no look"
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	resumed
	st=0
	wait "$stop" || st=$?
	status 1 "-KK"
	alive "$job" "$T/job"
	kill -9 "$job"
}
check "... 0 is not said where it ended meanwhile, and they cannot be known" t_jobs_meanwhile DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND +strace

t_jobs_signal() {
	own_dev
	cat >service <<-'END'
		trap 'echo TERM >>got' TERM
		trap 'echo INT >>got; end=1' INT
		: >up
		while [ ! "${end:-}" ]; do "$0" -t 0.1 file none; done
	END
	$DZ -f -c . -p pid sh -c '. ./service' "$bin/waitfor" &
	"$bin/waitfor" file up
	dz -KK -k INT -p pid
	status 0
	is "$(sort -u got | tr '\n' ' ')" "INT " "signals"
}
check "... that one with -k's signal, and no TERM before it" t_jobs_signal DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND DAEMONIZE_CHDIR

t_jobs_reused() {
	own_dev
	# its helper ends while it is being stopped, and somebody else gets the number
	cat >service <<-'END'
		"$2" "$3/helper" & helper=$!
		trap 'kill -KILL $helper; wait $helper; : >"$3/gone"; "$1" file "$3/stranger"; exit' TERM
		"$1" file "$3/helper"
		: >"$3/up"
		while :; do "$1" -t 0.1 file none; done
	END
	$DZ -f -p "$T/pid" sh "$T/service" "$bin/waitfor" "$P" "$T" &
	"$bin/waitfor" file up
	helper=$(sed -n 's/^pid: //p' helper)
	$DZ -KK -t 20 -p pid 2>err &
	stop=$!
	"$bin/waitfor" file gone
	# not within the same tick of the clock
	pause
	"$A" withpid "$helper" "$P" "$T/stranger" || skip "no clone3 with a pid"
	st=0
	wait $stop || st=$?
	status 0 "-KK"
	alive "$helper" "$T/stranger"
}
check "... a stranger who got the number of one of them meanwhile lives" t_jobs_reused DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND DAEMONIZE_TIMEOUT

t_jobs_own_session() {
	# a service in the caller's own session
	own_dev
	$DZ -f -p pid "$P" "$T/report" &
	appeared
	"$P" "$T/neighbour" &
	"$bin/waitfor" file neighbour
	dz -KK -p pid
	status 0
	"$bin/waitfor" end "$pid"
	alive "$(sed -n 's/^pid: //p' neighbour)" "$T/neighbour"
}
check "... never the caller's session" t_jobs_own_session DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND

t_jobs_session_of_1() {
	# the test's shell is pid 1 of its namespace; a session that it leads
	own_dev
	"$P" "$T/neighbour" &
	"$bin/waitfor" file neighbour
	setsid "$bin/waitfor" -t 0 file none || :
	# a stranger's call, from a session of its own, on a service in that of pid 1
	$DZ -f -p pid "$P" "$T/report" &
	appeared
	st=0
	setsid "$bin/daemonize" -KK -p "$T/pid" || st=$?
	: >err
	status 0
	"$bin/waitfor" end "$pid"
	alive "$(sed -n 's/^pid: //p' neighbour)" "$T/neighbour"
}
check "... nor that of pid 1" t_jobs_session_of_1 DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND +setsid

t_namespace() {
	# a number of another pid namespace's is none that could be asked, or signalled
	own_dev
	dz -r -p pid "$P" "$T/report"
	appeared
	for how in -Q -K "-k HUP"; do
		st=0
		# shellcheck disable=SC2086
		$(by_apart) "$bin/daemonize" $how -p "$T/pid" >out 2>err || st=$?
		case $how in
		-Q) status 4 "-Q" ;;
		*)	status 1 "$how"
			like "$(cat err)" "daemonize: $T/pid: *" "what $how says" ;;
		esac
	done
	dz -Q -p pid
	status 0 "-Q from its own"
	is "$(cat out)" "running, pid $pid" "what it says"
	dz -K -p pid
	status 0
}
check "a service of another pid namespace cannot be told, nor stopped" t_namespace DAEMONIZE_RESTART +apart

t_killed_behind_a_start() {
	# -K finds the delay; the program is started meanwhile, and then its supervisor is killed: it lives, and that is said
	own_dev
	dz -c "$T" -R 1 -p "$T/pid" sh -c '[ -e once ] || { : >once; exit 1; }; trap "" TERM; exec "$0" "$1/report"' "$P" "$T"
	until dz -Q -p pid && [ "$st" = 3 ]; do pause; done
	supervisor=$("$bin/waitfor" lock pid)
	strace -qq -o trace -e trace=pidfd_send_signal -e inject=pidfd_send_signal:delay_enter=3000000 "$BOX" daemonize -K -t 3 -p pid >out.K 2>err.K &
	stop=$!
	appeared
	kill -9 "$supervisor"
	"$bin/waitfor" end "$supervisor"
	st=0
	wait "$stop" || st=$?
	[ "$st" != 0 ] || [ ! -d "/proc/$pid" ] || fail "-K says 0, and $pid runs: $(cat err.K)"
	kill -9 "$pid" 2>/dev/null
}
check "-K where the supervisor is killed behind one more start: no 0 while it runs" t_killed_behind_a_start DAEMONIZE_RESTART DAEMONIZE_CHDIR DAEMONIZE_STATUS +strace

t_mode_0() {
	# none would say that nothing is left
	own_dev
	dz -m 0777 -p pid "$P" "$T/report"
	status 0
	appeared
	is "$(stat -c %a pid)" 400 "mode"
	dz -K -p pid
	status 0
}
check "-m 0777: the pidfile can be read by its owner" t_mode_0 DAEMONIZE_UMASK

t_self() {
	# a service that stops itself, as an init script called by it does
	each self
}
self() {
	rm -f finished
	# shellcheck disable=SC2086
	dz $kind -p pid sh -c '"$0" -f sh -c "\"\$0\" -K -p \"\$1/pid\"; echo >\"\$1/finished\"" "$0" "$1" & exec "$2" "$1/report"' "$bin/daemonize" "$T" "$P"
	status 0
	"$bin/waitfor" file finished || fail "it did not come back ($kind)"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "-K from a job of the service itself" t_self DAEMONIZE_FOREGROUND

# no pidfd, no other newer calls

old_kernel() {
	for deed in enosys eperm; do
		PRE=
		rm -f report
		up
		PRE="$bin/seccomp $deed=pidfd_open,pidfd_send_signal $BOX daemonize"
		DZ_saved=$DZ DZ=
		$PRE true 2>/dev/null
		asks 0 "running, pid $pid"
		dz -k USR1 -p pid
		status 0 "-k with $deed"
		"$bin/waitfor" file report.again
		rm report.again
		before=$(now)
		stops
		DZ=$DZ_saved PRE=
		"$bin/waitfor" end "$pid"
		[ $(($(now) - before)) -lt 300 ] || fail "it took $(($(now) - before)) hundredths"
		all_gone
	done
}
t_old_kernel() { each old_kernel; }
check "without pidfds (ENOSYS, EPERM): still right" t_old_kernel

t_old_kernel_ends() {
	start -p "$T/pid"
	# between the look at it and the signal
	strace -qq -o trace -e trace=kill,pidfd_open -e inject=pidfd_open:error=ENOSYS -e inject=kill:delay_enter=1000000 \
		"$bin/daemonize" -K -p "$T/pid" 2>err1 &
	stop=$!
	until grep -q pidfd_open trace 2>/dev/null; do kill -0 $stop || fail "it has not come that far"; done
	kill -9 "$pid"
	wait $stop || fail "status $?: $(cat err1)"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... of one that ends just then" t_old_kernel_ends +strace

t_old_kernel_stubborn() {
	each old_stubborn
}
old_stubborn() {
	rm -f ready
	# shellcheck disable=SC2086
	dz $kind -p pid "$A" ignore "$T/ready" TERM
	"$bin/waitfor" file ready
	DZ_saved=$DZ DZ=
	PRE="$bin/seccomp enosys=pidfd_open,pidfd_send_signal $BOX daemonize"
	stops -t 1
	DZ=$DZ_saved PRE=
	all_gone
}
check "... with KILL after -t too" t_old_kernel_stubborn DAEMONIZE_TIMEOUT

t_old_kernel_all() {
	has DAEMONIZE_STOP_SESSION || skip "DAEMONIZE_STOP_SESSION is off"
	own_dev
	kind=
	family
	DZ_saved=$DZ DZ=
	PRE="$bin/seccomp enosys=pidfd_open,pidfd_send_signal $BOX daemonize"
	dz -KK -p pid
	DZ=$DZ_saved PRE=
	status 0
	"$bin/waitfor" end "$pid" "$job" || fail "the job lives"
	alive "$apart" "$T/apart"
}
check "... -KK too" t_old_kernel_all DAEMONIZE_STOP_SESSION

has_open() {	# PID FILE
	for fd in "/proc/$1/fd"/*; do [ "$(readlink "$fd")" != "$2" ] || return 0; done
	return 1
}

t_between() {
	own_dev
	start -r -p "$T/pid"
	strace -D -qq -o trace -e trace=open,openat -e inject=open,openat:delay_exit=900000:when=1 "$bin/daemonize" -Q -p "$T/pid" >out 2>err &
	asking=$!
	# it has opened the file, which is then another
	until has_open $asking "$T/pid"; do kill -0 $asking || fail "it has not come that far"; done
	$DZ -K -p "$T/pid"
	rm report
	start -r -p "$T/pid"
	st=0
	wait $asking || st=$?
	status 0 "-Q: $(cat out)"
}
check "-Q while it is stopped and started: running" t_between DAEMONIZE_RESTART +strace

# killed at each point of its life

t_killed_before_exec() {
	logd_start
	DZ_saved=$DZ
	for opts in "" "-S" "-r" "-w fd:3" "-w socket" "-w line:x"; do
		case $opts in
		-S) has DAEMONIZE_SYSLOG || continue ;;
		-r) has DAEMONIZE_RESTART || continue ;;
		*fd*) has DAEMONIZE_READY_FD || continue ;;
		*socket) has DAEMONIZE_READY_SOCKET || continue ;;
		*line*) has DAEMONIZE_READY_LINE || continue ;;
		esac
		for call in execve setsid chdir umask dup3 close_range rt_sigaction; do
			rm -f report
			DZ="$bin/seccomp kill=$call $BOX daemonize"
			# shellcheck disable=SC2086
			dz $opts -p pid "$P" "$T/report"
			DZ=$DZ_saved
			if [ "$st" = 0 ]; then
				# it makes no such call, or the byte that says "about to exec" was
				# out by then; the program is under the filter, too
				[ $call != execve ] || [ ! -e report ] || fail "it runs"
				dz -KK -p pid
				# of one that has ended by then, at a call of its own, nobody can tell what it left
				[ "$st" = 1 ] && grep -q "its main process has ended" err ||
					status 0 "-KK, killed at $call ($opts)"
			else
				case $opts in
				-w*) [ "$st" = 4 ] || [ "$st" = 159 ] || [ "$st" = 140 ] || status 1 "killed at $call ($opts)" ;;
				*) status 1 "killed at $call ($opts)" ;;
				esac
				all_gone
				dz -Q -p pid
				case $st in 1 | 3) ;; *) fail "-Q is $st, killed at $call ($opts)" ;; esac
			fi
			all_gone
			rm -f pid
		done
	done
}
check "killed before its exec: status 1, nobody left, not running" t_killed_before_exec DAEMONIZE_STOP_SESSION

t_killed_before_ready() {
	logd_start
	for opts in "-w fd:3" "-w socket" "-w line:x"; do
		case $opts in
		*fd*) has DAEMONIZE_READY_FD || continue ;;
		*socket) has DAEMONIZE_READY_SOCKET || continue ;;
		*line*) has DAEMONIZE_READY_LINE || continue ;;
		esac
		for more in "" -S -r; do
			rm -f report status
			# shellcheck disable=SC2086
			{ st=0; $DZ $opts $more -p pid "$P" "$T/report" 2>err || st=$?; echo $st >st; mv st status; } &
			caller=$!
			appeared
			kill -9 "$pid"
			"$bin/waitfor" file status || fail "it does not return ($opts $more)"
			is "$(cat status)" 4 "status ($opts $more)"
			[ ! -e pid ] || fail "the pidfile is left ($opts $more)"
			wait $caller
			all_gone
		done
	done
}
check "killed before it is ready: status 4, no pidfile, nobody left" t_killed_before_ready DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_supervisor_killed() {
	logd_start
	for kind in -S -r; do
		rm -f tell
		dz $kind -p pid "$A" tell "$T/tell" TERM
		"$bin/waitfor" text tell ready
		main=$(cat pid)
		supervisor=$("$bin/waitfor" lock pid)
		kill -9 "$supervisor"
		"$bin/waitfor" text tell TERM || fail "the program gets no TERM ($kind)"
		# it lives on, and is what the file says
		asks 0 "running, pid $main"
		dz -p pid "$P" "$T/report"
		status 3 "a second start while it lives"
		dz -K -t 1 -p pid
		status 0
		"$bin/waitfor" end "$main"
		[ ! -e pid ] || fail "the pidfile is left"
	done
}
check "kill -9 of the supervisor: TERM to the program; one that lives on is found and stopped" t_supervisor_killed DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

t_supervisor_stopped() {
	own_dev
	up_slow -r
	pid=$(cat pid)
	supervisor=$(sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$pid/stat")
	kill -STOP "$supervisor"
	asks 0 "running, pid $pid"
	dz -K -t 4 -p pid
	status 0 "-K of a supervisor that hangs"
	[ -e told ] || fail "the program was not told to end, or not waited for"
	"$bin/waitfor" end "$pid" "$supervisor" || fail "they live on"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "a supervisor that hangs (SIGSTOP) is stopped as well, and then its program" t_supervisor_stopped DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

# cycles

cycle() {	# NAME N [OPTION]...
	name=$1 n=$2
	shift 2
	while [ "$n" -gt 0 ]; do
		n=$((n - 1))
		# shellcheck disable=SC2086
		$DZ "$@" -p "$T/$name" "$P" "$T/r.$name" || { echo "start: $?"; return 1; }
		$DZ -K -p "$T/$name" || { echo "stop: $?"; return 1; }
		[ ! -e "$T/$name" ] || { echo "the pidfile is left"; return 1; }
	done
	echo "all done"
}

t_cycles() {
	logd_start
	each=$((${CYCLES:-1000} / 2))
	more=
	if has DAEMONIZE_SYSLOG; then more=-S; fi
	if has DAEMONIZE_RESTART; then more="$more -r"; fi
	cycle one $each >one.out 2>&1 &
	one=$!
	# shellcheck disable=SC2086
	cycle two $each $more >two.out 2>&1 &
	wait $one $! || :
	is "$(cat one.out)" "all done" "one"
	is "$(cat two.out)" "all done" "two"
	logd exit
	nothing_left_but
	is "$(find . -name 'one*' -o -name 'two*' | sort | tr '\n' ' ')" "./one.out ./two.out " "files"
}
nothing_left_but() {
	"$bin/waitfor" -t 5 none "$P" || fail "a stray process"
	"$bin/waitfor" -t 5 none "$bin/daemonize" || fail "a stray supervisor"
}
TEST_LIMIT=300
check "${CYCLES:-1000} starts and stops, two at a time, leave nothing behind" t_cycles

t_by_supervisor() {
	# by the file of -P: what does not end by TERM is ended within -t, and not left to itself
	for by in TERM USR1 KILL CHLD 40; do
		rm -f ready
		dz -r -P sup -p pid "$A" ignore "$T/ready" TERM USR1
		status 0
		"$bin/waitfor" file ready
		pid=$(cat pid)
		dz -K -k $by -t 1 -p sup
		status 0
		[ ! -d "/proc/$pid" ] || fail "$by: the program lives"
		nothing_left
		[ ! -e sup ] && [ ! -e pid ] || fail "$by: what is left: $(ls)"
	done
	# one that hangs keeps its program, and that is said
	rm -f ready
	dz -r -P sup -p pid "$A" ignore "$T/ready" TERM
	"$bin/waitfor" file ready
	pid=$(cat pid) supervisor=$(cat sup)
	kill -STOP "$supervisor"
	dz -K -t 1 -p sup
	status 1
	says "daemonize: sup: still running: $pid"
	kill -0 "$supervisor" || fail "it was killed"
	kill -CONT "$supervisor"
	"$bin/waitfor" end "$supervisor" || fail "it does not end"
	nothing_left
	# an applet that stays, whose file is like that, has nobody to leave behind
	has TICKLOG || return 0
	ln -sf "$BOX" ticklog
	for by in TERM KILL; do
		./ticklog -p "$T/tick" -i 60
		pid=$(cat tick)
		[ $by = TERM ] || kill -STOP "$pid"
		before=$(now)
		dz -K -k $by -t 5 -p tick
		status 0
		[ $(($(now) - before)) -lt 400 ] || fail "$by took $(($(now) - before)) hundredths"
		nothing_left
	done
}
check "-K by the file of -P ends the program too" t_by_supervisor DAEMONIZE_STOP DAEMONIZE_SUPERVISOR_PIDFILE DAEMONIZE_RESTART DAEMONIZE_TIMEOUT

done_testing
