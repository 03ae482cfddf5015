#!/usr/bin/python3
"""Folder to folder, as a Python programmer would write it with OpenCV: what cannyscope batch is
compared with.

    article_batch.py INPUT OUTPUT [--workers N] [--batch-size N]

Every picture of INPUT (jpg, jpeg, png, bmp, tif, tiff, webp) is read in colour, turned gray,
smoothed by a 5x5 Gaussian, put through Canny at 50/150 and written in three equal channels as
OUTPUT/processed_NAME, by a pool of min(cores, 4) processes, a batch of 20 at a time. Prints the
time and the largest process's peak memory.
"""
import argparse
import gc
import multiprocessing
import os
import resource
import time

import cv2

ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def process(job):
    source, target = job
    picture = cv2.imread(source)
    if picture is None:
        return source
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)
    done = cv2.imwrite(target, cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR))
    return None if done else source


def jobs_of(source, target):
    names = sorted(n for n in os.listdir(source) if n.lower().endswith(ENDINGS))
    return [(os.path.join(source, n), os.path.join(target, "processed_" + n)) for n in names]


def peak_kilobytes():
    return max(resource.getrusage(who).ru_maxrss
               for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count(), 4))
    parser.add_argument("--batch-size", type=int, default=20)
    options = parser.parse_args()

    os.makedirs(options.target, exist_ok=True)
    start = time.monotonic()
    jobs = jobs_of(options.source, options.target)
    failed = []
    for first in range(0, len(jobs), options.batch_size):
        with multiprocessing.Pool(options.workers) as pool:
            batch = jobs[first:first + options.batch_size]
            failed += [name for name in pool.map(process, batch) if name]
        gc.collect()
    seconds = time.monotonic() - start
    for name in failed:
        print(f"failed: {name}")
    print(f"{len(jobs) - len(failed)} of {len(jobs)} images, {seconds:.2f} s, "
          f"largest process {peak_kilobytes() / 1024:.0f} MB")


if __name__ == "__main__":
    main()
