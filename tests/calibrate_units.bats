#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl calibrate beside the units of the line: they are stopped for it, and
# started again however it ends.

bats_require_minimum_version 1.5.0

load helpers

# The programs as they are, but a calibration and a systemctl that only say what
# they were asked to do.
setup() {
	local build=${BIN:-$BATS_TEST_DIRNAME/../build/bin}

	build=$(cd "$build" && pwd)
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir bin etc active
	for program in "$build"/*; do
		ln -s "$program" bin/
	done
	rm bin/wanctl bin/wanctl-calibrate
	cp "$build/wanctl" bin/
	cat >bin/systemctl <<-END
		#!/bin/sh
		echo "\$*" >>$PWD/log
		case \$* in
		"-q is-active "*) [ -e "$PWD/active/\$3" ] ;;
		"stop "*) rm -f "$PWD/active/\$2" ;;
		"start "*)
			shift
			for unit; do : >"$PWD/active/\$unit"; done
			;;
		esac
	END
	cat >bin/wanctl-calibrate <<-END
		#!/bin/sh
		echo "calibrate \$*: \$(ls $PWD/active)" >>$PWD/log
		[ ! -e $PWD/wait ] || exec sleep 60
		exit \$(cat $PWD/status)
	END
	chmod +x bin/*
	PATH=$PWD/bin:$PATH
	echo 0 >status
}

# What was done, without what was only asked.
did() {
	grep -v is-active log
}

@test "R70: a stream or a timer is stopped for a calibration, and started again" {
	: >active/wanctl-stream@home.service
	for args in '-w home -f' '-fw home' '-whome' '--wan home' '--wan=home'; do
		: >log
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 wanctl calibrate $args
		# shellcheck disable=SC2154
		[[ $stderr == *'home: stopped until the calibration is over: wanctl-stream@home.service'* ]]
		did | diff - <(printf '%s\n' 'stop wanctl-stream@home.service' \
		    "calibrate $args: " 'start wanctl-stream@home.service')
	done
	rm active/*
	: >active/wanctl@home.timer
	: >log
	echo 75 >status
	run -75 wanctl calibrate -w home
	did | diff - <(printf '%s\n' 'stop wanctl@home.timer' \
	    'stop wanctl@home.service' 'calibrate -w home: ' \
	    'start wanctl@home.timer')
	[ -e active/wanctl@home.timer ]
}

@test "R70: what does not run is not started after a calibration" {
	: >active/wanctl-stream@other.service
	run -0 wanctl calibrate -w home
	did | diff - <(echo 'calibrate -w home: wanctl-stream@other.service')
	: >log
	run -0 wanctl calibrate -c home.conf
	did | diff - <(echo 'calibrate -c home.conf: wanctl-stream@other.service')
}

@test "R70: a calibration that is interrupted leaves the line kept" {
	: >active/wanctl-stream@home.service
	: >wait
	# As Ctrl-C does: the whole group.
	setsid env --default-signal=INT wanctl calibrate -w home 3>&- &
	eventually grep -q calibrate log
	eventually pgrep -g $! sleep
	kill -INT -- -$!
	status=0
	wait $! || status=$?
	[ "$status" -eq 130 ]
	[ -e active/wanctl-stream@home.service ]
	did | tail -n 1 | grep -x 'start wanctl-stream@home.service'
}
