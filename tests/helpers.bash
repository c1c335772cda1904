# SPDX-License-Identifier: GPL-2.0-or-later
# For all bats files.
#
# shellcheck shell=bash

# eventually [SECONDS] COMMAND...: until the command succeeds, within a minute
# if nothing else is said, or SLOW times as long. If it never does, what it
# was and what it printed last is shown. It runs in this shell, so it may be a
# function; what it prints while it fails is not shown.
eventually() {
	local seconds=60 end last never pause=0.05 tries=0

	case $1 in
	[0-9]*)
		seconds=$1
		shift
		;;
	esac
	end=$((SECONDS + seconds * ${SLOW:-1}))
	last=$(mktemp -d "${BATS_TEST_TMPDIR:-${TMPDIR:-/tmp}}/eventually.XXXXXX")
	# In which nothing comes: to wait there costs no process, and a machine is
	# full of tests that wait.
	mkfifo "$last/never"
	exec {never}<>"$last/never"
	until "$@" >"$last/said" 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			exec {never}>&-
			echo "waited $((seconds * ${SLOW:-1})) s in vain for: $*"
			cat "$last/said"
			rm -r "$last"
			return 1
		fi
		# A twentieth of a second at first, a quarter later.
		[ $((++tries)) -lt 20 ] || pause=0.25
		read -r -t "$pause" -u "$never" || :
	done
	exec {never}>&-
	cat "$last/said"
	rm -r "$last"
}

# emptied FILE...: what an earlier process wrote there is gone before a new one
# begins in the background, which would do that only when it runs.
emptied() {
	local file

	for file in "$@"; do
		: >"$file"
	done
}

# unless COMMAND...: it fails, in place of "!", which eventually cannot run.
unless() {
	! "$@"
}

# matches N PATTERN FILE: that many of its lines match, or more.
matches() {
	[ "$(grep -c -e "$2" "$3")" -ge "$1" ]
}

# ended PID: it runs no more; its parent may not have looked yet.
ended() {
	local stat

	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	case ${stat##*) } in
	Z*) return 0 ;;
	esac
	return 1
}

# is_ours PID: this test, or this file, has started it. The number of a process
# that has ended may be that of anybody's by now.
is_ours() {
	[ "$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status" 2>/dev/null)" = \
	    "$BASHPID" ] ||
		grep -qzs "^BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR\$" "/proc/$1/environ"
}

# end_ours [-SIGNAL] PID...: those of them that are ours, by SIGTERM if nothing
# else is said; for teardown.
end_ours() {
	local signal=-TERM pid

	case ${1:-} in
	-*)
		signal=$1
		shift
		;;
	esac
	for pid; do
		! is_ours "$pid" || kill "$signal" "$pid" 2>/dev/null || :
	done
}

# surroundings [DIRECTORY...]: names in which something could be left: network
# namespaces, devices, mounts, files of /run and of the directories. Those of
# other tests, which come and go meanwhile, have wanctl-PID in them.
surroundings() {
	{
		ip netns list
		ip -o link show | sed 's/^[0-9]*: \([^:@]*\).*/device \1/'
		sed 's/^[^ ]* \([^ ]*\) .*/mount \1/' /proc/self/mounts
		ls -A /run "$@"
	} | grep -v 'wanctl-[0-9]' | sort
}

# nothing_new BEFORE [DIRECTORY...]: prints what is there in addition to those
# surroundings, and fails if there is something.
nothing_new() {
	local before=$1 new

	shift
	new=$(comm -13 <(echo "$before") <(surroundings "$@"))
	[ -z "$new" ] || {
		echo "left: $new"
		return 1
	}
}

# silent_line [CEILING [FLOOR]]: the configuration of a line that measures nothing: its
# reflector is nowhere.
silent_line() {
	cat <<-END
	schema = 1
	[ping]
	hosts = 192.0.2.1
	[download]
	ceiling = ${1:-100mbit}
	floor = ${2:-10mbit}
	[upload]
	ceiling = 20mbit
	floor = 4mbit
	[shaper]
	backend = print
	END
}
