#!/bin/bash
# shellcheck disable=SC2154,SC2034
# The cable is pulled out while frames come, and put in again: the picture comes back by itself, in
# the same mode, under whatever number the camera has by then, and no other camera is taken for it.

. "$(dirname "$0")/../lib.sh"

cycles=$REPLUG_CYCLES
mode=(-f MJPG --size 640x360 --fps 30)

# ---- looking

# node_of SERIAL: the node with pictures of the camera with that serial number.
node_of()
{
    local entry
    for entry in /sys/class/video4linux/*; do
        if [[ -e $entry && $(< "$entry/index") == 0 &&
            $(< "$entry/device/../serial") == "$1" ]]; then
            echo "/dev/${entry##*/}"
            return
        fi
    done 2> /dev/null
    return 1
}

is_gone()
{
    ! node_of "$1"
}

# ---- cameras

# second_start SERIAL PORT [OPTION...]: another camera of the same make.
second_start()
{
    local serial=$1 port=$2
    shift 2
    "$TOOLS/usbcam" -i -s "$serial" -p "$port" -d "$FRAMES" -c "$WORK/second.fifo" "$@" \
        > /dev/null 2>> "$WORK/second.log" &
    second_pid=$!
    wait_until 20 node_of "$serial"
}

second_stop()
{
    echo quit > "$WORK/second.fifo"
    wait "$second_pid"
}

unplug()
{
    usbcam_tell unplug
    wait_until 10 is_gone first
}

# plug_and_time PID: plugs in; from the node's return to when the program has it open: $open_ms.
plug_and_time()
{
    usbcam_tell plug
    wait_until 20 node_of first || return 1
    usbcam=$(node_of first)
    local returned
    returned=$(now_ms)
    wait_until 20 has_open "$1" "$usbcam" || return 1
    open_ms=$(($(now_ms) - returned))
}

# ---- tests

# same_mode: nothing but what was asked for was granted.
same_mode()
{
    [ "$(stat width)x$(stat height)" = 640x360 ] && ! logged "asked "
}

replug_often()
{
    local pid cycle slowest=0 late=0 rss
    LIVE_LIMIT_S=$((30 + 10 * cycles)) live_start often "$usbcam" "${mode[@]}"
    begin "replug: $cycles times"
    holds "it streams" live_streams 5
    pid=$(live_process)
    for ((cycle = 1; cycle <= cycles; cycle++)); do
        holds "unplugged $cycle" unplug
        holds "it comes back $cycle" plug_and_time "$pid"
        ((open_ms > slowest)) && slowest=$open_ms
        late=$((late + (open_ms > 2000)))
        holds "frames come $cycle" wait_until 20 reconnected "$cycle"
        [ ${#wrong[@]} = 0 ] || break
        if [ $cycle = 1 ]; then
            note_holdings
            rss=$(stat rss_bytes)
        fi
    done
    # A busy machine may be late now and then.
    at_most "of them open later than 2 s (the slowest $slowest ms)" $late $((cycles / 10))
    no_leaks
    grown_little "$rss"
    equal "buffers" "$(camera_mappings "$pid")" 4
    # On a busy machine the camera itself may be silent for a second.
    at_least "reconnects" "$(stat reconnects)" "$cycles"
    at_most "reconnects" "$(stat reconnects)" $((cycles + cycles / 5))
    holds "the same mode" same_mode
    holds "it says so" logged "Camera disconnected, waiting for Software Webcam"
    at_most "lines" "$(wc -l < "$WORK/often.log")" $((5 * cycles + 5))
    live_stop TERM
    equal "exit status" "$status" 143
    finish
}

# Somebody holds the old node, so its number is not free.
other_number()
{
    local pid before=$usbcam holder
    live_start number "$usbcam" "${mode[@]}"
    begin "replug: another number"
    holds "it streams" live_streams 5
    pid=$(live_process)
    exec {holder}<> "$usbcam"
    holds "unplugged" unplug
    holds "it comes back" plug_and_time "$pid"
    fails "the number is the same" test "$usbcam" = "$before"
    holds "frames come" wait_until 20 reconnected 1
    holds "frames go on" frames_go_on
    holds "the same mode" same_mode
    live_stop TERM
    equal "exit status" "$status" 143
    exec {holder}>&-
    finish
}

# still_waits SECONDS: so long at least.
still_waits()
{
    local since
    since=$(stat time_s)
    wait_until 30 has_time $((${since%.*} + $1)) && is_waiting
}

has_time()
{
    local time
    time=$(stat time_s)
    is_number_at_least "${time%.*}" "$1"
}

# Another camera of the same make, beside it, and then even in its socket.
other_camera()
{
    local pid other
    second_start second 1
    other=$(node_of second)
    live_start twins "$usbcam" "${mode[@]}"
    begin "replug: another camera of the same make is not taken"
    holds "it streams" live_streams 5
    pid=$(live_process)
    holds "unplugged" unplug
    holds "it waits" wait_until 10 is_waiting
    holds "it goes on waiting" still_waits 3
    holds "the other is free" is_free "$other"
    second_stop
    holds "the other is unplugged" wait_until 10 is_gone second
    second_start second 0
    holds "it is in the socket now" node_of second
    holds "it goes on waiting" still_waits 3
    holds "the other is free" is_free "$(node_of second)"
    second_stop
    holds "the other is unplugged" wait_until 10 is_gone second
    holds "it comes back" plug_and_time "$pid"
    holds "frames come" wait_until 20 reconnected 1
    live_stop TERM
    equal "exit status" "$status" 143
    finish
}

# Nothing is pulled out, but nothing comes: restarting the stream is tried, then opening again.
silent()
{
    live_start silent "$usbcam" "${mode[@]}"
    begin "replug: silence"
    holds "it streams" live_streams 5
    usbcam_tell freeze 1
    holds "it is noticed" wait_until 10 is_waiting
    holds "it says so" logged "No frames from Software Webcam for 1.[0-9] s, restarting"
    holds "it is opened again" wait_until 20 logged "Trying again"
    usbcam_tell freeze 0
    holds "frames come" wait_until 20 reconnected 1
    holds "frames go on" frames_go_on
    holds "the same mode" same_mode
    live_stop TERM
    equal "exit status" "$status" 143
    finish
}

# Root may open everything, so it runs as nobody.
forbidden()
{
    local pid
    chmod 666 "$usbcam"
    mkdir -p "$WORK/nobody"
    chmod 777 "$WORK/nobody"
    live_name=nobody/live
    begin "replug: without permission, until there is one"
    env --default-signal=INT timeout --foreground -k 5 60 \
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$WORK/nobody" \
        "$CANNYSCOPE" live "$usbcam" --headless --stats "$WORK/nobody/live.json" "${mode[@]}" \
        > "$WORK/nobody/live.log" 2>&1 &
    live_pid=$!
    holds "it streams" live_streams 5
    pid=$(live_process)
    holds "unplugged" unplug
    usbcam_tell plug
    holds "the node returns" wait_until 20 node_of first
    usbcam=$(node_of first)
    chmod 600 "$usbcam"
    holds "it says why it waits" wait_until 20 logged "may not be opened by you"
    local allowed
    allowed=$(now_ms)
    chmod 666 "$usbcam"
    holds "it is opened" wait_until 20 has_open "$pid" "$usbcam"
    at_most "ms until it is open" $(($(now_ms) - allowed)) 2000
    holds "frames come" wait_until 20 reconnected 1
    live_stop TERM
    equal "exit status" "$status" 143
    finish
}

low_changed()
{
    [ "$(stat low)" != "$1" ]
}

in_a_window()
{
    local pid low
    display_start 1024x768
    begin "replug: in a window"
    window_start window "$usbcam" "${mode[@]}"
    holds "it streams" live_streams 30
    pid=$(live_process)
    holds "unplugged" unplug
    holds "it says so" wait_until 20 logged "Camera disconnected, waiting for Software Webcam"
    low=$(stat low)
    press bracketright
    holds "the controls live" wait_until 20 low_changed "$low"
    screen_picture gone
    holds "it comes back" plug_and_time "$pid"
    holds "frames come" wait_until 20 reconnected 1
    holds "frames go on" frames_go_on
    screen_picture back
    press q
    live_wait
    equal "exit status" "$status" 0
    holds "the camera is free" is_free "$usbcam"
    finish
    display_stop
}

usbcam_start isochronous -s first
for job in replug_often other_number other_camera silent forbidden in_a_window; do
    $job
done
usbcam_stop
