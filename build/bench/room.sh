# SPDX-License-Identifier: 0BSD
# What the scripts here begin with: namespaces and a folder of their own, the
# tests' programs, and what they print with.
# shellcheck shell=sh disable=SC2154,SC2086,SC1091

set -eu
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$top/out}
case $O in /*) ;; *) O=$(pwd)/$O ;; esac
[ -x "$O/daemonbox" ] || { echo "no $O/daemonbox: make it first" >&2; exit 1; }

if [ -z "${BENCH_ROOM:-}" ]; then
	BENCH_ROOM=$(mktemp -d "${TMPDIR:-/tmp}/daemonbox-bench.XXXXXX")
	export O BENCH_ROOM
	trap 'rm -rf "$BENCH_ROOM"' EXIT
	unshare --mount --net --pid --fork --kill-child --mount-proc sh "$0" "$@"
	exit
fi

T=$BENCH_ROOM bin=$BENCH_ROOM/bin
mkdir "$bin"
for helper in actor logd probe waitfor; do
	${CC:-cc} -Os -static -o "$bin/$helper" "$top/tests/helpers/$helper.c"
done
for applet in $("$O/daemonbox" --list); do ln -s "$O/daemonbox" "$bin/$applet"; done
fail() { echo "$*" >&2; exit 1; }
. "$top/tests/helpers/loglib.sh"
cd "$T"

row() { printf '%-44s %10s  %s\n' "$1" "$2" "${3:-}"; }
rate() { echo $(($1 * 100 / ($2 ? $2 : 1))); }

timed() {	# COMMAND...: sets took, hundredths of a second
	before=$(now)
	"$@"
	took=$(($(now) - before))
	[ $took -gt 0 ] || took=1
}

kb() { sed -n "s/^$1:[^0-9]*\\([0-9]*\\).*/\\1/p" "/proc/$2/smaps_rollup"; }
memory() { row "  $1" "$(kb Pss "$2")" "$(kb Private_Dirty "$2")"; }
