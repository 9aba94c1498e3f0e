"""The programs that run.py compares: how each is called, timed, and read.

Every program is asked for the same thing: look for Retailgrid keys, and for nothing else
where it allows that, in a plain folder: no git history, no network, no limit on file size.
In an argument list TREE stands for what is scanned, CONFIG for a file written at run time
and REPORT for the file that the program writes its findings to; the published command
lines are these very lists.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import random
import re
import shutil
import signal
import string
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Iterator

# In two parts, so that no scanner takes this file itself for a leak.
PREFIX = "rg_" + "live_"
PATTERN = PREFIX + "[A-Za-z0-9_-]{32}"

GITLEAKS_CONFIG = f"""title = "one rule"
[[rules]]
id = "retailgrid-api-key"
description = "Retailgrid API key"
regex = '''{PATTERN}'''
keywords = ["{PREFIX}"]
"""

KINGFISHER_CONFIG = f"""rules:
  - name: Retailgrid API key
    id: bench.retailgrid.1
    pattern: '({PATTERN})'
    min_entropy: 0
    confidence: medium
    examples: []
"""

EXTRA_RULES = 40
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Place = tuple  # (path as the program wrote it, line or None)


# ---- what is scanned, and what each program reported ----

@dataclass(frozen=True)
class Planted:
    path: str
    line: int
    column: int
    key: str


@dataclass(frozen=True)
class Scene:
    """What is scanned and what should be found there."""
    target: Path
    planted: list[Planted]

    def match(self, places: list[Place]) -> tuple[int, int]:
        """How many planted keys a program found, and how many other things. A program that gives
        no line for a finding has still found the key: each file holds only one."""
        lines = {planted.path: planted.line for planted in self.planted}
        relative = ((self.relative(path), line) for path, line in places)
        found = {(path, line or lines.get(path)) for path, line in relative}
        right = found & set(lines.items())
        return len(right), len(found - right)

    def relative(self, path: str) -> str:
        if self.target.is_file():
            return os.path.basename(path)
        return os.path.relpath(path, self.target) if os.path.isabs(path) else path


def read_gridleaks(report: str) -> list[Place]:
    findings = json.loads(report)["findings"]
    return [(f["path"] or "", f["line"]) for f in findings if not f["suppressed"]]


def read_grep_lines(report: str) -> list[Place]:
    """`path:line:text`; a line of any other kind counts as a finding in no known place."""
    places = []
    for line in report.splitlines():
        match = re.match(r"(.+?):(\d+):", line)
        places.append((match[1], int(match[2])) if match else (line, None))
    return places


def read_kingfisher(report: str) -> list[Place]:
    findings = (f["finding"] for f in json.loads(report)["findings"])
    return [(f["path"], f["line"]) for f in findings]


def read_gitleaks(report: str) -> list[Place]:
    return [(f["File"], f["StartLine"]) for f in json.loads(report)]


def read_betterleaks(report: str) -> list[Place]:
    places = (f["location"] for f in json.loads(report)["findings"])
    return [(p["path"], p["start_line"]) for p in places]


def faults(scene: Scene, status: int, output: str) -> list[str]:
    """What is wrong with gridleaks' report: every planted key exactly once, at its place."""
    report = json.loads(output)

    def finding(f: dict) -> tuple:
        return scene.relative(f["path"] or ""), f["line"], f["column"], f["fingerprint"]

    expected = Counter(
        (p.path, p.line, p.column, "sha256:" + hashlib.sha256(p.key.encode()).hexdigest())
        for p in scene.planted)
    reported = Counter(finding(f) for f in report["findings"] if not f["suppressed"])
    wrong = [f"missing {path}:{line}:{column}" for path, line, column, _ in expected - reported]
    wrong += [f"not planted {path}:{line}:{column}" for path, line, column, _ in reported - expected]
    if not report["complete"]:
        wrong.append("the scan was not complete")
    return wrong + ([f"exit status {status} instead of 1"] if status != 1 else [])


# ---- how each program is called ----

@dataclass(frozen=True)
class Program:
    name: str
    binary: str
    arguments: tuple[str, ...]
    read: Callable[[str], list[Place]]
    ok: tuple[int, ...]  # exit statuses of a run that did its work
    config: str = ""
    config_name: str = "config.toml"
    version: tuple[str, ...] = ("--version",)
    note: str = ""
    # What the timed command does not tell, asked again untimed.
    check: tuple[str, ...] = ()
    path: str = ""
    is_plain: bool = True  # and not a second way to call the same program

    def command(self, places: dict[str, str], arguments: tuple[str, ...] = ()) -> list[str]:
        return [self.path] + [places.get(word, word) for word in arguments or self.arguments]

    def shown(self, arguments: tuple[str, ...] = ()) -> str:
        words = (f"'{w}'" if re.search(r"[^\w./=+:-]", w) else w for w in arguments or self.arguments)
        return " ".join([self.binary, *words])

    def variant(self, name: str, *extra: str, note: str = "") -> Program:
        return replace(self, name=name, arguments=self.arguments + extra, note=note, is_plain=False)


GRIDLEAKS = Program(
    "gridleaks", "gridleaks",
    ("scan", "--no-ignore", "--format", "json", "TREE"),
    read_gridleaks, ok=(0, 1))

RIPGREP = Program(
    "ripgrep", "rg", ("-uuu", "-c", PREFIX, "TREE"), read_grep_lines, ok=(0, 1),
    check=("-uuu", "-n", "--no-heading", "--with-filename", PREFIX, "TREE"),
    note="searches for one literal and judges nothing: the yardstick for reading every byte once; a single "
         "file it maps into memory, which counts in its peak although the system may take it back at any time")

RIPSECRETS = Program(
    "ripsecrets", "ripsecrets", ("--additional-pattern", PATTERN, "TREE"), read_grep_lines, ok=(0, 1),
    note="its own patterns cannot be switched off, so its other reports are theirs; where one of them takes "
         "the same line first and judges the value not random enough, the added pattern is not tried; "
         "hidden files are skipped, and in a git repository what .gitignore names")

KINGFISHER = Program(
    "kingfisher", "kingfisher",
    ("scan", "TREE", "--rules-path", "CONFIG", "--load-builtins=false", "--no-validate", "--no-update-check",
     "--no-limits", "--git-history", "none", "--no-dedup", "--quiet", "--format", "json", "--output", "REPORT"),
    read_kingfisher, ok=(0, 200, 205), config=KINGFISHER_CONFIG, config_name="config.yml",
    note="gives no line for a finding in a very big file; there the right file counts as found")

GITLEAKS = Program(
    "gitleaks", "gitleaks",
    ("dir", "TREE", "--config", "CONFIG", "--no-banner", "--no-color", "--exit-code", "0",
     "--report-format", "json", "--report-path", "REPORT"),
    read_gitleaks, ok=(0,), config=GITLEAKS_CONFIG, version=("version",))

BETTERLEAKS = Program(
    "betterleaks", "betterleaks",
    ("filesystem", "TREE", "--config", "CONFIG", "--silent", "--no-color", "--exit-code=0", "--output", "REPORT"),
    read_betterleaks, ok=(0,), config=GITLEAKS_CONFIG, version=("version",))

PEERS = (RIPGREP, KINGFISHER, BETTERLEAKS, GITLEAKS, RIPSECRETS)

# Peers decode by default and some open archives, as gridleaks does not yet. Timing them a second time
# with that switched off leaves no doubt that they were given their best chance.
FASTEST = {
    "kingfisher": ("kingfisher --turbo", "--turbo"),
    "betterleaks": ("betterleaks, no decoding", "--max-decode-depth=0", "--max-archive-depth=0"),
    "gitleaks": ("gitleaks, no decoding", "--max-decode-depth=0"),
}


def installed(given: dict[str, str], without: list[str]) -> list[Program]:
    """The peers on this machine, those from --peer before those on PATH."""
    found = []
    for peer in PEERS:
        path = given.get(peer.name) or given.get(peer.binary) or shutil.which(peer.binary)
        if not path or peer.name in without or peer.binary in without:
            continue
        if not os.access(path, os.X_OK):
            raise SystemExit(f"{peer.name}: no program that can be run at the path given")
        note = "; ".join(filter(None, [peer.note, launcher_note(path)]))
        peer = replace(peer, path=os.path.abspath(path), note=note)
        found.append(peer)
        if peer.name in FASTEST:
            name, *extra = FASTEST[peer.name]
            found.append(peer.variant(name, *extra))
    return found


def with_more_rules(gridleaks: Program, rng: random.Random) -> Program:
    """gridleaks with tens of further literals to look for, to see what those cost in the same pass."""
    rules = []
    for number in range(EXTRA_RULES):
        prefix = "".join(rng.choices(string.ascii_lowercase, k=4)) + f"_{number:02}_"
        rules.append(
            f'[[rules]]\nid = "bench-{number:02}"\ndescription = "Rule {number} of the benchmark"\n'
            f'help = "Made up; nothing to do."\nregex = \'\'\'{prefix}[A-Za-z0-9]{{24}}\'\'\'\n'
            f'keywords = ["{prefix}"]\nlevel = "warning"\njudge = "token"\n')
    command, *options = gridleaks.arguments
    return replace(gridleaks, name=f"gridleaks, {EXTRA_RULES} more rules", config="\n".join(rules),
                   arguments=(command, "--rules", "CONFIG", *options), is_plain=False)


def launcher_note(path: str) -> str:
    with open(path, "rb") as file:
        is_script = file.read(2) == b"#!"
    return "started through a launcher script, whose start-up is in its times" if is_script else ""


def version_of(program: Program, work: Path) -> str:
    answer = subprocess.run([program.path, *program.version], capture_output=True, text=True, cwd=work,
                            env=clean_environment(work), stdin=subprocess.DEVNULL, check=False)
    words = re.search(r"\d+\.\d+\S*", answer.stdout + answer.stderr)
    return words[0] if words else "unknown"


# ---- timing ----

@dataclass(frozen=True)
class Run:
    seconds: float
    peak_kib: int
    status: int
    output: str  # the report file's content, or standard output where the program has none
    errors: str


def clean_environment(work: Path) -> dict[str, str]:
    """The user's environment without settings that would change what a program does, and with
    caches (compiled rules, mostly) in the working folder, which goes away with the bench."""
    cache = str(work / "cache")
    settings = ("RIPGREP_", "GITLEAKS_", "BETTERLEAKS_", "KF_", "GRIDLEAKS_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(settings)}
    return {**kept, "NO_COLOR": "1", "XDG_CACHE_HOME": cache, "KF_RULE_CACHE_DIR": os.path.join(cache, "kf")}


def adopt_grandchildren() -> bool:
    """Linux counts the memory of the process that calls exec into the peak of the program it
    becomes, so nothing that Python starts directly can show less than Python itself uses. A
    shell of one megabyte starts the program instead and leaves; this call makes the kernel
    hand the orphan to us, so that we can still wait for it."""
    pr_set_child_subreaper = 36
    try:
        return ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0) == 0
    except (AttributeError, OSError):
        return False


ADOPTS = adopt_grandchildren()
START = 'exec 3>"$1" 2>"$2"; shift 2; "$@" >&3 & echo $!'


@contextlib.contextmanager
def signals_held_back() -> Iterator[None]:
    """Lets a step come to its end before Ctrl-C and the like end the bench."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)


def measure(program: Program, places: dict[str, str], work: Path, timeout: float,
            arguments: tuple[str, ...] = (), want_memory: bool = True) -> Run:
    """Runs the program once. Starting it through the shell costs about a millisecond, which
    matters only for runs of a few milliseconds: those do without a true peak of memory."""
    report, output, errors = Path(places["REPORT"]), work / "output", work / "errors"
    report.unlink(missing_ok=True)
    command = program.command(places, arguments)
    launch = start_through_shell if ADOPTS and want_memory else start
    started, pid = time.perf_counter(), 0
    try:
        # The program inherits that, which is harmless: nothing but SIGKILL is ever sent to it.
        with signals_held_back():
            pid = launch(command, output, errors, work)
        stopper = threading.Timer(timeout, os.kill, (pid, signal.SIGKILL))
        stopper.daemon = True
        stopper.start()
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - started
        stopper.cancel()
    except BaseException:  # Ctrl-C too: leave nothing running behind
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.wait4(pid, 0)
        raise
    written = report if report.exists() else output
    per_kib = 1024 if sys.platform == "darwin" else 1
    return Run(seconds, usage.ru_maxrss // per_kib, exit_status(status),
               written.read_text("utf-8", "replace"), errors.read_text("utf-8", "replace"))


def start_through_shell(command: list[str], output: Path, errors: Path, work: Path) -> int:
    shell = ["/bin/sh", "-c", START, "sh", str(output), str(errors), *command]
    answer = subprocess.run(shell, cwd=work, env=clean_environment(work), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, check=True)
    return int(answer.stdout)


def start(command: list[str], output: Path, errors: Path, work: Path) -> int:
    with output.open("wb") as out, errors.open("wb") as err:
        child = subprocess.Popen(command, cwd=work, env=clean_environment(work),
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    child.returncode = 0  # measure() waits for it; this keeps Popen from doing so as well
    return child.pid


def exit_status(status: int) -> int:
    """As a shell would show it; os.waitstatus_to_exitcode gives signals as negative numbers."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
