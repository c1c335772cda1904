#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The units, as far as systemd can judge them without running them.

bats_require_minimum_version 1.5.0

setup() {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	O=${O:-$top/build}
	cd "$BATS_TEST_TMPDIR" || exit 1
	for u in "$top"/scripts/systemd/*; do
		sed "s|@BINDIR@|$O/bin|" "$u" >"${u##*/}"
	done
}

# verify UNIT...: what systemd says about them; nothing if all is well.
verify() {
	SYSTEMD_UNIT_PATH=$PWD: systemd-analyze verify --man=no "$@" 2>&1
}

# value UNIT KEY: of a line of a unit.
value() {
	sed -n "s/^$2=//p" "$1"
}

@test "R91: systemd accepts the units" {
	for u in ./*@.* ./*.socket ./wanctl-reflect.service; do
		run verify "$u"
		echo "$output"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
}

@test "R91: a wrong unit would be found" {
	sed -i 's/^ExecStart=.*/ExecStart=\/nowhere\/wanctl/' wanctl@.service
	run verify ./wanctl@.service
	[ "$status" -ne 0 ]
	sed -i 's/^AccuracySec=.*/AccuracySek=10ms/' wanctl@.timer
	run verify ./wanctl@.timer
	[[ "$output" == *AccuracySek* ]]
}

@test "R91: exposure is 2.0 at most" {
	while read -r u most; do
		run systemd-analyze security --offline=yes --threshold="$most" "./$u"
		echo "# ${output##*→ }" >&3
		echo "$output"
		[ "$status" -eq 0 ]
	done <<-'END'
		wanctl-alert@.service 17
		wanctl-exporter@.service 15
		wanctl-exporter-steering@.service 15
		wanctl-reflect.service 15
		wanctl-status@.service 15
		wanctl@.service 17
		wanctl-steer@.service 17
		wanctl-stream@.service 17
	END
}

@test "R91: a pass every two seconds, to the point" {
	[ "$(value wanctl@.timer AccuracySec)" = 10ms ]
	[ "$(value wanctl@.timer OnUnitActiveSec)" = 2s ]
	# The first, or there would never be a second.
	[ -n "$(value wanctl@.timer OnActiveSec)" ]
	[ "$(value wanctl@.service Type)" = oneshot ]
	# However often: no limit of starts that a shorter interval would meet.
	for u in *.service; do
		[ "$(value "$u" StartLimitIntervalSec)" = 0 ]
	done
	# What a configuration says by default.
	grep -q '"interval", .*pass.interval' "$top/lib/conf/settings_table.c"
	grep -A1 'AT(pass.interval_us)' "$top/lib/conf/settings_table.c" | grep -q '"2s"'
}

@test "R91: the stream is watched, and wrong calls are not repeated" {
	u=wanctl-stream@.service
	[ "$(value $u Type)" = notify ]
	[ "$(value $u NotifyAccess)" = main ]
	[ -n "$(value $u WatchdogSec)" ]
	[ "$(value $u Restart)" = on-failure ]
	[ "$(value $u RestartPreventExitStatus)" = "64 78" ]
}

@test "R91: passes and the stream share a user, directories and a sandbox" {
	# What both must have, word by word.
	same='^(User|DynamicUser|.*Directory.*|.*Capabilit.*|Protect.*|Private.*|Restrict(Addr|Name|Real|SUID).*|SystemCall.*|Environment|UMask|NoNew.*|Lock.*|Memory.*)='
	grep -E "$same" wanctl@.service >one
	grep -E "$same" wanctl-stream@.service >two
	diff one two
	[ "$(value wanctl@.service DynamicUser)" = yes ]
	[ "$(value wanctl@.service AmbientCapabilities)" = "CAP_NET_RAW CAP_NET_ADMIN" ]
	[ "$(value wanctl@.service CapabilityBoundingSet)" = "CAP_NET_RAW CAP_NET_ADMIN" ]
	[ "$(value wanctl@.service RuntimeDirectoryPreserve)" = yes ]
	grep -qxF 'Conflicts=wanctl-stream@%i.service' wanctl@.service
	grep -qxF 'Conflicts=wanctl@%i.timer wanctl@%i.service' wanctl-stream@.service
}

@test "R91: the reflector may bind its port, and nothing else" {
	u=wanctl-reflect.service
	[ "$(value $u CapabilityBoundingSet)" = CAP_NET_BIND_SERVICE ]
	[ "$(value $u AmbientCapabilities)" = CAP_NET_BIND_SERVICE ]
	[ "$(value $u Type)" = notify ]
	[ "$(value $u DynamicUser)" = yes ]
	[ "$(value $u Restart)" = on-failure ]
	[ "$(value $u RestartPreventExitStatus)" = 64 ]
}

@test "R91: steering has the user and directories of the line" {
	u=wanctl-steer@.service
	for key in User DynamicUser StateDirectory RuntimeDirectory RuntimeDirectoryPreserve; do
		[ "$(value "$u" $key)" = "$(value wanctl@.service $key)" ]
	done
	[ "$(value "$u" CapabilityBoundingSet)" = CAP_NET_ADMIN ]
	# What the other line leaves is there, and not to be written.
	grep -qxF 'BindReadOnlyPaths=-/run/private/wanctl' "$u"
}

@test "R91: a stream says that it is ready, alive, and stopping" {
	command -v python3 >/dev/null || skip "no python3"
	mkdir conf
	cat >conf/x.conf <<-'END'
		schema = 1
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
	WANCTL_CONFIG_DIR=conf WANCTL_STATE_DIR=s WANCTL_RUNTIME_DIR=r \
	    run --separate-stderr timeout 30 python3 - "$O/bin/wanctl" <<-'END'
		import os, socket, subprocess, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("notify")
		s.settimeout(10)
		child = subprocess.Popen([sys.argv[1], "run", "x"],
		    env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")))
		said = []
		while len(said) < 3:
		    said.append(s.recv(4096).decode().split())
		child.terminate()
		while said[-1] != ["STOPPING=1"]:
		    said.append(s.recv(4096).decode().split())
		print(*said[0][:2], said[1][0], child.wait())
	END
	echo "$output"
	[ "$output" = "READY=1 WATCHDOG=1 WATCHDOG=1 0" ]
}

@test "R91: the sandbox allows what the programs do" {
	command -v strace >/dev/null || skip "no strace"
	cat >x.conf <<-'END'
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
	export WANCTL_CONFIG_DIR=. WANCTL_STATE_DIR=s WANCTL_RUNTIME_DIR=r
	strace -f -o pass.calls "$O/bin/wanctl" pass x
	strace -f -o run.calls timeout --foreground 2 "$O/bin/wanctl" run x || true
	# Steering, with all that it does in the kernel where that can be had.
	{ cat x.conf; printf '%s\n' '[steer]' 'to = y' 'dry_run = no' '[diverter]'
	    echo 'backend = rule'; echo 'priority = 9'; echo 'mark = 9'
	    echo 'table = 9'; } >z.conf
	strace -f -o steer.calls unshare -rn timeout --foreground 2 \
	    "$O/bin/wanctl" steer z 2>/dev/null || true
	sed 's/backend = rule/backend = nft\nset = inet t s\nelement = 9/' z.conf >n.conf
	strace -f -o nft.calls unshare -rn timeout --foreground 2 \
	    "$O/bin/wanctl" steer n 2>/dev/null || true
	grep -v -h -e '[^a-z]unshare(' -e setgroups steer.calls nft.calls >kernel.calls
	strace -f -o reflect.calls timeout --foreground 1 "$O/bin/wanctl-reflect" \
	    -l 127.0.0.1 -l ::1 -p 58620 2>/dev/null || true
	echo 'GET /metrics HTTP/1.1' | strace -f -o monitor.calls "$O/bin/wanctl-exporter" >/dev/null
	strace -f -o status.calls "$O/bin/wanctl-status" -r >/dev/null
	sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' pass.calls run.calls \
	    kernel.calls reflect.calls monitor.calls status.calls |
		sort -u >used
	[ "$(wc -l <used)" -gt 30 ]
	set_of() {
		systemd-analyze syscall-filter "$1" | sed -n 's/^ \+\([@a-z].*\)/\1/p' |
			while read -r name; do
				case $name in @*) set_of "$name" ;; *) echo "$name" ;; esac
			done
	}
	set_of @system-service | sort -u >allowed
	{ set_of @privileged; set_of @resources; } | sort -u >denied
	comm -23 allowed denied >left
	# Each unit names the same ones beside these groups.
	sed -n 's/^SystemCallFilter=\([a-z].*\)/\1/p' ./*.service | sort -u >named
	[ "$(wc -l <named)" -eq 1 ]
	tr ' ' '\n' <named >>left
	sort -u left >may
	# What systemd itself does to start them, and strace of 32-bit names.
	# Where a program may not ask whether the clock is kept, it does without.
	comm -23 used may | grep -vx clock_adjtime >not_allowed || :
	echo "not allowed: $(cat not_allowed)"
	[ ! -s not_allowed ]
}

@test "R91: messages go to the journal, whatever becomes of records" {
	for u in *.service; do
		if grep -q '^StandardOutput=null' "$u"; then
			# Standard error would follow it.
			grep -qx StandardError=journal "$u"
		fi
	done
}
