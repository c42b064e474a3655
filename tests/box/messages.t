#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Output that cannot be written is a failure, and errors have a text.
# shellcheck disable=SC2154
NEEDS=
. "${0%/*}/../helpers/lib.sh"

into_full() {	# APPLET [ARG]...: fails as what cannot print
	st=0
	"$bin/daemonbox" "$@" >/dev/full 2>err || st=$?
	status 1 "$*"
	says "*: stdout: $full"
}
full="error 28"
! has ERROR_TEXTS || full="No space left on device"

t_box() {
	[ -c /dev/full ] || skip "no /dev/full"
	! has BOX_USAGE || into_full --help
	! has BOX_LIST || into_full --list
	! has BOX_LIST || into_full --list-full
	! has BOX_CONFIG || into_full --config
	! has BOX_VERSION || into_full --version
	into_full
}
check "what the box cannot print: 1, with the reason" t_box

t_applets() {
	[ -c /dev/full ] || skip "no /dev/full"
	db --list
	cp out names
	while read -r name; do into_full "$name" --help; done <names
}
check "... the applets' --help" t_applets BOX_USAGE BOX_LIST

t_dry() {
	[ -c /dev/full ] || skip "no /dev/full"
	into_full daemonize -d true
}
check "... -d" t_dry DAEMONIZE DAEMONIZE_VERBOSE

t_closed() {
	st=0
	"$bin/daemonbox" --version >&- 2>err || st=$?
	status 1
	says "daemonbox: stdout: *"
}
check "... a stdout that is closed" t_closed BOX_VERSION

t_short() {
	# room for some of the text: a short write, and then the error
	head -c 500 /dev/zero >file
	st=0
	(trap '' XFSZ; ulimit -f 1; exec "$bin/daemonbox" --help) >>file 2>message || st=$?
	cp message err
	status 1
	says "daemonbox: stdout: File too large"
	[ "$(wc -c <file)" -gt 500 ] || fail "nothing was written"
}
check "a write that is cut short goes on" t_short BOX_USAGE ERROR_TEXTS

t_pipe() {
	mkfifo fifo
	exec 9<>fifo 8>fifo 9>&-
	st=0
	(trap '' PIPE; exec "$bin/daemonbox" --version) >&8 2>err || st=$?
	status 1
	says "daemonbox: stdout: Broken pipe"
}
check "a pipe without a reader, where SIGPIPE is ignored" t_pipe BOX_VERSION ERROR_TEXTS

t_texts() {
	"$bin/seccomp" eintr=flock /bin/true || skip "no filters here"
	while read -r deed call text; do
		PRE="$bin/seccomp $deed=$call"
		dz -l lock "$P" "$T/report"
		fails 1 "daemonize: *: $text"
	done <<-EOT
		eintr flock Interrupted system call
		enolck flock No locks available
		enfile openat Too many open files in system
		emfile openat Too many open files
	EOT
}
check "errors that daemons meet have a text" t_texts DAEMONIZE DAEMONIZE_LOCK ERROR_TEXTS

done_testing
