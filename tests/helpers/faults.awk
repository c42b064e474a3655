# SPDX-License-Identifier: 0BSD
# The sum of what faults.t has run, a line each of a job or of a part of one.
{
	n += $1; errors += $2; refusals += $3; kills += $4
	$1 = $2 = $3 = $4 = ""
	jobs += !seen[$0]++
}
END { print "# " n " runs of " jobs " jobs" all ": " errors " errors, " refusals " refusals, " kills " kills" }
