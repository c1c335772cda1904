#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Setting up a line, through a real terminal.

bats_require_minimum_version 1.5.0

load router
load setup

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
	answer 'Name of a second line' 'home'
	answer 'home is there already' 'none'
	[ ! -e etc/home.conf ]
	answer 'Write this to' 'yes'
	answer 'Enable wanctl-stream@home.service' 'yes'
	see 'status=0'
	wanctl-conf check etc/home.conf
	[ "$(wanctl-conf get etc/home.conf download.ceiling)" = 46mbit ]
	grep -q '^enable --now wanctl-stream@home.service$' systemctl.log
}

@test "R96: Ctrl-D at the first question of a terminal: nothing is written" {
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
	run -78 wanctl-setup -n x -t dsl -b cake -o make=no -u lo </dev/null
	echo "$output"
	[[ "$output" == *"lo has no CAKE"* ]]
	[[ "$output" == *"tc qdisc replace dev lo root cake"* ]]
}

@test "R96: where nothing can be written, it is said before the questions" {
	echo x >file
	WANCTL_CONFIG_DIR=$PWD/file/etc run -71 wanctl-setup </dev/null
	[[ "$output" == *"file/etc: cannot be written"* ]]
	[[ "$output" != *"Name of the line"* ]]
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
	# A pass that the timer has begun is not over with the timer.
	mkdir -p run/cable
	flock -o run/cable/lock sleep 600 3>&- &
	echo $! >pass
	eventually pass_is_under_way
	run -0 wanctl-setup -x -y -n cable
	echo "$output"
	[ "$(ls enabled)" = wanctl@dsl.timer ]
	[ ! -e etc/cable.conf ]
	[ -e etc/cable.conf.old ]
	run -78 wanctl-setup -x -y -n cable
	# The other one, by its name; not without the question.
	run -1 wanctl-setup --remove dsl </dev/null
	[ -e etc/dsl.conf ]
	run -0 wanctl-setup --remove dsl -y
	[ -z "$(ls enabled)" ]
	[ ! -e etc/dsl.conf ]
	run -64 wanctl-setup --remove
}

@test "R96: a rate without its unit is asked for it, and a wrong one is told by its key" {
	need_ping
	rated() {
		run -78 wanctl-setup -y -n x -t dsl -b print -m none -r 127.0.0.1 "$@"
		echo "$output"
	}
	rated -D 100
	[[ "$output" == *"100 of what? A rate has its unit: 100mbit, 100kbit."* ]]
	rated -D 100mbit -U 10
	[[ "$output" == *"10 of what?"* ]]
	rated -D 1000gbit
	[[ "$output" == *"[download] ceiling: number out of range"* ]]
	rated -D 100mbit -U 1000gbit
	[[ "$output" == *"[upload] ceiling: number out of range"* ]]
	# Bits a second are a unit as well, where they can be one.
	run -0 wanctl-setup -y -n x -t dsl -b print -m none -r 127.0.0.1 \
	    -D 50000000 -U 10mbit
	[ "$(wanctl-conf get etc/x.conf download.ceiling)" = 50mbit ]
	[[ "$output" == *"wanctl run x"* ]]
}

pass_is_under_way() {
	! flock -n run/cable/lock true
}
