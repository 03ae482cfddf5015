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

check "a display" start_display
[ "$failed" -eq 0 ] || finish || exit 1
start_eyes
see key_repeat off # a slow machine must not type twice
see picture "$picture"

# With the panel beside it and the bar below, this leaves building.jpg's own 868x600 pixels.
exact=1132x636

# ---- pixels ----

configure "{\"window\": \"$exact\"}"
check "the window opens" start "$picture" --ui-scale 1
[ "$failed" -eq 0 ] || finish || exit 1
check "edges, below the numbers" see edges_below_card 50 150 5 3 0
see save first
see keep numbers picture
check "the numbers live" see differs numbers
press i i
check "without the numbers every pixel is OpenCV's" see edges 50 150 5 3 0
press p
see panel hidden
xdotool windowmove "$window" 0 0 windowsize "$window" 1736 1236
check "twice as large, every pixel is a square" see edges 50 150 5 3 0
xdotool windowunmap "$window"
press bracketright
xdotool windowmap "$window"
xdotool windowfocus "$window"
press bracketright
check "hidden and shown again it goes on" see edges 55 150 5 3 0
end "pixels"

# ---- views and parameters by keys ----

configure "{\"window\": \"$exact\", \"overlay\": \"off\"}"
start "$picture" && see edges 50 150 5 3 0 && see controls
see keep before panel

# view_by KEY NAME PARAMETERS: the key shows the view, and the panel says so.
view_by() {
    press "$1"
    check "key $1: $2" see view "${@:2}"
    see save "view-$2"
}
view_by 1 original 50 150 5 3 0
check "the panel shows which" see differs before
view_by 2 gray 50 150 5 3 0
view_by 9 overlay 50 150 5 3 0
view_by 8 edges 50 150 5 3 0
check "the panel looks as before" see same before
for name in overlay original gray edges; do
    press Tab
    check "Tab: $name" see view $name 50 150 5 3 0
done

# edges_by KEYS PARAMETERS: the edges after these keys.
edges_by() {
    # shellcheck disable=SC2086
    press $1
    check "$1" see edges "${@:2}"
}
edges_by "bracketright bracketright" 60 150 5 3 0
edges_by bracketleft 55 150 5 3 0
edges_by "braceright braceright braceright" 55 165 5 3 0
edges_by braceleft 55 160 5 3 0
edges_by b 55 160 7 3 0
edges_by b 55 160 0 3 0
edges_by b 55 160 3 3 0
edges_by a 55 160 3 5 0
edges_by a 55 160 3 7 0
edges_by l 55 160 3 7 1
see save parameters
edges_by "a l" 55 160 3 3 0

see keep tuning panel
press o
check "o: the page of the camera, also for a picture" see differs tuning
see save camera-page
press o
check "o closes it" see same tuning
press d
check "d: the next camera, or a word that there is none" see notice
press p
check "p: the panel goes" see panel hidden
check "the picture is in the middle" see edges 55 160 3 3 0
see save panel-hidden
press p
check "p: it comes back" see panel shown

press i
see save overlay-short
press i
see save overlay-full
press i

press question
check "?: the keys" see help open
see save help
press Escape
check "Esc closes them" see help closed
press F1
check "F1: the keys" see help open
press question
check "? closes them too" see help closed
see keep panel panel
end "keys"

# ---- what was tuned is remembered ----

remembers() {
    "$python" - "$config" <<'PY'
import json, sys
values = json.load(open(sys.argv[1]))
sys.exit([values[key] for key in ("low", "high", "blur", "aperture", "l2", "overlay")] !=
         [55, 160, 3, 3, False, "off"] or values["window"] != "1132x636")
PY
}
check "the settings file has it" remembers
start "$picture"
check "the next start shows the same edges" see edges 55 160 3 3 0
check "and the same panel" see same panel
end "settings"
check "an option wins" start "$picture" --low 80
check "over the file" see edges 80 160 3 3 0
end "option"

printf '{"low": 80,,\n' >"$config"
start "$picture" --no-panel --overlay off
check "broken settings are told" check_log 'config\.json'
check "and kept" test -s "$config.bad"
press q
leaves 0

# ---- snapshots ----

mkdir -p "$XDG_CONFIG_HOME"
echo 'XDG_PICTURES_DIR="$HOME/Bilder"' >"$XDG_CONFIG_HOME/user-dirs.dirs"
has_snapshots() {
    [ "$(find "$snapshots" -name '*.png' -size +0 | wc -l)" -eq "$1" ]
}
snapshot_files() {
    find "$snapshots" -name 'cannyscope-*.png' | sort
}

configure "{\"window\": \"$exact\", \"overlay\": \"off\"}"
start "$picture" && see edges 50 150 5 3 0 && see controls
press s
check "s: a snapshot" wait_for $patience_s has_snapshots 1
see notice && see save saved
check "with the edges" see file_has_edges "$(snapshot_files)" 50 150 5 3 0
sum=$(sha256sum <"$(snapshot_files)")
first=$(snapshot_files)
press a
click at snapshot
check "its button takes another" wait_for $patience_s has_snapshots 2
press s
check "one a press" wait_for $patience_s has_snapshots 3
check "none was overwritten" test "$sum" = "$(sha256sum <"$first")"
name='/cannyscope-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{6}(-[0-9]+)?\.png$'
check "all have a name of their time" test "$(snapshot_files | grep -cE "$name")" -eq 3
check "the later ones are of their moment" see file_has_edges \
    "$(snapshot_files | grep -vxF "$first" | head -n 1)" 50 150 5 5 0
see key_repeat on
xdotool keydown s sleep 1.5 keyup s
see key_repeat off
check "a held key is one press" wait_for $patience_s has_snapshots 4
end "snapshots"
check "nothing else is left in the folder" test "$(find "$snapshots" -type f | wc -l)" -eq 4

# ---- mouse ----

configure "{\"window\": \"$exact\", \"overlay\": \"off\"}"
start "$picture" && see edges 50 150 5 3 0 && see controls

# drag_by NAME PIXELS OTHER: the knob goes where it is dragged, the value and the edges follow. Before
# it is there they may have followed a part of the way.
drag_by() {
    local was=50 other=150
    [ "$1" = high ] && was=150 other=$low
    see at "$1" || return
    set -- "$@" $answer
    drag "$4" "$5" $(($4 + $2))
    see knob "$1" $(($4 + $2)) &&
        see tuned "$1" "$3" $was "$other" && value=${answer# }
}
value=0
check "dragging low" drag_by low -8 high
low=$value
check "lowers it" test "$value" -lt 50
check "dragging high" drag_by high 15 low
high=$value
check "raises it" test "$value" -gt 150
see save dragged

wheel_on() { # NAME BUTTON
    # shellcheck disable=SC2086
    see at "$1" && point $answer && xdotool click "$2"
}
wheel_on low 4
check "the wheel over low" see edges $((low + 1)) "$high" 5 3 0
wheel_on high 5
check "the wheel over high" see edges $((low + 1)) $((high - 1)) 5 3 0
xdotool keydown shift
wheel_on low 4
xdotool keyup shift
check "with Shift, ten" see edges $((low + 11)) $((high - 1)) 5 3 0
low=$((low + 11)) high=$((high - 1))

click item blur 3 4
check "clicking blur 7" see edges $low $high 7 3 0
click item aperture 1 3
check "clicking aperture 5" see edges $low $high 7 5 0
click item magnitude 1 2
check "clicking L2" see edges $low $high 7 5 1
click item magnitude 0 2
click item aperture 0 3
click item blur 2 4
check "and back" see edges $low $high 5 3 0
for name in "1 original" "2 gray" "9 overlay" "8 edges"; do
    click at "view ${name% *}"
    check "clicking the view ${name#* }" see view "${name#* }" $low $high 5 3 0
done
click at numbers
check "clicking Numbers" see edges_below_card $low $high 5 3 0
press i i
see edges $low $high 5 3 0
click bar_key -1
check "clicking a key in the bar" see help open
click_at 200 200
check "a click closes the card" see help closed
point_away
click at panel
check "clicking Panel" see panel hidden
point_away
press p
see panel shown && see keep panel panel
end "mouse"
start "$picture"
check "the next start shows the same sliders" see same panel
end "sliders"

# ---- focus ----

configure "{\"window\": \"$exact\", \"overlay\": \"off\"}"
start "$picture" && see edges 50 150 5 3 0 && see controls
see keep unfocused panel
for name in low high blur; do
    press Down
    check "Down: the ring is around $name" see focus $name
done
see save focus
press Up Up
check "Up, twice: around low" see focus low
edges_by Right 51 150 5 3 0
edges_by shift+Right 61 150 5 3 0
edges_by "Left Left" 59 150 5 3 0
edges_by shift+Left 49 150 5 3 0
edges_by End 1530 150 5 3 0
edges_by Home 0 150 5 3 0
press Down Down
edges_by Return 0 150 7 3 0
edges_by Left 0 150 5 3 0
press Down Down Down
press Return
check "Enter on a view" see view original 0 150 5 3 0
press 8
press Up Up Up Up Up Up
press Return
check "Enter on the last button, round the end" see help open
press Escape Escape
check "Esc, twice: closed, and quit" leaves 0

# ---- time ----

see make_film "$work/film.avi"
configure '{"window": "1132x636", "overlay": "off", "view": "gray"}'
start "$work/film.avi"
check "a film plays" see frame
number=${answer# }
check "and goes on" see frame_is $((number + 5))
press space
check "Space: it stands still" see rests 1 picture
check "on a frame" see frame
number=${answer# }
see save frozen
for step in 1 2 3; do
    press period
    check "a step: one frame on" see frame_is $((number + step))
done
check "and stands still" see rests 0.5 picture
press 8
check "the view can be changed" see rests 0.3 picture
see keep frozen picture
press b
check "and the parameters" see differs frozen
press b b b
check "and back" see same frozen
press 2
check "it is still that frame" see frame_is $((number + 3))
press 1
check "which has its colours" see in_color
press space
check "Space: it goes on" see frame_is $((number + 8))
press period
check "a step freezes first" see rests 0.5 picture
end "film"

# ---- sizes ----

# shows_whole NAME WxH beside|folded ARGUMENTS...: nothing is cut off, in any state of the window.
shows_whole() {
    local name=$1 size=$2 panel=$3
    shift 3
    configure "{\"window\": \"$size\", \"overlay\": \"off\", \"view\": \"original\"}"
    start "$picture" "$@"
    check "$name: drawn in its size" see size "$size"
    check "$name: undistorted, in the middle" see letterboxed
    check "$name: the bar is whole" see bar_is_whole
    see keep bare picture
    press i
    check "$name: the numbers are whole" see card short
    see save "$name-short"
    press i
    check "$name: all the numbers, too" see card full
    see save "$name-full"
    press i question
    check "$name: the card of keys is whole" see help open
    see save "$name-help"
    press Escape
    see help closed
    if [ "$panel" = folded ]; then
        check "$name: the panel is folded away" see panel hidden
        press p
        check "$name: p brings it" see panel shown
    fi
    check "$name: the panel is whole" see panel_is_whole
    see save "$name-panel"
    see controls && see keep clicked picture
    click at "view 8"
    check "$name: a click meets its button" see differs clicked
    point_away
    if [ "$panel" = folded ]; then
        press Escape
        check "$name: Esc closes it" see panel hidden
    fi
    end "$name"
}
shows_whole 640x480 640x480 folded
shows_whole 1280x800 1280x800 beside --ui-scale 1
shows_whole 1920x1080 1920x1080 beside
shows_whole 1920x1080-scale-2 1920x1080 beside --ui-scale 2
shows_whole 1280x960-scale-2 1280x960 folded --ui-scale 2

configure "{\"window\": \"$exact\", \"overlay\": \"off\", \"view\": \"original\"}"
start "$picture"
xdotool windowmove "$window" 0 0
for size in 900x700 640x900 1920x1000 400x340; do
    xdotool windowsize "$window" ${size%x*} ${size#*x}
    check "resized to $size" see size $size
    check "the picture follows" see letterboxed
done
RANDOM=7
storm=()
for ((i = 0; i < 50; i++)); do
    width=$((1 + RANDOM % (i % 5 ? 1500 : 40)))
    height=$((1 + RANDOM % (i % 7 ? 1200 : 30)))
    storm+=(windowsize "$window" "$width" "$height")
    [ $((i % 4)) -eq 0 ] && storm+=(sleep 0.03)
done
xdotool "${storm[@]}" windowsize "$window" ${exact%x*} ${exact#*x}
press 8
check "after a storm of sizes all is well" see edges 50 150 5 3 0
end "resized"

# ---- fullscreen ----

check "a window manager" start_manager
configure "{\"window\": \"$exact\", \"overlay\": \"off\", \"view\": \"original\"}"
start "$picture" && see size $exact && see controls
press f
check "f: fullscreen" see size 2000x1300
check "with the picture in the middle" see letterboxed
see save fullscreen
press Escape
check "Esc leaves it" see size $exact
press F11
check "F11: fullscreen" see size 2000x1300
press F11
check "and back" see size $exact
point 300 300
xdotool click --repeat 2 --delay 60 1
check "a double click on the picture" see size 2000x1300
point 700 500
xdotool click --repeat 2 --delay 60 1
check "and another" see size $exact
see keep bare picture
# shellcheck disable=SC2086
see at numbers && point $answer
xdotool click --repeat 2 --delay 60 1
point_away
check "two clicks on a button are two clicks" see card full
check "and leave the window as it is" see size $exact
end "fullscreen"
check "begun in fullscreen" start "$picture" --fullscreen
check "it has the whole display" see size 2000x1300
end "begun in fullscreen"
stop_manager

. tests/window/memory.sh
. tests/window/lab.sh
. tests/window/limit.sh

# ---- what it takes ----

see make_picture "$work/720p.jpg" 1280x720
configure '{"window": "1280x800"}'
start "$work/720p.jpg"
see size 1280x800
press 1 9 i 8 i i
see rests 0.2 panel
check "a software display maps no GL" check_maps
case $build in
*-*) ;;
*)
    rss=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
    echo "      resident: $rss KB"
    check "1280x720 takes less than 60 MB" test "$rss" -lt 61440
    ;;
esac
end "memory"

if ! ls /dev/video* >/dev/null 2>&1; then
    configure '{"window": "1280x800"}'
    check "without a camera there is the scene" start
    check "and a notice that says so" see notice
    see save scene
    see keep tuning panel
    press o
    check "its page says what there is to choose" see differs tuning
    see save scene-page
    press Escape
    check "Esc closes it" see same tuning
    end "scene"
fi

# ---- the end ----

configure "{\"window\": \"$exact\", \"overlay\": \"off\"}"
send() {
    kill "-$1" "$pid"
}
check "q ends it in time" quits 0 "$picture" press q
check "Ctrl+Q" quits 0 "$picture" press ctrl+q
check "Esc" quits 0 "$work/film.avi" press Escape
check "the window's close button" quits 0 scene see close
check "SIGTERM" quits 143 scene send TERM
check "SIGINT" quits 130 "$picture" send INT

case $build in
*-*) ;; # preloading before a sanitizer is refused
*)
    gcc -shared -fPIC -o "$work/block.so" tests/preload/block_sleep.c
    wrap=(env LD_PRELOAD="$work/block.so")
    rm -f "$XDG_CONFIG_HOME/cannyscope/config.json"
    check "a call that blocks: the window goes at once" leaves_blocked
    check "settings are kept all the same" grep -q '"low":' "$XDG_CONFIG_HOME/cannyscope/config.json"
    wrap=(env)
    check "a display that is stuck: a signal ends it" leaves_stuck_display
    ;;
esac

check "no half-written files" test -z "$(find "$work" -name '*.part*' -o -name '.*.part')"
check "no processes" wait_for 10 none_of_ours
finish
