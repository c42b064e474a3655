#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Calls newer than Linux 4.4 answered by EPERM, as old libseccomp does in containers:
# the older ones are taken. The 64-bit-time calls are for a 32-bit program, and a filter
# that knows them by number is for i386: make check BOARD=i386.
# shellcheck disable=SC2154
NEEDS=
. "${0%/*}/../helpers/lib.sh"

# clock_gettime64, timerfd_settime64, utimensat_time64, ppoll_time64, statx, close_range,
# pidfd_open, pidfd_send_signal
new=403,411,412,414,383,436,434,424
each="i386:$(echo $new | sed 's/,/,i386:/g')"

filter() {	# sets PRE
	# EI_CLASS, and the low byte of e_machine
	is_i386=$(od -An -tu1 -j4 -N15 "$BOX" | tr -s ' \n' ' ' | cut -d' ' -f2,16)
	[ "$is_i386" = "1 3" ] || skip "the program is not i386's"
	"$bin/seccomp" "eperm=$each" /bin/true || skip "no filters here"
	PRE="$bin/seccomp eperm=$each"
}

t_pidfile() {
	filter
	start -p "$T/pid"
	is "$(cat pid)" "$pid" pidfile
	dz -p "$T/pid" "$P" "$T/report2"
	status 3 "a second start"
	dz -Q -p "$T/pid"
	status 0 -Q
	dz -K -p "$T/pid"
	status 0 -K
	rm report
	nothing_left
}
check "-p, -Q, -K" t_pidfile DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STATUS DAEMONIZE_STOP

t_supervisor() {
	filter
	start -r -p "$T/pid"
	first=$pid
	rm report
	kill -KILL "$first"
	appeared
	[ "$pid" != "$first" ] || fail "not started again"
	supervisor=$(get ppid)
	kill "$supervisor"
	"$bin/waitfor" end "$supervisor" || fail "the supervisor ignores TERM"
	rm report
	nothing_left
}
check "a supervisor restarts its program and ends at TERM" t_supervisor DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_RESTART

t_timeout() {
	filter
	dz -t 1 -w fd:3 "$P" "$T/report"
	status 4
	rm report
	nothing_left
}
check "-w ends in time" t_timeout DAEMONIZE DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_ticklog() {
	filter
	st=0
	$PRE "$bin/daemonbox" ticklog -p "$T/pid" -i 1 2>err || st=$?
	status 0
	ticker=$(cat pid)
	kill "$ticker"
	"$bin/waitfor" end "$ticker" || fail "ticklog ignores TERM"
}
check "ticklog starts and ends" t_ticklog TICKLOG DAEMONIZE_PIDFILE

done_testing
