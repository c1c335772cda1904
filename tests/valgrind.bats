#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs under valgrind: no use of what was not set, no leak.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bin=${BIN:-$top/build/bin}
	cd "$BATS_TEST_TMPDIR" || exit 1
	command -v valgrind >/dev/null || skip "no valgrind"
	if nm "$bin/wanctl-conf" | grep -q -e __asan_ -e __ubsan_ -e __gcov_; then
		skip "an instrumented build"
	fi
	cat >cable.conf <<-'END'
		schema = 1
		[shaper]
		backend = print
		[ping]
		hosts = 127.0.0.1
		[download]
		ceiling = 500mbit
		floor = 50mbit
		[upload]
		ceiling = 20mbit
		floor = 4mbit
	END
}

# clean STATUS PROGRAM ARG...: ends with that status, and valgrind is content.
# (Its own 99 is none of ours.)
clean() {
	local wanted=$1 program=$2 status=0

	shift 2
	WANCTL_UNCONFINED= valgrind -q --error-exitcode=99 --leak-check=full \
	    --track-fds=no --log-file=valgrind.log "$bin/$program" "$@" >out 2>err ||
		status=$?
	cat err valgrind.log
	[ "$status" -eq "$wanted" ]
	[ ! -s valgrind.log ]
}

# records: some of each kind, good and bad.
records() {
	awk 'BEGIN {
		for (i = 0; i < 300; i++) {
			t = 1769000000000000 + i * 100000
			us = i > 200 ? 120000 : 18000 + i % 7 * 100
			printf "rtt t=%d host=192.0.2.%d seq=%d us=%d\n", t, i % 40, i, us
			if (i % 10 == 0)
				printf "rtt t=%d host=192.0.2.1 seq=%d lost=1\n", t, i
			printf "queue t=%d dir=%s bytes=%d backlog=5\n", t,
			    i % 2 ? "up" : "down", i * 100000
			print "other a=b"
		}
		print "rtt t=x"; print ""; print "???"
		printf "x a=%0600d\n", 0
		printf "rtt t=1"
	}'
}

@test "R104: valgrind: configurations, good and bad" {
	clean 0 wanctl-conf check cable.conf
	clean 0 wanctl-conf show cable.conf
	clean 0 wanctl-conf get cable.conf download.ceiling
	clean 1 wanctl-conf get cable.conf wan.device
	clean 64 wanctl-conf get cable.conf no.such
	clean 78 wanctl-conf check absent.conf
	head -c 20000 /dev/urandom >random.conf
	clean 78 wanctl-conf check random.conf
	{
		cat cable.conf
		printf '[a ; b\n x\n[nope]\n[wan]\nname=/\nname=a\n%0300d\n' 0
	} >bad.conf
	clean 78 wanctl-conf check bad.conf
}

@test "R104: valgrind: records to JSON" {
	records >in
	clean 65 wanctl-records -j <in
	head -c 100000 /dev/urandom >random
	clean 65 wanctl-records -j <random
}

@test "R104: valgrind: decisions, from state to state" {
	records >in
	clean 65 wanctl-assess -c cable.conf -s state -l live <in
	[ -s state ]
	clean 65 wanctl-assess -a -c cable.conf -s state -l live <in
	echo damage >>state
	echo damage >>live
	clean 0 wanctl-assess -c cable.conf -s state -l live </dev/null
}

@test "R104: valgrind: rates are set, from state to state" {
	t=$(date +%s)
	for i in 1 2 3; do
		echo "rate t=${t}00000$i dir=down bps=${i}00000000 state=green"
		echo "rate t=${t}00000$i dir=up bps=${i}000000 state=red"
		echo "rate t=1 dir=up bps=1 state=red"
		echo "rate t=x"
	done >in
	clean 65 wanctl-setrate -c cable.conf -s state -l live <in
	clean 65 wanctl-setrate -n -a -c cable.conf -s state -l live <in
}

@test "R104: valgrind: traffic is diverted, from state to state" {
	printf '%s\n' '[steer]' 'to = dsl' 'dry_run = no' >>cable.conf
	for i in 1 2 3 4 5; do
		echo "queue t=${i}000000 wan=cable dir=up bytes=1 drops=$i backlog=90000"
		echo "rate t=${i}000000 wan=dsl dir=up bps=1 state=green delta_us=1 base_us=30000"
		echo "rate t=${i}000000 wan=cable dir=up bps=1 state=red delta_us=90000 base_us=20000"
		echo "rate t=x"
	done >in
	clean 65 wanctl-steer -c cable.conf -s state -l live <in
	clean 65 wanctl-steer -n -a -c cable.conf -s state -l live <in
	clean 0 wanctl-follow -n 2 -i 10ms live in nowhere
}

@test "R104: valgrind: probes" {
	[ "$(id -u)" -eq 0 ] || skip "valgrind cannot give capabilities"
	clean 0 wanctl-ping -n 3 -i 200ms 127.0.0.1
	clean 0 wanctl-ping -n 2 -i 200ms localhost
}
