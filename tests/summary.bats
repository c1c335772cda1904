#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-summary, and replays side by side.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir etc run lib tmp
	export TMPDIR=$T/tmp
}

# conf NAME CEILING
conf() {
	silent_line "$2" 4mbit >"$1"
}

# recording: a minute of a line whose download is full, with a delay now and then.
recording() {
	awk 'BEGIN {
		for (i = 0; i < 1200; i++) {
			t = 1769000000000000 + i * 50000
			us = 18000 + (i % 7) * 100 + (i % 300 > 250 ? 60000 : 0)
			printf "rtt t=%.0f wan=cable host=192.0.2.%d seq=%d us=%d\n", t, i % 3 + 1, i, us
			printf "queue t=%.0f wan=cable dir=down bytes=%.0f\n", t + 1, i * 50000
			printf "queue t=%.0f wan=cable dir=up bytes=%.0f\n", t + 2, i * 1000
		}
	}'
}

@test "R110: usage, and what cannot be read" {
	run -64 wanctl-summary -x
	run -71 wanctl-summary nowhere
	[[ $output == *nowhere* ]]
	run -1 wanctl-summary </dev/null
	[[ $output == *"no rate records"* ]]
	run -64 wanctl-summary 1 2 3 4 5 6 7 8 9
	printf 'rate t=1 dir=up bps=5 state=green\nrate t=x\n' >bad
	run -65 wanctl summary bad
	[[ $output == *"bad:2: bad record: t:"* ]]
	run -1 wanctl-summary -w dsl bad
}

@test "R110: a recording of two lines is of one of them" {
	for i in 1 2 3; do
		echo "rate t=${i}000000 wan=cable dir=up bps=5000 state=green"
		echo "rate t=${i}000000 wan=dsl dir=up bps=5000 state=red"
		echo "rate t=${i}000001 wan=dsl dir=up bps=5000 state=red"
	done >both
	run wanctl-summary both
	[ "$(awk '$1 == "decisions" { print $3 }' <<<"$output")" -eq 3 ]
	run wanctl-summary -w dsl <both
	[ "$(awk '$1 == "decisions" { print $3 }' <<<"$output")" -eq 6 ]
	[[ $output == *"time red"*"100.0 %"* ]]
}

@test "R110: a recording under two configurations, side by side" {
	conf etc/cable.conf 20mbit
	conf trial.conf 10mbit
	recording >monday
	wanctl replay cable monday >decided
	run wanctl replay -d trial.conf cable monday
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *cable.conf*trial.conf* ]]
	rate() { # COLUMN
		awk -v c="$1" '/^rate, loaded/ { print $c }' <<<"$output"
	}
	# Each is what its configuration alone gives.
	[ "$(rate 3)" = "$(wanctl-summary decided | awk '/^rate, loaded/ { print $3 }')" ]
	sed 's/ wan=[^ ]*//' monday | wanctl-assess -c trial.conf >other
	[ "$(rate 6)" = "$(wanctl-summary other | awk '/^rate, loaded/ { print $3 }')" ]
	[ "$(awk -v a="$(rate 3)" -v b="$(rate 6)" 'BEGIN { print (a > b) }')" -eq 1 ]
	# Nothing is left, and what cannot be is said.
	[ -z "$(ls tmp)" ]
	run -64 wanctl replay -d trial.conf cable
	run -71 wanctl replay -d nowhere.conf cable monday
	echo nonsense >>trial.conf
	run -78 wanctl replay -d trial.conf cable monday
}
