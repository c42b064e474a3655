# SPDX-License-Identifier: 0BSD
# What the board's scripts share.
# shellcheck shell=sh disable=SC2034

tools=/test/out/tests                  # the tests' helper programs

say() {	# TEXT: a line for the host, with the seconds since the kernel started
	read -r up rest </proc/uptime
	echo "board: $up $*" >/dev/console
}

wish() {	# NAME: what the host asked for, on the kernel's command line
	for word in $(cat /proc/cmdline); do
		case $word in "board.$1="*) echo "${word#*=}" | tr ',' ' ' ;; esac
	done
}

log=/var/log/messages
