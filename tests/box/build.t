#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What make builds, what it builds again, and what it installs.
# shellcheck disable=SC2154
NEEDS="+make +musl-gcc +gcc +readelf"
TEST_LIMIT=${TEST_LIMIT:-900}
. "${0%/*}/../helpers/lib.sh"
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V DESTDIR CONFIG_PREFIX
MAKEFLAGS=--no-print-directory
export MAKEFLAGS
unset MFLAGS MAKELEVEL

copy() {	# DIR: the sources
	mkdir -p "$1"
	for part in Makefile Kconfig applets build board; do
		cp -R "$top/$part" "$1"
	done
}

built() {	# [ARG]...: make's lines, less those of a first configuration
	make "$@" >"$T/said" 2>&1 || fail "make $*: $(cat "$T/said")" >&2
	grep -v '^Configuration saved' "$T/said" || true
}

refused() {	# PATTERN [ARG]...: make fails and says so
	pattern=$1
	shift
	make "$@" >"$T/said" 2>&1 && fail "make $* did not fail"
	# shellcheck disable=SC2254
	case $(cat "$T/said") in
	*$pattern*) ;;
	*) fail "make $*: '$pattern' is not in: $(cat "$T/said")" ;;
	esac
}

t_first() {
	copy src
	said=$(built -C src -j2)
	for file in daemonbox daemonbox_unstripped daemonbox.map daemonbox.links include/config.h; do
		[ -s "src/out/$file" ] || fail "no $file"
	done
	like "$said" "*  CC      applets/main.c
*  LD      daemonbox_unstripped
  STRIP   daemonbox*" "what make prints"
	[ -z "$(echo "$said" | grep -v '^  [A-Z]')" ] || fail "more than its short lines: $said"
	is "$(cd src && find . -newer Makefile -type f ! -path './out/*' ! -path './.config' ! -path './applets/*' \
		! -path './build/*' ! -path './board/*' ! -name Kconfig ! -name .config.old)" "" "files outside out/"
}
check "make alone builds everything, and says so in short lines" t_first

t_program() {
	copy src
	built -C src >/dev/null
	headers=$(readelf -lSW src/out/daemonbox)
	case $headers in *INTERP* | *DYNAMIC*) fail "not static" ;; esac
	case $headers in *.symtab* | *.comment* | *.eh_frame*) fail "not stripped: $headers" ;; esac
	case $headers in *" RWE "*) fail "a segment is writable and executable" ;; esac
	like "$headers" "*GNU_STACK*RW *" "stack"
	case $(readelf -sW src/out/daemonbox_unstripped) in *" daemonize_main"*) ;; *) fail "daemonbox_unstripped has no symbols" ;; esac
}
check "the program is static and stripped, its stack and data are not executable" t_program

t_privilege() {
	copy src
	built -C src defconfig >/dev/null
	refused "daemonbox_unstripped: an executable stack" -C src EXTRA_LDFLAGS=-Wl,-z,execstack
	refused "daemonbox_unstripped: a segment is writable and executable" -C src EXTRA_LDFLAGS=-Wl,-N
	refused "no telling what its segments may do" -C src READELF=/bin/true
	[ ! -e src/out/daemonbox ] || fail "there is a program all the same"
	printf '.globl f\nf: .%s main\n.section .note.GNU-stack\n' "$([ "$(getconf LONG_BIT)" = 64 ] && echo quad || echo long)" >text.s
	echo 'int main(void) { return 0; }' >main.c
	gcc -pie -Wl,-z,notext -o relocated main.c text.s 2>/dev/null || skip "no text relocation can be made here"
	! src/build/link/segments readelf relocated 2>said || fail "a text relocation goes through"
	is "$(cat said)" "relocated: a text relocation" "what it says"
}
check "an executable stack, a writable and executable segment, a text relocation fail the build" t_privilege

t_nothing() {
	copy src
	built -C src >/dev/null
	find src -type f -exec ls -l --full-time {} + | sort >before
	is "$(built -C src)" "" "make once more"
	CFLAGS='' built -C src >/dev/null
	find src -type f -exec ls -l --full-time {} + | sort >after
	cmp before after || fail "$(diff before after)"
}
check "nothing is built again when nothing has changed" t_nothing

t_flags() {
	copy src
	objects=$(cd src && ls applets/*.c applets/lib/*/*.c)
	built -C src O="$T/o" >/dev/null
	for change in "CFLAGS=-O1" "EXTRA_CFLAGS=-O1" "CC=gcc"; do
		is "$(built -C src O="$T/o" "$change" | sed -n 's/^  CC *//p')" "$objects" "built again for $change"
		is "$(built -C src O="$T/o" "$change")" "" "built once more for $change"
		built -C src O="$T/o" >/dev/null
	done
	is "$(built -C src O="$T/o" EXTRA_LDFLAGS=-Wl,-O1 | grep -c 'LD\|STRIP')" 2 "linked again"
}
check "a changed flag or compiler builds everything again, a linker's flag only links" t_flags

t_headers() {
	copy src
	echo 'enum { EXTRA_A = 1 };' >src/applets/lib/common/extra.h
	printf '#include "extra.h"\nextern int extra_a;\nint extra_a = EXTRA_A;\n' >src/applets/lib/common/extra_a.c
	printf 'extern int extra_b;\nint extra_b = 1;\n' >src/applets/lib/common/extra_b.c
	built -C src >/dev/null
	echo 'enum { EXTRA_A = 2 };' >src/applets/lib/common/extra.h
	is "$(built -C src | sed -n 's/^  CC *//p')" applets/lib/common/extra_a.c "built again for a header"
	sed -i 's/EXTRA_A;/2;/; /include/d' src/applets/lib/common/extra_a.c
	rm src/applets/lib/common/extra.h
	is "$(built -C src | sed -n 's/^  CC *//p')" applets/lib/common/extra_a.c "built again without it"
	rm src/applets/lib/common/extra_b.c
	like "$(built -C src)" "*  LD *" "what a removed source does"
}
check "a changed header builds again what includes it; it and a source can go" t_headers

t_symbol() {
	copy src
	echo '#define EXTRA(...) IF(DAEMONIZE_NICE, __VA_ARGS__)' >src/applets/lib/common/extra.h
	printf '#include "box.h"\n#include "extra.h"\nextern int extra_a;\nint extra_a = 1 EXTRA(+ 1);\n' >src/applets/lib/common/extra_a.c
	printf 'extern int extra_b;\nint extra_b = CFG_DAEMONIZE_LOCK;\n' >src/applets/lib/common/extra_b.c
	built -C src >/dev/null
	sed -i 's/^CONFIG_DAEMONIZE_NICE=y/# CONFIG_DAEMONIZE_NICE is not set/' src/.config
	again=$(built -C src | sed -n 's/^  CC *//p')
	like " $again " "*applets/daemonize.c*" "built again"
	like " $again " "*applets/lib/common/extra_a.c*" "built again"
	case $again in *extra_b.c*) fail "built again for another's symbol: $again" ;; esac
	is "$(built -C src)" "" "built once more"
	sed -i 's/DAEMONIZE_NICE/DAEMONIZE_NISE/' src/applets/lib/common/extra.h
	refused CFG_DAEMONIZE_NISE -C src
}
check "a changed symbol builds again what mentions it, and nothing else; a misspelt one does not compile" t_symbol

t_readonly() {
	copy src
	mount --bind src src
	mount -o remount,ro,bind src 2>/dev/null || mount -o remount,ro src || skip "no read-only mount"
	touch src/x 2>/dev/null && skip "no read-only mount"
	for goal in allnoconfig olddefconfig small_defconfig savedefconfig defconfig all install; do
		built -C src O="$T/o" $goal >/dev/null
	done
	[ -x o/daemonbox ] || fail "no program"
	is "$(built -C o)" "" "make in the output folder"
	built -C o clean >/dev/null
	[ ! -e o/daemonbox ] || fail "not cleaned"
	(cd o && built -f ../src/Makefile O=. >/dev/null)
	[ -x o/daemonbox ] || fail "no program by make -f"
}
check "O=DIR builds from a read-only checkout, and leaves a Makefile there" t_readonly +mount

t_same_bytes() {
	copy src
	copy elsewhere/deeper
	built -C src >/dev/null
	built -C elsewhere/deeper >/dev/null
	built -C src O="$T/o" >/dev/null
	for file in daemonbox daemonbox_unstripped; do
		cmp src/out/$file elsewhere/deeper/out/$file || fail "$file: another folder, other bytes"
		cmp src/out/$file o/$file || fail "$file: with O= other bytes"
	done
	built -C src EXTRA_CFLAGS=-g >/dev/null
	built -C elsewhere/deeper -j2 EXTRA_CFLAGS=-g >/dev/null
	cmp src/out/daemonbox_unstripped elsewhere/deeper/out/daemonbox_unstripped || fail "with -g other bytes"
}
check "the same bytes from every folder, with debug information too" t_same_bytes +long

t_glibc() {
	built -C "$top" O="$T/o" CC=gcc >/dev/null
	like "$(readelf -lW o/daemonbox)" "*INTERP*" "headers with CC=gcc"
	is "$(grep -c 'gcc: no musl: the program is dynamic' said)" 1 "what is said of it"
	o/daemonbox --version >/dev/null || fail "it does not run"
	built -C "$top" O="$T/o" CC=gcc STATIC=y >/dev/null
	case $(readelf -lW o/daemonbox) in *INTERP*) fail "dynamic with STATIC=y" ;; esac
	! grep 'no musl' said || fail "said with STATIC=y"
}
check "CC=gcc builds with glibc, dynamically, which is said; STATIC=y statically" t_glibc BOX_VERSION +long

t_sanitizers() {
	built -C "$top" O="$T/o" defconfig >/dev/null
	make -C "$top" O="$T/o" CC=gcc EXTRA_CFLAGS="-fsanitize=address,undefined" \
		EXTRA_LDFLAGS="-fsanitize=address,undefined" >said 2>&1 || fail "$(cat said)"
	o/daemonbox --version >/dev/null || fail "it does not run"
}
check "EXTRA_CFLAGS and EXTRA_LDFLAGS take sanitizers" t_sanitizers +long

t_environment() {
	# shellcheck disable=SC2030
	export CFLAGS="-DFROM_CFLAGS" LDFLAGS="-Wl,--defsym,from_ldflags=0" O=/nonexistent
	copy src
	built -C src V=1 EXTRA_CFLAGS=-DFROM_EXTRA >said
	like "$(grep ' -c ' said | head -n 1)" "*-Os*-DFROM_CFLAGS*-DFROM_EXTRA*" "compiling"
	like "$(grep 'daemonbox.map' said | head -n 1)" "*-DFROM_CFLAGS*from_ldflags*" "linking"
	[ -x src/out/daemonbox ] || fail "O of the environment was taken"
}
check "CFLAGS and LDFLAGS of the environment come after ours, O of the environment is not ours" t_environment +long

t_cross() {
	mkdir bin
	for tool in gcc strip; do
		real=$tool
		[ $tool = strip ] || real=musl-gcc
		printf '#!/bin/sh\necho %s >>%s\nexec %s "$@"\n' $tool "$T/used" $real >bin/any-board-$tool
		chmod +x bin/any-board-$tool
	done
	PATH=$T/bin:$PATH built -C "$top" O="$T/o" CROSS_COMPILE=any-board- >/dev/null
	is "$(sort -u used | tr '\n' ' ')" "gcc strip " "tools used"
	PATH=$T/bin:$PATH built -C "$top" O="$T/o2" CROSS_COMPILE=no-board- CC=any-board-gcc STRIP=false SKIP_STRIP=y >/dev/null
	cmp o2/daemonbox o2/daemonbox_unstripped || fail "SKIP_STRIP=y: stripped"
}
check "CROSS_COMPILE=, CC=, STRIP= and SKIP_STRIP= choose the tools" t_cross +long

t_no_compiler() {
	refused "make deps" -C "$top" O="$T/o" CC=no-such-gcc
	refused "no-such-gcc: no such compiler" -C "$top" O="$T/o" CC=no-such-gcc
	refused "no-such-gcc: no such compiler" -C "$top" O="$T/o" CROSS_COMPILE=no-such-
	is "$(wc -l <said)" 1 "lines of it: $(cat said)"
	# one that says nothing of itself, and one that cannot compile
	refused "false: no such" -C "$top" O="$T/o" CC=false
	printf '#!/bin/sh\n[ "$1" != --version ] || exec echo 1.0\necho "no headers here" >&2\nexit 1\n' >bare-gcc
	chmod +x bare-gcc
	refused "no headers here" -C "$top" O="$T/o" CC="$T/bare-gcc"
	like "$(cat said)" "*bare-gcc: cannot compile*" "what make says"
	built -C "$top" O="$T/o" >/dev/null
}
check "a missing compiler is an error that names make deps" t_no_compiler

t_parallel() {
	copy src
	built -C src -j8 clean allyesconfig all install >/dev/null
	[ -x src/out/_install/usr/sbin/daemonbox ] || fail "not installed"
	grep -q '^CONFIG_BOX_CONFIG=y' src/.config || fail "not everything"
	is "$(make -s -C src -j4 clean all 2>&1)" "" "make -s"
}
check "goals given together are done in order, under -j too" t_parallel +long

t_install() {
	built -C "$top" O="$T/o" defconfig install CONFIG_PREFIX="$T/a" >/dev/null
	[ -x a/usr/sbin/daemonbox ] || fail "no program"
	is "$(readlink a/usr/sbin/daemonize)" daemonbox "link"
	is "$(cat o/daemonbox.links)" "$(cd a && find . -type l | sed 's/^\.//' | LC_ALL=C sort)" "daemonbox.links"
	built -C "$top" O="$T/o" install DESTDIR="$T/b" >/dev/null
	is "$(cd b && find . | sort)" "$(cd a && find . | sort)" "with DESTDIR="
	rm b/usr/sbin/daemonize
	echo theirs >b/usr/sbin/daemonize
	built -C "$top" O="$T/o" install-noclobber CONFIG_PREFIX="$T/b" >/dev/null
	is "$(cat b/usr/sbin/daemonize)" theirs "after install-noclobber"
	built -C "$top" O="$T/o" uninstall CONFIG_PREFIX="$T/b" >/dev/null
	is "$(cat b/usr/sbin/daemonize)" theirs "after uninstall"
	[ ! -e b/usr/sbin/daemonbox ] || fail "not uninstalled"
	built -C "$top" O="$T/o" install CONFIG_PREFIX="$T/b" uninstall >/dev/null
	is "$(find b -type l -o -type f)" "" "after uninstall"
}
check "install, install-noclobber and uninstall" t_install

t_unwanted() {
	copy src
	main=$(grep -l '^int main' src/applets/*.c)
	while read -r member code; do
		printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <string.h>' '#include <pwd.h>' \
			'void extra(int);' "void extra(int n) { $code }" >src/applets/lib/common/extra.c
		# Called from main, or the linker drops it.
		sed "s/^int main(\(.*\)\$/void extra(int);\nint main(\1/; s/^{\$/{/" "$top/applets/main.c" >"$main"
		awk '/^int main\(/ { inside = 1 } { print } inside && /^{/ { print "\textra(argc);"; inside = 0 }' "$main" >main.new
		cat main.new >"$main"
		refused "$member.o of libc.a, asked for by applets/lib/common/extra.o: not on the list in build/" -C src EXTRA_CFLAGS="-w -fno-builtin"
		[ ! -e src/out/daemonbox_unstripped ] || fail "$member: the program is left"
	done <<-'X'
		strstr static volatile char c; if (strstr((char *)&c, "needle")) c = n;
		printf printf("%d", n);
		puts puts("n");
		malloc *(volatile char *)malloc(n) = 1;
		strtod void *volatile f = (void *)strtod; (void)f;
		getpwent getpwnam("root");
	X
}
check "what comes of libc and is not on the list is refused by name, with who asked for it" t_unwanted

t_libc_start() {
	copy src
	printf '#include <string.h>\nconst char *extra(const char *s);\nconst char *extra(const char *s) { return strstr(s, "x"); }\n' \
		>src/applets/lib/common/extra.c
	built -C src EXTRA_CFLAGS=-fstack-protector-all EXTRA_LDFLAGS=-Wl,-u,extra >/dev/null
	src/out/daemonbox --version >/dev/null || fail "it does not run"
}
check "with libc's own start all of libc may be used" t_libc_start BOX_VERSION +long

t_clean() {
	copy src
	(cd src && find . | sort) >before
	built -C src defconfig all install savedefconfig >/dev/null
	built -C src clean >/dev/null
	[ -f src/.config ] || fail "clean took the configuration"
	built -C src distclean >/dev/null
	(cd src && find . | sort) >after
	cmp before after || fail "$(diff before after)"
}
check "clean keeps the configuration, distclean leaves the sources alone" t_clean

t_dist() {
	copy src
	cp -R "$top/tests" "$top/LICENSE" src
	built -C src defconfig all >/dev/null
	built -C src dist >/dev/null
	cp -R src other
	find other -exec touch -d 2001-01-01 {} +
	# as cloned where nobody else may read it
	chmod -R go-rwx other
	(umask 077; built -C other dist O="$T/o" >/dev/null)
	archive=$(basename "$(ls src/out/*.tar.xz)")
	cmp "src/out/$archive" "o/$archive" || fail "not the same bytes"
	(cd o && sha256sum -c --quiet "$archive.sha256" && sha512sum -c --quiet "$archive.sha512") || fail "its hash"
	is "$(cat o/hash/daemonbox/daemonbox.hash)" "sha256  $(cat "o/$archive.sha256")" "its hash for Buildroot"
	tar -xf "o/$archive"
	built -C "${archive%.tar.xz}" >/dev/null
	cmp src/out/daemonbox "${archive%.tar.xz}/out/daemonbox" || fail "what it builds"
	like "$archive" "daemonbox-$(src/out/daemonbox --version | cut -d ' ' -f 2).tar.xz" "its name"
	is "$(tar -tf "o/$archive" | grep '/out/\|/\.config')" "" "what was made is in it"
}
check "make dist: the same bytes each time, with their hash, which build" t_dist BOX_VERSION +xz +long

t_help() {
	help=$(make -C "$top" help)
	for goal in menuconfig olddefconfig savedefconfig small_defconfig install uninstall check demo deps size \
		bloatcheck baseline clean distclean CROSS_COMPILE= EXTRA_CFLAGS= O=DIR V=1; do
		like "$help" "*$goal*" "make help"
	done
}
check "make help names the goals and variables" t_help

t_size() {
	said=$(built -C "$top" O="$T/o" size)
	like "$said" "*text     data      bss     file*" "make size"
	like "$said" "*  start_up:rest*  launch_steps*libc.a(*" "make size"
	# The image that is counted in: this machine's BusyBox stands in for OpenWrt's.
	mkdir -p o/busybox/native/stock/root/bin
	cp "$(command -v busybox)" o/busybox/native/stock/root/bin
	refused "make baseline" -C "$top" O="$T/o" bloatcheck
	built -C "$top" O="$T/o" baseline >/dev/null
	like "$(built -C "$top" O="$T/o" bloatcheck)" "*Total: 0 bytes*squashfs*: 0;*" "make bloatcheck"
}
check "make size and make bloatcheck" t_size +long

# prove's usual formatter leaves it out there.
t_terminal() {
	copy src
	mkdir -p src/tests/some
	cp "$top/tests/rules.yml" src/tests
	printf '#!/bin/sh\necho 1..1\necho ok 1\n' >src/tests/some/good.t
	printf '#!/bin/sh\necho 1..1\necho "not ok 1 - water is dry"\necho "# it was wet"\n' >src/tests/some/bad.t
	built -C src >/dev/null
	unset PROVE PROVE_FLAGS
	echo wait | "$bin/ptyrun" make -C src check TESTS="tests/some/bad.t tests/some/good.t" >screen || fail "the terminal's script"
	like "$(cat screen)" "*not ok 1 - water is dry*# it was wet*Result: FAIL*" "what is seen"
}
check "make check says on a terminal what a failed test says" t_terminal +prove

t_deps() {
	like "$("$top/build/host/deps")" "deps: all there" "make deps"
}
check "make deps has nothing to do" t_deps +kconfig-conf

t_demo() {
	busybox ifconfig lo 127.0.0.1 up
	ps -e -o pid= -o comm= | grep -v ' ps$' | awk '{ print $2 }' | sort | uniq -c | grep 'busybox\|httpd\|syslogd' >before || true
	said=$(TMPDIR=$T built -C "$top" O="$T/o" demo)
	like "$said" "*Hello from a daemon.*terminal     none*is gone*" "make demo"
	ps -e -o pid= -o comm= | grep -v ' ps$' | awk '{ print $2 }' | sort | uniq -c | grep 'busybox\|httpd\|syslogd' >after || true
	cmp before after || fail "processes are left: $(diff before after)"
	is "$(ls -d "$T"/daemonbox-demo* 2>/dev/null)" "" "folders left"
}
check "make demo shows a daemon and leaves nothing behind" t_demo +busybox +apart

done_testing
