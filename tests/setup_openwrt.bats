#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Setting up a line with the programs that OpenWrt has: its BusyBox is small, and
# lacks stat, stty and timeout.

bats_require_minimum_version 1.5.0

load router
load setup

teardown() {
	tmux -L "$socket" kill-server 2>/dev/null || :
}

secret=s3cret-wanctl

# OpenWrt's applets as it ships them, ip and flock of their own packages, and us.
make_openwrt() {
	busybox=$(command -v busybox.static || command -v busybox) || skip "no busybox"
	mkdir bb
	for applet in ash awk basename cat chgrp chmod chown chroot clear cmp cp \
	    cut date dd df dirname dmesg du echo egrep env expr false fgrep find \
	    free fsync grep gunzip gzip head hexdump id kill killall less ln logger \
	    ls md5sum mkdir mkfifo mknod mktemp mv nc nice nslookup pgrep pidof \
	    ping printf ps pwd readlink reset rm rmdir sed seq sh sha256sum sleep sort \
	    strings sync tail tar tee test time top touch tr true uname uniq uptime \
	    vi wc wget which xargs yes zcat; do
		ln -s "$busybox" "bb/$applet"
	done
	# A shell that finds its own applets without PATH is told which it lacks.
	# Its sort knows -n, -r and -u, and ignores keys.
	cat >lacking <<-'END'
	stat() { echo 'sh: stat: not found' >&2; return 127; }
	stty() { echo 'sh: stty: not found' >&2; return 127; }
	timeout() { echo 'sh: timeout: not found' >&2; return 127; }
	sort() {
		for arg; do
			shift
			case $arg in -k*) ;; *) set -- "$@" "$arg" ;; esac
		done
		command sort "$@"
	}
	. "$0"
	END
	for program in ip tc flock; do
		ln -s "$(command -v $program)" bb/$program
	done
	for program in "$BIN"/wanctl*; do
		[ ! -x "$program" ] || ln -s "$program" bb/
	done
	openwrt="env -i TERM=$TERM PATH=$PWD/bb WANCTL_CONFIG_DIR=$PWD/etc \
WANCTL_UNIT_DIR=$PWD/units TMPDIR=$PWD/tmp $PWD/bb/sh -c '. $PWD/lacking' bb/wanctl-setup"
}

@test "R96: on OpenWrt a password is typed unseen, and its file is looked at" {
	need_ping
	command -v tmux >/dev/null || skip "no tmux"
	make_openwrt
	options="-n home -t dsl -b router -r 127.0.0.1 -m none -o transport=rest"
	options="$options -o address=127.0.0.1:$rest_port -o trust=yes"
	open_terminal "$openwrt $options -o user=wanctl"
	answer 'File that keeps its password' "$PWD/etc/open"
	see 'Password of wanctl on the router (not shown)'
	# The shell turns the echo off after it has asked.
	eventually terminal_is_silent
	tmux -L "$socket" send-keys -l "$secret"
	tmux -L "$socket" send-keys Enter
	answer 'Queue of the download, or none [WAN-Download]' ''
	answer 'Queue of the upload, or none [WAN-Upload]' ''
	answer 'Download at its best' '100mbit'
	answer 'Upload at its best' '20mbit'
	answer 'Name of a second line' 'none'
	answer 'Write this to' 'yes'
	see 'status=0'
	run ! grep -q "$secret" screen
	[ "$(cat etc/open)" = "$secret" ]
	wanctl-conf check etc/home.conf
	# What was typed is there again: a good file is taken, an open one is not.
	tmux -L "$socket" kill-server
	chmod 644 etc/open
	rm etc/home.conf
	options="$options -o user=wanctl"
	open_terminal "$openwrt $options"
	answer 'File that keeps its password' "$PWD/etc/open"
	see 'can be read by others than its owner: chmod 600'
	chmod 600 etc/open
	answer 'File that keeps its password' "$PWD/etc/open"
	see 'Queue of the download'
}

terminal_is_silent() {
	stty -a <"$(tmux -L "$socket" display-message -p '#{pane_tty}')" | grep -q -- ' -echo '
}

@test "R96: on OpenWrt the median of round trips is one" {
	need_ping
	make_openwrt
	# A wanctl-ping whose round trips sort otherwise as words.
	rm bb/wanctl-ping
	cat >bb/wanctl-ping <<-'END'
	#!/bin/sh
	t=0
	for us in 9000 10000 11000 200 100000; do
		t=$((t + 1))
		echo "rtt t=$t wan=x host=127.0.0.1 seq=$t method=icmp us=$us"
	done
	END
	chmod +x bb/wanctl-ping
	run sh -c "$openwrt -y -n home -t dsl -b print -D 100mbit \
	    -U 20mbit -r 127.0.0.1 -m none"
	echo "$output"
	[[ "$output" == *"answers after 10.0 ms, with a jitter of 10.8 ms"* ]]
}
