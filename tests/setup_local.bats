#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Setting up a line whose shapers are this machine's HTB, and steering by a
# router's rule, through a real terminal and without questions.

bats_require_minimum_version 1.5.0

load router
load setup

ns=wanctl-setup-$$

teardown() {
	tmux -L "$socket" kill-server 2>/dev/null || :
	ip netns del "$ns" 2>/dev/null || :
	ip netns del "$ns-far" 2>/dev/null || :
}

# A machine with HTB on both devices, of which only down0 has class 1:20.
make_machine() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	ip netns add "$ns" 2>/dev/null || skip "no network namespaces here"
	ip -n "$ns" link set lo up
	ip -n "$ns" link add up0 type veth peer name up1
	ip -n "$ns" link add down0 type veth peer name down1
	for device in up0 down0; do
		tc -n "$ns" qdisc add dev $device root handle 1: htb default 10 ||
			skip "no HTB here"
		tc -n "$ns" class add dev $device parent 1: classid 1:10 \
		    htb rate 50mbit
	done
	tc -n "$ns" class add dev down0 parent 1: classid 1:20 htb rate 50mbit
}

class_rate() { # DEVICE CLASS
	tc -n "$ns" class show dev "$1" | sed -n "s/^class htb $2 .* rate \([^ ]*\) .*/\1/p"
}

@test "R96: in a terminal: HTB of this machine, its devices and classes" {
	command -v tmux >/dev/null || skip "no tmux"
	make_machine
	open_terminal "ip netns exec $ns wanctl-setup -n home -t dsl -r 127.0.0.1"
	answer 'What shapes it' 'htb'
	answer 'Make the shapers (no: they are there)' 'no'
	answer 'Device that shapes the upload' 'eth99'
	see 'eth99: no such network device'
	answer 'Device that shapes the upload' 'up0'
	answer 'Device that shapes the download, or none [ifb4up0]' 'down0'
	answer 'Class of HTB for the upload [1:10]' '1:20'
	see 'up0 has no class 1:20 of HTB. It has: 1:10'
	answer 'Class of HTB for the upload [1:10]' ''
	answer 'Class of HTB for the download [1:10]' 'ten'
	see 'down0 has no class ten of HTB. It has: 1:10 1:20'
	answer 'Class of HTB for the download [1:10]' '1:20'
	answer 'Download at its best' '40mbit'
	answer 'Upload at its best' '8mbit'
	answer 'How it runs' 'none'
	answer 'Name of a second line' 'none'
	[ -z "$(ls etc)" ]
	answer 'Write this to' 'yes'
	see 'status=0'
	[ "$(wanctl-conf get etc/home.conf upload.class)" = 1:10 ]
	[ "$(wanctl-conf get etc/home.conf download.class)" = 1:20 ]
	[ "$(wanctl-conf get etc/home.conf download.device)" = down0 ]
	# What was written works: a rate goes where it should.
	now=$(date +%s)000000
	printf 'rate t=%s wan=home dir=%s bps=%s state=green\n' "$now" down 20000000 "$now" up 4000000 |
	    ip netns exec "$ns" wanctl-setrate -c etc/home.conf >applied
	cat applied
	[ "$(class_rate down0 1:20)" = 20Mbit ]
	[ "$(class_rate down0 1:10)" = 50Mbit ]
	[ "$(class_rate up0 1:10)" = 4Mbit ]
}

@test "R96: HTB without questions: what is wrong, and again from what is there" {
	make_machine
	htb_setup() { # STATUS OPTION...
		local status=$1

		shift
		run "-$status" ip netns exec "$ns" wanctl-setup -y -n home -r 127.0.0.1 \
		    -m none -o make=no "$@"
		echo "$output"
	}
	htb_setup 78 -t dsl -b htb -u up0 -d down0 -o upload_class=1:20
	[[ "$output" == *"up0 has no class 1:20 of HTB. It has: 1:10"* ]]
	htb_setup 78 -t dsl -b htb -u lo -d down0
	[[ "$output" == *"lo has no class 1:10 of HTB. It has: "* ]]
	[ -z "$(ls etc)" ]
	# Both may be of one device, as behind a bridge, but then not one class.
	htb_setup 78 -t dsl -b htb -u down0 -d down0
	[[ "$output" == *"1:10 of down0 shapes the upload already."* ]]
	[ -z "$(ls etc)" ]
	htb_setup 0 -t dsl -b htb -u down0 -d down0 -o upload_class=1:20
	[ "$(wanctl-conf get etc/home.conf upload.class)" = 1:20 ]
	[ "$(wanctl-conf get etc/home.conf download.class)" = 1:10 ]
	cp etc/home.conf before
	htb_setup 0
	[[ "$output" == *"is as it should be"* ]]
	cmp before etc/home.conf
	# From there to another shaper: what is of HTB alone goes.
	htb_setup 0 -b print -D 90mbit
	wanctl-conf check etc/home.conf
	[ "$(wanctl-conf get etc/home.conf shaper.backend)" = print ]
}

# A neighbour that answers on the other end of up0.
make_neighbour() {
	ip netns add "$ns-far"
	ip -n "$ns" link set up1 netns "$ns-far"
	ip -n "$ns" address add 10.99.0.1/24 dev up0
	ip -n "$ns-far" address add 10.99.0.2/24 dev up1
	ip -n "$ns" link set up0 up
	ip -n "$ns-far" link set up1 up
}

@test "R96: beside another line, probes are told which way to go" {
	make_machine
	make_neighbour
	local_setup() {
		run -0 ip netns exec "$ns" wanctl-setup -y -n "$1" -t dsl -b htb \
		    -o make=no -u up0 -d down0 -m none -r 10.99.0.2
		echo "$output"
	}
	local_setup alone
	run ! wanctl-conf get etc/alone.conf ping.device
	local_setup second
	[ "$(wanctl-conf get etc/second.conf ping.device)" = up0 ]
	wanctl-conf check etc/second.conf
	# ... which the first one is when it is set up again, too.
	local_setup alone
	[ "$(wanctl-conf get etc/alone.conf ping.device)" = up0 ]
}

# line DEVICE NETWORK METRIC: a way out, whose other end answers.
make_way() {
	ip -n "$ns" link add "$1" type veth peer name far netns "$ns-far"
	ip -n "$ns-far" link set far name "far-$1"
	ip -n "$ns" address add "$2.1/24" dev "$1"
	ip -n "$ns-far" address add "$2.2/24" dev "far-$1"
	ip -n "$ns" link set "$1" up
	ip -n "$ns-far" link set "far-$1" up
	ip -n "$ns" route add default via "$2.2" metric "$3"
}

@test "R96: two lines in one go, and what the first one diverts to the second" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	ip netns add "$ns" 2>/dev/null || skip "no network namespaces here"
	ip netns add "$ns-far"
	make_way wan0 10.98.0 1
	make_way wan1 10.99.0 2
	printf '%s\n' cable cable htb yes '' '' 10.98.0.2 100mbit 10mbit none \
	    cable dsl dsl htb yes '' '' 10.99.0.2 20mbit 2mbit none yes \
	    '' '' yes >answers
	run -0 ip netns exec "$ns" wanctl-setup <answers
	echo "$output"
	[[ "$output" == *"cable is there already; another name"* ]]
	[ "$(wanctl-conf get etc/cable.conf wan.device steer.to ping.device | xargs)" = "wan0 dsl wan0" ]
	[ "$(wanctl-conf get etc/dsl.conf wan.device ping.device | xargs)" = "wan1 wan1" ]
	run ! wanctl-conf get etc/dsl.conf steer.to
	[ "$(wanctl-conf get etc/cable.conf download.device)" = ifb4wan0 ]
	[ "$(wanctl-conf get etc/dsl.conf download.device)" = ifb4wan1 ]
	wanctl-conf check etc/cable.conf
	wanctl-conf check etc/dsl.conf
	# One that is not there cannot be diverted to.
	rm -r etc/*
	run -78 ip netns exec "$ns" wanctl-setup -y -n cable -s nowhere -b print -r 10.98.0.2
	[[ "$output" == *"nowhere.conf is not there yet"* ]]
	# Left while it is asked about the second, nothing is of either.
	head -n 15 answers >some
	run -1 ip netns exec "$ns" wanctl-setup <some
	[[ "$output" == *"dsl is not set up; nothing of cable is written"* ]]
	[ -z "$(ls etc)" ]
}

@test "R96: in a terminal: a router's rule that diverts is looked for" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	cp "$top/scripts/examples/dsl.conf" etc/dsl.conf
	(umask 077 && echo s3cret-wanctl >password)
	open_terminal "wanctl-setup -n cable -t cable -b router -r 127.0.0.1 -m timer -D 100mbit -U 10mbit -o transport=rest -o address=127.0.0.1:$rest_port -o trust=yes -o user=wanctl -o password_file=$PWD/password -o download_queue=WAN-Download -o upload_queue=WAN-Upload"
	answer 'Line to divert' 'cable'
	answer 'That is this line itself' 'dsl'
	answer 'Comment of the mangle rule that diverts it' 'Steer'
	see 'rule'
	see 'Comment of the mangle rule that diverts it (none, or one of those above) [none]: Steer'
	answer '[none]:' 'ADAPTIVE: Steer latency-sensitive to ATT'
	answer 'Only say what would be diverted, for a start [yes]' 'no'
	answer 'Write this to' 'yes'
	answer 'Enable wanctl@cable.timer now' 'yes'
	answer 'Enable wanctl-steer@cable.service now' 'yes'
	see 'status=0'
	[ "$(wanctl-conf get etc/cable.conf router.rule)" = \
	    'ADAPTIVE: Steer latency-sensitive to ATT' ]
	[ "$(wanctl-conf get etc/cable.conf diverter.backend)" = router ]
	[ "$(wanctl-conf get etc/cable.conf steer.dry_run)" = no ]
	[ -e enabled/wanctl-steer@cable.service ]
	# The file is enough to read the rule.
	echo 'get id=1 what=rule' | wanctl-router -c etc/cable.conf >answer
	cat answer
	grep -q ' ok=1 ' answer
	# Without questions: another comment is refused, the same one kept.
	run -78 wanctl-setup -y -n cable -o rule=Other
	echo "$output"
	run -0 wanctl-setup -y -n cable
	[[ "$output" == *"is as it should be"* ]]
}

# A machine as it is bought: a default route by up0, and no shaper.
make_bare_machine() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	ip netns add "$ns" 2>/dev/null || skip "no network namespaces here"
	ip -n "$ns" link set lo up
	ip -n "$ns" link add up0 type veth peer name up1
	make_neighbour
	ip -n "$ns" route add default via 10.99.0.2
}

@test "R96 R111: without a shaper it is wanctl that makes them" {
	make_bare_machine
	bare_setup() { # STATUS OPTION...
		local status=$1

		shift
		run "-$status" ip netns exec "$ns" wanctl-setup -y -n home \
		    -r 10.99.0.2 -m none "$@"
		echo "$output"
	}
	for line in cable/docsis fiber/ethernet starlink/ethernet \
	    dsl/bridged-ptm lte/raw; do
		bare_setup 0 -b cake -t "${line%/*}"
		[ "$(wanctl-conf get etc/home.conf shaper.make)" = yes ]
		[ "$(wanctl-conf get etc/home.conf shaper.framing)" = "${line#*/}" ]
	done
	[ "$(wanctl-conf get etc/home.conf wan.device upload.device download.device)" = \
	    $'up0\nup0\nifb4up0' ]
	# What was chosen by hand stays.
	sed -i 's/^framing.*/framing = conservative/' etc/home.conf
	bare_setup 0 -D 30mbit
	[ "$(wanctl-conf get etc/home.conf shaper.framing)" = conservative ]
	# With HTB there is no class to be asked for.
	bare_setup 0 -b htb
	[ "$(wanctl-conf get etc/home.conf upload.class)" = 7761:1 ]
	run ! grep '^class' etc/home.conf
	# Back to what others make.
	bare_setup 0 -b print
	run ! grep -E '^(make|framing)' etc/home.conf

	# Nothing of others' is taken.
	rm -r etc && mkdir etc
	ip -n "$ns" link add ifb4up0 type ifb
	bare_setup 78 -b cake -t dsl
	[[ "$output" == *"ifb4up0 is there, and was not made by wanctl"* ]]
	bare_setup 78 -b cake -t dsl -d ifb4up0-and-more
	[[ "$output" == *"15 characters at most"* ]]
	ip netns exec "$ns" tc qdisc add dev up0 root handle 5: tbf rate 1mbit burst 5k latency 50ms
	bare_setup 78 -b cake -t dsl -d ifb9
	[[ "$output" == *"up0 has a qdisc that was not made by wanctl:"*"tbf 5:"*"tc qdisc del dev up0 root"* ]]
	[ -z "$(ls etc)" ]
}

@test "R96 R111: in a terminal: an empty answer to each question" {
	command -v tmux >/dev/null || skip "no tmux"
	make_bare_machine
	open_terminal "ip netns exec $ns wanctl-setup -r 10.99.0.2"
	answer 'Name of the line [wan]' ''
	answer 'Kind of line' ''
	answer 'What shapes it' 'cake'
	answer 'Make the shapers (no: they are there) [yes]' ''
	answer 'Device that shapes the upload, or none [up0]' ''
	answer 'Device that shapes the download, or none [ifb4up0]' ''
	answer 'Download at its best' ''
	answer 'Upload at its best' ''
	answer 'How it runs' ''
	answer 'Name of a second line' ''
	answer 'Write this to' ''
	answer 'Enable' ''
	see 'status=0'
	[ "$(wanctl-conf get etc/wan.conf shaper.make)" = yes ]
	# Taken down again, its shapers go as well.
	run -0 ip netns exec "$ns" env WANCTL_STATE_DIR="$PWD/state" \
	    WANCTL_RUNTIME_DIR="$PWD/run" wanctl-setup -x -y -n wan
	echo "$output"
	[[ "$output" != *"keep the rates"* ]]
}

@test "R96 R111: what shapers of others' lack is said" {
	make_bare_machine
	ip -n "$ns" link add ifb4up0 type ifb
	for device in up0 ifb4up0; do
		ip netns exec "$ns" tc qdisc add dev $device root handle 1: htb default 10
		ip netns exec "$ns" tc class add dev $device parent 1: classid 1:10 htb rate 50mbit
	done
	run -0 ip netns exec "$ns" wanctl-setup -y -n home -t dsl -b htb \
	    -r 10.99.0.2 -m none
	echo "$output"
	[ "$(wanctl-conf get etc/home.conf shaper.make)" = no ]
	[[ "$output" == *"ifb4up0: nothing that arrives at [wan] device is redirected here"* ]]
	# The ifb that is fed is the one that is proposed.
	rm etc/home.conf
	ip -n "$ns" link add feed type ifb
	ip netns exec "$ns" tc qdisc add dev feed root handle 1: htb default 10
	ip netns exec "$ns" tc class add dev feed parent 1: classid 1:10 htb rate 50mbit
	ip -n "$ns" link set feed up
	ip netns exec "$ns" tc qdisc add dev up0 ingress
	ip netns exec "$ns" tc filter add dev up0 parent ffff: u32 match u32 0 0 \
	    action mirred egress redirect dev feed
	run -0 ip netns exec "$ns" wanctl-setup -y -n home -t dsl -b htb \
	    -r 10.99.0.2 -m none
	echo "$output"
	[ "$(wanctl-conf get etc/home.conf download.device)" = feed ]
	[[ "$output" != *"is redirected"* ]]
}
