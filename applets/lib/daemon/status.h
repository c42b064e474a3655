/* SPDX-License-Identifier: 0BSD */
/*
 * -Q -v: what a supervisor knows of its service. Whoever asks opens a socket and puts its name,
 * which is the value itself, into the signal of the channel (control.h); the supervisor sends one
 * datagram of lines there, KEY=VALUE, and neither waits nor tries again. The kernel says who sent
 * it, so that nobody else can answer.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <sys/types.h>

struct supervisor;

/* Answers to whoever has sent this value. It needs a descriptor; without one there is no answer. */
void status_answer(struct supervisor *s, int value);

/* Opens the socket that belongs to a value of its own, *value. Returns its descriptor or -errno. */
int status_open(int *value);

/*
 * Waits for the answer of a process, so many milliseconds at the most, and keeps the start of it in
 * a text. Returns its length; 0 where there was none.
 */
enum { STATUS_TEXT = 1024 };
size_t status_read(int fd, pid_t from, unsigned milliseconds, char text[STATUS_TEXT]);

/* Prints it, with control characters made visible as in the log. */
void status_print(const char *text, size_t length);

#endif
