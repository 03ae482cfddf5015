#!/bin/bash
# shellcheck disable=SC2154
# The window, on a display in memory, with the webcam in it.

. "$(dirname "$0")/../lib.sh"

usbcam_start bulk
display_start 1024x768

begin "window: the webcam in a window, q ends it"
window_start window "$usbcam" -f MJPG --size 640x360 --fps 30
holds "it streams" live_streams 30
screen_picture window
press q
live_wait
equal "exit status" "$status" 0
equal "damaged" "$(stat damaged)" 0
holds "the camera is free" is_free "$usbcam"
finish

usbcam_stop
display_stop
