#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Services that share the session of process 1, as below OpenWrt's procd.
# shellcheck disable=SC2154
NEEDS="PIDOF_SESSION PIDOF_SESSION_SERVICE +root +unshare"
HELPERS="member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

# Runs a script (stdin) as a shell below process 1 of a new namespace: no session but that one
below_manager() {
	{
		echo "set -u; bin='$bin' T='$T' PS='$PS'"
		! command -v strace >/dev/null || echo "trace='strace -o $T/trace'"
		echo 'run() { st=0; $PS "$@" >$T/out 2>$T/err || st=$?; got=$(cat $T/out); }'
		echo 'say() { echo "$*" >>$T/said; }'
		echo 'service() { name=$1; shift; cp $bin/member $T/$name; $T/$name "$@" report=$T/$name.pid & $bin/waitfor file $T/$name.pid; }'
		cat
		echo ': >$T/finished'
	} >inner
	# $1 is the shell that runs it, and not process 1
	# shellcheck disable=SC2086
	unshare -pf --mount-proc ${clock:-} sh -c '"$@"; true' sh sh inner
	[ -e finished ] || fail "it did not get to its end: $(cat said)"
}

t_descendants() {
	below_manager <<-'EOT'
		service other
		service alpha many=2
		kids=$(cat /proc/$(cat $T/alpha.pid)/task/*/children)
		run -p $(cat $T/alpha.pid); say "$st" "$got"
		say 0 $(echo $(cat $T/alpha.pid) $kids)
		run alpha; say "$st" "$got"
		run -F $T/alpha.pid; say "$st" "$got"
		run -p $(cat $T/other.pid); say "$st" "$got"
		say 0 $(cat $T/other.pid)
		run -v -p $(cat $T/other.pid); say "$st" "$got" "$(cat $T/err)"
		say 0 $(cat $T/other.pid) "pidof-session: $(cat $T/other.pid): no session of its own: its descendants"
		run other alpha; say "$st" "$got"
		say 0 $(cat $T/other.pid) $(cat $T/alpha.pid) $kids
	EOT
	cat said
	is "$(sed -n 1p said)" "$(sed -n 2p said)" "-p: it and its descendants"
	if has PIDOF_SESSION_NAME; then is "$(sed -n 3p said)" "$(sed -n 2p said)" "NAME"; fi
	if has PIDOF_SESSION_PIDFILE; then is "$(sed -n 4p said)" "$(sed -n 2p said)" "-F"; fi
	is "$(sed -n 5p said)" "$(sed -n 6p said)" "the other"
	is "$(sed -n 7p said)" "$(sed -n 8p said)" "-v"
	if has PIDOF_SESSION_NAME; then is "$(sed -n 9p said)" "$(sed -n 10p said)" "both"; fi
}
check "NAME, -p, -F: it and its descendants" t_descendants

t_uptime() {
	clock="--time --boottime 25920000"
	unshare -pf --mount-proc $clock true 2>/dev/null || skip "no time namespaces"
	# and what this machine's own is
	least=$((25920000 + $(cut -d . -f 1 /proc/uptime)))
	below_manager <<-'EOT'
		service alpha fork
		parent=$(sed 's/.*) //' /proc/$(cat $T/alpha.pid)/stat | cut -d ' ' -f 2)
		# begun a second after the boot
		sed 's/\() \([^ ]* \)\{19\}\)[0-9]*/\1100/' /proc/$parent/stat >$T/stat
		mount --bind $T/stat /proc/$parent/stat
		say $(cut -d ' ' -f 22 /proc/$parent/stat) $(cut -d . -f 1 /proc/uptime)
		run -p $parent; say "$st" "$got"
		say 0 $parent $(cat $T/alpha.pid)
		run -k TERM -w 10 -p $parent; say "$st" "$(cat $T/err)"
		$bin/waitfor -t 1 end $parent $(cat $T/alpha.pid) && say ended
	EOT
	cat said
	most=$((25920000 + $(cut -d . -f 1 /proc/uptime)))
	up=$(sed -n '1s/^100 //p' said)
	[ "${up:-0}" -ge "$least" ] && [ "$up" -le "$most" ] || fail "the uptime is '$up', of $least to $most, or the start not 100"
	is "$(sed -n 2p said)" "$(sed -n 3p said)" "-p by descent"
	if has PIDOF_SESSION_SIGNAL && has PIDOF_SESSION_WAIT; then is "$(sed -n 4,5p said | tr '\n' ' ')" "0  ended " "-k"; fi
}
check "after 300 days, one that was started at boot" t_uptime

t_kill() {
	below_manager <<-'EOT'
		service other
		service alpha many=3
		all=$($PS -p $(cat $T/alpha.pid))
		# traced, it is slow enough for the first to end before the others are signalled
		PS="${trace:-} $PS" run -k TERM -w 10 -p $(cat $T/alpha.pid); say "$st" "$got" "$(cat $T/err)"
		for pid in $all; do $bin/waitfor -t 1 end $pid && say ended; done
		kill -0 $(cat $T/other.pid) && say other lives
		run -k TERM -s 0 ; say "$st"
		run -k TERM -p 1 ; say "$st"
		kill -0 $(cat $T/other.pid) && say other lives
		# part of its own service it is not to end
		run -k TERM -p $$ ; say "$st" "$(cat $T/err)"
	EOT
	cat said
	is "$(sed -n 1p said)" "0  " "status"
	is "$(sed -n 2,5p said | tr '\n' ' ')" "ended ended ended ended " "the service"
	is "$(sed -n 6p said)" "other lives" "another"
	is "$(sed -n 7,9p said | tr '\n' ' ')" "3 3 other lives " "the session that all share"
	like "$(sed -n 10p said)" "3 pidof-session: *--force" "the service that it is part of"
}
check "-k -w: the service, and nothing else of that session" t_kill PIDOF_SESSION_SIGNAL PIDOF_SESSION_WAIT

t_late_child() {
	# whoever was made while it was waited for belongs, also when its parent has ended
	below_manager <<-'EOT'
		mkfifo $T/fork $T/end
		sh -c 'read x <$1/fork; "$0" report=$1/late.pid & read x <$1/end' $bin/member $T &
		first=$!
		$PS -w 20 -p $first &
		waiter=$!
		n=0
		until grep -q pidof-session /proc/$waiter/cmdline || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done
		$bin/waitfor -t 1 end $waiter && say "it does not wait"
		echo >$T/fork
		$bin/waitfor file $T/late.pid
		# time for looks that see both
		$bin/waitfor -t 1 end $first && say "it has ended"
		echo >$T/end
		$bin/waitfor end $first
		$bin/waitfor -t 1 end $waiter && say "it waits for the first alone"
		kill $(cat $T/late.pid)
		wait $waiter; say $?
	EOT
	is "$(cat said)" 0 "what was said"
}
check "-w: also for whoever it has made meanwhile" t_late_child PIDOF_SESSION_WAIT

t_storm() {
	below_manager <<-'EOT'
		service alpha respawn
		run -k KILL -w 10 -p $(cat $T/alpha.pid); say "$st" "$(cat $T/err)"
		run alpha; say "$st" "$got"
	EOT
	cat said
	is "$(sed -n 1p said)" "0 " "status"
	if has PIDOF_SESSION_NAME; then is "$(sed -n 2p said)" "1 " "left"; fi
}
check "-k KILL: what starts others when one ends" t_storm PIDOF_SESSION_SIGNAL PIDOF_SESSION_WAIT

t_own_session() {
	below_manager <<-'EOT'
		service alpha orphan setsid many=1
		run -v alpha; say "$st" "$(cat $T/err)"
		run -v -p $(cat $T/alpha.pid); say "$st" "$(echo $got | wc -w)" "$(cat $T/err)"
	EOT
	like "$(sed -n 2p said)" "0 *2 " "a session of its own is gone by"
}
check "a service with a session of its own goes by that" t_own_session

t_cgroup() {
	root=
	for dir in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ ! -w $dir/cgroup.procs ] || root=$dir
	done
	if [ -z "$root" ]; then
		mkdir cg
		mount -t cgroup2 none cg 2>/dev/null || skip "no cgroup2 here"
		root=$T/cg
	fi
	group=$root/daemonbox-test-$$
	mkdir "$group" "$group/alpha" "$group/alpha/part" "$group/alphabet" 2>/dev/null || skip "no cgroup can be made"
	st=0
	G=$group t_cgroup_inner || st=$?
	for dir in "$group/alpha/part" "$group/alpha" "$group/alphabet" "$group"; do
		n=0
		while ! rmdir "$dir" && [ $n -lt 50 ]; do
			"$bin/waitfor" kill "$T/" >/dev/null
			n=$((n + 1))
		done
	done 2>/dev/null
	return $st
}
t_cgroup_inner() {
	export G
	below_manager <<-'EOT'
		place() { sh -c 'echo $$ >'$1'/cgroup.procs; shift 2; exec "$@"' sh "$@" & }
		start() { name=$1 where=$2; shift 2; cp $bin/member $T/$name
			sh -c 'echo $$ >$0/cgroup.procs && exec "$@"' $where $T/$name "$@" report=$T/$name.pid & $bin/waitfor file $T/$name.pid; }
		start main $G/alpha
		start helper $G/alpha
		start part $G/alpha/part
		start foreign $G/alphabet
		start child $G/alpha fork
		parent=$(sed 's/.*) //' /proc/$(cat $T/child.pid)/stat | cut -d ' ' -f 2)
		all=$(printf '%s\n' $(cat $T/main.pid $T/helper.pid $T/part.pid $T/child.pid) $parent | sort -n | tr '\n' ' ')
		run -p $(cat $T/main.pid); say "$st $got "
		say "0 $all"
		run -v -p $(cat $T/foreign.pid); say "$st $got $(cat $T/err)"
		say "0 $(cat $T/foreign.pid) pidof-session: $(cat $T/foreign.pid): no session of its own: its cgroup"
		run -p $(cat $T/part.pid); say "$st $got"
		say "0 $(cat $T/part.pid)"
		run main helper; say "$st $got "
		run -k TERM -w 10 -p $(cat $T/main.pid); say "$st"
		kill -0 $(cat $T/foreign.pid) && say foreign lives
		kill -0 $(cat $T/part.pid) 2>/dev/null || say part ended
		kill -KILL $(cat $T/foreign.pid)
	EOT
	cat said
	is "$(sed -n 1p said)" "$(sed -n 2p said)" "-p"
	is "$(sed -n 3p said)" "$(sed -n 4p said)" "a cgroup whose name begins the same"
	is "$(sed -n 5p said)" "$(sed -n 6p said)" "the cgroup below"
	if has PIDOF_SESSION_NAME; then is "$(sed -n 7p said)" "$(sed -n 2p said)" "NAME, twice of one"; fi
	if has PIDOF_SESSION_SIGNAL && has PIDOF_SESSION_WAIT; then
		is "$(sed -n 8p said)" 0 "-k"
		is "$(sed -n 9p said)" "foreign lives" "another service"
		is "$(sed -n 10p said)" "part ended" "the cgroup below it"
	fi
}
check "the cgroup of the service, and those below it, first" t_cgroup

done_testing
