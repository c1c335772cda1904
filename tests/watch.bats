#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-watch on a terminal of every size, live and of a recording; and the
# terminal is given back however it ends.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T" || exit 1
	export WANCTL_CONFIG_DIR=$T/etc WANCTL_RUNTIME_DIR=$T/run WANCTL_STATE_DIR=$T/lib
	mkdir -p etc run lib
	command -v tmux >/dev/null || skip "no tmux"
	session=watch-$$
}

teardown() {
	local shell

	# Whose terminal goes away looks for leaks, in an instrumented build, and
	# is interrupted by that: it would turn for ever.
	for shell in $(tmux -L "$session" list-panes -a -F '#{pane_pid}' 2>/dev/null); do
		pkill -KILL -P "$shell" || :
	done
	tmux -L "$session" kill-server 2>/dev/null || :
}

# line NAME STATE DELTA_US: one that is configured, and decides.
line() {
	local t

	[ -e "etc/$1.conf" ] || {
		silent_line
		printf '%s\n' '[pass]' 'interval = 10min'
	} >"etc/$1.conf"
	mkdir -p "run/$1"
	t=$(wanctl-records -n)
	cat >new <<-END
	state v=1 program=wanctl-assess wan=$1
	live
	rate t=$t wan=$1 dir=down bps=50000000 state=$2 delta_us=$3 base_us=18100 load=50 why=hold
	rate t=$t wan=$1 dir=up bps=4000000 state=green delta_us=10 base_us=18100 load=3 why=hold
	END
	mv new "run/$1/assess"
	cat >new <<-END
	state v=1 program=wanctl-setrate wan=$1
	live
	applied t=$t wan=$1 dir=down bps=50000000 want=50000000 ok=1
	applied t=$t wan=$1 dir=up bps=4000000 want=4000000 ok=1
	END
	mv new "run/$1/setrate"
}

# on_terminal WIDTH HEIGHT COMMAND: in a terminal of that size; what the shell
# knows of it before and after is in `before` and `after`.
on_terminal() {
	cat >script <<-END
	cd '$T'
	stty -a >before
	# Only the program is ended by keys.
	trap : INT QUIT
	$3
	echo \$? >status
	stty -a >after
	exec sleep 60
	END
	env -u TMUX tmux -L "$session" -f /dev/null -u new-session -d -x "$1" -y "$2" \
	    "sh ./script" 3>&-
	tmux -L "$session" set-option -g status off
}

screen() {
	tmux -L "$session" capture-pane -p >shown
	cat shown
}

# shows PATTERN...: all of them, as extended regular expressions.
shows() {
	local pattern

	screen
	for pattern; do
		grep -qE -e "$pattern" shown || return 1
	done
}

# fits WIDTH HEIGHT: nothing is wider or higher.
fits() {
	screen >/dev/null
	[ "$(wc -l <shown)" -le "$2" ]
	[ "$(LC_ALL=C.UTF-8 wc -L <shown)" -le "$1" ]
}

given_back() {
	[ -s after ] && diff before after
}

@test "R110: usage, and no lines" {
	run -64 wanctl-watch -x
	run -64 wanctl-watch -s 5
	run -64 wanctl-watch -f a b
	run -64 wanctl-watch -f -s 1001 a
	run -71 wanctl-watch -f nowhere
	run -1 wanctl-watch -1
	run -78 wanctl-watch -1 cable
	[[ $output == *"no such WAN"* ]]
}

@test "R110: two lines and steering, on terminals of three sizes that change" {
	line cable green 1200
	printf '%s\n' '[steer]' 'to = dsl' 'base_min = 100us' >>etc/cable.conf
	line cable green 1200
	line dsl red 42000
	cat >run/cable/steer <<-END
	state v=1 program=wanctl-steer wan=cable
	steer t=$(wanctl-records -n) wan=cable to=dsl on=0 dry_run=1 confidence=12 state=green alternate=good why=green
	END
	on_terminal 80 24 'wanctl watch'
	eventually shows '^cable +ok' '^ down green +50.0 Mbit/s' 'load  50 %' \
	    '^ to +dsl: at home, score 12, ok' '^dsl +ok' '^ down red' \
	    'delay +42.0 ms'
	fits 80 24
	# Half of the ceiling, and half of that used; the floor is a tenth.
	bar=$(grep -m 1 -o '\[[^]]*\]' shown)
	echo "$bar"
	[ "$(tr -cd '.' <<<"$bar" | wc -c)" -ge 10 ]
	[[ $bar == *'|'* ]]
	# It is followed.
	line cable soft_red 30000
	eventually shows '^ down soft_red' 'delay +30.0 ms'
	tmux -L "$session" resize-window -x 40 -y 10
	eventually shows '^cable +ok' '^ down soft_red +50.0'
	eventually fits 40 10
	! grep -q '\[' shown || false
	tmux -L "$session" resize-window -x 200 -y 60
	eventually shows 'load  50 %' '^ to +dsl'
	eventually fits 200 60
	tmux -L "$session" resize-window -x 3 -y 2
	eventually fits 3 2
	tmux -L "$session" resize-window -x 80 -y 24
	eventually shows '^ to +dsl: at home'
	tmux -L "$session" send-keys q
	eventually given_back
	[ "$(cat status)" = 0 ]
}

@test "R110: the terminal is as it was, however it ends" {
	line cable green 1200
	for how in 'send-keys C-c' 'send-keys C-\' 'send-keys q'; do
		rm -f after
		on_terminal 80 24 'wanctl watch cable'
		eventually shows '^cable +ok'
		grep -q ' -echo ' <(stty -a -F "$(tmux -L "$session" display -p '#{pane_tty}')")
		# shellcheck disable=SC2086
		tmux -L "$session" $how
		eventually given_back
		# What was on the screen before is there again.
		! shows '^cable' || false
		tmux -L "$session" kill-server
	done
}

@test "R110: Ctrl-Z gives it back for a while" {
	line cable green 1200
	env -u TMUX tmux -L "$session" -f /dev/null -u new-session -d -x 80 -y 24 \
	    "env PS1='prompt> ' bash --norc --noprofile" 3>&-
	eventually shows '^prompt>'
	tmux -L "$session" send-keys 'wanctl watch' Enter
	eventually shows '^cable +ok'
	tmux -L "$session" send-keys C-z
	eventually shows 'Stopped'
	tmux -L "$session" send-keys 'stty -a | grep -o "[-]*echo "; fg' Enter
	eventually shows '^cable +ok'
	tmux -L "$session" send-keys q
	eventually shows '^echo'
}

@test "R110: a recording, faster than it was, with what it knows of" {
	for i in $(seq 0 300); do
		echo "rate t=$((1769000000 + i))000000 wan=cable dir=down bps=$((10 + i))000000 state=green delta_us=$((i * 100)) load=90 why=grow"
		echo "rtt t=$((1769000000 + i))100000 wan=cable host=192.0.2.1 seq=$i us=18000"
	done >monday
	on_terminal 80 24 'wanctl watch -f -s 100 monday'
	eventually shows '^ down green +1[0-9][0-9].[0-9] Mbit/s'
	eventually given_back
	# From a pipe, keys are the terminal's all the same.
	rm after
	tmux -L "$session" kill-server
	on_terminal 80 24 '(cat monday; sleep 60) | wanctl watch -f -s 1000'
	eventually shows '^ down green +310.0 Mbit/s'
	tmux -L "$session" send-keys q
	eventually test -s status
	# For what is no terminal, a line for each second.
	wanctl watch -f -s 1000 monday >out
	[ "$(wc -l <out)" -eq 301 ]
	[[ $(tail -n 1 out) == *"down green 310.0 Mbit/s 30.0 ms"* ]]
	run ! grep -q $'\033' out
	printf 'rate t=1 dir=up bps=5 state=green\nnonsense line\n' >bad
	run -65 wanctl watch -f bad
	[[ $output == *"bad:2: bad record"* ]]
}

@test "R110: blocks and colours where there are any" {
	line cable red 42000
	on_terminal 100 24 'LC_ALL=C.UTF-8 wanctl watch'
	eventually shows '^ down red .*█+▒+'
	tmux -L "$session" capture-pane -p -e | grep -q $'\033\\[31mred'
	tmux -L "$session" kill-server
	on_terminal 100 24 'LC_ALL=C NO_COLOR=1 wanctl watch'
	eventually shows '^ down red .*#+=+'
	! tmux -L "$session" capture-pane -p -e | grep -q $'\033\\[31m' || false
	wanctl watch -1 >out
	grep -q ' cable  down red 50.0 Mbit/s 42.0 ms  up green 4.0 Mbit/s 0.0 ms  ok$' out
}
