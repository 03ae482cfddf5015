# shellcheck shell=bash disable=SC2154,SC2034
# For jobs that work a window by keys: a display in memory and a window with a camera in it. Sourced
# after lib.sh.
#
# Both SDL variables are needed to draw without a GL: the emulated processor is too slow for one made
# of software, and crashes it.

export DISPLAY=:8 SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0
export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state

# start_display WxH
start_display()
{
    screen=$1
    mkdir -p "$WORK/display" "$WORK/config/cannyscope"
    Xvfb $DISPLAY -screen 0 "${screen}x24" -nolisten tcp -noreset -fbdir "$WORK/display" \
        > "$WORK/xvfb.log" 2>&1 &
    display_pid=$!
    wait_until 30 test -S /tmp/.X11-unix/X8
}

stop_display()
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

has_no_window()
{
    [ -z "$(xdotool search --onlyvisible --name cannyscope)" ]
}

# window_start NAME NODE WxH [OPTION...]: a window of that size, streaming and with the keyboard.
window_start()
{
    live_name=$1
    local node=$2
    echo "{\"window\": \"$3\"}" > "$WORK/config/cannyscope/config.json"
    shift 3
    rm -f "$WORK/$live_name.json"
    timeout --foreground -k 5 120 "$CANNYSCOPE" live "$node" -v \
        --stats "$WORK/$live_name.json" "$@" > "$WORK/$live_name.log" 2>&1 &
    live_pid=$!
    holds "a window appears" wait_until 30 find_window
    holds "it streams" live_streams 10
    xdotool windowfocus "$window"
}

# window_quit: by its key.
window_quit()
{
    press q
    live_wait
}

press()
{
    xdotool key --window "$window" --delay 60 "$@"
}

picture()
{
    sleep 1
    cp "$WORK/display/Xvfb_screen0" "$WORK/$1.xwd"
    compare_later "$1.png" screen "$screen"
}

# goes_on WHAT FRAMES: so many more are shown.
goes_on()
{
    local frames
    frames=$(stat frames)
    holds "$1" wait_until 10 has_frames $((frames + $2))
}

# control NODE NAME: what v4l2-ctl says it is.
control()
{
    local answer
    answer=$(v4l2-ctl -d "$1" -C "$2") || return
    answer=${answer#*: }
    echo "${answer%% *}"
}

is_at()
{
    [ "$(control "$1" "$2")" = "$3" ]
}

# comes_to NODE NAME VALUE
comes_to()
{
    holds "$2 becomes $3" wait_until 20 is_at "$@"
}
