#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What a service leaves behind, as daemonize -KK ends it: when a look fails, and after a long uptime.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_STOP_SESSION DAEMONIZE_PIDFILE"
HELPERS="member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

family() {	# a service with a child in its session; sets pid and child
	rm -f child
	dz -p "$T/pid" "$bin/member" fork "report=$T/child"
	status 0
	"$bin/waitfor" file child
	child=$(cat child)
}

refuses() {	# INJECTION: a -KK that meets it does not say 0, or has left nothing
	rm -f trace
	st=0
	strace -qq -o trace -e "inject=$1" "$bin/daemonize" -KK -t 1 -p "$T/pid" >out 2>err || st=$?
	grep -q INJECTED trace || fail "no $1 happened"
	[ $st != 0 ] || fail "$1: status 0"
	says "daemonize: *"
}

t_failing() {
	family
	refuses "getdents64:error=EIO"
	refuses "getdents64:error=ENOENT"
	refuses "getsid:error=EPERM"
	lives "$child" "$(cat pid)"
	dz -KK -p pid
	status 0
	ended "$child"
	for when in 2+ 3+ 4+; do
		family
		refuses "getdents64:error=EIO:when=$when"
		kill -KILL "$child" 2>/dev/null || :
		[ ! -e pid ] || dz -KK -p pid
		rm -f pid
	done
}
check "-KK, a look fails: never status 0" t_failing +strace

t_foreground_failing() {
	rm -f child
	setsid "$bin/daemonize" -f -p "$T/pid" "$bin/member" fork "report=$T/child" &
	"$bin/waitfor" file child
	refuses "getdents64:error=EIO"
	refuses "read:error=EIO:when=5+"
	kill -KILL "$(cat pid)" "$(cat child)"
}
check "... of a service under -f, whose descendants are looked for" t_foreground_failing DAEMONIZE_FOREGROUND +strace +setsid

t_uptime() {
	clock="--time --boottime 25920000"
	# shellcheck disable=SC2086
	unshare -pf --mount-proc $clock true 2>/dev/null || skip "no time namespaces"
	cat >inner <<-EOF
		setsid "$bin/daemonize" -f -p "$T/pid" "$bin/member" fork report=$T/child &
		"$bin/waitfor" file $T/child
		child=\$(cat $T/child) main=\$(cat $T/pid)
		# the service has begun a second after the boot
		sed 's/\\() \\([^ ]* \\)\\{19\\}\\)[0-9]*/\\1100/' /proc/\$main/stat >$T/stat
		sed 's/\\() \\([^ ]* \\)\\{19\\}\\)[0-9]*/\\1200/' /proc/\$child/stat >$T/stat2
		mount --bind $T/stat2 /proc/\$child/stat
		"$bin/daemonize" -KK -t 2 -p "$T/pid" 2>err && echo 0 >st
		kill -0 \$child 2>/dev/null && ! grep -q 'State:	Z' /proc/\$child/status && echo child lives >state
		: >finished
	EOF
	# shellcheck disable=SC2086
	unshare -pf --mount-proc $clock sh -c '"$@"; true' sh sh inner || :
	[ -e finished ] || fail "it did not get to its end"
	is "$(cat state 2>/dev/null)" "" "status $(cat st 2>/dev/null): $(cat err)"
	is "$(cat st)" 0 "status of -KK: $(cat err)"
}
check "-KK after 300 days: the children of a service under -f that was started at boot" t_uptime \
	DAEMONIZE_FOREGROUND +root +unshare +setsid

done_testing
