#!/bin/bash
# faults.sh BUILD: the batch command in a hostile folder: pictures cut off, bombs, what is no file, odd
# names, folders that cannot be read or written, disks that fill and fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: faults.sh BUILD}")
program=$build/cannyscope
work=$build/tests/faults
python=/usr/bin/python3
. tests/lib/check.sh

chmod -R u+rwx "$work" 2>/dev/null
rm -rf "$work"
mkdir -p "$work"
. tests/batch/lib.sh

# said REPORT NAME PATTERN: what the report says of that input.
said() {
    "$python" - "$@" <<'PY'
import json, re, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
words = [f"{l['status']}: {l['error']}" for l in lines if l["input"].endswith("/" + sys.argv[2])]
sys.exit(0 if words and re.search(sys.argv[3], words[-1]) else f"{sys.argv[2]}: {words}")
PY
}

peak_bytes() {
    sed -n 's/.*"peak_rss_bytes":\([0-9]*\).*/\1/p' "$work/out"
}

"$python" tests/batch/make_hostile.py "$work/made"
whole=$work/made/whole

# ---- B01: cut off ----

check "sound pictures of every kind" batch "$whole" -o "$work/whole-out"
check_status "all of them cut at 10, 50, 90 and 99 percent" 3 batch "$work/made/cut" -o "$work/cut" \
    --report "$work/cut.jsonl"
check "none is written" test "$(files_in "$work/cut")" = 0
for cut in 10 50 90 99; do
    for kind in baseline-$cut.jpg plain-$cut.png bitmap-$cut.bmp first-$cut.tif lossy-$cut.webp; do
        check "$kind" said "$work/cut.jsonl" "$kind" 'failed: .* is truncated at row [0-9]+ of 240'
    done
    check "progressive, $cut %" said "$work/cut.jsonl" progressive-$cut.jpg \
        'failed: .* is truncated in (scan [0-9]+|its header)'
    check "WebP without loss, $cut %" said "$work/cut.jsonl" lossless-$cut.webp 'failed: .* is truncated'
    check "packed TIFF, $cut %" said "$work/cut.jsonl" packed-$cut.tif 'failed: .* is truncated'
    check "TIFF with its directory last, $cut %" said "$work/cut.jsonl" usual-$cut.tif \
        'failed: .* is truncated: the directory'
done
check "the row is right" said "$work/cut.jsonl" first-50.tif 'at row 1(19|20) of 240'
check_status "what there is of them" 3 batch "$work/made/cut" -o "$work/kept" --keep-damaged \
    --report "$work/kept.jsonl"
for kind in baseline-50.jpg progressive-50.jpg plain-90.png bitmap-50.bmp first-50.tif lossy-90.webp; do
    check "$kind is kept" test -s "$work/kept/processed_$kind"
    check "and labelled" said "$work/kept.jsonl" $kind 'damaged: .* is truncated'
done

# ---- B02: harmless warnings ----

mkdir "$work/warned"
"$python" - "$whole/baseline.jpg" "$work/warned/stray.jpg" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(data[:20] + bytes(5) + data[20:])
PY
check "stray bytes in a JPEG" batch "$work/warned" -o "$work/warned-out" --report "$work/warned.jsonl"
check "are a note" said "$work/warned.jsonl" stray.jpg 'ok: .*extraneous bytes'
check "and do no harm" cmp -s "$work/warned-out/processed_stray.jpg" "$work/whole-out/processed_baseline.jpg"

# ---- B03: bombs ----

check_status "small files that are large" 3 batch "$work/made/bombs" -o "$work/bombs" --json \
    --report "$work/bombs.jsonl"
case $(basename "$build") in
release | release-clang) check "take no memory" test "$(peak_bytes)" -lt $((60 << 20)) ;;
esac
for bomb in huge.jpg huge.png huge.tif huge.bmp down.bmp huge.webp; do
    check "$bomb" said "$work/bombs.jsonl" $bomb 'failed: .* has [0-9]+ x [0-9]+ pixels'
done
check "a tile of 60,000 x 60,000" said "$work/bombs.jsonl" tile.tif 'failed: .* 5?[0-9]+ x [0-9]+ pixels'
check "a height of -2^31" said "$work/bombs.jsonl" depth.bmp 'failed'
check "3,000 scans" said "$work/bombs.jsonl" scans.jpg 'failed: .* has more than 100 scans'
check "texts that unpack to 1.4 GB are passed over" said "$work/bombs.jsonl" texts.png 'ok: None'
check "so is a profile of 400 MB" said "$work/bombs.jsonl" profile.png 'ok: None'
check_status "a limit of one's own" 3 batch "$whole" -o "$work/limit" --max-pixels 76799 \
    --report "$work/limit.jsonl"
check "is kept" said "$work/limit.jsonl" bitmap.bmp 'more than the limit of 76799'

# ---- B06: which way up ----

"$python" - "$whole/baseline.jpg" "$work/turned.jpg" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
exif = b"Exif\0\0II" + struct.pack("<HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
open(sys.argv[2], "wb").write(data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
PY
check "a camera held upright" batch "$work/turned.jpg" -o "$work/turned-out"
check "is turned, once" "$python" - "$work/turned-out/processed_turned.jpg" <<'PY'
import sys, cv2
data = open(sys.argv[1], "rb").read()
assert b"Exif" not in data
assert cv2.imread(sys.argv[1]).shape[:2] == (320, 240)
PY

# ---- B08: what is no picture, or no file ----

odd=$work/odd
mkdir -p "$odd/folder.jpg"
: >"$odd/empty.png"
echo "no picture" >"$odd/text.jpg"
head -c 3 "$whole/plain.png" >"$odd/three.png"
cp "$whole/plain.png" "$odd/wrong.jpg"
cp "$whole/baseline.jpg" "$odd/nameless"
cp "$whole/baseline.jpg" "$odd/UPPER.JPG"
mkfifo "$odd/pipe.jpg"
"$python" -c "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$odd/socket.png" \
    2>/dev/null || (cd "$odd" && "$python" -c "import socket; socket.socket(socket.AF_UNIX).bind('socket.png')")
ln -s /dev/zero "$odd/zero.jpg"
ln -s /proc/self/mem "$odd/proc.jpg"
check_status "what is no picture, or no file" 3 batch "$odd" -o "$work/odd-out" --report "$work/odd.jsonl"
check "the three sound ones are done" test "$(files_in "$work/odd-out")" = 3
check "a PNG called .jpg is read as what it is" test -s "$work/odd-out/processed_wrong.jpg"
check "a picture without an ending gets one" test -s "$work/odd-out/processed_nameless.jpg"
check "an empty one" said "$work/odd.jsonl" empty.png "failed: .* is empty"
check "text" said "$work/odd.jsonl" text.jpg "failed: .* is not a picture"
check "three bytes" said "$work/odd.jsonl" three.png "failed: .* is not a picture"
for name in pipe.jpg socket.png zero.jpg; do
    check "$name" said "$work/odd.jsonl" $name 'failed: .* is not a regular file'
done
check "a file of /proc" said "$work/odd.jsonl" proc.jpg failed
check_status "a pipe, by name" 3 batch "$odd/pipe.jpg" "$odd/socket.png" -o "$work/odd-out"

# ---- B09: what cannot be read ----

# Root may read everything: as nobody then, where nobody may go.
as_nobody() {
    if [ "$(id -u)" -eq 0 ]; then
        timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups \
            env XDG_CONFIG_HOME=/nonexistent "$@"
    else
        timeout 60 "$@"
    fi >"$work/out" 2>"$work/err" </dev/null
}

open_place=$(mktemp -d)
trap 'chmod -R u+rwx "$open_place"; rm -rf "$open_place"' EXIT
chmod 755 "$open_place"
install -d -m 777 "$open_place"/{in,in/closed,out,read-only}
cp "$build"/cannyscope{,-media.so} "$open_place"
cp "$whole/baseline.jpg" "$open_place/in/open.jpg"
cp "$whole/baseline.jpg" "$open_place/in/forbidden.jpg"
cp "$whole/baseline.jpg" "$open_place/in/closed/deep.jpg"
chmod 644 "$open_place/in/open.jpg"
chmod 000 "$open_place/in/forbidden.jpg" "$open_place/in/closed"
chmod 555 "$open_place/read-only"
check_status "a forbidden file and a forbidden folder" 3 as_nobody "$open_place/cannyscope" batch \
    "$open_place/in" --recursive -o "$open_place/out"
check_text "the file is named" "$work/err" "Cannot open '.*forbidden.jpg': Permission denied"
check_text "so is the folder" "$work/err" "Cannot read '.*closed': Permission denied"
check "the others are done" test -s "$open_place/out/processed_open.jpg"

# ---- B10: where nothing can be written ----

check_status "a read-only folder" 1 as_nobody "$open_place/cannyscope" batch "$open_place/in/open.jpg" \
    -o "$open_place/read-only"
check_text "is named" "$work/err" "Cannot write into '.*read-only': Permission denied"
check_status "a folder to be made in a read-only one" 1 as_nobody "$open_place/cannyscope" batch \
    "$open_place/in/open.jpg" -o "$open_place/read-only/new"
check_text "is named too" "$work/err" "Cannot make the folder '.*new'"
check_status "a file" 1 batch "$whole" -o "$whole/plain.png"
check_status "below a file" 1 batch "$whole" -o "$whole/plain.png/out"
check "both are refused before anything is read" test "$(grep -c 'Found' "$work/err")" = 0
check "missing parents are made" batch "$whole/plain.png" -o "$work/a/b/c"
check "all of them" test -s "$work/a/b/c/processed_plain.png"
check_status "a report that cannot be written" 1 batch "$whole" -o "$work/none" --report "$work/no/r.jsonl"
check "before the first picture" test ! -e "$work/none/processed_plain.png"

# ---- B12, B13: names and folders that meet ----

mkdir "$work/meet"
cp "$whole/baseline.jpg" "$work/meet/a.jpg"
cp "$whole/bitmap.bmp" "$work/meet/A.JPG"
cp "$whole/plain.png" "$work/meet/a.png"
cp "$whole/plain.png" "$work/meet/processed_a.png"
check "a.jpg, A.JPG, a.png and processed_a.png" batch "$work/meet" -o "$work/meet-out"
check "are four" test "$(files_in "$work/meet-out")" = 4
check "also without case" test "$(find "$work/meet-out" -name 'p*' | tr '[:upper:]' '[:lower:]' | sort -u | wc -l)" = 4
check "the same four to PNG" batch "$work/meet" -o "$work/meet-png" --format png
check "are four" test "$(find "$work/meet-png" -name 'p*' | tr '[:upper:]' '[:lower:]' | sort -u | wc -l)" = 4
cp -r "$work/meet" "$work/same"
ln -s same "$work/same-link"
for out in same same/. same-link; do
    check_status "output = input, $out" 1 batch "$work/same" -o "$work/$out"
    check_text "is refused" "$work/err" "is the output folder too: choose another with -o"
done
check "untouched" diff -r "$work/meet" "$work/same"
printf '%s\n' "$work/same" >"$work/names"
check_status "from a list" 1 batch --files-from "$work/names" -o "$work/same"
check "the output inside the input" batch "$work/meet" -o "$work/meet/out" --recursive
check "once more" batch "$work/meet" -o "$work/meet/out" --recursive
check_text "is no input" "$work/err" 'Found 4 images'
check_status "an output that hits a found file" 1 batch "$work/same/a.png" "$work/same" -o "$work/same" --prefix ''

# ---- B14, B15: links and names ----

mkdir -p "$work/links/deep" "$work/elsewhere"
cp "$whole/plain.png" "$work/links/deep/a.png"
cp "$whole/plain.png" "$work/elsewhere/b.png"
ln -s .. "$work/links/deep/loop"
ln -s "$work/elsewhere" "$work/links/away"
ln -s loop2 "$work/links/loop1.png"
ln -s loop1.png "$work/links/loop2"
check_status "links in circles" 3 batch "$work/links" --recursive -o "$work/links-out"
check "are not followed" test "$(files_in "$work/links-out")" = 1
check_status "or once" 3 batch "$work/links" --recursive --follow -o "$work/follow-out"
check "where that is wanted" test "$(files_in "$work/follow-out")" = 2
echo precious >"$work/precious"
mkdir "$work/trap"
ln -s "$work/precious" "$work/trap/processed_plain.png"
check "a link where the output should be" batch "$whole/plain.png" -o "$work/trap"
check "is replaced, not followed" test "$(cat "$work/precious")" = precious
check "a way up and down" batch "$work/links/../made/bombs/../whole/plain.png" -o "$work/up"
check "is no way out" test -s "$work/up/processed_plain.png"

names=$work/strange
mkdir "$names"
long=$(printf 'x%.0s' {1..251}).png
for name in "$(printf 'line\nend.png')" "$(printf 'latin\351.png')" "-o.png" "--help.png" "$long" \
    "$(printf '\033[2J.png')" "%s%n.png" ' .png' '"quoted".png' 'a:b.png' 'http:x.png' "ü漢.png" '\n.png'; do
    cp "$whole/plain.png" "$names/$name"
done
check "strange names" batch "$names" -o "$work/strange-out" --report "$work/strange.jsonl"
check "all of them" test "$(files_in "$work/strange-out")" = 13
check "bytes stay bytes" test -s "$work/strange-out/$(printf 'processed_latin\351.png')" -a \
    -s "$work/strange-out/$(printf 'processed_line\nend.png')"
check "no name is too long" test "$(find "$work/strange-out" -printf '%f\n' | awk '{ print length }' |
    sort -n | tail -n 1)" -le 255
check "the report is ASCII and JSON" "$python" - "$work/strange.jsonl" <<'PY'
import json, sys
lines = open(sys.argv[1], "rb").read().splitlines()
assert len(lines) == 13 and all(json.loads(line)["status"] == "ok" for line in lines)
assert any(rb"\\xE9" in line for line in lines)
assert not any(byte < 32 for line in lines for byte in line)
PY
cp "$whole/plain.png" "$work/-v.png"
inside() (
    cd "$work" && timeout 60 "$program" batch -o dashes -- -v.png >out 2>err
)
check "a name with a dash in front" inside
check "is a name" test -s "$work/dashes/processed_-v.png"
check_status "control characters" 3 batch "$names/$(printf 'gone\033[2J.png')" -o "$work/none"
check "are not sent to the terminal" test "$(grep -c "$(printf '\033')" "$work/err")" = 0
: >"$work/empty-list"
check "an empty list" batch --files-from "$work/empty-list" -o "$work/none"
check_text "is no division by zero" "$work/out" '^Done: 0 of 0 images'

# ---- B16: going on ----

check "a run" batch "$whole" -o "$work/again"
touch -d '2001-01-01' "$work"/again/processed_*
check "going on" batch "$whole" -o "$work/again" --resume
check "touches nothing" test -z "$(find "$work/again" -name 'p*' -newermt 2002-01-01)"
rm "$work/again/processed_plain.png"
: >"$work/again/processed_bitmap.bmp"
echo '{"output":"processed_x.png"' >>"$work/again/.cannyscope-batch.json"
check "what is gone, or not what it was" batch "$whole" -o "$work/again" --resume
check "is done again" test "$(find "$work/again" -name 'p*' -newermt 2002-01-01 | wc -l)" = 2
check_text "and damage in the notes is said" "$work/err" 'notes of what is done in .* make no sense'

# ---- B17: memory ----

case $(basename "$build") in
release | release-clang)
    mkdir "$work/large"
    "$python" -c "
import sys, cv2, numpy as np
cv2.imwrite(sys.argv[1], cv2.blur(np.random.default_rng(1).integers(0, 256, (3000, 4000), np.uint8), (9, 9)))" \
        "$work/large/0.jpg"
    for i in {1..7}; do ln "$work/large/0.jpg" "$work/large/$i.jpg"; done
    check "eight workers, large pictures, 64 MB" batch "$work/large" -o "$work/large-out" --workers 8 \
        --max-memory 64 --json
    check "stay within it" test "$(peak_bytes)" -le $((64 << 20))
    ;;
esac

# ---- B09, B11: files that go away, disks that fail ----

case $(basename "$build") in
*-*) ;; # preloading before a sanitizer is refused
*)
    gcc -D_GNU_SOURCE -Wall -shared -fPIC -o "$work/faults.so" tests/preload/file_faults.c -ldl
    faulty() {
        LD_PRELOAD=$work/faults.so FAULT=$1 timeout 60 "$program" batch "${@:2}" >"$work/out" 2>"$work/err"
    }
    mkdir "$work/going"
    cp "$whole/baseline.jpg" "$work/going/vanish.jpg"
    cp "$whole/baseline.jpg" "$work/going/stays.jpg"
    check_status "a file that vanishes before it is read" 3 faulty vanish "$work/going" -o "$work/going-out"
    check_text "is named" "$work/err" "Cannot open '.*vanish.jpg': No such file"
    check "the others are done" test -s "$work/going-out/processed_stays.jpg"
    for fault in fsync fclose; do
        check_status "EIO from $fault" 3 faulty $fault "$whole" -o "$work/eio-$fault" \
            --report "$work/$fault.jsonl"
        check "is said" said "$work/$fault.jsonl" plain.png "failed: Cannot write '.*': Input/output error"
        check "nothing is left that is not whole" test -z "$(find "$work/eio-$fault" -name '*processed_*')"
    done
    ;;
esac

# ---- S02: what stands between a hostile file and the machine ----

case $(basename "$build") in
release | release-clang)
    for file in "$program" "$build/cannyscope-media.so"; do
        name=${file##*/}
        check "$name lies anywhere" grep -qE 'Type: +DYN' <(readelf -h "$file")
        check "$name: its tables are read-only" grep -q 'BIND_NOW' <(readelf -d "$file")
        check "$name: its stack is watched and is no code" test "$(nm -D "$file" | grep -c __stack_chk_fail)" -eq 1 \
            -a "$(readelf -lW "$file" | grep -cE 'GNU_STACK.* RW +0x')" -eq 1
        check "$name asks no shell" test "$(nm -D "$file" | grep -cE ' U (system|popen|exec[lv]p?e?)\b')" -eq 0
    done
    check "copies are checked" grep -q '_chk@' <(nm -D "$program" | grep -v stack_chk)
    ;;
esac

finish
