#!/bin/sh
# SPDX-License-Identifier: 0BSD
# README.md's examples run: each ```sh block with the line <!-- run --> before it, by
# sh -e, in a folder of its own with the applets first in PATH.
# shellcheck disable=SC2154
NEEDS=
. "${0%/*}/../helpers/lib.sh"

readme=${README:-$top/README.md}

# prints the Nth block to run; with N = 0 how many there are
block() {
	awk -v wanted="$1" '
		/^```/ && inside { inside = shown = 0; next }
		inside { if (shown) print; next }
		/^<!-- run -->[[:space:]]*$/ { marked = 1; next }
		/^```/ { inside = 1 }
		/^```sh[[:space:]]*$/ && marked { shown = ++n == wanted }
		/[^[:space:]]/ { marked = 0 }
		END { if (!wanted) print n + 0 }
	' "$readme"
}

run_block() {
	n=${only#t_block_}
	block "$n" >../block
	cat ../block
	echo "--"
	for name in $($DB --list 2>/dev/null || echo daemonize); do
		[ -e "$bin/$name" ] || ln -s "$BOX" "$bin/$name"
	done
	mkdir cwd
	cd cwd
	PATH=$bin:$PATH timeout 30 sh -e ../../block
}

[ -f "$readme" ] || { echo "1..0 # SKIP no README.md here"; exit 0; }
blocks=$(block 0)
i=1
while [ "$i" -le "$blocks" ]; do
	first=$(block "$i" | sed -n '/[^[:space:]]/{p;q;}')
	eval "t_block_$i() { run_block; }"
	check "README block $i: $first" "t_block_$i" DAEMONIZE DAEMONIZE_PIDFILE
	i=$((i + 1))
done
done_testing
