#!/bin/bash
# shellcheck disable=SC2154
# A thousand frames of a camera: after the first seconds nothing is allocated any more, and the
# process does not grow.

. "$(dirname "$0")/../lib.sh"

warm_up_s=2
growth_limit_kb=1024

# grown NAME: by how much a field of --stats has grown from the warm-up's end to the last line.
grown()
{
    echo $(($(stat "$1") - $(stat_at $warm_up_s "$1")))
}

has_warmed_up()
{
    [ -n "$(stat_at $warm_up_s frames)" ]
}

# resident_kb FILE: exactly, and kept in FILE by mapping. What --stats says comes from statm, where
# the kernel enters the pages of a thread only after 64 faults, be it minutes later.
resident_kb()
{
    cp "/proc/$(live_process)/smaps" "$WORK/$1"
    awk '/^Rss:/ { sum += $2 } END { print sum }' "$WORK/$1"
}

thousand()
{
    local camera=$1 node=$2 before after
    shift 2
    begin "memory: 1000 frames of $camera"
    LIVE_LIMIT_S=120 live_start "$camera" "$node" "$@" --frames 1000
    holds "it warms up" wait_until 60 has_warmed_up
    before=$(resident_kb "$camera-before.smaps")
    holds "most frames come" wait_until 120 has_frames 800
    after=$(resident_kb "$camera-after.smaps")
    live_wait
    equal "exit status" "$status" 0
    at_least "frames" "$(stat frames)" 1000
    equal "damaged" "$(stat damaged)" 0
    equal "allocations after warm-up" "$(grown allocations)" 0
    at_least "KB" "$after" 1
    at_most "KB grown" $((after - before)) $growth_limit_kb
    finish
}

# The kernel may put a huge page under a thread's stack at any time: 2 MB at once that nobody asked
# for.
echo never > /sys/kernel/mm/transparent_hugepage/enabled

vivid_webcam
thousand vivid-YUYV "$vivid" -f YUYV --size 320x180 --fps 60
vivid_unload
usbcam_start isochronous
thousand usb-MJPG "$usbcam" -f MJPG --size 640x360 --fps 60
usbcam_stop
