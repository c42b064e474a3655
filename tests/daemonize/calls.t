#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What a start costs: system calls from exec to exec, all processes together.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE +strace"
. "${0%/*}/../helpers/lib.sh"

# seccomp and tracing want no emulator
count() {	# BADSTATE-OPTION... -- [OPTION]...: sets calls
	pre=
	while [ "$1" != -- ]; do pre="$pre $1"; shift; done
	shift
	rm -f trace report
	# shellcheck disable=SC2086
	strace -f -qq -o trace -e signal=none "$bin/badstate" -Z $pre "$bin/daemonize" "$@" "$P" -e 0 "$T/report" ||
		fail "strace: $?"
	appeared
	# from the line after daemonize's own exec; of the daemon through the program's
	daemon=$(sed -n "s|^\([0-9]*\) .*execve(\"$P\".*|\1|p" trace)
	awk -v daemon="$daemon" -v from="execve(\"$bin/daemonize\"" -v to="execve(\"$P\"" '
		started && !(over && $1 == daemon)
		index($0, from) { started = 1 }
		index($0, to) { over = 1 }' trace |
		grep -v -e ' resumed>' -e '^[0-9]* *[+-][+-][+-] ' >list
	calls=$(wc -l <list | tr -d ' ')
}

t_plain() {
	for run in 1 2 3 4 5; do
		count --
		[ "$calls" -le 28 ] || { cat list; fail "run $run: $calls calls"; }
	done
	echo "# $calls calls"
}
check "default options: at most 28 calls" t_plain

t_pidfile() {
	for run in 1 2 3 4 5; do
		rm -f pid
		count -- -p "$T/pid"
		[ "$calls" -le 38 ] || { cat list; fail "run $run: $calls calls"; }
	done
}
check "-p: at most 38" t_pidfile DAEMONIZE_PIDFILE

t_limit() {
	count -l 1024 --
	few=$calls
	count -l "${1:-4096}" --
	is "$calls" "$few" "calls at a limit of ${1:-4096} descriptors, against 1,024"
	count -l "${1:-4096}" -d 1000 -d 3000 --
	is "$calls" "$few" "... with some open"
}
check "a limit of 4,096 descriptors costs no more than one of 1,024" t_limit STEP_CLOSE

t_million() {
	"$bin/badstate" -l 1048576 true 2>/dev/null || skip "the limit cannot be raised so far"
	t_limit 1048576
}
check "... nor does one of 1,048,576" t_million STEP_CLOSE

t_signals() {
	count --
	none=$calls
	count -I HUP -I PIPE --
	[ "$calls" -le $((none + 6)) ] || { cat list; fail "$none calls, $calls with two signals ignored"; }
}
check "signals cost what is ignored, not 64 calls" t_signals STEP_SIGNALS

t_memory() {
	count --
	! grep -E '(brk|mmap|mremap)\(' list || fail "heap"
}
check "no heap" t_memory

done_testing
