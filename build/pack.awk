# SPDX-License-Identifier: 0BSD
#
# awk -f pack.awk: the texts of PACK() (applets/lib/pack.h), as the preprocessor
# shows them between PACK_BEGIN and PACK_END, to C: PACK_MOST, the room that the
# longest takes, its NUL counted, PACK_PAIRS, which says what two bytes each byte
# from 128 up stands for, and PACKED_NAME for each text.
#
# Byte pair encoding: the pair that is found most often becomes a byte of its
# own, again and again; a pair may so be of pairs. Never over a NUL, so that the
# parts of a text can be told apart while it is packed. Of equals the first in
# the alphabet is taken: the same texts give the same bytes everywhere.

BEGIN {
	FIRST = 128
	LAST = 255
	LEAST = 4
	pairs = length_of = names = 0
	for (i = 1; i < 128; i++)
		code[sprintf("%c", i)] = i
}

{ read_line($0) }

END {
	longest = longest_part()
	while (pairs <= LAST - FIRST && best())
		replace()
	print "/* Made from the texts of PACK(): change those. */"
	print "#define PACK_MOST", longest
	printf "#define PACK_PAIRS \""
	for (i = 0; i < pairs; i++)
		printf "%s%s", shown(left[i]), shown(right[i])
	print "\""
	write()
	exit failed
}

# Names stand before their texts, string literals are put together.
function read_line(line,    length_now) {
	while (line != "") {
		length_now = match(line, /^("([^"\\]|\\.)*"|[A-Za-z0-9_]+)/) ? RLENGTH : 1
		if (substr(line, 1, 1) != "\"")
			word(substr(line, 1, length_now))
		else if (inside)
			add(substr(line, 2, length_now - 2))
		line = substr(line, length_now + 1)
	}
}

# The end of a text is -1.
function word(name) {
	if (name == "PACK_BEGIN")
		inside = 1
	else if (name == "PACK_END") {
		text[length_of++] = -1
		inside = 0
	} else if (inside && name ~ /^[A-Za-z0-9_]/)
		name_of[names++] = name
}

function add(literal,    c) {
	while (literal != "") {
		c = substr(literal, 1, 1)
		if (c == "\\")
			c = escape(literal)
		else {
			c = c in code ? code[c] : 128
			RLENGTH = 1
		}
		if (c > 127) {
			print "pack: only ASCII can be packed: " literal > "/dev/stderr"
			failed = 1
		}
		text[length_of++] = c
		literal = substr(literal, RLENGTH + 1)
	}
}

function escape(literal,    i, c) {
	if (match(literal, /^\\[0-7][0-7]?[0-7]?/)) {
		c = 0
		for (i = 2; i <= RLENGTH; i++)
			c = c * 8 + substr(literal, i, 1)
		return c
	}
	RLENGTH = 2
	c = substr(literal, 2, 1)
	return c == "n" ? 10 : c == "t" ? 9 : code[c]
}

function longest_part(    i, length_now, most) {
	most = 0
	for (i = 0; i < length_of; i++) {
		length_now = text[i] > 0 ? length_now + 1 : 0
		if (length_now > most)
			most = length_now
	}
	return most + 1
}

# The pair to replace next: in a run of one byte every second counts.
function best(    i, a, b, pair, most, counted, last) {
	split("", count)
	split("", last)
	most = 0
	for (i = 0; i < length_of; i++) {
		a = b
		b = text[i]
		if (i == 0 || a <= 0 || b <= 0)
			continue
		pair = a * 256 + b
		if (a == b && (pair in last) && last[pair] == i - 1)
			continue
		last[pair] = i
		if (++count[pair] > most)
			most = count[pair]
	}
	if (most < LEAST)
		return 0
	counted = 256 * 256
	for (pair in count)
		if (count[pair] == most && pair + 0 < counted)
			counted = pair + 0
	left[pairs] = int(counted / 256)
	right[pairs] = counted % 256
	return 1
}

function replace(    from, to) {
	to = 0
	for (from = 0; from < length_of; from++)
		if (from + 1 < length_of && text[from] == left[pairs] && text[from + 1] == right[pairs]) {
			text[to++] = FIRST + pairs
			from++
		} else
			text[to++] = text[from]
	length_of = to
	pairs++
}

function shown(byte) {
	if (byte >= 32 && byte < 127 && byte != 34 && byte != 63 && byte != 92)
		return sprintf("%c", byte)
	return sprintf("\\%03o", byte)
}

function write(    i, n) {
	for (i = n = 0; n < names; n++) {
		printf "#define PACKED_%s \"", name_of[n]
		for (; text[i] != -1; i++)
			printf "%s", shown(text[i])
		i++
		print "\""
	}
}
