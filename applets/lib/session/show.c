// SPDX-License-Identifier: 0BSD
/* The processes of sessions as pids and as rows, and the sessions as rows. */
#include <string.h>
#include <sys/ioctl.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/proc.h"
#include "lib/session/session.h"
#include "lib/libc/syscall.h"

static void put_byte(struct session *s, char byte)
{
	/* The last is left for the end of the row. */
	if (s->fill < sizeof(s->out) - 1)
		s->out[s->fill++] = byte;
}

void show_text(struct session *s, int width, const char *text)
{
	int blanks = width < 0 ? 1 : width - (int)strlen(text);

	for (; blanks > 0; blanks--)
		put_byte(s, ' ');
	for (; *text || width < 0; width++)
		put_byte(s, (char)(*text ? *text++ : ' '));
}

void show_number(struct session *s, int width, int number)
{
	char buffer[NUMBER_TEXT + 1];
	char *text = number_text(number < 0 ? -(unsigned)number : (unsigned)number, buffer + 1);

	if (number < 0)
		*--text = '-';
	show_text(s, width, text);
}

void show_flush(struct session *s, int more)
{
	int error = 0;

	if (s->fill <= (more ? sizeof(s->out) / 2 : 0))
		return;
	if (!GIVEN(s, 'q'))
		error = say_bytes(STDOUT_FILENO, s->out, s->fill);
	/* Which it is say_status() tells at the end. */
	if (error)
		s->trouble = error;
	s->fill = s->row = 0;
}

void show_end(struct session *s)
{
	struct winsize size;
	unsigned char byte, before = 0;
	unsigned i;

	if (sys(ioctl, STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col &&
	    s->fill - s->row > size.ws_col)
		s->fill = s->row + size.ws_col;
	for (i = s->row; i < s->fill; i++, before = byte) {
		byte = (unsigned char)s->out[i];
		/* Also the controls from 128 to 159, alone or as UTF-8, which begins with 194. */
		if (byte < ' ' || byte == 127 ||
		    ((byte & 0xe0) == 0x80 && (before < 0x80 || before == 0xc2)))
			s->out[i] = '?';
	}
	s->out[s->fill++] = '\n';
	s->row = s->fill;
	show_flush(s, 1);
}

/* A number of 64 bits in decimal: divided by halves of words, which every CPU can do by itself. */
static void show_wide(struct session *s, unsigned long long number)
{
	unsigned part[4], rest, any, i;
	char text[21], *at = text + sizeof(text) - 1;

	for (i = 0; i < 4; i++)
		part[i] = (unsigned)(number >> (48 - 16 * i)) & 0xffff;
	*at = '\0';
	do {
		for (i = rest = any = 0; i < 4; i++) {
			rest = rest << 16 | part[i];
			part[i] = rest / 10;
			any |= part[i];
			rest %= 10;
		}
		*--at = (char)('0' + rest);
	} while (any);
	show_text(s, 0, at);
}

/*
 * The inode of the process looked at; 0: the kernel has none. Returns whether the process is still
 * the same.
 */
static int identify(struct session *s, unsigned long long *inode)
{
	const int error = session_inode(s->pid, inode);

	if (error == ENOSYS)
		*inode = 0;
	else if (error && error != ESRCH)
		session_trouble(s, "pidfd_open", error);
	/* Asked again: its number may have been given anew before it could be opened. */
	return error == ENOSYS || (!error && session_holds(s, s->pid));
}

void START_UP show_pid(struct session *s)
{
	unsigned long long inode = 0;

	if (!session_alive(s))
		return;
	if (CFG_PIDOF_SESSION_INODE && GIVEN(s, 'i') && !identify(s, &inode))
		return;
	if (s->found++)
		show_text(s, 0, s->separator);
	show_number(s, 0, s->pid);
	if (CFG_PIDOF_SESSION_INODE && inode) {
		show_text(s, 0, ":");
		show_wide(s, inode);
	}
	show_flush(s, 1);
	s->stop = CFG_PIDOF_SESSION_FORMAT && GIVEN(s, '1');
}

/* The letters of ps(1), "process state codes". */
static void put_state(struct session *s)
{
	char text[8], *at = text;

	*at++ = s->state;
	if (s->field[NICE])
		*at++ = s->field[NICE] < 0 ? '<' : 'N';
	if (session_number(s, "\nVmLck:", 10, 0) > 0)
		*at++ = 'L';
	if (s->field[SID] == s->pid)
		*at++ = 's';
	if (s->field[THREADS] > 1)
		*at++ = 'l';
	if (s->field[PGID] == s->field[TPGID])
		*at++ = '+';
	*at = '\0';
	show_text(s, -4, text);
}

/* The words of its command line; where it has none, its name. */
static void put_command(struct session *s)
{
	long length = session_text(s, s->pid, "cmdline");
	char *at = s->text;

	while (length > 0 && !at[length - 1])
		length--;
	if (length > 0) {
		/* A NUL between two words. */
		while ((at = memchr(at, '\0', (size_t)(s->text + length - at))))
			*at = ' ';
		show_text(s, -1, s->text);
	} else {
		show_text(s, 0, " [");
		show_text(s, 0, s->name);
		show_text(s, 0, s->state == 'Z' ? "] <defunct>" : "]");
	}
}

void START_UP show_row(struct session *s)
{
	unsigned ticks = (unsigned)s->field[UTIME] + (unsigned)s->field[STIME];

	if (!s->found++) {
		show_text(s, 0, "   PPID     PID    PGID     SID TTY        TPGID STAT   UID   TIME"
				" COMMAND");
		show_end(s);
	}
	show_number(s, 7, s->field[PPID]);
	show_number(s, 8, s->pid);
	show_number(s, 8, s->field[PGID]);
	show_number(s, 8, s->field[SID]);
	show_text(s, -8, session_tty(s));
	show_number(s, 8, s->field[TPGID]);
	session_text(s, s->pid, "status");
	put_state(s);
	/* Of the real, effective, saved and file system's user the second. */
	show_number(s, 6, session_number(s, "\nUid:", 10, 1));
	/* Users see hundredths of a second on every CPU (USER_HZ). */
	show_number(s, 4, (int)(ticks / 6000));
	show_text(s, 0, ticks / 100 % 60 < 10 ? ":0" : ":");
	show_number(s, 0, (int)(ticks / 100 % 60));
	put_command(s);
	show_end(s);
}

static void count(struct session *s)
{
	const pid_t sid = s->field[SID], group = s->field[PGID];

	if (!session_lives(s))
		return;
	if (s->top < sid)
		s->top = sid;
	s->found++;
	s->tally[sid].processes++;
	/* All of a group are in one session: setpgid(2). */
	s->tally[sid].groups += !(s->mark[group] & COUNTED);
	s->mark[group] |= COUNTED;
}

/* A session whose leader has ended has lost its terminal too. */
static void show_session(struct session *s, pid_t sid)
{
	/* Nobody leads the kernel's threads, session 0. */
	if (!sid || !session_read(s, sid)) {
		strcpy(s->name, "-");
		s->field[TTY] = 0;
		s->field[TPGID] = -1;
	}
	show_number(s, 7, sid);
	show_text(s, -15, s->name);
	show_text(s, -8, session_tty(s));
	show_number(s, 8, s->field[TPGID]);
	show_number(s, 7, (int)s->tally[sid].groups);
	show_number(s, 10, (int)s->tally[sid].processes);
	show_end(s);
}

void show_sessions(struct session *s)
{
	pid_t sid;

	session_look(s, count, 1);
	show_text(s, 0, "    SID LEADER          TTY        TPGID GROUPS PROCESSES");
	show_end(s);
	for (sid = 0; sid <= s->top; sid++)
		if (s->tally[sid].processes)
			show_session(s, sid);
}
