#!/bin/sh
# SPDX-License-Identifier: 0BSD
# OpenWrt's package: its menu is our Kconfig, its init scripts start, reload and stop
# real services, and what becomes of a mistake in their uci files.
#
# The init scripts run under BusyBox ash with procd.sh, which stands in for rc.common
# and procd. OPENWRT=DIR takes the real ones instead, from a root file system as it is built,
# of this machine's kind of CPU: etc/rc.common, lib, usr/lib, usr/share, and uci, ubusd,
# procd, ubus, jshn from whichever of its folders of programs.
# shellcheck disable=SC2154
NEEDS=
TEST_LIMIT=${TEST_LIMIT:-600}
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
. "${0%/*}/../helpers/fields.sh"

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

t_readme() {
	for field in $(sed -n "/^known='/,/'\$/p" "$package/files/daemonize.init" | tr -d "'" | sed 's/^known=//'); do
		grep -qw -- "$field" "$package/../README" || fail "README has no $field"
	done
	for field in enabled interval tag levels user message events; do
		grep -q "/etc/config/ticklog:.*$field" "$package/../README" || fail "README has no $field of ticklog"
	done
}
check "each option of a service is in README" t_readme +source

t_source() {
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	printf 'include Makefile\nshow:\n\t@echo "$(DAEMONBOX_SOURCE)" $(PKG_VERSION)\n' >show.mk
	mkdir include
	touch rules.mk include/package.mk
	is "$(make -s -C "$package" -f "$T/show.mk" TOPDIR="$T" INCLUDE_DIR="$T/include" show 2>&1)" "$(realpath "$top") $version" "its sources and version"
}
check "it builds the sources that it stands in" t_source +make

t_release() {
	printf 'include Makefile\nshow:\n\t@echo "$(PKG_SOURCE) $(PKG_SOURCE_URL) $(PKG_HASH)"\n' >show.mk
	mkdir include
	touch rules.mk include/package.mk
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	echo "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef  x" >"daemonbox-$version.tar.xz.sha256"
	show() { make -s -C "$package" -f "$T/show.mk" TOPDIR="$T" INCLUDE_DIR="$T/include" "$@" show 2>&1 || true; }
	is "$(show DAEMONBOX_SITE="$T")" \
		"daemonbox-$version.tar.xz file://$T 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" "a folder"
	is "$(show DAEMONBOX_SITE=https://example.org/r DAEMONBOX_HASH=abc DAEMONBOX_VERSION=7)" \
		"daemonbox-7.tar.xz https://example.org/r abc" "an address"
	like "$(show DAEMONBOX_SITE=https://example.org/r)" "*DAEMONBOX_HASH: the sha256 of daemonbox-$version.tar.xz is not given*" "no hash"
}
check "a release is taken by its name and hash, from an address or a folder" t_release +source +make

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
	grep -q "^PKG_VERSION:=.*sed -n 's/^version := //p' .*/Makefile))" "$package/Makefile" || fail "PKG_VERSION"
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

# What the feed's reviewers look for, and run.
t_reviewers() {
	board_room
	ln -s "$BOX" applets/daemonbox
	export TMPDIR="$T"
	for field in PKG_NAME PKG_VERSION PKG_RELEASE PKG_SOURCE PKG_SOURCE_URL PKG_HASH PKG_MAINTAINER PKG_LICENSE PKG_LICENSE_FILES; do
		grep -q "^$field:=." "$package/Makefile" || fail "no $field"
	done
	grep -q '^  URL:=' "$package/Makefile" || fail "no URL"
	sed -n '/^define Package\/daemonbox\/description/,/^endef/p' "$package/Makefile" >why
	for word in procd static memory level; do grep -qw "$word" why || fail "the description does not say why: $word"; done
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	for file in test.sh test-version.sh; do
		[ -x "$package/$file" ] || fail "$file is not executable"
		PATH=$T/applets ash "$package/$file" daemonbox "$version" >said 2>&1 || fail "$file: $(cat said)"
	done
	PATH=$T/applets ash "$package/test-version.sh" daemonbox "$version.1" >said 2>&1 && fail "another version is taken"
	like "$(cat said)" "daemonbox --version: 'daemonbox $version*', not $version.1" "another version"
	# one that does not stop what it started is no daemonize
	rm applets/daemonize
	printf '#!/bin/sh\ncase $1 in -K) exit 1 ;; esac\nexec %s "$@"\n' "$bin/daemonize" >applets/daemonize
	chmod +x applets/daemonize
	PATH=$T/applets ash "$package/test.sh" daemonbox "$version" >said 2>&1 && fail "test.sh cannot fail"
	like "$(cat said)" "*daemonbox: it does not stop it*" "test.sh"
	"$DZ" -K -p daemonbox-test.pid
}
check "what its reviewers look for: fields, the why, test.sh and test-version.sh" t_reviewers \
	+apart +busybox BOX_VERSION BOX_LIST DAEMONIZE_PIDFILE DAEMONIZE_STOP DAEMONIZE_STATUS

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

# What procd and its scripts need, out of a root.
gather() {	# ROOT
	for folder in lib usr/lib; do
		[ ! -d "$1/$folder" ] || cp -R "$1/$folder/." lay/lib
	done
	cp -R "$1/usr/share/." lay/share
	for name in uci ubusd procd ubus jshn; do
		for folder in sbin usr/sbin bin usr/bin; do
			[ ! -f "$1/$folder/$name" ] || cp "$1/$folder/$name" lay/root
		done
		[ -f "lay/root/$name" ] || fail "OPENWRT: no $name in its sbin, usr/sbin, bin or usr/bin"
	done
	for name in validate_data procd-ujail; do
		for folder in sbin usr/sbin bin usr/bin; do
			[ ! -f "$1/$folder/$name" ] || cp "$1/$folder/$name" lay/root
		done
	done
}

t_roots() {
	mkdir -p lay/lib lay/share lay/root root/lib/functions root/usr/lib root/usr/share/libubox root/usr/bin root/sbin root/bin
	for file in lib/functions.sh lib/functions/procd.sh usr/lib/libjson-c.so.5 usr/share/libubox/jshn.sh sbin/uci sbin/ubusd \
		sbin/procd bin/ubus usr/bin/jshn; do
		echo "$file" >"root/$file"
	done
	ln -s /bin/busybox root/bin/sh
	ln -s ../../bin/busybox root/usr/bin/flock
	gather root
	is "$(cat lay/lib/functions.sh lay/lib/functions/procd.sh lay/lib/libjson-c.so.5 lay/share/libubox/jshn.sh lay/root/jshn)" \
		"$(printf '%s\n' lib/functions.sh lib/functions/procd.sh usr/lib/libjson-c.so.5 usr/share/libubox/jshn.sh usr/bin/jshn)" "a root as it is built"
	mv root/usr/bin/jshn root/bin
	rm lay/root/jshn
	gather root
	is "$(ls lay/root | tr '\n' ' ')" "jshn procd ubus ubusd uci " "its programs, jshn in bin"
	rm root/bin/jshn lay/root/jshn
	(gather root) >said && fail "a root without jshn"
	is "$(cat said)" "OPENWRT: no jshn in its sbin, usr/sbin, bin or usr/bin" "a root without jshn"
}
check "OPENWRT= takes a root file system as it is built" t_roots

real_room() {
	mkdir -p lay/lib lay/share lay/root lay/etc/config lay/etc/rc.d
	gather "$OPENWRT"
	[ -e applets/flock ] || ln -s "$(command -v flock)" applets/flock
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
		set -- "$T/applets/ash" "$top/tests/image/procd.sh" "${script:-$package/files/$name.init}" "$@"
	fi
	# a stand-in's loops must not hold the test's own files
	SHARE=${share-$top/board/init} UCI=$T/etc/config ROOM=$T RESPAWN_DELAY=0.1 PATH=$T/lay/root:$T/applets \
		timeout 30 "$@" </dev/null >out 2>err 9>&- || st=$?
}
runs() { "$bin/waitfor" -t 30 match "run/$1.pid" '^[0-9]' || fail "$1 does not run: $(cat out err)"; }
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

mistakes="command||missing
command|/no/such/thing|/no/such/thing: no such program
user|nosuch|nosuch: no such user
directory|/no/such|/no/such: no such directory
tag|a b|a b: not a tag
levels|nonsense|nonsense: unknown level, of [FACILITY.]OUT[,ERR]
pidfile|/no/such/x.pid|/no/such/x.pid: its directory is missing
reload|KILL|KILL: not one of HUP, USR1, USR2, WINCH
timeout|5s|5s: not a number from 1 to 65535
respawn|3600 5|3600 5: not three numbers
respawn|3600 5 x|3600 5 x: not three numbers
enabled|perhaps|perhaps: not one of 1, yes, 0, no
stop|some|some: not one of main, all
timout|5|no such field
no_new_privs|maybe|maybe: not one of 1, yes, 0, no
jail|fence|fence: not what a jail of procd has
capabilities|/etc/x.json|/etc/x.json: only in a jail; \"caps\" is without"
if has DAEMONIZE_ENV; then mistakes="$mistakes
env|COLOUR|COLOUR: not NAME=VALUE"; fi
if has DAEMONIZE_NICE; then mistakes="$mistakes
nice|99|99: not a nice value from -20 to 19"; fi
if has DAEMONIZE_LIMIT; then mistakes="$mistakes
limits|pies=1|pies=1: unknown resource"; fi
if has DAEMONIZE_UMASK; then mistakes="$mistakes
umask|99|99: not an octal mask"; fi
mistakes=$mistakes$(fields_of_daemonize)$(fields_not_built_in)

t_mistakes() {
	room
	while IFS='|' read -r field value says; do
		{
			echo "config service 'wrong'"
			[ "$field" = command ] || echo "option command 'sleep'"
			echo "option arguments '100'"
			echo "option pidfile '$T/run/wrong.pid'"
			kind=option
			case $field in env | limits) kind=list ;; esac
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
		$mistakes
	X
}
check "a mistake in a field: one line in the log names service and field, the others start, status tells" t_mistakes \
	+apart +busybox +root $services

# A person at a terminal, and a service with a signal and no files: cat would read that.
t_terminal() {
	room
	cat >etc/config/daemonize <<-X
		config service 'told'
			option command 'actor'
			option arguments 'tell $T/told HUP USR1 TERM'
			option pidfile '$T/run/told.pid'
			option reload 'USR1'
	X
	for action in start reload; do
		cat >./at <<-X
			wait
		X
		PATH=$T/applets SHARE=$top/board/init UCI=$T/etc/config ROOM=$T RESPAWN_DELAY=0.1 timeout 30 \
			"$bin/ptyrun" "$T/applets/ash" "$top/tests/image/procd.sh" "$package/files/daemonize.init" $action <./at >out 2>&1 ||
			fail "$action at a terminal: $(cat out)"
		: >err
		runs told
		"$bin/waitfor" file told
	done
	# with nothing to tell by, a plain reload sends it
	"$bin/waitfor" match told USR1 || fail "no signal"
	script daemonize stop
	ended told
}
check "at a terminal: a signal without files neither hangs, nor is it never sent" t_terminal +apart +busybox +root $services

t_unknown() {
	room
	three
	script daemonize status nosuch
	is "$st|$(cat out)" "4|unknown instance nosuch" "status"
	for action in start reload; do
		script daemonize $action nosuch
		is "$st|$(cat err)" "6|unknown instance nosuch" "$action"
	done
	script daemonize status off
	is "$st|$(cat out)" "3|off: disabled" "status of what is disabled"
	script daemonize start off
	is "$st|$(cat out)" "0|off: disabled" "start of what is disabled"
	: >etc/config/daemonize
	script daemonize status
	is "$st|$(cat out)" "0|active with no instances" "status without services"
	cp "$package/files/daemonize.config" etc/config/daemonize
	script daemonize start
	is "$st|$(cat out err)" "0|example: disabled" "start, as shipped"
	script daemonize boot
	is "$st|$(cat out err)" "0|" "at boot"
}
check "a service that there is none of, none at all, one that is disabled, and the file as shipped" t_unknown \
	+apart +busybox +root $services

t_file() {
	room
	three
	script daemonize start
	runs web
	web=$(cat run/web.pid)
	cp etc/config/daemonize good
	printf "config service 'half\n\toption" >>etc/config/daemonize
	: >log
	for action in reload start; do
		script daemonize $action
		is "$st" 6 "$action with a file that cannot be read"
		like "$(cat err)" "*configuration: $T/etc/config/daemonize: not what uci can read: nothing is changed" "$action"
	done
	logged "daemonize: daemonize: configuration: "
	is "$(cat run/web.pid)" "$web" "what ran"
	script daemonize status
	is "$st" 4 "status"
	rm etc/config/daemonize
	: >log
	script daemonize reload
	ended web
	logged "daemonize: daemonize: configuration: .*: missing: no services"
	cp good etc/config/daemonize
	script daemonize start
	runs web
	printf "config service 'half\n\toption" >>etc/config/daemonize
	script daemonize stop
	ended web
}
check "a file that cannot be read changes nothing, one that is gone ends all with a word" t_file +apart +busybox +root $services

# The script is read by the image's build host, to link it in rc.d: nothing of that host's is.
t_image_build() {
	room
	mkdir -p root/usr/share/daemonbox
	echo 'echo the image >&2; wrong=' >root/usr/share/daemonbox/service.sh
	mkdir -p /run/share
	for name in daemonize ticklog; do
		grep -q '^\. "${SHARE:-${IPKG_INSTROOT-}/usr/share/daemonbox}/service.sh"$' "$package/files/$name.init" || fail "$name"
		st=0
		IPKG_INSTROOT=$T/root ROOM=$T PATH=$T/applets ash -c "USE_PROCD=; . $package/files/$name.init; echo \$START" >out 2>err || st=$?
		like "$st|$(cat err)|$(cat out)" "0|the image|[56]0" "$name.init"
	done
}
check "the image build reads the image's service.sh" t_image_build +apart +busybox +root

t_fields() {
	room
	cat >etc/config/daemonize <<-X
		config service 'one'
			option command 'actor'
			option arguments 'tell $T/told TERM'
			option pidfile '$T/run/one.pid'
			list env 'COLOUR=dark green'
			option nice '5'
			list limits 'nofile=99'
			option umask '027'
			list netdev 'eth7'
			list interface 'wan'
			list interface 'lan'
		config service 'one_more'
			option command 'sleep'
			option arguments '100'
			option pidfile '$T/run/more.pid'
	X
	script daemonize start
	is "$st|$(cat err)" "0|" "start"
	runs one
	runs more
	"$bin/waitfor" file told
	pid=$(cat run/one.pid)
	is "$(tr '\0' '\n' <"/proc/$pid/environ" | grep COLOUR)" "COLOUR=dark green" "environment"
	is "$(awk '{ print $19 }' "/proc/$pid/stat")" 5 "nice"
	is "$(awk '/open files/ { print $4 }' "/proc/$pid/limits")" 99 "limit"
	is "$(sed -n 's/^Umask:\t//p' "/proc/$pid/status")" 0027 "umask"
	if [ -z "${OPENWRT-}" ]; then
		grep -qx "netdev=\"'eth7' \"" procd/one.wanted || fail "netdev: $(cat procd/one.wanted)"
		is "$(cat procd/triggers)" "reload daemonize
interface interface.*.up wan /etc/init.d/daemonize restart one
interface interface.*.up lan /etc/init.d/daemonize restart one" "triggers"
		# each field that is known is one that can be validated
		for field in $(sed -n "/^known='/,/'\$/p" "$package/files/daemonize.init" | tr -d "'" | sed 's/^known=//'); do
			grep -q "^$field:" procd/fields || fail "$field is not validated"
		done
		is "$(wc -l <procd/fields | tr -d ' ')" "$(sed -n "/^known='/,/'\$/p" "$package/files/daemonize.init" | wc -w | tr -d ' ')" "fields"
	fi
	script daemonize stop
	ended one
	ended more
}
check "environment, nice value, limits and umask reach the program; netdev and interfaces reach procd" t_fields \
	+apart +busybox +root DAEMONIZE_ENV DAEMONIZE_NICE DAEMONIZE_LIMIT DAEMONIZE_UMASK $services

t_jail() {
	[ -z "${OPENWRT-}" ] || skip "of the stand-in"
	room
	cat >etc/config/daemonize <<-X
		config service 'one'
			option command 'actor'
			option arguments 'tell $T/told USR1 TERM'
			list jail 'log'
			list jail 'procfs'
			list jail_mount '/etc/one.conf'
			list jail_mount_rw '/var/lib/one'
			option capabilities '$T/one.json'
			option no_new_privs '1'
			option reload 'USR1'
	X
	script daemonize start
	is "$(cat err)" "one: capabilities: $T/one.json: no such file" "no capabilities"
	: >one.json
	script daemonize start
	is "$st|$(cat err)" "0|" "start"
	"$bin/waitfor" file told
	is "$(grep '^capa\|^no_' procd/one.wanted)" "capabilities=\"'$T/one.json' \"
no_new_privs=\"'1' \"" "its privileges"
	is "$(grep '^jail' procd/one.wanted)" "jail=\"'one' 'log' 'procfs' \"
jail_mount=\"'$T/applets/actor' '/etc/one.conf' \"
jail_mount_rw=\"'/var/lib/one' \"" "its jail"
	grep -q "'-p'" procd/one.wanted && fail "a pidfile, whose number would be the jail's"
	script daemonize status
	is "$st|$(cat out)" "0|one: running" "status"
	script daemonize reload one
	"$bin/waitfor" match told USR1 || fail "no signal"
	script daemonize stop
	"$bin/waitfor" match told TERM || fail "not ended"
	script daemonize status
	is "$st|$(cat out)" "3|one: not running" "status after stop"
}
check "a jail is procd's, which then tells about the service" t_jail +apart +busybox +root $services

t_stop_all() {
	room
	for name in some every; do
		echo "config service '$name'"
		echo "option command 'sh'"
		echo "list arguments '-c'"
		echo "list arguments 'sleep 1000 & echo \$! >$T/$name.child; exec sleep 1001'"
		echo "option pidfile '$T/run/$name.pid'"
		[ "$name" = some ] || echo "option stop 'all'"
	done >etc/config/daemonize
	script daemonize start
	"$bin/waitfor" match some.child .
	"$bin/waitfor" match every.child .
	runs some
	runs every
	script daemonize stop
	"$bin/waitfor" end "$(cat every.child)" || fail "the child of what is stopped with all"
	kill -0 "$(cat some.child)" || fail "the child of what is not"
	kill "$(cat some.child)"
}
check "stop 'all' ends the children too" t_stop_all +apart +busybox +root DAEMONIZE_STOP_SESSION $services

# What goes wrong where nobody has looked before is on stderr, which procd logs.
t_stderr() {
	[ -z "${OPENWRT-}" ] || skip "of the stand-in"
	room
	three
	script daemonize start
	runs web
	for name in web told; do
		grep -qx "stderr=\"'1' \"" "procd/$name.wanted" || fail "procd does not log what $name has to say"
	done
	script daemonize stop
}
check "procd logs what a service has to say" t_stderr +apart +busybox +root $services

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
	is "$st|$(cat err out)" "0|ticklog: disabled: option enabled in /etc/config/ticklog" "start with the configuration as shipped"
	script ticklog status
	is "$(cat out)" "ticklog: disabled" "status with the configuration as shipped"
	is "$st" 3 "its status"
	sed -i "s/enabled '0'/enabled '1'/; s/'300'/'0.05'/; \$a\\	option tag 'pulse'" etc/config/ticklog
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
	while IFS='|' read -r field value says; do
		printf "config ticklog 'ticklog'\n\toption enabled '1'\n\toption %s '%s'\n" "$field" "$value" >etc/config/ticklog
		: >log
		script ticklog start
		is "$(cat err)" "ticklog: $field: $says" "on stderr"
		logged "daemonize: ticklog: $field: "
		is "$(count ticklog)" 1 "lines of log"
	done <<-X
		message|beat %q|beat %q: unknown conversion
		levels|nonsense|nonsense: unknown level, of [FACILITY.]OUT[,ERR]
		tag|a b|a b: not a tag
		user|nosuch|nosuch: no such user
		events|maybe|maybe: not one of 1, yes, 0, no
		enabled|perhaps|perhaps: not one of 1, yes, 0, no
		intervall|3|no such field
	X
	script ticklog status nosuch
	is "$st|$(cat out)" "4|unknown instance nosuch" "status of none"
}
check "ticklog: off as shipped, on, changed, off, and a mistake" t_ticklog +apart +busybox +root TICKLOG TICKLOG_MESSAGE TICKLOG_TAG TICKLOG_EXCEPTIONS

done_testing
