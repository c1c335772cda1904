#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# The closed loop must notice a broken control law: each mutant below is one
# deliberate fault in a copy of lib/, and loop_test must fail it.

setup_file() {
	export SRC="$BATS_TEST_DIRNAME/.."
	export CC="${CC:-cc}" LIB="${O:-$SRC/build}/libwanctl.a"
	compile "$SRC/lib" "$SRC/tests/unit/assess/loop_test.c" "$BATS_FILE_TMPDIR/loop_test.o"
}

compile() { # HEADERS SOURCE OBJECT
	$CC -std=c11 -D_GNU_SOURCE -O2 -w -I"$1" -I"$SRC/tests/unit" -c -o "$3" "$2"
}

# loop_with FILE SED: builds loop_test with that FILE of lib/assess changed, and runs
# it until something fails.
loop_with() {
	local dir="$BATS_TEST_TMPDIR" changed=

	if [ -n "$1" ]; then
		sed "$2" "$SRC/lib/assess/$1" >"$dir/$1"
		! cmp -s "$dir/$1" "$SRC/lib/assess/$1" || {
			echo "the fault was not planted: $2"
			return 99
		}
		changed=$dir/changed.o
		compile "$SRC/lib" "$dir/$1" "$changed" || return 99
	fi
	# What comes before the archive wins.
	$CC -o "$dir/loop_test" "$BATS_FILE_TMPDIR/loop_test.o" $changed "$LIB" -lm ||
		return 99
	TAP_FIRST=1 timeout 200 "$dir/loop_test"
}

fails() {
	# A crash or a time-out would be no answer of the test's.
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" | grep '^not ok'
}

@test "the law as it is passes the loop" {
	run loop_with "" ""
	[ "$status" -eq 0 ]
}

@test "mutant: RED does not cut" {
	run loop_with law_classic.c 's/cut_to(rate_bps, cut_bps, .*)/rate_bps + 0 * cut_bps/'
	fails
}

@test "mutant: GREEN never steps up" {
	run loop_with law_classic.c 's/rate_bps += d->step_bps;/;/'
	fails
}

@test "mutant: YELLOW steps up" {
	run loop_with law_classic.c 's/ZONE_YELLOW, rate_bps, RATE_HOLD/ZONE_YELLOW, rate_bps + d->step_bps, RATE_HOLD/'
	fails
}

@test "mutant: the baseline learns under load" {
	run loop_with baseline.c 's/activity != ACTIVITY_BUSY/1/; s/more_us <= s->baseline.busy_limit_us/1/'
	fails
}

@test "mutant: a longer path is never learned" {
	run loop_with baseline.c 's/^	if (is_longer_path(b, s))/	if (0)/'
	fails
}

@test "mutant: no median, so one outlier counts" {
	run loop_with law_classic.c 's/window_median(&c->window, 0)/in->above_us/'
	fails
}

@test "mutant: a blackout is taken for calm" {
	run loop_with assess_silence.c 's/.zone = ZONE_BLACKOUT,/.zone = ZONE_GREEN,/'
	fails
}

@test "mutant: what falls short in a blackout is not heeded" {
	run loop_with assess_silence.c 's/(heed_shortfall(a, s, dir, now->t_us, &out) ||/(/'
	fails
}

@test "mutant: what is full is lowered in a blackout" {
	run loop_with assess_silence.c 's/return dir == UP && carries && !queues;/return carries;/'
	fails
}

@test "mutant: what is jammed between two passes is left so" {
	run loop_with assess_silence.c 's/^		find_jam(.*;/		;/'
	fails
}

@test "mutant: in a blackout, nothing is too little to be heeded" {
	run loop_with shortfall.c 's/return use->percent \* 10000 </return use->percent * 0 </'
	fails
}

@test "mutant: adaptive: congestion does not cut" {
	run loop_with law_adaptive.c 's/rate < v->rate_bps ? rate : v->rate_bps, why/v->rate_bps, why/'
	fails
}

@test "mutant: adaptive: it never climbs" {
	run loop_with law_adaptive.c 's/^	if (ppm > 0)/	if (0)/'
	fails
}

@test "mutant: adaptive: one late answer is congestion" {
	run loop_with law_adaptive_view.c 's/delays_least(&d->delays, [23])/in->dir[dir].delta_us/'
	fails
}

@test "mutant: adaptive: a line that is idle is cut" {
	run loop_with law_adaptive_view.c 's/v.congested = v.active &&/v.congested =/'
	fails
}

@test "mutant: adaptive: every delay is both directions'" {
	run loop_with assess.c 's/= share_us\[i\];/= in->above_us;/'
	fails
}

@test "mutant: adaptive: a queue is taken for a longer path" {
	run loop_with law_adaptive.c 's/v->m2_us < a->path_limit_us && !v->starved/1/'
	fails
}

@test "mutant: adaptive: a little longer path is a queue" {
	run loop_with law_adaptive.c 's/d->drained_us >= DRAINED \* d->most_us/0/'
	fails
}

@test "mutant: adaptive: each sample of a pass is decided on" {
	run loop_with assess.c 's/if (!a->once || a->law->note == NULL) {/if (1) {/'
	fails
}

@test "mutant: adaptive: a pass climbs as a stream does" {
	run loop_with assess.c 's/a->once ? s->pass.interval_us : 0/0/'
	fails
}
