#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The configurations that are given as examples.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	cd "$BATS_TEST_TMPDIR" || exit 1
	PATH="${BIN:-$top/build/bin}:$PATH"
}

@test "R73 R95: an example for each kind of line, taken as it is" {
	for kind in fiber cable dsl lte starlink; do
		file=$top/scripts/examples/$kind.conf
		echo "$file"
		wanctl-conf check "$file"
		# Annotated, with a shaper for each direction.
		[ "$(grep -c '^#' "$file")" -ge 15 ]
		[ "$(wanctl-conf get "$file" shaper.make)" = yes ]
		for dir in download upload; do
			wanctl-conf get "$file" "$dir.device"
		done
	done
}

@test "R95: two lines: their files know each other, and are taken" {
	for at in cable dsl; do
		cp "$top/scripts/examples/dual-$at.conf" "$at.conf"
		wanctl-conf check "$at.conf"
		[ "$(wanctl-conf get "$at.conf" wan.name)" = "$at" ]
		# Each is probed through its own line, beside the other.
		[ "$(wanctl-conf get "$at.conf" ping.device)" = \
		    "$(wanctl-conf get "$at.conf" wan.device)" ]
	done
	[ "$(wanctl-conf get cable.conf steer.to)" = dsl ]
	! wanctl-conf get dsl.conf steer.to || false
	[ "$(wanctl-conf get cable.conf ping.device)" != \
	    "$(wanctl-conf get dsl.conf ping.device)" ]
	router=$top/scripts/examples/dual-router.conf
	wanctl-conf check "$router"
	[ "$(wanctl-conf get "$router" steer.to)" = dsl ]
	[ "$(wanctl-conf get "$router" diverter.backend)" = router ]
	# The rule that is to be made is the one that is named.
	grep -qF "comment=\"$(wanctl-conf get "$router" router.rule)\"" "$router"
}

@test "R73: the values of the examples follow from their kind, as they say" {
	for kind in fiber cable dsl lte starlink; do
		file=$top/scripts/examples/$kind.conf
		echo "$file"
		# The command that is in it is the one that gave its values.
		command=$(sed -n 's/^#	\(wanctl-conf preset [^#]*[^ 	#]\).*/\1/p' "$file")
		up=$(sed -n 's/^#	wanctl-conf preset .*# and \([0-9a-z]*\) for.*/\1/p' "$file")
		read -r _ _ is down jitter <<<"$command"
		[ "$is" = "$kind" ]
		for dir in "download $down" "upload $up"; do
			read -r section rate <<<"$dir"
			[ "$(wanctl-conf get "$file" "$section.ceiling")" = "$rate" ]
			wanctl-conf preset "$kind" "$rate" "$jitter" >want
			while read -r key value _; do
				echo "$section.$key"
				[ "$(wanctl-conf get "$file" "$section.$key")" = "$value" ]
			done <want
		done
		wanctl-conf preset "$kind" >want
		while read -r key value _; do
			echo "$key"
			[ "$(wanctl-conf get "$file" "$key")" = "$value" ]
		done <want
	done
}

@test "R73: every example in the directory is taken" {
	for file in "$top"/scripts/examples/*.conf; do
		echo "$file"
		wanctl-conf check "$file"
	done
}
