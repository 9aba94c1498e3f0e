"""Compares what gridleaks finds in the history of real repositories with what git and a plain search say.

    cargo build --release --example blobs_with
    python3 bench/truth.py [--seed N] [--gridleaks PATH] [--blobs PATH] REPO ...

From the content of each repository ten strings are drawn with a fixed seed: rare, medium and common ones, most of them from blobs
that are kept as deltas. Each becomes a rule of its own. Then, for each string,

* the blobs that hold it, which the example `blobs_with` lists, have to be those that `git cat-file --batch-all-objects` and a plain
  search say, to the object;
* the paths where `gridleaks history` finds it, and how many versions of each it counts, have to be those that all commits of
  `git log --all -m --raw` have.

Written to standard output as Markdown; the exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

STRINGS = {"rare": 4, "medium": 3, "common": 3}
IN_CONTENT = {f"String in {part}" for part in ["source", "a binary file", "the target of a symbolic link"]}
CANDIDATES = 300
SAMPLE = 40
"""One blob in so many says how common a candidate is."""

Blobs = set[str]


def git(repo: Path, *arguments: str, text: str | None = None) -> bytes:
    return subprocess.run(["git", "-C", str(repo), *arguments], input=text and text.encode(), check=True,
                          stdout=subprocess.PIPE).stdout


def contents(repo: Path, ids: list[str] | None = None):
    """The name and content of each of these blobs, or of all objects' blobs."""
    command = ["git", "-C", str(repo), "cat-file", "--batch", "--buffer"]
    command += [] if ids else ["--batch-all-objects", "--unordered"]
    with tempfile.TemporaryFile() as names:
        names.write("".join(f"{name}\n" for name in ids or []).encode())
        names.seek(0)
        child = subprocess.Popen(command, stdin=names, stdout=subprocess.PIPE, bufsize=1 << 20)
        while header := child.stdout.readline():
            name, kind, size = header.decode().split()
            content = child.stdout.read(int(size))
            child.stdout.read(1)
            if kind == "blob":
                yield name, content
        if child.wait():
            sys.exit(f"{repo}: git cat-file failed")


def candidates(repo: Path, dice: random.Random, blobs: list[str], deltas: list[str]) -> list[str]:
    """Words, and pieces of lines, from blobs drawn by lot."""
    drawn = dice.sample(deltas, min(len(deltas), CANDIDATES * 2)) + dice.sample(blobs, min(len(blobs), CANDIDATES // 2))
    found: dict[str, None] = {}
    for _, content in contents(repo, drawn):
        lines = [line for line in re.findall(rb"[ -~]{12,}", content) if b"'" not in line]
        if not lines:
            continue
        line = dice.choice(lines).decode()
        words = re.findall(r"\w{5,24}", line)
        if words and dice.random() < 0.5:
            found[dice.choice(words)] = None
        else:
            length = dice.randint(10, min(40, len(line)))
            start = dice.randint(0, len(line) - length)
            found[line[start:start + length]] = None
    return list(found)


def draw(repo: Path, seed: int) -> dict[str, str]:
    """Ten strings, each with how common it is."""
    dice = random.Random(seed)
    listing = git(repo, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype) %(deltabase)")
    objects = [line.split() for line in listing.decode().splitlines()]
    blobs = [name for name, kind, _ in objects if kind == "blob"]
    deltas = [name for name, kind, base in objects if kind == "blob" and base.strip("0")]
    names = candidates(repo, dice, blobs, deltas)
    counts = dict.fromkeys(names, 0)
    sample = blobs[::SAMPLE]
    for _, content in contents(repo, sample):
        for name in names:
            counts[name] += name.encode() in content
    bands = {"rare": (0, 0.0005), "medium": (0.0005, 0.01), "common": (0.01, 1.1)}
    strings: dict[str, str] = {}
    for band, (least, most) in bands.items():
        of_band = [name for name in names if least <= counts[name] / len(sample) < most and name not in strings]
        strings |= {name: band for name in of_band[:STRINGS[band]]}
    return strings


def truth(repo: Path, strings: list[str]) -> dict[str, Blobs]:
    """The blobs that hold each string, by git and a plain search."""
    found: dict[str, Blobs] = {string: set() for string in strings}
    needles = [(string.encode(), found[string]) for string in strings]
    for name, content in contents(repo):
        for needle, blobs in needles:
            if needle in content:
                blobs.add(name)
    return found


def places(repo: Path, wanted: Blobs) -> dict[str, set[bytes]]:
    """The paths that each of the wanted blobs has in any commit."""
    command = ["git", "-C", str(repo), "-c", "diff.renames=false", "log", "--all", "-m", "--root", "--raw", "--no-renames",
               "--no-abbrev", "--format=", "-z"]
    found: dict[str, set[bytes]] = defaultdict(set)
    child = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20)
    rest = b""
    while piece := child.stdout.read(1 << 24):
        *fields, rest = (rest + piece).split(b"\0")
        if len(fields) % 2:
            rest = fields.pop() + b"\0" + rest
        for change, path in zip(fields[::2], fields[1::2]):
            blob = change.split()[3].decode()
            if blob in wanted:
                found[blob].add(path)
    if child.wait() or rest:
        sys.exit(f"{repo}: git log failed")
    return found


def rule_file(strings: list[str], path: Path) -> None:
    def rule(number: int, string: str) -> str:
        regex = "".join(re.escape(c) if not c.isalnum() and c != "_" else c for c in string)
        keyword = json.dumps(string.lower())
        return (f"[[rules]]\nid = \"string-{number}\"\ndescription = \"String\"\nregex = '''{regex}'''\n"
                f"keywords = [{keyword}]\n")
    path.write_text("\n".join(rule(number, string) for number, string in enumerate(strings)))


def compare(repo: Path, seed: int, gridleaks: str, lister: str) -> tuple[list[str], int]:
    """The rows of the table, and how many of them differ."""
    kinds = draw(repo, seed)
    strings = list(kinds)
    expected = truth(repo, strings)
    paths = places(repo, set().union(*expected.values()))
    found: dict[str, Blobs] = {string: set() for string in strings}
    told: dict[str, dict[bytes, int]] = {string: {} for string in strings}
    members: dict[str, dict[bytes, int]] = {string: {} for string in strings}
    cut: set[str] = set()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.toml"
        rule_file(strings, rules)
        listed = subprocess.run([lister, str(rules), str(repo)], check=True, stdout=subprocess.PIPE).stdout.decode()
        for line in listed.splitlines():
            rule, blob = line.split()
            found[strings[int(rule.removeprefix("string-"))]].add(blob)
        for string in strings:
            # Paths may hold the string, too, and are shown as they are only with the secrets.
            rule_file([string], rules)
            command = [gridleaks, "history", str(repo), "--rules", str(rules), "--format", "json", "--quiet", "--show-secrets"]
            outcome = json.loads(subprocess.run(command, stdout=subprocess.PIPE).stdout)
            # Archives that are broken on purpose have a path; what is said of the whole history has none.
            problems = [problem["kind"] for problem in outcome["problems"] if not problem["path"]]
            if problems:
                # Of what stands nearly everywhere, there are more places than are listed: that has to be said, and no place made up.
                cut.add(string)
                wrong += any(kind != "limit" for kind in problems)
            for finding in outcome["findings"]:
                # Messages and the names of files hold strings, too.
                if finding["rule"] == "string-0" and finding["message"] in IN_CONTENT and finding["path"]:
                    # Members of archives are no paths of git's. An archive that is not compressed holds a string where its member does.
                    path, *member = finding["path"].encode().split(b"!/", 1)
                    if not member:
                        told[string][path] = finding["git"]["versions"]
                    else:
                        members[string].setdefault(path, finding["git"]["versions"])
    rows = []
    for string in strings:
        versions: dict[bytes, int] = defaultdict(int)
        for blob in expected[string]:
            for path in paths.get(blob, ()):
                versions[path] += 1
        for path in members[string].keys() & versions.keys():
            told[string].setdefault(path, members[string][path])
        is_same = found[string] == expected[string]
        is_told = told[string] == versions
        if string in cut:
            is_told = all(versions[path] >= count for path, count in told[string].items())
        wrong += not is_same or not is_told
        verdict = [f"{len(found[string])}" if is_same else
                   f"{len(found[string] - expected[string])} too many, {len(expected[string] - found[string])} missing",
                   f"{sum(told[string].values())} in {len(told[string])}" + ", and says that there are more" * (string in cut)
                   if is_told else
                   f"{sum(told[string].values())} in {len(told[string])}, not {sum(versions.values())} in {len(versions)}"]
        rows.append(f"| {repo.name.removesuffix('.git')} | {kinds[string]} | {len(expected[string])} | {verdict[0]} | {verdict[1]} |")
        print(f"{string!r}: {rows[-1]}", file=sys.stderr)
        if not is_told:
            differing = {path for path in told[string] | versions if told[string].get(path) != versions.get(path)}
            for path in sorted(differing)[:5]:
                print(f"  {path!r}: told {told[string].get(path)}, git {versions.get(path)}", file=sys.stderr)
    return rows, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("repos", nargs="+", type=Path, metavar="REPO")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--gridleaks", default="target/release/gridleaks")
    parser.add_argument("--blobs", default="target/release/examples/blobs_with")
    arguments = parser.parse_args()
    print("| repository | string | blobs by git | by gridleaks | versions in paths, both |\n| --- | --- | --- | --- | --- |")
    wrong = 0
    for repo in arguments.repos:
        rows, more = compare(repo, arguments.seed, arguments.gridleaks, arguments.blobs)
        print("\n".join(rows), flush=True)
        wrong += more
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
