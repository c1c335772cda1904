#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-alert: what is told of a stream or a recording, and the command that is
# told of it, which may hang, fail, or not be there.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir -p etc run/cable lib
	children=
	conf
}

teardown() {
	exec 7>&-
	end_ours $children
}

# conf [LINE...]: lines are of [alert].
conf() {
	cat >etc/cable.conf <<-END
	schema = 1
	[ping]
	hosts = 192.0.2.1
	interval = 200ms
	timeout = 300ms
	[download]
	ceiling = 100mbit
	floor = 10mbit
	[upload]
	ceiling = 20mbit
	floor = 4mbit
	[shaper]
	backend = print
	timeout = 200ms
	[pass]
	interval = 1s
	END
	[ $# -eq 0 ] || printf '%s\n' '[alert]' "$@" >>etc/cable.conf
}

# rate SECOND STATE: a decision of the upload.
rate() {
	echo "rate t=$((1769000000 + $1))000000 wan=cable dir=up bps=9000000 state=$2 delta_us=42000 load=90 why=hold"
}

# now STATE: one of this moment.
now() {
	echo "rate t=$(wanctl-records -n) wan=cable dir=up bps=9000000 state=$1 delta_us=42000 load=90 why=hold"
}

alert() {
	wanctl-alert -c etc/cable.conf "$@"
}

# hook BODY: a command that does this.
hook() {
	printf '#!/bin/sh\n%s\n' "$1" >hook
	chmod +x hook
	conf "command = $T/hook with arguments" "${@:2}"
}

# lines N FILE: it has that many.
lines() {
	[ "$(wc -l <"$2")" -eq "$1" ]
}

@test "R93: usage" {
	run -64 wanctl-alert
	run -64 wanctl-alert -c etc/cable.conf cable
	run -78 wanctl-alert -c nowhere.conf
	run -0 wanctl-alert -h
	[[ $output == usage:* ]]
	run -64 wanctl alert
	run -78 wanctl alert nowhere
}

@test "R93: a recording gives the same alerts each time, and the rest is copied" {
	{
		for i in $(seq 0 70); do
			rate "$i" red
		done
		rate 75 green
		echo "rate t=1769000081000000 wan=dsl dir=up bps=1 state=red"
		echo "queue t=1769000081000000 wan=cable dir=up bytes=5"
		echo "rate t=x"
	} >recording
	run -65 bash -c 'wanctl-alert -n -c etc/cable.conf <recording >out 2>err'
	grep -c 'bad record' err
	cut -d ' ' -f 1,5,6 out >short
	diff - short <<-'END'
	alert event=hard_red_ul severity=critical
	alert event=congestion_sustained_ul severity=warning
	alert event=hard_red_ul severity=info
	alert event=congestion_recovered_ul severity=info
	rate bps=1 state=red
	queue bytes=5
	END
	run alert -n <recording
	diff <(echo "$output" | grep -v bad) out
	run alert -n -a <recording
	[ "$(grep -c '^rate ' <<<"$output")" -eq 74 ]
	[ "$(grep -c '^alert ' <<<"$output")" -eq 4 ]
}

@test "R93: a word that is not an event is refused, with its line" {
	conf 'without = hard_red_dl flaping_ul'
	run -78 alert -n </dev/null
	echo "$output"
	n=$(grep -n '^without' etc/cable.conf | cut -d : -f 1)
	[[ $output == *"etc/cable.conf:$n: [alert] without"*"not an event"* ]]
	conf 'without = hard_red_ul  congestion_sustained_ul'
	for i in $(seq 0 70); do
		rate "$i" red
	done | alert -n >out
	[ ! -s out ]
}

@test "R93: a command gets the record as JSON and in its environment, with its arguments" {
	hook 'cat >>json; printf "%s\n" "$*" "$WANCTL_EVENT" "$WANCTL_WAN" "$WANCTL_DIR" \
"$WANCTL_DELTA_US" "${WANCTL_RESOLVED-none}" >>said; echo words'
	(now red; now green) | alert >out 2>err
	cat err
	lines 2 json
	[ "$(jq -rs '.[] | .event + " " + .severity' json | paste -s)" = \
	    $'hard_red_ul critical\thard_red_ul info' ]
	[ "$(jq -s '.[0].delta_us' json)" = 42000 ]
	diff - said <<-'END'
	with arguments
	hard_red_ul
	cable
	up
	42000
	none
	with arguments
	hard_red_ul
	cable
	up
	42000
	1
	END
	# What it prints is not taken for records.
	[ "$(grep -c ^alert out)" -eq 2 ]
	run ! grep words out
	[ "$(grep -c words err)" -eq 2 ]
	# Whose output is none of ours; and no shell.
	conf "command = /bin/echo \$(touch oops) ; touch oops | x"
	now red | alert >out 2>err
	[ ! -e oops ]
}

@test "R93: a command that hangs, fails or is not there costs nothing but a message" {
	hook 'echo run >>runs; sleep 1000' 'timeout = 200ms' 'hard_red_cooldown = 0s'
	mkfifo in
	alert <in >out 2>err 3>&- &
	children=$!
	exec 7>in
	now red >&7
	now green >&7
	eventually lines 2 out
	# Records go on while it hangs, and the next one has its turn.
	eventually matches 1 'took longer than timeout of .alert.' err
	eventually lines 2 runs
	exec 7>&-
	wait $children
	# Ended with all that it had started.
	run ! pgrep -f "$T/hook"
	hook 'exit 3' 'hard_red_cooldown = 0s'
	(now red; now green) | alert >out 2>err
	grep -q "hook with arguments: exit status 3" err
	lines 2 out
	conf "command = $T/nowhere"
	now red | alert >out 2>err
	grep -q "$T/nowhere: No such file or directory" err
	# It is said when it works again.
	hook '[ -e works ]' 'hard_red_cooldown = 0s'
	alert <in >out 2>err 3>&- &
	children=$!
	exec 7>in
	now red >&7
	eventually matches 1 'exit status 1' err
	touch works
	now green >&7
	eventually matches 1 'works again' err
	exec 7>&-
	wait $children
}

@test "R93: twenty a minute begin, ends are told all the same" {
	hook 'echo "$WANCTL_EVENT $WANCTL_RESOLVED" >>runs' 'hard_red_cooldown = 0s' \
	    'without = flapping_ul'
	# Each record's time is later than that of the one before.
	t=$(wanctl-records -n)
	for i in $(seq 40); do
		echo "rate t=$((t + i)) wan=cable dir=up bps=9 state=red"
		echo "rate t=$((t + i)) wan=cable dir=up bps=9 state=green"
	done | alert >out 2>err
	lines 80 out
	[ "$(grep -c 'ul 1' runs)" -eq 40 ]
	[ "$(grep -c 'ul $' runs)" -le 20 ]
	grep -q 'not all is told' err
}

@test "R93: what was told is told once, over a restart" {
	hook 'echo "$WANCTL_EVENT $WANCTL_RESOLVED" >>runs'
	now red | alert -s state -l live >out
	now red | alert -s state -l live >out
	[ ! -s out ]
	now green | alert -s state -l live >out
	lines 1 out
	diff - runs <<-'END'
	hard_red_ul 
	hard_red_ul 1
	END
	grep -q '^alerted event=hard_red_ul told=0 .*count=1' live
	cp live run/cable/alert
	wanctl-exporter -t prom
	grep -qxF 'wanctl_alerts_total{wan="cable",event="hard_red_ul"} 1' prom
	[ "$(wanctl status -j | jq -r '.alerting.active_cooldowns[0].type')" = hard_red_ul ]
}

@test "R93: of a line that runs: its states, its silence" {
	hook 'cat >>json'
	wanctl alert cable >out 2>err 3>&- &
	children=$!
	state() {
		printf '%s\n' 'state v=1 program=wanctl-assess wan=cable' live "$(now "$1")" >new
		mv new run/cable/assess
	}
	state green
	eventually test -e run/cable/alert.lock
	state red
	eventually matches 1 'event=hard_red_ul' out
	state green
	eventually matches 1 'event=hard_red_ul .*resolved=1' out
	# Nobody decides any more: three passes and five seconds.
	eventually matches 1 'event=blind severity=critical' out
	state green
	eventually matches 1 'event=blind .*resolved=1' out
	eventually lines 4 json
	kill $children
	wait $children
	[ ! -s err ]
	run -0 wanctl reset cable
	[ ! -e lib/cable.alert ]
}

# --- the web hook ---

# server: writes what is posted into `posts`, a JSON object each; answers with the
# status in the file `status`.
server() {
	cat >server.py <<-'END'
	import http.server, json
	class H(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
	        with open("posts", "a") as f:
	            f.write(json.dumps({"path": self.path, "body": body,
	                "type": self.headers.get("Content-Type"),
	                "title": self.headers.get("Title"),
	                "priority": self.headers.get("Priority")}) + "\n")
	        self.send_response(int(open("status").read()))
	        self.end_headers()
	    def log_message(self, *a): pass
	s = http.server.HTTPServer(("127.0.0.1", 0), H)
	print(s.server_port, flush=True)
	s.serve_forever()
	END
	echo 204 >status
	python3 server.py >port 3>&- &
	children="$children $!"
	eventually test -s port
	echo "http://127.0.0.1:$(cat port)/hook/secret" >address
	chmod 600 address
}

@test "R93: a web hook gets JSON, a message of Discord's, a notification of ntfy's" {
	command -v curl >/dev/null || skip "no curl"
	server
	for how in '' -d -n; do
		conf "command = $top/scripts/alert-webhook $how $T/address"
		now red | alert >out 2>err
		cat err
		[ ! -s err ]
	done
	lines 3 posts
	[ "$(jq -rs '.[].path' posts | sort -u)" = /hook/secret ]
	[ "$(jq -rs '.[0].body | fromjson | .event' posts)" = hard_red_ul ]
	jq -rs '.[1].body | fromjson | .content' posts | tee text
	grep -qx 'cable: hard_red_ul, up red, delay 42 ms, rate 9000 kbit/s (hold)' text
	[ "$(jq -rs '.[2].body' posts)" = "$(cat text)" ]
	[ "$(jq -rs '.[2].priority' posts)" = 5 ]
	[ "$(jq -rs '.[2].title' posts)" = 'wanctl: cable' ]
	# A server that refuses is a failure, and is named; the secret is not.
	echo 403 >status
	now red | alert >out 2>err
	cat err
	grep -q 'exit status' err
	run ! grep secret err
}

@test "R93: a web hook's address is a secret, and must be one" {
	command -v curl >/dev/null || skip "no curl"
	hook=$top/scripts/alert-webhook
	run -64 "$hook"
	run -64 "$hook" -x file
	run -71 "$hook" nowhere
	[[ $output == *"nowhere: is not there"* ]]
	echo http://127.0.0.1/ >address
	chmod 640 address
	run -78 "$hook" address
	[[ $output == *"chmod 600"* ]]
	chmod 600 address
	for wrong in '' 'ftp://x' 'http://x y' 'https://x"' 'http://x\'; do
		printf '%s\n' "$wrong" >address
		run -78 "$hook" address </dev/null
		[[ $output == *"address"* ]]
	done
	# Nobody sees it among the processes.
	mkdir bin
	printf '#!/bin/sh\necho "$@" >>args; cat >>config\n' >bin/curl
	chmod +x bin/curl
	echo https://example.net/secret >address
	echo '{}' | PATH="$T/bin:$PATH" "$hook" address
	grep -q secret config
	run ! grep secret args
}
