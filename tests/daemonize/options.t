#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What each option does, and what daemonize says of wrong ones.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
. "${0%/*}/../helpers/lib.sh"

long4k=$(printf '%04096d' 0 | tr 0 x)

# -c -m -n -L

t_chdir() {
	mkdir "$T/a dir"
	start -c "$T/a dir"
	is "$(get cwd)" "$T/a dir" cwd
}
check "-c: the working directory" t_chdir DAEMONIZE_CHDIR

t_chdir_relative() {
	mkdir -p here/below
	start -c here/below
	is "$(get cwd)" "$T/here/below" cwd
	end "$pid"
	start -c .
	is "$(get cwd)" "$T" cwd
}
check "-c: relative to the caller's, -c . stays" t_chdir_relative DAEMONIZE_CHDIR

t_chdir_missing() {
	dz -c "$T/none" "$P" "$T/report"
	fails 1 "daemonize: chdir: $T/none: *"
	if has ERROR_TEXTS; then says "*: No such file or directory"; fi
	: >file
	dz -c file "$P" "$T/report"
	fails 1 "daemonize: chdir: file: *"
}
check "-c: a directory that is missing or none" t_chdir_missing DAEMONIZE_CHDIR

t_chdir_program() {
	mkdir sub
	cp "$P" prog
	for dir in / "$T/sub"; do
		rm -f report
		dz -c "$dir" ./prog "$T/report"
		status 0
		appeared
		is "$(get 'arg 0')" ./prog "argv[0]"
		end "$pid"
	done
}
check "-c: a relative program is the caller's" t_chdir_program DAEMONIZE_CHDIR

t_umask() {
	for mask in 0 027 777 0077; do
		start -m $mask
		is "$(get umask)" "$(printf %03o "0$mask")" "umask of -m $mask"
		end "$pid"
	done
}
check "-m: the umask" t_umask DAEMONIZE_UMASK

t_umask_bad() {
	for mask in 8 9 089 1000 77777777777777777777 -1 +1 0x7 022x "022 " " 022" x "" u=rwx; do
		dz -m "$mask" "$P" "$T/report"
		fails 2 "daemonize: -m: $mask: *"
	done
}
check "-m: what is no octal mask" t_umask_bad DAEMONIZE_UMASK

t_nice() {
	start -n 5
	is "$(get nice)" 5 nice
	end "$pid"
	PRE="$bin/badstate -n 3"
	start -n 7
	is "$(get nice)" 7 "nice, from 3"
	end "$pid"
	start
	is "$(get nice)" 3 "nice without -n"
}
check "-n: the nice value" t_nice DAEMONIZE_NICE

t_nice_ten() {
	start -n 10
	is "$(get nice)" 10 nice
}
check "-n: two digits" t_nice_ten DAEMONIZE_NICE

t_nice_negative() {
	start -n -5
	is "$(get nice)" -5 nice
	end "$pid"
	rm report
	# the lowest that there is
	start -n -20
	is "$(get nice)" -20 nice
}
check "-n: a negative one" t_nice_negative DAEMONIZE_NICE +root

t_nice_refused() {
	PRE="$bin/badstate -u 65534:65534"
	chmod 777 .
	dz -n -5 "$P" "$T/report"
	fails 1 "daemonize: nice: -5: *"
}
check "-n: one that the caller may not have" t_nice_refused DAEMONIZE_NICE +root

t_nice_bad() {
	for n in x 1x 20 -21 "" - -- 1.5 " 1" 99999999999999999999 0x1; do
		dz -n "$n" "$P" "$T/report"
		fails 2 "daemonize: -n: $n: *"
	done
}
check "-n: what is no number" t_nice_bad DAEMONIZE_NICE

t_limit() {
	start -L nofile=64 -L core=0 -L data=64M:1G -L fsize=3000k:unlimited
	is "$(get 'limit nofile')" "64 64" nofile
	is "$(get 'limit core')" "0 0" core
	is "$(get 'limit data')" "67108864 1073741824" data
	is "$(get 'limit fsize')" "3072000 unlimited" fsize
	end "$pid"
	start -L nofile=64 -L nofile=32:48
	is "$(get 'limit nofile')" "32 48" "the last one"
}
check "-L: limits, soft and hard" t_limit DAEMONIZE_LIMIT

t_limit_names() {
	"$P" -e 0 "$T/here"
	for name in as core cpu data fsize locks memlock msgqueue nice nofile nproc rss \
			rtprio rttime sigpending stack; do
		soft=$(sed -n "s/^limit $name: \([^ ]*\) .*/\1/p" here)
		hard=$(sed -n "s/^limit $name: [^ ]* //p" here)
		start -L "$name=$soft:$hard"
		is "$(grep ^limit report)" "$(grep ^limit here)" limits
		end "$pid"
	done
	# each sets its own and no other
	for name in core locks msgqueue nice rtprio sigpending memlock; do
		start -L "$name=0:0"
		is "$(sed "s/^limit $name: .*/limit $name: 0 0/" here | grep ^limit)" \
			"$(grep ^limit report)" "limits"
		end "$pid"
	done
}
check "-L: each name is its own limit" t_limit_names DAEMONIZE_LIMIT

t_limit_bad() {
	for l in "" nofile nofile= =1 nosuch=1 nofile=x nofile=1: nofile=:1 nofile=1:2:3 nofile=-1 \
			nofile=1x nofile=1.5 "nofile= 1" nofile=99999999999999999999 NOFILE=1 \
			nofile=99999999999999999999G nofil=1 nofilex=1 core=17179869184G; do
		dz -L "$l" "$P" "$T/report"
		fails 2 "daemonize: -L: $l: *"
	done
}
check "-L: what is no limit" t_limit_bad DAEMONIZE_LIMIT

t_limit_refused() {
	dz -L nofile=64:32 "$P" "$T/report"
	case $st in 1 | 2) fails $st "daemonize: *: nofile=64:32: *" ;; *) fails 2 ;; esac
	chmod 777 .
	PRE="$bin/badstate -l 100 -u 65534:65534"
	dz -L nofile=50:unlimited "$P" "$T/report"
	fails 1 "daemonize: limit*: nofile=50:unlimited: *"
}
check "-L: one that the kernel refuses" t_limit_refused DAEMONIZE_LIMIT +root

# -E -i

t_env() {
	export OLD=old GONE=x
	PRE="env A=0"
	start -E A=1 -E "B=two words" -E C= -E OLD=new -E D=a=b
	is "$(env_of A)|$(env_of B)|$(env_of C)|$(env_of OLD)|$(env_of D)|$(env_of GONE)" \
		"1|two words||new|a=b|x" environment
	is "$(grep -c '^env OLD=' report) $(grep -c '^env C=$' report)" "1 1" "times that OLD, C are there"
	end "$pid"
	start -E A=1 -E A=2 -E A=3
	is "$(env_of A)" 3 "the last one"
	is "$(grep -c '^env A=' report)" 1 "times that A is there"
}
check "-E: sets variables, the last one counts" t_env DAEMONIZE_ENV

t_env_bad() {
	for e in "" NOVALUE =x; do
		dz -E "$e" "$P" "$T/report"
		fails 2 "daemonize: -E: $e: *"
	done
}
check "-E: what is no NAME=VALUE" t_env_bad DAEMONIZE_ENV

t_env_many() {
	set --
	i=0
	while [ $i -lt 200 ]; do
		set -- "$@" -E "V$i=$i"
		i=$((i + 1))
	done
	start "$@"
	is "$(grep -c '^env V[0-9]*=' report)" 200 "variables"
}
check "-E: two hundred of them" t_env_many DAEMONIZE_ENV

t_env_long() {
	start -E "LONG=$long4k"
	is "$(env_of LONG)" "$long4k" value
}
check "-E: a value of 4 kB" t_env_long DAEMONIZE_ENV

t_env_empty() {
	SOME=thing
	export SOME
	start -i
	is "$(sed -n '/^env /p' report | grep -v "^env PATH=$PATH_DEFAULT\$" || :)" "" "environment"
}
check "-i: an empty environment" t_env_empty DAEMONIZE_CLEARENV

t_env_empty_but() {
	start -E A=1 -i -E B=2
	is "$(sed -n '/^env /p' report | grep -v ^env.PATH= | tr '\n' ' ')" "env A=1 env B=2 " "environment"
}
check "-i: and what -E sets, before it and after" t_env_empty_but DAEMONIZE_CLEARENV DAEMONIZE_ENV

t_path_unset() {
	(unset PATH; dz sh -c '"$0" -e 0 "$1" "$PATH"' "$P" "$T/report"; status 0)
	appeared
	is "$(env_of PATH)" "$PATH_DEFAULT" "PATH of the daemon"
}
check "an unset PATH becomes $PATH_DEFAULT" t_path_unset

# -D -I -1

t_keep() {
	PRE="$bin/badstate -d 7 -d 42 -d 1000"
	start -D 7 -D 1000
	is "$(get fds)" "0 1 2 7 1000" descriptors
	is "$(get 'fd 7')" "/dev/zero r" "descriptor 7"
	is "$(get 'fd 1000')" "/dev/zero r" "descriptor 1000"
}
check "-D: keeps descriptors, the others are closed" t_keep DAEMONIZE_KEEP STEP_CLOSE

t_keep_low() {
	PRE="$bin/badstate -d 3 -d 4 -d 5 -d 6 -d 8 -d 9"
	start -D 5 -D 3 -D 4 -D 5 -D 8
	is "$(get fds)" "0 1 2 3 4 5 8" descriptors
	for fd in 3 4 5 8; do is "$(get "fd $fd")" "/dev/zero r" "descriptor $fd"; done
}
check "-D: the lowest, out of order, one twice" t_keep_low DAEMONIZE_KEEP STEP_CLOSE

t_keep_output() {
	st=0
	$DZ -D 1 -D 2 "$P" -o text "$T/report" >"$T/o" 2>"$T/e" </dev/null || st=$?
	status 0
	appeared
	is "$(cat o)" "text
text again" stdout
	is "$(cat e)" "err-text
err-text again" stderr
	is "$(get 'fd 0')" "/dev/null rw" "stdin"
}
check "-D 1 -D 2: the caller's stdout and stderr" t_keep_output DAEMONIZE_KEEP STEP_NULL

t_keep_many() {
	set --
	PRE="$bin/badstate"
	i=10
	while [ $i -lt 60 ]; do
		PRE="$PRE -d $i"
		set -- "$@" -D $i
		i=$((i + 2))
	done
	start "$@"
	is "$(get fds)" "0 1 2 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48 50 52 54 56 58" descriptors
}
check "-D: twenty-five of them" t_keep_many DAEMONIZE_KEEP STEP_CLOSE

t_keep_closed() {
	PRE="$bin/badstate -x 9"
	dz -D 9 "$P" "$T/report"
	fails 1 "daemonize: keep: 9: *"
	dz -D 2000000000 "$P" "$T/report"
	fails 1 "daemonize: keep: 2000000000: *"
}
check "-D: one that is not open" t_keep_closed DAEMONIZE_KEEP

t_keep_internal() {
	# what daemonize opens itself must not pass for the caller's
	for fd in 3 4 5 6; do
		PRE="$bin/badstate -x $fd"
		dz -D $fd "$P" "$T/report"
		status 1 "-D $fd"
		nothing_left
	done
}
check "-D: nor one that only daemonize itself has open" t_keep_internal DAEMONIZE_KEEP

t_keep_bad() {
	for n in x -1 "" 1x 99999999999999999999 4294967296 2147483648 0x1 " 1" +1; do
		dz -D "$n" "$P" "$T/report"
		fails 2 "daemonize: -D: $n: *"
	done
}
check "-D: what is no number" t_keep_bad DAEMONIZE_KEEP

t_ignore() {
	PRE="$bin/badstate -Z -I PIPE -I TERM"
	start -I CHLD
	is "$(get ignored)" CHLD ignored
	kill "$pid"
	"$bin/waitfor" end "$pid"
	start -I HUP,CHLD,INT
	is "$(get ignored)" "HUP INT CHLD" ignored
	is "$(get blocked)" "" blocked
	end "$pid"
	start -I 10
	want=$("$bin/badstate" -Z -I 10 "$P" -e 0 "$T/want" && sed -n 's/^ignored: //p' want)
	is "$(get ignored)" "$want" "ignored by number"
	end "$pid"
	start -I HUP -I PIPE
	is "$(get ignored)" "HUP PIPE" "ignored by two -I"
}
check "-I: signals that the program starts with ignored" t_ignore DAEMONIZE_IGNORE STEP_SIGNALS

t_ignore_bad() {
	for s in NOSUCH "" "," "HUP," ",HUP" HUP,,INT 0 -1 1000 1x HUPX HU "HUP INT" KILL STOP 9 CHLD,KILL; do
		dz -I "$s" "$P" "$T/report"
		fails 2 "daemonize: -I: $s: *"
	done
}
check "-I: what is no signal, or cannot be ignored" t_ignore_bad DAEMONIZE_IGNORE

t_leader() {
	start -1
	is "$(get sid) $(get pgid)" "$pid $pid" "session and group"
	is "$(get tty)" none tty
	is "$(get parent)" "$("$bin/badstate" -P)" parent
}
check "-1: it leads its session" t_leader DAEMONIZE_LEADER STEP_SECOND_FORK

# -q -v -d

t_quiet() {
	dz -q -c "$T/none" "$P" "$T/report"
	fails 1
	is "$(cat err)" "" stderr
	dz -q "$T/none"
	is "$st $(cat err)" "127 " "status and stderr"
}
check "-q: no messages, the same status" t_quiet DAEMONIZE_QUIET DAEMONIZE_CHDIR

t_verbose() {
	rm -f report
	dz -v "$P" "$T/report"
	status 0
	is "$(cat out)" "" stdout
	appeared
	[ "$(grep -c '^daemonize: ' err)" = "$(wc -l <err | tr -d ' ')" ] || fail "$(cat err)"
	cp err steps_done
	dz -d "$P" "$T/report"
	is "$(sed 's/^daemonize: //' steps_done | grep -v -e '^exec' -e '^verbose')" "$(grep -v '^exec' out)" "steps of -v, against -d"
	if has STEP_UMASK; then grep -qx "umask $(value STEP_UMASK_DEFAULT)" out || fail "$(cat out)"; fi
	for step in fork setsid; do
		grep -qx "daemonize: $step" steps_done || fail "no $step in $(cat steps_done)"
	done
}
check "-v: each step on stderr as it is done" t_verbose DAEMONIZE_VERBOSE

t_verbose_values() {
	mkdir -m 777 dir
	dz -d -c dir -m 027 -L nofile=64 -L core=0 -E A=b "$P" "$T/report"
	for line in "umask 027" "chdir dir" "limits nofile=64" "limits core=0" "environment A=b" "exec $P"; do
		grep -qxF "$line" out || fail "-d: no $line in $(cat out)"
	done
	dz -v -c dir -m 027 -L nofile=64 -L core=0 -E A=b sh -c :
	for line in setsid "umask 027" "chdir dir" "limits nofile=64" "limits core=0" "environment A=b"; do
		grep -qxF "daemonize: $line" err || fail "-v: no $line in $(cat err)"
	done
}
check "-v, -d: with the values of the steps" t_verbose_values DAEMONIZE_VERBOSE DAEMONIZE_CHDIR DAEMONIZE_UMASK \
	DAEMONIZE_LIMIT DAEMONIZE_ENV

t_verbose_once() {
	mkdir -p root/srv
	for more in "" "-S -r" "-p pid" "-S -r -w socket -p pid" "-w fd:3" "-u 4321" "-f" \
		"--chroot root -c srv -u 4321 --caps kill --ambient kill"; do
		# shellcheck disable=SC2086
		dz -d $more "$P" "$T/report"
		# an option that this build lacks
		[ "$st" != 2 ] || continue
		status 0
		cp out steps_said
		is "$(sort out | uniq -d)" "" "steps that -d $more shows twice"
		# shellcheck disable=SC2086
		dz -d -v $more "$P" "$T/report"
		is "$(cat out)" "$(cat steps_said)" "-d -v $more, against -d"
	done
	for more in "-w fd:3" "-w socket"; do
		# shellcheck disable=SC2086
		dz -d $more "$P" "$T/report"
		[ "$st" = 2 ] || is "$(grep -n "^ready" out | cut -d: -f2-)" "ready ${more#-w }" "-d $more"
	done
	dz -d --chroot root -c srv "$P" "$T/report"
	[ "$st" = 2 ] || is "$(grep -e chroot -e chdir out | tr '\n' ,)" "chroot root,chdir srv," "-d --chroot -c"
}
check "-v, -d: each step once, and only what is done" t_verbose_once DAEMONIZE_VERBOSE

t_verbose_pipe() {
	$DZ -v -r "$P" "$T/report" </dev/null 2>&1 | cat >steps_done
	grep -qx "daemonize: setsid" steps_done || fail "no steps: $(cat steps_done)"
	appeared
	alive "$pid"
}
check "-v: a supervisor lets go of a stderr that is a pipe" t_verbose_pipe DAEMONIZE_VERBOSE DAEMONIZE_RESTART

t_verbose_fails() {
	dz -v -c "$T/none" "$P" "$T/report"
	status 1
	nothing_left
	like "$(tail -n 1 err)" "daemonize: chdir: $T/none: *" "last line"
	! grep -q '^daemonize: exec' err || fail "$(cat err)"
}
check "-v: up to the one that fails" t_verbose_fails DAEMONIZE_VERBOSE DAEMONIZE_CHDIR

t_dry() {
	dz -d -p "$T/pid" -l "$T/lock" -o "$T/output" "$P" "$T/report"
	status 0
	is "$(cat err)" "" stderr
	nothing_left
	for f in pid lock output report; do [ ! -e $f ] || fail "$f was made"; done
	is "$(grep -c . out)" "$(wc -l <out | tr -d ' ')" "lines"
	want="setsid"
	if has STEP_CHDIR; then want="$want chdir"; fi
	if has STEP_UMASK; then want="$want umask"; fi
	if has STEP_CLOSE; then want="$want close"; fi
	if has STEP_SIGNALS; then want="$want signals"; fi
	for step in $want fork pidfile lock stdout exec; do
		grep -qx -e "$step" -e "$step .*" out || fail "no $step in $(cat out)"
	done
	grep -qx "pidfile $T/pid" out || fail "no value of pidfile"
}
check "-d: prints the steps, does none" t_dry DAEMONIZE_VERBOSE DAEMONIZE_PIDFILE DAEMONIZE_LOCK DAEMONIZE_FILES

t_dry_supervised() {
	dz -d -S -r "$P" "$T/report"
	status 0
	nothing_left
	grep -qx parent out || fail "no parent in $(cat out)"
}
check "-d: nor with a supervisor" t_dry_supervised DAEMONIZE_VERBOSE DAEMONIZE_SYSLOG DAEMONIZE_RESTART

t_dry_order() {
	dz -d "$P"
	is "$(sed -E 's/^(umask|chdir|exec) .*/\1/' out | grep -xE 'fork|setsid|fork again|umask|chdir|close|signals|exec' | tr '\n' ' ')" \
		"fork setsid fork again umask chdir close signals exec " "order"
}
check "-d: in the order of the recipe" t_dry_order DAEMONIZE_VERBOSE \
	STEP_SECOND_FORK STEP_UMASK STEP_CHDIR STEP_CLOSE STEP_SIGNALS

# -f

t_foreground() {
	# shellcheck disable=SC2086
	$DZ -f "$P" -o text "$T/report" >o 2>e </dev/null &
	me=$!
	appeared
	is "$pid" $me pid
	is "$(get sid)" "$(sed 's/.*) //' /proc/self/stat | cut -d' ' -f4)" "session: the caller's"
	is "$(get parent)" $$ "parent: the caller"
	is "$(cat o e | wc -l | tr -d ' ')" 4 "lines on the caller's streams"
	is "$(get 'fd 1')" "$T/o w" "stdout"
	end $me
}
check "-f: same pid, same session, its streams kept" t_foreground DAEMONIZE_FOREGROUND

t_foreground_steps() {
	PRE="$bin/badstate -I HUP -B TERM -m 077 -d 7 -d 42"
	# shellcheck disable=SC2086
	$PRE $DZ -f "$P" "$T/report" >o 2>e </dev/null &
	appeared
	is "$(get fds)" "0 1 2" descriptors
	is "$(get cwd)$(get umask)$(get ignored)$(get blocked)" "/022" "cwd, umask, signals"
	end "$pid"
}
check "-f: the other steps are done" t_foreground_steps DAEMONIZE_FOREGROUND \
	STEP_CLOSE STEP_CHDIR STEP_UMASK STEP_SIGNALS

t_foreground_status() {
	dz -f "$P" -e 42 "$T/report"
	status 42
	rm report
	dz -f "$T/none"
	fails 127 "daemonize: exec: $T/none: *"
}
check "-f: the status is the program's" t_foreground_status DAEMONIZE_FOREGROUND

t_foreground_pidfile() {
	# shellcheck disable=SC2086
	$DZ -f -p pid "$P" "$T/report" </dev/null &
	me=$!
	appeared
	is "$(cat pid)" $me pidfile
	dz -f -p pid "$P" "$T/report2"
	status 3
	end $me
	rm report
	dz -f -p other "$T/none"
	fails 127
	[ ! -e other ] || fail "the pidfile is left"
}
check "-f -p: the pidfile has its pid, and is not left by a failure" t_foreground_pidfile \
	DAEMONIZE_FOREGROUND DAEMONIZE_PIDFILE

t_foreground_leader() {
	PRE="$bin/badstate -g"
	dz -f "$P" -e 0 "$T/report"
	status 0
}
check "-f: as a group leader" t_foreground_leader DAEMONIZE_FOREGROUND

t_foreground_output() {
	# shellcheck disable=SC2086
	$DZ -f -o log "$P" -o text "$T/report" >o 2>e </dev/null &
	appeared
	is "$(cat log)" "text
text again" "log"
	is "$(cat o)" "" stdout
	is "$(wc -l <e | tr -d ' ')" 2 "lines of stderr"
	end "$pid"
}
check "-f -o: stdout to the file, stderr kept" t_foreground_output DAEMONIZE_FOREGROUND DAEMONIZE_FILES

t_foreground_closed() {
	PRE="$bin/badstate -x 0 -x 1 -x 2"
	# shellcheck disable=SC2086
	$PRE $DZ -f "$P" "$T/report" &
	appeared
	is "$(sed -n 's/^fd [012]: //p' report | uniq)" "/dev/null rw" "0 to 2"
	is "$(get fds)" "0 1 2" descriptors
	end "$pid"
}
check "-f: 0 to 2 that are closed" t_foreground_closed DAEMONIZE_FOREGROUND STEP_CLOSE STEP_NULL

# the parser

t_cluster() {
	dz -qp pid "$P" "$T/report"
	status 0
	appeared
	is "$(cat pid)" "$pid" "pidfile of -qp FILE"
	end "$pid"
	rm report
	dz -qppid2 "$P" "$T/report"
	status 0
	appeared
	is "$(cat pid2)" "$pid" "pidfile of -qpFILE"
}
check "letters in one word, an argument behind them or in it" t_cluster DAEMONIZE_PIDFILE DAEMONIZE_QUIET

t_end_of_options() {
	start --
	end "$pid"
	cp "$P" ./-x
	PATH=$T:$PATH
	rm report
	dz -- -x "$T/report"
	status 0
	appeared
	is "$(get 'arg 0')" -x "argv[0]"
}
check "-- ends the options, the program may begin with a dash" t_end_of_options

t_options_end_at_program() {
	dz "$P" "$T/report" -c /none -p pid --user none
	status 0
	appeared
	is "$(get argc)" 8 argc
	[ ! -e pid ] || fail "-p behind the program was taken"
}
check "options end at the program" t_options_end_at_program

t_unknown() {
	for o in -h -j -Z -0 -= '-?'; do
		dz $o "$P" "$T/report"
		fails 2 "daemonize: $o: unknown option*"
	done
	PATH=$PATH_DEFAULT
	dz -- -q
	fails 127 "daemonize: exec: -q: *"
}
check "an unknown option*" t_unknown

t_unknown_long() {
	for o in --nosuch --pid --pidfilex --q; do
		dz $o "$P" "$T/report"
		fails 2 "daemonize: $o: unknown option*"
	done
	dz --nosuch=x "$P" "$T/report"
	fails 2 "daemonize: --nosuch: unknown option*"
}
check "an unknown long option" t_unknown_long LONG_OPTIONS

t_no_program() {
	dz
	fails 2 "daemonize: *PROGRAM*"
	dz --
	fails 2 "daemonize: *PROGRAM*"
}
check "no program" t_no_program

t_missing_argument() {
	for row in $arguments; do
		has "${row#*:}" || continue
		dz "-${row%%:*}"
		fails 2 "daemonize: -${row%%:*}: needs an argument"
	done
}
# each option that takes an argument, and its symbol
arguments="c:DAEMONIZE_CHDIR m:DAEMONIZE_UMASK u:DAEMONIZE_USER E:DAEMONIZE_ENV D:DAEMONIZE_KEEP
	I:DAEMONIZE_IGNORE n:DAEMONIZE_NICE L:DAEMONIZE_LIMIT p:DAEMONIZE_PIDFILE l:DAEMONIZE_LOCK
	o:DAEMONIZE_FILES e:DAEMONIZE_FILES"
plain="i:DAEMONIZE_CLEARENV 1:DAEMONIZE_LEADER a:DAEMONIZE_FILES O:DAEMONIZE_ALREADY
	q:DAEMONIZE_QUIET v:DAEMONIZE_VERBOSE d:DAEMONIZE_VERBOSE f:DAEMONIZE_FOREGROUND"
check "an argument that is missing" t_missing_argument

t_empty() {
	for row in $arguments; do
		has "${row#*:}" || continue
		dz "-${row%%:*}" "" "$P" "$T/report"
		case $st in 1 | 2) ;; *) fail "-${row%%:*} '': status $st" ;; esac
		says "daemonize: *: *"
		nothing_left
	done
	dz "" "$T/report"
	case $st in 2 | 127) ;; *) fail "program '': status $st" ;; esac
	nothing_left
	is "$(ls)" "err
out" "files"
}
check "empty strings for each" t_empty

t_long_arguments() {
	for row in $arguments; do
		has "${row#*:}" || continue
		case $row in E:*) continue ;; esac
		dz "-${row%%:*}" "$long4k" "$P" "$T/report"
		case $st in 1 | 2) ;; *) fail "-${row%%:*} of 4 kB: status $st" ;; esac
		says "daemonize: *$long4k: *"
		nothing_left
	done
	dz "$long4k" "$T/report"
	case $st in 126 | 127) ;; *) fail "a program of 4 kB: status $st" ;; esac
	nothing_left
	dz "/$long4k" "$T/report"
	status 126 "a program of 4 kB"
	nothing_left
}
check "4 kB for each" t_long_arguments

t_long_program_argument() {
	dz "$P" "$T/report" "$long4k" "$long4k$long4k"
	status 0
	appeared
	is "$(get 'arg 2')" "$long4k" "argument of 4 kB"
	is "$(get 'arg 3')" "$long4k$long4k" "argument of 8 kB"
}
check "4 and 8 kB of argument to the program" t_long_program_argument

t_not_built_in() {
	off=0
	for row in $arguments $plain; do
		sym=${row#*:} letter=${row%%:*}
		if has "$sym"; then continue; fi
		off=$((off + 1))
		dz "-$letter" x "$P" "$T/report"
		fails 2 "daemonize: -$letter: not built in ($sym)"
	done
	[ $off -gt 0 ] || skip "every option is built in"
}
check "an option that is not built in says so" t_not_built_in

t_long_off() {
	has LONG_OPTIONS && skip "LONG_OPTIONS is on"
	dz --pidfile x "$P" "$T/report"
	fails 2 "daemonize: --pidfile: not built in (LONG_OPTIONS)"
}
check "... nor long options" t_long_off

# usage

t_usage() {
	dz --help
	status 0
	is "$(cat err)" "" stderr
	like "$(head -n 1 out)" "*daemonize*PROGRAM*" "first line"
	dz --help "$P" "$T/report"
	status 0
	nothing_left
	dz "$P" -e 0 "$T/report" --help
	status 0
	appeared
}
check "--help: the usage on stdout, status 0" t_usage BOX_USAGE

t_usage_off() {
	has BOX_USAGE && skip "BOX_USAGE is on"
	dz --help
	fails 2 "daemonize: --help: not built in (BOX_USAGE)"
}
check "--help without usage texts says so" t_usage_off

# the options that the usage shows, a line each, with what is behind them
rows() { sed -n 's/^[[:space:]]*\(-[A-Za-z0-9]\)\(, --[a-z-]*\)\{0,1\}/\1/p' "${1:-out}"; }
letters() { rows | cut -c2; }

t_usage_letters() {
	dz --help
	letters | sort >shown
	[ -s shown ] || fail "no option in the usage: $(cat out)"
	is "$(uniq -d <shown)" "" "options shown twice"
	for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z \
			A B C D E F G H I J K L M N O P Q R S T U V W X Y Z 0 1 2 3 4 5 6 7 8 9; do
		dz -$letter
		# LSB: a status that cannot be asked for is 4
		if [ $letter = Q ] && has DAEMONIZE_STATUS; then status 4; else status 2 "-$letter alone"; fi
		if grep -qx $letter shown; then
			! grep -q -e 'unknown option' -e 'not built in' err || fail "the usage shows -$letter: $(cat err)"
		else
			grep -q -e 'unknown option' -e 'not built in' err || fail "the usage lacks -$letter: $(cat err)"
		fi
	done
}
check "usage and parser know the same letters" t_usage_letters BOX_USAGE

t_usage_arguments() {
	dz --help
	cp out usage
	for letter in $(rows usage | cut -c2); do
		dz "-$letter"
		takes=no
		if grep -q 'needs an argument' err; then takes=yes; fi
		shown=no
		# an argument is in capitals behind the letter
		if rows usage | grep -qE "^-$letter [A-Z]+([^a-z]|$)"; then shown=yes; fi
		is "-$letter $shown" "-$letter $takes" "argument in the usage, against the parser"
	done
}
check "... and the same arguments" t_usage_arguments BOX_USAGE

t_usage_long() {
	dz --help
	while read -r letter long arg; do
		dz "--$long"
		case $arg in
		[A-Z]*) says "daemonize: --$long: needs an argument" ;;
		*) ! grep -q "unknown" err || fail "--$long of -$letter is unknown" ;;
		esac
	done <<-X
		$(sed -n 's/^  -\(.\), --\([a-z-]*\) *\([A-Z]*\).*/\1 \2 \3/p' out)
	X
	is "$(grep -c '^  -., --' out)" "$(grep -c '^  -[^-]' out)" "letters with a long name beside them"
}
check "... and beside each letter its long name" t_usage_long BOX_USAGE LONG_OPTIONS

t_usage_order() {
	dz --help
	is "$(letters | tr -d '\n' | cut -c 1-10)" "pSruwfKkQt" "the first options"
}
check "... in the order of their use" t_usage_order BOX_USAGE DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_USER \
	DAEMONIZE_READY_FD DAEMONIZE_FOREGROUND DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_TIMEOUT

# what would be taken and do nothing

no_effect() {	# MESSAGE ARG...
	wanted=$1
	shift
	dz "$@"
	fails 2 "daemonize: $wanted"
}

t_no_effect() {
	no_effect "-a: needs -o or -e" -a "$P" "$T/report"
	no_effect "-O: needs -p or -l, *" -O "$P" "$T/report"
	no_effect "-t: nothing to wait for: *" -t 5 "$P" "$T/report"
	no_effect "-p: two: given twice, *" -p one -p two "$P" "$T/report"
	no_effect "-w: not with -f, *" -f -w fd:3 "$P" "$T/report"
	for option in "-c /" "-r" "-u root" "-O" "-i" "-D 1" "-o file"; do
		# shellcheck disable=SC2086
		no_effect "${option%% *}: no effect with -K, -k or -Q" -K -p pid $option
	done
	dz -Q -p pid -K
	status 4
	says "daemonize: -Q: not with -K or -k"
	for file in one two pid file; do [ ! -e $file ] || fail "$file was made"; done
}
check "an option without effect is an error that says why" t_no_effect DAEMONIZE_FILES DAEMONIZE_ALREADY \
	DAEMONIZE_TIMEOUT DAEMONIZE_READY_FD DAEMONIZE_FOREGROUND DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_USER \
	DAEMONIZE_RESTART DAEMONIZE_CLEARENV DAEMONIZE_KEEP

t_no_effect_long() { no_effect "--no-new-privs: no effect with -K, -k or -Q" -k HUP -p pid --no-new-privs; }
check "... also one without a letter" t_no_effect_long DAEMONIZE_NO_NEW_PRIVS DAEMONIZE_STOP

t_no_effect_pty() { no_effect "-y: not with -o, *" -y -o out "$P" "$T/report"; }
check "... -y with -o" t_no_effect_pty DAEMONIZE_PTY DAEMONIZE_FILES

t_no_effect_leader() { no_effect "-1: not with -f, *" -1 -f "$P" "$T/report"; }
check "... -1 with -f" t_no_effect_leader DAEMONIZE_LEADER DAEMONIZE_FOREGROUND

t_reasons() {
	no_effect "-L: nofiles=1: unknown resource" -L nofiles=1 "$P" "$T/report"
	no_effect "-L: nofile: not RESOURCE=SOFT*" -L nofile "$P" "$T/report"
	no_effect "-s: bogus: unknown level*" -s bogus "$P" "$T/report"
	no_effect "-s: bogus.info: unknown facility" -s bogus.info "$P" "$T/report"
	no_effect "-t: 0.5: not whole seconds from 1 to 65535" -p pid -t 0.5 "$P" "$T/report"
	no_effect "PROGRAM: its name is empty" ""
	for option in -h -V; do no_effect "$option: unknown option; see --help" $option; done
}
check "a wrong value is named with what is wrong with it" t_reasons BOX_USAGE DAEMONIZE_LIMIT DAEMONIZE_SYSLOG DAEMONIZE_TIMEOUT

done_testing
