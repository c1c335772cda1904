#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-shaper with CAKE, and with HTB and fq_codel.  Runs inside the lab only:
# tests/lab/run bats tests/lab/shaper.bats
#
#   here: wan ------- far: far0

bats_require_minimum_version 1.5.0

load ../helpers

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
	PATH=${BIN:-$LAB/../../build/bin}:$PATH
	[ -d /run/lab/bin ] && PATH=/run/lab/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || exit 1
	ip netns add far
	make_line
	configure cake
}

teardown() {
	[ -d /run/lab/out ] || return 0
	ip link delete ifb4wan 2>/dev/null || :
	ip link delete ref 2>/dev/null || :
	ip link delete wan 2>/dev/null || :
	ip netns delete far || :
}

make_line() {
	ip link add wan type veth peer name far0 netns far
	sysctl -q -w net.ipv6.conf.wan.disable_ipv6=1
	ip link set wan up
	ip -n far link set far0 up
	ip address add 10.9.0.1/24 dev wan
	ip -n far address add 10.9.0.2/24 dev far0
}

configure() { # BACKEND [LINE...]
	cat >lab.conf <<-END
		schema = 1
		[wan]
		name = lab
		device = wan
		[download]
		device = ifb4wan
		ceiling = 100mbit
		floor = 1mbit
		base = 40mbit
		[upload]
		device = wan
		ceiling = 50mbit
		floor = 1mbit
		base = 20mbit
		[shaper]
		backend = $1
		make = yes
		reconcile = 1s
	END
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>lab.conf
}

shaper() {
	wanctl-shaper -c lab.conf "$@"
}

# All that a shaper changes.
seen() {
	tc qdisc show
	tc filter show dev wan ingress
	ip -o link show | sed 's/ mtu .*//'
}

# What tc says of the CAKE of a device, without what differs by nature.
options() { # DEVICE
	tc qdisc show dev "$1" root | sed -e 's/.*\(bandwidth .*\)/\1/' \
	    -e 's/ *$//'
}

@test "R111: up makes CAKE for both directions, down leaves nothing" {
	seen >before
	run --separate-stderr -0 shaper up
	[ "$output" = $'down: made\nup: made' ]
	[ -z "$stderr" ]
	tc qdisc show dev wan | grep -q '^qdisc cake 7761: root .* bandwidth 20Mbit .* nat '
	tc qdisc show dev ifb4wan | grep -q '^qdisc cake 7761: root .* bandwidth 40Mbit .* ingress '
	ip -o link show ifb4wan | grep -q 'UP.* group 30561 '
	run --separate-stderr -0 shaper show
	[ "$output" = "down: ifb4wan: cake 40mbit diffserv3 nat ingress raw rtt 100ms; made by wanctl
up: wan: cake 20mbit diffserv3 nat raw rtt 100ms; made by wanctl" ]

	# What arrives goes through it.
	ip netns exec far ping -c 5 -i 0.2 -q 10.9.0.1
	packets=$(tc -s qdisc show dev ifb4wan root | sed -n 's/.* \([0-9]*\) pkt .*/\1/p;')
	[ "$packets" -ge 5 ]

	run --separate-stderr -0 shaper down
	[ "$output" = $'down: removed\nup: removed' ]
	seen | diff before -
	run --separate-stderr -0 shaper down
	[ -z "$output$stderr" ]
}

@test "R111: up again changes nothing but what differs, and no rate" {
	shaper up
	tc qdisc change dev wan root cake bandwidth 7mbit
	ping -c 3 -i 0.2 -q 10.9.0.2
	tc -s qdisc show >before
	run --separate-stderr -0 shaper up
	[ -z "$output$stderr" ]
	tc qdisc show | diff <(tc qdisc show) -
	bytes() { tc -s qdisc show dev wan root | awk '/Sent/ { print $2; exit }'; }
	sent=$(bytes)
	[ "$sent" -ge 294 ]

	# Another key: it is changed in place.
	configure cake 'framing = docsis' 'diffserv = diffserv4'
	run -1 shaper show
	[[ $output == *'up: wan: it differs from [shaper]'* ]]
	run --separate-stderr -0 shaper up
	[ "$output" = $'down: made\nup: made' ]
	tc qdisc show dev wan | grep -q 'bandwidth 7Mbit diffserv4 .* overhead 18 mpu 64'
	[ "$(bytes)" -ge "$sent" ]

	# A part that is gone is made again.
	tc filter delete dev wan parent ffff:
	run -1 shaper show
	[[ $output == *'the download is not shaped'* ]]
	run -0 shaper up
	[ "$output" = 'down: made' ]
	ip link set ifb4wan down
	run -0 shaper up
	ip link delete ifb4wan
	run -0 shaper up
	[ "$output" = 'down: made' ]
	run -0 shaper show
}

@test "R111: each word means what it means to tc" {
	ip link add ref type dummy
	for word in raw ethernet docsis pppoe-ptm bridged-ptm pppoa-vcmux \
	    pppoa-llc pppoe-vcmux pppoe-llcsnap bridged-vcmux bridged-llcsnap \
	    ipoa-vcmux ipoa-llcsnap conservative; do
		configure cake "framing = $word"
		shaper up
		tc qdisc add dev ref root cake bandwidth 20mbit nat $word
		echo "# $word" >&3
		diff <(options ref) <(options wan)
		tc qdisc delete dev ref root
	done
	for pair in 'diffserv = diffserv4/diffserv4' 'diffserv = diffserv8/diffserv8' \
	    'diffserv = besteffort/besteffort' 'diffserv = precedence/precedence' \
	    'nat = no/nonat' 'wash = yes/wash' 'ack_filter = yes/ack-filter' \
	    'ack_filter = aggressive/ack-filter-aggressive' 'rtt = 300ms/rtt 300ms' \
	    'overhead = 44/overhead 44' 'mpu = 72/mpu 72'; do
		configure cake "${pair%/*}"
		shaper up
		# shellcheck disable=SC2086 # words
		tc qdisc add dev ref root cake bandwidth 20mbit nat ${pair#*/}
		echo "# $pair" >&3
		diff <(options ref) <(options wan)
		tc qdisc delete dev ref root
	done
	configure cake 'ingress = no'
	shaper up
	tc qdisc add dev ref root cake bandwidth 40mbit nat
	diff <(options ref) <(options ifb4wan)
}

@test "R111: a CAKE that others made is audited, and stays" {
	tc qdisc add dev wan root cake bandwidth 20mbit
	ip link add ifb4wan type ifb
	ip link set ifb4wan up
	tc qdisc add dev ifb4wan root cake bandwidth 40mbit autorate-ingress
	seen >before
	run --separate-stderr -75 shaper up
	[[ $stderr == *'up: wan has a qdisc that was not made by wanctl: cake'* ]]
	run --separate-stderr -0 shaper down
	[ -z "$output$stderr" ]
	seen | diff before -
	sed -i 's/^make = yes/make = no/' lab.conf
	run --separate-stderr -1 shaper show
	for finding in 'up: wan: nat is off' 'up: wan: the line' \
	    'down: ifb4wan: ingress is off' 'down: ifb4wan: nothing that arrives' \
	    'down: ifb4wan: autorate-ingress is on'; do
		grep -qF "$finding" <<<"$output"
	done
}

@test "R111: the example of the manual, word for word" {
	page=$LAB/../../man/wanctl-shaper.8
	blocks() { # N: the literal block of that number among the examples
		sed -n '/^.Sh EXAMPLES/,$p' "$page" | awk -v n="$1" '
			/^\.Bd/ { on = ++i == n; next }
			/^\.Ed/ { on = 0 }
			on'
	}
	mkdir etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	blocks 1 | sed 's/eth0/wan/' >etc/cable.conf
	seen >before
	blocks 2 | grep -v down >first
	sh -eu first >said
	blocks 3 | sed 's/eth0/wan/' | diff <(grep ': .*: cake' said) -
	blocks 2 | grep down >last
	sh -eu last
	seen | diff before -
}

@test "R111: a pass begins with making it" {
	mkdir etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	cp lab.conf etc/lab.conf
	printf '%s\n' '[ping]' 'hosts = 10.9.0.2' >>etc/lab.conf
	run --separate-stderr -0 wanctl pass lab
	[ -z "$stderr" ]
	grep -q 'dir=up .* ok=1' run/lab/applied
	tc qdisc show dev wan | grep -q '^qdisc cake 7761: root'
	run --separate-stderr -0 wanctl pass lab
	run --separate-stderr -0 wanctl shaper down lab
	[ "$output" = $'down: removed\nup: removed' ]
}

@test "R96 R111: a set-up with nothing but empty answers ends with a line that is shaped" {
	mkdir etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	ip route add default via 10.9.0.2
	yes '' | head -n 40 | wanctl-setup -r 10.9.0.2
	wanctl pass wan
	run -0 wanctl shaper show wan
	echo "$output"
	[[ $output == *'up: wan: cake '*'docsis'* || $output == *'overhead 18 mpu 64'* ]]
	run -0 wanctl-setup -x -y -n wan
	run ! ip link show ifb4wan
	ip route delete default
}

@test "R111: HTB with fq_codel, for a kernel without CAKE" {
	configure htb 'framing = ethernet'
	seen >before
	run --separate-stderr -0 shaper up
	[ "$output" = $'down: made\nup: made' ]
	tc class show dev wan | grep -q 'class htb 7761:1 root .*rate 20Mbit .*overhead 24'
	tc qdisc show dev wan | grep -q '^qdisc fq_codel .* parent 7761:1 '
	run --separate-stderr -0 shaper up
	[ -z "$output$stderr" ]
	run --separate-stderr -0 shaper show
	[[ $output == *'up: wan: htb 20mbit; made by wanctl'* ]]
	for bps in 5000000 50000000; do
		echo "rate t=$(date +%s%6N) wan=lab dir=up bps=$bps state=green why=test" |
		    wanctl-setrate -c lab.conf | grep -q "bps=$bps .*ok=1"
	done
	tc class show dev wan | grep -q 'class htb 7761:1 root .*rate 50Mbit .*overhead 24'

	# Ended between two steps: what is missing is made.
	tc qdisc delete dev wan parent 7761:1
	run --separate-stderr -0 shaper up
	[ "$output" = 'up: made' ]
	tc qdisc show dev wan | grep -q '^qdisc fq_codel .* parent 7761:1 '
	tc class delete dev ifb4wan classid 7761:1
	run --separate-stderr -0 shaper up
	[ "$output" = 'down: made' ]
	run --separate-stderr -0 shaper up
	[ -z "$output$stderr" ]

	# The other backend takes its place.
	configure cake
	run --separate-stderr -0 shaper up
	tc qdisc show dev wan | grep -q '^qdisc cake 7761: root'
	run --separate-stderr -0 shaper down
	seen | diff before -
}

@test "R111: a stream makes it again when the device went and came back" {
	mkfifo rates
	wanctl-setrate -c lab.conf <rates >applied 2>said &
	program=$!
	exec 7>rates
	decide() {
		for dir in down up; do
			echo "rate t=$(date +%s%6N) wan=lab dir=$dir bps=9000000 state=green why=test"
		done >&7
	}
	shaped() {
		decide
		sleep 0.2
		tc qdisc show dev wan root | grep -q 'cake 7761: .*bandwidth 9Mbit' &&
		    tc qdisc show dev ifb4wan root | grep -q 'cake 7761: .*bandwidth 9Mbit' &&
		    tc filter show dev wan ingress | grep -q 'mirred (Egress Redirect to device ifb4wan)'
	}
	eventually shaped
	ip link delete wan
	make_line
	eventually shaped
	# What others put there in the meantime stays.
	tc qdisc delete dev wan root
	tc qdisc add dev wan root handle 5: pfifo
	decide
	eventually grep -q 'up: wan has a qdisc that was not made by wanctl: pfifo 5:' said
	tc qdisc show dev wan root | grep -q '^qdisc pfifo 5:'
	tc qdisc delete dev wan root
	eventually shaped
	exec 7>&-
	wait $program
}
