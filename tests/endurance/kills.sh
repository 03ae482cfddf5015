#!/bin/bash
# kills.sh BUILD: kill -9 at random moments, batch and video, KILLS times each (10; 100 in `make soak`).
# What is left under its final name is whole, the next run removes the rest, and what is there in the
# end is what an undisturbed run gives, byte for byte.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: kills.sh BUILD}")
program=$build/cannyscope
work=$build/tests/kills
images=/usr/share/doc/opencv-doc/examples/data
kills=${KILLS:-10}
. tests/lib/check.sh

rm -rf "$work"
mkdir -p "$work"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset DISPLAY WAYLAND_DISPLAY
RANDOM=${SEED:-$$}
echo "SEED=${SEED:-$$} repeats the moments"

# between LEAST MOST: milliseconds as sleep takes them.
between() {
    local ms=$(($1 + RANDOM % ($2 - $1 + 1)))
    printf '%d.%03d' $((ms / 1000)) $((ms % 1000))
}

# killed_after SECONDS COMMAND...: true if it had to be killed.
killed_after() {
    "${@:2}" >"$work/log" 2>&1 </dev/null &
    local pid=$!
    sleep "$1"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq 137 ]
}

took_ms() {
    local start
    start=$(now_ms)
    "$@" >"$work/log" 2>&1 </dev/null || return 1
    echo $(($(now_ms) - start))
}

parts_in() {
    find "$1" -name '.*.part' 2>/dev/null | wc -l
}

# ---- batch ----

# Every finished file is the undisturbed run's; there is at most a part for each worker.
batch_is_whole() {
    local file
    for file in "$work"/batch/processed_*; do
        [ -e "$file" ] || continue
        cmp -s "$file" "$work/calm/${file##*/}" || { echo "${file##*/} is not whole"; return 1; }
    done
    # Two workers have one each, and those that wait for the disk are 17 at most.
    [ "$(parts_in "$work/batch")" -le 19 ] || { echo "more than 19 parts"; return 1; }
}

batch_killed() {
    local done=0 tries=0
    while [ $done -lt "$kills" ] && [ $tries -lt $((kills * 6)) ]; do
        tries=$((tries + 1))
        if killed_after "$(between 5 "$1")" "$program" batch $images -o "$work/batch" --workers 2 --resume; then
            done=$((done + 1))
            left=$((left + $(parts_in "$work/batch")))
        else
            rm -rf "$work/batch" # through before that: from the start
        fi
        batch_is_whole || return 1
    done
    echo "batch: killed $done times in $tries runs; $left parts were left"
    [ $done -ge "$kills" ]
}

left=0
calm_ms=$(took_ms "$program" batch $images -o "$work/calm" --workers 2)
check "an undisturbed batch" test -n "$calm_ms"
check "batch killed at random moments leaves whole files" batch_killed "${calm_ms:-1000}"
check "going on" "$program" batch $images -o "$work/batch" --workers 2 --resume -q
check "ends as if nothing had been" diff -r -x '.*' "$work/calm" "$work/batch"
check "and leaves no part" test "$(parts_in "$work/batch")" = 0
check "then nothing is left to do" "$program" batch $images -o "$work/batch" --workers 2 --resume
touch -d 2001-01-01 "$work"/batch/processed_*
"$program" batch $images -o "$work/batch" --workers 2 --resume -q
check "indeed" test -z "$(find "$work/batch" -name 'processed_*' -newermt 2002-01-01)"

# ---- video ----

# The name means the file that was there before, or the whole new one.
video_is_whole() {
    cmp -s "$work/video.avi" "$work/before.avi" || cmp -s "$work/video.avi" "$work/calm.avi" || {
        echo "video.avi is neither the old nor the new one"
        return 1
    }
    [ "$(parts_in "$work")" -le 1 ] || { echo "more than one part"; return 1; }
}

video_killed() {
    local done=0 tries=0
    while [ $done -lt "$kills" ] && [ $tries -lt $((kills * 6)) ]; do
        tries=$((tries + 1))
        cp "$work/before.avi" "$work/video.avi"
        if killed_after "$(between 5 "$1")" "$program" video $images/vtest.avi -o "$work/video.avi" --duration 30; then
            done=$((done + 1))
        fi
        video_is_whole || return 1
    done
    echo "video: killed $done times in $tries runs"
    [ $done -ge "$kills" ]
}

head -c 100000 $images/vtest.avi >"$work/before.avi"
calm_ms=$(took_ms "$program" video $images/vtest.avi -o "$work/calm.avi" --duration 30)
check "an undisturbed video" test -n "$calm_ms"
check "video killed at random moments leaves what was there" video_killed "${calm_ms:-1000}"
check "the next run" "$program" video $images/vtest.avi -o "$work/video.avi" --duration 30 -q
check "makes the same file" cmp "$work/calm.avi" "$work/video.avi"
check "and removes what was left" test "$(parts_in "$work")" = 0

finish
