#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole loop on an emulated line with CAKE, against the same line left
# alone.  Runs inside the lab only: tests/lab/run bats tests/lab/loop.bats
# The figures go into the results as loop.gate and fixed.gate.

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
}

# figure KEY FILE [LINE]: a value of a key=value line, in thousandths.
figure() {
	grep "^${3:-score}" "/run/lab/out/$2" | tr ' ' '\n' |
	    sed -n "s/^$1=//p" | awk '{ printf "%d\n", $1 * 1000 }'
}

show() {
	sed "s/^/# $1: /" "/run/lab/out/$2" >&3
}

@test "left alone, the line is bloated (or the lab proves nothing)" {
	"$LAB/loop" -n gate
	show "without" fixed.gate
	[ "$(figure p95_ms fixed.gate)" -gt 500000 ]
}

@test "wanctl runs, keeps running, and leaves nothing behind" {
	"$LAB/loop" gate
	show "with" loop.gate
}

@test "added delay is a fifth or less, at the 95th percentile" {
	with=$(figure p95_ms loop.gate) without=$(figure p95_ms fixed.gate)
	echo "$with of $without us"
	[ $((with * 5)) -le "$without" ]
}

@test "and the line is used" {
	down=$(figure down_util loop.gate) up=$(figure up_util loop.gate)
	echo "down $down up $up, in thousandths"
	[ "$down" -ge 600 ]
	[ "$up" -ge 600 ]
}

# Half of it is the kernel's work in changing CAKE's rate, so it moves with the
# number of changes that the law asks for.
@test "the four programs take 0.5 % of the processor or less" {
	[ "$(figure total_percent loop.gate cpu)" -le 500 ]
}

@test "and 8 MiB of memory or less" {
	[ "$(figure total loop.gate pss_kib)" -le 8192000 ]
}
