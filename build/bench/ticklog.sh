#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# ticklog.sh: a beat of ticklog beside one of a shell's loop, in one run: system
# calls, processor time; and the memory of what stays. As root, after "make".
# From the environment: O, the output folder; BEATS (2000).
# shellcheck disable=SC2154,SC2086,SC2016,SC1091

. "$(dirname "$0")/room.sh"
beats=${BEATS:-2000}

# The loop that stands in its place on a board: a date, a line, a while.
cat >loop <<'END'
n=0
while [ $n -lt $1 ]; do
	n=$((n + 1))
	busybox logger -t tick "tick $n: $(busybox date), up $(busybox cut -d ' ' -f 1 /proc/uptime)"
	busybox usleep 1000
done
END

logd_start

# All processes of a command, in clock ticks of a hundredth of a second.
used() {	# COMMAND N
	sh -c '"$@"; cat /proc/$$/stat' sh "$@" | awk '{ sub(/.*\) /, ""); print $14 + $15 }'
}
cat >run <<'END'
case $1 in
ticklog) "$2/bin/ticklog" -f -i 0.001 -d 0 -n "$3" ;;
loop) busybox ash "$2/loop" "$3" ;;
esac
END

row "a beat" "calls" "microseconds of processor"
for way in ticklog loop; do
	calls=-
	if command -v strace >/dev/null; then
		strace -f -c -o trace sh "$T/run" $way "$T" 200
		calls=$(awk '$NF == "total" { printf "%.1f", $4 / 200 }' trace)
	fi
	row "  $way" "$calls" "$(awk -v t="$(used sh "$T/run" $way "$T" "$beats")" -v n="$beats" 'BEGIN { printf "%.0f", t * 10000 / n }')"
done

row "resident, kB" "PSS" "private dirty"
"$bin/ticklog" -i 0.1 -d 0 -p "$T/pid"
logged ': tick 5: '
memory "ticklog, alone" "$(cat pid)"
"$bin/ticklog" -i 0.1 -d 0 -p "$T/pid2"
"$bin/daemonize" -S -p "$T/pid3" "$bin/actor" say 'other\n'
logged 'other$'
memory "... beside another and a daemonize -S" "$(cat pid)"
logd close
"$bin/waitfor" -t 3 file none || :
memory "in an outage" "$(cat pid)"
logd bind
"$bin/waitfor" -t 2 file none || :
memory "after it" "$(cat pid)"
kill "$(cat pid)" "$(cat pid2)" "$("$bin/waitfor" lock pid3)"
