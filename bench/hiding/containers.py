"""Archives and compressed files, alone and inside each other."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile

from hiding import Expected, Group, run, write
from hiding.encoders import b64, bz2_of, gz, noise, tar_gz_of, tar_of, xz_of, zip_of, zlib_of, zstd_of

ZIPS = Group("Zip and its kin")
PACKED = Group("Tar and compressed files")
INSIDE = Group("Archives in archives")
GROUPS = [ZIPS, PACKED, INSIDE]

NAME = "etc/settings.ini"


def settings(key: str) -> str:
    lines = [f"option_{number} = value {number}" for number in range(40)]
    return "\n".join(["[shop]", *lines[:20], f"retailgrid_key = {key}", *lines[20:]]) + "\n"


def introduced(key: str) -> str:
    """The same with the key's prefix before it, so that what only leaves out what repeats has to leave out that."""
    return f"; retailgrid_key = {key[:8]} and so on\n" + settings(key)


def files(key: str) -> dict[str, bytes | str]:
    return {"README.txt": "A shop.\n" * 20, NAME: settings(key), "logo.bin": noise(2000)}


# ---- zip ----


def zipped(name: str, what: str, method: int, **more) -> None:
    ZIPS.blob(name, what, "shop.zip", lambda k: zip_of(files(k), method), f"shop.zip!/{NAME}", (), **more)


zipped("zip, deflated", "the usual way", zipfile.ZIP_DEFLATED)
zipped("zip, stored", "not compressed", zipfile.ZIP_STORED)
zipped("zip, bzip2", "another method", zipfile.ZIP_BZIP2)
zipped("zip, LZMA", "another method", zipfile.ZIP_LZMA)


@ZIPS.place(
    "zip by Info-ZIP", "the zip program, over a pipe: sizes stand behind the members", programs=("zip",), encoding=()
)
def zip_program(folder, key):
    write(folder, "work/settings.ini", settings(key))
    content = run(folder / "work", "zip", "-q", "-r", "-", ".")
    (folder / "work/settings.ini").unlink()
    write(folder, "shop.zip", content)
    return Expected("shop.zip!/settings.ini")


@ZIPS.place("zip with sizes of 64 bits", "as programs write that do not know how much will come", encoding=())
def zip64(folder, key):
    with zipfile.ZipFile(folder / "shop.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(NAME, "w", force_zip64=True) as member:
            member.write(settings(key).encode())
    return Expected(f"shop.zip!/{NAME}")


ZIPS.blob(
    "zip behind a program",
    "an archive that unpacks itself",
    "setup.exe",
    lambda k: b"MZ" + noise(5000) + zip_of(files(k)),
    f"setup.exe!/{NAME}",
    (),
)
ZIPS.blob(
    "zip behind a picture",
    "a JPEG with a zip at its end",
    "photo.jpg",
    lambda k: b"\xff\xd8\xff\xe0" + noise(3000) + b"\xff\xd9" + zip_of(files(k)),
    f"photo.jpg!/{NAME}",
    (),
)
ZIPS.blob("zip with another name", "called `.dat`", "cache.dat", lambda k: zip_of(files(k)), f"cache.dat!/{NAME}", ())


@ZIPS.place("zip comment", "the key in the archive's comment", encoding=())
def zip_comment(folder, key):
    with zipfile.ZipFile(folder / "shop.zip", "w") as archive:
        archive.writestr("README.txt", "A shop.\n")
        archive.comment = f"key {key}".encode()


@ZIPS.place("name of a member", "the key in a file's name inside a zip", encoding=())
def zip_name(folder, key):
    write(folder, "shop.zip", zip_of({f"cache/{key}.json": "{}"}))


@ZIPS.place(
    "zip member that the directory leaves out",
    "deleted from the directory at the end, not from the file",
    is_complete=None,
    encoding=(),
)
def zip_without_entry(folder, key):
    whole = zip_of({NAME: settings(key), "README.txt": "A shop.\n"})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start, second = archive.start_dir, archive.infolist()[1]
    kept = whole.index(b"PK\x01\x02", start + 4)
    end = bytearray(whole[whole.index(b"PK\x05\x06") :])
    struct.pack_into("<HHII", end, 8, 1, 1, len(whole) - kept - len(end), start)
    write(folder, "shop.zip", whole[:start] + whole[kept : len(whole) - len(end)] + bytes(end))
    assert second.filename == "README.txt"
    return Expected(f"shop.zip!/{NAME}")


@ZIPS.place("jar", "made by the jar program", programs=("jar",), encoding=())
def jar(folder, key):
    write(folder, "classes/app.properties", f"retailgrid.key={key}\n")
    run(folder, "jar", "--create", "--file", "shop.jar", "-C", "classes", ".")
    (folder / "classes/app.properties").unlink()
    return Expected("shop.jar!/app.properties")


ZIPS.blob(
    "war",
    "a jar with libraries in it that are jars",
    "shop.war",
    lambda k: zip_of({"WEB-INF/web.xml": "<web-app/>\n", "WEB-INF/lib/shop.jar": zip_of({"app.properties": f"key={k}\n"})}),
    "shop.war!/WEB-INF/lib/shop.jar!/app.properties",
    (),
)
ZIPS.blob(
    "apk",
    "an Android app; its strings are UTF-8 in a binary table",
    "shop.apk",
    lambda k: zip_of(
        {"AndroidManifest.xml": noise(400), "resources.arsc": noise(99) + b"\0\x28\x28" + k.encode() + b"\0" + noise(70)}
    ),
    "shop.apk!/resources.arsc",
    (),
)
ZIPS.blob(
    "nupkg",
    "a NuGet package",
    "shop.1.0.0.nupkg",
    lambda k: zip_of({"shop.nuspec": "<package/>\n", "contentFiles/any/any/appsettings.json": f'{{"Key": "{k}"}}\n'}),
    "shop.1.0.0.nupkg!/contentFiles/any/any/appsettings.json",
    (),
)
ZIPS.blob(
    "vsix",
    "an extension of an editor",
    "shop.vsix",
    lambda k: zip_of({"extension.vsixmanifest": "<x/>\n", "extension/out/main.js": f"const key = '{k}';\n"}),
    "shop.vsix!/extension/out/main.js",
    (),
)
ZIPS.blob(
    "crx",
    "an extension of a browser: a signed header, then a zip",
    "shop.crx",
    lambda k: b"Cr24" + struct.pack("<II", 3, 600) + noise(600) + zip_of({"background.js": f"const key = '{k}';\n"}),
    "shop.crx!/background.js",
    (),
)


@ZIPS.place(
    "encrypted zip",
    "AES or the old cipher, by the zip program",
    programs=("zip",),
    is_complete=False,
    reason="only its password opens it; gridleaks names the member as unread",
)
def encrypted_zip(folder, key):
    write(folder, "settings.ini", settings(key))
    run(folder, "zip", "-q", "-P", "pass", "shop.zip", "settings.ini")
    (folder / "settings.ini").unlink()


# ---- tar and streams ----


def tarred(name: str, what: str, file: str, make, member: str = NAME, **more) -> None:
    def packed(key: str) -> bytes:
        content = make(key)
        # Small pieces may be kept as they are, and would be found without being unpacked.
        if not file.endswith(".tar") and key.encode() in content:
            raise RuntimeError(f"{name}: the key lies in it as it is")
        return content

    PACKED.blob(name, what, file, packed, f"{file}!/{member}", (), **more)


tarred("tar, ustar", "", "shop.tar", lambda k: tar_of(files(k), tarfile.USTAR_FORMAT))
tarred("tar, GNU", "", "shop.tar", lambda k: tar_of(files(k), tarfile.GNU_FORMAT))
tarred("tar, pax", "", "shop.tar", lambda k: tar_of(files(k)))
tarred("tar.gz", "", "shop.tar.gz", lambda k: tar_gz_of(files(k)))
tarred("tar.bz2", "", "shop.tar.bz2", lambda k: bz2_of(tar_of(files(k))))
tarred("tar.xz", "", "shop.tar.xz", lambda k: xz_of(tar_of(files(k))))
tarred(
    "tar.zst",
    "",
    "shop.tar.zst",
    lambda k: zstd_of(tar_of({"README.txt": "A shop.\n" * 20, NAME: settings(k)})),
    modules=("zstandard",),
)
tarred("tar.gz without its name", "called `cache`", "cache", lambda k: tar_gz_of(files(k)))
tarred("gz", "one file", "settings.ini.gz", lambda k: gz(settings(k)), "settings.ini")
tarred(
    "gzip of several members",
    "a log that was packed piece by piece; the key in the last",
    "app.log.gz",
    lambda k: gz("started\n") + gz("running\n") + gz(f"key {k}\n"),
    "app.log",
)
tarred("bz2", "one file", "settings.ini.bz2", lambda k: bz2_of(settings(k)), "settings.ini")
tarred(
    "bzip2 of several streams",
    "as parallel programs write it",
    "app.log.bz2",
    lambda k: bz2_of("started\n") + bz2_of(f"key {k}\n"),
    "app.log",
)
tarred("xz", "one file", "settings.ini.xz", lambda k: xz_of(settings(k)), "settings.ini")
tarred("zst", "one file", "settings.ini.zst", lambda k: zstd_of(settings(k)), "settings.ini", modules=("zstandard",))
tarred("LZ4", "one file, in frames", "settings.ini.lz4", lambda k: lz4_of(introduced(k)), "settings.ini", modules=("lz4",))
tarred(
    "tar.lz4",
    "",
    "shop.tar.lz4",
    lambda k: lz4_of(tar_of({"README.txt": "A shop.\n" * 20, NAME: introduced(k)})),
    modules=("lz4",),
)
tarred("LZMA", "one file, as before xz", "settings.ini.lzma", lambda k: lzma_of(settings(k)), "settings.ini")
PACKED.blob("zlib", "a bare stream", "cache.z", lambda k: zlib_of(settings(k)), None)
PACKED.blob(
    "deflate without a header",
    "",
    "cache.bin",
    lambda k: zlib_of(settings(k))[2:-4],
    None,
    reason="deflated bytes without a header look like any others",
)
PACKED.blob(
    "Brotli",
    "a file that a web server hands out packed",
    "settings.json.br",
    lambda k: brotli(settings(k)),
    None,
    modules=("brotli",),
    reason="Brotli has no header; nothing but the name tells what it is",
)
PACKED.blob(
    "cut gzip",
    "the end is missing",
    "app.log.gz",
    lambda k: gz(settings(k) + noise(9000).hex())[:-2000],
    "app.log.gz!/app.log",
    (),
    is_complete=False,
)


def brotli(text: str) -> bytes:
    import brotli as library

    return library.compress(text.encode())


def lz4_of(content: str | bytes) -> bytes:
    from lz4 import frame

    return frame.compress(content if isinstance(content, bytes) else content.encode())


def lzma_of(text: str) -> bytes:
    return lzma.compress(text.encode(), format=lzma.FORMAT_ALONE)


@PACKED.place("7z", "made by py7zr, all as one stream", modules=("py7zr",), encoding=())
def seven_zip(folder, key):
    from py7zr import SevenZipFile

    with SevenZipFile(folder / "shop.7z", "w") as archive:
        for name, content in files(key).items():
            archive.writestr(content, name)
    return Expected(f"shop.7z!/{NAME}")


@PACKED.place("target of a link in a tar", "a symbolic link inside it", encoding=())
def tar_link(folder, key):
    with tarfile.open(folder / "shop.tar", "w") as archive:
        info = tarfile.TarInfo("current")
        info.type, info.linkname = tarfile.SYMTYPE, f"../{key}"
        archive.addfile(info)


@PACKED.place(
    "deb",
    "a Debian package, made by dpkg-deb: ar with tar.xz or tar.zst in it",
    programs=("dpkg-deb",),
)
def deb(folder, key):
    write(
        folder,
        "work/DEBIAN/control",
        "Package: shop\nVersion: 1\nArchitecture: all\nMaintainer: A <a@shop.example>\nDescription: A shop\n",
    )
    write(folder, "work/etc/shop.ini", settings(key))
    run(folder, "dpkg-deb", "--root-owner-group", "--build", "work", "shop.deb")
    (folder / "work/etc/shop.ini").unlink()


# ---- in each other ----


def inside(name: str, file: str, make, path: str, encoding=(), what: str = "", **more) -> None:
    INSIDE.blob(name, what, file, make, f"{file}!/{path}", encoding, **more)


inside(
    "zip in tar.gz in zip",
    "backup.zip",
    lambda k: zip_of({"day/shop.tar.gz": tar_gz_of({"shop.zip": zip_of(files(k))})}),
    f"day/shop.tar.gz!/shop.zip!/{NAME}",
)
inside(
    "tar.gz in a jar",
    "app.jar",
    lambda k: zip_of({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n", "seed.tar.gz": tar_gz_of(files(k))}),
    f"seed.tar.gz!/{NAME}",
)
inside(
    "tar.xz in tar.bz2",
    "backup.tar.bz2",
    lambda k: bz2_of(tar_of({"shop.tar.xz": xz_of(tar_of(files(k)))})),
    f"shop.tar.xz!/{NAME}",
)
inside("gzip of gzip", "settings.ini.gz.gz", lambda k: gz(gz(settings(k))), "settings.ini.gz")
inside("six zips", "shop.zip", lambda k: zips(k, 6), "0.zip!/1.zip!/2.zip!/3.zip!/4.zip!/" + NAME, what="one in the other")
inside(
    "twelve zips",
    "shop.zip",
    lambda k: zips(k, 12),
    "",
    what="one in the other",
    is_complete=False,
    reason="deeper than eight is not opened; gridleaks says so, and the scan is not complete",
)
inside(
    "base64 in a zip",
    "shop.zip",
    lambda k: zip_of({"secret.yaml": f"data:\n  token: {b64(k)}\n"}),
    "secret.yaml",
    ("base64",),
)
inside(
    "UTF-16 in a zip",
    "shop.zip",
    lambda k: zip_of({"deploy.ps1": ("\ufeff" + settings(k)).encode("utf-16-le")}),
    "deploy.ps1",
    ("utf-16le",),
)
INSIDE.blob(
    "base64 of a zip in a tar.gz", "", "shop.tar.gz", lambda k: tar_gz_of({"user-data": b64(zip_of(files(k))) + "\n"}), None
)
INSIDE.blob("gzip of base64 of gzip", "", "data.gz", lambda k: gz("data: " + b64(gz(settings(k))) + "\n"), None)


def zips(key: str, depth: int) -> bytes:
    content = zip_of(files(key))
    for number in reversed(range(depth - 1)):
        content = zip_of({f"{number}.zip": content})
    return content
