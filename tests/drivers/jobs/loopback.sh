#!/bin/bash
# shellcheck disable=SC2154
# The virtual camera, on the real v4l2loopback: other programs see the edges, come and go, and
# whatever is wrong with a device is said in words.

. "$(dirname "$0")/../lib.sh"

# Odd in width: a column is repeated for YUYV.
picture=/usr/share/doc/opencv-doc/examples/data/smarties.png
picture_size=413x356
frame_size=414x356
cam=/dev/video20
other=/dev/video21

# One as browsers need it, one as the module is by default.
load_loopback()
{
    load_module videodev
    insmod "$LOOPBACK" devices=2 video_nr=20,21 card_label=LoopCam,EdgeOut exclusive_caps=1,0 \
        max_buffers=4
    wait_until 10 test -c $cam
}

# is_camera NODE: it has pictures to give. is_output NODE: somebody may write into it.
is_camera()
{
    [[ $(v4l2-ctl -d "$1" -D) == *"Device Caps"*"Video Capture"* ]]
}

is_output()
{
    [[ $(v4l2-ctl -d "$1" -D) == *"Device Caps"*"Video Output"* ]]
}

# read_frames NODE COUNT FILE
read_frames()
{
    timeout 30 v4l2-ctl -d "$1" --stream-mmap=3 --stream-count="$2" --stream-to="$3" \
        2>> "$WORK/readers.log"
}

has_bytes()
{
    [ -e "$1" ] && [ "$(wc -c < "$1")" -ge "$2" ]
}

format_of()
{
    v4l2-ctl -d "$1" --get-fmt-video > "$WORK/format.txt"
    [[ $(< "$WORK/format.txt") =~ Width/Height.*:\ ([0-9]+)/([0-9]+).*Pixel\ Format.*:\ \'(....)\' ]]
    echo "${BASH_REMATCH[1]}x${BASH_REMATCH[2]} ${BASH_REMATCH[3]}"
}

# is_refused PATTERN: the last run could not start, and said so.
is_refused()
{
    equal "exit status" "$status" 1
    holds "it says: $1" logged "$1"
}

load_loopback

begin "loopback: other programs see the edges of a still picture"
live_start still $picture --loopback $cam --duration 40 --snapshot "$WORK/still.png"
holds "it becomes a camera" wait_until 30 is_camera $cam
holds "the size is even" test "$(format_of $cam)" = "$frame_size YUYV"
holds "v4l2-ctl reads" read_frames $cam 5 "$WORK/still.yuyv"
holds "ffmpeg reads" timeout 60 ffmpeg -nostdin -loglevel error -y -f v4l2 -i $cam -frames:v 2 \
    -f rawvideo "$WORK/still-ffmpeg.yuyv"
live_stop TERM
equal "exit status" "$status" 143
holds "it is an output again" is_output $cam
finish
compare_later still.png loopback $picture_size

begin "loopback: a live picture, its readers come and go"
live_start scene scene --size 640x360 --fps 15 --loopback $cam --duration 30
holds "it streams" live_streams 30
before=$(stat loopback_written)
for _ in 1 2 3 4 5; do
    holds "frames are read" read_frames $cam 5 "$WORK/scene.yuyv"
done
at_least "bytes" "$(wc -c < "$WORK/scene.yuyv")" $((5 * 640 * 360 * 2))
at_least "written meanwhile" "$(($(stat loopback_written) - before))" 5
live_stop TERM
equal "exit status" "$status" 143
at_most "dropped" "$(stat loopback_dropped)" $(($(stat loopback_written) / 4))
finish

begin "loopback: nothing is allocated per frame"
live memory scene --size 320x180 --fps 15 --loopback $cam --duration 5
equal "exit status" "$status" 0
equal "allocations" $(($(stat allocations) - $(stat_at 2 allocations))) 0
at_least "written" "$(stat loopback_written)" 30
finish

# The reader holds the size; the next writer's picture has another one.
begin "loopback: a reader outlives its writer, whose successor keeps the size"
live_start first scene --size 640x360 --fps 15 --loopback $cam --duration 40
holds "it becomes a camera" wait_until 30 is_camera $cam
v4l2-ctl -d $cam --stream-mmap=3 --stream-count=100000 --stream-to="$WORK/held.yuyv" \
    2>> "$WORK/readers.log" &
reader=$!
holds "it is read" wait_until 30 has_bytes "$WORK/held.yuyv" 460800
live_stop KILL
live_start second scene --size 320x240 --fps 15 --loopback $cam --duration 40
holds "it streams" live_streams 5
sofar=$(wc -c < "$WORK/held.yuyv")
holds "it is read on" wait_until 30 has_bytes "$WORK/held.yuyv" $((sofar + 3 * 460800))
holds "the size stays" test "$(format_of $cam)" = "640x360 YUYV"
holds "it is said" logged "640x360 YUYV \(the device keeps this size"
kill $reader
wait $reader
live_stop TERM
rm -f "$WORK/held.yuyv"
finish

begin "loopback: after the last reader the size is free again"
live third scene --size 320x240 --frames 5 --loopback $cam
equal "exit status" "$status" 0
holds "it is said" logged "Virtual camera: $cam, 320x240 YUYV"
finish

begin "loopback: a device that another program writes into"
live_start writer scene --size 320x240 --fps 15 --loopback $cam --duration 40
holds "it becomes a camera" wait_until 30 is_camera $cam
writer=$live_pid
live late scene --frames 5 --loopback $cam
is_refused "$cam is busy: another program"
live_pid=$writer
holds "the first one goes on" read_frames $cam 3 "$WORK/busy.yuyv"
live_stop TERM
finish

begin "loopback: a device that is both, as the module makes them by default"
live_start both scene --size 320x240 --fps 15 --loopback $other --duration 40
holds "it streams" live_streams 5
holds "frames are read" read_frames $other 5 "$WORK/both.yuyv"
live_stop TERM
equal "exit status" "$status" 143
finish

begin "loopback: no such device"
live missing scene --frames 5 --loopback /dev/video33
is_refused "modprobe v4l2loopback video_nr=33"
finish

begin "loopback: no permission"
chmod 660 $cam
setpriv --reuid=65534 --regid=65534 --clear-groups "$CANNYSCOPE" live scene --headless --frames 5 \
    --loopback $cam > "$WORK/permission.log" 2>&1
status=$?
live_name=permission
is_refused "usermod -aG video"
finish

vivid_webcam
begin "loopback: a device that is no output"
live camera scene --frames 5 --loopback "$vivid"
is_refused "is no virtual camera"
finish

begin "loopback: the source itself"
live itself "$vivid" --frames 5 --loopback "$vivid"
is_refused "the source itself"
finish
vivid_unload

# write() alone, without VIDIOC_STREAMON, leaves the device so: ffmpeg does that.
begin "loopback: a device that another program has left unusable"
timeout 60 ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc=size=320x240 -frames:v 3 \
    -pix_fmt yuyv422 -f v4l2 $cam
live stuck scene --frames 5 --loopback $cam
is_refused "was left unusable"
finish

begin "loopback: the module can be unloaded"
holds "rmmod" wait_until 10 rmmod v4l2loopback
finish
