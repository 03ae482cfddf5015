#!/bin/bash
# shellcheck disable=SC2154
# Few buffers and many: two are enough, because frames are then copied out at once.

. "$(dirname "$0")/../lib.sh"

stream()
{
    local camera=$1 node=$2 format=$3 buffers=$4
    live "$camera-$format-$buffers" "$node" -f "$format" --size 640x360 --fps 30 \
        --buffers "$buffers" --frames 8 --verify
    begin "buffers: $camera $format with $buffers"
    equal "exit status" "$status" 0
    equal "damaged" "$(stat damaged)" 0
    edges_equal 8
    finish
}

vivid_webcam
stream vivid "$vivid" YUYV 2
stream vivid "$vivid" YUYV 32
vivid_unload
usbcam_start bulk
stream usb "$usbcam" MJPG 2
stream usb "$usbcam" YUYV 2
usbcam_stop
