// SPDX-License-Identifier: 0BSD
/*
 * A process as a test of pidof-session wants it: does each WORD, then waits to be ended.
 *
 *   member WORD...
 *
 *   setsid, setpgid        a session, a group of its own
 *   fork                   the child goes on with the next word, this process waits
 *   orphan                 the child goes on, this process ends
 *   reap                   the child goes on, this process takes the orphans: a slow init
 *                          would be left with all numbers used up by zombies
 *   many=N                 N children that wait
 *   zombie                 a child that has ended and is not waited for
 *   threads                two threads of which the first ends
 *   name=TEXT              what the kernel calls it
 *   umask=MASK, ignore=SIG, block=SIG (numbers)
 *   signalfd=SIG           blocked, and taken by a signalfd
 *   term=FILE              on TERM it makes FILE, and goes on
 *   storm                  children that fork as fast as they can, each ending at once
 *   chain                  forks the next and ends, which forks the next, and so on, for 20 seconds
 *   respawn                a child that keeps four of its own alive
 *   spin=N                 works for N hundredths of a second of the processor's time
 *   report=FILE            FILE appears, with its pid
 *   block-on=FIFO          waits until the fifo has a reader, then ends
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *mark;

static void on_term(int sig)
{
	(void)sig;
	int fd = open(mark, O_WRONLY | O_CREAT | O_APPEND, 0666);

	if (write(fd, "TERM\n", 5) != 5)
		_exit(97);
	close(fd);
}

static void hold(void)
{
	for (;;)
		pause();
}

static void *holder(void *unused)
{
	hold();
	return unused;
}

static void report(const char *path)
{
	char temp[4096];
	FILE *f;

	snprintf(temp, sizeof temp, "%s.%d", path, (int)getpid());
	if (!(f = fopen(temp, "w")))
		_exit(96);
	fprintf(f, "%d\n", (int)getpid());
	fclose(f);
	rename(temp, path);
}

/*
 * Beside this process twenty chains of processes that fork and end at once, for
 * half a minute at the most, and not when the one that reaps has ended.
 */
static void storm(void)
{
	time_t end = time(NULL) + 30;
	int chains = 19;

	if (fork())
		return;
	while (chains && fork() > 0)
		chains--;
	while (getppid() != 1 && time(NULL) < end)
		if (fork() > 0)
			_exit(0);
	_exit(0);
}

static void chain(void)
{
	const time_t end = time(NULL) + 20;

	while (time(NULL) < end)
		if (fork() > 0)
			_exit(0);
	_exit(0);
}

static void many(int n)
{
	while (n--) {
		int child = fork();

		if (child < 0)
			_exit(77);
		if (!child) {
			alarm(200);
			hold();
		}
	}
}

static void respawn(void)
{
	if (fork())
		return;
	alarm(200);
	signal(SIGCHLD, SIG_DFL);
	many(4);
	for (;;)
		if (wait(NULL) > 0)
			many(1);
}

static void block(int number, int taken)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (taken && signalfd(-1, &set, 0) < 0)
		_exit(95);
}

static void do_word(char *word)
{
	char *arg = strchr(word, '=');
	pthread_t thread;

	if (arg)
		*arg++ = 0;
#define IS(name) (!strcmp(word, name))
	if (IS("setsid"))
		setsid();
	else if (IS("setpgid"))
		setpgid(0, 0);
	else if (IS("fork") || IS("orphan")) {
		int orphan = IS("orphan");

		if (fork()) {
			if (orphan)
				_exit(0);
			hold();
		}
		alarm(200);
	} else if (IS("reap")) {
		if (fork()) {
			signal(SIGCHLD, SIG_IGN);
			prctl(PR_SET_CHILD_SUBREAPER, 1);
			hold();
		}
		alarm(200);
	} else if (IS("many"))
		many(atoi(arg));
	else if (IS("zombie")) {
		int child = fork();

		if (!child)
			_exit(0);
		waitid(P_PID, child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	} else if (IS("threads"))
		pthread_create(&thread, NULL, holder, NULL);
	else if (IS("name"))
		prctl(PR_SET_NAME, arg);
	else if (IS("spin"))
		while (clock() < atol(arg) * (CLOCKS_PER_SEC / 100))
			;
	else if (IS("umask"))
		umask(strtol(arg, NULL, 8));
	else if (IS("ignore"))
		signal(atoi(arg), SIG_IGN);
	else if (IS("block") || IS("signalfd"))
		block(atoi(arg), IS("signalfd"));
	else if (IS("term")) {
		mark = arg;
		signal(SIGTERM, on_term);
	} else if (IS("storm"))
		storm();
	else if (IS("chain"))
		chain();
	else if (IS("respawn"))
		respawn();
	else if (IS("report"))
		report(arg);
	else if (IS("block-on")) {
		open(arg, O_WRONLY);
		_exit(0);
	} else
		_exit(98);
}

int main(int argc, char **argv)
{
	int threads = 0;

	(void)argc;
	alarm(200);                     /* nothing outlives a broken test by much */
	for (argv++; *argv; argv++) {
		threads |= !strcmp(*argv, "threads");
		do_word(*argv);
	}
	if (threads)
		pthread_exit(NULL);
	hold();
}
