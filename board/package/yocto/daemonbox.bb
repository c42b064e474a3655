# SPDX-License-Identifier: 0BSD
#
# Of a release that "make dist" made, by name and hash, from local.conf or a .bbappend:
#     DAEMONBOX_SITE = "URL or file:///FOLDER"   where daemonbox-VERSION.tar.xz is
#     DAEMONBOX_HASH = "SHA256"                  what daemonbox-VERSION.tar.xz.sha256 has
#     DAEMONBOX_VERSION = "0.1.0"                where this file stands in no tree of daemonbox
# There is no public address yet, so none is here. kconfig-frontends is in meta-oe.

SUMMARY = "Daemons and their sessions in one small program"
DESCRIPTION = "daemonize runs any program as a proper daemon, with its output in syslog; ticklog \
logs a heartbeat; pidof-session finds the processes of a session."
SECTION = "base"
LICENSE = "0BSD"
LIC_FILES_CHKSUM = "file://LICENSE;md5=c69f8765cf6e0b3dc56ab81e643ca0d8"
HOMEPAGE = "${DAEMONBOX_URL}"

DAEMONBOX_SITE ?= ""
DAEMONBOX_HASH ?= ""
DAEMONBOX_URL ?= ""
DAEMONBOX_VERSION ?= "${@daemonbox_version(d)}"

def daemonbox_version(d):
    import os, re
    makefile = os.path.join(d.getVar('THISDIR'), '..', '..', '..', 'Makefile')
    try:
        with open(makefile) as f:
            return re.search(r'^version := (\S+)', f.read(), re.M).group(1)
    except OSError:
        return ''

PV = "${DAEMONBOX_VERSION}"
SRC_URI = "${DAEMONBOX_SITE}/daemonbox-${PV}.tar.xz"
SRC_URI[sha256sum] = "${DAEMONBOX_HASH}"
S = "${WORKDIR}/daemonbox-${PV}"

# What is not given is said plainly, and before anything is fetched.
python () {
    for name in ('DAEMONBOX_SITE', 'DAEMONBOX_HASH', 'DAEMONBOX_VERSION'):
        if not d.getVar(name):
            raise bb.parse.SkipRecipe('%s is not set: see %s' % (name, d.getVar('FILE')))
}

DEPENDS = "kconfig-frontends-native"

inherit update-alternatives update-rc.d systemd

# Static with a toolchain of musl. SKIP_STRIP: packages are stripped here.
EXTRA_OEMAKE = "CROSS_COMPILE=${TARGET_PREFIX} CC='${CC}' AR='${AR}' STRIP='${STRIP}' \
	KCONFIG=kconfig-conf PREFER=size SKIP_STRIP=y"

do_configure() {
	oe_runmake defconfig
}

do_compile() {
	oe_runmake all completion
}

# The commands themselves are update-alternatives'.
do_install() {
	install -D -m 0755 ${B}/out/daemonbox ${D}${sbindir}/daemonbox
	oe_runmake CONFIG_PREFIX=${D} MANDIR=${mandir} \
		COMPLETIONDIR=${datadir}/bash-completion/completions install-man install-completion
	install -D -m 0644 ${S}/board/init/service.sh ${D}${datadir}/daemonbox/service.sh
	install -D -m 0755 ${S}/board/init/S60daemonize ${D}${sysconfdir}/init.d/daemonize
	install -D -m 0644 ${S}/board/init/default/daemonize ${D}${sysconfdir}/default/daemonize
	install -D -m 0644 ${S}/board/init/default/ticklog ${D}${sysconfdir}/default/ticklog
	install -D -m 0644 ${S}/board/init/ticklog.service ${D}${systemd_system_unitdir}/ticklog.service
}

B = "${S}"
FILES:${PN} += "${systemd_system_unitdir}"
CONFFILES:${PN} = "${sysconfdir}/default/daemonize ${sysconfdir}/default/ticklog"
INITSCRIPT_NAME = "daemonize"
INITSCRIPT_PARAMS = "defaults 60"
SYSTEMD_SERVICE:${PN} = "ticklog.service"
SYSTEMD_AUTO_ENABLE = "disable"

# Each command that is built in, as the build lists them.
ALTERNATIVE_PRIORITY = "200"

python do_package:prepend () {
    import os
    package = d.getVar('PN')
    with open(os.path.join(d.getVar('B'), 'out', 'daemonbox.links')) as links:
        for path in links.read().split():
            name = os.path.basename(path)
            d.appendVar('ALTERNATIVE:' + package, ' ' + name)
            d.setVarFlag('ALTERNATIVE_LINK_NAME', name, path)
            d.setVarFlag('ALTERNATIVE_TARGET', name, d.getVar('sbindir') + '/daemonbox')
}
