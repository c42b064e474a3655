#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -W: what a program says of itself on $NOTIFY_SOCKET, and ABRT for one that says nothing.
#
# needs: socat python3 libsystemd-dev
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_WATCHDOG +apart"
HELPERS="logd owndev actor notifier"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
N=$bin/notifier

field() { sed -n "s/^$2: //p" "$T/$1.report"; }	# NAME FIELD

watch() {	# [OPTION]...: a notifier called "n" as the service; sets pid and supervisor
	rm -f n.report
	dz "$@" -p pid "$N" "$T/n"
	status 0
	reported n
	pid=$(field n pid)
	supervisor=$("$bin/waitfor" lock pid)
}

reported() { "$bin/waitfor" file "$1.report" || fail "no $1"; }

tell() {	# NAME COMMAND...: and waits until it is done, where that can be seen
	name=$1
	shift
	rm -f "$name.said" "$name.beaten"
	printf '%s\n' "$*" >"$name"
	case $1 in
	say | to | fill | catch | keep) "$bin/waitfor" file "$name.said" || fail "$name does not: $*" ;;
	beat) "$bin/waitfor" -t 30 file "$name.beaten" || fail "$name does not: $*" ;;
	esac
}

anew() {	# it is started again; sets pid
	reported n
	pid=$(field n pid)
}

t_environment() {
	logd_start
	watch -W 7 -S
	is "$(field n usec)" 7000000 WATCHDOG_USEC
	is "$(field n watchdog_pid)" "$pid" WATCHDOG_PID
	like "$(field n socket)" "@?*" NOTIFY_SOCKET
	[ "$supervisor" != 0 ] || fail "no supervisor"
	end "$pid"
	"$bin/waitfor" gone pid || fail "-W implies no -r"
	# the caller's own are not the program's
	rm -f n.report
	st=0
	NOTIFY_SOCKET=/none WATCHDOG_USEC=1 WATCHDOG_PID=1 $DZ -W 65535,0 "$N" "$T/n" || st=$?
	is $st 0 status
	reported n
	is "$(field n usec)" 65535000000 WATCHDOG_USEC
	like "$(field n socket)" "@?*" NOTIFY_SOCKET
	kill "$(field n pid)"
}
check "-W: WATCHDOG_USEC, WATCHDOG_PID and NOTIFY_SOCKET, and a supervisor" t_environment DAEMONIZE_SYSLOG

t_beats() {
	logd_start
	watch -W 1 -S
	tell n beat 300 12
	alive_still
	not_logged ABRT
}
alive_still() { kill -0 "$pid" 2>/dev/null || fail "it was ended: $(cat log)"; }
check "a program that says WATCHDOG=1 in time lives" t_beats DAEMONIZE_SYSLOG

t_silent() {
	logd_start
	before=$(now)
	watch -W 1,5 -S -r -R 0
	rm n.report
	first=$pid
	logged 'WATCHDOG=1 is [0-9]* ms late: ABRT'
	logged "$first.: ended by signal ABRT.* after 1 s"
	took=$(($(now) - before))
	[ $took -ge 100 ] && [ $took -lt 300 ] || fail "it took $took hundredths"
	anew
	is "$(field n watchdog_pid)" "$pid" "WATCHDOG_PID of the second"
	# and again, of which nothing is left over
	tell n beat 300 5
	alive_still
	rm n.report
	anew
	dz -K -p pid
	status 0
	[ "$(count 'ended by signal ABRT')" -ge 2 ] || fail "$(cat log)"
}
check "... one that says nothing gets ABRT, and what -r says" t_silent DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_STOP

t_hangs_later() {
	logd_start
	watch -W 1,5 -S
	tell n beat 200 5
	logged 'WATCHDOG=1 is [0-9]* ms late: ABRT'
	"$bin/waitfor" gone pid || fail "it is not given up"
}
check "... one that says nothing any more too; without -r that is the end" t_hangs_later DAEMONIZE_SYSLOG

t_kill() {
	logd_start
	for how in ignores stopped; do
		: >log
		rm -f n.report
		case $how in ignores) dz -W 1,1 -S -p pid "$N" "$T/n" 6 ;; *) dz -W 1,1 -S -p pid "$N" "$T/n" ;; esac
		status 0
		reported n
		[ $how = ignores ] || kill -STOP "$(field n pid)"
		logged 'late: ABRT'
		is "$(count 'ended by')" 0 "ends before GRACE ($how)"
		logged 'ended by signal KILL after 2 s'
		"$bin/waitfor" gone pid
	done
}
check "... what ignores ABRT, or is stopped, gets KILL after GRACE" t_kill DAEMONIZE_SYSLOG

t_status() {
	own_dev
	for end in 'kill -9 $$' 'exit 0'; do
		rm -f got
		st=0
		$DZ -f -W 1,5 sh -c 'trap "'"$end"'" ABRT; echo x >"$0"; while :; do sleep 0.05; done' "$T/got" </dev/null 2>err || st=$?
		case $end in exit*) is $st 1 "status of one that ends with 0 at ABRT" ;; *) is $st 137 "status" ;; esac
	done
	st=0
	$DZ -f -W 1,5 "$N" "$T/n" </dev/null 2>err || st=$?
	is $st 134 "status of one that ABRT ends"
}
check "-f -W: the manager sees a failure, whatever the program made of ABRT" t_status DAEMONIZE_FOREGROUND

t_failure_counts() {
	logd_start
	# -rr starts it again after a failure only
	dz -W 1,5 -S -r -r -R 0 -p pid sh -c 'trap "exit 0" ABRT; echo run; while :; do sleep 0.05; done'
	status 0
	logged 'started again'
	dz -K -p pid
}
check "... and so does -rr" t_failure_counts DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_STOP

t_late() {
	logd_start
	watch -W 1,5 -S
	tell n keep
	logged 'late: ABRT'
	"$bin/waitfor" text n.signals ABRT
	tell n say 'WATCHDOG=1'
	logged 'WATCHDOG=1 came [0-9]* ms late$'
	tell n say 'READY=1\nEXTEND_TIMEOUT_USEC=60000000'
	logged 'ended by signal KILL after [67] s'
}
check "a word that comes after ABRT is told, and helps no more" t_late DAEMONIZE_SYSLOG

t_late_stopped() {
	logd_start
	watch -W 1,20 -S
	tell n keep
	tell n catch
	logged 'late: ABRT'
	{ dz -K -t 2 -p pid; } &
	stop=$!
	pause 1
	tell n say 'WATCHDOG=1'
	wait $stop || fail "-K"
	is "$(count 'WATCHDOG=1 came')" 0 "lateness of what is being stopped: $(cat log)"
}
check "... while it is stopped it is not late" t_late_stopped DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT

t_after_late() {
	# it ended late, and then could not be started again, which is another reason
	own_dev
	cp "$N" prog
	dz -W 1,1 -R 1 -x 'echo "$SERVICE_RESULT" >>told; rm -f prog' -c "$T" -p "$T/pid" "$T/prog" "$T/n"
	status 0
	soon '[ "$(cat told 2>/dev/null | wc -l)" -ge 2 ]' || fail "$(cat told)"
	is "$(head -n 2 told | tr '\n' ' ')" "watchdog exit-code " "SERVICE_RESULT"
	dz -K -p pid
	status 0
}
check "... an exec that fails behind it is told as that" t_after_late DAEMONIZE_HOOK DAEMONIZE_RESTART DAEMONIZE_CHDIR DAEMONIZE_STOP

behind() {
	{ st=0; $DZ "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?; echo $st >"$T/st.new"; mv "$T/st.new" "$T/status"; } &
}

returned() {	# STATUS
	"$bin/waitfor" file status || fail "it does not return"
	is "$(cat status)" "$1" "status ($(cat err))"
	rm status
}

t_ready() {
	logd_start
	for opts in "-S" "-W 2" "-W 2 -S"; do
		rm -f n.report
		# shellcheck disable=SC2086
		behind $opts -w socket -p pid "$N" "$T/n"
		reported n
		tell n say 'STATUS=READY=1\nRELOADING=1'
		pause
		[ ! -e status ] || fail "it returned $(cat status) before it was ready ($opts)"
		tell n say 'READY=1'
		returned 0
		is "$(cat out)$(cat err)" "" "what it says ($opts)"
		# the socket lives on
		tell n say 'STATUS=fine'
		end "$(field n pid)"
		"$bin/waitfor" gone pid
	done
}
check "-w socket with a supervisor: READY=1 is heard, and what is said after it" t_ready DAEMONIZE_SYSLOG

t_ready_late() {
	logd_start
	behind -S -W 1 -w socket -t 2 -p pid "$N" "$T/n"
	reported n
	# it is its caller's limit, and not that of WATCHDOG=1
	returned 4
	says "daemonize: *not ready in 2 s"
	all_gone
	not_logged ABRT
	# a start that is not the first has nobody else to judge it
	: >log
	rm -f n.report
	behind -S -r -R 0 -W 1 -w socket -t 2 -p pid "$N" "$T/n"
	reported n
	tell n say 'READY=1'
	returned 0
	rm n.report
	kill -9 "$(field n pid 2>/dev/null || cat pid)"
	anew
	logged 'READY=1 is [0-9]* ms late: ABRT'
	logged 'ended by signal ABRT.* after 2 s'
	dz -K -p pid
}
check "... not in time: status 4; at a restart ABRT" t_ready_late DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_STOP DAEMONIZE_TIMEOUT

t_ready_more() {
	own_dev
	before=$(now)
	behind -W 9 -w socket -t 1 -p pid "$N" "$T/n"
	reported n
	tell n say 'EXTEND_TIMEOUT_USEC=3000000'
	pause 1.5
	[ ! -e status ] || fail "it returned $(cat status), though the program said that it takes longer"
	tell n say 'READY=1'
	returned 0
	end "$(field n pid)"
	"$bin/waitfor" gone pid
	rm -f n.report
	before=$(now)
	behind -W 9 -w socket -t 1 -p pid "$N" "$T/n"
	reported n
	tell n say 'EXTEND_TIMEOUT_USEC=1500000'
	returned 4
	took=$(($(now) - before))
	[ $took -ge 150 ] && [ $took -lt 500 ] || fail "it took $took hundredths"
	all_gone
}
check "... EXTEND_TIMEOUT_USEC= puts that off" t_ready_more DAEMONIZE_TIMEOUT

t_reloading() {
	logd_start
	watch -W 1 -S
	tell n say 'READY=1'
	tell n say 'RELOADING=1\nMONOTONIC_USEC=1'
	tell n beat 300 5
	alive_still
	# it is no reason to hang
	logged 'WATCHDOG=1 is [0-9]* ms late: ABRT'
}
check "RELOADING=1: WATCHDOG=1 is awaited all the same" t_reloading DAEMONIZE_SYSLOG

t_stopping() {
	logd_start
	watch -W 1 -S -t 3
	tell n say 'STOPPING=1'
	tell n beat 500 3
	# nothing more is awaited but its end, in the time that a stop has
	logged 'its end is [0-9]* ms late: ABRT'
	logged 'ended by signal ABRT.* after [34] s'
	: >log
	watch -W 1 -S -t 5
	tell n say 'STOPPING=1'
	pause 1.5
	tell n exit 0
	logged 'ended with status 0 after [12] s'
	not_logged ABRT
}
check "STOPPING=1: its end is awaited, no WATCHDOG=1; not in -t: ABRT" t_stopping DAEMONIZE_SYSLOG DAEMONIZE_TIMEOUT

t_stop() {
	logd_start
	watch -W 1 -S
	tell n catch
	{ dz -K -t 6 -p pid; status 0; } &
	stop=$!
	"$bin/waitfor" text n.signals TERM
	pause 1.5
	tell n exit 3
	wait $stop || fail "-K: $(cat err)"
	logged 'ended with status 3 after'
	not_logged ABRT
}
check "a stop: WATCHDOG=1 is awaited no more" t_stop DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT

t_stop_hung() {
	logd_start
	dz -W 1,60 -S -p pid "$N" "$T/n" 6 15
	status 0
	logged 'late: ABRT'
	before=$(now)
	dz -K -t 1 -p pid
	status 0
	[ $(($(now) - before)) -lt 400 ] || fail "GRACE holds a stop up"
}
check "... of one that hangs is not held up by GRACE" t_stop_hung DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT

stopping() {	# it has got TERM from -K, and stays; sets before and stop
	watch -W 60 -S
	tell n catch
	before=$(now)
	{ dz -K -t 1 -p pid; status 0; } &
	stop=$!
	"$bin/waitfor" text n.signals TERM
}

t_stop_longer() {
	logd_start
	for how in "" all own; do
		more='' by=pid
		case $how in
		all) has DAEMONIZE_STOP_SESSION || continue ;;
		own) has DAEMONIZE_SUPERVISOR_PIDFILE || continue; more='-P sup' by=sup ;;
		esac
		: >log
		rm -f n.signals
		# shellcheck disable=SC2086
		watch -W 60 -S $more
		tell n catch
		{ dz "$(case $how in all) echo -KK ;; *) echo -K ;; esac)" -t 1 -p $by; status 0; : >stopped; } &
		stop=$!
		"$bin/waitfor" text n.signals TERM
		tell n say 'EXTEND_TIMEOUT_USEC=1500000'
		pause 1
		tell n say 'EXTEND_TIMEOUT_USEC=3500000'
		pause 2.5
		[ ! -e stopped ] || fail "-K did not wait for one that takes longer"
		tell n exit 5
		wait $stop || fail "-K$how"
		rm stopped
		logged 'ended with status 5 after'
	done
}
check "EXTEND_TIMEOUT_USEC=: a stop waits longer" t_stop_longer DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT

t_stop_longer_read() {
	# a stranger who reads the pidfile, and locks what says so, does not shorten that
	watch -W 60 -t 1
	tell n catch
	python3 -c 'import fcntl, sys, time
f = open(sys.argv[1])
fcntl.lockf(f, fcntl.LOCK_SH, 1, 3)
open("has", "w")
time.sleep(100)' pid &
	reader=$!
	# it has the lock, or waits for it
	"$bin/waitfor" match /proc/locks "POSIX  *ADVISORY  *READ  *$reader " || fail "no reader"
	{ dz -K -t 1 -p pid; status 0; : >stopped; } &
	stop=$!
	"$bin/waitfor" text n.signals TERM
	tell n say 'EXTEND_TIMEOUT_USEC=8000000'
	"$bin/waitfor" file has || fail "nobody has let go of that lock"
	pause 4.5
	[ ! -e stopped ] || fail "-K did not wait for one that takes longer"
	tell n exit 0
	wait $stop || fail "-K"
	kill $reader
}
check "... whatever lock a reader has" t_stop_longer_read DAEMONIZE_STOP DAEMONIZE_TIMEOUT +python3

t_stop_capped() {
	logd_start
	most=$(value DAEMONIZE_WATCHDOG_EXTEND)
	[ "$most" -le 30 ] || skip "it may take $most s"
	stopping
	tell n say 'EXTEND_TIMEOUT_USEC=4000000000'
	tell n say 'EXTEND_TIMEOUT_USEC=99999999999999999999999999'
	tell n say 'EXTEND_TIMEOUT_USEC=1000000000000000'
	wait $stop || fail "-K"
	took=$((($(now) - before) / 100))
	[ $took -ge $((most)) ] && [ $took -le $((most + 4)) ] || fail "it took $took s, and the most is 1 and $most"
	logged 'ended by signal KILL'
}
check "... and ends when all that may be added is over" t_stop_capped DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT +long

t_stop_ready_again() {
	# one that is ready again and again while it is stopped gets no more than that
	logd_start
	most=$(value DAEMONIZE_WATCHDOG_EXTEND)
	[ "$most" -le 30 ] || skip "it may take $most s"
	watch -W 60 -S -t 1
	tell n catch
	before=$(now)
	kill "$supervisor"
	"$bin/waitfor" text n.signals TERM
	while [ -d "/proc/$supervisor" ]; do
		took=$((($(now) - before) / 100))
		[ $took -le $((most + 6)) ] || fail "it lives after $took s, and the most is 1 and $most"
		# not waited for, since it may be ended just then
		printf '%s\n' 'say RELOADING=1\nREADY=1\nEXTEND_TIMEOUT_USEC=30000000' >n
		pause 0.3
	done
	logged 'ended by signal KILL'
}
check "... nor by one who is ready anew" t_stop_ready_again DAEMONIZE_SYSLOG DAEMONIZE_TIMEOUT +long

t_extend_junk() {
	logd_start
	stopping
	for junk in '' 1x -5 ' 5000000' 0x5000000 5000000.0; do tell n say "EXTEND_TIMEOUT_USEC=$junk"; done
	wait $stop || fail "-K"
	[ $(($(now) - before)) -lt 300 ] || fail "it was put off"
}
check "... but not by junk" t_extend_junk DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_TIMEOUT

# another main process

t_main() {
	logd_start
	watch -W 60 -S -r -R 0
	tell n orphan o
	reported o
	other=$(field o pid)
	tell o say "MAINPID=$other"
	"$bin/waitfor" text pid "$other" || fail "the pidfile has $(cat pid)"
	dz -Q -p pid
	is "$(cat out)" "running, pid $other" "-Q"
	# signals go to it, and the end of the first is none
	tell o catch
	dz -k USR1 -p pid
	status 0 -k
	"$bin/waitfor" text o.signals USR1
	tell n exit 1
	"$bin/waitfor" end "$pid"
	dz -Q -p pid
	is "$(cat out)" "running, pid $other" "-Q after the first's end"
	is "$(count 'ended')" 0 "ends that are told: $(cat log)"
	# a second start is none
	dz -p pid "$P" "$T/report"
	status 3
	# its end is the service's, which starts again
	rm n.report
	kill -9 "$other"
	anew
	logged "ended by signal KILL"
	dz -Q -p pid
	is "$(cat out)" "running, pid $pid" "-Q after the restart"
	dz -K -p pid
	status 0
	all_gone
}
check "MAINPID= of a child of the supervisor's: it is the main process" t_main DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_STOP DAEMONIZE_STATUS

t_main_stop() {
	logd_start
	watch -W 60 -S
	tell n orphan o
	reported o
	tell n say "MAINPID=$(field o pid)\nREADY=1"
	"$bin/waitfor" text pid "$(field o pid)"
	dz -K -p pid
	status 0
	"$bin/waitfor" end "$(field o pid)" || fail "it lives"
	logged 'ended by signal TERM'
}
check "... -K stops that one" t_main_stop DAEMONIZE_SYSLOG DAEMONIZE_STOP

t_main_refused() {
	logd_start
	"$A" hold /dev/null &
	stranger=$!
	watch -W 60 -S
	tell n child c
	reported c
	for number in 1 $$ $stranger "$supervisor" "$(field c pid)" 999999 0 -1 4294967297 "${pid}x" '' "$pid.0"; do
		: >log
		tell n say "MAINPID=$number"
		logged 'MAINPID=[0-9]* ignored'
		is "$(cat pid)" "$pid" "the pidfile after MAINPID=$number"
	done
	# its own number is no news
	: >log
	tell n say "MAINPID=$pid\nMAINPID=2"
	logged 'MAINPID=[0-9]* ignored'
	is "$(count MAINPID)" 1 "messages"
	dz -K -p pid
	kill -0 $stranger || fail "the stranger was killed"
}
check "... of anybody else: ignored, and logged" t_main_refused DAEMONIZE_SYSLOG DAEMONIZE_STOP

t_main_ended() {
	# one that has ended and was not reaped, and one that has been
	logd_start
	watch -W 60 -S
	tell n orphan o
	reported o
	other=$(field o pid)
	kill -STOP "$supervisor"
	kill -9 "$other"
	tell n say "MAINPID=$other"
	kill -CONT "$supervisor"
	logged 'MAINPID=[0-9]* ignored'
	is "$(cat pid)" "$pid" "the pidfile"
	dz -Q -p pid
	is "$(cat out)" "running, pid $pid" "-Q"
}
check "... of one that has ended: the same" t_main_ended DAEMONIZE_SYSLOG DAEMONIZE_STATUS

t_main_hostile() {
	# a program without rights names one that has them, which is the supervisor's child as well
	logd_start
	chmod 777 .
	rm -f n.report
	dz -W 60 -S -p pid sh -c '("$0" "$1/root" & ) ; exec "$0" "$1/n"' "$N" "$T"
	status 0
	reported n
	reported root
	pid=$(field n pid) main=$(field root pid)
	tell n user 65534 u
	reported u
	pause
	tell u say "MAINPID=$main"
	logged 'MAINPID=[0-9]* ignored'
	is "$(cat pid)" "$pid" "the pidfile"
	# root may, once the shell that started it is gone
	until [ "$(cut -d ' ' -f 4 "/proc/$main/stat")" = "$(cut -d ' ' -f 4 "/proc/$pid/stat")" ]; do :; done
	tell n say "MAINPID=$main"
	"$bin/waitfor" text pid "$main" || fail "root may not: $(cat log)"
}
check "... of one that its sender could not signal himself: the same" t_main_hostile DAEMONIZE_SYSLOG +root

# who is believed

t_strangers() {
	logd_start
	watch -W 1,5 -S
	"$N" "$T/s" &
	reported s
	socket=$(field n socket)
	( while echo "to $socket WATCHDOG=1" >s; do pause; done ) &
	beater=$!
	logged 'WATCHDOG=1 is [0-9]* ms late: ABRT'
	logged 'ended by signal ABRT.* after 1 s'
	kill $beater
	not_logged 'came'
}
check "a stranger's WATCHDOG=1 is not believed" t_strangers DAEMONIZE_SYSLOG

t_family() {
	logd_start
	watch -W 2 -S
	tell n child c
	reported c
	tell c child d
	reported d
	tell d beat 500 6
	alive_still
	tell n orphan o
	reported o
	tell o beat 500 6
	alive_still
	not_logged ABRT
}
check "... that of a child, of its child, and of one whose parents have ended is" t_family DAEMONIZE_SYSLOG

t_left_behind() {
	# what an ended program has left speaks for nobody: there is nobody to be late, and the next one is another
	logd_start
	watch -r -R 3 -W 1,2 -S
	tell n child c
	reported c
	rm n.report
	echo "exit 1" >n
	logged 'starting again in 3 s'
	tell c say READY=1
	anew
	tell n beat 300 12
	alive_still
	not_logged ' late'
	is "$(count 'ended by\|ended with')" 1 "ends"
}
check "... that of one that an ended program has left is not" t_left_behind DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_left_ready() {
	# its end is known, and told when the log has what it said
	logd_start
	logd stop
	behind -S -w socket -p pid sh -c 'seq 1 100; "$0" "$1" & until [ -e "$1.report" ]; do :; done; exit 3' "$N" "$T/c"
	reported c
	pause 0.5
	tell c say READY=1
	logd go
	returned 4
	like "$(cat err)" "*ended before it was ready: status 3*" "what it says"
}
check "... and is not ready" t_left_ready DAEMONIZE_SYSLOG +seq

t_age() {
	# a beat of this very millisecond is none of a moment to come
	own_dev
	watch -W 60
	echo "beat 1 3000" >n
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		dz -Q -v -p pid
		status 0
		age=$(sed -n 's/^watchdog_age=//p' out)
		[ "${age:-0}" -lt 60 ] || fail "its last beat was $age s ago (query $i)"
	done
	end "$pid"
}
check "-Q -v tells the seconds since its last beat" t_age DAEMONIZE_STATUS_VERBOSE DAEMONIZE_STATUS

t_junk() {
	logd_start
	watch -W 60 -S
	for junk in '' '\n' '\n\n\n' '=' 'WATCHDOG' 'WATCHDOG=' 'WATCHDOG=2' 'READY=10' '\0READY=1' 'STOPPING=1x' 'MAINPID' 'STATUS' \
		'\xff\xfe' 'EXTEND_TIMEOUT_USEC' 'X=1\nSTOPPING=0\nRELOADING=2'; do
		tell n say "$junk"
	done
	tell n fill 500
	tell n fill 3000
	# a number that is cut is another's
	long=$(printf '%0490d' 0)
	tell n say "X=$long\nMAINPID=123456789012345678"
	tell n beat 10 3
	alive_still
	not_logged MAINPID
	not_logged ABRT
	dz -K -p pid
	status 0
}
check "junk does not confuse it" t_junk DAEMONIZE_SYSLOG DAEMONIZE_STOP

t_flood() {
	logd_start
	watch -W 2 -S
	for _ in 1 2 3; do "$N" flood "$(field n socket)" "$T/flooded" & done
	"$bin/waitfor" file flooded.on
	tell n beat 500 8
	alive_still
	not_logged ABRT
	before=$(now)
	dz -K -t 5 -p pid
	status 0
	[ $(($(now) - before)) -lt 400 ] || fail "-K took $(($(now) - before)) hundredths"
}
check "... nor does a flood of strangers' words keep it from serving and hearing" t_flood DAEMONIZE_SYSLOG DAEMONIZE_STOP

t_held_up() {
	# the supervisor stands still while the words come in time
	logd_start
	watch -W 1 -S
	tell n beat 200 2
	kill -STOP "$supervisor"
	tell n beat 300 6
	kill -CONT "$supervisor"
	tell n beat 200 4
	alive_still
	not_logged ABRT
}
check "a supervisor that was held up reads before it judges" t_held_up DAEMONIZE_SYSLOG

traced() {	# OPTION...: the supervisor is from now on; sets tracer
	strace -qq -p "$supervisor" -o trace "$@" 2>strace.said &
	tracer=$!
	until grep -q '^TracerPid:.[1-9]' "/proc/$supervisor/status"; do
		kill -0 $tracer 2>/dev/null || skip "no tracing: $(cat strace.said)"
		pause
	done
}

t_held_up_behind() {
	# held up by a message to the log, behind its wait and its reading: what has come since is read as well
	logd_start
	watch -W 1 -S
	tell n beat 200 2
	traced -e trace=sendto -e inject=sendto:delay_enter=1700000:when=1
	tell n say MAINPID=1
	tell n beat 300 9
	logged 'MAINPID=1 ignored'
	alive_still
	not_logged ABRT
	kill $tracer
}
check "... also where it was held up after its wait" t_held_up_behind DAEMONIZE_SYSLOG +strace

t_look_again() {
	# the look at who says READY=1 fails once, and the word is not a stranger's for that
	mkfifo go
	"$DZ" -w socket -W 30 -t 10 -p pid sh -c 'read x <"$0"; "$1" notify READY=1; true' \
		"$T/go" "$A" >out 2>err &
	caller=$!
	"$bin/waitfor" file pid || fail "no service: $(cat err)"
	supervisor=$("$bin/waitfor" lock pid)
	traced -e trace=openat -e inject=openat:error=ENFILE:when=1
	echo >go
	wait $caller || fail "status $?: $(cat err)"
	grep -q 'stat.*ENFILE' trace || fail "no look has failed"
	kill $tracer
	dz -K -p pid
	status 0
}
check "a look at who speaks is made again where it fails" t_look_again DAEMONIZE_READY_SOCKET DAEMONIZE_STOP DAEMONIZE_TIMEOUT +strace

t_hook_told() {
	logd_start
	# shellcheck disable=SC2016
	watch -W 1,1 -S -x 'echo "$SERVICE_RESULT $EXIT_CODE $EXIT_STATUS $FAILURES" >told.new; mv told.new told' -c "$T"
	"$bin/waitfor" -t 10 file told || fail "no hook: $(cat log)"
	is "$(cat told)" "watchdog killed ABRT 1" "told"
}
check "-x is told that it was the watchdog" t_hook_told DAEMONIZE_SYSLOG DAEMONIZE_HOOK DAEMONIZE_CHDIR

t_foreground() {
	# what the program says is for its supervisor, and not for the manager above
	logd_start
	"$N" "$T/s" &
	reported s
	NOTIFY_SOCKET=/none $DZ -f -S -W 1,5 -r -R 0 "$N" "$T/n" </dev/null &
	above=$!
	reported n
	[ "$(field n socket)" != /none ] || fail "NOTIFY_SOCKET of the manager"
	tell n beat 300 5
	rm n.report
	logged 'late: ABRT'
	anew
	kill $above
	wait $above && st=0 || st=$?
	is "$st" 143 "status"
}
check "-f -W: heard by daemonize, and started again below the manager" t_foreground DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_FOREGROUND

t_idle() {
	logd_start
	watch -W 5 -S -r
	tell n say READY=1
	# without the calls that were under way when it came and went
	timeout -s INT 10 strace -o trace -p "$supervisor" 2>/dev/null &
	tracer=$!
	tell n beat 2000 5
	wait $tracer || :
	# a beat: poll, two reads, and the poll again
	reads=$(grep -c '^recvmsg' trace)
	[ "$reads" -ge 8 ] && [ "$reads" -le 12 ] || fail "$reads reads: $(cat trace)"
	is "$(grep -cv -e '^recvmsg' -e poll -e restart_syscall -e detached -e '^--- ' -e ' 32 bit mode' -e ^clock_gettime trace)" 0 "other calls: $(cat trace)"
	polls=$(grep -c 'poll' trace)
	[ "$polls" -le 7 ] || fail "$polls polls: $(cat trace)"
	alive_still
}
check "in 10 idle seconds it wakes up for the program's words only" t_idle DAEMONIZE_SYSLOG DAEMONIZE_RESTART +strace +long

# other people's clients

t_libsystemd() {
	command -v cc >/dev/null || skip "no compiler"
	cat >client.c <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include <unistd.h>
		#include <systemd/sd-daemon.h>
		int main(int argc, char **argv)
		{
			uint64_t usec = 0;
			int on = sd_watchdog_enabled(0, &usec);
			FILE *f = fopen(argv[1], "w");

			fprintf(f, "%d %llu\n", on, (unsigned long long)usec);
			fclose(f);
			sd_notifyf(0, "READY=1\nSTATUS=serving %d clients\nMAINPID=%lu", 7, (unsigned long)getpid());
			for (int i = 0; i < 8; i++) {
				usleep(usec / 2);
				sd_notify(0, "WATCHDOG=1");
			}
			fputs("beaten\n", stdout);
			fflush(stdout);
			for (;;)
				pause();
		}
	END
	cc -include stdint.h -o client client.c -lsystemd 2>cc.err || skip "no libsystemd (make deps)"
	logd_start
	dz -S -r -R 0 -W 1,5 -w socket -p pid "$T/client" "$T/enabled"
	status 0
	is "$(cat enabled)" "1 1000000" "what sd_watchdog_enabled says"
	logged ': beaten$'
	is "$(count 'ABRT')" 0 "ABRT while it beats"
	logged 'ended by signal ABRT.* after [456] s'
	logged 'started again'
}
check "a client of libsystemd's" t_libsystemd DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_python() {
	cat >client.py <<-'END'
		import os, socket, time
		name = os.environ["NOTIFY_SOCKET"]
		if name[0] == "@":
		    name = "\0" + name[1:]
		with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
		    s.connect(name)
		    assert int(os.environ["WATCHDOG_PID"]) == os.getpid()
		    half = int(os.environ["WATCHDOG_USEC"]) / 2e6
		    s.sendall(b"READY=1\nSTATUS=from Python")
		    for i in range(8):
		        time.sleep(half)
		        s.sendall(b"WATCHDOG=1")
		print("beaten", flush=True)
		time.sleep(1000)
	END
	logd_start
	dz -S -W 1,5 -w socket -p pid python3 "$T/client.py"
	status 0
	logged ': beaten$'
	is "$(count 'ABRT')" 0 "ABRT while it beats"
	logged 'ended by signal ABRT.* after [4567] s'
}
check "a client in Python" t_python DAEMONIZE_SYSLOG +python3

t_shell() {
	cat >client.sh <<-'END'
		{
			echo READY=1
			i=0
			while [ $((i += 1)) -le 8 ]; do sleep 0.5; echo WATCHDOG=1; done
			echo beaten >&2
			exec sleep 1000
		} | socat -u - "ABSTRACT-SENDTO:${NOTIFY_SOCKET#@}"
	END
	logd_start
	dz -S -W 1,5 -w socket -p pid sh "$T/client.sh"
	status 0
	logged ': beaten$'
	is "$(count 'ABRT')" 0 "ABRT while it beats"
	logged 'ended by signal ABRT.* after [4567] s'
}
check "a client in shell" t_shell DAEMONIZE_SYSLOG +socat

t_systemd_notify() {
	logd_start
	dz -S -W 9 -w socket -p pid sh -c 'systemd-notify --ready --status=ready; echo said; exec sleep 1000'
	status 0
	logged ': said$'
}
check "systemd-notify, which lives until it has been heard" t_systemd_notify DAEMONIZE_SYSLOG +systemd-notify

t_wrong() {
	for secs in 0 x -1 "" "5," 5,x 5,-1 ,5 65536 5,65536 "5, 6" 5.5 5,6,7; do
		dz -W "$secs" "$P" "$T/report"
		fails 2 "daemonize: -W: *"
		[ -z "$secs" ] || like "$(cat err)" "daemonize: -W: $secs: *" "the message"
	done
}
check "wrong ones: status 2, and nothing done" t_wrong

done_testing
