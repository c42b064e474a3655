# SPDX-License-Identifier: 0BSD
# What tests of a service's fields share.
# shellcheck shell=sh

# A further row "FIELD|VALUE|MESSAGE", with a newline before it, for each field whose option is not built in.
fields_not_built_in() {
	for row in caps:none:--caps:CAPS ambient:none:--ambient:CAPS oom_score:5:--oom-score:OOM_SCORE sched:batch:--sched:SCHED \
		ionice:idle:--ionice:IONICE cpus:0:--cpus:CPUS chroot:/:--chroot:CHROOT watchdog:5:-W:WATCHDOG hook:true:-x:HOOK \
		storm:10/5:-M:STORM; do
		field=${row%%:*} row=${row#*:} value=${row%%:*} row=${row#*:}
		option=${row%:*} symbol=DAEMONIZE_${row#*:}
		has "$symbol" || printf '\n%s' "$field|$value|$value: $option: not built in ($symbol)"
	done
}

# ... and for those that are, what daemonize has to say of a wrong value.
fields_of_daemonize() {
	while read -r field value symbol says; do
		! has "DAEMONIZE_$symbol" || printf '\n%s' "$field|$value|$value: $says"
	done <<-X
		caps nosuch CAPS unknown capability
		oom_score 5000 OOM_SCORE not a number from -1000 to 1000
		sched x SCHED not other, batch, idle, fifo:N or rr:N (1 to 99)
		cpus x CPUS not a list of CPUs
		storm 10 STORM not N/SECS
		watchdog soon WATCHDOG not whole seconds from 1 to 65535
	X
}
