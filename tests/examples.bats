#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The configurations that are given as examples.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
}

@test "R73 R95: an example for each kind of line, taken as it is" {
	for kind in fiber cable dsl lte starlink; do
		file=$top/scripts/examples/$kind.conf
		echo "$file"
		wanctl-conf check "$file"
		# Annotated, with a shaper for each direction.
		[ "$(grep -c '^#' "$file")" -ge 15 ]
		[ "$(grep -c '^#	tc qdisc replace' "$file")" -eq 2 ]
		for dir in download upload; do
			wanctl-conf get "$file" "$dir.device"
		done
	done
}

@test "R73: every example in the directory is taken" {
	for file in "$top"/scripts/examples/*.conf; do
		echo "$file"
		wanctl-conf check "$file"
	done
}
