// SPDX-License-Identifier: 0BSD
/* Three texts with NULs between them: USER[:GROUP], a passwd file, a group file. */
#include "fuzz.h"
#include "../../applets/lib/daemon/user.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size),
		      *next = end ? memchr(end + 1, 0, (size_t)(data + size - end - 1)) : NULL;
	struct account user;
	char login[LOGIN];

	if (!next)
		return 0;
	char *who = text_of(data, (size_t)(end - data)),
	     *passwd = text_of(end + 1, (size_t)(next - end - 1));
	char *group = text_of(next + 1, (size_t)(data + size - next - 1));

	user.groups = group;
	if (!find(who, passwd, &user)) {
		HOLDS(user.uid != 0xffffffff && user.gid != 0xffffffff);
		HOLDS(user.listed || user.home.length == 1);
		if (!put_login(&user, login, sizeof(login)))
			HOLDS(strncmp(login, "USER=", 5) == 0 &&
			      memmem(login, sizeof(login), "LOGNAME=", 8));
		/* The groups as set_groups() counts them: each is of a line that has the name. */
		for (const char *line = group; user.listed && *line; line = next_line(line))
			if (*line != '#' && is_member(field(line, MEMBERS), user.name))
				HOLDS(memmem(line, strcspn(line, "\n"), user.name.at,
					     user.name.length));
	}
	free(who);
	free(passwd);
	free(group);
	return 0;
}
