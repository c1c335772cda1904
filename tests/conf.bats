#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-conf: options, exit statuses, bad configurations of every kind.

bats_require_minimum_version 1.5.0

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	cat >good.conf <<-'END'
		schema = 1
		[shaper]
		backend = print
		[download]
		ceiling = 500mbit
		floor = 50mbit
		[upload]
		ceiling = 20mbit
		floor = 4mbit
	END
}

# refused FILE: check must refuse it with 78 and say something on stderr only.
refused() {
	run wanctl-conf check "$1"
	echo "$output"
	[ "$status" -eq 78 ]
	[ -z "$(wanctl-conf check "$1" 2>/dev/null)" ]
}

# says LINE...: the last output consists of these lines, "wanctl-conf: " first.
says() {
	printf 'wanctl-conf: %s\n' "$@" >wanted
	printf '%s\n' "$output" >said
	diff wanted said
}

@test "R101: usage: 64 and the synopsis, -h and -V: 0" {
	for args in "" check "check a b" show "get a" \
	    "test good.conf" "-x check good.conf" "check -x good.conf"; do
		# shellcheck disable=SC2086
		run wanctl-conf $args
		echo "$args: $output"
		[ "$status" -eq 64 ]
		[[ "$output" == *"usage: wanctl-conf check|show FILE"* ]]
		# shellcheck disable=SC2086
		[ -z "$(wanctl-conf $args 2>/dev/null)" ]
	done
	run wanctl-conf -h
	[ "$status" -eq 0 ]
	[[ "$output" == usage:* ]]
	[ -z "$(wanctl-conf -h 2>&1 >/dev/null)" ]
	run wanctl-conf -V
	[ "$status" -eq 0 ]
	[[ "$output" == "wanctl-conf "* ]]
	run wanctl-conf -- check good.conf
	[ "$status" -eq 0 ]
}

@test "check: a good file gives 0 and no word" {
	run wanctl-conf check good.conf
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "R82: show gives every value and where it is from" {
	run wanctl-conf show good.conf
	[ "$status" -eq 0 ]
	[[ "$output" == *"schema = 1  ; good.conf:1"* ]]
	[[ "$output" == *"name = good  ; name of the file"* ]]
	[[ "$output" == *"ceiling = 500mbit  ; good.conf:5"* ]]
	[[ "$output" == *"base = 300mbit  ; default 60%ceiling"* ]]
	[[ "$output" == *"floor_green = 10mbit  ; default floor_yellow"* ]]
	[[ "$output" == *"timeout = 1s  ; default"* ]]
	# All keys that have a value, and no others.
	[ "$(wanctl-conf show good.conf | grep -c ' = ')" -ge 60 ]
	[ "$(wanctl-conf show good.conf | grep -c '^class')" -eq 0 ]
}

# values FILE: what show prints, without where it is from.
values() {
	wanctl-conf show "$1" | sed 's/  *;.*//; /^;/d; /^$/d'
}

@test "R82: what show prints is a file that means the same" {
	mkdir a b
	# The longest lines there may be, also without blanks.
	cat >>good.conf <<-END
		[wan]
		name = x
		device = ppp0
		[ping]
		hosts = 192.0.2.1 a.example
		hosts_2=$(seq -s ' ' -f 'h%03g.example' 1 14)
		hosts_4 = b.example ::1
		mark = 7
		timeout=1.2
		[shaper]
		command=$(printf '%0182d' 7)
	END
	wanctl-conf check good.conf
	values good.conf >first
	wanctl-conf show good.conf >a/x.conf
	wanctl-conf check a/x.conf
	# The name of a file may be long too.
	long=$(printf '%0200d' 0)
	wanctl-conf show a/x.conf >"b/$long.conf"
	values a/x.conf >second
	values "b/$long.conf" >third
	wanctl-conf show "b/$long.conf" >again.conf
	values again.conf >fourth
	diff first second
	diff first third
	diff first fourth
	grep -q '^hosts_2.*h014' first
	# A list may be longer than a line.
	for n in 0 1 2; do
		printf '[ping]\nhosts =%s\n' "$(printf ' %030d.example' $((n * 4)) $((n * 4 + 1)) $((n * 4 + 2)) $((n * 4 + 3)))"
	done >>a/x.conf
	sed -i '/^hosts_/d' a/x.conf
	wanctl-conf show a/x.conf >b/list.conf
	[ "$(grep -c '^hosts' b/list.conf)" -gt 2 ]
	[ "$(wanctl-conf get a/x.conf ping.hosts | wc -w)" -eq 14 ]
	[ "$(wanctl-conf get a/x.conf ping.hosts)" = \
	    "$(wanctl-conf get b/list.conf ping.hosts)" ]
	wanctl-conf edit a/x.conf 'ping.hosts=::1 ::2' ping.hosts=::3
	grep '^hosts' a/x.conf | diff - <(printf 'hosts = ::1 ::2\nhosts = ::3\n')
	grep -q '^hosts_4 = b.example ::1' first
}

@test "get: several values, each on a line, 1 if one has none" {
	run -0 wanctl-conf get good.conf upload.ceiling schema
	[ "$output" = $'20mbit\n1' ]
	run -1 wanctl-conf get good.conf upload.ceiling wan.device schema
	[ "$output" = $'20mbit\n\n1' ]
	run -64 wanctl-conf get good.conf upload.ceiling colour
	[[ $output != *20mbit* ]]
}

@test "get: one value, 1 if it has none, 64 if there is no such key" {
	run wanctl-conf get good.conf upload.ceiling
	[ "$status" -eq 0 ]
	[ "$output" = 20mbit ]
	run wanctl-conf get good.conf schema
	[ "$output" = 1 ]
	run wanctl-conf get good.conf wan.device
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	for key in colour wan.colour colour.name .schema wan. . "" name \
	    "$(printf '%0300d.x' 0)"; do
		run wanctl-conf get good.conf "$key"
		echo "$key: $output"
		[ "$status" -eq 64 ] || [ "$key" = .schema ]
	done
}

@test "edit: keys in their places, and the rest as it was" {
	chmod 640 good.conf
	sed 's/^floor = 4mbit/# Evenings.\n&/' good.conf >commented.conf
	wanctl-conf edit commented.conf download.floor=30mbit upload.base=15mbit \
	    upload.floor=3mbit steer.to=lte
	{
		sed 's/^floor = 50mbit/floor = 30mbit/; s/^floor = 4mbit/# Evenings.\nfloor = 3mbit\nbase = 15mbit/' good.conf
		printf '\n[steer]\nto = lte\n'
	} | diff - commented.conf
	wanctl-conf edit good.conf '#Less.' download.floor=30mbit
	grep -B 1 '^floor = 30mbit' good.conf | head -n 1 | grep -x '# Less.'
	[ "$(stat -c %a good.conf)" = 640 ]
	wanctl-conf edit good.conf download.floor=50mbit
	grep -qx '# Less.' good.conf
	wanctl-conf edit good.conf download.base= upload.base=7mbit
	[ "$(wanctl-conf get good.conf upload.base)" = 7mbit ]
	ln -s good.conf link.conf
	wanctl-conf edit link.conf upload.base=8mbit
	[ -L link.conf ]
	cp good.conf before.conf
	wanctl-conf edit -n good.conf '# Gone.' upload.base= '# More.' upload.floor=5mbit >printed
	cmp good.conf before.conf
	diff good.conf printed >differs || true
	printf '%s\n' '< floor = 4mbit' '< base = 8mbit' '> # More.' '> floor = 5mbit' |
		diff - <(grep '^[<>]' differs)
}

@test "edit: what would be wrong changes nothing" {
	cp good.conf before.conf
	run -78 wanctl-conf edit good.conf download.floor=900mbit
	says 'good.conf: not changed, as it would be wrong:' \
	    'good.conf:6: [download] floor: must not be above ceiling (500mbit)'
	run -78 wanctl-conf edit good.conf shaper.backend=
	for word in download.flor=1mbit floor=1mbit download.floor download.floor=much \
	    'shaper.command=a ; b' 'ping.hosts=192.0.2.1 x..y' \
	    $'download.floor=1mbit\nbase = 2mbit'; do
		run -64 wanctl-conf edit good.conf "$word"
	done
	for args in good.conf 'good.conf #x' 'good.conf upload.base= #x'; do
		# shellcheck disable=SC2086
		run -64 wanctl-conf edit $args
	done
	run -64 wanctl-conf check -n good.conf
	run -78 wanctl-conf edit absent.conf upload.base=1mbit
	says 'absent.conf: No such file or directory'
	head -c 70000 /dev/zero | tr '\0' '#' >long.conf
	run -78 wanctl-conf edit long.conf upload.base=1mbit
	mkfifo pipe
	run -78 timeout 60 wanctl-conf edit pipe upload.base=1mbit
	mkdir good.conf.new
	run -71 wanctl-conf edit good.conf upload.base=10mbit
	says 'good.conf.new: Is a directory'
	rmdir good.conf.new
	# No room: what was begun is not left.
	run -71 sh -c 'ulimit -f 0; trap "" XFSZ; wanctl-conf edit good.conf upload.base=10mbit'
	says 'good.conf.new: File too large'
	[ ! -e good.conf.new ]
	run -71 sh -c 'wanctl-conf edit -n good.conf upload.base= >/dev/full'
	cmp good.conf before.conf
	[ ! -e good.conf.new ]
}

@test "no file, no right to read, a directory: 78 and why" {
	refused absent.conf
	says "absent.conf: No such file or directory"
	mkdir dir.conf
	refused dir.conf
	says "dir.conf: Is a directory"
	chmod 0 good.conf
	if [ "$(id -u)" -eq 0 ]; then
		run setpriv --reuid=65534 --clear-groups \
		    "$(command -v wanctl-conf)" check good.conf
		[ "$status" -eq 126 ] || [ "$status" -eq 127 ] && skip
	else
		run wanctl-conf check good.conf
	fi
	echo "$output"
	[ "$status" -eq 78 ]
	[[ "$output" == *"good.conf: Permission denied"* ]]
}

@test "R80: an empty file lacks what must be given" {
	: >empty.conf
	refused empty.conf
	says "empty.conf: schema: must be given" \
	    "empty.conf: [download] ceiling: must be given" \
	    "empty.conf: [download] floor: must be given" \
	    "empty.conf: [upload] ceiling: must be given" \
	    "empty.conf: [upload] floor: must be given" \
	    "empty.conf: [download] device: must be given for [shaper] backend (cake)" \
	    "empty.conf: [upload] device: must be given for [shaper] backend (cake)"
}

@test "R80: every fault is shown with file and line, each once" {
	cat >bad.conf <<-'END'
		schema = 1
		colour = red
		[wan]
		name = a b
		  device = eth0
		[dwonload]
		ceiling = 1mbit
		[download]
		ceiling = 500
		floor = 50mbps
		yellow
		soft_red = 10ms
		states = 5
		states = 4
		[upload]
		ceiling = 20mbit
		floor = 21mbit
		factor = 2
		[ping]
		hosts = 192.0.2.1 192.0.2.999
		hosts_2 = 192.0.2.1;
		[assess]
		median = 2
		interval = 1s
		[shaper] backend = print
		backend = tc
	END
	refused bad.conf
	says "bad.conf:2: colour: unknown key" \
	    "bad.conf:4: [wan] name: not a name (letters, digits, . _ -)" \
	    "bad.conf:5: line begins with a blank" \
	    "bad.conf:6: [dwonload] unknown section" \
	    "bad.conf:9: [download] ceiling: number out of range; must be 64kbit to 100gbit" \
	    "bad.conf:10: [download] floor: unknown unit of rate (bit, kbit, mbit, gbit); must be 64kbit to 100gbit" \
	    "bad.conf:11: not key = value" \
	    "bad.conf:12: [download] yellow: must be below soft_red (10ms)" \
	    "bad.conf:13: [download] states: number out of range; must be 3 to 4" \
	    "bad.conf:14: [download] states: duplicate key" \
	    "bad.conf:17: [upload] floor: must not be above ceiling (20mbit)" \
	    "bad.conf:18: [upload] factor: number out of range; must be 0.1 to 0.99" \
	    "bad.conf:20: [ping] hosts: not a host name or address" \
	    "bad.conf:21: [ping] hosts_2: not a host name or address" \
	    "bad.conf:23: [assess] median: must be odd" \
	    "bad.conf:24: [assess] interval: unknown key here; there is one in [ping]" \
	    "bad.conf:25: text after the [section]; a comment begins with ;" \
	    "bad.conf: [download] device: must be given for [shaper] backend (cake)" \
	    "bad.conf: [upload] device: must be given for [shaper] backend (cake)"
}

@test "R80: a hundred faults: the first 64, and how many more" {
	for i in $(seq 100); do echo "key$i = 1"; done >many.conf
	cat good.conf >>many.conf
	refused many.conf
	[ "${#lines[@]}" -eq 65 ]
	[ "${lines[0]}" = "wanctl-conf: many.conf:1: key1: unknown key" ]
	[ "${lines[63]}" = "wanctl-conf: many.conf:64: key64: unknown key" ]
	[ "${lines[64]}" = "wanctl-conf: many.conf: and 36 more" ]
}

@test "R80: long lines are refused, wherever the text is in them" {
	{
		cat good.conf
		printf '%0400d\n' 0
		printf 'base = %0400d\n' 1
		printf '%400s\n' 'base = 1mbit'
		printf 'base%400s\n' '= 1mbit'
		printf 'base = 4mbit %400s\n' '; comment'
		printf '; %0400d\n' 0
		printf 'base = 4mbit\n'
	} >long.conf
	refused long.conf
	says "long.conf:10: line longer than 190 bytes" \
	    "long.conf:11: line longer than 190 bytes" \
	    "long.conf:12: line longer than 190 bytes" \
	    "long.conf:13: line longer than 190 bytes" \
	    "long.conf:14: line longer than 190 bytes"
	# A file without an end of line.
	head -c 5000000 /dev/zero | tr '\0' x >endless.conf
	refused endless.conf
	[ "${lines[0]}" = "wanctl-conf: endless.conf:1: line longer than 190 bytes" ]
}

@test "R80: binary, NUL, control characters" {
	head -c 100000 /dev/urandom >random.conf
	run wanctl-conf check random.conf
	[ "$status" -eq 78 ]
	[ "$(printf '%s' "$output" | LC_ALL=C tr -d ' -~\n' | wc -c)" -eq 0 ]
	refused /dev/null
	printf '[wan]\nname = a\0b\n' | cat good.conf - >nul.conf
	refused nul.conf
	says "nul.conf:11: NUL byte"
	printf '[wan]\n\033[2Jname = x\nna\033me = x\nname = \033\n' |
		cat good.conf - >escape.conf
	refused escape.conf
	says "escape.conf:11: [wan] ?[2Jname: unknown key" \
	    "escape.conf:12: [wan] na?me: unknown key" \
	    "escape.conf:13: [wan] name: not a name (letters, digits, . _ -)"
	printf '\357\273\277' | cat - good.conf >mark.conf
	refused mark.conf
	[ "${lines[0]}" = "wanctl-conf: mark.conf:1: line does not begin with ASCII (byte order mark?)" ]
}

@test "R80: CR LF, no LF at the end, and comments are fine" {
	sed 's/$/\r/' good.conf >dos.conf
	run wanctl-conf check dos.conf
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wanctl-conf get dos.conf upload.floor)" = 4mbit ]
	printf '%s' "$(cat good.conf)" >noeol.conf
	run wanctl-conf get noeol.conf upload.floor
	[ "$output" = 4mbit ]
	sed 's/$/ ; [a] = b/' good.conf | sed '1i # x = y\n\n ' >c.conf
	run wanctl-conf get c.conf upload.floor
	echo "$output"
	[ "$output" = 4mbit ]
}

@test "R81: huge and odd numbers" {
	while IFS='|' read -r value why; do
		{
			cat good.conf
			echo "[ping]"
			echo "interval = $value"
		} >n.conf
		refused n.conf
		says "n.conf:11: [ping] interval: $why; must be 200ms to 1h"
	done <<-'END'
		99999999999999999999999999999999999|number out of range
		18446744073709551616|number out of range
		9223372036854775807us|number out of range
		9223372036854775808us|number out of range
		-1|not a number
		0|number out of range
		1e9|unknown unit of time (us, ms, s, min, h)
		0x10|unknown unit of time (us, ms, s, min, h)
		1,5|unknown unit of time (us, ms, s, min, h)
		1.|not a number
		0.3000001|more digits than can be kept
		nan|not a number
		inf|not a number
		1 s|unknown unit of time (us, ms, s, min, h)
	END
}

@test "R9: nothing but hosts gets through as a host" {
	# shellcheck disable=SC2016
	while read -r host; do
		{
			cat good.conf
			echo "[ping]"
			echo "hosts = $host"
		} >h.conf
		refused h.conf
		says "h.conf:11: [ping] hosts: not a host name or address"
	done <<-'END'
		$(reboot)
		`reboot`
		a;reboot
		a|b
		a&b
		-W
		--help
		../x
		/etc/passwd
		a..b
		1.2.3
		1.2.3.4.5
		1.2.3.256
		::g
		[::1]
		1.2.3.4/24
		a,b
		"a"
		http://a
		a@b
		%s%n
	END
}

@test "a closed or full standard output is an error" {
	run bash -c 'wanctl-conf show good.conf >/dev/full'
	[ "$status" -eq 71 ]
	[[ "$output" == *"standard output: No space left on device"* ]]
	run bash -c 'wanctl-conf get good.conf schema >&-'
	[ "$status" -eq 71 ]
}

@test "other programs refuse with the same words" {
	echo 'speed = 1' >>good.conf
	run wanctl-assess -c good.conf </dev/null
	[ "$status" -eq 78 ]
	[ "$output" = "wanctl-assess: good.conf:10: [upload] speed: unknown key" ]
}
