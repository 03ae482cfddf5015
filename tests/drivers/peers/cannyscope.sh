#!/bin/bash
# shellcheck disable=SC2034,SC2154

. "$(dirname "$0")/lib_peers.sh"

peer=cannyscope

peer_moves()
{
    screen_moves
}

peer_start()
{
    "$CANNYSCOPE" live "$1" -f "$2" --size 640x360 --fps 30 >> "$WORK/peer.log" 2>&1 &
    peer_pid=$!
}

# Its figures would change although the picture does not.
display_start 1024x768
echo '{"window": "640x400", "panel": false, "overlay": "off"}' \
    > "$WORK/config/cannyscope/config.json"
peer_faults
display_stop
