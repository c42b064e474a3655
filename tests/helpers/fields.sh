# SPDX-License-Identifier: 0BSD
# What tests of a service's fields share.
# shellcheck shell=sh

# A further row "FIELD|VALUE|MESSAGE", with a newline before it, for each field whose option is not built in.
fields_not_built_in() {
	for row in caps:none ambient:none oom_score:5 sched:batch ionice:idle cpus:0; do
		value=${row#*:} field=${row%:*}
		symbol=DAEMONIZE_$(echo "$field" | tr '[:lower:]' '[:upper:]')
		[ "$field" != ambient ] || symbol=DAEMONIZE_CAPS
		has "$symbol" || printf '\n%s' "$field|$value|$value: --$(echo "$field" | tr _ -): not built in ($symbol)"
	done
}
