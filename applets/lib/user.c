// SPDX-License-Identifier: 0BSD
/* Users and groups from their files; getpwnam and initgroups would be 40 kB. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "../box.h"
#include "steps.h"
#include "sys.h"
#include "user.h"

enum { NAME, PASSWORD, NUMBER, GROUP, GECOS, HOME, MEMBERS = 3 };

/* A stretch of text without a NUL. */
struct text {
	const char *at;
	size_t length;
};

struct account {
	struct text name, home;
	unsigned uid, gid;
};

/* Maps a whole file, for the short life of this process; an empty text where there is none. */
static struct text map(const char *path)
{
	struct text text = { NULL, 0 };
	struct stat st;
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	long at;

	if (fd < 0 || sys_fstat(fd, &st) || !st.st_size)
		return text;
	at = sys_mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if ((unsigned long)at < -4095UL) {
		text.at = (const char *)at;
		text.length = (size_t)st.st_size;
	}
	return text;
}

/* Takes the start of a text, up to the mark or its end, off it. */
static struct text cut(struct text *rest, char mark)
{
	const char *end = memchr(rest->at, mark, rest->length);
	struct text start = { rest->at, end ? (size_t)(end - rest->at) : rest->length };
	size_t taken = start.length + !!end;

	rest->at += taken;
	rest->length -= taken;
	return start;
}

static struct text field(struct text line, unsigned number)
{
	struct text found;

	do
		found = cut(&line, ':');
	while (number--);
	return found;
}

static int same(struct text a, struct text b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* A number of 32 bits that is all of a text; the kernel takes (uid_t)-1 as "as it is". */
static int number_of(struct text text, unsigned *number)
{
	unsigned long long value = 0;
	size_t i;

	for (i = 0; i < text.length && value <= 0xffffffff; i++) {
		if ((unsigned char)(text.at[i] - '0') > 9)
			return 0;
		value = value * 10 + (unsigned char)(text.at[i] - '0');
	}
	*number = (unsigned)value;
	return text.length && value < 0xffffffff;
}

/* The next line that is no comment; an empty one at the end. */
static struct text next_line(struct text *rest)
{
	struct text line = { NULL, 0 };

	while (rest->length) {
		line = cut(rest, '\n');
		if (line.length && *line.at != '#')
			return line;
	}
	line.length = 0;
	return line;
}

/* The first line of a file whose name, or else whose number, is this. */
static struct text look_up(struct text file, struct text who)
{
	struct text rest, line;
	unsigned by;

	for (by = NAME; ; by = NUMBER) {
		rest = file;
		do
			line = next_line(&rest);
		while (line.length && !same(field(line, by), who));
		if (line.length || by == NUMBER)
			return line;
	}
}

/* The user that a text names, with its group; where there is no such user a number and a group will do. */
static int find_user(struct text who, int group_given, struct account *user)
{
	struct text line = look_up(map("/etc/passwd"), who);

	user->name = who;
	user->home = (struct text){ "/", 1 };
	if (!line.length)
		return number_of(who, &user->uid) && group_given ? 0 : ENOENT;
	user->name = field(line, NAME);
	user->home = field(line, HOME);
	return number_of(field(line, NUMBER), &user->uid) && number_of(field(line, GROUP), &user->gid) ? 0 : ENOENT;
}

static int find_group(struct text who, unsigned *gid)
{
	struct text line = look_up(map("/etc/group"), who);

	return number_of(line.length ? field(line, NUMBER) : who, gid) ? 0 : ENOENT;
}

static int is_member(struct text members, struct text name)
{
	while (members.length)
		if (same(cut(&members, ','), name))
			return 1;
	return 0;
}

/* The user's group and those that list it: initgroups(3). */
static int set_groups(const struct account *user)
{
	struct text rest = map("/etc/group"), line;
	unsigned groups[256], count = 0;

	groups[count++] = user->gid;
	while ((line = next_line(&rest)).length) {
		if (!is_member(field(line, MEMBERS), user->name) || !number_of(field(line, NUMBER), &groups[count]))
			continue;
		if (++count == ELEMENTS(groups))
			return E2BIG;
	}
	return -(int)sys_ids(setgroups, count, groups);
}

static char *put(char *to, const char *name, struct text value)
{
	to = mempcpy(stpcpy(to, name), value.at, value.length);
	*to++ = '\0';
	return to;
}

int user_become(const char *who, char *login, size_t size)
{
	struct text name = { who, strcspn(who, ":") };
	const char *group = who[name.length] ? who + name.length + 1 : "";
	struct account user;
	int error = find_user(name, *group, &user);

	if (!error && *group)
		error = find_group((struct text){ group, strlen(group) }, &user.gid);
	if (error)
		return error;
	if (sizeof("USER=LOGNAME=HOME=") + 3 + 2 * user.name.length + user.home.length > size)
		return ENAMETOOLONG;
	login = put(put(put(login, "USER=", user.name), "LOGNAME=", user.name), "HOME=", user.home);
	*login = '\0';
	error = set_groups(&user);
	if (!error)
		error = -(int)sys_ids(setgid, user.gid);
	if (!error)
		error = -(int)sys_ids(setuid, user.uid);
	return error;
}

int step_user(struct launch *l)
{
	return user_become(l->user, l->login, sizeof(l->login));
}
