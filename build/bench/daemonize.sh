#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# daemonize.sh: daemonize beside what else does its jobs, in one run: lines a
# second to the log, memory of what stays behind, system calls, starts. As root,
# after "make"; rsyslog comes from "make deps". From the environment: O, the
# output folder; LINES (1000000); STARTS (500).
# shellcheck disable=SC2154,SC2086,SC2016,SC1091

. "$(dirname "$0")/room.sh"
lines=${LINES:-1000000} starts=${STARTS:-500}
daemonize=$bin/daemonize

# A program that writes line by line, and one that writes many at once.
util_linux() { "$bin/actor" lines -n "$lines" $1 | logger -t actor; }
busybox_logger() { "$bin/actor" lines -n "$lines" $1 | busybox logger -t actor; }
daemonize_S() { "$daemonize" -f -S "$bin/actor" lines -n "$lines" $1; }

throughput() {
	row "lines a second, $lines of them to $1" "one by one" "in blocks"
	for way in util_linux busybox_logger daemonize_S; do
		timed $way ""
		single=$(rate "$lines" $took)
		timed $way -b
		case $way in
		util_linux) name="program | logger (util-linux)" ;;
		busybox_logger) name="program | busybox logger" ;;
		*) name="daemonize -f -S program" ;;
		esac
		row "  $name" "$single" "$(rate "$lines" $took)"
	done
}

if [ -x "$O/logdaemons/rsyslogd" ]; then
	rsyslog_start 'asyncWriting="on" flushOnTXEnd="off" flushInterval="1"'
	throughput "rsyslog"
	kill "$logd"
	"$bin/waitfor" end "$logd"
	rm -f "$T/log"
fi
logd_start
throughput "a bare reader"
logd exit
rm -f log

row "resident with -S -r, kB" "PSS" "private dirty"
logd_start
mkfifo go
"$daemonize" -S -r -p "$T/pid" sh -c '"$1" lines -n 1000; while read -r n <>"$0/go"; do "$1" lines -n "$n" -m "$0/mark"; done' "$T" "$bin/actor"
logged 'line 1000$'
supervisor=$("$bin/waitfor" lock pid)
# a second one running, as on a board: the file's pages are shared
"$daemonize" -S -r -p "$T/pid2" "$bin/actor" say 'other\n'
logged 'other$'
memory "after 1,000 lines" "$supervisor"
memory "... another that has said one" "$("$bin/waitfor" lock pid2)"
logd close
echo 3000 >go
"$bin/waitfor" file mark
memory "in an outage" "$supervisor"
logd bind
logged 'line 3000$'
rm mark
memory "after it" "$supervisor"
echo "$lines" >go
"$bin/waitfor" -t 100 file mark
logged "line $lines\$"
memory "after $lines lines" "$supervisor"

if command -v strace >/dev/null; then
	row "system calls" "" ""
	timeout -s INT 10 strace -f -o trace -p "$supervisor" 2>/dev/null || :
	row "  in 10 idle seconds" "$(grep -c -v -e restart_syscall -e detached -e 'ppoll.*unfinished' -e '^[0-9]* *ppoll([^)]*$' trace || :)" "$(head -n 1 trace | cut -c1-60)"
	rm -f mark
	for how in "-u 300" "-b"; do
		rm -f pid3 mark
		mkfifo go3
		# shellcheck disable=SC2016
		"$daemonize" -S -p "$T/pid3" sh -c 'read x <>"$0/go3"; exec "$1" lines -n 3000 -m "$0/mark" $2 -k' "$T" "$bin/actor" "$how"
		three=$("$bin/waitfor" lock pid3)
		strace -c -o trace -p "$three" 2>strace.err &
		strace=$!
		"$bin/waitfor" text strace.err attached
		echo >go3
		"$bin/waitfor" -t 30 file mark
		pause
		kill -INT $strace
		wait $strace || :
		calls=$(awk '$NF == "total" { print $4 }' trace)
		row "  for 3,000 lines, $how" "$calls" "$(awk -v c="$calls" 'BEGIN { printf "%.2f a line", c / 3000 }')"
		kill "$three"
		"$bin/waitfor" end "$three"
		rm go3
	done
fi
kill "$supervisor" "$("$bin/waitfor" lock pid2)"

# A start returns when the program runs; what it started is ended in between.
one_start() {	# COMMAND...
	n=$starts
	while [ $n -gt 0 ]; do
		n=$((n - 1))
		"$@" >/dev/null 2>&1 || :
	done
}
row "starts of /bin/true, $starts of them" "a second" ""
true=$(command -v true)
[ "${true#/}" != "$true" ] || true=/bin/true
timed one_start "$daemonize" "$true"
row "  daemonize" "$(rate "$starts" $took)"
timed one_start "$daemonize" -O -p "$T/pid4" "$true"
row "  daemonize -p" "$(rate "$starts" $took)"
timed one_start "$daemonize" -S "$true"
row "  daemonize -S" "$(rate "$starts" $took)"
timed one_start setsid -f "$true"
row "  setsid -f (util-linux)" "$(rate "$starts" $took)"
if command -v start-stop-daemon >/dev/null; then
	timed one_start start-stop-daemon -S -b -o -x "$true"
	row "  start-stop-daemon -S -b -x (dpkg)" "$(rate "$starts" $took)"
fi
timed one_start busybox start-stop-daemon -S -b -o -x "$true"
row "  busybox start-stop-daemon -S -b -x" "$(rate "$starts" $took)"
