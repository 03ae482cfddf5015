#!/bin/bash
# shellcheck disable=SC2034,SC2154

. "$(dirname "$0")/lib_peers.sh"

peer=ffplay

peer_moves()
{
    screen_moves
}

peer_start()
{
    local format=mjpeg
    [ "$2" = MJPG ] || format=yuyv422
    ffplay -hide_banner -loglevel warning -f v4l2 -input_format $format -video_size 640x360 \
        -framerate 30 -i "$1" >> "$WORK/peer.log" 2>&1 < /dev/null &
    peer_pid=$!
}

display_start 1024x768
peer_faults
display_stop
