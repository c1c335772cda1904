#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The units under systemd, on a line with CAKE, in a machine of machine.bash's.
# Runs inside the lab only: tests/lab/run bats tests/lab/systemd.bats
#
#   here: wan ------- far: far0      10.9.0.2 and .3 are the reflectors
#         ifb-wan

bats_require_minimum_version 1.5.0

load ../helpers
load machine

setup_file() {
	local unit top=$BATS_TEST_DIRNAME/../.. bin=/run/lab/bin

	[ -d /run/lab/out ] || return 0
	[ -d "$bin" ] || bin=${BIN:-$top/build/bin}
	cp "$bin"/* /usr/local/bin/
	rm -rf /etc/systemd/system/* /var/log/journal /etc/wanctl /var/lib/wanctl
	for unit in "$top"/scripts/systemd/*; do
		sed 's|@BINDIR@|/usr/local/bin|' "$unit" \
		    >"/etc/systemd/system/${unit##*/}"
	done
	# For its passes to be counted.
	mkdir /etc/systemd/system/wanctl@.service.d
	printf '%s\n' '[Service]' LogLevelMax=info \
	    >/etc/systemd/system/wanctl@.service.d/log.conf
	mask_unused
	boot
}

teardown_file() {
	[ ! -d /run/lab/out ] || power_off
}

setup() {
	[ -d /run/lab/out ] || skip "not inside the lab"
	begun=$(date '+%F %T.%6N')
	rm -rf /etc/wanctl
	mkdir /etc/wanctl
	line_up
	conf cable
}

teardown() {
	[ -d /run/lab/out ] || return 0
	inside systemctl --no-block disable --now 'wanctl@cable.timer' \
	    wanctl-stream@cable wanctl-steer@cable wanctl-alert@cable \
	    wanctl-exporter.socket \
	    wanctl-exporter-steering.socket wanctl-status.socket 2>/dev/null || :
	inside systemctl stop 'wanctl*' || :
	inside systemctl reset-failed || :
	inside rm -rf /var/lib/private/wanctl /run/private/wanctl \
	    /etc/systemd/system/wanctl-stream@cable.service.d
	inside systemctl daemon-reload
	[ -z "${children:-}" ] || kill $children 2>/dev/null || :
	line_down
}

# --- the line ---

line_up() {
	ip netns add far
	ip link add ifb-wan type ifb
	ip link set ifb-wan up
	tc qdisc add dev ifb-wan root cake bandwidth 10mbit
	device_up
}

device_up() {
	ip link add wan type veth peer name far0 netns far
	sysctl -q -w net.ipv6.conf.wan.disable_ipv6=1
	ip link set wan up
	ip -n far link set lo up
	ip -n far link set far0 up
	ip address add 10.9.0.1/24 dev wan
	ip -n far address add 10.9.0.2/24 dev far0
	ip -n far address add 10.9.0.3/24 dev far0
	tc qdisc add dev wan root cake bandwidth 2mbit
}

line_down() {
	# Devices first: the kernel clears a namespace only later.
	ip link delete ifb-wan || :
	ip link delete wan 2>/dev/null || :
	ip netns delete far || :
}

# conf NAME [LINE...]: the line as it is above; lines are of [router].
conf() {
	local name=$1

	shift
	cat >"/etc/wanctl/$name.conf" <<-END
	schema = 1
	[wan]
	device = wan
	[ping]
	hosts = 10.9.0.2 10.9.0.3
	[queue]
	interval = 200ms
	[download]
	device = ifb-wan
	floor = 2mbit
	ceiling = 20mbit
	[upload]
	device = wan
	floor = 1mbit
	ceiling = 5mbit
	[pass]
	probes = 2
	[shaper]
	backend = cake
	END
	[ $# -eq 0 ] || printf '%s\n' '[router]' "$@" >>"/etc/wanctl/$name.conf"
}

# What tc says a device's CAKE is set to, in bits a second.
bandwidth() {
	tc -j qdisc show dev "$1" root |
	    sed -n 's/.*"bandwidth":\([0-9]*\).*/\1/p' | awk '{ print $1 * 8 }'
}

# shaped: both were set to what an idle line is given.
shaped() {
	[ "$(bandwidth wan)" -gt 2500000 ] && [ "$(bandwidth ifb-wan)" -gt 11000000 ]
}

# --- what systemd knows ---

# said TAG: its messages since the test began.
said() {
	inside journalctl --no-pager -q -o cat -t "$1" --since "$begun"
}

# of_systemd UNIT: what systemd said of it.
of_systemd() {
	inside journalctl --no-pager -q -o cat -u "$1" -t systemd --since "$begun"
}

# few_messages: each thing is said once or twice, not at each try; kept in out.
few_messages() {
	said wanctl-cable >out
	cat out
	[ "$(sort out | uniq -c | awk '{ print $1 }' | sort -n | tail -n 1)" -le 3 ]
}

passes() { # that ended well
	of_systemd wanctl@cable.service | grep -c '^Finished ' || :
}

start_stream() {
	inside systemctl start wanctl-stream@cable
}

# --- the tests ---

@test "R91: a stream under systemd is ready once it shapes, and stops at once" {
	start_stream
	is_active wanctl-stream@cable
	eventually shaped
	[ -z "$(said wanctl-cable)" ]
	# Alive for longer than its watchdog waits.
	sleep 40
	is_active wanctl-stream@cable
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	inside wanctl status cable >out
	grep -c 's  ok$' out | grep -qx 2
	begin=$(date +%s)
	inside systemctl stop wanctl-stream@cable
	[ $(($(date +%s) - begin)) -le 2 ]
	[ "$(property wanctl-stream@cable Result)" = success ]
	[ "$(property wanctl-stream@cable ActiveState)" = inactive ]
	[ -z "$(inside pgrep wanctl-)" ]
}

@test "R113: systemctl reload puts a new configuration in force, and refuses a faulty one" {
	start_stream
	eventually shaped
	pid=$(property wanctl-stream@cable MainPID)
	sed -i '/^\[download\]/a managed = no' /etc/wanctl/cable.conf
	inside systemctl reload wanctl-stream@cable
	eventually goes_on
	eventually is_unmanaged
	sed -i 's/^managed = no/managed = perhaps/' /etc/wanctl/cable.conf
	run inside systemctl reload wanctl-stream@cable
	echo "$output"
	[ "$status" -ne 0 ]
	sleep 20
	is_active wanctl-stream@cable
	[ "$(property wanctl-stream@cable MainPID)" = "$pid" ]
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	is_unmanaged
}

goes_on() {
	said wanctl-cable | grep -q 'goes on with the new configuration'
}

is_unmanaged() {
	inside wanctl status cable | grep -q 'ok: unmanaged$'
}

@test "R117: a stream under systemd is saved when asked, and is decided on as it was" {
	printf '%s\n' '[keep]' 'directory = /var/lib/wanctl/keep' >>/etc/wanctl/cable.conf
	start_stream
	eventually shaped
	pid=$(property wanctl-stream@cable MainPID)
	inside systemctl kill -s USR1 --kill-whom=main wanctl-stream@cable
	eventually recorded
	recording=$(inside sh -c 'ls /var/lib/wanctl/keep/cable-*-request.rec')
	inside cat "$recording" >/run/lab/box.rec
	grep '^rate ' /run/lab/box.rec >/run/lab/then
	[ -s /run/lab/then ]
	wanctl-assess -c /etc/wanctl/cable.conf < <(grep -v '^rate\|^applied' /run/lab/box.rec) |
		grep '^rate ' | diff /run/lab/then -
	[ "$(property wanctl-stream@cable MainPID)" = "$pid" ]
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	said wanctl-cable | grep -q 'saved /var/lib/wanctl/keep/cable-'
}

recorded() {
	inside sh -c 'ls /var/lib/wanctl/keep' | grep -q '^cable-.*-request.rec$'
}

@test "R92: metrics, health and status under systemd, for everybody" {
	inside systemctl start wanctl-exporter.socket \
	    wanctl-exporter-steering.socket wanctl-status.socket
	start_stream
	eventually shaped
	eventually curl -sf -o health http://127.0.0.1:9101/health
	cat health
	jq -r '.summary.rows[] | .name, .status' health | paste -s | grep -qx $'cable\tok'
	metrics
	grep -qx 'wanctl_up{wan="cable"} 1' metrics
	grep -q '^wanctl_probes_total{.*reflector="10.9.0.2".*result="answered"} [1-9]' metrics
	grep -q '^wanctl_queue_bytes_total{wan="cable",direction="upload"} [1-9]' metrics
	[ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9102/health)" = 404 ]
	# A hundred, one after the other.
	for _ in $(seq 100); do
		metrics
	done
	as_nobody wanctl status >out
	cat out
	grep -c '  ok$' out | grep -qx 2
	inside systemctl stop wanctl-status.socket
	run as_nobody wanctl status
	echo "$output"
	[ "$status" -eq 71 ]
	[[ $output == *"Permission denied"* ]]
	# Nothing is left of those that have answered, and nothing was said.
	eventually none_answers
	[ -z "$(said wanctl-exporter)$(said wanctl-status)" ]
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	[ -z "$(said wanctl-cable)" ]
}

@test "R93: alerts under systemd are in the journal, and a command is told" {
	printf '%s\n' '#!/bin/sh' 'cat >>/run/wanctl/cable/told' >/usr/local/bin/hook
	chmod +x /usr/local/bin/hook
	printf '%s\n' '[alert]' 'command = /usr/local/bin/hook' >>/etc/wanctl/cable.conf
	start_stream
	eventually shaped
	inside systemctl start wanctl-alert@cable
	is_active wanctl-alert@cable
	# Nobody decides any more, and then somebody does again.
	inside systemctl stop wanctl-stream@cable
	eventually alerted 'event=blind severity=critical'
	start_stream
	eventually alerted 'event=blind severity=info .*resolved=1'
	eventually inside test -s /run/wanctl/cable/told
	inside cat /run/wanctl/cable/told >told
	cat told
	[ "$(jq -rs '.[0].event' told)" = blind ]
	inside systemctl stop wanctl-alert@cable
	[ "$(property wanctl-alert@cable Result)" = success ]
	[ "$(property wanctl-alert@cable NRestarts)" -eq 0 ]
	rm /usr/local/bin/hook
}

alerted() {
	said wanctl-alert-cable | grep -e "$1"
}

# metrics: asked for again if there are sixteen connections already, of services
# that systemd has not yet cleaned up after.
metrics() {
	curl -sf -o metrics --retry 20 --retry-all-errors --retry-delay 1 \
	    http://127.0.0.1:9101/metrics
}

as_nobody() {
	inside setpriv --reuid nobody --clear-groups "$@"
}

none_answers() {
	inside systemctl list-units --all --no-legend 'wanctl-exporter*@*.service' \
	    'wanctl-status@*.service' >left
	cat left
	[ ! -s left ]
}

@test "R91: the timer's passes, one each two seconds, shape, and say nothing" {
	inside systemctl start wanctl@cable.timer
	eventually shaped
	from=$(passes)
	sleep 20
	echo "$from $(passes)"
	[ $(($(passes) - from)) -ge 9 ]
	[ $(($(passes) - from)) -le 11 ]
	[ -z "$(said wanctl-cable)" ]
	inside systemctl stop wanctl@cable.timer
}

@test "R91: of passes and a stream the one that is started last goes on" {
	inside systemctl start wanctl@cable.timer
	eventually shaped
	start_stream
	is_active wanctl-stream@cable
	run ! is_active wanctl@cable.timer
	from=$(passes)
	sleep 6
	[ "$(passes)" -eq "$from" ]
	inside systemctl start wanctl@cable.timer
	run ! is_active wanctl-stream@cable
	eventually more_passes "$from"
	# By hand beside them: who holds the line is named, and goes on.
	start_stream
	run inside wanctl pass cable
	echo "$output"
	[ "$status" -eq 75 ]
	[[ $output == *"held by wanctl run"* ]]
	is_active wanctl-stream@cable
}

more_passes() {
	[ "$(passes)" -gt "$1" ]
}

@test "R91: a stream whose programs are killed begins again, and goes on where it was" {
	start_stream
	eventually shaped
	for name in wanctl-stream wanctl-assess wanctl-ping; do
		restarts=$(property wanctl-stream@cable NRestarts)
		pid=$(property wanctl-stream@cable MainPID)
		inside pkill -9 -x "$name"
		eventually is_new_main "$pid"
		[ "$(property wanctl-stream@cable NRestarts)" -eq $((restarts + 1)) ]
		shaped
	done
	said wanctl-cable >out
	cat out
	grep -q 'wanctl-assess was killed by signal 9' out
	[ "$(inside pgrep -c 'wanctl-(ping|assess|setrate|queue)')" -eq 4 ]
}

# is_new_main PID: the stream is up, and has another main process. Asked for in
# one go: between two questions it may end, and then it has none.
is_new_main() {
	inside systemctl show -p ActiveState -p MainPID wanctl-stream@cable >is
	cat is
	grep -qx ActiveState=active is &&
		! grep -qx -e "MainPID=$1" -e MainPID=0 is
}

@test "R105: a device that is away, at the start and later" {
	ip link delete wan
	start_stream
	is_active wanctl-stream@cable
	said wanctl-cable >out
	cat out
	grep -q 'wanctl-ping: wan: is not there' out
	# A warning, as the journal has it.
	inside journalctl --no-pager -q -o json -t wanctl-cable --since "$begun" >journal
	[ "$(jq -r 'select(.MESSAGE == "wanctl-ping: wan: is not there") | .PRIORITY' journal |
		sort -u)" = 4 ]
	device_up
	eventually shaped
	ip link delete wan
	sleep 20
	[ "$(inside systemctl is-failed wanctl-stream@cable)" != failed ]
	device_up
	eventually shaped
	few_messages
}

# A router that is away, or silent: no answer for connect_timeout.
router() {
	(umask 077 && echo secret >/etc/wanctl/password)
	conf cable 'transport = rest' 'address = 10.9.0.4' 'insecure = yes' \
	    'password_file = password' \
	    'download_queue = down' 'upload_queue = up'
	sed -i 's/= cake/= router/' /etc/wanctl/cable.conf
	# As wanctl-setup leaves it.
	mkdir -p /etc/systemd/system/wanctl-stream@cable.service.d
	printf '%s\n' '[Service]' 'LoadCredential=password:/etc/wanctl/password' \
	    >/etc/systemd/system/wanctl-stream@cable.service.d/credentials.conf
	inside systemctl daemon-reload
}

@test "R91: a router that is away at the start holds up nothing, and restarts nothing" {
	router
	# In the unit's order: what comes after all others comes soon.
	inside systemctl enable wanctl-stream@cable
	begin=$(date +%s)
	inside systemctl restart multi-user.target
	echo "multi-user.target after $(($(date +%s) - begin)) s"
	[ $(($(date +%s) - begin)) -le 10 ]
	sleep 100
	is_active wanctl-stream@cable
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	few_messages
	grep -q '10.9.0.4' out
	grep -q '^rate ' <(inside cat /run/wanctl/cable/assess)
	inside systemctl disable wanctl-stream@cable
}

@test "R91: a router that falls silent for long does not restart the stream" {
	router
	# Connections are accepted, and then nothing.
	ip -n far address add 10.9.0.4/24 dev far0
	ip netns exec far python3 -c '
import socket, time
s = socket.create_server(("10.9.0.4", 443), backlog=64)
time.sleep(100000)' 3>&- &
	children=$!
	start_stream
	sleep 100
	is_active wanctl-stream@cable
	[ "$(property wanctl-stream@cable NRestarts)" -eq 0 ]
	few_messages
	grep -q '10.9.0.4' out
	begin=$(date +%s)
	inside systemctl stop wanctl-stream@cable
	echo "stopped after $(($(date +%s) - begin)) s"
	of_systemd wanctl-stream@cable.service
	[ "$(property wanctl-stream@cable Result)" = success ]
}

@test "R91: steering and the reflector under systemd" {
	sed -e 's/= wan$/= lo/' -e 's/10.9.0.2 10.9.0.3/127.0.0.1/' \
	    -e 's/ifb-wan/ifb-dsl/' -e 's/= cake/= print/' \
	    /etc/wanctl/cable.conf >/etc/wanctl/dsl.conf
	printf '%s\n' '[steer]' 'to = dsl' 'dry_run = no' '[diverter]' \
	    'backend = rule' 'priority = 99' 'mark = 9' 'table = 9' \
	    >>/etc/wanctl/cable.conf
	inside systemctl start wanctl-stream@cable wanctl-stream@dsl || {
		said wanctl-dsl
		said wanctl-cable
		false
	}
	inside systemctl start wanctl-steer@cable wanctl-reflect
	is_active wanctl-reflect
	eventually steers
	inside wanctl status cable
	# What it reads of the other line, and what it may write itself.
	inside ls -l /run/wanctl/cable/
	said wanctl-steer-cable
	inside systemctl stop wanctl-steer@cable wanctl-reflect
	[ "$(property wanctl-steer@cable Result)" = success ]
	[ "$(property wanctl-reflect Result)" = success ]
}

steers() {
	is_active wanctl-steer@cable &&
		inside grep '^steer .*to=dsl' /run/wanctl/cable/steer
}

@test "R91: after a reboot what is enabled goes on from what was learned" {
	inside systemctl enable --now wanctl-stream@cable
	eventually shaped
	# To the disk by stopping, as a power-off does.
	power_off
	[ -z "$(ip netns pids far)" ]
	grep -q '^end ' /var/lib/private/wanctl/cable.assess
	tc qdisc change dev wan root cake bandwidth 1mbit
	tc qdisc change dev ifb-wan root cake bandwidth 2mbit
	boot
	is_active wanctl-stream@cable
	eventually shaped
	[ -z "$(said wanctl-cable)" ]
	inside systemctl disable --now wanctl-stream@cable
}

@test "R91: of a timer and a stream that are both enabled one goes on, and systemd says so" {
	inside systemctl enable wanctl@cable.timer wanctl-stream@cable
	power_off
	boot
	states="$(property wanctl@cable.timer ActiveState) $(property wanctl-stream@cable ActiveState)"
	echo "$states"
	inside journalctl --no-pager -q -o cat --since "$begun" | grep -i -e wanctl -e conflict -e break
	[ "$states" = "inactive active" ] || [ "$states" = "active inactive" ]
	eventually shaped
	inside systemctl disable --now wanctl@cable.timer wanctl-stream@cable
}

@test "R96: a line is removed while its passes are under way" {
	for pause in 0.1 0.4 0.7; do
		conf cable
		inside systemctl enable --now wanctl@cable.timer
		from=$(passes)
		eventually more_passes "$from"
		sleep $pause
		inside wanctl setup -x -y -n cable 2>out || {
			cat out
			return 1
		}
		cat out
		run ! is_active wanctl@cable.timer
		[ ! -e /etc/wanctl/cable.conf ]
		# Locks stay, for who waits for them.
		run inside sh -c 'ls -d /var/lib/wanctl/cable.* /run/wanctl/cable/*'
		echo "$output"
		[ -z "$(grep -v 'lock$' <<<"$output")" ]
		sleep 5
		[ -z "$(inside pgrep wanctl)" ]
		[ "$(inside systemctl --failed --plain --no-legend | wc -l)" -eq 0 ]
	done
}

# Shaped by what wanctl made.
made() {
	tc qdisc show dev wan root | grep -q '^qdisc cake 7761:' &&
		tc filter show dev wan ingress | grep -q 'device ifb4wan' &&
		[ "$(bandwidth wan)" -gt 2500000 ] &&
		[ "$(bandwidth ifb4wan)" -gt 11000000 ]
}

@test "R111: what wanctl makes is there after a reboot, and when the device is back" {
	sed -i -e 's/ifb-wan/ifb4wan/' -e 's/^backend = cake/&\nmake = yes/' \
	    /etc/wanctl/cable.conf
	ip link delete ifb-wan
	tc qdisc delete dev wan root
	inside systemctl enable --now wanctl-stream@cable
	eventually made
	power_off
	# What a reboot leaves.
	ip link delete ifb4wan
	tc qdisc delete dev wan root
	tc qdisc delete dev wan ingress
	boot
	eventually made
	[ -z "$(said wanctl-cable)" ]
	# What a connection that was lost leaves.
	ip link delete wan
	sleep 5
	device_up
	tc qdisc delete dev wan root
	eventually made
	few_messages
	# And the timer's passes.
	inside systemctl disable --now wanctl-stream@cable
	inside wanctl shaper down cable
	run ! ip link show ifb4wan
	inside systemctl enable --now wanctl@cable.timer
	eventually made
	inside wanctl setup -x -y -n cable
	run ! ip link show ifb4wan
	tc qdisc show dev wan root | grep -q noqueue
}
