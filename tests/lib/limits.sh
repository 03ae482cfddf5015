# Sourced by the test scripts, after check.sh: runs under --max-memory. How much a run takes is
# measured without a limit first; nothing is typed in.
# shellcheck shell=bash disable=SC2154
# From the scripts: build, work; a command that runs the program and fills $work/out and $work/err.

megabyte=1048576

# The peak that the last run told, whole megabytes, rounded up.
told_peak() {
    local bytes
    bytes=$(sed -n 's/.*"peak_rss_bytes":\([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
    [ -n "$bytes" ] && echo $(((bytes + megabyte - 1) / megabyte))
}

# under LIMIT COMMAND...: within a limit it ends well and keeps it (0), or it says how much it
# would need (1). Anything else is wrong (2).
under() {
    local limit=$1 peak status
    shift
    "$@" --max-memory "$limit"
    status=$?
    peak=$(told_peak)
    if grep -qE -- "--max-memory $limit is too little: .* takes about [0-9]+ MB; give more" \
        "$work/err"; then
        [ $status -ne 0 ] && { [ -z "$peak" ] || [ "$peak" -le "$limit" ]; } && return 1
    elif [ $status -eq 0 ] && [ -n "$peak" ] && [ "$peak" -le "$limit" ]; then
        return 0
    fi
    echo "      limit $limit MB, peak $peak MB, status $status: $(head -c 300 "$work/err")"
    return 2
}

# holds MORE COMMAND...: a run is let in with MORE megabytes than it takes, keeps each limit from
# there down or says what it needs, and with too little it does say so. Sanitizers take memory of
# their own.
holds() {
    local more=$1 takes limit
    shift
    case ${build##*/} in release | release-clang) ;; *) return 0 ;; esac
    "$@" && takes=$(told_peak) && [ -n "$takes" ] || return 1
    under $((takes + more)) "$@" || return 1
    for limit in $((takes + more / 2)) "$takes" $((takes * 7 / 8)) $((takes * 3 / 4)); do
        under "$limit" "$@"
        [ $? -ne 2 ] || return 1
    done
    for limit in $((takes / 2)) $((takes / 4)) $((takes / 8)) 1; do
        under "$limit" "$@"
        case $? in
        1) return 0 ;;
        2) return 1 ;;
        esac
    done
    return 1
}
