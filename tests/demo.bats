#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: real-time
# scripts/demo and the emulated line, as somebody meets them.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	export TOP="$BATS_TEST_DIRNAME/.."
	export BIN="${BIN:-$TOP/build/bin}"
	DEMO="$TOP/scripts/demo" LINE="$TOP/scripts/emulated-line"
}

need_line() {
	"$LINE" run true </dev/null 2>"$BATS_TEST_TMPDIR/fault" ||
		skip "no network namespaces with HTB: $(cat "$BATS_TEST_TMPDIR/fault")"
}

marked() {
	grep -lazs "^WANCTL_TEST_MARK=$1\$" /proc/[0-9]*/environ
}

# grep fails when a process has just gone, too.
unmarked() {
	[ -z "$(marked "$1")" ]
}

@test "demo: what it cannot do, it says" {
	for arguments in "-t 7" "-t 0" "-t 1e3" "-t -5" "-t 99999"; do
		# shellcheck disable=SC2086
		run "$DEMO" $arguments
		[ "$status" -eq 64 ]
		[[ $output == *"${arguments#-t }"* ]]
	done
	run "$DEMO" -x
	[ "$status" -eq 64 ]
	[[ $output == *"usage: demo"* ]]
	run "$DEMO" surplus
	[ "$status" -eq 64 ]
	BIN=/nowhere run "$DEMO"
	[ "$status" -eq 71 ]
	[[ $output == *"/nowhere/wanctl is missing; run 'make' first"* ]]
	run "$DEMO" -o /proc/nowhere
	[ "$status" -eq 71 ]
}

@test "emulated-line: what it cannot do, it says" {
	for arguments in "" "run" "-d 0 run true" "-u x run true" \
	    "-b 1.5 run true" "conf" "capacity 1 2" "dance"; do
		# shellcheck disable=SC2086
		run "$LINE" $arguments
		[ "$status" -eq 64 ]
		[ -n "$output" ]
	done
	need_line
	run "$LINE" run sh -c "'$LINE' capacity 5000; exit \$?"
	[ "$status" -eq 64 ]
}

@test "emulated-line: the status and the streams are those of the command" {
	need_line
	run "$LINE" run sh -c 'exit 42'
	[ "$status" -eq 42 ]
	run -127 "$LINE" run no-such-command
	[ "$(echo text | "$LINE" run cat)" = text ]
	[ "$("$LINE" run printf '%s,' 'a b' '' '*')" = 'a b,,*,' ]
}

@test "emulated-line: its rates and buffers are as ordered" {
	need_line
	run "$LINE" -d 9000 -u 3000 -b 200 run sh -c "
		ip netns exec lan ping -c 1 -q 198.51.100.6 >/dev/null || exit 9
		tc -n isp -s qdisc show dev customer
		tc -n isp class show dev core
		'$LINE' capacity 4000 1000
		tc -n isp class show dev customer
		tc -n isp class show dev core
		'$LINE' conf >/run/line.conf && '$BIN/wanctl-conf' check /run/line.conf"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"bfifo"*"limit 225000b"*"rate 3Mbit"*"rate 4Mbit"*"rate 1Mbit"* ]]
}

@test "emulated-line: no root is needed where users have namespaces" {
	need_line
	[ "$(id -u)" -eq 0 ] || skip "this is not root already"
	user="setpriv --reuid 65534 --regid 65534 --clear-groups"
	$user unshare --user --map-root-user --net true 2>/dev/null ||
		skip "users have no namespaces here"
	# Where that user can read it.
	copy=$(mktemp -d)
	cp "$LINE" "$copy" && chmod 755 "$copy" "$copy/emulated-line"
	# shellcheck disable=SC2086
	run $user "$copy/emulated-line" run sh -c '
		ip netns exec lan ping -c 1 -q 198.51.100.1 >/dev/null &&
		tc -n router class show dev wan'
	rm -r "$copy"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "demo: a table and a plot of 80 columns, plain where there is no terminal" {
	need_line
	run "$DEMO" -t 8 -o "$BATS_TEST_TMPDIR/kept"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"added delay, half are below"*"times less"* ]]
	[[ $output == *"wanctl lowered the delay"* ]]
	[[ $output != *$'\033'* ]]
	[[ $output != *$'\r'* ]]
	[ "$(wc -L <<<"$output")" -le 80 ]
	grep -q '^rtt ' "$BATS_TEST_TMPDIR/kept/records"
	grep -q '^rate ' "$BATS_TEST_TMPDIR/kept/records"
	grep -q '^applied ' "$BATS_TEST_TMPDIR/kept/records"
	[ ! -s "$BATS_TEST_TMPDIR/kept/messages" ]
}

@test "demo: when wanctl does nothing, it says so" {
	need_line
	mkdir "$BATS_TEST_TMPDIR/bin"
	for program in "$BIN"/wanctl*; do
		cp "$program" "$BATS_TEST_TMPDIR/bin"
	done
	printf '#!/bin/sh\necho broken >&2\nexit 71\n' \
	    >"$BATS_TEST_TMPDIR/bin/wanctl-setrate"
	BIN="$BATS_TEST_TMPDIR/bin" run "$DEMO" -t 8
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"wanctl ended before its time, with status 71"* ]]
	[[ $output == *broken*"wanctl-setrate ended with status 71"* ]]
}

@test "demo: Ctrl-C ends it at once, and nothing is left" {
	need_line
	command -v script >/dev/null || skip "script(1) is not here"
	export WANCTL_TEST_MARK=$$.demo
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	before=$(surroundings "$TMPDIR")
	: >"$BATS_TEST_TMPDIR/screen"
	{
		eventually grep -q 'without wanctl  *4/' \
		    "$BATS_TEST_TMPDIR/screen"
		printf '\003'
		# A terminal that stays open until nobody uses it.
		eventually unmarked "$WANCTL_TEST_MARK"
	} | TERM=xterm script -qefc "'$DEMO' -t 20" "$BATS_TEST_TMPDIR/screen" \
	    >/dev/null || status=$?
	[ "$status" -eq 130 ]
	# It was alive until then: one line that is written again and again.
	grep -q $'\r''without wanctl' "$BATS_TEST_TMPDIR/screen"
	eventually unmarked "$WANCTL_TEST_MARK"
	unset WANCTL_TEST_MARK
	eventually nothing_new "$before" "$TMPDIR"
}
