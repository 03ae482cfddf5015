# shellcheck shell=bash disable=SC2034,SC2154
# The same faults for every program: what becomes of it, and when its picture moves again. A job
# here says how its program is started (peer_start NODE FORMAT, which sets $peer_pid) and how to
# know that its picture moves (peer_moves), then calls peer_faults.

. "$(dirname "$0")/../lib.sh"

# Some programs look for their camera every few seconds, and the guest is slow.
back_limit_s=40

# ---- a picture that moves

screen_moves()
{
    changes_often cat "$WORK/display/Xvfb_screen0"
}

# changes_often COMMAND...: what it prints is something else four times in $looks looks (15). A notice
# or a picture that fades changes once or twice.
changes_often()
{
    local last='' now changes=-1 look
    for ((look = 0; look < ${looks:-15}; look++)); do
        now=$("$@" | md5sum)
        [ "$now" = "$last" ] || changes=$((changes + 1))
        [ $changes -lt 4 ] || return 0
        last=$now
        sleep 0.1
    done
    return 1
}

# ---- one fault

# peer_case NAME NODE FORMAT COMMAND...: the command does harm and undoes it.
peer_case()
{
    local name=$1 node=$2 format=$3
    shift 3
    peer_start "$node" "$format"
    if wait_until 60 peer_moves; then
        "$@"
        peer_tell "$name"
    else
        note "$peer | $name | no picture to begin with"
    fi
    peer_stop
}

# peer_case_at_start NAME NODE FORMAT COMMAND...: the same for what is wrong from the start: the
# command starts the program by peer_start.
peer_case_at_start()
{
    local name=$1
    shift
    "${@:3}" "$1" "$2"
    peer_tell "$name"
    peer_stop
}

peer_tell()
{
    local begun=$SECONDS result took
    if wait_until $back_limit_s peer_moves; then
        took=$((SECONDS - begun))
        result="picture back, ${took} s"
    elif kill -0 "$peer_pid" 2> /dev/null; then
        result="runs on without a picture"
    else
        wait "$peer_pid"
        result="ended with status $?"
    fi
    note "$peer | $1 | $result"
}

peer_stop()
{
    kill "$peer_pid" 2> /dev/null
    wait_until 5 eval "! kill -0 $peer_pid" || kill -9 "$peer_pid"
    wait "$peer_pid" 2> /dev/null
}

# ---- faults

replug()
{
    usbcam_tell unplug
    wait_until 10 usbcam_is_gone
    sleep 3
    usbcam_tell plug
    usbcam_wait
}

replug_elsewhere()
{
    local holder
    exec {holder}<> "$usbcam"
    replug
    exec {holder}>&-
}

silence()
{
    local switch
    for switch; do
        usbcam_tell "$switch" 1
    done
    sleep 6
    for switch; do
        usbcam_tell "$switch" 0
    done
}

# About 300 frames; the picture is looked at meanwhile.
five_percent()
{
    usbcam_tell damage 5
    sleep 10
}

never_answers()
{
    usbcam_tell nak 1
    peer_start "$1" "$2"
    sleep 8
    usbcam_tell nak 0
}

held_by_another()
{
    v4l2-ctl -d "$1" --stream-mmap=4 --stream-count=100000 > "$WORK/holder.log" 2>&1 &
    local holder=$!
    wait_until 20 test -s "$WORK/holder.log"
    peer_start "$1" "$2"
    sleep 8
    kill $holder
    wait $holder
}

vivid_control()
{
    v4l2-ctl -d "$vivid" -c "$1"
}

all_lost()
{
    vivid_control percentage_of_dropped_buffers=100
    sleep 6
    vivid_control percentage_of_dropped_buffers=0
}

peer_faults()
{
    usbcam_start isochronous
    peer_case "unplugged and plugged in again" "$usbcam" MJPG replug
    peer_case "the same, while its number is taken" "$usbcam" MJPG replug_elsewhere
    peer_case "5 percent of the frames damaged" "$usbcam" MJPG five_percent
    usbcam_tell damage 0
    peer_case "silent for 6 s" "$usbcam" MJPG silence freeze
    peer_case "silent for 6 s and refusing requests" "$usbcam" MJPG silence freeze stall
    peer_case_at_start "does not answer for 8 s at the start" "$usbcam" MJPG never_answers
    peer_case_at_start "held by another program at the start" "$usbcam" MJPG held_by_another
    usbcam_stop
    vivid_webcam
    peer_case "stream broken (POLLERR)" "$vivid" YUYV vivid_control inject_fatal_streaming_error=1
    peer_case "every frame lost for 6 s" "$vivid" YUYV all_lost
    vivid_unload
}
