#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Configurations of the Python predecessor, of cake-autorate and of sqm.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	seeds=$top/tests/fuzz/corpus/yamlist
}

@test "R101: usage of wanctl-import" {
	run -64 wanctl-import
	[[ "$output" == usage:* ]]
	run -64 wanctl-import -i never x
	run -78 wanctl-import missing.yaml
	echo 'a: [1, 2' >bad.yaml
	run -78 wanctl-import bad.yaml
	[[ "$output" == "wanctl-import: bad.yaml:"* ]]
	run -0 wanctl-import -h
}

@test "R83: a wan file of the first release, and of a later one" {
	for name in wan-1.0 wan-later; do
		run -0 --separate-stderr wanctl-import -o "$name.conf" \
		    "$seeds/$name"
		wanctl-conf check "$name.conf"
		echo "$stderr"
		# Every key has its line in the report.
		[[ "$stderr" == *"lock_timeout"* ]]
		[[ "$stderr" != *hidden* ]]
	done
	[ "$(wanctl-conf get wan-1.0.conf download.ceiling)" = 940mbit ]
	[ "$(wanctl-conf get wan-1.0.conf assess.load_time)" = 8963ms ]
	[ "$(wanctl-conf get wan-1.0.conf baseline.rise_time)" = 98997ms ]
	[ "$(wanctl-conf get wan-1.0.conf upload.yellow)" = 15ms ]
	[ "$(wanctl-conf get wan-later.conf assess.load_time)" = 100ms ]
	[ "$(wanctl-conf get wan-later.conf shaper.backend)" = cake ]
	[ "$(wanctl-conf get wan-later.conf download.device)" = ens17 ]
	# The shaper is on this machine: nothing of a router.
	run ! grep -q router wan-later.conf
}

@test "R83: with the steering file" {
	run -0 --separate-stderr wanctl-import -o x.conf \
	    "$seeds/wan-later" "$seeds/steering"
	wanctl-conf check x.conf
	[ "$(wanctl-conf get x.conf wan.name)" = spectrum ]
	[ "$(wanctl-conf get x.conf steer.to)" = att ]
	[ "$(wanctl-conf get x.conf steer.smooth)" = 1402ms ]
}

# A line of the first release whose queues are a router's; what its template
# has, in the order it has it.
wan_yaml() { # TRANSPORT VERIFY
	cat <<-END
	schema_version: "1.0"
	wan_name: "wan1"
	router:
	  transport: "$1"
	  host: "192.0.2.1"
	  user: "admin"
	  ssh_key: "/etc/wanctl/ssh/router.key"
	  password: "\${ROUTER_PASSWORD}"
	  port: 443
	  verify_ssl: $2
	queues: {download: "WAN-Download-1", upload: "WAN-Upload-1"}
	continuous_monitoring:
	  enabled: true
	  baseline_rtt_initial: 31
	  download: {floor_mbps: 25, ceiling_mbps: 95, step_up_mbps: 2, factor_down: 0.90}
	  upload: {floor_mbps: 6, ceiling_mbps: 18, step_up_mbps: 0.5, factor_down: 0.95}
	  thresholds:
	    target_bloat_ms: 3
	    warn_bloat_ms: 10
	    alpha_baseline: 0.015
	    alpha_load: 0.20
	  ping_hosts: ["192.0.2.7"]
	  use_median_of_three: false
	logging: {main_log: "/var/log/wanctl/dsl.log", debug_log: "/x"}
	lock_file: "/run/wanctl/dsl.lock"
	lock_timeout: 300
	timeouts: {ssh_command: 15, ping: 1}
	state_file: "/var/lib/wanctl/dsl_state.json"
	END
}

is() { # KEY VALUE
	[ "$(wanctl-conf get x.conf "$1")" = "$2" ] || {
		echo "$1: $(wanctl-conf get x.conf "$1"), not $2"
		return 1
	}
}

@test "R83: a router over SSH and over REST: the result is taken, and right" {
	for t in ssh rest; do
		wan_yaml $t false >x.yaml
		rm -f x.conf
		run -0 --separate-stderr wanctl-import -o x.conf x.yaml
		echo "$stderr"
		run -0 wanctl-conf check x.conf
		is router.transport $t
		is shaper.backend router
		is router.address 192.0.2.1
		is router.user admin
		is router.key_file /etc/wanctl/ssh/router.key
		is router.download_queue WAN-Download-1
		is router.upload_queue WAN-Upload-1
		is router.timeout 15s
		is download.floor 25mbit
		is upload.step 500kbit
		is upload.yellow 3ms
		is baseline.gate 2ms
		is download.soft_red 10ms
		# -2 / ln(1 - alpha), by awk's logarithm.
		is assess.load_time \
		    "$(awk 'BEGIN { printf "%.0fms", -2000 / log(1 - 0.20) }')"
		is baseline.rise_time \
		    "$(awk 'BEGIN { printf "%.0fms", -2000 / log(1 - 0.015) }')"
		# Nothing secret, and what is left to do is said.
		run ! grep -q ROUTER_PASSWORD x.conf
		[[ "$stderr" == *"to be done: "*"wanctl trust"* ]]
		[[ "$stderr" == *"to be done: "*"wanctl discover"* ]]
	done
	is router.password_file /etc/wanctl/router.password
	[[ "$stderr" == *"verify_ssl = false: the certificate is always"* ]]
}

@test "R83: a router's line with its steering file, in either order" {
	wan_yaml rest true >x.yaml
	for order in "x.yaml $seeds/steering" "$seeds/steering x.yaml"; do
		rm -f x.conf
		# shellcheck disable=SC2086
		run -0 --separate-stderr wanctl-import -o x.conf $order
		echo "$stderr"
		run -0 wanctl-conf check x.conf
		is wan.name wan1
		is router.address 192.0.2.1
		is router.ca_file /etc/ssl/certs/ca-certificates.crt
		is router.rule 'ADAPTIVE: Steer'
		is diverter.backend router
		is steer.to att
		is steer.interval 500ms
		is steer.smooth \
		    "$(awk 'BEGIN { printf "%.0fms", -500 / log(1 - 0.3) }')"
	done
}

@test "R83: a file that is there is not replaced" {
	echo mine >x.conf
	run -64 wanctl-import -o x.conf "$seeds/wan-later"
	[ "$(cat x.conf)" = mine ]
}

@test "R83: what is missing is said, with status 1" {
	echo 'wan_name: x' >x.yaml
	run -1 wanctl-import x.yaml
	echo "$output"
	[[ "$output" == *"to be put right: "*ceiling*"must be given"* ]]
}

@test "R83: aliases, depth and size are refused" {
	echo '{a: &a [1], b: *a}' >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *alias* ]]
	echo '[[[[[[[[[[1]]]]]]]]]]' >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *deep* ]]
	for i in $(seq 600); do echo "k$i: 1"; done >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *"too many"* ]]
}

@test "R83: a second document, and what is too long, are refused by their line" {
	printf 'wan_name: x\n---\nwan_name: y\n' >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *"x.yaml:2: more than one document"* ]]
	printf 'wan_name: x\nstate_file: %05000d\n' 1 >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *"x.yaml:2: a value is too long"* ]]
	printf '# %0300000d\nwan_name: x\n' 1 >x.yaml
	run -78 wanctl-import x.yaml
	[[ "$output" == *"x.yaml: too long"* ]]
}

@test "R83: each value is named in the report, by its line and its place in a list" {
	run --separate-stderr wanctl-import "$seeds/wan-1.0"
	echo "$stderr"
	line=$(grep -n 'wan_name' "$seeds/wan-1.0" | cut -d: -f1)
	[[ "$stderr" == *"wan-1.0:$line: carried: wan_name = cable: "* ]]
	line=$(grep -n 'ping_hosts' "$seeds/wan-1.0" | cut -d: -f1)
	for i in 0 1 2; do
		[[ "$stderr" == *"wan-1.0:$line: carried: continuous_monitoring.ping_hosts.$i = 192.0.2.$((i + 7)): "* ]]
	done
}

@test "R83: a key that is given twice: the last one counts, and the first is named" {
	sed 's/^wan_name:.*/wan_name: first\n&/' "$seeds/wan-1.0" >twice.yaml
	grep -q '^wan_name: first' twice.yaml
	line=$(grep -n '^wan_name' twice.yaml | tail -n 1 | cut -d: -f1)
	run -0 --separate-stderr wanctl-import -o x.conf twice.yaml
	[[ "$stderr" == *"dropped: wan_name = first: given again in line $line, which counts"* ]]
	run ! grep -q first x.conf
}

@test "R83: alphas are of the interval that is given" {
	wanctl-import -i 1s -o x.conf "$seeds/wan-1.0" "$seeds/steering"
	is assess.load_time \
	    "$(awk 'BEGIN { printf "%.0fms", -1000 / log(1 - 0.20) }')"
	# Steering has its own.
	is steer.smooth \
	    "$(awk 'BEGIN { printf "%.0fms", -500 / log(1 - 0.3) }')"
}

@test "R83: without room for the whole file there is none" {
	# shellcheck disable=SC2016
	run -71 bash -c 'trap "" XFSZ; ulimit -f 0
	    wanctl-import -o x.conf "$1"' bash "$seeds/wan-later"
	echo "$output"
	[[ "$output" == *"x.conf: "* ]]
	[ ! -e x.conf ]
	run -0 wanctl-import -o x.conf "$seeds/wan-later"
}

# --- cake-autorate ------------------------------------------------------------

@test "R118: cake-autorate: every key has its line, and the result is a configuration" {
	cp "$top/tests/fuzz/corpus/keylist/autorate" config.primary.sh
	run -0 --separate-stderr wanctl-import -o x.conf config.primary.sh
	echo "$stderr"
	wanctl-conf check x.conf
	[ "$(wanctl-conf get x.conf download.ceiling)" = 80mbit ]
	[ "$(wanctl-conf get x.conf upload.floor)" = 2mbit ]
	[ "$(wanctl-conf get x.conf wan.device)" = wan ]
	[ "$(wanctl-conf get x.conf ping.hosts)" = "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4" ]
	[ "$(wanctl-conf get x.conf ping.active)" = 3 ]
	[ "$(wanctl-conf get x.conf assess.law)" = adaptive ]
	[[ "$stderr" == *"config.primary.sh:25: changed: ping_extra_args = -I wan -m 0x300: [ping] device = wan; the rest is not taken over"* ]]
	[[ "$stderr" == *":21: dropped: dl_owd_delta_delay_thr_ms = 30.0: of a round trip it is 60ms"* ]]
	[ "$(grep -c '^config.primary.sh:[0-9]' <<<"$stderr")" -eq 24 ]
}

@test "R118: cake-autorate: what takes a shell is refused by its line, and not run" {
	cat >config.lte.sh <<-END
		touch $PWD/run
		dl_if=ifb-lte
		max_dl_shaper_rate_kbps=\$(touch $PWD/run; echo 9)
		[ -e x ] && ul_if=\`touch $PWD/run\`
		reflectors=(192.0.2.1 \$(touch $PWD/run))
		adjust_ul_shaper_rate=0
	END
	run -1 --separate-stderr wanctl-import config.lte.sh
	echo "$output"
	echo "$stderr"
	[ ! -e run ]
	[ "$(grep -c ': refused: .*: takes a shell$' <<<"$stderr")" -eq 4 ]
	[[ "$stderr" == *"config.lte.sh:3: refused: max_dl_"* ]]
	[[ "$stderr" == *"to be put right: lines that take a shell: 4"* ]]
	# What theirs is by default is said, and taken over, but not in place of
	# what was refused: that is for a person to say.
	[[ "$stderr" == *"config.lte.sh: by default: changed: max_ul_shaper_rate_kbps = 35000: "* ]]
	[[ "$stderr" != *": by default: "*": max_dl_shaper_rate_kbps = "* ]]
	[[ "$stderr" != *": by default: "*": reflectors."* ]]
	[[ "$stderr" == *"to be put right: [download] ceiling: must be given"* ]]
	grep -A1 '^\[upload\]' <<<"$output" | grep -q '^managed = no'
}

# --- sqm ------------------------------------------------------------------------

@test "R118: sqm: a queue becomes a line, one of several is chosen" {
	cp "$top/tests/fuzz/corpus/keylist/sqm" sqm
	run -0 --separate-stderr wanctl-import -o x.conf sqm
	echo "$stderr"
	wanctl-conf check x.conf
	[ "$(wanctl-conf get x.conf download.ceiling)" = 85mbit ]
	[ "$(wanctl-conf get x.conf download.device)" = ifb4eth1 ]
	[ "$(wanctl-conf get x.conf upload.base)" = 10mbit ]
	[[ "$stderr" == *"sqm: added: [ping] hosts = "* ]]
	printf "config queue 'lte'\n\toption interface wwan0\n\toption upload 4000\n\toption download 0\n" >>sqm
	run -64 wanctl-import sqm
	[[ "$output" == *"more than one queue, -q NAME takes one: eth1 lte"* ]]
	run -0 --separate-stderr wanctl-import -q lte -o lte.conf sqm
	[ "$(wanctl-conf get lte.conf download.managed)" = no ]
	[ "$(wanctl-conf get lte.conf upload.device)" = wwan0 ]
	echo 'config a b c' >bad
	run -78 wanctl-import bad
	[[ "$output" == *"bad:1: not a line of UCI"* ]]
}

@test "R118: files of two programs are not one line" {
	cp "$top/tests/fuzz/corpus/keylist/autorate" a
	cp "$top/tests/fuzz/corpus/keylist/sqm" b
	run -64 wanctl-import a b
	[[ "$output" == *"b: more files than one of cake-autorate"* ]]
	run -64 wanctl-import a a
}
