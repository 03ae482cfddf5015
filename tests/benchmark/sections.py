"""What is measured: the cases of each section. A row here is a row of the report."""

import shutil

from commands import FfmpegCase, ProgramCase
from measure import Case, ControlCase, Params
from pictures import Picture
from spread import SpreadCase

# Where an aperture or norm gives other magnitudes, thresholds that find about the same edges: taps
# of aperture 5 and 7 add up to 12 and 160 times those of 3. Lower ones would flatter cannyscope.
OTHER_PARAMS = (
    ("aperture 5, 600/1800", Params(600, 1800, aperture=5)),
    ("aperture 7, 8000/24000", Params(8000, 24000, aperture=7)),
    ("L2, 50/150", Params(l2=True)),
    ("blur 3", Params(blur=3)),
    ("blur 7", Params(blur=7)),
    ("no blur", Params(blur=0)),
)
DENSE = (("20/60, photographs", Params(20, 60)), ("0/400, photographs", Params(0, 400)))
THRESHOLDS = (("50/150", Params()), ("20/60", Params(20, 60)), ("0/400", Params(0, 400)))
NOISE = (("50/150, noise", Params()), ("20/60, noise", Params(20, 60)),
         ("0/400, noise", Params(0, 400)))


BURST = 9


class Plan:
    """What the command line chose."""

    def __init__(self, options, levels):
        self.all_levels = options.cpu or levels
        usual = "avx2" if "avx2" in levels else levels[0]
        self.levels = options.cpu or [usual]
        self.threads, self.burst = options.threads, options.burst
        self.clock = options.clock
        self.sizes = options.sizes
        self.pictures = [Picture(name, *size) for size in options.sizes for name in options.images]
        self.program = options.build / "cannyscope"
        self.folder = options.build / "bench"
        # The fewest edges and the most, where fewer pictures are enough.
        self.ends = [p for p in self.pictures if p.name in (options.images[0], options.images[-1])]

    def noise(self):
        return [Picture("noise", *size) for size in self.sizes]

    def cases(self, section, pictures=None, kind=Case, **rest):
        """A case for each of the pictures; what the section does not say is as usual."""
        rest = {"levels": self.levels, "burst": self.burst, "clock": self.clock, **rest}
        return [kind(section, p, **rest) for p in pictures or self.pictures]


def levels_section(plan):
    return plan.cases("levels", levels=plan.all_levels)


def bursts_section(plan):
    return plan.cases("bursts", levels=plan.all_levels, burst=BURST)


def threads_section(plan):
    return plan.cases("threads", threads=plan.threads)


def bgr_section(plan):
    return plan.cases("bgr", bgr=True)


def dense_section(plan):
    rows = [(row, plan.pictures) for row in DENSE] + [(row, plan.noise()) for row in NOISE]
    return [case for (label, params), pictures in rows
            for case in plan.cases("dense", pictures, label=label, params=params)]


def apertures_section(plan):
    return [case for label, params in OTHER_PARAMS
            for case in plan.cases("apertures", label=label, params=params)]


def spread_section(plan):
    groups = [[p for p in plan.pictures if (p.width, p.height) == size] for size in plan.sizes]
    return [SpreadCase(group, label, params, plan.levels, plan.clock)
            for label, params in THRESHOLDS for group in groups if len(group) > 1]


def control_section(plan):
    return plan.cases("control", plan.ends, ControlCase, levels=["OpenCV"])


def program_section(plan):
    return plan.cases("program", plan.ends, ProgramCase, folder=plan.folder,
                      program=plan.program, burst=BURST)


def ffmpeg_section(plan):
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg is not installed: `make bench-opencv` installs it; or leave the "
                         "section ffmpeg out")
    return plan.cases("ffmpeg", kind=FfmpegCase, folder=plan.folder)


SECTIONS = {"levels": levels_section, "bursts": bursts_section,
            "threads": threads_section, "bgr": bgr_section,
            "dense": dense_section, "spread": spread_section, "apertures": apertures_section,
            "control": control_section,
            "program": program_section, "ffmpeg": ffmpeg_section}
