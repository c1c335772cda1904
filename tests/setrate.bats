#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-setrate: options, decisions in and records out, bad input, HTB, the
# backend command, failures, state. CAKE is in tests/lab.
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0

load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	ns=
	cat >x.conf <<-'END'
		schema = 1
		[wan]
		name = x
		[download]
		ceiling = 100mbit
		floor = 10mbit
		base = 50mbit
		[upload]
		ceiling = 20mbit
		floor = 2mbit
		base = 10mbit
		[pass]
		interval = 1min
		[shaper]
		backend = print
		deadband = 1%
		reconcile = 1s
		timeout = 10s
		max_age = 5s
	END
}

teardown() {
	exec 7>&-
	[ -z "$ns" ] || ip netns delete "$ns"
}

# rate DIR BPS [AGE_US]: a decision of this moment, or so long ago.
rate() {
	echo "rate t=$((${EPOCHREALTIME/./} - ${3:-0})) wan=x dir=$1 bps=$2 state=green why=test"
}

# with_command SCRIPT...: x.conf for the backend command; the body of the
# script is that of the standard input.
with_command() {
	{
		echo '#!/bin/sh'
		cat
	} >shaper
	chmod +x shaper
	sed -i -e '/^backend/d' -e '/^command/d' x.conf
	printf '%s\n' 'backend = command' "command = $PWD/shaper${1:+ $1}" >>x.conf
}

# files: a script that keeps rates in files and what it was called with.
with_files() {
	echo 50000000 >down
	echo 10000000 >up
	with_command <<-'END'
		cd "${0%/*}" || exit 1
		echo "$*" >>calls
		case $1 in
		get) cat "$2" ;;
		set) echo "$3" >"$2" ;;
		esac
	END
}

# refuse_to_set: a script that only reads.
refuse_to_set() {
	with_command <<-'END'
		[ "$1" = get ] || exit 9
		echo 5000000
	END
}

# line: a namespace with an HTB class for each direction, and x.conf for them.
line() {
	ns=wanctl-$$-setrate
	ip netns add "$ns" 2>/dev/null || { ns=; skip "no network namespaces"; }
	for device in wan0:far0 down0:inside0; do
		ip -n "$ns" link add "${device%:*}" type veth peer name "${device#*:}"
		ip -n "$ns" link set "${device%:*}" up
	done
	here tc qdisc add dev wan0 root handle 1: htb default a ||
		skip "this kernel has no HTB"
	here tc qdisc add dev down0 root handle 1: htb default 10
	here tc class add dev wan0 parent 1: classid 1:a htb rate 10mbit
	here tc class add dev down0 parent 1: classid 1:10 htb rate 50mbit \
	    ceil 60mbit burst 15k cburst 15k overhead 18 linklayer atm prio 3
	sed -i -e 's/print/htb/' -e '/download/a device = down0\nclass = 1:10' \
	    -e '/upload/a device = wan0\nclass = 1:a' x.conf
}

here() {
	ip netns exec "$ns" "$@"
}

# class DEVICE: what tc says about its class.
class() {
	here tc class show dev "$1"
}

setrate() {
	wanctl-setrate -c x.conf "$@"
}

# field KEY: the values of a key in the lines of stdin.
field() {
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"
}

# stream [COMMAND...]: starts setrate in the background, with a pipe on
# descriptor 7 as its input, and the files out and err; $pid.
stream() {
	rm -f in
	mkfifo in
	: >out
	# shellcheck disable=SC2086 # options are words
	"$@" wanctl-setrate -c x.conf ${options-} <in >out 2>err 7>&- &
	pid=$!
	exec 7>in
}

# applied N: at least so many records.
applied() {
	[ "$(grep -c '^applied ' out)" -ge "$1" ]
}

# end: the end of the input; $status.
end() {
	exec 7>&-
	status=0
	wait "$pid" || status=$?
	cat out err
}

# --- command line -------------------------------------------------------------

@test "R101: usage of wanctl-setrate" {
	run wanctl-setrate </dev/null
	[ "$status" -eq 64 ]
	[[ "$output" == "usage: wanctl-setrate "* ]]
	for wrong in -x -c '-c x.conf operand' '-c x.conf -s' '-c x.conf -l'; do
		# shellcheck disable=SC2086
		run wanctl-setrate $wrong </dev/null
		echo "$wrong: $status"
		[ "$status" -eq 64 ]
	done
	run wanctl-setrate -h
	[ "$status" -eq 0 ]
	[[ "$output" == "usage: "* ]]
	run wanctl-setrate -V
	[ "$status" -eq 0 ]
	[[ "$output" == "wanctl-setrate "* ]]
	# Options may follow, and no input gives no output.
	run setrate -n -a </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a bad configuration is refused with its line" {
	echo 'speed = 1' >>x.conf
	run setrate </dev/null
	[ "$status" -eq 78 ]
	[[ "$output" == *"x.conf:20: [shaper] speed: unknown key"* ]]
	run wanctl-setrate -c absent.conf </dev/null
	[ "$status" -eq 78 ]
	[[ "$output" == *"absent.conf: No such file"* ]]
	run wanctl-setrate -c . </dev/null
	[ "$status" -eq 78 ]
}

# --- decisions ----------------------------------------------------------------

@test "R31: the shaper is read before it is written" {
	with_files
	rate up 5000000 | setrate >out
	cat out calls
	[ "$(head -n 1 calls)" = 'get up' ]
	[ "$(sed -n 2p calls)" = 'set up 5000000' ]
	[ "$(sed -n 3p calls)" = 'get up' ]
	[ "$(wc -l <calls)" -eq 3 ]
	grep -q '^applied .*wan=x dir=up bps=5000000 was=10000000 want=5000000 took_us=[0-9]* ok=1 wrote=1$' out
}

@test "R31: a rate within the deadband is not written" {
	with_files
	rate up 10100000 | setrate >out
	cat out calls
	grep -q '^applied .* bps=10000000 was=10000000 want=10100000 .*ok=1 wrote=0$' out
	[ "$(cat calls)" = 'get up' ]
	rate up 10100001 | setrate >out
	grep -q '^applied .* bps=10100001 .*wrote=1$' out
}

@test "R33: the record says what the shaper has, not what was wanted" {
	echo 50000000 >down
	# It knows half of it only.
	with_command <<-'END'
		cd "${0%/*}" || exit 1
		case $1 in
		get) cat "$2" ;;
		set) echo $(($3 / 2)) >"$2" ;;
		esac
	END
	status=0
	rate down 80000000 | setrate >out 2>err || status=$?
	cat out err
	[ "$status" -eq 75 ]
	grep -q '^applied .* bps=40000000 was=50000000 want=80000000 .*ok=0 wrote=1 why=not_taken$' out
	grep -qx 'wanctl-setrate: down: the shaper has 40000000 bit/s after 80000000 were set' err
}

@test "of all that is waiting only the newest of each direction is carried out" {
	with_files
	for i in $(seq 100); do
		rate down $((20000000 + i * 500000))
		rate up $((3000000 + i * 100000))
	done >waiting
	setrate <waiting >out
	cat out calls
	[ "$(grep -c set calls)" -eq 2 ]
	grep -qx 'set down 70000000' calls
	grep -qx 'set up 13000000' calls
	[ "$(wc -l <out)" -eq 2 ]
}

@test "a slow shaper gets what is wanted now, not a queue of old rates" {
	with_files
	sed -i '/^set)/s/set)/set) sleep 0.3;/' shaper
	stream
	rate down 20000000 >&7
	eventually grep -q 'set down 20000000' calls
	# It is busy now: 100 decisions come meanwhile.
	for i in $(seq 100); do
		rate down $((20000000 + i * 500000)) >&7
	done
	eventually grep -q 'set down 70000000' calls
	end
	cat calls
	[ "$status" -eq 0 ]
	[ "$(grep -c set calls)" -le 4 ]
	[ "$(cat down)" -eq 70000000 ]
}

@test "a hostile input can only choose a rate inside the band" {
	rate down 1 | setrate >out 2>err
	grep -q 'bps=10000000 .*want=10000000 .*why=dry_run' out
	with_files
	rate down 1 | setrate >out
	rate down 1000000000000 | setrate >>out
	rate up 999 | setrate >>out
	cat out
	[ "$(field bps <out | tr '\n' ' ')" = "10000000 100000000 2000000 " ]
	[ "$(grep -c 'why=clamped$' out)" -eq 3 ]
	# What is no rate at all is no record.
	for bad in 0 -1 1000000000001 99999999999999999999999 1e6 0x10 '' ' 5'; do
		status=0
		echo "rate t=1 wan=x dir=up bps=$bad state=green" |
			setrate >out 2>err || status=$?
		echo "$bad: $status $(cat out err)"
		[ "$status" -eq 65 ]
		[ ! -s out ]
		grep -q '^wanctl-setrate: standard input:1: bad record: ' err
	done
}

@test "what is older than max_age is not carried out, and that is said once" {
	with_files
	{
		rate down 30000000 6000000
		rate down 31000000 5900000
	} | setrate >out 2>err
	cat out err
	[ ! -e calls ]
	[ ! -s out ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^wanctl-setrate: down: a decision is [56][0-9]* ms old, more than max_age of \[shaper\], and is not carried out' err
	{
		rate down 30000000 6000000
		rate down 31000000 4000000
	} | setrate >out 2>err
	[ "$(cat down)" = 31000000 ]
	grep -q 'in time again' err
	# A clock that is ahead is no reason.
	rate down 33000000 -60000000 | setrate
	[ "$(cat down)" = 33000000 ]
}

@test "a recording may be replayed in a dry run, and is as old as it is" {
	{
		echo "rate t=1700000000000000 wan=x dir=down bps=30000000 state=green"
		echo "rate t=1700000010000000 wan=x dir=up bps=3000000 state=green"
		echo "rate t=1700000004000000 wan=x dir=down bps=20000000 state=green"
	} | setrate >out 2>err
	cat out err
	grep -q 'dir=down bps=30000000' out
	grep -q 'dir=up bps=3000000' out
	grep -q 'down: a decision is 6000 ms old' err
}

@test "R30: print and -n set nothing and say what would be" {
	rate up 15000000 | setrate >out 2>err
	cat out err
	grep -qx 'wanctl-setrate: up: would set 15000000 bit/s' err
	grep -q '^applied .* bps=15000000 was=10000000 want=15000000 .* ok=1 wrote=0 why=dry_run$' out
	line
	before=$(class wan0)
	rate up 15000000 | here wanctl-setrate -n -c x.conf >out 2>err
	cat out err
	grep -q 'would set 15000000' err
	grep -q 'wrote=0 why=dry_run' out
	[ "$(class wan0)" = "$before" ]
}

@test "R30: dry passes go on where the one before ended" {
	rate up 15000000 | setrate -l live >out 2>err
	rate up 15000000 | setrate -l live >out 2>err
	cat out err
	grep -q 'bps=15000000 was=15000000' out
	[ ! -s err ]
	# What was not set is not missed afterwards.
	with_files
	rate up 15000000 | setrate -l live >out 2>err
	grep -q 'bps=15000000 was=10000000 .*wrote=1$' out
	[ ! -s err ]
}

@test "a quiet direction is reported once a second" {
	with_files
	begin=$SECONDS
	stream
	until matches 3 dir=up out; do
		rate up 10000000 >&7
		rate down 50000000 >&7
		sleep 0.05
		[ $((SECONDS - begin)) -lt 60 ]
	done
	end
	[ "$status" -eq 0 ]
	# One at the start, one at the end.
	seconds=$((SECONDS - begin + 1))
	[ "$(grep -c dir=up out)" -le $((seconds + 2)) ]
	# Read at the start and each second, written never.
	run ! grep set calls
	[ "$(grep -c 'get up' calls)" -le $((seconds + 2)) ]
}

@test "nothing to do: it sleeps" {
	line
	stream ip netns exec "$ns"
	rate up 15000000 >&7
	eventually applied 1
	# How often it slept; that others took the processor is not its doing.
	sleeps() {
		sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$pid/status"
	}
	before=$(sleeps)
	begin=$SECONDS
	sleep 2.5
	after=$(sleeps)
	echo "$before $after"
	# Only to read the shaper, once a second.
	[ $((after - before)) -le $((3 * (SECONDS - begin + 1))) ]
	end
	[ "$status" -eq 0 ]
}

# --- records of others, bad input ---------------------------------------------

@test "other records are copied unchanged, and with -a the decisions too" {
	{
		echo 'rtt t=1 wan=x host=192.0.2.1 seq=1 us=5 other=key'
		rate down 30000000 | sed 's/wan=x/wan=y/'
		echo 'anything at=all'
		rate up 3000000
		echo 'applied t=1 wan=x dir=up ok=1'
	} >story
	setrate <story >out 2>err
	cat out
	grep -v '^rate.*wan=x' story >others
	grep -v 'why=dry_run' out | diff others -
	[ "$(grep -c 'why=dry_run' out)" -eq 1 ]
	setrate -a <story >out 2>err
	grep -v 'why=dry_run' out | diff story -
}

@test "bad input of every kind is reported by its line, skipped, and ends with 65" {
	{
		rate up 3000000                                    # 1
		echo                                               # 2
		echo 'rate'                                        # 3: keys missing
		echo "rate t=1 wan=x dir=up bps=1 bps=2 state=green" # 4: twice
		echo "rate t=1 wan=x dir=sideways bps=5 state=green" # 5
		echo "rate t=1 wan=x dir=up state=green"           # 6: no bps
		echo "rate t=99999999999999999999 wan=x dir=up bps=1 state=green" # 7
		printf 'rate t=1 wan=x \001\377\200 dir=up\n'      # 8: binary
		printf 'rate t=1 wan=x dir=up bps=5 state=green why=%05000d\n' 0 # 9: long
		printf 'rate a\0b=1\n'                             # 10: NUL
		echo 'Rate t=1'                                    # 11
		rate up 4000000                                    # 12
		printf 'rate t=1 wan=x dir=up bps=10000000 state=gr' # 13: cut off
	} >bad
	status=0
	setrate <bad >out 2>err || status=$?
	cat out err
	[ "$status" -eq 65 ]
	[ "$(grep -c '^applied ' out)" -eq 1 ]
	grep -q 'dir=up bps=4000000 ' out
	for n in 2 3 4 5 6 7 8 9 10 11; do
		grep -q "^wanctl-setrate: standard input:$n: bad record: " err
	done
	grep -q 'further bad records are not reported' err
	[ "$(grep -c 'bad record: ' err)" -eq 10 ]
}

@test "R104: random bytes are survived" {
	head -c 300000 /dev/urandom >noise
	status=0
	{ cat noise; echo; rate up 3000000; } | setrate -a >out 2>err || status=$?
	[ "$status" -eq 65 ]
	grep -q '^applied .*bps=3000000' out
	[ "$(wc -l <err)" -le 15 ]
}

@test "a closed or full output is an error" {
	status=0
	rate up 3000000 | setrate >&- 2>err || status=$?
	cat err
	[ "$status" -eq 71 ]
	grep -q '^wanctl-setrate: standard output: ' err
	status=0
	rate up 3000000 | setrate >/dev/full 2>err || status=$?
	[ "$status" -eq 71 ]
	grep -q 'standard output: No space left' err
	status=0
	setrate <. 2>err || status=$?
	[ "$status" -eq 71 ]
	grep -q 'standard input: Is a directory' err
}

@test "SIGTERM and SIGINT end it with 0, with all that was read carried out" {
	with_files
	for signal in TERM INT; do
		options='-s state'
		stream env --default-signal=INT
		rate up 15000000 >&7
		eventually applied 1
		kill -s $signal $pid
		end
		[ "$status" -eq 0 ]
		grep -q 'shaper dir=up bps=15000000 writes=1 failures=0' state
		echo 10000000 >up
		rm -f state*
	done
}

# --- HTB ----------------------------------------------------------------------

@test "R30: an HTB class is set, and keeps all else that it has" {
	line
	{ rate down 33333333; rate up 7000000; } | here wanctl-setrate -c x.conf >out
	cat out
	class down0
	# The kernel counts bytes.
	grep -q 'dir=down bps=33333328 was=60000000 want=33333333 .* ok=1 wrote=1$' out
	grep -q 'dir=up bps=7000000 was=10000000 .*ok=1' out
	class down0 | grep -q 'prio 3 rate 33333Kbit overhead 18 ceil 33333Kbit linklayer atm burst 15Kb cburst 15Kb'
	class wan0 | grep -q 'rate 7Mbit ceil 7Mbit'
	# And again: nothing to do.
	{ rate down 33333333; rate up 7000000; } | here wanctl-setrate -c x.conf >out
	[ "$(grep -c 'ok=1 wrote=0' out)" -eq 2 ]
	# More than 32 bits of bytes a second can say.
	sed -i 's/ceiling = 100mbit/ceiling = 60gbit/' x.conf
	rate down 50000000000 | here wanctl-setrate -c x.conf >out
	grep -q 'bps=50000000000 .*ok=1' out
	class down0 | grep -q 'rate 50Gbit'
}

@test "R38: what somebody else sets is set again, and that is said" {
	line
	stream ip netns exec "$ns"
	rate up 15000000 >&7
	eventually applied 1
	here tc class change dev wan0 classid 1:a htb rate 3mbit
	# No decision comes: it looks by itself.
	eventually grep -q 'why=reconciled' out
	class wan0 | grep -q 'rate 15Mbit'
	end
	[ "$status" -eq 0 ]
	grep -q 'dir=up bps=15000000 was=3000000 want=15000000 .* ok=1 wrote=1 why=reconciled' out
	grep -qx 'wanctl-setrate: up: somebody else had set 3000000 bit/s; set again to 15000000' err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "R38: a change between two passes is noticed too" {
	line
	rate up 15000000 | here wanctl-setrate -c x.conf -l live >out
	here tc class change dev wan0 classid 1:a htb rate 3mbit
	rate up 15000000 | here wanctl-setrate -c x.conf -l live >out 2>err
	cat out err
	grep -q 'was=3000000 .*why=reconciled' out
	grep -q 'somebody else had set 3000000' err
}

@test "R36: one socket to the kernel serves both directions for all time" {
	line
	stream ip netns exec "$ns"
	rate up 15000000 >&7
	rate down 20000000 >&7
	eventually applied 2
	sockets() {
		find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n'
	}
	before=$(sockets)
	for i in $(seq 20); do
		rate up $((15000000 - i * 500000)) >&7
		rate down $((20000000 + i * 500000)) >&7
	done
	eventually grep -q 'bps=30000000' out
	[ "$(sockets)" = "$before" ]
	[ "$(wc -l <<<"$before")" -eq 1 ]
	end
	[ "$status" -eq 0 ]
}

@test "a missing device, class or shaper: said once, tried on, found again" {
	line
	here tc class del dev wan0 classid 1:a
	stream ip netns exec "$ns"
	for _ in $(seq 10); do
		rate up 15000000 >&7
		rate down 20000000 >&7
		sleep 0.02
	done
	eventually grep -q 'dir=up .*ok=0 wrote=0 why=no_qdisc' out
	grep -q 'dir=down bps=20000000 .*ok=1' out
	# Not with each decision.
	[ "$(grep -c 'ok=0' out)" -lt 10 ]
	grep -qx 'wanctl-setrate: up: wan0: no class 1:a; wanctl-setrate(8) says how to set it up' err
	[ "$(wc -l <err)" -eq 1 ]
	here tc class add dev wan0 parent 1: classid 1:a htb rate 3mbit
	# Without another decision.
	eventually grep -q 'dir=up bps=15000000 .*ok=1' out
	grep -qx 'wanctl-setrate: up: works again' err
	ip -n "$ns" link delete down0
	rate down 30000000 >&7
	eventually grep -q 'dir=down .*ok=0 wrote=0 why=no_device' out
	grep -qx 'wanctl-setrate: down: down0: no such network device' err
	end
	[ "$status" -eq 75 ]
}

@test "another qdisc is refused, named and left alone" {
	line
	sed -i -e 's/htb/cake/' -e '/class/d' x.conf
	before=$(here tc qdisc show)
	status=0
	{ rate up 5000000; rate down 20000000; } |
		here wanctl-setrate -c x.conf >out 2>err || status=$?
	cat out err
	[ "$status" -eq 75 ]
	[ "$(grep -c 'ok=0 wrote=0 why=wrong_qdisc' out)" -eq 2 ]
	grep -q 'up: wan0: its root qdisc is htb, not cake; wanctl-setrate(8)' err
	[ "$(here tc qdisc show)" = "$before" ]
}

@test "without permission: refused, with what to do about it" {
	line
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod 755 .
	cp "$(command -v wanctl-setrate)" .
	before=$(class wan0)
	status=0
	rate up 5000000 | here setpriv --reuid 65534 --regid 65534 \
	    --clear-groups ./wanctl-setrate -c x.conf >out 2>err || status=$?
	cat out err
	[ "$status" -eq 75 ]
	grep -q 'was=10000000 want=5000000 .*ok=0 wrote=0 why=denied' out
	grep -qx 'wanctl-setrate: up: wan0: not permitted: root or the capability CAP_NET_ADMIN is needed' err
	[ "$(class wan0)" = "$before" ]
	# With that capability alone it works.
	rate up 5000000 | here setpriv --reuid 65534 --regid 65534 \
	    --clear-groups --inh-caps +net_admin --ambient-caps +net_admin \
	    ./wanctl-setrate -c x.conf >out
	class wan0 | grep -q 'rate 5Mbit'
}

# --- the backend command ------------------------------------------------------

@test "R30: command: its arguments, and no shell that sees them" {
	# shellcheck disable=SC2016 # it must stay as it is
	with_command 'one  two $(touch planted) `touch planted` | touch && planted' <<-'END'
		cd "${0%/*}" || exit 1
		echo "$*" >>calls
		while [ "$1" != get ] && [ "$1" != set ]; do shift; done
		case $1 in
		get) cat "$2" ;;
		set) echo "$3" >"$2" ;;
		esac
	END
	echo 10000000 >up
	rate up 15000000 | setrate >out 2>err
	cat out err calls
	[ ! -e planted ]
	# shellcheck disable=SC2016
	{
		words='one two $(touch planted) `touch planted` | touch && planted'
		echo "$words get up"
		echo "$words set up 15000000"
		echo "$words get up"
	} | diff - calls
	grep -q 'bps=15000000 .*ok=1' out
}

@test "command: its failures are told apart" {
	check() { # WHY TEXT: of a rate that is to be set
		status=0
		rate up 15000000 | setrate >out 2>err || status=$?
		cat out err
		[ "$status" -eq 75 ]
		grep -q "ok=0 wrote=0 why=$1\$" out
		grep -q "^wanctl-setrate: up: .*$2" err
	}
	with_command <<<'exit 3'
	check failed 'get up: exit status 3'
	echo 'kill -9 $$' >>shaper
	sed -i '/exit 3/d' shaper
	check failed 'get up: exit status 137'
	for output in '' 'x' '12 kbit' '-5' '1e6' '99999999999999' '5\\n6' '5'; do
		printf '#!/bin/sh\nprintf -- "%s"\n' "$output" >shaper
		check failed 'get up: did not print one line with bits a second'
	done
	refuse_to_set
	check failed 'set up 15000000: exit status 9'
	chmod -x shaper
	check failed 'get up: Permission denied'
	rm shaper
	check failed 'get up: No such file'
}

@test "command: one that hangs is killed, with its children, and not waited for" {
	sed -i 's/^timeout = .*/timeout = 200ms/' x.conf
	with_command <<-'END'
		trap '' TERM
		cd "${0%/*}" || exit 1
		sleep 600 &
		echo $! >>pids
		echo $$ >>pids
		while :; do sleep 5; done
	END
	status=0
	rate up 15000000 | timeout 60 wanctl-setrate -c x.conf >out 2>err || status=$?
	cat out err
	[ "$status" -eq 75 ]
	grep -q 'ok=0 wrote=0 why=timeout$' out
	grep -q 'get up: took longer than timeout of \[shaper\] and was killed' err
	# Of both directions, if the machine let them come that far.
	[ ! -e pids ] || for pid in $(cat pids); do
		eventually ended "$pid"
	done
}

@test "command: it gets no descriptors, an empty input, and our standard error" {
	with_command <<-'END'
		[ "$1" = get ] || exit 0
		ls -l /proc/self/fd >"${0%/*}/seen"
		wc -c >>"${0%/*}/seen"
		echo words >&2
		echo 15000000
	END
	rate up 15000000 | setrate -s state 8<x.conf >out 2>err
	cat seen out err
	[ "$(grep -c ' -> ' seen)" -le 4 ]
	run ! grep -e state.lock -e x.conf -e socket: seen
	[ "$(tail -n 1 seen)" = 0 ]
	grep -qx words err
}

@test "R34: a failing command is not run for each decision" {
	with_command <<-'END'
		echo x >>"${0%/*}/calls"
		exit 1
	END
	stream
	for _ in $(seq 60); do
		rate up 15000000 >&7
		sleep 0.05
	done
	end
	[ "$status" -eq 75 ]
	# At 0, 0.1, 0.3, 0.7, 1.5 s and so on, and at the end.
	wc -l <calls
	[ "$(wc -l <calls)" -le 15 ]
	[ "$(wc -l <calls)" -ge 3 ]
	[ "$(wc -l <err)" -eq 1 ]
}

# --- state --------------------------------------------------------------------

@test "R31: writes are counted, over runs" {
	with_files
	for i in 1 2 3; do
		rate up $((10000000 + i * 1000000)) | setrate -s state >out
	done
	cat state
	grep -qx 'state v=1 program=wanctl-setrate wan=x' state
	grep -qx 'shaper dir=up bps=13000000 writes=3 failures=0 backend=command' state
	grep -qx 'shaper dir=down writes=0 failures=0 backend=command' state
	rate up 13000000 | setrate -s state >out
	grep -q 'dir=up bps=13000000 writes=3' state
	# A dry run writes nothing.
	rate up 3000000 | setrate -n -s state >out 2>err
	grep -q 'dir=up bps=3000000 writes=3 failures=0' state
}

@test "R37: the state is saved whether the shaper obeyed or not" {
	refuse_to_set
	for i in 1 2; do
		rate up 15000000 | setrate -s state >out 2>err || [ $? -eq 75 ]
		cat state
		grep -qx "shaper dir=up bps=15000000 writes=0 failures=$i backend=command" state
	done
	rate up 15000000 | setrate -s state -l live >out 2>err || [ $? -eq 75 ]
	cat live
	grep -qx 'shaper dir=up bps=15000000 writes=0 failures=3 backend=command' live
	grep -q '^applied .* dir=up .*want=15000000 .*ok=0 wrote=0 why=failed' live
}

@test "the live file has the newest record of each direction, and keeps it" {
	with_files
	{ rate up 15000000; rate down 30000000; } | setrate -l live >out
	cat live
	[ "$(grep -c '^applied ' live)" -eq 2 ]
	grep '^applied ' live | sort >applied
	sort out | diff applied -
	# A pass in which nothing was decided for a direction.
	rate up 12000000 | setrate -l live >out
	grep -q '^applied .*dir=down bps=30000000' live
	grep -q '^applied .*dir=up bps=12000000' live
	# A configuration that no longer allows it.
	sed -i -e 's/floor = 10mbit/floor = 40mbit/' x.conf
	setrate -l live </dev/null
	run ! grep '^applied .*dir=down' live
}

@test "a damaged state is kept, said, and does not stop anything" {
	with_files
	rate up 15000000 | setrate -s state >out
	sed 's/writes=1/writes=9/' state >bad
	for text in "$(cat bad)" '' 'state v=1' "$(head -c 3000 /dev/urandom |
	    base64)"; do
		rm -f state.backup
		printf '%s\n' "$text" >state
		echo 10000000 >up
		rate up 15000000 | setrate -s state >out 2>err
		cat err state
		grep -q 'state: damaged, kept as state.corrupt; starting afresh' err
		grep -q 'dir=up bps=15000000 writes=1' state
		grep -q ok=1 out
	done
	# A whole one of another line.
	sed 's/name = x/name = y/' x.conf >y.conf
	wanctl-setrate -c y.conf -s state </dev/null 2>err
	cat err
	grep -q 'is of another line' err
}

@test "R86: a second one says who holds the state, and ends with 75" {
	options='-s state'
	stream
	rate up 15000000 >&7
	eventually applied 1
	status=0
	setrate -s state </dev/null 2>second || status=$?
	cat second
	[ "$status" -eq 75 ]
	grep -qx "wanctl-setrate: state: held by wanctl-setrate (pid $pid)" second
	end
	# The lock goes with its owner, however it ends.
	stream
	eventually grep -q "pid $pid" state.lock
	kill -9 $pid
	end
	setrate -s state </dev/null
}

@test "a state that cannot be written stops nothing, and shows in the status" {
	with_files
	status=0
	setrate -s nowhere/state </dev/null 2>err || status=$?
	cat err
	[ "$status" -eq 71 ]
	grep -q 'nowhere/state' err
	mkdir dir
	options='-s dir/state'
	stream
	rate up 15000000 >&7
	eventually applied 1
	rm -rf dir
	rate up 12000000 >&7
	eventually applied 2
	end
	[ "$status" -eq 71 ]
	[ "$(cat up)" = 12000000 ]
}

@test "R105: killed at each of its calls, the state is always whole" {
	command -v strace >/dev/null || skip "no strace"
	# In memory: a disk would take half a second for each.
	[ -w /dev/shm ] && dir=$(mktemp -d /dev/shm/wanctl-XXXXXX) || dir=$PWD
	# The leak checker of a sanitizer cannot work under strace.
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
	# In a shell of its own, as bats slows down what it looks at.
	cat >kills <<-'END'
		# traced N OPTION...: sets another rate, under strace.
		traced() {
			echo "rate t=${EPOCHREALTIME/./} dir=up" \
			    "bps=$((2000000 + $1 * 30000)) state=green" >now
			strace -qq "${@:2}" wanctl-setrate -c x.conf \
			    -s "$dir/state" -l "$dir/live" <now >/dev/null 2>err
		}
		dir=$1 calls=0 killed=0 bad=0
		traced 0 -o /dev/null
		traced 1 -o calls
		# The execve before the first is strace's own.
		sed -n '1d; s/^\([a-z_0-9]*\)(.*/\1/p' calls |
			awk '{ print $1, ++n[$1] }' >each
		while read -r name n; do
			calls=$((calls + 1))
			traced "$calls" -o /dev/null -e trace="$name" \
			    -e inject="$name:signal=KILL:when=$n" || [ $? -ne 137 ] ||
				killed=$((killed + 1))
			grep -e state -e live err && bad=$((bad + 1))
		done <each
		echo "$calls $killed $bad"
	END
	bash kills "$dir" >results 2>/dev/null
	setrate -s "$dir/state" -l "$dir/live" </dev/null 2>err
	ls "$dir"
	cat err "$dir/state" "$dir/live"
	corrupt=$(find "$dir" -name '*.corrupt')
	grep '^end ' "$dir/state" >end
	[ "$dir" = "$PWD" ] || rm -rf "$dir"
	cat results
	read -r calls killed bad < <(tail -n 1 results)
	echo "# killed $killed times, at $calls calls" >&3
	[ ! -s err ]
	[ "$bad" -eq 0 ]
	[ -z "$corrupt" ]
	[ -s end ]
	grep -q '^rename ' each
	[ "$calls" -gt 100 ]
	[ "$killed" -gt $((calls * 9 / 10)) ]
}

# --- service manager ----------------------------------------------------------

# manager: listens as a service manager would, and writes what it hears into
# heard; $manager.
manager() {
	command -v perl >/dev/null || skip "no perl"
	# shellcheck disable=SC2016 # perl's
	timeout 200 perl -MSocket -e '
		socket(S, AF_UNIX, SOCK_DGRAM, 0);
		bind(S, sockaddr_un("notify")) or die;
		$| = 1; print "listening\n";
		while (defined(recv(S, $m, 1000, 0))) {
			print "[$m]\n"; last if $m =~ /STOPPING/ }' >heard &
	manager=$!
	eventually grep -q listening heard
}

@test "the service manager hears READY after a decision was carried out" {
	manager
	with_files
	NOTIFY_SOCKET=$PWD/notify
	export NOTIFY_SOCKET
	stream
	# Nothing was decided yet.
	sleep 0.3
	[ "$(cat heard)" = listening ]
	begin=$SECONDS
	until matches 2 WATCHDOG=1 heard; do
		rate up 15000000 >&7
		rate down 50000000 >&7
		sleep 0.05
		[ $((SECONDS - begin)) -lt 60 ]
	done
	end
	seconds=$((SECONDS - begin + 1))
	unset NOTIFY_SOCKET
	wait $manager
	cat heard
	[ "$(sed -n 2,3p heard | tr '\n' ' ')" = "[READY=1 WATCHDOG=1 " ]
	grep -qx 'STATUS=down 50mbit, up 15mbit\]' heard
	[ "$(grep -c READY heard)" -eq 1 ]
	[ "$(tail -n 1 heard)" = "[STOPPING=1]" ]
	# Not each cycle, of which there are 20 a second.
	[ "$(grep -c WATCHDOG=1 heard)" -le $((3 * seconds)) ]
}

@test "R112: a direction that is not managed is named to it, and feeds its watchdog" {
	manager
	with_files
	sed -i 's/^\[download\]/&\nmanaged = no/' x.conf
	NOTIFY_SOCKET=$PWD/notify
	export NOTIFY_SOCKET
	stream
	feed() {
		rate down 50000000 >&7
		matches 2 WATCHDOG=1 heard
	}
	eventually feed
	end
	unset NOTIFY_SOCKET
	wait $manager
	cat heard
	grep -qx 'STATUS=down unmanaged, up unknown\]' heard
	[ ! -s out ]
}

@test "R91: a shaper that fails is no reason to be started anew" {
	manager
	with_command <<<'exit 1'
	options=
	NOTIFY_SOCKET=$PWD/notify
	export NOTIFY_SOCKET
	stream
	feed() {
		rate up 15000000 >&7
		matches 3 WATCHDOG=1 heard
	}
	eventually feed
	# Without decisions nobody is well.
	before=$(grep -c WATCHDOG heard)
	sleep 3
	[ "$(grep -c WATCHDOG heard)" -le $((before + 1)) ]
	end
	unset NOTIFY_SOCKET
	[ "$status" -eq 75 ]
	wait $manager
	cat heard
	[ "$(sed -n 2,3p heard | tr '\n' ' ')" = "[READY=1 WATCHDOG=1 " ]
	grep -q 'STATUS=down unknown, up failed' heard
}

@test "R91: decisions that are too old are none" {
	manager
	with_files
	rate up 15000000 60000000 | NOTIFY_SOCKET=$PWD/notify setrate
	wait $manager
	cat heard
	run ! grep -e READY -e WATCHDOG heard
}

@test "it is small" {
	if nm "$(command -v wanctl-setrate)" | grep -q __asan_; then
		skip "an instrumented build"
	fi
	line
	stream ip netns exec "$ns"
	rate up 15000000 >&7
	eventually applied 1
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
	end
	echo "# VmHWM $peak kB" >&3
	[ "$peak" -lt 4096 ]
}
