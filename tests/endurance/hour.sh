#!/bin/bash
# hour.sh BUILD: what soak.sh and the guest's job `memory` watch for three minutes, for an hour (SOAK_S),
# side by side. Each one's output is shown when it has ended; the last line adds up.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:?usage: hour.sh BUILD}
logs=$build/tests/logs
export SOAK_S=${SOAK_S:-3600}
export JOB_LIMIT_S=$((SOAK_S + 600)) LIMIT_S=$((SOAK_S + 900))
mkdir -p "$logs"

# watched NAME COMMAND...: its exit status becomes a line of its own.
watched() {
    local log=$logs/hour-$1
    shift
    "$@" >"$log" 2>&1 </dev/null
    echo "status $?" >>"$log"
    cat "$log"
}

watched scene nice -n 19 tests/endurance/soak.sh "$build" scene &
watched window nice tests/endurance/soak.sh "$build" window &
watched session nice -n 5 tests/endurance/soak.sh "$build" session &
CANNYSCOPE=$build/cannyscope watched camera tests/drivers/run.sh memory &
wait
good=$(grep -lx "status 0" "$logs"/hour-{scene,window,session,camera} | wc -l)
echo "$good passed, $((4 - good)) failed"
[ "$good" -eq 4 ]
