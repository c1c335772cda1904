#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/run makes of its files.

bats_require_minimum_version 1.5.0

setup() {
	here=$BATS_TEST_DIRNAME
	cd "$BATS_TEST_TMPDIR" || exit 1
	unset RETRY SKIP JOBS SLOW SANITIZED ASAN_OPTIONS UBSAN_OPTIONS
	printf '%s\n' '#!/bin/sh' 'echo 1..2' 'echo ok 1 - a' 'echo "ok 2 - b # skip: no c"' >good_test
	printf '%s\n' '#!/bin/sh' 'echo 1..2' 'echo ok 1 - a' 'echo not ok 2 - b' 'exit 1' >bad_test
	printf '%s\n' '#!/bin/sh' 'echo 1..2' 'echo ok 1 - a' >cut_test
	printf '%s\n' '#!/bin/sh' 'echo ok 1 - a' >plan_test
	# Fails for the first time only.
	cat >once_test <<-'END'
	#!/bin/sh
	echo 1..2
	echo ok 1 - a
	if [ -e once ]; then echo ok 2 - b; exit 0; fi
	touch once
	echo not ok 2 - b
	exit 1
	END
	chmod +x ./*_test
}

tests_run() {
	# A bats of its own, which takes nothing from this one: that has a
	# part of the same name before it in PATH.
	(PATH=${PATH//"$BATS_LIBEXEC:"/} && unset "${!BATS_@}" && exec "$here/run" "$@")
}

@test "tests/run: what passed, failed and was skipped is added up" {
	run -0 tests_run ./good_test
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
	run -1 tests_run ./good_test ./bad_test
	[ "${lines[-1]}" = "2 passed, 1 failed, 1 skipped" ]
	[[ $output == *"--- bad_test"*"not ok 2 - b"* ]]
	SKIP=bad_test run -0 tests_run ./good_test ./bad_test
}

@test "tests/run: a file that ends early, or plans nothing, has failed" {
	run -1 tests_run ./cut_test
	[[ $output == *"planned 2, ran 1"* ]]
	run -1 tests_run ./plan_test
	[[ $output == *"no plan"* ]]
	run -1 tests_run ./none_test
	[[ $output == *"./none_test: not there"* ]]
}

@test "tests/run: RETRY runs what failed once more, and names what passes then" {
	run -1 tests_run ./once_test
	rm once
	RETRY=1 run -0 tests_run ./good_test ./once_test
	[ "${lines[-2]}" = "unsteady: once_test: b" ]
	[ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
	RETRY=1 run -1 tests_run ./bad_test
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	[[ $output != *unsteady:* ]]
}

@test "tests/run: with sanitizers their reports count, and figures of real time do not" {
	printf '%s\n' '# tests/run: real-time' '@test "slow" {' '	false' '}' >slow.bats
	run -1 tests_run ./slow.bats
	SANITIZED=1 run -0 tests_run ./slow.bats
	[ "${lines[-1]}" = "0 passed, 0 failed, 1 skipped" ]
	cat >fault.c <<-'END'
	#include <stdlib.h>
	int main(int argc, char *argv[])
	{
		char *p = malloc(4);
		(void)argv;
		free(p);
		return p[argc];
	}
	END
	${CC:-cc} -g -fsanitize=address -o fault fault.c 2>fault.err || skip "no sanitizers: $(cat fault.err)"
	printf '%s\n' '# tests/run: real-time' '@test "fault" {' "	! $PWD/fault" '}' >fault.bats
	run -0 tests_run ./fault.bats
	SANITIZED=1 run -1 tests_run ./fault.bats
	[[ $output == *"a sanitizer reports"*heap-use-after-free* ]]
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
}
