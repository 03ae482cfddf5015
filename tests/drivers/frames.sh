#!/bin/bash
# Makes the frames that the USB webcam shows, once: WxH.mjpg (JPEG files end to end) and WxH.yuyv
# (raw), all of one clip.
#
#   frames.sh DIRECTORY

set -euo pipefail
directory=$1
sizes=(640x360 640x480 1280x720)
count=30

# A film, from Debian's package opencv-doc, has the soft and sharp edges of a real camera. It
# begins with black, where there is nothing to see.
films=/usr/share/doc/opencv-doc/examples/data
input=(-f lavfi -i testsrc2=size=1280x720:rate=30)
for film in Megamind.avi vtest.avi; do
    [ -e "$films/$film" ] || continue
    input=(-ss 2 -i "$films/$film")
    break
done

convert_film()
{
    local size=$1 output=$2
    shift 2
    ffmpeg -nostdin -loglevel error -y "${input[@]}" -frames:v $count -vf "scale=${size/x/:}" \
        "$@" "$output.part"
    mv "$output.part" "$output"
}

mkdir -p "$directory"
for size in "${sizes[@]}"; do
    mjpeg=$directory/$size.mjpg
    yuyv=$directory/$size.yuyv
    # 4:2:2 is what most webcams' JPEGs have.
    [ -s "$mjpeg" ] || convert_film "$size" "$mjpeg" -pix_fmt yuvj422p -q:v 4 -f mjpeg
    [ -s "$yuyv" ] || convert_film "$size" "$yuyv" -pix_fmt yuyv422 -f rawvideo
done
