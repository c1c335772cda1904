#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# The script wanctl: first its own logic, with small programs in place of the
# real ones and in every shell there is; then with the real ones.
#
# shellcheck disable=SC2086 # $sh is a shell and its options
# shellcheck disable=SC2016 # what must not be evaluated

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	real=${BIN:-$top/build/bin}
	# A blank, so that no quoting is forgotten.
	T="$BATS_TEST_TMPDIR/a b"
	mkdir -p "$T/bin" "$T/conf"
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR="$T/conf" WANCTL_STATE_DIR="$T/state" \
	    WANCTL_RUNTIME_DIR="$T/run" T
	cp "$top/scripts/wanctl" bin/
	cp "$real"/wanctl-{conf,records,status,stream} bin/
	fakes
	config x
	wanctl="$T/bin/wanctl"
}

teardown() {
	pkill -KILL -f "$T/" || true
}

config() {
	cat >"conf/$1.conf" <<-'END'
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
		[shaper]
		backend = print
	END
}

# fake NAME: a program from stdin; its status is in the file NAME.status.
fake() {
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016
		echo 'name=${0##*/}; echo "$$" >>"$T/pids"; echo "$name $*" >>"$T/calls"'
		# shellcheck disable=SC2016
		echo 'leave() { exit "$(cat "$T/$name.status" 2>/dev/null || echo 0)"; }'
		cat
	} >"bin/$1"
	chmod +x "bin/$1"
}

# Like the real ones: a number of records with -n, else until a signal; and
# until the file NAME.stop is there.
fakes() {
	for kind in ping queue; do
		fake "wanctl-$kind" <<-'END'
			trap 'exit 0' TERM
			case " $* " in
			*' -C '*) exit 0 ;;
			*' -n '*) n=1 ;;
			*) n=100000 ;;
			esac
			while [ "$n" -gt 0 ]; do
				n=$((n - 1))
				echo "${name#wanctl-} t=$n"
				[ ! -e "$T/$name.stop" ] || leave
				sleep 0.05
			done
			leave
		END
	done
	for kind in assess setrate; do
		fake "wanctl-$kind" <<-'END'
			trap 'exit 0' TERM
			while read -r line; do
				echo "$line $name"
				[ ! -e "$T/$name.stop" ] || leave
			done
			leave
		END
	done
}

# each_shell FUNCTION: with sh as every shell that may be /bin/sh somewhere.
each_shell() {
	local tried=0

	for sh in dash "busybox sh" "bash --posix"; do
		command -v "${sh%% *}" >/dev/null || continue
		rm -rf "$T"/run "$T"/state "$T"/*.status "$T"/*.stop "$T"/calls "$T"/pids
		echo "in $sh:"
		"$1"
		tried=$((tried + 1))
	done
	[ "$tried" -gt 0 ]
}

# nothing_left: no process, no pipe.
nothing_left() {
	[ -z "$(pgrep -af "$T/")" ] && [ -z "$(find "$T" -type p)" ]
}
gone() {
	! kill -0 "$1" 2>/dev/null
}
records_flow() {
	grep -q wanctl-setrate recording 2>/dev/null
}

# status_is STATUS COMMAND...: runs it, the outputs in the files out and err.
status_is() {
	local wanted=$1 status=0

	shift
	"$@" >out 2>err || status=$?
	[ "$status" -eq "$wanted" ] || {
		echo "status $status, not $wanted, of: $*"
		cat out err
		[ ! -e run.err ] || sed 's/^/said in the background: /' run.err
		return 1
	}
}

@test "R90: wrong usage ends with 64 and the usage, on stderr only" {
	for args in "" "fly" "pass" "pass x y" "run" "run -z x" "run x y" \
	    "check" "check x y" "reset" "replay" "-x"; do
		# shellcheck disable=SC2086
		status_is 64 "$wanctl" $args
		grep -q '^usage: wanctl pass WAN' err
		[ ! -s out ]
	done
	for args in help -h --help; do
		status_is 0 "$wanctl" "$args"
		grep -q '^usage: wanctl pass WAN' out
		[ ! -s err ]
	done
}

@test "R90: a WAN that is not there is named with its file, 78" {
	for verb in pass run check reset replay status; do
		status_is 78 "$wanctl" "$verb" nowhere
		grep -qE "^wanctl(-status)?: nowhere: no such WAN: $T/conf/nowhere.conf is missing" err
	done
	[ ! -e "$T/run/nowhere" ]
}

@test "R9: what is not a name is not taken for one" {
	for name in ../x .x -- "x y" "" 'x;touch pwned' '$(touch pwned)' x/y; do
		status_is 64 "$wanctl" pass "$name"
	done
	[ ! -e pwned ]
}

@test "R9: nothing of a configuration or a path is evaluated" {
	mkdir 'c $(touch pwned);`touch pwned`'
	config evil
	{
		grep -v '^backend' conf/evil.conf
		echo 'backend = command'
		echo 'command = $(touch pwned) `touch pwned` ; touch pwned'
	} >'c $(touch pwned);`touch pwned`/evil.conf'
	export WANCTL_CONFIG_DIR="$T"/'c $(touch pwned);`touch pwned`'
	status_is 0 "$wanctl" check evil
	status_is 0 "$wanctl" pass evil
	status_is 1 "$wanctl" status evil
	status_is 1 "$wanctl" status
	[ -z "$(find "$T" -name pwned)" ]
}

one_pass() {
	status_is 0 $sh "$wanctl" pass x
	[ ! -s out ]
	[ ! -s err ]
	[ "$(cat run/x/rtt)" = "ping t=0" ]
	[ "$(cat run/x/queue)" = "queue t=0" ]
	printf '%s\n' "queue t=0 wanctl-assess" "ping t=0 wanctl-assess" |
		diff - run/x/rate
	[ "$(wc -l <run/x/applied)" -eq 2 ]
	[ -z "$(find run -name '*.new')" ]
	grep -qxF "wanctl-ping -c $T/conf/x.conf -n 2" calls
	grep -qxF "wanctl-queue -Q -c $T/conf/x.conf -n 2" calls
	grep -qxF "wanctl-assess -p -c $T/conf/x.conf -s $T/state/x.assess -l $T/run/x/assess" calls
	grep -qxF "wanctl-setrate -c $T/conf/x.conf -s $T/state/x.setrate -l $T/run/x/setrate" calls
	nothing_left
}
@test "R90: a pass runs each step once and keeps what each wrote" {
	each_shell one_pass
}

failing_pass() {
	for step in ping queue assess setrate; do
		rm -rf run calls
		echo 71 >"wanctl-$step.status"
		status_is 71 $sh "$wanctl" pass x
		cat err
		[ "$(cat err)" = "wanctl: x: pass failed: wanctl-$step ended with status 71" ]
		# What there was is there to be read.
		[ -s run/x/queue ]
		case $step in
		ping | queue) ! grep -q wanctl-assess calls ;;
		assess) ! grep -q wanctl-setrate calls && [ -s run/x/rate ] ;;
		setrate) [ -s run/x/applied ] ;;
		esac
		rm "wanctl-$step.status"
	done
	[ "$(cat run/x/queue)" = "queue t=0" ]
}
@test "R90: a pass ends with the status of the step that failed" {
	each_shell failing_pass
}

unmeasured() {
	# No answer to any probe is a blackout, which is decided on.
	echo 1 >wanctl-ping.status
	status_is 0 $sh "$wanctl" pass x
	[ -s run/x/applied ]
	rm wanctl-ping.status
	# Without counters the delay is there still.
	echo 75 >wanctl-queue.status
	echo 65 >wanctl-assess.status
	rm -r run
	status_is 75 $sh "$wanctl" pass x
	[ -s run/x/applied ]
	rm ./*.status
}
troubled_pass() {
	fake wanctl-queue <<-'END'
		[ ! -e "$T/trouble" ] || cat "$T/trouble" >&2
		[ ! -e "$T/trouble" ] || exit 75
		echo "queue t=1"
	END
	rm -f trouble
	status_is 0 $sh "$wanctl" pass x
	quiet
	printf 'wanctl-queue: lo: is [gone\nwanctl-queue: down: is gone\n' >trouble
	status_is 75 $sh "$wanctl" pass x
	cmp trouble err
	status_is 75 $sh "$wanctl" pass x
	quiet
	# Something new is said, and what was said before is not.
	echo 'wanctl-queue: up: is gone' >>trouble
	status_is 75 $sh "$wanctl" pass x
	[ "$(cat err)" = 'wanctl-queue: up: is gone' ]
	# It is over, and begins again.
	mv trouble was
	status_is 0 $sh "$wanctl" pass x
	quiet
	mv was trouble
	status_is 75 $sh "$wanctl" pass x
	cmp trouble err
	# So does one whose files were removed.
	"$wanctl" reset x
	status_is 75 $sh "$wanctl" pass x
	cmp trouble err
	rm trouble
	fakes
}
@test "R94: passes say what is wrong when it begins, and not each time" {
	each_shell troubled_pass
}

@test "R90: a pass decides on what was not measured, too" {
	each_shell unmeasured
}

bad_records() {
	for step in ping queue assess setrate; do
		rm -rf run
		echo 65 >"wanctl-$step.status"
		status_is 65 $sh "$wanctl" pass x
		[ -s run/x/applied ]
		rm "wanctl-$step.status"
	done
}
@test "R90: bad records let a pass go on, and end it with 65" {
	each_shell bad_records
}

killed_step() {
	fake wanctl-assess <<-'END'
		kill -s KILL $$
	END
	status_is 137 $sh "$wanctl" pass x
	grep -qx "wanctl: x: pass failed: wanctl-assess was killed by signal 9" err
	fakes
}
@test "a step that was killed is told from one that failed" {
	each_shell killed_step
}

one_at_a_time() {
	mkdir -p run/x
	echo 'wanctl run x (pid 123456789)' >run/x/lock
	$sh "$wanctl" run x 2>run.err &
	run=$!
	eventually grep -q "(pid $run)" run/x/lock
	for verb in pass run reset; do
		status_is 75 $sh "$wanctl" $verb x
		[ "$(cat err)" = "wanctl: x: busy: held by wanctl run x (pid $run)" ]
	done
	# Nothing is left in the file of an owner with a longer name.
	[ "$(wc -l <run/x/lock)" -eq 1 ]
	# Another WAN is another matter.
	config y
	status_is 0 $sh "$wanctl" pass y
	kill "$run"
	wait "$run"
	status_is 0 $sh "$wanctl" pass x
}
@test "R86: a second one on a WAN says who holds it and ends with 75" {
	each_shell one_at_a_time
}

killed_owner() {
	rm -f recording
	$sh "$wanctl" run -r x >recording 2>run.err &
	run=$!
	eventually records_flow
	pkill -KILL -f "$T/"
	wait "$run" || true
	eventually nothing_left
	status_is 0 $sh "$wanctl" pass x
}
@test "R86: the lock of an owner that was killed is free" {
	each_shell killed_owner
}

interrupted_pass() {
	for signal in TERM INT HUP; do
		fake wanctl-ping <<-'END'
			exec sleep 30
		END
		rm -f calls
		# What is put in the background ignores SIGINT unless told not to.
		env --default-signal=INT $sh "$wanctl" pass x 2>err &
		eventually grep -q wanctl-ping calls
		pid=$(sed 's/.*(pid \([0-9]*\)).*/\1/' run/x/lock)
		env kill -s "$signal" "$pid"
		eventually gone "$pid"
		eventually nothing_left
	done
	fakes
	status_is 0 $sh "$wanctl" pass x
}
@test "R90: a pass that is interrupted leaves nothing running" {
	each_shell interrupted_pass
}

dying_stage() {
	for name in ping queue assess setrate; do
		for status in 75 71 0; do
			rm -f recording
			echo $status >"wanctl-$name.status"
			$sh "$wanctl" run -r x >recording 2>err &
			run=$!
			eventually records_flow
			: >"wanctl-$name.stop"
			eventually gone $run
			got=0
			wait $run || got=$?
			rm "wanctl-$name.stop" "wanctl-$name.status"
			cat err
			[ "$got" -eq $((status == 0 ? 75 : status)) ]
			grep -qx "wanctl-stream: x: the stream is over: wanctl-$name ended with status $status" err
			nothing_left
		done
	done
}
@test "R90: when one program of a stream ends, all end, and it is named" {
	each_shell dying_stage
}

killed_stage() {
	for name in ping queue assess setrate; do
		rm -f recording
		$sh "$wanctl" run -r x >recording 2>err &
		run=$!
		eventually records_flow
		pkill -KILL -f "^/bin/sh $T/bin/wanctl-$name"
		eventually gone $run
		got=0
		wait $run || got=$?
		cat err
		[ "$got" -eq 137 ]
		grep -qx "wanctl-stream: x: the stream is over: wanctl-$name was killed by signal 9" err
		nothing_left
	done
}
@test "R90: the same when it is killed" {
	each_shell killed_stage
}

all_four() {
	[ "$(wc -l <pids)" -eq 4 ]
}
stopped_stream() {
	for signal in TERM INT; do
		rm -f recording pids
		env --default-signal=INT $sh "$wanctl" run -r x >recording 2>err &
		eventually records_flow
		eventually all_four
		pid=$(sed 's/.*(pid \([0-9]*\)).*/\1/' run/x/lock)
		env kill -s "$signal" "$pid"
		eventually gone "$pid"
		got=0
		wait $! || got=$?
		cat err
		[ "$got" -eq 0 ]
		[ ! -s err ]
		nothing_left
	done
}
@test "R90: a signal ends a stream, all of it, with 0" {
	each_shell stopped_stream
}

# signalled: it has ended. A signal that finds a process that is still this shell
# is lost, so it comes again after some seconds.
signalled() {
	! gone "$run" || return 0
	[ $((++looks)) -ne 40 ] || kill -s TERM $run
	return 1
}

early_signal() {
	for n in 1 2 3 4 5 6 7 8 9 10; do
		$sh "$wanctl" run x 2>err &
		run=$! looks=0
		sleep "0.0$n"
		kill -s TERM $run
		eventually signalled
		wait $run || [ $? -eq 143 ]
		eventually nothing_left
	done
}
@test "R90: a signal while a stream starts leaves nothing" {
	each_shell early_signal
}

hanging_stage() {
	fake wanctl-assess <<-'END'
		trap '' TERM
		: >"$T/deaf"
		while :; do sleep 0.1; done
	END
	rm -f deaf
	$sh "$wanctl" run x &
	run=$!
	eventually test -e deaf
	kill $run
	# It waits, for as long as nobody says it again.
	sleep 0.3
	kill -0 $run
	kill $run
	eventually gone $run
	wait $run || true
	eventually nothing_left
	fakes
}
@test "R90: a second signal does not wait for a program that hangs" {
	each_shell hanging_stage
}

@test "R90: a stream prints its records with -r only" {
	"$wanctl" run x >out 2>err &
	run=$!
	eventually grep -q setrate calls
	# Records flow, but nowhere that shows.
	sleep 0.3
	kill $run
	wait $run
	[ ! -s out ]
	[ ! -s err ]
	"$wanctl" run -r x >recording &
	run=$!
	# Those of wanctl-queue may be there long before.
	eventually grep -q "^ping t=.* wanctl-assess wanctl-setrate" recording
	kill $run
	wait $run
	grep -q "^wanctl-assess .* -a$" calls
	grep -q "^wanctl-setrate .* -a$" calls
}

killed_stream() {
	for n in 1 2 3; do
		rm -f recording pids
		$sh "$wanctl" run -r x >recording 2>err &
		run=$!
		eventually records_flow
		eventually all_four
		kill -KILL "$run"
		wait $run || true
		# The next one need not wait.
		eventually nothing_left
		rm pids
		$sh "$wanctl" run x 2>err &
		run=$!
		eventually all_four
		grep -qx "wanctl run x (pid $run)" run/x/lock
		kill $run
		wait $run
		[ ! -s err ]
		eventually nothing_left
	done
}
@test "R105: a stream whose own process is killed leaves nothing, and may begin again" {
	each_shell killed_stream
}

@test "R105: with the real programs, too: each state is there, and no lock is held" {
	use_real
	for n in 1 2 3; do
		rm -f recording
		"$wanctl" run -r x >recording 2>err &
		run=$!
		eventually grep -q '^applied ' recording
		kill -KILL $run
		wait $run || true
		eventually nothing_left
		[ -s state/x.assess ]
		status_is 0 "$wanctl" pass x
	done
}

@test "R90: a program that writes when its reader has ended already is no failure" {
	fake wanctl-ping <<-'END'
		trap 'while [ ! -e "$T/assess.ended" ]; do sleep 0.05; done
			echo "ping t=1"; echo "ping t=2"; exit 0' TERM
		while :; do echo "ping t=0"; sleep 0.05; done
	END
	fake wanctl-assess <<-'END'
		trap ': >"$T/assess.ended"; exit 0' TERM
		while read -r line; do echo "$line $name"; done
	END
	for n in 1 2 3; do
		rm -f recording assess.ended
		"$wanctl" run -r x >recording 2>err &
		run=$!
		eventually records_flow
		kill $run
		wait $run
		[ ! -s err ]
	done
	nothing_left
	fakes
}

# grown FILE SIZE
grown() {
	[ "$(stat -c %s "$1")" -gt "$2" ]
}
@test "R105: a stream whose reader is stopped goes on, drops records, and says so" {
	fake wanctl-setrate <<-'END'
		trap 'exit 0' TERM
		while read -r line; do
			# More than a pipe and the relay have room for.
			printf '%01000d\n%01000d\n%01000d\n' 1 2 3
			echo >>"$T/decisions"
		done
	END
	mkfifo records
	"$wanctl" run -r x >records 2>err &
	run=$!
	python3 -c 'import os, signal, sys
for n, line in enumerate(open("records")):
    sys.stdout.write(line)
    if n == 10:
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGSTOP)' >read &
	reader=$!
	eventually grep -q 'some are dropped' err
	# Decisions are carried out as before.
	before=$(stat -c %s decisions)
	eventually grown decisions $((before + 20))
	[ "$(cat err)" = "wanctl-stream: x: who reads the records is too slow: some are dropped" ]
	kill $run
	eventually ended $run
	wait $run
	kill -CONT $reader
	wait $reader
	# What it got is whole lines.
	[ "$(wc -l <read)" -gt 30 ]
	[ "$(awk 'length != 1000' read | wc -l)" -eq 0 ]
	rm records
	nothing_left
	fakes
}

@test "R105: records that cannot be written end a stream with 71" {
	[ -e /dev/full ] || skip "no /dev/full"
	status=0
	"$wanctl" run -r x >/dev/full 2>err || status=$?
	cat err
	[ "$status" -eq 71 ]
	[ "$(cat err)" = "wanctl-stream: x: standard output: No space left on device" ]
	eventually nothing_left
}

@test "R105: a pass in a full run-time directory says so" {
	unshare -m true 2>/dev/null || skip "no mount name spaces"
	use_real
	"$wanctl" pass x
	for round in 1 2; do
		T=$T wanctl=$wanctl unshare -m sh -c '
			mount -t tmpfs -o size=64k none "$T/run" && mkdir "$T/run/x"
			cat /dev/zero >"$T/run/x/fill" 2>/dev/null
			"$wanctl" pass x' >out 2>err && status=0 || status=$?
		cat err
		[ "$status" -eq 71 ]
		grep -q "No space left on device" err
	done
}

@test "R105: a reader of a stream that is gone ends it quietly" {
	"$wanctl" run -r x 2>err | head -n 5 >recording
	[ "$(wc -l <recording)" -eq 5 ]
	[ ! -s err ]
	eventually nothing_left
}

@test "programs that are not there are named" {
	local missing
	: >empty
	mkdir state
	: >state/x.steer
	while read -r missing verb; do
		fakes
		cp "$real"/wanctl-{conf,stream,follow,steer} bin/
		rm -f "bin/$missing"
		PATH=/usr/bin:/bin status_is 71 "$wanctl" $verb <empty
		echo "$missing, $verb: $(cat err)"
		grep -q "^wanctl: $missing: not found in " err
	done <<-'END'
		wanctl-conf pass x
		wanctl-ping pass x
		wanctl-queue pass x
		wanctl-assess pass x
		wanctl-setrate pass x
		wanctl-stream run x
		wanctl-ping run x
		wanctl-queue run x
		wanctl-assess run x
		wanctl-setrate run x
		wanctl-conf check x
		wanctl-conf replay x
		wanctl-assess replay x
		wanctl-status status
		wanctl-status status x
		wanctl-explain explain
		wanctl-summary summary
		wanctl-watch watch
		wanctl-router trust x
		wanctl-router discover x
		wanctl-follow steer x
		wanctl-follow alert x
		wanctl-alert alert x
		wanctl-steer steer x
		wanctl-steer reset x
		wanctl-setup setup
		wanctl-calibrate calibrate
		wanctl-import import
	END
}

@test "R82: check prints what is in force, and refuses with 78" {
	status_is 0 "$wanctl" check x
	grep -q '^ceiling = 100mbit *; .*x.conf:8' out
	grep -q '; default' out
	[ ! -e run ]
	[ ! -e state ]
	sed -i s/100mbit/fast/ conf/x.conf
	for verb in check pass run; do
		status_is 78 "$wanctl" $verb x
		[ ! -s out ]
		grep -q "x.conf:8: .*ceiling" err
	done
	[ ! -e calls ]
}

@test "systemd's directories are used, and wanctl's own before them" {
	unset WANCTL_CONFIG_DIR WANCTL_STATE_DIR WANCTL_RUNTIME_DIR
	export CONFIGURATION_DIRECTORY="$T/conf" STATE_DIRECTORY="$T/s" \
	    RUNTIME_DIRECTORY="$T/r/x"
	status_is 0 "$wanctl" pass x
	[ -s r/x/applied ]
	grep -qF -e "-s $T/s/x.assess" calls
	RUNTIME_DIRECTORY=$T/y:$T/q/x:$T/q/.boot status_is 0 "$wanctl" pass x
	[ -s q/x/applied ]
	WANCTL_RUNTIME_DIR=$T/other status_is 0 "$wanctl" pass x
	[ -s other/x/applied ]
}

# --- status -----------------------------------------------------------------

# live STATE OK AGE: what the programs would keep in the run-time directory.
live() {
	local t=$(($(date +%s) - $3))

	mkdir -p run/x
	{
		echo "state v=1 program=wanctl-assess wan=x"
		echo "rate t=${t}000000 wan=x dir=down bps=45200000 state=$1 delta_us=1234 base_us=18100 load=34 why=step"
		echo "rate t=${t}000000 wan=x dir=up bps=900000 state=green delta_us=-20 base_us=18100 why=wait"
		echo "end lines=3 crc=1"
	} >run/x/assess
	{
		echo "state v=1 program=wanctl-setrate wan=x"
		echo "applied t=${t}000000 wan=x dir=down bps=1450000000 want=45200000 ok=$2 why=timeout"
		echo "applied t=${t}000000 wan=x dir=up bps=900000 want=900000 ok=1"
	} >run/x/setrate
}

# steered DRY_RUN ON ALTERNATE [WORDS OF DIVERTED]
steered() {
	local t

	t=$(date +%s)000000
	{
		echo "state v=1 program=wanctl-steer wan=x"
		echo "live"
		echo "steer t=$t wan=x to=dsl on=$2 dry_run=$1 confidence=95 state=red delta_us=150000 alternate=$3 to_rtt_us=30500 why=red"
		[ -z "$4" ] || echo "diverted t=$t wan=x to=dsl $4"
	} >run/x/steer
}

@test "R90: status is a table for people" {
	live yellow 1 0
	status_is 0 "$wanctl" status x
	cat out
	[ "$(wc -l <out)" -eq 3 ]
	grep -qE '^WAN +DIR +STATE +RATE +WANTED +DELAY +BASE +LOAD +AGE +HEALTH$' out
	grep -qE '^x +down +yellow +1\.45 Gbit/s +45\.2 Mbit/s +1\.2 ms +18\.1 ms +34 % +[01] s +ok$' out
	grep -qE '^x +up +green +900 kbit/s +900 kbit/s +0\.0 ms +18\.1 ms +- +[01] s +ok$' out
}

@test "R90: status says what is wrong, and exits with 1" {
	status_is 1 "$wanctl" status x
	grep -q '^x  *down .* never ran$' out
	while read -r state ok age word; do
		live $state $ok $age
		status_is 1 "$wanctl" status
		cat out
		grep -q "^x  *down .* $word\$" out
	done <<-'END'
		green 0 0 not set: timeout
		blackout 1 0 blackout
		unknown 1 0 settling
		green 1 60 stale
		green 1 -3600 ahead of the clock
	END
	live green 1 0
	rm run/x/setrate
	status_is 1 "$wanctl" status x
	grep -q 'never set$' out
	live green 1 0
	sed -i /dir=down/d run/x/assess
	status_is 1 "$wanctl" status x
	grep -q '^x  *down .* no decision yet$' out
	grep -q '^x  *up .* ok$' out
}

@test "R90: status of a line that is steered has a third row" {
	printf '%s\n' '[steer]' 'to = dsl' >>conf/x.conf
	live green 1 0
	while read -r word dry on alternate switched; do
		steered $dry $on $alternate "$switched"
		[[ $word == ok* ]] && wanted=0 || wanted=1
		status_is $wanted "$wanctl" status x
		cat out
		[ "$(wc -l <out)" -eq 4 ]
		grep -qE "^x +to +(home|away) +dsl +- +150\.0 ms +30\.5 ms +95 +[01] s +${word//_/ }\$" out
	done <<-'END'
		ok 0 1 good ok=1 on=1
		ok:_dry_run 1 1 good
		not_switched:_timeout 0 1 good ok=0 why=timeout
		not_switched_yet 0 0 good ok=1 on=1
		dsl_is_dead 0 0 dead ok=1 on=0
	END
	# What the router of the queues is left alone for says nothing of this.
	steered 0 1 good "want=1 on=0 took_us=5 ok=0 wrote=0 why=timeout"
	echo "pause failed=5 until_t=$(($(date +%s) + 100))000000 last_us=5" >>run/x/steer
	status_is 1 "$wanctl" status x
	cat out
	grep -q ' to .* not switched: timeout; left alone for [91]' out
}

@test "R31: status counts the writes to a router, and says when it is left alone" {
	live green 1 0
	{
		echo "shaper dir=down bps=1 writes=1200 failures=3"
		echo "shaper dir=up bps=1 writes=34 failures=0"
	} >>run/x/setrate
	status_is 0 "$wanctl" status x
	run ! grep -q rtr out
	sed -i 's/^backend = .*/backend = router/' conf/x.conf
	cat >>conf/x.conf <<-'END'
		[router]
		transport = ssh
		address = 192.0.2.1
		known_hosts = /nowhere
		key_file = /nowhere
		download_queue = a
		upload_queue = b
	END
	status_is 0 "$wanctl" status x
	cat out
	grep -qx 'x            rtr  1234 writes to its flash memory, 3 failures' out
	# Linux has none of it that this would write.
	sed -i -e 's/^transport = .*/transport = ssh_tc/' conf/x.conf
	status_is 0 "$wanctl" status x
	grep -qx 'x            rtr  1234 writes, 3 failures' out
	echo "pause failed=5 until_t=$(($(date +%s) + 100))000000 last_us=5" >>run/x/setrate
	status_is 0 "$wanctl" status x
	grep -q 'rtr .*; left alone for [91]' out
}

@test "R90: stale is measured by the time between passes" {
	live green 1 60
	status_is 1 "$wanctl" status x
	printf '[pass]\ninterval = 1min\n' >>conf/x.conf
	status_is 0 "$wanctl" status x
}

@test "R90: status knows every WAN that has a configuration or has run" {
	config y
	live green 1 0
	mkdir run/old
	status_is 1 "$wanctl" status
	grep -o '^[a-z]\+' out | uniq | tr '\n' , >names
	[ "$(cat names)" = "old,x,y," ]
	rm -r conf run
	status_is 1 "$wanctl" status
	grep -q "^wanctl-status: no WAN: $T/conf has no .conf file" err
	[ ! -s out ] || ! grep -q x out
}

@test "R91: a pass with root's own umask leaves directories for the units" {
	(
		umask 077
		status_is 0 "$wanctl" pass x
	)
	[ "$(stat -c %a run run/x state | xargs)" = "755 755 755" ]
}

# --- reset, replay ----------------------------------------------------------

@test "R90: reset forgets one WAN and nothing else" {
	config y
	status_is 0 "$wanctl" pass x
	status_is 0 "$wanctl" pass y
	for wan in x y; do
		for f in assess setrate; do
			touch state/$wan.$f state/$wan.$f.backup state/$wan.$f.corrupt \
			    state/$wan.$f.lock run/$wan/$f
		done
	done
	status_is 0 "$wanctl" reset x
	[ ! -s out ]
	[ "$(find run/x -type f ! -name lock)" = "" ]
	[ "$(cd state && echo x.*)" = "x.assess.lock x.setrate.lock" ]
	[ -e state/y.assess.backup ]
	[ -s run/y/applied ]
}

@test "R86: reset is refused while a program holds the state" {
	status_is 0 "$wanctl" pass x
	mkdir -p state
	echo "wanctl-assess (pid 1)" >state/x.assess.lock
	touch state/x.assess
	flock -F state/x.assess.lock sleep 600 3>&- &
	eventually unless flock -n state/x.assess.lock true
	status_is 75 "$wanctl" reset x
	grep -qx "wanctl: x: busy: held by wanctl-assess (pid 1)" err
	[ -e state/x.assess ]
	[ -s run/x/rate ]
	kill $!
}

recording() {
	awk 'BEGIN { for (i = 0; i < 200; i++) {
		t = sprintf("%.0f", 1769000000000000 + i * 50000)
		print "queue t=" t " wan=x dir=down bytes=" i * 400000
		print "rtt t=" t " wan=x host=192.0.2.1 seq=" i " us=" (i < 100 ? 18000 : 180000)
		print "rate t=" t " wan=x dir=down bps=12345678 state=green"
		print "applied t=" t " wan=x dir=down bps=12345678 ok=1"
	} }'
}

@test "R29 R90: replay decides anew, the same each time" {
	cp "$real/wanctl-assess" bin/
	recording >monday
	status_is 0 "$wanctl" replay x monday
	run ! grep -q 12345678 out
	run ! grep -q -v '^rate ' out
	grep -q 'state=green' out
	grep -q 'state=red' out
	mv out first
	status_is 0 "$wanctl" replay x monday
	cmp out first
	# The same from standard input, and in parts.
	"$wanctl" replay x <monday | cmp - first
	"$wanctl" replay x - <monday | cmp - first
	split -l 100 monday part.
	"$wanctl" replay x part.* | cmp - first
	[ ! -e run ]
	[ ! -e state ]
}

@test "R90: a recording of another line is decided on as a trial" {
	cp "$real/wanctl-assess" bin/
	recording | sed 's/ wan=[^ ]*//; s/ t=[0-9]*/& wan=x/' >monday
	cp conf/x.conf conf/trial.conf
	"$wanctl" replay x monday >first
	grep -q 'wan=x .*state=red' first
	"$wanctl" replay trial monday | cmp - first
	sed -i 's/^ceiling = 100mbit/ceiling = 90mbit/' conf/trial.conf
	"$wanctl" replay trial monday >second
	run ! cmp -s first second
	[ "$(grep -c 'wan=x ' second)" -eq "$(grep -c 'wan=x ' first)" ]
	# Of two, the one that is asked for; none of them is that.
	sed 's/ wan=x/ wan=y/' monday | cat - monday >both
	"$wanctl" replay x both | grep ' wan=x ' | grep '^rate ' | cmp - first
	status_is 65 "$wanctl" replay trial both
	grep -qx 'wanctl: both: the records are of x y, not of trial' err
}

@test "R90: replay says what is wrong with a recording" {
	cp "$real/wanctl-assess" bin/
	status_is 71 "$wanctl" replay x nofile
	grep -qx "wanctl: nofile: cannot be read" err
	head -c 4096 /dev/urandom >noise
	status_is 65 "$wanctl" replay x noise
	grep -q "bad record" err
}

# --- the real programs --------------------------------------------------------

# quiet: nothing on stderr but what the backend print says.
quiet() {
	cat err
	run ! grep -v 'wanctl-setrate: .*: would set ' err
}

use_real() {
	cp "$real"/wanctl-* bin/
	rm -f run/*/*
}

@test "R90: a line without counters has passes and streams all the same" {
	use_real
	sed -i "/= lo$/d" conf/x.conf
	status_is 0 "$wanctl" pass x
	quiet
	[ ! -s run/x/queue ]
	"$wanctl" run -r x >recording 2>err &
	run=$!
	eventually grep -q '^applied .*ok=1' recording
	kill $run
	wait $run
	quiet
	nothing_left
}

@test "R90: a pass with the real programs, then status" {
	use_real
	status_is 0 "$wanctl" pass x
	[ ! -s out ]
	quiet
	[ "$(grep -c '^rtt .*host=127.0.0.1 .*us=' run/x/rtt)" -eq 2 ]
	grep -q '^rate .*dir=down ' run/x/rate
	grep -q '^applied .*dir=up ' run/x/applied
	for n in 1 2 3 4; do
		status_is 0 "$wanctl" pass x
	done
	status_is 0 "$wanctl" status x
	cat out
	[ "$(grep -c ' ok$' out)" -eq 2 ]
	[ -s state/x.assess ]
	nothing_left
}

@test "R90: a stream with the real programs: status, recording, replay" {
	use_real
	"$wanctl" run -r x >recording 2>said &
	run=$!
	eventually grep -q '^applied .*ok=1' recording
	eventually status_is 0 "$wanctl" status x
	eventually matches 20 '^rate ' recording
	kill $run
	wait $run
	mv said err
	quiet
	nothing_left
	run ! grep -v -e '^rtt ' -e '^queue ' -e '^rate ' -e '^applied ' recording
	# Decided anew from the beginning it is the same.
	grep '^rate ' recording >decided
	"$wanctl" replay x recording >again
	[ -s again ]
	diff decided again
}

# more_rates N: so many decisions since the file `seen` was made.
more_rates() {
	[ "$(($(grep -c '^rate ' recording) - $(cat seen)))" -ge "$1" ]
}
see_rates() {
	grep -c '^rate ' recording >seen
}

@test "R113: SIGHUP puts a new configuration in force, and what was learned stays" {
	use_real
	"$wanctl" run -r x >recording 2>err &
	run=$!
	eventually matches 20 '^rate .*dir=down bps=[56]' recording
	pgrep -f "^wanctl-.*$T" >before
	sed -i '/^\[download\]/,/^\[upload\]/s/^ceiling.*/ceiling = 40mbit/' conf/x.conf
	kill -HUP $run
	eventually grep -qx 'wanctl-stream: x: goes on with the new configuration' err
	wc -l <recording >at
	see_rates
	eventually more_rates 20
	tail -n +"$(($(cat at) + 1))" recording >after
	# Nothing of it begins anew: neither a delay that settles, nor the base.
	grep '^rate .*dir=down' after >down
	run ! grep -v ' bps=40000000 ' down
	run ! grep 'why=settle' after
	run ! grep -vE '^(rtt|queue|rate|applied) ' recording
	pgrep -f "^wanctl-.*$T" >now
	[ "$(cat before now | sort | uniq -d | wc -l)" -eq 1 ]
	[ "$(wc -l <now)" -eq 5 ]
	eventually status_is 0 "$wanctl" status x
	kill $run
	wait $run
	nothing_left
}

@test "R113: a configuration with a fault is refused, and the old one goes on" {
	use_real
	"$wanctl" run -r x >recording 2>err &
	run=$!
	eventually matches 20 '^rate ' recording
	pgrep -f "^wanctl-.*$T" >before
	cp conf/x.conf good
	sed -i 's/^floor = 2mbit/floor = 2furlong/' conf/x.conf
	for n in 1 2; do
		kill -HUP $run
		eventually matches $n 'wanctl-stream: x: the new configuration is refused, and the old one goes on' err
	done
	grep -q '^wanctl-ping: .*x.conf:[0-9]*: \[upload\] floor' err
	cp good conf/x.conf
	sed -i 's/^hosts = .*/family = 4\nhosts = ::1/' conf/x.conf
	kill -HUP $run
	eventually grep -q '^wanctl-ping: .*is not an IPv4 address' err
	eventually matches 3 'wanctl-stream: x: the new configuration is refused' err
	see_rates
	eventually more_rates 10
	pgrep -f "^wanctl-.*$T" | diff before -
	# Mended, it is taken.
	cp good conf/x.conf
	kill -HUP $run
	eventually grep -q 'goes on with the new' err
	see_rates
	eventually more_rates 10
	kill $run
	wait $run
	nothing_left
}

reloaded_at_once() {
	rm -f pids
	$sh "$wanctl" run -r x >recording 2>err &
	run=$!
	eventually records_flow
	eventually all_four
	# As many as you like, while it is at work on the first.
	for n in 1 2 3 4 5 6 7 8; do
		kill -HUP $run
	done
	eventually grep -q 'goes on with the new' err
	# And one whose stop comes while it is.
	kill -HUP $run
	kill $run
	eventually gone $run
	got=0
	wait $run || got=$?
	cat err
	echo "status $got"
	[ "$got" -eq 0 ]
	eventually nothing_left
}
@test "R113: any number of SIGHUP is one reload, and a stop ends it" {
	each_shell reloaded_at_once
}

@test "R90: a terminal that is gone ends a stream" {
	command -v script >/dev/null || skip "no script(1)"
	script -q -c "'$wanctl' run -r x >recording" /dev/null </dev/null >/dev/null 2>&1 &
	terminal=$!
	eventually records_flow
	kill -KILL $terminal
	eventually nothing_left
}

@test "R90: real programs of a stream end with it, however it ends" {
	use_real
	for name in ping assess setrate; do
		rm -f recording
		"$wanctl" run -r x >recording 2>err &
		run=$!
		eventually grep -q '^applied ' recording
		pkill -KILL -f "^wanctl-$name .*$T/conf"
		eventually gone $run
		got=0
		wait $run || got=$?
		[ "$got" -eq 137 ]
		grep -q "wanctl-$name was killed by signal 9" err
		nothing_left
	done
}

# --- other systems -----------------------------------------------------------

@test "R90: BusyBox's programs and flock are enough" {
	local verb said

	busybox=$(command -v busybox.static || command -v busybox) || skip "no busybox"
	mkdir bb
	# stat(1) is not in POSIX; OpenWrt's knows no -c, or is not there.
	for applet in $("$busybox" --list | grep -vx -e stat -e flock -e setpriv -e unshare); do
		ln -s "$busybox" "bb/$applet"
	done
	ln -s "$(command -v flock)" bb/flock
	cp "$real"/wanctl "$real"/wanctl-* bb/
	sed -i 's/^backend = .*/backend = print/; s/^hosts = .*/hosts = 127.0.0.1/' conf/x.conf
	rm -rf run state
	in_busybox=(env -i PATH="$T/bb" WANCTL_CONFIG_DIR="$T/conf"
	    WANCTL_STATE_DIR="$T/state" WANCTL_RUNTIME_DIR="$T/run" bb/sh bb/wanctl)
	for verb in check pass pass status reset pass; do
		status_is 0 "${in_busybox[@]}" $verb x
		cat err
		said=$(grep -v ' would set ' err || :)
		[ -z "$said" ]
	done
	"${in_busybox[@]}" run -r x >monday 2>err 3>&- &
	eventually grep -q '^applied ' monday
	kill $!
	wait $!
	cat err
	status_is 0 "${in_busybox[@]}" replay x monday
	grep -q '^rate ' out
	[ -z "$(grep -v ' would set ' err || :)" ]
}
