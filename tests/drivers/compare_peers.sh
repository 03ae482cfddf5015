#!/bin/bash
# cannyscope beside other programs, in the same guest as the driver tests: what becomes of them when
# a camera fails, or what memory they take. Prints a table; nothing here passes or fails. The programs
# are Debian's, unpacked beside the guest and not installed; ffplay and OpenCV come with the tests'
# packages.
#
#   compare_peers.sh [PEER...]       failing cameras: cannyscope, ffplay, guvcview, ustreamer
#   compare_peers.sh memory          memory: peers/memory.sh

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export GUEST_DIR=${GUEST_DIR:-$root/build/guest}
folder=$GUEST_DIR/peers
export PEERS=$folder/root JOBS_FOLDER=peers JOB_LIMIT_S=1800

# What is not installed of a program and its libraries.
missing_packages()
{
    apt-get install -s --no-install-recommends guvcview ustreamer | awk '/^Inst / { print $2 }'
}

fetch()
{
    local packages
    mkdir -p "$folder"
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} = 0 ] || (cd "$folder" && apt-get download -q "${packages[@]}")
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$PEERS"
    done
}

# table HEADING: columns are programs, in the order in which they come.
table()
{
    sed -n 's/^NOTE \([A-Za-z, ]* | .* | .*\)/\1/p' "$GUEST_DIR/out/results" |
        awk -F ' [|] ' -v heading="$1" '
        !($1 in column) { column[$1] = ++columns; program[columns] = $1 }
        !($2 in row) { row[$2] = ++rows; fault[rows] = $2 }
        { cell[row[$2], column[$1]] = $3 }
        END {
            printf "| %s |", heading
            for (c = 1; c <= columns; c++) printf " %s |", program[c]
            printf "\n| --- |"
            for (c = 1; c <= columns; c++) printf " --- |"
            for (r = 1; r <= rows; r++) {
                printf "\n| %s |", fault[r]
                for (c = 1; c <= columns; c++) printf " %s |", cell[r, c]
            }
            print ""
        }'
}

# Where the megabytes of the first program are.
uses()
{
    printf '\n| cannyscope, RSS | MB |\n| --- | --- |\n'
    sed -n 's/^NOTE use: \(.*\)/| \1 |/p' "$GUEST_DIR/out/results"
}

peers=("$@")
[ $# -gt 0 ] || peers=(cannyscope ffplay guvcview ustreamer)
[ -d "$PEERS" ] || fetch
"$here/run.sh" "${peers[@]}" || true
if [ "${peers[*]}" = memory ]; then
    { table "" && uses; } | tee "$GUEST_DIR/memory.md"
else
    table Fault | tee "$GUEST_DIR/peers.md"
fi
