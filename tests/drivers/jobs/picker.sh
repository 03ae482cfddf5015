#!/bin/bash
# shellcheck disable=SC2154,SC2034
# Another camera, format, size or rate, chosen in the window while frames come: by the fields of the
# camera's page and by d. What cannot be had leads back to what was open.

. "$(dirname "$0")/../lib.sh"

# ---- looking

# source_is NAME: part of what --stats says.
source_is()
{
    [[ $(stat source) == *"$1"* && $(stat state) == streaming ]]
}

size_is()
{
    [ "$(stat width)x$(stat height)" = "$1" ]
}

# mode_is NODE FOURCC SIZE FPS: as the driver says.
mode_is()
{
    local told
    told=$(v4l2-ctl -d "$1" --get-fmt-video --get-parm)
    [[ $told == *"Width/Height      : ${3/x//}"* && $told == *"'$2'"* &&
        $told == *"Frames per second: $4.000"* ]] || ! echo "$told"
}

frames_go_on()
{
    local before
    before=$(stat frames)
    wait_until 30 has_frames $((before + $1))
}

# becomes FOURCC SIZE FPS: the webcam's mode, and frames of it come.
becomes()
{
    holds "it becomes $*" wait_until 40 mode_is "$usbcam" "$@"
    holds "its size is told" wait_until 20 size_is "$2"
    holds "frames of it come" frames_go_on 3
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

# The cameras are read again every other second while the page is shown, so that one may have been
# open when the files were counted.
holds_what_it_held()
{
    local pid
    pid=$(live_process)
    holds "no descriptor more" wait_until 20 holds_no_more_files
    at_most "mappings more" $(($(mappings "$pid") - maps_noted)) 2
    equal "buffers mapped" "$(camera_mappings "$pid")" "$buffers_noted"
}

picture()
{
    sleep 1
    screen_picture "$1"
}

# ---- tests

# On the page: two buttons, then source, format, size, rate, fastest.
modes()
{
    begin "picker: size, format and rate of the camera that runs"
    window_size=1280x720 window_start modes "$usbcam" -v --fps 30 -f MJPG --size 640x360
    holds "it streams" live_streams 10
    each o Down Down Down Down Down Right
    becomes MJPG 640x480 30
    note_holdings
    each Up Right
    becomes YUYV 640x480 30
    each Down Down Left
    becomes YUYV 640x480 25
    picture modes-1280
    each Up Left
    becomes YUYV 640x360 25
    each Down Down Return
    becomes YUYV 640x360 60
    each Return Up Home
    becomes YUYV 640x360 10
    each Up Up Left
    becomes MJPG 640x360 10
    each Down Down Right
    becomes MJPG 640x360 15
    fails "nothing went back" logged "Back to"
    holds_what_it_held
    finish
}

other_camera()
{
    begin "picker: d takes the next camera, and each has its own mode"
    press d
    holds "vivid is open" wait_until 40 source_is vivid
    holds "frames come" frames_go_on 5
    holds "the webcam is free" wait_until 10 is_free "$usbcam"
    picture vivid-1280
    press d
    holds "the webcam is open" wait_until 40 source_is "Software Webcam"
    becomes MJPG 640x360 15
    holds "vivid is free" wait_until 10 is_free "$vivid"
    for _ in 1 2 3; do
        press d
        holds "vivid again" wait_until 40 source_is vivid
        press d
        holds "the webcam again" wait_until 40 source_is "Software Webcam"
    done
    press d d d d
    holds "the last press counts" wait_until 40 source_is "Software Webcam"
    holds "frames come" frames_go_on 5
    holds_what_it_held
    finish
}

busy_camera()
{
    local holder
    begin "picker: a camera that is busy leads back to the former"
    v4l2-ctl -d "$vivid" --stream-mmap=4 > "$WORK/holder.log" 2>&1 &
    holder=$!
    holds "vivid is held" wait_until 20 has_open $holder "$vivid"
    holds "and streams" wait_until 20 grep -q '<' "$WORK/holder.log"
    press d
    holds "it says why" wait_until 40 logged "Back to Software Webcam: .*v4l2-ctl"
    holds "the webcam is open" wait_until 40 source_is "Software Webcam"
    becomes MJPG 640x360 15
    picture busy-1280
    kill $holder
    wait $holder
    press d
    holds "it is free now" wait_until 40 source_is vivid
    finish
}

# To the scene and back, by the page.
scene()
{
    begin "picker: to the built-in scene and back"
    each Up Up Up End
    holds "the scene runs" wait_until 40 source_is "Built-in scene"
    holds "the webcam is free" wait_until 10 is_free "$usbcam"
    holds "vivid is free" wait_until 10 is_free "$vivid"
    picture scene-1280
    press d
    holds "the first camera" wait_until 40 source_is vivid
    press d
    holds "the next camera" wait_until 40 source_is "Software Webcam"
    press q
    live_wait
    equal "exit status" "$status" 0
    holds "the webcam is free" is_free "$usbcam"
    holds "it is remembered" grep -q "\"source\":.*${usbcam##*/}" "$WORK/config/cannyscope/config.json"
    finish
}

# No camera at first; and the page in a small window.
appears()
{
    begin "picker: a camera that appears while the scene runs"
    window_size=640x480 window_start appears scene -v
    holds "it streams" live_streams 10
    usbcam_tell plug
    usbcam_wait
    picture appears-640
    source_is scene
    press d
    holds "the webcam is open" wait_until 40 source_is "Software Webcam"
    holds "frames come" frames_go_on 5
    press o
    picture page-640
    usbcam_tell unplug
    holds "it waits" wait_until 40 is_waiting
    picture waiting-640
    press q
    live_wait
    equal "exit status" "$status" 0
    finish
}

LIVE_LIMIT_S=550
display_start 1280x720
vivid_webcam
usbcam_start bulk
modes
other_camera
busy_camera
scene
vivid_unload
usbcam_tell unplug
wait_until 10 usbcam_is_gone
appears
usbcam_stop
display_stop
