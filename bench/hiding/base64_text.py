"""Base64 in text: every alignment, alphabet, wrapping and neighbour."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from urllib.parse import quote

from hiding import Group
from hiding.encoders import b64, b64url, bz2_of, gz, json_slashes, noise, tar_gz_of, wrapped, xz_of, zip_of, zlib_of

PLAIN = Group("Base64")
WRAPPED = Group("Base64 over several lines")
PACKED = Group("Base64 of something else")
GROUPS = [PLAIN, WRAPPED, PACKED]

BASE64 = ("base64",)


def yaml(value: str, name: str = "token") -> tuple[str, str, str]:
    return f"apiVersion: v1\nkind: Secret\ndata:\n  {name}: ", value, "\n  region: ZXUtd2VzdC0x\n"


# ---- alignment, padding, alphabet ----

PLAIN.text("base64, first alignment", "the key alone", "secret.yaml", BASE64, lambda k: yaml(b64(k)))
PLAIN.text("base64, second alignment", "one byte before the key", "secret.yaml", BASE64, lambda k: yaml(b64('"' + k + '"')))
PLAIN.text("base64, third alignment", "two bytes before the key", "secret.yaml", BASE64, lambda k: yaml(b64("k=" + k)))
PLAIN.text(
    "base64 without padding", "the key alone", "secret.json", BASE64, lambda k: ('{"auth": "', b64(k).rstrip("="), '"}\n')
)
PLAIN.text(
    "base64 of much text",
    "a settings file of 60 lines with the key in its middle, as one line",
    "user-data.txt",
    BASE64,
    lambda k: ("#cloud-config\ncontent: ", b64(settings(k)), "\n"),
)
PLAIN.text(
    "base64url",
    "with `-` and `_`, not padded",
    "token.txt",
    ("base64url",),
    lambda k: ("token ", b64url(b"\xff\xfe??>" + k.encode() + b">>?\xff\xfb"), "\n"),
)
PLAIN.text(
    "base64url, padded",
    "with `-`, `_` and `=`",
    "token.txt",
    ("base64url",),
    lambda k: ("token ", b64url(b"~~?>?" + k.encode() + b"?>>~", True), "\n"),
)
PLAIN.text(
    "base64 with + and /",
    "neighbours of the key bring the other characters",
    "token.txt",
    BASE64,
    lambda k: ("token ", b64(b"\xff\xfe??>>" + k.encode() + b">>?\xff\xfb"), "\n"),
)
PLAIN.text(
    "base64 glued to letters",
    "no boundary on either side",
    "cookies.txt",
    None,
    lambda k: ("session=", "v1x" + b64(k).rstrip("=") + "Zz9", "; path=/\n"),
)
PLAIN.text(
    "base64 glued by _ and .",
    "as in cookies and signed values",
    "cookies.txt",
    None,
    lambda k: ("sid=s_", b64(k).rstrip("="), "." + b64(noise(20)).rstrip("=") + "; path=/\n"),
)
PLAIN.text(
    "base64 in a JSON string with \\/",
    "as PHP writes it",
    "settings.json",
    BASE64,
    lambda k: ('{"blob":"', json_slashes(b64("??>?" + k + "?/?>??~?")), '"}\n'),
)
PLAIN.text(
    "data: URI",
    "`data:text/plain;base64,…`",
    "index.html",
    BASE64,
    lambda k: ('<a href="data:text/plain;base64,', b64(settings(k)), '">settings</a>\n'),
)
PLAIN.text("JWT payload", "a signed token with the key as a claim", "session.txt", None, lambda k: jwt(k))
PLAIN.text(
    "Authorization: Basic",
    "the key as the password",
    "request.http",
    BASE64,
    lambda k: ("GET /v1/products HTTP/1.1\nHost: shop.example\nAuthorization: Basic ", b64("api:" + k), "\nAccept: */*\n"),
)
PLAIN.text(
    "Authorization: Basic, the key as the user",
    "an empty password",
    "curl.sh",
    BASE64,
    lambda k: ("curl -H 'Authorization: Basic ", b64(k + ":"), "' https://shop.example/v1\n"),
)
PLAIN.text(
    "base64 of binary around the key",
    "random bytes on both sides",
    "state.json",
    BASE64,
    lambda k: ('{"state": "', b64(noise(301) + b"\0" + k.encode() + b"\0" + noise(200)), '"}\n'),
)
PLAIN.text(
    "base64 of a megabyte",
    "the key in the middle of binary data, one line",
    "dump.json",
    BASE64,
    lambda k: ('{"dump": "', b64(noise(500_000) + b" " + k.encode() + b" " + noise(500_001)), '"}\n'),
)


def settings(key: str) -> str:
    lines = [f"option_{number} = value {number}" for number in range(60)]
    return "\n".join(lines[:30] + [f"retailgrid_key = {key}"] + lines[30:]) + "\n"


def jwt(key: str) -> tuple[str, str, str]:
    header = b64url(json.dumps({"alg": "HS256", "typ": "JWT"}))
    payload = b64url(json.dumps({"sub": "4711", "retailgrid": key, "iat": 1_700_000_000}))
    signature = b64url(hmac.new(b"signing", f"{header}.{payload}".encode(), hashlib.sha256).digest())
    return f"Set-Cookie: session={header}.", payload, f".{signature}; HttpOnly\n"


# ---- over several lines ----


def long_text(key: str) -> bytes:
    return noise(97) + settings(key).encode() + noise(60)


def mime(key: str) -> tuple[str, str, str]:
    head = (
        "From: a@shop.example\r\nTo: b@shop.example\r\nSubject: settings\r\nMIME-Version: 1.0\r\n"
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head, base64.encodebytes(long_text(key)).decode().rstrip("\n").replace("\n", "\r\n"), "\r\n"


WRAPPED.text("base64 in MIME, 76 columns, CRLF", "a message's body", "message.eml", BASE64, mime)
WRAPPED.text(
    "base64 in PEM, 64 columns",
    "between BEGIN and END",
    "blob.pem",
    BASE64,
    lambda k: ("-----BEGIN MESSAGE-----\n", wrapped(long_text(k), 64), "\n-----END MESSAGE-----\n"),
)
WRAPPED.text(
    "base64 in PEM, CRLF",
    "the same, written on Windows",
    "blob.pem",
    BASE64,
    lambda k: ("-----BEGIN MESSAGE-----\r\n", wrapped(long_text(k), 64, "\r\n"), "\r\n-----END MESSAGE-----\r\n"),
)
WRAPPED.text(
    "base64, 60 columns", "as in some binary dumps", "blob.b64", BASE64, lambda k: ("", wrapped(long_text(k), 60), "\n")
)
WRAPPED.text(
    "base64, 76 columns", "what `base64 FILE` writes", "blob.b64", BASE64, lambda k: ("", wrapped(long_text(k), 76), "\n")
)
WRAPPED.text(
    "base64 in YAML, |",
    "a literal block, indented",
    "values.yaml",
    BASE64,
    lambda k: ("binaryData:\n  blob: |\n    ", wrapped(long_text(k), 76, "\n    "), "\nother: 1\n"),
)
WRAPPED.text(
    "base64 in YAML, >-",
    "a folded block, indented",
    "values.yaml",
    BASE64,
    lambda k: ("binaryData:\n  blob: >-\n      ", wrapped(long_text(k), 64, "\n      "), "\nother: 1\n"),
)
WRAPPED.text(
    "base64 indented, CRLF",
    "XML with the text set in by blanks",
    "resources.resx",
    BASE64,
    lambda k: (
        '<data name="a" type="binary">\r\n  <value>\r\n        ',
        wrapped(long_text(k), 80, "\r\n        "),
        "\r\n  </value>\r\n</data>\r\n",
    ),
)
WRAPPED.text(
    "base64 indented by tabs",
    "XML, as Apple's plists are written",
    "profile.mobileconfig",
    BASE64,
    lambda k: ("<key>blob</key>\n\t<data>\n\t", wrapped(long_text(k), 52, "\n\t"), "\n\t</data>\n"),
)
WRAPPED.text(
    "base64 in JSON with \\n",
    "a PEM in a JSON string: the line ends are escapes",
    "service.json",
    None,
    lambda k: ('{"blob": "-----BEGIN MESSAGE-----\\n', wrapped(long_text(k), 64, "\\n"), '\\n-----END MESSAGE-----\\n"}\n'),
)
WRAPPED.text(
    "base64 in a shell script with \\ at line ends",
    "each line goes on",
    "deploy.sh",
    None,
    lambda k: ("BLOB=", wrapped(long_text(k), 70, "\\\n"), "\n"),
)
WRAPPED.text(
    "base64 behind > on each line",
    "quoted in a mail or in Markdown",
    "answer.md",
    None,
    lambda k: (
        "See:\n\n> ",
        wrapped(long_text(k), 72, "\n> "),
        "\n",
    ),
)
WRAPPED.text(
    "base64 behind # on each line",
    "in comments of a script",
    "deploy.py",
    None,
    lambda k: ("# ", wrapped(long_text(k), 72, "\n# "), "\nprint()\n"),
)


# ---- base64 of what is itself encoded or packed ----


def packed(name: str, what: str, inner: tuple[str, ...] | None, make, **more) -> None:
    encoding = None if inner is None else (*BASE64, *inner)
    PACKED.text(name, what, "values.yaml", encoding, lambda k: yaml(b64(make(k))), **more)


packed("base64 of base64", "twice", ("base64",), lambda k: b64("key=" + k))
packed("base64 of base64 of base64", "three times", ("base64", "base64"), lambda k: b64(b64(k)))
packed(
    "base64 of UTF-16",
    "as PowerShell's -EncodedCommand takes it",
    ("utf-16le",),
    lambda k: f"$key = '{k}'; Invoke-RestMethod https://shop.example".encode("utf-16-le"),
)
packed("base64 of UTF-16 BE", "the other byte order", ("utf-16be",), lambda k: f"key={k}".encode("utf-16-be"))
packed("base64 of hex", "hex digits", ("hex",), lambda k: k.encode().hex())
packed("base64 of gzip", "begins with `H4sI`", ("gzip",), lambda k: gz(settings(k)))
packed("base64 of zlib", "begins with `eJ`", ("zlib",), lambda k: zlib_of(settings(k)))
packed("base64 of zip", "begins with `UEsD`", None, lambda k: zip_of({"settings.ini": settings(k)}), member="settings.ini")
packed(
    "base64 of tar.gz",
    "a folder in a cloud-init file",
    None,
    lambda k: tar_gz_of({"etc/shop.env": settings(k)}),
    member="etc/shop.env",
)
packed("base64 of bzip2", "begins with `Qlpo`", None, lambda k: bz2_of(settings(k)))
packed("base64 of xz", "begins with `/Td6`", None, lambda k: xz_of(settings(k)))
PACKED.text(
    "base64 of gzip in JSON with \\/",
    "as PHP writes it",
    "settings.json",
    ("base64", "gzip"),
    lambda k: ('{"blob":"', json_slashes(b64(gz(settings(k)))), '"}\n'),
)
PACKED.text(
    "base64 of gzip in JSON with \\u002B",
    "as .NET writes it",
    "settings.json",
    ("escape", "base64", "gzip"),
    lambda k: ('{"blob":"', b64(gz(settings(k) + shuffled(5))).replace("+", "\\u002B"), '"}\n'),
)
PACKED.text(
    "base64 of gzip in a hidden field",
    "`&#x2B;`, as ASP.NET writes it",
    "page.html",
    ("html", "base64", "gzip"),
    lambda k: ('<input type="hidden" value="', b64(gz(settings(k) + shuffled(6))).replace("+", "&#x2B;"), '">\n'),
)
PACKED.text(
    "base64 of deflate in an address",
    "with `%2B`, as in a SAML request",
    "requests.log",
    ("percent", "base64", "deflate"),
    lambda k: ("GET /sso?SAMLRequest=", quote(b64(zlib_of(settings(k) + shuffled(7))[2:-4]), safe=""), " 302\n"),
)
PACKED.text(
    "base64url of gzip",
    "a link that carries a page's state",
    "link.txt",
    None,
    lambda k: ("https://shop.example/#state=", b64url(gz(settings(k) + shuffled(3))), "\n"),
)
PACKED.text(
    "base64 of gzip, 76 columns",
    "`gzip < FILE | base64`",
    "blob.b64",
    ("base64", "gzip"),
    lambda k: ("", wrapped(gz(settings(k) + shuffled(2)), 76), "\n"),
)
PACKED.text(
    "base64 of zip in MIME",
    "an attachment",
    "message.eml",
    None,
    lambda k: (
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        wrapped(zip_of({"a/settings.ini": settings(k) + shuffled(4)}), 76, "\r\n"),
        "\r\n",
    ),
    member="a/settings.ini",
)
packed(
    "base64 of deflate",
    "without a header, as in draw.io's files",
    ("deflate",),
    lambda k: zlib_of(settings(k))[2:-4],
)


def shuffled(seed: int) -> str:
    """Text that deflates badly, so that what it makes is some lines long."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=600))
