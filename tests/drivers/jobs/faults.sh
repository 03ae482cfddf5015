#!/bin/bash
# shellcheck disable=SC2154
# Frames that are lost, marked as bad, cut short or full of noise, left out or late: each is
# counted, none of them ends the stream or makes it start anew, and nothing is left behind. One run
# of cannyscope goes through all that one camera can do wrong.

. "$(dirname "$0")/../lib.sh"

# run_start NAME NODE FORMAT
run_start()
{
    run=$1
    LIVE_LIMIT_S=240 live_start "$run" "$2" -f "$3" --size 640x360 --fps 30 \
        --buffers "${BUFFERS:-4}"
    wait_until 30 has_frames 5
    note_holdings
}

# fault NAME COMMAND...: harm is done, frames go on coming, and the stream is not made to start anew.
# On a machine too busy for the emulation a camera may be silent for a second by accident, which is
# answered by a restart; what is our fault is so each time.
fault()
{
    begin "fault: $run, $1"
    shift
    for _ in 1 2 3; do
        restarts=$(stat reconnects)
        damaged=$(stat damaged)
        lost=$(stat dropped_driver)
        "$@"
        holds "frames go on" frames_go_on
        restarts=$(($(stat reconnects) - restarts))
        [ $restarts != 0 ] || break
    done
    at_most "restarts" $restarts 0
    finish
}

# counted DAMAGED LOST: more than before.
counted()
{
    is_number_at_least "$(stat damaged)" $((damaged + $1)) &&
        is_number_at_least "$(stat dropped_driver)" $((lost + $2))
}

# are_counted DAMAGED LOST COMMAND...: so many at the least.
are_counted()
{
    local least=("$1" "$2")
    shift 2
    "$@"
    holds "the counters move" wait_until 30 counted "${least[@]}"
    figures+=("damaged $(($(stat damaged) - damaged))" "lost $(($(stat dropped_driver) - lost))")
}

run_end()
{
    begin "fault: $run, after all"
    no_leaks
    [ $# = 0 ] || "$@"
    live_stop TERM
    equal "exit status" "$status" 143
    finish
}

# ---- the virtual driver

vivid_control()
{
    v4l2-ctl -d "$vivid" -c "$1"
}

# One frame at a time, and some of them are replaced by a newer one before anyone looks at them.
mark_frames()
{
    for _ in {1..10}; do
        vivid_control inject_v4l2_buf_flag_error=1
        sleep 0.05
    done
}

refuse_buffers()
{
    for _ in 1 2 3 4; do
        vivid_control inject_vidioc_qbuf_error=1
        sleep 0.2
    done
}

# Its stamps lie in the future.
age_is_credible()
{
    at_least "age in ms" "$(stat age_p50_ms)" 0
}

# Misread, the step from 2^32 - 1 to 0 would be four billion.
few_are_lost()
{
    at_most "lost by the driver" "$(stat dropped_driver)" 10000
}

# The numbers of its frames begin 128 below 2^32.
numbers_wrap()
{
    vivid_control wrap_sequence_number=1
    run_start vivid-wrap "$vivid" YUYV
    fault "numbers wrap" frames_go_on 200
    run_end few_are_lost
}

on_vivid()
{
    vivid_webcam
    run_start vivid "$vivid" YUYV
    fault marked are_counted 3 0 mark_frames
    fault lost are_counted 0 5 vivid_control percentage_of_dropped_buffers=30
    vivid_control percentage_of_dropped_buffers=0
    run_end age_is_credible
    numbers_wrap
    # A buffer that the driver refuses once must be offered again: with two, both lost would be the
    # end.
    BUFFERS=2 run_start vivid-two-buffers "$vivid" YUYV
    fault refused refuse_buffers
    run_end
    vivid_unload
}

# ---- the webcam

nothing_is_damaged()
{
    equal "damaged" "$(stat damaged)" 0
}

# five_each FAULT...: so many frames of each; more without a good one between would be a silence.
five_each()
{
    local fault
    for fault; do
        usbcam_tell "$fault" 5
    done
}

# on_usb TRANSFER NODROP FORMAT DAMAGED LOST: what most of twenty spoiled frames are counted as. On a
# busy machine the newest frame replaces some before anyone looks at them, so the least is a third.
on_usb()
{
    local transfer=$1 nodrop=$2 format=$3
    run_start "$transfer-nodrop$nodrop-$format" "$usbcam" "$format"
    fault "torn, unended, marked, empty" are_counted $(($4 / 3)) $(($5 / 3)) \
        five_each trunc noeof err empty
    # What noise does to a JPEG's entropy code may be no error, and in raw pixels it is a picture.
    # What the camera left out by itself has no numbers.
    fault "noisy, left out" five_each garbage skip
    fault "slow as in the dark" usbcam_tell slow 10
    usbcam_tell slow 1
    # Raw frames that are bad, uvcvideo keeps to itself.
    if [ "$nodrop-$format" = 0-YUYV ]; then
        run_end nothing_is_damaged
    else
        run_end
    fi
}

# By default uvcvideo keeps bad raw frames, and JPEGs that the camera marked, to itself, and the gap
# in the numbers tells; of JPEGs it knows nothing else. Told to (nodrop), it hands them over, marked.
on_usb_both()
{
    local transfer=$1
    load_module uvcvideo nodrop=0
    usbcam_start "$transfer"
    on_usb "$transfer" 0 MJPG 10 10
    on_usb "$transfer" 0 YUYV 0 20
    usbcam_stop
    rmmod uvcvideo
    load_module uvcvideo nodrop=1
    usbcam_start "$transfer"
    on_usb "$transfer" 1 MJPG 15 5
    on_usb "$transfer" 1 YUYV 15 5
    usbcam_stop
    rmmod uvcvideo
}

on_vivid
on_usb_both isochronous
on_usb_both bulk
