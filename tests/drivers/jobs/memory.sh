#!/bin/bash
# shellcheck disable=SC2154
# Two cameras for SOAK_S seconds, side by side: once it is warm a process that streams holds what it
# holds. tests/endurance/soak.py says what is measured and why so.

. "$(dirname "$0")/../lib.sh"

soak=$(dirname "$0")/../../endurance/soak.py

# watched NAME: its lines go to the log; the figures stay beside it.
watched()
{
    /usr/bin/python3 -B "$soak" watch "$(live_process)" "$WORK/$1.json" "$WORK/$1.samples" \
        --name "$1" --seconds "$SOAK_S" > "$WORK/$1.verdict"
    local result=$?
    cat "$WORK/$1.verdict"
    return $result
}

# tell NAME: what was measured, on the console too.
tell()
{
    local line
    while read -r line; do
        note "${line#ok    }"
    done < "$WORK/$1.verdict"
}

stays()
{
    local camera=$1 node=$2
    shift 2
    begin "memory: $SOAK_S s of $camera"
    LIVE_LIMIT_S=$((SOAK_S + 300)) live_start "$camera" "$node" "$@"
    holds "it streams" live_streams
    holds "nothing grows" watched "$camera"
    tell "$camera"
    equal "damaged" "$(stat damaged)" 0
    live_stop INT
    equal "exit status" "$status" 130
    finish
}

# The kernel may put a huge page under a thread's stack at any time: 2 MB at once that nobody asked
# for.
echo never > /sys/kernel/mm/transparent_hugepage/enabled

vivid_webcam
usbcam_start isochronous
stays vivid-YUYV "$vivid" -f YUYV --size 320x180 --fps 30 &
vivid_pid=$!
stays usb-MJPG "$usbcam" -f MJPG --size 640x360 --fps 30 &
wait $! $vivid_pid
usbcam_stop
vivid_unload
