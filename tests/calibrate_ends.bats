#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Calibration that is ended at any moment, by all ways there are: the shaper gets
# its rates back. calibrate_htb.bats does it with HTB, calibrate_router.bats with
# a router, and tests/lab/calibrate_ends with CAKE.

bats_require_minimum_version 1.5.0

setup() {
	load calibrate
	calibrate_setup
}

@test "R72: ended at 100 random moments, by a command of the user's" {
	for i in $(seq 100); do
		end_command "$i" 3>&- &
	done
	wait
	all_restored 100
}

end_command() {
	local dir=$PWD/w$1

	fake_line "$dir" 20000000 4000000
	cat >"$dir/rate" <<-END
		#!/bin/sh
		cat "$dir/rate.\$1"
	END
	cat >"$dir/shape" <<-END
		#!/bin/sh
		case \$1 in
		get) cat "$dir/rate.\$2" ;;
		set) echo "\$3" >"$dir/rate.\$2.\$\$" &&
			mv "$dir/rate.\$2.\$\$" "$dir/rate.\$2" ;;
		esac
	END
	chmod +x "$dir/rate" "$dir/shape"
	echo 33000000 >"$dir/rate.down"
	echo 7000000 >"$dir/rate.up"
	PATH="$dir/bin:$PATH"
	set -- "$1" wanctl-calibrate -w "w$1" -k ping.hosts=192.0.2.1 \
	    -k shaper.timeout=5s -k pass.interval=20s \
	    -k shaper.backend=command -k "shaper.command=$dir/shape"
	end_at_random "$1" 24 "${@:2}" -D "$dir/bin/load down" \
	    -U "$dir/bin/load up"
	judge "$1" "state/w$1.calibrate" "command_rates $dir" \
	    "33000000 7000000" "${@:2}" -R
}

command_rates() {
	cat "$1/rate.down" "$1/rate.up" | xargs
}
