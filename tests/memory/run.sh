#!/bin/bash
# run.sh BUILD: the ledger beside those who count from outside, what it costs, and what
# --memory-report and --memory-diff print.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD}")
program=$build/cannyscope
work=$build/tests/memory
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3
. tests/lib/check.sh
. tests/window/lib.sh

rm -rf "$work"
mkdir -p "$work"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset DISPLAY WAYLAND_DISPLAY

# run NAME COMMAND...: keeps what it prints in NAME.out.
run() {
    local name=$1
    shift
    timeout -s KILL 300 "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null ||
        { tail -n 5 "$work/$name.err" && false; }
}

reports() {
    "$python" tests/memory/reports.py "$@" >"$work/last" 2>&1 || { cat "$work/last" && false; }
}

# The three kinds of work, with ledgers that can be compared.
scene=(live scene --headless --fps 0 --frames 50)
# shellcheck disable=SC2034 # by name
folder=(batch "$images" -q -o "$work/edges")
clip=(video "$images/vtest.avi" --duration 1.5 -q -o "$work/edges.avi")

# ---- what is printed ----

for name in scene folder clip; do
    declare -n words=$name
    check "$name: a report" run $name-text "$program" "${words[@]}" --memory-report --memory-diff
    check "$name: has every row" reports table "$work/$name-text.out"
    check "$name: in JSON" run $name "$program" "${words[@]}" --memory-report --memory-diff --json
    check "$name: adds up" reports adds "$work/$name.out"
    check "$name: nothing grew" reports still "$work/$name.out"
    check "$name: the stages" grep -qE '^ +2 +[0-9.]+ MiB +-?[0-9.]+ MiB +[0-9]+   a ' \
        "$work/$name-text.out"
done
check "differences are tracemalloc's lines" reports lines "$work/scene-text.out" "$work/scene.out"
check "nothing is printed unasked" run plain "$program" "${scene[@]}"
check "but the closing line" test "$(wc -l <"$work/plain.out")" = 1
check "help on the words" run help "$program" help memory
check "the README has the same" reports explained "$work/help.out" README.md

# ---- what a folder leaves behind does not depend on its size ----

for count in 20 200; do
    mkdir -p "$work/$count"
    for i in $(seq $count); do cp "$images/left01.jpg" "$work/$count/$i.jpg"; done
    for workers in 1 3; do
        check "$count pictures, $workers workers" run batch-$count-$workers "$program" batch \
            "$work/$count" -o "$work/edges$count" --workers $workers -q --memory-diff --json
        check "nothing grew by $count pictures" reports still "$work/batch-$count-$workers.out"
    done
done

# ---- memory_profiler ----

check "statistics for mprof" run plot "$program" live scene --headless --duration 3.2 \
    --stats "$work/plot.dat"
check "can be read by it" reports plot "$work/plot.dat" 3

# ---- in a window ----

# in_window: a report with textures, whose memory is noted.
in_window() {
    run window "$program" scene --frames 30 --memory-report --json && reports adds "$work/window.out" &&
        grep -q '"owner":"textures","live_bytes":[1-9]' "$work/window.out"
}

check "a display" start_display
check "the same of a window, with its textures" in_window

# ---- beside those who count from outside ----

# off_in_no_build: nothing in the ledger depends on how it is built.
off_in_no_build() {
    ! grep -nE '^ *# *(if|ifdef|ifndef|else)' processing/memory.c processing/memory.h
}

# beside_malloc NAME COMMAND...: what was counted in front of malloc is what the ledger says.
beside_malloc() {
    local name=$1
    shift
    rm -f "$work/$name.counts"
    run "$name" env COUNT_ALLOCATIONS="$work/$name.counts" LD_PRELOAD="$work/count.so" \
        "$program" "$@" --memory-report --json && reports same "$work/$name.counts" "$work/$name.out"
}

# beside_massif NAME COMMAND...: so is what valgrind saw.
beside_massif() {
    local name=massif-$1
    shift
    run "$name" valgrind --tool=massif --massif-out-file="$work/$name.massif" --depth=1 \
        --threshold=0 --detailed-freq=1 --max-snapshots=1000 \
        "$program" "$@" --memory-report --json &&
        "$python" tests/memory/massif.py "$work/$name.massif" "$work/$name.out"
}

# window_asks FRAMES: how often the libraries asked, when so many were shown.
window_asks() {
    run "shown-$1" "$program" scene --size 320x240 --renderer software --frames "$1" \
        --memory-report --json &&
        asked=$(grep -oE '"library_allocations":[0-9]+' "$work/shown-$1.out") && asked=${asked#*:}
}

# SDL asks the server whether it has drawn, which takes Xlib three. Two more would be ours, as when a
# thread wakes the window by way of the server; small frames, so that it waits for each.
libraries_ask_little() {
    window_asks 60 && local before=$asked && window_asks 360 &&
        echo "      $((asked - before)) in 300 frames" &&
        [ $((asked - before)) -ge 600 ] && [ $((asked - before)) -le 1200 ]
}

small_scene() {
    run "callgrind-$1" valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.$1" \
        "$program" live scene --size 640x480 --headless --fps 0 --threads 1 --frames "$1"
}

costs_little() {
    small_scene 10 && small_scene 60 &&
        "$python" tests/memory/cost.py "$work/callgrind.10" "$work/callgrind.60" 50
}

check "the ledger is off in no build" off_in_no_build
case $(basename "$build") in
release | release-clang) # sanitizers have a malloc of their own
    gcc -D_GNU_SOURCE -O2 -Wall -shared -fPIC -o "$work/count.so" tests/preload/count_allocations.c
    for name in scene folder clip; do
        declare -n words=$name
        check "$name: the ledger beside the heap" reports heap "$work/$name.out"
        check "$name: the ledger beside malloc" beside_malloc "malloc-$name" "${words[@]}"
    done
    check "a window: the ledger and the libraries beside malloc" beside_malloc malloc-window \
        scene --renderer software --frames 60
    check "a window: three allocations a frame, of the libraries" libraries_ask_little
    check "media module's files: the ledger beside malloc" beside_malloc malloc-tiff \
        batch "$images"/{fruits,baboon,home}.jpg --gray bgr --format tiff -q -o "$work/tiff"
    check "frames as pictures: the ledger beside malloc" beside_malloc malloc-frames "${clip[@]}" \
        --gray bgr --save-frames "$work/frames"
    check "scene: the ledger beside massif" beside_massif scene "${scene[@]}"
    check "folder: the ledger beside massif" beside_massif folder \
        batch "$images"/left0*.jpg "$images/box.png" -q -o "$work/massif-edges" --workers 2
    check "clip: the ledger beside massif" beside_massif clip "${clip[@]}"
    check "it costs less than 1 percent of a frame" costs_little
    check "under valgrind what libraries ask for is not known" reports uncounted \
        "$work/massif-scene.out"
    ;;
*) check "what libraries ask for is not known" reports uncounted "$work/scene.out" ;;
esac
stop_all

finish
