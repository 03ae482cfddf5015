#!/bin/bash
# shellcheck disable=SC2154,SC2034
# The camera's controls while it streams: set by us and seen by others, set by others and seen by
# us, refused, never answered, and set again after the camera was gone.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib_controls.sh"

goes_on_s=10

vivid_types()
{
    begin "controls: every type of vivid's, by --set-ctrl"
    live_start types "$vivid" -v --size 640x360 --fps 10 -c "brightness=77,contrast=9999,boolean=off,\
menu=Menu Item 4,integer_menu=5,integer_64_bits=-12345678901,bitmask=0x80002010,button=1,\
enable_capture_cropping=0,no_such_control=1,integer_32_bits=many"
    holds "it streams" live_streams 3
    comes_to "$vivid" brightness 77
    comes_to "$vivid" contrast 255
    comes_to "$vivid" boolean 0
    comes_to "$vivid" menu 4
    comes_to "$vivid" integer_menu 5
    comes_to "$vivid" integer_64_bits -12345678901
    comes_to "$vivid" bitmask $((0x80002010 - (1 << 32))) # v4l2-ctl takes it for a signed number
    v4l2-ctl -d "$vivid" -c brightness=33
    holds "another program's change is seen" wait_until 10 logged 'brightness is 33'
    goes_on "the stream goes on" 5
    live_stop INT
    equal "exit status" "$status" 130
    holds "one that does not exist: what there is" logged 'no control "no_such_control"; it has brightness'
    holds "a value that is none: what there is" logged 'integer_32_bits cannot be "many"; it can be'
    holds "one that is refused is told" logged 'Enable Capture Cropping could not be set'
    holds "the camera is free" is_free "$vivid"
    finish
}

come_back()
{
    begin "controls: set again when the camera is back"
    live_start back "$usbcam" -v --size 640x360 --fps 30 -c brightness=10,gain=7
    holds "it streams" live_streams 5
    comes_to "$usbcam" brightness 10
    v4l2-ctl -d "$usbcam" -c gain=50
    holds "another program's change is seen" wait_until 10 logged 'gain is 50'
    usbcam_tell unplug
    holds "it is gone" wait_until 10 usbcam_is_gone
    usbcam_tell plug
    usbcam_wait
    comes_to "$usbcam" brightness 10
    comes_to "$usbcam" gain 50
    goes_on "it streams again" 5
    live_stop INT
    finish
}

# ---- in the window

picture()
{
    sleep 1
    screen_picture "$1"
}

window_on_usbcam()
{
    begin "controls: keys in the window set the webcam's"
    window_size=1280x720 window_start usb "$usbcam" -v --fps 30 -f MJPG --size 640x360
    holds "it streams" live_streams 10
    open_page
    focus_first_control
    v4l2-ctl -d "$usbcam" -c brightness=20
    holds "another program's change is seen" wait_until 10 logged 'brightness is 20'
    press Right Right
    comes_to "$usbcam" brightness 22
    equal "brightness in the camera" "$(usbcam_counter brightness)" 22
    picture usb-1280
    v4l2-ctl -d "$usbcam" -c brightness=-30
    holds "another program's change is seen" wait_until 10 logged 'brightness is -30'
    press Right
    comes_to "$usbcam" brightness -29
    finish

    begin "controls: one that fails does not disturb the stream"
    usbcam_tell stall 1
    press Right
    holds "it is told" wait_until 10 logged 'Brightness could not be set'
    press Right Right
    goes_on "the stream goes on" 10
    usbcam_tell stall 0
    press Left
    comes_to "$usbcam" brightness -30
    equal "lines about it" "$(grep -c 'could not be set' "$WORK/$live_name.log")" 1
    equal "damaged" "$(stat damaged)" 0
    finish

    slow_control
    no_answer
}

# The camera goes on sending while it thinks about a setting.
slow_control()
{
    local before
    begin "controls: one that takes a second and a half does not hold the picture up"
    usbcam_tell slowctl 1500
    before=$(stat frames)
    press Left
    holds "it is set" wait_until 60 logged 'brightness is -31'
    usbcam_tell slowctl 0
    at_least "frames meanwhile" $(($(stat frames) - before)) 3
    finish
}

# How many calls the kernel has given up, after 5 seconds each.
given_up()
{
    dmesg | grep -c 'Failed to query.*-110'
}

is_given_up()
{
    [ "$(given_up)" -gt "$1" ]
}

# Shows frames while a call waits: before the kernel gives it up. A machine may be too busy for that
# once; a window that hangs in the call is so each time.
frames_while_waiting()
{
    local calls
    for _ in 1 2 3; do
        calls=$(given_up)
        press Right
        frames_go_on 4 && ! is_given_up "$calls" && wait_until 30 is_given_up "$calls" && return
    done
    return 1
}

no_answer()
{
    begin "controls: a camera that never answers freezes nothing"
    usbcam_tell nak 1
    holds "frames are shown while a call waits" frames_while_waiting
    press Right q
    holds "q closes the window" wait_until 30 has_no_window
    live_wait
    equal "exit status" "$status" 0
    holds "it does not wait for the answer" logged "does not answer; ending without it"
    usbcam_tell nak 0
    holds "the camera is free" wait_until 30 is_free "$usbcam"
    finish
}

window_on_vivid()
{
    begin "controls: vivid's many in a small window"
    window_size=640x480 window_start vivid "$vivid" -v --fps 30 --size 640x360
    holds "it streams" live_streams 10
    open_page
    focus_first_control
    picture vivid-640
    v4l2-ctl -d "$vivid" -c brightness=100
    press Right
    comes_to "$vivid" brightness 101
    press Up Up Up Up Up Up
    picture vivid-640-end
    press q
    live_wait
    equal "exit status" "$status" 0
    finish
}

vivid_webcam
vivid_types
display_start 1280x720
window_on_vivid
vivid_unload
usbcam_start bulk
come_back
window_on_usbcam
usbcam_stop
display_stop
