#!/bin/sh
# SPDX-License-Identifier: 0BSD
# At a real terminal: a pty, an interactive shell, hangups and Control-C.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE +bash"
. "${0%/*}/../helpers/lib.sh"

terminal() {	# COMMAND [ARG]...: it at a new one; what it shows is in the file "screen"
	"$bin/ptyrun" "$@" >screen || { cat screen; fail "the terminal's script"; }
}

# bash at the terminal, without the machine's start files
at_terminal() {
	terminal env -i PATH="$PATH" HOME="$T" TERM=dumb PS1='ready> ' HISTFILE= \
		bash --noprofile --norc --login -i
}

report_of() { sed -n "s/^$2: //p" "$T/$1"; }

outlives() {	# STEP...: these end the terminal, a background job with it, but not a daemon
	at_terminal <<-EOT
		expect ready>
		send shopt -s huponexit
		send $P $T/plain &
		file $T/plain
		send $DZ $P $T/daemon
		file $T/daemon
		$(printf '%s\n' "$@")
	EOT
	"$bin/waitfor" end "$(report_of plain pid)" || fail "the plain background job lives"
	alive "$(report_of daemon pid)" "$T/daemon"
}

t_hangup() {
	outlives hangup wait
	is "$(report_of daemon tty)" none "its terminal"
	case $(report_of plain tty) in yes*) ;; *) fail "the plain job had none: $(report_of plain tty)" ;; esac
}
check "the terminal closes: a background job dies, the daemon lives" t_hangup

t_exit() { outlives "send exit" wait hangup; }
check "exit with huponexit: the same" t_exit

t_from_background() {
	at_terminal <<-EOT
		expect ready>
		send stty tostop
		send $DZ $P -o noise $T/daemon &
		file $T/daemon
		send $DZ $P -o noise $T/daemon2 | cat &
		file $T/daemon2
		hangup
		wait
	EOT
	alive "$(report_of daemon pid)" "$T/daemon"
	alive "$(report_of daemon2 pid)" "$T/daemon2"
	is "$(report_of daemon tty)$(report_of daemon2 tty)" nonenone terminals
}
check "started in the background with tostop: not stopped, no terminal" t_from_background

t_interrupt() {
	at_terminal <<-EOT
		expect ready>
		send $P $T/plain &
		file $T/plain
		send $DZ $P $T/daemon
		file $T/daemon
		send $P $T/front
		file $T/front
		key c
		expect ready>
		send $P $T/front2
		file $T/front2
		key \\
		expect ready>
		send : still h""ere
		expect ready>
		send touch $T/alive
		file $T/alive
	EOT
	"$bin/waitfor" end "$(report_of front pid)" "$(report_of front2 pid)" || fail "the foreground job lives"
	alive "$(report_of daemon pid)" "$T/daemon"
}
check "Control-C and Control-\\ reach the foreground job, not the daemon" t_interrupt

t_interrupt_plain() {
	# the background job of the same shell lives too: only the foreground group is meant
	at_terminal <<-EOT
		expect ready>
		send $P $T/plain &
		file $T/plain
		send $P $T/front
		file $T/front
		key c
		expect ready>
		send kill -USR1 \$!
		file $T/plain.again
	EOT
	"$bin/waitfor" end "$(report_of front pid)" || fail "the foreground job lives"
}
check "... nor a background job" t_interrupt_plain

t_own_group() {
	# without a job-control shell the daemon starts out in the foreground group
	terminal sh -c "$DZ $P $T/daemon && exec $P $T/front" <<-EOT
		file $T/daemon
		file $T/front
		key c
		wait
	EOT
	"$bin/waitfor" end "$(report_of front pid)" || fail "the foreground job lives"
	alive "$(report_of daemon pid)" "$T/daemon"
}
check "... where the shell has no job control" t_own_group

t_foreground_interrupt() {
	terminal sh -c "exec $DZ -f $P $T/front" <<-EOT
		file $T/front
		key c
		wait
	EOT
	"$bin/waitfor" end "$(report_of front pid)" || fail "it lives"
	case $(report_of front tty) in yes*) ;; *) fail "-f lost its terminal" ;; esac
}
check "-f: Control-C reaches it" t_foreground_interrupt DAEMONIZE_FOREGROUND

t_screen() {
	at_terminal <<-EOT
		expect ready>
		send $DZ $P -o NO""ISE $T/daemon
		file $T/daemon
		send echo DO""NE
		expect DONE
	EOT
	! grep -q NOISE screen || fail "the daemon wrote on the terminal"
}
check "nothing that the daemon prints comes to the terminal" t_screen STEP_NULL

done_testing
