#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Less privilege: each option shown by a program that says what it has, in each kind of start.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE"
. "${0%/*}/../helpers/lib.sh"

# Starts a probe in each way there is, and calls FUNCTION for each report of it, the
# second of a supervisor being that of a program that it has started again.
each() {	# FUNCTION [OPTION]...
	look=$1
	shift
	how=detached
	start "$@"
	$look
	end "$pid"
	if has DAEMONIZE_FOREGROUND; then
		how=-f
		rm report
		dz -f "$@" "$P" -e 0 "$T/report"
		status 0 "$how"
		appeared
		$look
	fi
	if has DAEMONIZE_RESTART && has DAEMONIZE_FOREGROUND; then
		how="-f -rr"
		rm report
		dz -f -rr "$@" "$P" -e 0 "$T/report"
		status 0 "$how"
		appeared
		$look
	fi
	if has DAEMONIZE_RESTART; then
		how=-r
		start -r -R 0 "$@"
		supervisor=$(get ppid)
		$look
		again=$pid
		rm report
		kill -KILL "$pid"
		"$bin/waitfor" file report || fail "it is not started again"
		pid=$(get pid)
		[ "$pid" != "$again" ] || fail "the same process"
		is "$(get ppid)" "$supervisor" "its parent"
		how="-r, the second time"
		$look
		end "$supervisor"
	fi
}

# ---- --no-new-privs

no_new_privs() {
	is "$(get no_new_privs)" 1 "no_new_privs ($how)"
	[ "$how" != -r ] || is "$(sed -n 's/^NoNewPrivs:.//p' "/proc/$(get ppid)/status")" 0 "no_new_privs of the supervisor"
}
t_no_new_privs() {
	start
	is "$(get no_new_privs)" 0 "no_new_privs without it"
	end "$pid"
	each no_new_privs --no-new-privs
}
check "--no-new-privs" t_no_new_privs DAEMONIZE_NO_NEW_PRIVS

t_set_id() {
	cp "$P" suid
	chmod 4755 suid
	dz -u 4321 "$T/suid" "$T/report"
	status 0
	appeared
	[ "$(get uid)" = "4321 0 0" ] || skip "nothing is set-user-ID on this file system"
	kill -KILL "$pid"
	"$bin/waitfor" end "$pid"
	rm report
	dz -u 4321 --no-new-privs "$T/suid" "$T/report"
	status 0
	appeared
	is "$(get uid)" "4321 4321 4321" "uid of a set-user-ID program"
}
check "... so that a set-user-ID program is none" t_set_id DAEMONIZE_NO_NEW_PRIVS DAEMONIZE_USER +root

# ---- shares of the machine

oom_score() { is "$(get oom_score_adj)" 300 "oom_score_adj ($how)"; }
t_oom_score() {
	each oom_score --oom-score 300
	start --oom-score 1000
	is "$(get oom_score_adj)" 1000 "the most"
}
check "--oom-score" t_oom_score DAEMONIZE_OOM_SCORE

t_oom_score_less() {
	dz --oom-score -1000 "$P" "$T/report"
	if [ "$st" = 0 ]; then
		appeared
		is "$(get oom_score_adj)" -1000 "oom_score_adj"
		end "$pid"
	else
		fails 1 "daemonize: oom score: -1000: *"
	fi
	for score in 1001 -1001 +1 -- - 1.5 1x 99999999999999999999; do
		dz --oom-score "$score" "$P" "$T/report"
		fails 2 "daemonize: --oom-score: $score: not a number from -1000 to 1000"
	done
}
check "... never, where it may; what is no such number" t_oom_score_less DAEMONIZE_OOM_SCORE

t_oom_score_user() {
	start --oom-score 200 -u 4321
	is "$(get oom_score_adj)|$(get uid)" "200|4321 4321 4321" "oom_score_adj and uid"
}
check "... of another user's program" t_oom_score_user DAEMONIZE_OOM_SCORE DAEMONIZE_USER +root

sched() { is "$(get sched)" "5 0" "policy and priority ($how)"; }
t_sched() {
	each sched --sched idle
	start --sched batch
	is "$(get sched)" "3 0" batch
	end "$pid"
	start --sched other
	is "$(get sched)" "0 0" other
}
check "--sched" t_sched DAEMONIZE_SCHED

t_sched_realtime() {
	PRE=
	if ! chrt -f 1 true 2>/dev/null; then
		dz --sched fifo:1 "$P" "$T/report"
		fails 1 "daemonize: sched: fifo:1: *"
		return
	fi
	for policy in fifo:1:1 fifo:99:1 rr:7:2; do
		number=${policy##*:} policy=${policy%:*}
		start --sched "$policy"
		is "$(get sched)" "$number ${policy#*:}" "$policy"
		end "$pid"
	done
}
check "... of real time, where it may" t_sched_realtime DAEMONIZE_SCHED +chrt

t_sched_user() {
	setpriv --reuid 4321 --clear-groups true 2>/dev/null || skip "no setpriv"
	PRE="setpriv --reuid 4321 --clear-groups"
	dz --sched rr:5 "$P" "$T/report"
	fails 1 "daemonize: sched: rr:5: *"
	PRE=
	chrt -r 5 true 2>/dev/null || skip "no real time here"
	has DAEMONIZE_USER || skip "DAEMONIZE_USER is off"
	start -u 4321 --sched rr:5
	is "$(get sched)|$(get uid)" "2 5|4321 4321 4321" "policy and uid"
}
check "... which is set before the user's rights are all that is left" t_sched_user DAEMONIZE_SCHED +root +setpriv +chrt

t_sched_bad() {
	for text in fifo rr fifo: fifo:0 fifo:100 rr:-1 rr:x idle:1 other:0 batch: : - deadline FIFO 1 fifo:1:1 "rr 1"; do
		dz --sched "$text" "$P" "$T/report"
		fails 2 "daemonize: --sched: $text: not other, *"
	done
}
check "... what is no policy" t_sched_bad DAEMONIZE_SCHED

ionice() { is "$(get ionice)" "2 6" "class and level ($how)"; }
t_ionice() {
	start
	is "$(get ionice)" "0 0" "without it"
	end "$pid"
	each ionice --ionice best-effort:6
	start --ionice best-effort
	is "$(get ionice)" "2 4" "best-effort"
	end "$pid"
	start --ionice idle
	is "$(get ionice)" "3 0" "idle"
	end "$pid"
	dz --ionice realtime:1 "$P" "$T/report"
	if [ "$st" = 0 ]; then
		appeared
		is "$(get ionice)" "1 1" "realtime"
	else
		fails 1 "daemonize: ionice: realtime:1: *"
	fi
}
check "--ionice" t_ionice DAEMONIZE_IONICE +ionice

t_ionice_bad() {
	for text in realtime:8 best-effort: best-effort:-1 idle:0 none : - be 2 realtime:1:1 Idle; do
		dz --ionice "$text" "$P" "$T/report"
		fails 2 "daemonize: --ionice: $text: not realtime, *"
	done
}
check "... what is no class" t_ionice_bad DAEMONIZE_IONICE

cpus() { is "$(get cpus)" "$last" "CPUs ($how)"; }
t_cpus() {
	start
	all=$(get cpus) last=${all##* }
	end "$pid"
	each cpus --cpus "$last"
	# shellcheck disable=SC2086
	is "$(start --cpus "$(echo $all | tr ' ' ,)"; get cpus)" "$all" "all of them"
	# shellcheck disable=SC2086
	set -- $all
	[ $# -gt 1 ] || return 0
	[ $(($2 - $1)) = 1 ] || return 0
	start --cpus "$1-$2"
	is "$(get cpus)" "$1 $2" "a range"
}
check "--cpus" t_cpus DAEMONIZE_CPUS

t_cpus_bad() {
	for list in , 0, ,0 0-, 1-0 -1 - 0-1- x 0x1 8192 0,8192 99999999999999999999 "0 1" 0:1; do
		dz --cpus "$list" "$P" "$T/report"
		fails 2 "daemonize: --cpus: $list: not a list of CPUs"
	done
	start
	all=$(get cpus)
	end "$pid"
	rm report
	for list in 8191 "${all%% *},8191" 8000-8191; do
		dz --cpus "$list" "$P" "$T/report"
		fails 1 "daemonize: cpus: $list: *"
	done
}
check "... what is no list, or has a CPU that is not there" t_cpus_bad DAEMONIZE_CPUS

# ---- the command line

# long name, symbol, an argument or "-"
rows="no-new-privs:DAEMONIZE_NO_NEW_PRIVS:- oom-score:DAEMONIZE_OOM_SCORE:300 sched:DAEMONIZE_SCHED:idle
	ionice:DAEMONIZE_IONICE:idle cpus:DAEMONIZE_CPUS:0"

t_arguments() {
	for row in $rows; do
		name=${row%%:*} symbol=${row#*:} argument=${row##*:}
		symbol=${symbol%%:*}
		if ! has "$symbol"; then
			dz "--$name" "$P" "$T/report"
			fails 2 "daemonize: --$name: not built in ($symbol)"
		elif [ "$argument" = - ]; then
			dz "--$name=1" "$P" "$T/report"
			fails 2 "daemonize: --$name: takes no argument"
		else
			dz "--$name"
			fails 2 "daemonize: --$name: needs an argument"
			dz "--$name=" "$P" "$T/report"
			fails 2 "daemonize: --$name: : empty"
			dz "--$name=x,y" "$P" "$T/report"
			fails 2 "daemonize: --$name: x,y: *"
		fi
	done
}
check "each is known by its name, also without long options; not built in says so" t_arguments

done_testing
