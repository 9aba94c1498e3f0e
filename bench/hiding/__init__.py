"""Places in which a key may hide, for coverage.py: one list a module, gathered by `every_place`.

A place is given a folder and a key, writes what it is about into the folder as a program or a person
would, and says what a scanner that finds the key should say of it. Keys are handed in, so that none
stands in this repository.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

MODULES = (
    "base64_text",
    "escapes",
    "numbers",
    "unicode_text",
    "split",
    "nested",
    "containers",
    "carriers",
    "documents",
    "images",
    "artefacts",
    "stores",
    "records",
    "exports",
    "git_places",
    "tree",
    "datafiles",
)

SHORTEST = 40  # characters of a span: no form makes a key shorter than it is


@dataclass(frozen=True)
class Expected:
    """Where a key is, for checking a report that has found it. What is None is not checked."""

    path: str | None = None
    # The file's whole text and the encoded part of it, as offsets in code points.
    text: str | None = None
    start: int = 0
    end: int = 0
    # Whether a span must be exactly that part, and not merely lie in it: what stands around the key is encoded with it.
    is_exact: bool = False

    def faults(self, finding: dict) -> list[str]:
        """What of a finding of gridleaks is wrong."""
        wrong = []
        if self.path is not None and finding["path"] != self.path:
            wrong.append(f"path {finding['path']} instead of {self.path}")
        if self.text is None:
            return wrong
        if finding["line"] is None:
            return wrong + ["no line, though the file is text"]
        start = self.offset(finding["line"], finding["column"])
        end = self.offset(finding["end_line"], finding["end_column"])
        if self.is_exact and (start, end) != (self.start, self.end):
            wrong.append(f"span {start}..{end} instead of {self.start}..{self.end}")
        elif not self.start <= start < end <= self.end or end - start < SHORTEST:
            wrong.append(f"span {start}..{end} not in {self.start}..{self.end}, or too short")
        return wrong

    def offset(self, line: int, column: int) -> int:
        lines = self.text.split("\n")
        return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1


@dataclass(frozen=True)
class Place:
    group: str
    name: str
    what: str  # as the table describes it
    hide: Callable[[Path, str], Expected | None]
    # The names of the layers from the outside in, as a report should give them; None: not checked.
    encoding: tuple[str, ...] | None = None
    # What is scanned: "files" (the folder), "history" (the repository in it), "staged" (its index).
    source: str = "files"
    # Programs and Python modules without which this place cannot be made.
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    # Why gridleaks does not find the key here, where it does not.
    reason: str = ""
    # A second way in which some programs scan what lies there, as `image` for a container image's archive.
    kind: str = ""
    # Whether a scanner can read all of it: not where a part is encrypted. None: not checked.
    is_complete: bool | None = True
    is_big: bool = False

    def missing(self) -> list[str]:
        """What is not on this machine."""
        programs = [name for name in self.programs if shutil.which(name) is None]
        return programs + [name for name in self.modules if importlib.util.find_spec(name) is None]


@dataclass
class Group:
    """Collects the places of one group."""

    title: str
    places: list[Place] = field(default_factory=list)

    def place(self, name: str, what: str, **more) -> Callable:
        """Makes a place of a function that writes it."""

        def add(hide):
            self.places.append(Place(self.title, name, what, hide, **more))
            return hide

        return add

    def text(
        self,
        name: str,
        what: str,
        file: str,
        encoding: tuple[str, ...],
        make: Callable[[str], tuple[str, str, str]],
        codec: str = "utf-8",
        bom: bytes = b"",
        is_exact: bool = False,
        member: str = "",
        **more,
    ) -> None:
        """A place that is one text file: `make` gives what stands before the encoded key, that, and what follows. Where that
        is an archive, `member` is what of it holds the key, and where the report should have it."""

        def hide(folder: Path, key: str) -> Expected:
            before, encoded, after = make(key)
            whole = before + encoded + after
            write(folder, file, bom + whole.encode(codec))
            if member:
                return Expected(f"{file}!/{member}")
            return Expected(file, whole, len(before), len(before + encoded), is_exact)

        self.places.append(Place(self.title, name, what, hide, encoding, **more))

    def blob(
        self,
        name: str,
        what: str,
        file: str,
        make: Callable[[str], bytes],
        path: str | None = "",
        encoding: tuple[str, ...] | None = None,
        **more,
    ) -> None:
        """A place that is one file of bytes; `path` is where the report should have it, if not in the file itself."""

        def hide(folder: Path, key: str) -> Expected:
            write(folder, file, make(key))
            return Expected(file if path == "" else path)

        self.places.append(Place(self.title, name, what, hide, encoding, **more))


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def run(folder: Path, *command: str, stdin: bytes = b"", **environment: str) -> bytes:
    """Runs a program in a folder, with nobody's settings, and gives what it wrote."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env={**kept, "HOME": str(folder), "TZ": "UTC", **environment},
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def every_place() -> list[Place]:
    places = []
    for name in MODULES:
        module = importlib.import_module(f"hiding.{name}")
        places += [place for group in module.GROUPS for place in group.places]
    names = [place.name for place in places]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        sys.exit(f"two places have one name: {', '.join(sorted(twice))}")
    return places
