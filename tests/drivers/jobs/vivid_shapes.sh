#!/bin/bash
# shellcheck disable=SC2154
# Pictures whose rows are longer than the width says, and sizes that are no round numbers: what the
# driver grants is not what was asked for.

. "$(dirname "$0")/../lib.sh"

verify()
{
    local name=$1 format=$2 asked=$3 granted=$4
    LIVE_PRELOAD=$TOOLS/bend_format.so live "$name" "$vivid" -f "$format" --size "$asked" \
        --frames 6 --verify
    begin "vivid $name"
    equal "exit status" "$status" 0
    equal "width" "$(stat width)" "${granted%x*}"
    equal "height" "$(stat height)" "${granted#*x}"
    [[ $asked == "$granted" ]] || holds "it says what it got" logged "asked .*$asked.*gives"
    edges_equal 6
}

# What the driver granted last, and so really wrote.
bytes_per_row()
{
    v4l2-ctl -d "$vivid" --get-fmt-video | sed -n 's/.*Bytes per Line *: //p'
}

vivid_webcam
while read -r format padding bytes; do
    ROW_PADDING=$padding verify "wide-rows-$format-$padding" "$format" 320x180 320x180
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

# Half a chroma sample at the end of a row or of a column is where drivers disagree; vivid's own
# buffers are too small for some such sizes, so formats with chroma get even ones.
vivid_hdmi
while read -r format size; do
    FRAME_SIZE=$size verify "odd-size-$format-$size" "$format" 320x180 "$size"
    finish
done << 'TABLE'
GREY 321x181
GREY 17x16
RGB3 321x181
BGR3 319x241
YUYV 322x181
NV12 322x242
YU12 324x242
TABLE
vivid_unload
