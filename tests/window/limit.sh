# Sourced by run.sh: a window under --max-memory.
# shellcheck shell=bash disable=SC2154
# From run.sh: work, program, patience_s; start, see, press, check and the others from lib.sh.

# ---- a limit of memory ----

# least ARGUMENTS...: the fewest megabytes that it begins with, as it says itself, and two more: what
# a process of the same command has resident at its start differs from run to run.
least() {
    local limit=20 needed
    while needed=$(timeout -s KILL 60 "$program" live "$@" --frames 1 --max-memory "$limit" 2>&1 |
        sed -n 's/.* takes about \([0-9]*\) MB; give more.*/\1/p') && [ -n "$needed" ]; do
        limit=$((needed > limit ? needed : limit + 1))
    done
    echo $((limit + 2))
}

# Sanitizers take memory of their own.
keeps_limit() {
    case ${build##*/} in *-*) return 0 ;; esac
    [ "$(newest peak_rss_bytes)" -le $((limit << 20)) ]
}

configure '{"window": "1280x720"}'
limit=$(least scene --size 1280x720)
check "the scene, with what it needs" start scene --size 1280x720 --ui-scale 1 --max-memory "$limit"
see panel shown
check "the source has fewer buffers, which is said" \
    check_log 'To stay within --max-memory the source has [23] buffers instead of 4'
see stat_is frames 30
press v
check "no recording" see notice
check "and why" check_log "max-memory $limit is too little: what is open, with a recording, takes about"
see save limit-recording
frames=$(newest frames)
check "what is open goes on" see stat_is frames $((frames + 30))
press s
check "nor a copy of the picture" check_log 'with saving a picture, takes about'
press 9 shift+m f
frames=$(newest frames)
check "another view, the memory page, fullscreen" see stat_is frames $((frames + 30))
check "stay within it" keeps_limit
press f
end "a limit"

"$python" -c "
import sys, cv2, numpy as np
large = cv2.blur(np.random.default_rng(1).integers(0, 256, (1500, 2000, 3), np.uint8), (9, 9))
cv2.imwrite(sys.argv[1], large)" "$work/large.jpg"
limit=$(least "$work/large.jpg" --view edges)
check "a photograph, with what its edges need" \
    start "$work/large.jpg" --view edges --ui-scale 1 --max-memory "$limit"
see panel shown && see stat_is frames 5
press 1
check "no memory for its colours" see notice
check "is said" check_log "max-memory $limit is too little: a picture of 2000 x 1500 pixels takes about"
see save limit-colours
frames=$(newest frames)
check "the gray picture is shown" see stat_is frames $((frames + 5))
check "within the limit" keeps_limit
end "a photograph under a limit"
