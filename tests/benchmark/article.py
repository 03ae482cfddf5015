#!/usr/bin/python3
"""Folders and videos: cannyscope beside the same work written in Python with OpenCV, as ratios.

    article.py --build BUILD [--rounds N] [--video FILE] [--json FILE]

What is compared are whole processes, from start to exit, with what each takes of memory at its peak:

    folder   the pictures of opencv-doc that OpenCV reads, to edge pictures of the same formats:
             `cannyscope batch --workers N` beside tests/peers/article_batch.py with its pool of N
    video    vtest.avi to an XVID AVI: `cannyscope video` beside tests/peers/article_video.py

The two run in turn, round after round, each beginning every other round; a ratio is the median over
the rounds of the peer's time by ours. Before the times count for anything, the pixels of both are
compared. This script does not load OpenCV itself: a process's peak is never less than that of the
one that started it.

Exit status: 0 done, 1 pixels differ or a command failed.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from tables import number, table

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PICTURES = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
PYTHON = "/usr/bin/python3"  # Debian's, for Debian's OpenCV
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
SECONDS = 300  # no command takes that long


def say(text):
    print(text, file=sys.stderr, flush=True)


class Run:
    """A command that ended: its seconds, its peak in MB, and what it printed."""

    def __init__(self, command, environment):
        with tempfile.TemporaryFile() as out:
            start = time.monotonic()
            with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=subprocess.STDOUT, env=environment) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds = time.monotonic() - start
            out.seek(0)
            self.text = out.read().decode(errors="replace")
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.peak_mb = usage.ru_maxrss / 1024
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command[:3]))} ended with status "
                               f"{process.returncode}: {self.text.strip()[-300:]}")


class Peer(Run):
    """The peer's largest process is often one of its pool: it says so itself."""

    def __init__(self, command, environment):
        super().__init__([PYTHON, *command], environment)
        self.peak_mb = float(re.search(r"([0-9]+) MB\s*$", self.text).group(1))


class Contest:
    """One job for both sides."""

    def __init__(self, name, ours, peer, check):
        self.name, self.ours, self.peer, self.check = name, ours, peer, check
        self.pairs = []

    def round(self, number, environment):
        sides = [(Run, self.ours), (Peer, self.peer)]
        if number % 2:
            sides.reverse()
        done = {kind: kind(command(), environment) for kind, command in sides}
        self.pairs.append((done[Run], done[Peer]))

    def result(self):
        ours, peer = zip(*self.pairs)
        ratios = [p.seconds / o.seconds for o, p in self.pairs]

        def median(runs, what):
            return statistics.median(getattr(run, what) for run in runs)

        return {
            "job": self.name, "rounds": len(self.pairs),
            "ours_s": median(ours, "seconds"), "peer_s": median(peer, "seconds"),
            "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
            "cpu_ratio": statistics.median(p.cpu_s / o.cpu_s for o, p in self.pairs),
            "ours_mb": max(run.peak_mb for run in ours),
            "peer_mb": max(run.peak_mb for run in peer),
        }


def compare(*command):
    """What a comparing script says last; its failure is ours."""
    done = subprocess.run([PYTHON, *map(str, command)], capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pixels differ: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout.strip().splitlines()[-1]


def emptied(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def copy_pictures(target):
    """Those that OpenCV reads; the folder holds other things as well."""
    target.mkdir()
    readable = ("import cv2, os, sys\nfor n in sorted(os.listdir(sys.argv[1])):\n"
                f"  if n.lower().endswith({ENDINGS!r}):\n"
                "    if cv2.imread(os.path.join(sys.argv[1], n)) is not None: print(n)")
    names = subprocess.run([PYTHON, "-c", readable, PICTURES], capture_output=True, text=True,
                           check=True).stdout.split("\n")
    for name in filter(None, names):
        shutil.copyfile(PICTURES / name, target / name)
    return len(names) - 1


def folder_contest(program, work, gray, workers):
    pictures = work / "pictures"
    ours, peer = work / f"ours-{gray}", work / f"peer-{gray}"

    def our_command():
        return [program, "batch", pictures, "-o", emptied(ours), "--gray", gray,
                "--workers", workers, "--quiet"]

    def peer_command():
        return [TESTS / "peers/article_batch.py", pictures, emptied(peer), "--workers", workers]

    return Contest(f"folder, --gray {gray}", our_command, peer_command,
                   lambda: compare(TESTS / "batch/same.py", gray, pictures, ours))


def video_contest(program, work, video, gray, sleep=0):
    ours, peer = work / "ours.avi", work / "peer.avi"

    def our_command():
        return [program, "video", video, "-o", ours, "--gray", gray, "--quiet"]

    def peer_command():
        return [TESTS / "peers/article_video.py", video, peer, "--sleep", sleep]

    asleep = f", the peer with its sleep of {1000 * sleep:.0f} ms" if sleep else ""
    return Contest(f"video, --gray {gray}{asleep}", our_command, peer_command,
                   lambda: compare(TESTS / "video/same.py", gray, video, ours))


def report(results):
    rows = [[r["job"], number(r["ours_s"]), number(r["peer_s"]),
             f"{number(r['ratio'])} ({number(r['least'])} to {number(r['most'])})",
             number(r["cpu_ratio"]), number(r["ours_mb"]), number(r["peer_mb"])] for r in results]
    return table(["", "cannyscope s", "Python s", "ratio (over the rounds)", "ratio of CPU time",
                  "cannyscope MB", "Python MB"], rows)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--workers", type=int, default=2, help="of both sides (default 2)")
    parser.add_argument("--video", type=pathlib.Path, default=PICTURES / "vtest.avi")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all figures")
    return parser.parse_args()


def main():
    options = parse()
    program = options.build.resolve() / "cannyscope"
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        environment = dict(os.environ, XDG_CONFIG_HOME=name, XDG_STATE_HOME=name)
        count = copy_pictures(work / "pictures")
        contests = [folder_contest(program, work, "bgr", options.workers),
                    folder_contest(program, work, "luma", options.workers),
                    video_contest(program, work, options.video, "bgr"),
                    video_contest(program, work, options.video, "luma"),
                    video_contest(program, work, options.video, "bgr", sleep=0.01)]
        for turn in range(options.rounds):
            for contest in contests[:None if turn < 2 else -1]:  # the sleep takes its time
                contest.round(turn, environment)
                if turn == 0:
                    say(f"{contest.name}: {contest.check()}")
            say(f"round {turn + 1} of {options.rounds}")
    results = [contest.result() for contest in contests]
    print(f"{count} pictures, {options.workers} workers; {options.video.name}; "
          f"{options.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(report(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as problem:
        sys.exit(str(problem))
