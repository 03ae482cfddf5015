#!/bin/bash
# shellcheck disable=SC2154
# Thousands of frames of which every twentieth is torn, noisy, empty or without an end: the stream
# goes on as if nothing were, and what the camera sent is what was counted.

. "$(dirname "$0")/../lib.sh"

frames_wanted=$DAMAGE_FRAMES
seconds=$((frames_wanted / 10))

has_arrived()
{
    is_number_at_least "$(arrived last)" "$1"
}

# sent: frames that the camera has given so far, whatever they were like.
sent()
{
    local kind sum
    sum=$(usbcam_counter good) # asks; the others are in the same answer
    for kind in trunc garbage noeof empty; do
        sum=$((sum + $(stat_of "$WORK/usbcam.status" last $kind)))
    done
    echo $sum
}

damage()
{
    local before spoiled gone gone_by rss
    usbcam_tell damage 5
    LIVE_LIMIT_S=$seconds live_start damage "$usbcam" -f MJPG --size 640x360 --fps 60
    begin "damage: 5 percent of $frames_wanted frames"
    holds "it streams" live_streams 5
    note_holdings
    rss=$(stat rss_bytes)
    before=$(($(sent) - $(arrived last)))
    holds "the frames arrive" wait_until $seconds has_arrived $frames_wanted
    gone=$(($(sent) - before - $(arrived last)))
    spoiled=$(($(usbcam_counter trunc) + $(usbcam_counter noeof)))
    no_leaks
    grown_little "$rss"
    live_stop TERM
    equal "exit status" "$status" 143
    # On a busy machine the camera itself may be silent for a second.
    at_most "reconnects" "$(stat reconnects)" $((frames_wanted / 1000))
    at_least "damaged" "$(stat damaged)" 1
    # Every spoiled frame is damaged, or was replaced by a newer one before anyone looked at it.
    gone_by=$(($(stat damaged) + $(stat dropped_skipped)))
    at_least "damaged or skipped" $gone_by $((spoiled / 2))
    # The statistics are a second old at most, on a busy machine more.
    at_most "sent and not counted" "$gone" 180
    at_least "and not the other way round" "$gone" -180
    finish
}

usbcam_start isochronous
damage
usbcam_stop
