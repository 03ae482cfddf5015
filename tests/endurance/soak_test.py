#!/usr/bin/python3
"""Holds soak.py to series whose answer is known, in three minutes and in an hour."""
import contextlib
import io
import random
import sys

import growth
import soak

LIMIT = 64 << 10
passed = failed = 0


def check(name, good):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok   ' if good else 'FAIL '} {name}")


def series(seconds, **changed):
    """Samples of a run in which nothing changes but what is given: functions of the time."""
    step = max(0.5, seconds / soak.MOST_SAMPLES)
    times = [i * step for i in range(int(seconds / step) + 1)]
    still = {"descriptors": 9, "threads": 7, "mappings": 400, "allocations": 50, "frame_bytes": 1 << 23,
             "heap_bytes": 13 << 20, "resident": 22 << 20, "anonymous": 14 << 20, "writable": 60 << 20,
             "frames": 0, "reconnects": 0, "state": "streaming"}
    samples = [{"time": 1000 + time, **still, "frames": int(30 * time)} for time in times]
    for name, change in changed.items():
        for sample, time in zip(samples, times):
            value = still[name] + change(time)
            sample[name] = int(value) // growth.PAGE * growth.PAGE if name in soak.PAGED else int(value)
    return samples


def failures(samples, judge=soak.judge_streaming):
    """Beginnings of the lines that fail."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        judge(soak.Verdict("x", LIMIT), samples)
    return [line.split(": ")[1] for line in output.getvalue().splitlines() if line.startswith("FAIL")]


def per_hour(kilobytes):
    return lambda time: kilobytes * 1024 * time / growth.HOUR_S


def steps(*moments, size=growth.PAGE):
    return lambda time: size * sum(time >= moment for moment in moments)


def noise(size, more=lambda time: 0):
    source = random.Random(1)
    return lambda time: source.randint(-size, size) + more(time)


def check_counts():
    check("nothing changes", failures(series(180)) == [])
    for name in soak.COUNTED + soak.LEDGER:
        words = soak.WORDS.get(name, name)
        check(f"one more of {name}", failures(series(180, **{name: steps(170, size=1)})) == [words])
        check(f"one less of {name}", failures(series(180, **{name: steps(9, size=-1)})) == [words])
    check("a process that stands still", "30 frames in 180 s, 361 samples" in
          failures([{**sample, "frames": sample["frames"] // 180} for sample in series(180)]))


def check_heap(seconds):
    where = f"heap, {seconds} s: "
    heap = ["heap in use"]
    check(where + "noise", failures(series(seconds, heap_bytes=noise(2000))) == [])
    check(where + "grows by 100 KB an hour", failures(series(seconds, heap_bytes=per_hour(100))) == heap)
    check(where + "grows by 50", failures(series(seconds, heap_bytes=per_hour(50))) == [])
    check(where + "by 100 under noise",
          failures(series(seconds, heap_bytes=noise(500, per_hour(100)))) == heap)
    check(where + "noise so high that nothing is known",
          failures(series(180, heap_bytes=noise(40000))) == heap)
    check(where + "64 bytes a frame", failures(
        series(seconds, heap_bytes=lambda time: 64 * 30 * time)) == heap)


def check_pages():
    paged = ["anonymous memory"]
    for seconds in (180, 3600):
        where = f"pages, {seconds} s: "
        check(where + "three", failures(series(seconds, anonymous=steps(20, 50, 100))) == [])
        check(where + "a jump of 2 MB", failures(series(seconds, anonymous=steps(
            seconds / 3, size=2 << 20))) == [])
        check(where + "64 bytes a frame",
              failures(series(seconds, anonymous=lambda time: 64 * 30 * time)) == paged)
        check(where + "up and down", failures(series(seconds, anonymous=noise(50 << 10))) == []
              or seconds == 3600)
    check("pages, an hour: 80 KB", failures(series(3600, anonymous=per_hour(80))) == paged)
    check("pages, an hour: 50 KB", failures(series(3600, anonymous=per_hour(50))) == [])
    check("pages, three minutes: 2 MB an hour",
          failures(series(180, anonymous=per_hour(2048))) == paged)
    ruler = series(180, anonymous=per_hour(80))
    check("pages, three minutes: of 80 KB an hour nothing can be said", failures(ruler) == [])


def check_camera():
    anew = series(180, allocations=steps(60, size=22), reconnects=steps(60, size=1))
    check("a camera that was opened anew", failures(anew) == [])
    anew[-1]["allocations"] += 1
    check("and then allocates", failures(anew) == ["own allocations"])
    silent = series(180)
    silent[100].update(state="waiting", allocations=60)
    check("a camera that is silent", failures(silent) == [])


def cycles(count, **changed):
    return series(180, **changed)[::360 // count][:count]


def check_cycles():
    def found(**changed):
        return failures(cycles(10, **changed), soak.judge_cycles)
    check("cycles: nothing changes", found() == [])
    check("cycles: a thread more", found(threads=steps(150, size=1)) == ["threads"])
    check("cycles: 5 KB a cycle", found(heap_bytes=lambda time: 5120 * (time // 18)) == ["heap in use"])
    check("cycles: what tapers off",
          found(heap_bytes=lambda time: 100000 * (1 - 0.8 ** (10 + time // 18))) == [])
    check("cycles: a frame a cycle is lost", found(
        anonymous=lambda time: 300000 * (time // 18)) == ["anonymous memory"])
    check("cycles: 1 KB a cycle, an hour", failures(series(
        3600, heap_bytes=lambda time: 1024 * (time // 18)), soak.judge_cycles) == ["heap in use"])


def ledger(**lines):
    return {"snapshot": {"sites": [{"file": name, "line": 1, "live_bytes": size, "live_count": 1}
                                   for name, size in lines.items()]}}


def check_ledgers():
    def found(*ledgers):
        return len(failures(ledgers, soak.judge_ledgers))
    check("ledgers: the same", found(ledger(a=1, b=2), ledger(b=2, a=1)) == 0)
    check("ledgers: a byte more", found(ledger(a=1, b=2), ledger(a=1, b=3)) == 1)
    check("ledgers: a new line", found(ledger(a=1), ledger(a=1, b=3)) == 1)
    check("ledgers: empty", found(ledger(), ledger()) == 1)


def check_growth():
    line = [3.0 * time + 7 for time in range(100)]
    check("the slope of a line", growth.slope(list(range(100)), line) == (10800.0,) * 3)
    line[50] = 1e9
    check("and with one wild value", growth.slope(list(range(100)), line)[0] == 10800.0)
    check("new heights", growth.new_heights([5, 4, 5, 6, 6, 2, 7]) == 2)
    check("five events are one in a thousand of", 0.73 < growth.least_expected(5) < 0.75)
    check("of none nothing follows", growth.least_expected(0) == 0)


def main():
    check_growth()
    check_counts()
    for seconds in (180, 3600):
        check_heap(seconds)
    check_pages()
    check_camera()
    check_cycles()
    check_ledgers()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
