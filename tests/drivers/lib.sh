# shellcheck shell=bash disable=SC2034
# What the jobs have in common: cameras that appear and vanish, cannyscope running on them, and
# tests that are said in one line each. Sourced by every job, inside the guest.
#
# Most of it is plain bash: to start even the smallest program takes a tenth of a second here.
#
# Set by suite.sh: CANNYSCOPE (the program), GUEST_KERNEL, TOOLS, FRAMES, LOOPBACK_MODULE, and
# WORK, the job's own folder, whose files are kept. Nothing here waits for a time, only for a
# state: under emulation everything takes longer, and on a busy machine longer still.

# ---- saying what happened

# A test collects what is wrong between begin and finish:
#
#     begin "vivid YUYV: 30 frames a second"
#     at_least "frames a second" "$rate" 27
#     equal "exit status" "$status" 0
#     finish
#
# prints "PASS name (frames a second 30.1, exit status 0)" or "FAIL name: what is wrong".
begin()
{
    test_name=$1
    figures=()
    wrong=()
}

# thousandths NUMBER: bash has integers only. Fails for what is no number.
thousandths()
{
    [[ $1 =~ ^(-?)([0-9]+)(\.([0-9]*))?$ ]] || return 1
    local fraction=${BASH_REMATCH[4]}000
    echo "${BASH_REMATCH[1]}$((10#${BASH_REMATCH[2]} * 1000 + 10#${fraction:0:3}))"
}

# is WHAT GOT OPERATOR WANTED WORDS
is()
{
    local what=$1 got=$2 operator=$3 wanted=$4 words=$5 left
    figures+=("$what $got")
    if ! left=$(thousandths "$got") ||
        ! test "$left" "$operator" "$(thousandths "$wanted")"; then
        wrong+=("$what is '$got', wanted $words $wanted")
    fi
}

equal()
{
    is "$1" "$2" -eq "$3" "exactly"
}

at_least()
{
    is "$1" "$2" -ge "$3" "at least"
}

at_most()
{
    is "$1" "$2" -le "$3" "at most"
}

# holds WHAT COMMAND...: the command succeeds; what it prints is in the log.
holds()
{
    local what=$1
    shift
    "$@" || wrong+=("not so: $what")
}

# fails WHAT COMMAND...: it does not.
fails()
{
    local what=$1
    shift
    ! "$@" || wrong+=("not so: $what")
}

joined()
{
    local text
    text=$(printf ', %s' "$@")
    echo "${text#, }"
}

finish()
{
    if [ ${#wrong[@]} = 0 ]; then
        report PASS "$test_name (${figures[*]:+$(joined "${figures[@]}")})"
    else
        report FAIL "$test_name: $(joined "${wrong[@]}")"
    fi
}

# To the log of the job, to the file that is counted, and to the console (descriptor 3).
report()
{
    local line="$1 ${2% ()}"
    echo "$line"
    echo "$line" >> "$RESULTS"
    echo "$line" >&3
}

note()
{
    report NOTE "$*"
}

# ---- waiting

# wait_until SECONDS COMMAND...
wait_until()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# ---- cameras

load_module()
{
    modprobe -d "$GUEST_KERNEL" "$@"
}

# camera_node NAME: the first node of that camera, which is the one with pictures.
camera_node()
{
    local entry
    for entry in /sys/class/video4linux/*; do
        if [[ -e $entry && $(< "$entry/index") == 0 && $(< "$entry/name") == *"$1"* ]]; then
            echo "/dev/${entry##*/}"
            return
        fi
    done 2> /dev/null
    return 1
}

# vivid, the kernel's virtual driver; its test picture moves, so that no two frames are alike.
vivid_load()
{
    load_module vivid n_devs=1 node_types=0x1 "$@"
    wait_until 10 camera_node vivid
    vivid=$(camera_node vivid)
    v4l2-ctl -d "$vivid" -c horizontal_movement=5
}

# A webcam of vivid has fixed sizes and rates: 640x360 up to 40 frames a second.
vivid_webcam()
{
    vivid_load input_types=0
}

# A vivid with an HDMI input and a scaler behind it gives pictures of any size.
vivid_hdmi()
{
    vivid_load num_inputs=1 input_types=3
    v4l2-ctl -d "$vivid" --set-dv-bt-timings \
        width=640,height=480,pixelclock=25175000,hfp=16,hs=96,hbp=48,vfp=10,vs=2,vbp=33
}

vivid_unload()
{
    wait_until 10 rmmod vivid
}

# usbcam_start bulk|isochronous [OPTION...]: see usbcam.c. Tells the node in $usbcam.
usbcam_start()
{
    local options=()
    [ "$1" = bulk ] || options=(-i)
    shift
    load_module vhci-hcd
    load_module uvcvideo
    "$TOOLS/usbcam" -d "$FRAMES" -c "$WORK/usbcam.fifo" "${options[@]}" "$@" \
        > "$WORK/usbcam.status" 2>> "$WORK/usbcam.log" &
    usbcam_pid=$!
    usbcam_wait
}

usbcam_wait()
{
    wait_until 20 camera_node "Software Webcam" || return 1
    usbcam=$(camera_node "Software Webcam")
}

usbcam_tell()
{
    echo "$*" > "$WORK/usbcam.fifo"
}

# usbcam_counter NAME: one of the counters that the command `status` prints.
usbcam_counter()
{
    local lines
    mapfile -t lines < "$WORK/usbcam.status"
    usbcam_tell status
    wait_until 5 usbcam_has_said ${#lines[@]}
    stat_of "$WORK/usbcam.status" last "$1"
}

# usbcam_has_said LINES: more than so many.
usbcam_has_said()
{
    local lines
    mapfile -t lines < "$WORK/usbcam.status"
    [ ${#lines[@]} -gt "$1" ]
}

usbcam_is_gone()
{
    ! camera_node "Software Webcam"
}

usbcam_stop()
{
    usbcam_tell quit
    wait "$usbcam_pid"
    wait_until 10 usbcam_is_gone
}

# v4l2loopback with two devices: $loopback as browsers need it, an output or a camera; and
# $loopback_both, both at any time, as the module makes them by default.
loopback_load()
{
    loopback=/dev/video20
    loopback_both=/dev/video21
    load_module videodev
    insmod "$LOOPBACK_MODULE" devices=2 video_nr=20,21 card_label=LoopCam,EdgeOut \
        exclusive_caps=1,0 max_buffers=4
    wait_until 10 test -c "$loopback"
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

# is_free NODE: no process has it open.
is_free()
{
    local file
    for file in /proc/[0-9]*/fd/*; do
        if [ "$file" -ef "$1" ]; then
            echo "$1 is held: $file"
            return 1
        fi
    done
}

# streams NODE: another program can take frames from it at once.
streams()
{
    timeout 20 v4l2-ctl -d "$1" --stream-mmap=4 --stream-count=5 --stream-to="$WORK/stream.raw" \
        && [ -s "$WORK/stream.raw" ]
    local result=$?
    rm -f "$WORK/stream.raw"
    return $result
}

# ---- cannyscope

# live NAME NODE [OPTION...]: runs it without a window to its end. Leaves its exit status in
# $status, and in $WORK NAME.log (what it printed) and NAME.json (--stats).
live()
{
    live_start "$@"
    live_wait
}

# live_at_rate FPS NAME NODE [OPTION...]: the same, again when the rate is not reached: a machine
# busy with something else makes the emulated camera late. What is too slow itself is so each time.
live_at_rate()
{
    local fps=$1
    shift
    for _ in 1 2; do
        live "$@" --fps "$fps" --duration 2.6
        is_fast "$fps" && return
    done
}

is_fast()
{
    local rate
    rate=$(thousandths "$(arrival_rate)") && [ "$rate" -ge $(($1 * 900)) ]
}

# live_start NAME NODE [OPTION...]: in the background, $live_pid. Interrupts are let through, which
# shells withhold from what they start in the background.
live_start()
{
    live_name=$1
    local node=$2
    shift 2
    rm -f "$WORK/$live_name.json"
    echo "+ live $node $*" > "$WORK/$live_name.log"
    env --default-signal=INT "LD_PRELOAD=${LIVE_PRELOAD:-}" \
        timeout --foreground -k 5 "${LIVE_LIMIT_S:-60}" \
        "$CANNYSCOPE" live "$node" --headless --stats "$WORK/$live_name.json" "$@" \
        >> "$WORK/$live_name.log" 2>&1 &
    live_pid=$!
}

live_wait()
{
    wait "$live_pid"
    status=$?
}

# live_stop SIGNAL: how long it took is in $stop_ms.
live_stop()
{
    local begun=${EPOCHREALTIME/[.,]/}
    kill -s "$1" "$(live_process)"
    live_wait
    stop_ms=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
}

# The program itself, below the timeout that watches it.
live_process()
{
    local child
    read -r child < "/proc/$live_pid/task/$live_pid/children"
    echo "$child"
}

# stat NAME: of the last line of --stats of the last run. stat_at LINE NAME: of line 1, 2...
stat()
{
    stat_of "$WORK/$live_name.json" last "$1"
}

stat_at()
{
    stat_of "$WORK/$live_name.json" "$1" "$2"
}

# stat_of FILE LINE|last NAME: a number or a word out of a flat JSON object on a line of its own.
stat_of()
{
    local lines=() line=$2
    [ ! -e "$1" ] || mapfile -t lines < "$1"
    [ "$line" != last ] || line=${#lines[@]}
    if [[ ${lines[line - 1]:-} =~ \"$3\":\ *\"?([^,\"}]*) ]]; then
        echo "${BASH_REMATCH[1]}"
    fi
}

# arrived LINE: frames that the camera has given up to that line of the last run, processed or not.
# The driver's losses are among them: to decode a large JPEG takes so long under emulation that
# the driver runs out of buffers.
arrived()
{
    local name sum=0
    for name in frames dropped_skipped dropped_driver damaged; do
        sum=$((sum + $(stat_at "$1" $name)))
    done
    echo $sum
}

# arrival_rate: frames a second that arrived between the first and the last line.
arrival_rate()
{
    local first last ms
    first=$(thousandths "$(stat_at 1 time_s)") && last=$(thousandths "$(stat time_s)") || return
    ms=$((last - first))
    [ $ms -gt 0 ] || return
    local tenths=$((($(arrived last) - $(arrived 1)) * 10000 / ms))
    echo "$((tenths / 10)).$((tenths % 10))"
}

has_frames()
{
    is_number_at_least "$(stat frames)" "$1"
}

is_number_at_least()
{
    [ -n "$1" ] && [ "$1" -ge "$2" ]
}

# live_streams [FRAMES]: waits until it has processed so many (1).
live_streams()
{
    wait_until "${LIVE_LIMIT_S:-60}" has_frames "${1:-1}"
}

# frames_go_on [FRAMES]: so many more are processed (5).
frames_go_on()
{
    local before
    before=$(stat frames)
    wait_until 60 has_frames $((before + ${1:-5}))
}

# Whether it has lost its camera; whether it has it again, for the NUMBERth time.
is_waiting()
{
    [ "$(stat state)" = waiting ]
}

reconnected()
{
    is_number_at_least "$(stat reconnects)" "$1" && [ "$(stat state)" = streaming ]
}

# has_open PID NODE: that process has it open.
has_open()
{
    local file
    for file in "/proc/$1"/fd/*; do
        [ "$file" -ef "$2" ] && return
    done
    return 1
}

now_ms()
{
    echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# What --verify says at the end: frames compared with the plain reference, and how many differ.
verified()
{
    log_number "verified ([0-9]+) frames"
}

differing()
{
    log_number "verified [0-9]+ frames, ([0-9]+) differ"
}

# log_number PATTERN: what the group in it matched in what the last run printed.
log_number()
{
    [[ $(< "$WORK/$live_name.log") =~ $1 ]] && echo "${BASH_REMATCH[1]}"
}

# logged PATTERN: the last run printed it.
logged()
{
    [[ $(< "$WORK/$live_name.log") =~ $1 ]]
}

# The edges of the last run are the reference's, FRAMES at the least.
edges_equal()
{
    at_least "verified" "$(verified)" "$1"
    equal "differ" "$(differing)" 0
}

# compare_later PICTURE FORMAT SIZE: the snapshot must be the edges of one of the webcam's frames;
# or, FORMAT being "screen", a screen that shows something. OpenCV decides, on the host, after the
# guest has ended: see compare.py.
compare_later()
{
    echo "$(basename "$WORK")/$1 $2 $3" >> "$COMPARISONS"
}

drivers_folder=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/drivers/lib_window.sh
. "$drivers_folder/lib_window.sh"
# shellcheck source=tests/drivers/lib_leaks.sh
. "$drivers_folder/lib_leaks.sh"
# shellcheck source=tests/drivers/lib_memory.sh
. "$drivers_folder/lib_memory.sh"
