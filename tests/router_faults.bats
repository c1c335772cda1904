#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# wanctl-router against the rarer faults of a router, and who goes on meanwhile.

bats_require_minimum_version 1.5.0

load router

@test "R34: after a request that was given up nothing is asked for three seconds" {
	with rest 'timeout = 2s'
	start rest
	tell 'get what=shaper'
	grep -q ok=1 told
	# Who asks sooner gets two resets, and then somebody else's 401.
	ros fault id=stray_401
	ros fault id=delay ms=4000 count=1
	tell 'set what=shaper up_bps=20000000'
	grep -q 'ok=0.*why=timeout' told
	works() {
		tell 'get what=shaper'
		cat told
		grep -q ok=1 told
	}
	eventually works
	run ! grep -E 'why=(unsure|credentials|reset)' from
	grep -q 'why=cooling after=timeout' from
	cat err
	run ! grep -E 'unsure|credentials|reset' err
}

@test "R34: a login that takes longer than an answer may is waited for" {
	for t in rest ssh; do
		with $t 'timeout = 2s' 'connect_timeout = 8s'
		ros fault id=slow_auth ms=3000 transport=$t
		ask $t 'get what=shaper'
		answer 1 ok=1
		ros reset
	done
}

@test "R34: an answer that promises more than there is, or never begins" {
	with rest 'timeout = 2s' 'connect_timeout = 1s'
	ros fault id=wrong_length n=10 method=PATCH
	ask rest 'set what=shaper up_bps=20000000'
	answer 1 ok=0 why=timeout wrote=1
	ros reset
	ros fault id=tls_hang
	ask rest 'get what=shaper' 'get what=shaper'
	answer 1 ok=0 why=timeout
	answer 2 ok=0 why=cooling
}

@test "R34: an error that nobody knows is not tried again blindly" {
	ros fault id=http_500
	ask rest 'get what=shaper' 'set what=shaper up_bps=20000000'
	answer 1 ok=0
	answer 2 ok=0
	[ "$(ros log event=request | wc -l)" -le 2 ]
	ros reset
	ros fault id=http_500 method=PATCH
	ros forget
	ask rest 'set what=shaper up_bps=20000000'
	answer 1 ok=0 why=failed
	cat err
	[ "$(ros log event=request | grep -c '"PATCH"')" -eq 1 ]
	[ "$(rate Upload)" = 38000000 ]
	ros reset
	# Policy, as a fault of the moment.
	for t in rest ssh; do
		ros fault id=permission
		ask $t 'set what=shaper up_bps=20000000' 'set what=shaper up_bps=20000000'
		answer 1 ok=0 why=permission
		answer 2 ok=0 why=cooling after=permission
		ros reset
	done
}

@test "R36: connections that a router closes when they are idle" {
	for t in rest ssh; do
		ros fault id=close_idle ms=200
		start $t
		for n in 1 2 3; do
			tell "set what=shaper up_bps=2${n}000000"
			grep -q ok=1 told
			sleep 0.5
		done
		[ "$(rate Upload)" = 23000000 ]
		[ ! -s err ]
		exec 7>&-
		rm to
		ros reset
	done
}

@test "R10: a router that is slow under many requests, and counters that wrap" {
	ros fault id=knee n=5 ms=30
	ros fault id=counter_wrap32
	for t in rest ssh; do
		for n in $(seq 20); do
			echo "get id=$n what=shaper"
		done | timeout 60 wanctl-router -c $t.conf >answers
		[ "$(grep -c ' ok=1 ' answers)" -eq 20 ]
		[ "$(tr ' ' '\n' <answers | sed -n 's/^[a-z]*_bytes=//p' |
			awk '$1 >= 4294967296' | wc -l)" -eq 0 ]
	done
}

@test "R102: how print looks is nothing to a program" {
	for style in v6 v71 v724; do
		ros option style=$style group_digits=true eol=lf
		ask ssh 'get what=shaper' 'set what=shaper up_bps=20000000' 'get what=rule'
		answer 1 ok=1 down_bps=940000000
		answer 2 ok=1 up_bps=20000000
		answer 3 ok=1 on=1
		run ! grep print <(ros log event=request transport=ssh)
		ros reset
	done
	ros option style=v724 group_digits=false eol=crlf
}

@test "R39: a host key that changes while we are connected is noticed at once" {
	start ssh
	tell 'get what=shaper'
	grep -q ok=1 told
	ros host_keys names=host_ed25519_other
	ros drop
	ros forget
	tell 'set what=shaper up_bps=20000000'
	grep -q 'ok=0.*why=hostkey' told
	# Lasting: not tried again at once, and never written.
	tell 'set what=shaper up_bps=20000000'
	grep -q 'why=cooling after=hostkey' told
	[ "$(ros count)" -eq 0 ]
	[ "$(ros count what=password)" -eq 0 ]
}

# Where small packets wait for an acknowledgement, each command takes 40 ms.
@test "R36: a thousand commands over one connection of SSH, none of which waits for another" {
	for n in $(seq 1000); do
		echo "get id=$n what=shaper"
	done >asked
	# The leak checker of a sanitizer cannot work under strace.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 timeout 200 strace -f -qq -e trace=setsockopt -e signal=none -o calls \
	    wanctl-router -c ssh.conf <asked >answers
	[ "$(grep -c ' ok=1 ' answers)" -eq 1000 ]
	[ "$(ros count what=connected transport=ssh)" -eq 1 ]
	grep -q 'TCP_NODELAY, \[1\]' calls
}

@test "R35: measuring and deciding go on past a router that hangs" {
	for t in rest ssh; do
		sed -i -e 's/^\[download\]/[ping]\nhosts = 192.0.2.1\n&/' \
		    -e '/^\[shaper\]/,/^\[/s/^timeout = .*/timeout = 300ms/' $t.conf
		ros reset
		# Longer than anybody here waits.
		ros fault id=busy_session ms=600000
		# More than a pipe holds, so each has to read meanwhile.
		for n in $(seq 1000); do
			echo "rtt t=${EPOCHREALTIME/./} wan=cable host=192.0.2.1 seq=$n us=$((18000 + n % 7 * 300))"
		done | timeout 60 wanctl-assess -c $t.conf | tee decided |
			timeout 60 wanctl-setrate -c $t.conf >out 2>err ||
			[ "${PIPESTATUS[3]}" -eq 75 ]
		cat err
		[ "$(grep -c '^rate ' decided)" -ge 1900 ]
		grep -q '^applied.*ok=0' out
	done
}

# decide N: of this moment, in both directions.
decide() {
	local t=${EPOCHREALTIME/./}

	echo "rate t=$t wan=cable dir=down bps=$((500000000 - $1 / 10 % 5 * 20000000)) state=green"
	echo "rate t=$t wan=cable dir=up bps=$((20000000 - $1 / 10 % 5 * 1000000)) state=green"
	sleep 0.05
}
is_set() { # decides on descriptor 5
	decide 100 >&5
	[ "$(rate Upload)" = 20000000 ] && [ "$(rate Download)" = 500000000 ]
}

@test "R38: a reboot with other ids, under 20 decisions a second" {
	for t in rest ssh; do
		file=load conf $t
		sed -i 's/^backend = router/&\ndeadband = 1%/' load.conf
		with load 'write_limit = 64'
		ros reset
		{
			for n in $(seq 99); do
				[ $n -ne 35 ] || ros reboot downtime_ms=2500 >&2
				decide $n
			done
			eventually is_set
		} 5>&1 | wanctl-setrate -c load.conf >out 2>err || [ "${PIPESTATUS[1]}" -eq 75 ]
		tail -n 3 out
		cat err
		grep -q 'ok=0' out
		# What was decided last, in the rows that there are now.
		[ "$(rate Upload)" = 20000000 ]
		[ "$(rate Download)" = 500000000 ]
		[ "$(ros state menu=queue/tree | grep -c '"max-limit": "[1-9]')" -eq \
		    "$(ros state menu=queue/tree | grep -c '"name": "WAN-')" ]
	done
}

@test "R39: a certificate for another name, if that is the one that is asked for" {
	ros fault id=wrong_san
	ask rest 'get what=shaper'
	answer 1 ok=0 why=certificate
	with rest 'tls_name = other'
	ask rest 'set what=shaper up_bps=20000000'
	answer 1 ok=1
	with rest 'tls_name = other.example'
	sed -i '/^tls_name = other$/d' rest.conf
	ask rest 'set what=shaper up_bps=21000000'
	answer 1 ok=0 why=certificate
	[ "$(rate Upload)" = 20000000 ]
}

@test "R39: plain http only where that is asked for" {
	cat >plain.py <<-'END'
	import http.server, sys
	ROWS = ('[{".id":"*1","name":"WAN-Download","max-limit":"7000000",'
	        '"bytes":"1","packets":"2"},{".id":"*2","name":"WAN-Upload",'
	        '"max-limit":"5000000","bytes":"3","packets":"4"}]')
	class Plain(http.server.BaseHTTPRequestHandler):
	    protocol_version = "HTTP/1.1"
	    def do_GET(self):
	        out = (ROWS if "queue" in self.path else
	               '{"version":"7.1","uptime":"5s"}').encode()
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(out)))
	        self.end_headers()
	        self.wfile.write(out)
	    def log_message(self, *words):
	        pass
	server = http.server.HTTPServer(("127.0.0.1", 0), Plain)
	print(server.server_port, flush=True)
	server.serve_forever()
	END
	python3 plain.py >port 3>&- &
	children="${children:-} $!"
	eventually test -s port
	sed -i "s/^rest_port = .*/rest_port = $(cat port)/" rest.conf
	ask rest 'get what=shaper'
	answer 1 ok=0
	with rest 'insecure = yes'
	ask rest 'get what=shaper'
	answer 1 ok=1 down_bps=7000000 up_bps=5000000
}
