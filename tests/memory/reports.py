#!/usr/bin/python3
"""reports.py WHAT FILE...: reads what --memory-report and --memory-diff printed.

    same COUNTS REPORT      the ledger is what tests/preload/count_allocations.c counted, and what
                            the libraries asked for too
    lines TEXT JSON         the differences in TEXT are those of JSON in tracemalloc's own words
    still JSON...           no line of code holds more than after the first file
    adds REPORT             sites, owners and stages add up
    uncounted REPORT        what the libraries asked for is left out
    heap REPORT             they are a part of the heap
    table TEXT              the tables have every row
    explained HELP README   the README explains every number in the help's words
    plot FILE SECONDS       memory_profiler's mprof reads FILE, which covers so many seconds
"""
import json
import sys


def parts(path):
    """The report and the list of differences; None where there is none."""
    report = changes = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            value = json.loads(line) if line[0] in "[{" and line.rstrip()[-1] in "]}" else None
            if isinstance(value, list):
                changes = value
            elif value and "owners" in value:
                report = value
    return report, changes


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def near(a, b):
    return abs(a - b) <= 0.01 * max(a, b)


def same(counts, report):
    whole = parts(report)[0]
    ledger = whole["allocated"]
    names = ["live_bytes", "live_count", "total_bytes", "total_count", "peak_bytes", "others_count"]
    last, others = {}, set()
    for line in lines_of(counts):
        when, *numbers = line.split()
        last[when] = dict(zip(names, map(int, numbers)))
        others.add(last[when]["others_count"])
    print(ledger, whole["library_allocations"], last)
    seen = last["mallinfo2"]
    # What is there and what there was is counted in one order by all; the peak of several threads
    # is a question of moments.
    assert all(seen[name] == ledger[name] for name in names[:4]), "not the same"
    # A window's statistics look at the heap once more, when the report has been made.
    assert whole["library_allocations"] in others, "not what libraries asked for"
    assert whole["library_allocations"] > 50
    assert whole["allocations"] == ledger["total_count"]
    assert near(seen["peak_bytes"], ledger["peak_bytes"]), "another peak"
    assert seen["total_bytes"] > 1 << 20 and seen["total_count"] > 20, "too little to tell"
    assert last["exit"]["live_bytes"] == last["exit"]["live_count"] == 0, "something is left"


def lines(text, path):
    from tracemalloc import StatisticDiff
    changes = parts(path)[1]
    expected = [str(StatisticDiff(f"{c['file']}:{c['line']}", c["size_bytes"],
                                  c["size_diff_bytes"], c["count"], c["count_diff"]))
                for c in changes]
    got = lines_of(text)
    at = got.index("[ Top 10 differences ]")
    print("\n".join(expected))
    assert got[at + 1:at + 1 + len(expected)] == expected, got[at:]
    assert 0 < len(expected) <= 10


def still(*paths):
    for path in paths:
        changes = parts(path)[1]
        assert changes, path
        grown = [c for c in changes if c["size_diff_bytes"] > 0 or c["count_diff"] > 0]
        assert not grown, grown


def adds(path):
    report = parts(path)[0]
    every = report["owners"][-1]
    for name in ["live_bytes", "live_count", "total_bytes", "total_count"]:
        assert sum(o[name] for o in report["owners"][:-1]) == every[name], name
    # What is noted has no line of code.
    noted = sum(o["noted_bytes"] for o in report["owners"][:-1])
    for name in ["live_bytes", "live_count", "total_count"]:
        sites = sum(s[name] for s in report["sites"])
        assert sites + (noted if name == "live_bytes" else 0) == every[name], name
    assert report["allocated"]["live_count"] == every["live_count"]
    assert every["live_bytes"] - noted <= report["allocated"]["live_bytes"]
    stages = report["stages"]
    usage = sum(stage["increment_bytes"] for stage in stages)
    most = max(stage["usage_bytes"] for stage in stages)
    assert 0 < usage <= most <= report["peak_rss_bytes"] + (1 << 20), (usage, most)
    assert all(stage["occurrences"] == stages[-1]["occurrences"] for stage in stages[1:]), stages


def uncounted(path):
    report = parts(path)[0]
    assert "library_allocations" not in report and report["allocations"] > 0


def heap(path):
    report = parts(path)[0]
    ours = report["allocated"]["live_bytes"]
    assert report["allocated_bytes"] == ours
    assert report["other_heap_bytes"] == report["heap_bytes"] - ours > 0
    # What is given out and never written to is not resident.
    assert report["heap_bytes"] < report["peak_rss_bytes"] + (64 << 20)


def table(path):
    got = lines_of(path)
    heading = "Line #    Mem usage    Increment  Occurrences   Line Contents"
    assert got[got.index(heading) + 1] == "=" * len(heading)
    for start in ["Owner ", "frames ", "Canny scratch ", "all ", "our allocations ", "we asked ",
                  "libraries asked ", "RSS ",
                  "peak RSS ", "heap in use ", "freed, kept ", "driver buffers "]:
        assert [line for line in got if line.startswith(start)], start


def explained(help_text, readme):
    with open(readme, encoding="utf-8") as file:
        words = " ".join(file.read().split())
    rows = [line for line in lines_of(help_text) if line.startswith("  ")]
    assert len(rows) > 20
    for row in rows:
        name, meaning = row[2:18].strip(), row[18:].strip()
        assert f"| {name} | {meaning} |" in words, row


def plot(path, seconds):
    import mprof
    read = mprof.read_mprofile_file(path)
    times, used = read["timestamp"], read["mem_usage"]
    print(read["cmd_line"], times, used)
    assert len(times) == len(used) >= int(seconds) and sorted(times) == times
    assert int(seconds) - 1 <= times[-1] - times[0] < 120
    assert all(4 < megabytes < 4000 for megabytes in used)
    assert read["cmd_line"].startswith("cannyscope")


WHAT = {f.__name__: f for f in [same, lines, still, adds, uncounted, heap, table, explained, plot]}
WHAT[sys.argv[1]](*sys.argv[2:])
