#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The benchmark's short form: each job runs, what it measures works, and what fails is said
# and is no figure. Peers that are not there are left out by name.
# shellcheck disable=SC2154
NEEDS="DAEMONIZE DAEMONIZE_PIDFILE +root +strace +unshare +long"
TEST_LIMIT=${TEST_LIMIT:-300}
. "${0%/*}/../helpers/lib.sh"
[ -n "$only" ] || [ -z "$DAEMONBOX_RUN" ] || { echo "1..0 # SKIP this is a board"; exit 0; }

# In an output folder of its own, with what this one has unpacked, or with no peer.
benched() {	# JOB...: the page
	mkdir o
	cp "$BOX" o/daemonbox
	mkdir -p o/peers/bin
	: >o/peers/done
	for part in ${PARTS-peers busybox logdaemons}; do
		[ ! -d "$O/$part" ] || { rm -rf "o/$part"; ln -s "$O/$part" "o/$part"; }
	done
	[ -f o/peers/done ] || : >o/peers/done
	O=$T/o SHORT=y TMPDIR=$T timeout -k 5 240 "$top/build/bench/bench" "$@" >said 2>&1 || fail "$(tail -n 40 said)"
	cat o/bench.md
}

worked() {	# NAME...: each has a row with a figure, and none that failed
	for name; do
		row=$(grep "^| $name |" o/bench.md) || fail "no row of $name"
		case $row in *failed* | *cannot* | *wrong* | *" 0 of "*) fail "$row" ;; esac
	done
}

t_start() {
	has DAEMONIZE_STOP && has DAEMONIZE_STATUS && has DAEMONIZE_RESTART && has DAEMONIZE_SYSLOG || skip "something of it is off"
	benched start stop status
	worked "floor: two forks" daemonize "daemonize -p" "daemonize -S -r -p" "daemonize -K" "daemonize -Q"
	# A start is counted, and not more than it has been.
	calls=$(awk -F ' *[|] *' '$2 == "daemonize" { print $3; exit }' o/bench.md)
	[ "$calls" -ge 15 ] && [ "$calls" -le 40 ] || fail "a start of $calls calls"
}
check "starts, stops and looks are measured, and all of ours do their job" t_start

t_look() {
	has PIDOF_SESSION || skip "PIDOF_SESSION is off"
	benched look
	worked "floor: getdents64, getsid" "pidof-session -s" "pidof-session NAME"
}
check "a session and a name among a hundred processes" t_look

t_log() {
	has DAEMONIZE_SYSLOG && has TICKLOG || skip "something of it is off"
	benched outage beat
	worked "daemonize -S" "ticklog -i 0.001"
	like "$(grep '^| daemonize -S |' o/bench.md)" "| daemonize -S | 0, 0, 0 | 0, 0, 0 |" "lost and doubled"
}
check "lines over an outage of the log, and a beat" t_log

# Without peers, which take the most of the time.
t_kept() {
	has DAEMONIZE_STOP && has DAEMONIZE_RESTART && has DAEMONIZE_SYSLOG || skip "something of it is off"
	PARTS="" benched crash services idle line memory
	worked "floor: started again at once" "daemonize -S -R 0" "daemonize -S -r" "floor: kept" "daemonize -S -r -p, by a shell" \
		"daemonize -S" "floor: bare pause()" "daemonize -S -r -p, and pause()"
	# At once is at once, and a second's pause takes that: each heard its own program.
	awk -F ' *[|] *' '$2 == "daemonize -S -R 0" { at_once = $6 } $2 == "daemonize -S -r" && $6 > 0 { later = $6 }
		END { exit !(at_once > 0 && at_once < 500000 && later >= 900000) }' o/bench.md || fail "$(grep 'daemonize -S -[rR]' o/bench.md)"
	is "$(awk -F ' *[|] *' '$2 ~ /^daemonize -S -r$/ && NF == 4 { print $3 }' o/bench.md)" 0 "calls while idle"
}
check "a crash, many services, idleness, lines and memory" t_kept

t_failure() {	# one that does nothing is no speed
	mkdir o
	cat >o/daemonbox <<-'END'
		#!/bin/sh
		[ "$1" != --list ] || echo daemonize
		exit 0
	END
	chmod +x o/daemonbox
	mkdir -p o/peers/bin
	: >o/peers/done
	O=$T/o SHORT=y TMPDIR=$T ROUNDS=3 timeout -k 5 240 "$top/build/bench/bench" status >said 2>&1 || fail "$(tail -n 20 said)"
	like "$(grep '^| daemonize -Q |' o/bench.md)" "*failed: what comes before it started nothing*0 of 3*" "a row"
	like "$(cat o/bench.md)" "*| start-stop-daemon --status (dpkg) | no dpkg-start-stop-daemon*" "a peer that is not there"
}
check "what fails is no figure; a peer that is not there is named" t_failure

done_testing
