#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The init scripts of board/init: real services started, reloaded and stopped by them
# under BusyBox ash, with nothing in PATH but BusyBox's applets and our own, and under
# OpenRC; what becomes of a mistake in their settings.
# shellcheck disable=SC2154
TEST_LIMIT=${TEST_LIMIT:-600}
NEEDS="DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE DAEMONIZE_RESTART DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_TIMEOUT +apart +busybox"
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/fields.sh"

init=$top/board/init

room() { board_room; : >conf; }

script() {	# ACTION [SERVICE]...: sets st, files out and err
	st=0
	CONFIG=$T/conf SHARE=$init STARTED=$T/started PATH=$T/applets timeout 30 ash "$script" "$@" </dev/null >out 2>err || st=$?
}
daemons() { script=$init/S60daemonize; script "$@"; }
ticks() { script=$init/S50ticklog; script "$@"; }
gone() { "$bin/waitfor" -t 8 none "$T/" "$logd" || fail "a stray process"; }

three() {	# web, dhcp and a program that tells its signals
	cat >conf <<-X
		services="web dhcp told"
		web_command=httpd
		web_arguments="-f -v -p 127.0.0.1:8080 -h '$T/www'"
		web_pidfile=$T/run/web.pid
		dhcp_command=$T/applets/udhcpd
		dhcp_arguments="-f dhcp.conf"
		dhcp_directory=$T
		dhcp_pidfile=$T/run/dhcp.pid
		dhcp_tag=leases
		told_command=actor
		told_arguments="tell '$T/told' HUP USR1 TERM"
		told_pidfile=$T/run/told.pid
		told_reload=SIGUSR1
		told_restart=failure
	X
	printf '%s\n' 'start 127.0.0.20' 'end 127.0.0.21' 'interface lo' "lease_file $T/leases" "pidfile $T/udhcpd" >dhcp.conf
	: >leases
}

t_services() {
	room
	three
	daemons status
	is "$st|$(cat out)" "3|web: not running
dhcp: not running
told: not running" "before"
	daemons start
	is "$st|$(cat out err)" "0|Starting web: OK
Starting dhcp: OK
Starting told: OK" "start"
	"$bin/waitfor" file run/web.pid
	served
	logged 'leases.*udhcpd.*started'
	logged 'web.*response:200\|web.*url:'
	daemons status
	is "$st" 0 "status: $(cat out)"
	like "$(cat out)" "web: running, pid *
dhcp: running, pid *
told: running, pid *" "status"
	# Started twice it still runs once.
	before=$(cat run/web.pid)
	daemons start
	is "$st|$(cat run/web.pid)" "0|$before" "start again"
	"$bin/waitfor" file told
	daemons reload
	is "$st|$(cat err)" "0|" "reload"
	"$bin/waitfor" match told USR1
	is "$(cat run/web.pid)|$(tail -n 1 told)" "$before|USR1" "after reload"
	daemons restart web
	is "$st" 0 "restart: $(cat out err)"
	[ "$(cat run/web.pid)" != "$before" ] || fail "not restarted"
	is "$(tail -n 1 told)" USR1 "the others, after restart web"
	daemons stop
	is "$st|$(cat out err)" "0|Stopping told: OK
Stopping dhcp: OK
Stopping web: OK" "stop"
	gone
	daemons stop
	is "$st" 0 "stop again: $(cat out err)"
	daemons reload
	is "$st" 7 "reload of what does not run: $(cat out err)"
	daemons status
	is "$st" 3 "status after stop"
}
check "real services: start, stop, restart, reload and status, with LSB's statuses" t_services

t_crash() {
	room
	three
	daemons start
	"$bin/waitfor" file run/web.pid
	first=$(cat run/web.pid)
	kill -9 "$first"
	logged 'web.*by signal KILL'
	"$bin/waitfor" match run/web.pid '^[0-9]' 
	until daemons status web && [ "$(cat run/web.pid)" != "$first" ] && [ -s run/web.pid ]; do pause; done
	daemons stop
	gone
	# Killed with its supervisor, it has left its file.
	daemons start told
	"$bin/waitfor" file run/told.pid
	supervisor=$(awk '{ print $4 }' "/proc/$(cat run/told.pid)/stat")
	kill -9 "$supervisor" "$(cat run/told.pid)"
	gone
	daemons status told
	is "$st" 1 "status: $(cat out)"
}
check "a crash is followed by a new start, and status tells of a pidfile left" t_crash

mistakes="command||missing
command|/no/such/thing|/no/such/thing: no such program
command|nosuch-thing|nosuch-thing: no such program
arguments|'a|'a: a quote is not closed
user|nosuch|nosuch: no such user
user|root:nosuch|root:nosuch: no such group
user|4711|4711: no such user, and no group
user|:0|:0: not USER[:GROUP]
directory|/no/such|/no/such: no such directory
tag|a b|a b: not a tag
pidfile|x.pid|x.pid: not an absolute path
pidfile|/no/such/x.pid|/no/such/x.pid: its directory is missing
reload|KILL|KILL: not one of HUP, USR1, USR2, WINCH
restart|maybe|maybe: not one of no, always, failure
restart_delay|1s|1s: not a number from 0 to 65535
restart_delay|99999999999999999999|99999999999999999999: not a number from 0 to 65535
give_up|0|0: not a number from 1 to 1000000
timeout|-1|-1: not a number from 1 to 65535
enabled|perhaps|perhaps: not one of 1, yes, 0, no
levels|nonsense|nonsense: unknown level, of [FACILITY.]OUT[,ERR]
levels|nowhere.info|nowhere.info: unknown facility
stop|some|some: not one of main, all
timout|5|no such field
no_new_privs|maybe|maybe: not one of 1, yes, 0, no
sweep|maybe|maybe: not one of 1, yes, 0, no"
# Where they are built in: what daemonize says of them.
if has DAEMONIZE_ENV; then mistakes="$mistakes
env|A=b COLOUR|COLOUR: not NAME=VALUE
env|'a|'a: a quote is not closed"; fi
if has DAEMONIZE_NICE; then mistakes="$mistakes
nice|99|99: not a nice value from -20 to 19"; fi
if has DAEMONIZE_LIMIT; then mistakes="$mistakes
limits|nofile=9 pies=1|pies=1: unknown resource"; fi
if has DAEMONIZE_UMASK; then mistakes="$mistakes
umask|99|99: not an octal mask"; fi
if has DAEMONIZE_READY_FD && has DAEMONIZE_READY_SOCKET; then mistakes="$mistakes
ready|soon|soon: not fd:N (from 3 up), socket or line:TEXT"; fi
# And where they are not.
mistakes=$mistakes$(fields_of_daemonize)$(fields_not_built_in)

t_mistakes() {
	room
	tested=0
	while IFS='|' read -r field value says; do
		{
			echo 'services="wrong web"'
			echo "wrong_command=sleep wrong_arguments=100 wrong_pidfile=$T/run/wrong.pid"
			echo "web_command=httpd web_arguments='-f -p 127.0.0.1:8081' web_pidfile=$T/run/web.pid"
			echo "wrong_$field=\"$value\""
		} >conf
		: >log
		daemons start
		is "$st" 6 "start with $field=$value: $(cat out err)"
		is "$(cat out)" "Starting web: OK" "the other one"
		is "$(cat err)" "wrong: $field: $says" "on stderr"
		logged "daemonize: wrong: $field: "
		is "$(count 'wrong')" 1 "lines of log: $(cat log)"
		daemons status
		is "$(sed 1q out)" "wrong: $field: $says" "status tells"
		like "$(sed 1d out)" "web: running, pid *" "status of the other"
		is "$st" 4 "status"
		daemons stop web
		is "$st" 0 "stop: $(cat out err)"
		gone
		tested=$((tested + 1))
	done <<-X
		$mistakes
	X
	is $tested "$(echo "$mistakes" | wc -l | tr -d ' ')" "fields tested"
}
check "a mistake in a field: one line in the log names service and field, the others start, status tells" t_mistakes

# A service that runs can be stopped whatever its description says by then.
t_broken_later() {
	room
	while IFS='|' read -r field value says; do
		echo "services=wrong wrong_command=sleep wrong_arguments=100 wrong_pidfile=$T/run/wrong.pid" >conf
		daemons start
		is "$st|$(cat out err)" "0|Starting wrong: OK" "start"
		echo "wrong_$field=\"$value\"" >>conf
		daemons stop
		is "$st|$(cat out err)" "0|Stopping wrong: OK" "stop with $field=$value"
		gone
	done <<-X
		$mistakes
	X
	for after in 'services="a' 'services=' 'services="wrong' nothing; do
		echo "services=wrong wrong_command=sleep wrong_arguments=100 wrong_pidfile=$T/run/wrong.pid" >conf
		daemons start
		if [ "$after" = nothing ]; then rm conf; else echo "$after" >conf; fi
		daemons stop
		is "$st|$(cat out)" "0|Stopping wrong: OK" "stop with $after: $(cat err)"
		gone
	done
}
check "a service that runs is stopped whatever has become of its description" t_broken_later

t_taken_out() {
	room
	three
	daemons start
	"$bin/waitfor" file run/told.pid
	sed -i 's/services=.*/services="web dhcp"/; $a\dhcp_enabled=0' conf
	daemons reload
	is "$st" 0 "reload: $(cat out err)"
	like "$(cat out)" "*Stopping told: OK*" "what it says"
	like "$(cat out)" "*Stopping dhcp: OK*" "what it says"
	"$DZ" -Q -p run/web.pid >out || fail "web has gone"
	"$bin/waitfor" file told
	is "$(tail -n 1 told)" TERM "told"
	[ ! -e run/told.pid ] && [ ! -e run/dhcp.pid ] || fail "a pidfile is left"
	# and with no file at all, with a word
	rm conf
	: >log
	daemons reload
	logged "daemonize: daemonize: configuration: $T/conf: cannot be read: no services"
	gone
	# another pidfile while it runs: no second one, and it is found
	three
	daemons start web
	sed -i "s,web_pidfile=.*,web_pidfile=$T/run/other.pid," conf
	daemons start web
	is "$st|$(cat out err)" "0|Starting web: OK" "start with another pidfile"
	[ ! -e run/other.pid ] || fail "a second one was started"
	daemons status web
	like "$st|$(cat out)" "0|web: running, pid *" "status"
	daemons stop web
	gone
}
check "what is taken out of services=, or disabled, is stopped at the next reload" t_taken_out

t_unknown() {
	room
	three
	daemons status nosuch
	is "$st|$(cat out)" "4|unknown instance nosuch" "status"
	for action in start reload restart; do
		daemons $action nosuch
		is "$st|$(cat err)" "6|unknown instance nosuch" "$action"
	done
	daemons stop nosuch
	is "$st|$(cat err)" "0|unknown instance nosuch" "stop"
	echo 'services=' >conf
	daemons status
	is "$st|$(cat out)" "0|active with no instances" "status without services"
	echo 'services=off off_command=sleep off_enabled=0' >conf
	daemons start off
	is "$st|$(cat out)" "0|off: disabled" "start of what is disabled"
	daemons status
	is "$st|$(cat out)" "3|off: disabled" "status of what is disabled"
	gone
}
check "a service that there is none of, none at all, and one that is disabled" t_unknown

t_fields() {
	room
	{
		echo 'services="one one_more"'
		echo "one_command=actor one_arguments=\"tell '$T/told' TERM\" one_pidfile=$T/run/one.pid"
		echo "one_env=\"COLOUR='dark green' SIZE=5\" one_nice=5 one_limits='nofile=99 core=0' one_umask=027"
		echo "one_more_command=sleep one_more_arguments=100 one_more_pidfile=$T/run/more.pid"
	} >conf
	daemons start
	is "$st" 0 "start: $(cat out err)"
	"$bin/waitfor" file told
	pid=$(cat run/one.pid)
	is "$(tr '\0' '\n' <"/proc/$pid/environ" | grep '^COLOUR=\|^SIZE=' | sort)" "COLOUR=dark green
SIZE=5" "environment"
	is "$(awk '{ print $19 }' "/proc/$pid/stat")" 5 "nice"
	is "$(awk '/open files/ { print $4 }' "/proc/$pid/limits")" 99 "limit"
	is "$(sed -n 's/^Umask:\t//p' "/proc/$pid/status")" 0027 "umask"
	daemons stop
	gone
}
check "environment, nice value, limits and umask reach the program" t_fields \
	DAEMONIZE_ENV DAEMONIZE_NICE DAEMONIZE_LIMIT DAEMONIZE_UMASK

t_more_fields() {
	room
	{
		echo 'services=one'
		echo "one_command=/bin/actor one_arguments='tell /told TERM' one_pidfile=$T/run/one.pid one_oom_score=77 one_sweep=1"
		echo "one_chroot=$T/jail one_storm=5/60 one_watchdog=900 one_hook='echo \"\$SERVICE_RESULT\" >>$T/ended' one_restart_delay=0"
	} >conf
	mkdir -p jail/bin
	cp "$bin/actor" jail/bin
	daemons start
	is "$st" 0 "start: $(cat out err)"
	"$bin/waitfor" file jail/told
	pid=$(cat run/one.pid)
	is "$(readlink "/proc/$pid/root")|$(cat "/proc/$pid/oom_score_adj")" "$T/jail|77" "root and score"
	tr '\0' '\n' <"/proc/$pid/environ" | grep -q '^WATCHDOG_USEC=900000000' || fail "no watchdog"
	parent=$(awk '{ print $4 }' "/proc/$pid/stat")
	like "$(tr '\0' ' ' <"/proc/$parent/cmdline")" "* -z *-M 5/60 *" "its supervisor's options"
	kill -9 "$pid"
	"$bin/waitfor" match ended signal || fail "no hook"
	daemons stop
	is "$st" 0 "stop: $(cat out err)"
	gone
	echo 'one_restart=no' >>conf
	daemons start
	is "$st|$(cat err)" "6|one: sweep: 1: not with restart=no" "sweep without a restart"
}
check "root, watchdog, hook, storm, sweep and score reach the program" t_more_fields +root \
	DAEMONIZE_CHROOT DAEMONIZE_WATCHDOG DAEMONIZE_HOOK DAEMONIZE_STORM DAEMONIZE_SWEEP DAEMONIZE_OOM_SCORE

t_stop_all() {
	room
	{
		echo 'services="some every"'
		for name in some every; do
			echo "${name}_command=sh ${name}_pidfile=$T/run/$name.pid"
			echo "${name}_arguments=\"-c 'sleep 1000 & echo \\\$! >$T/$name.child; exec sleep 1001'\""
		done
		echo 'every_stop=all'
	} >conf
	daemons start
	"$bin/waitfor" match some.child .
	"$bin/waitfor" match every.child .
	some=$(cat some.child) every=$(cat every.child)
	daemons stop
	is "$st" 0 "stop: $(cat out err)"
	"$bin/waitfor" end "$every" || fail "the child of what is stopped with all"
	kill -0 "$some" || fail "the child of what is not"
	kill "$some"
	gone
}
check "stop=all ends the children too" t_stop_all DAEMONIZE_STOP_SESSION

t_ready() {
	room
	{
		echo "services=slow slow_command=sh slow_pidfile=$T/run/slow.pid slow_ready=fd:5 slow_timeout=20"
		echo "slow_arguments=\"-c 'until [ -e $T/go ]; do usleep 50000; done; echo >&5; exec sleep 1000'\""
	} >conf
	(daemons start; echo "$st" >started.status) &
	"$bin/waitfor" match run/slow.pid . || fail "not started"
	[ ! -e started.status ] || fail "it returned too early"
	: >go
	"$bin/waitfor" match started.status 0 || fail "not ready: $(cat out err)"
	daemons stop
	gone
}
check "ready= is waited for" t_ready DAEMONIZE_READY_FD

t_names() {
	room
	echo 'services="a-b web" web_command=sleep web_arguments=100 web_pidfile='"$T/run/web.pid" >conf
	daemons start
	is "$st|$(cat out)" "6|Starting web: OK" "start"
	is "$(cat err)" "a-b: services: a-b: not a name (letters, digits, _)" "on stderr"
	daemons stop web
	echo 'services="a' >conf
	daemons start
	is "$st" 6 "a file that the shell cannot read: $(cat out err)"
	logged "daemonize: daemonize: configuration: $T/conf: not what the shell can read"
	rm conf
	daemons start
	is "$st|$(cat out err)" "0|" "no file"
	daemons frobnicate
	is "$st" 2 "an unknown action"
	like "$(cat err)" "Usage: */S60daemonize {start|stop|restart|reload|status}*" "usage"
	gone
}
check "names, files and actions that are none" t_names

t_disabled() {
	room
	three
	echo 'dhcp_enabled=0' >>conf
	daemons start
	is "$st|$(cat out)" "0|Starting web: OK
dhcp: disabled
Starting told: OK" "start"
	daemons status
	is "$st" 0 "status: $(cat out)"
	like "$(cat out)" "web: running, *
dhcp: disabled
told: running, *" "status"
	daemons stop
	gone
}
check "a service that is disabled is not started, and is no fault" t_disabled

t_user() {
	room
	id nobody >/dev/null || skip "no user nobody"
	{
		echo 'services=web'
		echo "web_command=httpd web_arguments='-f -p 127.0.0.1:8080' web_pidfile=$T/run/web.pid"
		echo 'web_user=nobody web_directory=/proc web_restart_delay=3 web_give_up=4 web_timeout=5 web_levels=local0.info'
	} >conf
	daemons start
	is "$st" 0 "start: $(cat out err)"
	"$bin/waitfor" file run/web.pid
	is "$(stat -c %U "/proc/$(cat run/web.pid)")" nobody "runs as"
	is "$(readlink "/proc/$(cat run/web.pid)/cwd")" /proc "in"
	daemons stop
	gone
}
check "user, directory and numbers reach the program" t_user +root DAEMONIZE_USER DAEMONIZE_CHDIR

t_ticklog() {
	room
	{ echo "pidfile=$T/run/ticklog.pid"; echo interval=0.05; echo tag=pulse; echo "arguments='-d 0'"; } >conf
	ticks start
	is "$st|$(cat out err)" "0|Starting ticklog: OK" "start"
	logged 'pulse.*tick 3'
	ticks status
	like "$st|$(cat out)" "0|ticklog: running, pid *" "status"
	ticks start
	is "$st" 0 "start again"
	ticks reload
	is "$st|$(cat err)" "0|" "reload"
	ticks restart
	is "$st" 0 "restart: $(cat out err)"
	ticks stop
	is "$st" 0 "stop: $(cat out err)"
	gone
	ticks status
	is "$st" 3 "status after stop"
	ticks reload
	is "$st" 7 "reload after stop"
}
check "ticklog: start, stop, restart, reload and status" t_ticklog TICKLOG

t_ticklog_mistakes() {
	room
	for value in '' x 0 0.0 1.0001 1e3 -1 . 1. 5s; do
		: >log
		{ echo "pidfile=$T/run/ticklog.pid"; echo "interval=$value"; } >conf
		ticks start
		is "$st" 6 "start with $value"
		is "$(sed 1q err)" "ticklog: interval: ${value:-empty}: not seconds from 0.001 to 2678400" "on stderr"
		logged "daemonize: ticklog: interval: "
		ticks status
		is "$st|$(cat out)" "4|ticklog: interval: ${value:-empty}: not seconds from 0.001 to 2678400" "status"
	done
	echo enabled=0 >conf
	ticks start
	is "$st" 0 "start of what is disabled"
	ticks status
	is "$st|$(cat out)" "3|ticklog: disabled" "status of what is disabled"
}
check "ticklog: a mistake is one line in the log, and status tells" t_ticklog_mistakes

# OpenRC: Debian's (build/host/openrc) laid over a /lib of this namespace's own, or this machine's.

openrc_room() {
	room
	rc=$(command -v openrc-run) || rc=/sbin/openrc-run
	root=$O/openrc/root
	[ -x "$rc" ] || [ -x "$root/sbin/openrc-run" ] || skip "no OpenRC (make deps)"
	# It sets PATH anew, and passes nothing of the environment on.
	mkdir -p lay/sbin lay/share/daemonbox lay/lib
	cp "$init/service.sh" lay/share/daemonbox
	for name in httpd logger; do cp -P "applets/$name" lay/sbin; done
	for name in $($DB --list); do ln -s "$BOX" "lay/sbin/$name"; done
	[ -x "$rc" ] || { cp -R "$root/lib/." lay/lib; cp -R "$root/sbin/." lay/sbin; }
	for part in lib sbin; do over "lay/$part" "$(readlink -f /$part)"; done
	over lay/share /usr/share
	mount -t tmpfs run /run
	for folder in starting started stopping inactive wasinactive failed hotplugged daemons options exclusive \
		scheduled init.d tmp; do
		mkdir -p "/run/openrc/$folder"
	done
	echo sysinit >/run/openrc/softlevel
	mkdir -p etc/init.d etc/conf.d etc/runlevels
	cp /etc/passwd /etc/group etc
	mount --bind etc /etc
	cp "$init/openrc/daemonize" "$init/openrc/ticklog" /etc/init.d
	ln -s daemonize /etc/init.d/web
	: >/etc/rc.conf
	: >/etc/insserv.conf
}

rc() {	# SERVICE ACTION
	st=0
	timeout 30 "$rc" "/etc/init.d/$1" "$2" </dev/null >out 2>&1 || st=$?
}

t_openrc() {
	openrc_room
	cat >/etc/conf.d/web <<-X
		command=httpd
		command_args="-f -p 127.0.0.1:8080 -h '$T/www'"
		reload_signal=HUP
		respawn_delay=2
	X
	rc web start
	is "$st" 0 "start: $(cat out)"
	served
	rc web status
	is "$st" 0 "status: $(cat out)"
	like "$(cat out)" "*running, pid *" "status"
	rc web reload
	is "$st" 0 "reload: $(cat out)"
	rc web restart
	is "$st" 0 "restart: $(cat out)"
	rc web stop
	is "$st" 0 "stop: $(cat out)"
	gone
	rc web status
	is "$st" 3 "status after stop: $(cat out)"
	: >log
	echo command_user=nosuch >>/etc/conf.d/web
	rc web start
	[ "$st" != 0 ] || fail "started for nobody: $(cat out)"
	logged "daemonize: web: command_user: nosuch: no such user"
	is "$(count command_user)" 1 "lines of log"
	rc web status
	is "$st" 4 "status: $(cat out)"
	like "$(cat out)" "*command_user: nosuch: no such user*" "status tells"
	gone
}
check "OpenRC: start, stop, restart, reload, status and a mistake" t_openrc +root

t_openrc_fields() {
	openrc_room
	cat >/etc/conf.d/web <<-X
		command=$bin/actor
		command_args="tell '$T/told' HUP"
		command_args_foreground=USR1
		output_log=$T/web.out
		respawn_delay=0
		respawn_max=2
		retry=SIGUSR2/7
		env="COLOUR='dark green'"
		umask=027
		SSD_NICELEVEL=5
		limits=nofile=99
	X
	rc web start
	is "$st" 0 "start: $(cat out)"
	"$bin/waitfor" file told
	pid=$(cat /run/web.pid)
	is "$(tr '\0' '\n' <"/proc/$pid/environ" | grep COLOUR)" "COLOUR=dark green" "environment"
	is "$(busybox awk '{ print $19 }' "/proc/$pid/stat")" 5 "nice"
	is "$(busybox awk '/open files/ { print $4 }' "/proc/$pid/limits")" 99 "limit"
	is "$(sed -n 's/^Umask:\t//p' "/proc/$pid/status")" 0027 "umask"
	is "$(readlink "/proc/$pid/fd/1")" "$T/web.out" "output"
	parent=$(busybox awk '{ print $4 }' "/proc/$pid/stat")
	like "$(tr '\0' ' ' <"/proc/$parent/cmdline")" "* -R 0 -C 3 -- *" "restarts"
	# what it was started with counts at a stop, and its own signal
	echo 'pidfile=/run/other.pid' >>/etc/conf.d/web
	rc web status
	is "$st" 0 "status with another pidfile: $(cat out)"
	rc web stop
	is "$st" 0 "stop: $(cat out)"
	"$bin/waitfor" end "$pid" || fail "not ended"
	logged 'actor.*signal USR2\|web.*signal USR2'
}
check "OpenRC: its names mean what they mean there" t_openrc_fields +root \
	DAEMONIZE_FILES DAEMONIZE_ENV DAEMONIZE_NICE DAEMONIZE_LIMIT DAEMONIZE_UMASK

t_openrc_ready() {
	openrc_room
	cat >/etc/conf.d/web <<-X
		command=/bin/sh
		command_args="-c 'sleep 1000 & echo \\\$! >$T/child; until [ -e $T/go ]; do sleep 0.1; done; echo >&5; exec sleep 1000'"
		notify=fd:5
		stop=all
		timeout=20
	X
	(rc web start; echo "$st" >started.status) &
	"$bin/waitfor" match child . || fail "not started"
	[ ! -e started.status ] || fail "it returned too early"
	: >go
	"$bin/waitfor" match started.status 0 || fail "not ready: $(cat out)"
	# a stop is what it was asked for at the start, whatever is wrong by now
	echo 'stop=some' >>/etc/conf.d/web
	rc web stop
	"$bin/waitfor" end "$(cat child)" || fail "its child"
	gone
}
check "OpenRC: readiness, and all that has come of it" t_openrc_ready +root DAEMONIZE_READY_FD DAEMONIZE_STOP_SESSION

t_openrc_mistakes() {
	openrc_room
	while IFS='|' read -r field value says; do
		printf 'command=/bin/sleep\ncommand_args=1000\n%s=%s\n' "$field" "$value" >/etc/conf.d/web
		: >log
		rc web start
		[ "$st" != 0 ] || fail "started with $field=$value: $(cat out)"
		logged "daemonize: web: $field: "
		like "$(grep 'daemonize: web: ' log)" "*daemonize: web: $field: $says" "the log"
		is "$(count "$field")" 1 "lines of log"
	done <<-X
		respawn_period|60|60: daemonize has no such thing
		output_logger|logger|logger: daemonize has no such thing
		respawn_delay|500ms|500ms: not whole seconds, "min" or "hour", up to 65535 seconds
		respawn_max|many|many: not a number from 0 to 999999
		retry|TERM/5/QUIT/5|TERM/5/QUIT/5: not SECONDS or SIGNAL/SECONDS\[/KILL/SECONDS\]
		retry|NONE/5|NONE: not a signal
		notify|soon|soon: not fd:N (from 3 up), socket or line:TEXT
		output_log|/no/such/x|/no/such/x: its directory is missing
		chroot|/no/such|/no/such: no such directory
		stop|some|some: not one of main, all
		nice|99|99: not a nice value from -20 to 19
	X
	gone
}
check "OpenRC: a mistake in a field is one line in the log" t_openrc_mistakes +root \
	DAEMONIZE_FILES DAEMONIZE_NICE DAEMONIZE_READY_FD DAEMONIZE_READY_SOCKET DAEMONIZE_CHROOT

t_openrc_ticklog() {
	openrc_room
	{ echo interval=0.05; echo 'arguments="-d 0"'; } >/etc/conf.d/ticklog
	rc ticklog start
	is "$st" 0 "start: $(cat out)"
	logged 'ticklog.*tick 3'
	rc ticklog reload
	is "$st" 0 "reload: $(cat out)"
	rc ticklog status
	is "$st" 0 "status: $(cat out)"
	rc ticklog stop
	is "$st" 0 "stop: $(cat out)"
	gone
}
check "OpenRC: ticklog" t_openrc_ticklog +root TICKLOG

done_testing
