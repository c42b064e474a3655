#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Which processes pidof-session finds.
# shellcheck disable=SC2154
NEEDS="PIDOF_SESSION"
HELPERS="member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

t_sid() {
	session a fork
	b=$a
	session c
	first=$(stat_of ppid "$b")
	finds "$first $b" -s "$first"
	finds "$first $b" -p "$b"
	finds "$first $b" -p "$first"
	finds "$first $b" "-s$first"
	finds "$first $b $c" -s "$first,$c"
	finds "$first $b $c" -s "$c" -s "$first"
	finds "$first $b $c" -p "$b,$c"
	finds "$first $b $c" -s "$first" -p "$c"
	finds "$first $b" -s "$first" -p "$b" -s "$first,$first"
}
check "-s and -p: lists, repeated, the union, ascending" t_sid

t_own() {
	# this shell leads no session of its own: make one
	session_shell='echo $$ >sid; '"$bin/member"' report='"$T"'/kid & "$0" file '"$T"'/kid; '"$PS"' >own; '"$PS"' -s 0 >zero; '"$PS"' -p 0 >p0; kill $!'
	setsid sh -c "$session_shell" "$bin/waitfor"
	is "$(cat own)" "$(cat sid) $(cat kid)" "its own session"
	is "$(cat zero)" "$(cat own)" "-s 0"
	is "$(cat p0)" "$(cat own)" "-p 0"
}
check "without options its caller's own session, less itself; -s 0 the same" t_own

t_none() {
	session a
	kill "$a"
	ended "$a"
	"$bin/waitfor" gone "/proc/$a" || skip "nobody reaps"
	none -s "$a"
	none -p "$a"
	none -p "$a" -q
	echo "$a" >pidfile
	if has PIDOF_SESSION_PIDFILE; then none -F pidfile; fi
}
check "none found: status 1, nothing said" t_none

t_group() {
	session a fork setpgid
	lead=$(stat_of sid "$a")
	finds "$a" -g "$a"
	finds "$lead" -g "$lead"
	# the later number is the smaller one where they have begun anew
	both=$(printf '%s\n' "$lead" "$a" | sort -n | tr '\n' ' ')
	finds "${both% }" -g "$lead,$a"
	finds "${both% }" -g "$lead" -g "$a"
	finds "$a" -s "$lead" -g "$a"
	session other
	none -s "$other" -g "$a"
	setsid sh -c "$PS -g 0 >out; echo \$\$ >self"
	is "$(cat out)" "$(cat self)" "-g 0"
}
check "-g: a group of any session, or only it of a session" t_group PIDOF_SESSION_GROUP

t_one_is_over() {
	session a
	finds "$a" -s "$a" -s 4194302
	finds "$a" -s 4194302 -s "$a"
	if has PIDOF_SESSION_WAIT; then
		ps_ -w 1 -s "$a" -s 4194302
		status 4 "a wait for both"
	fi
}
check "-s twice, of which one session is over" t_one_is_over

t_leader() {
	session a fork
	lead=$(stat_of sid "$a")
	finds "$lead" -L -s "$lead"
	finds "$lead" -L -p "$a"
	kill -KILL "$lead"
	"$bin/waitfor" gone "/proc/$lead" || skip "nobody reaps"
	none -L -s "$lead"
	finds "$a" -s "$lead"
	finds "$a" -p "$a"
}
check "-L: only leaders; a session whose leader is gone" t_leader PIDOF_SESSION_LEADER

t_group_leaderless() {
	session a fork setpgid fork
	group=$(stat_of pgid "$a")
	[ "$group" != "$a" ] || fail "the child leads its group"
	kill -KILL "$group"
	"$bin/waitfor" gone "/proc/$group" || "$bin/waitfor" end "$group"
	ps_ -g "$group"
	case " $got " in *" $a "*) ;; *) fail "$a not in group $group: '$got'" ;; esac
}
check "a group whose leader is gone" t_group_leaderless PIDOF_SESSION_GROUP

t_omit() {
	session a many=3
	all=$($PS -s "$a")
	# shellcheck disable=SC2086
	set -- $all
	is $# 4 "members"
	finds "$2 $3 $4" -s "$a" -o "$1"
	finds "$2 $4" -s "$a" -o "$1,$3"
	finds "$4" -s "$a" -o "$1" -o "$2,$3"
	none -s "$a" -o "$1,$2,$3,$4"
}
check "-o: not these" t_omit PIDOF_SESSION_OMIT

t_ancestors() {
	setsid sh -c "$bin/member report=$T/kid & $bin/waitfor file $T/kid; (sh -c '$PS -A >out; exit'; true); kill \$!"
	is "$(cat out)" "$(cat kid)" "-A"
}
check "-A: not the caller's ancestors" t_ancestors PIDOF_SESSION_OMIT

t_format() {
	session a many=2
	ps_ -s "$a"
	# shellcheck disable=SC2086
	set -- $got
	is "$got" "$1 $2 $3" "blanks between"
	is "$(wc -l <out | tr -d ' ')" 1 "one line"
	finds "$1,$2,$3" -s "$a" -d ,
	finds "$1$2$3" -s "$a" -d ''
	finds "$1
$2
$3" -s "$a" -d '
'
	finds "$1" -s "$a" -1
	finds "" -s "$a" -q
}
check "-1, -d, -q" t_format PIDOF_SESSION_FORMAT

t_pidfile() {
	session a
	session b
	echo "$a" >one
	printf '%s' "$b" >two
	finds "$a" -F one
	finds "$b" -F "$T/two"
	finds "$a $b" -F one,two
	finds "$a $b" -F one -F two
	ps_ -F none
	status 1
	says "pidof-session: none: No such file or directory"
	: >empty
	ps_ -F empty
	status 1
	says "pidof-session: empty: *"
	echo what >text
	ps_ -F text
	status 1
	ps_ -F none -F one
	status 1 "one of two files is missing"
	is "$got" "$a" "what the other named"
	echo 99999999999999 >big
	ps_ -F big
	status 1
}
check "-F: the pid in a file" t_pidfile PIDOF_SESSION_PIDFILE

t_long() {
	session a many=1
	kid=$($PS -s "$a" -o "$a")
	finds "$a $kid" --session="$a"
	finds "$a $kid" --session "$a"
	finds "$a $kid" --pid "$kid"
	echo "$a" >file
	finds "$a $kid" --pidfile file
	finds "$kid" --session "$a" --omit "$a"
	finds "$a" --session "$a" --leaders
	finds "$a,$kid" --session "$a" --separator=,
	finds "$a" --session "$a" --one
	finds "" --session "$a" --quiet
	finds "$a $kid" --group "$a"
	finds "$a $kid" --session "$a" --ignore-ancestors
	ps_ --session "$a" --list
	like "$got" "*PPID*PID*" --list
	ps_ --signal TERM --wait 5 --session "$a"
	status 0
	ended "$a" "$kid"
}
check "long options" t_long LONG_OPTIONS PIDOF_SESSION_OMIT PIDOF_SESSION_LEADER PIDOF_SESSION_FORMAT \
	PIDOF_SESSION_PIDFILE PIDOF_SESSION_GROUP PIDOF_SESSION_LIST PIDOF_SESSION_SIGNAL PIDOF_SESSION_WAIT

usage() {	# MESSAGE [OPTION]...
	message=$1
	shift
	ps_ "$@"
	status 2 "$*"
	is "$got" "" "stdout of $*"
	says "pidof-session: $message"
}

t_usage() {
	usage "-Z: unknown option*" -Z
	usage "-s: needs an argument" -s
	for list in '' x 1x '1,' ',1' '1,,2' -1 +1 1.5 0x1 '1 2' 4194304 99999999999999999999; do
		usage "-s: $list: not a number*" -s "$list"
		usage "-p: $list: not a number*" -p "$list"
	done
	finds_usage_first=no_such_file
	if has PIDOF_SESSION_PIDFILE; then usage "-Z: unknown option*" -F $finds_usage_first -Z; fi
	if has PIDOF_SESSION_SIGNAL; then
		for name in '' NONE SIG SIGNONE 0 129 -1 1x TERM,HUP; do usage "-k: $name: not a signal" -k "$name"; done
	fi
	if has PIDOF_SESSION_WAIT; then
		for n in '' x -1 1s 2147484 99999999999; do usage "-w: $n: not whole seconds up to 2147483" -w "$n"; done
	fi
	if has PIDOF_SESSION_NAME; then usage "NAME: is empty" -s 0 ''; fi
	if has PIDOF_SESSION_FORMAT; then
		for pids in -1 "-d ,"; do
			# shellcheck disable=SC2086
			if has PIDOF_SESSION_SIGNAL; then usage "${pids% *}: not with -l, -a, -c, -k or -w" $pids -k TERM -s 0; fi
			# shellcheck disable=SC2086
			if has PIDOF_SESSION_LIST; then usage "${pids% *}: not with -l, -a, -c, -k or -w" -l $pids; fi
		done
	fi
	if has LONG_OPTIONS; then
		usage "--nosuch: unknown option*" --nosuch
		usage "--session: needs an argument" --session
	fi
}
check "usage errors: status 2, whatever the machine's state" t_usage

t_file() {
	session a
	for text in 0 "${a}x" "$a:" "$a:1:" "$a::1" "x$a" "" " "; do
		printf '%s\n' "$text" >file
		ps_ -F file
		status 1 "-F of '$text'"
		is "$got" "" "-F of '$text'"
		says "pidof-session: file: no process number"
	done
	for text in "$a" "$a " "$a${tab:=$(printf '\t')}x"; do
		printf '%s\n' "$text" >file
		finds "$a" -F file
	done
	printf %s "$a" >file
	finds "$a" -F file
	# nobody writes to it
	mkfifo fifo
	ps_ -F fifo
	status 1 "-F of a fifo"
	# each file is closed
	PRE="$bin/badstate -l 6"
	finds "$a" -F file,file,file,file,file
	PRE=
}
check "-F: a line with a number, and nothing else; a fifo is not waited for" t_file PIDOF_SESSION_PIDFILE

t_off() {
	if ! has PIDOF_SESSION_CHECK; then usage "-c: not built in (PIDOF_SESSION_CHECK)" -c; fi
	if ! has PIDOF_SESSION_ALL; then usage "-a: not built in (PIDOF_SESSION_ALL)" -a; fi
	if ! has PIDOF_SESSION_TTY; then usage "-t: not built in (PIDOF_SESSION_TTY)" -t x; fi
	if ! has PIDOF_SESSION_GROUP; then usage "-g: not built in (PIDOF_SESSION_GROUP)" -g 1; fi
	if ! has PIDOF_SESSION_LEADER; then usage "-L: not built in (PIDOF_SESSION_LEADER)" -L; fi
	if ! has PIDOF_SESSION_SIGNAL; then usage "-k: not built in (PIDOF_SESSION_SIGNAL)" -k TERM; fi
	if ! has PIDOF_SESSION_WAIT; then usage "-w: not built in (PIDOF_SESSION_WAIT)" -w 1; fi
	if ! has PIDOF_SESSION_LIST; then usage "-l: not built in (PIDOF_SESSION_LIST)" -l; fi
	if ! has PIDOF_SESSION_OMIT; then usage "-o: not built in (PIDOF_SESSION_OMIT)" -o 1; fi
	if ! has PIDOF_SESSION_FORMAT; then usage "-1: not built in (PIDOF_SESSION_FORMAT)" -1; fi
	if ! has PIDOF_SESSION_PIDFILE; then usage "-F: not built in (PIDOF_SESSION_PIDFILE)" -F x; fi
	if ! has PIDOF_SESSION_NAME; then usage "sh: not built in (PIDOF_SESSION_NAME)" sh; fi
}
check "what is not built in says so" t_off

t_help() {
	ps_ --help
	status 0
	for letter in s:PIDOF_SESSION p:PIDOF_SESSION F:PIDOF_SESSION_PIDFILE t:PIDOF_SESSION_TTY g:PIDOF_SESSION_GROUP \
			L:PIDOF_SESSION_LEADER A:PIDOF_SESSION_OMIT o:PIDOF_SESSION_OMIT l:PIDOF_SESSION_LIST \
			a:PIDOF_SESSION_ALL c:PIDOF_SESSION_CHECK k:PIDOF_SESSION_SIGNAL w:PIDOF_SESSION_WAIT \
			1:PIDOF_SESSION_FORMAT q:PIDOF_SESSION_FORMAT d:PIDOF_SESSION_FORMAT v:PIDOF_SESSION_SERVICE; do
		shown=$(grep -c -e "^  -${letter%:*}[ ,]" out || :)
		if has "${letter#*:}"; then is "$shown" 1 "-${letter%:*}"; else is "$shown" 0 "-${letter%:*}"; fi
	done
	is "$(grep -c '^  -' out)" "$(grep -c -e '^  -[a-zA-Z1][ ,]' -e '^  --force ' out)" "all are options"
}
check "the usage text has each option that there is" t_help BOX_USAGE

# names, as pidof has them

named() {	# FILE-NAME NAME: a leader that is run by this file name
	M=$T/$1
	cp "$bin/member" "$M"
	shift
	session "$@"
	unset M
}

t_name() {
	named daemonx a
	named daemony b
	finds "$a" daemonx
	finds "$a $b" daemonx daemony
	finds "$a $b" daemony daemonx nosuch-at-all
	none daemon
	none aemonx
	none daemonxx
	none nosuch-at-all
	finds "$a $b" -s "$b" daemonx
}
check "NAME: the command name, all of it; several; none" t_name PIDOF_SESSION_NAME

t_name_session() {
	named lonely a many=1
	ps_ lonely
	is "$(echo "$got" | wc -w | tr -d ' ')" 2 "members"
	cp "$bin/member" "$T/childname"
	session b "name=parentname" fork "name=childname"
	finds "$($PS -p "$b")" childname
	finds "$($PS -p "$b")" parentname
}
check "NAME: all of the session that holds it, whoever in it has the name" t_name_session PIDOF_SESSION_NAME

t_name_itself() {
	none pidof-session
	ln -s "$bin/member" pidof-session
	M=$T/pidof-session session a
	finds "$a" pidof-session
	finds "$a" -s "$a" pidof-session
}
check "NAME: never itself" t_name_itself PIDOF_SESSION_NAME +apart

t_name_cut() {
	named exactly15bytes_ a
	named exactly15bytes_long b
	named exactly15bytes_longer c
	finds "$a" exactly15bytes_
	finds "$b" exactly15bytes_long
	finds "$c" exactly15bytes_longer
	none exactly15bytes_l
	none exactly15byte
	none exactly15bytes_longest
}
check "NAME: cut at 15 bytes, the program's name decides" t_name_cut PIDOF_SESSION_NAME

t_name_script() {
	for name in script.sh a-script-with-a-long-name.sh; do
		printf '#!/bin/sh\n%s\n' "$bin/member report=$T/kid-\$1 & wait" >$name
		chmod +x $name
		setsid ./$name $name </dev/null >/dev/null 2>&1 &
		"$bin/waitfor" file "$T/kid-$name"
		finds "$($PS -p "$(cat "$T/kid-$name")")" $name
		case " $got " in *" $(cat "$T/kid-$name") "*) ;; *) fail "$name: $got" ;; esac
	done
	none a-script-with-a-long-name
}
check "NAME: a script by its own name, also a long one" t_name_script PIDOF_SESSION_NAME

# the others' way: BusyBox's, and what is called pidof here, which may know argv[0] and the program only
as_pidof() {	# PID NAME [PROGRAM]: all find that process by this name
	finds "$1" "$2"
	if command -v busybox >/dev/null && busybox --list | grep -qx pidof; then is "$(busybox pidof "$2")" "$1" "busybox pidof $2"; fi
	if [ $# -gt 2 ] && command -v "$3" >/dev/null; then is "$("$3" "$2")" "$1" "$3 $2"; fi
}

t_name_argv0() {
	setsid "$bin/badstate" -a fooserver "$bin/member" report="$T/a" &
	setsid "$bin/badstate" -a "$T/dir/barserver" "$bin/member" report="$T/b" &
	"$bin/waitfor" file a && "$bin/waitfor" file b
	as_pidof "$(cat a)" fooserver pidof
	as_pidof "$(cat b)" barserver pidof
	finds "$(cat b)" "$T/dir/barserver"
	none ooserver
	none fooserve
	none dir/barserver
	session c "name=renamed"
	as_pidof "$c" renamed
}
check "NAME: the last part of argv[0], and the command name" t_name_argv0 PIDOF_SESSION_NAME +apart

t_name_path() {
	named pathserver a
	as_pidof "$a" "$T/pathserver" pidof
	none "$T/no/pathserver"
	# its name and argv[0] say nothing of that
	setsid "$bin/badstate" -a other "$T/pathserver" name=other2 report="$T/b" &
	"$bin/waitfor" file b
	both=$(printf '%s\n' "$a" "$(cat b)" | sort -n | tr '\n' ' ')
	finds "${both% }" "$T/pathserver"
	ln -s pathserver linkserver
	M=$T/linkserver session c
	as_pidof "$c" linkserver
	finds "$c" "$T/linkserver"
}
check "NAME: a path that is its program" t_name_path PIDOF_SESSION_NAME +apart

t_name_path_hidden() {
	named hiddenserver a
	PRE="$bin/badstate -u 65534:65534"
	# argv[0] tells, and what the programs of others are is not to be known
	ps_ "$T/nosuch"
	status 3
	is "$got" "" stdout
	says "pidof-session: /proc/*/exe: Permission denied"
	finds "$a" hiddenserver
}
check "NAME: a path, where programs are not to be known: status 3" t_name_path_hidden PIDOF_SESSION_NAME ERROR_TEXTS +root

t_name_kernel() {
	[ "$(cat /proc/2/comm)" = kthreadd ] || skip "no kernel threads here"
	strace -qq -e trace=openat -o trace "$bin/pidof-session" kthreadd >out 2>err || fail "status $?: $(cat err)"
	! grep -q '/proc/2/cmdline' trace || fail "a thread of the kernel has no command line"
}
check "NAME: a thread of the kernel" t_name_kernel PIDOF_SESSION_NAME +strace

t_name_odd() {
	i=0
	for name in 'with space' 'a) S 1 1 1' '((((' '))' ') (' 'tail) ' 'tab	x' 'two
lines' '-l' 'x(y)z' '12 34 56' 'é'; do
		i=$((i + 1))
		named "$name" "p$i"
	done
	i=0
	for name in 'with space' 'a) S 1 1 1' '((((' '))' ') (' 'tail) ' 'tab	x' 'two
lines' '-l' 'x(y)z' '12 34 56' 'é'; do
		i=$((i + 1))
		eval "finds \"\$p$i\" -- \"\$name\""
		if has PIDOF_SESSION_LIST; then
			eval "ps_ -l -s \"\$p$i\""
			eval "is \"\$(sed -n '2{s/^ *[0-9]* *\\([0-9]*\\) .*/\\1/;p;}' out)\" \"\$p$i\" 'its row'"
			is "$(wc -l <out | tr -d ' ')" 2 "rows of '$name'"
		fi
	done
}
check "names with spaces, parentheses, newlines" t_name_odd PIDOF_SESSION_NAME

t_name_zombie() {
	# a zombie of that name, whose parent has another
	session a name=zparent zombie
	none nosuch-at-all
	zombie=$(child_of "$a")
	[ -n "$zombie" ] || fail "no zombie"
	finds "$a" -s "$a"
	finds "$a" -p "$zombie"
	finds "$a" zparent
	none member-of-nothing
	if has PIDOF_SESSION_GROUP; then finds "$a" -g "$a"; fi
	if has PIDOF_SESSION_OMIT; then none -s "$a" -o "$a"; fi
	if has PIDOF_SESSION_OMIT && has PIDOF_SESSION_FORMAT; then none -1 -s "$a" -o "$a"; fi
	if has PIDOF_SESSION_ALL; then
		ps_ -a -s "$a"
		like "$(sed 1d out)" "* 1" "processes of its row"
	fi
}
check "a zombie is no member, and not listed" t_name_zombie PIDOF_SESSION_NAME

t_threads() {
	session a threads
	finds "$a" -s "$a"
	finds "$a" -p "$a"
}
check "a process whose first thread has ended is listed" t_threads

t_zombie_other() {
	session a zombie
	zombie=$(child_of "$a")
	PRE="$bin/badstate -u 65534:65534"
	finds "$a" -s "$a"
	finds "$a" -p "$zombie"
}
check "... another user's neither" t_zombie_other +root

# the cases of BusyBox's and toybox's own tests of pidof and pgrep

t_peers() {
	none veryunlikelyoccuringbinaryname
	printf '#!/bin/sh\n%s\n' "$PS peer.tests >$T/found; echo \$\$ >$T/me" >peer.tests
	chmod +x peer.tests
	setsid ./peer.tests
	is "$(cat found)" "$(cat me)" "the script that asks"
	if has PIDOF_SESSION_OMIT; then
		printf '#!/bin/sh\n%s\n' "$PS -o \$\$ peer.tests >$T/found; echo \$\$ >$T/me" >peer.tests
		setsid ./peer.tests || :
		is "$(cat found)" "" "... less itself"
	fi
	session a
	session b
	if has PIDOF_SESSION_FORMAT; then finds "$a,$b" -d , -s "$a,$b"; fi
	if has PIDOF_SESSION_FORMAT; then finds "$a" -1 -s "$a,$b"; fi
	finds "$a" -s "$a"
	none -p 4194303
}
check "BusyBox's and toybox's cases" t_peers PIDOF_SESSION_NAME

# what /proc may do

t_storm() {
	session quiet many=5
	members=$($PS -s "$quiet")
	member storm reap setsid storm
	for run in $(seq $((${CYCLES:-1000} / 50))); do
		finds "$members" -s "$quiet"
		if has PIDOF_SESSION_NAME; then none "nosuch-at-all$run"; fi
		if has PIDOF_SESSION_LIST; then
			ps_ -l -p "$quiet"
			is "$(wc -l <out | tr -d ' ')" 7 "rows"
			is "$(cat err)" "" "message of -l"
			status 0
		fi
	done
	if has PIDOF_SESSION_ALL; then
		ps_ -a
		status 0
		is "$(cat err)" "" "message of -a"
	fi
	kill -KILL -"$storm" 2>/dev/null || :
	waits=100
	while [ -n "$($PS -s "$storm" || :)" ] && [ $waits -gt 0 ]; do
		kill -KILL -"$storm" 2>/dev/null || :
		waits=$((waits - 1))
	done
}
check "processes that end during the look" t_storm

hides() {	# HIDEPID
	session a
	mount -t proc -o "hidepid=$1" proc /proc 2>/dev/null || mount -o "remount,hidepid=$1" /proc || skip "no hidepid=$1 here"
	[ -d /proc/1 ] || fail "root does not see process 1"
	finds "$a" -s "$a"
	as_nobody="$bin/badstate -u 65534:65534"
	if $as_nobody test -r /proc/1/stat; then skip "hidepid=$1 does not hide here"; fi
	PRE=$as_nobody
	for word in "-s $a" "-p $a" "-s 4194303" "nosuch-at-all" "-l -s $a" "-w 1 -s $a"; do
		case $word in nosuch*) has PIDOF_SESSION_NAME || continue ;; -l*) has PIDOF_SESSION_LIST || continue ;;
		-w*) has PIDOF_SESSION_WAIT || continue ;; esac
		# shellcheck disable=SC2086
		ps_ $word
		status 3 "$word"
		says "pidof-session: /proc: does not show all processes"
	done
}

t_hidepid() { hides 2; }
check "hidepid=2: status 3, never an empty none" t_hidepid +root +mount

t_hidepid4() { hides 4; }
check "hidepid=4: likewise" t_hidepid4 +root +apart

t_full() {
	[ -e /dev/full ] || skip "no /dev/full"
	session a
	st=0
	"$PS" -s "$a" >/dev/full 2>err || st=$?
	status 3 "/dev/full"
	says "pidof-session: stdout: *"
	if has ERROR_TEXTS; then says "*: No space left on device"; fi
	for word in -l -a -c; do
		case $word in -l) has PIDOF_SESSION_LIST ;; -a) has PIDOF_SESSION_ALL ;; -c) has PIDOF_SESSION_CHECK ;; esac || continue
		st=0
		"$PS" $word -s "$a" >/dev/full 2>err || st=$?
		status 3 "$word"
		says "pidof-session: stdout: *"
	done
	st=0
	"$PS" -s "$a" >&- 2>err || st=$?
	status 3 "stdout is closed"
	says "pidof-session: stdout: *"
	if has PIDOF_SESSION_FORMAT; then
		"$PS" -q -s "$a" >/dev/full || fail "-q: $?"
		"$PS" -q -s "$a" >&- || fail "-q, closed: $?"
	fi
	if has PIDOF_SESSION_SIGNAL; then
		"$PS" -k TERM -s "$a" >&- || fail "-k, closed: $?"
	fi
}
check "output that cannot be written: status 3, and which" t_full

t_short() {
	session a many=3
	all=$($PS -s "$a")
	strace -qq -o trace -e inject=writev:error=EINTR:when=1..2 "$bin/pidof-session" -s "$a" >out || fail "status $?"
	is "$(cat out)" "$all" "output after EINTR"
	# what it claims to have written, and has not
	strace -qq -o trace -e inject=writev:retval=2:when=1 "$bin/pidof-session" -s "$a" >out || fail "status $?"
	is "$(cat out)" "${all#??}" "what follows a short write"
}
check "an interrupted or short write is gone on with" t_short +strace

t_hidepid1() {
	session a
	mount -t proc -o hidepid=1 proc /proc 2>/dev/null || mount -o remount,hidepid=1 /proc || skip "no hidepid here"
	PRE="$bin/badstate -u 65534:65534"
	# the numbers are all there; the files are not
	finds "$a" -s "$a"
	ps_ nosuch-at-all
	status 3
	says "pidof-session: /proc/*/stat: *"
}
check "hidepid=1: numbers are found, names are not to be known" t_hidepid1 +root +mount PIDOF_SESSION_NAME

t_no_proc() {
	mkdir empty
	mount --bind empty /proc || skip "cannot hide /proc"
	ps_ -s 1
	status 3
	says "pidof-session: /proc: *"
	is "$got" "" stdout
	ps_
	status 3
	ps_ --nosuch
	status 2
}
check "no /proc: status 3" t_no_proc +root +mount

t_other_proc() {
	unshare -fp sh -c "$PS -s 1" >out 2>err && st=0 || st=$?
	status 3
	says "pidof-session: /proc: does not show all processes"
}
check "another namespace's /proc: status 3" t_other_proc +root +unshare

t_refused() {
	session a
	for error in eperm enosys; do
		st=0
		"$bin/seccomp" $error=getsid "$bin/pidof-session" -s "$a" >out 2>err || st=$?
		[ $st != 125 ] || skip "no filters here"
		status 3 "$error"
		says "pidof-session: getsid: *"
		is "$(cat out)" "" stdout
	done
}
check "getsid is refused: status 3" t_refused

fails_at() {	# INJECTION [OPTION]...: status 3, one line, and nothing is found
	inject=$1
	shift
	st=0
	strace -qq -o trace -e "inject=$inject" "$bin/pidof-session" "$@" >out 2>err || st=$?
	status 3 "$inject, $*"
	grep -q INJECTED trace || fail "no $inject happened: $*"
	says "pidof-session: *"
}

t_failing() {
	session a
	for error in EIO ENOENT ESRCH EPERM ENOMEM; do fails_at "getdents64:error=$error" -s "$a"; done
	# what there is behind the first entries is not seen
	fails_at "getdents64:error=EIO:when=2+" -s "$a"
	fails_at "lseek:error=EINVAL" -s "$a"
	fails_at "getsid:error=EPERM:when=1+" -s "$a"
	fails_at "getsid:error=EPERM" -p "$a"
	fails_at "getsid:error=EPERM"
	fails_at "openat:error=EMFILE" -s "$a"
	fails_at "readlinkat:error=EACCES" -s "$a"
	if has PIDOF_SESSION_NAME; then
		fails_at "getdents64:error=EIO" nosuch-at-all
		fails_at "openat:error=EMFILE:when=2+" nosuch-at-all
		fails_at "openat:error=EMFILE:when=3" nosuch-at-all
		fails_at "read:error=EIO:when=2" nosuch-at-all
	fi
	if has PIDOF_SESSION_GROUP; then
		fails_at "getpgid:error=EPERM:when=1+" -g "$a"
		fails_at "getpgid:error=EPERM" -g 0
		fails_at "getpgid:error=EPERM:when=1+" -s "$a" -g "$a"
	fi
	if has PIDOF_SESSION_LIST; then fails_at "read:error=EIO:when=1" -l -s "$a"; fi
	if has PIDOF_SESSION_ALL; then fails_at "openat:error=EMFILE:when=2+" -a; fi
	if has PIDOF_SESSION_WAIT; then
		fails_at "getdents64:error=EIO" -w 5 -s "$a"
		fails_at "read:error=EIO" -w 5 -s "$a"
	fi
	if has PIDOF_SESSION_SIGNAL; then fails_at "getdents64:error=EIO" -k TERM -s "$a"; fi
	lives "$a"
	if has PIDOF_SESSION_SIGNAL; then
		fails_at "getdents64:error=EIO:when=3+" -k URG -s "$a"
		session b
		st=0
		strace -qq -o trace -e "inject=getdents64:error=EIO:when=3+" "$bin/pidof-session" -k TERM -s "$b" >out 2>err || st=$?
		status 3 "-k whose second look fails"
		ended "$b"
	fi
}
check "a look that fails: status 3 and a message, never none" t_failing +strace

t_refused_group() {
	session a
	st=0
	"$bin/seccomp" eperm=getpgid "$bin/pidof-session" -g "$a" >out 2>err || st=$?
	[ $st != 125 ] || skip "no filters here"
	status 3
}
check "getpgid is refused: status 3" t_refused_group PIDOF_SESSION_GROUP

# what it costs

count() {	# [OPTION]...: sets calls, files
	strace -f -qq -e signal=none -o trace "$bin/pidof-session" "$@" >out 2>err || [ $? = 1 ] || fail "status $?: $(cat err)"
	calls=$(wc -l <trace | tr -d ' ')
	opened=$(grep -c 'open' trace || :)
}

few() {	# WANTED N MOST [OPTION]...
	wanted=$1 most=$2
	shift 2
	count "$@"
	is "$(cat out)" "$wanted" "$*"
	[ "$calls" -le "$most" ] || { cut -d '(' -f 1 trace | sort | uniq -c; fail "$* with $n processes: $calls calls, at most $most"; }
	is "$opened" 1 "files opened: $*"
}

t_wrap() {
	# In a namespace of our own, and a look of two reads: between them the only member, which the
	# second would list, makes a child with a number that the first has passed, and ends.
	cat >inner <<-EOT
		echo 1000 >/proc/sys/kernel/ns_last_pid || exit
		"$bin/member" many=900 report=$T/crowd & "$bin/waitfor" -t 30 file crowd
		echo 30000 >/proc/sys/kernel/ns_last_pid
		setsid -f sh -c 'echo \$\$ >a.new; mv a.new a; read -r word <go; "\$0" "report=\$1" &' "$bin/member" $T/b
		"$bin/waitfor" file a
		a=\$(cat a)
		(st=0; strace -qq -f -o trace -e trace=getdents64 -e inject=getdents64:signal=STOP:when=2 $PS -s \$a >out 2>err || st=\$?
			echo \$st >st) &
		"$bin/waitfor" -t 30 text trace 'stopped by SIGSTOP'
		echo 500 >/proc/sys/kernel/ns_last_pid
		echo >go
		"$bin/waitfor" file b && "$bin/waitfor" gone /proc/\$a && echo \$a \$(cat b) >numbers
		kill -CONT \$(sed 's/ .*//; q' trace)
		"$bin/waitfor" -t 30 file st
		kill -KILL -1
	EOT
	mkfifo go
	unshare -pf --mount-proc "$bin/badstate" -R sh inner || :
	[ -e numbers ] || skip "a number cannot be chosen here"
	# shellcheck disable=SC2046
	set -- $(cat numbers)
	[ "$1" -gt 30000 ] && [ "$2" -lt 600 ] || skip "the numbers are $*"
	is "$(cat st)" 0 "status ($(cat err))"
	is "$(cat out)" "$2" "found"
}
check "a member whose number is behind the look, and whose parent has ended before it came there" t_wrap +root +unshare +strace +setsid

t_calls() {
	session a
	session crowd "many=${1:-2000}"
	n=$(find /proc -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)
	[ "$n" -gt "${1:-2000}" ] || skip "so many processes are not to be had"
	# strace and what starts and ends beside it come on top
	most=$((n + 12 + n / 200 + 6))
	few "$a" $most -s "$a"
	few "$a" $most -p "$a"
	if has PIDOF_SESSION_GROUP; then few "$a" $most -g "$a"; fi
	all=$($PS -s "$crowd")
	# whether it is a zombie, asked of each that is found
	few "$all" $((most + ${1:-2000})) -s "$crowd"
	is "$(echo "$all" | wc -w | tr -d ' ')" $((${1:-2000} + 1)) "members"
	echo "# $n processes, $calls calls"
	if "$bin/waitfor" gone /proc/4194302; then
		few "" 16 -s 4194302
		if has PIDOF_SESSION_WAIT; then few "" 16 -w 9 -s 4194302; fi
	fi
	kill -KILL "$a"
	if "$bin/waitfor" gone "/proc/$a"; then few "" 16 -s "$a"; fi
	! grep -E '(brk|mremap)\(' trace || fail "heap"
	is "$(grep -c mmap trace)" 1 mappings
	kill -KILL -"$crowd"
}
check "a look-up among 2,000: N + 12 + N/200 calls, one file opened" t_calls +strace +find

t_20000() {
	limit=$(sed -n 's/^Max processes  *\([0-9]*\) .*/\1/p' /proc/self/limits)
	[ "${limit:-30000}" -ge 22000 ] || skip "at most $limit processes"
	[ "$(cat /proc/sys/kernel/pid_max)" -ge 32768 ] || skip "a small pid_max"
	[ "$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)" -gt 4000000 ] || skip "not enough memory"
	t_calls 20000
}
t_calls_wait() {
	session crowd many=500
	n=$(find /proc -maxdepth 1 -name '[0-9]*' 2>/dev/null | wc -l)
	[ "$n" -gt 500 ] || skip "so many processes are not to be had"
	session a
	strace -f -o trace $PS -w 20 -s "$a" &
	tracer=$!
	# it waits at the end of its first look
	"$bin/waitfor" match trace poll || fail "it does not wait"
	# until nothing of it is left, not even a zombie, nobody goes on
	kill -STOP $tracer
	kill -KILL "$a"
	"$bin/waitfor" gone "/proc/$a" || skip "nobody reaps"
	kill -CONT $tracer
	wait $tracer || fail "-w: status $?"
	calls=$(wc -l <trace)
	[ "$calls" -le $((n + n / 2)) ] || fail "$calls calls, of $n processes, to see that a session has ended"
	kill -KILL -"$crowd"
}
check "... and after the wait for a session's end one more" t_calls_wait PIDOF_SESSION_WAIT +strace +find

t_old_kernel() {
	"$bin/seccomp" nothing=fcntl /bin/true || skip "no filters here"
	PS="$bin/seccomp nothing=fcntl $PS"
	session a
	finds "$a" -s "$a"
	kill "$a"
	ended "$a"
	"$bin/waitfor" gone "/proc/$a" || skip "nobody reaps"
	none -s "$a"
	session b
	# shellcheck disable=SC2086
	strace -o trace $PS -w 20 -s "$b" &
	waiter=$!
	"$bin/waitfor" match trace poll || fail "it does not wait"
	kill "$b"
	wait $waiter || fail "-w: status $?"
}
check "before Linux 4.13, where a look alone can tell" t_old_kernel PIDOF_SESSION_WAIT +strace

TEST_LIMIT=240
check "... and among 20,000" t_20000 +strace +find +root

done_testing
