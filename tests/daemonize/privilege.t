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
	if has DAEMONIZE_RESTART && has DAEMONIZE_STOP; then
		how=-r
		start -r -R 0 -p pid "$@"
		$look
		again=$pid
		rm report
		kill -KILL "$pid"
		"$bin/waitfor" file report || fail "it is not started again"
		pid=$(get pid)
		[ "$pid" != "$again" ] || fail "the same process"
		how="-r, the second time"
		$look
		dz -K -p pid
		status 0 "-K"
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

# ---- the command line

# long name, symbol, an argument or "-"
rows="no-new-privs:DAEMONIZE_NO_NEW_PRIVS:-"

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
