#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -x: a command after each end that was not asked for.
# shellcheck disable=SC2154,SC2016,SC2086
NEEDS="DAEMONIZE DAEMONIZE_HOOK DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_PIDFILE DAEMONIZE_CHDIR +apart"
HELPERS="logd owndev actor"
# Two tests build a program.
TEST_LIMIT=${TEST_LIMIT:-240}
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
export PROBE="$P" ROOM="${T:-}" WAITER="$bin/waitfor"

# What a hook is told, a line each, appended at once.
told='printf "%s %s %s %s %s [%s]\n" "$SERVICE_RESULT" "${EXIT_CODE-none}" "${EXIT_STATUS-none}" "$FAILURES" "$UPTIME" "$LAST_LINE" >>told'

ran() {	# N [SECONDS]: hooks have told so much
	wanted=$1
	soon '[ "$(cat told 2>/dev/null | wc -l)" -ge "$wanted" ]' "${2:-}" ||
		fail "$(cat told 2>/dev/null | wc -l) hooks, wanted $wanted: $(tail -n 20 log)"
}

is_told() {	# LINE N: what the Nth was told, but for the seconds
	is "$(sed -n "$2s/ [0-9][0-9]* \[/ [/p" told)" "$1" "told by hook $2"
}

t_ends() {
	logd_start
	cat >service <<-'END'
		echo start >>runs
		case $(wc -l <runs) in
		1) echo "first words"; echo "last words" >&2; exit 3 ;;
		2) kill -KILL $$ ;;
		3) kill -TERM $$ ;;
		4) echo fine; exit 0 ;;
		5) ulimit -c 0; kill -SEGV $$ ;;
		*) exec "$0" "$1/report" ;;
		esac
	END
	export EXIT_CODE=inherited EXIT_STATUS=inherited LAST_LINE=inherited
	dz -S -R 0 -x "$told" -c "$T" -p "$T/pid" sh -c '. ./service' "$P" "$T"
	status 0
	"$bin/waitfor" -t 25 file report || fail "no report"
	ran 5
	is_told "exit-code exited 3 1 [last words]" 1
	is_told "signal killed KILL 2 []" 2
	is_told "signal killed TERM 3 []" 3
	is_told "success exited 0 0 [fine]" 4
	is_told "signal killed SEGV 1 []" 5
	# asked for: nothing is run
	supervisor=$("$bin/waitfor" lock pid)
	end "$supervisor"
	is "$(wc -l <told)" 5 "hooks"
	not_logged hook:
}
check "-x: after each end that was not asked for, with how it ended, as systemd.exec(5) names it" t_ends

t_dumped() {
	logd_start
	[ "$(cat /proc/sys/kernel/core_pattern)" ] || skip "no core pattern"
	dz -S -L core=unlimited:unlimited -x "$told" -c "$T" -p "$T/pid" "$A" die SEGV
	status 0
	logged 'ended by signal'
	grep -q 'core dumped' log || skip "no core was dumped here"
	ran 1
	is_told "core-dump dumped SEGV 1 []" 1
}
check "... dumped" t_dumped DAEMONIZE_LIMIT

t_no_pipe() {
	# it runs, though nobody hears what it says
	logd_start
	mkfifo go
	dz -S -x "$told; echo unheard" -c "$T" -p pid sh -c 'read x <>go; exit 3'
	supervisor=$("$bin/waitfor" lock pid)
	strace -qq -f -o trace -e trace=pipe2 -e inject=pipe2:error=EMFILE -p "$supervisor" &
	tracer=$!
	"$bin/waitfor" match "/proc/$supervisor/status" "^TracerPid:.*$tracer" || fail "it is not traced"
	echo >go
	ran 1
	logged 'hook: '
	if has ERROR_TEXTS; then logged 'hook: Too many open files'; fi
	"$bin/waitfor" end "$supervisor" || fail "the supervisor waits for something"
	not_logged unheard
	wait "$tracer"
}
check "... also where there is no descriptor for what it says" t_no_pipe +strace

t_once() {
	# without -r it is the end of the supervisor, which waits for it
	logd_start
	for exits in 4 0; do
		dz -S -x "$told" -c "$T" -p "$T/pid" sh -c "exit $exits"
		status 0
		all_gone
	done
	is_told "exit-code exited 4 1 []" 1
	is_told "success exited 0 0 []" 2
	# -x keeps a supervisor, and does not imply -r
	rm told
	dz -x "$told" -c "$T" -p "$T/pid" sh -c "exit 5"
	status 0
	ran 1
	is_told "exit-code exited 5 1 []" 1
	all_gone
}
check "... without -r, and with neither -r nor -S" t_once

t_give_up() {
	logd_start
	dz -S -R 0 -C 3 -x "$told" -c "$T" -p "$T/pid" sh -c 'echo "bye $$"; exit 7'
	status 0
	logged 'giving up'
	ran 4
	all_gone
	for n in 1 2 3; do
		is "$(sed -n "${n}s/ [0-9]* \[bye [0-9]*]//p" told)" "exit-code exited 7 $n" "hook $n"
	done
	is "$(sed -n '4s/ [0-9]* \[bye [0-9]*]//p' told)" "start-limit-hit none none 3" "the last hook"
}
check "... and when it gives up" t_give_up

t_exec() {
	# a later exec that fails is an end as well; the first is the caller's to see
	logd_start
	dz -S -r -x "$told" -c "$T" "$T/none"
	status 127
	[ ! -e told ] || fail "a hook of a start that failed"
	cp "$P" service
	dz -S -r -R 0 -x "$told" -c "$T" -p "$T/pid" "$T/service" "$T/report"
	appeared
	mv service moved
	kill -9 "$pid"
	ran 2
	is_told "signal killed KILL 1 []" 1
	is_told "exit-code exited 127 2 []" 2
}
check "... an exec that fails" t_exec

t_watchdog() {
	logd_start
	dz -S -W 1,5 -R 0 -x "$told" -c "$T" -p "$T/pid" sh -c 'ulimit -c 0; echo hangs; exec sleep 1000'
	status 0
	ran 1
	is_told "watchdog killed ABRT 1 [hangs]" 1
	end "$("$bin/waitfor" lock pid)"
}
check "... what the watchdog ends, by its own word" t_watchdog DAEMONIZE_WATCHDOG

t_not_asked() {
	logd_start
	for how in "-K" "-K -k KILL" "-KK" TERM INT; do
		case $how in -KK) has DAEMONIZE_STOP_SESSION || continue ;; esac
		rm -f report
		dz -S -r -x "$told" -c "$T" -p "$T/pid" "$P" "$T/report"
		appeared
		case $how in
		-*) dz $how -p pid; status 0 ;;
		*) supervisor=$("$bin/waitfor" lock pid); kill -"$how" "$supervisor"; "$bin/waitfor" end "$supervisor" ;;
		esac
		[ ! -e told ] || fail "a hook at $how"
	done
}
check "no hook where the end was asked for" t_not_asked DAEMONIZE_STOP

t_state() {
	# what the command starts with
	logd_start
	: >lock
	dz -S -R 30 -l "$T/lock" -u 65534 -I CHLD,HUP -n 5 -E SECRET=1 -x 'exec "$PROBE" "$ROOM/hook"' -c "$T" -p "$T/pid" sh -c 'exit 1'
	status 0
	"$bin/waitfor" file hook || fail "no hook: $(cat log)"
	mv hook report
	is "$(get uid)" "0 0 0" "its user"
	is "$(get fds)" "0 1 2" "its descriptors"
	like "$(get 'fd 0')" "/dev/null *" "its stdin"
	is "$(get sid)" "$(get pid)" "its session"
	is "$(get sigaction)$(get sigprocmask)" "" "ignored and blocked"
	is "$(env_of SECRET)" "" "the program's variable"
	is "$(env_of SERVICE_RESULT)" exit-code SERVICE_RESULT
	kill "$(get pid)"
}
check "it runs as the supervisor's user, in a session of its own, with nothing of the program's" t_state +root \
	DAEMONIZE_LOCK DAEMONIZE_USER DAEMONIZE_IGNORE DAEMONIZE_NICE DAEMONIZE_ENV

t_exactly() {
	# by /bin/sh -c exactly as given; what the program says is a value and never a command
	logd_start
	dz -S -x 'echo "a  b" "$(echo c)" '"'\\\\ %s \$x'"' ; printf "%s\n" "$LAST_LINE" >told' -c "$T" -p "$T/pid" \
		"$A" said 'x; touch "bad" `touch bad` $(touch bad)\x07\x1b\xff é end\n'
	logged 'a  b c '
	"$bin/waitfor" file told
	is "$(cat told)" 'x; touch "bad" `touch bad` $(touch bad)^G^[\xff é end' "LAST_LINE"
	[ ! -e bad ] || fail "what the program said was run"
	all_gone
	# what begins with "-" is a command as well
	rm -f told
	dz -S -x '-x 2>/dev/null; : >told' -c "$T" -p "$T/pid" sh -c 'exit 1'
	"$bin/waitfor" file told
}
check "by /bin/sh -c exactly as given; what the program says is a value only, with control characters visible" t_exactly

t_bounded() {
	logd_start
	dz -S -x 'printf %s "$LAST_LINE" | wc -c >told' -c "$T" -p "$T/pid" "$A" wide 900
	ran 1
	is "$(tr -d ' ' <told)" 127 "bytes of LAST_LINE"
}
check "LAST_LINE is bounded" t_bounded

t_lines() {
	n=$(value DAEMONIZE_HOOK_LINES)
	logd_start
	dz -S -r -R 0 -x 'printf "%s\n" "${LAST_LINES-none}" >lines; echo >>told' -c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" = 1 ] || exec "$0" "$1/report"; i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo "line $i"; done; exit 1' "$P" "$T"
	ran 1
	case $n in
	1) is "$(cat lines)" none "LAST_LINES" ;;
	*) is "$(wc -l <lines | tr -d ' ') $(head -n 1 lines), $(tail -n 1 lines)" "$n line $((101 - n)), line 100" "LAST_LINES" ;;
	esac
}
check "... and so are as many as are configured" t_lines

# Other configurations than the one under test.

built() {	# LINE...: the minimal program with these, in "other"
	unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V MAKEFLAGS MFLAGS MAKELEVEL
	make -s -C "$top" O="$T/other" KCONFIG_CONFIG="$T/other/.config" minimal_defconfig </dev/null >made 2>&1 || fail "$(cat made)"
	for line; do
		name=${line%%=*}
		sed -i "/^$name=/d; /^# $name is/d" other/.config
		echo "$line" >>other/.config
	done
	for target in olddefconfig all; do
		make -s -C "$top" O="$T/other" KCONFIG_CONFIG="$T/other/.config" $target </dev/null >made 2>&1 ||
			fail "$(cat made)"
	done
	mkdir by
	ln -s ../other/daemonbox by/daemonize
	DZ=$T/by/daemonize
}

t_three_lines() {
	logd_start
	built CONFIG_DAEMONIZE_HOOK=y CONFIG_DAEMONIZE_HOOK_LINES=3 CONFIG_DAEMONIZE_SYSLOG=y \
		CONFIG_SYSLOG_RING=4096 CONFIG_DAEMONIZE_RESTART=y
	dz -S -x 'printf "%s|%s\n" "$LAST_LINES" "$LAST_LINE" >told.new; mv told.new told' \
		sh -c 'echo one; echo two >&2; "$WAITER" text "$ROOM/log" two; printf "three\nfour"; exit 1'
	status 0
	"$bin/waitfor" -t 10 file told || fail "no hook: $(cat log)"
	is "$(cat told)" "two${newline}three${newline}four|four" "LAST_LINES|LAST_LINE"
	# fewer than are kept, and of the next run none of this one's
	rm told
	dz -r -R 0 -C 2 -S -x 'printf "[%s]\n" "$LAST_LINES" >>told' \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" != 1 ] || echo first; exit 1'
	ran 3
	is "$(tr '\n' ' ' <told)" "[first] [] [] " "LAST_LINES of each run"
}
check "... as three, where that is configured" t_three_lines +source +make +musl-gcc

t_alone() {
	built CONFIG_DAEMONIZE_HOOK=y
	for st in 3 0; do
		rm -f told
		"$DZ" -x 'echo "$SERVICE_RESULT ${EXIT_CODE-none} ${EXIT_STATUS-none} $FAILURES [$LAST_LINE]" >told.new; mv told.new told' \
			sh -c "cd '$T'; exit $st" || fail "status $?"
		"$bin/waitfor" -t 10 file told || fail "no hook"
		case $st in
		3) is "$(cat told)" "exit-code exited 3 1 []" "told" ;;
		0) is "$(cat told)" "success exited 0 0 []" "told" ;;
		esac
	done
	"$bin/waitfor" -t 5 none "$DZ" >/dev/null || fail "its supervisor is left"
}
check "-x in a program without -S and -r" t_alone +source +make +musl-gcc

t_output() {
	logd_start
	dz -S -T web -x 'echo "hello of $$"; echo "oh no" >&2; printf unended; exit 9' -c "$T" -p "$T/pid" sh -c 'exit 3'
	logged 'hook: ended with status 9'
	# by the command's own number
	logged '<30>.* web\[\([0-9]*\)\]: hello of \1$'
	logged ' web\[[0-9]*\]: oh no$'
	logged ' web\[[0-9]*\]: unended$'
	like "$(grep hook: log)" ". <27>*" "level of a hook that fails"
	all_gone
}
check "what it says is logged, and how it ended if it failed" t_output

t_much() {
	# more than a pipe holds: it would wait for ever for one who reads only at its end
	logd_start
	dz -S -T web -x 'i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo "line $i of a hook that has very much to say"; done; exit 9' \
		-c "$T" -p "$T/pid" sh -c 'exit 3'
	logged 'hook: ended with status 9'
	logged ' web\[[0-9]*\]: line 3000 of'
}
check "... more than a pipe holds too" t_much

t_much_at_end() {
	# more than the ring holds, of a command that has ended, to a log that is slow for a moment
	logd_start
	logd stop
	dz -S -T web -x 'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); echo "line $i"; done; echo >done' -c "$T" -p "$T/pid" sh -c 'exit 3'
	"$bin/waitfor" file "done"
	pause 0.5
	logd go
	logged 'line 400$'
	is "$(count ' line [0-9]*$')" 400 "lines"
	not_logged lost
}
check "... also to a log that is slow" t_much_at_end

t_not_the_last() {
	# what a hook says is no line of the program
	logd_start
	dz -S -R 1 -C 2 -x 'echo said by the hook' -c "$T" -p "$T/pid" sh -c 'exit 3'
	logged 'giving up'
	not_logged 'last line'
}
check "... and is not taken for the program's last line" t_not_the_last

t_next_start() {
	logd_start
	mkfifo go
	dz -S -R 0 -x 'read -r x <go; echo ended >>told' -c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" = 1 ] || exec "$0" "$1/report"; exit 1' "$P" "$T"
	appeared
	[ ! -e told ] || fail "the hook has ended"
	alive "$pid"
	echo >go
	ran 1
	alive "$pid"
}
check "the next start does not wait for it" t_next_start

t_never_two() {
	logd_start
	mkfifo go
	dz -S -R 0 -x 'echo "$FAILURES begins" >>told; read -r x <>go; echo "$FAILURES ends" >>told' -c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" -lt 4 ] || exec "$0" "$1/report"; exit 1' "$P" "$T"
	appeared
	ran 1
	logged 'hook: an end before this one is left out'
	is "$(cat told)" "1 begins" "hooks while one runs"
	echo >go
	ran 3
	echo >go
	ran 4
	is "$(tr '\n' ' ' <told)" "1 begins 1 ends 3 begins 3 ends " "hooks"
	alive "$pid"
}
check "never two at once: the latest end waits, one before it is left out, and that is logged" t_never_two

t_limit() {
	logd_start
	before=$(now)
	dz -S -x 'echo $$ >sh; "$WAITER" -t 100 file none & echo $! >job; wait' -c "$T" -p "$T/pid" sh -c 'exit 1'
	"$bin/waitfor" file job
	logged 'hook: ended by KILL, since it took too long' $(($(value DAEMONIZE_HOOK_SECONDS) + 5))
	took=$(($(now) - before))
	[ $took -ge $(($(value DAEMONIZE_HOOK_SECONDS) * 100 - 10)) ] || fail "ended after $took hundredths of a second"
	"$bin/waitfor" end "$(cat sh)" "$(cat job)"
	all_gone
}
check "its time is limited: then KILL, to its whole group" t_limit +long

t_stop() {
	# a stop gives it the time that it has itself, no more
	logd_start
	dz -S -R 0 -t 1 -x 'echo >>told; exec "$WAITER" -t 100 file none' -c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" = 1 ] || exec "$0" "$1/report"; exit 1' "$P" "$T"
	appeared
	ran 1
	before=$(now)
	dz -K -t 2 -p pid
	status 0
	took=$(($(now) - before))
	[ $took -lt 450 ] || fail "the stop took $took hundredths of a second"
	all_gone
	is "$(wc -l <told)" 1 "hooks"
}
check "-K ends one that runs when its time is over, and begins no more" t_stop DAEMONIZE_STOP DAEMONIZE_TIMEOUT

t_stop_all() {
	logd_start
	dz -S -R 30 -x 'echo >>told; setsid "$WAITER" -t 100 file none' -c "$T" -p "$T/pid" sh -c 'exit 1'
	ran 1
	dz -KK -t 1 -p pid
	status 0
	all_gone
	# one that is short has the time that it needs
	dz -S -R 30 -x 'echo >>told; "$WAITER" -t 1 file none; echo done >>told' -c "$T" -p "$T/pid" sh -c 'exit 1'
	ran 2
	dz -KK -t 20 -p pid
	status 0
	all_gone
	is "$(grep -c '^done' told)" 1 "hooks that came to their end"
}
check "-KK ends it and all of it, when its time is over" t_stop_all DAEMONIZE_STOP_SESSION +setsid

t_ready() {
	# the caller hears of a start that failed
	own_dev
	for how in fd:3 line:ready socket; do
		case $how in
		fd:*) has DAEMONIZE_READY_FD || continue ;;
		line:*) has DAEMONIZE_READY_LINE || continue ;;
		*) has DAEMONIZE_READY_SOCKET || continue ;;
		esac
		dz -x "echo $how >>$T/told" -w $how -t 5 -p "$T/pid" sh -c 'exit 7'
		status 4 "-w $how"
		all_gone
	done
	[ ! -e told ] || fail "a hook ran: $(cat told)"
}
check "no hook where the first start failed, -w" t_ready DAEMONIZE_READY DAEMONIZE_TIMEOUT

t_lock() {
	# what has ended does not run, though its hook does
	own_dev
	mkfifo go
	dz -l "$T/lock" -x 'echo >>told; read x <go' -c "$T" -p "$T/pid" sh -c 'exit 1'
	status 0
	ran 1
	dz -l "$T/lock" -p "$T/pid" "$P" "$T/report"
	status 0 "a start beside the hook"
	appeared
	echo >go
	dz -K -p pid
	status 0
}
check "-l is free when the program has ended, and the hook runs" t_lock DAEMONIZE_LOCK DAEMONIZE_CHDIR

t_sweep() {
	logd_start
	mkfifo go
	# the first hook runs on over the second end: it is not ended as the rest of a run is
	dz -S -R 0 -z -x 'echo "$FAILURES begins" >>told; [ "$FAILURES" != 1 ] || read -r x <go; echo "$FAILURES ends" >>told' \
		-c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" -lt 3 ] || exec "$0" "$1/report"; "$WAITER" -t 100 file none & exit 1' "$P" "$T"
	status 0
	ran 1
	"$bin/waitfor" text log 'ended with status 1'
	echo >go
	appeared
	ran 4
	is "$(tr '\n' ' ' <told)" "1 begins 1 ends 2 begins 2 ends " "hooks"
	alive "$pid"
}
check "with -z: what runs of it is waited for, and not ended" t_sweep DAEMONIZE_SWEEP

t_foreground() {
	logd_start
	st=0
	$DZ -f -S -R 0 -C 2 -x "$told" -c "$T" -p "$T/pid" sh -c 'exit 3' || st=$?
	is $st 1 "status after giving up"
	is "$(wc -l <told)" 3 "hooks by then"
	rm told
	st=0
	$DZ -f -x "$told; echo to its own output" -c "$T" sh -c 'exit 3' >out || st=$?
	is $st 3 "status"
	is_told "exit-code exited 3 1 []" 1
	is "$(cat out)" "to its own output" "where a hook's output goes without -S"
}
check "-f: the same; it ends when the hook has" t_foreground DAEMONIZE_FOREGROUND

t_no_shell() {
	logd_start
	mount --bind /dev/null /bin/sh 2>/dev/null || skip "no mounts"
	$DZ -S -x "$told" -c "$T" -p "$T/pid" "$bin/actor" die KILL
	"$bin/waitfor" match log 'exec: /bin/sh: ' || fail "nothing of it is logged"
	"$bin/waitfor" match log 'hook: ended with status'
}
check "without a shell the log says so" t_no_shell +root

t_wakes() {
	# built in and used: nothing wakes the supervisor up while it has nothing to do
	logd_start
	dz -S -R 0 -x "$told" -c "$T" -p "$T/pid" \
		sh -c 'echo >>runs; [ "$(wc -l <runs)" = 1 ] || exec "$0" "$1/report"; exit 1' "$P" "$T"
	appeared
	ran 1
	supervisor=$("$bin/waitfor" lock pid)
	stays_asleep "$supervisor"
}
check "nothing wakes the supervisor up after it" t_wakes +strace

t_usage() {
	dz -x '' "$P" "$T/report"
	fails 2 "daemonize: -x: *empty*"
	dz -x
	fails 2 "daemonize: -x: needs an argument"
}
check "-x without a command" t_usage

done_testing
