#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# How many lines of the decisions the unit tests run.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	cd "$top" || exit 1
}

# covered MODULE: per cent of the lines of lib/MODULE.c that were run.
covered() {
	gcov -n -o "$BATS_TEST_TMPDIR/lib/${1%/*}" \
	    "$BATS_TEST_TMPDIR/lib/$1.gcda" 2>/dev/null |
		sed -n "\|^File 'lib/$1\.c'|{n;s/^Lines executed:\([0-9]*\).*/\1/p;}"
}

# pure: the pure modules that have code, FOLDER/NAME.
pure() {
	tests/layers --pure |
		while read -r module; do
			! grep -qs '^{' "lib/$module.c" || echo "$module"
		done
}

@test "R100: configuration and moving average 100 %, pure modules 95 %" {
	command -v gcov >/dev/null || skip "no gcov"
	if ${CC:-cc} -dM -E - </dev/null | grep -q __clang__; then
		skip "gcov reads what gcc writes"
	fi
	out=$BATS_TEST_TMPDIR
	for test in tests/unit/*/*_test.c; do
		echo "$out/${test%.c}"
	done >"$out/list"
	# shellcheck disable=SC2046
	make -j2 O="$out" HARDEN= HARDENLD= CPPFLAGS= CFLAGS='-O0 --coverage' \
	    LDFLAGS=--coverage $(cat "$out/list") >"$out/log" 2>&1 ||
		{ cat "$out/log"; false; }
	# Some wait for most of their time.
	# shellcheck disable=SC2016
	xargs -P 3 -n 1 sh -c '"$0" >"$0.tap" || {
		echo "$0:"
		grep -A 3 "^not ok" "$0.tap"
		exit 1
	}' <"$out/list"
	low=
	for module in $(pure) conf/confload base/lines base/output; do
		percent=$(covered "$module")
		least=95
		case $module in
		base/ewma | conf/settings* | conf/confload) least=100 ;;
		conf/preset) least=90 ;; # its test tries lines at random
		esac
		echo "# $module: ${percent:-no} %" >&3
		[ "${percent:-0}" -ge "$least" ] || low="$low $module"
	done
	echo "too low:$low"
	[ -z "$low" ]
}
