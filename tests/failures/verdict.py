"""What must be true of a run, however it ended."""
import json
import os
import re
import subprocess

SANITIZER_STATUS = 99
VIDEOS = (".avi", ".mkv", ".mp4")

# What a sentence about a failure names: why ...
REASONS = re.compile(r"no space left|input/output error|too many open files|memory|not supported|invalid argument|"
                     r"temporarily unavailable|no locks|value too large|no more of it|write error|is not a|is no |there is no|"
                     r"neither|damaged|another version|shared object|not JSON|no thread|did not|does not", re.I)
# ... and on what: a file, a device, an option, a part of the program.
THINGS = re.compile(r"['/]|--\w|thread|signals|worker|window|display|renderer|texture|font|camera|scene|video|frame|"
                    r"picture|statistics|settings|results|report|memory|standard output|libraries", re.I)


def packets(path):
    """How many pictures a video has; None of one that a player cannot read."""
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-count_packets", "-show_entries",
                           "stream=nb_read_packets", "-of", "csv=p=0", path],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    count = done.stdout.strip().split("\n")[0].strip(",")
    return int(count) if done.returncode == 0 and not done.stderr and count.isdigit() else None


def videos_in(folder):
    return {name: packets(f"{folder}/{name}") for name in os.listdir(folder) if name.endswith(VIDEOS)}


def false_claims(run):
    """What the run said that it wrote, and did not."""
    faults = []
    for line in run.said:
        recorded = re.match(r"cannyscope: Recorded (\d+) frames, .* MB to (.*?)(, \d+ frames lost.*)?$", line)
        if recorded and run.videos.get(os.path.basename(recorded[2])) != int(recorded[1]):
            faults.append(f"there are not {recorded[1]} frames in {os.path.basename(recorded[2])}")
        saved = re.match(r"cannyscope: Saved (.*)", line)
        if saved and os.path.basename(saved[1]) not in run.left:
            faults.append(f"it saved no {os.path.basename(saved[1])}")
    processed = re.search(r"^Processed (\d+) frames", run.shown, re.M)
    written = [count for name, count in run.videos.items() if name.startswith("edges.")]
    # One more is there if only the other output of that frame failed.
    if processed and run.command == "video" and int(processed[1]) > max(written, default=0):
        faults.append(f"there are not {processed[1]} frames but {written}")
    return faults


def false_counts(run, calm):
    """Of a folder: the pictures that it says are done are there, and those in the report."""
    faults = []
    pictures = [name for name in run.left if name.startswith("edges/processed_")]
    done = re.search(r"^Done: (\d+) of (\d+) images", run.shown, re.M)
    calmly = re.search(r"^Done: (\d+) of (\d+) images", calm.shown, re.M)
    if done and calmly:
        missing = int(calmly[1]) - int(done[1])
        expected = [name for name in calm.left if name.startswith("edges/processed_")]
        if len(expected) - len(pictures) != missing:
            faults.append(f"says that {done[1]} are done, and has {len(pictures)}")
    for line in run.reports:
        try:
            row = json.loads(line)
        except ValueError:
            faults.append(f"not a line of a report: {line[:40]}")
            continue
        if row["status"] == "ok" and not os.path.basename(row["output"]).replace("-0001.", ".") in \
                [os.path.basename(name) for name in run.left]:
            faults.append(f"reports {row['output']}, which is not there")
    return faults


def is_a_sentence(line):
    """It says why, and on what."""
    words = line.removeprefix("cannyscope: ")
    return words != line and len(words.split()) >= 3 and REASONS.search(words) and THINGS.search(words)


def shown_wrong(run, calm, job):
    """What goes to standard output as a result is the calm run's."""
    if not job.shown or run.status != 0:
        return []
    try:
        same = job.shown(run.shown) == job.shown(calm.shown)
    except ValueError as why:
        return [f"what it shows cannot be read: {why}"]
    excused = job.excused and any(re.search(job.excused, line) for line in run.told)
    return [] if same or excused else ["it shows something else"]


def wrong(run, calm, job, call):
    """What is wrong with a run; nothing if it is fine."""
    faults = []
    if run.status is None:
        return ["did not end"]
    if run.status == SANITIZER_STATUS or any("Sanitizer" in line or "runtime error" in line
                                             for line in run.said):
        return ["the sanitizers report"]
    if run.status not in (0, 1, 3):
        faults.append(f"status {run.status}")
    if run.status != 0 and not any(is_a_sentence(line) for line in run.said):
        faults.append("says not what failed, and why")
    whole = {name: mark for name, mark in calm.left.items() if not job.may_differ(name)}
    early = () if run.status == 0 else VIDEOS
    missing = [name for name in calm.left
               if name not in run.left and not job.told(run.said) and not job.may_appear(name)]
    more = [name for name in run.left if name not in calm.left and not job.may_appear(name)]
    bad = [name for name, mark in run.left.items()
           if name in whole and whole[name] != mark and not name.endswith(early)]
    bad += [name for name, count in run.videos.items() if not count]
    if more or (run.status == 0 and missing):
        faults.append(f"says {run.status}, but there are other files: {missing} {more}")
    if bad:
        faults.append(f"not whole: {bad}")
    if run.parts and call not in ("unlink", "unlinkat"):
        faults.append(f"parts are left: {run.parts}")
    faults += false_claims(run) + false_counts(run, calm) + shown_wrong(run, calm, job)
    return faults + [line for line in run.told if line.startswith("left ")]
