#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# There is a fuzz target for each parser; fuzzers.bats runs them.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
}

@test "R104: every parser of bytes from outside has a fuzz target with seeds" {
	for source in "$top"/tests/fuzz/*_fuzz.c; do
		name=$(basename "$source" _fuzz.c)
		echo "$name"
		[ -n "$(ls "$top/tests/fuzz/corpus/$name")" ]
		# It asks for more than not to crash.
		grep -q -e 'must(' -e 'abort()' -e '__builtin_trap' "$source"
	done
	for name in record messages number settings lines state routeros tc_text; do
		[ -f "$top/tests/fuzz/${name}_fuzz.c" ]
	done
}
