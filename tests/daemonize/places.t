#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Pidfiles, locks and outputs that somebody else may have put there, in each kind of
# folder: /run and /etc, which are root's, /tmp and OpenWrt's /var/lock, which are 1777,
# one that anybody may write, one of another user. What is allowed is a table, below.
# The kernel's own protection (fs.protected_*) is for sticky folders, and may be off.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE +root"
. "${0%/*}/../helpers/lib.sh"
other=65534
caller=54321

places() {	# the folders
	mkdir -m 755 own
	mkdir -m 1777 sticky
	mkdir -m 777 open
	mkdir -m 755 theirs
	chown $other theirs
	umask 022
}

put() {	# THING FOLDER OWNER: something at FOLDER/it, and "victim" as it was; OWNER is the caller
	rm -rf "$2/it" "$2/it~" victim missing
	(umask 077; echo 12345 >victim)
	chown "$3" victim
	case $1 in
	nothing) ;;
	mine)	: >"$2/it"; chown "$3" "$2/it" ;;
	theirs)	: >"$2/it"; chown $other "$2/it" ;;
	soft)	ln -s "$T/victim" "$2/it"; chown -h $other "$2/it" ;;
	dangling) ln -s "$T/missing" "$2/it"; chown -h $other "$2/it" ;;
	hard)	ln victim "$2/it" ;;
	fifo)	mkfifo "$2/it"; chown $other "$2/it" ;;
	folder)	mkdir "$2/it"; chown $other "$2/it" ;;
	esac
}

# What is made of it: y, it starts and uses that file; n, it is refused, with all as it was.
# The columns are the folders own, sticky, open, theirs.
table_of() {	# pidfile: -p and -P; lock: -l; output: -o and -e
	case $1 in
	pidfile) cat <<-T
		nothing  y y y y
		mine     y y y y
		theirs   n n n n
		soft     n n n n
		dangling n n n n
		hard     n n n n
		fifo     n n n n
		folder   n n n n
		T
		;;
	lock) cat <<-T
		nothing  y y y y
		mine     y y y y
		theirs   y y y y
		soft     n n n n
		dangling n n n n
		hard     n n n n
		fifo     n n n n
		folder   n n n n
		T
		;;
	output) cat <<-T
		nothing  y y y y
		mine     y y y y
		theirs   y n n y
		soft     y n n n
		dangling y n n n
		hard     y n n n
		fifo     n n n n
		folder   n n n n
		T
		;;
	esac
}

look() { for one; do stat -c '%n %i %F %s %a %u %h %Y' "$one" 2>/dev/null || echo "no $one"; done; cat victim; }

try() {	# OPTION... : with FOLDER/it, as the table has it
	rm -f report*
	put "$thing" $folder "$1"
	owner=$1
	shift
	before=$(look $folder/it victim missing)
	how="$* $folder/it ($thing, by $owner)"
	# shellcheck disable=SC2086
	dz "$@" $folder/it "$P" "$T/report"
	case $allowed in
	y)	status 0 "$how"
		appeared
		case "$*" in *-P*) end "$(get ppid)" ;; *) end "$pid" ;; esac
		rm report
		nothing_left ;;
	n)	status 1 "$how"
		says "daemonize: *: $folder/it*: *"
		[ ! -e report ] || fail "the program ran: $how"
		nothing_left
		is "$(look $folder/it victim missing)" "$before" "what was there: $how" ;;
	esac
	[ ! -e "$folder/it~" ] || fail "$folder/it~ is left: $how"
}

each() {	# TABLE OPTION...: each thing in each folder
	table_of "$1" >table
	shift
	# shellcheck disable=SC2034 # read by eval
	while read -r thing own sticky open theirs; do
		for folder in own sticky open theirs; do
			eval "allowed=\$$folder"
			try 0 "$@"
		done
	done <table
}

t_pidfile() { places; each pidfile -p; }
check "-p: what is not one of the caller's own files is refused, and left as it was" t_pidfile DAEMONIZE_PIDFILE

t_supervisor_pidfile() { places; each pidfile -r -P; }
check "-P: the same" t_supervisor_pidfile DAEMONIZE_SUPERVISOR_PIDFILE DAEMONIZE_RESTART

t_lock() { places; each lock -l; }
check "-l: no link, no second name; another's file may be locked" t_lock DAEMONIZE_LOCK

t_output() {
	places
	each output -o
	each output -e
	each output -a -o
}
check "-o, -e: no link and no stranger's file where others may write" t_output DAEMONIZE_FILES

t_fifo_read() {
	# a stranger who reads his fifo gets no output of root's program, and root's own reader does
	places
	for folder in own sticky open theirs; do
		put fifo $folder 0
		exec 9<>$folder/it
		dz -o $folder/it "$P" -o secret "$T/report"
		case $folder in
		own | theirs)
			status 0 "$folder"
			read -r line <&9
			is "$line" secret "what came through"
			appeared
			end "$pid"
			rm -f report ;;
		*)	status 1 "$folder"
			nothing_left ;;
		esac
		exec 9>&-
	done
}
check "... nor his fifo that he reads" t_fifo_read DAEMONIZE_FILES

by_user() {	# TABLE OPTION...: another caller, in the folders of all
	table_of "$1" >table
	shift
	PRE="$bin/badstate -Z -u $caller:$caller"
	while read -r thing _ allowed _; do
		for folder in sticky open; do try $caller "$@"; done
	done <table
	PRE=
}

t_user() {
	places
	if has DAEMONIZE_PIDFILE; then by_user pidfile -p; fi
	if has DAEMONIZE_LOCK; then by_user lock -l; fi
}
check "the same by another user who starts it" t_user

t_lock_read() {
	# with a second name in place of its lock a program could read what root alone may
	places
	echo secret >secret
	chmod 600 secret
	ln secret open/it
	dz -u $caller:$caller -l open/it sh -c 'cat <&3 >"$0/leak" 2>/dev/null; exec "$1" "$0/report"' "$T" "$P"
	fails 1 "daemonize: lock: open/it: *"
	[ ! -s leak ] || fail "it read $(cat leak)"
}
check "a lock is no way to read another file" t_lock_read DAEMONIZE_LOCK DAEMONIZE_USER

done_testing
