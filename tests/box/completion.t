#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Completion for bash, from the option tables.
# shellcheck disable=SC2154
NEEDS="+source +make +bash"
. "${0%/*}/../helpers/lib.sh"
unset CFLAGS LDFLAGS EXTRA_CFLAGS EXTRA_LDFLAGS V MAKEFLAGS MFLAGS MAKELEVEL

made() {	# [MAKE'S ARGUMENT]...: what this configuration gets
	make -C "$top" O="$O" KCONFIG_CONFIG="$KCONFIG_CONFIG" "$@" >made 2>&1 || fail "$(cat made)"
}

# What bash offers for a line, sorted, a line. Bash breaks the words at = and : itself.
offers() {	# LINE
	cat >ask <<-'END'
		. "$2"
		COMP_LINE=$1 COMP_POINT=${#1}
		IFS=$' \t\n' read -ra all <<<"$(sed 's/\([=:]\)/ \1 /g' <<<"$1")"
		case $1 in *" ") all+=('') ;; esac
		COMP_WORDS=("${all[@]}") COMP_CWORD=$((${#all[@]} - 1))
		[[ $(complete -p "${all[0]}") == *"-F _daemonbox "* ]] || exit 1
		_daemonbox "${all[0]}"
		printf '%s\n' "${COMPREPLY[@]}"
	END
	bash ask "$1" "${file:-$O/daemonbox.bash}" | sort -u | tr '\n' ' ' | sed 's/ *$//'
}

t_bash() {
	made completion
	bash -n "$O/daemonbox.bash"
	has LONG_OPTIONS && is "$(offers "daemonize --pidf")" --pidfile "a long option"
	like "$(offers "daemonize -") " "*-K *-S *-c *-p *" "options"
	: >a.pid
	: >b.pid
	mkdir adir
	is "$(offers "daemonize -p a.")" a.pid "-p"
	is "$(offers "daemonize -Sp ")" "a.pid adir ask b.pid made" "-p in a cluster"
	is "$(offers "daemonize -c ")" adir "-c"
	is "$(offers "daemonize -u roo")" root "-u"
	is "$(offers "daemonize -k WINC")" WINCH "-k"
	is "$(offers "daemonize -w soc")" socket "-w"
	has LONG_OPTIONS && is "$(offers "daemonize --pidfile=b")" b.pid "--pidfile="
	has LONG_OPTIONS && is "$(offers "daemonize --pidfile b")" b.pid "--pidfile"
	is "$(offers "daemonize -E A=b -w line: -p x bash")" "$(bash -c 'compgen -c bash' | sort -u | tr '\n' ' ' | sed 's/ $//')" "the program"
	is "$(offers "daemonize -p x sh -")" "" "an argument of the program"
	is "$(offers "daemonize -p x sh a.")" a.pid "... a file"
	is "$(offers "daemonize -- -p")" "" "behind --"
}
check "options, and what they take" t_bash DAEMONIZE DAEMONIZE_PIDFILE DAEMONIZE_SYSLOG DAEMONIZE_STOP DAEMONIZE_USER \
	DAEMONIZE_CHDIR DAEMONIZE_READY

t_names() {
	made completion
	like " $(offers "pidof-session ") " "* bash *" "a process's name"
}
check "pidof-session completes names of processes" t_names PIDOF_SESSION PIDOF_SESSION_NAME

# Every option that --help shows is offered, and no other.
t_all() {
	made completion
	for applet in daemonize ticklog pidof-session; do
		ln -s "$BOX" "$applet"
		./"$applet" --help >help || continue
		{ sed -n 's/^  -\([^-]\)\( \|,\|$\).*/-\1/p' help; echo; } | sort -u | tr '\n' ' ' | sed 's/^ *//; s/ *$//' >shown
		# each name is one of the usage text, too
		for name in $(offers "$applet -" | tr ' ' '\n' | grep '^--' | grep -v '^--help$'); do
			grep -q -e "$name\\( \\|,\\|=\\|\$\\)" help || fail "$applet has no $name"
		done
		offers "$applet -" | tr ' ' '\n' | grep '^-.$' | sort -u | tr '\n' ' ' | sed 's/ *$//' >offered
		is "$(cat offered)" "$(cat shown)" "letters of $applet"
	done
}
check "every option of the usage text, and no other" t_all BOX_USAGE DAEMONIZE TICKLOG PIDOF_SESSION

t_small() {
	make -C "$top" O="$T/o" small_defconfig >/dev/null
	make -C "$top" O="$T/o" install-completion CONFIG_PREFIX="$T/root" >made 2>&1 || fail "$(cat made)"
	file=$T/root/usr/share/bash-completion/completions/daemonize
	is "$(readlink "$file")" daemonbox "its link"
	[ ! -e "${file%/*}/ticklog" ] || fail "completion of what is not built in"
	like " $(offers "daemonize -") " "* -p *" "what is built in"
	case " $(offers "daemonize -") " in *" -o "* | *" --pidfile "*) fail "offers what is not built in" ;; esac
	make -C "$top" O="$T/o" uninstall CONFIG_PREFIX="$T/root" >made 2>&1 || fail "$(cat made)"
	is "$(find root -type l -o -type f)" "" "after uninstall"
}
check "what is not built in is not offered; it is installed by command" t_small +musl-gcc

done_testing
