#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Setting up a line whose queues are a router's.

bats_require_minimum_version 1.5.0

load router
load sshd
load setup

teardown() {
	tmux -L "$socket" kill-server 2>/dev/null || :
	remove_host
}

secret=s3cret-wanctl

@test "R96: in a terminal: a router over REST, found, trusted, and its queues" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	# However long it takes to turn the echo off, whoever is asked may type.
	printf '#!/bin/sh\n[ "$1" != -echo ] || sleep 1\nexec %s "$@"\n' \
	    "$(command -v stty)" >bin/stty
	chmod +x bin/stty
	open_terminal "wanctl setup"
	answer 'Name of the line' 'home'
	answer 'Kind of line' 'dsl'
	answer 'What shapes it' 'router'
	answer 'How it is spoken to' 'telnet'
	answer 'One of: rest ssh ssh_tc.' 'rest'
	answer 'Address of the router:' '127.0.0.1:1'
	see 'refused'
	answer 'Is its service www-ssl on' "127.0.0.1:$rest_port"
	see 'The SHA-256 of'
	answer "Is that the router's" 'perhaps'
	answer 'yes, no, or what it should be.' 'y'
	answer 'User on the router [wanctl]' ''
	answer 'File that keeps its password' ''
	answer 'Password of wanctl on the router (not shown)' 'not-this-one'
	see 'refuses that user'
	tmux -L "$socket" clear-history
	asked=$(prompts 'Password of wanctl on the router (not shown)')
	answer 'User on the router [wanctl]' ''
	eventually prompted $((asked + 1)) 'Password of wanctl on the router (not shown)'
	tmux -L "$socket" send-keys -l "$secret"
	tmux -L "$socket" send-keys Enter
	see 'queue WAN-Download: '
	answer 'Queue of the download, or none [WAN-Download]' 'WAN-Dwonload'
	answer 'Queue of the upload, or none [WAN-Upload]' ''
	see 'no queue of that name'
	answer 'Queue of the download, or none [WAN-Dwonload]' 'WAN-Download'
	answer 'Queue of the upload, or none [WAN-Upload]' ''
	see 'Both queues are as they should be.'
	answer 'Reflectors to probe' '127.0.0.1'
	answer 'Download at its best, a little less than is sold [940000kbit]' ''
	answer 'Upload at its best [38000kbit]' ''
	see 'By these values it looks like'
	answer 'How it runs' 'stream'
	answer 'Name of a second line' 'none'
	answer 'Write this to' 'y'
	answer 'Enable wanctl-stream@home.service' 'Y'
	see 'status=0'
	# The password is nowhere but in its file.
	run ! grep -q "$secret" screen
	run ! grep -rq "$secret" etc/home.conf units
	[ "$(stat -c %a etc/router.password)" = 600 ]
	[ "$(cat etc/router.password)" = "$secret" ]
	[ -z "$(ls tmp)" ]
	# What was written works.
	[ "$(wanctl-conf get etc/home.conf router.pin)" = \
	    "$(wanctl trust home | sed -n 's/^pin = //p')" ]
	run -0 wanctl discover home
	echo 'get id=1 what=shaper' | wanctl-router -c etc/home.conf >answer
	grep -q ' ok=1 ' answer
	# The unit has another user, and is handed the password.
	for unit in wanctl@home wanctl-stream@home wanctl-steer@home; do
		grep -qx "LoadCredential=router.password:$PWD/etc/router.password" \
		    "units/$unit.service.d/wanctl-setup.conf"
	done
	grep -qx daemon-reload systemctl.log
	[ -e enabled/wanctl-stream@home.service ]
	# Read by nobody else on the way: not on a command line either.
	run ! grep -rq "$secret" systemctl.log
}

@test "R96: in a terminal: a router over SSH, with a key that is made for it" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	open_terminal "wanctl-setup -n home -t dsl -b router -r 127.0.0.1 -m none"
	answer 'How it is spoken to' 'ssh'
	answer 'Address of the router' "127.0.0.1:$ssh_port"
	see 'Its host key is'
	answer "Is that the router's" "SHA256:$(printf '%043d' 0)"
	answer 'It is not' "$(ssh-keygen -lf "$ROS/keys/host_ed25519.pub" | cut -d' ' -f2)"
	answer 'User on the router' ''
	answer 'File that keeps the private key' ''
	answer 'Make a key' 'yes'
	see 'credentials'
	see 'ssh-ed25519 '
	ros client_key line="$(sed -n 's/^ *\(ssh-ed25519 .*\)/\1/p' screen)"
	answer 'Enter when that is done' ''
	answer 'Queue of the download, or none [WAN-Download]' ''
	answer 'Queue of the upload, or none [WAN-Upload]' ''
	answer 'Download at its best' '100mbit'
	answer 'Upload at its best' ''
	answer 'Name of a second line' 'none'
	[ -z "$(ls etc)" ]
	answer 'Write this to' 'yes'
	see 'status=0'
	[ "$(stat -c %a etc/router.key)" = 600 ]
	[ "$(stat -c %a etc/known_hosts)" = 644 ]
	run ! grep -q BEGIN etc/home.conf
	run -0 wanctl discover home
	# Again: it is trusted, nothing is made, nothing changes.
	sha256sum etc/* >before
	run -0 wanctl-setup -y -n home
	[[ "$output" == *"is the one that is trusted already"* ]]
	sha256sum etc/* | cmp - before
	[ -z "$(ls tmp)" ]
	# Another one at that address is told, and not trusted unasked.
	ros host_keys names=host_ed25519_other
	run -1 wanctl-setup -y -n home
	[[ "$output" == *"not trusted"* ]]
	sha256sum etc/* | cmp - before
}

router_answers() { # FILE
	cat >"$1" <<-END
	# A router, without a question.
	name = home
	type = cable
	backend = router
	transport = rest
	address = 127.0.0.1:$rest_port
	trust = $(openssl x509 -in "$ROS/keys/good.pem" -pubkey -noout |
		openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
		base64 | sed 's,^,sha256//,')
	user = wanctl
	password_file = $PWD/password
	download_queue = WAN-Download
	upload_queue = WAN-Upload
	hosts = 127.0.0.1
	download_rate = 500mbit
	upload_rate = 30mbit
	mode = timer
	steer = none
	END
}

@test "R96: answers from a file: a router, and what is wrong with an answer" {
	need_ping
	router_answers a
	run -78 wanctl-setup -y -a a
	[[ "$output" == *"password is not there"* ]]
	echo "$secret" >password
	chmod 644 password
	run -78 wanctl-setup -y -a a
	[[ "$output" == *"can be read by others than its owner: chmod 600"* ]]
	chmod 600 password
	for wrong in upload_queue=nope:'no queue of that name' \
	    address=127.0.0.1:1:'cannot connect' trust=sha256//x:'It is not' \
	    user=nobody:'refuses that user' upload_queue=WAN-Download:'the same' \
	    download_queue='a;b:without ; and #'; do
		run -78 wanctl-setup -y -a a -o "${wrong%:*}"
		echo "$output"
		[[ "$output" == *"${wrong##*:}"* ]]
	done
	run -64 wanctl-setup -y -a a -o colour=red
	[[ "$output" == *"colour: not a question; there are: name type"* ]]
	echo nonsense >b
	run -64 wanctl-setup -y -a b
	run -64 wanctl-setup -y -a missing
	[ -z "$(ls etc tmp units 2>/dev/null | grep -v :)" ]
	run -0 wanctl-setup -y -a a
	echo "$output"
	[ -e enabled/wanctl@home.timer ]
	run -0 wanctl discover home
	# From the timer to a stream, and off.
	run -0 wanctl-setup -y -n home -m stream
	[ "$(ls enabled)" = wanctl-stream@home.service ]
	run -0 wanctl-setup -y -n home -m none
	[ -z "$(ls enabled)" ]
}

@test "R114: a simple queue is found, tried and written" {
	need_ping
	router_answers a
	(umask 077 && echo "$secret" >password)
	ros add menu=queue/simple values.name=LTE values.target=192.168.88.0/24 \
	    values.max-limit=20000000/100000000 values.queue=cake-up/cake-down \
	    values.disabled=false values.invalid=false values.dynamic=false
	# There is a queue tree, too: that goes first, unless it is asked for.
	run -0 wanctl-setup -y -a a
	[ "$(wanctl-conf get etc/home.conf router.download_queue)" = WAN-Download ]
	rm etc/home.conf
	sed -i '/_queue\|_rate/d' a
	run -78 wanctl-setup -y -a a -o simple_queue=nope
	echo "$output"
	[[ "$output" == *"no simple queue of that name: nope"* ]]
	run -0 wanctl-setup -y -a a -o simple_queue=LTE
	echo "$output"
	[[ "$output" == *"simple queue LTE: target 192.168.88.0/24"* ]]
	[[ "$output" == *"That queue is as it should be."* ]]
	[ "$(wanctl-conf get etc/home.conf router.simple_queue)" = LTE ]
	[ "$(wanctl-conf get etc/home.conf download.ceiling)" = 100mbit ]
	[ "$(wanctl-conf get etc/home.conf upload.ceiling)" = 20mbit ]
	run ! grep -q load_queue etc/home.conf
	run -0 wanctl discover home
	# Once more, it is as it was; and back to the queue tree.
	cp etc/home.conf before
	run -0 wanctl-setup -y -n home
	cmp before etc/home.conf
	run -0 wanctl-setup -y -n home -o simple_queue=none
	[ "$(wanctl-conf get etc/home.conf router.upload_queue)" = WAN-Upload ]
	run ! grep -q simple_queue etc/home.conf
	# Where there is no queue tree it is proposed.
	rm etc/home.conf
	for name in WAN-Download WAN-Upload; do
		ros remove menu=queue/tree name=$name
	done
	run -0 wanctl-setup -y -a a
	[ "$(wanctl-conf get etc/home.conf router.simple_queue)" = LTE ]
}

@test "R96: Linux or OpenWrt over SSH: devices and classes are tested" {
	need_ping
	[ "$(id -u)" -eq 0 ] || skip "not root"
	command -v sshd >/dev/null || PATH=$PATH:/usr/sbin
	make_host
	ip -n "$ns" link add eth1 type veth peer name far1
	tc -n "$ns" qdisc add dev eth1 root handle 1: htb
	for class in 10 20; do
		tc -n "$ns" class add dev eth1 parent 1: classid 1:$class \
		    htb rate ${class}mbit
	done
	chmod 600 client
	setup_tc() {
		run "$1" ip netns exec "$ns" wanctl-setup -y -n wrt -t dsl \
		    -b router -o transport=ssh_tc -o address=127.0.0.1:2222 \
		    -o trust=yes -o key_file="$PWD/client" -m none \
		    -o download_queue='eth1 1:10' -o upload_queue="$2" \
		    -r 127.0.0.1
		echo "$output"
	}
	setup_tc -78 'eth1 1:99'
	setup_tc -78 'eth9'
	setup_tc -78 'eth1 1:10'
	[ -z "$(ls etc tmp | grep -v :)" ]
	setup_tc -0 'eth1 1:20'
	[ "$(wanctl-conf get etc/wrt.conf router.user)" = root ]
	[ "$(wanctl-conf get etc/wrt.conf router.upload_queue)" = 'eth1 1:20' ]
	echo 'get id=1 what=shaper' |
	    ip netns exec "$ns" wanctl-router -c etc/wrt.conf >answer
	grep -q ' ok=1 .*up_bps=20000000' answer
}

@test "R83 R96: what was imported is made whole by the set-up" {
	need_ping
	cat >x.yaml <<-END
	wan_name: wan1
	router: {transport: rest, host: 127.0.0.1, user: wanctl,
	  ssh_key: /x, password: "hidden", port: $rest_port, verify_ssl: false}
	queues: {download: WAN-Download, upload: WAN-Upload}
	continuous_monitoring:
	  download: {ceiling_mbps: 500, floor_mbps: 100, step_up_mbps: 5}
	  upload: {ceiling_mbps: 20, floor_mbps: 6}
	  thresholds: {target_bloat_ms: 12, warn_bloat_ms: 40, alpha_load: 0.2}
	  ping_hosts: [127.0.0.1]
	END
	run -0 wanctl import -o etc/wan1.conf x.yaml
	(umask 077 && echo "$secret" >password)
	run ! wanctl discover wan1
	run -0 wanctl setup -y -n wan1 -t cable -m none -o trust=yes \
	    -o password_file="$PWD/password"
	echo "$output"
	run -0 wanctl discover wan1
	# What was imported is there still.
	[ "$(wanctl-conf get etc/wan1.conf download.step)" = 5mbit ]
	[ "$(wanctl-conf get etc/wan1.conf assess.law)" = classic ]
	[ "$(wanctl-conf get etc/wan1.conf download.yellow)" = 12ms ]
	grep -q '^# Written by wanctl-setup for a cable line' etc/wan1.conf
	run -0 wanctl setup -y -n wan1
	[[ "$output" == *"is as it should be"* ]]
	[ "$(wanctl-conf get etc/wan1.conf download.ceiling)" = 500mbit ]
}
