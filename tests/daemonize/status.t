#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -Q -v: what a supervisor answers, and who else cannot.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_STATUS_VERBOSE DAEMONIZE_RESTART +apart"
HELPERS="logd owndev actor notifier"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor
N=$bin/notifier

ask() {	# STATUS: asks; sets the file "out"
	dz -Q -v -p pid
	status "$1" "-Q -v"
}

key() { sed -n "s/^$1=//p" out; }

keys() { sed 's/=.*//' out | tr '\n' ' '; }

t_plain() {
	own_dev
	ask 3
	is "$(cat out)" "state=stopped" "where there is none"
	start -p pid
	ask 0
	is "$(cat out)" "state=running${newline}pid=$pid" "without a supervisor"
	end "$pid"
	ask 1
	like "$(cat out)" "state=dead*" "of a dead one"
	# -q is stronger
	dz -Q -v -q -p pid
	is "$(cat out)$(cat err)" "" "with -q"
}
check "without a supervisor: what a look says" t_plain DAEMONIZE_QUIET

t_supervised() {
	own_dev
	before=$(date +%s)
	start -r -R 0 -p pid
	supervisor=$("$bin/waitfor" lock pid)
	ask 0
	is "$(keys)" "state pid supervisor since uptime restarts failures " keys
	is "$(key pid)" "$pid" pid
	is "$(key supervisor)" "$supervisor" supervisor
	is "$(key restarts)" 0 restarts
	[ $(($(key since) - before)) -ge 0 ] && [ $(($(key since) - before)) -lt 10 ] || fail "since $(key since), not $before"
	rm report
	kill -SEGV "$pid"
	appeared
	ask 0
	is "$(key pid)" "$pid" "pid after a restart"
	is "$(key restarts)" 1 restarts
	is "$(key failures)" 1 failures
	like "$(key last_end)" "by signal SEGV*" last_end
	like "$(key last_uptime)" "[0-9]" last_uptime
}
check "-r: since when, restarts, failures, the last end" t_supervised

t_waiting() {
	own_dev
	dz -r -R 60 -p pid sh -c 'exit 7'
	status 0
	until [ ! -s pid ]; do pause; done
	ask 3
	is "$(keys)" "state supervisor due restarts failures last_end last_uptime " keys
	is "$(key state)" restarting state
	like "$(key due)" "[56]?" due
	is "$(key last_end)" "with status 7" last_end
}
check "... while it waits to start it again" t_waiting

t_foreground() {
	own_dev
	$DZ -f -r -p pid "$P" "$T/report" </dev/null >/dev/null 2>&1 &
	appeared
	ask 0
	is "$(key pid)" "$pid" pid
	is "$(key restarts)" 0 restarts
	dz -K -p pid
}
check "... with -f" t_foreground DAEMONIZE_FOREGROUND DAEMONIZE_STOP

t_log() {
	logd_start
	logd close
	mkfifo go
	dz -S -p pid sh -c 'for i in 1 2 3; do echo $i; done; read x <>"$0"; head -c 300000 /dev/zero | tr "\0" "\n" | sed s/^/line/; read x <>"$0"' "$T/go"
	status 0
	soon 'ask 0; [ "$(key waiting)" = 3 ]' || fail "$(cat out)"
	is "$(key lost)" 0 lost
	echo >go
	soon 'ask 0; [ "$(key lost)" != 0 ]' || fail "$(cat out)"
	[ "$(key waiting)" -gt 3 ] || fail "waiting $(key waiting)"
	is "$(keys)" "state pid supervisor since uptime restarts failures waiting lost $(! has DAEMONIZE_STORM || echo "suppressed ")" keys
}
check "-S: messages that wait, and that are lost" t_log DAEMONIZE_SYSLOG

t_suppressed() {
	logd_start
	dz -S -M 5/60 -p pid "$A" lines -n 20 -m "$T/mark" -k
	status 0
	"$bin/waitfor" file mark
	soon 'ask 0; [ "$(key suppressed)" != 0 ]' || fail "$(cat out)"
}
check "-M: what is suppressed" t_suppressed DAEMONIZE_SYSLOG DAEMONIZE_STORM

word() {	# TEXT: what the program says
	rm -f n.said
	printf 'say %s\n' "$1" >n
	"$bin/waitfor" file n.said
}

t_words() {
	own_dev
	dz -W 50 -r -R 0 -p pid "$N" "$T/n"
	status 0
	"$bin/waitfor" file n.report
	ask 0
	is "$(key ready) $(key watchdog) $(key watchdog_age) $(key status)." "no 50  ." "what it said: nothing"
	word 'READY=1\nSTATUS=serving\nWATCHDOG=1'
	ask 0
	is "$(key ready) $(key watchdog) $(key watchdog_age) $(key status)." "yes 50 0 serving." "what it said"
	word 'RELOADING=1'
	ask 0
	is "$(key ready)" reloading ready
	word 'STOPPING=1'
	ask 0
	is "$(key ready)" stopping ready
	# what an earlier run said is no word of this one
	rm n.report
	kill -9 "$(cat pid)"
	"$bin/waitfor" file n.report
	ask 0
	is "$(key ready) $(key status)." "no ." "what the next run said"
}
check "-W: what the program says of itself" t_words DAEMONIZE_WATCHDOG

t_hostile_status() {
	own_dev
	dz -W 50 -p pid "$N" "$T/n"
	"$bin/waitfor" file n.report
	word 'STATUS=\x1b[2J\x07\x0d\x7f\x9b1m\xc2\x85\xe2\x82\xac\xff end\nstate=stopped'
	ask 0
	is "$(key status)" '^[[2J^G^M^?\x9b1m\xc2\x85'"$(printf '\342\202\254')"'\xff end' status
	is "$(key state)" running "state"
	rm -f n.said
	echo 'fill 480' >n
	"$bin/waitfor" file n.said
	ask 0
	is "$(key status | wc -c | tr -d ' ')" 481 "bytes of a long one"
	is "$(wc -l <out | tr -d ' ')" "$(grep -c = out)" "lines"
}
check "... control characters are made visible, and no line can be made" t_hostile_status DAEMONIZE_WATCHDOG

t_silent() {
	own_dev
	start -r -p pid
	supervisor=$("$bin/waitfor" lock pid)
	kill -STOP "$supervisor"
	before=$(now)
	ask 0
	took=$(($(now) - before))
	[ $took -lt 200 ] || fail "it took $took hundredths"
	is "$(keys)" "state pid supervisor " "keys"
	says "daemonize: pid: no answer from its supervisor"
	kill -CONT "$supervisor"
	ask 0
	is "$(cat err)" "" "stderr"
	is "$(key restarts)" 0 "restarts"
}
check "a supervisor that does not answer is told, and waited for a quarter of a second" t_silent

t_forged() {
	own_dev
	start -r -p pid
	supervisor=$("$bin/waitfor" lock pid)
	"$bin/badstate" -Z -u 65534:65534 "$N" forge "$T/forger" &
	forger=$!
	kill -STOP "$supervisor"
	i=0
	until [ -e forger.on ]; do
		ask 0
		is "$(keys)" "state pid supervisor " "keys that a stranger can answer"
		[ $((i += 1)) -lt 100 ] || fail "the stranger sends nothing"
	done
	kill -CONT "$supervisor"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ask 0
		is "$(key restarts)" 0 "the answer, while a stranger fills the socket"
		is "$(key forged)" "" "what the stranger answers"
	done
	kill $forger
}
check "... a stranger cannot answer in its place, nor keep it from answering" t_forged +root

t_refused() {
	own_dev
	start -r -p pid
	"$bin/badstate" -Z -u 65534:65534 "$DZ" -Q -v -p pid >out 2>err && st=0 || st=$?
	is "$st" 0 "status"
	is "$(keys)" "state pid supervisor " keys
	says "daemonize: pid: no answer from its supervisor"
}
check "... a stranger gets no answer" t_refused +root

again() {	# it ends, and is started again
	rm report
	kill -9 "$pid"
	appeared
	ask 0
}

t_descriptors() {
	own_dev
	start -r -R 0 -p pid
	supervisor=$("$bin/waitfor" lock pid)
	# what it holds for the next start comes to stand where its caller's socket was
	again
	before=$(find "/proc/$supervisor/fd" | wc -l)
	# not one more than it has, and no number between them is free
	most=$(ls "/proc/$supervisor/fd" | sort -n | tail -n 1)
	is $((most + 2)) "$before" "the lines for 0 to the last, and one for the folder"
	prlimit --pid "$supervisor" --nofile=$((most + 1))
	i=0
	while [ $((i += 1)) -le 50 ]; do
		ask 0
		is "$(key restarts)$(cat err)" 1 "the answer to question $i"
	done
	is "$(find "/proc/$supervisor/fd" | wc -l)" "$before" "its descriptors"
	again
	is "$(key restarts)" 2 "restarts"
}
check "... and needs no descriptor more than it has" t_descriptors +prlimit

t_descriptors_fewer() {
	logd_start
	start -S -r -R 0 -p pid
	supervisor=$("$bin/waitfor" lock pid)
	again
	# the last of what it holds for a start
	most=$(ls "/proc/$supervisor/fd" | sort -n | tail -n 1)
	prlimit --pid "$supervisor" --nofile="$most"
	again
	is "$(key restarts)" 2 "restarts"
	logged ': supervise: '
	logged ": started again, pid $pid\$"
}
check "... with one less a start takes that of the log" t_descriptors_fewer DAEMONIZE_SYSLOG +prlimit

t_questions() {
	# as many at once as one likes, and the program restarts meanwhile
	own_dev
	start -r -R 0 -p pid
	for i in 1 2 3 4; do
		{ for _ in 1 2 3 4 5 6 7 8 9 10; do $DZ -Q -v -p pid >"out$i" 2>"err$i" || :; grep -q restarts "out$i" || : >missed; done; : >"done$i"; } &
	done
	for i in 1 2 3 4; do "$bin/waitfor" file "done$i"; done
	[ ! -e missed ] || fail "questions without an answer"
}
check "... questions at the same time" t_questions

t_program() {
	# the signal of the channel is the supervisor's: the program sees nothing of it
	own_dev
	dz -r -p pid "$A" tell "$T/told" USR1
	"$bin/waitfor" text told ready
	ask 0
	dz -k USR1 -p pid
	"$bin/waitfor" text told USR1
	is "$(cat told | tr '\n' ' ')" "ready USR1 " "what the program got"
}
check "... of which the program sees nothing" t_program DAEMONIZE_STOP

done_testing
