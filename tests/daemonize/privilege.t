#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Less privilege: each option shown by a program that says what it has, in each kind of start.
# shellcheck disable=SC2034,SC2154
NEEDS="DAEMONIZE"
. "${0%/*}/../helpers/lib.sh"

program=$P into=${T:-}/report from=${T:-}/report how=	# the report, as the program names it and from outside

try() {	# [OPTION]...: a program that has to start, if not with -f
	rm -f "$from" "$T/report"
	dz "$@" "$program" "$into"
	status 0 "$how"
	reported
}

reported() {
	"$bin/waitfor" file "$from" || fail "no report ($how)"
	[ "$from" = "$T/report" ] || cp "$from" "$T/report"
	pid=$(get pid)
}

# Starts a probe in each way there is, and calls FUNCTION for each report of it, the
# second of a supervisor being that of a program that it has started again.
each() {	# FUNCTION [OPTION]...
	look=$1
	shift
	how=detached
	try "$@"
	$look
	end "$pid"
	for how in -f "-f -rr"; do
		has DAEMONIZE_FOREGROUND || continue
		[ "$how" = -f ] || has DAEMONIZE_RESTART || continue
		rm "$from"
		# shellcheck disable=SC2086
		dz $how "$@" "$program" -e 0 "$into"
		status 0 "$how"
		reported
		$look
	done
	if has DAEMONIZE_RESTART; then
		how=-r
		try -r -R 0 "$@"
		supervisor=$(get ppid)
		$look
		again=$pid
		rm "$from"
		kill -KILL "$pid"
		reported
		[ "$pid" != "$again" ] || fail "the same process"
		is "$(get ppid)" "$supervisor" "its parent"
		how="-r, the second time"
		$look
		end "$supervisor"
	fi
}

# ---- --no-new-privs

no_new_privs() {
	is "$(get no_new_privs)" 1 "no_new_privs ($how)"
	[ "$how" != -r ] || is "$(sed -n 's/^NoNewPrivs:.//p' "/proc/$(get ppid)/status")" 0 "no_new_privs of the supervisor"
}
t_no_new_privs() {
	start
	is "$(get no_new_privs)" 0 "no_new_privs without it"
	end "$pid"
	each no_new_privs --no-new-privs
}
check "--no-new-privs" t_no_new_privs DAEMONIZE_NO_NEW_PRIVS

t_set_id() {
	cp "$P" suid
	chmod 4755 suid
	dz -u 4321 "$T/suid" "$T/report"
	status 0
	appeared
	[ "$(get uid)" = "4321 0 0" ] || skip "nothing is set-user-ID on this file system"
	kill -KILL "$pid"
	"$bin/waitfor" end "$pid"
	rm report
	dz -u 4321 --no-new-privs "$T/suid" "$T/report"
	status 0
	appeared
	is "$(get uid)" "4321 4321 4321" "uid of a set-user-ID program"
}
check "... so that a set-user-ID program is none" t_set_id DAEMONIZE_NO_NEW_PRIVS DAEMONIZE_USER +root

# ---- --caps, --ambient

caps() {
	is "$(get bounding)" "7 10" "bounding set ($how)"
	is "$(get effective)|$(get permitted)" "7 10|7 10" "what it has ($how)"
	is "$(get inheritable)|$(get ambient)" "|" "what passes on ($how)"
}
t_caps() {
	start
	case " $(get effective) " in *" 7 "*" 10 "*) ;; *) skip "this root has not even these" ;; esac
	end "$pid"
	each caps --caps setuid,net_bind_service
}
check "--caps: all that root's program has" t_caps DAEMONIZE_CAPS +root

caps_user() {
	is "$(get bounding)|$(get uid)" "7 10|4321 4321 4321" "bounding set and uid ($how)"
	is "$(get effective)$(get permitted)$(get inheritable)$(get ambient)" "" "what it has ($how)"
}
t_caps_user() { each caps_user -u 4321:4322 --caps CAP_SETUID,Net_Bind_Service; }
check "... and none of another user's, who is become all the same; names in either case" t_caps_user \
	DAEMONIZE_CAPS DAEMONIZE_USER +root

caps_none() { is "$(get bounding)$(get effective)$(get permitted)" "" "what root's program has ($how)"; }
t_caps_none() { each caps_none --caps none; }
check "... none" t_caps_none DAEMONIZE_CAPS +root

t_caps_inherited() {
	setpriv --inh-caps +chown --ambient-caps +chown true 2>/dev/null || skip "nothing is ambient here"
	PRE="setpriv --inh-caps +chown --ambient-caps +chown"
	try
	like "$(get inheritable)|$(get ambient)" "0|0" "what the caller passes on"
	end "$pid"
	try --caps kill
	is "$(get effective)|$(get inheritable)|$(get ambient)" "5||" "what passes on"
	end "$pid"
	has DAEMONIZE_USER || return 0
	try --ambient kill -u 4321
	is "$(get effective)|$(get inheritable)|$(get ambient)" "5|5|5" "what it has as another user"
}
check "... nothing of what the caller made inheritable is left" t_caps_inherited DAEMONIZE_CAPS +root +setpriv

t_caps_all() {
	i=0 all=
	for name in chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable \
		net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot \
		sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease \
		audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read \
		perfmon bpf checkpoint_restore; do
		all=$all,$name
		dz --caps "$name" "$P" "$T/report"
		if [ "$st" = 0 ]; then
			reported
			case $(get bounding) in "$i" | "") ;; *) fail "$name is $(get bounding), not $i" ;; esac
			end "$pid"
			rm report
		else
			fails 1 "daemonize: caps: $name: *"
			[ $i -gt "$(cat /proc/sys/kernel/cap_last_cap)" ] || fail "$name is refused"
		fi
		i=$((i + 1))
	done
	start
	before=$(get bounding)
	end "$pid"
	[ "$(cat /proc/sys/kernel/cap_last_cap)" = 40 ] || skip "another kernel's capabilities"
	start --caps "${all#,}"
	is "$(get bounding)" "$before" "all of them"
}
check "... each name is the capability of its number" t_caps_all DAEMONIZE_CAPS +root

t_caps_bad() {
	for list in "," "chown," ",chown" chown,,kill cap_ cap_cap_chown CAP chown,nosuch none,chown 7 -1 all +chown "chown kill" \
		dac_overrid dac_override_ cap_net_bind_service_and_more_than_any_name_has; do
		for option in --caps --ambient; do
			dz $option "$list" "$P" "$T/report"
			fails 2 "daemonize: $option: $list: unknown capability"
		done
	done
	dz --caps kill,chown --ambient chown,setuid "$P" "$T/report"
	fails 2 "daemonize: --ambient: chown,setuid: not all in --caps"
	dz --ambient chown,setuid --caps kill,chown "$P" "$T/report"
	fails 2 "daemonize: --caps: kill,chown: lacks one of --ambient"
	dz --ambient bpf --caps kill,chown "$P" "$T/report"
	fails 2 "daemonize: --caps: kill,chown: lacks one of --ambient"
}
check "... what is no list of them, or not within the other one" t_caps_bad DAEMONIZE_CAPS

t_caps_refused() {
	setpriv --reuid 4321 --clear-groups true 2>/dev/null || skip "no setpriv"
	PRE="setpriv --reuid 4321 --clear-groups"
	for option in --caps --ambient; do
		dz $option chown "$P" "$T/report"
		fails 1 "daemonize: ${option#--}: chown: *"
	done
}
check "... who may not has no start" t_caps_refused DAEMONIZE_CAPS +root +setpriv

ambient() {
	is "$(get uid)|$(get effective)|$(get permitted)|$(get ambient)" "4321 4321 4321|10|10|10" "what it has ($how)"
	is "$(get inheritable)" 10 "what passes on ($how)"
	case $1 in caps) is "$(get bounding)" "10 12" "bounding set ($how)" ;; esac
}
ambient_alone() { ambient ""; }
ambient_caps() { ambient caps; is "$(get no_new_privs)" 1 "no_new_privs"; }
t_ambient() {
	each ambient_alone -u 4321 --ambient net_bind_service
	has DAEMONIZE_NO_NEW_PRIVS || return 0
	each ambient_caps --caps net_admin,net_bind_service -u 4321 --ambient net_bind_service --no-new-privs
}
check "--ambient: what another user's program has" t_ambient DAEMONIZE_CAPS DAEMONIZE_USER +root

t_ambient_used() {
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)" = 1024 ] || skip "no such ports"
	# shellcheck disable=SC2016
	bind='use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); exit !bind($s, sockaddr_in(80, INADDR_ANY))'
	dz -f -u 4321 perl -e "$bind"
	status 1 "port 80 of another user"
	dz -f -u 4321 --ambient net_bind_service perl -e "$bind"
	status 0 "port 80 with the capability"
}
check "... which it can use: port 80" t_ambient_used DAEMONIZE_CAPS DAEMONIZE_USER DAEMONIZE_FOREGROUND +root +apart +perl

t_ambient_dies() {
	try -r -u 4321 --ambient kill
	kill -KILL "$(get ppid)"
	"$bin/waitfor" end "$pid" || fail "it outlives its supervisor"
}
check "... and it dies with its supervisor" t_ambient_dies DAEMONIZE_CAPS DAEMONIZE_USER DAEMONIZE_RESTART +root

# ---- --chroot

new_root() {
	mkdir -p root/bin root/srv root/tmp
	chmod 1777 root/tmp
	cp "$P" root/bin/probe
	into=/tmp/report from=$T/root/tmp/report program=/bin/probe
}

chrooted() {
	is "$(get cwd)" "${cwd:-/}" "cwd ($how)"
	is "$(readlink "/proc/$pid/root")" "$T/root" "root ($how)"
	case $how in -r*) is "$(readlink "/proc/$supervisor/root")" / "its supervisor's root" ;; esac
}
# What has ended has no root any more to be looked at.
chrooted_cwd() {
	is "$(get cwd)" "${cwd:-/}" "cwd ($how)"
	case $how in -f*) ;; *) chrooted ;; esac
}
t_chroot() {
	new_root
	each chrooted_cwd --chroot "$T/root"
	each chrooted_cwd --chroot root
	how=detached
	try --chroot "$T/root/srv/.."
	chrooted
	# shellcheck disable=SC2012
	is "$(ls "/proc/$pid/fd" | tr '\n' ' ')" "0 1 2 " "its descriptors"
}
check "--chroot: absolute and relative, and none of ours is left open" t_chroot DAEMONIZE_CHROOT +root

t_chroot_cwd() {
	new_root
	cwd=/srv
	each chrooted_cwd --chroot root -c /srv
	each chrooted_cwd --chroot root -c srv
	program=../bin/probe
	each chrooted_cwd --chroot root -c srv
	cwd=/
	program=bin/probe
	each chrooted_cwd --chroot root -c .
	rm report
	dz --chroot root -c "$T" /bin/probe /tmp/none
	fails 1 "daemonize: chdir: $T: *"
}
check "... -c and a relative program are in it" t_chroot_cwd DAEMONIZE_CHROOT DAEMONIZE_CHDIR +root

t_chroot_path() {
	new_root
	program=probe
	each chrooted_cwd --chroot root -E PATH=/srv:/bin
	rm report
	dz --chroot root -E PATH=/srv probe /tmp/none
	fails 127 "daemonize: exec: probe: *"
	dz --chroot root "$P" /tmp/none
	fails 127 "daemonize: exec: $P: *"
	PATH=/bin:$PATH try --chroot root
	like "$(env_of PATH)" "/bin:*" PATH
}
check "... the program is looked for in it, by PATH" t_chroot_path DAEMONIZE_CHROOT DAEMONIZE_ENV +root

t_chroot_files() {
	new_root
	mkdir root/etc
	echo "dmn:x:0:0::/:/bin/sh" >root/etc/passwd
	echo "dmn:x:0:" >root/etc/group
	echo "dmn:x:1234:2345::/home:/bin/sh" >passwd
	echo "dmn:x:2345:" >group
	mount --bind passwd /etc/passwd
	mount --bind group /etc/group
	each chrooted_user --chroot root -u dmn
	ls -d root/etc/* >left
	is "$(cat left)" "root/etc/group
root/etc/passwd" "files in it"
	rm report
	dz --chroot root -u nosuch /bin/probe /tmp/none
	fails 1 "daemonize: user: nosuch: *"
}
chrooted_user() { is "$(get uid)|$(get gid)|$(env_of HOME)" "1234 1234 1234|2345 2345 2345|/home" "who it is ($how)"; }
check "... nothing in it says who the program runs as" t_chroot_files DAEMONIZE_CHROOT DAEMONIZE_USER +root +mount

t_chroot_outside() {
	new_root
	mkdir -m 755 run
	try --chroot root -p run/pid -l run/lock -o run/out.txt
	is "$(cat run/pid)" "$pid" pidfile
	end "$pid"
	rm run/pid report
	dz --chroot root -p run/pid -u 4321 /bin/nosuch
	fails 127 "daemonize: exec: /bin/nosuch: *"
	is "$(ls run)" "lock
out.txt" "the pidfile of a start that failed"
	is "$(find root -newer run/lock ! -type d ! -name report)" "" "new files in the root"
}
check "... and the files of -p, -l and -o are outside" t_chroot_outside DAEMONIZE_CHROOT DAEMONIZE_PIDFILE DAEMONIZE_LOCK \
	DAEMONIZE_FILES DAEMONIZE_USER +root

t_chroot_moved() {
	new_root
	try -r -R 0 --chroot root
	supervisor=$(get ppid)
	mv root first
	mkdir -p root/bin root/tmp
	cp "$P" root/bin/probe
	rm first/tmp/report report
	kill -KILL "$pid"
	from=$T/first/tmp/report
	reported
	is "$(readlink "/proc/$pid/root")" "$T/first" "root of what is started again"
	end "$supervisor"
}
check "... and stays the one that it was at the start" t_chroot_moved DAEMONIZE_CHROOT DAEMONIZE_RESTART +root

t_chroot_bad() {
	: >file
	for dir in file nosuch file/x; do
		dz --chroot $dir "$P" "$T/report"
		fails 1 "daemonize: chroot: $dir: *"
	done
	mkdir root
	setpriv --reuid 4321 --clear-groups true 2>/dev/null || return 0
	PRE="setpriv --reuid 4321 --clear-groups"
	dz --chroot root "$P" "$T/report"
	fails 1 "daemonize: chroot: root: *"
}
check "... what is no directory; who may not" t_chroot_bad DAEMONIZE_CHROOT +root

t_chroot_verbose() {
	new_root
	dz -v --chroot root -u 4321 --caps kill --ambient kill --no-new-privs --oom-score 1 /bin/probe /tmp/report
	status 0
	"$bin/waitfor" file "$from" || fail "no report"
	sed -n 's/^daemonize: \(chroot\|oom score\|caps\|ambient\|user\|no new privs\|environment\)\( .*\)\{0,1\}$/\1/p' err | tr '\n' , >order
	is "$(cat order)" "oom score,caps,chroot,user,ambient,no new privs,environment," "the order of the steps"
}
check "... the order of the steps" t_chroot_verbose DAEMONIZE_CHROOT DAEMONIZE_CAPS DAEMONIZE_NO_NEW_PRIVS \
	DAEMONIZE_OOM_SCORE DAEMONIZE_USER DAEMONIZE_VERBOSE +root

# ---- shares of the machine

oom_score() { is "$(get oom_score_adj)" 300 "oom_score_adj ($how)"; }
t_oom_score() {
	each oom_score --oom-score 300
	start --oom-score 1000
	is "$(get oom_score_adj)" 1000 "the most"
}
check "--oom-score" t_oom_score DAEMONIZE_OOM_SCORE

t_oom_score_less() {
	dz --oom-score -1000 "$P" "$T/report"
	if [ "$st" = 0 ]; then
		appeared
		is "$(get oom_score_adj)" -1000 "oom_score_adj"
		end "$pid"
	else
		fails 1 "daemonize: oom score: -1000: *"
	fi
	for score in 1001 -1001 +1 -- - 1.5 1x 99999999999999999999; do
		dz --oom-score "$score" "$P" "$T/report"
		fails 2 "daemonize: --oom-score: $score: not a number from -1000 to 1000"
	done
}
check "... never, where it may; what is no such number" t_oom_score_less DAEMONIZE_OOM_SCORE

t_oom_score_user() {
	start --oom-score 200 -u 4321
	is "$(get oom_score_adj)|$(get uid)" "200|4321 4321 4321" "oom_score_adj and uid"
}
check "... of another user's program" t_oom_score_user DAEMONIZE_OOM_SCORE DAEMONIZE_USER +root

sched() { is "$(get sched)" "5 0" "policy and priority ($how)"; }
t_sched() {
	each sched --sched idle
	start --sched batch
	is "$(get sched)" "3 0" batch
	end "$pid"
	start --sched other
	is "$(get sched)" "0 0" other
}
check "--sched" t_sched DAEMONIZE_SCHED

t_sched_realtime() {
	if ! chrt -f 1 true 2>/dev/null; then
		dz --sched fifo:1 "$P" "$T/report"
		fails 1 "daemonize: sched: fifo:1: *"
		return
	fi
	for policy in fifo:1:1 fifo:99:1 rr:7:2; do
		number=${policy##*:} policy=${policy%:*}
		start --sched "$policy"
		is "$(get sched)" "$number ${policy#*:}" "$policy"
		end "$pid"
	done
}
check "... of real time, where it may" t_sched_realtime DAEMONIZE_SCHED +chrt

t_sched_user() {
	setpriv --reuid 4321 --clear-groups true 2>/dev/null || skip "no setpriv"
	PRE="setpriv --reuid 4321 --clear-groups"
	dz --sched rr:5 "$P" "$T/report"
	fails 1 "daemonize: sched: rr:5: *"
	PRE=
	chrt -r 5 true 2>/dev/null || skip "no real time here"
	has DAEMONIZE_USER || skip "DAEMONIZE_USER is off"
	start -u 4321 --sched rr:5
	is "$(get sched)|$(get uid)" "2 5|4321 4321 4321" "policy and uid"
}
check "... which is set before the user's rights are all that is left" t_sched_user DAEMONIZE_SCHED +root +setpriv +chrt

t_sched_bad() {
	for text in fifo rr fifo: fifo:0 fifo:100 rr:-1 rr:x idle:1 other:0 batch: : - deadline FIFO 1 fifo:1:1 "rr 1"; do
		dz --sched "$text" "$P" "$T/report"
		fails 2 "daemonize: --sched: $text: not other, *"
	done
}
check "... what is no policy" t_sched_bad DAEMONIZE_SCHED

ionice() { is "$(get ionice)" "2 6" "class and level ($how)"; }
t_ionice() {
	start
	is "$(get ionice)" "0 0" "without it"
	end "$pid"
	each ionice --ionice best-effort:6
	start --ionice best-effort
	is "$(get ionice)" "2 4" "best-effort"
	end "$pid"
	start --ionice idle
	is "$(get ionice)" "3 0" "idle"
	end "$pid"
	dz --ionice realtime:1 "$P" "$T/report"
	if [ "$st" = 0 ]; then
		appeared
		is "$(get ionice)" "1 1" "realtime"
	else
		fails 1 "daemonize: ionice: realtime:1: *"
	fi
}
check "--ionice" t_ionice DAEMONIZE_IONICE +ionice

t_ionice_bad() {
	for text in realtime:8 best-effort: best-effort:-1 idle:0 none : - be 2 realtime:1:1 Idle; do
		dz --ionice "$text" "$P" "$T/report"
		fails 2 "daemonize: --ionice: $text: not realtime, *"
	done
}
check "... what is no class" t_ionice_bad DAEMONIZE_IONICE

cpus() { is "$(get cpus)" "$last" "CPUs ($how)"; }
t_cpus() {
	start
	all=$(get cpus) last=${all##* }
	end "$pid"
	each cpus --cpus "$last"
	# shellcheck disable=SC2086
	is "$(start --cpus "$(echo $all | tr ' ' ,)"; get cpus)" "$all" "all of them"
	# shellcheck disable=SC2086
	set -- $all
	[ $# -gt 1 ] || return 0
	[ $(($2 - $1)) = 1 ] || return 0
	start --cpus "$1-$2"
	is "$(get cpus)" "$1 $2" "a range"
}
check "--cpus" t_cpus DAEMONIZE_CPUS

t_cpus_bad() {
	for list in "," "0," ",0" "0-," 1-0 -1 - 0-1- x 0x1 8192 0,8192 99999999999999999999 "0 1" 0:1; do
		dz --cpus "$list" "$P" "$T/report"
		fails 2 "daemonize: --cpus: $list: not a list of CPUs"
	done
	start
	all=$(get cpus)
	end "$pid"
	rm report
	for list in 8191 "${all%% *},8191" 8000-8191; do
		dz --cpus "$list" "$P" "$T/report"
		fails 1 "daemonize: cpus: $list: *"
	done
}
check "... what is no list, or has a CPU that is not there" t_cpus_bad DAEMONIZE_CPUS

# ---- the command line

# long name, symbol, an argument or "-"
rows="no-new-privs:DAEMONIZE_NO_NEW_PRIVS:- caps:DAEMONIZE_CAPS:x ambient:DAEMONIZE_CAPS:x
	chroot:DAEMONIZE_CHROOT:dir oom-score:DAEMONIZE_OOM_SCORE:x sched:DAEMONIZE_SCHED:x
	ionice:DAEMONIZE_IONICE:x cpus:DAEMONIZE_CPUS:x"

t_arguments() {
	for row in $rows; do
		name=${row%%:*} symbol=${row#*:} argument=${row##*:}
		symbol=${symbol%%:*}
		if ! has "$symbol"; then
			has LONG_OPTIONS || symbol=LONG_OPTIONS
			dz "--$name" "$P" "$T/report"
			fails 2 "daemonize: --$name: not built in ($symbol)"
		elif [ "$argument" = - ]; then
			dz "--$name=1" "$P" "$T/report"
			fails 2 "daemonize: --$name: takes no argument"
		else
			dz "--$name"
			fails 2 "daemonize: --$name: needs an argument"
			dz "--$name=" "$P" "$T/report"
			fails 2 "daemonize: --$name: : empty"
			[ "$argument" != x ] || { dz "--$name=x,y" "$P" "$T/report"; fails 2 "daemonize: --$name: x,y: *"; }
		fi
	done
}
check "each is known by its name, also without long options; not built in says so" t_arguments

done_testing
