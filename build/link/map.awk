# SPDX-License-Identifier: 0BSD
#
# awk -v job=JOB -f map.awk daemonbox.map
#
# Reads GNU ld's link map: what is in the program, and where it came from.
#   check   fails if anything of a library is in the program that is not on
#           the list below
#   rows    prints SIZE SECTION NAME a line, NAME being a symbol of ours (the
#           sections are named after them) or a member of a library

# What may come of libraries. The program's own start (applets/lib/libc/crt.c) sets
# up no thread storage, so that most of libc would crash; and stdio, the heap or
# floating point weigh more than an applet.
BEGIN {
	split("__environ sigrtmax sigrtmin " \
		"int64 _muldi3 _thumb1_case_sqi _thumb1_case_uqi _thumb1_case_shi _thumb1_case_uhi _thumb1_case_si", list)
	for (i in list)
		allowed[list[i]]
}

# "LIBRARY(MEMBER)", and there or on a line of its own "WHO (SYMBOL)".
!inside && /^[^ ]+\.a\([^)]*\)/ { wanted = $1; sub(/^[^ ]+/, "") }
!inside && wanted != "" && NF {
	sub(/^.*\/applets\//, "applets/", $1)
	asker[wanted] = $1
	# It has its own start, so that all of it may be used.
	if (wanted ~ /\(__libc_start_main\./)
		job = job == "check" ? "" : job
	wanted = ""
}

/^Linker script and memory map/ { inside = 1; next }
!inside { next }

# The name of an output section: what it holds takes memory if it has an address.
/^[._a-zA-Z]/ {
	output = $1
	held = ""
}

# A name too long for its column stands on a line of its own.
/^ [._a-zA-Z][^ ]*$/ {
	held = $1
	next
}

/^ [._a-zA-Z][^ ]* +0x[0-9a-f]+ +0x[0-9a-f]+ / { piece($1, $2, $3, $4); held = ""; next }
/^ +0x[0-9a-f]+ +0x[0-9a-f]+ / && held != "" { piece(held, $1, $2, $3); held = ""; next }

END {
	if (!inside) {
		print "link map: not GNU ld's, so nothing is checked or counted" > "/dev/stderr"
		exit 0
	}
	if (job == "rows")
		for (key in total)
			print total[key], key
	printf "%s", (wrong != "" ? wrong : more) > "/dev/stderr"
	exit wrong more != ""
}

function hex(text,    i, n) {
	text = tolower(text)
	for (i = 3; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}

function piece(section, address, size, file,    at, library) {
	size = hex(size)
	if (!size || address ~ /^0x0+$/ || output !~ /^\.(text|rodata|data|bss|init|fini|tdata|tbss|eh_frame|preinit|ctors|dtors|got|sdata|sbss|srodata|ARM|MIPS|reginfo|plt|rela|iplt|igot|tm_clone)/)
		return
	at = match(file, /[^\/]*\.a\([^)]*\)$/)
	if (!at) {
		total[short(output) " " symbol(section, file)] += size
		return
	}
	library = substr(file, at)
	total[short(output) " " library] += size
	if (job == "check")
		judge(file, library)
}

# Of what one of them brings along it is enough to know the first.
function judge(file, library,    by, line) {
	by = asker[file]
	if (member(library) in allowed || file in judged)
		return
	judged[file]
	line = member(library) ".o of " substr(library, 1, index(library, "(") - 1) ", asked for by " by \
		": not on the list in build/link/map.awk\n"
	if (by ~ /\)$/ && !(member(by) in allowed))
		more = more line
	else
		wrong = wrong line
}

function member(file) {
	sub(/^.*\(/, "", file)
	sub(/\.l?o\)$/, "", file)
	return file
}

function short(name) {
	if (name ~ /^\.(data|sdata|got|tdata|init_array|fini_array|preinit|ctors|dtors|igot|tm_clone)/)
		return "data"
	return name ~ /^\.(bss|sbss|tbss)/ ? "bss" : "text"
}

# .text.name, .rodata.name: a symbol. What is unnamed goes by its file, which is
# one for all, with a name that says nothing, where the compiler made it so (-flto).
function symbol(section, file) {
	if (file ~ /\.ltrans/)
		file = "all"
	sub(/^.*\/applets\//, "", file)
	sub(/^applets\//, "", file)
	sub(/^.*\//, "", file)
	if (section ~ /^\.(rodata\.(str|cst)[0-9.]*$|rodata\.[^ ]*\.str[0-9.]*$)/)
		return file ":strings"
	if (section !~ /^\.(text|rodata|data|bss|data\.rel\.ro|sdata|sbss|srodata)\.[^ ]/)
		return file ":" section
	sub(/^\.(text\.(startup|unlikely|hot|exit)|text|rodata|data\.rel\.ro\.local|data\.rel\.ro|data|bss|s[a-z]+)\./, "", section)
	sub(/(\.(isra|constprop|part|cold|lto_priv|[0-9])[.0-9]*)+$/, "", section)
	return section
}
