#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The wall clock of the machine is set, by minutes, hours and years, while
# programs run and between them.  Runs inside the lab only: tests/lab/run bats
# tests/lab/clock.bats

bats_require_minimum_version 1.5.0

load ../clock

steps=(120 -120 10800 -10800 600000000 -600000000)

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
	PATH=${BIN:-$LAB/../../build/bin}:$PATH
	[ -d /run/lab/bin ] && PATH=/run/lab/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || exit 1
	export WANCTL_CONFIG_DIR=. WANCTL_STATE_DIR=./state WANCTL_RUNTIME_DIR=./run
	line here there
	line there here
	children=
}

teardown() {
	# shellcheck disable=SC2086 # several
	[ -z "${children:-}" ] || kill $children 2>/dev/null || :
	wait
}

# set_by SECONDS: from what it is.
set_by() {
	date -s "@$(($(date +%s) + $1))" >/dev/null
}

# The shell's own seconds are those of the clock that is set.
within_a_minute() {
	local i

	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	echo "waited in vain for: $*"
	return 1
}

# more N PATTERN FILE: it has that many more such lines than at the last mark.
mark() {
	marked=$(grep -c "$1" "$2")
}

more() {
	[ "$(grep -c "$2" "$3")" -ge $((marked + $1)) ]
}

# well LINE: status says so, of each direction, and of now.
well() {
	wanctl status "$1" >status_of
	grep -v ' to ' status_of | grep -c ' [0-5] s  ok$' | grep -qx 2
}

@test "date -s: passes go on" {
	wanctl pass here
	was=$(sed -n '1s/.* t=\([0-9]*\) .*/\1/p' run/here/rate)
	for step in "${steps[@]}"; do
		set_by "$step"
		wanctl pass here
		cat run/here/rate
		[ "$(grep -c '^applied .* ok=1' run/here/applied)" -eq 2 ]
		well here
		now=$(sed -n '1s/.* t=\([0-9]*\) .*/\1/p' run/here/rate)
		[ "$now" -gt "$was" ]
		[ "$now" -lt $((was + 60000000)) ]
		was=$now
	done
}

@test "date -s: streams, steering and status go on" {
	wanctl run -r there >there.out 2>there.err &
	children=$!
	marked=0
	within_a_minute more 4 '^applied ' there.out
	# One that knows the clock as it was, and two that do not.
	set_by 7200
	wanctl run -r here >here.out 2>here.err &
	children="$children $!"
	wanctl steer -n here >steer.out 2>steer.err &
	children="$children $!"
	within_a_minute more 4 '^steer ' steer.out
	settled=$(wc -l <steer.out)
	for step in "${steps[@]}"; do
		set_by "$step"
		for line in here there; do
			mark '^rate ' $line.out
			within_a_minute more 6 '^rate ' $line.out
			well $line
		done
		mark '^steer ' steer.out
		within_a_minute more 2 '^steer ' steer.out
	done
	cat steer.out
	[ "$(sed "1,${settled}d" steer.out | grep -c -e no_data -e silent)" -eq 0 ]
}
