"""Recorded requests and mail."""

from __future__ import annotations

import binascii
import json
import struct
from email.message import EmailMessage
from urllib.parse import quote

from hiding import Group, write
from hiding.encoders import b64, gz, noise, zip_of

REQUESTS = Group("Recorded requests and mail")
GROUPS = [REQUESTS]


# ---- requests ----


def har(key: str, body: dict) -> str:
    request = {
        "method": "GET",
        "url": "https://clientapi.retailgrid.io/v1/products",
        "httpVersion": "HTTP/2",
        "headers": [{"name": "Accept", "value": "*/*"}]
        + ([{"name": "Authorization", "value": f"Bearer {key}"}] if key else []),
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": 0,
    }
    entry = {
        "startedDateTime": "2024-05-17T12:00:00Z",
        "time": 12,
        "request": request,
        "response": {"status": 200, "content": body},
    }
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": [entry]}}, indent=2
    )


@REQUESTS.place("HAR", "a recorded request's header", encoding=())
def har_header(folder, key):
    write(folder, "shop.har", har(key, {"size": 2, "mimeType": "application/json", "text": "{}"}))


@REQUESTS.place("HAR, a body in base64", "a recorded answer", encoding=("base64",))
def har_body(folder, key):
    text = b64(json.dumps({"account": "eu", "api_key": key, "plan": "pro"}))
    write(
        folder, "shop.har", har("", {"size": 90, "mimeType": "application/octet-stream", "encoding": "base64", "text": text})
    )


@REQUESTS.place("Postman collection", "version 2.1: the authorisation and a script", encoding=())
def postman(folder, key):
    item = {
        "name": "products",
        "request": {
            "method": "GET",
            "header": [],
            "url": {"raw": "{{base}}/v1/products"},
            "auth": {"type": "bearer", "bearer": [{"key": "token", "value": key, "type": "string"}]},
        },
    }
    write(
        folder,
        "shop.postman_collection.json",
        json.dumps(
            {
                "info": {"name": "shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
                "item": [item],
            },
            indent="\t",
        ),
    )


@REQUESTS.place("Postman, an address", "a raw URL with a percent-encoded header", encoding=("percent",))
def postman_address(folder, key):
    address = "https://shop.example/login?next=" + quote(f"/v1?auth=Bearer {key}", safe="").replace("_", "%5F")
    write(
        folder,
        "shop.postman_collection.json",
        json.dumps({"info": {"name": "shop"}, "item": [{"request": {"url": {"raw": address}}}]}),
    )


@REQUESTS.place("recorded traffic", "a capture file of one packet", encoding=())
def capture(folder, key):
    packet = noise(54) + f"GET / HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    write(
        folder,
        "shop.pcap",
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        + struct.pack("<IIII", 1, 0, len(packet), len(packet))
        + packet,
    )


@REQUESTS.place(
    "HTTP/2 headers",
    "packed by HPACK's Huffman code",
    modules=("hpack",),
    reason="HPACK's code has no mark; only a decoder of whole connections reads it",
)
def http2(folder, key):
    import hpack

    write(folder, "stream.bin", hpack.Encoder().encode([("x-shop", "eu"), ("authorization", f"Bearer {key}")], huffman=True))


@REQUESTS.place("VCR cassette", "a recorded answer, gzip in base64 in YAML", encoding=("base64", "gzip"))
def cassette(folder, key):
    body = gz(json.dumps({"key": key, "rows": list(range(90))}))
    text = "\n        ".join(b64(body)[at : at + 70] for at in range(0, len(b64(body)), 70))
    write(
        folder,
        "cassette.yaml",
        f"interactions:\n- response:\n    body:\n      string: !!binary |\n        {text}\nversion: 1\n",
    )


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@shop.example", "b@shop.example", "settings"
    return message


@REQUESTS.place("mail with an attachment", "by Python's mail package: base64, 76 columns", encoding=("base64",))
def mail_attachment(folder, key):
    message = mail()
    message.set_content("See the attachment.\n")
    message.add_attachment(
        ("option = 1\n" * 20 + f"key = {key}\n" + "option = 2\n" * 20).encode(),
        maintype="application",
        subtype="octet-stream",
        filename="settings.ini",
    )
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("mail with a zip", "an attachment that is an archive", encoding=None)
def mail_zip(folder, key):
    message = mail()
    message.set_content("See the attachment.\n")
    message.add_attachment(
        zip_of({"settings.ini": "option = 1\n" * 20 + f"key = {key}\n", "logo.png": noise(900)}),
        maintype="application",
        subtype="zip",
        filename="settings.zip",
    )
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("mail, quoted-printable", "a text beyond ASCII, by Python's mail package", encoding=("quoted-printable",))
def mail_quoted(folder, key):
    message = mail()
    message.set_content(
        f"La clé de la boutique est désormais token={key}, jusqu'à la fin de l'année.\n", cte="quoted-printable"
    )
    write(folder, "message.eml", bytes(message))


@REQUESTS.place("uuencode", "an old attachment", reason="what mail had before MIME; its lines look like any text, and no mail program of today writes them")
def uuencode(folder, key):
    text = f"option = 1\nkey = {key}\n".encode()
    lines = [binascii.b2a_uu(text[at : at + 45]) for at in range(0, len(text), 45)]
    write(folder, "message.txt", b"begin 644 settings.ini\n" + b"".join(lines) + b"`\nend\n")
