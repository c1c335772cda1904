#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: real-time
# Calibration on an emulated line that iperf3 fills.

bats_require_minimum_version 1.5.0

setup() {
	load calibrate
	calibrate_setup
	LINE=$TOP/scripts/emulated-line
}

@test "R70 R71 R72: an emulated line: best rates, a file, a plot, and as before" {
	need_ping
	"$LINE" run true </dev/null 2>fault ||
		skip "no network namespaces with HTB: $(cat fault)"
	command -v iperf3 >/dev/null || skip "no iperf3"
	cat >line.sh <<-'END'
		. "$TOP/scripts/emulated-line"
		{ line_conf && printf '\n# Of the house, not of the tool.\n'; } \
		    >"$WANCTL_CONFIG_DIR/x.conf"
		for port in 5201 5202; do
			ip netns exec srv iperf3 -s -p $port >/dev/null 2>&1 &
		done
		line_wait_port 5201 && line_wait_port 5202 || exit 1
		line_class change router lan 33333
		line_class change router wan 7777
		load='ip netns exec lan iperf3 -c 203.0.113.2 -P 4 -t 7 -J -C reno'
		ip netns exec router wanctl-calibrate -r -w x --force -g plot.svg -t 150s \
		    -D "$load -p 5201 -R" -U "$load -p 5202" >records
		status=$?
		line_shaped lan >shaped
		line_shaped wan >>shaped
		exit $status
	END
	run "$LINE" run sh ./line.sh
	echo "$output"
	cat records
	[ "$status" -eq 0 ]
	[ "$(xargs <shaped)" = "33333 7777" ]
	[ ! -e state/x.calibrate ]
	grep -E '^calibrated ' records | sed 's/^/# /' >&3
	# Of 20 and 5 Mbit/s.
	down=$(sed -n 's/^calibrated .*dir=down bps=\([0-9]*\) .*/\1/p' records)
	up=$(sed -n 's/^calibrated .*dir=up bps=\([0-9]*\) .*/\1/p' records)
	[ "$down" -gt 18000000 ] && [ "$down" -lt 21000000 ]
	[ "$up" -gt 4500000 ] && [ "$up" -lt 5250000 ]
	[ "$(grep -c '^raw .*grade=[A-F]' records)" -eq 2 ]
	wanctl-conf check etc/x.conf
	[ -e etc/x.conf.old ]
	grep -qx "# Of the house, not of the tool." etc/x.conf
	grep -q '^# the highest rate that kept the added delay under 10 ms' etc/x.conf
	! command -v gnuplot >/dev/null || grep -q '<svg' plot.svg
}

@test "R70: an emulated line that changes: its rates, and a file" {
	need_ping
	"$LINE" run true </dev/null 2>fault ||
		skip "no network namespaces with HTB: $(cat fault)"
	command -v iperf3 >/dev/null || skip "no iperf3"
	cat >line.sh <<-'END'
		. "$TOP/scripts/emulated-line"
		line_conf >"$WANCTL_CONFIG_DIR/x.conf"
		for port in 5201 5202; do
			ip netns exec srv iperf3 -s -p $port >/dev/null 2>&1 &
		done
		line_wait_port 5201 && line_wait_port 5202 || exit 1
		line_class change router lan 33333
		line_class change router wan 7777
		while :; do
			line_capacity 20000 5000
			sleep 0.7
			line_capacity 8000 2000
			sleep 0.7
		done &
		load='ip netns exec lan iperf3 -c 203.0.113.2 -P 4 -t 7 -J -C reno'
		ip netns exec router wanctl-calibrate -r -w x --force -u -t 120s \
		    -D "$load -p 5201 -R" -U "$load -p 5202" >records
		status=$?
		line_shaped lan >shaped
		line_shaped wan >>shaped
		exit $status
	END
	run "$LINE" run sh ./line.sh
	echo "$output"
	cat records
	[ "$status" -eq 0 ]
	[ "$(xargs <shaped)" = "33333 7777" ]
	grep -E '^held ' records | sed 's/^/# /' >&3
	# Between the rates that it has.
	for expected in 'down 99 6500 9500' 'down 5 17000 23000' \
	    'up 99 1500 2400' 'up 5 4200 5900'; do
		# shellcheck disable=SC2086
		set -- $expected
		kbit=$(sed -n "s/^held .*dir=$1 percent=$2 bps=\([0-9]*\)... .*/\1/p" records)
		echo "$expected: $kbit"
		[ "$kbit" -ge "$3" ] && [ "$kbit" -le "$4" ]
	done
	wanctl-conf check etc/x.conf
	[ "$(grep -c '^# it carried this or more for 99% of the time' etc/x.conf)" -eq 2 ]
}
