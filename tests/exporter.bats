#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-exporter, and wanctl-status for who may not look for himself: requests
# of every kind, files, sockets, and what may be wrong with what they read.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir -p etc run lib
	children=
}

teardown() {
	end_ours $children
	[ -z "${base:-}" ] || rm -rf "$base"
}

# line NAME [AGE]: one that is configured, and whose programs have left what they
# do, AGE seconds ago.
line() {
	local t

	{
		silent_line
		# Nothing renews what is there: it is not stale before half an hour.
		printf '%s\n' '[pass]' 'interval = 10min'
	} >"etc/$1.conf"
	mkdir -p "run/$1"
	# What time it is for records.
	wanctl-records -n >now
	t=$(($(cat now) - ${2:-0} * 1000000))
	cat >"run/$1/assess" <<-END
	state v=1 program=wanctl-assess wan=$1
	live
	rate t=$t wan=$1 dir=down bps=45200000 state=yellow delta_us=1234 base_us=18100 load=34 why=grow
	rate t=$t wan=$1 dir=up bps=4000000 state=green delta_us=10 base_us=18100 load=3 why=hold
	since t=1769000000000000 answered=99 lost=11 late=2
	decided dir=down why=grow count=90
	END
	cat >"run/$1/setrate" <<-END
	state v=1 program=wanctl-setrate wan=$1
	shaper dir=down writes=12 failures=3
	live
	applied t=$t wan=$1 dir=down bps=45200000 want=45200000 took_us=310 ok=1
	applied t=$t wan=$1 dir=up bps=4000000 want=4000000 took_us=290 ok=1
	END
}

# get PATH [METHOD [OPTION]]: the answer is in `answer`, its parts in `head` and
# `body`.
get() {
	printf '%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "${2:-GET}" "$1" |
		wanctl-exporter ${3:+"$3"} >answer
	parts
}

parts() {
	sed '/^\r$/q' answer | tr -d '\r' >head
	sed '1,/^\r$/d' answer >body
}

# is STATUS TYPE: of the answer, which is as long as it says.
is() {
	cat head
	[[ $(head -n 1 head) == "HTTP/1.1 $1 "* ]]
	grep -qx "Content-Type: $2" head
	grep -qx "Connection: close" head
	[ "$(sed -n 's/^Content-Length: //p' head)" -eq "$(wc -c <body)" ]
}

text='text/plain; version=0.0.4; charset=utf-8'

@test "R92: metrics, health, and what there is not" {
	line cable
	get /metrics
	is 200 "$text"
	grep -qxF 'wanctl_bandwidth_mbps{wan="cable",direction="download"} 45.2' body
	grep -qxF 'wanctl_up{wan="cable"} 1' body
	for path in / /health; do
		get $path
		is 200 application/json
		[ "$(jq -r '.status, .wans[0].upload.state' body | paste -s)" = $'healthy\tGREEN' ]
	done
	get /health/steering
	is 404 application/json
	get /nowhere
	is 404 application/json
	[ "$(cat body)" = '{"error":"Not found"}' ]
	line dsl 3600
	get /health
	is 503 application/json
	[ "$(jq -c '[.status, .summary.degraded_wans]' body)" = '["degraded",["dsl"]]' ]
	# That one line is not well is no fault of the metrics.
	get /metrics
	is 200 "$text"
	grep -qxF 'wanctl_up{wan="dsl"} 0' body
}

@test "R92: steering has a document and a port of its own" {
	line cable
	line dsl
	printf '%s\n' '[steer]' 'to = dsl' 'base_min = 100us' >>etc/cable.conf
	get /health/steering
	is 503 application/json
	[ "$(jq -r .status body)" = starting ]
	cat >run/cable/steer <<-END
	state v=1 program=wanctl-steer wan=cable
	steering state=good to=dsl changed=1769000004500000 changes=2
	steer t=$(cat now) wan=cable to=dsl on=0 dry_run=0 confidence=7 state=green alternate=good why=green
	diverted t=$(cat now) wan=cable to=dsl want=0 on=0 ok=1
	END
	for path in / /health /health/steering; do
		get $path GET -s
		is 200 application/json
		[ "$(jq -r .steering.state body)" = CABLE_GOOD ]
	done
	get /health/steering
	is 200 application/json
	get /metrics GET -s
	is 404 application/json
}

@test "R92: requests that are wrong, and HEAD" {
	line cable
	get /metrics
	size=$(wc -c <body)
	get /metrics HEAD
	[[ $(head -n 1 head) == "HTTP/1.1 200 OK" ]]
	[ "$(sed -n 's/^Content-Length: //p' head)" -eq "$size" ]
	[ ! -s body ]
	get /metrics POST
	is 405 application/json
	grep -qx "Allow: GET, HEAD" head
	for request in '' 'GET /metrics' 'GET / HTTP/3.0\r\n\r\n' '\0\0\0\n' \
	    '\x16\x03\x01\x02\x00\x01\x00\n'; do
		printf "$request" | wanctl-exporter >answer
		parts
		# Nothing asked, nothing said.
		[ -z "$request" ] && [ ! -s answer ] || is 400 application/json
	done
	{ printf 'GET /'; head -c 5000 /dev/zero | tr '\0' x; } | wanctl-exporter >answer
	parts
	is 414 application/json
	{ printf 'GET / HTTP/1.1\r\nX: '; head -c 10485760 /dev/zero | tr '\0' x; } |
		wanctl-exporter >answer
	parts
	is 431 application/json
	# Who goes on sending is not waited for.
	printf 'GET /metrics HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\n\r\n' |
		wanctl-exporter >answer
	[ "$(grep -c '^HTTP' answer)" -eq 1 ]
}

@test "R92: who asks slowly is told so, and who does not listen is left" {
	line cable
	mkfifo pipe out
	exec 7<>pipe
	printf 'GET /metr' >&7
	wanctl-exporter <pipe >answer 3>&- 7>&- &
	children=$!
	wait $children
	parts
	is 408 application/json
	# Its answer is longer than a pipe that nobody reads takes.
	for i in $(seq 20); do
		line "line$i"
	done
	exec 8<>out
	printf 'GET /metrics HTTP/1.1\r\n\r\n' >request
	head -c 65536 /dev/zero >out
	wanctl-exporter <request >out 3>&- 7>&- 8>&- &
	children=$!
	status=0
	wait $children || status=$?
	[ $status -eq 75 ]
}

@test "R92: usage" {
	run -64 wanctl-exporter -x
	run -64 wanctl-exporter cable
	run -64 wanctl-exporter -s -t file
	run -64 wanctl-exporter -t
	run -0 wanctl-exporter -h
	[[ $output == usage:* ]]
	run -0 wanctl-exporter -V
	run -64 wanctl-status -x
}

@test "R92: a file for the node exporter is whole, and everybody's to read" {
	line cable
	umask 077
	wanctl-exporter -t wanctl.prom
	[ "$(stat -c %a wanctl.prom)" = 644 ]
	grep -q '^wanctl_up{wan="cable"} 1' wanctl.prom
	[ -z "$(grep -v '^#' wanctl.prom | grep -vE '^[a-z_]+\{[^}]*\} [-+0-9.Inf]+$')" ]
	before=$(ls)
	run -71 wanctl-exporter -t nowhere/wanctl.prom
	[[ $output == *nowhere/wanctl.prom* ]]
	cp wanctl.prom old
	mkdir wanctl.prom.new
	run -71 wanctl-exporter -t wanctl.prom
	cmp wanctl.prom old
	rm -r wanctl.prom.new old
	ln -s /etc/passwd wanctl.prom.new
	wanctl-exporter -t wanctl.prom
	[ ! -L wanctl.prom ] && grep -q root /etc/passwd
	[ "$(ls)" = "$before" ]
	mkdir full
	run -71 wanctl-exporter -t full
	[ "$(ls)" = "$(printf '%s\n' "$before" full | sort)" ]
}

@test "R92: what is missing or broken is absent, and the rest is there" {
	line cable
	line dsl
	# Half a file, none, one that is not a file, one of nonsense.
	head -c 300 run/cable/assess >half && mv half run/cable/assess
	rm run/dsl/setrate run/dsl/assess
	mkfifo run/dsl/assess
	head -c 4000 /dev/urandom >run/dsl/queue
	wanctl-exporter -t wanctl.prom 2>err
	grep -q 'run/dsl/assess: is not a regular file' err
	grep -qxF 'wanctl_rate_bits_per_second{wan="cable",direction="download"} 45200000' wanctl.prom
	! grep -F 'wanctl_cycles_total{wan="cable"}' wanctl.prom || false
	! grep -E '\{wan="dsl"' wanctl.prom | grep -v wanctl_up || false
	# A configuration that is refused, and one that may not be read.
	echo nonsense >>etc/cable.conf
	get /metrics
	is 200 "$text"
	grep -qF 'wanctl_bandwidth_mbps{wan="cable",direction="upload"} 4' body
	rm -r run/* etc/*
	get /metrics
	is 200 "$text"
	[ "$(grep -vc '^#' body)" -eq 1 ]
	get /health
	is 503 application/json
	rm -r etc run
	get /health
	is 503 application/json
}

@test "R92: the manual lists every metric, and no other" {
	sed -n 's/.*{ "\(wanctl_[a-z_]*\)", "[a-z]*",$/\1/p' "$top/lib/monitor/metrics.c" >known
	echo wanctl_build_info >>known
	grep -o '\.*Fn wanctl_[a-z_]*' "$top/man/wanctl-exporter.8" | sed 's/.* //' | sort >listed
	[ "$(wc -l <known)" -gt 30 ]
	diff <(sort known) listed
}

# --- sockets ---

# serve ADDRESS COMMAND...: for each connection, as systemd does it.
serve() {
	local at=$1

	shift
	command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
	env WANCTL_CONFIG_DIR="$WANCTL_CONFIG_DIR" WANCTL_RUNTIME_DIR="$WANCTL_RUNTIME_DIR" \
	    systemd-socket-activate -l "$at" -a --inetd \
	    -E WANCTL_CONFIG_DIR -E WANCTL_RUNTIME_DIR -E WANCTL_STATE_DIR -E PATH \
	    "$@" 2>served 3>&- &
	children="$children $!"
	server=$!
	eventually grep -q Listening served
}

@test "R92: an ordinary user asks the service for what he may not read" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	# Where everybody may look, with programs that everybody may run.
	base=$(mktemp -d /tmp/wanctl-exporter.XXXXXX)
	chmod 755 "$base"
	cp -r "${BIN:-$top/build/bin}" "$base/bin"
	PATH=$base/bin:$PATH
	cd "$base" || exit 1
	mkdir etc run lib
	export WANCTL_CONFIG_DIR=$base/etc WANCTL_RUNTIME_DIR=$base/run WANCTL_STATE_DIR=$base/lib
	line cable
	line dsl
	wanctl status >wanted
	as_nobody() {
		setpriv --reuid nobody --clear-groups env PATH="$PATH" "$@"
	}
	chmod 700 run
	run -71 as_nobody wanctl status
	[[ $output == *"run/cable/queue: Permission denied"* ]]
	serve "$base/run-status.socket" wanctl-status -r
	chmod 666 run-status.socket
	# But for their ages, which go on.
	as_nobody wanctl status >got
	diff <(awk '{ print $1, $2, $3, $4 }' wanted) <(awk '{ print $1, $2, $3, $4 }' got)
	as_nobody wanctl status cable >got
	[ "$(grep -c '^cable ' got)" -eq 2 ]
	! grep '^dsl' got || false
	[ "$(as_nobody wanctl status -j dsl | jq -r '.wans[].name')" = dsl ]
	[ "$(as_nobody wanctl status -r dsl | sed -n 's/^rate .*wan=\([^ ]*\).*/\1/p' | sort -u)" = dsl ]
	run -78 as_nobody wanctl status nowhere
	[[ $output == *"nowhere: no such WAN"* ]]
	# Who may not read the configurations either.
	chmod 700 etc
	as_nobody wanctl status >got
	[ "$(grep -c '^dsl ' got)" -eq 2 ]
	# A service that hangs.
	kill "$server"
	eventually ended "$server"
	rm run-status.socket
	serve "$base/run-status.socket" sleep 60
	chmod 666 run-status.socket
	run as_nobody wanctl status cable
	[ "$status" -eq 71 ]
	pkill -P "$server" sleep || :
}

@test "R92: a thousand requests, cut and slow ones among them; nothing is left" {
	line cable
	line dsl
	serve 127.0.0.1:29101 wanctl-exporter
	cat >clients.py <<-'END'
	import socket, sys, threading
	lock, counts = threading.Lock(), {}
	def ask(kind):
	    s = socket.create_connection(("127.0.0.1", 29101), 60)
	    s.settimeout(60)
	    if kind == "cut":
	        s.sendall(b"GET /metr")
	        s.close()
	        return "cut"
	    if kind == "long":
	        try:
	            s.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 1000000)
	        except OSError:
	            pass
	    else:
	        s.sendall(b"GET /%s HTTP/1.1\r\n\r\n" % kind.encode())
	    got = b""
	    while True:
	        part = s.recv(65536)
	        if not part:
	            break
	        got += part
	    head, _, body = got.partition(b"\r\n\r\n")
	    length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
	    assert len(body) == length, (kind, len(body), length)
	    return kind + " " + head.split()[1].decode()
	def client(n):
	    for i in range(n):
	        kind = ("metrics", "health", "cut", "metrics", "long")[i % 5]
	        what = ask(kind)
	        with lock:
	            counts[what] = counts.get(what, 0) + 1
	threads = [threading.Thread(target=client, args=(125,)) for _ in range(8)]
	[t.start() for t in threads]
	[t.join() for t in threads]
	for what in sorted(counts):
	    print(what, counts[what])
	END
	python3 clients.py >counts
	cat counts
	diff - counts <<-'END'
	cut 200
	health 200 200
	long 431 200
	metrics 200 400
	END
	# All of them have ended.
	none_left() {
		! pgrep -P "$server"
	}
	eventually none_left
}
