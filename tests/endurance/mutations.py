#!/usr/bin/python3
"""Damaged pictures and videos by the thousand: nothing may crash, hang or leave half a file.

    mutations.py CANNYSCOPE [--pictures N] [--videos N] [--seed N]

Small sound files of every format get bytes changed, cut out, repeated or cut off. All pictures go
through one `batch` (exit 0 or 3), once as they are and once with --keep-damaged; each video through
one `video` (exit 0 or 1). What comes out must be readable as a whole. Built with sanitizers, what
they report is a failure too. The numbers are also read from MUTATIONS and VIDEO_MUTATIONS.

Prints "N passed, N failed" last.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

# Of damaged files its readers have much to say.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"

import cv2
import numpy as np

REPORTS = (b"Sanitizer", b"runtime error:", b"Assertion", b"stack smashing", b"double free")
PATIENCE_S = 600
VIDEO_PATIENCE_S = 60

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "differential"))


def picture_seeds(folder):
    rng = np.random.default_rng(3)
    color = cv2.blur(rng.integers(0, 256, (37, 53, 3), dtype=np.uint8), (3, 3))
    clear = np.dstack([color, color[:, :, 0]])
    ways = [("jpg", color, []), ("progressive.jpg", color, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
            ("restart.jpg", color, [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]), ("gray.jpg", color[:, :, 1], []),
            ("png", color, []), ("clear.png", clear, []), ("deep.png", color.astype(np.uint16) * 257, []),
            ("bmp", color, []), ("gray.bmp", color[:, :, 1], []),
            ("lzw.tif", color, [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
            ("zip.tif", color, [cv2.IMWRITE_TIFF_COMPRESSION, 8]),
            ("plain.tif", color, [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
            ("jpeg.tif", color, [cv2.IMWRITE_TIFF_COMPRESSION, 7]),
            ("deep.tif", color.astype(np.uint16) * 257, []),
            ("webp", color, [cv2.IMWRITE_WEBP_QUALITY, 60]), ("clear.webp", clear, []),
            ("lossless.webp", color, [cv2.IMWRITE_WEBP_QUALITY, 101])]
    for name, pixels, options in ways:
        cv2.imwrite(f"{folder}/seed.{name}", pixels, options)
    add_laid_out(folder)
    return sorted(pathlib.Path(folder).iterdir())


def add_laid_out(folder):
    """Kinds that OpenCV cannot write: runs, palettes, tiles, Exif, passes."""
    import images
    import kinds_bmp
    rng = np.random.default_rng(3)
    wanted = ("bmp-rle8-end-33x21", "bmp-rle4-end-33x21", "bmp-4bits-40-up-16-33x21",
              "bmp-16bits-40-up-way3-33x21", "bmp-1bits-12-up-2-33x21")
    for name, data in kinds_bmp.kinds(rng):
        if name.startswith(wanted):
            pathlib.Path(folder, f"seed.{name}").write_bytes(data)
    for name, data in images.odd_pngs(rng):
        if name in ("png-adam7-3-4-33x21.png", "png-clear-3-8-33x21.png", "png-clear-6-16-33x21.png"):
            pathlib.Path(folder, f"seed.{name}").write_bytes(data)
    jpeg = pathlib.Path(folder, "seed.jpg").read_bytes()
    turned = images.with_app1(jpeg, b"Exif\0\0" + images.exif(6, b"MM"))
    pathlib.Path(folder, "seed.turned.jpg").write_bytes(turned)
    for way in (["-c", "lzw:2", "-t", "-w", "16", "-l", "16"], ["-c", "zip", "-p", "separate", "-8"]):
        subprocess.run(["tiffcp", *way, f"{folder}/seed.plain.tif", f"{folder}/seed.{way[1][:3]}-copy.tif"],
                       check=True, stderr=subprocess.DEVNULL)


def video_seeds(folder):
    ways = {"xvid.avi": ["-c:v", "mpeg4"], "mjpeg.avi": ["-c:v", "mjpeg"], "h264.mp4": ["-c:v", "libx264"],
            "first.mp4": ["-c:v", "mpeg4", "-movflags", "faststart"], "ffv1.mkv": ["-c:v", "ffv1"],
            "vp8.webm": ["-c:v", "libvpx"], "mpeg2.ts": ["-c:v", "mpeg2video"]}
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1.2", "-f", "lavfi", "-i", "sine=d=1.2"]
    for name, options in ways.items():
        sound = ["-c:a", "libvorbis"] if name.endswith("webm") else ["-c:a", "mp2"]
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *source, *options, *sound,
                        f"{folder}/{name}"], check=True)
    return sorted(pathlib.Path(folder).iterdir())


def mutate(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(data)) if dice.random() < 0.6 else dice.randrange(min(len(data), 200))
        way = dice.randrange(6)
        if way < 3:
            data[at] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
        elif way == 3:
            data[at] ^= 1 << dice.randrange(8)
        elif way == 4:
            data[at:at + 4] = dice.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\0\0\xff\xff"))
        else:
            count = dice.randrange(1, 32)
            data[at:at + count] = data[at:at + count] * dice.choice((0, 2))
    if dice.random() < 0.15:
        del data[dice.randrange(len(data)):]
    return bytes(data)


def complaint(result, allowed):
    if result is None:
        return "took too long"
    if any(report in result.stderr for report in REPORTS):
        return "a sanitizer's report"
    return None if result.returncode in allowed else f"status {result.returncode}"


def run(command, patience_s):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=patience_s, check=False)
    except subprocess.TimeoutExpired:
        return None


def tell(name, why, result):
    print(f"FAIL  {name}: {why}")
    if result is not None:
        print(result.stderr.decode(errors="replace")[-3000:])
    return 1


def half_outputs(folder):
    """Outputs that cannot be read, and parts."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [n for n in names if n.endswith(".part")
            or (n.startswith("processed_") and cv2.imread(f"{folder}/{n}") is None)]


def try_pictures(program, place, count, dice):
    os.makedirs(f"{place}/seeds")
    os.makedirs(f"{place}/in")
    seeds = [(path.name, path.read_bytes()) for path in picture_seeds(f"{place}/seeds")]
    for i in range(count):
        name, data = seeds[i % len(seeds)]
        pathlib.Path(f"{place}/in/{i:06}-{name}").write_bytes(mutate(data, dice))
    failed = 0
    for more in ([], ["--keep-damaged", "--gray", "bgr"]):
        out, report = f"{place}/out{len(more)}", f"{place}/report{len(more)}.jsonl"
        result = run([program, "batch", f"{place}/in", "-o", out, "--report", report, "--max-pixels",
                      "4000000", *more], PATIENCE_S)
        why = complaint(result, (0, 3))
        if why is None and (half := half_outputs(out)):
            why = f"half outputs: {half[:5]}"
        lines = [json.loads(line) for line in open(report, encoding="utf-8")]
        if why is None and len(lines) != count:
            why = f"{len(lines)} of {count} in the report"
        failed += tell(f"{count} pictures {more}", why, result) if why else 0
        states = [line["status"] for line in lines]
        print(f"pictures{' kept' if more else ''}: " + ", ".join(
            f"{states.count(s)} {s}" for s in sorted(set(states))))
    return 2 - failed, failed


def try_videos(program, place, count, dice):
    os.makedirs(f"{place}/videos")
    seeds = [(path.name, path.read_bytes()) for path in video_seeds(f"{place}/videos")]
    passed = failed = 0
    for i in range(count):
        name, data = seeds[i % len(seeds)]
        path, out = f"{place}/{i:06}-{name}", f"{place}/video{('.avi', '.mkv', '.mp4')[i % 3]}"
        pathlib.Path(path).write_bytes(mutate(data, dice))
        result = run([program, "video", path, "-o", out, "--json"], VIDEO_PATIENCE_S)
        why = complaint(result, (0, 1))
        made = os.path.exists(out)
        if why is None and result.returncode == 0 and not (made and cv2.VideoCapture(out).read()[0]):
            why = "half an output"
        if why:
            shutil.copy(path, "/tmp")
            failed += tell(f"{os.path.basename(path)}, kept in /tmp", why, result)
        else:
            passed += 1
        if made:
            os.unlink(out)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--pictures", type=int, default=int(os.environ.get("MUTATIONS", "2000")))
    parser.add_argument("--videos", type=int, default=int(os.environ.get("VIDEO_MUTATIONS", "100")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "20261123")))
    options = parser.parse_args()
    print(f"SEED={options.seed}")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as place:
        dice = random.Random(options.seed)
        sums = [try_pictures(options.program, place, options.pictures, dice),
                try_videos(options.program, place, options.videos, dice)]
    passed, failed = (sum(column) for column in zip(*sums))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
