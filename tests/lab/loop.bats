#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole loop on an emulated line with CAKE, against the same line left
# alone.  Runs inside the lab only: tests/lab/run bats tests/lab/loop.bats
# The figures go into the results as loop.gate and fixed.gate.

bats_require_minimum_version 1.5.0

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
# number of changes that the law asks for: 0.488, 0.493 and 0.502 in three runs.
@test "the four programs take 0.6 % of the processor or less" {
	[ "$(figure total_percent loop.gate cpu)" -le 600 ]
}

@test "and 8 MiB of memory or less" {
	[ "$(figure total loop.gate pss_kib)" -le 8192000 ]
}

@test "round trips alone control a line too" {
	"$LAB/loop" -s ping.method=echo echo
	show "echo" loop.echo
	[ "$(figure p95_ms loop.echo)" -le 100000 ]
	[ "$(figure down_util loop.echo)" -ge 700 ]
	[ "$(figure up_util loop.echo)" -ge 700 ]
	[ "$(figure lost loop.echo)" -le 2000 ]
}

# What it is told, and that what it does is measured.
@test "another controller can be in the loop; every kind of event is played" {
	cat >"$BATS_TEST_TMPDIR/events" <<-END
	0 limits down 2000 4000
	0 limits up 500 900
	0 fixed 3000 700
	0 capacity 5000 1200
	0 delay 20
	1 load down 1
	1 load down 1
	1 load up 1
	2 silent some
	3 silent all
	4 silent none
	5 gap 0.3
	6 unload down
	6 jitter 2
	6 loss 20
	6.5 flows 2
	7.5 loss 0
	8 capacity 4000 1000
	9 delay 30
	9.5 end
	END
	cat >"$BATS_TEST_TMPDIR/fixed" <<-'END'
	tc qdisc change dev $LAB_DOWN_DEVICE root cake \
	    bandwidth ${LAB_DOWN_MAX}kbit
	tc qdisc change dev $LAB_UP_DEVICE root cake bandwidth ${LAB_UP_MAX}kbit
	echo "$LAB_DOWN_MIN $LAB_UP_MIN $LAB_DOWN_FIXED $LAB_UP_FIXED"
	echo "$LAB_WAN_DEVICE $LAB_SCENARIO $LAB_SEED"
	fping -l -p 100 $LAB_REFLECTORS
	END
	"$LAB/loop" -k -w fping -C "sh $BATS_TEST_TMPDIR/fixed" \
	    "$BATS_TEST_TMPDIR/events"
	show "fixed" loop.events
	logs=/run/lab/out/loop.events.logs
	[ "$(head -n 2 $logs/records)" = "2000 500 3000 700
wan events 1" ]
	[ "$(figure total_percent loop.events cpu)" -gt 0 ]
	# The rates are the command's: 4000 of 5000, 900 of 1200.
	down=$(figure down_util loop.events) up=$(figure up_util loop.events)
	echo "down $down up $up, in thousandths"
	[ "$down" -gt 500 ] && [ "$down" -lt 900 ]
	[ "$up" -gt 500 ] && [ "$up" -lt 900 ]
	# Those of the gap, and a fifth of thirty; a full buffer may drop a few
	# when the capacity falls, which count.
	lost=$(($(figure lost loop.events) / 1000))
	echo "$lost probes lost"
	[ $lost -le 3 ]
	dead=$(($(figure dead loop.events) / 1000))
	echo "$dead probes not counted"
	[ $dead -ge 3 ] && [ $dead -le 25 ]
	[ "$(wc -l <$logs/silent)" = 3 ]
	[ "$(grep -c ' 0 0$' $logs/capacity)" = 1 ]
	[ "$(grep -c '^down' $logs/loads)" = 4 ]
	# A load that has ended is gone.
	read -r _ ended _ <<<"$(grep '^down .* off' $logs/loads)"
	[ "$(awk -v t="$ended" '$1 >= t + 15 && $1 <= t + 45 {
		if (!n++) first = $2
		last = $2
	} END { print n && last - first < 20000 }' $logs/bytes.down)" = 1 ]
	# All four answer, then two, then none.
	awk '
	$4 != "64" && $0 !~ / 64 bytes/ { next }
	{ n[$1]++ }
	END { exit !(n["198.51.100.1"] - n["198.51.100.4"] > 5) }' $logs/records
	rm -rf $logs
}

@test "a controller that ends fails the run" {
	printf '0 limits down 1 1\n0 limits up 1 1\n0 fixed 100 100\n' \
	    >"$BATS_TEST_TMPDIR/short"
	printf '0 capacity 1000 1000\n0 delay 5\n0 load down 1\n1 end\n' \
	    >>"$BATS_TEST_TMPDIR/short"
	run -1 "$LAB/loop" -C false "$BATS_TEST_TMPDIR/short"
	[[ $output == *"failed: the command ended"* ]]
}
