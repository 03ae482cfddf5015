# shellcheck shell=bash disable=SC2034,SC2154
# What cannyscope holds of the system: descriptors and mappings. Sourced by lib.sh.

open_files()
{
    local files=("/proc/$1"/fd/*)
    echo ${#files[@]}
}

mappings()
{
    local lines
    mapfile -t lines < "/proc/$1/maps"
    echo ${#lines[@]}
}

camera_mappings()
{
    grep -c /dev/video "/proc/$1/maps"
}

# note_holdings: what the last run holds while it streams.
note_holdings()
{
    local pid
    pid=$(live_process)
    files_noted=$(open_files "$pid")
    maps_noted=$(mappings "$pid")
    buffers_noted=$(camera_mappings "$pid")
}

holds_no_more_files()
{
    [ "$(open_files "$(live_process)")" -le "$files_noted" ]
}

# no_leaks: it streams again and holds no more than it did. The descriptor by which it looks for a
# camera may be closed a moment later, then as now: one less is no leak either. The allocator may map an arena or two whenever it likes.
no_leaks()
{
    local pid
    pid=$(live_process)
    wait_until 20 holds_no_more_files
    at_most "open files more" $(($(open_files "$pid") - files_noted)) 0
    is_sanitized || at_most "mappings more" $(($(mappings "$pid") - maps_noted)) 2
    equal "buffers mapped" "$(camera_mappings "$pid")" "$buffers_noted"
}

# A sanitizer keeps what was freed, and maps memory of its own.
is_sanitized()
{
    [[ $CANNYSCOPE == */release-*/* ]]
}

# grown_little BYTES: resident memory is what it was, but for 2 MB.
grown_little()
{
    is_sanitized || at_most "KB more" $((($(stat rss_bytes) - $1) / 1024)) 2048
}
