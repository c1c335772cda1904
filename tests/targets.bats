#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds for machines that lack libraries.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	cd "$top" || return 1
}

@test "R115: the Makefile knows which unit tests rest on which library" {
	command -v readelf >/dev/null || skip "no readelf(1)"
	for source in tests/unit/*/*_test.c; do
		name=${source#tests/unit/}
		name=${name%.c}
		for pair in inih:inih mnl:libmnl nftables:libnftables \
		    seccomp:libseccomp yaml:yaml-0.1 ssh:libssh \
		    curl-gnutls:libcurl; do
			! readelf -d "$O/tests/unit/$name" |
				grep -q "NEEDED.*\[lib${pair%:*}[-.0-9]*\.so" ||
				echo "${pair#*:} $name"
		done
	done | sort >"$BATS_TEST_TMPDIR/are"
	sed -n 's/^UNITS_\([^ ]*\) *= */\1 /p' Makefile | while read -r library units; do
		for unit in $units; do
			echo "$library $unit"
		done
	done | sort >"$BATS_TEST_TMPDIR/known"
	diff "$BATS_TEST_TMPDIR/known" "$BATS_TEST_TMPDIR/are"
	[ -s "$BATS_TEST_TMPDIR/are" ]
}

@test "R115: check-unit says which libraries a compiler lacks, and what that costs" {
	# A compiler of another machine: this one without its headers.
	printf '#!/bin/sh\nexec gcc -nostdinc "$@"\n' >"$BATS_TEST_TMPDIR/bare"
	chmod +x "$BATS_TEST_TMPDIR/bare"
	run -0 make -n check-unit CC="$BATS_TEST_TMPDIR/bare" \
	    O="$BATS_TEST_TMPDIR/o"
	[[ "$output" == *"/bare has no inih libmnl "*": without base/confine_test "* ]]
	[[ "$output" != *"/o/tests/unit/base/confine_test"* ]]
	[[ "$output" == *"/o/tests/unit/base/number_test"* ]]
	# Nothing is left out here.
	run -0 make -n check-unit CC="${CC:-cc}" O="$BATS_TEST_TMPDIR/o"
	[[ "$output" != *"has no"* ]]
	[[ "$output" == *"/o/tests/unit/base/confine_test"* ]]
}
