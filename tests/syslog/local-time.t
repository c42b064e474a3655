#!/bin/sh
# SPDX-License-Identifier: 0BSD
# Local time for the log's stamps (applets/lib/log/local-time.c) against libc's, over the zones
# of tzdata, those that zic makes (fat and slim), and POSIX strings; broken files.
# From the environment: ZONES=all for all of tzdata, not a choice of it.
# shellcheck disable=SC2154
NEEDS="SYSLOG_LOCAL_TIME +cc"
. "${0%/*}/../helpers/lib.sh"
TEST_LIMIT=300

# The compiler is the machine's own, or the board's: the other side is its libc's localtime.
build() {	# NAME OPTION...
	name=$1
	shift
	[ ! -x "$TEST_ROOM/$name" ] || return 0
	by=${BOARD_CC:-cc}
	case $* in *sanitize*) by=cc ;; esac
	$by -g -O1 -std=gnu11 -D_GNU_SOURCE "$@" -I "$top/applets" -I "$O/include" -include "$O/include/config.h" -o "$TEST_ROOM/$name" \
		"$top/tests/helpers/local-time-test.c" "$top/applets/lib/log/local-time.c" "$top/applets/lib/common/number.c" \
		"$top/applets/lib/common/env.c" "$top/applets/lib/common/proc.c" "$top/applets/lib/libc/syscall.c" ||
		fail "it does not compile"
}

all_same() {
	all same "$@"
}

all() {	# same|rules TZ...
	$DAEMONBOX_RUN "$TEST_ROOM/zonetest" "$@" >bad || fail "$(head -n 20 bad)"
}

t_dates() {
	build zonetest
	$DAEMONBOX_RUN "$TEST_ROOM/zonetest" dates >bad || fail "$(cat bad)"
}
check "dates, 1901 to 2400: every day" t_dates

t_tzdata() {
	cd /usr/share/zoneinfo 2>/dev/null || skip "no tzdata"
	build zonetest
	if [ "${ZONES:-}" = all ]; then
		find . -type f ! -path './right/*' ! -path './posix/*' | while read -r file; do
			# these are POSIX strings as well, and taken as such, as musl does
			case $file in ./EST5EDT | ./CST6CDT | ./MST7MDT | ./PST8PDT) continue ;; esac
			[ "$(head -c 4 "$file")" != TZif ] || echo "${file#./}"
		done >"$T/zones"
	else
		for zone in UTC Etc/GMT+12 Etc/GMT-14 Africa/Casablanca Africa/Cairo Africa/Monrovia America/New_York \
				America/Sao_Paulo America/Santiago America/St_Johns America/Havana America/Scoresbysund \
				America/Asuncion America/Nuuk America/Anchorage Antarctica/Troll Asia/Kathmandu Asia/Kolkata \
				Asia/Tehran Asia/Gaza Asia/Jerusalem Asia/Beirut Asia/Pyongyang Asia/Manila Asia/Tokyo \
				Australia/Lord_Howe Australia/Sydney Australia/Eucla Europe/Berlin Europe/London Europe/Dublin \
				Europe/Moscow Europe/Lisbon Europe/Istanbul Europe/Amsterdam Pacific/Apia Pacific/Kwajalein \
				Pacific/Chatham Pacific/Kiritimati Pacific/Norfolk; do
			[ ! -f "$zone" ] || echo "$zone"
		done >"$T/zones"
	fi
	cd "$T"
	# two at a time
	split -n l/2 zones half.
	for half in half.*; do
		# shellcheck disable=SC2046
		{ $DAEMONBOX_RUN "$TEST_ROOM/zonetest" same $(cat "$half") >"$half.bad" || echo "failed" >>"$half.bad"; } &
	done
	wait
	is "$(cat half.*.bad | head -n 20)" "" "differences"
	echo "$(wc -l <zones) zones"
}
check "the zones of tzdata, 1901 to 2400: every transition" t_tzdata

t_colon() {
	[ -f /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	build zonetest
	all_same :Europe/Berlin /usr/share/zoneinfo/America/New_York :/usr/share/zoneinfo/Asia/Tokyo
}
check ":NAME and paths" t_colon

t_zic() {
	build zonetest
	cat >source <<-'END'
		Rule EU 1977 1980 - Apr Sun>=1 1:00u 1:00 S
		Rule EU 1977 only - Sep lastSun 1:00u 0 -
		Rule EU 1978 only - Oct 1 1:00u 0 -
		Rule EU 1979 1995 - Sep lastSun 1:00u 0 -
		Rule EU 1981 max - Mar lastSun 1:00u 1:00 S
		Rule EU 1996 max - Oct lastSun 1:00u 0 -
		Rule US 1967 2006 - Oct lastSun 2:00 0 S
		Rule US 1976 1986 - Apr lastSun 2:00 1:00 D
		Rule US 1987 2006 - Apr Sun>=1 2:00 1:00 D
		Rule US 2007 max - Mar Sun>=8 2:00 1:00 D
		Rule US 2007 max - Nov Sun>=1 2:00 0 S
		Rule South 1987 max - Oct Sun>=1 2:00s 0:30 D
		Rule South 1987 max - Apr Sun>=1 2:00s 0 S
		Rule Late 1990 max - Mar Thu>=22 26:00 1:00 S
		Rule Late 1990 max - Oct lastSat 24:00 0 -
		Rule Eire 1971 only - Oct 31 2:00u -1:00 -
		Rule Eire 1972 max - Mar Sun>=16 2:00u 0 -
		Rule Eire 1972 max - Oct Sun>=23 2:00u -1:00 -
		Zone Test/EU 0:53:28 - LMT 1893 Apr
		 1:00 EU CE%sT
		Zone Test/US -4:56:02 - LMT 1883 Nov 18 17:00u
		 -5:00 US E%sT
		Zone Test/South 10:36:20 - LMT 1895 Feb
		 10:30 South +1030/+11
		Zone Test/Late 2:20 - LMT 1918
		 2:00 Late EE%sT
		Zone Test/Eire -0:25 - LMT 1880
		 1:00 Eire IST/GMT
		Zone Test/Fixed -3:30:52 - LMT 1935 Mar 30
		 -3:30 - NST 1999 Jun 1
		 5:45 - +0545
		Zone Test/Dateline -11:26:56 - LMT 1911
		 -11:00 - -11 2011 Dec 29 24:00
		 13:00 - +13
		Zone Test/Plain 3:00 - +03
	END
	for kind in fat slim; do
		zic -b $kind -d "$T/$kind" source 2>err || skip "zic: $(cat err)"
		for zone in EU US South Late Eire Fixed Dateline Plain; do
			all_same "$T/$kind/Test/$zone"
		done
	done
	[ "$(wc -c <fat/Test/EU)" -gt "$(wc -c <slim/Test/EU)" ] || fail "they are the same"
}
check "files of zic, fat and slim" t_zic +zic

t_strings() {
	build zonetest
	all rules UTC0 GMT0 EST5 XYZ-5:30 '<+0330>-3:30' '<-03>3' 'ABC-1:02:03' \
		CET-1CEST,M3.5.0,M10.5.0/3 EST5EDT,M3.2.0,M11.1.0 NZST-12NZDT,M9.5.0,M4.1.0/3 \
		IST-1GMT0,M10.5.0,M3.5.0/1 '<-04>4<-03>,M9.1.6/24,M4.1.6/24' 'XXX3YYY,J60/0,J300/0' \
		'XXX3YYY,59,300' 'XXX-3YYY,J59/1:30,J61/2:15:30' 'XXX0YYY,364/2,100' 'LHST-10:30LHDT-11,M10.1.0,M4.1.0' \
		'AAA+12BBB+11,M1.1.0/0,M12.5.6/0' 'EET-2EEST,M3.4.4/50,M10.4.4/50' '<-02>2<-01>,M3.5.0/-1,M10.5.0/0' \
		'XXX4YYY3,M3.1.1/0:00:01,M3.5.1/23:59:59' 'QQQ-14' 'QQQ12' 'ABC-1' 'WITA-8'
	# a day that most years do not have: musl takes it otherwise than glibc
	[ -n "${BOARD_CC:-}" ] || all rules 'XXX0YYY,365/2,100'
}
check "POSIX strings" t_strings

t_etc_tz() {
	build zonetest
	mount -t tmpfs etc /etc
	while read -r rule offset; do
		[ "$rule" != none ] || rule=
		echo "$rule" >/etc/TZ
		is "$(unset TZ; $DAEMONBOX_RUN "$TEST_ROOM/zonetest" offset)" "$offset" "/etc/TZ $rule"
		printf %s "$rule" >/etc/TZ
		is "$(unset TZ; $DAEMONBOX_RUN "$TEST_ROOM/zonetest" offset)" "$offset" "/etc/TZ $rule without a newline"
	done <<-END
		XYZ4:30 -16200
		<+0545>-5:45 20700
		UTC0 0
		XYZ-1XYS,0/0,J365/25 7200
		XYZ{5 0
		XYZ[5 0
		none 0
	END
	printf '%05000d' 0 | tr 0 A >/etc/TZ
	(unset TZ; $DAEMONBOX_RUN "$TEST_ROOM/zonetest" offset) >/dev/null || fail "a long one"
	rm /etc/TZ
	is "$(unset TZ; $DAEMONBOX_RUN "$TEST_ROOM/zonetest" offset)" 0 "without one"
}
check "/etc/TZ" t_etc_tz +mount +root

t_junk_strings() {
	build zonesan -fsanitize=address,undefined -fno-sanitize-recover=all
	for tz in "" ":" "," ",," "<" "<>" "<A" "A" "A," "A1," "A1B," "A1B,,," "A1B,M" "A1B,M1" "A1B,M1.2" "A1B,M13.9.9,M0.0.0" "A1B,J,J" \
			"A1B,J400,J0" "A1B,366,99999999999999999999" "A99999999999999999999" "A1:99999999999999999999" "A-1B,M3.5.0/-99999999999999" \
			"A1B2,M3.5.0/999999999,M10.5.0/3" ../../etc/passwd /dev/null /dev/zero /etc / . "$(printf 'A\377B1')" "$(printf '%0300d' 0)" \
			"<$(printf '%0300d' 0)>5" Europe/Nowhere "+5" "-5" "5" "A+-5" "A--5"; do
		TZ=$tz timeout 10 "$TEST_ROOM/zonesan" offset >out 2>&1 || fail "TZ='$tz': $(cat out)"
	done
}
check "strings that are none do no harm (sanitizers)" t_junk_strings

t_broken() {
	build zonesan -fsanitize=address,undefined -fno-sanitize-recover=all
	export BROKEN="$T/broken"
	n=0
	set -- 
	for zone in UTC Europe/Berlin Asia/Kathmandu; do
		[ ! -f /usr/share/zoneinfo/$zone ] || set -- "$@" /usr/share/zoneinfo/$zone
	done
	if command -v zic >/dev/null; then
		echo 'Rule R 1990 max - Mar lastSun 2:00 1:00 S
Rule R 1990 max - Oct lastSun 2:00 0 -
Zone Z 1:00 R X%sT' >source
		zic -b slim -d "$T/slim" source && set -- "$@" "$T/slim/Z"
	fi
	[ $# -gt 0 ] || skip "neither tzdata nor zic"
	for file; do
		n=$((n + 1))
		"$TEST_ROOM/zonesan" break "$file" "$n" >out 2>&1 || fail "$file: status $?: $(head -n 30 out)"
	done
}
check "zone files cut at every length, and with random bytes (sanitizers)" t_broken

t_cut() {
	[ -f /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	build zonetest
	BROKEN=$T/broken $DAEMONBOX_RUN "$TEST_ROOM/zonetest" cut /usr/share/zoneinfo/Europe/Berlin || fail "status $?"
}
check "a zone file that is cut short while it is read" t_cut

t_large() {
	[ -f /usr/share/zoneinfo/Asia/Kathmandu ] || skip "no tzdata"
	build zonetest
	cp /usr/share/zoneinfo/Asia/Kathmandu zone
	for case in "262144 20700" "262145 0" "0 0"; do
		truncate -s "${case% *}" zone
		is "$(TZ=$T/zone $DAEMONBOX_RUN "$TEST_ROOM/zonetest" offset)" "${case#* }" "offset of ${case% *} bytes"
	done
}
check "a zone file of more than 256 kB takes no memory: UTC" t_large

done_testing
