#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: limit 200
# Setting up a line, through a real terminal.

bats_require_minimum_version 1.5.0

load router

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export BIN="${BIN:-$top/build/bin}"
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	. "$ROS/ports"
	ros reset
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_UNIT_DIR=$PWD/units
	export TMPDIR=$PWD/tmp
	mkdir etc bin tmp enabled
	# systemctl only says what it was asked to do, and keeps that.
	cat >bin/systemctl <<-END
	#!/bin/sh
	cd $PWD/enabled
	case \$* in
	is-system-running) echo "\${SYSTEMD:-degraded}"; exit 1 ;;
	"-q is-enabled "*) [ -e "\$3" ]; exit ;;
	"enable --now "*) touch "\$3" ;;
	"disable --now "*) rm "\$3" ;;
	esac
	echo "\$@" >>$PWD/systemctl.log
	END
	chmod +x bin/systemctl
	PATH="$PWD/bin:$PATH"
	socket=wanctl-$$
}

teardown() {
	tmux -L "$socket" kill-server 2>/dev/null || :
}

need_ping() {
	[ "$(id -u)" -eq 0 ] || wanctl-ping -n 1 127.0.0.1 >/dev/null 2>&1 ||
		skip "nobody may ping here"
}

# What the terminal shows, until it has the text, for ten seconds.
see() { # TEXT
	for _ in $(seq 100); do
		tmux -L "$socket" capture-pane -p -J -S - >screen
		! grep -qF -- "$1" screen || return 0
		sleep 0.1
	done
	echo "not seen: $1"
	cat screen
	return 1
}

# Answers the question that shows that text.
answer() { # TEXT ANSWER
	see "$1"
	tmux -L "$socket" send-keys -l "$2"
	tmux -L "$socket" send-keys Enter
}

open_terminal() { # COMMAND
	tmux -L "$socket" -f /dev/null new-session -d -x 100 -y 50 \
	    "$1; echo status=\$?; sleep 60"
}

@test "R96: in a terminal: wrong answers are told at once, the file is written" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	open_terminal "wanctl setup"
	answer 'Name of the line [wan]:' '../etc'
	answer 'A name is letters' 'home'
	answer 'Kind of line' 'adsl'
	answer 'One of: fiber cable dsl lte starlink.' 'dsl'
	answer 'What shapes it' 'magic'
	answer 'magic: not a backend' 'print'
	answer 'Reflectors to probe' '127.0.0.1'
	see '127.0.0.1 answers.'
	answer 'Download at its best' 'fast'
	answer 'A rate is like 20mbit' '46mbit'
	answer 'Upload at its best' '9mbit'
	answer 'How it runs' ''
	answer 'Line to divert' 'nowhere'
	answer 'nowhere.conf is not there yet' 'none'
	[ ! -e etc/home.conf ]
	answer 'Write this to' 'yes'
	answer 'Enable wanctl@home.timer' 'yes'
	see 'status=0'
	wanctl-conf check etc/home.conf
	[ "$(wanctl-conf get etc/home.conf download.ceiling)" = 46mbit ]
	grep -q '^enable --now wanctl@home.timer$' systemctl.log
}

@test "R96: it can be left at any question, and nothing is written" {
	command -v tmux >/dev/null || skip "no tmux"
	open_terminal "wanctl-setup -n home"
	see 'Kind of line'
	tmux -L "$socket" send-keys C-d
	see 'nothing is written'
	see 'status=1'
	[ -z "$(ls etc)" ]
}

@test "R96: without questions, and again: the old values, the old file kept" {
	need_ping
	run -0 wanctl-setup -y -n x -t lte -b print -m none -r 127.0.0.1 \
	    -D 60mbit -U 20mbit
	echo "$output"
	wanctl-conf check etc/x.conf
	run -0 wanctl-setup -y -n x -m none
	echo "$output"
	[[ "$output" == *"is as it should be"* ]]
	[ ! -e etc/x.conf.old ]
	run -0 wanctl-setup -y -n x -m none -U 10mbit
	[ "$(wanctl-conf get etc/x.conf upload.ceiling)" = 10mbit ]
	[ "$(wanctl-conf get etc/x.conf upload.yellow)" = 30ms ]
	[ "$(wanctl-conf get etc/x.conf.old upload.ceiling)" = 20mbit ]
	[ -z "$(ls tmp)" ]
	[ ! -e systemctl.log ]
}

@test "R96: without questions, wrong answers end it with their reason" {
	need_ping
	run -78 wanctl-setup -y -n x -b cake -u no-such-device -m none
	[[ "$output" == *"no-such-device: no such network device. There are: "*lo* ]]
	run -78 wanctl-setup -y -n x -b command -C ./missing -m none
	[[ "$output" == *"no such program"* ]]
	run -78 wanctl-setup -y -n x -b print -r no-such.invalid -m none
	[[ "$output" == *"no-such.invalid does not answer"* ]]
	run -64 wanctl-setup -z
	run -64 wanctl-setup word
	run -0 wanctl-setup -h
	[ -z "$(ls etc)" ]
}

@test "R96: a device without CAKE is told, with how to make one" {
	need_ping
	run -78 wanctl-setup -n x -t dsl -b cake -u lo </dev/null
	echo "$output"
	[[ "$output" == *"lo has no CAKE"* ]]
	[[ "$output" == *"tc qdisc replace dev lo root cake"* ]]
}

@test "R96: where systemd is only installed, nothing is enabled" {
	need_ping
	export SYSTEMD=offline
	run -78 wanctl-setup -y -n x -t dsl -b print -m timer -r 127.0.0.1
	[[ "$output" == *"systemd does not run here: none"* ]]
	run -0 wanctl-setup -y -n x -t dsl -b print -r 127.0.0.1
	[ ! -e systemctl.log ]
	export WANCTL_STATE_DIR=$PWD/state WANCTL_RUNTIME_DIR=$PWD/run
	run -0 wanctl-setup -x -y -n x
	[ "$(ls etc)" = x.conf.old ]
}

# --- a router -----------------------------------------------------------------

secret=s3cret-wanctl

@test "R96: in a terminal: a router over REST, found, trusted, and its queues" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	open_terminal "wanctl setup"
	answer 'Name of the line' 'home'
	answer 'Kind of line' 'fiber'
	answer 'What shapes it' 'router'
	answer 'How it is spoken to' 'telnet'
	answer 'One of: rest ssh ssh_tc.' 'rest'
	answer 'Address of the router:' '127.0.0.1:1'
	see 'refused'
	answer 'Is its service www-ssl on' "127.0.0.1:$rest_port"
	see 'The SHA-256 of'
	answer "Is that the router's" 'perhaps'
	answer 'yes, no, or what it should be.' 'yes'
	answer 'User on the router [wanctl]' ''
	answer 'File that keeps its password' ''
	answer 'Password of wanctl on the router (not shown)' 'not-this-one'
	see 'refuses that user'
	tmux -L "$socket" clear-history
	answer 'User on the router [wanctl]' ''
	sleep 0.3
	tmux -L "$socket" send-keys -l "$secret"
	tmux -L "$socket" send-keys Enter
	see 'queue WAN-Download: '
	answer 'Queue of the download [WAN-Download]' 'WAN-Dwonload'
	answer 'Queue of the upload [WAN-Upload]' ''
	see 'no queue of that name'
	answer 'Queue of the download [WAN-Dwonload]' 'WAN-Download'
	answer 'Queue of the upload [WAN-Upload]' ''
	see 'Both queues are as they should be.'
	answer 'Reflectors to probe' '127.0.0.1'
	answer 'Download at its best, a little less than is sold [940000kbit]' ''
	answer 'Upload at its best [38000kbit]' ''
	see 'By these values it looks like'
	answer 'How it runs' 'stream'
	answer 'Line to divert' 'none'
	answer 'Write this to' 'yes'
	answer 'Enable wanctl-stream@home.service' 'yes'
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
	answer 'Queue of the download [WAN-Download]' ''
	answer 'Queue of the upload [WAN-Upload]' ''
	answer 'Download at its best' '100mbit'
	answer 'Upload at its best' ''
	answer 'Line to divert' 'none'
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

@test "R96: what was changed by hand stays, with its comments; what follows, follows" {
	need_ping
	run -0 wanctl-setup -y -n x -t cable -b print -m none -r 127.0.0.1 \
	    -D 500mbit -U 20mbit
	sed -i 's/^yellow = 15ms/# Measured.\nyellow = 17ms/' etc/x.conf
	printf '\n[baseline]\n# Mine.\njump = 40ms\n' >>etc/x.conf
	cp etc/x.conf before
	run -0 wanctl-setup -y -n x -m none
	cmp before etc/x.conf
	run -0 wanctl-setup -y -n x -m none -U 30mbit
	diff before etc/x.conf | grep '^[<>]' >changed || :
	cat changed
	# The rate and the floor of that direction, and nothing else.
	[ "$(grep -c '^>' changed)" -eq 2 ]
	grep -q '^> ceiling = 30mbit' changed
	grep -q '^> floor = 6mbit' changed
	run -0 wanctl-setup -y -n x -m none -t starlink
	[ "$(wanctl-conf get etc/x.conf download.yellow)" = 25ms ]
	[ "$(wanctl-conf get etc/x.conf download.floor)" = 50mbit ]
	[ "$(wanctl-conf get etc/x.conf baseline.jump)" = 40ms ]
	[ "$(wanctl-conf get etc/x.conf baseline.relearn)" = 10s ]
	run ! grep -q 'Measured\|cable' etc/x.conf
	grep -q '^# Mine' etc/x.conf
	wanctl-conf check etc/x.conf
	run -0 wanctl-setup -y -n x -m none -t dsl
	run ! grep -q 'relearn\|starlink' etc/x.conf
}

@test "R96: two lines: steering on confirmation, and a line is taken down again" {
	need_ping
	for n in dsl cable; do
		run -0 wanctl-setup -y -n $n -t $n -b print -m timer \
		    -r 127.0.0.1 -D 50mbit -U 10mbit
	done
	run -78 wanctl-setup -y -n cable -s cable
	[[ "$output" == *"this line itself"* ]]
	run -0 wanctl-setup -y -n cable -s dsl
	[ "$(wanctl-conf get etc/cable.conf steer.to)" = dsl ]
	[ "$(wanctl-conf get etc/cable.conf steer.dry_run)" = yes ]
	[ -e enabled/wanctl-steer@cable.service ]
	export WANCTL_STATE_DIR=$PWD/state WANCTL_RUNTIME_DIR=$PWD/run
	run -0 wanctl-setup -x -y -n cable
	echo "$output"
	[ "$(ls enabled)" = wanctl@dsl.timer ]
	[ ! -e etc/cable.conf ]
	[ -e etc/cable.conf.old ]
	run -78 wanctl-setup -x -y -n cable
}

# --- left before the end --------------------------------------------------------

# Answers of a whole set-up of a router with all its questions but a password's,
# which only a terminal can type.
all_answers() {
	printf '%s\n' home cable router rest "127.0.0.1:$rest_port" yes wanctl \
	    "$PWD/password" WAN-Download WAN-Upload 127.0.0.1 100mbit 10mbit \
	    timer dsl none yes yes
}

@test "R96: left at each question, by an end of input or a signal: no trace" {
	need_ping
	echo "$secret" >password
	chmod 600 password
	all_answers >all
	questions=$(wc -l <all)
	# Left by the end of input at question k.
	for k in $(seq 0 $((questions - 1))); do
		mkdir -p "$k/tmp" "$k/etc"
		cp "$top/scripts/examples/dsl.conf" "$k/etc/dsl.conf"
		head -n "$k" all >"$k/in"
		(
			cd "$k" || exit
			status=0
			WANCTL_CONFIG_DIR=$PWD/etc TMPDIR=$PWD/tmp \
			    timeout 60 wanctl-setup <in >out 2>&1 || status=$?
			echo "$status" >status
		) &
		[ $((k % 6)) -ne 5 ] || wait
	done
	wait
	for k in $(seq 0 $((questions - 1))); do
		[ "$(cat "$k/status")" -eq 1 ] || { cat "$k/out"; false; }
		[ "$(ls "$k/etc")" = dsl.conf ]
		[ -z "$(ls "$k/tmp")" ]
		rm "$k/in"
	done
	# And by a signal, when it waits for the answer to question k.
	for k in $(seq 0 $((questions - 1))); do
		interrupt "$k" &
		[ $((k % 6)) -ne 5 ] || wait
	done
	wait
	for k in $(seq 0 $((questions - 1))); do
		[ "$(cat "$k/status")" -eq 143 ] || { cat "$k/out"; false; }
		[ "$(ls "$k/etc")" = dsl.conf ]
		[ -z "$(ls "$k/tmp")" ]
	done
	[ ! -e systemctl.log ]
	[ ! -e units ]
}

# interrupt K: SIGTERM once question K is asked.
interrupt() {
	cd "$1" || exit
	mkfifo in
	WANCTL_CONFIG_DIR=$PWD/etc TMPDIR=$PWD/tmp \
	    wanctl-setup <in >out 2>&1 3>&- &
	pid=$!
	exec 9>in
	head -n "$1" ../all >&9
	# The prompts up to it are on no line of their own.
	want=$(($1 + 1))
	for _ in $(seq 300); do
		[ "$(grep -o ': ' out | wc -l)" -lt "$want" ] || {
			tail -c 2 out | grep -q ': ' && break
		}
		sleep 0.1
	done
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	echo "$status" >status
}

@test "R96: Ctrl-C at the password: nothing is left, and the terminal shows again" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	open_terminal "wanctl-setup -n home -t dsl -b router -o transport=rest -o address=127.0.0.1:$rest_port -o trust=yes -o user=wanctl; stty -a"
	answer 'File that keeps its password' ''
	see 'Password of wanctl'
	tmux -L "$socket" send-keys C-c
	see ' echo '
	run ! grep -q -- ' -echo ' screen
	[ -z "$(ls etc tmp | grep -v :)" ]
}
