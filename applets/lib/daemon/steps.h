/* SPDX-License-Identifier: 0BSD */
/* The steps of becoming a daemon, in their order. */
#ifndef STEPS_H
#define STEPS_H

#include "lib/daemon/launch.h"

/* From a program on a terminal to a process on its own; for every applet that detaches. */
extern const struct step steps_detach[];

/* From there to the program that is to run, in the process that becomes it. */
extern const struct step steps_program[];

/*
 * What each row does (0 or an errno; STEP_PARENT: this process forked and stays
 * behind). They are here so that no configuration has an unused static.
 */
int step_keep(struct launch *l);	/* checks the descriptors to keep: fcntl(2), EBADF */
int step_ready_fd(struct launch *l);	/* pipe(2), its end at the number given */
int step_verbose(struct launch *l);	/* a copy of stderr for -v, until the exec */
int step_null(struct launch *l); /* opens /dev/null, and no descriptor from 0 to 2 stays closed */
int step_ready_socket(struct launch *l);	/* sd_notify(3) */
int step_fork(
	struct launch *l); /* the sockets to the caller, the first fork; the child blocks signals */
int step_setsid(
	struct launch *l); /* setsid(2): EPERM for a group leader, which no fork's child is */
int step_fork_again(
	struct launch *l); /* credentials(7): only a session leader gains a terminal by open */
int step_umask(struct launch *l);
int step_pidfile(struct launch *l);	/* takes it: pidfile_take() */
int step_supervisor_pidfile(struct launch *l);	/* takes and writes it */
int step_lock(struct launch *l);	/* flock(2); EALREADY: taken */
int step_stdout(struct launch *l);
int step_stderr(struct launch *l);
int step_path(struct launch *l);	/* a relative program, from / on */
int step_chdir(struct launch *l);
int step_close(struct launch *l);	/* close_range(2), or what /proc/self/fd lists */
int step_stdio(struct launch *l);	/* 0-2 to /dev/null or where they are to go */
int step_group(struct launch *l);	/* setpgid(2) */
int step_output(struct launch *l);	/* 1 and 2 to the supervisor */
int step_publish(struct launch *l);	/* number and name of the pidfile: pidfile_publish() */
int step_limits(struct launch *l);	/* prlimit(2) */
int step_nice(struct launch *l);	/* setpriority(2) */
int step_sched(struct launch *l);	/* sched_setscheduler(2) */
int step_ionice(struct launch *l);	/* ioprio_set(2) */
int step_cpus(struct launch *l); /* sched_setaffinity(2); EINVAL also where one is not there */
int step_oom_score(struct launch *l);	/* /proc/self/oom_score_adj: proc(5), since Linux 2.6.36 */
/*
 * -u looked up in /etc/passwd and /etc/group: its group, or the one named, the
 * supplementary groups that list it, USER, LOGNAME and HOME. A number that is no
 * user's has itself as its group, no supplementary groups, and / as its home. Also
 * NO_SUCH_USER and NO_SUCH_GROUP; EINVAL where the user's line has no numbers,
 * ENAMETOOLONG where its texts are too long.
 */
int step_account(struct launch *l);
int step_user(
	struct launch
		*l); /* setgroups, setgid, setuid(2), for good: EPERM where there is a way back */
int step_root(struct launch *l);	/* opens the directory of --chroot */
int step_chroot(struct launch *l);	/* fchdir, chroot(2) */
int step_chdir_inside(struct launch *l);	/* -c in that root */
int step_caps(
	struct launch *l); /* PR_CAPBSET_DROP: capabilities(7); EINVAL: the kernel lacks one */
int step_keep_caps(struct launch *l);	/* PR_SET_KEEPCAPS, for step_ambient */
int step_ambient(struct launch *l);	/* PR_CAP_AMBIENT_RAISE, since Linux 4.3 */
int step_no_new_privs(struct launch *l); /* PR_SET_NO_NEW_PRIVS (prctl(2), since Linux 3.5) */
int step_parent_death(
	struct launch *l); /* PR_SET_PDEATHSIG (prctl(2)), which setuid clears; ESRCH: too late */
int step_environment(struct launch *l);
int step_signals(
	struct launch *l); /* dispositions, then the mask: signal(7), "inherited over execve" */
int step_exec(struct launch *l);

/* Whether a descriptor is one to leave as it is. */
int is_kept(const struct launch *l, int fd);

/* Leaves a descriptor open over the exec. */
void keep_open(struct launch *l, int fd);

#endif
