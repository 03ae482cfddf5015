"""One case: a picture and parameters, timed on both sides call by call.

Both sides read the same buffer and write into memory that was there before: OpenCV by dst= and
edges=, cannyscope into a plane. cannyscope makes its scratch memory once for a size, as the program
does; OpenCV's Canny has no way to keep its own and allocates it in each call. Both are called from
Python and timed by the same clock around the call: one call to cannyscope, two or three to OpenCV,
half a microsecond each. With one thread the clock is that thread's processor time: a neighbour
who takes the core interrupts longer calls more often, so by the wall clock a loaded machine
flatters the faster side. (OpenCV told to use one thread does: the whole process takes no more.)

Calls alternate, so each side finds the caches as the other left them, which costs the faster side
more: at 1920x1080 it takes up to a third of its time to fill them again. In bursts (several calls
of one, then as many of the other, the first third not counted) each has its own caches, as a
program that does nothing else between two frames. Both are fair; they answer different questions.

ControlCase puts OpenCV beside itself: how far from 1 that is, is what the machine's noise does.

The ratio of a case is the median of the ratios of its pairs. On a machine with neighbours, where
a call takes now its time and now twice that, it scattered half as much as the ratio of the medians.
"""

import ctypes
import dataclasses
import os
import statistics
import time

import cv2
import numpy as np

from planes import difference

CLOCKS = {"cpu": time.thread_time_ns, "wall": time.perf_counter_ns}
LEVELS = ("avx512", "avx2", "ssse3", "neon", "c")


@dataclasses.dataclass(frozen=True)
class Params:
    """What Canny is asked for; the defaults are the program's."""
    low: float = 50
    high: float = 150
    blur: int = 5
    aperture: int = 3
    l2: bool = False


class _Case(ctypes.Structure):
    """struct benchmark_case of bench_shared.h."""
    _fields_ = [("data", ctypes.c_void_p), ("stride", ctypes.c_int64),
                ("edges", ctypes.c_void_p), ("level", ctypes.c_char_p), ("bgr", ctypes.c_int32),
                ("threads", ctypes.c_int32), ("width", ctypes.c_int32),
                ("height", ctypes.c_int32), ("blur", ctypes.c_int32),
                ("aperture", ctypes.c_int32), ("l2", ctypes.c_int32), ("low", ctypes.c_double),
                ("high", ctypes.c_double)]


def declare(library):
    """Tells ctypes the functions of bench_shared.h; returns the library."""
    library.benchmark_has_level.argtypes = [ctypes.c_char_p]
    library.benchmark_create.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.benchmark_run.argtypes = [ctypes.c_void_p]
    library.benchmark_destroy.argtypes = [ctypes.c_void_p]
    return library


def levels_of(library):
    """The CPU levels that this build and this CPU have, the best first."""
    return [level for level in LEVELS if library.benchmark_has_level(level.encode())]


class OpencvCall:
    """cvtColor, GaussianBlur and Canny as a careful user writes them: nothing allocated twice."""

    def __init__(self, pixels, params):
        self.pixels, self.params = pixels, params
        self.gray = np.empty(pixels.shape[:2], np.uint8) if pixels.ndim == 3 else pixels
        self.blurred = np.empty_like(self.gray) if params.blur else self.gray
        self.edges = np.empty_like(self.gray)

    def __call__(self):
        p = self.params
        if self.gray is not self.pixels:
            cv2.cvtColor(self.pixels, cv2.COLOR_BGR2GRAY, dst=self.gray)
        if p.blur:
            cv2.GaussianBlur(self.gray, (p.blur, p.blur), 0, dst=self.blurred)
        return cv2.Canny(self.blurred, p.low, p.high, edges=self.edges, apertureSize=p.aperture,
                         L2gradient=p.l2)


class EngineCall:
    """canny_run() with its scratch, threads and level made before."""

    def __init__(self, library, pixels, params, level, threads):
        height, width = pixels.shape[:2]
        self.library, self.pixels = library, pixels
        self.edges = np.empty((height, width), np.uint8)
        self.handle = ctypes.c_void_p()
        case = _Case(data=pixels.ctypes.data, stride=pixels.strides[0],
                     edges=self.edges.ctypes.data, level=level.encode(), bgr=pixels.ndim == 3,
                     threads=threads, width=width, height=height, blur=params.blur,
                     aperture=params.aperture, l2=params.l2, low=params.low, high=params.high)
        self.bands = library.benchmark_create(ctypes.byref(self.handle), ctypes.byref(case))
        if self.bands < 0:
            raise SystemExit(f"{level}, {threads} threads: {os.strerror(-self.bands)}")
        self.run = library.benchmark_run

    def __call__(self):
        if self.run(self.handle) < 0:
            raise RuntimeError("canny_run() refused")

    def close(self):
        self.library.benchmark_destroy(ctypes.byref(self.handle))


def compare(opencv, engine):
    """Runs both on planes that hold neither's result yet; difference() of what they leave."""
    opencv.edges.fill(1)
    engine.edges.fill(2)
    if opencv() is not opencv.edges:
        raise RuntimeError("OpenCV did not write where it was asked to")
    engine()
    return difference(engine.edges, opencv.edges)


def rounds_of(picture):
    """How many calls a turn: more where they are short."""
    return max(2, min(12, 8_000_000 // (picture.width * picture.height)))


def timed(call, clock):
    """Nanoseconds of one call."""
    start = clock()
    call()
    return clock() - start


def percentiles(samples_ns, prefix):
    """Median, 10th and 90th of 100, in milliseconds."""
    low, middle, high = np.percentile(samples_ns, (10, 50, 90)) / 1e6
    return {f"{prefix}_ms": middle, f"{prefix}_p10_ms": low, f"{prefix}_p90_ms": high}


class Case:
    """A line of the result for each of `levels`. `label` says what is special about it."""

    most_turns = None  # as many as there is time for

    def __init__(self, section, picture, *, label="", params=Params(), bgr=False, threads=1,
                 levels=(), burst=1, clock="cpu"):
        self.section, self.picture, self.label = section, picture, label
        self.params, self.bgr, self.threads, self.levels = params, bgr, threads, levels
        self.clock = "wall" if threads > 1 else clock
        self.burst = burst  # calls of one side in a row, the first third not counted
        self.last = 0       # pairs of this turn
        self.pairs = {level: [] for level in levels}  # of nanoseconds: OpenCV, cannyscope
        self.bands = {}
        self.turns = 0
        self.compared = 0
        self.differences = []
        self.edges_percent = 0

    def __str__(self):
        p = self.params
        return (f"{self.section}: {self.picture.name} {self.picture.width}x{self.picture.height}, "
                f"low {p.low:g}, high {p.high:g}, blur {p.blur}, aperture {p.aperture}, "
                f"{'L2' if p.l2 else 'L1'}, from {'bgr' if self.bgr else 'gray'}, "
                f"{self.threads} threads")

    def peer(self, library, pixels, level):
        """What is timed beside OpenCV."""
        return EngineCall(library, pixels, self.params, level, self.threads)

    def turn(self, library):
        """Compares the pixels, then times a few pairs of calls, for each level."""
        self.turns += 1
        pixels = self.picture.bgr() if self.bgr else self.picture.gray()
        cv2.setNumThreads(self.threads)
        opencv = OpencvCall(pixels, self.params)
        engines = {}
        try:
            for level in self.levels:
                engine = engines[level] = self.peer(library, pixels, level)
                self.bands[level] = engine.bands
                self._check(level, compare(opencv, engine))
            self.edges_percent = 100 * np.count_nonzero(opencv.edges) / opencv.edges.size
            self._time(opencv, engines)
            for level, engine in engines.items():
                self._check(level, difference(engine.edges, opencv.edges))
        finally:
            for engine in engines.values():
                engine.close()

    def _check(self, level, found):
        self.compared += 1
        if found:
            self.differences.append(f"{self}, {level}: {found}")

    def _time(self, opencv, engines):
        """OpenCV, cannyscope, and again; in bursts, one of OpenCV does for all levels."""
        length = self.burst - self.burst // 3
        bursts = max(1, rounds_of(self.picture) // length)
        self.last = bursts * length
        for _ in range(bursts):
            theirs = self._burst(opencv) if self.burst > 1 else None
            for level, engine in engines.items():
                before = theirs or self._burst(opencv)
                self.pairs[level] += zip(before, self._burst(engine))

    def _burst(self, call):
        clock = CLOCKS[self.clock]
        return [timed(call, clock) for _ in range(self.burst)][self.burst // 3:]

    def last_pairs(self, level):
        """Those of this turn, as two rows of nanoseconds: OpenCV, cannyscope."""
        return np.array(self.pairs[level][-self.last:], dtype=np.float64).T

    def results(self):
        """What --json writes: an object a level."""
        return [self.result(level) for level in self.levels if self.pairs[level]]

    def result(self, level):
        theirs, ours = np.array(self.pairs[level], dtype=np.float64).T
        found = {"section": self.section, "label": self.label, "picture": self.picture.name,
                 "photograph": self.picture.is_photograph, "width": self.picture.width,
                 "height": self.picture.height, "input": "bgr" if self.bgr else "gray",
                 "params": dataclasses.asdict(self.params), "threads": self.threads,
                 "level": level, "bands": self.bands[level], "burst": self.burst,
                 "clock": self.clock, "pairs": len(ours),
                 "edges_percent": self.edges_percent}
        found.update(percentiles(theirs, "opencv"), **percentiles(ours, "cannyscope"))
        found["ratio"] = statistics.median(theirs / ours)
        found["ratio_of_medians"] = found["opencv_ms"] / found["cannyscope_ms"]
        return found


class _OpencvPeer(OpencvCall):
    """OpenCV in the place of cannyscope, with planes of its own."""

    bands = 1

    def close(self):
        pass


class ControlCase(Case):
    """OpenCV beside itself."""

    def peer(self, library, pixels, level):
        return _OpencvPeer(pixels, self.params)
