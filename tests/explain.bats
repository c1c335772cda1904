#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-explain: decisions in words.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# rate SECOND WORDS: a record of that second.
rate() {
	echo "rate t=$((1769000000 + $1))000000 wan=cable dir=down $2"
}

@test "R110: a rate in words, with what was measured; the day after leap days, too" {
	rate 1 'bps=476000000 was=560000000 state=red delta_us=91800 base_us=18100 load=97 evidence=rtt why=cut' |
		wanctl-explain >out
	cat out
	[ "$(cat out)" = '2026-01-21 12:53:21Z  cable down  red       476.0 Mbit/s, was 560.0 Mbit/s: red: multiplied by factor; delay 91.8 ms above 18.1 ms, 97 % used' ]
	for day in 1970-01-01 1999-12-31 2000-02-29 2000-03-01 2024-02-29 2026-12-31 2100-02-28 2100-03-01; do
		echo "rate t=$(date -u -d "$day 23:59:58" +%s)999999 dir=up bps=1 state=green" |
			wanctl-explain >out
		grep "^$day 23:59:58Z  " out
	done
}

@test "R110: a line for each change of state or reason, of each direction" {
	{
		rate 1 'bps=10000000 state=green why=grow'
		rate 2 'bps=11000000 was=10000000 state=green why=grow'
		rate 3 'bps=12000000 was=11000000 state=green why=grow' | sed s/down/up/
		rate 4 'bps=9000000 was=11000000 state=red why=capacity'
		rate 5 'bps=9000000 was=9000000 state=red why=drain'
		rate 6 'bps=9000000 was=9000000 state=red why=drain'
		rate 7 'bps=9000000 was=9000000 state=green why=drain'
	} | wanctl-explain >out
	cat out
	[ "$(cut -c 18-19 out | tr '\n' ' ')" = '21 23 24 25 27 ' ]
}

@test "R110: what the shaper has: a failure, its reason, and its end" {
	{
		echo 'applied t=1 dir=up bps=9000000 want=9000000 took_us=1300 ok=1 wrote=1'
		echo 'applied t=2 dir=up bps=8000000 want=8000000 took_us=1300 ok=1 wrote=1'
		echo 'applied t=3 dir=up want=7000000 took_us=1300 ok=0 wrote=0 why=timeout'
		echo 'applied t=4 dir=up want=7000000 took_us=1300 ok=0 wrote=0 why=timeout'
		echo 'applied t=5 dir=up want=7000000 took_us=1300 ok=0 wrote=0 why=refused'
		echo 'applied t=6 dir=up bps=7000000 want=7000000 took_us=1300 ok=1 wrote=1'
	} | wanctl-explain >out
	cat out
	[ "$(wc -l <out)" -eq 4 ]
	grep -q 'shaper    has 9.0 Mbit/s, set in 1.3 ms$' out
	grep -q 'shaper    FAILED: timeout; wanted 7.0 Mbit/s$' out
	grep -q 'shaper    FAILED: refused; wanted 7.0 Mbit/s$' out
	tail -n 1 out | grep -q 'has 7.0 Mbit/s'
}

# reasons PAGE: the words below "Reasons".
reasons() {
	awk '/^\.Ss Reasons/ { on = 1; next } on && /^\.S[sh] / { exit }
	on && /^\.It Cm / { gsub(/^\.It Cm | ,/, ""); print }' \
	    "$top/man/$1.8" | tr ' ' '\n'
}

@test "R110: each reason of the manuals has a sentence" {
	[ "$(reasons wanctl-assess | wc -l)" -gt 20 ]
	for why in $(reasons wanctl-assess); do
		rate 1 "bps=1000000 state=green why=$why" | wanctl-explain >out
		run ! grep -q "Mbit/s: $why\$" out
	done
	[ "$(reasons wanctl-steer | wc -l)" -gt 10 ]
	for why in $(reasons wanctl-steer); do
		echo "steer t=1 wan=a to=b on=0 confidence=0 dry_run=1 state=green alternate=good why=$why" |
			wanctl-explain >out
		run ! grep -q "home *$why;" out
	done
	# One that is not known is shown as it is.
	rate 1 'bps=1000000 state=green why=unheard_of' | wanctl-explain |
		grep 'Mbit/s: unheard_of$'
}

@test "R110: other records are left out, bad ones are named; without a decision it ends with 1" {
	run -1 wanctl-explain </dev/null
	echo 'rtt t=1 host=192.0.2.1 seq=1 us=17' >rtt
	run -1 wanctl-explain <rtt
	[ -z "$output" ]
	{
		cat rtt
		rate 1 'bps=x state=green'
		rate 2 'bps=1000000 state=green'
	} >story
	run -65 wanctl-explain <story
	[[ ${lines[0]} == *"standard input:2: bad record: bps: "* ]]
	[[ ${lines[1]} == *"  cable down  green     1.0 Mbit/s: "* ]]
	[ "${#lines[@]}" -eq 2 ]
	run -64 wanctl-explain story
	run -71 sh -c 'wanctl-explain <story >/dev/full'
}

@test "R110: more lines than it keeps in mind are told all the same" {
	for i in $(seq 100); do
		rate 1 'bps=1000000 state=green why=grow' | sed "s/cable/line$i/"
		rate 2 'bps=1000000 state=green why=grow' | sed "s/cable/line$i/"
	done | wanctl-explain >out
	[ "$(grep -c line1\  out)" -eq 1 ]
	[ "$(grep -c line100\  out)" -eq 2 ]
}
