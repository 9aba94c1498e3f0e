"""Files of Windows programs, settings, logs and pictures, as people commit them."""

from __future__ import annotations

import base64
import codecs
import datetime
import json
import struct
import zlib
from urllib.parse import quote

from hiding import Expected, Group, write
from hiding.encoders import b64, each, noise, zip_of, zlib_of

WINDOWS = Group("Windows")
OTHERS = Group("Settings, logs, pictures")
GROUPS = [WINDOWS, OTHERS]


# ---- Windows ----


def reg(value: str) -> bytes:
    return (
        "\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Shop]\r\n" + value + "\r\n"
    ).encode("utf-16-le")


def reg_lines(content: bytes, head: str) -> str:
    """Bytes as regedit writes them: 80 columns, a backslash at the end of each line that goes on."""
    line, lines = head, []
    for number, byte in enumerate(content):
        piece = f"{byte:02x}" + ("," if number + 1 < len(content) else "")
        if len(line) + len(piece) > 79:
            lines.append(line + "\\")
            line = "  "
        line += piece
    return "\r\n".join([*lines, line])


WINDOWS.blob("registry file", "a string, in UTF-16", "shop.reg", lambda k: reg(f'"Key"="{k}"'), encoding=("utf-16le",))
WINDOWS.blob(
    "registry file, hex(1)",
    "a string as bytes of UTF-16, over lines, in a file of UTF-16",
    "shop.reg",
    lambda k: reg(reg_lines((k + "\0").encode("utf-16-le"), '"Key"=hex(1):')),
    encoding=("utf-16le", "hex", "utf-16le"),
)
WINDOWS.blob(
    "registry file, hex",
    "bytes over lines, in a file of UTF-16",
    "shop.reg",
    lambda k: reg(reg_lines(b"name=shop;key=" + k.encode() + b"\0", '"Blob"=hex:')),
    encoding=("utf-16le", "hex"),
)
WINDOWS.blob(
    "registry file, hex(7)",
    "several strings, the older format in ASCII",
    "shop.reg",
    lambda k: (
        "REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Shop]\r\n"
        + reg_lines(b"shop\0" + k.encode() + b"\0\0", '"Keys"=hex(7):')
        + "\r\n"
    ).encode(),
    encoding=("hex",),
)
WINDOWS.blob(
    "PowerShell -EncodedCommand",
    "base64 of UTF-16, in a batch file",
    "deploy.cmd",
    lambda k: (
        "@echo off\r\npowershell -NoProfile -EncodedCommand "
        + b64(
            f"$h = @{{ Authorization = 'Bearer {k}' }}\r\nInvoke-RestMethod https://shop.example -Headers $h".encode(
                "utf-16-le"
            )
        )
        + "\r\n"
    ).encode(),
    encoding=("base64", "utf-16le"),
)
WINDOWS.blob(
    "PowerShell script",
    "UTF-16 with a mark, as the old editor saves it",
    "deploy.ps1",
    lambda k: ("\ufeff# Déploiement\r\n$env:KEY = '" + k + "'\r\n").encode("utf-16-le"),
    encoding=("utf-16le",),
)
WINDOWS.blob(
    "scheduled task",
    "exported XML in UTF-16 with an encoded command in it",
    "task.xml",
    lambda k: (
        '\ufeff<?xml version="1.0" encoding="UTF-16"?>\r\n<Task><Actions><Exec><Command>powershell</Command><Arguments>-enc '
        + b64(f"$k = '{k}'; .\\load.ps1".encode("utf-16-le"))
        + "</Arguments></Exec></Actions></Task>\r\n"
    ).encode("utf-16-le"),
    encoding=("utf-16le", "base64", "utf-16le"),
)
WINDOWS.blob(
    "shortcut",
    "a .lnk's arguments, UTF-16",
    "shop.lnk",
    lambda k: b"L\0\0\0\x01\x14\x02\0" + noise(68) + struct.pack("<H", 46) + f"--key={k}".encode("utf-16-le"),
    encoding=None,
)
WINDOWS.blob(
    "connection file",
    "an .odc with HTML references",
    "shop.odc",
    lambda k: (
        f"<odc:ConnectionString>Provider=Web;Password=&quot;{k.replace('_', '&#95;')}&quot;;</odc:ConnectionString>\r\n".encode()
    ),
    encoding=("html",),
)
WINDOWS.blob(
    ".NET resources",
    "base64, 80 columns, set in",
    "shop.resx",
    lambda k: (
        '<root>\r\n  <data name="a">\r\n    <value>\r\n'
        + "".join(f"        {line}\r\n" for line in pieces(b64(noise(90) + b"\0" + k.encode() + b"\0" + noise(120)), 80))
        + "    </value>\r\n  </data>\r\n</root>\r\n"
    ).encode(),
    encoding=("base64",),
)


def pieces(text: str, columns: int) -> list[str]:
    return [text[at : at + columns] for at in range(0, len(text), columns)]


# ---- settings, logs, pictures ----


@OTHERS.place(".env", "as every framework reads it", encoding=())
def env(folder, key):
    write(folder, ".env", f"RETAILGRID_API_KEY={key}\nPORT=80\n")
    return Expected(".env")


@OTHERS.place("log of a build", "a zip of logs with a mark, times and colours, as GitHub gives it", encoding=("ansi",))
def build_log(folder, key):
    start = datetime.datetime(2024, 5, 17, 12)
    lines = [
        "##[group]Run make",
        f'\x1b[36;1mcurl -H "X-Key: {key[:8]}\x1b[0m\x1b[36;1m{key[8:]}" https://shop.example\x1b[0m',
        "##[endgroup]",
    ]
    text = "\ufeff" + "".join(
        f"{(start + datetime.timedelta(seconds=at)).isoformat()}.1234567Z {line}\r\n" for at, line in enumerate(lines)
    )
    write(folder, "logs_17.zip", zip_of({"build/1_Set up job.txt": "\ufeffready\r\n", "build/2_Run make.txt": text}))
    return Expected("logs_17.zip!/build/2_Run make.txt")


@OTHERS.place("source map", "the sources in a JSON string", encoding=())
def source_map(folder, key):
    source = f'import x from "x";\nconst headers = {{\n\tAuthorization: "Bearer {key}",\n}};\n'
    write(
        folder,
        "dist/app.js.map",
        json.dumps({"version": 3, "sources": ["app.js"], "sourcesContent": [source], "mappings": "AAAA"}),
    )


@OTHERS.place("source map in a data: URI", "at the end of a script, base64", encoding=("base64",))
def inline_map(folder, key):
    inner = json.dumps(
        {"version": 3, "sources": ["a.js"], "sourcesContent": [f"const key = '{key}';\n"], "mappings": "AAAA"}
    )
    write(folder, "dist/app.js", f"x();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{b64(inner)}\n")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks: bytes) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + b"".join(chunks)
        + chunk(b"IDAT", zlib_of(b"\0\0"))
        + chunk(b"IEND", b"")
    )


OTHERS.blob(
    "PNG, text",
    "a tEXt chunk",
    "chart.png",
    lambda k: png(chunk(b"tEXt", b"Comment\0key=" + k.encode())),
    "chart.png!/text@49",
    (),
)
OTHERS.blob(
    "PNG, packed text",
    "a zTXt chunk: zlib inside the picture",
    "chart.png",
    lambda k: png(chunk(b"zTXt", b"Comment\0\0" + zlib_of(f"key={k}\n" * 3))),
    None,
)
OTHERS.blob(
    "PNG, keyword",
    "the key in a tEXt chunk's keyword",
    "chart.png",
    lambda k: png(chunk(b"tEXt", k.encode() + b"\0none")),
    "chart.png!/keyword@41",
    (),
)


@OTHERS.place(
    "picture of a key", "the pixels, not the text", modules=("PIL",), reason="reading a picture takes character recognition"
)
def picture(folder, key):
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (400, 40), "white")
    ImageDraw.Draw(image).text((5, 5), f"key {key}", fill="black")
    image.save(folder / "screen.png")


OTHERS.blob(
    "draw.io drawing",
    "percent, deflate without a header, base64",
    "shop.drawio",
    lambda k: (
        "<mxfile><diagram>"
        + b64(zlib_of(quote(f'<mxGraphModel><root><mxCell value="{k}"/></root></mxGraphModel>'))[2:-4])
        + "</diagram></mxfile>\n"
    ).encode(),
    encoding=("base64", "deflate"),
)
OTHERS.blob(
    "ROT13",
    "letters moved by 13",
    "notes.txt",
    lambda k: f"the key: {rot13(k)}\n".encode(),
    None,
    reason="a puzzle, not a form that programs write; one of endlessly many such ways",
)
OTHERS.blob(
    "base85",
    "as git writes binary patches and Python its own data",
    "data.txt",
    lambda k: b"data " + base64.b85encode(zlib_of(f"key={k}\n")) + b"\n",
    None,
    reason="git and Python alone write it, over packed data; it shows in no sample of bytes, as any text may",
)
OTHERS.blob(
    "byte list of a program's log",
    "signed numbers, as Java prints bytes",
    "app.log",
    lambda k: ("bytes=[" + each("{}", "key=" + k, ", ") + ", -61, -87]\n").encode(),
    encoding=("decimal",),
)


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")
