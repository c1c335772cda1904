# SPDX-License-Identifier: GPL-2.0-or-later
# For bats files that need a host with OpenSSH's server on it: a network
# namespace of our own, in which 127.0.0.1 port 2222 is that.
#
# Wants helpers.
#
# shellcheck shell=bash disable=SC2016

# make_host [SHELL [PATH]]: the login shell of root there, and its PATH.
make_host() {
	ns=wanctl-sshd-$$
	ip netns add "$ns"
	ip -n "$ns" link set lo up
	for key in host client other; do
		[ -e $key ] || ssh-keygen -q -t ed25519 -N '' -f $key
	done
	cp client.pub authorized
	awk -F: -v OFS=: -v shell="${1:-/bin/sh}" \
	    '$1 == "root" { $7 = shell } { print }' /etc/passwd >passwd
	awk -F: -v OFS=: '$1 == "root" { $2 = "*" } { print }' /etc/shadow >shadow
	chmod 600 shadow
	cat >sshd_config <<-CONF
	Port 2222
	ListenAddress 127.0.0.1
	HostKey $PWD/host
	PidFile $PWD/sshd.pid
	UsePAM no
	StrictModes no
	AuthorizedKeysFile $PWD/authorized
	PasswordAuthentication no
	PermitRootLogin prohibit-password
	${2:+SetEnv PATH=$2}
	CONF
	printf '[127.0.0.1]:2222 %s\n' "$(cut -d' ' -f1,2 host.pub)" >known_hosts
	start_sshd
}

# Its own /run, and another passwd, are seen by it alone.
start_sshd() {
	rm -f sshd.pid
	ip netns exec "$ns" sh -c '
		mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd &&
		mount --bind passwd /etc/passwd && mount --bind shadow /etc/shadow &&
		exec /usr/sbin/sshd -D -e -f "$PWD/sshd_config"' >>sshd.log 2>&1 3>&- &
	eventually test -s sshd.pid || {
		cat sshd.log
		return 1
	}
}

# All processes of that namespace: the server, its connections, its users.
remove_host() {
	[ -n "${ns:-}" ] || return 0
	eventually host_is_empty
	ip netns delete "$ns"
	ns=
}

host_is_empty() {
	local pids

	pids=$(ip netns pids "$ns")
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086 # several
	kill -9 $pids 2>/dev/null || true
	return 1
}

# sessions: the processes of its connections, not the one that listens.
sessions() {
	ps -o pid= --ppid "$(cat sshd.pid)"
}
