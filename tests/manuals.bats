#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# The manuals: form, completeness, and their examples, run as printed.
#
# A comment before a literal block of a page says what to do with it here:
#	.\" file NAME	it is a file of that name; NAME.conf must be valid
#	.\" run [N]	commands for sh, exit status N, 0 if not given
#	.\" output	what the block before it prints, on both outputs
#	.\" live [S [N]]	commands that take a line or run for ever: run in a network
#			where what is named exists, and ended after S seconds
#	.\" elsewhere FILE	what that test runs, as printed or nearly so
#	.\" first CMD	done before it: makes what a reader has at hand already
# Blocks without such a line are only shown (they need a network, a router or
# root). All blocks of a page are run in one directory, in order.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bin=${BIN:-$top/build/bin}
	PATH="$bin:$top/scripts:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# programs: the names of all programs, with the script.
programs() {
	for p in "$top"/cmd/wanctl-*.c; do
		basename "$p" .c
	done
	[ ! -f "$top/scripts/wanctl" ] || echo wanctl
}

# blocks PAGE: each marked block as a file NUMBER.file.NAME, NUMBER.run.STATUS
# or NUMBER.output here; the text as a terminal would show it.
blocks() {
	awk '
	/^\.\\" (file|run|output|live)/ {
		kind = $2
		name = kind == "output" ? "" : $3 != "" ? "." $3 : ".0"
		if ($4 != "") name = name "-" $4
	}
	/^\.\\" first / {
		if (first == "")
			first = sprintf("%02d.run.0", ++n)
		sub(/^\.\\" first /, "")
		print >first
		next
	}
	/^\.Bd -literal/ && kind != "" {
		first = ""
		file = sprintf("%02d.%s%s", ++n, kind, name)
		printf "" >file
		inside = 1
		next
	}
	/^\.Ed/ {
		inside = 0
		kind = ""
	}
	inside {
		sub(/^\\&/, "")
		gsub(/\\e/, "\\")
		print >file
	}' "$1"
}

# cannot_ping: true where an ordinary user may not send probes.
cannot_ping() {
	[ "$(id -u)" -ne 0 ] && ! wanctl-ping -n 1 127.0.0.1 >ping 2>&1
}

# try_block FILE: does what the block is for.
try_block() {
	local name status wanted

	case $1 in
	*.file.*)
		name=${1#*.file.}
		cp "$1" "$name"
		case $name in
		*.conf) wanctl-conf check "$name" || return ;;
		esac
		;;
	*.run.*)
		wanted=${1#*.run.} status=0
		if grep -qE 'wanctl-ping|wanctl-calibrate|wanctl (pass|run)' "$1" && cannot_ping
		then
			echo "# not run, as nobody may ping here: $1" >&3
			return
		fi
		timeout $((60 * ${SLOW:-1})) sh "./$1" >printed 2>&1 </dev/null || status=$?
		if [ "$status" -ne "$wanted" ]; then
			echo "exit status $status, not $wanted, of:"
			cat "$1"
			echo "which printed:"
			cat printed
			return 1
		fi
		;;
	*.live.*)
		name=${1#*.live.}
		try_live "$1" "${name%-*}" "$(sed -n 's/.*-//p' <<<"$name" | grep . || echo 0)"
		;;
	*.output)
		diff -u "$1" printed
		;;
	esac
}

# try_live FILE SECONDS STATUS: prints something, or writes a file, and no program
# complains.
try_live() {
	local status=0

	[ "$(id -u)" -eq 0 ] || return 0
	make_world
	# timeout(1) sends a SIGCONT, in which the leak checker of a sanitizer may
	# hang.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
	    timeout $((90 * ${SLOW:-1})) unshare -mn "$BATS_TEST_TMPDIR/world" "$2" "$1" \
	    >printed 2>said </dev/null || status=$?
	grep '^wanctl' said | grep -v ' would set ' >complaints || :
	if [ -s complaints ] || [ "$status" -ne "$3" ] ||
	    [ -z "$(find . -newer "$1" -size +0 ! -name said ! -name complaints)" ]
	then
		echo "exit status $status of:"
		cat "$1"
		echo "which printed:"
		head -n 5 printed
		cat said
		return 1
	fi
}

# make_world: what examples take for granted: two lines, cable and dsl, with
# configurations and recordings; a trial; reflectors; names.
make_world() {
	[ ! -e "$BATS_TEST_TMPDIR/world" ] || return 0
	mkdir "$BATS_TEST_TMPDIR/etc"
	cp -r /etc/. "$BATS_TEST_TMPDIR/etc/"
	mkdir -p "$BATS_TEST_TMPDIR/etc/wanctl"
	cat >"$BATS_TEST_TMPDIR/world" <<-'END'
		#!/bin/bash
		# world SECONDS FILE: runs it in there; 0 seconds: to its end.
		set -e
		mount --make-rprivate /
		# Nothing is made in the directories of the machine itself.
		mount --bind "${0%/*}/etc" /etc
		mount -t tmpfs tmpfs /var/lib
		mount -t tmpfs tmpfs /run
		mkdir -p /run/wanctl/cable /run/wanctl/dsl /var/lib/wanctl
		ip netns add far
		trap 'ip netns delete far' EXIT
		ip link set lo up
		ip link add wan0 type veth peer name far0 netns far
		ip address add 10.0.0.1/24 dev wan0
		ip link set wan0 up
		ip -n far link set far0 up
		ip -n far link set lo up
		ip -n far address add 10.0.0.2/24 dev far0
		for address in 192.0.2.1 192.0.2.7 192.0.2.8 192.0.2.9 198.51.100.7; do
			ip -n far address add $address/32 dev lo
		done
		ip route add default via 10.0.0.2
		echo '192.0.2.7 reflector.example.net' >hosts
		echo '192.0.2.8 one.one.one.one' >>hosts
		echo '192.0.2.9 dns.quad9.net' >>hosts
		mount --bind hosts /etc/hosts
		mkdir -p etc
		for name in cable dsl trial; do
			cat >etc/$name.conf <<-CONF
			schema = 1
			[wan]
			device = wan0
			[ping]
			hosts = 192.0.2.1 198.51.100.7
			interval = 200ms
			[queue]
			interval = 200ms
			[download]
			ceiling = $([ $name = trial ] && echo 10mbit || echo 20mbit)
			floor = 4mbit
			[upload]
			ceiling = 5mbit
			floor = 1mbit
			[shaper]
			backend = print
			CONF
		done
		printf '%s\n' '[steer]' 'to = dsl' 'base_min = 100us' >>etc/cable.conf
		cp etc/cable.conf etc/trial.conf .
		for line in cable dsl; do
			for i in 1 2 3 4 5; do
				t=$((1769000000 + i))000000
				echo "rtt t=$t wan=$line host=192.0.2.1 seq=$i us=18000"
				echo "rate t=$t wan=$line dir=down bps=9000000 state=green"
				echo "rate t=$t wan=$line dir=up bps=2000000 state=green"
			done >$line.rec
		done
		mount --bind etc /etc/wanctl
		ip netns exec far wanctl-reflect -l 192.0.2.7 2>/dev/null &
		children=$!
		# What follows lines has some to follow.
		if grep -q wanctl-follow "$2"; then
			wanctl run cable 2>/dev/null &
			children="$children $!"
			wanctl run dsl 2>/dev/null &
			children="$children $!"
		fi
		sed -i 's/timeout 60/timeout 5/' "$2"
		status=0
		timeout "$1" sh "$2" || status=$?
		kill $children
		wait
		[ $status -ne 124 ] || status=0
		exit $status
	END
	chmod +x "$BATS_TEST_TMPDIR/world"
}

# try_page PAGE: runs its marked blocks; says how many of how many.
try_page() {
	local all marked f

	mkdir "$(basename "$1")"
	cd "$(basename "$1")" || return 1
	blocks "$1"
	for f in [0-9]*; do
		[ -e "$f" ] || continue
		try_block "$f" || return 1
	done
	all=$(grep -c '^\.Bd -literal' "$1" || true)
	marked=$(grep -cE '^\.\\" (file|run|output|live)' "$1" || true)
	echo "# $(basename "$1"): $marked of $all literal blocks tried" >&3
	cd ..
}

@test "R97: every program has a manual with all sections in order" {
	for p in $(programs); do
		page=$top/man/$p.8
		[ -f "$page" ] || page=$top/man/$p.1
		echo "$p"
		[ -f "$page" ]
		sections=$(sed -n 's/^\.Sh //p' "$page" |
			grep -v -e ENVIRONMENT -e DIAGNOSTICS -e STANDARDS \
			    -e AUTHORS -e CAVEATS -e SECURITY | tr '\n' ,)
		echo "$sections"
		[[ "$sections" =~ ^NAME,SYNOPSIS,DESCRIPTION,(FILES,)?"EXIT STATUS,EXAMPLES,SEE ALSO," ]]
	done
}

@test "R97: the options of a manual are those of the usage" {
	for p in $(programs); do
		[ "$p" != wanctl ] || continue
		page=$top/man/$p.8
		"$p" -h >usage
		grep -oE '(^|[[ ])-[A-Za-z0-9]+' usage | sed 's/.*-//' |
			fold -w 1 | sort -u >said
		sed -n 's/^\.It Fl //p' "$page" | awk '{
			print $1
			while ($2 == "," || $2 == "|") {
				sub(/^[^ ]+ [,|] (Fl )?/, "")
				print $1
			}
		}' | grep -v '[hV]' | sort -u >explained
		echo "$p"
		diff said explained
	done
}

@test "R97: mandoc finds nothing to complain about" {
	command -v mandoc >/dev/null || skip "no mandoc"
	run mandoc -Tlint -Wwarning "$top"/man/*
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "R97: manuals refer to manuals that exist" {
	missing=
	while read -r ref; do
		[ -f "$top/man/$ref" ] || missing="$missing $ref"
	done < <(sed -n 's/^\.Xr \(wanctl[a-z.-]*\) \([0-9]\).*/\1.\2/p' \
	    "$top"/man/* | sort -u)
	echo "missing:$missing"
	[ -z "$missing" ]
}

@test "R97: examples of the manuals do what is printed" {
	for page in "$top"/man/*.[0-9]; do
		try_page "$page"
	done
}

@test "R97: every example is tried, here or by a test that is named" {
	for page in "$top"/man/*.[0-9]; do
		awk -v page="${page##*/}" '
		/^\.Sh / { examples = /EXAMPLES/ }
		/^\.\\" (file|run|output|live)/ { marked = 1 }
		/^\.\\" elsewhere / { marked = 1; print $3 }
		/^\.Bd -literal/ {
			if (examples && !marked) print page ":" NR ": not tried"
			marked = 0
		}' "$page"
	done >found
	cat found
	run ! grep 'not tried' found
	while read -r file; do
		[ -e "$top/$file" ]
	done <found
}

# told PAGE SECTION: what the items of a section are about, each on a line.
told() {
	sed -n "/^\.Sh $2/,/^\.Sh /p" "$1" | sed -n 's/^\.It Li //p' | sed 's/ , /\n/g'
}

@test "R95: the run book has every alert, failure, exit status and remark" {
	page=$top/man/wanctl-runbook.7
	told "$page" ALERTS | sort >has
	sed -n 's/^ *- alert: //p' "$top/scripts/prometheus/wanctl.rules.yml" >wanted
	sed -n '/event_words\[/,/NULL/p' "$top/lib/record/event.c" | grep -o '"[^"]*"' |
		tr -d '"' >>wanted
	[ "$(wc -l <wanted)" -ge 28 ]
	diff has <(sort wanted)
	told "$page" FAILURES | sort >has
	diff has <(sed -n 's/.*\[FAILURE_.*\] = "\(.*\)",/\1/p' "$top/lib/base/failure.c" | sort)
	told "$page" "EXIT STATUSES" | grep -vx -e 130 -e 143 | sort >has
	diff has <(sed -n 's/^\tSTATUS_.* = \([0-9]*\).*/\1/p' "$top/lib/base/status.h" | sort)
	# Each remark of discovery has an item, and each item is of a remark.
	tr '\n\t' '  ' <"$top/lib/router/discovery.c" | sed 's/" *"//g; s/tell_line(/\n&/g' |
		grep '^tell_line(&\?t, true' | sed 's/;.*//' >remarks
	# One of them prints what another function has put together.
	grep -o '"queue %.60s, its type[^;]*' "$top/lib/router/discovery.c" >>remarks || :
	[ "$(wc -l <remarks)" -ge 15 ]
	told "$page" "REMARKS OF DISCOVER" >items
	while read -r item; do
		grep -qF -e "$item" remarks || {
			echo "no remark: $item"
			false
		}
	done <items
	while read -r remark; do
		grep -oF -f items <<<"$remark" | grep -q . || {
			echo "not in the run book: $remark"
			false
		}
	done <remarks
}

@test "the state file in wanctl-records(5) is whole" {
	blocks "$top/man/wanctl-records.5"
	blocks "$top/man/wanctl.conf.5"
	cp ./*.file.cable.conf cable.conf
	cp ./*.file.state state
	run wanctl-assess -c cable.conf -s state </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ ! -e state.corrupt ]
	sed 's/18100/18101/' ./*.file.state >state
	run wanctl-assess -c cable.conf -s state </dev/null
	[[ "$output" == *damaged* ]]
}

@test "a wrong example would be found" {
	cat >page.8 <<-'END'
		.\" run
		.Bd -literal -offset indent
		echo one
		.Ed
		.\" output
		.Bd -literal -offset indent
		two
		.Ed
	END
	run try_page "$PWD/page.8"
	[ "$status" -ne 0 ]
	cat >page2.8 <<-'END'
		.\" run 3
		.Bd -literal
		exit 4
		.Ed
	END
	run try_page "$PWD/page2.8"
	[ "$status" -ne 0 ]
	cat >page3.8 <<-'END'
		.\" file x.conf
		.Bd -literal
		schema = 2
		.Ed
	END
	run try_page "$PWD/page3.8"
	[ "$status" -ne 0 ]
}

@test "R97: a wrong range or a missing key in a manual would be found" {
	mkdir man
	cp "$top"/man/wanctl{-records.5,.conf.5,-assess.8,-steer.8} man/
	check=${bin%/bin}/tests/unit/conf/manuals_test
	WANCTL_TOP=. run "$check"
	[ "$status" -eq 0 ]
	for edit in 's/^Default 300ms/Default 301ms/' 's/ 200ms to 1h/ 200ms to 2h/' \
	    '/^\.It Cm deadband/d' 's/^\.Ss \[pass\]/.Ss [passes]/' \
	    's/^\.It Cm median/.It Cm mediane/'; do
		sed "$edit" "$top/man/wanctl.conf.5" >man/wanctl.conf.5
		WANCTL_TOP=. run "$check"
		echo "$edit"
		[ "$status" -ne 0 ]
	done
	cp "$top/man/wanctl.conf.5" man/
	for page in wanctl-assess.8 wanctl-steer.8; do
		for edit in 's/^\(\.It Cm.*\)blackout/\1black/' 's/^\(\.It Cm.*\)hold/\1held/' \
		    's/^\.Ss Reasons/.Ss Causes/'; do
			sed "$edit" "$top/man/$page" >"man/$page"
			WANCTL_TOP=. run "$check"
			echo "$page: $edit"
			[ "$status" -ne 0 ]
		done
		cp "$top/man/$page" man/
	done
	for edit in 's/^\.Ss rate/.Ss rates/' '/^\.It Cm queued_us/d' \
	    's/^Optional; 1 to 9999999/Optional; 1 to 999/' \
	    's/^Required; down, up/Required; down/'; do
		sed "$edit" "$top/man/wanctl-records.5" >man/wanctl-records.5
		WANCTL_TOP=. run "$check"
		echo "$edit"
		[ "$status" -ne 0 ]
	done
}
