#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-shaper: what it refuses, what it shows, what it leaves alone. The
# shapers that it makes need CAKE or fq_codel, and are in tests/lab.
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0

load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	ns=
	mkdir etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	configure cake
}

teardown() {
	[ -z "$ns" ] || ip netns delete "$ns"
}

configure() { # BACKEND [LINE...]
	cat >etc/x.conf <<-END
		schema = 1
		[wan]
		device = w0
		[download]
		device = ifb4w0
		ceiling = 100mbit
		floor = 10mbit
		[upload]
		device = w0
		ceiling = 20mbit
		floor = 2mbit
		[shaper]
		backend = $1
		make = yes
		timeout = 10s
		[pass]
		interval = 1min
	END
	shift
	[ $# -eq 0 ] || printf '%s\n' "[shaper]" "$@" >>etc/x.conf
}

# A line w0 in a network of its own.
make_line() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	ns=wanctl-shaper-$$
	ip netns add "$ns" || { ns=; skip "no network namespaces here"; }
	ip -n "$ns" link add w0 type veth peer name w1
	ip -n "$ns" link set w0 up
	ip -n "$ns" link set w1 up
}

there() {
	ip netns exec "$ns" "$@"
}

# All that a shaper changes, and not what passes meanwhile: a device that is up
# sends packets by itself.
seen() {
	there tc qdisc show | sed 's/ refcnt [0-9]*//; s/ direct_packets_stat [0-9]*//' |
		grep -v 'qdisc noqueue 0: dev lo'
	there tc class show dev w0
	there tc filter show dev w0 ingress
	ip -n "$ns" -o link show | sed 's/ mtu .*//'
}

shaper() {
	there wanctl-shaper -c etc/x.conf "$@"
}

# kernel_has KIND: of qdiscs.
kernel_has() {
	ip -n "$ns" link add d0 type dummy
	local has=0

	there tc qdisc add dev d0 root "$1" 2>/dev/null || has=1
	ip -n "$ns" link delete d0
	return $has
}

@test "R111: options, and configurations that are not for it" {
	run -64 wanctl-shaper
	run -64 wanctl-shaper -c etc/x.conf
	run -64 wanctl-shaper -c etc/x.conf sideways
	run -64 wanctl-shaper -c etc/x.conf up now
	run -64 wanctl shaper up
	run -64 wanctl shaper sideways x
	run -0 wanctl-shaper -h
	[[ $output == usage:* ]]

	configure print
	run -78 wanctl-shaper -c etc/x.conf show
	[[ $output == *'make: is for cake and htb, not for backend (print)'* ]]
	configure cake 'framing = copper'
	run -78 wanctl-shaper -c etc/x.conf show
	[[ $output == *'framing'*'docsis'* ]]
	sed -i -e '/^framing/d' -e '/^\[wan\]/d' -e '0,/^device/{/^device/d}' etc/x.conf
	run -78 wanctl-shaper -c etc/x.conf up
	[[ $output == *'device: must be given for [shaper] make (yes)'* ]]
	configure htb
	run -0 wanctl-conf get etc/x.conf download.class upload.class
	[ "$output" = $'7761:1\n7761:1' ]
	sed -i '/^\[upload\]/a class = 1:10' etc/x.conf
	run -78 wanctl-conf check etc/x.conf
	[[ $output == *'must begin with 7761: for [shaper] make (yes)'* ]]

	configure cake
	sed -i 's/^make = yes/make = no/' etc/x.conf
	run -78 wanctl-shaper -c etc/x.conf up
	[[ $output == *'make is no'* ]]
	sed -i -e 's/^make.*//' -e 's/^backend = cake/backend = print/' etc/x.conf
	run -78 wanctl-shaper -c etc/x.conf show
	[[ $output == *'only cake and htb are shapers of this host'* ]]
}

@test "R111: a kernel without CAKE or fq_codel is told so, and nothing is left" {
	make_line
	! kernel_has cake || skip "this kernel has CAKE: tests/lab makes it"
	seen >before
	run --separate-stderr -75 shaper up
	[ -z "$output" ]
	[[ $stderr == *'down: ifb4w0: this kernel has no CAKE; backend = htb does without'* ]]
	[[ $stderr == *'up: w0: this kernel has no CAKE'* ]]
	seen | diff before -

	! kernel_has fq_codel || return 0
	configure htb
	run --separate-stderr -75 shaper up
	[[ $stderr == *'up: w0: this kernel has no fq_codel'* ]]
	seen | diff before -
}

@test "R111: what others made stays, and is named" {
	make_line
	# A qdisc at the root, and a device of that name.
	there tc qdisc add dev w0 root handle 1: htb default 10
	ip -n "$ns" link add ifb4w0 type ifb
	seen >before
	run --separate-stderr -75 shaper up
	[[ $stderr == *'down: ifb4w0 is there, and was not made by wanctl'*'ip link del ifb4w0'* ]]
	[[ $stderr == *'up: w0 has a qdisc that was not made by wanctl: htb 1:'*'tc qdisc del dev w0 root'* ]]
	run --separate-stderr -0 shaper down
	[ -z "$output$stderr" ]
	seen | diff before -
	ip -n "$ns" link delete ifb4w0
	there tc qdisc delete dev w0 root

	# Filters for what arrives.
	there tc qdisc add dev w0 ingress
	there tc filter add dev w0 parent ffff: prio 7 u32 match u32 0 0 flowid 1:1
	seen >before
	run --separate-stderr -75 shaper up
	[[ $stderr == *'down: w0 has a qdisc for what arrives, ingress,'* ]]
	run --separate-stderr -0 shaper down
	[ -z "$output$stderr" ]
	seen | diff before -
	there tc qdisc delete dev w0 ingress

	there tc qdisc add dev w0 clsact
	seen >before
	run --separate-stderr -75 shaper up
	[[ $stderr == *'down: w0 has a qdisc for what arrives, clsact,'* ]]
	run --separate-stderr -0 shaper down
	seen | diff before -
}

@test "R111: nothing is there: it is said, and there is nothing to remove" {
	make_line
	run --separate-stderr -0 shaper down
	[ -z "$output$stderr" ]
	run --separate-stderr -1 shaper show
	[[ ${lines[*]} == *'down: ifb4w0: there is no such network device'* ]]
	[[ ${lines[*]} == *'up: w0: noqueue'* ]]
	[[ ${lines[*]} == *'up: w0: nothing shapes here'* ]]
	ip -n "$ns" link delete w0
	run --separate-stderr -75 shaper up
	[[ $stderr == *'down: w0: no such network device'* ]]
	[[ $stderr == *'up: w0: no such network device'* ]]
	run --separate-stderr -0 shaper down
	run --separate-stderr -1 shaper show
	[[ ${lines[*]} == *'down: ifb4w0: [wan] device, whose arrivals it is to shape, is not there'* ]]
}

@test "R111: show tells of shapers that others made what they lack" {
	make_line
	configure htb
	sed -i -e 's/^make = yes/make = no/' -e 's/^ceiling = .*/&\nclass = 1:10/' \
	    etc/x.conf
	ip -n "$ns" link add ifb4w0 type ifb
	for device in w0 ifb4w0; do
		there tc qdisc add dev $device root handle 1: htb default 10
		there tc class add dev $device parent 1: classid 1:10 htb rate 5mbit
	done
	run --separate-stderr -1 shaper show
	[ "$output" = "down: ifb4w0: htb 5mbit
down: ifb4w0: the device is down: ip link set DEVICE up
down: ifb4w0: nothing that arrives at [wan] device is redirected here: the download is not shaped
up: w0: htb 5mbit" ]

	# Fed, but not this one.
	ip -n "$ns" link set ifb4w0 up
	ip -n "$ns" link add ifb9 type ifb
	ip -n "$ns" link set ifb9 up
	there tc qdisc add dev w0 ingress
	there tc filter add dev w0 parent ffff: u32 match u32 0 0 \
	    action mirred egress redirect dev ifb9
	run --separate-stderr -1 shaper show
	[[ ${lines[1]} == *'redirected to another device'* ]]
	there tc filter delete dev w0 parent ffff:
	there tc filter add dev w0 parent ffff: u32 match u32 0 0 \
	    action mirred egress redirect dev ifb4w0
	run --separate-stderr -0 shaper show
	[ "$output" = "down: ifb4w0: htb 5mbit
up: w0: htb 5mbit" ]

	# A class that is not there.
	there tc class delete dev w0 classid 1:10
	run --separate-stderr -1 shaper show
	[[ ${lines[2]} == 'up: w0: nothing shapes here' ]]
}

@test "R111: without the right to it, that is said" {
	make_line
	seen >before
	run --separate-stderr -75 there setpriv --reuid 65534 --clear-groups \
	    --bounding-set -all "$(command -v wanctl-shaper)" -c /dev/stdin up <etc/x.conf
	[[ $stderr == *'down: ifb4w0: not permitted: root or the capability CAP_NET_ADMIN is needed'* ]]
	seen | diff before -
}

@test "R111: wanctl shaper: of a line by its name, and down not beside a loop" {
	make_line
	run -78 there wanctl shaper show nothing
	run --separate-stderr -1 there wanctl shaper show x
	[[ $output == *'up: w0: nothing shapes here'* ]]
	mkdir run/x
	exec 8<>run/x/lock
	flock -n 8
	echo 'wanctl run x (pid 1)' >run/x/lock
	run --separate-stderr -75 there wanctl shaper down x 8>&-
	[[ $stderr == *'busy: held by wanctl run x'* ]]
	exec 8>&-
	run --separate-stderr -0 there wanctl shaper down x
	[ -z "$output$stderr" ]
}
