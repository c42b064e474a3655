# SPDX-License-Identifier: 0BSD
# What tests/pidof-session/*.t share; read after lib.sh.
# shellcheck shell=sh disable=SC2034,SC2154

[ -e "$bin/pidof-session" ] || ln -s "$BOX" "$bin/pidof-session"
PS=$bin/pidof-session

ps_() {	# [OPTION]...: pidof-session; sets st, got, files out and err
	st=0
	# shellcheck disable=SC2086
	$PRE $PS "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?
	got=$(cat "$T/out")
}

finds() {	# WANTED [OPTION]...: these pids, status 0, no message
	wanted=$1
	shift
	ps_ "$@"
	is "$got" "$wanted" "pidof-session $*"
	status 0 "pidof-session $*"
	is "$(cat "$T/err")" "" "message of $*"
}

none() {	# [OPTION]...: nothing is found, and nothing said
	ps_ "$@"
	is "$got" "" "pidof-session $*"
	status 1 "pidof-session $*"
	is "$(cat "$T/err")" "" "message of $*"
}

member() {	# NAME WORD...: a process in the background that did these; its pid in $NAME
	name=$1
	shift
	rm -f "$T/$name"
	"${M:-$bin/member}" "$@" "report=$T/$name" </dev/null >/dev/null 2>&1 &
	# 20,000 forks take one machine two seconds, and another forty
	"$bin/waitfor" -t 100 file "$T/$name" || fail "$name does not start"
	eval "$name=\$(cat \"\$T/\$name\")"
}

session() {	# NAME WORD...: likewise, in a session of its own that it leads
	name=$1
	shift
	member "$name" orphan setsid "$@"
}

ended() {	# PID...: they have gone, or are zombies
	"$bin/waitfor" end "$@" || fail "still there: $*"
}

lives() {	# PID...
	for it; do
		case $(sed 's/.*) //' "/proc/$it/stat" 2>/dev/null) in
		'' | [ZX]*) fail "$it has ended" ;;
		esac
	done
}

stat_of() {	# ppid|pgid|sid PID
	sed 's/.*) //' "/proc/$2/stat" | case $1 in
	ppid) cut -d ' ' -f 2 ;;
	pgid) cut -d ' ' -f 3 ;;
	sid) cut -d ' ' -f 4 ;;
	esac
}

child_of() {	# PID: its children's pids
	sed -n "s/^\([0-9]*\) (.*) [A-Z] $1 .*/\1/p" /proc/[0-9]*/stat 2>/dev/null || :
}
