"""Forms of text inside each other."""

from __future__ import annotations

import json

from hiding import Group
from hiding.encoders import b64, each, gz, only, wrapped

NESTED = Group("One form in another")
GROUPS = [NESTED]


def nested(
    name: str, what: str, encoding: tuple[str, ...] | None, make, file: str = "state.txt", codec: str = "utf-8", **more
) -> None:
    NESTED.text(name, what, file, encoding, lambda k: ("state = '", make(k), "'\nend\n"), codec, **more)


nested(
    "base64 in percent",
    "the `=` of the padding is escaped, and every letter",
    ("percent", "base64"),
    lambda k: each("%{:02X}", b64("k=" + k)),
)
nested("base64 with %3D", "only the padding is escaped", None, lambda k: b64("k=" + k).replace("=", "%3D"))
nested("base64 in \\u", "`\\u003d` for the padding", None, lambda k: b64("k=" + k).replace("=", "\\u003d"))
nested("base64 in HTML", "every letter a reference", ("html", "base64"), lambda k: each("&#{};", b64(k)))
nested("percent in base64", "", ("base64", "percent"), lambda k: b64("key=" + only("_-", "%{:02X}", k)))
nested(
    "escapes in base64",
    "JSON with `\\u`, encoded",
    ("base64", "escape"),
    lambda k: b64('{"key": "' + only("_-", "\\u{:04x}", k) + '"}'),
)
nested("HTML in percent", "", ("percent", "html"), lambda k: each("%{:02X}", only("_-", "&#{};", k)))
nested("percent in HTML", "", ("html", "percent"), lambda k: each("&#x{:x};", only("_-", "%{:02X}", k)))
nested("hex of base64", "", ("hex", "base64"), lambda k: b64("key=" + k).encode().hex())
nested("hex of UTF-16", "a registry's value", ("hex", "utf-16le"), lambda k: k.encode("utf-16-le").hex(","))
nested("hex of gzip", "begins with `1f8b08`", ("hex", "gzip"), lambda k: gz(f"key = {k}\n" * 3).hex())
nested("hex of hex", "", ("hex", "hex"), lambda k: k.encode().hex().encode().hex())
nested("decimal list of base64", "", ("decimal", "base64"), lambda k: each("{}", b64(k), ", "))
nested("UTF-16 file with base64", "", ("utf-16le", "base64"), lambda k: b64("key=" + k), codec="utf-16-le")
nested("UTF-16 file with percent", "", ("utf-16le", "percent"), lambda k: only("_-", "%{:02X}", k), codec="utf-16-le")
nested("UTF-16 file with escapes", "", ("utf-16be", "escape"), lambda k: each("\\x{:02x}", k), codec="utf-16-be")
nested(
    "UTF-16 file with wrapped base64",
    "CRLF, set in",
    ("utf-16le", "base64"),
    lambda k: wrapped("x" * 50 + f" key={k} " + "y" * 70, 64, "\r\n    "),
    codec="utf-16-le",
)
nested(
    "JSON in JSON in base64",
    "escapes and base64",
    ("base64", "base64"),
    lambda k: b64(json.dumps({"data": b64(json.dumps({"key": k}))})),
)
nested(
    "quoted-printable of base64",
    "soft breaks in it",
    None,
    lambda k: b64("x" * 40 + f" key={k} ")[:70] + "=\n" + b64("x" * 40 + f" key={k} ")[70:].replace("=", "=3D"),
)
nested("split, with escapes in the parts", "", None, lambda k: only("_", "\\x{:02x}", k[:8]) + "' + '" + k[8:])
nested(
    "colours in base64",
    "a coloured log, encoded",
    ("base64", "ansi"),
    lambda k: b64("key: " + k[:8] + "\x1b[0m" + k[8:] + "\n"),
)
nested(
    "four layers",
    "base64 of gzip of base64 of UTF-16",
    ("base64", "gzip", "base64", "utf-16le"),
    lambda k: b64(gz(b64(f"$key = '{k}'".encode("utf-16-le")))),
)
nested(
    "four layers of text",
    "percent of base64 of `\\x` of UTF-16's hex",
    None,
    lambda k: each("%{:02x}", b64(each("\\x{:02x}", k.encode("utf-16-be").hex()))),
)
