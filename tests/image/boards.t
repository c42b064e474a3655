#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The boards: each is built with its own toolchain and started under an emulator, and on
# a 32-bit one of each byte order and on a 64-bit one a choice of the tests runs.
# From the environment: BOARDS_TESTS=all for all of them, on all boards.
# shellcheck disable=SC2154
NEEDS="+long +make +qemu-arm-static +apt-get"
TEST_LIMIT=${TEST_LIMIT:-600}
. "${0%/*}/../helpers/lib.sh"
[ -n "$only" ] || [ -z "$DAEMONBOX_RUN" ] || { echo "1..0 # SKIP this is a board"; exit 0; }
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG KCONFIG_CONFIG V
unset MAKEFLAGS MFLAGS MAKELEVEL
toolchains=$O/toolchain
made=$TEST_ROOM/made

on() {	# BOARD [ARG]...: make for it
	board=$1
	shift
	make --no-print-directory -s -C "$top" O="$made" TOOLCHAINS="$toolchains" BOARD="$board" "$@"
}

setting() {	# BOARD NAME
	sed -n "s/^board_$2 := //p" "$top/board/cpu/$1/board.mk"
}

tools() {	# BOARD: skips where its compiler or musl's source is not there
	gcc=$(setting "$1" gcc)
	[ -z "$gcc" ] || command -v "$gcc" >/dev/null 2>&1 || skip "no $gcc (make deps)"
	[ -z "$gcc" ] || [ -f "$toolchains/source/done" ] || [ -f "$toolchains/$1/stamp" ] || skip "no source of musl (make deps)"
	[ "$1" != i386 ] || [ -e /usr/i686-linux-gnu/include/asm/unistd.h ] || skip "no linux-libc-dev-i386-cross (make deps)"
}

built() {	# BOARD BITS ENDIAN MACHINE: built without a word, for that machine, and it starts
	tools "$1"
	on "$1" toolchain
	on "$1" CONFIG="${CONFIG:-}" defconfig >/dev/null
	said=$(on "$1" CONFIG="${CONFIG:-}" board 2>&1)
	is "$said" "" "what make says"
	program=$made/board/$1${CONFIG:+-$CONFIG}/daemonbox
	header=$(readelf -hlW "$program" 2>/dev/null)
	like "$header" "*ELF$2*$3 endian*$4*" "header"
	case $header in *INTERP* | *DYNAMIC*) fail "not static" ;; *" RWE "*) fail "a segment is writable and executable" ;; esac
	st=0
	$(setting "$1" qemu) "$program" daemonize 2>"$T/err" || st=$?
	status 2 "no program under $(setting "$1" qemu)"
	says "daemonize: PROGRAM: none given*"
	nm=$toolchains/$1/bin/$(setting "$1" target)-nm
	[ ! -x "$nm" ] || ! "$nm" "${program}_unstripped" | grep -i errno || fail "errno needs a thread's storage, which start.c does not make"
}

# The flags of a whole image: what they undo is said, and undone again where that is asked for.
t_flags() {
	tools armv7
	on armv7 toolchain
	on armv7 defconfig all >/dev/null
	ours=$(wc -c <"$made/board/armv7/daemonbox")
	on armv7 CFLAGS='-O2 -marm' all >said 2>&1
	for flag in -O2 -marm; do
		grep -q ": $flag undoes what makes the program small; PREFER=size" said || fail "not a word of $flag: $(cat said)"
	done
	[ "$(wc -c <"$made/board/armv7/daemonbox")" -gt $((ours + ours / 4)) ] || fail "it undoes nothing"
	is "$(on armv7 CFLAGS='-O2 -marm' PREFER=size all 2>&1)" "" "what make says with PREFER=size"
	theirs=$(wc -c <"$made/board/armv7/daemonbox")
	[ "$theirs" -le $((ours + ours / 100)) ] || fail "with PREFER=size $theirs bytes, ours have $ours"
	# what the compiler says of itself is not taken for a flag that it lacks
	cc=$toolchains/armv7/bin/$(setting armv7 target)-gcc
	printf '#!/bin/sh\necho "%s: warning: of no account" >&2\nexec %s "$@"\n' cc "$cc" >loud
	chmod +x loud
	sh "$top/build/link/toolchain" loud.mk "$T/loud" 2>said || fail "$(cat said)"
	sh "$top/build/link/toolchain" silent.mk "$cc"
	is "$(sed 1d loud.mk | grep -v start)" "$(sed 1d silent.mk | grep -v start)" "what is found of it"
	# one that is lacking is said
	printf '#!/bin/sh\ncase " $* " in *" -flto "*) echo no LTO >&2; exit 1 ;; esac\nexec %s "$@"\n' "$cc" >lacking
	chmod +x lacking
	sh "$top/build/link/toolchain" lacking.mk "$T/lacking" 2>said
	is "$(cat said)" "$T/lacking: does not take -flto: the program is larger" "what is said"
	# as configure and Buildroot try a compiler
	echo 'int main(void) { return 0; }' | "$cc" -x c - -o program || fail "the compiler takes no program by a pipe"
}

t_aarch64() { built aarch64 64 little AArch64; }
t_armv5() { built armv5 32 little ARM; }
t_armv7() { built armv7 32 little ARM; }
t_i386() { built i386 32 little "Intel 80386"; }
t_mips_24kc() { built mips-24kc 32 big MIPS; soft; }
t_mipsel_24kc() { built mipsel-24kc 32 little MIPS; soft; }
t_mips32r2() { built mips32r2 32 little MIPS; }
t_riscv64() { built riscv64 64 little RISC-V; }
t_x86_64() { built x86_64 64 little X86-64; }
soft() {	# what the kernel goes by is in the program
	like "$(readelf -A "${program}_unstripped")" "*Soft float*" "float ABI"
	like "$header" "*ABIFLAGS*" "segments"
}
for board in aarch64 armv5 armv7 i386 mips-24kc mipsel-24kc mips32r2 riscv64 x86_64; do
	check "$board" "t_$(echo "$board" | tr - _)"
done
check "-O2 -marm: what flags undo is said, and undone where that is asked for" t_flags

t_all() {
	for folder in "$top"/board/cpu/*/board.mk; do
		board=$(basename "$(dirname "$folder")")
		grep -q "t_$(echo "$board" | tr - _)() {" "$top/tests/image/boards.t" || fail "$board is not among these"
		for file in defconfig README; do
			[ -s "$top/board/cpu/$board/$file" ] || fail "no board/cpu/$board/$file"
		done
		case $(make -s -C "$top" help) in *"$board"*) ;; *) fail "$board is not in make help" ;; esac
	done
}
check "... and no other; each with a defconfig and a README" t_all

t_fragments() {
	for CONFIG in minimal small everything; do built mips-24kc 32 big MIPS; done
	[ "$(wc -c <"$made/board/mips-24kc-minimal/daemonbox")" -lt 6300 ] || fail "minimal is large"
	on mips-24kc CONFIG=none board 2>err && fail "CONFIG=none was taken"
	like "$(cat err)" "*CONFIG=none*" message
}
check "minimal, small and everything go with a board" t_fragments

t_own() {
	tools armv7
	on armv7 toolchain
	rm -rf "$made/board/armv7"
	make -s --no-print-directory -C "$top" O="$made" TOOLCHAINS="$T/none" BOARD=armv7 \
		CROSS_COMPILE="$toolchains/armv7/bin/arm-linux-musleabihf-" board >/dev/null
	[ -x "$made/board/armv7/daemonbox" ] || fail "not built"
	[ ! -e none ] || fail "a toolchain was made"
	make -C "$top" O="$made" BOARD=none board 2>err && fail "BOARD=none was taken"
	like "$(cat err)" "*BOARD=none*armv7*" message
	make -C "$top" O="$made" board 2>err && fail "no BOARD was taken"
	like "$(cat err)" "*armv7*" message
}
check "one's own toolchain by CROSS_COMPILE=; wrong names are told" t_own

t_again() {
	tools armv7
	on armv7 board >/dev/null
	find "$toolchains/armv7" "$made/board/armv7" -type f ! -name link ! -name toolchain.mk -newer "$toolchains/armv7/stamp" -exec ls -l --full-time {} + | sort >before
	on armv7 board
	find "$toolchains/armv7" "$made/board/armv7" -type f ! -name link ! -name toolchain.mk -newer "$toolchains/armv7/stamp" -exec ls -l --full-time {} + | sort >after
	cmp before after || fail "$(diff before after)"
}
check "nothing is built twice, nor is the toolchain" t_again

# Stock alone: BusyBox's applets beside ours are built by "make sizes" and not here.
t_sizes() {
	tools armv7
	command -v mksquashfs >/dev/null 2>&1 || skip "no mksquashfs (make deps)"
	mkdir -p "$O/busybox" "$made"
	ln -sfn "$O/busybox" "$made/busybox"
	if ! PEERS='' make -s --no-print-directory -C "$top" O="$made" TOOLCHAINS="$toolchains" sizes BOARDS=armv7 >table 2>err; then
		! grep -q '^debian: ' err || skip "$(grep '^debian: ' err)"
		fail "$(cat err)"
	fi
	is "$(awk '{ print $2 }' table | tr '\n' ' ')" \
		"what minimal small default everything launch daemonize ticklog pidof-session stock " rows
	awk 'NR > 1 && (NF != 5 || $5 <= 0 || $5 >= $4 || $3 >= $4) { print "wrong: " $0 } NR > 1 { bytes[$2] = $5 }
		function least(a, b) { if (bytes[a] + 0 >= bytes[b] + 0) print a " is not below " b }
		END {
			least("minimal", "small"); least("small", "default"); least("default", "everything")
			least("launch", "daemonize"); least("daemonize", "default"); least("ticklog", "default")
			least("pidof-session", "default"); least("everything", "stock")
		}' table >wrong
	is "$(cat wrong)" "" "the table$newline$(cat table)"
	like "$(cat "$made/sizes.md")" "*\`minimal\` |*\`everything\` |*\`ticklog\` alone |*" page
	! command -v gnuplot >/dev/null 2>&1 || grep -q 'everything' "$made/sizes.svg" || fail "no picture"
}
check "make sizes: what an image with BusyBox pays, a row a configuration and applet" t_sizes

# The same program twice costs the second time what an inode does; nothing more, nothing less.
t_image() {
	command -v mksquashfs >/dev/null 2>&1 || skip "no mksquashfs (make deps)"
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin
	echo /usr/sbin/daemonize >links
	base=$("$top/build/size/image" armv7 root)
	is "$("$top/build/size/image" armv7 root)" "$base" "the same again"
	head -c 10000 /dev/urandom >program
	more=$(($("$top/build/size/image" armv7 root program links) - base))
	[ $more -ge 10000 ] && [ $more -lt 10500 ] || fail "10,000 bytes that nothing compresses add $more"
	more=$(($("$top/build/size/image" armv7 root root/bin/busybox links) - base))
	[ $more -gt 0 ] && [ $more -lt 500 ] || fail "a file that is there already adds $more"
	"$top/build/size/image" armv7 root nothing links >said 2>&1 && fail "no program, and no error"
	:
}
check "an image's bytes: what nothing compresses counts in full, what is there already not" t_image

t_int64() {
	cc -O2 -w -o int64 "$top/tests/helpers/int64test.c"
	./int64
}
check "64-bit arithmetic for compilers that bring none, division for CPUs that have none" t_int64 +cc

t_emulated() {	# what is skipped there is there
	grep -v '^#' "$top/tests/helpers/emulated" | while read -r _ file function reason; do
		[ -n "$reason" ] || fail "no reason: $file $function"
		grep -q "^$function() {" "$top/tests/$file.t" || fail "no $function in $file.t"
	done
}
check "what is skipped under the emulator exists" t_emulated

few="tests/box/box.t tests/daemonize/state.t tests/daemonize/files.t tests/daemonize/exec.t tests/daemonize/pidfile.t \
	tests/daemonize/tty.t tests/daemonize/user.t tests/pidof-session/show.t"
tested() {	# BOARD
	tools "$1"
	[ "${BOARDS_TESTS:-}" != all ] || few=$(cd "$top" && find tests -name '*.t' ! -name build.t ! -name config.t ! -name readme.t ! -name boards.t)
	(unset TEST_ROOM TEST_LIMIT; on "$1" check TESTS="$(echo $few)" PROVE_FLAGS="-f -o -j2") >said 2>&1 ||
		fail "$(grep -v '^tests/.* ok$' said | grep -v '^# *ok ')"
}
t_tests_armv7() { tested armv7; }
t_tests_mips_24kc() { tested mips-24kc; }
t_tests_aarch64() { tested aarch64; }
t_tests_rest() {
	[ "${BOARDS_TESTS:-}" = all ] || skip "BOARDS_TESTS=all runs them"
	for board in armv5 i386 mipsel-24kc mips32r2 riscv64; do tested $board; done
}
check "the tests on armv7, 32-bit little-endian" t_tests_armv7
check "... on mips-24kc, 32-bit big-endian" t_tests_mips_24kc
check "... on aarch64, 64-bit" t_tests_aarch64
check "... on the others" t_tests_rest

done_testing
