#!/bin/bash
# disks.sh BUILD: the batch command onto disks that fill: outputs, the report, the notes for --resume.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
. tests/lib/own_mounts.sh
build=$(realpath "${1:?usage: disks.sh BUILD}")
program=$build/cannyscope
work=$build/tests/disks
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3

rm -rf "$work"
mkdir -p "$work/many"
. tests/batch/lib.sh

small=$work/small
mkdir "$small"
for i in {1..60}; do cp $images/graf1.png "$work/many/$i.png"; done

disk_of() { # OPTIONS: an empty one
    umount "$small" 2>/dev/null
    mount -t tmpfs -o "$1" tmpfs "$small"
}

check "with room for all" batch "$work/many" -o "$work/roomy"
if [ "$own_mounts" = no ]; then
    echo "no disk can be mounted here: full ones are not tested"
    finish
    exit
fi

# full OPTIONS...: onto a disk with 1 MB left, then with more room, to the end.
full() {
    head -c 19M /dev/zero >"$small/ballast"
    check_status "a disk that fills ($*)" 1 batch "$work/many" -o "$small/out" "$@"
    check_text "is told" "$work/err" \
        "The disk of '.*small/out' is full: about [0-9.]+ MB are needed, [0-9.]+ MB are free; [0-9]+ of 60"
    check_text "and how to go on" "$work/err" 'go on with the same command and --resume'
    check "some are done" test "$(files_in "$small/out")" -gt 3 -a "$(files_in "$small/out")" -lt 60
    check "no part is left" no_parts "$small"
    check "those are whole" "$python" - "$small/out" "$work/roomy" <<'PY'
import os, sys
for name in os.listdir(sys.argv[1]):
    if name.startswith("processed_") and not name.endswith(".jsonl"):
        pair = [open(f"{folder}/{name}", "rb").read() for folder in sys.argv[1:]]
        assert pair[0] == pair[1], name
PY
    rm "$small/ballast"
    check "with more room it goes on" batch "$work/many" -o "$small/out" --resume "$@"
    check "to the end" test "$(find "$small/out" -name 'processed_*' | wc -l)" = 60
    check "and did what was done no second time" grep -qE '[1-9][0-9]* were done by an earlier run' "$work/err"
}

check "a disk" disk_of size=20m
full
check "another" disk_of size=20m
full --report "$small/r.jsonl"

check "a disk of 16 KB" disk_of size=16k
check_status "a report on it" 1 batch "$work/many" -o "$work/reported" --report "$small/r.jsonl" \
    --prefix "$(printf 'long-prefix-%.0s' {1..14})"
check_text "is told" "$work/err" "Cannot write the report '.*r.jsonl': No space left on device"
check "while the pictures are done" test "$(files_in "$work/reported")" = 60

check "a disk for two files" disk_of size=1m,nr_inodes=3
check_status "no room for a note of what is done" 1 batch "$work/many/1.png" "$work/many/2.png" -o "$small/out"
check_text "is told" "$work/err" "The disk of '.*' is full"
finish
