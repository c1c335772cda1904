# SPDX-License-Identifier: GPL-2.0-or-later
# For bats files that need a router of our own making: one for all tests of a
# file, as new for each.
#
# Deadlines are generous: a test that is about one sets its own.
#
# shellcheck shell=bash

load helpers

setup_file() {
	export ROS="$BATS_FILE_TMPDIR/ros"
	"$BATS_TEST_DIRNAME/routeros/fakeros" "$ROS" >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/pid"
	eventually test -e "$ROS/ports" || {
		cat "$BATS_FILE_TMPDIR/log"
		return 1
	}
}

teardown_file() {
	end_ours "$(cat "$BATS_FILE_TMPDIR/pid")"
}

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	. "$ROS/ports"
	keys=$ROS/keys
	ros reset
	(umask 077 && echo s3cret-wanctl >password)
	for key in host_ed25519 host_rsa; do
		printf '[127.0.0.1]:%s %s\n' "$ssh_port" "$(cut -d' ' -f1,2 "$keys/$key.pub")"
	done >known_hosts
	conf rest
	conf ssh
}

teardown() {
	exec 7>&- 8>&- 2>/dev/null || true
	# shellcheck disable=SC2086 # several
	end_ours -KILL ${children:-}
}

ros() {
	"$BATS_TEST_DIRNAME/routeros/rosctl" "$ROS" "$@"
}

# conf TRANSPORT [LINE...]: TRANSPORT.conf; lines of [router].
conf() {
	local transport=$1 to=${file:-$1}

	shift
	cat >"$to.conf" <<-END
	schema = 1
	[wan]
	name = cable
	[download]
	ceiling = 900mbit
	floor = 50mbit
	[upload]
	ceiling = 40mbit
	floor = 4mbit
	[shaper]
	backend = router
	timeout = 10s
	max_age = 1min
	[pass]
	interval = 1min
	[router]
	timeout = 20s
	connect_timeout = 20s
	transport = $transport
	address = 127.0.0.1
	rest_port = $rest_port
	ssh_port = $ssh_port
	password_file = $PWD/password
	ca_file = $keys/ca.pem
	known_hosts = $PWD/known_hosts
	key_file = $keys/client
	download_queue = WAN-Download
	upload_queue = WAN-Upload
	rule = ADAPTIVE: Steer latency-sensitive to ATT
	END
	for line; do
		sed -i "/^${line%% *} = /d" "$to.conf"
		printf '%s\n' "$line" >>"$to.conf"
	done
}

# with CONF LINE...: lines of [router], each in place of the one of its key.
with() {
	local to=$1

	shift
	for line; do
		sed -i -e "/^\[router\]/,/^\[/{/^${line%% *} = /d}" \
		    -e "/^\[router\]/a $line" "$to.conf"
	done
}

# ask TRANSPORT REQUEST...: one process; answers in the file answers, what was
# said in err. Requests get their ids.
ask() {
	local transport=$1

	shift
	n=0
	for request; do
		n=$((n + 1))
		echo "${request%% *} id=$n ${request#* }"
	done | timeout 200 wanctl-router -c "$transport.conf" >answers 2>err || {
		echo "status $?"
		cat answers err
		return 1
	}
	cat answers err
	[ "$(grep -c ^answer answers)" -eq $# ]
}

# start TRANSPORT: one that stays; tell REQUEST asks it, the answer in the file
# told.
start() {
	mkfifo to
	emptied from err
	wanctl-router -c "$1.conf" <to >from 2>err 3>&- &
	children="${children:-} $!"
	exec 7>to
	asked=0
}
tell() {
	asked=$((asked + 1))
	echo "${1%% *} id=$asked ${1#* }" >&7
	eventually answered "$asked" || {
		echo "no answer to: $1"
		cat err
		return 1
	}
}
answered() { # ID
	grep "^answer id=$1 " from >told
}

# The router's rate of a queue.
rate() {
	ros state menu=queue/tree "name=WAN-$1" | sed 's/.*"max-limit": "\([0-9]*\)".*/\1/'
}
answer() { # ID WORD...: they are in that answer
	local line word

	line=$(grep "^answer id=$1 " answers) || return 1
	shift
	for word; do
		case " $line " in
		*" $word "*) ;;
		*)
			echo "not in the answer: $word"
			return 1
			;;
		esac
	done
}
