#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Buildroot's package: its parts fit our tree, and its scripts a root file system of
# BusyBox; and with BUILDROOT=DIR, a Buildroot's sources, that its own tools read it, or with
# its output/target as it is built, the same in that.
# shellcheck disable=SC2154
NEEDS=
TEST_LIMIT=${TEST_LIMIT:-300}
HELPERS="logd owndev actor"
. "${0%/*}/../helpers/lib.sh"
. "${0%/*}/../helpers/loglib.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL

tree=$top/board/package/buildroot
package=$tree/package/daemonbox

t_parts() {
	# The version stands in one place.
	grep -q "^DAEMONBOX_VERSION = .*sed -n 's/^version := //p' .*/Makefile)" "$package/daemonbox.mk" || fail "its version"
	grep -qx "sha256  $(sha256sum "$top/LICENSE" | cut -d ' ' -f 1)  LICENSE" "$package/daemonbox.hash" ||
		fail "the hash of LICENSE"
	for file in $(sed -n 's,.*(@D)/\(board/[^ ]*\).*,\1,p' "$package/daemonbox.mk" | sort -u); do
		[ -f "$top/$file" ] || fail "no $file"
	done
	# Every applet is a choice, in the menu and where it is made.
	for symbol in $(sed -n 's/^APPLET([a-z_]*, "[^"]*", \([A-Z_]*\),.*/\1/p' "$top/applets/applets.h"); do
		grep -qx "config BR2_PACKAGE_DAEMONBOX_$symbol" "$package/Config.in" || fail "no choice of $symbol"
		grep -q "(call DAEMONBOX_SET_APPLET,$symbol)" "$package/daemonbox.mk" || fail "$symbol is not set"
	done
	# What the init script calls for is there to be set.
	for option in $(sed -n 's/.*foreach option,\([A-Z_ ]*\),.*/\1/p' "$package/daemonbox.mk"); do
		grep -qx "config DAEMONIZE_$option" "$top/Kconfig" || fail "no DAEMONIZE_$option in Kconfig"
	done
	grep '^CONFIG_' "$package/daemonbox.config" | sed 's/^CONFIG_\(.*\)=.*/\1/' | while read -r symbol; do
		grep -qx "\\(menu\\)\\{0,1\\}config $symbol" "$top/Kconfig" || fail "no $symbol in Kconfig"
	done
}
check "its version, hash, files and symbols are those of our tree" t_parts +source

# What its Kconfig infrastructure does, step by step, with no other Kconfig program.
t_steps() {
	conf=$(command -v kconfig-conf)
	m() { make -s -C "$top" O="$T/o" HOSTCC=gcc KCONFIG="$conf" "$@" >said 2>&1 || fail "$*: $(cat said)"; }
	make -C "$top" -pn config 2>/dev/null | sed 's/^\([_0-9a-zA-Z]*config\):.*/\1/ p; d' >targets
	grep -qx olddefconfig targets || fail "olddefconfig is not seen"
	mkdir o
	cat "$package/daemonbox.config" >o/.config
	echo '# CONFIG_DAEMONIZE_NICE is not set' >>o/.config
	m olddefconfig
	grep -qx '# CONFIG_DAEMONIZE_NICE is not set' o/.config || fail "a fragment's unset symbol is set"
	grep -qx CONFIG_SYSLOG_MAX_LINE=255 o/.config || fail "SYSLOG_MAX_LINE"
	sed -i '/CONFIG_PIDOF_SESSION[= ]/d' o/.config
	echo '# CONFIG_PIDOF_SESSION is not set' >>o/.config
	m olddefconfig
	m savedefconfig
	is "$(sort o/defconfig)" "# CONFIG_DAEMONIZE_NICE is not set
# CONFIG_PIDOF_SESSION is not set
CONFIG_SYSLOG_MAX_LINE=255" "savedefconfig"
	m SKIP_STRIP=y CC=musl-gcc
	cmp o/daemonbox o/daemonbox_unstripped || fail "stripped"
	grep pidof o/daemonbox.links && fail "pidof-session is there"
	# A command that another package brought stays.
	mkdir -p target/usr/sbin
	echo theirs >target/usr/sbin/daemonize
	m CONFIG_PREFIX="$T/target" SKIP_STRIP=y CC=musl-gcc install-noclobber
	is "$(cat target/usr/sbin/daemonize)" theirs "another's command"
	[ -x target/usr/sbin/daemonbox ] || fail "not installed"
}
check "the steps of its Kconfig infrastructure, with a conf and nothing else" t_steps +make +musl-gcc +kconfig-conf

t_source() {
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	printf 'generic-package =\nkconfig-package =\ninclude %s/daemonbox.mk\nshow:\n\t@echo "$(realpath $(DAEMONBOX_SITE))" $(DAEMONBOX_VERSION)\n' "$package" >show.mk
	is "$(make -s -f show.mk BR2_EXTERNAL_DAEMONBOX_PATH="$tree" show 2>&1)" "$(realpath "$top") $version" "its sources and version"
}
check "it builds the sources that it stands in" t_source +make

t_release() {
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	printf 'generic-package =\nkconfig-package =\nqstrip = $(subst ",,$(1))\ninclude %s/daemonbox.mk\nshow:\n\t@echo "$(DAEMONBOX_SITE)/$(DAEMONBOX_SOURCE) $(DAEMONBOX_SITE_METHOD)"\n' "$package" >show.mk
	show() { make -s -f show.mk BR2_EXTERNAL_DAEMONBOX_PATH="$tree" BR2_PACKAGE_DAEMONBOX_SITE="\"$1\"" show 2>&1; }
	is "$(show https://example.org/r)" "https://example.org/r/daemonbox-$version.tar.xz " "an address"
	is "$(show /srv/r)" "file:///srv/r/daemonbox-$version.tar.xz " "a folder"
	like "$(show '')" "* local" "none"
}
check "a release is taken by its name, from an address or a folder" t_release +make

t_no_menus() {
	ln -s "$(command -v kconfig-conf)" conf
	make -s -C "$top" O="$T/o" KCONFIG="$T/conf" nconfig >said 2>&1 && fail "nconfig without nconf"
	like "$(cat said)" "*no $T/nconf: run \"make nconfig\" of what*" "nconfig without nconf"
	make -s -C "$top" O="$T/o" KCONFIG="$T/none" olddefconfig >said 2>&1 && fail "olddefconfig without conf"
	like "$(cat said)" "*$T/none: no such program*" "olddefconfig without conf"
}
check "a Kconfig program that is not built yet is an error that names it" t_no_menus +make +kconfig-conf

# The test for its support/testing, where the machine that it boots is this one.
t_testing() {
	board_room
	mkdir -p infra etc/init.d etc/default run/a
	mount -t tmpfs run /run
	[ -e /var/run/. ] || mkdir -p /var/run
	cp "$top/board/init/S60daemonize" "$top/board/init/S50ticklog" etc/init.d
	chmod 755 etc/init.d/*
	cp "$top/board/init/default/"* etc/default
	cp /etc/passwd /etc/group etc
	mount --bind etc /etc
	mkdir -p lay/daemonbox
	cp "$top/board/init/service.sh" lay/daemonbox
	over lay /usr/share
	: >infra/__init__.py
	cat >infra/basetest.py <<-'X'
		import subprocess, unittest
		BASIC_TOOLCHAIN_CONFIG = ""
		class Emulator:
		    def boot(self, **options): self.booted = options
		    def login(self): assert self.booted
		    def run(self, command, timeout=30):
		        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
		                              stderr=subprocess.STDOUT, timeout=timeout, text=True)
		        return done.stdout.splitlines(), done.returncode
		class BRTest(unittest.TestCase):
		    builddir, emulator = "/nowhere", Emulator()
		    def assertRunOk(self, command, timeout=30):
		        output, status = self.emulator.run(command, timeout)
		        self.assertEqual(status, 0, "%s: %s" % (command, output))
	X
	cp "$tree/support/testing/tests/package/test_daemonbox.py" .
	PATH=$T/applets:/usr/bin PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m unittest test_daemonbox >said 2>&1 || fail "$(cat said)"
	like "$(cat said)" "*Ran 1 test*OK*" "what it says"
	for symbol in $(sed -n 's/^ *\(BR2_PACKAGE_DAEMONBOX[A-Z_]*\)=y/\1/p' test_daemonbox.py); do
		grep -qx "config $symbol" "$package/Config.in" || fail "no $symbol"
	done
}
check "its test for support/testing does what it says" t_testing +apart +busybox +root \
	DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE DAEMONIZE_RESTART DAEMONIZE_STOP DAEMONIZE_STATUS TICKLOG PIDOF_SESSION_CHECK PIDOF_SESSION_PIDFILE

# A root as Buildroot builds one for BusyBox init, of this machine's BusyBox.
made_root() {
	mkdir -p root/bin root/sbin root/usr/bin root/usr/sbin root/lib root/etc/init.d root/proc root/dev root/tmp root/var/log
	ln -s ../tmp root/var/run
	cp "$(command -v busybox)" root/bin
	for file in $(ldd root/bin/busybox 2>/dev/null | grep -o '/[^ ]*'); do
		mkdir -p "root${file%/*}"
		cp "$file" "root$file"
	done
	for name in $(busybox --list); do ln -s busybox "root/bin/$name" 2>/dev/null; done
	printf 'root:x:0:0::/:/bin/sh\n' >root/etc/passwd
	printf 'root:x:0:\n' >root/etc/group
	printf '#!/bin/sh\nfor script in /etc/init.d/S??*; do "$script" start; done\n' >root/etc/init.d/rcS
	printf '#!/bin/sh\nfor script in $(ls -r /etc/init.d/S??*); do "$script" stop; done\n' >root/etc/init.d/rcK
	cat >root/etc/init.d/S01syslogd <<-'X'
		#!/bin/sh
		case $1 in
		start) start-stop-daemon -b -m -S -q -p /var/run/syslogd.pid -x /sbin/syslogd -- -n ;;
		stop) start-stop-daemon -K -q -p /var/run/syslogd.pid ;;
		esac
	X
	ln -s ../bin/busybox root/sbin/syslogd
	chmod 755 root/etc/init.d/*
}

inside() { PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout 60 chroot root "$@" </dev/null; }

# What daemonbox.mk puts there, by its own lines.
install_package() {
	"$top/build/host/install" install-noclobber "$O" "$T/root" >said 2>&1 || fail "$(cat said)"
	sed -e ':join' -e '/\\$/{N;s/\\\n[[:space:]]*//;b join' -e '}' "$package/daemonbox.mk" |
		sed -n '/^define .*_SERVICE_SH$/,/^endef/p; /^define .*_INSTALL_SYSV/,/^endef/p' | grep '(INSTALL)' >lines
	[ "$(wc -l <lines)" -ge 5 ] || fail "daemonbox.mk: $(cat lines)"
	while read -r _ _ _ mode from to; do
		install -D -m "$mode" "$top/${from#*/}" "root/${to#*/}" || fail "$from"
	done <lines
}

t_root() {
	mkdir root
	if [ -f "${BUILDROOT-}/etc/inittab" ]; then cp -a "$BUILDROOT/." root; else made_root; fi
	[ -f root/etc/init.d/rcS ] || fail "no etc/init.d/rcS"
	inside /bin/busybox true || skip "its programs are not this machine's"
	mount -t tmpfs dev root/dev
	for name in null console; do : >root/dev/$name; mount --bind /dev/null root/dev/$name; done
	mount -t proc proc root/proc
	install_package
	printf 'services="web"\nweb_command=sleep\nweb_arguments=1000\nweb_restart_delay=0\n' >root/etc/default/daemonize
	inside /etc/init.d/rcS >said 2>&1 || :
	like "$(cat said)" "*Starting web: OK*" "rcS"
	like "$(inside /etc/init.d/S60daemonize status)" "*web: running, pid *" "status"
	pid=$(cat root/var/run/web.pid)
	"$bin/waitfor" -t 8 match root/var/log/messages ' tick\|beat' || fail "no beat: $(cat root/var/log/messages)"
	kill -9 "$pid"
	"$bin/waitfor" -t 8 match root/var/log/messages 'web.*by signal KILL' || fail "its end is not in the log"
	until again=$(cat root/var/run/web.pid) && [ -n "$again" ] && [ "$again" != "$pid" ]; do pause; done
	inside /etc/init.d/rcK >said 2>&1 || :
	like "$(cat said)" "*Stopping web: OK*" "rcK"
	"$bin/waitfor" -t 8 none "$T/root" || fail "a stray process"
	[ ! -e root/var/run/web.pid ] || fail "a stray pidfile"
}
check "in a root file system: rcS, a crash, rcK (BUILDROOT=output/target for a real one)" t_root +apart +busybox +root +make \
	DAEMONIZE_SYSLOG DAEMONIZE_PIDFILE DAEMONIZE_RESTART DAEMONIZE_STOP DAEMONIZE_STATUS DAEMONIZE_ALREADY DAEMONIZE_TIMEOUT TICKLOG

t_real() {
	[ -f "${BUILDROOT-}/Makefile" ] || skip "no BUILDROOT=DIR with its sources"
	cd "$BUILDROOT"
	"${PYTHON:-/usr/bin/python3}" utils/check-package -b "$tree"/*.* "$package"/* >"$T/said" 2>&1 || fail "$(cat "$T/said")"
	printf 'BR2_x86_64=y\nBR2_PACKAGE_DAEMONBOX=y\nBR2_PACKAGE_DAEMONBOX_INIT_DAEMONIZE=y\n' >"$T/defconfig"
	make BR2_EXTERNAL="$tree" O="$T/o" defconfig BR2_DEFCONFIG="$T/defconfig" >"$T/said" 2>&1 || fail "$(cat "$T/said")"
	for symbol in DAEMONBOX DAEMONBOX_DAEMONIZE DAEMONBOX_TICKLOG DAEMONBOX_PIDOF_SESSION DAEMONBOX_INIT_DAEMONIZE; do
		grep -qx "BR2_PACKAGE_$symbol=y" "$T/o/.config" || fail "no BR2_PACKAGE_$symbol"
	done
	make -C "$T/o" daemonbox-show-info >"$T/said" 2>&1 || fail "$(cat "$T/said")"
	like "$(cat "$T/said")" '*"licenses"*"0BSD"*' "show-info"
	make -C "$T/o" help >"$T/said" 2>&1
	like "$(cat "$T/said")" "*daemonbox-menuconfig*daemonbox-update-defconfig*" "help"
}
check "a real Buildroot takes it (BUILDROOT=DIR)" t_real +make

done_testing
