#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Out of processes, of memory, of room, and without the files that are everywhere: a
# status of 0 is true, another one names what failed and has left nothing, and what was
# missing for a time only is not missed afterwards. (Descriptors are in limits.t.)
# shellcheck disable=SC2154,SC2086
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +root +apart"
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
# No other file's: the kernel counts the processes of a user, whoever started them.
user=54320

lives() { kill -0 "$1" 2>/dev/null && grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null; }

kinds() {	# FUNCTION: with each kind of start
	for kind in "" -S -r "-S -r"; do
		case $kind in *S*) has DAEMONIZE_SYSLOG || continue ;; esac
		case $kind in *r*) has DAEMONIZE_RESTART || continue ;; esac
		"$@"
	done
}

last() { echo "$here: $(cat err) $(tail -n 3 log 2>/dev/null)"; }

ran() {	# it runs, and all say so; then it is stopped by what PRE says
	"$bin/waitfor" -t 5 file report || fail "status 0 and no program, $(last)"
	pid=$(get pid)
	is "$(cat pid)" "$pid" "the pidfile $here"
	dz -Q -p pid
	[ "$st" = 0 ] || fail "-Q: status $st, $(last)"
	dz -K -p pid
	[ "$st" = 0 ] || fail "-K: status $st, $(last)"
	[ ! -e pid ] || fail "the pidfile is left, $here"
	all_gone
}

failed() {	# STATUS...: as one of these, with one line; nothing is left
	for wanted; do [ "$st" != "$wanted" ] || break; done
	[ "$st" = "$wanted" ] || fail "status $st, $(last)"
	[ "$(wc -l <err)" = 1 ] || fail "its message, $(last)"
	like "$(cat err)" "daemonize: *: *" "message $here"
	[ ! -e pid ] && [ ! -e "pid~" ] || fail "a pidfile is left, $(last)"
	all_gone
	[ ! -e report ] || fail "the program ran, $(last)"
}

# a control group of this test, by either version of them

cgroup_root() {	# CONTROLLER: where its groups are; sets version
	version=1
	awk -v c="$1" '$3 == "cgroup" && index("," $4 ",", "," c ",") { print $2; exit }' /proc/self/mounts
}

cgroup_new() {	# CONTROLLER: sets cg and version, or skips
	at=$(cgroup_root "$1") version=1
	if [ -z "$at" ]; then
		at=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts) version=2
		[ -n "$at" ] || { at=$T/groups; mkdir "$at"; mount -t cgroup2 none "$at" 2>/dev/null || skip "no control groups"; }
		grep -qw "$1" "$at/cgroup.controllers" || skip "no $1 controller"
		echo "+$1" 2>/dev/null >"$at/cgroup.subtree_control" || skip "no $1 controller for groups of our own"
	fi
	cg=$at/daemonbox-test.$$
	mkdir "$cg" 2>/dev/null || skip "no group of our own can be made"
	trap cgroup_end EXIT
	trap 'exit 143' TERM
	PRE="$T/enter $cg"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho 0 >"$1/cgroup.procs" || exit 125\nshift\nexec "$@"\n' >enter
	chmod +x enter
	$PRE true || skip "nobody can enter a group of our own"
}

cgroup_end() {
	tries=0
	until rmdir "$cg" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || { echo "$cg is left"; return; }
		while read -r one; do kill -9 "$one"; done <"$cg/cgroup.procs" 2>/dev/null
		pause
	done
}

cgroup_memory() {	# KILOBYTES
	case $version in
	1)	echo $(($1 * 1024)) >"$cg/memory.limit_in_bytes" ;;
	2)	echo $(($1 * 1024)) >"$cg/memory.max"
		echo 0 >"$cg/memory.swap.max" 2>/dev/null || : ;;
	esac
}

# ---- processes ----

few_processes() {	# what PRE says leaves n of them to a start and what it starts
	here="with $n processes ($kind)"
	rm -f report
	dz $kind -p pid "$P" "$T/report"
	case $st in
	0)	ran ;;
	*)	failed 1
		like "$(cat err)" "daemonize: fork*: *" "message $here"
		[ $n -lt 3 ] || fail "it does not start $(last)" ;;
	esac
}

t_processes_user() {
	own_dev
	for n in 1 2 3 4; do
		PRE="$bin/badstate -Z -N $n -u $user:$user"
		kinds few_processes
	done
}
check "1 to 4 processes for a user: it runs, or says that it cannot fork" t_processes_user

t_processes_group() {
	logd_start
	cgroup_new pids
	for n in 1 2 3 4; do
		echo $n >"$cg/pids.max"
		kinds few_processes
	done
}
check "... in a control group" t_processes_group

t_processes_of_it() {
	# whose user is at the limit has no exec, which the kernel says only there
	own_dev
	"$bin/badstate" -u $user:$user "$P" "$T/other" &
	other=$!
	"$bin/waitfor" file other
	for kind in "" -r; do
		[ -z "$kind" ] || has DAEMONIZE_RESTART || continue
		here="with a user at its limit ($kind)"
		PRE="$bin/badstate -Z -N 0"
		dz $kind -u $user -p pid "$P" "$T/report"
		PRE=
		[ "$st" = 126 ] || fail "status $st, $(last)"
		like "$(cat err)" "daemonize: exec: $P: *" "message $here"
		[ ! -e pid ] && [ ! -e "pid~" ] || fail "a pidfile is left, $(last)"
		[ ! -e report ] || fail "the program ran, $(last)"
		nothing_left $other
	done
	end $other
}
check "... for the program's user" t_processes_of_it DAEMONIZE_USER

# No process for a restart, for a time: it goes on trying, says so, and comes back.
starved_restart() {	# LIMIT LIFT: commands by which no more is to be had, and is again
	dz -S -r -R 0 -p pid "$P" "$T/report"
	[ "$st" = 0 ] || fail "status $st, $(cat err)"
	"$bin/waitfor" file report
	pid=$(get pid) supervisor=$(get ppid)
	eval "$1"
	rm report
	kill -9 "$pid"
	soon '[ "$(texts | grep -c "fork: ")" -ge 3 ]' || fail "no word of it: $(texts)"
	lives "$supervisor" || fail "the supervisor has ended: $(texts)"
	[ ! -e report ] || fail "the program ran"
	dz -Q -p pid
	is "$st" 3 "status of -Q meanwhile"
	like "$(cat out)" "restarting in *" "-Q meanwhile"
	eval "$2"
	"$bin/waitfor" -t 20 file report || fail "it is never started again: $(texts)"
	[ "$(get ppid)" = "$supervisor" ] || fail "another supervisor"
	pid=$(get pid)
	is "$(cat pid)" "$pid" "the pidfile afterwards"
	# what it said: each failure, and what it was then
	texts | grep -q 'fork: .*Resource temporarily unavailable' || ! has ERROR_TEXTS || fail "its words: $(texts)"
	dz -Q -p pid
	status 0 "-Q afterwards"
	dz -K -p pid
	status 0 "-K afterwards"
	all_gone
}

t_restart_group() {
	logd_start
	cgroup_new pids
	echo 16 >"$cg/pids.max"
	starved_restart 'echo 1 >"$cg/pids.max"' 'echo 16 >"$cg/pids.max"; PRE='
}
check "no process for a restart, in a control group: it waits, says so, and starts it again" t_restart_group \
	DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_restart_user() {
	logd_start
	PRE="$bin/badstate -Z -N 100 -u $user:$user"
	# its own user may do that, whoever this one is
	starved_restart '$PRE prlimit --pid "$supervisor" --nproc=0:100' '$PRE prlimit --pid "$supervisor" --nproc=100:100'
}
check "... for a user" t_restart_user DAEMONIZE_SYSLOG DAEMONIZE_RESTART +prlimit

t_restart_stop() {
	# a stop is final while it cannot fork, too
	logd_start
	cgroup_new pids
	dz -S -r -R 0 -p pid "$P" "$T/report"
	status 0
	appeared
	supervisor=$(get ppid)
	echo 1 >"$cg/pids.max"
	kill -9 "$pid"
	logged 'fork: '
	PRE=
	dz -K -p pid
	status 0 -K
	"$bin/waitfor" -t 3 end "$supervisor" || fail "the supervisor lives"
	[ ! -e pid ] || fail "the pidfile is left"
	echo 16 >"$cg/pids.max"
	all_gone
	[ ! -e report.again ] || fail "it was started again"
}
check "... and is stopped meanwhile" t_restart_stop DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_ticklog_command() {
	# each beat has a process: where there is none it says so, beats on, and runs the next
	logd_start
	cgroup_new pids
	echo 16 >"$cg/pids.max"
	ln -s "$BOX" ticklog
	st=0
	$PRE "$T/ticklog" -i 0.1 -d 0 -p "$T/pid" -- echo "it ran" 2>err || st=$?
	status 0
	logged "it ran"
	echo 1 >"$cg/pids.max"
	logged "Resource temporarily unavailable\|fork: 11"
	echo 16 >"$cg/pids.max"
	n=$(grep -c "it ran" log)
	soon '[ "$(grep -c "it ran" log)" -ge $((n + 3)) ]' || fail "it does not run again: $(tail -n 5 log)"
	"$T/ticklog" -K -p "$T/pid" || fail "-K: status $?"
	all_gone
}
check "ticklog: no process for its command, for a time" t_ticklog_command TICKLOG TICKLOG_COMMAND

# ---- memory ----

settled() {	# what is in the group is either the service, or ends
	"$DZ" -Q -p pid >state 2>&1 || :
	case $(cat state) in
	# Where the start has failed it was the supervisor that was killed, and the kernel has sent
	# the program a TERM, for which it needs memory.
	running,*) case $started in 0 | 137) [ -s report ] && return ;; *) return 1 ;; esac ;;
	# its program is killed each time, and a supervisor has longer and longer delays
	"restarting in "*) [ -s "$cg/cgroup.procs" ] && return ;;
	"not running" | dead,*) ;;
	*) return 1 ;;
	esac
	[ ! -s "$cg/cgroup.procs" ]
}

little_memory() {	# n kB for a start and what it starts
	here="with $n kB ($kind)"
	rm -f report
	cgroup_memory $n || skip "no limit of $n kB"
	PRE="timeout -k 1 20 $T/enter $cg"
	dz $kind -p pid "$P" "$T/report"
	PRE=
	case $st in
	0)	zeros="$zeros $n" ;;
	137)	killed="$killed $n"	# timeout has 137 for what was killed
		;;
	124)	fail "it hangs $here" ;;
	*)	[ -s err ] || fail "status $st without a word $here"
		like "$(cat err)" "daemonize: *: *" "message $here"
		others="$others $n ($st: $(cat err))" ;;
	esac
	started=$st said=$(cat err)
	# a kill for memory may come later, too: who lives then, and what is said of it, agree
	soon settled 8 || fail "status $started, '$(cat state)' and $(cat "$cg/cgroup.procs" | tr '\n' ' ') $here"
	case $started in
	0 | 137) ;;
	*)	case $kind,$said in
		# a supervisor that is killed between the exec and its word of that
		*-[Sr]*,*"ended before it had started") ;;
		*)	[ ! -e report ] || fail "status $started and it ran $here: $said" ;;
		esac ;;
	esac
	cgroup_memory 65536
	dz -K -p pid
	[ "$st" = 0 ] || fail "-K: status $st, $(last)"
	all_gone
	rm -f report
	start -p pid
	dz -K -p pid
	[ "$st" = 0 ] || fail "-K of the next start: status $st, $(last)"
	all_gone
}

t_memory() {
	logd_start
	cgroup_new memory
	zeros='' killed='' others=''
	n=256
	while [ $n -le 1024 ]; do
		kinds little_memory
		n=$((n + 64))
	done
	echo "status 0 with$zeros kB; killed with$killed; others:$others"
}
check "256 to 1,024 kB for a start: 0 only where it was started" t_memory

little_memory_control() {	# n kB for a command of a service that runs
	here="with $n kB"
	cgroup_memory $n || skip "no limit of $n kB"
	[ -e pid ] || start -p pid
	PRE="timeout -k 1 20 $T/enter $cg"
	dz -Q -p pid
	case $st in
	0)	is "$(cat out)" "running, pid $pid" "-Q $here" ;;
	4 | 137) ;;
	*)	fail "-Q: status $st $(last)" ;;
	esac
	dz -k USR1 -p pid
	case $st in
	0)	"$bin/waitfor" file report.again || fail "-k says 0 and no signal came $here" ;;
	1 | 137) ;;
	*)	fail "-k: status $st $(last)" ;;
	esac
	rm -f report.again
	dz -K -p pid
	PRE=
	case $st in
	0)	! lives "$pid" || fail "-K says 0 and it lives $here"
		[ ! -e pid ] || fail "the pidfile is left $here" ;;
	1 | 137) ;;
	*)	fail "-K: status $st $(last)" ;;
	esac
	dz -K -p pid
	[ "$st" = 0 ] || fail "-K afterwards: status $st, $(last)"
	all_gone
	rm -f report
}

t_memory_control() {
	logd_start
	cgroup_new memory
	PRE=
	for n in 64 128 192 256 384 512; do
		little_memory_control
	done
}
check "... for -Q, -k, -K: an answer that is true, or none" t_memory_control

# ---- room ----

fill() { dd if=/dev/zero of="$1/fill" bs=4096 2>/dev/null || :; }

room() {	# a small file system at "full"
	mkdir full
	mount -t tmpfs -o size=64k,mode=1777 tmpfs full
}

no_room() {
	here="($kind) without room"
	for file in -p,full/pid -l,full/lock -P,full/super -o,full/out; do
		option=${file%,*} file=${file#*,}
		case $option,$kind in
		-l,*) has DAEMONIZE_LOCK || continue ;;
		-o,*) has DAEMONIZE_FILES || continue ;;
		-P,*[Sr]*) has DAEMONIZE_SUPERVISOR_PIDFILE || continue ;;
		-P,*) continue ;;
		esac
		rm -f report
		case $option in
		-p)	dz $kind -p $file "$P" "$T/report" ;;
		*)	dz $kind -p pid $option $file "$P" "$T/report" ;;
		esac
		case $option,$st in
		# an empty file has room
		-l,0 | -o,0) ran ;;
		*)	failed 1
			! has ERROR_TEXTS || like "$(cat err)" "*: No space left on device" "message $here" ;;
		esac
		rm -f full/lock full/out
		is "$(ls full)" fill "what is there after $option $here"
	done
}
t_room() {
	logd_start
	room
	fill full
	kinds no_room
}
check "a full file system: pidfiles, lock, output" t_room

no_inodes() {
	here="($kind) without inodes"
	for more in "-p few/pid" "-p pid -l few/lock" "-p pid -o few/out" "-p pid -e few/err" "-p pid -P few/super"; do
		case $more in
		*-l*) has DAEMONIZE_LOCK || continue ;;
		*-o* | *-e*) has DAEMONIZE_FILES || continue ;;
		*-P*) case $kind in '') continue ;; esac; has DAEMONIZE_SUPERVISOR_PIDFILE || continue ;;
		esac
		rm -f report
		dz $kind $more "$P" "$T/report"
		failed 1
		like "$(cat err)" "daemonize: *: few/*" "message of $more $here"
		is "$(ls few)" a "what is there after $more $here"
	done
}
t_inodes() {
	logd_start
	mkdir few
	mount -t tmpfs -o nr_inodes=2,mode=1777 tmpfs few
	: >few/a
	kinds no_inodes
}
check "... one without inodes" t_inodes

t_room_restart() {
	# the number of its restart cannot be written: it is tried again, and found then
	logd_start
	room
	dz -S -r -R 0 -p full/pid "$P" "$T/report"
	status 0
	appeared
	supervisor=$(get ppid)
	fill full
	rm report
	kill -9 "$pid"
	# its file has been emptied: that page is taken too, until there is none
	tries=0
	until grep -q 'pidfile: ' log; do
		cat full/fill >>full/more 2>/dev/null || :
		tries=$((tries + 1))
		[ ! -e report ] || { kill -9 "$(get pid)"; rm -f report; }
		[ $tries -lt 400 ] || fail "its file has had room each time: $(tail -n 3 log)"
		pause 0.02
	done
	dz -Q -p full/pid
	[ "$st" = 3 ] || fail "-Q: status $st, $(cat out err)"
	rm -f full/fill full/more
	"$bin/waitfor" -t 20 file report || fail "it is never started again: $(texts)"
	pid=$(get pid)
	is "$(get ppid)" "$supervisor" "its supervisor"
	is "$(cat full/pid)" "$pid" "the pidfile"
	dz -Q -p full/pid
	status 0 "-Q"
	dz -K -p full/pid
	status 0 "-K"
	is "$(ls full)" "" "what is left"
	all_gone
}
check "... no room for a restart, for a time" t_room_restart DAEMONIZE_SYSLOG DAEMONIZE_RESTART

# Seen through a mount of its own, since its supervisor has the file open for writing.
seal() {
	mount --bind ro ro
	mount -o remount,bind,ro ro
}

read_only() {
	here="($kind) read-only"
	rm -f report
	dz $kind -p ro/pid "$P" "$T/report"
	status 0
	appeared
	seal
	dz -Q -p ro/pid
	status 0 "-Q $here"
	is "$(cat out)" "running, pid $pid" "-Q $here"
	dz -k USR1 -p ro/pid
	status 0 "-k $here"
	"$bin/waitfor" file report.again || fail "no signal came $here"
	rm report.again
	dz $kind -p ro/pid "$P" "$T/report2"
	[ "$st" = 1 ] || [ "$st" = 3 ] || fail "a second start: status $st $(last)"
	[ ! -e report2 ] || fail "a second one runs $here"
	# the file stays, and is said to: whatever the status is, nothing runs then
	dz -K -p ro/pid
	case $st in
	0)	;;
	1)	[ -s err ] || fail "-K: status 1 without a word $here" ;;
	*)	fail "-K: status $st $(last)" ;;
	esac
	dz -Q -p ro/pid
	case $(cat out) in running*) fail "it runs after -K $here" ;; esac
	"$bin/waitfor" -t 5 end "$pid" || fail "it lives after -K $here"
	all_gone
	umount ro
	dz -K -p ro/pid
	status 0 "-K when it can be written again $here"
	[ ! -e ro/pid ] || fail "the pidfile is left $here"
}
t_read_only() {
	logd_start
	mkdir ro
	mount -t tmpfs -o mode=755 tmpfs ro
	kinds read_only
	seal
	for more in "-p ro/pid" "-p pid -l ro/lock" "-p pid -o ro/out" "-p pid -e ro/err"; do
		case $more in *-l*) has DAEMONIZE_LOCK || continue ;; *-[oe]*) has DAEMONIZE_FILES || continue ;; esac
		here="of $more, read-only"
		rm -f report
		dz $more "$P" "$T/report"
		failed 1
		! has ERROR_TEXTS || like "$(cat err)" "*: Read-only file system" "message $here"
	done
}
check "a file system that is read-only by now: -Q, -k, -K, a second start" t_read_only

# ---- files that are everywhere ----

hide_proc() { mount --bind "$T/empty" /proc; }
show_proc() { until umount /proc 2>umounts; do :; done; }

no_proc() {
	here="($kind) without /proc"
	rm -f report
	hide_proc
	dz $kind -p pid "$P" "$T/report"
	show_proc
	case $st in
	0)	ran ;;
	*)	failed 1 ;;
	esac
	rm -f report
	dz $kind -p pid "$P" "$T/report"
	status 0
	appeared
	hide_proc
	dz -Q -p pid
	queried="$st $(cat out)"
	dz $kind -p pid "$P" "$T/report2"
	second=$st
	dz -k USR1 -p pid
	signalled=$st
	dz -t 2 -K -p pid
	ended=$st
	show_proc
	case $queried in "0 running, pid $pid" | "4 "*) ;; *) fail "-Q: $queried $here" ;; esac
	case $second in 1 | 3) ;; *) fail "a second start: status $second $here" ;; esac
	[ ! -e report2 ] || fail "a second one runs $here"
	case $signalled in
	0)	"$bin/waitfor" file report.again || fail "-k says 0 and no signal came $here" ;;
	1)	;;
	*)	fail "-k: status $signalled $here" ;;
	esac
	case $ended in
	0)	! lives "$pid" || fail "-K says 0 and it lives $here" ;;
	1)	;;
	*)	fail "-K: status $ended $here" ;;
	esac
	dz -K -p pid
	status 0 "-K afterwards $here"
	rm -f report.again
	all_gone
}
t_proc() { logd_start; mkdir empty; kinds no_proc; }
check "no /proc: nothing is said of a service that is not so" t_proc DAEMONIZE_TIMEOUT

t_proc_restart() {
	logd_start
	mkdir empty
	start -S -r -R 0 -p pid
	supervisor=$(get ppid)
	rm report
	hide_proc
	kill -9 "$pid"
	tries=0
	until [ -e report ] || grep -q 'again in' log; do
		tries=$((tries + 1))
		[ $tries -lt 2000000 ] || { show_proc; fail "it does nothing: $(cat log)"; }
	done
	show_proc
	"$bin/waitfor" -t 20 file report || fail "it is never started again: $(texts)"
	pid=$(get pid)
	is "$(get ppid)" "$supervisor" "its supervisor"
	dz -Q -p pid
	status 0 "-Q"
	dz -K -p pid
	status 0 "-K"
	all_gone
}
check "... for a restart" t_proc_restart DAEMONIZE_SYSLOG DAEMONIZE_RESTART

no_null() {
	here="($kind) without /dev/null"
	rm -f report
	dz $kind -p pid "$P" "$T/report"
	failed 1
	like "$(cat err)" "daemonize: null: /dev/null: *" "message $here"
}
null_goes() { mount --bind "$T/empty" /dev; }
null_comes() { until umount /dev 2>umounts; do :; done; }
restart_without_null() {
	here="($kind) without /dev/null"
	rm -f report
	dz $kind -R 0 -p pid "$P" "$T/report" </
	status 0
	appeared
	null_goes
	first=$pid
	rm report
	kill -9 "$first"
	"$bin/waitfor" -t 10 file report || fail "it is not started again $(last)"
	pid=$(get pid)
	like "$(get 'fd 0')" "*null*" "its standard input $here"
	"$DZ" -Q -p pid >out 2>err </ || fail "-Q: status $? $(last)"
	"$DZ" -K -p pid >out 2>err </ || fail "-K: status $? $(last)"
	null_comes
	all_gone
}
t_null() {
	logd_start
	mkdir empty
	null_goes
	dz() { st=0; $DZ "$@" </ >"$T/out" 2>"$T/err" || st=$?; }
	kinds no_null
	null_comes
	for kind in -r "-S -r"; do
		has DAEMONIZE_RESTART && has DAEMONIZE_SYSLOG || continue
		restart_without_null
	done
}
check "no /dev/null: no start, but restarts, -Q and -K" t_null STEP_NULL

no_log() {
	here="($kind) without /dev/log"
	rm -f report
	dz $kind -p pid "$P" -o said "$T/report"
	status 0 "$here"
	ran
}
t_log() {
	own_dev
	[ ! -e /dev/log ] || fail "there is one"
	kinds no_log
}
check "no /dev/log: all as ever" t_log

t_log_comes() {
	own_dev
	dz -S -p pid "$P" -o said "$T/report"
	status 0
	appeared
	logd_start
	logged ' probe.*: said$'
	logged ' probe.*: err-said$'
	dz -K -p pid
	status 0
	all_gone
}
check "... and when there is one, it has what was said" t_log_comes DAEMONIZE_SYSLOG

done_testing
