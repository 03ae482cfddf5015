#!/bin/bash
# shellcheck disable=SC2154
# The memory of programs that show the same webcam in a window: MJPEG 1280x720, 30 a second, drawn
# without a GL. One after the other; each is measured when its picture moves and its memory has
# stopped to grow, and a picture of the display is kept.

. "$(dirname "$0")/lib_peers.sh"

# Large pictures are slow here.
# shellcheck disable=SC2034 # in lib_peers.sh
looks=60

# Started in the background, they become the program.
viewer_cannyscope()
{
    exec "$CANNYSCOPE" live "$usbcam" -f MJPG --size 1280x720 --fps 30
}

viewer_original()
{
    exec "$CANNYSCOPE" live "$usbcam" -f MJPG --size 1280x720 --fps 30 --view original
}

# Under emulation every frame is late for it, and it would show none.
viewer_ffplay()
{
    exec ffplay -hide_banner -loglevel warning -noframedrop -f v4l2 -input_format mjpeg \
        -video_size 1280x720 -framerate 30 -i "$usbcam"
}

viewer_guvcview()
{
    exec env "LD_LIBRARY_PATH=$PEERS/usr/lib/x86_64-linux-gnu" "$PEERS/usr/bin/guvcview" \
        -d "$usbcam" -f MJPG -x 1280x720 -F 30 -r sdl -g none -a none
}

viewer_opencv()
{
    exec /usr/bin/python3 "$(dirname "$0")/opencv_viewer.py" "$usbcam"
}

# settled PID: for ten seconds its memory has not grown by more than one percent.
settled()
{
    local before=$resident
    resident=$(smaps_kb "$1" Rss)
    sleep 10
    [ $((resident - before)) -le $((resident / 100)) ]
}

mb()
{
    echo "$(($1 / 1024)).$(($1 % 1024 * 10 / 1024))"
}

# The kernel notes the peak only now and then.
tell_memory()
{
    local pid=$1 rss peak
    rss=$(smaps_kb "$pid" Rss)
    peak=$(smaps_kb "$pid" VmHWM)
    note "$peer | RSS, MB | $(mb "$rss")"
    note "$peer | PSS, MB | $(mb "$(smaps_kb "$pid" Pss)")"
    note "$peer | private and written to, MB | $(mb "$(smaps_kb "$pid" Private_Dirty)")"
    note "$peer | peak RSS, MB | $(mb $((peak > rss ? peak : rss)))"
}

# measure VIEWER TITLE
measure()
{
    peer=$2
    resident=0
    "viewer_$1" >> "$WORK/$1.log" 2>&1 < /dev/null &
    peer_pid=$!
    if wait_until 180 screen_moves && wait_until 300 settled "$peer_pid" &&
        wait_until 60 screen_moves; then
        screen_picture "$1"
        cp "/proc/$peer_pid/smaps" "$WORK/$1.smaps"
        tell_memory "$peer_pid"
    else
        note "$peer | RSS, MB | no moving picture"
    fi
    peer_stop
}

# Its figures would change although the picture does not.
display_start 1920x1080
echo '{"overlay": "off"}' > "$WORK/config/cannyscope/config.json"
usbcam_start isochronous
measure cannyscope "cannyscope"
measure original "cannyscope, original"
measure ffplay "ffplay"
measure guvcview "guvcview"
measure opencv "OpenCV in Python"
memory_by_use "$WORK/cannyscope.smaps" | while read -r line; do
    note "use: $line"
done
usbcam_stop
display_stop
