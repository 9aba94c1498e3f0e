"""Plants made-up keys: in the files of a tree, which is put back as it was, in a small file and in a huge one.

Used by run.py. The keys are put together at run time, so that none stands in this repository.
"""

from __future__ import annotations

import atexit
import os
import random
import shutil
import stat
import string
from dataclasses import replace
from pathlib import Path

from peers import PREFIX, Planted, Scene, signals_held_back

KEYS = 20
WORD = string.ascii_letters + string.digits
ALPHABETS = (WORD + "-_", WORD, "0123456789abcdef")


def made_up_line(rng: random.Random) -> tuple[str, str, int]:
    """A line with a key, the key, and the column at which it starts, in code points. Some lines
    have a letter of two bytes before the key, so that counting bytes gives a wrong column."""
    alphabet = rng.choice(ALPHABETS)
    key = PREFIX + "".join(rng.choices(alphabet, k=32))
    before = rng.choice(("", "    ", "\t", "// clé: ")) + 'RETAILGRID_KEY = "'
    return f'{before}{key}"', key, len(before) + 1


def with_line_inserted(content: bytes, path: str, rng: random.Random) -> tuple[bytes, Planted]:
    text, key, column = made_up_line(rng)
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    ending = b"\r" if lines[0].endswith(b"\r") else b""
    lines.insert(at, text.encode() + ending)
    return b"\n".join(lines), Planted(path, at + 1, column, key)


def is_plain_text(path: Path) -> bool:
    """Whether a line may be put in, and lines and columns mean the same to everybody."""
    info = path.lstat()
    if not stat.S_ISREG(info.st_mode) or info.st_nlink > 1 or not 0 < info.st_size < 1_000_000:
        return False
    content = path.read_bytes()
    odd = (b"\0", b"\xef\xbb\xbf", PREFIX.encode())
    if any(part in content for part in odd) or b"\r" in content.replace(b"\r\n", b""):
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return os.access(path, os.W_OK) and str(path).isprintable()


def read_whole_tree(tree: Path) -> tuple[list[str], int]:
    """Reads every file once, so that all programs find the tree in the page cache.
    Returns the files' paths in a fixed order, and how many bytes they hold."""
    paths, size = [], 0
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(set(folders) - {".git", ".hg", ".svn"})
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            with open(path, "rb", buffering=0) as file:
                while piece := file.read(1 << 20):
                    size += len(piece)
            paths.append(os.path.relpath(path, tree))
    return sorted(paths), size


class PlantedTree:
    """Holds the keys in the tree while the `with` block runs."""

    def __init__(self, tree: Path, paths: list[str], rng: random.Random):
        self.tree, self.paths, self.rng = tree, paths, rng
        self.originals: list[tuple[Path, bytes, os.stat_result]] = []

    def __enter__(self) -> Scene:
        atexit.register(self.restore)  # for a signal that comes just before __exit__
        try:
            return Scene(self.tree, self.plant())
        except BaseException:
            self.restore()
            raise

    def __exit__(self, *_: object) -> None:
        self.restore()

    def plant(self) -> list[Planted]:
        planted = []
        for relative in self.rng.sample(self.paths, len(self.paths)):
            path = self.tree / relative
            if not is_plain_text(path):
                continue
            original = path.read_bytes()
            content, place = with_line_inserted(original, relative, self.rng)
            self.originals.append((path, original, path.stat()))  # first remembered, then changed
            path.write_bytes(content)
            planted.append(place)
            if len(planted) == KEYS:
                return planted
        raise SystemExit(f"the tree has fewer than {KEYS} text files that can be written to")

    def restore(self) -> None:
        with signals_held_back():
            for path, original, info in self.originals:
                path.write_bytes(original)
                os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
            self.originals.clear()


def small_scene(work: Path, rng: random.Random) -> Scene:
    text = "".join(f"option_{n} = {rng.random()}\n" for n in range(40))
    content, planted = with_line_inserted(text.encode(), "settings.py", rng)
    path = work / planted.path
    path.write_bytes(content)
    return Scene(path, [planted])


def huge_scene(work: Path, size: int, rng: random.Random) -> Scene:
    """Pieces of made-up text in random order; the key is in the last one."""
    if shutil.disk_usage(work).free < size + (1 << 30):
        raise SystemExit("not enough room in the temporary folder for --huge (TMPDIR chooses another)")
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 10))) for _ in range(5000)]
    pieces = [text_piece(words, 1 << 18, rng) for _ in range(64)]
    path, written, lines = work / "huge.txt", 0, 0
    with path.open("wb") as file:
        while written < size - len(pieces[0]):
            piece = rng.choice(pieces)
            written += file.write(piece)
            lines += piece.count(b"\n")
        last, planted = with_line_inserted(rng.choice(pieces), path.name, rng)
        file.write(last)
        file.flush()
        os.fsync(file.fileno())  # so that the disk is quiet while the programs run
    read_whole_tree(work)
    return Scene(path, [replace(planted, line=planted.line + lines)])


def text_piece(words: list[str], size: int, rng: random.Random) -> bytes:
    lines, length = [], 0
    while length < size:
        lines.append(" ".join(rng.choices(words, k=rng.randint(1, 14))))
        length += len(lines[-1]) + 1
    return ("\n".join(lines) + "\n").encode()
