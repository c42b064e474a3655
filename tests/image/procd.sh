# SPDX-License-Identifier: 0BSD
# shellcheck shell=dash disable=SC1090,SC2034,SC2154,SC3043
#
# What OpenWrt's rc.common, its uci functions and procd do with an init script, as far
# as the tests of ours need it, for machines that are no OpenWrt:
#
#   ash procd.sh INITSCRIPT ACTION [ARG]...
#
# ROOM has etc/config (uci files) and procd, where the instances are kept: NAME.wanted,
# the parameters as they were last set, NAME.pid, NAME.log (a line a start, end and signal).
# An instance is run by a loop that starts it again as respawn wants it. What is set anew
# is compared: the same is left alone, another is ended and started, one that is missing is
# ended. As procd, it makes no session of its own for a service. What a service says on
# stderr, which procd logs where it is told to, is in NAME.stderr.

ROOM=${ROOM:?}
# procd is not of the terminal where the script is called.
trap "" HUP
script=$1 action=$2
shift 2
service=${script##*/} service=${service%.init}
mkdir -p "$ROOM/procd"

# ---- uci ---------------------------------------------------------------------

config() { anonymous=$((anonymous + 1)) section=${2:-cfg$anonymous}; CONFIG_SECTIONS="$CONFIG_SECTIONS $section"; eval "CONFIG_${section}_TYPE=\$1"; }
option() { eval "CONFIG_${section}_$1=\$2"; }
list() {
	eval "n=\$((\${CONFIG_${section}_$1_LENGTH:-0} + 1))"
	eval "CONFIG_${section}_$1_LENGTH=$n CONFIG_${section}_$1_ITEM$n=\$2"
	eval "CONFIG_${section}_$1=\"\${CONFIG_${section}_$1:+\$CONFIG_${section}_$1 }\$2\""
}
config_load() {
	local name
	for name in $(set | sed -n 's/^\(CONFIG_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
	CONFIG_SECTIONS='' anonymous=0
	[ -f "$ROOM/etc/config/$1" ] || return 1
	ash -n "$ROOM/etc/config/$1" 2>/dev/null && . "$ROOM/etc/config/$1"
}
config_get() { eval "$1=\${CONFIG_${2}_$3:-\${4-}}"; }
config_get_bool() {
	config_get "$@"
	eval "case \$$1 in 1|on|true|yes|enabled) $1=1 ;; 0|off|false|no|disabled) $1=0 ;; *) $1=\$4 ;; esac"
}
config_foreach() {
	local function="$1" type="$2" one kind
	shift 2
	for one in $CONFIG_SECTIONS; do
		config_get kind "$one" TYPE
		[ "$kind" != "$type" ] || "$function" "$one" "$@"
	done
}
config_list_foreach() {
	local name="$1" option="$2" function="$3" length i=0 value
	shift 3
	config_get length "$name" "${option}_LENGTH" 0
	while [ $((i += 1)) -le "$length" ]; do
		config_get value "$name" "${option}_ITEM$i"
		"$function" "$value" "$@"
	done
}

# ---- procd -------------------------------------------------------------------

procd_open_instance() { instance=$1; : >"$ROOM/procd/$instance.set"; }
# Within double quotes, too, as the files have it.
quoted() { for word; do printf "'%s' " "$(printf %s "$word" | sed -e "s/'/'\\\\''/g" -e 's/[\\"$`]/\\&/g')"; done; }
procd_set_param() {
	local name="$1"
	shift
	# of a file what counts is what it holds
	[ "$name" != file ] || set -- "$@" "$(cat "$@" 2>/dev/null | md5sum)"
	echo "$name=\"$(quoted "$@")\"" >>"$ROOM/procd/$instance.set"
}
procd_append_param() {
	local name="$1"
	shift
	sed "s/^$name=\"\(.*\)\"\$/\1/; t; d" "$ROOM/procd/$instance.set" >"$ROOM/procd/line"
	{
		grep -v "^$name=" "$ROOM/procd/$instance.set"
		echo "$name=\"$(cat "$ROOM/procd/line")$(quoted "$@")\""
	} >"$ROOM/procd/more"
	mv "$ROOM/procd/more" "$ROOM/procd/$instance.set"
}
procd_close_instance() { instances="$instances $instance"; }
procd_add_jail() { procd_set_param jail "$@"; }
procd_add_jail_mount() { procd_append_param jail_mount "$@"; }
procd_add_jail_mount_rw() { procd_append_param jail_mount_rw "$@"; }
procd_add_reload_trigger() { echo "reload $*" >"$ROOM/procd/triggers"; }
procd_add_interface_trigger() { echo "interface $*" >>"$ROOM/procd/triggers"; }
procd_add_validation() { "$@"; }
uci_load_validate() { shift 4; printf '%s\n' "$@" >"$ROOM/procd/fields"; }
procd_running() { [ -f "$ROOM/procd/$2.pid" ]; }	# SERVICE INSTANCE
procd_send_signal() { kill -s "$3" "$(sed -n '/^started /h; ${ g; s/started //p; }' "$ROOM/procd/$2.log")"; }

run_loop() {	# INSTANCE: as procd, until told to end
	local respawn='' command='' stderr='' child='' ended='' to=/dev/null
	. "$ROOM/procd/$1.wanted"
	trap 'ended=1; [ -z "$child" ] || kill "$child"' TERM
	[ -z "$stderr" ] || to=$ROOM/procd/$1.stderr
	while [ -z "$ended" ]; do
		eval "$command 2>>\"\$to\" &"
		child=$!
		echo "started $child" >>"$ROOM/procd/$1.log"
		while kill -0 "$child" 2>/dev/null; do wait "$child"; done
		[ -n "$respawn" ] || break
		eval "set -- \"\$1\" $respawn"
		[ -n "$ended" ] || sleep "${RESPAWN_DELAY:-$3}"
	done
	rm -f "$ROOM/procd/$1.pid"
}
end_instance() {	# INSTANCE
	[ -f "$ROOM/procd/$1.pid" ] || return 0
	kill "$(cat "$ROOM/procd/$1.pid")" 2>/dev/null
	while [ -f "$ROOM/procd/$1.pid" ]; do usleep 20000; done
}
start_instance() {	# INSTANCE
	mv "$ROOM/procd/$1.set" "$ROOM/procd/$1.wanted"
	{ run_loop "$1"; } </dev/null >/dev/null 2>&1 9>&- &
	echo $! >"$ROOM/procd/$1.pid"
}
apply() {	# set|add: what has been described by now
	local one
	for one in $instances; do
		if [ -f "$ROOM/procd/$one.pid" ] && cmp -s "$ROOM/procd/$one.set" "$ROOM/procd/$one.wanted"; then
			continue
		fi
		end_instance "$one"
		start_instance "$one"
	done
	[ "$1" = set ] || return 0
	for one in "$ROOM"/procd/*.pid; do
		one=${one##*/} one=${one%.pid}
		case " $instances " in *" $one "*) ;; *) end_instance "$one" ;; esac
	done
}

# ---- rc.common ---------------------------------------------------------------

stop_service() { :; }
boot() { start "$@"; }
service_triggers() { :; }
. "$script"

start() {
	instances=
	start_service "$@"
	service_triggers
	apply "$([ -n "${1-}" ] && echo add || echo set)"
}
stop() {
	local one
	stop_service "$@"
	for one in "$ROOM"/procd/${1:-*}.pid; do
		one=${one##*/}
		end_instance "${one%.pid}"
	done
}
restart() { stop "$@"; start "$@"; }
reload() { if type reload_service >/dev/null; then reload_service "$@"; else start "$@"; fi; }
status() { status_service "$@"; }
"$action" "$@"
