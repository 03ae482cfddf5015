#!/bin/bash
# Builds the guest's first file system: busybox, ./init, and the modules without which it cannot
# see this machine's files.
#
#   initrd.sh KERNEL OUTPUT      KERNEL is the unpacked kernel package

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernel=$1
output=$2
PATH=$PATH:/usr/sbin:/sbin

# What /init mounts, and the random numbers without which programs wait for the kernel's own.
modules=(virtio_pci 9pnet_virtio 9p overlay virtio_rng)
applets=(sh mount insmod switch_root mkdir)

release=$(basename "$kernel"/lib/modules/*)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# Every module after the ones it needs, each once.
module_files()
{
    local module
    for module in "${modules[@]}"; do
        modprobe -d "$kernel" -S "$release" --show-depends "$module" |
            awk '$1 == "insmod" { print $2 }'
    done | awk '!seen[$0]++'
}

mkdir -p "$tree"/{bin,proc,sys,dev,host,ram,new,modules}
cp "$(command -v busybox)" "$tree/bin/busybox"
for applet in "${applets[@]}"; do
    ln -s busybox "$tree/bin/$applet"
done
module_files > "$tree/files"
while read -r file; do
    cp "$file" "$tree/modules/"
    basename "$file" >> "$tree/order"
done < "$tree/files"
install -m 755 "$here/init" "$tree/init"
rm "$tree/files"

(cd "$tree" && find . -print0 | cpio --quiet -0 -o -H newc) | gzip -1 > "$output.part"
mv "$output.part" "$output"
