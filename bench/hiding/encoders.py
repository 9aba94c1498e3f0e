"""What wraps text and bytes: the pieces that the lists of places put together."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
import zlib

WHEN = (2024, 5, 17, 12, 0, 0)


def as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def noise(length: int) -> bytes:
    """Bytes like those of an image, the same at each call."""
    return random.Random(length).randbytes(length)


# ---- text ----


def b64(content: bytes | str) -> str:
    return base64.b64encode(as_bytes(content)).decode()


def b64url(content: bytes | str, padded: bool = False) -> str:
    text = base64.urlsafe_b64encode(as_bytes(content)).decode()
    return text if padded else text.rstrip("=")


def wrapped(content: bytes | str, columns: int, between: str = "\n") -> str:
    text = b64(content)
    return between.join(text[at : at + columns] for at in range(0, len(text), columns))


def json_slashes(text: str) -> str:
    return text.replace("/", "\\/")


def each(form: str, text: bytes | str, between: str = "") -> str:
    """Every byte by one format, as in `\\x{:02x}`."""
    return between.join(form.format(byte) for byte in as_bytes(text))


def only(characters: str, form: str, text: str) -> str:
    """These characters by a format, the others as they are."""
    return "".join(form.format(ord(one)) if one in characters else one for one in text)


# ---- packed ----


def gz(content: bytes | str, name: str = "") -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=target, mtime=0) as packer:
        packer.write(as_bytes(content))
    return target.getvalue()


def zlib_of(content: bytes | str) -> bytes:
    return zlib.compress(as_bytes(content))


def bz2_of(content: bytes | str) -> bytes:
    return bz2.compress(as_bytes(content))


def xz_of(content: bytes | str) -> bytes:
    return lzma.compress(as_bytes(content))


def zstd_of(content: bytes | str) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(as_bytes(content))


def zip_of(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = method
            archive.writestr(info, as_bytes(content))
    return target.getvalue()


def tar_of(members: dict[str, bytes | str], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(as_bytes(content))
            archive.addfile(info, io.BytesIO(as_bytes(content)))
    return target.getvalue()


def tar_gz_of(members: dict[str, bytes | str]) -> bytes:
    return gz(tar_of(members))
