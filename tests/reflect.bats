#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# wanctl-reflect: answers, refusals, rates, addresses, privileges. In a network
# namespace with a prober of its own.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	export BIN="${BIN:-$BATS_TEST_DIRNAME/../build/bin}"
	export NS=wanctl-$$-reflect
	unshare -n true 2>/dev/null || return 0
	ip netns add "$NS"
	ip -n "$NS" link set lo up
	ip -n "$NS" addr add 192.0.2.7/32 dev lo
	ip -n "$NS" addr add fd09::7/128 dev lo nodad
	# prober FROM TO PORT SIZE COUNT [TEXT]: sends requests, or TEXT in hex
	# of that size; then waits for as many answers and writes a line for
	# each. With LAST=ADDRESS they need not come: one more request, from that
	# address by another socket, is answered after all that are; with LAST=-
	# no answer is waited for. If the port is closed, "refused" is written.
	cat >"$BATS_FILE_TMPDIR/prober" <<-'END'
		import os, socket, struct, sys, time
		me, to, port, size, count = sys.argv[1:4] + [int(x) for x in sys.argv[4:6]]
		family = socket.AF_INET6 if ":" in to else socket.AF_INET
		s = socket.socket(family, socket.SOCK_DGRAM)
		host, at = me.split("@")
		s.bind((host, int(at)))
		if family == socket.AF_INET:
		    s.setsockopt(socket.IPPROTO_IP, 11, 1) # IP_RECVERR
		patience = 50
		for n in range(count):
		    p = struct.pack(">IQHH", n, 0x1122334455667700 + n, 0x3f01, 0)
		    p = (p + bytes(28) + bytes(i % 251 + 1 for i in range(size)))[:size]
		    if len(sys.argv) > 6:
		        p = bytes.fromhex(sys.argv[6]).ljust(size, b"\0")
		    s.sendto(p, (to, int(port)))
		last = os.environ.get("LAST", "")
		if last not in ("", "-"):
		    t = socket.socket(family, socket.SOCK_DGRAM)
		    t.bind((last, 0))
		    t.settimeout(patience)
		    t.sendto(bytes(44), (to, int(port)))
		    t.recvfrom(65536)
		end = time.monotonic() + (0 if last else patience)
		for n in range(count):
		    s.settimeout(max(0, end - time.monotonic()))
		    try:
		        a, sender = s.recvfrom(65536)
		    except ConnectionRefusedError:
		        print("refused")
		        break
		    except (socket.timeout, BlockingIOError):
		        break
		    seq, sec, frac, err, ssid, rsec, rfrac, sseq, token, serr, mbz, ttl = \
		        struct.unpack(">IIIHHIIIQHHBxxx", a[:44])
		    took = (sec - rsec) + (frac - rfrac) / 2**32
		    off = abs(rsec - 2208988800 - time.time())
		    good = seq == sseq == token - 0x1122334455667700 and serr == 0x3f01 \
		        and mbz == 0 and 0 <= took < 60 and off < 100 \
		        and a[44:] == bytes(i % 251 + 1 for i in range(size - 44))
		    print(len(a), sender[0], sender[1], ttl, "good" if good else a.hex())
	END
}

teardown_file() {
	ip netns del "$NS" 2>/dev/null || :
}

setup() {
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	ip netns list | grep -q "^$NS" || skip "no network namespaces here"
	command -v python3 >/dev/null || skip "no python3"
}

teardown() {
	# shellcheck disable=SC2046 # none, or several
	end_ours $(cat pid flood.1 flood.2 2>/dev/null)
}

inside() {
	ip netns exec "$NS" "$@"
}

listening() {
	inside ss -lunH "sport = :$1" | grep -q .
}

# all_read PORT: what came there has been read.
all_read() {
	inside ss -lunH "sport = :$1" | awk '{ left += $2 } END { exit !NR || left }'
}

# read_in_all: the datagrams that programs have read in the namespace.
read_in_all() {
	inside awk '/^Udp: [0-9]/ { print $2 }' /proc/net/snmp
}

more_read_than() {
	[ "$(read_in_all)" -gt "$1" ]
}

# reflect PORT OPTION...: one on that port in the background.
reflect() {
	local port=$1

	shift
	ip netns exec "$NS" wanctl-reflect -p "$port" "$@" 2>err 3>&- &
	pid=$!
	echo $pid >pid
	eventually listening "$port"
}

# stop: ends it, with status 0; its last words are in err.
stop() {
	kill "$pid"
	wait "$pid"
	rm pid
	cat err
}

# probe ARGUMENT...: of the prober above.
probe() {
	inside python3 "$BATS_FILE_TMPDIR/prober" "$@" >answers
	cat answers
}

@test "R12: an answer is as long as its request, and has all that it needs" {
	reflect 862
	for size in 44 45 100 1472; do
		probe 127.0.0.1@0 127.0.0.1 862 $size 3
		[ "$(grep -cx "$size 127.0.0.1 862 64 good" answers)" -eq 3 ]
	done
	probe ::1@0 ::1 862 1452 3
	[ "$(grep -cx "1452 ::1 862 64 good" answers)" -eq 3 ]
	stop
	grep -q ' 15 answered; not answered: 0 no requests, 0 of others' err
}

@test "R12: what is no request is not answered, but counted" {
	reflect 862 -r 1000
	for size in 0 1 14 43 2049 9000; do
		LAST=127.0.0.1 probe 127.0.0.1@0 127.0.0.1 862 $size 2
		[ ! -s answers ]
	done
	# Of a service, and an answer of another reflector.
	LAST=127.0.0.1 probe 127.0.0.1@53 127.0.0.1 862 44 2
	[ ! -s answers ]
	LAST=127.0.0.1 probe 127.0.0.1@0 127.0.0.1 862 44 2 \
	    0000000911223344556677881601000055667788112233440000000911
	[ ! -s answers ]
	stop
	grep -q ' 8 answered; not answered: 16 no requests, 0 of others' err
}

@test "R12: two reflectors do not keep each other busy" {
	reflect 8620
	ip netns exec "$NS" wanctl-reflect -p 8621 2>err2 3>&- &
	other=$!
	eventually listening 8621
	# As if one had asked the other.
	inside python3 - <<-'END'
		import socket, struct
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
		p = struct.pack(">IQHH", 9, 0x1122334455667788, 0x3f01, 0) + bytes(28)
		u = struct.pack(">HHHH", 8620, 8621, 8 + len(p), 0) + p
		s.sendto(u, ("127.0.0.1", 0))
	END
	# Each answers this after what came before: the first request, its answer
	# and an answer to that.
	for port in 8621 8620 8621; do
		probe 127.0.0.1@0 127.0.0.1 $port 44 1
		[ -s answers ]
	done
	kill $other
	wait $other
	stop
	cat err2
	grep -q ' 3 answered; not answered: 0 no' err2
	grep -q ' 1 answered; not answered: 1 no' err
}

@test "R12: nor does a reflector that gives numbers of its own, and this one" {
	reflect 8620
	# It answers whatever comes, and counts.
	cat >stateful <<-'END'
		import socket, struct, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("127.0.0.9", 8621))
		print("ready", flush=True)
		n = 0
		while True:
		    p, to = s.recvfrom(100)
		    now = struct.pack(">II", int(time.time()) + 2208988800, 5)
		    n += 1
		    print("asked", flush=True)
		    s.sendto(struct.pack(">I", n + 1000) + now + b"\x16\x01\0\0" + now +
		        p[:14] + b"\0\0" + b"\x40\0\0\0", to)
	END
	ip netns exec "$NS" timeout 300 python3 stateful >stateful.out 3>&- &
	other=$!
	eventually grep -q ready stateful.out
	inside python3 - <<-'END'
		import socket, struct
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
		s.bind(("127.0.0.9", 0))
		p = struct.pack(">IQHH", 9, 0x1122334455667788, 0x3f01, 0) + bytes(28)
		u = struct.pack(">HHHH", 8621, 8620, 8 + len(p), 0) + p
		s.sendto(u, ("127.0.0.1", 0))
	END
	eventually matches 1 asked stateful.out
	for n in 1 2 3; do
		probe 127.0.0.1@0 127.0.0.1 8620 44 1
		[ -s answers ]
	done
	kill $other
	stop
	cat stateful.out
	[ "$(grep -c asked stateful.out)" -eq 1 ]
	grep -q ' 4 answered; not answered: 1 no requests' err
}

@test "R12: what was sent to everybody is not answered" {
	inside ip link add d0 type veth peer name d1
	inside ip link set d1 up
	inside ip link set d0 up
	# Its address of its own is there when it is no longer tentative.
	eventually has_address
	reflect 8620
	inside python3 - <<-'END' >answers
		import socket, struct
		p = struct.pack(">IQHH", 9, 0x1122334455667788, 0x3f01, 0) + bytes(28)
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
		s.settimeout(60)
		s.sendto(p, ("127.255.255.255", 8620))
		s6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		s6.settimeout(1)
		d0 = socket.if_nametoindex("d0")
		s6.sendto(p, ("ff02::1", 8620, 0, d0))
		# This is answered, and so is the first answer.
		s.sendto(struct.pack(">I", 77) + p[4:], ("127.0.0.1", 8620))
		print(struct.unpack(">I", s.recv(100)[:4])[0])
		try:
		    print("from", s6.recvfrom(100)[1])
		except socket.timeout:
		    pass
	END
	stop
	inside ip link del d0
	cat answers
	[ "$(cat answers)" = 77 ]
	grep -q ' 1 answered; not answered: [1-9][0-9]* no requests' err
}

has_address() {
	inside ip -6 addr show dev d0 scope link | grep inet6 | grep -v tentative
}

@test "R12: a source that floods costs another one no answer" {
	reflect 8620
	before=$(inside awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp)
	# More than a buffer takes, before any of it is read.
	kill -STOP "$pid"
	LAST=- probe 127.0.0.66@0 127.0.0.1 8620 44 2000 >/dev/null
	# Of these, one of sixteen shares its lane.
	probers=
	for n in 1 2 3 4 5 6 7 8; do
		ip netns exec "$NS" python3 -u "$BATS_FILE_TMPDIR/prober" \
		    127.0.1.$n@0 127.0.0.1 8620 44 40 >answers.$n 3>&- &
		probers+=" $!"
	done
	eventually all_sent 2320
	kill -CONT "$pid"
	eventually most_have_all
	# The others wait for what they lost.
	# shellcheck disable=SC2086 # words
	kill $probers 2>/dev/null || :
	stop
}

most_have_all() {
	grep -c good answers.* | tee counts
	[ "$(grep -c ':40$' counts)" -ge 4 ]
}

# all_sent COUNT: datagrams, to whom they came or not, since the last "before".
all_sent() {
	local sent

	sent=$(inside awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp)
	[ $((sent - before)) -ge "$1" ]
}

@test "R12: a source is answered at its rate, others all the same" {
	reflect 8620 -r 20
	begin=$SECONDS
	LAST=192.0.2.7 probe 127.0.0.1@0 127.0.0.1 8620 44 200
	n=$(wc -l <answers)
	# A second's worth, and what it took until all were read.
	[ "$n" -ge 20 ]
	[ "$n" -le $((20 + 20 * (SECONDS - begin + 1))) ]
	[ "$n" -lt 200 ]
	probe 192.0.2.7@0 127.0.0.1 8620 44 5
	[ "$(grep -c good answers)" -eq 5 ]
	stop
	grep -q " $((n + 1 + 5)) answered;.* $((200 - n)) too often, 0 too many" err
}

@test "R12: all sources together are answered at a rate, too" {
	reflect 8620 -R 10
	begin=$SECONDS
	probers=
	for i in 1 2 3 4 5 6; do
		LAST=- probe 127.0.0.$i@0 127.0.0.1 8620 44 40 &
		probers+=" $!"
	done
	# shellcheck disable=SC2086 # words
	wait $probers
	eventually all_read 8620
	stop
	n=$(sed -n 's/.* \([0-9]*\) answered;.*/\1/p' err)
	# A second's worth, and what it took until all were read.
	[ "$n" -ge 10 ]
	[ "$n" -le $((10 + 10 * (SECONDS - begin + 1))) ]
	[ "$n" -lt 240 ]
	grep -q " 0 too often, $((240 - n)) too many" err
}

@test "R12: only sources of the prefixes are answered, if there are any" {
	reflect 8620 -a 192.0.2.0/25 -a fd09::/64
	LAST=192.0.2.7 probe 127.0.0.1@0 127.0.0.1 8620 44 2
	[ ! -s answers ]
	LAST=fd09::7 probe ::1@0 ::1 8620 44 2
	[ ! -s answers ]
	probe 192.0.2.7@0 127.0.0.1 8620 44 2
	[ "$(grep -c good answers)" -eq 2 ]
	probe fd09::7@0 ::1 8620 44 2
	[ "$(grep -c good answers)" -eq 2 ]
	stop
	grep -q ' 6 answered; not answered: 0 no requests, 4 of others than allowed' err
}

@test "R12: an answer comes from the address that was asked" {
	reflect 8620
	for to in 127.0.0.9 192.0.2.7; do
		probe 127.0.0.1@0 $to 8620 44 1
		grep -qx "44 $to 8620 64 good" answers
	done
	probe ::1@0 fd09::7 8620 44 1
	grep -qx "44 fd09::7 8620 64 good" answers
	stop
}

@test "R12: it listens where it is told to" {
	reflect 8620 -l 192.0.2.7 -l ::1
	probe 192.0.2.7@0 192.0.2.7 8620 44 1
	[ -s answers ]
	probe ::1@0 ::1 8620 44 1
	[ -s answers ]
	probe 127.0.0.1@0 127.0.0.1 8620 44 1
	[ "$(cat answers)" = refused ]
	stop
}

@test "R12: a port in use, or not allowed, is said, with the remedy" {
	reflect 8620
	run -75 --separate-stderr inside wanctl-reflect -p 8620
	[ "$stderr" = "wanctl-reflect: 0.0.0.0: UDP port 8620 is in use by another program; -p chooses another one" ]
	stop
	run -71 --separate-stderr inside wanctl-reflect -p 8620 -l 198.51.100.1
	[[ "$stderr" == *"198.51.100.1: UDP port 8620: "* ]]
	command -v setpriv >/dev/null || skip "no setpriv"
	[ "$(inside sysctl -n net.ipv4.ip_unprivileged_port_start)" -eq 1024 ]
	run -71 --separate-stderr inside setpriv --bounding-set -all --inh-caps -all \
	    wanctl-reflect
	[[ "$stderr" == *"takes CAP_NET_BIND_SERVICE"*"-p"* ]]
}

@test "R12: the reflector has no capability left, and says when it is ready" {
	inside python3 - "$BIN/wanctl-reflect" <<-'END' >out
		import os, socket, subprocess, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		s.settimeout(60)
		child = subprocess.Popen([sys.argv[1]],
		    env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")))
		print(s.recv(4096).decode())
		for line in open("/proc/%d/status" % child.pid):
		    if line.startswith(("CapPrm", "CapEff", "CapAmb", "NoNewPrivs")):
		        print(*line.split())
		child.terminate()
		print(child.wait())
	END
	cat out
	[ "$(sed -n 1p out)" = READY=1 ]
	[ "$(grep -c '^Cap.* 0000000000000000$' out)" -eq 3 ]
	grep -qx 'NoNewPrivs: 1' out
	[ "$(tail -n 1 out)" = 0 ]
}

@test "R12: the reflector ends in a flood as well" {
	reflect 8620
	for i in 1 2; do
		ip netns exec "$NS" timeout $((200 * ${SLOW:-1})) python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True: s.sendto(bytes(44), ("127.0.0.1", 8620))' 3>&- &
		echo $! >flood.$i
	done
	eventually more_read_than $(($(read_in_all) + 1000))
	kill "$pid"
	eventually ended "$pid"
	# The flood outlived it.
	kill "$(cat flood.1)"
	kill "$(cat flood.2)"
	wait "$pid"
	rm pid
	grep -q 'too often' err
}

@test "wanctl-reflect: wrong calls" {
	for wrong in "-p 0" "-p 65536" "-p x" "-r 0" "-R 1000001" "-a 192.0.2.0/33" \
	    "-a name" "-l name" "-l 127.0.0.1%" "-x" "host" "-4 -6" "-4 -l ::1"; do
		# shellcheck disable=SC2086
		run -64 --separate-stderr timeout 60 wanctl-reflect $wrong
		[ -n "$stderr" ]
	done
	run -64 --separate-stderr wanctl-reflect -p 65536
	[ "$stderr" = "wanctl-reflect: -p 65536: number out of range (1 to 65535)" ]
}

# field KEY: the values of a key in the records of stdin.
field() {
	sed -n "s/^rtt.* $1=\([^ ]*\).*/\1/p"
}

@test "R12: probes by STAMP have the delay of each direction, in microseconds" {
	reflect 862
	inside wanctl-ping -t stamp -n 10 -i 200ms -W 9s 127.0.0.1 ::1 >out 2>err2
	stop
	cat out err2
	[ ! -s err2 ]
	[ "$(grep -c ' host=127.0.0.1 .* method=stamp$' out)" -eq 10 ]
	[ "$(grep -c ' host=::1 .* method=stamp$' out)" -eq 10 ]
	# The two add up; both are of one machine with one clock, though some
	# processors' clocks differ by some microseconds.
	sed -n 's/.* us=\([0-9]*\) up_us=\(-*[0-9]*\) down_us=\(-*[0-9]*\) .*/\1 \2 \3/p' \
	    out >delays
	[ "$(wc -l <delays)" -eq 20 ]
	awk '$1 != $2 + $3 { exit 1 }' delays
	# Finer than milliseconds; the way there may take none.
	awk '{ whole += $1 % 1000 == 0; down += $3 % 1000 == 0 }
		END { exit whole > 10 || down > 10 }' delays
	grep -q ' 20 answered' err
}

@test "R12: STAMP takes no privilege, and the port and method are also keys" {
	command -v setpriv >/dev/null || skip "no setpriv"
	reflect 8620
	printf '%s\n' 'schema = 1' '[ping]' 'hosts = 127.0.0.1' 'method = stamp' \
	    'stamp_port = 8620' '[download]' 'ceiling = 100mbit' \
	    'floor = 10mbit' '[upload]' 'ceiling = 20mbit' 'floor = 2mbit' \
	    '[shaper]' 'backend = print' >x.conf
	inside setpriv --bounding-set -all --inh-caps -all \
	    wanctl-ping -c x.conf -n 2 -i 200ms -W 9s >out 2>&1 || { cat out; false; }
	cat out
	[ "$(grep -c 'wan=x .* up_us=.* method=stamp$' out)" -eq 2 ]
	# An option has precedence.
	run -1 inside wanctl-ping -c x.conf -p 8621 -n 1
	[[ "$output" == *"method=stamp"* ]]
	stop
	run -64 --separate-stderr wanctl-ping -t stamp -p 0 127.0.0.1
	[ "$stderr" = "wanctl-ping: -p 0: number out of range (1 to 65535)" ]
}

@test "R12: where no reflector is, a probe is lost at once, and that is said" {
	run -1 --separate-stderr inside wanctl-ping -t stamp -n 2 -i 200ms -W 9s \
	    127.0.0.1
	[ "$stderr" = "wanctl-ping: 127.0.0.1: Connection refused" ]
	[ "$(grep -c 'seq=[12] lost=1 method=stamp$' <<<"$output")" -eq 2 ]
}

@test "R12 R4: STAMP answers without our token, or from elsewhere, are none" {
	cat >liar <<-'END'
		import socket, struct
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("127.0.0.1", 862))
		t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		t.bind(("127.0.0.1", 863))
		u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		u.bind(("192.0.2.7", 862))
		print("ready", flush=True)
		for n in range(3):
		    p, to = s.recvfrom(100)
		    now = p[0:4] + bytes([0xee] * 8) + b"\x16\x01\0\0" + bytes([0xee] * 8)
		    good = now + p[0:14] + bytes(6)
		    s.sendto(now + p[0:11] + bytes([p[11] ^ 1]) + p[12:14] + bytes(6), to)
		    s.sendto(good[:43], to)
		    s.sendto(p, to)
		    t.sendto(good, to)
		    u.sendto(good, to)
		    if n < 2:
		        s.sendto(good, to)
		        s.sendto(good, to)
	END
	ip netns exec "$NS" timeout 120 python3 liar >liar.out 3>&- &
	eventually grep -q ready liar.out
	inside wanctl-ping -t stamp -n 3 -i 200ms -W 5s 127.0.0.1 >out 2>err
	cat out err
	wait
	[ "$(grep -c 'seq=[12] us=' out)" -eq 2 ]
	grep -q 'seq=3 lost=1 method=stamp$' out
	[ "$(wc -l <out)" -eq 3 ]
	grep -q 'answers ignored: 2 repeated, 15 not to our probes' err
}

# line FROM TO KEY: probes by STAMP over an emulated line, and the decisions on
# them, while traffic is more than its upload or download, until it has delayed
# that way.
line() {
	local emulated=$BATS_TEST_DIRNAME/../scripts/emulated-line

	"$emulated" run true </dev/null 2>fault ||
		skip "no network namespaces with HTB: $(cat fault)"
	cat >blast <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		begin = time.monotonic()
		sent = 0
		while True:
		    # 6 Mbit/s
		    while sent * 1000 * 8 < 6e6 * (time.monotonic() - begin):
		        s.sendto(bytes(972), (sys.argv[1], 9))
		        sent += 1
		    time.sleep(0.005)
	END
	cat >experiment <<-'END'
		line=$1 from=$2 to=$3 key=$4
		. "$5/helpers.bash"
		records_in() {
			[ "$(grep -c "$3" "$1")" -ge "$2" ]
		}
		delayed() {
			sed -n "s/^rtt.* $key=\([^ ]*\).*/\1/p" records | awk '
			NR == 1 || $1 < least { least = $1 }
			{ us[NR] = $1 } END {
				for (i in us)
					n += us[i] > least + 100000
				exit n < 20
			}'
		}
		"$line" conf | sed 's/^interval = .*/interval = 200ms\nmethod = stamp/' >line.conf
		ip netns exec srv wanctl-reflect 2>reflect.err &
		reflector=$!
		{
			ip netns exec router wanctl-ping -c line.conf &
			ping=$!
			ip netns exec router wanctl-queue -c line.conf &
			queue=$!
			# Calm at first, for the baseline.
			eventually records_in records 120 '^rtt' >&2
			ip netns exec "$from" python3 blast "$to" &
			blast=$!
			before=$(grep -c '^rtt' records)
			eventually records_in records $((before + 100)) '^rtt' >&2
			eventually delayed >&2
			eventually records_in out 1 \
			    '^rate .*state=\(soft_\)\?red.* evidence=owd' >&2
			kill $blast $ping $queue
		} | tee records | ip netns exec router wanctl-assess -c line.conf >out
		kill $reflector
		wait
	END
	timeout $((250 * ${SLOW:-1})) "$emulated" -d 4000 -u 4000 -b 300 run \
	    bash experiment "$emulated" "$@" "$BATS_TEST_DIRNAME" </dev/null 3>&-
	[ "$(grep -c '^rtt.*method=stamp$' records)" -gt 200 ]
}

# least KEY: its least value.
least() {
	field "$1" <records | sort -n | head -n 1
}

# shows_alone FULL OTHER: at least ten probes have 100 ms more than the least of
# the key FULL, and the median of them has not 50 ms more of OTHER.
shows_alone() {
	grep "^rtt.* $1=" records | sed "s/.* $1=\([^ ]*\).*/\1 &/
		s/^\([^ ]*\) .* $2=\([^ ]*\).*/\1 \2/" |
		awk -v least="$(least "$1")" '$1 > least + 100000 { print $2 }' |
		sort -n >others
	wc -l <others
	awk -v least="$(least "$2")" '{ other[NR] = $1 - least }
		END { print other[int((NR + 1) / 2)]
			exit NR < 10 || other[int((NR + 1) / 2)] >= 50000 }' others
}

@test "R12: a full upload shows in the way there alone, and lowers it alone" {
	line lan 198.51.100.1 up_us
	shows_alone up_us down_us
	grep -q '^rate .*dir=up .*state=\(soft_\)\?red.* evidence=owd' out
	run grep '^rate .*dir=down .*state=\(soft_\)\?red' out
	[ -z "$output" ]
}

@test "R12: a full download shows in the way back alone, and lowers it alone" {
	line srv 192.168.1.2 down_us
	shows_alone down_us up_us
	grep -q '^rate .*dir=down .*state=\(soft_\)\?red.* evidence=owd' out
	run grep '^rate .*dir=up .*state=\(soft_\)\?red' out
	[ -z "$output" ]
}
