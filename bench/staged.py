#!/usr/bin/env python3
"""Measures `gridleaks staged` with ten staged files in a repository of many.

    python3 bench/staged.py [--gridleaks PATH] [--files 80000] [--peer NAME=COMMAND]... [--out bench/STAGED.md]

The repository is made in a temporary folder, its index and its one commit with as many paths as are
asked for. A peer's COMMAND is run in it, and timed in turn with gridleaks and `git diff --cached`.
Exits with 1 when gridleaks does not find the one key among the staged files, and no other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGED = 10
IDENTITY = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]


def git(folder: str, *arguments: str, text: str | None = None) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *IDENTITY, *arguments]
    return subprocess.run(command, cwd=folder, env=clean, input=text, capture_output=True, text=True, check=True).stdout


def make(folder: str, files: int) -> None:
    git(folder, "init", "-q")
    blob = git(folder, "hash-object", "-w", "--stdin", text="nothing\n").strip()
    # About as many folders, and as long paths, as the Linux tree has.
    paths = (f"drivers{n % 23}/subsystem-{n // 23 % 217}/some-source-file-{n}.c" for n in range(files))
    git(folder, "update-index", "--index-info", text="".join(f"100644 {blob}\t{path}\n" for path in paths))
    git(folder, "commit", "-q", "-m", "base")
    # In two parts, so that no scanner takes this file for a leak.
    key = "_".join(["rg", "live", "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0"])
    staged = Path(folder, "drivers3", "new")
    staged.mkdir(parents=True)
    for number in range(STAGED):
        Path(staged, f"{number}.c").write_text(f"int number = {number};\n" * 200 + (key if number == 7 else ""))
    git(folder, "add", "drivers3/new")


def timed(command: list[str], folder: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gridleaks", default="target/release/gridleaks", metavar="PATH")
    parser.add_argument("--files", type=int, default=80_000, metavar="N", help="files in HEAD (default: 80000)")
    parser.add_argument("--runs", type=int, default=40, metavar="N", help="runs of each (default: 40)")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND", help="a program to compare with")
    parser.add_argument("--out", type=Path, metavar="PATH", help="write the table here, not to standard output")
    args = parser.parse_args()
    found = shutil.which(args.gridleaks)
    if found is None:
        parser.error(f"{args.gridleaks} is no program; build it, or name it with --gridleaks")
    gridleaks = os.path.abspath(found)
    commands = {"gridleaks staged": [gridleaks, "staged"], "git diff --cached --quiet": ["git", "diff", "--cached", "--quiet"]}
    commands |= {name: shlex.split(command) for name, _, command in (peer.partition("=") for peer in args.peer)}
    with tempfile.TemporaryDirectory() as folder:
        make(folder, args.files)
        report = subprocess.run([gridleaks, "staged", "--format", "json"], cwd=folder, capture_output=True, text=True)
        paths = [finding["path"] for finding in json.loads(report.stdout)["findings"]]
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, command in commands.items():
                times[name].append(timed(command, folder))
    version = subprocess.run([gridleaks, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    ours = statistics.median(times["gridleaks staged"])
    rows = [f"| {name} | {min(each):.1f} | {statistics.median(each):.1f} | {statistics.median(each) / ours:.2f} |"
            for name, each in times.items()]
    text = "\n".join([
        "# What the next commit would record", "",
        f"- Date: {time.strftime('%Y-%m-%d')}; {version}, Linux {platform.release().split('-')[0]}, {os.cpu_count()} cores",
        f"- {STAGED} staged files in a repository of {args.files:,}; {args.runs} runs of each in turn, the whole process",
        "- Made by: `cargo build --release && python3 bench/staged.py --out bench/STAGED.md`", "",
        "| program | min ms | median ms | × gridleaks |", "| --- | ---: | ---: | ---: |", *rows]) + "\n"
    if args.out:
        args.out.write_text(text)
    print(text)
    if paths != ["drivers3/new/7.c"]:
        print(f"staged.py: found {paths}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
