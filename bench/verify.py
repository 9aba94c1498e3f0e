#!/usr/bin/env python3
"""Measures `gridleaks scan --verify` on many distinct keys against a server on loopback.

    python3 bench/verify.py [--gridleaks PATH] [--keys 1000] [--out bench/VERIFY.md]

Exits with 1 when a key gets a wrong answer, more connections are open than there may be, or it
takes too long.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from server import works

SERVER = Path(__file__).with_name("server.py")
DEFAULT_THREADS = 10
ALPHABET = string.ascii_letters + string.digits


@dataclass
class Case:
    name: str
    server: list[str]
    gridleaks: list[str]
    threads: int = DEFAULT_THREADS
    alone: bool = False
    is_answered: bool = True
    most_seconds: float = 300.0


CASES = [
    Case("answers in 20 ms", ["--delay", "0.02"], [], most_seconds=10),
    Case("the same, closing after each answer", ["--delay", "0.02", "--close"], []),
    Case("the same, 4 threads", ["--delay", "0.02"], ["--verify-threads", "4"], threads=4),
    Case("30 % of its answers are 429", ["--delay", "0.02", "--busy", "0.3"], []),
    Case("50 %, with Retry-After: 1", ["--delay", "0.02", "--busy", "0.5", "--retry-after", "1"], []),
    Case("every answer is 429", ["--delay", "0.02", "--busy", "1"], [], is_answered=False),
    Case("no network at all", [], [], alone=True, is_answered=False),
]


def keys(count: int) -> list[str]:
    rng = random.Random(1)
    # In two parts, so that no scanner takes this file for a leak.
    return ["rg_" + "live_" + "".join(rng.choices(ALPHABET, k=32)) for _ in range(count)]


def run(gridleaks: str, file: Path, options: list[str], alone: bool) -> tuple[float, int, dict]:
    command = [gridleaks, "scan", "--format", "json", "--verify", *options, str(file)]
    if alone:
        # A network namespace of its own, with nothing in it.
        command = ["unshare", "--map-root-user", "--net", *command]
    begin = time.monotonic()
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=600)
    return time.monotonic() - begin, finished.returncode, json.loads(finished.stdout)


def measure(case: Case, args: argparse.Namespace, file: Path, made_up: list[str]) -> tuple[str, list[str]]:
    server = subprocess.Popen([sys.executable, SERVER, *case.server], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        url = f"http://127.0.0.1:{port}/v1/auth/verify"
        options = [] if case.alone else ["--verify-url", url]
        seconds, status, report = run(args.gridleaks, file, case.gridleaks + options, case.alone)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
            counts = json.load(answer)
    finally:
        server.kill()
        server.wait()
    found = [finding["verification"]["status"] for finding in report["findings"]]
    expected = [("active" if works(key) else "inactive") if case.is_answered else "unknown" for key in made_up]
    right = sum(one == other for one, other in zip(found, expected, strict=True))
    complaints = []
    if right != len(expected) or status != 1:
        complaints.append(f"{case.name}: {right} of {len(expected)} answers are right, exit status {status}")
    if seconds > case.most_seconds:
        complaints.append(f"{case.name}: it took {seconds:.1f} s")
    # The question for the counts comes over a connection of its own, after the others.
    requests, connections = counts["requests"], counts["connections"] - 1
    if counts["most_open"] > case.threads:
        complaints.append(f"{case.name}: {counts['most_open']} connections at once")
    row = (f"| {case.name} | {seconds:.2f} | {right} of {len(expected)} | {requests} | {connections} "
           f"| {counts['most_open'] if requests else 0} of {case.threads} |")
    return row, complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gridleaks", default="target/release/gridleaks", metavar="PATH")
    parser.add_argument("--keys", type=int, default=1000, metavar="N", help="distinct keys (default: 1000)")
    parser.add_argument("--out", type=Path, metavar="PATH", help="write the table here, not to standard output")
    args = parser.parse_args()
    gridleaks = shutil.which(args.gridleaks)
    if gridleaks is None:
        parser.error(f"{args.gridleaks} is no program; build it, or name it with --gridleaks")
    version = subprocess.run([gridleaks, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    made_up = keys(args.keys)
    lines = [
        "# Verification", "",
        f"- Date: {time.strftime('%Y-%m-%d')}",
        f"- {version}, Linux {platform.release().split('-')[0]}, {Path(gridleaks).stat().st_size / 1e6:.2f} MB",
        f"- {args.keys} distinct keys in one file, default settings unless it says otherwise",
        "- Made by: `cargo build --release && python3 bench/verify.py --out bench/VERIFY.md`", "",
        "| server | s | right answers | requests | connections | open at once |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "keys")
        file.write_text("\n".join(made_up) + "\n")
        for case in CASES:
            row, wrong = measure(case, args, file, made_up)
            print(row, file=sys.stderr)
            lines.append(row)
            complaints += wrong
    text = "\n".join(lines) + "\n"
    if args.out:
        args.out.write_text(text)
    else:
        print(text)
    for complaint in complaints:
        print(f"verify.py: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
