#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog: what it drops after its start, and that it does its work all the same.
# shellcheck disable=SC2034,SC2154
NEEDS="TICKLOG TICKLOG_DROP DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

of() { sed -n "s/^$1:[[:space:]]*0*//p" "/proc/$pid/status"; }

dropped() {	# WHAT-IS-LEFT
	pid=$(cat "${2:-pid}")
	is "$(of CapEff)|$(of CapPrm)|$(of CapInh)|$(of CapAmb)" "$1|$1||" "its capabilities"
	is "$(of NoNewPrivs)" 1 "NoNewPrivs"
}

t_drop() {
	logd_start
	chmod 755 .
	tl -i 60 -d 0 -p pid
	status 0
	dropped ""
	is "$(of Uid | tr '\t' ' ')" " $(id -u) $(id -u) $(id -u)" "its user" || true
	logged ': tick 1: '
	logd close
	logd bind
	kill -HUP "$pid"
	kill -USR1 "$pid"
	logged ': tick 2: '
	kill "$pid"
	logged 'ended by signal TERM: 2 beats'
	"$bin/waitfor" end "$pid" || fail "it does not end"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "no capability and no way to one; log, signals and pidfile as before" t_drop

t_absolute() {
	logd_start
	mkdir -m 755 run
	tl -i 60 -d 0 -p "$T/run/pid" -f >out 2>err &
	"$bin/waitfor" file run/pid || fail "no pidfile"
	logged ': tick 1: '
	dropped "" run/pid
	end "$pid"
	[ ! -e run/pid ] || fail "the pidfile is left"
}
check "... by an absolute name, in the foreground" t_absolute DAEMONIZE_FOREGROUND

t_strange() {
	logd_start
	mkdir -m 755 run
	chown 4321 run
	tl -i 60 -d 0 -p run/pid
	status 0
	dropped 2 run/pid
	end "$pid"
	[ ! -e run/pid ] || fail "the pidfile is left"
	tl -i 60 -d 0 -p "$T/run/pid"
	status 0
	dropped 2 run/pid
	end "$pid"
	[ ! -e run/pid ] || fail "the pidfile is left"
}
check "... what it needs to remove a pidfile from another user's directory it keeps" t_strange +root

t_user() {
	logd_start
	mkdir -m 755 run
	chown 4321 run
	tl -i 60 -d 0 -u 4321 -p run/pid
	status 0
	dropped "" run/pid
	end "$pid"
	[ ! -e run/pid ] || fail "the pidfile is left"
}
check "... and it starts as a user without any" t_user DAEMONIZE_USER +root

t_command() {
	logd_start
	tl -i 60 -d 0 -p pid -- grep -e CapEff -e NoNewPrivs /proc/self/status
	status 0
	pid=$(cat pid)
	logged "CapEff:.*$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)"
	logged "NoNewPrivs:.*0"
	end "$pid"
}
check "a command has what it was started with" t_command TICKLOG_COMMAND

t_refused() {
	logd_start
	"$bin/seccomp" enosys=capset /bin/true || skip "no filters here"
	for deed in enosys=capset eperm=capset,capget einval=prctl enosys=prctl,capget; do
		PRE="$bin/seccomp $deed"
		tl -i 60 -d 0 -p pid
		status 0 "where $deed"
		logged ': tick 1: '
		end_pidfile
		logd forget
	done
}
check "where it cannot be dropped it beats all the same" t_refused

done_testing
