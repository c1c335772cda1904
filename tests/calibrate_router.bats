#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Calibration of a line whose shaper is a router's, from begin to end, and ended
# at any moment.

bats_require_minimum_version 1.5.0

load router
load calibrate

# router_line N DOWN UP: a line of that capacity behind queues Down-N and Up-N of
# the router, and what -k says of it in the array keys.
router_line() {
	local dir=$PWD/w$1 name transport=rest

	fake_line "$dir" "$2" "$3"
	ros add menu=queue/tree "values.name=Down-$1" values.parent=bridge1 \
	    values.queue=cake-down values.max-limit=940000000
	ros add menu=queue/tree "values.name=Up-$1" values.parent=ether1 \
	    values.queue=cake-up values.max-limit=38000000
	cat >"$dir/rate" <<-END
		#!/bin/sh
		name=Down-$1
		[ "\$1" = down ] || name=Up-$1
		"$BATS_TEST_DIRNAME/routeros/rosctl" "$ROS" state \
		    menu=queue/tree name=\$name |
		sed 's/.*"max-limit": "\([0-9]*\)".*/\1/'
	END
	chmod +x "$dir/rate"
	[ $(($1 % 2)) -eq 1 ] || transport=ssh
	keys=(-k ping.hosts=192.0.2.1 -k shaper.timeout=25s
	    -k router.timeout=20s -k router.connect_timeout=20s
	    -k pass.interval=1min -k shaper.backend=router
	    -k "router.transport=$transport" -k router.address=127.0.0.1
	    -k "router.rest_port=$rest_port" -k "router.ssh_port=$ssh_port"
	    -k "router.password_file=$PWD/password"
	    -k "router.ca_file=$ROS/keys/ca.pem"
	    -k "router.known_hosts=$PWD/known_hosts"
	    -k "router.key_file=$ROS/keys/client"
	    -k "router.download_queue=Down-$1" -k "router.upload_queue=Up-$1")
}

router_rates() {
	echo "$("$1/rate" down) $("$1/rate" up)"
}

calibrate_whole() { # N
	router_line "$1" 200000000 20000000
	PATH="$PWD/w$1/bin:$PATH"
	wanctl-calibrate -r -w "w$1" "${keys[@]}" -t 10min \
	    -D "$PWD/w$1/bin/load down" -U "$PWD/w$1/bin/load up" \
	    >"records.$1" 2>"report.$1" </dev/null || echo $? >"failed.$1"
	router_rates "$PWD/w$1" >"rates.$1"
}

# within PERCENT N DIRECTION RATE: the rate that was found.
within() {
	local bps

	bps=$(sed -n "s/^calibrated .*dir=$3 bps=\([0-9]*\) .*/\1/p" "records.$2")
	[ "$bps" -ge $(($4 * (100 - $1) / 100)) ]
	[ "$bps" -le $(($4 * (100 + $1) / 100)) ]
}

@test "R70 R72: a line behind a router, over REST and SSH, from begin to end" {
	calibrate_setup
	for i in 1 2; do
		calibrate_whole $i 3>&- &
	done
	wait
	cat report.* records.*
	run ! cat failed.*
	for i in 1 2; do
		[ "$(cat rates.$i)" = "940000000 38000000" ]
		within 5 $i down 200000000
		within 5 $i up 20000000
		[ "$(grep -c '^calibrated .* check=kept ' records.$i)" -eq 2 ]
		wanctl-conf check "etc/w$i.conf"
		# It is whole: the router answers to it.
		echo "get id=1 what=shaper" | wanctl-router -c "etc/w$i.conf" |
			grep "^answer id=1 .*ok=1"
	done
	grep "^transport = ssh" etc/w2.conf
	# What is there only while it runs.
	[ -z "$(ls state | grep -v '\.lock$')" ]
}

end_router() {
	router_line "$1" 200000000 20000000
	PATH="$PWD/w$1/bin:$PATH"
	set -- "$1" wanctl-calibrate -w "w$1" "${keys[@]}"
	end_at_random "$1" 20 "${@:2}" -D "$PWD/w$1/bin/load down" \
	    -U "$PWD/w$1/bin/load up"
	judge "$1" "state/w$1.calibrate" "router_rates $PWD/w$1" \
	    "940000000 38000000" "${@:2}" -R
}

@test "R72: ended at 100 random moments, with a router over REST and SSH" {
	calibrate_setup
	for i in $(seq 100); do
		end_router "$i" 3>&- &
	done
	wait
	all_restored 100
}
