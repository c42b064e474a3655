# SPDX-License-Identifier: 0BSD
board_target := arm-linux-musleabi
board_gcc := arm-linux-gnueabi-gcc
board_cpu := -march=armv5te -mtune=arm926ej-s -mfloat-abi=soft
board_cflags := -mthumb
board_qemu := qemu-arm-static -cpu arm926
