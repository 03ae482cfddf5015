# Sourced by the tests of the video command, which have set $work, $program and $python.
# shellcheck shell=bash disable=SC2154
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
unset DISPLAY WAYLAND_DISPLAY

# What takes longer is killed, which is status 137.
video_limit_s=120
video() {
    timeout -s KILL $video_limit_s "$program" video "$@" >"$work/out" 2>"$work/err" </dev/null
}

same() {
    "$python" tests/video/same.py "$@" >"$work/same" 2>&1 || { cat "$work/same"; false; }
}

make_video() {
    ffmpeg -v error -nostdin -y "$@"
}

# of FILE WHAT: a word about the video stream, e.g. r_frame_rate or codec_name.
of() {
    ffprobe -v error -select_streams v:0 -show_entries "stream=$2" -of csv=p=0 "$1"
}

frames_in() {
    ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames \
        -of csv=p=0 "$1"
}

equal() {
    [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; false; }
}

no_parts() {
    [ -z "$(find "$work" -name '*.part')" ]
}
