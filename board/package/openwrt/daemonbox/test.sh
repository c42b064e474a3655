#!/bin/sh
# SPDX-License-Identifier: 0BSD
# test.sh PACKAGE VERSION: what the feed's tests run where the package has been installed.

[ "$1" = daemonbox ] || exit 0

pidfile=${TMPDIR:-/tmp}/daemonbox-test.pid

fail() { echo "daemonbox: $*" >&2; exit 1; }

# Only what is built in has a name.
for name in $(daemonbox --list); do
	command -v "$name" >/dev/null || fail "no $name"
	"$name" --help >/dev/null 2>&1 || [ $? = 2 ] || fail "$name --help"
done
command -v daemonize >/dev/null || exit 0

daemonize -p "$pidfile" sleep 1000 || fail "it does not start a program"
trap 'daemonize -K -p "$pidfile" 2>/dev/null' EXIT
daemonize -Q -p "$pidfile" || fail "what runs is said not to"
daemonize -p "$pidfile" sleep 1000 2>/dev/null
[ $? = 3 ] || fail "a second one was started"
daemonize -K -p "$pidfile" || fail "it does not stop it"
daemonize /no/such/program 2>/dev/null
[ $? = 127 ] || fail "a program that there is none of"
