#!/bin/bash
# The driver tests: cannyscope on cameras that the kernel's own drivers serve, in a virtual machine
# (guest/), so that neither root nor a camera is needed. Prints a line for every test and exits
# with 0 if all passed.
#
#   run.sh [JOB...]        names of files in jobs/, without .sh; all when none is given
#
# From the environment: CANNYSCOPE, the program (build/release/cannyscope; one that was built with
# sanitizers tells what they find); CC, the compiler; REPLUG_CYCLES, how often the job replug pulls
# the cable (20); DAMAGE_FRAMES, of how many frames the job damage spoils every twentieth (2000);
# SOAK_S, for how many seconds the job memory watches what streams (180);
# JOB_LIMIT_S and LIMIT_S, after which a job and the whole machine are ended (600, 3600); MEM, the
# machine's memory in MB; JOBS_FOLDER, where the jobs are (jobs).
# What the runs leave behind, logs and pictures, is in build/guest/out, a folder for each job.
#
# Packages: qemu-system-x86 busybox-static kmod cpio v4l-utils ffmpeg xvfb xdotool python3, and
# python3-opencv for the comparison with OpenCV.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export GUEST_DIR=${GUEST_DIR:-$root/build/guest}
out=$GUEST_DIR/out
tools=$GUEST_DIR/tools
frames=$GUEST_DIR/frames
folder=${JOBS_FOLDER:-jobs}
program=$(realpath -m "${CANNYSCOPE:-$root/build/release/cannyscope}")

die()
{
    printf 'driver tests: %s\n' "$*" >&2
    exit 1
}

require_tools()
{
    local tool missing=()
    for tool in v4l2-ctl:v4l-utils ffmpeg:ffmpeg Xvfb:xvfb xdotool:xdotool python3:python3; do
        command -v "${tool%%:*}" > /dev/null || missing+=("${tool##*:}")
    done
    [ ${#missing[@]} = 0 ] || die "missing packages, install: apt-get install ${missing[*]}"
    [ -x "$program" ] || die "$program is not there: run make first, or set CANNYSCOPE"
}

# The guest cannot see what lies on another file system mounted below /dev, /run or /proc.
require_visible()
{
    case $(realpath "$1") in
    /dev/* | /run/* | /proc/* | /sys/* | /out/*) die "$1 cannot be seen from inside the guest" ;;
    esac
}

build()
{
    local output=$1
    shift
    if [ -e "$output" ] && [ -z "$(find "$here" -name '*.[ch]' -newer "$output")" ]; then
        return
    fi
    (cd "$root" && "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -I. -o "$output" "$@")
}

build_tools()
{
    mkdir -p "$tools"
    build "$tools/usbcam" "$here"/usbcam*.c
    build "$tools/bend_format.so" -shared -fPIC "$here/bend_format.c"
}

all_jobs()
{
    local file
    for file in "$here/$folder"/*.sh; do
        basename "$file" .sh
    done
}

# Names with blanks do not occur: they are those of files in jobs/.
write_environment()
{
    {
        printf 'export CANNYSCOPE=%q TOOLS=%q FRAMES=%q LOOPBACK_MODULE=%q JOBS=%q\n' \
            "$program" "$tools" "$frames" "$GUEST_DIR/v4l2loopback.ko" "$*"
        printf 'export REPLUG_CYCLES=%q DAMAGE_FRAMES=%q SOAK_S=%q JOB_LIMIT_S=%q\n' \
            "${REPLUG_CYCLES:-20}" "${DAMAGE_FRAMES:-2000}" "${SOAK_S:-180}" "${JOB_LIMIT_S:-600}"
        printf 'export JOBS_FOLDER=%q PEERS=%q\n' "$folder" "${PEERS:-}"
        sanitizer_environment
    } > "$out/environment"
}

# What a sanitizer finds goes to files in out/: standard error belongs to the tests. A program that
# is ended by _exit() leaves no list of leaks, and a fatal finding would end the one that streams.
sanitizer_environment()
{
    local log=log_path=/out/sanitizer suppressions=$root/tests/sanitizers
    printf 'export ASAN_OPTIONS=%q UBSAN_OPTIONS=%q LSAN_OPTIONS=%q TSAN_OPTIONS=%q\n' \
        "$log" "$log:print_stacktrace=1" \
        "suppressions=$suppressions/leaks.supp:print_suppressions=0" \
        "$log:suppressions=$suppressions/threads.supp:print_suppressions=0"
}

is_sanitized()
{
    grep -qa '__\(asan\|tsan\)_init' "$program"
}

jobs_left()
{
    local job
    for job in "${jobs[@]}"; do
        grep -qx "$job" "$out/done" || echo "$job"
    done
}

# One boot for all jobs. A kernel that dies takes the jobs after it along; they get another boot,
# the job that killed it does not.
run_jobs()
{
    local left
    while mapfile -t left < <(jobs_left) && [ ${#left[@]} -gt 0 ]; do
        write_environment "${left[@]}"
        local result=0
        LIMIT_S=${LIMIT_S:-3600} "$here/guest/run.sh" "$here/suite.sh" > >(tee -a "$out/console.log" |
            sed -un '/^\(PASS\|FAIL\|NOTE\) /{s/\r$//;p}') || result=$?
        mapfile -t left < <(jobs_left)
        if [ ${#left[@]} -gt 0 ]; then
            echo "FAIL ${left[0]}: the guest died (status $result), see console.log" |
                tee -a "$out/results"
            echo "${left[0]}" >> "$out/done"
        fi
    done
}

# A program that crashed may have looked like one that was stopped.
look_for_crashes()
{
    local crashes
    crashes=$(grep -E 'Kernel panic|segfault|general protection|trap (invalid|divide)|BUG:|Oops' \
        "$out/console.log" "$out/dmesg.txt" 2> /dev/null || true)
    if [ -n "$crashes" ]; then
        echo "FAIL crashes: ${crashes%%$'\n'*}"
    else
        echo "PASS crashes: the kernel saw none"
    fi | tee -a "$out/results"
}

look_for_findings()
{
    local findings=("$out"/sanitizer.*)
    is_sanitized || return 0
    if [ -e "${findings[0]}" ]; then
        echo "FAIL sanitizer: $(grep -h -m 1 -E 'ERROR|WARNING|runtime error' "${findings[0]}")," \
            "${#findings[@]} reports in ${out#"$PWD"/}"
    else
        echo "PASS sanitizer: it found nothing"
    fi | tee -a "$out/results"
}

# Screens arrive as X dumps.
convert_screens()
{
    local dump
    for dump in "$out"/*/*.xwd; do
        [ ! -e "$dump" ] ||
            ffmpeg -nostdin -loglevel error -y -c:v xwd -i "$dump" "${dump%.xwd}.png" &&
            rm -f "$dump"
    done
}

compare_pictures()
{
    [ -s "$out/comparisons" ] || return 0
    if ! /usr/bin/python3 -c 'import cv2' 2> /dev/null; then
        echo "NOTE no comparison with OpenCV: python3-opencv is not installed"
        return
    fi
    /usr/bin/python3 "$here/compare.py" "$frames" "$out" < "$out/comparisons" |
        tee -a "$out/results"
}

summary()
{
    local passed failed
    passed=$(grep -c '^PASS ' "$out/results" || true)
    failed=$(grep -c '^FAIL ' "$out/results" || true)
    printf '%d passed, %d failed; logs in %s\n' "$passed" "$failed" "${out#"$PWD"/}"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

jobs=("$@")
[ $# -gt 0 ] || mapfile -t jobs < <(all_jobs)
for job in "${jobs[@]}"; do
    [ -e "$here/$folder/$job.sh" ] || die "no such job: $job; there are: $(all_jobs | xargs)"
done
require_tools
require_visible "$program"
require_visible "$root"
mkdir -p "$GUEST_DIR"
exec 9> "$GUEST_DIR/lock"
flock -n 9 || die "another run is using $GUEST_DIR"
"$here/guest/setup.sh"
[[ " ${jobs[*]} " != *" loopback"* ]] || "$here/guest/loopback.sh"
"$here/frames.sh" "$frames"
build_tools
rm -rf "$out"
mkdir -p "$out"
touch "$out/results" "$out/done"
run_jobs
look_for_crashes
look_for_findings
convert_screens
compare_pictures
summary
