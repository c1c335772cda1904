#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: real-time
# The closed loop on this machine's own kernel: TCP fills the deep buffer of an
# emulated line, and wanctl shapes in front of it. What counts is a ping that
# knows nothing of wanctl, against the same line without control.

load helpers

setup_file() {
	export TOP="$BATS_TEST_DIRNAME/.."
	export BIN="${BIN:-$TOP/build/bin}"
	export LINE="$TOP/scripts/emulated-line"
	line_works || return 0
	inside measure none 8 8 4 >"$BATS_FILE_TMPDIR/none"
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

# inside FUNCTION ...: runs a function of loop.bash on such a line.
inside() {
	"$LINE" run bash "$TOP/tests/loop.bash" "$@" </dev/null
}

# value KEY LINE
value() {
	tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"
}

@test "wanctl run: a fifth of the delay at most, most of the line used" {
	local without with
	without=$(cat "$BATS_FILE_TMPDIR/none")
	with=$(inside measure run 12 11 4)
	echo "# without: $without" >&3
	echo "# with:    $with" >&3
	[ "$(value p50 "$without")" -gt 150000 ]
	[ $((5 * $(value p50 "$with"))) -le "$(value p50 "$without")" ]
	[ $((5 * $(value p95 "$with"))) -le "$(value p95 "$without")" ]
	[ "$(value down "$with")" -ge 60 ]
	[ "$(value up "$with")" -ge 60 ]
	# The line became slower: in most seconds the delay is small again,
	# and in none without.
	[ "$(value late "$without")" -ge 6 ]
	[ "$(value late "$with")" -le 5 ]
	[ "$(value slow_p50 "$with")" -lt 60000 ]
	[ "$(value slow_down "$with")" -ge 60 ]
	[ "$(value slow_up "$with")" -ge 50 ]
}

@test "wanctl pass, every two seconds: a third of the delay at most" {
	local without with
	without=$(cat "$BATS_FILE_TMPDIR/none")
	with=$(inside measure pass 0 11 4)
	echo "# without: $without" >&3
	echo "# with:    $with" >&3
	[ "$(value slow_p50 "$without")" -gt 150000 ]
	[ $((3 * $(value slow_p50 "$with"))) -le "$(value slow_p50 "$without")" ]
	[ "$(value slow_down "$with")" -ge 50 ]
}

@test "wanctl-ping: what waits or is dropped in the own shaper is not the line" {
	run inside probe_full_queue
	[ "$status" -eq 0 ]
	[[ $output != *wanctl-ping* ]]
	echo "$output"
	[ "$(grep -c ' lost=1' <<<"$output")" -ge 4 ]
	[ "$(grep -c ' us=' <<<"$output")" -ge 4 ]
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

# grep fails when a process has just gone, too.
unmarked() {
	[ -z "$(marked "$1")" ]
}

@test "however the line ends, nothing of it is left" {
	local before signal child
	mkdir "$BATS_TEST_TMPDIR/tmp"
	export TMPDIR=$BATS_TEST_TMPDIR/tmp READY=$BATS_TEST_TMPDIR/ready
	before=$(surroundings "$TMPDIR")
	for signal in TERM HUP INT KILL; do
		export WANCTL_TEST_MARK=$$.$signal
		rm -f "$READY"
		# A shell's background processes ignore SIGINT, which would last.
		env --default-signal=INT "$LINE" run bash \
		    "$TOP/tests/loop.bash" busy_line \
		    </dev/null >/dev/null 2>&1 3>&- &
		child=$!
		eventually test -e "$READY"
		[ "$(marked "$WANCTL_TEST_MARK" | wc -l)" -ge 12 ]
		kill -s $signal $child
		status=0
		wait $child || status=$?
		[ "$status" -gt 128 ]
		eventually unmarked "$WANCTL_TEST_MARK"
		unset WANCTL_TEST_MARK
		# The kernel removes some of it later.
		eventually nothing_new "$before" "$TMPDIR"
	done
}
