#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What those who build images rely on, a row a test; more of it is in config.t
# (targets, oldconfig, savedefconfig), build.t (O=, read-only sources, flags of the
# environment, SKIP_STRIP, the same bytes, install) and buildroot.t, openwrt.t.
# shellcheck disable=SC2154
NEEDS="+make +musl-gcc"
TEST_LIMIT=${TEST_LIMIT:-600}
. "${0%/*}/../helpers/lib.sh"
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V DESTDIR CONFIG_PREFIX
unset MAKEFLAGS MFLAGS MAKELEVEL

copy() {	# DIR: the sources
	mkdir -p "$1"
	for part in Makefile Kconfig applets build board; do
		cp -R "$top/$part" "$1"
	done
}
made() { make -s "$@" </dev/null >said 2>&1 || fail "make $*: $(cat said)"; }
answers() { grep '^CONFIG_\|^# CONFIG_' "$1/.config"; }

t_targets() {
	make -C "$top" -pn config 2>/dev/null | sed 's/^\([_0-9a-zA-Z-]*\):.*/\1/p; d' | sort -u >rules
	for goal in all help check clean mrproper distclean install install-noclobber install-man uninstall baseline \
		bloatcheck randconfig defconfig small_defconfig oldconfig olddefconfig silentoldconfig savedefconfig; do
		grep -qx -- "$goal" rules || fail "no rule for $goal"
	done
}
check "each target that people type is a rule of its own" t_targets

t_fragment() {
	mkdir o
	made -C "$top" O="$T/o" defconfig
	# as merge_config.sh -m does it, then olddefconfig
	sed -i '/CONFIG_DAEMONIZE_PIDFILE[= ]/d; /CONFIG_SYSLOG_RING/d' o/.config
	printf '# CONFIG_DAEMONIZE_PIDFILE is not set\nCONFIG_SYSLOG_RING=8192\n' >>o/.config
	made -C "$top" O="$T/o" olddefconfig
	for line in '# CONFIG_DAEMONIZE_PIDFILE is not set' CONFIG_SYSLOG_RING=8192; do
		grep -qx "$line" o/.config || fail "no $line"
	done
	# and what depends on it has gone
	grep '^CONFIG_DAEMONIZE_STOP=' o/.config && fail "DAEMONIZE_STOP is left"
	made -C "$top" O="$T/o"
}
check "a fragment that unsets a symbol" t_fragment

t_in_place() {
	copy src
	made -C src small_defconfig savedefconfig
	[ -f src/defconfig ] || fail "no defconfig"
	answers src >wanted
	mv src/defconfig src/.config
	made -C src olddefconfig
	is "$(answers src)" "$(cat wanted)" "from it"
}
check "savedefconfig writes ./defconfig in place" t_in_place

t_yes_n() {
	for program in "" kconfig-conf; do
		rm -rf o
		mkdir o
		printf '# CONFIG_BOX_LIST is not set\nCONFIG_SYSLOG_UTC=y\nCONFIG_SYSLOG_RING=8192\n' >o/.config
		st=0
		yes n 2>/dev/null | timeout 60 make -s -C "$top" O="$T/o" KCONFIG=$program oldconfig >said 2>&1 || st=$?
		is $st 0 "oldconfig under yes n, ${program:-kconfiglib}: $(tail -n 3 said)"
		rm -rf p
		yes n 2>/dev/null | timeout 60 make -s -C "$top" O="$T/p" KCONFIG=$program oldconfig >said 2>&1 ||
			fail "oldconfig under yes n without a .config, ${program:-kconfiglib}: $(tail -n 3 said)"
		for line in CONFIG_SYSLOG_MAX_LINE=1023 CONFIG_SYSLOG_RING=8192 CONFIG_SYSLOG_UTC=y '# CONFIG_DAEMONIZE is not set' \
			'# CONFIG_BOX_USAGE is not set'; do
			grep -qx "$line" o/.config || fail "${program:-kconfiglib}: no $line"
		done
		made -C "$top" O="$T/o"
	done
}
check "oldconfig ends under yes n, and numbers and choices have their defaults" t_yes_n +kconfig-conf

t_variables() {
	mkdir bin
	for tool in gcc strip ar ld; do
		real=$tool
		[ $tool = gcc ] && real=musl-gcc
		printf '#!/bin/sh\nexec %s "$@"\n' $real >bin/board-$tool
		chmod +x bin/board-$tool
	done
	PATH=$T/bin:$PATH
	# as Buildroot, OpenWrt, OpenEmbedded and Alpine give them, all at once
	made -C "$top" O="$T/o" defconfig
	CFLAGS="-pipe -DFROM_ENV" LDFLAGS="-Wl,-O1" make -C "$top" O="$T/o" ARCH=mips HOSTCC=gcc HOSTCFLAGS= CROSS_COMPILE=board- \
		CC=board-gcc LD=board-ld AR=board-ar STRIP=board-strip OBJCOPY=objcopy KBUILD_HAVE_NLS=no \
		EXTRA_CFLAGS=-DFROM_EXTRA EXTRA_LDFLAGS=-Wl,-O1 SKIP_STRIP=y V=1 >said 2>&1 || fail "$(cat said)"
	like "$(grep ' -c ' said | head -n 1)" "board-gcc *-DFROM_ENV*-DFROM_EXTRA*" "compiling"
	cmp o/daemonbox o/daemonbox_unstripped || fail "SKIP_STRIP=y"
}
check "the variables that they pass are taken, or accepted and without harm" t_variables

# As on Alpine: there is no musl-gcc, and cc makes programs with musl.
t_musl_cc() {
	mkdir bin
	for tool in $(ls /usr/bin /bin | sort -u | grep -v musl); do
		ln -sf "$(command -v "$tool")" bin 2>/dev/null || true
	done
	rm -f bin/cc
	printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v musl-gcc)" >bin/cc
	chmod +x bin/cc
	(PATH=$T/bin; made -C "$top" O="$T/o" defconfig; made -C "$top" O="$T/o" V=1 all)
	grep -q '^cc ' "$T/o/include/compile" || fail "another compiler: $(cat "$T/o/include/compile")"
	# and where cc is glibc's it is not taken
	rm bin/cc
	ln -s "$(command -v gcc)" bin/cc
	st=0
	(PATH=$T/bin; make -s -C "$top" O="$T/p" defconfig all) >said 2>&1 || st=$?
	[ $st != 0 ] || fail "a compiler of glibc is taken"
	like "$(cat said)" "*musl-gcc: no such compiler*" "what is said"
}
check "without musl-gcc, cc where that makes programs with musl" t_musl_cc +source +long

t_prefix() {
	made -C "$top" O="$T/o" defconfig
	made -C "$top" O="$T/o"
	for goal in install install-noclobber install-man uninstall; do
		for variable in CONFIG_PREFIX DESTDIR; do
			make -s -C "$top" O="$T/o" $goal "$variable=$T/with blanks" >said 2>&1 && fail "$goal $variable= with blanks"
			like "$(cat said)" "*CONFIG_PREFIX: '$T/with blanks': has blanks*" "$goal $variable= with blanks"
		done
	done
	is "$(find . -name 'with*')" "" "what that left"
	made -C "$top" O="$T/o" install CONFIG_PREFIX="$T/a"
	made -C "$top" O="$T/o" install DESTDIR="$T/b"
	DESTDIR=$T/c made -C "$top" O="$T/o" install
	CONFIG_PREFIX=$T/d made -C "$top" O="$T/o" install
	for other in b c d; do
		is "$(cd $other && find . | sort)" "$(cd a && find . | sort)" "$other"
	done
	made -C "$top" O="$T/o" install CONFIG_PREFIX="$T/e" DESTDIR="$T/f"
	[ -d e ] && [ ! -e f ] || fail "CONFIG_PREFIX does not win over DESTDIR"
}
check "DESTDIR is CONFIG_PREFIX, from the environment too; with blanks it is refused" t_prefix

t_links() {
	made -C "$top" O="$T/o" allyesconfig
	made -C "$top" O="$T/o"
	is "$(cat o/daemonbox.links)" "$(o/daemonbox --list-full | sed 's,^,/,' | LC_ALL=C sort)" "daemonbox.links"
	is "$(LC_ALL=C sort -u o/daemonbox.links)" "$(cat o/daemonbox.links)" "sorted"
	[ -s o/daemonbox_unstripped ] || fail "no daemonbox_unstripped"
	mkdir here
	o/daemonbox --install -s "$T/here"
	is "$(ls here)" "$(o/daemonbox --list)" "--install -s DIR"
	for name in here/*; do
		[ "$(readlink "$name")" = "$T/o/daemonbox" ] || fail "$name -> $(readlink "$name")"
	done
}
check "daemonbox.links, --list-full and --install -s DIR tell the same" t_links

t_binaries() {
	made -C "$top" O="$T/o" BOARDS=x86_64 dist-binaries
	version=$(sed -n 's/^version := //p' "$top/Makefile")
	is "$(ls o/binaries)" "SHA256SUMS
daemonbox-$version-x86_64
daemonbox-$version-x86_64-everything" "the files"
	(cd o/binaries && sha256sum -c --quiet SHA256SUMS) || fail "their hashes"
	for name in "daemonbox-$version-x86_64" "daemonbox-$version-x86_64-everything"; do
		readelf -lW "o/binaries/$name" | grep -q INTERP && fail "$name is not static"
	done
	[ "$(wc -c <"o/binaries/daemonbox-$version-x86_64-everything")" -gt "$(wc -c <"o/binaries/daemonbox-$version-x86_64")" ] || fail "the same"
}
check "make dist-binaries: a static program a board and configuration, with their hashes" t_binaries +source +long

t_stamps() {
	for program in "" "$(command -v kconfig-conf)"; do
		made -C "$top" O="$T/o" KCONFIG="$program" defconfig
		cp o/.config first
		KCONFIG_NOTIMESTAMP=1 made -C "$top" O="$T/o" KCONFIG="$program" olddefconfig
		grep "$(date +%Y)" o/.config && fail "a date"
		cmp first o/.config || fail "${program:-kconfiglib}: $(diff first o/.config)"
	done
	SOURCE_DATE_EPOCH=1 made -C "$top" O="$T/o"
	cp o/daemonbox one
	made -C "$top" O="$T/o" clean
	made -C "$top" O="$T/o" all
	cmp one o/daemonbox || fail "other bytes"
}
check "no time stamp in .config or program" t_stamps

done_testing
