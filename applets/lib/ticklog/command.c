// SPDX-License-Identifier: 0BSD
/* ticklog's command, run on each beat. */
#include <sys/ioctl.h>
#include <sys/wait.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/signals.h"
#include "lib/daemon/program.h"
#include "lib/daemon/resident.h"
#include "lib/daemon/steps.h"
#include "lib/libc/syscall.h"
#include "lib/session/leftover.h"
#include "lib/ticklog/ticklog.h"

enum {
	COMMAND_SECONDS = 1,	/* between TERM and KILL for a command at the end */
};

/* In the child: from a copy of this process to the command. */
static const struct step steps_command[] = {
	{ step_setsid, "setsid", STEP_ALWAYS },
	IF(RESIDENT, { step_output, "output", STEP_ALWAYS },)
	IF(STEP_CLOSE, { step_close, "close", STEP_ALWAYS },)
	IF(RESIDENT, { step_parent_death, "parent", STEP_ALWAYS },)
	IF(STEP_SIGNALS, { step_signals, "signals", STEP_ALWAYS },)
	{ step_exec, "exec", STEP_EXECUTES },
	{ NULL, NULL, STEP_ALWAYS }
};

void command_run(struct ticklog *t)
{
	struct launch *l = &t->l;
	int end[2];
	long error = sys(pipe2, end, O_CLOEXEC);

	if (!error) {
		t->child = sys_fork();
		if (t->child == 0) {
			l->program = t->command;
			l->role = ROLE_PROGRAM;
			l->to_out = l->to_err = end[1];
			/* What fails is said on stderr, and logged from there. */
			l->tag = NULL;
			launch_steps(l, steps_command);
		}
		sys(close, end[1]);
		t->output = end[0];
		sys_fcntl(end[0], F_SETFL, O_NONBLOCK);
		if (t->child < 0) {
			error = t->child;
			t->child = 0;
			sys(close, end[0]);
		}
	}
	if (error)
		log_say(&t->log, t->r.err_priority, t->command, ": ", error_text(-(int)error));
}

void command_carry(struct ticklog *t)
{
	char input[LOG_INPUT];
	const long length = sys(read, t->output, input, sizeof(input));

	if (length > 0)
		lines_feed(&t->said, input, (size_t)length);
	if (length > 0 && length < t->left)
		t->left -= (int)length;
	else if (t->left > 0)
		t->left = 0;
	if (length == 0) {
		sys(close, t->output);
		t->output = -1;
	}
}

void command_look_left(struct ticklog *t)
{
	t->left = 0;
	sys(ioctl, t->output, FIONREAD, &t->left);
}

void command_reap(struct ticklog *t)
{
	char ended[ENDED_TEXT];
	int status = 0;
	const long pid = t->child ? sys(wait4, t->child, &status, WNOHANG, NULL) : 0;

	/* A call that failed says nothing, and is made again. */
	if (pid >= 0)
		t->left = -1;
	if (pid <= 0)
		return;
	if (t->output >= 0)
		sys(close, t->output);
	lines_flush(&t->said);
	t->child = 0;
	if (status)
		log_say(&t->log, t->r.err_priority, t->command, ": ", signal_ended(status, ended));
}

void command_end(struct ticklog *t)
{
	struct session rest;

	if (!leftover_session(&rest, t->child, 0))
		leftover_end(&rest, COMMAND_SECONDS);
	session_close(&rest);
	command_look_left(t);
	while (t->left > 0)
		command_carry(t);
	command_reap(t);
}
