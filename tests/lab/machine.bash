# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine within the lab: Debian's systemd is the first process of its own
# PID, mount and cgroup name spaces, which are booted and powered off at will;
# devices and the clock are the lab's. For bats files, with ../helpers.

# What a machine like this has no use for, and what would write to files of the
# host's, which takes minutes.
unused='systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service
    systemd-tmpfiles-clean.timer systemd-sysusers.service systemd-sysctl.service
    systemd-modules-load.service kmod-static-nodes.service systemd-remount-fs.service
    systemd-update-utmp.service systemd-update-utmp-runlevel.service
    systemd-udevd.service systemd-logind.service getty.target console-getty.service
    systemd-binfmt.service dev-hugepages.mount sys-kernel-debug.mount
    sys-kernel-tracing.mount'

mask_unused() {
	local unit

	for unit in $unused; do
		ln -sf /dev/null "/etc/systemd/system/$unit"
	done
}

boot() {
	container=lab unshare --mount --pid --ipc --uts --cgroup --fork \
	    --mount-proc --propagation private sh -c '
	mount --make-rshared / && mount -t tmpfs tmpfs /run && mkdir /run/lock &&
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	exec /lib/systemd/systemd --system' </dev/null >/run/lab/systemd.log 2>&1 3>&- &
	echo $! >/run/lab/unshare
	eventually is_booted || {
		cat /run/lab/systemd.log
		return 1
	}
}

is_booted() {
	pgrep -P "$(cat /run/lab/unshare)" >/run/lab/machine &&
		[[ $(inside systemctl is-system-running) =~ running|degraded ]]
}

is_off() {
	! kill -0 "$(cat /run/lab/machine)"
}

power_off() {
	inside systemctl poweroff || :
	eventually is_off
}

inside() {
	nsenter -t "$(cat /run/lab/machine)" -m -p -i -u -C -- "$@"
}

# property UNIT NAME: its value.
property() {
	inside systemctl show -P "$2" "$1"
}

is_active() {
	[ "$(property "$1" ActiveState)" = active ]
}
