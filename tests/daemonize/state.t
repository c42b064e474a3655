#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The state in which the program starts, from good callers and bad.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
. "${0%/*}/../helpers/lib.sh"

t_parent() {
	adopter=$("$bin/badstate" -P)
	start
	is "$(get parent)" "$adopter" "parent at the first instruction"
	is "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f2)" "$adopter" "parent in /proc"
}
check "the parent is 1 at the program's first instruction" t_parent STEP_SECOND_FORK

t_parent_always() {
	adopter=$("$bin/badstate" -P)
	i=0
	while [ $i -lt 100 ]; do
		i=$((i + 1))
		rm -f report
		dz "$P" -e 0 "$T/report"
		status 0
		appeared
		is "$(get parent)" "$adopter" "parent in run $i"
	done
}
check "... in 100 runs of 100" t_parent_always STEP_SECOND_FORK

t_subreaper() {
	# shellcheck disable=SC2086
	"$bin/badstate" -R $DZ "$P" "$T/report" &
	reaper=$!
	appeared
	is "$(get parent)" $reaper "parent"
	end "$pid"
	wait $reaper
}
check "under a subreaper that is the parent" t_subreaper STEP_SECOND_FORK

t_session() {
	start
	sid=$(get sid)
	[ "$sid" != "$pid" ] || fail "it leads its session"
	[ ! -d "/proc/$sid" ] || fail "the session's leader is still there"
	is "$(get pgid)" "$sid" "process group"
	is "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f3,4)" "$sid $sid" "/proc"
	[ "$sid" != "$(sed 's/.*) //' /proc/self/stat | cut -d' ' -f4)" ] || fail "the caller's session"
}
check "a session of its own, which it does not lead, and its group" t_session STEP_SECOND_FORK

t_one_fork() {
	has STEP_SECOND_FORK && skip "STEP_SECOND_FORK is on"
	start
	is "$(get sid) $(get pgid)" "$pid $pid" "session and group"
}
check "one fork only: it leads its session" t_one_fork

t_terminal() {
	start
	is "$(get tty)" none "/dev/tty"
	is "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f5,6)" "0 -1" "tty and its group in /proc"
}
check "no terminal" t_terminal

t_cwd() {
	start
	is "$(get cwd)" / cwd
	is "$(readlink "/proc/$pid/cwd")" / "cwd in /proc"
}
check "the working directory is /" t_cwd STEP_CHDIR

t_umask() {
	want=$(value STEP_UMASK_DEFAULT)
	for mask in 000 027 077 777; do
		PRE="$bin/badstate -m $mask"
		start
		is "$(get umask)" "${want:-022}" "umask from $mask"
		end "$pid"
	done
}
check "the umask is the built-in one, whatever the caller's" t_umask STEP_UMASK

t_null() {
	start
	is "$(get fds)" "0 1 2" descriptors
	is "$(sed -n 's/^fd [012]: //p' report | uniq)" "/dev/null rw" "where 0 to 2 go"
	for fd in 0 1 2; do is "$(readlink "/proc/$pid/fd/$fd")" /dev/null "$fd in /proc"; done
	is "$(ls "/proc/$pid/fd" | tr '\n' ' ')" "0 1 2 " "descriptors in /proc"
}
check "0 to 2 are /dev/null, read and write, and there is no other" t_null STEP_NULL STEP_CLOSE

t_output_released() {
	# a daemon that kept the pipe would keep $() waiting
	got=$(timeout 10 $DZ "$P" -o text "$T/report" 2>&1) || fail "status $?: $got"
	is "$got" "" "output"
	appeared
}
check "the caller's pipe is not held" t_output_released STEP_NULL STEP_CLOSE

t_descriptors() {
	PRE="$bin/badstate -l 4096 -d 3 -d 4 -d 7 -d 42 -d 1000 -d 4095"
	start
	is "$(get fds)" "0 1 2" descriptors
}
check "inherited descriptors are closed: 3, 4, 7, 42, 1000, 4095" t_descriptors STEP_CLOSE

t_descriptors_low_limit() {
	# a descriptor above today's limit
	PRE="$bin/badstate -l 4096 -d 2000 -l 64"
	start
	is "$(get fds)" "0 1 2" descriptors
}
check "... one above the limit too" t_descriptors_low_limit STEP_CLOSE

t_closed() {
	for closed in "-x 0" "-x 1" "-x 2" "-x 0 -x 1" "-x 0 -x 2" "-x 1 -x 2" "-x 0 -x 1 -x 2"; do
		PRE="$bin/badstate $closed"
		start
		is "$(get fds)" "0 1 2" "descriptors from $closed"
		is "$(sed -n 's/^fd [012]: //p' report | uniq)" "/dev/null rw" "from $closed"
		end "$pid"
	done
}
check "0, 1, 2 closed at start, each and all" t_closed STEP_NULL STEP_CLOSE

t_closed_fails() {
	for closed in "-x 0" "-x 1" "-x 2" "-x 0 -x 1 -x 2"; do
		PRE="$bin/badstate $closed"
		dz "$T/missing" "$T/report"
		status 127 "with $closed"
		nothing_left
	done
}
check "... and failures are still told" t_closed_fails STEP_NULL STEP_CLOSE

t_closed_pidfile() {
	PRE="$bin/badstate -x 0 -x 1 -x 2"
	start -p "$T/pid"
	is "$(cat pid)" "$pid" pidfile
	is "$(sed -n 's/^fd [012]: //p' report | uniq)" "/dev/null rw" "0 to 2"
}
check "... and a pidfile does not land on them" t_closed_pidfile STEP_NULL STEP_CLOSE DAEMONIZE_PIDFILE

t_signals() {
	PRE="$bin/badstate -I HUP -I INT -I PIPE -I CHLD -B USR1 -B TERM"
	start
	is "$(get ignored)" "" ignored
	is "$(get blocked)" "" blocked
	is "$(get sigaction)" "" "by sigaction"
	is "$(get sigprocmask)" "" "by sigprocmask"
	is "$(sed -n 's/^SigIgn:[[:space:]]*0*//p' "/proc/$pid/status")" "" "SigIgn in /proc"
	end "$pid"
}
check "signals: HUP INT PIPE CHLD ignored, USR1 TERM blocked by the caller" t_signals STEP_SIGNALS

t_signals_all() {
	all='' sig=0
	while [ $sig -lt 64 ]; do
		sig=$((sig + 1))
		case $sig in 9 | 19) continue ;; esac
		all="$all -I $sig -B $sig"
	done
	PRE="$bin/badstate $all"
	start
	is "$(get ignored)" "" ignored
	is "$(get blocked)" "" blocked
}
check "... every one of 64 ignored and blocked" t_signals_all STEP_SIGNALS

t_signals_realtime() {
	for sig in 32 33 34 35 63 64; do
		PRE="$bin/badstate -Z -I $sig -B $sig"
		start
		is "$(get ignored)" "" "ignored, from $sig"
		is "$(get blocked)" "" "blocked, from $sig"
		end "$pid"
	done
}
check "... real-time signals, each alone" t_signals_realtime STEP_SIGNALS

t_signals_kept() {
	has STEP_SIGNALS && skip "STEP_SIGNALS is on"
	PRE="$bin/badstate -Z -I PIPE"
	start
	is "$(get ignored)" PIPE ignored
}
check "without the step signals stay as they were" t_signals_kept

t_mask_kept() {
	has STEP_SIGNALS && skip "STEP_SIGNALS is on"
	PRE="$bin/badstate -Z"
	start
	is "$(get blocked)" "" blocked
}
check "... and none that the caller had not blocked is blocked" t_mask_kept

t_elsewhere() {
	mkdir a b
	cd a
	rmdir ../a
	dz "$P" "$T/report"
	cd "$T"
	status 0
	appeared
	is "$(get cwd)" / cwd
}
check "from a working directory that was removed" t_elsewhere STEP_CHDIR

t_leader() {
	# a group leader cannot make a session of its own ...
	"$bin/badstate" -g "$P" -S -e 0 "$T/leader"
	is "$(sed -n 's/^setsid: //p' leader)" "Operation not permitted" "setsid of a leader"
	# ... daemonize can, called as one
	for how in -g -s; do
		PRE="$bin/badstate $how"
		start
		is "$(get tty)" none tty
		[ "$(get pgid)" = "$(get sid)" ] || fail "group $(get pgid), session $(get sid)"
		end "$pid"
	done
}
check "setsid is refused for a group leader, daemonize works as one" t_leader

t_single() {
	"$bin/badstate" -1 "$P" -T "$T/report"
	appeared
	is "$(get gained)" yes "a single fork"
	end "$pid"
	has STEP_SECOND_FORK || return 0
	rm report
	dz "$P" -T "$T/report"
	status 0
	appeared
	is "$(get gained)" no "a double fork"
}
check "a pty that it opens becomes the terminal after one fork, not after two" t_single

t_single_build() {
	has STEP_SECOND_FORK && skip "STEP_SECOND_FORK is on"
	dz "$P" -T "$T/report"
	status 0
	appeared
	is "$(get gained)" yes "a single fork"
}
check "... so with STEP_SECOND_FORK off" t_single_build

t_leader_gains() {
	dz -1 "$P" -T "$T/report"
	status 0
	appeared
	is "$(get gained)" yes "with -1"
}
check "... so with -1" t_leader_gains DAEMONIZE_LEADER STEP_SECOND_FORK

t_alone() {
	start
	nothing_left "$pid"
}
check "nothing stays behind but the daemon" t_alone

t_inherited() {
	PRE="env -i A=1 B=two"
	start
	is "$(env_of A)$(env_of B)" 1two environment
	is "$(get argc)" 2 argc
	is "$(get nice)" "$(nice)" nice
	is "$(get uid)" "$(id -u) $(id -u) $(id -u)" uid
	is "$(get gid)" "$(id -g) $(id -g) $(id -g)" gid
	is "$(get pdeathsig)$(get no_new_privs)$(get pending)" 00 "leftovers"
}
check "environment, user and nice value are the caller's" t_inherited +nice

t_limits_kept() {
	"$P" -e 0 "$T/here"
	start
	is "$(grep ^limit report)" "$(grep ^limit here)" limits
}
check "limits are the caller's" t_limits_kept

t_arguments() {
	dz "$P" "$T/report" "" "a b" -c -- --help '*' "$(printf 'x\ny')"
	status 0
	appeared
	is "$(get argc)" 9 argc
	is "$(sed -n '/^arg 2/,/^env/p' report | sed '/^env/d' | tr '\n' '|')" \
		"arg 2: |arg 3: a b|arg 4: -c|arg 5: --|arg 6: --help|arg 7: *|arg 8: x|y|" arguments
}
check "arguments arrive untouched" t_arguments

t_ended_by_term() {
	start
	kill "$pid"
	"$bin/waitfor" end "$pid" || fail "still there"
}
check "it ends on TERM" t_ended_by_term

t_steps_by_proc() {
	PRE="$bin/badstate -I HUP -I PIPE -B USR1 -B TERM -m 027 -d 7 -d 42 -g"
	start
	is "$(tr -d '\0' <"/proc/$pid/cmdline")" "$P$T/report" cmdline
	is "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")" "$("$bin/badstate" -P)" PPid
	is "$(sed -n 's/^Umask:[[:space:]]*//p' "/proc/$pid/status")" 0022 Umask
	is "$(sed -n 's/^SigBlk:[[:space:]]*0*//p' "/proc/$pid/status")" "" SigBlk
	is "$(readlink "/proc/$pid/exe")" "$P" exe
	is "$(ls "/proc/$pid/fd" | wc -l | tr -d ' ')" 3 "descriptors"
}
check "the same from /proc, from a caller that is bad all over" t_steps_by_proc \
	STEP_SECOND_FORK STEP_UMASK STEP_NULL STEP_CLOSE STEP_SIGNALS

done_testing
