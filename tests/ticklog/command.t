#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog -- COMMAND: run on each beat, its output and its failures logged.
# shellcheck disable=SC2154
NEEDS="TICKLOG TICKLOG_COMMAND TICKLOG_COUNT DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

script() {	# TEXT: an executable of the test's own
	printf '#!/bin/sh\n%s\n' "$1" >"$T/script"
	chmod +x "$T/script"
}

t_output() {
	logd_start
	script 'echo out $1; echo err >&2; printf part'
	tl -i 0.2 -d 0 -n 2 -- "$T/script" 'a b'
	status 0
	logged 'ended: 2 beats, 0 late, 0 missed'
	is "$(texts | grep -v tick | grep -v ended | tr '\n' '|')" "out a b|err|part|out a b|err|part|" "what it printed"
	is "$(texts | grep -c '^tick [12]: ')" 2 beats
	is "$(count '<30>.* ticklog\[[0-9]*\]: out a b$')" 2 "level and tag"
}
check "what it prints is logged, the last part too, also with -n" t_output

t_failure() {
	logd_start
	script 'exit 3'
	tl -i 0.1 -d 0 -n 1 -- "$T/script"
	logged "<27>.*: $T/script: ended with status 3\$"
	script 'kill -SEGV $$'
	tl -i 0.1 -d 0 -n 1 -- "$T/script"
	logged "<27>.*: $T/script: ended by signal SEGV"
	logd forget
	tl -i 0.1 -d 0 -n 1 -- true
	logged 'ended: 1 beats'
	is "$(count ': true')" 0 "said of a success"
}
check "its failure is logged, with status or signal" t_failure

t_long_run() {
	logd_start
	mkfifo go
	script "echo begins; read -r line <$T/go; echo ends"
	tl -i 0.2 -d 0 -p pid -- "$T/script"
	logged ': begins$'
	beaten 4
	is "$(count ': begins$')" 1 "commands at once"
	echo >go
	logged ': ends$'
	logged ': tick 2: .* missed [1-9][0-9]*$'
	tl -K -p pid
	status 0
	missed=$(texts | sed -n 's/.* missed \([0-9]*\)$/\1/p' | head -n 1)
	texts | sed -n 's/^ended by.* late, \([0-9]*\) missed.*/\1/p' >total
	[ "$missed" -ge 3 ] || fail "missed: $missed"
	[ "$(cat total)" -ge "$missed" ] || fail "missed in all: $(cat total)"
}
check "never two at once: the beats meanwhile are missed" t_long_run DAEMONIZE_STOP

t_after_last() {
	# several at once go by while the command of the last one runs: each but one would be missed
	logd_start
	mkfifo go
	script "echo begins; read -r line <$T/go"
	tl -i 0.5 -d 0 -n 1 -p pid -- "$T/script"
	logged ': begins$'
	pid=$(cat pid)
	kill -STOP "$pid"
	pause 1.6
	kill -CONT "$pid"
	echo >go
	logged ': ended: 1 beats, '
	like "$(grep ': ended: ' log)" "*: ended: 1 beats, * late, 0 missed*" "the end"
}
check "... but not those after the last of -n" t_after_last

t_ended_with_it() {
	logd_start
	script 'sleep 1000 & (trap "" TERM; echo deaf; sleep 1000) & echo up; wait'
	tl -i 60 -d 0 -p pid -- "$T/script"
	logged ': deaf$'
	pid=$(cat pid)
	kill "$pid"
	"$bin/waitfor" -t 12 end "$pid" || fail "ticklog does not end"
	logged 'ended by signal TERM: 1 beats'
	logged "$T/script: ended by signal TERM"
	"$bin/waitfor" none "sleep 1000" || fail "a process of its session is left"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "its session ends with ticklog" t_ended_with_it

t_killed() {
	logd_start
	script "echo \$\$ >$T/child; exec sleep 1000"
	tl -i 60 -d 0 -p pid -- "$T/script"
	"$bin/waitfor" file "$T/child"
	kill -9 "$(cat pid)"
	"$bin/waitfor" end "$(cat pid)" "$(cat child)" || fail "it outlives a ticklog that was killed"
}
check "it gets TERM when ticklog is killed" t_killed

t_flood() {
	logd_start
	tl -i 60 -d 0 -T flood -p pid -- yes "a line of a flood"
	logged ': a line of a flood$'
	pid=$(cat pid)
	kill "$pid"
	"$bin/waitfor" -t 12 end "$pid" || fail "TERM does not get through"
	logged 'ended by signal TERM'
}
check "a flood of output lets signals in" t_flood TICKLOG_TAG

t_left_behind() {
	logd_start
	script 'yes "a line of a flood" & exit 3'
	tl -i 0.5 -d 0 -n 2 -- "$T/script"
	logged 'ended: 2 beats' 30
	[ "$(count ': ended with status 3$')" -ge 2 ] || fail "how it ended"
	"$bin/waitfor" none 'a line of a flood' || fail "what it left behind writes on"
}
check "a child that it leaves behind and that writes on holds nothing up" t_left_behind

t_closed() {
	logd_start
	script 'exec >&- 2>&-; read -r line <'"$T/go"
	mkfifo go
	tl -i 60 -d 0 -p pid -- "$T/script"
	logged ': tick 1: '
	pid=$(cat pid)
	pause 0.6
	used=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	pause 0.6
	between "clock ticks used while it waits" $(($(awk '{ print $14 + $15 }' "/proc/$pid/stat") - used)) 0 5
	echo >go
	end_pidfile
}
check "one that closes its output is waited for without work" t_closed

t_not_found() {
	logd_start
	tl -p pid -- no-such-command
	status 127
	says "ticklog: exec: no-such-command: No such file or directory"
	logged 'ticklog\[[0-9]*\]: exec: no-such-command: '
	: >"$T/file"
	for bad in ./file "$T/file"; do
		[ "$(id -u)" != 0 ] || chmod 644 "$T/file"
		tl -p pid -- "$bad"
		status 126 "$bad"
		says "ticklog: exec: $bad: Permission denied"
	done
	tl -p pid -- /tmp
	status 126
	tl -f -p pid -- no-such-command
	status 127 "with -f"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "not found is 127, not executable 126, before the first beat" t_not_found ERROR_TEXTS DAEMONIZE_FOREGROUND

t_vanished() {
	logd_start
	script 'echo there'
	cp script "$T/vanishing"
	tl -i 0.2 -d 0 -p pid -- ./vanishing
	logged ': there$'
	rm "$T/vanishing"
	logged "exec: ./vanishing: No such file"
	logged './vanishing: ended with status 127'
	logged ': tick 4: '
	tl -K -p pid
	status 0
}
check "one that is gone later is logged, and the beat goes on; relative to the caller's directory" t_vanished ERROR_TEXTS DAEMONIZE_STOP

t_state() {
	logd_start
	tl -i 60 -d 0 -p pid -- "$P" "$T/report"
	appeared
	is "$(get cwd)" / cwd
	is "$(get umask)" 022 umask
	is "$(get blocked)" "" blocked
	is "$(get ignored)" "" ignored
	is "$(get sid)" "$pid" "its session"
	has STEP_CLOSE && is "$(get fds)" "0 1 2" descriptors
	end_pidfile
}
check "what it starts with: a session of its own, nothing blocked or ignored" t_state STEP_SIGNALS

t_much() {
	busybox_start
	tl -i 60 -d 0 -n 1 -- seq 5000
	logged ': ended: 1 beats, 0 late, 0 missed, 0 lost$' 30
	sed -n 's/.* ticklog\[[0-9]*\]: \([0-9]*\)$/\1/p' "$T/log" >numbers
	seq 5000 | cmp - numbers || fail "$(wc -l <numbers) lines of 5000"
}
check "more output at once than a log daemon takes waits in the pipe, and nothing is lost" t_much +busybox

t_much_short() {
	# empty lines take the most of the ring for what is read at once, with the longest tag
	logd_start
	logd slow 300
	tl -T "$(printf '%064d' 0)" -i 60 -d 0 -n 1 -- "$bin/actor" said "$(awk 'BEGIN { while (i++ < 3000) printf "\\n" }')"
	status 0
	logged ': ended: 1 beats, [0-9]* late, 0 missed, 0 lost$' 30
	is "$(count '\]: $')" 3000 "lines"
}
check "... nor of 3000 empty lines, with the longest tag, by a slow one" t_much_short TICKLOG_TAG

t_backlog() {
	logd_full
	tl -i 0.5 -d 0 -p pid -- seq 3000
	pause $(($(value SYSLOG_WAIT) + 1))
	start_ms=$(boot_ms)
	pid=$(cat pid)
	kill "$pid"
	"$bin/waitfor" -t 40 end "$pid" || fail "it never ends"
	between "milliseconds to stop it" $(($(boot_ms) - start_ms)) 0 $((($(value SYSLOG_WAIT) + 5) * 1000))
}
check "a stream that accepts nobody: it is stopped in time" t_backlog

t_hangs() {
	logd_start
	tl -i 0.01 -d 0 -p pid -- seq 100000
	logged ': 100$'
	logd stop
	pause
	start_ms=$(boot_ms)
	tl -K -t $((10 * ${TEST_SLOW:-1})) -p pid
	status 0
	between "milliseconds to stop it" $(($(boot_ms) - start_ms)) 0 $((8000 * ${TEST_SLOW:-1}))
}
check "one that floods a log that hangs is stopped in time" t_hangs DAEMONIZE_STOP

t_environment() {
	logd_start
	script 'echo "env ${A_LAST:-gone}"'
	n=0
	# wherever its stack happens to end, which the kernel moves by chance
	while [ $n -lt 60 ]; do
		n=$((n + 1))
		A_LAST=$n $TL -f -i 5 -d 0 -n 1 -- "$T/script"
	done
	logged ': env 60$'
	is "$(count ': env [0-9]*$')" 60 "commands that had it"
}
check "it has the caller's environment, in each of 60 starts" t_environment DAEMONIZE_FOREGROUND

t_long_name() {
	# why it failed is there, however long its name; and nothing in it makes a line of its own
	logd_start
	long=$T/$(printf '%0200d' 0)
	mkdir "$long"
	printf '#!/bin/sh\nexit 3\n' >"$long/c"
	chmod +x "$long/c"
	tl -f -d 0 -i 0.1 -n 1 -- "$long/c"
	logged 'ended with status 3'
	mkdir 'x
<0>forged'
	printf '#!/bin/sh\nexit 4\n' >'x
<0>forged/c'
	chmod +x 'x
<0>forged/c'
	tl -f -d 0 -i 0.1 -n 1 -- "$T/x
<0>forged/c"
	logged 'x?<0>forged/c: ended with status 4'
}
check "a command with a long name, and one with a newline in it" t_long_name TICKLOG_COUNT TICKLOG_COMMAND

done_testing
