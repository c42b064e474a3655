#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -S -T -s and -y: what a program says, on its way to the log.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

said() {	# TEXT [OPTION]...: a program says this and ends; sets got, the texts
	what=$1
	shift
	: >log
	dz "$@" -S "$bin/actor" said "$what"
	status 0
	logged "actor\[[0-9]*\]: ended with status 0"
	got=$(texts | sed '/^ended with status/,$d')
}

shows() {	# TEXT SHOWN: as one message
	said "$1"
	is "$got" "$2" "shown of '$1'"
}

t_background() {
	logd_start
	dz -S -p pid sh -c "'$bin/actor' say 'text\n' & exit 0"
	status 0
	logged "into the background: use its option for the foreground"
	texts >got
	is "$(grep -n -e '^ended with status 0' -e 'into the background' got | cut -d: -f1 | tr '\n' ' ' | wc -w | tr -d ' ')" 2 "messages"
	like "$(grep -A1 '^ended with status 0' got | tail -n 1)" "it went into the background*" "what follows its end"
	: >log
	dz -S sh -c 'exit 0'
	logged "ended with status 0"
	dz -S sh -c "'$bin/actor' say 'more\n' & exit 3"
	logged "ended with status 3"
	! grep -q background log || fail "said of one that did not: $(cat log)"
}
check "a program that puts itself in the background is told of, with what it needs" t_background DAEMONIZE_STOP_SESSION

# tag, facility, level

t_tag() {
	logd_start
	dz -T my-tag.1 -p pid "$bin/actor" say 'text\n'
	status 0
	logged ": text"
	like "$(cat log)" ". <30>* my-tag.1\[$(cat pid)\]: text" "-T without -S"
	longest=$(printf '%064d' 0)
	dz -S -T "$longest" "$bin/actor" say 'other\n'
	status 0
	logged "$longest\[[0-9]*\]: other"
}
check "-T: the tag; it implies -S" t_tag

t_tag_wrong() {
	own_dev
	for tag in "" "a b" "a:b" "a[b" "a]b" "$(printf '%065d' 0)" "$(printf 'a\001')" "$(printf 'a\tb')" "$(printf 'a\nb')" "$(printf '\303\244')"; do
		dz -T "$tag" "$P" "$T/report"
		[ "$st" = 2 ] || fail "the tag '$tag' is taken"
		fails 2 "daemonize: -T: *"
	done
}
check "-T: bytes that no tag may have, or too many: status 2" t_tag_wrong

t_tag_of_name() {
	logd_start
	for name in 'a b' 'x:y[1]' '-login' "$(printf 'tab\there')" plain.sh_1; do
		ln -s "$bin/actor" "$T/$name"
		: >log
		dz -S "$T/$name" said 'text\n'
		status 0
		logged ': text$'
		tag=$(sed -n 's/^. <30>... .. ..:..:.. \(.*\)\[[0-9]*\]: text$/\1/p' log)
		case $tag in
		*[!A-Za-z0-9_.\]-]*) fail "the tag of '$name' is '$tag'" ;;
		?"${name#?}" | ?*_*) ;;
		*) fail "the tag of '$name' is '$tag'" ;;
		esac
	done
}
check "the program's name as a tag: bytes that no tag may have are _" t_tag_of_name

t_levels() {
	logd_start
	while read -r spec out err; do
		: >log
		dz -s "$spec" sh -c 'echo out; echo err >&2; exec "$0" hold /dev/null' "$bin/actor"
		status 0
		logged "out$"
		logged "err$"
		like "$(grep 'out$' log)" ". <$out>*" "stdout with -s $spec"
		like "$(grep 'err$' log)" ". <$err>*" "stderr with -s $spec"
	done <<-END
		info 30 27
		notice 29 27
		debug,warning 31 28
		local0.notice 133 131
		local7.emerg,debug 184 191
		kern.alert,crit 1 2
		user.info,info 14 14
		daemon.err,notice 27 29
		auth.warning 36 35
		mail.info 22 19
		cron.info 78 75
		authpriv.info 86 83
		ftp.info 94 91
	END
}
check "-s [FACILITY.]OUT[,ERR]" t_levels

t_levels_wrong() {
	own_dev
	for spec in "" . "," "info," ",info" .info daemon. foo daemon.foo local8.info info,foo info.daemon \
		daemon.info,err,err DAEMON.INFO "info " 6 -1 daemon.info. daemoninfo inf infos; do
		dz -s "$spec" "$P" "$T/report"
		fails 2 "daemonize: -s: *"
	done
}
check "-s: what is none: status 2" t_levels_wrong

t_prefix() {
	logd_start
	for level in 0 1 2 3 4 5 6 7; do
		: >log
		dz -S "$bin/actor" said "<$level>text $level\\n"
		logged ": text $level\$"
		like "$(grep ": text $level\$" log)" ". <$((24 + level))>*" "level $level"
	done
	: >log
	dz -s local1.debug,debug "$bin/actor" said -e '<2>bad\nnext\n'
	logged ': next$'
	like "$(grep bad log)" ". <138>*: bad" "with a facility, of stderr"
	like "$(grep next log)" ". <143>*: next" "the line behind it"
}
check "<N> sets the level of its line and is taken off; the facility stays" t_prefix

t_prefix_none() {
	logd_start
	for text in '<8>a' '<-1>a' '<10>a' '<>a' '<a>a' '<3' '<3a' ' <3>a' '<30>Nov 22 12:00:00 su: a' 'a<3>b' '< 3>a' '<3 >' '<'; do
		: >log
		said "$text\\n"
		is "$got" "$text" "text"
		like "$(grep -v ended log)" ". <30>*" "level of $text"
	done
	shows '<3>\n' ''
	shows '<3><4>x\n' '<4>x'
}
check "... what is no <N> stays as it is" t_prefix_none

t_prefix_alone() {
	# the last space to split at is the one behind it
	logd_start
	max=$(value SYSLOG_MAX_LINE)
	said "<3> $(printf '%0'$((2 * max))'d' 0)\\n"
	is "$(echo "$got" | grep -c '^$')" 0 "empty messages"
	is "$(grep '0$' log | grep -c '^. <27>')" "$(echo "$got" | grep -c '^00*$')" "parts with its level"
	is "$(echo "$got" | tr -d '\n' | wc -c)" $((2 * max)) "bytes in all"
}
check "... and is no message of its own before a long word" t_prefix_alone

t_prefix_split() {
	logd_start
	text=$(awk 'BEGIN { for (i = 0; i < 500; i++) printf "word%d ", i }')
	dz -S "$bin/actor" said "<4>${text}\\nplain\\n"
	logged ': plain$'
	[ "$(grep -c 'word' log)" -gt 1 ] || fail "not split"
	is "$(grep word log | grep -c '^. <28>')" "$(grep -c word log)" "parts with its level"
	like "$(grep plain log)" ". <30>*" "the next line"
	# a part that begins like a prefix is text
	max=$(value SYSLOG_MAX_LINE)
	: >log
	dz -S "$bin/actor" said "$(awk -v n="$max" 'BEGIN { for (i = 0; i < n; i++) printf "<3>" }')\\n"
	logged ended
	is "$(texts | grep -v ended | tr -d '\n' | wc -c)" $((3 * max - 3)) "bytes but the first prefix"
	is "$(grep '<3>' log | grep -v ended | grep -c '^. <27>')" "$(grep -v ended log | grep -c '<3>')" "parts of level 3"
}
check "... and holds for all parts of a long line" t_prefix_split

# partial lines

t_partial() {
	logd_start
	before=$(now)
	dz -S "$bin/actor" say 'no newline'
	status 0
	logged 'no newline$'
	took=$(($(now) - before))
	[ $took -ge 90 ] || fail "it was sent after $took hundredths"
	[ $took -le 300 ] || fail "it took $took hundredths"
}
check "a partial line is sent after a second of silence" t_partial

t_partial_joined() {
	logd_start
	mkfifo go
	dz -S sh -c 'printf "first, "; read x <>"$0"; echo "second"; read x <>"$0"' "$T/go"
	status 0
	echo >go
	logged 'second$'
	echo >go
	is "$(texts | head -n 1)" "first, second" "message"
}
check "... joined with the rest that comes before" t_partial_joined

t_partial_continued() {
	logd_start
	mkfifo go
	dz -S sh -c 'printf "question? "; read x <>"$0"; echo; printf part; read x <>"$0"; echo "<3>ial"; echo next
		exec "$1" hold "$0"' "$T/go" "$bin/actor"
	status 0
	logged ': question? $'
	echo >go
	logged ': part$'
	echo >go
	logged ': next$'
	is "$(texts | tr '\n' '|')" "question? |part|<3>ial|next|" "messages"
	is "$(count '<30>')" 4 "of its level"
}
check "... what comes later is the rest of it: no empty line, and no <N>" t_partial_continued

t_partial_both() {
	# that of the other stream is due half a second later, whichever comes first
	logd_start
	for first in out err; do
		[ $first = out ] && second=err || second=out
		dz -S -p "$T/pid" sh -c 'say() { if [ $1 = out ]; then printf "$2"; else printf "$2" >&2; fi; }
			say $1 "first $1"; "$0" -t 0.5 file none; say $2 "second $2"; exec "$0" -t 60 file none' "$bin/waitfor" $first $second
		logged "first $first\$" 4
		logged "second $second\$" 4
		end "$(cat pid)"
	done
}
check "... of both streams, each in its time" t_partial_both DAEMONIZE_PIDFILE

t_partial_streams() {
	# silence is each stream's own
	logd_start
	dz -S sh -c 'printf partial; while :; do echo noise >&2; "$0" -t 0.2 file none; done' "$bin/waitfor"
	logged 'partial$' 4
}
check "... while the other stream is noisy" t_partial_streams

t_partial_last() {
	logd_start
	before=$(now)
	said 'complete\ncomplete\n'
	usual=$(($(now) - before))
	# a machine may be slow once
	for _ in 1 2 3; do
		: >log
		before=$(now)
		said 'complete\nno newline'
		took=$(($(now) - before - usual))
		is "$got" "complete
no newline" messages
		[ $took -ge 90 ] || break
	done
	[ $took -lt 90 ] || fail "it waited for a second at the end"
	: >log
	dz -S "$bin/actor" said -e 'err no newline'
	logged 'err no newline$'
}
check "... and at the program's end, at once" t_partial_last

t_drained() {
	# all that was in the pipe when it ended
	logd_start
	dz -S "$bin/actor" lines -n 700 -b
	status 0
	logged ended
	is "$(texts | grep -c '^line ')" 700 lines
	like "$(tail -n 1 log)" "*ended with status 0*; last line: line 700" "last message"
}
check "what is in the pipe when the program ends is logged" t_drained

t_drained_large() {
	# F_SETPIPE_SZ; as much as an unprivileged program may have, by default
	logd_start
	dz -S "$bin/actor" lines -p 1048576 -n 15000 -b
	status 0
	logged ended 30
	is "$(texts | grep -c '^line ')" 15000 lines
	like "$(tail -n 1 log)" "*ended with status 0*; last line: line 15000" "last message"
}
check "... of a pipe that the program has enlarged, too" t_drained_large

# bytes

t_escapes() {
	logd_start
	shows '\e[31mred\e[0m\n' '^[[31mred^[[0m'
	shows 'a\0b\n' 'a^@b'
	shows '\x01\x02\x1f\x7f\n' '^A^B^_^?'
	shows 'tab\tend\n' 'tab^Iend'
	shows 'dos\r\n' 'dos'
	shows 'a\rb\n' 'a^Mb'
	shows 'two\r\r\n' 'two^M'
	shows '\r' '^M'
	shows '\x07\x08\x0b\x0c\n' '^G^H^K^L'
	shows 'back\\slash %s %n\n' 'back\\slash %s %n'
}
check "control bytes are shown as ^X" t_escapes

# logd shows a byte as \xNN and a backslash as \\: what was made visible is \\xNN
t_utf8() {
	logd_start
	shows '\xc3\xa4\n' '\xc3\xa4'
	shows '\xe2\x82\xac \xf0\x9f\x98\x80\n' '\xe2\x82\xac \xf0\x9f\x98\x80'
	shows '\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\n' '\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80'
	shows '\xff\xfe\n' '\\xff\\xfe'
	shows '\x80\xbf\n' '\\x80\\xbf'
	shows '\xc3\n' '\\xc3'
	shows '\xc3' '\\xc3'
	shows '\xc3A\n' '\\xc3A'
	shows '\xe2\x82\n' '\\xe2\\x82'
	shows '\xe2\x82\xc3\xa4\n' '\\xe2\\x82\xc3\xa4'
	shows '\xf0\x9f\x98 \n' '\\xf0\\x9f\\x98 '
	# overlong, surrogates, beyond, five bytes
	shows '\xc0\xaf\xc1\x81\n' '\\xc0\\xaf\\xc1\\x81'
	shows '\xe0\x80\x8a\n' '\\xe0\\x80\\x8a'
	shows '\xf0\x80\x80\x8a\n' '\\xf0\\x80\\x80\\x8a'
	shows '\xed\xa0\x80\n' '\\xed\\xa0\\x80'
	shows '\xf4\x90\x80\x80\n' '\\xf4\\x90\\x80\\x80'
	shows '\xf8\x88\x80\x80\x80\n' '\\xf8\\x88\\x80\\x80\\x80'
	# C1: CSI as U+009B, NEL as U+0085; the first that is none of them
	shows '\xc2\x9b31m\xc2\x85\n' '\\xc2\\x9b31m\\xc2\\x85'
	shows '\xc2\xa0\n' '\xc2\xa0'
}
check "bytes that are no UTF-8, and C1 controls, are shown as \\xNN" t_utf8

t_utf8_pieces() {
	# a character that comes in two writes
	logd_start
	mkfifo go
	# shellcheck disable=SC2016
	dz -S sh -c 'printf "a\303"; read x <>"$0"; printf "\244b\n"; read x <>"$0"' "$T/go"
	echo >go
	logged 'b$'
	echo >go
	is "$(texts | head -n 1)" 'a\xc3\xa4b' message
}
check "a character in two pieces is one" t_utf8_pieces

t_forged() {
	for kind in "" -s; do
		rm -f log
		logd_start $kind
		stamp="Jan  1 00:00:00"
		said "a\\r<8>$stamp kernel: forged 1\\n"
		is "$(echo "$got" | wc -l)" 1 "lines by CR ($kind)"
		said "a\\0<8>$stamp kernel: forged 2\\n"
		is "$(echo "$got" | wc -l)" 1 "lines by NUL ($kind)"
		said "a\\xc2\\x85<8>$stamp kernel: forged 3\\n"
		is "$(echo "$got" | wc -l)" 1 "lines by NEL ($kind)"
		said "a\\n<8>$stamp kernel: forged 4\\n"
		is "$(grep -c ' actor\[[0-9]*\]: ' log)" "$(wc -l <log)" "messages with the program's tag ($kind)"
		# split so that a part begins with a forged header
		said "$(printf '%0900d' 0) <8>$stamp kernel: forged 5 $(printf '%0900d' 0)\\n"
		is "$(grep -c ' actor\[[0-9]*\]: ' log)" "$(wc -l <log)" "messages with the program's tag ($kind)"
		logd exit
	done
}
check "no line can pass for two, or for another's" t_forged

t_wide() {
	logd_start
	dz -S "$bin/actor" wide 65535
	status 0
	logged ended
	is "$(texts | grep '^w*$' | tr -d '\n' | wc -c)" 65535 bytes
	: >log
	dz -S "$bin/actor" said "$(printf '%01000d' 0)\\e\\e\\e$(printf '%01000d' 0)\\n"
	logged ended
	is "$(texts | grep -v ended | tr -d '\n')" "$(printf '%01000d' 0)^[^[^[$(printf '%01000d' 0)" "joined"
	texts | grep -q '^\[' && fail "an escape is split"
	true
}
check "a line of 64 kB; escapes are not split" t_wide

# ends

t_ends() {
	logd_start
	dz -S -p pid sh -c 'exit 0'
	logged 'ended with status 0 after [0-9]* s$'
	like "$(cat log)" ". <29>* sh\[*\]: ended with status 0*" "status 0"
	"$bin/waitfor" gone pid
	: >log
	dz -S sh -c 'echo last words; exit 7'
	logged ended
	like "$(tail -n 1 log)" ". <27>* sh\[*\]: ended with status 7 after * s; last line: last words" "status 7"
	: >log
	dz -S sh -c 'echo to err >&2; kill -9 $$'
	logged ended
	like "$(tail -n 1 log)" ". <27>* sh\[*\]: ended by signal *KILL after * s; last line: to err" "signal 9"
	: >log
	dz -S sh -c 'echo "<4>out of paper"; exit 1'
	logged ended
	like "$(tail -n 1 log)" "*; last line: out of paper" "less its severity"
	: >log
	dz -S sh -c 'kill -34 $$'
	logged 'ended by signal .*34'
	: >log
	dz -s local3.debug,debug sh -c 'printf "pa\033rtial"; exit 1'
	logged ended
	like "$(tail -n 1 log)" ". <15[5]>*; last line: pa^\[rtial" "with a facility, a partial line"
}
check "how it ended is logged, with the last line that it said" t_ends

t_last_utf8() {
	# 3 bytes each, at every offset of its end
	logd_start
	for lead in "" x xx; do
		said "$lead$(awk 'BEGIN { for (i = 0; i < 60; i++) printf "\\xe2\\x82\\xac" }')\\n"
		tail -n 1 log | grep -q -E '; last line: x*(\\xe2\\x82\\xac){41,}$' || fail "cut: $(tail -n 1 log)"
	done
}
check "... a long one cut, but never within a UTF-8 character" t_last_utf8

t_core() {
	[ "$(cat /proc/sys/kernel/core_pattern)" = core ] || skip "core files go elsewhere"
	logd_start
	dz -S -c "$T" "$bin/actor" die SEGV
	logged 'ended by signal .*SEGV.*, core dumped'
}
check "a core dump is noted" t_core DAEMONIZE_CHDIR

t_fails() {
	logd_start
	dz -S "$T/none"
	status 127
	says "daemonize: exec: $T/none: *"
	logged "$T/none: "
	like "$(cat log)" ". <27>*exec: $T/none: No such file*" "in the log"
	: >log
	dz -S -p "$T/none/pid" "$P" "$T/report"
	status 1
	logged "$T/none/pid"
	nothing_left "$logd"
	: >log
	dz -S -q "$T/none"
	status 127
	is "$(cat out err)" "" "output with -q"
}
check "a failed start is told to the log too, and leaves nobody" t_fails ERROR_TEXTS

t_fails_no_log() {
	own_dev
	before=$(now)
	dz -S "$T/none"
	fails 127 "daemonize: exec: *"
	[ $(($(now) - before)) -lt $((($(value SYSLOG_WAIT) + 2) * 100)) ] || fail "it hangs"
}
check "... without a log: nobody waits for long" t_fails_no_log

# the state of the program, and of the supervisor

t_state() {
	own_dev
	start -S -p pid
	is "$(cat pid)" "$pid" pidfile
	supervisor=$(get ppid)
	is "$("$bin/waitfor" lock pid)" "$supervisor" "who holds the lock"
	is "$(get fds)" "0 1 2" descriptors
	is "$(get pgid)" "$pid" "process group"
	is "$(get pdeathsig)" 15 "parent's death signal"
	is "$(get ignored)$(get blocked)$(get pending)" "" "signals"
	is "$(get cwd) $(get umask)" "/ 022" "cwd, umask"
	like "$(get 'fd 0')" "/dev/null*" stdin
	like "$(get 'fd 1')|$(get 'fd 2')" "pipe:* w*|pipe:* w*" "stdout and stderr"
	like "$(get 'fd 1')" "[!n]*" "stdout"
	case "$(get 'fd 1')" in *nonblock*) fail "stdout does not block" ;; esac
	[ "$(get sid)" != "$pid" ] || fail "it leads its session"
	is "$(get tty)" none tty
	is "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$supervisor/status")" 1 "the supervisor's parent"
	is "$(readlink "/proc/$supervisor/cwd")" / "the supervisor's cwd"
	ls "/proc/$supervisor/fd" | while read -r fd; do readlink "/proc/$supervisor/fd/$fd"; done | sort >fds
	# nothing of the caller's
	is "$(grep -v -e '^/dev/null$' -e '^pipe:' -e '^socket:' -e '^anon_inode:' -e "$T" fds)" "" "the supervisor's descriptors"
	nothing_left "$pid" "$supervisor"
}
check "what the program and its supervisor start with" t_state STEP_CLOSE STEP_NULL STEP_CHDIR STEP_UMASK STEP_SIGNALS STEP_SECOND_FORK

t_user() {
	own_dev
	start -S -u 65534:65534 -p pid
	is "$(get uid)" "65534 65534 65534" uid
	is "$(get pdeathsig)" 15 "parent's death signal"
	is "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$(get ppid)/status" | cut -f1)" 0 "the supervisor"
	supervisor=$(get ppid)
	kill -9 "$supervisor"
	"$bin/waitfor" end "$pid" || fail "it lives on without its supervisor"
}
check "-u: the program alone drops to the user, and still dies with its supervisor" t_user DAEMONIZE_USER +root

t_one_resident() {
	own_dev
	start -S
	is "$(get sid)" "$(sed -n 's/^NSsid:[[:space:]]*//p' "/proc/$pid/status")" sid
	n=0
	for p in /proc/[0-9]*; do
		if [ "$(ls "$p/exe" 2>/dev/null && readlink "$p/exe")" = "$p/exe
$(readlink -f "$BOX")" ]; then n=$((n + 1)); fi
	done
	is $n 1 "resident processes"
}
check "one resident process" t_one_resident

t_pages() {
	# nor are those kept that an end or a restart brought back
	keeps_few
	logd_start
	cat >service <<-END
		#!/bin/sh
		if [ -e "$T/ran" ]; then
			echo second
			exec "$bin/actor" hold /dev/null
		fi
		: >"$T/ran"
		echo first
	END
	chmod +x service
	dz -S -r -R 0 -p pid "$T/service"
	status 0
	logged ': second$'
	few "$("$bin/waitfor" lock pid)"
	dz -S -r -R 60 -p delayed sh -c 'kill -KILL $$'
	logged ': starting again in 60 s$'
	few "$("$bin/waitfor" lock delayed)"
}
check "of the program only the pages are kept that it needs to stay" t_pages DAEMONIZE_RESTART

t_with_files() {
	logd_start
	dz -S -o "$T/file" sh -c 'echo out; echo err >&2; exec "$0" hold /dev/null' "$bin/actor"
	status 0
	logged ': err$'
	is "$(cat file)" out "the file"
	not_logged ': out$'
	dz -S -e "$T/file2" sh -c 'echo out; echo err >&2; exec "$0" hold /dev/null' "$bin/actor"
	logged ': out$'
	is "$(cat file2)" err "the other file"
	is "$(count ': err$')" 1 "stderr in the log"
}
check "-S -o FILE: one to the file, the other to the log" t_with_files DAEMONIZE_FILES

t_keep() {
	logd_start
	$DZ -S -D 2 sh -c 'echo out; echo err >&2; exec "$0" hold /dev/null' "$bin/actor" 2>e
	logged ': out$'
	"$bin/waitfor" text e err
	not_logged ': err$'
}
check "-S -D 2: stderr stays where it was" t_keep DAEMONIZE_KEEP

t_foreground() {
	logd_start
	for ended in 'exit 0' 'exit 5' 'kill -9 $$' 'kill -TERM $$'; do
		st=0
		$DZ -f -S sh -c "echo text; $ended" || st=$?
		case $ended in
		*0) wanted=0 ;; *5) wanted=5 ;; *-9*) wanted=137 ;; *) wanted=143 ;;
		esac
		is "$st" $wanted "status for $ended"
	done
	is "$(count '\]: text$')" 4 "lines"
	st=0; $DZ -f -S "$T/none" 2>/dev/null || st=$?
	is $st 127 "of a program that is missing"
}
check "-f -S: the program's status is its own" t_foreground DAEMONIZE_FOREGROUND

passed_on() {	# SIGNAL...: what writes them to "tell" gets them from the supervisor
	"$bin/waitfor" text tell ready
	for sig; do
		kill -"$sig" "$supervisor"
		"$bin/waitfor" text tell "$sig" || fail "$sig is not passed on"
	done
}

t_foreground_stop() {
	logd_start
	$DZ -f -S -p pid "$bin/actor" tell "$T/tell" HUP USR1 USR2 WINCH &
	supervisor=$!
	passed_on HUP USR1 USR2 WINCH
	kill $supervisor
	st=0; wait $supervisor || st=$?
	is $st 143 "status"
	[ ! -e pid ] || fail "the pidfile is left"
	logged 'ended by signal .*TERM'
	like "$(tail -n 1 log)" ". <29>*" "level when told to stop"
}
check "-f -S: signals are passed on; TERM ends both" t_foreground_stop DAEMONIZE_FOREGROUND

t_foreground_kill() {
	own_dev
	$DZ -f -S -t 1 "$bin/actor" ignore "$T/ready" TERM INT &
	supervisor=$!
	"$bin/waitfor" file ready
	before=$(now)
	kill -INT $supervisor
	st=0; wait $supervisor || st=$?
	is $st 137 status
	[ $(($(now) - before)) -ge 95 ] || fail "KILL came before its time"
}
check "-f -S -t 1: KILL a second after" t_foreground_kill DAEMONIZE_FOREGROUND DAEMONIZE_TIMEOUT

t_forwarded() {
	own_dev
	dz -S -p pid "$bin/actor" tell "$T/tell" HUP USR1 USR2 WINCH INT QUIT
	supervisor=$("$bin/waitfor" lock pid)
	passed_on HUP USR1 USR2 WINCH INT
}
check "signals to the supervisor are passed on" t_forwarded

# the supervisor's own life

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

t_closed() {
	own_dev
	start_pid() { dz -S -p pid sh -c "$1"' "$0" hold "$1"' "$bin/actor" "$T/fifo"; status 0; }
	mkfifo fifo
	start_pid 'exec >&- 2>&-; exec'
	supervisor=$("$bin/waitfor" lock pid)
	: <fifo
	before=$(ticks "$supervisor")
	i=0; while [ $i -lt 5 ]; do pause; i=$((i + 1)); done
	[ $(($(ticks "$supervisor") - before)) -le 2 ] || fail "it spins"
	kill -0 "$supervisor" || fail "it is gone"
}
check "a program that closes its output: no spinning" t_closed

t_child_holds() {
	# a child that has the pipe does not keep the supervisor, nor the pidfile
	own_dev
	dz -S -p pid sh -c '"$0" "$1" & exit 0' "$P" "$T/report"
	status 0
	"$bin/waitfor" gone pid || fail "the pidfile stays while a child has the pipe"
}
check "a child that holds the pipe after the program's end" t_child_holds

t_supervisor_killed() {
	own_dev
	start -S -p pid
	kill -9 "$(get ppid)"
	"$bin/waitfor" end "$pid" || fail "the program lives on"
	start -S -p pid
	is "$(cat pid)" "$pid" pidfile
}
check "kill -9 of the supervisor: the program gets TERM" t_supervisor_killed

t_pidfile_removed() {
	own_dev
	start -S -p pid
	supervisor=$(get ppid)
	end "$pid"
	"$bin/waitfor" end "$supervisor"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "the pidfile is removed when the program ends" t_pidfile_removed

t_pidfile_others() {
	own_dev
	start -S -p pid
	supervisor=$(get ppid)
	rm pid
	echo 12345 >pid
	end "$pid"
	"$bin/waitfor" end "$supervisor"
	is "$(cat pid)" 12345 "a file that somebody else made there"
}
check "... but not another's in its place" t_pidfile_others

# -y

t_pty() {
	logd_start
	dz -S -p pid "$bin/actor" buffered 'by stdio'
	dz -S -y -p pid2 "$bin/actor" buffered 'at once'
	status 0
	logged ': at once$' 4
	not_logged 'by stdio'
}
check "-y: a program that buffers on pipes is heard at once" t_pty DAEMONIZE_PTY

t_no_pty() {
	logd_start
	rm /dev/ptmx
	dz -S -y -p pid "$bin/actor" said text
	status 1
	says "daemonize: *: No such file or directory"
	[ ! -e pid ] || fail "the pidfile is left"
	! grep text log || fail "it ran"
}
check "... where there is no terminal to be had it is not started" t_no_pty DAEMONIZE_PTY ERROR_TEXTS

t_pty_state() {
	logd_start
	start -S -y -p pid
	like "$(get 'fd 1')" "/dev/pts/*" stdout
	is "$(get tty)" none "controlling terminal"
	: >log
	dz -S -y "$bin/actor" said 'a\nb\n\tc\r\n\e[1md'
	logged ended
	is "$(texts | head -n 4 | tr '\n' .)" "a.b.^Ic.^[[1md." "texts: no CR, no tabs made spaces"
	: >log
	dz -S -y "$bin/actor" said -e 'on stderr\n'
	logged 'on stderr$'
	: >log
	dz -S -y "$bin/actor" lines -n 2000
	logged ended
	is "$(texts | grep -c '^line ')" 2000 "lines at the end of a pty"
	end "$pid"
}
check "... it is not its controlling terminal; nothing is changed or lost" t_pty_state DAEMONIZE_PTY

done_testing
