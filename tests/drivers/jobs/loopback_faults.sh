#!/bin/bash
# shellcheck disable=SC2154,SC2034
# Devices that are no virtual camera, or not now: what is wrong is said in words.

. "$(dirname "$0")/../lib.sh"

# is_refused PATTERN: the last run could not start, and said so.
is_refused()
{
    equal "exit status" "$status" 1
    holds "it says: $1" logged "$1"
}

loopback_load

begin "loopback: a device that another program writes into"
live_start writer scene --size 320x240 --fps 15 --loopback "$loopback" --duration 40
holds "it becomes a camera" wait_until 30 is_camera "$loopback"
writer=$live_pid
live late scene --frames 5 --loopback "$loopback"
is_refused "$loopback is busy: another program"
live_pid=$writer
holds "the first one goes on" read_frames "$loopback" 3 "$WORK/busy.yuyv"
live_stop TERM
finish

begin "loopback: no such device"
live missing scene --frames 5 --loopback /dev/video33
is_refused "modprobe v4l2loopback video_nr=33"
finish

begin "loopback: no permission"
chmod 660 "$loopback"
setpriv --reuid=65534 --regid=65534 --clear-groups "$CANNYSCOPE" live scene --headless --frames 5 \
    --loopback "$loopback" > "$WORK/permission.log" 2>&1
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

# write() without VIDIOC_STREAMON leaves the device neither output nor camera: ffmpeg does that.
begin "loopback: a device that ffmpeg has left unusable"
timeout 60 ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc=size=320x240 -frames:v 3 \
    -pix_fmt yuyv422 -f v4l2 "$loopback"
fails "it is an output" is_output "$loopback"
live stuck scene --size 320x240 --frames 5 --loopback "$loopback"
equal "exit status" "$status" 0
holds "it is an output again" is_output "$loopback"
finish

begin "loopback: the module can be unloaded"
holds "rmmod" wait_until 10 rmmod v4l2loopback
finish
