# SPDX-License-Identifier: 0BSD
#
# awk -v boards="BOARD..." [-v chart=y] -f page.awk TABLE
#
# The table of sizes ("BOARD WHAT TEXT FILE BYTES" a line) as a page; as data for gnuplot.

function name(what, text) {
	order[++rows] = what
	title[what] = text
}

BEGIN {
	columns = split(boards, board, " ")
	name("minimal", "daemonbox, `minimal`")
	name("small", "daemonbox, `small`")
	name("default", "daemonbox, the default: all three applets")
	name("everything", "daemonbox, `everything`")
	job("launch", "launch", "Launch", "`launch`: daemonize without log and restart",
		"start-stop-daemon, setsid, nohup, nice, flock")
	job("supervise", "daemonize", "Launch, supervise and log", "`daemonize` alone",
		"the same, runsv, sv, svlogd, chpst, softlimit, logger")
	job("look-up", "pidof-session", "Look-up and signalling", "`pidof-session` alone", "pidof, pgrep, pkill")
	job("heartbeat", "ticklog", "Heartbeat", "`ticklog` alone", "logger, in a loop of the shell")
	job("all", "default", "All of it", "", "all of these")
	name("busybox:columns:over", "BusyBox's ps with the columns of sessions (DESKTOP), over stock")
}

function job(peer, config, text, ours, theirs) {
	if (ours != "")
		name(config, text ": daemonbox, " ours)
	name("busybox:" peer ":over", text ": BusyBox, " theirs ": what stock lacks")
	name("busybox:" peer ":whole", text ": BusyBox, with what stock has of them")
	short["busybox:" peer ":over"] = "BusyBox, " peer
	short["busybox:" peer ":whole"] = "... whole"
}

{
	text[$1, $2] = $3
	bytes[$1, $2] = $5
	seen[$2]
}

function grouped(n,    sign) {
	sign = n < 0 ? "-" : ""
	n = n < 0 ? -n : n
	return sign (n < 1000 ? n : int(n / 1000) "," sprintf("%03d", n % 1000))
}

function bars(    i, j, what) {
	for (i = 1; i <= rows; i++) {
		what = order[i]
		if (!(what in seen))
			continue
		printf "\"%s\"", what in short ? short[what] : what
		for (j = 1; j <= columns; j++)
			printf " %s", bytes[board[j], what]
		print ""
	}
}

function page(    i, j, what) {
	print "<!-- SPDX-License-Identifier: 0BSD -->"
	print "# What an image pays\n"
	print "Bytes that a squashfs grows by when daemonbox is put beside BusyBox, which every OpenWrt image has;"
	print "in brackets text and data, as the program has them in memory. Made by `make sizes-page`.\n"
	printf "| |"
	for (j = 1; j <= columns; j++)
		printf " %s |", board[j]
	printf "\n| --- |"
	for (j = 1; j <= columns; j++)
		printf " --: |"
	print ""
	for (i = 1; i <= rows; i++) {
		what = order[i]
		if (!(what in seen))
			continue
		printf "| %s |", title[what]
		for (j = 1; j <= columns; j++)
			printf " %s (%s) |", grouped(bytes[board[j], what]), grouped(text[board[j], what])
		print ""
	}
	print "\n![The same as a chart](sizes.svg)\n"
	print "How it is counted:\n"
	print "- The root file system holds BusyBox and its links, built by the board's toolchain as OpenWrt"
	print "  configures it (`build/size/openwrt-busybox`, August 2026), from Debian's BusyBox 1.35, -Os, static;"
	printf "  as an image it has"
	for (j = 1; j <= columns; j++)
		printf "%s %s on %s", (j > 1 ? "," : ""), grouped(bytes[board[j], "stock"]), board[j]
	print "."
	print "- The image is made as OpenWrt makes it: xz, blocks of 256 kB, the branch filter that the kernel of"
	print "  the board has (ARM, x86). Its patched encoder's -Xlc -Xlp -Xpb are not in other mksquashfs."
	print "- daemonbox is its file and a link an applet; BusyBox's applets are BusyBox with them less BusyBox"
	print "  without them, links too. \"What stock lacks\" is what is added to OpenWrt's own; \"with what stock has\""
	print "  is as if it had none of them."
	print "- BusyBox is linked without link-time optimization, which gains it 0.3 %. OpenWrt's takes libc from a"
	print "  shared library: what its applets need of libc is there already, so that BusyBox's figures are,"
	print "  if anything, too high."
	print "- Differences below 64 bytes are noise: a change anywhere moves what xz makes of the rest."
}

END {
	if (chart)
		bars()
	else
		page()
}
