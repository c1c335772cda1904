#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-steer from the command line: decisions of recorded streams, diverters
# in network namespaces, state, faults.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	TOP="$BATS_TEST_DIRNAME/.."
	PATH="${BIN:-$TOP/build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	: >empty
	netns=wst$$n$BATS_TEST_NUMBER
}

teardown() {
	# shellcheck disable=SC2086 # several
	end_ours -KILL ${children:-}
	ip netns del "$netns" 2>/dev/null || true
}

# conf [LINE...]: cable.conf, with these lines of [steer] and [diverter].
conf() {
	cat >cable.conf <<-'END'
	schema = 1
	[wan]
	name = cable
	[shaper]
	backend = print
	[download]
	ceiling = 100mbit
	floor = 10mbit
	[upload]
	ceiling = 20mbit
	floor = 2mbit
	END
	printf '%s\n' '[steer]' 'to = dsl' "$@" >>cable.conf
}

# seconds FROM TO DELTA_MS STATE [DROPS A SECOND]: records of both lines.
seconds() {
	awk -v from="$1" -v to="$2" -v delta="$3" -v state="$4" -v drops="${5:-0}" '
	BEGIN {
		total = drops > 0 ? from * 100 : from * 100
		for (s = from; s < to; s++) {
			total += drops
			t = sprintf("17690%05d000000", s)
			printf "queue t=%s wan=cable dir=up bytes=1 drops=%d backlog=%d\n", t, drops ? s * 100 : 0, drops ? 90000 : 0
			printf "rate t=%s wan=dsl dir=down bps=1000000 state=green delta_us=500 base_us=30000\n", t
			printf "rate t=%s wan=cable dir=down bps=1000000 state=%s delta_us=%d base_us=20000\n", t, state, delta * 1000
		}
	}'
}

# The story of a congestion: well, congested, well.
congestion() {
	seconds 10 20 1 green
	seconds 20 60 150 red 9
	seconds 60 120 1 green
}

@test "usage and configuration" {
	for args in "" "-c" "-x" "-c cable.conf x" "-r" "-c cable.conf -r -n"; do
		# shellcheck disable=SC2086
		run -64 wanctl-steer $args <empty
	done
	conf
	sed -i '/^to/d' cable.conf
	run -78 wanctl-steer -c cable.conf <empty
	[[ $output == *"[steer] to: must be given"* ]]
	conf 'to_ = x'
	run -78 wanctl-steer -c cable.conf <empty
	conf '[diverter]' 'backend = rule'
	run -78 wanctl-steer -c cable.conf <empty
	[[ $output == *priority* ]]
}

@test "R50: traffic moves while the line is congested, and comes back" {
	conf
	congestion | wanctl-steer -c cable.conf >out
	grep changed=1 out | cut -d ' ' -f 2-7
	[ "$(grep -c changed=1 out)" -eq 2 ]
	[ "$(grep changed=1 out | sed -n 's/.* t=\([0-9]*\) .* on=1 .* why=\(.*\)/\1 \2/p')" = \
	    "1769000021000000 red" ]
	[ "$(grep changed=1 out | sed -n 's/.* on=0 .*why=//p')" = healthy ]
	congestion | sed '/^queue/d' | wanctl-steer -c cable.conf >rtt_only
	grep -q "changed=1 .*signals=delta " rtt_only
}

@test "R94: no data fills the log: 100,000 doubts that come and go" {
	conf
	awk 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "rate t=%.0f wan=cable dir=down bps=1000000 state=green delta_us=500 base_us=%d\n",
			    (1769000000 + i * 1.1) * 1000000, i % 3 ? 15000 : 16000
	}' | wanctl-steer -c cable.conf >out 2>err
	tail -n 3 err
	[ "$(wc -c <err)" -lt 16384 ]
	[ "$(grep -c 'is not believed' err)" -ge 64 ]
}

@test "R50: the same records, the same decisions, byte for byte" {
	conf 'mode = confidence'
	congestion | wanctl-steer -c cable.conf >one
	congestion | while IFS= read -r line; do
		printf '%s\n' "$line"
	done | wanctl-steer -c cable.conf >two
	[ -s one ]
	cmp one two
}

@test "other records are copied, of both lines the own ones only with -a" {
	conf
	{ seconds 10 12 1 green; echo "rtt t=5 wan=cable host=192.0.2.1 seq=1 us=9"
	echo "rate t=1 wan=lte dir=up bps=5 state=green"; echo NONSENSE; } >in
	run -65 wanctl-steer -c cable.conf <in
	[ "$(grep -c '^rtt' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^rate' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^steer' <<<"$output")" -eq 2 ]
	run -65 wanctl-steer -a -c cable.conf <in
	[ "$(grep -c '^rate' <<<"$output")" -eq 5 ]
}

# diverter: a program that keeps on or off in the file "is", counts calls, and
# fails while there is a file "broken".
diverter() {
	cat >diverter <<-END
	#!/bin/sh
	cd $PWD || exit 1
	echo "\$*" >>calls
	[ ! -e broken ] || exit 1
	case \$1 in
	get) cat is ;;
	set) [ -e deaf ] || echo "\$2" >is ;;
	esac
	END
	chmod +x diverter
	echo off >is
	: >calls
}

@test "R55: a dry run by default: the diverter is not even read" {
	diverter
	conf '[diverter]' 'backend = command' "command = $PWD/diverter" 'timeout = 10s'
	congestion | wanctl-steer -c cable.conf >out
	[ "$(grep -c dry_run=1 out)" -eq "$(grep -c '^steer' out)" ]
	run ! grep -q '^diverted' out
	[ ! -s calls ]
	[ "$(cat is)" = off ]
	conf 'dry_run = no' '[diverter]' 'backend = command' "command = $PWD/diverter" 'timeout = 10s'
	seconds 10 30 150 red 9 | wanctl-steer -n -c cable.conf >out
	[ ! -s calls ]
	wanctl-steer -r -c cable.conf
	[ -s calls ]
}

live_conf() {
	diverter
	conf 'dry_run = no' '[diverter]' 'backend = command' \
	    "command = $PWD/diverter" 'timeout = 10s' 'reconcile = 1s'
}

@test "R57: set once, verified, and what is right is not written" {
	live_conf
	seconds 10 30 150 red 9 | wanctl-steer -c cable.conf -s state >out
	[ "$(cat is)" = on ]
	[ "$(grep -c '^set' calls)" -eq 1 ]
	grep -q '^diverted .*want=1 on=1 .*ok=1 wrote=1' out
	: >calls
	seconds 30 40 150 red 9 | wanctl-steer -c cable.conf -s state >out
	run ! grep -q '^set' calls
	grep -q '^diverted .*want=1 on=1 .*ok=1 wrote=0' out
	[ "$(cat is)" = on ]
}

@test "R57: a switch that is not taken is tried again, and said once" {
	live_conf
	touch deaf
	seconds 10 30 150 red 9 >in
	mkfifo pipe
	wanctl-steer -c cable.conf -s state <pipe >out 2>err &
	children=$!
	exec 9>pipe
	cat in >&9
	eventually eval '[ "$(grep -c "^set on" calls)" -ge 3 ]'
	rm deaf
	eventually eval '[ "$(cat is)" = on ]'
	eventually grep -q 'works again' err
	exec 9>&-
	wait "$children"
	[ "$(grep -c 'is off after it was switched on' err)" -eq 1 ]
	grep -q '^diverted .*ok=0 .*why=not_taken' out
	grep -q '^diverted .*ok=1' out
}

@test "R57: what was decided last is carried out, be the input a file or a pause not over" {
	live_conf
	seconds 10 30 150 red 9 >in
	wanctl-steer -c cable.conf -s state <in >out
	[ "$(cat is)" = on ]
	# It fails at first, and is right when the input ends, within the pause.
	seconds 30 90 1 green >in
	cat >failing <<-END
	#!/bin/sh
	[ -e $PWD/failed ] || { touch $PWD/failed; exit 1; }
	exec $PWD/diverter "\$@"
	END
	chmod +x failing
	sed -i "s,^command = .*,command = $PWD/failing," cable.conf
	wanctl-steer -c cable.conf -s state < <(cat in
		eventually test -e failed) >out
	[ "$(cat is)" = off ]
}

@test "R58: a diverter that fails loses no counter and no decision" {
	live_conf
	touch broken
	run -75 wanctl-steer -c cable.conf -s state < <(seconds 10 30 150 red 9)
	grep -q '^steering state=degraded .*changes=1' state
	grep -q '^clock .*decisions=20' state
	rm broken
	# Nothing new is decided: what was decided is carried out.
	wanctl-steer -c cable.conf -s state <empty >out
	[ "$(cat is)" = on ]
	seconds 10 30 150 red 9 | wanctl-steer -n -c cable.conf >whole
	[ "$(grep -c '^steer' whole)" -eq 20 ]
}

@test "R60: reconciled at the start, both ways" {
	live_conf
	echo on >is
	wanctl-steer -c cable.conf -s state <empty >out
	[ "$(cat is)" = off ]
	seconds 10 30 150 red 9 | wanctl-steer -c cable.conf -s state >out
	[ "$(cat is)" = on ]
	echo off >is
	wanctl-steer -c cable.conf -s state <empty >out
	[ "$(cat is)" = on ]
}

@test "R60: wanctl reset turns it off and forgets" {
	live_conf
	mkdir -p etc var run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/var
	export WANCTL_RUNTIME_DIR=$PWD/run
	cp cable.conf etc
	seconds 10 30 150 red 9 | wanctl-steer -c cable.conf -s var/cable.steer >out
	[ "$(cat is)" = on ]
	touch broken
	run -75 wanctl reset cable
	[ -e var/cable.steer ]
	rm broken
	wanctl reset cable
	[ "$(cat is)" = off ]
	[ ! -e var/cable.steer ]
}

@test "R105: killed at any moment, it goes on where it was" {
	live_conf
	: >"$BATS_TEST_TMPDIR/log"
	for i in $(seq 30); do
		from=$((10 + i * 4))
		delta=150 state=red drops=9
		[ $((i / 8 % 2)) -eq 0 ] || delta=1 state=green drops=0
		{ seconds "$from" $((from + 4)) $delta $state $drops; sleep 0.2; } 3>&- |
			wanctl-steer -c cable.conf -s state -l live >>log 2>>err 3>&- &
		child=$!
		children="${children:-} $child"
		sleep "0.0$((i % 10))"
		kill -9 "$child"
		wait "$child" 2>/dev/null || true
		[ ! -e live ] || wanctl-steer -c cable.conf -s state -l live <empty >>log 2>>err
	done
	# And once to the end: it may have been killed each time before it wrote.
	seconds 134 138 $delta $state $drops |
		wanctl-steer -c cable.conf -s state -l live >>log 2>>err
	run ! grep -q -e damaged -e 'not used' err
	want=$(sed -n 's/^steering state=\([a-z]*\).*/\1/p' live)
	[ "$want" = degraded ] && [ "$(cat is)" = on ] ||
		{ [ "$want" = good ] && [ "$(cat is)" = off ]; }
}

last_is_end() { # FILE
	tail -n 1 "$1" | grep '^end$' >&2
}

@test "R106: 1,000,000 decisions, and the memory does not grow" {
	conf
	peak() { # COUNT: peak resident set in kB after so many decisions
		mkfifo "in$1"
		wanctl-steer -c cable.conf <"in$1" >"out$1" 3>&- &
		pid=$!
		children="${children:-} $pid"
		exec 9>"in$1"
		awk -v n="$1" 'BEGIN {
			for (i = 0; i < n; i++) {
				t = sprintf("%.0f", 1769000000000000 + i * 1000000)
				if (i % 10 == 0)
					printf "rate t=%s wan=dsl dir=up bps=9 state=green delta_us=9 base_us=30000\n", t
				printf "rate t=%s wan=cable dir=up bps=9 state=red delta_us=%d base_us=20000\n", t, (i % 300 > 200 ? 90000 : i % 977)
			}
			print "end" }' >&9
		eventually 200 last_is_end "out$1" >&2
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"
		exec 9>&-
		wait "$pid"
	}
	small=$(peak 100000)
	large=$(peak 1000000)
	[ "$(grep -c '^steer' out1000000)" -eq 1000000 ]
	[ "$(grep -c changed=1 out1000000)" -ge 6000 ]
	echo "# peak RSS: $small kB after 100,000, $large kB after 1,000,000" >&3
	[ "$large" -le $((small + 200)) ]
}

@test "R105: a second one is told who holds the state" {
	live_conf
	mkfifo in
	wanctl-steer -c cable.conf -s state <in >out 3>&- &
	children=$!
	exec 9>in
	eventually test -s state.lock
	run -75 wanctl-steer -c cable.conf -s state <empty
	[[ $output == *"held by wanctl-steer"* ]]
}

# --- diverters of the kernel --------------------------------------------------

namespace() {
	ip netns add "$netns" 2>/dev/null || skip "no network namespaces here"
	ip -n "$netns" link set lo up
}

steer() { # ARGUMENT...
	ip netns exec "$netns" wanctl-steer -c cable.conf -s state "$@"
}

@test "R50: an element of a set of nftables" {
	namespace
	inside="ip netns exec $netns"
	$inside nft add table inet t || skip "no nftables here"
	conf 'dry_run = no' '[diverter]' 'backend = nft' 'set = inet t steered' \
	    'element = 0x10'
	# The set is missing: said, and nothing is made.
	run -75 steer < <(seconds 10 30 150 red 9)
	[[ $output == *"diverter: nft list set inet t steered"*"No such file"* ]]
	[[ $output == *"why=missing"* ]]
	$inside nft add set inet t steered '{ type mark; }'
	steer <empty >out
	$inside nft list set inet t steered | grep -q 0x00000010
	seconds 30 120 1 green | steer >out
	run ! grep -q 0x00000010 < <($inside nft list set inet t steered)
	grep -q '^diverted .*want=0 on=0 .*wrote=1' out
	$inside nft add element inet t steered '{ 0x10 }'
	steer -r 2>/dev/null || ip netns exec "$netns" wanctl-steer -c cable.conf -r
	run ! grep -q 0x00000010 < <($inside nft list set inet t steered)
}

@test "R50: what is no plain name never reaches nftables" {
	namespace
	ip netns exec "$netns" nft add table inet t || skip "no nftables here"
	conf 'dry_run = no' '[diverter]' 'backend = nft' 'set = inet t s; flush ruleset' \
	    'element = 1'
	run -75 steer < <(seconds 10 30 150 red 9)
	[[ $output == *"not a plain name"* ]]
	ip netns exec "$netns" nft list tables | grep -q 'inet t'
}

rule_conf() {
	conf 'dry_run = no' '[diverter]' 'backend = rule' 'priority = 77' \
	    'mark = 16' 'mask = 255' 'table = 200'
}

@test "R50: a routing rule, for both families" {
	namespace
	rule_conf
	seconds 10 30 150 red 9 | steer >out
	ip -n "$netns" rule | grep -q '^77:.*from all fwmark 0x10/0xff lookup 200'
	ip -n "$netns" -6 rule | grep -q '^77:.*from all fwmark 0x10/0xff lookup 200'
	# Half of it is gone: it is whole again.
	ip -n "$netns" -6 rule del priority 77
	steer <empty >out
	ip -n "$netns" -6 rule | grep -q '^77:'
	seconds 30 120 1 green | steer >out
	run ! grep -q '^77:' < <(ip -n "$netns" rule; ip -n "$netns" -6 rule)
}

@test "R57: a duplicate or foreign rule is said, and nothing is touched" {
	namespace
	rule_conf
	ip -n "$netns" rule add priority 77 fwmark 0x20 lookup 201
	ip -n "$netns" rule >before
	run -75 steer < <(seconds 10 30 150 red 9)
	[[ $output == *"why=foreign"* ]]
	[[ $output == *"there is another one with this priority"* ]]
	ip -n "$netns" rule >after
	cmp before after
}

# --- a router's rule, through wanctl-router -----------------------------------

# What speaks as wanctl-router does, with the rule in the file "is", and faults
# by files of their names.
router_double() { # [TIMEOUT ROUTER'S]
	mkdir -p bin
	cat >bin/wanctl-router <<-END
	#!/bin/sh
	cd $PWD
	echo "start \$*" >>calls
	while read -r verb id what on; do
		echo "\$verb \$what \$on" >>calls
		[ ! -e dies ] || { rm dies; exit 75; }
		[ ! -e silent ] || continue
		[ ! -e slow ] || sleep 3
		if [ -e missing ]; then
			echo "answer \$id what=rule ok=0 why=missing"
			continue
		elif [ -e duplicate ]; then
			echo "answer \$id what=rule ok=0 why=duplicate"
			continue
		fi
		[ "\$verb" = get ] || [ -e lost ] || echo "\${on#on=}" >is
		echo "hello t=5"
		echo "answer \$id what=rule ok=1 on=\$(cat is) took_us=5"
	done
	END
	chmod +x bin/wanctl-router
	PATH="$PWD/bin:$PATH"
	echo 0 >is
	: >calls
	conf 'dry_run = no' '[diverter]' 'backend = router' "timeout = ${1:-10s}" \
	    'reconcile = 1s' '[router]' "connect_timeout = ${2:-20s}" \
	    "timeout = ${2:-20s}"
}

@test "R50 R57: a router's rule is read, switched once and verified" {
	router_double
	seconds 10 30 150 red 9 | wanctl-steer -c cable.conf -s state >out
	[ "$(cat is)" = 1 ]
	cat calls
	[ "$(head -n 1 calls)" = "start -c cable.conf" ]
	[ "$(grep -c ^start calls)" -eq 1 ]
	[ "$(tail -n 3 calls | tr -s '\n ' ' ')" = \
	    "get what=rule set what=rule on=1 get what=rule " ]
	wanctl-steer -c cable.conf -s state <empty >out
	[ "$(grep -c '^set' calls)" -eq 1 ]
	seconds 30 90 1 green | wanctl-steer -c cable.conf -s state >out
	[ "$(cat is)" = 0 ]
	run ! pgrep -f "$PWD/bin/wanctl-router"
}

@test "R57: no rule, or two: said, and nothing is touched" {
	router_double
	for why in missing duplicate; do
		touch $why
		run -75 wanctl-steer -c cable.conf < <(seconds 10 30 150 red 9)
		[[ $output == *"why=$why"* ]]
		[[ $output == *"diverter: wanctl-router: $why"* ]]
		rm $why
	done
	run ! grep -q '^set' calls
	rm bin/wanctl-router
	PATH=${PATH#*:} run -75 env PATH="$(dirname "$(command -v wanctl-steer)"):/nowhere" \
	    wanctl-steer -c cable.conf <empty
}

# A fault is over when it works once more than before.
before_fault() {
	worked=$(grep -c 'works again' err) || true
	started=$(grep -c ^start calls) || true
}
works_again() {
	[ "$(grep -c 'works again' err)" -gt "$worked" ]
}

@test "R105: a router that is silent, slow, lost or reboots is left in peace and comes back" {
	router_double 2s 2s
	mkfifo pipe
	wanctl-steer -c cable.conf -s state <pipe >out 2>err 3>&- &
	children=$!
	exec 9>pipe
	touch lost
	seconds 10 30 150 red 9 >&9
	eventually grep 'ok=0 .*why=not_taken' out
	before_fault
	rm lost
	eventually grep -x 1 is
	eventually works_again
	before_fault
	touch silent
	eventually grep 'why=timeout' out
	rm silent
	# One that hangs is given three times what two transports may take.
	eventually works_again
	[ "$(grep -c ^start calls)" -gt "$started" ]
	before_fault
	touch dies
	eventually unless test -e dies
	eventually works_again
	[ "$(grep -c ^start calls)" -gt "$started" ]
	# Slower than its deadline: answers come late and are skipped.
	before_fault
	late=$(grep -c 'no answer yet' err)
	touch slow
	eventually matches $((late + 1)) 'no answer yet' err
	rm slow
	eventually works_again
	exec 9>&-
	wait "$children"
	[ "$(grep -c '^steer' out)" -eq 20 ]
	[ "$(cat is)" = 1 ]
}

# --- the composition ----------------------------------------------------------

@test "wanctl-follow: what is new in files that are replaced" {
	seconds 10 12 1 green >a
	{ echo "state v=1 program=x wan=cable"; cat a; echo "end lines=3 crc=1"; } >b
	wanctl-follow -n 1 missing b >out
	cmp a out
	wanctl-follow -i 20ms b >out &
	children=$!
	eventually cmp a out
	seconds 11 13 1 green >c
	cp c b.new
	mv b.new b
	eventually eval '[ "$(grep -c . out)" -eq 9 ]'
	sort -u out >once
	[ "$(wc -l <once)" -eq 9 ]
	# Nobody reads any more.
	wanctl-follow -i 20ms b | head -n 1 >/dev/null
	run -64 wanctl-follow
	run -64 wanctl-follow -i 1ms b
}

@test "R50: wanctl steer reads what both lines leave" {
	diverter
	conf 'dry_run = no' '[diverter]' 'backend = command' "command = $PWD/diverter" 'timeout = 10s'
	mkdir -p etc var run/cable run/dsl
	cp cable.conf etc
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/var
	export WANCTL_RUNTIME_DIR=$PWD/run
	wanctl steer cable >out 2>err &
	children=$!
	for s in $(seq 10 99); do
		seconds "$s" $((s + 1)) 150 red 9 >all
		grep wan=dsl all >run/dsl/assess.new
		grep '^queue' all >run/cable/queue.new
		grep '^rate.*wan=cable' all >run/cable/assess.new
		mv run/dsl/assess.new run/dsl/assess
		mv run/cable/queue.new run/cable/queue
		mv run/cable/assess.new run/cable/assess
		[ "$(cat is)" = off ] || break
		sleep 0.5
	done
	[ "$(cat is)" = on ]
	grep -q '^steer .*changed=1.*alternate=good' out
	follower=$(pgrep -P "$children" -f wanctl-follow) || true
	kill -TERM "$children"
	wait "$children"
	[ -z "$follower" ] || eventually eval "! kill -0 $follower"
	[ -s var/cable.steer ]
	# What came of the switch is there for status.
	grep -q '^diverted .* on=1 .*ok=1' run/cable/steer
	run -78 wanctl steer dsl
}

@test "wanctl explain: the decisions and their reasons, for people" {
	conf
	congestion | wanctl-steer -c cable.conf | wanctl explain >out
	cat out
	grep -q '^2026-01-21 12:53:41Z  cable -> dsl  DIVERTED (dry run)  *all signals say congestion; red, score 75; delay ' out
	grep -q 'RETURNED (dry run)  *the line was well for long enough; green, score 0' out
	[ "$(wc -l <out)" -lt 20 ]
	run -1 wanctl explain <empty
	run -71 wanctl explain nowhere
}

@test "wanctl explain: at once, while records still come" {
	conf
	mkfifo pipe
	wanctl explain <pipe >out 2>err 3>&- &
	children=$!
	exec 9>pipe
	seconds 10 12 1 green | wanctl-steer -c cable.conf >&9
	eventually grep -q 'the line is well' out
	exec 9>&-
	wait "$children"
	[ ! -s err ]
}
