#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Records to Home Assistant by MQTT, with a broker on loopback.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$top/scripts:$PATH:/usr/sbin"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	command -v mosquitto >/dev/null || skip "no mosquitto"
	command -v mosquitto_pub >/dev/null || skip "no mosquitto_pub"
	children=
}

teardown() {
	end_ours $children
}

# broker: one that anybody here may use; its port is in $port.
broker() {
	port=$((20000 + ($$ + BATS_TEST_NUMBER) % 20000))
	printf '%s\n' "listener $port 127.0.0.1" 'allow_anonymous true' \
	    'persistence false' >mosquitto.conf
	mosquitto -c mosquitto.conf >broker.log 2>&1 3>&- &
	children="$children $!"
	eventually mosquitto_pub -p "$port" -t there -n
}

@test "R92: usage of the script for Home Assistant" {
	run -64 homeassistant-discovery
	run -64 homeassistant-discovery 'a b'
	run -64 homeassistant-discovery '../x'
	run -75 homeassistant-discovery cable -p 1
	[[ $output == *"the broker did not take it"* ]]
}

@test "R92: Home Assistant is told of each sensor, and records come as JSON" {
	broker
	homeassistant-discovery cable.1 -p "$port"
	# Kept by the broker for who comes later.
	mosquitto_sub -p "$port" -t 'homeassistant/#' -N -F '%t^%p^^' -C 8 -W 60 >kept
	tr -d '\n' <kept | sed 's/\^\^/\n/g' >configs
	[ "$(wc -l <configs)" -eq 8 ]
	cut -d ^ -f 1 configs | sort >topics
	grep -qx 'homeassistant/sensor/wanctl_cable_1/down_bps/config' topics
	[ "$(sort -u topics | wc -l)" -eq 8 ]
	while IFS=^ read -r topic config; do
		jq -e '.state_topic == "wanctl/cable.1" and .name and .unique_id
		    and (.value_template | contains("this.state"))' <<<"$config" ||
			{
				echo "$topic: $config"
				false
			}
	done <configs
	# As the manual has it, of a recording here.
	mosquitto_sub -p "$port" -t wanctl/cable.1 -C 2 -W 30 >got 3>&- &
	subscriber=$!
	children="$children $subscriber"
	echo 'rate t=17 wan=cable.1 dir=up bps=4500000 state=green delta_us=1500 load=5' >one
	published() {
		wanctl-records -j <one | mosquitto_pub -p "$port" -l -t wanctl/cable.1
		[ -s got ]
	}
	eventually published
	[ "$(head -n 1 got | jq .bps)" = 4500000 ]
}
