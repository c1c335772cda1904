#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the set-up leaves alone: what was declined, files that were there, and
# what cannot be written.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

load router
load setup

secret=s3cret-wanctl

# configure NAME OPTION...: without a question, on the local machine.
configure() {
	wanctl-setup -y -n "$@" -b print -r 127.0.0.1
}

@test "R96: what is declined is not done" {
	need_ping
	run -1 configure x -t dsl -m timer -o write=no
	[[ "$output" == *"nothing is written"* ]]
	[ ! -e etc/x.conf ]
	run -0 configure x -t dsl -m timer -o start=no
	[ -e etc/x.conf ]
	[ -z "$(ls enabled)" ]
	run -0 configure y -t dsl -m timer -s x -o start_steer=no
	[ "$(ls enabled)" = wanctl@y.timer ]
	run -0 configure y -m none -o disable=no
	[ "$(ls enabled)" = wanctl@y.timer ]
	run -1 wanctl-setup -x -y -n y -o remove=no
	[[ "$output" == *"nothing is changed"* ]]
	[ -e etc/y.conf ]
	[ "$(ls enabled)" = wanctl@y.timer ]
}

@test "R96: steering that is not wanted any more is off, and its state forgotten" {
	need_ping
	export WANCTL_STATE_DIR=$PWD/state WANCTL_RUNTIME_DIR=$PWD/run
	run -0 configure dsl -t dsl -m timer -D 50mbit -U 10mbit
	run -0 configure cable -t cable -m timer -D 50mbit -U 10mbit -s dsl
	[ -e enabled/wanctl-steer@cable.service ]
	run -0 configure cable -s none
	echo "$output"
	[ ! -e enabled/wanctl-steer@cable.service ]
	run ! wanctl-conf get etc/cable.conf steer.to
	# A pass leaves its state; the line's end takes it away.
	mkdir -p state run/cable
	touch state/cable.assess run/cable/rate
	run -0 wanctl-setup -x -y -n cable
	echo "$output"
	[ ! -e state/cable.assess ]
	[ ! -e run/cable/rate ]
}

@test "R96: no file that was kept before is lost" {
	need_ping
	for rate in 10 20 30 40; do
		run -0 configure x -t dsl -m none -D 90mbit -U ${rate}mbit
		[ "$(wanctl-conf get etc/x.conf upload.ceiling)" = ${rate}mbit ]
	done
	[[ "$output" == *"The old one is "*"/x.conf.old.3."* ]]
	export WANCTL_STATE_DIR=$PWD/state WANCTL_RUNTIME_DIR=$PWD/run
	run -0 wanctl-setup -x -y -n x
	echo "$output"
	grep -c . etc/*
	[ ! -e etc/x.conf ]
	got=$(for file in etc/x.conf.old etc/x.conf.old.[234]; do
		wanctl-conf get "$file" upload.ceiling
	done | xargs)
	[ "$got" = "10mbit 20mbit 30mbit 40mbit" ]
}

# A directory of 16 kB for the configurations, which is full.
@test "R96: on a full disk all stays as it was, and nothing is there by half" {
	need_ping
	[ "$(id -u)" -eq 0 ] || skip "not root"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	run -0 configure x -t dsl -m none -D 90mbit -U 10mbit
	(umask 077 && echo "$secret" >etc/router.password)
	cp -a etc before
	run unshare -m sh -ec '
		mount -t tmpfs -o size=16k none etc
		cp -a before/. etc
		head -c 100000 /dev/zero >etc/filler 2>/dev/null || :
		status=0
		wanctl-setup -y -n x -m none -U 20mbit -r 127.0.0.1 || status=$?
		echo "status $status"
		rm etc/filler
		mkdir after
		cp -a etc/. after'
	echo "$output"
	[[ "$output" == *"x.conf: could not be written"* ]]
	[[ "$output" == *"status 71"* ]]
	cmp before/x.conf after/x.conf
	cmp before/router.password after/router.password
	# The old one may have a second name already, but as a whole.
	for file in after/*; do
		[ "$file" = after/router.password ] || cmp before/x.conf "$file"
	done
}

@test "R96: a file that is there, and not good, is told and left" {
	need_ping
	echo 'nonsense' >etc/x.conf
	run -78 configure x -t dsl -m none
	echo "$output"
	[[ "$output" == *"x.conf is there, but not good: put it right"* ]]
	[ "$(cat etc/x.conf)" = nonsense ]
	[ "$(ls etc)" = x.conf ]
}

@test "R96: floors of rates that are no more go with them" {
	need_ping
	run -0 configure x -t cable -m none -D 90mbit -U 10mbit
	sed -i '/^\[download\]/a base = 80mbit\nfloor_yellow = 70mbit\nfloor_soft_red = 60mbit\nfloor_green = 75mbit' etc/x.conf
	wanctl-conf check etc/x.conf
	run -0 configure x -m none -D 30mbit
	echo "$output"
	wanctl-conf check etc/x.conf
	run ! grep -q '^base\|^floor_' etc/x.conf
}

@test "R96: one device cannot shape both ways with CAKE" {
	need_ping
	run -78 wanctl-setup -y -n x -t dsl -b cake -u lo -d lo -m none \
	    -r 127.0.0.1
	[[ "$output" == *"lo shapes the upload already"* ]]
	[ -z "$(ls etc)" ]
}

@test "R96: another certificate than the one that was trusted is told" {
	need_ping
	(umask 077 && echo "$secret" >password)
	again() {
		run "$1" wanctl-setup -y -n home -t dsl -b router -m none \
		    -o transport=rest -o address="127.0.0.1:$rest_port" \
		    -o user=wanctl -o password_file="$PWD/password" \
		    -o download_queue=WAN-Download -o upload_queue=WAN-Upload \
		    -r 127.0.0.1 "${@:2}"
		echo "$output"
	}
	again -0 -o trust=yes
	[[ "$output" != *ATTENTION* ]]
	pin=$(wanctl-conf get etc/home.conf router.pin)
	other=sha256//$(printf '%043d=' 0)
	sed -i "s,^pin = .*,pin = $other," etc/home.conf
	again -1
	[[ "$output" == *"ATTENTION: its certificate is not the one that was trusted"* ]]
	[ "$(wanctl-conf get etc/home.conf router.pin)" = "$other" ]
	again -0 -o trust="$pin"
	[ "$(wanctl-conf get etc/home.conf router.pin)" = "$pin" ]
	# Without a key, SSH without questions makes none.
	run -78 wanctl-setup -y -n two -t dsl -b router -m none \
	    -o transport=ssh -o address="127.0.0.1:$ssh_port" -o trust=yes \
	    -o user=wanctl -o key_file="$PWD/none" -r 127.0.0.1
	[[ "$output" == *"none is not there"* ]]
	run -78 wanctl-setup -y -n two -t dsl -b router -m none \
	    -o transport=rest -o address=127.0.0.1:80a -r 127.0.0.1
	[[ "$output" == *"A port is a number"* ]]
	[ ! -e etc/two.conf ]
}

# As a calibration leaves it that does not know the set-up's line.
@test "R96: the kind of a line is what was said of it last" {
	run -0 wanctl-setup -y -n x -t cable -b print -m none -r 127.0.0.1
	sed -i '1i # Written by wanctl-calibrate on 2026-01-02 03:04 for a dsl line:' etc/x.conf
	run -0 wanctl-setup -y -n x -m none
	echo "$output"
	[[ "$output" == *"is as it should be"* ]]
	run -0 wanctl-setup -y -n x -m none -t lte
	echo "$output"
	[ "$(grep -c '^# Written by ' etc/x.conf)" -eq 1 ]
}
