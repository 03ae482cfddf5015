"""How much the time depends on the picture: calls on all photographs of a size, in rotation."""

import cv2
import numpy as np

from measure import CLOCKS, EngineCall, OpencvCall, compare, rounds_of, timed


class SpreadCase:
    """A line of the result for each of `levels`, and one for OpenCV."""

    section, most_turns = "spread", None

    def __init__(self, pictures, label, params, levels, clock):
        self.pictures, self.label, self.params, self.levels = pictures, label, params, levels
        self.clock = clock
        self.rotations = {level: [] for level in (*levels, "OpenCV")}  # of ns a picture
        self.compared = 0
        self.differences = []

    def turn(self, library):
        cv2.setNumThreads(1)
        clock = CLOCKS[self.clock]
        planes = [picture.gray() for picture in self.pictures]
        opencv = [OpencvCall(plane, self.params) for plane in planes]
        for level in self.levels:
            engines = [EngineCall(library, plane, self.params, level, 1) for plane in planes]
            try:
                for i, engine in enumerate(engines):
                    self._check(self.pictures[i], level, compare(opencv[i], engine))
                for _ in range(rounds_of(self.pictures[0])):
                    self.rotations[level].append([timed(engine, clock) for engine in engines])
            finally:
                for engine in engines:
                    engine.close()
        self.rotations["OpenCV"].append([timed(call, clock) for call in opencv])

    def _check(self, picture, level, found):
        self.compared += 1
        if found:
            self.differences.append(f"spread: {picture}, {self.label}, {level}: {found}")

    def results(self):
        return [self._result(level) for level in self.rotations]

    def _result(self, level):
        """The quotient is taken within each rotation, so that drift does not enter."""
        times = np.array(self.rotations[level], dtype=np.float64)
        medians = np.median(times, axis=0)
        slow, fast = medians.argmax(), medians.argmin()
        return {"section": self.section, "label": self.label, "level": level,
                "width": self.pictures[0].width, "height": self.pictures[0].height,
                "slowest": self.pictures[slow].name, "fastest": self.pictures[fast].name,
                "clock": self.clock, "quotient": float(np.median(times[:, slow] / times[:, fast])),
                "rotations": len(times),
                "ms": {p.name: ns / 1e6 for p, ns in zip(self.pictures, medians)}}
