#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What Prometheus itself makes of the metrics: its checker, and a server that
# scrapes two lines for a minute.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	for program in promtool prometheus systemd-socket-activate curl; do
		command -v "$program" >/dev/null || skip "no $program"
	done
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir -p etc run/cable run/dsl lib
	children=
	states
}

teardown() {
	end_ours $children
}

# states: what the programs of two lines leave, with all that they can.
states() {
	local name of t

	wanctl-records -n >now
	t=$(cat now)
	for name in cable dsl; do
		silent_line >"etc/$name.conf"
	done
	sed -i 's/^backend = print/backend = router/' etc/cable.conf
	cat >>etc/cable.conf <<-END
	[router]
	address = 192.0.2.254
	user = wanctl
	password_file = $T/password
	insecure = yes
	download_queue = down
	upload_queue = up
	[steer]
	to = dsl
	base_min = 100us
	END
	wanctl-conf check etc/cable.conf
	# The counters of one line are others than those of the other.
	for name in cable dsl; do
		of=$((${#name} * 1000))
		cat >"run/$name/queue" <<-END
		queue t=$t wan=$name dir=down source=cake bytes=$((of + 1)) packets=$((of + 2)) drops=$((of + 3)) marks=$((of + 4)) backlog=$((of + 5)) line_bytes=$((of + 6))
		END
		cat >"run/$name/assess" <<-END
		state v=1 program=wanctl-assess wan=$name
		baseline host=192.0.2.1 us=18100
		live
		rate t=$t wan=$name dir=down bps=45200000 state=yellow delta_us=$of base_us=18100 load=34 why=grow
		probes host=192.0.2.1 answered=$((of + 7)) lost=11 late=2
		since t=1769000000000000 answered=99 lost=$((of + 8)) late=2
		spent dir=down unknown_us=1 green_us=$((of + 9))000000 yellow_us=3 soft_red_us=4 red_us=5 blackout_us=6 t=$t state=yellow
		delays dir=down ms_1=1 ms_2=2 ms_5=3 ms_10=0 ms_15=0 ms_25=0 ms_50=0 ms_80=0 ms_120=0 ms_200=0 ms_500=0 ms_1000=0 more=1 sum_us=$((of + 10))000000
		decided dir=down why=grow count=$((of + 11))
		END
		cat >"run/$name/setrate" <<-END
		state v=1 program=wanctl-setrate wan=$name
		shaper dir=down writes=$((of + 12)) failures=$((of + 13)) held=$((of + 14))
		router pauses=$((of + 15)) sectors=$((of + 16))
		live
		applied t=$t wan=$name dir=down bps=$((of + 17))000000 want=1 took_us=$((of + 18)) ok=1
		END
	done
	cat >run/cable/steer <<-END
	state v=1 program=wanctl-steer wan=cable
	steering state=degraded to=dsl changed=1769000004500000 changes=7
	clock back=0 bad=0 decisions=77 away=4
	steer t=$t wan=cable to=dsl on=1 dry_run=0 confidence=78 state=red alternate=good why=score
	diverted t=$t wan=cable to=dsl want=1 on=1 ok=1
	END
}

# By name what Prometheus would have called otherwise: names of the Python
# program, and bits, which rates of lines are in everywhere.
@test "R92: Prometheus's checker complains of no name but those that are kept" {
	wanctl-exporter -t wanctl.prom
	run promtool check metrics <wanctl.prom
	echo "$output"
	diff - <(cut -d ' ' -f 1 <<<"$output" | sort) <<-'END'
	wanctl_rate_bits_per_second
	wanctl_rtt_baseline_ms
	wanctl_rtt_delta_ms
	wanctl_rtt_load_ms
	END
	sed 's/^# TYPE wanctl_up gauge/# TYPE wanctl_up counter/' wanctl.prom >wrong
	run promtool check metrics <wrong
	[[ $output == *wanctl_up* ]]
}

@test "R95: each rule of Prometheus tells what it is for, and nothing else" {
	cp "$top/scripts/prometheus/wanctl.rules.yml" "$top/tests/wanctl.rules.test.yml" .
	promtool check rules wanctl.rules.yml
	promtool test rules wanctl.rules.test.yml
	# All of them have been, and know none but our metrics.
	sed -n 's/^ *- alert: //p' wanctl.rules.yml | sort >rules
	sed -n 's/^ *alertname: //p' wanctl.rules.test.yml | sort -u >tested
	diff rules tested
	[ "$(wc -l <rules)" -ge 10 ]
	grep '^ *\(expr\|sum\|/\)' -A 2 wanctl.rules.yml | grep -o 'wanctl_[a-z_]*' |
		sed 's/_bucket$//' | sort -u >used
	[ -z "$(grep -vxF -f <(sed -n 's/.*{ "\(wanctl_[a-z_]*\)".*/\1/p' \
	    "$top/lib/monitor/metrics.c") used)" ]
	# A rule that is wrong would be found.
	sed -i 's/wanctl_router_up == 0/wanctl_router_up == 1/' wanctl.rules.yml
	run promtool test rules wanctl.rules.test.yml
	[ "$status" -ne 0 ]
}

@test "R95: the dashboard is JSON that asks for our metrics, and Prometheus takes all that it asks" {
	board=$top/scripts/grafana/wanctl.json
	jq -e '.uid == "wanctl" and .id == null and (.schemaVersion >= 36)' "$board"
	[ "$(jq -r '.templating.list[].name' "$board" | paste -s)" = $'datasource\twan' ]
	# Each panel says what it shows, in which unit, and is where it can be seen.
	[ "$(jq '[.panels[] | select((.title and .description and .fieldConfig.defaults.unit
	    and .datasource.uid == "${datasource}") | not)] | length' "$board")" -eq 0 ]
	[ "$(jq '[.panels[].gridPos | select(.x + .w > 24 or .w < 1 or .h < 1)] | length' "$board")" -eq 0 ]
	[ "$(jq '[.panels[].id] | length - (unique | length)' "$board")" -eq 0 ]
	jq -r '.panels[].targets[].expr, .annotations.list[].expr, "wanctl_up"' "$board" >asked
	grep -o 'wanctl_[a-z_]*' asked | sed 's/_bucket$//' | sort -u >used
	[ "$(wc -l <used)" -ge 15 ]
	[ -z "$(grep -vxF -f <(sed -n 's/.*{ "\(wanctl_[a-z_]*\)".*/\1/p' \
	    "$top/lib/monitor/metrics.c") used)" ]
	# As a rule, with what Grafana fills in.
	{
		printf 'groups:\n- name: asked\n  rules:\n'
		sed -e 's/\$__rate_interval/1m/g; s/\$__interval/1m/g; s/\$__range/1h/g; s/\$wan/.*/g' \
		    -e "s/'/''/g" asked |
			awk -v q="'" '{ print "  - record: x" NR "\n    expr: " q $0 q }'
	} >asked.yml
	run promtool check rules asked.yml
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"rules found"* ]]
}

@test "R92: a server of Prometheus that scrapes for a minute has what the records have" {
	local port=29111 exporter=29112

	systemd-socket-activate -l 127.0.0.1:$exporter -a --inetd \
	    -E WANCTL_CONFIG_DIR -E WANCTL_RUNTIME_DIR -E WANCTL_STATE_DIR -E PATH \
	    wanctl-exporter 2>served 3>&- &
	children="$children $!"
	eventually grep -q Listening served
	# As in the manual, but for the port, and more often.
	awk '/^scrape_configs/ { on = 1 } /^\.Ed/ { on = 0 } on' \
	    "$top/man/wanctl-exporter.8" | sed "s/9101/$exporter/" >prometheus.yml
	sed -i '1i global:\n  scrape_interval: 1s' prometheus.yml
	promtool check config prometheus.yml
	prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
	    --web.listen-address=127.0.0.1:$port >server.log 2>&1 3>&- &
	children="$children $!"
	ask() { # QUERY
		curl -sf -G --data-urlencode "query=$1" \
		    http://127.0.0.1:$port/api/v1/query
	}
	scraped() { # HOW OFTEN
		[ "$(ask "count_over_time(up{job=\"wanctl\"}[2m])" |
			jq -r '.data.result[0].value[1]')" -ge "$1" ]
	}
	eventually 120 scraped 60
	# None of them failed.
	[ "$(ask 'min_over_time(up{job="wanctl"}[2m])' | jq -r '.data.result[0].value[1]')" = 1 ]
	wanctl-exporter -t wanctl.prom
	grep -v '^#' wanctl.prom | grep -v wanctl_up >samples
	[ "$(wc -l <samples)" -ge 100 ]
	# Of each metric, and with the labels that it has, the value that is in
	# the file, which the records gave.
	has() { # SAMPLE VALUE
		local got

		got=$(ask "$1" | jq -r '.data.result[].value[1]')
		echo "$1: $got, not $2"
		[ "$(awk -v a="$got" -v b="$2" 'BEGIN { print a == b }')" -eq 1 ]
	}
	# A scrape that came too late leaves none until the next one.
	while read -r sample value; do
		eventually has "$sample" "$value" >waited || {
			cat waited
			false
		}
	done <samples
	# And a few of the records themselves.
	eventually has 'wanctl_queue_drops_total{wan="cable"}' 5003
	eventually has 'wanctl_router_flash_sectors_total' 5016
	eventually has 'sum(wanctl_router_updates_total)' 8024
	eventually has 'wanctl_bandwidth_mbps{wan="dsl"}' 3017
	eventually has 'wanctl_steer_score' 78
}
