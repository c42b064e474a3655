#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The manual pages: well written, their examples run, and their options those of the
# program, of its usage texts and of Kconfig.
# shellcheck disable=SC2154
NEEDS="+source"
. "${0%/*}/../helpers/lib.sh"

applets=$($DB --list 2>/dev/null || sed 's,.*/,,' "$O/daemonbox.links")
for name in $applets; do
	[ -e "$bin/$name" ] || ln -s "$BOX" "$bin/$name"
done
SOH=$(printf '\001')                    # an option that nobody has

page() { echo "$top/applets/$1.1"; }

built_in() {	# APPLET
	case " $(echo "$applets" | tr '\n' ' ') " in *" $1 "*) ;; *) skip "no $1 built in" ;; esac
}

# The options of a page, a line each: letter, whether it takes an argument, long name.
page_options() {
	awk '/^\.It Fl / && !/^\.It Fl - / {
		letter = long = "-"; args = options = 0
		n = split($0, word, " ")
		for (i = 3; i <= n; i++) {
			if (word[i - 1] != "Fl")
				continue
			options++
			args += word[i + 1] == "Ar" || word[i + 2] == "Ar"
			if (word[i] ~ /^-./)
				long = substr(word[i], 2)
			else
				letter = word[i]
		}
		# 2: one of the two has an argument
		print letter, args == options ? 1 : args ? 2 : 0, long
	}' "$(page "$1")" | LC_ALL=C sort
}

# The options of the parser, asked from outside: letter and what it says of it. Each
# call is refused at the latest for --none, so that nothing is ever done.
parser_options() {	# PROGRAM
	for letter in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z \
		A B C D E F G H I J K L M N O P Q R S T U V W X Y Z; do
		said=$($1 "-$letter$SOH" --none </dev/null 2>&1) && fail "-$letter --none is taken"
		case $said in
		*": -$letter: unknown option"*) ;;
		*": -$letter: not built in ("*) said=${said##*\(}; echo "$letter off ${said%%\)*}" ;;
		*": -?: unknown option"* | *": -$SOH: unknown option"*) echo "$letter flag" ;;
		*) echo "$letter arg" ;;
		esac
	done | LC_ALL=C sort
}

t_lint() {
	cd "$top/applets"
	for name in *.[17]; do
		# what an outdated index of this machine lacks is no fault of the page
		said=$(mandoc -Tlint "$name" 2>&1 | grep -v 'outdated mandoc.db') || true
		is "$said" "" "mandoc -Tlint $name"
	done
}
check "the pages are clean by mandoc -Tlint" t_lint +mandoc

# mdoc makes a name of a word behind .Nm, and an option of each word behind .Fl: an argument needs .Ar.
t_swallowed() {
	awk '/^\.(Nm|Fl|Op|It)/ {
		for (i = 1; i < NF; i++)
			if ($i ~ /^\.?Nm$/ && $(i + 1) !~ /^(Fl|Ar|Cm|No|Ns|Ta|Op|[.,:;()]|daemonize|ticklog|pidof-session|daemonbox)$/ ||
			    $(i - 1) ~ /^\.?Fl$/ && $i !~ /^[|]$/ && $(i + 1) ~ /^[A-Za-z0-9][A-Za-z0-9]/ &&
			    $(i + 1) !~ /^(Fl|Ar|Cm|No|Ns|Ta|Op|Oc|Oo|Ev|Li|Pa)$/)
				print FILENAME ":" FNR ": " $0
	}' "$top"/applets/*.[17] >swallowed
	is "$(cat swallowed)" "" "an argument shown as a name or an option"
}
check "no argument is shown as a name or an option" t_swallowed

# What a page shows, by each of the two programs that people read one with.
rendered() {	# PAGE
	mandoc -Tascii -Owidth=200 "$1" | col -bx >by_mandoc
	GROFF_NO_SGR=1 groff -mdoc -Tascii -P-c -P-b -P-u -rLL=200n "$1" 2>said >by_groff
	is "$(cat said)" "" "groff $1"
}

# The rows of the tables of a page, as plain text, with | between columns.
table_rows() {	# PAGE
	awk -v name="$2" '/^\.It .* Ta / && !/^\.It Sy / {
		sub(/^\.It /, "")
		option = 0; text = ""; glue = 0; bar = 0
		n = split($0, word, " ")
		for (i = 1; i <= n; i++) {
			w = word[i]
			if (w == "Ta") { text = text "|"; option = 0; bar = 1; glue = 1; continue }
			if (bar && w == "Nm") { text = text name; glue = 0; option = 0; continue }
			if (bar && w == "Fl") { option = 1; continue }
			if (bar && w ~ /^(Ar|No|Cm)$/) { option = 0; continue }
			gsub(/\\&/, "", w)
			if (option) w = "-" w
			text = text (glue || text == "" ? "" : " ") w
			glue = 0
		}
		print text
	}' "$1"
}

t_rendered() {
	for name in daemonize ticklog pidof-session; do
		rendered "$(page "$name")"
		table_rows "$(page "$name")" "$name" >rows
		[ -s rows ] || fail "$name.1 has no table"
		for by in mandoc groff; do
			tr -s ' \n' '  ' <by_$by >flat
			tr '|' ' ' <rows | while read -r row; do
				grep -qF -- " $row " flat || fail "$name.1, $by: not shown: $row"
			done
		done
	done
}
check "groff and mandoc show the commands of the tables as they are" t_rendered +mandoc +groff +col

# On a terminal of 80 columns nothing is cut: what is literal is not broken.
t_narrow() {
	for name in "$top"/applets/*.[17]; do
		mandoc -Tascii -Owidth=78 "$name" 2>/dev/null | col -bx | awk 'length > 80' >wide
		is "$(cat wide)" "" "wider than 80 columns, by mandoc: $name"
		GROFF_NO_SGR=1 groff -mdoc -Tascii -P-c -P-b -P-u -rLL=78n "$name" 2>/dev/null | awk 'length > 80' >wide
		is "$(cat wide)" "" "wider than 80 columns, by groff: $name"
	done
}
check "the pages fit a terminal of 80 columns" t_narrow +mandoc +groff +col

# The options of a page whose symbols the default configuration leaves out, one per line.
lacking() {	# APPLET
	shared=
	[ "$1" = pidof-session ] || shared=$top/applets/lib/daemon/request.h
	# shellcheck disable=SC2086
	sed -n "s/^.*OPTION(\\([A-Z_]*\\), '\\(.\\)',.*/\\1 \\2/p
		s/^.*OPTION_LONG(\\([A-Z_]*\\), [A-Z_]*, [A-Z_ |]*, \"\\([a-z-]*\\)\",.*/\\1 -\\2/p" \
		"$top/applets/$1.c" $shared | while read -r symbol option; do
		grep -q "^CONFIG_$symbol=y" o/.config || echo "$option"
	done | LC_ALL=C sort -u
}

t_default() {
	mkdir o
	(
		unset MAKEFLAGS MFLAGS MAKELEVEL KCONFIG_CONFIG
		make -s -C "$top" O="$T/o" defconfig
	) >said 2>&1 || fail "$(cat said)"
	for name in daemonize ticklog pidof-session; do
		lacking $name >wanted
		# the words of .Fl in the sentence behind the mark; one with an argument lacks that alone
		awk '/^\.\\" not in default/ { inside = 1; next } /^\.(Pp|Ss|Sh)/ { inside = 0 }
			inside && /^\.Fl / && !/ Cm / { for (i = 2; i <= NF; i++) if ($i !~ /^[,.]$/) print $i }' \
			"$(page $name)" | LC_ALL=C sort -u >said
		is "$(cat said)" "$(cat wanted)" "what $name.1 says that default lacks"
	done
	for name in daemonbox daemonize ticklog pidof-session; do
		# an example: the symbols that it needs, and the sentence before it
		awk '/^\.(Pp|Sh)/ { text = "" } !/^\./ { text = text " " $0 } /^\.\\" run / && NR > 5 {
			for (i = 3; i <= NF; i++) if (index(text, $i) == 0) print $i }' "$(page $name)" | sort -u |
			while read -r symbol; do
				grep -q "^CONFIG_$symbol=y" o/.config || fail "$name.1: an example needs $symbol, and does not say so"
			done
	done
}
check "the pages say what the default configuration lacks, their examples too" t_default +make

t_recipe() {
	sed -n 's/.*{ step_[a-z_]*, "\([a-z ]*\)", .*/\1/p' "$top/applets/lib/daemon/steps.c" | sort -u | grep -vx 'keep\|verbose' >steps
	[ -s steps ] || fail "no steps"
	while read -r step; do
		grep -q "^\\(\\.It.*(.*Sy \\|\\.Sy \\|.*, \\)$step\\( \\|\$\\)" "$top/applets/daemonbox.7" || fail "daemonbox.7 has no step $step"
	done <steps
}
check "daemonbox.7 has every step of becoming a daemon" t_recipe

t_sections() {
	for name in daemonbox daemonize ticklog pidof-session; do
		for section in NAME SYNOPSIS DESCRIPTION FILES "EXIT STATUS" EXAMPLES COMPATIBILITY; do
			grep -qx "\\.Sh $section" "$(page $name)" || fail "$name.1 has no $section"
		done
		grep -q '^\.\\" run' "$(page $name)" || fail "no example of $name.1 is run"
	done
	for peer in 'The daemonize of Debian' 'daemon(8)' start-stop-daemon; do
		grep -q "^\\.Ss.*$peer" "$(page daemonize)" || fail "$peer is not in COMPATIBILITY"
	done
	for peer in pgrep pkill pidof 'ps'; do
		grep -q "^\\.It $peer .* Ta Nm" "$(page pidof-session)" || fail "$peer is not in COMPATIBILITY"
	done
	for name in $applets; do
		[ -f "$(page "$name")" ] || fail "no page of $name"
	done
}
check "each applet has a page, with the sections that people look for" t_sections

one_parser() {	# APPLET
	built_in "$1"
	page_options "$1" >page
	parser_options "$bin/$1" >parser
	while read -r letter arg _; do
		[ "$letter" != - ] || continue
		case $(grep "^$letter " parser) in
		*arg) is "$arg" 1 "-$letter takes an argument, and in the page" ;;
		*flag) is "$arg" 0 "-$letter takes no argument, and in the page" ;;
		*off*) is "${arg#[01]}" "" "-$letter and its long name in the page" ;;
		*) fail "-$letter is in $1.1, and unknown to $1" ;;
		esac
	done <page
	while read -r letter _; do
		grep -q "^$letter " page || fail "-$letter is not in $1.1"
	done <parser
}
t_parser_daemonize() { one_parser daemonize; }
t_parser_ticklog() { one_parser ticklog; }
t_parser_pidof() { one_parser pidof-session; }
check "daemonize.1 has the options of the parser" t_parser_daemonize
check "ticklog.1 has the options of the parser" t_parser_ticklog
check "pidof-session.1 has the options of the parser" t_parser_pidof

t_long() {
	for name in $applets; do
		page_options "$name" >page
		# letter and long name of the table's rows, in its source and in that of shared options
		shared=
		[ "$name" = pidof-session ] || shared=$top/applets/lib/daemon/request.h
		# shellcheck disable=SC2086
		sed -n "s/^.*OPTION([A-Z_]*, '\\(.\\)', [A-Z_ |]*, \"\\([a-z-]*\\)\",.*/\\1 \\2/p
			s/^.*OPTION_LONG([A-Z_]*, [A-Z_]*, [A-Z_ |]*, \"\\([a-z-]*\\)\",.*/- \\1/p" \
			"$top/applets/$name.c" $shared | LC_ALL=C sort -u >table
		[ -s table ] || fail "no table in $name.c"
		while read -r letter long; do
			grep -q -- "^$letter [012] $long\$" page || fail "-$letter is not --$long in $name.1"
		done <table
		while read -r letter _ long; do
			[ "$long" = help ] || grep -q -- "^$letter .*$long\$" table || fail "--$long is not in $name.c"
			case $("$bin/$name" "--$long=" --none 2>&1) in
			*"--$long: unknown option"*) [ "$long" = help ] || fail "--$long is unknown to $name" ;;
			esac
		done <page
	done
}
check "the long options are those of the tables" t_long LONG_OPTIONS

t_usage() {
	for name in $applets; do
		parser_options "$bin/$name" | awk '$2 != "off" { print $1 }' >parser
		"$bin/$name" --help | awk '/^  -/ {
			sub(/  [a-zA-Z0-9[(].*$/, "", $0)
			for (i = 1; i <= NF; i++) if ($i ~ /^-[A-Za-z0-9],?$/) print substr($i, 2, 1)
		}' | LC_ALL=C sort >usage
		cmp parser usage || fail "$name --help: $(diff parser usage)"
		"$bin/$name" --help | awk 'length > 79' >wide
		is "$(cat wide)" "" "wider than a terminal"
	done
}
check "the usage texts have the options of the parser, those built in" t_usage BOX_USAGE

t_box() {
	grep '^\.It Fl -' "$(page daemonbox)" | awk '{ print substr($3, 2) }' >page
	while read -r long; do
		said=$("$BOX" "--$long" --a --b --c 2>&1) || true
		case $said in *"--$long: unknown option"*) fail "--$long is unknown" ;; esac
	done <page
	"$BOX" | tr ' ' '\n' | sed -n 's/^--//p' >usage
	while read -r long; do
		grep -qx -- "$long" page || fail "--$long is not in daemonbox.1"
	done <usage
	case $("$BOX" --none 2>&1) in *"--none: unknown option"*) ;; *) fail "--none is known" ;; esac
}
check "daemonbox.1 has the box's options" t_box

# The prompt and help of a symbol, and of those that select it.
kconfig_text() {
	awk -v wanted="$1" '
		function done() { if (mine) printf "%s", text; mine = 0; text = "" }
		/^(menu)?config / { done(); mine = $2 == wanted }
		/^(menu|if|endif|endmenu|choice|endchoice|comment)/ && !/^menuconfig/ { done() }
		$1 == "select" && $2 == wanted { mine = 1 }
		{ text = text $0 "\n" }
		END { done() }' "$top/Kconfig"
}

t_kconfig() {
	mkdir o
	symbols=$(echo "$applets" | tr 'a-z-' 'A-Z_')
	{
		for symbol in $symbols; do echo "CONFIG_$symbol=y"; done
		sed -n 's/^\(menu\)\{0,1\}config //p' "$top/Kconfig" | grep -vxF "$symbols" | sed 's/.*/# CONFIG_& is not set/'
	} | grep -v "$(awk '/^config/ { n = $2 } /^\t(int|string|hex)/ { print "CONFIG_" n " " }' "$top/Kconfig")" >o/.config
	(
		unset MAKEFLAGS MFLAGS MAKELEVEL KCONFIG_CONFIG
		make -s -C "$top" O="$T/o" olddefconfig && make -s -C "$top" O="$T/o"
	) >said 2>&1 || fail "$(cat said)"
	for name in $applets; do
		ln -sf daemonbox "o/$name"
		symbol=$(echo "$name" | tr 'a-z-' 'A-Z_')
		parser_options "o/$name" >"least.$name"
		while read -r letter state off; do
			[ "$state" = off ] || off=$symbol
			case $(kconfig_text "$off") in
			*[!A-Za-z0-9-]"-$letter"[!A-Za-z0-9]*) ;;
			*) fail "$name -$letter: Kconfig's $off does not name it" ;;
			esac
		done <"least.$name"
		[ "$(awk '$2 == "off"' "least.$name" | wc -l)" -gt 3 ] || fail "nothing can be left out of $name"
		# and the other way
		sed -n "/^\\(menu\\)\\{0,1\\}config ${symbol}_/,/^\thelp/p" "$top/Kconfig" | sed -n 's/^\tbool "\(.*\)"/\1/p' >prompts
		for word in $(sed 's/([^)]*)$//' prompts); do
			case $word in
			-[A-Za-z0-9] | -[A-Za-z0-9][,:])
				word=${word#-}
				grep -q "^${word%[,:]} " "least.$name" || fail "Kconfig has $name -$word, which is unknown" ;;
			esac
		done
	done
}
check "Kconfig names each option at the symbol that brings it" t_kconfig +make +musl-gcc

t_install() {
	install() { (unset MAKEFLAGS MFLAGS MAKELEVEL; make -s -C "$top" O="$O" KCONFIG_CONFIG="$KCONFIG_CONFIG" "$@") >said 2>&1 || fail "$(cat said)"; }
	install install-man CONFIG_PREFIX="$T/r"
	is "$(cd r/usr/share/man/man1 && echo *)" "$(for name in daemonbox $applets; do echo "$name.1"; done | sort | tr '\n' ' ' | sed 's/ $//')" pages
	for name in $applets; do
		cmp "$(page "$name")" "r/usr/share/man/man1/$name.1" || fail "$name.1"
	done
	cmp "$top/applets/daemonbox.7" r/usr/share/man/man7/daemonbox.7 || fail "daemonbox.7"
	install install-man CONFIG_PREFIX="$T/r" MANDIR=/man
	[ -f r/man/man1/daemonbox.1 ] || fail "MANDIR"
	install uninstall CONFIG_PREFIX="$T/r"
	is "$(find r/usr -type f)" "" "after uninstall"
}
check "make install-man installs the pages of what is built in" t_install +make

# Prints the Nth example to run of a page, or with N = 0 the symbols of each, a line each.
example() {
	awk -v wanted="$2" '
		/^\.\\" run/ && NR > 5 { marked = 1; n++; if (!wanted) print "+run" substr($0, 8); next }
		/^\.Bd/ { if (marked) inside = 1; next }
		/^\.Ed/ { inside = marked = 0 }
		inside && n == wanted { gsub(/\\e/, "\\"); gsub(/\\-/, "-"); gsub(/\\&/, ""); print }
	' "$(page "$1")"
}

run_example() {	# APPLET N
	case $DAEMONBOX_RUN in qemu-mips*) skip "emulated: signals have other numbers here than for the program" ;; esac
	example "$1" "$2" >../example
	cat ../example
	echo "--"
	mkdir cwd
	cd cwd
	PATH=$bin:$PATH timeout 30 sh -e ../../example
}

for name in daemonbox daemonize ticklog pidof-session; do
	n=0
	while read -r _ symbols; do
		n=$((n + 1))
		id=t_$(echo $name | tr -d -)_$n
		eval "$id() { run_example $name $n; }"
		needed=$(echo "$name" | tr 'a-z-' 'A-Z_')
		[ $name != daemonbox ] || needed=
		# shellcheck disable=SC2086
		check "$name.1: $(example $name $n | head -n 1)" "$id" $needed $symbols
	done <<-X
		$(example $name 0)
	X
done
done_testing
