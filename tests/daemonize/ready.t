#!/bin/sh
# SPDX-License-Identifier: 0BSD
# -w fd:N, socket, line:TEXT and -t: daemonize returns when the program is ready.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE +apart"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
A=$bin/actor

# Runs daemonize in the background; its status comes to the file "status".
behind() {
	{ st=0; $DZ "$@" </dev/null >"$T/out" 2>"$T/err" || st=$?; echo $st >"$T/st.new"; mv "$T/st.new" "$T/status"; } &
}

not_yet() {	# it has not returned, though the program runs
	pause
	[ ! -e status ] || fail "it returned $(cat status) before the program was ready: $(cat err)"
}

without_pidfds() {	# enosys|eperm OPTION...: dz where calls of Linux 5 are refused so
	PRE="$bin/seccomp $1=pidfd_open,pidfd_send_signal,clone3 $BOX daemonize" DZ_saved=$DZ DZ=
	shift
	dz "$@"
	DZ=$DZ_saved PRE=
}

returned() {	# STATUS
	"$bin/waitfor" file status || fail "it does not return"
	is "$(cat status)" "$1" "status ($(cat err))"
	rm status
}

t_fd() {
	mkfifo go
	for n in 3 5 9; do
		rm -f report
		behind -w fd:$n -p pid sh -c 'read x <>"$1/go"; echo >&'$n'; exec "$0" "$1/report"' "$P" "$T"
		"$bin/waitfor" file pid
		not_yet
		echo >go
		returned 0
		appeared
		is "$(cat pid)" "$pid" pidfile
		like " $(get fds) " "* $n *" "descriptors"
		is "$(get fds | wc -w)" 4 "descriptors"
		is "$(get ppid)" 1 "parent, then"
		end "$pid"
		rm -f pid
	done
}
check "-w fd:N: a newline on descriptor N" t_fd DAEMONIZE_READY_FD

t_fd_text() {
	mkfifo go
	behind -w fd:3 sh -c 'printf "starting" >&3; read x <>"$1/go"; printf "...\n" >&3; exec 3>&-; exec "$0" "$1/report"' "$P" "$T"
	not_yet
	echo >go
	returned 0
	appeared
}
check "... other bytes before it do not count" t_fd_text DAEMONIZE_READY_FD

t_fd_closed() {
	dz -w fd:3 -p pid sh -c 'exec 3>&-; exec "$0" "$1"' "$P" "$T/report"
	status 4
	says "daemonize: *"
	"$bin/waitfor" -t 5 none "$T/report" || fail "it lives on"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... closed without one: status 4, and it is ended" t_fd_closed DAEMONIZE_READY_FD

t_fd_beside_kept() {
	# the descriptor of -w is taken back after the first start; that of -D is not
	logd_start
	dz -S -r -R 0 -c . -p pid -D 7 -w fd:4 sh -c 'if [ -e first ]; then echo again >&7; exec sleep 1000; fi
		: >first; echo once >&7; echo >&4' 7>>kept
	status 0
	"$bin/waitfor" match kept again || fail "after the restart: $(cat kept)"
	is "$(cat kept | tr '\n' ' ')" "once again " "what it wrote to the kept one"
	end "$("$bin/waitfor" lock pid)"
}
check "... beside one that is kept, which a restart has as well" t_fd_beside_kept DAEMONIZE_READY_FD DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_KEEP DAEMONIZE_CHDIR

t_ended() {
	logd_start
	for opts in "-w fd:3" "-w socket" "-w line:ready"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *socket*) need_one=DAEMONIZE_READY_SOCKET ;; *) need_one=DAEMONIZE_READY_LINE ;; esac
		has $need_one || continue
		for more in "" -S -r; do
			case $more in -S) has DAEMONIZE_SYSLOG || continue ;; -r) has DAEMONIZE_RESTART || continue ;; esac
			for how in 'exit 0' 'exit 1' 'kill -9 $$'; do
				before=$(now)
				# shellcheck disable=SC2086
				dz $opts $more -p pid sh -c "$how" "$T"
				status 4 "$opts $more, $how"
				[ "$(wc -l <err)" = 1 ] || fail "message: $(cat err)"
				[ $(($(now) - before)) -lt 1000 ] || fail "it waited for its time to be over: $opts $more"
				[ ! -e pid ] || fail "the pidfile is left: $opts $more, $how"
				all_gone
			done
		done
	done
}
check "it ends before it is ready: status 4 at once, no pidfile, no restart" t_ended

t_ended_why() {
	logd_start
	for opts in "-S -w fd:3" "-S -w socket" "-S -w line:ready" "-r -w fd:3" "-r -w socket" "-w line:ready"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *socket*) need_one=DAEMONIZE_READY_SOCKET ;; *) need_one=DAEMONIZE_READY_LINE ;; esac
		has $need_one || continue
		case $opts in
		-S*) has DAEMONIZE_SYSLOG || continue; last="; last line: config is bad^G" ;;
		-r*) has DAEMONIZE_RESTART || continue; last= ;;
		*) last="; last line: config is bad^G" ;;
		esac
		: >log
		# shellcheck disable=SC2086
		dz $opts -p pid sh -c 'printf "config is bad\a"; exit 7' "$T"
		status 4 "$opts"
		is "$(cat err)" "daemonize: sh: ended before it was ready: status 7$last" "message of $opts"
		case $opts in -S*) logged "sh: ended before it was ready: status 7$last\$" ;; esac
		# shellcheck disable=SC2086
		dz $opts sh -c 'kill -KILL $$' "$T"
		is "$(cat err)" "daemonize: sh: ended before it was ready: signal KILL" "message of $opts, killed"
		all_gone
	done
}
check "... with a supervisor that is told with its status, and its last line" t_ended_why

t_ended_slow() {
	# the log has no room for what it said last: its end is no secret for that
	logd_full
	dz -S -w fd:3 sh -c 'echo config is bad; exit 7' "$T"
	status 4
	like "$(cat err)" "daemonize: sh: ended before it was ready*" message
	is "$(wc -l <err)" 1 "lines of message"
	all_gone
}
check "... while the log is slow too" t_ended_slow DAEMONIZE_READY_FD DAEMONIZE_SYSLOG

t_ended_old_kernel() {
	: >held
	for deed in enosys eperm; do
		before=$(now)
		without_pidfds $deed -w fd:3 -t 20 -p pid sh -c '"$0" hold "$1" & exit 3' "$A" "$T/held"
		status 4 "with $deed"
		says "daemonize: sh: ended before it was ready*"
		[ $(($(now) - before)) -lt 1000 ] || fail "it waited for its time to be over"
		[ ! -e pid ] || fail "the pidfile is left"
		nothing_left
	done
}
check "... without pidfds too" t_ended_old_kernel DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_ended_unreaped() {
	# ... where its new parent reaps nobody, as a container's first process may
	"$bin/badstate" -R "$bin/seccomp" eperm=pidfd_open,pidfd_send_signal,clone3 "$BOX" daemonize \
		-w fd:3 -t 20 -p "$T/pid" sh -c 'kill -STOP "$PPID"; exit 3' "$T/report" >out 2>err &
	reaper=$!
	"$bin/waitfor" text err "daemonize: sh: ended before it was ready" || said=no
	kill -CONT "$reaper"
	st=0
	wait "$reaper" || st=$?
	status 4
	[ -z "${said:-}" ] || fail "its end was not seen"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "... nor reaped" t_ended_unreaped DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_closed_old_kernel() {
	: >held
	for deed in enosys eperm; do
		without_pidfds $deed -w fd:3 -t 20 -p pid sh -c 'exec 3>&-; exec "$0" hold "$1"' "$A" "$T/held"
		status 4 "with $deed"
		says "daemonize: sh: closed its descriptor before it was ready"
		[ ! -e pid ] || fail "the pidfile is left"
		all_gone
	done
}
check "one that closes its descriptor and lives is ended, without pidfds too" t_closed_old_kernel DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_fd_kept_by_child() {
	# the descriptor lives on in a child: its end is what counts
	: >held
	before=$(now)
	dz -w fd:3 sh -c '"$0" hold "$1" & exit 3' "$A" "$T/held"
	status 4
	[ $(($(now) - before)) -lt 1000 ] || fail "it waited for its time to be over"
	nothing_left
}
check "... though a child of it has the descriptor open" t_fd_kept_by_child DAEMONIZE_READY_FD

t_fd_given_back() {
	: >held
	# a supervisor must not have it any more either
	for kind in "" -r; do
		case $kind in -r) has DAEMONIZE_RESTART || continue ;; esac
		before=$(now)
		# shellcheck disable=SC2086
		dz $kind -w fd:3 sh -c 'exec 3>&-; exec "$0" hold "$1"' "$A" "$T/held"
		status 4
		says "daemonize: sh: closed its descriptor before it was ready"
		[ $(($(now) - before)) -lt 1000 ] || fail "it waited for its time to be over"
		nothing_left
	done
}
check "-w fd:N of a program that closes it and lives" t_fd_given_back DAEMONIZE_READY_FD

t_ready_then_ends() {
	# what has been ready is started again, however soon it ends
	logd_start
	for opts in "-w fd:3" "-w socket"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *) need_one=DAEMONIZE_READY_SOCKET ;; esac
		has $need_one || continue
		for round in 1 2 3 4 5 6 7 8; do
			rm -f again first
			# shellcheck disable=SC2086
			dz -S -R 0 $opts -c . -p pid sh -c 'if test -e first; then : >again; exec "$0" hold again; fi; : >first
				test -z "$NOTIFY_SOCKET" || "$0" notify-of "$NOTIFY_SOCKET" READY=1; echo >&3; exit 1' "$A" 3>/dev/null
			status 0 "$opts, round $round"
			"$bin/waitfor" file again || fail "$opts: not started again: $(cat log)"
			end "$("$bin/waitfor" lock pid)"
			all_gone
		done
	done
}
check "what was ready and ends at once is started again" t_ready_then_ends DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_CHDIR DAEMONIZE_PIDFILE

# BusyBox httpd without -f makes itself a daemon, by a fork and setsid; a shell's "&" stays in the session.
background="it went into the background: use its option for the foreground*"

t_background() {
	logd_start
	ip link set lo up 2>/dev/null || busybox ifconfig lo 127.0.0.1 up
	for opts in "-S -w fd:3" "-r -w fd:3" "-r -w socket" "-rr -w fd:3" "-w line:ready"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *socket*) need_one=DAEMONIZE_READY_SOCKET ;; *) need_one=DAEMONIZE_READY_LINE ;; esac
		has $need_one || continue
		# shellcheck disable=SC2086
		dz $opts busybox httpd -p 127.0.0.1:8129 -h "$T"
		status 4 "$opts"
		# shellcheck disable=SC2086
		says "daemonize: busybox: ended before it was ready: status 0; $background"
		"$bin/waitfor" kill "127.0.0.1:8129" >/dev/null || :
		all_gone
	done
}
check "one that puts itself in the background is told so: a web server" t_background DAEMONIZE_SYSLOG DAEMONIZE_RESTART +busybox +ip

t_background_alone() {
	# nobody is its parent who could say with which status it ended, but what it left is seen
	: >held
	for opts in "-w fd:3" "-w socket"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *) need_one=DAEMONIZE_READY_SOCKET ;; esac
		has $need_one || continue
		# shellcheck disable=SC2086
		dz $opts sh -c '"$0" hold "$1" & exit 0' "$A" "$T/held"
		status 4 "$opts"
		says "daemonize: sh: ended before it was ready: $background"
		nothing_left
	done
}
check "... without a supervisor too, where it stays in the session" t_background_alone

t_background_logged() {
	# without -S and -w nobody waits for it: the log says it, once
	logd_start
	for opts in -rr "-R 0"; do
		: >log
		: >held
		rm -f runs
		# shellcheck disable=SC2086
		dz $opts -c . -p pid sh -c 'echo >>runs; "$0" hold "$1" & exit 0' "$A" "$T/held"
		status 0
		logged "daemonize\[[0-9]*\]: sh: it went into the background"
		case $opts in -R*)
			until [ "$(cat runs 2>/dev/null | wc -l)" -ge 3 ]; do pause; done
			end "$("$bin/waitfor" lock pid)"
		esac
		"$bin/waitfor" gone pid
		is "$(count 'into the background')" 1 "messages with $opts"
		"$bin/waitfor" kill "$T/held" >/dev/null || :
	done
}
check "... with -r alone it is the log that says so" t_background_logged DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_CHDIR

t_timeout() {
	own_dev
	for opts in "-w fd:3" "-w socket" "-w line:ready"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *socket*) need_one=DAEMONIZE_READY_SOCKET ;; *) need_one=DAEMONIZE_READY_LINE ;; esac
		has $need_one || continue
		rm -f report job
		before=$(now)
		# shellcheck disable=SC2086
		dz $opts -t 1 -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
		took=$(($(now) - before))
		status 4 "$opts"
		[ "$(wc -l <err)" = 1 ] || fail "message: $(cat err)"
		[ $took -ge 95 ] && [ $took -lt 600 ] || fail "$opts: it took $took hundredths"
		"$bin/waitfor" none "$T/report" || fail "it lives on"
		"$bin/waitfor" none "$T/job" || fail "its child lives on"
		[ ! -e pid ] || fail "the pidfile is left"
	done
}
check "-t: not ready in time: status 4, its whole session is ended" t_timeout DAEMONIZE_TIMEOUT

t_timeout_leader() {
	# its session is its own, and not that of the process between
	own_dev
	dz -1 -w fd:3 -t 1 -p pid sh -c '"$0" "$1/job" & exec "$0" "$1/report"' "$P" "$T"
	status 4
	"$bin/waitfor" none "$T/report" || fail "it lives on"
	"$bin/waitfor" none "$T/job" || fail "its child lives on"
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... and of one that leads it" t_timeout_leader DAEMONIZE_TIMEOUT DAEMONIZE_LEADER DAEMONIZE_READY_FD

t_timeout_stubborn() {
	before=$(now)
	dz -w fd:3 -t 1 -p pid "$A" ignore "$T/ready" TERM INT HUP QUIT
	status 4
	nothing_left
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... though it ignores TERM" t_timeout_stubborn DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_timeout_old_kernel() {
	for deed in enosys eperm; do
		without_pidfds $deed -w fd:3 -t 1 -p pid "$A" ignore "$T/ready" TERM HUP
		status 4 "with $deed"
		"$bin/waitfor" -t 1 none "$T/ready" || fail "it lives"
		[ ! -e pid ] || fail "the pidfile is left"
		rm -f ready
	done
}
check "... without pidfds too" t_timeout_old_kernel DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_socket() {
	own_dev
	behind -w socket -p pid "$A" notify 'READY=1'
	returned 0
	behind -w socket "$A" notify 'STATUS=fine\nREADY=1\nMAINPID=1'
	returned 0
	behind -w socket "$A" notify 'READY=1\n'
	returned 0
	rm -f report
	dz -w socket -t 1 sh -c '"$0" notify-of "$NOTIFY_SOCKET" "STATUS=READY=1\nXREADY=1\nREADY=10"; exec "$1" "$2"' "$A" "$P" "$T/report"
	status 4 "what is no READY=1"
}
check "-w socket: READY=1, among other lines" t_socket DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT

t_socket_abstract() {
	start_env() { dz -w socket sh -c '"$0" notify-of "$NOTIFY_SOCKET" READY=1; exec "$1" "$2"' "$A" "$P" "$T/report"; }
	start_env
	status 0
	appeared
	[ -n "$(env_of NOTIFY_SOCKET)" ] || fail "no NOTIFY_SOCKET"
	is "$(get fds)" "0 1 2" descriptors
	# its own $NOTIFY_SOCKET, if the caller has one, is not the daemon's
	rm report
	NOTIFY_SOCKET=/none/of/it start_env
	status 0
	appeared
	[ "$(env_of NOTIFY_SOCKET)" != /none/of/it ] || fail "the caller's"
}
check "... the socket is not the caller's, and no descriptor is left" t_socket_abstract DAEMONIZE_READY_SOCKET

t_socket_apart() {
	dz -w socket -t 1 "$A" notify-apart 'READY=1'
	status 4
	nothing_left
}
check "... a sender of another session is not believed" t_socket_apart DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT

t_socket_child() {
	dz -w socket -t 5 sh -c '"$0" notify-of "$NOTIFY_SOCKET" READY=1 & wait; exec "$1" "$2"' "$A" "$P" "$T/report"
	status 0
	appeared
}
check "... a child of the daemon is" t_socket_child DAEMONIZE_READY_SOCKET

t_socket_junk() {
	long=$(awk 'BEGIN { for (i = 0; i < 3000; i++) printf "x" }')
	dz -w socket -t 5 sh -c '
		"$0" notify-of "$NOTIFY_SOCKET" "\n\n\n"
		"$0" notify-of "$NOTIFY_SOCKET" ""
		"$0" notify-of "$NOTIFY_SOCKET" "$3"
		"$0" notify-of "$NOTIFY_SOCKET" "\0\0READY=1\n"
		"$0" notify-of "$NOTIFY_SOCKET" "READY=1"
		exec "$1" "$2"' "$A" "$P" "$T/report" "$long"
	status 0
	appeared
}
check "... junk does not confuse it" t_socket_junk DAEMONIZE_READY_SOCKET DAEMONIZE_TIMEOUT

t_line() {
	logd_start
	for stream in "" -e; do
		dz -S -w line:ready -p pid "$A" say $stream 'starting\nready: 127.0.0.1:80\nserving\n'
		status 0
		is "$(cat out)" "ready: 127.0.0.1:80" "what it prints"
		is "$(cat err)" "" "stderr"
		logged ': serving$'
		logged ': starting$'
		not_logged 'ready: 127'
		supervisor=$("$bin/waitfor" lock pid)
		end "$supervisor"
		"$bin/waitfor" gone pid
		: >log
	done
}
check "-w line:TEXT: the line is printed, the others go to the log" t_line DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG

t_line_once() {
	logd_start
	dz -S -w line:ready "$A" say ' ready no\nnot ready\nready one\nready two\nlast\n'
	status 0
	is "$(cat out)" "ready one" "what it prints"
	logged ': last$'
	is "$(texts | tr '\n' .)" " ready no.not ready.ready two.last." "the log"
}
check "... the first that begins so, once" t_line_once DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG

t_line_split() {
	# longer than a message: the second part, from a space on, is the midst of a line
	own_dev
	long=$(printf '%0'$(($(value SYSLOG_MAX_LINE) * 2 / 3))'d' 0)
	dz -w line:ready "$A" say "$long ready$long\\nready now\\n"
	status 0
	is "$(cat out)" "ready now" "what it prints"
}
check "... not a later part of a long one" t_line_split DAEMONIZE_READY_LINE

t_line_prompt() {
	# it is not waited for any more once the other stream has said the line
	logd_start
	dz -S -w line:ready sh -c 'printf "password: "; echo ready >&2; exec "$0" hold /dev/null' "$A"
	status 0
	is "$(cat out)" ready "what it prints"
	logged ': password: $' 5
}
check "... the start of a line on the other stream is logged after it" t_line_prompt DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG

t_line_partial() {
	# a line is a line when its newline has come, or the program's end
	own_dev
	mkfifo go
	behind -w line:ready sh -c 'printf "rea"; read x <>"$0"; printf "dy now"; read x <>"$0"; echo; read x <>"$0"' "$T/go"
	echo >go
	not_yet
	echo >go
	returned 0
	is "$(cat out)" "ready now" "what it prints"
}
check "... in pieces" t_line_partial DAEMONIZE_READY_LINE

t_line_files() {
	# without -S: other output goes where output goes
	own_dev
	dz -w line:ready -o "$T/o" -e "$T/e" sh -c 'echo one; echo err >&2; echo ready; echo two; echo err2 >&2; exec "$0" hold /dev/null' "$A"
	status 0
	is "$(cat out)" ready "what it prints"
	"$bin/waitfor" text o two
	"$bin/waitfor" text e err2
	like "$(cat o | tr '\n' .)" "one.*two." "the file"
	is "$(cat e | tr '\n' .)" "err.err2." "the other file"
}
check "... with -o and -e: to the files" t_line_files DAEMONIZE_READY_LINE DAEMONIZE_FILES

t_line_long() {
	# more output than a pipe holds before the line comes
	own_dev
	dz -w line:ready -t 10 sh -c '"$0" lines -n 20000; echo ready; exec "$0" lines -n 20000 -m "$1/mark" -k' "$A" "$T"
	status 0
	is "$(cat out)" ready "what it prints"
	"$bin/waitfor" file mark || fail "it hangs on its output"
}
check "... behind much output, and more after it" t_line_long DAEMONIZE_READY_LINE DAEMONIZE_TIMEOUT

served_stop() {	# WHAT: -K ends it long before -t: its supervisor passes TERM on, and gives its last output two seconds
	before=$(now)
	dz -K -t 5 -p pid
	took=$(($(now) - before))
	status 0 "-K"
	[ $took -lt 450 ] || fail "the supervisor does not serve its signals $1: -K took $took hundredths"
}

t_line_unread() {
	# the caller's stdout is a pipe that is full
	own_dev
	mkfifo full go
	exec 3<>full
	{ st=0; $DZ -w line:ready -t 3 -p pid sh -c 'printf ready; while :; do printf 0123456789; done' </dev/null >&3 2>err || st=$?; echo $st >st.new; mv st.new status; } &
	"$bin/waitfor" file pid
	pause 1
	served_stop "while its caller does not read"
	returned 4
}
check "... to a stdout that nobody reads: a limit, and a supervisor that serves" t_line_unread DAEMONIZE_READY_LINE DAEMONIZE_TIMEOUT DAEMONIZE_STOP

t_line_broken() {
	# the status is that of a start that failed, and so it has
	own_dev
	st=0
	$DZ -w line:ready -p pid sh -c 'echo ready; exec "$0" hold /dev/null' "$A" >/dev/full 2>err </dev/null || st=$?
	status 1 "a line that cannot be printed"
	says "daemonize: stdout: *"
	all_gone
	[ ! -e pid ] || fail "the pidfile is left"
}
check "... to a stdout that is full: status 1, and it is ended" t_line_broken DAEMONIZE_READY_LINE

t_line_fifo() {
	# once ready it writes to a fifo, whose reader is slow, and waits in its write
	own_dev
	mkfifo fifo
	exec 3<>fifo
	dz -w line:ready -o "$T/fifo" -p pid sh -c "echo ready; while :; do echo R0123456789012345678901234567890123456789; done"
	status 0
	pause 1
	# it goes on when there is room, with nothing left out
	head -c 131072 <&3 | sed '1d;$d' | grep -cv '^R0123456789012345678901234567890123456789$' >other || :
	is "$(cat other)" 0 "lines that are not whole"
	served_stop "while its fifo is full"
}
check "... with -o FIFO that is full" t_line_fifo DAEMONIZE_READY_LINE DAEMONIZE_FILES DAEMONIZE_TIMEOUT DAEMONIZE_STOP

t_line_then_ends() {
	# the line, and the end behind it, at once
	own_dev
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		dz -r -R 60 -w line:ready -t 20 -p pid /bin/echo ready
		status 0
		is "$(cat out)" ready "what is printed"
		dz -Q -p pid
		status 3 "-Q"
		like "$(cat out)" "restarting in *" "-Q"
		dz -K -p pid
		status 0 "-K"
	done
}
check "... of a program that ends at once: it is started again" t_line_then_ends DAEMONIZE_READY_LINE DAEMONIZE_RESTART DAEMONIZE_STATUS DAEMONIZE_STOP

t_line_one_fifo() {
	# both streams into one, whose reader is slow: nothing of either is missing
	own_dev
	mkfifo fifo
	exec 3<>fifo
	{
		i=0
		while [ $i -lt 40 ]; do dd bs=4096 count=1 2>/dev/null; pause 0.02; i=$((i + 1)); done
		exec cat
	} <fifo >got &
	dz -w line:ready -o "$T/fifo" -e "$T/fifo" -p pid sh -c 'echo ready; i=0
		while [ $i -lt 3000 ]; do echo "out $i 0123456789012345678901234567890"; echo "err $i 0123456789012345678901234567890" >&2; i=$((i + 1)); done
		exec "$0" hold /dev/null' "$A"
	status 0
	exec 3>&-
	# what is read at once is written at once, so that a line may have another in it
	all=$(awk 'BEGIN { n = length("ready\n"); for (i = 0; i < 3000; i++) n += 2 * length("out " i " 0123456789012345678901234567890\n"); print n }')
	soon '[ "$(wc -c <got)" -ge "$all" ]' || fail "$(wc -c <got) bytes of $all"
	dz -K -p pid
	status 0
	is "$(wc -c <got)" "$all" "bytes"
}
check "... with -o and -e to one fifo" t_line_one_fifo DAEMONIZE_READY_LINE DAEMONIZE_FILES DAEMONIZE_STOP

t_line_server() {
	logd_start
	ip link set lo up 2>/dev/null || :
	dz -S -w line:addr: -t 10 -p pid "$A" server "$T/server"
	status 0
	like "$(cat out)" "addr: 127.0.0.1:[0-9]*" "what it prints"
	is "$(cat server)" "$(cat pid)" "the server"
	logged ': serving$'
}
check "... a server that says addr: HOST:PORT on stderr" t_line_server DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG

t_line_self() {
	# one that makes itself a daemon: its child says the line, while the parent ends
	own_dev
	ip link set lo up 2>/dev/null || :
	dz -w line:addr: -t 5 -p pid "$A" server -d "$T/server"
	case $st in
	0) like "$(cat out)" "addr: 127.0.0.1:[0-9]*" "what it prints" ;;
	4) is "$(cat out)" "" stdout ;;
	*) fail "status $st" ;;
	esac
	"$bin/waitfor" none "$T/server" || fail "an orphan that writes on"
	"$bin/waitfor" gone pid
}
check "... one that makes itself a daemon ends with its output" t_line_self DAEMONIZE_READY_LINE DAEMONIZE_TIMEOUT

t_leader_ends() {
	# its session is known, though the program that leads nothing has been reaped
	own_dev
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		dz -1 -R 1 -w fd:3 -t 5 -p pid false
		status 4
		dz -Q -p pid
		status 3 "-Q"
		is "$(cat out)" "not running" "-Q"
	done
	all_gone
}
check "-1 with a supervisor: what ends before it is ready is not started again" t_leader_ends DAEMONIZE_READY_FD DAEMONIZE_RESTART DAEMONIZE_LEADER DAEMONIZE_TIMEOUT DAEMONIZE_STATUS

t_interrupted() {
	own_dev
	# ALRM is how a script limits the time of a command
	for signal in TERM:143 HUP:129 ALRM:142 USR1:138 USR2:140; do interrupted; done
}
interrupted() {
	# who waits can be interrupted; the daemon is not its concern any more, or is ended
	rm -f report
	behind -w fd:3 -t 20 -p pid "$P" "$T/report"
	appeared
	caller=
	for p in /proc/[0-9]*; do
		if tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q "daemonize -w fd:3" &&
				[ "$(sed -n 's/^PPid:[[:space:]]*//p' "$p/status")" != 1 ] && [ "${p#/proc/}" != "$pid" ]; then
			caller=${p#/proc/}
			break
		fi
	done
	kill -s "${signal%:*}" "$caller"
	# it ends by the signal itself, as who started it wants to know
	returned "${signal#*:}"
	[ ! -e pid ] || fail "the pidfile is left"
	all_gone
}
check "waiting can be interrupted" t_interrupted DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT

t_interrupted_early() {
	# between the report of the exec, which it has read, and what comes next of its own
	for how in "" -r; do
		rm -f report trace
		# shellcheck disable=SC2086
		strace -qq -o trace -e trace=read -e inject=read:delay_exit=1500000:when=1 "$BOX" \
			daemonize $how -w fd:3 -t 20 -p pid "$P" "$T/report" >out 2>err &
		caller=$!
		appeared
		"$bin/waitfor" text trace "read(" || fail "it has read nothing"
		kill "$(pgrep -P $caller)"
		st=0
		wait $caller || st=$?
		is "$st" 143 "status"
		[ ! -e pid ] || fail "the pidfile is left"
		"$bin/waitfor" -t 5 none "$P" >left || fail "$(cat left)"
	done
}
check "... as soon as there is a program" t_interrupted_early DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT DAEMONIZE_RESTART +strace +pgrep

t_interrupted_waiting() {
	# before there is one: it waits for another start, whose exec takes its time
	strace -D -f -qq -o trace -e trace=execve -e inject=execve:delay_enter=6000000:when=1 "$bin/daemonize" -p "$T/pid" "$P" "$T/report" >out 2>err &
	"$bin/waitfor" file pid || fail "no start"
	"$bin/daemonize" -w fd:3 -t 20 -p "$T/pid" "$P" "$T/report2" >out2 2>err2 &
	second=$!
	"$bin/waitfor" file pid~ || fail "no second start"
	before=$(now)
	kill $second
	st=0
	wait $second || st=$?
	is "$st" 143 "status"
	[ $(($(now) - before)) -lt 400 ] || fail "it took $(($(now) - before)) hundredths"
	is "$(cat err2)" "" "what it says"
	appeared
	is "$(cat pid)" "$pid" "the other start's pidfile"
	[ ! -e report2 ] || fail "the second was started"
	end "$pid"
	"$bin/waitfor" gone pid~ || fail "what is left: $(ls)"
}
check "... and before" t_interrupted_waiting DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT +strace

t_interrupted_slow() {
	# while the middle child, a step, or the exec takes its time
	for call in setsid chdir execve; do
		rm -f trace pid
		strace -f -qq -o trace -e trace=$call -e inject=$call:delay_enter=8000000:when=1 "$BOX" \
			daemonize -w fd:3 -t 20 -p "$T/pid" "$P" "$T/report" >out 2>err &
		tracer=$!
		"$bin/waitfor" file trace
		pause 1
		caller=$(cut -d ' ' -f 1 "/proc/$tracer/task/$tracer/children")
		before=$(now)
		kill "$caller"
		"$bin/waitfor" end "$caller" || fail "$call: the caller does not end"
		# a program on its way is waited for, and strace does not let it end before
		[ $call = execve ] || [ $(($(now) - before)) -lt 600 ] || fail "$call: it took $(($(now) - before)) hundredths"
		wait $tracer || :
		# strace tells of a signal that comes to one that it delays
		is "$(grep -v '^strace: ' err)" "" "$call: what it says"
		"$bin/waitfor" -t 5 none "$P" >left || fail "$call: $(cat left)"
		[ ! -e pid ] || [ "$(dz -Q -p pid; cat out)" = "dead, pid is left" ] || fail "$call: the pidfile is left"
		rm -f report
	done
}
check "... in its steps" t_interrupted_slow DAEMONIZE_READY_FD DAEMONIZE_TIMEOUT DAEMONIZE_STATUS STEP_SECOND_FORK STEP_CHDIR +strace

t_line_longer() {
	# more than a message: what of it does not fit in one is no line of its own
	logd_start
	dz -S -w line:ready -p pid "$A" say "ready$(printf '%03000d' 0)\\nnext\\n"
	status 0
	like "$(cat out)" "ready0000*" "printed"
	logged ': next$'
	is "$(texts)" next "what the log has"
}
check "-w line:TEXT of a line that is longer than a message: none of it is in the log" t_line_longer DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG

t_line_file_full() {
	# it goes through the supervisor, which has to say what it cannot write
	logd_start
	dz -S -w line:ready -o /dev/full -p pid sh -c 'echo one; echo two; echo ready; exec "$0" hold /dev/null' "$A"
	status 0
	is "$(cat out)" ready printed
	logged ': output to a file: No space left'
	end "$(cat pid)"
	"$bin/waitfor" gone pid || fail "the pidfile is left"
	is "$(count 'output to a file')" 1 "messages of it"
}
check "... with a file that takes nothing: it is told, once" t_line_file_full DAEMONIZE_READY_LINE DAEMONIZE_SYSLOG DAEMONIZE_FILES ERROR_TEXTS

t_read_again() {
	# each read of the caller's once with nothing there, though poll(2) said otherwise
	for how in fd:3 line:ready socket; do
		case $how in
		fd:*) has DAEMONIZE_READY_FD || continue; call=read say='echo >&3' ;;
		line:*) has DAEMONIZE_READY_LINE || continue; call=read say='echo ready' ;;
		socket) has DAEMONIZE_READY_SOCKET || continue; call=recvmsg say='"$2" notify-of "$NOTIFY_SOCKET" READY=1' ;;
		esac
		for n in 1 2 3 4 5; do
			rm -f report
			strace -qq -o trace -e trace=$call -e inject=$call:error=EAGAIN:when=$n "$BOX" \
				daemonize -w $how -t 5 -p pid sh -c "$say"'; exec "$0" "$1/report"' "$P" "$T" "$A" >out 2>err || fail "-w $how, $call $n: status $?: $(cat err trace)"
			grep -q INJECTED trace && again="${again:-} $how"
			appeared
			end "$pid"
			rm -f pid
		done
	done
	for how in fd line socket; do
		! has "DAEMONIZE_READY_$(echo $how | tr a-z A-Z)" || like "${again:-}" "* $how*" "what was read again"
	done
}
check "a read of the caller's that finds nothing is made again" t_read_again +strace

t_wrong() {
	for what in "" fd fd: fd:x fd:-1 sock line line: foo READY FD:3; do
		dz -w "$what" "$P" "$T/report"
		status 2 "-w '$what'"
	done
	for secs in 0 x -1 ""; do
		has DAEMONIZE_TIMEOUT || break
		dz -w fd:3 -t "$secs" "$P" "$T/report"
		status 2 "-t '$secs'"
	done
	if has DAEMONIZE_FOREGROUND; then
		dz -f -w fd:3 "$P" "$T/report"
		status 2 "-f -w"
	fi
	if has DAEMONIZE_KEEP; then
		dz -D 4 -D 3 -w fd:3 "$P" "$T/report" 3<&0 4<&0
		status 2 "-D -w"
		says "daemonize: -D: not the descriptor of -w fd:"
	fi
	nothing_left
}
check "wrong ones: status 2" t_wrong DAEMONIZE_READY_FD

t_exec_fails() {
	own_dev
	for opts in "-w fd:3" "-w socket" "-w line:ready"; do
		case $opts in *fd*) need_one=DAEMONIZE_READY_FD ;; *socket*) need_one=DAEMONIZE_READY_SOCKET ;; *) need_one=DAEMONIZE_READY_LINE ;; esac
		has $need_one || continue
		# shellcheck disable=SC2086
		dz $opts -p pid "$T/none"
		status 127 "$opts"
		[ ! -e pid ] || fail "the pidfile is left"
		nothing_left
	done
}
check "a program that is missing is status 127 with them too" t_exec_fails

done_testing
