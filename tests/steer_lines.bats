#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-steer between two real lines, which are made of network namespaces.
# tests/run: real-time

bats_require_minimum_version 1.5.0

@test "R50: with two lines, marked traffic and not the whole house moves when the first is congested, and comes back" {
	cd "$BATS_TEST_TMPDIR" || exit 1
	unshare -n true 2>/dev/null || skip "no network namespaces here"
	unshare -n nft add table inet t || skip "no nftables here"
	export BIN="${BIN:-$BATS_TEST_DIRNAME/../build/bin}"
	timeout 250 "$BATS_TEST_DIRNAME/../scripts/emulated-line" run \
		bash "$BATS_TEST_DIRNAME/steer.bash" two_lines >story 2>&1 3>&- ||
		{ cat story; false; }
	cat story
	grep -qx returned story
	grep -q ' DIVERTED ' story
	grep -q ' RETURNED ' story
	grep -q 'FAILED: missing' story
}
