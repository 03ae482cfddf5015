#!/bin/bash
# shellcheck disable=SC2154,SC2034
# Recordings of a camera: the cable is pulled and put back, its mode is changed in the window. Each
# time the file that was under way ends whole and another goes on.

. "$(dirname "$0")/../lib.sh"

# The encoder computes slowly here, so few and small pictures; some may be lost all the same.
small=(-f MJPG --size 640x360 --fps 10)

recorded_until()
{
    is_number_at_least "$(stat record_frames)" "$1"
}

# is_whole FILE WxH: it has an end, its times begin at 0 and rise, and that is its size.
is_whole()
{
    ffprobe -v error -select_streams v:0 -of csv=p=0 \
        -show_entries stream=width,height:format=duration:packet=pts_time "$1" > "$WORK/probe.csv"
    cat "$WORK/probe.csv"
    awk -F, -v size="$2" '
        NF == 2 && $2 != "" { found = $1 "x" $2; next }
        /^[0-9.]+,?$/ { times[count++] = $1 + 0 }
        /N\/A/ { wrong = 1 }
        END {
            # The last number is the duration.
            for (i = 1; i < count - 1; i++) wrong = wrong || times[i] <= times[i - 1]
            exit wrong || found != size || count < 3 || times[0] != 0 || times[count - 1] <= times[count - 2]
        }' "$WORK/probe.csv"
}

frames_in_log()
{
    grep -c "Recorded [0-9]* frames" "$WORK/$live_name.log"
}

has_ended_files()
{
    [ "$(frames_in_log)" -ge "$1" ]
}

# each KEY...: one after the other, each seen to be drawn: what comes between two drawings is one.
each()
{
    local key
    for key; do
        press "$key"
        holds "$key is drawn" frames_go_on 3
    done
}

pulled()
{
    begin "record: the cable is pulled and put back"
    LIVE_LIMIT_S=300 live_start pulled "$usbcam" "${small[@]}" --record "$WORK/pulled.mkv"
    holds "it records" wait_until 90 recorded_until 10
    usbcam_tell unplug
    holds "it waits" wait_until 60 is_waiting
    holds "the file ends" wait_until 60 has_ended_files 1
    fails "and is not held" has_open "$(live_process)" "$WORK/pulled.mkv"
    holds "it is whole" is_whole "$WORK/pulled.mkv" 640x360
    usbcam_tell plug
    usbcam_wait
    holds "it is back" wait_until 60 reconnected 1
    holds "the recording goes on" wait_until 60 logged "The recording goes on in .*pulled-2.mkv"
    before=$(stat record_frames)
    holds "with frames" wait_until 90 recorded_until $((before + 10))
    live_stop INT
    equal "exit status" "$status" 130
    holds "the second file is whole" is_whole "$WORK/pulled-2.mkv" 640x360
    fails "there is no third" test -e "$WORK/pulled-3.mkv"
    finish
}

resized()
{
    begin "record: another size is another file"
    window_size=640x480 window_start resized "$usbcam" "${small[@]}" --record "$WORK/resized.mkv"
    holds "it records" wait_until 120 recorded_until 10
    each o Down Down Down Down Down Right
    holds "the size is another" wait_until 90 logged "The picture is 640 x 480 now.*resized-2.mkv"
    before=$(stat record_frames)
    holds "frames of it are recorded" wait_until 90 recorded_until $((before + 5))
    screen_picture resized
    press q
    live_wait
    equal "exit status" "$status" 0
    holds "the first file is whole" is_whole "$WORK/resized.mkv" 640x360
    holds "the second too" is_whole "$WORK/resized-2.mkv" 640x480
    finish
}

LIVE_LIMIT_S=400
display_start 640x480
usbcam_start isochronous
pulled
resized
usbcam_stop
display_stop
