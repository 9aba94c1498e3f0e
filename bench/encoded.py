"""Times what it costs to look for encoded text: gridleaks, and the same program without that, in turn.

    python3 bench/encoded.py [--runs N] [--tree TREE] [--ripgrep PATH] [--built WITHOUT WITH] [REPO ...]
    python3 bench/encoded.py --check

The program without it is built from a copy of this repository, in which three places of `src/detect/mod.rs` no longer call what
looks for encoded text: `CHANGES` below. Both are built as releases are, which takes some minutes; `--built` gives two that are. TREE is
scanned with `--no-ignore`, of each REPO the whole history. `--check` only says whether the changes can be made. Written to standard output
as Markdown, with the processor time of all threads and the time on the clock, of minima and of medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import PREFIX

ROOT = Path(__file__).resolve().parent.parent
CHANGED = Path("src/detect/mod.rs")
CHANGES = [
    # What windows of files and archives hold.
    ("            if self.tokens.are_some() {", "            if false {"),
    # What whole objects hold.
    ("self.tokens.are_some().then(|| encoded::samples(bytes)).flatten()", "false.then(|| encoded::samples(bytes)).flatten()"),
    # What is new in an object, and what names hold.
    ("|| self.tokens.are_some() && encoded::may_hold(bytes)", ""),
    ("self.may_hold(parts) || self.tokens.are_some() && sample::may_go_over(parts, seams)", "seams.len() < usize::MAX && self.may_hold(parts)"),
]


def without_encoded(text: str) -> str:
    for one, other in CHANGES:
        if text.count(one) != 1:
            sys.exit(f"{CHANGED} has this {text.count(one)} times, not once; change bench/encoded.py with it: {one}")
        text = text.replace(one, other)
    return text


def build(folder: Path, is_changed: bool) -> Path:
    """The program, built in a folder of its own."""
    copy = folder / "source"
    shutil.rmtree(copy, ignore_errors=True)
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True).stdout.split(b"\0")
    for name in (os.fsdecode(name) for name in names if name):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name, follow_symlinks=False)
    if is_changed:
        (copy / CHANGED).write_text(without_encoded((copy / CHANGED).read_text()))
    target = folder / "target"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "RUSTFLAGS": "--cap-lints allow"}
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=copy, env=environment, check=True)
    program = folder / ("without" if is_changed else "with")
    shutil.copy(target / "release/gridleaks", program)
    return program


def run(command: list[str]) -> tuple[float, float]:
    """Seconds of processor time and on the clock."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, ended, usage = os.wait4(child.pid, 0)
    # Finding nothing is 1 for ripgrep; 2 says that something could not be read, as git's history has archives that are broken on purpose.
    if os.waitstatus_to_exitcode(ended) not in (0, 1, 2):
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def compare(name: str, one: list[str], other: list[str], runs: int) -> str:
    """A row: how long the first takes, and the other, and how many times as long that is."""
    times: tuple[list, list] = ([], [])
    for _ in range(runs):
        for command, measured in ((one, times[0]), (other, times[1])):
            measured.append(run(command))
    cells = []
    for kind in (0, 1):
        least, middle = ([what(measured[kind] for measured in of) for of in times] for what in (min, statistics.median))
        cells += [f"{least[0]:.3f}", f"{least[1]:.3f}", f"{least[1] / least[0]:.3f}", f"{middle[1] / middle[0]:.3f}"]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the program without it can be made")
    parser.add_argument("--runs", type=int, default=11, metavar="N")
    parser.add_argument("--tree", metavar="TREE")
    parser.add_argument("--ripgrep", metavar="PATH", help="time it beside gridleaks on TREE, too")
    parser.add_argument("--built", nargs=2, metavar=("WITHOUT", "WITH"), help="programs that are built already")
    parser.add_argument("repositories", nargs="*", metavar="REPO")
    arguments = parser.parse_args()
    if arguments.check:
        without_encoded((ROOT / CHANGED).read_text())
        return
    with tempfile.TemporaryDirectory() as folder:
        without, full = arguments.built or (str(build(Path(folder), changed)) for changed in (True, False))
        print("| | without, s | with, s | times, of minima | of medians | without, clock | with, clock | times | of medians |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        works = [(repository, ["history", "-q", repository]) for repository in arguments.repositories]
        if arguments.tree:
            works.insert(0, ("TREE", ["scan", "-q", "--no-ignore", arguments.tree]))
        for name, work in works:
            print(compare(Path(name).name, [without, *work], [full, *work], arguments.runs), flush=True)
        if arguments.tree and arguments.ripgrep:
            search = [arguments.ripgrep, "-uuu", "-a", "-c", PREFIX, arguments.tree]
            print(compare("TREE, ripgrep first", search, [full, *works[0][1]], arguments.runs))


if __name__ == "__main__":
    main()
