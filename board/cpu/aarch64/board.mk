# SPDX-License-Identifier: 0BSD
board_target := aarch64-linux-musl
board_gcc := aarch64-linux-gnu-gcc
board_cpu := -march=armv8-a -mno-outline-atomics
board_qemu := qemu-aarch64-static -cpu cortex-a53
