#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The packages of Alpine and Yocto: what their own tools would run of them is run here by
# hand, with the variables that those set, on a release that "make dist" makes.
# shellcheck disable=SC2154
NEEDS="+source +make +musl-gcc +xz"
TEST_LIMIT=${TEST_LIMIT:-300}
. "${0%/*}/../helpers/lib.sh"
unset CC CFLAGS LDFLAGS STRIP CROSS_COMPILE EXTRA_CFLAGS EXTRA_LDFLAGS KCONFIG V DESTDIR CONFIG_PREFIX
unset MAKEFLAGS MFLAGS MAKELEVEL

version=$(sed -n 's/^version := //p' "$top/Makefile")

# Unpacks a release into daemonbox-VERSION.
released() {
	mkdir -p release src
	for part in Makefile Kconfig LICENSE applets build board; do
		cp -R "$top/$part" src
	done
	rm -rf src/out
	make -s -C src dist O="$T/release" >said 2>&1 || fail "make dist: $(cat said)"
	tar -xf "release/daemonbox-$version.tar.xz"
}

# As on Alpine: no musl-gcc, and gcc's and cc's libc is musl.
musl_machine() {
	mkdir bin
	ln -sf /usr/sbin/* /usr/bin/* bin
	rm -f bin/*musl*
	for name in cc gcc; do
		rm -f "bin/$name"
		printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v musl-gcc)" >"bin/$name"
		chmod +x "bin/$name"
	done
}

t_alpine() {
	apkbuild=$top/board/package/alpine/APKBUILD
	sh -n "$apkbuild" || fail "not what the shell reads"
	if command -v shellcheck >/dev/null; then
		# $source and the like are abuild's, and its shell has "local"
		shellcheck "$apkbuild" >said 2>&1 || fail "$(cat said)"
	fi
	released
	musl_machine
	cp "release/daemonbox-$version.tar.xz.sha512" .
	export startdir="$T" srcdir="$T" builddir="$T/daemonbox-$version" pkgdir="$T/pkg"
	cat >run <<-'X'
		. "$1"
		for field in pkgname pkgver pkgrel pkgdesc arch license source sha512sums; do
			eval "[ -n \"\$$field\" ]" || { echo "no $field"; exit 1; }
		done
		(cd release && echo "$sha512sums" | sha512sum -c --quiet)
		echo "$source" >source
		cd "$builddir"
		build
		package
	X
	CFLAGS="-Os -fstack-clash-protection -Wformat" LDFLAGS="-Wl,--as-needed" DAEMONBOX_VERSION=$version PATH=$T/bin \
		sh -e run "$apkbuild" >said 2>&1 || fail "$(tail -n 20 said)"
	is "$(cat source)" "daemonbox-$version.tar.xz" "its source, with no site"
	is "$(DAEMONBOX_SITE=https://example.org/r DAEMONBOX_VERSION=7 DAEMONBOX_SHA512=abc sh -c '. "$1"; echo "$source $sha512sums"' sh "$apkbuild")" \
		"https://example.org/r/daemonbox-7.tar.xz abc  daemonbox-7.tar.xz" "its source, with one"
	is "$(startdir=$top/board/package/alpine DAEMONBOX_SHA512=x sh -c '. "$1"; echo $pkgver' sh "$apkbuild")" "$version" "its version in our tree"
	for name in $($DB --list); do
		[ -x "pkg/usr/sbin/$name" ] || [ -x "pkg/usr/bin/$name" ] || fail "no $name"
	done
	readelf -lW pkg/usr/sbin/daemonbox | grep -q INTERP && fail "it is not static"
	pkg/usr/sbin/daemonbox --version >said || fail "it does not run"
	for file in usr/share/man/man1/daemonize.1 usr/share/daemonbox/service.sh etc/init.d/daemonize etc/init.d/ticklog \
		etc/conf.d/daemonize etc/conf.d/ticklog usr/share/bash-completion/completions/daemonize; do
		[ -e "pkg/$file" ] || fail "no $file"
	done
	[ -x pkg/etc/init.d/daemonize ] || fail "its init script is not executable"
}
check "Alpine: its APKBUILD builds and packs a release with a gcc of musl" t_alpine BOX_VERSION BOX_LIST +readelf +long

# What bitbake makes of the recipe: variables expanded, shell functions run with them.
recipe=$top/board/package/yocto/daemonbox.bb

t_yocto() {
	released
	cat >read.py <<-'X'
		import re, sys, os
		recipe, folder, out = sys.argv[1:4]
		text = open(recipe).read()
		text = re.sub(r'\\\n\s*', ' ', re.sub(r'(?m)^#.*\n', '', text))
		blocks, shell = {}, []
		def python_block(m):
		    blocks[m.group(1).strip() or 'anonymous'] = m.group(2)
		    return ''
		text = re.sub(r'(?ms)^python ([\w:]*) ?\(\) \{\n(.*?)^\}\n', python_block, text)
		def shell_block(m):
		    shell.append(m.group(0))
		    return ''
		text = re.sub(r'(?ms)^\w+\(\) \{\n.*?^\}\n', shell_block, text)
		definition = re.search(r'(?ms)^def .*?(?=^\S)', text).group(0)
		text = text.replace(definition, '')
		class Data(dict):
		    flags = {}
		    def getVar(self, name):
		        value = self.get(name)
		        return None if value is None else self.expand(value)
		    def expand(self, value):
		        def one(m):
		            name = m.group(1)
		            if name.startswith('@'):
		                return str(eval(name[1:], scope))
		            return self.getVar(name) or ''
		        return re.sub(r'\$\{(@[^}]*|[A-Za-z_]+)\}', one, value)
		    def appendVar(self, name, value): self[name] = self.get(name, '') + value
		    def setVarFlag(self, name, flag, value): self.flags[(name, flag)] = self.expand(value)
		class Skip(Exception): pass
		class bb:
		    class parse: SkipRecipe = Skip
		d = Data(PN='daemonbox', FILE=recipe, THISDIR=os.path.dirname(recipe), WORKDIR=folder, D=folder + '/image',
		         sbindir='/usr/sbin', mandir='/usr/share/man', datadir='/usr/share', sysconfdir='/etc',
		         systemd_system_unitdir='/usr/lib/systemd/system', TARGET_PREFIX='', CC='musl-gcc', AR='ar', STRIP='strip')
		scope = {'d': d, 'bb': bb}
		exec(compile(definition, recipe, 'exec'), scope)
		for line in text.split('\n'):
		    if not line.strip() or line.startswith('inherit '):
		        continue
		    m = re.fullmatch(r'([\w:${}\[\]]+) (\?=|=|\+=) "(.*)"', line)
		    if not m:
		        sys.exit('not an assignment: ' + line)
		    name = d.expand(m.group(1))
		    if m.group(2) == '?=' and name in d:
		        continue
		    d[name] = (d.get(name, '') + ' ' if m.group(2) == '+=' else '') + m.group(3)
		def run(name):
		    code = 'def f(d, bb):\n' + blocks[name] + 'f(d, bb)\n'
		    exec(compile(code, recipe + ' ' + name, 'exec'), scope)
		try:
		    run('anonymous')
		    sys.exit('a recipe without a site is taken')
		except Skip as why:
		    print('skipped:', why)
		d.update(DAEMONBOX_SITE='file://' + folder, DAEMONBOX_HASH='abc')
		run('anonymous')
		with open(out, 'w') as f:
		    for block in shell:
		        f.write(d.expand(block))
		    f.write('EXTRA_OEMAKE="%s"\n' % d.getVar('EXTRA_OEMAKE'))
		for name in ('PV', 'SRC_URI', 'SRC_URI[sha256sum]', 'S', 'LIC_FILES_CHKSUM'):
		    print(name + ':', d.getVar(name))
		if os.path.exists(d.getVar('B') + '/out/daemonbox.links'):
		    run('do_package:prepend')
		    print('ALTERNATIVE:' + d.getVar('ALTERNATIVE:daemonbox'))
		    for (name, flag), value in sorted(d.flags.items()):
		        print(name, flag, value)
	X
	/usr/bin/python3 read.py "$recipe" "$T" steps >said 2>&1 || fail "$(cat said)"
	is "$(cat said)" "skipped: DAEMONBOX_SITE is not set: see $recipe
PV: $version
SRC_URI: file://$T/daemonbox-$version.tar.xz
SRC_URI[sha256sum]: abc
S: $T/daemonbox-$version
LIC_FILES_CHKSUM: file://LICENSE;md5=$(md5sum <"$top/LICENSE" | cut -d ' ' -f 1)" "the recipe"
	sh -n steps || fail "not what the shell reads"
	cat >run <<-'X'
		. ./steps
		oe_runmake() { eval "make $EXTRA_OEMAKE \"\$@\""; }
		cd "$1"
		do_configure
		do_compile
		do_install
	X
	sh -e run "daemonbox-$version" >said 2>&1 || fail "$(tail -n 20 said)"
	for file in usr/sbin/daemonbox usr/share/man/man1/daemonize.1 usr/share/daemonbox/service.sh etc/init.d/daemonize \
		etc/default/daemonize usr/share/bash-completion/completions/daemonize usr/lib/systemd/system/ticklog.service; do
		[ -e "image/$file" ] || fail "no $file"
	done
	/usr/bin/python3 read.py "$recipe" "$T" steps >said 2>&1 || fail "$(cat said)"
	# every link is an alternative, by its name and path, and no other is
	sed 's,.*/,,; s/^/ /' "daemonbox-$version/out/daemonbox.links" | tr -d '\n' >names
	is "$(sed -n 's/^ALTERNATIVE://p' said)" "$(cat names)" "ALTERNATIVE"
	while read -r path; do
		grep -qx "ALTERNATIVE_LINK_NAME ${path##*/} $path" said || fail "no alternative $path: $(cat said)"
		grep -qx "ALTERNATIVE_TARGET ${path##*/} /usr/sbin/daemonbox" said || fail "the target of $path"
		[ ! -e "image$path" ] || fail "$path is installed beside update-alternatives"
	done <"daemonbox-$version/out/daemonbox.links"
}
check "Yocto: its recipe reads, builds and packs a release, with an alternative a command" t_yocto +kconfig-conf +long

done_testing
