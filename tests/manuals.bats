#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The manuals: form, completeness, and their examples, run as printed.
#
# A comment before a literal block of a page says what to do with it here:
#	.\" file NAME	it is a file of that name; NAME.conf must be valid
#	.\" run [N]	commands for sh, exit status N, 0 if not given
#	.\" output	what the block before it prints, on both outputs
#	.\" first CMD	done before it: makes what a reader has at hand already
# Blocks without such a line are only shown (they need a network, a router or
# root). All blocks of a page are run in one directory, in order.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bin=${BIN:-$top/build/bin}
	PATH="$bin:$top/scripts:$PATH"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# programs: the names of all programs, with the script.
programs() {
	for p in "$top"/cmd/*.c; do
		basename "$p" .c
	done
	[ ! -f "$top/scripts/wanctl" ] || echo wanctl
}

# blocks PAGE: each marked block as a file NUMBER.file.NAME, NUMBER.run.STATUS
# or NUMBER.output here; the text as a terminal would show it.
blocks() {
	awk '
	/^\.\\" (file|run|output)/ {
		kind = $2
		name = kind == "output" ? "" : $3 != "" ? "." $3 : ".0"
	}
	/^\.\\" first / {
		if (first == "")
			first = sprintf("%02d.run.0", ++n)
		sub(/^\.\\" first /, "")
		print >first
		next
	}
	/^\.Bd -literal/ && kind != "" {
		first = ""
		file = sprintf("%02d.%s%s", ++n, kind, name)
		printf "" >file
		inside = 1
		next
	}
	/^\.Ed/ {
		inside = 0
		kind = ""
	}
	inside {
		sub(/^\\&/, "")
		gsub(/\\e/, "\\")
		print >file
	}' "$1"
}

# cannot_ping: true where an ordinary user may not send probes.
cannot_ping() {
	[ "$(id -u)" -ne 0 ] && ! wanctl-ping -n 1 127.0.0.1 >ping 2>&1
}

# try_block FILE: does what the block is for.
try_block() {
	local name status wanted

	case $1 in
	*.file.*)
		name=${1#*.file.}
		cp "$1" "$name"
		case $name in
		*.conf) wanctl-conf check "$name" || return ;;
		esac
		;;
	*.run.*)
		wanted=${1#*.run.} status=0
		if grep -qE 'wanctl-ping|wanctl-calibrate|wanctl (pass|run)' "$1" && cannot_ping
		then
			echo "# not run, as nobody may ping here: $1" >&3
			return
		fi
		timeout 60 sh "./$1" >printed 2>&1 </dev/null || status=$?
		if [ "$status" -ne "$wanted" ]; then
			echo "exit status $status, not $wanted, of:"
			cat "$1"
			echo "which printed:"
			cat printed
			return 1
		fi
		;;
	*.output)
		diff -u "$1" printed
		;;
	esac
}

# try_page PAGE: runs its marked blocks; says how many of how many.
try_page() {
	local all marked f

	mkdir "$(basename "$1")"
	cd "$(basename "$1")" || return 1
	blocks "$1"
	for f in [0-9]*; do
		[ -e "$f" ] || continue
		try_block "$f" || return 1
	done
	all=$(grep -c '^\.Bd -literal' "$1" || true)
	marked=$(grep -cE '^\.\\" (file|run|output)' "$1" || true)
	echo "# $(basename "$1"): $marked of $all literal blocks tried" >&3
	cd ..
}

@test "R97: every program has a manual with all sections in order" {
	for p in $(programs); do
		page=$top/man/$p.8
		[ -f "$page" ] || page=$top/man/$p.1
		echo "$p"
		[ -f "$page" ]
		sections=$(sed -n 's/^\.Sh //p' "$page" |
			grep -v -e ENVIRONMENT -e DIAGNOSTICS -e STANDARDS \
			    -e AUTHORS -e CAVEATS -e SECURITY | tr '\n' ,)
		echo "$sections"
		[[ "$sections" =~ ^NAME,SYNOPSIS,DESCRIPTION,(FILES,)?"EXIT STATUS,EXAMPLES,SEE ALSO," ]]
	done
}

@test "R97: the options of a manual are those of the usage" {
	for p in $(programs); do
		[ "$p" != wanctl ] || continue
		page=$top/man/$p.8
		"$p" -h >usage
		grep -oE '(^|[[ ])-[A-Za-z0-9]+' usage | sed 's/.*-//' |
			fold -w 1 | sort -u >said
		sed -n 's/^\.It Fl //p' "$page" | awk '{
			print $1
			while ($2 == "," || $2 == "|") {
				sub(/^[^ ]+ [,|] (Fl )?/, "")
				print $1
			}
		}' | grep -v '[hV]' | sort -u >explained
		echo "$p"
		diff said explained
	done
}

@test "R97: mandoc finds nothing to complain about" {
	command -v mandoc >/dev/null || skip "no mandoc"
	run mandoc -Tlint -Wwarning "$top"/man/*
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "R97: manuals refer to manuals that exist" {
	missing=
	while read -r ref; do
		[ -f "$top/man/$ref" ] || missing="$missing $ref"
	done < <(sed -n 's/^\.Xr \(wanctl[a-z.-]*\) \([0-9]\).*/\1.\2/p' \
	    "$top"/man/* | sort -u)
	echo "missing:$missing"
	[ -z "$missing" ]
}

@test "R97: examples of the manuals do what is printed" {
	for page in "$top"/man/*.[0-9]; do
		try_page "$page"
	done
}

@test "the state file in wanctl-records(5) is whole" {
	blocks "$top/man/wanctl-records.5"
	blocks "$top/man/wanctl.conf.5"
	cp ./*.file.cable.conf cable.conf
	cp ./*.file.state state
	run wanctl-assess -c cable.conf -s state </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ ! -e state.corrupt ]
	sed 's/18100/18101/' ./*.file.state >state
	run wanctl-assess -c cable.conf -s state </dev/null
	[[ "$output" == *damaged* ]]
}

@test "a wrong example would be found" {
	cat >page.8 <<-'END'
		.\" run
		.Bd -literal -offset indent
		echo one
		.Ed
		.\" output
		.Bd -literal -offset indent
		two
		.Ed
	END
	run try_page "$PWD/page.8"
	[ "$status" -ne 0 ]
	cat >page2.8 <<-'END'
		.\" run 3
		.Bd -literal
		exit 4
		.Ed
	END
	run try_page "$PWD/page2.8"
	[ "$status" -ne 0 ]
	cat >page3.8 <<-'END'
		.\" file x.conf
		.Bd -literal
		schema = 2
		.Ed
	END
	run try_page "$PWD/page3.8"
	[ "$status" -ne 0 ]
}

@test "R97: a wrong range or a missing key in a manual would be found" {
	mkdir man
	cp "$top"/man/wanctl-records.5 "$top"/man/wanctl.conf.5 man/
	check=${bin%/bin}/tests/unit/manuals_test
	WANCTL_TOP=. run "$check"
	[ "$status" -eq 0 ]
	for edit in 's/^Default 300ms/Default 301ms/' 's/ 200ms to 1h/ 200ms to 2h/' \
	    '/^\.It Cm deadband/d' 's/^\.Ss \[pass\]/.Ss [passes]/' \
	    's/^\.It Cm median/.It Cm mediane/'; do
		sed "$edit" "$top/man/wanctl.conf.5" >man/wanctl.conf.5
		WANCTL_TOP=. run "$check"
		echo "$edit"
		[ "$status" -ne 0 ]
	done
	cp "$top/man/wanctl.conf.5" man/
	for edit in 's/^\.Ss rate/.Ss rates/' '/^\.It Cm queued_us/d' \
	    's/^Optional; 1 to 9999999/Optional; 1 to 999/' \
	    's/^Required; down, up/Required; down/'; do
		sed "$edit" "$top/man/wanctl-records.5" >man/wanctl-records.5
		WANCTL_TOP=. run "$check"
		echo "$edit"
		[ "$status" -ne 0 ]
	done
}
