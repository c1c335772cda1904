#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Leaving the set-up before its end: at each question, and at the password.

bats_require_minimum_version 1.5.0

load router
load setup

secret=s3cret-wanctl

# Answers of a whole set-up of a router with all its questions but a password's,
# which only a terminal can type.
all_answers() {
	printf '%s\n' home cable router rest "127.0.0.1:$rest_port" yes wanctl \
	    "$PWD/password" WAN-Download WAN-Upload 127.0.0.1 100mbit 10mbit \
	    timer dsl none yes yes
}

# Those of a line that wanctl shapes on this machine, the first one here.
local_answers() {
	printf '%s\n' home cable cake yes lo ifb4home 127.0.0.1 100mbit 10mbit \
	    stream none yes
}

@test "R96: left at each question, by an end of input or a signal: no trace" {
	need_ping
	echo "$secret" >password
	chmod 600 password
	all_answers >all
	leave_everywhere dsl.conf
}

@test "R96: ... of a line that wanctl shapes, too" {
	need_ping
	local_answers >all
	leave_everywhere ''
	run ! ip link show ifb4home
}

# leave_everywhere FILE: at each question that is answered in all. FILE is what
# /etc/wanctl has before: an example, or nothing if it is empty.
leave_everywhere() {
	local questions k

	questions=$(wc -l <all)
	# Left by the end of input at question k.
	for k in $(seq 0 $((questions - 1))); do
		mkdir -p "$k/tmp" "$k/etc"
		[ -z "$1" ] || cp "$top/scripts/examples/$1" "$k/etc/$1"
		head -n "$k" all >"$k/in"
		(
			cd "$k" || exit
			status=0
			WANCTL_CONFIG_DIR=$PWD/etc TMPDIR=$PWD/tmp \
			    timeout 600 wanctl-setup <in >out 2>&1 || status=$?
			echo "$status" >status
		) &
	done
	wait
	for k in $(seq 0 $((questions - 1))); do
		[ "$(cat "$k/status")" -eq 1 ] || { cat "$k/out"; false; }
		[ "$(ls "$k/etc")" = "$1" ]
		[ -z "$(ls "$k/tmp")" ]
		rm "$k/in"
	done
	# And by a signal, when it waits for the answer to question k.
	for k in $(seq 0 $((questions - 1))); do
		interrupt "$k" &
	done
	wait
	for k in $(seq 0 $((questions - 1))); do
		[ "$(cat "$k/status")" -eq 130 ] || { cat "$k/out"; false; }
		[ "$(ls "$k/etc")" = "$1" ]
		[ -z "$(ls "$k/tmp")" ]
	done
	[ ! -e systemctl.log ]
	[ ! -e units ]
}

# is_asked N: that many prompts, and the last is waiting.
is_asked() {
	[ "$(grep -o ': ' out | wc -l)" -ge "$1" ] && tail -c 2 out | grep ': ' >&2
}

# interrupt K: SIGINT, as of Ctrl-C, once question K is asked.
interrupt() {
	cd "$1" || exit
	mkfifo in
	WANCTL_CONFIG_DIR=$PWD/etc TMPDIR=$PWD/tmp \
	    env --default-signal=INT wanctl-setup <in >out 2>&1 3>&- &
	pid=$!
	exec 9>in
	head -n "$1" ../all >&9
	# The prompts up to it are on no line of their own.
	want=$(($1 + 1))
	eventually is_asked "$want"
	kill -INT "$pid"
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
