#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How wanctl-router comes to a connection: names, several addresses, and one
# deadline for all of it. In a network of its own: 10.7.0.9 and 2001:db8:7::9
# swallow what is sent there, 10.8.0.1 is where something listens.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	(umask 077 && echo secret >password)
	touch known_hosts
	cat >network <<-'END'
		#!/bin/sh -e
		# network COMMAND...: with the file hosts, and a name server that is dead.
		[ "$1" = -in ] || exec unshare -mn "$0" -in "$@"
		shift
		mount --make-rprivate /
		mount --bind hosts /etc/hosts
		echo 'nameserver 10.7.0.9' >resolv.conf
		echo 'options timeout:25 attempts:2' >>resolv.conf
		mount --bind resolv.conf /etc/resolv.conf
		ip link set lo up
		for name in hole near; do
			ip link add $name type veth peer name $name-far
			ip link set $name up
			ip link set $name-far up
		done
		ip address add 10.7.0.1/24 dev hole
		ip address add 10.8.0.1/24 dev near
		ip address add 2001:db8:7::1/64 dev hole nodad
		for dead in 10.7.0.9 2001:db8:7::9; do
			ip neigh add $dead lladdr 02:00:00:00:00:09 dev hole
		done
		exec "$@"
	END
	# Takes connections, says so, and ends them.
	# Takes connections, says so, and ends them; its status is that of the
	# command.
	cat >listener.py <<-'END'
		import socket, subprocess, sys, threading
		s = socket.create_server(("10.8.0.1", 8443))
		def take():
		    while True:
		        peer, _ = s.accept()
		        print("connected", flush=True)
		        peer.close()
		threading.Thread(target=take, daemon=True).start()
		sys.exit(subprocess.call(sys.argv[1:]))
	END
	chmod +x network
}

# conf TRANSPORT ADDRESS CONNECT_TIMEOUT
conf() {
	cat >router.conf <<-END
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
	[router]
	timeout = 20s
	connect_timeout = $3
	transport = $1
	address = $2
	rest_port = 8443
	ssh_port = 8443
	insecure = $([ "$1" = rest ] && echo yes || echo no)
	password_file = $PWD/password
	known_hosts = $PWD/known_hosts
	key_file = $PWD/password
	download_queue = down
	upload_queue = up
	END
	echo 'get id=1 what=shaper' >request
}

both() { # COMMAND...: for each transport
	for transport in rest ssh; do
		"$@" "$transport"
	done
}

dead_first() {
	# That of IPv6 is preferred.
	printf '2001:db8:7::9 router.example\n10.8.0.1 router.example\n' >hosts
	conf "$1" router.example 20s
	./network python3 listener.py sh -c 'wanctl-router -c router.conf <request >answers || [ $? -eq 65 ]' \
	    >out 2>err
	cat out err answers
	grep -qx connected out
	took=$(sed -n 's/.* took_us=\([0-9]*\).*/\1/p' answers)
	[ "$took" -ge 250000 ]
}

@test "R5: a name whose first address is dead leads to the next" {
	both dead_first
}

refused_first() {
	printf '2001:db8:7::1 router.example\n10.8.0.1 router.example\n' >hosts
	conf "$1" router.example 20s
	# At that one nothing listens.
	./network python3 listener.py sh -c 'wanctl-router -c router.conf <request >answers || [ $? -eq 65 ]' \
	    >out 2>err
	cat out err answers
	grep -qx connected out
}

@test "R5: ... or refuses" {
	both refused_first
}

dead_server() {
	: >hosts
	conf "$1" router.example 1s
	./network wanctl-router -c router.conf <request >answers 2>err || true
	cat answers err
	grep -q '^answer .*ok=0 .*why=timeout' answers
	grep -q 'router.example: .*the name is not resolved in time' err
	# The name server would be waited for for 25 s, and twice.
	took=$(sed -n 's/.* took_us=\([0-9]*\).*/\1/p' answers)
	[ "${took:-0}" -lt 20000000 ]
}

@test "R5: a name server that is dead costs connect_timeout and no more" {
	both dead_server
}

unknown_name() {
	echo '10.8.0.1 other.example' >hosts
	conf "$1" router.invalid 20s
	# A name server that refuses at once.
	./network sh -c 'echo "nameserver 10.8.0.1" >resolv.conf
	    exec wanctl-router -c router.conf <request >answers' 2>err || true
	cat answers err
	grep -q '^answer .*ok=0 .*why=unreachable' answers
}

@test "R5: a name without an address is unreachable" {
	both unknown_name
}

says_why() {
	: >hosts
	conf "$1" 10.8.0.1 20s
	./network wanctl-router -c router.conf <request >answers 2>err || true
	cat answers err
	grep -q '^answer .*ok=0 .*why=refused' answers
	grep -q 'cannot connect to the service .*: Connection refused' err
	conf "$1" 10.9.0.1 20s
	./network wanctl-router -c router.conf <request >answers 2>err || true
	cat answers err
	grep -q '^answer .*ok=0 .*why=unreachable' answers
	grep -q 'cannot connect to the service .*: Network is unreachable' err
}

@test "R5: who cannot be connected to is told apart by the system's reason" {
	both says_why
}
