#!/bin/sh
# SPDX-License-Identifier: 0BSD
# board/fleet, of the engines that "make deps-fleet" brings: boards in network namespaces,
# each with BusyBox's syslogd and a ticklog, and simulated ones (boards.c). Whatever befalls
# a board, the right alert names it within two beats, and no other board.
#
# needs: iproute2 wget
# shellcheck disable=SC2154
NEEDS="TICKLOG_FIELDS DAEMONIZE_FOREGROUND +apart +root +busybox +wget +ip"
HELPERS="logd owndev actor boards"
TEST_LIMIT=240
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/ticklib.sh"

fleet_start() {
	for program in rsyslogd victoria-metrics vmalert prometheus-alertmanager; do
		[ -x "$O/fleet/bin/$program" ] || skip "no $program (make deps-fleet)"
	done
	"$O/fleet/bin/prometheus-alertmanager" --version >/dev/null 2>&1 || skip "no overlay file system"
	ip link set lo up
	FLEET_BIN=$O/fleet/bin FLEET_EVERY=1s FLEET_BOARDS=10000 "$top/board/fleet/try" "$T/state" >try.out 2>&1 &
	for port in 8428/health 8880/health 9093/-/ready; do
		until wget -q -O /dev/null "http://127.0.0.1:$port"; do pause; done
	done
	until grep -q ':158B ' /proc/net/udp && grep -q ':158A .* 0A ' /proc/net/tcp && grep -q ':158B .* 0A ' /proc/net/tcp; do
		if grep -q ':158A ' /proc/net/udp; then break; fi
		pause
	done
}

query() {	# EXPRESSION: prints the answer
	wget -q -O - "http://127.0.0.1:8428/api/v1/query?query=$(echo "$1" | sed 's/+/%2B/g; s/ /%20/g; s/&/%26/g; s/{/%7B/g; s/}/%7D/g; s/"/%22/g')"
}

# Which boards which alerts name, as the rules have them now: "Silent 10.9.0.1", sorted.
alerts() {
	wget -q -O - http://127.0.0.1:8880/api/v1/alerts | sed 's/{"state"/\n&/g' |
		sed -n '/"state":"firing"/s/.*"name":"\([A-Za-z]*\)".*"board":"\([^"]*\)".*/\1 \2/p' | sort
}

# Waits until they are those that stand in the file; they are the same a look later.
alerts_are() {	# FILE SECONDS
	sort "$1" >wanted
	i=0
	until alerts >found && cmp -s found wanted; do
		i=$((i + 1))
		[ $i -lt $(($2 * 5)) ] || { diff wanted found; fail "the alerts are not those"; }
		pause 0.2
	done
	pause 2
	alerts | diff wanted - || fail "the alerts do not stay"
}

order() { n=$1; shift; echo "$*" >"$T/$n/orders"; }

board() {	# NUMBER: one that waits for orders, in a network of its own, up for 20 seconds
	mkdir -p "$T/$1"
	mkfifo "$T/$1/orders"
	T=$T bin=$bin TL=$TL COLLECTOR=10.9.0.254:5514 INTERVAL=$INTERVAL unshare --mount --net --time --boottime -$(($(cut -d . -f 1 /proc/uptime) - 20)) \
		--fork sh "$top/tests/helpers/fleetboard.sh" "$1" >"$T/$1/out" 2>&1 &
	"$bin/waitfor" file "$T/$1/ready" || fail "no board $1: $(cat "$T/$1/out")"
	ip link add "v$1" type veth peer name eth0 netns "$!" || skip "no virtual networks"
	ip link set "v$1" master br0 up
	nsenter -t "$!" --net sh -c "ip link set lo up; ip addr add 10.9.0.$1/24 dev eth0; ip link set eth0 up"
}

INTERVAL=4
t_boards() {
	unshare --time --boottime 1 --fork true 2>/dev/null || skip "no time namespace"
	fleet_start
	ip link add br0 type bridge || skip "no virtual networks"
	ip addr add 10.9.0.254/24 dev br0
	ip link set br0 up
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do board $n; done
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do order $n start 0; done
	# all have beaten twice, and nothing is wrong
	until query 'count(tick_n>1)' | grep -q '"12"'; do pause; done
	: >none
	alerts_are none 5
	order 1 silence
	order 2 reboot 32
	order 3 reboot 0
	order 4 hold
	order 5 stop
	# the same boot and a smaller n: neither a reboot nor a gap
	order 7 again 0
	order 9 say "tick n=1,board=10.9.0.8 boot=5f3a0008 up=1 next=1"
	order 9 say "10.9.0.8 ticklog: tick n=1 boot=5f3a0008 up=1 next=1"
	pause $INTERVAL
	order 4 drop
	pause $((INTERVAL + 1))
	order 5 continue
	# that may have been in time for its next beat (a tenth of the interval), and this is not then
	pause 0.5
	order 5 stop
	pause 5.3
	order 5 continue
	printf '%s\n' "Silent 10.9.0.1" "Rebooted 10.9.0.2" "Crashed 10.9.0.2" "Rebooted 10.9.0.3" "Lost 10.9.0.4" "Late 10.9.0.5" >faults
	# the first sample of a kind is seen after up to 10 seconds
	alerts_are faults $((INTERVAL * 2 + 14))
	# lines that come late: silent, and no more
	order 6 hold
	echo "Silent 10.9.0.6" >>faults
	alerts_are faults $((INTERVAL * 3 + 4))
	order 6 go
	sed -i '$d' faults
	alerts_are faults 10
	query 'end_n{board="10.9.0.7"}' | grep -q '"10.9.0.7"' || fail "the end of the one that was started again is not known"
	is "$(query 'resets(tick_n{board="10.9.0.7"}[10m])' | sed 's/.*,"\([0-9]*\)".*/\1/')" 1 "starts again"
	wget -q -O - http://127.0.0.1:9093/api/v2/alerts | grep -q 'Silent' || fail "the alertmanager does not know"
}
check "boards that fall silent, reboot, crash, lose lines, are late: the right alerts, and no others" t_boards +long

t_simulated() {
	fleet_start
	"$bin/boards" 300 2000 32 5514 silent=7 lost=20 reboot=31 crash=44 moved=58 late=63 broken=70 forged=81 >sent &
	printf '%s\n' "Silent 127.16.0.7" "Lost 127.16.0.20" "Rebooted 127.16.0.31" "Rebooted 127.16.0.44" "Crashed 127.16.0.44" \
		"ClockMoved 127.16.0.58" "Late 127.16.0.63" >faults
	alerts_are faults 34
	is "$(query 'count(last_over_time(tick_n[10m]))' | sed 's/.*,"\([0-9]*\)".*/\1/')" 300 "boards that are known"
}
check "300 simulated boards, among them broken and forged lines: likewise" t_simulated +long

# What passes a beat on, as the sources of it have it: BusyBox's syslogd -R the datagram as it
# came; OpenWrt's logread (ubox, log/logread.c) its own stamp, the host's name, and by TCP
# a newline or, with log_trailer_null, a NUL.
tcp() { timeout 10 busybox nc 127.0.0.1 5514 || fail "nc: $?"; }

t_forms() {
	fleet_start
	printf '<30>Nov 28 17:00:00 OpenWrt ticklog[417]: tick n=4 boot=5f3a91c2 up=3723 next=60\n' | tcp
	until query 'tick_n==4' | grep -q '"127.0.0.1"'; do pause; done
	printf '<30>Nov  8 17:00:00 OpenWrt ticklog[417]: tick n=5 boot=5f3a91c2 up=3783 next=60.5 late=27.114\0' | tcp
	until query 'tick_n==5' | grep -q '"127.0.0.1"'; do pause; done
	printf '<30>Nov 28 17:00:00 ticklog[417]: tick n=6 boot=5f3a91c2 up=3843 next=60 moved=-3600.000 lost=2\n' | tcp
	until query 'tick_n==6' | grep -q '"127.0.0.1"'; do pause; done
	# the first sample of a kind is seen after up to 10 seconds
	until found=$(query 'sort(last_over_time({board="127.0.0.1",__name__=~"tick_(late|moved|lost)"}[1m]))' | grep -o ',"[-0-9.]*"' |
		tr -d '\n') && [ "$found" = ',"-3600","2","27.114"' ]; do pause 0.5; done
}
check "a beat in each form in which BusyBox and OpenWrt pass it on, by TCP" t_forms +long

t_outage() {
	ip link set lo up
	mkdir relay
	FLEET_STATE=$T/relay RELAY_SYSLOG=5516 COLLECTOR=127.0.0.1 FLEET_RELP=5515 \
		"$O/fleet/bin/rsyslogd" -n -iNONE -f "$top/board/fleet/relay.conf" >relay.out 2>&1 &
	[ -x "$O/fleet/bin/rsyslogd" ] || skip "no rsyslogd (make deps-fleet)"
	until grep -q ':158C ' /proc/net/udp; do pause; done
	# the collector is not there yet
	"$bin/boards" 100 100 3 5516 >sent
	fleet_start
	i=0
	# each number of each board; RELP may send a line twice, never not at all
	until query 'min(distinct_over_time(tick_n[10m]))' | grep -q ',"30"'; do
		i=$((i + 1))
		[ $i -lt 300 ] || fail "of $(cat sent) lines: $(query 'sum(count_over_time(tick_n[10m]))')"
		pause
	done
	# by the names that the relay has for them
	is "$(query 'count(last_over_time(tick_n{board=~"127.16.0.[0-9]+"}[10m]))' | grep -c ',"100"')" 1 "boards"
}
check "what a relay took while the collector was away comes in after it" t_outage

done_testing
