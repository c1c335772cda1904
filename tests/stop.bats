#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A signal ends every program at once, also one whose reader is stopped.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	command -v python3 >/dev/null || skip "no python3"
	cd "$BATS_TEST_TMPDIR" || exit 1
	export WANCTL_RUNTIME_DIR=$PWD
	cat >x.conf <<-'END'
		schema = 1
		[wan]
		name = x
		device = lo
		[ping]
		hosts = 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4
		interval = 200ms
		[queue]
		interval = 50ms
		[download]
		ceiling = 100mbit
		floor = 10mbit
		[upload]
		ceiling = 20mbit
		floor = 2mbit
		[shaper]
		backend = print
		[steer]
		to = y
	END
	# Fills standard error, and leaves it to a program that has something to
	# say; then that gets the signal. Prints its exit status.
	cat >silenced <<-'END'
		import fcntl, os, signal, subprocess, sys, time
		r, w = os.pipe()
		fcntl.fcntl(w, 1031, 4096)  # F_SETPIPE_SZ
		os.set_blocking(w, False)
		try:
		    while True:
		        os.write(w, b"x" * 512)
		except BlockingIOError:
		    pass
		os.set_blocking(w, True)
		child = subprocess.Popen(sys.argv[2:], stderr=w, stdout=subprocess.DEVNULL,
		    stdin=open(sys.argv[1]))
		end = time.monotonic() + 120
		still = 0
		while still < 20 and time.monotonic() < end:
		    state = open("/proc/%d/stat" % child.pid).read().split(")")[1].split()[0]
		    still = still + 1 if state == "S" else 0
		    time.sleep(0.05)
		child.terminate()
		try:
		    print(child.wait(60))
		except subprocess.TimeoutExpired:
		    child.kill()
		    print("hangs")
	END
	# Runs a program into a pipe that nobody reads, until it waits for room;
	# then it gets the signal. Prints its exit status. With -i it reads
	# what "records" prints, without an end.
	cat >stopped <<-'END'
		import array, fcntl, os, signal, subprocess, sys, termios, time
		reads = sys.argv[1] == "-i"
		argv = sys.argv[2 if reads else 1:]
		r, w = os.pipe()
		fcntl.fcntl(w, 1031, 8192)  # F_SETPIPE_SZ
		feed = None
		if reads:
		    feed = subprocess.Popen(["./records"], stdout=subprocess.PIPE)
		child = subprocess.Popen(argv, stdout=w,
		    stdin=feed.stdout if feed else subprocess.DEVNULL)
		os.close(w)
		def in_pipe():
		    have = array.array("i", [0])
		    fcntl.ioctl(r, termios.FIONREAD, have)
		    return have[0]
		end = time.monotonic() + 120
		still = was = 0
		while still < 20 and time.monotonic() < end:
		    now = in_pipe()
		    still = still + 1 if now > 3000 and now == was else 0
		    was = now
		    time.sleep(0.05)
		if still < 20:
		    sys.exit("never waited for its reader")
		child.send_signal(signal.SIGTERM)
		try:
		    print(child.wait(60))
		except subprocess.TimeoutExpired:
		    print("does not end")
		    child.kill()
		if feed:
		    feed.kill()
	END
	cat >records <<-'END'
		#!/usr/bin/python3
		import sys, time
		t = int(time.time() * 1e6)
		n = 0
		while True:
		    n += 1
		    t += 1000
		    for wan in ("x", "y"):
		        print("rate t=%d wan=%s dir=up bps=%d state=%s delta_us=%d base_us=20000" %
		            (t, wan, 3000000 + n % 7 * 1000000, "red" if n // 4000 % 2 else "green", n % 9 * 9000))
		    print("rtt t=%d wan=x host=192.0.2.%d seq=%d us=%d" %
		        (t, n % 3, n // 3 + 1, 20000 + n % 11 * 3000))
		    print("other t=%d" % t)
	END
	chmod +x records
}

@test "R105: SIGTERM ends every program whose reader is stopped" {
	while read -r program; do
		# shellcheck disable=SC2086 # words
		run python3 stopped $program
		echo "$program: $output"
		[ "${lines[-1]}" = 0 ]
	done <<-'END'
		wanctl-queue -c x.conf
		wanctl-ping -c x.conf
		-i wanctl-assess -a -c x.conf
		-i wanctl-setrate -a -c x.conf
		-i wanctl-steer -a -n -c x.conf
	END
}

@test "R105: SIGTERM ends a program whose messages nobody reads" {
	# A pipe that stays open has the records, and no end.
	mkfifo pipe
	exec 7<>pipe
	for i in 1 2 3; do
		echo "bad record $i" >&7
	done
	sed 's/127.0.0.1 .*/127.0.0.1 nosuch.invalid/' x.conf >names.conf
	while read -r wanted command; do
		# shellcheck disable=SC2086 # words
		run -0 timeout 200 python3 silenced pipe $command
		echo "$command: $output"
		[ "$output" = "$wanted" ]
	done <<-END
		65 wanctl-assess -c x.conf
		0 wanctl-ping -c names.conf
		0 wanctl-reflect -l 127.0.0.1 -p 8628
	END
	exec 7>&-
}
