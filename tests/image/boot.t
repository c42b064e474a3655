#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Emulated boards, booted with a real kernel: the quick form of "make boot".
# From the environment: BOARDS, which (armv7 mipsel-24kc).
# shellcheck disable=SC2034,SC2154
NEEDS="+long +make +apt-get +dpkg-deb +cpio +mke2fs"
HELPERS=
. "${0%/*}/../helpers/lib.sh"
TEST_LIMIT=900

boots() {	# BOARD TOOL
	case " ${BOARDS:-armv7 mipsel-24kc} " in *" $1 "*) ;; *) skip "BOARDS is ${BOARDS-}" ;; esac
	command -v "$2" >/dev/null 2>&1 || skip "no $2 (make deps)"
	gcc=$(sed -n 's/^board_gcc := //p' "$top/board/cpu/$1/board.mk")
	command -v "$gcc" >/dev/null 2>&1 || skip "no $gcc (make deps)"
	# the configuration and the compiler are the board's own, the tests those of QUICK
	unset CC KCONFIG_CONFIG DAEMONBOX_RUN TESTS RESETS PROVE_FLAGS MAKEFLAGS
	make -s -C "$top" O="$O" BOARD="$1" CONFIG=everything QUICK=y boot >"$T/said" 2>&1 || fail "$(cat "$T/said")"
	like "$(cat "$T/said")" "*boot $1: all well*" "what it says"
	grep '^boot' "$T/said"
}

t_armv7() { boots armv7 qemu-system-arm; }
check "armv7: boots, passes its tests, keeps time, survives resets" t_armv7

t_mipsel() { boots mipsel-24kc qemu-system-mipsel; }
check "mipsel-24kc: the same" t_mipsel

t_aarch64() { boots aarch64 qemu-system-aarch64; }
check "aarch64: the same" t_aarch64
done_testing
