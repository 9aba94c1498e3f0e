"""Measures `gridleaks` on inputs that are made to take its time or its memory.

    python3 bench/hostile.py --gridleaks PATH [--only NAME] [--files N]

Each input is made twice, in full and half as large, so that it shows whether time grows with size alone. For each the table has the
seconds of CPU (the best of two runs), how much longer the full one took than the half one, the peak of memory and the exit status. Written to standard output as
Markdown; ends in 1 if a peak is over 128 MB or a full input takes more than 3 times as long as the half one.
"""

from __future__ import annotations

import argparse
import base64
import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Callable

from peers import PREFIX

MB = 1 << 20
MOST_MEMORY = 128
# What is over too soon to be compared says nothing of growth.
SHORT = 0.15
MOST_GROWTH = 3.0


def repeated(text: bytes) -> Callable[[Path, float], None]:
    """A text again and again on one line, 24 MB in full."""
    return lambda path, scale: path.write_bytes(text * int(24 * MB * scale / len(text)))


def in_lines(text: bytes) -> Callable[[Path, float], None]:
    return repeated(text + b"\n")


def behind(beginning: bytes, text: bytes) -> Callable[[Path, float], None]:
    return lambda path, scale: path.write_bytes(beginning + text * int(24 * MB * scale / len(text)))


def deflated() -> bytes:
    """Some words without a header, in a code of their own."""
    words = " ".join(random.Random(1).choices(["shop", "catalog", "price", "stock", "order"], k=60))
    return zlib.compress(words.encode(), 9)[2:-4]


def one_line(path: Path, scale: float) -> None:
    path.write_bytes(base64.b85encode(random.Random(1).randbytes(int(40 * MB * scale))))


def keys(path: Path, scale: float) -> None:
    dice = random.Random(1)
    with path.open("w") as out:
        for _ in range(int(400_000 * scale)):
            out.write(f"{PREFIX}{dice.randbytes(16).hex()}\n")


def zip_of(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def base64_of_zip(path: Path, scale: float) -> None:
    noise = random.Random(1).randbytes(int(30 * MB * scale))
    path.write_bytes(base64.b64encode(zip_of([("noise", noise)])))


def many_packed(path: Path, scale: float) -> None:
    small = base64.b64encode(gzip.compress(bytes(200_000), mtime=0))
    path.write_bytes(b"\n".join([b"data: " + small] * int(4 * MB * scale / len(small))))


def empty_members(path: Path, scale: float) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(int(1_000_000 * scale)):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")


def nested(path: Path, scale: float) -> None:
    """Sixteen zips in each zip, five deep: a million at the bottom."""
    content = b"x" * 100
    for depth in range(5):
        content = zip_of([(str(number), content) for number in range(int(16 * scale) if depth == 4 else 16)])
    path.write_bytes(content)


def deep(path: Path, scale: float) -> None:
    content = b"x"
    for _ in range(int(400 * scale)):
        content = zip_of([("inner.zip", content)], zipfile.ZIP_STORED)
    path.write_bytes(content)


def bomb(compress: Callable[[bytes], bytes]) -> Callable[[Path, float], None]:
    """Zeros without end: 40 pieces of 25 MB, each compressed by itself."""
    return lambda path, scale: path.write_bytes(compress(bytes(25 * MB)) * int(40 * scale))


def twice(path: Path, scale: float) -> None:
    path.write_bytes(gzip.compress(gzip.compress(bytes(100 * MB), mtime=0) * int(2000 * scale), mtime=0))


def wide_window(path: Path, scale: float) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 30}]
    path.write_bytes(lzma.compress(bytes(int(100 * MB * scale)), filters=filters))


def streams(path: Path, scale: float) -> None:
    one = b"1 0 obj\n<</Filter/FlateDecode>>\nstream\n" + zlib.compress(b"x" * 100) + b"\nendstream\n"
    path.write_bytes(b"%PDF-1.7\n" + one * int(200_000 * scale))


def tar_of_names(path: Path, scale: float) -> None:
    """A million members without content, whose names share nothing."""
    def header(number: int) -> bytes:
        block = bytearray(512)
        block[0:20] = b"%020d" % number
        block[100:108], block[124:136], block[156:157], block[257:265] = b"0000644\0", b"00000000000\0", b"0", b"ustar\x0000"
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        return bytes(block)
    with path.open("wb") as out:
        for number in range(int(200_000 * scale)):
            out.write(header(number))
        out.write(bytes(1024))


def deep_folders(path: Path, scale: float) -> None:
    path.mkdir()
    here = os.open(path, os.O_RDONLY)
    for _ in range(int(4000 * scale)):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def many_files(path: Path, scale: float) -> None:
    for number in range(int(FILES * scale)):
        folder = path / str(number // 1000)
        if number % 1000 == 0:
            folder.mkdir(parents=True)
        (folder / str(number)).write_bytes(b"x")


def size_and_kind(kind: int, size: int) -> bytes:
    """The header of an object in a pack."""
    out, byte, size = bytearray(), kind << 4 | size & 15, size >> 4
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes(out + bytes([byte]))


def number_of(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def delta_of(size: int, times: int) -> tuple[int, bytes]:
    """The size of what a delta makes, and the delta: its base again and again, each time behind a prefix."""
    # Pieces as large as one instruction copies, with an offset of four bytes.
    starts = range(0, size, (1 << 24) - 1)
    pieces = [(start, min(size - start, (1 << 24) - 1)) for start in starts]
    copies = b"".join(b"\xff" + struct.pack("<I", start) + struct.pack("<I", length)[:3] for start, length in pieces)
    made = times * (len(PREFIX) + size)
    return made, number_of(size) + number_of(made) + (bytes([len(PREFIX)]) + PREFIX.encode() + copies) * times


def back_to(distance: int) -> bytes:
    out = bytearray([distance & 0x7F])
    while distance := distance >> 7:
        distance -= 1
        out.insert(0, 0x80 | distance & 0x7F)
    return bytes(out)


def delta_bombs(path: Path, scale: float) -> None:
    """A pack of a blob of 16 MB, deltas that each make 256 MB of it, and chains of deltas that each make twice the one before, up to
    512 MB. Names are made up: to work them out would take longer than the scan."""
    size = (1 << 24) - 1
    entries, offsets, at = [size_and_kind(3, size) + zlib.compress(bytes(size))], [12], 12
    at += len(entries[0])

    def add(base_at: int, base_size: int, times: int) -> tuple[int, int]:
        nonlocal at
        made, delta = delta_of(base_size, times)
        entries.append(size_and_kind(6, len(delta)) + back_to(at - base_at) + zlib.compress(delta))
        offsets.append(at)
        at += len(entries[-1])
        return offsets[-1], made

    for _ in range(int(20 * scale)):
        add(12, size, 16)
    for _ in range(int(2 * scale)):
        last = (12, size)
        for _ in range(5):
            last = add(*last, 2)
    write_repository(path, entries, offsets)


def write_repository(path: Path, entries: list[bytes], offsets: list[int]) -> None:
    """A repository with one pack of these entries."""
    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    pack = body + hashlib.sha1(body).digest()
    placed = zip(entries, offsets)
    names = sorted((hashlib.sha1(str(offset).encode()).digest(), zlib.crc32(entry), offset) for entry, offset in placed)
    fan = [sum(name[0][0] <= first for name in names) for first in range(256)]
    index = b"\xfftOc" + struct.pack(">I256I", 2, *fan) + b"".join(name for name, _, _ in names)
    index += b"".join(struct.pack(">I", crc) for _, crc, _ in names)
    index += b"".join(struct.pack(">I", offset) for _, _, offset in names) + pack[-20:]
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    named = path / "objects" / "pack" / f"pack-{'0' * 40}"
    named.with_suffix(".pack").write_bytes(pack)
    named.with_suffix(".idx").write_bytes(index + hashlib.sha1(index).digest())


def stacked(prefix: bytes) -> bytes:
    return base64.b64encode(base64.b64encode(prefix))


FILES = 200_000
INPUTS: dict[str, Callable[[Path, float], None]] = {
    "prefixes alone": repeated(PREFIX.encode()),
    "prefixes in lines": in_lines(PREFIX.encode()),
    "prefixes in base64": repeated(base64.b64encode(PREFIX.encode())),
    "prefixes in base64 of base64": repeated(stacked(PREFIX.encode() * 3)),
    "prefixes in hex": repeated(PREFIX.encode().hex().encode()),
    "prefixes in decimal": repeated(b"".join(b"%d, " % byte for byte in PREFIX.encode())),
    "prefixes in UTF-16": repeated(PREFIX.encode("utf-16-le")),
    "prefixes in percent": repeated(b"".join(b"%%%02x" % byte for byte in PREFIX.encode())),
    "prefixes with an escaped sign": repeated(b"rg\\u005flive\\u005f"),
    "prefixes split": repeated(b'rg_live_" + "'),
    "prefixes with terminal codes": repeated(b"rg\x1b[1m_live_\x1b[0m"),
    "a prefix and a long tail": repeated(PREFIX.encode() + b"aB3" * 5000),
    "comments that allow": in_lines(b"x # gridleaks:allow"),
    "comments that allow on one line": repeated(b"# gridleaks:allow "),
    "`QUFB…`, base64 of AAA": repeated(b"QUFB"),
    "base64 of the beginning of a pack": repeated(b"UEFDSwAAAAI"),
    "base64 of the beginning of a zip": repeated(base64.b64encode(b"PK\x03\x04" + bytes(26))),
    "base64 of the beginning of gzip": repeated(b"H4sIAAAAAAAAA"),
    "base64 of deflated text, without a header": in_lines(b'"' + base64.b64encode(deflated()) + b'"'),
    "base64 of what begins as such": in_lines(b'"' + base64.b64encode(deflated()[:36] + bytes(12)) + b'"'),
    "base64 with escaped signs": repeated(b"%2BVbNDoAmGLv7FMbzEkFEZQFuy7ZsaBcDeFgHiJkLmNoPqRsTuVwX"),
    "beginnings of gzip": repeated(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
    "a script full of beginnings of gzip": repeated(b"#!\x1f\x8b\x08\0\0\0\0\0\0\x03"),
    "HDF5 full of beginnings of zlib": behind(b"\x89HDF\r\n\x1a\n", b"\x78\x9c\x4b\x4c\x84"),
    "beginnings of zip": repeated(b"PK\x03\x04" + bytes(26)),
    "digits": repeated(b"7"),
    "lists of numbers": repeated(b"114, 103, 95, 108, "),
    "blanks": repeated(b" "),
    "a line of 50 MB": one_line,
    "400,000 keys": keys,
    "base64 of a zip of 30 MB": base64_of_zip,
    "4 MB of small bombs in base64": many_packed,
    "zip of a million empty members": empty_members,
    "a million zips in five layers": nested,
    "400 zips in each other": deep,
    "gzip, 1 GB of zeros": bomb(lambda zeros: gzip.compress(zeros, mtime=0)),
    "gzip of gzip, 200 GB of zeros": twice,
    "bzip2, 1 GB of zeros": bomb(bz2.compress),
    "xz, 1 GB of zeros": bomb(lzma.compress),
    "xz that looks back 1 GB": wide_window,
    "PDF of 200,000 streams": streams,
    "tar of 200,000 empty members": tar_of_names,
    "4,000 folders in each other": deep_folders,
    "many small files": many_files,
    "a pack of deltas, 7 GB": delta_bombs,
}


def run(program: str, path: Path) -> tuple[float, float, int]:
    """Seconds of CPU, which do not depend on what else the machine does, the peak of memory in MB, the exit status. The peak is never below that of this script, some 20 MB."""
    command = [program, "history" if (path / "HEAD").is_file() else "scan", "--no-config", "--format", "json", str(path)]
    with tempfile.TemporaryFile() as report:
        child = subprocess.Popen(command, stdout=report, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if report.tell() == 0:
            sys.exit(f"it wrote no report: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, os.waitstatus_to_exitcode(status)


def size_of(path: Path) -> str:
    if not path.is_dir():
        return f"{path.stat().st_size / 1e6:.1f} MB"
    # Not by Python, which does not get so deep.
    entries = subprocess.run(["find", str(path), "-printf", "x"], check=True, capture_output=True).stdout
    return "a repository" if (path / "HEAD").is_file() else f"{len(entries) - 1:,} entries"


def measure(program: str, name: str, folder: Path, files: int) -> tuple[str, bool]:
    taken, peak, status, size = [], 0.0, 0, ""
    for scale in (0.5, 1.0):
        path = folder / f"input-{scale}"
        # By another process: the memory that it takes would count for the program that is measured.
        subprocess.run([sys.executable, __file__, "--make", name, str(path), str(scale), str(files)], check=True)
        runs = [run(program, path) for _ in range(2)]
        taken.append(min(seconds for seconds, _, _ in runs))
        peak = max(peak, *(memory for _, memory, _ in runs))
        status, size = runs[0][2], size_of(path)
        subprocess.run(["rm", "-rf", str(path)], check=True)
    growth = taken[1] / taken[0]
    is_fine = peak <= MOST_MEMORY and (taken[1] < SHORT or growth <= MOST_GROWTH)
    return f"| {name} | {size} | {taken[1]:.2f} | {growth:.1f} | {peak:.0f} | {status} |{'' if is_fine else ' **over**'}", is_fine


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--gridleaks", default="target/release/gridleaks", help="the program")
    arguments.add_argument("--only", default="", help="only inputs whose names hold this")
    arguments.add_argument("--files", type=int, default=FILES, help="how many small files")
    arguments.add_argument("--make", nargs=4, help=argparse.SUPPRESS)
    args = arguments.parse_args()
    if args.make:
        name, path, scale, files = args.make
        globals()["FILES"] = int(files)
        INPUTS[name](Path(path), float(scale))
        return 0
    print("| input | size | CPU seconds | × half of it | peak MB | exit |\n| --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    all_fine = True
    with tempfile.TemporaryDirectory(prefix="gridleaks-hostile-") as folder:
        for name in (name for name in INPUTS if args.only in name):
            row, is_fine = measure(args.gridleaks, name, Path(folder), args.files)
            print(row, flush=True)
            all_fine = all_fine and is_fine
    return 0 if all_fine else 1


if __name__ == "__main__":
    sys.exit(main())
