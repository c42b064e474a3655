#!/bin/sh
# SPDX-License-Identifier: 0BSD
# fleetboard.sh NUMBER: a board in namespaces of its own, with its own network, /dev, boot
# and watchdog; from the environment T, bin, TL, COLLECTOR, INTERVAL. It does what comes
# by the fifo T/NUMBER/orders.
# shellcheck disable=SC2154
n=$1 here=$T/$1
"$bin/owndev" "$here/dev"
mount -t tmpfs tmpfs /sys
mkdir -p /sys/class/watchdog/watchdog0
echo 0 >/sys/class/watchdog/watchdog0/bootstatus
printf '%08x-0000-4000-8000-000000000000\n' $((0x5f3a0000 + n)) >"$here/boot"
mount --bind "$here/boot" /proc/sys/kernel/random/boot_id

log_start() {
	rm -f /dev/log
	busybox syslogd -n -R "$COLLECTOR" &
	log=$!
	"$bin/waitfor" file /dev/log
}
beat_start() {
	$TL -l -f -i "$INTERVAL" -d "${1:-0}" &
	ticker=$!
}
reboot() {	# BITS
	kill -9 "$ticker"
	printf '%08x-0000-4000-8000-000000000000\n' $((0x6f3a0000 + n)) >"$here/boot"
	echo "$1" >/sys/class/watchdog/watchdog0/bootstatus
	beat_start
}
: >"$here/ready"
exec 3<>"$here/orders"
while read -r order more <&3; do
	case $order in
	start) log_start; beat_start "$more" ;;
	silence) kill -9 "$ticker" ;;
	again) kill "$ticker"; wait "$ticker"; beat_start "$more" ;;
	reboot) reboot "$more" ;;
	hold) kill -STOP "$log" ;;
	go) kill -CONT "$log" ;;
	drop) kill -9 "$log"; log_start ;;
	stop) kill -STOP "$ticker" ;;
	continue) kill -CONT "$ticker" ;;
	say) busybox logger -t ticklog "$more" ;;
	esac
done
