#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: alone
# The closed loop on this machine's own kernel: TCP fills the deep buffer of an
# emulated line, and wanctl shapes in front of it. What counts is a ping that
# knows nothing of wanctl, against the same line without control.

setup_file() {
	export TOP="$BATS_TEST_DIRNAME/.."
	export BIN="${BIN:-$TOP/build/bin}"
	export LINE="$TOP/scripts/emulated-line"
	line_works || return 0
	inside measure none 9 9 4 >"$BATS_FILE_TMPDIR/none"
}

setup() {
	line_works || skip "no network namespaces with HTB here: $(line_fault)"
}

line_fault() {
	"$LINE" run true 2>&1 </dev/null
}

line_works() {
	line_fault >/dev/null
}

# inside FUNCTION ...: runs a function of this file on such a line.
inside() {
	"$LINE" run bash -c ". '$LINE'; $(declare -f); \"\$@\"" bash "$@" \
	    </dev/null
}

# measure none|run|pass FAST SLOW SETTLE: a quiet second, then FAST seconds of
# load on a line of 20 and 5 Mbit/s, then SLOW seconds on one of 8 and 2.5.
# Prints a line of
#	p50, p95     delay in us, from 4 s of load on, while the line is fast
#	down, up     per cent of the line that was used then
#	slow_p50     delay from SETTLE s after the line became slow
#	slow_down, slow_up
#	recovered    how many seconds after that the delay was above 60 ms for
#	             the last time (the median of a second)
# A copy of all files stays in $RECORDING, if that is set.
measure() {
	local change=$((1 + $2)) end=$((1 + $2 + $3)) begun bytes
	mkdir /run/loop && cd /run/loop && mkdir etc state run || return 1
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	line_conf >etc/loop.conf
	"control_$1"
	line_probe probes
	begun=$(line_clock)
	line_sleep_until $((begun + 100))
	line_load 6 2 60 || return 1
	[ "$2" -eq 0 ] || line_sleep_until $((begun + 500))
	bytes=$(line_bytes)
	line_sleep_until $((begun + change * 100))
	bytes="$bytes $(line_bytes)"
	line_capacity 8000 2500
	line_sleep_until $((begun + (change + $4) * 100))
	bytes="$bytes $(line_bytes)"
	line_sleep_until $((begun + end * 100))
	bytes="$bytes $(line_bytes)"
	"${control_end:-:}" || return 1
	line_delays probes |
	    awk '{ print $1, $2 < 0 ? 4000000 : $2 }' >delays
	# shellcheck disable=SC2086
	judge $change $(($2 - 4)) "$4" $(($3 - $4)) $bytes
	[ -z "$RECORDING" ] || cp -r . "$RECORDING"
}

# judge CHANGE SECONDS SETTLE SECONDS BYTES ...: see measure
judge() {
	local change=$1 fast=$2 settle=$3 slow=$4 p50=- p95=- used='' second last
	shift 4
	if [ "$fast" -gt 0 ]; then
		read -r p50 p95 <<<"$(awk -v to="$change" \
		    '$1 >= 5 && $1 < to { print $2 }' delays |
		    line_quantiles 50 95)"
		used="down=$((($3 - $1) / 25000 / fast))"
		used="$used up=$((($4 - $2) / 6250 / fast)) "
	fi
	last=$change
	for second in $(awk -v c="$change" '$1 >= c { print $1 }' delays |
	    uniq); do
		[ "$(delay_from "$second" $((second + 1)))" -lt 60000 ] ||
			last=$((second + 1))
	done
	echo "p50=$p50 p95=$p95 $used"\
"slow_p50=$(delay_from $((change + settle)) 999)" \
	    "slow_down=$((($7 - $5) / 10000 / slow))" \
	    "slow_up=$((($8 - $6) / 3125 / slow))" \
	    "recovered=$((last - change))"
}

# delay_from SECOND SECOND: the median from the one to before the other.
delay_from() {
	awk -v from="$1" -v to="$2" '$1 >= from && $1 < to { print $2 }' \
	    delays | line_quantiles 50
}

control_none() {
	:
}

control_run() {
	ip netns exec router "$BIN/wanctl" run -r loop >records &
	wanctl=$!
	control_end=end_run
}

# It must still be there, and end well when asked to.
end_run() {
	kill -TERM "$wanctl" && wait "$wanctl"
}

control_pass() {
	while :; do
		ip netns exec router "$BIN/wanctl" pass loop || echo "$?" >>failed
		sleep 2
	done &
	control_end=end_pass
}

end_pass() {
	[ ! -e failed ] || { sort failed | uniq -c; return 1; }
}

# value KEY LINE
value() {
	tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"
}

@test "wanctl run: a fifth of the delay at most, most of the line used" {
	local without with
	without=$(cat "$BATS_FILE_TMPDIR/none")
	with=$(inside measure run 14 12 4)
	echo "# without: $without" >&3
	echo "# with:    $with" >&3
	[ "$(value p50 "$without")" -gt 150000 ]
	[ $((5 * $(value p50 "$with"))) -le "$(value p50 "$without")" ]
	[ $((5 * $(value p95 "$with"))) -le "$(value p95 "$without")" ]
	[ "$(value down "$with")" -ge 60 ]
	[ "$(value up "$with")" -ge 60 ]
	# The line became slower: within 6 s the delay is small again.
	[ "$(value recovered "$with")" -le 6 ]
	[ "$(value slow_p50 "$with")" -lt 60000 ]
	[ "$(value slow_down "$with")" -ge 60 ]
	[ "$(value slow_up "$with")" -ge 50 ]
}

@test "wanctl pass, every two seconds: a third of the delay at most" {
	local without with
	without=$(cat "$BATS_FILE_TMPDIR/none")
	with=$(inside measure pass 0 20 12)
	echo "# without: $without" >&3
	echo "# with:    $with" >&3
	[ "$(value slow_p50 "$without")" -gt 150000 ]
	[ $((3 * $(value slow_p50 "$with"))) -le "$(value slow_p50 "$without")" ]
	[ "$(value slow_down "$with")" -ge 50 ]
}

# probe_full_queue: probes through the router's own buffer while it overflows.
probe_full_queue() {
	line_class change router wan 600 &&
	tc -n router qdisc change dev wan parent 1:10 handle 10: bfifo \
	    limit 3000 || return 1
	ip netns exec lan fping -q -l -i 1 -p 1 -t 10 203.0.113.2 \
	    >/dev/null 2>&1 &
	sleep 0.3
	ip netns exec router "$BIN/wanctl-ping" -i 200ms -n 15 198.51.100.1 \
	    198.51.100.2 198.51.100.3 198.51.100.4
}

@test "wanctl-ping: what waits or is dropped in the own shaper is not the line" {
	run inside probe_full_queue
	[ "$status" -eq 0 ]
	[[ $output != *wanctl-ping* ]]
	echo "$output"
	[ "$(grep -c ' lost=1' <<<"$output")" -ge 10 ]
	[ "$(grep -c ' us=' <<<"$output")" -ge 10 ]
	# Some 40 ms in the shaper, and next to nothing on the line.
	awk '
		match($0, / us=[0-9]+/) {
			us = substr($0, RSTART + 4, RLENGTH - 4) + 0
			if (us > 5000 || !match($0, / queued_us=[0-9]+/))
				bad++
		}
		END { exit bad > 2 }' <<<"$output"
}

# What belongs to a line of this test carries this mark in its environment.
marked() {
	grep -lazs "^WANCTL_TEST_MARK=$1\$" /proc/[0-9]*/environ
}

# in_time SECONDS COMMAND ...: as soon as it succeeds.
in_time() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

unmarked() {
	! marked "$1"
}

# Names of namespaces, devices and files where a line could leave something.
surroundings() {
	ip netns list
	ip -o link show | sed 's/^[0-9]*: \([^:@]*\).*/\1/'
	ls -A /run "$BATS_TEST_TMPDIR/tmp"
	grep -c . /proc/self/mounts
}

# busy_line: a line with wanctl and everything else at work, as a killer finds
# it; tells so in $READY.
busy_line() {
	mkdir -p /run/loop/etc && cd /run/loop || return 1
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	line_conf >etc/loop.conf
	control_run
	line_probe probes
	line_load 6 2 60
	until [ -s records ]; do
		sleep 0.05
	done
	: >"$READY"
	sleep 60
}

@test "however the line ends, nothing of it is left" {
	local before signal child
	mkdir "$BATS_TEST_TMPDIR/tmp"
	export TMPDIR=$BATS_TEST_TMPDIR/tmp READY=$BATS_TEST_TMPDIR/ready
	before=$(surroundings)
	for signal in TERM HUP INT KILL; do
		export WANCTL_TEST_MARK=$$.$signal
		rm -f "$READY"
		# A shell's background processes ignore SIGINT, which would last.
		env --default-signal=INT "$LINE" run bash -c \
		    ". '$LINE'; $(declare -f); busy_line" \
		    </dev/null >/dev/null 2>&1 3>&- &
		child=$!
		in_time 10 test -e "$READY"
		[ "$(marked "$WANCTL_TEST_MARK" | wc -l)" -ge 12 ]
		kill -s $signal $child
		run wait $child
		[ "$status" -gt 128 ]
		in_time 3 unmarked "$WANCTL_TEST_MARK"
		unset WANCTL_TEST_MARK
		diff <(echo "$before") <(surroundings)
	done
}
