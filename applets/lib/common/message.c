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
	line->parts++;
}

void START_UP say_parts(int fd, const char *part, ...)
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
	sys(writev, fd, line.part, line.parts);
}

/* What daemons fail with; errno's numbers differ between CPUs, so none is an index. */
static const unsigned char common[] = {
	ENOENT, EACCES, EPERM, EEXIST, ENOTDIR, EISDIR, EINVAL, ENOEXEC, ELOOP,
	EROFS, ENOSPC, ENOMEM, EAGAIN, EMFILE, ENAMETOOLONG, E2BIG, EBUSY,
	EBADF, ENOSYS, EIO, ETXTBSY, ENXIO, ESRCH,
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
	"Text file busy\0" "No such device or address\0" "No such process");

const char *error_text(int error)
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
