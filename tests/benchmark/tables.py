"""The results as Markdown that reads as text, too. Made of what --json writes and nothing else."""

import statistics

TITLES = {
    "levels": "One thread, from gray",
    "bursts": "One thread, from gray, in bursts",
    "threads": "Several threads on both sides, from gray",
    "bgr": "One thread, from BGR",
    "dense": "Low thresholds and dense edges, one thread, from gray",
    "control": "Control: OpenCV beside itself, one thread, from gray (1 but for noise)",
    "apertures": "Other parameters, one thread, from gray",
}
UNITS = """Ratios are OpenCV's time divided by cannyscope's: more than 1 means that cannyscope is
faster. Each call of one follows a call of the other, unless bursts are mentioned; a case's ratio is
the median over these pairs. A cell is the geometric mean over the pictures (minimum)."""


def number(value):
    """Three figures or so."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heads, rows):
    """Aligned columns; the first to the left, the rest to the right."""
    cells = [heads, *rows]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(heads))]
    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]

    def line(row):
        padded = [c.ljust(w) if i == 0 else c.rjust(w)
                  for i, (c, w) in enumerate(zip(row, widths))]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([line(heads), line(rule), *(line(row) for row in rows)])


def mean(values):
    return statistics.geometric_mean(values)


def size_of(result):
    return result["width"], result["height"]


def size_name(size):
    return f"{size[0]}x{size[1]}"


def in_order(values):
    """Each once, in the order of their first appearance."""
    return list(dict.fromkeys(values))


def sizes_in(results):
    return sorted(set(map(size_of, results)))


def row_name(result):
    threads = f", {result['threads']} threads" if result["threads"] > 1 else ""
    return (result["label"] + ", " if result["label"] else "") + result["level"] + threads


def ratio_table(lines):
    """`lines`: pairs of a name and a list of (size, ratio)."""
    sizes = sorted({size for _, ratios in lines for size, _ in ratios})
    rows = []
    for name, ratios in lines:
        row = [name]
        for size in sizes:
            here = [ratio for s, ratio in ratios if s == size]
            row.append(f"{number(mean(here))} ({number(min(here))})" if here else "")
        every = [ratio for _, ratio in ratios]
        rows.append(row + [number(mean(every)), number(min(every))])
    return table(["", *map(size_name, sizes), "geometric mean", "minimum"], rows)


def ratios_of(results, key):
    return [(size_of(r), r[key]) for r in results]


def section_lines(results):
    """A line a label and level; where there are several labels, one of all together a level."""
    lines = []
    for name in in_order(map(row_name, results)):
        here = [r for r in results if row_name(r) == name]
        lines.append((name, ratios_of(here, "ratio")))
    if len({r["label"] for r in results}) > 1:
        for level in in_order(r["level"] for r in results):
            here = [r for r in results if r["level"] == level]
            lines.append((f"all of these, {level}", ratios_of(here, "ratio")))
    return lines


def pair_note(results):
    """How far the other way of taking the median would lead."""
    by_name = {}
    for r in results:
        by_name.setdefault(row_name(r), []).append(r)
    off = max(abs(mean([r["ratio_of_medians"] for r in rs]) / mean([r["ratio"] for r in rs]) - 1)
              for rs in by_name.values())
    pairs = [r["pairs"] for r in results]
    count = f"{min(pairs)}" if min(pairs) == max(pairs) else f"{min(pairs)} to {max(pairs)}"
    return (f"{count} pairs of calls a case. Ratios of the medians instead would change these "
            f"means by at most {100 * off:.1f} %.")


def bands_note(results):
    """Small pictures are not cut up, whatever the threads."""
    whole = sorted({size_of(r) for r in results if r["threads"] > 1 and r["bands"] == 1})
    if not whole:
        return []
    return [f"Not cut into bands by cannyscope: {', '.join(map(size_name, whole))}."]


def burst_note(results):
    burst = max(r["burst"] for r in results)
    if burst == 1:
        return []
    return [f"{burst} calls of one, then {burst} of the other, the first {burst // 3} not counted: "
            "each has its own caches."]


def section(name, results):
    notes = [pair_note(results), *burst_note(results), *bands_note(results)]
    return [f"## {TITLES[name]}", ratio_table(section_lines(results)), "\n".join(notes)]


def spread_section(results):
    if not results:
        return []
    rows = []
    for name in in_order((r["label"], r["level"]) for r in results):
        here = {size_of(r): r["quotient"] for r in results if (r["label"], r["level"]) == name}
        rows.append([", ".join(name), *(number(here[size]) for size in sizes_in(results)),
                     number(max(here.values()))])
    heads = ["low/high", *map(size_name, sizes_in(results)), "worst"]
    return ["## Slowest of the photographs over the fastest of its size, one thread, from gray",
            "Calls on the photographs in rotation; the median of the quotients of the two.",
            table(heads, rows)]


def ffmpeg_section(results):
    timed = [r for r in results if "ffmpeg_ms" in r]
    if not timed:
        return []
    lines = []
    for level in in_order(r["level"] for r in timed):
        here = [r for r in timed if r["level"] == level]
        lines.append((f"ffmpeg / cannyscope {level}",
                      ratios_of(here, "ffmpeg_over_cannyscope")))
    lines.append(("ffmpeg / OpenCV", ratios_of(here, "ffmpeg_over_opencv")))
    return ["## ffmpeg's edgedetect, one thread, from gray",
            "Time a frame divided by the other's: geometric mean over the pictures (minimum). "
            "Only speed is\ncompared: edgedetect is another Canny, its pixels differ by design.",
            ratio_table(lines)]


def program_section(results):
    timed = [r for r in results if "program_ms" in r]
    if not timed:
        return []
    rows = [[f"{r['picture']} {size_name(size_of(r))}, {r['level']}",
             number(r["cannyscope_ms"]), number(r["program_ms"]),
             number(r["program_over_engine"]), number(r["ratio"]),
             number(r["opencv_over_program"])] for r in timed]
    heads = ["picture", "engine ms", "bench ms", "bench / engine", "OpenCV / engine",
             "OpenCV / bench"]
    return ["## The same by the program's own clock",
            "Engine: called beside OpenCV in one process, in bursts. Bench: `cannyscope bench` on "
            "the same picture,\nin turn with it. The two should agree.",
            table(heads, rows)]


def full_section(name, results):
    rows = [[f"{r['picture']} {size_name(size_of(r))}, {row_name(r)}",
             number(r["edges_percent"]), number(r["opencv_ms"]), number(r["cannyscope_ms"]),
             f"{number(r['cannyscope_p10_ms'])} to {number(r['cannyscope_p90_ms'])}",
             number(r["ratio"]), number(r["ratio_of_medians"]), str(r["pairs"])]
            for r in results]
    heads = ["picture", "edges %", "OpenCV ms", "cannyscope ms", "of 80 in 100", "ratio",
             "of medians", "pairs"]
    return [f"### Every case of: {TITLES.get(name, name)}", table(heads, rows)]


def render(about, results, full=False):
    """The whole report. `about`: pairs of a word and what to say of it."""
    parts = ["# cannyscope beside OpenCV", "\n".join(f"- {word}: {text}" for word, text in about),
             UNITS]
    for name in in_order(r["section"] for r in results):
        here = [r for r in results if r["section"] == name]
        if name in TITLES:
            parts += section(name, here)
        if full and name != "spread":
            parts += full_section(name, here)
    parts += spread_section([r for r in results if r["section"] == "spread"])
    parts += program_section([r for r in results if r["section"] == "program"])
    parts += ffmpeg_section([r for r in results if r["section"] == "ffmpeg"])
    return "\n\n".join(parts)
