#!/bin/bash
# Makes the machine of the driver tests: Debian's kernel with its modules, and the initrd that
# mounts this machine's files. Nothing is installed and nobody needs to be root: the packages of the
# kernel and of udevd are fetched and unpacked into build/guest, and found there by the next run.
#
#   setup.sh         prints nothing when everything is there already
#
# Packages: qemu-system-x86 busybox-static kmod cpio (gzip, tar, dpkg and apt are always there).

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
guest=${GUEST_DIR:-$root/build/guest}
kernel=$guest/kernel
stamp=$kernel/.complete

die()
{
    printf 'guest: %s\n' "$*" >&2
    exit 1
}

require_tools()
{
    local tool missing=()
    for tool in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static modprobe:kmod \
        depmod:kmod cpio:cpio dpkg-deb:dpkg apt-get:apt; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" > /dev/null || missing+=("${tool##*:}")
    done
    [ ${#missing[@]} = 0 ] || die "missing packages, install: apt-get install ${missing[*]}"
}

# The name changes with every point release, so it is asked for.
kernel_package()
{
    apt-cache depends linux-image-amd64 2> /dev/null | awk '/Depends:/ { print $2; exit }'
}

# apt-get checks the package against the signed lists. A mirror keeps only the newest point
# release: lists older than that name a package that is gone.
download()
{
    local package=$1 directory=$2
    (cd "$directory" && apt-get -qq -o APT::Sandbox::User= download "$package") ||
        die "cannot fetch $package: is there a network? If so the lists are old: apt-get update"
}

unpack()
{
    local package=$1 directory=$2
    dpkg-deb --fsys-tarfile "$directory/$package"_*.deb |
        tar -x -C "$directory" ./boot ./lib || die "cannot unpack $package in $directory"
    rm "$directory/$package"_*.deb
    PATH=$PATH:/usr/sbin:/sbin depmod -b "$directory" "${package#linux-image-}"
}

# Built aside and renamed, so that a lost connection leaves nothing that looks whole.
fetch_kernel()
{
    local package part=$guest/kernel.part
    package=$(kernel_package)
    [ -n "$package" ] || die "apt knows no linux-image-amd64: run apt-get update"
    printf 'guest: fetching %s\n' "$package" >&2
    rm -rf "$part" "$kernel"
    mkdir -p "$part"
    download "$package" "$part"
    unpack "$package" "$part"
    (cd "$part" && sha256sum boot/vmlinuz-* lib/modules/*/modules.dep > .complete)
    mv "$part" "$kernel"
}

# udevd and its rules, for the job that runs it.
fetch_udev()
{
    local part=$guest/udev.part
    rm -rf "$part" "$guest/udev"
    mkdir -p "$part"
    download udev "$part"
    dpkg-deb --fsys-tarfile "$part"/udev_*.deb | tar -x -C "$part" ./bin ./lib ||
        die "cannot unpack udev in $part"
    rm "$part"/udev_*.deb
    mv "$part" "$guest/udev"
}

kernel_is_whole()
{
    [ -s "$stamp" ] && (cd "$kernel" && sha256sum --status -c .complete)
}

initrd_is_new()
{
    local input
    for input in "$here/initrd.sh" "$here/init" "$stamp"; do
        [ "$guest/initrd.gz" -nt "$input" ] || return 1
    done
}

require_tools
mkdir -p "$guest"
kernel_is_whole || fetch_kernel
[ -x "$guest/udev/bin/udevadm" ] || fetch_udev
initrd_is_new || "$here/initrd.sh" "$kernel" "$guest/initrd.gz"
