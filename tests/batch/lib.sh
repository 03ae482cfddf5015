# Sourced by the tests of the batch command, which have set $work and $program.
# shellcheck shell=bash disable=SC2154
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset DISPLAY WAYLAND_DISPLAY

batch() {
    timeout -s KILL 120 "$program" batch "$@" >"$work/out" 2>"$work/err" </dev/null
}

# files_in FOLDER: how many there are, but for hidden ones.
files_in() {
    find "$1" -type f ! -name '.*' -printf x 2>/dev/null | wc -c
}

no_parts() {
    [ -z "$(find "$1" -name '*.part')" ]
}
