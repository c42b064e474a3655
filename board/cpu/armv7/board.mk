# SPDX-License-Identifier: 0BSD
board_target := arm-linux-musleabihf
board_gcc := arm-linux-gnueabihf-gcc
board_cpu := -march=armv7-a+fp -mfpu=vfpv3-d16 -mfloat-abi=hard -mthumb
board_qemu := qemu-arm-static -cpu cortex-a7
