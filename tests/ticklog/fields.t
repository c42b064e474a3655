#!/bin/sh
# SPDX-License-Identifier: 0BSD
# ticklog -l: beats as fields, the first line's cause and the last line's counts, and
# the random part of -d.
# shellcheck disable=SC2154
NEEDS="TICKLOG +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

boot_now() { cut -c 1-8 /proc/sys/kernel/random/boot_id; }

t_fields() {
	logd_start
	boot=$(boot_now)
	tl -l -i 0.05 -d 0 -n 3
	status 0
	logged 'end n=3 '
	all_gone
	texts >lines
	sed "s/up=[0-9]* */up=N /; s/ \$//; s/ late=.* n/ n/; s/cause=[a-z]*/cause=C/" lines | sed 's/ late=[0-9.]*$//; s/ missed=[0-9]*$//' >plain
	is "$(sed -n 1p plain)" "start boot=$boot up=N cause=C" "the first line"
	for n in 1 2 3; do
		like "$(sed -n $((n + 1))p lines)" "tick n=$n boot=$boot up=[0-9]* next=0.05*" "beat $n"
	done
	like "$(sed -n 5p lines)" "end n=3 boot=$boot up=[0-9]* late=[0-9]* missed=[0-9]* lost=0" "the last line"
	is "$(wc -l <lines | tr -d ' ')" 5 "lines"
	up=$(cut -d . -f 1 /proc/uptime)
	between "up=" "$(sed -n '2s/.*up=\([0-9]*\) .*/\1/p' lines)" $((up - 10)) "$up"
	# the whole datagram
	between "its length" "$(sed -n '/tick n=1 /s/^[^<]*//p' "$T/log" | awk '{ print length($0) }')" 60 120
}
check "-l: a beat is fields, as are the first line and the last" t_fields TICKLOG_FIELDS TICKLOG_COUNT

t_found() {
	logd_start
	tl -l -i 0.3 -d 0 -p pid
	logged 'tick n=2 '
	kill -STOP "$(cat pid)"
	pause 2
	kill -CONT "$(cat pid)"
	logged 'tick n=4 '
	end_pidfile
	line=$(texts | grep 'tick n=3 ')
	like "$line" "tick n=3 boot=* up=* next=0.3* missed=[4-7]" "the beat after the stop"
	missed=${line##*missed=}
	like "$(texts | tail -n 1)" "end n=[0-9]* boot=* up=* late=[0-9]* missed=$missed lost=0" "the counts"
	is "$(count '<27>.*tick n=3 ')" 1 "its level"
}
check "-l: what a beat found stands behind it" t_found TICKLOG_FIELDS DAEMONIZE_PIDFILE

t_lost() {
	logd_start
	logd exit
	tl -l -i 0.01 -d 0 -p pid
	# the ring holds some 60 lines
	beaten 300
	logd_start
	logged ' lost=[0-9]'
	end_pidfile
	lost=$(texts | sed -n 's/^\([0-9]*\) messages* lost$/\1/p' | head -n 1)
	[ "${lost:-0}" -gt 0 ] || fail "nothing was lost"
	like "$(texts | tail -n 1)" "end n=* lost=$lost" "the count"
	# what the log had no room for is the gap in n, but for the first line
	n=$(texts | sed -n 's/^tick n=\([0-9]*\) .*/\1/p' | head -n 1)
	is $((n - 1)) $((lost - 1)) "the gap"
}
check "-l: lines that the log had no room for are told, and are the gap in n" t_lost TICKLOG_FIELDS DAEMONIZE_PIDFILE

t_quiet() {
	own_dev
	tl -l -e
	fails_usage "ticklog: -e: not with -l"
}
check "-e -l is an error" t_quiet TICKLOG_FIELDS TICKLOG_EXCEPTIONS

t_message() {
	logd_start
	tl -m '%h/%b/%x/%n' -i 0.250 -d 0 -n 1
	logged 'ended: 1 beats'
	is "$(texts | head -n 1 | cut -d ' ' -f 1)" "$(uname -n)/$(boot_now)/0.250/1" "%h %b %x"
	logd forget
	tl -l -m 'tick n=%n host=%h up=%u' -d 0 -n 1
	logged 'end n=1 '
	like "$(texts | sed -n 2p)" "tick n=1 host=\"$(uname -n)\" up=[0-9]*" "-m with -l"
}
check "%h, %b and %x in -m; -m with -l" t_message TICKLOG_FIELDS TICKLOG_MESSAGE TICKLOG_COUNT

t_host() {
	# as root a DHCP client may set any
	logd_start
	unshare --uts true || skip "no hostname of its own"
	# sethostname(2)
	printf '#!/bin/sh\nperl -e '\''exit(syscall(170, $ARGV[0], length $ARGV[0]) < 0)'\'' "$(cat name)" && exec "$@"\n' >named
	chmod +x named
	PRE="unshare --uts ./named"
	for name in 'a"b x=1' "x${newline}tick n=9" 'b\c' ''; do
		[ -n "$name" ] && shown=$(printf %s "$name" | tr '"\\\n' '???') || shown="?"
		printf %s "$name" >name
		tl -l -m 'tick host=%h end' -d 0 -n 1
		status 0
		logged "tick host=\"$shown\" end"
		logd forget
	done
}
check "... a host's name with anything in it stays within its quotes" t_host TICKLOG_FIELDS TICKLOG_MESSAGE TICKLOG_COUNT +root +perl +unshare

t_quoted() {
	logd_start
	tl -l -m 'a=%t b=%z c=%n d=%b e=%x f=%%' -d 0 -n 1
	logged 'end n=1 '
	like "$(texts | sed -n 2p)" 'a="[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] *:*:* 20[0-9][0-9]" b=20[!" ]* c=1 d=[!" ]* e=60 f=%' "a line"
	logd forget
	tl -m '%t %h' -d 0 -n 1
	logged 'ended: 1 beats'
	is "$(texts | grep -c '"')" 0 "quotes without -l"
}
check "-l: what may have spaces is in quotes" t_quoted TICKLOG_FIELDS TICKLOG_MESSAGE TICKLOG_COUNT

t_quoted_load() {
	logd_start
	tl -l -m 'load=%l free=%a' -d 0 -n 1
	logged 'end n=1 '
	like "$(texts | sed -n 2p)" 'load="[0-9.]* [0-9.]* [0-9.]*" free="[0-9]* kB"' "a line"
}
check "-l: load and memory too" t_quoted_load TICKLOG_FIELDS TICKLOG_LOAD TICKLOG_COUNT

# The longest line without extras: 31 days, and numbers that do not get longer on a board.
t_length() {
	logd_start
	tl -l -i 2678399.999 -d 0 -p pid
	logged 'tick n=1 '
	line=$(sed -n '/tick n=1 /s/^[^<]*//p' "$T/log")
	end_pidfile
	longest=$(echo "$line" | sed 's/\[[0-9]*\]/[4194304]/; s/n=1 /n=2147483647 /; s/up=[0-9]* /up=2147483647 /')
	like "$longest" "<30>*ticklog\[4194304\]: tick n=2147483647 boot=???????? up=2147483647 next=2678399.999" "the longest"
	between "its length" "${#longest}" 90 120
}
check "-l: no line is longer than 120 bytes" t_length TICKLOG_FIELDS DAEMONIZE_PIDFILE

# The same boot and a smaller n: started again in one boot, which is no reboot.
t_again() {
	logd_start
	tl -l -i 0.05 -d 0 -n 3
	logged 'end n=3 '
	first=$(texts | sed -n 's/^start boot=\([^ ]*\) .*/\1/p')
	logd forget
	tl -l -i 0.05 -d 0 -n 2
	logged 'end n=2 '
	is "$(texts | sed -n 's/^start boot=\([^ ]*\) .*/\1/p')" "$first" "the boot"
	is "$(texts | sed -n 's/^tick n=\([0-9]*\) .*/\1/p' | tr '\n' ' ')" "1 2 " "the numbers"
}
check "-l: started again in one boot: the same boot, and numbers from 1" t_again TICKLOG_FIELDS TICKLOG_COUNT

t_off() {
	own_dev
	tl -m %b
	fails_usage "ticklog: -m: %b: not built in (TICKLOG_FIELDS)"
	tl -l
	fails_usage "ticklog: -l: not built in (TICKLOG_FIELDS)"
}
has TICKLOG_FIELDS || check "what needs TICKLOG_FIELDS says so" t_off TICKLOG_MESSAGE

# cause WANTED: what ticklog tells with the files under sys
cause() {
	logd forget
	tl -l -d 0 -n 1
	status 0
	logged 'end n=1 '
	like "$(texts | head -n 1)" "start boot=* up=* cause=$1" "$2"
}

t_cause() {
	logd_start
	mount -t tmpfs tmpfs /sys || skip "no mounts"
	cause unknown "an empty /sys"
	mkdir -p /sys/class/watchdog/watchdog0 /sys/class/watchdog/watchdog3 /sys/fs/pstore
	echo 0 >/sys/class/watchdog/watchdog0/bootstatus
	echo 0 >/sys/class/watchdog/watchdog3/bootstatus
	cause unknown "no bits"
	# what any warm start leaves is no crash
	: >/sys/fs/pstore/console-ramoops-0
	cause unknown "a console's record"
	: >/sys/fs/pstore/dmesg-ramoops-0
	cause crash "a crash's record"
	# linux/watchdog.h, WDIOF_...
	for pair in 1:overheat 16:power 64:power 32:watchdog 33:watchdog 17:overheat 32768:crash 4294967296:crash x:crash; do
		echo "${pair%:*}" >/sys/class/watchdog/watchdog3/bootstatus
		cause "${pair#*:}" "bits ${pair%:*}"
	done
	rm /sys/fs/pstore/dmesg-ramoops-0
	rm -r /sys/class/watchdog/watchdog0
	echo 32 >/sys/class/watchdog/watchdog3/bootstatus
	cause watchdog "the fourth alone"
	# many entries: more than one look
	echo 0 >/sys/class/watchdog/watchdog3/bootstatus
	for i in $(seq 100); do : >"/sys/fs/pstore/console-$i"; done
	: >/sys/fs/pstore/dmesg-efi-1
	cause crash "among a hundred others"
}
check "-l: why the board started, by its watchdogs and pstore" t_cause TICKLOG_FIELDS TICKLOG_COUNT +root

t_nothing_open() {
	logd_start
	tl -l -i 10 -d 0 -p pid
	logged 'tick n=1 '
	for fd in /proc/"$(cat pid)"/fd/*; do
		case $(readlink "$fd") in /sys* | */boot_id) fail "$fd is $(readlink "$fd")" ;; esac
	done
	end_pidfile
}
check "-l: nothing of that stays open" t_nothing_open TICKLOG_FIELDS DAEMONIZE_PIDFILE

t_calls() {
	logd_start
	PRE="strace -s 200 -o trace" tl -f -l -i 0.02 -d 0 -n 50
	logged 'end n=50 '
	# from the send of one beat to that of another; each poll that found nothing new is a call more
	awk '/tick n=10 /{ on = 1 } /tick n=40 /{ on = 0 } on { print }' trace >calls
	between "calls in 30 beats" "$(grep -vc 'ppoll.*Timeout' calls)" 90 95
}
check "-l: three calls a beat" t_calls TICKLOG_FIELDS TICKLOG_COUNT DAEMONIZE_FOREGROUND +strace

t_spread_bad() {
	own_dev
	for bad in "3," ,3 3,x 3,-1 3,1,2 3,2678401 3,0.0001 x,3; do
		tl -d "$bad" -n 1
		fails_usage "ticklog: -d: $bad: not seconds from 0 to 2678400"
	done
	tl -d 2678400,0.001 -n 1
	fails_usage "ticklog: -d: 2678400,0.001: more than 2678400 seconds"
}
check "-d SECS,SPREAD: what is none" t_spread_bad TICKLOG_SPREAD TICKLOG_COUNT

t_spread() {
	logd_start -t
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		start_ms=$(boot_ms)
		tl -m first -d 0.1,0.8 -n 1 -f
		logged "ended: 1 beats"
		echo $(($(sed -n 1p "$T/log.times") - start_ms)) >>delays
		logd forget
		: >"$T/log.times"
	done
	sort -n delays >sorted
	between "the shortest" "$(head -n 1 sorted)" 90 1000
	between "the longest" "$(tail -n 1 sorted)" 90 1500
	# twelve within a quarter of the spread: once in a million runs
	between "from the shortest to the longest" $(($(tail -n 1 sorted) - $(head -n 1 sorted))) 200 1400
}
check "-d SECS,SPREAD: up to so many seconds more" t_spread TICKLOG_SPREAD TICKLOG_MESSAGE TICKLOG_COUNT DAEMONIZE_FOREGROUND

t_spread_none() {
	logd_start -t
	start_ms=$(boot_ms)
	tl -d 0.2,0 -n 1 -f
	logged "ended: 1 beats"
	between "the first beat" $(($(sed -n 1p "$T/log.times") - start_ms)) 199 2500
}
check "-d SECS,0 spreads nothing" t_spread_none TICKLOG_SPREAD TICKLOG_COUNT DAEMONIZE_FOREGROUND

t_spread_off() {
	own_dev
	tl -d 3,57 -n 1
	fails_usage "ticklog: -d: 3,57: not built in (TICKLOG_SPREAD)"
}
has TICKLOG_SPREAD || check "-d SECS,SPREAD where that is not built in" t_spread_off TICKLOG_COUNT

done_testing
