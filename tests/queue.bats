#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-queue: options, counters of HTB and of devices, what is missing.
# CAKE is in tests/lab.
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	ns=
	cat >plain.conf <<-'END'
		schema = 1
		[wan]
		name = x
		device = lo
		[queue]
		interval = 100ms
		[shaper]
		backend = print
		[download]
		ceiling = 100mbit
		floor = 1mbit
		[upload]
		ceiling = 100mbit
		floor = 1mbit
	END
}

teardown() {
	exec 7>&-
	# What a failed test leaves would keep bats waiting.
	# shellcheck disable=SC2046 # several
	set -- $(jobs -p)
	end_ours "$@"
	end_ours -CONT "$@"
	[ -z "$ns" ] || ip netns delete "$ns"
}

# line: a namespace with two devices, wan0 and down0, and a configuration for
# HTB on both. What is sent to 10.1.0.2 leaves by wan0, to 10.2.0.2 by down0.
line() {
	ns=wanctl-$$-queue
	ip netns add "$ns" 2>/dev/null || { ns=; skip "no network namespaces"; }
	ip -n "$ns" link set lo up
	ip -n "$ns" link add wan0 type veth peer name far0
	ip -n "$ns" link add down0 type veth peer name inside0
	for device in far0 inside0 wan0 down0; do
		ip netns exec "$ns" sysctl -q -w \
		    "net.ipv6.conf.$device.disable_ipv6=1"
		ip -n "$ns" link set "$device" up
	done
	ip -n "$ns" address add 10.1.0.1/24 dev wan0
	ip -n "$ns" address add 10.2.0.1/24 dev down0
	for net in 1:wan0 2:down0; do
		ip -n "$ns" neighbour add "10.${net%:*}.0.2" \
		    lladdr 02:00:00:00:00:02 dev "${net#*:}"
	done
	sed -e '/device = lo/s/lo/wan0/' -e 's/print/htb/' plain.conf >htb.conf
	sed -i -e '/download/a device = down0\nclass = 1:10' \
	    -e '/upload/a device = wan0\nclass = 1:a' htb.conf
}

# shape DEVICE CLASS RATE
shape() {
	here tc qdisc add dev "$1" root handle 1: htb default "${2#*:}" ||
		skip "this kernel has no HTB"
	here tc class add dev "$1" parent 1: classid "$2" htb rate "$3"
	here tc qdisc add dev "$1" parent "$2" pfifo limit 20
}

here() {
	ip netns exec "$ns" "$@"
}

# send COUNT ADDRESS: so many packets of 1000 bytes and 42 of headers.
send() {
	# shellcheck disable=SC2016 # for the shell inside
	here bash -c 'for ((i = 0; i < $1; i++)); do
		printf "%1000s" x >/dev/udp/$2/9; done' - "$@"
}

# field KEY: the values of a key in the lines of stdin.
field() {
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"
}

# lines_in FILE COUNT: it has so many, or more.
lines_in() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

@test "R101: usage of wanctl-queue" {
	run wanctl-queue
	[ "$status" -eq 64 ]
	[[ "$output" == "usage: wanctl-queue "* ]]
	for wrong in -x '-c' '-c plain.conf operand' '-c plain.conf -n 0' \
	    '-c plain.conf -n x' '-c plain.conf -n 99999999999' \
	    '-c plain.conf -i 49ms' '-c plain.conf -i 61s' \
	    '-c plain.conf -i -1' '-c plain.conf -i'; do
		# shellcheck disable=SC2086
		run wanctl-queue $wrong
		echo "$wrong: $status $output"
		[ "$status" -eq 64 ]
		[ -n "$output" ]
	done
	run wanctl-queue -c plain.conf -i 49ms
	[ "$output" = "wanctl-queue: -i 49ms: number out of range (50ms to 1min)" ] ||
		[[ "$output" == "wanctl-queue: -i 49ms: "*"(50ms to 1min)" ]]
	run wanctl-queue -h
	[ "$status" -eq 0 ]
	[[ "$output" == "usage: "* ]]
	run wanctl-queue -V
	[ "$status" -eq 0 ]
	[[ "$output" == "wanctl-queue "* ]]
}

@test "a bad configuration is refused with its line, and one without a device" {
	echo 'speed = 1' >>plain.conf
	run wanctl-queue -c plain.conf -n 1
	[ "$status" -eq 78 ]
	[[ "$output" == *"plain.conf:15: [upload] speed: unknown key"* ]]
	run wanctl-queue -c absent.conf -n 1
	[ "$status" -eq 78 ]
	[[ "$output" == *"absent.conf: No such file"* ]]
	sed -i -e '/speed/d' -e '/device/d' plain.conf
	run wanctl-queue -c plain.conf -n 1
	[ "$status" -eq 78 ]
	[[ "$output" == *"plain.conf: no device to read counters of"* ]]
	# Unless that is no fault.
	run -0 timeout 60 wanctl-queue -Q -c plain.conf -n 3
	[ -z "$output" ]
	wanctl-queue -Q -c plain.conf >out 2>err &
	pid=$!
	eventually sleeps "$pid"
	kill $pid
	wait $pid
	[ ! -s out ] && [ ! -s err ]
	sed -i 's/^\[upload\]/&\ndevice = lo/' plain.conf
	run -0 wanctl-queue -Q -c plain.conf -n 1
	echo "$output"
	[[ "$output" == "queue t="*" dir=up source=device "* ]]
	[ "${#lines[@]}" -eq 1 ]
}

sleeps() { # PID
	[[ "$(cat "/proc/$1/stat")" == *") S "* ]]
}

@test "R10: a device's counters: received is the download, sent the upload" {
	line
	sed -i 's/device = lo/device = wan0/' plain.conf
	send 7 10.1.0.2
	here wanctl-queue -c plain.conf -n 1 >out
	cat out
	grep 'dir=down' out | grep -q 'wan=x .*source=device bytes=0 packets=0 '
	grep 'dir=up' out | grep -q 'source=device bytes=7294 packets=7 drops=0'
	[ "$(field line_bytes <out | tr '\n' ' ')" = "0 7294 " ]
	# The other end sees it the other way round.
	sed -i 's/device = wan0/device = far0/' plain.conf
	here wanctl-queue -c plain.conf -n 1 >out
	[ "$(field bytes <out | tr '\n' ' ')" = "7294 0 " ]
	# A direction's own device sends it.
	sed -i '/download/a device = wan0' plain.conf
	here wanctl-queue -c plain.conf -n 1 >out
	cat out
	[ "$(field bytes <out | tr '\n' ' ')" = "7294 0 " ]
	grep 'dir=down' out | grep -q 'packets=7'
}

@test "R10: an HTB class: what left it, what waits, what was dropped" {
	line
	# So slow that the queue is there, however long the sending takes.
	shape wan0 1:a 50kbit
	shape down0 1:10 10mbit
	send 5 10.2.0.2
	download_gone() {
		here wanctl-queue -c htb.conf -n 1 | grep 'dir=down' |
			grep 'source=htb bytes=5210 packets=5 drops=0 backlog=0 bps=10000000 line_bytes=0'
	}
	eventually download_gone
	send 100 10.1.0.2
	here wanctl-queue -c htb.conf -n 1 >out
	here tc -s class show dev wan0 >shown
	cat out shown
	up=$(grep dir=up out)
	[ "$(field bps <<<"$up")" = 50000 ]
	[ "$(field drops <<<"$up")" -gt 20 ]
	[ "$(field backlog <<<"$up")" -gt 0 ]
	[ "$(field backlog <<<"$up")" -le 20840 ]
	[ "$(field packets <<<"$up")" -lt 100 ]
	[ "$(field bytes <<<"$up")" -eq $(($(field packets <<<"$up") * 1042)) ]
	[[ "$up" != *delay_us* ]]
	empty() {
		here wanctl-queue -c htb.conf -n 1 >out
		[ "$(grep dir=up out | field backlog)" = 0 ]
	}
	eventually empty
	here tc -s class show dev wan0 >shown
	cat out shown
	grep -q "Sent $(grep dir=up out | field bytes) bytes $(grep dir=up out |
		field packets) pkt (dropped $(grep dir=up out | field drops)," shown
	# What the shaper let by is what the line carried.
	[ "$(grep dir=up out | field bytes)" = "$(grep dir=up out | field line_bytes)" ]
}

@test "readings come in the interval, and -i goes before the configuration" {
	begin=${EPOCHREALTIME/./}
	wanctl-queue -c plain.conf -n 5 >out
	took=$((${EPOCHREALTIME/./} - begin))
	echo "$took us"
	[ "$took" -ge 400000 ]
	[ "$(wc -l <out)" -eq 10 ]
	[ "$(field t <out | sort -n)" = "$(field t <out)" ]
	# By the configuration's interval it would take four minutes.
	sed 's/^interval = .*/interval = 60s/' plain.conf >slow.conf
	begin=${EPOCHREALTIME/./}
	timeout 60 wanctl-queue -c slow.conf -n 5 -i 50ms >out
	took=$((${EPOCHREALTIME/./} - begin))
	echo "$took us"
	[ "$took" -ge 200000 ]
	[ "$(wc -l <out)" -eq 10 ]
}

@test "readings that were missed are not made up for by a burst" {
	wanctl-queue -c plain.conf -i 100ms >out &
	pid=$!
	eventually lines_in out 4
	kill -STOP $pid
	# Ten readings are missed.
	sleep 1
	kill -CONT $pid
	eventually lines_in out $(($(wc -l <out) + 20))
	kill $pid
	wait $pid
	# So many as followed the longest gap came in an interval each, but for
	# the first, which was late.
	field t <<<"$(grep dir=down out)" | awk '
		{ t[NR] = $1; if (NR > 1 && t[NR] - t[NR - 1] > gap) {
			gap = t[NR] - t[NR - 1]; after = NR } }
		END { print gap, NR - after, t[NR] - t[after]
			exit gap < 900000 || NR - after < 6 ||
			    t[NR] - t[after] < (NR - after - 1) * 100000 }'
}

# last_are_up: the last four readings that were got are of the upload.
last_are_up() {
	[ "$(tail -n 4 got | grep -c dir=up)" -eq 4 ]
}

@test "what is missing is said once, the rest is read on, and its return is seen" {
	line
	shape down0 1:10 10mbit
	mkfifo out
	ip netns exec "$ns" wanctl-queue -c htb.conf -i 50ms >out 2>err &
	pid=$!
	exec 7<out
	head -n 20 <&7 >got
	[ "$(grep -c dir=down got)" -eq 20 ]
	grep -qx 'wanctl-queue: up: wan0: no class 1:a; wanctl-setrate(8) says how to set it up' err
	[ "$(wc -l <err)" -eq 1 ]
	shape wan0 1:a 1mbit
	cat <&7 >got &
	reader=$!
	exec 7<&-
	eventually grep -q dir=up got
	grep -qx 'wanctl-queue: up: readable again' err
	ip -n "$ns" link delete down0
	eventually grep -q '^wanctl-queue: down: down0: no such network device' err
	eventually last_are_up
	kill $pid
	wait $pid
	wait $reader
	cat err
	[ "$(wc -l <err)" -eq 3 ]
	last_are_up
}

@test "another qdisc is not taken for ours" {
	line
	sed -e 's/htb/cake/' -e '/class/d' htb.conf >cake.conf
	shape wan0 1:a 1mbit
	run --separate-stderr here wanctl-queue -c cake.conf -n 1
	echo "$stderr"
	[ "$status" -eq 75 ]
	[ -z "$output" ]
	[[ "$stderr" == *"up: wan0: its root qdisc is htb, not cake; "* ]]
	[[ "$stderr" == *"down: down0: its root qdisc is noqueue, not cake; "* ]]
}

@test "nothing at all could be read: 75, but one direction is enough" {
	line
	run -75 here wanctl-queue -c htb.conf -n 3 -i 50ms
	[ "${#lines[@]}" -eq 2 ]
	shape wan0 1:a 1mbit
	run -0 --separate-stderr here wanctl-queue -c htb.conf -n 3 -i 50ms
	[ "${#lines[@]}" -eq 3 ]
	sed -i 's/device = lo/device = nosuch0/' plain.conf
	run -75 wanctl-queue -c plain.conf -n 1
	[[ "$output" == *"nosuch0: no such network device"* ]]
}

@test "without the line's device there are no line_bytes, and it is said" {
	line
	shape wan0 1:a 1mbit
	shape down0 1:10 1mbit
	sed -i '0,/device = wan0/s//device = ppp0/' htb.conf
	run -0 --separate-stderr here wanctl-queue -c htb.conf -n 3 -i 50ms
	[ "${#lines[@]}" -eq 6 ]
	[[ "$output" != *line_bytes* ]]
	[ "$stderr" = "wanctl-queue: line: ppp0: no such network device" ]
}

@test "reading needs no privilege" {
	line
	command -v setpriv >/dev/null || skip "no setpriv"
	shape wan0 1:a 1mbit
	shape down0 1:10 1mbit
	chmod 755 .
	cp "$(command -v wanctl-queue)" .
	run -0 here setpriv --reuid 65534 --regid 65534 --clear-groups \
	    ./wanctl-queue -c htb.conf -n 1
	[ "${#lines[@]}" -eq 2 ]
}

@test "SIGTERM and SIGINT end it with 0, between two lines" {
	for signal in TERM INT; do
		emptied out
		env --default-signal=INT wanctl-queue -c plain.conf -i 50ms >out &
		pid=$!
		eventually grep -q dir=up out
		kill -s $signal $pid
		wait $pid
		[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]
	done
}

@test "a closed or full output is an error, a reader that goes is the end" {
	status=0
	wanctl-queue -c plain.conf -n 1 >&- 2>err || status=$?
	[ "$status" -eq 71 ]
	grep -q '^wanctl-queue: standard output: ' err
	status=0
	wanctl-queue -c plain.conf -n 1 >/dev/full 2>err || status=$?
	[ "$status" -eq 71 ]
	grep -q 'standard output: No space left' err
	timeout 60 bash -c 'wanctl-queue -c plain.conf -i 50ms | head -n 1'
}

@test "it is small" {
	wanctl-queue -c plain.conf -i 50ms >out &
	pid=$!
	eventually lines_in out 10
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$pid/status)
	kill $pid
	wait $pid
	echo "# VmHWM $peak kB" >&3
	if nm "$(command -v wanctl-queue)" | grep -q __asan_; then
		skip "an instrumented build"
	fi
	[ "$peak" -lt 4096 ]
}
