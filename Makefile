# SPDX-License-Identifier: 0BSD
#
# "make help" says what there is. The scripts of build/ do what takes more
# than a line.

version := 0.1.0

# ---- where things are ----------------------------------------------------

# Empty where make runs in the source folder; else "path/".
srcdir := $(patsubst ./%,%,$(dir $(lastword $(MAKEFILE_LIST))))
srcdir := $(patsubst ./,,$(srcdir))
top := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
build := $(srcdir)build

# O counts only where it is asked for: Buildroot has its own in the environment.
ifeq ($(origin O),command line)
override O := $(abspath $(O))
config_dir := $(O)/
else
override O := out
config_dir :=
endif

# BOARD=NAME, on the command line alone (OpenWrt has its own in the environment):
# board/cpu/NAME says with what compiler and flags, in an output folder of its own.
# CONFIG is another configuration than the board's, board/config/CONFIG_defconfig,
# or "everything".
boards := $(patsubst $(srcdir)board/cpu/%/board.mk,%,$(sort $(wildcard $(srcdir)board/cpu/*/board.mk)))
configs := $(patsubst $(srcdir)board/config/%_defconfig,%,$(sort $(wildcard $(srcdir)board/config/*_defconfig)))
again := O=$(O)
all_out := $(O)
ifeq ($(origin BOARD) $(if $(BOARD),given),command line given)
ifeq ($(filter $(BOARD),$(boards)),)
$(error BOARD=$(BOARD): it is one of $(boards))
endif
ifneq ($(CONFIG),)
ifeq ($(filter $(configs) everything default,$(CONFIG)),)
$(error CONFIG=$(CONFIG): it is one of $(configs) everything default)
endif
endif
again := O=$(abspath $(O)) BOARD=$(BOARD) CONFIG=$(CONFIG)
all_out := $(abspath $(O))
override O := $(all_out)/board/$(BOARD)$(patsubst %,-%,$(filter-out default,$(CONFIG)))
config_dir := $(O)/
board_folder := $(srcdir)board/cpu/$(BOARD)
include $(board_folder)/board.mk
endif

ifeq ($(origin KCONFIG_CONFIG),command line)
config := $(KCONFIG_CONFIG)
else
config := $(config_dir).config
endif

# ---- what the caller may set ---------------------------------------------

CROSS_COMPILE ?=
TOOLCHAINS ?= $(abspath $(all_out))/toolchain
ifeq ($(origin CC),default)
ifeq ($(CROSS_COMPILE),)
ifneq ($(board_target),)
CROSS_COMPILE := $(TOOLCHAINS)/$(BOARD)/bin/$(board_target)-
own_toolchain := toolchain
endif
endif
# On Alpine and its like cc is musl's.
musl_cc = $(if $(shell command -v musl-gcc),musl-gcc,$(if $(shell \
	printf '%s\n' '#include <features.h>' '#ifdef __GLIBC__' '#error' '#endif' | cc -E -x c - >/dev/null 2>&1 && echo y),cc,musl-gcc))
CC := $(if $(CROSS_COMPILE),$(CROSS_COMPILE)gcc,$(musl_cc))
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
STRIP ?= $(CROSS_COMPILE)strip
READELF ?= $(CROSS_COMPILE)readelf
CFLAGS ?=
LDFLAGS ?=
EXTRA_CFLAGS ?=
EXTRA_LDFLAGS ?=
PREFER ?=
DESTDIR ?=
CONFIG_PREFIX ?= $(or $(DESTDIR),$(O)/_install)
PROVE ?= prove
# What a failed test has to say, too: prove's usual formatter for several files at a time says
# it only where stdout is no terminal. So many files where tests/rules.yml lets them: they wait
# for most of their time, and check-quick leaves out what keeps a CPU busy.
PROVE_FLAGS ?= -f -o --formatter=TAP::Formatter::File -j$(if $(filter check-quick,$(MAKECMDGOALS)),4,3)

# ---- how it talks ----------------------------------------------------------

MAKEFLAGS += --no-print-directory --no-builtin-rules
silent := $(findstring s,$(filter-out --% %=%,$(firstword -$(MAKEFLAGS))))
Q := $(if $(filter-out 0,$(V)),,@)
say = $(if $(filter-out 0,$(V))$(silent),@:,@printf '  %-7s %s\n' '$(1)' '$(2)')

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: FORCE
.DEFAULT_GOAL := all

# ---- goals that come before a build: one at a time, in order -------------

config_targets := config menuconfig nconfig oldconfig olddefconfig silentoldconfig \
	defconfig savedefconfig allnoconfig allyesconfig alldefconfig randconfig openwrt-config option-costs
board_targets := $(addsuffix _defconfig,$(boards) $(configs))
no_build := $(config_targets) $(board_targets) toolchain $(if $(board_folder),,board) boards sizes sizes-page busybox deps deps-fleet help dist clean mrproper distclean \
	check-asan check-i386 check-old-kernel coverage mutants check-valgrind proof
build_goals := $(filter-out $(no_build),$(or $(MAKECMDGOALS),all))

ifneq ($(and $(filter $(no_build),$(MAKECMDGOALS)),$(word 2,$(MAKECMDGOALS))),)

.PHONY: $(MAKECMDGOALS) one-by-one
$(MAKECMDGOALS): one-by-one
	@:
one-by-one:
	+@set -e; for goal in $(MAKECMDGOALS); do $(MAKE) -f $(firstword $(MAKEFILE_LIST)) $$goal; done

else

# ---- configuration -------------------------------------------------------

kconfig = @mkdir -p $(dir $(abspath $(config))) && KCONFIG='$(KCONFIG)' $(build)/config/kconfig '$(top)' '$(abspath $(config))'

# A rule each: Buildroot looks for olddefconfig in the output of make -pn.
.PHONY: config menuconfig nconfig oldconfig olddefconfig silentoldconfig
config:
	$(kconfig) config
menuconfig:
	$(kconfig) menuconfig
nconfig:
	$(kconfig) nconfig
oldconfig:
	$(kconfig) oldconfig
olddefconfig:
	$(kconfig) olddefconfig
silentoldconfig:
	$(kconfig) silentoldconfig

.PHONY: defconfig savedefconfig allnoconfig allyesconfig alldefconfig randconfig
# A board's is its own file on top of what CONFIG names.
defconfig:
ifeq ($(CONFIG)$(board_folder),everything$(board_folder))
	$(kconfig) allyesconfig
else ifneq ($(board_folder),)
	@mkdir -p $(O)
	@cat $(wildcard $(srcdir)board/config/$(CONFIG)_defconfig) $(board_folder)/defconfig >$(O)/.board
	$(kconfig) file '$(abspath $(O)/.board)'
else
	$(kconfig) defconfig
endif
savedefconfig:
	$(kconfig) savedefconfig '$(abspath $(config_dir)defconfig)'
allnoconfig:
	$(kconfig) allnoconfig
allyesconfig:
	$(kconfig) allyesconfig
alldefconfig:
	$(kconfig) alldefconfig
randconfig:
	$(kconfig) randconfig

define board_rule
.PHONY: $(1)_defconfig
$(1)_defconfig:
	$$(kconfig) file '$(top)/board/$(2)'
endef
$(foreach board,$(boards),$(eval $(call board_rule,$(board),cpu/$(board)/defconfig)))
$(foreach name,$(configs),$(eval $(call board_rule,$(name),config/$(name)_defconfig)))

ifneq ($(build_goals),)

# A build without a configuration takes the default one; tests take all there is, since what is not built in
# is not tested.
first_config := $(if $(BOARD)$(CONFIG),,$(if $(filter check check-quick check-faults explore soak,$(MAKECMDGOALS)),CONFIG=everything))
$(config):
	+@$(MAKE) -f $(firstword $(MAKEFILE_LIST)) defconfig $(first_config)

# Both are included, so that make reads the files of include/cfg only after
# they are written.
include $(O)/include/config.mk
include $(O)/include/toolchain.mk

$(O)/include/config.mk: $(config) $(srcdir)Kconfig $(build)/config/config.awk
	@mkdir -p $(O)/include/cfg
	@awk -v out=$(O)/include -f $(build)/config/config.awk $(srcdir)Kconfig $(config)
	@echo "# config.h is up to date" >$@

$(O)/include/toolchain.mk: FORCE $(own_toolchain)
	@mkdir -p $(O)/include
	@PREFER='$(PREFER)' sh $(build)/link/toolchain $@ $(CC) $(CFLAGS) $(EXTRA_CFLAGS)

# A symbol that Kconfig no longer has.
$(O)/include/cfg/%: ;

endif

# ---- compiling -----------------------------------------------------------

sources := $(sort $(wildcard $(srcdir)applets/*.c $(srcdir)applets/lib/*/*.c))
objects := $(sources:$(srcdir)%.c=$(O)/%.o)
depends := $(objects:.o=.dep)

# Static where libc is musl; STATIC=y and STATIC=n decide otherwise.
STATIC ?= $(if $(filter musl,$(toolchain_libc)),y,n)

warnings := -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
order = $(if $(filter y.y,$(STATIC).$(toolchain_resident)),$(build)/link/start-up.ld)
box_cflags = -std=gnu11 -D_GNU_SOURCE -Os $(warnings) $(toolchain_cflags) $(if $(filter musl.y,$(toolchain_libc).$(STATIC)),$(toolchain_stack)) $(board_cflags) \
	-DBOX_VERSION_TEXT='"$(version)"'
box_ldflags = $(if $(filter y,$(STATIC)),-static $(toolchain_start)) $(toolchain_ldflags) $(board_ldflags) $(order:%=-Wl,-T,%)

# What the caller gives comes last, so that it wins.
# PREFER=size: but for what makes the program larger, as the flags of whole images do.
prefer = $(if $(filter size,$(PREFER)),$(toolchain_prefer))
compile = $(CC) $(box_cflags) $(CFLAGS) $(prefer) $(EXTRA_CFLAGS)
link = $(CC) $(box_cflags) $(CFLAGS) $(prefer) $(EXTRA_CFLAGS) $(box_ldflags) $(LDFLAGS) $(EXTRA_LDFLAGS)
# What no segment holds is of no use to what runs a program. (The last: binutils 2.41.)
strip = $(STRIP) -s -R .comment -R .ARM.attributes -R .gnu.attributes -R .mdebug.abi32 \
	$(filter --strip-section-headers,$(shell $(STRIP) --help 2>/dev/null))
# Not part of what an object depends on, so that a folder can be moved.
names = $(foreach dir,$(CURDIR) $(top),-ffile-prefix-map=$(dir)=.) $(if $(srcdir),-ffile-prefix-map=$(srcdir)=) \
	$(if $(config_dir),-ffile-prefix-map=$(O)=out)
paths = $(names) -I$(srcdir)applets -I$(O)/include -include $(O)/include/config.h

.PHONY: all
all: $(O)/daemonbox $(O)/daemonbox.links $(if $(filter-out $(CURDIR)/out,$(abspath $(O))),$(O)/Makefile)

# Files that hold a command, written only when it changes.
remember = @mkdir -p $(@D); echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@

$(O)/include/compile: FORCE
	$(call remember,$(compile))
$(O)/include/link: FORCE
	$(call remember,$(link) $(objects:$(O)/%=%))
$(O)/include/strip: FORCE
	$(call remember,$(strip) $(SKIP_STRIP))

$(O)/%.o: $(srcdir)%.c $(O)/include/compile $(build)/link/depend.awk
	@mkdir -p $(@D)
	$(call say,CC,$*.c)
	$(Q)$(compile) $(paths) -MMD -MF $(@:.o=.d) -c -o $@ $<
	@awk -v object='$$(O)/$*.o' -v srcdir='$(srcdir)' -v out='$(O)' -f $(build)/link/depend.awk \
		$(O)/include/config.h $(@:.o=.d) >$(@:.o=.dep)
	@rm -f $(@:.o=.d)

# For editors and checkers, which know no flags of gcc's own: what is needed to read a file.
reading = -std=gnu11 -D_GNU_SOURCE -DBOX_VERSION_TEXT= $(warnings) -I$(srcdir)applets -I$(O)/include -include $(O)/include/config.h
.PHONY: compile_commands.json
compile_commands.json: $(O)/include/config.mk
	@{ printf '[\n'; for source in $(sources); do \
		printf '%s{"directory": "%s", "file": "%s", "command": "cc %s -c %s"}' "$$comma" '$(CURDIR)' $$source '$(reading)' $$source; \
		comma=', '; done; printf '\n]\n'; } >$@

-include $(wildcard $(depends))
$(patsubst %.dep,%.o,$(filter-out $(wildcard $(depends)),$(depends))): FORCE

# Said unless it was asked for.
is_dynamic := : no musl: the program is dynamic, and needs this libc on its board; STATIC=y links it in

# ---- linking -------------------------------------------------------------

$(O)/daemonbox_unstripped: $(objects) $(O)/include/link $(order) $(build)/link/map.awk $(build)/link/segments
	$(call say,LD,$(@F))
	$(if $(filter file.n,$(origin STATIC).$(STATIC)),@echo '$(firstword $(CC))$(is_dynamic)' >&2)
	$(Q)$(link) $(names) -o $@ $(objects) -Wl,-Map=$(O)/daemonbox.map
	$(if $(filter musl.y,$(toolchain_libc).$(STATIC)),@awk -v job=check -f $(build)/link/map.awk $(O)/daemonbox.map)
	@$(build)/link/segments $(READELF) $@

$(O)/daemonbox: $(O)/daemonbox_unstripped $(O)/include/strip
	$(call say,$(if $(filter y,$(SKIP_STRIP)),COPY,STRIP),$(@F))
	$(Q)$(if $(filter y,$(SKIP_STRIP)),cp $< $@,$(strip) -o $@ $<)

$(O)/daemonbox.links: $(srcdir)applets/applets.h $(O)/include/config.mk $(build)/config/links
	@$(build)/config/links $(srcdir)applets/applets.h $(O)/include/config.h >$@

# With O=DIR, make works in DIR too.
$(O)/Makefile:
	@printf '%s\n' '# Made by daemonbox: its Makefile with O= set to this folder.' \
		'$$(or $$(MAKECMDGOALS),all): again ;' \
		'again:' \
		'	+@$$(MAKE) --no-print-directory -C $(top) $(again) $$(MAKECMDGOALS)' \
		'Makefile: ;' \
		'.PHONY: again $$(MAKECMDGOALS)' >$@

# ---- boards --------------------------------------------------------------

.PHONY: toolchain board boards boot
ifneq ($(board_folder),)
toolchain:
	$(if $(board_target),@$(build)/link/musl $(TOOLCHAINS)/$(BOARD) $(board_target) $(board_gcc) $(board_cpu))
board: all
boot: all
	@RESETS='$(RESETS)' TESTS='$(TESTS)' QUICK='$(QUICK)' PROVE='$(PROVE)' PROVE_FLAGS='$(PROVE_FLAGS)' \
		$(build)/boot/boot $(BOARD) $(O) $(all_out)/boot '$(CC)' '$(CROSS_COMPILE)'
else
toolchain board boot:
	@echo 'make $@: which? BOARD= is one of $(boards)' >&2; false
endif

boards:
	+@for board in $(boards); do \
		printf '%s\n' "$$board"; \
		$(MAKE) -f $(firstword $(MAKEFILE_LIST)) BOARD=$$board defconfig all || exit 1; \
	done

# What an image pays on these boards, or on BOARDS. The page is made of the first.
size_boards := armv7 mips-24kc x86_64
.PHONY: sizes sizes-page busybox row
sizes:
	+@$(build)/size/sizes '$(top)' '$(abspath $(all_out))' $(MAKE) -f $(firstword $(MAKEFILE_LIST)) TOOLCHAINS='$(TOOLCHAINS)' -- $(or $(BOARDS),$(size_boards))
sizes-page:
	+@$(MAKE) -f $(firstword $(MAKEFILE_LIST)) sizes BOARDS='$(size_boards)' && cp $(all_out)/sizes.md $(all_out)/sizes.svg $(top)/board
# BusyBox as OpenWrt has it, and with the applets of the PEERS, in root file systems of their own.
busybox: $(own_toolchain)
	@$(build)/size/busybox '$(abspath $(all_out))/busybox/$(or $(BOARD),native)' '$(CROSS_COMPILE)' '$(CC)' '$(board_cflags)' $(PEERS)
row: all
	@$(CROSS_COMPILE)size $(O)/daemonbox_unstripped | awk 'NR == 2 { print $$1 + $$2 }' >$(O)/text

# ---- installing ----------------------------------------------------------

MANDIR ?= /usr/share/man

.PHONY: install install-noclobber install-man uninstall
install install-noclobber: $(O)/daemonbox $(O)/daemonbox.links
	@$(build)/host/install $@ $(O) '$(CONFIG_PREFIX)'
install-man uninstall: $(O)/daemonbox.links
	@$(build)/host/install $@ $(O) '$(CONFIG_PREFIX)' $(top)/applets '$(MANDIR)' '$(COMPLETIONDIR)'

# For bash: made from the tables of options as the preprocessor leaves them.
COMPLETIONDIR ?= /usr/share/bash-completion/completions

.PHONY: completion install-completion
completion: $(O)/daemonbox.bash
$(O)/daemonbox.bash: $(O)/daemonbox $(O)/daemonbox.links $(build)/host/completion
	@mkdir -p $(O)/completion
	@set -e; names=$$(sed 's,.*/,,' $(O)/daemonbox.links); for name in $$names; do \
		$(compile) $(paths) -E -P -o $(O)/completion/$$name.i $(srcdir)applets/$$name.c; \
	done; $(build)/host/completion $(O)/completion $$names >$@
install-completion: $(O)/daemonbox.bash
	@$(build)/host/install $@ $(O) '$(CONFIG_PREFIX)' '$(COMPLETIONDIR)'

# ---- a release -----------------------------------------------------------

# Of what is committed, or of the files where they came from such an archive; the same
# bytes from the same files, whenever and wherever.
.PHONY: dist
dist:
	@$(build)/host/dist '$(top)' '$(abspath $(O))' daemonbox-$(version)

# For those who only want to try: a static program a board, or of BOARDS, of the default
# configuration and of everything, and their hashes.
binaries := $(abspath $(all_out))/binaries
.PHONY: dist-binaries
dist-binaries:
	@rm -rf '$(binaries)' && mkdir -p '$(binaries)'
	+@for board in $(or $(BOARDS),$(boards)); do for config in default everything; do \
		$(MAKE) -f $(firstword $(MAKEFILE_LIST)) O='$(abspath $(all_out))' TOOLCHAINS='$(TOOLCHAINS)' BOARD=$$board CONFIG=$$config \
			defconfig all || exit 1; \
		from='$(abspath $(all_out))'/board/$$board to=daemonbox-$(version)-$$board; \
		[ $$config = default ] || from=$$from-$$config to=$$to-$$config; \
		cp "$$from/daemonbox" '$(binaries)'/$$to || exit 1; \
	done; done
	@cd '$(binaries)' && sha256sum daemonbox-* >SHA256SUMS && cat SHA256SUMS

# ---- looking at it -------------------------------------------------------

.PHONY: check check-quick lint demo bench size baseline bloatcheck openwrt-config option-costs
# What was said to make goes for this build, not for those that tests make.
# check-quick leaves out the boards and what is marked as a long run; check leaves out what of
# that has not begun after CHECK_MINUTES (0: nothing), so that a slow machine comes to an end.
CHECK_MINUTES ?= 35
check check-quick: all
	@CHECK_UNTIL=$${CHECK_UNTIL-$(if $(filter-out 0,$(CHECK_MINUTES)),$$(($$(cut -d . -f 1 /proc/uptime) + 60 * $(CHECK_MINUTES))))} && \
		export CHECK_UNTIL && cd $(top) && unset MAKEFLAGS MFLAGS MAKELEVEL BOARD CONFIG && \
		O='$(abspath $(O))' KCONFIG_CONFIG='$(abspath $(config))' $(check_by) \
		HARNESS_RULESFILE=tests/rules.yml $(if $(filter check-quick,$@),CHECK_QUICK=y CYCLES=100) \
		$(PROVE) $(PROVE_FLAGS) $(or $(TESTS),tests/*/*.t)
# A board's program runs by its emulator, unless this machine is one; what the tests bring along is this machine's.
emulator := $(if $(filter $(board_native),$(shell uname -m)),,$(board_qemu))
check_by = $(if $(emulator),DAEMONBOX_RUN='$(emulator)' BOARD_CC='$(CC)' CC=musl-gcc,CC='$(CC)')

# Every failure of every call, every kill, in JOBS= parts at once, where "make check" draws some. FAULT= and JOB= replay one.
.PHONY: check-faults
check-faults: all
	@O='$(abspath $(O))' KCONFIG_CONFIG='$(abspath $(config))' CC='$(CC)' FAULTS='$(or $(FAULTS),all)' \
		$(build)/host/faults '$(top)' $(if $(FAULT),1,$(or $(JOBS),4))

# The tests under sanitizers, as a 32-bit program, and with newer calls refused: TESTS= some.
.PHONY: check-asan check-i386 check-old-kernel
check-asan check-i386 check-old-kernel:
	+@MAKE='$(MAKE)' PROVE='$(PROVE)' PROVE_FLAGS='$(PROVE_FLAGS)' TESTS='$(TESTS)' \
		TOOLCHAINS='$(TOOLCHAINS)' ERRNOS='$(ERRNOS)' $(build)/host/check-under $@ '$(top)' '$(abspath $(all_out))'

# Every order of the system calls of two commands, DEPTH= switches, for SECONDS= or as long as it
# takes (FAILURES= so many of a failing call and a switch); ONLY= some scenarios (log-: all of these), RUN= replays one
# run. "make check" runs a part of it.
.PHONY: explore
explore: all
	@cd $(top) && O='$(abspath $(O))' KCONFIG_CONFIG='$(abspath $(config))' CC='$(CC)' TEST_LIMIT=86400 \
		BREAKS='$(or $(BREAKS),99)' EXPLORE_SECONDS='$(or $(SECONDS),0)' DEPTH='$(DEPTH)' FAILURES='$(FAILURES)' $(if $(SEED),SEED='$(SEED)') ONLY='$(ONLY)' RUN='$(RUN)' \
		JOBS='$(or $(JOBS),1)' sh tests/explore/explore.t

# Any bytes for all that reads them, with libFuzzer: SECONDS= of each target, or of FUZZ= some.
.PHONY: fuzz
fuzz:
	@MAKE='$(MAKE)' $(build)/host/fuzz '$(top)' '$(abspath $(O))/fuzz' '$(or $(SECONDS),60)' $(FUZZ)

# What the tests reach, whether they see a change, and what years would show: build/proof.
# FILE.t in TESTS= alone; N mutants by SEED, of FILES= or MUTANT= one; PROOF= some by name.
.PHONY: coverage mutants soak check-valgrind proof
coverage:
	@$(build)/proof/coverage '$(top)' '$(abspath $(O))/coverage' $(TESTS)
mutants:
	@$(build)/proof/mutants '$(top)' '$(abspath $(O))/mutants' '$(or $(N),500)' '$(or $(SEED),1)'
# With BOARD=, on the emulated board, where the wall clock jumps too; its memory has to hold all of the log.
soak: all
ifneq ($(board_folder),)
	@SOAK=$$(($(or $(MINUTES),10) * 60)) SEED='$(or $(SEED),1)' MEMORY=256M PROVE='$(PROVE)' PROVE_FLAGS=-v \
		$(build)/boot/boot $(BOARD) $(O) $(all_out)/boot '$(CC)' ''
else
	@cd $(top) && O='$(abspath $(O))' KCONFIG_CONFIG='$(abspath $(config))' CC='$(CC)' SOAK_SECONDS=$$(($(or $(MINUTES),10) * 60)) \
		SEED='$(SEED)' $(PROVE) -v tests/daemonize/soak.t
endif
check-valgrind:
	@$(build)/proof/valgrind '$(top)' '$(abspath $(O))/valgrind' $(TESTS)
proof:
	+@MAKE='$(MAKE)' $(build)/proof/proof '$(abspath $(O))/proof' $(PROOF)

lint: compile_commands.json
	@$(build)/host/lint $(top) $(abspath $(O))

demo: all
	@$(build)/host/demo $(abspath $(O))

# JOBS= names some; SHORT=y for few rounds. The page is out/bench.md.
bench: all
	+@$(MAKE) -f $(firstword $(MAKEFILE_LIST)) busybox PEERS=all || echo 'bench: BusyBox is Debian'"'"'s, with fewer applets' >&2
	@O='$(abspath $(O))' SHORT='$(SHORT)' $(build)/bench/bench $(JOBS)

size: all
	@$(build)/size/size $(O) '$(CROSS_COMPILE)nm'

baseline bloatcheck:
	+@$(build)/size/bloat $@ '$(top)' '$(abspath $(all_out))/bloat' '$(BOARD)' $(MAKE) TOOLCHAINS='$(TOOLCHAINS)'

# OpenWrt's menu, made from our Kconfig.
openwrt-config:
	@$(build)/config/openwrt-config '$(top)' '$(top)/board/package/openwrt/daemonbox'

# What each option costs on boards: board/costs.md, and out/costs/costs.svg. ONLY= names some.
option-costs:
	+@ONLY='$(ONLY)' $(build)/size/option-costs '$(top)' '$(abspath $(O))/costs' $(MAKE) -C '$(top)' TOOLCHAINS='$(TOOLCHAINS)' -- $(or $(BOARDS),armv7 mips-24kc x86_64)

# ---- the machine, and cleaning ---------------------------------------------

.PHONY: deps deps-fleet help dist clean mrproper distclean
deps:
	@$(build)/host/deps
	@$(build)/host/logdaemons '$(O)/logdaemons'
	@$(build)/link/musl source '$(TOOLCHAINS)'
	@$(build)/host/openrc '$(O)/openrc'

# What board/fleet is made of, and its test needs.
deps-fleet:
	@$(build)/host/fleet '$(O)/fleet'

help:
	@$(build)/host/help '$(boards)' $(configs)

clean:
	$(call say,CLEAN,$(O))
	$(Q)rm -rf $(O)/applets $(O)/include $(O)/daemonbox $(O)/daemonbox_unstripped $(O)/daemonbox.map \
		$(O)/daemonbox.links $(O)/daemonbox.bash $(O)/completion $(O)/_install $(O)/bloat $(O)/costs $(O)/fuzz $(O)/coverage $(O)/mutants $(O)/valgrind $(O)/proof $(O)/tests $(O)/board $(O)/sizes.*

mrproper distclean: clean
	$(Q)rm -rf $(config) $(config).old $(config_dir)defconfig $(if $(config_dir),$(O)/Makefile $(O)/toolchain,$(O))

endif
