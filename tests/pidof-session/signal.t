#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -k and -w.
# shellcheck disable=SC2154
NEEDS="PIDOF_SESSION PIDOF_SESSION_SIGNAL"
HELPERS="member actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

gets() {	# STATUS [OPTION]...: nothing is printed
	wanted=$1
	shift
	ps_ "$@"
	status "$wanted" "pidof-session $*"
	is "$got" "" "stdout of $*"
}

quietly() { gets "$@"; is "$(cat err)" "" "message of $*"; }

t_all() {
	session a many=20
	all=$($PS -s "$a")
	session other
	quietly 0 -k TERM -s "$a"
	# shellcheck disable=SC2086
	ended $all
	lives "$other"
	quietly 1 -k TERM -s "$a" -p 4194303
}
check "-k: every process of the session, no other; then none is left" t_all

t_names() {
	for sig in TERM SIGTERM term sigterm Term 15 VTALRM SIGVTALRM; do
		session a
		quietly 0 -k $sig -s "$a"
		ended "$a"
	done
	for sig in RTMIN SIGRTMIN+1 RTMIN+3 RTMAX-1 RTMAX 34 64; do
		session a
		quietly 0 -k $sig -s "$a"
		ended "$a"
	done
	session a
	quietly 0 -k STOP -s "$a"
	"$bin/waitfor" match "/proc/$a/stat" ") T " || fail "not stopped"
	quietly 0 -k TERM -s "$a"
	lives "$a"
	quietly 0 -k CONT -s "$a"
	ended "$a"
}
check "signals by name and number, with and without SIG, real-time ones" t_names

t_no_names() {
	session a
	for sig in VTALR VTALRMX SIG RTMIN+ RTMIN+x RTMIN3 RTMIN-1 RTMAX+1 RTMIN+99 RTMIN+9999999999 RTMAX-31 SIGRTMAXX; do
		gets 2 -k "$sig" -s "$a"
		lives "$a"
	done
}
check "what is like a name of one, and none" t_no_names

t_once() {
	session a "term=$T/terms" many=9
	all=$($PS -s "$a")
	quietly 0 -k TERM -s "$a"
	# the ten of them each write a line; the last of these makes ten
	"$bin/waitfor" text "$T/terms" "TERM
TERM
TERM
TERM
TERM
TERM
TERM
TERM
TERM
TERM" || fail "$(wc -l <terms) were signalled"
	# shellcheck disable=SC2086
	lives $all
	is "$(wc -l <terms | tr -d ' ')" 10 "signals"
	quietly 0 -k KILL -s "$a"
	# shellcheck disable=SC2086
	ended $all
}
check "each process once" t_once

t_group() {
	session a fork setpgid
	lead=$($PS -L -p "$a")
	quietly 0 -k TERM -g "$a"
	ended "$a"
	lives "$lead"
}
check "-k -g: only the group" t_group PIDOF_SESSION_GROUP PIDOF_SESSION_LEADER

t_omit() {
	session a many=2
	quietly 0 -k TERM -s "$a" -o "$a"
	lives "$a"
	quietly 0 -k TERM -L -s "$a"
	ended "$a"
}
check "-k with -o and -L" t_omit PIDOF_SESSION_OMIT PIDOF_SESSION_LEADER

t_name() {
	cp "$bin/member" "$T/namedvictim"
	M=$T/namedvictim session a many=2
	all=$($PS -p "$a")
	quietly 0 -k TERM namedvictim
	# shellcheck disable=SC2086
	ended $all
	quietly 1 -k TERM namedvictim
}
check "-k NAME" t_name PIDOF_SESSION_NAME

t_show() {
	session a
	ps_ -l -k TERM -s "$a"
	status 0
	like "$got" "*COMMAND*$a*" "the rows"
	ended "$a"
}
check "-l -k: shown, then signalled" t_show PIDOF_SESSION_LIST

t_own() {
	setsid sh -c "$bin/member report=$T/kid & $bin/waitfor file $T/kid; st=0; $PS -k TERM >out 2>err || st=\$?
		echo \$st >st; $PS -s 0 -k TERM 2>>err || :; $PS -p \$\$ -k TERM 2>>err || :; $PS -s \$\$ -k KILL 2>>err || :
		[ -z \"\$1\" ] || $PS -g \$\$ -k TERM 2>>err || :" sh "$(has PIDOF_SESSION_GROUP && echo group || :)"
	is "$(cat st)" 3 "status"
	lives "$(cat kid)"
	like "$(head -n 1 err)" "pidof-session: *--force" message
	if has PIDOF_SESSION_GROUP; then is "$(wc -l <err | tr -d ' ')" 5 messages; fi
}
check "never its caller's own session: status 3" t_own

t_own_force() {
	setsid sh -c "trap 'echo got >$T/shell' TERM; $bin/member report=$T/kid & $bin/waitfor file $T/kid; st=0
		$PS -k TERM --force >out 2>err || st=\$?; echo \$st >st"
	is "$(cat st)" 0 "status: $(cat err)"
	ended "$(cat kid)"
	is "$(cat shell)" got "the calling shell"
}
check "... but with --force, less itself, with long options or without" t_own_force

t_first_ns() {
	# in a namespace of our own, where a mistake costs nothing
	cat >inner <<-EOT
		$bin/member report=$T/kid & $bin/waitfor file $T/kid
		st=0
		setsid $PS -k TERM -p 1 2>err || st=\$?
		echo \$st >st
		kill -0 "\$(cat kid)" && echo alive >kid-state
		setsid $PS -k KILL -p 1 --force 2>err2 && echo forced >forced
		$bin/waitfor end "\$(cat kid)" && echo ended >>kid-state
	EOT
	unshare -pf --mount-proc setsid sh inner || :
	is "$(cat st)" 3 "status of -p 1: $(cat err)"
	like "$(cat err)" "pidof-session: *--force" message
	is "$(head -n 1 kid-state)" alive "a process of that session"
}
check "process 1's session: status 3" t_first_ns +root +unshare

t_not_all() {
	# in a namespace of our own, where a mistake costs nothing
	cat >inner <<-EOT
		$bin/member orphan setsid report=$T/other & $bin/waitfor file $T/other
		st=0
		$PS -a -k KILL >out 2>err || st=\$?
		echo \$st >st
		kill -0 "\$(cat other)" && echo alive >state
	EOT
	unshare -pf --mount-proc setsid sh inner || :
	is "$(cat st)" 3 "status: $(cat err)"
	is "$(cat state)" alive "another session"
}
check "-a -k: not everybody" t_not_all PIDOF_SESSION_ALL +root +unshare

t_zombie() {
	session a zombie zombie
	zombies=$(child_of "$a" | tr '\n' ' ')
	is "$(echo "$zombies" | wc -w | tr -d ' ')" 2 "zombies"
	strace -f -e trace=pidfd_send_signal -o trace "$bin/pidof-session" -k URG -s "$a" || fail "status $?"
	is "$(grep -c '^[0-9]* *pidfd_send_signal' trace)" 1 "signals sent"
	if has PIDOF_SESSION_OMIT; then quietly 1 -k URG -s "$a" -o "$a"; fi
	if has PIDOF_SESSION_WAIT && has PIDOF_SESSION_OMIT; then quietly 1 -w 5 -s "$a" -o "$a"; fi
}
check "zombies are no members" t_zombie +strace

t_threads() {
	session a threads
	quietly 0 -k TERM -s "$a"
	ended "$a"
}
check "a process whose first thread has ended is one" t_threads

t_order() {
	session a
	strace -o trace "$bin/pidof-session" -k TERM -s "$a" || fail "status $?"
	ended "$a"
	sed -n "/^pidfd_open($a/,/^pidfd_send_signal/p" trace >between
	grep -q "^getsid($a)" between || fail "not asked again: $(cat between)"
	like "$(tail -n 1 between)" "pidfd_send_signal(*SIGTERM*" "then the signal"
	! grep -q '^kill(' trace || fail "$(grep kill trace)"
	has PIDOF_SESSION_GROUP || return 0
	session b
	strace -o trace "$bin/pidof-session" -k TERM -g "$b" || fail "status $?"
	sed -n "/^pidfd_open($b/,/^pidfd_send_signal/p" trace | grep -q "^getpgid($b)" || fail "the group is not asked again"
}
check "the pidfd is opened, getsid asked again, then it is signalled" t_order +strace

t_no_pidfd() {
	for error in enosys eperm; do
		session a many=3
		all=$($PS -s "$a")
		st=0
		"$bin/seccomp" $error=pidfd_open "$bin/pidof-session" -k TERM -s "$a" >out 2>err || st=$?
		[ $st != 125 ] || skip "no filters here"
		status 0 $error
		says "pidof-session: pidfd_open: *"
		# shellcheck disable=SC2086
		ended $all
	done
	session a
	st=0
	"$bin/seccomp" enosys=pidfd_send_signal "$bin/pidof-session" -k TERM -s "$a" >out 2>err || st=$?
	status 0 "no pidfd_send_signal"
	ended "$a"
}
check "where pidfds are refused it goes by numbers, and says so once" t_no_pidfd

t_reaped() {
	# what the kernel answers while the process is being reaped
	session a
	st=0
	"$bin/seccomp" einval=pidfd_open "$bin/pidof-session" -k TERM -s "$a" >out 2>err || st=$?
	[ $st != 125 ] || skip "no filters here"
	status 1
	is "$(cat err)" "" "message"
}
check "one that is just being reaped is none, without a word" t_reaped

t_not_allowed() {
	session a many=2
	PRE="$bin/badstate -u 65534:65534"
	gets 3 -k TERM -s "$a"
	is "$(grep -c "^pidof-session: [0-9]*: Operation not permitted" err)" 3 "messages: $(cat err)"
	lives "$a"
}
check "another user's: status 3, each named" t_not_allowed +root

t_storm() {
	member a reap setsid storm
	ps_ -k KILL -s "$a"
	status 0
	"$bin/waitfor" end "$a"
	n=0
	while ps_ -s "$a"; [ -n "$got" ]; do
		# what is left is on its way, or a zombie until somebody reaps it
		for it in $got; do
			"$bin/waitfor" -t 2 end "$it" || fail "$it lives"
		done
		n=$((n + 1))
		[ $n -lt 5 ] || break
	done
}
check "KILL ends processes that fork faster than one look" t_storm

t_respawn() {
	session a respawn
	quietly 0 -k KILL -s "$a"
	all=$($PS -s "$a" || :)
	# shellcheck disable=SC2086
	[ -z "$all" ] || "$bin/waitfor" -t 2 end $all || fail "some live"
}
check "... and those that start others when one ends" t_respawn

t_stop_first() {
	# Traced, it is slow enough to find new ones in the second look; where it is so slow that a
	# number could have been given anew meanwhile, it says so, and that is not what is tried here.
	for run in 1 2 3 4 5; do
		member "a$run" reap setsid storm
		eval "leader=\$a$run"
		strace -o trace -e trace=lseek,pidfd_send_signal "$bin/pidof-session" -k KILL -s "$leader" 2>err ||
			case "$? $(cat err)" in
			3*"may be another by now" | 3*"they fork all the time"*) slow=$run; continue ;;
			*) fail "status $? and message: $(cat err)" ;;
			esac
		grep -q 'pidfd_send_signal.*SIGKILL' trace || fail "nothing was killed"
		awk '/^lseek/ { look++ } /^pidfd/ && look > 1' trace >later
		if [ -s later ]; then
			like "$(head -n 1 later)" "*SIGSTOP*" "the first signal from the second look on"
			return 0
		fi
	done
	[ -z "${slow:-}" ] || [ "$slow" != 5 ] || fail "no look was fast enough"
	skip "the first look found them all, five times"
}
check "... which are stopped first, from the second look on" t_stop_first +strace +awk

holds_pidfd() {
	for fd in "/proc/$1/fd/"*; do
		case $(readlink "$fd") in *pidfd*) return 0 ;; esac
	done
	return 1
}

t_wait() {
	session a many=3
	$PS -w 20 -s "$a" >out 2>err &
	waiter=$!
	all=$($PS -s "$a")
	# it waits once it holds the first of them
	until holds_pidfd $waiter; do kill -0 $waiter || fail "it does not wait"; done
	# shellcheck disable=SC2086
	kill $all
	st=0
	wait $waiter || st=$?
	status 0
	is "$(cat out err)" "" "what it printed"
	quietly 1 -w 5 -s "$a" -p 4194303
}
check "-w: waits for the end; status 0, 1 where there was none" t_wait PIDOF_SESSION_WAIT

t_wait_new() {
	# one that comes later is waited for too: each hands over to the next
	cat >relay <<-EOT
		"$bin/member" report=$T/next &
		"$bin/waitfor" file $T/next
		echo \$\$ >$T/relay-pid
		read -r go <$T/fifo
	EOT
	mkfifo fifo
	setsid sh relay &
	"$bin/waitfor" file relay-pid
	next=$(cat next)
	$PS -w 20 -p "$next" &
	waiter=$!
	until holds_pidfd $waiter; do kill -0 $waiter || fail "it does not wait"; done
	echo go >fifo
	ended "$(cat relay-pid)"
	kill -0 $waiter || fail "it did not wait for the other"
	kill "$next"
	st=0
	wait $waiter || st=$?
	status 0
}
check "-w: until the last of them has ended" t_wait_new PIDOF_SESSION_WAIT

t_wait_late() {
	session a
	quietly 4 -w 0 -s "$a"
	quietly 4 -w 1 -s "$a"
	lives "$a"
	st=0
	"$bin/seccomp" enosys=pidfd_open "$bin/pidof-session" -w 1 -s "$a" >out 2>err || st=$?
	[ $st = 125 ] || status 4 "without pidfds"
}
check "-w: still there: status 4" t_wait_late PIDOF_SESSION_WAIT

t_wait_no_pidfd() {
	session a
	"$bin/seccomp" enosys=pidfd_open "$bin/pidof-session" -k TERM -w 20 -s "$a" >out 2>err || st=$?
	[ "${st:-0}" != 125 ] || skip "no filters here"
	is "${st:-0}" 0 "status"
	says "pidof-session: pidfd_open: *"
	ended "$a"
}
check "-w without pidfds" t_wait_no_pidfd PIDOF_SESSION_WAIT

t_refusals() {
	for call in pidfd_open pidfd_send_signal pidfd_open,pidfd_send_signal fcntl,statx,clock_gettime,clock_gettime64; do
		session a many=2
		all=$($PS -s "$a")
		st=0
		"$bin/seccomp" eperm=$call "$bin/pidof-session" -k TERM -s "$a" >out 2>err || st=$?
		[ $st != 125 ] || skip "no filters here"
		status 0 "without $call"
		# shellcheck disable=SC2086
		ended $all
	done
}
check "newer calls that are refused (EPERM) have their older way" t_refusals

t_reused() {
	# In a namespace of our own: TERM ends the session, and before the second look,
	# which is held up, its number is a stranger's.
	cat >inner <<-EOT
		"$bin/member" orphan setsid report=$T/a & "$bin/waitfor" file $T/a
		a=\$(cat $T/a)
		(st=0; strace -qq -o $T/trace -e inject=/^fcntl:delay_enter=3s:when=3 $PS -k TERM -s \$a >out 2>err || st=\$?
			echo \$st >st) &
		"$bin/waitfor" gone /proc/\$a
		# longer than a number is taken to be unused
		"$bin/waitfor" -t 1 file $T/.none
		"$bin/actor" withpid \$a "$bin/member" report=$T/b || echo \$? >no
		"$bin/waitfor" file $T/b
		[ "\$(cat $T/b)" = \$a ] || echo another number >no
		"$bin/waitfor" file st
		kill -0 \$a && echo alive >state
		kill -KILL \$a
	EOT
	unshare -pf --mount-proc "$bin/badstate" -R sh inner || :
	[ ! -e no ] || skip "a number cannot be chosen here: $(cat no)"
	is "$(cat state)" alive "the stranger"
	is "$(cat st)" 3 "status"
	says "pidof-session: some are left: *"
}
check "the number of a session that has ended is another's: that is left alone" t_reused +root +unshare +strace

t_reused_not() {
	# a child that comes late, while another member lives
	cat >late <<-EOT
		trap '' TERM
		echo \$\$ >$T/late-pid
		read -r go <$T/fifo
		"$bin/member" report=$T/child &
		wait
	EOT
	mkfifo fifo
	setsid sh late &
	"$bin/waitfor" file late-pid
	$PS -k TERM -w 4 -s "$(cat late-pid)" >out 2>err &
	waiter=$!
	until holds_pidfd $waiter; do kill -0 $waiter || fail "it does not wait"; done
	# longer than a number is taken to be unused
	pause 1
	echo go >fifo
	"$bin/waitfor" file child
	st=0
	wait $waiter || st=$?
	status 0
	is "$(cat err)" "" message
	ended "$(cat late-pid)" "$(cat child)"
}
check "... one that is born late, beside a member that was there, is ended" t_reused_not PIDOF_SESSION_WAIT

t_stubborn() {
	session a "term=$T/terms" many=2
	all=$($PS -s "$a")
	quietly 0 -k TERM -w 1 -s "$a"
	# shellcheck disable=SC2086
	ended $all
	"$bin/waitfor" text terms TERM || fail "no TERM"
	session b
	quietly 0 -k TERM -w 30 -s "$b"
	ended "$b"
	session c "term=$T/terms"
	quietly 0 -k TERM -w 0 -s "$c"
	ended "$c"
}
check "-k and -w: signalled, waited for, what is left is killed" t_stubborn PIDOF_SESSION_WAIT

t_chain() {
	# no look sees who has ended by then, and that is no sign that nobody is left
	for run in 1 2; do
		watch_pipe
		rm -f led
		"$bin/member" orphan setsid ignore=15 "report=$T/led" chain </dev/null >pipe 2>err &
		"$bin/waitfor" file led || fail "no session: $(cat err)"
		ps_ -k TERM -w 1 -s "$(cat led)"
		case $st in
		0) "$bin/waitfor" -t 3 end $watcher || fail "status 0, and it goes on (run $run)" ;;
		4) ;;
		*) fail "status $st: $(cat err)" ;;
		esac
		"$bin/waitfor" kill "$bin/member" >/dev/null || :
	done
}
check "... a chain of forks too" t_chain PIDOF_SESSION_WAIT +apart

done_testing
