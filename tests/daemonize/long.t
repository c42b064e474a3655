#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Long options: each means what its letter means.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE LONG_OPTIONS"
. "${0%/*}/../helpers/lib.sh"

# letter, long name, a value, symbol
options='c chdir / DAEMONIZE_CHDIR
m umask 027 DAEMONIZE_UMASK
u user 0:0 DAEMONIZE_USER
E env A=1 DAEMONIZE_ENV
i clear-env - DAEMONIZE_CLEARENV
D keep-fd 7 DAEMONIZE_KEEP
I ignore HUP DAEMONIZE_IGNORE
1 leader - DAEMONIZE_LEADER
n nice 5 DAEMONIZE_NICE
L limit nofile=64 DAEMONIZE_LIMIT
p pidfile pid DAEMONIZE_PIDFILE
l lock lock DAEMONIZE_LOCK
o stdout log DAEMONIZE_FILES
e stderr log DAEMONIZE_FILES
q quiet - DAEMONIZE_QUIET'

same() {	# the report without what differs from run to run
	sed 's/^\(pid\|pgid\|sid\|parent\|ppid\): .*/\1/' report
}

t_same() {
	export PRE="$bin/badstate -d 7"
	tested=''
	while read -r letter long value sym; do
		has "$sym" || continue
		[ "$letter" != u ] || [ "$(id -u)" = 0 ] || continue
		[ "$value" != - ] || value=
		start "-$letter" ${value:+"$value"}
		same >want
		end "$pid"
		start "--$long" ${value:+"$value"}
		same >got
		end "$pid"
		cmp -s want got || { diff want got || :; fail "--$long differs from -$letter"; }
		if [ -n "$value" ]; then
			start "--$long=$value"
			same >got
			end "$pid"
			cmp -s want got || { diff want got || :; fail "--$long= differs from -$letter"; }
		fi
		tested="$tested $letter"
	done <<-EOT
		$options
	EOT
	[ -n "$tested" ] || skip "no option is built in"
}
check "--option VALUE and --option=VALUE are -o VALUE" t_same

t_wrong() {
	while read -r letter long value sym; do
		if has "$sym"; then
			if [ "$value" = - ]; then
				dz "--$long=x" "$P" "$T/report"
				fails 2 "daemonize: --$long: takes no argument"
			else
				dz "--$long"
				fails 2 "daemonize: --$long: needs an argument"
				dz "--$long=" "$P" "$T/report"
				case $st in 1 | 2) ;; *) fail "--$long=: status $st" ;; esac
				nothing_left
			fi
		else
			dz "--$long" x "$P" "$T/report"
			fails 2 "daemonize: --$long: not built in ($sym)"
		fi
	done <<-EOT
		$options
	EOT
}
check "a missing argument, one too many, one not built in" t_wrong

t_others() {
	for row in "foreground DAEMONIZE_FOREGROUND" "verbose DAEMONIZE_VERBOSE" "dry-run DAEMONIZE_VERBOSE"; do
		has "${row#* }" || continue
		dz "--${row% *}" "$T/none"
		case $st in 127) [ "${row% *}" != dry-run ] ;; 0) [ "${row% *}" = dry-run ] ;; *) false ;; esac ||
			fail "--${row% *}: status $st: $(cat err)"
		dz "--${row% *}=1" "$T/none"
		status 2
	done
}
check "--foreground --verbose --dry-run" t_others

t_running_ok() {
	start --pidfile pid
	dz --running-ok --pidfile=pid "$P" "$T/second"
	status 0
	[ ! -e second ] || fail "a second one"
}
check "--running-ok" t_running_ok DAEMONIZE_ALREADY DAEMONIZE_PIDFILE

t_value_messages() {
	dz --umask=9 "$P" "$T/report"
	fails 2 "daemonize: --umask: 9: not an octal mask"
	dz --umask 9 "$P" "$T/report"
	fails 2 "daemonize: --umask: 9: not an octal mask"
}
check "messages name the option as it was given" t_value_messages DAEMONIZE_UMASK

t_equals() {
	start --env=A=b=c --env "B=="
	is "$(env_of A)|$(env_of B)" "b=c|=" "values"
}
check "only the first = separates" t_equals DAEMONIZE_ENV

done_testing
