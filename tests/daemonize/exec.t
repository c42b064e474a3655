#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Which program runs, and what is said where none does. Every status.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
. "${0%/*}/../helpers/lib.sh"

t_missing() {
	PATH=$PATH_DEFAULT              # a folder in it that is closed to us would make it 126
	dz "$T/none" "$T/report"
	fails 127 "daemonize: exec: $T/none: *"
	if has ERROR_TEXTS; then says "*: No such file or directory"; fi
	dz no-such-program-anywhere "$T/report"
	fails 127 "daemonize: exec: no-such-program-anywhere: *"
	: >file
	dz "$T/file/x" "$T/report"
	fails 127 "daemonize: exec: $T/file/x: *"
	dz ./none "$T/report"
	fails 127 "daemonize: exec: ./none: *"
	ln -s nowhere dangling
	dz "$T/dangling" "$T/report"
	fails 127 "daemonize: exec: $T/dangling: *"
}
check "a missing program: 127" t_missing

t_cannot() {
	mkdir dir
	dz "$T/dir" "$T/report"
	fails 126 "daemonize: exec: $T/dir: *"
	cp "$P" plain
	chmod 644 plain
	dz "$T/plain" "$T/report"
	fails 126 "daemonize: exec: $T/plain: *"
	if has ERROR_TEXTS; then says "*: Permission denied"; fi
	printf 'exec %s %s\n' "$P" "$T/report" >script
	chmod 755 script
	dz "$T/script"
	fails 126 "daemonize: exec: $T/script: *"
	if has ERROR_TEXTS; then says "*: Exec format error"; fi
	: >empty
	chmod 755 empty
	dz "$T/empty"
	fails 126 "daemonize: exec: $T/empty: *"
	ln -s loop loop
	dz "$T/loop"
	fails 126 "daemonize: exec: $T/loop: *"
}
check "a directory, a non-executable, a script without #!, an empty file: 126" t_cannot

t_script() {
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$P" "$T/report" >script
	chmod 755 script
	for name in "$T/script" ./script ../t_script/script; do
		rm -f report
		dz "$name" arg
		status 0 "$name"
		appeared
		is "$(get 'arg 2')" arg "argument"
		end "$pid"
	done
	printf '#!/none/of/that\n' >script
	rm report
	dz "$T/script"
	fails 127 "daemonize: exec: $T/script: *"
}
check "a script with #!; one whose interpreter is missing: 127" t_script

t_relative() {
	mkdir sub
	cp "$P" sub/prog
	for name in sub/prog ./sub/prog; do
		rm -f report
		dz $name "$T/report"
		status 0
		appeared
		is "$(get cwd)" / cwd
		is "$(get 'arg 0')" $name "argv[0]"
		is "$(readlink "/proc/$pid/exe")" "$T/sub/prog" exe
		end "$pid"
	done
	rm report
	cp "$P" prog
	PATH=$PATH_DEFAULT
	dz prog "$T/report"
	fails 127
}
check "a relative path is the caller's, though the working directory is /" t_relative STEP_CHDIR

t_relative_long() {
	# each name is short enough, the two together are not
	name=$(printf '%0200d' 0)
	(
		while [ "$(pwd | wc -c)" -lt 3880 ]; do
			mkdir "$name"
			cd "$name"
		done
		cp "$P" "./$name"
		dz "./$name" "$T/report"
		status 1
	)
	like "$(cat err)" "daemonize: path: ./$name: *"
	if has ERROR_TEXTS; then like "$(cat err)" "*: File name too long"; fi
	[ ! -e report ] || fail "it runs"
}
check "... where the whole of it is too long: 1" t_relative_long STEP_CHDIR

t_path() {
	mkdir a b c
	cp "$P" a/prog
	chmod 644 a/prog
	cp "$P" b/prog
	mkdir c/prog
	PATH=$T/none:$T/err:$T/a:$T/c:$T/b:$PATH
	dz prog "$T/report"
	status 0
	appeared
	is "$(readlink "/proc/$pid/exe")" "$T/b/prog" exe
	is "$(get 'arg 0')" prog "argv[0]"
}
check "PATH is searched, past what cannot be executed" t_path

t_path_126() {
	mkdir a
	cp "$P" a/prog-none
	chmod 644 a/prog-none
	PATH=$T/a:$PATH
	dz prog-none "$T/report"
	fails 126 "daemonize: exec: prog-none: *"
}
check "... where only a non-executable is there: 126" t_path_126

t_path_unset() {
	(unset PATH; dz sh -c '"$0" -e 0 "$1"' "$P" "$T/report"; status 0)
	appeared
}
check "... an unset one has the usual places" t_path_unset

t_path_odd() {
	(export PATH=; dz true; [ "$st" = 127 ] || [ "$st" = 0 ] || fail "empty PATH: $st") || exit
	long=$(printf '%05000d' 0)
	(PATH=$T/$long:$PATH:/$long; dz sh -c '"$0" -e 0 "$1"' "$P" "$T/report"; status 0)
	appeared
	rm report
	(PATH=:::$PATH::; dz sh -c '"$0" -e 0 "$1"' "$P" "$T/report"; status 0)
	appeared
}
check "... an empty one, elements that are empty or 5 kB" t_path_odd

t_path_option() {
	mkdir a
	cp "$P" a/prog
	dz -E "PATH=$T/a" prog "$T/report"
	status 0
	appeared
	is "$(env_of PATH)" "$T/a" PATH
	end "$pid"
	rm report
	PATH=$T/a:$PATH
	dz -E "PATH=/none" prog "$T/report"
	fails 127
}
check "... -E PATH= governs it" t_path_option DAEMONIZE_ENV

t_ends_at_once() {
	dz false
	status 0 "a program that fails by itself"
	dz "$P" -e 3 "$T/report"
	status 0
	appeared
}
check "what the program does after its start is its own" t_ends_at_once

t_argv0() {
	PRE="$bin/badstate -a -daemonize"
	start
}
check "called as -daemonize" t_argv0

t_busy() {
	cp "$P" prog
	exec 9>>prog
	dz ./prog "$T/report" 9>&-
	fails 126 "daemonize: exec: ./prog: *"
}
check "a program that is being written: 126" t_busy

t_status_0() { start; }
t_status_1() { dz -c /none "$P" "$T/report"; fails 1 "daemonize: chdir: /none: *"; }
t_status_2() { dz -j "$P" "$T/report"; fails 2 "daemonize: -j: unknown option*"; }
t_status_3() {
	start -p pid
	dz -p pid "$P" "$T/report2"
	status 3
	if has DAEMONIZE_ALREADY; then
		dz -Op pid "$P" "$T/report2"
		status 0
	fi
}
t_status_126() { dz / "$T/report"; fails 126 "daemonize: exec: /: *"; }
t_status_127() { dz /none "$T/report"; fails 127 "daemonize: exec: /none: *"; }
check "status 0: started" t_status_0
check "status 1: a step failed" t_status_1 DAEMONIZE_CHDIR
check "status 2: usage" t_status_2
check "status 3: already running, 0 with -O" t_status_3 DAEMONIZE_PIDFILE
check "status 126: cannot be executed" t_status_126
check "status 127: is not found" t_status_127

t_one_write() {
	strace -f -o trace -e trace=write,writev $DZ "$T/none" 2>err || :
	is "$(grep -c "write.*(2, .*exec" trace)" 1 "writes of the message"
}
check "a message is one write" t_one_write +strace

t_no_proc() {
	mkdir real empty
	mount --bind /proc real
	mount --bind empty /proc
	PRE="$bin/badstate -I USR1 -I PIPE"
	start -I HUP -I PIPE
	# the line is of 64 signals, or 128
	is "$(sed -n 's/^SigIgn:[[:space:]]*0*//p' "real/$pid/status")" 1001 "what is ignored"
}
check "without /proc too, what is ignored is what was asked for" t_no_proc DAEMONIZE_IGNORE STEP_SIGNALS +mount

t_unreachable() {
	# a working directory outside of the root
	mkdir -p root/dev sub
	: >root/dev/null
	cp "$BOX" root/daemonbox
	cp "$P" sub/prog
	st=0
	(cd sub && exec perl -e 'chroot "../root" or die; exec "/daemonbox", @ARGV; exit 125' daemonize ./prog /report) >out 2>err || st=$?
	fails 1 "daemonize: path: ./prog: *"
}
check "a relative program where the working directory has no path: 1" t_unreachable STEP_CHDIR STEP_NULL +root +perl

t_no_stderr() {
	for closed in 2 "0 -x 2" "0 -x 1 -x 2"; do
		PRE="$bin/badstate -Z -x $closed"
		dz "$T/none"
		status 127 "without $closed"
	done
	PRE=
	st=0
	# a reader that has gone
	{ $DZ "$T/none" 2>&1 || echo $? >st; } | true
	case $(cat st 2>/dev/null) in '' | 127 | 141) ;; *) fail "status $(cat st)" ;; esac
}
check "a stderr that is closed, or a pipe without reader" t_no_stderr

done_testing
