# Sourced by run.sh: the memory experiments, switched in the window.
# shellcheck shell=bash disable=SC2154
# From run.sh: work, patience_s; see, press, check and the others from lib.sh.

# ---- experiments ----

newest() { # FIELD of the last line of statistics; 0 if it has none
    tail -n 1 "$work/stats.json" | sed -nE "s/.*\"$1\":([0-9]+).*/\1/p" | grep . || echo 0
}

lab_holds_nothing() {
    [ "$(newest lab_bytes)" -eq 0 ]
}

# Within 8 MB of what it was: the page's own glyphs and the statistics' memory, of the 60 that were
# held. Sanitizers keep what is freed for themselves.
is_back() {
    case ${build##*/} in *-*) return 0 ;; esac
    [ $(($(newest rss_bytes) - before)) -lt 8388608 ]
}

configure '{"window": "1280x720", "overlay": "off"}'
check "the scene, for experiments" start scene --size 640x480 --ui-scale 1 --lab-memory 64
see panel shown && see keep tuning panel
press ctrl+m
check "Ctrl+M: the page" see differs tuning
see stat_is frames 60
before=$(newest rss_bytes)
press Down Down Down Return
check "the first switch: every frame is kept" see stat_is lab_keep_bytes 40000000
check "the process grows by it" see stat_is rss_bytes $((before + 36000000))
check "the limit is told" see notice
check "and logged" check_log '"Keep every frame" has stopped: all experiments hold 6[0-9.]+ MB of the 64.0 MB'
see save lab-page
press Return
check "switched off it holds nothing" wait_for "$patience_s" lab_holds_nothing
check "and resident memory comes back" wait_for "$patience_s" is_back
press ctrl+m
check "Ctrl+M closes the page" see same tuning
end "experiments"
