# Sourced by run.sh: a display of its own, the program on it, hands and eyes.
# shellcheck shell=bash disable=SC2154
# From run.sh: build, program, work, python.

# Sanitizers slow everything down.
patience_s=10
quit_ms=300
case ${build##*/} in *-*) patience_s=40 quit_ms=2000 ;; esac

# What libraries do under sanitizers is not looked at, as in tests/run.sh.
sanitizers=$PWD/tests/sanitizers
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$sanitizers/leaks.supp:print_suppressions=0}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$sanitizers/threads.supp:print_suppressions=0}

server=
manager=
pid=
window=

stop_all() {
    for process in "$pid" "$manager" "${EYES_PID:-}" "$server"; do
        [ -n "$process" ] && kill -KILL "$process" 2>/dev/null
    done
    wait 2>/dev/null
}

# An X server on a free display.
start_display() {
    trap stop_all EXIT
    trap 'exit 1' INT TERM HUP
    : >"$work/display"
    Xvfb -displayfd 3 -screen 0 2000x1300x24 -noreset -nolisten tcp 3>"$work/display" \
        >"$work/xvfb.log" 2>&1 &
    server=$!
    wait_for 20 test -s "$work/display" || return 1
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
}

# A window manager, which fullscreen takes. The server's own font is enough for it.
start_manager() {
    evilwm -fn fixed >"$work/evilwm.log" 2>&1 &
    manager=$!
    wait_for 10 bash -c "xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 0x"
}

stop_manager() {
    kill "$manager"
    wait "$manager" 2>/dev/null
    manager=
}

# ---- eyes ----

start_eyes() {
    coproc EYES {
        exec "$python" -B tests/window/screen.py "$work" $patience_s 2>"$work/screen.log"
    }
}

# see COMMAND ARGUMENTS...: waits until screen.py sees it; its value goes to $answer.
see() {
    answer=
    if [ -n "$pid" ] && is_gone; then
        echo "      $1: the program has ended: $(head -c 300 "$work/log")"
        return 1
    fi
    printf '%q ' "$@" >&"${EYES[1]}" && printf '\n' >&"${EYES[1]}" &&
        read -r -t $((patience_s * 3)) answer <&"${EYES[0]}"
    case $answer in
    ok*) answer=${answer#ok} ;;
    *)
        echo "      $1: ${answer:-no answer}"
        return 1
        ;;
    esac
}

# ---- hands ----

press() {
    xdotool key --delay 20 "$@"
}

point() { # X Y, in the window
    xdotool mousemove --window "$window" "$1" "$2"
}

# Where it hides nothing and nothing reacts to it.
point_away() {
    point 3 200
}

click_at() { # X Y
    point "$1" "$2"
    xdotool click 1
}

# click COMMAND ARGUMENTS...: where screen.py says.
click() {
    # shellcheck disable=SC2086
    see "$@" && click_at $answer
}

drag() { # X Y TO_X: in steps, as a hand does
    local x
    point "$1" "$2"
    xdotool mousedown 1
    for x in 1 2 3 4; do
        point $(($1 + ($3 - $1) * x / 4)) "$2"
    done
    xdotool mouseup 1
}

# ---- the program ----

configure() { # JSON
    rm -rf "$XDG_CONFIG_HOME/cannyscope"
    mkdir -p "$XDG_CONFIG_HOME/cannyscope"
    printf '%s\n' "$1" >"$config"
}

find_window() {
    window=$(xdotool search --onlyvisible --pid "$pid" 2>/dev/null | head -n 1)
    [ -n "$window" ]
}

# start ARGUMENTS...: until its window is there.
start() {
    rm -f "$work/stats.json"
    "${wrap[@]}" "$program" live "$@" --stats "$work/stats.json" >"$work/log" 2>&1 </dev/null &
    pid=$!
    wait_for $patience_s find_window && see window "$window" "$work/stats.json" && point_away
}
wrap=(env)

is_gone() {
    ! kill -0 "$pid" 2>/dev/null
}

# leaves STATUS: it ends, with that status. What sanitizers find is a status of their own.
leaves() {
    local status
    wait_for $patience_s is_gone || kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    status=$?
    pid=
    [ $status -eq "$1" ] && return
    echo "      status $status"
    head -n 20 "$work/log"
    return 1
}

# Ends one part of the script; the picture that it began with no longer matters.
end() {
    press q
    check "$1: it ends well" leaves 0
}

check_log() {
    wait_for $patience_s grep -qE "$1" "$work/log"
}

check_maps() {
    ! grep -qE 'lib(GL|EGL|OpenGL|LLVM|gallium)|_dri\.so|llvmpipe|swrast' "/proc/$pid/maps"
}

# Programs of this run that are still there.
our_processes() {
    local process
    for process in /proc/[0-9]*; do
        [ "$process/exe" -ef "$program" ] && grep -qF "$work/state" "$process/environ" &&
            echo "$process"
    done 2>/dev/null
}

none_of_ours() {
    [ -z "$(our_processes)" ]
}

# Shared memory that it has not given back.
keeps_memory() { # PID
    ipcs -mp | awk -v pid="$1" '$3 == pid { found = 1 } END { exit !found }'
}

# quits STATUS SOURCE COMMAND...: it ends with that status within the time that is promised. A busy
# machine has three tries.
quits() {
    local status=$1 source=$2 start took process
    shift 2
    for _ in 1 2 3; do
        start "$source" && see panel shown || return 1
        process=$pid start=$(now_ms)
        "$@"
        while ! is_gone && [ $(($(now_ms) - start)) -lt $((patience_s * 1000)) ]; do
            sleep 0.005
        done
        took=$(($(now_ms) - start))
        echo "      $took ms"
        leaves "$status" || return 1
        keeps_memory "$process" && return 1
        [ $took -le $quit_ms ] && return
    done
    return 1
}

# With a source that never answers: no window within 300 ms, no process within a second.
leaves_blocked() {
    local start shown took
    for _ in 1 2 3; do
        start scene && check_log blocked && see panel shown || return 1
        press bracketright
        start=$(now_ms)
        press q
        while find_window; do sleep 0.005; done
        shown=$(($(now_ms) - start))
        while ! is_gone && [ $(($(now_ms) - start)) -lt $((patience_s * 1000)) ]; do
            sleep 0.005
        done
        took=$(($(now_ms) - start))
        echo "      window $shown ms, process $took ms"
        leaves 0 || return 1
        [ $shown -le 300 ] && [ $took -le 1000 ] && return
    done
    return 1
}

# With a display that does not answer, a signal still ends it within a second.
leaves_stuck_display() {
    local start took
    for _ in 1 2 3; do
        start scene && see panel shown || return 1
        kill -STOP "$server"
        sleep 0.3
        start=$(now_ms)
        kill -TERM "$pid"
        while ! is_gone && [ $(($(now_ms) - start)) -lt 5000 ]; do sleep 0.005; done
        took=$(($(now_ms) - start))
        kill -CONT "$server"
        echo "      $took ms"
        leaves 143 || return 1
        [ $took -le 1000 ] && return
    done
    return 1
}
