#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -u, with a passwd and a group file of our own in a mount namespace.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_USER +root"
. "${0%/*}/../helpers/lib.sh"

accounts() {
	long=$(printf '%06000d' 0 | tr 0 m)
	{
		echo "root:x:0:0:root:/root:/bin/sh"
		echo "# a comment"
		echo
		echo "long:x:77:77:$long:/:/bin/sh"
		echo "dmnx:x:9991:9991::/wrong:/bin/sh"
		echo "xdmn:x:9992:9992::/wrong:/bin/sh"
		echo "dmn:x:1234:2345:D Mon,,,:/home/of/dmn:/bin/sh"
		echo "dmn:x:9993:9993:the second of a name:/wrong:/bin/sh"
		echo "4242:x:1300:1301:a name of digits:/:/bin/sh"
		echo "noid:x::2345::/:/bin/sh"
		echo "badid:x:12x:2345::/:/bin/sh"
		echo "short:x:1400"
		echo "nogid:x:1401:::/:/bin/sh"
		echo "bigid:x:4294967296:2345::/:/bin/sh"
		echo "minus:x:-1:-1::/:/bin/sh"
		echo "nohome:x:1500:1501:::/bin/sh"
		printf 'last:x:1600:1601::/last:/bin/sh'
	} >passwd
	{
		echo "root:x:0:"
		echo "g1:x:3001:dmn"
		echo "# g2:x:6666:dmn"
		echo "g2:x:3002:other,dmn"
		echo "g3:x:3003:dmnx,xdmn,Dmn"
		echo "g4:x:3004:dmn,other"
		printf 'big:x:3005:'
		i=0
		while [ $i -lt 3000 ]; do printf 'member%d,' $i; i=$((i + 1)); done
		echo dmn
		echo "dmn:x:2345:"
		echo "dmn2:x:3006:dmn dmn"
		echo "badgid:x::dmn"
		echo "g7:x:3007"
		printf 'g8:x:3008:dmn'
	} >group
	mount --bind passwd /etc/passwd
	mount --bind group /etc/group
}
mine="3001 3002 3004 3005 3008"

supplementary() {	# the groups without the primary one
	get groups | tr ' ' '\n' | grep -vx -e '' -e "$1" | tr '\n' ' ' | sed 's/ $//'
}

t_name() {
	accounts
	start -u dmn
	is "$(get uid)" "1234 1234 1234" uid
	is "$(get gid)" "2345 2345 2345" gid
	is "$(supplementary 2345)" "$mine" groups
	is "$(env_of USER) $(env_of LOGNAME) $(env_of HOME)" "dmn dmn /home/of/dmn" "USER LOGNAME HOME"
	is "$(sed -n 's/^CapEff:[[:space:]]*0*//p' "/proc/$pid/status")" "" capabilities
	is "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | tr '\t' ' ')" "1234 1234 1234 1234" "Uid in /proc"
}
check "a name: ids, supplementary groups, USER LOGNAME HOME" t_name +mount

t_number() {
	accounts
	start -u 1234
	is "$(get uid)|$(get gid)" "1234 1234 1234|2345 2345 2345" ids
	is "$(supplementary 2345)" "$mine" groups
	is "$(env_of USER) $(env_of HOME)" "dmn /home/of/dmn" "USER HOME"
}
check "the number of one is the same" t_number +mount

t_group() {
	accounts
	for g in g3 3003; do
		start -u dmn:$g
		is "$(get uid)|$(get gid)" "1234 1234 1234|3003 3003 3003" "ids with $g"
		is " $(get groups) " "$(get groups | sed 's/.*/ & /; s/ 0 / root! /')" "groups"
		end "$pid"
	done
	start -u 1234:dmn
	is "$(get gid)" "2345 2345 2345" gid
}
check "USER:GROUP, names and numbers" t_group +mount

t_unknown_number() {
	accounts
	start -u 4321
	is "$(get uid)|$(get gid)" "4321 4321 4321|4321 4321 4321" "ids with no group given"
	is "$(supplementary 4321)" "" "groups"
	is "$(env_of USER) $(env_of LOGNAME) $(env_of HOME)" "4321 4321 /" "USER LOGNAME HOME"
	end "$pid"
	start -u 4321:3001
	is "$(get uid)|$(get gid)" "4321 4321 4321|3001 3001 3001" ids
	is "$(supplementary 3001)" "" "groups"
	end "$pid"
	start -u 4321:4322
	is "$(get uid)|$(get gid)" "4321 4321 4321|4322 4322 4322" ids
}
check "a number that is not in passwd: its own number as group, no others, HOME=/" t_unknown_number +mount

t_leading_zero() {
	accounts
	start -u 01234:02345
	is "$(get uid)|$(supplementary 2345)" "1234 1234 1234|$mine" "uid and groups"
}
check "a number with a zero in front is the same number" t_leading_zero +mount

t_unknown() {
	accounts
	for u in nosuch dm Dmn DMN dmn:nosuch dmn:g dmn:badgid x:x dmn:g1:g2 "dmn " " dmn" dmn/ \
			4294967295 4294967296 4294967295:0 4294967296:4294967296 -1 -1:-1 0x0 1234x \
			18446744073709551616:1 1234,5 4321,5 4321,5:1 dmn:3001,5 dmn:g1:x dmn:3001: dmn:4294967295 dmn:-1 ./dmn '#'; do
		rm -f report
		dz -u "$u" "$P" "$T/report"
		case $st in 1 | 2) ;; *) fail "-u '$u': status $st, $(get uid)" ;; esac
		says "daemonize: *"
		nothing_left
	done
	dz -u nosuch "$P" "$T/report"
	fails 1 "daemonize: user: nosuch: *"
	! has ERROR_TEXTS || says "*: nosuch: no such user"
	dz -u dmn:nosuch "$P" "$T/report"
	fails 1 "daemonize: user: *nosuch: *"
	! has ERROR_TEXTS || says "*nosuch: no such group"
}
check "users and groups that are none" t_unknown +mount

t_bad_lines() {
	accounts
	for u in noid badid short nogid bigid minus; do
		rm -f report
		dz -u $u "$P" "$T/report"
		if [ "$st" = 0 ]; then
			appeared
			fail "-u $u is $(get uid), $(get gid)"
		fi
		status 1 "-u $u"
		nothing_left
	done
}
check "broken lines of passwd are nobody, and not root" t_bad_lines +mount

t_last_line() {
	accounts
	start -u last
	is "$(get uid)|$(get gid)|$(env_of HOME)" "1600 1600 1600|1601 1601 1601|/last" "ids and home"
	end "$pid"
	start -u long
	is "$(get uid)" "77 77 77" "one with a line of 6 kB"
}
check "a last line without newline, a line of 6 kB" t_last_line +mount

t_digits() {
	accounts
	dz -u 4242 "$P" "$T/report"
	if [ "$st" = 0 ]; then
		appeared
		is "$(get uid)" "1300 1300 1300" "uid"
	else
		status 1
	fi
}
check "a name of digits is that name" t_digits +mount

t_root() {
	accounts
	start -u root
	is "$(get uid)|$(get gid)|$(env_of HOME)" "0 0 0|0 0 0|/root" "ids and home"
}
check "root" t_root +mount

t_env() {
	accounts
	export USER=caller HOME=/caller
	start -u dmn -E HOME=/x
	is "$(env_of USER) $(env_of HOME)" "dmn /x" "USER HOME"
	is "$(grep -c '^env HOME=' report) $(grep -c '^env USER=' report)" "1 1" "times"
	end "$pid"
	start -E HOME=/y -u dmn
	is "$(env_of HOME)" /y "HOME, -E first"
}
check "-E wins over HOME of passwd" t_env DAEMONIZE_ENV +mount

t_clear() {
	accounts
	start -i -u dmn
	is "$(sed -n 's/^env //p' report | grep -v ^PATH= | sort | tr '\n' ' ')" \
		"HOME=/home/of/dmn LOGNAME=dmn USER=dmn " "environment"
}
check "-i -u: only USER LOGNAME HOME" t_clear DAEMONIZE_CLEARENV +mount

t_no_files() {
	: >empty
	mount --bind empty /etc/passwd
	mount --bind empty /etc/group
	start -u 5:6
	is "$(get uid)|$(get gid)" "5 5 5|6 6 6" ids
	end "$pid"
	dz -u root "$P" "$T/report"
	status 1
}
check "numbers need neither file" t_no_files +mount

t_missing_files() {
	# an /etc without them
	mkdir etc
	mount --bind etc /etc
	start -u 5:6
	is "$(get uid)|$(get gid)|$(get groups)" "5 5 5|6 6 6|" "ids and groups"
	end "$pid"
	rm report
	dz -u root "$P" "$T/report"
	fails 1 "daemonize: user: root: *"
}
check "... and not even that they are there" t_missing_files +mount

t_unreadable() {
	accounts
	mkdir -p etc/group
	cp passwd etc/passwd
	mount --bind etc /etc
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: /etc/group: *"
	rmdir etc/group
	rm etc/passwd
	mkdir etc/passwd
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: /etc/passwd: *"
}
check "files that cannot be read are an error that names them" t_unreadable +mount

t_descriptors() {
	accounts
	refused=0
	for n in 4 5 6 7 8 9 10 11 12; do
		rm -f report
		PRE="$bin/badstate -l $n"
		dz -u dmn -l lock "$P" "$T/report"
		if [ "$st" = 0 ]; then
			appeared
			is "$(supplementary 2345)" "$mine" "groups at $n descriptors"
			end "$pid"
		else
			status 1 "with $n descriptors"
			[ ! -s err ] || says "*: Too many open files"
			nothing_left
			refused=$((refused + 1))
		fi
	done
	[ $refused -gt 0 ] || fail "no limit was too low"
	[ $refused -lt 9 ] || fail "no limit was enough"
}
check "with too few descriptors it does not start, or has all its groups" t_descriptors DAEMONIZE_LOCK ERROR_TEXTS +mount

many() {	# COUNT: that many groups for dmn, with its own
	accounts
	awk -v most="$1" 'BEGIN { for (i = 1; i < most; i++) print "many" i ":x:" 100000 + i ":dmn" }' >many
	mount --bind many /etc/group
}

t_many_groups() {
	for n in 256 257 3000; do
		many $n
		start -u dmn
		is "$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$pid/status" | wc -w | tr -d ' ')" $n groups
		end "$pid"
	done
}
check "3,000 groups" t_many_groups +mount

t_groups_and_signals() {
	many 3000
	PRE="$bin/badstate -I USR1"
	start -u dmn -I HUP
	is "$(sed -n 's/^SigIgn:[[:space:]]*0*//p' "/proc/$pid/status")" 1 "what is ignored"
}
check "... and what is to be ignored is, with a long /proc/self/status" t_groups_and_signals DAEMONIZE_IGNORE STEP_SIGNALS +mount

t_most_groups() {
	many 65536
	dz -u dmn "$P" -e 0 "$T/report"
	status 0 "with 65,536 groups"
	appeared
	rm report
	many 65537
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: dmn: *"
}
check "65,536, and not one more (NGROUPS_MAX)" t_most_groups +mount

t_undone() {
	accounts
	setpriv --securebits +no_setuid_fixup true 2>/dev/null || skip "no securebits here"
	PRE="setpriv --securebits +no_setuid_fixup"
	dz -u dmn "$P" "$T/report"
	fails 1 "daemonize: user: dmn: *"
	"$bin/seccomp" nothing=setuid /bin/true || skip "no filters here"
	for call in setuid setgid setgroups; do
		PRE="$bin/seccomp nothing=$call"
		dz -u dmn "$P" "$T/report"
		fails 1 "daemonize: user: dmn: *"
	done
}
check "a user change that can be undone, or was none, is an error" t_undone +mount +setpriv

# Real, effective, saved and file system's ids; and the program can become nobody else.
is_for_good() {	# WHAT
	is "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | tr '\t' ' ')" "1234 1234 1234 1234" "users $1"
	is "$(sed -n 's/^Gid:[[:space:]]*//p' "/proc/$pid/status" | tr '\t' ' ')" "2345 2345 2345 2345" "groups $1"
	for set in Inh Prm Eff Amb; do
		is "$(sed -n "s/^Cap$set:[[:space:]]*0*//p" "/proc/$pid/status")" "" "Cap$set $1"
	done
	is "$(cat tried)" "as before" "what the program could do $1"
}

t_for_good() {
	accounts
	cat >program <<-'T'
	#!/bin/sh
	cd "${0%/*}"
	for way in "--reuid 0" "--regid 0" "--groups 0" "--ruid 0" "--euid 0"; do
		setpriv $way true 2>/dev/null && echo "$way"
	done >tried.new
	echo "as before" >>tried.new
	mv tried.new tried
	exec "$1" report
	T
	chmod 755 program
	for kind in "" -S -r "-w line:x" "-p pid" "-f"; do
		case $kind in
		-S) has DAEMONIZE_SYSLOG || continue ;;
		-r) has DAEMONIZE_RESTART || continue ;;
		-w*) has DAEMONIZE_READY_LINE || continue ;;
		-p*) has DAEMONIZE_PIDFILE || continue ;;
		-f) has DAEMONIZE_FOREGROUND || continue ;;
		esac
		rm -f report tried
		case $kind in
		-f)	"$DZ" -f -u dmn "$T/program" "$P" </dev/null >out 2>err & ;;
		-w*)	dz $kind -u dmn sh -c 'echo x; exec "$@"' sh "$T/program" "$P" ;;
		*)	dz $kind -u dmn "$T/program" "$P" ;;
		esac
		appeared
		is_for_good "($kind)"
		case $kind in
		-r)	rm report tried
			first=$pid
			kill -9 "$first"
			appeared
			is_for_good "after a restart"
			end "$(get ppid)" ;;
		*)	end "$pid" ;;
		esac
		rm -f report
		nothing_left
	done
}
check "all four ids, no capability, and no way back; after a restart too" t_for_good +mount +setpriv

t_caller_groups() {
	accounts
	# root's own groups do not stay with it
	setpriv --groups 0,4,20 true 2>/dev/null || skip "no setpriv"
	PRE="setpriv --groups 0,4,20"
	start -u last
	is "$(supplementary 1601)" "" groups
	end "$pid"
	start -u 4321:4322
	is "$(supplementary 4322)" "" "groups of a number"
}
check "the caller's groups do not stay" t_caller_groups +mount +setpriv

t_pidfile() {
	accounts
	mkdir private
	chmod 700 private
	start -u dmn -p private/pid
	is "$(cat private/pid)" "$pid" pidfile
	dz -u dmn -p private/pid "$P" "$T/report2"
	status 3
	dz -u nosuch -p private/new "$P" "$T/report2"
	status 1
	[ ! -e private/new ] || fail "left"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		dz -u dmn -p private/new "$T/none"
		status 127
		[ ! -e private/new ] || fail "left by a program that is missing"
	done
}
check "the pidfile is made and removed as root" t_pidfile DAEMONIZE_PIDFILE +mount

t_program_unreadable() {
	accounts
	mkdir private
	cp "$P" private/prog
	chmod 700 private
	dz -u dmn "$T/private/prog" "$T/report"
	fails 126 "daemonize: exec: $T/private/prog: *"
}
check "a program that the user may not execute: 126" t_program_unreadable +mount

t_chdir_as() {
	accounts
	mkdir private
	chmod 700 private
	dz -u dmn -c "$T/private" "$P" "$T/report"
	case $st in 0) appeared; is "$(readlink "/proc/$pid/cwd")" "$T/private" cwd ;; *) status 1 ;; esac
}
check "-c of a directory of root's: as documented or refused" t_chdir_as DAEMONIZE_CHDIR +mount

done_testing
