"""Which lines of src/ do the tests run? Reads what .ci/coverage recorded, and writes tables of folders and files.

    python3 bench/lines.py LCOV [--lowest N] [--uncovered [PATH]]
    python3 bench/lines.py --programs MESSAGES

Lines of tests themselves do not count: files and folders whose names end in `tests`, and a file from its test module on. --uncovered
lists the lines that no test runs, of all files or of those whose path begins with PATH, with their text. --programs names the programs
that cargo has built, from its messages in JSON.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OF_TESTS = re.compile(r"(^|/)\w*tests(/|\.rs$)")
TEST_MODULE = re.compile(r"^#\[cfg\(.*\btest\b.*\)\]\nmod \w+ \{", re.MULTILINE)


def programs(messages: Path) -> list[str]:
    """The programs that cargo has built."""
    lines = (json.loads(line) for line in messages.read_text().splitlines() if line.startswith("{"))
    return sorted({line["executable"] for line in lines if line.get("executable")})


def counts(lcov: Path) -> dict[str, dict[int, int]]:
    """How often each line was run that can be, by file."""
    files: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for record in lcov.read_text().splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            lines = files.setdefault(Path(value).relative_to(TOP).as_posix(), {})
        elif kind == "DA":
            line, count = map(int, value.split(",")[:2])
            lines[line] = max(count, lines.get(line, 0))
    return {name: without_tests(name, lines) for name, lines in sorted(files.items()) if not OF_TESTS.search(name)}


def without_tests(name: str, lines: dict[int, int]) -> dict[int, int]:
    text = (TOP / name).read_text()
    begin = TEST_MODULE.search(text)
    end = text.count("\n", 0, begin.start()) if begin else text.count("\n") + 1
    return {line: count for line, count in lines.items() if line <= end}


def row(name: str, of: list[dict[int, int]]) -> tuple[float, str]:
    total = sum(len(lines) for lines in of)
    run = sum(count > 0 for lines in of for count in lines.values())
    share = 100 * run / total if total else 100.0
    return share, f"| {name} | {total} | {run} | {total - run} | {share:.1f} % |"


def table(kind: str, rows: list[str]) -> None:
    print(f"| {kind} | lines | run | not run | share |\n| --- | ---: | ---: | ---: | ---: |")
    print("\n".join(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recorded", type=Path, metavar="LCOV")
    parser.add_argument("--programs", action="store_true")
    parser.add_argument("--lowest", type=int, default=15, metavar="N")
    parser.add_argument("--uncovered", nargs="?", const="", metavar="PATH")
    args = parser.parse_args()
    if args.programs:
        print("\n".join(programs(args.recorded)))
        return
    files = counts(args.recorded)
    if args.uncovered is not None:
        for name, lines in files.items():
            text = (TOP / name).read_text().splitlines()
            for line in sorted(line for line, count in lines.items() if not count and name.startswith(args.uncovered)):
                print(f"{name}:{line}: {text[line - 1].strip()}")
        return
    folders: dict[str, list[dict[int, int]]] = defaultdict(list)
    for name, lines in files.items():
        parts = name.split("/")
        folders["/".join(parts[:2]) + "/" if len(parts) > 2 else "src/ itself"].append(lines)
    table("folder", [row(f"`{name}`" if name.endswith("/") else name, of)[1] for name, of in sorted(folders.items())])
    print(row("**all**", list(files.values()))[1] + "\n")
    lowest = sorted((row(f"`{name}`", [lines]) for name, lines in files.items()))[: args.lowest]
    table("file", [text for _, text in lowest])


if __name__ == "__main__":
    main()
