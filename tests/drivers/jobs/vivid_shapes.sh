#!/bin/bash
# shellcheck disable=SC2154
# Pictures whose rows are not what the width says, and widths that are no round numbers.

. "$(dirname "$0")/../lib.sh"

verify()
{
    local name=$1 node=$2 format=$3 size=$4
    live "$name" "$node" -f "$format" --size "$size" --frames 6 --verify
    begin "vivid $name"
    equal "exit status" "$status" 0
    equal "width" "$(stat width)" "${size%x*}"
    equal "height" "$(stat height)" "${size#*x}"
    edges_equal 6
    finish
}

# bytes_per_row: what the driver granted last.
bytes_per_row()
{
    v4l2-ctl -d "$vivid" --get-fmt-video | sed -n 's/.*Bytes per Line *: //p'
}

vivid_webcam
while read -r format padding bytes; do
    LIVE_PRELOAD=$TOOLS/wide_rows.so ROW_PADDING=$padding \
        verify "wide-rows-$format-$padding" "$vivid" "$format" 320x180
    begin "vivid wide rows $format: the driver really wrote them"
    equal "bytes a row" "$(bytes_per_row)" "$bytes"
    finish
done << 'TABLE'
YUYV 64 704
YUYV 7 647
UYVY 2048 2688
NV12 128 448
YU12 128 448
GREY 33 353
RGB3 640 1600
TABLE
vivid_unload

vivid_hdmi
while read -r format size; do
    verify "odd-$format-$size" "$vivid" "$format" "$size"
done << 'TABLE'
GREY 321x181
GREY 17x16
YUYV 322x181
RGB3 321x181
BGR3 319x241
NV12 322x242
YU12 322x242
TABLE
vivid_unload
