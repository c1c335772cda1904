# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# line.sh: functions that build an internet line out of network namespaces,
# load it, change it while it runs, and score what a user of it would feel.
# To be read with ".", by a shell running as root.
#
#   lan -------- router -------- isp -------- srv
#      lan0  lan        wan  cust    net  srv0
#
# router: the shaper under test: CAKE on wan (upload) and on ifb-wan
#         (download, fed by a redirect of what arrives on wan)
# isp:    the provider: HTB with a deep FIFO in each direction; its rate is
#         the line's capacity, its queue is the bloat.  (HTB, as a changed
#         rate then holds for what is queued already; netem's does not.)
# srv:    the internet: servers for traffic, reflectors for probes, and the
#         delay of the path (netem on the way back)
#
# With LINE_SHAPER=htb, LINE_DELAY=0 and a LINE_ROUTER it also works on a kernel
# that has neither CAKE nor netem; the download's shaper is then on lan.
#
# By hand, in a shell of the lab (tests/lab/run -i):
#
#   . tests/lab/line.sh
#   line_up                      # 10/2.5 Mbit/s, 20 ms
#   line_load down 4             # four TCP flows
#   line_probe 100 && sleep 6    # five seconds of ping from lan to srv
#   tail "$LINE_DIR/probes"
#   line_capacity 4000 1000      # kbit/s
#   line_down
#
# What may be set before line_up (rates in kbit/s, times in ms):
: "${LINE_DIR:=${TMPDIR:-/tmp}/line.$$}" # logs; removed by line_down
: "${LINE_PREFIX=}"       # of the namespaces lan, isp and srv
: "${LINE_ROUTER=}"       # namespace of the router; empty: where we are
: "${LINE_CAPACITY_DOWN:=10000}" "${LINE_CAPACITY_UP:=2500}"
: "${LINE_SHAPE_DOWN:=9000}" "${LINE_SHAPE_UP:=2250}"
: "${LINE_DELAY:=20}"     # of the path, both ways together; 0: no netem
: "${LINE_JITTER:=0}"
: "${LINE_LOSS:=0}"       # per cent of what comes back
: "${LINE_LOADS:=1}"      # line_load that many times in each direction
: "${LINE_FLOWS:=0}"      # 1: line_flows will be used
: "${LINE_BUFFER:=400}"   # the provider's buffer, at the capacity above
: "${LINE_SHAPER:=cake}"  # cake, htb or none
: "${LINE_CAKE:=}"        # options of CAKE beside its defaults

# shellcheck disable=SC2034 # for the scripts that read this file
LINE_REFLECTORS="198.51.100.1 198.51.100.2 198.51.100.3 198.51.100.4"
LINE_SERVER=10.77.2.2

# Runs a command in one of the four places.
line_in() {
	line_place=$1
	shift
	case $line_place in
	router)
		if [ -z "$LINE_ROUTER" ]; then
			"$@"
		else
			ip netns exec "$LINE_ROUTER" "$@"
		fi ;;
	*) ip netns exec "$LINE_PREFIX$line_place" "$@" ;;
	esac
}

# Seconds since boot in hundredths, in $LINE_NOW; costs no process.
line_now() {
	read -r LINE_NOW _ </proc/uptime
	LINE_NOW=${LINE_NOW%.*}${LINE_NOW#*.}
}

# line_sleep_until HUNDREDTHS
line_sleep_until() {
	line_now
	[ "$1" -gt "$LINE_NOW" ] || return 0
	sleep "$(printf '%d.%02d' $((($1 - LINE_NOW) / 100)) \
	    $((($1 - LINE_NOW) % 100)))"
}

# line_buffer KBIT MS: a buffer in bytes, at least four packets.
line_buffer() {
	line_bytes=$(($1 * $2 / 8))
	[ $line_bytes -ge 6056 ] || line_bytes=6056
	echo $line_bytes
}

# line_veth PLACE DEV ADDRESS PLACE DEV ADDRESS
line_veth() {
	ip link add "$2" type veth peer name "$5" || return
	for line_end in "$1 $2 $3" "$4 $5 $6"; do
		# shellcheck disable=SC2086 # three words
		line_veth_end $line_end || return
	done
}

line_veth_end() {
	if [ "$1" = router ]; then
		[ -z "$LINE_ROUTER" ] || ip link set "$2" netns "$LINE_ROUTER"
	else
		ip link set "$2" netns "$LINE_PREFIX$1"
	fi || return
	# Offloads make packets of 64 kB, which no line carries.
	line_in "$1" ethtool -K "$2" tso off gso off gro off tx off \
	    >/dev/null 2>&1
	line_in "$1" sysctl -q -w "net.ipv6.conf.$2.disable_ipv6=1" 2>/dev/null
	line_in "$1" ip address add "$3/24" dev "$2" &&
	    line_in "$1" ip link set "$2" up
}

# What the router sends is taken over by a thread of the kernel, as far as the
# kernel can do that: otherwise the sender's own process carries its packet
# through the whole line, and the line's work is counted as the sender's.
# (A veth does it only with GRO, which shall not make large packets.)
line_thread() {
	line_in isp ethtool -K cust gro on >/dev/null 2>&1
	if line_in isp ip link set cust gro_max_size 1 2>/dev/null; then
		line_in isp sh -c 'echo 1 >/sys/class/net/cust/threaded' \
		    2>/dev/null || :
	else
		line_in isp ethtool -K cust gro off >/dev/null 2>&1 || :
	fi
}

# line_bottleneck DEV KBIT: the provider's queue on one device of isp.
line_bottleneck() {
	line_in isp tc qdisc add dev "$1" root handle 1: htb default 1 &&
	    line_in isp tc class add dev "$1" parent 1: classid 1:1 htb \
	    rate "$2kbit" burst 2k cburst 2k quantum 1514 &&
	    line_in isp tc qdisc add dev "$1" parent 1:1 handle 11: bfifo \
	    limit "$(line_buffer "$2" "$LINE_BUFFER")"
}

# line_shaper_on DEV KBIT
line_shaper_on() {
	case $LINE_SHAPER in
	cake)
		# shellcheck disable=SC2086 # words
		line_in router tc qdisc add dev "$1" root cake \
		    bandwidth "$2kbit" $LINE_CAKE ;;
	htb)
		line_in router tc qdisc add dev "$1" root handle 1: htb \
		    default 1 &&
		    line_in router tc class add dev "$1" parent 1: \
		    classid 1:1 htb rate "$2kbit" quantum 1514 &&
		    line_in router tc qdisc add dev "$1" parent 1:1 \
		    handle 11: bfifo limit "$(line_buffer "$2" 20)" ;;
	*) : ;;
	esac
}

# The download is shaped on ifb-wan, fed by what arrives on wan; with HTB on
# lan, as a kernel without CAKE may not have the redirect either.
line_shapers() {
	if [ "$LINE_SHAPER" != cake ]; then
		line_shaper_on wan "$LINE_SHAPE_UP" &&
		    line_shaper_on lan "$LINE_SHAPE_DOWN"
		return
	fi
	line_in router ip link add ifb-wan type ifb &&
	    line_in router ip link set ifb-wan up &&
	    line_in router tc qdisc add dev wan handle ffff: ingress &&
	    line_in router tc filter add dev wan parent ffff: matchall \
	    action mirred egress redirect dev ifb-wan &&
	    line_shaper_on wan "$LINE_SHAPE_UP" &&
	    line_shaper_on ifb-wan "$LINE_SHAPE_DOWN"
}

line_routes() {
	line_in router sysctl -q -w net.ipv4.ip_forward=1 &&
	    line_in isp sysctl -q -w net.ipv4.ip_forward=1 &&
	    line_in lan ip route add default via 10.77.0.1 &&
	    line_in router ip route add default via 10.77.1.1 &&
	    line_in isp ip route add 10.77.0.0/24 via 10.77.1.2 &&
	    line_in isp ip route add 198.51.100.0/24 via 10.77.2.2 &&
	    line_in srv ip route add default via 10.77.2.1 || return
	for line_address in $LINE_REFLECTORS; do
		line_in srv ip address add "$line_address/32" dev lo || return
	done
	line_in srv sysctl -q -w net.ipv4.icmp_ratelimit=0
}

# Changes of the line go through one tc for its whole life: a process for
# each change would disturb what is measured.
line_players() {
	mkfifo "$LINE_DIR/isp.fifo" "$LINE_DIR/srv.fifo" || return
	line_in isp tc -b - <"$LINE_DIR/isp.fifo" >>"$LINE_DIR/tc.log" 2>&1 &
	line_pids="$line_pids $!"
	line_in srv tc -b - <"$LINE_DIR/srv.fifo" >>"$LINE_DIR/tc.log" 2>&1 &
	line_pids="$line_pids $!"
	exec 8>"$LINE_DIR/isp.fifo" 9>"$LINE_DIR/srv.fifo"
}

# Logs a counter ten times a second: "hundredths bytes".  In a bash, as that
# waits without a process for each time.
line_watch() {
	# shellcheck disable=SC2016 # for the shell that it starts
	line_in "$1" bash -c 'exec 3<> <(:)
	    while
		read -r bytes </sys/class/net/$1/statistics/$2_bytes &&
		read -r now _ </proc/uptime
	    do
		echo "${now%.*}${now#*.} $bytes"
		read -r -t 0.1 -u 3
	    done' watch "$2" "$3" >"$LINE_DIR/bytes.$4" 2>/dev/null 8>&- 9>&- &
	line_pids="$line_pids $!"
}

# Probes are stamped with the time of day, all else with the time since boot:
# logs both, of one moment.
line_epoch() {
	# shellcheck disable=SC2034 # five attempts
	for line_try in 1 2 3 4 5; do
		line_now
		line_before=$LINE_NOW
		line_date=$(date +%s.%N)
		line_now
		[ $((LINE_NOW - line_before)) -gt 2 ] || break
	done
	echo "$line_date $LINE_NOW" >"$LINE_DIR/epoch"
}

# Builds it all.  On failure, says so and removes what was built.
line_up() {
	line_pids=
	mkdir -p "$LINE_DIR" || return
	if line_up_steps; then
		return 0
	fi
	echo "line.sh: the line could not be built" >&2
	line_down
	return 1
}

line_up_steps() {
	for line_ns in lan isp srv; do
		ip netns add "$LINE_PREFIX$line_ns" || return
		ip -n "$LINE_PREFIX$line_ns" link set lo up
	done
	if [ -n "$LINE_ROUTER" ]; then
		ip netns add "$LINE_ROUTER" || return
		ip -n "$LINE_ROUTER" link set lo up
	fi
	line_veth lan lan0 10.77.0.2 router lan 10.77.0.1 &&
	    line_veth router wan 10.77.1.2 isp cust 10.77.1.1 &&
	    line_veth isp net 10.77.2.1 srv srv0 10.77.2.2 &&
	    line_thread &&
	    line_routes &&
	    line_bottleneck cust "$LINE_CAPACITY_DOWN" &&
	    line_bottleneck net "$LINE_CAPACITY_UP" &&
	    line_shapers || return
	if [ "$LINE_DELAY" != 0 ]; then
		line_in srv tc qdisc add dev srv0 root handle 1: netem \
		    limit 10000 delay "${LINE_DELAY}ms" || return
	fi
	line_players || return
	: >"$LINE_DIR/loss"
	line_loads=0
	# shellcheck disable=SC2034 # line_loaded
	line_load_down='' line_load_up=''
	# A server has time for one client, and needs some to forget it.
	line_port=5201
	while [ $line_port -le $((5200 + 2 * LINE_LOADS)) ]; do
		line_in srv iperf3 -s -p $line_port >"$LINE_DIR/server.log" \
		    2>&1 8>&- 9>&- &
		line_pids="$line_pids $!"
		line_port=$((line_port + 1))
	done
	if [ "$LINE_FLOWS" != 0 ]; then
		mkdir "$LINE_DIR/www" || return
		head -c 65536 /dev/zero >"$LINE_DIR/www/page"
		line_in srv busybox httpd -f -p 8080 -h "$LINE_DIR/www" \
		    >/dev/null 2>&1 8>&- 9>&- &
		line_pids="$line_pids $!"
	fi
	LINE_DEAD=0
	line_watch lan lan0 rx down
	line_watch isp net tx up
	line_epoch
	echo "$LINE_NOW $LINE_CAPACITY_DOWN $LINE_CAPACITY_UP" \
	    >>"$LINE_DIR/capacity"
	echo "$LINE_NOW $LINE_DELAY" >>"$LINE_DIR/delay"
	line_path
}

# Ends what line_up and the functions below have started, and removes it.
line_down() {
	exec 8>&- 9>&-
	for line_pid in $line_pids; do
		kill "$line_pid" 2>/dev/null
	done
	# The kernel clears a namespace later, and what hung on it with it: a
	# new line would find the old one's devices, were they not removed now.
	[ -n "$LINE_ROUTER" ] || for line_device in lan wan ifb-wan; do
		ip link delete "$line_device" 2>/dev/null
	done
	for line_ns in "${LINE_PREFIX}lan" "${LINE_PREFIX}isp" \
	    "${LINE_PREFIX}srv" $LINE_ROUTER; do
		# What runs in a namespace keeps it alive.
		ip netns pids "$line_ns" 2>/dev/null | xargs -r kill 2>/dev/null
		ip netns delete "$line_ns" 2>/dev/null
	done
	# shellcheck disable=SC2086 # a list
	wait $line_pids 2>/dev/null
	rm -rf "$LINE_DIR"
}

# line_capacity DOWN UP: what the line carries from now on, in kbit/s.
line_capacity() {
	line_class="classid 1:1 htb burst 2k cburst 2k quantum 1514"
	echo "class change dev cust parent 1: $line_class rate $1kbit
class change dev net parent 1: $line_class rate $2kbit" >&8
	LINE_CARRIES="$1 $2"
	line_now
	[ "$LINE_DEAD" = 1 ] ||
	    echo "$LINE_NOW $LINE_CARRIES" >>"$LINE_DIR/capacity"
}

# line_dead, line_alive: between them, what arrives at the line is lost; what
# is in the provider's buffers is carried on.
line_dead() {
	LINE_DEAD=1
	line_limits 1 1
	line_now
	echo "$LINE_NOW 0 0" >>"$LINE_DIR/capacity"
}

line_alive() {
	LINE_DEAD=0
	line_limits "$(line_buffer "$LINE_CAPACITY_DOWN" "$LINE_BUFFER")" \
	    "$(line_buffer "$LINE_CAPACITY_UP" "$LINE_BUFFER")"
	line_now
	echo "$LINE_NOW ${LINE_CARRIES:-$LINE_CAPACITY_DOWN $LINE_CAPACITY_UP}" \
	    >>"$LINE_DIR/capacity"
}

# line_limits DOWN UP: of the provider's buffers, in bytes.
line_limits() {
	echo "qdisc change dev cust parent 1:1 handle 11: bfifo limit $1
qdisc change dev net parent 1:1 handle 11: bfifo limit $2" >&8
}

# line_delay MS: the length of the path from now on.
line_delay() {
	LINE_DELAY=$1
	line_path
	line_now
	echo "$LINE_NOW $1" >>"$LINE_DIR/delay"
}

# line_jitter MS: of the path, with the long tail of wireless lines.
line_jitter() {
	LINE_JITTER=$1
	line_path
}

# line_loss PERCENT: of what comes back.
line_loss() {
	LINE_LOSS=$1
	line_path
}

# What is known of the path goes to netem, and its loss into a log.
line_path() {
	[ "$LINE_DELAY" != 0 ] || return 0
	line_words="delay ${LINE_DELAY}ms"
	[ "$LINE_JITTER" = 0 ] ||
	    line_words="$line_words ${LINE_JITTER}ms distribution paretonormal"
	[ "$LINE_LOSS" = 0 ] || line_words="$line_words loss $LINE_LOSS%"
	echo "qdisc change dev srv0 root handle 1: netem limit 10000 $line_words" >&9
	line_now
	echo "$LINE_NOW $LINE_LOSS" >>"$LINE_DIR/loss"
}

# line_silent none|some|all: that many reflectors do not answer any longer.
# (Packets to an address that srv does not have any longer end there.)
line_silent() {
	line_skip=2
	case $1 in
	none) line_skip=9 ;;
	all) line_skip=0 ;;
	esac
	for line_address in $LINE_REFLECTORS; do
		line_skip=$((line_skip - 1))
		line_verb=delete
		[ $line_skip -lt 0 ] || line_verb=replace
		echo "address $line_verb $line_address/32 dev lo"
	done | ip -n "${LINE_PREFIX}srv" -force -batch - 2>/dev/null
	line_now
	echo "$LINE_NOW $1" >>"$LINE_DIR/silent"
}

# line_load down|up FLOWS: TCP until line_unload, or the end.
line_load() {
	line_port=$((5201 + line_loads))
	line_loads=$((line_loads + 1))
	case $1 in
	down) set -- down "$2" -p $line_port -R ;;
	up) set -- up "$2" -p $line_port ;;
	esac
	line_direction=$1
	line_flows=$2
	shift 2
	# Not by line_in: it is this process that is to be ended later.
	ip netns exec "${LINE_PREFIX}lan" iperf3 -c $LINE_SERVER -t 3600 -i 0 -P "$line_flows" "$@" \
	    >>"$LINE_DIR/client.$line_direction" 2>&1 8>&- 9>&- &
	line_loaded "$line_direction" $!
}

# line_loaded DIRECTION PID: for line_unload, and into the log.
line_loaded() {
	eval "line_load_$1=\"\$line_load_$1 $2\""
	line_pids="$line_pids $2"
	line_now
	echo "$1 $LINE_NOW" >>"$LINE_DIR/loads"
}

# line_flows CONNECTIONS: short downloads of 64 kB, so many at a time.
line_flows() {
	ip netns exec "${LINE_PREFIX}lan" curl -s -Z --parallel-max "$1" -o /dev/null \
	    "http://$LINE_SERVER:8080/page?[1-1000000]" \
	    >"$LINE_DIR/client.flows" 2>&1 8>&- 9>&- &
	line_loaded down $!
}

# line_unload down|up
line_unload() {
	eval "line_list=\$line_load_$1"
	# shellcheck disable=SC2154 # by eval
	for line_pid in $line_list; do
		kill "$line_pid" 2>/dev/null
		wait "$line_pid" 2>/dev/null
	done
	eval "line_load_$1="
	line_now
	echo "$1 $LINE_NOW off" >>"$LINE_DIR/loads"
}

# line_probe COUNT: pings from lan to srv, 20 a second, in the background.
line_probe() {
	ip netns exec "${LINE_PREFIX}lan" \
	    fping -D -c "$1" -p 50 -t 4000 $LINE_SERVER \
	    >"$LINE_DIR/probes" 2>/dev/null 8>&- 9>&- &
	line_prober=$!
	line_pids="$line_pids $!"
}

# line_score [FROM TO]: one line of key=value about the time between two
# moments (hundredths; default: from the first load until now).
# Utilisation counts from two seconds after the load of that direction began.
# Added delay is what a probe took above the path's own delay. score.awk says
# what the words mean.
line_score() {
	line_now
	kill -INT "$line_prober" 2>/dev/null
	wait "$line_prober" 2>/dev/null
	awk -v from="${1:-0}" -v to="${2:-$LINE_NOW}" -f "$LAB/score.awk" \
	    "$LINE_DIR/epoch" "$LINE_DIR/capacity" "$LINE_DIR/delay" \
	    "$LINE_DIR/loss" "$LINE_DIR/loads" "$LINE_DIR/bytes.down" "$LINE_DIR/bytes.up" \
	    "$LINE_DIR/probes"
}
