# Sourced by run.sh: the memory page, snapshots of the ledger and their differences.
# shellcheck shell=bash disable=SC2154
# From run.sh: work, exact, patience_s, XDG_STATE_HOME; see, press, check and the others from lib.sh.

# ---- memory ----

exports=$XDG_STATE_HOME/cannyscope/memory
has_exports() {
    [ "$(find "$exports" -name 'cannyscope-*.json' -size +0 2>/dev/null | wc -l)" -eq "$1" ]
}

# Both are objects; the one that was saved from the card has what changed.
exports_are_whole() {
    "$python" - "$exports" <<'PY'
import glob, json, sys
whole = [json.load(open(name)) for name in glob.glob(sys.argv[1] + "/*.json")]
alone, compared = sorted(whole, key=len)
grown = [row for row in compared["differences"] if "picture_ring" in row["file"]]
sys.exit(not (alone["snapshot"]["sites"] and "later" not in alone and compared["later"]["sites"] and
              compared["seconds"] > 0 and grown[0]["size_diff_bytes"] > 100000))
PY
}

has_thread() { # NAME
    grep -qx "$1" "/proc/$pid"/task/*/comm
}

allocates_nothing() { # FRAMES
    see allocates_nothing "$1" && echo "      $answer allocations" && [ "$answer" -eq 0 ]
}

configure '{"window": "1280x720", "overlay": "off"}'
check "the scene, for its memory" start scene --size 640x480 --ui-scale 1
see panel shown && see keep tuning panel
press F6
check "F6 without a snapshot is told" see notice
check "and opens nothing" see same tuning
press M
check "M: the memory page" see memory_is_whole
see differs tuning
check "with it 100 frames allocate nothing" allocates_nothing 100
see save memory-page
press M
check "M closes it" see same tuning
press F5
check "F5: a snapshot of the ledger, said" see notice
check "and the page stays closed" see same tuning
press v
check "a recording begins" see stat_is record_frames 10
press F6
check "F6 opens the card" see differences open
check "and the page" see differs tuning
check "the log has the article's heading" check_log '\[ Top 10 differences \]$'
grown='app/picture_ring\.c:[0-9]+: size=[0-9.]+ [KM]iB \(\+[0-9.]+ [KM]iB\), count=1 \(\+1\), average='
check "and the line that grew" check_log "$grown"
see save memory-differences
press Up Up Up Return
check "Save, from the card" wait_for "$patience_s" has_exports 1
check "by a thread of its own" has_thread memory
press Escape
check "Esc closes the card" see differences closed
check "and leaves the page" see memory_is_whole
press Escape
check "Esc closes the page" see controls

# By the page's own buttons, in their order: Close, Snapshot, PSS, Difference, Save.
press M
see memory_is_whole
press Down Down Return
check "the button Snapshot" see notice
check "RSS and its peak are drawn" see memory_lines 2
press Down Return
check "the button Read PSS: PSS too" see memory_lines 3
press Down Down Return
check "the button Save: the snapshot alone" wait_for "$patience_s" has_exports 2
check "both exports are whole" exports_are_whole
press Up Return
check "the button Difference" see differences open
press F6
check "F6 again: again" see differences open
press F5
check "F5 closes the card: what it compared is gone" see differences closed
press Escape
check "so that Esc closes the page" see controls
press v
check "the recording ends" check_log 'Recorded [0-9]+ frames'
rm -f "$HOME/Videos/cannyscope/"*.mkv
end "memory"

# is_whole_at NAME SIZE ARGUMENTS...: the page and the card fit.
is_whole_at() {
    local name=$1 size=$2
    shift 2
    configure "{\"window\": \"$size\", \"overlay\": \"off\"}"
    start scene --size 640x480 "$@"
    press M
    check "$name: the memory page is whole" see memory_is_whole
    see save "memory-$name"
    press F5 F6
    check "$name: the card is whole" see differences open
    see save "memory-$name-differences"
    press Escape
    see differences closed
    end "$name"
}
is_whole_at 640x480 640x480 --ui-scale 1
is_whole_at 1280x960-scale-2 1280x960 --ui-scale 2
is_whole_at 1920x1080 1920x1080
