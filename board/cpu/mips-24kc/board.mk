# SPDX-License-Identifier: 0BSD
board_target := mips-linux-musl
board_gcc := mips-linux-gnu-gcc
board_cpu := -march=24kc -msoft-float -mno-abicalls -fno-pic
board_qemu := qemu-mips-static -cpu 24Kc
board_cflags := -mips16 -minterlink-mips16
