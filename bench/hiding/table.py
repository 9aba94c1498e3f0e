"""docs/coverage.md, from the results of a run."""

from __future__ import annotations

from hiding.result import Result
from hiding.tools import SECONDS, Tool, Verdict

HEAD = """# Where a key is found

Made by `bench/coverage.py --write` from real runs: do not edit. Each place is a folder or a repository of its own with one
made-up key, drawn anew in each run, and is given to each program alone. ✓ stands for found, – for not found. With `--update`, only
gridleaks runs, and what an earlier run said of the others remains.

**Found** means, for gridleaks, a finding of the rule for the documented length with the fingerprint of the plain key; path,
lines, columns and layers are checked as well. For the others it means a report with the whole plain key in it: they print
what they find. They were given one rule, `{pattern}`, without boundaries of words, in their own formats, and the options that
let them find most; ripsecrets has no rules but an option for a further pattern.

A program that gives up with an error has not found the key, and where programs are not made for a kind of place (ripsecrets
knows no history), that is a – as well.
"""


def page(results: list[Result], tools: list[Tool], versions: dict[str, str]) -> str:
    names = [tool.name for tool in tools]
    parts = [HEAD.format(pattern="rg_" + "live_[A-Za-z0-9_-]{32}"), totals(results, names, versions)]
    for title in dict.fromkeys(result.place.group for result in results):
        group = [result for result in results if result.place.group == title]
        parts.append(
            f"## {title}\n\n"
            + rows(
                ["", "", *names],
                [
                    [
                        cell(result.place.name),
                        cell(result.place.what),
                        *(mark(result.verdicts[name].found) for name in names),
                    ]
                    for result in group
                ],
            )
        )
    parts += [reasons(results), how(tools)]
    return "\n".join(parts)


def complete(page: str, results: list[Result], versions: dict[str, str]) -> dict[str, str]:
    """Adds to results what the page, as it was made before, says of the programs that were not run; gives all versions."""
    cells = [[one.strip() for one in line.strip("| ").split(" | ")] for line in page.splitlines() if line.startswith("| ")]
    head = next(row for row in cells if "places" in row)
    known = dict(one.rsplit(" ", 1) for one in head[head.index("places") + 1 :])
    names = list(known)
    group, marks = "", {}
    for line in page.splitlines():
        if line.startswith("## "):
            group = line[3:]
        row = [one.strip() for one in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(row) == len(names) + 2 and row[-1] in ("✓", "–"):
            marks[group, row[0]] = dict(zip(names, row[2:]))
    for result in results:
        earlier = marks.get((result.place.group, cell(result.place.name)))
        if earlier is None:
            raise SystemExit(f"docs/coverage.md does not have {result.place.name}: it has to be made with --write")
        for name in names:
            if name not in result.verdicts:
                result.verdicts[name] = Verdict(earlier[name] == "✓")
    return {**known, **versions}


def mark(is_found: bool) -> str:
    return "✓" if is_found else "–"


def cell(text: str) -> str:
    """Text in a table's cell: outside of code, what Markdown would take for its own is escaped."""
    pieces = text.split("`")
    for at in range(0, len(pieces), 2):
        pieces[at] = "".join("\\" + one if one in "\\*_<>" else one for one in pieces[at])
    return "`".join(pieces).replace("|", "\\|")


def rows(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def totals(results: list[Result], names: list[str], versions: dict[str, str]) -> str:
    groups = list(dict.fromkeys(result.place.group for result in results))
    body = []
    for title in groups:
        group = [result for result in results if result.place.group == title]
        body.append([title, str(len(group)), *(str(sum(one.verdicts[name].found for one in group)) for name in names)])
    body.append(
        ["**all**", f"**{len(results)}**", *(f"**{sum(one.verdicts[name].found for one in results)}**" for name in names)]
    )
    return rows(["", "places", *(f"{name} {versions[name]}" for name in names)], body)


def reasons(results: list[Result]) -> str:
    missed = [result for result in results if not result.verdicts["gridleaks"].found]
    return "## What gridleaks does not find, and why\n\n" + rows(
        ["", ""], [[cell(result.place.name), cell(result.place.reason or "not yet done")] for result in missed]
    )


def how(tools: list[Tool]) -> str:
    lines = []
    for tool in tools:
        shown = dict.fromkeys(tool.shown(source) for source in tool.commands)
        lines += [f"- {tool.name}:"] + [f"  - `{command}`" for command in shown]
    return (
        "## How each was called\n\nIn the place's folder; CONFIG is the rule, REPORT the report's file, PATTERN the rule's regex. "
        "One run may take "
        f"{SECONDS} seconds.\n\n" + "\n".join(lines) + "\n"
    )
