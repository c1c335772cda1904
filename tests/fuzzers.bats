#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzz targets for a short time each.

bats_require_minimum_version 1.5.0

@test "R104: every fuzz target holds for some seconds" {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	O=${O:-$top/build}/fuzzing run "$top/tests/fuzz/run" 5
	printf '# %s\n' "${lines[@]}" >&3
	# The last words of what failed.
	sed -n 's/.*FAILED, see //p' <<<"$output" | xargs -r tail -n 30
	[ "$status" -eq 0 ]
}
