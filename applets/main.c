// SPDX-License-Identifier: 0BSD
/* daemonbox: picks the applet by the name it is called by. */
#include <elf.h>
#include <limits.h>
#include <string.h>
#include "box.h"
#include "config-text.h"
#include "lib/libc/clock.h"
#include "lib/common/message.h"
#include "lib/common/path.h"
#include "lib/libc/syscall.h"

#define BOX "daemonbox"

enum { EXIT_NO_APPLET = 127 };

static const struct applet applets[] = {
#define APPLET(id, name, symbol, dir, purpose) \
	IF(symbol, { name, dir, "" IF(BOX_USAGE, purpose), id##_main },)
#include "applets.h"
	{ NULL, NULL, NULL, NULL }
};

/* The names of applets that are not built in, each with its NUL and the symbol that it needs. */
static const char absent[] START_UP_DATA = ""
#undef APPLET
#define APPLET(id, name, symbol, dir, purpose) UNLESS(symbol, name "\0" #symbol "\0")
#include "applets.h"
	;

/* Says why there is no applet of a name. */
static void say_absent(const char *name)
{
	const char *at, *symbol;

	for (at = absent; *at; at = symbol + strlen(symbol) + 1) {
		symbol = at + strlen(at) + 1;
		if (strcmp(at, name) == 0) {
			complain_not_built_in(name, symbol);
			return;
		}
	}
	complain(name, "applet not found" IF(BOX_USAGE, "; see --help"));
}

static int run(const char *name, int argc, char **argv)
{
	const struct applet *applet;

	for (applet = applets; applet->name; applet++)
		if (strcmp(applet->name, name) == 0) {
			applet_name = applet->name;
			return applet->main(argc, argv);
		}
	say_absent(name);
	return EXIT_NO_APPLET;
}

/* The last part of a name, less the '-' that a login shell's has in front. */
static const char *base_name(const char *path)
{
	const char *name = path_base(path);

	return name + (*name == '-');
}

/* What a bare "daemonbox" and --list, --list-full print of each applet. */
static int list(int paths)
{
	const struct applet *applet;

	for (applet = applets; applet->name; applet++)
		say(STDOUT_FILENO, paths ? applet->dir + 1 : "", paths ? "/" : "", applet->name,
		    "\n");
	return EXIT_DONE;
}

static const char box_usage[] START_UP_DATA = "" IF(BOX_USAGE,
	BOX " " BOX_VERSION_TEXT "\n"
	"usage: " BOX " APPLET [ARG]..., or a link to it named APPLET\n"
	IF(BOX_LIST, "       " BOX " --list | --list-full\n")
	IF(BOX_INSTALL, "       " BOX " --install [-s] [DIR]\n")
	IF(BOX_CONFIG, "       " BOX " --config\n")
	"       " BOX IF(BOX_VERSION, " --version |") " --help [APPLET]\n");

static int overview(void)
{
	const struct applet *applet;

	if (!CFG_BOX_USAGE)
		return list(0);
	say(STDOUT_FILENO, box_usage);
	for (applet = applets; applet->name; applet++)
		say(STDOUT_FILENO, applet->name, ": ", applet->purpose, "\n");
	return EXIT_DONE;
}

/* What a path leads to: 0 or an errno. */
static int look(const char *path, struct stat *st)
{
	const int fd = sys_open(path, O_PATH | O_CLOEXEC, 0);
	const int error = fd < 0 ? -fd : sys_fstat(fd, st);

	sys(close, fd);
	return error;
}

/* Whether what is there already is this program, by whatever name. */
static int is_own(const char *path)
{
	struct stat it, own;

	return look(path, &it) == 0 && look("/proc/self/exe", &own) == 0 &&
	       it.st_dev == own.st_dev && it.st_ino == own.st_ino;
}

/* Links an applet's name to the program; what is there and not its own stays. */
static int install_one(const char *program, const char *dir, const char *name, int symbolic)
{
	char path[PATH_MAX];
	long error = -ENAMETOOLONG;

	path[0] = '\0';
	if (strlen(dir) + strlen(name) + 2 <= sizeof(path)) {
		stpcpy(stpcpy(stpcpy(path, dir), "/"), name);
		error = symbolic ? sys(symlinkat, program, AT_FDCWD, path) :
				   sys(linkat, AT_FDCWD, program, AT_FDCWD, path, 0);
	}
	if (error == 0 || (error == -EEXIST && is_own(path)))
		return EXIT_DONE;
	complain(path, error_text(-(int)error));
	return EXIT_FAILED;
}

/* --install [-s] [DIR]: into their own directories, or all into DIR. */
static START_UP int install(char **words)
{
	char program[PATH_MAX];
	const struct applet *applet;
	long length = sys(readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof(program) - 1);
	int symbolic = *words && strcmp(*words, "-s") == 0;
	int status = EXIT_DONE;

	words += symbolic;
	if (*words && (!**words || **words == '-' || words[1])) {
		complain("--install", words[0], "not [-s] [DIR]");
		return EXIT_USAGE;
	}
	if (length < 0) {
		complain("/proc/self/exe", error_text(-(int)length));
		return EXIT_FAILED;
	}
	program[length] = '\0';
	for (applet = applets; applet->name; applet++)
		status |=
			install_one(program, *words ? *words : applet->dir, applet->name, symbolic);
	return status;
}

static START_UP int help(char **words)
{
	char *argv[] = { words[0], "--help", NULL };

	return words[0] ? run(words[0], 2, argv) : overview();
}

/*
 * The text has "NAME" for what is on, "!NAME" for what is off, "NAME=VALUE", each
 * with its NUL, and "*START" for what the names that follow begin with.
 */
static const char config_text[] START_UP_DATA = "" CONFIG_TEXT;

static START_UP int show_config(char **words)
{
	const char *start = "";
	const char *at;

	(void)words;
	for (at = config_text; *at; at += strlen(at) + 1) {
		const int off = *at == '!';

		if (*at == '*')
			start = at + 1;
		else
			say(STDOUT_FILENO, "CONFIG_", start, at + off,
			    strchr(at, '=') ? "" :
			    off		    ? "=n" :
					      "=y",
			    "\n");
	}
	return EXIT_DONE;
}

static START_UP int version(char **words)
{
	(void)words;
	say(STDOUT_FILENO, BOX " " BOX_VERSION_TEXT "\n");
	return EXIT_DONE;
}

static START_UP int list_names(char **words)
{
	(void)words;
	return list(0);
}

static START_UP int list_paths(char **words)
{
	(void)words;
	return list(1);
}

/* daemonbox's own options: what stands behind one is its arguments. */
static const struct {
	/* and, where that is off, behind its NUL the symbol that it needs */
	const char *name;
	int (*run)(char **words);
} options[] = {
#define OWN(symbol, name, run) { name UNLESS(symbol, "\0" #symbol), CFG_##symbol ? run : NULL },
	OWN(BOX_LIST, "--list", list_names)
	OWN(BOX_LIST, "--list-full", list_paths)
	OWN(BOX_INSTALL, "--install", install)
	OWN(BOX_CONFIG, "--config", show_config)
	OWN(BOX_VERSION, "--version", version)
	OWN(BOX_USAGE, "--help", help)
#undef OWN
};

static int own_option(const char *name, char **words)
{
	unsigned i;

	for (i = 0; i < ELEMENTS(options); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].run)
			return options[i].run(words);
		complain_not_built_in(name, options[i].name + strlen(name) + 1);
		return EXIT_USAGE;
	}
	complain(name, "unknown option" IF(BOX_USAGE, "; see --help"));
	return EXIT_USAGE;
}

/*
 * Whether this process has another user's or group's rights than its caller. The
 * ids tell, and not AT_SECURE (getauxval(3)): the kernel also sets that where
 * SELinux or AppArmor change the domain, as they do for services, and where the
 * file has capabilities, which root gave to this very program for its users.
 */
static int is_set_id(void)
{
	return aux_value(AT_UID) != aux_value(AT_EUID) || aux_value(AT_GID) != aux_value(AT_EGID);
}

static int called(const char *name, int argc, char **argv)
{
	/* Any name that begins so is the box's own: daemonbox_unstripped, daemonbox-1.0. */
	if (strncmp(name, BOX, sizeof(BOX) - 1) != 0)
		return run(name, argc, argv);
	if (argc < 2)
		return overview();
	if (argv[1][0] == '-')
		return own_option(argv[1], argv + 2);
	return run(base_name(argv[1]), argc - 1, argv + 1);
}

int main(int argc, char **argv) START_UP;
int main(int argc, char **argv)
{
	applet_name = BOX;
	if (is_set_id()) {
		complain("refuses to run set-user-id");
		return EXIT_FAILED;
	}
	return say_status(called(base_name(argc ? argv[0] : BOX), argc, argv));
}
