#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Calibration from the command line; on a line: tests/calibrate_line.bats.

bats_require_minimum_version 1.5.0

setup() {
	load calibrate
	calibrate_setup
}

# A shaper that is two files, and a load that says what it had.
make_command() {
	cat >shape <<-END
		#!/bin/sh
		case \$1 in
		get) cat "$PWD/rate.\$2" ;;
		set) echo "\$3" >"$PWD/rate.\$2.\$\$" &&
			mv "$PWD/rate.\$2.\$\$" "$PWD/rate.\$2" ;;
		esac
	END
	cat >load <<-END
		#!/bin/sh
		sleep 6.2
		rate=\$(cat "$PWD/rate.\$1")
		[ "\$rate" -lt "\$2" ] || rate=\$2
		echo "\$rate"
	END
	chmod +x shape load
	echo 33000000 >rate.down
	echo 7000000 >rate.up
	cat >etc/x.conf <<-END
		schema = 1
		[ping]
		hosts = 127.0.0.1
		[shaper]
		backend = command
		command = $PWD/shape
		timeout = 10s
		[pass]
		interval = 1min
		[download]
		ceiling = 50mbit
		floor = 10mbit
		floor_yellow = 30mbit
		[upload]
		ceiling = 10mbit
		floor = 1mbit
	END
}

@test "R101: usage of wanctl-calibrate" {
	run -64 wanctl-calibrate
	[[ "$output" == usage:* ]]
	run -64 wanctl-calibrate -c x -w y
	run -64 wanctl-calibrate -w ../x
	[[ "$output" == *"not a name"* ]]
	for wrong in '-b many' '-p cable2' '-T 2s' '-t 1s' '-W 40s' '-s a:b' '-k x' \
	    '-k download.ceiling=fast' '-k no.such=1'; do
		# shellcheck disable=SC2086
		run -64 wanctl-calibrate -w x $wrong
		echo "$wrong: $output"
		[[ "$output" == wanctl-calibrate:* ]]
	done
	run -78 wanctl-calibrate -c missing
	run -0 wanctl-calibrate -h
	run -0 wanctl-calibrate -V
}

@test "R70: a configuration may be a link, or a pipe" {
	need_ping
	make_command
	ln -s x.conf etc/y.conf
	run -0 wanctl-calibrate -n -w y -D "$PWD/load down 20000000" \
	    -U "$PWD/load up 4000000" -b 1kb
	echo "$output"
	[[ "$output" == *"# Written by wanctl-calibrate on "* ]]
	# Or come by a pipe.
	run -0 wanctl-calibrate -n -c <(cat etc/x.conf) \
	    -D "$PWD/load down 20000000" -U "$PWD/load up 4000000" -b 1kb
	echo "$output"
	[[ "$output" == *$'\n[shaper]\nbackend = command\n'* ]]
}

@test "R70: a configuration is not replaced without --force" {
	make_command
	cp etc/x.conf before
	run -64 wanctl-calibrate -w x
	echo "$output"
	[[ "$output" == *"x.conf exists: --force"* ]]
	cmp before etc/x.conf
	[ "$(ls etc)" = x.conf ]
}

@test "R74: without a load, the idle line and a preset" {
	need_ping
	run -0 wanctl-calibrate -r -w new -k ping.hosts=127.0.0.1 \
	    -k shaper.backend=print
	echo "$output"
	[[ "$output" == *"idle t="*" host=127.0.0.1 min_us="*" lost=0 "* ]]
	[[ "$output" == *"preset t="*" name=fiber "* ]]
	[ ! -e etc/new.conf ]
}

@test "R74: without the right to set rates it measures only" {
	need_ping
	make_command
	sed -i 's/^set)/set) exit 1;; never)/' shape
	run -0 wanctl-calibrate -w x -n -D "$PWD/load down 20000000" \
	    -U "$PWD/load up 4000000"
	echo "$output"
	[[ "$output" == *"measuring only"* ]]
	[[ "$output" == *"No configuration"* ]]
	[ "$(cat rate.down)" = 33000000 ]
}

@test "R71: on a terminal, one line shows what is done, how fast and how long" {
	command -v script >/dev/null || skip "no script(1)"
	fake_line "$PWD/l" 20000000 4000000
	printf '#!/bin/sh\necho 0\n' >l/rate
	chmod +x l/rate
	PATH="$PWD/l/bin:$PATH"
	script -q -e -c "stty cols 60; wanctl-calibrate -m -w x \
	    -k ping.hosts=192.0.2.1 -k shaper.backend=print \
	    -D '$PWD/l/bin/load down'" typescript >/dev/null </dev/null
	tr '\r' '\n' <typescript >lines
	cat -v lines
	grep -q "^idle line, 22[0-9] s left at most" lines
	grep -q "^raw down: load without a shaper: +100 ms, 2[0-9]* s left" lines
	# What changes is never wider than the terminal, where it would not.
	[ "$(grep 'left at' lines | sed 's/.\[K.*//' | wc -L)" -le 59 ]
	grep -q "^before  down      20.00      100.0 " lines
}

@test "R70: without data for a check, the rate is called unproven" {
	need_ping
	make_command
	run -0 wanctl-calibrate -r -w x -n -b 1kb \
	    -D "$PWD/load down 20000000" -U "$PWD/load up 4000000"
	echo "$output"
	[ "$(grep -c "^calibrated .* check=none " <<<"$output")" -eq 2 ]
	[[ "$output" == *"Unproven down: 1"*"; it could not be checked"* ]]
	[ "$(grep -c "^# UNPROVEN: it could not be checked" <<<"$output")" -eq 2 ]
	# One probe each way, at a rate that is far from sure.
	[ "$(grep -c "^probe " <<<"$output")" -eq 2 ]
	confidence=$(sed -n 's/^calibrated .*confidence=\([0-9]*\) .*/\1/p' \
	    <<<"$output" | head -n 1)
	[ "$confidence" -lt 50 ]
}

@test "R71: a load that fails is told in its own words" {
	need_ping
	make_command
	printf '#!/bin/sh\necho "no such server" >&2\nexit 1\n' >load
	run -75 wanctl-calibrate -w x -n -D "$PWD/load" -U "$PWD/load"
	echo "$output"
	[[ "$output" == *"load down: no such server"* ]]
	[ "$(cat rate.down rate.up | xargs)" = "33000000 7000000" ]
}

@test "R70: -k gives what a file would, and what is missing is named" {
	run -78 wanctl-calibrate -w x -n -k shaper.backend=cake \
	    -k ping.hosts=127.0.0.1
	echo "$output"
	[[ "$output" == *"[download] device"*"(-k gives keys)"* ]]
}
