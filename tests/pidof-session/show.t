#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -l, -a, -t, -c.
# shellcheck disable=SC2154
NEEDS="PIDOF_SESSION"
HELPERS="member"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/pidof.sh"

# an interactive shell on a pty, without the machine's start files
at_terminal() {
	"$bin/ptyrun" env -i PATH="$PATH" HOME="$T" TERM=dumb PS1='ready> ' HISTFILE= \
		bash --noprofile --norc -i >"$T/screen" || { cat "$T/screen"; fail "the terminal's script"; }
}

# Both lists, of the processes of a session, as this and ps(1) show them. What they do
# may change in between: a list that differs is asked for again, and again.
compare() {	# SID
	tries=20
	until lists_agree "$1"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { diff procps.rows ours.rows || :; fail "not as ps ajx has them"; }
	done
	head -n 1 procps | tr -s ' ' >titles
	head -n 1 ours | tr -s ' ' | cmp -s - titles || fail "titles: $(head -n 1 ours)"
	[ -s ours.rows ] || fail "no rows"
	# numbers end where their titles do
	awk 'function ends(line, at,    n, i) {
			for (i = 1; match(substr(line, i), /[^ ]+/); at[++n] = i)
				i += RSTART + RLENGTH - 1
		}
		NR == 1 { ends($0, title); next }
		{ ends($0, at); for (n = 1; n < 10; n++) if (n != 5 && n != 7 && at[n] != title[n]) { print "column " n ": " $0; exit 1 } }' ours ||
		fail "its columns: $(head -n 1 ours)"
}

lists_agree() {
	ps ajx >procps
	$PS -l -s "$1" >ours || fail "-l: $?"
	sed 1d ours | sed 's/  */ /g; s/^ //; s/ $//' >ours.rows
	awk -v sid="$1" '$4 == sid' procps | sed 's/  */ /g; s/^ //; s/ $//' >procps.rows
	cmp -s procps.rows ours.rows
}

t_rows() {
	session a many=2 name=renamed "umask=027" zombie setpgid fork setpgid
	lead=$($PS -1 -p "$a" 2>/dev/null || $PS -p "$a" | cut -d ' ' -f 1)
	compare "$lead"
	session b threads
	compare "$b"
	session c fork
	sid=$(sed 's/.*) //' "/proc/$c/stat" | cut -d ' ' -f 4)
	kill -STOP "$c"
	"$bin/waitfor" text "/proc/$c/status" "State:	T" || fail "not stopped"
	compare "$sid"
	# what has run for some ticks, and who is another user by its real number alone
	session d spin=30
	compare "$d"
	if setpriv --ruid 65534 true 2>/dev/null; then
		printf '#!/bin/sh\nexec setpriv --ruid 65534 "%s" "$@"\n' "$bin/member" >another
		chmod +x another
		M=$T/another
		session e fork
		M=
		compare "$(sed 's/.*) //' "/proc/$e/stat" | cut -d ' ' -f 4)"
	fi
	renice -n 5 -p "$c" >/dev/null && compare "$sid"
	if renice -n -5 -p "$c" >/dev/null 2>&1; then compare "$sid"; fi
}
check "-l: as ps ajx, field by field" t_rows PIDOF_SESSION_LIST +ps

t_user() {
	chmod 777 .
	$bin/badstate -u 65534:65534 "$bin/member" setsid "report=$T/a" &
	"$bin/waitfor" file a
	compare "$(sed 's/.*) //' "/proc/$(cat a)/stat" | cut -d ' ' -f 4)"
	like "$(cat ours.rows)" "* 65534 *" "its user"
}
check "-l: the user" t_user PIDOF_SESSION_LIST +ps +root

t_kernel() {
	[ "$(cat /proc/2/comm)" = kthreadd ] || skip "no kernel threads here"
	ps_ -l -p 2
	status 0
	like "$got" "*[[]kthreadd]*" "a thread of the kernel"
}
check "-l: a kernel thread in brackets" t_kernel PIDOF_SESSION_LIST

t_jobs() {
	cat >script <<-EOT
		expect ready>
		send $bin/member report=$T/s1 | $bin/member report=$T/s2
		file $T/s1
		file $T/s2
		key z
		expect ready>
		send $bin/member report=$T/b1 | $bin/member report=$T/b2 &
		file $T/b1
		file $T/b2
		send echo \$\$ >$T/shell.new; mv $T/shell.new $T/shell
		file $T/shell
		send $bin/member report=$T/f1 | $bin/member report=$T/f2
		file $T/f1
		file $T/f2
		file $T/compared
		key c
		expect ready>
		hangup
	EOT
	at_terminal <script &
	player=$!
	"$bin/waitfor" file f2 && "$bin/waitfor" file f1
	shell=$(cat shell)
	compare "$shell"
	is "$(wc -l <ours.rows | tr -d ' ')" 7 "rows"
	# the foreground pipeline is one group, and the terminal's
	is "$(awk -v p="$(cat f2)" '$2 == p { print $3, $6 }' ours.rows)" "$(cat f1) $(cat f1)" "group and TPGID of the foreground"
	is "$(awk -v p="$(cat f1)" '$2 == p { print $7 }' ours.rows)" S+ "its state"
	is "$(awk -v p="$(cat b2)" '$2 == p { print $3, $6, $7 }' ours.rows)" "$(cat b1) $(cat f1) S" "the background"
	is "$(awk -v p="$(cat s2)" '$2 == p { print $3, $7 }' ours.rows)" "$(cat s1) T" "the stopped"
	is "$(awk -v p="$shell" '$2 == p { print $7 }' ours.rows)" Ss "the shell"
	like "$(awk -v p="$shell" '$2 == p { print $5 }' ours.rows)" "pts/*" "its terminal"
	if has PIDOF_SESSION_GROUP; then finds "$(cat b1) $(cat b2)" -g "$(cat b1)"; fi
	if has PIDOF_SESSION_TTY; then
		tty=$(awk -v p="$shell" '$2 == p { print $5 }' ours.rows)
		all=$($PS -s "$shell")
		finds "$all" -t "$tty"
		finds "$all" -t "/dev/$tty"
		finds "$all" -t "ttyS99,$tty"
		session other
		finds "$(printf '%s\n' $all "$other" | sort -n | tr '\n' ' ' | sed 's/ $//')" -t "$tty" -s "$other"
		none -t ttyS99
		none -t "$tty"0
	fi
	if has PIDOF_SESSION_ALL; then
		ps_ -a -s "$shell"
		is "$(sed -n 2p out | tr -s ' ' | sed 's/^ //')" "$shell bash $(awk -v p="$shell" '$2 == p { print $5 }' ours.rows) $(cat f1) 4 7" "-a"
	fi
	: >compared
	wait $player || fail "the terminal's script"
}
check "job control at a real terminal: foreground, background, stopped" t_jobs PIDOF_SESSION_LIST +ps +bash +awk

t_left_child() {
	cat >job <<-EOT
		"$bin/member" report=$T/child &
		"$bin/waitfor" file $T/child
	EOT
	cat >script <<-EOT
		expect ready>
		send echo \$\$ >$T/shell.new; mv $T/shell.new $T/shell; sh $T/job; echo do''ne
		expect done
		expect ready>
		send true
		expect ready>
		send : >$T/ready
		file $T/compared
		hangup
	EOT
	at_terminal <script &
	player=$!
	"$bin/waitfor" file ready
	shell=$(cat shell)
	compare "$shell"
	is "$(awk -v p="$shell" '$2 == p { print $6, $7 }' ours.rows)" "$shell Ss+" "the shell is in the foreground again"
	is "$(awk -v p="$(cat child)" '$2 == p { print $6, $7 }' ours.rows)" "$shell S" "the child is in the background"
	: >compared
	wait $player || fail "the terminal's script"
}
check "... a foreground job that ends and leaves a child" t_left_child PIDOF_SESSION_LIST +ps +bash +awk

t_width() {
	cat >script <<-EOT
		expect ready>
		send stty cols 40; $PS -l; echo do''ne
		expect done
		send stty cols 200; $PS -l | cat; echo do''ne
		expect done
		send $bin/member report=$T/long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa &
		expect ready>
		hangup
	EOT
	cat >script2 <<-EOT
		expect ready>
		send stty cols 40; $PS -l >/dev/tty; echo do''ne
		expect done
		hangup
	EOT
	at_terminal <script2
	tr -d '\r' <screen | sed -n '/^   PPID/,/^done/p' | grep -v '^done' >rows
	[ "$(wc -l <rows)" -ge 2 ] || fail "$(cat screen)"
	while IFS= read -r row; do [ ${#row} -le 40 ] || fail "${#row} columns: $row"; done <rows
}
check "-l: cut to the terminal's width" t_width PIDOF_SESSION_LIST +bash

t_control() {
	M=$T/bell
	cp "$bin/member" "$M"
	"$M" orphan setsid "name=$(printf 'a\033[31m')" "report=$T/a" &
	"$bin/waitfor" file a
	a=$(cat a)
	"$bin/member" orphan setsid "report=$T/b" "name=$(printf '\033[31m')" &
	"$bin/waitfor" file b
	# the control that begins a sequence has a byte of its own too, and two as UTF-8; other letters have the same byte
	"$bin/member" orphan setsid "report=$T/c" "name=$(printf 'x\302\2332J\2332J')" &
	"$bin/waitfor" file c
	"$bin/member" orphan setsid "report=$T/d" "name=$(printf 'x\303\233')" &
	"$bin/waitfor" file d
	ps_ -l -s "$a,$(cat b),$(cat c),$(cat d)"
	status 0
	! grep -q "$(printf '\033')" out || fail "an escape passed"
	! LC_ALL=C grep "$(printf '\302\233')" out || fail "a control passed"
	! LC_ALL=C grep "$(printf 'J\233')" out || fail "a control passed"
	LC_ALL=C grep -q "$(printf 'x\303\233')" out || fail "a letter did not: $(cat out)"
}
check "-l: nothing that moves a terminal's cursor" t_control PIDOF_SESSION_LIST

t_sessions() {
	session a fork setpgid many=2
	lead=$(sed 's/.*) //' "/proc/$a/stat" | cut -d ' ' -f 4)
	session b
	ps_ -a
	status 0
	is "$(head -n 1 out | tr -s ' ')" " SID LEADER TTY TPGID GROUPS PROCESSES" "titles"
	is "$(awk -v s="$lead" '$1 == s' out | tr -s ' ')" " $lead member ? -1 2 4" "a row"
	is "$(awk -v s="$b" '$1 == s' out | tr -s ' ')" " $b member ? -1 1 1" "another"
	is "$(sed 1d out | awk '{ print $1 }' | sort -n | uniq -d)" "" "twice"
	kill -KILL "$lead"
	"$bin/waitfor" gone "/proc/$lead" || skip "nobody reaps"
	ps_ -a -s "$lead"
	is "$(sed 1d out | tr -s ' ')" " $lead - ? -1 1 3" "its leader is gone"
	# what ps has
	ps_ -a -s "$b,$lead"
	is "$(sed 1d out | awk '{ print $1 }' | tr '\n' ' ')" "$(printf '%s\n' "$lead" "$b" | sort -n | tr '\n' ' ')" "those chosen"
}
check "-a: a row a session" t_sessions PIDOF_SESSION_ALL +awk

t_login() {
	cat >script <<-EOT
		expect ready>
		send tty >$T/tty; echo \$\$ >$T/shell.new; mv $T/shell.new $T/shell; echo do''ne
		expect done
		expect ready>
		send (trap '' HUP; exec "$bin/member" report=$T/left </dev/null >/dev/null 2>&1) & echo fur''ther
		expect further
		file $T/left
		expect ready>
		hangup
	EOT
	at_terminal <script
	shell=$(cat shell)
	"$bin/waitfor" gone "/proc/$shell" || skip "nobody reaps"
	ps_ -t "$(cat tty)"
	status 1 "-t of a terminal that is gone"
	ps_ -a
	is "$(awk -v s="$shell" '$1 == s { print $2, $3, $6 }' out)" "- ? 1" "what -a shows of the session"
	ps_ -k TERM -w 5 -s "$shell"
	status 0
	ps_ -s "$shell"
	status 1 "what is left"
}
check "what a login leaves behind: -a shows it, -s ends it" t_login PIDOF_SESSION_ALL PIDOF_SESSION_TTY \
	PIDOF_SESSION_SIGNAL PIDOF_SESSION_WAIT +bash +awk

# -c

proper() {	# NAME WORD...: a proper daemon, and words that spoil it
	name=$1
	shift
	rm -f "$T/$name"
	(cd / && umask 022 && exec "$bin/member" orphan setsid orphan "$@" "report=$T/$name") </dev/null >/dev/null 2>&1 3>&-
	"$bin/waitfor" file "$T/$name" || fail "no $name"
	eval "$name=\$(cat \"\$T/\$name\")"
}

found() {	# PROPERTY: mark and what was found
	sed -n "s|^ *[0-9]* $1  *\\(..\\)  \\(.*[^ ]\\)  *.*|\\1 \\2|p" out
}

bad() {	# PROPERTY PID: only that does not hold
	ps_ -c -p "$2"
	status 1 "-c of $1"
	is "$(awk '$3 == "NO" { print $2 }' out)" "$1" "what does not hold"
}

t_proper() {
	proper a
	ps_ -c -p "$a"
	cat out
	is "$(awk '$3 == "NO"' out)" "" "what does not hold"
	status 0
	is "$(awk '{ print $2 }' out | grep -v fd/ | tr '\n' ' ')" \
		"terminal session group parent ignored blocked umask cwd root program " "properties"
	if has PIDOF_SESSION_FORMAT; then
		ps_ -c -q -p "$a"
		status 0
		is "$got" "" "stdout"
	fi
}
check "-c: a proper daemon: status 0" t_proper PIDOF_SESSION_CHECK +awk

t_daemonize() {
	start
	ps_ -c -p "$pid"
	is "$(awk '$3 == "NO"' out)" "" "what does not hold"
	status 0
	if has DAEMONIZE_PIDFILE; then
		rm report
		start -p "$T/pid"
		ps_ -c -p "$pid"
		status 0
		is "$(grep -c ' fd/' out)" 3 "descriptors with -p"
	fi
	if has DAEMONIZE_LOCK; then
		rm report
		start -l "$T/lock"
		ps_ -c -p "$pid"
		status 0
		like "$got" "*$T/lock *(lock file)*" "the lock file"
	fi
}
check "-c: what daemonize starts" t_daemonize PIDOF_SESSION_CHECK DAEMONIZE STEP_SECOND_FORK STEP_CHDIR STEP_UMASK \
	STEP_CLOSE STEP_NULL STEP_SIGNALS +awk

t_supervised() {
	start -r -p "$T/pid"
	ps_ -c -p "$pid"
	is "$(awk '$3 == "NO"' out)" "" "what does not hold"
	status 0
	[ "$(awk '{ print $1 }' out | sort -u | wc -l | tr -d ' ')" -ge 2 ] || fail "no supervisor is shown: $got"
	like "$(grep "^ *$pid parent" out)" "* ok *" "the parent is its supervisor"
	grep -q 'signalfd' out || fail "it has no signalfd"
}
check "-c: what daemonize starts and restarts, its supervisor too" t_supervised PIDOF_SESSION_CHECK DAEMONIZE_RESTART \
	DAEMONIZE_PIDFILE STEP_SECOND_FORK STEP_CHDIR STEP_UMASK STEP_CLOSE STEP_NULL STEP_SIGNALS +awk

t_ends() {
	# one that ends while it is looked at has no properties, and is no fault of the others
	dz=$bin/daemonize
	ln -s "$BOX" "$dz" 2>/dev/null || :
	"$dz" -p "$T/pid" sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	"$bin/waitfor" file job
	"$bin/waitfor" file report
	job=$(sed -n 's/^pid: //p' job) main=$(cat pid)
	strace -qq -f -o trace -P "/proc/$job/status" -e trace=openat -e inject=openat:signal=STOP:when=1 "$BOX" pidof-session -c -p "$main" >out 2>err &
	asked=$!
	"$bin/waitfor" text trace status || fail "there was no look"
	kill -9 "$job"
	"$bin/waitfor" end "$job"
	resumed
	st=0
	wait "$asked" || st=$?
	kill "$main"
	[ "$st" = 0 ] || fail "status $st: $(cat out err)"
	! grep -q ' NO ' out || fail "$(grep ' NO ' out)"
	grep -q "^ *$main signals\|^ *$main " out || fail "no row of the other: $(cat out)"
	! grep "^ *$job ignored" out || fail "a row of what has ended"
}
check "-c: what ends meanwhile" t_ends PIDOF_SESSION_CHECK DAEMONIZE DAEMONIZE_PIDFILE STEP_SECOND_FORK STEP_CHDIR STEP_UMASK +strace

t_groups() {
	# what comes behind a thousand groups in /proc/PID/status cannot be read, and is not said to be wrong
	perl -e '$( = 0; $) = "0 " . join(" ", 100000 .. 100800); exec @ARGV' "$bin/member" setsid "report=$T/a" &
	"$bin/waitfor" file a
	ps_ -c -s "$(cat a)"
	status 3
	! grep 'ignored\|blocked' out || fail "$(cat out)"
	says "pidof-session: status: *"
}
check "-c: of one with many groups: status 3" t_groups PIDOF_SESSION_CHECK +root +perl

t_kernel_session() {
	# what has a session of another namespace has 0, as the kernel's threads; nobody leads that
	ps_ -a
	row=$(grep '^ *0 ' out) || skip "no session 0 here"
	# shellcheck disable=SC2086
	set -- $row
	is "$2 $3" "- ?" "leader and terminal of session 0"
}
check "-a: session 0" t_kernel_session PIDOF_SESSION_ALL

t_signalfd() {
	proper a signalfd=15 signalfd=64
	ps_ -c -p "$a"
	status 0 "signals that a signalfd takes are blocked"
	like "$got" "*blocked  ok TERM 64 *" "which"
	proper b signalfd=15 block=1
	bad blocked "$b"
	like "$got" "*blocked  NO HUP TERM *" "which"
}
check "-c: a blocked signal is fine where a signalfd takes it" t_signalfd PIDOF_SESSION_CHECK +awk

t_broken() {
	session a </dev/null
	(cd / && exec "$bin/member" orphan setsid "report=$T/lead") </dev/null >/dev/null 2>&1
	"$bin/waitfor" file lead
	bad session "$(cat lead)"
	proper b umask=0
	bad umask "$b"
	proper c umask=077
	ps_ -c -p "$c"
	status 0 "umask 077"
	proper d ignore=1 ignore=15
	bad ignored "$d"
	like "$got" "*ignored  NO HUP TERM *" "which"
	proper e block=15 block=64
	bad blocked "$e"
	like "$got" "*blocked  NO TERM 64 *" "which"
	proper f ignore=13
	ps_ -c -p "$f"
	status 0 "PIPE ignored"
	mkdir dir
	rm -f g
	(cd dir && umask 022 && exec "$bin/member" orphan setsid orphan "report=$T/g") </dev/null >/dev/null 2>&1
	"$bin/waitfor" file g
	bad cwd "$(cat g)"
	like "$got" "*cwd      NO $T/dir *" "where"
	cp "$bin/member" gone
	(cd / && umask 022 && exec "$T/gone" orphan setsid orphan "report=$T/h") </dev/null >/dev/null 2>&1
	"$bin/waitfor" file h
	rm gone
	bad program "$(cat h)"
	proper i setpgid fork
	ps_ -c -p "$i"
	like "$(grep "^ *$i group" out)" "* ok *" "in another's group"
	kill -KILL "$(sed 's/.*) //' "/proc/$i/stat" | cut -d ' ' -f 3)"
	"$bin/waitfor" gone "/proc/$(sed 's/.*) //' "/proc/$i/stat" | cut -d ' ' -f 3)" || skip "nobody reaps"
	bad group "$i"
}
check "-c: one property broken at a time: status 1, and which" t_broken PIDOF_SESSION_CHECK +awk

t_descriptors() {
	exec 7>"$T/seven" 8<"$T/seven"
	flock 8
	proper a
	exec 7>&- 8>&-
	ps_ -c -p "$a"
	status 0
	like "$got" "*fd/7     ok $T/seven *" "a further descriptor"
	like "$(grep fd/8 out)" "*$T/seven *(lock file)" "a lock file"
	is "$(grep -c fd/ out)" "$(find "/proc/$a/fd" -type l 2>/dev/null | wc -l | tr -d ' ')" "descriptors"
}
check "-c: further descriptors are named, lock files known" t_descriptors PIDOF_SESSION_CHECK +flock

begun_at() {	# IN OUT ERR: a daemon that has these; its row of each that is wrong
	rm -f d
	(cd / && umask 022 && exec "$bin/member" orphan setsid orphan "report=$T/d") <"$1" >"$2" 2>"$3"
	"$bin/waitfor" file d || fail "it does not start"
	ps_ -c -p "$(cat d)"
	awk '$3 == "NO" { print $2 }' out | tr '\n' ' '
}

t_consoles() {
	# known by name alone, of whatever kind they are
	mount -t tmpfs none /dev
	mknod /dev/null c 1 3
	mkdir /dev/pts
	for name in console hvc0 ttyS0 pts/7 random; do : >/dev/$name; done
	is "$(begun_at /dev/console /dev/hvc0 /dev/ttyS0)" "fd/0 fd/1 fd/2 " "terminals"
	is "$(begun_at /dev/random /dev/null /dev/pts/7)" "fd/2 " "terminals"
}
check "-c: a console, a serial line, a pty" t_consoles PIDOF_SESSION_CHECK +mount +root +awk

t_terminal() {
	cat >script <<-EOT
		expect ready>
		send cd /; umask 022; $bin/member report=$T/job </dev/null >/dev/null 2>&1 &
		file $T/job
		send setsid $bin/member report=$T/tty &
		file $T/tty
		file $T/looked
		hangup
	EOT
	at_terminal <script &
	player=$!
	"$bin/waitfor" file tty
	ps_ -c -p "$(cat tty)"
	status 1
	is "$(awk -v p="$(cat tty)" '$1 == p && $3 == "NO" { print $2 }' out | tr '\n' ' ')" "session fd/0 fd/1 fd/2 " "of setsid x"
	ps_ -c -p "$(cat job)"
	status 1
	is "$(awk -v p="$(cat job)" '$1 == p && $3 == "NO" { print $2 }' out | tr '\n' ' ')" "terminal session parent " "of x &"
	: >looked
	wait $player || fail "the terminal's script"
}
check "-c: at a terminal: x & and setsid x" t_terminal PIDOF_SESSION_CHECK +bash +awk +setsid

t_not_allowed() {
	proper a
	PRE="$bin/badstate -u 65534:65534"
	ps_ -c -p "$a"
	status 3
	says "pidof-session: /proc/$a/*: Permission denied"
}
check "-c: another user's cannot be looked at: status 3" t_not_allowed PIDOF_SESSION_CHECK +root

done_testing
