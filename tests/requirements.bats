#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# From a promise to its proof and back: tests/REQUIREMENTS against the tests.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# rows FILE: a line "ID<tab>TEST FILE<tab>NAME" for each row of the table.
rows() {
	awk -F ' *[|] *' '
	/^R[0-9]+ *[|]/ {
		at = index($3, ": ")
		printf "%s\t%s\t%s\n", $1, substr($3, 1, at - 1),
			substr($3, at + 2)
	}' "$1"
}

# names TOP: a line "FILE<tab>NAME" for each test there, and for what may be the
# name of one, in C each string; one that is written in several pieces is one.
# A file without any has a line without a name. In one go, for there are
# thousands.
names() {
	(
		cd "$1" && for file in tests/*.bats tests/*/*.bats tests/unit/*/*.c; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done | xargs awk '
		function end_file(   part, n, i) {
			if (file == "")
				return
			print file "\t"
			gsub(/" *"/, "", text)
			n = split(text, part, "\"")
			for (i = 2; i <= n; i += 2)
				print file "\t" part[i]
			text = ""
		}
		FNR == 1 { end_file(); file = FILENAME; in_c = file ~ /\.c$/ }
		in_c { gsub(/\t/, " "); text = text $0 " "; next }
		/^@test ".*" \{$/ {
			sub(/^@test "/, ""); sub(/" \{$/, "")
			print file "\t" $0
		}
		END { end_file() }'
	)
}

# missing TABLE TOP: rows whose file or test is not there.
missing() {
	names "$2" >names
	rows "$1" | awk -F '\t' '
	NR == FNR { known[$1, $2] = 1; next }
	!(($2, "") in known) { print $1 ": no file " $2; next }
	$3 == "" || !(($2, $3) in known) {
		print $1 ": no test \"" $3 "\" in " $2
	}' names -
}

# unlisted TABLE TOP: tests that name an id which no row leads to their file
# with.
unlisted() {
	rows "$1" | cut -f 1,2 | sort -u >listed
	names "$2" | awk -F '\t' '$2 ~ /^R[0-9]+( R[0-9]+)*:/ {
		sub(/:.*/, "", $2)
		n = split($2, id, " ")
		for (i = 1; i <= n; i++)
			print id[i] "\t" $1
	}' | sort -u | comm -23 - listed
}

@test "every requirement of the table has its tests" {
	[ "$(rows "$top/tests/REQUIREMENTS" | wc -l)" -gt 50 ]
	run missing "$top/tests/REQUIREMENTS" "$top"
	echo "$output"
	[ -z "$output" ]
}

@test "every test that names a requirement is in the table" {
	run unlisted "$top/tests/REQUIREMENTS" "$top"
	echo "$output"
	[ -z "$output" ]
}

@test "every line of the table is a row, and no requirement is both done and not" {
	grep -v -e '^#' -e '^$' "$top/tests/REQUIREMENTS" >lines
	run grep -vE '^R[0-9]+ +[|] [^|]+ [|] [a-z/_]+\.[a-z]+: .+$|^not yet( in part)?: R[0-9]+ [^|]+$' lines
	echo "$output"
	[ -z "$output" ]
	rows "$top/tests/REQUIREMENTS" | cut -f 1 | sort -u >ready
	sed -n 's/^not yet: \(R[0-9]*\).*/\1/p' lines | sort -u >later
	[ -z "$(comm -12 ready later)" ]
	# A requirement that is done in part is in both.
	sed -n 's/^not yet in part: \(R[0-9]*\).*/\1/p' lines | sort -u >part
	[ -z "$(comm -23 part ready)" ]
}

@test "a wrong table would be found" {
	mkdir -p tests/unit/b
	printf '@test "R1: one" {\n@test "two" {\n' >tests/a.bats
	printf 'ok(1,\n\t"R2: in "\n\t"pieces");' >tests/unit/b/b_test.c
	table() {
		printf '%s\n' "$@" >TABLE
	}
	table 'R1 | text | tests/a.bats: R1: one' \
	    'R2  | text | tests/unit/b/b_test.c: R2: in pieces'
	[ -z "$(missing TABLE .)" ]
	[ -z "$(unlisted TABLE .)" ]
	table 'R1 | text | tests/a.bats: R1: on' 'R2 | text | tests/c.bats: x' \
	    'R3 | text | tests/a.bats: one'
	[ "$(missing TABLE . | wc -l)" -eq 3 ]
	table 'R1 | text | tests/a.bats: two'
	[ -z "$(missing TABLE .)" ]
	[ "$(unlisted TABLE .)" = "$(printf 'R2\ttests/unit/b/b_test.c')" ]
}
