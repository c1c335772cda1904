# SPDX-License-Identifier: GPL-2.0-or-later
# What loop.bats does on the emulated line: loop.bash FUNCTION [ARGUMENT ...]
# under emulated-line run, with BIN set.

# shellcheck source=scripts/emulated-line
. "${BASH_SOURCE[0]%/*}/../scripts/emulated-line"

# measure none|run|pass FAST SLOW SETTLE: a quiet second, then FAST seconds of
# load on a line of 20 and 5 Mbit/s, then SLOW seconds on one of 8 and 2.5. For
# passes, SETTLE is how many of them: on a busy machine they are slower, and the
# seconds after them are as many as else.
# Prints a line of
#	p50, p95     delay in us, from 4 s of load on, while the line is fast
#	down, up     per cent of the line that was used then
#	slow_p50     delay from SETTLE s after the line became slow
#	slow_down, slow_up
#	late         seconds after that in which the delay was above 60 ms (the
#	             median of a second)
# A copy of all files stays in $RECORDING, if that is set.
measure() {
	local change=$((1 + $2)) settle=$4 after=$(($3 - $4)) begun bytes
	mkdir /run/loop && cd /run/loop && mkdir etc state run || return 1
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	line_conf >etc/loop.conf
	"control_$1"
	line_probe probes
	begun=$(line_clock)
	line_sleep_until $((begun + 100))
	line_load 6 2 60 || return 1
	[ "$2" -eq 0 ] || line_sleep_until $((begun + 500))
	bytes=$(line_bytes)
	line_sleep_until $((begun + change * 100))
	bytes="$bytes $(line_bytes)"
	line_capacity 8000 2500
	if [ "$1" = pass ]; then
		await_passes "$settle" || return 1
		settle=$(((($(line_clock) - begun) / 100) + 1 - change))
	fi
	line_sleep_until $((begun + (change + settle) * 100))
	bytes="$bytes $(line_bytes)"
	line_sleep_until $((begun + (change + settle + after) * 100))
	bytes="$bytes $(line_bytes)"
	"${control_end:-:}" || return 1
	line_delays probes |
	    awk '{ print $1, $2 < 0 ? 4000000 : $2 }' >delays
	# shellcheck disable=SC2086
	judge $change $(($2 - 4)) $settle $after $bytes
	[ -z "$RECORDING" ] || cp -r . "$RECORDING"
}

# judge CHANGE SECONDS SETTLE SECONDS BYTES ...: see measure
judge() {
	local change=$1 fast=$2 settle=$3 slow=$4 p50=- p95=- used='' second late=0
	shift 4
	if [ "$fast" -gt 0 ]; then
		read -r p50 p95 <<<"$(awk -v to="$change" \
		    '$1 >= 5 && $1 < to { print $2 }' delays |
		    line_quantiles 50 95)"
		used="down=$((($3 - $1) / 25000 / fast))"
		used="$used up=$((($4 - $2) / 6250 / fast))"
	fi
	for second in $(awk -v c="$change" '$1 >= c { print $1 }' delays |
	    uniq); do
		[ "$(delay_from "$second" $((second + 1)))" -lt 60000 ] ||
			late=$((late + 1))
	done
	# shellcheck disable=SC2086
	echo "p50=$p50" "p95=$p95" $used \
	    "slow_p50=$(delay_from $((change + settle)) 999)" \
	    "slow_down=$((($7 - $5) / 10000 / slow))" \
	    "slow_up=$((($8 - $6) / 3125 / slow))" \
	    "late=$late"
}

# delay_from SECOND SECOND: the median from the one to before the other.
delay_from() {
	awk -v from="$1" -v to="$2" '$1 >= from && $1 < to { print $2 }' \
	    delays | line_quantiles 50
}

control_none() {
	:
}

control_run() {
	ip netns exec router "$BIN/wanctl" run -r loop >records &
	wanctl=$!
	control_end=end_run
}

# It must still be there, and end well when asked to.
end_run() {
	kill -TERM "$wanctl" && wait "$wanctl"
}

control_pass() {
	: >passes
	while :; do
		ip netns exec router "$BIN/wanctl" pass loop || echo "$?" >>failed
		echo >>passes
		sleep 2
	done &
	control_end=end_pass
}

# await_passes COUNT: from now on, whole ones.
await_passes() {
	local before end=$((SECONDS + 120))

	before=$(wc -l <passes)
	until [ "$(wc -l <passes)" -gt $((before + $1)) ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

end_pass() {
	[ ! -e failed ] || { sort failed | uniq -c; return 1; }
}

# probe_full_queue: probes through the router's own buffer, which overflows half
# of the time: some are dropped and others are not, however fast the machine is.
probe_full_queue() {
	line_class change router wan 600 &&
	tc -n router qdisc change dev wan parent 1:10 handle 10: bfifo \
	    limit 3000 || return 1
	# Frames of 300 bytes, of which a quarter would be enough.
	for _ in 1 2 3 4 5 6 7 8; do
		ip netns exec lan timeout 0.5 fping -q -l -b 258 -i 1 -p 1 -t 10 \
		    203.0.113.2
		sleep 0.5
	done >/dev/null 2>&1 &
	ip netns exec router "$BIN/wanctl-ping" -t echo -i 200ms -n 25 198.51.100.1 \
	    198.51.100.2 198.51.100.3 198.51.100.4
}

# busy_line: a line with wanctl and everything else at work, as a killer finds
# it; tells so in $READY.
busy_line() {
	mkdir -p /run/loop/etc && cd /run/loop || return 1
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	line_conf >etc/loop.conf
	control_run
	line_probe probes
	line_load 6 2 60
	until [ -s records ]; do
		sleep 0.05
	done
	: >"$READY"
	sleep 60
}

"$@"
