"""Keys as numbers: hex and decimal, in lists and in dumps."""

from __future__ import annotations

import json
import quopri

from hiding import Expected, Group, run, write
from hiding.encoders import each, noise

HEX = Group("Hex and lists of numbers")
DUMPS = Group("Dumps")
GROUPS = [HEX, DUMPS]


def hex_text(
    name: str, what: str, file: str, make, before: str = 'blob = "', after: str = '"\n', encoding=("hex",), **more
) -> None:
    HEX.text(name, what, file, encoding, lambda k: (before, make(k), after), is_exact=True, **more)


hex_text("hex", "small letters", "config.toml", lambda k: k.encode().hex())
hex_text("hex, capitals", "", "config.toml", lambda k: k.encode().hex().upper())
hex_text(
    "hex behind 0x", "a literal in SQL", "dump.sql", lambda k: k.encode().hex(), "INSERT INTO settings VALUES (1, 0x", ");\n"
)
hex_text(
    "hex, X'…'",
    "a literal in SQL",
    "dump.sql",
    lambda k: k.encode().hex().upper(),
    "INSERT INTO settings VALUES (1, X'",
    "');\n",
)
hex_text("hex behind \\x", "PostgreSQL's bytea", "dump.sql", lambda k: k.encode().hex(), "1\t\\\\x", "\n")
HEX.text(
    "hex of more than the key",
    "binary on both sides",
    "state.json",
    ("hex",),
    lambda k: ('{"state": "', (noise(99) + b" " + k.encode() + b" " + noise(77)).hex(), '"}\n'),
)
HEX.text(
    "hex over several lines",
    "60 digits a line, as `xxd -p` writes it",
    "blob.hex",
    ("hex",),
    lambda k: ("", run_lines((noise(99) + b" " + k.encode() + b" " + noise(77)).hex(), 60), "\n"),
)
hex_text(
    "hex with colons",
    "as OpenSSL and network tools show bytes",
    "capture.txt",
    lambda k: k.encode().hex(":"),
    "data: ",
    "\n",
)
hex_text("hex with blanks", "", "capture.txt", lambda k: k.encode().hex(" "), "data: ", "\n")
hex_text("hex with blanks, capitals", "", "capture.txt", lambda k: k.encode().hex(" ").upper(), "data: ", "\n")
hex_text(
    "hex with -", "as .NET's BitConverter writes it", "trace.log", lambda k: k.encode().hex("-").upper(), "bytes=", "\n"
)
hex_text(
    "hex with commas", "as in Windows registry files", "settings.reg", lambda k: k.encode().hex(","), '"Key"=hex:', "\r\n"
)
hex_text("0x list", "a C array", "key.h", lambda k: each("0x{:02x}", k, ", "), "const unsigned char key[] = {", "};\n")
hex_text(
    "0x list, capitals, no blanks", "a Java array", "Key.java", lambda k: each("0x{:02X}", k, ","), "byte[] key = {", "};\n"
)
hex_text(
    "0x list over several lines",
    "12 a line, as `xxd -i` writes it",
    "key.h",
    lambda k: "".join(
        ("\n  " if at and at % 12 == 0 else "") + f"0x{byte:02x}" + (", " if at % 12 != 11 else ",")
        for at, byte in enumerate(k.encode())
    )[:-2],
    "unsigned char key[] = {\n  ",
    "\n};\n",
)
hex_text(
    "decimal list",
    "a JSON array, as Node's Buffer gives it",
    "state.json",
    lambda k: each("{}", k, ","),
    '{"type": "Buffer", "data": [',
    "]}\n",
    ("decimal",),
)
hex_text(
    "decimal list with blanks",
    "a Rust array",
    "key.rs",
    lambda k: each("{}", k, ", "),
    "const KEY: [u8; 40] = [",
    "];\n",
    ("decimal",),
)
hex_text(
    "decimal list, one a line",
    "as a pretty-printer writes JSON",
    "state.json",
    lambda k: each("{}", k, ",\n    "),
    '{\n  "data": [\n    ',
    "\n  ]\n}\n",
    ("decimal",),
)
hex_text(
    "String.fromCharCode",
    "a list of character codes",
    "app.js",
    lambda k: each("{}", k, ","),
    "const key = String.fromCharCode(",
    ");\n",
    ("decimal",),
)
hex_text(
    "characters in a list",
    "one literal a character",
    "key.h",
    lambda k: "', '".join(k),
    "const char key[] = {'",
    "'};\n",
    None,
    reason="a letter between two quotes is what any code has: it shows in no sample of bytes, and a look for it would slow every scan",
)


def run_lines(text: str, columns: int) -> str:
    return "\n".join(text[at : at + columns] for at in range(0, len(text), columns))


HEX.text(
    "hex in quoted-printable",
    "a mail whose soft ends of lines break it",
    "mail.eml",
    ("quoted-printable", "hex"),
    lambda k: ("Content-Transfer-Encoding: quoted-printable\n\n", soft(f"The value is {k.encode().hex(' ')} and so on"), "\n"),
)
HEX.text(
    "hex behind a log's times",
    "as CI shows what `xxd -p` wrote",
    "build.log",
    None,
    lambda k: ("", timed(run_lines((b"HOST=a\nKEY=" + k.encode() + b"\nPORT=8080\n").hex(), 60)), "\n"),
    reason="what begins each line of a log or a patch is any text; lines behind blanks, `#`, `>` or `*` are put together",
)


def soft(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


def timed(text: str) -> str:
    return "".join(f"2026-11-29T05:40:{second:02}.1234567Z {line}\n" for second, line in enumerate(text.splitlines()))


def dump(name: str, what: str, command: list[str], **more) -> None:
    """A place that is what a program shows of a file with the key in it."""

    def hide(folder, key):
        content = noise(53) + b"\nretailgrid_key=" + key.encode() + b"\n" + noise(40)
        write(folder, "dump.txt", b"$ hexdump data.bin\n" + run(folder, *command, stdin=content))
        return Expected("dump.txt")

    DUMPS.place(name, what, programs=(command[0],), **more)(hide)


dump("xxd", "two bytes a group, text beside them", ["xxd"], encoding=("hex",))


@DUMPS.place("hexdump -C in JSON", "what a log says that a command wrote", programs=("hexdump",), encoding=("escape", "hex"))
def dump_in_json(folder, key):
    content = noise(53) + b"\nretailgrid_key=" + key.encode() + b"\n" + noise(40)
    shown = run(folder, "hexdump", "-C", stdin=content).decode()
    write(folder, "events.json", json.dumps({"event": "debug", "output": shown}).encode())
    return Expected("events.json")


dump("xxd -u -g1", "one byte a group, capitals", ["xxd", "-u", "-g1"], encoding=("hex",))
dump("xxd -i", "a C array", ["xxd", "-i"], encoding=("hex",))
dump("xxd -p", "digits only, 60 a line", ["xxd", "-p"], encoding=("hex",))
dump("hexdump -C", "canonical", ["hexdump", "-C"], encoding=("hex",))
dump("od -t x1", "octal addresses, bytes in hex", ["od", "-t", "x1"], encoding=("hex",))
dump("od -A x -t x1z", "hex addresses, text beside the bytes", ["od", "-A", "x", "-t", "x1z"], encoding=("hex",))
dump("od -t u1", "bytes in decimal", ["od", "-A", "n", "-t", "u1"])
dump(
    "od -c",
    "characters, three blanks between them",
    ["od", "-c"],
    reason="letters among blanks show in no sample of bytes, and a look for them would slow every scan; other dumps are found",
)
dump("od", "octal words of two bytes, the low one first", ["od"], encoding=("octal",))
dump("hexdump", "hex words of two bytes, the low one first", ["hexdump"], encoding=("hex",))
dump(
    "base32",
    "RFC 4648's other alphabet",
    ["base32"],
    reason="each run of capitals would have to be read in eight ways; secrets for one-time passwords are written so, and nothing that "
    "keeps configurations",
)


def packet(key: str, first: str, row, between: str) -> tuple[str, str, str]:
    """A request as programs that watch the network show it, 16 bytes a line, by the format of a line's number."""
    content = f"GET /v1/products HTTP/1.1\r\nAuthorization: Bearer {key}\r\nAccept: */*\r\n\r\n".encode()
    lines = []
    for at in range(0, len(content), 16):
        part = content[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(first.format(at) + row(part) + between + text)
    return "12:00:00.1 IP shop.example.443\n", "\n".join(lines), "\n"


def pairs(part: bytes) -> str:
    return part.hex(" ", -2).ljust(39)


DUMPS.text("tcpdump -X", "two bytes a group", "capture.txt", ("hex",), lambda k: packet(k, "\t0x{:04x}:  ", pairs, "  "))
DUMPS.text(
    "Wireshark's bytes",
    "addresses of four digits",
    "capture.txt",
    ("hex",),
    lambda k: packet(k, "{:04x}  ", lambda part: part.hex(" ").ljust(47), "   "),
)
