#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: limit 200
# Setting up a line, through a real terminal.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export BIN="${BIN:-$top/build/bin}"
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	export WANCTL_CONFIG_DIR=$PWD/etc
	mkdir etc bin
	# systemctl only says what it was asked to do.
	printf '#!/bin/sh\necho "$@" >>%s/systemctl.log\n' "$PWD" >bin/systemctl
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
	answer 'Line to divert' 'nowhere'
	answer 'nowhere.conf is not there yet' 'none'
	answer 'How it runs' ''
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
