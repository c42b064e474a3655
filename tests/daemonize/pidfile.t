#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -p, the pidfile and its lock; -O.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE"
HELPERS="actor"
. "${0%/*}/../helpers/lib.sh"

mode() { ls -ld "$1" | cut -c1-10; }

t_content() {
	umask 077
	start -p "$T/pid"
	is "$(od -c pid)" "$(printf '%d\n' "$pid" | od -c)" "content"
	is "$(mode pid)" "-rw-r--r--" "mode"
	is "$("$bin/waitfor" lock pid)" 0 "who holds a lock"
	[ ! -e pid~ ] || fail "pid~ is left"
}
check "the daemon's pid, a newline and nothing else; mode 0644; no lock is left to the program" t_content STEP_UMASK

t_before_exec() {
	# whoever sees the program run, or daemonize return, sees the number
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		rm -f report
		dz -p pid sh -c 'cat "$1" >"$1.seen"; exec "$0" -e 0 "$2" $$' "$P" "$T/pid" "$T/report"
		status 0
		returned=$(cat pid)
		appeared
		is "$(cat pid.seen)$returned" "$pid$pid" "pidfile seen by the program and the caller"
		"$bin/waitfor" end "$pid"
	done
}
check "it is written before the program starts" t_before_exec

t_mode_umask() {
	start -m 077 -p pid
	is "$(mode pid)" "-rw-------" "mode"
}
check "its mode is less the umask" t_mode_umask DAEMONIZE_UMASK STEP_UMASK

t_relative() {
	mkdir sub
	for file in pid sub/pid ./pid2 ../t_relative/pid3; do
		start -p $file
		is "$(get cwd)" / cwd
		is "$(cat $file)" "$pid" "$file"
		end "$pid"
	done
	mkdir other
	dz -c other -p pid4 "$P" "$T/report"
	status 0
	[ -e pid4 ] && [ ! -e other/pid4 ] || fail "-p after -c: not in the caller's directory"
}
check "a relative one is in the caller's directory" t_relative STEP_CHDIR DAEMONIZE_CHDIR

t_relative_fails() {
	mkdir elsewhere
	cd elsewhere
	dz -p pid "$T/none"
	status 127
	[ ! -e pid ] || fail "left"
}
check "... and is removed from there on a failure" t_relative_fails

t_twice() {
	start -p pid
	cp pid before
	dz -p pid "$P" "$T/report2"
	status 3
	says "daemonize: pidfile: pid: already running"
	is "$(cat pid)" "$pid" "pidfile"
	[ ! -e report2 ] || fail "it started"
	nothing_left "$pid"
	alive "$pid"
	end "$pid"
	start -p pid
	is "$(cat pid)" "$pid" "pidfile of the third"
}
check "a second start: status 3, and nothing changes; after its end one works" t_twice

t_twice_other_path() {
	start -p pid
	dz -p "$T/../t_twice_other_path/pid" "$P" "$T/report2"
	status 3
	ln pid link
	dz -p link "$P" "$T/report2"
	status 1
	says "daemonize: pidfile: link: *"
	nothing_left "$pid"
}
check "... by another path to it; one that has a hard link is refused" t_twice_other_path

t_already() {
	start -p pid
	dz -O -p pid "$P" "$T/report2"
	status 0
	is "$(cat out err)" "" "output"
	is "$(cat pid)" "$pid" "pidfile"
	nothing_left "$pid"
	dz -O -c /none/none -p pid2 "$P" "$T/report2"
	status 1 "another failure with -O"
}
check "-O: already running is success, other failures are not" t_already DAEMONIZE_ALREADY DAEMONIZE_CHDIR

t_quiet() {
	start -p pid
	dz -q -p pid "$P" "$T/report2"
	status 3
	is "$(cat err)" "" stderr
}
check "-q: status 3 without a word" t_quiet DAEMONIZE_QUIET

t_race() {
	i=0
	while [ $i -lt 50 ]; do
		i=$((i + 1))
		rm -f report
		# shellcheck disable=SC2086
		"$bin/badstate" -r 2 $DZ -p "$T/pid" "$P" "$T/report" >got 2>err
		is "$(cat got)" "0 3" "statuses of round $i"
		appeared
		is "$(cat pid)" "$pid" "pidfile in round $i"
		nothing_left "$pid"
		kill -9 "$pid"
		"$bin/waitfor" end "$pid"
		# a stale file in one half of the rounds, none in the other
		[ $((i % 2)) = 0 ] || rm pid
	done
}
check "two starts at once, 50 times: one wins" t_race

t_race_many() {
	# shellcheck disable=SC2086
	"$bin/badstate" -r 16 $DZ -p "$T/pid" "$P" "$T/report" >got 2>err
	is "$(cat got)" "0 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3" "statuses"
	appeared
	nothing_left "$pid"
}
check "... sixteen at once" t_race_many

t_race_failing() {
	# losers and failures in turns must not remove the winner's file
	i=0
	while [ $i -lt 25 ]; do
		i=$((i + 1))
		rm -f pid
		# shellcheck disable=SC2086
		"$bin/badstate" -r 4 $DZ -p "$T/pid" "$T/none" >got 2>err
		case $(cat got) in
		*[!1237\ ]*) fail "round $i: $(cat got)" ;;
		esac
		[ ! -e pid ] || fail "round $i: a pidfile is left"
	done
	nothing_left
}
check "... four that fail leave no file" t_race_failing

t_race_already() {
	# shellcheck disable=SC2086
	"$bin/badstate" -r 2 $DZ -O -p "$T/pid" "$P" "$T/report" >got 2>err
	is "$(cat got)" "0 0" "statuses"
	appeared
	nothing_left "$pid"
}
check "... with -O both are content, and one runs" t_race_already DAEMONIZE_ALREADY

t_stale() {
	for old in 999999999 1 $$; do
		printf '%s\n' "$old" >pid
		start -p pid
		is "$(cat pid)" "$pid" "pidfile that had '$old'"
		end "$pid"
	done
	: >pid
	start -p pid
	is "$(cat pid)" "$pid" "pidfile that was empty"
	end "$pid"
	kill -0 $$
}
check "a stale file is replaced, whatever number it has" t_stale

t_foreign() {
	# as many zeros as make a number fill the room for one, by a processor's word
	for old in garbage "" 12345678901234567890 -1 "1 2" " 1" "server { listen 80; }" 0 01 \
		"$(printf '%024d\n%s' 1 more)" "$(printf '%012d\n%s' 1 more)"; do
		printf '%s\n' "$old" >pid
		dz -p pid "$P" "$T/report"
		fails 1 "daemonize: pidfile: pid: *"
		is "$(cat pid)" "$old" "the file"
		[ ! -e pid~ ] || fail "pid~ is left"
	done
	printf 1 >pid
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	rm pid
	echo text >pid~
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	is "$(cat pid~)" text "the file that only looks like one of ours by its name"
	# nor is one with a number that has not the mode of ours
	echo 12345 >pid~
	chmod 644 pid~
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	if has ERROR_TEXTS; then says "*: File exists"; fi
	is "$(cat pid~)" 12345 "another's file with a number"
}
check "what is no pidfile is refused, and left as it is" t_foreign

t_ended_meanwhile() {
	# its end comes behind the look that finds it, which reads the boot's id last
	"$bin/badstate" -R "$DZ" -p "$T/pid" "$P" "$T/report" &
	appeared
	strace -qq -f -o trace -P /proc/sys/kernel/random/boot_id -e trace=openat -e inject=openat:signal=STOP:when=1 \
		"$BOX" daemonize -p "$T/pid" "$P" "$T/report" >out 2>err &
	starter=$!
	"$bin/waitfor" text trace boot_id || fail "there was no look"
	rm report
	kill -9 "$pid"
	"$bin/waitfor" gone "/proc/$pid" || fail "nobody reaps it"
	kill -CONT "$(sed -n 's/^\([0-9]*\) .*boot_id.*/\1/p' trace | head -n 1)"
	# the one that is started is traced, until it has ended
	appeared
	is "$(cat pid)" "$pid" "pidfile"
	end "$pid"
	wait "$starter" || fail "status $?: $(cat err)"
}
check "... nor is one that ended behind the look" t_ended_meanwhile +strace

t_longest() {
	# FILE~ is a byte longer, and its end another
	for length in 4094 4095 4096; do
		long=$T/
		while [ ${#long} -lt $((length - 4)) ]; do long=$long./; done
		case $((length - ${#long})) in 3) long=${long}pid ;; *) long=${long}file ;; esac
		is ${#long} $length "the path"
		rm -f report
		dz -p "$long" "$P" "$T/report"
		if [ $length = 4094 ]; then
			status 0 "$length bytes"
			appeared
			end "$pid"
			rm "$long"
		else
			fails 1 "daemonize: pidfile: *: *"
			if has ERROR_TEXTS; then says "*: File name too long"; fi
		fi
	done
}
check "a path as long as can be, and one for which FILE~ is too long" t_longest

t_left_empty() {
	# of one that was killed on the way, by whatever umask
	: >pid~
	chmod 0 pid~
	start -p pid
	is "$(cat pid)" "$pid" "pidfile"
	[ ! -e pid~ ] || fail "pid~ is left"
}
check "... an empty FILE~ is nobody's" t_left_empty

t_long_name() {
	# FILE has the room that the kernel gives a path, FILE~ has not
	path=$(awk 'BEGIN { while (length(path) < 4092) path = path "./"; print path "pid" }')
	start -p "$path"
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	dz -K -p "$path"
	status 1
	if has ERROR_TEXTS; then like "$(cat err)" "daemonize: ./*: File name too long"; fi
	is "$(echo ./* ./.[!.]*)" "./err ./out ./pid ./report ./.[!.]*" "files"
}
check "... a path as long as one may be: a dead one's file stays, and that is said" t_long_name DAEMONIZE_STOP

t_stale_long() {
	i=0
	while [ $i -lt 200 ]; do echo "1234567890"; i=$((i + 1)); done >pid
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	is "$(wc -l <pid)" 200 "lines of the file"
}
check "... however long it is" t_stale_long

t_stale_killed() {
	start -p pid
	kill -9 "$pid"
	"$bin/waitfor" end "$pid"
	is "$(cat pid)" "$pid" "the file after kill -9"
	start -p pid
	is "$(cat pid)" "$pid" "pidfile"
}
check "... the one of a daemon that was killed" t_stale_killed

t_ending() {
	# a quarter of what there is, since a board has little
	mb=$(awk '/^MemAvailable/ { mb = int($2 / 4096); print (mb > 512 ? 512 : mb) }' /proc/meminfo)
	for threads in 1 1 4 4; do
		rm -f ready
		dz -p pid "$bin/actor" large "$T/ready" $threads "$mb"
		status 0
		"$bin/waitfor" -t 20 file ready || fail "not up"
		kill -9 "$(cat pid)"
		start -p pid
		is "$(cat pid)" "$pid" "pidfile"
		end "$pid"
	done
}
check "... one that the kernel is still ending is waited for, and is not running" t_ending DAEMONIZE_TIMEOUT

t_killed_not_yet_ending() {
	# it has no part of the CPU but what busy ones leave: KILL waits for it meanwhile
	start -p pid
	for _ in 1 2 3; do taskset -c 0 sh -c 'while :; do :; done' "$T/busy" & busy="${busy:-} $!"; done
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		taskset -p -c 0 "$pid" >taskset.out && chrt -i -p 0 "$pid" || skip "no CPU 0, or not allowed"
		kill -9 "$pid"
		start -p pid
		is "$(cat pid)" "$pid" "pidfile"
	done
	# shellcheck disable=SC2086
	kill $busy
	end "$pid"
}
check "... one that KILL waits for, too" t_killed_not_yet_ending DAEMONIZE_TIMEOUT +taskset +chrt

t_lock_lost() {
	dz -p pid "$P" -c "$T/report"
	status 0
	appeared
	is "$("$bin/waitfor" lock pid)" 0 "who holds the lock"
	dz -p pid "$P" "$T/report2"
	status 3
	is "$(cat pid)" "$pid" "pidfile"
	end "$pid"
	start -p pid
}
check "a daemon that dropped the lock is still found" t_lock_lost

t_lock_lost_stranger() {
	# the same number, but not by the one who wrote the file
	dz -p pid "$P" -c "$T/report"
	status 0
	appeared
	stranger=$pid
	echo "$stranger" >pid
	start -p pid
	is "$(cat pid)" "$pid" pidfile
	alive "$stranger" "$T/report" || fail "the stranger was hurt"
}
check "... but not a stranger with a number that fits" t_lock_lost_stranger

t_read_lock() {
	: >pid
	"$bin/badstate" -k pid "$P" "$T/reader" &
	reader=$!
	"$bin/waitfor" file "$T/reader"
	start -p pid
	is "$(cat pid)" "$pid" pidfile
	end $reader
}
check "a reader's lock is in nobody's way" t_read_lock

t_symlink() {
	echo precious >target
	ln -s target pid
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	is "$(cat target)" precious "what it points to"
	ln -s missing dangling
	dz -p dangling "$P" "$T/report"
	fails 1 "daemonize: pidfile: dangling: *"
	[ ! -e missing ] && [ -h dangling ] && [ -h pid ] || fail "links: $(ls -l)"
}
check "a symbolic link is refused, and left with what it points to" t_symlink

t_directory() {
	mkdir pid
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	[ -d pid ] || fail "it is gone"
	dz -p "$T/none/pid" "$P" "$T/report"
	fails 1 "daemonize: pidfile: $T/none/pid: *"
	dz -p pid/ "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid/: *"
}
check "a directory, one in a missing directory" t_directory

t_fifo() {
	mkfifo pid
	dz -p pid "$P" "$T/report"
	fails 1 "daemonize: pidfile: pid: *"
	[ -p pid ] || fail "it is gone"
	dz -p /dev/null "$P" "$T/report"
	fails 1 "daemonize: pidfile: /dev/null: *"
	[ -c /dev/null ] || fail "no /dev/null any more!"
}
check "a fifo, a device: refused without hanging" t_fifo

t_full() {
	mkdir full
	mount -t tmpfs -o size=4k tmpfs full
	dd if=/dev/zero of=full/fill bs=4096 count=8 2>/dev/null || :
	dz -p "$T/full/pid" "$P" "$T/report"
	fails 1 "daemonize: pid*: $T/full/pid: *"
	if has ERROR_TEXTS; then says "*: No space left on device"; fi
	[ ! -e full/pid ] || fail "an empty one is left"
}
check "on a full file system" t_full +mount

t_no_inodes() {
	mkdir full
	mount -t tmpfs -o nr_inodes=2 tmpfs full
	: >full/a
	dz -p "$T/full/pid" "$P" "$T/report"
	fails 1 "daemonize: pidfile: $T/full/pid: *"
}
check "on one without inodes" t_no_inodes +mount

t_read_only() {
	mkdir ro
	mount -t tmpfs tmpfs ro
	echo 1 >ro/old
	mount -o remount,bind,ro ro
	for f in new old; do
		dz -p "$T/ro/$f" "$P" "$T/report"
		fails 1 "daemonize: pidfile: $T/ro/$f: *"
	done
	if has ERROR_TEXTS; then says "*: Read-only file system"; fi
}
check "on a read-only one" t_read_only +mount

t_file_limit() {
	PRE="$bin/badstate -Z -F 0"
	mkfifo pipe
	cat pipe >message &
	# shellcheck disable=SC2086
	st=0
	$PRE $DZ -p pid "$P" "$T/report" 2>pipe || st=$?
	: >err
	status 1
	wait
	like "$(cat message)" "daemonize: *" message
	nothing_left
	[ ! -e pid ] || fail "left"
}
check "under a file size limit of 0" t_file_limit

t_not_allowed() {
	mkdir closed
	chmod 755 closed
	: >closed/pid
	PRE="$bin/badstate -u 65534:65534"
	dz -p "$T/closed/pid" "$P" "$T/report"
	fails 1 "daemonize: pidfile: $T/closed/pid: *"
	dz -p "$T/closed/new" "$P" "$T/report"
	fails 1 "daemonize: pidfile: $T/closed/new: *"
}
check "where the caller may not write" t_not_allowed +root

t_sticky() {
	mkdir sticky
	chmod 1777 sticky
	: >sticky/pid
	chown 65534 sticky/pid
	dz -p "$T/sticky/pid" "$P" "$T/report"
	fails 1 "daemonize: pidfile: *sticky/pid: *"
	is "$(stat -c %u sticky/pid)" 65534 "its owner"
	rm sticky/pid
	: >sticky/pid~
	chown 65534 sticky/pid~
	dz -p "$T/sticky/pid" "$P" "$T/report"
	fails 1 "daemonize: pidfile: *sticky/pid: Operation not permitted"
	is "$(stat -c %u sticky/pid~)" 65534 "its owner"
}
check "another user's, in a sticky directory, by root: refused, and spared" t_sticky +root ERROR_TEXTS

t_failures() {
	mkdir dir
	: >plain
	cp "$P" prog
	for how in "$T/none" "$T/dir" "$T/plain" none-of-that; do
		echo 99999999 >stale
		for file in new stale; do
			dz -p $file "$how" "$T/report"
			case $st in 126 | 127) ;; *) fail "status $st for $how" ;; esac
			[ ! -e $file ] || fail "$file is left by $how"
		done
		nothing_left
	done
}
check "a program that cannot be run leaves no pidfile" t_failures

t_failures_options() {
	try() {
		dz -p pid "$@" "$P" "$T/report"
		status 1 "$*"
		nothing_left
		[ ! -e pid ] || fail "left by $*"
	}
	mkdir dir
	if has DAEMONIZE_CHDIR; then try -c none; fi
	if has DAEMONIZE_FILES; then try -o dir; try -e none/x; fi
	if has DAEMONIZE_LOCK; then try -l dir; try -l none/x; fi
	if has DAEMONIZE_USER; then try -u no-such-user; try -u 0:no-such-group; fi
	if has DAEMONIZE_LIMIT; then try -L nofile=99999999999; fi
	if has DAEMONIZE_KEEP; then try -D 999; fi
}
check "nor does any failure half way" t_failures_options

t_failures_lock_taken() {
	start -l lock
	dz -p pid2 -l lock "$P" "$T/report2"
	status 3
	[ ! -e pid2 ] || fail "left"
	nothing_left "$pid"
}
check "nor a lock that is taken" t_failures_lock_taken DAEMONIZE_LOCK

t_descriptor() {
	start -p pid
	is "$(grep -c "^fd [0-9]*: $T/pid" report)" 0 "descriptors of the pidfile"
	is "$(get fds | wc -w | tr -d ' ')" 3 "descriptors"
	grep -q cloexec report && fail "$(grep cloexec report)"
	true
}
check "the program gets no descriptor of the file" t_descriptor STEP_CLOSE

t_with_keep() {
	PRE="$bin/badstate -d 3 -d 4 -d 5"
	start -D 3 -D 4 -D 5 -p pid
	is "$(get fds | wc -w | tr -d ' ')" 6 "descriptors: $(get fds)"
}
check "... beside those of -D" t_with_keep STEP_CLOSE DAEMONIZE_KEEP

t_with_lock_same() {
	dz -p same -l same "$P" "$T/report"
	case $st in
	0)	appeared
		is "$(cat same)" "$pid" pidfile ;;
	1 | 2) nothing_left ;;
	*) fail "status $st" ;;
	esac
}
check "-p and -l of one file: both hold, or it is refused" t_with_lock_same DAEMONIZE_LOCK

t_removed() {
	start -p pid
	first=$pid
	rm pid report
	start -p pid
	is "$(cat pid)" "$pid" "pidfile"
	kill -9 "$first"
	"$bin/waitfor" end "$first"
	is "$(cat pid)" "$pid" "pidfile after the first one's end"
}
check "a file that somebody removed is made anew" t_removed

t_other_proc() {
	# a pid namespace with the /proc of another: each number there is another's
	start -p pid
	st=0
	unshare --pid --fork "$DZ" -K -p "$T/pid" 2>err </dev/null || st=$?
	is $st 1 "status of a stop"
	says "daemonize: $T/pid: No such device or address"
	alive "$pid"
	end "$pid"
}
check "below the /proc of another pid namespace nobody is signalled" t_other_proc ERROR_TEXTS DAEMONIZE_STOP +root +unshare

t_single_instance_of_children() {
	# a record lock is not inherited: a child that outlives the daemon does not hold it
	dz -p pid sh -c '"$0" "$1" & exec "$0" "$2"' "$P" "$T/child" "$T/report"
	status 0
	appeared
	"$bin/waitfor" file "$T/child"
	end "$pid"
	start -p pid
	is "$(cat pid)" "$pid" pidfile
}
check "a child that outlives the daemon does not hold the lock" t_single_instance_of_children

done_testing
