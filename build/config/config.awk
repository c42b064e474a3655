# SPDX-License-Identifier: 0BSD
#
# awk -v out=DIR -f config.awk Kconfig .config
#
# Turns a complete .config into DIR/config.h (CFG_NAME, always defined),
# DIR/config-text.h (what daemonbox --config prints, shortened, if it is built
# in) and DIR/cfg/NAME, a file a symbol. They are written only when they change.
# Needs no Kconfig program. Says what is wrong with an incomplete .config, for
# which it reads the portable subset of Kconfig: see the rules of Kconfig below.

BEGIN {
	depth = 0
	dep[0] = "y"
	entry = ""
}

# ---- Kconfig -------------------------------------------------------------

FNR == NR && in_help {
	if ($0 ~ /^[ \t]*$/)
		next
	if (help_indent < 0)
		help_indent = indent($0)
	if (indent($0) >= help_indent && help_indent > 0)
		next
	in_help = 0
}

FNR == NR { sub(/[ \t]+$/, "") }

FNR == NR && (/^[ \t]*#/ || /^[ \t]*$/) { next }

FNR == NR {
	rest = $0
	sub(/^[ \t]*[^ \t]+[ \t]*/, "", rest)
	kconfig($1, rest)
	next
}

# ---- .config -------------------------------------------------------------

/^CONFIG_[A-Za-z0-9_]+=/ {
	name = substr($0, 8, index($0, "=") - 8)
	assign(name, substr($0, index($0, "=") + 1))
	next
}

/^# CONFIG_[A-Za-z0-9_]+ is not set$/ {
	assign(substr($2, 8), "n")
	next
}

/^#/ || /^[ \t]*$/ { next }

{ wrong("line " FNR " is not understood: " $0) }

END {
	if (fatal)
		exit 1
	if (depth)
		bad("a menu, if or choice is not ended")
	for (i = 1; i <= symbols; i++)
		check(name_of[i])
	for (i = 1; i <= choices; i++)
		check_choice(i)
	if (failed) {
		print "Run: make olddefconfig" > "/dev/stderr"
		exit 1
	}
	write()
}

# ---- functions -----------------------------------------------------------

function bad(why) {
	print "Kconfig:" FNR ": " why > "/dev/stderr"
	fatal = 1
	exit 1
}

function wrong(why) {
	print ".config: " why > "/dev/stderr"
	failed = 1
}

function indent(line,    i, n, c) {
	n = 0
	for (i = 1; (c = substr(line, i, 1)) == " " || c == "\t"; i++)
		n = c == "\t" ? n + 8 - n % 8 : n + 1
	return n
}

# Takes a leading "text" off rest and returns it with its quotes.
function quoted(    text) {
	if (!match(rest, /^"([^"\\]|\\.)*"/))
		bad("a text in quotes is expected: " rest)
	text = substr(rest, 1, RLENGTH)
	rest = substr(rest, RLENGTH + 1)
	return text
}

# Splits rest at " if ": what is before it is returned, cond has what follows.
function condition(    at, before) {
	cond = "y"
	before = rest
	if (before ~ /^[ \t]*if[ \t]/)
		at = index(before, "if")
	else {
		at = index(before, " if ")
		if (at)
			at++
	}
	if (at) {
		cond = substr(before, at + 3)
		before = substr(before, 1, at - 1)
	}
	sub(/^[ \t]+/, "", before)
	sub(/[ \t]+$/, "", before)
	return before
}

function both(a, b) {
	if (a == "y")
		return b
	return b == "y" ? a : "(" a ") && (" b ")"
}

function push(kind) {
	depth++
	block[depth] = kind
	dep[depth] = dep[depth - 1]
	entry = kind
}

function pop(kind) {
	if (block[depth] != kind)
		bad("end" kind " without " kind)
	depth--
	if (kind == "choice")
		choice = 0
	entry = ""
}

function kconfig(word, text) {
	if (word == "mainmenu")
		return
	if (word == "config" || word == "menuconfig")
		begin_symbol(text)
	else if (word == "menu" || word == "choice" || word == "if")
		begin_block(word, text)
	else if (word == "endmenu" || word == "endchoice" || word == "endif")
		pop(substr(word, 4))
	else if (word == "comment")
		entry = "comment"
	else if (word == "help") {
		in_help = 1
		help_indent = -1
	} else
		attribute(word, text)
}

function begin_symbol(name) {
	if (name !~ /^[A-Z][A-Z0-9_]*$/)
		bad("a symbol has capitals, digits and _: " name)
	if (name in known)
		bad(name " is there twice")
	name_of[++symbols] = entry = name
	known[name] = symbols
	needs[name] = dep[depth]
	if (choice)
		member[name] = choice
}

function begin_block(kind, text) {
	push(kind)
	if (kind == "if")
		dep[depth] = both(dep[depth - 1], text)
	if (kind == "choice")
		choice = ++choices
}

# A line that belongs to the entry above it.
function attribute(word, text) {
	rest = text
	if (word == "depends" && text ~ /^on[ \t]/)
		depends(substr(text, 4))
	else if (entry == "comment" || entry == "if" || entry == "menu" || entry == "")
		bad(word " is not understood here")
	else if (entry == "choice")
		choice_attribute(word)
	else
		symbol_attribute(entry, word)
}

function depends(expr) {
	sub(/^[ \t]+/, "", expr)
	if (entry == "comment")
		return
	if (entry == "menu" || entry == "choice")
		dep[depth] = both(dep[depth], expr)
	else if (entry in known)
		needs[entry] = both(needs[entry], expr)
	else
		bad("depends on is not understood here")
	if (entry == "choice")
		choice_needs[choice] = dep[depth]
}

function choice_attribute(word) {
	if (word != "bool" && word != "prompt" && word != "default")
		bad(word " is not understood in a choice")
	if (!(choice in choice_needs))
		choice_needs[choice] = dep[depth]
}

function symbol_attribute(name, word) {
	if (word == "bool" || word == "int" || word == "hex" || word == "string") {
		type[name] = word
		if (rest != "")
			add_prompt(name)
	} else if (word == "prompt")
		add_prompt(name)
	else if (word == "def_bool") {
		type[name] = "bool"
		add_default(name)
	} else if (word == "default")
		add_default(name)
	else if (word == "select")
		add_select(name)
	else if (word == "range")
		add_range(name)
	else
		bad(word " is not in the portable subset")
}

function add_prompt(name) {
	quoted()
	condition()
	prompt[name] = cond
}

function add_default(name,    n, text) {
	n = ++defaults[name]
	if (rest ~ /^"/) {
		text = quoted()
		condition()
	} else
		text = condition()
	default_text[name, n] = text
	default_if[name, n] = cond
}

function add_select(name,    other, n) {
	other = condition()
	n = ++selects[other]
	select_by[other, n] = name
	select_if[other, n] = cond
}

function add_range(name,    text, ends) {
	text = condition()
	if (cond != "y" || split(text, ends, /[ \t]+/) != 2)
		bad("range is LOW HIGH")
	low[name] = ends[1]
	high[name] = ends[2]
}

# An expression: or = and { || and }; and = not { && not }; not = [!] basic.
function truth(expr,    kept, result) {
	if (expr == "y")
		return 1
	kept = left
	left = expr
	result = either()
	if (peek() != "")
		bad("expression is not understood: " expr)
	left = kept
	return result
}

function peek() {
	sub(/^[ \t]+/, "", left)
	if (match(left, /^(&&|\|\||!=|[!=()]|"[^"]*"|[A-Za-z0-9_]+)/))
		return substr(left, 1, RLENGTH)
	if (left != "")
		bad("expression is not understood: " left)
	return ""
}

function take(    token) {
	token = peek()
	left = substr(left, length(token) + 1)
	return token
}

function either(    v) {
	v = all()
	while (peek() == "||") {
		take()
		v = all() || v
	}
	return v
}

function all(    v) {
	v = negated()
	while (peek() == "&&") {
		take()
		v = negated() && v
	}
	return v
}

function negated(    v, token) {
	token = take()
	if (token == "!")
		return !negated()
	if (token == "(") {
		v = either()
		if (take() != ")")
			bad(") is missing")
		return v
	}
	v = term(token)
	token = peek()
	if (token == "=" || token == "!=") {
		take()
		return (v == term(take())) == (token == "=")
	}
	return v == "y"
}

function term(token) {
	if (token ~ /^"/)
		return substr(token, 2, length(token) - 2)
	if (token == "y" || token == "n" || token ~ /^[0-9]/)
		return token
	if (!(token in known))
		bad("expression names an unknown symbol: " token)
	if (!(token in value))
		return "n"
	return value[token] ~ /^"/ ? substr(value[token], 2, length(value[token]) - 2) : value[token]
}

function assign(name, text) {
	if (!(name in known))
		wrong("CONFIG_" name " is not a symbol of Kconfig")
	else if (name in value)
		wrong("CONFIG_" name " is there twice")
	else
		value[name] = text
}

function selected(name,    i, by) {
	for (i = 1; i <= selects[name]; i++) {
		by = select_by[name, i]
		if (by in value && value[by] == "y" && truth(select_if[name, i]))
			return 1
	}
	return 0
}

# What Kconfig gives a symbol that nobody is asked for.
function computed(name,    i) {
	for (i = 1; i <= defaults[name]; i++)
		if (truth(default_if[name, i]))
			return default_text[name, i]
	return ""
}

function check(name,    possible, asked, must) {
	if (!(name in type))
		bad(name " has no type")
	possible = truth(needs[name])
	must = type[name] == "bool" && selected(name)
	asked = possible && name in prompt && truth(prompt[name])
	if (must && value[name] != "y")
		wrong("CONFIG_" name "=y is missing: another symbol selects it")
	else if (must)
		return
	else if (!possible) {
		if (name in value && value[name] != "n")
			wrong("CONFIG_" name " is set, but not what it depends on")
	} else if (!asked)
		check_hidden(name, computed(name))
	else if (!(name in value))
		wrong("CONFIG_" name " is missing")
	if (name in value)
		check_value(name, value[name])
}

function check_hidden(name, want) {
	if (type[name] == "bool") {
		want = want != "" && truth(want) ? "y" : "n"
		if ((name in value ? value[name] : "n") != want)
			wrong("CONFIG_" name "=" want " is missing")
	} else if (want != "" && !(name in value))
		wrong("CONFIG_" name " is missing")
}

function check_value(name, text,    ok) {
	if (type[name] == "bool")
		ok = text == "y" || text == "n"
	else if (type[name] == "int")
		ok = text ~ /^-?[0-9]+$/
	else if (type[name] == "hex")
		ok = text ~ /^0[xX][0-9A-Fa-f]+$/
	else
		ok = text ~ /^"([^"\\]|\\["\\])*"$/
	if (!ok)
		wrong("CONFIG_" name "=" text " is not " (type[name] == "int" ? "an int" : "a " type[name]))
	else if (name in low && type[name] == "int" && (text + 0 < low[name] + 0 || text + 0 > high[name] + 0))
		wrong("CONFIG_" name "=" text " is not from " low[name] " to " high[name])
	else if (name == "STEP_UMASK_DEFAULT" && text !~ /^"0*[0-7][0-7]?[0-7]?"$/)
		wrong("CONFIG_" name "=" text " is not an octal number up to 0777")
}

function check_choice(c,    i, n) {
	if (!truth(choice_needs[c]))
		return
	for (i = 1; i <= symbols; i++)
		if (member[name_of[i]] == c && value[name_of[i]] == "y")
			n++
	if (n == 1)
		return
	for (i = 1; member[name_of[i]] != c; i++)
		;
	wrong("of CONFIG_" name_of[i] " and its alternatives one has to be set")
}

# As C sees it. What is off has its default, so that it compiles as well.
function c_value(name,    text) {
	if (type[name] == "bool")
		return name in value && value[name] == "y" ? 1 : 0
	if (name in value)
		return value[name]
	text = computed(name)
	if (text != "")
		return text
	return type[name] == "string" ? "\"\"" : 0
}

function escaped(text,    i, c, result) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		result = result (c == "\"" || c == "\\" ? "\\" c : c)
	}
	return result
}

# A symbol's applet is its name up to the last of the names that are a start of it: what many
# share stands once, before them.
function start_of(name,    i, s) {
	s = ""
	for (i = 1; i <= symbols; i++)
		if (index(name, name_of[i] "_") == 1 && length(name_of[i]) + 1 > length(s))
			s = name_of[i] "_"
	if (s == start)
		return ""
	start = s
	return " \\\n\"*" s "\\0\""
}

# What is on is its name, what is off has a '!' before it: main.c puts the rest back.
function shortened(name) {
	if (type[name] == "bool")
		return (value[name] == "y" ? "" : "!") substr(name, length(start) + 1)
	return substr(name, length(start) + 1) "=" escaped(value[name])
}

function remember(    line, was) {
	while ((getline line < (out "/config.h")) > 0)
		if (split(line, was, " ") && was[1] == "#define" && !(substr(was[2], 5) in known))
			system("rm -f " out "/cfg/" substr(was[2], 5))
	close(out "/config.h")
}

# Writes a file, but not if that is what it already holds.
function update(file, text,    line, old) {
	while ((getline line < file) > 0)
		old = old line "\n"
	close(file)
	if (old == text)
		return
	printf "%s", text > file
	close(file)
}

function write(    i, name, header, text) {
	remember()
	header = "/* Made from .config: change that. */\n"
	text = header "#define CONFIG_TEXT"
	for (i = 1; i <= symbols; i++) {
		name = name_of[i]
		header = header "#define CFG_" name " " c_value(name) "\n"
		if (name in value)
			text = text start_of(name) " \\\n\"" shortened(name) "\\0\""
		update(out "/cfg/" name, c_value(name) "\n")
	}
	if (value["BOX_CONFIG"] != "y")
		text = "#define CONFIG_TEXT"
	update(out "/config-text.h", text "\n")
	update(out "/config.h", header)
}
