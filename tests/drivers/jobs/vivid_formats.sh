#!/bin/bash
# shellcheck disable=SC2154
# Every raw format that is read without conversion, from the kernel's virtual driver. Edges are
# verified on small frames: under emulation the reference takes a third of a second for a large one.

. "$(dirname "$0")/../lib.sh"

vivid_webcam
for format in YUYV UYVY NV12 YU12 GREY RGB3 BGR3; do
    live_at_rate 30 "rate-$format" "$vivid" -f $format --size 640x360
    begin "vivid $format 640x360 at 30"
    equal "exit status" "$status" 0
    at_least "frames a second" "$(arrival_rate)" 27
    equal "damaged" "$(stat damaged)" 0
    equal "width" "$(stat width)" 640
    finish

    live "verify-$format" "$vivid" -f $format --size 320x180 --fps 30 --frames 8 --verify
    begin "vivid $format: the reference's edges"
    equal "exit status" "$status" 0
    edges_equal 8
    finish
done
vivid_unload
