# SPDX-License-Identifier: GPL-2.0-or-later
# For bats files about wanctl-setup: a terminal, and a systemctl that only says
# what it was asked to do. After router.bash, whose setup this replaces.
#
# shellcheck shell=bash disable=SC2154

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export BIN="${BIN:-$top/build/bin}"
	PATH="$BIN:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	. "$ROS/ports"
	ros reset
	export WANCTL_CONFIG_DIR=$PWD/etc WANCTL_UNIT_DIR=$PWD/units
	export TMPDIR=$PWD/tmp
	mkdir etc bin tmp enabled
	# systemctl only says what it was asked to do, and keeps that.
	cat >bin/systemctl <<-END
	#!/bin/sh
	cd $PWD/enabled
	case \$* in
	is-system-running) echo "\${SYSTEMD:-degraded}"; exit 1 ;;
	"-q is-enabled "*) [ -e "\$3" ]; exit ;;
	"enable --now "*) touch "\$3" ;;
	"disable --now "*) rm "\$3" ;;
	"stop "*) [ ! -e $PWD/pass ] || kill "\$(cat $PWD/pass)" ;;
	esac
	echo "\$@" >>$PWD/systemctl.log
	END
	chmod +x bin/systemctl
	PATH="$PWD/bin:$PATH"
	socket=wanctl-$$
}

teardown() {
	tmux -L "$socket" kill-server 2>/dev/null || :
}

need_ping() {
	[ "$(id -u)" -eq 0 ] || wanctl-ping -n 1 127.0.0.1 >/dev/null 2>&1 ||
		skip "nobody may ping here"
}

# What the terminal shows, until it has the text.
see() { # TEXT
	eventually is_seen "$1" || {
		cat screen
		return 1
	}
}
is_seen() { # TEXT
	tmux -L "$socket" capture-pane -p -J -S - >screen
	grep -F -- "$1" screen >&2
}

# prompts TEXT: how often the terminal shows it; prompted COUNT TEXT.
prompts() {
	tmux -L "$socket" capture-pane -p -J -S - | grep -cF -- "$1" || true
}
prompted() {
	[ "$(prompts "$2")" -ge "$1" ]
}

# Answers the question that shows that text.
answer() { # TEXT ANSWER
	see "$1"
	tmux -L "$socket" send-keys -l "$2"
	tmux -L "$socket" send-keys Enter
}

open_terminal() { # COMMAND
	tmux -L "$socket" -f /dev/null new-session -d -x 100 -y 50 \
	    "$1; echo status=\$?; sleep 600"
}
