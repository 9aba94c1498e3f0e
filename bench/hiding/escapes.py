"""Escapes in text: percent, backslashes, HTML and XML, quoted-printable, Markdown, colours."""

from __future__ import annotations

import html
import quopri

from hiding import Group
from hiding.encoders import each, only

PERCENT = Group("Percent-encoding")
BACKSLASH = Group("Backslash escapes")
MARKUP = Group("Markup, mail and terminals")
GROUPS = [PERCENT, BACKSLASH, MARKUP]

SOME = "_-aeiou"  # the characters that a partly escaped key has escaped


def url(encoded: str) -> tuple[str, str, str]:
    return "https://shop.example/v1/products?page=2&api_key=", encoded, "&sort=name\n"


def percent(name: str, what: str, make, encoding: tuple[str, ...] = ("percent",), **more) -> None:
    PERCENT.text(name, what, "access.log", encoding, lambda k: url(make(k)), is_exact=True, **more)


percent("percent, whole", "every character", lambda k: each("%{:02X}", k))
percent("percent, whole, small letters", "every character", lambda k: each("%{:02x}", k))
percent("percent, `_` only", "`rg%5Flive%5F…`", lambda k: only("_", "%{:02X}", k))
percent("percent, `-` only", "the prefix is plain, the tail is not: `%2D`", lambda k: only("-", "%{:02X}", k))
percent("percent, some characters", "`_`, `-` and the vowels", lambda k: only(SOME, "%{:02X}", k))
percent("percent, doubled", "`rg%255Flive%255F…`", lambda k: only("_-", "%25{:02X}", k), ("percent", "percent"))
percent("percent, doubled, whole", "every character, twice", lambda k: each("%25{:02X}", k), ("percent", "percent"))
percent("percent, three times", "`%25255F`", lambda k: only("_-", "%2525{:02X}", k), ("percent", "percent", "percent"))


def javascript(encoded: str) -> tuple[str, str, str]:
    return 'const shop = "eu";\nconst key = "', encoded, '";\nconnect(shop, key);\n'


def escaped(name: str, what: str, make, file: str = "app.js", **more) -> None:
    BACKSLASH.text(name, what, file, ("escape",), lambda k: javascript(make(k)), is_exact=True, **more)


escaped("\\uXXXX, whole", "every character", lambda k: each("\\u{:04x}", k))
escaped("\\uXXXX, whole, capitals", "every character", lambda k: each("\\u{:04X}", k))
escaped("\\uXXXX, `_` only", "`rg\\u005flive\\u005f…`", lambda k: only("_", "\\u{:04x}", k))
escaped("\\uXXXX, `-` only", "the prefix is plain, the tail is not", lambda k: only("-", "\\u{:04x}", k))
escaped("\\uXXXX, some characters", "`_`, `-` and the vowels", lambda k: only(SOME, "\\u{:04x}", k))
escaped("\\u{X}, whole", "JavaScript and Rust", lambda k: each("\\u{{{:x}}}", k))
escaped("\\UXXXXXXXX, whole", "Python and C", lambda k: each("\\U{:08x}", k), "app.py")
escaped("\\xXX, whole", "every character", lambda k: each("\\x{:02x}", k))
escaped("\\xXX, whole, capitals", "every character", lambda k: each("\\x{:02X}", k))
escaped("\\xXX, `_` only", "`rg\\x5flive\\x5f…`", lambda k: only("_", "\\x{:02x}", k))
escaped("octal, whole", "`\\162\\147\\137…`", lambda k: each("\\{:03o}", k), "app.c")
escaped("octal, `_` only", "`rg\\137live\\137…`", lambda k: only("_", "\\{:03o}", k), "app.c")
escaped("octal, `\\0` and three digits", "as `printf %b` takes it", lambda k: each("\\0{:03o}", k), "app.sh")
BACKSLASH.text(
    "JSON string in a JSON string",
    "the backslash of the escape is escaped: `\\\\u005f`",
    "events.jsonl",
    None,
    lambda k: ('{"event": "{\\"key\\": \\"', only("_-", "\\\\u{:04x}", k), '\\"}"}\n'),
    is_exact=True,
)
BACKSLASH.text(
    "CSS escapes",
    "`rg\\5f live\\5f …`",
    "theme.css",
    None,
    lambda k: ('.key::after { content: "', only("_-", "\\{:x} ", k), '"; }\n'),
    is_exact=True,
)


def page(encoded: str) -> tuple[str, str, str]:
    return "<p>The shop's data.</p>\n<input name='key' value='", encoded, "'>\n<p>More of it.</p>\n"


def markup(name: str, what: str, make, encoding: tuple[str, ...] = ("html",), **more) -> None:
    MARKUP.text(name, what, "index.html", encoding, lambda k: page(make(k)), is_exact=True, **more)


markup("HTML, decimal, whole", "`&#114;&#103;…`", lambda k: each("&#{};", k))
markup("HTML, decimal, `_` only", "`rg&#95;live&#95;…`", lambda k: only("_", "&#{};", k))
markup("HTML, decimal, `-` only", "the prefix is plain, the tail is not: `&#45;`", lambda k: only("-", "&#{};", k))
markup("HTML, hexadecimal, whole", "`&#x72;&#x67;…`", lambda k: each("&#x{:x};", k))
markup("HTML, hexadecimal, capitals and zeros", "`&#X005F;`", lambda k: only("_-", "&#X{:04X};", k))
markup("HTML, named", "`rg&lowbar;live&lowbar;…`", lambda k: k.replace("_", "&lowbar;"))
markup("HTML, another name of `_`", "`rg&UnderBar;live&UnderBar;…`", lambda k: k.replace("_", "&UnderBar;"))
markup(
    "HTML, named and numbered",
    "`_` by name, `-` and vowels by number",
    lambda k: only("-aeiou", "&#{};", k).replace("_", "&lowbar;"),
)
markup("HTML, escaped twice", "`rg&amp;#95;live&amp;#95;…`", lambda k: html.escape(only("_-", "&#{};", k)), ("html", "html"))
markup(
    "HTML, <wbr> inside",
    "places where a long word may be broken",
    lambda k: "<wbr>".join(k[at : at + 8] for at in range(0, 40, 8)),
    None,
)
MARKUP.text(
    "XML attribute",
    "`&#x5f;` in an app's configuration",
    "web.config",
    ("html",),
    lambda k: ('<?xml version="1.0"?>\n<add key="Retailgrid" value="', only("_-", "&#x{:x};", k), '" />\n'),
    is_exact=True,
)


def quoted_printable(key: str, make) -> tuple[str, str, str]:
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nThe key (clé) is "
    return head, make(key), " and holds for a year.\n"


QP = ("quoted-printable",)
MARKUP.text(
    "quoted-printable, `=5F`",
    "`rg=5Flive=5F…`",
    "message.eml",
    QP,
    lambda k: quoted_printable(k, lambda k: only("_", "={:02X}", k)),
    is_exact=True,
)
MARKUP.text(
    "quoted-printable, soft line break",
    "`=` and a line end within the key",
    "message.eml",
    QP,
    lambda k: quoted_printable(k, lambda k: k[:21] + "=\n" + k[21:]),
    is_exact=True,
)
MARKUP.text(
    "quoted-printable, soft line break in the prefix, CRLF",
    "within `rg_live_`",
    "message.eml",
    QP,
    lambda k: quoted_printable(k, lambda k: k[:5] + "=\r\n" + k[5:]),
    is_exact=True,
)
MARKUP.text(
    "quoted-printable, both",
    "breaks and `=5F`",
    "message.eml",
    QP,
    lambda k: quoted_printable(k, lambda k: only("_-", "={:02X}", k[:14]) + "=\r\n" + only("_-", "={:02X}", k[14:])),
    is_exact=True,
)


@MARKUP.place("quoted-printable by a library", "a long line, as Python's mail package encodes it", encoding=QP)
def quoted_by_a_library(folder, key):
    text = f"La clé de la boutique est désormais api_key={key} jusqu'à la fin de l'année prochaine.\n"
    (folder / "message.eml").write_bytes(
        b"Content-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(text.encode())
    )


MARKUP.text(
    "Markdown, `\\_`",
    "`rg\\_live\\_…`, as formatters write it",
    "NOTES.md",
    ("markdown",),
    lambda k: ("# Notes\n\nThe key is ", k.replace("_", "\\_"), " for now.\n"),
    is_exact=True,
)
MARKUP.text(
    "Markdown, `\\_` and `\\-`",
    "every mark escaped",
    "NOTES.md",
    ("markdown",),
    lambda k: ("# Notes\n\nThe key is ", k.replace("_", "\\_").replace("-", "\\-"), " for now.\n"),
    is_exact=True,
)
MARKUP.text(
    "LaTeX, `\\_`",
    "the same escape in a report",
    "report.tex",
    ("markdown",),
    lambda k: ("\\section{Access}\nThe key is \\texttt{", k.replace("_", "\\_"), "}.\n"),
    is_exact=True,
)

RED, PLAIN, CLEAR = "\x1b[01;31m", "\x1b[m", "\x1b[K"
ANSI = ("ansi",)
MARKUP.text(
    "colours around the prefix",
    "what `grep --color=always rg_live_` writes",
    "search.log",
    ANSI,
    lambda k: ("config.py:KEY = '" + RED + CLEAR, k[:8] + PLAIN + CLEAR + k[8:], "'\n"),
    is_exact=True,
)
MARKUP.text(
    "colours inside the prefix",
    "a match of `live` in it",
    "search.log",
    ANSI,
    lambda k: ("config.py:KEY = '", k[:3] + RED + k[3:7] + PLAIN + k[7:], "'\n"),
    is_exact=True,
)
MARKUP.text(
    "colours inside the tail",
    "a match in the middle of it",
    "search.log",
    ANSI,
    lambda k: ("config.py:KEY = '", k[:20] + "\x1b[1m\x1b[38;5;196m" + k[20:24] + "\x1b[0m" + k[24:], "'\n"),
    is_exact=True,
)
MARKUP.text(
    "colours spelled `\\x1b[…m`",
    "a coloured log as a string literal",
    "test_log.py",
    None,
    lambda k: ("LOG = '", k[:8] + "\\x1b[0m" + k[8:], "'\n"),
    is_exact=True,
)
MARKUP.text(
    "colours as \\u001b in JSON",
    "a log of a build, kept as JSON lines",
    "build.jsonl",
    None,
    lambda k: ('{"line": "key: ', k[:8] + "\\u001b[0m" + k[8:], '"}\n'),
    is_exact=True,
)
