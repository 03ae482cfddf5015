#!/bin/bash
# shellcheck disable=SC2154,SC2034
# In the dark the webcam lowers its rate, as its control allows. The window says so and offers to keep
# the rate; what that sets is for as long as the camera is in use.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib_controls.sh"

mode=(-f MJPG --size 640x360 --fps 30)
permission=exposure_dynamic_framerate

# Above the ten that it was lowered to; all thirty would ask for a machine that is not busy.
is_fast_again()
{
    local rate
    rate=$(thousandths "$(stat camera_fps)") && [ "$rate" -ge 15000 ]
}

in_the_camera()
{
    [ "$(usbcam_counter exposure_priority)" = "$1" ]
}

kept_by_a_key()
{
    begin "dark: a key keeps the rate"
    window_size=$1 window_start dark "$usbcam" -v "${mode[@]}"
    holds "it streams" live_streams 10
    usbcam_tell slow 3
    holds "it is said" wait_until 30 logged 'Dark scene: the camera lowered its rate to 10 of 30 FPS'
    sleep 1
    screen_picture "dark-$1"
    press Down
    sleep 1
    screen_picture "dark-$1-focus"
    press Return
    comes_to "$usbcam" $permission 0
    holds "the rate is back" wait_until 20 is_fast_again
    finish
}

given_back()
{
    begin "dark: given back at the end, not remembered"
    press q
    live_wait
    equal "exit status" "$status" 0
    holds "the camera has it back" in_the_camera 1
    equal "$permission" "$(control "$usbcam" $permission)" 1
    equal "files of cameras" "$(find "$XDG_CONFIG_HOME" -path '*cameras/*' | wc -l)" 0
    finish
}

# The camera takes two seconds for each answer, and is busy with another one when the program ends. It
# is not waited for, but by the kernel, which ends no process in the middle of a request.
slow_to_answer()
{
    begin "dark: given back to a camera that takes its time"
    usbcam_tell unplug
    holds "it is gone" wait_until 10 usbcam_is_gone
    usbcam_tell plug
    usbcam_wait
    comes_to "$usbcam" $permission 0
    open_page
    focus_first_control
    usbcam_tell slowctl 2000
    local begun=$SECONDS
    press Right Right
    press q
    holds "q closes the window" wait_until 2 has_no_window
    live_wait
    equal "exit status" "$status" 0
    at_most "seconds to the end" $((SECONDS - begun)) 10
    holds "the camera has it back" wait_until 20 in_the_camera 1
    usbcam_tell slowctl 0
    holds "the camera is free" wait_until 20 is_free "$usbcam"
    finish
}

usbcam_start bulk
display_start 1280x720
kept_by_a_key 1280x720
given_back
usbcam_tell slow 1
kept_by_a_key 640x480
slow_to_answer
usbcam_stop
display_stop
