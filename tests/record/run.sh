#!/bin/bash
# run.sh BUILD: recordings from the outside: what is in them and when, kills, signals, full disks, a
# window that is blocked, snapshots. KILLS=100 in the environment for a longer look.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
. tests/lib/own_mounts.sh
build=$(realpath "${1:?usage: run.sh BUILD}")
program=$build/cannyscope
work=$build/tests/record
images=/usr/share/doc/opencv-doc/examples/data
vtest=$images/vtest.avi
python=/usr/bin/python3
kills=${KILLS:-10}
. tests/window/lib.sh

disk=$work/disk
rm -rf "$work"
mkdir -p "$work/home" "$disk"
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state HOME=$work/home
unset DISPLAY WAYLAND_DISPLAY
videos=$HOME/Videos/cannyscope
pictures=$HOME/Pictures/cannyscope
config=$XDG_CONFIG_HOME/cannyscope/config.json

# Seconds that no picture may last beyond. Under sanitizers, beside a virtual machine, all of this is
# slow; a window that held frames up would hold them for four seconds.
gap_s=0.9
case ${build##*/} in *-*) gap_s=3 ;; esac

run() {
    timeout -s KILL 120 "$program" live "$@" >"$work/out" 2>"$work/err" </dev/null
}

look() {
    "$python" -B tests/record/look.py "$@"
}

# now NAME: a number of the last line of --stats.
now() {
    field "$1" "$(tail -n 1 "$work/stats.json")"
}

at_least() { # NAME NUMBER
    local value
    value=$(now "$1")
    [ -n "$value" ] && [ "${value%.*}" -ge "$2" ]
}

newest() {
    find "$1" -type f | sort | tail -n 1
}

small_disk() { # SIZE
    umount "$disk" 2>/dev/null
    mount -t tmpfs -o "size=$1" tmpfs "$disk"
}

# ---- what is in it ----

check "a video without a window" run $vtest --headless --frames 40 --record "$work/seen.mkv" \
    --view original --stats "$work/stats.json"
check "every frame is there" look whole "$work/seen.mkv" 40
check "and was counted" test "$(now record_frames) $(now record_dropped)" = "40 0"
check "as in the source" look like "$work/seen.mkv" $vtest 30
check_text "its name is said" "$work/err" "Recorded 40 frames, 4.0 s, .* to $work/seen.mkv"
check_text "the closing line counts them" "$work/out" ', recorded 40, 0 lost$'
check "edges alone" run $vtest --headless --frames 40 --record "$work/edges.mkv" --record-of edges \
    --view gray
check "are OpenCV's, within the codec's loss" "$python" tests/video/same.py luma $vtest \
    "$work/edges.mkv" --count 40
mkdir -p "$XDG_CONFIG_HOME/cannyscope"
echo '{"record_of": "edges"}' >"$config"
check "edges by the settings file" run $vtest --headless --frames 5 --record "$work/config.mkv"
check "too" "$python" tests/video/same.py luma $vtest "$work/config.mkv" --count 5
rm "$config"
ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=160x120:r=20:d=3 -vf \
    "select='lt(n,10)+not(mod(n,7))'" -vsync vfr -c:v ffv1 "$work/uneven.mkv"
check "uneven times" run "$work/uneven.mkv" --headless --record "$work/uneven-out.mkv"
check "are the source's own" look same-times "$work/uneven-out.mkv" "$work/uneven.mkv"
check "a picture" run $images/building.jpg --headless --frames 3 --record "$work/still.mkv" \
    --view original
check "is in every frame" look like "$work/still.mkv" $images/building.jpg 30
check "an odd size" run scene --headless --size 321x241 --fps 0 --frames 5 --record "$work/odd.mkv"
check "is recorded" look whole "$work/odd.mkv" 5

# ---- when ----

check "a source with a clock" run scene --headless --size 320x240 --fps 20 --duration 4 \
    --record "$work/clock.mkv" --stats "$work/clock.json"
check "its times rise" look rising "$work/clock.mkv"
check "the duration is the wall's" "$python" - "$work/clock.mkv" "$work/clock.json" <<'PY'
import json, subprocess, sys
sys.path.insert(0, "tests/record")
sys.argv, (path, stats) = ["look.py", "rising", sys.argv[1]], sys.argv[1:3]
from look import duration, times
lines = [json.loads(line) for line in open(stats)]
at = times(path)
slack = 2 * max(max(b - a for a, b in zip(at, at[1:])), 0.05) # two frames, as long as they were
first, last = lines[0], lines[-1]
assert duration(path) <= last["time_s"] + 0.1, (duration(path), last)
passed = last["time_s"] - first["time_s"]
assert duration(path) >= first["record_s"] + passed - slack, (duration(path), first, last, slack)
assert len(at) == last["record_frames"], (len(at), last)
PY
check "and is steady" look gaps "$work/clock.mkv" $gap_s

# ---- what is refused ----

cp "$work/odd.mkv" "$work/kept.mkv"
check_status "a file that exists" 1 run scene --headless --frames 5 --record "$work/kept.mkv"
check_text "is said" "$work/err" "kept.mkv': a file of that name exists"
check "and untouched" cmp -s "$work/odd.mkv" "$work/kept.mkv"
for name in a.avi a.mp4 a mkv; do
    check_status "the name $name" 2 run scene --headless --frames 5 --record "$work/$name"
    check_text "is told what it must be" "$work/err" 'recordings are Matroska, name it .mkv'
done
check_status "a folder that is not there" 1 run scene --headless --frames 5 --record "$work/no/a.mkv"
check_text "is named" "$work/err" 'no/a.mkv'
check_status "a folder that takes nothing" 1 run scene --headless --frames 5 --record /proc/a.mkv
check "nothing was begun" test ! -s "$work/out"

# ---- kills and signals ----

begin() { # ARGUMENTS...: in the background, until it has recorded something
    rm -f "$work/stats.json"
    "$program" live "$@" --stats "$work/stats.json" >"$work/out" 2>"$work/err" </dev/null &
    pid=$!
    wait_for 60 at_least record_frames 1
}

# The last line of --stats says how much had been recorded by then; a second of it may be lost. The
# picture is black, so that it is not its size that brings it out.
killed() { # NUMBER
    local lines=$((2 + RANDOM % 3)) recorded
    begin scene --headless --size 320x240 --low 500000 --high 900000 \
        --record "$work/kill$1.mkv" || return 1
    wait_for 60 eval "[ \$(wc -l <'$work/stats.json') -ge $lines ]"
    [ $((RANDOM % 2)) -eq 0 ] || sleep 0.$((RANDOM % 10))
    kill -KILL $pid
    wait $pid 2>/dev/null
    recorded=$(sed -n 's/^{.*"record_s":\([0-9.]*\).*}$/\1/p' "$work/stats.json" | tail -n 1)
    look plays "$work/kill$1.mkv" "$("$python" -c "print($recorded - 1.05)")" &&
        look rising "$work/kill$1.mkv"
}
for ((i = 1; i <= kills; i++)); do
    check "kill -9, number $i" killed $i
    rm -f "$work/kill$i.mkv"
done

frames_said() {
    sed -n 's/.*Recorded \([0-9]*\) frames.*/\1/p' "$work/err" "$work/log" 2>/dev/null | tail -n 1
}

ended_by() { # SIGNAL
    begin scene --headless --size 320x240 --record "$work/$1.mkv" || return 9
    kill "-$1" $pid
    wait $pid 2>/dev/null
}
check_status "SIGINT" 130 ended_by INT
check "leaves a whole file" look whole "$work/INT.mkv" "$(frames_said)"
check_status "SIGTERM" 143 ended_by TERM
check "leaves a whole file, too" look whole "$work/TERM.mkv" "$(frames_said)"

# ---- disks ----

fills_up() { # NAME SIZE: something else takes so much of the disk while it is recorded to
    begin scene --headless --size 320x240 --record "$disk/$1.mkv" || return 9
    head -c "$2" /dev/zero >"$disk/other" 2>/dev/null
    wait_for 60 is_gone || kill -KILL $pid
    wait $pid 2>/dev/null
}
if [ "$own_mounts" = yes ]; then
    check "a disk of 100 MB" small_disk 100m
    check_status "is too small to begin" 1 run scene --headless --frames 50 --record "$disk/a.mkv"
    check_text "which is said" "$work/err" "a.mkv': only [0-9]+ MB are free on its disk .* 200"
    check "nothing is left there" test -z "$(ls "$disk")"

    check "a disk of 260 MB" small_disk 260m
    check_status "that fills up" 1 fills_up nearly 80M
    check_text "ends the recording" "$work/err" 'ends here: only [0-9]+ MB are free'
    check "the file is whole" look whole "$disk/nearly.mkv" "$(frames_said)"
    rm -f "$disk/other"
    check_status "that is full at once" 1 fills_up full 300M
    check "the file plays" look rising "$disk/full.mkv"
    check_text "and it is said" "$work/err" '(ends here|No space left)'
else
    echo "no disk can be mounted here: full ones are not tested"
fi

# ---- in a window ----

# show ARGUMENTS...: until the window is there.
show() {
    rm -f "$work/stats.json"
    : >"$work/log"
    "$program" live "$@" --stats "$work/stats.json" >>"$work/log" 2>&1 </dev/null &
    pid=$!
    wait_for $patience_s find_window && wait_for $patience_s at_least frames 1
}

said() {
    wait_for $patience_s grep -qE "$1" "$work/log"
}

# The dot of the sign that it records, in the corner of the window; "on" or "off".
sign_is() {
    import -window "$window" "$work/window.png" && "$python" - "$work/window.png" "$1" <<'PY'
import sys, cv2
corner = cv2.imread(sys.argv[1])[:80, :200].astype(int)
dot = (abs(corner - (0x6b, 0x6b, 0xff)).max(axis=2) < 12).sum() > 20 # UI_BAD
sys.exit(0 if dot == (sys.argv[2] == "on") else 1)
PY
}

check "a display" start_display
trap stop_all EXIT
configure '{"window": "1280x720", "view": "original"}'
check "the window" show $images/building.jpg
check "no sign of a recording" wait_for $patience_s sign_is off
press v
check "v begins one" said "Recording to $videos/cannyscope-.*\\.mkv"
check "with a sign that says so" wait_for $patience_s sign_is on
cp "$work/window.png" "$work/window-recording.png"
press space
wait_for $patience_s at_least record_s 4
press v
check "v ends it" said "Recorded [0-9]+ frames"
check "the sign goes" wait_for $patience_s sign_is off
file=$(newest "$videos")
check "the file is whole" look whole "$file" "$(frames_said)"
check "its times rise" look rising "$file"
check "the frozen picture lasts" look lasts "$file" 4 120
check "in pieces, so that a kill would lose less than a second" look gaps "$file" $gap_s
check "it is what was seen" look like "$file" $images/building.jpg 28
press v
check "a second one" said '^(.*\n)?.*Recording to .*'
wait_for $patience_s sign_is on
wait_for $patience_s at_least record_files 2
press v
wait_for $patience_s sign_is off
check "replaces nothing" test "$(find "$videos" -type f | wc -l)" -eq 2

window_is_saved() {
    [ "$(find "$pictures" -name '*.png' -size +0 | wc -l)" -eq "$1" ]
}
press ctrl+s
check "Ctrl+S saves the window" wait_for $patience_s window_is_saved 1
import -window "$window" "$work/window.png"
check "all of it" "$python" - "$(newest "$pictures")" "$work/window.png" <<'PY'
import sys, cv2
saved, seen = (cv2.imread(path).astype(int) for path in sys.argv[1:])
assert saved.shape == seen.shape == (720, 1280, 3), (saved.shape, seen.shape)
different = (abs(saved - seen).max(axis=2) > 24).mean()
panel = abs(saved[:, 1100:] - seen[:, 1100:]).max()
assert different < 0.2 and panel < 24, (different, panel) # the numbers and a notice may differ
PY
press s
check "s the picture" wait_for $patience_s window_is_saved 2
press ctrl+s
check "a third replaces none" wait_for $patience_s window_is_saved 3
press v
wait_for $patience_s sign_is on
press q
check "q while it records" leaves 0
check "leaves a whole file" look whole "$(newest "$videos")" "$(frames_said)"

# A display that does not answer: no frame is lost, and a signal still leaves a whole file.
configure '{"window": "640x480"}'
check "a window that records from the start" show scene --size 320x240 --fps 5 \
    --record "$work/blocked.mkv"
wait_for $patience_s at_least record_frames 2
kill -STOP "$server"
sleep 4
kill -CONT "$server"
sleep 0.5
press q
check "was blocked for four seconds" leaves 0
check "nothing of that is missing" look gaps "$work/blocked.mkv" $gap_s
check "its times rise" look rising "$work/blocked.mkv"
check "it has what came" look whole "$work/blocked.mkv" "$(now record_frames)"
check "and lost nothing" test "$(now record_dropped)" -eq 0
check "the same again" show scene --size 320x240 --fps 5 --record "$work/stuck.mkv"
wait_for $patience_s at_least record_frames 2
kill -STOP "$server"
sleep 1.5
kill -TERM "$pid"
check "a signal ends it all the same" leaves 143
kill -CONT "$server"
check "with a whole file" look whole "$work/stuck.mkv" "$(frames_said)"

# A disk that fills up ends the recording, not the program.
small_disk 260m
configure '{"window": "640x480"}'
check "a disk of 260 MB" show scene --size 320x240 --record "$disk/window.mkv"
wait_for $patience_s at_least record_frames 2
head -c 80M /dev/zero >"$disk/other"
check "that fills up ends it" said 'ends here: only [0-9]+ MB are free'
check "the sign goes" wait_for $patience_s sign_is off
frames=$(now frames)
check "the picture goes on" wait_for $patience_s at_least frames $((frames + 20))
press v
check "it does not begin again there" said 'window-2.mkv.: only [0-9]+ MB are free'
rm "$disk/other"
press v
check "but when there is room" said 'Recording to .*window-2.mkv'
press q
check "it ends well" leaves 0
check "the first file is whole" look rising "$disk/window.mkv"
check "the second too" look rising "$disk/window-2.mkv"

check "no half-written files" test -z "$(find "$work" -name '*.part')"
finish
