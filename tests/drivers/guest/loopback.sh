#!/bin/bash
# Builds Debian's v4l2loopback for the guest's kernel: build/guest/v4l2loopback.ko. Nothing is
# installed: the kernel's headers and the module's source are fetched and unpacked beside it.
#
#   loopback.sh      after setup.sh; prints nothing when it is there already
#
# Packages: gcc make (dpkg and apt are always there).

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
guest=${GUEST_DIR:-$root/build/guest}
module=$guest/v4l2loopback.ko
work=$guest/loopback.part

die()
{
    printf 'guest: %s\n' "$*" >&2
    exit 1
}

release=$(basename "$guest"/kernel/lib/modules/*)
common=${release%-*}
headers=$work/usr/src/linux-headers-$release

is_for_kernel()
{
    [ -s "$module" ] && PATH=$PATH:/usr/sbin:/sbin modinfo -F vermagic "$module" |
        grep -q "^$release "
}

fetch()
{
    local package
    for package in "linux-headers-$release" "linux-headers-$common-common" \
        "linux-kbuild-${common%.*}" v4l2loopback-dkms; do
        (cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$package") ||
            die "cannot fetch $package: run apt-get update, or remove $guest/kernel if it is old"
        dpkg-deb -x "$work/$package"_*.deb "$work"
        rm "$work/$package"_*.deb
    done
}

# The headers of one machine refer to those of all by an absolute path.
build()
{
    sed -i "s#^include .*#include $work/usr/src/linux-headers-$common-common/Makefile#" \
        "$headers/Makefile"
    local source
    source=$(echo "$work"/usr/src/v4l2loopback-*)
    make -s -C "$headers" M="$source" modules > "$work/log" 2>&1 ||
        die "cannot build v4l2loopback, see $work/log"
    mv "$source/v4l2loopback.ko" "$module"
}

! is_for_kernel || exit 0
printf 'guest: building v4l2loopback for %s\n' "$release" >&2
rm -rf "$work"
mkdir -p "$work"
fetch
build
rm -rf "$work"
