#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -r -rr -R -C: a program that ends is started again.
# From the environment: CYCLES, how many restarts one test makes (1000).
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

# A service that counts its starts in the file "runs", a line each with the time,
# then waits for a word on the fifo "go": "exit N" or "kill SIG", or ends as $1 says.
service() {	# [ENDING]
	cat >"$T/service" <<-END
		#!/bin/sh
		read -r up _ </proc/uptime
		echo "\$\$ \${up%.*}\${up#*.}" >>"$T/runs"
		${1:-read -r word arg <>"$T/go"
		case \$word in
		exit) exit \$arg ;;
		kill) kill -\$arg \$\$ ;;
		esac}
	END
	chmod +x "$T/service"
	[ -p "$T/go" ] || mkfifo "$T/go"
}

runs() {	# N: it has been started so often; sets pid, the last one's
	wanted=$1
	soon '[ "$(cat "$T/runs" 2>/dev/null | wc -l)" -ge "$wanted" ]' || fail "$(wc -l <"$T/runs") starts, wanted $wanted"
	pid=$(tail -n 1 "$T/runs" | cut -d ' ' -f 1)
}

spans() { awk 'NR > 1 { printf "%d ", ($2 - last + 20) / 100 } { last = $2 }' "$T/runs" | sed 's/ $//'; }

t_again() {
	logd_start
	service
	dz -S -r -R 0 -p pid "$T/service"
	status 0
	supervisor=$("$bin/waitfor" lock pid)
	n=1
	for how in "exit 0" "exit 3" "kill KILL" "kill TERM" "kill HUP"; do
		runs $n
		first=$pid
		is "$(cat pid)" "$pid" "pidfile of run $n"
		echo "$how" >go
		n=$((n + 1))
		runs $n
		logged "started again, pid $pid"
		is "$("$bin/waitfor" lock pid)" "$supervisor" "who holds the lock in run $n"
		[ "$first" != "$pid" ] || fail "the same process"
	done
	logged 'ended with status 0 after'
	logged 'ended with status 3 after'
	logged 'ended by signal .*KILL after'
	logged 'ended by signal .*TERM after'
	logged 'ended by signal .*HUP after'
	is "$(count '<29>.*ended with status 0')$(count '<27>.*ended with status 3')" 11 "levels"
	kill "$supervisor"
	"$bin/waitfor" end "$supervisor" "$pid"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "-r: however it ended; the log says how; the pidfile has the new pid" t_again

late() {	# the supervisor looks only when all has happened
	supervisor=$("$bin/waitfor" lock pid)
	strace -qq -f -o trace -e trace=poll -e inject=poll:delay_enter=300000 -p "$supervisor" &
	tracer=$!
	"$bin/waitfor" match "/proc/$supervisor/status" "^TracerPid:.*$tracer" || fail "it is not traced"
}

t_ends_at_once() {
	logd_start
	dz -S -r -R 0 -C 4 -c "$T" -p "$T/pid" sh -c '[ -e again ] || { : >again; exec "$0" hold /dev/null; }; exit 1' "$bin/actor"
	status 0
	"$bin/waitfor" file again
	late
	kill -9 "$(cat pid)"
	logged 'giving up'
	is "$(count 'started again, pid')" 3 "restarts"
	is "$(count '\[\([1-9][0-9]*\)\]: started again, pid \1$')" 3 "who says which pid: $(cat log)"
	is "$(count '\[0\]')" 0 "lines of nobody"
}
check "the end of what ends at once is logged by its own number" t_ends_at_once DAEMONIZE_CHDIR +strace

t_late() {
	logd_start
	dz -S -r -R 0 -C 4 -p pid sh -c 'echo "out of $$"; echo "err of $$" >&2; exec "$0" hold /dev/null' "$bin/actor"
	status 0
	logged ']: err of '
	late
	for n in 2 3 4 5; do
		kill -9 "$(sed -n 's/.*\]: out of //p' log | tail -n 1)"
		until [ $n = 5 ] || [ "$(count ']: err of ')" -ge $n ]; do pause; done
	done
	logged 'giving up'
	is "$(count '\[\([0-9]*\)\]: out of \1$')$(count '\[\([0-9]*\)\]: err of \1$')" 44 "lines by their own number: $(cat log)"
	is "$(grep -o ']: started again\|]: out of\|]: err of' log | tr -d '\n')" \
		"]: out of]: err of]: started again]: out of]: err of]: started again]: out of]: err of]: started again]: out of]: err of" "order"
}
check "... and what it says, behind that it was started, by a supervisor that comes late too" t_late +strace

t_unread_stderr() {
	# its own messages go there as well, and are not waited for
	own_dev
	mkfifo fifo
	exec 3<>fifo
	printf '#!/bin/sh\nrm -f "$0"\nhead -c 65536 /dev/zero >&2\n' >prog
	chmod +x prog
	dz -c "$T" -R 0 -t 2 -p "$T/pid" -e "$T/fifo" "$T/prog"
	status 0
	"$bin/waitfor" gone prog
	supervisor=$("$bin/waitfor" lock pid)
	pause 1.5
	kill "$supervisor"
	"$bin/waitfor" -t 4 end "$supervisor" || fail "it does not heed TERM"
}
check "a supervisor does not wait for who reads its stderr" t_unread_stderr DAEMONIZE_FILES DAEMONIZE_CHDIR DAEMONIZE_TIMEOUT

t_left_behind() {
	logd_start
	service 'yes "a line of a flood" & exit 1'
	dz -S -r -R 0 -p pid "$T/service"
	status 0
	logged 'started again, pid' 20
	kill "$("$bin/waitfor" lock pid)"
	"$bin/waitfor" gone pid || fail "it goes on"
}
check "a child that the program leaves behind and that writes on does not hold the restart up" t_left_behind

t_last_line() {
	logd_start
	service "[ \"\$(wc -l <'$T/runs')\" = 1 ] || exit 4; echo last words; exit 3"
	dz -S -r -R 0 -C 2 -p pid "$T/service"
	status 0
	logged 'giving up'
	like "$(grep 'status 3' log)" "*; last line: last words" "the first run"
	like "$(grep 'status 4' log | head -n 1)" "*ended with status 4 after * s" "the second, which was silent"
}
check "the last line that is logged of an end is that run's own" t_last_line

t_no_syslog() {
	own_dev
	service
	dz -r -R 0 -p pid "$T/service"
	status 0
	runs 1
	echo "exit 1" >go
	runs 2
	is "$(cat pid)" "$pid" pidfile
	is "$(readlink "/proc/$pid/fd/1")" /dev/null "its stdout"
	kill -9 "$pid"
	runs 3
	end "$("$bin/waitfor" lock pid)"
	"$bin/waitfor" end "$pid"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "-r without -S" t_no_syslog

t_only_failures() {
	logd_start
	service
	dz -S -rr -R 0 -p pid "$T/service"
	runs 1
	echo "exit 1" >go
	runs 2
	echo "kill SEGV" >go
	runs 3
	supervisor=$("$bin/waitfor" lock pid)
	echo "exit 0" >go
	"$bin/waitfor" end "$supervisor" || fail "status 0 was taken for a failure"
	[ ! -e pid ] || fail "the pidfile is left"
	is "$(wc -l <runs)" 3 starts
}
check "-rr: only after a failure" t_only_failures

t_delay_doubles() {
	logd_start
	service "exit 1"
	dz -S -r -R 1 -C 4 -p pid "$T/service"
	status 0
	logged "4 failures in a row: giving up" 15
	is "$(spans)" "1 2 4" "delays"
	logged "starting again in 1 s"
	logged "starting again in 4 s"
	like "$(grep 'giving up' log)" ". <27>*" "level"
	"$bin/waitfor" gone pid
	nothing_left "$logd"
}
check "the delay doubles while it fails; -C: gives up after so many, and says so" t_delay_doubles

descriptors() {	# of the supervisor, without the numbers of pipes
	for fd in /proc/"$supervisor"/fd/*; do echo "${fd##*/} $(readlink "$fd" | sed 's/\[.*//')"; done | sort -n
}

t_descriptors() {
	logd_start
	service
	dz -S -r -R 0 -p "$T/pid" "$T/service"
	runs 1
	supervisor=$("$bin/waitfor" lock pid)
	descriptors >first
	# the first message of its own opens the log
	for n in 2 3 4; do
		echo "exit 1" >go
		runs $n
	done
	{ cat first; descriptors | grep socket; } | sort -n -u >before
	# the pipe on which it heard of the exec is closed when it has
	soon 'descriptors | cmp -s - before' || { descriptors | diff before - || fail "other descriptors after restarts"; }
}
check "its descriptors are the same after restarts" t_descriptors

t_verbose() {
	# the descriptor that its first start told its steps to is the log's by then, if it has no other
	logd_start -s
	service
	"$bin/seccomp" eperm=inotify_init1 /bin/true || skip "no filters here"
	DZ="$bin/seccomp eperm=inotify_init1 $BOX daemonize"
	dz -v -S -r -R 0 -p "$T/pid" "$T/service"
	runs 1
	for n in 2 3 4; do
		echo "exit 1" >go
		runs $n
		logged "started again, pid $pid\$"
	done
	not_logged 'daemonize: '
	is "$(count '^%')" 0 "broken messages"
}
check "a restart tells nobody of its steps, with -v either" t_verbose DAEMONIZE_VERBOSE

t_first_failure() {
	logd_start
	service "exit 1"
	dz -S -r -R 0 -C 1 -p pid "$T/service"
	status 0
	logged "giving up" 15
	"$bin/waitfor" gone pid
	is "$(wc -l <runs)" 1 starts
}
check "... after the first, where that is asked for" t_first_failure

t_delay_default() {
	own_dev
	service "exit 1"
	dz -r -p pid "$T/service"
	runs 2
	is "$(spans)" 1 "delay"
}
check "... it is 1 second unless given" t_delay_default

t_delay_success() {
	own_dev
	service "exit 0"
	dz -r -R 1 -C 2 -p pid "$T/service"
	runs 4
	is "$(spans)" "1 1 1" "delays after status 0"
	[ -e pid ] || fail "it gave up though nothing failed"
}
check "... and does not double, nor count, after status 0" t_delay_success

t_count_reset() {
	own_dev
	service
	dz -r -R 0 -C 3 -p pid "$T/service"
	n=0
	for how in "exit 1" "exit 1" "exit 0" "exit 1" "exit 1"; do
		n=$((n + 1))
		runs $n
		echo "$how" >go
	done
	runs 6
	[ -e pid ] || fail "it gave up"
	supervisor=$("$bin/waitfor" lock pid)
	echo "exit 1" >go
	"$bin/waitfor" end "$supervisor" || fail "it did not give up"
	is "$(wc -l <runs)" 6 starts
}
check "-C: in a row; a success begins the count anew" t_count_reset

t_long_run() {
	# a run of over 10 seconds resets the delay
	own_dev
	service 'n=$(wc -l <"'"$T"'/runs"); [ "$n" != 3 ] || { read -r x <"'"$T"'/go" || :; }; exit 1'
	dz -r -R 1 -p pid "$T/service"
	runs 3
	start=$(now)
	while [ $(($(now) - start)) -lt 1030 ]; do pause; done
	ended=$(now)
	echo x >go
	runs 5
	is "$(spans | cut -d ' ' -f 1,2,4)" "1 2 2" "delays before the long run, and two behind it"
	# a second, not four
	fourth=$(sed -n 4p runs | cut -d ' ' -f 2)
	[ $((fourth - ended)) -lt 300 ] || fail "it came back $((fourth - ended)) hundredths after its end"
}
check "a run of over 10 seconds resets the delay" t_long_run

t_foreground() {
	own_dev
	service "exit 3"
	st=0
	$DZ -f -r -R 0 -C 3 -p pid "$T/service" 2>err || st=$?
	is $st 1 "status after giving up"
	is "$(wc -l <runs)" 3 starts
	rm runs
	service 'exit 0'
	st=0
	$DZ -f -rr -R 0 "$T/service" || st=$?
	is $st 0 "status of -rr and a success"
}
check "-f: status 1 when it gave up" t_foreground DAEMONIZE_FOREGROUND

t_first_exec() {
	logd_start
	dz -r -S -p pid "$T/none"
	status 127
	[ ! -e pid ] || fail "the pidfile is left"
	echo "no program" >text
	chmod +x text
	dz -r -S -p pid "$T/text"
	status 126
	dz -r -S -p "$T/none/pid" "$P" "$T/report"
	status 1
	is "$(count 'starting again')" 0 "restarts"
	nothing_left "$logd"
}
check "the first exec failing is a failed start, not a restart" t_first_exec

t_later_exec() {
	# ... but later it is one
	logd_start
	service
	dz -r -S -R 1 -p pid "$T/service"
	runs 1
	mv service moved
	echo "exit 0" >go
	logged 'exec: .*service'
	logged 'starting again in'
	mv moved service
	runs 2
	is "$(cat pid)" "$pid" pidfile
}
check "... a later one is tried again" t_later_exec

# stopping

t_stop_in_delay() {
	logd_start
	service "exit 1"
	dz -S -r -R 30 -p pid "$T/service"
	logged "starting again in 30 s"
	is "$(cat pid)" "" "the pidfile in the delay"
	supervisor=$("$bin/waitfor" lock pid)
	[ "$supervisor" != 0 ] || fail "not locked"
	dz -Q -p pid
	status 3 "-Q in the delay"
	like "$(cat out)" "restarting in [23][0-9] s" "what -Q says"
	dz -t 1 -p pid "$P" "$T/report"
	status 1 "a second start in the delay, for as long as it may wait"
	before=$(now)
	dz -K -p pid
	status 0 "-K"
	[ $(($(now) - before)) -lt 400 ] || fail "it took its time"
	[ ! -e pid ] || fail "the pidfile is left"
	is "$(wc -l <runs)" 1 starts
	nothing_left "$logd"
}
check "a stop in the delay never starts it again; the file is empty and locked then" t_stop_in_delay DAEMONIZE_STOP DAEMONIZE_STATUS

t_stop_signals() {
	for sig in TERM INT QUIT; do
		rm -f runs go log
		logd_start
		service
		dz -S -r -R 0 -p pid "$T/service"
		runs 1
		supervisor=$("$bin/waitfor" lock pid)
		kill -$sig "$supervisor"
		"$bin/waitfor" end "$supervisor" "$pid" || fail "$sig does not end it"
		[ ! -e pid ] || fail "the pidfile is left"
		is "$(wc -l <runs)" 1 starts
		logged 'ended '
		like "$(grep 'ended ' log)" ". <29>*" "level when told to stop"
		logd exit
	done
}
check "TERM, INT, QUIT to the supervisor: it ends for good" t_stop_signals

in_delay() {	# SECONDS: a service has failed, and will be started again after these; sets supervisor
	rm -f runs
	service "exit 1"
	dz -r -R "$1" -p pid "$T/service"
	runs 1
	supervisor=$("$bin/waitfor" lock pid)
	until [ ! -s pid ]; do pause; done
}

t_stop_delay_signals() {
	own_dev
	for sig in TERM INT QUIT; do
		in_delay 30
		kill -$sig "$supervisor"
		"$bin/waitfor" end "$supervisor" || fail "$sig in the delay does not end it"
		[ ! -e pid ] || fail "the pidfile is left"
		is "$(wc -l <runs)" 1 starts
	done
	in_delay 1
	for sig in HUP USR1 USR2 WINCH; do kill -$sig "$supervisor"; done
	runs 2
}
check "... in the delay too; HUP, USR1 and the like do nothing then" t_stop_delay_signals

t_kill_in_delay() {
	own_dev
	in_delay 30
	for sig in KILL STOP; do
		dz -k $sig -p pid
		status 1 "-k $sig without a program"
		says "daemon*: *not running"
	done
	dz -Q -p pid
	status 3 "in the delay"
	like "$(cat out)" "restarting in *" "what -Q says"
	dz -K -p pid
	status 0 "-K"
}
check "... -k KILL and STOP, which could only be for the program: not running" t_kill_in_delay DAEMONIZE_STOP DAEMONIZE_STATUS

t_term_again() {
	own_dev
	dz -r -t 2 -p pid "$bin/actor" ignore "$T/ready" TERM
	"$bin/waitfor" file ready
	supervisor=$("$bin/waitfor" lock pid)
	tries=6
	while [ $tries -gt 0 ] && kill -TERM "$supervisor" 2>/dev/null && ! "$bin/waitfor" -t 1 end "$supervisor"; do
		tries=$((tries - 1))
	done
	[ ! -e pid ] || fail "each TERM puts KILL off"
}
check "TERM said again and again: KILL after -t all the same" t_term_again DAEMONIZE_TIMEOUT

t_unkillable() {
	# KILL is not the end of one that is in a call which nothing interrupts; here it is swallowed
	own_dev
	PRE="$bin/seccomp nothing=kill $BOX daemonize"
	DZ=
	dz -r -t 1 -p pid "$bin/actor" ignore "$T/ready" TERM
	status 0
	PRE='' DZ=$bin/daemonize
	"$bin/waitfor" file ready
	supervisor=$("$bin/waitfor" lock pid)
	kill -TERM "$supervisor"
	pause 2
	before=$(awk '{ print $14 + $15 }' "/proc/$supervisor/stat")
	pause 1
	spun=$(($(awk '{ print $14 + $15 }' "/proc/$supervisor/stat") - before))
	[ $spun -lt 20 ] || fail "it used $spun of 100 ticks"
	kill -KILL "$(cat pid)"
	"$bin/waitfor" end "$supervisor" || fail "it does not end with its program"
}
check "one that KILL does not end: its supervisor waits, and does not spin" t_unkillable DAEMONIZE_TIMEOUT

t_child_ignored() {
	own_dev
	PRE="$bin/badstate -I CHLD"
	start -r -R 0 -p pid
	PRE='' first=$pid
	rm report
	kill -KILL "$first"
	appeared
	[ "$first" != "$pid" ] || fail "the same"
	end "$("$bin/waitfor" lock pid)"
}
check "started again though the caller ignored CHLD" t_child_ignored

t_kill_file() {
	# kill $(cat FILE) only restarts
	own_dev
	service
	dz -r -R 0 -p pid "$T/service"
	runs 1
	kill "$(cat pid)"
	runs 2
	is "$(cat pid)" "$pid" pidfile
}
check "kill \$(cat FILE) only restarts" t_kill_file

t_supervisor_killed_in_delay() {
	own_dev
	in_delay 30
	kill -9 "$supervisor"
	"$bin/waitfor" end "$supervisor"
	nothing_left
	dz -Q -p pid
	status 1 "-Q: dead, and the file is left"
	start -p pid
	is "$(cat pid)" "$pid" pidfile
}
check "kill -9 of the supervisor in the delay" t_supervisor_killed_in_delay DAEMONIZE_STATUS

# Memory of its own in kB, with what a child that has just been forked shares for its moment
own() {	# PID
	awk '/^Anonymous:/ { print $2 }' "/proc/$1/smaps_rollup"
}

t_fast() {
	# so many ends in a row: no descriptor, no process, no byte more; and no spin
	own_dev
	cat >service <<-END
		#!/bin/sh
		echo >>"$T/runs"
	END
	chmod +x service
	dz -r -R 0 -p pid "$T/service"
	before=$(now)
	runs 3
	supervisor=$("$bin/waitfor" lock pid)
	fds=$(ls "/proc/$supervisor/fd" | wc -l)
	memory=$(own "$supervisor")
	runs 12
	# the first time at once, then each second, for it ends with 0
	took=$(($(now) - before))
	[ $took -gt 800 ] || fail "12 starts in $took hundredths of a second"
	kill -STOP "$supervisor"
	# it may be in the midst of a start
	[ "$(ls "/proc/$supervisor/fd" | wc -l)" -le $((fds + 4)) ] || fail "descriptors: $(ls -l "/proc/$supervisor/fd")"
	later=$(own "$supervisor")
	[ "$later" -le $((memory + 4)) ] || fail "memory: $later kB, it was $memory"
	kill -CONT "$supervisor"
	end "$supervisor"
	nothing_left
}
check "-R 0: at once, then each second; restarts leave nothing behind" t_fast

t_wrong() {
	for args in "-R x" "-R -1" "-R 1s" "-R" "-C 0" "-C x" "-C -1" "-C"; do
		# shellcheck disable=SC2086
		dz -r $args "$P" "$T/report"
		status 2 "$args"
	done
	nothing_left
}
check "wrong delays and counts: status 2" t_wrong

done_testing
