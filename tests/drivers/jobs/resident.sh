#!/bin/bash
# shellcheck disable=SC2154
# How much memory a window takes with a webcam of 1280x720 in it, MJPEG, drawn by SDL's own
# renderer: whatever is looked at, 45 MB at the most.

. "$(dirname "$0")/../lib.sh"

limit_kb=$((45 * 1024))

# resident WHAT FRAMES: after so many more frames. Where it is stays in WHAT.smaps.
resident()
{
    local pid
    holds "$1: frames go on" wait_until 240 has_frames $(($(stat frames) + $2))
    pid=$(live_process)
    cp "/proc/$pid/smaps" "$WORK/$1.smaps"
    is_sanitized || at_most "KB, $1" "$(smaps_kb "$pid" Rss)" $limit_kb
}

# shows WHAT KEY...
shows()
{
    press "${@:2}"
    resident "$1" 10
}

usbcam_start isochronous
display_start 1920x1080

begin "resident: 1280x720 MJPEG in a window"
window_start resident "$usbcam" -f MJPG --size 1280x720
holds "it streams" live_streams
resident edges 100
screen_picture edges
shows gray 2
shows original 1
screen_picture original
shows overlay 9
shows memory-page M
shows all-numbers M i
shows edges-again 8
is_sanitized || at_most "KB, peak" "$(smaps_kb "$(live_process)" VmHWM)" $limit_kb
equal "frames of 1280 columns" "$(stat width)" 1280
finish

# Under emulation a frame takes long, and so may the end.
press q
live_wait

usbcam_stop
display_stop
