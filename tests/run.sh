#!/bin/bash
# run.sh BUILD: runs every test that needs no virtual machine, against what `make tests-build` made in
# BUILD (e.g. build/release). Each test's output goes to BUILD/tests/logs; the last line adds up.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:?usage: run.sh BUILD}
logs=$build/tests/logs
mkdir -p "$logs"
rm -f "$logs"/*.sums

# The sums that a log ends with: cmocka's, or "N passed, N failed" of our own scripts.
count() {
    awk '/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
         /^\[  FAILED  \] [0-9]+ test/ { f += $4 }
         /^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3 }
         /^[0-9]+ compared, [0-9]+ differ/ { p += ($3 == 0); f += ($3 > 0) }
         END { print p + 0, f + 0 }' "$1"
}

run() {
    local name=$1 log=$logs/$1.log status p f started=$SECONDS
    shift
    echo "0 1" >"$logs/$name.sums" # until it has ended
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    read -r p f < <(count "$log")
    # A program that dies, or says nothing of its tests, has failed.
    if [ $status -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ $((p + f)) -eq 0 ]; then f=1; fi
    echo "$p $f" >"$logs/$name.sums"
    if [ "$f" -eq 0 ]; then
        printf 'ok    %-28s %5d in %d s\n' "$name" "$p" $((SECONDS - started))
    else
        printf 'FAIL  %-28s %5d failed, %d passed (%s)\n' "$name" "$f" "$p" "$log"
        tail -n 25 "$log" | sed 's/^/      | /'
    fi
}

export LSAN_OPTIONS=suppressions=$PWD/tests/sanitizers/leaks.supp:print_suppressions=0
export TSAN_OPTIONS=suppressions=$PWD/tests/sanitizers/threads.supp:print_suppressions=0

python=/usr/bin/python3 # Debian's, for Debian's OpenCV

# built_with WORD: whether a sanitizer of that name is in it.
built_with() {
    case $(basename "$build") in *-"$1"*) true ;; *) false ;; esac
}

# What computes most of the time.
working() {
    local source name
    for source in tests/unit/test_*.c; do
        name=$(basename "$source" .c)
        run "$name" "$build/tests/$name"
    done
    run differential-canny "$python" tests/differential/canny.py "$build/libcannyscope-test.so"
    run differential-video "$python" tests/differential/video.py "$build/cannyscope"
    run batch tests/batch/run.sh "$build"
    run batch-faults tests/batch/faults.sh "$build"
    run batch-disks tests/batch/disks.sh "$build"
    # Without a sanitizer nobody would see a leak.
    if built_with address; then
        run failures "$python" tests/failures/run.py "$build" --sample 200
        run failures-x11 "$python" tests/failures/run.py "$build" --x11 --sample 20
    fi
    # Of one thread, or of threads that the others look at as well.
    if ! built_with thread; then
        run kernels tests/kernels/run.sh "$build" native
        run golden "$build/tests/test_golden"
        run differential-images "$python" tests/differential/images.py "$build/tests/image_dump"
        run differential-kinds "$python" tests/differential/kinds.py "$build/cannyscope"
        run bench-opencv-quick "$python" tests/benchmark/quick.py "$build"
        run kills tests/endurance/kills.sh "$build"
        run many "$python" tests/endurance/many.py "$build/cannyscope"
        run memory tests/memory/run.sh "$build"
        run mutations "$python" tests/endurance/mutations.py "$build/cannyscope"
    fi
    case $(basename "$build") in
    release | release-clang)
        run kernels-qemu64 tests/kernels/run.sh "$build" qemu64
        run kernels-neon tests/kernels/run.sh "$build" neon
        ;;
    esac
}

# What waits most of the time: for frames, a display, a disk.
waiting() {
    run record tests/record/run.sh "$build"
    run window tests/window/run.sh "$build"
    if ! built_with thread; then run cli tests/cli/run.sh "$build"; fi
    run video tests/video/run.sh "$build"
    run video-faults tests/video/faults.sh "$build"
}

# What looks at memory for three minutes, and takes what the others leave. What a sanitizer does with
# memory says nothing.
watching() {
    if built_with address || built_with thread || built_with undefined; then return; fi
    run soak-judges "$python" tests/endurance/soak_test.py
    run soak-leaks nice tests/endurance/soak.sh "$build" leaks &
    run soak-scene nice -n 19 tests/endurance/soak.sh "$build" scene &
    run soak-window nice tests/endurance/soak.sh "$build" window &
    run soak-session nice -n 5 tests/endurance/soak.sh "$build" session &
    wait
}

watching &
waiting &
working
wait
awk '{ p += $1; f += $2 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 }' "$logs"/*.sums
