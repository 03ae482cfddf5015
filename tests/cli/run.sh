#!/bin/bash
# run.sh BUILD: the program from the outside, without a window: pixels, exit codes, messages,
# statistics, signals, memory.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD}")
program=$build/cannyscope
work=$build/tests/cli
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3
. tests/lib/check.sh
. tests/lib/limits.sh

rm -rf "$work"
mkdir -p "$work"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset DISPLAY WAYLAND_DISPLAY

run() {
    timeout -s KILL 60 "$program" "$@" >"$work/out" 2>"$work/err" </dev/null
}

run_on_one() {
    timeout -s KILL 60 taskset -c "$(first_processor)" "$program" "$@" \
        >"$work/out" 2>"$work/err" </dev/null
}

first_processor() {
    sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status
}

# ---- pixels ----

# Edge pictures of real images are those of cv2.imread, GaussianBlur and Canny.
same_as_opencv() {
    "$python" - "$@" <<'PY'
import sys, cv2
path, mode, ours, low, high, blur, aperture, l2 = sys.argv[1:9]
gray = (cv2.imread(path, cv2.IMREAD_GRAYSCALE) if mode == "luma"
        else cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2GRAY))
if int(blur):
    gray = cv2.GaussianBlur(gray, (int(blur), int(blur)), 0)
edges = cv2.Canny(gray, float(low), float(high), apertureSize=int(aperture), L2gradient=l2 == "1")
got = cv2.imread(ours, cv2.IMREAD_GRAYSCALE)
sys.exit(1 if got.shape != edges.shape or (got != edges).any() else 0)
PY
}

edges_of() { # IMAGE MODE LOW HIGH BLUR APERTURE L2
    local options=(--gray "$2" --low "$3" --high "$4" --blur "$5" --aperture "$6")
    [ "$7" = 1 ] && options+=(--l2)
    run live "$1" --headless --frames 1 --snapshot "$work/edges.png" "${options[@]}" &&
        same_as_opencv "$1" "$2" "$work/edges.png" "$3" "$4" "$5" "$6" "$7"
}

check "fruits.jpg luma" edges_of $images/fruits.jpg luma 50 150 5 3 0
check "building.jpg bgr L2" edges_of $images/building.jpg bgr 30.5 90 3 3 1
check "graf1.png bgr aperture 5" edges_of $images/graf1.png bgr 500 1500 7 5 0
check "box.png no blur, swapped" edges_of $images/box.png bgr 200 100 0 7 0
check "a video's frames equal the reference" run live $images/vtest.avi --headless --frames 25 --verify
check_text "and it is said" "$work/out" '^verified 25 frames, 0 differ$'
check "the scene's frames too" run live scene --headless --fps 0 --frames 20 --verify --l2 --aperture 5
check "other pictures through the module" bash -c "
    $python -c \"import cv2; cv2.imwrite('$work/a.bmp', cv2.imread('$images/home.jpg'))\" &&
    $program live $work/a.bmp --headless --frames 1 --gray bgr --snapshot $work/edges.png >/dev/null"
check "with the same pixels" same_as_opencv "$work/a.bmp" bgr "$work/edges.png" 50 150 5 3 0

# ---- what it says ----

check_status "help" 0 run --help
check_text "names the commands" "$work/out" devices
check_status "version" 0 run --version
check_text "is a number" "$work/out" '[0-9]+\.[0-9]+\.[0-9]+'
check_status "unknown option" 2 run --frobnicate
check_text "is named" "$work/err" frobnicate
check_status "value out of range" 2 run live scene --aperture 4
check_text "says what is allowed" "$work/err" '3, 5 or 7'
for text in brightness "brightness=" "=5" "brightness=5," ","; do
    check_status "--set-ctrl $text" 2 run live scene --headless --frames 1 --set-ctrl "$text"
    check_text "says how it is written" "$work/err" 'name=value\[,name=value'
done
check_status "controls without a camera" 0 run live scene --headless --frames 1 -c "brightness=5,x=y z"
check_text "set nothing" "$work/err" 'set-ctrl sets nothing'
check_status "unknown ending" 2 run live scene --headless --frames 1 --snapshot "$work/a.gif"
check_status "no such source" 1 run live no-such-thing --headless --frames 1
check_text "names it" "$work/err" no-such-thing
check_status "no such device" 1 run live /dev/video77 --headless --frames 1
check_text "names the device" "$work/err" /dev/video77
check_status "no display" 1 run live scene
check_text "names --headless" "$work/err" --headless
printf 'not an image' >"$work/text.jpg"
check_status "no picture" 1 run live "$work/text.jpg" --headless --frames 1
: >"$work/empty.png"
check_status "an empty file" 1 run live "$work/empty.png" --headless --frames 1
mkfifo "$work/fifo.jpg"
check_status "a FIFO" 1 timeout 10 "$program" live "$work/fifo.jpg" --headless --frames 1 2>"$work/err"
head -c 20000 $images/fruits.jpg >"$work/cut.jpg"
check_status "a cut-off picture" 1 run live "$work/cut.jpg" --headless --frames 1
check_text "says so" "$work/err" 'cut.jpg'
check_status "a snapshot that cannot be written" 1 run live scene --headless --frames 1 --snapshot /proc/x.png
check_status "no virtual camera" 1 run live scene --headless --frames 1 --loopback /dev/video250
check_text "says how to make it" "$work/err" 'modprobe v4l2loopback video_nr=250'
check_status "no video device" 1 run live scene --headless --frames 1 --loopback /dev/null
check_text "says so" "$work/err" '/dev/null is no video device'
check_status "devices" 0 run devices
check_status "devices as JSON" 0 run devices --json
check "is JSON" "$python" -c "import json; json.load(open('$work/out'))"
odd=$work/$(printf 'b\xe4d\nname').jpg
cp $images/home.jpg "$odd"
check_status "a name that is no text" 0 run live "$odd" --headless --frames 1 --stats "$work/odd.json"
check_status "lost output is an error" 1 bash -c "$program live scene --headless --frames 2 >/dev/full 2>&1"

# ---- the machine ----

verified='^verified 30 frames, 0 differ$'
check "plain C" run live scene --headless --frames 30 --verify --cpu c --verbose
check_text "has the same pixels" "$work/out" "$verified"
check_text "and is said" "$work/err" 'Edges of 1280x720: level c, threads [1-4], bands [0-9]+$'
check "three threads" run live scene --headless --frames 30 --verify --threads 3 -v
check_text "have the same pixels" "$work/out" "$verified"
check_text "and are said" "$work/err" 'level [a-z0-9]+, threads 3, bands [0-9]+$'
check "once" test "$(grep -c 'threads 3' "$work/err")" -eq 1
check "four threads" run live scene --headless --frames 30 --verify --threads 4
check_text "have the same pixels too" "$work/out" "$verified"
check "and say nothing unasked" test ! -s "$work/err"
check "one thread" run live scene --headless --frames 5 --verify --threads 1
check "the most threads" run live scene --headless --frames 5 --verify --threads 64
check "0 threads: the default" run live scene --headless --frames 5 --verify --threads 0 -v
check_text "is at most four" "$work/err" 'threads [1-4],'
check "on one processor" run_on_one live scene --headless --frames 5 --verify --threads 0 -v
check_text "it is one" "$work/err" 'threads 1,'
check "two threads on one processor" run_on_one live scene --headless --frames 5 --verify --threads 2
for threads in -1 65 x 1.5; do
    check_status "--threads $threads" 2 run live scene --headless --frames 1 --threads $threads
    check_text "says what is allowed" "$work/err" 'from 0 to 64'
done
case $(uname -m) in
aarch64) missing=avx2 there='c or neon' ;;
*) missing=neon there='c(, [a-z0-9]+)*( or [a-z0-9]+)?' ;;
esac
check_status "--cpu $missing, which is not there" 2 run live scene --headless --frames 1 --cpu $missing
check_text "says what is" "$work/err" "\"$missing\" is not there on this computer: give $there; see"
check "and says nothing else" test ! -s "$work/out"
check_status "--cpu sse2, which is nowhere" 2 run live scene --headless --frames 1 --cpu sse2
check_text "says what could be" "$work/err" 'c, ssse3, avx2, avx512 or neon'
check_status "help is given all the same" 0 run live --cpu $missing --help
check_text "and names the levels" "$work/out" '--cpu LEVEL'

# ---- statistics ----

check "a run of the scene" run live scene --headless --duration 3 --stats "$work/stats.json" --json
check "three lines or more" test "$(wc -l <"$work/stats.json")" -ge 3
# What libraries ask malloc for is not known where a sanitizer has its own.
counted=library_allocations
case ${build##*/} in *address* | *thread*) counted= ;; esac
fields() {
    "$python" - "$1" $counted <<'PY'
import json, sys
names = set("""time_s source width height fps camera_fps frames dropped_driver dropped_skipped damaged
reconnects state age_p50_ms age_p99_ms stamp_age_p50_ms stamp_age_p99_ms decode_ms canny_ms
rss_bytes peak_rss_bytes heap_bytes heap_free_bytes frame_bytes allocations low high""".split() + sys.argv[2:])
lines = [json.loads(line) for line in open(sys.argv[1])]
last = lines[-1]
ok = all(set(line) == names for line in lines)
ok = ok and last["state"] == "streaming" and last["width"] == 1280 and last["frames"] > 2
sys.exit(not ok or not all(a["time_s"] <= b["time_s"] for a, b in zip(lines, lines[1:])))
PY
}
check "with every field" fields "$work/stats.json"
check "for memory_profiler" run live scene --headless --duration 2.2 --stats "$work/stats.dat"
check_text "in its format" "$work/stats.dat" '^MEM [0-9]+\.[0-9]+ [0-9]+\.[0-9]{4}$'
check_status "a full disk does not end it before its time" 1 run live scene --headless --frames 90 \
    --stats /dev/full
check_text "all frames are processed" "$work/out" '^Processed 90 frames'
check_text "but it is said" "$work/err" 'No space left'
check_status "quietly too" 1 run live scene --headless --frames 90 --stats /dev/full -q
check_text "it is said" "$work/err" 'No space left'

# Nothing is allocated per frame, and memory stays where it is. Sanitizers make frames slow.
frames=1000
case ${build##*/} in *-*) frames=100 ;; esac
steady() { # FRAMES OPTION...
    local least=$1 second last
    shift
    run "$@" --headless --stats "$work/steady.json" || return 1
    second=$(sed -n 2p "$work/steady.json")
    last=$(tail -n 1 "$work/steady.json")
    [ "$(field frames "$last")" -ge "$least" ] &&
        [ "$(field allocations "$second")" -eq "$(field allocations "$last")" ] &&
        [ $(($(field rss_bytes "$last") - $(field rss_bytes "$second"))) -lt 1048576 ]
}
rm -f "$work/steady.json"
check "$frames frames of the scene allocate nothing" steady $frames live scene --size 640x480 \
    --frames $frames
rm -f "$work/steady.json"
check "nor do those of a picture" steady 20 live $images/building.jpg --duration 5

# ---- memory experiments ----

# Bytes after N frames, or one more that was under way: a frame of the scene is 320x240 I420 or the
# like, and one header.
curve() { # EXPERIMENT: bytes, peak and allocations of it, and frames, of a run of 50
    run live scene --headless --fps 0 --frames 50 --size 320x240 --lab "$1" --lab-frames 8 --json &&
        "$python" - "$work/out" "$@" <<'PY'
import json, sys
line = json.loads(open(sys.argv[1]).read().splitlines()[-1])
name = sys.argv[2]
held, peak, made = (line[f"lab_{name}_{what}"] for what in ("bytes", "peak_bytes", "allocations"))
one = peak / {"keep": made, "bounded": 8, "every": 8, "allocate": 2, "reuse": 1}[name]
frames = {"keep": made, "bounded": 8, "every": made % 8, "allocate": 1, "reuse": 1}[name]
seen = line["frames"] <= made <= line["frames"] + 4 if name != "reuse" else made == 1
sys.exit(not (seen and one >= 320 * 240 and held == frames * one == line["lab_bytes"]))
PY
}
for experiment in keep bounded every allocate reuse; do
    check "--lab $experiment: its curve" curve $experiment
done
wide_edges() {
    run live $images/building.jpg --headless --frames 2 --lab uint8,float32 --json &&
        "$python" - "$work/out" <<'PY'
import json, sys
line = json.loads(open(sys.argv[1]).read().splitlines()[-1])
narrow, wide = line["lab_uint8_bytes"] - 128, line["lab_float32_bytes"] - 128
sys.exit(line["lab_float32_differing_pixels"] != 0 or narrow <= 0 or wide != 4 * narrow)
PY
}
check "--lab float32: four times the bytes, the same edges" wide_edges
mkdir "$work/kept"
cp $images/building.jpg $images/box.png $images/fruits.jpg "$work/kept"
echo nothing >"$work/kept/damaged.jpg"
check "--lab folder: that of the picture" run live "$work/kept/box.png" --headless --duration 2 \
    --lab folder --json
check_text "all of it that can be read" "$work/err" 'kept are kept: 3 of 4 could be read'
kept_bytes() {
    "$python" - "$work/out" "$work/kept" <<'PY'
import cv2, glob, json, sys
line = json.loads(open(sys.argv[1]).read().splitlines()[-1])
images = [cv2.imread(name) for name in glob.glob(sys.argv[2] + "/*")]
sys.exit(line["lab_folder_bytes"] != sum(i.nbytes + 64 for i in images if i is not None))
PY
}
check "in the bytes that cv2.imread() takes" kept_bytes
check "--lab-folder without a picture" run live scene --headless --duration 2 --lab folder \
    --lab-folder "$work/kept" --lab-memory 1
check_text "its limit is told" "$work/err" '"Keep a folder" has stopped'
check "no folder" run live scene --headless --frames 5 --lab folder
check_text "is told" "$work/err" 'name the folder with --lab-folder'
check "a folder that is not there" run live scene --headless --duration 1 --lab folder \
    --lab-folder "$work/nowhere"
check_text "is told" "$work/err" "nowhere.*No such file"
check "the limit stops" run live scene --headless --fps 0 --frames 200 --size 640x480 --lab keep \
    --lab-memory 10 --json
check_text "and is told" "$work/err" '"Keep every frame" has stopped.* of the 10\.0 MB'
check_text "in the statistics too" "$work/out" '"lab_keep_stopped":true'
check_status "an experiment that there is not" 2 run live scene --headless --lab keep,nonsense
check_text "is named, with those that there are" "$work/err" "'nonsense'; there are keep, folder,"
check "their help" run help lab

# ---- a limit of memory ----

"$python" -c "
import sys, cv2, numpy as np
large = cv2.blur(np.random.default_rng(1).integers(0, 256, (3000, 4000, 3), np.uint8), (9, 9))
cv2.imwrite(sys.argv[1] + '/large.jpg', large)
cv2.imwrite(sys.argv[1] + '/large.png', large)" "$work"
headless() {
    run live --headless --json "$@"
}
recorded() {
    rm -f "$work"/limited*.mkv
    headless --record "$work/limited.mkv" "$@"
}
check "the scene keeps within a limit" holds 8 headless scene --fps 0 --frames 20 --size 2560x1440
check "with threads and a reference too" \
    holds 8 headless scene --fps 0 --frames 3 --size 1280x720 --threads 16 --verify
check "a large photograph" holds 8 headless "$work/large.jpg" --frames 2
check "and one with colours" holds 8 headless "$work/large.png" --frames 2 --view overlay
check "a video" holds 16 headless $images/vtest.avi
check "its gray made of colours" holds 16 headless $images/vtest.avi --gray bgr
check "a recording" holds 16 recorded scene --fps 0 --frames 60 --size 1280x720
check "experiments beside it" \
    holds 16 headless scene --fps 0 --frames 40 --size 1280x720 --lab uint8,float32,keep
check "many small ones" \
    holds 16 headless scene --fps 0 --frames 800 --size 320x240 --lab keep
case ${build##*/} in
release | release-clang)
    for limit in 180 80; do
        check "and a folder beside them, in $limit MB" under $limit \
            headless scene --fps 0 --frames 800 --size 320x240 --lab keep,folder --lab-folder $images
    done
    # The least that it can do with, as it says itself when it gets half of that.
    headless scene --fps 0 --frames 20 --size 2560x1440 --max-memory 30
    limit=$(sed -n 's/.* takes about \([0-9]*\) MB; give more.*/\1/p' "$work/err")
    check "as much as it asks for" under "$limit" \
        headless scene --fps 0 --frames 20 --size 2560x1440
    check_text "is told" "$work/err" 'To stay within --max-memory the source has [23] buffers instead of 4$'
    check "once" test "$(wc -l <"$work/err")" -eq 1
    recorded scene --fps 0 --frames 60 --size 1280x720
    limit=$(($(told_peak) - 10))
    check "a smaller queue of a recording" under $limit recorded scene --fps 0 --frames 60 --size 1280x720
    check_text "is told too" "$work/err" 'pictures that wait to be recorded have [0-9]+ MB instead of [0-9]+$'
    check "and loses nothing" grep -q '"frames":60' "$work/out"
    limit=80
    check "experiments" under $limit headless scene --fps 0 --frames 200 --lab keep --lab-memory 500
    check_text "stop in time" "$work/err" 'has stopped: all experiments hold .* --max-memory are the limits'
    ;;
esac
check_status "too little for the program" 1 headless scene --frames 1 --max-memory 2
check_text "is said" "$work/err" 'max-memory 2 is too little: the program itself takes about [0-9]+ MB; give more$'
check_status "too large a scene" 1 headless scene --frames 1 --size 8000x6000 --max-memory 200
check_text "is refused with what helps" "$work/err" \
    'max-memory 200 is too little: a picture of 8000 x 6000 pixels takes about [0-9]+ MB; give more, or a smaller --size$'
check_status "a video, and no room for its libraries" 1 headless $images/vtest.avi --max-memory 30
check_text "is told before they are loaded" "$work/err" 'too little: .*vtest.avi. takes about [0-9]+ MB'
check_status "no room for a recording" 1 recorded scene --frames 1 --max-memory 45
check_text "is said" "$work/err" 'max-memory 45 is too little: a recording takes about [0-9]+ MB; give more$'
check "and no file is begun" test ! -e "$work/limited.mkv"
check_status "no limit" 0 headless scene --frames 1 --max-memory 0
check_status "no number" 2 headless scene --frames 1 --max-memory x

# ---- the end ----

# Ends by a signal, in time, with the right status. Sanitizers slow the way out.
limit_ms=300
case ${build##*/} in *-*) limit_ms=2000 ;; esac
ends_once() { # SIGNAL STATUS LIMIT_MS READY COMMAND...: 1 with another status, 2 too late
    local signal=$1 expected=$2 limit=$3 ready=$4 start status took
    shift 4
    : >"$work/end.json"
    : >"$work/log"
    "$@" >>"$work/log" 2>&1 </dev/null &
    local pid=$!
    wait_for 10 grep -q "$ready" "$work/log" "$work/end.json"
    start=$(now_ms)
    kill "-$signal" $pid
    wait $pid
    status=$?
    took=$(($(now_ms) - start))
    echo "      status $status after $took ms"
    [ $status -eq "$expected" ] || return 1
    [ $took -le "$limit" ] || return 2
}
# A machine that is busy with other things is late now and then, a program that hangs always.
ends_by() {
    local tries
    for ((tries = 0; tries < 5; tries++)); do
        ends_once "$@"
        case $? in 0) return 0 ;; 1) return 1 ;; esac
    done
    return 1
}
check "SIGINT" ends_by INT 130 $limit_ms time_s "$program" live scene --headless --stats "$work/end.json"
check "SIGTERM" ends_by TERM 143 $limit_ms time_s "$program" live $images/building.jpg --headless \
    --duration 60 --stats "$work/end.json"
check_text "the last line is whole" "$work/end.json" '^\{.*\}$'

case ${build##*/} in
*-*) ;; # preloading before a sanitizer is refused
*)
    gcc -D_GNU_SOURCE -Wall -shared -fPIC -o "$work/block.so" tests/preload/block_sleep.c
    check "a call that blocks is left behind" ends_by TERM 143 1000 blocked \
        env LD_PRELOAD="$work/block.so" "$program" live scene --headless
    ;;
esac

# ---- bench ----

# Results as JSON: exactly these fields, and the rows that the condition asks for. In it, `rows` is the
# list, `cpus` the processors that this process may use.
rows() { # CONDITION
    "$python" - "$work/out" "$1" <<'PY'
import json, os, sys
types = dict(image=str, input=str, stage=str, width=int, height=int, level=str, threads=int,
             params=dict, median_ms=float, p10_ms=float, p90_ms=float, memcpy_ms=float, runs=int)
rows = json.load(open(sys.argv[1]))
cpus = len(os.sched_getaffinity(0))
ok = len(rows) > 0
for row in rows:
    ok = ok and list(row) == list(types)
    ok = ok and all(type(row[k]) is t or (t, type(row[k])) == (float, int) for k, t in types.items())
    ok = ok and list(row["params"]) == ["low", "high", "blur", "aperture", "l2"]
    ok = ok and 0 <= row["p10_ms"] <= row["median_ms"] <= row["p90_ms"] and row["memcpy_ms"] > 0
sys.exit(not (ok and eval(f"({sys.argv[2]})")))
PY
}

check_status "bench" 0 run bench --size 96x64 --runs 3
check_text "its table names the picture" "$work/out" '^scene, 96x64$'
check_text "and the processor" "$work/out" '^Processor: .'
check_text "and has plain C" "$work/out" '^  c  +1 +[0-9]+\.[0-9]{3} '
check_text "beside memcpy" "$work/out" '^  memcpy +1 .* 1\.0$'
check "a short run shows no progress" test ! -s "$work/err"
check "bench as JSON" run bench --size 96x64 --runs 3 --json
check "every level, 1 thread and all" rows '
    [r["threads"] for r in rows] == ([1, cpus] if cpus > 1 else [1]) * len(set(r["level"] for r in rows))
    and rows[0]["level"] == "c" and all(r["stage"] == "whole" and r["input"] == "gray" for r in rows)
    and all((r["image"], r["width"], r["height"], r["runs"]) == ("scene", 96, 64, 3) for r in rows)'
check "parameters, one level, threads" run bench --size 96x64 --runs 4 --json --low 10.5 --high 20 \
    --blur 7 --aperture 5 --l2 --cpu c --threads 3
check "are those that were given" rows 'len(rows) == 1 and rows[0]["params"] ==
    dict(low=10.5, high=20, blur=7, aperture=5, l2=True) and rows[0]["runs"] == 4
    and (rows[0]["level"], rows[0]["threads"]) == ("c", 3)'
check "stages of the reference" run bench --size 96x64 --runs 5 --json --stages --cpu c --threads 1
check "one row each, after the whole" rows '
    [(r["level"], r["stage"]) for r in rows] == [("c", "whole")] + [("reference", s) for s in
    "whole gray blur gradient nms hysteresis".split()] and all(r["threads"] == 1 for r in rows)
    and sum(r["p10_ms"] for r in rows[2:]) <= rows[1]["p90_ms"]'
check "and in the table" run bench --size 96x64 --runs 3 --stages --cpu c
check_text "indented" "$work/out" '^    hysteresis +[0-9]'
check "a picture" run bench --image $images/fruits.jpg --runs 3 --json --cpu c
check "in its own size" rows 'all((r["width"], r["height"], r["input"]) == (512, 480, "gray")
    and r["image"].endswith("/fruits.jpg") for r in rows)'
check "a picture in colour" run bench --image $images/fruits.jpg --size 200x100 --runs 3 --json \
    --cpu c --gray bgr
check "in another size" rows 'all((r["width"], r["height"], r["input"]) == (200, 100, "bgr") for r in rows)'
check "a picture through the module" run bench --image "$work/a.bmp" --size 64x64 --runs 3
check_status "no such picture" 1 run bench --image "$work/missing.png"
check_text "is named" "$work/err" 'missing.png.*No such file'
check "and nothing is printed" test ! -s "$work/out"
check_status "a video is no picture" 1 run bench --image $images/vtest.avi
check_text "and that is said" "$work/err" 'vtest.avi.*not a picture'
check_status "a damaged picture" 1 run bench --image "$work/cut.jpg"
check_status "too few runs" 2 run bench --runs 2
check_text "say how many" "$work/err" 'from 3 to 100000'
absent=neon
[ "$(uname -m)" = aarch64 ] && absent=avx2
check_status "a level that is not there" 2 run bench --cpu $absent
check_text "says which are" "$work/err" "$absent.* c[ ,;]"
check_status "a SOURCE" 2 run bench scene
check_status "its help" 0 run bench --help
check_text "has its options" "$work/out" '^ +--stages '
check_status "results that get lost" 1 bash -c "$program bench --size 64x64 --runs 3 >/dev/full 2>&1"
case ${build##*/} in
*-*) ;; # sanitizers are slow, and have no limit of memory
*)
    check "four sizes of the scene" run bench --runs 3 --cpu c --threads 1 --json
    check "from VGA to 4K" rows '[(r["width"], r["height"]) for r in rows] ==
        [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)]'
    check_status "too large for memory" 1 bash -c \
        "ulimit -v 400000; $program bench --size 9000x9000 --runs 3 2>'$work/err'"
    check_text "names the size" "$work/err" '9000 x 9000'
    ;;
esac

# On a terminal: a bar, and nothing left of it, at the end or after SIGINT.
on_terminal() { # STATUS SIGNAL ARGUMENTS...: the signal (0 for none) is sent when the bar is there
    timeout -s KILL 60 "$python" - "$program" "$@" <<'PY'
import os, pty, re, subprocess, sys
program, status, signal, arguments = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
master, slave = pty.openpty()
child = subprocess.Popen([program] + arguments, stdin=slave, stdout=slave, stderr=slave)
os.close(slave)
seen = b""
while True:
    try:
        seen += os.read(master, 4096)
    except OSError:
        break
    if signal and re.search(rb"\[[#.]{30}\]", seen):
        child.send_signal(signal)
        signal = 0
# What a terminal would show: a line as its last carriage return left it.
shown = [line.rstrip(b"\r").split(b"\r")[-1].replace(b"\x1b[K", b"") for line in seen.split(b"\n")]
bars = seen.count(b"measuring")
print(f"      status {child.wait()}, {bars} bars")
clean = not any(b"[" in line or b"%" in line for line in shown) and shown[-1] == b""
sys.exit(not (child.wait() == status and clean and bars > 0))
PY
}
long=50 # some five seconds
case ${build##*/} in *-*) long=8 ;; esac
check "a long run has a bar" on_terminal 0 0 bench --size 640x480 --runs $long --stages --blur 7 --aperture 7
check "SIGINT takes it away" on_terminal 130 2 bench --size 640x480 --runs 100000
check "elsewhere there are lines" ends_by INT 130 $limit_ms '% done: measuring 640 x 480' \
    "$program" bench --size 640x480 --runs 100000

# ---- installed ----

case ${build##*/} in
*-*) ;;
*)
    check "make install" make -s install DESTDIR="$work/root" PREFIX=/usr
    check "the installed program reads a video" "$work/root/usr/bin/cannyscope" live $images/vtest.avi \
        --headless --frames 2 --snapshot "$work/installed.png"
    check "make uninstall" make -s uninstall DESTDIR="$work/root" PREFIX=/usr
    check "leaves nothing" test -z "$(find "$work/root" -type f)"
    ;;
esac
finish
