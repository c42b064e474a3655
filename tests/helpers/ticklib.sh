# SPDX-License-Identifier: 0BSD
# What tests/ticklog/*.t share, after lib.sh and loglib.sh.
# shellcheck shell=sh disable=SC2034,SC2154

# by a name in the test's own folder, so that it counts as the test's
[ -z "$only" ] || ln -s "$BOX" "$T/ticklog"
TL="${T:-}/ticklog"

tl() {	# ticklog; sets st, files out and err
	st=0
	# shellcheck disable=SC2086
	$PRE $TL "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?
}

fails_usage() {	# PATTERN: a wrong command line, and nothing was started
	status 2
	says "$1"
	all_gone
}

boot_ms() {	# milliseconds since boot, to a hundredth of a second
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}0"
}

between() {	# WHAT GOT LEAST MOST
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || fail "$1: $2, wanted $3 to $4"
}

# By now ticklog has beaten so often: its timer's count does not show, so this beats with it.
beaten() {	# N: time for so many beats has gone by since this process was started
	pause "$(awk -v n="$1" -v i="$(tr '\0' '\n' <"/proc/$(cat "$T/pid")/cmdline" | sed -n '/^-i$/{n;p;}')" \
		'BEGIN { print n * i + 0.05 }')"
}

end_pidfile() {	# what runs by the file "pid"
	pid=$(cat "$T/pid")
	kill "$pid"
	"$bin/waitfor" end "$pid" || fail "ticklog does not end"
	all_gone
}
