#!/usr/bin/python3
"""How fast cannyscope is beside OpenCV and ffmpeg, on the same pictures, in one run, as ratios.

Machines are noisy and drift, so nothing is timed by itself: each call of cannyscope follows one of
OpenCV and the other way round, a few pairs a turn, and the turns go over all cases again and again
until the time is used up. Before a turn's calls are timed, and after, the edges of both are
compared, every pixel.

Exit status: 0 done, 1 pixels differ or a command failed, 77 OpenCV is not installed.
"""

import argparse
import datetime
import gc
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

try:
    import cv2
except ImportError:
    print("python3-opencv is not installed: nothing measured")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/lib"))

from measure import declare, levels_of
from pictures import PHOTOGRAPHS, SIZES
from sections import SECTIONS, Plan
from shared_object import open_shared_object
from tables import render, size_name

LEAST_TURNS = 3
CLOCK_WORDS = {"cpu": "the calling thread's processor time", "wall": "the wall clock"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT,
                              env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"})
    except OSError:
        return "none"
    return (done.stdout.splitlines() or [""])[0].strip()


def cpu_name():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^(?:model name|CPU part)\s*:\s*(.*)$", text, re.MULTILINE)
    return found.group(1) if found else "unknown CPU"


def compiler_of(library):
    """As the compiler signed what it made."""
    found = re.search(rb"(?:GCC: \([^)]*\) |clang version )[0-9.]+", library.read_bytes())
    return found.group(0).decode() if found else "unknown compiler"


def opencv_words():
    """The version, and what its build says of vectors, threads and IPP."""
    info = cv2.getBuildInformation()
    words = []
    for key in ("Baseline", "Dispatched code generation", "Parallel framework", "Intel IPP"):
        found = re.search(rf"^\s*{key}:\s*(.+?)\s*$", info, re.MULTILINE)
        words.append(f"{key.lower().replace('intel ipp', 'IPP')} {found.group(1)}" if found
                     else f"no {key}")
    return f"{cv2.__version__} ({'; '.join(words)})"


def about(options, library, levels):
    """The lines above the tables: whoever quotes a number quotes these."""
    build = re.sub(r"\s+", " ", first_line("git", "describe", "--always", "--dirty"))
    ffmpeg = re.match(r"ffmpeg version (\S+)", first_line("ffmpeg", "-version"))
    return [
        ("machine", f"{cpu_name()}, {os.cpu_count()} cores, {os.uname().sysname} "
                    f"{os.uname().release}"),
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("cannyscope", f"{first_line(options.build / 'cannyscope', '--version')} ({build}), "
                       f"{compiler_of(library)}, levels here: {', '.join(levels)}"),
        ("OpenCV", opencv_words()),
        ("ffmpeg", ffmpeg.group(1) if ffmpeg else "none"),
        ("pictures", ", ".join(options.images) + " of opencv-doc, and uniform noise; cut and "
                     "resized to " + ", ".join(map(size_name, options.sizes))),
        ("clock", f"{CLOCK_WORDS[options.clock]} for one thread, the wall clock for several and "
                  "for whole programs"),
        ("parameters", "low 50, high 150, blur 5, aperture 3, L1, where a row says no other"),
    ]


def run_section(name, cases, turn, library):
    """One turn of those of the section's cases that have one left. Returns the seconds that the
    same will take in the next turn."""
    here = [case for case in cases if case.section == name
            and (case.most_turns is None or turn <= case.most_turns)]
    begun = time.monotonic()
    for case in here:
        case.turn(library)
    seconds = time.monotonic() - begun
    if here:
        say(f"turn {turn}: {name}, {len(here)} cases in {seconds:.0f} s")
    ends = not here or here[0].most_turns == turn
    return 0 if ends else seconds


def run_turns(cases, library, options):
    """Turn after turn of all cases, until as many as asked for or the time is used up."""
    start, turn = time.monotonic(), 0
    names = list(dict.fromkeys(case.section for case in cases))
    while True:
        turn += 1
        following = sum(run_section(name, cases, turn, library) for name in names)
        if options.turns:
            if turn == options.turns:
                return turn
        elif turn >= LEAST_TURNS and (
                following == 0 or time.monotonic() + following > start + options.seconds):
            return turn


def sizes(text):
    found = [re.fullmatch(r"(\d+)x(\d+)", word) for word in text.split(",")]
    if not all(found) or any(f.group(i)[0] == "0" for f in found for i in (1, 2)):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of WIDTHxHEIGHT")
    return [(int(f.group(1)), int(f.group(2))) for f in found]


def chosen_from(known):
    def choose(text):
        words = text.split(",")
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(known)}")
        return words
    return choose


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("less than 1")
    return value


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="where cannyscope and libcannyscope-bench.so are")
    parser.add_argument("--sections", type=chosen_from(list(SECTIONS)), default=list(SECTIONS),
                        metavar="LIST", help="of " + ", ".join(SECTIONS))
    parser.add_argument("--images", type=chosen_from(list(PHOTOGRAPHS)),
                        default=list(PHOTOGRAPHS), metavar="LIST",
                        help="of " + ", ".join(PHOTOGRAPHS))
    parser.add_argument("--sizes", type=sizes, default=list(SIZES), metavar="WxH,WxH")
    parser.add_argument("--cpu", type=lambda text: text.split(","), metavar="LIST",
                        help="CPU levels (default: all in the first section, elsewhere avx2 where "
                             "there is one)")
    parser.add_argument("--threads", type=positive, default=2, metavar="N",
                        help="of both sides in the section threads (default 2)")
    parser.add_argument("--seconds", type=float, default=270,
                        help="stop when no other turn fits (default 270); never before three turns")
    parser.add_argument("--turns", type=positive, metavar="N", help="so many turns instead")
    parser.add_argument("--burst", type=positive, default=1, metavar="N",
                        help="calls of one side in a row, the first third not counted (default 1: "
                             "strictly in turn); the sections bursts and program have their own")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu",
                        help="for one thread: its processor time (the default), or the wall clock "
                             "as for several threads and whole programs")
    parser.add_argument("--full", action="store_true", help="a table of every case, too")
    parser.add_argument("--quick", action="store_true",
                        help="two pictures, one size, one turn: whether it works, no figures")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all medians")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.quick:
        options.images, options.sizes, options.turns = ["fruits", "aloe"], [(640, 480)], 1
        if not shutil.which("ffmpeg"):
            options.sections = [name for name in options.sections if name != "ffmpeg"]
            say("ffmpeg is not installed: left out")
    return options


def prepare(path):
    cv2.setUseOptimized(True)
    cv2.ocl.setUseOpenCL(False)
    gc.disable()
    if not path.exists():
        raise SystemExit(f"{path} is missing: `make bench-opencv` builds it")
    return declare(open_shared_object(path))


def write_json(path, lines, results, turns):
    path.write_text(json.dumps({"about": dict(lines), "turns": turns, "cases": results},
                               indent=1) + "\n", encoding="utf-8")


def main():
    options = parse()
    path = options.build / "libcannyscope-bench.so"
    library = prepare(path)
    levels = levels_of(library)
    for level in options.cpu or []:
        if level not in levels:
            raise SystemExit(f"--cpu {level}: not here; there are {', '.join(levels)}")
    plan = Plan(options, levels)
    cases = [case for name in options.sections for case in SECTIONS[name](plan)]
    lines = about(options, path, levels)
    load_before = os.getloadavg()[0]
    turns = run_turns(cases, library, options)
    lines.append(("load", f"{load_before:.2f} before, {os.getloadavg()[0]:.2f} after; 1 of the "
                          "latter is this run's own, the rest are neighbours"))
    results = [result for case in cases for result in case.results()]
    print(render(lines, results, options.full))
    if options.json:
        write_json(options.json, lines, results, turns)
    differences = [text for case in cases for text in case.differences]
    for text in dict.fromkeys(differences):
        say(text)
    compared = sum(case.compared for case in cases)
    print(f"\n{len(cases)} cases, turns: {turns}, comparisons of all pixels: {compared}, "
          f"failed: {len(differences)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
