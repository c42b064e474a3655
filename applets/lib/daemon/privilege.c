// SPDX-License-Identifier: 0BSD
/* Less privilege for the program. */
#include <sys/prctl.h>
#include "box.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"

/* What the kernel does not use has to be 0. */
START_UP int step_no_new_privs(struct launch *l __attribute__((unused)))
{
	return -(int)sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
