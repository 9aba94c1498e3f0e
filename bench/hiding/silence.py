"""The same places with what is no key in them: gridleaks must say nothing."""

from __future__ import annotations

import json
import random
import string
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from hiding import Place
from peers import PREFIX, clean_environment

if TYPE_CHECKING:
    from hiding.tools import Tool

WORD = string.ascii_letters + string.digits


def no_keys() -> dict[str, str]:
    """By a name: what plain text may hold without being a key. The last two end as keys do and belong to other issuers."""
    drawn = "".join(random.Random(7).choices(WORD, k=32))
    return {
        "the documentation's example": PREFIX + "x" * 32,
        "counting digits": PREFIX + "0123456789abcdef" * 2,
        "an instruction": PREFIX + "YOUR_RETAILGRID_API_KEY_GOES_HERE"[:32],
        "a pattern again and again": PREFIX + "a1b2c3d4" * 4,
        "another issuer's, with a letter": "f" + PREFIX + drawn,
        "another issuer's, with more": "sk_o" + PREFIX + drawn,
    }


def alarms(places: list[Place], tools: list[Tool], work: Path) -> list[str]:
    """What gridleaks reports of the places when no key is in them. Each repository is scanned alone, all files at once."""
    gridleaks = next(tool for tool in tools if tool.name == "gridleaks")
    wrong = []
    for number, (name, text) in enumerate(no_keys().items()):
        top = work / f"silent-{number}"
        top.mkdir()
        for place_number, place in enumerate(places):
            if number > 0 and place.programs:
                continue  # starting programs takes long, and says little more of the second text
            folder = top / str(place_number)
            folder.mkdir()
            place.hide(folder, text)
            if place.source != "files":
                wrong += reported(
                    gridleaks, gridleaks.commands[place.source], folder, lambda _, place=place: place.name, name
                )
        wrong += reported(
            gridleaks, gridleaks.commands["files"], top, lambda path: places[int(path.split("/")[0])].name, name
        )
    return wrong


def reported(gridleaks: Tool, command: tuple[str, ...], folder: Path, place_of, name: str) -> list[str]:
    words = ["." if word == "TARGET" else word for word in command]
    done = subprocess.run(
        [gridleaks.path, *words],
        cwd=folder,
        env=clean_environment(folder.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    findings = json.loads(done.stdout)["findings"]
    return [f"{place_of(one['path'] or '')}: {name}: {one['rule']} {one['encoding']}" for one in findings]
