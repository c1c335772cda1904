#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-setrate and wanctl-queue against the kernel's CAKE.  Runs inside the
# lab only: tests/lab/run bats tests/lab/cake.bats
#
#   here: wan ------- far: far0      CAKE on wan is the upload's shaper
#         ifb-wan                    CAKE on ifb-wan is the download's

bats_require_minimum_version 1.5.0

load ../helpers
load ../sshd

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
	PATH=${BIN:-$LAB/../../build/bin}:$PATH
	[ -d /run/lab/bin ] && PATH=/run/lab/bin:$PATH
	conf=$BATS_TEST_TMPDIR/lab.conf
	ip netns add far
	ip link add wan type veth peer name far0 netns far
	ip link add ifb-wan type ifb
	for device in wan ifb-wan; do
		sysctl -q -w net.ipv6.conf.$device.disable_ipv6=1
		ip link set $device up
	done
	ethtool -K wan tso off gso off gro off tx off >/dev/null
	ip -n far link set lo up
	ip -n far link set far0 up
	ip address add 10.9.0.1/24 dev wan
	ip -n far address add 10.9.0.2/24 dev far0
	cat >"$conf" <<-END
	schema = 1
	[wan]
	name = lab
	device = wan
	[ping]
	hosts = 10.9.0.2
	[queue]
	interval = 100ms
	[download]
	device = ifb-wan
	floor = 64kbit
	ceiling = 100mbit
	[upload]
	device = wan
	floor = 64kbit
	ceiling = 100mbit
	[shaper]
	backend = cake
	END
}

teardown() {
	[ -d /run/lab/out ] || return 0
	remove_host
	ip netns pids far | xargs -r kill
	# Devices first: the kernel clears a namespace only later.
	ip link delete ifb-wan || :
	ip link delete wan 2>/dev/null || :
	ip netns delete far || :
}

shapers() {
	tc qdisc add dev wan root cake bandwidth 2mbit "$@"
	tc qdisc add dev ifb-wan root cake bandwidth 10mbit "$@"
}

# rate DIR BPS: a decision of this moment.
rate() {
	echo "rate t=$(date +%s%6N) wan=lab dir=$1 bps=$2 state=green why=test"
}

setrate() {
	wanctl-setrate -c "$conf"
}

# What tc says a device's CAKE is set to, in bits a second.
bandwidth() {
	tc -j qdisc show dev "$1" root |
	    sed -n 's/.*"bandwidth":\([0-9]*\).*/\1/p' | awk '{ print $1 * 8 }'
}

# json KEY DEV: a number from tc's statistics; the sum where there are many.
json() {
	tc -s -j qdisc show dev "$2" root | grep -o "\"$1\":[0-9]*" |
	    awk -F: '{ sum += $2 } END { printf "%.0f\n", sum }'
}

# outside KEY DEV: the same, of the qdisc as a whole and not of its tins.
outside() {
	tc -s -j qdisc show dev "$2" root | sed 's/"tins":.*//' |
	    grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2
}

# field KEY: of the record on stdin.
field() {
	tr ' ' '\n' | sed -n "s/^$1=//p"
}

# reading DIR: one queue record of that direction.
reading() {
	wanctl-queue -c "$conf" -n 1 | grep "dir=$1 "
}

# listens PORT...: a server is there, at the far end.
listens() {
	local port

	for port; do
		ip netns exec far ss -ltnH "sport = :$port" | grep . || return 1
	done
}

# Offers UDP to the far end: flood KBIT SECONDS [OPTION...]
flood() {
	ip netns exec far iperf3 -s -1 -D >/dev/null
	kbit=$1 seconds=$2
	shift 2
	eventually listens 5201
	iperf3 -u -c 10.9.0.2 -b "${kbit}k" -t "$seconds" -l 1200 "$@" \
	    >/dev/null 2>&1 || :
}

drained() { # DEVICE
	[ "$(outside backlog "$1")" = 0 ]
}

# A queue that stands still for a while: 300 packets at 8 kbit/s, a second
# for each, and an aim for their delay that lets them wait.
frozen() {
	tc qdisc replace dev wan root cake bandwidth 8kbit flowblind \
	    interplanetary "$@"
	# A socket for each, as one would wait for its buffer.
	for _ in $(seq 300); do
		printf '%1000s' x >/dev/udp/10.9.0.2/9
	done
}

@test "a rate is set, and read back as the kernel has it" {
	shapers
	out=$({ rate down 7654321; rate up 1234567; } | setrate)
	echo "$out"
	[ "$(echo "$out" | grep -c '^applied .* ok=1')" = 2 ]
	down=$(echo "$out" | grep dir=down) up=$(echo "$out" | grep dir=up)
	[ "$(echo "$down" | field bps)" = "$(bandwidth ifb-wan)" ]
	[ "$(echo "$up" | field bps)" = "$(bandwidth wan)" ]
	[ "$(echo "$down" | field was)" = 10000000 ]
	# CAKE counts bytes a second.
	[ "$(bandwidth ifb-wan)" = 7654320 ]
	[ "$(bandwidth wan)" = 1234560 ]
}

@test "what is set already is not written again" {
	shapers
	out=$(rate up 2000000 | setrate)
	echo "$out"
	[ "$(echo "$out" | field ok)" = 1 ]
	[ "$(echo "$out" | field wrote)" = 0 ]
}

@test "statistics agree with tc, with traffic and drops" {
	shapers besteffort
	flood 3000 2
	# Until the queue is empty.
	eventually drained wan
	out=$(reading up)
	echo "$out"
	tc -s qdisc show dev wan
	[ "$(echo "$out" | field source)" = cake ]
	[ "$(echo "$out" | field bytes)" = "$(outside bytes wan)" ]
	[ "$(echo "$out" | field packets)" = "$(outside packets wan)" ]
	[ "$(echo "$out" | field drops)" = "$(outside drops wan)" ]
	[ "$(echo "$out" | field drops)" -gt 0 ]
	[ "$(echo "$out" | field backlog)" = 0 ]
	[ "$(echo "$out" | field bps)" = 2000000 ]
	[ "$(echo "$out" | field bytes)" -gt 400000 ]
}

@test "a standing queue is reported as backlog" {
	frozen besteffort
	shaped=$(outside backlog wan)
	out=$(reading up)
	echo "$out; tc: $shaped"
	[ "$shaped" -gt 100000 ]
	difference=$((shaped - $(echo "$out" | field backlog)))
	# A packet may leave between the two.
	[ $difference -ge 0 ] && [ $difference -le 3200 ]
}

@test "tins are summed: packets of three tins, marks of two" {
	shapers diffserv4
	sysctl -q -w net.ipv4.tcp_ecn=1
	ip netns exec far sysctl -q -w net.ipv4.tcp_ecn=1
	ip netns exec far iperf3 -s -D -p 5201
	ip netns exec far iperf3 -s -D -p 5202
	eventually listens 5201 5202
	iperf3 -c 10.9.0.2 -p 5201 -t 3 -P 2 -S 0x88 >/dev/null &
	iperf3 -c 10.9.0.2 -p 5202 -t 3 -P 2 >/dev/null
	wait
	ping -q -c 5 -i 0.1 -Q 0xb8 10.9.0.2 >/dev/null
	eventually drained wan
	out=$(reading up)
	echo "$out"
	tc -s qdisc show dev wan
	marks=$(tc -s -j qdisc show dev wan root | grep -o '"ecn_mark":[0-9]*' |
	    cut -d: -f2)
	[ "$(echo "$marks" | grep -cv '^0$')" -ge 2 ]
	[ "$(echo "$out" | field marks)" = "$(json ecn_mark wan)" ]
	[ "$(echo "$out" | field bytes)" = "$(outside bytes wan)" ]
	[ "$(echo "$out" | field drops)" = "$(outside drops wan)" ]
}

@test "no CAKE on the device: said, and none is made" {
	run -75 --separate-stderr setrate < <(rate up 1000000)
	# bats sets it.
	# shellcheck disable=SC2154
	echo "$output / $stderr"
	[[ $output == "applied "*"dir=up"*" ok=0"* ]]
	[[ $stderr == *wan* ]]
	[[ $(tc qdisc show dev wan) != *cake* ]]
	run -75 --separate-stderr wanctl-queue -c "$conf" -n 1
	[[ $stderr == *wan* ]]
}

@test "another qdisc is never replaced by CAKE" {
	tc qdisc add dev wan root handle 7: fq_codel
	before=$(tc qdisc show dev wan)
	run -75 --separate-stderr setrate < <(rate up 1000000)
	echo "$output / $stderr"
	[[ $output == "applied "*" ok=0"* ]]
	[[ $stderr == *fq_codel* ]]
	[ "$(tc qdisc show dev wan)" = "$before" ]
}

@test "CAKE that was replaced while setrate runs is not brought back" {
	shapers
	mkfifo "$BATS_TEST_TMPDIR/in"
	setrate <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/in"
	rate up 1500000 >&7
	eventually grep ok=1 "$BATS_TEST_TMPDIR/out"
	tc qdisc replace dev wan root handle 7: fq_codel
	rate up 1000000 >&7
	eventually grep ok=0 "$BATS_TEST_TMPDIR/out"
	exec 7>&-
	wait $! || :
	cat "$BATS_TEST_TMPDIR/out"
	grep -q ok=0 "$BATS_TEST_TMPDIR/out"
	tc qdisc show dev wan | grep -q 'fq_codel 7:'
}

@test "a device that does not exist is named" {
	sed -i '/upload/,/shaper/s/device = .*/device = nosuch0/' "$conf"
	run --separate-stderr setrate < <(rate up 1000000)
	echo "$status / $output / $stderr"
	[ "$status" -ne 0 ]
	[[ $stderr == *nosuch0* ]]
	run --separate-stderr wanctl-queue -c "$conf" -n 1
	[ "$status" -ne 0 ]
	[[ $stderr == *nosuch0* ]]
}

found_again() {
	rate down 3000000 >&7
	[ "$(bandwidth ifb-wan)" = 3000000 ]
}

@test "a device that vanishes and comes back is found again" {
	shapers
	mkfifo "$BATS_TEST_TMPDIR/in"
	setrate <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/in"
	rate down 5000000 >&7
	eventually grep ok=1 "$BATS_TEST_TMPDIR/out"
	ip link delete ifb-wan
	rate down 4000000 >&7
	eventually grep ok=0 "$BATS_TEST_TMPDIR/out"
	ip link add ifb-wan type ifb
	ip link set ifb-wan up
	tc qdisc add dev ifb-wan root cake bandwidth 10mbit
	eventually found_again
	exec 7>&-
	wait $! || :
	cat "$BATS_TEST_TMPDIR/out"
	[ "$(bandwidth ifb-wan)" = 3000000 ]
	grep -q 'ok=0' "$BATS_TEST_TMPDIR/out"
	tail -n 1 "$BATS_TEST_TMPDIR/out" | grep -q 'ok=1'
}

@test "without the capability: refused, said why, nothing changed" {
	shapers
	chmod 755 "$BATS_TEST_TMPDIR" && chmod 644 "$conf"
	mkdir -p /run/lab/nobody && cp "$conf" /run/lab/nobody/lab.conf
	run -75 --separate-stderr setpriv --reuid 65534 --regid 65534 \
	    --clear-groups "$(command -v wanctl-setrate)" \
	    -c /run/lab/nobody/lab.conf < <(rate up 1000000)
	echo "$output / $stderr"
	[[ $output == "applied "*" ok=0"* ]]
	[[ $stderr == *CAP_NET_ADMIN* ]]
	[ "$(bandwidth wan)" = 2000000 ]
	# Reading needs none.
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$(command -v wanctl-queue)" -c /run/lab/nobody/lab.conf -n 1
	[[ $output == *"queue "*"dir=up"* ]]
}

@test "with CAP_NET_ADMIN alone it works" {
	shapers
	mkdir -p /run/lab/nobody && cp "$conf" /run/lab/nobody/lab.conf
	chmod 644 /run/lab/nobody/lab.conf
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups \
	    --inh-caps +net_admin --ambient-caps +net_admin \
	    "$(command -v wanctl-setrate)" \
	    -c /run/lab/nobody/lab.conf < <(rate up 1000000)
	[ "$(bandwidth wan)" = 1000000 ]
}

@test "other options of CAKE survive a change of the rate" {
	shapers diffserv4 nat wash ack-filter overhead 18 mpu 64 rtt 60ms
	before=$(tc qdisc show dev wan | sed 's/bandwidth [^ ]*//')
	rate up 1000000 | setrate
	[ "$(bandwidth wan)" = 1000000 ]
	[ "$(tc qdisc show dev wan | sed 's/bandwidth [^ ]*//')" = "$before" ]
}

@test "an option that somebody changes meanwhile survives too" {
	shapers
	{
		rate up 1000000
		sleep 0.5
		tc qdisc change dev wan root cake nat overhead 44
		rate up 1500000
		sleep 0.5
	} | setrate
	[ "$(bandwidth wan)" = 1500000 ]
	tc qdisc show dev wan | grep ' nat ' | grep -q 'overhead 44'
}

@test "autorate-ingress is refused: the kernel sets that rate itself" {
	shapers
	tc qdisc change dev wan root cake bandwidth 2mbit autorate-ingress
	run --separate-stderr setrate < <(rate up 1000000)
	echo "$status / $output / $stderr"
	[ "$status" -ne 0 ]
	[[ $output != *ok=1* ]]
	[[ $stderr == *autorate-ingress* ]]
	[ "$(bandwidth wan)" = 2000000 ]
}

@test "200 changes of the rate lose no packet" {
	frozen besteffort
	backlog=$(outside backlog wan) drops=$(outside drops wan)
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	setrate <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
	begin=${EPOCHREALTIME/./}
	written=0
	for i in $(seq 200); do
		echo "rate t=${EPOCHREALTIME/./} wan=lab dir=up" \
		    "bps=$((64000 + i % 2 * 8000)) state=green" >&7
		read -r -t 5 line <&8
		[[ $line == *ok=1* && $line == *wrote=1* ]] &&
		    written=$((written + 1))
	done
	took=$((${EPOCHREALTIME/./} - begin))
	after=$(outside backlog wan)
	exec 7>&- 8<&-
	wait $! || :
	echo "$written written in $took us, backlog $backlog -> $after, $line"
	[ $written = 200 ]
	[ "$backlog" -gt 100000 ]
	[ "$(outside drops wan)" = "$drops" ]
	# What was sent in that time, and the packet on its way, are not lost.
	[ $((backlog - after)) -le $((2100 + took * 72 / 8000)) ]
}

@test "wanctl pass: a cycle of it all on CAKE, and status tells" {
	shapers
	export WANCTL_CONFIG_DIR=$BATS_TEST_TMPDIR
	export WANCTL_STATE_DIR=$BATS_TEST_TMPDIR/state
	export WANCTL_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	for _ in 1 2 3; do
		run -0 wanctl pass lab
		[ -z "$output" ]
	done
	cat "$BATS_TEST_TMPDIR/run/lab/applied"
	grep -q 'dir=down .*ok=1' "$BATS_TEST_TMPDIR/run/lab/applied"
	applied=$(grep dir=up "$BATS_TEST_TMPDIR/run/lab/applied" | tail -n 1)
	[ "$(echo "$applied" | field bps)" = "$(bandwidth wan)" ]
	run -0 wanctl status lab
	echo "$output"
	[[ $output == *lab* ]]
}

@test "over SSH: rates are set and read back, by tc" {
	cd "$BATS_TEST_TMPDIR"
	make_host
	for device in wan1 ifb-wan1; do
		ip -n "$ns" link add $device type ifb
		# Nothing is sent but what is asked for.
		ip -n "$ns" link set $device addrgenmode none
		ip -n "$ns" link set $device up
		tc -n "$ns" qdisc add dev $device root cake bandwidth 30mbit \
		    besteffort rtt 40ms overhead 18
	done
	cat >ssh.conf <<-END
	schema = 1
	[download]
	floor = 64kbit
	ceiling = 100mbit
	[upload]
	floor = 64kbit
	ceiling = 100mbit
	[shaper]
	backend = router
	[router]
	transport = ssh_tc
	address = 127.0.0.1
	ssh_port = 2222
	user = root
	known_hosts = $PWD/known_hosts
	key_file = $PWD/client
	download_queue = ifb-wan1
	upload_queue = wan1
	END
	printf '%s\n' 'get id=1 what=shaper' \
	    'set id=2 what=shaper down_bps=87654321 up_bps=12345678' \
	    'get id=3 what=shaper' 'set id=4 what=shaper up_bps=1234567890' |
		ip netns exec "$ns" wanctl-router -c ssh.conf >answers
	cat answers
	tc -n "$ns" qdisc show | tee has
	grep -q 'id=1 .* ok=1 .*down_bps=30000000 up_bps=30000000' answers
	grep -q 'id=2 .* ok=1 .*down_bps=87654000 up_bps=12345000' answers
	grep -q 'id=3 .*down_bps=87654000 up_bps=12345000 down_bytes=0 .*up_drops=0' answers
	grep -q 'id=4 .* ok=1 .*up_bps=1234000000' answers
	grep -q 'ifb-wan1 root .*bandwidth 87654Kbit besteffort .*rtt 40ms .*overhead 18' has
	# tc turns off that CAKE looks after itself when it is told a rate.
	tc -n "$ns" qdisc change dev wan1 root cake autorate-ingress
	tc -n "$ns" qdisc show dev wan1 | grep autorate-ingress
	echo 'set id=5 what=shaper up_bps=2000000' |
		ip netns exec "$ns" wanctl-router -c ssh.conf >answers
	cat answers
	tc -n "$ns" qdisc show dev wan1
	grep -q 'ok=1 .*up_bps=2000000' answers
	run ! grep autorate-ingress <(tc -n "$ns" qdisc show dev wan1)
	# What has taken its place since is left alone.
	for other in fq_codel htb; do
		tc -n "$ns" qdisc replace dev wan1 root handle 9: cake bandwidth 30mbit
		rm -f to
		mkfifo to
		ip netns exec "$ns" wanctl-router -c ssh.conf <to >answers 2>err 3>&- &
		exec 7>to
		echo 'set id=6 what=shaper up_bps=3000000' >&7
		eventually grep '^answer id=6 .*ok=1' answers
		tc -n "$ns" qdisc replace dev wan1 root handle 10: $other
		echo 'set id=7 what=shaper up_bps=4000000' >&7
		eventually grep '^answer id=7 ' answers
		exec 7>&-
		wait $!
		cat answers err
		grep -q '^answer id=7 .*ok=0 .*why=missing' answers
		tc -n "$ns" qdisc show dev wan1 | grep "^qdisc $other 10: root"
		tc -n "$ns" qdisc delete dev wan1 root
	done
}
