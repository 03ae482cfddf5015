#!/bin/bash
# The part of a driver test run that is inside the guest: runs the jobs named in $JOBS one after
# the other, each with a folder of its own in memory, and keeps what they leave in /out.
#
# RESULTS gets a line per test, $DONE the name of each job that has run, well or badly.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. /out/environment
export RESULTS=/out/results COMPARISONS=/out/comparisons DONE=/out/done
exec 3>&1 # the console, where the jobs report to as well

. "$here/lib.sh"

# A job that breaks off must not leave its cameras to the next one.
clean_up()
{
    local name
    for name in cannyscope ffplay guvcview python3 ustreamer usbcam Xvfb v4l2-ctl; do
        busybox killall -q -9 "$name"
    done
    rmmod vivid uvcvideo vhci-hcd v4l2loopback 2> /dev/null
}

run_job()
{
    local name=$1
    export WORK=/run/$name
    mkdir -p "$WORK"
    local begun=$SECONDS
    timeout -k 5 "$JOB_LIMIT_S" bash "$here/$JOBS_FOLDER/$name.sh" > "$WORK/job.log" 2>&1
    local result=$?
    if [ $result != 0 ]; then
        report FAIL "$name: the job ended early, with status $result, see $name/job.log" > /dev/null
    fi
    clean_up
    report NOTE "$name took $((SECONDS - begun)) s" > /dev/null
    rm -f "$WORK"/*.fifo
    rm -rf "/out/$name"
    cp -r "$WORK" "/out/$name"
    rm -rf "$WORK"
    echo "$name" >> "$DONE"
}

for job in $JOBS; do
    run_job "$job"
done
