#!/usr/bin/python3
"""Calls that fail, one after the other, while the program reads folders, videos, cameras and sources.

    run.py BUILD [--sample N [--seed S]] [--first K] [--x11] [--job NAME] [--call NAME] [--say]

BUILD has what `make SAN=address,undefined tests-failures` made. Each job is run once to count: which
calls of the tables calls*.inc it makes, and from which places. Then once for each of the first K calls
from each place, which fails (--sample: so many of those at most, spread over all of them, others for
each seed). Of a device's requests each is a place; they fail once, and several times in a row. However
it ends, each run must

- end by itself, with a status of ours: 0, 1 or 3, with a sentence that says what failed on what, and
  why, if it is not 0;
- with 0, have made what the undisturbed run makes, and shown it;
- have written what it says that it has;
- leave nothing under a final name but whole files, and nothing under a temporary one;
- leave nothing in the ledger, and nothing for the sanitizers to report.

--x11 runs the jobs with a window, on an X server of its own instead of SDL's dummy. --say prints what
each run said. Prints "N passed, N failed" last.

Jobs with devices are run as root, or as root among themselves; where a machine allows neither they are
left out, which is a failure only if DISKS=required.
"""
import argparse
import concurrent.futures
import contextlib
import hashlib
import os
import re
import subprocess
import sys
import tempfile

import jobs
import verdict

PATIENCE_S = 120
IN_A_ROW = 4  # more than anybody asks again
OWN = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
REQUESTS = ("ioctl", "v4l2_ioctl")


def environment(place, order, inputs, job, display):
    env = dict(os.environ, CANNYSCOPE_FAIL=order, CANNYSCOPE_ASSETS=f"{OWN}/assets", HOME=f"{place}/home",
               XDG_CONFIG_HOME=f"{place}/config", XDG_STATE_HOME=f"{place}/state",
               SDL_VIDEODRIVER="x11" if display else "dummy",
               ASAN_OPTIONS=f"exitcode={verdict.SANITIZER_STATUS}:allocator_may_return_null=1",
               UBSAN_OPTIONS="print_stacktrace=1",
               LSAN_OPTIONS=f"suppressions={OWN}/tests/sanitizers/leaks.supp:print_suppressions=0"
                            f":exitcode={verdict.SANITIZER_STATUS}")
    for name in "DISPLAY", "WAYLAND_DISPLAY", "CANNYSCOPE_DEVICES", "CANNYSCOPE_UNPLUG":
        env.pop(name, None)
    if display:
        env["DISPLAY"] = display
    if job.devices is not None:
        env.update(job.devices, CANNYSCOPE_DEVICES=f"{inputs}/pictures/jpg.jpg")
    return env


def own_dev():
    """Words in front of a command that give it a /dev of its own."""
    root = [] if os.getuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *root, f"{OWN}/tests/failures/own_dev.sh"]


def may_have_devices():
    return subprocess.run([*own_dev(), "true"], capture_output=True, check=False).returncode == 0


class Run:
    """One run of a job: its status (None: it had to be killed), what it said and what it left."""

    def __init__(self, program, job, inputs, order, display):
        with tempfile.TemporaryDirectory(prefix="cannyscope-failures-") as place:
            for folder in "home", "config", "state", "out":
                os.mkdir(f"{place}/{folder}")
            words = job.words(inputs, f"{place}/out")
            self.command = words[0]
            command = [*(own_dev() if job.devices is not None else []), program, *words]
            try:
                done = subprocess.run(command, env=environment(place, order, inputs, job, display),
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S,
                                      cwd=place, check=False)
                self.status, output, shown = done.returncode, done.stderr, done.stdout
            except subprocess.TimeoutExpired as late:
                self.status, output, shown = None, late.stderr or b"", late.stdout or b""
            lines = output.decode(errors="replace").splitlines()
            self.shown = shown.decode(errors="replace")
            self.told = [line[10:] for line in lines if line.startswith("failures: ")]
            self.said = [line for line in lines if not line.startswith("failures: ")]
            self.left = digests(f"{place}/out")
            self.videos = verdict.videos_in(f"{place}/out")
            self.reports = lines_of(f"{place}/out/report.jsonl")
            self.parts = [name for folder, _, names in os.walk(place) for name in names
                          if name.endswith(".part")]


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


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


def spread(things, count, seed):
    """So many of them, as far apart as can be; each seed has others."""
    if not count or len(things) <= count:
        return things
    begin = int(seed * 0.618 % 1 * len(things))
    return [things[(begin + i * len(things)) // count % len(things)] for i in range(count)]


def report(name, faults, run, say):
    print(f"{'FAIL ' if faults else 'ok   '} {name}{': ' + '; '.join(faults) if faults else ''}")
    if faults or say:
        for line in [f"status {run.status}", *run.told, *run.said[:60]]:
            print(f"      | {line}")
    sys.stdout.flush()


def orders_of(told, wanted):
    """From lines of what was counted: the calls that are to fail, as they are ordered."""
    calls = [line.split(" ", 2)[:2] for line in told if re.match(r"\w+ \d+ ", line)]
    orders = [f"{name}:{number}" for name, number in calls]
    orders += [f"{name}:{number}:{IN_A_ROW}" for name, number in calls if name in REQUESTS]
    return [order for order in orders if order.startswith(wanted)]


def plan(program, inputs, options, display):
    """Triples of a job, its undisturbed run and a call that is to fail."""
    planned, bad = [], 0
    devices = may_have_devices()
    if not devices:
        print("Jobs with devices are left out: mounts of one's own are not allowed here")
        bad += os.environ.get("DISKS") == "required"
    for job in jobs.JOBS:
        if (options.job and options.job != job.name) or (display and "window" not in job.name) or \
                (job.devices is not None and not devices):
            continue
        calm = Run(program, job, inputs, f"count:{options.first}", display)
        faults = verdict.wrong(calm, calm, job, "") if calm.status == 0 else [f"status {calm.status}, undisturbed"]
        report(f"{job.name}: {len(calm.told)} calls to fail", faults, calm, False)
        bad += bool(faults)
        planned += [(job, calm, order) for order in orders_of(calm.told, options.call)]
    return spread(planned, options.sample, options.seed), bad


@contextlib.contextmanager
def own_display(wanted):
    """The name of an X server that ends with the block; "" if none is wanted."""
    if not wanted:
        yield ""
        return
    reading, writing = os.pipe()
    with subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-noreset",
                           "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
        server.terminate()


def run_all(program, inputs, options, display):
    planned, bad = plan(program, inputs, options, display)
    good, missed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = pool.map(lambda p: Run(program, p[0], inputs, p[2], display), planned)
        for (job, calm, order), run in zip(planned, runs):
            call = order.split(":")[0]
            faults = verdict.wrong(run, calm, job, call)
            # Threads do not make their calls in the same number each time.
            missed += not any(line.startswith(f"{call} ") for line in run.told)
            good, bad = good + (not faults), bad + bool(faults)
            report(f"{job.name}: {order}", faults, run, options.say)
    print(f"{missed} of {len(planned)} calls did not come in their run")
    print(f"{good} passed, {bad} failed")
    return 1 if bad or missed * 5 > len(planned) else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=3)
    parser.add_argument("--x11", action="store_true")
    parser.add_argument("--job")
    parser.add_argument("--call", default="")
    parser.add_argument("--say", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(f"{options.build}/tests/failures/cannyscope")
    with tempfile.TemporaryDirectory(prefix="cannyscope-failures-") as inputs, \
            own_display(options.x11) as display:
        jobs.make_inputs(inputs)
        return run_all(program, inputs, options, display)


if __name__ == "__main__":
    sys.exit(main())
