#!/bin/bash
# shellcheck disable=SC2154
# The list of cameras: the nodes that give pictures, and only on demand the others.

. "$(dirname "$0")/../lib.sh"

devices()
{
    "$CANNYSCOPE" devices "$@"
}

# json_nodes FILE: the nodes that the JSON list names.
json_nodes()
{
    python3 - "$1" << 'PYTHON'
import json
import sys

def nodes(value):
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, str):
        return {value} if value.startswith("/dev/video") else set()
    elif not isinstance(value, list):
        return set()
    return set().union(*map(nodes, value))

print(*sorted(nodes(json.load(open(sys.argv[1])))))
PYTHON
}

devices > "$WORK/none.txt" 2>&1
begin "devices: none is no failure"
equal "exit status" $? 0
finish

vivid_webcam
usbcam_start bulk
metadata=/dev/video$((${usbcam#/dev/video} + 1))

devices > "$WORK/list.txt" 2> "$WORK/list.err"
result=$?
begin "devices: lists the cameras"
equal "exit status" $result 0
holds "vivid" grep -q "$vivid" "$WORK/list.txt"
holds "the webcam" grep -q "$usbcam" "$WORK/list.txt"
holds "the webcam's name" grep -q "Software Webcam" "$WORK/list.txt"
holds "a format" grep -q MJPG "$WORK/list.txt"
holds "a size" grep -q 1280x720 "$WORK/list.txt"
holds "there is a metadata node" test -c "$metadata"
holds "a control" grep -qi brightness "$WORK/list.txt"
fails "the metadata node is listed" grep -q "$metadata" "$WORK/list.txt"
finish

devices --all > "$WORK/all.txt" 2> "$WORK/all.err"
result=$?
begin "devices --all: the metadata node, with a reason"
equal "exit status" $result 0
holds "the webcam" grep -q "$usbcam" "$WORK/all.txt"
holds "a line with the node and a reason" grep -qE "$metadata.*[a-z]{3}" "$WORK/all.txt"
finish

devices --json > "$WORK/list.json" 2> "$WORK/json.err"
result=$?
begin "devices --json"
equal "exit status" $result 0
holds "it lists the two cameras" test "$(json_nodes "$WORK/list.json")" = "$vivid $usbcam"
finish

usbcam_stop
vivid_unload
