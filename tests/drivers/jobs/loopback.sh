#!/bin/bash
# shellcheck disable=SC2154,SC2034
# The virtual camera, on the real v4l2loopback: other programs see the edges, come and go.

. "$(dirname "$0")/../lib.sh"

# Odd in width: a column is repeated for YUYV.
picture=/usr/share/doc/opencv-doc/examples/data/smarties.png
picture_size=413x356
frame_size=414x356

has_bytes()
{
    [ -e "$1" ] && [ "$(wc -c < "$1")" -ge "$2" ]
}

format_of()
{
    v4l2-ctl -d "$1" --get-fmt-video > "$WORK/format.txt"
    local pattern="Width/Height.*: ([0-9]+)/([0-9]+).*Pixel Format.*: '(....)'"
    [[ $(< "$WORK/format.txt") =~ $pattern ]]
    echo "${BASH_REMATCH[1]}x${BASH_REMATCH[2]} ${BASH_REMATCH[3]}"
}

loopback_load

begin "loopback: other programs see the edges of a still picture"
live_start still $picture --loopback "$loopback" --duration 40 --snapshot "$WORK/still.png"
holds "it becomes a camera" wait_until 30 is_camera "$loopback"
holds "the size is even" test "$(format_of "$loopback")" = "$frame_size YUYV"
holds "v4l2-ctl reads" read_frames "$loopback" 5 "$WORK/still.yuyv"
holds "ffmpeg reads" timeout 60 ffmpeg -nostdin -loglevel error -y -f v4l2 -i "$loopback" \
    -frames:v 2 -f rawvideo "$WORK/still-ffmpeg.yuyv"
live_stop TERM
equal "exit status" "$status" 143
holds "it is an output again" is_output "$loopback"
finish
compare_later still.png loopback $picture_size

begin "loopback: a live picture, its readers come and go"
live_start scene scene --size 640x360 --fps 15 --loopback "$loopback" --duration 30
holds "it streams" live_streams 30
before=$(stat loopback_written)
for _ in 1 2 3 4 5; do
    holds "frames are read" read_frames "$loopback" 5 "$WORK/scene.yuyv"
done
at_least "bytes" "$(wc -c < "$WORK/scene.yuyv")" $((5 * 640 * 360 * 2))
at_least "written meanwhile" "$(($(stat loopback_written) - before))" 5
live_stop TERM
equal "exit status" "$status" 143
at_most "dropped" "$(stat loopback_dropped)" $(($(stat loopback_written) / 4))
finish

begin "loopback: nothing is allocated per frame"
live memory scene --size 320x180 --fps 15 --loopback "$loopback" --duration 5
equal "exit status" "$status" 0
equal "allocations" $(($(stat allocations) - $(stat_at 2 allocations))) 0
at_least "written" "$(stat loopback_written)" 30
finish

# The reader holds the size; the next writer's picture has another one.
begin "loopback: a reader outlives its writer, whose successor keeps the size"
live_start first scene --size 640x360 --fps 15 --loopback "$loopback" --duration 40
holds "it becomes a camera" wait_until 30 is_camera "$loopback"
v4l2-ctl -d "$loopback" --stream-mmap=3 --stream-count=100000 --stream-to="$WORK/held.yuyv" \
    2>> "$WORK/readers.log" &
reader=$!
holds "it is read" wait_until 30 has_bytes "$WORK/held.yuyv" 460800
live_stop KILL
live_start second scene --size 320x240 --fps 15 --loopback "$loopback" --duration 40
holds "it streams" live_streams 5
sofar=$(wc -c < "$WORK/held.yuyv")
holds "it is read on" wait_until 30 has_bytes "$WORK/held.yuyv" $((sofar + 3 * 460800))
holds "the size stays" test "$(format_of "$loopback")" = "640x360 YUYV"
holds "it is said" logged "640x360 YUYV \(the device keeps this size"
kill $reader
wait $reader
live_stop TERM
rm -f "$WORK/held.yuyv"
finish

begin "loopback: after the last reader the size is free again"
live third scene --size 320x240 --frames 5 --loopback "$loopback"
equal "exit status" "$status" 0
holds "it is said" logged "Virtual camera: $loopback, 320x240 YUYV"
finish

begin "loopback: a device that is both, as the module makes them by default"
live_start both scene --size 320x240 --fps 15 --loopback "$loopback_both" --duration 40
holds "it streams" live_streams 5
holds "frames are read" read_frames "$loopback_both" 5 "$WORK/both.yuyv"
live_stop TERM
equal "exit status" "$status" 143
finish

# In a window the device is found, and the last button of the panel is the camera's.
start_display()
{
    export DISPLAY=:7 SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0
    export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
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

press()
{
    xdotool key --window "$window" "$1"
    sleep 0.3
}

start_display
begin "loopback: the button in the window"
live_name=window
timeout --foreground -k 5 90 "$CANNYSCOPE" live scene --size 320x240 --fps 15 \
    --stats "$WORK/window.json" > "$WORK/window.log" 2>&1 &
live_pid=$!
holds "a window appears" wait_until 30 find_window
holds "it streams" live_streams 10
holds "it is off at first" is_output "$loopback"
xdotool windowfocus "$window"
press Up
press Return
holds "it becomes a camera" wait_until 30 is_camera "$loopback"
holds "frames are read" read_frames "$loopback" 5 "$WORK/window.yuyv"
cp "$WORK/display/Xvfb_screen0" "$WORK/window.xwd"
compare_later window.png screen 1024x768
press Return
holds "it is an output again" wait_until 30 is_output "$loopback"
press q
live_wait
equal "exit status" "$status" 0
at_least "written" "$(stat loopback_written)" 5
holds "it is said" logged "Virtual camera: $loopback, 320x240 YUYV"
finish
kill "$display_pid"
wait "$display_pid"
rm -rf "$WORK/display"

begin "loopback: the module can be unloaded"
holds "rmmod" wait_until 10 rmmod v4l2loopback
finish
