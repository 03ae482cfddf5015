#!/usr/bin/python3
"""Compares the edges of videos in many layouts with OpenCV's, byte for byte.

    video.py CANNYSCOPE

Each video is made by ffmpeg, without loss or in what cameras and downloads have, and goes through
`cannyscope video --codec ffv1`. What is promised and checked, frame by frame:

    bgr    the edges of what cv2.VideoCapture reads, made gray by cv2.cvtColor
    luma   the edges of the luma that ffmpeg decodes, stretched to the full range if it is limited

Prints "N compared, N differ" last and exits with 1 if any differs or nothing was compared.
"""
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

FRAMES = 5
SIZES = [(64, 48), (98, 62), (321, 241), (1280, 720)]
# Name, pixel format, how it is coded, luma: limited, full or none of its own.
LAYOUTS = [
    ("ffv1", "yuv420p", ["-c:v", "ffv1"], "limited"),
    ("ffv1", "yuv422p", ["-c:v", "ffv1"], "limited"),
    ("ffv1", "yuv444p", ["-c:v", "ffv1"], "limited"),
    ("ffv1", "bgr0", ["-c:v", "ffv1"], None),
    ("rawvideo", "yuyv422", ["-c:v", "rawvideo"], "limited"),
    ("rawvideo", "nv12", ["-c:v", "rawvideo"], "limited"),
    ("rawvideo", "bgr24", ["-c:v", "rawvideo"], None),
    ("mjpeg", "yuvj420p", ["-c:v", "mjpeg", "-q:v", "3"], "full"),
    ("mjpeg", "yuvj422p", ["-c:v", "mjpeg", "-q:v", "3"], "full"),
    ("mpeg4", "yuv420p", ["-c:v", "mpeg4", "-q:v", "3"], "limited"),
    ("libx264", "yuv420p", ["-c:v", "libx264", "-preset", "veryfast"], "limited"),
    ("libx264", "yuv444p", ["-c:v", "libx264", "-preset", "veryfast"], "limited"),
    ("libvpx", "yuv420p", ["-c:v", "libvpx", "-deadline", "realtime"], "limited"),
]


def make(path, size, layout):
    source = f"testsrc=s={size[0]}x{size[1]}:r=10:d={FRAMES / 10}"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-pix_fmt", layout[1], *layout[2], path], check=True)


def frames_of(path):
    capture = cv2.VideoCapture(path)
    frames = []
    while (answer := capture.read())[0]:
        frames.append(answer[1])
    return frames


def lumas_of(path, size, luma):
    plane = "extractplanes=y"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", plane, "-f", "rawvideo", "-"]
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    planes = np.frombuffer(data, np.uint8).reshape(-1, size[1], size[0])
    if luma == "full":
        return list(planes)
    stretched = ((planes.astype(np.int32) - 16) * 298 + 128) >> 8
    return list(np.clip(stretched, 0, 255).astype(np.uint8))


def edges_of(gray):
    return cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def differ(program, path, output, mode, grays):
    command = [program, "video", path, "-o", output, "--codec", "ffv1", "--gray", mode, "-q"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    ours = [frame[:, :, 0] for frame in frames_of(output)]
    expected = [edges_of(gray) for gray in grays]
    if len(ours) != len(expected) or not ours:
        return f"{len(ours)} frames, not {len(expected)}"
    wrong = sum(int((a != b).sum()) for a, b in zip(ours, expected))
    return f"{wrong} pixels" if wrong else ""


def main():
    program = sys.argv[1]
    compared = different = 0
    with tempfile.TemporaryDirectory() as folder:
        output = str(pathlib.Path(folder) / "out.mkv")
        for size in SIZES:
            for layout in LAYOUTS:
                if layout[0] == "libx264" and size[0] % 2 and layout[1] == "yuv420p":
                    continue  # it takes no odd sizes
                path = str(pathlib.Path(folder) / ("in.nut" if layout[0] == "rawvideo" else "in.mkv"))
                make(path, size, layout)
                tasks = [("bgr", [cv2.cvtColor(f, cv2.COLOR_BGR2GRAY) for f in frames_of(path)])]
                if layout[3]:
                    tasks.append(("luma", lumas_of(path, size, layout[3])))
                for mode, grays in tasks:
                    why = differ(program, path, output, mode, grays)
                    compared += 1
                    different += bool(why)
                    if why:
                        print(f"{layout[0]} {layout[1]} {size[0]}x{size[1]} --gray {mode}: {why}")
    print(f"{compared} compared, {different} differ")
    sys.exit(different > 0 or compared == 0)


main()
