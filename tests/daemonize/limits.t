#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Few descriptors, many groups, output that cannot be written: whatever the status is, it is true.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS +apart"
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

# So many descriptors and no more, of which the command has none but 0 to 2.
within() { PRE="$bin/badstate -x 3 -x 4 -x 5 -x 6 -x 7 -x 8 -x 9 -l $1"; }
without() { PRE=; }

each_limit() {	# FUNCTION [ARG]...
	[ -d dev ] || logd_start
	n=3
	while [ $n -le 16 ]; do
		"$@"
		n=$((n + 1))
	done
}

each() {	# FUNCTION: with each kind of start and each limit
	for kind in "" -S -r; do
		case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
		each_limit "$@"
	done
}

# shellcheck disable=SC2086
up() { start $kind -p pid; }

lives() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null; }

here() { echo "with $n descriptors ($kind)"; }

down() {	# whatever has happened, now all of it ends
	without
	dz -K -p pid
	status 0 "-K afterwards $(here)"
	[ ! -e pid ] || fail "the pidfile is left $(here)"
	all_gone
}

few_stop() {
	[ -e pid ] || up
	within $n
	dz -K -p pid
	without
	case $st in
	0)	! lives "$pid" || fail "-K says 0 and $pid lives $(here)"
		[ ! -e pid ] || fail "the pidfile is left $(here)"
		all_gone ;;
	1)	says "daemonize: *pid: *"
		[ $n -lt 14 ] || fail "-K fails $(here): $(cat err)"
		if lives "$pid"; then [ -e pid ] || fail "it lives and the pidfile is gone $(here)"; else down; fi ;;
	*)	fail "-K: status $st $(here): $(cat err)" ;;
	esac
}
t_stop() { each few_stop; }
check "-K with 3 to 16 descriptors: 0 only when it has ended" t_stop

few_status() {
	[ -e pid ] || up
	within $n
	dz -Q -p pid
	without
	case $st in
	0)	is "$(cat out)" "running, pid $pid" "what -Q prints $(here)" ;;
	4)	says "daemonize: *pid: *"
		[ $n -lt 14 ] || fail "-Q cannot tell $(here)" ;;
	*)	fail "-Q of what runs: status $st $(here): $(cat out err)" ;;
	esac
	[ $n -lt 16 ] || down
}
t_status() { each few_status; }
check "-Q: running, or cannot tell; never dead" t_status

few_status_dead() {
	if [ ! -e pid ]; then
		up
		kill -9 "$pid"
		"$bin/waitfor" end "$pid"
	fi
	within $n
	dz -Q -p pid
	without
	case $st in 1 | 4) ;; *) fail "-Q of what is dead: status $st $(here)" ;; esac
	[ $n -lt 14 ] || status 1 "-Q of what is dead $(here)"
}
t_status_dead() { kind=''; each_limit few_status_dead; }
check "... of one that is dead: so, or cannot tell; never running" t_status_dead

few_signal() {
	[ -e pid ] || up
	rm -f report.again
	within $n
	dz -k USR1 -p pid
	without
	case $st in
	0)	"$bin/waitfor" file report.again || fail "-k says 0 and no signal came $(here)" ;;
	1)	says "daemonize: *pid: *"
		case $(cat err) in *"not running"*) fail "it runs $(here): $(cat err)" ;; esac
		[ $n -lt 14 ] || fail "-k fails $(here): $(cat err)" ;;
	*)	fail "-k: status $st $(here)" ;;
	esac
	[ $n -lt 16 ] || down
}
t_signal() { each few_signal; }
check "-k: 0 when the signal came; never \"not running\" of what runs" t_signal

few_second() {
	[ -e pid ] || up
	within $n
	# shellcheck disable=SC2086
	dz $kind -t 1 -p pid "$P" "$T/report2"
	without
	case $st in
	3) ;;
	1)	[ $n -lt 14 ] || fail "status 1 $(here): $(cat err)" ;;
	*)	fail "a second start: status $st $(here)" ;;
	esac
	[ "$(wc -l <err)" = 1 ] || fail "message $(here): $(cat err)"
	[ ! -e report2 ] || fail "a second one runs $(here)"
	is "$(cat pid)" "$pid" "the pidfile $(here)"
	[ $n -lt 16 ] || down
}
t_second() { each few_second; }
check "a second start: already running, or why it cannot tell" t_second DAEMONIZE_TIMEOUT

few_start() {
	rm -f report
	within $n
	# shellcheck disable=SC2086
	dz $kind ${delay:-} -p pid "$P" "$T/report"
	without
	case $st in
	0)	appeared
		is "$(cat pid)" "$pid" "the pidfile $(here)"
		dz -Q -p pid
		status 0 "-Q $(here)"
		[ -z "${delay:-}" ] || again
		down ;;
	1)	says "daemonize: *: *"
		[ $n -lt 16 ] || fail "it does not start $(here): $(cat err)"
		[ ! -e pid ] && [ ! -e "pid~" ] || fail "a pidfile is left $(here)"
		all_gone
		[ ! -e report ] || fail "the program ran $(here)" ;;
	*)	fail "start: status $st $(here): $(cat err)" ;;
	esac
}
t_start() { each few_start; }
check "a start: it runs, or status 1 says what failed and nothing is left" t_start

again() {
	first=$pid
	rm report
	kill -9 "$first"
	"$bin/waitfor" file report || fail "it is never started again $(here): $(tail -n 3 log)"
	pid=$(get pid)
	[ "$pid" != "$first" ] || fail "the same"
	is "$(cat pid)" "$pid" "the pidfile after the restart $(here)"
}
t_restart() {
	for kind in "-S -r" "-r"; do
		delay="-R 0"
		each_limit few_start
	done
}
check "with as many as a start needs it is started again, too" t_restart DAEMONIZE_SYSLOG DAEMONIZE_RESTART

# groups

account() {	# N: "dmn" is in so many groups of a group file of our own
	[ -e passwd ] || { echo "dmn:x:1234:2345::/:/bin/sh" >passwd; mount --bind passwd /etc/passwd; : >group; mount --bind group /etc/group; }
	awk -v n="$1" 'BEGIN { print "dmn:x:2345:"; for (i = 1; i <= n; i++) print "g" i ":x:" 3000 + i ":other,dmn" }' >group
}

groups_of() {	# PID: how many besides its own
	sed -n 's/^Groups:[[:space:]]*//p' "/proc/$1/status" | tr ' ' '\n' | grep -c '^[3-9][0-9][0-9][0-9]' || :
}

t_groups() {
	for n in 1 31 32 33 100 255 256 257 1000; do
		account $n
		start -u dmn -p pid
		is "$(groups_of "$pid")" $n "groups"
		end "$pid"
	done
}
check "256 groups, and 1,000" t_groups DAEMONIZE_USER +root +mount

few_user() {
	rm -f report
	within $n
	dz -u dmn "$P" "$T/report"
	without
	case $st in
	0)	appeared
		is "$(groups_of "$pid")" 5 "groups $(here)"
		is "$(get uid)" "1234 1234 1234" "user $(here)"
		is "$(get fds)" "0 1 2" "descriptors $(here)"
		end "$pid" ;;
	1)	says "daemonize: *"
		[ $n -lt 16 ] || fail "it does not start $(here): $(cat err)"
		case $(cat err) in *"No such"*) fail "the files are there: $(cat err)" ;; esac
		nothing_left ${logd:-} ;;
	*)	fail "status $st $(here)" ;;
	esac
}
t_user_few() {
	account 5
	kind=''
	each_limit few_user
}
check "-u with 3 to 16 descriptors: never without its groups" t_user_few DAEMONIZE_USER +root +mount

t_group_unreadable() {
	account 5
	# it can be opened, and not be read
	mount --bind /proc/1/mem /etc/group
	[ "$(cat /etc/group 2>&1 >/dev/null)" ] || skip "it can be read"
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: *"
	umount /etc/group
	mount --bind /proc/1/mem /etc/passwd
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: *"
	if has ERROR_TEXTS; then case $(cat err) in *"No such"*) fail "$(cat err)" ;; esac; fi
}
check "a group file that cannot be read is not an empty one" t_group_unreadable DAEMONIZE_USER +root +mount

t_number() {
	account 5
	start -u 4242 -p pid
	is "$(get uid)|$(get gid)" "4242 4242 4242|4242 4242 4242" "ids of a number without an entry"
	case " $(get groups) " in *" 0 "*) fail "it has root's group: $(get groups)" ;; esac
	end "$pid"
	start -u 4242:4242
	is "$(get uid)|$(get gid)" "4242 4242 4242|4242 4242 4242" "ids of 4242:4242"
}
check "-u 4242 without an entry is 4242:4242" t_number DAEMONIZE_USER +root +mount

# output

full() {	# COMMAND...: its status with a full device as stdout
	st=0
	"$@" >/dev/full 2>err </dev/null || st=$?
	[ "$st" != 0 ] || fail "$*: status 0"
}

t_full() {
	[ -c /dev/full ] || skip "no /dev/full"
	start -p pid
	full "$DZ" -Q -p pid
	status 4 "-Q"
	full "$DZ" -Q -p none
	status 4 "-Q of none"
	st=0
	"$DZ" -q -Q -p pid >/dev/full || st=$?
	status 0 "-q -Q, which prints nothing"
	for applet in daemonize ticklog pidof-session; do
		st=0
		$DB $applet --help >out 2>err || st=$?
		[ $st = 0 ] || continue
		full "$DB" $applet --help
	done
	if has BOX_VERSION; then full "$DB" --version; fi
	if has BOX_LIST; then full "$DB" --list; fi
}
check "output that cannot be written is not status 0" t_full DAEMONIZE_QUIET

done_testing
