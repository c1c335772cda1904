#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-steer switches the rule of a router, by wanctl-router over both
# transports, whatever that router does.

bats_require_minimum_version 1.5.0

load router

# steer_conf TRANSPORT: what router.bash has, and steering.
steer_conf() {
	conf "$1"
	cat >>"$1.conf" <<-'END'
	[steer]
	to = dsl
	dry_run = no
	[diverter]
	backend = router
	timeout = 10s
	reconcile = 1s
	END
}

# seconds FROM TO DELTA_MS STATE: both lines, the first one congested or not.
seconds() {
	local s t drops backlog

	for s in $(seq "$1" $(($2 - 1))); do
		t=$(printf '17690%05d000000' "$s")
		drops=0 backlog=0
		[ "$4" = green ] || drops=$((s * 100)) backlog=90000
		echo "queue t=$t wan=cable dir=up bytes=1 drops=$drops backlog=$backlog"
		echo "rate t=$t wan=dsl dir=down bps=1000000 state=green delta_us=500 base_us=30000"
		echo "rate t=$t wan=cable dir=down bps=1000000 state=$4 delta_us=$(($3 * 1000)) base_us=20000"
	done
}

# Its comment is that of [router] rule.
rule_state() {
	local row

	row=$(ros state menu=ip/firewall/mangle name="ADAPTIVE: Steer latency-sensitive to ATT") ||
		return 1
	case $row in
	*'"disabled": "true"'*) echo off ;;
	*'"comment": '*) echo on ;;
	esac
}
is_on() {
	[ "$(rule_state)" = on ]
}
is_off() {
	[ "$(rule_state)" = off ]
}
off() {
	ros set menu=ip/firewall/mangle name="ADAPTIVE: Steer latency-sensitive to ATT" values.disabled=true
}

# later STATE: as if its pause were over.
later() {
	python3 - "$1" <<-'END'
	import re, sys, zlib
	text = re.sub(r'(?<= until_t=)\d+', '1', open(sys.argv[1]).read())
	text, end = text[:text.rindex('end ')], text[text.rindex('end '):]
	crc = zlib.crc32(text.encode())
	open(sys.argv[1], 'w').write(text + re.sub(r'crc=\w+', 'crc=%d' % crc, end))
	END
}

# running TRANSPORT: one that stays, fed by descriptor 9.
running() {
	rm -f pipe
	mkfifo pipe
	emptied out err
	wanctl-steer -c "$1.conf" -s "s.$1" <pipe >out 2>err 3>&- &
	children="${children:-} $!"
	exec 9>pipe
}

@test "R50 R57: a router's rule does switch: read first, once, verified, and back" {
	for t in rest ssh; do
		ros reset
		off
		steer_conf $t
		seconds 10 30 150 red | wanctl-steer -c $t.conf -s s.$t >out
		is_on
		[ "$(ros count)" -eq 1 ]
		# On already: nothing is written.
		wanctl-steer -c $t.conf -s s.$t </dev/null >out
		[ "$(ros count)" -eq 1 ]
		seconds 30 90 1 green | wanctl-steer -c $t.conf -s s.$t >out
		is_off
		[ "$(ros count)" -eq 2 ]
	done
}

@test "R57: a rule without the key disabled is on, and is switched off" {
	for t in rest ssh; do
		ros reset
		steer_conf $t
		is_on
		seconds 10 12 1 green | wanctl-steer -c $t.conf -s s.$t >out
		is_off
		[ "$(ros count)" -eq 1 ]
	done
}

@test "R57: no rule of that comment, or two: nothing is written" {
	for t in rest ssh; do
		steer_conf $t
		ros reset
		off
		ros set menu=ip/firewall/mangle name=second "values.comment=ADAPTIVE: Steer latency-sensitive to ATT"
		run -75 wanctl-steer -c $t.conf < <(seconds 10 30 150 red)
		[[ $output == *why=duplicate* ]]
		ros remove menu=ip/firewall/mangle "name=ADAPTIVE: Steer latency-sensitive to ATT"
		run -75 wanctl-steer -c $t.conf < <(seconds 10 30 150 red)
		[[ $output == *why=missing* ]]
		[ "$(ros count)" -eq 0 ]
	done
}

@test "R57: a switch that is lost is seen and tried again; a stale answer is not a lost one" {
	for t in rest ssh; do
		ros reset
		off
		steer_conf $t
		ros fault id=lost_write count=1
		running $t
		seconds 10 30 150 red >&9
		eventually is_on
		exec 9>&-
		wait "${children##* }" || true
		ros reset
		off
		ros fault id=stale_read ms=150
		seconds 10 30 150 red | wanctl-steer -c $t.conf >out
		is_on
		[ "$(ros count)" -eq 1 ]
	done
}

@test "R60: after a reboot, and after somebody else's hand, the rule is what it should be" {
	for t in rest ssh; do
		ros reset
		off
		steer_conf $t
		running $t
		seconds 10 30 150 red >&9
		eventually is_on
		ros reboot downtime_ms=500
		off
		eventually is_on
		off
		eventually is_on
		exec 9>&-
		wait "${children##* }" || true
	done
}

@test "R58: credentials that are refused lose no decision, and nobody insists" {
	for t in rest ssh; do
		ros reset
		off
		steer_conf $t
		ros fault id=auth_fail transport=$t
		# The decision is made; it is the switch that is missing. One
		# refusal over REST is not believed: it is asked again.
		running $t
		seconds 10 30 150 red >&9
		eventually grep -q '^diverted .*ok=0 .*why=credentials' out
		exec 9>&-
		ended=0
		wait "${children##* }" || ended=$?
		[ "$ended" -eq 75 ]
		grep -q '^steer .* on=1 ' out
		# A look at the router, and its rule, by each of two processes.
		[ $(($(ros count what=request transport=$t) + $(ros count what=refused transport=$t))) -le 3 ]
		# Nor by the processes after that one, though it would work now.
		ros clear
		before=$(ros count what=connected transport=$t)
		for _ in 1 2 3; do
			run -75 wanctl-steer -c $t.conf -s s.$t </dev/null
			is_off
		done
		[ "$(ros count what=connected transport=$t)" -eq "$before" ]
		# Half a minute later.
		later s.$t
		wanctl-steer -c $t.conf -s s.$t </dev/null >out
		is_on
		run ! grep -q '^pause' s.$t
		grep -q '^wrote t=' s.$t
	done
}

@test "R35: passes leave a router that is down alone, and switch it when it is back" {
	for t in rest ssh; do
		ros forget
		off
		steer_conf $t
		ros fault id=max_sessions n=0
		seconds 10 30 150 red | wanctl-steer -c $t.conf -s s.$t >out 2>&1 || [ $? -eq 75 ]
		# Those were twenty seconds in an instant; here the clock counts.
		begin=$SECONDS
		tries=$(ros count what=connected transport=$t)
		pauses=$(sed -n 's/^router pauses=//p' s.$t)
		for _ in $(seq 19); do
			wanctl-steer -c $t.conf -s s.$t </dev/null >>out 2>&1 || [ $? -eq 75 ]
			sleep 0.05
		done
		# In vain at 0, 0.25, 0.75, 1.75 s ..., or a quarter earlier, and
		# once more where a kept connection broke.
		took=$((SECONDS - begin + 1))
		tries=$(($(ros count what=connected transport=$t) - tries))
		pauses=$(($(sed -n 's/^router pauses=//p' s.$t) - pauses))
		echo "$tries tries, $pauses pauses in $took s"
		[ "$pauses" -ge 1 ]
		awk -v n="$pauses" -v s="$took" 'BEGIN { exit 0.1875 * (2 ^ (n - 1) - 1) > s }'
		[ "$tries" -ge "$pauses" ]
		[ "$tries" -le $((2 * pauses)) ]
		grep -q '^pause failed=[2-9]' s.$t
		ros clear
		works() {
			wanctl-steer -c $t.conf -s s.$t </dev/null >out 2>&1 && is_on
		}
		eventually works
		run ! grep -q '^pause' s.$t
		ros reset
	done
}

# Red and green by turns, so that each round has a switch to be killed in.
@test "R105: killed in the middle of a switch, again and again, it ends up right" {
	for t in rest ssh; do
		ros reset
		off
		steer_conf $t
		sed -i '/^to = dsl/a green_samples = 2\nflaps = 15' $t.conf
		ros fault id=delay ms=100
		for i in $(seq 8); do
			rm -f pipe
			mkfifo pipe
			emptied out err
			wanctl-steer -c $t.conf -s s.$t <pipe >out 2>err 3>&- &
			pid=$!
			children="${children:-} $pid"
			exec 9>pipe
			if [ $((i % 2)) -eq 1 ]; then
				seconds $((i * 100)) $((i * 100 + 40)) 150 red >&9
			else
				seconds $((i * 100)) $((i * 100 + 90)) 1 green >&9
			fi
			eventually grep -q 'steer .*changed=1' out
			sleep "0.$((i * 7 % 10))5"
			kill -9 "$pid"
			wait "$pid" 2>/dev/null || true
			exec 9>&-
		done
		ros clear
		# What it decided last is what it sees to.
		want=$(sed -n 's/^steering state=\([a-z]*\).*/\1/p' s.$t)
		echo "$t: $(ros count) writes, $want"
		[ "$(ros count)" -ge 1 ]
		wanctl-steer -c $t.conf -s s.$t </dev/null >out
		if [ "$want" = degraded ]; then is_on; else is_off; fi
	done
}
