# Sourced by soak.sh: a window in use. Everything that a key can do is done in a cycle that ends as it
# began, where memory must be what it was at the end of the cycle before.
# shellcheck shell=bash disable=SC2154
# From soak.sh: work, seconds, patience_s, HOME, XDG_STATE_HOME; press, see and the others from lib.sh.

videos=$HOME/Videos/cannyscope
pictures=$HOME/Pictures/cannyscope
exports=$XDG_STATE_HOME/cannyscope/memory

files_in() { # FOLDER
    find "$1" -type f -size +0 ! -name '.*' 2>/dev/null | wc -l
}

has_files() { # FOLDER COUNT
    [ "$(files_in "$1")" -eq "$2" ]
}

newest() { # FIELD of the last line of statistics; 0 if it has none
    tail -n 1 "$work/stats.json" | sed -nE "s/.*\"$1\":([0-9]+).*/\1/p" | grep . || echo 0
}

has_field() { # NAME VALUE
    [ "$(newest "$1")" -eq "$2" ]
}

# slowly KEY...: so that each is seen by a frame of its own.
slowly() {
    xdotool key --delay 60 "$@"
}

looks_around() {
    slowly 1 2 9 8 Tab Tab Tab Tab
    slowly i i i p p o o question Escape
}

tunes() {
    slowly bracketright bracketright bracketleft bracketleft
    slowly braceright braceleft b b b b a a a l l
    slowly space b b b b period period space
}

# on_page KEY: a page takes keys once it has been drawn.
on_page() {
    slowly "$1"
    see differs tuning
}

off_page() { # KEY
    slowly "$1"
    see same tuning
}

# The page's buttons, in their order: Close, Snapshot, PSS, Difference, Save. A button is pressed when the
# next frame is drawn, for which no key that closes the page must come in between; PSS may be lost.
looks_at_memory() {
    slowly F5 F6
    see differences open || return
    slowly Escape
    see differences closed && off_page Escape || return
    on_page M && slowly Down Down Down Return && off_page Escape || return
    on_page M && slowly Down Down Down Down Down Return || return
    wait_for "$patience_s" has_files "$exports" "$((cycle + 1))" && off_page Escape
}

# The first switch of the page: every frame is kept.
experiments() {
    on_page ctrl+m && slowly Down Down Down Return || return
    see stat_is lab_keep_bytes 4000000 || return
    slowly Return
    wait_for "$patience_s" has_field lab_bytes 0 && off_page ctrl+m
}

takes_pictures() {
    slowly s
    wait_for "$patience_s" has_files "$pictures" 1 || return
    slowly ctrl+s
    wait_for "$patience_s" has_files "$pictures" 2 || return
    rm "$pictures"/*
}

has_recorded() { # TIMES
    [ "$(grep -c 'Recorded [0-9]* frames' "$work/log")" -eq "$1" ]
}

records() {
    local before
    before=$(newest record_frames)
    slowly v
    see stat_is record_frames $((before + 10)) || return
    slowly v
    wait_for "$patience_s" has_recorded $((cycle + 1)) || return
    rm "$videos"/*
}

changes_size() {
    xdotool windowsize "$window" 900 700
    see size 900x700 || return
    xdotool windowsize "$window" 1280 720
    see size 1280x720 || return
    slowly f
    see size 2000x1300 || return
    slowly f
    see size 1280x720
}

has_lines() {
    [ "$(wc -l <"$work/stats.json")" -ge "$1" ]
}

# Two lines of statistics later threads that were to end have done so.
comes_to_rest() {
    wait_for "$patience_s" has_lines $(($(wc -l <"$work/stats.json") + 2))
}

# one_cycle: all of it, until the panel looks as it did.
one_cycle() {
    local step
    for step in looks_around tunes takes_pictures records experiments changes_size comes_to_rest \
        looks_at_memory comes_to_rest; do
        $step || { echo "      in cycle $cycle: $step"; return 1; }
    done
    see same tuning
}

cycles() {
    local end=$((SECONDS + seconds))
    cycle=0
    while [ $SECONDS -lt $end ] || [ $cycle -lt 10 ]; do
        one_cycle || return
        cycle=$((cycle + 1))
        "$python" -B tests/endurance/soak.py sample "$pid" "$work/stats.json" "$work/samples.json" ||
            return
    done
    echo "      $cycle cycles"
}

# What was freed is not kept: a recording alone took 30 MB.
gives_back() {
    local kept
    kept=$(newest heap_free_bytes)
    echo "      $kept bytes are free and kept"
    [ "$kept" -lt 10485760 ]
}

# The blocks that malloc keeps at hand for each thread count as in use, a few more with every cycle.
wrap+=(env GLIBC_TUNABLES=glibc.malloc.tcache_count=0)
check "a display" start_display
check "a window manager" start_manager
start_eyes
see key_repeat off
configure '{"window": "1280x720", "overlay": "short"}'
check "session: the scene" start scene --size 640x480 --fps 30 --ui-scale 1 --lab-memory 64
see size 1280x720 && see panel shown && see controls && see keep tuning panel

check "session: every cycle comes to its end" cycles
check "session: what was freed was given back" gives_back
soak judge "$work/samples.json"
soak ledgers "$exports"
end "session"
