#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Two hours of a line that flaps, in virtual time: how often a router's flash
# memory is written.

bats_require_minimum_version 1.5.0

load router

@test "R32: two hours of flapping: writes within the limit, and no lower rate waits" {
	if nm "$(command -v wanctl-router)" | grep -q -e __asan_ -e __ubsan_; then
		skip "an instrumented build"
	fi
	${CC:-cc} -shared -fPIC -O2 -o clock.so "$BATS_TEST_DIRNAME/routeros/clock.c"
	export WANCTL_RUNTIME_DIR=$PWD
	for t in rest ssh; do
		sed -i 's/^backend = router/&\ndeadband = 3%/' $t.conf
		rm -f flap.state*
		ros reset
		timeout 140 "$BATS_TEST_DIRNAME/routeros/flap" "$ROS" \
		    "$PWD/clock.so" $t.conf 7200 >out 2>&1 || {
			cat out
			false
		}
		sed "s/^/# $t: /" out >&3
	done
}
