"""Places in a plain folder that scanners look away from."""

from __future__ import annotations

import os

from hiding import Expected, Group, write
from hiding.encoders import noise

TREE = Group("Places in a folder")
GROUPS = [TREE]


def line(key: str) -> str:
    return f'RETAILGRID_KEY="{key}"\n'


def file(name: str, what: str, path: str, make=lambda k: line(k).encode(), **more) -> None:
    TREE.blob(name, what, path, make, encoding=(), **more)


file("hidden file", "its name begins with a dot", ".settings")
file("hidden folder", "", ".config/shop/settings")
file("file without an ending", "", "LICENSE")
file(
    "minified script",
    "`.min.js`",
    "dist/app.min.js",
    lambda k: ("!function(){" + "var a=1;" * 300 + f'k="{k}"' + ";b()" * 300 + "}()").encode(),
)
file(
    "lock file",
    "a private registry's address",
    "package-lock.json",
    lambda k: (
        f'{{"lockfileVersion": 3, "packages": {{"a": {{"resolved": "https://x:{k}@npm.shop.example/a.tgz"}}}}}}\n'.encode()
    ),
)
file("go.sum", "another lock file", "go.sum", lambda k: f"shop.example/a v1.0.0 h1:abc=\n# {k}\n".encode())
file("dependency", "`node_modules`", "node_modules/shop/index.js")
file("vendored code", "`vendor`", "vendor/shop.example/a/a.go")
file("test fixture", "", "tests/fixtures/answer.json")
file("picture by its name", "`.png`, but text", "logo.png")
file("font by its name", "`.woff2`", "font.woff2", lambda k: noise(700) + b"\0" + k.encode() + b"\0" + noise(700))
file("SVG", "a picture of text", "logo.svg", lambda k: f"<svg><!-- {k} --></svg>\n".encode())
file(
    "line of 5 MB",
    "the key in its middle",
    "data.json",
    lambda k: b'{"a": "' + b"0 " * 1_300_000 + k.encode() + b" 1" * 1_300_000 + b'"}',
)
file("very short lines", "a million of them before it", "data.txt", lambda k: b"\n" * 1_000_000 + line(k).encode())
file("file with NUL", "text but for one byte", "notes.txt", lambda k: b"a\0b\n" + line(k).encode())
file("Latin-1", "a text that is no UTF-8", "notes.txt", lambda k: "clé naïve\n".encode("latin-1") + line(k).encode())
file("no line end", "nothing but the key", "key", lambda k: k.encode())
file("old Mac line ends", "CR alone", "notes.txt", lambda k: b"a\rb\r" + line(k).encode().replace(b"\n", b"\r"))
file("key glued by _", "`prod_` before it", "notes.txt", lambda k: f"name: prod_{k}\n".encode())
file("key behind \\n", "a JSON string", "log.json", lambda k: f'{{"log": "ready\\n{k}\\n"}}\n'.encode())
file(
    "key between two words", "in a URL's path", "notes.txt", lambda k: f"https://shop.example/hooks/{k}/products\n".encode()
)
file(
    "end of a file of 300 MB",
    "behind binary data",
    "disk.img",
    lambda k: noise(1 << 20) * 300 + line(k).encode(),
    is_big=True,
)


@TREE.place("file in .gitignore", "a folder that is no repository has one, too", encoding=())
def ignored(folder, key):
    write(folder, ".gitignore", "*.local\n")
    write(folder, "settings.local", line(key))
    return Expected("settings.local")


@TREE.place("name of a file", "an empty file", encoding=())
def file_name(folder, key):
    write(folder, f"cache/{key}.json", "")


@TREE.place("name of a folder", "", encoding=())
def folder_name(folder, key):
    write(folder, f"cache/{key}/a.json", "{}\n")


@TREE.place("name of a file, percent-encoded", "a saved page", encoding=("percent",))
def encoded_name(folder, key):
    write(folder, f"shop.example%2Fkey%3D{key.replace('_', '%5F')}.html", "<html></html>\n")


@TREE.place("target of a symbolic link", "it leads nowhere", encoding=())
def link(folder, key):
    os.symlink(f"/srv/shop/{key}", folder / "current")
    return Expected("current")


@TREE.place("file behind 200 folders", "", encoding=())
def deep(folder, key):
    write(folder, "d/" * 200 + "a.env", line(key))


@TREE.place("editor's backup", "`~`, and vim's swap file", encoding=())
def backup(folder, key):
    write(folder, ".settings.env.swp", b"b0VIM 9.0\0" + noise(4000) + b"\0" + key.encode() + b"\0")
