"""UTF-16 and UTF-32, as files and inside binaries."""

from __future__ import annotations

import json

from hiding import Group
from hiding.encoders import noise

UTF = Group("UTF-16 and UTF-32")
GROUPS = [UTF]

CODECS = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be"}


def script(key: str) -> tuple[str, str, str]:
    return "# Aufräumen 🧹\r\n$shop = 'eu'\r\n\t$key = '", key, "'\r\nInvoke-RestMethod $shop\r\n"


def file(name: str, what: str, layer: str, bom: str) -> None:
    codec = CODECS[layer]
    UTF.text(name, what, "deploy.ps1", (layer,), script, codec, bom.encode(codec), is_exact=True)


MARK = "\ufeff"
file("UTF-16 LE with a mark", "as Windows programs write text", "utf-16le", MARK)
file("UTF-16 BE with a mark", "", "utf-16be", MARK)
file("UTF-16 LE without a mark", "", "utf-16le", "")
file("UTF-16 BE without a mark", "", "utf-16be", "")
file("UTF-32 LE with a mark", "", "utf-32le", MARK)
file("UTF-32 BE with a mark", "", "utf-32be", MARK)
file("UTF-32 LE without a mark", "", "utf-32le", "")
UTF.text(
    "UTF-16 LE, nothing but the key",
    "no line end, no mark",
    "key.txt",
    ("utf-16le",),
    lambda k: ("", k, ""),
    "utf-16-le",
    is_exact=True,
)
UTF.text(
    "UTF-8 with a mark",
    "the key is the first thing behind it",
    "key.txt",
    (),
    lambda k: (MARK, k, "\r\n"),
    "utf-8",
    is_exact=True,
)

UTF.text(
    "UTF-16 with its zeros escaped",
    "`r\\u0000g\\u0000`, as a log in JSON has it that takes bytes for letters",
    "events.json",
    None,
    lambda k: ('{"output": ', json.dumps(k.encode("utf-16-le").decode("latin-1")), "}\n"),
    reason="its letters are plain, and between them stands what shows neither as UTF-16 nor as an escaped text in a sample",
)


def binary(name: str, what: str, layer: str, before: int) -> None:
    # At an odd place between zeros the two byte orders read the same.
    UTF.blob(
        name,
        what,
        "app.exe",
        lambda k: b"MZ\x90\0" + noise(before) + f"\0Key={k}\0".encode(CODECS[layer]) + noise(60),
        encoding=None if before % 2 else (layer,),
    )


binary("UTF-16 LE in a binary", "a string of a Windows program, at an even place", "utf-16le", 300)
binary("UTF-16 LE in a binary, odd place", "", "utf-16le", 301)
binary("UTF-16 BE in a binary", "a string of a Java or Mac program", "utf-16be", 300)
binary("UTF-16 BE in a binary, odd place", "", "utf-16be", 301)
binary("UTF-32 LE in a binary, odd place", "wide strings of a Linux program", "utf-32le", 303)
UTF.text(
    "EBCDIC",
    "a mainframe's code page 037",
    "settings.cpy",
    None,
    lambda k: ("KEY ", k, " "),
    "cp037",
    reason="no form of a repository's text; mainframe tools convert on checkout",
)
