#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Configurations of the Python predecessor.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	seeds=$top/tests/fuzz/corpus/yamlist
}

@test "R101: usage of wanctl-import" {
	run -64 wanctl-import
	[[ "$output" == usage:* ]]
	run -64 wanctl-import -i never x
	run -78 wanctl-import missing.yaml
	echo 'a: [1, 2' >bad.yaml
	run -78 wanctl-import bad.yaml
	[[ "$output" == "wanctl-import: bad.yaml:"* ]]
	run -0 wanctl-import -h
}

@test "R83: a wan file of the first release, and of a later one" {
	for name in wan-1.0 wan-later; do
		run -0 --separate-stderr wanctl-import -o "$name.conf" \
		    "$seeds/$name"
		wanctl-conf check "$name.conf"
		echo "$stderr"
		# Every key has its line in the report.
		[[ "$stderr" == *"lock_timeout"* ]]
		[[ "$stderr" != *hidden* ]]
	done
	[ "$(wanctl-conf get wan-1.0.conf download.ceiling)" = 940mbit ]
	[ "$(wanctl-conf get wan-1.0.conf assess.load_time)" = 8963ms ]
	[ "$(wanctl-conf get wan-1.0.conf baseline.rise_time)" = 98997ms ]
	[ "$(wanctl-conf get wan-1.0.conf upload.yellow)" = 15ms ]
	[ "$(wanctl-conf get wan-later.conf assess.load_time)" = 100ms ]
	[ "$(wanctl-conf get wan-later.conf shaper.backend)" = cake ]
	[ "$(wanctl-conf get wan-later.conf download.device)" = ens17 ]
}

@test "R83: with the steering file" {
	run -0 --separate-stderr wanctl-import -o x.conf \
	    "$seeds/wan-later" "$seeds/steering"
	wanctl-conf check x.conf
	[ "$(wanctl-conf get x.conf wan.name)" = spectrum ]
	[ "$(wanctl-conf get x.conf steer.to)" = att ]
	[ "$(wanctl-conf get x.conf steer.smooth)" = 1402ms ]
}

@test "R83: a file that is there is not replaced" {
	echo mine >x.conf
	run -64 wanctl-import -o x.conf "$seeds/wan-later"
	[ "$(cat x.conf)" = mine ]
}

@test "R83: what is missing is said, with status 1" {
	echo 'wan_name: x' >x.yaml
	run -1 wanctl-import x.yaml
	echo "$output"
	[[ "$output" == *"to be put right: "*ceiling*"must be given"* ]]
}

@test "R83: aliases, depth and size are refused" {
	echo '{a: &a [1], b: *a}' >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *alias* ]]
	echo '[[[[[[[[[[1]]]]]]]]]]' >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *deep* ]]
	for i in $(seq 600); do echo "k$i: 1"; done >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *"too many"* ]]
}
