#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-router while each answer is cut off at each byte.

bats_require_minimum_version 1.5.0

load router

@test "R34: an answer that is cut off at any byte is none, and nothing is lost" {
	"$BATS_TEST_DIRNAME/routeros/cuts" "$ROS" 1 rest.conf ssh.conf >out 2>&1 || {
		tail -n 30 out
		false
	}
	sed 's/^/# /' out >&3
}
