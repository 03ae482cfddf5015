#!/bin/bash
# shellcheck disable=SC2154,SC2034
# What stops the stream altogether, and ends again: the picture is back by itself, every time, and
# nothing is left behind. One run of cannyscope lives through all of it.

. "$(dirname "$0")/../lib.sh"

mode=(-f MJPG --size 640x360 --fps 30)

# live_through NAME NODE [OPTION...]
live_through()
{
    LIVE_LIMIT_S=500 live_start "$@"
    begin "recovery: $1 streams"
    holds "it streams" live_streams 5
    note_holdings
    finish
}

# stopped WHAT COMMAND...: the stream stops. mended COMMAND...: what is the matter ends.
stopped()
{
    begin "recovery: $live_name, $1"
    shift
    before=$(stat reconnects)
    "$@"
    holds "it is noticed" wait_until 30 is_waiting
}

mended()
{
    "$@"
    holds "the picture is back" wait_until 60 reconnected $((before + 1))
    holds "frames go on" frames_go_on
    at_least "reconnects" "$(stat reconnects)" $((before + 1))
    holds "the same mode" test "$(stat width)x$(stat height)" = 640x360
    no_leaks
    finish
}

# count_logged TEXT: lines so far. logged_again TEXT COUNT: more than that.
count_logged()
{
    grep -c "$1" "$WORK/$live_name.log"
}

logged_again()
{
    [ "$(count_logged "$1")" -gt "$2" ]
}

live_end()
{
    begin "recovery: $live_name ends"
    live_stop TERM
    equal "exit status" "$status" 143
    equal "damaged" "$(stat damaged)" 0
    finish
}

# ---- the webcam

# both_tell VALUE COMMAND...: several of the camera's switches at once.
both_tell()
{
    local value=$1 command
    shift
    for command; do
        usbcam_tell "$command" "$value"
    done
}

unplug()
{
    usbcam_tell unplug
    wait_until 10 usbcam_is_gone
}

# The restart of a stream that is silent needs requests; refused, the camera is closed and looked
# for, and refuses again.
refused_while_silent()
{
    local told
    told=$(count_logged "Trying again")
    stopped "silent and $1" both_tell 1 freeze "$1"
    holds "it was opened in vain" wait_until 60 logged_again "Trying again" "$told"
    mended both_tell 0 freeze "$1"
}

# The socket of the webcam, as usbcore names it.
socket_of()
{
    local device
    device=$(realpath "/sys/class/video4linux/${usbcam##*/}/device")
    echo "${device%/*}"
}

authorize()
{
    echo "$1" > "$socket/authorized"
}

# uvcvideo is taken off the camera's first interface, and put on again.
driver()
{
    echo "${socket##*/}:1.0" > "/sys/bus/usb/drivers/uvcvideo/$1"
}

# The kernel stops every process for five seconds, as before a suspension, and lets them go on. (To
# suspend the guest really would cost it its disk, which virtio does not bring back.)
freeze_processes()
{
    echo freezer > /sys/power/pm_test
    echo freeze > /sys/power/state
    echo none > /sys/power/pm_test
}

all_processes_frozen()
{
    begin "recovery: $live_name, all processes frozen for five seconds"
    freeze_processes
    holds "frames go on" frames_go_on 10
    no_leaks
    finish
}

taken()
{
    local log=$WORK/taken.log
    begin "recovery: $live_name, another program wants the camera"
    timeout 60 "$CANNYSCOPE" live "$usbcam" --headless --frames 5 > "$log" 2>&1
    equal "its exit status" $? 1
    holds "it is told who has it" grep -q "in use by cannyscope (process $(live_process))" "$log"
    holds "frames go on" frames_go_on
    no_leaks
    finish
}

two_cameras()
{
    local name=$live_name pid=$live_pid second
    "$TOOLS/usbcam" -n "Second Camera" -s second -p 1 -d "$FRAMES" -c "$WORK/second.fifo" \
        > /dev/null 2>> "$WORK/second.log" &
    local second_pid=$!
    wait_until 20 camera_node "Second Camera"
    second=$(camera_node "Second Camera")
    live_start second "$second" "${mode[@]}"
    begin "recovery: of two cameras one is unplugged"
    holds "the second streams" live_streams 5
    before=$(stat_of "$WORK/$name.json" last reconnects)
    unplug
    holds "the second goes on" frames_go_on 20
    live_stop TERM
    live_name=$name live_pid=$pid
    holds "the first one waits" wait_until 20 is_waiting
    echo quit > "$WORK/second.fifo"
    wait $second_pid
    mended usbcam_tell plug
}

on_usb()
{
    usbcam_start "$1"
    live_through "$1" "$usbcam" "${mode[@]}"
    stopped silent usbcam_tell freeze 1
    mended usbcam_tell freeze 0
    refused_while_silent stall
    stopped "unplugged while silent" both_tell 1 freeze unplug
    usbcam_tell freeze 0
    mended usbcam_tell plug
    if [ "$1" = isochronous ]; then
        refused_while_silent nak
        socket=$(socket_of)
        stopped "not authorized any more" authorize 0
        mended authorize 1
        stopped "without its driver" driver unbind
        mended driver bind
        taken
        two_cameras
        all_processes_frozen
    fi
    live_end
}

# A camera that refuses or never answers when the program starts.
refused_at_start()
{
    begin "recovery: $1 at the start"
    usbcam_tell "$1" 1
    live "start-$1" "$usbcam" "${mode[@]}" --frames 5
    equal "exit status" "$status" 1
    holds "the message names the device" logged "$usbcam"
    usbcam_tell "$1" 0
    live "start-after-$1" "$usbcam" "${mode[@]}" --frames 5
    equal "exit status afterwards" "$status" 0
    finish
}

low_changed()
{
    [ "$(stat low)" != "$1" ]
}

# S_FMT waits for five seconds, and STREAMON for five more.
blocked_in_a_window()
{
    local low
    display_start 1024x768
    begin "recovery: a window on a camera that never answers"
    usbcam_tell nak 1
    window_start blocked "$usbcam" "${mode[@]}"
    wait_until 20 stat low
    low=$(stat low)
    press bracketright
    holds "keys do something" wait_until 20 low_changed "$low"
    screen_picture blocked
    press q
    holds "q closes the window" wait_until 30 has_no_window
    live_wait
    equal "exit status" "$status" 0
    usbcam_tell nak 0
    holds "the camera is free" wait_until 30 is_free "$usbcam"
    finish

    begin "recovery: a window on a camera that answers late"
    usbcam_tell nak 1
    window_start late "$usbcam" "${mode[@]}"
    holds "it is told" wait_until 40 logged 'Trying again'
    usbcam_tell nak 0
    holds "the picture comes" live_streams 5
    press q
    live_wait
    equal "exit status" "$status" 0
    finish
    display_stop
}

# ---- the virtual driver

vivid_control()
{
    v4l2-ctl -d "$vivid" -c "$1"
}

on_vivid()
{
    vivid_webcam
    live_through vivid "$vivid" -f YUYV --size 640x360
    stopped "every frame lost" vivid_control percentage_of_dropped_buffers=100
    mended vivid_control percentage_of_dropped_buffers=0
    # The node stays; it is alive again when nobody has it open any more.
    begin "recovery: vivid, disconnected"
    before=$(stat reconnects)
    vivid_control disconnect=1
    mended true
    live_end
    vivid_unload
}

# Frames go on, of noise, and the driver says that something changed.
signal_lost()
{
    vivid_hdmi
    live_through hdmi "$vivid" -f YUYV --size 640x480
    for signal in 1 0; do
        begin "recovery: hdmi, signal mode $signal"
        vivid_control dv_timings_signal_mode=$signal
        holds "frames go on" frames_go_on 20
        no_leaks
        finish
    done
    live_end
    vivid_unload
}

on_vivid
signal_lost
on_usb isochronous
refused_at_start stall
refused_at_start nak
blocked_in_a_window
usbcam_stop
rmmod uvcvideo
on_usb bulk
usbcam_stop
