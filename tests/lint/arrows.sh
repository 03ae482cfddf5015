#!/bin/bash
# The architecture as rules about #include: which folder may see which, and the one door through
# which each library comes in. See ARCHITECTURE.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0

complain() {
    echo "$1"
    status=1
}

# Folder by folder: what a file there may include of our own.
declare -A may=(
    [processing]="processing"
    [capture]="capture processing"
    [render]="render processing"
    [app]="app capture render processing"
)
for folder in "${!may[@]}"; do
    allowed=${may[$folder]// /|}
    while IFS=: read -r file line text; do
        complain "$file:$line: $folder/ may not see this: $text"
    done < <(grep -nE '#include "' -r "$folder" --include='*.[ch]' |
        grep -vE "#include \"($allowed)/")
done

# Libraries: a pattern of the include, and the files that may have it.
door() {
    local library=$1 pattern=$2 allowed=$3
    while IFS=: read -r file line text; do
        complain "$file:$line: $library comes in by other doors only: $text"
    done < <(grep -nE "#include <($pattern)" -r processing capture render app --include='*.[ch]' |
        grep -vE "^($allowed):")
}
door SDL 'SDL' 'render/[a-z_]+\.[ch]'
door SDL_ttf 'SDL2/SDL_ttf|SDL_ttf' 'render/font\.c'
door cJSON 'cjson/' 'app/[a-z_]+\.c'
door V4L2 'linux/videodev2|libv4l' 'capture/(camera[a-z_]*|v4l2_io)\.c|render/virtual_camera\.c'
door libudev 'libudev' 'capture/camera_(list|watch)\.c'
door libjpeg 'jpeglib|turbojpeg' 'capture/(mjpeg|image_[a-z]+)\.c|render/image_writer\.c'
door libpng 'png\.h' 'capture/image_[a-z]+\.c|render/image_writer\.c'
door libtiff 'tiffio\.h' 'capture/(media_tiff\.c|tiff_memory\.[ch])'
door libwebp 'webp/' 'capture/media_webp\.c'
door FFmpeg 'libav|libsw' '(capture|render)/(media|video)_[a-z]+\.[ch]|app/media_module\.c'
door pthread 'pthread' 'app/([a-z_]+\.c|locks\.h)'
door intrinsics '[a-z]*mmintrin|arm_neon' 'processing/kernels_[a-z0-9]+\.c'

# The program must not pull FFmpeg in behind the module's back.
while IFS=: read -r file line text; do
    complain "$file:$line: only the media module includes this: $text"
done < <(grep -nE '#include "capture/(media_|video_reader)' -r processing capture render app \
    --include='*.[ch]' | grep -vE '^(capture/(media_[a-z]+|video_reader)\.[ch]|app/media_module\.c):')
exit $status
