#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A direction with managed = no goes through all programs: measured, reported,
# never set. On a router: tests/router.bats; a calibration:
# tests/calibrate_load.bats; the law: tests/unit/assess.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$top/scripts:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir etc
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	cat >shape <<-END
		#!/bin/sh
		echo "\$*" >>"$PWD/calls"
		case \$1 in
		get) cat "$PWD/rate" ;;
		set) echo "\$3" >"$PWD/rate" ;;
		esac
	END
	chmod +x shape
	echo 33000000 >rate
	conf
}

# conf [LINE...]: etc/x.conf; lines of [download].
conf() {
	cat >etc/x.conf <<-END
		schema = 1
		[wan]
		device = lo
		[ping]
		hosts = 127.0.0.1
		interval = 200ms
		[shaper]
		backend = command
		command = $PWD/shape
		timeout = 10s
		[pass]
		interval = 1min
		[upload]
		ceiling = 10mbit
		floor = 1mbit
		[download]
		managed = no
	END
	for line; do
		echo "$line" >>etc/x.conf
	done
}

# probes FROM TO US: two a second and counters: 1 Mbit/s each way.
probes() {
	awk -v from="$1" -v to="$2" -v us="$3" 'BEGIN {
		for (n = from; n < to; n++) {
			t = 1769000000000000 + n * 100000
			printf "queue t=%.0f wan=x dir=up bytes=%d backlog=0\n", t, n * 12500
			printf "queue t=%.0f wan=x dir=down bytes=%d\n", t, n * 125000
			printf "rtt t=%.0f wan=x host=192.0.2.1 seq=%d us=%d\n", t + 1000, n, us
		}
	}'
}

@test "R112: passes measure it, report it, and set the other direction" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	wanctl pass x
	wanctl pass x
	cat calls
	[ "$(grep -c ' up' calls)" -ge 2 ]
	run ! grep ' down' calls
	grep '^rate' run/x/rate
	grep -q '^rate .* dir=down state=[a-z]* .*why=unmanaged' run/x/rate
	run ! grep 'dir=down.* bps=' run/x/rate run/x/applied
	run wanctl status x
	echo "$output"
	grep -Eq '^x +down +[a-z]+ +- +- .*  ok: unmanaged$' <<<"$output"
}

@test "R112: its state, its delay and its load are told, in a blackout too" {
	{
		probes 0 20 10000
		probes 20 60 120000
		for n in $(seq 60 200); do
			echo "rtt t=$((1769000000000000 + n * 100000)) wan=x host=192.0.2.1 seq=$n lost=1"
		done
	} | wanctl-assess -c etc/x.conf >out
	grep 'dir=down' out >down
	# The most that has passed, 10 Mbit/s, is what it carries.
	grep -q 'state=green delta_us=[-0-9]* .* load=100 .*why=unmanaged$' down
	grep -q 'state=red delta_us=1[01][0-9]* .*why=unmanaged$' down
	grep -q 'state=blackout .*why=unmanaged$' down
	run ! grep ' bps=\| was=' down
	[ "$(grep -vc 'why=unmanaged$' down)" -eq 0 ]
	# A sentence for people.
	wanctl-explain <out >told
	grep -q 'x down  red .*its rate is not set; delay 1' told || {
		grep 'x down' told
		false
	}
}

@test "R112: with a ceiling the load is a share of that, and the state keeps none" {
	conf 'ceiling = 40mbit'
	probes 0 60 10000 | wanctl-assess -c etc/x.conf -s state.x >out
	grep -q 'dir=down .*load=25 ' out
	run ! grep 'direction dir=down' state.x
	conf
	probes 60 90 10000 | wanctl-assess -c etc/x.conf -s state.x >out
	grep -q '^direction dir=down bps=10[0-9]*$' state.x
	# Managed again, it begins with its base.
	sed -i 's/^managed = no/ceiling = 40mbit\nfloor = 4mbit/' etc/x.conf
	rm state.x*
	probes 90 100 10000 | wanctl-assess -c etc/x.conf -s state.x >out
	grep -q 'dir=down bps=2[4-9][0-9]*.* was=24000000' out
}

@test "R112: nothing is asked of it but what is wrong, and it can be shown and read" {
	run -0 wanctl-conf check etc/x.conf
	wanctl-conf show etc/x.conf >shown.conf
	grep -A3 '^\[download\]' shown.conf
	run -0 wanctl-conf check shown.conf
	conf 'floor = fast'
	run -78 wanctl-conf check etc/x.conf
	[[ "$output" == *"floor"* ]]
	sed -i 's/^managed = no/managed = maybe/' etc/x.conf
	run -78 wanctl-conf check etc/x.conf
	echo "$output"
	[[ "$output" == *"managed"* ]]
	# CAKE needs a device, but not for this one.
	conf
	sed -i -e 's/^backend = .*/backend = cake/' -e '/^command/d' etc/x.conf
	run -78 wanctl-conf check etc/x.conf
	echo "$output"
	[[ "$output" == *"[upload] device"* ]]
	[[ "$output" != *download* ]]
	sed -i 's/^\[upload\]/&\ndevice = lo/' etc/x.conf
	run -0 wanctl-conf check etc/x.conf
	wanctl-queue -c etc/x.conf -n 1 >out 2>err || true
	cat out err
	grep -q '^queue .* dir=down source=device ' out
}

@test "R112: its congestion diverts traffic to another line" {
	printf '[steer]\nto = y\nsevere_delta = 80ms\nmargin = 0s\nbase_min = 1ms\n' >>etc/x.conf
	for n in $(seq 12); do
		t=$((1769000000000000 + n * 500000))
		echo "rate t=$t wan=y dir=down bps=9000000 state=green delta_us=0 base_us=10000"
		echo "rate t=$t wan=x dir=up bps=9000000 state=green delta_us=0 base_us=10000"
		echo "rate t=$t wan=x dir=down state=red delta_us=95000 base_us=10000 why=unmanaged"
	done | wanctl-steer -c etc/x.conf >out
	cat out
	grep -q '^steer .* on=1 .*why=severe' out
}

@test "R112: setup takes none for a device, a queue or a rate" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	rm etc/x.conf
	set -- wanctl-setup -y -n s -t dsl -m none -r 127.0.0.1
	run "$@" -b print -D none -U 9mbit
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wanctl-conf get etc/s.conf download.managed)" = no ]
	[ "$(wanctl-conf get etc/s.conf upload.ceiling)" = 9mbit ]
	# It stays so, and is changed by another answer.
	run -0 "$@"
	[ "$(wanctl-conf get etc/s.conf download.managed)" = no ]
	run -0 "$@" -b cake -d lo -u none -D 30mbit
	cat etc/s.conf
	[ "$(wanctl-conf get etc/s.conf download.managed)" = yes ]
	[ "$(wanctl-conf get etc/s.conf download.device)" = lo ]
	[ "$(wanctl-conf get etc/s.conf upload.managed)" = no ]
	run -0 "$@"
	run wanctl-conf get etc/s.conf upload.device
	[ "$output" = "" ]
}
