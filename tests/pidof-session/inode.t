#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -i: a process by what no other ever has.
# shellcheck disable=SC2034,SC2154
NEEDS="PIDOF_SESSION PIDOF_SESSION_INODE"
HELPERS="member actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

# shellcheck disable=SC2016
inode_of() {	# PID, or 0 for the program that asks: its inode in pidfs, by another program's eyes
	perl -e '$fd = syscall(434, ($ARGV[0] || $$) + 0, 0); exit 1 if $fd < 0; print((stat("/proc/self/fd/$fd"))[1])' "$1"
}

# Before, all of them have the same.
have_pidfs() {
	one=$(inode_of 0) two=$(inode_of 1) || skip "no descriptors of processes here"
	[ "$one" != "$two" ] || skip "no pidfs here (Linux 6.9)"
}

t_prints() {
	have_pidfs
	session a many=2
	wanted=
	for pid in $($PS -s "$a"); do wanted="$wanted $pid:$(inode_of "$pid")"; done
	finds "${wanted# }" -i -s "$a"
	finds "$a:$(inode_of "$a")" -i -s "$a" -o "${wanted#* * }" -o "$($PS -s "$a" | cut -d ' ' -f 2)"
}
check "prints the inode that others see" t_prints +perl PIDOF_SESSION_OMIT

t_format() {
	have_pidfs
	session a many=1
	both=$($PS -i -s "$a")
	finds "${both% *},${both#* }" -i -d , -s "$a"
	finds "${both% *}" -i1 -s "$a"
	finds "" -i -q -s "$a"
	if has LONG_OPTIONS; then finds "$both" --inode -s "$a"; fi
}
check "... with -1, -d, -q" t_format +perl PIDOF_SESSION_FORMAT

t_takes() {
	have_pidfs
	session a many=1
	session b
	all=$($PS -s "$a")
	id=$($PS -i -s "$b")
	for it in $($PS -i -s "$a"); do
		finds "$all" -p "$it"
		none -p "${it}0"
		none -p "${it%:*}:1"
		finds "$all" -p "$it,${it%:*}:1"
		finds "$all $b" -p "$it,$id"
		none -p "${it%:*}:${id#*:}"
	done
	if has PIDOF_SESSION_OMIT; then
		finds "${all#* }" -s "$a" -o "$($PS -i1 -s "$a")"
		finds "$all" -s "$a" -o "$a:1"
	fi
	if has PIDOF_SESSION_PIDFILE; then
		$PS -i -s "$b" >file
		finds "$b" -F file
		echo "$b:1" >file
		ps_ -F file
		status 1 "-F of another process"
		is "$got$(cat err)" "" "what -F of another process finds"
		for text in "$b:" "$b:x" "$b:0" "$b:-1" ":$b" "$b:99999999999999999999"; do
			echo "$text" >file
			ps_ -F file
			status 1 "-F $text"
			says "pidof-session: file: no process number"
		done
	fi
	kill "$b"
	ended "$b"
	"$bin/waitfor" gone "/proc/$b" || skip "nobody reaps"
	none -p "$id"
}
check "takes it: -p, -o, -F; not another's, and not that of one that has ended" t_takes +perl PIDOF_SESSION_FORMAT

t_again() {
	have_pidfs
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "no number can be chosen"
	before=$(cat /proc/sys/kernel/ns_last_pid)
	session a
	id=$($PS -i -s "$a") first=$a forks=$((a - before))
	finds "$a" -p "$id"
	kill "$a"
	ended "$a"
	"$bin/waitfor" gone "/proc/$a" || skip "nobody reaps"
	tries=0 a=0
	while [ "$a" != "$first" ]; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || skip "the number does not come again"
		# nobody else is here who could take one
		echo $((first - forks)) >/proc/sys/kernel/ns_last_pid
		session a
	done
	finds "$a" -p "$first"
	none -p "$id"
	[ "$($PS -i -s "$a")" != "$id" ] || fail "the same inode"
}
check "the next process of the same number is another" t_again +perl +root +apart

t_meanwhile() {
	# it ends behind the look that knew it, and a stranger has its number when its session is asked for
	have_pidfs
	cp "$BOX" pidof-session
	session a
	id=$($PS -i -s "$a")
	strace -qq -o trace -e trace=getsid -e inject=getsid:delay_enter=1000000:when=1 ./pidof-session -k KILL -p "$id" >out 2>err &
	asked=$!
	"$bin/waitfor" file trace
	# at getsid, by its number on x86-64, i386 and aarch64
	until grep -q "^\(124\|147\|156\) " "/proc/$(pidof_child $asked)/syscall" 2>/dev/null; do pause 0.05; done
	kill -9 "$a"
	"$bin/waitfor" gone "/proc/$a" || skip "nobody reaps"
	"$bin/actor" withpid "$a" "$P" "$T/stranger" || skip "no clone3 with a pid"
	"$bin/waitfor" file stranger
	st=0
	wait "$asked" || st=$?
	status 3 "-k ($(cat err trace))"
	alive "$a" "$T/stranger"
}
pidof_child() { cat "/proc/$1/task/$1/children" 2>/dev/null | cut -d ' ' -f 1; }
check "... nor a stranger who has the number by the second look: nobody is signalled" t_meanwhile +perl +root +apart +strace PIDOF_SESSION_SIGNAL

t_usage() {
	for list in 1: 1:x 1:0 :1 1:1: 1:1:1 1:-1 1:1,x 4194304:1 1:1152921504606846976 "1: 1"; do
		for option in -p -o; do
			[ $option = -p ] || has PIDOF_SESSION_OMIT || continue
			ps_ $option "$list"
			status 2 "$option $list"
			says "pidof-session: $option: $list: not a number, nor a list of them"
		done
	done
	ps_ -s 1:1
	status 2 "-s with an inode"
	for option in "-l:LIST" "-a:ALL" "-c:CHECK" "-k CONT:SIGNAL" "-w 0:WAIT"; do
		has "PIDOF_SESSION_${option#*:}" || continue
		# shellcheck disable=SC2086
		ps_ -i ${option%:*} -s 1
		status 2 "-i ${option%:*}"
		says "pidof-session: -i: not with -l, -a, -c, -k or -w"
	done
}
check "what is none, and what has no use for it" t_usage

t_old_kernel() {
	"$bin/seccomp" enosys=pidfd_open /bin/true || skip "no filters here"
	session a
	for deed in enosys eperm; do
		PRE="$bin/seccomp $deed=pidfd_open"
		finds "$a" -i -s "$a"
		ps_ -p "$a:1"
		status 3 "-p with an inode ($deed)"
		is "$got" "" "-p with an inode ($deed)"
		says "pidof-session: inode: *"
	done
	PRE="$bin/seccomp emfile=pidfd_open"
	ps_ -i -s "$a"
	status 3 "-i without descriptors"
}
check "without pidfs the number is printed, and an inode cannot be told: 3" t_old_kernel

done_testing
