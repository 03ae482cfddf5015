#!/usr/bin/python3
"""A video file to a video file of its edges, as a Python programmer would write it with OpenCV:
what cannyscope video is compared with.

    article_video.py INPUT OUTPUT [--sleep SECONDS]

Frames are read on one thread into a queue of 30, turned gray, smoothed by a 5x5 Gaussian, put
through Canny at 50/150 on a second, and written from another queue of 30, in three equal channels,
as XVID with the rate and size of the source. --sleep waits after each frame, as a loop that shows
its frames does. Prints frames, time, rate and peak memory.
"""
import argparse
import queue
import resource
import sys
import threading
import time

import cv2

FRAMES = 30


def read(capture, raw):
    while True:
        there, frame = capture.read()
        raw.put(frame if there else None)
        if not there:
            return


def process(raw, processed):
    while (frame := raw.get()) is not None:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)
        processed.put(cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR))
    processed.put(None)


def write(capture, target, processed, sleep):
    fps = capture.get(cv2.CAP_PROP_FPS)
    size = (int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    writer = cv2.VideoWriter(target, cv2.VideoWriter_fourcc(*"XVID"), fps, size)
    count = 0
    while (frame := processed.get()) is not None:
        writer.write(frame)
        count += 1
        if sleep:
            time.sleep(sleep)
    writer.release()
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--sleep", type=float, default=0)
    options = parser.parse_args()

    capture = cv2.VideoCapture(options.source)
    if not capture.isOpened():
        sys.exit(f"cannot open {options.source}")
    start = time.monotonic()
    raw, processed = queue.Queue(FRAMES), queue.Queue(FRAMES)
    threads = [threading.Thread(target=read, args=(capture, raw)),
               threading.Thread(target=process, args=(raw, processed))]
    for thread in threads:
        thread.start()
    count = write(capture, options.target, processed, options.sleep)
    for thread in threads:
        thread.join()
    capture.release()
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} frames, {seconds:.2f} s, {count / seconds:.1f} FPS, {peak:.0f} MB")


if __name__ == "__main__":
    main()
