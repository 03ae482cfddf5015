# shellcheck shell=bash disable=SC2034,SC2154
# cannyscope in a window, on a display in memory. Sourced by lib.sh.
#
# Both of SDL's variables are needed to draw without a GL: the emulated processor is too slow for
# one made of software, and crashes it. On a busy machine half a minute passes before there is a
# window, so the limits are far off; they cost nothing where all is well.

window_limit_s=120

# display_start WxH
display_start()
{
    display_size=$1
    export DISPLAY=:7 SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0
    export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
    mkdir -p "$WORK/display" "$WORK/config/cannyscope"
    Xvfb $DISPLAY -screen 0 "${1}x24" -nolisten tcp -noreset -fbdir "$WORK/display" \
        > "$WORK/xvfb.log" 2>&1 &
    display_pid=$!
    wait_until $window_limit_s test -S /tmp/.X11-unix/X7
}

display_stop()
{
    kill "$display_pid"
    wait "$display_pid"
    rm -rf "$WORK/display"
}

find_window()
{
    window=$(xdotool search --onlyvisible --pid "$(live_process)" | head -1)
    [ -n "$window" ]
}

# A program that has ended will never have one.
found_window_or_ended()
{
    find_window || ! kill -0 "$live_pid"
}

# What was there instead of a window, for the log.
tell_missing_window()
{
    echo "no window; processes, and the program's threads:"
    ps ax -o pid,ppid,stat,wchan:20,args | grep -v '\]$'
    head -v "/proc/$(live_process)"/task/*/{comm,wchan}
    cat "$WORK/$live_name.log"
}

# window_start NAME NODE [OPTION...]: $window_size is that of the window, if it is set. Waits for
# the window ($window), not for frames.
window_start()
{
    live_name=$1
    local node=$2
    shift 2
    rm -f "$WORK/$live_name.json"
    [ -z "${window_size:-}" ] ||
        echo "{\"window\": \"$window_size\"}" > "$WORK/config/cannyscope/config.json"
    env --default-signal=INT timeout --foreground -k 5 "${LIVE_LIMIT_S:-400}" \
        "$CANNYSCOPE" live "$node" --stats "$WORK/$live_name.json" "$@" \
        > "$WORK/$live_name.log" 2>&1 &
    live_pid=$!
    window=
    wait_until $window_limit_s found_window_or_ended
    if [ -z "$window" ]; then
        wrong+=("no window appears")
        tell_missing_window
        return 1
    fi
    xdotool windowfocus "$window"
}

# press KEY...: in the window that has the focus. With --window, a key whose press ends the program
# would never be let go, and repeat itself in the next window.
press()
{
    xdotool key --delay 60 "$@"
}

has_no_window()
{
    [ -z "$(xdotool search --onlyvisible --name cannyscope)" ]
}

# screen_picture NAME: of the whole display; it must show something.
screen_picture()
{
    cp "$WORK/display/Xvfb_screen0" "$WORK/$1.xwd"
    compare_later "$1.png" screen "$display_size"
}
