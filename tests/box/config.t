#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Configurations: the Kconfig programs, what becomes of a .config, and that
# every configuration builds. SEED=N repeats the random ones.
# shellcheck disable=SC2154
NEEDS="+make +musl-gcc"
TEST_LIMIT=${TEST_LIMIT:-1200}
. "${0%/*}/../helpers/lib.sh"
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V
MAKEFLAGS=--no-print-directory
export MAKEFLAGS
unset MFLAGS MAKELEVEL
SEED=${SEED:-2}
mk() { make -s -C "$top" "$@" </dev/null >"$T/said" 2>&1; }
made() { mk "$@" || fail "make $*: $(cat "$T/said")"; }
answers() { grep '^CONFIG_\|^# CONFIG_' "$1/.config"; }
symbols() { sed -n 's/^\(menu\)\{0,1\}config //p' "$top/Kconfig"; }
# what a person can switch on or off by itself; and what by choosing
switches() { awk '/^choice/ { c = 1 } /^endchoice/ { c = 0 } /^(menu)?config / { n = $2 } /^\tbool "/ && !c { print n }' "$top/Kconfig"; }
choices() { awk '/^choice/ { c = 1 } /^endchoice/ { c = 0 } /^(menu)?config / { n = $2 } /^\tbool "/ && c { print n }' "$top/Kconfig"; }
targets="config menuconfig nconfig oldconfig olddefconfig silentoldconfig defconfig savedefconfig
	allnoconfig allyesconfig alldefconfig randconfig small_defconfig minimal_defconfig"

t_explicit() {
	make -C "$top" -pn config 2>/dev/null >rules || true
	for target in $targets; do
		grep -q "^$target:" rules || fail "no rule for $target"
	done
}
check "each configuration target is a rule of its own" t_explicit

t_no_compiler() {
	for target in olddefconfig allnoconfig small_defconfig savedefconfig silentoldconfig; do
		made O="$T/o" CC=/nonexistent STRIP=/nonexistent $target
	done
}
check "configuring needs no compiler" t_no_compiler

t_same_answers() {
	for start in defconfig alldefconfig allnoconfig allyesconfig small_defconfig minimal_defconfig; do
		made O="$T/a" $start
		made O="$T/b" KCONFIG=kconfig-conf $start
		answers a >a/answers
		answers b >b/answers
		cmp a/answers b/answers || fail "$start: $(diff a/answers b/answers)"
		made O="$T/a" savedefconfig
		made O="$T/b" KCONFIG=kconfig-conf savedefconfig
		is "$(grep CONFIG_ a/defconfig)" "$(grep CONFIG_ b/defconfig)" "savedefconfig after $start"
	done
	for fragment in CONFIG_DAEMONIZE_PIDFILE=y "# CONFIG_DAEMONIZE is not set" "# CONFIG_STEP_UMASK is not set" \
		CONFIG_DAEMONIZE_VERBOSE=y 'CONFIG_STEP_UMASK_DEFAULT="027"' CONFIG_NO_SUCH=y; do
		echo "$fragment" >a/.config
		echo "$fragment" >b/.config
		made O="$T/a" olddefconfig
		made O="$T/b" KCONFIG=kconfig-conf olddefconfig
		is "$(answers a)" "$(answers b)" "from $fragment"
	done
}
check "kconfiglib and kconfig-frontends give the same answers" t_same_answers +kconfig-conf

t_ends() {
	for program in "" kconfig-conf; do
		for input in yes closed empty; do
			rm -rf o
			mkdir o
			echo CONFIG_DAEMONIZE=y >o/.config
			st=0
			case $input in
			yes) yes '' 2>/dev/null | timeout 30 make -s -C "$top" O="$T/o" KCONFIG=$program oldconfig >said 2>&1 || st=$? ;;
			closed) timeout 30 make -s -C "$top" O="$T/o" KCONFIG=$program oldconfig <&- >said 2>&1 || st=$? ;;
			empty) timeout 30 make -s -C "$top" O="$T/o" KCONFIG=$program oldconfig </dev/null >said 2>&1 || st=$? ;;
			esac
			is $st 0 "oldconfig, input $input, ${program:-kconfiglib}"
			made O="$T/o2" defconfig
			is "$(answers o)" "$(answers o2)" "oldconfig, input $input, ${program:-kconfiglib}"
		done
	done
}
check "oldconfig ends under yes '' and at the end of its input" t_ends +kconfig-conf

t_saved() {
	made O="$T/o" small_defconfig
	answers o >wanted
	made O="$T/o" savedefconfig
	cp o/defconfig o/.config
	made O="$T/o" olddefconfig
	is "$(answers o)" "$(cat wanted)" "after savedefconfig"
	[ ! -e "$top/defconfig" ] || fail "it is in the source folder"
}
check "savedefconfig writes ./defconfig, which leads to the same configuration" t_saved

t_prefix() {
	CONFIG_=X_ BR2_CONFIG=$T/theirs srctree=/nonexistent mk O="$T/o" defconfig || fail "$(cat said)"
	CONFIG_=X_ BR2_CONFIG=$T/theirs mk O="$T/o" KCONFIG=kconfig-conf olddefconfig || fail "$(cat said)"
	grep -q '^CONFIG_DAEMONIZE=y' o/.config || fail "the caller's prefix was taken"
	[ ! -e theirs ] || fail "the caller's BR2_CONFIG was written"
}
check "a caller's CONFIG_, BR2_CONFIG and srctree do not matter" t_prefix +kconfig-conf

t_given() {	# as the kernel's KCONFIG_ALLCONFIG
	printf '%s\n' CONFIG_DAEMONIZE=y '# CONFIG_TICKLOG is not set' >answers
	for program in '' kconfig-conf; do
		KCONFIG_ALLCONFIG=$T/answers mk O="$T/o" KCONFIG=$program allnoconfig || fail "$(cat said)"
		grep -qx CONFIG_DAEMONIZE=y o/.config || fail "allnoconfig of ${program:-kconfiglib}: $(cat o/.config)"
		grep -q '^CONFIG_DAEMONIZE_ENV=y' o/.config && fail "allnoconfig of ${program:-kconfiglib}: $(cat o/.config)"
		KCONFIG_ALLCONFIG=$T/answers mk O="$T/o" KCONFIG=$program allyesconfig || fail "$(cat said)"
		grep -qx '# CONFIG_TICKLOG is not set' o/.config || fail "allyesconfig of ${program:-kconfiglib}: $(cat o/.config)"
		grep -qx CONFIG_PIDOF_SESSION=y o/.config || fail "allyesconfig of ${program:-kconfiglib}: $(cat o/.config)"
		KCONFIG_ALLCONFIG=$T/answers mk O="$T/o" KCONFIG=$program defconfig || fail "$(cat said)"
		grep -qx CONFIG_TICKLOG=y o/.config || fail "defconfig of ${program:-kconfiglib} took the answers"
		KCONFIG_ALLCONFIG=$T/none mk O="$T/o" KCONFIG=$program alldefconfig && fail "a missing file is taken"
		like "$(cat said)" "*KCONFIG_ALLCONFIG: no file $T/none*" "a missing file"
	done
	(cd "$T" && KCONFIG_ALLCONFIG=answers make -s -f "$top/Makefile" O="$T/o" allnoconfig >said 2>&1) || fail "$(cat said)"
	grep -qx CONFIG_DAEMONIZE=y o/.config || fail "a file beside the caller: $(cat o/.config)"
}
check "KCONFIG_ALLCONFIG gives answers to allnoconfig, allyesconfig, alldefconfig" t_given +kconfig-conf

t_no_program() {
	mkdir bin
	for tool in sh make mkdir dirname awk sed printf cat; do
		ln -s "$(command -v $tool)" bin/$tool
	done
	cp -R "$top/build" build
	sed -i 's,/usr/bin/python3,/nonexistent,' build/config/kconfig
	PATH=$T/bin build/config/kconfig "$top" "$T/.config" menuconfig >said 2>&1 && fail "no error"
	like "$(cat said)" "*make deps*python3-kconfiglib*" "without kconfiglib"
	PATH=$T/bin build/config/kconfig "$top" "$T/.config" randconfig >said 2>&1 && fail "no error"
	like "$(cat said)" "*make deps*kconfig-frontends*" "without kconfig-frontends"
}
check "a missing Kconfig program is an error that names make deps" t_no_program

refuse() {	# PATTERN WHAT: the .config in o
	if awk -v out="$T/h" -f "$top/build/config/config.awk" "$top/Kconfig" o/.config >said 2>&1; then
		fail "$2 is taken"
	fi
	like "$(cat said)" "*$1*make olddefconfig*" "$2"
	[ ! -e h/config.h ] || fail "$2: config.h is written"
}

t_incomplete() {
	mkdir -p h/cfg
	made O="$T/o" allyesconfig
	cp o/.config whole
	for symbol in $(symbols); do
		grep -v "CONFIG_${symbol}[= ]" whole >o/.config
		refuse "CONFIG_$symbol*" "a .config without $symbol"
	done
	# And through make.
	mk O="$T/o" && fail "make takes it"
	like "$(cat said)" "*CONFIG_$symbol is missing*make olddefconfig*" "make"
	made O="$T/o" olddefconfig all
}
check "a .config that lacks a symbol is an error that names it" t_incomplete

t_wrong() {
	mkdir -p h/cfg
	made O="$T/o" allyesconfig
	cp o/.config whole
	while read -r wanted line; do
		{ cat whole; echo "$line"; } >o/.config
		refuse "$wanted" "$line"
	done <<-'X'
		DAEMONISE CONFIG_DAEMONISE=y
		twice CONFIG_DAEMONIZE=y
		understood CONFIG_DAEMONIZE
		understood DAEMONIZE=y
	X
	sed 's/^CONFIG_DAEMONIZE_NICE=y/CONFIG_DAEMONIZE_NICE=1/' whole >o/.config
	refuse "CONFIG_DAEMONIZE_NICE=1 is not a bool" "a bool of 1"
	sed 's/^\(CONFIG_STEP_UMASK_DEFAULT\)=.*/\1=022/' whole >o/.config
	refuse "is not a string" "a string without quotes"
	for umask in 9z 1777 0o22 -1 '' 08 '022 '; do
		sed "s/^\(CONFIG_STEP_UMASK_DEFAULT\)=.*/\1=\"$umask\"/" whole >o/.config
		refuse "CONFIG_STEP_UMASK_DEFAULT=\"$umask\" is not an octal number up to 0777" "the umask $umask"
	done
	for umask in 0 7 22 022 0022 0777; do
		sed "s/^\(CONFIG_STEP_UMASK_DEFAULT\)=.*/\1=\"$umask\"/" whole >o/.config
		awk -v out="$T/h" -f "$top/build/config/config.awk" "$top/Kconfig" o/.config || fail "the umask $umask is not taken"
		rm -f h/config.h
	done
	sed 's/^\(CONFIG_STEP_UMASK\)=y/# \1 is not set/' whole >o/.config
	refuse "CONFIG_DAEMONIZE_UMASK is set, but not what it depends on" "a missing dependency"
	sed 's/^# \(CONFIG_[A-Z_]*\) is not set/\1=n/' whole >o/.config
	awk -v out="$T/h" -f "$top/build/config/config.awk" "$top/Kconfig" o/.config || fail "=n is not taken"
}
check "a .config that is misspelt, contradicts itself or has a wrong value is an error" t_wrong

# What our Kconfig does not have yet, against the real programs.
t_language() {
	mkdir -p h/cfg
	cat >Kconfig <<-'X'
		mainmenu "x"
		config A
			bool "a"
			select HIDDEN
			help
			  Words: config B
			    indented

			  More.
		config HIDDEN
			bool
		config COMPUTED
			def_bool A && !B
		menu "m"
			depends on A
		config B
			bool "b" if A
			default y if A
		config N
			int "n"
			range 3 300
			default 7
			depends on B || COMPUTED
		config H
			hex "h"
			default 0x1F
		endmenu
		choice
			prompt "one of"
			default C2
		config C1
			bool "c1"
		config C2
			bool "c2"
			depends on N != 7
		config C3
			bool "c3"
		endchoice
		if A && (B || C1)
		config S
			string "s"
			default "a \"b\" \\ c"
		endif
		comment "c"
			depends on C3
	X
	i=0
	while [ $i -lt 40 ]; do
		i=$((i + 1))
		KCONFIG_SEED=$((SEED + i)) "$top/build/config/kconfig" "$T" "$T/.config" randconfig >said 2>&1 || fail "$(cat said)"
		"$top/build/config/kconfig" "$T" "$T/.config" olddefconfig >said 2>&1 || fail "$(cat said)"
		awk -v out="$T/h" -f "$top/build/config/config.awk" Kconfig .config || fail "$(cat .config)"
		while read -r line; do
			case $line in CONFIG_*) ;; *) continue ;; esac
			grep -vxF "$line" .config >less || true
			awk -v out="$T/h" -f "$top/build/config/config.awk" Kconfig less 2>said && fail "taken without $line: $(cat .config)"
		done <.config
	done
}
check "the portable subset is read as kconfiglib and kconfig-frontends read it" t_language +kconfig-conf

t_texts() {
	grep -n '[$*]\|rsource\|osource\|tristate\|---help\|option ' "$top/Kconfig" | grep -v '^[0-9]*:#' >said || true
	is "$(cat said)" "" "outside the portable subset"
	awk '
		/^(menu)?config / { if (name != "") print name, help; name = $2; help = 0 }
		/^\thelp/ { help = 1 }
		END { print name, help }' "$top/Kconfig" >help
	switches >switches
	is "$(awk 'NR == FNR { switch_[$1] = 1; next } $1 in switch_ && !$2' switches help)" "" "symbols without help"
}
check "Kconfig is in the portable subset, and every symbol has its help" t_texts

# Who switches daemonize off or makes it smaller finds all of it in one menu, in sub-menus of a screen each.
t_menus() {
	awk '
		/^menu / { depth++; name[depth] = $0; sub(/^menu "/, "", name[depth]); sub(/"$/, "", name[depth]); count[depth] = 0 }
		/^endmenu/ { if (count[depth] > 15) print name[depth] ": " count[depth] " symbols"; depth-- }
		/^(menu)?config DAEMONIZE/ && name[1] != "daemonize" { print $2 ": not in the menu daemonize" }
		/^config DAEMONIZE_/ && depth != 2 { open[$2] }
		/^(menu)?config / { count[depth]++; last = $2 }
		/^\t(bool|int|string|hex) "/ && last in open { print last ": not in a sub-menu" }
		END { if (depth) print "a menu is not ended" }' "$top/Kconfig" >said
	is "$(cat said)" "" menus
}
check "all of daemonize is in its menu" t_menus

builds=0
in_time() {	# the next of many builds may begin, which is counted; else those were all for today
	! is_late || skip "a long run, whose time is over; built so far: $builds (CHECK_MINUTES=0: all)"
	builds=$((builds + 1))
}

# build DIR: everything that is not quite right is an error.
build() { mk -j2 O="$T/$1" EXTRA_CFLAGS=-Werror all || fail "$2: $(cat said; answers "$1")"; }

t_alone_off() {
	made O="$T/o" allyesconfig
	cp o/.config whole
	for symbol in $(switches); do
		sed "s/^CONFIG_$symbol=y\$/# CONFIG_$symbol is not set/" whole >o/.config
		! cmp -s whole o/.config || continue
		in_time
		made O="$T/o" olddefconfig
		grep -q "^CONFIG_$symbol=y" o/.config && fail "$symbol does not stay off"
		build o "without $symbol"
	done
}
check "everything but one symbol: each builds without a warning" t_alone_off +long

t_alone_on() {
	for symbol in $(switches); do
		in_time
		# With what it depends on.
		{
			awk -v symbol="$symbol" '
				$1 ~ /^(menu)?config$/ { name = $2 }
				$1 == "if" { applet = $2 } $1 == "endif" || $1 == "endmenu" { applet = "" }
				$1 == "menu" { name = "" }
				/^\tbool/ && applet { needs[name] = applet }
				$1 == "depends" && name == "" { applet = $3; next }
				$1 == "depends" { gsub(/[()&|]/, " "); $1 = $2 = ""; needs[name] = needs[name] " " $0 }
				function need(s,  i, n, list) { print s; n = split(needs[s], list, " "); for (i = 1; i <= n; i++) need(list[i]) }
				END { need(symbol) }' "$top/Kconfig"
		} >wanted
		mkdir -p o
		for other in $(switches); do
			if grep -qx "$other" wanted; then
				echo "CONFIG_$other=y"
			else
				echo "# CONFIG_$other is not set"
			fi
		done >o/.config
		made O="$T/o" olddefconfig
		grep -q "^CONFIG_$symbol=y" o/.config || fail "$symbol does not get on: $(cat o/.config)"
		build o "only $symbol"
	done
}
t_chosen() {
	made O="$T/o" allyesconfig
	cp o/.config whole
	for symbol in $(choices); do
		sed "$(choices | sed 's,.*,s/^CONFIG_&=y$/# CONFIG_& is not set/,')
			s/^# CONFIG_$symbol is not set/CONFIG_$symbol=y/" whole >o/.config
		made O="$T/o" olddefconfig
		grep -q "^CONFIG_$symbol=y" o/.config || fail "$symbol does not get on"
		build o "with $symbol"
	done
}
check "each of a choice builds without a warning" t_chosen

check "nothing but one symbol and what it depends on: each builds without a warning" t_alone_on +long

smoke() {	# DIR: the program there does what it can
	ln -sf daemonbox "$1/daemonize"
	if grep -q '^CONFIG_DAEMONIZE=y' "$1/.config"; then
		st=0; timeout 10 "$1/daemonize" true >said 2>&1 || st=$?
		is $st 0 "a daemon: $(cat said; answers "$1")"
		st=0; timeout 10 "$1/daemonize" /nonexistent >said 2>&1 || st=$?
		is $st 127 "a missing program: $(cat said; answers "$1")"
		st=0; timeout 10 "$1/daemonbox" daemonize -Z >said 2>&1 || st=$?
		is $st 2 "an unknown option: $(cat said; answers "$1")"
	else
		st=0; timeout 10 "$1/daemonize" true >said 2>&1 || st=$?
		is $st 127 "no applet: $(cat said; answers "$1")"
	fi
}

t_random() {
	while [ $builds -lt 20 ]; do
		in_time
		export KCONFIG_SEED=$((SEED * 1000 + builds))
		made O="$T/o" randconfig
		made O="$T/o" olddefconfig
		build o "SEED=$SEED, configuration $builds"
		# What was built again must be all that had to be.
		rm -rf fresh
		mkdir fresh
		cp o/.config fresh/.config
		build fresh "SEED=$SEED, configuration $builds"
		cmp o/daemonbox_unstripped fresh/daemonbox_unstripped || fail "SEED=$SEED, configuration $builds: too little was built again"
		smoke o
	done
}
check "20 random configurations (SEED=$SEED): built, afresh and from one another, and tried" t_random +kconfig-conf +long

t_boards() {
	for board in small minimal; do
		made O="$T/$board" ${board}_defconfig
		build $board $board
		smoke $board
	done
}
check "the boards' configurations build and work" t_boards

done_testing
