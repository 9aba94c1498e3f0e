"""Which scanner finds a key where? Hides made-up keys in many places and asks each program.

    python3 bench/coverage.py [--only PATTERN] [--tools NAME,NAME] [--tool NAME=PATH] [--keep DIR] [--write]

Each run draws new keys. What gridleaks misses needs a reason in the list of places, and the same places with
placeholders and other issuers' keys in them must leave it silent; otherwise the exit status is 1. --write makes
docs/coverage.md, and --update gridleaks' column in it. Some places need programs and the Python packages of bench/hiding/requirements.txt; those that cannot
be made here are named.
"""

from __future__ import annotations

import argparse
import fnmatch
import random
import re
import shutil
import string
import sys
import tempfile
from pathlib import Path

from hiding import Place, every_place, table
from hiding.result import Result
from hiding.silence import alarms
from hiding.tools import TOOLS, Tool, installed, version_of
from peers import PREFIX

TOP = Path(__file__).resolve().parent.parent
PAGE = TOP / "docs/coverage.md"
WORD = string.ascii_letters + string.digits


def drawn_key(rng: random.Random) -> str:
    """A key as the issuer may draw one: with a `-` and a `_` in it, and a letter or digit at both ends, since
    some rules look for a boundary of words there."""
    while True:
        tail = "".join(rng.choices(WORD + "-_", k=32))
        if {"-", "_"} <= set(tail) and tail[0] in WORD and tail[-1] in WORD and "--" not in tail and len(set(tail)) > 16:
            return PREFIX + tail


def tried(number: int, place: Place, tools: list[Tool], top: Path, work: Path, rng: random.Random) -> Result:
    result = Result(place, missing=place.missing())
    if result.missing:
        return result
    folder = top / re.sub("-+", "-", "".join(one if one in WORD else "-" for one in f"{number:03} {place.name}"))
    folder.mkdir(parents=True)
    key = drawn_key(rng)
    expected = place.hide(folder, key)
    for tool in tools:
        result.verdicts[tool.name] = tool.look(place, folder, key, expected, work)
    return result


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", metavar="PATTERN", help="places whose name or group has this in it, or matches it as a glob"
    )
    parser.add_argument(
        "--tools", metavar="NAMES", default=",".join(tool.name for tool in TOOLS), help="which programs, with commas"
    )
    parser.add_argument(
        "--tool", metavar="NAME=PATH", action="append", default=[], help="where a program is, if not on PATH"
    )
    parser.add_argument("--gridleaks", metavar="PATH", default=str(TOP / "target/release/gridleaks"))
    parser.add_argument("--keep", metavar="DIR", type=Path, help="make the places in this new folder, and leave them there")
    parser.add_argument("--seed", type=int, help="draw the same keys as another run")
    parser.add_argument("--big", action="store_true", help="also the places of more than 100 MB")
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md: only for all places and all programs")
    parser.add_argument(
        "--update", action="store_true", help="write gridleaks' part of docs/coverage.md; what it says of the others remains"
    )
    parser.add_argument("--quiet", action="store_true", help="show only what is wrong")
    return parser.parse_args()


def chosen(given: argparse.Namespace) -> list[Place]:
    def is_wanted(place: Place) -> bool:
        words = (place.name, place.group)
        return not given.only or any(given.only.lower() in one.lower() or fnmatch.fnmatch(one, given.only) for one in words)

    return [place for place in every_place() if is_wanted(place) and (given.big or not place.is_big)]


def main() -> int:
    given = options()
    if given.write and (given.only or set(given.tools.split(",")) != {tool.name for tool in TOOLS}):
        sys.exit("--write is for all places and all programs: leave --only and --tools out")
    if given.update and given.only:
        sys.exit("--update is for all places: leave --only out")
    paths = {"gridleaks": given.gridleaks, **dict(one.split("=", 1) for one in given.tool)}
    tools = installed(given.tools.split(","), paths)
    seed = given.seed if given.seed is not None else random.randrange(1 << 32)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="coverage-") as temporary:
        work = Path(temporary)
        top = given.keep or work / "places"
        results = []
        for number, place in enumerate(chosen(given), 1):
            result = tried(number, place, tools, top, work, rng)
            results.append(result)
            show(result, tools, given.quiet)
            if not given.keep:
                shutil.rmtree(top, ignore_errors=True)
        loud = alarms([one.place for one in results if not one.missing], tools, work) if "gridleaks" in given.tools else []
    for line in loud:
        print(f"FALSE ALARM {line}")
    missing = [result for result in results if result.missing]
    if (given.write or given.update) and not missing:
        versions = {tool.name: version_of(tool) for tool in tools}
        if given.update:
            versions = table.complete(PAGE.read_text(), results, versions)
        PAGE.write_text(table.page(results, TOOLS, versions))
    faults = [result for result in results if result.fault]
    for tool in tools:
        print(
            f"{tool.name}: {sum(one.verdicts[tool.name].found for one in results if one.verdicts)} of {len(results)} found"
        )
    for result in missing:
        print(f"not made: {result.place.name}: no {', '.join(result.missing)}")
    if (given.write or given.update) and missing:
        print("docs/coverage.md is not written: it is for a machine that can make all places")
        return 1
    if faults or loud:
        print(f"{len(faults)} places are wrong, {len(loud)} false alarms (--seed {seed})")
    return 1 if faults or loud else 0


def show(result: Result, tools: list[Tool], is_quiet: bool) -> None:
    marks = " ".join("·" if not result.verdicts else "✓" if result.verdicts[tool.name].found else "–" for tool in tools)
    if not is_quiet or result.fault:
        print(
            f"{marks}  {result.place.group}: {result.place.name}"
            + (f"\n      WRONG: {result.fault}" if result.fault else ""),
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
