#!/bin/bash
# soak.sh BUILD KIND: cannyscope runs for SOAK_S seconds (180; 3600 in `make soak`) and must not grow:
#
#   scene      the scene without a window, as fast as it can
#   window     the scene in a window
#   session    the window in use: everything that a key can do, again and again
#   leaks      half a minute with leaks made on purpose, each of which must be found
#
# soak.py says what is measured and why so. A camera is tests/drivers/jobs/memory.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: soak.sh BUILD KIND}")
kind=${2:?usage: soak.sh BUILD KIND}
program=$build/cannyscope
work=$build/tests/soak-$kind
python=/usr/bin/python3
seconds=${SOAK_S:-180}
. tests/lib/check.sh
. tests/window/lib.sh
patience_s=60 # it runs behind everything else
wrap=("$python" -B tests/endurance/soak.py run)

rm -rf "$work"
mkdir -p "$work/home"
export HOME=$work/home XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state LC_ALL=C.UTF-8
unset DISPLAY WAYLAND_DISPLAY XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS XMODIFIERS
config=$XDG_CONFIG_HOME/cannyscope/config.json

# soak ARGUMENTS...: soak.py's lines are checks like ours; a crash of it is no verdict.
soak() {
    "$python" -B tests/endurance/soak.py "$@" --name "$kind" >"$work/verdict" 2>&1
    cat "$work/verdict"
    passed=$((passed + $(grep -c '^ok ' "$work/verdict")))
    failed=$((failed + $(grep -c '^FAIL ' "$work/verdict")))
    grep -qE '^(ok|FAIL) ' "$work/verdict" || fail "$kind: soak.py"
}

# watch: from its warm-up on, for the time that is asked for.
watch() {
    soak watch "$pid" "$work/stats.json" "$work/samples.json" --seconds "$seconds"
}

# streams ARGUMENTS...: without a window, with what is in $wrap.
streams() {
    rm -f "$work/stats.json"
    "${wrap[@]}" "$program" live "$@" --headless --stats "$work/stats.json" >"$work/log" 2>&1 \
        </dev/null &
    pid=$!
}

interrupted() {
    kill -INT "$pid"
    leaves 130
}

soak_scene() {
    streams scene --fps 0
    watch
    check "scene: it ends well" interrupted
}

soak_window() {
    check "a display" start_display
    configure '{"window": "1280x800"}'
    start_eyes
    check "window: the scene" start scene --fps 30
    watch
    end "window"
}

case $kind in
scene | window) "soak_$kind" ;;
session) . tests/endurance/soak_session.sh ;;
leaks) . tests/endurance/soak_leaks.sh ;;
*) echo "soak.sh: no such kind: $kind" >&2 && exit 2 ;;
esac
finish
