#!/bin/bash
# run.sh BUILD: the real window on a display of its own: keys, mouse, sizes, the end. Pictures of
# it are kept in BUILD/tests/window, to be looked at.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD}")
program=$build/cannyscope
work=$build/tests/window
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3
picture=$images/building.jpg
. tests/lib/check.sh
. tests/window/lib.sh

rm -rf "$work"
mkdir -p "$work/home"
export HOME=$work/home XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS XMODIFIERS
config=$XDG_CONFIG_HOME/cannyscope/config.json
snapshots=$HOME/Bilder/cannyscope

check "a display" start_display || finish || exit 1
start_eyes
see picture "$picture"

# With the panel beside it and the bar below, this leaves building.jpg's own 868x600 pixels.
exact=1132x636

# ---- pixels ----

configure "{\"window\": \"$exact\"}"
check "the window opens" start "$picture"
check "shows the edges, below the numbers" see edges_below_card 50 150 5 3 0
check "is kept as a picture" see save first
press i i
check "without the numbers every pixel is an edge of OpenCV" see edges 50 150 5 3 0
end first
