#!/bin/bash
# shellcheck disable=SC2154
# The webcam on the kernel's uvcvideo: compressed and raw, over a bulk endpoint and over an
# isochronous one, whose bandwidth ends at 24.6 MB/s: YUYV at 640x360 and 30 needs 13.8.

. "$(dirname "$0")/../lib.sh"

# wanted_rate FPS SENT: tenths less than the camera's own rate, which on a machine too busy for the
# emulation is below the one asked for.
wanted_rate()
{
    local ms own
    ms=$(thousandths "$(stat time_s)") || return
    own=$(($2 * 1000 / ms))
    [ $own -le "$1" ] || own=$1
    echo $((own * 9 / 10))
}

# granted_interval: of what the camera was told last, in its unit of 100 ns.
granted_interval()
{
    sed -n 's/.*commit: .* interval \([0-9]*\),.*/\1/p' "$WORK/usbcam.log" | tail -1
}

rate()
{
    local transfer=$1 format=$2 size=$3 fps=$4 before sent
    for _ in 1 2; do
        before=$(usbcam_counter good)
        live "$transfer-$format-$size-$fps" "$usbcam" -f "$format" --size "$size" --fps "$fps" \
            --duration 2.6
        sent=$(($(usbcam_counter good) - before))
        ! is_fast "$fps" || break
    done
    begin "usb $transfer $format $size at $fps"
    equal "exit status" "$status" 0
    at_least "of $sent frames" "$(arrived last)" $((sent * 9 / 10 - 1))
    at_least "frames a second" "$(arrival_rate)" "$(wanted_rate "$fps" "$sent")"
    equal "interval" "$(granted_interval)" $((10000000 / fps))
    at_most "lost by the driver" "$(stat dropped_driver)" $((sent / 4))
    equal "damaged" "$(stat damaged)" 0
    at_least "ms since the stamp" "$(stat stamp_age_p50_ms)" "$(stat age_p50_ms)"
    equal "width" "$(stat width)" "${size%x*}"
    finish
}

verify()
{
    local transfer=$1 format=$2 size=$3
    local name=$transfer-$format-$size-edges
    live "$name" "$usbcam" -f "$format" --size "$size" --fps 30 --frames 5 --verify \
        --snapshot "$WORK/$name.png"
    begin "usb $transfer $format $size: the reference's edges"
    equal "exit status" "$status" 0
    edges_equal 5
    finish
    compare_later "$name.png" "$format" "$size"
}

usbcam_start bulk
rate bulk MJPG 640x360 30
rate bulk MJPG 640x360 60
rate bulk MJPG 1280x720 30
rate bulk YUYV 640x360 30
rate bulk YUYV 640x360 60
rate bulk YUYV 1280x720 30
verify bulk MJPG 640x360
verify bulk YUYV 640x360
verify bulk MJPG 1280x720
usbcam_stop

usbcam_start isochronous
rate isochronous MJPG 640x360 30
rate isochronous MJPG 640x360 60
rate isochronous MJPG 1280x720 30
rate isochronous YUYV 640x360 30
rate isochronous YUYV 1280x720 10
verify isochronous MJPG 640x360
verify isochronous YUYV 640x360
usbcam_stop
