# SPDX-License-Identifier: 0BSD
# For tests with a log daemon, after lib.sh and in a test that is +apart: a /dev of
# its own, so that this machine's log is never touched, and the daemons themselves.
# HELPERS="logd owndev actor" before lib.sh.
# shellcheck shell=sh disable=SC2154

own_dev() {
	"$bin/owndev" "$T/dev"
	# as the kernel has it; systemd raises it
	echo 10 >/proc/sys/net/unix/max_dgram_qlen 2>/dev/null || true
}

# logd, the daemon that does what it is told (logd.c)

logd_start() {	# [-s]
	[ -d "$T/dev" ] || own_dev
	rm -f "$T/commands" "$T/answers"
	mkfifo "$T/commands" "$T/answers"
	"$bin/logd" "$@" "$T/commands" "$T/answers" /dev/log "$T/log" &
	logd=$!
	read -r answer <"$T/answers"
}

# The answers are held open meanwhile: one that nobody has open is gone with logd's end.
# shellcheck disable=SC2034
logd() {	# COMMAND...: sets answer
	{
		echo "$*" >"$T/commands"
		read -r answer
	} <>"$T/answers"
	[ "$1" != exit ] || { "$bin/waitfor" end "$logd"; rm "$T/commands" "$T/answers"; }
}

logd_full() {	# a stream that accepts nobody, with no room for one more to wait
	logd_start -s
	logd stop
	logd fill
	[ "$answer" -gt 0 ] || fail "its backlog is not full"
}

logged() {	# RE [SECONDS]: a line of the log matches; waits for it
	"$bin/waitfor" -t "${2:-10}" match "$T/log" "$1" ||
		fail "the log has no '$1': $(tail -n 20 "$T/log" 2>/dev/null)"
}

soon() {	# CONDITION [SECONDS]: it comes true (30); its own words, so none of "$1"
	left=$((${2:-30} * 10))
	until eval "$1"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		pause
	done
}

now() {	# hundredths of a second
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}"
}

stays_asleep() {	# PID: it makes no call but the one that it waits in, for three seconds
	strace -qq -o trace -p "$1" &
	tracer=$!
	soon "grep -q '^TracerPid:.*[1-9]' /proc/$1/status" 3 || skip "no strace here"
	pause 3
	kill $tracer
	wait $tracer || :
	[ "$(grep -c poll trace)" -le 1 ] || fail "it wakes up: $(head -n 20 trace)"
}

all_gone() {	# no process of this test but the log daemon
	"$bin/waitfor" -t 8 none "$TEST_ROOM/" "${logd:-0}" || fail "a stray process"
}

not_logged() {	# PATTERN, of what has to be there by now
	if grep -q -- "$1" "$T/log"; then fail "the log has '$1': $(grep -- "$1" "$T/log" | head -n 5)"; fi
}

keeps_few() {	# skips where a resident process cannot give the program's pages back
	grep -q '^toolchain_resident := y' "$O/include/toolchain.mk" 2>/dev/null || skip "the linker takes no order"
	[ "$(getconf PAGESIZE)" = 4096 ] || skip "its pages are larger"
}

mapped() {	# PID: the kB of the program that are
	awk -v program="$(readlink -f "$BOX")" '
		/^[0-9a-f]+-[0-9a-f]+ / { of = $6 == program }
		of && /^Rss:/ { kb += $2 }
		END { print kb + 0 }' "/proc/$1/smaps"
}

few() {	# PID: at most half of the program is mapped, once it has come to rest
	most=$(($(wc -c <"$BOX") / 2048)) looks=50
	until kb=$(mapped "$1") && [ "$kb" -gt 0 ] && [ "$kb" -le $most ]; do
		looks=$((looks - 1))
		[ $looks -gt 0 ] || fail "$kb kB of the program are mapped, not 1 to $most"
		pause
	done
}

texts() {	# [FILE]: the messages less the mark, priority, stamp, tag, and when it was said where it has waited
	sed -n 's/^[.~%] //; s/^<[0-9]*>[A-Z][a-z][a-z] [ 0-9][0-9] ..:..:.. [^ ]*: \{0,1\}//; t text
		d; :text
		s/^([A-Z][a-z][a-z] [ 0-9][0-9] ..:..:..) //; p' "${1:-$T/log}"
}

count() { grep -c -- "$1" "${2:-$T/log}" || true; }

# An end's own message may have the last of a program's lines in it.
count_lines() { grep -v 'last line' "$T/log" | grep -c -- "$1" || true; }	# RE: of a program's own

kmsg_start() {	# what is written to /dev/kmsg comes to the file "kmsg"
	mkfifo "$T/dev/kmsg"
	cat <>"$T/dev/kmsg" >"$T/kmsg" &
}

kmsg_all() {	# all that was written before has come
	# a record has no newline of its own
	printf '\nall of it\n' >"$T/dev/kmsg"
	in_kmsg "all of it"
}

in_kmsg() {	# TEXT: waits for it
	"$bin/waitfor" text "$T/kmsg" "$1" || fail "kmsg has no '$1': $(cat "$T/kmsg")"
}

# the real ones; each writes messages as they came to $T/log

# shellcheck disable=SC2120
busybox_start() {	# [OPTION]...
	[ -d "$T/dev" ] || own_dev
	busybox syslogd -n -S "$@" -O "$T/log" &
	logd=$!
	"$bin/waitfor" file /dev/log || fail "no BusyBox syslogd"
}

rsyslog_start() {	# [PARAMETERS [TEMPLATE]]
	[ -d "$T/dev" ] || own_dev
	cat >"$T/rsyslog.conf" <<END
global(workDirectory="$T" maxMessageSize="64k")
main_queue(queue.type="direct")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="/dev/log" RateLimit.Interval="0")
template(name="raw" type="string" string="${2:-%rawmsg%}\\n")
action(type="omfile" file="$T/log" template="raw" ioBufferSize="64k" ${1:-})
END
	"$O/logdaemons/rsyslogd" -n -iNONE -f "$T/rsyslog.conf" >"$T/rsyslog.out" 2>&1 &
	logd=$!
	"$bin/waitfor" file /dev/log || fail "no rsyslogd: $(cat "$T/rsyslog.out")"
}

syslog_ng_start() {	# dgram | stream
	[ -d "$T/dev" ] || own_dev
	# stats off: nothing of its own in the log
	cat >"$T/syslog-ng.conf" <<END
@version: 3.38
options { stats_freq(0); flush_lines(1); log_fifo_size(100000); keep_hostname(yes); };
source s { unix-$1("/dev/log" flags(no-parse) log_fetch_limit(100)); };
destination d { file("$T/log" template("\${MSG}\\n")); };
log { source(s); destination(d); flags(flow-control); };
END
	sed -i "s/^@version.*/@version: $("$O/logdaemons/syslog-ng" --version | sed -n 's/^Config version: //p')/" \
		"$T/syslog-ng.conf"
	"$O/logdaemons/syslog-ng" -F --no-caps -f "$T/syslog-ng.conf" -R "$T/ng.persist" -p "$T/ng.pid" \
		-c "$T/ng.ctl" >"$T/syslog-ng.out" 2>&1 &
	logd=$!
	"$bin/waitfor" file /dev/log || fail "no syslog-ng: $(cat "$T/syslog-ng.out")"
}

real_log_skip() {	# NAME
	[ -x "$O/logdaemons/$1" ] || skip "no $1 (make deps)"
}

# for the tests of init scripts

board_room() {	# a network of its own, BusyBox's log, and in "applets" what PATH has on a board
	busybox ifconfig lo 127.0.0.1
	mkdir applets www run
	busybox --install -s "$T/applets"
	# of these it is the real thing that is under test, and only that
	rm -f applets/start-stop-daemon applets/setsid applets/nohup
	for name in $($DB --list); do ln -s "$BOX" "applets/$name"; done
	ln -s "$bin/actor" applets/actor
	echo "Hello from www" >www/index.html
	busybox_start
}

served() {	# the page in "www" comes from port 8080; waits for it
	until busybox wget -q -O - http://127.0.0.1:8080/ >got 2>/dev/null; do pause; done
	is "$(cat got)" "Hello from www" "what the web server says"
}

over() { mount -t overlay -o "lowerdir=$T/$1:$2" overlay "$2" || skip "no overlay file system"; }

each() {	# FUNCTION: with each kind of start
	# without a log the last messages are waited for
	[ -d dev ] || logd_start
	for kind in "" -S -r; do
		case $kind in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
		rm -f pid report*
		"$@"
	done
}
