#!/bin/bash
# shellcheck disable=SC2154,SC2034
# With udevd running, as on a desktop: cameras have links by identity, and cannyscope hears of them
# through libudev.

. "$(dirname "$0")/../lib.sh"

mode=(-f MJPG --size 640x360 --fps 30)

start_udevd()
{
    local udev=${GUEST_KERNEL%/*}/udev
    cp -r "$udev/lib/udev" /usr/lib/
    cp "$udev/bin/udevadm" /usr/bin/
    (exec -a systemd-udevd udevadm --daemon) 2>> "$WORK/udevd.log"
    wait_until 20 test -S /run/udev/control
}

# link_of SERIAL: the by-id link of the camera with that serial number.
link_of()
{
    local link
    for link in /dev/v4l/by-id/*"$1"*index0; do
        [ -e "$link" ] && echo "$link" && return
    done
    return 1
}

is_gone()
{
    ! link_of "$1"
}

# camera_start SERIAL PORT: one of several; each is in a file of its own.
camera_start()
{
    "$TOOLS/usbcam" -i -s "$1" -p "$2" -d "$FRAMES" -c "$WORK/$1.fifo" \
        > /dev/null 2>> "$WORK/$1.log" &
    wait_until 20 link_of "$1"
}

camera_stop()
{
    echo quit > "$WORK/$1.fifo"
    wait_until 20 is_gone "$1"
}

# listens PID: to the messages of udevd, which are netlink's protocol 15.
listens()
{
    awk -v pid="$1" '$2 == 15 && $3 == pid { found = 1 } END { exit !found }' /proc/net/netlink
}

lists_link()
{
    "$CANNYSCOPE" devices | grep -F "$1"
}

# The camera is told by its serial number, wherever it is plugged in and whatever else there is.
moved_camera()
{
    local pid link returned
    camera_start alpha 0
    camera_start beta 1
    link=$(link_of alpha)
    live_start moved "$link" "${mode[@]}"
    begin "udev: a camera comes back in another socket"
    holds "devices shows the link" lists_link "$link"
    holds "it streams" live_streams 5
    pid=$(live_process)
    camera_stop alpha
    holds "it waits" wait_until 10 is_waiting
    holds "it listens to udevd" wait_until 10 listens "$pid"
    holds "the other one is free" is_free "$(link_of beta)"
    holds "another node" camera_start alpha 3
    returned=$(now_ms)
    holds "it is opened" wait_until 20 has_open "$pid" "$(link_of alpha)"
    at_most "ms until it is open" $(($(now_ms) - returned)) 2000
    holds "frames come" wait_until 20 reconnected 1
    fails "it goes on listening" listens "$pid"
    live_stop TERM
    equal "exit status" "$status" 143
    finish
    camera_stop alpha
    camera_stop beta
}

load_module vhci-hcd
load_module uvcvideo
begin "udev: udevd runs in the guest"
holds "it is there" start_udevd
finish
moved_camera
udevadm control --exit
rm -rf /run/udev
