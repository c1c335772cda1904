#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# wanctl-records: records to JSON lines.

load helpers

setup() {
	PATH="${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	end_ours ${child:-}
}

@test "R101: usage: -c, -j or -n, and nothing else" {
	for args in "" "file" "-j file" "-x" "-jx" "-c rate:t -j" "-jn" "-n x" "-H" "-j -H" "-c"; do
		# shellcheck disable=SC2086
		run wanctl-records $args </dev/null
		echo "$args: $output"
		[ "$status" -eq 64 ]
		[[ "$output" == *"usage: wanctl-records -c"* ]]
	done
	run wanctl-records -h
	[ "$status" -eq 0 ]
	[ "$output" = "usage: wanctl-records -c COLUMNS [-H]
       wanctl-records -j
       wanctl-records -n" ]
	run wanctl-records -V
	[ "$status" -eq 0 ]
	run wanctl-records -j </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "R110: values in columns, of the records that are chosen" {
	cat >in <<-'END'
		rate t=1 dir=down bps=9 state=red
		rate t=2 dir=up bps=8 state=green delta_us=-5
		rtt t=3 host=192.0.2.1 seq=1 lost=1
		nonsense line
		rate t=4 dir=up bps=7 state=green
	END
	run wanctl-records -H -c rate:t,dir,bps,delta_us <in
	[ "$status" -eq 65 ]
	diff <(printf '%s\n' "${lines[@]}" | grep -v '^wanctl') - <<-'END'
	t	dir	bps	delta_us
	1	down	9	
	2	up	8	-5
	4	up	7	
	END
	run wanctl-records -c rate:dir=up,bps <in
	[ "$(grep -v wanctl <<<"$output" | paste -s)" = $'8\t7' ]
	run wanctl-records -c rtt:us,lost <in
	[ "$(grep -v wanctl <<<"$output")" = $'\t1' ]
	run wanctl-records -c rate </dev/null
	[ "$status" -eq 64 ]
	[[ "$output" == *"-c rate: must be KIND:KEY,KEY..."* ]]
}

@test "records become JSON lines, kind first, in order" {
	cat >in <<-'END'
		rtt t=1769000000123456 wan=cable host=192.0.2.1 seq=41 us=18234
		rtt t=1769000000988000 wan=cable host=192.0.2.9 seq=41 lost=1
		tick
	END
	cat >want <<-'END'
		{"kind":"rtt","t":1769000000123456,"wan":"cable","host":"192.0.2.1","seq":41,"us":18234}
		{"kind":"rtt","t":1769000000988000,"wan":"cable","host":"192.0.2.9","seq":41,"lost":1}
		{"kind":"tick"}
	END
	wanctl-records -j <in >got
	diff want got
}

@test "numbers only where nothing is lost, words stay words" {
	run wanctl-records -j <<<'x a=9007199254740992 b=9007199254740993 c=007 d=-1'
	[ "$output" = '{"kind":"x","a":9007199254740992,"b":"9007199254740993","c":"007","d":-1}' ]
	run wanctl-records -j <<<'rtt t=1 wan=5 host=6 seq=7 kind=8'
	[ "$output" = '{"kind":"rtt","t":1,"wan":"5","host":"6","seq":7,"_kind":8}' ]
}

@test "every output is JSON, and every value comes back" {
	command -v python3 >/dev/null || skip "no python3"
	# All printable characters in values, keys of all shapes.
	LC_ALL=C awk 'BEGIN {
		for (c = 33; c < 127; c++)
			printf "k%d a=%cx b=x%c c=%c%c%c\n", c, c, c, c, c, c
		for (n = 1; n <= 40; n++) {
			printf "m"
			for (i = 0; i < n; i++)
				printf " k%d=%s", i, i % 2 ? i : "\"\\"
			print ""
		}
	}' >in
	wanctl-records -j <in >out
	python3 - <<-'END'
		import json
		lines = open("in").read().splitlines()
		outs = open("out").read().splitlines()
		assert len(lines) == len(outs) > 100
		for line, out in zip(lines, outs):
		    kind, *pairs = line.split(" ")
		    keys = []
		    def unique(members):
		        keys.extend(k for k, _ in members)
		        return dict(members)
		    o = json.loads(out, object_pairs_hook=unique)
		    assert len(set(keys)) == len(keys), out
		    assert o["kind"] == kind
		    assert len(o) == 1 + len(pairs)
		    for pair in pairs:
		        key, value = pair.split("=", 1)
		        assert str(o[key]) == value, (line, out)
	END
}

@test "bad lines: warned with their number, skipped, 65 at the end" {
	{
		echo 'rtt t=1'
		echo 'rtt t=1 t=2'
		echo 'Rtt'
		echo
		printf 'x a=\303\251\n'
		printf 'x a=b\0c\n'
		printf 'x a=%0600d\n' 0
		printf 'x a=%0100000d\n' 0
		echo 'rtt t=2'
		printf 'rtt t=3'
	} >in
	wanctl-records -j <in >out 2>err && status=$? || status=$?
	cat err
	[ "$status" -eq 65 ]
	diff out - <<-'END'
		{"kind":"rtt","t":1}
		{"kind":"rtt","t":2}
	END
	diff err - <<-'END'
		wanctl-records: standard input:2: bad record: duplicate key
		wanctl-records: standard input:3: bad record: does not begin with a kind
		wanctl-records: standard input:4: bad record: does not begin with a kind
		wanctl-records: standard input:5: bad record: key without a value
		wanctl-records: standard input:6: bad record: bad character after a kind or value
		wanctl-records: standard input:7: bad record: longer than 512 bytes
		wanctl-records: standard input:8: bad record: line too long
		wanctl-records: standard input:10: bad record: cut off
	END
}

@test "a broken producer does not fill the log" {
	yes '???' | head -n 100000 >in
	run wanctl-records -j <in
	[ "$status" -eq 65 ]
	[ "${#lines[@]}" -eq 11 ]
}

@test "binary input: no crash, nothing unprintable on either output" {
	head -c 1000000 /dev/urandom >in
	wanctl-records -j <in >out 2>err && status=$? || status=$?
	[ "$status" -eq 65 ]
	[ "$(LC_ALL=C tr -d ' -~\n' <out | wc -c)" -eq 0 ]
	[ "$(LC_ALL=C tr -d ' -~\n' <err | wc -c)" -eq 0 ]
}

@test "a line is written as soon as there is nothing more to read" {
	mkfifo in out
	wanctl-records -j <in >out 3>&- &
	child=$!
	exec 4>in 5<out
	for i in 1 2 3; do
		echo "tick n=$i" >&4
		read -r -t 60 line <&5
		[ "$line" = "{\"kind\":\"tick\",\"n\":$i}" ]
	done
	exec 4>&-
	wait "$child"
	child=
	exec 5<&-
}

@test "a closed or full output, and a reader that goes away" {
	run bash -c 'echo "tick n=1" | wanctl-records -j >/dev/full'
	[ "$status" -eq 71 ]
	[[ "$output" == *"standard output: No space left on device"* ]]
	run bash -c 'echo "tick n=1" | wanctl-records -j >&-'
	[ "$status" -eq 71 ]
	run bash -c 'wanctl-records -j <&-'
	[ "$status" -eq 71 ]
	[[ "$output" == *"standard input: Bad file descriptor"* ]]
	run bash -c 'wanctl-records -j </'
	[ "$status" -eq 71 ]
	run timeout 20 bash -c 'yes "tick n=1" | wanctl-records -j | head -n 1'
	[ "$status" -eq 0 ]
	[ "$output" = '{"kind":"tick","n":1}' ]
}
