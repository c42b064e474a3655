# SPDX-License-Identifier: 0BSD
#
# awk -v job=JOB -f map.awk daemonbox.map
#
# Reads GNU ld's link map: what is in the program, and where it came from.
#   check   fails if stdio, malloc, floating point or the password functions
#           of the C library are linked: each weighs more than an applet
#   rows    prints SIZE SECTION NAME a line, NAME being a symbol of ours (the
#           sections are named after them) or a member of a library

BEGIN {
	stdio = "^(__stdio_|__std(in|out|err)|std(in|out|err)$|__to(read|write)|__(u|over)flow|__fdopen|__fmodeflags|" \
		"__lockfile|ofl|shgetc|intscan|v?(d|f|s|sn|as|w|fw|sw)?(printf|scanf)|v?(f|s)w(printf|scanf)|" \
		"f(open|close|read|write|put[cs]|get[cs]|flush|seek|tell|ileno|puts)|put(s|c|char)|get(c|char|line|delim)|" \
		"perror|psignal|getopt|open_(w?mem)|set(v|line)?buf|rewind|ungetc|popen|pclose|tmpfile)"
	heap = "^((lite_)?malloc|free|(libc_)?calloc|realloc(array)?|donate|memalign|aligned_alloc|posix_memalign|" \
		"expand_heap|strn?dup|asprintf)$"
	floats = "^(floatscan|fmt_fp|strto(d|f|ld)|ato?f|[efg]cvt|__(fpclassify|signbit|expo2)|(frexp|scalbn?|copysign|fmodl?|ldexp)[fl]?$)"
	users = "^(getpw|getgr|initgroups|nscd|fgetpw|fgetgr|putpw|getspnam)"
	soft = "(_|[a-z])[sdxt]f([0-9]?$|[sdtu]i|[sdxt]f)"
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
	exit failed
}

function hex(text,    i, n) {
	text = tolower(text)
	for (i = 3; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}

function piece(section, address, size, file,    at, library, member) {
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
	member = library
	sub(/^[^(]*\(/, "", member)
	sub(/\.l?o\)$/, "", member)
	if (job == "check")
		judge(library, member)
}

function judge(library, member,    why) {
	if (library in judged)
		return
	judged[library]
	if (library ~ /^libgcc/)
		why = member ~ soft ? "floating point" : ""
	else if (member ~ stdio)
		why = "stdio"
	else if (member ~ heap)
		why = "the heap"
	else if (member ~ floats)
		why = "floating point"
	else if (member ~ users)
		why = "the password functions"
	if (why == "")
		return
	print "link map: " library " is linked: " why " is not to be used (see the map for who asked for it)" > "/dev/stderr"
	failed = 1
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
	sub(/\.(isra|constprop|part|cold|lto_priv|[0-9])[.0-9]*$/, "", section)
	return section
}
