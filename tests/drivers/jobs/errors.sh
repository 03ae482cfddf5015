#!/bin/bash
# shellcheck disable=SC2154
# What vivid can be told to refuse: each is survived, at the start without a word, while frames
# come without losing the camera. And a camera that another program has.

. "$(dirname "$0")/../lib.sh"

refuse()
{
    v4l2-ctl -d "$vivid" -c "inject_vidioc_$1_error=1"
}

# One refusal of a call that takes part in starting.
start_refused()
{
    refuse "$1"
    live "start-$1" "$vivid" --frames 5
    begin "errors: $1 refused once at the start"
    equal "exit status" "$status" 0
    equal "frames" "$(stat frames)" 5
    equal "reconnects" "$(stat reconnects)" 0
    finish
}

# killed NAME [CALL...]: the stream dies, and the calls that are to mend it are refused once.
killed()
{
    local name=$1 before call
    shift
    live_start "$name" "$vivid"
    begin "errors: $name"
    holds "it streams" live_streams 5
    for call; do
        refuse "$call"
    done
    v4l2-ctl -d "$vivid" -c inject_fatal_streaming_error=1
    before=$(stat frames)
    holds "frames go on" wait_until 20 has_frames $((before + 15))
    live_stop TERM
    equal "exit status" "$status" 143
    at_most "reconnects" "$(stat reconnects)" 1
    holds "the camera is free" is_free "$vivid"
    finish
}

busy()
{
    v4l2-ctl -d "$vivid" --stream-mmap=4 --stream-count=100000 > "$WORK/holder.log" 2>&1 &
    local holder=$!
    begin "errors: a busy camera"
    holds "another program streams" wait_until 20 test -s "$WORK/holder.log"
    live busy "$vivid" --frames 5
    equal "exit status" "$status" 1
    holds "it is named" logged "in use by v4l2-ctl \(process $holder\)"
    kill "$holder"
    wait "$holder"
    live free "$vivid" --frames 5
    equal "exit status once it is free" "$status" 0
    finish
}

vivid_webcam
start_refused reqbufs
start_refused qbuf
start_refused streamon
killed dead-stream
killed dead-stream-and-refusals streamon qbuf
busy
vivid_unload
