#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The box itself: which applet, the lists, --install.
# shellcheck disable=SC2154
NEEDS=
. "${0%/*}/../helpers/lib.sh"

t_alone() {
	db
	status 0
	is "$(cat err)" "" stderr
	db --help
	status 0
	[ -s out ] || fail "no text"
	if has DAEMONIZE; then like "$(cat out)" "*daemonize*runs any program*" "what it says"; fi
}
check "alone it lists the applets with their purpose" t_alone BOX_USAGE

t_alone_short() {
	has BOX_USAGE && skip "BOX_USAGE is on"
	db
	status 0
	db --help
	status 2
	like "$(cat err)" "daemonbox: --help: not built in (BOX_USAGE)" message
}
check "... without usage texts too" t_alone_short

t_applet() {
	db daemonize "$P" -e 0 "$T/report"
	status 0
	appeared
	db daemonize "$T/none"
	status 127
	says "daemonize: exec: $T/none: *"
}
check "daemonbox APPLET" t_applet DAEMONIZE

t_by_name() {
	mkdir -p a/b
	ln -s "$BOX" a/b/daemonize
	for name in a/b/daemonize "$T/a/b/daemonize"; do
		rm -f report
		st=0
		$name "$P" -e 0 "$T/report" || st=$?
		status 0 "$name"
		appeared
	done
	st=0
	for name in -daemonize daemonize /x/daemonize -/x/daemonize x/-daemonize; do
		rm -f report
		"$bin/badstate" -a $name "$BOX" "$P" -e 0 "$T/report" || fail "as $name: $?"
		appeared
	done
}
check "the last part of argv[0], less a leading dash" t_by_name DAEMONIZE

t_unknown() {
	db nosuch
	status 127
	says "daemonbox: nosuch: applet not found*"
	ln -s "$BOX" nosuch
	st=0
	./nosuch 2>err || st=$?
	status 127
	says "daemonbox: nosuch: applet not found*"
	db daemon
	status 127
	db daemonizes
	status 127
	db ""
	status 127
	"$bin/badstate" -a "" "$BOX" >/dev/null 2>&1 && fail "an empty argv[0]"
	db --nosuch
	case $st in 2 | 127) ;; *) fail "--nosuch: status $st" ;; esac
	says "daemonbox: --nosuch: *"
}
check "an unknown applet: 127" t_unknown

t_absent() {
	for name in daemonize ticklog pidof-session; do
		symbol=$(echo $name | tr 'a-z-' 'A-Z_')
		! has "$symbol" || continue
		db "$name"
		status 127
		says "daemonbox: $name: not built in ($symbol)"
		found=1
	done
	[ -n "${found:-}" ] || skip "all are built in"
}
check "... one that is not built in names its symbol" t_absent

t_list() {
	db --list
	status 0
	sort -u <out >sorted
	cmp -s out sorted || fail "not sorted: $(cat out)"
	has DAEMONIZE || return 0
	grep -qx daemonize out || fail "$(cat out)"
	! grep -q '[^a-z-]' out || fail "$(cat out)"
}
check "--list: a name a line, sorted" t_list BOX_LIST

t_list_full() {
	db --list
	cp out names
	db --list-full
	status 0
	is "$(sed 's|.*/||' out)" "$(cat names)" "names"
	! grep -q '^/' out || fail "a leading slash: $(cat out)"
	has DAEMONIZE || return 0
	grep -qx usr/sbin/daemonize out || fail "$(cat out)"
}
check "--list-full: paths without the leading slash" t_list_full BOX_LIST

t_each_help() {
	db --list
	cp out names
	while read -r name; do
		db --help "$name"
		status 0 "--help $name"
		cp out help
		db "$name" --help
		status 0 "$name --help"
		cmp -s out help || fail "two helps for $name"
		like "$(head -n 1 help)" "usage: $name *" "first line"
		[ "$(wc -L <help 2>/dev/null || echo 0)" -le 80 ] || fail "wide lines"
	done <names
	db --help nosuch
	status 127
}
check "--help APPLET is APPLET --help" t_each_help BOX_USAGE BOX_LIST

t_version() {
	db --version
	status 0
	like "$(cat out)" "daemonbox *" "version"
	is "$(wc -l <out | tr -d ' ')" 1 lines
}
check "--version" t_version BOX_VERSION

t_config() {
	db --config
	status 0
	grep '^CONFIG_' out | sort >shown
	grep '^CONFIG_[A-Z0-9_]*=[^n]' "$KCONFIG_CONFIG" | sort >wanted
	grep -q . wanted || fail "nothing in $KCONFIG_CONFIG"
	while read -r line; do
		grep -qxF "$line" shown || fail "no $line in: $(cat out)"
	done <wanted
	while read -r line; do
		case $line in *=n) line="# ${line%=n} is not set" ;; esac
		grep -qxF "$line" "$KCONFIG_CONFIG" || fail "$line is not in the configuration"
	done <shown
}
check "--config: what it was built with" t_config BOX_CONFIG

t_off() {
	off=0
	for row in --list:BOX_LIST --list-full:BOX_LIST --install:BOX_INSTALL --config:BOX_CONFIG --version:BOX_VERSION; do
		if has "${row#*:}"; then continue; fi
		off=1
		db "${row%%:*}"
		status 2
		says "daemonbox: ${row%%:*}: not built in (${row#*:})"
	done
	[ $off = 1 ] || skip "all are built in"
}
check "an option that is not built in says so" t_off

t_install_symbolic() {
	mkdir to
	db --install -s to
	status 0
	is "$(cat out err)" "" output
	is "$(readlink to/daemonize)" "$BOX" "the link"
	st=0
	to/daemonize "$P" -e 0 "$T/report" || st=$?
	status 0
	appeared
	if has BOX_LIST; then
		db --list
		is "$(ls to)" "$(cat out)" "links"
	fi
	db --install -s to
	status 0 "a second time"
}
check "--install -s DIR: a symbolic link an applet; again is fine" t_install_symbolic BOX_INSTALL DAEMONIZE

t_install_hard() {
	mkdir to
	cp "$BOX" box
	st=0
	./box --list >/dev/null 2>&1 || :
	"$bin/badstate" -a daemonbox ./box --install to || st=$?
	status 0
	[ "$(ls -i to/daemonize | cut -d" " -f1)" = "$(ls -i box | cut -d" " -f1)" ] && [ ! -h to/daemonize ] || fail "not a hard link: $(ls -li box to)"
	"$bin/badstate" -a daemonbox ./box --install to || fail "a second time: $?"
}
check "--install DIR: hard links" t_install_hard BOX_INSTALL DAEMONIZE

t_install_keeps() {
	mkdir to
	echo "somebody else's" >to/daemonize
	cp "$BOX" box
	for s in "" -s; do
		st=0
		# shellcheck disable=SC2086
		"$bin/badstate" -a daemonbox ./box --install $s to 2>err || st=$?
		status 1
		says "daemonbox: to/daemonize: *"
		is "$(cat to/daemonize)" "somebody else's" "the file"
	done
	rm to/daemonize
	ln -s ../other to/daemonize
	st=0
	"$bin/badstate" -a daemonbox ./box --install -s to 2>err || st=$?
	status 1
	is "$(readlink to/daemonize)" ../other "somebody else's link"
	rm to/daemonize
	mkdir to/daemonize
	st=0
	"$bin/badstate" -a daemonbox ./box --install -s to 2>err || st=$?
	status 1
	is "$(ls to/daemonize)" "" "a directory"
}
check "--install never overwrites what is not its own" t_install_keeps BOX_INSTALL DAEMONIZE

t_install_own_places() {
	# in a root of its own, so that nothing of the machine is written to
	mkdir -p root/proc root/usr/bin root/usr/sbin
	mount --bind /proc root/proc
	cp "$BOX" root/daemonbox
	chroot root /daemonbox --version >/dev/null 2>&1 || skip "no static program"
	chroot root /daemonbox --install -s >out 2>err || fail "$(cat err)"
	chroot root /daemonbox --list-full | while read -r path; do
		is "$(readlink "root/$path")" /daemonbox "the link $path"
	done || exit
}
check "--install: into their own directories" t_install_own_places BOX_INSTALL BOX_LIST BOX_VERSION DAEMONIZE +mount +chroot

t_install_fails() {
	db --install -s "$T/none"
	status 1
	like "$(head -n 1 err)" "daemonbox: $T/none*: *" "message"
	lines=$(wc -l <err | tr -d ' ')
	db --list
	is "$lines" "$(wc -l <out | tr -d ' ')" "lines of message, one an applet"
	db --install -x
	status 2
	db --install -s a b
	status 2
	db --install a b
	status 2
}
check "--install into nowhere: 1; wrong arguments: 2" t_install_fails BOX_INSTALL BOX_LIST DAEMONIZE

t_install_empty() {
	# would it touch the root folder? here it is read-only
	mount --bind "$T" "$T"
	mount -o remount,bind,ro / || skip "the root cannot be made read-only"
	cd "$T"
	db --install -s ""
	case $st in 1 | 2) ;; *) fail "status $st" ;; esac
	case $(cat err) in */daemonize:*) fail "it tried: $(cat err)" ;; esac
}
check "--install '' is not --install /" t_install_empty BOX_INSTALL DAEMONIZE +root +mount

t_no_argv() {
	command -v python3 >/dev/null || skip "no python3"
	python3 - "$BOX" <<-'EOT' || fail "status $?"
		import ctypes, os, sys
		pid = os.fork()
		if not pid:
		    libc = ctypes.CDLL(None)
		    none = (ctypes.c_char_p * 1)(None)
		    null = os.open("/dev/null", os.O_RDWR)
		    os.dup2(null, 1); os.dup2(null, 2)
		    libc.execve(sys.argv[1].encode(), none, none)
		    os._exit(0)
		status = os.waitpid(pid, 0)[1]
		sys.exit(1 if os.WIFSIGNALED(status) else 0)
	EOT
}
check "without any argv it does not crash" t_no_argv

t_capable() {
	# the kernel says AT_SECURE of it, as it does where SELinux changes the domain
	cp "$BOX" daemonbox
	setcap cap_net_raw+ep daemonbox || skip "no file capabilities in this place"
	st=0
	setpriv --reuid 65534 --regid 65534 --clear-groups ./daemonbox --version >out 2>err || st=$?
	status 0
}
check "more rights than by ids are no set-user-id" t_capable BOX_VERSION +root +setpriv +setcap

t_set_group_id() {
	cp "$BOX" daemonbox
	chgrp 65534 daemonbox
	chmod 2755 daemonbox
	st=0
	setpriv --reuid 65533 --regid 65533 --clear-groups ./daemonbox --version >out 2>err || st=$?
	[ "$st" != 0 ] || skip "nosuid"
	fails 1 "daemonbox: refuses to run set-user-id"
}
check "set-group-id: refused, status 1" t_set_group_id BOX_VERSION +root +setpriv

# Of the mapping that is executable and the program's: its size, and what of it is in memory.
kept() { awk '/^[0-9a-f]+-/ { ours = $2 ~ /x/ && $6 ~ /daemonbox/ } ours && /^(Size|Rss):/ { printf "%s ", $2 }' "/proc/$1/smaps"; }

t_resident() {
	[ -z "$DAEMONBOX_RUN" ] || skip "emulated"
	grep -q flto "$O/include/toolchain.mk" 2>/dev/null || skip "no link-time optimization"
	[ "$(getconf PAGESIZE 2>/dev/null)" = 4096 ] || skip "pages of another size"
	readelf -SW "${BOX}_unstripped" 2>/dev/null | grep -q start_up || skip "the linker takes no order"
	"$DZ" -S -r -P "$T/supervisor.pid" -p "$T/program.pid" sleep 1000
	# It gives back when all is done, after its caller has returned.
	# shellcheck disable=SC2046 # two numbers
	until set -- $(kept "$(cat supervisor.pid)") && [ $(($2 * 2)) -le "$1" ]; do :; done
	echo "$2 of $1 kB"
	"$DZ" -K -p "$T/program.pid"
}
check "a process that stays keeps less than half of the program in memory" t_resident \
	DAEMONIZE_SYSLOG DAEMONIZE_RESTART DAEMONIZE_SUPERVISOR_PIDFILE DAEMONIZE_STOP +readelf

done_testing
