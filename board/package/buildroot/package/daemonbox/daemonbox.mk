################################################################################
#
# daemonbox
#
################################################################################

DAEMONBOX_VERSION = $(shell sed -n 's/^version := //p' $(BR2_EXTERNAL_DAEMONBOX_PATH)/../../../Makefile)
ifneq ($(call qstrip,$(BR2_PACKAGE_DAEMONBOX_SITE)),)
DAEMONBOX_SITE = $(patsubst /%,file:///%,$(call qstrip,$(BR2_PACKAGE_DAEMONBOX_SITE)))
DAEMONBOX_SOURCE = daemonbox-$(DAEMONBOX_VERSION).tar.xz
else
DAEMONBOX_SITE = $(BR2_EXTERNAL_DAEMONBOX_PATH)/../../..
DAEMONBOX_SITE_METHOD = local
endif
DAEMONBOX_LICENSE = 0BSD
DAEMONBOX_LICENSE_FILES = LICENSE

# Nothing that was built or configured in the source folder by hand.
DAEMONBOX_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = \
	--exclude=/out --exclude=/.config --exclude=/.config.old --exclude=/defconfig

# Buildroot's own flags, with its hardening, but for
# -O2 and -marm: small code, PREFER=size.
DAEMONBOX_MAKE_ENV = \
	$(TARGET_MAKE_ENV) \
	CFLAGS="$(TARGET_CFLAGS)" \
	LDFLAGS="$(TARGET_LDFLAGS)"

# The Kconfig program is Buildroot's own: none is needed on the host.
DAEMONBOX_CONF = $(BUILD_DIR)/buildroot-config

DAEMONBOX_MAKE_OPTS = \
	CC="$(TARGET_CC)" \
	AR="$(TARGET_AR)" \
	STRIP="$(TARGET_STRIP)" \
	CROSS_COMPILE="$(TARGET_CROSS)" \
	CONFIG_PREFIX="$(TARGET_DIR)" \
	KCONFIG="$(DAEMONBOX_CONF)/conf" \
	SKIP_STRIP=y \
	PREFER=size \
	$(if $(BR2_STATIC_LIBS),STATIC=y)

DAEMONBOX_KCONFIG_FILE = $(call qstrip,$(BR2_PACKAGE_DAEMONBOX_CONFIG))
DAEMONBOX_KCONFIG_FRAGMENT_FILES = \
	$(call qstrip,$(BR2_PACKAGE_DAEMONBOX_CONFIG_FRAGMENT_FILES))
DAEMONBOX_KCONFIG_EDITORS = menuconfig nconfig
DAEMONBOX_KCONFIG_OPTS = $(DAEMONBOX_MAKE_OPTS)

define DAEMONBOX_SET_APPLET
	$(if $(BR2_PACKAGE_DAEMONBOX_$(1)),
		$(call KCONFIG_ENABLE_OPT,CONFIG_$(1)),
		$(call KCONFIG_DISABLE_OPT,CONFIG_$(1)))
endef

# What the scripts call.
ifneq ($(BR2_PACKAGE_DAEMONBOX_INIT_DAEMONIZE)$(BR2_PACKAGE_DAEMONBOX_INIT_TICKLOG),)
define DAEMONBOX_SET_SERVICES
	$(call KCONFIG_ENABLE_OPT,CONFIG_STEP_CHDIR)
	$(call KCONFIG_ENABLE_OPT,CONFIG_TICKLOG_TAG)
	$(foreach option,CHDIR USER SYSLOG PIDFILE RESTART STOP STATUS TIMEOUT ALREADY,
		$(call KCONFIG_ENABLE_OPT,CONFIG_DAEMONIZE_$(option)))
endef
endif

define DAEMONBOX_KCONFIG_FIXUP_CMDS
	$(call DAEMONBOX_SET_APPLET,DAEMONIZE)
	$(call DAEMONBOX_SET_APPLET,PIDOF_SESSION)
	$(call DAEMONBOX_SET_APPLET,TICKLOG)
	$(DAEMONBOX_SET_SERVICES)
endef

define DAEMONBOX_BUILD_CMDS
	$(DAEMONBOX_MAKE_ENV) $(MAKE) $(DAEMONBOX_MAKE_OPTS) -C $(@D)
endef

# The commands of other packages stay.
define DAEMONBOX_INSTALL_TARGET_CMDS
	$(DAEMONBOX_MAKE_ENV) $(MAKE) $(DAEMONBOX_MAKE_OPTS) -C $(@D) install-noclobber
endef

define DAEMONBOX_INSTALL_SERVICE_SH
	$(INSTALL) -D -m 0644 $(@D)/board/init/service.sh \
		$(TARGET_DIR)/usr/share/daemonbox/service.sh
endef

ifeq ($(BR2_PACKAGE_DAEMONBOX_INIT_DAEMONIZE),y)
define DAEMONBOX_INSTALL_SYSV_DAEMONIZE
	$(DAEMONBOX_INSTALL_SERVICE_SH)
	$(INSTALL) -D -m 0755 $(@D)/board/init/S60daemonize \
		$(TARGET_DIR)/etc/init.d/S60daemonize
	$(INSTALL) -D -m 0644 $(@D)/board/init/default/daemonize \
		$(TARGET_DIR)/etc/default/daemonize
endef
define DAEMONBOX_INSTALL_OPENRC_DAEMONIZE
	$(DAEMONBOX_INSTALL_SERVICE_SH)
	$(INSTALL) -D -m 0755 $(@D)/board/init/openrc/daemonize \
		$(TARGET_DIR)/etc/init.d/daemonize
	$(INSTALL) -D -m 0644 $(@D)/board/init/openrc/daemonize.confd \
		$(TARGET_DIR)/etc/conf.d/daemonize
endef
endif

ifeq ($(BR2_PACKAGE_DAEMONBOX_INIT_TICKLOG),y)
define DAEMONBOX_INSTALL_SYSV_TICKLOG
	$(DAEMONBOX_INSTALL_SERVICE_SH)
	$(INSTALL) -D -m 0755 $(@D)/board/init/S50ticklog \
		$(TARGET_DIR)/etc/init.d/S50ticklog
	$(INSTALL) -D -m 0644 $(@D)/board/init/default/ticklog \
		$(TARGET_DIR)/etc/default/ticklog
endef
define DAEMONBOX_INSTALL_OPENRC_TICKLOG
	$(DAEMONBOX_INSTALL_SERVICE_SH)
	$(INSTALL) -D -m 0755 $(@D)/board/init/openrc/ticklog \
		$(TARGET_DIR)/etc/init.d/ticklog
	$(INSTALL) -D -m 0644 $(@D)/board/init/default/ticklog \
		$(TARGET_DIR)/etc/conf.d/ticklog
endef
define DAEMONBOX_INSTALL_SYSTEMD_TICKLOG
	$(INSTALL) -D -m 0644 $(@D)/board/init/ticklog.service \
		$(TARGET_DIR)/usr/lib/systemd/system/ticklog.service
	$(INSTALL) -D -m 0644 $(@D)/board/init/default/ticklog \
		$(TARGET_DIR)/etc/default/ticklog
endef
endif

define DAEMONBOX_INSTALL_INIT_SYSV
	$(DAEMONBOX_INSTALL_SYSV_DAEMONIZE)
	$(DAEMONBOX_INSTALL_SYSV_TICKLOG)
endef

define DAEMONBOX_INSTALL_INIT_OPENRC
	$(DAEMONBOX_INSTALL_OPENRC_DAEMONIZE)
	$(DAEMONBOX_INSTALL_OPENRC_TICKLOG)
endef

define DAEMONBOX_INSTALL_INIT_SYSTEMD
	$(DAEMONBOX_INSTALL_SYSTEMD_TICKLOG)
endef

$(eval $(kconfig-package))

# Buildroot builds its conf for its own .config, its menus only where they are used.
$(DAEMONBOX_DIR)/.stamp_dotconfig: | $(DAEMONBOX_CONF)/conf
$(DAEMONBOX_DIR)/.kconfig_editor_menuconfig: | $(DAEMONBOX_CONF)/mconf
$(DAEMONBOX_DIR)/.kconfig_editor_nconfig: | $(DAEMONBOX_CONF)/nconf
