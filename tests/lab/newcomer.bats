#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The first ten minutes, as README's quick start has them.  Runs inside the lab
# only: tests/lab/run bats tests/lab/newcomer.bats

bats_require_minimum_version 1.5.0

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
}

@test "R96 R70: README's quick start, to the letter, takes less than ten minutes" {
	run "$BATS_TEST_DIRNAME/newcomer"
	echo "$output"
	tail -n 200 /run/lab/out/newcomer.log
	[ "$status" -eq 0 ]
	grep '^\(step\|score\|total\)' <<<"$output" | sed 's/^/# /' >&3
	# Each step of the quick start was made.
	[ "$(grep -c '^step .* status=0$' <<<"$output")" -eq 5 ]
}
