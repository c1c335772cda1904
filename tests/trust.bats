#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What somebody with fewer rights can do to somebody with more: root at work in
# directories of the service's user.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	# Where another user may look, and begins with nothing of root's.
	base=$(mktemp -d /tmp/wanctl-trust.XXXXXX)
	chmod 755 "$base"
	cp -r "${BIN:-$BATS_TEST_DIRNAME/../build/bin}" "$base/bin"
	PATH=$base/bin:$PATH
	cd "$base" || exit 1
	mkdir etc run run/a state
	export WANCTL_CONFIG_DIR=$base/etc WANCTL_STATE_DIR=$base/state
	export WANCTL_RUNTIME_DIR=$base/run
	cat >etc/a.conf <<-'END'
		schema = 1
		[wan]
		device = lo
		[ping]
		hosts = 127.0.0.1
		interval = 200ms
		[download]
		ceiling = 100mbit
		floor = 10mbit
		[upload]
		ceiling = 20mbit
		floor = 2mbit
		[pass]
		probes = 2
		[shaper]
		backend = print
	END
	owner=65534
	echo secret >victim
	chmod 600 victim
}

teardown() {
	# shellcheck disable=SC2086 # several
	end_ours -KILL ${children:-}
	rm -rf "$base"
}

# The directories are the service's user's, as its units have them.
given() {
	chown "$owner:$owner" run/a state
}

as_owner() {
	setpriv --reuid "$owner" --regid "$owner" --clear-groups "$@"
}

victim_is_whole() {
	[ "$(cat victim)" = secret ] && [ "$(stat -c '%u:%g %a %h' victim)" = "0:0 600 1" ]
}

files='lock messages messages.new rtt.new rtt queue.new queue rate.new rate applied.new applied
    assess assess.new assess.lock setrate setrate.new setrate.lock pipe steer.pipe
    steer steer.new steer.lock'
states='a.assess a.assess.new a.assess.lock a.assess.backup a.assess.corrupt a.setrate
    a.setrate.new a.setrate.lock a.steer a.steer.new a.steer.lock'

@test "R91: root's pass follows no link that the service's user has laid" {
	given
	for file in $files; do
		as_owner ln -s "$base/victim" "run/a/$file"
	done
	for file in $states; do
		as_owner ln -s "$base/victim" "state/$file"
	done
	for verb in pass reset; do
		wanctl $verb a >out 2>&1 || true
		cat out
		victim_is_whole
	done
	# One at a time, as the first that is refused would save the others.
	for file in $files; do
		rm -rf run/a/* state/*
		as_owner ln -s "$base/victim" "run/a/$file"
		wanctl pass a >out 2>&1 || true
		victim_is_whole
	done
	for file in $states; do
		rm -rf run/a/* state/*
		as_owner ln -s "$base/victim" "state/$file"
		wanctl pass a >out 2>&1 || true
		victim_is_whole
	done
}

@test "R91: what root's pass makes there is the service's user's, and the pass works" {
	given
	run -0 wanctl pass a
	[ -z "$(find run/a state ! -user "$owner")" ]
	grep -q '^rate ' run/a/rate
	grep -q '^applied ' run/a/applied
	# It goes on as that user.
	run -0 setpriv --reuid "$owner" --regid "$owner" --clear-groups \
	    --inh-caps +net_raw,+net_admin --ambient-caps +net_raw,+net_admin \
	    wanctl pass a
	# And root's own directories stay root's.
	rm -rf run/a state
	mkdir state
	run -0 wanctl pass a
	[ -z "$(find run/a state ! -user 0)" ]
}

# As systemd has them for a unit with a dynamic user: a link for each, or as
# others would do it one for all lines.
private() {
	rm -rf run state lib
	mkdir -p run/private/lines/a run/private/lines/.boot lib/private/states
	chmod 700 run/private lib/private
	if [ "$1" = each ]; then
		mkdir run/lines
		ln -s ../private/lines/a ../private/lines/.boot run/lines/
	else
		ln -s private/lines run/lines
	fi
	ln -s private/states lib/states
	chown "$owner:$owner" run/private/lines/a run/private/lines/.boot lib/private/states
	export WANCTL_STATE_DIR=$base/lib/states WANCTL_RUNTIME_DIR=$base/run/lines
}

kept_from_everybody() { # HOW
	private "$1"
	run ! as_owner ls run/lines/a/
	run -0 wanctl pass a
	grep -q '^applied ' run/lines/a/applied
	[ -s run/lines/.boot/epoch ]
	[ -s lib/states/a.assess ]
	[ -z "$(find run/lines/a/ lib/states/ ! -user "$owner")" ]
	as_owner true
	for file in lock rtt.new applied assess.lock; do
		rm -f run/lines/a/*
		ln -s "$base/victim" run/lines/a/$file
		wanctl pass a >out 2>&1 || true
		victim_is_whole
	done
	rm -f run/lines/a/*
	wanctl run a 2>err 3>&- &
	children=$!
	eventually grep '^rate ' run/lines/a/assess
	kill "$children"
	wait "$children"
	run -0 wanctl reset a
	[ ! -e lib/states/a.assess ]
	# Nobody else sees what is mounted for it.
	run ! grep -e "$base" -e '^wanctl ' /proc/self/mounts
	# A state directory alone, and both below one that is closed.
	mkdir private
	chmod 700 private
	mv run lib private
	export WANCTL_STATE_DIR=$base/private/lib/states
	export WANCTL_RUNTIME_DIR=$base/private/run/lines
	run -0 wanctl pass a
	[ -s private/lib/states/a.assess ]
	rm -rf private
}

@test "R91: the same where those directories are kept from everybody" {
	kept_from_everybody each
	kept_from_everybody all
}

@test "R91: a directory that is missing is made for the user of the other" {
	rm -rf run/a
	chown "$owner:$owner" state
	run -0 wanctl pass a
	[ "$(stat -c %u run/a)" -eq "$owner" ]
	chown 0:0 run/a
	run -71 wanctl pass a
	[[ $output == *"run/a: is root's"* ]]
}

@test "R91: root's stream runs as that user, with two capabilities" {
	given
	wanctl run a 2>err 3>&- &
	children=$!
	eventually grep '^rate ' run/a/assess
	for name in ping assess setrate; do
		pid=$(pgrep -f "^wanctl-$name -c $base" | head -n 1)
		# Whoever owns its files in /proc: what gives up more is root's there.
		grep -q "^Uid:[^0-9]*${owner}[^0-9]" "/proc/$pid/status"
		caps=$(sed -n 's/^CapPrm:[^0-9]*//p' "/proc/$pid/status")
		[ $((0x$caps & ~0x3000)) -eq 0 ]
	done
	kill "$children"
	wait "$children"
	[ -z "$(find run/a state ! -user "$owner")" ]
}

@test "R91: locks are their owner's alone to hold" {
	given
	umask 022
	run -0 wanctl pass a
	for lock in run/a/lock run/a/assess.lock run/a/setrate.lock \
	    state/a.assess.lock state/a.setrate.lock; do
		[ "$(stat -c %a "$lock")" = 600 ]
		run ! setpriv --reuid 1 --regid 1 --clear-groups flock -n "$lock" true
	done
	# Nor those of an earlier version.
	chmod 644 run/a/lock state/a.assess.lock
	run -0 wanctl pass a
	[ "$(stat -c %a run/a/lock state/a.assess.lock | sort -u)" = 600 ]
	# Who may read states needs no lock for it.
	run -0 setpriv --reuid 1 --regid 1 --clear-groups \
	    env WANCTL_CONFIG_DIR="$base/etc" wanctl status a
}

assess() { # in the directory plain
	timeout 60 wanctl-assess -c etc/a.conf -s plain/state -l plain/live </dev/null
}

@test "R91: a state or lock that is none is refused by its name" {
	for file in state state.lock live.lock; do
		rm -rf plain
		mkdir plain
		ln -s "$base/victim" plain/$file
		run -71 assess
		[[ $output == *"plain/$file: is a symbolic link, which is not followed"* ]]
		victim_is_whole
		rm plain/$file
		mkfifo plain/$file
		run -71 assess
		[[ $output == *"plain/$file: is not a regular file"* ]]
	done
	ln victim plain/hard.lock
	run -71 wanctl-assess -c etc/a.conf -s plain/hard </dev/null
	[[ $output == *"plain/hard.lock: has another name, a hard link"* ]]
	[ "$(cat victim)" = secret ]
}

@test "R91: a new file takes the place of what was laid there" {
	mkdir plain
	for file in state.new live.new live; do
		ln -s "$base/victim" plain/$file
	done
	run -0 assess
	victim_is_whole
	[ ! -L plain/live ]
	grep -q '^end ' plain/live
	rm plain/live
	mkfifo plain/live
	run -0 assess
	[ -f plain/live ]
}

@test "R91: status waits for no pipe, and shows no terminal what is not to be seen" {
	given
	run -0 wanctl pass a
	as_owner rm run/a/assess
	as_owner mkfifo run/a/assess
	run -71 timeout 60 wanctl status a
	[[ $output == *"run/a/assess: is not a regular file"* ]]
	as_owner rm run/a/assess
	t=$(date +%s)000000
	printf 'state v=1 program=wanctl-assess wan=a\nrate t=%s wan=a dir=down bps=1 state=\033]0;x\007red\n' \
	    "$t" >run/a/assess
	printf 'steer t=%s wan=a to=\033[31mdsl on=1 changed=1 state=red why=red\n' "$t" >story
	printf '\033[31mme\n' >run/a/lock
	run wanctl status a
	run ! grep -q "$(printf '[\001-\010\013-\037]')" <<<"$output"
	run -65 wanctl explain story
	run ! grep -q "$(printf '\033')" <<<"$output"
	exec 8<run/a/lock
	flock 8
	run -75 wanctl pass a
	[[ $output == *"held by [31mme"* ]]
	exec 8<&-
}

# capabilities NAME: the effective ones of that program of the stream.
capabilities() {
	local pid

	pid=$(pgrep -f "^wanctl-$1 .*$base/etc/a.conf")
	sed -n 's/^CapEff:[^0-9a-f]*//p' "/proc/$pid/status"
}

ready() {
	grep -q '^applied ' recording
}

stream_as_owner() {
	setpriv --reuid "$owner" --regid "$owner" --clear-groups \
	    --inh-caps +net_raw,+net_admin --ambient-caps +net_raw,+net_admin \
	    "$base/bin/wanctl" run -r a >recording 3>&- &
	children=$!
	eventually ready
}

@test "R91: each program of a stream has the capabilities that it needs, no other" {
	given
	stream_as_owner
	for name in ping queue assess setrate; do
		echo "$name $(capabilities $name)"
		[ "$(capabilities $name)" = 0000000000000000 ]
	done
	kill $children
	wait $children
	# A command may need any.
	printf '#!/bin/sh\necho 10000000\n' >shaper
	chmod +x shaper
	sed -i "s,^backend = print,backend = command\ncommand = $base/shaper," etc/a.conf
	stream_as_owner
	[ "$(capabilities assess)" = 0000000000000000 ]
	[ "$(capabilities setrate)" = 0000000000003000 ]
	kill $children
	# It does not do what it is told, which is not the point here.
	wait $children || [ $? -eq 75 ]
	children=
	# Whatever root starts by hand.
	for name in wanctl-records wanctl-follow; do
		mkfifo pipe
		case $name in
		*records) "$name" -j <pipe >out 3>&- & ;;
		*) "$name" run/a/assess <pipe >out 3>&- & ;;
		esac
		children=$!
		exec 7>pipe
		# Only files of others, to read what it is given.
		eventually grep -q '^CapEff:.*0000000000000002$' "/proc/$children/status"
		exec 7>&-
		kill $children || true
		wait $children || true
		rm pipe
	done
	children=
}

@test "R87: root's pass and the service's user have one time line" {
	given
	run -0 wanctl pass a
	[ -s run/.boot/epoch ]
	[ "$(stat -c %u run/.boot/epoch)" -eq "$owner" ]
	# A link that this user lays leads nowhere.
	rm -r run/.boot
	chown "$owner" run
	as_owner mkdir run/.boot
	as_owner ln -s "$base/victim" run/.boot/epoch
	wanctl-records -n
	victim_is_whole
	as_owner rm -r run/.boot
	mkdir place
	as_owner ln -s "$base/place" run/.boot
	wanctl-records -n
	[ -z "$(ls place)" ]
}

@test "R91: what packets of the network reach can open no file" {
	! nm "$base/bin/wanctl-conf" | grep -q __asan_ || skip "an instrumented build"
	wanctl-reflect -l 127.0.0.1 -p 8629 2>err 3>&- &
	children=$!
	wanctl-ping -t stamp -p 8629 -i 200ms 127.0.0.1 >out 2>>err 3>&- &
	children="$children $!"
	eventually grep ' us=' out
	for pid in $children; do
		grep -q '^Seccomp:[^0-9]*2$' "/proc/$pid/status"
		grep -q '^CapPrm:[^0-9]*0000000000000000$' "/proc/$pid/status"
	done
	kill $children
	wait
	# Files are closed to each of them, and to a router's program for writing.
	printf '%s\n' '[router]' 'transport = rest' 'address = 127.0.0.1' \
	    "password_file = $base/victim" 'download_queue = a' 'upload_queue = b' \
	    'insecure = yes' >>etc/a.conf
	sed -i 's/= print/= router/' etc/a.conf
	for program in "wanctl-reflect -l 127.0.0.1 -p 8629" \
	    "wanctl-ping -n 1 127.0.0.1" "wanctl-router -c etc/a.conf"; do
		timeout 5 strace -o trace -e trace=landlock_restrict_self \
		    $program </dev/null || true
		cat trace
		grep -q '^landlock_restrict_self(.*) *= 0$' trace
	done
}
