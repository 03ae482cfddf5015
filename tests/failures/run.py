#!/usr/bin/python3
"""Calls that fail, one after the other, while the program reads folders, videos and sources.

    run.py BUILD [--sample N] [--first K] [--job NAME] [--call NAME] [--say]

BUILD has what `make SAN=address,undefined tests-failures` made. Each job is run once to count: which
calls of the tables calls*.inc it makes, and from which places. Then once for each of the first K calls
from each place, which fails (--sample: so many of those at most, spread over all of them). However it
ends, each run must

- end by itself, with a status of ours: 0, 1 or 3, with a sentence that is not the system's alone
  if it is not 0;
- with 0, have made what the undisturbed run makes;
- leave nothing under a final name but whole files, and nothing under a temporary one;
- leave nothing in the ledger, and nothing for the sanitizers to report.

--say prints what each run said. Prints "N passed, N failed" last.
"""
import argparse
import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
import tempfile

import jobs

PATIENCE_S = 120
SANITIZER_STATUS = 99


def environment(place, order):
    own = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
    env = dict(os.environ, CANNYSCOPE_FAIL=order, CANNYSCOPE_ASSETS=f"{own}/assets", HOME=f"{place}/home",
               XDG_CONFIG_HOME=f"{place}/config", XDG_STATE_HOME=f"{place}/state",
               SDL_VIDEODRIVER="dummy",
               ASAN_OPTIONS=f"exitcode={SANITIZER_STATUS}:allocator_may_return_null=1",
               UBSAN_OPTIONS="print_stacktrace=1",
               LSAN_OPTIONS=f"suppressions={own}/tests/sanitizers/leaks.supp:print_suppressions=0"
                            f":exitcode={SANITIZER_STATUS}")
    for name in "DISPLAY", "WAYLAND_DISPLAY":
        env.pop(name, None)
    return env


class Run:
    """One run of a job: its status (None: it had to be killed), what it said and what it left."""

    def __init__(self, program, job, inputs, order):
        with tempfile.TemporaryDirectory(prefix="cannyscope-failures-") as place:
            for folder in "home", "config", "state", "out":
                os.mkdir(f"{place}/{folder}")
            command = [program, *job.words(inputs, f"{place}/out")]
            try:
                done = subprocess.run(command, env=environment(place, order), stdin=subprocess.DEVNULL,
                                      capture_output=True, timeout=PATIENCE_S, cwd=place, check=False)
                self.status, output = done.returncode, done.stderr
            except subprocess.TimeoutExpired as late:
                self.status, output = None, late.stderr or b""
            lines = output.decode(errors="replace").splitlines()
            self.told = [line[10:] for line in lines if line.startswith("failures: ")]
            self.said = [line for line in lines if not line.startswith("failures: ")]
            self.left = digests(f"{place}/out")
            self.broken = broken_videos(f"{place}/out") if self.status != 0 else []
            self.parts = [name for folder, _, names in os.walk(place) for name in names
                          if name.endswith(".part")]


def digests(folder):
    """Files' names, and what stands for their bytes. Matroska files bear a random number."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            # One frame of a file in which more were expected has a number.
            plain = os.path.relpath(path, folder).replace("-0001.", ".")
            with open(path, "rb") as file:
                found[plain] = os.path.getsize(path) if name.endswith(".mkv") \
                    else hashlib.sha1(file.read()).hexdigest()
    return found


def broken_videos(folder):
    """Of the videos that ended early, those that a player cannot read."""
    found = []
    for name in os.listdir(folder):
        if name.endswith((".avi", ".mkv", ".mp4")):
            done = subprocess.run(["ffprobe", "-v", "error", "-count_packets", f"{folder}/{name}"],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode != 0 or done.stderr:
                found.append(name)
    return found


def has_words(lines):
    """A sentence of ours names something: more than what the system calls the error."""
    return any(len(line.split()) >= 4 for line in lines)


def wrong(run, calm, job, call):
    """What is wrong with a run; nothing if it is fine."""
    faults = []
    if run.status is None:
        return ["did not end"]
    if run.status == SANITIZER_STATUS or any("Sanitizer" in line or "runtime error" in line
                                             for line in run.said):
        return ["the sanitizers report"]
    if run.status not in (0, 1, 3):
        faults.append(f"status {run.status}")
    if run.status != 0 and not has_words(run.said):
        faults.append("says nothing")
    whole = {name: mark for name, mark in calm.left.items() if not job.may_differ(name)}
    early = () if run.status == 0 else (".avi", ".mkv", ".mp4")
    missing = [name for name in calm.left if name not in run.left and not job.told(run.said)]
    more = [name for name in run.left if name not in calm.left]
    bad = [name for name, mark in run.left.items()
           if name in whole and whole[name] != mark and not name.endswith(early)]
    if more or (run.status == 0 and missing):
        faults.append(f"says {run.status}, but there are other files: {missing} {more}")
    if bad or run.broken:
        faults.append(f"not whole: {bad + run.broken}")
    if run.parts and call not in ("unlink", "unlinkat"):
        faults.append(f"parts are left: {run.parts}")
    faults += [line for line in run.told if line.startswith("left ")]
    return faults


def spread(things, count):
    if not count or len(things) <= count:
        return things
    return [things[i * len(things) // count] for i in range(count)]


def report(name, faults, run, say):
    print(f"{'FAIL ' if faults else 'ok   '} {name}{': ' + '; '.join(faults) if faults else ''}")
    if faults or say:
        for line in [f"status {run.status}", *run.told, *run.said[:60]]:
            print(f"      | {line}")
    sys.stdout.flush()


def plan(program, inputs, options):
    """Pairs of a job's undisturbed run and a call that is to fail."""
    planned, bad = [], 0
    for job in jobs.JOBS:
        if options.job and options.job != job.name:
            continue
        calm = Run(program, job, inputs, f"count:{options.first}")
        faults = wrong(calm, calm, job, "") if calm.status == 0 else [f"status {calm.status}, undisturbed"]
        report(f"{job.name}: {len(calm.told)} calls to fail", faults, calm, False)
        bad += bool(faults)
        calls = [line.split(" ", 2) for line in calm.told if re.match(r"\w+ \d+ ", line)]
        planned += [(job, calm, name, number) for name, number, _ in calls
                    if not options.call or f"{name}:{number}".startswith(options.call)]
    return spread(planned, options.sample), bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--first", type=int, default=3)
    parser.add_argument("--job")
    parser.add_argument("--call", default="")
    parser.add_argument("--say", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(f"{options.build}/tests/failures/cannyscope")
    with tempfile.TemporaryDirectory(prefix="cannyscope-failures-") as inputs:
        jobs.make_inputs(inputs)
        planned, bad = plan(program, inputs, options)
        good, missed = 0, 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = pool.map(lambda p: Run(program, p[0], inputs, f"{p[2]}:{p[3]}"), planned)
            for (job, calm, call, number), run in zip(planned, runs):
                faults = wrong(run, calm, job, call)
                # Threads do not make their calls in the same number each time.
                missed += not any(line.startswith(f"{call} ") for line in run.told)
                good, bad = good + (not faults), bad + bool(faults)
                report(f"{job.name}: {call} {number}", faults, run, options.say)
    print(f"{missed} of {len(planned)} calls did not come in their run")
    print(f"{good} passed, {bad} failed")
    return 1 if bad or missed * 5 > len(planned) else 0


if __name__ == "__main__":
    sys.exit(main())
