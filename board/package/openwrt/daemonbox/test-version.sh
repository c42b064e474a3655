#!/bin/sh
# SPDX-License-Identifier: 0BSD
# test-version.sh PACKAGE VERSION: the program says which it is, in place of the feed's own
# look at each file. The links' names are the applets', which are that program.

[ "$1" = daemonbox ] || exit 0
said=$(daemonbox --version) || { echo "daemonbox --version: status $?" >&2; exit 1; }
case $said in
"daemonbox $2" | "daemonbox $2 "*) ;;
*) echo "daemonbox --version: '$said', not $2" >&2; exit 1 ;;
esac
