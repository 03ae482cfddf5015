#!/bin/bash
# shellcheck disable=SC2154
# A thousand frames of a camera: after the first seconds nothing is allocated any more, and the
# process does not grow.

. "$(dirname "$0")/../lib.sh"

warm_up_s=2
growth_limit_bytes=$((1 << 20))

# grown NAME: by how much a field of --stats has grown from the warm-up's end to the last line.
grown()
{
    echo $(($(stat "$1") - $(stat_at $warm_up_s "$1")))
}

thousand()
{
    local camera=$1 node=$2
    shift 2
    LIVE_LIMIT_S=120 live "$camera" "$node" "$@" --frames 1000
    begin "memory: 1000 frames of $camera"
    equal "exit status" "$status" 0
    at_least "frames" "$(stat frames)" 1000
    equal "damaged" "$(stat damaged)" 0
    equal "allocations after warm-up" "$(grown allocations)" 0
    at_most "growth in bytes" "$(grown rss_bytes)" $growth_limit_bytes
    finish
}

vivid_webcam
thousand vivid-YUYV "$vivid" -f YUYV --size 320x180 --fps 60
vivid_unload
usbcam_start isochronous
thousand usb-MJPG "$usbcam" -f MJPG --size 640x360 --fps 60
usbcam_stop
