#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: limit 300
# The fuzz targets for a short time each, if they were built (make fuzz).

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	build=${BIN:-$top/build/bin}
	build=${build%/bin}
}

@test "R104: every parser of bytes from outside has a fuzz target with seeds" {
	for source in "$top"/tests/fuzz/*_fuzz.c; do
		name=$(basename "$source" _fuzz.c)
		echo "$name"
		[ -n "$(ls "$top/tests/fuzz/corpus/$name")" ]
		# It asks for more than not to crash.
		grep -q -e 'must(' -e 'abort()' -e '__builtin_trap' "$source"
	done
	for name in record messages number settings lines state; do
		[ -f "$top/tests/fuzz/${name}_fuzz.c" ]
	done
}

@test "R104: every fuzz target holds for some seconds" {
	for source in "$top"/tests/fuzz/*_fuzz.c; do
		[ -x "$build/tests/fuzz/$(basename "$source" .c)" ] ||
			skip "not built: make fuzz"
	done
	O=$build run "$top/tests/fuzz/run" 3
	echo "$output"
	[ "$status" -eq 0 ]
	printf '# %s\n' "${lines[@]}" >&3
}
