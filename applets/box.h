/* SPDX-License-Identifier: 0BSD */
/*
 * What every source file of daemonbox sees. The build includes config.h first:
 * it defines CFG_NAME, always, for each symbol NAME of Kconfig.
 */
#ifndef BOX_H
#define BOX_H

/*
 * IF(NAME, text) is its text where the symbol is on and nothing where it is
 * off: for rows of tables and lines of usage texts. Code says if (CFG_NAME),
 * so that the compiler reads every line in every configuration.
 */
#define IF(symbol, ...) IF_(CFG_##symbol, __VA_ARGS__)
#define IF_(value, ...) IF__(value, __VA_ARGS__)
#define IF__(value, ...) IF_##value(__VA_ARGS__)
#define IF_0(...)
#define IF_1(...) __VA_ARGS__
/* The opposite. */
#define UNLESS(symbol, ...) UNLESS_(CFG_##symbol, __VA_ARGS__)
#define UNLESS_(value, ...) UNLESS__(value, __VA_ARGS__)
#define UNLESS__(value, ...) UNLESS_##value(__VA_ARGS__)
#define UNLESS_0(...) __VA_ARGS__
#define UNLESS_1(...)

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Exit statuses that all applets share (DESIGN.md has each applet's own). */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The name the running applet goes by in messages. */
extern const char *applet_name;

/* A row of applets.h. */
struct applet {
	const char *name;
	const char *dir;	/* where its link is installed */
	const char *purpose;	/* "" without usage texts */
	int (*main)(int argc, char **argv);
};

#define APPLET(id, name, symbol, dir, purpose) int id##_main(int argc, char **argv);
#include "applets.h"
#undef APPLET

/*
 * Marks code, and texts and tables without pointers, that are needed only until a
 * process has started, as the kernel's __init does. Of code it is enough to mark the
 * functions that are called from outside, or through a pointer: what only such
 * functions call the compiler finds by itself. On the other side STAYS marks where a
 * resident process stays; and small functions of headers that it calls are hot, since
 * of their copies, which become one, another might be start-up code. What is marked
 * can still be called later, and costs the memory then: all that START_UP marks comes
 * back at once.
 */
#define START_UP __attribute__((cold, section(".text.start_up")))
#define START_UP_DATA __attribute__((section(".rodata.start_up")))
#define STAYS __attribute__((noinline, noreturn, hot))

/*
 * Kept out of its only caller, where it would take more bytes: what is in registers now would be in
 * memory there.
 */
#define OUT_OF_LINE __attribute__((noinline))

/*
 * A function with an array whose size is not constant needs a frame pointer,
 * which in Thumb is the register of a system call's number: it can make no call
 * itself, and what it calls must not become part of it.
 */
#ifdef __thumb__
#define APART OUT_OF_LINE
#else
#define APART
#endif

#endif
