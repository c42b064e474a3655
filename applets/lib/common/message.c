// SPDX-License-Identifier: 0BSD
/* Messages: one line, one system call, and no stdio (15 kB in a static binary). */
#include <stdarg.h>
#include <string.h>
#include <sys/uio.h>
#include "box.h"
#include "lib/common/message.h"
#include "lib/common/number.h"
#include "lib/libc/syscall.h"

const char *applet_name;

/* Why standard output did not take all that was meant for it: the first errno. */
static int stdout_error;

struct line {
	struct iovec part[SAY_PARTS];
	int parts;
};

static void add(struct line *line, const char *text)
{
	struct iovec *part = &line->part[line->parts];

	if (line->parts == SAY_PARTS)
		return;
	part->iov_base = (void *)text;
	part->iov_len = strlen(text);
	/* Without empty ones a write of 0 bytes is a failure, and no end to wait for. */
	line->parts += !!part->iov_len;
}

/* A signal or a full pipe may cut a write short; one that fails has said all it can. */
static int write_all(int fd, struct iovec *part, int parts)
{
	long written;

	while (parts) {
		written = sys(writev, fd, part, parts);
		if (written == -EINTR)
			continue;
		if (written <= 0)
			return written ? (int)-written : EIO;
		for (; parts && (size_t)written >= part->iov_len; parts--)
			written -= (long)part++->iov_len;
		if (parts) {
			part->iov_base = (char *)part->iov_base + written;
			part->iov_len -= (size_t)written;
		}
	}
	return 0;
}

static int put_line(int fd, struct line *line)
{
	const int error = write_all(fd, line->part, line->parts);

	if (error && fd == STDOUT_FILENO && !stdout_error)
		stdout_error = error;
	return error;
}

START_UP int say_parts(int fd, const char *part, ...)
{
	const int complaint = fd == COMPLAINT;
	struct line line;
	va_list parts;

	line.parts = 0;
	if (complaint) {
		fd = STDERR_FILENO;
		add(&line, applet_name);
	}
	va_start(parts, part);
	for (; part; part = va_arg(parts, const char *)) {
		if (complaint)
			add(&line, ": ");
		add(&line, part);
	}
	va_end(parts);
	if (complaint)
		add(&line, "\n");
	return put_line(fd, &line);
}

START_UP int say_bytes(int fd, const char *bytes, size_t length)
{
	struct line line = { .part = { { (void *)bytes, length } }, .parts = !!length };

	return put_line(fd, &line);
}

START_UP void complain_not_built_in(const char *what, const char *symbol)
{
	say(STDERR_FILENO, applet_name, ": ", what, ": not built in (", symbol, ")\n");
}

START_UP int say_status(int status)
{
	if (!stdout_error)
		return status;
	complain("stdout", error_text(stdout_error));
	return status ? status : EXIT_FAILED;
}

/* What daemons fail with; errno's numbers differ between CPUs, so none is an index. */
static const unsigned char common[] START_UP_DATA = {
	ENOENT, EACCES, EPERM, EEXIST, ENOTDIR, EISDIR, EINVAL, ENOEXEC, ELOOP,
	EROFS, ENOSPC, ENOMEM, EAGAIN, EMFILE, ENAMETOOLONG, E2BIG, EBUSY,
	EBADF, ENOSYS, EIO, ETXTBSY, ENXIO, ESRCH, EINTR, ENFILE, ENOLCK, EPIPE,
	ETIMEDOUT, ECANCELED, EFBIG, ENODEV,
	IF(DAEMONIZE_USER, NO_SUCH_USER, NO_SUCH_GROUP,)
};
static const char common_texts[] START_UP_DATA = "" IF(ERROR_TEXTS,
	"No such file or directory\0" "Permission denied\0"
	"Operation not permitted\0" "File exists\0" "Not a directory\0"
	"Is a directory\0" "Invalid argument\0" "Exec format error\0"
	"Too many levels of symbolic links\0" "Read-only file system\0"
	"No space left on device\0" "Out of memory\0"
	"Resource temporarily unavailable\0" "Too many open files\0"
	"File name too long\0" "Argument list too long\0"
	"Device or resource busy\0" "Bad file descriptor\0"
	"Function not implemented\0" "Input/output error\0"
	"Text file busy\0" "No such device or address\0" "No such process\0"
	"Interrupted system call\0" "Too many open files in system\0"
	"No locks available\0" "Broken pipe\0" "Timed out\0" "Canceled\0"
	"File too large\0" "No such device\0"
	IF(DAEMONIZE_USER, "no such user\0" "no such group"));

START_UP const char *error_text(int error)
{
	static char numbered[sizeof("error ") + NUMBER_TEXT];
	const char *text = common_texts;
	char buffer[NUMBER_TEXT];
	unsigned i;

	for (i = 0; CFG_ERROR_TEXTS && i < ELEMENTS(common); i++) {
		if (common[i] == error)
			return text;
		text += strlen(text) + 1;
	}
	stpcpy(stpcpy(numbered, "error "), number_text((unsigned)error, buffer));
	return numbered;
}
