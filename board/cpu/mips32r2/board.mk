# SPDX-License-Identifier: 0BSD
board_target := mipsel-linux-musl
board_gcc := mipsel-linux-gnu-gcc
board_cpu := -march=mips32r2 -mhard-float -mno-abicalls -fno-pic
board_qemu := qemu-mipsel-static -cpu 24KEc
