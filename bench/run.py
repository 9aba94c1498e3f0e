#!/usr/bin/env python3
"""Measures gridleaks against other scanners on a big source tree.

    python3 bench/run.py --tree PATH [--huge] [--out bench/RESULTS.md]

Twenty made-up keys are put into twenty text files of the tree, and the programs that are
installed (ripgrep, kingfisher, betterleaks, gitleaks, ripsecrets) look for them in turn:
A B C A B C, so that a busy moment of the machine hits all of them. The files are put back
as they were, byte for byte and with their times, when the bench ends, is interrupted or
fails; only `kill -9` and a power cut get past that, so use a tree that can be unpacked again.

It exits with 1 when gridleaks does not report exactly the planted keys, each at its line and
column. How the programs are called, and how time and memory are taken, is in peers.py.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from peers import (ADOPTS, ENDING_SIGNALS, GRIDLEAKS, Program, Run, Scene, faults, installed, measure, version_of,
                   with_more_rules)
from plant import KEYS, PlantedTree, huge_scene, read_whole_tree, small_scene

SMALL_RUNS = 25
HUGE_RUNS = 3
SLOW_SECONDS = 10


# ---- running ----

@dataclass
class Row:
    program: Program
    runs: list[Run] = field(default_factory=list)
    found: int = 0
    besides: int = 0
    failure: str = ""

    @property
    def seconds(self) -> list[float]:
        return [run.seconds for run in self.runs]


class Bench:
    def __init__(self, args: argparse.Namespace, work: Path, rng: random.Random):
        self.args, self.work = args, work
        self.complaints: list[str] = []
        gridleaks = replace(GRIDLEAKS, path=os.path.abspath(args.gridleaks))
        peers = installed(dict(args.peer), args.without)
        self.programs = [gridleaks, with_more_rules(gridleaks, rng), *peers]

    def compare(self, scene: Scene, programs: list[Program], runs: int, want_memory: bool = True) -> list[Row]:
        rows = [Row(program) for program in programs]
        for number in range(runs):
            for row in rows:
                slow = row.runs and row.seconds[0] > SLOW_SECONDS
                if not row.failure and number < (min(runs, self.args.slow_runs) if slow else runs):
                    self.run_once(scene, row, want_memory)
        return rows

    def run_once(self, scene: Scene, row: Row, want_memory: bool) -> None:
        program, timeout = row.program, self.args.timeout
        config = self.work / program.config_name
        config.write_text(program.config)
        places = {"TREE": str(scene.target), "CONFIG": str(config), "REPORT": str(self.work / "report.json")}
        run = measure(program, places, self.work, timeout, want_memory=want_memory)
        row.runs.append(run)
        if want_memory:
            print(f"  {program.name}: {run.seconds:.3f} s, {run.peak_kib / 1024:.1f} MiB", file=sys.stderr)
        if run.status not in program.ok:
            row.failure = f"failed (exit {run.status})"
        elif not program.check:
            self.judge(scene, row, run)
        elif len(row.runs) == 1:
            self.judge(scene, row, measure(program, places, self.work, timeout, program.check))
        if row.failure:
            print(f"  {program.name}: {row.failure}\n{run.errors[-2000:]}", file=sys.stderr)
            if program.binary == GRIDLEAKS.binary:
                self.complaints.append(f"{program.name}: {row.failure}")

    def judge(self, scene: Scene, row: Row, run: Run) -> None:
        program = row.program
        try:
            row.found, row.besides = scene.match(program.read(run.output))
            wrong = faults(scene, run.status, run.output) if program.binary == GRIDLEAKS.binary else []
        except (ValueError, KeyError, TypeError) as error:
            row.failure = f"unreadable report ({type(error).__name__})"
            return
        self.complaints += [f"{program.name}, {scene.target.name}: {text}" for text in wrong]


# ---- the report ----

def seconds(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def tree_table(rows: list[Row], planted: int) -> list[str]:
    lines = ["| program | runs | min s | median s | max s | × gridleaks | × gridleaks, pair by pair "
             "| peak MiB | keys found | besides |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    base = rows[0].seconds
    for row in rows:
        if row.failure:
            lines.append(f"| {row.program.name} | {row.failure} |||||||||")
            continue
        times, middle = row.seconds, statistics.median(row.seconds)
        pairs = statistics.median(theirs / ours for theirs, ours in zip(times, base))
        cells = [row.program.name, len(times), seconds(min(times)), seconds(middle), seconds(max(times)),
                 f"{middle / statistics.median(base):.2f}", f"{pairs:.2f}",
                 f"{max(run.peak_kib for run in row.runs) / 1024:.1f}", f"{row.found} of {planted}", row.besides]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def small_table(rows: list[Row]) -> list[str]:
    lines = ["| program | runs | min ms | median ms | × gridleaks | key found |",
             "| --- | ---: | ---: | ---: | ---: | ---: |"]
    base = statistics.median(rows[0].seconds)
    for row in rows:
        middle = statistics.median(row.seconds)
        result = row.failure or ("yes" if row.found else "no")
        lines.append(f"| {row.program.name} | {len(row.runs)} | {min(row.seconds) * 1000:.1f} "
                     f"| {middle * 1000:.1f} | {middle / base:.2f} | {result} |")
    return lines


def machine() -> str:
    model, memory = platform.processor() or platform.machine(), ""
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
        memory = f", {int(Path('/proc/meminfo').read_text().split()[1]) / (1 << 20):.1f} GiB of memory"
    except OSError:
        pass  # not Linux
    # The rest of the number is the distributor's own affair.
    version = ".".join(platform.release().split(".")[:2])
    return f"{model}, {os.cpu_count()} cores{memory}, {platform.system()} {version}"


def own_command(args: argparse.Namespace) -> str:
    words = ["python3 bench/run.py --tree TREE --gridleaks PATH", f"--runs {args.runs}",
             f"--slow-runs {args.slow_runs}", f"--seed {args.seed}"]
    words += [f"--peer {name}=PATH" for name, _ in args.peer] + [f"--without {name}" for name in args.without]
    return " ".join(words + ([f"--huge {args.huge:g}"] if args.huge else []))


def header(args: argparse.Namespace, bench: Bench, files: int, size: int) -> list[str]:
    versions = [f"{p.name} {version_of(p, bench.work)}" for p in bench.programs if p.is_plain]
    return ["# Benchmark results", "",
            f"- Date: {time.strftime('%Y-%m-%d', time.gmtime())}",
            f"- Machine: {machine()}",
            f"- Versions: {', '.join(versions)}",
            f"- TREE: {Path(args.tree).resolve().name}, {files:,} files, {size / 1e9:.2f} GB, in the page cache; "
            f"{KEYS} keys planted",
            f"- gridleaks' program file: {os.path.getsize(args.gridleaks) / 1e6:.2f} MB",
            f"- Made by: `{own_command(args)}`"]


def footer(rows: list[Row]) -> list[str]:
    lines = ["", "## Command lines", ""]
    lines += [f"- {row.program.name}: `{row.program.shown()}`" for row in rows]
    lines += [f"- {row.program.name}, untimed, to see what it found: `{row.program.shown(row.program.check)}`"
              for row in rows if row.program.check]
    lines += ["", "CONFIG holds the one rule (for gridleaks the further rules), REPORT is where findings go."]
    notes = [f"- {row.program.name}: {row.program.note}." for row in rows if row.program.note]
    if not ADOPTS:
        notes.append("- Peak memory on this system is never less than the bench's own.")
    return lines + ["", "## Notes", "", *notes] if notes else lines


# ---- the command line ----

def peer(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not os.path.isfile(path):
        raise argparse.ArgumentTypeError("NAME=PATH, and PATH must be a program")
    return name, path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Times gridleaks against other scanners on a big source tree.",
        epilog="A tree that suits: Debian's package linux-source-6.1; `apt-get download linux-source-6.1`, "
               "`dpkg-deb -x linux-source-6.1_*.deb .`, `tar -xf usr/src/linux-source-6.1.tar.xz`.")
    built = Path(__file__).resolve().parent.parent / "target" / "release" / "gridleaks"
    parser.add_argument("--tree", required=True, help="a source tree, best over 50,000 files and 1 GB; keys are "
                        "planted in it while the bench runs, and taken out at its end")
    parser.add_argument("--gridleaks", default=str(built), help="default: target/release/gridleaks")
    parser.add_argument("--runs", type=int, default=7, help="runs of each program (default 7)")
    parser.add_argument("--slow-runs", type=int, default=2,
                        help=f"runs of a program that takes over {SLOW_SECONDS} s (default 2)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one run (default 1800)")
    parser.add_argument("--peer", type=peer, action="append", default=[], metavar="NAME=PATH",
                        help="a peer that is not on PATH: ripgrep, kingfisher, betterleaks, gitleaks or ripsecrets")
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="leave a peer out")
    parser.add_argument("--huge", type=float, nargs="?", const=4, default=0, metavar="GB",
                        help="also scan one file of 4 GB, written to the temporary folder")
    parser.add_argument("--seed", type=int, default=1, help="for keys and where they are planted (default 1)")
    parser.add_argument("--out", help="also write the tables to this file, such as bench/RESULTS.md")
    args = parser.parse_args()
    if not os.path.isdir(args.tree) or not os.access(args.gridleaks, os.X_OK) or args.runs < 1:
        parser.error("--tree must be a folder, --gridleaks a program (cargo build --release), --runs at least 1")
    return args


def end_by_signal(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def run_all(args: argparse.Namespace, work: Path) -> tuple[list[str], list[str]]:
    rng = random.Random(args.seed)
    bench = Bench(args, work, rng)
    plain = [program for program in bench.programs if program.is_plain]
    # First the small file: it also lets programs that keep compiled rules in a cache fill it.
    small = bench.compare(small_scene(work, rng), plain, SMALL_RUNS, want_memory=False)
    tree = Path(args.tree).resolve()
    print("reading the tree", file=sys.stderr)
    paths, size = read_whole_tree(tree)
    with PlantedTree(tree, paths, rng) as scene:
        rows = bench.compare(scene, bench.programs, args.runs)
    report = header(args, bench, len(paths), size)
    report += ["", "## The tree", "", *tree_table(rows, KEYS), "", "## One small file, the whole process", ""]
    report += small_table(small)
    if args.huge:
        fast = [r.program for r in rows if r.program in plain and not r.failure and max(r.seconds) < SLOW_SECONDS]
        scene = huge_scene(work, int(args.huge * 1e9), rng)
        report += ["", f"## One file of {args.huge:g} GB, its key near the end", "",
                   *tree_table(bench.compare(scene, fast, HUGE_RUNS), 1)]
    return report + footer(rows), bench.complaints


def main() -> int:
    args = parse_arguments()
    for number in ENDING_SIGNALS:
        signal.signal(number, end_by_signal)
    with tempfile.TemporaryDirectory(prefix="gridleaks-bench-") as folder:
        report, complaints = run_all(args, Path(folder).resolve())
    text = "\n".join(report) + "\n"
    print(text)
    if complaints:
        print("FAILED: gridleaks did not report what it should", *sorted(set(complaints)), sep="\n  ")
        return 1
    if args.out:
        Path(args.out).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
