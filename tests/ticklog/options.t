#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog's options: what is refused, and what -m shows.
# shellcheck disable=SC2154
NEEDS="TICKLOG +apart"
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

t_intervals() {
	own_dev
	for bad in 0 0.0 0.000 -1 1e9 1000000000 2678401 99999999999999999999 0.0001 1.0005 abc 1s 1,5 .5 1. 1.. 1.2.3 ' 1' '1 ' +1 0x10; do
		tl -i "$bad" -n 1
		case $bad in
		1.) [ "$st" = 0 ] || fails_usage "ticklog: -i: 1.: not *" ;;
		*) fails_usage "ticklog: -i: $bad: not seconds from 0.001 to 2678400" ;;
		esac
	done
	for bad in -1 1e9 abc 2678401 2678400.001 2678400.999 0.0001; do
		tl -d "$bad" -n 1
		fails_usage "ticklog: -d: $bad: not seconds from 0 to 2678400"
	done
	tl -i 2678400.001 -n 1
	fails_usage "ticklog: -i: 2678400.001: not seconds from 0.001 to 2678400"
	tl -i '' -n 1
	fails_usage "ticklog: -i: : empty"
	tl -n 1 -i
	fails_usage "ticklog: -i: needs an argument"
}
check "intervals and delays that are none" t_intervals TICKLOG_COUNT

t_without_pidfile() {
	own_dev
	for option in -O "-t 5"; do
		# shellcheck disable=SC2086
		tl $option -n 1
		fails_usage "ticklog: ${option% *}: needs -p FILE"
	done
	if has TICKLOG_COMMAND; then
		tl -n 1 -- ''
		fails_usage "ticklog: COMMAND: its name is empty"
	fi
}
check "-O and -t without -p; a command without a name" t_without_pidfile TICKLOG_COUNT DAEMONIZE_ALREADY DAEMONIZE_TIMEOUT

t_good_intervals() {
	logd_start
	for good in 0.001 0.01 0.1 0.25 0.125 1 2678400; do
		tl -i "$good" -d 0 -n 1
		status 0 "-i $good"
		logged 'ended: 1 beats'
		logd forget
	done
	for good in 0 0.001 0.05 0.100; do
		tl -d "$good" -n 1
		status 0 "-d $good"
		logged 'ended: 1 beats'
		logd forget
	done
}
check "intervals and delays that are some" t_good_intervals TICKLOG_COUNT

t_counts() {
	own_dev
	for bad in 0 -1 abc 1.5 99999999999; do
		tl -n "$bad"
		fails_usage "ticklog: -n: $bad: not a number of beats"
	done
}
check "-n: what is no count" t_counts TICKLOG_COUNT

t_operand() {
	own_dev
	tl -n 1 true
	fails_usage "ticklog: true: not built in (TICKLOG_COMMAND)"
}
has TICKLOG_COMMAND || check "a command where that is not built in" t_operand TICKLOG_COUNT

t_unknown() {
	own_dev
	for letter in x w S r o E D 1; do
		tl -$letter
		fails_usage "ticklog: -$letter: unknown option*"
	done
	tl --none
	fails_usage "ticklog: --none: unknown option*"
}
check "options that are daemonize's alone" t_unknown LONG_OPTIONS

t_not_built_in() {
	own_dev
	for pair in n:TICKLOG_COUNT e:TICKLOG_EXCEPTIONS m:TICKLOG_MESSAGE l:TICKLOG_FIELDS T:TICKLOG_TAG s:TICKLOG_TAG c:DAEMONIZE_CHDIR \
			u:DAEMONIZE_USER p:DAEMONIZE_PIDFILE f:DAEMONIZE_FOREGROUND K:DAEMONIZE_STOP k:DAEMONIZE_STOP \
			Q:DAEMONIZE_STATUS t:DAEMONIZE_TIMEOUT O:DAEMONIZE_ALREADY q:DAEMONIZE_QUIET v:DAEMONIZE_VERBOSE; do
		has "${pair#*:}" && continue
		tl "-${pair%:*}" 1
		fails_usage "ticklog: -${pair%:*}: not built in (${pair#*:})"
	done
}
check "what is not built in says so" t_not_built_in

t_usage() {
	own_dev
	tl --help
	status 0
	like "$(head -n 1 out)" "usage: ticklog \[OPTION\]...*" "usage"
	# each letter of the table is in it, and no other
	sed -n 's/^  \(-.*\)/\1/p' out | grep -o '^-[A-Za-z0-9]' | sort -u >shown
	for letter in $(cat shown); do
		tl "$letter" --none --none
		! grep -q -- "$letter: unknown" err || fail "$letter is shown and unknown"
	done
	for letter in i d n e l m T s c u p f K k Q t O q v; do
		tl "-$letter" --none --none
		grep -q 'not built in' err || grep -q -- "^-$letter$" shown || fail "-$letter is not shown"
	done
	all_gone
}
check "the usage text has what the parser takes" t_usage BOX_USAGE

# message TEXT: sets got, what a beat with it logs
message() {
	logd forget
	tl -m "$1" -i 0.05 -d 0 -n 1
	status 0 "-m $1"
	logged 'ended: 1 beats'
	got=$(texts | head -n 1)
}

t_conversions() {
	date -d 2026-11-22T05:15:00+05:45 +%s >/dev/null 2>&1 || skip "a date that reads no ISO 8601"
	logd_start
	TZ=XYZ-5:45
	export TZ
	message 'a%%b %n'
	is "$got" "a%b 1" "%% %n"
	before=$(date +%s)
	message '%z'
	between "%z" "$(date -d "$got" +%s)" "$before" $((before + 3))
	like "$got" "20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]+05:45" "%z"
	before=$(date +%s)
	message '%t'
	like "$got" "[SMTWF][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] ??:??:?? 20[0-9][0-9]" "%t"
	between "%t" "$(TZ=XYZ-5:45 date -d "$got" +%s)" "$before" $((before + 3))
	is "${got%% *}" "$(TZ=XYZ-5:45 date -d "$got" +%a)" "its day of the week"
	TZ=ABC3 message '%z'
	like "$got" "*-03:00" "%z west of Greenwich"
	unset TZ
	up=$(cut -d . -f 1 /proc/uptime)
	message 'up %u.'
	between "%u" "$(echo "$got" | sed 's/^up //; s/\.$//' | awk '{ n = split($0, d, "d "); h = d[n]; split(h, t, ":")
		print (n > 1 ? d[1] * 86400 : 0) + t[1] * 3600 + t[2] * 60 + t[3] }')" "$up" $((up + 3))
	message "$(printf 'two\tthree')"
	is "$got" 'two^Ithree' "a control character"
	message '<2>bad %n'
	is "$got" 'bad 1' "a level of its own"
	is "$(count '<26>.*: bad 1')" 1 "its level"
}
check "-m: %% %n %t %z %u" t_conversions TICKLOG_MESSAGE TICKLOG_COUNT SYSLOG_LOCAL_TIME +date

t_days() {
	logd_start
	for pair in "$((86400 * 3 + 3723)) 3d 1:02:" "$((86400 * 400)) 400d 0:00:"; do
		unshare --time --boottime $((${pair%% *} - $(cut -d . -f 1 /proc/uptime))) --fork true 2>/dev/null || skip "no time namespace"
		logd forget
		unshare --time --boottime $((${pair%% *} - $(cut -d . -f 1 /proc/uptime))) --fork \
			"$T/ticklog" -f -m 'up %u' -d 0 -n 1
		logged ": up ${pair#* }[0-9][0-9]\$"
	done
}
check "%u after days" t_days TICKLOG_MESSAGE TICKLOG_COUNT DAEMONIZE_FOREGROUND

t_proc() {
	logd_start
	message 'load %l, free %a'
	like "$got" "load [0-9]*.[0-9][0-9] [0-9]*.[0-9][0-9] [0-9]*.[0-9][0-9], free [0-9]* kB" "%l %a"
	tl -m '%l %a' -i 0.05 -d 0 -p pid
	logged 'ended: 1 beats'
	pause 0.5
	first=$(ls "/proc/$(cat pid)/fd" | wc -l)
	beaten 10
	is "$(ls "/proc/$(cat pid)/fd" | wc -l)" "$first" "open files"
	end_pidfile
}
check "-m: %l %a, which leave no file open" t_proc TICKLOG_LOAD TICKLOG_COUNT DAEMONIZE_PIDFILE

t_no_proc() {
	logd_start
	mount -t tmpfs proc /proc
	message '%l|%a'
	is "$got" '?|?' "without /proc"
}
check "... without /proc" t_no_proc TICKLOG_LOAD TICKLOG_COUNT

t_unknown_conversion() {
	own_dev
	for bad in %y '%' 'a %' '%%%' '%T' '%5n'; do
		tl -n 1 -m "$bad"
		fails_usage "ticklog: -m: $bad: unknown conversion"
	done
	has TICKLOG_LOAD || {
		tl -n 1 -m '%l'
		fails_usage "ticklog: -m: %l: not built in (TICKLOG_LOAD)"
	}
}
check "-m: an unknown conversion" t_unknown_conversion TICKLOG_MESSAGE TICKLOG_COUNT

t_long() {
	logd_start
	message "$(printf '%03000d' 0 | sed 's/0000000000/123456789 /g')"
	texts | grep '^1' | tr '\n' ' ' | tr -d ' ' >whole
	is "$(wc -c <whole | tr -d ' ')" 2700 "bytes of it"
}
check "-m: a long one is split at spaces, never cut" t_long TICKLOG_MESSAGE TICKLOG_COUNT

t_long_options() {
	logd_start
	tl --interval=0.05 --delay 0 --count=2 --message 'x %n' --tag=other --facility local1.debug --pidfile="$T/pid"
	status 0
	logged '<143>.* other\[[0-9]*\]: x 2$'
	tl --exceptions --interval=0.05 --delay=0 --count=2
	status 0
}
check "long options" t_long_options LONG_OPTIONS TICKLOG_COUNT TICKLOG_MESSAGE TICKLOG_TAG TICKLOG_EXCEPTIONS DAEMONIZE_PIDFILE

t_verbose() {
	logd_start
	tl -v -n 1 -d 0
	status 0
	for step in fork setsid umask chdir close timers; do
		grep -q "^ticklog: $step\($\| .\)" err || fail "no $step: $(cat err)"
	done
	tl -q -c "$T/none" -n 1
	is "$st/$(cat err)" "1/" "-q"
	# a pipe that it kept open would hold this up until the limit
	$TL -v -i 60 -p pid </dev/null 2>&1 | cat >steps_done
	grep -qx "ticklog: timers" steps_done || fail "no steps in a pipe"
	end_pidfile
}
check "-v and -q" t_verbose DAEMONIZE_VERBOSE DAEMONIZE_QUIET DAEMONIZE_CHDIR TICKLOG_COUNT STEP_UMASK STEP_CLOSE DAEMONIZE_PIDFILE

done_testing
