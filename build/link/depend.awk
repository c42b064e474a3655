# SPDX-License-Identifier: 0BSD
#
# awk -v object='$(O)/x.o' -v srcdir=PREFIX -v out=DIR -f depend.awk DIR/include/config.h OBJECT.d
#
# From the dependencies that the compiler wrote makes those that make reads:
# the headers, and in place of config.h one file for each symbol that the
# source or one of our headers mentions, so that a symbol's change rebuilds
# what has to do with it and nothing else.

FNR == NR {
	if ($1 == "#define")
		known[substr($2, 5)]
	next
}

{
	gsub(/\\$/, "")
	for (i = 1; i <= NF; i++)
		if ($i !~ /:$/)
			ours($i)
}

END {
	for (name in used)
		print object ": $(O)/include/cfg/" name
}

function ours(file,    shown) {
	if (file in seen || file == out "/include/config.h")
		return
	seen[file]
	if (index(file, out "/") == 1)
		shown = "$(O)" substr(file, length(out) + 1)
	else if (index(file, srcdir) == 1)
		shown = "$(srcdir)" substr(file, length(srcdir) + 1)
	else
		return
	scan(file)
	print object ": " shown
	print shown ":"
}

function scan(file,    line, n, i, word) {
	while ((getline line < file) > 0) {
		n = split(line, word, /[^A-Za-z0-9_]+/)
		for (i = 1; i <= n; i++) {
			sub(/^CFG_/, "", word[i])
			if (word[i] in known)
				used[word[i]]
		}
	}
	close(file)
}
