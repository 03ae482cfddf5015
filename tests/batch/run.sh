#!/bin/bash
# run.sh BUILD: the batch command from the outside: pixels, names, failures, signals, going on.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD}")
program=$build/cannyscope
work=$build/tests/batch
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3
. tests/lib/check.sh
. tests/lib/limits.sh

rm -rf "$work"
mkdir -p "$work"
. tests/batch/lib.sh

same() {
    "$python" tests/batch/same.py "$@" >"$work/same" || { cat "$work/same"; false; }
}

# ---- pixels ----

"$python" tests/batch/make_odd.py "$work/odd"

check "OpenCV's examples, colour to gray" batch $images -o "$work/bgr" --gray bgr
check_text "how many there are" "$work/err" 'Found 91 images'
check_text "in how many batches" "$work/err" 'Processing in 5 batches with [0-9]+ workers'
check_text "each batch is told" "$work/err" 'Batch 5/5: 11 of 11 done'
check_text "the closing line" "$work/out" \
    '^Done: 91 of 91 images, [0-9.]+ s \([0-9.]+ ms per image\), peak memory [0-9.]+ MB$'
check "every edge picture is OpenCV's" same bgr $images "$work/bgr"
check "OpenCV's examples, luma" batch $images -o "$work/luma"
check "every JPEG's edges are those of IMREAD_GRAYSCALE" same luma $images "$work/luma"
check "odd pictures" batch "$work/odd" -o "$work/odd-out" --gray bgr
check "odd pictures' edges are OpenCV's" same bgr "$work/odd" "$work/odd-out"
for format in png jpg bmp tiff; do
    check "written as $format" batch $images/{fruits.jpg,graf1.png,baboon.jpg} -o "$work/$format" \
        --gray bgr --format $format
    check "and read as OpenCV's $format is" test "$(files_in "$work/$format")" = 3
done
check "one bit a pixel" test "$(head -c 25 "$work/png/processed_fruits.png" | tail -c 1 | xxd -p)" = 01
check_status "a closing line in JSON" 0 batch "$work/odd" -o "$work/json" --json
check "is JSON" "$python" -c "import json; o = json.load(open('$work/out')); \
assert o['done'] == o['images'] > 10 and o['failed'] == 0 and o['peak_rss_bytes'] > 1e6"

# ---- what cannot be read ----

bad=$work/bad
mkdir -p "$bad/dir.jpg" "$bad/sub"
cp $images/fruits.jpg "$bad/good.jpg"
cp $images/fruits.jpg "$bad/sub/deep.jpg"
cp $images/fruits.jpg "$bad/$(printf 'line\nend').jpg"
cp $images/fruits.jpg "$bad/$(printf 'latin\351').jpg"
cp $images/fruits.jpg "$bad/-o.jpg"
for percent in 10 50 90 99; do
    head -c $(($(stat -c %s $images/fruits.jpg) * percent / 100)) $images/fruits.jpg \
        >"$bad/cut$percent.jpg"
done
head -c 40000 $images/graf1.png >"$bad/cut.png"
: >"$bad/empty.png"
echo "no picture" >"$bad/text.bmp"
mkfifo "$bad/pipe.jpg"
ln -s . "$bad/loop"
ln -s nowhere "$bad/dangling.png"
"$python" - "$bad" <<'PY'
import struct, sys, zlib
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
rows = zlib.compress(b"\0" * 2001 * 100)
open(sys.argv[1] + "/bomb.png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(
    b"IHDR", struct.pack(">IIBBBBB", 16000, 16000, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows))
PY

check_status "a hostile folder" 3 batch "$bad" -o "$work/bad-out" --recursive --report "$work/bad.jsonl"
check "the sound ones are done" test "$(files_in "$work/bad-out")" = 5
check "in their subfolder" test -s "$work/bad-out/sub/processed_deep.jpg"
check_text "a truncated one is named" "$work/bad.jsonl" "cut50.jpg' is truncated at row [0-9]+ of [0-9]+"
check_text "all that failed are named at the end" "$work/err" \
    'Failed: dangling.png, pipe.jpg, .*text.bmp'
check_text "a pipe is named" "$work/bad.jsonl" "pipe.jpg"
check_text "a bomb is refused before it is read" "$work/bad.jsonl" \
    "bomb.png' has 16000 x 16000 pixels, more than the limit"
check "nothing half done is left" no_parts "$work/bad-out"
check "the report has a line for each" "$python" - "$work/bad.jsonl" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
states = [line["status"] for line in lines]
assert states.count("ok") == 5, states
assert states.count("failed") == len(lines) - 5 == 10, lines
assert all(line["error"] for line in lines if line["status"] == "failed")
PY
check_status "damaged ones can be kept" 3 batch "$bad" -o "$work/kept" --keep-damaged \
    --report "$work/kept.jsonl"
check "cut50.jpg is there" test -s "$work/kept/processed_cut50.jpg"
check_text "and it is said" "$work/kept.jsonl" "cut50.jpg' is truncated"
check_status "nothing but a missing one" 3 batch "$work/missing.jpg" -o "$work/none"
check_status "an empty folder" 0 batch "$work/none" -o "$work/none-out"
check_text "is no division by zero" "$work/out" '^Done: 0 of 0 images'

# ---- names ----

mkdir -p "$work/clash"
cp $images/fruits.jpg "$work/clash/a.jpg"
cp $images/graf1.png "$work/clash/a.png"
check "two inputs that want one name" batch "$work/clash" -o "$work/clash-out" --format png
check "get two" test -s "$work/clash-out/processed_a.jpg.png" -a -s "$work/clash-out/processed_a.png.png"
check "a dry run" batch "$work/clash" -o "$work/dry" --dry-run --prefix edges- --format jpg
check_text "says what would be written" "$work/out" "clash/a.png -> $work/dry/edges-a.png.jpg$"
check "and writes nothing" test ! -e "$work/dry"
check "no prefix" batch "$work/clash/a.jpg" -o "$work/bare" --prefix ""
check "is possible" test -s "$work/bare/a.jpg"
check_status "an output that would replace its input" 1 batch "$work/clash" -o "$work/clash" --prefix ""
check "is refused" cmp -s $images/fruits.jpg "$work/clash/a.jpg"
printf '%s\0' "$work/clash/a.jpg" "$work/clash/a.png" >"$work/names"
check "names from a file" batch --files-from "$work/names" --null -o "$work/from"
check "are taken" test "$(files_in "$work/from")" = 2

# ---- several frames in a file ----

frames_same() {
    "$python" tests/batch/make_frames.py same "$frames" "$1" >"$work/same" || { cat "$work/same"; false; }
}

frames=$work/frames
"$python" tests/batch/make_frames.py make "$frames"
check_status "files of several frames" 3 batch "$frames" -o "$work/first" --report "$work/first.jsonl"
check "the first frame is taken" test "$(files_in "$work/first")" = 4
check "which is said of three" test "$(grep -c 'holds several frames.*--all-frames' "$work/first.jsonl")" = 3
check_text "animated WebP is named" "$work/first.jsonl" 'moving.webp. is an animated WebP picture'
check_status "all frames" 3 batch "$frames" -o "$work/all" --all-frames --gray bgr --report "$work/all.jsonl"
check "three of six, and one of one" test "$(files_in "$work/all")" = 19
check "every frame's edges are OpenCV's" frames_same "$work/all"
check "a line for each input" "$python" - "$work/all.jsonl" <<'PY'
import json, sys
lines = {line["input"].split("/")[-1]: line for line in map(json.loads, open(sys.argv[1]))}
assert len(lines) == 5
for name in "moving.gif", "moving.png", "pages.tif":
    assert lines[name]["frames"] == 6 and "-0001." in lines[name]["output"], lines[name]
assert lines["pages.tif"]["pixels"] == 90 * (6 * 120 - 5 * 15)
assert "frames" not in lines["single.gif"] and lines["moving.webp"]["output"] is None
PY
check_status "all frames, again" 3 batch "$frames" -o "$work/all" --all-frames --gray bgr --resume
check_text "nothing is done twice" "$work/err" '4 were done by an earlier run'
rm "$work/all/processed_pages-0004.tif"
check_status "a frame is missing" 3 batch "$frames" -o "$work/all" --all-frames --gray bgr --resume
check_text "its file is done again" "$work/out" '^Done: 1 of 2 images'
check "and whole" frames_same "$work/all"
check_status "without them it is another run" 3 batch "$frames" -o "$work/all" --gray bgr --resume
check_text "which does all" "$work/out" '^Done: 4 of 5 images'

for i in 0 1 2; do
    batch "$frames" -o "$work/frame-parts" --all-frames --gray bgr --shard $i/3
done
check "in parts they are the same" frames_same "$work/frame-parts"

cp $images/graf1.png "$frames/pages-0002.png"
check "a name like a frame's" batch "$frames" -o "$work/dry" --all-frames --format png --dry-run
check_text "is planned apart" "$work/out" '/processed_pages-0002.png.png$'
check_text "and so is the other" "$work/out" '/processed_pages.tif.png$'
check_text "the number is not known before" "$work/err" 'several frames becomes NAME-0001.png'

head -c $(($(stat -c %s "$frames/pages.tif") * 70 / 100)) "$frames/pages.tif" >"$work/cut.tif"
check_status "a page is cut off" 3 batch "$work/cut.tif" -o "$work/cut-out" --all-frames
check_text "it is named" "$work/err" "cut.tif' is damaged: page [2-6] cannot be decoded"
check "and nothing is left of the others" test "$(files_in "$work/cut-out")" = 0
check "unless what is damaged is kept" batch "$work/cut.tif" -o "$work/cut-out" --all-frames --keep-damaged
check "then it is" test "$(files_in "$work/cut-out")" -ge 2

# ---- in parts, and on ----

for i in 0 1 2; do
    check "part $i of 3" batch $images -o "$work/parts" --shard $i/3 --report "$work/part$i.jsonl"
done
check "together they are all" test "$(files_in "$work/parts")" = 91
check "their reports become one" batch --merge-reports "$work"/part[0-2].jsonl
check "of 91 lines" test "$(wc -l <"$work/out")" = 91
check_status "no such part" 2 batch $images -o "$work/parts" --shard 3/3
check "done is done" batch $images -o "$work/parts" --resume
check_text "and said to be" "$work/err" '91 were done by an earlier run'
check "other settings are done again" batch $images/fruits.jpg -o "$work/parts" --resume --low 20
check_text "as they must" "$work/out" '^Done: 1 of 1 images'

has_begun() {
    [ -n "$(find "$1" -name 'processed_*' -print -quit)" ]
}

interrupt() {
    rm -rf "$work/stopped"
    "$program" batch /usr/share/doc/opencv-doc/opencv4 -r -o "$work/stopped" >"$work/out" 2>"$work/err" &
    local pid=$!
    wait_for 20 has_begun "$work/stopped"
    kill -s "$1" $pid
    wait $pid
}

check_status "interrupted" 130 interrupt INT
check_text "it says how to go on" "$work/err" 'are left: go on with the same command and --resume'
check "with whole files only" no_parts "$work/stopped"
check_status "terminated" 143 interrupt TERM

# ---- where nothing can be written ----

check_status "a file where the folder should be" 1 batch $images -o "$work/out"
check_text "it is said" "$work/err" 'out'
if [ "$(id -u)" -ne 0 ]; then
    mkdir -p "$work/closed"
    chmod 555 "$work/closed"
    check_status "a folder that may not be written to" 1 batch $images -o "$work/closed"
    chmod 755 "$work/closed"
fi
check_status "no output" 2 batch $images
check_status "no input" 2 batch -o "$work/none"

# ---- memory ----

check_status "too little memory for one" 3 batch $images/chessboard.png $images/fruits.jpg \
    -o "$work/small" --max-memory 34
check_text "is said before it is taken" "$work/err" 'max-memory 34 is too little: .*chessboard.png. takes about [0-9]+ MB'
check "and the small one is done" test -s "$work/small/processed_fruits.jpg"
mkdir "$work/four"
"$python" -c "
import sys, cv2, numpy as np
large = cv2.blur(np.random.default_rng(1).integers(0, 256, (2000, 2500, 3), np.uint8), (9, 9))
for name in sys.argv[2:]:
    cv2.imwrite(sys.argv[1] + '/' + name, large)" "$work/four" a.jpg b.png c.bmp d.tiff
limited() {
    rm -rf "$work/limited"
    batch "$@" -o "$work/limited" --json
}
check "four kinds by four workers keep within a limit" holds 30 limited "$work/four" --workers 4
check "many small ones by many workers" holds 8 limited $images --workers 64
check_status "too little for anything" 1 batch $images -o "$work/small" --max-memory 2
check_text "is said" "$work/err" 'max-memory 2 is too little: the program itself takes about [0-9]+ MB'

# took_more MB: whether the last run's peak is that much above "few". Sanitizers keep what was freed.
took_more() {
    case $(basename "$build") in
    release | release-clang) test "$(peak_of)" -gt $((few + $1)) ;;
    *) false ;;
    esac
}

peak_of() {
    sed -n 's/.*peak memory \([0-9]*\).*/\1/p' "$work/out"
}

mkdir -p "$work/many"
for i in $(seq 400); do ln $images/fruits.jpg "$work/many/$i.jpg" 2>/dev/null ||
    cp $images/fruits.jpg "$work/many/$i.jpg"; done
check "a few" batch "$work/many"/[1-9].jpg -o "$work/many-out"
few=$(peak_of)
check "and many" batch "$work/many" -o "$work/many-out"
check_status "take the same memory" 1 took_more 3

# long_gif SECONDS, of ten frames each
long_gif() {
    ffmpeg -v error -y -f lavfi -i "testsrc2=size=640x480:rate=10:duration=$1" "$work/$1.gif"
    batch "$work/$1.gif" -o "$work/long-out" --all-frames
}

check "a few frames" long_gif 2
few=$(peak_of)
check "and many of them" long_gif 20
check "were 200" test "$(find "$work/long-out" -name 'processed_20.gif-*' -printf x | wc -c)" = 200
check_status "and took the same memory" 1 took_more 3

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
