# SPDX-License-Identifier: 0BSD
# For Buildroot's support/testing: boots an image and tries what the package is for.
import os

import infra.basetest


class TestDaemonbox(infra.basetest.BRTest):
    config = infra.basetest.BASIC_TOOLCHAIN_CONFIG + \
        """
        BR2_PACKAGE_DAEMONBOX=y
        BR2_PACKAGE_DAEMONBOX_INIT_DAEMONIZE=y
        BR2_PACKAGE_DAEMONBOX_INIT_TICKLOG=y
        BR2_TARGET_ROOTFS_CPIO=y
        # BR2_TARGET_ROOTFS_TAR is not set
        """

    def test_run(self):
        cpio_file = os.path.join(self.builddir, "images", "rootfs.cpio")
        self.emulator.boot(arch="armv5",
                           kernel="builtin",
                           options=["-initrd", cpio_file])
        self.emulator.login()

        # A daemon: started once, told about, ended.
        pidfile = "/var/run/sleeper.pid"
        self.assertRunOk(f"daemonize -S -p {pidfile} sleep 1000")
        self.assertRunOk(f"daemonize -Q -p {pidfile}")
        _, exit_code = self.emulator.run(f"daemonize -S -p {pidfile} sleep 1000")
        self.assertEqual(exit_code, 3)
        self.assertRunOk(f"pidof-session -c -F {pidfile}")
        self.assertRunOk(f"daemonize -K -p {pidfile}")
        _, exit_code = self.emulator.run(f"daemonize -Q -p {pidfile}")
        self.assertEqual(exit_code, 3)

        # A program that cannot be executed is the caller's to know.
        _, exit_code = self.emulator.run("daemonize /no/such/program")
        self.assertEqual(exit_code, 127)

        # A service by the init script, and the heartbeat.
        for line in ("services=web", "web_command=sleep", "web_arguments=1000"):
            self.assertRunOk(f"echo {line} >>/etc/default/daemonize")
        self.assertRunOk("/etc/init.d/S60daemonize start")
        output, exit_code = self.emulator.run("/etc/init.d/S60daemonize status")
        self.assertEqual(exit_code, 0)
        self.assertIn("web: running", output[0])
        self.assertRunOk("/etc/init.d/S60daemonize stop")
        self.assertRunOk("/etc/init.d/S50ticklog restart")
        self.assertRunOk("/etc/init.d/S50ticklog status")
        self.assertRunOk("/etc/init.d/S50ticklog stop")
