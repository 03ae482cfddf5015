#!/bin/bash
# run.sh BUILD native|qemu64|neon: the kernels' test on this CPU, on one without SSSE3, on 64-bit
# ARM. The last two are emulated.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:?usage: run.sh BUILD native|qemu64|neon}
work=$build/tests/kernels-out
images=/usr/share/doc/opencv-doc/examples/data
. tests/lib/check.sh
mkdir -p "$work"

# With sanitizers everything is slow.
quick=()
case $(basename "$build") in
*-address* | *-thread* | *-undefined*) quick=(--quick) ;;
esac

# The test needs the C library alone and reads nothing but PGM.
photos=()
photo() {
    local pgm=$work/${1%.*}.pgm
    [ -e "$images/$1" ] || return 0
    convert "$images/$1" -strip -colorspace Gray -depth 8 "$pgm" && photos+=("$pgm")
}

# test_kernels's own last line is part of the sum; run.sh above adds all such lines up.
native() {
    for name in fruits.jpg building.jpg home.jpg graf1.png sudoku.png; do
        photo $name
    done
    check "photos are there" [ ${#photos[@]} -gt 3 ]
    check "every level" timeout -k 5 600 "$build/tests/test_kernels" "${quick[@]}" "${photos[@]}"
}

# An instruction that the CPU lacks is a SIGILL here, as it would be there.
old() {
    timeout -k 5 180 qemu-x86_64 -cpu qemu64 "$@"
}

qemu64() {
    check "a CPU without SSSE3" old "$build/tests/test_kernels" --quick >"$work/qemu64.txt"
    cat "$work/qemu64.txt"
    check_text "uses plain C alone" "$work/qemu64.txt" '^levels: c$'
    check "the program starts there" old "$build/cannyscope" --version
    check "and finds the right edges" old "$build/cannyscope" live scene --headless --frames 3 \
        --verify
}

neon() {
    check "64-bit ARM" timeout -k 5 180 qemu-aarch64 build/release-aarch64/tests/test_kernels \
        --quick >"$work/neon.txt"
    cat "$work/neon.txt"
    check_text "has both levels" "$work/neon.txt" '^levels: c neon$'
}

case ${2:-} in
native | qemu64 | neon) "$2" ;;
*)
    echo "no such run: ${2:-}" >&2
    exit 2
    ;;
esac
finish
