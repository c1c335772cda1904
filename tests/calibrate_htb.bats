#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Calibration with HTB of this kernel that is ended at any moment, as in
# tests/calibrate_ends.bats.

bats_require_minimum_version 1.5.0

setup() {
	load calibrate
	calibrate_setup
}

@test "R72: ended at 100 random moments, with HTB of this kernel" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	unshare -rn sh -c 'ip link add d0 type veth peer name u0 &&
	    tc qdisc add dev d0 root handle 1: htb default 10' 2>/dev/null ||
		skip "no HTB here"
	export -f end_at_random judge fake_line end_kernel kernel_shaper \
	    kernel_rates
	run unshare -rn --kill-child --pid --fork bash -c '
		for i in $(seq 100); do
			end_kernel htb $i &
		done
		wait'
	echo "$output"
	all_restored 100
}
