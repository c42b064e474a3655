# SPDX-License-Identifier: 0BSD
# shellcheck shell=sh
#
# What the init scripts of BusyBox init, OpenRC and OpenWrt share: it looks at the
# fields of a service before anything is started, so that a mistake is one line in
# the log that names the service and the field, and no other service suffers.
#
# must_X FIELD VALUE...: whether a field is right; if not, wrong says what and why.
# optional must_X FIELD VALUE...: the same of a field that can be empty.

# Where users are looked up, as daemonize does.
: "${PASSWD:=/etc/passwd}" "${GROUP:=/etc/group}"

bad()	# FIELD VALUE WHY
{
	# shellcheck disable=SC2034
	wrong="$1: ${2:+$2: }$3"
	return 1
}

optional() { [ -z "$3" ] || "$@"; }

# Under another root what has no path is looked for there, by daemonize.
must_run()	# FIELD VALUE [ROOT]
{
	case $2 in
	'') bad "$1" '' missing ;;
	*/*) { [ -f "${3-}$2" ] && [ -x "${3-}$2" ]; } || bad "$1" "$2" 'no such program' ;;
	*) [ -n "${3-}" ] || command -v -- "$2" >/dev/null 2>&1 || bad "$1" "$2" 'no such program' ;;
	esac
}

is_number()	# VALUE LOW HIGH
{
	case $1 in
	'' | *[!0-9]* | ??????????*) return 1 ;;
	esac
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

must_number()	# FIELD VALUE LOW HIGH
{
	is_number "$2" "$3" "$4" || bad "$1" "${2:-empty}" "not a number from $3 to $4"
}

# As ticklog reads it: decimals down to a thousandth.
must_interval()	# FIELD VALUE
{
	case $2 in
	*[!0-9.]* | *.*.* | .* | *. | '') set -- "$1" "$2" x ;;
	*.*) set -- "$1" "$2" "${2%.*}" "${2#*.}" ;;
	*) set -- "$1" "$2" "$2" 000 ;;
	esac
	{ is_number "$3" 0 2678400 && [ ${#4} -le 3 ] && [ -n "$(echo "$3$4" | tr -d 0)" ]; } ||
		bad "$1" "${2:-empty}" 'not seconds from 0.001 to 2678400'
}

has_entry()	# NAME FILE
{
	while IFS=: read -r entry _; do
		[ "$entry" != "$1" ] || return 0
	done <"$2"
	return 1
}

# A number needs no entry where a group stands behind it.
has_number()	# NUMBER FILE
{
	while IFS=: read -r _ _ entry _; do
		[ "$entry" != "$1" ] || return 0
	done <"$2"
	return 1
}

must_user()	# FIELD VALUE: a user, or user:group
{
	case $2 in
	: | *: | *:*:* | :*) bad "$1" "$2" 'not USER[:GROUP]'; return ;;
	*:*) set -- "$1" "$2" "${2%:*}" "${2#*:}" ;;
	*) set -- "$1" "$2" "$2" '' ;;
	esac
	case $3 in
	*[!0-9]*) has_entry "$3" "$PASSWD" || { bad "$1" "$2" 'no such user'; return; } ;;
	*) [ -n "$4" ] || has_number "$3" "$PASSWD" || { bad "$1" "$2" 'no such user, and no group'; return; } ;;
	esac
	case $4 in
	*[!0-9]*) has_entry "$4" "$GROUP" || bad "$1" "$2" 'no such group' ;;
	esac
}

# Those that daemonize passes on to what it runs.
must_signal()	# FIELD VALUE
{
	case ${2#SIG} in
	HUP | USR1 | USR2 | WINCH) ;;
	*) bad "$1" "$2" 'not one of HUP, USR1, USR2, WINCH' ;;
	esac
}

must_tag()	# FIELD VALUE
{
	case $2 in
	*[!!-~]* | *[]:[]*) bad "$1" "$2" 'not a tag' ;;
	*) [ ${#2} -le 64 ] || bad "$1" "$2" 'longer than 64 bytes' ;;
	esac
}

must_be_in_folder()	# FIELD VALUE: a file that can be made
{
	case $2 in
	/*) { [ -d "${2%/*}/" ] && [ ! -d "$2" ]; } || bad "$1" "$2" 'its directory is missing' ;;
	*) bad "$1" "$2" 'not an absolute path' ;;
	esac
}

must_be_folder()	# FIELD VALUE [ROOT]
{
	[ -d "${3-}$2" ] || bad "$1" "$2" 'no such directory'
}

# What daemonize and ticklog read themselves is judged by them, by their own parser: an
# option that it has to complain of follows, so that nothing is done. Where it complains of
# that one, all before it was right. So a field never says other than they do, and what is
# not built in is named.
took_daemonize='' took_ticklog=''
must_take()	# PROGRAM FIELD OPTION [VALUE]
{
	case $1 in
	ticklog) took=${took_ticklog:=$(ticklog -p 2>&1)} ;;
	*) took=${took_daemonize:=$(daemonize -p 2>&1)} ;;
	esac
	said=$("$1" "$3" ${4+"$4"} -p 2>&1)
	[ "$said" != "$took" ] || return 0
	said=${said#"$1: "}
	case $said in "$3: ${4-}: "*) said=${said#"$3: ${4-}: "} ;; esac
	bad "$2" "${4-}" "$said"
}

# Each word of a field that holds several.
must_take_each()	# PROGRAM FIELD OPTION WORD...
{
	judge=$1 of=$2 option=$3
	shift 3
	for each; do
		must_take "$judge" "$of" "$option" "$each" || return 1
	done
}

# Fields that are options of daemonize: with a value, and those that are on or off.
# shellcheck disable=SC2034
options='levels:-s nice:-n umask:-m caps:--caps ambient:--ambient oom_score:--oom-score sched:--sched
	ionice:--ionice cpus:--cpus chroot:--chroot watchdog:-W hook:-x storm:-M'
# shellcheck disable=SC2034
switches='no_new_privs:--no-new-privs'

# Each is the variable of its name.
must_take_options()	# FIELD:OPTION...
{
	for row; do
		eval "value=\${${row%%:*}-}"
		[ -z "$value" ] || must_take daemonize "${row%%:*}" "${row#*:}" "$value" || return
	done
}

must_take_switches()	# FIELD:OPTION...
{
	for row; do
		eval "value=\${${row%%:*}-}"
		[ -z "$value" ] || must_switch "${row%%:*}" "$value" || return
		! is_on "$value" || must_take daemonize "${row%%:*}" "${row#*:}" || return
	done
}

is_switch()	# VALUE
{
	case $1 in
	1 | yes | on | true | 0 | no | off | false) ;;
	*) return 1 ;;
	esac
}

must_switch()	# FIELD VALUE
{
	is_switch "$2" || bad "$1" "$2" 'not one of 1, yes, 0, no'
}

is_on()	# VALUE
{
	case $1 in
	1 | yes | on | true) ;;
	*) return 1 ;;
	esac
}

# What a stop ends: the program, or all that has come of it.
must_stop()	# FIELD VALUE
{
	case $2 in
	main) ;;
	all) case $(daemonize -KK 2>&1) in *DAEMONIZE_STOP_SESSION*) bad "$1" "$2" 'not built in (DAEMONIZE_STOP_SESSION)' ;; esac ;;
	*) bad "$1" "$2" 'not one of main, all' ;;
	esac
}

# The words of a field, as the shell reads them.
must_be_words()	# FIELD VALUE
{
	(eval "set -- $2") 2>/dev/null || bad "$1" "$2" 'a quote is not closed'
}

must_be_shell()	# FIELD FILE
{
	sh -n "$2" 2>/dev/null || bad "$1" "$2" 'not what the shell can read'
}

# Whether a field is one of those that there are.
must_be_known()	# FIELD KNOWN...
{
	unknown=$1
	shift
	case " $* " in
	*" $unknown "*) ;;
	*) bad "$unknown" '' 'no such field' ;;
	esac
}

# ---- OpenWrt's: what uci has of a section ----

# Reads a package's file. One that uci cannot read changes nothing of what runs.
read_uci()	# PACKAGE
{
	config_load "$1" && return
	if [ -e "${UCI:-/etc/config}/$1" ]; then
		bad configuration "${UCI:-/etc/config}/$1" 'not what uci can read: nothing is changed'
		return
	fi
	bad configuration "${UCI:-/etc/config}/$1" 'missing: no services'
	report "$1" "$wrong"
}

# The options of a section, less what belongs to another whose name is longer.
must_know_options()	# SECTION KNOWN...
{
	section=$1
	shift
	for field in $(set | sed -n "s/^CONFIG_${section}_\([A-Za-z0-9_]*\)=.*/\1/p"); do
		case $field in TYPE | *_LENGTH | *_ITEM[0-9]*) continue ;; esac
		for other in ${CONFIG_SECTIONS-}; do
			case $other in
			"${section}_"*) case ${section}_$field in "${other}_"*) continue 2 ;; esac ;;
			esac
		done
		must_be_known "$field" "$@" || return
	done
}

# One line, for the log and for whoever looks on.
report()	# SERVICE TEXT
{
	logger -t daemonize -p daemon.err "$1: $2" 2>/dev/null
	echo "$1: $2" >&2
}

# The worst of several: what is not configured (6) before what failed (1) before what
# is not running.
worse()	# STATUS: into status
{
	case $1.$status in
	0.* | *.6) ;;
	6.* | 1.* | *.0) status=$1 ;;
	esac
}
