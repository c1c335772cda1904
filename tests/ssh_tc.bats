#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-router over ssh_tc: OpenSSH's server and the real tc(8) with HTB, and
# a stand-in for a tc that knows CAKE, which tests/lab has for real.
# shellcheck disable=SC2154 # ns is set by make_host

bats_require_minimum_version 1.5.0

load helpers
load sshd

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ "$(id -u)" -eq 0 ] || skip "not root"
	command -v sshd >/dev/null || PATH=$PATH:/usr/sbin
	ns=
	conf 'eth1 1:10' 'eth1 1:20'
}

teardown() {
	exec 7>&-
	remove_host
}

# conf DOWNLOAD UPLOAD: the file conf.
conf() {
	cat >conf <<-CONF
	schema = 1
	[wan]
	name = cable
	[download]
	ceiling = 900mbit
	floor = 50mbit
	[upload]
	ceiling = 40mbit
	floor = 4mbit
	[shaper]
	backend = router
	timeout = 20s
	reconcile = 1s
	[pass]
	interval = 60s
	[router]
	transport = ssh_tc
	address = 127.0.0.1
	ssh_port = 2222
	user = root
	known_hosts = $PWD/known_hosts
	key_file = $PWD/client
	download_queue = $1
	upload_queue = $2
	CONF
}

# Two classes of a device, and a peer that takes what is sent to it.
make_htb() {
	ip -n "$ns" link add eth1 type veth peer name far1
	ip -n "$ns" link set eth1 addrgenmode none
	ip -n "$ns" link set far1 up
	ip -n "$ns" link set eth1 up
	ip -n "$ns" address add 10.9.9.1/24 dev eth1
	ip -n "$ns" neighbour add 10.9.9.2 lladdr 02:00:00:00:00:02 dev eth1
	tc -n "$ns" qdisc add dev eth1 root handle 1: htb default 20
	tc -n "$ns" class add dev eth1 parent 1: classid 1:10 htb rate 500mbit prio 3 quantum 3000 burst 20k mpu 64 overhead 18
	tc -n "$ns" class add dev eth1 parent 1: classid 1:20 htb rate 30mbit
}

# A tc that knows CAKE: a rate for each device in DEVICE.rate, what it was
# called with in calls.
make_cake() {
	mkdir -p bin
	cat >bin/tc <<-CAKE
	#!/bin/sh
	cd '$PWD' || exit 1
	CAKE
	cat >>bin/tc <<-'CAKE'
	echo "$*" >>calls
	[ ! -e denied ] || [ "$2" != change ] ||
		{ echo 'RTNETLINK answers: Operation not permitted' >&2; exit 2; }
	for device; do
		[ "$before" != dev ] || break
		before=$device
	done
	[ -e "$device.rate" ] || { echo "Cannot find device \"$device\"" >&2; exit 1; }
	case "$*" in
	*' show '*)
		echo "qdisc ${kind:-$(cat kind 2>/dev/null || echo cake)} $(cat handle 2>/dev/null || echo 8001:) root refcnt 2 bandwidth $(cat "$device.rate") besteffort triple-isolate nonat nowash no-ack-filter split-gso rtt 100ms raw overhead 0 $(cat options 2>/dev/null)"
		echo ' Sent 123456789012 bytes 98765 pkt (dropped 12, overlimits 7 requeues 0)'
		echo ' backlog 3028b 2p requeues 0'
		echo ' memory used: 1234Kb of 4Mb'
		echo ' capacity estimate: 10Mbit'
		echo '                  Tin 0'
		echo '  thresh         10Mbit'
		echo '  backlog            0b'
		echo 'qdisc ingress ffff: parent ffff:fff1 ----------------'
		echo ' Sent 5 bytes 1 pkt (dropped 0, overlimits 0 requeues 0)'
		echo ' backlog 0b 0p requeues 0'
		;;
	qdisc\ change\ dev\ *\ root\ handle\ *:\ cake*\ bandwidth\ *bit)
		[ "$7" = "$(cat handle 2>/dev/null || echo 8001:)" ] || {
			echo 'Error: NLM_F_REPLACE needed to override.' >&2
			exit 2
		}
		[ "$8" = "$(cat kind 2>/dev/null || echo cake)" ] || {
			echo 'Error: Invalid qdisc name: must match existing qdisc.' >&2
			exit 2
		}
		bits=${10%bit}
		[ -e lost ] || echo "$((bits / 1000))Kbit" >"$device.rate"
		if [ -e cut ]; then
			rm cut
			kill -9 "$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$PPID/status")"
		fi
		;;
	*)
		echo "What is \"$1\"?" >&2
		exit 255
		;;
	esac
	CAKE
	chmod +x bin/tc
	echo 100Mbit >ifb4wan.rate
	echo 20Mbit >wan.rate
	conf ifb4wan wan
}

router() {
	ip netns exec "$ns" wanctl-router -c conf "$@"
}

# ask REQUEST...: one process; answers in answers, the rest in err.
ask() {
	n=0
	for request; do
		n=$((n + 1))
		echo "${request%% *} id=$n ${request#* }"
	done | timeout 30 ip netns exec "$ns" wanctl-router -c conf >answers 2>err ||
		echo "status $?"
	cat answers err
}

# start: one that stays; tell REQUEST asks it, the answer in told.
start() {
	mkfifo to
	emptied from err
	router <to >from 2>err 3>&- &
	exec 7>to
	asked=0
}
tell() {
	asked=$((asked + 1))
	echo "${1%% *} id=$asked ${1#* }" >&7
	eventually answered "$asked" || {
		cat err
		return 1
	}
}
answered() { # ID
	grep "^answer id=$1 " from >told
}
works() {
	tell 'get what=shaper'
	grep -q ok=1 told
}
raised() { # so often
	[ "$(grep -c wrote=1 out)" -ge "$1" ]
}
answer() { # ID WORD...: they are in that answer
	line=$(grep "^answer id=$1 " answers) || return 1
	shift
	for word; do
		case " $line " in
		*" $word "*) ;;
		*)
			echo "not in the answer: $word"
			return 1
			;;
		esac
	done
}

@test "R30: ssh_tc: classes of HTB, with the real tc, keep all else that they have" {
	make_host
	make_htb
	ip netns exec "$ns" ping -q -c 5 -i 0.01 -W 0.1 10.9.9.2 || true
	ask 'get what=shaper' \
	    'set what=shaper down_bps=123456789 up_bps=20000000' \
	    'set what=shaper down_bps=1234567890' 'get what=shaper' \
	    'set what=shaper up_bps=20000000'
	answer 1 ok=1 via=ssh_tc down_bps=500000000 up_bps=30000000 down_bytes=0 \
	    up_packets=5 up_drops=0
	answer 2 ok=1 wrote=1 down_bps=123456000 up_bps=20000000
	answer 3 ok=1 wrote=1 down_bps=1234000000
	answer 4 ok=1 down_bps=1234000000 up_bps=20000000 up_packets=5
	grep -q uptime_us= answers
	# No write to flash memory is claimed.
	run ! grep -q sectors answers
	tc -d -n "$ns" class show dev eth1 classid 1:10 >has
	cat has
	grep -q 'prio 3 quantum 3000 rate 1234Mbit overhead 18 ceil 1234Mbit .*burst 20[0-9]*b/1 mpu 64b' has
	grep -q 'rate 20Mbit ceil 20Mbit' <(tc -n "$ns" class show dev eth1 classid 1:20)
}

# The program is a little slow between two looks at its socket, so that an
# answer often comes whole between two of them.
@test "R30: ssh_tc: each of 400 changes is answered, and a burst is as large after them" {
	make_host
	make_htb
	${CC:-cc} -D_GNU_SOURCE -shared -fPIC -O2 -o slow.so "$BATS_TEST_DIRNAME/routeros/slow.c" -ldl
	for n in $(seq 399); do
		echo "set id=$n what=shaper down_bps=$((100000000 + n * 1234567))"
	done >changes
	# One of the rates at which tc, which rounds it, prints 20 KB.
	echo 'set id=400 what=shaper down_bps=346913400' >>changes
	timeout "$((100 * ${SLOW:-1}))" ip netns exec "$ns" env LD_PRELOAD="$PWD/slow.so" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
	    wanctl-router -c conf <changes >answers 2>err
	cat err
	grep -m 1 ' ok=0 ' answers || true
	[ "$(grep -c ' ok=1 ' answers)" -eq 400 ]
	tc -d -n "$ns" class show dev eth1 classid 1:10 >has
	cat has
	grep -q ' burst 20Kb/1 ' has
}

@test "R30: ssh_tc: what is not there is said, and nothing is changed" {
	make_host
	make_htb
	conf 'eth1 1:99' 'eth1 1:20'
	ask 'set what=shaper down_bps=60000000 up_bps=20000000' 'get what=shaper'
	answer 1 ok=0 why=missing
	answer 2 ok=0 why=cooling after=missing
	conf 'eth7 1:10' 'eth1 1:20'
	ask 'set what=shaper down_bps=60000000'
	answer 1 ok=0 why=missing
	grep -q 'Cannot find device "eth7"' err
	conf eth1 lo
	ask 'get what=shaper'
	answer 1 ok=0 why=missing
	grep -q 'no CAKE at the root.*qdisc htb' err
	ask 'set what=shaper down_bps=60000000'
	answer 1 ok=0
	ask 'get what=rule'
	answer 1 ok=0
	tc -n "$ns" class show dev eth1 | grep -q 'rate 500Mbit'
	tc -n "$ns" class show dev eth1 | grep -q 'rate 30Mbit'
}

@test "R30: ssh_tc: CAKE on both devices in one round trip, in any shell" {
	make_cake
	mkdir busybox
	for name in sh cat echo; do
		ln -s "$(command -v busybox || command -v busybox.static)" busybox/$name
	done
	for shell in /bin/sh "$PWD/busybox/sh"; do
		make_host "$shell" "$PWD/bin:${shell%/*}:/usr/bin:/bin"
		echo 100Mbit >ifb4wan.rate
		: >calls
		ask 'get what=shaper' 'set what=shaper down_bps=87654321 up_bps=15000000' \
		    'set what=shaper up_bps=16000000'
		answer 1 ok=1 via=ssh_tc down_bps=100000000 down_bytes=123456789012 \
		    down_packets=98765 down_drops=12 down_backlog=3028 down_queued=2
		answer 2 ok=1 wrote=1 down_bps=87654000 up_bps=15000000
		answer 3 ok=1 up_bps=16000000
		[ "$(cat wan.rate)" = 16000Kbit ]
		cat calls
		[ "$(grep -c change calls)" -eq 3 ]
		[ "$(wc -l <calls)" -eq 9 ]
		router -d >found
		grep -q 'queue wan: 16000000 bit/s' found
		[ "$(grep -c 'Accepted publickey' sshd.log)" -eq 2 ]
		remove_host
		rm sshd.log
		echo 20Mbit >wan.rate
	done
}

@test "R112: ssh_tc: a direction that is not managed needs no device there" {
	make_cake
	make_host /bin/sh "$PWD/bin:/usr/bin:/bin"
	sed -i -e '/^upload_queue/d' -e '/^\[upload\]/,/^\[shaper\]/{/=/d}' \
	    -e '/^\[upload\]/a managed = no' conf
	ask 'get what=shaper' 'set what=shaper down_bps=87654321'
	answer 1 ok=1 down_bytes=123456789012
	answer 2 ok=1 wrote=1 down_bps=87654000
	run ! grep -q ' up_' answers
	cat calls
	[ "$(cat wan.rate)" = 20Mbit ]
	router -d >found
	cat found
	[ "$(grep -c '^queue ' found)" -eq 1 ]
}

@test "R33: ssh_tc: what does not take effect is noticed" {
	make_cake
	make_host /bin/sh "$PWD/bin:/usr/bin:/bin"
	touch lost
	ask 'set what=shaper up_bps=15000000'
	answer 1 ok=0 why=mismatch up_bps=20000000
	rm lost
	echo autorate-ingress >options
	ask 'set what=shaper up_bps=15000000'
	answer 1 ok=0 why=mismatch
	grep -q 'autorate-ingress is on' err
	rm options
	touch denied
	ask 'set what=shaper up_bps=14000000' 'set what=shaper up_bps=14000000'
	answer 1 ok=0 why=permission
	answer 2 ok=0 why=cooling
	grep -q 'Operation not permitted' err
	rm denied
	echo fq_codel >kind
	ask 'get what=shaper'
	answer 1 ok=0 why=missing
	rm kind bin/tc
	ask 'get what=shaper'
	answer 1 ok=0
	ask 'set what=shaper up_bps=7999'
	answer 1 ok=0 why=rejected
}

@test "R33: ssh_tc: what has taken the place of CAKE is left alone, another CAKE is not" {
	make_cake
	make_host /bin/sh "$PWD/bin:/usr/bin:/bin"
	start
	tell 'set what=shaper up_bps=15000000'
	grep -q 'ok=1.*up_bps=15000000' told
	# By somebody else, between two changes.
	echo 10: >handle
	echo fq_codel >kind
	: >calls
	tell 'set what=shaper up_bps=14000000'
	grep -q 'ok=0.*why=missing' told
	grep -qx 15000Kbit wan.rate
	exec 7>&-
	rm to
	# The same with a CAKE in its place: that is the one to set now.
	rm kind handle
	start
	tell 'set what=shaper up_bps=15000000'
	echo 8002: >handle
	tell 'set what=shaper up_bps=14000000'
	grep -q 'ok=1.*up_bps=14000000' told
	grep -qx 14000Kbit wan.rate
	exec 7>&-
	rm to
	# And with one that has a queue for each processor.
	echo cake_mq >kind
	ask 'set what=shaper up_bps=13000000'
	answer 1 ok=1 up_bps=13000000
	# What the kernel made by itself cannot be changed.
	rm kind
	echo 0: >handle
	ask 'get what=shaper' 'set what=shaper up_bps=12000000'
	answer 1 ok=1 up_bps=13000000
	answer 2 ok=0 why=missing
}

@test "R36: ssh_tc: one connection, that is opened again when it is lost" {
	make_cake
	make_host /bin/sh "$PWD/bin:/usr/bin:/bin"
	start
	for n in 1 2 3 4 5; do
		tell "set what=shaper up_bps=1${n}000000"
		grep -q ok=1 told
	done
	[ "$(grep -c 'Accepted publickey' sshd.log)" -eq 1 ]
	# Between two requests.
	kill -9 $(sessions)
	tell 'set what=shaper up_bps=12000000'
	grep -q ok=1 told
	# In the middle of one, after it was done: it is read, not guessed.
	touch cut
	tell 'set what=shaper up_bps=13000000'
	cat told
	grep -q 'ok=1.*up_bps=13000000' told
	# And the server with all that it has.
	kill -9 $(sessions) "$(cat sshd.pid)"
	tell 'get what=shaper'
	grep -q 'ok=0.*why=refused' told
	start_sshd
	eventually works
	grep -q 'ssh_tc: works again' err
	grep -qx 13000Kbit wan.rate
}

@test "R39: ssh_tc: another host key is refused, trust adds one" {
	make_cake
	make_host /bin/sh "$PWD/bin:/usr/bin:/bin"
	printf '[127.0.0.1]:2222 %s\n' "$(cut -d' ' -f1,2 other.pub)" >known_hosts
	: >calls
	ask 'set what=shaper up_bps=12000000'
	answer 1 ok=0 why=hostkey
	grep -q known_hosts err
	: >known_hosts
	ask 'get what=shaper'
	answer 1 ok=0 why=hostkey
	[ ! -s calls ]
	echo yes | router -t >out
	grep -q "$(ssh-keygen -l -f host.pub | cut -d' ' -f2)" out
	ask 'get what=shaper'
	answer 1 ok=1
	# A key that is not among those allowed.
	cp other.pub authorized
	ask 'get what=shaper'
	answer 1 ok=0 why=credentials
}

@test "R31: ssh_tc: wanctl-setrate and wanctl-queue through it" {
	make_host
	make_htb
	# RouterOS's limit of writes is not for this.
	sed -i '/^\[router\]/a write_limit = 2' conf
	: >out
	for n in $(seq 8); do
		t=${EPOCHREALTIME/./}
		echo "rate t=$t wan=cable dir=down bps=$((500000000 + n * 50000000)) state=green"
		eventually raised "$n" >&2
	done | ip netns exec "$ns" wanctl-setrate -c conf >out
	cat out
	raised 8
	tail -n 1 out | grep -q 'dir=down.*bps=900000000.*ok=1'
	ip netns exec "$ns" ping -q -c 3 -i 0.01 -W 0.1 10.9.9.2 || true
	ip netns exec "$ns" wanctl-queue -c conf -n 2 -i 200ms >out
	grep -q 'dir=up source=router .*packets=3 drops=0' out
}

@test "R104: ssh_tc: valgrind finds nothing" {
	command -v valgrind >/dev/null || skip "no valgrind"
	if nm "$(command -v wanctl-router)" | grep -q -e __asan_ -e __ubsan_; then
		skip "an instrumented build"
	fi
	make_host
	make_htb
	printf '%s\n' 'get id=1 what=shaper' 'set id=2 what=shaper up_bps=20000000' >asked
	run -0 ip netns exec "$ns" env WANCTL_UNCONFINED= valgrind -q --error-exitcode=99 --leak-check=full \
	    --log-file=valgrind.log wanctl-router -c conf <asked
	cat valgrind.log
	[[ $output == *"id=2 what=shaper ok=1"* ]]
	[ ! -s valgrind.log ]
}
