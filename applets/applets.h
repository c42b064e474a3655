/* SPDX-License-Identifier: 0BSD */
/*
 * A row an applet, sorted by name: its main function less "_main", its name,
 * its symbol, where its link is installed, and one line of purpose.
 */
APPLET(daemonize, "daemonize", DAEMONIZE, "/usr/sbin", "runs any program as a proper daemon")
APPLET(pidof_session, "pidof-session", PIDOF_SESSION, "/usr/bin",
       "finds the processes of a session: shows, checks, signals, awaits them")
APPLET(ticklog, "ticklog", TICKLOG, "/usr/sbin", "logs a heartbeat, and what disturbed it")
