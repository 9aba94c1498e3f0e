"""What holds compressed bytes among others: packages, dumps, installers."""

from __future__ import annotations

import lzma
import struct

from hiding import Group
from hiding.containers import settings
from hiding.encoders import gz, noise, tar_gz_of, xz_of, zlib_of, zstd_of

CARRIERS = Group("Packages, dumps and installers")
GROUPS = [CARRIERS]


def cpio_of(files: dict[str, str]) -> bytes:
    archive = b""
    for number, (name, text) in enumerate([*files.items(), ("TRAILER!!!", "")]):
        content = text.encode()
        fields = [number, 0o100644, 0, 0, 1, 1_700_000_000, len(content), 8, 1, 0, 0, len(name) + 1, 0]
        archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        archive += bytes(-len(archive) % 4) + content
        archive += bytes(-len(archive) % 4)
    return archive


def rpm_of(payload: bytes) -> bytes:
    lead = struct.pack(">4sBBHH66sHH16x", b"\xed\xab\xee\xdb", 3, 0, 0, 1, b"shop-1-1", 1, 5)
    return lead + b"\x8e\xad\xe8\x01" + bytes(12) + b"shop\0a shop\0" + payload


def dump_of(rows: bytes) -> bytes:
    def number(value: int) -> bytes:
        return b"\0" + struct.pack("<I", value)

    packed = zlib_of(rows)
    pieces = [packed[at : at + 4096] for at in range(0, len(packed), 4096)]
    data = b"".join(number(len(piece)) + piece for piece in pieces)
    return b"PGDMP\x01\x0e\0\x04\x08\x01\x01" + b"public.settings\0" + b"\x01" + number(3338) + data + number(0)


def file(name: str, what: str, path: str, make, inside: str) -> None:
    CARRIERS.blob(name, what, path, make, f"{path}!/{inside}", ())


APP = "etc/app.conf"
file("cpio archive", "not compressed", "shop.cpio", lambda k: cpio_of({"README": "A shop.\n", APP: settings(k)}), APP)
EARLY = cpio_of({"kernel/microcode": "none\n"})
file(
    "initramfs",
    "a cpio archive, and a compressed one behind it",
    "initrd.img",
    lambda k: EARLY + zstd_of(cpio_of({APP: settings(k)})),
    f"stream@{len(EARLY)}!/{APP}",
)
file(
    "initramfs, LZMA",
    "the same, compressed as older kernels want it",
    "initrd.lzma.img",
    lambda k: EARLY + lzma.compress(cpio_of({APP: settings(k)}), lzma.FORMAT_ALONE),
    f"stream@{len(EARLY)}!/{APP}",
)


def board_image_of(payload: bytes) -> bytes:
    return struct.pack(">IIIIIIIBBBB32s", 0x27051956, 0, 0, len(payload), 0, 0, 0, 5, 2, 3, 3, b"shop") + payload


file(
    "image for U-Boot",
    "a cpio archive in it, compressed by LZMA",
    "uInitrd",
    lambda k: board_image_of(lzma.compress(cpio_of({APP: settings(k)}), lzma.FORMAT_ALONE)),
    f"stream@64!/{APP}",
)
for compressed, compress in (("gzip", gz), ("xz", xz_of), ("Zstandard", zstd_of)):
    file(
        f"RPM package, {compressed}",
        "a file in it",
        "shop-1-1.noarch.rpm",
        lambda k, compress=compress: rpm_of(compress(cpio_of({f"./{APP}": settings(k)}))),
        f"./{APP}",
    )
file(
    "dump of PostgreSQL",
    "`pg_dump -Fc`: a table's rows, compressed, in pieces",
    "shop.dump",
    lambda k: dump_of(("".join(f"{n}\t{noise(9).hex()}\n" for n in range(900)) + settings(k)).encode()),
    "stream@39",
)
SCRIPT = b"#!/bin/sh\ntail -n +4 \"$0\" | tar xz -C /opt\nexit\n"
file(
    "script that unpacks itself",
    "an archive behind it, as makeself has it",
    "setup.run",
    lambda k: SCRIPT + tar_gz_of({APP: settings(k)}),
    f"stream@{len(SCRIPT)}!/{APP}",
)
HEAD = b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
file("web archive", "WARC with a compressed answer", "crawl.warc", lambda k: HEAD + gz(settings(k)), f"stream@{len(HEAD)}")


def in_chunks(content: bytes, size: int) -> bytes:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = HEAD.replace(b"Content-Encoding", b"Transfer-Encoding: chunked\r\nContent-Encoding")
file(
    "web archive, in chunks",
    "the same answer as it was sent: in pieces behind their lengths",
    "crawl-2.warc",
    lambda k: CHUNKED + in_chunks(gz(noise(900).hex() + settings(k)), 300),
    f"stream@{len(CHUNKED) + len(b'12c' + b'xx')}",
)


def stripped_cpio_of(files: list[str]) -> bytes:
    archive = b""
    for number, text in enumerate(files):
        archive += b"07070X%08x\0\0" % number + text.encode()
        archive += bytes(-len(archive) % 4)
    return archive + cpio_of({})


file(
    "RPM package of large files",
    "numbers in place of cpio's headers, as rpm writes them for 4 GiB",
    "shop-large.rpm",
    lambda k: rpm_of(gz(stripped_cpio_of(["A shop.\n", settings(k)]))),
    "file@1",
)
