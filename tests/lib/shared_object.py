"""Opening one of the shared objects that the Makefile builds for tests in Python."""

import ctypes
import os
import subprocess
import sys


def open_shared_object(path):
    """A library built with sanitizers needs their runtimes in front: start again with them."""
    if not os.environ.get("LD_PRELOAD"):
        ldd = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=True)
        words = ldd.stdout.split()
        runtimes = " ".join(word for word in words if "/" in word and "san.so" in word)
        if runtimes:
            # Not ours to look for: leaks of Python, locks and races of the libraries behind OpenCV.
            os.environ.update(LD_PRELOAD=runtimes, ASAN_OPTIONS="detect_leaks=0",
                              TSAN_OPTIONS="detect_deadlocks=0:ignore_noninstrumented_modules=1")
            os.execv(sys.executable, [sys.executable, *sys.argv])
    return ctypes.CDLL(str(path))
