#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-plot: pictures of recordings.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export TMPDIR=$T/tmp
	mkdir tmp
}

# recording NAME: two minutes of a line, with a load and a delay in the second.
recording() {
	awk -v wan="$1" 'BEGIN {
		for (i = 0; i < 600; i++) {
			t = 1769000000000000 + i * 200000
			load = i < 300 ? 5 : 90
			sum += load
			us = 18000 + (i % 7) * 100 + (i > 400 && i < 450 ? 40000 : 0)
			state = us > 50000 ? "red" : "green"
			printf "rtt t=%.0f wan=%s host=192.0.2.%d seq=%d us=%d\n", t, wan, i % 3 + 1, i, us + i % 3 * 5000
			for (d = 0; d < 2; d++) {
				dir = d ? "up" : "down"
				printf "queue t=%.0f wan=%s dir=%s bytes=%.0f line_bytes=%.0f\n", t + 1, wan, dir, sum * 2500, sum * 2700
				printf "rate t=%.0f wan=%s dir=%s bps=%.0f state=%s delta_us=%d load=%d\n", t + 2, wan, dir, 9000000 + i * 1000, state, us - 18000, load
			}
		}
	}'
}

need_gnuplot() {
	command -v gnuplot >/dev/null || skip "no gnuplot"
}

@test "R110: usage, and what cannot be drawn" {
	need_gnuplot
	recording cable >monday
	run -64 wanctl-plot
	run -64 wanctl-plot monday
	run -64 wanctl-plot a b c d.png
	run -64 wanctl-plot monday out.gif
	run -64 wanctl-plot monday "o'ut.png"
	run -64 wanctl-plot -t 5 monday out.png
	run -64 wanctl-plot -t a,b monday out.png
	run -71 wanctl-plot nowhere out.png
	[[ $output == *"nowhere: cannot be read"* ]]
	run -1 wanctl-plot -w dsl monday out.png
	run -71 wanctl-plot monday nowhere/out.png
	run -0 wanctl-plot -h
	run env PATH=/nowhere /bin/sh "$(command -v wanctl-plot)" monday out.png
	[ "$status" -ne 0 ]
	[ ! -e out.png ]
	# Nothing is left of any of them.
	[ -z "$(ls tmp)" ]
}

@test "R110: a picture has all series, each reflector, states and thresholds" {
	need_gnuplot
	recording cable >monday
	silent_line >cable.conf
	wanctl plot -c cable.conf monday out.svg
	for text in 'down, Mbit/s' 'up, Mbit/s' 'added delay, ms' arrived rate red \
	    192.0.2.1 192.0.2.2 192.0.2.3 idle loaded yellow; do
		grep -qF ">$text<" out.svg || {
			echo "no $text"
			false
		}
	done
	wanctl plot monday out.png
	[ "$(head -c 8 out.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
	[ "$(wc -c <out.png)" -gt 10000 ]
	[ -z "$(ls tmp)" ]
}

@test "R110: a part of it, two over each other, one of two lines" {
	need_gnuplot
	recording cable >monday
	recording dsl >tuesday
	wanctl plot -t 60,90 monday part.svg
	grep -qE '> *60<' part.svg
	grep -qE '> *90<' part.svg
	run ! grep -qE '> *120<' part.svg
	wanctl plot monday tuesday both.svg
	for text in 'rate 1' 'rate 2' 'loaded 1' 'loaded 2' '192.0.2.1 2'; do
		grep -qF ">$text<" both.svg
	done
	cat tuesday >>monday
	wanctl plot -w dsl monday dsl.svg
	wanctl plot tuesday tuesday.svg
	cmp dsl.svg tuesday.svg
	# One without probes, loads and counters still has its rates.
	grep '^rate' tuesday | sed 's/ load=.*//' >poor
	wanctl plot poor poor.svg
	grep -qF '>rate<' poor.svg
}
