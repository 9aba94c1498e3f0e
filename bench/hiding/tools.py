"""The scanners that coverage.py compares: how each is called on a place, and whether it found the key.

In a command TARGET stands for the place's folder, CONFIG for a file with the one rule and REPORT for
the file that a program writes its findings to. Each program has the options that let it find most:
the deepest decoding and unpacking, hidden and big files, all of a history that its options can reach.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from hiding import Expected, Place
from peers import GITLEAKS_CONFIG, KINGFISHER_CONFIG, PATTERN, clean_environment

SECONDS = 300  # for one run on one place
RULE = "retailgrid-api-key"


class GaveUp(Exception):
    """A program ended with a status that it does not use for its results."""


@dataclass
class Verdict:
    found: bool
    faults: list[str] = field(default_factory=list)  # what is wrong with a report besides


Judge = Callable[[str, int, str, Place, "Expected | None"], Verdict]


def names_the_key(report: str, status: int, key: str, place: Place, expected: Expected | None) -> Verdict:
    """Other programs report what they found in full: the key has to be in the report."""
    return Verdict(key in report)


def judge_gridleaks(report: str, status: int, key: str, place: Place, expected: Expected | None) -> Verdict:
    fingerprint = "sha256:" + hashlib.sha256(key.encode()).hexdigest()
    if not report:
        return Verdict(False, [f"exit status {status} and no report"])
    read = json.loads(report)
    findings = [one for one in read["findings"] if not one["suppressed"]]
    right = [one for one in findings if one["fingerprint"] == fingerprint and one["rule"] == RULE]
    verdict = Verdict(bool(right))
    for other in findings:
        if other not in right and not (place.reason and other["rule"].startswith(RULE)):
            verdict.faults.append(f"{other['rule']} with another fingerprint in {other['path']}")
    if (status == 1) != bool(findings):
        verdict.faults.append(f"exit status {status} with {len(findings)} findings")
    if right and place.is_complete not in (None, read["complete"]):
        verdict.faults.append(f"complete: {read['complete']}; " + "; ".join(one["message"] for one in read["problems"][:3]))
    for one in right:
        if place.encoding is not None and tuple(one["encoding"]) != place.encoding:
            verdict.faults.append(f"encoding {one['encoding']} instead of {list(place.encoding)}")
        verdict.faults += expected.faults(one) if expected else []
    if expected and expected.text is not None and len(right) > 1:
        verdict.faults.append(f"reported {len(right)} times")
    return verdict


@dataclass(frozen=True)
class Tool:
    name: str
    commands: dict[str, tuple[str, ...]]  # by what is scanned; what is not here it cannot scan
    ok: tuple[int, ...]
    judge: Judge = names_the_key
    config: str = ""
    version: str = "--version"
    path: str = ""

    def look(self, place: Place, folder: Path, key: str, expected: Expected | None, work: Path) -> Verdict:
        command = self.commands.get(place.source)
        if command is None:
            return Verdict(False)
        verdict = self.tried(command, place, folder, key, expected, work)
        if not verdict.found and place.kind in self.commands:
            verdict = self.tried(self.commands[place.kind], place, folder, key, expected, work)
        return verdict

    def tried(
        self, command: tuple[str, ...], place: Place, folder: Path, key: str, expected: Expected | None, work: Path
    ) -> Verdict:
        try:
            status, report = self.run(command, folder, work)
        except (GaveUp, subprocess.TimeoutExpired) as error:
            return Verdict(False, [str(error)])
        return self.judge(report, status, key, place, expected)

    def run(self, command: tuple[str, ...], folder: Path, work: Path) -> tuple[int, str]:
        """The exit status, and the report: the file, or standard output."""
        config, report = work / ("rule.yml" if self.name == "kingfisher" else "rule.toml"), work / "report.json"
        config.write_text(self.config)
        report.unlink(missing_ok=True)
        places = {"TARGET": ".", "CONFIG": str(config), "REPORT": str(report)}
        words = [places.get(word, word) for word in command]
        if "IMAGE" in words:
            words[words.index("IMAGE")] = str(next(folder.glob("*.tar")))
        done = subprocess.run(
            [self.path, *words],
            cwd=folder,
            env=clean_environment(work),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode not in self.ok:
            raise GaveUp(f"{self.name}: exit status {done.returncode}: {done.stderr.decode(errors='replace')[:400]}")
        output = report.read_bytes() if report.exists() else done.stdout
        return done.returncode, output.decode(errors="replace")

    def shown(self, source: str) -> str:
        words = (
            "PATTERN" if word == PATTERN else f"'{word}'" if " " in word else "." if word == "TARGET" else word
            for word in self.commands[source]
        )
        return " ".join([self.name, *words])


GRIDLEAKS = Tool(
    "gridleaks",
    {
        "files": ("scan", "--no-ignore", "--format", "json", "TARGET"),
        "history": ("history", "--format", "json", "TARGET"),
        "staged": ("staged", "--format", "json"),
    },
    (0, 1, 2),
    judge_gridleaks,
)

GITLEAKS_OPTIONS = (
    "--config",
    "CONFIG",
    "--no-banner",
    "--no-color",
    "--exit-code",
    "0",
    "--max-decode-depth",
    "10",
    "--max-archive-depth",
    "10",
    "--report-format",
    "json",
    "--report-path",
    "REPORT",
)
GITLEAKS = Tool(
    "gitleaks",
    {
        "files": ("dir", "TARGET", *GITLEAKS_OPTIONS),
        "history": ("git", "TARGET", "--log-opts=--all --full-history --reflog -m --text", *GITLEAKS_OPTIONS),
        "staged": ("git", "TARGET", "--pre-commit", "--staged", *GITLEAKS_OPTIONS),
    },
    (0,),
    config=GITLEAKS_CONFIG,
    version="version",
)

BETTERLEAKS_OPTIONS = (
    "--config",
    "CONFIG",
    "--silent",
    "--no-color",
    "--exit-code=0",
    "--max-decode-depth=10",
    "--max-archive-depth=10",
    "--output",
    "REPORT",
)
BETTERLEAKS = Tool(
    "betterleaks",
    {
        "files": ("filesystem", "TARGET", *BETTERLEAKS_OPTIONS),
        "history": (
            "git",
            "TARGET",
            "--log-opts=--all --full-history --reflog -m --text",
            "--include=commit-messages,tag-messages,reflogs",
            *BETTERLEAKS_OPTIONS,
        ),
        "staged": ("git", "TARGET", "--staged", *BETTERLEAKS_OPTIONS),
    },
    (0,),
    config=GITLEAKS_CONFIG,
    version="version",
)

KINGFISHER_OPTIONS = (
    "--rules-path",
    "CONFIG",
    "--load-builtins=false",
    "--no-validate",
    "--no-update-check",
    "--no-limits",
    "--extraction-depth",
    "10",
    "--confidence",
    "low",
    "--no-dedup",
    "--quiet",
    "--format",
    "json",
    "--output",
    "REPORT",
)
KINGFISHER = Tool(
    "kingfisher",
    {
        "files": ("scan", "TARGET", "--git-history", "none", *KINGFISHER_OPTIONS),
        "history": ("scan", "TARGET", "--git-history", "full", *KINGFISHER_OPTIONS),
        "staged": ("scan", "TARGET", "--staged", *KINGFISHER_OPTIONS),
        # A second try for an image's archive.
        "image": ("scan", "docker", "--archive", "IMAGE", *KINGFISHER_OPTIONS),
    },
    (0, 200, 205),
    config=KINGFISHER_CONFIG,
)

RIPSECRETS = Tool(
    "ripsecrets",
    {
        "files": ("--additional-pattern", PATTERN, "TARGET"),
        "history": ("--additional-pattern", PATTERN, "TARGET"),
        "staged": ("--additional-pattern", PATTERN, "TARGET"),
    },
    (0, 1),
)

TOOLS = (GRIDLEAKS, GITLEAKS, BETTERLEAKS, KINGFISHER, RIPSECRETS)


def installed(names: list[str], paths: dict[str, str]) -> list[Tool]:
    """The tools that were asked for, by the paths given or on PATH."""
    tools = []
    for tool in (one for one in TOOLS if one.name in names):
        path = shutil.which(paths.get(tool.name, tool.name))
        if path is None:
            raise SystemExit(f"{tool.name} is not on PATH; --tool {tool.name}=PATH says where it is")
        tools.append(replace(tool, path=os.path.abspath(path)))
    return tools


def version_of(tool: Tool) -> str:
    answer = subprocess.run([tool.path, tool.version], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    words = re.search(r"\d+\.\d+\S*", answer.stdout + answer.stderr)
    return words[0] if words else "unknown"
