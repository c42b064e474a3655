// SPDX-License-Identifier: 0BSD
/* Users and groups from their files; getpwnam and initgroups would be 40 kB. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"
#include "lib/daemon/user.h"

enum { NAME, PASSWORD, NUMBER, GROUP, GECOS, HOME, MEMBERS = 3 };

/* What a field of those files ends at, and what a NUL does as well. */
#define ENDS ":,\n"

/* A name that was asked for: a stretch of text. */
struct name {
	const char *at;
	size_t length;
};

struct account {
	struct name name, home;
	unsigned uid, gid;
};

/* A whole file in memory, for the short life of this process; an empty text where there is none. */
static const char *load(const char *path)
{
	struct stat st;
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	long text;

	if (fd < 0 || sys_fstat(fd, &st))
		return "";
	/* Zeros, of which at least one stays behind it. */
	text = sys_mmap(NULL, st.st_size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return sys(read, fd, text, st.st_size) < 0 ? "" : (const char *)text;
}

static const char *field(const char *line, unsigned number)
{
	while (number--) {
		line += strcspn(line, ":\n");
		line += *line == ':';
	}
	return line;
}

static int is(const char *at, struct name name)
{
	return name.length && strncmp(at, name.at, name.length) == 0 && strchr(ENDS, at[name.length]);
}

/* A number of 32 bits that is all of a field; the kernel takes (uid_t)-1 as "as it is". */
static int is_number(const char *at, unsigned *number)
{
	unsigned long long value;
	const char *end = number_read(at, 10, &value);

	*number = (unsigned)value;
	return end && strchr(ENDS, *end) && value < 0xffffffff;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + !!*line;
}

/* The first line of a file whose name, or else whose number, is this; NULL where there is none. */
static const char *look_up(const char *file, struct name who)
{
	const char *line;
	unsigned by;

	for (by = NAME; by <= NUMBER; by += NUMBER - NAME)
		for (line = file; *line; line = next_line(line))
			if (*line != '#' && is(field(line, by), who))
				return line;
	return NULL;
}

/* The user that a text names, with its group; where there is no such user a number and a group will do. */
static int find_user(struct name who, int group_given, struct account *user)
{
	const char *line = look_up(load("/etc/passwd"), who);

	user->name = who;
	user->home = (struct name){ "/", 1 };
	if (!line)
		return is_number(who.at, &user->uid) && group_given ? 0 : ENOENT;
	user->name = (struct name){ line, strcspn(line, ":") };
	user->home.at = field(line, HOME);
	user->home.length = strcspn(user->home.at, ":\n");
	return is_number(field(line, NUMBER), &user->uid) && is_number(field(line, GROUP), &user->gid) ? 0 : ENOENT;
}

static int find_group(const char *who, unsigned *gid)
{
	const char *line = look_up(load("/etc/group"), (struct name){ who, strlen(who) });

	return is_number(line ? field(line, NUMBER) : who, gid) ? 0 : ENOENT;
}

static int is_member(const char *members, struct name name)
{
	for (; !is(members, name); members++) {
		members += strcspn(members, ",\n");
		if (*members != ',')
			return 0;
	}
	return 1;
}

/* The user's group and those that list it: initgroups(3). */
static int set_groups(const struct account *user)
{
	const char *line;
	unsigned groups[256], count = 0;

	groups[count++] = user->gid;
	for (line = load("/etc/group"); *line; line = next_line(line)) {
		if (*line == '#' || !is_member(field(line, MEMBERS), user->name) ||
		    !is_number(field(line, NUMBER), &groups[count]))
			continue;
		if (++count == ELEMENTS(groups))
			return E2BIG;
	}
	return -(int)sys_ids(setgroups, count, groups);
}

static char *put(char *to, const char *name, struct name value)
{
	to = mempcpy(stpcpy(to, name), value.at, value.length);
	*to++ = '\0';
	return to;
}

int user_become(const char *who, char *login, size_t size)
{
	struct name name = { who, strcspn(who, ":") };
	const char *group = who + name.length + !!who[name.length];
	struct account user;
	int error = find_user(name, *group, &user);

	if (!error && *group)
		error = find_group(group, &user.gid);
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

int START_UP step_user(struct launch *l)
{
	return user_become(l->user, l->login, sizeof(l->login));
}
