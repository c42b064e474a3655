// SPDX-License-Identifier: 0BSD
/* Less privilege for the program. */
#include <string.h>
#include <sys/prctl.h>
#include "box.h"
#include "lib/common/number.h"
#include "lib/daemon/privilege.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* "Since Linux 4.3"; not every libc has them. */
#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#endif

/* Numbers there can be, and the length of a name without "cap_". */
enum { CAPS = 64, CAP_NAME = 24 };

/* By number: linux/capability.h. */
static const char names[] START_UP_DATA =
	"chown\0dac_override\0dac_read_search\0fowner\0fsetid\0kill\0setgid\0setuid\0setpcap\0"
	"linux_immutable\0"
	"net_bind_service\0net_broadcast\0net_admin\0net_raw\0ipc_lock\0ipc_owner\0sys_module\0"
	"sys_rawio\0sys_chroot\0"
	"sys_ptrace\0sys_pacct\0sys_admin\0sys_boot\0sys_nice\0sys_resource\0sys_time\0"
	"sys_tty_config\0mknod\0lease\0"
	"audit_write\0audit_control\0setfcap\0mac_override\0mac_admin\0syslog\0wake_alarm\0"
	"block_suspend\0audit_read\0"
	"perfmon\0bpf\0checkpoint_restore\0";

static int has(const struct cap_set *set, unsigned number)
{
	return set->word[number / 32] >> number % 32 & 1;
}

/* The number of a name, or -1. */
static int cap_number(const char *text, size_t length)
{
	char name[sizeof("cap_") + CAP_NAME];
	size_t i, start;

	if (length >= sizeof(name))
		return -1;
	for (i = 0; i < length; i++)
		name[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A' : text[i]);
	start = length > 4 && strncmp(name, "cap_", 4) == 0 ? 4 : 0;
	return number_named(names, name + start, length - start);
}

START_UP const char *privilege_caps(const char *list, struct cap_set *set)
{
	size_t length;
	int number;

	memset(set, 0, sizeof(*set));
	if (strcmp(list, "none") == 0)
		return NULL;
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		number = cap_number(list, length);
		if (number < 0)
			return "unknown capability";
		set->word[number / 32] |= 1u << number % 32;
		if (!list[length])
			return NULL;
	}
}

START_UP int privilege_within(const char *list, const char *other)
{
	struct cap_set set, all;

	privilege_caps(list, &set);
	privilege_caps(other, &all);
	return !(set.word[0] & ~all.word[0]) && !(set.word[1] & ~all.word[1]);
}

/* capget(2) and capset(2), which have 32 capabilities each. */
struct caps {
	unsigned effective, permitted, inheritable;
};

/* _LINUX_CAPABILITY_VERSION_3, since Linux 2.6.26, of this process. */
#define CAPS_HEAD { 0x20080522, 0 }

/* What is not inheritable is not ambient either. */
static int set_inheritable(const struct cap_set *set)
{
	unsigned head[] = CAPS_HEAD, i;
	struct caps half[2];
	long error = sys(capget, head, half);

	for (i = 0; !error && i < ELEMENTS(half); i++)
		half[i].inheritable = set->word[i];
	return -(int)(error ? error : sys(capset, head, half));
}

START_UP int privilege_drop(const struct cap_set *keep)
{
	unsigned head[] = CAPS_HEAD, i;
	struct caps half[2];
	long error = sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	/* Before Linux 3.5 it is EINVAL; without CONFIG_MULTIUSER there is no capset. */
	if (!error || error == -EINVAL || is_refused(error))
		error = sys(capget, head, half);
	for (i = 0; !error && i < ELEMENTS(half); i++) {
		half[i].effective &= keep->word[i];
		half[i].permitted &= keep->word[i];
		half[i].inheritable = 0;
	}
	if (!error)
		error = sys(capset, head, half);
	return is_refused(error) ? 0 : -(int)error;
}

/* Takes all but these from the bounding set: those too that this kernel alone has a name for. */
START_UP int step_caps(struct launch *l)
{
	static const struct cap_set none;
	struct cap_set set;
	unsigned number;

	l->subject = l->r->caps;
	privilege_caps(l->r->caps, &set);
	for (number = 0; number < CAPS; number++) {
		long held = sys(prctl, PR_CAPBSET_READ, number, 0, 0, 0);

		/* EINVAL: the kernel has none of this number. */
		if (held == -EINVAL && !has(&set, number))
			continue;
		if (held > 0 && !has(&set, number))
			held = sys(prctl, PR_CAPBSET_DROP, number, 0, 0, 0);
		if (held < 0)
			return -(int)held;
	}
	return set_inheritable(&none);
}

/*
 * With these a change of user leaves what is permitted, and the exec takes all of it that is not
 * ambient.
 */
START_UP int step_keep_caps(struct launch *l)
{
	l->subject = l->r->ambient;
	return -(int)sys(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

START_UP int step_ambient(struct launch *l)
{
	struct cap_set set;
	unsigned number;
	int error;

	l->subject = l->r->ambient;
	privilege_caps(l->r->ambient, &set);
	error = set_inheritable(&set);
	for (number = 0; !error && number < CAPS; number++)
		if (has(&set, number))
			error = -(int)sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0,
					  0);
	return error;
}

START_UP int step_root(struct launch *l)
{
	l->subject = l->r->root;
	l->root = sys_open(l->r->root, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	return l->root < 0 ? -l->root : 0;
}

START_UP int step_chroot(struct launch *l)
{
	const int error = -(int)sys(fchdir, l->root);

	l->subject = l->r->root;
	return error ? error : -(int)sys(chroot, ".");
}

/* What the kernel does not use has to be 0. */
START_UP int step_no_new_privs(struct launch *l __attribute__((unused)))
{
	return -(int)sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
