#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run: first
# What a calibration does with its options, loads and probes: many at the same
# time, as all of them wait most of it, each in a directory of its own.

bats_require_minimum_version 1.5.0

load helpers

setup_file() {
	load calibrate
	export TOP BIN PATH
	TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	BIN="${BIN:-$TOP/build/bin}"
	PATH="$BIN:$PATH"
	cd "$BATS_FILE_TMPDIR" || return
	for scenario in early silent iperf ports busy device source mark wanted weak loose \
	    measure target second quit closed pipe metered oneway unmanaged unproven \
	    speedtest; do
		mkdir "$scenario"
		(cd "$scenario" && begin_one && "run_$scenario") 3>&- &
	done
	wait
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# A line of 20 and 4 Mbit/s behind a program that shapes.
begin_one() {
	mkdir -p etc state run
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_STATE_DIR=$PWD/state
	export WANCTL_RUNTIME_DIR=$PWD/run
	fake_line "$PWD" 20000000 4000000
	cat >rate <<-END
		#!/bin/sh
		cat "$PWD/rate.\$1"
	END
	cat >shape <<-END
		#!/bin/sh
		case \$1 in
		get) cat "$PWD/rate.\$2" ;;
		set)
			echo "\$2 \$3" >>"$PWD/sets"
			echo "\$3" >"$PWD/rate.\$2.\$\$" &&
				mv "$PWD/rate.\$2.\$\$" "$PWD/rate.\$2"
			;;
		esac
	END
	chmod +x rate shape
	echo 33000000 >rate.down
	echo 7000000 >rate.up
	PATH="$PWD/bin:$PATH"
	keys=(-k ping.hosts=192.0.2.1 -k shaper.timeout=5s
	    -k pass.interval=20s -k shaper.backend=command
	    -k "shaper.command=$PWD/shape")
	loads=(-D "$PWD/bin/load down" -U "$PWD/bin/load up")
}

# calibrate OPTION...: its output and status are left in files.
calibrate() {
	local status=0

	timeout 150 wanctl-calibrate -r -w x "${keys[@]}" "$@" \
	    >records 2>report </dev/null || status=$?
	echo "$status" >status
}

# ended STATUS: that of a scenario, in its directory; the rates are those that
# were found.
ended() {
	cat report records
	[ "$(cat status)" -eq "$1" ]
	[ "$(cat rate.down rate.up | xargs)" = "33000000 7000000" ]
	[ ! -e state/x.calibrate ]
}

run_early() {
	calibrate -m -k wan.device=lo -D 'sleep 4'
}

@test "R71: a load that ends too early is told" {
	cd early
	ended 75
	grep -q "load down: it ended too early" report
}

# No answer, as long as there is a load.
run_silent() {
	# shellcheck disable=SC2016
	sed -i 's/^[[:space:]]*echo "rtt.*/[ "$us" -gt 10000 ] || &/' \
	    bin/wanctl-ping
	calibrate -m "${loads[@]}"
}

@test "R70: a load in which no probe comes back says nothing" {
	cd silent
	ended 75
	grep -q "load down: no probe came back" report
}

run_iperf() {
	cat >bin/iperf3 <<-END
		#!/bin/sh
		echo "\$@" >>"$PWD/iperf"
		direction=up
		case " \$* " in *' -R '*) direction=down ;; esac
		set -- \$($PWD/bin/load \$direction)
		echo "{\"end\":{\"sum_received\":{\"bits_per_second\":\$1}}}"
	END
	chmod +x bin/iperf3
	calibrate -m -s 192.0.2.77:5299
}

@test "R71: iperf3 is asked for each direction, and for what it had" {
	cd iperf
	ended 0
	cat iperf
	[ "$(wc -l <iperf)" -eq 2 ]
	grep -q -- '^-c 192.0.2.77 -p 5299 -J -P 4 -t [0-9]* -R$' iperf
	grep -q -- '^-c 192.0.2.77 -p 5299 -J -P 4 -t [0-9]*$' iperf
	grep -q "^raw .*dir=down throughput_bps=20000000 " records
	grep -q "^raw .*dir=up throughput_bps=4000000 " records
}

# Probes leave as those of the line do.
# An iperf3 that says what the case wants when it is busy.
busy_when() { # CONDITION, of $port, $direction and $n, the calls so far
	cat >bin/iperf3 <<-END
		#!/bin/sh
		echo "\$@" >>"$PWD/iperf"
		port=\$4 direction=up
		case " \$* " in *' -R '*) direction=down ;; esac
		n=\$(grep -c "\$([ \$direction = up ] || echo ' -R')" "$PWD/iperf")
		if $1; then
			echo '{"error":"error - the server is busy running a test. try again later"}'
			exit 1
		fi
		set -- \$($PWD/bin/load \$direction)
		echo "{\"end\":{\"sum_received\":{\"bits_per_second\":\$1}}}"
	END
	chmod +x bin/iperf3
}

run_ports() {
	busy_when '[ $port -ne 5203 ]'
	calibrate -m -s 192.0.2.77:5201-5203
}

@test "R70: of a range of ports the next one is tried, and kept" {
	cd ports
	ended 0
	cut -d ' ' -f 3,4 iperf >asked
	cat asked
	printf '%s\n' '-p 5201' '-p 5202' '-p 5203' '-p 5203' | diff - asked
}

run_busy() {
	busy_when '[ $direction = down ] && [ $n -ge 3 ]'
	calibrate -n -t 90s -s 192.0.2.77
}

@test "R70: a server that stays busy ends the search with what is known" {
	cd busy
	ended 0
	grep -q 'load down: error - the server is busy' report
	grep -q '^Best down .*, 1 probe: no load any more' report
	grep -q '^After up ' report
	grep -q '^ceiling' report records
	# Two loads, and more than the three tries that another fault is given:
	# on a busy machine it is not many more.
	[ "$(grep -c ' -R' iperf)" -gt 5 ]
}

run_device() { asked -k ping.device=lo -k ping.family=4; }
run_source() { asked -k ping.source=192.0.2.9 -k ping.family=6; }
run_mark() { asked -k ping.mark=7; }
asked() {
	sed -i "2i echo \"\$@\" >$PWD/asked" bin/wanctl-ping
	calibrate -m "$@"
}

@test "R70: probes take the line's way: by device, source address or mark" {
	cat ./*/asked
	grep -q -- '-4 -I lo 192.0.2.1$' device/asked
	grep -q -- '-6 -S 192.0.2.9 192.0.2.1$' source/asked
	grep -q -- '-m 7 192.0.2.1$' mark/asked
}

# A kind of line that is asked for, in the least time that there is.
run_wanted() {
	printf '#!/bin/sh\nls "$1" >>drawn\nexit 1\n' >bin/gnuplot
	chmod +x bin/gnuplot
	mkdir tmp
	TMPDIR=$PWD/tmp calibrate -n -p lte -t 60s -g plot.svg "${loads[@]}"
}

@test "R73: a preset by name, whatever the line looks like" {
	cd wanted
	ended 0
	grep -q "^preset .* name=lte " records
	grep -q "for a lte line:" report
	grep -q "^# as asked for" report
	grep -q "^yellow = 30ms" report
	[ ! -e etc/x.conf ]
}

@test "R71: where gnuplot cannot draw, the plot is text" {
	cd wanted
	grep -q "plot.svg: gnuplot could not draw it; in text:" report
	grep -q "^$PWD/tmp/wanctl-gnuplot" drawn
	[ -z "$(ls tmp)" ]
	grep -q "^download: added delay of each probe" report
	[ "$(grep -c "^ *[0-9.]* |" report)" -ge "$(grep -c "^probe " records)" ]
}

@test "R70: the time is kept" {
	cd wanted
	# Idle 6, raw 14, and what is left for two searches: 26 seconds.
	[ "$(grep -c "^probe " records)" -le 4 ]
	[ "$(grep -c "^probe .*dir=up " records)" -ge 1 ]
}

# A metered line, whose loads write down how fast they were; of one direction
# alone.
run_metered() {
	sed -i "s,^echo .*,& | tee -a $PWD/rates," bin/load
	calibrate -n -t 90s -b 60mb "${loads[@]}"
}
run_oneway() {
	calibrate -n -t 60s -D "$PWD/bin/load down"
}

run_unmanaged() {
	calibrate -n -t 60s -k upload.managed=no "${loads[@]}"
}

@test "R112: of a direction that is not managed only the load is measured" {
	cd unmanaged
	ended 0
	grep -q '^calibrated .* dir=down ' records
	grep -q '^raw .* dir=up ' records
	[ "$(grep -c '^\(probe\|calibrated\) .* dir=up ' records)" -eq 0 ]
	[ "$(grep -c '^up ' sets)" -eq 0 ]
	grep -A3 '^\[upload\]' report >upload
	cat upload
	grep -qx 'managed = no' upload
	grep -qx 'ceiling = 4mbit' upload
}

@test "R70: the data is kept" {
	cd metered
	ended 0
	cat rates
	# Both raw, a search of each, a check; 6.2 seconds each.
	[ "$(wc -l <rates)" -ge 5 ]
	[ "$(awk '{ n += $1 } END { printf "%d", n / 8 * 6.2 }' rates)" -le 60000000 ]
}

@test "R70: one direction alone is searched, and makes no configuration" {
	cd oneway
	ended 0
	[ "$(grep -c "^probe .*dir=down " records)" -ge 3 ]
	grep -q "^No configuration: that takes a load each way" report
	run ! grep -q "^ceiling" report
}

# Rates that no load has checked, over a file that is there.
run_unproven() {
	printf '%s\n' 'schema = 1' '[ping]' 'hosts = 192.0.2.1' '[shaper]' \
	    'backend = command' "command = $PWD/shape" 'timeout = 5s' '[pass]' \
	    'interval = 20s' '[download]' 'ceiling = 12mbit' 'floor = 1mbit' \
	    '[upload]' 'ceiling = 3mbit' 'floor = 1mbit' >etc/x.conf
	cp etc/x.conf good
	keys=()
	calibrate --force -b 1kb "${loads[@]}"
	cp etc/x.conf after
	mv etc/x.conf.new new
	mv status refused
	calibrate --force -u -b 1kb "${loads[@]}"
}

@test "R70: an unproven rate is not installed, unless it is asked for" {
	cd unproven
	[ "$(cat refused)" = 75 ]
	cmp good after
	wanctl-conf check new
	grep -q "^# UNPROVEN: it could not be checked" new
	ended 0
	grep -q "^# UNPROVEN: it could not be checked" etc/x.conf
	cmp good etc/x.conf.old
}

# A speedtest-cli that looks for a server for five seconds, and then loads this
# machine's own device.
run_speedtest() {
	cat >bin/speedtest-cli <<-END
		#!/bin/bash
		echo "\$@" >>"$PWD/asked"
		case \$1 in
		--no-upload) direction=down ;;
		--no-download) direction=up ;;
		esac
		trap 'rm -f "$PWD/loading.\$direction"; exit 143' TERM
		echo "Selecting best server based on ping..."
		sleep 5
		echo 1000000000 >"$PWD/loading.\$direction"
		for i in {1..100}; do
			head -c 60000 /dev/zero >/dev/udp/127.0.0.1/9
			sleep 0.1
		done
		rm "$PWD/loading.\$direction"
		echo "Download: 5.00 Mbit/s"
	END
	chmod +x bin/speedtest-cli
	calibrate -m -W 6s -D "speedtest-cli --no-upload" \
	    -U "speedtest-cli --no-download" -k wan.device=lo
}

@test "R71: a load that needs time to begin is measured when it has begun" {
	cd speedtest
	ended 0
	printf '%s\n' --no-upload --no-download | diff - asked
	[ "$(grep -c "^raw .* throughput_bps=[0-9]* bloat_us=100000 " records)" -eq 2 ]
}

# load_of DIRECTION RATE: a program for a load that has that rate, whatever the
# shaper has, but not without one.
load_of() {
	cat >"load.$1" <<-END
		#!/bin/sh
		echo $3 >"$PWD/loading.$1"
		sleep 6.2
		rm "$PWD/loading.$1"
		[ "\$("$PWD/rate" $1)" -lt 100000000 ] && echo $3 || echo $2
	END
	chmod +x "load.$1"
}

# It is slow, and so without any delay.
run_weak() {
	load_of down 20000000 100000
	load_of up 4000000 100000
	calibrate -n -D ./load.down -U ./load.up
}

@test "R70: a load that does not fill the shaper is told, not believed" {
	cd weak
	ended 75
	grep -q "load down: it does not fill a shaper of .* Mbit/s; does it go through it?" report
	[ "$(grep -c "^probe " records)" -eq 3 ]
}

# It fills the line, whatever the shaper has.
run_loose() {
	load_of down 20000000 30000000
	load_of up 4000000 6000000
	calibrate -n -D ./load.down -U ./load.up
}

@test "R70: a load that does not go through the shaper is told, not believed" {
	cd loose
	ended 75
	grep -q "load down: it is more than a shaper of .* Mbit/s; does it go through it?" report
	[ "$(grep -c "^probe " records)" -eq 3 ]
	[ ! -e etc/x.conf ]
}

run_measure() {
	calibrate -m "${loads[@]}"
}

@test "R74: with -m no rate is set, though it could be" {
	cd measure
	ended 0
	[ ! -e sets ]
	[ "$(grep -c "^raw " records)" -eq 2 ]
	[ "$(grep -c "^probe " records)" -eq 0 ]
	grep -q "No configuration" report
	[ ! -e etc/x.conf ]
}

# Load adds 100 ms on this line, whatever the rate: too much, but not here.
run_target() {
	echo 0 >capacity.down
	echo 0 >capacity.up
	# shellcheck disable=SC2016
	sed -i 's/^\[ "\$rate" -gt 0 \].*$/case $1 in down) rate=20000000 ;; *) rate=4000000 ;; esac/' bin/load
	(sleep 15 && echo mine >etc/x.conf) &
	calibrate -t 60s -T 150ms "${loads[@]}"
}

@test "R70: the target is the one that is asked for" {
	cd target
	ended 64
	[ "$(grep -c "^probe .* good=1" records)" -ge 2 ]
	[ "$(grep -c "^probe .* good=0" records)" -eq 0 ]
	grep -q "kept the added delay under 150 ms" etc/x.conf.new
}

@test "R70: a configuration that came meanwhile is not replaced either" {
	cd target
	grep -q "etc/x.conf: exists; the result is .*etc/x.conf.new" report
	[ "$(cat etc/x.conf)" = mine ]
	wanctl-conf check etc/x.conf.new
}

# Who reads goes away after the first line.
run_pipe() {
	wanctl-calibrate -w x "${keys[@]}" -n "${loads[@]}" 2>&1 </dev/null |
		head -n 1 >records
	echo "${PIPESTATUS[0]}" >status
	: >report
}

@test "R72: when nobody reads any more, it ends, and the rates are as before" {
	cd pipe
	ended 71
	# Both were opened at most, and put back.
	touch sets
	[ "$(wc -l <sets)" -le 4 ]
}

# While one is at work, another is refused and changes nothing; nor does it
# start where wanctl is at work.
run_second() {
	local status=0

	mkdir run/y
	flock run/y/lock wanctl-calibrate -w y "${keys[@]}" -m \
	    >busy 2>&1 </dev/null || echo $? >>busy
	calibrate -m -D "$PWD/bin/load down" &
	eventually grep " " state/x.calibrate.lock
	eventually test -e loading.down
	wanctl-calibrate -w x "${keys[@]}" "${loads[@]}" >other 2>&1 \
	    </dev/null || status=$?
	echo "$status" >>other
	wait
}

@test "R72: a second one at the same time is refused, and harms nothing" {
	cd second
	cat other busy
	[ "$(tail -n 1 other)" = 75 ]
	grep -q "wanctl-calibrate" other
	ended 0
	[ ! -e sets ]
	[ "$(tail -n 1 busy)" = 75 ]
	grep -q "y: busy: wanctl is at work on this line" busy
}

# SIGQUIT, as by Ctrl-\.
run_quit() {
	env --default-signal=QUIT timeout -s QUIT 12 wanctl-calibrate -w x \
	    "${keys[@]}" "${loads[@]}" >records 2>report </dev/null ||
		echo $? >status
}

@test "R72: SIGQUIT restores the rates, too" {
	cd quit
	[ -e sets ]
	echo 75 >status
	ended 75
}

# Nothing can be saved: nothing is changed.
run_closed() {
	mkdir state/x.calibrate.new
	calibrate -n "${loads[@]}"
}

@test "R72: where the rates cannot be saved, none is changed" {
	cd closed
	cat report
	[ "$(cat status)" -eq 71 ]
	[ ! -e sets ]
}
