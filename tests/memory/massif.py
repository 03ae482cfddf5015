#!/usr/bin/python3
"""massif.py FILE REPORT: what valgrind's massif saw the ledger take, beside what the ledger says.

FILE is massif's output with detailed snapshots (--detailed-freq=1 --threshold=0), REPORT what
--memory-report --json printed in the same run. In each snapshot the branches that begin in
processing/memory.c are added up; the largest sum must be the ledger's peak, within 1 percent.
"""
import json
import re
import sys

BRANCH = re.compile(r" n\d+: (\d+) 0x[0-9A-F]+: \w+ \(memory\.c:\d+\)")


def sums(path):
    """Bytes of ours in each snapshot."""
    total = None
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("snapshot="):
                if total is not None:
                    yield total
                total = 0
            elif total is not None:
                branch = BRANCH.match(line)
                total += int(branch[1]) if branch else 0
    yield total or 0


def report_in(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith('{"allocated"') or '"owners":' in line:
                return json.loads(line)
    sys.exit(f"no report in {path}")


def main():
    seen = list(sums(sys.argv[1]))
    ledger = report_in(sys.argv[2])["allocated"]["peak_bytes"]
    apart = abs(max(seen) - ledger) / ledger
    print(f"{len(seen)} snapshots, massif {max(seen)} bytes at most, ledger {ledger}, "
          f"{100 * apart:.3f} percent apart")
    sys.exit(apart > 0.01 or ledger < 1 << 20)


main()
