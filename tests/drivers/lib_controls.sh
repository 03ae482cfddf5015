# shellcheck shell=bash disable=SC2154
# A camera's controls as v4l2-ctl has them, and the page of the window that sets them. Sourced after
# lib.sh.

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

# goes_on WHAT FRAMES: so many more are shown, within $goes_on_s seconds (30).
goes_on()
{
    local frames
    frames=$(stat frames)
    holds "$1" wait_until "${goes_on_s:-30}" has_frames $((frames + $2))
}

# The focus moves among what is drawn: two buttons (Reset, Close), five fields of the picker (source,
# format, size, rate, fastest), the controls.
open_page()
{
    press o
    goes_on "the page is drawn" 4
}

focus_first_control()
{
    press Down Down Down Down Down Down Down Down
}

focus_size()
{
    press Down Down Down Down Down
}

focus_reset()
{
    press Down
}
