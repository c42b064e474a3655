// SPDX-License-Identifier: 0BSD
/*
 * Linked into a program with sanitizers: what they are told, whatever the environment
 * is. What they find goes to files REPORT.PID, since most processes have no stderr.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:disable_coredump=0:exitcode=99:log_path=" REPORT;
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:exitcode=99:log_path=" REPORT;
}
