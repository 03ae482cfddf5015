"""JPEG files of many kinds: make(rng, folder) writes them, by libjpeg's cjpeg.

Chroma of every share, progressive, arithmetic coding, restart markers, gray, RGB; all sizes from 1
to 17, where the last block of every plane is cut in another place.
"""
import pathlib
import subprocess

SAMPLINGS = ("1x1", "2x1", "2x2", "1x2", "4x1", "1x4", "4x2", "2x4")
CODINGS = {"baseline": [], "progressive": ["-progressive"], "arithmetic": ["-arithmetic"],
           "optimized": ["-optimize"], "restart": ["-restart", "1"], "restartblocks": ["-restart", "3B"],
           "rgb": ["-rgb"], "gray": ["-grayscale"], "arithprog": ["-arithmetic", "-progressive"],
           "fine": ["-quality", "98"], "coarse": ["-quality", "20"]}


def ppm(rng, width, height):
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            noise = rng.integers(0, 70, 3)
            pixels += bytes((x * 5 + int(noise[0])) % 256 for _ in "r")
            pixels += bytes([(y * 7 + int(noise[1])) % 256, ((x + y) * 4 + int(noise[2])) % 256])
    return b"P6 %d %d 255\n" % (width, height) + bytes(pixels)


def cjpeg(data, *options):
    return subprocess.run(["cjpeg", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def make(rng, folder):
    large = {size: ppm(rng, *size) for size in ((67, 45), (48, 32))}
    for size, data in large.items():
        for sampling in SAMPLINGS:
            for coding, options in CODINGS.items():
                if coding in ("rgb", "gray") and sampling != "1x1":
                    continue
                name = f"jpeg-{coding}-{sampling}-{size[0]}x{size[1]}.jpg"
                sample = [] if coding in ("rgb", "gray") else ["-sample", sampling]
                pathlib.Path(folder, name).write_bytes(cjpeg(data, *options, *sample))
    for side in range(1, 18):
        for width, height in ((side, side), (side, 18 - side)):
            data = ppm(rng, width, height)
            for sampling in SAMPLINGS[:5]:
                name = f"jpeg-small-{sampling}-{width}x{height}.jpg"
                pathlib.Path(folder, name).write_bytes(cjpeg(data, "-sample", sampling))
