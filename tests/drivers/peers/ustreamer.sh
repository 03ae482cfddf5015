#!/bin/bash
# shellcheck disable=SC2034,SC2154

. "$(dirname "$0")/lib_peers.sh"

peer=ustreamer

# It has no window: it serves pictures. Without a camera they are all the same.
peer_moves()
{
    changes_often curl -s --max-time 3 http://127.0.0.1:8080/snapshot
}

peer_start()
{
    local format=MJPEG
    [ "$2" = MJPG ] || format=YUYV
    "$PEERS/usr/bin/ustreamer" -d "$1" -m $format -r 640x360 -f 30 --port 8080 \
        >> "$WORK/peer.log" 2>&1 < /dev/null &
    peer_pid=$!
}

peer_faults
