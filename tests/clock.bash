# SPDX-License-Identifier: GPL-2.0-or-later
# For the bats files about the wall clock: two lines that steer to each other.
#
# shellcheck shell=bash

# line NAME OTHER
line() {
	cat >"$1.conf" <<-END
		schema = 1
		[wan]
		name = $1
		[ping]
		hosts = 127.0.0.1 127.0.0.2 127.0.0.3
		interval = 200ms
		timeout = 150ms
		[download]
		ceiling = 100mbit
		floor = 10mbit
		[upload]
		ceiling = 20mbit
		floor = 4mbit
		[shaper]
		backend = print
		[steer]
		to = $2
		max_age = 30s
	END
}
