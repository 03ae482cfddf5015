#!/bin/bash
# shellcheck disable=SC2154
# The memory of programs that show the same webcam in a window: MJPEG 1280x720, 30 a second, drawn
# without a GL. One after the other; each is measured when its picture moves and its memory has
# stopped to grow, and a picture of the display is kept.

. "$(dirname "$0")/lib_peers.sh"

viewer_cannyscope()
{
    "$CANNYSCOPE" live "$usbcam" -f MJPG --size 1280x720 --fps 30
}

viewer_colours()
{
    "$CANNYSCOPE" live "$usbcam" -f MJPG --size 1280x720 --fps 30 --view original
}

viewer_ffplay()
{
    ffplay -hide_banner -loglevel warning -f v4l2 -input_format mjpeg -video_size 1280x720 \
        -framerate 30 -i "$usbcam"
}

viewer_guvcview()
{
    LD_LIBRARY_PATH=$PEERS/usr/lib/x86_64-linux-gnu "$PEERS/usr/bin/guvcview" -d "$usbcam" \
        -f MJPG -x 1280x720 -F 30 -r sdl -g none -a none
}

viewer_opencv()
{
    /usr/bin/python3 "$(dirname "$0")/opencv_viewer.py" "$usbcam"
}

# settled PID: its memory is what it was at the last look, but for one percent.
settled()
{
    local before=$resident
    resident=$(smaps_kb "$1" Rss)
    sleep 2
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

# Sets $peer_pid. The shell $viewer is its parent.
find_peer()
{
    peer_pid=
    read -r peer_pid < "/proc/$viewer/task/$viewer/children"
    [ -n "$peer_pid" ]
}

measure()
{
    peer=$1
    resident=0
    "viewer_$peer" >> "$WORK/$peer.log" 2>&1 < /dev/null &
    viewer=$!
    wait_until 10 find_peer
    if wait_until 180 screen_moves && wait_until 120 settled "$peer_pid" &&
        wait_until 60 screen_moves; then
        screen_picture "$peer"
        cp "/proc/$peer_pid/smaps" "$WORK/$peer.smaps"
        tell_memory "$peer_pid"
    else
        note "$peer | RSS, MB | no moving picture"
    fi
    peer_stop
    wait "$viewer"
}

# Its figures would change although the picture does not.
display_start 1920x1080
echo '{"overlay": "off"}' > "$WORK/config/cannyscope/config.json"
usbcam_start isochronous
for name in cannyscope colours ffplay guvcview opencv; do
    measure $name
done
memory_by_use "$WORK/cannyscope.smaps" | while read -r line; do
    note "use: $line"
done
usbcam_stop
display_stop
