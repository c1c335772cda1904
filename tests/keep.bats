#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-keep: the black box of a line.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir etc run lib
	children=
	conf
}

teardown() {
	end_ours $children
}

# conf [LINE...]: lines are of [keep].
conf() {
	silent_line >etc/cable.conf
	printf '%s\n' '[keep]' "directory = $T/box" "$@" >>etc/cable.conf
}

# measured FROM TO [DELAYED_FROM]: what is measured from one second to another,
# ten probes a second; from a third one on it is much delayed under load.
measured() {
	awk -v from="$1" -v to="$2" -v bad="${3:-$2}" 'BEGIN {
		for (i = 10 * from; i < 10 * to; i++) {
			t = 1769000000 * 1000000 + i * 100000
			# A load for a minute of each three.
			full = int(i / 600) % 3 == 2 || i >= 10 * bad
			bytes += full ? 1200000 : 20000
			us = 18000 + i % 7 * 150 + (full ? i % 23 * 100 : 0)
			if (i >= 10 * bad)
				us += 300000
			if (i % 97 == 0)
				printf "rtt t=%.0f wan=cable host=192.0.2.%d seq=%d lost=1\n", t, i % 3, i
			else
				printf "rtt t=%.0f wan=cable host=192.0.2.%d seq=%d us=%d\n", t, i % 3, i, us
			for (d = 0; d < 2; d++)
				printf "queue t=%.0f wan=cable dir=%s bytes=%.0f\n",
				    t + 10, d ? "up" : "down", bytes / (d ? 6 : 1)
		}
	}'
}

# same FILE: what is decided on it now is what was decided then.
same() {
	wanctl replay cable "$1" | grep '^rate ' >anew
	grep '^rate ' "$1" >then
	[ -s then ]
	cmp anew then
}

@test "R117: the half hour before an alert is saved, and is decided on as it was" {
	measured 0 4200 4100 | wanctl-assess -ak -c etc/cable.conf >story
	wanctl-keep -c etc/cable.conf <story >copied 2>said
	cmp story copied
	grep -q "saved $T/box/cable-.*-hard_red_[du]l.rec" said
	[ "$(find box -name '*.rec' | wc -l)" -eq 1 ]
	file=$(echo box/*.rec)
	cmp etc/cable.conf "${file%.rec}.conf"
	[ "$(stat -c %a box "$file" "${file%.rec}.conf" | tr '\n' ' ')" = "700 600 600 " ]
	# It begins with what was known, from 30 to 32 minutes before the end.
	[[ $(head -n 1 "$file") == memory*part=1\ * ]]
	first=$(sed -n '1s/.* t=\([0-9]*\)000000 .*/\1/p' "$file")
	[ "$first" -ge $((1769000000 + 4200 - 1920)) ]
	[ "$first" -le $((1769000000 + 4200 - 1800)) ]
	[ "$(tail -n 1 "$file")" = "$(tail -n 1 story)" ]
	same "$file"
	[ "$(wc -l <then)" -gt 1000 ]
	# As the manual has it.
	wanctl-explain <"$file" >words
	grep -q 'cable down  red' words
	wanctl-summary "$file" >figures
	grep -q 'p95' figures
	sed 's/^ceiling = 100mbit/ceiling = 50mbit/' etc/cable.conf >trial.conf
	run --separate-stderr -0 wanctl replay -d trial.conf cable "$file"
	[[ $output == *"trial.conf"* ]]
	[ -z "$stderr" ]
	# Without what was known it would be decided otherwise.
	grep -v '^memory ' "$file" >forgotten.rec
	run same forgotten.rec
	[ "$status" -ne 0 ]
}

@test "R117: each cut of a recording is one that it may begin at" {
	measured 0 700 600 | wanctl-assess -ak -c etc/cable.conf >story
	for n in $(grep -n '^memory .* part=1 ' story | cut -d: -f1); do
		tail -n +"$n" story >from.rec
		same from.rec
	done
	[ "$(grep -c '^memory .* part=1 ' story)" -eq 12 ]
	# With the classic law, too.
	sed -i '1a [assess]\nlaw = classic' etc/cable.conf
	measured 0 700 600 | wanctl-assess -ak -c etc/cable.conf >story
	for n in $(grep -n '^memory .* part=1 ' story | cut -d: -f1); do
		tail -n +"$n" story >from.rec
		same from.rec
	done
}

@test "R117: a memory that is not whole is told; that of another configuration is within its bounds" {
	measured 0 20 | wanctl-assess -ak -c etc/cable.conf >story
	sed '/^memory .* part=2 /d' story >cut.rec
	run --separate-stderr -65 wanctl-assess -c etc/cable.conf <cut.rec
	[[ $stderr == *"bad record: memory: is not whole"* ]]
	[ "$(grep -c '^rate ' <<<"$output")" -gt 10 ]
	sed -i 's/^ceiling = 100mbit/ceiling = 50mbit/' etc/cable.conf
	measured 0 700 | wanctl-assess -ak -c etc/cable.conf >story
	tail -n +"$(grep -n '^memory .* part=1 ' story | tail -n 1 | cut -d: -f1)" story >high
	sed -i 's/^ceiling = 50mbit/ceiling = 20mbit/' etc/cable.conf
	run -0 wanctl-assess -c etc/cable.conf <high
	[[ ${lines[0]} == rate*\ bps=20000000\ * ]]
	# In the middle of a recording it is but copied.
	conf
	run -0 wanctl-assess -a -c etc/cable.conf < <(grep -v '^memory' story; grep '^memory' story)
	run -64 wanctl-assess -kp -c etc/cable.conf </dev/null
}

@test "R117: little memory makes a recording shorter, and that is told" {
	conf 'memory = 1'
	measured 0 1900 1850 | wanctl-assess -ak -c etc/cable.conf |
		wanctl-keep -c etc/cable.conf 2>said >/dev/null
	[ "$(grep -c '1 MiB of memory hold less than window' said)" -eq 1 ]
	[ "$(stat -c %s box/*.rec)" -le 1048576 ]
	same box/*.rec
}

@test "R117: old recordings go, and nothing else" {
	conf 'files = 2' 'window = 1min'
	mkdir box
	touch box/cable-20260101T000000Z-request.{rec,conf} box/cable-20260102T000000Z-blind.{rec,conf} \
	    box/dsl-20250101T000000Z-request.rec box/cable-notes.rec box/cable-2026.rec box/other
	measured 0 60 30 | wanctl-assess -ak -c etc/cable.conf | wanctl-keep -c etc/cable.conf >/dev/null
	[ "$(find box -name 'cable-2026????T*.rec' | wc -l)" -eq 2 ]
	[ "$(find box -name 'cable-2026????T*.conf' | wc -l)" -eq 2 ]
	[ ! -e box/cable-20260101T000000Z-request.rec ]
	[ -e box/cable-20260102T000000Z-blind.rec ]
	[ -e box/dsl-20250101T000000Z-request.rec ] && [ -e box/cable-notes.rec ]
	[ -e box/cable-2026.rec ] && [ -e box/other ]
	[ -z "$(find box -name '*.new')" ]
}

@test "R117: a directory that cannot be had costs the recording, and nothing else" {
	: >box
	measured 0 60 30 | wanctl-assess -ak -c etc/cable.conf >story
	run --separate-stderr -71 wanctl-keep -c etc/cable.conf <story
	[[ $stderr == *"$T/box/cable-"*"not saved: Not a directory"* ]]
	[ "$output" = "$(cat story)" ]
	run -0 wanctl-keep -d "$T/elsewhere" -c etc/cable.conf <story
	[ -n "$(ls elsewhere)" ]
	silent_line >etc/cable.conf
	run -78 wanctl-keep -c etc/cable.conf <story
	[[ $output == *"no directory in [keep]"* ]]
}

# saved N: there are that many recordings, whole ones.
saved() {
	[ "$(find box -name '*.rec' 2>/dev/null | wc -l)" -eq "$1" ]
}

@test "R117: a stream that runs is saved when asked, goes on without its keeper, and is decided on as it was" {
	sed -i 's/^hosts = .*/hosts = 127.0.0.1 127.0.0.2\ninterval = 200ms/' etc/cable.conf
	wanctl run -r cable >records 2>said &
	children=$!
	eventually matches 40 '^rate ' records
	kill -USR1 "$children"
	eventually saved 1
	same box/*.rec
	# It may go on for a while, and be asked again.
	eventually matches 200 '^rate ' records
	kill -HUP "$children"
	eventually grep -q 'goes on with the new' said
	eventually matches 400 '^rate ' records
	rm -r box
	kill -USR1 "$children"
	eventually saved 1
	same box/*.rec
	end=$(wc -l <records)
	kill "$children"
	wait "$children"
	[ "$(wc -l <records)" -ge "$end" ]
	run ! grep -v 'saved\|goes on\|would set' said
}

@test "R117: the stream goes on when its keeper dies" {
	sed -i 's/^hosts = .*/hosts = 127.0.0.1 127.0.0.2\ninterval = 200ms/' etc/cable.conf
	wanctl run cable 2>said &
	children=$!
	eventually test -s run/cable/applied -o -s run/cable/setrate
	keeper=$(pgrep -P "$children" -x wanctl-keep)
	kill -KILL "$keeper"
	eventually grep -q 'wanctl-keep ended with status 137' said
	before=$(stat -c %Y.%i run/cable/assess)
	renewed() { [ "$(stat -c %Y.%i run/cable/assess)" != "$before" ]; }
	eventually renewed
	kill -USR1 "$children"
	before=$(stat -c %Y.%i run/cable/assess)
	eventually renewed
	kill "$children"
	wait "$children"
}
