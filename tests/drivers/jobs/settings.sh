#!/bin/bash
# shellcheck disable=SC2154,SC2034
# What is remembered of a camera: what its user sets by the widgets is set again, at the next start
# and after the cable was pulled, and verified; the mode too.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../lib_controls.sh"

files=$WORK/config/cannyscope/cameras
mode=(-f MJPG --size 640x360 --fps 30)

# The file of the one camera there is, on one line without blanks.
remembered()
{
    local text
    text=$(cat "$files"/*.json) || return
    echo "${text//[$' \t\n']/}"
}

remembers()
{
    [[ $(remembered) == *"$1"* ]]
}

# start NAME [OPTION...]: a window with the webcam, streaming.
start()
{
    local name=$1
    shift
    window_size=800x600 window_start "$name" "$usbcam" -v "$@"
    holds "it streams" live_streams 10
}

quit()
{
    press q
    live_wait
    equal "exit status" "$status" 0
}

killed_and_started_again()
{
    begin "settings: set by keys, killed, set again at the next start"
    start set "${mode[@]}" -c contrast=40
    open_page
    focus_first_control
    press Right Right Right
    comes_to "$usbcam" brightness 3
    v4l2-ctl -d "$usbcam" -c gain=50
    holds "it is written while the window is open" wait_until 10 remembers '"brightness":3'
    kill -9 "$(live_process)"
    live_wait
    fails "nothing else is remembered" remembers gain
    fails "--set-ctrl is for one run" remembers contrast
    v4l2-ctl -d "$usbcam" -c brightness=-20,contrast=7
    start again "${mode[@]}"
    comes_to "$usbcam" brightness 3
    equal "contrast" "$(control "$usbcam" contrast)" 7
    equal "brightness in the camera" "$(usbcam_counter brightness)" 3
    finish

    begin "settings: set again when the cable was pulled"
    usbcam_tell unplug
    holds "it is gone" wait_until 10 usbcam_is_gone
    usbcam_tell plug
    usbcam_wait
    comes_to "$usbcam" brightness 3
    goes_on "it streams again" 5
    quit
    fails "nothing differed" logged stays
    finish
}

without_a_window()
{
    begin "settings: without a window they are used, and left alone"
    local before
    before=$(remembered)
    v4l2-ctl -d "$usbcam" -c brightness=-20
    live_start headless "$usbcam" "${mode[@]}"
    holds "it streams" live_streams 3
    comes_to "$usbcam" brightness 3
    live_stop INT
    live_start typed "$usbcam" "${mode[@]}" -c brightness=40
    holds "it streams" live_streams 3
    comes_to "$usbcam" brightness 40
    live_stop INT
    holds "the file is the same" test "$before" = "$(remembered)"
    finish
}

# A file from a camera with other limits, or another program's hand.
verified_by_reading_back()
{
    begin "settings: what the camera has otherwise is said once"
    local file
    file=$(echo "$files"/*.json)
    cat > "$file" << 'END'
{"controls": {"brightness": 9, "sharpness": 99, "exposure_time_absolute": 500, "no_such": 1,
              "auto_exposure": 1, "white_balance_temperature": 3000}, "other": true}
END
    start differs "${mode[@]}"
    comes_to "$usbcam" brightness 9
    comes_to "$usbcam" exposure_time_absolute 500
    holds "it is said" wait_until 10 logged 'Sharpness stays 6 instead of 99'
    sleep 1
    screen_picture differs
    usbcam_tell unplug
    holds "it is gone" wait_until 10 usbcam_is_gone
    usbcam_tell plug
    usbcam_wait
    comes_to "$usbcam" exposure_time_absolute 500
    quit
    equal "times it is said" "$(grep -c stays "$WORK/differs.log")" 1
    fails "nothing is said of what has no effect" logged 'emperature'
    holds "the rest of the file is kept" remembers '"no_such":1'
    finish
}

reset_forgets()
{
    begin "settings: Reset forgets them"
    start reset "${mode[@]}"
    comes_to "$usbcam" brightness 9
    open_page
    focus_reset
    press Return
    comes_to "$usbcam" brightness 0
    quit
    holds "the file says so" remembers '"controls":{}'
    holds "the rest of the file is kept" remembers '"other":true'
    finish
}

is_yuyv()
{
    [[ $(v4l2-ctl -d "$usbcam" --get-fmt-video) == *YUYV* ]]
}

remembered_mode()
{
    begin "settings: the mode is asked for, unless another is typed"
    local file
    file=$(echo "$files"/*.json)
    start pick -f MJPG --size 640x360 --fps 30
    open_page
    focus_size
    press Right
    holds "what is picked is written" wait_until 20 remembers '"size":"640x480"'
    holds "the rest of the file is kept" remembers '"other":true'
    quit
    live picked "$usbcam" --frames 4
    equal "height of what was picked" "$(stat height)" 480
    echo '{"format": "YUYV", "size": "640x480", "fps": 15}' > "$file"
    live_start mode "$usbcam"
    holds "it streams" live_streams 20
    holds "the format" is_yuyv
    live_stop INT
    equal "width" "$(stat width)" 640
    equal "height" "$(stat height)" 480
    at_most "frames a second" "$(arrival_rate)" 17
    live typed_mode "$usbcam" --size 640x360 --frames 8
    equal "height of what is typed" "$(stat height)" 360
    echo '{"format": "XXXX", "size": "9999x9999", "fps": 999}' > "$file"
    live strange "$usbcam" --frames 8
    equal "exit status of a mode that there is not" "$status" 0
    echo '{"size": 640' > "$file"
    live broken "$usbcam" --frames 8
    equal "exit status with a broken file" "$status" 0
    holds "it is said" logged 'line 2: not JSON; nothing of it is used, the file is now'
    finish
}

usbcam_start bulk
display_start 800x600
killed_and_started_again
without_a_window
verified_by_reading_back
reset_forgets
remembered_mode
usbcam_stop
display_stop
