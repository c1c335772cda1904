#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-assess: options, records in and out, bad input, state, replay.

load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	cat >cable.conf <<-'END'
		schema = 1
		[assess]
		law = classic
		[shaper]
		backend = print
		[download]
		ceiling = 100mbit
		floor = 10mbit
		floor_soft_red = 20mbit
		base = 80mbit
		[upload]
		ceiling = 20mbit
		floor = 2mbit
	END
	T=1769000000
}

# rtts COUNT US [FROM]: COUNT probes, 100 ms apart, over three reflectors.
rtts() {
	awk -v n="$1" -v us="$2" -v from="${3:-0}" -v t="$T" 'BEGIN {
		for (i = from; i < from + n; i++)
			printf "rtt t=%d%06d wan=cable host=192.0.2.%d seq=%d us=%d\n",
			    t + int(i / 10), i % 10 * 100000, i % 3 + 1,
			    int(i / 3), us
	}'
}

# field KEY: the values of a key in the lines of stdin.
field() {
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"
}

assess() {
	wanctl-assess -c cable.conf "$@"
}

@test "usage: no configuration is an error, -h is not" {
	run wanctl-assess </dev/null
	[ "$status" -eq 64 ]
	[[ "$output" == usage:* ]]
	run wanctl-assess -h
	[ "$status" -eq 0 ]
	run wanctl-assess -c cable.conf operand </dev/null
	[ "$status" -eq 64 ]
	run wanctl-assess -x </dev/null
	[ "$status" -eq 64 ]
	run wanctl-assess -V
	[ "$status" -eq 0 ]
	[[ "$output" == "wanctl-assess "* ]]
}

@test "a bad configuration is refused with its line" {
	echo 'speed = 1' >>cable.conf
	run wanctl-assess -c cable.conf </dev/null
	[ "$status" -eq 78 ]
	[[ "$output" == *"cable.conf:14: [upload] speed: unknown key"* ]]
	run wanctl-assess -c absent.conf </dev/null
	[ "$status" -eq 78 ]
	[[ "$output" == *"absent.conf: No such file"* ]]
}

@test "no input gives no output" {
	run assess </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "R28: a verdict per direction and sample says why" {
	rtts 12 20000 | assess >out
	[ "$(grep -c '^rate .*dir=down' out)" -eq 12 ]
	[ "$(grep -c '^rate .*dir=up' out)" -eq 12 ]
	tail -n 2 out | head -n 1 >last
	for key in t wan dir bps was state delta_us base_us evidence why; do
		grep -q " $key=" last
	done
	[ "$(grep -c ' load=' last)" -eq 0 ]
	[ "$(field why <last)" = step ]
}

@test "R20: the states by delay above the baseline" {
	for case in 15000:green 15500:yellow 45500:soft_red 80500:red; do
		{ rtts 30 20000; rtts 100 $((20000 + ${case%:*})) 30; } |
		    assess | grep dir=down | tail -n 1 >last
		[ "$(field state <last)" = "${case#*:}" ]
	done
	{ rtts 30 20000; rtts 100 80000 30; } | assess >out
	[ "$(grep dir=down out | tail -n 1 | field state)" = soft_red ]
	[ "$(grep dir=down out | tail -n 1 | field bps)" -eq 20000000 ]
	# The upload has three states: red from the second threshold on.
	[ "$(grep dir=up out | tail -n 1 | field state)" = red ]
	[ "$(grep dir=up out | tail -n 1 | field bps)" -eq 2000000 ]
}

@test "load and goodput come from the counters" {
	{
		for i in 0 1 2 3; do
			for dir in down up; do
				echo "queue t=$((T + i))000000 wan=cable dir=$dir bytes=$((i * 5000000)) bps=80000000"
			done
		done
		rtts 12 20000 30
	} | assess | tail -n 1 >last
	[ "$(field goodput <last)" -eq 40000000 ]
	[ "$(field load <last)" -eq 50 ]
}

@test "R27: a blackout holds, and is never green" {
	{
		rtts 30 20000
		for i in $(seq 4 20); do
			echo "rtt t=$((T + i))000000 wan=cable host=192.0.2.1 seq=$((100 + i)) lost=1"
		done
	} | assess >out
	[ "$(tail -n 1 out | field state)" = blackout ]
	[ "$(tail -n 1 out | field bps)" = "$(grep dir=up out | grep -v blackout | tail -n 1 | field bps)" ]
}

@test "R29: a recording gives the same output, at any speed and cut anywhere" {
	{ rtts 40 20000; rtts 40 120000 40; rtts 40 20000 80; } >recording
	assess <recording >whole
	while IFS= read -r line; do
		printf '%s\n' "$line"
	done <recording | assess >slow
	cmp whole slow
	dd if=recording bs=7 2>/dev/null | assess >pieces
	cmp whole pieces
}

@test "R29: stopped and gone on with its state, it decides the same" {
	{ rtts 40 20000; rtts 20 120000 40; rtts 40 20000 60; } >recording
	assess <recording >whole
	for at in 3 17 41 50 77; do
		rm -f state*
		head -n "$at" recording | assess -s state >first
		tail -n +$((at + 1)) recording | assess -s state >second
		# What a moving average loses in microseconds may show in
		# delta_us, never in a decision.
		sed 's/ delta_us=[^ ]* base_us=[^ ]*//' first second >parts
		sed 's/ delta_us=[^ ]* base_us=[^ ]*//' whole | cmp - parts
	done
}

@test "other lines are copied unchanged, records of other lines too" {
	cat >in <<-END
		hello x=1
		applied t=1 wan=cable dir=down ok=1
		rtt t=${T}000000 wan=dsl host=192.0.2.1 seq=1 us=20000
		later a=b c=d
	END
	assess <in >out
	cmp in out
}

@test "-a copies what is consumed too" {
	rtts 12 20000 >in
	assess -a <in >out
	grep '^rtt' out | cmp - in
	grep -v '^rtt' out >verdicts
	assess <in | cmp - verdicts
}

@test "bad records: warned, skipped, exit 65, and nothing else lost" {
	rtts 12 20000 >good
	assess <good >want
	for bad in 'rtt t=1' 'rtt t=x host=a seq=1 us=5' 'Rtt t=1' '' '=' \
	    'rtt  t=1 host=a seq=1' 'rtt t=1 t=1 host=a seq=1 us=5' \
	    'rtt t=1 host=a seq=1 us=0' 'rtt t=1 host=a seq=1 us=10000000' \
	    'rtt t=1 host=a seq=1 us=99999999999999999999' \
	    'rtt t=-1 host=a seq=1 us=5' 'rtt t=1 host=a;b seq=1 us=5' \
	    'rtt t=1 host=a seq=1 us=5 ' 'queue t=1 dir=sideways bytes=1' \
	    'queue t=1 dir=up' "rtt t=1 host=$(printf 'a%.0s' $(seq 600)) seq=1" \
	    "$(printf 'rtt t=1 host=a seq=1 us=5\001')"; do
		{ head -n 5 good; printf '%s\n' "$bad"; tail -n +6 good; } >in
		code=0
		assess <in >out 2>err || code=$?
		[ "$code" -eq 65 ]
		grep -q 'standard input:6: bad record' err
		cmp want out
	done
}

@test "bad input: binary, very long lines, a cut last line" {
	head -c 200000 /dev/urandom >noise
	code=0
	assess <noise >out 2>err || code=$?
	[ "$code" -eq 65 ]
	[ "$(wc -l <err)" -le 11 ]
	{ head -c 1000000 /dev/zero | tr '\0' x; echo; rtts 12 20000; } >in
	code=0
	assess <in >out 2>err || code=$?
	[ "$code" -eq 65 ]
	grep -q 'line too long' err
	[ "$(grep -c ^rate out)" -eq 24 ]
	rtts 2 20000 | head -c -1 >in
	code=0
	assess <in >out 2>err || code=$?
	[ "$code" -eq 65 ]
	grep -q 'cut off' err
	[ "$(grep -c ^rate out)" -eq 2 ]
}

@test "a closed or full standard output is an error" {
	rtts 12 20000 >in
	run bash -c 'wanctl-assess -c cable.conf <in >&-'
	[ "$status" -eq 71 ]
	[[ "$output" == *"standard output"* ]]
	run bash -c 'wanctl-assess -c cable.conf <in >/dev/full'
	[ "$status" -eq 71 ]
	[[ "$output" == *"No space left"* ]]
}

@test "R92: counts go on over restarts, and a replay prints the same" {
	rtts 300 20000 >probes
	rtts 100 90000 300 >>probes
	echo "rtt t=${T}400000000 wan=cable host=192.0.2.1 seq=999 lost=1" |
		sed 's/000000 / /' >>probes
	sed -i '$s/t=[0-9]*/t=1769000040500000/' probes
	assess -s whole <probes >at_once
	head -n 200 probes | assess -s parts -l live >in_parts
	tail -n +201 probes | assess -s parts -l live >>in_parts
	cmp at_once in_parts
	grep '^\(since\|probes\|spent\|delays\|decided\) ' whole >counts
	cat counts
	grep '^\(since\|probes\|spent\|delays\|decided\) ' live | diff counts -
	grep -qx 'since t=1769000000000000 answered=400 lost=1 late=0' counts
	grep -qx 'probes host=192.0.2.2 answered=133 lost=0 late=0' counts
	# As many as there were, by their reasons and by their delays.
	grep -c '^rate .*dir=down' at_once >decisions
	sed -n 's/^decided dir=down .* count=//p' counts |
		awk '{ n += $1 } END { print n }' | cmp - decisions
	# Half a minute well, and ten seconds not.
	sed -n 's/^spent dir=up .* green_us=\([0-9]*\) .* red_us=\([0-9]*\) .*/\1 \2/p' counts >spent
	read -r green red <spent
	[ "$green" -gt 29000000 ] && [ "$green" -lt 31000000 ]
	[ "$red" -gt 9000000 ] && [ "$red" -lt 10000000 ]
}

@test "R84: a damaged state is kept, its backup used, and that is said" {
	rtts 40 20000 | assess -s state >/dev/null
	rtts 40 20000 50 | assess -s state >/dev/null
	printf 'x' | dd of=state bs=1 seek=30 conv=notrunc 2>/dev/null
	rtts 4 20000 100 | assess -s state >out 2>err
	grep -q 'using its backup' err
	[ -e state.corrupt ]
	# Not at the base rate again.
	[ "$(head -n 1 out | field was)" -gt 80000000 ]
}

@test "R85: with -l the run-time copy has the newest verdicts" {
	rtts 40 20000 | assess -s state -l live >out
	tail -n 2 out >want
	grep '^rate' live | cmp - want
	[ "$(grep -c '^rate' state)" -eq 0 ]
	grep -q '^direction dir=down' state
}

@test "R86: a second one on the same state says who holds it" {
	mkfifo in
	wanctl-assess -c cable.conf -s state <in >/dev/null &
	pid=$!
	exec 9>in
	eventually test -s state.lock
	run assess -s state </dev/null
	exec 9>&-
	wait "$pid"
	[ "$status" -eq 75 ]
	[[ "$output" == *"state: held by wanctl-assess (pid $pid)"* ]]
}

# One that was killed leaves for a moment a child that has its lock.
@test "R86: a lock that is let go of soon is waited for" {
	mkfifo go
	flock state.lock sh -c 'touch held; read -r _ <go' 3>&- &
	eventually test -e held
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -qq -e trace=flock -o calls \
	    wanctl-assess -c cable.conf -s state </dev/null 2>err 3>&- &
	pid=$!
	eventually grep -q EAGAIN calls
	echo >go
	wait "$pid"
	[ ! -s err ]
	grep -q ' = 0' calls
}

@test "a directory that cannot be written is an error with the file's name" {
	run assess -s absent/state </dev/null
	[ "$status" -eq 71 ]
	[[ "$output" == *"absent/state: No such file"* ]]
}

@test "SIGTERM: what was read is decided, written and saved, exit 0" {
	mkfifo in
	wanctl-assess -c cable.conf -s state <in >out &
	pid=$!
	exec 9>in
	rtts 12 20000 >&9
	eventually matches 24 ^rate out
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	exec 9>&-
	[ "$code" -eq 0 ]
	[ "$(grep -c ^rate out)" -eq 24 ]
	grep -q '^end ' state
}

@test "SIGTERM stops a replay whose input never pauses" {
	mkfifo in
	while cat "$BATS_TEST_TMPDIR/many"; do :; done >in 2>/dev/null &
	rtts 20000 20000 >many
	wanctl-assess -c cable.conf <in >out &
	pid=$!
	eventually test -s out
	kill -TERM "$pid"
	eventually ended "$pid"
	kill %1 2>/dev/null || :
}

@test "R105: at the end the state is on the disk: the file, its name, the directory" {
	rtts 12 20000 >in
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -qq -y \
	    -e signal=none -e trace=fsync,rename,renameat,renameat2 -o calls \
	    wanctl-assess -c cable.conf -s state <in >out
	cat calls
	tail -n 3 calls | sed "s|$PWD|DIR|g; s/^[0-9]* *//; s/  *= 0$//; s/([0-9]*</(</" >last
	cat >want <<-'END'
	fsync(<DIR/state.new>)
	rename("state.new", "state")
	fsync(<DIR>)
	END
	diff want last
}

@test "R105: a full disk is said once and decides nothing; exit 71" {
	[ "$(id -u)" -eq 0 ] || skip "a small file system needs root"
	rtts 40 20000 >in
	assess <in >want
	mkdir small
	cat >full.sh <<-'END'
		mount -t tmpfs -o size=16k none small || exit 99
		head -c 100000 /dev/zero >small/fill 2>/dev/null
		wanctl-assess -c cable.conf -s small/state <in >out 2>err
	END
	run unshare -m sh full.sh
	[ "$status" -eq 71 ]
	cmp want out
	[ "$(grep -c 'No space left' err)" -eq 1 ]
}

last_is_end() { # FILE
	tail -n 1 "$1" | grep '^end$' >&2
}

@test "R106: 1,000,000 samples, and the memory does not grow" {
	rtts 1000 20000 >some
	peak() { # COUNT: peak resident set in kB after so many samples
		mkfifo "in$1"
		wanctl-assess -c cable.conf <"in$1" >"out$1" &
		pid=$!
		exec 9>"in$1"
		awk -v n="$1" -v t="$T" 'BEGIN { for (i = 0; i < n; i++)
			printf "rtt t=%d%06d wan=cable host=192.0.2.%d seq=%d us=%d\n",
			    t + int(i / 10), i % 10 * 100000, i % 3 + 1,
			    int(i / 3), 20000 + i % 977 * 30
			print "end" }' >&9
		eventually 200 last_is_end "out$1" >&2
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"
		exec 9>&-
		wait "$pid"
	}
	small=$(peak 100000)
	large=$(peak 1000000)
	echo "# peak RSS: $small kB after 100,000, $large kB after 1,000,000" >&3
	[ "$large" -le $((small + 200)) ]
}

@test "a pass is decided on once, by all of its samples" {
	sed -i 's/law = classic/law = adaptive/' cable.conf
	rtts 30 20000 >in
	assess <in >out
	[ "$(grep -c 'dir=down' out)" -eq 30 ]
	assess -p -l live <in >out
	cat out
	[ "$(grep -c 'dir=down' out)" -eq 1 ]
	[ "$(grep -c 'dir=up' out)" -eq 1 ]
	grep -q "t=$((T + 2))900000 .*dir=down" out
	# The next one goes on from there.
	rtts 6 70000 40 >in
	assess -p -l live <in >out
	cat out
	[ "$(grep -c 'delta_us=50000' out)" -eq 2 ]
	# None in vain.
	assess -p -l live </dev/null >out
	[ ! -s out ]
}
