#!/bin/bash
# shellcheck disable=SC2154,SC2034
# The window, on a display in memory, with the webcam in it.
#
# Both variables are needed to draw without a GL: the emulated processor is too slow for one made
# of software, and crashes it.

. "$(dirname "$0")/../lib.sh"

export DISPLAY=:7 SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0
export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state

start_display()
{
    mkdir -p "$WORK/display"
    Xvfb $DISPLAY -screen 0 1024x768x24 -nolisten tcp -noreset -fbdir "$WORK/display" \
        > "$WORK/xvfb.log" 2>&1 &
    display_pid=$!
    wait_until 30 test -S /tmp/.X11-unix/X7
}

find_window()
{
    window=$(xdotool search --onlyvisible --pid "$(live_process)" | head -1)
    [ -n "$window" ]
}

usbcam_start bulk
start_display
live_name=window
timeout --foreground -k 5 60 "$CANNYSCOPE" live "$usbcam" -f MJPG --size 640x360 --fps 30 \
    --stats "$WORK/window.json" > "$WORK/window.log" 2>&1 &
live_pid=$!

begin "window: the webcam in a window, q ends it"
holds "a window appears" wait_until 30 find_window
holds "it streams" live_streams 30
cp "$WORK/display/Xvfb_screen0" "$WORK/window.xwd"
compare_later window.png screen 1024x768
xdotool windowfocus "$window"
xdotool key --window "$window" q
live_wait
equal "exit status" "$status" 0
equal "damaged" "$(stat damaged)" 0
holds "the camera is free" is_free "$usbcam"
finish

usbcam_stop
kill "$display_pid"
wait "$display_pid"
rm -rf "$WORK/display"
