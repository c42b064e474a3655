#!/bin/sh
# SPDX-License-Identifier: 0BSD
# OpenWrt's package: its menu is our Kconfig, its init scripts start, reload and stop
# real services, and what becomes of a mistake in their uci files.
#
# The init scripts run under BusyBox ash with procd.sh, which stands in for rc.common
# and procd. OPENWRT=DIR takes the real ones instead, from a root that has them:
# etc/rc.common, lib/functions.sh, lib/functions/, lib/config/uci.sh, usr/share/libubox,
# sbin/uci, sbin/ubusd, sbin/procd, bin/ubus, bin/jshn.
# shellcheck disable=SC2154
NEEDS=
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"

package=$top/board/package/openwrt/daemonbox
services="DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_TIMEOUT DAEMONIZE_FOREGROUND"

t_generated() {
	mkdir new
	"$top/build/config/openwrt-config" "$top" new
	for file in Config.in config.mk; do
		cmp "new/$file" "$package/$file" || fail "not what Kconfig says: make openwrt-config"
	done
	# Each symbol is there, and a change of each builds again.
	for symbol in $(sed -n 's/^\(menu\)\{0,1\}config //p' "$top/Kconfig"); do
		grep -qx "\\(menu\\)\\{0,1\\}config DAEMONBOX_$symbol" "$package/Config.in" || fail "$symbol is not in Config.in"
		grep -qw "CONFIG_DAEMONBOX_$symbol" "$package/config.mk" || fail "$symbol is not in PKG_CONFIG_DEPENDS"
	done
	is "$(grep -c 'CONFIG_DAEMONBOX_' "$package/config.mk")" "$(grep -c '^\(menu\)\{0,1\}config ' "$top/Kconfig")" "symbols"
}
check "Config.in and PKG_CONFIG_DEPENDS are made from Kconfig" t_generated +source

# What the package makes of OpenWrt's .config, by the commands of its Makefile.
configured() {	# y|n: SMALL_FLASH; sets o/.config
	{
		echo 'config PACKAGE_daemonbox'
		printf '\tbool\n\tdefault y\n'
		echo 'config SMALL_FLASH'
		printf '\tbool\n\tdefault %s\n' "$1"
		cat "$package/Config.in"
	} >Kconfig
	rm -rf o theirs
	mkdir o
	KCONFIG_CONFIG=$T/theirs CONFIG_=CONFIG_ kconfig-conf --alldefconfig Kconfig >said 2>&1 || fail "$(cat said)"
	[ -z "${2-}" ] || { echo "$2" >>theirs; KCONFIG_CONFIG=$T/theirs kconfig-conf --olddefconfig Kconfig >said 2>&1; }
	grep -E '^(# )?CONFIG_DAEMONBOX_' theirs | sed -e 's,CONFIG_DAEMONBOX_,CONFIG_,' >o/.config
	(unset MAKEFLAGS MFLAGS MAKELEVEL; make -s -C "$top" O="$T/o" KCONFIG=kconfig-conf olddefconfig) >said 2>&1 || fail "$(cat said)"
}

t_source() {
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	printf 'include Makefile\nshow:\n\t@echo "$(DAEMONBOX_SOURCE)" $(PKG_VERSION)\n' >show.mk
	mkdir include
	touch rules.mk include/package.mk
	is "$(make -s -C "$package" -f "$T/show.mk" TOPDIR="$T" INCLUDE_DIR="$T/include" show 2>&1)" "$(realpath "$top") $version" "its sources and version"
}
check "it builds the sources that it stands in" t_source +make

t_menu() {
	answers() { grep '^CONFIG_\|^# CONFIG_' "$1/.config"; }
	for flash in n y; do
		configured $flash
		board=def
		[ $flash = n ] || board=small_def
		(unset MAKEFLAGS MFLAGS MAKELEVEL; make -s -C "$top" O="$T/p" "${board}config") >said 2>&1
		is "$(answers o)" "$(answers p)" "SMALL_FLASH=$flash"
	done
}
check "its defaults are ours, those of board/config/small_defconfig where flash is small" t_menu +kconfig-conf +make

t_makefile() {
	# The version stands in one place.
	grep -q "^PKG_VERSION:=.*sed -n 's/^version := //p' .*/Makefile)" "$package/Makefile" || fail "PKG_VERSION"
	# The rows of applets.h: symbol and path.
	sed -n 's,^APPLET([a-z_]*\, "\([^"]*\)"\, \([A-Z_]*\)\, "\([^"]*\)".*,\2 \3/\1,p' "$top/applets/applets.h" >rows
	while read -r symbol path; do
		grep -q "(CONFIG_DAEMONBOX_$symbol),200:$path:/usr/sbin/daemonbox)" "$package/Makefile" ||
			fail "no ALTERNATIVES for $path"
	done <rows
	for file in $(sed -n 's/.*INSTALL_[A-Z]*) \.\/\(files\/[^ ]*\).*/\1/p' "$package/Makefile"); do
		[ -f "$package/$file" ] || fail "no $file"
	done
	for part in $(sed -n 's/^DAEMONBOX_PARTS:=//p' "$package/Makefile"); do
		[ -e "$top/$part" ] || fail "no $part"
	done
}
check "its Makefile has our version, an alternative an applet, and files that are there" t_makefile +source

# ---- the init scripts ----

room() {
	board_room
	mkdir -p etc/config
	mount -t tmpfs run /run
	[ -e /var/run/. ] || mkdir -p /var/run
	# the scripts name /usr/sbin
	mkdir -p lay/sbin
	for name in $($DB --list); do ln -s "$BOX" "lay/sbin/$name"; done
	over lay/sbin /usr/sbin
	[ -z "${OPENWRT-}" ] || real_room
}

real_room() {
	mkdir -p lay/lib lay/share lay/root lay/etc/config lay/etc/rc.d
	cp -R "$OPENWRT/lib/." lay/lib
	cp -R "$OPENWRT/usr/share/." lay/share
	[ -e applets/flock ] || ln -s "$(command -v flock)" applets/flock
	cp "$OPENWRT/sbin/"* "$OPENWRT/bin/"* lay/root
	over lay/lib "$(readlink -f /lib)"
	over lay/share /usr/share
	over lay/root "$(readlink -f /sbin)"
	cp -R /etc/passwd /etc/group /etc/alternatives lay/etc 2>/dev/null
	cp "$OPENWRT/etc/rc.common" lay/etc
	mkdir lay/etc/init.d
	for name in daemonize ticklog; do cp "$package/files/$name.init" "lay/etc/init.d/$name"; done
	rm -rf etc/config
	ln -s "$T/lay/etc/config" etc/config
	mount --bind lay/etc /etc
	mkdir -p /run/ubus /run/lock
	mkdir -p /var/lock /var/state 2>/dev/null || true
	/sbin/ubusd -s /run/ubus/ubus.sock >ubusd.log 2>&1 &
	"$bin/waitfor" file /run/ubus/ubus.sock || fail "no ubusd: $(cat ubusd.log)"
	PATH=$T/lay/root:$T/applets /sbin/procd -s /run/ubus/ubus.sock >procd.log 2>&1 &
	until PATH=$T/lay/root:$PATH ubus list 2>/dev/null | grep -qx service; do pause; done
}

script() {	# NAME ACTION [SERVICE]: sets st, files out and err
	name=$1
	shift
	st=0
	if [ -n "${OPENWRT-}" ]; then
		action=$1
		shift
		set -- "$T/applets/ash" /etc/rc.common "/etc/init.d/$name" "$action" "$@"
	else
		set -- "$T/applets/ash" "$top/tests/image/procd.sh" "$package/files/$name.init" "$@"
	fi
	# a stand-in's loops must not hold the test's own files
	SHARE=$top/board/init ROOM=$T RESPAWN_DELAY=0.1 PATH=$T/lay/root:$T/applets timeout 30 "$@" </dev/null >out 2>err 9>&- || st=$?
}
runs() { "$bin/waitfor" -t 8 match "run/$1.pid" '^[0-9]' || fail "$1 does not run: $(cat out err)"; }
settled() {	# SERVICE: it runs, and not as process $2
	until [ -s "run/$1.pid" ] && [ "$(cat "run/$1.pid")" != "$2" ] && daemonize -Q -q -p "run/$1.pid"; do pause; done
}
ended() { until ! daemonize -Q -q -p "run/$1.pid"; do pause; done; }
PATH=$bin:$PATH

three() {
	cat >etc/config/daemonize <<-X
		config service 'web'
			option command 'httpd'
			list arguments '-f'
			list arguments '-p'
			list arguments '127.0.0.1:8080'
			list arguments '-h'
			list arguments '$T/www'
			option pidfile '$T/run/web.pid'
			list env 'COLOUR=dark green'

		config service 'told'
			option command 'actor'
			option arguments 'tell $T/told HUP USR1 TERM'
			option pidfile '$T/run/told.pid'
			option tag 'listener'
			option reload 'USR1'
			list file '$T/told.conf'

		config service 'off'
			option enabled '0'
			option command 'sleep'
			list arguments '100'
			option pidfile '$T/run/off.pid'
	X
	echo one >told.conf
}

t_services() {
	room
	three
	script daemonize start
	is "$st|$(cat err)" "0|" "start"
	runs web
	runs told
	served
	is "$(tr '\0' '\n' <"/proc/$(cat run/web.pid)/environ" | grep COLOUR)" "COLOUR=dark green" "environment"
	[ ! -e run/off.pid ] || fail "a service that is off was started"
	script daemonize status
	is "$st" 0 "status: $(cat out err)"
	like "$(cat out)" "web: running, pid *
told: running, pid *
off: disabled" "status"
	parent=$(awk '{ print $4 }' "/proc/$(cat run/web.pid)/stat")
	like "$(tr '\0' ' ' <"/proc/$parent/cmdline")" "*daemonize -f -S -T web *" "its parent"
	"$bin/waitfor" file told

	# reload with nothing changed touches nothing
	web=$(cat run/web.pid) told=$(cat run/told.pid)
	script daemonize reload
	is "$st|$(cat err)" "0|" "reload"
	script daemonize status
	is "$(cat run/web.pid) $(cat run/told.pid) $(tail -n 1 told)" "$web $told ready" "after reload with nothing changed"

	# a file has changed: its signal
	echo two >told.conf
	script daemonize reload
	"$bin/waitfor" match told USR1 || fail "no signal"
	is "$(cat run/web.pid) $(cat run/told.pid)" "$web $told" "after reload with a changed file"
	script daemonize reload
	is "$(grep -c USR1 told)" 1 "signals after another reload"

	# by name: its signal
	script daemonize reload told
	until [ "$(grep -c USR1 told)" = 2 ]; do pause; done
	is "$(cat run/web.pid) $(cat run/told.pid)" "$web $told" "after reload told"

	# a section has changed: started again; one is new
	sed -i "s/'-h'/'-v'\n\tlist arguments '-h'/; s/option enabled '0'/option enabled '1'/" etc/config/daemonize
	script daemonize reload
	settled web "$web"
	runs off
	is "$(cat run/told.pid)" "$told" "told, after a change of web"
	served
	logged 'web.*\(url\|response\):'

	# and one is gone
	web=$(cat run/web.pid)
	sed -i "/'told'/,/told.conf/d" etc/config/daemonize
	script daemonize reload
	ended told
	is "$(cat run/web.pid)" "$web" "web, after told has gone"

	# a crash: procd starts it again
	kill -9 "$web"
	logged 'web.*by signal KILL'
	settled web "$web"

	script daemonize stop
	ended web
	ended off
	script daemonize status
	is "$st" 3 "status after stop: $(cat out err)"
}
check "services: start, status, reload touches what changed, stop" t_services +apart +busybox +root $services

t_mistakes() {
	room
	while IFS='|' read -r field value says; do
		{
			echo "config service 'wrong'"
			[ "$field" = command ] || echo "option command 'sleep'"
			echo "option arguments '100'"
			echo "option pidfile '$T/run/wrong.pid'"
			kind=option
			[ "$field" != env ] || kind=list
			[ -z "$value" ] || echo "$kind $field '$value'"
			echo "config service 'web'"
			echo "option command 'httpd'"
			echo "option arguments '-f -p 127.0.0.1:8081'"
			echo "option pidfile '$T/run/web.pid'"
		} >etc/config/daemonize
		: >log
		script daemonize start
		runs web
		is "$(cat err)" "wrong: $field: $says" "on stderr"
		logged "daemonize: wrong: $field: "
		is "$(count 'wrong')" 1 "lines of log: $(cat log)"
		script daemonize status
		is "$st" 4 "status"
		is "$(sed 1q out)" "wrong: $field: $says" "status tells"
		like "$(sed 1d out)" "web: running, pid *" "status of the other"
		script daemonize stop
		ended web
	done <<-X
		command||missing
		command|/no/such/thing|/no/such/thing: no such program
		user|nosuch|nosuch: no such user
		directory|/no/such|/no/such: no such directory
		tag|a b|a b: not a tag
		pidfile|/no/such/x.pid|/no/such/x.pid: its directory is missing
		reload|KILL|KILL: not one of HUP, USR1, USR2, WINCH
		timeout|5s|5s: not a number from 1 to 65535
		respawn|3600 5|3600 5: not three numbers
		respawn|3600 5 x|3600 5 x: not three numbers
		env|COLOUR|COLOUR: not NAME=VALUE
	X
}
check "a mistake in a field: one line in the log names service and field, the others start, status tells" t_mistakes \
	+apart +busybox +root $services

t_user() {
	room
	id nobody >/dev/null || skip "no user nobody"
	{
		echo "config service 'web'"
		echo "option command 'httpd'"
		echo "option arguments '-f -p 127.0.0.1:8080'"
		echo "option pidfile '$T/run/web.pid'"
		echo "option user 'nobody'"
		echo "option directory '/proc'"
	} >etc/config/daemonize
	script daemonize start
	runs web
	is "$(stat -c %U "/proc/$(cat run/web.pid)")" nobody "runs as"
	is "$(readlink "/proc/$(cat run/web.pid)/cwd")" /proc "in"
	script daemonize stop
	ended web
}
check "user and directory reach the program" t_user +apart +busybox +root DAEMONIZE_USER DAEMONIZE_CHDIR $services

t_ticklog() {
	room
	cp "$package/files/ticklog.config" etc/config/ticklog
	script ticklog start
	is "$st|$(cat err)" "0|" "start with the configuration as shipped"
	script ticklog status
	is "$(cat out)" "ticklog: disabled" "status with the configuration as shipped"
	sed -i "s/enabled '0'/enabled '1'/; s/'300'/'0.05'/; s/#option tag .*/option tag 'pulse'/" etc/config/ticklog
	script ticklog start
	logged 'pulse.*tick 2' 
	script ticklog status
	like "$st|$(cat out)" "0|ticklog: running, pid *" "status"
	sed -i "s/'0.05'/'0.06'/" etc/config/ticklog
	was=$(cat /var/run/ticklog.pid)
	script ticklog reload
	until [ -s /var/run/ticklog.pid ] && [ "$(cat /var/run/ticklog.pid)" != "$was" ]; do pause; done
	script ticklog stop
	until ! ticklog -Q -q -p /var/run/ticklog.pid; do pause; done
	sed -i "s/'0.06'/'5m'/" etc/config/ticklog
	: >log
	script ticklog start
	is "$(cat err)" "ticklog: interval: 5m: not seconds from 0.001 to 2678400" "a mistake"
	logged "daemonize: ticklog: interval: 5m: "
	script ticklog status
	is "$st|$(cat out)" "4|ticklog: interval: 5m: not seconds from 0.001 to 2678400" "status tells"
}
check "ticklog: off as shipped, on, changed, off, and a mistake" t_ticklog +apart +busybox +root TICKLOG

done_testing
