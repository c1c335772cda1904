# SPDX-License-Identifier: GPL-2.0-or-later
# What steer.bats does on two emulated lines: steer.bash FUNCTION under
# emulated-line run, with BIN set. Beside the line that is there, whose name is
# cable, the router gets a second one, dsl, to the same servers:
#
#	router wan2 --- customer isp2 core --- eth1 srv

# shellcheck source=tests/helpers.bash
. "${BASH_SOURCE[0]%/*}/helpers.bash"
# shellcheck source=scripts/emulated-line
. "${BASH_SOURCE[0]%/*}/../scripts/emulated-line"

second_line() {
	line_namespace isp2 &&
	line_veth router wan2 isp2 customer && line_veth isp2 core srv eth1 &&
	ip -n router addr add 192.0.3.2/30 dev wan2 &&
	ip -n isp2 addr add 192.0.3.1/30 dev customer &&
	ip -n isp2 addr add 203.0.114.1/24 dev core &&
	ip -n srv addr add 203.0.114.2/24 dev eth1 &&
	ip -n router route add 198.51.101.0/24 via 192.0.3.1 &&
	ip -n router route add default via 192.0.3.1 table 200 &&
	ip -n router rule add fwmark 0x10 lookup 200 priority 100 &&
	ip -n isp2 route add default via 203.0.114.2 &&
	ip -n isp2 route add 192.168.1.0/24 via 192.0.3.2 &&
	ip -n srv route add 192.0.3.0/30 via 203.0.114.1 || return 1
	for i in 1 2 3; do
		ip -n srv addr add 198.51.101.$i/32 dev lo || return 1
	done
	ip netns exec isp2 sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' &&
	line_buffer isp2 customer 10000 400 && line_buffer isp2 core 3000 400
}

# Packets of a class in the set get the mark that leads to the other line.
firewall() {
	ip netns exec router nft -f - <<-'END'
	table inet steer {
		set diverted { type dscp; }
		chain divert {
			type filter hook prerouting priority mangle
			iifname "lan" ip dscp @diverted meta mark set 0x10
		}
	}
	END
}

counters() {
	ip netns exec router nft -f - <<-'END'
	table inet count {
		counter home { }
		counter away { }
		counter bulk { }
		chain out {
			type filter hook postrouting priority 0
			iifname "lan" oifname "wan" ip dscp ef counter name home
			iifname "lan" oifname "wan2" ip dscp ef counter name away
			iifname "lan" oifname "wan2" ip dscp != ef counter name bulk
		}
	}
	END
}

packets() { # COUNTER
	ip netns exec router nft list counter inet count "$1" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

configure() {
	mkdir -p /run/steer && cd /run/steer && mkdir etc state run || return 1
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	cat >etc/dsl.conf <<-'END'
	schema = 1
	[wan]
	device = wan2
	[ping]
	hosts = 198.51.101.1 198.51.101.2 198.51.101.3
	device = wan2
	[shaper]
	backend = print
	[download]
	ceiling = 10mbit
	floor = 1mbit
	[upload]
	ceiling = 3mbit
	floor = 1mbit
	END
	sed -e 's/198.51.101/198.51.100/g' -e 's/wan2/wan/' etc/dsl.conf \
		>etc/cable.conf
	cat >>etc/cable.conf <<-'END'
	[steer]
	to = dsl
	dry_run = no
	base_min = 100us
	green_samples = 5
	hold = 3s
	[diverter]
	backend = nft
	set = inet steer diverted
	element = ef
	reconcile = 1s
	END
}

in_router() {
	ip netns exec router "$@"
}

is_on() {
	in_router nft list set inet steer diverted 2>/dev/null |
		grep -q 'elements = { ef }'
}

is_off() {
	in_router nft list set inet steer diverted >/dev/null && ! is_on
}

# moved FROM TO: in two seconds packets are counted there, and not here.
moved() {
	local from to
	from=$(packets "$1") to=$(packets "$2")
	sleep 2
	from=$(($(packets "$1") - from)) to=$(($(packets "$2") - to))
	echo "$1 $from, $2 $to packets in two seconds"
	[ "$to" -ge 8 ] && [ "$from" -eq 0 ]
}

start_steer() {
	# No shell of ours between: it is this one that is killed.
	ip netns exec router "$BIN/wanctl" steer cable >>out 2>>err &
	steer=$!
}

two_lines() {
	second_line && firewall && counters && configure || return 1
	in_router "$BIN/wanctl" run cable >/dev/null 2>>err &
	in_router "$BIN/wanctl" run dsl >/dev/null 2>>err &
	start_steer
	ip netns exec lan ping -Q 0xb8 -i 0.1 203.0.113.2 >/dev/null 2>&1 &
	eventually grep -q 'state=green .*alternate=worse\|state=green' out &&
	moved away home || return 1

	line_load 1 4 300 || return 1
	eventually is_on && moved home away || return 1
	echo "diverted"
	# Killed, and the rule changed behind its back.
	kill -9 "$steer"
	wait "$steer" 2>/dev/null
	eventually unless pgrep wanctl-follow || return 1
	is_on && moved home away || return 1
	in_router nft delete element inet steer diverted '{ ef }'
	start_steer
	eventually is_on && moved home away || return 1
	echo "reconciled"
	# The diverter fails; all else goes on.
	in_router nft delete table inet steer
	eventually grep -q '^diverted .*ok=0 .*why=missing' out || return 1
	firewall && eventually is_on && moved home away || return 1
	echo "recovered"
	[ "$(packets bulk)" -eq 0 ] || { echo "bulk moved"; return 1; }

	line_unload
	eventually is_off && moved away home || return 1
	kill -TERM "$steer" && wait "$steer" || return 1
	eventually unless pgrep wanctl-follow || return 1
	echo "returned"
	"$BIN/wanctl" explain out
}

"$@"
