#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -o -e -a, output to files, and -l, a lock as flock(1) takes it.
# shellcheck disable=SC2154
NEEDS=DAEMONIZE
HELPERS="logd owndev"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

run() {	# [OPTION]...: a probe that writes TEXT, and its report
	rm -f report
	dz "$@" "$P" -o "${TEXT:-text}" "$T/report"
	status 0
	! has STEP_NULL || is "$(cat out err)" "" "daemonize's own output"
	appeared
}
both="text
text again"
all="text
err-text
text again
err-text again"

t_stdout() {
	run -o "$T/log"
	is "$(cat log)" "$both" log
	is "$(get 'fd 0')|$(get 'fd 2')" "/dev/null rw|/dev/null rw" "stdin and stderr"
	is "$(get fds)" "0 1 2" descriptors
}
check "-o: stdout to a file, the others to /dev/null" t_stdout DAEMONIZE_FILES STEP_NULL STEP_CLOSE

t_stderr() {
	run -e "$T/log"
	is "$(cat log)" "err-text
err-text again" log
	is "$(get 'fd 0')|$(get 'fd 1')" "/dev/null rw|/dev/null rw" "stdin and stdout"
	is "$(get fds)" "0 1 2" descriptors
}
check "-e: stderr" t_stderr DAEMONIZE_FILES STEP_NULL STEP_CLOSE

t_both() {
	run -o log -e log2
	is "$(cat log)" "$both" log
	is "$(cat log2)" "err-text
err-text again" log2
	end "$pid"
	run -o log -e log
	is "$(cat log)" "$all" "the same file for both"
	end "$pid"
	run -o log -e ./log
	is "$(cat log)" "$all" "the same by another name"
	end "$pid"
	# in a folder that others can write in, root trusts no second name (t_planted)
	chmod 755 .
	ln log hard
	run -o log -e hard
	is "$(cat log)" "$all" "... by a hard link"
}
check "-o -e: two files, one file; relative to the caller" t_both DAEMONIZE_FILES

t_truncate() {
	echo old content that is longer than the new one, by far, by far >log
	run -o log
	is "$(cat log)" "$both" log
}
check "a file is emptied first" t_truncate DAEMONIZE_FILES

t_append() {
	echo old >log
	run -a -o log -e log
	is "$(cat log)" "old
$all" log
	end "$pid"
	run -o log -a
	is "$(cat log)" "old
$all
$both" "log, with -a behind"
	end "$pid"
	run -a -o new
	is "$(cat new)" "$both" "one that was not there"
}
check "-a: appended to" t_append DAEMONIZE_FILES

t_mode() {
	run -o log
	is "$(ls -l log | cut -c1-10)" "-rw-r--r--" mode
	if has DAEMONIZE_UMASK; then
		end "$pid"
		run -m 077 -o log2
		is "$(ls -l log2 | cut -c1-10)" "-rw-------" "mode with -m 077"
	fi
}
check "a new one's mode is 0666 less the daemon's umask" t_mode DAEMONIZE_FILES STEP_UMASK

t_fails() {
	mkdir dir
	dz -o dir "$P" "$T/report"
	fails 1 "daemonize: stdout: dir: *"
	dz -e none/log "$P" "$T/report"
	fails 1 "daemonize: stderr: none/log: *"
}
check "one that cannot be opened" t_fails DAEMONIZE_FILES

t_full() {
	run -o /dev/full
	alive "$pid"
}
check "/dev/full is the program's own trouble" t_full DAEMONIZE_FILES

t_full_again() {
	# room for some lines, none, some, none: said once each time that it has none
	logd_start
	mkdir small
	mount -t tmpfs -o size=32k none small
	mkfifo go
	# with -w line: it goes through the supervisor, which has to say so
	dz -S -w line:ready -o "$T/small/out" -p "$T/pid" sh -c 'echo ready; exec 3<>"$0/go"; while read -r line <&3; do echo "$line"; done' "$T"
	status 0
	long=$(printf '%06000d' 0)
	for n in 1 2; do
		head -c 40000 /dev/zero >small/fill 2>/dev/null || :
		echo "$long" >go
		"$bin/waitfor" text log "No space left" || fail "it is not told"
		echo "$long" >go
		rm small/fill
		echo "again $n" >go
		"$bin/waitfor" text small/out "again $n" || fail "it does not go on"
		is "$(count 'output to a file: No space left')" 1 "how often it is told, time $n"
		logd forget
	done
	end "$(cat pid)"
	"$bin/waitfor" gone pid || fail "it does not end"
	umount small
}
check "a file without room, with it, without: told each time, once" t_full_again DAEMONIZE_FILES DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE \
	DAEMONIZE_READY_LINE ERROR_TEXTS +root +apart

t_by_root() {
	mkdir logs
	chmod 700 logs
	run -u 65534:65534 -o logs/log
	is "$(cat logs/log)" "$both" log
	is "$(get uid)" "65534 65534 65534" uid
}
check "opened before the user is dropped" t_by_root DAEMONIZE_FILES DAEMONIZE_USER +root

t_closed() {
	PRE="$bin/badstate -x 0 -x 1 -x 2"
	run -o log -e log2
	is "$(cat log)" "$both" log
	is "$(get 'fd 0')" "/dev/null rw" stdin
	is "$(get fds)" "0 1 2" descriptors
}
check "with 0 to 2 closed by the caller" t_closed DAEMONIZE_FILES STEP_NULL STEP_CLOSE

t_keep_and_file() {
	$DZ -D 2 -o log "$P" -o text "$T/report" >o 2>e </dev/null
	appeared
	is "$(cat log)|$(cat e)|$(cat o)" "$both|err-text
err-text again|" "log, kept stderr, stdout"
}
check "-D 2 with -o: one kept, one to a file" t_keep_and_file DAEMONIZE_FILES DAEMONIZE_KEEP

t_fifo() {
	mkfifo fifo
	dz -o fifo "$P" "$T/report"
	fails 1 "daemonize: stdout: fifo: *"
	! has ERROR_TEXTS || says "*: No such device or address"
	dz -e fifo "$P" "$T/report"
	fails 1 "daemonize: stderr: fifo: *"
	exec 9<>fifo
	run -o fifo
	read -r line <&9
	is "$line" text "what came through"
	flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$pid/fdinfo/1")
	# MIPS has numbers of its own
	case $(uname -m) in
	mips*) append=010 nonblock=0200 ;;
	*) append=02000 nonblock=04000 ;;
	esac
	is "$((flags & nonblock))" 0 "O_NONBLOCK of the program's stdout, of $flags"
	is "$((flags & append))" "$((append))" "its O_APPEND"
}
check "a fifo without a reader is an error, and with one it works" t_fifo DAEMONIZE_FILES

t_devices() {
	for device in /dev/null /dev/full; do
		run -o $device
		like "$(get 'fd 1')" "$device w*" stdout
		end "$pid"
	done
	rm report
	echo "file $T/report" | "$bin/ptyrun" "$DZ" -f -o /dev/tty "$P" "$T/report" >screen || fail "the terminal's script"
	like "$(get 'fd 1')" "/dev/tty w*" "a terminal"
}
check "devices" t_devices DAEMONIZE_FILES

t_links() {
	mkdir logs
	ln -s logs/log link
	ln -s logs dir
	chmod 755 .
	run -o link
	is "$(cat logs/log)" "$both" "through a link"
	end "$pid"
	run -a -o dir/log
	is "$(cat logs/log)" "$both
$both" "through a link to the directory"
}
check "links are followed where only root can make them" t_links DAEMONIZE_FILES

t_planted() {
	echo precious >precious
	mkdir -m 1777 tmp
	mkdir -m 755 theirs
	mkdir -m 775 group
	chown 65534 theirs
	chgrp 65534 group
	for dir in tmp theirs group; do
		ln -s ../precious $dir/link
		ln precious $dir/hard
		ln -s ../new $dir/dangling
		for name in link hard dangling; do
			for option in -o -e -ao; do
				dz $option $dir/$name "$P" "$T/report"
				fails 1 "daemonize: std*: $dir/$name: *"
			done
		done
		[ ! -e new ] || fail "a file was made where a link led"
		rm $dir/hard
	done
	is "$(cat precious)" precious "what the link was to"
}
check "as root: no link is followed where others can make them, nor a second name" t_planted DAEMONIZE_FILES +root

t_strangers() {
	mkdir -m 1777 tmp
	mkdir theirs
	chown 65534 theirs
	for dir in tmp theirs; do
		echo old >$dir/file
		chown 65533 $dir/file
		dz -o $dir/file "$P" "$T/report"
		fails 1 "daemonize: stdout: $dir/file: *"
		is "$(cat $dir/file)" old "a stranger's file"
		chown 0 $dir/file
		run -o $dir/file
		is "$(cat $dir/file)" "$both" "root's own"
		end "$pid"
		rm $dir/file
		run -o $dir/file
		is "$(cat $dir/file)" "$both" "a new one"
		end "$pid"
		rm report
	done
	chown 65534 theirs/file
	run -o theirs/file
	is "$(cat theirs/file)" "$both" "that of the directory's owner"
}
check "as root: a stranger's file there is not written to" t_strangers DAEMONIZE_FILES +root

# -l

t_lock() {
	start -l "$T/lock"
	st=0; flock -n lock true || st=$?
	is $st 1 "flock(1) while it lives"
	is "$(cat lock)" "" "the file's content"
	is "$(grep -c "^fd [0-9]*: $T/lock " report)" 1 "descriptors of the lock"
	end "$pid"
	flock -n lock true || fail "still locked"
	start -l lock
}
check "-l: flock(1) finds it taken, until the daemon ends" t_lock DAEMONIZE_LOCK +flock

t_lock_mode() {
	umask 000
	start -l lock
	is "$(ls -l lock | cut -c1-10)" "-rw-------" mode
	end "$pid"
	echo keep >mine
	chmod 640 mine
	start -l mine
	is "$(cat mine) $(ls -l mine | cut -c1-10)" "keep -rw-r-----" "one that was there"
}
check "... its mode is 0600, an old one stays as it is" t_lock_mode DAEMONIZE_LOCK

t_lock_taken() {
	flock lock "$P" "$T/holder" &
	"$bin/waitfor" file "$T/holder"
	dz -l lock "$P" "$T/report"
	fails_but "$(sed -n 's/^pid: //p' holder)"
	if has DAEMONIZE_ALREADY; then
		dz -O -l lock "$P" "$T/report"
		status 0
		[ ! -e report ] || fail "it started"
	fi
	end "$(sed -n 's/^pid: //p' holder)"
	wait
	start -l lock
}
fails_but() {
	status 3
	says "daemonize: lock: lock: already running"
	[ ! -e report ] || fail "it started"
	[ "$(wc -l <err)" -eq 1 ]
}
check "... taken by flock(1): status 3, with -O 0" t_lock_taken DAEMONIZE_LOCK +flock

t_lock_twice() {
	start -l lock
	dz -l "$T/lock" "$P" "$T/report2"
	status 3
	nothing_left "$pid"
	start_second=$pid
	dz -l other "$P" "$T/report2"
	status 0
	"$bin/waitfor" file report2
	alive "$start_second"
}
check "... a second start with it: status 3; with another: 0" t_lock_twice DAEMONIZE_LOCK

t_lock_inherited() {
	dz -l lock sh -c '"$0" "$1" & exec "$0" "$2"' "$P" "$T/child" "$T/report"
	status 0
	appeared
	"$bin/waitfor" file child
	end "$pid"
	dz -l lock "$P" "$T/report2"
	status 3 "while a child of the daemon lives"
	end "$(sed -n 's/^pid: //p' child)"
	rm report
	start -l lock
}
check "... it lives on in the daemon's children" t_lock_inherited DAEMONIZE_LOCK

t_lock_fails() {
	mkdir dir
	dz -l dir "$P" "$T/report"
	fails 1 "daemonize: lock: dir: *"
	dz -l none/lock "$P" "$T/report"
	fails 1 "daemonize: lock: none/lock: *"
}
check "... one that cannot be opened" t_lock_fails DAEMONIZE_LOCK

t_lock_links() {
	echo precious >precious
	ln -s precious link
	ln -s new dangling
	for name in link dangling; do
		dz -l $name "$P" "$T/report"
		fails 1 "daemonize: lock: $name: *"
	done
	[ ! -e new ] || fail "a file was made where a link led"
	mkfifo fifo
	for name in fifo /dev/null; do
		dz -l $name "$P" "$T/report"
		fails 1 "daemonize: lock: $name: *"
	done
}
check "... no link is followed; a fifo or a device is refused" t_lock_links DAEMONIZE_LOCK

t_lock_read_only() {
	start -l "$T/lock"
	is "$(sed -n "s|^fd [0-9]*: $T/lock ||p" report | cut -d' ' -f1)" r "how the program has it"
}
check "... the program's descriptor can only read" t_lock_read_only DAEMONIZE_LOCK

t_lock_sticky() {
	mkdir -m 1777 locks
	: >locks/theirs
	chown 65534 locks/theirs
	start -l locks/theirs
	dz -l locks/theirs "$P" "$T/report2"
	status 3
}
check "... a file of another user in a sticky directory" t_lock_sticky DAEMONIZE_LOCK +root

t_lock_race() {
	# shellcheck disable=SC2086
	"$bin/badstate" -r 8 $DZ -l "$T/lock" "$P" "$T/report" >got 2>err
	is "$(cat got)" "0 3 3 3 3 3 3 3" "statuses"
	appeared
	nothing_left "$pid"
}
check "... eight starts at once: one wins" t_lock_race DAEMONIZE_LOCK

t_lock_device() {
	# a lock on a directory of root's, for a user
	mkdir locks
	chmod 700 locks
	start -u 65534:65534 -l locks/lock
	is "$(get uid)" "65534 65534 65534" uid
	if flock -n locks/lock true; then fail "not locked"; fi
}
check "... taken before the user is dropped" t_lock_device DAEMONIZE_LOCK DAEMONIZE_USER +root +flock

done_testing
