#!/usr/bin/python3
"""Watches a process for a time and says whether it grows.

    soak.py watch PID STATS SAMPLES    a run that only streams: warms up, samples it for --seconds,
                                       judges
    soak.py sample PID STATS SAMPLES   takes one sample: of a run that is used, always in the same
                                       state, at the end of a cycle
    soak.py judge SAMPLES              judges those, the later half of them
    soak.py ledgers FOLDER             judges the ledgers that the memory page saved at the ends of
                                       cycles, the later half of them
    soak.py run COMMAND...             runs it without huge pages, as the same process: the system
                                       may put one, 2 MB at once, under any stack

PID is a cannyscope that streams, STATS the file that its --stats writes; SAMPLES gets a line of
JSON for each sample. The limit is 64 KB an hour (--limit), asked after a warm-up, here of 300
frames and 20 s.

In three minutes 64 KB an hour are 3.2 KB, less than the page in which the system counts. Whether a
process grows by less than that, no count of pages can say in this time: none may mean nothing or
50 KB an hour, and one is 80. So each number is asked what it can answer:

- What is counted one by one must be the same in every sample: descriptors, threads, mappings, and
  in a run that only streams also our own allocations and the bytes of frames (but where a camera
  was opened anew, from then on). No statistics: one too many fails, in a minute or in an hour.
- The heap in use (what malloc has given out, to our objects and to libraries) is known to the byte.
  Three minutes are enough to prove it: even the upper bound of its slope must not exceed the limit.
- Pages (resident, anonymous, and mapped to be written to) come one at a time, for reasons that have
  an end: a stack reaches deeper once, a library works for the first time. In a short run they may
  not grow *for certain*: the least rate that explains what came must not exceed the limit. Five in
  three minutes may be chance, six are a leak. In a run in which the limit is six pages or more (22
  minutes) the slope itself must not exceed it either.

In a run that is used libraries make things on first use and keep them: drawing commands for the
fullest frame so far, glyphs. That tapers off, but not soon. So here a number may not grow for
certain, by the lower bound of its slope, by more than the limit or a page a cycle, whichever is
more; in a long run again not by more than the limit. What is ours is known exactly all the same:
after equal numbers of cycles no line of code may hold a byte more, which the ledgers say.

A leak has nowhere to hide between them: what goes through malloc is in the second, what does not is
a mapping, in the first, or lies in memory that is mapped already and ends. All else that is printed
is there to be read. Resident pages are those of smaps_rollup, which walks the page tables: statm,
and with it rss_bytes of --stats, may leave out dozens of pages of each thread or processor for
minutes. PSS is of no use here: it changes when another process ends that uses the same libraries.

Prints a line for each number (--name begins it), and when one has failed the mappings that have
grown.
"""
import argparse
import ctypes
import json
import os
import sys
import time

import growth

MOST_SAMPLES = 360  # slopes are taken between all pairs
WARM_FRAMES = 300
WARM_S = 20
FRAMES = 100  # that must come after the warm-up: a process that stands still loses nothing
PATIENCE_S = 300
ENOUGH_PAGES = 6
LEAST_CYCLES = 8
MOST_PLACES = 20  # that are printed
PR_SET_THP_DISABLE = 41  # <linux/prctl.h>; also for what is executed then

COUNTED = ["descriptors", "threads", "mappings"]
LEDGER = ["allocations", "frame_bytes"]
HEAP = "heap_bytes"
PAGED = ["resident", "anonymous", "writable"]
WORDS = {"allocations": "own allocations", "frame_bytes": "bytes of frames", "heap_bytes": "heap in use",
         "resident": "resident memory", "anonymous": "anonymous memory", "writable": "writable mappings"}


# ---- looking ----

def read(pid, name):
    with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
        return file.read()


def mapped(pid):
    """Mappings, and the bytes of those that can be written to."""
    lines = [line.split(maxsplit=2) for line in read(pid, "maps").splitlines()]
    bounds = [[int(end, 16) for end in line[0].split("-")] for line in lines if line[1][1] == "w"]
    return {"mappings": len(lines), "writable": sum(end - begin for begin, end in bounds)}


def counted(pid):
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "threads": len(os.listdir(f"/proc/{pid}/task")), **mapped(pid)}


def resident(pid):
    """Bytes by kind, exactly."""
    fields = dict(line.split(":") for line in read(pid, "smaps_rollup").splitlines()[1:])
    return {"resident": int(fields["Rss"].split()[0]) << 10,
            "anonymous": int(fields["Anonymous"].split()[0]) << 10}


def last_statistics(path):
    """The last whole line of --stats; {} before the first."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - 8192))
            whole = file.read().rpartition(b"\n")[0]
    except OSError:
        return {}
    return json.loads(whole.rpartition(b"\n")[2]) if whole else {}


def places(pid):
    """Resident kilobytes by mapping."""
    sizes, place = {}, None
    for line in read(pid, "smaps").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            place = " ".join([words[0].split("-")[0], words[1], *words[5:]])
        elif words[0] == "Rss:":
            sizes[place] = int(words[1])
    return sizes


def same_counts(one, other):
    return all(one[name] == other[name] for name in COUNTED)


def look(pid, stats, before=None):
    """A sample. A file that is opened and closed again (statm, four times a second) is not held: what
    differs from the sample before is looked at for a second before it is believed."""
    counts = counted(pid)
    for _ in range(20):
        if not before or same_counts(counts, before):
            break
        time.sleep(0.05)
        counts = counted(pid)
    return {"time": time.monotonic(), **last_statistics(stats), **resident(pid), **counts}


# ---- sampling ----

class Ended(Exception):
    pass


def warm_up(pid, stats):
    begin = time.monotonic()
    while time.monotonic() - begin < WARM_S or last_statistics(stats).get("frames", 0) < WARM_FRAMES:
        if time.monotonic() - begin > PATIENCE_S:
            raise Ended("it does not get warm")
        read(pid, "stat")
        time.sleep(0.2)


def watch(pid, stats, seconds):
    """Samples of a run that only streams, after its warm-up."""
    warm_up(pid, stats)
    pause = max(0.5, seconds / MOST_SAMPLES)
    before = places(pid)
    samples = [look(pid, stats)]
    begin = samples[0]["time"]
    while samples[-1]["time"] - begin < seconds:
        time.sleep(max(0, begin + pause * len(samples) - time.monotonic()))
        samples.append(look(pid, stats, samples[-1]))
    samples[0]["places"], samples[-1]["places"] = before, places(pid)
    return samples


def take_one(pid, stats, samples):
    before = samples[-1] if samples else None
    return {**look(pid, stats, before), "places": places(pid)}


def load(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return [json.loads(line) for line in file]


def store(path, samples):
    with open(path, "a", encoding="ascii") as file:
        file.writelines(json.dumps(sample) + "\n" for sample in samples)


# ---- judging ----

class Verdict:
    def __init__(self, name, limit):
        self.name, self.limit = name, limit
        self.passed = self.failed = 0

    def say(self, good, words):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"{'ok   ' if good else 'FAIL '} {self.name}: {words}", flush=True)


def kilobytes(size):
    return f"{size / 1024:.1f} KB"


def judge_frames(verdict, samples):
    frames = samples[-1]["frames"] - samples[0]["frames"]
    seconds = samples[-1]["time"] - samples[0]["time"]
    verdict.say(frames >= FRAMES, f"{frames} frames in {seconds:.0f} s, {len(samples)} samples")


def judge_counted(verdict, samples, name):
    values = [sample[name] for sample in samples]
    least, most = min(values), max(values)
    verdict.say(least == most, f"{WORDS.get(name, name)}: " + (
        f"{least}, always" if least == most else f"from {least} to {most}, {values[-1]} in the end"))


def longest_stream(samples):
    """The samples between two openings of the camera, of which there is one where it is not silent."""
    streams = {}
    for sample in samples:
        if sample["state"] == "streaming":
            streams.setdefault(sample["reconnects"], []).append(sample)
    return max(streams.values(), key=len)


def judge_heap(verdict, times, values):
    rate, low, high = growth.slope(times, values)
    verdict.say(high <= verdict.limit,
                f"{WORDS[HEAP]}: {kilobytes(values[-1])}, {kilobytes(values[-1] - values[0])} more, "
                f"{kilobytes(rate)} an hour ({kilobytes(low)} to {kilobytes(high)})")


def judge_pages(verdict, times, values, name):
    rate = growth.slope(times, values)[0]
    seconds = times[-1] - times[0]
    sure = growth.least_growth(seconds, values)
    is_long = verdict.limit * seconds / growth.HOUR_S >= ENOUGH_PAGES * growth.PAGE
    verdict.say(sure <= verdict.limit and (rate <= verdict.limit or not is_long),
                f"{WORDS[name]}: {kilobytes(values[-1])}, {kilobytes(values[-1] - values[0])} more in "
                f"{growth.new_heights(values)} steps, {kilobytes(rate)} an hour (for certain "
                f"{kilobytes(sure)})")


def judge_used(verdict, times, values, name, cycle_s):
    rate, low, _ = growth.slope(times, values)
    is_long = verdict.limit * (times[-1] - times[0]) / growth.HOUR_S >= ENOUGH_PAGES * growth.PAGE
    most = max(verdict.limit, growth.PAGE * growth.HOUR_S / cycle_s)
    verdict.say(low <= most and (rate <= verdict.limit or not is_long),
                f"{WORDS[name]}: {kilobytes(values[-1])}, {kilobytes(values[-1] - values[0])} more, "
                f"{kilobytes(rate)} an hour, {kilobytes(rate * cycle_s / growth.HOUR_S)} a cycle (for "
                f"certain {kilobytes(max(0, low) * cycle_s / growth.HOUR_S)})")


def judge_streaming(verdict, samples):
    times = [sample["time"] for sample in samples]
    judge_frames(verdict, samples)
    for name in COUNTED:
        judge_counted(verdict, samples, name)
    for name in LEDGER:
        judge_counted(verdict, longest_stream(samples), name)
    judge_heap(verdict, times, [sample[HEAP] for sample in samples])
    for name in PAGED:
        judge_pages(verdict, times, [sample[name] for sample in samples], name)


def judge_cycles(verdict, samples):
    times = [sample["time"] for sample in samples]
    judge_frames(verdict, samples)
    for name in COUNTED:
        judge_counted(verdict, samples, name)
    for name in [HEAP, *PAGED]:
        judge_used(verdict, times, [sample[name] for sample in samples], name,
                   (times[-1] - times[0]) / (len(times) - 1))


def lines_of(ledger):
    """Live bytes and blocks by line of code."""
    lines = {}
    for site in ledger["snapshot"]["sites"]:
        line = f"{site['file']}:{site['line']}"
        size, count = lines.get(line, (0, 0))
        lines[line] = (size + site["live_bytes"], count + site["live_count"])
    return lines


def judge_ledgers(verdict, ledgers):
    first, last = lines_of(ledgers[0]), lines_of(ledgers[-1])
    changed = [line for line in {**first, **last} if first.get(line, (0, 0)) != last.get(line, (0, 0))]
    verdict.say(not changed and sum(size for size, _ in last.values()) > 0,
                f"lines of code that hold more or less than {len(ledgers) - 1} cycles before: "
                f"{len(changed)} of {len(last)}")
    for line in changed:
        print(f"      {line}: {first.get(line, (0, 0))}, then {last.get(line, (0, 0))} bytes and blocks")


# ---- where it was ----

def tell_grown(before, after):
    grown = {place: size - before.get(place, 0) for place, size in after.items()}
    for place in sorted(grown, key=grown.get, reverse=True)[:MOST_PLACES]:
        if grown[place] > 0:
            print(f"      {place}: {after[place]} KB, {grown[place]} KB of them new")


# ---- as a program ----

def run_with_small_pages(command):
    ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
    os.execvp(command[0], command)


def read_arguments():
    words = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    kinds = words.add_subparsers(dest="kind", required=True)
    for kind in ("watch", "sample", "judge", "ledgers"):
        more = kinds.add_parser(kind)
        if kind in ("watch", "sample"):
            more.add_argument("pid", type=int)
            more.add_argument("stats")
        more.add_argument("samples")
        more.add_argument("--name", default="soak")
        more.add_argument("--seconds", type=float, default=180)
        more.add_argument("--limit", type=float, default=64, help="KB an hour")
    return words.parse_args()


def later_half(items):
    if len(items) < LEAST_CYCLES:
        raise Ended(f"{len(items)} cycles are too few")
    return items[len(items) // 2:]


def load_ledgers(folder):
    paths = sorted((os.path.join(folder, name) for name in os.listdir(folder)), key=os.path.getmtime)
    ledgers = []
    for path in later_half(paths):
        with open(path, encoding="utf-8") as file:
            ledgers.append(json.load(file))
    return ledgers


def answer(asked, verdict):
    if asked.kind == "ledgers":
        judge_ledgers(verdict, load_ledgers(asked.samples))
        return
    samples = load(asked.samples)
    if asked.kind == "sample":
        store(asked.samples, [take_one(asked.pid, asked.stats, samples)])
        return
    if asked.kind == "watch":
        samples = watch(asked.pid, asked.stats, asked.seconds)
        store(asked.samples, samples)
        judge_streaming(verdict, samples)
    else:
        samples = later_half(samples)
        judge_cycles(verdict, samples)
    if verdict.failed:
        tell_grown(samples[0]["places"], samples[-1]["places"])


def main():
    if sys.argv[1:2] == ["run"] and len(sys.argv) > 2:
        run_with_small_pages(sys.argv[2:])
    asked = read_arguments()
    verdict = Verdict(asked.name, asked.limit * 1024)
    try:
        answer(asked, verdict)
    except (OSError, Ended) as error:
        verdict.say(False, f"the program has ended, or is not what was meant: {error}")
    sys.exit(verdict.failed > 0)


if __name__ == "__main__":
    main()
