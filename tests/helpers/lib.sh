# SPDX-License-Identifier: 0BSD
# What every tests/*/*.t starts with. POSIX sh, for dash, bash and BusyBox ash.
#
# needs: strace bash util-linux perl
#
# A test is a function and a line after it:
#
#     t_cwd() { start; is "$(get cwd)" / "cwd"; }
#     check "the working directory is /" t_cwd SYMBOL +root
#
# It runs in a shell and a folder of its own ($T), with a time limit; what it leaves
# behind is ended and removed. It is skipped by name where a Kconfig SYMBOL is off or
# a +thing is missing: +root, +mount (a mount namespace, in which it then runs),
# +long (a long run, which "make check-quick" leaves out, and "make check" where it would
# begin after CHECK_MINUTES), +COMMAND; what an emulator cannot show is listed in the file
# "emulated". `sh tests/daemonize/state.t t_cwd` runs one test alone and shows everything.
#
# From the environment: O, the output folder; KCONFIG_CONFIG; DAEMONBOX_RUN, an emulator
# (qemu-arm-static) that the box is run by, the rest being this machine's; TEST_UNDER, under
# what else the box runs (asan, eperm, enosys: build/host/check-under); TEST_SHELL; TEST_LIMIT,
# seconds a test.
# shellcheck shell=sh disable=SC2034

set -u
export LC_ALL=C
if [ -n "${TEST_ROOM:-}" ]; then top=$TEST_TOP; else top=$(cd "${0%/*}/../.." && pwd); fi
O=${O:-$top/out}
case $O in /*) ;; *) O=$(pwd)/$O ;; esac
BOX=$O/daemonbox
if [ -z "${KCONFIG_CONFIG:-}" ]; then
	KCONFIG_CONFIG=$O/.config
	[ -f "$KCONFIG_CONFIG" ] || KCONFIG_CONFIG=$top/.config
fi
export O KCONFIG_CONFIG
unset POSIXLY_CORRECT config uid mount apart
: "${DAEMONBOX_RUN:=}" "${TEST_UNDER:=}" "${TEST_SHELL:=sh}" "${TEST_LIMIT:=60}"

leave() {
	[ ! -x "$TEST_ROOM/bin/waitfor" ] || "$TEST_ROOM/bin/waitfor" kill "$TEST_ROOM/" >/dev/null
	rm -rf "$TEST_ROOM"
}

if [ -n "${TEST_ROOM:-}" ]; then
	only=${1:?}
	T=$TEST_ROOM/$only
else
	only='' wanted=${1:-} count=0 bad=0
	[ -x "$BOX" ] || { echo "Bail out! no $BOX: make it first"; exit 1; }
	TEST_ROOM=$(mktemp -d "${TMPDIR:-/tmp}/daemonbox-test.XXXXXX") || exit 1
	TEST_TOP=$top
	export TEST_ROOM TEST_TOP
	trap 'leave' EXIT
	trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
	chmod 755 "$TEST_ROOM"
	mkdir "$TEST_ROOM/bin"
	for helper in limit probe waitfor badstate seccomp ptyrun ${HELPERS:-}; do
		# the Makefile has built it, or it is built here; a board has no compiler
		built=$O/tests/$helper source=$top/tests/helpers/$helper.c
		if [ -x "$built" ] && [ -z "$(find "$source" "$top"/tests/helpers/*.h -newer "$built" 2>/dev/null)" ]; then
			cp "$built" "$TEST_ROOM/bin/$helper"
		elif ! ${CC:-cc} -Os -static -o "$TEST_ROOM/bin/$helper" "$source"; then
			cp "$built" "$TEST_ROOM/bin/$helper" || exit 1
		fi
	done
	if [ -n "$DAEMONBOX_RUN" ]; then
		emulator=$(command -v "${DAEMONBOX_RUN%% *}") || { echo "Bail out! no ${DAEMONBOX_RUN%% *}"; exit 1; }
		mkdir "$TEST_ROOM/bin/emulated"
		case $DAEMONBOX_RUN in *" "*) emulator="$emulator ${DAEMONBOX_RUN#* }" ;; esac
		${CC:-cc} -Os -static -DEMULATOR="\"$emulator\"" -DBOX="\"$BOX\"" -o "$TEST_ROOM/bin/emulated/daemonbox" \
			"$top/tests/helpers/emulate.c" || exit 1
		# shellcheck disable=SC3045
		ulimit -c 0
		: "${CYCLES:=250}"
		export CYCLES
	fi
fi
[ -z "$DAEMONBOX_RUN" ] || BOX=$TEST_ROOM/bin/emulated/daemonbox
if [ -z "$only" ]; then
	ln -s "$BOX" "$TEST_ROOM/bin/daemonize"
	ln -s "$BOX" "$TEST_ROOM/bin/daemonbox"
fi
bin=$TEST_ROOM/bin
P=$bin/probe
PRE=                                    # what stands before the command
DZ=$bin/daemonize
DB=$bin/daemonbox
PATH_DEFAULT=/usr/sbin:/usr/bin:/sbin:/bin

newline='
'

read_config() {	# once; nothing where there is none
	if [ -n "${config+read}" ]; then :
	elif [ -f "$KCONFIG_CONFIG" ]; then config=$newline$(cat "$KCONFIG_CONFIG")$newline
	else config=; fi
}

has() {	# SYMBOL: is it built in
	read_config
	case $config in '' | *"${newline}CONFIG_$1="[!n]*) ;; *) return 1 ;; esac
}

value() {	# SYMBOL: its string or number
	read_config
	case $config in *"${newline}CONFIG_$1="*) ;; *) return 0 ;; esac
	value=${config#*"${newline}CONFIG_$1="}
	value=${value%%"$newline"*} value=${value#\"}
	echo "${value%\"}"
}

# What makes the namespaces that a test asks for by +apart or +mount, if anything does.
# BusyBox's unshare has no --kill-child.
by_apart() {
	for more in "--kill-child --mount-proc" "-r --kill-child --mount-proc" --mount-proc "-r --mount-proc"; do
		by="unshare --mount --net --pid --fork $more"
		# shellcheck disable=SC2086
		if $by true 2>/dev/null; then echo "$by"; return; fi
	done
}

by_mount() {
	for by in "unshare -m" "unshare -rm"; do
		if $by true 2>/dev/null; then echo "$by"; return; fi
	done
}

is_late() {	# "make check" has gone on for CHECK_MINUTES
	[ -n "${CHECK_UNTIL:-}" ] || return 1
	read -r seconds _ </proc/uptime
	[ "${seconds%.*}" -ge "$CHECK_UNTIL" ]
}

lacks() {	# THING...: sets why, or fails; sets within to what makes its namespace
	within=
	for thing; do
		why="no ${thing#+}"
		case $thing in
		+root) why="not root"; [ "${uid=$(id -u)}" = 0 ] || return 0 ;;
		+mount) why="no mount namespaces" within=${mount=$(by_mount)}; [ -n "$within" ] || return 0 ;;
		+apart) why="no namespaces" within=${apart=$(by_apart)}; [ -n "$within" ] || return 0 ;;
		+long)
			why="a long run"; [ -z "${CHECK_QUICK:-}" ] || return 0
			why="a long run, and its time to begin is over (CHECK_MINUTES=0: all)"; ! is_late || return 0 ;;
		+source) why="no source tree"; [ -f "$top/Kconfig" ] || return 0 ;;
		+ps) why="no procps ps"; ps -p $$ -o pid= >/dev/null 2>&1 || return 0 ;;
		+setpriv) why="no util-linux setpriv"; setpriv --help 2>/dev/null | grep -q -- --groups || return 0 ;;
		+*) command -v "${thing#+}" >/dev/null 2>&1 || return 0 ;;
		*) why="$thing is off"; has "$thing" || return 0 ;;
		esac
	done
	return 1
}

listed() {	# LIST NAME FUNCTION: sets why it cannot be shown there, or fails
	[ -n "$2" ] || return 1
	file=${0%.t} dir=${file%/*} file=${dir##*/}/${file##*/}
	while read -r pattern of function reason; do
		# shellcheck disable=SC2254
		case $2 in $pattern) ;; *) continue ;; esac
		# shellcheck disable=SC2254
		case $file,$3 in $of,$function) why="${1##*/}: $reason"; return 0 ;; esac
	done <"$top/tests/helpers/$1"
	return 1
}

emulated() {	# FUNCTION: the same, for the emulator or what else the box runs under
	listed emulated "$DAEMONBOX_RUN" "$1" || listed under "$TEST_UNDER" "$1"
}

attempt() {	# the function fn, with its time limit; sets result
	mkdir -m 1777 "$TEST_ROOM/$fn"
	rm -f "$TEST_ROOM/still"
	result=0
	# shellcheck disable=SC2086
	"$bin/limit" "$TEST_LIMIT" "$TEST_ROOM/still" $within $TEST_SHELL "$0" "$fn" </dev/null \
		>"$TEST_ROOM/log" 2>&1 || result=$?
}

sweep_up() {	# what the function fn left is ended and removed
	left=$("$bin/waitfor" kill "$TEST_ROOM/$fn") || echo "# $left"
	rm -rf "${TEST_ROOM:?}/$fn"
}

check() {	# DESCRIPTION FUNCTION [SYMBOL|+THING]...
	what=$1 fn=$2
	shift 2
	if [ -n "$only" ]; then
		[ "$only" = "$fn" ] || return 0
		cd "$T" || exit 1
		set -e
		"$fn"
		exit 0
	fi
	[ -z "$wanted" ] || [ "$wanted" = "$fn" ] || return 0
	count=$((count + 1))
	# shellcheck disable=SC2086
	if lacks ${NEEDS:-} "$@" || emulated "$fn"; then
		echo "ok $count - $what # SKIP $why"
		return 0
	fi
	attempt
	# What was waited for had no time then, whatever its limit.
	case $result in 0 | 77) rm -f "$TEST_ROOM/still" ;; esac
	if [ -s "$TEST_ROOM/still" ]; then
		echo "# $fn: status $result, while the machine stood still for $(cat "$TEST_ROOM/still") ms: once more"
		sweep_up
		attempt
	fi
	case $result in
	0) echo "ok $count - $what" ;;
	77) echo "ok $count - $what # SKIP $(tail -n 1 "$TEST_ROOM/log")" ;;
	*)	bad=1
		echo "not ok $count - $what"
		echo "# $fn: status $result"
		sed 's/^/# /' "$TEST_ROOM/log" ;;
	esac
	[ -z "$wanted" ] || sed 's/^/# /' "$TEST_ROOM/log"
	sweep_up
}

done_testing() {
	[ -z "$only" ] || { echo "no such test"; exit 1; }
	echo "1..$count"
	exit $bad
}

# inside a test

fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 77; }
need() { for sym; do has "$sym" || skip "$sym is off"; done; }

is() {	# GOT WANTED WHAT
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

like() {	# GOT PATTERN WHAT
	# shellcheck disable=SC2254
	case $1 in $2) ;; *) fail "$3: got '$1', wanted '$2'" ;; esac
}

dz() {	# daemonize; sets st, files out and err
	st=0
	# shellcheck disable=SC2086
	$PRE $DZ "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?
}

db() {	# daemonbox, likewise
	st=0
	# shellcheck disable=SC2086
	$PRE $DB "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?
}

status() {	# WANTED [WHAT]
	[ "$st" = "$1" ] || fail "status of ${2:-it}: got $st, wanted $1: $(cat "$T/err")"
}

says() {	# PATTERN: one line, one only, on stderr
	like "$(cat "$T/err")" "$1" "message"
	is "$(wc -l <"$T/err" | tr -d ' ')" 1 "lines of message"
}

fails() {	# STATUS [PATTERN]: it failed like this and left nothing running
	status "$1"
	[ $# -lt 2 ] || says "$2"
	is "$(cat "$T/out")" "" "stdout"
	nothing_left
}

# shellcheck disable=SC2120
nothing_left() {	# [PID]...: no process of this test but these
	"$bin/waitfor" -t 5 none "$T" "$@" || fail "a stray process"
	[ $# -gt 0 ] || [ ! -e "$T/report" ] || fail "the program ran"
}

appeared() {	# the report of the daemon is there; sets pid
	"$bin/waitfor" file "$T/report" || fail "no report: $(cat "$T/err" 2>/dev/null)"
	pid=$(get pid)
}

start() {	# [OPTION]...: a probe as the daemon
	rm -f "$T/report"
	dz "$@" "$P" "$T/report"
	status 0 "daemonize"
	is "$(cat "$T/err")" "" "stderr"
	appeared
}

get() { sed -n "s/^$1: //p; s/^$1:\$//p" "$T/report"; }
env_of() { sed -n "s/^env $1=//p" "$T/report"; }

end() {	# PID...
	kill "$@" && "$bin/waitfor" end "$@" || fail "cannot end $*"
}

# shellcheck disable=SC2120
pause() {	# [SECONDS]: a tenth, for an outage to last; not to wait for anything
	TEST_SLOW=1 "$bin/waitfor" -t "${1:-0.1}" file "$T/.none" || true
}

resumed() {	# whom "strace -f -o trace" has stopped at its call goes on: the first of the trace
	kill -CONT "$(sed -n 's/^\([0-9]*\) .*/\1/p' trace | head -n 1)"
}

# All that came of a service has "pipe" open: when "cat" ends there is nobody left. That
# is the kernel's word, whatever number, session, user or parent they have. It is another
# fifo each time: somebody who was left before may have that one open still.
watch_pipe() {	# sets watcher
	rm -f pipe opened
	mkfifo -m 666 pipe
	{ : >opened; exec cat >/dev/null; } <pipe &
	watcher=$!
}

alive() {	# PID [REPORT]: it acts on a signal
	rm -f "${2:-$T/report}.again"
	kill -USR1 "$1" || fail "$1 is gone"
	"$bin/waitfor" file "${2:-$T/report}.again" || fail "$1 does not answer"
}
