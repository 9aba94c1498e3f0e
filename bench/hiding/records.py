"""Files that programs export and people commit: requests, messages, registries, logs."""

from __future__ import annotations

import base64
import datetime
import json
import random
import struct
from email.message import EmailMessage
from urllib.parse import quote

from hiding import Expected, Group, write
from hiding.encoders import b64, each, gz, noise, zip_of, zlib_of

REQUESTS = Group("Recorded requests and mail")
WINDOWS = Group("Windows")
OTHERS = Group("Settings, logs, pictures")
GROUPS = [REQUESTS, WINDOWS, OTHERS]


# ---- requests ----

def har(key: str, body: dict) -> str:
    request = {"method": "GET", "url": "https://clientapi.retailgrid.io/v1/products", "httpVersion": "HTTP/2",
               "headers": [{"name": "Accept", "value": "*/*"}] + ([{"name": "Authorization", "value": f"Bearer {key}"}] if key else []),
               "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0}
    entry = {"startedDateTime": "2024-05-17T12:00:00Z", "time": 12, "request": request, "response": {"status": 200, "content": body}}
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": [entry]}}, indent=2)


@REQUESTS.place("HAR", "a recorded request's header", encoding=())
def har_header(folder, key):
    write(folder, "shop.har", har(key, {"size": 2, "mimeType": "application/json", "text": "{}"}))


@REQUESTS.place("HAR, a body in base64", "a recorded answer", encoding=("base64",))
def har_body(folder, key):
    text = b64(json.dumps({"account": "eu", "api_key": key, "plan": "pro"}))
    write(folder, "shop.har", har("", {"size": 90, "mimeType": "application/octet-stream", "encoding": "base64", "text": text}))


@REQUESTS.place("Postman collection", "version 2.1: the authorisation and a script", encoding=())
def postman(folder, key):
    item = {"name": "products", "request": {"method": "GET", "header": [], "url": {"raw": "{{base}}/v1/products"},
                                           "auth": {"type": "bearer", "bearer": [{"key": "token", "value": key, "type": "string"}]}}}
    write(folder, "shop.postman_collection.json", json.dumps({
        "info": {"name": "shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": [item]}, indent="\t"))


@REQUESTS.place("Postman, an address", "a raw URL with a percent-encoded header", encoding=("percent",))
def postman_address(folder, key):
    address = "https://shop.example/login?next=" + quote(f"/v1?auth=Bearer {key}", safe="").replace("_", "%5F")
    write(folder, "shop.postman_collection.json", json.dumps({"info": {"name": "shop"}, "item": [{"request": {"url": {"raw": address}}}]}))


@REQUESTS.place("recorded traffic", "a capture file of one packet", encoding=())
def capture(folder, key):
    packet = noise(54) + f"GET / HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    write(folder, "shop.pcap", struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet)


@REQUESTS.place("HTTP/2 headers", "packed by HPACK's Huffman code", reason="HPACK's code has no mark; only a decoder of whole connections reads it")
def hpack(folder, key):
    table = {one: f"{number:07b}" for number, one in enumerate(sorted(set(key)))}
    bits = "".join(table[one] for one in key)
    write(folder, "stream.bin", noise(40) + int(bits, 2).to_bytes(len(bits) // 8 + 1, "big"))


@REQUESTS.place("VCR cassette", "a recorded answer, gzip in base64 in YAML", encoding=("base64", "gzip"))
def cassette(folder, key):
    body = gz(json.dumps({"key": key, "rows": list(range(90))}))
    text = "\n        ".join(b64(body)[at:at + 70] for at in range(0, len(b64(body)), 70))
    write(folder, "cassette.yaml", f"interactions:\n- response:\n    body:\n      string: !!binary |\n        {text}\nversion: 1\n")


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@shop.example", "b@shop.example", "settings"
    return message


@REQUESTS.place("mail with an attachment", "by Python's mail package: base64, 76 columns", encoding=("base64",))
def mail_attachment(folder, key):
    message = mail()
    message.set_content("See the attachment.\n")
    message.add_attachment((f"option = 1\n" * 20 + f"key = {key}\n" + "option = 2\n" * 20).encode(), maintype="application", subtype="octet-stream",
                           filename="settings.ini")
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("mail with a zip", "an attachment that is an archive", encoding=None)
def mail_zip(folder, key):
    message = mail()
    message.set_content("See the attachment.\n")
    message.add_attachment(zip_of({"settings.ini": "option = 1\n" * 20 + f"key = {key}\n", "logo.png": noise(900)}), maintype="application", subtype="zip",
                           filename="settings.zip")
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("mail, quoted-printable", "a text beyond ASCII, by Python's mail package", encoding=("quoted-printable",))
def mail_quoted(folder, key):
    message = mail()
    message.set_content(f"La clé de la boutique est désormais token={key}, jusqu'à la fin de l'année.\n", cte="quoted-printable")
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("uuencode", "an old attachment", reason="no program of today writes it")
def uuencode(folder, key):
    import binascii
    text = f"option = 1\nkey = {key}\n".encode()
    lines = [binascii.b2a_uu(text[at:at + 45]) for at in range(0, len(text), 45)]
    write(folder, "message.txt", b"begin 644 settings.ini\n" + b"".join(lines) + b"`\nend\n")


# ---- Windows ----

def reg(value: str) -> bytes:
    return ("\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Shop]\r\n" + value + "\r\n").encode("utf-16-le")


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
WINDOWS.blob("registry file, hex(1)", "a string as bytes of UTF-16, over lines, in a file of UTF-16", "shop.reg",
             lambda k: reg(reg_lines((k + "\0").encode("utf-16-le"), '"Key"=hex(1):')), encoding=("utf-16le", "hex", "utf-16le"))
WINDOWS.blob("registry file, hex", "bytes over lines, in a file of UTF-16", "shop.reg",
             lambda k: reg(reg_lines(b"name=shop;key=" + k.encode() + b"\0", '"Blob"=hex:')), encoding=("utf-16le", "hex"))
WINDOWS.blob("registry file, hex(7)", "several strings, the older format in ASCII", "shop.reg",
             lambda k: ("REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Shop]\r\n" + reg_lines(b"shop\0" + k.encode() + b"\0\0", '"Keys"=hex(7):') + "\r\n").encode(),
             encoding=("hex",))
WINDOWS.blob("PowerShell -EncodedCommand", "base64 of UTF-16, in a batch file", "deploy.cmd",
             lambda k: ("@echo off\r\npowershell -NoProfile -EncodedCommand "
                        + b64(f"$h = @{{ Authorization = 'Bearer {k}' }}\r\nInvoke-RestMethod https://shop.example -Headers $h".encode("utf-16-le")) + "\r\n").encode(),
             encoding=("base64", "utf-16le"))
WINDOWS.blob("PowerShell script", "UTF-16 with a mark, as the old editor saves it", "deploy.ps1",
             lambda k: ("\ufeff# Déploiement\r\n$env:KEY = '" + k + "'\r\n").encode("utf-16-le"), encoding=("utf-16le",))
WINDOWS.blob("scheduled task", "exported XML in UTF-16 with an encoded command in it", "task.xml",
             lambda k: ('\ufeff<?xml version="1.0" encoding="UTF-16"?>\r\n<Task><Actions><Exec><Command>powershell</Command><Arguments>-enc '
                        + b64(f"$k = '{k}'; .\\load.ps1".encode("utf-16-le")) + "</Arguments></Exec></Actions></Task>\r\n").encode("utf-16-le"),
             encoding=("utf-16le", "base64", "utf-16le"))
WINDOWS.blob("shortcut", "a .lnk's arguments, UTF-16", "shop.lnk",
             lambda k: b"L\0\0\0\x01\x14\x02\0" + noise(68) + struct.pack("<H", 46) + f"--key={k}".encode("utf-16-le"), encoding=None)
WINDOWS.blob("connection file", "an .odc with HTML references", "shop.odc",
             lambda k: f"<odc:ConnectionString>Provider=Web;Password=&quot;{k.replace('_', '&#95;')}&quot;;</odc:ConnectionString>\r\n".encode(), encoding=("html",))
WINDOWS.blob(".NET resources", "base64, 80 columns, set in", "shop.resx",
             lambda k: ("<root>\r\n  <data name=\"a\">\r\n    <value>\r\n" + "".join(
                 f"        {line}\r\n" for line in pieces(b64(noise(90) + b"\0" + k.encode() + b"\0" + noise(120)), 80))
                 + "    </value>\r\n  </data>\r\n</root>\r\n").encode(), encoding=("base64",))


def pieces(text: str, columns: int) -> list[str]:
    return [text[at:at + columns] for at in range(0, len(text), columns)]


# ---- settings, logs, pictures ----

@OTHERS.place(".env", "as every framework reads it", encoding=())
def env(folder, key):
    write(folder, ".env", f"RETAILGRID_API_KEY={key}\nPORT=80\n")
    return Expected(".env")


@OTHERS.place("log of a build", "a zip of logs with a mark, times and colours, as GitHub gives it", encoding=("ansi",))
def build_log(folder, key):
    start = datetime.datetime(2024, 5, 17, 12)
    lines = ["##[group]Run make", f"\x1b[36;1mcurl -H \"X-Key: {key[:8]}\x1b[0m\x1b[36;1m{key[8:]}\" https://shop.example\x1b[0m", "##[endgroup]"]
    text = "\ufeff" + "".join(f"{(start + datetime.timedelta(seconds=at)).isoformat()}.1234567Z {line}\r\n" for at, line in enumerate(lines))
    write(folder, "logs_17.zip", zip_of({"build/1_Set up job.txt": "\ufeffready\r\n", "build/2_Run make.txt": text}))
    return Expected("logs_17.zip!/build/2_Run make.txt")


@OTHERS.place("source map", "the sources in a JSON string", encoding=())
def source_map(folder, key):
    source = f'import x from "x";\nconst headers = {{\n\tAuthorization: "Bearer {key}",\n}};\n'
    write(folder, "dist/app.js.map", json.dumps({"version": 3, "sources": ["app.js"], "sourcesContent": [source], "mappings": "AAAA"}))


@OTHERS.place("source map in a data: URI", "at the end of a script, base64", encoding=("base64",))
def inline_map(folder, key):
    inner = json.dumps({"version": 3, "sources": ["a.js"], "sourcesContent": [f"const key = '{key}';\n"], "mappings": "AAAA"})
    write(folder, "dist/app.js", f"x();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{b64(inner)}\n")


def chunk(kind: bytes, content: bytes) -> bytes:
    import zlib
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks: bytes) -> bytes:
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + b"".join(chunks)
            + chunk(b"IDAT", zlib_of(b"\0\0")) + chunk(b"IEND", b""))


OTHERS.blob("PNG, text", "a tEXt chunk", "chart.png", lambda k: png(chunk(b"tEXt", b"Comment\0key=" + k.encode() + b", EU")), encoding=())
OTHERS.blob("PNG, packed text", "a zTXt chunk: zlib inside the picture", "chart.png",
            lambda k: png(chunk(b"zTXt", b"Comment\0\0" + zlib_of(f"key={k}\n" * 3))), None)
OTHERS.blob("picture of a key", "the pixels, not the text", "screen.png", lambda k: png(chunk(b"IDAT", zlib_of(pixels(k)))), None,
            reason="reading a picture takes character recognition")
OTHERS.blob("draw.io drawing", "percent, deflate without a header, base64", "shop.drawio",
            lambda k: ("<mxfile><diagram>" + b64(zlib_of(quote(f"<mxGraphModel><root><mxCell value=\"{k}\"/></root></mxGraphModel>"))[2:-4])
                       + "</diagram></mxfile>\n").encode(), None,
            reason="deflated bytes without a header look like any others: each base64 text would have to be inflated")
OTHERS.blob("Ansible vault", "AES, hex over lines", "vault.yml",
            lambda k: b"$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(pieces(bytes(a ^ b for a, b in zip(k.encode(), noise(40))).hex() * 3, 80)).encode() + b"\n", None,
            reason="only its password opens it")
OTHERS.blob("ROT13", "letters moved by 13", "notes.txt", lambda k: f"the key: {rot13(k)}\n".encode(), None,
            reason="a puzzle, not a form that programs write; one of endlessly many such ways")
OTHERS.blob("base85", "as git writes binary patches and Python its own data", "data.txt",
            lambda k: b"data " + base64.b85encode(zlib_of(f"key={k}\n")) + b"\n", None, reason="base85 over deflated data; git's own objects are read instead")
OTHERS.blob("byte list of a program's log", "signed numbers, as Java prints bytes", "app.log",
            lambda k: ("bytes=[" + each("{}", "key=" + k, ", ") + ", -61, -87]\n").encode(), encoding=("decimal",))


def pixels(text: str) -> bytes:
    """Something like what a renderer makes of a text: no byte of it is left."""
    dice = random.Random(text)
    return bytes(dice.choice((0, 255)) for _ in range(400))


def rot13(text: str) -> str:
    import codecs
    return codecs.encode(text, "rot13")
