#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# The wall clock is set while programs run and between them: forward and back,
# by minutes, hours and years. A library in front of libc's is that clock; the
# file "step" has by how many seconds it was set, the file "kept" is there while
# a server keeps it.

bats_require_minimum_version 1.5.0

load helpers
load clock

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	if nm "$(command -v wanctl-ping)" | grep -q -e __asan_ -e __ubsan_; then
		skip "an instrumented build"
	fi
	cd "$BATS_TEST_TMPDIR" || exit 1
	cat >clock.c <<-'END'
		#include <fcntl.h>
		#include <stdlib.h>
		#include <sys/syscall.h>
		#include <sys/timex.h>
		#include <time.h>
		#include <unistd.h>
		int clock_gettime(clockid_t id, struct timespec *ts)
		{
			char text[24] = "";
			int fd;
			if (syscall(SYS_clock_gettime, id, ts) != 0)
				return -1;
			if (id != CLOCK_REALTIME)
				return 0;
			fd = open(STEP "/step", O_RDONLY | O_CLOEXEC);
			if (fd != -1 && read(fd, text, sizeof text - 1) > 0)
				ts->tv_sec += atoll(text);
			close(fd);
			return 0;
		}
		int adjtimex(struct timex *t)
		{
			t->status = access(STEP "/kept", F_OK) == 0 ? 0 : STA_UNSYNC;
			return t->status == 0 ? TIME_OK : TIME_ERROR;
		}
	END
	${CC:-cc} -shared -fPIC -O2 "-DSTEP=\"$PWD\"" -o clock.so clock.c
	set_by 0
	line here there
	line there here
	export WANCTL_CONFIG_DIR=. WANCTL_STATE_DIR=./state WANCTL_RUNTIME_DIR=./run
	children=
}

teardown() {
	# shellcheck disable=SC2086 # several
	end_ours ${children:-}
	wait
}

# set_by SECONDS: the wall clock, from what it was at first.
set_by() {
	echo "$1" >step.new
	mv step.new step
}

# on COMMAND...: a program of the machine with that clock.
on() {
	LD_PRELOAD=$PWD/clock.so "$@"
}

steps=(120 -120 10800 -10800 700000000 -700000000)

# t_of FILE: the time of its newest record.
t_of() {
	sed -n 's/.* t=\([0-9]*\) .*/\1/p' "$1" | sort -n | tail -n 1
}

@test "R87: passes go on as if the clock had not been set" {
	set_by 5000
	on wanctl pass here
	for step in "${steps[@]}"; do
		was=$(t_of run/here/rate)
		set_by "$step"
		on wanctl pass here 2>err
		cat err run/here/rate run/here/applied
		[ "$(grep -c '^rate ' run/here/rate)" -eq 2 ]
		[ "$(grep -c '^applied .* ok=1' run/here/applied)" -eq 2 ]
		[ "$(t_of run/here/rate)" -gt "$was" ]
		[ "$(t_of run/here/rate)" -lt $((was + 120000000)) ]
		on wanctl status here >out
		cat out
		[ "$(grep -c ' [0-9][0-9]* s  ok$' out)" -eq 2 ]
	done
}

# decides LINE: since the file mark.
decides() {
	[ "run/$1/setrate" -nt mark ] && on wanctl status "$1" >out &&
		[ "$(grep -c ' [0-5] s  ok$' out)" -eq 2 ]
}

@test "R87: a stream goes on as if the clock had not been set" {
	LD_PRELOAD=$PWD/clock.so wanctl run -r here >recorded 2>err 3>&- &
	children=$!
	: >mark
	eventually decides here
	for step in "${steps[@]}"; do
		set_by "$step"
		: >mark
		eventually decides here
	done
	kill $children
	wait $children
	children=
	cat out err
	# A program that began the time line anew would show it.
	grep '^rate ' recorded | sed 's/.* t=\([0-9]*\) .*/\1/' | awk '
		NR > 1 && ($1 - was > 60000000 || $1 < was) { wrong++ }
		{ was = $1 } END { exit NR < 10 || wrong > 0 }'
}

@test "R87: a writer that was started after a step carries out every decision" {
	for step in 10 -10 "${steps[@]}"; do
		set_by 0
		mkfifo decided
		emptied applied err
		LD_PRELOAD=$PWD/clock.so wanctl-setrate -c here.conf <decided >applied 2>err 3>&- &
		children=$!
		exec 7>decided
		rm decided
		set_by "$step"
		# The time as the writer of decisions knows it, who starts now.
		for i in {1..15}; do
			echo "rate t=$(on wanctl-records -n) wan=here dir=up" \
			    "bps=$((4000000 + i * 1000000)) state=green" >&7
			eventually matches "$i" '^applied .* ok=1' applied
		done
		exec 7>&-
		wait $children
		children=
		cat err
		[ "$(wc -l <applied)" -eq 15 ]
	done
}

@test "R87: steering compares lines whose programs were started between steps" {
	LD_PRELOAD=$PWD/clock.so wanctl run there 2>err.there 3>&- &
	children=$!
	: >mark
	eventually decides there
	for step in "${steps[@]}"; do
		set_by "$step"
		LD_PRELOAD=$PWD/clock.so wanctl run here 2>err.here 3>&- &
		here=$!
		children="$children $here"
		: >mark
		eventually decides here
		emptied steered
		LD_PRELOAD=$PWD/clock.so wanctl steer -n here >steered 2>err.steer 3>&- &
		steer=$!
		children="$children $steer"
		eventually matches 12 '^steer ' steered
		kill $steer $here
		wait $steer $here
		cat steered err.*
		# What is known of the other line comes within its interval.
		[ "$(sed 1,10d steered | grep -c -e no_data -e alternate_silent)" -eq 0 ]
	done
}

# off_the_wall: by how many seconds records are ahead of the clock.
off_the_wall() {
	echo $(($(on wanctl-records -n) / 1000000 - $(date +%s) - $(cat step)))
}

@test "R87: a clock that was wrong at boot is noted again, once, when it is kept" {
	# As of a machine without a hardware clock, whose last time is old.
	set_by -40000
	on wanctl pass here
	[ "$(off_the_wall)" -ge -2 ] && [ "$(off_the_wall)" -le 2 ]
	# By hand: nobody knows whether that is better.
	set_by -20000
	[ "$(off_the_wall)" -ge -20002 ] && [ "$(off_the_wall)" -le -19998 ]
	: >kept
	set_by 0
	[ "$(off_the_wall)" -ge -2 ] && [ "$(off_the_wall)" -le 2 ]
	set_by 7200
	[ "$(off_the_wall)" -ge -7202 ] && [ "$(off_the_wall)" -le -7198 ]
	rm kept
	on wanctl pass here
	[ "$(off_the_wall)" -ge -7202 ] && [ "$(off_the_wall)" -le -7198 ]
}

@test "R87: the time line is shared with whom may only read it" {
	command -v setpriv >/dev/null || skip "no setpriv"
	[ "$(id -u)" -eq 0 ] || skip "not root"
	# As BATS_TEST_TMPDIR is closed to others.
	dir=$(mktemp -d)
	chmod 755 "$dir"
	export WANCTL_RUNTIME_DIR=$dir/run
	cp clock.so "$(command -v wanctl-records)" "$dir/"
	set_by -5000
	on wanctl-records -n >root
	set_by 0
	LD_PRELOAD=$dir/clock.so setpriv --reuid 65534 --regid 65534 \
	    --clear-groups "$dir/wanctl-records" -n >nobody
	rm -rf "$dir"
	cat root nobody
	[ $(($(cat nobody) - $(cat root))) -lt 60000000 ]
	[ $(($(cat nobody) - $(cat root))) -ge 0 ]
}
