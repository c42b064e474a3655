#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Calls that are refused, a daemon that is killed on its way, callers that must not.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
. "${0%/*}/../helpers/lib.sh"

filters() {	# skips where there are none
	st=0
	"$bin/seccomp" eperm=pidfd_open "$P" -e 0 "$T/filtered" || st=$?
	[ $st != 125 ] || skip "no system-call filters"
}

under() {	# DEED=CALL[,CALL]: from here on
	PRE="$bin/badstate -Z $bin/seccomp $*"
}

# seccomp opens what it starts by its path
DZ="$bin/daemonize"

t_old_kernel() {
	filters
	for deed in eperm enosys; do
		PRE="$bin/badstate -Z -l 4096 -d 3 -d 7 -d 42 -d 1000 $bin/seccomp $deed=close_range,pidfd_open,clone3"
		start
		is "$(get fds)" "0 1 2" "descriptors under $deed"
		end "$pid"
	done
}
check "close_range and pidfd_open refused with EPERM, ENOSYS: descriptors are closed all the same" t_old_kernel STEP_CLOSE

t_old_kernel_kept() {
	filters
	PRE="$bin/badstate -Z -l 4096 -d 3 -d 7 -d 42 -d 1000 $bin/seccomp eperm=close_range"
	start -D 7 -D 1000 -p pid
	is "$(get fds | wc -w | tr -d ' ')" 5 "descriptors: $(get fds)"
	is "$(get 'fd 7')$(get 'fd 1000')" "/dev/zero r/dev/zero r" kept
}
check "... and those to keep are kept" t_old_kernel_kept STEP_CLOSE DAEMONIZE_KEEP DAEMONIZE_PIDFILE

t_old_kernel_many() {
	filters
	set --
	i=3
	while [ $i -lt 900 ]; do set -- "$@" -d $i; i=$((i + 1)); done
	PRE="$bin/badstate -Z -l 1024 $* $bin/seccomp enosys=close_range"
	start
	is "$(get fds)" "0 1 2" descriptors
}
check "... nine hundred of them" t_old_kernel_many STEP_CLOSE

t_killed() {
	filters
	# whichever of these it calls; none of them may count as a start
	for call in umask chdir setsid dup3,dup2 close_range rt_sigprocmask; do
		rm -f pid report
		under kill=$call
		dz -p pid "$P" "$T/report"
		case $st in
		0)	[ $call = rt_sigprocmask ] || [ $call = dup3,dup2 ] || [ $call = close_range ] ||
				fail "killed at $call, status 0"
			appeared
			kill "$pid" ;;
		1)	says "daemonize: *"
			nothing_left
			[ ! -e pid ] || fail "killed at $call, the pidfile is left" ;;
		159 | 140) nothing_left ;;      # the caller was killed itself (SIGSYS is 12 on MIPS)
		*)	fail "killed at $call, status $st" ;;
		esac
	done
}
check "the daemon killed before the exec: status 1, no pidfile, no process" t_killed \
	DAEMONIZE_PIDFILE STEP_UMASK STEP_CHDIR

t_killed_plain() {
	filters
	under kill=chdir
	dz "$P" "$T/report"
	fails 1 "daemonize: *"
	under kill=setsid
	dz "$P" "$T/report"
	fails 1 "daemonize: *"
}
check "... without a pidfile" t_killed_plain STEP_CHDIR

t_killed_keeps_other() {
	filters
	start -p pid
	under kill=chdir
	dz -p pid "$P" "$T/report2"
	status 3
	is "$(cat pid)" "$pid" pidfile
	under kill=umask
	dz -p pid "$P" "$T/report2"
	is "$(cat pid)" "$pid" "pidfile of the running one"
}
check "... and another's pidfile stays" t_killed_keeps_other DAEMONIZE_PIDFILE STEP_UMASK

t_refused() {
	filters
	for row in setsid:setsid chdir:chdir fork:clone,fork,vfork,clone3; do
		case $row in chdir:*) has STEP_CHDIR || continue ;; esac
		under eperm="${row#*:}"
		dz "$P" "$T/report"
		fails 1 "daemonize: ${row%%:*}: *"
		under eagain="${row#*:}"
		dz "$P" "$T/report"
		fails 1 "daemonize: ${row%%:*}: *"
	done
}
check "setsid, chdir, fork refused: status 1, by name" t_refused

t_refused_exec() {
	filters
	under eperm=execve
	dz "$P" "$T/report"
	fails 126 "daemonize: exec: $P: *"
}
check "exec refused: 126" t_refused_exec

t_refused_dup() {
	filters
	under eperm=dup2,dup3
	dz "$P" "$T/report"
	case $st in 0) appeared; is "$(sed -n 's/^fd [012]: //p' report | uniq)" "/dev/null rw" "0 to 2" ;;
	*) fails 1 "daemonize: *: *" ;; esac
}
check "dup refused: an honest failure" t_refused_dup STEP_NULL

t_refused_write() {
	# what goes through the report pipe and the pidfile
	filters
	under eperm=flock
	dz -l lock "$P" "$T/report"
	fails 1 "daemonize: lock: lock: *"
	if has DAEMONIZE_PIDFILE; then
		under eperm=fcntl
		dz -p pid "$P" "$T/report"
		fails 1 "daemonize: pidfile: pid: *"
	fi
	if has DAEMONIZE_NICE; then
		under eperm=setpriority
		dz -n 3 "$P" "$T/report"
		fails 1 "daemonize: nice: 3: *"
	fi
}
check "flock, fcntl, setpriority refused: status 1, by name" t_refused_write DAEMONIZE_LOCK

t_look_failed() {
	# at the file that is to be the pidfile: it is that look which is named
	PRE="strace -qq -f -o $T/trace -P $T/pid~ -e trace=fstat,newfstatat,statx -e inject=fstat,newfstatat,statx:error=EIO"
	dz -p "$T/pid" "$P" "$T/report"
	PRE=
	grep -q INJECTED trace || skip "it looks by another call here"
	status 1
	says "daemonize: pidfile: $T/pid: *"
	says "*: Input/output error"
	[ ! -e pid ] && [ ! -e report ] || fail "it was started"
}
check "fstat of the new pidfile fails: status 1, by name" t_look_failed DAEMONIZE_PIDFILE ERROR_TEXTS +strace

t_refused_limit() {
	filters
	under eperm=prlimit64
	dz -L core=0 "$P" "$T/report"
	fails 1 "daemonize: limit*: core=0: *"
}
check "... prlimit too" t_refused_limit DAEMONIZE_LIMIT

t_refused_supervisor() {
	filters
	for call in pipe2 signalfd4 setpgid wait4 poll; do
		under eperm=$call
		dz -S -p "$T/pid" "$P" "$T/report"
		fails 1 "daemonize: *: Operation not permitted"
		[ ! -e pid ] || fail "the pidfile is left ($call)"
	done
}
check "what a supervisor needs refused: status 1, and the program does not run without it" t_refused_supervisor \
	DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE ERROR_TEXTS

t_refused_poll() {
	filters
	for deed in eperm enosys; do
		under $deed=ppoll,recvfrom
		start -r -p "$T/pid"
		PRE=
		dz -K -p "$T/pid"
		status 0
		is "$(cat err)" "" "stderr of -K"
		rm -f report
	done
}
check "... ppoll and recvfrom: others take their place" t_refused_poll DAEMONIZE_RESTART DAEMONIZE_PIDFILE DAEMONIZE_STOP

t_refused_getsid() {
	filters
	under eperm=getsid
	dz -w socket "$P" "$T/report"
	fails 1 "daemonize: ready: Operation not permitted"
	[ ! -e report ] || fail "the program ran"
}
check "... getsid, by which -w socket knows whom to believe" t_refused_getsid DAEMONIZE_READY_SOCKET ERROR_TEXTS

t_lock_left() {
	# the daemon that has failed goes on only when nobody else here wants that CPU
	taskset -c 0 chrt -f 1 true 2>/dev/null || skip "no scheduling in real time"
	n=0
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		# shellcheck disable=SC2016
		taskset -c 0 chrt -f 1 sh -c '"$0" -q --sched other -l lock /nonexistent; flock -n lock true' "$DZ" ||
			fail "the lock is held after a failed start, in run $n"
	done
}
check "after a failed start its lock is free" t_lock_left DAEMONIZE_LOCK DAEMONIZE_SCHED DAEMONIZE_QUIET +taskset +chrt +flock

t_refused_signals() {
	filters
	PRE="$bin/badstate -Z -I HUP $bin/seccomp eperm=rt_sigaction"
	dz "$P" "$T/report"
	case $st in
	0) appeared; is "$(get ignored)" "" "ignored" ;;
	*) fails 1 "daemonize: *: *" ;;
	esac
}
check "rt_sigaction refused: an honest failure" t_refused_signals STEP_SIGNALS

t_no_descriptors() {
	for n in 3 4 5 6 7 8; do
		rm -f report pid
		PRE="$bin/badstate -x 3 -x 4 -x 5 -x 6 -x 7 -x 8 -l $n"
		dz -p pid "$P" "$T/report"
		case $st in
		0) appeared; is "$(cat pid)" "$pid" pidfile; kill "$pid"; "$bin/waitfor" end "$pid" ;;
		*) fails 1 "daemonize: *: *"; [ ! -e pid ] || fail "pidfile left with $n descriptors" ;;
		esac
	done
}
check "a limit of 3 to 8 descriptors: it works or says what failed" t_no_descriptors DAEMONIZE_PIDFILE

t_no_dev_null() {
	mkdir empty
	mount --bind empty /dev
	st=0
	$DZ "$P" "$T/report" <"$T" >"$T/out" 2>"$T/err" || st=$?
	fails 1 "daemonize: null: /dev/null: *"
}
check "no /dev/null" t_no_dev_null STEP_NULL +mount

t_no_proc() {
	mkdir empty
	PRE="$bin/badstate -l 4096 -I HUP -I PIPE -B TERM -d 7 -d 42"
	mount --bind empty /proc
	dz -p pid "$P" "$T/report"
	# the helpers need /proc, and the program may be looking into it right now
	until umount /proc 2>umounts; do :; done
	case $st in
	0)	appeared
		is "$(sed -n 's/^sigaction: *//p; s/^sigprocmask: *//p' report | tr -d '\n')" "" "signals"
		is "$(cat pid)" "$pid" pidfile ;;
	*)	fails 1 "daemonize: *: *" ;;
	esac
}
check "no /proc: signals, pidfile still right" t_no_proc DAEMONIZE_PIDFILE STEP_SIGNALS +mount

in_state() {	# LETTER: of the caller
	until grep -q "^State:.$1" "/proc/$caller/status"; do kill -0 $tracer || fail "it has gone on"; done
}

t_caller_stopped() {
	strace -qq -f -o trace -e trace=execve,sendto -e inject=execve:delay_enter=2000000:when=1 "$bin/daemonize" "$T/none" 2>err &
	tracer=$!
	until grep -q 'sendto(' trace 2>/dev/null; do kill -0 $tracer || fail "it does not wait"; done
	caller=$(awk '/sendto\(/ { print $1; exit }' trace)
	# it waits by now for what is held up for two seconds
	in_state S
	kill -STOP "$caller"
	in_state '[Tt]'
	kill -CONT "$caller"
	st=0
	wait $tracer || st=$?
	status 127 "stopped and continued while it waits for the report"
}
check "a caller that is stopped meanwhile (SIGSTOP) hears the end of it" t_caller_stopped +strace +awk

t_caller_killed() {
	strace -qq -f -o trace -e trace=socketpair,rt_sigprocmask -e inject=rt_sigprocmask:delay_exit=1000000:when=1 \
		"$bin/daemonize" -p "$T/pid" "$P" "$T/report" 2>err &
	tracer=$!
	until [ -s pid ]; do kill -0 $tracer || fail "it has not come that far: $(cat err)"; done
	kill -KILL "$(awk '{ print $1; exit }' trace)"
	wait $tracer || :
	[ ! -e pid ] || fail "the pidfile is left"
	nothing_left
}
check "a caller that is killed before the exec: no pidfile, nobody left" t_caller_killed DAEMONIZE_PIDFILE +strace +awk

t_set_user_id() {
	cp "$BOX" daemonize
	chown 0 daemonize
	chmod 4755 daemonize
	cp "$P" suid-probe
	chown 0 suid-probe
	chmod 4755 suid-probe
	"$bin/badstate" -u 65534:65534 "$T/suid-probe" -e 0 "$T/suid"
	is "$(sed -n 's/^uid: //p' suid)" "65534 0 0" "set-user-id in this place" || skip "nosuid"
	DZ=$T/daemonize
	PRE="$bin/badstate -u 65534:65534"
	dz "$P" "$T/report"
	fails 1 "daemon*: *set-user-id*"
	dz -u root "$P" "$T/report"
	fails 1 "daemon*: *set-user-id*"
	# by its owner it is an ordinary program
	PRE=
	start
}
check "set-user-id: refused, status 1" t_set_user_id +root

t_user_not_root() {
	PRE="$bin/badstate -u 65534:65534"
	dz -u 0:0 "$P" "$T/report"
	fails 1 "daemonize: user: 0:0: *"
	dz -u 1:1 "$P" "$T/report"
	fails 1 "daemonize: user: 1:1: *"
}
check "-u by someone who may not: status 1" t_user_not_root DAEMONIZE_USER +root

t_processes() {
	# a user at the limit of processes cannot fork
	filters
	under eagain=clone,fork,vfork,clone3
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: fork: *"
	[ ! -e pid ] || fail "left"
}
check "no process to be had: status 1" t_processes DAEMONIZE_PIDFILE

done_testing
