# SPDX-License-Identifier: GPL-2.0-or-later
# For bats files about wanctl-calibrate: lines of its own making, and what kills
# it at random moments.
#
# shellcheck shell=bash

calibrate_setup() {
	TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export TOP BIN="${BIN:-$TOP/build/bin}"
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir -p etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
}

need_ping() {
	[ "$(id -u)" -eq 0 ] || wanctl-ping -n 1 127.0.0.1 >/dev/null 2>&1 ||
		skip "nobody may ping here"
}

# fake_line DIR DOWN UP: programs that make a line of that capacity, in DIR/bin:
# a load of each direction, and a wanctl-ping that sees a full buffer while a
# load runs above the capacity. DIR/rate DIRECTION says what the shaper has.
fake_line() {
	mkdir -p "$1/bin"
	echo "$2" >"$1/capacity.down"
	echo "$3" >"$1/capacity.up"
	cat >"$1/bin/load" <<-END
		#!/bin/sh
		# load DIRECTION: until it is ended, or says what it had.
		trap 'rm -f "$1/loading.\$1"; exit 143' TERM
		"$1/rate" "\$1" >"$1/loading.\$1.new"
		mv "$1/loading.\$1.new" "$1/loading.\$1"
		sleep 6.2 & wait \$!
		read -r rate <"$1/loading.\$1"
		read -r most <"$1/capacity.\$1"
		rm -f "$1/loading.\$1"
		[ "\$rate" -gt 0 ] && [ "\$rate" -lt "\$most" ] || rate=\$most
		echo "\$rate"
	END
	cat >"$1/bin/wanctl-ping" <<-END
		#!/bin/sh
		n=0
		while n=\$((n + 1)); do
			us=10000
			for dir in down up; do
				{ read -r rate <"$1/loading.\$dir"; } 2>/dev/null ||
					continue
				read -r most <"$1/capacity.\$dir"
				[ "\$rate" -gt 0 ] && [ "\$rate" -le "\$most" ] ||
					us=110000
			done
			echo "rtt t=\$n wan=x host=192.0.2.1 seq=\$n us=\$us"
			sleep 0.2
		done
	END
	chmod +x "$1/bin/load" "$1/bin/wanctl-ping"
}

# end_at_random N SECONDS COMMAND...: starts it and ends it by the Nth of the
# ways there are, after a random time of up to so many seconds more than six,
# which is when it begins to set rates. The way is left in $way.
end_at_random() {
	local ways=(KILL TERM KILL INT KILL HUP KILL PIPE) n=$1 seconds=$2 pid

	shift 2
	# Not all at once.
	sleep "$((n / 10)).$((n % 10))"
	way=${ways[$((n % 8))]}
	seconds=$((6 + RANDOM % seconds)).$((RANDOM % 10))
	if [ "$way" = PIPE ]; then
		# Who reads it goes away.
		env --default-signal=PIPE "$@" 2>&1 </dev/null |
			timeout "$seconds" cat >"out.$n" || :
		return
	fi
	env --default-signal=INT --default-signal=HUP "$@" \
	    >"out.$n" 2>&1 </dev/null &
	pid=$!
	sleep "$seconds"
	kill -s "$way" "$pid" || echo "$way: ended by itself" >>"result.$n"
	wait "$pid" || :
}

# judge N STATE RATES WANTED COMMAND...: what end_at_random has left: STATE is
# the file of rates to restore, RATES says what the shaper has, and COMMAND
# restores.
judge() {
	local n=$1 state=$2 rates=$3 wanted=$4 got

	shift 4
	if [ "$way" = KILL ]; then
		[ ! -e "$state" ] || echo "$way" >"left.$n"
		"$@" >>"out.$n" 2>&1 ||
			echo "$way: the next run ended with $?" >>"result.$n"
	elif [ -e "$state" ]; then
		echo "$way: not restored by itself" >>"result.$n"
	fi
	got=$($rates)
	[ "$got" = "$wanted" ] && got=restored
	[ ! -e "$state" ] || got="$got, and its file is left"
	echo "$way: $got" >>"result.$n"
}

# end_kernel BACKEND N: one calibration with a qdisc of this kernel on each end of
# a cable; there is no need for packets.
end_kernel() {
	local backend=$1 n=$2 dir=$PWD/w$2

	fake_line "$dir" 20000000 4000000
	ip link add "d$n" type veth peer name "u$n" || return
	kernel_shaper "$1" "d$n" 33mbit && kernel_shaper "$1" "u$n" 7mbit || return
	cat >"$dir/rate" <<-END
		#!/bin/sh
		# rate DIRECTION, in bit/s
		device=d$n
		[ "\$1" = down ] || device=u$n
		{ tc qdisc show dev "\$device"; tc class show dev "\$device"; } |
		sed -n 's/.* \(rate\|bandwidth\) \([0-9]*\)\([KMG]*\)bit.*/\2\3/p' |
		sed 's/K/000/; s/M/000000/; s/G/000000000/'
	END
	chmod +x "$dir/rate"
	PATH="$dir/bin:$PATH"
	set -- wanctl-calibrate -w "w$n" -k ping.hosts=192.0.2.1 \
	    -k shaper.timeout=5s -k pass.interval=20s -k "shaper.backend=$1" \
	    -k "download.device=d$n" -k "upload.device=u$n"
	[ "$backend" != htb ] ||
		set -- "$@" -k download.class=1:10 -k upload.class=1:10
	end_at_random "$n" 24 "$@" -D "$dir/bin/load down" -U "$dir/bin/load up"
	judge "$n" "state/w$n.calibrate" "kernel_rates $dir" \
	    "33000000 7000000" "$@" -R
}

kernel_shaper() { # BACKEND DEVICE RATE
	ip link set "$2" up || return
	if [ "$1" = cake ]; then
		tc qdisc add dev "$2" root cake bandwidth "$3"
	else
		tc qdisc add dev "$2" root handle 1: htb default 10 &&
		tc class add dev "$2" parent 1: classid 1:10 htb rate "$3" \
		    quantum 1514
	fi
}

kernel_rates() {
	echo "$("$1/rate" down) $("$1/rate" up)"
}

# all_restored N: of that many.
all_restored() {
	cat result.* | sort | uniq -c | tee results
	sed 's/^/# /' results >&3
	! grep -q -v "restored$" results || {
		grep -v ' least\|  down\|  up\|Raw\|Idle' out.* | head -n 50
		return 1
	}
	[ "$(cat result.* | wc -l)" -eq "$1" ]
	# Some were killed for good with rates changed.
	[ "$(cat left.* | wc -l)" -gt $(($1 / 20)) ]
}
