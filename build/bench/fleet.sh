#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# fleet.sh OUT COUNT[:INTERVAL[:SECONDS[:EVERY]]]...: what board/fleet takes on this machine,
# by simulated boards (tests/helpers/boards.c) that beat each INTERVAL seconds (60) for
# SECONDS (180), the rules looked at each EVERY seconds (15): lines sent, dropped by the kernel, kept; seconds until the last
# that waited were; memory of the engines; the time
# of a look for the silent; when the one that falls silent is named, in intervals.
# As root, in namespaces of its own; OUT has fleet/ ("make deps-fleet").

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
out=${1:?OUT}
if [ "$out" != --inside ]; then
	out=$(cd "$out" && pwd) || exit 1
	shift
	exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --inside "$out" "$@"
fi
out=$2
shift 2
dir=$(mktemp -d "${TMPDIR:-/tmp}/fleet.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
cc -O2 -o "$dir/boards" "$top/tests/helpers/boards.c" || exit 1
ip link set lo up

get() { wget -q -T 120 -O - "http://127.0.0.1:$1"; }
rss() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$1/status"; }
pid() { for p in /proc/[0-9]*; do case $(readlink "$p/exe") in */$1) echo "${p#/proc/}" ;; esac; done | head -n 1; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
ms() { read -r up _ </proc/uptime; echo "${up%.*}${up#*.}0"; }

printf '%8s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n' boards lines/s sent dropped kept drained-s metrics-MB rsyslog-MB look-s cpu-% named load
for job; do
	IFS=: read -r count interval seconds every <<-END
		$job
	END
	: "${interval:=60}" "${seconds:=180}" "${every:=15}"
	FLEET_BIN=$out/fleet/bin FLEET_EVERY=${every}s FLEET_BOARDS=$((count + 1000)) "$top/board/fleet/try" "$dir/state" >"$dir/try" 2>&1 &
	try=$!
	until get 8428/health >/dev/null && grep -q ':158A ' /proc/net/udp; do sleep 0.2; done
	metrics=$(pid victoria-metrics) rsyslog=$(pid rsyslogd)
	before=$(($(ticks "$metrics") + $(ticks "$rsyslog"))) start=$(ms)
	"$dir/boards" "$count" $((interval * 1000)) "$seconds" 5514 silent=7 >"$dir/sent" &
	boards=$! named=
	# all are silent once two intervals have gone by without the sender
	while kill -0 $boards 2>/dev/null || { [ -z "$named" ] && [ $(($(ms) - start)) -lt $(((seconds + interval) * 1000)) ]; }; do
		[ -n "$named" ] || ! get 8880/api/v1/alerts | grep -q '"Silent".*127.16.0.7"' || named=$(ms)
		sleep 0.5
	done
	cpu=$(((($(ticks "$metrics") + $(ticks "$rsyslog")) - before) * 1000 / ($(ms) - start)))
	read -r sent took <"$dir/sent"
	load=$(cut -d ' ' -f 1 /proc/loadavg)
	# what waits in rsyslog's queues comes in yet
	kept=0 was=-1 drained=$(ms)
	while [ "$kept" != "$was" ] && [ $(($(ms) - drained)) -lt 120000 ]; do
		was=$kept
		sleep 5
		kept=$(get '8428/api/v1/query?query=sum(count_over_time(tick_n%5B1h%5D))' | sed 's/.*,"\([0-9]*\)".*/\1/')
	done
	drained=$((($(ms) - drained) / 1000 - 5))
	look=$(ms)
	get '8428/api/v1/query?query=time()-last_over_time(tick_due%5B1d%5D)>0' >/dev/null
	look=$(($(ms) - look))
	# its last beat was the one before half time
	[ -z "$named" ] || named=$(awk -v d=$((named - start)) -v i="$interval" -v s="$seconds" \
		'BEGIN { half = int(s * 500 / (i * 1000)); printf "%.2f", d / 1000 / i - (half - 1) }')
	printf '%8s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n' "$count" $((sent * 1000 / took)) "$sent" \
		"$(awk '/^Udp: [0-9]/ { print $6 }' /proc/net/snmp)" "${kept:--}" "$drained" "$(rss "$metrics")" "$(rss "$rsyslog")" \
		"$(awk "BEGIN { print $look / 1000 }")" "$cpu" "${named:--}" "$load"
	kill $try
	wait $try
	rm -rf "$dir/state"
done
