/* SPDX-License-Identifier: 0BSD */
/*
 * Drives the real program through every order of events that matters: explore.c says how.
 *
 *   trace.c      the processes of a run, one system call at a time
 *   clock.c      the time that they are told
 *   scenario.c   what is run, and what has to hold
 *   explore.c    which schedules, how many, and the command line
 *   service.c    the program that is started as a service, and hostile ones
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum {
	MOST_PROCESSES = 400,
	MOST_FAMILIES = 24,
	MOST_WORDS = 24,
	MOST_FDS = 64,
	MOST_DECISIONS = 4,
	ASKED = 16
};

#define NEVER LLONG_MAX
#define SECOND 1000000000LL

/* ---- decisions: where a run leaves its default order ---- */

enum decision_kind {
	SWITCH,			/* another goes on: FAMILY and number */
	CLOCK,			/* nobody does, and the next time limit is over */
	DIE,			/* this one is killed, in place of its call if it is its turn */
	FAIL,			/* its call fails */
};

struct decision {
	uint16_t step;
	uint8_t kind, family;
	uint8_t number, error;
};

struct schedule {
	struct decision at[MOST_DECISIONS];
	unsigned decisions;
};

/* ---- processes ---- */

enum state {
	NEW,			/* seen, and its parent not yet told of it */
	ENTRY,			/* stopped, about to make its call */
	CALL,			/* in its call */
	USER,			/* on its way to the next */
	STOPPED,		/* by a signal */
	DEAD,
};

enum role {
	COMMAND,		/* what was typed: never to be signalled by another */
	BOX,			/* what that has forked */
	SERVICE,		/* what runs the program */
	STRANGER,		/* has nothing to do with it */
};

struct family;

struct process {
	pid_t pid;
	enum state state;
	enum role role;
	struct family *family;
	struct process *parent;
	int number;		/* in its family, from 1 */
	int call_fd;		/* /proc/PID/syscall */
	long call, result;	/* the call it is about to make or in, and of the one before */
	unsigned long args[6];
	struct user_regs_struct regs;	/* as they were at the call, where `changed` */
	int changed, may_wait, error, expired, execs, began;
	int answered;		/* the call is not made: clock.c has its result */
	int sent;		/* it has said that all went well, and the exec comes */
	/* who made the session that it is in, and that it was in before: more than a number */
	struct process *session, *left;
	unsigned long joined;	/* run.events, when it came to be in that */
	unsigned mortal;	/* the step behind that at which its kill was thought of last */
	long long start;	/* of the boot's clock */
	long long limit;	/* when the call is over, or NEVER */
	long long looked;	/* what it has read last of the boot's clock */
	long long own;		/* ... by the limit that it was given, whatever its timers say */
	int status;
	long long ended;	/* when */
	struct {
		unsigned char kind;
		pid_t pid;
		/* by its own clock, in nanoseconds */
		long long due, every;
		int clock, cancels, canceled;
	} fd[MOST_FDS];
};

/* What a descriptor is, if it was opened by a path or has to do with time. */
enum { FD_OTHER, FD_FILE, FD_PROC, FD_STAT, FD_UPTIME, FD_TIMER, FD_KERNEL };

/* What one command line came to: that process, and all that descends from it. */
enum family_kind { START, STOP, STATUS, SIGNAL, SESSION, OTHER };

struct family {
	char name;
	enum family_kind kind;
	const char *line;
	struct process *root;
	int members;
	int is_over, status;	/* of the root */
	int is_spoilt;		/* one of it was killed or had a call fail, by a decision */
	int is_mute;		/* its message could not be written */
	int signals;		/* that its root has sent by a descriptor */
	int services;		/* how many times the program was executed, or was about to be */
	int saw_service, saw_none;	/* at some instant while the root was there */
	struct process *before[8];	/* services and supervisors that were there when it began */
	int befores;
	long long begun, came;	/* less, and with, time in which it was kept from going on */
	unsigned long from;	/* run.events, when it began */
	int has_looked;		/* pidof-session knows that there is what it was told of */
	struct process *meant;	/* ... which session that was */
	/* of pidof-session, by number: whom it asked last for his session, and which it was */
	struct { pid_t pid; struct process *who, *session; } asked[ASKED];
};

struct run {
	struct process process[MOST_PROCESSES];
	int processes;
	struct family family[MOST_FAMILIES];
	int families;
	struct process *current;
	unsigned step;
	unsigned clocks;	/* time limits that were over by a decision */
	unsigned long events;	/* one for each call that was gone on with */
	int verbose;
	int box_killed;		/* a supervisor, or what was to be one, by a decision */
	char broken[400];	/* what does not hold; empty: all does */
};

extern struct run run;
extern char room[64];		/* the folder of all of it */
extern const char *box, *service;

/* Notes what does not hold, the first of it. */
void broken(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Fails for a reason of the machine's. */
_Noreturn void die(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* trace.c */
void trace_clean(void);
struct family *trace_start(const char *line);
void trace_next_pid(pid_t pid);
struct process *trace_find(pid_t pid);
void trace_settle(void);
void trace_ready(void);
void trace_step(struct process *p);
void trace_expire(struct process *p);
void trace_kill(struct process *p);
int trace_is_service(const struct process *p);
/* Whether the call that it is about to make changes what there is for anybody but itself. */
int trace_changes(const struct process *p);
/* Whether it may come to something else when another has ended. */
int trace_minds_deaths(const struct process *p);
const char *trace_name(const struct process *p);
const char *trace_call_name(long call);
long trace_peek(const struct process *p, unsigned long at, void *to, size_t size);
long trace_poke(const struct process *p, unsigned long at, const void *from, size_t size);
void trace_regs(struct process *p, const struct user_regs_struct *regs);
/* The registers of a call that is about to be made, to change it; they are as before behind it. */
struct user_regs_struct *trace_change(struct process *p);

/* clock.c */
extern long long clock_mono, clock_real, clock_suspended;
/* By how much the wall clock has been set, and was after each time before. */
extern long long clock_set[16];
extern int clock_sets;
void clock_begin(double uptime, long long real);
int clock_look(struct process *p);
void clock_enter(struct process *p);
void clock_leave(struct process *p, long *result);
long long clock_next(void);
void clock_jump(long long to);
void clock_settle(void);

/* scenario.c */
struct scenario {
	const char *name;
	const char *setup[4];	/* one after another, before */
	const char *actors[4];	/* all at once */
	const char *final;	/* how it is stopped at last; -K unless given */
	unsigned depth;		/* how many switches, unless more are asked for */
	int bare;		/* no pidfile, and no service: nothing is asked at the end */
	/* an actor's start may be ended by another's stop, or wait too long */
	int may_fail;
	int interrupted;	/* the first actor may end by TERM, and is a start that failed then */
	/* behind the setup a stranger gets the number that the program had */
	int recycled;
	int logs;		/* there is a log, which is ours, and takes everything */
	int lives;		/* seconds for which it is explored, though no command is there */
	/* seconds that the first actor takes at least, and at the most */
	int slow, quick;
	/* behind the actors, in which the first command's program is executed */
	int seconds;
	int least, most;	/* so many times in all */
	double uptime;		/* days; 0: an ordinary one */
	long long real;		/* seconds since 1970 */
};

extern const struct scenario scenarios[];
void scenario_begin(const struct scenario *s);
void scenario_watch(void);
void scenario_end(const struct scenario *s);
void scenario_over(struct family *f);
void scenario_idle(void);
void scenario_looks(struct family *f);
void scenario_wrote(const struct process *p, const char *text);
void scenario_logged(const char *text);
void scenario_beats(const struct process *p, long long first, long long every);
void scenario_beat(const struct process *p, unsigned long long times, long long due);
int scenario_may_signal(const struct process *p, const struct process *to);

/* explore.c */
void run_until(struct family *f);
void run_for(int seconds);

#endif
