#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and uninstall, and that what is installed works from there.

bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	O=${O:-$top/build}
	root="$BATS_TEST_TMPDIR/root"
	cd "$top" || exit 1
	# Not a part of the make that may have called this.
	unset MAKEFLAGS MFLAGS MAKELEVEL
}

# install_to PREFIX [VARIABLE=VALUE ...]
install_to() {
	local prefix=$1

	shift
	make -s install O="$O" DESTDIR="$root" PREFIX="$prefix" "$@" >/dev/null
}

listing() {
	(cd "$root" && find . -type f | sort)
}

@test "everything is installed, under PREFIX in DESTDIR, with its mode" {
	install_to /usr
	listing
	for c in cmd/wanctl-*.c; do
		[ -x "$root/usr/bin/$(basename "$c" .c)" ]
	done
	[ -x "$root/usr/bin/wanctl" ]
	for m in man/*; do
		cmp "$m" "$root/usr/share/man/man${m##*.}/${m##*/}"
	done
	for u in scripts/systemd/*; do
		[ -f "$root/usr/lib/systemd/system/${u##*/}" ]
	done
	cmp README "$root/usr/share/doc/wanctl/README"
	# Nobody but the owner writes, and everybody reads.
	[ -z "$(find "$root" -perm /022 -type f)" ]
	[ -z "$(find "$root" -type f ! -perm -444)" ]
	[ -z "$(find "$root" -type f -path '*/bin/*' ! -perm -555)" ]
	[ -x "$root/usr/lib/wanctl/alert-webhook" ]
	[ -x "$root/usr/lib/wanctl/homeassistant-discovery" ]
	[ -z "$(find "$root" -type f ! -path '*/bin/*' ! -path '*/lib/wanctl/*' -perm /111)" ]
}

@test "no placeholder is left in what is installed" {
	install_to /opt/wanctl
	run ! grep -rIlE '@[A-Z]+@' "$root"
	grep -qx 'ExecStart=/opt/wanctl/bin/wanctl pass %i' \
	    "$root/opt/wanctl/lib/systemd/system/wanctl@.service"
	grep -q '^Environment=PATH=/opt/wanctl/bin:' \
	    "$root/opt/wanctl/lib/systemd/system/wanctl-stream@.service"
	# And none of where it was built, but in what debuggers read.
	run ! grep -rlI "$top" "$root"
}

@test "directories can be chosen one by one" {
	install_to /usr BINDIR=/usr/sbin MANDIR=/m UNITDIR=/u DOCDIR=/d LIBDIR=/l
	[ -x "$root/l/alert-webhook" ]
	[ -x "$root/usr/sbin/wanctl" ]
	[ -f "$root/m/man8/wanctl.8" ]
	grep -q '^ExecStart=/usr/sbin/wanctl ' "$root/u/wanctl@.service"
	[ -f "$root/d/README" ]
	[ ! -e "$root/usr/bin" ]
	make -s uninstall O="$O" DESTDIR="$root" PREFIX=/usr BINDIR=/usr/sbin \
	    MANDIR=/m UNITDIR=/u DOCDIR=/d LIBDIR=/l >/dev/null
	[ -z "$(listing)" ]
}

@test "uninstall leaves no file, and nobody else's is touched" {
	install_to /usr
	mkdir -p "$root/etc/wanctl" "$root/var/lib/wanctl"
	touch "$root/etc/wanctl/cable.conf" "$root/var/lib/wanctl/cable.assess" \
	    "$root/usr/bin/wanctl-of-somebody-else"
	make -s uninstall O="$O" DESTDIR="$root" PREFIX=/usr >/dev/null
	listing
	[ "$(listing | wc -l)" -eq 3 ]
	[ ! -e "$root/usr/share/doc/wanctl" ]
}

@test "what is installed works from where it is, with a poor PATH" {
	install_to /usr
	run env -i PATH=/usr/bin:/bin WANCTL_CONFIG_DIR=scripts/examples \
	    "$root/usr/bin/wanctl" check cable
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"ceiling = 480mbit"* ]]
	run "$root/usr/bin/wanctl" -V
	[ "$status" -eq 0 ]
	version=$(sed -n 's/^VERSION *= *//p' Makefile)
	[ "$output" = "wanctl $version" ]
	for p in "$root"/usr/bin/wanctl-*; do
		run "$p" -V
		[ "$output" = "${p##*/} $version" ]
	done
}

@test "the examples are configurations" {
	for f in scripts/examples/*.conf; do
		run "$O/bin/wanctl-conf" check "$f"
		echo "$output"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
}

@test "a program needs no more libraries than it uses" {
	command -v readelf >/dev/null || skip "no readelf"
	! nm "$O/bin/wanctl-conf" | grep -q __asan || skip "built with sanitizers"
	needed() { readelf -d "$O/bin/$1" | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' | sort | tr '\n' ' '; }
	[ "$(needed wanctl-assess)" = "libc libinih " ]
	[ "$(needed wanctl-records)" = "libc " ]
	[ "$(needed wanctl-ping)" = "libc libinih libmnl libseccomp " ]
	[ "$(needed wanctl-queue)" = "libc libinih libmnl " ]
	[ "$(needed wanctl-setrate)" = "libc libinih libmnl " ]
	[ "$(needed wanctl-steer)" = "libc libinih libmnl libnftables " ]
	[ "$(needed wanctl-follow)" = "libc " ]
	[ "$(needed wanctl-exporter)" = "libc libinih " ]
	[ "$(needed wanctl-status)" = "libc libinih " ]
	[ "$(needed wanctl-reflect)" = "libc libseccomp " ]
}

@test "sources begin with their licence, and no file is a stranger" {
	while read -r f; do
		case $f in
		README | COPYING | tests/REQUIREMENTS | .gitignore | .clang-format | tests/fuzz/corpus/* | tests/lab/scenarios/* | scripts/grafana/*.json) continue ;;
		esac
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || {
			echo "$f"
			missing=1
		}
	done < <(git ls-files 2>/dev/null)
	[ -z "${missing:-}" ]
}
