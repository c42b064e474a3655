#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The examples of README.md and of the pages behind it run: each ```sh block with the line
# <!-- run [SYMBOL|+THING]... --> before it, by sh -e, in a folder of its own with the applets
# first in PATH, the source tree as ./daemonbox, and toolchains that were made in PATH.
# shellcheck disable=SC2154
NEEDS=
. "${0%/*}/../helpers/lib.sh"
# What was said to make goes for the build that is tested, not for those of the examples.
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V MAKEFLAGS MFLAGS MAKELEVEL

for tool in "${TOOLCHAINS:-$top/out/toolchain}"/*/bin; do PATH=$PATH:$tool; done

# prints the Nth block to run of a page; with N = 0 what each needs, a line each
block() {	# PAGE N
	awk -v wanted="$2" '
		/^```/ && inside { inside = shown = 0; next }
		inside { if (shown) print; next }
		/^<!-- run[^>]*-->[[:space:]]*$/ { marked = 1; needs = $0; sub(/^<!-- run */, "", needs); sub(/ *-->.*$/, "", needs) }
		/^<!-- run/ { next }
		/^```/ { inside = 1 }
		/^```sh[[:space:]]*$/ && marked { shown = ++n == wanted; if (!wanted) print "needs " needs }
		/[^[:space:]]/ { marked = 0 }
	' "$top/$1"
}

run_block() {	# PAGE N
	block "$1" "$2" >../block
	cat ../block
	echo "--"
	for name in $($DB --list 2>/dev/null || echo daemonize); do
		[ -e "$bin/$name" ] || ln -s "$BOX" "$bin/$name"
	done
	unset O KCONFIG_CONFIG MAKEFLAGS MFLAGS MAKELEVEL
	mkdir cwd
	cd cwd
	[ ! -f "$top/Kconfig" ] || ln -s "$top" daemonbox
	PATH=$bin:$PATH timeout "$((TEST_LIMIT - 5))" sh -e ../../block
}

[ -f "$top/README.md" ] || { echo "1..0 # SKIP no README.md here"; exit 0; }
TEST_LIMIT=120

t_short() {
	words=$(wc -w <"$top/README.md")
	[ "$words" -le 1500 ] || fail "README.md has $words words"
}
check "README.md has at most 1,500 words" t_short

t_links() {
	for page in README.md applets/jobs.md; do
		grep -o '](\([^)]*\))' "$top/$page" | sed 's/^](//; s/)$//; s/#.*//' | while read -r link; do
			case $link in '' | *://*) continue ;; esac
			[ -e "$top/$(dirname "$page")/$link" ] || fail "$page: no $link"
		done
	done
}
check "what they link to is there" t_links +source

t_jobs() {
	is "$(grep -c '^## [0-9]*\. ' "$top/applets/jobs.md")" 10 jobs
	grep -q '(applets/jobs.md)' "$top/README.md" || fail "README.md does not link to them"
	awk '/^## / { if (job && !run) print job; job = $0; run = 0 } /^<!-- run/ { run = 1 } END { if (!run) print job }' \
		"$top/applets/jobs.md" >untried
	is "$(cat untried)" "" "jobs without a block that is run"
}
check "ten jobs, each with a block that is run" t_jobs

for page in README.md applets/jobs.md; do
	n=0
	while read -r _ needs; do
		n=$((n + 1))
		id=$(echo "t_${page}_$n" | tr ./ __)
		eval "$id() { run_block $page $n; }"
		# shellcheck disable=SC2086
		check "$page $n: $(block "$page" $n | sed -n '/[^[:space:]]/{p;q;}')" "$id" DAEMONIZE DAEMONIZE_PIDFILE $needs
	done <<-X
		$(block "$page" 0)
	X
done
done_testing
