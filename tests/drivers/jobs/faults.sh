#!/bin/bash
# shellcheck disable=SC2154
# Frames that are lost, marked as bad, cut short or full of noise: each is counted, none of them
# ends the stream.

. "$(dirname "$0")/../lib.sh"

# fault NAME NODE FORMAT COUNTER LEAST COMMAND...: runs the command when frames come; COUNTER
# must reach LEAST, frames must go on coming, and the end is as clean as ever.
fault()
{
    local name=$1 node=$2 format=$3 counter=$4 least=$5 before
    shift 5
    live_start "$name" "$node" -f "$format" --size 640x360 --fps 30 --buffers "${BUFFERS:-4}"
    begin "fault: $name"
    holds "it streams" live_streams 5
    "$@"
    holds "the counter moves" wait_until 20 counter_reaches "$counter" "$least"
    before=$(stat frames)
    holds "frames go on" wait_until 20 has_frames $((before + 5))
    live_stop TERM
    equal "exit status" "$status" 143
    at_least "$counter" "$(stat "$counter")" "$least"
    equal "reconnects" "$(stat reconnects)" 0
    finish
}

counter_reaches()
{
    is_number_at_least "$(stat "$1")" "$2"
}

vivid_control()
{
    v4l2-ctl -d "$vivid" -c "$1"
}

# One frame at a time, and some of them are replaced by a newer one before anyone looks at them.
mark_frames()
{
    for _ in {1..10}; do
        vivid_control inject_v4l2_buf_flag_error=1
        sleep 0.05
    done
}

refuse_buffers()
{
    for _ in 1 2 3 4; do
        vivid_control inject_vidioc_qbuf_error=1
        sleep 0.2
    done
}

vivid_webcam
fault vivid-marked "$vivid" YUYV damaged 3 mark_frames
fault vivid-lost "$vivid" YUYV dropped_driver 5 vivid_control percentage_of_dropped_buffers=30
vivid_control percentage_of_dropped_buffers=0
# A buffer that the driver refuses once must be offered again: with two, both lost would be the end.
BUFFERS=2 fault vivid-refused-buffers "$vivid" YUYV frames 10 refuse_buffers
vivid_unload

# On a busy machine the newest frame replaces some before anyone looks at them, so not all that are
# sent need be counted as damaged.
#
# By default uvcvideo keeps bad raw frames to itself, and the gap in the numbers tells; of JPEGs
# it knows nothing.
usbcam_start isochronous
fault usb-MJPG-trunc "$usbcam" MJPG damaged 3 usbcam_tell trunc 5
fault usb-MJPG-noeof "$usbcam" MJPG damaged 3 usbcam_tell noeof 5
fault usb-MJPG-err "$usbcam" MJPG dropped_driver 5 usbcam_tell err 5
fault usb-MJPG-empty "$usbcam" MJPG dropped_driver 5 usbcam_tell empty 5
# What noise does to a JPEG's entropy code may be no error, so not every frame need be damaged.
fault usb-MJPG-garbage "$usbcam" MJPG frames 10 usbcam_tell garbage 10
fault usb-YUYV-trunc "$usbcam" YUYV dropped_driver 5 usbcam_tell trunc 5
usbcam_stop

# Told to, it hands them over, marked.
rmmod uvcvideo
load_module uvcvideo nodrop=1
usbcam_start isochronous
fault usb-YUYV-marked-short "$usbcam" YUYV damaged 3 usbcam_tell trunc 5
fault usb-MJPG-damage-20-percent "$usbcam" MJPG damaged 4 usbcam_tell damage 20
usbcam_stop
