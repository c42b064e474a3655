#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The syslog client: what arrives at /dev/log, through datagrams and streams, with
# log daemons that are slow, away, replaced, and with the real ones.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

max=$(value SYSLOG_MAX_LINE) ring=$(value SYSLOG_RING) wait=$(value SYSLOG_WAIT)

serve() {	# ACTOR-ARG...: it as the daemon
	dz -S -p pid "$bin/actor" "$@"
	status 0
	is "$(cat out err)" "" output
}

numbers() {	# what follows "line " in the messages, in order
	texts | sed -n 's/^line \([0-9]*\).*/\1/p'
}

all_lines() {	# N: each of 1 to N, once, in order
	numbers >got
	seq 1 "$1" | cmp -s - got ||
		fail "lines: $(wc -l <got) of $1: $(seq 1 "$1" | diff - got | head -n 10)"
}

# Each gap in the numbers is said, where it is, with its size. Prints the sum.
gaps() {	# N [1]: the last that has to be there; one gap may be what a socket had taken
	texts | awk -v last="$1" -v taken="${2:-0}" '
		/^line / { n = $2 + 0
			if (taken && n > seen + lost + 1) { taken = 0; seen = n - lost - 1 }
			if (n != seen + lost + 1) { print "line " n " after " seen " with " lost + 0 " lost"; bad = 1; exit }
			seen = n; sum += lost; lost = 0 }
		/^[0-9]+ messages? lost$/ { lost += $1 }
		END { if (bad) exit 1
			if (seen + lost != last) { print "the end is " seen " and " lost + 0 " lost"; exit 1 }
			print sum + lost }'
}

t_format() {
	logd_start
	serve say 'hello world\n'
	logged "hello world"
	like "$(cat log)" ". <30>??? [ 0-9]? ??:??:?? actor\[$(cat pid)\]: hello world" message
	is "$(wc -l <log)" 1 messages
	dz -S -p pid2 "$bin/actor" say -e 'trouble\n'
	logged trouble
	like "$(tail -n 1 log)" ". <27>* actor\[$(cat pid2)\]: trouble" "of stderr"
}
check "a line is <PRI>Mmm dd hh:mm:ss TAG[PID]: text, stderr's of level err" t_format SYSLOG_LOCAL_TIME

stamped() {	# TZ: the stamp of a line, which must lie between two looks at date(1)
	before=$(TZ=$1 date '+%b %e %H:%M:%S')
	rm -f log
	logd_start
	TZ=$1 dz -S "$bin/actor" said 'tick\n'
	logged tick
	after=$(TZ=$1 date '+%b %e %H:%M:%S')
	stamp=$(sed -n 's/^. <[0-9]*>\(.*\) actor.*tick$/\1/p' log)
	[ "$stamp" = "$before" ] || [ "$stamp" = "$after" ] ||
		like "$stamp" "${before%:*}*" "stamp in $1 ($before to $after)"
	logd exit
	rm log
}

t_local() {
	[ -d /usr/share/zoneinfo/Asia ] || skip "no tzdata"
	for zone in Asia/Kathmandu America/St_Johns :Pacific/Chatham UTC0 "<+13>-13" XYZ4:30 "" Etc/GMT+12; do
		stamped "$zone"
	done
}
check "the stamp is local time by TZ" t_local SYSLOG_LOCAL_TIME

t_localtime() {
	[ -f /usr/share/zoneinfo/Asia/Kathmandu ] || skip "no tzdata"
	unset TZ
	mount -t tmpfs etc /etc
	cp /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime
	echo XYZ5 >/etc/TZ
	logd_start
	dz -S "$bin/actor" said 'tick\n'
	logged tick
	like "$(cat log)" ". <30>$(TZ=Asia/Kathmandu date '+%b %e %H:')*" "by /etc/localtime"
	rm /etc/localtime
	dz -S "$bin/actor" said 'tock\n'
	logged tock
	like "$(tail -n 2 log | grep tock)" ". <30>$(TZ=XYZ5 date '+%b %e %H:')*" "by /etc/TZ"
	rm /etc/TZ
	dz -S "$bin/actor" said 'tack\n'
	logged tack
	like "$(tail -n 2 log | grep tack)" ". <30>$(TZ=UTC0 date '+%b %e %H:')*" "with neither"
}
check "... by /etc/localtime, else /etc/TZ, else UTC" t_localtime SYSLOG_LOCAL_TIME +root

t_zone_room() {
	[ -f /usr/share/zoneinfo/Asia/Kathmandu ] || skip "no tzdata"
	logd_start
	sizes=
	for zone in UTC0 Asia/Kathmandu; do
		rm -f pid
		export TZ=$zone
		serve say "in $zone\n"
		logged "in $zone"
		sizes="$sizes $(sed -n 's/^VmSize:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$("$bin/waitfor" lock pid)/status")"
	done
	# shellcheck disable=SC2086
	set -- $sizes
	is "$2" "$1" "its memory once a zone file has been read"
}
check "a zone file takes no memory after it has been read" t_zone_room SYSLOG_LOCAL_TIME

t_utc() {
	logd_start
	TZ=XYZ5 dz -S "$bin/actor" said 'tick\n'
	logged tick
	like "$(cat log)" ". <30>$(date -u '+%b %e %H:')*" stamp
}
check "the stamp is UTC where that is configured" t_utc SYSLOG_UTC

t_no_stamp() {
	logd_start
	serve say 'tick\n'
	logged tick
	is "$(cat log)" ". <30>actor[$(cat pid)]: tick" message
}
check "no stamp where that is configured" t_no_stamp SYSLOG_NO_STAMP

# the real ones

real() {	# what every one of them must get
	dz -S -T real "$bin/actor" lines -n 500 -k
	status 0
	logged "line 500$" 20
	all_lines 500
	dz -S -T real "$bin/actor" say -e 'from stderr\n'
	logged "from stderr"
}

t_busybox() {
	busybox syslogd --help >/dev/null 2>&1 || skip "no BusyBox syslogd"
	busybox_start
	dz -S -T real -p pid "$bin/actor" lines -n 500 -k
	status 0
	logged "line 500$" 20
	sed -n "s/^[A-Z].* real\[$(cat pid)\]: \(([^)]*) \)\{0,1\}line //p" log >got
	seq 1 500 | cmp - got || fail "lines: $(head -n 5 log)"
}
check "BusyBox syslogd: every line, in order" t_busybox +busybox

t_busybox_restarted() {
	busybox syslogd --help >/dev/null 2>&1 || skip "no BusyBox syslogd"
	busybox_start
	mkfifo go
	# what its socket had taken when it ended would be lost with it
	# shellcheck disable=SC2016
	dz -S -T real -p pid sh -c 'n=0
		for last in 3 8 20; do
			while [ $n -lt $last ]; do n=$((n + 1)); echo "line $n"; done
			: >"$0/said.$last"
			read x <>"$0/go"
		done' "$T"
	logged "line 3$"
	kill "$logd"
	"$bin/waitfor" end "$logd"
	echo >go
	"$bin/waitfor" file said.8 || fail "it is held up"
	pause 2
	busybox_start
	logged "line 8$"
	echo >go
	logged "line 20$"
	# those that waited for a second say when they were said
	sed -n "s/^[A-Z].* real\[$(cat pid)\]: \(([^)]*) \)\{0,1\}line //p" log >got
	seq 1 20 | cmp - got || fail "lines: $(cat log)"
}
check "... ended and started again: none is lost" t_busybox_restarted +busybox

t_rsyslog() {
	real_log_skip rsyslogd
	rsyslog_start
	real
}
check "rsyslog (imuxsock): every line, in order" t_rsyslog

t_syslog_ng() {
	real_log_skip syslog-ng
	syslog_ng_start dgram
	real
}
check "syslog-ng, datagrams: every line, in order" t_syslog_ng

t_syslog_ng_stream() {
	real_log_skip syslog-ng
	syslog_ng_start stream
	real
	# and a new one, on the same path
	dz -S "$bin/actor" lines -n 40 -u 50000 -w 20 -k
	logged "line 3 "
	kill "$logd"
	"$bin/waitfor" end "$logd"
	syslog_ng_start stream
	logged "line 40 " 20
}
check "syslog-ng, a stream: every line, in order; it is started again" t_syslog_ng_stream

t_stream() {
	logd_start -s
	serve lines -n 1000 -k
	logged "line 1000$"
	all_lines 1000
	like "$(head -n 1 log)" ". <30>* actor\[$(cat pid)\]: line 1" message
	logd accepted
	is "$answer" 1 "connections"
}
check "a stream: a line a message, over one connection" t_stream

# away

t_absent() {
	own_dev
	serve lines -n 20 -m "$T/mark" -k
	"$bin/waitfor" file mark || fail "it hangs without a log"
	logd_start
	logged "line 20$"
	all_lines 20
	not_logged lost
}
check "no socket yet: lines wait, and are sent in order when there is one" t_absent

t_absent_first() {
	[ "$(value SYSLOG_LOCAL_TIME)" ] || skip "no stamps"
	# the stamp is that of the line, not of the sending
	own_dev
	serve say 'early\n'
	stamp=$(date '+%H:%M:%S')
	i=0
	while [ "$(date '+%H:%M:%S')" = "$stamp" ] || [ $i -lt 20 ]; do
		i=$((i + 1))
		pause
	done
	later=$(date '+%H:%M:%S')
	logd_start
	logged early
	got=$(sed -n 's/^. <[0-9]*>... .. \([0-9:]*\) .*early/\1/p' log)
	[ "$got" != "$later" ] || fail "stamped when it was sent, $later"
}
check "... with the time they came" t_absent_first

# By log daemons that stamp what they get with the time of their own.
waited() {	# START-FUNCTION [ARGUMENT]...
	rm -f log go pid
	"$@"
	mkfifo go
	dz -S -T real -p pid sh -c 'echo one; read x <>"$0"; echo two; echo "(three)"; read x <>"$0"; echo four; exec "$1" hold "$0"' \
		"$T/go" "$bin/actor"
	logged ': one$'
	kill "$logd"
	"$bin/waitfor" end "$logd"
	rm -f /dev/log
	before=$(date '+%b %e %H:%M:%S')
	echo >go
	# it has said both
	until "$DZ" -Q -v -p pid | grep -qx waiting=2; do pause; done
	after=$(date '+%b %e %H:%M:%S')
	pause 3
	"$@"
	logged '(three)$'
	for text in two '(three)'; do
		line=$(grep -F "$text" log)
		said=$(echo "$line" | sed -n 's/.*: (\([^)]*\)) .*/\1/p')
		[ "$said" = "$before" ] || [ "$said" = "$after" ] || fail "said at '$said', not $before to $after: $line"
		line=${line#. <*>}
		case $line in "$before"* | "$after"*) fail "stamped by the sender, which is no test: $line" ;; esac
	done
	echo >go
	logged ': four$'
	end "$(cat pid)"
	"$bin/waitfor" gone pid || fail "the pidfile is left"
	kill "$logd"
	"$bin/waitfor" end "$logd"
}

t_waited() {
	busybox syslogd --help >/dev/null 2>&1 || skip "no BusyBox syslogd"
	waited busybox_start -t
}
check "what waited says when it was said: BusyBox syslogd -t away and back" t_waited \
	SYSLOG_WAITED DAEMONIZE_STATUS_VERBOSE +busybox

t_waited_rsyslog() {
	real_log_skip rsyslogd
	waited rsyslog_start '' '%timestamp% %syslogtag%%msg%'
}
check "... rsyslog" t_waited_rsyslog SYSLOG_WAITED DAEMONIZE_STATUS_VERBOSE

t_waited_logd() { waited logd_start -o; }
check "... one that drops the sender's stamp, as OpenWrt's logd" t_waited_logd SYSLOG_WAITED DAEMONIZE_STATUS_VERBOSE

# A message of which a part has gone is not another one by the time that the rest goes.
t_waited_stream() {
	logd_start -s
	logd stop
	serve lines -n 20000 -w 200 -k -m "$T/mark"
	# until it hangs, SYSLOG_WAIT seconds, the program is held up
	"$bin/waitfor" -t $((wait + 20)) file mark || fail "it hangs"
	pause 2
	logd go
	logged "line 20000 " 20
	gaps 20000 >lost || fail "$(cat lost)"
	is "$(count '^%')" 0 "broken messages"
	texts | grep -v '^line [0-9]* [x ]*$\|^[0-9]* messages\{0,1\} lost$' >other || true
	is "$(head -n 3 other)" "" "other messages"
	[ "$(count ']: ([A-Z].*) line ')" -gt 0 ] || fail "none says when it was said"
}
check "... a stream that hangs: each line once, whole, in order" t_waited_stream SYSLOG_WAITED SYSLOG_LOCAL_TIME

outage() {	# N [unlink]: in the midst of N lines, with the socket's file or without; none is lost
	serve lines -n "$1" -u 50000 -k
	logged "line 3$"
	[ $# = 1 ] || logd unlink
	logd close
	pause
	pause
	[ $# = 2 ] || [ -e /dev/log ] || fail "the file is gone"
	logd bind
	logged "line $1\$"
	all_lines "$1"
}

t_refused() {
	for kind in "" -s; do
		rm -f log
		logd_start $kind
		outage 30
		is "$(count '^%')" 0 "broken messages ($kind)"
		# its supervisor has logged that, and is gone, before the next begins
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
	done
}
check "connection refused, datagram and stream: lines wait" t_refused

t_gone() {
	for kind in "" -s; do
		rm -f log
		logd_start $kind
		outage 30 unlink
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
	done
}
check "the socket file gone for a while: lines wait" t_gone

t_replaced() {
	logd_start
	serve lines -n 30 -u 50000 -k
	logged "line 3$"
	logd replace
	logged "line 30$"
	logd old
	is "$answer" 0 "messages that went to the old socket"
	all_lines 30
}
check "the socket file replaced, the old one still open: lines go to the new" t_replaced

t_stream_replaced() {
	# the old daemon keeps its connections, but reads no more: it hangs, or is another
	logd_start -s
	mkfifo go
	dz -S -p pid sh -c 'echo one; echo two; read x <>"$0"; echo three; exec "$1" hold "$0"' "$T/go" "$bin/actor"
	logged ': two$'
	logd replace
	echo >go
	logged ': three$'
	logd accepted
	is "$answer" 2 "connections"
}
check "... a stream's as well" t_stream_replaced

t_linked() {
	# ... or it is a link that is moved to another socket, while the old one lives
	for kind in "" -s; do
		rm -f log go pid
		logd_start $kind
		mv /dev/log /dev/a
		logd replace
		mv /dev/log /dev/b
		ln -s a /dev/log
		mkfifo go
		dz -S -p pid sh -c 'echo one; read x <>"$0"; echo two; exec "$1" hold "$0"' "$T/go" "$bin/actor"
		got=0 tries=0
		while [ "$got" = 0 ] && [ $tries -lt 100 ]; do
			logd old
			got=$answer tries=$((tries + 1))
			[ "$got" != 0 ] || pause
		done
		is "$got" 1 "what the old one got ($kind)"
		ln -s b /dev/new
		mv /dev/new /dev/log
		echo >go
		logged ': two$' 5
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
		rm /dev/log /dev/a /dev/b
	done
}
check "the path is a link that is moved to another socket: lines go to that" t_linked

t_no_inotify() {
	for deed in eperm=inotify_init1 enosys=inotify_init1 eperm=inotify_add_watch; do
		rm -f log
		logd_start
		$bin/seccomp $deed /bin/true || skip "no filters here"
		DZ="$bin/seccomp $deed $BOX daemonize"
		serve lines -n 30 -u 50000 -k
		DZ=$bin/daemonize
		logged "line 3$"
		logd replace
		logged "line 30$"
		logd old
		is "$answer" 0 "messages that went to the old socket ($deed)"
		all_lines 30
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
	done
}
check "where inotify is refused: datagrams go by the path" t_no_inotify

t_changed() {
	logd_start
	serve lines -n 60 -u 50000 -k
	logged "line 3$"
	logd close
	logd stream
	logd bind
	logged "line 20$"
	logd accepted
	is "$answer" 1 "connections"
	logd close
	logd dgram
	logd bind
	logged "line 60$"
	all_lines 60
}
check "datagrams, then a stream, then datagrams" t_changed

t_again_after_silence() {
	# nothing more comes from the program: the supervisor itself has to try
	logd_start
	mkfifo go
	dz -S sh -c 'echo one; read x <>"$0"; echo two; exec "$1" hold "$0"' "$T/go" "$bin/actor"
	logged one
	logd close
	echo >go
	pause
	pause
	logd bind
	logged two 5
}
check "what waits is sent though the program is silent" t_again_after_silence

t_lost() {
	for kind in "" -s; do
		rm -f log mark
		logd_start $kind
		logd close
		serve lines -n 5000 -w 40 -m "$T/mark" -k
		"$bin/waitfor" file mark || fail "it hangs"
		logd bind
		logged "line 5000 "
		lost=$(gaps 5000) || fail "$lost ($(head -n 3 log))"
		like "$(texts | head -n 1)" "$lost messages lost" "the first that arrives"
		# the ring holds what it can: header and text of some 75 bytes each
		kept=$(numbers | wc -l)
		[ "$kept" -ge $((ring / 110)) ] || fail "only $kept were kept in $ring bytes"
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
	done
}
check "the ring runs over: the oldest go, and exactly how many is said first" t_lost

t_lost_in_turns() {
	logd_start
	serve lines -n 6000 -w 40 -u 200 -m "$T/mark" -k
	i=0
	while [ $i -lt 3 ]; do
		i=$((i + 1))
		logd close
		pause
		pause
		logd bind
		pause
	done
	"$bin/waitfor" file mark
	logged "line 6000 "
	lost=$(gaps 6000) || fail "$lost"
}
check "... several outages, each with its own count" t_lost_in_turns

t_lost_no_ring() {
	# no memory for the ring: what cannot be sent is lost at once
	logd_start
	serve lines -n 60 -u 50000 -k
	logged "line 3$"
	supervisor=$("$bin/waitfor" lock pid)
	prlimit --pid "$supervisor" --as="$(awk '/^VmSize:/ { print $2 * 1024 }' "/proc/$supervisor/status")"
	logd close
	pause 0.5
	logd bind
	logged "line 60$"
	lost=$(gaps 60) || fail "$lost"
	[ "$lost" -gt 0 ] || fail "nothing was lost: it has a ring"
}
check "... without memory for a ring too" t_lost_no_ring +prlimit

t_lost_no_ring_told() {
	# ... and nothing more comes from the program: the supervisor itself has to tell
	logd_start
	mkfifo go
	dz -S -p pid sh -c 'echo one; read x <>"$0"; echo two; echo three; : >"$0.mark"; exec "$1" hold "$0"' "$T/go" "$bin/actor"
	logged ': one$'
	supervisor=$("$bin/waitfor" lock pid)
	prlimit --pid "$supervisor" --as="$(awk '/^VmSize:/ { print $2 * 1024 }' "/proc/$supervisor/status")"
	logd close
	echo >go
	"$bin/waitfor" file go.mark
	pause 0.5
	logd bind
	logged ': 2 messages lost$' 5
}
check "... and that is told though the program is silent" t_lost_no_ring_told +prlimit

t_lost_end() {
	# the log goes and is not back: how many that were can be read in the kernel's log
	for kind in "" -s; do
		rm -f log go "$T/dev/kmsg"
		logd_start $kind
		kmsg_start
		mkfifo go
		dz -S -p pid sh -c 'echo one; read x <>"$0"; "$1" lines -n 20' "$T/go" "$bin/actor"
		logged ': one$'
		pid=$(cat pid) supervisor=$("$bin/waitfor" lock pid)
		logd close
		logd unlink
		before=$(now)
		echo >go
		"$bin/waitfor" end "$supervisor" || fail "it never ends"
		[ $(($(now) - before)) -lt 400 ] || fail "it waited $(($(now) - before)) hundredths for a log that is away"
		in_kmsg lost
		like "$(cat kmsg)" "<28>sh\[$pid\]: 21 messages lost" "in the kernel's log ($kind)"
		logd exit
	done
}
check "... at the end of a service: counted in /dev/kmsg, and nobody waits" t_lost_end

t_lost_end_no_ring() {
	logd_start
	kmsg_start
	mkfifo go
	dz -S -p pid sh -c 'echo one; read x <>"$0"; echo two' "$T/go"
	logged ': one$'
	supervisor=$("$bin/waitfor" lock pid)
	prlimit --pid "$supervisor" --as="$(awk '/^VmSize:/ { print $2 * 1024 }' "/proc/$supervisor/status")"
	logd close
	echo >go
	"$bin/waitfor" end "$supervisor" || fail "it never ends"
	in_kmsg ': 2 messages lost'
}
check "... without memory for a ring too" t_lost_end_no_ring +prlimit

t_once() {
	# a process that does not stay has one message, which is not lost
	logd_start
	kmsg_start
	logd stop
	# until what the log holds unread is full, and the rest has been given up
	dz -f -S "$bin/actor" lines -n 30
	before=$(now)
	dz -S -T once "$T/none"
	status 127
	[ $(($(now) - before)) -lt 400 ] || fail "it took $(($(now) - before)) hundredths"
	in_kmsg "once["
	like "$(cat kmsg)" "*<27>once\[*\]: exec: $T/none: *" "while the log hangs"
	logd close
	logd unlink
	dz -S -T twice "$T/none"
	status 127
	in_kmsg "twice["
	like "$(cat kmsg)" "*<27>twice\[*\]: exec: $T/none: *" "while it is away"
}
check "a failed start's message is in /dev/kmsg where the log does not take it" t_once ERROR_TEXTS DAEMONIZE_FOREGROUND

# slow

t_slow() {
	logd_start
	logd stop
	serve lines -n 3000 -w 60 -m "$T/mark" -k
	# the pipe holds 64 kB, less than that is written; the program has to wait
	if TEST_SLOW=1 "$bin/waitfor" -t $((wait - 3)) file mark; then fail "its pipe is read though the log is not"; fi
	logd go
	logged "line 3000 "
	all_lines 3000
	not_logged lost
	is "$(texts | awk 'length != 60' | head -n 5)" "" "messages that are not a whole line"
}
check "a log that does not read for a while: the program waits, and nothing is lost" t_slow

t_slow_empty() {
	# each byte is a message, with a header of its own
	logd_start
	logd stop
	dz -S -p pid sh -c 'head -c 20000 /dev/zero | tr "\\0" "\\n"; echo last; exec "$0" hold /dev/null' "$bin/actor"
	status 0
	pause 0.5
	logd go
	logged ': \(([^)]*) \)*last$' 20
	is "$(texts | grep -c '^$')" 20000 "empty messages"
	not_logged lost
}
check "... of empty lines, which are many in one read" t_slow_empty

t_slow_served() {
	# five lines a second
	logd_start
	kmsg_start
	logd slow 200000
	cat >service <<-END
		#!/bin/sh
		[ ! -e "$T/first" ] || { : >"$T/second"; exec "$bin/actor" tell "$T/told" TERM; }
		: >"$T/first"
		"$bin/actor" lines -n 3000
		: >"$T/crashes"
		kill -KILL \$\$
	END
	chmod +x service
	dz -S -r -R 1 -p pid "$T/service"
	status 0
	supervisor=$("$bin/waitfor" lock pid)
	"$bin/waitfor" file crashes
	before=$(now)
	"$bin/waitfor" file second || fail "it is not started again"
	took=$(($(now) - before))
	[ $took -le 200 ] || fail "started again after $took hundredths, not a second"
	"$bin/waitfor" text told ready 2>/dev/null || :
	before=$(now)
	kill "$supervisor"
	"$bin/waitfor" text told TERM || fail "TERM is not passed on"
	took=$(($(now) - before))
	[ $took -le 100 ] || fail "TERM is passed on after $took hundredths"
	kill -KILL "$(cat pid)"
	"$bin/waitfor" -t $((wait + 3)) end "$supervisor" || fail "it never ends"
	in_kmsg lost
	kmsg_all
	logd slow 0
	logd count
	texts >got
	numbers | sort -nc || fail "out of order"
	# 3,000 lines, two ends; the delay and the start may have been over before they could be told
	told=$(sed -n 's/^\([0-9]*\) messages lost$/\1/p; s/.*: \([0-9]*\) messages lost$/\1/p' got kmsg | awk '{ n += $1 } END { print n }')
	arrived=$(grep -vc 'messages lost$' got)
	case $((told + arrived)) in 300[234]) ;; *) fail "$told lost and $arrived arrived" ;; esac
}
check "one that takes five lines a second: restart and signals are in time, all is counted" t_slow_served DAEMONIZE_RESTART

rests() {	# PID WHEN: it does not wake up time and again
	woke=$(sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status")
	pause 2
	woke=$(($(sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status") - woke))
	[ $woke -lt 20 ] || fail "it wakes up $woke times in two seconds $2"
}

t_hung() {
	for kind in "" -s; do
		rm -f log mark
		logd_start $kind
		logd stop
		# more than a stream's buffers hold
		serve lines -n 8000 -w 100 -m "$T/mark" -k
		"$bin/waitfor" -t $((wait + 15)) file mark || fail "a hanging log hangs the service ($kind)"
		rests "$("$bin/waitfor" lock pid)" "beside a log that hangs ($kind)"
		logd go
		# a log that hung is tried again every ten seconds
		logged "line 8000 " 25
		lost=$(gaps 8000) || fail "$lost ($kind)"
		[ "$lost" -gt 0 ] || fail "where are they?"
		is "$(texts | grep -v 'messages lost$' | awk 'length != 100' | head -n 5)" "" "messages that are not a whole line ($kind)"
		is "$(count '^%')" 0 "broken messages ($kind)"
		# its supervisor has logged that, and is gone, before the next begins
		end "$(cat pid)"
		"$bin/waitfor" gone pid || fail "the pidfile is left"
		logd exit
	done
}
check "... for longer than SYSLOG_WAIT: the service goes on, and the count is exact" t_hung

t_hung_stop() {
	logd_start
	logd stop
	serve lines -n 3000 -w 60 -k
	supervisor=$("$bin/waitfor" lock pid)
	before=$(now)
	kill "$supervisor"
	"$bin/waitfor" -t 30 end "$supervisor" || fail "it never ends"
	[ $(($(now) - before)) -lt $(((2 * wait + 3) * 100)) ] || fail "it took $(($(now) - before)) hundredths"
}
check "... a stop is not held up for long by it" t_hung_stop

t_slow_end() {
	# what it waits for comes, and nobody waits on
	[ "$wait" -ge 4 ] || skip "a slow log has $wait s"
	logd_start
	logd stop
	for opts in "" "-x echo"; do
		[ -z "$opts" ] || has DAEMONIZE_HOOK || continue
		rm -f "done"
		# shellcheck disable=SC2086,SC2016
		{ st=0; $DZ -f -S $opts sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $i"; done; : >"$0"; exit 3' "$T/done" || st=$?; echo $st >status.new; mv status.new status; } &
		"$bin/waitfor" file "done"
		pause 0.3
		before=$(now)
		logd go
		"$bin/waitfor" file status || fail "it does not end"
		took=$(($(now) - before))
		is "$(cat status)" 3 "status ($opts)"
		[ $took -lt 300 ] || fail "it ends $took hundredths behind the log's return ($opts)"
		rm status
		logged 'ended with status 3'
		logd stop
		logd forget
	done
}
check "... nor by one that reads again" t_slow_end DAEMONIZE_FOREGROUND

t_backlog() {
	# connect() itself would wait, once for each line
	logd_full
	serve lines -n 5000 -w 40 -m "$T/mark" -k
	"$bin/waitfor" -t $((wait + 15)) file mark || fail "it hangs the service"
	supervisor=$("$bin/waitfor" lock pid)
	rests "$supervisor" "beside a log that takes no connection"
	before=$(now)
	kill "$supervisor"
	"$bin/waitfor" -t 30 end "$supervisor" || fail "it never ends"
	[ $(($(now) - before)) -lt $(((wait + 5) * 100)) ] || fail "a stop took $(($(now) - before)) hundredths"
}
check "a stream that accepts nobody, its backlog full: the service goes on, and is stopped in time" t_backlog

t_stream_full() {
	# a stream whose buffers fill up in the midst of a message
	logd_start -s
	logd stop
	serve lines -n 4000 -w 300 -m "$T/mark" -k
	if TEST_SLOW=1 "$bin/waitfor" -t 1 file mark; then fail "it all fits: the test is too small"; fi
	logd go
	logged "line 4000 " 20
	all_lines 4000
	is "$(count '^%')" 0 "broken messages"
	is "$(texts | awk 'length != 300' | wc -l)" 0 "messages of another length"
}
check "a stream whose reader stops in the midst of a message: none is broken" t_stream_full

t_stream_frozen() {
	# a send that waits is interrupted: the rest of the message goes on where it was
	logd_start -s
	logd stop
	serve lines -n 3000 -w 300 -m "$T/mark" -k
	supervisor=$("$bin/waitfor" lock pid)
	if TEST_SLOW=1 "$bin/waitfor" -t 1 file mark; then fail "it all fits: the test is too small"; fi
	for i in 1 2 3; do
		kill -STOP "$supervisor"
		pause
		kill -CONT "$supervisor"
		pause
	done
	logd go
	logged "line 3000 " 20
	logd accepted
	is "$answer" 1 "connections"
	all_lines 3000
	is "$(count '^%')" 0 "broken messages"
}
check "... and daemonize is stopped and continued meanwhile: the same connection, in order" t_stream_frozen

t_stream_broken() {
	# ... and is gone when it goes on: the half is sent again, whole
	logd_start -s
	logd stop
	serve lines -n 3500 -w 300 -m "$T/mark" -k
	if TEST_SLOW=1 "$bin/waitfor" -t 1 file mark; then fail "it all fits: the test is too small"; fi
	logd close
	logd go
	logd bind
	logged "line 3500 " 20
	sed -i '/^%/d' log
	texts | grep -v "messages lost" | awk 'length != 300' >odd
	# the ring may run over meanwhile; what the socket took after "close" had read it is beyond knowing
	lost=$(gaps 3500 1) || fail "$lost"
	is "$(cat odd)" "" "messages that are not a whole line"
}
check "... that ends within one: it is sent again, whole" t_stream_broken

# long

words() { awk -v n="$1" 'BEGIN { while (length(s) < n) s = s "word" ++i " "; print s "end" }'; }

t_long_words() {
	logd_start
	text=$(words 4000)
	serve say "$text\\n"
	logged 'end$'
	awk '{ if (length($0) - 2 > '"$max"') { print "a message of " length($0) - 2 " bytes"; exit 1 } }' log || fail "max is $max"
	is "$(texts | tr '\n' ' ' | sed 's/ $//')" "$text" "the parts, joined by the space that was dropped"
	[ "$(wc -l <log)" -le $((4000 / (max - 60) + 2)) ] || fail "$(wc -l <log) parts"
	[ "$max" -lt 300 ] || like "$(head -n 1 log | awk '{ print (length($0) > 900 ? "full" : length($0)) }')" full "the first part"
}
check "a long line is split at a space, at most SYSLOG_MAX_LINE bytes each" t_long_words

t_unended() {
	# what one run has left unended has no part in the next one's first line
	logd_start
	# ... whose start is in the log by then
	# shellcheck disable=SC2016
	dz -S -r -R 0 -T t -p pid sh -c 'echo >>"$1/runs"
		[ "$(wc -l <"$1/runs")" != 1 ] || { printf "no end"; "$2" text "$1/log" "no end"; exit 1; }
		echo "<3>second"; exec "$0" hold "$1/runs"' "$bin/actor" "$T" "$bin/waitfor"
	logged '<27>.* t\[[0-9]*\]: second$'
	logged '<30>.* t\[[0-9]*\]: no end$'
	end "$(cat pid)"
}
check "an unended line ends with its run" t_unended DAEMONIZE_RESTART DAEMONIZE_PIDFILE

t_long_exact() {
	# a space near the start, and a byte that takes four to show at the limit
	logd_start
	for lead in "a " "ab " "abc " "abcd " " "; do
		n=0
		while [ $n -lt 8 ]; do
			n=$((n + 1))
			dz -S -T t "$bin/actor" said "$lead$(printf "%0$((max - 33 - ${#lead} - n))d" 0)\\xff\\n"
		done
	done
	"$bin/waitfor" -t 10 none "$bin/actor" || fail "a supervisor stays"
	logd count
	# less the longest header, with this tag; the record shows a backslash as two
	texts | sed 's/\\\\/\\/g' | awk -v most=$((max - 37)) 'length > most { print length " bytes, room for " most; exit 1 }' >long ||
		fail "$(cat long)"
	is "$(texts | grep -v '^ended' | grep -c 'xff$')" 40 "lines with it"
}
check "... a space near its start and a byte shown as \\xNN at the limit" t_long_exact

t_long_hard() {
	logd_start
	dz -S "$bin/actor" wide 65536
	logged 'ended'
	texts | grep '^w*$' >parts
	awk '{ if (length($0) - 2 > '"$max"') exit 1 }' log || fail "longer than $max"
	is "$(tr -d '\n' <parts | wc -c)" 65536 "bytes in all"
	is "$(awk '{ if (length > most) most = length; many[length]++ } END { print NR - many[most] }' parts)" 1 "parts that are not full"
}
check "... a line of 64 kB without a space: split, never cut" t_long_hard

t_long_utf8() {
	logd_start
	# 3 bytes each, at every offset
	for lead in "" x xx; do
		text=$lead$(awk 'BEGIN { for (i = 0; i < 800; i++) printf "\\xe2\\x82\\xac" }')
		dz -S "$bin/actor" said "$text\\n"
		status 0
		logged 'ended'
		texts | grep -v ended | tr -d '\n' >got
		is "$(cat got)" "$text" "joined"
		texts | grep -v ended | grep -v -E '^x*(\\xe2\\x82\\xac)+$' && fail "a character is split"
		: >log
	done
}
check "... never within a UTF-8 character" t_long_utf8

t_empty() {
	logd_start
	serve say 'a\n\n\nb\n'
	logged 'b$'
	is "$(texts | tr '\n' .)" "a...b." messages
}
check "an empty line is a message" t_empty

# early

t_kmsg() {
	own_dev
	kmsg_start
	serve lines -n 3 -k
	"$bin/waitfor" text kmsg "line 3" || fail "nothing in kmsg"
	like "$(head -n 1 kmsg)" "<30>*actor\[$(cat pid)\]: line 1*" "first"
	logd_start
	dz -S "$bin/actor" say 'later\n'
	logged later
	logd close
	logd unlink
	dz -S -p pid2 "$bin/actor" say 'elsewhere\n'
	"$bin/waitfor" text kmsg elsewhere
	if grep -q later kmsg; then fail "in both"; fi
}
check "no socket since boot: to /dev/kmsg" t_kmsg SYSLOG_KMSG

t_kmsg_later() {
	own_dev
	: >"$T/dev/kmsg"
	logd_start
	outage 20 unlink
	is "$(cat "$T/dev/kmsg")" "" "kmsg: an outage is not early"
}
check "... not in an outage" t_kmsg_later SYSLOG_KMSG

done_testing
