#!/usr/bin/python3
"""cost.py SHORT LONG FRAMES: what the ledger costs a frame, in instructions.

SHORT and LONG are callgrind's output of two runs that differ by FRAMES frames. What processing/memory.c
executes itself, without malloc and without zeroing, must be below 1 percent of the short run, in which
everything is allocated that ever is, and below 1 percent of what a frame takes.
"""
import re
import subprocess
import sys

LINE = re.compile(r"\s*([\d,]+)\s+(?:\([^)]*\)\s+)?(\S.*)")


def counts(path):
    """Instructions in all, and those of the ledger's own functions."""
    text = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no", path],
        check=True, capture_output=True, text=True, errors="replace").stdout
    total = ledger = 0
    for line in text.splitlines():
        match = LINE.match(line)
        if not match or "=>" in line:
            continue
        number = int(match[1].replace(",", ""))
        if match[2].startswith("PROGRAM TOTALS"):
            total = number
        elif re.search(r"processing/memory\.c:memory_(alloc|free|copy|note)", match[2]):
            ledger += number
    return total, ledger


def main():
    frames = int(sys.argv[3])
    (short, short_ledger), (long, long_ledger) = counts(sys.argv[1]), counts(sys.argv[2])
    frame = (long - short) / frames
    own = (long_ledger - short_ledger) / frames
    print(f"a frame: {frame:.0f} instructions, the ledger's {own:.0f}; the start: {short_ledger} "
          f"of {short}, {100 * short_ledger / short:.4f} percent")
    sys.exit(not (short_ledger > 0 and frame > 1e5 and own < 0.01 * frame
                  and short_ledger < 0.01 * short))


main()
