#!/bin/bash
# shellcheck disable=SC2154
# Stopping by signal while frames come: at once, with the signal's exit status, and the camera free
# for the next program.

. "$(dirname "$0")/../lib.sh"

# The promise is 300 ms on a machine; emulation is given some more.
longest_ms=1000

stop_once()
{
    live_start "$1-$3" "$2" --size 640x360 --fps 30
    holds "it streams" live_streams 5
    live_stop "$3"
}

# A busy machine may be late once; a program that hangs does so each time.
stop()
{
    local camera=$1 node=$2 signal=$3 expected=$4
    begin "stop: $camera, SIG$signal"
    for _ in 1 2 3; do
        stop_once "$camera" "$node" "$signal"
        [ "$stop_ms" -gt $longest_ms ] || break
    done
    equal "exit status" "$status" "$expected"
    at_most "ms" "$stop_ms" $longest_ms
    holds "the camera is free" is_free "$node"
    holds "another program can stream" streams "$node"
    finish
}

vivid_webcam
stop vivid "$vivid" INT 130
stop vivid "$vivid" TERM 143
vivid_unload

usbcam_start isochronous
stop usb "$usbcam" INT 130
stop usb "$usbcam" TERM 143
live again "$usbcam" --size 640x360 --frames 5
begin "stop: a second start works at once"
equal "exit status" "$status" 0
finish
usbcam_stop
