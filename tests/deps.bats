#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/deps with package managers that only say how they were called.

bats_require_minimum_version 1.5.0

setup() {
	deps=$(cd "$BATS_TEST_DIRNAME/.." && pwd)/scripts/deps
	cd "$BATS_TEST_TMPDIR" || exit 1
	export T="$BATS_TEST_TMPDIR"
	mkdir bin
	for c in sh env awk cat rm id tr printf sed grep; do
		ln -s "$(command -v $c)" bin/
	done
	# Looks in bin only, and sees no headers.
	sed 's|^PATH=.*||; s|/usr/include/|/nowhere/|' "$deps" >it
	chmod +x it
	uid 0
}

# manager NAME: one that writes its call to the file calls.
manager() {
	rm -f bin/apt-get bin/dnf bin/apk bin/pacman bin/opkg calls
	cat >"bin/$1" <<-END
		#!/bin/sh
		echo "$1 \$*" >>"\$T/calls"
		[ ! -e "\$T/stale" ] || case \$* in *update*|*-Sy*) rm "\$T/stale" ;; *) exit 1 ;; esac
	END
	chmod +x "bin/$1"
}

uid() {
	rm -f bin/id
	printf '#!/bin/sh\necho %s\n' "$1" >bin/id
	chmod +x bin/id
}

in_bin() {
	PATH=$T/bin "$@"
}

have() {
	for c in "$@"; do
		printf '#!/bin/sh\nexit 0\n' >"bin/$c"
		chmod +x "bin/$c"
	done
}

@test "everything there: silent, quick, nothing called" {
	manager apt-get
	have cc make pkg-config
	run in_bin ./it build
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ ! -e calls ]
}

@test "what is missing is installed, each package once, in one call" {
	manager apt-get
	run in_bin ./it build check
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wc -l <calls)" -eq 1 ]
	grep -q '^apt-get install -y ' calls
	for p in gcc make pkg-config libmnl-dev libinih-dev bats iproute2 iperf3; do
		[ "$(tr ' ' '\n' <calls | grep -cx -e "$p")" -eq 1 ]
	done
	run ! grep -q qemu calls
}

@test "only what is missing" {
	manager apt-get
	have cc pkg-config
	run in_bin ./it
	[ "$(cat calls)" = "apt-get install -y -q --no-install-recommends make" ]
}

@test "package lists are fetched when installing fails without" {
	for m in apt-get apk pacman opkg; do
		manager $m
		touch stale
		run in_bin ./it build
		echo "$output"
		cat calls
		[ "$status" -eq 0 ]
		[ "$(wc -l <calls)" -ge 2 ]
		[ ! -e stale ]
	done
}

@test "each system has its own names" {
	while read -r m package; do
		manager "$m"
		run in_bin ./it -n build
		[[ "$output" == *" $package"* ]]
		run in_bin ./it build
		[ "$status" -eq 0 ]
		grep -q "^$m .* $package" calls
	done <<-'END'
		apt-get libinih-dev
		dnf inih-devel
		apk inih-dev
		pacman libinih
	END
	manager opkg
	run in_bin ./it build
	[ "$status" -eq 0 ]
	[[ "$output" == *"inih: not a package here"* ]]
	grep -q '^opkg install .*pkg-config' calls
}

@test "-n prints and does nothing" {
	manager apt-get
	run in_bin ./it -n build
	[ "$status" -eq 0 ]
	[[ "$output" == *"apt-get install"*libmnl-dev* ]]
	[ ! -e calls ]
}

@test "not root: by sudo, and without sudo it says what to do" {
	manager apt-get
	uid 1000
	run in_bin ./it build
	[ "$status" -eq 1 ]
	[[ "$output" == *"install as root: gcc"* ]]
	[ ! -e calls ]
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "sudo $*" >>"$T/calls"\n' >bin/sudo
	chmod +x bin/sudo
	run in_bin ./it build
	[ "$status" -eq 0 ]
	grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get install ' calls
}

@test "an unknown system is told what is missing" {
	run in_bin ./it build
	[ "$status" -eq 1 ]
	[[ "$output" == *"no package manager known"* ]]
	[[ "$output" == *"  libmnl"* ]]
}

@test "a failure is a failure" {
	manager apt-get
	printf '#!/bin/sh\nexit 100\n' >bin/apt-get
	run in_bin ./it build
	[ "$status" -eq 1 ]
	[[ "$output" == *"could not install: gcc"* ]]
}

@test "wrong usage" {
	run "$deps" everything
	[ "$status" -eq 64 ]
	run "$deps" -x
	[ "$status" -eq 64 ]
}

@test "every row of the table has a name or - for each system" {
	run awk '/<<-.END/ { on = 1; next } /^\tEND/ { on = 0 }
	    on && $1 != "#for" && NF != 8 { print; bad = 1 } END { exit bad }' "$deps"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "no mirror and no address is named" {
	run ! grep -nE 'https?:|ftp:|\.(org|com|net)' "$deps"
}
