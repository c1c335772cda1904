#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# wanctl-ping: options, records, hygiene, names, routes, privileges. Two network
# namespaces, here and there, with a veth pair between them; "there" has many
# addresses, and a reflector of ours where the kernel's own would not do.

# shellcheck disable=SC2030,SC2031 # bats runs each test in a shell of its own

load helpers

setup_file() {
	export BIN="${BIN:-$BATS_TEST_DIRNAME/../build/bin}"
	export HERE=wanctl-$$-here THERE=wanctl-$$-there
	unshare -n true 2>/dev/null || return 0
	${CC:-cc} -D_GNU_SOURCE -O2 -o "$BATS_FILE_TMPDIR/reflector" \
	    "$BATS_TEST_DIRNAME/bench/reflector.c"
	make_named
	ip netns add "$HERE"
	ip netns add "$THERE"
	ip -n "$HERE" link set lo up
	connect
	addresses
	# Nobody else here sends what these tests look at.
	ip netns exec "$HERE" sysctl -qw net.ipv4.ping_group_range='1 0'
}

teardown_file() {
	ip netns del "$HERE" 2>/dev/null || :
	ip netns del "$THERE" 2>/dev/null || :
}

# connect: the devices wan0 here and lan0 there, up.
connect() {
	ip link add wan0 netns "$HERE" type veth peer name lan0 netns "$THERE"
	ip -n "$HERE" addr add 10.9.0.1/24 dev wan0
	ip -n "$HERE" addr add fd09::1/64 dev wan0 nodad
	ip -n "$THERE" addr add 10.9.0.2/24 dev lan0
	ip -n "$THERE" addr add fd09::2/64 dev lan0 nodad
	ip -n "$HERE" link set wan0 up
	ip -n "$THERE" link set lan0 up
	# The first packets of IPv6 wait for a second.
	eventually ip netns exec "$HERE" ping -q -c 1 -W 1 fd09::2 >/dev/null
}

# addresses: 40 more of them there, and ways to them.
addresses() {
	ip -n "$THERE" link set lo up
	for i in {1..40}; do
		ip -n "$THERE" addr add "192.0.2.$i/32" dev lo
	done
	ip -n "$HERE" route add 192.0.2.0/24 via 10.9.0.2
}

setup() {
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	ip netns list | grep -q "^$HERE" || skip "no network namespaces here"
}

teardown() {
	# shellcheck disable=SC2046 # none, one or two
	set -- $(cat reflector.pid ping.pid 2>/dev/null)
	end_ours -CONT "$@"
	end_ours "$@"
	ip netns exec "$THERE" sysctl -qw net.ipv4.icmp_echo_ignore_all=0 \
	    2>/dev/null || :
	here sysctl -qw net.ipv4.ping_group_range='1 0' 2>/dev/null || :
	ip netns exec "$THERE" nft delete table inet blocked 2>/dev/null || :
	ip -n "$HERE" rule del fwmark 7 table 77 2>/dev/null || :
	ip -n "$HERE" route flush table 77 2>/dev/null || :
	tc -n "$HERE" qdisc del dev wan0 root 2>/dev/null || :
	if ip -n "$THERE" route | grep -q blackhole; then
		unsilence 192.0.2.{1..9}
	fi
}

here() {
	ip netns exec "$HERE" "$@"
}

ping() {
	here wanctl-ping -t echo "$@"
}

# start COMMAND...: here, in the background, into out and err; see $pid.
start() {
	emptied out err
	ip netns exec "$HERE" "$@" >out 2>err 3>&- &
	pid=$!
	echo $pid >ping.pid
}

# stop: ends it, with exit status 0.
stop() {
	kill "$pid"
	wait "$pid"
}

# reflector OPTION...: ours answers there, in place of the kernel.
reflector() {
	ip netns exec "$THERE" sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	ip netns exec "$THERE" "$BATS_FILE_TMPDIR/reflector" "$@" \
	    >reflector.out 2>&1 3>&- &
	echo $! >reflector.pid
	eventually grep -q ready reflector.out
}

# many COUNT FROM PATTERN: so many lines of out after the first FROM have it.
many() {
	[ "$(tail -n "+$(($2 + 1))" out | grep -c "$3")" -ge "$1" ]
}

# field KEY: the values of a key in the records of stdin.
field() {
	sed -n "s/^rtt.* $1=\([^ ]*\).*/\1/p"
}

# none PATTERN: no line of stdin has it.
none() {
	if grep "$1"; then return 1; fi
}

# conf DEVICE LINE...: a configuration of a line, with these lines in [ping].
conf() {
	local line_device=$1

	shift
	cat <<-END
		schema = 1
		[wan]
		device = $line_device
		[shaper]
		backend = print
		[download]
		ceiling = 500mbit
		floor = 50mbit
		[upload]
		ceiling = 20mbit
		floor = 4mbit
		[ping]
	END
	printf '%s\n' "$@"
}

# --- options ------------------------------------------------------------------

@test "usage: -h, -V, no hosts, unknown options" {
	run wanctl-ping -h
	[ "$status" -eq 0 ]
	[[ $output == usage:* ]]
	run wanctl-ping -V
	[ "$status" -eq 0 ]
	for bad in "" -x "-n" "-4 -6 127.0.0.1"; do
		# shellcheck disable=SC2086 # words
		run wanctl-ping $bad
		[ "$status" -eq 64 ]
		[[ $output == *usage:* ]]
	done
}

@test "-C checks what a start would, and sends nothing" {
	run -0 wanctl-ping -C 127.0.0.1 ::1
	[ -z "$output" ]
	run -64 wanctl-ping -C -4 ::1
	[[ $output == *"::1: is not an IPv4 address"* ]]
	# One that would be lost, and waited for.
	begin=$SECONDS
	run -0 wanctl-ping -C -n 1 -W 9s 203.0.113.77
	[ $((SECONDS - begin)) -lt 9 ]
	printf 'schema = 1\n[ping]\nhosts = :1\n' >x.conf
	run -78 wanctl-ping -C -c x.conf
	[[ $output == *"x.conf:3: [ping] hosts"* ]]
}

@test "two ways to leave are one too many" {
	for ways in "-I wan0 -S 10.9.0.1" "-I wan0 -m 5" "-m 5 -S 10.9.0.1"; do
		# shellcheck disable=SC2086 # words
		run ping $ways -n 1 10.9.0.2
		[ "$status" -eq 64 ]
	done
}

# refused STATUS TEXT ARGUMENT...: it exits so and says that, and nothing else.
refused() {
	local wanted=$1 text=$2

	shift 2
	run here wanctl-ping "$@"
	echo "wanctl-ping $*: $status: $output"
	[ "$status" -eq "$wanted" ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"$text"* ]]
}

@test "R9: what is no host, number, device or address is refused, and named" {
	refused 64 "a_b!: not a host name or address" -n 1 'a_b!'
	refused 64 "1.2.3: not a host" -n 1 1.2.3
	refused 64 "a b: not a host" -n 1 'a b'
	refused 64 ": empty value" -n 1 ''
	refused 64 "-n 0: number out of range" -n 0 10.9.0.2
	refused 64 "-n x: not a number" -n x 10.9.0.2
	refused 64 "-W 20s: " -W 20s 10.9.0.2
	refused 64 "-W 1ms: " -W 1ms 10.9.0.2
	refused 64 "-i 1x: " -i 1x 10.9.0.2
	refused 64 "-m -1: number out of range" -m -1 10.9.0.2
	refused 64 "-m 4294967296: number out of range" -m 4294967296 10.9.0.2
	refused 64 "-I a/b: not the name of a network device" -I a/b 10.9.0.2
	refused 64 "-S here: not a numeric address" -S here 10.9.0.2
	refused 64 "10.9.0.2: reflector named twice" 10.9.0.2 10.9.0.2
	refused 64 "same address is given twice" -n 1 fd09::2 fd09:0::2
	refused 64 "10.9.0.2: is not an IPv6 address" -6 -n 1 10.9.0.2
	refused 64 "fd09::2: is not an IPv4 address" -S 10.9.0.1 -n 1 fd09::2
	refused 64 "fd09::1: the source address is of the other family" \
	    -4 -S fd09::1 -n 1 10.9.0.2
}

@test "what the system does not have is said" {
	refused 71 "nosuch0: cannot bind to the device: No such device" \
	    -I nosuch0 -n 1 10.9.0.2
	refused 71 "10.9.0.77: cannot bind to the source address: Cannot assign" \
	    -S 10.9.0.77 -n 1 10.9.0.2
	refused 71 "no network device of that name" -n 1 fe80::1%nosuch0
}

@test "R1: 32 hosts, IPv4 and IPv6, and not 33" {
	ping -n 2 -i 300ms -W 9s 192.0.2.{1..31} fd09::2 >out
	[ "$(wc -l <out)" -eq 64 ]
	[ "$(field host <out | sort -u | wc -l)" -eq 32 ]
	none lost= <out
	refused 64 "192.0.2.33: more than 32 reflectors" -n 1 192.0.2.{1..33}
}

@test "R4: more than 5 probes a second to one reflector are refused" {
	refused 64 "at most 5 probes a second to one reflector" \
	    -i 199ms -n 1 10.9.0.2
	refused 64 "200ms to 1h" -i 0.1 -n 1 10.9.0.2
	run ping -i 0.2 -n 1 10.9.0.2
	[ "$status" -eq 0 ]
}

@test "records are as wanctl-records(5) says, without a configuration" {
	ping -n 3 -i 200ms -W 9s 10.9.0.2 fd09::2 >out 2>err
	cat out err
	[ ! -s err ]
	[ "$(wc -l <out)" -eq 6 ]
	[ "$(grep -cE '^rtt t=[0-9]{16} host=(10\.9\.0\.2|fd09::2) seq=[123] us=[0-9]+( queued_us=[0-9]+)? method=icmp$' out)" -eq 6 ]
	# The first to a host may wait for its neighbour's address as well.
	[ "$(grep -c ' queued_us=' out)" -ge 4 ]
	[ "$(field t <out)" = "$(field t <out | sort -n)" ]
	run wanctl-records -j <out
	[ "$status" -eq 0 ]
}

@test "the configuration gives what is not given on the command line" {
	conf wan0 'hosts = 10.9.0.2 192.0.2.1' 'interval = 250ms' \
	    'timeout = 300ms' 'source = 10.9.0.1' >cable.conf
	ping -c cable.conf -n 2 >out
	[ "$(field wan <out | sort -u)" = cable ]
	[ "$(field host <out | sort -u | tr '\n' ' ')" = "10.9.0.2 192.0.2.1 " ]
	ping -c cable.conf -n 2 192.0.2.7 >out
	[ "$(field host <out | sort -u)" = 192.0.2.7 ]
	[ "$(field wan <out | sort -u)" = cable ]
	# A way to leave takes the place of those in the file.
	ping -c cable.conf -m 5 -n 1 fd09::2 >out
	[ "$(wc -l <out)" -eq 1 ]
	run ping -c cable.conf -n 1 fd09::2
	[ "$status" -eq 78 ]
	[[ $output == *"fd09::2: is not an IPv4 address"* ]]
	conf wan0 >none.conf
	run ping -c none.conf -n 1
	[ "$status" -eq 78 ]
	[[ $output == *"none.conf: [ping] hosts: "* ]]
}

@test "R4: probes are spread evenly over the interval" {
	ping -n 10 -i 300ms -W 9s 192.0.2.{1..6} >out
	[ "$(wc -l <out)" -eq 60 ]
	# They are 50 ms apart on average, or more on a busy machine; how exact
	# each is, is tested in probing_test.
	field t <out | awk '
		NR == 1 { first = $1 } { last = $1 }
		END { print (last - first) / 59; exit last - first < 59 * 45000 }'
	[ "$(field seq <out | sort -n | uniq -c | awk '$1 != 6' | wc -l)" -eq 0 ]
}

# --- one-way delays -----------------------------------------------------------

@test "R2: a reflector with time stamps gives one-way delays" {
	here wanctl-ping -n 5 -i 200ms -W 9s 10.9.0.2 fd09::2 >out
	cat out
	[ "$(grep -c 'host=10.9.0.2 .* up_us=-\?[0-9]* down_us=.* method=timestamp$' out)" -eq 5 ]
	[ "$(grep -c 'host=fd09::2 .* us=[0-9]* .*method=icmp$' out)" -eq 5 ]
	# There and back is the round trip, and stamps are of milliseconds; of
	# one at least, as a busy machine takes its time in between.
	grep method=timestamp out | tr ' ' '\n' | awk -F= '
		$1 == "us" { us = $2 } $1 == "up_us" { up = $2 }
		$1 == "down_us" { off = up + $2 - us
			good += off > -3000 && off < 3000 && up > -1500 && up < 1500 }
		END { exit !good }'
}

@test "R2: one that answers only echo is asked for stamps once" {
	ip netns exec "$THERE" nft add table ip t
	ip netns exec "$THERE" nft add chain ip t in '{ type filter hook input priority 0; }'
	ip netns exec "$THERE" nft add rule ip t in icmp type timestamp-request drop
	here wanctl-ping -n 8 -i 200ms -W 400ms 10.9.0.2 >out
	ip netns exec "$THERE" nft delete table ip t
	cat out
	[ "$(grep -c ' lost=1 method=timestamp$' out)" -eq 1 ]
	[ "$(grep -c ' us=.* method=icmp$' out)" -ge 6 ]
}

@test "R2: without permission auto is echo, and timestamp says so" {
	here sysctl -qw net.ipv4.ping_group_range='65534 65534'
	for method in auto timestamp; do
		here setpriv --reuid 65534 --regid 65534 --clear-groups \
		    wanctl-ping -t $method -n 2 -i 200ms 10.9.0.2 >$method 2>$method.err
	done
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	cat auto timestamp ./*.err
	[ "$(grep -c ' us=.* method=icmp$' auto)" -eq 2 ]
	[ "$(grep -c ' us=.* method=icmp$' timestamp)" -eq 2 ]
	[ ! -s auto.err ]
	grep -q 'time stamps cannot be asked for, echo is used: .*CAP_NET_RAW' timestamp.err
}

# --- time ---------------------------------------------------------------------

@test "R3: the round trip is that of the line" {
	reflector -d 30000
	ping -n 10 -i 200ms -W 9s 10.9.0.2 192.0.2.1 >out
	cat out
	[ "$(field us <out | awk '$1 < 30000' | wc -l)" -eq 0 ]
	# Not of all: the delay of our own reflector is longer at times.
	[ "$(field us <out | awk '$1 < 45000' | wc -l)" -gt 0 ]
}

@test "R4 R5: a lost probe is a record, at its own time-out" {
	ping -n 3 -i 200ms -W 2s 10.9.0.2 198.18.0.1 192.0.2.99 >out 2>err || :
	cat out err
	[ "$(grep -c 'host=10.9.0.2 .* us=' out)" -eq 3 ]
	[ "$(grep -c 'host=198.18.0.1 seq=. lost=1 method=icmp$' out)" -eq 3 ]
	[ "$(grep -c 'host=192.0.2.99 seq=. lost=1 method=icmp$' out)" -eq 3 ]
	[ "$(grep -c 'Network is unreachable' err)" -eq 1 ]
}

@test "R5: a reflector that hangs delays nobody" {
	ip netns exec "$THERE" ip route add blackhole 10.9.0.1 table 77
	ip netns exec "$THERE" ip rule add from 192.0.2.9 table 77
	begin=$(date +%s%6N)
	ping -n 30 -i 200ms -W 3s 10.9.0.2 192.0.2.9 192.0.2.1 >out
	ip netns exec "$THERE" ip rule del from 192.0.2.9 table 77
	ip netns exec "$THERE" ip route flush table 77
	cat out
	[ "$(grep -c 'host=192.0.2.9 .* lost=1' out)" -eq 30 ]
	for host in 10.9.0.2 192.0.2.1; do
		# Of 15 turns in the time-out, five are before the first loss.
		sed '/192.0.2.9 .* lost=1/q' out | grep "host=$host " >before
		[ "$(wc -l <before)" -ge 5 ]
		[ "$(grep -c "host=$host .* us=" out)" -eq 30 ]
	done
	# And its time-outs are its own: not before 3 s after the sending of
	# each, and no more than 15 turns of another after it.
	awk -v begin="$begin" '
		{ for (i = 1; i <= NF; i++) { split($i, f, "="); v[f[1]] = f[2] } }
		v["host"] == "10.9.0.2" { turn = v["seq"] }
		v["host"] == "192.0.2.9" {
			early += v["t"] < begin + 3000000 + (v["seq"] - 1) * 200000 - 20000
			late += turn > v["seq"] + 18
		}
		END { print early + 0, late + 0; exit early + late > 0 }' out
}

@test "R4: a late answer is a second record with its true round trip" {
	reflector -d 500000
	ping -n 8 -i 300ms -W 300ms 10.9.0.2 >out
	cat out
	[ "$(grep -c ' lost=1' out)" -eq 8 ]
	# The last one is not waited for.
	[ "$(grep -c ' us=.*late=1' out)" -ge 2 ]
	[ "$(field us <out | awk '$1 < 500000' | wc -l)" -eq 0 ]
	for seq in $(grep late=1 out | field seq); do
		[ "$(grep " seq=$seq " out | head -n 1 | grep -c lost=1)" -eq 1 ]
	done
}

@test "R4: an answer that was in time is not lost because it is read late" {
	reflector -d 100000
	# Of so many, some are always under way.
	start wanctl-ping -t echo -n 6 -i 200ms -W 3s 192.0.2.{1..8}
	eventually test -s out
	kill -STOP $pid
	# Longer than the time-out.
	sleep 4
	kill -CONT $pid
	wait $pid
	cat out
	[ "$(wc -l <out)" -eq 48 ]
	none 'lost\|late' <out
}

@test "R4: after a pause there is no burst" {
	start wanctl-ping -t echo -i 2s 192.0.2.{1..8}
	eventually test -s out
	kill -STOP "$pid"
	# Each misses its turn.
	sleep 3
	before=$(wc -l <out)
	kill -CONT "$pid"
	eventually many 8 "$before" ' us='
	stop
	# At least six turns of 250 ms; made up for, they would all be at once.
	tail -n "+$((before + 1))" out | field t | head -n 8 | awk '
		NR == 1 { first = $1 } { last = $1 }
		END { print last - first; exit last - first < 700000 }'
}

@test "R87: the wall clock is set while probes are under way" {
	if nm "$BIN/wanctl-ping" | grep -q __asan_; then
		skip "an instrumented build"
	fi
	# To the program: an hour later, an hour earlier, every 50 ms.
	cat >clock.c <<-'END'
		#include <sys/syscall.h>
		#include <time.h>
		#include <unistd.h>
		int clock_gettime(clockid_t id, struct timespec *ts)
		{
			struct timespec now;
			syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
			if (syscall(SYS_clock_gettime, id, ts) != 0)
				return -1;
			if (id == CLOCK_REALTIME && now.tv_nsec / 50000000 % 2)
				ts->tv_sec += 3600;
			return 0;
		}
	END
	${CC:-cc} -shared -fPIC -O2 -o clock.so clock.c
	reflector -d 60000
	here env LD_PRELOAD="$PWD/clock.so" WANCTL_RUNTIME_DIR="$PWD" \
	    wanctl-ping -t echo -n 5 -i 200ms -W 9s \
	    192.0.2.{1..6} >out
	cat out
	[ "$(field us <out | wc -l)" -eq 30 ]
	[ "$(field us <out | awk '$1 < 59000 || $1 > 9000000' | wc -l)" -eq 0 ]
	[ "$(field t <out)" = "$(field t <out | sort -n)" ]
	field t <out | awk 'NR > 1 && $1 - was > 60000000 { exit 1 } { was = $1 }'
}

@test "R11: the time in our own queue is apart from the line's" {
	reflector -d 20000
	tc -n "$HERE" qdisc add dev wan0 root tbf rate 256kbit burst 1600 \
	    latency 1s || skip "no shaper here"
	here ping -q -i 0.01 -c 110 -s 1200 192.0.2.40 >flood 2>&1 3>&- &
	flood=$!
	eventually backlogged
	here wanctl-ping -t echo -n 4 -i 200ms -W 9s 10.9.0.2 192.0.2.1 \
	    192.0.2.2 >out
	wait $flood || :
	tc -n "$HERE" qdisc del dev wan0 root
	cat flood out
	[ "$(field us <out | awk '$1 < 20000' | wc -l)" -eq 0 ]
	# Some probes waited long; a round trip with that would be longer yet.
	sed -n 's/.* us=\([0-9]*\) queued_us=\([0-9]*\).*/\1 \2/p' out | awk '
		$2 > 100000 { waited++; apart += $1 < $2 }
		END { print waited, apart; exit waited < 2 || apart * 2 < waited }'
}

# backlogged: something waits in the queue of wan0.
backlogged() {
	tc -n "$HERE" -s qdisc show dev wan0 | grep 'backlog [1-9]'
}

# --- hygiene ------------------------------------------------------------------

@test "R4: an answer with another token is none, and is counted" {
	reflector -n -t
	run ping -n 2 -i 200ms -W 3s 10.9.0.2
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c 'lost=1' <<<"$output")" -eq 2 ]
	[[ $output == *"ignored: 0 repeated, 2 not to our probes"* ]]
}

@test "R4: an answer from another address is none" {
	reflector -n -s 192.0.2.20
	run ping -n 2 -i 200ms -W 3s 10.9.0.2
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c 'lost=1' <<<"$output")" -eq 2 ]
	[[ $output == *"2 not to our probes"* ]]
}

@test "R4: the true answer counts, forged and repeated ones do not" {
	reflector -d 20000 -t -s 192.0.2.20 -w
	run ping -n 3 -i 200ms -W 9s 10.9.0.2
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(field us <<<"$output" | awk '$1 >= 20000' | wc -l)" -eq 3 ]
	none lost= <<<"$output"
	# The last repetition may come when all is over.
	[[ $output =~ "ignored: "[23]" repeated, 6 not to our probes" ]]
}

@test "R4: what others ping is not our business, and wakes nobody" {
	# Its own next probe comes in an hour.
	start wanctl-ping -t echo -i 1h 10.9.0.2
	eventually test -s out
	before=$(sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$pid/status")
	here ping -q -i 0.01 -c 100 192.0.2.3 >/dev/null
	after=$(sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$pid/status")
	stop
	[ ! -s err ]
	echo "$before $after"
	[ $((after - before)) -le 8 ]
}

@test "an ICMP error makes a probe lost at once, and is said once" {
	ip -n "$THERE" route add unreachable 198.51.100.0/24
	ip -n "$HERE" route add 198.51.100.0/24 via 10.9.0.2
	ip -n "$THERE" -6 route add unreachable 2001:db8:1::/48
	ip -n "$HERE" -6 route add 2001:db8:1::/48 via fd09::2
	ip netns exec "$THERE" sysctl -qw net.ipv4.ip_forward=1 \
	    net.ipv4.icmp_ratelimit=0 net.ipv6.conf.all.forwarding=1 \
	    net.ipv6.icmp.ratelimit=0
	begin=$(date +%s%N)
	run ping -n 3 -i 200ms -W 9s 198.51.100.1 2001:db8:1::1
	took=$((($(date +%s%N) - begin) / 1000000))
	ip -n "$THERE" -6 addr add fd09::2/64 dev lan0 nodad 2>/dev/null || :
	echo "$took ms: $output"
	[ "$status" -eq 1 ]
	[ "$(grep -c 'host=198.51.100.1 .* lost=1' <<<"$output")" -eq 3 ]
	[ "$(grep -c 'host=2001:db8:1::1 .* lost=1' <<<"$output")" -eq 3 ]
	[ "$(grep -c '198.51.100.1: No route to host' <<<"$output")" -eq 1 ]
	[ "$(grep -c 'wanctl-ping: 2001:db8:1::1: ' <<<"$output")" -eq 1 ]
	# Not by the time-out.
	[ "$took" -lt 9000 ]
}

@test "trouble with sending is said when it begins and when it ends" {
	start wanctl-ping -t echo -i 200ms 192.0.2.1
	eventually grep -q ' us=' out
	ip -n "$HERE" route del 192.0.2.0/24
	eventually grep -q lost=1 out
	# It is not said again.
	eventually many 6 0 lost=1
	ip -n "$HERE" route add 192.0.2.0/24 via 10.9.0.2
	eventually grep -q 'answers again' err
	stop
	cat err
	[ "$(wc -l <err)" -eq 2 ]
	[ "$(grep -c '192.0.2.1: Network is unreachable' err)" -eq 1 ]
}

# --- ways out -----------------------------------------------------------------

# add_other: a device other0 here, behind which nobody is.
add_other() {
	ip link add other0 netns "$HERE" type veth peer name sink0 netns "$THERE"
	ip -n "$THERE" link set sink0 up
	ip -n "$HERE" link set other0 "${1:-up}"
	[ -n "${1:-}" ] ||
		eventually ip netns exec "$HERE" grep -q up \
		    /sys/class/net/other0/operstate
}

# other_line: a second device here, over which nothing is answered, with the
# better route to everything.
other_line() {
	add_other
	ip -n "$HERE" addr add 10.8.0.1/24 dev other0
	ip -n "$HERE" route add 203.0.113.0/24 dev other0
	ip -n "$HERE" route add 203.0.113.0/24 via 10.9.0.2 metric 100
	ip -n "$THERE" addr add 203.0.113.1/32 dev lo
}

no_other_line() {
	ip -n "$HERE" link del other0
	ip -n "$HERE" route del 203.0.113.0/24 2>/dev/null || :
	ip -n "$THERE" addr del 203.0.113.1/32 dev lo
	ip -n "$HERE" rule del fwmark 5 table 55 2>/dev/null || :
	ip -n "$HERE" rule del from 10.9.0.1 table 55 2>/dev/null || :
	ip -n "$HERE" route flush table 55 2>/dev/null || :
}

@test "R7: bound to a device, probes leave by it, whatever the routes say" {
	other_line
	run ping -n 1 -W 300ms 203.0.113.1
	unbound=$status
	run ping -n 1 -W 9s -I wan0 203.0.113.1
	no_other_line
	echo "$output"
	[ "$unbound" -eq 1 ]
	[ "$status" -eq 0 ]
}

@test "R7: by source address and by mark" {
	other_line
	ip -n "$HERE" route add 203.0.113.0/24 via 10.9.0.2 table 55
	ip -n "$HERE" rule add from 10.9.0.1 table 55
	run ping -n 1 -W 9s -S 10.9.0.1 203.0.113.1
	by_source=$status
	ip -n "$HERE" rule del from 10.9.0.1 table 55
	ip -n "$HERE" rule add fwmark 5 table 55
	run ping -n 1 -W 9s -m 5 203.0.113.1
	by_mark=$status
	run ping -n 1 -W 300ms -m 6 203.0.113.1
	no_other_line
	[ "$by_source" -eq 0 ]
	[ "$by_mark" -eq 0 ]
	[ "$status" -eq 1 ]
}

@test "R7: a route by another device is refused at the start" {
	other_line
	ip -n "$HERE" route del 203.0.113.0/24 metric 100
	conf wan0 'hosts = 10.9.0.2 203.0.113.1' >cable.conf
	run ping -c cable.conf -n 1
	device=$status text=$output
	conf other0 'hosts = 10.9.0.2' >dsl.conf
	run ping -c dsl.conf -n 1
	no_other_line
	echo "$text"
	echo "$output"
	[ "$device" -eq 75 ]
	[[ $text == *"203.0.113.1: would be reached by other0, not by wan0"* ]]
	[ "$status" -eq 75 ]
	[[ $output == *"10.9.0.2: would be reached by wan0, not by other0"* ]]
}

@test "R7: ... but with the mark that leads the right way it is not" {
	other_line
	ip -n "$HERE" route del 203.0.113.0/24 metric 100
	ip -n "$HERE" route add 203.0.113.0/24 via 10.9.0.2 table 55
	ip -n "$HERE" rule add fwmark 5 table 55
	conf wan0 'hosts = 203.0.113.1' 'mark = 5' >cable.conf
	run ping -c cable.conf -n 1
	no_other_line
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "R7: an IPv6 route by another device is refused" {
	add_other
	ip -n "$HERE" addr add fd08::1/64 dev other0 nodad
	conf other0 'hosts = fd09::2' >dsl.conf
	run ping -c dsl.conf -n 1
	text=$output dsl=$status
	conf wan0 'hosts = fd09::2' >cable.conf
	run ping -c cable.conf -n 1
	ip -n "$HERE" link del other0
	echo "$text $output"
	[ "$dsl" -eq 75 ]
	[[ $text == *"fd09::2: would be reached by wan0, not by other0"* ]]
	[ "$status" -eq 0 ]
}

@test "R7: an address of this machine is no reflector of a line" {
	refused 75 "10.9.0.1: is an address of this machine" -I wan0 -n 1 10.9.0.1
	run ping -n 1 10.9.0.1
	[ "$status" -eq 0 ]
	run ping -I lo -n 1 127.0.0.1
	[ "$status" -eq 0 ]
}

@test "R7: a line that is down is no reason to refuse: its probes are lost" {
	add_other down
	conf other0 'hosts = 10.9.0.2' 'timeout = 200ms' >dsl.conf
	run ping -c dsl.conf -n 2
	ip -n "$HERE" link del other0
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c lost=1 <<<"$output")" -eq 2 ]
	[[ $output == *"10.9.0.2: other0 is down"* ]]
}

@test "trouble that all reflectors have is said once" {
	# Within an interval and a half all of them have it.
	start wanctl-ping -t echo -i 1s 192.0.2.1 192.0.2.2 192.0.2.3
	eventually grep -q 'host=192.0.2.3 .* us=' out
	ip -n "$HERE" route del 192.0.2.0/24
	eventually grep -q 'Network is unreachable' err
	from=$(wc -l <out)
	eventually many 9 "$from" lost=1
	ip -n "$HERE" route add 192.0.2.0/24 via 10.9.0.2
	eventually grep -q 'answers again' err
	from=$(wc -l <out)
	eventually many 9 "$from" ' us='
	stop
	cat err
	[ "$(wc -l <err)" -eq 2 ]
	[ "$(grep -c 'all reflectors: Network is unreachable' err)" -eq 1 ]
}

# spares_conf: two of four reflectors are active, and the others are known soon.
spares_conf() {
	conf wan0 'method = echo' 'interval = 200ms' 'timeout = 1s' \
	    'active = 2' 'spare_interval = 2s' \
	    'hosts = 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4' >wan.conf
}

@test "R6: one that is silent is replaced by a spare, alone" {
	spares_conf
	start wanctl-ping -c wan.conf
	eventually grep -q 'host=192.0.2.4 .* us=' out
	ip -n "$THERE" addr del 192.0.2.2/32 dev lo
	eventually grep -q '192.0.2.2 loses probes: 192.0.2.[34] takes' err
	ip -n "$THERE" addr add 192.0.2.2/32 dev lo
	from=$(wc -l <out)
	eventually many 20 "$from" 'host=192.0.2.1 '
	stop
	cat err
	[ "$(grep -c 'takes its place' err)" -eq 1 ]
	new=$(sed -n 's/.*: \(192.0.2.[34]\) takes.*/\1/p' err)
	many 15 "$from" "host=$new "
	[ "$(tail -n "+$from" out | grep -c 'host=192.0.2.2 ')" -lt 10 ]
}

@test "R6: where probes are counted, each reflector has its own" {
	spares_conf
	sed -i 's/spare_interval = .*/spare_interval = 1h/' wan.conf
	timeout 60 ip netns exec "$HERE" wanctl-ping -c wan.conf -n 1 >out
	cat out
	[ "$(field host <out | sort -u | wc -l)" -eq 4 ]
}

@test "R6: when all are silent, none is replaced" {
	spares_conf
	start wanctl-ping -c wan.conf
	eventually grep -q 'host=192.0.2.4 .* us=' out
	ip netns exec "$THERE" sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	eventually many 40 0 lost=1
	ip netns exec "$THERE" sysctl -qw net.ipv4.icmp_echo_ignore_all=0
	from=$(wc -l <out)
	eventually many 10 "$from" 'host=192.0.2.2 .* us='
	stop
	cat err
	none 'takes its place' <err
}

lost_more_than() {
	[ "$(grep -c lost=1 out)" -gt "$1" ]
}

# replace_device: wan0 is another device of that name. For more than $lost
# probes (0) there is none.
replace_device() {
	ip -n "$HERE" link del wan0
	eventually grep -q 'wan0: is gone' err
	eventually lost_more_than "${lost:-0}"
	connect
	ip -n "$HERE" route add 192.0.2.0/24 via 10.9.0.2
}

@test "R7: the device goes away and comes back: an ICMP socket follows it" {
	here sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	start wanctl-ping -t echo -I wan0 -i 200ms -W 200ms 192.0.2.1 fd09::2
	eventually grep -q ' us=' out
	replace_device
	eventually grep -q 'wan0: is back' err
	from=$(wc -l <out)
	eventually many 1 "$from" 'host=192.0.2.1 .* us='
	eventually many 1 "$from" 'host=fd09::2 .* us='
	stop
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	grep -q lost=1 out
	[ "$(grep -c 'is gone' err)" -eq 1 ]
}

# away_at_first METHOD OPTION...: the device of a line is not there yet.
away_at_first() {
	conf wan0 'hosts = 192.0.2.1 fd09::2' 'interval = 200ms' \
	    'timeout = 200ms' "method = $1" >line.conf
	ip -n "$HERE" link del wan0
	start wanctl-ping -c line.conf
	eventually lost_more_than 4
	[ "$(cat err)" = "wanctl-ping: wan0: is not there" ]
	none ' us=' <out
	connect
	ip -n "$HERE" route add 192.0.2.0/24 via 10.9.0.2
	eventually grep -q 'host=192.0.2.1 .* us=' out
	eventually grep -q 'host=fd09::2 .* us=' out
	stop
	cat err
	# It had no addresses at first, which may be said, too.
	[ "$(grep -c 'wan0: ' err)" -eq 2 ]
	grep -q 'wan0: is back' err
}

@test "R7: a device that is away at the start is waited for: by an ICMP socket" {
	here sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	away_at_first echo
	here sysctl -qw net.ipv4.ping_group_range='1 0'
}

@test "R7: ... by a raw socket, and by TCP" {
	away_at_first echo
	away_at_first tcp
}

@test "R7: ... counted probes are lost, and a device that was typed is named" {
	conf nosuch0 'hosts = 192.0.2.1' 'interval = 200ms' 'timeout = 200ms' >line.conf
	run here wanctl-ping -c line.conf -n 2
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c ' lost=1 ' <<<"$output")" -eq 2 ]
	[[ $output == *"wanctl-ping: nosuch0: is not there"* ]]
	refused 71 "nosuch0: cannot bind to the device: No such device" \
	    -c line.conf -I nosuch0 -n 1
	# An address of the line that is not there yet.
	conf wan0 'hosts = 192.0.2.1' 'interval = 200ms' 'timeout = 200ms' \
	    'source = 10.9.0.77' >line.conf
	run here wanctl-ping -c line.conf -n 2
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(grep -c ' lost=1 ' <<<"$output")" -eq 2 ]
}

@test "R7: ... a raw socket may not, and the program ends to be started anew" {
	start wanctl-ping -t echo -I wan0 -i 200ms -W 200ms 192.0.2.1
	eventually grep -q ' us=' out
	replace_device
	eventually ended $pid
	status=0
	wait $pid || status=$?
	cat err
	[ "$status" -eq 75 ]
	grep -q 'wan0: is a new device now' err
	grep -q lost=1 out
}

@test "R7: a raw socket has no answer to another prober's requests" {
	start wanctl-ping -t echo -i 200ms 192.0.2.{1..9}
	eventually grep -q ' us=' out
	# Slow before the kernel is told which answers are ours.
	here strace -qq -e trace=setsockopt -e signal=none -o calls \
	    -e inject=setsockopt:delay_enter=200000:when=1..3 \
	    env ASAN_OPTIONS=detect_leaks=0 \
	    wanctl-ping -t echo -i 200ms -n 5 192.0.2.1 >mine 2>said
	stop
	cat mine said
	grep -q SO_ATTACH_FILTER calls
	[ "$(grep -c ' us=' mine)" -eq 5 ]
	[ ! -s said ]
}

@test "R2: where time stamps may not bind to the new device, echo goes on" {
	here sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	start wanctl-ping -I wan0 -i 200ms -W 200ms 192.0.2.1
	eventually grep -q method=timestamp out
	lost=10 replace_device
	eventually grep -q ' us=.* method=icmp' out
	stop
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	cat err
	grep -q 'time stamps can no longer be asked for' err
}

# --- names --------------------------------------------------------------------

# named FILE COMMAND...: with this file as /etc/hosts, and nobody to ask.
make_named() {
	cat >"$BATS_FILE_TMPDIR/named" <<-'END'
		#!/bin/sh -e
		[ "$1" = -m ] || exec unshare -m "$0" -m "$@"
		mount --make-rprivate /
		mount --bind "$2" /etc/hosts
		echo "nameserver ${NAMESERVER:-127.0.0.9}" >resolv.conf
		echo 'options timeout:25 attempts:1' >>resolv.conf
		mount --bind resolv.conf /etc/resolv.conf
		shift 2
		exec "$@"
	END
	chmod +x "$BATS_FILE_TMPDIR/named"
}

named() {
	here "$BATS_FILE_TMPDIR/named" "$@"
}

@test "a name is resolved, and is in the record beside the address" {
	printf '192.0.2.5 reflector.example\nfd09::2 six.example\n' >hosts
	named hosts wanctl-ping -t echo -n 2 -W 9s reflector.example six.example 10.9.0.2 >out
	cat out
	[ "$(grep -c 'host=192.0.2.5 .* name=reflector.example$' out)" -eq 2 ]
	[ "$(grep -c 'host=fd09::2 .* name=six.example$' out)" -eq 2 ]
	[ "$(grep -c 'host=10.9.0.2 .* method=icmp$' out)" -eq 2 ]
	none lost <out
}

@test "-4 and -6 choose the family of a name" {
	printf '192.0.2.5 both.example\nfd09::2 both.example\n' >hosts
	named hosts wanctl-ping -t echo -4 -n 1 both.example >out
	[ "$(field host <out)" = 192.0.2.5 ]
	named hosts wanctl-ping -t echo -6 -n 1 both.example >out
	[ "$(field host <out)" = fd09::2 ]
	conf wan0 'hosts = both.example' 'family = 6' >cable.conf
	named hosts wanctl-ping -c cable.conf -n 1 >out
	[ "$(field host <out)" = fd09::2 ]
}

@test "a name that is not known: said once, its probes are lost" {
	printf '192.0.2.5 reflector.example\n' >hosts
	run named hosts wanctl-ping -t echo -n 3 -i 200ms reflector.example nosuch.example
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'name=reflector.example' <<<"$output")" -eq 3 ]
	[ "$(grep -c 'host=0.0.0.0 seq=. lost=1 .*name=nosuch.example' <<<"$output")" -eq 3 ]
	[ "$(grep -c 'wanctl-ping: nosuch.example: ' <<<"$output")" -eq 1 ]
	run named hosts wanctl-ping -t echo -n 1 -i 200ms nosuch.example
	[ "$status" -eq 1 ]
}

@test "two names of one address: one of them is probed" {
	printf '192.0.2.5 a.example b.example\n' >hosts
	run named hosts wanctl-ping -t echo -n 2 -i 200ms a.example b.example
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^rtt' <<<"$output")" -eq 2 ]
	[[ $output == *": has the same address as another reflector"* ]]
}

@test "R5: names that hang delay nobody" {
	: >hosts
	ip -n "$THERE" route add blackhole 10.8.0.9
	ip -n "$HERE" route add 10.8.0.9 via 10.9.0.2
	begin=$(date +%s%6N)
	NAMESERVER=10.8.0.9 named hosts wanctl-ping -t echo -n 8 -i 200ms -W 2s \
	    a.example b.example 10.9.0.2 >out
	cat out
	# From the first moment on, one after the other: to wait for a name
	# would take 25 s.
	grep host=10.9.0.2 out | field t | awk -v was="$begin" '
		$1 - was > 15000000 { late++ }
		{ was = $1 }
		END { exit NR != 8 || late > 0 }'
	[ "$(grep -c 'name=a.example' out)" -eq 8 ]
	[ "$(grep -c 'host=0.0.0.0 .* lost=1 .*name=b.example' out)" -eq 8 ]
}

@test "names fail, then are known: they are probed from then on" {
	: >hosts
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms late.example
	eventually grep -q 'host=0.0.0.0 .* lost=1' out
	echo '192.0.2.5 late.example' >hosts
	eventually grep -q 'host=192.0.2.5 .* us=.* name=late.example' out
	stop
	cat err
	[ "$(wc -l <err)" -eq 2 ]
	grep -q 'late.example is 192.0.2.5 now' err
}

@test "a reflector that no longer answers is looked up again" {
	echo '192.0.2.77 moving.example' >hosts
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms -W 200ms moving.example
	eventually grep -q 'host=192.0.2.77 .* lost=1' out
	echo '192.0.2.6 moving.example' >hosts
	eventually grep -q 'host=192.0.2.6 .* us=' out
	stop
	grep -q 'moving.example is 192.0.2.6 now' err
	# No probe went to one address and is told of the other.
	[ "$(grep -c 'host=192.0.2.77 .* us=' out)" -eq 0 ]
	[ "$(field seq <out | sort | uniq -d | wc -l)" -eq 0 ]
}

@test "R7: a name that leads elsewhere is not probed" {
	other_line
	ip -n "$HERE" route del 203.0.113.0/24 metric 100
	printf '203.0.113.1 astray.example\n192.0.2.5 good.example\n' >hosts
	conf wan0 'hosts = astray.example good.example' >cable.conf
	run named hosts wanctl-ping -c "$PWD/cable.conf" -n 2
	no_other_line
	echo "$output"
	[ "$(grep -c 'host=192.0.2.5 .* us=' <<<"$output")" -eq 2 ]
	[ "$(grep -c 'host=0.0.0.0 .* lost=1' <<<"$output")" -eq 2 ]
	[[ $output == *"astray.example: would be reached by other0, not by wan0"* ]]
}

# open_files PID NAME: how many descriptors of it are of that.
open_files() {
	find "/proc/$1/fd" -lname "$2" | wc -l
}

# child_of PID: its only child.
child_of() {
	local children

	read -ra children <"/proc/$1/task/$1/children" || true
	[ "${#children[@]}" -eq 1 ] && echo "${children[0]}"
}

# nothing_left: the program has its sockets, our pipes, and of children the one
# that resolves names, which has a socket, and no child now.
nothing_left() {
	local child

	ls -l "/proc/$pid/fd"
	[ "$(open_files "$pid" 'socket:*')" -eq 3 ] &&
		[ "$(open_files "$pid" 'pipe:*')" -le "$(open_files $$ 'pipe:*')" ] &&
		child=$(child_of "$pid") &&
		[ "$(open_files "$child" 'socket:*')" -eq 1 ] &&
		[ "$(open_files "$child" 'pipe:*')" -eq 0 ] &&
		[ -z "$(cat "/proc/$child/task/$child/children")" ]
}

@test "no child and no descriptor is left over" {
	printf '192.0.2.5 a.example\n192.0.2.6 b.example\n' >hosts
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms a.example b.example nosuch.example
	eventually grep -q name=b.example out
	eventually grep -q name=nosuch.example out
	eventually nothing_left
	child=$(child_of "$pid")
	stop
	eventually ended "$child"
}

@test "names are resolved by a process that ends with wanctl-ping, and has its rights no more" {
	printf '192.0.2.5 a.example\n' >hosts
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms a.example
	eventually grep -q name=a.example out
	child=$(child_of "$pid")
	grep -qx 'CapPrm:[^0-9]*0000000000000000' "/proc/$child/status"
	kill -9 "$pid"
	eventually ended "$child"
	# Without it, names would never be resolved again: a new start does it.
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms nosuch.example 10.9.0.2
	eventually grep -q host=10.9.0.2 out
	kill -9 "$(child_of "$pid")"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 75 ]
	grep -q 'nosuch.example: cannot be resolved: the process for that has ended' err
	# An address is not resolved.
	start "$BATS_FILE_TMPDIR/named" hosts wanctl-ping -t echo -i 200ms 10.9.0.2
	eventually grep -q host=10.9.0.2 out
	[ -z "$(cat "/proc/$pid/task/$pid/children")" ]
	stop
}

# --- privileges ---------------------------------------------------------------

@test "R1: an ordinary user with an ICMP socket" {
	here sysctl -qw net.ipv4.ping_group_range='65534 65534'
	run here setpriv --reuid 65534 --regid 65534 --clear-groups \
	    wanctl-ping -t echo -I wan0 -n 2 -i 200ms 10.9.0.2 fd09::2
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c ' us=[0-9]*' <<<"$output")" -eq 4 ]
	# The first may wait for the neighbour's address, beside the queue.
	[ "$(grep -c ' us=[0-9]* queued_us=' <<<"$output")" -ge 3 ]
}

@test "R1: without permission both remedies are named" {
	run here setpriv --reuid 65534 --regid 65534 --clear-groups \
	    wanctl-ping -t echo -n 1 10.9.0.2
	echo "$output"
	[ "$status" -eq 71 ]
	[[ $output == *net.ipv4.ping_group_range*CAP_NET_RAW* ]]
}

@test "R1: a mark takes a capability, which is said" {
	here sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	run here setpriv --reuid 65534 --regid 65534 --clear-groups \
	    wanctl-ping -t echo -m 5 -n 1 10.9.0.2
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	echo "$output"
	[ "$status" -eq 71 ]
	[[ $output == *"mark"*CAP_NET_RAW* ]]
}

@test "R1: as root, all capabilities are gone once the sockets are open" {
	start wanctl-ping -t echo -i 200ms 10.9.0.2 localhost
	eventually grep -q ' us=' out
	grep '^Cap\|^NoNewPrivs' "/proc/$(cat ping.pid)/status" >status
	stop
	cat status
	for set in Inh Prm Eff Amb; do
		grep -q "^Cap$set:	0000000000000000$" status
	done
	grep -q '^NoNewPrivs:	1$' status
}

# --- ends ---------------------------------------------------------------------

@test "exit status: answered 0, nothing answered 1, stopped 0" {
	run ping -n 1 10.9.0.2
	[ "$status" -eq 0 ]
	run ping -n 1 -W 1s 192.0.2.99 10.9.0.2
	[ "$status" -eq 0 ]
	run ping -n 1 -W 100ms 192.0.2.99
	[ "$status" -eq 1 ]
	touch out
	for signal in TERM INT; do
		rm out
		env --default-signal=INT ip netns exec "$HERE" wanctl-ping -t echo \
		    -i 200ms 192.0.2.99 10.9.0.2 >out 3>&- &
		pid=$!
		eventually test -s out
		kill -s $signal $pid
		wait $pid
		[ -z "$(tail -c 1 out)" ]
	done
}

@test "closed standard output is noticed, never a socket" {
	run sh -c 'wanctl-ping -n 1 127.0.0.1 >&-'
	[ "$status" -eq 71 ]
	[[ $output == *"standard output: Bad file descriptor"* ]]
	run sh -c 'wanctl-ping -n 1 127.0.0.1 >/dev/full'
	[ "$status" -eq 71 ]
	[[ $output == *"standard output: No space left on device"* ]]
	run sh -c 'wanctl-ping -n 1 127.0.0.1 <&- 2>&-'
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "a reader that is gone ends it quietly" {
	run bash -c 'timeout 60 wanctl-ping -i 200ms 127.0.0.1 | head -n 2; exit ${PIPESTATUS[0]}'
	echo "$output"
	[ "$status" -eq 141 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "each record is there when it is made" {
	# The next one would come in an hour.
	start wanctl-ping -t echo -i 1h 10.9.0.2
	eventually test -s out
	stop
}

# --- which reflectors ---------------------------------------------------------

# silence ADDRESS...: these no longer answer, there; nobody is told.
silence() {
	for address; do
		ip -n "$THERE" addr del "$address/32" dev lo
		ip -n "$THERE" route add blackhole "$address/32"
	done
}

unsilence() {
	for address; do
		ip -n "$THERE" route del blackhole "$address/32" 2>/dev/null || :
		ip -n "$THERE" addr add "$address/32" dev lo 2>/dev/null || :
	done
}

# --- TCP ----------------------------------------------------------------------

# listener: accepts connections there, at port 4430 of every address.
listener() {
	ip netns exec "$THERE" python3 -c 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 4430))
s.listen(100)
print("ready", flush=True)
while True:
    s.accept()[0].close()' >listener.out 2>&1 3>&- &
	echo $! >reflector.pid
	eventually grep -q ready listener.out
}

@test "R8: a TCP connection is a round trip, whether it is accepted or refused" {
	listener
	here wanctl-ping -t tcp -p 4430 -n 5 -i 200ms -W 9s 192.0.2.1 192.0.2.2 >out
	[ "$(grep -c 'us=[0-9]* method=tcp' out)" -eq 10 ]
	here wanctl-ping -t tcp -p 9 -n 3 -i 200ms -W 9s 192.0.2.1 fd09::2 >out
	[ "$(grep -c 'us=[0-9]* method=tcp' out)" -eq 6 ]
	silence 192.0.2.4
	run here wanctl-ping -t tcp -p 4430 -n 2 -i 200ms -W 300ms 192.0.2.4
	unsilence 192.0.2.4
	[ "$(grep -c 'lost=1 method=tcp' <<<"$output")" -eq 2 ]
	# Nothing is kept of a connection, at either end.
	[ -z "$(ip netns exec "$THERE" ss -Htan state time-wait state close-wait)" ]
	[ -z "$(here ss -Htan)" ]
}

@test "R8: bound to its device and mark, without capabilities or new descriptors" {
	listener
	ip -n "$HERE" rule add fwmark 7 table 77
	ip -n "$HERE" route add unreachable default table 77
	# By that mark there is no way, so it is on each probe.
	run here wanctl-ping -t tcp -p 4430 -m 7 -n 3 -i 200ms -W 300ms 192.0.2.1
	echo "$output"
	[ "$(grep -c ' lost=1 .*method=tcp' <<<"$output")" -eq 3 ]
	ip -n "$HERE" route flush table 77
	start wanctl-ping -t tcp -p 4430 -m 7 -i 200ms -W 9s 192.0.2.{1..3}
	eventually grep -q 'us=' out
	grep -q '^CapEff:.*0000000000000000' "/proc/$pid/status"
	before=$(ls "/proc/$pid/fd" | wc -l)
	eventually many 45 0 us=
	[ "$(ls "/proc/$pid/fd" | wc -l)" -eq "$before" ]
	stop
	ip -n "$HERE" rule del fwmark 7 table 77
	cat out
	none lost=1 <out
	here wanctl-ping -t tcp -p 4430 -I wan0 -n 2 -i 200ms 192.0.2.1 >out
	[ "$(grep -c us= out)" -eq 2 ]
}

# drop WHAT: nothing of that is heard there.
drop() {
	ip netns exec "$THERE" nft -f - <<-END
	table inet blocked {
		chain in { type filter hook input priority 0; $* drop; }
	}
	END
}

connecting() {
	here ss -Htn state syn-sent | grep -q 4430
}

@test "R8: a connection that took a second request has no round trip" {
	listener
	drop tcp dport 4430
	start wanctl-ping -t tcp -p 4430 -n 1 -W 9s 192.0.2.1
	eventually connecting
	ip netns exec "$THERE" nft delete table inet blocked
	wait $pid || :
	cat out
	[ "$(grep -c 'lost=1 method=tcp' out)" -eq 1 ]
	none ' us=' <out
}

@test "R8: a target that is silent is asked again, each time-out" {
	drop tcp dport 4430
	run timeout 120 ip netns exec "$HERE" \
	    wanctl-ping -t tcp -p 4430 -n 4 -i 200ms -W 300ms 192.0.2.1
	[ "$status" -eq 1 ]
	[ "$(grep -c 'lost=1 method=tcp' <<<"$output")" -eq 4 ]
}

# stopped_early: a ping over TCP is stopped while its request waits in a queue,
# which is less than a second long, or there would be a second request; until the
# connection has long come about. False if this machine was too slow for that.
stopped_early() {
	here bash -c '
	# is_connecting: without a process, which would take too long.
	is_connecting() {
		while read -r _ _ to state _; do
			[[ $to != *:114E || $state != 02 ]] || return 0
		done </proc/net/tcp
		return 1
	}
	ping -q -i 0.002 -c 11 -s 1200 192.0.2.40 >flood 2>&1 &
	until tc -s qdisc show dev wan0 | grep -q "backlog [1-9]"; do
		sleep 0.05
	done
	wanctl-ping -t tcp -p 4430 -n 1 -W 9s 192.0.2.1 >out 2>err &
	until is_connecting; do
		[ -e "/proc/$!" ] || exit 1
	done
	kill -STOP $! && is_connecting && sleep 4
	status=$?
	kill -CONT $!
	wait
	exit $status' 3>&-
}

@test "R8: a connection's round trip is the line's, when it is read late too" {
	listener
	tc -n "$HERE" qdisc add dev wan0 root tbf rate 128kbit burst 1600 \
	    latency 2s || skip "no shaper here"
	eventually stopped_early
	tc -n "$HERE" qdisc del dev wan0 root
	cat out
	[ "$(field us <out)" -lt 3500000 ]
}

@test "R8: answers that come late are no silence of ICMP" {
	reflector -d 500000
	drop icmp type timestamp-request
	here wanctl-ping -p 4430 -n 25 -i 200ms -W 300ms 10.9.0.2 >out 2>err
	cat out err
	grep -q late=1 out
	none 'method=tcp' <out
}

@test "R8: where ICMP is blocked, auto goes on by TCP, and back" {
	listener
	here sysctl -qw net.ipv4.ping_group_range='1 0'
	start wanctl-ping -p 4430 -i 200ms -W 300ms 192.0.2.{1..3}
	eventually grep -q 'us=.* method=icmp\|us=.* method=timestamp' out
	ip netns exec "$THERE" sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
	drop meta l4proto icmp
	eventually grep -q 'ICMP seems to be blocked: probes connect to TCP port 4430' err
	from=$(wc -l <out)
	eventually many 6 "$from" 'us=.* method=tcp'
	ip netns exec "$THERE" nft delete table inet blocked
	ip netns exec "$THERE" sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
	eventually grep -q 'ICMP is answered again' err
	from=$(wc -l <out)
	eventually many 15 "$from" 'us=.* method=\(icmp\|timestamp\)'
	tail -n 6 out | none method=tcp
	stop
	cat err
}
