#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs say, in each form: for people, for the journal, as JSON.

bats_require_minimum_version 1.5.0

load helpers

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PATH="${BIN:-$top/build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
	silent_line >cable.conf
}

@test "R94: for people a message is the program's name and a text" {
	run -78 wanctl-assess -c nowhere.conf
	[ "$output" = "wanctl-assess: nowhere.conf: No such file or directory" ]
	echo 'rate t=x' >bad
	run -65 wanctl-setrate -c cable.conf <bad
	[[ ${lines[0]} == "wanctl-setrate: standard input:1: bad record: t: "* ]]
}

@test "R94: the journal's own stream gets priorities, and no other" {
	: >journal
	stream=$(stat -c %d:%i journal)
	run -78 env JOURNAL_STREAM="$stream" sh -c 'wanctl-assess -c nowhere.conf 2>>journal'
	JOURNAL_STREAM=$stream wanctl-setrate -c cable.conf <<<'rate t=x' 2>>journal || [ $? -eq 65 ]
	diff - <(cut -d : -f 1,2 journal) <<-'END'
	<3>wanctl-assess: nowhere.conf
	<4>wanctl-setrate: standard input
	END
	# It names another one, nothing, or nonsense.
	for stream in 1:2 "${stream%:*}:1" "" x: :5 99999999999999999999:1; do
		run -78 env JOURNAL_STREAM="$stream" wanctl-assess -c nowhere.conf
		[[ $output == wanctl-assess:* ]]
	done
}

@test "R94: JSON by option, a line for each message, whatever is in it" {
	export WANCTL_LOG_FORMAT=json
	name=$'odd"\\\tname\303\251.conf'
	run -78 wanctl-assess -c "$name"
	echo "$output"
	[ "$(jq -r .message <<<"$output")" = 'odd"\?name??.conf: No such file or directory' ]
	[ "$(jq -r '.level, .logger' <<<"$output" | paste -s)" = $'ERROR\twanctl-assess' ]
	[[ $(jq -r .timestamp <<<"$output") == 20??-??-??T??:??:??Z ]]
	[ "$(jq -r .wan_name <<<"$output")" = null ]
	# Once it is known, of which line it is.
	run -65 wanctl-setrate -c cable.conf <<<'rate t=x'
	[ "$(jq -r '.level, .wan_name' <<<"${lines[0]}" | paste -s)" = $'WARNING\tcable' ]
	printf '%s\n' '[nonsense]' '[more]' >>cable.conf
	run -78 wanctl-assess -c cable.conf
	[ "$(jq -s length <<<"$output")" -ge 2 ]
	run -64 wanctl check 'cable"x'
	[ "$(jq -r .logger <<<"$output")" = wanctl ]
	[[ $(jq -r .message <<<"$output") == 'cable"x: not a name'* ]]
	# Another form is none.
	WANCTL_LOG_FORMAT=xml run -78 wanctl-assess -c nowhere.conf
	[[ $output == wanctl-assess:* ]]
}

@test "R94: a long message is cut, not lost, and one line" {
	name=$(head -c 3000 /dev/zero | tr '\0' x)
	run -78 wanctl-assess -c "$name"
	[ "${#lines[@]}" -eq 1 ]
	[ "${#output}" -gt 900 ]
	WANCTL_LOG_FORMAT=json run -78 wanctl-assess -c "$name"
	[ "$(jq -r .level <<<"$output")" = ERROR ]
	# With nothing but what has to be escaped.
	name=$(head -c 3000 /dev/zero | tr '\0' '"')
	WANCTL_LOG_FORMAT=json run -78 wanctl-assess -c "$name"
	[ "$(jq -r '.message | length' <<<"$output")" -gt 900 ]
}
