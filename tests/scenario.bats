#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's scenarios and its arithmetic, which need no kernel.

bats_require_minimum_version 1.5.0

setup() {
	lab=$BATS_TEST_DIRNAME/lab
	logs=$BATS_TEST_TMPDIR
}

@test "every scenario of the lab can be played, with any seed" {
	for file in "$lab"/scenarios/*; do
		name=${file##*/}
		case $name in *.1) continue ;; esac
		for seed in 1 2 3 999999; do
			events=$("$lab/scenario" "$name" $seed)
			echo "$name $seed: $events"
			[[ $events == *$'\n0 limits up '* ]]
			[[ $events == *'load down'* ]]
			[ "$(echo "$events" | cut -d ' ' -f 1 | sort -n)" = \
			    "$(echo "$events" | cut -d ' ' -f 1)" ]
			[[ ${events##*$'\n'} == *' end' ]]
		done
	done
}

@test "a seed replays; another is another" {
	for name in walk step starlink jitter; do
		first=$("$lab/scenario" $name 2)
		[ "$("$lab/scenario" $name 2)" = "$first" ]
		[ "$("$lab/scenario" $name 3)" != "$first" ]
	done
}

# What is compared with others' figures.
@test "seed 1 of a scenario stays as it was" {
	while read -r name sum; do
		echo "$name"
		[ "$("$lab/scenario" $name | cksum)" = "$sum" ]
	done <<-END
	step $(printf '%s\n' '0 limits down 4000 20000' \
	    '0 limits up 1000 5000' '0 fixed 18000 4500' \
	    '0 capacity 20000 5000' '0 delay 20' '500 load down 4' \
	    '1500 load up 1' '2500 capacity 8000 2000' \
	    '5500 capacity 20000 5000' '8500 end' | cksum)
	END
	[ "$("$lab/scenario" walk | grep -c capacity)" = 70 ]
	[ "$("$lab/scenario" walk | sed -n 's/^6900 //p')" = \
	    'capacity 11774 3458' ]
	[ "$("$lab/scenario" jitter | grep -c jitter)" = 1 ]
}

@test "a walk keeps its range and moves" {
	"$lab/scenario" walk 7 | awk '$2 == "capacity" && $1 > 0 {
		n++
		if ($3 < 4000 || $3 > 20000 || $4 < 1000 || $4 > 5000)
			bad = 1
		seen[$3] = 1
	}
	END {
		for (i in seen)
			different++
		exit bad || n < 60 || different < 30
	}'
}

@test "mistakes in a scenario are named" {
	for line in '5 lead down 4' 'x load down 4' '5 each 3 capacity 1 2' \
	    '5 capacity 3000' '5 each 0 until 9 delay 3'; do
		printf '0 delay 20\n%s\n' "$line" >"$BATS_TEST_TMPDIR/bad"
		run -64 "$lab/scenario" "$BATS_TEST_TMPDIR/bad"
		[[ $output == *bad:2:* ]]
	done
	run -64 "$lab/scenario" nosuch
	[[ $output == *nosuch* ]]
	run -64 "$lab/scenario" step 0
	[[ $output == *'seed 0'* ]]
	run -64 "$lab/scenario" step x
}

# line: logs of 40 s of a line of 8 Mbit/s (a million bytes a second), half of
# it from 10 s to 20 s; loaded down from 0 on, and up not at all. A probe takes
# 20 ms, of which 20 are the path's.
line() {
	cd "$logs" || return
	echo 1000.00 0 >epoch
	printf '%s\n' '0 8000 1000' '1000 4000 1000' '2000 8000 1000' >capacity
	echo 0 20 >delay
	: >loss
	echo down 0 >loads
	: >bytes.up
	awk 'BEGIN {
		for (i = 0; i <= 400; i++) {
			print i * 10, b
			# Full, but for three seconds after the rise.
			b += i < 100 ? 100000 : i < 230 ? 50000 : 100000
		}
	}' >bytes.down
	probes 0 0 0
}

# probes FROM TO DELAY: 40 s of them; those sent in between take longer, or
# with "-" for ever.
probes() {
	awk -v from="$1" -v to="$2" -v delay="$3" 'BEGIN {
		for (i = 0; i < 800; i++) {
			t = i * 0.05
			ms = 20
			if (t >= from && t < to) {
				if (delay == "-")
					continue
				ms += delay
			}
			printf "[%.5f] 10.77.2.2 : [%d], 64 bytes, %.1f ms (x)\n", 1000 + t + ms / 1000, i, ms
		}
	}' >"$logs/probes"
}

score() {
	(cd "$logs" && awk -v from=0 -v to=4000 -f "$lab/score.awk" epoch \
	    capacity delay loss loads bytes.down bytes.up probes) |
	    tr ' ' '\n' >"$logs/score"
	cat "$logs/score"
}

is() {
	[ "$(sed -n "s/^$1=//p" "$logs/score")" = "$2" ]
}

@test "score: use, delay, time to come back" {
	line
	score
	is up_util -
	# 31.5 of 33 million bytes, from the third second on.
	is down_util 0.955
	is p99_ms 0.0
	is lost 0
	# The first second with 0.9 begins a fifth of one early.
	is regain_s 2.80
	is calm_s 0.00
}

@test "score: delay after a fall, until a second without" {
	line
	probes 10.5 13 80
	score
	is calm_s 2.95
	is over30 0.063
	is p50_ms 0.0
	is p95_ms 80.0
}

@test "score: a lost probe is the worst of delays" {
	line
	probes 10.5 13 -
	score
	is lost 50
	is probes 799
	is p95_ms 4000.0
	is calm_s 2.95
}

@test "score: what a dead line or a path that loses ate is not counted" {
	line
	printf '%s\n' '0 8000 1000' '3000 0 0' '3200 8000 1000' >capacity
	probes 30 32 -
	score
	is lost 0
	is dead 40
	is p99_ms 0.0
	line
	printf '%s\n' '0 0' '3000 5' '3200 0' >loss
	probes 30 32 -
	score
	is dead 40
	is lost 0
}

@test "score: what ends the run unanswered is lost" {
	line
	probes 35 40 -
	score
	is lost 80
}

@test "score: load that ends is not waited for" {
	line
	printf '%s\n' 'down 0' 'down 500 off' 'down 3000' >loads
	score
	is down_util 1.000
	is regain_s -
}
