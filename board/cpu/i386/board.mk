# SPDX-License-Identifier: 0BSD
board_target := i686-linux-musl
board_gcc := gcc
board_cpu := -m32 -march=i686 -fcf-protection=none
board_qemu := qemu-i386-static
board_native := x86_64
