#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# pidof-session.sh OUT [N]: finding a session of one process among N (5,000),
# beside a bare loop in C, BusyBox and procps, in one run: system calls, user
# instructions, time, memory; and what the applet weighs is told by option-costs.

out=$(cd "${1:-out}" && pwd) || exit 1
n=${2:-5000}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX") || exit 1
crowd=''
one=''

cleanup() {
	for group in $crowd $one; do
		kill -KILL "-$group"
	done
	rm -rf "$dir"
}

trap 'cleanup' EXIT
trap 'exit 1' HUP INT TERM

ln -s "$out/daemonbox" "$dir/pidof-session"
sed -n 's/^# \(.*\): .*/\1/p; 1q' "$out/include/toolchain.mk" >"$dir/cc" 2>/dev/null
# shellcheck disable=SC2046
if ! $(cat "$dir/cc") -Os -static -o "$dir/bare" "$here/pidof-session.c" 2>/dev/null; then
	cc -Os -static -o "$dir/bare" "$here/pidof-session.c" || exit 1
fi

wait_for() { i=0; while [ ! -s "$1" ] && [ $i -lt 3000 ]; do sleep 0.02; i=$((i + 1)); done; }

"$dir/bare" -n "$n" "$dir/crowd"
wait_for "$dir/crowd"
crowd=$(cat "$dir/crowd")
"$dir/bare" -n 1 "$dir/one"
wait_for "$dir/one"
one=$(cat "$dir/one")

calls() { strace -qq -o "$dir/trace" -e signal=none "$@" >"$dir/printed" 2>&1; wc -l <"$dir/trace" | tr -d ' '; }

instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
		sed -n 's/^==[0-9]*== Collected : //p'
}

# The best of nine, in microseconds.
best() {
	for _ in 1 2 3 4 5 6 7 8 9; do
		start=$(date +%s%N)
		"$@" >/dev/null
		echo $((($(date +%s%N) - start) / 1000))
	done | sort -n | head -n 1
}

row() { printf '%-34s %10s %14s %10s\n' "$@"; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a && b) printf "%.2f", a / b; else print "-" }'; }

measure() { # NAME COMMAND...
	name=$1
	shift
	c=-
	i=-
	if command -v strace >/dev/null; then c=$(calls "$@"); fi
	case $name in busybox* | procps*) ;; *) if command -v valgrind >/dev/null; then i=$(instructions "$@"); fi ;; esac
	t=$(best "$@")
	row "$name" "$c" "$i" "$t"
}

total=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
echo "one of $total processes, by its session"
row "" calls instructions "best, us"
measure "bare loop" "$dir/bare" "$one"; bare_i=$i bare_t=$t
measure "pidof-session -s" "$dir/pidof-session" -s "$one"; own_i=$i own_t=$t own_c=$c
measure "pidof-session -s (all $n)" "$dir/pidof-session" -s "$crowd"; all_c=$c
# Debian's has no pgrep: BUSYBOX names another.
busybox_t=0
if ${BUSYBOX:-busybox} --list | grep -qx pgrep; then
	measure "busybox pgrep -s" "${BUSYBOX:-busybox}" pgrep -s "$one" .
	busybox_t=$t
fi
measure "procps pgrep -s" pgrep -s "$one"; procps_t=$t

most=$((total + 12 + total / 200))
echo
echo "calls: $own_c and $all_c, at most N + 12 + N/200 = $most"
echo "instructions: $(ratio "$own_i" "$bare_i") of the bare loop's, at most 1.2"
echo "time: $(ratio "$own_t" "$bare_t") of the bare loop's"
echo "time: busybox $(ratio "$busybox_t" "$own_t") times as long, at least 10; procps $(ratio "$procps_t" "$own_t"), at least 20"
