#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Kernels and filters that refuse what came after Linux 4.4, a 32-bit program under an
# old libseccomp, and a machine that has been up for years.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev actor refuse"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
me=$top/tests/daemonize/${0##*/}
[ -z "${DAEMONBOX_RUN:-}" ] || { [ -n "$only" ] || echo "1..0 # SKIP filters want no emulator"; exit 0; }

refused() {	# ERRNO WHAT...: from here on
	PRE="$bin/badstate -Z $bin/refuse $* --"
	st=0
	$PRE "$P" -e 0 "$T/filtered" || st=$?
	[ $st != 125 ] || skip "no system-call filters"
	rm -f "$T/filtered"
}

each() {	# FUNCTION: with each kind of start
	[ -d dev ] || logd_start
	for kind in "" -S -r "-S -r"; do
		case $kind in *S*) has DAEMONIZE_SYSLOG || continue ;; esac
		case $kind in *r*) has DAEMONIZE_RESTART || continue ;; esac
		"$@"
		all_gone
		rm -f pid report*
	done
}

# the life of a service, all of it under what PRE says

life() {
	how="($kind) by $PRE"
	# shellcheck disable=SC2086
	dz $kind ${kind:+-R 0} -p pid "$P" "$T/report"
	status 0 "start $how"
	is "$(cat err)" "" "stderr of the start $how"
	appeared
	is "$(cat pid)" "$pid" "pidfile $how"
	like " $(get fds) " " 0 1 2 *" "descriptors $how"
	is "$(sed -n 's/^fd [3-9][0-9]*: //p; s/^fd [12][0-9][0-9]*: //p' report | grep -v "^$T/pid" || :)" "" "other descriptors $how"
	dz -Q -p pid
	status 0 "-Q $how"
	is "$(cat out)" "running, pid $pid" "-Q $how"
	# shellcheck disable=SC2086
	dz $kind -p pid "$P" "$T/report2"
	status 3 "a second start $how"
	dz -k USR1 -p pid
	status 0 "-k $how"
	"$bin/waitfor" file report.again || fail "no signal came $how"
	case $kind in *r*)
		rm report
		first=$pid
		kill -9 "$first"
		"$bin/waitfor" file report || fail "it is not started again $how: $(tail -n 3 log)"
		pid=$(get pid)
		is "$(cat pid)" "$pid" "pidfile after the restart $how" ;;
	esac
	case $kind in ?*) calm ;; esac
	before=$(now)
	dz -K -p pid
	status 0 "-K $how"
	is "$(cat out err)" "" "output of -K $how"
	[ ! -e pid ] || fail "the pidfile is left $how"
	"$bin/waitfor" -t 2 end "$pid" || fail "it lives $how"
	[ $(($(now) - before)) -lt 400 ] || fail "-K took $(($(now) - before)) hundredths $how"
	dz -Q -p pid
	status 3 "-Q at last $how"
	# what is stale is replaced
	case $kind in "") stale_life ;; esac
}

stale_life() {
	rm -f report
	dz -p pid "$P" "$T/report"
	appeared
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	dz -Q -p pid
	status 1 "-Q of one that was killed $how"
	rm -f report
	dz -p pid "$P" "$T/report"
	status 0 "a start over it $how"
	appeared
	dz -KK -p pid
	status 0 "-KK $how"
	"$bin/waitfor" -t 2 end "$pid" || fail "it lives after -KK $how"
}

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

calm() {	# the supervisor waits and does not spin
	supervisor=$(get ppid)
	before=$(ticks "$supervisor")
	pause 0.5
	[ $(($(ticks "$supervisor") - before)) -lt 20 ] || fail "the supervisor spins $how"
}

ready() {
	how="by $PRE"
	for opts in "-w fd:3" "-w socket" "-w line:ready"; do
		case $opts in
		*fd*) has DAEMONIZE_READY_FD || continue; says='echo >&3' ;;
		*socket) has DAEMONIZE_READY_SOCKET || continue; says='"$2" notify-of "$NOTIFY_SOCKET" READY=1' ;;
		*line*) has DAEMONIZE_READY_LINE || continue; says='echo ready' ;;
		esac
		for kind in "" -S; do
			rm -f report pid
			# shellcheck disable=SC2086
			dz $opts $kind -p pid sh -c "$says"'; exec "$0" "$1/report"' "$P" "$T" "$A"
			status 0 "$opts $kind $how"
			appeared
			dz -K -p pid
			status 0 "-K, $opts $kind $how"
			"$bin/waitfor" -t 2 end "$pid" || fail "it lives, $opts $kind $how"
			# shellcheck disable=SC2086
			dz $opts $kind -t 1 -p pid "$P" "$T/report2"
			status 4 "never ready, $opts $kind $how"
			all_gone
			rm -f report2
		done
	done
}

beats() {	# TICKLOG
	how="by $PRE"
	rm -f pid
	: >log
	st=0
	$PRE "$1" -i 0.05 -d 0 -p "$T/pid" >out 2>err || st=$?
	status 0 "ticklog $how"
	soon '[ "$(texts | wc -l)" -ge 5 ]' || fail "it does not beat $how: $(cat log)"
	supervisor=$(cat pid)
	before=$(ticks "$supervisor")
	pause 0.5
	[ $(($(ticks "$supervisor") - before)) -lt 20 ] || fail "ticklog spins $how"
	st=0
	$PRE "$1" -Q -p "$T/pid" >out 2>err || st=$?
	status 0 "ticklog -Q $how"
	st=0
	$PRE "$1" -K -t 5 -p "$T/pid" >out 2>err || st=$?
	status 0 "ticklog -K $how"
	"$bin/waitfor" -t 2 end "$supervisor" || fail "ticklog lives $how"
}

refusals() {	# FUNCTION [ARG]...
	for errno in eperm enosys; do
		refused $errno 4.4
		"$@"
	done
}

t_life() { refusals each life; }
check "all that is newer than Linux 4.4 refused (EPERM, ENOSYS): start, -Q, -k, restart, -K" t_life

t_ready() { logd_start; refusals ready; }
check "... readiness in three ways" t_ready DAEMONIZE_TIMEOUT

t_user() {
	own_dev
	for errno in eperm enosys; do
		refused $errno 4.4
		rm -f report
		dz -u 65534:65534 -p pid "$P" "$T/report"
		status 0
		appeared
		is "$(get uid)" "65534 65534 65534" "user"
		dz -Q -p pid
		status 0 "-Q"
		dz -K -p pid
		status 0 "-K"
		"$bin/waitfor" -t 2 end "$pid" || fail "it lives"
	done
}
check "... another user" t_user DAEMONIZE_USER +root

t_ticklog() { logd_start; ln -s "$BOX" ticklog; refusals beats "$T/ticklog"; }
check "... ticklog" t_ticklog TICKLOG

# 32 bits

i386() {	# DZ and ticklog are 32-bit programs of this configuration from here on
	[ "$(uname -m)" = x86_64 ] || skip "no x86-64"
	toolchains=$O/toolchain
	command -v make >/dev/null && [ -f "$top/board/i386/board.mk" ] || skip "no source tree"
	[ -f "$toolchains/source/done" ] || [ -f "$toolchains/i386/stamp" ] || [ -f "$top/out/toolchain/i386/stamp" ] || skip "no source of musl (make deps)"
	[ -f "$toolchains/i386/stamp" ] || [ ! -f "$top/out/toolchain/i386/stamp" ] || toolchains=$top/out/toolchain
	made=$TEST_ROOM/made
	if [ ! -x "$made/i386" ]; then
		mkdir -p "$made/board/i386"
		cp "$KCONFIG_CONFIG" "$made/board/i386/.config"
		env -u O -u KCONFIG_CONFIG -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
			make -s --no-print-directory -C "$top" O="$made" TOOLCHAINS="$toolchains" BOARD=i386 all >make.out 2>&1 ||
			skip "no compiler for it: $(tail -n 1 make.out)"
		cp "$made/board/i386/daemonbox" "$made/i386"
	fi
	ln -s "$made/i386" daemonize
	ln -s "$made/i386" ticklog
	DZ=$T/daemonize
	"$DZ" >/dev/null 2>&1 || [ $? = 2 ] || skip "this kernel runs no 32-bit programs"
}

# Old libseccomp: EPERM for all that it does not know, the 64-bit-time calls among them.
filters() {	# FUNCTION [ARG]...
	for what in "eperm 403-500 383" "enosys 403-500 383" "eperm 4.4" "enosys 4.4"; do
		refused "$what"
		"$@"
	done
}

t_i386() { i386; each life; }
check "a 32-bit program: start, -Q, -k, restart, -K" t_i386

t_i386_life() { i386; filters each life; }
check "... under an old libseccomp, and on Linux 4.4" t_i386_life

t_i386_ready() { i386; logd_start; filters ready; }
check "... readiness" t_i386_ready DAEMONIZE_TIMEOUT

t_i386_ticklog() { i386; logd_start; filters beats "$T/ticklog"; }
check "... ticklog" t_i386_ticklog TICKLOG

# years of uptime

in_time() {	# SECONDS COMMAND...: so much longer after boot; what it leaves behind is ended
	offset=$1
	shift
	unshare --time --boottime "$offset" --monotonic "$offset" --mount --pid --fork --kill-child --mount-proc "$@"
}

time_namespaces() { in_time 1000 true 2>/dev/null || skip "no time namespaces"; }

# Does the test once more in a time namespace in which the machine has been up for so many days.
aged() {	# FUNCTION DAYS
	if [ "${AGED:-}" = "$2" ]; then return 0; fi
	time_namespaces
	st=0
	# it makes a folder of its own, for the same names are used again
	AGED=$2 in_time $(($2 * 86400)) sh -c \
		'read -r up _ </proc/uptime; [ "${up%.*}" -gt "$3" ] || { echo "no offset"; exit 77; }; exec $0 "$1" "$2"' \
		"$TEST_SHELL" "$me" "$1" $(($2 * 86400 - 1)) || st=$?
	[ $st = 0 ] || exit $st
	rm -rf dev pid report* job commands answers log
	return 1
}

# 2^31 ticks of a hundredth of a second are 248.5 days, 2^32 are 497
years() {	# FUNCTION BODY...
	test=$1
	shift
	if [ -n "${AGED:-}" ]; then "$@"; return; fi
	for days in 300 600; do
		aged "$test" $days || :
	done
}

t_aged() { years t_aged each life; }
check "up for 300 days and more: start, -Q, -k, restart, -K" t_aged

job_ends() {
	own_dev
	setsid "$DZ" -f -p "$T/pid" sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T" &
	"$bin/waitfor" file job
	appeared
	job=$(sed -n 's/^pid: //p' job)
	dz -Q -p pid
	status 0 "-Q after ${AGED:-0} days"
	dz -KK -p pid
	status 0 "-KK after ${AGED:-0} days"
	"$bin/waitfor" end "$pid" "$job" || fail "the service's child lives after ${AGED:-0} days"
}
t_aged_all() { years t_aged_all job_ends; }
check "... -KK of a service under -f ends its children" t_aged_all DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND +setsid

# The second at which a count of 32 bits runs over passes while it runs.
crossing() {	# FUNCTION SECONDS BODY...
	if [ -z "${AGED:-}" ]; then
		test=$1
		time_namespaces
		for over in $2; do
			read -r up _ </proc/uptime
			AGED=$over in_time $((over - ${up%.*} - 2)) $TEST_SHELL "$me" "$test" || exit $?
			rm -rf dev pid* report* job over runs ready
		done
		return
	fi
	shift 2
	"$@"
}

passed() { until read -r up _ </proc/uptime && [ "${up%.*}" -gt "$AGED" ]; do pause; done; }

ticks_over() {
	own_dev
	start -p pid
	first=$pid
	# its child is born after it
	"$DZ" -f -p "$T/pid2" sh -c 'while [ ! -e "$1/over" ]; do "$2" -t 0.1 file "$1/over"; done; "$0" "$1/job" & exec "$0" "$1/report2"' \
		"$P" "$T" "$bin/waitfor" &
	passed
	: >over
	"$bin/waitfor" file job
	"$bin/waitfor" file report2
	dz -Q -p pid
	status 0 "-Q across the limit"
	dz -KK -p pid2
	status 0 "-KK across the limit"
	"$bin/waitfor" end "$(sed -n 's/^pid: //p' job)" || fail "the child that was born after it lives"
	dz -K -p pid
	status 0 "-K across the limit"
	"$bin/waitfor" end "$first" || fail "it lives"
}

# 2^31 and 2^32 ticks of a hundredth of a second, the start tick of /proc/PID/stat
t_ticks_over() { crossing t_ticks_over "21474836 42949673" ticks_over; }
check "... on the day when the ticks pass 2^31, and 2^32" t_ticks_over DAEMONIZE_STOP_SESSION DAEMONIZE_FOREGROUND

clock_over() {
	own_dev
	dz -r -R 1 -p pid sh -c 'echo >>"$0/runs"; exit 0' "$T"
	status 0
	before=$(now)
	dz -w fd:3 -t 3 -p pid2 "$P" "$T/report"
	took=$(($(now) - before))
	status 4 "never ready, across the limit"
	[ $took -ge 290 ] && [ $took -lt 800 ] || fail "-t 3 took $took hundredths"
	passed
	n=$(wc -l <runs)
	[ "$n" -ge 2 ] || fail "it is not started again"
	pause 2.5
	[ "$(wc -l <runs)" -gt "$n" ] || fail "it is not started again after it"
	[ "$(wc -l <runs)" -lt 20 ] || fail "$(wc -l <runs) starts"
	dz -K -p pid
	status 0 "-K"
	all_gone
}

# 2^31 and 2^32 milliseconds
t_clock_over() { crossing t_clock_over "2147484 4294968" clock_over; }
check "... when the milliseconds do: delays and time limits" t_clock_over DAEMONIZE_RESTART DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

done_testing
