"""Times `gridleaks history` on real repositories against git itself and other scanners, each in turn.

    python3 bench/history.py [--runs N] [--peer kingfisher=PATH] ... REPO ...

Every program looks for one rule, Retailgrid's key, in the whole history and with no network. The command lines are the lists
below; REPO stands for the repository. A copy of each repository with a hundred keys planted in new commits shows what finding
them costs. Written to standard output as Markdown.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import GITLEAKS_CONFIG, KINGFISHER_CONFIG, PREFIX

PEERS = {
    "kingfisher": ["scan", "REPO", "--git-history=full", "--no-validate", "--rules-path", "CONFIG",
                   "--load-builtins=false", "--no-update-check", "--format", "json"],
    "kingfisher --turbo": ["scan", "REPO", "--git-history=full", "--no-validate", "--rules-path", "CONFIG",
                           "--load-builtins=false", "--no-update-check", "--format", "json", "--turbo"],
    "betterleaks": ["git", "REPO", "-c", "CONFIG", "--max-decode-depth=0", "--no-banner"],
    "gitleaks": ["git", "REPO", "-c", "CONFIG", "--max-decode-depth=0", "--no-banner"],
}
GIT = ["git", "-C", "REPO", "cat-file", "--batch", "--batch-all-objects", "--unordered"]


def run(command: list[str], status: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Seconds, and the peak of memory in MB (mapped files included)."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, ended, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(ended)
    if code not in status:
        sys.exit(f"exit status {code}: {' '.join(command)}")
    return seconds, usage.ru_maxrss / 1000


def key(dice: random.Random) -> str:
    return PREFIX + "".join(dice.choices(string.ascii_letters + string.digits, k=32))


def plant(repository: Path, folder: Path) -> Path:
    """A copy with a hundred keys, each brought by one commit to a path of its own; every second is taken away again."""
    dice = random.Random(1)
    copy = folder / "planted"
    subprocess.run(["git", "clone", "-q", "--bare", "--no-hardlinks", str(repository), str(copy)], check=True)
    head = subprocess.run(["git", "-C", str(copy), "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    lines, mark = [], head.strip()
    for number in range(100):
        text = f"KEY={key(dice)}\n"
        for change in [f"M 100644 inline d{number % 7}/e{number % 3}/{number}.env\ndata {len(text)}\n{text}",
                       f"D d{number % 7}/e{number % 3}/{number}.env\n"][: 1 + number % 2]:
            lines.append(f"commit refs/heads/planted\ncommitter A <a@b> {2_000_000_000 + number} +0000\ndata 1\nx\n"
                         + (f"from {mark}\n" if mark else "") + change)
            mark = ""
    feed = "\n".join(lines) + "\ndone\n"
    subprocess.run(["git", "-C", str(copy), "fast-import", "--quiet", "--done"], input=feed.encode(), check=True)
    return copy


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--gridleaks", default="target/release/gridleaks")
    parser.add_argument("--peer", action="append", default=[], help="NAME=PATH of a program")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    peers = dict(peer.split("=", 1) for peer in arguments.peer)
    print(f"{os.cpu_count()} processors, page cache, medians of {arguments.runs} runs in turn (other scanners: of one)\n")
    for repository in arguments.repositories:
        with tempfile.TemporaryDirectory() as folder:
            bench(repository.resolve(), Path(folder), arguments, peers)


def bench(repository: Path, folder: Path, arguments: argparse.Namespace, peers: dict[str, str]) -> None:
    planted = plant(repository, folder)
    own = [arguments.gridleaks, "history", "--quiet"]
    programs = {
        # 2: git's own history holds archives that are broken on purpose.
        "gridleaks": (own + [str(repository)], (0, 2)),
        "gridleaks --threads 1": (own + ["--threads", "1", str(repository)], (0, 2)),
        "gridleaks, 100 keys": (own + [str(planted)], (1,)),
        "git cat-file --batch-all-objects": ([part.replace("REPO", str(repository)) for part in GIT], (0,)),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(arguments.runs):
        for name, (command, status) in programs.items():
            times[name].append(run(command, status))
    for name, command in PEERS.items():
        program = peers.get(name.split()[0])
        if program:
            config = folder / ("kf.yml" if name.startswith("kingfisher") else "gl.toml")
            config.write_text(KINGFISHER_CONFIG if name.startswith("kingfisher") else GITLEAKS_CONFIG)
            filled = [part.replace("REPO", str(repository)).replace("CONFIG", str(config)) for part in command]
            times[name] = [run([program] + filled, (0, 1, 200, 205))]
    median = {name: statistics.median(seconds for seconds, _ in found) for name, found in times.items()}
    print(f"**{repository.name}**\n\n| | s | of gridleaks | peak MB |\n| --- | --- | --- | --- |")
    for name, found in times.items():
        memory = max(memory for _, memory in found)
        print(f"| {name} | {median[name]:.2f} | {median[name] / median['gridleaks']:.2f} | {memory:.0f} |")
    ratio = median["gridleaks"] / median["git cat-file --batch-all-objects"]
    print(f"\n{ratio:.3f} of git's own reading; two threads are {median['gridleaks --threads 1'] / median['gridleaks']:.2f} "
          f"times as fast as one; 100 keys cost {median['gridleaks, 100 keys'] / median['gridleaks']:.2f} times a clean scan\n")


if __name__ == "__main__":
    main()
