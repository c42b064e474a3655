# SPDX-License-Identifier: 0BSD
board_target := riscv64-linux-musl
board_gcc := riscv64-linux-gnu-gcc
board_cpu := -march=rv64gc -mabi=lp64d
board_qemu := qemu-riscv64-static
board_cflags := -msmall-data-limit=0
