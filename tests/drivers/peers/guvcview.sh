#!/bin/bash
# shellcheck disable=SC2034,SC2154

. "$(dirname "$0")/lib_peers.sh"

peer=guvcview

peer_moves()
{
    screen_moves
}

# Without its window of controls, which changes nothing about the stream.
peer_start()
{
    LD_LIBRARY_PATH=$PEERS/usr/lib/x86_64-linux-gnu "$PEERS/usr/bin/guvcview" -d "$1" -f "$2" \
        -x 640x360 -F 30 -r sdl -g none -a none >> "$WORK/peer.log" 2>&1 < /dev/null &
    peer_pid=$!
}

display_start 1024x768
peer_faults
display_stop
