#!/bin/bash
# shellcheck disable=SC2154
# The cable is pulled out while frames come.

. "$(dirname "$0")/../lib.sh"

pull()
{
    local format=$1
    live_start "unplug-$format" "$usbcam" -f "$format" --size 640x360 --fps 30 \
        --exit-on-device-error
    begin "unplug: $format, --exit-on-device-error"
    holds "it streams" live_streams 5
    usbcam_tell unplug
    live_wait
    equal "exit status" "$status" 1
    holds "the message names the device" logged "$usbcam"
    holds "one sentence, not many" test "$(grep -c "$usbcam" "$WORK/$live_name.log")" -le 4
    finish
    usbcam_tell plug
    usbcam_wait
}

usbcam_start isochronous
pull MJPG
pull YUYV
live after "$usbcam" --size 640x360 --frames 5
begin "unplug: plugged in again, it streams"
equal "exit status" "$status" 0
finish
usbcam_stop
