#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What scripts expect that were written for the daemonize of Debian, Alpine and the
# BSDs (bmc's), or that come from BusyBox's start-stop-daemon; the peers' faults turned round.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
. "${0%/*}/../helpers/lib.sh"

t_all_letters() {
	mkdir work
	start -a -c "$T/work" -e "$T/err.log" -E A=1 -o "$T/out.log" -p "$T/pid" -l "$T/lock" -u "$(id -u):$(id -g)"
	is "$(get cwd)|$(env_of A)|$(cat pid)" "$T/work|1|$pid" "cwd, environment, pidfile"
	[ -e err.log ] && [ -e out.log ] && [ -e lock ] || fail "$(ls)"
}
check "a command line with all of bmc's letters" t_all_letters DAEMONIZE_CHDIR DAEMONIZE_FILES \
	DAEMONIZE_ENV DAEMONIZE_PIDFILE DAEMONIZE_LOCK DAEMONIZE_USER +root

t_verbose() {
	dz -v -p pid "$P" "$T/report"
	status 0
	appeared
}
check "... -v" t_verbose DAEMONIZE_VERBOSE DAEMONIZE_PIDFILE

t_second_instance() {
	start -l "$T/lock"
	dz -l "$T/lock" "$P" "$T/report2"
	[ "$st" != 0 ] || fail "status 0"
	nothing_left "$pid"
}
check "a second instance on the lock file is refused" t_second_instance DAEMONIZE_LOCK

t_lock_is_held() {
	start -l "$T/lock" -p "$T/pid" -o "$T/log"
	is "$(get fds | wc -w | tr -d ' ')" 4 "descriptors: 0 to 2, lock; got $(get fds)"
	is "$(get "fd $(get fds | awk '{ print $4 }')")" "$T/lock r" "how the lock is open"
}
check "the lock, to be read, is the only descriptor beside 0 to 2" t_lock_is_held \
	DAEMONIZE_LOCK DAEMONIZE_PIDFILE DAEMONIZE_FILES STEP_CLOSE

t_stdin_readable() {
	dz -o log sh -c 'cat; echo "read $?"; exec "$0" "$1"' "$P" "$T/report"
	status 0
	appeared
	is "$(cat log)" "read 0" "reading stdin"
}
check "with -o stdin can still be read" t_stdin_readable DAEMONIZE_FILES STEP_NULL

t_relative_pidfile() {
	mkdir work
	start -c work -p pid
	is "$(cat pid)" "$pid" "pidfile"
	[ ! -e work/pid ] && [ ! -e /pid ] || fail "in the wrong place"
}
check "a relative pidfile is written where it was opened" t_relative_pidfile DAEMONIZE_PIDFILE DAEMONIZE_CHDIR

t_env_default() {
	(unset PATH; dz sh -c 'exec "$0" "$1"' "$P" "$T/report"; status 0)
	appeared
	[ -n "$(env_of PATH)" ] || fail "no PATH"
}
check "a caller without PATH gets one" t_env_default

t_failure_seen() {
	dz -c /none /bin/sh -c :
	[ "$st" != 0 ] || fail "a missing directory is not seen"
	dz "$T/none"
	[ "$st" != 0 ] || fail "a missing program is not seen"
}
check "failures after the fork are seen" t_failure_seen DAEMONIZE_CHDIR

# start-stop-daemon

t_ssd_arguments() {
	dz "$P" -e 0 "$T/report" -- -x --exec
	status 0
	appeared
	is "$(get 'arg 4')|$(get 'arg 5')|$(get 'arg 6')" "--|-x|--exec" "arguments"
}
check "options behind the program are its own, -- too" t_ssd_arguments

t_ssd_false() {
	dz false
	status 0
	nothing_left
}
check "a program that ends with 1 was started" t_ssd_false

t_ssd_missing() {
	dz ./no-such-file
	status 127
	[ -s err ] || fail "in silence"
}
check "one that is missing was not, and it is said" t_ssd_missing

t_ssd_running() {
	start -p pid
	dz -O -p pid "$P" "$T/report2"
	status 0
	nothing_left "$pid"
}
check "started twice with -O (--oknodo): status 0, one instance" t_ssd_running DAEMONIZE_PIDFILE DAEMONIZE_ALREADY

t_ssd_pidfile_self() {
	# --make-pidfile: the number is the program's, not the parent's
	start -p pid
	is "$(cat pid)" "$(get pid)" pidfile
	is "$(readlink "/proc/$(cat pid)/exe")" "$P" "what runs there"
}
check "the pidfile names the program" t_ssd_pidfile_self DAEMONIZE_PIDFILE

t_ssd_stranger() {
	# a number that some other process has by now
	"$P" "$T/stranger" &
	"$bin/waitfor" file stranger
	echo $! >pid
	start -p pid
	alive $! "$T/stranger"
	end $!
}
check "a stale pidfile neither hinders nor hurts a stranger" t_ssd_stranger DAEMONIZE_PIDFILE

t_ssd_chdir_exec() {
	mkdir work
	start -c "$T/work" -n 3
	is "$(get cwd)|$(get nice)" "$T/work|3" "cwd, nice"
}
check "-c and -n together" t_ssd_chdir_exec DAEMONIZE_CHDIR DAEMONIZE_NICE

done_testing
