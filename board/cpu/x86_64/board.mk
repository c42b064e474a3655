# SPDX-License-Identifier: 0BSD
# Debian has this one's musl as a package: nothing is built.
board_cc := musl-gcc
board_qemu := qemu-x86_64-static
board_native := x86_64
