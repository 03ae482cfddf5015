#!/usr/bin/python3
"""A folder of very many small pictures: memory must be flat, and planning must not be quadratic.

    many.py CANNYSCOPE [--pictures N] [--names N]

--pictures (10,000; also MANY_PICTURES): resident memory of a batch, sampled by
how many lines its report has. All names are planned before the first picture is read, so between the
hundredth picture and the last it may not grow at all; half a megabyte is left for the allocator.
What the names need is known too: of each picture there are the input's and the output's path, four
keys they are found by, no longer than half a path, and some 500 bytes of records and tables (measured:
530 bytes in all, with paths of 45). A run over ten times as many pictures may take that much more.

--names (100,000; also MANY_NAMES): the names of a list are planned in a dry run, pairs of them in each
other's way, and a quarter of them: four times the names may take at most eight times the processor's
time (quadratic would be sixteen).

Prints "N passed, N failed" last.
"""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np

SLACK_BYTES = 512 << 10
BYTES_A_NAME = 500
PATHS_A_NAME = 4
PATIENCE_S = 600

passed = failed = 0


def check(name, good, words=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok   ' if good else 'FAIL '} {name}{': ' + words if words else ''}")


def make_pictures(folder, count):
    os.makedirs(folder)
    rng = np.random.default_rng(9)
    first = f"{folder}/{0:06}.png"
    cv2.imwrite(first, cv2.blur(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), (3, 3)))
    for i in range(1, count):
        os.link(first, f"{folder}/{i:06}.png")


def resident_bytes(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) << 10
    except OSError:
        pass
    return None


def watch(program, folder, out):
    """Pairs of pictures done and resident bytes, while a batch runs."""
    report = f"{out}.jsonl"
    process = subprocess.Popen([program, "batch", folder, "-o", out, "--report", report, "--quiet"],
                               stdout=subprocess.DEVNULL)
    samples, done, reader = [], 0, None
    while process.poll() is None:
        if reader is None and os.path.exists(report):
            reader = open(report, "rb")
        done += reader.read().count(b"\n") if reader else 0
        bytes_now = resident_bytes(process.pid)
        if bytes_now:
            samples.append((done, bytes_now))
        time.sleep(0.002)
    if reader:
        done += reader.read().count(b"\n")
        reader.close()
    return process.returncode, done, samples


def at_least(samples, done):
    return next((bytes_now for count, bytes_now in samples if count >= done), None)


def try_pictures(program, place, count):
    make_pictures(f"{place}/few", count // 10)
    make_pictures(f"{place}/many", count)
    few_status, few_done, few = watch(program, f"{place}/few", f"{place}/few-out")
    status, done, samples = watch(program, f"{place}/many", f"{place}/many-out")
    check(f"{count} pictures", status == 0 and done == count, f"status {status}, {done} done")
    check(f"{count // 10} pictures", few_status == 0 and few_done == count // 10)
    marks = [100, count // 10, count // 2, samples[-1][0]]
    print("      resident KB by pictures done: " + ", ".join(
        f"{at_least(samples, mark) >> 10} at {mark}" for mark in marks))
    check("they were sampled to the end", samples[-1][0] > count * 0.9)
    if "address" in program or "thread" in program:
        return # a sanitizer keeps what was freed
    growth = max(b for d, b in samples if d >= 100) - at_least(samples, 100)
    check("memory is flat after the first hundred", growth <= SLACK_BYTES, f"{growth >> 10} KB")
    more = max(b for _, b in samples) - max(b for _, b in few)
    path = len(f"{place}/many-out/processed_000000.png")
    bound = (count - count // 10) * (PATHS_A_NAME * path + BYTES_A_NAME) + SLACK_BYTES
    check("names take what names need", more <= bound, f"{more >> 10} of {bound >> 10} KB")


def make_names(folder, count):
    """Empty files in folders of 1,000, every second one beside one with another ending."""
    names = []
    for i in range(count):
        place = f"{folder}/{i // 1000:03}"
        if i % 1000 == 0:
            os.makedirs(place)
        name = f"{place}/{i // 2:06}.{'jpg' if i % 2 else 'png'}"
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        names.append(name)
    return names


def dry_run_s(program, names, listing):
    """Processor seconds, and how many lines came."""
    with open(listing, "w", encoding="ascii") as file:
        file.write("\n".join(names) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([program, "batch", "--files-from", listing, "-o", f"{listing}-out", "--dry-run",
                             "--format", "png"], stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, result.stdout.splitlines()


def try_names(program, place, count):
    names = make_names(f"{place}/names", count)
    few_s, _ = dry_run_s(program, names[:count // 4], f"{place}/few.txt")
    many_s, lines = dry_run_s(program, names, f"{place}/many.txt")
    outputs = {line.split(b" -> ")[1] for line in lines}
    check(f"{count} names get as many", len(outputs) == count, f"{len(outputs)}")
    check("four times the names take four times as long", many_s <= 8 * few_s + 0.2,
          f"{few_s:.2f} s and {many_s:.2f} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--pictures", type=int, default=int(os.environ.get("MANY_PICTURES", "10000")))
    parser.add_argument("--names", type=int, default=int(os.environ.get("MANY_NAMES", "100000")))
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as place:
        try_pictures(options.program, place, options.pictures)
        try_names(options.program, place, options.names)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
