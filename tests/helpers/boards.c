// SPDX-License-Identifier: 0BSD
/*
 * A fleet of simulated boards: each beats as ticklog -l does, by UDP from an address of
 * its own (127.16.0.1 on), spread over the interval; the odd ones in the form in which
 * BusyBox's syslogd passes lines on, the even ones in that of OpenWrt's logread, with a name.
 *
 *   boards COUNT INTERVAL SECONDS PORT [FAULT=BOARD]...
 *
 * INTERVAL is in milliseconds. A fault befalls one board (from 1) at half time: silent,
 * lost (a line), reboot, crash, moved, late, broken (lines that are no beats), forged (a
 * line with the address of the next one in it, and its boot). Prints how many lines were
 * sent, and how many milliseconds it took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, LINE = 200 };

static const char *const faults[] = { "silent", "lost", "reboot", "crash",
				      "moved",	"late", "broken", "forged" };
enum fault { SILENT, LOST, REBOOT, CRASH, MOVED, LATE, BROKEN, FORGED, FAULTS };

static long victim[FAULTS];
static int sock;
static struct sockaddr_in to = { .sin_family = AF_INET };
static struct mmsghdr messages[BATCH];
static struct iovec iovs[BATCH];
static char lines[BATCH][LINE], controls[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
static int used;
static unsigned long sent;

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void flush(void)
{
	int done = 0;

	while (done < used) {
		const int n = sendmmsg(sock, messages + done, (unsigned)(used - done), 0);

		if (n < 0) {
			perror("sendmmsg");
			exit(1);
		}
		done += n;
	}
	sent += (unsigned)used;
	used = 0;
}

static void queue(long board, const char *text)
{
	struct msghdr *h = &messages[used].msg_hdr;
	struct cmsghdr *c;
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(0x7f100000u + (unsigned)board) };

	iovs[used].iov_base = lines[used];
	iovs[used].iov_len =
		(size_t)snprintf(lines[used], LINE, "<30>Nov 28 17:00:00 %sticklog[417]: %s",
				 board % 2 ? "" : "OpenWrt ", text);
	h->msg_name = &to;
	h->msg_namelen = sizeof(to);
	h->msg_iov = &iovs[used];
	h->msg_iovlen = 1;
	h->msg_control = controls[used];
	h->msg_controllen = sizeof(controls[used]);
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (++used == BATCH)
		flush();
}

static void beat(long board, unsigned n, unsigned half, long interval)
{
	char text[LINE];
	const char *found = "";
	unsigned boot = 0x5f000000u + (unsigned)board, up = 1000 + n;
	int i;

	if (board == victim[SILENT] && n > half)
		return;
	if (board == victim[LOST] && n == half)
		return;
	if ((board == victim[REBOOT] || board == victim[CRASH]) && n > half) {
		boot ^= 0xffffff;
		n -= half;
		up = 20 + n;
		if (n == 1) {
			snprintf(text, sizeof(text), "start boot=%08x up=20 cause=%s", boot,
				 board == victim[CRASH] ? "crash" : "unknown");
			queue(board, text);
		}
	}
	if (n == half && board == victim[MOVED])
		found = " moved=+12.500";
	if (n == half && board == victim[LATE])
		found = " late=27.114 missed=2";
	snprintf(text, sizeof(text), "tick n=%u boot=%08x up=%u next=%ld.%03ld%s", n, boot, up,
		 interval / 1000, interval % 1000, found);
	queue(board, text);
	if (n == half && board == victim[BROKEN]) {
		static const char *const broken[] = {
			"tick n=9,board=127.16.0.1 boot=5f000001 up=1 next=1",
			"tick n=9 boot=5f00000 up=1 next=1",
			"tick n=9 boot=5f000001 up=1 next=1e9",
			"tick n=-1 boot=5f000001 up=1 next=1",
			"tick",
			"start boot=5f000001 up=1 cause=fire",
			"tick n=99999999999999999999 boot=5f000001 up=1 next=1",
			"\n\nx\001",
			""
		};

		for (i = 0; i < (int)(sizeof(broken) / sizeof(*broken)); i++)
			queue(board, broken[i]);
	}
	if (n == half && board == victim[FORGED]) {
		snprintf(text, sizeof(text),
			 "x\n<30>Nov 28 17:00:00 127.16.0.%ld ticklog: tick n=1 boot=0badc0de up=1 "
			 "next=1",
			 board + 1);
		queue(board, text);
	}
}

int main(int argc, char **argv)
{
	const int room = 8 << 20;
	long count, interval, seconds, i;
	unsigned long long k, all;
	long long start, due;
	int a, f;

	if (argc < 5)
		return 2;
	count = atol(argv[1]);
	interval = atol(argv[2]);
	seconds = atol(argv[3]);
	to.sin_port = htons((unsigned short)atoi(argv[4]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (count < 1 || count > 0xefffff || interval < 1 || seconds < 1)
		return 2;
	for (a = 5; a < argc; a++) {
		for (f = 0; f < FAULTS; f++)
			if (!strncmp(argv[a], faults[f], strlen(faults[f])) &&
			    argv[a][strlen(faults[f])] == '=')
				break;
		if (f == FAULTS)
			return 2;
		victim[f] = atol(strchr(argv[a], '=') + 1);
	}
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	start = now_us();
	all = (unsigned long long)seconds * 1000 / (unsigned long)interval * (unsigned long)count;
	for (k = 0; k < all; k++) {
		due = start +
		      (long long)(k * (unsigned long)interval * 1000 / (unsigned long)count);
		if (now_us() < due) {
			flush();
			while ((i = (long)(due - now_us())) > 0) {
				struct timespec t = { i / 1000000, i % 1000000 * 1000 };

				nanosleep(&t, NULL);
			}
		}
		beat((long)(k % (unsigned long)count) + 1, (unsigned)(k / (unsigned long)count) + 1,
		     (unsigned)(seconds * 500 / interval), interval);
	}
	flush();
	printf("%lu %lld\n", sent, (now_us() - start) / 1000);
	return 0;
}
