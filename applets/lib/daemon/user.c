// SPDX-License-Identifier: 0BSD
/* Users and groups from their files; getpwnam and initgroups would be 40 kB. */
#include <string.h>
#include <sys/stat.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"
#include "lib/daemon/user.h"

char *user_login;

enum { LOGIN = 512 };

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
	int listed;		/* it is in /etc/passwd */
	const char *groups;	/* /etc/group */
};

/* A user who was found. Not of the memory that a resident process keeps. */
static struct found {
	struct account user;
	char login[LOGIN];
} *found;

/* Memory of zeros, which this process keeps until it ends. */
static int map(size_t size, char **at)
{
	const long address = sys_map(size);

	*at = (char *)address;
	return sys_is_error(address) ? -(int)address : 0;
}

/* Up to the size, or to the end of a file that has become shorter. */
static int read_all(int fd, char *to, size_t size)
{
	long part;

	while ((part = sys(read, fd, to, size)) > 0 || part == -EINTR) {
		if (part < 0)
			continue;
		to += part;
		size -= (size_t)part;
	}
	return -(int)part;
}

/*
 * A whole file in memory. A board whose users are numbers alone need not have it,
 * so that a missing file is an empty one; whatever else keeps it from being read
 * is an error, since the program would run without groups that it ought to have.
 */
static int load(const char *path, const char **text)
{
	const int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	struct stat st;
	char *at;
	int error;

	*text = "";
	if (fd < 0)
		return fd == -ENOENT ? 0 : -fd;
	error = sys_fstat(fd, &st);
	/* At least one zero byte follows it. */
	if (!error)
		error = map((size_t)st.st_size + 1, &at);
	if (!error)
		error = read_all(fd, at, (size_t)st.st_size);
	if (!error)
		*text = at;
	sys(close, fd);
	return error;
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
	return name.length && strncmp(at, name.at, name.length) == 0 &&
	       strchr(ENDS, at[name.length]);
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
	unsigned number, its, by_number;
	const unsigned kinds = 1 + is_number(who.at, &number);

	for (by_number = 0; by_number < kinds; by_number++)
		for (line = file; *line; line = next_line(line)) {
			if (*line == '#')
				continue;
			if (by_number ? is_number(field(line, NUMBER), &its) && its == number :
					is(line, who))
				return line;
		}
	return NULL;
}

/* The user of a name or number; a number that is nobody's has a group of the same number. */
static int find_user(const char *passwd, struct name who, struct account *user)
{
	const char *line = look_up(passwd, who);

	user->name = who;
	user->home = (struct name){ "/", 1 };
	user->listed = line != NULL;
	if (!line) {
		if (!is_number(who.at, &user->uid))
			return NO_SUCH_USER;
		user->gid = user->uid;
		return 0;
	}
	user->name.at = line;
	user->name.length = strcspn(line, ":");
	user->home.at = field(line, HOME);
	user->home.length = strcspn(user->home.at, ":\n");
	return is_number(field(line, NUMBER), &user->uid) &&
			       is_number(field(line, GROUP), &user->gid) ?
		       0 :
		       EINVAL;
}

static int find_group(const char *file, struct name who, unsigned *gid)
{
	const char *line = look_up(file, who);

	return is_number(line ? field(line, NUMBER) : who.at, gid) ? 0 : NO_SUCH_GROUP;
}

/* The account of USER[:GROUP]. */
static int find(const char *who, const char *passwd, struct account *user)
{
	const struct name name = { who, strcspn(who, ENDS) };
	const char *group = who + name.length + !!who[name.length];
	const struct name of = { group, strcspn(group, ENDS) };
	int error;

	if (who[name.length] && who[name.length] != ':')
		return NO_SUCH_USER;
	error = find_user(passwd, name, user);
	if (error || !*group)
		return error;
	return of.at[of.length] ? NO_SUCH_GROUP : find_group(user->groups, of, &user->gid);
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

/*
 * Whether these are the groups that this process is in. A filter can answer 0 without a
 * deed, and the caller's would stay. The kernel has them in another order.
 */
static int has_groups(const unsigned *groups, unsigned count, unsigned *got)
{
	unsigned i, difference = 0;

	if (sys_ids(getgroups, count, got) != (long)count)
		return 0;
	for (i = 0; i < count; i++)
		difference += groups[i] - got[i];
	return !difference;
}

/* The user's group and those that list it: initgroups(3). Who is in no file is in no group. */
static int set_groups(const struct account *user)
{
	const char *line;
	unsigned *groups, count = 0;
	char *at;
	/*
	 * A line that lists a member is longer than the number that it stands for, which is read
	 * back.
	 */
	const size_t size = 2 * (sizeof(*groups) + strlen(user->groups));
	int error = map(size, &at);

	if (error)
		return error;
	groups = (unsigned *)(void *)at;
	if (user->listed)
		groups[count++] = user->gid;
	for (line = user->groups; user->listed && *line; line = next_line(line))
		if (*line != '#' && is_member(field(line, MEMBERS), user->name) &&
		    is_number(field(line, NUMBER), &groups[count]))
			count++;
	error = -(int)sys_ids(setgroups, count, groups);
	if (!error && !has_groups(groups, count, groups + count))
		error = EPERM;
	sys(munmap, at, size);
	return error;
}

/*
 * All numbers, for good. That is tried out: the kernel leaves capabilities where
 * it was told to (SECBIT_NO_SETUID_FIXUP in capabilities(7), which passes an
 * exec), and a filter can answer 0 without a deed. Then the way back is open.
 */
static int set_ids(const struct account *user)
{
	int error = set_groups(user);

	if (!error)
		error = -(int)sys_ids(setgid, user->gid);
	if (!error)
		error = -(int)sys_ids(setuid, user->uid);
	if (error || !user->uid)
		return error;
	return sys_ids(setuid, 0) == 0 || (user->gid && sys_ids(setgid, 0) == 0) ? EPERM : 0;
}

static char *put(char *to, const char *name, struct name value)
{
	to = mempcpy(stpcpy(to, name), value.at, value.length);
	*to++ = '\0';
	return to;
}

static int put_login(const struct account *user, char *to, size_t size)
{
	if (sizeof("USER=LOGNAME=HOME=") + 3 + 2 * user->name.length + user->home.length > size)
		return ENAMETOOLONG;
	*put(put(put(to, "USER=", user->name), "LOGNAME=", user->name), "HOME=", user->home) = '\0';
	return 0;
}

/*
 * Finds USER[:GROUP] of a text, names or numbers from /etc/passwd and /etc/group
 * (passwd(5), group(5); no other name service): its group, or the one named, and
 * what its environment has of it. *file is the file that could not be read, or NULL.
 */
static int look_up_account(const char *who, struct found *it, const char **file)
{
	static const char passwd_file[] = "/etc/passwd", group_file[] = "/etc/group";
	const char *passwd;
	int error = load(*file = passwd_file, &passwd);

	if (!error)
		error = load(*file = group_file, &it->user.groups);
	if (error)
		return error;
	*file = NULL;
	error = find(who, passwd, &it->user);
	return error ? error : put_login(&it->user, it->login, sizeof(it->login));
}

int START_UP step_account(struct launch *l)
{
	const char *file = NULL;
	char *at;
	int error = map(sizeof(*found), &at);

	l->subject = l->r->user;
	if (error)
		return error;
	found = (struct found *)(void *)at;
	error = look_up_account(l->r->user, found, &file);
	user_login = found->login;
	if (file)
		l->subject = file;
	return error;
}

int START_UP step_user(struct launch *l)
{
	/* Where --chroot is built in, a step before that has looked, outside of the new root. */
	const int error = CFG_DAEMONIZE_CHROOT ? 0 : step_account(l);

	if (error)
		return error;
	l->subject = l->r->user;
	return set_ids(&found->user);
}
