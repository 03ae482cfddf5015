#!/bin/bash
# faults.sh BUILD: the video command over files that lie, lead elsewhere, end early or change on the way,
# and onto disks that fill.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
. tests/lib/own_mounts.sh
build=$(realpath "${1:?usage: faults.sh BUILD}")
program=$build/cannyscope
work=$build/tests/video-faults
python=/usr/bin/python3

rm -rf "$work"
mkdir -p "$work"
. tests/video/lib.sh
video_limit_s=40 # nothing here may take long

# One of them or nothing: no crash, no hang, no half file. ends STATUS... : of the last run.
ends_well() {
    local name=$1
    shift
    video "$@"
    local status=$?
    if [ $status -eq 0 ]; then
        check "$name is done, and whole" frames_in "$work/any.mkv"
    else
        check "$name is refused" equal $status 1
        check_text "with a sentence" "$work/err" "^cannyscope: .*'.*'"
        check "and leaves nothing" test ! -e "$work/any.mkv"
    fi
    check "and no part" no_parts
    rm -f "$work/any.mkv"
}

make_video -f lavfi -i testsrc2=s=160x120:r=10:d=4 -c:v mpeg4 -q:v 3 -g 5 "$work/sound.avi"
make_video -i "$work/sound.avi" -c copy "$work/sound.mp4"
make_video -i "$work/sound.avi" -c copy -movflags faststart "$work/first.mp4"
make_video -i "$work/sound.avi" -c copy "$work/sound.mkv"

# ---- F01: uneven times, with B frames ----

make_video -f lavfi -i testsrc2=s=160x120:r=20:d=6 -vf "select='lt(n,20)+not(mod(n,5))'" -vsync vfr \
    -c:v mpeg4 -bf 2 -q:v 3 "$work/uneven.mkv"
check "uneven times and B frames" video "$work/uneven.mkv" -o "$work/uneven-out.mkv" --codec ffv1 --gray bgr
check "no frame is lost" equal "$(frames_in "$work/uneven-out.mkv")" "$(frames_in "$work/uneven.mkv")"
check "in their order" same bgr "$work/uneven.mkv" "$work/uneven-out.mkv" --exact
check "for as long" "$python" - "$work" <<'PY'
import subprocess, sys
def times(name):
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0"]
    text = subprocess.run([*command, f"{sys.argv[1]}/{name}"], stdout=subprocess.PIPE, check=True).stdout
    return [float(line.strip(b",")) for line in text.split()]
before, after = times("uneven.mkv"), times("uneven-out.mkv")
assert all(abs((a - after[0]) - (b - before[0])) < 0.0021 for a, b in zip(after, before)), (before, after)
PY

# ---- F03: which way up ----

# OpenCV 4.6 exchanges 90 and 270 (corrected in 4.7) and turns by 180 as ffmpeg does.
for degrees in 0 90 180 270; do
    make_video -i "$work/sound.mp4" -c copy -metadata:s:v rotate=$degrees "$work/turned.mp4"
    make_video -i "$work/turned.mp4" -c:v ffv1 "$work/upright.mkv"
    check "turned by $degrees" video "$work/turned.mp4" -o "$work/turned.mkv" --gray bgr --codec ffv1
    check "is as ffmpeg turns it" same bgr "$work/upright.mkv" "$work/turned.mkv" --exact
    check "and needs no turning any more" equal "$(ffprobe -v error -select_streams v:0 \
        -show_entries stream_side_data=rotation -of csv=p=0 "$work/turned.mkv")" ""
done

# ---- F06: cut off ----

for percent in 10 50 90 99; do
    for name in sound.avi sound.mkv first.mp4; do
        head -c $(($(stat -c %s "$work/$name") * percent / 100)) "$work/$name" >"$work/cut-$name"
        check "$name cut at $percent %" video "$work/cut-$name" -o "$work/cut-out.mkv" --codec ffv1 --gray bgr
        check "as far as it goes" test "$(frames_in "$work/cut-out.mkv")" -ge $((percent * 40 / 100 - 5))
    done
    head -c $(($(stat -c %s "$work/sound.mp4") * percent / 100)) "$work/sound.mp4" >"$work/cut.mp4"
    rm -f "$work/cut-out.mkv"
    check_status "MP4 without its index, $percent %" 1 video "$work/cut.mp4" -o "$work/cut-out.mkv"
    check_text "is told so" "$work/err" 'its index is missing, the recording was cut off'
    check "and nothing is made" test ! -e "$work/cut-out.mkv"
done

# ---- F10, S02: lies, and what leads elsewhere ----

"$python" tests/video/make_bogus.py "$work/sound.avi" "$work/sound.mp4" "$work/bogus"
for file in "$work"/bogus/*.{avi,mp4}; do
    [ "${file##*/}" = list.avi ] || ends_well "${file##*/}" "$file" -o "$work/any.mkv"
done
for rate in none fast; do
    check "a rate of nonsense, $rate" video "$work/bogus/rate-$rate.avi" -o "$work/rate.mkv"
    check "loses no frame" equal "$(frames_in "$work/rate.mkv")" 40
    check "and takes a sane time" "$python" -c "import sys; sys.exit(not 1 < float(sys.argv[1]) < 5)" \
        "$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$work/rate.mkv")"
done
for lie in wide negative flat large; do
    check "a size of nonsense, $lie" video "$work/bogus/size-$lie.avi" -o "$work/size.mkv"
    check "where the frames say their own" equal "$(of "$work/size.mkv" width,height)" 160,120
done
# Of raw video the header alone says how large it is.
make_video -i "$work/sound.avi" -c:v rawvideo -t 0.5 "$work/raw.avi"
"$python" - "$work/raw.avi" "$work/huge.avi" <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.find(b"strf") + 12
data[at:at + 8] = struct.pack("<ii", 60000, 60000)
open(sys.argv[2], "wb").write(data)
PY
check_status "60,000 x 60,000 pixels" 1 video "$work/huge.avi" -o "$work/any.mkv" --json
check "are refused, without the memory" test ! -e "$work/any.mkv"
for list in "$work"/bogus/list.* "$work"/bogus/remote.m3u8; do
    check_status "${list##*/}" 1 video "$list" -o "$work/any.mkv"
    check "is not followed" test ! -e "$work/any.mkv"
done
check_text "it is said why" "$work/err" 'it only leads to other files'
for name in "concat:$work/sound.avi|$work/sound.avi" "http://127.0.0.1:9/a.avi" "file:$work/sound.avi" \
    "tcp://127.0.0.1:9" "subfile,,start,0,end,0,,:$work/sound.avi" "/dev/stdin" -; do
    check_status "$name" 1 video "$name" -o "$work/any.mkv"
    check "is no file" test ! -e "$work/any.mkv"
done
cp "$work/sound.avi" "$work/a:b %d|.avi"
check "but a file may be called anything" video "$work/a:b %d|.avi" -o "$work/c:d %d|.avi"
check "also the output" test "$(frames_in "file:$work/c:d %d|.avi")" = 40
make_video -f lavfi -i sine=d=1 "$work/sound-only.mp4"
check_status "sound alone" 1 video "$work/sound-only.mp4" -o "$work/any.mkv"
check_text "is told so" "$work/err" 'holds no video'

# Ten gigabytes of nothing: looking for a video in them ends soon.
truncate -s 10G "$work/nothing.avi"
cp "$work/sound.avi" "$work/little.avi"
truncate -s 500M "$work/little.avi"
check_status "ten gigabytes of nothing" 1 video "$work/nothing.avi" -o "$work/any.mkv"
ends_well "a little video before much nothing" "$work/little.avi" -o "$work/any.mkv"
rm "$work/nothing.avi" "$work/little.avi"

# ---- F04: damage that a decoder hides, and sizes that change ----

"$python" - "$work/sound.avi" "$work/noisy.avi" <<'PY'
import random, sys
data, dice = bytearray(open(sys.argv[1], "rb").read()), random.Random(4)
for at in range(data.find(b"movi") + 200, len(data) - 3000, 700):
    data[at] = dice.randrange(256)
open(sys.argv[2], "wb").write(data)
PY
ends_well "noise in every frame" "$work/noisy.avi" -o "$work/any.mkv"
make_video -f lavfi -i testsrc2=s=160x120:r=10:d=3 -c:v mpeg2video "$work/small.ts"
make_video -f lavfi -i testsrc2=s=320x240:r=10:d=3 -c:v mpeg2video "$work/large.ts"
cat "$work/small.ts" "$work/large.ts" >"$work/changes.ts"
check_status "a size that changes" 1 video "$work/changes.ts" -o "$work/changes.mkv"
check_text "is told" "$work/err" 'are 320 x 240 from here on; a video holds one size, here 160 x 120'
check "what came before is whole" equal "$(of "$work/changes.mkv" width,height)" 160,120
check "all of it" test "$(frames_in "$work/changes.mkv")" -ge 28

# ---- outputs ----

ln "$work/sound.avi" "$work/hard-link.avi"
check_status "an output that is its input by another name" 1 video "$work/sound.avi" -o "$work/hard-link.avi"
check_text "is refused" "$work/err" 'would replace its own input'
check_status "a folder" 2 video "$work/sound.avi" -o "$work/bogus/"
mkdir "$work/folder.avi"
check_status "a folder with a video's name" 1 video "$work/sound.avi" -o "$work/folder.avi"
echo precious >"$work/precious"
ln -s "$work/precious" "$work/link.mkv"
check "a link where the output should be" video "$work/sound.avi" -o "$work/link.mkv"
check "is replaced, not followed" equal "$(cat "$work/precious")" precious

# ---- a full disk ----

small=$work/small-disk
mkdir "$small"
make_video -f lavfi -i "nullsrc=s=320x240:r=25:d=20,geq=random(1)*255:128:128" -c:v mpeg4 -q:v 20 \
    "$work/dense.avi"

fills() {
    check_status "a disk that fills, $1" 1 video "$work/dense.avi" -o "$small/new.$1"
    check_text "is told" "$work/err" "Cannot write '.*new.$1': No space left on device"
    check "nothing has the final name" test ! -e "$small/new.$1"
    check "and the room is free again" equal "$(find "$small" -type f | wc -l)" 0
}

if [ "$own_mounts" = yes ]; then
    mount -t tmpfs -o size=1m tmpfs "$small"
    for ending in avi mp4 mkv; do fills $ending; done
    cp "$work/sound.avi" "$small/old.avi"
    check_status "a disk that fills where a video is" 1 video "$work/dense.avi" -o "$small/old.avi"
    check "leaves it as it was" cmp -s "$work/sound.avi" "$small/old.avi"
    rm "$small/old.avi"
    check_status "a disk that fills with pictures" 1 video "$work/dense.avi" --save-frames "$small/frames"
    check_text "is told" "$work/err" "Cannot write '.*frame-[0-9]*.png': No space left on device"
    check "they are whole" "$python" - "$small/frames" <<'PY'
import os, sys, cv2
names = os.listdir(sys.argv[1])
assert len(names) > 3 and all(cv2.imread(f"{sys.argv[1]}/{name}") is not None for name in names), names
PY
else
    echo "no disk can be mounted here: full ones are not tested"
fi

finish
