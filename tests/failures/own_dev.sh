#!/bin/sh
# own_dev.sh COMMAND...: runs it where /dev has two video devices (devices.h) and little else. To be
# started by `unshare --mount`, so that nobody else sees it.
set -e
new=$(mktemp -d)
mount -t tmpfs none "$new"
for node in null zero full random urandom tty; do
    touch "$new/$node"
    mount --bind "/dev/$node" "$new/$node"
done
# Character devices, which is all that is asked of them but by calls that never arrive.
touch "$new/video0" "$new/video1"
mount --bind /dev/null "$new/video0"
mount --bind /dev/zero "$new/video1"
mkdir -p "$new/shm" "$new/v4l/by-id"
mount --bind /dev/shm "$new/shm"
ln -s /proc/self/fd "$new/fd"
ln -s ../../video0 "$new/v4l/by-id/usb-Camera_of_Nothing-video-index0"
# Without mtab: its part of that move is for root alone.
mount -n --move "$new" /dev
rmdir "$new"
exec "$@"
